"""处罚建议, 诚信黑点, 另一读法, 报批单: what people decide on in the internal assessment."""

from __future__ import annotations

from processor.model import RuleKey
from processor.workbooks.assessment_allocation import TOTALS, change, payable
from processor.workbooks.assessment_data import BlackMark, InternalAssessment, Penalty
from processor.workbooks.assessment_departments import complete, reward
from processor.workbooks.assessment_parts import FINES, signatures
from processor.workbooks.reporting import Grid, clause_link
from processor.workbooks.sheets import SUM, Cell, Column, Formula, Notes, Plain, Sheet, Table, Value
from processor.workbooks.style import Look, Tone

PENALTIES, MARKS, ALTERNATIVES, APPROVAL = "处罚建议表", "诚信黑点表", "另一读法表", "报批表"
ADVICE = "建议辞退，待公司决定"
DISPOSALS = ("同意", "减免", "不予处罚", "待查")


def approval(data: InternalAssessment) -> str:
    """The clause behind the approval, in brackets."""
    number = data.terms.clauses[RuleKey.APPROVAL]
    return f"（第{number}条）" if number else ""


def penalties_sheet(data: InternalAssessment, *, heading: str, right: tuple[str, ...]) -> Sheet:
    """④ 处罚建议: amount = times × the clause's fine; the last three columns are people's."""

    def row(index: int, item: Penalty, grid: Grid | None) -> dict[str, Value]:
        amount = item.times * data.terms.fines[item.rule]
        text = f"={grid.at('次数', index)}*{FINES[item.rule]}" if grid else "=0"
        return {
            "条款": clause_link(data.terms.clauses[item.rule], data.clauses),
            "责任人": item.person,
            "科室": item.section,
            "事项": item.matter,
            "应完成": item.due,
            "实际": item.actual or "未完成",
            "逾期工作日": item.late,
            "次数": item.times,
            "金额": Formula(text, amount),
            "证据": item.evidence,
        }

    def build(grid: Grid | None) -> Sheet:
        table = Table(
            PENALTIES,
            (
                Column("条款", Look.CENTER, width=10),
                Column("责任人", Look.CENTER, width=11),
                Column("科室", width=17),
                Column("事项", width=19),
                Column("应完成", Look.CENTER, width=18),
                Column("实际", Look.CENTER, width=18),
                Column("逾期工作日", Look.COUNT, width=8.6),
                Column("次数", Look.COUNT, width=8, total=SUM),
                Column("金额", Look.MONEY, width=9, total=SUM),
                Column("证据", width=34),
                Column("本人申诉", width=20, editable=True),
                Column("处理方式", Look.CENTER, width=12, editable=True, choices=DISPOSALS),
                Column("审批", width=14, editable=True),
            ),
            [row(index, item, grid) for index, item in enumerate(data.penalties)],
            empty="本季度无处罚建议。",
        )
        notes = Notes(
            (
                f"注：1. 本表为考核建议，须听取本人申诉并经报批后执行{approval(data)}。"
                "2. 期限暂定（调休未公布）的不列入。3. 金额＝次数×该条款每次金额（见「参数」）。",
            )
        )
        return Sheet("处罚建议", heading, (table, notes), right=right, freeze_columns=2)

    return build(Grid.of(build(None), PENALTIES))


def marks_sheet(data: InternalAssessment, *, heading: str) -> Sheet:
    """⑤ 诚信黑点: every confirmed leak by an insider, of all time; advice from the limit on."""
    totals: list[int] = []
    seen: dict[str, int] = {}
    for mark in data.black_marks:
        seen[mark.person] = seen.get(mark.person, 0) + 1
        totals.append(seen[mark.person])

    def row(index: int, mark: BlackMark, grid: Grid | None) -> dict[str, Value]:
        reached = totals[index] >= data.terms.marks
        total, advice = "=0", "=0"
        if grid:
            letter, points = grid.letter("责任人"), grid.letter("本次黑点")
            first, at = grid.first, grid.first + index
            total = (
                f"=SUMPRODUCT((${letter}${first}:${letter}{at}={letter}{at})*1,"
                f"${points}${first}:${points}{at})"
            )
            advice = f'=IF({grid.at("累计黑点", index)}>=辞退建议黑点数,"{ADVICE}","—")'
        return {
            "责任人": mark.person,
            "科室": mark.section,
            "登记编号": mark.register,
            "季度": mark.quarter,
            "发现日期": mark.found,
            "结论日期": mark.concluded,
            "本次黑点": 1,
            "累计黑点": Formula(total, totals[index]),
            "建议": Cell(
                Formula(advice, ADVICE if reached else "—"), Tone.WARN if reached else Tone.NONE
            ),
            "事由": mark.matter,
        }

    def build(grid: Grid | None) -> Sheet:
        table = Table(
            MARKS,
            (
                Column("责任人", Look.CENTER, width=14),
                Column("科室", width=20),
                Column("登记编号", Look.CODE, width=16),
                Column("季度", Look.CENTER, width=11),
                Column("发现日期", Look.DATE, width=13),
                Column("结论日期", Look.DATE, width=13),
                Column("本次黑点", Look.COUNT, width=11, total=SUM),
                Column("累计黑点", Look.COUNT, width=11),
                Column("建议", width=26),
                Column("事由", width=30),
            ),
            [row(index, mark, grid) for index, mark in enumerate(data.black_marks)],
            empty="无诚信黑点记录。",
        )
        left = ("只列经查属实、由大客户部内部人员造成的泄漏；长期累计，不清零。",)
        return Sheet("诚信黑点", heading, (table,), left=left, right=("单位：个",))

    return build(Grid.of(build(None), MARKS))


def alternatives_sheet(data: InternalAssessment, *, heading: str, right: tuple[str, ...]) -> Sheet:
    """⑥ 另一读法: what each other reading would pay, before anyone signs."""

    def build(grid: Grid | None) -> Sheet:
        rows: list[dict[str, Value]] = []
        for index, item in enumerate(data.alternatives):
            text = (
                f"={grid.at('另一读法金额', index)}-{grid.at('现行金额', index)}" if grid else "=0"
            )
            rows.append(
                {
                    "条款": clause_link(item.clause, data.clauses),
                    "问题": item.question,
                    "现行读法": item.current,
                    "另一读法": item.other,
                    "单位": item.unit,
                    "现行金额": item.now,
                    "另一读法金额": item.then,
                    "差额": Formula(text, item.then - item.now),
                    "读法开关": item.switch,
                    "备注": item.remark,
                }
            )
        table = Table(
            ALTERNATIVES,
            (
                Column("条款", Look.CENTER, width=10),
                Column("问题", width=30),
                Column("现行读法", width=30),
                Column("另一读法", width=30),
                Column("单位", width=24),
                Column("现行金额", Look.MONEY, width=12),
                Column("另一读法金额", Look.MONEY, width=12),
                Column("差额", Look.MONEY, width=11),
                Column("读法开关", width=18),
                Column("备注", width=22),
            ),
            rows,
            empty="本季度无因读法不同而不同的金额。",
        )
        left = ("条文有不同读法的，逐项列出另一读法下的金额，供报批时参考；各行互不相加。",)
        return Sheet("另一读法", heading, (table,), left=left, right=right)

    return build(Grid.of(build(None), ALTERNATIVES))


def approval_sheet(
    data: InternalAssessment,
    allocation: Sheet,
    penalties: Sheet,
    marks: Sheet,
    *,
    heading: str,
    right: tuple[str, ...],
) -> Sheet:
    """⑦ 报批单 (4.3.3): the quarter on one page, with the dealers' totals of the other workbook."""
    totals, fines, dots = (
        Grid.of(allocation, TOTALS),
        Grid.of(penalties, PENALTIES),
        Grid.of(marks, MARKS),
    )

    def total(grid: Grid, name: str, value: int) -> Formula:
        return Formula(f"=SUM({grid.span(name)})", value)

    def over(grid: Grid, name: str, value: int) -> Formula:
        return Formula(f"=SUMPRODUCT(({grid.span(name)}>0)*1)", value)

    terms, rows = data.terms, data.departments
    first = [complete(row, terms).amount for row in rows]
    second = [reward(row.name, data.projects, terms).amount for row in rows]
    changes = [change(row.name, data) for row in rows]
    due = [payable(row, data) for row in rows]
    penalty = [item.times * terms.fines[item.rule] for item in data.penalties]
    here = [mark for mark in data.black_marks if mark.quarter == data.quarter]
    quarters = f'=SUMPRODUCT(({dots.span("季度")}="{data.quarter}")*1)'
    finance, office = "财务计划部", "综合管理部"
    dealer, leak = RuleKey.DEALER_PROJECT_REWARD, RuleKey.LEAK
    lines: list[tuple[str, Plain, Plain, str, RuleKey | None]] = [
        ("经销商项目奖励", data.dealer_projects, data.dealer_reward, finance, dealer),
        ("经销商更正", None, data.dealer_correction, finance, dealer),
        (
            "部门信息提报完成率奖",
            over(totals, "完成率奖", sum(value > 0 for value in first)),
            total(totals, "完成率奖", sum(first)),
            office,
            RuleKey.DEPARTMENT_COMPLETION_REWARD,
        ),
        (
            "部门项目奖",
            over(totals, "项目奖", sum(value > 0 for value in second)),
            total(totals, "项目奖", sum(second)),
            office,
            RuleKey.DEPARTMENT_PROJECT_REWARD,
        ),
        ("部门更正", None, total(totals, "更正", sum(changes)), office, None),
        (
            "部门应发合计",
            over(totals, "应发", sum(value > 0 for value in due)),
            total(totals, "应发", sum(due)),
            office,
            RuleKey.DEPARTMENT_ALLOCATION,
        ),
        (
            "处罚建议",
            total(fines, "次数", sum(item.times for item in data.penalties)),
            total(fines, "金额", sum(penalty)),
            office,
            None,
        ),
        ("本季诚信黑点", Formula(quarters, len(here)), None, office, leak),
    ]
    table = Table(
        APPROVAL,
        (
            Column("事项", width=34),
            Column("项数", Look.COUNT, width=22),
            Column("金额", Look.MONEY, width=26),
            Column("兑现部门", Look.CENTER, width=26),
            Column("依据", Look.CENTER, width=14),
        ),
        [
            {
                "事项": what,
                "项数": count,
                "金额": amount,
                "兑现部门": where_paid,
                "依据": clause_link(terms.clauses[rule], data.clauses) if rule else "见明细",
            }
            for what, count, amount, where_paid, rule in lines
        ],
        filter=False,
    )
    notes = Notes(
        (
            "注：1. 经销商两行取自同季《经销商奖励》，其余为公式，取自本工作簿。"
            "2. 两项合并封顶时，应发合计小于各项之和。3. 处罚为建议，批准后执行。",
        )
    )
    sign = signatures("编制", "大客户部负责人", "综合管理部意见", "财务计划部意见", "分管副总批示")
    return Sheet(
        "报批单",
        heading,
        (table, notes, sign),
        left=(f"内外部考核汇总报批{approval(data)}。",),
        right=right,
        legend="淡黄色单元格签字或填写意见。",
        freeze_columns=0,
    )
