"""Live workbooks: what the record says now, in the rows the workbooks take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, or_, select

from processor.calendar import months_of, previous_quarter, quarter_of
from processor.decisions.rulings import open_rulings
from processor.decisions.screening import owed
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Record, Row
from processor.model import COUNTS_AS_VALID, RuleKey, State
from processor.opening import open_session
from processor.regulation.validity_checks import important
from processor.workspace import Workspace

if TYPE_CHECKING:
    from processor.workbooks.sheets import Book


PLAN_SHOWN = 20_000  # projects in the plan: more than any office follows up


def live_book(workspace: Workspace, record: Record, kind: str, payload: bytes | None) -> Book:
    """The described workbook of a live kind, as of the record's clock."""
    session = open_session(workspace, record, record.now)
    if kind == "screening":
        return _screening(session, (payload or b"").decode())
    if kind == "rulings":
        return _rulings(session)
    if kind == "plan":
        return _plan(session)
    if kind == "today":
        from processor.today import today_book

        return today_book(session)
    raise ValueError(kind)


def _screening(session: Session, section: str) -> Book:
    from processor.workbooks import screening_list

    edition = session.edition()
    rows = [
        {
            "信息编号": lead["number"],
            "转办时间": lead["transferred_at"],
            "应反馈时间": lead["due_at"],
            "科室": lead["section"],
            "项目责任人": lead["screener"],
            "客户全称": lead["customer"],
            "采购类别": lead["category"],
            "省": lead["province"],
            "市": lead["city"],
            "县(区)": lead["county"],
            "意向车型": lead["model"],
            "标的量(台)": lead["quantity"],
            "客户联系人(第三方)": lead["contact"],
            "联系方式": lead["contact_phone"] or lead["contact_other"],
            "信息内容": lead["content"],
            "重点": "是" if important(lead["quantity"], edition) else "否",
            "疑点提示": _hint(lead),
            "甄别结论": "有效" if lead["verdict"] == "有效" else None,
        }
        for lead in owed(session, section)
    ]
    clauses = _clauses(session, RuleKey.SCREENING, RuleKey.EXPIRY_DATE, RuleKey.SCREENING_OVERDUE)
    return screening_list.plan(section, session.now, rows, clauses=clauses)


def _hint(lead: Row) -> str | None:
    words = [lead["flags"]] if lead["flags"] else []
    if lead["verdict"] == "有效":
        words.append("已判有效，请补填到期日期")
    if lead["verdict"] == "需补充":
        words.append("已要求补充，甄别期限继续计算")
    if lead["due_tentative"] == "是":
        words.append("应反馈时间为暂定")
    return "；".join(words) or None


def _clauses(session: Session, *rules: RuleKey) -> tuple[tuple[str, str], ...]:
    edition = session.edition()
    return tuple((edition.clause(r), edition.text(r)) for r in rules if edition.has(r))


def masked(phone: str | None) -> str | None:
    """A phone with its middle hidden, anything else with all but its ends hidden."""
    if not phone:
        return None
    keep = 3 if len(phone) >= 10 else 1
    tail = 4 if len(phone) >= 10 else 1
    return f"{phone[:keep]}****{phone[-tail:]}"


def _rulings(session: Session) -> Book:
    from processor.workbooks import ruling_sheet

    edition = session.edition()
    rows = []
    for pair in open_rulings(session):
        first, later = session.lead(pair["earlier"]), session.lead(pair["later"])
        quantity = max((x["quantity"] or 0) for x in (first, later) if x is not None)
        row: dict[str, Any] = {
            "裁定编号": pair["ruling_no"],
            "生成时间": pair["asked_at"],
            **_side("先报", first),
            **_side("后报", later),
            "相似度": pair["score"],
            "证据": pair["evidence"] or pair["reason"],
            "系统建议": pair["advice"],
            "涉及金额": "是" if important(quantity, edition) else "否",
        }
        if pair["ruling"]:
            row |= {"裁定": pair["ruling"], "理由": pair["ruling_reason"]}
        rows.append(row)
    return ruling_sheet.plan(session.now, rows, clauses=_clauses(session, RuleKey.FIRST_COME))


def _side(words: str, lead: Row | None) -> dict[str, Any]:
    if lead is None:
        return {}
    return {
        f"{words}信息编号": lead["number"],
        f"{words}单位类型": lead["unit_kind"],
        f"{words}受理时间": lead["place_at"],
        f"{words}客户全称": lead["customer"],
        f"{words}地区": "".join(lead[k] or "" for k in ("province", "city", "county")),
        f"{words}车型": lead["model"],
        f"{words}标的量": lead["quantity"],
        f"{words}预计时间": lead["expected"],
        f"{words}联系方式": masked(lead["contact_phone"] or lead["contact_other"]),
    }


def _plan(session: Session) -> Book:
    from processor.workbooks import dev_plan

    edition = session.edition()
    shown, left_out = _in_plan(session)
    contracts = _contract_numbers(session, [lead["number"] for _, lead in shown])
    rows = []
    for project, lead in shown:
        quantity = lead["confirmed"] or lead["quantity"] or 0
        rows.append(
            {
                "立项编号": project["number"],
                "立项日期": project["opened_on"],
                "信息编号": lead["number"],
                "客户全称": lead["customer"],
                "类别": lead["category"],
                "地区": "".join(lead[k] or "" for k in ("province", "city", "county")),
                "车型": lead["model"],
                "标的量": quantity,
                "重点": "是" if important(quantity, edition) else "否",
                "来源单位": lead["unit"],
                "承办经销商": project["dealer"],
                "大客户部跟进人": project["follower"],
                "阶段": project["stage"],
                "下一步行动": project["next_action"],
                "下一步日期": _date(project["next_on"]),
                "到期日期": lead["expires_on"],
                "预计签约": _date(project["sign_on"]) or lead["expected"],
                "竞争情况": project["rivals"] or lead["rivals"],
                "最近沟通": project["last_contact"],
                "合同编号": "；".join(contracts[lead["number"]]) or None,
                "累计提车": lead["picked_total"] or 0,
            }
        )
    percent = edition.param(RuleKey.DEALER_PROJECT_REWARD, "rate")
    clauses = _clauses(session, RuleKey.PROJECT_PLAN)
    return dev_plan.plan(session.now, rows, percent=percent, clauses=clauses, left_out=left_out)


def _in_plan(session: Session) -> tuple[list[tuple[Row, Row]], int]:
    """Projects with their leads, by number, and how many more there are (6.4).

    Those that go on, and those that have ended since the beginning of the last quarter: the master
    keeps all. Of very many, the ones whose 到期日期 is nearest.
    """
    leads = t.leads.c
    since = months_of(previous_quarter(quarter_of(session.now)))[0]
    goes_on = leads.state == State.VALID.value
    ended = leads.state.in_([s.value for s in COUNTS_AS_VALID - {State.VALID}])
    wanted = or_(goes_on, and_(ended, leads.state_since >= datetime.combine(since, time())))
    numbers = (
        select(t.projects.c.number, t.projects.c.lead)
        .join(t.leads, leads.number == t.projects.c.lead)
        .where(wanted)
    )
    connection = session.record.connection
    total = connection.execute(select(func.count()).select_from(numbers.subquery())).scalar_one()
    nearest = (
        case((goes_on, 0), else_=1),
        func.coalesce(leads.expires_on, date.max),
        t.projects.c.number,
    )
    picked = connection.execute(numbers.order_by(*nearest).limit(PLAN_SHOWN)).all()
    session.record.load(t.projects, [number for number, _ in picked])
    session.record.load(t.leads, [lead for _, lead in picked])
    found = [
        (session.record.get(t.projects, number), session.lead(lead))
        for number, lead in sorted(picked)
    ]
    return [(p, lead) for p, lead in found if p is not None and lead is not None], total - len(
        found
    )


def _contract_numbers(session: Session, leads: Sequence[str]) -> dict[str, list[str]]:
    """Numbers of the contracts matched to these leads, each once, in the order registered."""
    wanted: dict[str, dict[str, None]] = {lead: {} for lead in leads}
    columns = t.contracts.c
    query = select(columns.matched_lead, columns.contract_no).where(
        columns.superseded == "否", columns.contract_no.is_not(None)
    )
    for lead, number in session.record.connection.execute(query.order_by(columns.number)):
        if lead in wanted and number:
            wanted[lead][number] = None
    return {lead: list(numbers) for lead, numbers in wanted.items()}


def _date(text: str | None) -> Any:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return text
