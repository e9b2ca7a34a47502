"""部门完成率, 部门项目奖: the departments' money as live formulas (7.2.1, 7.2.2).

The same arithmetic stands as Excel formulas and, in whole numbers, for the cached values; 校验
holds both against the amounts of the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from processor.workbooks.assessment_data import Department, InternalAssessment, Project, Terms
from processor.workbooks.assessment_projects import NONE, departments_side, work
from processor.workbooks.reporting import Grid
from processor.workbooks.sheets import SUM, Chart, Column, Formula, Notes, Sheet, Table, Value
from processor.workbooks.style import Look

COMPLETION, PROJECTS = "部门完成率表", "部门项目奖表"
RATE_WORDS = {"sum": "三个月之和相除", "mean": "三个月完成率的平均数", "capped": "每月以目标为限"}


@dataclass(frozen=True, slots=True)
class Completed:
    """What the formulas of a department's row come to; `part` ÷ `whole` decides."""

    target: int | None  # None: 不适用
    counted: int
    part: int
    whole: int
    steps: int | None
    computed: int
    amount: int
    mean: Fraction | None
    capped: Fraction | None


def complete(row: Department, terms: Terms) -> Completed:
    """7.2.1 in whole numbers: whole steps above 100 %, capped; no target, no reward."""
    given = [target for target in row.targets if target is not None]
    target = sum(given) if len(given) == len(row.targets) else None
    counted = sum(row.counted)
    mean = capped = None
    part, whole = counted, target or 0
    if target:
        limited = sum(map(min, row.counted, given))
        capped = Fraction(limited, target)
        bottom = prod(given)
        top = (
            sum(count * bottom // goal for count, goal in zip(row.counted, given, strict=True))
            if bottom
            else 0
        )
        mean = Fraction(top, bottom * len(given)) if bottom else None
        if terms.rate == "mean":
            part, whole = top, bottom * len(given)
        elif terms.rate == "capped":
            part = limited
    steps = max(0, (part - whole) * 100 // (whole * terms.step)) if whole else None
    computed = (steps or 0) * terms.step_amount
    return Completed(
        target=target,
        counted=counted,
        part=part,
        whole=whole,
        steps=steps,
        computed=computed,
        amount=min(computed, terms.completion_cap),
        mean=mean,
        capped=capped,
    )


def completion_sheet(data: InternalAssessment, *, heading: str, right: tuple[str, ...]) -> Sheet:
    """① 部门完成率."""
    worked = [complete(row, data.terms) for row in data.departments]

    def build(grid: Grid | None) -> Sheet:
        rows = [
            _completion_row(index, row, made, data.terms, grid)
            for index, (row, made) in enumerate(zip(data.departments, worked, strict=True))
        ]
        money = Look.MONEY
        columns = (
            Column("部门", width=24),
            *(
                Column(f"第{month}月{what}", Look.COUNT, width=9.6, total=SUM)
                for month in (1, 2, 3)
                for what in ("目标", "计入")
            ),
            Column("季度目标", Look.COUNT, width=10, total=SUM),
            Column("季度计入", Look.COUNT, width=10, total=SUM),
            Column("完成率", Look.FINE_RATE, width=10.5),
            Column("超出百分点", Look.DECIMAL, width=11),
            Column("整10点步数", Look.COUNT, width=11),
            Column("计算奖励", money, width=10.5, total=SUM),
            Column("封顶后奖励", money, width=11, total=SUM),
            Column("月均法完成率", Look.FINE_RATE, width=11),
            Column("封顶法完成率", Look.FINE_RATE, width=11),
        )
        table = Table(COMPLETION, columns, rows, empty="本季度无应考核的部门。")
        notes = Notes(
            (
                f"注：1. 第1、2、3月为{'、'.join(data.months)}。"
                f"2. 完成率的现行读法：{RATE_WORDS[data.terms.rate]}。"
                "3. 月均法、封顶法完成率仅供参考。4. 目标缺失或为0的，完成率不适用，不予奖励。"
                "5. 步数按整数相除取整，不作四舍五入。",
            )
        )
        chart = Chart(
            "bar",
            "各部门季度信息提报完成率（%）",
            COMPLETION,
            "部门",
            ("完成率",),
            "条形图：各部门季度计入提报量占季度目标的比例。",
            percent=True,
        )
        parts = (table, notes, chart) if data.departments else (table, notes)
        return Sheet("部门完成率", heading, parts, right=right)

    return build(Grid.of(build(None), COMPLETION))


def _completion_row(
    index: int, row: Department, made: Completed, terms: Terms, grid: Grid | None
) -> dict[str, Value]:
    found: dict[str, Value] = {"部门": row.name}
    for month, (target, counted) in enumerate(zip(row.targets, row.counted, strict=True), start=1):
        found[f"第{month}月目标"], found[f"第{month}月计入"] = target, counted
    texts = _completion_formulas(index, terms, grid) if grid else {}
    over = Fraction(max(0, made.part - made.whole) * 100, made.whole) if made.whole else NONE
    values: dict[str, int | str | Fraction] = {
        "季度目标": NONE if made.target is None else made.target,
        "季度计入": made.counted,
        "完成率": Fraction(made.part, made.whole) if made.whole else NONE,
        "超出百分点": over,
        "整10点步数": NONE if made.steps is None else made.steps,
        "计算奖励": made.computed,
        "封顶后奖励": made.amount,
        "月均法完成率": NONE if made.mean is None else made.mean,
        "封顶法完成率": NONE if made.capped is None else made.capped,
    }
    return found | {name: Formula(texts.get(name, "=0"), value) for name, value in values.items()}


def _completion_formulas(index: int, terms: Terms, grid: Grid) -> dict[str, str]:
    """Whole numbers are divided only once, last: INT never sees 1.9999… for 2."""

    def at(heading: str) -> str:
        return grid.at(heading, index)

    goals = [at(f"第{month}月目标") for month in (1, 2, 3)]
    counts = [at(f"第{month}月计入") for month in (1, 2, 3)]
    target, counted = at("季度目标"), at("季度计入")
    given = ",".join(f"ISNUMBER({goal})" for goal in goals)
    limited = "+".join(f"MIN(N({goal}),{count})" for goal, count in zip(goals, counts, strict=True))
    rates = ",".join(f"{count}/{goal}" for goal, count in zip(goals, counts, strict=True))
    positive = ",".join(f"N({goal})>0" for goal in goals)
    bottom = f"COUNT({','.join(goals)})*{'*'.join(goals)}"
    others = [[goal for goal in goals if goal != mine] for mine in goals]
    top = "+".join("*".join([count, *rest]) for count, rest in zip(counts, others, strict=True))
    part, whole, fits = {
        "sum": (counted, target, f"N({target})>0"),
        "mean": (f"({top})", f"({bottom})", f"AND({positive})"),
        "capped": (f"({limited})", target, f"N({target})>0"),
    }[terms.rate]
    steps = at("整10点步数")
    return {
        "季度目标": f'=IF(AND({given}),{"+".join(goals)},"{NONE}")',
        "季度计入": f"={'+'.join(counts)}",
        "完成率": f'=IF({fits},{part}/{whole},"{NONE}")',
        "超出百分点": f'=IF({fits},MAX(0,({part}-{whole})*百分基数/{whole}),"{NONE}")',
        "整10点步数": f"=IF({fits},MAX(0,INT(({part}*百分基数-{whole}*百分基数)"
        f'/({whole}*步长百分点))),"{NONE}")',
        "计算奖励": f"=N({steps})*每步奖励",
        "封顶后奖励": f"=MIN({at('计算奖励')},完成率奖封顶)",
        "月均法完成率": f'=IF(AND({positive}),AVERAGE({rates}),"{NONE}")',
        "封顶法完成率": f'=IF(N({target})>0,({limited})/{target},"{NONE}")',
    }


@dataclass(frozen=True, slots=True)
class Rewarded:
    """7.2.2 for one department."""

    projects: int
    computed: int
    amount: int


def reward(name: str, projects: Sequence[Project], terms: Terms) -> Rewarded:
    """Projects that earn, their money before and after the cap."""
    worked = work(projects, departments_side(terms), terms)
    own = [made.amount for p, made in zip(projects, worked, strict=True) if p.unit == name]
    computed = sum(own)
    return Rewarded(sum(amount > 0 for amount in own), computed, min(computed, terms.project_cap))


def project_rewards_sheet(
    data: InternalAssessment, detail: Grid, *, heading: str, right: tuple[str, ...]
) -> Sheet:
    """② 部门项目奖."""

    def row(index: int, name: str, grid: Grid | None) -> dict[str, Value]:
        made = reward(name, data.projects, data.terms)
        texts = {}
        if grid:
            mine = f"({detail.span('部门')}={grid.at('部门', index)})"
            paid = detail.span("本季奖励")
            texts = {
                "合格项目数": f"=SUMPRODUCT({mine}*({paid}>0))",
                "计算奖励": f"=SUMPRODUCT({mine}*1,{paid})",
                "封顶后奖励": f"=MIN({grid.at('计算奖励', index)},项目奖封顶)",
            }
        return {
            "部门": name,
            "合格项目数": Formula(texts.get("合格项目数", "=0"), made.projects),
            "计算奖励": Formula(texts.get("计算奖励", "=0"), made.computed),
            "封顶后奖励": Formula(texts.get("封顶后奖励", "=0"), made.amount),
        }

    def build(grid: Grid | None) -> Sheet:
        table = Table(
            PROJECTS,
            (
                Column("部门", width=36),
                Column("合格项目数", Look.COUNT, width=16, total=SUM),
                Column("计算奖励", Look.MONEY, width=16, total=SUM),
                Column("封顶后奖励", Look.MONEY, width=16, total=SUM),
            ),
            [row(index, item.name, grid) for index, item in enumerate(data.departments)],
            empty="本季度无应考核的部门。",
        )
        note = Notes(("注：超过封顶的合格项目同样视为已奖励，以后季度不再奖励。",))
        return Sheet("部门项目奖", heading, (table, note), right=right)

    return build(Grid.of(build(None), PROJECTS))
