"""Clause 7 for one quarter, and what it would cost under every other reading (另一读法).

`assess` is a pure function of the facts and the edition; the alternatives are the same function
under one changed switch at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from processor.calendar import WorkCalendar
from processor.model import RuleKey, UnitKind
from processor.regulation.completion import Completion, completion, department_total
from processor.regulation.deadlines import (
    Obligation,
    Publication,
    Register,
    Screening,
    publication_obligation,
    register_obligation,
    screening_obligations,
    unfinished,
)
from processor.regulation.edition import Edition
from processor.regulation.penalties import Leak, LeakProposal, Proposal, leaks, overdue
from processor.regulation.rewards import (
    Correction,
    DepartmentReward,
    Project,
    ProjectReward,
    after_return,
    department_reward,
    project_rewards,
)


@dataclass(frozen=True, slots=True)
class Department:
    """A department's three months: leads counted, and target (None = none set)."""

    unit: str
    counts: tuple[int, int, int]
    targets: tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Returned:
    """A project paid in an earlier quarter whose vehicles came back (see `after_return`)."""

    quarter: str
    project: Project
    paid: int
    net_pickups: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All that clause 7 needs to know of one quarter; leaks of the whole record."""

    quarter: str
    now: datetime
    projects: tuple[Project, ...] = ()
    departments: tuple[Department, ...] = ()
    returned: tuple[Returned, ...] = ()
    screenings: tuple[Screening, ...] = ()
    publications: tuple[Publication, ...] = ()
    registers: tuple[Register, ...] = ()
    leaks: tuple[Leak, ...] = ()
    calendar: WorkCalendar = field(default_factory=WorkCalendar)


@dataclass(frozen=True, slots=True)
class DepartmentOutcome:
    """One department: 7.2.1, 7.2.2 and what it gets in all."""

    completion: Completion
    projects: DepartmentReward
    amount: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """Clause 7 applied to one quarter. Money in whole yuan; penalties are proposals."""

    projects: tuple[ProjectReward, ...]
    departments: tuple[DepartmentOutcome, ...]
    returned: tuple[Correction, ...]
    penalties: tuple[Proposal, ...]
    leaks: tuple[LeakProposal, ...]  # of this quarter, totals over the whole record

    @property
    def dealers_amount(self) -> int:
        return sum(item.amount for item in self.projects if item.project.kind is UnitKind.DEALER)

    @property
    def departments_amount(self) -> int:
        return sum(item.amount for item in self.departments)

    @property
    def corrections_amount(self) -> int:
        return sum(item.difference for item in self.returned)

    @property
    def penalties_amount(self) -> int:
        fines = sum(item.amount for item in self.penalties)
        return fines + sum(item.amount for item in self.leaks)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One other reading: what it means, and the money under it beside the money as assessed."""

    switch: str
    rule: RuleKey
    question: str
    chosen: str
    value: str
    meaning: str
    dealers: int
    departments: int
    corrections: int
    penalties: int
    difference: int  # of all four together, against the assessment


def assess(facts: Facts, edition: Edition) -> Assessment:
    """Clause 7 for the quarter: rewards of its projects and departments, penalties due in it."""
    projects = project_rewards(facts.projects, edition)
    departments = []
    for item in facts.departments:
        done = completion(item.unit, item.counts, item.targets, edition)
        reward = department_reward(item.unit, projects, edition)
        amount = department_total(done.amount, reward.amount, edition)
        departments.append(DepartmentOutcome(done, reward, amount))
    returned = [
        after_return(item.quarter, item.project, item.paid, item.net_pickups, edition)
        for item in facts.returned
    ]
    open_ones = replace(facts, screenings=unfinished(facts.screenings, facts.calendar, edition))
    late = overdue(obligations(open_ones, edition), facts.now, facts.calendar, edition)
    return Assessment(
        projects=projects,
        departments=tuple(departments),
        returned=tuple(item for item in returned if item is not None),
        penalties=tuple(item for item in late if item.quarter == facts.quarter),
        leaks=tuple(item for item in leaks(facts.leaks, edition) if item.quarter == facts.quarter),
    )


def obligations(facts: Facts, edition: Edition) -> tuple[Obligation, ...]:
    """Everything owed under 6.1 to 6.5 among the facts, whatever its quarter."""
    found: list[Obligation | None] = []
    for screening in facts.screenings:
        found += screening_obligations(screening, facts.calendar, edition)
    for publication in facts.publications:
        found.append(publication_obligation(publication, facts.calendar, edition))
    for register in facts.registers:
        found.append(register_obligation(register, facts.calendar, edition))
    return tuple(item for item in found if item is not None)


# Switches that move money, in the order of the clauses.
MONEY = (
    "min_qty",
    "taxi.district",
    "taxi.dealer",
    "dealer.reward_requires_counted",
    "conv.scope",
    "conv.numerator",
    "conv.denominator",
    "conv.pay_once",
    "conv.take_back",
    "quarter.rate",
    "dept.cap",
    "penalty.unit",
    "register.inclusive",
    "register.shift",
    "bulletin.shift",
)

# Of these, the ones that change the facts themselves (states of leads, months they count in).
CHANGES_FACTS = frozenset({"min_qty", "taxi.district", "taxi.dealer"})


def alternatives(
    facts: Facts, edition: Edition, facts_under: Mapping[tuple[str, str], Facts] | None = None
) -> tuple[Alternative, ...]:
    """The money under each other reading, one switch changed at a time.

    Readings that change the facts (`CHANGES_FACTS`) appear only when the caller supplies the facts
    under them, keyed (switch, value).
    """
    base = assess(facts, edition)
    found = []
    for name in MONEY:
        switch, chosen = edition.switches[name], edition.switch(name)
        for value, meaning in switch.values.items():
            changed = (facts_under or {}).get((name, value))
            if value == chosen or (name in CHANGES_FACTS and changed is None):
                continue
            other = assess(changed or facts, edition.with_switches({name: value}))
            found.append(
                Alternative(
                    switch=name,
                    rule=switch.rule,
                    question=switch.question,
                    chosen=chosen,
                    value=value,
                    meaning=meaning,
                    dealers=other.dealers_amount,
                    departments=other.departments_amount,
                    corrections=other.corrections_amount,
                    penalties=other.penalties_amount,
                    difference=_total(other) - _total(base),
                )
            )
    return tuple(found)


def _total(item: Assessment) -> int:
    """What the company would pay out: penalties are money back."""
    paid = item.dealers_amount + item.departments_amount + item.corrections_amount
    return paid - item.penalties_amount
