"""The bulletin's sheets behind the first: reasons, late, finals, corrections, zero reports."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from processor.workbooks.bulletin_data import BulletinData
from processor.workbooks.reporting import Grid, clause_link
from processor.workbooks.sheets import SUM, Cell, Chart, Column, Formula, Sheet, Table, Value
from processor.workbooks.style import Look, Tone


def span(data: BulletinData) -> str:
    """The window of the issue, to the second, its ends said in words."""
    return f"统计区间：{data.window_from}（不含）至 {data.window_to}（含）"


def rate_formula(
    grid: Grid | None, row: int, counted: int, target: int | None, heading: str = "本月目标"
) -> Value:
    """Completion as a live division; — where there is no target. Green from 100 % on."""
    if grid is None:
        return Fraction(counted, target) if target else None
    goal = grid.at(heading, row)
    text = f'=IF(N({goal})>0,{grid.at("计入提报量", row)}/{goal},"—")'
    value = Fraction(counted, target) if target else "—"
    reached = bool(target) and counted >= (target or 0)
    return Cell(Formula(text, value), Tone.GOOD if reached else Tone.NONE)


def rate_total(grid: Grid, rows: Sequence[tuple[int, int | None]], heading: str) -> Formula:
    """Completion of all departments that have a target."""
    goals, counted = grid.span(heading), grid.span("计入提报量")
    target = sum(goal or 0 for _, goal in rows)
    done = sum(count for count, goal in rows if goal)
    return Formula(
        f'=IF(SUM({goals})>0,SUMIF({goals},">0",{counted})/SUM({goals}),"—")',
        Fraction(done, target) if target else "—",
    )


def reasons_sheet(data: BulletinData) -> Sheet:
    total = sum(reason.period for reason in data.reasons)

    def build(grid: Grid | None) -> Sheet:
        rows: list[dict[str, Value]] = []
        for index, reason in enumerate(data.reasons):
            share: Value = Fraction(reason.period, total) if total else None
            if grid:
                whole = f"SUM({grid.span('本期条数')})"
                share = Formula(
                    f'=IF({whole}>0,{grid.at("本期条数", index)}/{whole},"—")',
                    Fraction(reason.period, total) if total else "—",
                )
            rows.append(
                {
                    "无效原因": reason.reason,
                    "依据条款": clause_link(reason.clause, data.clauses),
                    "本期条数": reason.period,
                    "本月条数": reason.month,
                    "本期占比": share,
                }
            )
        table = Table(
            "无效原因表",
            (
                Column("无效原因", width=44),
                Column("依据条款", Look.CENTER, width=12),
                Column("本期条数", Look.COUNT, total=SUM, width=12),
                Column("本月条数", Look.COUNT, total=SUM, width=12),
                Column("本期占比", Look.RATE, width=12),
            ),
            rows,
            empty="本期无无效信息。",
        )
        chart = Chart(
            "bar",
            "本期无效信息原因（条）",
            "无效原因表",
            "无效原因",
            ("本期条数",),
            f"条形图：{data.label}期无效信息按原因的条数。",
        )
        parts = (table, chart) if data.reasons else (table,)
        return Sheet(
            "无效原因",
            f"无效原因分布（{data.label}）",
            parts,
            left=(span(data), "无效含重复；不予接收不在其内。"),
            right=("单位：条",),
        )

    return build(Grid.of(build(None), "无效原因表"))


def late_sheet(data: BulletinData) -> Sheet:
    rows: list[dict[str, Value]] = [
        {
            "提报单位": late.unit,
            "类型": late.kind.value,
            "信息总量": late.counts.total,
            "有效": late.counts.valid,
            "无效": late.counts.invalid,
            "重复": late.counts.duplicate,
            "待甄别": late.counts.pending,
            "不予接收": late.counts.refused,
        }
        for late in data.late
    ]
    counted = ("信息总量", "有效", "无效", "重复", "待甄别", "不予接收")
    table = Table(
        "上月补报表",
        (
            Column("提报单位", width=36),
            Column("类型", Look.CENTER, width=10),
            *(Column(heading, Look.COUNT, total=SUM, width=12) for heading in counted),
        ),
        rows,
        empty="本期无上月补报。" if data.has_late else "不适用：上月补报随每月10日的通报公布。",
    )
    return Sheet(
        "上月补报",
        f"上月30日截止后补报（{data.label}）",
        (table,),
        left=("上月最后一期截止时刻之后、上月末之前受理，计入上月，不在本期各栏之内。",),
        right=("单位：条",),
    )


def finals_sheet(data: BulletinData) -> Sheet:
    def build(grid: Grid | None) -> Sheet:
        rows: list[dict[str, Value]] = [
            {
                "提报单位": final.unit,
                "计入提报量": final.counted,
                "上月目标": final.target,
                "完成率": rate_formula(grid, index, final.counted, final.target, "上月目标"),
            }
            for index, final in enumerate(data.finals)
        ]
        goals = [(final.counted, final.target) for final in data.finals]
        table = Table(
            "上月终值表",
            (
                Column("提报单位", width=36),
                Column("计入提报量", Look.COUNT, total=SUM, width=14),
                Column("上月目标", Look.COUNT, total=SUM, width=14),
                Column(
                    "完成率",
                    Look.RATE,
                    total=rate_total(grid, goals, "上月目标") if grid else "—",
                    width=14,
                ),
            ),
            rows,
            empty="上月无应统计的部门。"
            if data.has_late
            else "不适用：上月终值随每月10日的通报公布。",
        )
        return Sheet(
            "上月终值",
            f"上月终值（{data.label}）",
            (table,),
            left=("上月各部门最终计入提报量与完成率，含上月30日截止后的补报与补计。",),
            right=("单位：条",),
        )

    return build(Grid.of(build(None), "上月终值表"))


def corrections_sheet(data: BulletinData) -> Sheet:
    rows: list[dict[str, Value]] = [
        {
            "期号": item.issue,
            "提报单位": item.unit,
            "项目": item.item,
            "原数": item.before,
            "现数": item.after,
            "原因": item.reason,
        }
        for item in data.corrections
    ]
    table = Table(
        "更正表",
        (
            Column("期号", Look.CENTER, width=13),
            Column("提报单位", width=30),
            Column("项目", width=16),
            Column("原数", Look.COUNT, width=10),
            Column("现数", Look.COUNT, width=10),
            Column("原因", width=60),
        ),
        rows,
        empty="本期无更正。",
    )
    left = ("已公布的各期不改动；此处列出按现在的认定应为多少，及变化的原因。",)
    return Sheet("更正", f"更正事项（{data.label}）", (table,), left=left)


def zero_sheet(data: BulletinData) -> Sheet:
    rows: list[dict[str, Value]] = [
        {"提报单位": item.unit, "不予接收": item.refused, "备注": item.note} for item in data.zero
    ]
    table = Table(
        "零提报表",
        (
            Column("提报单位", width=40),
            Column("不予接收", Look.COUNT, width=12),
            Column("备注", width=60),
        ),
        rows,
        empty="本月无零提报经销商。" if data.has_zero else "不适用：零提报随每月30日的通报公布。",
    )
    return Sheet(
        "零提报",
        f"零提报经销商（{data.label}）",
        (table,),
        left=(
            f"截至{data.window_to.day}日{data.window_to:%H:%M}本月无受理信息的在网经销商；"
            "仅有不予接收的仍列入。",
        )
        if data.has_zero
        else (),
        right=("单位：条",),
    )
