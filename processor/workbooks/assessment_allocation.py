"""部门合计与分配 (7.2.3): what each department gets, and who of it gets how much.

The leader in charge fills the 分配表; 合计校验 says 相符 only when the shares add up to the amount.
"""

from __future__ import annotations

from processor.model import RuleKey
from processor.workbooks.assessment_data import Department, InternalAssessment
from processor.workbooks.assessment_departments import complete, reward
from processor.workbooks.reporting import Grid
from processor.workbooks.sheets import SUM, Chart, Column, Formula, Notes, Sheet, Table, Value
from processor.workbooks.style import Look

TOTALS, SHARES = "部门合计表", "分配表"
SHARE_ROWS = 4  # lines to fill for each department that gets money
AGREES, TO_DO, DIFFERS = "相符", "待分配", "不符"


def payable(row: Department, data: InternalAssessment) -> int:
    """完成率奖 + 项目奖 (capped together where the reading says so) + 更正, in whole yuan."""
    both = complete(row, data.terms).amount + reward(row.name, data.projects, data.terms).amount
    if data.terms.shared_cap:
        both = min(both, data.terms.project_cap)
    return both + change(row.name, data)


def change(name: str, data: InternalAssessment) -> int:
    """The department's corrections of earlier quarters."""
    return sum(item.after - item.before for item in data.corrections if item.unit == name)


def allocation_sheet(
    data: InternalAssessment,
    completion: Grid,
    projects: Grid,
    changed: Grid,
    *,
    heading: str,
    right: tuple[str, ...],
) -> Sheet:
    """③ 部门合计与分配."""
    number = data.terms.clauses[RuleKey.DEPARTMENT_ALLOCATION]

    def row(
        index: int, item: Department, grid: Grid | None, shares: Grid | None
    ) -> dict[str, Value]:
        due = payable(item, data)
        values: dict[str, int | str] = {
            "完成率奖": complete(item, data.terms).amount,
            "项目奖": reward(item.name, data.projects, data.terms).amount,
            "更正": change(item.name, data),
            "应发": due,
            "分配明细": 0,
            "合计校验": TO_DO if due else AGREES,
        }
        texts = {}
        if grid and shares:
            texts = _formulas(index, grid, shares, completion, projects, changed)
        return {
            "部门": item.name,
            "分配人": item.leader,
            **{name: Formula(texts.get(name, "=0"), value) for name, value in values.items()},
        }

    def build(grid: Grid | None, shares: Grid | None) -> Sheet:
        table = Table(
            TOTALS,
            (
                Column("部门", width=30),
                Column("完成率奖", Look.MONEY, width=18, total=SUM),
                Column("项目奖", Look.MONEY, width=18, total=SUM),
                Column("更正", Look.MONEY, width=18, total=SUM),
                Column("应发", Look.MONEY, width=18, total=SUM),
                Column("分配人", Look.CENTER, width=20),
                Column("分配明细", Look.MONEY, width=18, total=SUM),
                Column("合计校验", Look.CENTER, width=18),
            ),
            [row(index, item, grid, shares) for index, item in enumerate(data.departments)],
            empty="本季度无应考核的部门。",
        )
        notes = Notes(
            (
                "注：1. 应发＝完成率奖＋项目奖＋更正。2. 「分配明细」为下方分配表中本部门金额之和，"
                f"与应发一致时「合计校验」显示相符。3. 由分管副总分配（第{number}条）。",
            )
        )
        chart = Chart(
            "stacked_bar",
            "各部门奖励构成（元）",
            TOTALS,
            "部门",
            ("完成率奖", "项目奖"),
            "堆叠条形图：各部门的完成率奖与项目奖，不含更正。",
        )
        drawn = (chart,) if data.departments else ()
        parts = (table, notes, *drawn, _shares(data))
        return Sheet("部门合计与分配", heading, parts, right=right)

    draft = build(None, None)
    return build(Grid.of(draft, TOTALS), Grid.of(draft, SHARES))


def _formulas(
    index: int, grid: Grid, shares: Grid, completion: Grid, projects: Grid, changed: Grid
) -> dict[str, str]:
    mine = grid.at("部门", index)

    def pick(source: Grid, key: str, heading: str) -> str:
        return f"=SUMPRODUCT(({source.span(key)}={mine})*1,{source.span(heading)})"

    one, two = grid.at("完成率奖", index), grid.at("项目奖", index)
    due, given = grid.at("应发", index), grid.at("分配明细", index)
    return {
        "完成率奖": pick(completion, "部门", "封顶后奖励"),
        "项目奖": pick(projects, "部门", "封顶后奖励"),
        "更正": pick(changed, "提报单位", "差额"),
        "应发": f'=IF(两项合并封顶="是",MIN({one}+{two},项目奖封顶),{one}+{two})'
        f"+{grid.at('更正', index)}",
        "分配明细": pick(shares, "分配部门", "分配金额"),
        "合计校验": f'=IF({given}={due},"{AGREES}",IF({given}=0,"{TO_DO}","{DIFFERS}"))',
    }


def _shares(data: InternalAssessment) -> Table:
    """Lines to fill in, four for each department that gets money."""
    rows: list[dict[str, Value]] = [
        {"分配部门": item.name}
        for item in data.departments
        if payable(item, data) > 0
        for _ in range(SHARE_ROWS)
    ]
    return Table(
        SHARES,
        (
            Column("分配部门", editable=True),
            Column("姓名", editable=True),
            Column("分配金额", Look.COUNT, editable=True, total=SUM, hint="整数，单位：元。"),
            Column("签收", editable=True),
        ),
        rows or [{} for _ in range(SHARE_ROWS)],
        title="分配表（由分管副总填写）",
        filter=False,
        new_page=bool(data.departments),
    )
