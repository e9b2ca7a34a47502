"""合同登记汇总表: months, continuations, checks, and the pick-ups that reach a project (6.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from processor.decisions.carrying import carry, merged, month_of, origin
from processor.decisions.content import lead_number
from processor.decisions.contract_checks import check
from processor.decisions.session import Arrival, Session
from processor.decisions.settling import settle_around
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import COUNTS_AS_VALID, FileState, RuleKey
from processor.roster import find_unit
from schemas.contract import CONTRACT_FORM
from schemas.master import CONTRACTS

if TYPE_CHECKING:
    from processor.intake.forms import LoadedForm


def take_contracts(
    session: Session, arrival: Arrival, form: LoadedForm, file_row: Row
) -> list[str]:
    """Take a month's register. The same month filed again replaces the earlier one visibly."""
    month = month_of(form.block.get("month")) or _month_of_rows(form)
    if not month:
        return _unusable(session, file_row, "未填统计月份，请在表头填写统计月份后重新提交")
    nil = str(form.block.get("nil") or "").strip() == "是"
    rows = list(form.rows)
    remarks: list[str] = []
    if nil and rows:
        remarks.append("表头注明“本月无合同”，但表内有合同；以表内合同为准。")
    if not nil and not rows:
        words = f"{month} 登记表没有合同行，也未注明“本月无合同”，请补充后重新提交"
        return _unusable(session, file_row, words)
    session.record.change(t.files, file_row, month=month, nil="是" if nil and not rows else "否")
    touched = _supersede(session, month, arrival)
    for row in rows:
        values = merged(form.block, row.values)
        fact = carry(CONTRACT_FORM, CONTRACTS, values)
        typed_month = month_of(values.get("month"))
        if typed_month != month:
            remarks.append(
                f"{row.sheet}第 {row.row} 行：统计月份 {typed_month} 与表头 {month} 不一致，"
                "按表头计。"
            )
        fact.update(
            origin(arrival, row.sheet, row.row),
            month=month,
            number=f"HT{month.replace('-', '')}-{session.record.next(f'contract-{month}'):04d}",
            superseded="否",
        )
        dealer = find_unit(session.roster, fact["dealer"] or "")
        fact["dealer_code"] = dealer.code if dealer else None
        lead, doubts = match_lead(session, fact)
        fact["matched_lead"] = lead["number"] if lead else None
        fact["cross_dealer"] = _cross(lead, fact)
        live = session.record.add(t.contracts, fact)
        doubts = [*doubts, *check(session, live, lead, month)]
        session.record.change(t.contracts, live, findings="；".join(doubts) or None)
        remarks.extend(f"{row.sheet}第 {row.row} 行：{w}" for w in doubts)
        if lead is not None:
            touched.add(lead["number"])
    session.tell(
        f"登记表 {month}",
        "合同登记",
        f"{month} 合同登记汇总表：{len(rows)} 行" + ("（本月无合同）" if nil and not rows else ""),
        rule=RuleKey.CONTRACT_REGISTER,
        source=arrival.source(),
        at=arrival.received_at,
    )
    for number in sorted(touched):
        lead = session.lead(number)
        if lead is not None:
            refresh_pickups(session, lead)
    session.topics.add("plan")
    return remarks


def _unusable(session: Session, file_row: Row, reason: str) -> list[str]:
    session.record.change(t.files, file_row, state=FileState.REFUSED.value, reason=reason)
    return [f"登记表未采用：{reason}。"]


def _month_of_rows(form: LoadedForm) -> str:
    months = {month_of(row.values.get("month")) for row in form.rows} - {""}
    return months.pop() if len(months) == 1 else ""


def _supersede(session: Session, month: str, arrival: Arrival) -> set[str]:
    record = session.record
    touched: set[str] = set()
    for row in record.select(
        t.contracts, t.contracts.c.month == month, t.contracts.c.superseded == "否"
    ):
        record.change(t.contracts, row, superseded="是")
        if row["matched_lead"]:
            touched.add(row["matched_lead"])
    for row in record.select(
        t.files,
        t.files.c.form == CONTRACT_FORM.title,
        t.files.c.month == month,
        t.files.c.superseded == "否",
        t.files.c.batch != arrival.batch,
    ):
        record.change(t.files, row, superseded="是")
        session.tell(
            f"登记表 {month}",
            "登记表被替换",
            f"批次 {row['batch']} 的登记表由批次 {arrival.batch} 替换",
            rule=RuleKey.CONTRACT_REGISTER,
            at=arrival.received_at,
        )
    return touched


def match_lead(session: Session, fact: Row) -> tuple[Row | None, list[str]]:
    """The lead of a contract row: by lead number, project number, earlier month, else by name."""
    record = session.record
    typed = (fact["lead"] or "").strip().upper()
    project = (fact["project_no"] or "").strip().upper()
    lead = session.lead(typed) if typed else None
    if lead is not None:
        if project and lead["project_no"] and project != lead["project_no"]:
            return lead, [f"立项编号 {project} 与信息编号 {typed} 的立项 {lead['project_no']} 不符"]
        return lead, _names_agree(session, lead, fact)
    words = [f"台账中没有信息编号“{typed}”"] if typed else ["未填信息编号"]
    if project:
        found = record.get(t.projects, project)
        if found is not None:
            lead = session.lead(found["lead"])
            return lead, [*words, f"已按立项编号 {project} 对应"]
    before = record.select(
        t.contracts,
        t.contracts.c.contract_no == fact["contract_no"],
        t.contracts.c.matched_lead.is_not(None),
    )
    if fact["contract_no"] and before:
        return session.lead(before[-1]["matched_lead"]), [*words, "已按同一合同编号的前期登记对应"]
    near = suggestions(session, fact["customer"] or "")
    if near:
        words.append("可能是 " + "、".join(near) + "，请填写信息编号后重新提交")
    else:
        words.append("也没有找到名称相近的信息，请核对")
    return None, words


def suggestions(session: Session, customer: str) -> list[str]:
    """Valid leads of the same (or nearly the same) customer, for a missing or wrong lead number."""
    from processor.matching.judge import Party

    if not customer:
        return []
    found = []
    for key, _, judgement in session.index.matches(Party(name=customer)):
        lead = session.lead(lead_number(key))
        if lead is not None and lead["state"] in COUNTS_AS_VALID:
            found.append((-judgement.score, lead["number"]))
    return [number for _, number in sorted(found)[:3]]


def _names_agree(session: Session, lead: Row, fact: Row) -> list[str]:
    from processor.matching.names import normalise

    if fact["customer"] and normalise(fact["customer"]) != normalise(lead["customer"]):
        return ["客户单位全称与台账不一致，请核对信息编号"]
    return []


def _cross(lead: Row | None, fact: Row) -> str:
    if lead is None or lead["unit_kind"] != "经销商" or not fact["dealer_code"]:
        return "否"
    return "否" if fact["dealer_code"] == lead["unit_code"] else "是"


def pickups(rows: Iterable[Row]) -> dict[str, int]:
    """Vehicles picked up by quarter, of the register rows in force."""
    by_quarter: dict[str, int] = {}
    for row in rows:
        year, month = int(row["month"][:4]), int(row["month"][5:7])
        quarter = f"{year}Q{(month + 2) // 3}"
        by_quarter[quarter] = by_quarter.get(quarter, 0) + (row["picked"] or 0)
    return by_quarter


def refresh_pickups(session: Session, lead: Row) -> None:
    """Bring a lead's pick-ups up to date; 已转化 once they reach the confirmed quantity."""
    record = session.record
    rows = record.select(
        t.contracts,
        t.contracts.c.matched_lead == lead["number"],
        t.contracts.c.superseded == "否",
        order=t.contracts.c.month,
    )
    if not rows and not lead["picked_by_quarter"]:
        return
    by_quarter = pickups(rows)
    total = sum(by_quarter.values())
    target = lead["confirmed"] or lead["quantity"] or 0
    reached = target > 0 and total >= target
    converted = lead["converted_at"]
    if reached and converted is None:
        converted = session.now
    elif not reached:
        converted = None
    changed = record.change(
        t.leads,
        lead,
        picked_total=total,
        picked_by_quarter=";".join(f"{q}:{n}" for q, n in sorted(by_quarter.items())),
        conversion=percent(total, target) if target else None,
        converted_at=converted,
    )
    if changed:
        record.change(t.leads, lead, updated_at=session.now)
        session.topics.add("plan")
        settle_around(session, [lead["number"]])


def percent(part: int, whole: int) -> str:
    """One decimal, cut: 39.9 % never reads 40.0 %."""
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10}%"
