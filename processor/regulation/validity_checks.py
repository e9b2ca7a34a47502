"""Clauses 5.4 and 5.6: what an accepted lead is judged invalid for, before anybody screens it.

The order is fixed: 5.6 before 5.4. Findings flag or remind as well; only INVALID decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from processor.divisions import Level, level_of
from processor.model import Category, LeadContent, RuleKey, TaxiLevel, UnitKind
from processor.regulation.edition import Edition


class Outcome(StrEnum):
    INVALID = "invalid"  # 无效: the lead is invalid by this rule
    FLAG = "flag"  # 疑点提示, shown to the screener
    REMIND = "remind"  # 请核对, shown to the reporter


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of a lead, with the reason in Chinese."""

    rule: RuleKey
    outcome: Outcome
    reason: str


def check(content: LeadContent, kind: UnitKind, day: date, edition: Edition) -> tuple[Finding, ...]:
    """All findings on a lead received on `day` from a unit of that kind, in order of precedence.

    The first INVALID one, if any, is the reason to state.
    """
    place = (content.province, content.city, content.county)
    taxi = city_taxi(kind, content.category, *place, content.taxi_level, day, edition)
    found = [
        taxi,
        minimum_quantity(content.quantity, edition),
        *flags(kind, content.category, *place, content.taxi_level, day, edition),
    ]
    return tuple(dict.fromkeys(item for item in found if item is not None))


def decisive(findings: Iterable[Finding]) -> Finding | None:
    """The finding that makes the lead invalid, or None."""
    return next((item for item in findings if item.outcome is Outcome.INVALID), None)


def minimum_quantity(quantity: int | None, edition: Edition) -> Finding | None:
    """5.4: fewer than the minimum is invalid; holds for the reported and the confirmed quantity.

    None (not given) is for the gate to answer and yields nothing. Switch min_qty: whether the
    minimum itself passes.
    """
    rule = RuleKey.MINIMUM_QUANTITY
    if quantity is None or not edition.has(rule):
        return None
    minimum = edition.param(rule, "minimum") + (edition.switch("min_qty") == "exclusive")
    if quantity >= minimum:
        return None
    return Finding(rule, Outcome.INVALID, f"标的量{quantity}台，不足{minimum}台，视为无效信息。")


def city_taxi(
    kind: UnitKind,
    category: str,
    province: str,
    city: str,
    county: str,
    taxi_level: str,
    day: date,
    edition: Edition,
) -> Finding | None:
    """5.6: a city-level taxi lead is invalid from a department, flagged from a dealer.

    The division table decides the level; only where it does not know the place the typed level
    holds (`flags` says so). Switches taxi.dealer, taxi.district.
    """
    rule = RuleKey.CITY_TAXI
    if category != Category.TAXI or not edition.has(rule):
        return None
    level = _table_level(province, city, county, day, edition)
    if level is Level.UNKNOWN:
        level = _typed_level(taxi_level)
    if level is not Level.CITY:
        return None
    place = _place(province, city, county)
    if kind is not UnitKind.DEALER:
        reason = f"“{place}”为地市级及以上城市，其出租车信息各部门不予提报，视为无效信息。"
        return Finding(rule, Outcome.INVALID, reason)
    reading = edition.switch("taxi.dealer")
    if reading == "reject":
        reason = f"“{place}”为地市级及以上城市，其出租车信息按现行读法视为无效信息。"
        return Finding(rule, Outcome.INVALID, reason)
    if reading == "accept":
        return None
    reason = f"“{place}”为地市级及以上城市，其出租车信息超出列举（县级及以下），请人工甄别。"
    return Finding(rule, Outcome.FLAG, reason)


def flags(
    kind: UnitKind,
    category: str,
    province: str,
    city: str,
    county: str,
    taxi_level: str,
    day: date,
    edition: Edition,
) -> tuple[Finding, ...]:
    """What the screener (FLAG) or the reporter (REMIND) should look at; never decides.

    The dealer's city taxi, a typed level that contradicts the table, a place the table does not
    know, a category outside the list.
    """
    found: list[Finding] = []
    main = city_taxi(kind, category, province, city, county, taxi_level, day, edition)
    if main is not None and main.outcome is Outcome.FLAG:
        found.append(main)
    if category == Category.TAXI and edition.has(RuleKey.CITY_TAXI):
        found += _level_doubts(province, city, county, taxi_level, day, edition)
    other = other_category(category, edition)
    return tuple(found) + ((other,) if other else ())


def other_category(category: str, edition: Edition) -> Finding | None:
    """2: the list of categories is illustrative; another one is screened by hand (flagged)."""
    if category != Category.OTHER or not edition.has(RuleKey.DEFINITION):
        return None
    reason = "采购类别为“其他”，不在办法列举之内，请甄别是否属于大客户信息。"
    return Finding(RuleKey.DEFINITION, Outcome.FLAG, reason)


def important(quantity: int | None, edition: Edition) -> bool:
    """Whether a lead is marked 重点: large enough to earn a project reward (7.1.1)."""
    rule = RuleKey.DEALER_PROJECT_REWARD
    if quantity is None or not edition.has(rule):
        return False
    return quantity >= edition.param(rule, "minimum")


def _level_doubts(
    province: str, city: str, county: str, taxi_level: str, day: date, edition: Edition
) -> list[Finding]:
    rule = RuleKey.CITY_TAXI
    place = _place(province, city, county)
    level = _table_level(province, city, county, day, edition)
    typed = _typed_level(taxi_level)
    if level is Level.UNKNOWN and typed is Level.UNKNOWN:
        reason = f"出租运营地“{place}”查不到行政级别，也未填出租运营地级别，请甄别时核实。"
        return [Finding(rule, Outcome.FLAG, reason)]
    if level is Level.UNKNOWN:
        reason = f"出租运营地“{place}”不在行政区划表内，暂按所填“{typed}”处理，请核实。"
        return [Finding(rule, Outcome.FLAG, reason)]
    if typed not in (Level.UNKNOWN, level):
        reason = f"所填出租运营地级别“{typed}”与“{place}”的行政级别不符，按“{level}”处理。"
        return [Finding(rule, Outcome.REMIND, reason)]
    return []


def _table_level(province: str, city: str, county: str, day: date, edition: Edition) -> Level:
    districts = Level.COUNTY if edition.switch("taxi.district") == "county" else Level.CITY
    return level_of(province, city, county, day, districts=districts)


def _typed_level(text: str) -> Level:
    """The typed 出租运营地级别 as a level; UNKNOWN when blank or not one of the list."""
    return Level(text) if text in tuple(TaxiLevel) else Level.UNKNOWN


def _place(province: str, city: str, county: str) -> str:
    return "".join((province, city, county)) or "未填"
