"""7.3: what is proposed, for whom, in which quarter, and what is not."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from processor.calendar import WorkCalendar, parse_issue
from processor.model import Due, RuleKey
from processor.regulation.deadlines import (
    Obligation,
    Publication,
    Register,
    Screening,
    publication_obligation,
    register_obligation,
    screening_obligations,
)
from processor.regulation.penalties import ADVICE, Leak, black_marks, leaks, overdue
from tests.regulation.editions import V4

CALENDAR = WorkCalendar()
HANDED = datetime(2026, 11, 2, 9, 0)
NOW = datetime(2026, 11, 9, 9, 0)


def screening(lead: str, answered: datetime | None, person: str = "孙工") -> Screening:
    return Screening(lead, person, "一科", HANDED, answered, valid=answered is not None)


def test_late_and_without_expiry_is_100_and_100() -> None:
    late = screening_obligations(screening("D1", datetime(2026, 11, 5, 9, 0)), CALENDAR, V4)
    found = overdue(late, NOW, CALENDAR, V4)
    assert [(p.rule, p.amount, p.times, p.quarter) for p in found] == [
        (RuleKey.SCREENING_OVERDUE, 100, 1, "2026Q4"),
        (RuleKey.EXPIRY_MISSING, 100, 1, "2026Q4"),
    ]
    assert found[0].days_late == 1
    assert (found[0].person, found[0].section, found[0].matter) == ("孙工", "一科", "D1")
    assert "2026-11-05 09:00 反馈" in found[0].evidence


def test_charged_once_however_long_and_before_any_answer() -> None:
    items = screening_obligations(screening("D1", None), CALENDAR, V4)
    assert overdue(items, datetime(2026, 11, 4, 17, 30), CALENDAR, V4) == ()
    first = overdue(items, datetime(2026, 11, 4, 17, 30, 1), CALENDAR, V4)
    much_later = overdue(items, datetime(2027, 6, 1), CALENDAR, V4)
    assert [p.amount for p in first] == [p.amount for p in much_later] == [100]
    assert first[0].quarter == much_later[0].quarter == "2026Q4"
    assert much_later[0].days_late > first[0].days_late == 1
    assert first[0].actual is None


@pytest.mark.parametrize(
    ("published", "amount"),
    [
        (None, [100]),
        (datetime(2026, 10, 20, 23, 59, 59), []),
        (datetime(2026, 10, 21), [100]),
    ],
)
def test_bulletin(published: datetime | None, amount: list[int]) -> None:
    item = Publication(parse_issue("2026-10-20"), "王明", published=published)
    owed = publication_obligation(item, CALENDAR, V4)
    assert owed is not None
    found = overdue([owed], datetime(2026, 11, 9), CALENDAR, V4)
    assert [p.amount for p in found] == amount
    assert all(p.rule is RuleKey.BULLETIN_OVERDUE for p in found)


@pytest.mark.parametrize(
    ("month", "received", "late"),
    [
        ("2025-12-01", "2026-01-04 17:30:00", False),
        ("2025-12-01", "2026-01-04 17:30:01", True),
        ("2026-04-01", "2026-05-06 17:30:00", False),
        ("2026-04-01", "2026-05-06 17:30:01", True),
        ("2026-07-01", "2026-08-03 17:30:00", False),
        ("2026-07-01", "2026-08-03 17:30:01", True),
        ("2026-09-01", "2026-10-08 17:30:00", False),
        ("2026-09-01", "2026-10-08 17:30:01", True),
    ],
)
def test_register(month: str, received: str, late: bool) -> None:
    item = Register(date.fromisoformat(month), "赵丽", received=datetime.fromisoformat(received))
    owed = register_obligation(item, CALENDAR, V4)
    assert owed is not None
    found = overdue([owed], datetime(2026, 12, 1), CALENDAR, V4)
    assert [(p.rule, p.amount) for p in found] == (
        [(RuleKey.REGISTER_OVERDUE, 100)] if late else []
    )


def test_a_register_is_penalised_in_the_quarter_of_its_due_date() -> None:
    owed = register_obligation(Register(date(2026, 9, 1), "赵丽"), CALENDAR, V4)
    assert owed is not None
    found = overdue([owed], datetime(2026, 10, 9), CALENDAR, V4)
    assert [p.quarter for p in found] == ["2026Q4"]


def test_nothing_is_proposed_on_a_tentative_due_date() -> None:
    item = Screening("D1", "孙工", "一科", datetime(2035, 3, 14, 9, 0))
    owed = screening_obligations(item, CALENDAR, V4)
    assert owed[0].due.tentative
    assert overdue(owed, datetime(2035, 12, 1), CALENDAR, V4) == ()
    # 2035-03-14 to 16 are Wednesday to Friday: the roster's word on two of them settles it
    settled = WorkCalendar({date(2035, 3, 15): True, date(2035, 3, 16): True})
    again = screening_obligations(item, settled, V4)
    assert [p.amount for p in overdue(again, datetime(2035, 12, 1), settled, V4)] == [100]


def test_each_lead_is_one_time_unless_read_by_batch() -> None:
    items = [
        obligation
        for lead, answered in [
            ("D1", datetime(2026, 11, 5, 9, 0)),
            ("D2", None),
            ("D3", datetime(2026, 11, 4, 9, 0)),
        ]
        for obligation in screening_obligations(screening(lead, answered), CALENDAR, V4)
        if obligation.rule is RuleKey.SCREENING_OVERDUE
    ]
    other = screening_obligations(screening("D9", None, "李工"), CALENDAR, V4)
    assert [p.matter for p in overdue([*items, *other], NOW, CALENDAR, V4)] == ["D1", "D2", "D9"]
    batch = V4.with_switches({"penalty.unit": "batch"})
    found = overdue([*items, *other], NOW, CALENDAR, batch)
    assert [(p.person, p.matter, p.times, p.amount, p.actual) for p in found] == [
        ("孙工", "D1 等2条", 1, 100, None),
        ("李工", "D9", 1, 100, None),
    ]


def test_batches_leave_the_other_clauses_alone() -> None:
    due = Due(datetime(2026, 11, 4, 17, 30))
    items = [
        Obligation(RuleKey.EXPIRY_MISSING, lead, "孙工", "一科", due, None, 100, "")
        for lead in ("D1", "D2")
    ]
    batch = V4.with_switches({"penalty.unit": "batch"})
    assert len(overdue(items, NOW, CALENDAR, batch)) == 2


def leak(number: str, day: str | None, person: str = "某甲", **changes: bool) -> Leak:
    concluded = date.fromisoformat(day) if day else None
    values = {"insider": True, "confirmed": True, **changes}
    return Leak(number, person, "一科", concluded=concluded, **values)


def test_the_third_confirmed_leak_brings_the_advice() -> None:
    found = leaks(
        [
            leak("3", "2026-10-09"),
            leak("1", "2008-03-01"),
            leak("2", "2026-09-30"),
            leak("4", "2026-10-10", "某乙"),
        ],
        V4,
    )
    assert [(p.leak.number, p.amount, p.marks, p.advice, p.quarter) for p in found] == [
        ("1", 500, 1, "", "2008Q1"),
        ("2", 500, 2, "", "2026Q3"),
        ("3", 500, 3, ADVICE, "2026Q4"),
        ("4", 500, 1, "", "2026Q4"),
    ]
    assert ADVICE == "建议辞退，待公司决定"
    assert black_marks(found) == {"某甲": 3, "某乙": 1}


@pytest.mark.parametrize(
    "item",
    [
        leak("1", "2026-10-09", insider=False),
        leak("1", "2026-10-09", confirmed=False),
        leak("1", None),
        leak("1", "2026-10-09", person=""),
    ],
    ids=["outsider", "not confirmed", "not concluded", "nobody named"],
)
def test_no_penalty_for_what_is_not_an_insiders_confirmed_leak(item: Leak) -> None:
    assert leaks([item], V4) == ()
