"""The ledger made anew beside the old one, from the archive or from the master, then swapped in."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from processor import storage
from processor.ledger import store
from processor.ledger import tables as t
from processor.ledger.copying import copy_tables
from processor.ledger.from_archive import NotRebuilt, replay
from processor.progress import Progress
from processor.workspace import MASTER, Workspace, fsync_folder, hold, mark_begun


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild did."""

    source: str  # archive or master
    runs: int = 0
    leads: int = 0
    kept: str = ""  # where the old ledger lies, under the workspace
    notices: list[str] = field(default_factory=list)
    pending: list[dict[str, str]] = field(default_factory=list)


def rebuild(
    workspace: Workspace, source: str, now: datetime, wall: float, progress: Progress
) -> Rebuilt:
    """Rebuild from `archive` or `master`, swap, and publish the live workbooks again.

    The old ledger is kept under backups/. `wall` is the real clock in seconds, from which the file
    system's evidence counts again. Raises NotRebuilt, Busy.
    """
    with hold(workspace):
        fresh = workspace.passing_ledger("rebuilt")
        fresh.unlink(missing_ok=True)
        engine = store.connect(f"sqlite:///{fresh}")
        result = Rebuilt(source)
        try:
            store.create_all(engine)
            with engine.begin() as connection:
                if source == "archive":
                    result.runs = replay(workspace, connection, progress)
                else:
                    from processor.ledger.from_master import read_back

                    result.notices = read_back(workspace, connection, wall, progress)
                _carry_over(workspace, connection)
                _plan_live(connection, now)
                result.leads = len(connection.execute(select(t.leads.c.number)).all())
        except BaseException:
            engine.dispose()
            fresh.unlink(missing_ok=True)
            raise
        engine.dispose()
        result.kept = swap_in(workspace, fresh, now)
        _publish(workspace, now, result, progress)
    return result


def swap_in(workspace: Workspace, fresh: Path, now: datetime) -> str:
    """Put a finished ledger in the place of the old one, which is kept; where, or "" if none."""
    from processor.opening import open_ledger

    if workspace.settings.ledger.url:
        return _refill(workspace, fresh)
    with fresh.open("rb+") as handle:
        os.fsync(handle.fileno())
    target = workspace.state / "ledger.sqlite"
    kept = ""
    if target.exists():
        keep = workspace.path(f"backups/替换前的账本_{now:%Y%m%d-%H%M%S}.sqlite")
        storage.store(workspace, keep, storage.of_file(target))
        kept = keep.relative_to(workspace.root).as_posix()
    target.with_name("ledger.sqlite-journal").unlink(missing_ok=True)
    fresh.replace(target)
    fsync_folder(workspace.state)
    open_ledger(workspace).dispose()  # marks state and archive as belonging together again
    return kept


def _refill(workspace: Workspace, fresh: Path) -> str:
    """A ledger on a server is emptied and filled in one transaction."""
    source = store.connect(f"sqlite:///{fresh}")
    target = store.connect(workspace.ledger_url)
    try:
        copy_tables(source, target)
    finally:
        source.dispose()
        target.dispose()
    mark_begun(workspace)
    fresh.unlink(missing_ok=True)
    return ""


def _carry_over(workspace: Workspace, connection: Connection) -> None:
    """What only the old ledger knows, where it is readable: looks, the runs that decided nothing
    since, open publications, mails."""
    if not workspace.settings.ledger.url and not (workspace.state / "ledger.sqlite").exists():
        return
    old = store.connect(workspace.ledger_url)
    try:
        if not store.is_ledger(old):
            return
        with old.connect() as reader:
            looks = [dict(r) for r in reader.execute(select(t.looks)).mappings()]
            due = reader.execute(select(t.intents).where(t.intents.c.state == "due"))
            intents = [{**r, "id": None} for r in due.mappings()]
            mails = [dict(r) for r in reader.execute(select(t.mails)).mappings()]
            last = connection.execute(select(func.max(t.runs.c.run))).scalar() or 0
            since = reader.execute(select(t.runs).where(t.runs.c.run > last))
            runs = [dict(r) for r in since.mappings()]
    except DatabaseError:
        return
    finally:
        old.dispose()
    if runs:
        connection.execute(t.runs.insert(), runs)
    if looks:
        connection.execute(t.looks.insert(), looks)
    if mails:
        connection.execute(t.mails.delete())
        connection.execute(t.mails.insert(), mails)
    for intent in intents:
        del intent["id"]
        connection.execute(
            t.intents.delete().where(
                t.intents.c.path == intent["path"], t.intents.c.run == intent["run"]
            )
        )
        connection.execute(t.intents.insert(), intent)


def _plan_live(connection: Connection, now: datetime) -> None:
    """The live workbooks are written again from the rebuilt record."""
    from processor.intents import MASTER_KIND, TODAY, intend_once
    from processor.ledger.store import Record

    last = connection.execute(select(t.runs.c.run, t.runs.c.as_of).order_by(t.runs.c.run.desc()))
    row = last.first()
    record = Record(connection, row.run if row else 0, row.as_of if row else now)
    if connection.execute(select(t.projects.c.number).limit(1)).first() is not None:
        intend_once(record, "plan", "outbox/开发计划/大客户开发计划.xlsx")
    intend_once(record, "today", TODAY.as_posix())
    intend_once(record, MASTER_KIND, MASTER.as_posix())


def _publish(
    workspace: Workspace,
    now: datetime,
    result: Rebuilt,
    progress: Progress,
) -> None:
    from processor.opening import open_ledger
    from processor.publishing import publish_due
    from processor.report import RunReport

    engine = open_ledger(workspace)
    report = RunReport(now)
    try:
        publish_due(workspace, engine, now, report, progress)
    finally:
        engine.dispose()
    result.pending = report.pending


__all__ = ["NotRebuilt", "Rebuilt", "rebuild", "swap_in"]
