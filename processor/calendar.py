"""Days as the regulation counts them: China's working days, bulletin issues, months and quarters.

Working days come from the package `holidays` (State Council calendar with make-up working days),
asked once per year and only when a day is in question; the roster's 日历调整 sheet goes before it.
Everything else here is plain date arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache

from processor.model import Due

CUT_OFF = time(17, 0)  # of a bulletin (6.1)
CLOSE = time(17, 30)  # of business, for deadlines
END_OF_DAY = time(23, 59, 59)
BULLETIN_DAYS = (10, 20, 30)
_PARTS = "上中下"
_DAY = timedelta(days=1)


# --- working days ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Working days of China. `overrides` maps a day to True (班, working) or False (休).

    Until a year's make-up days are announced, its days are uncertain and what is computed from them
    is tentative. An override settles its own day; a roster that holds the year's whole notice
    (10月1日 as 休 and at least one 班) settles the year.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`, make-up Saturdays and Sundays included."""
        override = self.overrides.get(day)
        if override is not None:
            return override
        year = _official(day.year)
        return day in year.made_up or (day.weekday() < 5 and day not in year.off)

    def announced(self, year: int) -> bool:
        """Whether the year's make-up working days are known, from the package or the roster."""
        if _official(year).made_up:
            return True
        return self.overrides.get(date(year, 10, 1)) is False and any(
            working and day.year == year for day, working in self.overrides.items()
        )

    def settled(self, day: date) -> bool:
        """Whether it is certain that `day` is a working day or is not."""
        return day in self.overrides or self.announced(day.year)

    def next_working_day(self, day: date) -> tuple[date, bool]:
        """`day` itself or the first working day after it, and whether that is tentative."""
        return self._walk(day, 1)

    def add_working_days(self, day: date, count: int) -> tuple[date, bool]:
        """The `count`-th working day after `day` (which is not counted), and whether tentative."""
        if count < 1:
            raise ValueError(f"count must be at least 1, not {count}")
        return self._walk(day + _DAY, count)

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and including `last`; 0 when `last` is not later."""
        days = (last - first).days
        return sum(self.is_working_day(first + timedelta(days=n)) for n in range(1, days + 1))

    def after_working_days(self, day: date, count: int, at: time = CLOSE) -> Due:
        """Deadline `count` working days after `day`, at the hour `at`."""
        last, tentative = self.add_working_days(day, count)
        return Due(datetime.combine(last, at), tentative)

    def on_or_after(self, day: date, at: time = CLOSE) -> Due:
        """Deadline at the hour `at` of `day`, or of the next working day when it is not one."""
        last, tentative = self.next_working_day(day)
        return Due(datetime.combine(last, at), tentative)

    def _walk(self, day: date, count: int) -> tuple[date, bool]:
        tentative = False
        while True:
            tentative = tentative or not self.settled(day)
            if self.is_working_day(day):
                count -= 1
                if count == 0:
                    return day, tentative
            day += _DAY


@dataclass(frozen=True, slots=True)
class _Year:
    off: frozenset[date]  # statutory holidays and their bridging days
    made_up: frozenset[date]  # Saturdays and Sundays worked; empty until announced


@cache
def _official(year: int) -> _Year:
    """The State Council's year as the package knows it."""
    from holidays.countries.china import China  # 60 ms, paid only when a day is in question

    days = China(years=year)  # type: ignore[no-untyped-call]
    return _Year(
        off=frozenset(day for day in days if day.year == year),
        made_up=frozenset(day for day in days.weekend_workdays if day.year == year),
    )


# --- usual deadlines; `regulation.deadlines` asks the edition ---------------------------------


def screening_due(
    transferred: datetime, overrides: Mapping[date, bool], working_days: int = 2
) -> Due:
    """6.3: close of the second working day after the hand-over, whose own day is not counted."""
    return WorkCalendar(overrides).after_working_days(transferred.date(), working_days)


def register_due(month: date, overrides: Mapping[date, bool], day: int = 2) -> Due:
    """6.5: close of the 2nd of the month after `month`, or of the next working day."""
    return WorkCalendar(overrides).on_or_after(next_month(month).replace(day=day))


def publication_due(issue: Issue, overrides: Mapping[date, bool]) -> Due:
    """6.1: the end of the cut-off's day, or of the next working day."""
    return WorkCalendar(overrides).on_or_after(issue.cutoff.date(), END_OF_DAY)


# --- bulletin issues (6.1) ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Issue:
    """One bulletin, known by its cut-off. Its window is half-open: (previous cut-off, cut-off]."""

    cutoff: datetime

    @property
    def id(self) -> str:
        """2026-11-10."""
        return self.cutoff.date().isoformat()

    @property
    def name(self) -> str:
        """期号: 2026-11-上."""
        return issue_name(self.cutoff)

    @property
    def month(self) -> date:
        return month_of(self.cutoff)

    @property
    def part(self) -> int:
        """0, 1 or 2: 上, 中, 下."""
        return bulletin_cutoffs(self.month).index(self.cutoff)


def bulletin_cutoffs(month: date) -> tuple[datetime, ...]:
    """The three cut-offs of a month: 10th, 20th, 30th (last day of February) at 17:00."""
    last = (next_month(month) - _DAY).day
    return tuple(
        datetime.combine(month.replace(day=min(day, last)), CUT_OFF) for day in BULLETIN_DAYS
    )


def issue_name(cutoff: datetime) -> str:
    """期号 of a cut-off: 2026-11-上, 2026-11-中, 2026-11-下. ValueError when it is none."""
    return f"{cutoff:%Y-%m}-{_PARTS[bulletin_cutoffs(month_of(cutoff)).index(cutoff)]}"


def issue_for(moment: datetime) -> Issue:
    """The first issue whose cut-off is not before `moment`."""
    month = month_of(moment)
    for cutoff in (*bulletin_cutoffs(month), bulletin_cutoffs(next_month(month))[0]):
        if moment <= cutoff:
            return Issue(cutoff)
    raise AssertionError("every moment lies before some cut-off")


def previous_issue(issue: Issue) -> Issue:
    """The issue before; its cut-off opens the window of `issue`."""
    earlier = [*bulletin_cutoffs(previous_month(issue.month)), *bulletin_cutoffs(issue.month)]
    return Issue(earlier[earlier.index(issue.cutoff) - 1])


def next_issue(issue: Issue) -> Issue:
    """The issue after."""
    return issue_for(issue.cutoff + timedelta(seconds=1))


def window(issue: Issue) -> tuple[datetime, datetime]:
    """(after, until]: a moment m belongs to the issue when after < m <= until."""
    return previous_issue(issue).cutoff, issue.cutoff


def issues_between(after: datetime, until: datetime) -> tuple[Issue, ...]:
    """The issues whose cut-off lies in (after, until], in order."""
    found = []
    issue = issue_for(after + timedelta(seconds=1))
    while issue.cutoff <= until:
        found.append(issue)
        issue = next_issue(issue)
    return tuple(found)


def parse_issue(text: str) -> Issue:
    """`2026-10-10` (or 2026-10-上) → Issue. ValueError when there is no such issue."""
    try:
        month = date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        cutoffs: tuple[datetime, ...] = ()
    else:
        cutoffs = bulletin_cutoffs(month)
    for cutoff in cutoffs:
        if text in (Issue(cutoff).id, issue_name(cutoff)):
            return Issue(cutoff)
    raise ValueError(
        f"没有这一期通报：{text}。期号取每月10日、20日、30日（2月取月末），例如 2026-10-10。"
    )


# --- months and quarters --------------------------------------------------------------------------


def month_of(day: date) -> date:
    """First day of the month of a date or moment."""
    return date(day.year, day.month, 1)


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous_month(month: date) -> date:
    return month_of(month.replace(day=1) - _DAY)


def quarter_of(day: date) -> str:
    """Calendar quarter of a date or moment: 2026Q3."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def months_of(quarter: str) -> tuple[date, date, date]:
    """First days of the quarter's months. ValueError when `quarter` is not like 2026Q3."""
    year, mark, number = quarter[:4], quarter[4:5], quarter[5:]
    if not (year.isdecimal() and mark == "Q" and number in ("1", "2", "3", "4")):
        raise ValueError(f"没有这个季度：{quarter}。季度写作 2026Q3。")
    first = date(int(year), int(number) * 3 - 2, 1)
    return first, next_month(first), next_month(next_month(first))


def next_quarter(quarter: str) -> str:
    return quarter_of(next_month(months_of(quarter)[2]))


def previous_quarter(quarter: str) -> str:
    return quarter_of(previous_month(months_of(quarter)[0]))
