"""Reading the product's workbooks by heading, as any other program in the office would."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

Record = dict[str, object]


def sheet_names(path: Path) -> list[str]:
    import python_calamine

    return list(python_calamine.CalamineWorkbook.from_path(str(path)).sheet_names)


def read_table(path: Path, sheet: str, *anchors: str) -> list[Record]:
    """Rows of the table whose heading row holds all `anchors`, as heading → value.

    Headings lose a leading or trailing ※. The table ends at the first row without any value.
    Raises KeyError when no row of the sheet holds the anchors.
    """
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(str(path))
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    for at, row in enumerate(rows):
        headings = [str(cell).strip().strip("※*").strip() for cell in row]
        if all(anchor in headings for anchor in anchors):
            return _records(headings, rows[at + 1 :])
    raise KeyError(f"{path.name}/{sheet}: {anchors}")


def _records(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> list[Record]:
    found = []
    for row in rows:
        record = {h: v for h, v in zip(headings, row, strict=False) if h}
        if all(value in ("", None) for value in record.values()):
            break
        found.append(record)
    return found


def text(value: object) -> str:
    """A cell as text; whole floats without their point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def number(value: object) -> int:
    """A cell as a whole number; blank is 0."""
    shown = text(value).replace(",", "").removesuffix("元")
    return int(float(shown)) if shown not in ("", "—", "-") else 0
