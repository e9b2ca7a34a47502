"""A workbook put together from one with the short sheets and from long sheets made elsewhere.

The long ones come compressed and go in as they are: nothing is unpacked or compressed again.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zlib import crc32

STYLES = "xl/styles.xml"
CORE = "docProps/core.xml"
_BOOK = "xl/workbook.xml"
_PROPERTIES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/'
    'XMLSchema-instance"><dc:title>大客户信息台账</dc:title>'
    "<dc:creator>大客户信息处理程序</dc:creator>"
    '<dcterms:created xsi:type="dcterms:W3CDTF">{at}</dcterms:created>'
    '<dcterms:modified xsi:type="dcterms:W3CDTF">{at}</dcterms:modified></cp:coreProperties>'
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a workbook as it lies there: compressed."""

    info: zipfile.ZipInfo
    data: bytes


@dataclass(frozen=True, slots=True)
class Long:
    """A long sheet to be put in: its number (from 1), its rows, and how it is come by."""

    title: str
    number: int
    rows: int
    get: Callable[[], Member]


def assemble(path: Path, frame: BytesIO, long: list[Long], at: datetime) -> None:
    """Write the workbook of `frame` with the `long` sheets in the place of empty ones.

    Title, author and the moment `at` stand where the writer put its own wall clock. Raises
    RuntimeError when a long sheet lies in the file otherwise than it was given.
    """
    sheets = {sheet_file(sheet.number): sheet for sheet in long}
    sums: dict[str, int] = {}
    with zipfile.ZipFile(frame) as source, zipfile.ZipFile(path, "w") as target:
        for info in source.infolist():
            if info.filename in sheets:
                item = sheets[info.filename].get()
                sums[info.filename] = crc32(item.data)
                _put(target, info.filename, item)
            elif info.filename == CORE:
                _write(target, CORE, _PROPERTIES.format(at=f"{at:%Y-%m-%dT%H:%M:%SZ}"))
            elif info.filename == _BOOK:  # by us in any case: the same record, the same bytes
                _write(target, _BOOK, _ranged(source.read(_BOOK).decode(), long))
            else:
                _put(target, info.filename, member(source, info.filename))
    with zipfile.ZipFile(path) as written:
        for name, expected in sums.items():
            if crc32(member(written, name).data) != expected:
                raise RuntimeError(f"台账写出后不一致：{sheets[name].title}")


def sheet_file(number: int) -> str:
    """Where sheet `number` (from 1) lies in a workbook of ours."""
    return f"xl/worksheets/sheet{number}.xml"


def member(archive: zipfile.ZipFile, name: str) -> Member:
    """A file of an archive as it lies there."""
    info = archive.getinfo(name)
    assert archive.fp is not None
    archive.fp.seek(info.header_offset + 26)  # in its header: the lengths of its name and extra
    lengths = archive.fp.read(4)
    skip = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
    archive.fp.seek(skip, 1)
    return Member(info, archive.fp.read(info.compress_size))


def _put(archive: zipfile.ZipFile, name: str, item: Member) -> None:
    """Append a file to an archive open for writing, as it lay in another."""
    info = copy(item.info)
    info.filename, info.extra = name, b""
    info.flag_bits &= ~0x08  # sizes stand in the header, not behind the data
    info.header_offset = archive.start_dir
    assert archive.fp is not None
    archive.fp.seek(archive.start_dir)
    archive.fp.write(info.FileHeader(zip64=False) + item.data)
    archive.filelist.append(info)
    archive.NameToInfo[name] = info
    archive.start_dir = archive.fp.tell()


def _write(archive: zipfile.ZipFile, name: str, text: str) -> None:
    stamp = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    stamp.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(stamp, text.encode())


def _ranged(book: str, long: list[Long]) -> str:
    """The names of filter ranges, which the frame wrote for sheets of one blank row."""
    for sheet in long:
        start = f'name="_xlnm._FilterDatabase" localSheetId="{sheet.number - 1}" hidden="1">'
        head, found, rest = book.partition(start)
        area, end, tail = rest.partition("$2</definedName>")
        if not found or not end or "<" in area:
            raise RuntimeError(f"台账的筛选区域与预期不符：{sheet.title}")
        book = f"{head}{found}{area}${sheet.rows + 1}</definedName>{tail}"
    return book
