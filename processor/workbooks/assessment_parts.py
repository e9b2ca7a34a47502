"""Sheets that both quarterly workbooks have: 参数, 更正, cover lines and signatures.

Every number of the regulation stands once, on 参数, as a named cell; formulas use the names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from processor.model import RuleKey
from processor.workbooks.assessment_data import AmountCorrection, Reading, Terms
from processor.workbooks.reporting import Clause, Grid, clause_link
from processor.workbooks.sheets import (
    SUM,
    Cell,
    Column,
    Formula,
    Link,
    Notes,
    Pair,
    Pairs,
    Plain,
    Sheet,
    Table,
    Value,
)
from processor.workbooks.style import Look, Tone

PARAMETERS_SHEET = "参数"
CORRECTIONS = "更正表"
FINES = {
    RuleKey.SCREENING_OVERDUE: "甄别逾期每次",
    RuleKey.EXPIRY_MISSING: "到期日期缺失每次",
    RuleKey.BULLETIN_OVERDUE: "通报逾期每次",
    RuleKey.REGISTER_OVERDUE: "合同登记逾期每次",
    RuleKey.LEAK: "信息泄漏每次",
}
QUARTERS = "一二三四"


def quarter_words(quarter: str) -> str:
    """2026Q3 → 2026年第三季度."""
    return f"{quarter[:4]}年第{QUARTERS[int(quarter[-1]) - 1]}季度"


def title(words: str, quarter: str, trial: bool) -> str:
    """Title of a sheet; a trial print says so on every sheet."""
    return f"{words}（{quarter_words(quarter)}）" + ("（试算稿，不作兑现依据）" if trial else "")


def headline(generated: datetime, edition: str, unit: str = "元") -> tuple[str, ...]:
    return (f"生成时间：{generated}    规则版本：{edition}    单位：{unit}",)


Parameter = tuple[str, int | str, str, RuleKey, str]  # name, value, unit, rule, meaning


def dealer_parameters(terms: Terms) -> list[Parameter]:
    """The named cells that the dealers' formulas use."""
    key = RuleKey.DEALER_PROJECT_REWARD
    return [
        ("百分基数", 100, "—", key, "百分率换算：提车量×百分基数≥标的总量×转化率标准"),
        ("重点台数", terms.dealer_minimum, "台", key, "单次提报量达到此数（含）"),
        ("转化率标准", terms.dealer_rate, "%", key, "季度项目转化率达到此数（含）"),
        ("每项目奖励", terms.dealer_amount, "元", key, "每个合格项目，不封顶"),
        (
            "须计入提报量",
            _yes(terms.requires_counted),
            "—",
            RuleKey.APPLICATION_LEAD_TIME,
            "未计入提报量的不予奖励",
        ),
        ("只奖一次", _yes(terms.pay_once), "—", key, "每个项目历次季度合计只奖励一次"),
    ]


def department_parameters(terms: Terms) -> list[Parameter]:
    """The named cells that the departments' formulas use."""
    completion = RuleKey.DEPARTMENT_COMPLETION_REWARD
    project = RuleKey.DEPARTMENT_PROJECT_REWARD
    return [
        ("百分基数", 100, "—", completion, "百分率换算，亦即完成率的起奖点(%)"),
        ("步长百分点", terms.step, "百分点", completion, "每超出一个整步长奖励一次"),
        ("每步奖励", terms.step_amount, "元", completion, "每一整步"),
        ("完成率奖封顶", terms.completion_cap, "元", completion, "每部门每季度"),
        ("重点台数", terms.project_minimum, "台", project, "单次提报量达到此数（含）"),
        ("转化率标准", terms.project_rate, "%", project, "季度项目转化率达到此数（含）"),
        ("每项目奖励", terms.project_amount, "元", project, "每个合格项目"),
        ("项目奖封顶", terms.project_cap, "元", project, "每部门每季度"),
        ("只奖一次", _yes(terms.pay_once), "—", project, "每个项目历次季度合计只奖励一次"),
        ("两项合并封顶", _yes(terms.shared_cap), "—", project, "否：两项各自封顶"),
        *((name, terms.fines[rule], "元", rule, "每次") for rule, name in FINES.items()),
        ("辞退建议黑点数", terms.marks, "个", RuleKey.LEAK, "诚信黑点累计达到此数（含）"),
    ]


def _yes(value: bool) -> str:
    return "是" if value else "否"


def parameters_sheet(
    parameters: Sequence[Parameter],
    terms: Terms,
    clauses: Sequence[Clause],
    *,
    heading: str,
    edition: str,
) -> Sheet:
    """参数: one named cell per number of the regulation, then the readings in force."""
    rows: list[dict[str, Value]] = [
        {
            "参数": name,
            "取值": value,
            "单位": unit,
            "条款": clause_link(terms.clauses[rule], clauses),
            "说明": meaning,
        }
        for name, value, unit, rule, meaning in parameters
    ]
    table = Table(
        "参数表",
        (
            Column("参数", width=26),
            Column("取值", Look.COUNT, width=16),
            Column("单位", Look.CENTER, width=34),
            Column("条款", Look.CENTER, width=12),
            Column("说明", width=56),
        ),
        rows,
        filter=False,
    )
    return Sheet(
        PARAMETERS_SHEET,
        heading,
        (table, _readings(terms.readings, clauses)),
        left=("各表公式引用「取值」一栏的命名单元格，名称即「参数」一栏。",),
        right=(f"规则版本：{edition}",),
    )


def _readings(readings: Sequence[Reading], clauses: Sequence[Clause]) -> Table:
    rows: list[dict[str, Value]] = [
        {
            "读法开关": item.switch,
            "开关取值": item.value,
            "问题": item.question,
            "条款": clause_link(item.clause, clauses),
            "现行读法": item.chosen,
        }
        for item in readings
    ]
    columns = (
        Column("读法开关"),
        Column("开关取值", Look.CENTER),
        Column("问题"),
        Column("条款", Look.CENTER),
        Column("现行读法"),
    )
    return Table("读法表", columns, rows, title="现行读法", filter=False)


def names(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    """Defined names of the parameter cells."""
    grid = Grid.of(sheet, "参数表")
    letter = grid.letter("取值")
    return tuple(
        (str(row["参数"]), f"{PARAMETERS_SHEET}!${letter}${grid.first + index}")
        for index, row in enumerate(sheet.table("参数表").rows)
    )


def corrections_sheet(corrections: Sequence[AmountCorrection], *, heading: str) -> Sheet:
    """更正: ± amounts of earlier quarters, the difference a formula."""

    def build(grid: Grid | None) -> Sheet:
        rows: list[dict[str, Value]] = []
        for index, item in enumerate(corrections):
            gap = item.after - item.before
            formula = None
            if grid:
                formula = Formula(f"={grid.at('现金额', index)}-{grid.at('原金额', index)}", gap)
            rows.append(
                {
                    "季度": item.quarter,
                    "提报单位": item.unit,
                    "立项编号": item.project,
                    "项目": item.item,
                    "原金额": item.before,
                    "现金额": item.after,
                    "差额": formula or gap,
                    "原因": item.reason,
                }
            )
        table = Table(
            CORRECTIONS,
            (
                Column("季度", Look.CENTER, width=11),
                Column("提报单位", width=33),
                Column("立项编号", Look.CODE, width=15),
                Column("项目", width=22),
                Column("原金额", Look.MONEY, width=11),
                Column("现金额", Look.MONEY, width=11),
                Column("差额", Look.MONEY, width=11, total=SUM),
                Column("原因", width=52),
            ),
            rows,
            empty="本季度无更正。",
        )
        left = ("以前季度已兑现的金额不改动；其后的变化在此逐笔增减，随本季度兑现。",)
        return Sheet("更正", heading, (table,), left=left, right=("单位：元",))

    return build(Grid.of(build(None), CORRECTIONS))


def signatures(*roles: str) -> Pairs:
    """Who signs and when; to be filled in by hand."""
    rows = tuple(
        (
            Pair(role, "", column=0, editable=True),
            Pair(f"{role}日期", "", column=2, editable=True),
        )
        for role in roles
    )
    return Pairs(rows, title="签字")


CoverLine = tuple[str, Plain, str, str | Link]  # what, value, unit, where it comes from


def cover_total(label: str, table: str, sheet: Sheet, heading: str, value: int) -> CoverLine:
    """A cover line that sums a column of another sheet, filtered or not, and leads there."""
    span = Grid.of(sheet, table).span(heading)
    return label, Formula(f"=SUM({span})", value), "元", Link(sheet.name, sheet.name, "A1")


def cover_sheet(
    heading: str,
    lines: Sequence[CoverLine],
    controls: Sequence[CoverLine],
    *,
    verdict: Formula,
    remarks: Sequence[str],
    right: tuple[str, ...],
    roles: tuple[str, ...],
    addressee: str,
) -> Sheet:
    """封面: the totals (应付合计 = 奖励合计 + 更正合计), the record's control totals, who signs."""

    def build(grid: Grid | None) -> Sheet:
        at = {label: index for index, (label, *_) in enumerate(lines)}
        payable: Plain = 0
        if grid:
            parts = [at["奖励合计"], at["更正合计"]]
            text = "=" + "+".join(grid.at("数值", index) for index in parts)
            payable = Formula(text, sum(_amount(lines[index][1]) for index in parts))
        whole: list[CoverLine] = list(lines)
        place = at["更正合计"] + 1
        whole.insert(place, ("应付合计", payable, "元", "奖励合计＋更正合计"))
        whole += [*controls, ("校验结论", verdict, "—", Link("校验", "校验", "A1"))]
        rows: list[dict[str, Value]] = [
            {
                "项目": label,
                "数值": Cell(value, Tone.STRONG) if label == "应付合计" else value,
                "单位": unit,
                "来源": source,
            }
            for label, value, unit, source in whole
        ]
        table = Table(
            "封面表",
            (
                Column("项目", width=26),
                Column("数值", Look.MONEY, width=26),
                Column("单位", Look.CENTER, width=16),
                Column("来源", width=46),
            ),
            rows,
            filter=False,
        )
        notes = Notes(tuple(f"说明：{remark}" for remark in remarks))
        tail = (notes,) if remarks else ()
        return Sheet(
            "封面",
            heading,
            (table, *tail, signatures(*roles)),
            left=(addressee,),
            right=right,
            freeze_columns=0,
            legend="淡黄色单元格签字填写。",
        )

    return build(Grid.of(build(None), "封面表"))


def _amount(value: Plain) -> int:
    plain = value.value if isinstance(value, Formula) else value
    if not isinstance(plain, int):
        raise TypeError("a cover adds whole yuan")
    return plain
