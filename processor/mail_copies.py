"""The copy of a mail that was sent, in the outbox in the place of its draft: the very bytes.

They are laid ready before the mail goes and put into the outbox when it is marked as sent. A run
that is killed between the two leaves them for the next one.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from sqlalchemy import Engine, select

from processor.ledger import tables as t
from processor.mail_files import FOLDER
from processor.report import RunReport
from processor.workspace import Pending, Workspace, write_bytes

READY = Path("state/发送中")


def lay_ready(workspace: Workspace, path: str, data: bytes) -> None:
    """Before the mail goes. Trouble is passed over: no mail waits for its copy."""
    with contextlib.suppress(Pending, OSError):
        workspace.path(READY).mkdir(exist_ok=True)
        write_bytes(_ready(workspace, path), data)


def put(workspace: Workspace, path: str, data: bytes) -> str:
    """After the mark. Why it cannot be written now, or ""; then it is kept ready."""
    try:
        write_bytes(workspace.path(path), data)
        _ready(workspace, path).unlink(missing_ok=True)
    except (Pending, OSError) as error:
        return str(error)
    return ""


def finish(workspace: Workspace, engine: Engine, report: RunReport) -> None:
    """Put what is still ready, of this run or of one that was killed. What was not marked as sent
    goes: it will be made anew."""
    folder = workspace.path(READY)
    if not folder.is_dir():
        return
    for ready in sorted(folder.glob("*.eml")):
        path = (FOLDER / ready.name).as_posix()
        with engine.connect() as connection:
            query = select(t.mails.c.run).where(t.mails.c.draft == path, t.mails.c.state == "sent")
            sent = connection.execute(query).first() is not None
        if not sent:
            ready.unlink()
        elif trouble := put(workspace, path, ready.read_bytes()):
            report.warnings.append(f"已发邮件的副本未能写入：{trouble}，下次运行补写。")
    with contextlib.suppress(OSError):  # something still waits there
        folder.rmdir()


def _ready(workspace: Workspace, path: str) -> Path:
    return workspace.path(READY / Path(path).name)
