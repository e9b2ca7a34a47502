"""校验 of a bulletin: conservation per unit and in total, and agreement between its sheets."""

from __future__ import annotations

from collections.abc import Sequence

from processor.workbooks.bulletin_data import BulletinData, LeadRow, UnitRow
from processor.workbooks.reporting import Check, Grid
from processor.workbooks.sheets import Formula, Sheet

PARTS = ("有效", "无效", "待甄别")
LAW = "信息总量＝有效＋无效＋待甄别"


def checks(
    data: BulletinData,
    units: Sequence[UnitRow],
    grid: Grid,
    departments: Grid | None,
    reasons: Sheet,
    late: Sheet,
    leads: Sheet | None,
) -> list[Check]:
    """Every check of the issue, as live formulas over the sheets; `units` in the order of 通报."""
    found = [
        *data.flow,
        *_totals(units, grid),
        *_agreement(data, units, grid, departments, reasons, late),
    ]
    if leads:
        found += _against_leads(data.leads, units, grid, Grid.of(leads, "线索明细表"))
    return found + _each_unit(units, grid)


def _sum(grid: Grid, heading: str, value: int) -> Formula:
    return Formula(f"=SUM({grid.span(heading)})", value)


def _totals(units: Sequence[UnitRow], grid: Grid) -> list[Check]:
    found = []
    for prefix, all_counts in (
        ("本期", [unit.period for unit in units]),
        ("本月", [unit.month for unit in units]),
    ):
        parts = "+".join(f"SUM({grid.span(prefix + part)})" for part in PARTS)
        right = sum(c.valid + c.invalid + c.pending for c in all_counts)
        left = _sum(grid, f"{prefix}信息总量", sum(c.total for c in all_counts))
        found.append(Check(f"合计：{prefix}{LAW}", left, Formula(f"={parts}", right)))
        over = Formula(
            f"=SUMPRODUCT(({grid.span(prefix + '重复')}>{grid.span(prefix + '无效')})*1)",
            sum(c.duplicate > c.invalid for c in all_counts),
        )
        found.append(Check(f"{prefix}重复多于无效的单位数", over, 0, "重复包含在无效之内"))
    over = Formula(
        f"=SUMPRODUCT(({grid.span('计入提报量')}>{grid.span('本月有效')})*1)",
        sum(unit.counted > unit.month.valid for unit in units),
    )
    found.append(Check("计入提报量多于本月有效的单位数", over, 0, "计入的必为有效"))
    return found


def _agreement(
    data: BulletinData,
    units: Sequence[UnitRow],
    grid: Grid,
    departments: Grid | None,
    reasons: Sheet,
    late: Sheet,
) -> list[Check]:
    why, after = Grid.of(reasons, "无效原因表"), Grid.of(late, "上月补报表")
    found = [
        Check(
            "本期无效：通报＝无效原因",
            _sum(grid, "本期无效", sum(unit.period.invalid for unit in units)),
            _sum(why, "本期条数", sum(reason.period for reason in data.reasons)),
        ),
        Check(
            "本月无效：通报＝无效原因",
            _sum(grid, "本月无效", sum(unit.month.invalid for unit in units)),
            _sum(why, "本月条数", sum(reason.month for reason in data.reasons)),
        ),
        Check(
            f"上月补报：{LAW}",
            _sum(after, "信息总量", sum(row.counts.total for row in data.late)),
            Formula(
                "=" + "+".join(f"SUM({after.span(part)})" for part in PARTS),
                sum(
                    row.counts.valid + row.counts.invalid + row.counts.pending for row in data.late
                ),
            ),
        ),
    ]
    if departments:
        counted = sum(unit.counted for unit in units if unit.kind.value == "部门")
        found.append(
            Check(
                "部门计入提报量：通报＝部门完成情况",
                Formula(f'=SUMIF({grid.span("类型")},"部门",{grid.span("计入提报量")})', counted),
                _sum(departments, "计入提报量", counted),
            )
        )
    return found


def _against_leads(
    leads: Sequence[LeadRow], units: Sequence[UnitRow], grid: Grid, detail: Grid
) -> list[Check]:
    """The internal list must hold exactly the leads that the first sheet counts."""
    scope, kind = detail.span("统计范围"), detail.span("统计归类")
    wanted = {
        "信息总量": ("有效", "无效", "重复", "待甄别"),
        "有效": ("有效",),
        "无效": ("无效", "重复"),
        "重复": ("重复",),
        "待甄别": ("待甄别",),
    }
    found = []
    for prefix, scopes in (("本期", ("本期",)), ("本月", ("本期", "本月前期"))):
        for part, kinds in wanted.items():
            terms = "+".join(f'COUNTIFS({scope},"{s}",{kind},"{k}")' for s in scopes for k in kinds)
            rows = sum(lead.scope in scopes and lead.counted_as in kinds for lead in leads)
            printed = sum(_printed(unit, prefix, part) for unit in units)
            found.append(
                Check(
                    f"{prefix}{part}：通报＝线索明细",
                    _sum(grid, prefix + part, printed),
                    Formula(f"={terms}", rows),
                )
            )
    vehicles = "+".join(
        f'SUMIFS({detail.span("标的量(台)")},{scope},"{s}",{kind},"有效")'
        for s in ("本期", "本月前期")
    )
    found.append(
        Check(
            "标的量(台)：通报＝线索明细",
            _sum(grid, "标的量(台)", sum(unit.vehicles for unit in units)),
            Formula(
                f"={vehicles}",
                sum(
                    lead.quantity or 0
                    for lead in leads
                    if lead.scope in ("本期", "本月前期") and lead.counted_as == "有效"
                ),
            ),
        )
    )
    return found


def _printed(unit: UnitRow, prefix: str, part: str) -> int:
    counts = unit.period if prefix == "本期" else unit.month
    return {
        "信息总量": counts.total,
        "有效": counts.valid,
        "无效": counts.invalid,
        "重复": counts.duplicate,
        "待甄别": counts.pending,
    }[part]


def _each_unit(units: Sequence[UnitRow], grid: Grid) -> list[Check]:
    found = []
    for index, unit in enumerate(units):
        for prefix, counts in (("本期", unit.period), ("本月", unit.month)):
            right = "+".join(grid.out(prefix + part, index) for part in PARTS)
            found.append(
                Check(
                    f"{unit.unit}：{prefix}{LAW}",
                    Formula(f"={grid.out(prefix + '信息总量', index)}", counts.total),
                    Formula(f"={right}", counts.valid + counts.invalid + counts.pending),
                )
            )
    return found
