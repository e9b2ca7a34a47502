"""The index's two tables in the ledger's database, and bulk writing to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData, Table

# Raised whenever parsing, keys or the stored form change: an index of another version is rebuilt.
VERSION = 1


def tables() -> tuple[MetaData, Table, Table, Table]:
    """The index's tables: metadata, parties, keys, version."""
    import sqlalchemy as sa

    global _TABLES
    if _TABLES is None:
        meta = sa.MetaData()
        party = sa.Table(
            "match_party",
            meta,
            sa.Column(
                "lead",
                sa.BigInteger().with_variant(sa.Integer, "sqlite"),
                primary_key=True,
                autoincrement=False,
            ),
            sa.Column("data", sa.Text, nullable=False),
        )
        key = sa.Table(
            "match_key",
            meta,
            sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("lead", sa.BigInteger, primary_key=True, autoincrement=False),
            sqlite_with_rowid=False,
        )
        version = sa.Table("match_version", meta, sa.Column("version", sa.Integer, nullable=False))
        _TABLES = (meta, party, key, version)
    return _TABLES


_TABLES: tuple[MetaData, Table, Table, Table] | None = None


def create_tables(conn: Connection) -> None:
    """Creates the index's tables where they are missing."""
    meta, _, _, version = tables()
    meta.create_all(conn)
    if conn.execute(version.select().limit(1)).first() is None:
        conn.execute(version.insert(), [{"version": VERSION}])


def current(conn: Connection) -> bool:
    """Was the index written by this version of the matcher? If not, it must be rebuilt."""
    row = conn.execute(tables()[3].select().limit(1)).first()
    return row is not None and row[0] == VERSION


def insert(conn: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Bulk insert of tuples in the order of the columns; no dict a row where the driver allows."""
    rows = list(rows)
    if not rows:
        return
    statement = table.insert().compile(dialect=conn.dialect)
    if conn.dialect.positional:
        conn.exec_driver_sql(str(statement), rows)
    else:
        names = [column.name for column in table.columns]
        conn.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])
