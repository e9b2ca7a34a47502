"""The master workbook read: our own copy or one a person has saved, as texts by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from schemas.fields import Field, Kind
from schemas.master import MASTER_SHEETS


class Unreadable(Exception):
    """The workbook cannot be read as a master; the message is for a person."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as read: `sheet` may be a later volume (台账2); `row` is Excel's; texts by heading."""

    sheet: str
    row: int
    texts: dict[str, str]


def read_rows(path: Path, wanted: tuple[str, ...] = ()) -> dict[str, list[SheetRow]]:
    """The rows of the sheets `wanted` (all), volumes joined. Raises Unreadable."""
    found: dict[str, list[SheetRow]] = {}
    for base, title, headings, rows in _sheets(path, wanted):
        into = found.setdefault(base, [])
        for number, cells in enumerate(rows, start=2):
            if any(cells):
                into.append(SheetRow(title, number, dict(zip(headings, cells, strict=False))))
    return found


def sheet_digests(path: Path) -> dict[str, str]:
    """For each sheet the digest of its rows, as `master.write_master` reckons it."""
    from processor.ledger.master import _Digest

    digests: dict[str, _Digest] = {}
    for base, _title, headings, rows in _sheets(path, ()):
        digest = digests.setdefault(base, _Digest())
        if headings != [f.heading for f in MASTER_SHEETS[base]]:
            digest.add(headings)
        for cells in rows:
            digest.add(cells)
    return {name: digest.text() for name, digest in digests.items()}


def _sheets(
    path: Path, wanted: tuple[str, ...]
) -> Iterator[tuple[str, str, list[str], Iterator[list[str]]]]:
    """Base name, title, headings and rows of every sheet of ours. Raises Unreadable."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(f"{path.name} 无法读取（{type(error).__name__}）") from error
    with book:
        for title in book.sheet_names:
            base = title.rstrip("0123456789")
            if base not in MASTER_SHEETS or (wanted and base not in wanted):
                continue
            try:
                sheet = book.get_sheet_by_name(title)
            except (CalamineError, ValueError) as error:
                raise Unreadable(f"{path.name} 的工作表“{title}”无法读取") from error
            if sheet.start is None:
                yield base, title, [], iter(())
                continue
            rows = sheet.iter_rows() if sheet.start == (0, 0) else _padded(sheet)
            headings = [text_of(c).strip() for c in next(iter(rows), [])]
            yield base, title, headings, ([text_of(c) for c in row] for row in rows)


def _padded(sheet: Any) -> Iterator[list[Any]]:
    yield from sheet.to_python(skip_empty_area=False)


def text_of(cell: Any) -> str:
    """A cell as the text that stands for it in the master."""
    if type(cell) is str:
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def typed(field: Field, text: str) -> Any:
    """A cell's text as the ledger's value. Raises ValueError when it is none of that kind."""
    if text == "":
        return None
    if field.kind is Kind.INTEGER:
        number = float(text.replace(",", ""))
        if not number.is_integer():
            raise ValueError(text)
        return int(number)
    if field.kind in (Kind.DATE, Kind.MONTH):
        return datetime.fromisoformat(text).date() if len(text) > 10 else date.fromisoformat(text)
    if field.kind is Kind.DATETIME:
        return datetime.fromisoformat(text)
    return text


def column_letter(column: int) -> str:
    """A, B … AA of a column counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
