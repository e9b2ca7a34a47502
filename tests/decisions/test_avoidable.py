"""From the words of a receipt back to the kind of error, for every message of a row."""

from __future__ import annotations

from typing import Any

import pytest

from processor.decisions.avoidable import TAXI_LEVEL, kinds_told
from processor.intake.problems import Entry, catalogue, cell_problem, make
from processor.model import RuleKey, Severity
from schemas.lead import LEAD_FORM

FILL: dict[str, Any] = {
    "hint": "",
    "allowed": "甲、乙",
    "value": "12",
    "columns": "「车型」",
    "nearest": "表",
    "matched": "无",
    "version": "v4",
}
OF_ROWS = [e for e in catalogue().values() if e.severity in (Severity.ROW, Severity.REMIND)]
GATE = {
    "customer": "客户单位全称",
    "category": "采购类别",
    "quantity": "标的量(台)",
    "contact": "客户联系人(第三方)",
    "method": "联系方式",
}


def heading_of(entry: Entry) -> str:
    """The gate column whose entries begin with its name, else any other column."""
    return GATE.get(entry.code.split("_")[0], "意向车型")


@pytest.mark.parametrize("entry", OF_ROWS, ids=lambda e: e.code)
def test_every_message_leads_back_to_its_entry(entry: Entry) -> None:
    found = "乱填；「甲」" if "“{found}”" in entry.message else "1926"  # text stands in quotes
    problem = make(entry.code, column=heading_of(entry), cell="F7", found=found, **FILL)
    (kind,) = kinds_told(problem.message)
    assert kind.problem.endswith(entry.title)
    assert kind.rule is entry.rule
    assert "乱填" not in kind.problem + kind.remedy
    assert "F7" not in kind.problem and "{" not in kind.remedy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, set()),
        ("", set()),
        ("「联系方式」（P5）没有填写", {"缺联系方式"}),
        ("「电话」没有填写", {"缺联系方式"}),  # a heading of their own, without a cell
        ("「客户联系人(第三方)」（N5）没有填写；「标的量(台)」（J5）没有填写",
         {"缺第三方联系人", "缺标的量"}),
        ("「联系方式」（P5）没有填写；「联系方式」（P6）没有填写", {"缺联系方式"}),
        ("「意向车型」（I5）没有填写", {"意向车型：请补充"}),
        ("第 7 行：提报单位“甲；乙”不在单位名录中或已停用", {"本行提报单位不在名录"}),
        ("所填出租运营地级别“县级及以下”与“安徽省芜湖市镜湖区”的行政级别不符，按“地市级及以上”处理。",
         {TAXI_LEVEL.problem}),
        ("没有人写过的话", set()),
    ],
)  # fmt: skip
def test_pieces(text: str | None, expected: set[str]) -> None:
    assert {kind.problem for kind in kinds_told(text)} == expected


def test_what_makes_a_gate_cell_unreadable_names_the_column() -> None:
    item = LEAD_FORM.field("quantity")
    from processor.intake.problems import Place

    problem = cell_problem("error_cell", item, Place("表", 5, "数量", "J5"))
    assert problem.severity is Severity.ROW
    (kind,) = kinds_told(problem.message)
    assert kind.problem == "标的量(台)：单元格是错误值"
    assert kind.rule is RuleKey.TRUE_AND_DETAILED
