"""单位报告 of a small planted record: its numbers, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from processor.decisions.report_cards import cards
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.model import RuleKey, UnitKind
from processor.workbooks.report_card import Fault, ReportCard, Share
from tests.decisions.world import ROSTER, a_session

NOW = datetime(2026, 10, 10, 17, 20)
JIA, YI, DEPARTMENT = ROSTER.units
EMPTY = "「客户联系人(第三方)」（N5）没有填写"


def lead(session: Session, unit: str, month: str, state: str = "有效", **more: object) -> str:
    record = session.record
    number = f"DKH{month.replace('-', '')}-{record.next('planted'):04d}"
    owner = session.unit(unit)
    assert owner is not None
    values = {
        "number": number,
        "unit_code": unit,
        "unit": owner.name,
        "unit_kind": owner.kind.value,
        "customer": f"{owner.name}的客户{number}",
        "contact_phone": f"139{number[-8:]}",
        "month": month,
        "state": state,
        "state_rule": RuleKey.SCREENING.value,
        "counted": "是" if state == "有效" else "不适用",
        "quantity": 5,
    }
    record.add(t.leads, values | more)
    return number


def refusal(session: Session, unit: str, month: str, problems: str) -> None:
    owner = session.unit(unit)
    assert owner is not None
    number = f"BJ{session.record.next('refused'):04d}"
    values = {"number": number, "unit_code": unit, "unit": owner.name, "month": month}
    session.record.add(t.refusals, values | {"unit_kind": owner.kind.value, "problems": problems})


def project(
    session: Session, unit: str, month: str, quantity: int, pickups: dict[str, int], **more: Any
) -> str:
    record = session.record
    name = f"LX2026-{record.next('project'):04d}"
    number = lead(session, unit, month, quantity=quantity, project_no=name, **more)
    for when, count in pickups.items():
        key = f"HT{record.next('contract'):04d}"
        row = {"number": key, "month": when, "matched_lead": number, "picked": count}
        record.add(t.contracts, row | {"superseded": "否"})
    return name


@contextmanager
def a_record(start: datetime = datetime(2026, 4, 1)) -> Iterator[Session]:
    with a_session(NOW) as session:
        session.start = start
        yield session


def made(session: Session, **switches: str) -> dict[str, ReportCard]:
    edition = session.edition()
    chosen = edition.with_switches({k.replace("__", "."): v for k, v in switches.items()})
    return {card.unit: card for _, card in cards(session, "2026Q3", chosen)}


def share(card: ReportCard, name: str) -> Share:
    return next(item for item in card.shares if item.name == name)


def test_who_gets_one() -> None:
    with a_record() as session:
        lead(session, "D01", "2026-06")  # the quarter before only
        refusal(session, "D02", "2026-09", EMPTY)  # refused rows only
        lead(session, "B01", "2026-07")
        lead(session, "B01", "2026-10")  # the quarter after
        found = dict(cards(session, "2026Q3", session.edition()))
        assert list(found) == [
            "考核/2026Q3/单位报告/区域营销部_2026Q3.xlsx",
            "考核/2026Q3/单位报告/合肥乙店_2026Q3.xlsx",  # its 收件目录名
        ]
        department, dealer = found.values()
        assert [m.total for m in department.months] == [0, 0, 0, 1, 0, 0]
        assert [m.refused for m in dealer.months] == [0, 0, 0, 0, 0, 1]


def test_two_units_of_one_folder_name_keep_apart() -> None:
    with a_record() as session:
        same = replace(JIA, folder="合肥乙店")
        session.roster = replace(ROSTER, units=(same, YI, DEPARTMENT))
        lead(session, "D01", "2026-07")
        lead(session, "D02", "2026-07")
        names = [path.rsplit("/", 1)[1] for path, _ in cards(session, "2026Q3", session.edition())]
        assert names == ["合肥乙店_2026Q3.xlsx", "合肥乙店_D02_2026Q3.xlsx"]


def test_counts_of_a_month() -> None:
    with a_record() as session:
        for state in ("有效", "到期", "已转化", "关闭", "无效", "重复", "待甄别", "待裁定"):
            lead(session, "D01", "2026-08", state)
        refusal(session, "D01", "2026-08", EMPTY)
        lead(session, "D02", "2026-08")
        month = made(session)[JIA.name].months[4]
        assert (month.month, month.total, month.valid) == ("2026-08", 8, 4)
        assert (month.invalid, month.duplicate, month.pending) == (2, 1, 2)
        assert (month.refused, month.counted, month.target) == (1, 1, None)


@pytest.mark.parametrize(
    ("start", "months", "before"),
    [
        (datetime(2026, 3, 31), 6, (1, 2)),
        (datetime(2026, 4, 30), 6, (1, 2)),
        (datetime(2026, 6, 1), 4, (1, 2)),
        (datetime(2026, 6, 30, 23), 4, (1, 2)),
        (datetime(2026, 7, 1), 3, None),
        (datetime(2026, 8, 5), 2, None),
    ],
)
def test_the_quarter_before_only_if_on_record(
    start: datetime, months: int, before: tuple[int, int] | None
) -> None:
    with a_record(start) as session:
        first = lead(session, "D01", "2026-06")
        lead(session, "D01", "2026-06", "重复", duplicate_of=first)
        for state in ("有效", "有效", "重复"):
            lead(session, "D01", "2026-09", state)
        card = made(session)[JIA.name]
        assert len(card.months) == months
        again = share(card, "重复率")
        assert (again.part, again.whole, again.before) == (1, 3, before)


def test_on_time_of_a_dealer_is_what_5_5_lets_count() -> None:
    with a_record() as session:
        for counted in ("是", "是", "否"):
            lead(session, "D01", "2026-07", counted=counted)
        lead(session, "D01", "2026-07", "无效")
        lead(session, "D01", "2026-07", "重复")
        found = share(made(session)[JIA.name], "及时率")
        assert (found.part, found.whole) == (2, 3)
        assert "5.5" in found.meaning and "7天" in found.meaning


def test_on_time_of_a_department_is_its_months_of_target() -> None:
    with a_record() as session:
        target = {f"m{n:02d}": 2 for n in range(1, 13)} | {"m08": 0, "m09": None}
        row = {"number": "MB1", "unit_code": "B01", "year": 2026, "version": 1}
        received = {"effective": "2026-05", "received_at": datetime(2026, 4, 1)}
        session.record.add(t.targets, row | received | target)
        lead(session, "B01", "2026-05")
        for month in ("2026-07", "2026-07", "2026-07", "2026-08"):
            lead(session, "B01", month)
        card = made(session)[DEPARTMENT.name]
        assert [m.target for m in card.months] == [None, 2, 2, 2, 0, None]
        on_time = share(card, "及时率")
        assert (on_time.part, on_time.whole, on_time.before) == (1, 1, (1, 2))
        completion = share(card, "完成率")
        assert (completion.part, completion.whole, completion.before) == (3, 2, (1, 4))


def test_faults_are_of_the_quarter_counted_by_row() -> None:
    with a_record() as session:
        refusal(session, "D01", "2026-06", EMPTY)  # the quarter before
        for _ in range(2):
            refusal(session, "D01", "2026-07", f"{EMPTY}；「标的量(台)」（J5）没有填写")
        mine = lead(session, "D01", "2026-07", reminders="「意向车型」（I5）没有填写")
        few = RuleKey.MINIMUM_QUANTITY.value
        lead(session, "D01", "2026-08", "无效", state_rule=few, quantity=2)
        lead(session, "D01", "2026-08", "重复", duplicate_of=mine)
        other = lead(session, "D02", "2026-07")
        lead(session, "D01", "2026-08", "重复", duplicate_of=other)  # nobody could have known
        lead(session, "D01", "2026-08", "无效")  # screened: not to be avoided by care
        faults = made(session)[JIA.name].faults
        assert {(f.problem, f.clause, f.count) for f in faults} == {
            ("缺第三方联系人", "5.2", 2),
            ("缺标的量", "5.2", 2),
            ("意向车型：请补充", "5.2", 1),
            ("标的量不足3台", "5.4", 1),
            ("本单位已报过的客户又作为新信息提报", "5.1", 1),
        }
        assert all(isinstance(f, Fault) and f.remedy for f in faults)


@pytest.mark.parametrize(
    ("quantity", "pickups", "missing"),
    [
        (9, {"2026-08": 4}, None),  # not large
        (10, {}, 4),
        (10, {"2026-08": 3}, 1),
        (10, {"2026-07": 2, "2026-09": 2}, 0),
        (10, {"2026-06": 4}, 4),  # of another quarter
        (11, {"2026-08": 4}, 1),  # 4.4 vehicles: 5
        (1000, {"2026-08": 399}, 1),
        (1000, {"2026-08": 400}, 0),
        (10, {"2026-08": -1}, 5),
    ],
)
def test_vehicles_missing(quantity: int, pickups: dict[str, int], missing: int | None) -> None:
    with a_record() as session:
        project(session, "D01", "2026-07", quantity, pickups)
        project(session, "D02", "2026-07", 50, {"2026-08": 50})
        card = made(session)[JIA.name]
        assert [p.missing for p in card.projects] == ([] if missing is None else [missing])


def test_the_confirmed_quantity_decides() -> None:
    with a_record() as session:
        project(session, "D01", "2026-07", 30, {"2026-08": 4}, confirmed=10)
        project(session, "D01", "2026-07", 12, {}, confirmed=9)
        (only,) = made(session)[JIA.name].projects
        assert (only.quantity, only.missing) == (10, 0)
        both = made(session, conv__denominator="reported")[JIA.name].projects
        assert [(p.quantity, p.missing) for p in both] == [(30, 8), (12, 5)]


def test_conversion_of_the_projects_in_development() -> None:
    with a_record() as session:
        project(session, "D01", "2026-05", 20, {"2026-05": 6, "2026-08": 8})
        project(session, "D01", "2026-08", 10, {"2026-09": 1})
        done = {"state": "已转化", "converted_at": datetime(2026, 6, 30, 9)}
        project(session, "D01", "2026-04", 10, {"2026-06": 10}, **done)  # over before the quarter
        gone = {"state": "到期", "expires_on": date(2026, 7, 1)}
        project(session, "D01", "2026-06", 30, {}, **gone)  # on its first day still in development
        project(session, "D01", "2026-10", 90, {})  # came later
        card = made(session)[JIA.name]
        found = share(card, "转化率")
        assert (found.part, found.whole, found.before) == (9, 60, (16, 60))
        assert [p.quantity for p in card.projects] == [20, 10, 30]


def test_earlier_rewards_and_what_would_earn_next() -> None:
    with a_record() as session:
        paid = project(session, "D01", "2026-05", 10, {"2026-06": 4, "2026-08": 1})
        near = project(session, "D01", "2026-07", 11, {"2026-08": 2})
        project(session, "D01", "2026-07", 12, {"2026-08": 1}, counted="否")
        reward = {"number": "JL1", "quarter": "2026Q2", "kind": "项目奖励", "project_no": paid}
        session.record.add(t.rewards, reward | {"amount": 1000})
        card = made(session)[JIA.name]
        assert [p.earlier for p in card.projects] == ["2026Q2", "", ""]
        named = [line for line in card.advice if line.startswith("LX")]
        assert named == [f"{near}：以后任一季度提车满5台，即达到40%。"]
        adding_up = made(session, conv__numerator="cumulative")[JIA.name].advice
        assert adding_up[0] == f"{near}：再提车3台，累计即达到40%。"


def test_nothing_of_another_unit_and_no_customer() -> None:
    from processor.frozen import pack, unpack

    with a_record() as session:
        for unit in ("D01", "D02", "B01"):
            lead(session, unit, "2026-07")
            project(session, unit, "2026-08", 10, {"2026-09": 3})
            refusal(session, unit, "2026-09", EMPTY)
        rows = session.record.select(t.leads)
        found = made(session)
        assert set(found) == {JIA.name, YI.name, DEPARTMENT.name}
        for name, card in found.items():
            assert unpack(ReportCard, pack(card)) == card
            text = repr(card)
            others = {r["number"] for r in rows if r["unit"] != name}
            others |= {r["project_no"] for r in rows if r["unit"] != name and r["project_no"]}
            others |= found.keys() - {name}
            private = {r[k] for r in rows for k in ("customer", "contact_phone")}
            assert [word for word in others | private if word in text] == []
            assert card.kind is (
                UnitKind.DEPARTMENT if name == DEPARTMENT.name else UnitKind.DEALER
            )
