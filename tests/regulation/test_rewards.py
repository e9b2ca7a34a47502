"""7.1.1 and 7.2.2: projects that earn, boundary by boundary and reading by reading."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.model import RuleKey, UnitKind
from processor.regulation.rewards import (
    Project,
    after_return,
    at_least,
    correction,
    department_reward,
    project_reward,
    project_rewards,
)
from tests.cases import read
from tests.regulation.editions import V4

EARNING = Project("LX1", "D1", "甲公司", UnitKind.DEALER, 10, None, 4, 4)


@pytest.mark.parametrize(
    "case",
    read("conversion"),
    ids=lambda c: f"{c['kind']}-{c['reported']}-{c['confirmed']}-{c['pickups']}",
)
def test_project_reward(case: dict[str, str]) -> None:
    confirmed = None if case["confirmed"] == "-" else int(case["confirmed"])
    pickups = int(case["pickups"])
    kind = UnitKind(case["kind"])
    item = Project("LX1", "D1", "甲", kind, int(case["reported"]), confirmed, pickups, pickups)
    result = project_reward(item, V4)
    assert result.amount == int(case["amount"]), case["why"]
    assert result.qualifies is (result.amount > 0)
    assert bool(result.reasons) is not result.qualifies
    assert result.rule is (
        RuleKey.DEALER_PROJECT_REWARD
        if kind is UnitKind.DEALER
        else RuleKey.DEPARTMENT_PROJECT_REWARD
    )


@given(st.integers(-50, 5000), st.integers(0, 5000))
def test_forty_percent_is_exact(pickups: int, quantity: int) -> None:
    exact = quantity > 0 and Fraction(pickups, quantity) >= Fraction(2, 5)
    assert at_least(pickups, quantity, 40) is exact


@given(st.integers(0, 400), st.integers(0, 400))
def test_one_more_pickup_never_loses_a_reward(quantity: int, pickups: int) -> None:
    item = replace(EARNING, reported=quantity, pickups=pickups, pickups_total=pickups)
    more = replace(item, pickups=pickups + 1, pickups_total=pickups + 1)
    assert project_reward(more, V4).amount >= project_reward(item, V4).amount


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"valid": False}, "不是有效信息"),
        ({"reported": 9}, "不足10台"),
        ({"pickups": 3}, "未达40%"),
        ({"counted": False}, "未计入提报量（5.5）"),
        ({"paid_quarter": "2026Q2"}, "2026Q2已奖励"),
    ],
)
def test_each_condition_alone_costs_the_reward_and_says_why(
    change: dict[str, object], word: str
) -> None:
    assert project_reward(EARNING, V4).amount == 1000
    result = project_reward(replace(EARNING, **change), V4)  # type: ignore[arg-type]
    assert result.amount == 0
    assert len(result.reasons) == 1
    assert word in result.reasons[0]


def test_every_reason_is_given() -> None:
    item = replace(
        EARNING, valid=False, reported=8, pickups=0, counted=False, paid_quarter="2026Q1"
    )
    assert len(project_reward(item, V4).reasons) == 5


@pytest.mark.parametrize(
    ("switch", "value", "change", "default", "other"),
    [
        ("dealer.reward_requires_counted", "false", {"counted": False}, 0, 1000),
        ("conv.numerator", "cumulative", {"pickups": 1, "pickups_total": 4}, 0, 1000),
        ("conv.numerator", "cumulative", {"pickups": 4, "pickups_total": 3}, 1000, 0),
        ("conv.pay_once", "false", {"paid_quarter": "2026Q2"}, 0, 1000),
        ("conv.denominator", "reported", {"confirmed": 20}, 0, 1000),
        ("conv.denominator", "reported", {"reported": 9, "confirmed": 10}, 1000, 0),
    ],
)
def test_other_readings(
    switch: str, value: str, change: dict[str, object], default: int, other: int
) -> None:
    item = replace(EARNING, **change)  # type: ignore[arg-type]
    assert project_reward(item, V4).amount == default
    assert project_reward(item, V4.with_switches({switch: value})).amount == other


def test_departments_need_no_count() -> None:
    item = replace(EARNING, kind=UnitKind.DEPARTMENT, counted=False)
    assert project_reward(item, V4).amount == 200


def test_rate_by_project_or_by_unit() -> None:
    projects = (
        replace(EARNING, number="LX1", pickups=10),
        replace(EARNING, number="LX2", pickups=0),
        replace(EARNING, number="LX3", pickups=0, reported=9),  # too small to be added in
        replace(EARNING, number="LX4", pickups=3, unit="乙公司"),
        replace(EARNING, number="LX5", pickups=10, unit="乙公司", valid=False),
    )
    by_project = project_rewards(projects, V4)
    assert [item.amount for item in by_project] == [1000, 0, 0, 0, 0]
    by_unit = project_rewards(projects, V4.with_switches({"conv.scope": "aggregate"}))
    assert [item.amount for item in by_unit] == [1000, 1000, 0, 0, 0]
    assert [item.project for item in by_unit] == list(projects)


@pytest.mark.parametrize(("count", "amount"), [(0, 0), (1, 200), (4, 800), (5, 1000), (6, 1000)])
def test_department_cap(count: int, amount: int) -> None:
    projects = [
        replace(EARNING, number=f"LX{n}", kind=UnitKind.DEPARTMENT, unit="某部")
        for n in range(count)
    ]
    rewards = project_rewards([*projects, EARNING], V4)
    result = department_reward("某部", rewards, V4)
    assert (result.projects, result.computed, result.amount) == (count, 200 * count, amount)


def test_dealers_have_no_cap() -> None:
    projects = [replace(EARNING, number=f"LX{n}") for n in range(30)]
    assert sum(item.amount for item in project_rewards(projects, V4)) == 30_000


@pytest.mark.parametrize(("paid", "now"), [(1000, 0), (0, 1000), (400, 600)])
def test_correction(paid: int, now: int) -> None:
    row = correction("2026Q3", "甲公司", "LX1", "项目奖励", paid, now, "登记表更正")
    assert row is not None
    assert (row.difference, row.concerned) == (now - paid, abs(now - paid))


def test_no_correction_without_a_change() -> None:
    assert correction("2026Q3", "甲公司", "LX1", "项目奖励", 1000, 1000, "") is None


@pytest.mark.parametrize(
    ("net", "reading", "difference"),
    [(4, "false", None), (3, "false", 0), (4, "true", None), (3, "true", -1000)],
)
def test_vehicles_brought_back(net: int, reading: str, difference: int | None) -> None:
    edition = V4.with_switches({"conv.take_back": reading})
    row = after_return("2026Q3", EARNING, 1000, net, edition)
    assert (row.difference if row else None) == difference
    if row:
        assert row.concerned == 1000


def test_nothing_to_take_back_where_nothing_was_paid() -> None:
    edition = V4.with_switches({"conv.take_back": "true"})
    assert after_return("2026Q3", EARNING, 0, 0, edition) is None
