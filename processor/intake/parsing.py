"""A raw cell becomes the typed value of its field: the table of salvages.

Whatever is changed on the way is told (before and after), never silent; whatever cannot be read is
a failure code of the catalogue. The parts live in `text`, `counts`, `dates` and `contacts`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache, partial

from processor.intake import counts, dates
from processor.intake.contacts import (
    PLACEHOLDERS,
    has_dummy,
    is_dummy_phone,
    methods,
    phone,
    usable_contact,
)
from processor.intake.counts import Parsed
from processor.intake.text import clean, clean_name, has_illegal, squeeze, text_of
from schemas.fields import Field, Kind, Need

__all__ = [
    "PLACEHOLDERS",
    "Parsed",
    "is_dummy_phone",
    "methods",
    "parse",
    "parser",
    "shown",
    "usable_contact",
]

# Names of people and organisations: one line, no blanks inside.
NAME_FIELDS = frozenset(
    {"customer", "contact", "reporter", "submitter", "screener", "province", "city", "county"}
)
_CODE_FIELDS = frozenset({"credit_code", "corrects"})
_LISTS = re.compile(r"[;；,，、/|\n]+|\s{2,}")


def parser(field: Field, *, date1904: bool = False) -> Callable[[object], Parsed]:
    """The function that reads a cell (not blank) of this field.

    It gives str for TEXT, CHOICE, CHOICES (joined by 「;」) and PHONE; int; Decimal; datetime; date
    for DATE and MONTH. A choice outside the list stays as cleaned text: the schema's check says so.
    """
    match field.kind:
        case Kind.INTEGER:
            return counts.integer
        case Kind.NUMBER:
            return partial(counts.number, myriads="万元" in field.heading)
        case Kind.DATE:
            # the schema's own example says whether a month will do
            month_will_do = len(field.example) == len("2026-12")
            return partial(_day, month_will_do=month_will_do, date1904=date1904)
        case Kind.MONTH:
            return partial(_month, date1904=date1904)
        case Kind.DATETIME:
            return partial(_moment, date1904=date1904)
        case Kind.PHONE:
            # a gate column is judged by the gate, which also sees the row's other ways of contact
            return phone if field.need is Need.GATE else _reachable
        case Kind.CHOICE:
            return partial(_choice, _meanings(field.allowed, field.choice_synonyms))
        case Kind.CHOICES:
            return partial(_choices, _meanings(field.allowed, field.choice_synonyms))
        case Kind.TEXT:
            if field.name in _CODE_FIELDS:
                return _code
            return _name if field.name in NAME_FIELDS else _text


def parse(field: Field, cell: object, *, date1904: bool = False) -> Parsed:
    """The typed value of one cell that is not blank."""
    return parser(field, date1904=date1904)(cell)


def _text(cell: object) -> Parsed:
    return _kept(text_of(cell))


def _name(cell: object) -> Parsed:
    return _kept_name(text_of(cell))


@lru_cache(maxsize=65_536)
def _kept(text: str) -> Parsed:
    return Parsed(clean(text), "characters_removed" if has_illegal(text) else "")


@lru_cache(maxsize=65_536)
def _kept_name(text: str) -> Parsed:
    return Parsed(clean_name(text), "characters_removed" if has_illegal(text) else "")


def _code(cell: object) -> Parsed:
    text = text_of(cell)
    plain = squeeze(text).upper()
    return Parsed(plain, "" if plain == text.strip() else "salvaged")


def _day(cell: object, *, month_will_do: bool, date1904: bool) -> Parsed:
    read = dates.day(cell, date1904=date1904)
    if read.code != "month_only":
        return read
    return Parsed(read.value, "" if month_will_do else "day_missing")


def _month(cell: object, *, date1904: bool) -> Parsed:
    read = dates.day(cell, date1904=date1904)
    if not isinstance(read.value, date):
        return read
    return Parsed(read.value.replace(day=1), "" if read.code == "month_only" else read.code)


def _moment(cell: object, *, date1904: bool) -> Parsed:
    read = dates.moment(cell, date1904=date1904)
    return Parsed(read.value, "day_missing") if read.code == "month_only" else read


def _reachable(cell: object) -> Parsed:
    read = phone(cell)
    written = "" if read.value is None else str(read.value)
    if not written or methods(written):
        return read
    dummy = has_dummy(written) or squeeze(written).lower() in PLACEHOLDERS
    return Parsed(read.value, "phone_dummy" if dummy else "phone_unreadable")


def _choice(meanings: Mapping[str, str], cell: object) -> Parsed:
    """The allowed value a text means; other text as it is."""
    text = text_of(cell)
    kept = clean(text)
    meaning = meanings.get(kept) or meanings.get(_choice_key(text))
    if meaning is None:
        return Parsed(kept)
    return Parsed(meaning, "" if meaning == kept else "salvaged")


def _choices(meanings: Mapping[str, str], cell: object) -> Parsed:
    """Several allowed values, joined by 「;」 in the order written, each once."""
    read = [_choice(meanings, part) for part in _LISTS.split(text_of(cell)) if part.strip()]
    values = dict.fromkeys(str(item.value) for item in read)
    changed = any(item.code for item in read)
    return Parsed(";".join(values), "salvaged" if changed else "")


@cache
def _meanings(allowed: tuple[str, ...], synonyms: tuple[tuple[str, str], ...]) -> dict[str, str]:
    pairs = [*synonyms, *((value, value) for value in allowed)]
    return {_choice_key(written): value for written, value in pairs}


@lru_cache(maxsize=4_096)
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
