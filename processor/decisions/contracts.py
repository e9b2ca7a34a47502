"""合同登记汇总表: months, continuations, checks, and the pick-ups that reach a project (6.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from processor.decisions.carrying import carry, merged, month_of, origin
from processor.decisions.content import lead_number
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

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_OVER_TARGET = 3, 2  # contracts beyond 1.5 times the lead's quantity are pointed out


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
        doubts = [*doubts, *_check(session, live, lead, month)]
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


def _check(session: Session, row: Row, lead: Row | None, month: str) -> list[str]:
    """What does not add up in one row. Nothing here refuses it."""
    words: list[str] = []
    same = [
        r
        for r in session.record.select(
            t.contracts,
            t.contracts.c.contract_no == row["contract_no"],
            t.contracts.c.superseded == "否",
        )
        if r["month"] <= month
    ]
    total = sum(r["picked"] or 0 for r in same)
    if row["picked_total"] is not None and row["picked_total"] != total:
        words.append(f"累计提车 {row['picked_total']} 台与各月合计 {total} 台不符")
    if row["quantity"] is not None and total > row["quantity"]:
        words.append(f"累计提车 {total} 台超过合同数量 {row['quantity']} 台")
    if len([r for r in same if r["month"] == month]) > 1:
        words.append("同一合同在本月登记表中出现两次")
    if row["dealer_code"] is None:
        words.append(f"执行经销商“{row['dealer'] or ''}”不在单位名录")
    if row["cross_dealer"] == "是":
        words.append("跨店执行：执行经销商不是提报单位")
    words.extend(_check_dates(row, lead, month))
    if (row["picked"] or 0) < 0 and not row["remark"]:
        words.append("本月提车为负（退车），请在备注中说明")
    words.extend(_check_vins(session, row))
    if lead is not None:
        words.extend(_check_lead(session, row, lead))
    return words


def _check_dates(row: Row, lead: Row | None, month: str) -> list[str]:
    words = []
    signed = row["signed_on"]
    if signed is not None:
        if f"{signed:%Y-%m}" > month:
            words.append(f"合同签订日期 {signed} 晚于统计月份")
        if lead is not None and signed < lead["received_at"].date():
            words.append(f"合同签订日期 {signed} 早于信息受理日期")
        if row["picked_from"] is not None and row["picked_from"] < signed:
            words.append("提车日期早于合同签订日期")
    for name in ("picked_from", "picked_to"):
        day = row[name]
        if day is not None and f"{day:%Y-%m}" != month:
            words.append(f"提车日期 {day} 不在统计月份内")
    return words


def _check_vins(session: Session, row: Row) -> list[str]:
    vins = _VIN.findall((row["vins"] or "").upper())
    words = []
    if len(vins) != len(set(vins)):
        words.append("VIN 清单内有重复")
    for vin in dict.fromkeys(vins):
        if not vin_valid(vin):
            words.append(f"VIN {vin} 校验位不符")
        others = session.record.select(
            t.contracts,
            t.contracts.c.vins.contains(vin),
            t.contracts.c.superseded == "否",
            t.contracts.c.number != row["number"],
        )
        if any(o["contract_no"] != row["contract_no"] for o in others):
            words.append(f"VIN {vin} 已登记在其他合同中")
    return words


_VIN_VALUES = {
    **{str(n): n for n in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_valid(vin: str) -> bool:
    """Whether the ninth place is the check digit that GB 16735 demands of 17 characters."""
    total = sum(_VIN_VALUES[c] * w for c, w in zip(vin, _VIN_WEIGHTS, strict=True))
    return vin[8] == "0123456789X"[total % 11]


def _check_lead(session: Session, row: Row, lead: Row) -> list[str]:
    words = []
    if lead["state"] not in COUNTS_AS_VALID:
        words.append(f"对应信息当前为{lead['state']}")
    contracts = {
        r["contract_no"]: r["quantity"] or 0
        for r in session.record.select(
            t.contracts,
            t.contracts.c.matched_lead == lead["number"],
            t.contracts.c.superseded == "否",
        )
    }
    target = lead["confirmed"] or lead["quantity"] or 0
    over, per = _OVER_TARGET
    if sum(contracts.values()) * per > target * over:
        words.append(f"合同数量合计 {sum(contracts.values())} 台超过标的量 {target} 台的 1.5 倍")
    return words


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
