"""What a value looks like in words and how much room it takes."""

from __future__ import annotations

import re
from datetime import date, datetime
from fractions import Fraction

from processor.workbooks import style
from processor.workbooks.sheets import (
    SUM,
    Cell,
    Column,
    Figures,
    Formula,
    Link,
    Pairs,
    Sheet,
    Table,
    Value,
    ref,
)
from processor.workbooks.style import DATED, DEFAULT_WIDTHS, NUMERIC

MAX_TEXT = 32_767
CUT_NOTE = "……（内容过长，此处已截断；原文共{}字，见归档原件）"
WIDEST = 42.0


# What Excel cannot hold, and what it counts as two characters.
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Text Excel can hold: no control characters, no lone surrogates, at most 32,767 characters."""
    if len(text) <= MAX_TEXT // 2 and (text.isprintable() or not _ODD.search(text)):
        return text  # nearly always
    kept = "".join(
        char
        for char in text.replace("\r\n", "\n").replace("\r", "\n")
        if (char >= " " or char in "\n\t")
        and char not in "\x7f\ufffe\uffff"
        and not "\ud800" <= char <= "\udfff"
    )
    # Excel counts UTF-16 units
    if len(kept) + sum(char > "\uffff" for char in kept) <= MAX_TEXT:
        return kept
    tail = CUT_NOTE.format(len(kept))
    room, cut = MAX_TEXT - len(tail), 0
    for cut, char in enumerate(kept):  # noqa: B007 - the index is the result
        room -= 2 if char > "\uffff" else 1
        if room < 0:
            break
    return kept[:cut] + tail


def plain_text(value: Value) -> str:
    """The value as people see it, for measuring; formulas by their cached value."""
    if isinstance(value, str):
        return value
    if isinstance(value, Cell):
        value = value.value
    if isinstance(value, Formula):
        value = value.value
    if isinstance(value, Link):
        return value.text
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float | Fraction):
        return f"{float(value):,.2f}"
    return value


def number(value: Value) -> int | float | Fraction:
    """The numeric value of a cell for a total; text and blanks count nothing, as in SUBTOTAL."""
    if isinstance(value, Cell):
        value = value.value
    if isinstance(value, Formula):
        value = value.value
    return value if isinstance(value, int | float | Fraction) else 0


def total_value(table: Table, column: Column, *, first_column: bool) -> Value:
    """What stands in the total row: a live, qualified SUBTOTAL with its cached value, or a text."""
    if column.total == SUM:
        cached = sum((number(row.get(column.name)) for row in table.rows), start=0)
        return Formula(f"=SUBTOTAL(109,{ref(table.name, column.heading)})", cached)
    if column.total:
        return column.total
    if first_column:
        return table.total_label
    return "—" if column.look in NUMERIC else None


def widths_of(sheet: Sheet) -> list[float]:
    tables = [part for part in sheet.parts if isinstance(part, Table)]
    pairs = [
        pair for part in sheet.parts if isinstance(part, Pairs) for row in part.rows for pair in row
    ]
    count = max(
        [len(table.columns) for table in tables]
        + [len(sheet.widths), 2]
        + [2 * len(row) for part in sheet.parts if isinstance(part, Pairs) for row in part.rows]
        + [len(part.items) for part in sheet.parts if isinstance(part, Figures)]
    )
    widths = [0.0] * count
    for table in tables:
        for index, column in enumerate(table.columns):
            widths[index] = max(widths[index], column_width(table, column))
    for pair in pairs:
        plain = pair.value.value if isinstance(pair.value, Cell) else pair.value
        if pair.column is not None and isinstance(plain, int | float | Fraction | Formula):
            at = pair.column + 1
            widths[at] = max(widths[at], style.display_width(plain_text(plain)) + 3.0)
    for index, width in enumerate(sheet.widths):
        widths[index] = width
    return [width or 12.0 for width in widths]


def column_width(table: Table, column: Column) -> float:
    """Wide enough for its values; headings may take up to three lines."""
    if column.width is not None:
        return column.width
    heading = style.display_width(column.heading)
    wanted = max(DEFAULT_WIDTHS.get(column.look, 8.0), heading / 2 + 3.5)
    if column.look in DATED:
        return wanted
    name = column.name
    samples = [style.display_width(plain_text(row.get(name))) for row in table.rows]
    if column.total:
        total = total_value(table, column, first_column=False)
        samples.append(style.display_width(plain_text(total)) + 1)
    longest = max(samples, default=0)
    content = longest + 2.5 if column.look in NUMERIC else style.one_line(longest)
    return min(max(wanted, content), WIDEST)
