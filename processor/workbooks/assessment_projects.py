"""项目明细: one row per project, its conversion and its reward as live formulas (7.1.1, 7.2.2).

The same arithmetic stands here twice on purpose: as an Excel formula, and in whole numbers for the
cached value. LibreOffice's recalculation in the tests, and the 校验 of every workbook against the
amounts of the record, keep the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from processor.workbooks.assessment_data import Project, Terms
from processor.workbooks.reporting import Check, Clause, Grid, clause_link
from processor.workbooks.sheets import SUM, Cell, Column, Formula, Sheet, Table, Value
from processor.workbooks.style import Look, Tone

YES, NO, NONE = "是", "否", "—"
HIDDEN_SOURCE = "受限信息，来源见台账"


@dataclass(frozen=True, slots=True)
class Side:
    """Whose projects: sheet, table, headings of code and name; the numbers that decide."""

    sheet: str
    table: str
    code: str
    name: str
    minimum: int
    rate: int
    amount: int
    counted: bool  # only counted leads earn (5.5)


def dealers_side(terms: Terms) -> Side:
    numbers = (terms.dealer_minimum, terms.dealer_rate, terms.dealer_amount)
    return Side(
        "项目明细", "项目明细表", "经销商编码", "经销商名称", *numbers, terms.requires_counted
    )


def departments_side(terms: Terms) -> Side:
    numbers = (terms.project_minimum, terms.project_rate, terms.project_amount)
    return Side("部门项目明细", "部门项目明细表", "部门编码", "部门", *numbers, False)


@dataclass(frozen=True, slots=True)
class Worked:
    """What the formulas of one project's row come to."""

    big: bool
    taken: int  # vehicles that the rate's reading sets
    whole: int  # against
    reached: bool
    amount: int


def work(projects: Sequence[Project], side: Side, terms: Terms) -> list[Worked]:
    """The row formulas in whole numbers. Under `aggregate` a unit's big projects count together."""
    base = [p.cumulative if terms.numerator == "cumulative" else p.pickups for p in projects]
    found = []
    for project, own in zip(projects, base, strict=True):
        big = project.quantity >= side.minimum
        taken, whole = own, project.quantity
        if terms.scope == "aggregate":
            family = [
                (vehicles, other.quantity)
                for other, vehicles in zip(projects, base, strict=True)
                if other.code == project.code and other.valid and other.quantity >= side.minimum
            ]
            taken, whole = sum(v for v, _ in family), sum(q for _, q in family)
        reached = whole > 0 and taken * 100 >= whole * side.rate
        counted = project.valid and (not side.counted or project.counted == YES)
        free = not terms.pay_once or not project.earlier
        amount = side.amount if big and reached and counted and free else 0
        found.append(Worked(big, taken, whole, reached, amount))
    return found


def projects_sheet(
    projects: Sequence[Project],
    side: Side,
    terms: Terms,
    clauses: Sequence[Clause],
    *,
    heading: str,
    right: tuple[str, ...],
) -> Sheet:
    """Sheet 项目明细 (部门项目明细): every project of the quarter, rewarded or not."""
    worked = work(projects, side, terms)

    def build(grid: Grid | None) -> Sheet:
        rows = [
            _row(index, project, worked[index], side, terms, clauses, grid)
            for index, project in enumerate(projects)
        ]
        return Sheet(
            side.sheet,
            heading,
            (Table(side.table, _columns(side, terms), rows, empty="本季度无项目。"),),
            left=("本表不列客户名称与联系方式；信息编号、来源与台账、归档原件对应。",),
            right=right,
            freeze_columns=4,
            pages_wide=2,
        )

    return build(Grid.of(build(None), side.table))


def _columns(side: Side, terms: Terms) -> tuple[Column, ...]:
    plain = terms.numerator == "quarter" and terms.scope == "project"
    basis = (
        ()
        if plain
        else (
            Column("考核提车量", Look.COUNT, width=8.6),
            Column("考核标的量", Look.COUNT, width=8.6),
        )
    )
    return (
        Column("序号", Look.COUNT, width=6),
        Column(side.code, Look.CODE, width=11),
        Column(side.name, width=27),
        Column("立项编号", Look.CODE, width=14),
        Column("信息编号", Look.CODE, width=17),
        Column("受理日期", Look.DATE),
        Column("单次提报量", Look.COUNT, width=8.6),
        Column("是否≥10", Look.CENTER, width=8.6),
        Column("计入提报量", Look.CENTER, width=9.5),
        Column("标的总量", Look.COUNT, width=9, total=SUM),
        Column("季度提车量", Look.COUNT, width=8.6, total=SUM),
        Column("季度转化率", Look.FINE_RATE, width=8.6),
        Column("是否≥40%", Look.CENTER, width=8.6),
        Column("以往已奖励季度", Look.CENTER, width=9.6),
        Column("本季奖励", Look.MONEY, width=10, total=SUM),
        Column("累计转化率", Look.FINE_RATE, width=8.6),
        Column("合同编号", Look.CODE, width=15),
        Column("跨店标记", Look.CENTER, width=10.5),
        Column("依据", Look.CENTER, width=8),
        Column("备注", width=18),
        Column("累计提车量", Look.COUNT, width=8.6, total=SUM),
        Column("信息有效", Look.CENTER, width=8.6),
        Column("来源", width=56),
        *basis,
    )


def _row(
    index: int,
    project: Project,
    worked: Worked,
    side: Side,
    terms: Terms,
    clauses: Sequence[Clause],
    grid: Grid | None,
) -> dict[str, Value]:
    row: dict[str, Value] = {
        "序号": index + 1,
        side.code: project.code,
        side.name: project.unit,
        "立项编号": project.project,
        "信息编号": project.lead,
        "受理日期": project.received,
        "单次提报量": project.reported,
        "计入提报量": project.counted,
        "标的总量": project.quantity,
        "季度提车量": project.pickups,
        "以往已奖励季度": project.earlier or NONE,
        "合同编号": project.contracts,
        "跨店标记": project.cross_dealer,
        "依据": clause_link(project.clause, clauses),
        "备注": project.remark,
        "累计提车量": project.cumulative,
        "信息有效": YES if project.valid else NO,
        "来源": HIDDEN_SOURCE if project.restricted else project.source,
    }
    texts = _formulas(index, side, terms, grid) if grid else {}
    values: dict[str, int | str | Fraction] = {
        "是否≥10": YES if worked.big else NO,
        "季度转化率": ratio(project.pickups, project.quantity),
        "是否≥40%": YES if worked.reached else NO,
        "本季奖励": worked.amount,
        "累计转化率": ratio(project.cumulative, project.quantity),
        "考核提车量": worked.taken,
        "考核标的量": worked.whole,
    }
    for heading, value in values.items():
        made = Formula(texts.get(heading, "=0"), value)
        paid = heading == "本季奖励" and worked.amount > 0
        row[heading] = Cell(made, Tone.STRONG) if paid else made
    return row


def _formulas(index: int, side: Side, terms: Terms, grid: Grid) -> dict[str, str]:
    """The formulas of one row, by heading; numbers of the regulation by their names on 参数."""

    def at(heading: str) -> str:
        return grid.at(heading, index)

    whole, taken = at("标的总量"), at("季度提车量")
    found = {
        "是否≥10": f'=IF({whole}>=重点台数,"{YES}","{NO}")',
        "季度转化率": f'=IF({whole}>0,{taken}/{whole},"{NONE}")',
        "累计转化率": f'=IF({whole}>0,{at("累计提车量")}/{whole},"{NONE}")',
    }
    if terms.numerator != "quarter" or terms.scope != "project":
        source = "累计提车量" if terms.numerator == "cumulative" else "季度提车量"
        if terms.scope == "aggregate":
            mine = f"({grid.span(side.code)}={at(side.code)})"
            family = mine + "".join(
                f'*({grid.span(heading)}="{YES}")' for heading in ("信息有效", "是否≥10")
            )
            found["考核提车量"] = f"=SUMPRODUCT({family},{grid.span(source)})"
            found["考核标的量"] = f"=SUMPRODUCT({family},{grid.span('标的总量')})"
        else:
            found["考核提车量"], found["考核标的量"] = f"={at(source)}", f"={whole}"
        whole, taken = at("考核标的量"), at("考核提车量")
    found["是否≥40%"] = f'=IF(AND({whole}>0,{taken}*百分基数>={whole}*转化率标准),"{YES}","{NO}")'
    terms_of = [f'{at(name)}="{YES}"' for name in ("信息有效", "是否≥10", "是否≥40%")]
    if side.sheet == "项目明细":
        terms_of.append(f'OR(须计入提报量="{NO}",{at("计入提报量")}="{YES}")')
    terms_of.append(f'OR(只奖一次="{NO}",{at("以往已奖励季度")}="{NONE}")')
    found["本季奖励"] = f"=IF(AND({','.join(terms_of)}),每项目奖励,0)"
    return found


def ratio(part: int, whole: int) -> Fraction | str:
    """A rate for showing; — where there is nothing to divide by."""
    return Fraction(part, whole) if whole > 0 else NONE


def refused_sheet(
    projects: Sequence[Project], side: Side, clauses: Sequence[Clause], *, heading: str
) -> Sheet:
    """不予奖励: the projects that earn nothing this quarter, each with its reason."""
    columns = (
        Column(side.code, Look.CODE, width=11),
        Column(side.name, width=33),
        Column("立项编号", Look.CODE, width=14),
        Column("信息编号", Look.CODE, width=18),
        Column("标的总量", Look.COUNT, width=10),
        Column("季度提车量", Look.COUNT, width=12),
        Column("季度转化率", Look.FINE_RATE, width=12),
        Column("原因", width=48),
        Column("依据", Look.CENTER, width=9),
    )
    chosen = [project for project in projects if not project.amount]

    def build(grid: Grid | None) -> Sheet:
        rows: list[Mapping[str, Value]] = []
        for index, project in enumerate(chosen):
            rate: Value = ratio(project.pickups, project.quantity)
            if grid:
                whole = grid.at("标的总量", index)
                text = f'=IF({whole}>0,{grid.at("季度提车量", index)}/{whole},"{NONE}")'
                rate = Formula(text, ratio(project.pickups, project.quantity))
            rows.append(
                {
                    side.code: project.code,
                    side.name: project.unit,
                    "立项编号": project.project,
                    "信息编号": project.lead,
                    "标的总量": project.quantity,
                    "季度提车量": project.pickups,
                    "季度转化率": rate,
                    "原因": project.reason,
                    "依据": clause_link(project.clause, clauses),
                }
            )
        table = Table("不予奖励表", columns, rows, empty="本季度无不予奖励的项目。")
        left = ("未达标或依规定不计的项目；未奖励过的项目以后季度达标的，仍按规定奖励。",)
        return Sheet("不予奖励", heading, (table,), left=left, right=("单位：台",))

    return build(Grid.of(build(None), "不予奖励表"))


def project_checks(
    projects: Sequence[Project], side: Side, terms: Terms, grid: Grid
) -> list[Check]:
    """Each project's formula against the amount of the record."""
    return [
        Check(
            f"{project.project}（{project.unit}）本季奖励：公式＝账本",
            Formula(f"={grid.out('本季奖励', index)}", made.amount),
            project.amount,
        )
        for index, (project, made) in enumerate(
            zip(projects, work(projects, side, terms), strict=True)
        )
    ]
