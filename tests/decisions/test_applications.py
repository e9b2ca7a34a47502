"""大客户项目申报表: which lead an application belongs to, and what 5.5 makes of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from processor.decisions import clock, files
from processor.decisions.applications import take_applications
from processor.decisions.session import Arrival, Session
from processor.intake.forms import FormRow, LoadedForm
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import FormKind
from tests.decisions.world import NOON, a_session, leads, report

CUSTOMER = "南陵县瑞祥纺织有限公司"
JIA, YI = "芜湖甲汽车销售有限公司", "合肥乙汽车销售有限公司"


def apply(session: Session, at: datetime, unit: str = JIA, **more: object) -> Row:
    session.now = session.record.now = at
    values = {
        "customer": CUSTOMER,
        "category": "企事业单位",
        "province": "安徽省",
        "city": "芜湖市",
        "county": "南陵县",
        **more,
    }
    rows = (FormRow("表", 5, values, {}, (), {}),)
    form = LoadedForm("申报.xlsx", FormKind.APPLICATION, block={"applicant": unit}, rows=rows)
    arrival = Arrival("", at, 0.0, "申报.xlsx", "申报.xlsx", str(at), form)
    take_applications(session, arrival, form)
    session.forms["大客户项目申报表"] = 1
    return session.record.select(t.applications, order=t.applications.c.number)[-1]


@pytest.mark.parametrize(
    ("days", "matched"),
    [(-91, False), (-90, True), (0, True), (7, True), (180, True), (181, False)],
)
def test_window_without_an_expiry_date(days: int, matched: bool) -> None:
    """From 90 days before the lead to the end of the protection it would have had."""
    with a_session(NOON - timedelta(days=100)) as session:
        if days < 0:
            application = apply(session, NOON + timedelta(days=days))
        session.now = session.record.now = NOON
        files.take_file(session, report(JIA, CUSTOMER))
        session.rows.accepted = 1
        clock.tick(session)
        if days >= 0:
            application = apply(session, NOON + timedelta(days=days))
        assert (application["matched_lead"] is not None) is matched
        if matched:
            assert application["days_before"] == days
            assert application["outcome"] == ("计入" if days >= 7 else "不计入")


@pytest.mark.parametrize(("day", "matched"), [(31, True), (32, False)])
def test_window_ends_with_the_expiry_date(day: int, matched: bool) -> None:
    with a_session() as session:
        files.take_file(session, report(JIA, CUSTOMER))
        (lead,) = leads(session)
        session.record.change(t.leads, lead, expires_on=date(2026, 12, 31))
        application = apply(session, datetime(2026, 12, 1) + timedelta(days=day - 1))
        assert (application["matched_lead"] is not None) is matched


@pytest.mark.parametrize(
    "more",
    [{"unit": YI}, {"category": "租赁"}, {"customer": "无为市安泰食品有限公司"}],
    ids=["别的经销商", "别的类别", "别的客户"],
)
def test_what_does_not_match(more: dict[str, object]) -> None:
    with a_session() as session:
        files.take_file(session, report(JIA, CUSTOMER))
        unit = str(more.get("unit", JIA))
        values = {k: v for k, v in more.items() if k != "unit"}
        application = apply(session, NOON + timedelta(days=10), unit, **values)
        assert application["matched_lead"] is None
        assert leads(session)[0]["application_no"] is None


def test_a_number_wins_over_the_customer() -> None:
    with a_session() as session:
        files.take_file(session, report(JIA, CUSTOMER, "无为市安泰食品有限公司"))
        second = leads(session)[1]["number"]
        application = apply(session, NOON + timedelta(days=10), lead_number=second.lower())
        assert application["matched_lead"] == second


def test_departments_file_no_applications() -> None:
    with a_session() as session:
        form = LoadedForm(
            "申报.xlsx",
            FormKind.APPLICATION,
            block={"applicant": "区域营销部"},
            rows=(FormRow("表", 5, {"customer": CUSTOMER}, {}, (), {}),),
        )
        arrival = Arrival("", NOON, 0.0, "申报.xlsx", "申报.xlsx", "x", form)
        (remark,) = take_applications(session, arrival, form)
        assert "不是单位名录中的经销商" in remark
        assert session.record.select(t.applications) == []
