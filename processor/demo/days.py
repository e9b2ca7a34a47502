"""The demonstration's own working days and run moments, typed as data.

Deliberately apart from `processor.calendar`: the recount may share nothing with the product.
Source: the State Council's holiday notice for 2026; years without a table know only weekends, so a
story may not reach past the table's last year with deadlines that matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

CLOSE = time(17, 30)
CUTOFF = time(17, 0)
MORNING = time(9, 30)
EVENING = time(17, 20)


def _span(first: tuple[int, int], last: tuple[int, int], year: int = 2026) -> set[date]:
    day, end = date(year, *first), date(year, *last)
    return {day + timedelta(days=n) for n in range((end - day).days + 1)}


HOLIDAYS = frozenset(
    _span((1, 1), (1, 3))  # 元旦
    | _span((2, 15), (2, 23))  # 春节
    | _span((4, 4), (4, 6))  # 清明
    | _span((5, 1), (5, 5))  # 劳动节
    | _span((6, 19), (6, 21))  # 端午
    | _span((9, 25), (9, 27))  # 中秋
    | _span((10, 1), (10, 7))  # 国庆
    | _span((1, 1), (1, 3), 2027)  # the statutory day and its weekend; the rest is not announced
)
MAKE_UP_DAYS = frozenset(
    date(2026, month, day) for month, day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))
)


def month_end(year: int, month: int) -> date:
    """Last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def add_months(first: date, months: int) -> date:
    """First day of the month `months` after the month of `first`."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Days:
    """Working days with the roster's overrides (True 班, False 休)."""

    overrides: Mapping[date, bool] = field(default_factory=dict)

    def working(self, day: date) -> bool:
        if day in self.overrides:
            return self.overrides[day]
        if day in MAKE_UP_DAYS:
            return True
        return day not in HOLIDAYS and day.weekday() < 5

    def on_or_after(self, day: date) -> date:
        while not self.working(day):
            day += timedelta(days=1)
        return day

    def plus(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself is not counted."""
        for _ in range(count):
            day = self.on_or_after(day + timedelta(days=1))
        return day

    def between(self, first: date, last: date) -> int:
        """Working days after `first` up to and with `last`."""
        span = (last - first).days
        return sum(self.working(first + timedelta(days=n)) for n in range(1, span + 1))

    def screening_due(self, transferred: datetime) -> datetime:
        """Close of the second working day after the transfer (6.3)."""
        return datetime.combine(self.plus(transferred.date(), 2), CLOSE)

    def register_due(self, month: date) -> datetime:
        """Close of the 2nd of the next month, or of the next working day (6.5)."""
        return datetime.combine(self.on_or_after(add_months(month, 1).replace(day=2)), CLOSE)

    def publication_due(self, issue: date) -> datetime:
        """End of the issue's day, or of the next working day (6.1)."""
        return datetime.combine(self.on_or_after(issue), time(23, 59, 59))


def issue_days(first: date, last: date) -> list[date]:
    """The 10th, 20th and 30th (the last day of February) within [first, last]."""
    found = []
    month = first.replace(day=1)
    while month <= last:
        end = month_end(month.year, month.month)
        found += [month.replace(day=10), month.replace(day=20), min(month.replace(day=28), end)]
        found[-1] = end if month.month == 2 else month.replace(day=30)
        month = add_months(month, 1)
    return [day for day in found if first <= day <= last]


def cutoff(issue: date) -> datetime:
    """The moment up to which an issue counts."""
    return datetime.combine(issue, CUTOFF)


def quarter_of(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def quarter_months(quarter: str) -> tuple[date, date, date]:
    """First days of a quarter's three months ("2026Q3")."""
    first = date(int(quarter[:4]), int(quarter[5]) * 3 - 2, 1)
    return first, add_months(first, 1), add_months(first, 2)


@dataclass(frozen=True, slots=True)
class Grid:
    """The moments at which the batch runs, and the working days between them."""

    moments: tuple[datetime, ...]
    days: Days

    def at_or_after(self, moment: datetime) -> datetime | None:
        return next((m for m in self.moments if m >= moment), None)

    def on(self, day: date, slot: int = 0) -> datetime | None:
        """The `slot`-th run of `day`, or the day's last when it has fewer."""
        found = [m for m in self.moments if m.date() == day]
        return found[min(slot, len(found) - 1)] if found else None

    def after(self, moment: datetime, working: int, slot: int = 0) -> datetime | None:
        """A run on the `working`-th working day after `moment`, None past the end."""
        return self.on(self.days.plus(moment.date(), working), slot)

    def next(self, moment: datetime) -> datetime | None:
        return next((m for m in self.moments if m > moment), None)

    def month_moments(self, month: date) -> list[datetime]:
        return [m for m in self.moments if (m.year, m.month) == (month.year, month.month)]

    @property
    def last(self) -> datetime:
        return self.moments[-1]


def make_grid(first: date, last: date, days: Days, runs_a_day: int = 2) -> Grid:
    """Every day's runs from `first` to `last`: morning and evening, or the evening alone."""
    times = (MORNING, EVENING) if runs_a_day == 2 else (EVENING,)
    span = (last - first).days + 1
    moments = (
        datetime.combine(first + timedelta(days=n), clock) for n in range(span) for clock in times
    )
    return Grid(tuple(moments), days)
