"""5.1: who holds a customer, whatever order the news comes in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import permutations

import pytest

from processor.model import RuleKey, State
from processor.regulation.precedence import Claim, Link, settle

NINE = datetime(2026, 11, 3, 9, 0)
TODAY = date(2026, 11, 10)
HOLDS = date(2027, 3, 31)


def claim(number: str, hour: int, unit: str = "", **changes: object) -> Claim:
    """A lead received `hour` hours after nine, by a unit of its own unless named."""
    place = (NINE + timedelta(hours=hour), hour)
    return replace(Claim(number, unit or number, place), **changes)  # type: ignore[arg-type]


def link(earlier: str, later: str, *, certain: bool = True) -> Link:
    return Link(f"{earlier}-{later}", earlier, later, certain)


def states(*claims: Claim, links: tuple[Link, ...], today: date = TODAY) -> list[State]:
    """States in the order given; the same whatever order claims and links are handed over in."""
    found = settle(claims, links, today)
    for shuffled in permutations(claims):
        assert settle(shuffled, reversed(links), today) == found
    return [found[item.number].state for item in claims]


AB = (link("A", "B"),)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, State.DUPLICATE),  # pending holds
        ({"verdict_valid": True, "holds_until": HOLDS}, State.DUPLICATE),  # valid holds
        (
            {"verdict_valid": False, "invalid_at": NINE + timedelta(hours=9)},
            State.PENDING,
        ),  # revived
        ({"barred": (RuleKey.MINIMUM_QUANTITY, "不足3台")}, State.PENDING),  # never held it
        ({"verdict_valid": True, "converted_at": NINE}, State.PENDING),  # freed before B came
        ({"closed_at": NINE}, State.PENDING),
    ],
)
def test_what_the_first_lead_does_to_the_second(first: dict[str, object], second: State) -> None:
    assert states(claim("A", 0, **first), claim("B", 1), links=AB)[1] is second


@pytest.mark.parametrize(
    ("holds_until", "second"),
    [(date(2026, 11, 3), State.DUPLICATE), (date(2026, 11, 2), State.PENDING)],
)
def test_the_customer_is_free_from_the_day_after_expiry(holds_until: date, second: State) -> None:
    first = claim("A", 0, verdict_valid=True, holds_until=holds_until)
    assert states(first, claim("B", 1), links=AB) == [State.EXPIRED, second]


def test_a_repeat_of_a_lead_that_expires_later_stays_a_repeat() -> None:
    first = claim("A", 0, verdict_valid=True, holds_until=date(2026, 11, 5))
    found = states(first, claim("B", 1), links=AB, today=date(2027, 1, 1))
    assert found == [State.EXPIRED, State.DUPLICATE]


def test_expiry_is_inclusive_for_the_lead_itself() -> None:
    first = claim("A", 0, verdict_valid=True, holds_until=TODAY)
    assert states(first, links=()) == [State.VALID]
    assert states(first, links=(), today=TODAY + timedelta(days=1)) == [State.EXPIRED]


def test_a_unit_corrects_its_own_repeat_is_not_revived() -> None:
    first = claim("A", 0, "U1", verdict_valid=False, invalid_at=NINE + timedelta(hours=9))
    assert states(first, claim("B", 1, "U1"), links=AB) == [State.INVALID, State.DUPLICATE]
    again = claim("B", 10, "U1")
    assert states(first, again, links=AB) == [State.INVALID, State.PENDING]


def test_the_next_in_line_holds_the_customer_after_a_revival() -> None:
    first = claim("A", 0, verdict_valid=False, invalid_at=NINE + timedelta(hours=9))
    three = (*AB, link("A", "C"), link("B", "C"))
    found = states(first, claim("B", 1), claim("C", 2), links=three)
    assert found == [State.INVALID, State.PENDING, State.DUPLICATE]


def test_a_suspected_repeat_waits_and_the_first_keeps_its_state() -> None:
    suspected = (link("A", "B", certain=False),)
    assert states(claim("A", 0), claim("B", 1), links=suspected) == [State.PENDING, State.RULING]


def test_too_few_vehicles_come_before_first_come() -> None:
    second = claim("B", 1, barred=(RuleKey.MINIMUM_QUANTITY, "不足3台"))
    found = settle([claim("A", 0), second], AB, TODAY)["B"]
    assert (found.state, found.rule) == (State.INVALID, RuleKey.MINIMUM_QUANTITY)


def test_the_later_reporter_learns_the_date_and_no_name() -> None:
    found = settle([claim("DKH1", 0, "甲公司"), claim("DKH2", 1)], (link("DKH1", "DKH2"),), TODAY)
    reason = found["DKH2"].reason
    assert "2026-11-03" in reason
    assert "甲公司" not in reason
    assert "DKH1" not in reason
