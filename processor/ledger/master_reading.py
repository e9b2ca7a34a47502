"""The master workbook read: our own copy or one a person has saved, as texts by column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

from processor.encryption import OLE
from schemas.fields import Field, Kind
from schemas.master import MASTER_SHEETS

_TITLE_ROWS = 20  # rows in which a heading row is looked for


class Unreadable(Exception):
    """The workbook cannot be read as a master; the message is for a person."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as read: `sheet` may be a later volume (台账2); `row` is Excel's; texts by heading."""

    sheet: str
    row: int
    texts: dict[str, str]


class MasterBook:
    """An opened master: `with MasterBook(path) as book`. Sheets are read when asked for.

    Raises Unreadable, on opening or on reading a sheet.
    """

    def __init__(self, path: Path) -> None:
        from python_calamine import CalamineError, CalamineWorkbook

        self._errors = (CalamineError, OSError, ValueError)
        self._name = path.name
        try:
            bare = bare_bytes(path)
            self._book = (
                CalamineWorkbook.from_path(str(path))
                if bare is None
                else CalamineWorkbook.from_filelike(BytesIO(bare))
            )
        except self._errors as error:
            raise Unreadable(f"{path.name} 无法读取（{type(error).__name__}）") from error
        self.titles: dict[str, list[str]] = {}  # base name -> its volumes
        for title in self._book.sheet_names:
            base = title.rstrip("0123456789")
            if base in MASTER_SHEETS:
                self.titles.setdefault(base, []).append(title)

    def __enter__(self) -> MasterBook:
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def headings(self, base: str, marks: Sequence[str] = ()) -> list[str]:
        """The headings of a sheet; [] when it is missing or empty.

        `marks`: headings by which the heading row is known where a title stands above it.
        """
        titles = self.titles.get(base)
        return self._open(titles[0], marks)[0] if titles else []

    def rows(self, base: str, marks: Sequence[str] = ()) -> Iterator[SheetRow]:
        """The rows of a sheet, volumes joined, wholly empty rows left out."""
        for title in self.titles.get(base, ()):
            headings, first, rows = self._open(title, marks)
            for number, cells in enumerate(rows, start=first):
                if any(cells):
                    yield SheetRow(title, number, dict(zip(headings, cells, strict=False)))

    def cells(self, base: str) -> Iterator[list[str]]:
        """The rows of a sheet as texts, in the order of the official headings.

        Raises Unreadable when a heading is missing or another one is there.
        """
        for title in self.titles.get(base, ()):
            yield from self.cells_of(base, title)

    def cells_of(self, base: str, title: str) -> Iterator[list[str]]:
        """The rows of one volume of a sheet, as `cells`."""
        headings, _, rows = self._open(title)
        if headings != [f.heading for f in MASTER_SHEETS[base]]:
            raise Unreadable(f"工作表“{title}”的列标题被改动")
        return rows

    def _open(
        self, title: str, marks: Sequence[str] = ()
    ) -> tuple[list[str], int, Iterator[list[str]]]:
        """Headings, Excel row of the first row below them, and the rows from there on."""
        try:
            sheet = self._book.get_sheet_by_name(title)
        except self._errors as error:
            raise Unreadable(f"{self._name} 的工作表“{title}”无法读取") from error
        if sheet.start is None:
            return [], 2, iter(())
        whole = sheet.start == (0, 0)
        rows = sheet.iter_rows() if whole else iter(sheet.to_python(skip_empty_area=False))
        for number, row in enumerate(rows, start=1):
            headings = [text_of(c).strip() for c in row]
            if not marks or not set(marks).isdisjoint(headings):
                return (
                    headings,
                    number + 1,
                    ([c if type(c) is str else text_of(c) for c in cells] for cells in rows),
                )
            if number == _TITLE_ROWS:
                break
        return [], 2, iter(())


def bare_bytes(path: Path) -> bytes | None:
    """The workbook inside one that asks for a password; None when it asks for none.

    Raises Unreadable without the password or with another one.
    """
    with path.open("rb") as handle:
        if handle.read(len(OLE)) != OLE:
            return None
    from processor.encryption import MASTER_PASSWORD, decrypted, is_encrypted, secret

    data = path.read_bytes()
    if not is_encrypted(data):
        return None
    password = secret(MASTER_PASSWORD)
    if password is None:
        raise Unreadable(f"{path.name} 需要打开密码，请设置 {MASTER_PASSWORD}")
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

    try:
        return decrypted(data, password)
    except InvalidKeyError as error:
        raise Unreadable(f"{path.name} 的打开密码与 {MASTER_PASSWORD} 不符") from error
    except (DecryptionError, FileFormatError, OSError, ValueError) as error:
        raise Unreadable(f"{path.name} 无法读取（{type(error).__name__}）") from error


def read_rows(path: Path) -> dict[str, list[SheetRow]]:
    """The rows of all sheets of a master. Raises Unreadable."""
    with MasterBook(path) as book:
        return {base: list(book.rows(base)) for base in book.titles}


def sheet_digests(path: Path, titles: Iterable[str] | None = None) -> dict[str, str]:
    """For each sheet of our own file (of these `titles`) the digest of its rows as read.

    Raises Unreadable when a heading is missing or another one is there.
    """
    from processor.ledger.master_rows import Digest

    digests: dict[str, str] = {}
    with MasterBook(path) as book:
        wanted = None if titles is None else set(titles)
        for base, found in book.titles.items():
            for title in found if wanted is None else wanted.intersection(found):
                digest = Digest()
                for cells in book.cells_of(base, title):
                    digest.add("\x1f".join(cells))
                digests[title] = digest.text()
    return digests


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
