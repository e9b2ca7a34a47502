"""5.3 and 5.5: the month a lead counts in, and whether a dealer's lead counts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.model import UnitKind
from processor.regulation.counting import (
    application_window,
    count_month,
    counted,
)
from processor.regulation.edition import EditionError
from tests.cases import read
from tests.regulation.editions import V4


def _day(text: str) -> date | None:
    return None if text == "-" else date.fromisoformat(text)


@pytest.mark.parametrize("case", read("lead_time"), ids=lambda c: f"{c['received']}→{c['applied']}")
def test_application_lead_time(case: dict[str, str]) -> None:
    received = date.fromisoformat(case["received"])
    result = counted(received, _day(case["applied"]), V4, UnitKind(case["kind"]))
    assert result.counts is (case["counted"] == "yes")
    assert result.days == (None if case["days"] == "-" else int(case["days"]))
    assert bool(result.reason) is not result.counts


@given(st.dates(date(2008, 2, 14), date(2040, 1, 1)), st.integers(-400, 400))
def test_a_lead_counts_from_the_seventh_day_on(received: date, days: int) -> None:
    result = counted(received, received + timedelta(days=days), V4)
    assert (result.counts, result.days) == (days >= 7, days)


@pytest.mark.parametrize(
    ("received", "counts_in"),
    [
        ("2026-10-31", "2026-10-01"),
        ("2026-10-30", "2026-10-01"),
        ("2026-12-31", "2026-12-01"),
        ("2026-11-01", "2026-11-01"),
    ],
)
def test_month_of_count(received: str, counts_in: str) -> None:
    assert count_month(date.fromisoformat(received)) == date.fromisoformat(counts_in)


def test_the_month_is_that_of_the_report_and_no_other_reading_is_offered() -> None:
    with pytest.raises(EditionError):
        V4.with_switches({"month.by": "confirmed"})


def test_window_of_an_application_without_a_number() -> None:
    received = date(2026, 11, 1)
    assert application_window(received, date(2027, 3, 31), V4) == (
        date(2026, 8, 3),
        date(2027, 3, 31),
    )
    assert application_window(received, None, V4)[1] == date(2027, 4, 30)
