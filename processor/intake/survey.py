"""What the XML of a sheet says beside its values, and stray far cells taken out.

Runs in the limited child process. calamine reads values fast but says nothing of error cells,
hidden rows and formulas never calculated, and one stray far cell makes it ask for terabytes. All
this is found by searches over the bytes, without parsing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from processor.intake.limits import SHAPES, STRAY_CELLS, UnreadableError
from processor.intake.ooxml import Parts, attributes


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What the XML of one sheet says beside its values; 0-based rows and columns."""

    hidden_rows: frozenset[int] = frozenset()
    error_cells: frozenset[tuple[int, int]] = frozenset()
    uncalculated: tuple[str, ...] = ()  # "F7": formulas without a stored result
    dropped: tuple[str, ...] = ()  # stray cells far from the table


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
            number = attributes(tag).get("r", "")
            if number.isdecimal():
                hidden.add(int(number) - 1)
    errors: set[tuple[int, int] | None] = set()
    if b't="e"' in xml or b"t='e'" in xml:
        errors = {place_of(attributes(tag).get("r", "")) for tag in _ERROR_CELL.findall(xml)}
    uncalculated: list[str] = []
    if b"<f" in xml and _FORMULA.search(xml):
        found = map(attributes, _UNCALCULATED.findall(xml))
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
