"""Tables in plain text: csv in any usual encoding, HTML and XML 2003 tables named .xls.

Runs in the limited child process. Cells stay text as written: "007" is not 7.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import Any

from processor.intake.limits import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, UnreadableError

_DELIMITERS = (",", "\t", ";")
_SAMPLE_LINES = 30
_QUOTED_FORMULA = re.compile(r'="([^"]*)"')
_BLANKS = re.compile(r"[ \t\r\n\f]+")


@dataclass(slots=True)
class Table:
    """One table: rows of text, and merged ranges (first row, first column, last row, last)."""

    name: str
    rows: list[list[Any]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def decode(data: bytes) -> tuple[str, str]:
    """(text, encoding): UTF-8 or UTF-16 by mark, else UTF-8, else GB18030.

    Raises UnreadableError(damaged) when it is none of them.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = ["utf-16"]
    else:
        tries = ["utf-8-sig", "gb18030"]
    for encoding in tries:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise UnreadableError("damaged", "neither UTF-8 nor GB18030")


def read_csv(data: bytes) -> Table:
    """A text table; the separator (comma, tab, semicolon) is the one that splits most evenly."""
    text, _ = decode(data)
    # not str.splitlines: vertical tabs and the like are no ends of rows
    lines = list(io.StringIO(text.replace("\0", ""), newline=""))
    if lines and re.fullmatch(r"sep=.\s*", lines[0]):
        delimiter = lines.pop(0)[4]
    else:
        delimiter = _delimiter(lines[:_SAMPLE_LINES])
    csv.field_size_limit(1 << 20)
    rows: list[list[Any]] = []
    cells = 0
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            cells += len(row)
            if len(rows) >= MAX_ROWS or len(row) > MAX_COLUMNS or cells > MAX_CELLS:
                raise UnreadableError("too_large", f"text table beyond row {len(rows)}")
            rows.append([_plain(cell) for cell in row])
    except csv.Error as error:
        raise UnreadableError("damaged", f"csv: {error}") from None
    width = max(map(len, rows), default=0)
    return Table("Sheet1", [row + [""] * (width - len(row)) for row in rows])


def _delimiter(sample: list[str]) -> str:
    def score(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        except csv.Error:
            return (0, 0)
        usual = max(set(widths), key=lambda width: (widths.count(width) * (width - 1), width))
        return (widths.count(usual) * (usual - 1), sum(widths))

    if not sample:
        return ","
    return max(_DELIMITERS, key=score)


def _plain(cell: str) -> str:
    """Exports write ="00123" to keep Excel from guessing; that is the text 00123."""
    match = _QUOTED_FORMULA.fullmatch(cell)
    return match[1] if match else cell


def read_html(data: bytes) -> list[Table]:
    """Every innermost table of a web page becomes a sheet; spans become merged ranges."""
    from lxml import etree, html  # only such files pay for it

    match = re.search(rb"charset\s*=\s*[\"']?\s*([\w-]+)", data[:4096], re.IGNORECASE)
    try:
        text = data.decode(match[1].decode()) if match else decode(data)[0]
    except (LookupError, UnicodeDecodeError):
        text = decode(data)[0]
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser)
    except etree.LxmlError as error:
        raise UnreadableError("damaged", f"html: {error}") from None
    if root is None:
        raise UnreadableError("no_rows", "html without elements")
    tables = [table for table in root.iter("table") if next(table.iterdescendants("table"), None) is None]  # fmt: skip # noqa: E501
    return [_html_table(f"Sheet{n}", table) for n, table in enumerate(tables, 1)]


def _span(cell: Any, name: str, most: int) -> int:
    text = cell.get(name, "1").strip()
    return min(max(int(text), 1), most) if text.isdecimal() and len(text) < 8 else 1


def _html_table(name: str, table: Any) -> Table:
    grid: list[dict[int, str]] = []
    taken: dict[int, set[int]] = {}  # row -> columns covered by a cell above or to the left
    merged: list[tuple[int, int, int, int]] = []
    cells = width = 0
    for number, row in enumerate(table.iter("tr")):
        if number >= MAX_ROWS:
            raise UnreadableError("too_large", "html rows")
        covered = taken.pop(number, set())
        line: dict[int, str] = {}
        column = 0
        for cell in row.iterchildren("td", "th"):
            while column in covered:
                column += 1
            across = _span(cell, "colspan", MAX_COLUMNS)
            down = _span(cell, "rowspan", 1_000)
            cells += 1
            if column + across > MAX_COLUMNS or cells > MAX_CELLS:
                raise UnreadableError("too_large", "html cells")
            text = "".join(cell.itertext()) if len(cell) else (cell.text or "")
            line[column] = _BLANKS.sub(" ", text).strip()
            if across > 1 or down > 1:
                merged.append((number, column, number + down - 1, column + across - 1))
                for below in range(1, down):
                    taken.setdefault(number + below, set()).update(range(column, column + across))
            column += across
        width = max(width, column)
        grid.append(line)
    rows: list[list[Any]] = [[line.get(c, "") for c in range(width)] for line in grid]
    last = len(rows) - 1
    return Table(name, rows, [(r, c, min(below, last), right) for r, c, below, right in merged])


_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"


def read_xml2003(data: bytes) -> list[Table]:
    """ "XML Spreadsheet 2003", written by many older systems and named .xls."""
    from lxml import etree

    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableError("hostile_xml", "xml spreadsheet")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError("damaged", f"xml: {error}") from None
    return [
        _xml_table(str(sheet.get(f"{_SS}Name", "Sheet")), sheet)
        for sheet in root.iter(f"{_SS}Worksheet")
    ]


def _xml_table(name: str, sheet: Any) -> Table:
    rows: list[list[Any]] = []
    merged: list[tuple[int, int, int, int]] = []
    cells = 0
    for row in sheet.iter(f"{_SS}Row"):
        at = _index(row, len(rows))
        if at >= MAX_ROWS:
            raise UnreadableError("too_large", "xml rows")
        rows.extend([] for _ in range(at - len(rows)))
        line: list[Any] = []
        for cell in row.iterchildren(f"{_SS}Cell"):
            column = _index(cell, len(line))
            across = int(cell.get(f"{_SS}MergeAcross", 0) or 0)
            down = int(cell.get(f"{_SS}MergeDown", 0) or 0)
            cells += 1 + across
            if column + across >= MAX_COLUMNS or cells > MAX_CELLS:
                raise UnreadableError("too_large", "xml cells")
            line.extend([""] * (column - len(line)))
            value = cell.find(f"{_SS}Data")
            line.append("" if value is None else "".join(value.itertext()))
            line.extend([""] * across)
            if across or down:
                merged.append((at, column, at + down, column + across))
        rows.append(line)
    width = max(map(len, rows), default=0)
    return Table(name, [line + [""] * (width - len(line)) for line in rows], merged)


def _index(element: Any, following: int) -> int:
    """0-based place of a row or cell: ss:Index where given, else the next free one."""
    text = element.get(f"{_SS}Index", "")
    return max(int(text) - 1, following) if text.isdecimal() else following
