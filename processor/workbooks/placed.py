"""What a laid-out sheet is made of. Rows and columns are 0-based."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from processor.workbooks.measure import clean
from processor.workbooks.sheets import Cell, Chart, Plain, Sheet, Table, Value

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
