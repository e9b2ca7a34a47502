"""`processor explain`: where a number comes from, and which mailed copy a leaked list is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from processor.cli_common import (
    ATTENTION,
    OK,
    USAGE,
    china_now,
    emit,
    guarded,
    opened,
    stop,
    workspace_option,
)
from processor.workspace import Workspace


@click.command()
@workspace_option
@click.argument("number", required=False)
@click.option(
    "--file", "leaked", type=click.Path(path_type=Path), help="外泄的文件：指出它是哪一份邮件副本。"
)
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")
@click.pass_context
def explain(
    ctx: click.Context,
    own_root: Path | None,
    number: str | None,
    leaked: Path | None,
    as_json: bool,
) -> None:
    """一条信息、立项、通报行、金额或邮件副本的来龙去脉。"""
    from processor.explain import explain as explain_number
    from processor.explain import print_story

    if (number is None) == (leaked is None):
        raise click.UsageError("请给出一个编号，或用 --file 给出一个文件。", ctx)
    workspace = opened(ctx, own_root)
    if leaked is not None:
        _explain_leaked(workspace, leaked, as_json)
        return
    wanted = number or ""
    story = guarded(lambda: explain_number(workspace, wanted, china_now()), workspace)
    if story is None:
        stop(
            USAGE,
            f"没有编号“{wanted}”。可用信息编号、立项编号、裁定编号、期号、季度、批次号，"
            "或邮件副本的标识、标识行的客户或电话。",
        )
    if as_json:
        emit(story)
    else:
        print_story(story)


def _explain_leaked(workspace: Workspace, path: Path, as_json: bool) -> None:
    """Which mailed copy a leaked file is; exit 1 when no canary stands in it."""
    from processor.explain import print_story
    from processor.explain_copies import explain_file

    if not path.is_file():
        stop(USAGE, f"找不到文件（或不是文件）：{path}")

    def action() -> Any:
        try:
            return explain_file(workspace, path, china_now())
        except OSError as error:
            return f"文件 {path} 读不出（{error.strerror}）"

    stories = guarded(action, workspace)
    if isinstance(stories, str):
        stop(USAGE, f"{stories}。")
    if as_json:
        emit({"file": str(path), "copies": stories})
    elif not stories:
        click.echo(
            "文件中没有邮件副本的标识。加密的文件请先另存为不加密的；"
            "照片请照其中的客户名称或电话查。"
        )
    else:
        for story in stories:
            print_story(story)
    sys.exit(OK if stories else ATTENTION)
