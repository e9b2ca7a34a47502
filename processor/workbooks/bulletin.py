"""通报 (6.1): the bulletin of the 10th, 20th and 30th, as public and as internal edition.

The caller counts; this module lays out, ranks, sums by live formulas and checks that what must
agree agrees. The public edition never holds a customer: its plan does not look at the leads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from processor.model import UnitKind
from processor.workbooks import bulletin_checks
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
from processor.workbooks.bulletin_leads import leads_sheet
from processor.workbooks.bulletin_tables import (
    corrections_sheet,
    finals_sheet,
    late_sheet,
    rate_formula,
    rate_total,
    reasons_sheet,
    span,
    zero_sheet,
)
from processor.workbooks.reporting import (
    Grid,
    checks_sheet,
    notes_sheet,
    overall,
)
from processor.workbooks.sheets import (
    SUM,
    Book,
    Chart,
    Column,
    Formula,
    Notes,
    Pair,
    Pairs,
    Sheet,
    Table,
    Value,
)
from processor.workbooks.style import Look

SHORT = 15  # units: table and charts still legible on one page
FEW = 8  # departments: their table and both charts still on one page

__all__ = [
    "BulletinData",
    "Correction",
    "Counts",
    "Final",
    "Late",
    "LeadRow",
    "Reason",
    "UnitRow",
    "ZeroReport",
    "plan",
    "ranked",
]

COUNT_HEADINGS = (
    *("本期信息总量", "本期有效", "本期无效", "本期重复", "本期待甄别", "本期不予接收"),
    *("本月信息总量", "本月有效", "本月无效", "本月重复", "本月待甄别", "计入提报量", "本月目标"),
)
CHARTED = 15  # units in the chart of the composition


def ranked(units: Sequence[UnitRow]) -> list[UnitRow]:
    """By 本月有效, then 本月信息总量, then 单位编码."""
    return sorted(units, key=lambda row: (-row.month.valid, -row.month.total, row.code))


def plan(data: BulletinData, *, internal: bool) -> Book:
    """The workbook of an issue; `internal` adds 线索明细 (contacts masked, restricted unnamed)."""
    units = ranked(data.units)
    table = _units(data, units, internal, None)
    grid = Grid.of(table, "通报表")
    departments = None
    if any(unit.kind is UnitKind.DEPARTMENT for unit in units):
        departments = Grid.of(table, "部门完成表")
    reasons, late = reasons_sheet(data), late_sheet(data)
    leads = leads_sheet(data.leads, span(data)) if internal else None
    checks = checks_sheet(
        bulletin_checks.checks(data, units, grid, departments, reasons, late, leads),
        title=f"校验（{data.label}）",
    )
    first = _units(data, units, internal, overall(checks))
    rest = [reasons, late, finals_sheet(data), corrections_sheet(data), zero_sheet(data)]
    if leads:
        rest.append(leads)
    notes = notes_sheet(data.clauses, _explanations(), title="附注")
    name = "大客户信息提报情况通报" + ("（内部版）" if internal else "")
    return Book(
        f"{name} {data.label}",
        f"期号 {data.label}；{span(data)}；规则版本 {data.edition}",
        data.generated,
        (first, *rest, notes, checks),
    )


def _explanations() -> tuple[str, ...]:
    return (
        "信息总量＝有效＋无效（含重复）＋待甄别（含待裁定）；不予接收的不计入信息总量，单列一栏。",
        "名次依次按本月有效、本月信息总量、单位编码排列。",
        "完成率＝计入提报量÷本月目标，只计算有目标的部门；合计行的完成率为各有目标部门之和相除。",
        "标的量(台)为本月有效信息的标的量之和，以核实标的量为准，未核实的按提报数。",
        "已公布的数字不再改动；此后的变化列入以后各期的「更正」。",
    )


def _units(
    data: BulletinData, units: Sequence[UnitRow], internal: bool, verdict: Formula | None
) -> Sheet:
    """Sheet 通报. Drafted with plain values first, because formulas need addresses."""
    draft = _units_sheet(data, _unit_rows(units, None), units, None, internal, verdict)
    grid = Grid.of(draft, "通报表")
    return _units_sheet(data, _unit_rows(units, grid), units, grid, internal, verdict)


def _unit_rows(units: Sequence[UnitRow], grid: Grid | None) -> list[dict[str, Value]]:
    rows: list[dict[str, Value]] = []
    for index, unit in enumerate(units):
        row: dict[str, Value] = {
            "名次": index + 1,
            "提报单位": unit.unit,
            "类型": unit.kind.value,
            "计入提报量": unit.counted,
            "本月目标": unit.target,
            "完成率": rate_formula(grid, index, unit.counted, unit.target),
            "标的量(台)": unit.vehicles,
        }
        for prefix, counts in (("本期", unit.period), ("本月", unit.month)):
            row |= {
                f"{prefix}信息总量": counts.total,
                f"{prefix}有效": counts.valid,
                f"{prefix}无效": counts.invalid,
                f"{prefix}重复": counts.duplicate,
                f"{prefix}待甄别": counts.pending,
            }
        row["本期不予接收"] = unit.period.refused
        rows.append(row)
    return rows


def _units_sheet(
    data: BulletinData,
    rows: Sequence[Mapping[str, Value]],
    units: Sequence[UnitRow],
    grid: Grid | None,
    internal: bool,
    verdict: Formula | None,
) -> Sheet:
    goals = [(unit.counted, unit.target) for unit in units]
    rate = rate_total(grid, goals, "本月目标") if grid else "—"
    table = Table(
        "通报表",
        (
            Column("名次", Look.COUNT, width=8),
            Column("提报单位", width=36),
            Column("类型", Look.CENTER, width=9.5),
            *(
                Column(heading, Look.COUNT, total=SUM, width={5: 11.0}.get(len(heading), 8.6))
                for heading in COUNT_HEADINGS
            ),
            Column("完成率", Look.RATE, total=rate, width=9),
            Column("标的量(台)", Look.COUNT, total=SUM, width=10),
        ),
        rows,
    )
    departments = [unit for unit in units if unit.kind is UnitKind.DEPARTMENT]
    long = len(units) > SHORT
    charts: list[Table | Chart] = []
    if departments:
        charts += [
            _departments(units, departments, grid, new_page=long),
            Chart(
                "bar",
                "各部门本月完成率（%）",
                "部门完成表",
                "提报单位",
                ("完成率",),
                f"条形图：截至{data.window_to}各部门计入提报量占本月目标的比例。",
                percent=True,
                beside=True,
            ),
        ]
    if units:
        shown = f"，前{CHARTED}名" if len(units) > CHARTED else ""
        charts.append(
            Chart(
                "stacked_bar",
                f"本月各单位信息构成（条{shown}）",
                "通报表",
                "提报单位",
                ("本月有效", "本月无效", "本月待甄别"),
                f"堆叠条形图：截至{data.window_to}各提报单位本月的有效、无效（含重复）、待甄别条数。",
                limit=CHARTED,
                new_page=long and (not departments or len(departments) > FEW),
            )
        )
    sign = Pairs(
        (
            (
                Pair("校验", verdict or Formula("=0", ""), column=0, look=Look.CENTER),
                Pair("编制", "", column=3, editable=True),
                Pair("审核", "", column=7, editable=True),
                Pair(
                    "发布时间",
                    f"{data.published:%Y-%m-%d %H:%M:%S}" if data.published else "",
                    column=11,
                    editable=True,
                ),
            ),
        )
    )
    kind = "（内部版）" if internal else ""
    return Sheet(
        "通报",
        f"大客户信息提报情况通报（{data.label}）{kind}",
        (table, _page_notes(data), sign, *charts),
        left=(
            f"期号：{data.label}    {span(data)}",
            f"本月累计：{data.month_from}（含）至 {data.window_to}（含）",
        ),
        right=(
            f"编制：{data.maker}    单位：条",
            f"生成时间：{data.generated}    规则版本：{data.edition}",
        ),
        freeze_columns=2,
        one_page=not long,
        legend="淡黄色单元格由专人填写。",
    )


def _page_notes(data: BulletinData) -> Notes:
    numbers = "、".join(clause.number for clause in data.clauses)
    return Notes(
        (
            "注：1. 信息总量＝有效＋无效（含重复）＋待甄别；不予接收不计入信息总量。"
            "2. 完成率＝计入提报量÷本月目标，当月有效，不带入下月。3. 「—」表示不适用。",
            f"依据条款：{numbers or '—'}，原文见「附注」；逐项核对见「校验」。",
        )
    )


def _departments(
    units: Sequence[UnitRow], chosen: Sequence[UnitRow], grid: Grid | None, *, new_page: bool
) -> Table:
    """部门完成情况: the chart's source, by completion; values refer to the table above."""
    order = sorted(
        chosen,
        key=lambda unit: (
            -(Fraction(unit.counted, unit.target) if unit.target else Fraction(-1)),
            unit.code,
        ),
    )
    rows: list[dict[str, Value]] = []
    for index, unit in enumerate(order):
        at = units.index(unit)
        row: dict[str, Value] = {
            "部门名次": index + 1,
            "提报单位": unit.unit,
            "类型": unit.kind.value,
        }
        for heading, value in (
            ("计入提报量", unit.counted),
            ("本月目标", "—" if unit.target is None else unit.target),
            ("完成率", Fraction(unit.counted, unit.target) if unit.target else "—"),
        ):
            row[heading] = Formula(f"={grid.at(heading, at)}" if grid else "=0", value)
        rows.append(row)
    columns = (
        Column("部门名次", Look.COUNT),
        Column("提报单位"),
        Column("类型", Look.CENTER),
        Column("计入提报量", Look.COUNT),
        Column("本月目标", Look.COUNT),
        Column("完成率", Look.RATE),
    )
    return Table("部门完成表", columns, rows, title="部门完成情况", filter=False, new_page=new_page)
