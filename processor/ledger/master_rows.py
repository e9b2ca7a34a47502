"""The rows of the master's sheets, made from the ledger as texts and whole numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Date, DateTime, String, cast, func, select

from processor.ledger import tables as t
from processor.ledger.master_notes import notes
from schemas.master import MASTER_SHEETS

MAX_TEXT = 32_767  # characters a cell holds, counted as Excel does (UTF-16)
SHORT = MAX_TEXT // 2  # characters that always fit


def sheet_rows(connection: Connection, name: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a sheet as texts and whole numbers (None: blank), in the order of its key."""
    return (tuple(cells) for cells, _ in bodied_rows(connection, name))


def bodied_rows(
    connection: Connection, name: str, start: int = 0, count: int | None = None
) -> Iterator[tuple[Sequence[Any], str]]:
    """The rows of a sheet, each with the text its digest is reckoned from; `count` from `start`."""
    fields = MASTER_SHEETS[name]
    if name == "说明":
        yield from ((row, _body(row)) for row in notes(connection))
        return
    table = t.SHEETS[name]
    order = (
        (table.c.received_at, table.c.number)
        if name == "台账"
        else tuple(table.primary_key.columns)
    )
    stored = [f.name for f in fields if f.name not in t.COMPUTED]
    query = select(*(_as_text(table.c[n]) for n in stored)).order_by(*order)
    if count is not None:
        query = query.limit(count).offset(start)
    found = connection.execution_options(yield_per=1000).execute(query)
    rows = (
        [x if type(x) is not str or 0 < len(x) <= SHORT else _cell(x) for x in row] for row in found
    )
    if name != "台账":
        yield from ((cells, _body(cells)) for cells in rows)
        return
    rule, clauses = stored.index("state_rule"), _clauses()
    at = [f.name for f in fields].index("state_clause")
    for cells in rows:
        cells.insert(at, clauses.get(cells[rule]))
        body = _body(cells)
        cells.append(_check(body))
        yield cells, f"{body}\x1f{cells[-1]}"


@cache
def _clauses() -> dict[Any, str]:
    from processor.model import RuleKey
    from processor.regulation.edition import load_all

    edition = load_all()[-1]
    return {rule.value: edition.clause(rule) for rule in RuleKey if edition.has(rule)}


def row_check(cells: Iterable[Any]) -> str:
    """行校验码: a short digest of the row's other cells."""
    return _check(_body(cells))


def _check(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _body(cells: Iterable[Any]) -> str:
    return "\x1f".join([x if type(x) is str else "" if x is None else str(x) for x in cells])


def _as_text(column: Column[Any]) -> ColumnElement[Any]:
    """Dates and times as the database writes them out, without fractions of a second."""
    if isinstance(column.type, DateTime):
        return func.substr(cast(column, String), 1, len("2026-01-01 00:00:00"))
    return cast(column, String) if isinstance(column.type, Date) else column


def _cell(text: str) -> str | None:
    return fitting(text) if text else None


def fitting(text: str) -> str:
    """What an Excel cell can hold of a text; the end is cut and marked."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= MAX_TEXT * 2:
        return text
    mark = "……（超出单元格容量，其余从略）"
    room = (MAX_TEXT - len(mark)) * 2
    return units[:room].decode("utf-16-le", "ignore") + mark


class Digest:
    """A running digest over rows of texts, and their number."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.rows = 0

    def add(self, body: str) -> None:
        self._hash.update(body.encode("utf-8", "surrogatepass") + b"\x1e")
        self.rows += 1

    def text(self) -> str:
        return self._hash.hexdigest()
