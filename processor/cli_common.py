"""What every command needs: exit codes, the clock, options, faults turned into messages."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from processor.workspace import Workspace

OK, ATTENTION, USAGE, BUSY, UNUSABLE, BROKEN, FAULT = 0, 1, 2, 3, 4, 5, 70

_CHINA = timezone(timedelta(hours=8))


def china_now() -> datetime:
    """The wall clock in China Standard Time: the one place where it is read."""
    return datetime.now(_CHINA).replace(tzinfo=None, microsecond=0)


class Moment(click.ParamType[datetime]):
    """`YYYY-MM-DD` or `YYYY-MM-DD HH:MM[:SS]`."""

    name = "时间"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:  # noqa: RET503
        if isinstance(value, datetime):
            return value
        for pattern in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"):
            try:
                return datetime.strptime(value, pattern)
            except ValueError:
                continue
        self.fail(f"时间“{value}”应写作 2026-11-03 或 2026-11-03 09:30。", param, ctx)


def stop(code: int, message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(code)


def emit(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def workspace_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--workspace` is understood after the command name too."""
    return click.option(
        "--workspace", "own_root", type=click.Path(path_type=Path), help="工作区文件夹。"
    )(command)


def opened(ctx: click.Context, own_root: Path | None, *, lost_state: bool = False) -> Workspace:
    """The workspace of a command. `lost_state`: the command is there to mend what has gone."""
    from processor.settings import SettingsError
    from processor.storage_keys import demand
    from processor.workspace import UnusableWorkspace, open_workspace

    try:
        workspace = open_workspace((own_root or ctx.obj).resolve(), lost_state=lost_state)
        demand(workspace)
        return workspace
    except UnusableWorkspace as error:
        stop(UNUSABLE, str(error))
    except SettingsError as error:
        stop(USAGE, str(error))


def guarded(action: Callable[[], Any], workspace: Workspace) -> Any:
    """Run an action; people's mistakes and the world's troubles become messages and exit codes."""
    from sqlalchemy.exc import OperationalError

    from processor.batch import ClockError
    from processor.regulation.edition import EditionError
    from processor.settings import SettingsError
    from processor.workspace import Busy, Pending, UnusableWorkspace

    try:
        return action()
    except Busy as error:
        stop(BUSY, str(error))
    except Pending as error:
        stop(ATTENTION, f"未能写出：{error}。请关闭该文件后再试。")
    except (ClockError, EditionError, SettingsError) as error:
        stop(USAGE, str(error))
    except UnusableWorkspace as error:
        stop(UNUSABLE, str(error))
    except OSError as error:
        name = error.filename or workspace.root
        stop(UNUSABLE, f"无法读写 {name}：{error.strerror or error}。没有作任何更改。")
    except OperationalError as error:
        stop(UNUSABLE, f"账本无法使用：{error.orig}。没有作任何更改。")
    except Exception as error:  # the last resort: a fault of ours, nothing committed
        report_fault(workspace, error)
        stop(
            FAULT,
            f"程序内部错误（{type(error).__name__}），没有作任何更改。详情见 state/fault.log。",
        )


def report_fault(workspace: Workspace, error: Exception) -> None:
    """The traceback goes to a file for IT: frames only, no values of cells."""
    from processor.report import trouble

    trouble(workspace, china_now(), error)
