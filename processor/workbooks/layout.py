"""Where everything of a described sheet goes: cells, heights, widths. No file is touched.

Rows and columns are 0-based here. Row 0 is the title, then the headline, then the parts in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import zip_longest

from processor.workbooks import style
from processor.workbooks.layout_table import place_table
from processor.workbooks.measure import clean, plain_text, widths_of
from processor.workbooks.placed import Placed
from processor.workbooks.sheets import (
    Cell,
    Chart,
    Figures,
    Link,
    Notes,
    Pair,
    Pairs,
    Sheet,
    Table,
    Value,
)
from processor.workbooks.style import Tone

__all__ = ["clean", "place", "plain_text"]


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
                place_table(placed, part)
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
