"""Bulk inserts leave exactly what SQLAlchemy's own inserts leave."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import create_engine, text

from processor.ledger import tables as t
from processor.ledger.bulk import insert

LEAD: dict[str, Any] = {
    **dict.fromkeys(column.name for column in t.leads.c),
    "number": "DKH202611-0001",
    "customer": "南陵县=1+1'\"纺织",
    "quantity": 12,
    "expected": date(2026, 12, 1),
    "received_at": datetime(2026, 11, 3, 9, 30),
    "place_at": datetime(2026, 11, 3, 9, 30, 0, 7),
}
RUN = {"run": 1, "as_of": datetime(2026, 11, 3), "wall": 1.5, "report": "{}"}


def test_stored_as_by_sqlalchemy() -> None:
    stored = []
    for way in ("ours", "theirs"):
        engine = create_engine("sqlite://")
        t.metadata.create_all(engine)
        with engine.begin() as connection:
            for table, row in ((t.leads, LEAD), (t.runs, RUN)):
                if way == "ours":
                    insert(connection, table, [row])
                else:
                    connection.execute(table.insert(), [row])
            stored.append(
                [connection.execute(text(f"select * from {n}")).all() for n in ("leads", "runs")]
            )
    assert stored[0] == stored[1]


def test_nothing_to_insert() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        insert(connection, t.leads, [])  # no table is needed


def test_every_row_arrives() -> None:
    engine = create_engine("sqlite://")
    t.metadata.create_all(engine)
    with engine.begin() as connection:
        insert(connection, t.leads, ({**LEAD, "number": f"DKH202611-{n:04d}"} for n in range(1200)))
        assert connection.execute(text("select count(*) from leads")).scalar() == 1200
