"""Numbers as people write them: 「十五台」, 「约10台」, 「5-8台」, 「１２」, 「150万元」."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from processor.intake.text import squeeze


class Parsed(NamedTuple):
    """A typed value (None: unreadable or empty) and the catalogue code worth telling ("": none).

    With a value the code is a salvage or a reminder, without one it is a failure.
    """

    value: object = None
    code: str = ""


_DIGITS = {char: value for value, chars in enumerate((
    "零〇○", "一壹", "二贰两俩", "三叁仨", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖",
)) for char in chars}  # fmt: skip
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = "万萬"
_HAN = "".join(_DIGITS) + "".join(_UNITS) + _MYRIADS + "廿卅"

_NUMBER = rf"(\d+(?:\.\d+)?|[{_HAN}]+)"
_COUNTER = r"(?:台套|台车|辆车|台|辆|部|套|车|个)?"
_SINGLE = re.compile(rf"{_NUMBER}{_COUNTER}(?:左右|上下)?")
_AT_LEAST = re.compile(rf"{_NUMBER}(?:余|多|来|几|\+)?{_COUNTER}(?:以上|及以上|起|\+)?")
_RANGE = re.compile(rf"{_NUMBER}{_COUNTER}(?:[-~—–―]+|至|到){_NUMBER}{_COUNTER}(?:左右|上下)?")
_SUM = re.compile(rf"{_NUMBER}{_COUNTER}(?:\+{_NUMBER}{_COUNTER})+")
_NEIGHBOURS = re.compile(rf"([一二两三四五六七八九])([二两三四五六七八九]){_COUNTER}")
_PREFIX = re.compile(r"^(?:大约|大概|预计|计划|拟购|采购|需求|共计|合计|总计|约|共|计|近|需|购)+:?")
_LOWER_PREFIX = re.compile(r"^(?:至少|不少于|不低于|最少|超过|不下)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MONEY = re.compile(r"(亿元|亿|万元|万|元|RMB|人民币)$")


def han_number(text: str, *, positional: bool = False) -> int | None:
    """「一百二十」 -> 120, 「一百二」 -> 120, 「廿五」 -> 25; None when it is no number.

    `positional` also reads 「二〇二六」 as 2026.
    """
    text = text.replace("廿", "二十").replace("卅", "三十")
    if not text:
        return None
    if all(char in _DIGITS for char in text):
        if len(text) > 1 and not positional:
            return None
        return int("".join(str(_DIGITS[char]) for char in text))
    total = section = 0
    digit: int | None = None
    unit = 0
    zero = False
    for char in text:
        if char in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[char]
            zero = zero or digit == 0
        elif char in _UNITS:
            unit = _UNITS[char]
            section += (1 if digit is None else digit) * unit
            digit, zero = None, False
        elif char in _MYRIADS:
            if total:
                return None
            total = (section + (digit or 0)) * 10_000
            section, digit, unit, zero = 0, None, 10_000, False
        else:
            return None
    if digit:
        # 「一百二」 is 120, but 「一百零二」 is 102 and 「十二」 is 12
        section += digit * (unit // 10) if unit >= 100 and not zero else digit
    return total + section


def _value(number: str) -> Decimal | None:
    if number[0] in "0123456789":
        return Decimal(number)
    read = han_number(number)
    return None if read is None else Decimal(read)


@lru_cache(maxsize=16_384)
def integer_text(text: str) -> Parsed:
    """A whole number from text; a range counts with its lower bound (code `number_range`)."""
    plain = _THOUSANDS.sub("", squeeze(text))
    if plain.isascii() and plain.removeprefix("-").isdigit() and len(plain) < 16:
        return Parsed(int(plain), "" if plain == text.strip() else "salvaged")
    value, code = _amount(plain.rstrip("。.,;"))
    if value is None or value != value.to_integral_value():
        return Parsed(None, "number_unreadable")
    return Parsed(int(value), code)


@lru_cache(maxsize=16_384)
def number_text(text: str, *, myriads: bool) -> Parsed:
    """A decimal number from text. `myriads`: the column's unit is 万元, so 「150万」 is 150."""
    plain = _THOUSANDS.sub("", squeeze(text)).lstrip("¥$").rstrip("。;")
    try_plain = re.fullmatch(r"-?\d{1,15}(?:\.\d{1,6})?", plain)
    if try_plain:
        return Parsed(Decimal(plain), "" if plain == text.strip() else "salvaged")
    factor = Decimal(1)
    if unit := _MONEY.search(plain):
        plain = plain[: unit.start()]
        in_yuan = {"亿": 100_000_000, "万": 10_000}.get(unit.group()[0], 1)
        factor = Decimal(in_yuan) / 10_000 if myriads else Decimal(in_yuan)
    # the unit may stand behind both bounds: 「150万-200万」
    plain = re.sub(r"(?<=\d)(?:万元|万|元)(?=[-~—至到])", "", plain)
    value, code = _amount(plain)
    if value is None:
        return Parsed(None, "number_unreadable")
    return Parsed(Decimal(format((value * factor).normalize(), "f")), code)


def _amount(plain: str) -> tuple[Decimal | None, str]:
    stripped = _PREFIX.sub("", plain)
    bounded = _LOWER_PREFIX.sub("", stripped)
    code = "salvaged" if bounded == stripped else "number_range"
    if match := _SINGLE.fullmatch(bounded):
        value = _value(match[1])
        if value is not None:
            return value, code
    if match := _NEIGHBOURS.fullmatch(bounded):  # 「三五台」: three to five
        low, high = _DIGITS[match[1]], _DIGITS[match[2]]
        return (Decimal(low), "number_range") if low < high else (None, "")
    if match := _AT_LEAST.fullmatch(bounded):
        return _value(match[1]), "number_range"
    if match := _RANGE.fullmatch(bounded):
        bounds = [_value(match[1]), _value(match[2])]
        known = [bound for bound in bounds if bound is not None]
        return (min(known), "number_range") if len(known) == 2 else (None, "")
    if _SUM.fullmatch(bounded):
        parts = [_value(part) for part in re.findall(_NUMBER, bounded)]
        known = [part for part in parts if part is not None]
        return (sum(known, Decimal(0)), code) if len(known) == len(parts) else (None, "")
    return None, ""


def integer(cell: object) -> Parsed:
    """A whole number from a raw cell (not empty).

    A cell formatted as a date is no number: Excel makes 「5-8」 the 8th of May.
    """
    if isinstance(cell, str):
        return integer_text(cell)
    if isinstance(cell, date):
        return Parsed(None, "number_is_date")
    if isinstance(cell, int) and not isinstance(cell, bool):
        return Parsed(cell)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return Parsed(int(cell))
    return Parsed(None, "number_unreadable")


def number(cell: object, *, myriads: bool) -> Parsed:
    """A decimal number from a raw cell (not empty), as Decimal."""
    if isinstance(cell, str):
        return number_text(cell, myriads=myriads)
    if isinstance(cell, date):
        return Parsed(None, "number_is_date")
    if isinstance(cell, int) and not isinstance(cell, bool):
        return Parsed(Decimal(cell))
    if isinstance(cell, float) and abs(cell) < 1e15:
        # 15 digits are what Excel itself shows: 138.6, not 138.59999999999999
        return Parsed(Decimal(format(cell, ".15g")))
    return Parsed(None, "number_unreadable")
