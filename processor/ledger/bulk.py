"""Many rows into a table at once, without building a statement's parameters one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table

_Row = Mapping[str, Any]
_Bind = Callable[[Any], Any]


def insert(connection: Connection, table: Table, rows: Iterable[_Row]) -> None:
    """Insert rows that name every column of the table; values are bound as SQLAlchemy does."""
    rows = list(rows)
    if not rows:
        return
    dialect = connection.dialect
    if not dialect.positional:
        connection.execute(table.insert(), [dict(row) for row in rows])
        return
    statement, names, binds = _prepared(table, dialect)
    values = []
    for row in rows:
        bound = [row[name] for name in names]
        for at, bind in binds:
            bound[at] = bind(bound[at])
        values.append(tuple(bound))
    connection.exec_driver_sql(statement, values)


@cache
def _prepared(
    table: Table, dialect: Dialect
) -> tuple[str, tuple[str, ...], tuple[tuple[int, _Bind], ...]]:
    """The statement, its columns in order, and how those are bound that need it."""
    names = tuple(column.name for column in table.c)
    found = (c.type.dialect_impl(dialect).bind_processor(dialect) for c in table.c)
    binds = tuple((at, bind) for at, bind in enumerate(found) if bind is not None)
    return str(table.insert().compile(dialect=dialect)), names, binds
