"""Clause 7 as a whole for one invented quarter, and the money under every other reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from processor.calendar import parse_issue
from processor.model import RuleKey, UnitKind
from processor.regulation.assessment import (
    CHANGES_FACTS,
    MONEY,
    Department,
    Facts,
    Returned,
    alternatives,
    assess,
)
from processor.regulation.deadlines import Publication, Register, Screening
from processor.regulation.edition import IMPLEMENTED
from processor.regulation.penalties import Leak
from processor.regulation.rewards import Project
from tests.regulation.editions import V4

DEALER, DEPARTMENT = UnitKind.DEALER, UnitKind.DEPARTMENT
HANDED = datetime(2026, 8, 3, 9, 0)  # due Wednesday 2026-08-05 17:30
LATE = datetime(2026, 8, 6, 9, 0)


def project(number: str, unit: str, kind: UnitKind, **changes: object) -> Project:
    base = Project(number, f"D-{number}", unit, kind, 10, None, 4, 4)
    return replace(base, **changes)  # type: ignore[arg-type]


FACTS = Facts(
    quarter="2026Q3",
    now=datetime(2026, 10, 9, 9, 30),
    projects=(
        project("LX1", "甲公司", DEALER),  # 1000
        project("LX2", "甲公司", DEALER, counted=False),  # 1000 if 5.5 did not matter
        project("LX3", "甲公司", DEALER, paid_quarter="2026Q2"),  # 1000 if paid again
        project("LX4", "乙公司", DEALER, pickups=1, pickups_total=4),  # 1000 if cumulative
        project("LX5", "乙公司", DEALER, confirmed=20),  # 1000 if the reported quantity held
        project("LX6", "丙公司", DEALER, pickups=8, pickups_total=8),  # 1000
        project("LX7", "丙公司", DEALER, pickups=0, pickups_total=0),  # 1000 with its unit's rate
        *(project(f"LX1{n}", "华东部", DEPARTMENT) for n in range(6)),  # 1200, capped at 1000
        project("LX20", "网络部", DEPARTMENT, pickups=3),  # 200 if cumulative
    ),
    departments=(
        Department("华东部", (12, 12, 12), (10, 10, 10)),  # 120 % → 400
        Department("网络部", (20, 5, 5), (10, 10, 10)),  # 100 % → 0
        Department("规划部", (5, 5, 5), (None, None, None)),  # 不适用
    ),
    returned=(Returned("2026Q2", project("LX3", "甲公司", DEALER), 1000, 3),),
    screenings=(
        Screening("D1", "孙工", "一科", HANDED, LATE, valid=True),  # late, and without a date
        Screening("D2", "孙工", "一科", HANDED),  # never answered, same batch
        Screening("D3", "孙工", "一科", HANDED, HANDED, valid=True, dated=HANDED),
    ),
    publications=(
        Publication(parse_issue("2026-08-20"), "王明", published=datetime(2026, 8, 21)),
        Publication(
            parse_issue("2026-09-20"), "王明", published=datetime(2026, 9, 21, 9)
        ),  # Sunday, worked
        # The third issue of August fell on a Sunday: Monday was still in time.
        Publication(parse_issue("2026-08-30"), "王明", published=datetime(2026, 8, 31, 9)),
    ),
    registers=(
        Register(date(2026, 6, 1), "赵丽", received=datetime(2026, 7, 2, 10)),  # in time on the 2nd
        Register(date(2026, 7, 1), "赵丽", received=datetime(2026, 8, 3, 10)),  # by the shift
        Register(date(2026, 9, 1), "赵丽"),  # due in the next quarter
    ),
    leaks=(
        Leak("1", "某甲", "一科", True, True, date(2026, 9, 30)),
        Leak("2", "某甲", "一科", True, True, date(2026, 10, 1)),
    ),
)


def test_the_quarter() -> None:
    found = assess(FACTS, V4)
    assert [p.amount for p in found.projects if p.project.kind is DEALER] == [
        1000,
        0,
        0,
        0,
        0,
        1000,
        0,
    ]
    assert [(d.completion.unit, d.completion.amount, d.projects.amount, d.amount)
            for d in found.departments] == [
        ("华东部", 400, 1000, 1400),
        ("网络部", 0, 0, 0),
        ("规划部", 0, 0, 0),
    ]  # fmt: skip
    assert [(c.difference, c.concerned) for c in found.returned] == [(0, 1000)]
    assert [(p.rule, p.matter) for p in found.penalties] == [
        (RuleKey.SCREENING_OVERDUE, "D1"),
        (RuleKey.SCREENING_OVERDUE, "D2"),
        (RuleKey.EXPIRY_MISSING, "D1"),
        (RuleKey.BULLETIN_OVERDUE, "2026-08-中 期通报"),
        (RuleKey.BULLETIN_OVERDUE, "2026-09-中 期通报"),
    ]
    assert [(item.leak.number, item.marks) for item in found.leaks] == [("1", 1)]
    assert found.dealers_amount == 2000
    assert found.departments_amount == 1400
    assert found.corrections_amount == 0
    assert found.penalties_amount == 5 * 100 + 500


@pytest.mark.parametrize(
    ("switch", "value", "dealers", "departments", "corrections", "penalties"),
    [
        ("dealer.reward_requires_counted", "false", 3000, 1400, 0, 1000),
        ("conv.scope", "aggregate", 3000, 1400, 0, 1000),
        ("conv.numerator", "cumulative", 3000, 1600, 0, 1000),
        ("conv.denominator", "reported", 3000, 1400, 0, 1000),
        ("conv.pay_once", "false", 3000, 1400, 0, 1000),
        ("conv.take_back", "true", 2000, 1400, -1000, 1000),
        ("quarter.rate", "mean", 2000, 1400, 0, 1000),
        ("quarter.rate", "capped", 2000, 1000, 0, 1000),
        ("dept.cap", "shared", 2000, 1000, 0, 1000),
        ("penalty.unit", "batch", 2000, 1400, 0, 900),
        ("register.inclusive", "false", 2000, 1400, 0, 1100),
        ("register.shift", "none", 2000, 1400, 0, 1100),
        ("bulletin.shift", "none", 2000, 1400, 0, 1100),
    ],
)
def test_each_other_reading(
    switch: str, value: str, dealers: int, departments: int, corrections: int, penalties: int
) -> None:
    rows = {(row.switch, row.value): row for row in alternatives(FACTS, V4)}
    row = rows[switch, value]
    found = (row.dealers, row.departments, row.corrections, row.penalties)
    assert found == (dealers, departments, corrections, penalties)
    paid = dealers + departments + corrections - penalties
    assert row.difference == paid - (2000 + 1400 - 1000)
    assert row.chosen == V4.switch(switch) != value
    assert row.meaning == V4.switches[switch].values[value]


def test_every_money_switch_with_a_choice_is_shown() -> None:
    expected = {
        (name, value)
        for name in MONEY
        if name not in CHANGES_FACTS
        for value in V4.switches[name].values
        if value != V4.switch(name)
    }
    assert {(row.switch, row.value) for row in alternatives(FACTS, V4)} == expected
    open_readings = {name for name, values in IMPLEMENTED.items() if len(values) > 1}
    assert set(MONEY) == open_readings


def test_readings_that_change_the_facts_need_the_facts() -> None:
    fewer = replace(FACTS, departments=(Department("华东部", (10, 10, 10), (10, 10, 10)),))
    rows = alternatives(FACTS, V4, {("min_qty", "exclusive"): fewer})
    assert rows[0].switch == "min_qty"
    assert (rows[0].departments, rows[0].difference) == (1000, -400)
    assert sum(row.switch in CHANGES_FACTS for row in rows) == 1


def test_with_a_reading_chosen_its_default_becomes_the_alternative() -> None:
    shared = V4.with_switches({"dept.cap": "shared"})
    rows = {(row.switch, row.value): row for row in alternatives(FACTS, shared)}
    assert rows["dept.cap", "separate"].departments == 1400
    assert ("dept.cap", "shared") not in rows


def test_an_empty_quarter_costs_nothing() -> None:
    found = assess(Facts("2026Q3", datetime(2026, 10, 9)), V4)
    assert (found.dealers_amount, found.departments_amount, found.penalties_amount) == (0, 0, 0)
    assert all(
        row.difference == 0 for row in alternatives(Facts("2026Q3", datetime(2026, 10, 9)), V4)
    )
