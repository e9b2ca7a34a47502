"""6.4 from outside: what the development plan lists, and for how long."""

from __future__ import annotations

from datetime import date

import pytest

from processor import views
from tests.acceptance.office import JIA, Office, lead, tables, text_of

PLAN = "开发计划/大客户开发计划.xlsx"


def valid(until: date) -> dict[str, object]:
    return {"甄别结论": "有效", "到期日期": until}


def planned(office: Office) -> list[str]:
    return [row["信息编号"] for row in tables(office.one(PLAN))["开发计划"]]


def next_project(office: Office, number: int, day: str, until: date) -> str:
    """Another lead, found valid the same day: the plan is written again."""
    known = set(office.states()) if number > 1 else set()
    office.send(JIA, [lead(number)], f"第{number}条.xlsx")
    office.run(f"{day} 09:00")
    (fresh,) = set(office.states()) - known
    office.screen({fresh: valid(until)})
    office.run(f"{day} 10:00")
    return fresh


def test_what_ended_stays_to_the_end_of_the_next_quarter(office: Office) -> None:
    old = next_project(office, 1, "2026-11-03", date(2026, 11, 30))
    still = next_project(office, 2, "2026-12-01", date(2027, 12, 31))
    assert office.states()[old] == "到期"
    assert planned(office) == [old, still]
    last_day = next_project(office, 3, "2027-03-31", date(2027, 12, 31))
    assert planned(office) == [old, still, last_day]
    day_after = next_project(office, 4, "2027-04-01", date(2027, 12, 31))
    assert planned(office) == [still, last_day, day_after]
    assert [row["信息编号"] for row in office.master("立项")] == [old, still, last_day, day_after]


def test_of_too_many_the_nearest_to_their_end_are_listed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PLAN_SHOWN", 2)
    late = next_project(office, 1, "2026-11-03", date(2027, 6, 30))
    near = next_project(office, 2, "2026-11-04", date(2027, 3, 31))
    assert planned(office) == [late, near]
    assert "未列入本表" not in text_of(office.one(PLAN))
    next_one = next_project(office, 3, "2026-11-05", date(2027, 4, 30))
    assert planned(office) == [near, next_one]
    assert "另有 1 项到期较晚，未列入本表" in text_of(office.one(PLAN))
