"""A very long sheet of our own master, read row by row in constant memory.

calamine holds a whole sheet: 1.6 GB at 200,000 leads. This takes 2.5 times as long in 20 MB. Only
for files written by `master.write_master`: sheets numbered in order, texts inline.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from processor.ledger.master_reading import column_letter

LONG = 60_000  # rows from which a sheet is read this way

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_DIGITS = "0123456789"


def streamed_rows(path: Path, number: int, width: int) -> Iterator[list[str]]:
    """The rows of sheet `number` (from 1) that hold anything, headings first, of `width` texts."""
    from lxml import etree

    places = {column_letter(at): at for at in range(width)}
    with zipfile.ZipFile(path) as archive, archive.open(f"xl/worksheets/sheet{number}.xml") as file:
        for _, row in etree.iterparse(file, tag=f"{_NS}row", resolve_entities=False):
            cells = [""] * width
            for cell in row:
                if len(cell):
                    cells[places[cell.get("r").rstrip(_DIGITS)]] = _text(cell)
            if any(cells):
                yield cells
            row.clear()
            parent = row.getparent()
            while row.getprevious() is not None:
                del parent[0]


def _text(cell: Any) -> str:
    if cell.get("t") == "inlineStr":
        text = cell[0][0].text or ""
        return _ESCAPED.sub(_letter, text) if "_x" in text else text
    number = float(cell[0].text)
    return str(int(number)) if number.is_integer() else repr(number)


def _letter(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))
