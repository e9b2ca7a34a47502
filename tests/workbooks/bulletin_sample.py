"""An invented issue: units, leads and everything counted from the leads."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from processor.model import UnitKind
from processor.workbooks.bulletin_data import (
    BulletinData,
    Correction,
    Counts,
    Final,
    Late,
    LeadRow,
    Reason,
    UnitRow,
    ZeroReport,
)
from processor.workbooks.reporting import Check, Clause

UNITS = (
    ("B01", "区域营销一部", UnitKind.DEPARTMENT, 26),
    ("B02", "网络发展部", UnitKind.DEPARTMENT, 20),
    ("B03", "市场部", UnitKind.DEPARTMENT, 15),
    ("B04", "售后服务部", UnitKind.DEPARTMENT, 12),
    ("B05", "新设综合部", UnitKind.DEPARTMENT, None),
    ("D001", "芜湖江城汽车销售服务有限公司", UnitKind.DEALER, None),
    ("D002", "合肥庐州名车有限公司", UnitKind.DEALER, None),
    ("D003", "马鞍山采石汽贸有限责任公司", UnitKind.DEALER, None),
    ("D004", "安庆宜城汽车贸易有限公司", UnitKind.DEALER, None),
)
WINDOW_FROM = datetime(2026, 10, 10, 17)
WINDOW_TO = datetime(2026, 10, 20, 17)
PATTERN = ("有效", "有效", "有效", "无效", "有效", "重复", "待甄别", "有效")
CLAUSES = (
    Clause("5.1", "相同信息的提报，根据时间先后计算，后报者不予计算。"),
    Clause("5.2", "第三方的联系人及联系方式不可缺少，否则不予接收。"),
    Clause("5.3", "以实际提报的有效信息总量计入本月信息提报量，超出部分不带入下个月。"),
    Clause("5.4", "所有大客户信息标的量须在3台以上，否则视为无效。"),
    Clause("6.1", "每月10、20、30日分次公布信息总量、有效信息、无效信息等情况。"),
)


def leads() -> tuple[LeadRow, ...]:
    rows = []
    serial = 0
    for position, (_, unit, kind, _) in enumerate(UNITS):
        for step in range(2 + 23 // (position + 1)):
            serial += 1
            kind_of = PATTERN[(serial + position) % len(PATTERN)]
            inside = step % 2 == 0
            received = (WINDOW_FROM if inside else datetime(2026, 10, 2, 9)) + timedelta(
                hours=3 * step + 1, minutes=serial % 60, seconds=7
            )
            rows.append(
                LeadRow(
                    number=f"DKH202610-{serial:04d}",
                    received=received,
                    unit=unit,
                    kind=kind,
                    customer=f"丹霞县第{serial}运输有限公司",
                    category="公检法司" if serial % 7 == 0 else "租赁",
                    province="安徽省",
                    city="芜湖市",
                    county="南陵县",
                    model="瑞虎8",
                    quantity=3 + serial % 20,
                    contact=f"联系人{serial}",
                    phone=f"1391234{serial:04d}",
                    scope="本期" if inside else "本月前期",
                    counted_as=kind_of,
                    state=kind_of,
                    reason=f"与先报的丹霞县第{serial}运输有限公司相同" if kind_of == "重复" else "",
                    clause="5.1" if kind_of == "重复" else "",
                    restricted=serial % 7 == 0,
                )
            )
    return tuple(rows)


def counts(rows: list[LeadRow], refused: int = 0) -> Counts:
    seen = Counter(row.counted_as for row in rows)
    return Counts(
        total=len(rows),
        valid=seen["有效"],
        invalid=seen["无效"] + seen["重复"],
        duplicate=seen["重复"],
        pending=seen["待甄别"],
        refused=refused,
    )


def sample() -> BulletinData:
    rows = leads()
    units = []
    for position, (code, unit, kind, target) in enumerate(UNITS):
        own = [row for row in rows if row.unit == unit]
        month = counts(own)
        units.append(
            UnitRow(
                code=code,
                unit=unit,
                kind=kind,
                period=counts([row for row in own if row.scope == "本期"], position % 3),
                month=month,
                counted=month.valid - (kind is UnitKind.DEALER and month.valid > 0),
                target=target,
                vehicles=sum(row.quantity or 0 for row in own if row.counted_as == "有效"),
            )
        )
    units[0] = replace(units[0], target=max(1, units[0].counted - 1))
    units[1] = replace(units[1], target=units[1].counted)
    reasons = []
    for kind_of, reason, clause in (
        ("重复", "与先报信息相同", "5.1"),
        ("无效", "标的量不足3台", "5.4"),
    ):
        own = [row for row in rows if row.counted_as == kind_of]
        reasons.append(Reason(reason, clause, sum(row.scope == "本期" for row in own), len(own)))
    return BulletinData(
        issue="2026-10-20",
        label="2026-10-中",
        window_from=WINDOW_FROM,
        window_to=WINDOW_TO,
        month_from=datetime(2026, 10, 1),
        generated=datetime(2026, 10, 20, 17, 5, 12),
        edition="DKHW080004 第四版",
        units=tuple(units),
        reasons=tuple(reasons),
        corrections=(
            Correction("2026-10-10", "市场部", "本期有效", 5, 4, "甄别结论更正：客户已无采购计划"),
            Correction("2026-09-30", "网络发展部", "完成率", "95.0%", "100.0%", "裁定改判"),
        ),
        leads=rows,
        clauses=CLAUSES,
        flow=(Check("收文：见到＝各去向之和", 41, 41, "接收 35＋重复 2＋不予接收 3＋隔离 1"),),
    )


def first_issue() -> BulletinData:
    """The 10th: last month's late reports and finals."""
    return replace(
        sample(),
        issue="2026-11-10",
        label="2026-11-上",
        has_late=True,
        late=(
            Late("市场部", UnitKind.DEPARTMENT, Counts(4, 2, 1, 1, 1, 0)),
            Late("合肥庐州名车有限公司", UnitKind.DEALER, Counts(refused=2)),
        ),
        finals=(
            Final("区域营销一部", 31, 26),
            Final("市场部", 12, 15),
            Final("新设综合部", 3, None),
        ),
    )


def last_issue() -> BulletinData:
    """The 30th: dealers without a report."""
    return replace(
        sample(),
        issue="2026-10-30",
        label="2026-10-下",
        window_to=datetime(2026, 10, 30, 17),
        has_zero=True,
        zero=(
            ZeroReport("安庆宜城汽车贸易有限公司", 2, "另有不予接收2条"),
            ZeroReport("池州秋浦汽车销售有限公司", 0),
        ),
    )


def empty() -> BulletinData:
    """An issue of a month in which nobody reported and no department owes anything."""
    return replace(sample(), units=(), reasons=(), corrections=(), leads=(), clauses=(), flow=())
