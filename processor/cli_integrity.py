"""Commands that prove, rebuild and save the record."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from processor.cli_common import (
    ATTENTION,
    BROKEN,
    OK,
    USAGE,
    china_now,
    emit,
    guarded,
    opened,
    stop,
    workspace_option,
)

if TYPE_CHECKING:
    from processor.workspace import Workspace


@click.command()
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")
@click.pass_context
def verify(ctx: click.Context, own_root: Path | None, as_json: bool) -> None:
    """核对账本、台账工作簿与归档是否一致；不改变任何内容。"""
    from processor.ledger.verify import verify as check_all

    workspace = opened(ctx, own_root, lost_state=True)
    found = _with_bar(workspace, as_json, lambda progress: check_all(workspace, progress))
    if as_json:
        emit(found.to_json())
    else:
        counts = found.checked
        click.echo(
            f"已核对：台账 {counts.get('leads', 0)} 条，收文 {counts.get('files', 0)} 份，"
            f"变更记录 {counts.get('events', 0)} 条，运行记录 {counts.get('journal', 0)} 份。"
        )
        for line in found.differences:
            click.echo(f"不一致：{line}")
        for line in found.notices:
            click.echo(f"提示：{line}")
        click.echo(f"共有 {len(found.differences)} 处不一致。" if found.differences else "一致。")
    sys.exit(BROKEN if found.differences else OK)


@click.command()
@workspace_option
@click.option(
    "--from",
    "source",
    type=click.Choice(["archive", "master"]),
    default="archive",
    show_default=True,
    help="archive：由归档的来文和运行记录重新判定；master：由台账工作簿读回。",
)
@click.pass_context
def rebuild(ctx: click.Context, own_root: Path | None, source: str) -> None:
    """重建账本。原账本保存在 backups；已发出的回执和邮件不会重发。"""
    from processor.ledger.from_archive import NotRebuilt
    from processor.ledger.rebuild import rebuild as rebuild_ledger

    workspace = opened(ctx, own_root, lost_state=True)

    def action(progress: Any) -> Any:
        try:
            return rebuild_ledger(workspace, source, china_now(), time.time(), progress)
        except NotRebuilt as error:
            return str(error)

    result = _with_bar(workspace, False, action)
    if isinstance(result, str):
        stop(BROKEN, f"未能重建：{result}")
    words = "归档" if source == "archive" else "台账工作簿"
    click.echo(f"已由{words}重建账本：台账 {result.leads} 条。")
    if result.kept:
        click.echo(f"原账本保存在 {result.kept}")
    for line in result.notices:
        click.echo(f"注意：{line}")
    for item in result.pending:
        click.echo(f"待发布 {item['path']}：{item['reason']}")
    sys.exit(ATTENTION if result.pending or result.notices else OK)


@click.command("import-master")
@workspace_option
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def import_master(ctx: click.Context, own_root: Path | None, file: Path) -> None:
    """把已有的台账工作簿接收到空的记录中。"""
    from processor.ledger.importing import import_file

    if not file.exists():
        stop(USAGE, f"找不到文件：{file}")
    workspace = opened(ctx, own_root)
    result = _with_bar(
        workspace,
        False,
        lambda progress: import_file(workspace, file, china_now(), time.time(), progress),
    )
    for line in result.problems[:50]:
        click.echo(f"问题：{line}", err=True)
    if len(result.problems) > 50:
        click.echo(f"……另有 {len(result.problems) - 50} 处", err=True)
    for line in result.notices:
        click.echo(f"注意：{line}", err=bool(result.problems))
    if result.problems:
        stop(USAGE, "没有接收任何内容。请改正以上各处后重试。")
    click.echo(f"已接收台账 {result.leads} 条。下一步：运行 processor run。")
    sys.exit(OK)


@click.command()
@workspace_option
@click.option("--list", "listing", is_flag=True, help="列出现有备份。")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")
@click.pass_context
def backup(ctx: click.Context, own_root: Path | None, listing: bool, as_json: bool) -> None:
    """立即备份账本、台账、名录和设置（运行时每天自动备份一次）。"""
    from processor.ledger.backup import backup as make
    from processor.ledger.backup import snapshots

    workspace = opened(ctx, own_root)
    if not listing:
        path = guarded(lambda: make(workspace, china_now()), workspace)
        if as_json:
            emit({"snapshot": path.stem})
        else:
            click.echo(f"已备份：{path}")
        return
    found = guarded(lambda: snapshots(workspace), workspace)
    if as_json:
        emit(
            {
                "snapshots": [
                    {
                        "name": s.name,
                        "at": f"{s.at:%Y-%m-%d %H:%M:%S}",
                        "run": s.run,
                        "size": s.size,
                        "problem": s.problem,
                    }
                    for s in found
                ]
            }
        )
        return
    for item in found:
        size = f"{item.size / (1 << 20):.1f} MB"
        tail = item.problem or f"第 {item.run} 次运行之后"
        click.echo(f"{item.name}　{item.at:%Y-%m-%d %H:%M:%S}　{size}　{tail}")
    if not found:
        click.echo("还没有备份。")


@click.command()
@workspace_option
@click.argument("snapshot")
@click.option("--verify", "only_verify", is_flag=True, help="只试恢复并核对，不改变任何内容。")
@click.pass_context
def restore(ctx: click.Context, own_root: Path | None, snapshot: str, only_verify: bool) -> None:
    """恢复一份备份；被替换的状态另行保存。"""
    from processor.ledger.restoring import NoSnapshot, prove
    from processor.ledger.restoring import restore as put_back
    from processor.workspace import Pending

    workspace = opened(ctx, own_root, lost_state=True)

    def action(progress: Any) -> Any:
        try:
            if only_verify:
                return prove(workspace, snapshot, progress)
            return put_back(workspace, snapshot, china_now())
        except (NoSnapshot, Pending) as error:
            return str(error)

    result = _with_bar(workspace, False, action)
    if isinstance(result, str):
        stop(USAGE, f"{result}。没有作任何更改。" if not result.endswith("。") else result)
    if only_verify:
        for line in result:
            click.echo(f"不一致：{line}")
        click.echo("这份备份有问题，不应使用。" if result else "这份备份完整可用。")
        sys.exit(BROKEN if result else OK)
    kept, notices = result
    click.echo(f"已恢复 {snapshot}；恢复前的状态保存在 {kept}")
    for line in notices:
        click.echo(f"注意：{line}")


def _with_bar(workspace: Workspace, quiet: bool, action: Callable[[Any], Any]) -> Any:
    from processor.progress import bar

    def run() -> Any:
        with bar(quiet) as progress:
            return action(progress)

    return guarded(run, workspace)


COMMANDS = (verify, rebuild, import_master, backup, restore)
