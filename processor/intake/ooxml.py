"""The parts of an xlsx before it is parsed: unpacked within limits, put into plain UTF-8.

Runs in the limited child process.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from io import BytesIO

from processor.intake.limits import UnreadableError
from processor.intake.zips import directory, inflate

MAX_UNPACKED_BYTES = 160 << 20


@dataclass(slots=True)
class Parts:
    """An unpacked workbook: member name -> bytes."""

    members: dict[str, bytes]
    changed: bool = False  # `members` differs from the file: parse `repack(parts)`
    notes: list[str] = field(default_factory=list)


def unpack(data: bytes) -> Parts:
    """All members, each checksum proved. Raises UnreadableError (damaged, bomb, hostile_xml)."""
    infos = directory(data)
    if isinstance(infos, str):
        raise UnreadableError(infos, "zip directory")
    parts = Parts({})
    room = MAX_UNPACKED_BYTES
    for info in infos:
        name = info.filename.replace("\\", "/")  # as some .NET programs write it
        parts.changed |= name != info.filename
        if name in parts.members:
            raise UnreadableError("damaged", f"{name} twice")  # readers disagree which one counts
        if info.flag_bits & 1:
            raise UnreadableError("encrypted", name)
        content = inflate(data, info, room)
        if isinstance(content, str):
            raise UnreadableError(content, name)
        room -= len(content)
        if name.endswith((".xml", ".rels")):
            content = _clean_xml(parts, name, content)
        parts.members[name] = content
    if any(name.endswith("vbaProject.bin") for name in parts.members):
        parts.notes.append("文件含有宏，未执行，也不保留")
    return parts


_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0?\0", b"\0<\0?")
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']+)[\"'][^>]*\?>")


def _clean_xml(parts: Parts, name: str, content: bytes) -> bytes:
    """UTF-8 without document type; other encodings are converted (calamine reads them empty)."""
    if content.startswith(_UTF16) or (
        (match := _DECLARED.match(content[:200]))
        and match[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii")
    ):
        content = _to_utf8(name, content)
        parts.changed = True
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise UnreadableError("hostile_xml", name)
    if name.endswith((".xml", ".rels")) and b"http://purl.oclc.org/ooxml/" in content:
        content = _from_strict(content)
        parts.changed = True
    return content


def _to_utf8(name: str, content: bytes) -> bytes:
    match = _DECLARED.match(content[:200])
    encoding = "utf-16"
    if content.startswith((b"<\0", b"\0<")):
        encoding = "utf-16-le" if content[1] == 0 else "utf-16-be"
    elif match and not content.startswith(_UTF16):
        encoding = match[1].decode("ascii", "replace")
    try:
        text = content.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        raise UnreadableError("damaged", f"{name}: {encoding}") from None
    text = re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>", "", text)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode("utf-8", "surrogatepass")


_STRICT = (
    (b"spreadsheetml/main", b"spreadsheetml/2006/main"),
    (b"officeDocument/relationships", b"officeDocument/2006/relationships"),
)


def _from_strict(content: bytes) -> bytes:
    """ "Strict Open XML" differs, for values, in the names of its namespaces only."""
    for strict, usual in _STRICT:
        content = content.replace(
            b"http://purl.oclc.org/ooxml/" + strict, b"http://schemas.openxmlformats.org/" + usual
        )
    return content


def repack(parts: Parts) -> bytes:
    """The mended workbook, stored without compression: it is only handed to the parser."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")
_ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_DATE1904 = re.compile(rb"<(?:\w+:)?workbookPr\s[^>]*date1904\s*=\s*[\"'](?:1|true)[\"']")


def attributes(tag: bytes) -> dict[str, str]:
    """The attributes of one tag, whatever their order and quotes."""
    return {
        key.decode(): html.unescape((double or single).decode("utf-8", "replace"))
        for key, double, single in _ATTRIBUTE.findall(tag)
    }


def _workbook_part(parts: Parts) -> str:
    for tag in _RELATION.findall(parts.members.get("_rels/.rels", b"")):
        found = attributes(tag)
        if found.get("Type", "").endswith("/officeDocument"):
            return found.get("Target", "").lstrip("/")
    return "xl/workbook.xml"


def sheet_parts(parts: Parts) -> dict[str, str]:
    """Sheet name -> member holding its cells, in workbook order; without chart sheets."""
    workbook = _workbook_part(parts)
    folder, _, base = workbook.rpartition("/")
    relations = parts.members.get(f"{folder}/_rels/{base}.rels".lstrip("/"), b"")
    targets: dict[str, str] = {}
    for tag in _RELATION.findall(relations):
        found = attributes(tag)
        target = found.get("Target", "")
        target = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
        targets[found.get("Id", "")] = posixpath.normpath(target)
    named: dict[str, str] = {}
    for tag in _SHEET.findall(parts.members.get(workbook, b"")):
        found = attributes(tag)
        key = next((value for name, value in found.items() if name.endswith(":id")), "")
        member = targets.get(key, "")
        if member in parts.members:
            named[found.get("name", "")] = member
    return named


def is_1904(parts: Parts) -> bool:
    """Does the workbook count its days from 1904-01-01?"""
    return bool(_DATE1904.search(parts.members.get(_workbook_part(parts), b"")))
