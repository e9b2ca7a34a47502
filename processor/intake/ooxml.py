"""The parts of an xlsx before it is parsed: unpacked within limits, looked over, mended.

Runs in the limited child process. calamine reads values fast but says nothing of error cells,
hidden rows and formulas never calculated, and one stray far cell makes it ask for terabytes;
this module finds and mends that with searches over the XML, without parsing it.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from io import BytesIO

from processor.intake.guard import MAX_ENTRIES, inflate

MAX_UNPACKED_BYTES = 160 << 20
MAX_CELLS = 3_000_000  # with a value, in one workbook
SHAPES = ((100_000, 50), (20_000, 256))  # rows, columns: a sheet fits one of these …
STRAY_CELLS = 1_000  # … but for so many cells, which are dropped with a note


class UnreadableError(Exception):
    """This file cannot be read: a code of `guard.STATES`, and a detail for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


@dataclass(slots=True)
class Parts:
    """An unpacked workbook: member name -> bytes."""

    members: dict[str, bytes]
    changed: bool = False  # `members` differs from the file: parse `repack(parts)`
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What the XML of one sheet says beside its values; 0-based rows and columns."""

    hidden_rows: frozenset[int] = frozenset()
    error_cells: frozenset[tuple[int, int]] = frozenset()
    uncalculated: tuple[str, ...] = ()  # "F7": formulas without a stored result
    dropped: tuple[str, ...] = ()  # stray cells far from the table


def unpack(data: bytes) -> Parts:
    """All members, each checksum proved. Raises UnreadableError (damaged, bomb, hostile_xml)."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            infos = archive.infolist()
    except (ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise UnreadableError("damaged", str(error)) from None
    if len(infos) > MAX_ENTRIES:
        raise UnreadableError("bomb", f"{len(infos)} entries")
    parts = Parts({})
    room = MAX_UNPACKED_BYTES
    for info in infos:
        name = info.filename
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


def _attributes(tag: bytes) -> dict[str, str]:
    return {
        key.decode(): html.unescape((double or single).decode("utf-8", "replace"))
        for key, double, single in _ATTRIBUTE.findall(tag)
    }


def _workbook_part(parts: Parts) -> str:
    for tag in _RELATION.findall(parts.members.get("_rels/.rels", b"")):
        found = _attributes(tag)
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
        found = _attributes(tag)
        target = found.get("Target", "")
        target = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
        targets[found.get("Id", "")] = posixpath.normpath(target)
    named: dict[str, str] = {}
    for tag in _SHEET.findall(parts.members.get(workbook, b"")):
        found = _attributes(tag)
        key = next((value for name, value in found.items() if name.endswith(":id")), "")
        member = targets.get(key, "")
        if member in parts.members:
            named[found.get("name", "")] = member
    return named


def is_1904(parts: Parts) -> bool:
    """Does the workbook count its days from 1904-01-01?"""
    return bool(_DATE1904.search(parts.members.get(_workbook_part(parts), b"")))


# Searched for in XML without prefixes (`_plain`), so that each pattern starts with a literal.
# A cell that may lie beyond the shapes: row 10,000 or column AY and on; few sheets have any.
_FAR = re.compile(rb"r=[\"'](?:[A-Z]{3}|[B-Z][A-Z]|A[Y-Z]|[A-Z]{1,2}[0-9]{5})")
# A cell that holds something: not self-closed, not closed at once.
_FILLED = re.compile(rb"<c\s(?:[^>/]*?\s)??r=[\"']([A-Z]{1,3}[0-9]{1,7})[\"'][^>/]*>(?!\s*</)")
_WHOLE_CELL = re.compile(
    rb"<((?:\w+:)?c)\s(?:[^>/]*?\s)??r=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>/]*>.*?</\1>",
    re.DOTALL,
)
_ERROR_CELL = re.compile(rb"<c\s([^>]*?\bt=[\"']e[\"'][^>]*)>")
_HIDDEN_ROW = re.compile(rb"<row\s([^>]*?\bhidden=[\"'](?:1|true)[\"'][^>]*)>")
_NEGATIVE_INDEX = re.compile(rb"<c\s[^>]*\bt=[\"']s[\"'][^>]*>\s*<v>\s*-")
_FORMULA = re.compile(rb"<f[\s>/]")
_UNCALCULATED = re.compile(
    rb"<c\s([^>]*)>\s*<f(?:\s[^>]*/>|/>|(?:\s[^>]*)?>[^<]*</f>)\s*"
    rb"(?:<v>\s*</v>\s*|<v\s*/>\s*)?</c>"
)
_ROOT_PREFIX = re.compile(rb"<(\w+):worksheet\b")


def _plain(xml: bytes) -> bytes:
    """The XML with the prefix some programs put before every element taken off."""
    match = _ROOT_PREFIX.search(xml[:2000])
    if match is None:
        return xml
    return xml.replace(b"<" + match[1] + b":", b"<").replace(b"</" + match[1] + b":", b"</")


_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = b"0123456789"


def column_number(letters: str) -> int:
    """A -> 0, Z -> 25, AA -> 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def survey(parts: Parts, member: str, room: int) -> tuple[SheetFacts, int]:
    """Look over one sheet's XML; drop stray far cells from `parts`. Gives facts and cells counted.

    Raises UnreadableError: too_large (more than `room` cells, or a real table beyond the shapes),
    damaged (a negative shared-string index, which readers turn into a wrong text).
    """
    xml = _plain(parts.members[member])
    filled = xml.count(b"<v>") + xml.count(b"<is>")
    if filled > room:
        raise UnreadableError("too_large", f"{member}: {filled} cells")
    if b"<v>-" in xml and _NEGATIVE_INDEX.search(xml):
        raise UnreadableError("damaged", f"{member}: negative shared-string index")
    dropped: tuple[str, ...] = ()
    if _FAR.search(xml) and not _fits(_FILLED.findall(xml)):
        dropped = _drop_strays(parts, member)
        xml = _plain(parts.members[member])
    hidden: set[int] = set()
    if b"hidden=" in xml:
        for tag in _HIDDEN_ROW.findall(xml):
            number = _attributes(tag).get("r", "")
            if number.isdecimal():
                hidden.add(int(number) - 1)
    errors: set[tuple[int, int] | None] = set()
    if b't="e"' in xml or b"t='e'" in xml:
        errors = {place_of(_attributes(tag).get("r", "")) for tag in _ERROR_CELL.findall(xml)}
    uncalculated: list[str] = []
    if b"<f" in xml and _FORMULA.search(xml):
        found = map(_attributes, _UNCALCULATED.findall(xml))
        # an empty text is a result
        uncalculated = [tag.get("r", "?") for tag in found if tag.get("t") != "str"]
    facts = SheetFacts(
        frozenset(hidden),
        frozenset(place for place in errors if place),
        tuple(uncalculated),
        dropped,
    )
    return facts, filled


def place_of(reference: str) -> tuple[int, int] | None:
    """ "B7" -> (6, 1), 0-based row and column; None for anything else."""
    letters = reference.rstrip("0123456789")
    digits = reference[len(letters) :]
    if not digits or not letters.isascii() or not letters.isalpha():
        return None
    return int(digits) - 1, column_number(letters)


def _fits(references: list[bytes]) -> bool:
    if not references:
        return True
    last = max(int(text) for text in {ref.lstrip(_LETTERS) for ref in references})
    right = max(column_number(t.decode()) for t in {ref.rstrip(_DIGITS) for ref in references})
    return any(last <= height and right < width for height, width in SHAPES)


def _drop_strays(parts: Parts, member: str) -> tuple[str, ...]:
    """Remove the cells outside the shape that loses fewest."""
    xml = parts.members[member]
    places = [
        (int(found[3]), column_number(found[2].decode())) for found in _WHOLE_CELL.finditer(xml)
    ]
    losses = [
        sum(row > height or column >= width for row, column in places) for height, width in SHAPES
    ]
    if min(losses) > STRAY_CELLS:
        raise UnreadableError("too_large", f"{member}: {min(losses)} cells far outside")
    height, width = SHAPES[losses.index(min(losses))]
    dropped: list[str] = []

    def keep(found: re.Match[bytes]) -> bytes:
        if int(found[3]) > height or column_number(found[2].decode()) >= width:
            dropped.append((found[2] + found[3]).decode())
            return b""
        return found[0]

    parts.members[member] = _WHOLE_CELL.sub(keep, xml)
    parts.changed = True
    return tuple(dropped)
