"""单位报告: one unit's own quarter, its avoidable errors first, with the quarter before beside it.

Holds nothing of any other unit, no customer and no contact: it may be mailed to the unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from processor.model import UnitKind
from processor.workbooks.assessment_parts import quarter_words
from processor.workbooks.reporting import Clause, Grid, clause_link, notes_sheet
from processor.workbooks.sheets import (
    Book,
    Chart,
    Column,
    Figure,
    Figures,
    Formula,
    Notes,
    Part,
    Sheet,
    Table,
    Value,
)
from processor.workbooks.style import Look, Tone

SHARES, MONTHS, FAULTS, PROJECTS = "比率表", "逐月表", "可避免问题表", "本单位项目表"
TOP = 3
NONE = "—"


@dataclass(frozen=True, slots=True)
class Month:
    """A month's counts (条), as the record stands; `target` None = owes none."""

    month: str  # 2026-07
    total: int
    valid: int
    invalid: int  # duplicates included
    duplicate: int
    pending: int
    refused: int
    counted: int
    target: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """A rate with its two numbers, this quarter and the one before (None: no record then).

    `meaning` says in words what is divided by what.
    """

    name: str  # 重复率, 及时率, 转化率…
    part: int
    whole: int
    before: tuple[int, int] | None
    meaning: str


@dataclass(frozen=True, slots=True)
class Fault:
    """An error the unit could have avoided: what, clause, how often, how to avoid it."""

    problem: str
    clause: str
    count: int
    remedy: str


@dataclass(frozen=True, slots=True)
class OwnProject:
    """A project of ten vehicles or more: what is missing to the rate that earns."""

    project: str
    lead: str
    quantity: int
    pickups: int
    missing: int  # vehicles
    earlier: str = ""  # quarter already rewarded


@dataclass(frozen=True, slots=True)
class ReportCard:
    """A unit's quarter. `months` in order, those of the quarter before included if on record."""

    unit: str
    kind: UnitKind
    quarter: str
    generated: datetime
    edition: str
    months: tuple[Month, ...]
    shares: tuple[Share, ...]
    faults: tuple[Fault, ...] = ()
    projects: tuple[OwnProject, ...] = ()
    advice: tuple[str, ...] = ()  # 再有几条有效信息可得下一档奖励…
    clauses: tuple[Clause, ...] = ()


def top_faults(faults: Sequence[Fault]) -> list[Fault]:
    """The three most frequent avoidable errors; ties by their words."""
    return sorted(faults, key=lambda item: (-item.count, item.problem))[:TOP]


def plan(card: ReportCard) -> Book:
    """The workbook 单位报告 of a unit and a quarter."""
    title = f"{card.unit}（{quarter_words(card.quarter)}）"
    return Book(
        f"大客户信息提报单位报告 {title}",
        f"规则版本 {card.edition}",
        card.generated,
        (
            _front(card),
            _months(card),
            _projects(card),
            notes_sheet(card.clauses, title="附注"),
        ),
    )


def _front(card: ReportCard) -> Sheet:
    own = [month for month in card.months if _in_quarter(month.month, card.quarter)]
    figures = Figures(
        (
            Figure("本季有效（条）", sum(month.valid for month in own), Tone.GOOD),
            Figure("本季重复（条）", sum(month.duplicate for month in own)),
            Figure("本季不予接收（条）", sum(month.refused for month in own)),
        )
    )
    faults = Table(
        FAULTS,
        (
            Column("名次", Look.COUNT, width=9),
            Column("可避免的问题", width=34),
            Column("条款", Look.CENTER, width=12),
            Column("次数", Look.COUNT, width=12),
            Column("如何避免", width=58),
        ),
        [
            {
                "名次": index + 1,
                "可避免的问题": fault.problem,
                "条款": clause_link(fault.clause, card.clauses),
                "次数": fault.count,
                "如何避免": fault.remedy,
            }
            for index, fault in enumerate(top_faults(card.faults))
        ],
        title=f"最常见的{TOP}个可避免的问题",
        filter=False,
        empty="本季没有可避免的问题。",
    )
    notes = [Notes(card.advice, title="下一步")] if card.advice else []
    parts: list[Part] = [figures, faults, *notes]
    if card.faults:
        parts.append(
            Chart(
                "bar",
                "最常见的可避免问题（次）",
                FAULTS,
                "可避免的问题",
                ("次数",),
                f"条形图：{card.unit}本季最常见的可避免问题的次数。",
            )
        )
    return Sheet(
        "单位报告",
        f"大客户信息提报单位报告（{quarter_words(card.quarter)}）",
        tuple(parts),
        left=(f"单位：{card.unit}（{card.kind.value}）",),
        right=(f"生成时间：{card.generated}    规则版本：{card.edition}",),
    )


def _months(card: ReportCard) -> Sheet:
    def build(months: Grid | None, shares: Grid | None) -> Sheet:
        table = Table(
            MONTHS,
            (
                Column("月份", Look.CENTER, width=16),
                *(
                    Column(heading, Look.COUNT, width=12)
                    for heading in (
                        *("信息总量", "有效", "无效", "重复", "待甄别", "不予接收"),
                        *("计入提报量", "本月目标"),
                    )
                ),
                Column("完成率", Look.RATE, width=12),
            ),
            [_month_row(index, month, months) for index, month in enumerate(card.months)],
            filter=False,
        )
        chart = Chart(
            "line",
            "逐月有效、重复、不予接收（条）",
            MONTHS,
            "月份",
            ("有效", "重复", "不予接收"),
            f"折线图：{card.unit}逐月的有效、重复、不予接收条数。",
        )
        rates = Table(
            SHARES,
            (
                Column("比率"),
                Column("本季分子", Look.COUNT),
                Column("本季分母", Look.COUNT),
                Column("本季", Look.RATE),
                Column("上季分子", Look.COUNT),
                Column("上季分母", Look.COUNT),
                Column("上季", Look.RATE),
                Column("变化（百分点）", Look.DECIMAL),
            ),
            [_share_row(index, share, shares) for index, share in enumerate(card.shares)],
            title="本季与上季比较",
            filter=False,
        )
        meanings = Notes(tuple(f"{share.name}：{share.meaning}。" for share in card.shares))
        drawn = (chart,) if card.months else ()
        return Sheet(
            "逐月走势",
            f"逐月走势（{quarter_words(card.quarter)}）",
            (table, rates, meanings, *drawn),
            left=(f"单位：{card.unit}",),
            right=("单位：条",),
        )

    draft = build(None, None)
    return build(Grid.of(draft, MONTHS), Grid.of(draft, SHARES))


def _month_row(index: int, month: Month, grid: Grid | None) -> dict[str, Value]:
    rate: Value = Fraction(month.counted, month.target) if month.target else None
    if grid:
        goal = grid.at("本月目标", index)
        text = f'=IF(N({goal})>0,{grid.at("计入提报量", index)}/{goal},"{NONE}")'
        rate = Formula(text, Fraction(month.counted, month.target) if month.target else NONE)
    return {
        "月份": month.month,
        "信息总量": month.total,
        "有效": month.valid,
        "无效": month.invalid,
        "重复": month.duplicate,
        "待甄别": month.pending,
        "不予接收": month.refused,
        "计入提报量": month.counted,
        "本月目标": month.target,
        "完成率": rate,
    }


def _share_row(index: int, share: Share, grid: Grid | None) -> dict[str, Value]:
    part, whole = share.before or (None, None)
    now = Fraction(share.part, share.whole) if share.whole else None
    then = Fraction(part, whole) if part is not None and whole else None
    change = (now - then) * 100 if now is not None and then is not None else None
    texts = dict.fromkeys(("本季", "上季", "变化（百分点）"), "=0")
    if grid:

        def at(heading: str) -> str:
            return grid.at(heading, index)

        for name in ("本季", "上季"):
            bottom = at(f"{name}分母")
            texts[name] = f'=IF(N({bottom})>0,{at(name + "分子")}/{bottom},"{NONE}")'
        one, two = at("本季"), at("上季")
        texts["变化（百分点）"] = (
            f'=IF(AND(ISNUMBER({one}),ISNUMBER({two})),({one}-{two})*100,"{NONE}")'
        )
    return {
        "比率": share.name,
        "本季分子": share.part,
        "本季分母": share.whole,
        "上季分子": part,
        "上季分母": whole,
        "本季": Formula(texts["本季"], NONE if now is None else now),
        "上季": Formula(texts["上季"], NONE if then is None else then),
        "变化（百分点）": Formula(texts["变化（百分点）"], NONE if change is None else change),
    }


def _projects(card: ReportCard) -> Sheet:
    def build(grid: Grid | None) -> Sheet:
        rows: list[dict[str, Value]] = []
        for index, item in enumerate(card.projects):
            rate = Fraction(item.pickups, item.quantity) if item.quantity else NONE
            text = "=0"
            if grid:
                whole = grid.at("标的总量", index)
                text = f'=IF({whole}>0,{grid.at("季度提车量", index)}/{whole},"{NONE}")'
            rows.append(
                {
                    "立项编号": item.project,
                    "信息编号": item.lead,
                    "标的总量": item.quantity,
                    "季度提车量": item.pickups,
                    "季度转化率": Formula(text, rate),
                    "达标还差（台）": item.missing,
                    "以往已奖励季度": item.earlier,
                }
            )
        table = Table(
            PROJECTS,
            (
                Column("立项编号", Look.CODE, width=18),
                Column("信息编号", Look.CODE, width=22),
                Column("标的总量", Look.COUNT, width=14),
                Column("季度提车量", Look.COUNT, width=14),
                Column("季度转化率", Look.FINE_RATE, width=14),
                Column("达标还差（台）", Look.COUNT, width=16),
                Column("以往已奖励季度", Look.CENTER, width=18),
            ),
            rows,
            empty="本季没有达到重点台数的项目。",
        )
        return Sheet(
            "本单位项目",
            f"本单位重点项目（{quarter_words(card.quarter)}）",
            (table,),
            left=(f"单位：{card.unit}",),
            right=("单位：台",),
        )

    return build(Grid.of(build(None), PROJECTS))


def _in_quarter(month: str, quarter: str) -> bool:
    """2026-08 lies in 2026Q3."""
    return month[:4] == quarter[:4] and (int(month[5:7]) - 1) // 3 + 1 == int(quarter[-1])
