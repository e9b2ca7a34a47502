"""经销商奖励 for 财务计划部 (7.1.1, 4.5.1): one row per project, every amount a live formula.

The file holds no customer and no contact. A trial print (`trial`) says so on every sheet.
"""

from __future__ import annotations

from collections.abc import Sequence

from processor.workbooks.assessment_data import Dealer, DealerAssessment
from processor.workbooks.assessment_parts import (
    CORRECTIONS,
    corrections_sheet,
    cover_sheet,
    cover_total,
    dealer_parameters,
    headline,
    names,
    parameters_sheet,
    quarter_words,
    title,
)
from processor.workbooks.assessment_projects import (
    dealers_side,
    project_checks,
    projects_sheet,
    refused_sheet,
    work,
)
from processor.workbooks.reporting import Check, Grid, checks_sheet, notes_sheet, overall
from processor.workbooks.sheets import (
    SUM,
    Book,
    Chart,
    Column,
    Formula,
    Link,
    Notes,
    Sheet,
    Table,
    Value,
)
from processor.workbooks.style import Look

REWARDS = "经销商奖励表"


def plan(data: DealerAssessment) -> Book:
    """The workbook 经销商奖励 of a quarter; `data.trial` gives the 试算 variant."""

    def named(words: str) -> str:
        return title(words, data.quarter, data.trial)

    side = dealers_side(data.terms)
    right = headline(data.generated, data.edition)
    detail = projects_sheet(
        data.projects, side, data.terms, data.clauses, heading=named("项目明细"), right=right
    )
    corrections = corrections_sheet(data.corrections, heading=named("更正"))
    grid, changed = Grid.of(detail, side.table), Grid.of(corrections, CORRECTIONS)
    rewards = _rewards(data, grid, changed, heading=named("经销商奖励"), right=right)
    checks = checks_sheet(
        [
            *_checks(data, Grid.of(rewards, REWARDS), grid, changed),
            *project_checks(data.projects, side, data.terms, grid),
            *data.flow,
        ],
        title=named("校验"),
    )
    parameters = parameters_sheet(
        dealer_parameters(data.terms),
        data.terms,
        data.clauses,
        heading=named("参数"),
        edition=data.edition,
    )
    worked = work(data.projects, side, data.terms)
    reward = sum(made.amount for made in worked)
    correction = sum(item.after - item.before for item in data.corrections)
    cover = cover_sheet(
        named("大客户信息提报考核：经销商奖励"),
        [
            ("考核季度", quarter_words(data.quarter), "—", "提车与信息均按自然季度"),
            (
                "奖励项数",
                Formula(
                    f"=SUM({Grid.of(rewards, REWARDS).span('项目数')})",
                    sum(made.amount > 0 for made in worked),
                ),
                "项",
                Link("项目明细", "项目明细", "A1"),
            ),
            cover_total("奖励合计", REWARDS, rewards, "奖励金额", reward),
            cover_total("更正合计", CORRECTIONS, corrections, "差额", correction),
        ],
        [
            ("控制数：账本项数", sum(dealer.projects for dealer in data.dealers), "项", "账本"),
            (
                "控制数：账本金额",
                sum(dealer.reward + dealer.correction for dealer in data.dealers),
                "元",
                "账本",
            ),
        ],
        verdict=overall(checks),
        remarks=data.remarks,
        right=right,
        roles=("编制", "大客户部审核", "分管领导批准", "财务计划部签收"),
        addressee="送：财务计划部",
    )
    return Book(
        named("经销商奖励"),
        f"{quarter_words(data.quarter)}；规则版本 {data.edition}",
        data.generated,
        (
            cover,
            rewards,
            detail,
            refused_sheet(data.projects, side, data.clauses, heading=named("不予奖励")),
            corrections,
            parameters,
            notes_sheet(data.clauses, title=named("附注")),
            checks,
        ),
        names=names(parameters),
    )


def _rewards(
    data: DealerAssessment,
    detail: Grid,
    changed: Grid,
    *,
    heading: str,
    right: tuple[str, ...],
) -> Sheet:
    worked = work(data.projects, dealers_side(data.terms), data.terms)
    amounts: dict[str, list[int]] = {}
    for project, made in zip(data.projects, worked, strict=True):
        amounts.setdefault(project.code, []).append(made.amount)
    changes: dict[str, int] = {}
    for item in data.corrections:
        changes[item.unit] = changes.get(item.unit, 0) + item.after - item.before

    def row(index: int, dealer: Dealer, grid: Grid | None) -> dict[str, Value]:
        earned = amounts.get(dealer.code, [])
        change = changes.get(dealer.name, 0)
        values = {
            "项目数": sum(amount > 0 for amount in earned),
            "奖励金额": sum(earned),
            "合计": sum(earned) + change,
            "其中更正": change,
        }
        texts = _formulas(index, grid, detail, changed) if grid else {}
        return {
            "经销商编码": dealer.code,
            "经销商名称": _to_projects(data, dealer, detail),
            **{name: Formula(texts.get(name, "=0"), value) for name, value in values.items()},
            "收款户名": dealer.account,
        }

    def build(grid: Grid | None) -> Sheet:
        table = Table(
            REWARDS,
            (
                Column("经销商编码", Look.CODE, width=14),
                Column("经销商名称", width=38),
                Column("项目数", Look.COUNT, width=12, total=SUM),
                Column("奖励金额", Look.MONEY, width=14, total=SUM),
                Column("合计", Look.MONEY, width=14, total=SUM),
                Column("其中更正", Look.MONEY, width=14, total=SUM),
                Column("收款户名", width=38),
            ),
            [row(index, dealer, grid) for index, dealer in enumerate(data.dealers)],
            empty="本季度无应奖励或更正的经销商。",
        )
        notes = Notes(
            (
                "注：1. 项目数只计本季奖励的项目。2. 合计＝奖励金额＋更正。"
                "3. 点经销商名称可到项目明细，项目明细的依据可到附注原文。",
            )
        )
        chart = Chart(
            "bar",
            "各经销商应付金额（元）",
            REWARDS,
            "经销商名称",
            ("合计",),
            f"条形图：{quarter_words(data.quarter)}各经销商应付金额。",
        )
        parts = (table, notes, chart) if data.dealers else (table, notes)
        return Sheet("经销商奖励", heading, parts, right=right, freeze_columns=2)

    return build(Grid.of(build(None), REWARDS))


def _formulas(index: int, grid: Grid, detail: Grid, changed: Grid) -> dict[str, str]:
    # SUMPRODUCT compares exactly: SUMIFS would read a code like 0012 as a number, * as a wildcard
    mine = f"({detail.span('经销商编码')}={grid.at('经销商编码', index)})"
    named = f"({changed.span('提报单位')}={grid.at('经销商名称', index)})"
    paid = detail.span("本季奖励")
    return {
        "项目数": f"=SUMPRODUCT({mine}*({paid}>0))",
        "奖励金额": f"=SUMPRODUCT({mine}*1,{paid})",
        "其中更正": f"=SUMPRODUCT({named}*1,{changed.span('差额')})",
        "合计": f"={grid.at('奖励金额', index)}+{grid.at('其中更正', index)}",
    }


def _to_projects(data: DealerAssessment, dealer: Dealer, detail: Grid) -> Link | str:
    """The dealer's name, leading to its first project."""
    for index, project in enumerate(data.projects):
        if project.code == dealer.code:
            return Link(dealer.name, "项目明细", detail.at("立项编号", index))
    return dealer.name


def _checks(data: DealerAssessment, rewards: Grid, detail: Grid, changed: Grid) -> Sequence[Check]:
    worked = work(data.projects, dealers_side(data.terms), data.terms)
    reward = sum(made.amount for made in worked)
    count = sum(made.amount > 0 for made in worked)
    correction = sum(item.after - item.before for item in data.corrections)
    known = {dealer.code: index for index, dealer in enumerate(data.dealers)}
    shown = [made.amount for p, made in zip(data.projects, worked, strict=True) if p.code in known]
    listed = {dealer.name for dealer in data.dealers}
    changed_here = sum(i.after - i.before for i in data.corrections if i.unit in listed)
    found = [
        Check(
            "奖励金额：经销商奖励＝项目明细",
            Formula(f"=SUM({rewards.span('奖励金额')})", sum(shown)),
            Formula(f"=SUM({detail.span('本季奖励')})", reward),
        ),
        Check(
            "项目数：经销商奖励＝项目明细",
            Formula(f"=SUM({rewards.span('项目数')})", sum(amount > 0 for amount in shown)),
            Formula(f"=SUMPRODUCT(({detail.span('本季奖励')}>0)*1)", count),
        ),
        Check(
            "更正：经销商奖励＝更正",
            Formula(f"=SUM({rewards.span('其中更正')})", changed_here),
            Formula(f"=SUM({changed.span('差额')})", correction),
        ),
        Check(
            "应付合计：经销商奖励＝奖励＋更正",
            Formula(f"=SUM({rewards.span('合计')})", sum(shown) + changed_here),
            Formula(
                f"=SUM({detail.span('本季奖励')})+SUM({changed.span('差额')})", reward + correction
            ),
        ),
    ]
    found.append(
        Check(
            "应付合计：经销商奖励＝账本控制数",
            Formula(f"=SUM({rewards.span('合计')})", sum(shown) + changed_here),
            sum(dealer.reward + dealer.correction for dealer in data.dealers),
        )
    )
    earned = {dealer.code: 0 for dealer in data.dealers}
    for project, made in zip(data.projects, worked, strict=True):
        earned[project.code] = earned.get(project.code, 0) + made.amount
    change = dict.fromkeys(listed, 0)
    for item in data.corrections:
        change[item.unit] = change.get(item.unit, 0) + item.after - item.before
    for dealer in data.dealers:
        at = known[dealer.code]
        found.append(
            Check(
                f"{dealer.name}合计：公式＝账本",
                Formula(f"={rewards.out('合计', at)}", earned[dealer.code] + change[dealer.name]),
                dealer.reward + dealer.correction,
            )
        )
    return found
