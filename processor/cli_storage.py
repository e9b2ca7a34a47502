"""The command around encrypted storage: its state, its keys, and getting a plain copy out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from processor.cli_common import (
    BROKEN,
    OK,
    USAGE,
    emit,
    guarded,
    opened,
    stop,
    workspace_option,
)

if TYPE_CHECKING:
    from processor.workspace import Workspace

_SHOWN = 10


@click.command()
@workspace_option
@click.option("--new-key", is_flag=True, help="只生成一个主密钥并显示，不作任何更改。")
@click.option(
    "--change-key",
    is_flag=True,
    help="更换主密钥：新主密钥取自 PROCESSOR_STORAGE_KEY_NEW；文件不必重新加密。",
)
@click.option(
    "--begin-again",
    is_flag=True,
    help="密钥文件确已丢失、不能取回时另起一个；此前加密的归档和备份不能再读取。",
)
@click.option("--take", type=click.Path(path_type=Path), help="取出归档或备份中的一个文件。")
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help="取出的文件放在哪个文件夹（默认当前文件夹）。",
)
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")
@click.pass_context
def storage(
    ctx: click.Context,
    own_root: Path | None,
    new_key: bool,
    change_key: bool,
    begin_again: bool,
    take: Path | None,
    to: Path | None,
    as_json: bool,
) -> None:
    """加密存放的状况；更换主密钥；取出一个加密的文件。"""
    if new_key:
        import secrets

        click.echo(secrets.token_urlsafe(32))
        return
    workspace = opened(ctx, own_root, lost_state=True)
    if change_key:
        guarded(lambda: _change(workspace), workspace)
        click.echo(
            "主密钥已更换。请把 PROCESSOR_STORAGE_KEY 改为新主密钥，"
            "删去 PROCESSOR_STORAGE_KEY_NEW，另行保管新主密钥，并销毁旧主密钥。"
        )
    elif begin_again:
        guarded(lambda: _begin(workspace), workspace)
        click.echo("已另起密钥文件。此后的文件照常加密存放。")
    elif take is not None:
        click.echo(f"已取出：{guarded(lambda: _take(workspace, take, to or Path()), workspace)}")
    else:
        _show(guarded(lambda: _state(workspace), workspace), as_json)


def _change(workspace: Workspace) -> None:
    from processor import storage_keys
    from processor.workspace import hold

    with hold(workspace):
        if not storage_keys.exists(workspace):
            stop(USAGE, "本工作区没有加密的文件，不必更换主密钥。没有作任何更改。")
        storage_keys.change_main_key(workspace)


def _begin(workspace: Workspace) -> None:
    from processor import storage_keys
    from processor.workspace import hold

    with hold(workspace):
        if storage_keys.exists(workspace):
            stop(USAGE, "密钥文件还在，不能另起。没有作任何更改。")
        storage_keys.begin_again(workspace)


def _take(workspace: Workspace, path: Path, folder: Path) -> Path:
    from processor import storage as stored
    from processor.workspace import write_bytes

    source = path if path.exists() else workspace.path(path)
    if not source.is_file():
        stop(USAGE, f"找不到文件：{path}")
    target = folder / source.name
    if target.exists():
        stop(USAGE, f"{target} 已存在，请用 --to 指明另一个文件夹。")
    write_bytes(target, stored.read(workspace, source))
    return target


def _state(workspace: Workspace) -> dict[str, Any]:
    from processor.storage_state import master_is_bare, survey

    return {
        "encrypt": workspace.settings.storage.encrypt,
        "master_bare": master_is_bare(workspace),
        **survey(workspace).to_json(),
    }


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        emit(found)
    else:
        click.echo(f"加密存放：{'已设置' if found['encrypt'] else '未设置'}")
        click.echo(f"归档和备份：已加密 {found['encrypted']} 个，未加密 {found['plain']} 个")
        if found["encrypt"] and (found["plain"] or found["master_bare"]):
            click.echo("尚未加密的在每天第一次运行时加密。")
        for path in found["lost"][:_SHOWN]:
            click.echo(f"密钥已不存在，不能读取：{path}")
        if len(found["lost"]) > _SHOWN:
            click.echo(f"……共 {len(found['lost'])} 个")
    sys.exit(BROKEN if found["lost"] else OK)
