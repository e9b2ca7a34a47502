"""Clauses 5.4 and 5.6: what an accepted lead is judged invalid for, before anybody screens it.

The order is fixed: 5.6 before 5.4. Findings flag or remind as well; only INVALID decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from processor.divisions import Level, known, level_of
from processor.model import Category, LeadContent, RuleKey, TaxiLevel, UnitKind
from processor.regulation.edition import Edition


class Outcome(StrEnum):
    INVALID = "无效"  # the lead is invalid by this rule
    FLAG = "提请甄别"  # shown to the screener (疑点提示)
    REMIND = "请核对"  # shown to the reporter


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
    found = [
        *city_taxi(content, kind, day, edition),
        *minimum_quantity(content.quantity, edition),
        *other_category(content, edition),
    ]
    found.sort(key=lambda finding: finding.outcome is not Outcome.INVALID)
    return tuple(found)


def decisive(findings: tuple[Finding, ...]) -> Finding | None:
    """The finding that makes the lead invalid, or None."""
    return next((item for item in findings if item.outcome is Outcome.INVALID), None)


def minimum_quantity(quantity: int | None, edition: Edition) -> tuple[Finding, ...]:
    """5.4: fewer than the minimum is invalid; holds for the reported and the confirmed quantity.

    None (not given) is for the gate to answer and yields nothing. Switch min_qty: whether the
    minimum itself passes.
    """
    rule = RuleKey.MINIMUM_QUANTITY
    if quantity is None or not edition.has(rule):
        return ()
    minimum = edition.param(rule, "minimum")
    if edition.switch("min_qty") == "exclusive":
        minimum += 1
    if quantity >= minimum:
        return ()
    return (Finding(rule, Outcome.INVALID, f"标的量{quantity}台，不足{minimum}台，视为无效信息。"),)


def city_taxi(
    content: LeadContent, kind: UnitKind, day: date, edition: Edition
) -> tuple[Finding, ...]:
    """5.6: a city-level taxi lead is invalid from a department, flagged from a dealer.

    The division table decides the level; a typed level that contradicts it is reminded. Where the
    table does not know the place the typed level holds and is flagged; with neither, the screener
    is asked. Switches taxi.dealer, taxi.district.
    """
    rule = RuleKey.CITY_TAXI
    if content.category != Category.TAXI or not edition.has(rule):
        return ()
    districts = Level.COUNTY if edition.switch("taxi.district") == "county" else Level.CITY
    level = level_of(content.province, content.city, content.county, day, districts=districts)
    typed = _typed_level(content.taxi_level)
    place = "".join((content.province, content.city, content.county)) or "（未填）"
    found: list[Finding] = []
    if level is Level.UNKNOWN:
        if typed is Level.UNKNOWN:
            reason = f"出租运营地「{place}」查不到行政级别，也未填出租运营地级别，请甄别时核实。"
        else:
            reason = f"出租运营地「{place}」不在行政区划表内，暂按所填「{typed}」处理，请核实。"
        found.append(Finding(rule, Outcome.FLAG, reason))
        level = typed
    elif typed not in (Level.UNKNOWN, level):
        reason = (
            f"所填出租运营地级别「{typed}」与「{place}」的实际级别「{level}」不符，按后者处理。"
        )
        found.append(Finding(rule, Outcome.REMIND, reason))
    if level is Level.CITY:
        found[:0] = _city_level(place, kind, edition)
    return tuple(found)


def other_category(content: LeadContent, edition: Edition) -> tuple[Finding, ...]:
    """2: the list of categories is illustrative; another one is screened by hand (flagged)."""
    if content.category != Category.OTHER or not edition.has(RuleKey.DEFINITION):
        return ()
    reason = "采购类别为「其他」，不在办法列举之内，请甄别是否属于大客户信息。"
    return (Finding(RuleKey.DEFINITION, Outcome.FLAG, reason),)


def place_known(content: LeadContent) -> bool:
    """Whether 省, 市, 县(区) name one place of the division table; blanks are not judged."""
    if not content.province:
        return True
    return known(content.province, content.city, content.county)


def important(quantity: int | None, edition: Edition) -> bool:
    """Whether a lead is marked 重点: large enough to earn a project reward (7.1.1)."""
    rule = RuleKey.DEALER_PROJECT_REWARD
    if quantity is None or not edition.has(rule):
        return False
    return quantity >= edition.param(rule, "minimum")


def _city_level(place: str, kind: UnitKind, edition: Edition) -> list[Finding]:
    rule = RuleKey.CITY_TAXI
    if kind is not UnitKind.DEALER:
        reason = f"「{place}」为地市级及以上城市，其出租车信息各部门不予提报，视为无效信息。"
        return [Finding(rule, Outcome.INVALID, reason)]
    reading = edition.switch("taxi.dealer")
    if reading == "reject":
        reason = f"「{place}」为地市级及以上城市，其出租车信息按现行读法视为无效信息。"
        return [Finding(rule, Outcome.INVALID, reason)]
    if reading == "accept":
        return []
    reason = f"「{place}」为地市级及以上城市，出租车信息超出第2条列举（县级及以下），请人工甄别。"
    return [Finding(rule, Outcome.FLAG, reason)]


def _typed_level(text: str) -> Level:
    """The typed 出租运营地级别 as a level; UNKNOWN when blank or not one of the list."""
    return Level(text) if text in tuple(TaxiLevel) else Level.UNKNOWN
