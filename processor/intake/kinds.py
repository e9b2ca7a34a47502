"""What a file is, by its bytes: the extension only tells a table in plain text from other text."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath

from processor.intake.zips import directory

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_TABLE_TEXT = frozenset(("", ".csv", ".txt", ".tsv", ".xls", ".xlsx", ".et", ".prn"))
_HTML = re.compile(
    rb"""\s* (?:<\?xml[^>]*>\s*)? (?:<!--.*?-->\s*)?
    <(?:!doctype\s+html|html|table|meta|head|style|body|div)\b""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_CONTROLS = [bytes((code,)) for code in (0, 1, 2, 3, 4, 5, 6, 14, 15, 16)]  # never in a text
_XML_SHEET = b"urn:schemas-microsoft-com:office:spreadsheet"


def kind_of(data: bytes, name: str) -> str:
    """zip (a workbook), pack (a zip of files), ole, html, xml, text, or a code of STATES.

    Content decides; the extension only tells a table in plain text from other plain text.
    """
    if not data:
        return "file_empty"
    if data.startswith(_OLE):
        return "ole"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(data)
    if not data.strip(b"\0"):
        return "damaged"  # space reserved, bytes never arrived
    head = data[: 64 << 10]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode()
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _HTML.match(head):
        return "html"
    if head.lstrip().startswith(b"<?xml"):
        return "xml" if _XML_SHEET in head else "unsupported_type"
    return "text" if _is_table_text(head, name) else "unsupported_type"


def _is_table_text(head: bytes, name: str) -> bool:
    if PurePosixPath(name).suffix.lower() not in _TABLE_TEXT:
        return False
    if head.startswith((b"%PDF", b"{\\rtf")) or any(code in head for code in _CONTROLS):
        return False
    if not any(separator in head for separator in (b",", b"\t", b";")):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            # A character cut at the end of the head is no fault.
            codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _zip_kind(data: bytes) -> str:
    infos = directory(data)
    if isinstance(infos, str):
        return infos
    names = [info.filename.replace("\\", "/").lower() for info in infos]
    if "[content_types].xml" in names:
        if not any(name.startswith("xl/") for name in names):
            return "unsupported_type"  # a Word document, say
        binary = any(name.endswith("workbook.bin") for name in names)
        return "unsupported_type" if binary else "zip"
    if "mimetype" in names:
        return "unsupported_type"  # OpenDocument
    return "pack"
