"""Clauses 7.2.1 and 7.2.3: a department's completion of its target, and what it gets in all.

Rates are pairs (numerator, denominator) of whole numbers; nothing here is ever a float.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from processor.model import RuleKey
from processor.regulation.edition import Edition

Rate = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Completion:
    """7.2.1 for one department; rates are None where a target is missing or 0 (不适用)."""

    unit: str
    counts: tuple[int, ...]  # by month
    targets: tuple[int | None, ...]
    counted: int
    target: int | None
    rate: Rate | None  # under the reading chosen
    rate_mean: Rate | None  # mean of the monthly rates, for information
    rate_capped: Rate | None  # each month capped at its target, for information
    steps: int
    computed: int
    amount: int
    reason: str  # why it is 不适用; else empty


def completion(
    unit: str, counts: Sequence[int], targets: Sequence[int | None], edition: Edition
) -> Completion:
    """7.2.1: 200 yuan for every whole 10 points above 100 % of the quarter's target, at most 1000.

    The rate is Σ counted ÷ Σ target of the three months, uncapped (5.3 governs months only; switch
    quarter.rate: mean, capped). A missing target, or none in the quarter, is 不适用: no reward.
    """
    rule = RuleKey.DEPARTMENT_COMPLETION_REWARD
    counted = sum(counts)
    given = [target for target in targets if target is not None]
    target = sum(given) if len(given) == len(targets) else None
    reason = ""
    if target is None:
        reason = "缺少目标信息量，不适用"
    elif target == 0:
        reason = "目标信息量为0，不适用"
    rates = {
        "sum": (counted, target) if target else None,
        "mean": _mean(counts, given) if target else None,
        "capped": (sum(map(min, counts, given)), target) if target else None,
    }
    rate = rates[edition.switch("quarter.rate")]
    if rate is None and not reason:
        reason = "有月份目标为0，按月均法不适用"
    steps = computed = amount = 0
    if rate is not None and edition.has(rule):
        steps = steps_above_100(rate, edition.param(rule, "step"))
        computed = steps * edition.param(rule, "amount")
        amount = min(computed, edition.param(rule, "cap"))
    return Completion(
        unit=unit,
        counts=tuple(counts),
        targets=tuple(targets),
        counted=counted,
        target=target,
        rate=rate,
        rate_mean=rates["mean"],
        rate_capped=rates["capped"],
        steps=steps,
        computed=computed,
        amount=amount,
        reason=reason,
    )


def steps_above_100(rate: Rate, step: int) -> int:
    """Whole steps of `step` percentage points above 100 %: 109.9 % → 0, 110 % → 1, 120 % → 2."""
    part, whole = rate
    return max(0, (part - whole) * 100 // (whole * step))


def department_total(completion_amount: int, project_amount: int, edition: Edition) -> int:
    """What a department gets in all: each clause has its own cap (switch dept.cap: shared)."""
    total = completion_amount + project_amount
    if edition.switch("dept.cap") == "shared" and edition.has(RuleKey.DEPARTMENT_PROJECT_REWARD):
        return min(total, edition.param(RuleKey.DEPARTMENT_PROJECT_REWARD, "cap"))
    return total


def allocation_gap(amount: int, shares: Iterable[int]) -> int:
    """7.2.3: yuan of a department's reward not yet allocated; 0 when the shares add up."""
    return amount - sum(shares)


def _mean(counts: Sequence[int], targets: Sequence[int]) -> Rate | None:
    """Mean of count ÷ target over the months, over one common denominator."""
    whole = len(targets)
    for target in targets:
        whole *= target
    if whole == 0:
        return None
    part = sum(
        count * (whole // len(targets)) // target
        for count, target in zip(counts, targets, strict=True)
    )
    return part, whole
