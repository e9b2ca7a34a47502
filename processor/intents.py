"""What must be written because of what was decided: intents in the ledger, one open for a path."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from processor.decisions.session import Session
from processor.frozen import pack
from processor.ledger import tables as t
from processor.ledger.store import Record
from processor.workspace import MASTER, Workspace

MASTER_KIND = "master"
TODAY = Path("outbox/今日待办.xlsx")
_CHUNK = 500  # paths in one IN (...)

Wanted = tuple[str, str, bytes | None]  # kind, path under the workspace, payload


def plan_publications(workspace: Workspace, session: Session, *, everything: bool) -> None:
    """In the transaction: what must be written because of what was decided.

    `everything` false: nothing was decided, only a new day began.
    """
    from processor.answers import complete_receipts

    record, now = session.record, session.now
    wanted: list[Wanted] = []
    if everything:
        complete_receipts(session)
        for path, receipt in session.receipts.items():
            wanted.append(("receipt", f"outbox/{path}", pack(receipt)))
        for kind, data in session.issues:
            for name, part, packed in issue_files(kind, data):
                wanted.append((f"{kind}:{part}", f"outbox/{name}", packed))
        for section in sorted(session.sections):
            folder = section_folder(session, section)
            name = f"outbox/甄别/{folder}/甄别反馈表_{now:%Y-%m-%d}.xlsx"
            wanted.append(("screening", name, section.encode()))
        if "rulings" in session.topics:
            path = f"outbox/裁定/疑似重复裁定表_{now:%Y-%m-%d}.xlsx"
            wanted.append(("rulings", path, None))
        if "plan" in session.topics:
            from processor.ledger.plan_edits import PLAN

            wanted.append(("plan", PLAN.as_posix(), None))
    wanted.append(("today", TODAY.as_posix(), None))
    if everything:
        wanted.append((MASTER_KIND, MASTER.as_posix(), None))
    intend(record, wanted)


def section_folder(session: Session, section: str) -> str:
    """The folder under outbox/甄别 in which a section finds its list."""
    from processor.intake.filenames import safe_name
    from processor.roster import find_unit

    unit = find_unit(session.roster, section)
    return safe_name(unit.directory if unit is not None else section, 80)


def intend(record: Record, wanted: list[Wanted]) -> None:
    """One open intent per path: what is newest is what is written."""
    record.flush()
    paths = [path for _, path, _ in wanted]
    for start in range(0, len(paths), _CHUNK):
        record.connection.execute(
            t.intents.delete().where(
                t.intents.c.path.in_(paths[start : start + _CHUNK]), t.intents.c.state == "due"
            )
        )
    rows = [
        {
            "kind": kind,
            "path": path,
            "payload": payload,
            "created_at": record.now,
            "run": record.run,
            "state": "due",
            "attempts": 0,
        }
        for kind, path, payload in wanted
    ]
    record.connection.execute(t.intents.insert(), rows)


def issue_files(kind: str, data: Any) -> list[tuple[str, str, bytes]]:
    """The files of an issue: path under the outbox, part, what it is made from."""
    if kind == "bulletin":
        base = f"通报/{data.window_to:%Y-%m}/大客户信息提报情况通报_{data.issue}"
        packed = pack(data)
        return [(f"{base}.xlsx", "public", packed), (f"{base}_内部版.xlsx", "internal", packed)]
    if kind == "report_card":
        path, card = data
        return [(path, "", pack(card))]
    from processor.decisions.assessments import file_of

    return [(file_of(data), type(data).__name__, pack(data))]


def intend_once(record: Record, kind: str, path: str) -> None:
    """An intent for a live workbook, unless one is open that will show the same."""
    open_one = select(t.intents.c.id).where(t.intents.c.path == path, t.intents.c.state == "due")
    if record.connection.execute(open_one).first() is None:
        intend(record, [(kind, path, None)])


def pending_publications(engine: Engine) -> list[dict[str, Any]]:
    """Publications still open, with the reason of the last attempt."""
    query = select(t.intents).where(t.intents.c.state == "due").order_by(t.intents.c.id)
    with engine.connect() as connection:
        return [
            {"path": r["path"], "reason": r["error"] or "尚未写入", "since": r["created_at"]}
            for r in connection.execute(query).mappings()
        ]


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
