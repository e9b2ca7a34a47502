"""A raw cell becomes the typed value of its field: the table of salvages.

Whatever is changed on the way is told (before and after), never silent; whatever cannot be read is a
failure code of the catalogue. The parts live in `text`, `counts`, `dates` and `contacts`.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from processor.intake import counts, dates
from processor.intake.contacts import PLACEHOLDERS, is_dummy_phone, methods, phone, usable_contact
from processor.intake.counts import Parsed
from processor.intake.text import clean, clean_name, has_illegal, squeeze, text_of
from schemas.fields import Field, Kind

__all__ = [
    "PLACEHOLDERS",
    "Parsed",
    "is_dummy_phone",
    "methods",
    "parse",
    "shown",
    "usable_contact",
]

# Names of people and organisations: one line, no blanks inside.
NAME_FIELDS = frozenset(
    {"customer", "contact", "reporter", "submitter", "screener", "province", "city", "county"}
)
_CODE_FIELDS = frozenset({"credit_code", "corrects"})
_LISTS = re.compile(r"[;；,，、/|\n]+|\s{2,}")


def parse(field: Field, cell: object, *, date1904: bool = False) -> Parsed:
    """The typed value of a cell that is not blank.

    str for TEXT, CHOICE, CHOICES (joined by 「;」) and PHONE; int; Decimal; date for DATE and MONTH;
    datetime. A choice outside the list stays as cleaned text: the schema's check reports it.
    """
    kind = field.kind
    if kind is Kind.INTEGER:
        return counts.integer(cell)
    if kind is Kind.NUMBER:
        return counts.number(cell, myriads="万元" in field.heading)
    if kind is Kind.DATE:
        return _day(field, cell, date1904)
    if kind is Kind.MONTH:
        read = dates.day(cell, date1904=date1904)
        if not isinstance(read.value, date):
            return read
        return Parsed(read.value.replace(day=1), "" if read.code == "month_only" else read.code)
    if kind is Kind.DATETIME:
        read = dates.moment(cell, date1904=date1904)
        return Parsed(read.value, "day_missing") if read.code == "month_only" else read
    if kind is Kind.PHONE:
        return phone(cell)
    text = text_of(cell)
    if kind is Kind.CHOICE:
        return choice(field, text)
    if kind is Kind.CHOICES:
        return choices(field, text)
    if field.name in _CODE_FIELDS:
        plain = squeeze(text).upper()
        return Parsed(plain, "" if plain == text.strip() else "salvaged")
    kept = clean_name(text) if field.name in NAME_FIELDS else clean(text)
    return Parsed(kept, "characters_removed" if has_illegal(text) else "")


def _day(field: Field, cell: object, date1904: bool) -> Parsed:
    read = dates.day(cell, date1904=date1904)
    if read.code != "month_only":
        return read
    # the schema's own example says whether a month will do
    return Parsed(read.value, "" if len(field.example) == len("2026-12") else "day_missing")


def choice(field: Field, text: str) -> Parsed:
    """The allowed value a text means; other text as it is."""
    kept = clean(text)
    meaning = _meanings(field).get(_choice_key(text))
    if meaning is None:
        return Parsed(kept)
    return Parsed(meaning, "" if meaning == kept else "salvaged")


def choices(field: Field, text: str) -> Parsed:
    """Several allowed values, joined by 「;」 in the order written, each once."""
    read = [choice(field, part) for part in _LISTS.split(text) if part.strip()]
    values = dict.fromkeys(str(item.value) for item in read)
    changed = any(item.code for item in read)
    return Parsed(";".join(values), "salvaged" if changed else "")


@cache
def _meanings(field: Field) -> dict[str, str]:
    pairs = [*field.choice_synonyms, *((value, value) for value in field.allowed)]
    return {_choice_key(written): value for written, value in pairs}


def _choice_key(text: str) -> str:
    return squeeze(text).casefold().strip(".。")


def shown(value: object) -> str:
    """A typed value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
