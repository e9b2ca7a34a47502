"""After the commit: workbooks written whole, or left pending; nothing here changes a decision."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, select

from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Record
from processor.workspace import ISSUED, MASTER, Pending, Workspace, replace_file

if TYPE_CHECKING:
    from processor.report import RunReport

MASTER_KIND = "master"
LIVE = ("master", "today", "screening", "rulings", "plan")  # made from the record as it stands
FROZEN = ("receipt", "bulletin", "assessment")  # made from what was decided
TODAY = Path("outbox/今日待办.xlsx")


@dataclass(frozen=True, slots=True)
class Output:
    """One file to be written: where, and how."""

    path: Path  # under the workspace
    write: Callable[[Path], None]


def plan_publications(workspace: Workspace, session: Session, *, everything: bool) -> None:
    """In the transaction: what must be written because of what was decided.

    `everything` false: nothing was decided, only a new day began.
    """
    record, now = session.record, session.now
    _intend(record, "today", "outbox/今日待办.xlsx", None)
    if not everything:
        return
    for path, receipt in session.receipts:
        _intend(record, "receipt", f"outbox/{path}", _pack(receipt))
    for kind, data in session.issues:
        for name, part, packed in _issue_files(kind, data):
            _intend(record, f"{kind}:{part}", f"outbox/{name}", packed)
    for section in sorted(session.sections):
        name = f"outbox/甄别/{section_folder(session, section)}/甄别反馈表_{now:%Y-%m-%d}.xlsx"
        _intend(record, "screening", name, section.encode())
    if "rulings" in session.topics:
        _intend(record, "rulings", f"outbox/裁定/疑似重复裁定表_{now:%Y-%m-%d}.xlsx", None)
    if "plan" in session.topics:
        _intend(record, "plan", "outbox/开发计划/大客户开发计划.xlsx", None)
    _intend(record, "today", TODAY.as_posix(), None)
    _intend(record, MASTER_KIND, MASTER.as_posix(), None)


def section_folder(session: Session, section: str) -> str:
    """The folder under outbox/甄别 in which a section finds its list."""
    from processor.intake.filenames import safe_name
    from processor.roster import find_unit

    unit = find_unit(session.roster, section)
    return safe_name(unit.directory if unit is not None else section, 80)


def _intend(record: Record, kind: str, path: str, payload: bytes | None) -> None:
    """One open intent per path: what is newest is what is written."""
    record.flush()
    record.connection.execute(
        t.intents.delete().where(t.intents.c.path == path, t.intents.c.state == "due")
    )
    record.connection.execute(
        t.intents.insert(),
        {
            "kind": kind,
            "path": path,
            "payload": payload,
            "created_at": record.now,
            "run": record.run,
            "state": "due",
            "attempts": 0,
        },
    )


def _pack(data: Any) -> bytes:
    from pydantic import TypeAdapter

    return zlib.compress(TypeAdapter(type(data)).dump_json(data), 1)


def unpack(kind: type[Any], payload: bytes) -> Any:
    """The record a frozen workbook is made from."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind).validate_json(zlib.decompress(payload))


def _issue_files(kind: str, data: Any) -> list[tuple[str, str, bytes]]:
    if kind == "bulletin":
        base = f"通报/{data.window_to:%Y-%m}/大客户信息提报情况通报_{data.issue}"
        packed = _pack(data)
        return [(f"{base}.xlsx", "public", packed), (f"{base}_内部版.xlsx", "internal", packed)]
    from processor.decisions.assessments import file_of

    return [(file_of(data), type(data).__name__, _pack(data))]


def book_of(kind: str, payload: bytes) -> Any:
    """The described workbook of a frozen intent."""
    name, _, part = kind.partition(":")
    if name == "receipt":
        from processor.workbooks import receipt

        return receipt.plan(unpack(receipt.Receipt, payload))
    if name == "bulletin":
        from processor.workbooks import bulletin
        from processor.workbooks.bulletin_data import BulletinData

        return bulletin.plan(unpack(BulletinData, payload), internal=part == "internal")
    if part == "DealerAssessment":
        from processor.workbooks import assessment_dealers
        from processor.workbooks.assessment_data import DealerAssessment

        return assessment_dealers.plan(unpack(DealerAssessment, payload))
    from processor.workbooks import assessment_internal
    from processor.workbooks.assessment_data import InternalAssessment

    return assessment_internal.plan(unpack(InternalAssessment, payload))


def publish_due(
    workspace: Workspace,
    engine: Engine,
    now: datetime,
    report: RunReport,
    progress: Callable[[str, int, int], None],
    *,
    master: bool | None = None,
) -> None:
    """Carry out every open intent; each is marked done by itself, so a crash repeats at most one.

    `master`: only the master, or only everything else. It comes last: it also tells what was mailed.
    """
    query = select(t.intents.c.id).where(t.intents.c.state == "due").order_by(t.intents.c.id)
    if master is not None:
        query = query.where((t.intents.c.kind == MASTER_KIND) == master)
    with engine.connect() as connection:
        due = [row[0] for row in connection.execute(query)]
    for done, number in enumerate(due):
        progress("发布工作簿", done, len(due))
        with engine.connect() as connection:
            intent = connection.execute(select(t.intents).where(t.intents.c.id == number)).one()
        try:
            sha = _carry_out(workspace, engine, now, intent)
        except Pending as error:
            report.pending.append({"path": intent.path, "reason": str(error)})
            with engine.begin() as connection:
                connection.execute(
                    t.intents.update()
                    .where(t.intents.c.id == number)
                    .values(attempts=intent.attempts + 1, error=str(error))
                )
            continue
        report.published.append(intent.path)
        with engine.begin() as connection:
            connection.execute(
                t.intents.update()
                .where(t.intents.c.id == number)
                .values(state="done", payload=None, sha256=sha, error=None)
            )
    progress("发布工作簿", len(due), len(due))


def _carry_out(workspace: Workspace, engine: Engine, now: datetime, intent: Any) -> str:
    target = workspace.path(intent.path)
    kind = intent.kind.partition(":")[0]
    if kind == MASTER_KIND:
        from processor.ledger.master import publish_master

        return publish_master(workspace, engine, intent.created_at)
    if kind in FROZEN:
        book = book_of(intent.kind, intent.payload)
    else:
        from processor.views import live_book

        with engine.connect() as connection, connection.begin() as transaction:
            record = Record(connection, intent.run, now)
            book = live_book(workspace, record, kind, intent.payload)
            transaction.rollback()
    data = _render(book)
    replace_file(target, _bytes(data))
    if kind in ("bulletin", "assessment"):
        keep = workspace.path(ISSUED / target.name)
        replace_file(keep, _bytes(data))
        if intent.kind == "bulletin:public":
            _to_intranet(workspace, engine, now, intent, target, data)
    return hashlib.sha256(data).hexdigest()


def _bytes(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def _render(book: Any) -> bytes:
    from processor.workbooks.sheets import render

    return render(book)


def _to_intranet(
    workspace: Workspace, engine: Engine, now: datetime, intent: Any, target: Path, data: bytes
) -> None:
    """Copy the public edition to `[bulletin] publish_dir`; that is its publication (6.1)."""
    folder = workspace.settings.bulletin.publish_dir
    if not folder:
        return
    if not Path(folder).is_dir():
        raise Pending(f"内网发布文件夹 {folder} 不可用")
    replace_file(Path(folder) / target.name, _bytes(data))
    issue = target.stem.rsplit("_", 1)[1]
    mark_published(workspace, engine, issue, now, "自动复制到内网文件夹")


def mark_published(
    workspace: Workspace, engine: Engine, issue: str, at: datetime, how: str
) -> bool:
    """Record that an issue went onto the intranet; the first time counts. False: no such issue."""
    from processor.ledger.journal import write_fact

    with engine.begin() as connection:
        last = connection.execute(select(t.runs.c.run).order_by(t.runs.c.run.desc()).limit(1))
        record = Record(connection, last.scalar() or 0, at)
        before = record.meta("chain") or ""
        found = enter_published(record, issue, how)
        if found and record.changes:
            for kind, path in (("today", TODAY), (MASTER_KIND, MASTER)):
                intend_once(record, kind, path.as_posix())
            fact = {"what": "published", "issue": issue, "how": how}
            write_fact(workspace, record, before, fact)
    return found


def enter_published(record: Record, issue: str, how: str) -> bool:
    """Write the publication of an issue, at the record's clock, into the record."""
    row = record.get(t.publications, f"通报-{issue}")
    if row is None:
        return False
    if row["published_at"] is None:
        at = record.now
        record.change(t.publications, row, published_at=at, published_how=how)
        record.tell(issue, "登记发布", how, at=at, new=f"{at:%Y-%m-%d %H:%M:%S}")
    return True


def intend_once(record: Record, kind: str, path: str) -> None:
    """An intent for a live workbook, unless one is open that will show the same."""
    open_one = select(t.intents.c.id).where(t.intents.c.path == path, t.intents.c.state == "due")
    if record.connection.execute(open_one).first() is None:
        _intend(record, kind, path, None)


def pending_publications(engine: Engine) -> list[dict[str, Any]]:
    """Publications still open, with the reason of the last attempt."""
    query = select(t.intents).where(t.intents.c.state == "due").order_by(t.intents.c.id)
    with engine.connect() as connection:
        return [
            {"path": r["path"], "reason": r["error"] or "尚未写入", "since": r["created_at"]}
            for r in connection.execute(query).mappings()
        ]
