"""Where the cells of a table go, what each looks like, how high its rows are."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from processor.workbooks import style
from processor.workbooks.measure import clean, plain_text, total_value
from processor.workbooks.placed import Placed, PlacedTable, Put
from processor.workbooks.sheets import Cell, Column, Link, Plain, Table, Value
from processor.workbooks.style import DATED, NUMERIC, Look, Tone

# values that are written as they are, and those where a date is due
_PLAIN: frozenset[type] = frozenset({int, float, type(None)})
_DATED: frozenset[type] = _PLAIN | {date, datetime}


def _look_of(column_look: Look, value: Plain) -> Look:
    """A date in a text column still shows as a date."""
    if isinstance(value, date) and column_look in (Look.TEXT, Look.CENTER):
        return Look.MOMENT if isinstance(value, datetime) else Look.DATE
    return column_look


class _Usual(NamedTuple):
    """What most cells of a column share."""

    column: Column
    name: str
    blank: str | None  # what stands for nothing
    plain: frozenset[type]  # written as they are
    look: dict[str, object]
    room: float  # the width in which text wraps; 0: it does not
    fits: int  # characters that need not be measured


def _usual(column: Column, width: float, *, filled: bool) -> _Usual:
    dated = column.look in DATED
    room = 0.0 if dated or column.look in NUMERIC or column.hidden else width
    return _Usual(
        column,
        column.name,
        (column.empty or None) if filled else None,
        _DATED if dated else _PLAIN,
        style.cell(column.look, editable=column.editable),
        room,
        style.sure_to_fit(room),
    )


def _special(column: Column, value: Value, blank: str | None) -> Put:
    """A cell with an emphasis, a link, a date among texts."""
    tone, comment = Tone.NONE, ""
    if isinstance(value, Cell):
        tone, comment, value = value.tone, clean(value.comment), value.value
    if value is None or value == "":
        value = blank
    elif isinstance(value, bool):
        value = "是" if value else "否"
    look = _look_of(column.look, value)
    properties = style.cell(look, tone=tone, editable=column.editable, link=isinstance(value, Link))
    return clean(value) if isinstance(value, str) else value, properties, comment


def place_table(placed: Placed, table: Table) -> None:
    """Heading, rows and total row below what is placed; a table without rows says so."""
    heading_row = placed.next
    for index, column in enumerate(table.columns):
        placed.put(heading_row, index, column.heading, style.heading())
    placed.heights[heading_row] = style.row_points(
        max(
            style.lines_needed(column.heading, placed.widths[index] - (1.6 if table.filter else 0))
            for index, column in enumerate(table.columns)
        )
    )
    first = heading_row + 1
    rows = table.rows or ({},)  # a native table has at least one row, blank when there is nothing
    columns = [
        _usual(column, width, filled=bool(table.rows))
        for column, width in zip(table.columns, placed.widths, strict=False)
    ]
    cells = placed.cells
    for at, row in enumerate(rows, first):
        lines = 1
        for index, (column, name, blank, plain, look, room, fits) in enumerate(columns):
            value = row.get(name)
            if value is None or value == "":
                value = blank
            if isinstance(value, str):  # most cells
                text = clean(value)
                cells[at, index] = text, look, ""
            elif isinstance(value, Cell) or type(value) not in plain:
                cells[at, index] = put = _special(column, value, blank)
                text = "" if isinstance(put[0], date) else plain_text(put[0])
            else:
                cells[at, index] = value, look, ""
                text = plain_text(value)
            if room and (len(text) > fits or "\n" in text):
                lines = max(lines, style.lines_needed(text, room))
        placed.heights[at] = style.row_points(lines)
    last = first + len(rows) - 1
    total = last + 1 if table.has_total else None
    placed.tables.append(PlacedTable(table, heading_row, first, last, total))
    placed.next = last + 1
    if total is not None:
        for index, column in enumerate(table.columns):
            value = total_value(table, column, first_column=index == 0)
            kind = Look.TEXT if isinstance(value, str) and value != "—" else column.look
            placed.put(total, index, value, style.cell(kind, total=True, wrap=False))
        placed.heights[total] = style.row_points(1) + 2
        placed.next = total + 1
    if not table.rows and table.empty:
        placed.put(placed.next, 0, table.empty, style.note())
        placed.next += 1
