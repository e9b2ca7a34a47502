"""Data validation of the fill-in forms: drop-downs, kinds of value, and the hint beside the cell.

Only what can never be right is stopped at the keyboard; the rest is warned about, for the reader
is more tolerant than Excel.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from schemas.fields import Field, Kind, Need

MAX_HINT, MAX_TITLE = 255, 32  # Excel's limits
_FIRST_DAY = date(2000, 1, 1)


def rule_of(item: Field, source: str) -> dict[str, object]:
    """The validation of a field in XlsxWriter's words; {} when there is nothing to say.

    `source` is the formula of its drop-down, "" without one.
    """
    rule = _test(item, source)
    if item.need is Need.SYSTEM and not source:
        rule = {}
    hint = item.hint
    if item.example and not item.allowed and item.need is not Need.SYSTEM:
        hint += f"例：{item.example}"
    if hint:
        rule = rule or {"validate": "any"}
        rule |= {"input_title": item.heading[:MAX_TITLE], "input_message": hint[:MAX_HINT]}
    if rule and rule["validate"] != "any":
        rule |= {
            "error_title": item.heading[:MAX_TITLE],
            "error_message": _error(item)[:MAX_HINT],
        }
    return rule


def _test(item: Field, source: str) -> dict[str, object]:
    if source:
        strict = item.kind is Kind.CHOICE and not item.free
        return {"validate": "list", "source": source, "show_error": strict}
    if item.kind is Kind.INTEGER:
        return {"validate": "integer", "criteria": ">=", "value": _lowest(item)}
    if item.kind is Kind.NUMBER:
        criteria = ">" if item.positive else ">="
        return {"validate": "decimal", "criteria": criteria, "value": 0}
    if item.kind in (Kind.DATE, Kind.MONTH, Kind.DATETIME):
        return {
            "validate": "date",
            "criteria": ">=",
            "value": _FIRST_DAY,
            "error_type": "warning",
        }
    return {}


def _lowest(item: Field) -> int:
    if item.positive:
        return 1
    return -100_000 if item.minimum is None else item.minimum


def _error(item: Field) -> str:
    """What is said when the value is not accepted."""
    if item.allowed:
        return f"请从下拉列表中选择：{'、'.join(item.allowed)}"
    if item.kind is Kind.INTEGER:
        lowest = _lowest(item)
        return "请填整数。" if lowest < 0 else f"请填整数，不小于{lowest}。"
    if item.kind is Kind.NUMBER:
        return "请填大于0的数字，不要带单位。"
    return f"请填日期，如 {item.example or '2026-11-03'}。"


@cache
def places() -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Provinces, and (province, city) pairs, in force today.

    Counties are left out: three thousand more rows would make every returned form ten times as
    slow to read.
    """
    from processor.divisions import cities, provinces

    names = provinces()
    return names, tuple((p, c) for p in names for c in cities(p))


def city_source(keys: str, names: str, province_cell: str) -> str:
    """The cities of the province in that cell: `keys` and `names` are the two parallel lists."""
    return (
        f"=OFFSET({names},MATCH({province_cell},{keys},0)-1,0,"
        f"MAX(COUNTIF({keys},{province_cell}),1),1)"
    )
