"""The command that ends what the record knows of people."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from processor.cli_common import (
    ATTENTION,
    OK,
    USAGE,
    Moment,
    china_now,
    emit,
    guarded,
    opened,
    stop,
    workspace_option,
)

_SHOWN = 30


@click.command()
@workspace_option
@click.option("--approval", help="销毁审批号；不给时只列出保存年限已满的编号，不作任何更改。")
@click.option("--as-of", type=Moment(), help="按此时间计算保存年限（默认现在）；不能早于上次运行。")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")
@click.pass_context
def purge(
    ctx: click.Context,
    own_root: Path | None,
    approval: str | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """列出或销毁保存年限已满的联系方式，并出具销毁证明。"""
    from processor.ledger import purge as room
    from processor.progress import bar

    workspace = opened(ctx, own_root)
    if approval is not None and not approval.strip():
        stop(USAGE, "审批号不能为空。没有作任何更改。")

    now = as_of or china_now()

    def action() -> Any:
        if approval is None:
            return room.list_due(workspace, now)
        try:
            with bar(as_json) as progress:
                return room.purge(
                    workspace, approval.strip(), now, progress, as_of=as_of is not None
                )
        except room.NotPurged as error:
            return str(error)

    result = guarded(action, workspace)
    if isinstance(result, str):
        stop(USAGE, f"{result}。没有作任何更改。")
    open_one = room.unfinished(workspace)
    if as_json:
        emit(result.to_json() | {"unfinished": open_one})
    else:
        _print(result, approval is not None)
        if open_one:
            click.echo(f"审批号 {open_one} 的销毁尚未完成，请以该审批号再次运行。")
    sys.exit(ATTENTION if result.left or open_one else OK)


def _print(result: Any, destroyed: bool) -> None:
    words = "已销毁联系方式" if destroyed else "保存年限已满"
    click.echo(f"{words}：{len(result.items)} 条（最近活动早于 {result.cutoff:%Y-%m-%d}）")
    for number, kind, state, last in result.items[:_SHOWN]:
        click.echo(f"{number}　{kind}　{state}　{last:%Y-%m-%d}")
    if len(result.items) > _SHOWN:
        click.echo(f"……共 {len(result.items)} 条，--json 可列出全部")
    if not destroyed:
        if result.items:
            click.echo("经批准后运行 processor purge --approval 审批号 销毁。")
        return
    click.echo(f"销毁或改写文件 {len(result.files)} 个。销毁证明：{result.certificate}")
    for path in result.left:
        click.echo(f"仍含有关内容，请人工处理：{path}")
