"""The typed calendar against the vectors of the regulation's readings."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from processor.demo.days import Days, add_months, issue_days, make_grid, month_end, quarter_months

DAYS = Days()


@pytest.mark.parametrize(
    ("transferred", "due"),
    [
        (date(2026, 2, 13), date(2026, 2, 24)),  # Saturday the 14th works, then Spring Festival
        (date(2026, 9, 30), date(2026, 10, 9)),
        (date(2026, 4, 30), date(2026, 5, 7)),
        (date(2026, 7, 1), date(2026, 7, 3)),
        (date(2026, 7, 3), date(2026, 7, 7)),
        (date(2026, 7, 4), date(2026, 7, 7)),  # handed over on a Saturday
        (date(2026, 9, 18), date(2026, 9, 21)),  # Sunday the 20th works
    ],
)
def test_screening_due(transferred: date, due: date) -> None:
    moment = datetime.combine(transferred, datetime.min.time()).replace(hour=9, minute=30)
    assert DAYS.screening_due(moment) == datetime(due.year, due.month, due.day, 17, 30)


@pytest.mark.parametrize(
    ("month", "due"),
    [
        (date(2025, 12, 1), date(2026, 1, 4)),
        (date(2026, 4, 1), date(2026, 5, 6)),
        (date(2026, 7, 1), date(2026, 8, 3)),
        (date(2026, 8, 1), date(2026, 9, 2)),
        (date(2026, 9, 1), date(2026, 10, 8)),
    ],
)
def test_register_due(month: date, due: date) -> None:
    assert DAYS.register_due(month).date() == due


@pytest.mark.parametrize(
    ("issue", "due"),
    [
        (date(2026, 10, 10), date(2026, 10, 10)),  # a Saturday that works
        (date(2026, 10, 20), date(2026, 10, 20)),
        (date(2026, 8, 30), date(2026, 8, 31)),  # a Sunday
        (date(2026, 2, 20), date(2026, 2, 24)),
    ],
)
def test_publication_due(issue: date, due: date) -> None:
    assert DAYS.publication_due(issue) == datetime(due.year, due.month, due.day, 23, 59, 59)


def test_override_is_a_day_off() -> None:
    friday = date(2026, 8, 21)
    assert DAYS.working(friday)
    assert not Days({friday: False}).working(friday)
    assert Days({date(2026, 8, 22): True}).working(date(2026, 8, 22))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 2, 1), date(2026, 3, 9), [10, 20, 28]),
        (date(2028, 2, 11), date(2028, 2, 29), [20, 29]),
        (date(2026, 7, 1), date(2026, 8, 10), [10, 20, 30, 10]),
        (date(2026, 7, 11), date(2026, 7, 19), []),
    ],
)
def test_issue_days(first: date, last: date, expected: list[int]) -> None:
    assert [day.day for day in issue_days(first, last)] == expected


def test_months() -> None:
    assert add_months(date(2026, 11, 1), 3) == date(2027, 2, 1)
    assert add_months(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert month_end(2026, 12) == date(2026, 12, 31)
    assert quarter_months("2026Q4") == (date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1))


def test_grid_answers_on_working_days_only() -> None:
    grid = make_grid(date(2026, 9, 24), date(2026, 9, 30), DAYS)
    after = grid.after(datetime(2026, 9, 24, 17, 20), 1, 0)
    assert after == datetime(2026, 9, 28, 9, 30)  # the 25th to 27th are holidays
    assert grid.after(datetime(2026, 9, 30, 9, 30), 1) is None
    assert len(make_grid(date(2026, 9, 24), date(2026, 9, 30), DAYS, 1).moments) == 7
