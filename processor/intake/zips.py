"""Zips read with care: the directory is counted before it is listed, members while they come out.

Sizes a zip declares are never believed.
"""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO

MAX_ENTRIES = 5_000  # a workbook has a few dozen


def directory(data: bytes) -> list[zipfile.ZipInfo] | str:
    """The zip's directory, or a code. Its entries are counted first: reading them costs memory."""
    if data.count(b"PK\x01\x02") > MAX_ENTRIES:
        return "bomb"
    try:
        with zipfile.ZipFile(BytesIO(data), metadata_encoding="gb18030") as archive:
            return archive.infolist()
    except (UnicodeDecodeError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return "damaged"


def inflate(data: bytes, info: zipfile.ZipInfo, room: int) -> bytes | str:
    """One member's bytes, at most `room` of them, its checksum proved; or a code of STATES.

    The bytes are counted as they come out: the sizes a zip declares may lie.
    """
    start = info.header_offset
    header = data[start : start + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        return "damaged"
    start += 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    packed = data[start : start + info.compress_size]
    if len(packed) != info.compress_size:
        return "damaged"
    if info.compress_type == zipfile.ZIP_STORED:
        content = packed
    elif info.compress_type == zipfile.ZIP_DEFLATED:
        stream = zlib.decompressobj(-15)
        try:
            content = stream.decompress(packed, room + 1)
        except zlib.error:
            return "damaged"
        if not stream.eof and len(content) <= room:
            return "damaged"
    else:
        return "damaged"
    if len(content) > room:
        return "bomb"
    return content if zlib.crc32(content) == info.CRC else "damaged"
