"""An invented quarter: projects and departments at every boundary of 7.1 and 7.2."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from processor.model import RuleKey
from processor.workbooks.assessment_data import (
    Alternative,
    AmountCorrection,
    BlackMark,
    Dealer,
    DealerAssessment,
    Department,
    InternalAssessment,
    Penalty,
    Project,
    Reading,
    Terms,
)
from processor.workbooks.reporting import Check, Clause

K = RuleKey
NUMBERS = {
    K.APPLICATION_LEAD_TIME: "5.5",
    K.DEALER_PROJECT_REWARD: "7.1.1",
    K.DEPARTMENT_COMPLETION_REWARD: "7.2.1",
    K.DEPARTMENT_PROJECT_REWARD: "7.2.2",
    K.DEPARTMENT_ALLOCATION: "7.2.3",
    K.SCREENING_OVERDUE: "7.3.1",
    K.EXPIRY_MISSING: "7.3.2-甲",
    K.BULLETIN_OVERDUE: "7.3.2-乙",
    K.REGISTER_OVERDUE: "7.3.3",
    K.LEAK: "7.3.4",
    K.APPROVAL: "4.3.3",
}
CLAUSES = tuple(Clause(number, f"第{number}条的原文（虚构）。") for number in NUMBERS.values())
LATE = {K.SCREENING_OVERDUE, K.EXPIRY_MISSING, K.BULLETIN_OVERDUE, K.REGISTER_OVERDUE}
TERMS = Terms(
    clauses=NUMBERS,
    dealer_minimum=10,
    dealer_rate=40,
    dealer_amount=1000,
    project_minimum=10,
    project_rate=40,
    project_amount=200,
    project_cap=1000,
    step=10,
    step_amount=200,
    completion_cap=1000,
    fines={**dict.fromkeys(LATE, 100), K.LEAK: 500},
    marks=3,
    readings=(
        Reading("conv.scope", "project", "项目转化率按项目还是按单位合计", "逐个项目计算", "7.1.1"),
        Reading("quarter.rate", "sum", "季度完成率如何计算", "三个月之和相除，不封顶", "7.2.1"),
        Reading("dept.cap", "separate", "部门两项奖励的上限是否分开", "各自封顶", "7.2.2"),
    ),
)

# quantity, pick-ups of the quarter, cumulative, counted, earlier quarter → reward of a dealer
DEALER_CASES = (
    (10, 4, 4, "是", "", 1000),  # 40 % exactly
    (10, 3, 8, "是", "", 0),  # 30 %, though 80 % in all
    (1000, 399, 399, "是", "", 0),  # 39.9 %
    (10000, 3999, 3999, "是", "", 0),  # 39.99 %
    (1000, 400, 400, "是", "", 1000),
    (9, 9, 9, "是", "", 0),  # under ten vehicles
    (25, 10, 10, "否", "", 0),  # not counted by 5.5
    (12, 12, 12, "是", "2026Q2", 0),  # paid before
    (12, -2, 3, "是", "", 0),  # vehicles brought back
    (15, 15, 20, "是", "", 1000),
)
NAMES = (
    ("0012", "芜湖江城汽车销售服务有限公司"),
    ("12", "合肥庐州名车有限公司"),
    ("D*3", "马鞍山采石汽贸有限责任公司"),
)


def reason(case: tuple[int, int, int, str, str, int]) -> str:
    quantity, pickups, _, counted, earlier, amount = case
    if amount:
        return ""
    if quantity < 10:
        return "标的量不足10台"
    if earlier:
        return f"{earlier}已奖励，每个项目只奖励一次"
    if counted == "否":
        return "信息未计入提报量（5.5）"
    return f"季度转化率未达40%（{pickups}/{quantity}）"


def dealer_projects() -> tuple[Project, ...]:
    return tuple(
        Project(
            code=NAMES[index % 3][0],
            unit=NAMES[index % 3][1],
            project=f"LX2026-{index + 1:04d}",
            lead=f"DKH202607-{index + 11:04d}",
            received=date(2026, 7, index + 1),
            reported=case[0],
            quantity=case[0],
            pickups=case[1],
            cumulative=case[2],
            counted=case[3],
            earlier=case[4],
            amount=case[5],
            clause="7.1.1",
            contracts=f"HT-2026-{index + 500:04d}",
            cross_dealer="跨店执行" if index == 4 else "",
            reason=reason(case),
            source=f"信息记录表_{index}.xlsx/大客户信息记录表!{index + 5}",
            restricted=index == 1,
        )
        for index, case in enumerate(DEALER_CASES)
    )


def dealers() -> DealerAssessment:
    projects = dealer_projects()
    corrections = (
        AmountCorrection("2026Q2", NAMES[1][1], "LX2026-0099", "项目奖励", 1000, 0, "合同登记更正"),
        AmountCorrection("2026Q1", NAMES[0][1], "LX2026-0003", "项目奖励", 0, 1000, "补报提车"),
    )
    rows = []
    for code, name in NAMES:
        own = [project.amount for project in projects if project.code == code]
        change = sum(item.after - item.before for item in corrections if item.unit == name)
        count = sum(amount > 0 for amount in own)
        rows.append(Dealer(code, name, f"{name}（户名）", count, sum(own), change))
    return DealerAssessment(
        quarter="2026Q3",
        generated=datetime(2026, 10, 8, 17, 31, 2),
        edition="DKHW080004 第四版",
        terms=TERMS,
        dealers=tuple(rows),
        projects=projects,
        corrections=corrections,
        clauses=CLAUSES,
        remarks=("九月合同登记已于2026-10-08收到，本表按此计算。",),
        flow=(Check("立项：本季应考核＝所列项目", 10, 10),),
    )


# counted leads against a target of 100 → reward of 7.2.1
COMPLETION_CASES = (
    (100, 0),
    (109, 0),
    (110, 200),
    (119, 200),
    (120, 400),
    (140, 800),
    (149, 800),
    (150, 1000),
    (200, 1000),
    (99, 0),
)


def departments() -> list[Department]:
    rows = [
        Department(
            code=f"B{index + 1:02d}",
            name=f"第{counted}部",
            leader="分管副总甲",
            targets=(40, 30, 30),
            counted=(counted - 60, 30, 30),
            completion=amount,
            projects=0,
            project_reward=0,
            correction=0,
            payable=amount,
        )
        for index, (counted, amount) in enumerate(COMPLETION_CASES)
    ]
    blank = replace(rows[0], completion=0, payable=0)
    rows += [
        replace(blank, code="B90", name="无目标部", targets=(None, 10, 10), counted=(9, 30, 30)),
        replace(blank, code="B91", name="零目标部", targets=(0, 0, 0), counted=(3, 0, 0)),
        replace(blank, code="B92", name="一月零部", targets=(0, 10, 10), counted=(2, 10, 9)),
    ]
    return rows


def department_projects() -> tuple[Project, ...]:
    base = dealer_projects()[0]
    six = [
        replace(
            base,
            code="B05",
            unit="第120部",
            project=f"LX2026-02{index:02d}",
            lead=f"DKH202608-02{index:02d}",
            amount=200,
            counted="不适用",
            clause="7.2.2",
            cross_dealer="",
        )
        for index in range(6)
    ]
    poor = replace(six[0], code="B01", unit="第100部", project="LX2026-0300", pickups=3, amount=0)
    return (*six, replace(poor, reason="季度转化率未达40%"))


def internal() -> InternalAssessment:
    corrections = (
        AmountCorrection("2026Q2", "第110部", "—", "信息提报完成率", 200, 400, "补计一条信息"),
    )
    rows = []
    for row in departments():
        if row.name == "第120部":
            row = replace(row, projects=6, project_reward=1000, payable=1400)
        if row.name == "第110部":
            row = replace(row, correction=200, payable=400)
        rows.append(row)
    return InternalAssessment(
        quarter="2026Q3",
        generated=datetime(2026, 10, 8, 17, 31, 2),
        edition="DKHW080004 第四版",
        terms=TERMS,
        months=("2026-07", "2026-08", "2026-09"),
        departments=tuple(rows),
        projects=department_projects(),
        penalties=(
            Penalty(
                K.SCREENING_OVERDUE,
                "孙工",
                "政府采购科",
                "DKH202608-0007",
                datetime(2026, 8, 6, 17, 30),
                datetime(2026, 8, 10, 9, 12),
                2,
                1,
                100,
                "转办时间 2026-08-04 09:12:00，反馈 2026-08-10 09:12:00",
            ),
            Penalty(
                K.EXPIRY_MISSING,
                "孙工",
                "政府采购科",
                "DKH202608-0007",
                datetime(2026, 8, 6, 17, 30),
                None,
                3,
                1,
                100,
                "甄别反馈表未注明到期日期",
            ),
            Penalty(
                K.LEAK, "王某", "租赁科", "XL2026-001", "—", "—", None, 1, 500, "登记表结论属实"
            ),
        ),
        black_marks=(
            BlackMark(
                "王某", "租赁科", "XL2024-003", date(2024, 3, 1), date(2024, 3, 9), 1, "2024Q1"
            ),
            BlackMark(
                "李某", "租赁科", "XL2025-001", date(2025, 5, 1), date(2025, 5, 9), 1, "2025Q2"
            ),
            BlackMark(
                "王某", "租赁科", "XL2025-004", date(2025, 8, 1), date(2025, 8, 9), 2, "2025Q3"
            ),
            BlackMark(
                "王某", "租赁科", "XL2026-001", date(2026, 7, 1), date(2026, 7, 9), 3, "2026Q3"
            ),
        ),
        corrections=corrections,
        alternatives=(
            Alternative(
                "quarter.rate",
                "7.2.1",
                "季度完成率如何计算",
                "三个月之和相除",
                "每月以目标为限",
                "全部部门",
                4600,
                0,
            ),
            Alternative(
                "dept.cap", "7.2.2", "上限是否分开", "各自封顶", "合并封顶", "第120部", 1400, 1000
            ),
        ),
        dealer_projects=3,
        dealer_reward=3000,
        dealer_correction=0,
        clauses=CLAUSES,
        remarks=("第90部缺少目标信息量，完成率不适用。",),
    )
