"""One ledger's rows into another, whatever the databases."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from processor.ledger import store
from processor.ledger import tables as t


def copy_tables(source: Engine, target: Engine) -> None:
    """Fill a ledger with another's rows, in one transaction."""
    from processor.matching.index import tables as match_tables

    store.create_all(target)
    tables = [*t.metadata.sorted_tables, *match_tables()[0].sorted_tables]
    with source.connect() as reader, target.begin() as writer:
        for table in tables:
            writer.execute(table.delete())
            rows = reader.execution_options(stream_results=True).execute(select(table))
            for part in rows.mappings().partitions(5000):
                writer.execute(table.insert(), [dict(row) for row in part])
        if target.dialect.name == "postgresql":  # its numbering did not see those rows
            highest = select(func.coalesce(func.max(t.intents.c.id), 0) + 1).scalar_subquery()
            sequence = func.pg_get_serial_sequence(t.intents.name, t.intents.c.id.name)
            writer.execute(select(func.setval(sequence, highest, False)))
