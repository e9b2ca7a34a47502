"""What a purge does to the record: whose retention has ended, and which cells are destroyed.

Everything here depends on the ledger alone, so that a rebuild from the master can repeat it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, or_, select

from processor.ledger import tables as t
from processor.ledger.store import Record, Row
from processor.model import State

FACT = "purge"  # "what" of the journal entry
WORD = "〔已销毁〕"  # stands where a contact was written in free text
SETTLED = (State.INVALID, State.DUPLICATE, State.EXPIRED, State.CONVERTED, State.CLOSED)
PERSONAL = (
    "contact",
    "contact_title",
    "contact_phone",
    "contact_other",
    "decider",
    "reporter",
    "reporter_phone",
    "applicant",
)
"""Columns that name a person or tell how to reach one, in leads, refusals and applications."""

_FREE_TEXT = (
    *("content", "remark", "clerk_note", "verdict_note", "state_reason", "reminders", "problems"),
    *("rivals", "attachments", "next_action", "last_contact", "evidence", "reason"),
    *("ruling_reason", "findings", "category_note"),
)
_REACHES = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<!\d)1[3-9]\d(?:[\s-]?\d{4}){2}(?!\d)"
    r"|(?<!\d)0\d{2,3}[\s-]?\d{7,8}(?!\d)",
    re.ASCII,
)
_ACTIVITY = ("updated_at", "state_since", "received_at", "corrected_at", "closed_at")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Due:
    """Numbers of what has outlived the retention: leads, refusals, applications."""

    leads: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.leads or self.refusals or self.applications)

    def to_json(self) -> dict[str, list[str]]:
        return {
            "leads": list(self.leads),
            "refusals": list(self.refusals),
            "applications": list(self.applications),
        }


TABLES: tuple[tuple[Table, str], ...] = (
    (t.leads, "信息"),
    (t.refusals, "不予接收"),
    (t.applications, "项目申报"),
)
"""What a purge concerns, in the order of `Due`."""

Item = tuple[str, str, str, datetime]  # number, kind, state, last activity


@dataclass(slots=True)
class Purged:
    """What is due, or was destroyed."""

    cutoff: datetime
    items: list[Item] = field(default_factory=list)
    files: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    certificate: str = ""
    left: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            "cutoff": f"{self.cutoff:%Y-%m-%d %H:%M:%S}",
            "due": [
                {"number": n, "kind": k, "state": s, "last": f"{m:%Y-%m-%d %H:%M:%S}"}
                for n, k, s, m in self.items
            ],
            "files": [
                {"path": p, "kind": k, "sha256": s, "method": m} for p, k, s, _, m in self.files
            ],
            "certificate": self.certificate,
            "left": self.left,
        }


def cutoff_of(now: datetime, years: int) -> datetime:
    """What was last touched before this moment has outlived `years` (29 February: the 28th)."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)


def last_activity(row: Row) -> datetime:
    """When anything last happened to a lead, a refusal or an application."""
    moments: list[datetime] = [row[n] for n in _ACTIVITY if row.get(n) is not None]
    return max(moments)


def find_due(record: Record, cutoff: datetime) -> Due:
    """Settled leads untouched since `cutoff`, refusals received before it, and applications that
    belong to such a lead or to none; only where something personal is left."""
    settled = record.select(
        t.leads,
        t.leads.c.state.in_([s.value for s in SETTLED]),
        t.leads.c.received_at < cutoff,
        order=t.leads.c.number,
    )
    leads = [r for r in settled if last_activity(r) < cutoff]
    gone = {r["number"] for r in leads} | _purged_before(record)
    refusals = record.select(
        t.refusals, t.refusals.c.received_at < cutoff, order=t.refusals.c.number
    )
    applications = [
        r
        for r in record.select(
            t.applications, t.applications.c.received_at < cutoff, order=t.applications.c.number
        )
        if not r["matched_lead"] or r["matched_lead"] in gone
    ]
    return Due(
        *(tuple(r["number"] for r in g if _known(r)) for g in (leads, refusals, applications))
    )


def _purged_before(record: Record) -> set[str]:
    query = select(t.events.c.number).where(t.events.c.what == "销毁联系方式")
    return set(record.connection.execute(query).scalars())


def _known(row: Row) -> bool:
    return any(row.get(name) for name in PERSONAL) or bool(words_in(row))


def words_of(text: str) -> set[str]:
    """Phones and mail addresses written into some text."""
    return set(_REACHES.findall(text))


def without_contacts(text: str | None) -> str:
    """Text for the record's story, which is chained and can never be purged: no phone, no mail."""
    return _REACHES.sub("〔联系方式略〕", text or "")


def words_in(row: Row) -> set[str]:
    """Phones and addresses people wrote into the free text of a row."""
    return {word for name in _FREE_TEXT if row.get(name) for word in words_of(str(row[name]))}


def enter_purged(record: Record, approval: str, due: Due) -> None:
    """Destroy the personal cells of the rows in the open transaction, and tell so."""
    reason = f"保存年限已满，联系方式销毁，审批号 {approval}"
    for table, numbers in (
        (t.leads, due.leads),
        (t.refusals, due.refusals),
        (t.applications, due.applications),
    ):
        record.load(table, numbers)
        for number in numbers:
            row = record.get(table, number)
            if row is None:
                continue
            words = {str(row[n]) for n in PERSONAL if row.get(n)}
            for mark in ("row_prints", "row_print"):  # digests of the row, contact and all
                if row.get(mark):
                    record.change(table, row, **{mark: None})
            record.change(table, row, **{n: None for n in PERSONAL if n in row})
            _scrub(record, table, row, words)
            if table is t.leads:
                _scrub_related(record, number, words)
            record.tell(number, "销毁联系方式", reason)
    record.flush()
    _forget_prints(record.connection, due.leads)
    _forget_digests(record.connection, due.leads)


def _scrub(record: Record, table: Table, row: Row, words: Iterable[str]) -> None:
    """Names and phones of a row taken out of its free text."""
    known = sorted((w for w in words if len(w) >= 2), key=len, reverse=True)
    for name in _FREE_TEXT:
        text = row.get(name)
        if not text:
            continue
        clean = str(text)
        for word in known:
            clean = clean.replace(word, WORD)
        clean = _REACHES.sub(WORD, clean)
        if clean != text:
            record.change(table, row, **{name: clean})


def _scrub_related(record: Record, number: str, words: set[str]) -> None:
    for table, column in (
        (t.projects, t.projects.c.lead),
        (t.contracts, t.contracts.c.matched_lead),
    ):
        for row in record.select(table, column == number):
            _scrub(record, table, row, words)
    pairs = t.pairs.c
    for row in record.select(t.pairs, or_(pairs.earlier == number, pairs.later == number)):
        _scrub(record, t.pairs, row, words)


def _forget_prints(connection: Connection, leads: Sequence[str]) -> None:
    for start in range(0, len(leads), _CHUNK):
        part = leads[start : start + _CHUNK]
        connection.execute(t.row_prints.delete().where(t.row_prints.c.lead.in_(part)))


def _forget_digests(connection: Connection, leads: Sequence[str]) -> None:
    """The matching index keeps the customer's name and place, and no digest of a contact."""
    from processor.decisions.content import lead_id
    from processor.matching.index import forget_contacts

    forget_contacts(connection, [lead_id(number) for number in leads])


def due_of(data: dict[str, Any]) -> Due:
    """The numbers of a journal entry."""
    return Due(*(tuple(data[key]) for key in ("leads", "refusals", "applications")))
