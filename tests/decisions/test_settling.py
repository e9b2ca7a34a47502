"""Whatever the news, the record says what the rule says of all leads together (5.1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processor.decisions import files, screening
from processor.decisions.session import Arrival, Session
from processor.intake.forms import FormRow, LoadedForm
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import FormKind, State
from tests.decisions.world import NOON, a_session, leads, report

UNITS = ("芜湖甲汽车销售有限公司", "合肥乙汽车销售有限公司", "区域营销部")
CUSTOMERS = ("南陵县瑞祥纺织有限公司", "无为市安泰食品有限公司")

reports = st.tuples(
    st.just("report"), st.sampled_from(UNITS), st.sampled_from(CUSTOMERS), st.sampled_from((2, 5))
)
corrections = st.tuples(
    st.just("correct"), st.integers(0, 5), st.sampled_from(CUSTOMERS), st.sampled_from((2, 6))
)
verdicts = st.tuples(st.just("verdict"), st.integers(0, 5), st.booleans(), st.just(0))
news = st.lists(st.one_of(reports, reports, corrections, verdicts), max_size=9)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(news)
def test_states_follow_from_the_facts(events: list[tuple[str, object, object, int]]) -> None:
    with a_session() as session:
        for n, event in enumerate(events):
            session.now = session.record.now = NOON + timedelta(minutes=n)
            happen(session, event, n)
            found = leads(session)
            assert {r["number"]: r["state"] for r in found} == expected(found)
            assert_consistent(session, found)


def happen(session: Session, event: tuple[str, object, object, int], n: int) -> None:
    what, first, second, quantity = event
    known = leads(session)
    at = session.now
    content = f"第{n}次的内容，客户年内有采购计划"
    if what == "report":
        arrival = report(str(first), str(second), at=at, quantity=quantity, content=content)
        files.take_file(session, arrival)
    elif known and isinstance(first, int):
        lead = known[first % len(known)]
        if what == "correct":
            more = {"quantity": quantity, "content": content, "corrects": lead["number"]}
            files.take_file(session, report(lead["unit"], str(second), at=at, **more))
        else:
            values = {
                "lead_number": lead["number"],
                "verdict": "有效" if second else "无效",
                "expires_on": date(2027, 3, 31) if second else None,
                "screener": "孙工",
            }
            row = FormRow("表", 5, values, {}, (), {})
            form = LoadedForm("甄别.xlsx", FormKind.SCREENING, rows=(row,))
            arrival = Arrival("", at, 0.0, "甄别.xlsx", "甄别.xlsx", str(n), form)
            screening.take_screening(session, arrival, form)


def expected(found: list[Row]) -> dict[str, str]:
    """The rule by itself: customers by name, leads by place, nothing of pairs or groups."""
    states: dict[str, str] = {}
    for customer in CUSTOMERS:
        earlier: list[Row] = []
        of_customer = [r for r in found if r["customer"] == customer]
        for lead in sorted(of_customer, key=lambda r: (r["place_at"], r["place_seq"])):
            states[lead["number"]] = _state(lead, earlier, states)
            earlier.append(lead)
    return states


def _state(lead: Row, earlier: list[Row], states: dict[str, str]) -> str:
    if lead["quantity"] < 3:
        return State.INVALID
    for other in earlier:
        state = states[other["number"]]
        if state in (State.PENDING, State.VALID):
            return State.DUPLICATE
        own = other["unit_code"] == lead["unit_code"]
        judged: datetime = other["verdict_at"]
        screened = state == State.INVALID and other["quantity"] >= 3 and judged is not None
        if own and screened and lead["place_at"] < judged:  # a unit corrects its own
            return State.DUPLICATE
    return {"有效": State.VALID, "无效": State.INVALID}.get(lead["verdict"], State.PENDING)


def assert_consistent(session: Session, found: list[Row]) -> None:
    """What hangs on a state hangs on it whatever way it came about."""
    for lead in found:
        state = lead["state"]
        assert (lead["counted"] == "是") == (state == State.VALID)
        assert bool(lead["duplicate_of"]) == (state == State.DUPLICATE)
        if state == State.PENDING:
            assert lead["section"] == "业务开发一科"
            assert lead["due_at"] is not None
        if state == State.VALID:
            assert lead["project_no"]
    projects = session.record.select(t.projects)
    assert len({p["lead"] for p in projects}) == len(projects)
