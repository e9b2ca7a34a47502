"""Dates as people write them: 「2026年11月3日」, 「2026.11.3」, 「20261103」, serial numbers."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from processor.intake.counts import Parsed, han_number
from processor.intake.text import squeeze

# The fourth edition is of 2008; nothing older or later than a century is meant.
FIRST_YEAR, LAST_YEAR = 2000, 2099
_EPOCH_1900 = datetime(1899, 12, 30)  # day 0 as Excel counts from March 1900 on
_EPOCH_1904 = datetime(1904, 1, 1)

_CLOCK = (
    r"(?:T|,)?(上午|下午|晚上|中午|凌晨|AM|PM)?(\d{1,2})[:时点]"
    r"(?:(\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?|分)?)?(AM|PM)?"
)
_DAY = re.compile(
    rf"(\d{{4}}|\d{{2}})(?:年|[-./])(\d{{1,2}})(?:月|[-./])(\d{{1,2}})[日号]?(?:{_CLOCK})?"
)
_COMPACT = re.compile(r"(20\d{2})(\d{2})(\d{2})")
_MONTH = re.compile(
    r"(?:(\d{4})[-./]|(\d{4}|\d{2})年)(\d{1,2})(?:月份?)?(?:上旬|中旬|下旬|月?[初中底末]|左右|前后)?"
)
_COMPACT_MONTH = re.compile(r"(20\d{2})(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})年?(?:第?([一二三四1234])季度?|[Qq]([1-4]))")
_PART = re.compile(r"(\d{4})年(上半年|下半年|年初|年底|年末|初|底|末)")
_DAY_FIRST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")
_NO_YEAR = re.compile(
    r"\d{1,2}月份?(?:\d{1,2}[日号]?)?(?:[上中下]旬|[初中底末])?|\d{1,2}[-./]\d{1,2}"
)
_SPAN = re.compile(
    r"(?P<first>.*?\d.*?)(?:至|到|~|—+|–|(?<=[月日号])-|(?<=\d)-(?=20\d{2}[-./年]))(?=.*\d)"
)
_HAN_PART = re.compile(r"[〇○零一二三四五六七八九十]+(?=[年月日号时点分])")
_WEEKDAY = re.compile(r"[(（]?(?:星期|周|礼拜)[一二三四五六日天][)）]?")
_PARTS = {"上半年": 1, "年初": 1, "初": 1, "下半年": 7}  # else December


def day(cell: object, *, date1904: bool = False) -> Parsed:
    """A date from a raw cell (not empty).

    Codes: `month_only` (only a month was given, the first day stands for it), `salvaged`,
    `from_date_range`; without a value `date_unreadable`, `date_impossible`, `date_ambiguous`,
    `date_no_year`, `date_out_of_range`.
    """
    read = moment(cell, date1904=date1904)
    return Parsed(read.value.date(), read.code) if isinstance(read.value, datetime) else read


def moment(cell: object, *, date1904: bool = False) -> Parsed:
    """As `day`, with the time of day kept: a datetime, midnight when none was given."""
    if isinstance(cell, datetime):
        return _checked(cell.replace(microsecond=0, tzinfo=None), "")
    if isinstance(cell, date):
        return _checked(datetime(cell.year, cell.month, cell.day), "")
    if isinstance(cell, bool):
        return Parsed(None, "date_unreadable")
    if isinstance(cell, (int, float)):
        read = _serial(float(cell), date1904)
        if read is not None:
            return read
        if isinstance(cell, float) and not cell.is_integer():
            # typed into a cell of format 常规: 2026.11 stays, but 2026.10 has become 2026.1
            typed = format(cell, ".15g")
            return Parsed(None, "date_ambiguous") if typed.endswith(".1") else moment_text(typed)
        return moment_text(str(int(cell)))
    if not isinstance(cell, str):
        return Parsed(None, "date_unreadable")
    if re.fullmatch(r"\s*\d{5}(\.\d+)?\s*", cell):
        read = _serial(float(cell), date1904)
        if read is not None:
            return read
    return moment_text(cell)


def _serial(days: float, date1904: bool) -> Parsed | None:
    epoch = _EPOCH_1904 if date1904 else _EPOCH_1900
    if not 30_000 <= days < 80_000:  # numbers of the years 1982 to 2119: no other reading
        return None
    return _checked(epoch + timedelta(seconds=round(days * 86_400)), "salvaged")


def _checked(value: datetime, code: str) -> Parsed:
    if FIRST_YEAR <= value.year <= LAST_YEAR:
        return Parsed(value, code)
    return Parsed(None, "date_out_of_range")


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _build(year: int, month: int, day_: int, code: str) -> Parsed:
    try:
        return _checked(datetime(year, month, day_), code)
    except ValueError:
        return Parsed(None, "date_impossible")


@lru_cache(maxsize=16_384)
def moment_text(text: str) -> Parsed:
    """`moment` for text."""
    plain = _WEEKDAY.sub("", squeeze(_glue(text))).rstrip("。,;")
    plain = _HAN_PART.sub(lambda m: str(_han(m[0])), plain)
    official = re.fullmatch(r"\d{4}-\d\d-\d\d(?:,\d\d:\d\d(?::\d\d)?)?", plain) is not None
    code = "" if official else "salvaged"
    if match := _DAY.fullmatch(plain):
        return _with_clock(match, code)
    if match := _COMPACT.fullmatch(plain):
        return _build(int(match[1]), int(match[2]), int(match[3]), code)
    if match := _MONTH.fullmatch(plain):
        return _build(_year(match[1] or match[2]), int(match[3]), 1, "month_only")
    if match := _COMPACT_MONTH.fullmatch(plain):
        return _build(int(match[1]), int(match[2]), 1, "month_only")
    if match := _QUARTER.fullmatch(plain):
        mark = match[2] or match[3]
        quarter = "一二三四".find(mark) + 1 or int(mark)
        return _build(int(match[1]), 3 * quarter - 2, 1, "month_only")
    if match := _PART.fullmatch(plain):
        return _build(int(match[1]), _PARTS.get(match[2], 12), 1, "month_only")
    if match := _DAY_FIRST.fullmatch(plain):
        first, second, year = (int(part) for part in match.groups())
        if first <= 12 and second <= 12 and first != second:
            return Parsed(None, "date_ambiguous")
        month, day_ = (first, second) if first <= 12 else (second, first)
        return _build(year, month, day_, code)
    if _NO_YEAR.fullmatch(plain):
        return Parsed(None, "date_no_year")
    if match := _SPAN.match(plain):
        first_part = moment_text(match["first"])
        if first_part.value is not None:
            return Parsed(first_part.value, "from_date_range")
    return Parsed(None, "date_unreadable")


def _glue(text: str) -> str:
    """Put a comma where a blank parts the date from the clock, so that both survive squeezing."""
    return re.sub(
        r"(?<=[\d日号])\s+(?=(?:[上下]午|凌晨|中午|晚上)?\d{1,2}[:：时点])", ",", text.strip()
    )


def _han(text: str) -> int:
    read = han_number(text, positional=True)
    return 0 if read is None else read  # month 0 or day 0 is impossible and said so


def _with_clock(match: re.Match[str], code: str) -> Parsed:
    built = _build(_year(match[1]), int(match[2]), int(match[3]), code)
    if not isinstance(built.value, datetime) or match[5] is None:
        return built
    hour, minute, second = int(match[5]), int(match[6] or 0), int(match[7] or 0)
    half = match[4] or match[8] or ""
    if half in ("下午", "晚上", "PM") and hour < 12:
        hour += 12
    if half in ("AM", "凌晨") and hour == 12:
        hour = 0
    try:
        return Parsed(built.value.replace(hour=hour, minute=minute, second=second), code)
    except ValueError:
        return Parsed(None, "date_impossible")
