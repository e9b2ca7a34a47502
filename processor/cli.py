"""Commands: arguments, printing, exit codes. Decides nothing."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from processor import cli_explain, cli_integrity, cli_people, cli_privacy, cli_storage
from processor.cli_chinese import speak_chinese
from processor.cli_common import (
    UNUSABLE,
    USAGE,
    Moment,
    china_now,
    emit,
    guarded,
    opened,
    stop,
    workspace_option,
)

if TYPE_CHECKING:
    from processor.report import RunReport
    from processor.workspace import Workspace


speak_chinese()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--workspace",
    "root",
    type=click.Path(path_type=Path),
    envvar="PROCESSOR_WORKSPACE",
    default=".",
    help="工作区文件夹（默认当前文件夹）。",
)
@click.pass_context
def cli(ctx: click.Context, root: Path) -> None:
    """大客户信息处理程序：收取、核对、判重、台账、回执、甄别、通报与考核。"""
    ctx.obj = root


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), required=False)
@click.pass_context
def init(ctx: click.Context, directory: Path | None) -> None:
    """建立新工作区：文件夹、空白名录、空白表格和带说明的设置。"""
    from processor.setup import init_workspace

    root = (directory or ctx.obj).resolve()
    try:
        for line in init_workspace(root):
            click.echo(line)
    except OSError as error:
        stop(UNUSABLE, f"不能建立 {error.filename or root}：{error.strerror or error}。")


@cli.command()
@workspace_option
@click.option("--as-of", type=Moment(), help="处理时间，如 “2026-11-03 09:30”（默认现在）。")
@click.option("--dry-run", is_flag=True, help="只试算，不写入任何内容。")
@click.option("--send", is_flag=True, help="同时发送到期的邮件。")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")
@click.pass_context
def run(
    ctx: click.Context,
    own_root: Path | None,
    as_of: datetime | None,
    dry_run: bool,
    send: bool,
    as_json: bool,
) -> None:
    """处理收件文件夹：受理、判定、更新台账并发布到期的工作簿。"""
    workspace = opened(ctx, own_root)
    report = guarded(
        lambda: _run(workspace, as_of, dry_run=dry_run, send=send, quiet=as_json), workspace
    )
    if as_json:
        emit(report.to_json())
    else:
        _print_report(report, dry_run)
    sys.exit(report.exit_code)


def _run(
    workspace: Workspace, as_of: datetime | None, *, dry_run: bool, send: bool, quiet: bool
) -> RunReport:
    from processor.batch import run as run_batch
    from processor.progress import bar

    with bar(quiet) as progress:
        return run_batch(
            workspace,
            as_of or china_now(),
            as_of=as_of is not None,
            dry_run=dry_run,
            send=send,
            progress=progress,
        )


def _print_report(report: RunReport, dry_run: bool) -> None:
    files, rows, leads = report.files, report.rows, report.leads
    head = "试算（未写入）" if dry_run else "处理完成"
    click.echo(f"{head}：{report.as_of:%Y-%m-%d %H:%M:%S}")
    click.echo(
        f"文件：接收 {files['accepted']}，重复 {files['duplicate']}，拒收 {files['refused']}，"
        f"隔离 {files['quarantined']}，等待 {files['waiting']}，忽略 {files['ignored']}"
    )
    click.echo(
        f"信息行：读取 {rows['read']} = 接收 {rows['accepted']} + 不予接收 {rows['refused']}"
        f" + 空行 {rows['blank']} + 已受理过 {rows['known']}"
    )
    click.echo("台账：" + "，".join(f"{k} {v}" for k, v in leads.items() if v or k == "有效"))
    for path in report.published[:30]:
        click.echo(f"已发布 {path}")
    if len(report.published) > 30:
        click.echo(f"……共发布 {len(report.published)} 个文件")
    for item in report.pending:
        click.echo(f"待发布 {item['path']}：{item['reason']}")
    for warning in report.warnings:
        click.echo(f"注意：{warning}")


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), required=False)
@click.pass_context
def templates(ctx: click.Context, directory: Path | None) -> None:
    """写出全部空白表格。"""
    from processor.workbooks.blank_forms import write_all

    target = (directory or ctx.obj / "templates").resolve()
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path in write_all(target):
            click.echo(f"已写出 {path}")
    except OSError as error:
        stop(UNUSABLE, f"不能写入 {error.filename or target}：{error.strerror or error}。")


@cli.command()
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")
@click.pass_context
def status(ctx: click.Context, own_root: Path | None, as_json: bool) -> None:
    """等待什么、今天到期什么、谁欠什么、上次运行如何。"""
    from processor.inquiry import print_status, status_of

    workspace = opened(ctx, own_root)
    found = guarded(lambda: status_of(workspace, china_now()), workspace)
    if as_json:
        emit(found)
    else:
        print_status(found)


@cli.command()
@workspace_option
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--as-of", type=Moment(), help="按此时间判断（默认现在）。")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")
@click.pass_context
def check(
    ctx: click.Context,
    own_root: Path | None,
    files: tuple[Path, ...],
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """预先检查表格：会接收什么、退回什么、为什么；不改变任何内容。"""
    from processor.checking import check_files, print_check

    missing = [f for f in files if not f.is_file()]
    if missing:
        stop(USAGE, f"找不到文件（或不是文件）：{'、'.join(map(str, missing))}")
    workspace = opened(ctx, own_root)
    found = guarded(lambda: check_files(workspace, files, as_of or china_now()), workspace)
    if as_json:
        emit(found)
    else:
        print_check(found)


@cli.command()
@workspace_option
@click.argument("issue", required=False)
@click.pass_context
def bulletin(ctx: click.Context, own_root: Path | None, issue: str | None) -> None:
    """重新打印一期通报（如 2026-10-10；默认最近一期）。"""
    from processor.inquiry import print_again

    workspace = opened(ctx, own_root)
    paths = guarded(lambda: print_again(workspace, "bulletin", issue), workspace)
    if not paths:
        stop(USAGE, f"没有这一期通报：{issue or '尚未出具任何一期'}。期号写作 2026-10-10。")
    for path in paths:
        click.echo(f"已写出 {path}")


@cli.command()
@workspace_option
@click.argument("quarter")
@click.option("--as-of", type=Moment(), help="试算时的时间（默认现在）。")
@click.pass_context
def assess(ctx: click.Context, own_root: Path | None, quarter: str, as_of: datetime | None) -> None:
    """重新打印一个季度的考核（如 2026Q3）；未到出具时间的给出试算。"""
    from processor.inquiry import assess_again

    workspace = opened(ctx, own_root)
    paths = guarded(lambda: assess_again(workspace, quarter, as_of or china_now()), workspace)
    if not paths:
        stop(USAGE, f"没有季度“{quarter}”。季度写作 2026Q3，且不早于记录起始日。")
    for path in paths:
        click.echo(f"已写出 {path}")


@cli.command()
@workspace_option
@click.argument("issue")
@click.option("--at", type=Moment(), help="公布时间（默认现在）。")
@click.pass_context
def published(ctx: click.Context, own_root: Path | None, issue: str, at: datetime | None) -> None:
    """登记一期通报已在内网公布。"""
    from processor.inquiry import publish_issue

    workspace = opened(ctx, own_root)
    message = guarded(lambda: publish_issue(workspace, issue, at, china_now()), workspace)
    if message is None:
        stop(USAGE, f"没有出具过 {issue} 期通报。期号写作 2026-10-10。")
    click.echo(message)


@cli.command()
@click.argument("name_a", required=False)
@click.argument("name_b", required=False)
@click.option("--place", default="", help="两者所在地，如 “安徽省芜湖市”。")
@click.option("--pairs", type=click.Path(path_type=Path), help="逐行比较的 CSV 文件。")
@click.option("--out", type=click.Path(path_type=Path), help="结果 CSV 文件。")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")
def same(
    name_a: str | None,
    name_b: str | None,
    place: str,
    pairs: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """两个名称是不是同一客户：结论、规则和理由。"""
    from processor.matching.command import same as same_names
    from processor.matching.command import same_pairs

    if pairs is not None:
        if out is None:
            stop(USAGE, "请用 --out 指明结果文件。")
        if not pairs.exists():
            stop(USAGE, f"找不到文件：{pairs}")
        try:
            count = same_pairs(pairs, out)
        except ValueError as error:
            stop(USAGE, str(error))
        except OSError as error:
            stop(UNUSABLE, f"无法写入 {out}：{error.strerror}")
        click.echo(f"已比较 {count} 对，结果在 {out}")
        return
    if not name_a or not name_b:
        stop(USAGE, "请给出两个名称，或用 --pairs 给出文件。")
    found = same_names(name_a, name_b, place)
    if as_json:
        emit(
            {
                "outcome": found.outcome.value,
                "rule": found.rule,
                "reason": found.reason,
                "evidence": list(found.evidence),
                "score": found.score,
                "flip": found.flip,
            }
        )
        return
    click.echo(f"{found.outcome.value}（规则 {found.rule}）：{found.reason}")
    if found.flip:
        click.echo(f"怎样会改变结论：{found.flip}")


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), required=False)
@click.option("--units", type=int, default=None, help="提报单位数。")
@click.option("--months", type=int, default=None, help="月数。")
@click.option("--seed", type=int, default=1, help="随机种子。")
def demo(directory: Path | None, units: int | None, months: int | None, seed: int) -> None:
    """生成一个逼真的工作区并逐日运行，与预埋答案核对。"""
    from processor.demo.command import demo as play

    options = {k: v for k, v in (("units", units), ("months", months)) if v is not None}
    sys.exit(play(directory or Path("demo-workspace"), seed=seed, **options))


for _command in (
    cli_people.mail,
    cli_people.watch,
    cli_people.schedule,
    *cli_integrity.COMMANDS,
    cli_privacy.purge,
    cli_storage.storage,
    cli_explain.explain,
):
    cli.add_command(_command)


def main() -> None:
    """Entry point: UTF-8 output whatever the console's code page."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    cli(prog_name="processor")


if __name__ == "__main__":
    main()
