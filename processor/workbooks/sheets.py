"""A workbook described before it is cells: frozen records, checked when written.

A `Sheet` is a title, a headline and a stack of parts (tables, label/value pairs, big figures,
notes, charts). `where` tells the address a cell will have, so that formulas and links can be made
before anything is written. `write` makes the file (see `writing`), `verify_written` reads it back.

Every `Table` becomes a native Excel table with its heading row right above the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from processor.workbooks.style import Look, Tone

SUM = "=sum"  # Column.total: SUBTOTAL(109, column), cached


@dataclass(frozen=True, slots=True)
class Formula:
    """A live formula ("=…") with the value Python computed for it."""

    text: str
    value: int | float | str | Fraction | None = 0


@dataclass(frozen=True, slots=True)
class Link:
    """Text leading to a cell of this book (`sheet`, `cell`) or to a file (relative, with "/")."""

    text: str
    sheet: str = ""
    cell: str = "A1"
    file: str = ""


Plain: TypeAlias = str | int | float | Fraction | date | datetime | Formula | Link | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with an emphasis and, if need be, a comment on the cell."""

    value: Plain
    tone: Tone = Tone.NONE
    comment: str = ""


Value: TypeAlias = Plain | Cell


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. Rows are looked up by `key` (the heading when blank).

    `total`: "" none, `SUM`, a `Formula`, or a text. `blank` is written for None and ""; by default
    "—" (not applicable), and nothing in a column to be filled in. `width` in half-width characters.
    """

    heading: str
    look: Look = Look.TEXT
    width: float | None = None
    key: str = ""
    editable: bool = False
    choices: tuple[str, ...] = ()
    hint: str = ""  # shown when the cell is selected
    total: str | Formula = ""
    blank: str | None = None
    hidden: bool = False

    @property
    def name(self) -> str:
        return self.key or self.heading

    @property
    def empty(self) -> str:
        if self.blank is not None:
            return self.blank
        return "" if self.editable else "—"


@dataclass(frozen=True, slots=True)
class Table:
    """A native table; it gets a total row when any column has a total.

    `name` is the Excel table name, unique in the book, also the handle of formulas (`ref`).
    """

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Value]]
    title: str = ""
    filter: bool = True
    total_label: str = "合计"
    empty: str = "本表无记录。"  # said below a table without rows
    new_page: bool = False  # printed from the top of a page

    @property
    def has_total(self) -> bool:
        return any(column.total for column in self.columns)


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and, in the cell to its right, its value; `column` (0-based) places the label."""

    label: str
    value: Value
    column: int | None = None
    look: Look = Look.TEXT
    editable: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows of label/value pairs."""

    rows: tuple[tuple[Pair, ...], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number read before anything else, with the words under it."""

    label: str
    value: int | Formula
    tone: Tone = Tone.NONE


@dataclass(frozen=True, slots=True)
class Figures:
    items: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """Lines of explanation; long ones are folded to the width of the sheet."""

    lines: tuple[str | Cell | Link, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart of columns of a table (on this sheet unless `sheet` says another).

    `kind`: bar, stacked_bar, column, stacked_column, line. The title says what and the unit.
    """

    kind: str
    title: str
    table: str
    category: str  # heading
    series: tuple[str, ...]  # headings
    alt: str
    sheet: str = ""
    limit: int = 20  # rows charted
    percent: bool = False
    rows_high: int = 0  # 0: by the number of categories
    beside: bool = False  # to the right of its table, which must stand on this sheet
    new_page: bool = False  # printed from the top of a page, so that it is not cut


Part: TypeAlias = Table | Pairs | Figures | Notes | Chart


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One sheet: title in row 1, then `left`/`right` lines, then the parts. Compared by identity.

    `widths` overrides column widths from the left. Panes are frozen below the heading of the first
    table and after `freeze_columns` when that table leads the sheet.
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    legend: str = "淡黄色单元格请填写，其余由系统填写。"  # printed when something is editable
    freeze_columns: int = 1
    hidden: bool = False
    tab: str = ""  # colour of the sheet tab
    widths: tuple[float, ...] = ()
    landscape: bool = True
    pages_wide: int = 1  # a working list of thirty columns takes two, its key columns repeated
    one_page: bool = False  # a short sheet with its chart is not cut
    protect: bool = False  # only editable cells can be changed (no password)

    def table(self, name: str) -> Table:
        for part in self.parts:
            if isinstance(part, Table) and part.name == name:
                return part
        raise KeyError(f"{self.name}: no table {name!r}")


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook. `created` comes from the batch clock: same book, same bytes.

    `names`: defined names (name, "工作表!$B$3"). `properties`: custom document properties.
    """

    title: str
    subject: str
    created: datetime
    sheets: tuple[Sheet, ...]
    names: tuple[tuple[str, str], ...] = ()
    properties: tuple[tuple[str, str], ...] = ()

    def sheet(self, name: str) -> Sheet:
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise KeyError(f"no sheet {name!r}")


Clauses: TypeAlias = Sequence[tuple[str, str]]  # (第6.3条, its text)


def quoted(clauses: Clauses) -> tuple[str, ...]:
    """Notes that quote the regulation."""
    return tuple(f"依据：{number}「{text}」" for number, text in clauses)


def column_letter(index: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def ref(table: str, heading: str) -> str:
    """Structured reference to a column, `表名[列]`, special characters escaped."""
    escaped = heading
    for char in "'#[]":
        escaped = escaped.replace(char, "'" + char) if char != "'" else escaped.replace("'", "''")
    return f"{table}[{escaped}]"


def where(sheet: Sheet, table: str, heading: str, row: int = 0, *, fixed: bool = False) -> str:
    """Address of a table's cell: `row` 0-based among the data rows, -1 the total row."""
    from processor.workbooks.layout import place

    placed = place(sheet).table(table)
    column = [item.heading for item in placed.table.columns].index(heading)
    if row == -1 and placed.total is None:
        raise KeyError(f"{table}: no total row")
    line = placed.total if row == -1 and placed.total is not None else placed.first + row
    return _address(line, column, fixed)


def where_pair(sheet: Sheet, label: str, *, fixed: bool = False) -> str:
    """Address of the value beside the label of a pair."""
    from processor.workbooks.layout import place

    line, column = place(sheet).pairs[label]
    return _address(line, column + 1, fixed)


def _address(row: int, column: int, fixed: bool) -> str:
    mark = "$" if fixed else ""
    return f"{mark}{column_letter(column)}{mark}{row + 1}"


def render(book: Book) -> bytes:
    """The workbook's bytes, the same for equal books. ValueError if it contradicts itself."""
    from processor.workbooks.writing import render as render_book

    return render_book(book)


def write(book: Book, path: Path) -> None:
    """Write the workbook to `path` (replacing atomically is the caller's business)."""
    path.write_bytes(render(book))


def verify_written(book: Book, path: Path) -> list[str]:
    """Read the file back and compare cell by cell with the description; differences in words."""
    from processor.workbooks.readback import differences

    return differences(book, path)
