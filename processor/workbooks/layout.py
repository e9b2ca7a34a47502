"""Where everything of a described sheet goes: cells, heights, widths. No file is touched.

Rows and columns are 0-based here. Row 0 is the title, then the headline, then the parts in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple, TypeAlias

from processor.workbooks import style
from processor.workbooks.measure import clean, plain_text, total_value, widths_of
from processor.workbooks.sheets import (
    Cell,
    Chart,
    Column,
    Figures,
    Link,
    Notes,
    Pair,
    Pairs,
    Plain,
    Sheet,
    Table,
    Value,
)
from processor.workbooks.style import DATED, NUMERIC, Look, Tone

__all__ = ["Placed", "PlacedTable", "Put", "clean", "look_of", "place", "plain_text"]


# values that are written as they are, and those where a date is due
_PLAIN: frozenset[type] = frozenset({int, float, type(None)})
_DATED: frozenset[type] = _PLAIN | {date, datetime}


# One cell to write: its value (clean; None only for a formatted blank), its style, its comment.
# A plain tuple: a list has hundreds of thousands of them.
Put: TypeAlias = tuple[Plain, dict[str, object], str]


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A table with its rows: heading, first and last data row, total row if any."""

    table: Table
    heading: int
    first: int
    last: int
    total: int | None


@dataclass(slots=True)
class Placed:
    """A sheet laid out."""

    sheet: Sheet
    widths: list[float]
    cells: dict[tuple[int, int], Put] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    tables: list[PlacedTable] = field(default_factory=list)
    pairs: dict[str, tuple[int, int]] = field(default_factory=dict)
    charts: list[tuple[Chart, int, int]] = field(default_factory=list)  # chart, row, rows high
    breaks: list[int] = field(default_factory=list)  # first rows of pages
    next: int = 0

    @property
    def across(self) -> int:
        """Columns on the first printed page: titles and notes keep to it."""
        pages = self.sheet.pages_wide
        repeated = sum(self.widths[: self.sheet.freeze_columns])
        room, run = (sum(self.widths) + repeated * (pages - 1)) / pages, 0.0
        for index, width in enumerate(self.widths):
            run += width
            if run > room + 0.01:
                return max(index, 1)
        return len(self.widths)

    @property
    def margin(self) -> int:
        """First column of loose text: not in columns that are printed again on the next page."""
        return self.sheet.freeze_columns if self.sheet.pages_wide > 1 else 0

    def table(self, name: str) -> PlacedTable:
        for placed in self.tables:
            if placed.table.name == name:
                return placed
        raise KeyError(f"{self.sheet.name}: no table {name!r}")

    def put(self, row: int, column: int, value: Value, style_: dict[str, object]) -> None:
        comment = ""
        if isinstance(value, Cell):
            comment = clean(value.comment)
            value = value.value
        self.cells[row, column] = (
            clean(value) if isinstance(value, str) else value,
            style_,
            comment,
        )


@lru_cache(maxsize=64)
def place(sheet: Sheet) -> Placed:
    """Lay the sheet out; cached per sheet object, because `where` is asked once per link.

    A book has some twenty sheets; whoever has written one clears the cache: sheets are large.
    """
    return _place(sheet)


def _place(sheet: Sheet) -> Placed:
    placed = Placed(sheet, widths_of(sheet))
    columns = placed.across
    placed.put(0, 0, sheet.title, style.title())
    for column in range(1, columns):
        placed.put(0, column, None, style.title())
    placed.heights[0] = 34.0
    placed.next = 1
    for left, right in zip_longest(sheet.left, sheet.right, fillvalue=""):
        if left:
            placed.put(placed.next, placed.margin, left, style.headline())
        if right:
            placed.put(placed.next, columns - 1, right, style.headline(right=True))
        placed.heights[placed.next] = 17.0
        placed.next += 1
    legend_due = bool(sheet.legend) and any(_editable(part) for part in sheet.parts)
    for index, part in enumerate(sheet.parts):
        if index and not (isinstance(part, Notes) and not part.title):
            placed.next += 1
        if isinstance(part, Table | Chart) and part.new_page:
            placed.breaks.append(placed.next)
        if legend_due and _editable(part):
            _legend(placed)
            legend_due = False
        if not isinstance(part, Chart | Figures) and part.title:
            placed.put(placed.next, 0, part.title, style.subtitle())
            placed.heights[placed.next] = 24.0
            placed.next += 1
        match part:
            case Table():
                _table(placed, part)
            case Pairs():
                _pairs(placed, part)
            case Figures():
                _figures(placed, part)
            case Notes():
                _notes(placed, part)
            case Chart():
                _chart(placed, part)
    return placed


def _editable(part: object) -> bool:
    if isinstance(part, Table):
        return any(column.editable for column in part.columns)
    return isinstance(part, Pairs) and any(pair.editable for row in part.rows for pair in row)


def _legend(placed: Placed) -> None:
    placed.put(placed.next, placed.margin, "填写栏", style.legend())
    placed.put(placed.next, placed.margin + 1, placed.sheet.legend, style.headline())
    placed.heights[placed.next] = 18.0
    placed.next += 1


def look_of(column_look: Look, value: Plain) -> Look:
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
    look = look_of(column.look, value)
    properties = style.cell(look, tone=tone, editable=column.editable, link=isinstance(value, Link))
    return clean(value) if isinstance(value, str) else value, properties, comment


def _table(placed: Placed, table: Table) -> None:
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


def _pairs(placed: Placed, pairs: Pairs) -> None:
    for row in pairs.rows:
        column = placed.margin
        for pair in row:
            column = pair.column if pair.column is not None else column
            placed.put(placed.next, column, pair.label, style.label())
            placed.pairs[pair.label] = (placed.next, column)
            value = _pair_value(pair)
            plain = value.value if isinstance(value, Cell) else value
            tone = value.tone if isinstance(value, Cell) else Tone.NONE
            look = style.beside(
                pair.look, tone, editable=pair.editable, link=isinstance(plain, Link)
            )
            placed.put(placed.next, column + 1, value, look)
            column = _after(placed.widths, column + 1, plain_text(value))
        placed.heights[placed.next] = style.ROW_POINTS
        placed.next += 1


def _after(widths: list[float], column: int, text: str) -> int:
    """The first column that text running over from `column` leaves free."""
    room = style.display_width(text) + 2.0
    while room > 0:
        room -= widths[column] if column < len(widths) else 12.0
        column += 1
    return column


def _pair_value(pair: Pair) -> Value:
    """Dates become text: a date wider than its column would show as ####."""
    plain = pair.value.value if isinstance(pair.value, Cell) else pair.value
    if isinstance(plain, date | bool):
        plain = plain_text(plain)
    elif plain is None or plain == "":
        plain = None if pair.editable else "—"
    return replace(pair.value, value=plain) if isinstance(pair.value, Cell) else plain


def _figures(placed: Placed, figures: Figures) -> None:
    row = placed.next
    for figure, columns in zip(
        figures.items, _spans(placed.widths, len(figures.items)), strict=True
    ):
        for index, column in enumerate(columns):
            first = index == 0
            placed.put(row, column, figure.value if first else None, style.figure(figure.tone))
            placed.put(row + 1, column, figure.label if first else None, style.figure_label())
    placed.heights[row], placed.heights[row + 1] = 46.0, 22.0
    placed.next = row + 2


def _spans(widths: list[float], count: int) -> Iterator[list[int]]:
    """Split the columns into `count` runs of about equal width, none empty."""
    start = 0
    for index in range(count):
        spare = count - index - 1  # runs still to come, one column each at least
        target = sum(widths) * (index + 1) / count
        ends = range(start + 1, len(widths) - spare + 1)
        end = min(ends, key=lambda stop: abs(sum(widths[:stop]) - target)) if spare else len(widths)
        yield list(range(start, end))
        start = end


def _notes(placed: Placed, notes: Notes) -> None:
    width = sum(placed.widths[placed.margin : placed.across]) * 0.98
    for line in notes.lines:
        if isinstance(line, Link):
            placed.put(placed.next, placed.margin, line, style.note(link=True))
            placed.next += 1
            continue
        tone = line.tone if isinstance(line, Cell) else Tone.NONE
        for piece in style.fold(clean(plain_text(line)), width):
            placed.put(placed.next, placed.margin, piece, style.note(tone))
            placed.heights[placed.next] = 16.0
            placed.next += 1


def _chart(placed: Placed, chart: Chart) -> None:
    high = chart.rows_high
    if not high:
        try:
            rows = len(placed.sheet.table(chart.table).rows)
        except KeyError:
            rows = 8
        bars = chart.kind in ("bar", "stacked_bar")
        high = min(max(9, min(rows, chart.limit) + 5), 28) if bars else 14
    row = placed.table(chart.table).heading if chart.beside else placed.next
    placed.charts.append((chart, row, high))
    placed.next = max(placed.next, row + high)
