"""The report card: three avoidable errors, rates against the quarter before, nothing of others."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from processor.model import UnitKind
from processor.workbooks import report_card
from processor.workbooks.report_card import Fault, Month, OwnProject, ReportCard, Share
from processor.workbooks.reporting import Clause
from processor.workbooks.sheets import Formula, render, verify_written, write
from tests.workbooks.office import cached_values, needs_office, recalculation_differences


def card() -> ReportCard:
    return ReportCard(
        unit="芜湖江城汽车销售服务有限公司",
        kind=UnitKind.DEALER,
        quarter="2026Q3",
        generated=datetime(2026, 10, 8, 17, 31, 2),
        edition="DKHW080004 第四版",
        months=tuple(
            Month(
                f"2026-{month:02d}", 9 + month, 5 + month, 3, 1 + month % 3, 1, month % 4, 5, None
            )
            for month in range(4, 10)
        ),
        shares=(
            Share("重复率", 6, 52, (9, 45), "重复条数÷信息总量"),
            Share("及时率", 20, 20, (0, 0), "申报表7天前提报的信息÷有申报表的信息"),
            Share("转化率", 10, 25, None, "季度提车量÷重点项目标的总量"),
        ),
        faults=(
            Fault("缺联系方式", "5.2", 4, "填写客户方联系人的电话、手机或邮箱。"),
            Fault("标的量不足", "5.4", 2, "标的量须为3台及以上。"),
            Fault("与先报重复", "5.1", 6, "提报前先核对本单位已报信息，更正请填写原信息编号。"),
            Fault("采购类别不在列表", "5.2", 2, "从下拉列表中选择。"),
        ),
        projects=(
            OwnProject("LX2026-0001", "DKH202607-0011", 12, 4, 1),
            OwnProject("LX2026-0002", "DKH202607-0012", 10, 4, 0, "2026Q2"),
        ),
        advice=("再提2台，LX2026-0001即可达到比例。",),
        clauses=(Clause("5.1", "后报者不予计算。"), Clause("5.2", "联系方式不可缺少。")),
    )


def bare() -> ReportCard:
    return replace(
        card(),
        months=(),
        shares=(),
        faults=(),
        projects=(),
        advice=(),
        clauses=(),
        kind=UnitKind.DEPARTMENT,
    )


def test_top_three_by_count_then_words() -> None:
    names = [fault.problem for fault in report_card.top_faults(card().faults)]
    assert names == ["与先报重复", "缺联系方式", "标的量不足"]


def test_figures_are_of_the_quarter_only() -> None:
    front = report_card.plan(card()).sheets[0]
    values = [figure.value for figure in front.parts[0].items]  # type: ignore[union-attr]
    assert values == [12 + 13 + 14, 2 + 3 + 1, 3 + 0 + 1]


@pytest.mark.parametrize(
    ("index", "now", "then", "change"),
    [
        (0, Fraction(6, 52), Fraction(9, 45), (Fraction(6, 52) - Fraction(9, 45)) * 100),
        (1, Fraction(1), "—", "—"),
        (2, Fraction(10, 25), "—", "—"),
    ],
)
def test_rates_against_the_quarter_before(
    index: int, now: object, then: object, change: object
) -> None:
    row = report_card.plan(card()).sheet("逐月走势").table("比率表").rows[index]
    found = []
    for heading in ("本季", "上季", "变化（百分点）"):
        value = row[heading]
        assert isinstance(value, Formula)
        found.append(value.value)
    assert found == [now, then, change]


def test_same_card_same_bytes_and_readable(tmp_path: Path) -> None:
    for make in (card, bare):
        assert render(report_card.plan(make())) == render(report_card.plan(make()))
        write(report_card.plan(make()), tmp_path / "c.xlsx")
        assert verify_written(report_card.plan(make()), tmp_path / "c.xlsx") == []


@needs_office
def test_recalculation_changes_nothing(tmp_path: Path) -> None:
    paths = [tmp_path / "full.xlsx", tmp_path / "bare.xlsx"]
    for path, make in zip(paths, (card, bare), strict=True):
        write(report_card.plan(make()), path)
    assert recalculation_differences(paths, tmp_path / "again") == []
    for path in paths:
        values = cached_values(tmp_path / "again" / path.name)
        assert [at for at, value in values.items() if str(value).startswith("#")] == []
