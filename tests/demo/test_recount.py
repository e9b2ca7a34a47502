"""The recount against the golden vectors of the regulation's readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from processor.demo import recount, recount_money
from processor.demo.records import (
    DUPLICATE,
    INVALID,
    PENDING,
    VALID,
    ContractLine,
    Key,
    KeyUnit,
    Leak,
    Planted,
    Publication,
    Register,
    Step,
    Targets,
)

DEALER, DEPARTMENT = KeyUnit("J1", "甲店", False), KeyUnit("B1", "乙部", True)


def moment(month: int, day: int, hour: int = 9, minute: int = 30) -> datetime:
    return datetime(2026, month, day, hour, minute)


def lead(tag: str, at: datetime, *steps: Step, unit: str = "J1", **more: object) -> Planted:
    base = Planted(tag, tag, "", unit, "甲.xlsx", at, True, "客户", "租赁", 10)
    history = steps or (Step(at, PENDING), Step(at.replace(hour=17), VALID))
    return replace(base, steps=history, **more)  # type: ignore[arg-type]


def key(*planted: Planted, **more: object) -> Key:
    runs = tuple(moment(m, d, 17, 20) for m in (7, 8, 9) for d in range(1, 31))
    runs += tuple(moment(10, d, 17, 20) for d in range(1, 32))
    base = Key(
        date(2026, 7, 1), runs, {}, (DEALER, DEPARTMENT), "策略", "支持", planted, (), (), (), ()
    )
    return replace(base, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("done", "goal", "yuan"),
    [
        (100, 100, 0), (109, 100, 0), (110, 100, 200), (119, 100, 200), (120, 100, 400),
        (140, 100, 800), (149, 100, 800), (150, 100, 1000), (200, 100, 1000), (5, 0, 0),
        (30, 30, 0), (6, 5, 400), (12, 11, 0), (11, 10, 200), (99, 100, 0), (0, 10, 0),
    ],
)  # fmt: skip
def test_completion_reward(done: int, goal: int, yuan: int) -> None:
    assert recount_money.completion_reward(done, goal) == yuan


@pytest.mark.parametrize(("days", "counted"), [(6, False), (7, True), (8, True), (0, False)])
def test_seven_days_before_the_application(days: int, counted: bool) -> None:
    at = moment(7, 10)
    one = lead("a", at, applied=moment(7, 10 + days, 9, 0))
    whole = key(one)
    assert recount.counts(whole, one, moment(7, 9)) is False  # not yet there
    assert recount.counts(whole, one, moment(7, 30)) is counted
    theirs = replace(one, unit="B1")  # departments file no applications
    assert recount.counts(key(theirs), theirs, moment(7, 30)) is True


def test_a_lead_is_in_exactly_one_window() -> None:
    edges = [moment(7, 10, 17, 0), moment(7, 10, 17, 1), moment(7, 30, 17, 0), moment(7, 30, 17, 1)]
    found = {}
    for at in edges:
        whole = key(lead("a", at))
        printed = [
            (issue.month, issue.day)
            for issue in recount.issues(whole)
            if recount.issue_line(whole, DEALER, issue)["本期信息总量"]
            or recount.late_line(whole, DEALER, issue)["信息总量"]
        ]
        found[at] = printed
    assert list(found.values()) == [[(7, 10)], [(7, 20)], [(7, 30)], [(8, 10)]]


def test_states_as_at_the_cutoff() -> None:
    one = lead("a", moment(7, 9), Step(moment(7, 9), PENDING), Step(moment(7, 10, 17, 1), VALID))
    whole = key(one)
    first = recount.issue_line(whole, DEALER, date(2026, 7, 10))
    assert (first["本期待甄别"], first["本期有效"], first["计入提报量"]) == (1, 0, 0)
    then = recount.issue_line(whole, DEALER, date(2026, 7, 20))
    assert (then["本期信息总量"], then["本月有效"], then["标的量(台)"]) == (0, 1, 10)
    assert recount.corrections(whole, date(2026, 7, 20)) == {}  # decided in due course


def test_invalid_includes_duplicates_and_reversals_are_corrections() -> None:
    at = moment(7, 8)
    again = lead(
        "b", at, Step(at, DUPLICATE), Step(moment(7, 13), PENDING), Step(moment(7, 14), VALID)
    )
    bad = lead("c", at, Step(at, INVALID))
    whole = key(again, bad)
    line = recount.issue_line(whole, DEALER, date(2026, 7, 10))
    assert (line["本期信息总量"], line["本期无效"], line["本期重复"]) == (2, 2, 1)
    changed = recount.corrections(whole, date(2026, 7, 20))
    assert changed["2026-07-10", "J1", "本期无效"] == ("2", "1")
    assert changed["2026-07-10", "J1", "本期有效"] == ("0", "1")


def test_zero_reports() -> None:
    refused = replace(lead("a", moment(7, 5)), accepted=False, steps=())
    late = lead("b", moment(7, 30, 17, 20))
    whole = key(refused, late)
    assert recount.zero_reports(whole, date(2026, 7, 30)) == {"J1": 1}
    assert recount.zero_reports(key(lead("c", moment(7, 5))), date(2026, 7, 30)) == {}


@pytest.mark.parametrize(
    ("size", "taken", "earns"),
    [
        (10, 4, True), (10, 3, False), (8, 3, False), (5, 2, False), (1000, 399, False),
        (1000, 400, True),
    ],
)  # fmt: skip
def test_forty_percent(size: int, taken: int, earns: bool) -> None:
    one = lead("a", moment(7, 3), quantity=size)
    line = ContractLine("a", "HT1", "J1", date(2026, 7, 9), size, taken, taken)
    register = Register(moment(8, 3), date(2026, 7, 1), (line,))
    last = Register(moment(10, 8), date(2026, 9, 1))
    whole = key(one, registers=(register, last))
    assert bool(recount_money.project_rewards(whole, False)["2026Q3"]) is earns


def test_replaced_month_and_returned_vehicles() -> None:
    def month(at: datetime, of: int, picked: int) -> Register:
        line = ContractLine("a", "HT1", "J1", date(2026, 7, 9), 10, picked, picked)
        return Register(at, date(2026, of, 1), (line,))

    whole = key(
        lead("a", moment(7, 3)),
        registers=(
            month(moment(8, 3), 7, 9),
            month(moment(8, 9), 7, 5),
            month(moment(9, 2), 8, -2),
        ),
    )
    assert recount_money.picked(whole, "a", "2026Q3", moment(8, 4)) == 9
    assert recount_money.picked(whole, "a", "2026Q3", moment(8, 10)) == 5
    assert recount_money.picked(whole, "a", "2026Q3", moment(9, 3)) == 3


def test_target_version_in_force_on_the_first() -> None:
    first = Targets(moment(7, 1), 2026, 1, date(2026, 1, 1), {"B1": (10,) * 12})
    second = Targets(moment(8, 5), 2026, 2, date(2026, 9, 1), {"B1": (20,) * 12})
    whole = key(targets=(first, second))
    assert [recount.target(whole, "B1", date(2026, m, 1)) for m in (7, 8, 9)] == [10, 10, 20]
    assert recount.target(whole, "B1", date(2025, 9, 1)) is None
    assert recount_money.completion(whole, "B1", "2026Q3", moment(10, 9)) == (0, 40)


@pytest.mark.parametrize(
    ("answered", "expiry_at", "clauses"),
    [
        (moment(7, 8, 17, 30), moment(7, 8, 17, 30), []),
        (moment(7, 8, 17, 31), moment(7, 8, 17, 31), ["7.3.1"]),
        (None, None, ["7.3.1"]),
        (moment(7, 7), None, ["7.3.2-甲"]),
        (moment(7, 7), moment(7, 8, 17, 0), []),
        (moment(7, 7), moment(7, 9), ["7.3.2-甲"]),
        (moment(7, 9), None, ["7.3.1", "7.3.2-甲"]),
    ],
)
def test_screening_penalties(
    answered: datetime | None, expiry_at: datetime | None, clauses: list[str]
) -> None:
    at, due = moment(7, 6), moment(7, 8, 17, 30)
    steps = [Step(at, PENDING)] + ([Step(answered, VALID)] if answered else [])
    one = lead(
        "a", at, *steps, transferred=at, due=due, screener="孙工", answered=answered,
        expiry_at=expiry_at,
    )  # fmt: skip
    registers = tuple(Register(moment(m + 1, 2), date(2026, m, 1)) for m in (7, 8))
    whole = key(one, registers=(*registers, Register(moment(10, 8), date(2026, 9, 1))))
    found = [p.clause for p in recount_money.penalties(whole, "2026Q3") if p.person == "孙工"]
    assert found == clauses


def test_bulletin_register_and_leak_penalties() -> None:
    whole = key(
        publications=(
            Publication(date(2026, 8, 30), moment(8, 31, 23, 59)),  # the 30th is a Sunday
            Publication(date(2026, 9, 10), moment(9, 11, 0, 0)),
            Publication(date(2026, 9, 20), None),
        ),
        registers=(
            Register(moment(8, 3, 17, 20), date(2026, 7, 1)),
            Register(moment(9, 2, 17, 31), date(2026, 8, 1)),
        ),
        leaks=(
            Leak(moment(9, 1), "a", "张三", "是", "属实", date(2026, 9, 1)),
            Leak(moment(9, 1), "a", "李四", "否", "属实", date(2026, 9, 1)),
            Leak(moment(9, 1), "a", "王五", "是", "调查中", None),
        ),
    )
    found = [(p.clause, p.matter, p.amount) for p in recount_money.penalties(whole, "2026Q3")]
    assert found == [
        ("7.3.2-乙", "2026-09-10", 100),
        ("7.3.2-乙", "2026-09-20", 100),
        ("7.3.3", "2026-08", 100),
        ("7.3.4", "a", 500),
    ]


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (moment(10, 8), moment(10, 9, 17, 20)),  # the 8th's run lies before the close
        (moment(10, 9), moment(10, 9, 17, 20)),
        (None, moment(10, 10, 17, 20)),
    ],
)
def test_assessment_run(came: datetime | None, expected: datetime) -> None:
    registers = (Register(came, date(2026, 9, 1)),) if came else ()
    assert recount_money.assessed_at(key(registers=registers), "2026Q3") == expected
