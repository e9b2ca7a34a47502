"""Clause 7.3: penalty proposals (考核建议) for the approvers; never decisions, never payroll.

A proposal belongs to the quarter of its due date, once per lead, issue or month, as soon as the due
moment has passed, done or not. Nothing is proposed on a tentative due date.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from processor.calendar import WorkCalendar, quarter_of
from processor.model import RuleKey
from processor.regulation.deadlines import Obligation, Standing, standing, working_days_late
from processor.regulation.edition import Edition


@dataclass(frozen=True, slots=True)
class Proposal:
    """One line of 处罚建议. `days_late` counts working days up to the act or to `now`."""

    rule: RuleKey
    person: str
    section: str
    matter: str
    due: datetime
    actual: datetime | None
    days_late: int
    times: int
    amount: int
    evidence: str
    quarter: str


@dataclass(frozen=True, slots=True)
class Leak:
    """A row of 信息泄漏登记表. Only confirmed (属实), concluded leaks by insiders are penalised."""

    number: str
    person: str
    section: str
    insider: bool
    confirmed: bool
    concluded: date | None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class LeakProposal:
    """The penalty for one leak, with the person's lifetime total of 诚信黑点 after it."""

    leak: Leak
    amount: int
    marks: int
    advice: str  # 建议辞退，待公司决定 from the third mark on; else empty
    quarter: str


ADVICE = "建议辞退，待公司决定"


def overdue(
    items: Iterable[Obligation], now: datetime, calendar: WorkCalendar, edition: Edition
) -> tuple[Proposal, ...]:
    """7.3.1, 7.3.2-甲, 7.3.2-乙, 7.3.3: a proposal for everything late at `now`.

    Each obligation is one 次, charged once however long it lasts. Under switch penalty.unit=batch
    the leads handed to one person for the same due moment are one 次 of 7.3.1.
    """
    found = [
        _proposal(item, now, calendar)
        for item in items
        if standing(item, now) in (Standing.LATE, Standing.OVERDUE)
    ]
    if edition.switch("penalty.unit") == "batch":
        found = _by_batch(found)
    found.sort(key=lambda item: (item.due, list(RuleKey).index(item.rule), item.matter))
    return tuple(found)


def leaks(items: Iterable[Leak], edition: Edition) -> tuple[LeakProposal, ...]:
    """7.3.4: 500 yuan and one 诚信黑点 for each confirmed insider leak, oldest conclusion first.

    Marks never lapse; from the third on the advice is written, for the company to decide. A leak
    belongs to the quarter of its 结论日期; without one it is not concluded.
    """
    rule = RuleKey.LEAK
    if not edition.has(rule):
        return ()
    amount, limit = edition.param(rule, "amount"), edition.param(rule, "marks")
    concluded = [
        (item.concluded, item)
        for item in items
        if item.insider and item.confirmed and item.concluded is not None and item.person
    ]
    concluded.sort(key=lambda pair: (pair[0], pair[1].number))
    marks: dict[str, int] = {}
    found = []
    for day, item in concluded:
        total = marks[item.person] = marks.get(item.person, 0) + 1
        advice = ADVICE if total >= limit else ""
        found.append(LeakProposal(item, amount, total, advice, quarter_of(day)))
    return tuple(found)


def black_marks(proposals: Iterable[LeakProposal]) -> dict[str, int]:
    """Lifetime total of 诚信黑点 by person."""
    totals: dict[str, int] = {}
    for item in proposals:
        totals[item.leak.person] = max(item.marks, totals.get(item.leak.person, 0))
    return totals


def _proposal(item: Obligation, now: datetime, calendar: WorkCalendar) -> Proposal:
    return Proposal(
        rule=item.rule,
        person=item.person,
        section=item.section,
        matter=item.matter,
        due=item.due.at,
        actual=item.done,
        days_late=working_days_late(item.due.at, item.done or now, calendar),
        times=1,
        amount=item.stake,
        evidence=item.evidence,
        quarter=quarter_of(item.due.at),
    )


def _by_batch(items: list[Proposal]) -> list[Proposal]:
    groups: dict[tuple[str, datetime], list[Proposal]] = {}
    rest = []
    for item in items:
        if item.rule is RuleKey.SCREENING_OVERDUE:
            groups.setdefault((item.person, item.due), []).append(item)
        else:
            rest.append(item)
    return rest + [_one(group) for group in groups.values()]


def _one(group: list[Proposal]) -> Proposal:
    """One proposal for a batch: done when all of it is done, as late as its latest part."""
    first = min(group, key=lambda item: item.matter)
    if len(group) == 1:
        return first
    done = [item.actual for item in group if item.actual is not None]
    return Proposal(
        rule=first.rule,
        person=first.person,
        section=first.section,
        matter=f"{first.matter} 等{len(group)}条",
        due=first.due,
        actual=max(done) if len(done) == len(group) else None,
        days_late=max(item.days_late for item in group),
        times=1,
        amount=first.amount,
        evidence=first.evidence,
        quarter=first.quarter,
    )
