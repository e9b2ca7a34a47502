"""线索明细 of the internal bulletin: contacts masked, restricted customers unnamed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from processor.workbooks.bulletin_data import LeadRow
from processor.workbooks.reporting import RESTRICTED
from processor.workbooks.sheets import Column, Sheet, Table, Value
from processor.workbooks.style import Look

DIGITS = re.compile(r"\d(?:[\d\-\s]*\d)?")


def masked(text: str) -> str:
    """A way of reaching a person, its middle hidden: 138****5678, 0553****12, l***@mail.cn."""

    def hide(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match[0])
        if len(digits) < 5:
            return match[0]
        tail = 4 if len(digits) >= 11 else 2
        return digits[:3] + "*" * (len(digits) - 3 - tail) + digits[-tail:]

    if "@" in text:
        return re.sub(r"([^\s;；,，@])[^\s;；,，@]*@", r"\1***@", text)
    if not re.search(r"\d{5}", re.sub(r"[\-\s]", "", text)) and text:
        return text[:2] + "***"
    return DIGITS.sub(hide, text)


def surname(name: str) -> str:
    """A contact's first character alone: enough to tell a row by, too little to ask for anybody."""
    return f"{name[:1]}**" if name else ""


def leads_sheet(leads: Sequence[LeadRow], span: str) -> Sheet:
    """Sheet 线索明细. A restricted lead shows neither customer, contact nor county."""
    table = Table(
        "线索明细表",
        (
            Column("信息编号", Look.CODE, width=18),
            Column("受理时间", Look.SECOND, width=19),
            Column("统计范围", Look.CENTER, width=11),
            Column("提报单位", width=35),
            Column("类型", Look.CENTER, width=9.5),
            Column("客户单位全称", width=37),
            Column("采购类别", Look.CENTER, width=13),
            Column("省", width=10),
            Column("市", width=11),
            Column("县(区)", width=11),
            Column("意向车型", width=14),
            Column("标的量(台)", Look.COUNT, width=8),
            Column("客户联系人(第三方)", width=11),
            Column("联系方式", Look.CODE, width=16),
            Column("统计归类", Look.CENTER, width=10),
            Column("状态", Look.CENTER, width=9.5),
            Column("状态原因", width=52),
            Column("依据条款", Look.CENTER, width=9),
        ),
        [_row(lead) for lead in leads],
        empty="本期无线索。",
    )
    return Sheet(
        "线索明细",
        "线索明细（内部资料，请勿外传）",
        (table,),
        left=(f"{span}；联系人和联系方式已遮盖，受限客户不列名称、县(区)与联系人。",),
        right=("单位：台",),
        pages_wide=2,
    )


def _row(lead: LeadRow) -> dict[str, Value]:
    closed = lead.restricted
    reason = lead.reason
    if closed and lead.customer:
        reason = reason.replace(lead.customer, RESTRICTED)
    return {
        "信息编号": lead.number,
        "受理时间": lead.received,
        "统计范围": lead.scope,
        "提报单位": lead.unit,
        "类型": lead.kind.value,
        "客户单位全称": RESTRICTED if closed else lead.customer,
        "采购类别": lead.category,
        "省": lead.province,
        "市": lead.city,
        "县(区)": None if closed else lead.county,
        "意向车型": lead.model,
        "标的量(台)": lead.quantity,
        "客户联系人(第三方)": None if closed else surname(lead.contact),
        "联系方式": None if closed else masked(lead.phone),
        "统计归类": lead.counted_as,
        "状态": lead.state,
        "状态原因": reason,
        "依据条款": lead.clause,
    }
