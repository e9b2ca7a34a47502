"""After the commit: workbooks written whole, or left pending; nothing here changes a decision."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, bindparam, func, select

from processor import storage, storage_keys
from processor.frozen import MANY, Job, Written, failed, write_job, write_safely
from processor.intents import MASTER_KIND, TODAY, intend, mark_published
from processor.ledger import tables as t
from processor.ledger.store import Record
from processor.progress import Progress
from processor.report import RunReport, note_fault
from processor.sharing import Start, helpers, starter
from processor.workspace import ISSUED, Workspace, replace_file, write_bytes

LISTS = ("screening", "rulings", "plan")
_AT_ONCE = 200  # receipts written before they are marked done, in one transaction
FROZEN = ("receipt", "bulletin", "assessment", "report_card")  # made from what was decided
SHOWN = "pending_shown"  # meta: the pending files that 今日待办 lists


def publish_due(
    workspace: Workspace,
    engine: Engine,
    now: datetime,
    report: RunReport,
    progress: Progress,
    *,
    master: bool | None = None,
) -> None:
    """Carry out every open intent: what was decided first, then what shows the record, the master.

    Done is marked after writing, a few hundred receipts at a time: after a crash they are written
    again with the same bytes. `master`: only the master, or only everything else. It comes last: it
    also tells what was mailed.
    """
    columns = t.intents.c
    size = func.coalesce(func.length(columns.payload), 0)
    query = select(columns.id, columns.kind, size, columns.attempts).where(columns.state == "due")
    query = query.order_by(columns.id)
    if master is not None:
        query = query.where((columns.kind == MASTER_KIND) == master)
    with engine.connect() as connection:
        due = connection.execute(query).all()
    frozen = [row.id for row in due if row.kind.partition(":")[0] in FROZEN]
    live = [row.id for row in due if row.kind.partition(":")[0] not in FROZEN]
    done = 0
    with helpers(pay=sum(row[2] for row in due) >= MANY) as pool:
        start = starter(pool)
        parts = [frozen[at : at + _AT_ONCE] for at in range(0, len(frozen), _AT_ONCE)]
        ahead = _begun(workspace, engine, parts[0], start) if parts else []
        # laid out while the receipts are written
        lists = [
            (intent, _started(workspace, engine, now, intent, start))
            for intent in (_intents(engine, live) if pool is not None else ())
            if intent.kind in LISTS or (intent.kind == "today" and _unmoved(due))
        ]
        for number in range(len(parts)):
            progress("发布工作簿", done, len(due))
            part, ahead = ahead, []
            if number + 1 < len(parts):  # nobody waits while these are marked
                ahead = _begun(workspace, engine, parts[number + 1], start)
            if workspace.settings.storage.encrypt:
                storage_keys.reserve(workspace, sum(i.kind != "receipt" for i, _ in part))
            written = [
                (intent, _kept(workspace, engine, now, intent, result())) for intent, result in part
            ]
            _mark(workspace, engine, report, written)
            done += len(part)
        listed = [(intent, result()) for intent, result in lists]
        if report.pending or any(w.pending for _, w in listed):
            listed = [(i, w) for i, w in listed if i.kind != "today"]  # it must tell: made again
        _mark(workspace, engine, report, listed)
    finished = {intent.id for intent, _ in listed}
    for number in live:
        progress("发布工作簿", done, len(due))
        if number not in finished:
            _publish_live(workspace, engine, now, report, number, progress)
        done += 1
    progress("发布工作簿", len(due), len(due))


def _begun(
    workspace: Workspace, engine: Engine, numbers: list[int], start: Start
) -> list[tuple[Any, Callable[[], Written]]]:
    """Begin to write workbooks made from what was decided."""
    return [(i, start(write_job, _job(workspace, i))) for i in _intents(engine, numbers)]


def _unmoved(due: Sequence[Any]) -> bool:
    """今日待办 says the same before and after these are written, if they can be written: nothing
    has waited, and no issue goes onto the intranet."""
    return not any(row.attempts or row.kind.startswith("bulletin") for row in due)


def _publish_live(
    workspace: Workspace,
    engine: Engine,
    now: datetime,
    report: RunReport,
    number: int,
    progress: Progress | None = None,
) -> None:
    (intent,) = _intents(engine, [number])
    if intent.kind == MASTER_KIND:
        written = _master(workspace, engine, intent, progress)
    else:
        written = _started(workspace, engine, now, intent, starter(None))()
    _mark(workspace, engine, report, [(intent, written)])


def show_pending(workspace: Workspace, engine: Engine, now: datetime, report: RunReport) -> None:
    """今日待办 lists what could not be written: it is written once more when that has changed."""
    waits = select(t.intents.c.path).where(
        t.intents.c.state == "due", t.intents.c.attempts > 0, t.intents.c.kind != "today"
    )
    with engine.begin() as connection:
        record = Record(connection, report.run, now)
        paths = "\n".join(sorted(row[0] for row in connection.execute(waits)))
        if paths == (record.meta(SHOWN) or ""):
            return
        record.set_meta(SHOWN, paths)
        intend(record, [("today", TODAY.as_posix(), None)])
        query = select(t.intents.c.id).where(
            t.intents.c.kind == "today", t.intents.c.state == "due"
        )
        number = connection.execute(query).scalar_one()
    _publish_live(workspace, engine, now, report, number)


def _intents(engine: Engine, numbers: list[int]) -> list[Any]:
    query = select(t.intents).where(t.intents.c.id.in_(numbers)).order_by(t.intents.c.id)
    with engine.connect() as connection:
        return list(connection.execute(query).all())


def _mark(
    workspace: Workspace,
    engine: Engine,
    report: RunReport,
    results: list[tuple[Any, Written]],
) -> None:
    """Record what was written and what could not be, in one transaction."""
    for _, result in results:
        if result.fault:
            note_fault(workspace, report.as_of, result.fault)
    done, waiting = t.intents.update(), t.intents.update()
    written = [(i, w) for i, w in results if not w.pending]
    stuck = [(i, w) for i, w in results if w.pending]
    with engine.begin() as connection:
        if written:
            connection.execute(
                done.where(t.intents.c.id == bindparam("number")).values(
                    state="done", payload=None, sha256=bindparam("sha"), error=None
                ),
                [{"number": i.id, "sha": w.sha256} for i, w in written],
            )
        if stuck:
            connection.execute(
                waiting.where(t.intents.c.id == bindparam("number")).values(
                    attempts=t.intents.c.attempts + 1, error=bindparam("words")
                ),
                [{"number": i.id, "words": w.pending} for i, w in stuck],
            )
    report.published.extend(i.path for i, _ in written if i.path not in report.published)
    known = [p["path"] for p in report.pending]
    report.pending.extend(
        {"path": i.path, "reason": w.pending} for i, w in stuck if i.path not in known
    )


def _job(workspace: Workspace, intent: Any) -> Job:
    return Job(intent.kind, intent.payload, (workspace.path(intent.path),))


def _started(
    workspace: Workspace, engine: Engine, now: datetime, intent: Any, start: Start
) -> Callable[[], Written]:
    """Begin to write a workbook that shows the record as it stands."""
    from processor.views import live_book

    try:
        with engine.connect() as connection, connection.begin() as transaction:
            record = Record(connection, intent.run, now)
            book = live_book(workspace, record, intent.kind, intent.payload)
            transaction.rollback()
    except Exception as error:
        return partial(failed, error)
    targets = [workspace.path(intent.path)]
    if intent.kind == "plan":  # what its readers start editing from
        from processor.ledger.plan_edits import PLAN_COPY

        targets.append(workspace.state / PLAN_COPY)
    return start(write_safely, book, targets)


def _master(
    workspace: Workspace,
    engine: Engine,
    intent: Any,
    progress: Progress | None,
) -> Written:
    from processor.ledger.master import publish_master

    try:
        return Written(publish_master(workspace, engine, intent.created_at, progress))
    except Exception as error:
        return failed(error)


def _kept(
    workspace: Workspace, engine: Engine, now: datetime, intent: Any, written: Written
) -> Written:
    """The bytes of what was issued are kept in the archive; then the issue goes onto the intranet.

    Here and not by the process that wrote them: the keys of the archive are this one's.
    """
    if written.pending or intent.kind == "receipt":
        return written
    target = workspace.path(intent.path)
    try:
        data = target.read_bytes()
        if hashlib.sha256(data).hexdigest() != written.sha256:
            return Written(pending="文件写出后随即被改动")
        kept = storage.sealing(workspace, storage.of_bytes(data))
        replace_file(workspace.path(ISSUED / target.name), kept)
    except Exception as error:
        return failed(error)
    return _to_intranet(workspace, engine, now, intent, written)


def _to_intranet(
    workspace: Workspace, engine: Engine, now: datetime, intent: Any, written: Written
) -> Written:
    """Copy the public edition to `[bulletin] publish_dir`; that is its publication (6.1)."""
    folder = workspace.settings.bulletin.publish_dir
    if intent.kind != "bulletin:public" or written.pending or not folder:
        return written
    target = workspace.path(intent.path)
    if not Path(folder).is_dir():
        return Written(pending=f"内网发布文件夹 {folder} 不可用")
    issue = target.stem.rsplit("_", 1)[1]
    try:
        write_bytes(Path(folder) / target.name, target.read_bytes())
        mark_published(workspace, engine, issue, now, "自动复制到内网文件夹")
    except Exception as error:
        return failed(error)
    return written
