"""A written workbook is read again and compared with its description before it is published."""

from __future__ import annotations

from datetime import datetime, time
from fractions import Fraction
from io import BytesIO
from pathlib import Path

from processor.workbooks import layout, measure
from processor.workbooks.sheets import Book, Formula, Link, column_letter


def differences(book: Book, path: Path) -> list[str]:
    """Compare the file with the description, cell by cell, by calamine; at most 20 differences."""
    import python_calamine

    found: list[str] = []
    workbook = python_calamine.load_workbook(BytesIO(path.read_bytes()))
    if workbook.sheet_names != [sheet.name for sheet in book.sheets]:
        return [f"工作表不一致：{'、'.join(workbook.sheet_names)}"]
    for sheet in book.sheets:
        grid = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
        high, wide = len(grid), len(grid[0]) if grid else 0
        for (row, column), (value, _, _) in layout.place(sheet).cells.items():
            actual = grid[row][column] if row < high and column < wide else ""
            if (value or "") != actual and _plain(value) != _plain(actual):
                found.append(f"{sheet.name}!{column_letter(column)}{row + 1} 与写入内容不一致")
                if len(found) >= 20:
                    return found
    return found


def _plain(value: object) -> object:
    """Described and read values on common ground: numbers as float, midnight as a date."""
    match value:
        case str():
            return value
        case Formula():
            return _plain(value.value)
        case Link():
            return measure.clean(value.text)
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case int() | float() | Fraction():
            return round(float(value), 9)
        case datetime():
            return value.date() if value.time() == time() else value.replace(microsecond=0)
        case _:
            return value
