"""7.2.1 and 7.2.3: completion of the target, whole steps, caps, allocation."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.regulation.completion import (
    allocation_gap,
    completion,
    department_total,
    steps_above_100,
)
from tests.cases import read
from tests.regulation.editions import V4


@pytest.mark.parametrize("case", read("completion"), ids=lambda c: f"{c['counted']}/{c['target']}")
def test_steps_and_reward(case: dict[str, str]) -> None:
    counted, target = int(case["counted"]), int(case["target"])
    result = completion("某部", (counted, 0, 0), (target, 0, 0), V4)
    assert (result.steps, result.amount) == (int(case["steps"]), int(case["amount"]))
    assert result.rate == (counted, target)
    assert result.computed == result.steps * 200
    assert result.reason == ""


@given(st.integers(0, 3000), st.integers(1, 1000), st.sampled_from([1, 5, 10, 20]))
def test_steps_are_exact(counted: int, target: int, step: int) -> None:
    excess = Fraction(counted, target) * 100 - 100
    assert steps_above_100((counted, target), step) == max(0, excess // step)


@given(st.lists(st.integers(0, 100), min_size=3, max_size=3), st.integers(0, 2))
def test_one_more_lead_never_costs_money(counts: list[int], month: int) -> None:
    more = [count + (n == month) for n, count in enumerate(counts)]
    before = completion("某部", counts, (10, 10, 10), V4)
    after = completion("某部", more, (10, 10, 10), V4)
    assert after.amount >= before.amount
    assert 0 <= after.amount <= 1000


def test_the_quarter_is_the_sum_of_its_months() -> None:
    result = completion("某部", (20, 5, 5), (10, 10, 10), V4)
    assert (result.rate, result.amount) == ((30, 30), 0)
    assert result.rate_capped == (20, 30)  # 66.7 %
    assert result.rate_mean is not None
    assert Fraction(*result.rate_mean) == 1  # 200 %, 50 %, 50 %


@pytest.mark.parametrize(
    ("counts", "targets", "amounts"),
    [
        ((20, 5, 5), (10, 10, 10), {"sum": 0, "mean": 0, "capped": 0}),
        ((40, 10, 10), (10, 20, 20), {"sum": 400, "mean": 1000, "capped": 0}),
        ((13, 13, 13), (10, 10, 10), {"sum": 600, "mean": 600, "capped": 0}),
        ((10, 4, 40), (10, 4, 30), {"sum": 400, "mean": 200, "capped": 0}),
    ],
)
def test_the_three_readings_of_the_quarters_rate(
    counts: tuple[int, ...], targets: tuple[int, ...], amounts: dict[str, int]
) -> None:
    found = {
        reading: completion(
            "某部", counts, targets, V4.with_switches({"quarter.rate": reading})
        ).amount
        for reading in amounts
    }
    assert found == amounts


@pytest.mark.parametrize(
    ("targets", "word"),
    [((0, 0, 0), "目标信息量为0"), ((10, None, 10), "缺少目标"), ((None, None, None), "缺少目标")],
)
def test_without_a_target_it_does_not_apply(targets: tuple[int | None, ...], word: str) -> None:
    result = completion("某部", (50, 50, 50), targets, V4)
    assert (result.rate, result.rate_mean, result.rate_capped) == (None, None, None)
    assert (result.steps, result.amount) == (0, 0)
    assert word in result.reason


def test_a_month_without_target_only_bars_the_mean() -> None:
    result = completion("某部", (6, 6, 0), (5, 5, 0), V4)
    assert (result.rate, result.amount, result.rate_mean) == ((12, 10), 400, None)
    mean = completion("某部", (6, 6, 0), (5, 5, 0), V4.with_switches({"quarter.rate": "mean"}))
    assert (mean.amount, mean.reason) == (0, "有月份目标为0，按月均法不适用")


@pytest.mark.parametrize(
    ("first", "second", "separate", "shared"),
    [(1000, 1000, 2000, 1000), (600, 600, 1200, 1000), (400, 200, 600, 600), (0, 0, 0, 0)],
)
def test_caps_of_the_two_rewards(first: int, second: int, separate: int, shared: int) -> None:
    assert department_total(first, second, V4) == separate
    other = V4.with_switches({"dept.cap": "shared"})
    assert department_total(first, second, other) == shared


@pytest.mark.parametrize(("shares", "gap"), [([], 600), ([300, 300], 0), ([300, 400], -100)])
def test_the_allocation_must_add_up(shares: list[int], gap: int) -> None:
    assert allocation_gap(600, shares) == gap
