"""内部考核 for 综合管理部 (7.2, 7.3, 4.4.1): departments' rewards, proposed penalties, black marks.

Penalties are proposals for the approvers (4.3.3), never decisions. Nothing here names a customer.
"""

from __future__ import annotations

from collections.abc import Sequence

from processor.workbooks.assessment_allocation import TOTALS, allocation_sheet, change, payable
from processor.workbooks.assessment_data import InternalAssessment
from processor.workbooks.assessment_departments import (
    COMPLETION,
    PROJECTS,
    complete,
    completion_sheet,
    project_rewards_sheet,
    reward,
)
from processor.workbooks.assessment_parts import (
    CORRECTIONS,
    FINES,
    corrections_sheet,
    cover_sheet,
    cover_total,
    department_parameters,
    headline,
    names,
    parameters_sheet,
    quarter_words,
    title,
)
from processor.workbooks.assessment_penalties import (
    ALTERNATIVES,
    MARKS,
    PENALTIES,
    alternatives_sheet,
    approval_sheet,
    marks_sheet,
    penalties_sheet,
)
from processor.workbooks.assessment_projects import (
    departments_side,
    project_checks,
    projects_sheet,
    work,
)
from processor.workbooks.reporting import Check, Grid, checks_sheet, notes_sheet, overall
from processor.workbooks.sheets import Book, Formula, Link, Sheet


def plan(data: InternalAssessment) -> Book:
    """The workbook 内部考核 of a quarter; `data.trial` gives the 试算 variant."""

    def named(words: str) -> str:
        return title(words, data.quarter, data.trial)

    right = headline(data.generated, data.edition)
    side = departments_side(data.terms)
    completion = completion_sheet(data, heading=named("部门完成率"), right=right)
    detail = projects_sheet(
        data.projects, side, data.terms, data.clauses, heading=named("部门项目明细"), right=right
    )
    details = Grid.of(detail, side.table)
    projects = project_rewards_sheet(data, details, heading=named("部门项目奖"), right=right)
    corrections = corrections_sheet(data.corrections, heading=named("更正"))
    allocation = allocation_sheet(
        data,
        Grid.of(completion, COMPLETION),
        Grid.of(projects, PROJECTS),
        Grid.of(corrections, CORRECTIONS),
        heading=named("部门合计与分配"),
        right=right,
    )
    penalties = penalties_sheet(data, heading=named("处罚建议"), right=right)
    marks = marks_sheet(data, heading=named("诚信黑点"))
    alternatives = alternatives_sheet(data, heading=named("另一读法"), right=right)
    approval = approval_sheet(
        data, allocation, penalties, marks, heading=named("内外部考核报批单"), right=right
    )
    checks = checks_sheet(
        [
            *_checks(data, completion, projects, details, allocation, penalties, corrections),
            *_per_department(data, completion, projects, allocation),
            *project_checks(data.projects, side, data.terms, details),
            *_penalty_checks(data, penalties, marks, alternatives),
            *data.flow,
        ],
        title=named("校验"),
    )
    parameters = parameters_sheet(
        department_parameters(data.terms),
        data.terms,
        data.clauses,
        heading=named("参数"),
        edition=data.edition,
    )
    return Book(
        named("内部考核"),
        f"{quarter_words(data.quarter)}；规则版本 {data.edition}",
        data.generated,
        (
            _cover(data, projects, allocation, penalties, checks, right, named("内部考核")),
            completion,
            projects,
            detail,
            allocation,
            penalties,
            marks,
            corrections,
            alternatives,
            approval,
            parameters,
            notes_sheet(data.clauses, title=named("附注")),
            checks,
        ),
        names=names(parameters),
    )


def _cover(
    data: InternalAssessment,
    projects: Sheet,
    allocation: Sheet,
    penalties: Sheet,
    checks: Sheet,
    right: tuple[str, ...],
    heading: str,
) -> Sheet:
    totals = Grid.of(allocation, TOTALS)
    due = sum(payable(row, data) for row in data.departments)
    corrected = sum(change(row.name, data) for row in data.departments)
    fines = sum(item.times * data.terms.fines[item.rule] for item in data.penalties)
    return cover_sheet(
        heading,
        [
            ("考核季度", quarter_words(data.quarter), "—", f"含{'、'.join(data.months)}"),
            (
                "合格项目数",
                Formula(
                    f"=SUM({Grid.of(projects, PROJECTS).span('合格项目数')})",
                    sum(
                        reward(row.name, data.projects, data.terms).projects
                        for row in data.departments
                    ),
                ),
                "项",
                Link("部门项目奖", "部门项目奖", "A1"),
            ),
            (
                "奖励合计",
                Formula(f"=SUM({totals.span('应发')})-SUM({totals.span('更正')})", due - corrected),
                "元",
                Link("部门合计与分配", "部门合计与分配", "A1"),
            ),
            cover_total("更正合计", TOTALS, allocation, "更正", corrected),
        ],
        [
            (
                "处罚建议项数",
                Formula(
                    f"=SUM({Grid.of(penalties, PENALTIES).span('次数')})",
                    sum(item.times for item in data.penalties),
                ),
                "次",
                Link("处罚建议", "处罚建议", "A1"),
            ),
            cover_total("处罚建议合计", PENALTIES, penalties, "金额", fines),
            (
                "控制数：账本应付合计",
                sum(row.payable for row in data.departments),
                "元",
                "账本",
            ),
            (
                "控制数：账本处罚合计",
                sum(item.amount for item in data.penalties),
                "元",
                "账本",
            ),
        ],
        verdict=overall(checks),
        remarks=data.remarks,
        right=right,
        roles=("编制", "大客户部审核", "分管副总批准", "综合管理部签收"),
        addressee="送：综合管理部    处罚为建议，经报批后方可执行。",
    )


def _checks(
    data: InternalAssessment,
    completion: Sheet,
    projects: Sheet,
    details: Grid,
    allocation: Sheet,
    penalties: Sheet,
    corrections: Sheet,
) -> Sequence[Check]:
    """The sheets agree with each other, and in total with the record."""
    rates, rewards = Grid.of(completion, COMPLETION), Grid.of(projects, PROJECTS)
    totals, fines = Grid.of(allocation, TOTALS), Grid.of(penalties, PENALTIES)
    changed = Grid.of(corrections, CORRECTIONS)
    first = sum(complete(row, data.terms).amount for row in data.departments)
    made = [reward(row.name, data.projects, data.terms) for row in data.departments]
    earned = work(data.projects, departments_side(data.terms), data.terms)

    def total(grid: Grid, heading: str, value: int) -> Formula:
        return Formula(f"=SUM({grid.span(heading)})", value)

    return [
        Check(
            "完成率奖：部门合计＝部门完成率",
            total(totals, "完成率奖", first),
            total(rates, "封顶后奖励", first),
        ),
        Check(
            "项目奖：部门合计＝部门项目奖",
            total(totals, "项目奖", sum(item.amount for item in made)),
            total(rewards, "封顶后奖励", sum(item.amount for item in made)),
        ),
        Check(
            "项目奖（封顶前）：部门项目奖＝部门项目明细",
            total(rewards, "计算奖励", sum(item.computed for item in made)),
            total(details, "本季奖励", sum(item.amount for item in earned)),
        ),
        Check(
            "更正：部门合计＝更正",
            total(totals, "更正", sum(change(row.name, data) for row in data.departments)),
            total(changed, "差额", sum(item.after - item.before for item in data.corrections)),
        ),
        Check(
            "应付合计：部门合计＝账本控制数",
            total(totals, "应发", sum(payable(row, data) for row in data.departments)),
            sum(row.payable for row in data.departments),
        ),
        Check(
            "处罚合计：处罚建议＝账本控制数",
            total(
                fines,
                "金额",
                sum(item.times * data.terms.fines[item.rule] for item in data.penalties),
            ),
            sum(item.amount for item in data.penalties),
        ),
    ]


def _per_department(
    data: InternalAssessment, completion: Sheet, projects: Sheet, allocation: Sheet
) -> list[Check]:
    """Each department's three amounts against the record."""
    rates, rewards = Grid.of(completion, COMPLETION), Grid.of(projects, PROJECTS)
    totals = Grid.of(allocation, TOTALS)
    found = []
    for index, row in enumerate(data.departments):
        made = reward(row.name, data.projects, data.terms)
        for words, address, value, record in (
            (
                "完成率奖",
                rates.out("封顶后奖励", index),
                complete(row, data.terms).amount,
                row.completion,
            ),
            ("合格项目数", rewards.out("合格项目数", index), made.projects, row.projects),
            ("项目奖", rewards.out("封顶后奖励", index), made.amount, row.project_reward),
            ("应发", totals.out("应发", index), payable(row, data), row.payable),
        ):
            label = f"{row.name}{words}：公式＝账本"
            found.append(Check(label, Formula(f"={address}", value), record))
    return found


def _penalty_checks(
    data: InternalAssessment, penalties: Sheet, marks: Sheet, alternatives: Sheet
) -> list[Check]:
    """Each proposed penalty, black mark and alternative against the record."""
    fines, dots = Grid.of(penalties, PENALTIES), Grid.of(marks, MARKS)
    other = Grid.of(alternatives, ALTERNATIVES)
    found = [
        Check(
            f"处罚第{index + 1}行（{FINES[item.rule]}）：公式＝账本",
            Formula(f"={fines.out('金额', index)}", item.times * data.terms.fines[item.rule]),
            item.amount,
        )
        for index, item in enumerate(data.penalties)
    ]
    seen: dict[str, int] = {}
    for index, mark in enumerate(data.black_marks):
        seen[mark.person] = seen.get(mark.person, 0) + 1
        found.append(
            Check(
                f"{mark.person}诚信黑点（{mark.register}）：公式＝登记",
                Formula(f"={dots.out('累计黑点', index)}", seen[mark.person]),
                mark.total,
            )
        )
    gap = sum(item.then - item.now for item in data.alternatives)
    found.append(
        Check(
            "另一读法：差额＝另一读法金额－现行金额",
            Formula(f"=SUM({other.span('差额')})", gap),
            Formula(f"=SUM({other.span('另一读法金额')})-SUM({other.span('现行金额')})", gap),
        )
    )
    return found
