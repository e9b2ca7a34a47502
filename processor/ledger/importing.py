"""An existing master workbook taken over into an empty record (`import-master`).

A complete master of ours is read back whole. Any other workbook needs the sheet 台账 with the
contract's headings; technical columns may be missing. All or nothing: with one cell in doubt
nothing is taken over, and every such cell is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from processor import storage
from processor.decisions.session import Session
from processor.ledger import journal
from processor.ledger import tables as t
from processor.ledger.from_archive import NotRebuilt
from processor.ledger.master_reading import MasterBook, Unreadable
from processor.ledger.store import Record
from processor.progress import Progress
from processor.workspace import Workspace, hold
from schemas.master import MASTER_SHEETS

TITLE = "台账导入"


@dataclass(slots=True)
class Imported:
    """What came of it: `problems` (nothing was taken over) or the number of leads, and notices."""

    leads: int = 0
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def import_file(
    workspace: Workspace, file: Path, now: datetime, wall: float, progress: Progress
) -> Imported:
    """Take over a workbook; archived and journalled, so that a rebuild takes it over again.

    Refuses a record that holds anything. Raises Busy, OSError.
    """
    from processor.opening import open_ledger
    from processor.publishing import publish_due
    from processor.report import RunReport

    result = Imported()
    with hold(workspace):
        engine = open_ledger(workspace)
        try:
            archived, sha = _archived(workspace, file, now)
            data = {"archived": archived, "sha256": sha, "name": file.name}
            with engine.connect() as connection, connection.begin() as transaction:
                if _holds_anything(connection):
                    result.problems.append("记录不是空的，不能再接收台账；请在新的工作区中接收。")
                else:
                    _take(workspace, connection, data, now, wall, result, progress)
                if result.problems:
                    transaction.rollback()
            if not result.problems:
                report = RunReport(now)
                publish_due(workspace, engine, now, report, progress)
                result.notices += [f"待发布 {p['path']}：{p['reason']}" for p in report.pending]
        finally:
            engine.dispose()
        if result.problems and not _known(workspace, archived):
            workspace.path(archived).unlink(missing_ok=True)
    return result


def _holds_anything(connection: Connection) -> bool:
    return any(
        connection.execute(select(func.count()).select_from(table)).scalar()
        for table in (t.leads, t.files, t.refusals, t.publications)
    )


def _known(workspace: Workspace, archived: str) -> bool:
    return any(e.data.get("archived") == archived for e in journal.read_entries(workspace)[0])


def _archived(workspace: Workspace, file: Path, now: datetime) -> tuple[str, str]:
    """Put the workbook into the archive, named by content."""
    import hashlib

    from processor.intake.filenames import safe_name
    from processor.workspace import replace_file

    with file.open("rb") as handle:
        sha = hashlib.file_digest(handle, "sha256").hexdigest()
    target = f"archive/{now:%Y}/{now:%m}/{sha[:12]}_{safe_name(file.name)}"
    replace_file(workspace.path(target), storage.sealing(workspace, storage.of_file(file)))
    return target, sha


def _take(
    workspace: Workspace,
    connection: Connection,
    data: dict[str, Any],
    now: datetime,
    wall: float,
    result: Imported,
    progress: Progress,
) -> None:
    from processor.intents import plan_publications
    from processor.ledger.from_master import run_row

    before = connection.execute(select(t.meta.c.value).where(t.meta.c.key == "chain")).scalar()
    session, complete = _entered(workspace, connection, data, now, result, progress)
    if session is not None:
        result.notices += session.warnings  # a unit may be missing because its line is in doubt
    if session is None or result.problems:
        return
    record = session.record
    connection.execute(t.runs.delete().where(t.runs.c.run == record.run))
    connection.execute(t.runs.insert(), run_row(record.run, now, wall))
    plan_publications(workspace, session, everything=True)
    session.close_index()
    record.flush()
    journal.write_import(workspace, session, before or "", data | {"complete": complete})
    result.leads = connection.execute(select(func.count()).select_from(t.leads)).scalar() or 0


def _entered(
    workspace: Workspace,
    connection: Connection,
    data: dict[str, Any],
    now: datetime,
    result: Imported,
    progress: Progress,
) -> tuple[Session | None, bool]:
    """The workbook's rows in the tables, in the transaction; the session, and how it was read."""
    with storage.readable(workspace) as plain:
        path = plain(workspace.path(data["archived"]))
        try:
            with MasterBook(path) as book:
                complete = _complete(book)
                if "台账" not in book.titles and not complete:
                    result.problems.append("工作簿中没有工作表“台账”。")
                    return None, complete
        except Unreadable as error:
            result.problems.append(f"{error}。")
            return None, False
        take: Callable[..., Session | None] = _whole if complete else _rows
        return take(workspace, connection, path, data, now, result, progress), complete


def _complete(book: MasterBook) -> bool:
    """Whether every sheet is there with every heading."""
    return all(
        book.headings(name) == [f.heading for f in fields] for name, fields in MASTER_SHEETS.items()
    )


def _whole(
    workspace: Workspace,
    connection: Connection,
    path: Path,
    data: dict[str, Any],
    now: datetime,
    result: Imported,
    progress: Progress,
) -> Session | None:
    """Our own master: every sheet as it is, and one event that says so."""
    from processor.ledger.from_master import fill
    from processor.opening import open_session

    if connection.execute(select(func.count()).select_from(t.events)).scalar():
        result.problems.append("完整的台账只能接收到从未运行过的工作区；请用 processor init 新建。")
        return None
    connection.execute(t.meta.delete())
    connection.execute(t.runs.delete())
    try:
        run, notices = fill(workspace, connection, path, 0.0, progress)
    except NotRebuilt as error:
        result.problems.append(str(error))
        return None
    result.notices += notices
    record = Record(connection, run + 1, now)
    _told(record, data)
    return open_session(workspace, record, now)


def _rows(
    workspace: Workspace,
    connection: Connection,
    path: Path,
    data: dict[str, Any],
    now: datetime,
    result: Imported,
    progress: Progress,
) -> Session | None:
    """Any other workbook: leads row by row, unit by the roster, numbers where there are none."""
    from processor.decisions.aliases import keep_aliases
    from processor.ledger.import_rows import take_rows
    from processor.opening import open_session

    last = connection.execute(select(func.max(t.runs.c.run))).scalar() or 0
    record = Record(connection, last + 1, now)
    session = open_session(workspace, record, now)
    if record.meta("roster_changed_in") == str(record.run):
        keep_aliases(session)
    take_rows(session, path, data, result, progress)
    if not result.problems:
        _told(record, data)
    return session


def _told(record: Record, data: dict[str, Any]) -> None:
    record.tell("台账", TITLE, f"接收台账工作簿 {data['name']}，指纹 {data['sha256'][:12]}")


def import_again(workspace: Workspace, session: Session, data: dict[str, Any]) -> None:
    """The same import decided once more, from the archived workbook. Raises NotRebuilt."""
    archived = workspace.path(data["archived"])
    try:
        sha = storage.sha_of(workspace, archived)
    except storage.Unreadable as error:
        raise NotRebuilt(f"归档文件 {data['archived']} 无法读取：{error.words}。") from error
    except OSError as error:
        raise NotRebuilt(f"归档文件 {data['archived']} 缺失或无法读取。") from error
    if sha != data["sha256"]:
        raise NotRebuilt(f"归档文件 {data['archived']} 与收到时的指纹不符，已被改动。")
    with storage.readable(workspace) as plain:
        _take_again(workspace, session, plain(archived), data)


def _take_again(workspace: Workspace, session: Session, path: Path, data: dict[str, Any]) -> None:
    from processor.intents import plan_publications
    from processor.ledger.from_master import fill
    from processor.ledger.import_rows import take_rows

    record = session.record
    result = Imported()

    def quiet(_what: str, _done: int, _of: int) -> None:
        return None

    if data["complete"]:
        record.connection.execute(t.meta.delete())
        fill(workspace, record.connection, path, 0.0, quiet)
        record.connection.execute(t.runs.delete())
    else:
        from processor.decisions.aliases import keep_aliases

        if record.meta("roster_changed_in") == str(record.run):
            keep_aliases(session)
        take_rows(session, path, data, result, quiet)
    if result.problems:
        raise NotRebuilt("；".join(result.problems[:3]))
    _told(record, data)
    plan_publications(workspace, session, everything=True)


__all__ = ["Imported", "import_again", "import_file"]
