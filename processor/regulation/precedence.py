"""Who holds a customer: the states of leads that concern one another (5.1, 5.4, 5.6, 6.3).

A pure function of what is known: every lead's place in the queue, its verdict and the moment that
freed its customer, and the pairs found between them. Whatever changes (a verdict, a ruling, a
correction, a hand edit), the whole group is settled anew, so nothing depends on the order in which
the news came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from processor.model import RuleKey, State


@dataclass(frozen=True, slots=True)
class Claim:
    """What settling needs to know of one lead."""

    number: str
    unit_code: str
    place: tuple[datetime, int]  # moment and order of the place it holds in the queue
    barred: tuple[RuleKey, str] | None = None  # 5.4 or 5.6: rule and reason; never holds a customer
    verdict_valid: bool | None = None  # the screener's word; None = not yet
    verdict_reason: str = ""
    invalid_at: datetime | None = None  # when the verdict 无效 was received
    holds_until: date | None = None  # last day on which a valid lead holds its customer
    converted_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A pair found to concern the same customer: certain (重复) or suspected (疑似)."""

    number: str
    earlier: str  # "" when a screener suspects a repeat without naming it
    later: str
    certain: bool
    asked: bool = False  # a person asked: counts whether the earlier one lives or not


@dataclass(frozen=True, slots=True)
class Settled:
    """The state of one lead, why, and because of whom."""

    state: State
    rule: RuleKey
    reason: str
    duplicate_of: str = ""
    pair: str = ""
    freed_at: datetime | None = None


def freed_at(claim: Claim) -> datetime | None:
    """When a standing lead let its customer go: the first of expiry, conversion, closing."""
    moments = [m for m in (claim.converted_at, claim.closed_at) if m is not None]
    if claim.verdict_valid and claim.holds_until is not None:
        moments.append(datetime.combine(claim.holds_until + timedelta(days=1), time()))
    return min(moments, default=None)


def settle(claims: Iterable[Claim], links: Iterable[Link], today: date) -> dict[str, Settled]:
    """The state of every claim, in order of place (first report wins, 5.1).

    A lead is 重复 when an earlier one certainly the same was live at its place: pending, or valid
    and not yet expired, converted or closed at that moment. It is 待裁定 when such a pair is
    suspected.
    An earlier lead judged 无效 blocks nobody, except that its own unit's repeat stays a repeat when
    it came before the verdict (a unit corrects its own). A repeat of a lead that merely expired
    later stays a repeat.
    """
    by_later: dict[str, list[Link]] = {}
    for link in links:
        by_later.setdefault(link.later, []).append(link)
    ordered = sorted(claims, key=lambda c: c.place)
    known: dict[str, Claim] = {c.number: c for c in ordered}
    settled: dict[str, Settled] = {}
    for claim in ordered:
        settled[claim.number] = _one(claim, by_later.get(claim.number, ()), known, settled, today)
    return settled


def _one(
    claim: Claim,
    links: Iterable[Link],
    known: Mapping[str, Claim],
    settled: Mapping[str, Settled],
    today: date,
) -> Settled:
    if claim.barred is not None:
        rule, reason = claim.barred
        return Settled(State.INVALID, rule, reason)
    certain: tuple[tuple[datetime, int], Link] | None = None
    suspect: tuple[tuple[datetime, int], Link] | None = None
    for link in links:
        if not link.earlier:
            suspect = suspect or ((claim.place[0], claim.place[1]), link)
            continue
        earlier = known.get(link.earlier)
        if earlier is None or earlier.number not in settled:
            continue
        if link.asked and not link.certain:
            suspect = _first(suspect, (earlier.place, link))
        elif _blocks(earlier, settled[earlier.number], claim):
            if link.certain:
                certain = _first(certain, (earlier.place, link))
            else:
                suspect = _first(suspect, (earlier.place, link))
    if certain is not None:
        link = certain[1]
        own = known[link.earlier].unit_code == claim.unit_code
        words = "本单位此前已提报同一信息" if own else "相同信息已有其他单位先报"
        when = known[link.earlier].place[0]
        reason = f"{words}（{when:%Y-%m-%d} 受理），后报者不予计算"
        if own:
            reason += "；如需更正，请填写“更正原信息编号”"
        return Settled(State.DUPLICATE, RuleKey.FIRST_COME, reason, link.earlier, link.number)
    if suspect is not None:
        return Settled(
            State.RULING,
            RuleKey.FIRST_COME,
            "与先报信息疑似相同，等待裁定",
            suspect[1].earlier,
            suspect[1].number,
        )
    return _standing(claim, today)


def _first(
    best: tuple[tuple[datetime, int], Link] | None, other: tuple[tuple[datetime, int], Link]
) -> tuple[tuple[datetime, int], Link]:
    return other if best is None or other[0] < best[0] else best


def _blocks(earlier: Claim, state: Settled, later: Claim) -> bool:
    if state.state in (State.DUPLICATE,):
        return False
    if state.state is State.INVALID:
        return (
            earlier.barred is None
            and earlier.unit_code == later.unit_code
            and earlier.invalid_at is not None
            and later.place[0] < earlier.invalid_at
        )
    freed = freed_at(earlier)
    return freed is None or later.place[0] < freed


def _standing(claim: Claim, today: date) -> Settled:
    if claim.verdict_valid is None:
        if claim.closed_at is not None:
            return Settled(State.CLOSED, RuleKey.SCREENING, "由信息管理人在台账中关闭")
        return Settled(State.PENDING, RuleKey.SCREENING, "首次提报，等待业务科室甄别")
    if not claim.verdict_valid:
        return Settled(State.INVALID, RuleKey.SCREENING, claim.verdict_reason or "甄别为无效")
    if claim.closed_at is not None:
        return Settled(State.CLOSED, RuleKey.PROJECT_PLAN, "由信息管理人在台账中关闭")
    if claim.converted_at is not None:
        return Settled(State.CONVERTED, RuleKey.PROJECT_PLAN, "累计提车已达到标的总量")
    if claim.holds_until is not None and claim.holds_until < today:
        return Settled(State.EXPIRED, RuleKey.EXPIRY_DATE, f"已过到期日期 {claim.holds_until}")
    return Settled(State.VALID, RuleKey.SCREENING, "甄别为有效")
