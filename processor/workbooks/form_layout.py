"""How a fill-in form is laid out: the look of its cells and the places of its block."""

from __future__ import annotations

from processor.workbooks import style
from processor.workbooks.style import Look, display_width
from schemas.fields import Field, Form, Kind, Need

BLOCK_ROW, HEADING_ROW = 1, 3  # 0-based: the block in rows 2–3, headings in row 4
_LOOKS = {
    Kind.INTEGER: Look.COUNT,
    Kind.NUMBER: Look.DECIMAL,
    Kind.DATE: Look.DATE,
    Kind.MONTH: Look.MONTH,
    Kind.DATETIME: Look.MOMENT,
    Kind.PHONE: Look.CODE,
}
_CODES = frozenset({"credit_code", "corrects", "code", "vins"})
_PLAIN_NUMBERS = frozenset({"year", "version_number", "seq"})


def look_of(item: Field) -> dict[str, object]:
    """Format of a cell to fill (pale yellow) or of one that the tool fills (white)."""
    look = _LOOKS.get(item.kind, Look.TEXT)
    if item.name in _CODES or item.name.endswith("number"):
        look = Look.CODE if item.kind is Kind.TEXT else look
    made = dict(style.cell(look, editable=item.need is not Need.SYSTEM and not item.locked))
    if look is Look.TEXT:
        made["num_format"] = "@"
    if item.name in _PLAIN_NUMBERS:
        made |= {"num_format": "0", "align": "center"}
    return made


def frozen_of(form: Form) -> int:
    """Columns that stay on the screen: through the first required one, two at most."""
    starred = [n for n, f in enumerate(form.fields) if f.starred]
    return min(starred[0] + 1, 2) if starred else 1


def pairs_of(form: Form) -> list[tuple[int, int]]:
    """Row and label column of each block field: half of them a row, where they fit."""
    widths = [0 if f.hidden else f.width for f in form.fields]
    half = (len(form.block) + 1) // 2
    places: list[tuple[int, int]] = []
    column = 1
    for index, item in enumerate(form.block):
        if index == half:
            column = 1
        label = display_width(item.heading) + (2 if item.starred else 0) + 2
        value = max(display_width(item.example) + 2, 8)
        while column + 1 < len(widths) - 1 and (
            widths[column] < label or widths[column + 1] < value
        ):
            column += 1
        places.append((BLOCK_ROW + (index >= half), column))
        column += 2
    return places
