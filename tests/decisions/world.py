"""A ledger in memory and files as they come out of the reader, for tests of the decisions alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from processor.decisions.session import Arrival, Session
from processor.intake.forms import FormRow, LoadedForm
from processor.ledger import store
from processor.ledger.store import Record, Row
from processor.model import Duty, FormKind, Roster, Unit, UnitKind
from processor.regulation.edition import load_all

ROSTER = Roster(
    units=(
        Unit("D01", "芜湖甲汽车销售有限公司", UnitKind.DEALER),
        Unit("D02", "合肥乙汽车销售有限公司", UnitKind.DEALER, folder="合肥乙店"),
        Unit("B01", "区域营销部", UnitKind.DEPARTMENT),
    ),
    duties=(Duty("", "", "业务开发一科", "孙工"),),
)
NOON = datetime(2026, 11, 3, 12)


@contextmanager
def a_session(now: datetime = NOON) -> Iterator[Session]:
    """A first run on an empty ledger, rolled back at the end."""
    engine = store.connect("sqlite://")
    store.create_all(engine)
    with engine.connect() as connection, connection.begin() as transaction:
        yield Session(Record(connection, 1, now), now, ROSTER, load_all(), now)
        transaction.rollback()
    engine.dispose()


def report(
    unit: str,
    *customers: str,
    evidence: float | None = 0.0,
    path: str = "",
    at: datetime = NOON,
    **more: object,
) -> Arrival:
    """A unit's file: one good row a customer."""
    rows = tuple(
        FormRow("表", n, values(customer, n, **more), {}, (), {})
        for n, customer in enumerate(customers, 5)
    )
    form = LoadedForm("表.xlsx", FormKind.LEADS, block={"submitter": unit}, rows=rows)
    name = f"{unit or path}{evidence}{customers}.xlsx"
    return Arrival("", at, evidence, f"{path}/{name}" if path else name, name, name, form)


def values(customer: str, n: int, **more: object) -> dict[str, object]:
    return {
        "customer": customer,
        "category": "企事业单位",
        "province": "安徽省",
        "city": "芜湖市",
        "county": "南陵县",
        "model": "瑞虎8",
        "quantity": 5,
        "contact": "李强",
        "contact_phone": f"1395531{1000 + n}",
        "content": "已走访客户，年内计划采购",
        **more,
    }


def leads(session: Session) -> list[Row]:
    from processor.ledger import tables as t

    return session.record.select(t.leads, order=t.leads.c.number)
