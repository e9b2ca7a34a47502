"""A long sheet of our own master, read row by row in constant memory.

calamine holds a whole sheet: 350 MB for 50,000 leads, in every helper process. Here a parser sees
that the sheet is sound XML and a pattern takes the cells out of it, at half the cost of building
its elements. Only for files written by `master_writing.write_sheets`: sheets numbered in order,
texts inline.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import partial
from html import unescape
from io import BytesIO
from pathlib import Path
from xml.parsers import expat

from processor.ledger.master_reading import Unreadable, column_letter

_PIECE = 1 << 20  # bytes of XML at a time
_TEXT = r'<is><t(?: xml:space="preserve")?>([^<]*)</t></is>'
_CELL = re.compile(
    rf'<c r="([A-Z]+)\d+"(?: s="\d+")?(?:/>|><v>([^<]*)</v></c>| t="inlineStr">{_TEXT}</c>)'
)
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def streamed_rows(source: Path | BytesIO, number: int, width: int) -> Iterator[list[str]]:
    """The rows of sheet `number` (from 1) that hold anything, headings first, of `width` texts.

    Raises Unreadable when the sheet is not such XML as `write_sheets` makes.
    """
    columns = [column_letter(at) for at in range(width)]
    parser = expat.ParserCreate()
    rest = b""
    try:
        with (
            zipfile.ZipFile(source) as archive,
            archive.open(f"xl/worksheets/sheet{number}.xml") as file,
        ):
            for piece in iter(partial(file.read, _PIECE), b""):
                parser.Parse(piece)
                done, _, rest = (rest + piece).rpartition(b"</row>")
                for row in done.decode().split("</row>") if done else ():
                    cells = _cells(row)
                    if cells:
                        yield [cells.get(column, "") for column in columns]
            parser.Parse(b"", True)
    except (expat.ExpatError, UnicodeDecodeError) as error:
        raise Unreadable(f"台账的第 {number} 个工作表不是完好的 XML") from error


def _cells(row: str) -> dict[str, str]:
    """The texts of a row that are not blank, by column letter."""
    found = _CELL.findall(row)
    if len(found) != row.count("<c "):
        raise Unreadable("单元格的写法与预期不符")
    return {
        column: _text(text) if text else _number(number)
        for column, number, text in found
        if text or number
    }


def _number(digits: str) -> str:
    value = float(digits)
    return str(int(value)) if value.is_integer() else repr(value)


def _text(text: str) -> str:
    if "&" in text:
        text = unescape(text)
    if "\r" in text:  # as a parser of XML reads it
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ESCAPED.sub(_letter, text) if "_x" in text else text


def _letter(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))
