"""What does not add up in a row of 合同登记汇总表; nothing here refuses it (6.5)."""

from __future__ import annotations

import re

from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import COUNTS_AS_VALID
from schemas.models import vin_right

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_OVER_TARGET = 3, 2  # contracts beyond 1.5 times the lead's quantity are pointed out


def check(session: Session, row: Row, lead: Row | None, month: str) -> list[str]:
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
        if not vin_right(vin):
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
