"""The canaries of mailed copies in the record: one line of the story of each copy's token.

They are events and nothing else, so that they stand in the master too and come back with a rebuild
from either. What they say is invented; nothing personal is in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields

from sqlalchemy import ColumnElement, Connection, select

from processor.canary import PREFIX, Canary
from processor.ledger import tables as t
from processor.ledger.store import Record

COPY = "副本标识"
_SPLIT = "；"


def of_facts(facts: Mapping[str, str]) -> Canary | None:
    """The canary among the facts of an attachment that held contacts."""
    if "token" not in facts:
        return None
    return Canary(*(facts[field.name] for field in fields(Canary)))


def facts_of(canary: Canary) -> dict[str, str]:
    """A canary among the facts of the attachment that carries it."""
    return asdict(canary)


def enter(record: Record, canary: Canary, words: str) -> None:
    """A copy has gone out: `words` say which, how and to whom (unit and role)."""
    marks = _SPLIT.join((*canary.marks, canary.unit))
    record.tell(canary.token, COPY, words, new=marks)


def canary_lines() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Picks the events of tokens, by the index of their numbers.

    Bounds of letters and digits alone: a server may compare punctuation last.
    """
    return t.events.c.number >= f"{PREFIX}0", t.events.c.number < f"{PREFIX}G"


def known(connection: Connection) -> list[Canary]:
    """The canaries of every copy that went out, oldest first."""
    columns = t.events.c
    query = select(columns.number, columns.new).where(*canary_lines(), columns.what == COPY)
    found = []
    for token, marks in connection.execute(query.order_by(columns.seq)):
        parts = (marks or "").split(_SPLIT)
        if len(parts) == 5:  # a master changed by hand may say anything
            customer, contact, phone, number, unit = parts
            found.append(Canary(token, unit, customer, contact, phone, number))
    return found


def drafted(connection: Connection) -> list[tuple[Canary, str, str]]:
    """Of copies in drafts the program has not sent itself: canary, file, to whom."""
    columns = t.mails.c
    query = select(columns.contacts, columns.label).where(
        columns.state == "due", columns.contacts.is_not(None)
    )
    found = []
    for contacts, label in connection.execute(query):
        for facts in json.loads(contacts):
            canary = of_facts(facts)
            if canary is not None:
                found.append((canary, facts["file"], label))
    return found


def last_numbers(connection: Connection, month: str) -> int:
    """How many leads a month (YYYYMM) has been given numbers for."""
    query = select(t.counters.c.value).where(t.counters.c.name == f"lead-{month}")
    return connection.execute(query).scalar() or 0
