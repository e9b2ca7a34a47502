"""How much a sheet may hold, and the one way in which reading a file fails."""

from __future__ import annotations

MAX_CELLS = 3_000_000  # with a value, in one workbook
SHAPES = ((100_000, 50), (20_000, 256))  # rows, columns: a sheet fits one of these …
STRAY_CELLS = 1_000  # … but for so many cells, which are dropped with a note
MAX_ROWS = max(rows for rows, _ in SHAPES)
MAX_COLUMNS = max(columns for _, columns in SHAPES)


class UnreadableError(Exception):
    """This file cannot be read: a code of `guard.STATES`, and a detail for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
