"""6.1 to 6.5: due moments, obligations, and how they stand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from processor.calendar import WorkCalendar, parse_issue
from processor.model import Due, RuleKey
from processor.regulation.deadlines import (
    Obligation,
    Publication,
    Register,
    Screening,
    Standing,
    outstanding,
    publication_due,
    publication_obligation,
    register_borderline,
    register_due,
    register_obligation,
    registers_owed,
    ruling_due,
    screening_due,
    screening_obligations,
    sorting_due,
    standing,
    working_days_late,
)
from tests.cases import read
from tests.regulation.editions import V4

CALENDAR = WorkCalendar()
DUE = datetime(2026, 11, 4, 17, 30)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def obligation(due: Due, done: datetime | None = None, matter: str = "D") -> Obligation:
    return Obligation(RuleKey.SCREENING_OVERDUE, matter, "孙工", "一科", due, done, 100, "")


@pytest.mark.parametrize("case", read("screening_due"), ids=lambda c: c["transferred"])
def test_screening_due(case: dict[str, str]) -> None:
    due = screening_due(at(case["transferred"]), CALENDAR, V4)
    assert (str(due.at), due.tentative) == (case["due"], case["tentative"] == "yes")
    assert ruling_due(at(case["transferred"]), CALENDAR, V4) == due


@pytest.mark.parametrize("case", read("register_due"), ids=lambda c: c["month"])
def test_register_due(case: dict[str, str]) -> None:
    due = register_due(date.fromisoformat(case["month"]), CALENDAR, V4)
    assert (str(due.at), due.tentative) == (case["due"], case["tentative"] == "yes")


@pytest.mark.parametrize("case", read("publication_due"), ids=lambda c: c["issue"])
def test_publication_due(case: dict[str, str]) -> None:
    due = publication_due(parse_issue(case["issue"]), CALENDAR, V4)
    assert (str(due.at), due.tentative) == (case["due"], case["tentative"] == "yes")


@pytest.mark.parametrize(
    ("switches", "month", "due"),
    [
        ({}, "2026-07-01", "2026-08-03 17:30:00"),
        ({"register.shift": "none"}, "2026-07-01", "2026-08-02 17:30:00"),
        ({"register.inclusive": "false"}, "2026-07-01", "2026-08-03 17:30:00"),
        ({"register.inclusive": "false"}, "2026-11-01", "2026-12-01 17:30:00"),
        (
            {"register.inclusive": "false", "register.shift": "none"},
            "2026-07-01",
            "2026-08-01 17:30:00",
        ),
        ({"register.shift": "none"}, "2035-03-01", "2035-04-02 17:30:00"),
    ],
)
def test_register_due_by_reading(switches: dict[str, str], month: str, due: str) -> None:
    found = register_due(date.fromisoformat(month), CALENDAR, V4.with_switches(switches))
    assert found == Due(at(due))


def test_publication_due_without_shift() -> None:
    edition = V4.with_switches({"bulletin.shift": "none"})
    found = publication_due(parse_issue("2026-01-10"), CALENDAR, edition)
    assert found == Due(at("2026-01-10 23:59:59"))


def test_sorting_is_a_target_of_one_working_day() -> None:
    assert sorting_due(at("2026-11-06 10:00:00"), CALENDAR, V4).at == at("2026-11-09 17:30:00")


@pytest.mark.parametrize(
    ("received", "month", "borderline"),
    [
        ("2026-11-01 10:00:00", "2026-10-01", False),
        ("2026-11-02 00:00:00", "2026-10-01", True),
        ("2026-11-02 17:30:00", "2026-10-01", True),
        ("2026-11-02 17:30:01", "2026-10-01", False),  # late, no longer a question
        ("2026-10-08 09:00:00", "2026-09-01", True),  # a day gained by the shift
        ("2026-10-01 09:00:00", "2026-09-01", False),
    ],
)
def test_register_borderline(received: str, month: str, borderline: bool) -> None:
    found = register_borderline(at(received), date.fromisoformat(month), CALENDAR, V4)
    assert found is borderline


@pytest.mark.parametrize(
    ("start", "today", "owed"),
    [
        ("2026-07-01", "2026-07-31", []),
        ("2026-07-01", "2026-08-01", ["2026-07"]),
        ("2026-07-02", "2026-08-31", []),  # July began before the record did
        ("2026-07-02", "2026-09-01", ["2026-08"]),
        ("2026-11-15", "2027-02-01", ["2026-12", "2027-01"]),
    ],
)
def test_registers_owed(start: str, today: str, owed: list[str]) -> None:
    found = registers_owed(date.fromisoformat(start), date.fromisoformat(today))
    assert [f"{month:%Y-%m}" for month in found] == owed


@pytest.mark.parametrize("case", read("lateness"), ids=lambda c: c["why"])
def test_working_days_late(case: dict[str, str]) -> None:
    found = working_days_late(at(case["due"]), at(case["actual"]), CALENDAR)
    assert found == int(case["days"])


@pytest.mark.parametrize(
    ("done", "now", "expected"),
    [
        (None, DUE - timedelta(days=1), Standing.OPEN),
        (None, DUE.replace(hour=0, minute=0), Standing.TODAY),
        (None, DUE, Standing.TODAY),
        (None, DUE + timedelta(seconds=1), Standing.OVERDUE),
        (None, DUE + timedelta(days=9), Standing.OVERDUE),
        (DUE, DUE + timedelta(days=9), Standing.DONE),
        (DUE + timedelta(seconds=1), DUE + timedelta(days=9), Standing.LATE),
    ],
)
def test_standing(done: datetime | None, now: datetime, expected: Standing) -> None:
    assert standing(obligation(Due(DUE), done), now) is expected


@pytest.mark.parametrize("days", [-1, 0, 1, 30])
def test_a_tentative_due_date_is_never_late(days: int) -> None:
    now = DUE + timedelta(days=days)
    assert standing(obligation(Due(DUE, True)), now) is Standing.TENTATIVE
    assert standing(obligation(Due(DUE, True), now), now) is Standing.DONE


def test_outstanding_lists_what_is_not_done_by_due_moment() -> None:
    later = obligation(Due(DUE + timedelta(days=1)), matter="B")
    first = obligation(Due(DUE), matter="A")
    done = obligation(Due(DUE), DUE, matter="C")
    found = outstanding([later, done, first], DUE)
    assert found == ((first, Standing.TODAY), (later, Standing.OPEN))


HANDED = at("2026-11-02 09:00:00")  # due 2026-11-04 17:30


@pytest.mark.parametrize(
    ("answered", "valid", "dated", "verdict", "expiry", "why"),
    [
        (None, False, None, "OVERDUE", None, "no answer: nothing known of a date"),
        ("11-04 17:30", True, "11-04 17:30", "DONE", "DONE", "both in the last second"),
        ("11-04 17:31", True, "11-04 17:31", "LATE", "DONE", "a late answer with its date"),
        ("11-03 10:00", True, None, "DONE", "OVERDUE", "in time, never dated"),
        ("11-03 10:00", True, "11-04 17:30", "DONE", "DONE", "dated before the due moment: void"),
        ("11-03 10:00", True, "11-04 17:31", "DONE", "LATE", "dated after it"),
        ("11-05 10:00", True, None, "LATE", "OVERDUE", "late and without: two breaches"),
        ("11-05 10:00", True, "11-05 11:00", "LATE", "LATE", "late, and dated later still"),
        ("11-03 10:00", False, None, "DONE", None, "an invalid lead carries no date"),
    ],
)
def test_verdict_and_expiry_are_two_obligations(
    answered: str | None, valid: bool, dated: str | None, verdict: str, expiry: str | None, why: str
) -> None:
    item = Screening(
        "D",
        "孙工",
        "一科",
        HANDED,
        at(f"2026-{answered}") if answered else None,
        valid,
        at(f"2026-{dated}") if dated else None,
    )
    found = {o.rule: o for o in screening_obligations(item, CALENDAR, V4)}
    now = at("2026-11-09 09:00:00")
    assert standing(found[RuleKey.SCREENING_OVERDUE], now) is Standing[verdict], why
    other = found.get(RuleKey.EXPIRY_MISSING)
    assert (standing(other, now) if other else None) is (Standing[expiry] if expiry else None), why
    assert all(o.stake == 100 and o.due.at == DUE for o in found.values())


def test_bulletin_and_register_obligations() -> None:
    issue = publication_obligation(Publication(parse_issue("2026-10-20"), "王明"), CALENDAR, V4)
    assert issue is not None
    assert (issue.rule, issue.section, issue.stake) == (
        RuleKey.BULLETIN_OVERDUE,
        "市场策略科",
        100,
    )
    assert issue.due == Due(at("2026-10-20 23:59:59"))
    assert "尚未登记发布" in issue.evidence
    register = register_obligation(
        Register(date(2026, 10, 1), "赵丽", received=at("2026-11-02 16:00:00")), CALENDAR, V4
    )
    assert register is not None
    assert (register.rule, register.matter) == (
        RuleKey.REGISTER_OVERDUE,
        "2026-10 合同登记汇总表",
    )
    assert standing(register, at("2026-11-09 09:00:00")) is Standing.DONE
