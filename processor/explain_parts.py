"""The parts every story is made of: facts, events in order, and their sources."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Row

Story = dict[str, Any]


def events_of(session: Session, number: str) -> list[dict[str, Any]]:
    rows = session.record.select(t.events, t.events.c.number == number, order=t.events.c.seq)
    return [
        {
            "at": f"{r['at']:%Y-%m-%d %H:%M:%S}",
            "what": r["what"],
            "rule": r["rule"],
            "clause": r["clause"],
            "reason": r["reason"],
            "old": r["old"],
            "new": r["new"],
            "source": {
                "file": r["source_file"],
                "sheet": r["source_sheet"],
                "row": r["source_row"],
            },
        }
        for r in rows
    ]


def make_story(session: Session, number: str, kind: str, state: str, *, facts: Story) -> Story:
    return {
        "number": number,
        "kind": kind,
        "state": state,
        "facts": facts,
        "events": events_of(session, number),
    }


def facts_of(row: Row, names: dict[str, str]) -> Story:
    return {k: plain(row[v]) for k, v in names.items() if row[v] not in (None, "")}


def plain(value: Any) -> Any:
    return f"{value}" if isinstance(value, datetime) else value
