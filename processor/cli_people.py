"""Commands around people and machines: mail, watch, schedule."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from processor.cli_common import (
    ATTENTION,
    OK,
    USAGE,
    china_now,
    emit,
    guarded,
    opened,
    report_fault,
    stop,
    workspace_option,
)

if TYPE_CHECKING:
    from processor.report import RunReport
    from processor.workspace import Workspace

_STATES = {"due": "待发", "draft": "草稿", "sent": "已发"}


@click.command()
@workspace_option
@click.option("--send", is_flag=True, help="立即发送到期的邮件。")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")
@click.pass_context
def mail(ctx: click.Context, own_root: Path | None, send: bool, as_json: bool) -> None:
    """写出邮件草稿并列出谁收到什么；加 --send 则发送。"""
    workspace = opened(ctx, own_root)
    if send and not workspace.settings.mail.server:
        stop(USAGE, "尚未设置邮件服务器：请在 processor.toml 的 [mail] 中设置 server 和 sender。")
    report, mails = guarded(lambda: _mail(workspace, send), workspace)
    if as_json:
        emit({"mails": mails, "warnings": report.warnings, "pending": report.pending})
    else:
        for item in mails:
            click.echo(f"{_STATES[item['state']]}　{item['to']}：{item['subject']}")
            for name in item["attachments"]:
                click.echo(f"        附件 {name}")
            if item["file"]:
                click.echo(f"        {item['file']}")
            if item["error"]:
                click.echo(f"        未发出：{item['error']}")
        click.echo(f"共 {len(mails)} 封。" if mails else "没有待发的邮件。")
        for warning in report.warnings:
            click.echo(f"注意：{warning}")
    sys.exit(report.exit_code)


def _mail(workspace: Workspace, send: bool) -> tuple[RunReport, list[dict[str, Any]]]:
    from processor.mail_queue import deliver_now
    from processor.opening import open_ledger
    from processor.workspace import hold

    with hold(workspace):
        engine = open_ledger(workspace)
        try:
            return deliver_now(workspace, engine, china_now(), send=send)
        finally:
            engine.dispose()


@click.command()
@workspace_option
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    default=60,
    show_default=True,
    help="两次运行之间的秒数。",
)
@click.option("--send", is_flag=True, help="同时发送到期的邮件。")
@click.pass_context
def watch(ctx: click.Context, own_root: Path | None, every: float, send: bool) -> None:
    """反复运行，直到按 Ctrl-C；适合没有计划任务的电脑。"""
    import threading

    from processor.watch import stopped_by_signals
    from processor.watch import watch as repeat

    root = (own_root or ctx.obj).resolve()
    opened(ctx, own_root)  # wrong settings or no workspace: said at once, with its exit code
    click.echo(f"开始：每 {every:g} 秒处理一次 {root}，按 Ctrl-C 结束。")
    ending = threading.Event()
    with stopped_by_signals(ending):
        count = repeat(lambda: _once(root, send), every, ending)
    click.echo(f"已停止，共运行 {count} 次。")
    sys.exit(OK)


def _once(root: Path, send: bool) -> str:
    """One run; whatever stands in its way is said, and the next one tries again."""
    from sqlalchemy.exc import OperationalError

    from processor.batch import run
    from processor.settings import SettingsError
    from processor.workspace import Busy, UnusableWorkspace, open_workspace

    now = china_now()
    stamp = f"{now:%Y-%m-%d %H:%M:%S}"
    try:
        workspace = open_workspace(root)
    except (UnusableWorkspace, SettingsError, OSError) as error:
        return f"{stamp} 未运行：{error}"
    try:
        report = run(workspace, now, as_of=False, send=send)
    except (UnusableWorkspace, SettingsError) as error:
        return f"{stamp} 未运行：{error}"
    except Busy:
        return f"{stamp} 跳过：另一个处理任务正在运行。"
    except OSError as error:
        return f"{stamp} 未完成：无法读写（{error.strerror or error}），下次重试。"
    except OperationalError:
        return f"{stamp} 未完成：账本无法使用，下次重试。"
    except Exception as error:  # a watcher that dies helps nobody: said, logged, tried again
        report_fault(workspace, error)
        return f"{stamp} 程序内部错误（{type(error).__name__}），详情见 state/fault.log。"
    return _line(stamp, report)


def _line(stamp: str, report: RunReport) -> str:
    """A line about a run in which something happened; no names, no contacts."""
    files = sum(report.files.values()) - report.files["ignored"] - report.files["waiting"]
    matters = [
        f"{word} {count}"
        for word, count in (
            ("文件", files),
            ("接收信息", report.rows.get("accepted", 0)),
            ("发布", len(report.published)),
            ("邮件", len(report.mailed)),
            ("待发布", len(report.pending)),
        )
        if count
    ]
    if report.exit_code == ATTENTION:
        matters.append("需要处理，见 outbox/今日待办.xlsx 和 state/last-run.json")
    return f"{stamp} {'，'.join(matters)}" if matters else ""


@click.command()
@workspace_option
@click.argument("kind", type=click.Choice(("cron", "systemd", "windows")))
@click.pass_context
def schedule(ctx: click.Context, own_root: Path | None, kind: str) -> None:
    """打印可直接使用的计划任务（cron、systemd 或 windows）。"""
    from processor import schedule as entries

    workspace = (own_root or ctx.obj).resolve()
    text = getattr(entries, kind)(entries.program(), workspace)
    click.echo(text, nl=False)
