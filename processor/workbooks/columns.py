"""Columns of a sheet from the field records of its form: one source of headings and lists."""

from __future__ import annotations

from collections.abc import Mapping

from processor.workbooks.sheets import Column
from processor.workbooks.style import Look
from schemas.fields import Field, Kind, Need

LOOKS: dict[Kind, Look] = {
    Kind.TEXT: Look.TEXT,
    Kind.INTEGER: Look.COUNT,
    Kind.NUMBER: Look.DECIMAL,
    Kind.DATE: Look.DATE,
    Kind.MONTH: Look.MONTH,
    Kind.DATETIME: Look.MOMENT,
    Kind.CHOICE: Look.CENTER,
    Kind.CHOICES: Look.TEXT,
    Kind.PHONE: Look.CODE,
}


def of_field(
    field: Field, *, width: float | None = None, look: Look | None = None, key: str = ""
) -> Column:
    """The column of a field; what the tool does not fill itself is to be filled in by a person."""
    editable = field.editable or field.need is not Need.SYSTEM
    return Column(
        field.heading,
        look or LOOKS[field.kind],
        field.width if width is None else width,
        key=key,
        editable=editable,
        choices=field.allowed if field.kind is Kind.CHOICE and not field.free else (),
        hint=field.hint if editable else "",
        hidden=field.hidden,
    )


def of_fields(
    fields: tuple[Field, ...],
    widths: Mapping[str, float],
    looks: Mapping[str, Look],
    locked: frozenset[str],
) -> tuple[Column, ...]:
    """Columns of a sheet we send out; `locked` names the fields the tool fills itself."""
    made: list[Column] = []
    for field in fields:
        column = of_field(field, width=widths.get(field.heading), look=looks.get(field.heading))
        if field.name in locked:
            column = Column(column.heading, column.look, column.width)
        made.append(column)
    return tuple(made)
