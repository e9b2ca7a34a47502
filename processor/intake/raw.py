"""A workbook as it was read: cells without meaning. Written by `reading`, understood by `forms`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RawSheet:
    """One sheet; `rows[0]` is Excel row 1 and `rows[r][0]` column A, whatever the used range.

    Cells are str, int, float, bool, date, datetime, time or timedelta; "" or None when empty.
    Row and column numbers in the other fields are 0-based, as indexes into `rows`.
    """

    name: str
    visible: bool
    rows: list[list[object]]
    hidden_rows: frozenset[int] = frozenset()
    # (first row, first column, last row, last column), all inclusive
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    error_cells: frozenset[tuple[int, int]] = frozenset()  # (row, column) of #REF!, #N/A …
    date1904: bool = False  # day 0 of bare serial numbers is 1904-01-01


@dataclass(frozen=True, slots=True)
class RawBook:
    """One file, read. `notes` are Chinese sentences worth telling ("含宏，未执行")."""

    name: str
    sheets: list[RawSheet]
    notes: list[str] = field(default_factory=list)
