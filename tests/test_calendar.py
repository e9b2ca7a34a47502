"""Working days of China, bulletin issues, months and quarters."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.calendar import (
    Issue,
    WorkCalendar,
    bulletin_cutoffs,
    issue_for,
    issues_between,
    month_of,
    months_of,
    next_issue,
    next_quarter,
    parse_issue,
    previous_issue,
    previous_quarter,
    publication_due,
    quarter_of,
    register_due,
    screening_due,
    window,
)
from tests.cases import read

CALENDAR = WorkCalendar()
UNANNOUNCED = 2035


def test_importing_is_light() -> None:
    code = (
        "import sys, processor.calendar, processor.divisions;"
        "from processor.calendar import issue_for; from datetime import datetime;"
        "issue_for(datetime(2026, 11, 3));"
        "print({'holidays', 'pandas', 'openpyxl'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-02-14", True),  # Saturday, made up
        ("2026-02-16", False),  # New Year's Eve
        ("2026-02-23", False),  # bridging day
        ("2026-02-24", True),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),  # Saturday, made up
        ("2026-10-11", False),
        ("2026-11-07", False),  # ordinary Saturday
        ("2026-11-09", True),
        ("2025-09-28", True),  # Sunday, made up
        ("2008-02-02", True),  # Saturday, made up, in the year of the edition
        ("2008-02-06", False),
    ],
)
def test_working_days(day: str, working: bool) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(day)) is working


def test_years_announced() -> None:
    assert all(CALENDAR.announced(year) for year in range(2008, 2027))
    assert not CALENDAR.announced(UNANNOUNCED)


def test_an_override_settles_its_day_and_nothing_else() -> None:
    day = date(UNANNOUNCED, 3, 14)
    working = WorkCalendar({day: True})
    off = WorkCalendar({day: False})
    assert working.next_working_day(day) == (day, False)
    assert off.next_working_day(day) == (day + timedelta(days=1), True)
    assert not working.announced(UNANNOUNCED)


def test_an_override_beats_the_package() -> None:
    assert not WorkCalendar({date(2026, 11, 9): False}).is_working_day(date(2026, 11, 9))
    assert WorkCalendar({date(2026, 11, 7): True}).is_working_day(date(2026, 11, 7))


@pytest.mark.parametrize(
    ("overrides", "settled"),
    [
        ({}, False),
        ({date(UNANNOUNCED, 10, 1): False}, False),  # holidays alone are known every year
        ({date(UNANNOUNCED, 2, 17): True}, False),  # one correction is no notice
        ({date(UNANNOUNCED, 10, 1): False, date(UNANNOUNCED, 2, 17): True}, True),
        ({date(UNANNOUNCED, 10, 1): True, date(UNANNOUNCED, 2, 17): True}, False),
        ({date(UNANNOUNCED, 10, 1): False, date(UNANNOUNCED - 1, 2, 17): True}, False),
    ],
)
def test_a_whole_notice_in_the_roster_settles_the_year(
    overrides: dict[date, bool], settled: bool
) -> None:
    calendar = WorkCalendar(overrides)
    assert calendar.announced(UNANNOUNCED) is settled
    due = calendar.after_working_days(date(UNANNOUNCED, 3, 14), 2)
    assert due.tentative is not settled


def test_a_deadline_that_runs_into_a_year_not_announced_is_tentative() -> None:
    last = max(year for year in range(2026, UNANNOUNCED) if CALENDAR.announced(year))
    assert CALENDAR.add_working_days(date(last, 12, 1), 2)[1] is False
    found, tentative = CALENDAR.add_working_days(date(last, 12, 31), 1)
    assert found.year == last + 1
    assert tentative


def test_a_count_below_one_is_a_fault() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        CALENDAR.add_working_days(date(2026, 11, 3), 0)


@given(st.dates(date(2008, 1, 1), date(2026, 11, 30)), st.integers(1, 12))
def test_adding_and_counting_working_days_agree(day: date, count: int) -> None:
    found, tentative = CALENDAR.add_working_days(day, count)
    assert not tentative
    assert CALENDAR.is_working_day(found)
    assert CALENDAR.working_days_between(day, found) == count
    assert CALENDAR.working_days_between(day, found - timedelta(days=1)) == count - 1


@given(st.dates(date(2008, 1, 1), date(2026, 12, 20)))
def test_the_next_working_day_is_the_first(day: date) -> None:
    found, _ = CALENDAR.next_working_day(day)
    between = [day + timedelta(days=n) for n in range((found - day).days)]
    assert not any(CALENDAR.is_working_day(item) for item in between)


@pytest.mark.parametrize("case", read("screening_due"), ids=lambda c: c["transferred"])
def test_usual_screening_due(case: dict[str, str]) -> None:
    due = screening_due(datetime.fromisoformat(case["transferred"]), {})
    assert (str(due.at), due.tentative) == (case["due"], case["tentative"] == "yes")


@pytest.mark.parametrize("case", read("register_due"), ids=lambda c: c["month"])
def test_usual_register_due(case: dict[str, str]) -> None:
    due = register_due(date.fromisoformat(case["month"]), {})
    assert (str(due.at), due.tentative) == (case["due"], case["tentative"] == "yes")


@pytest.mark.parametrize("case", read("publication_due"), ids=lambda c: c["issue"])
def test_usual_publication_due(case: dict[str, str]) -> None:
    due = publication_due(parse_issue(case["issue"]), {})
    assert (str(due.at), due.tentative) == (case["due"], case["tentative"] == "yes")


# --- issues ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", read("issues"), ids=lambda c: c["moment"])
def test_issue_of_a_moment(case: dict[str, str]) -> None:
    issue = issue_for(datetime.fromisoformat(case["moment"]))
    assert (issue.id, issue.name) == (case["issue"], case["name"])
    assert parse_issue(case["issue"]) == parse_issue(case["name"]) == issue


@pytest.mark.parametrize(
    ("month", "last"),
    [("2026-02-01", 28), ("2028-02-01", 29), ("2026-04-01", 30), ("2026-10-01", 30)],
)
def test_third_cutoff(month: str, last: int) -> None:
    cutoffs = bulletin_cutoffs(date.fromisoformat(month))
    assert [moment.day for moment in cutoffs] == [10, 20, last]
    assert {moment.time().isoformat() for moment in cutoffs} == {"17:00:00"}


@given(
    st.datetimes(datetime(2008, 2, 14), datetime(2040, 1, 1)).map(
        lambda m: m.replace(microsecond=0)
    )
)
def test_every_moment_is_in_exactly_one_issue(moment: datetime) -> None:
    issue = issue_for(moment)
    holders = [
        item
        for item in (previous_issue(issue), issue, next_issue(issue))
        if window(item)[0] < moment <= window(item)[1]
    ]
    assert holders == [issue]
    assert next_issue(previous_issue(issue)) == issue
    assert bulletin_cutoffs(issue.month)[issue.part] == issue.cutoff


def test_issues_between_are_half_open() -> None:
    first, last = parse_issue("2026-10-10"), parse_issue("2026-11-10")
    found = issues_between(first.cutoff, last.cutoff)
    assert [issue.id for issue in found] == ["2026-10-20", "2026-10-30", "2026-11-10"]
    assert issues_between(first.cutoff, last.cutoff - timedelta(seconds=1))[-1].id == "2026-10-30"
    assert issues_between(first.cutoff, first.cutoff) == ()


@pytest.mark.parametrize(
    "text",
    ["", "2026-10-11", "2026-02-30", "2026-13-10", "20261010", "2026-10", "上", "2026-10-上上"],
)
def test_no_such_issue(text: str) -> None:
    with pytest.raises(ValueError, match="没有这一期通报"):
        parse_issue(text)


def test_a_cutoff_that_is_none_has_no_name() -> None:
    with pytest.raises(ValueError):
        _ = Issue(datetime(2026, 10, 11, 17)).name


# --- months and quarters --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        ("2026-01-01", "2026Q1"),
        ("2026-03-31", "2026Q1"),
        ("2026-04-01", "2026Q2"),
        ("2026-09-30", "2026Q3"),
        ("2026-10-01", "2026Q4"),
        ("2026-12-31", "2026Q4"),
    ],
)
def test_quarter_of_a_day(day: str, quarter: str) -> None:
    assert quarter_of(date.fromisoformat(day)) == quarter


@given(st.dates(date(2008, 1, 1), date(2040, 12, 31)))
def test_quarters_and_months_agree(day: date) -> None:
    quarter = quarter_of(day)
    assert month_of(day) in months_of(quarter)
    assert previous_quarter(next_quarter(quarter)) == quarter
    assert months_of(next_quarter(quarter))[0] > months_of(quarter)[2]


@pytest.mark.parametrize("text", ["", "2026", "2026Q0", "2026Q5", "2026q1", "Q1", "2026Q12"])
def test_no_such_quarter(text: str) -> None:
    with pytest.raises(ValueError, match="没有这个季度"):
        months_of(text)
