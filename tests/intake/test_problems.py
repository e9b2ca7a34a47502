"""The catalogue of problems: complete, courteous, used, and documented."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.intake.problems import (
    FOUND_LIMIT,
    Entry,
    Place,
    catalogue,
    catalogue_markdown,
    cell_address,
    cell_problem,
    make,
    shorten,
)
from processor.model import RuleKey, Severity
from schemas.lead import LEAD_FORM

ROOT = Path(__file__).parents[2]
ENTRIES = list(catalogue().values())
FIELDS = {
    "nearest": "大客户信息记录表",
    "matched": "无",
    "columns": "联系方式",
    "allowed": "甲、乙",
    "hint": "：填全称",
    "value": "15",
    "count": 2,
    "kind": "合同登记汇总表",
    "rows": "7、9",
    "version": "v4.1",
}


def names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_every_entry_renders(entry: Entry) -> None:
    assert names(entry.message) | names(entry.remedy) <= set(FIELDS) | {"found"}
    problem = make(entry.code, sheet="表", row=7, column="列", cell="F7", found="若干", **FIELDS)
    assert problem.severity is entry.severity
    assert problem.rule is entry.rule
    assert not re.search(r"[{}]", problem.message + problem.remedy)
    assert not problem.message.endswith(("。", "，"))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_whoever_must_act_is_told_how(entry: Entry) -> None:
    assert re.fullmatch("[a-z_0-9]+", entry.code)
    assert entry.title and entry.message
    if entry.severity is not Severity.NOTE:
        assert entry.remedy
    if entry.severity is Severity.ROW:
        assert entry.rule in (
            RuleKey.TRUE_AND_DETAILED,
            RuleKey.THIRD_PARTY_CONTACT,
            RuleKey.KNOWN_SUBMITTER,
        )


def test_every_entry_is_raised_somewhere() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "processor").rglob("*.py"))
    )
    assert [entry.code for entry in ENTRIES if f'"{entry.code}"' not in source] == []


def test_the_page_of_messages_is_current() -> None:
    assert (ROOT / "docs" / "messages.md").read_text(encoding="utf-8") == catalogue_markdown()


def test_a_message_names_place_finding_and_remedy() -> None:
    problem = make(
        "quantity_unreadable", sheet="线索", row=7, column="标的量(台)", cell="F7", found="若干"
    )
    assert problem.message == "「标的量(台)」（F7）填的是“若干”，读不出台数"
    assert problem.remedy == "请填写整数台数，如 12"
    assert (problem.sheet, problem.row, problem.cell, problem.found) == ("线索", 7, "F7", "若干")


def test_a_row_without_column_and_a_file_without_row() -> None:
    assert make("row_unit_unknown", row=7, found="甲公司").message.startswith("第 7 行：")
    assert make("damaged").message == "文件不完整或已损坏，无法读取"


def test_submitted_text_is_never_a_template() -> None:
    problem = make("quantity_unreadable", column="{found.__class__}", cell="F7", found="{0}{value}")
    assert problem.message == "「{found.__class__}」（F7）填的是“{0}{value}”，读不出台数"


def test_an_unknown_code_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError):
        make("no_such_code")


def test_the_same_text_refuses_in_a_gate_column_and_reminds_elsewhere() -> None:
    where = Place("表", 7, "列", "A7")
    gate = cell_problem("error_cell", LEAD_FORM.field("customer"), where)
    other = cell_problem("error_cell", LEAD_FORM.field("content"), where)
    assert (gate.severity, other.severity) == (Severity.ROW, Severity.REMIND)
    quantity = cell_problem("error_cell", LEAD_FORM.field("quantity"), where)
    assert quantity.rule is RuleKey.TRUE_AND_DETAILED  # 5.2, not the minimum quantity of 5.4
    salvage = cell_problem("salvaged", LEAD_FORM.field("quantity"), where, found="十五", value="15")
    assert (salvage.severity, salvage.rule) == (Severity.NOTE, None)


@given(st.text())
def test_found_text_stays_on_one_short_line(text: str) -> None:
    shown = shorten(text)
    assert len(shown) <= FOUND_LIMIT
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("column", "letters"),
    [
        (0, "A"),
        (25, "Z"),
        (26, "AA"),
        (51, "AZ"),
        (52, "BA"),
        (701, "ZZ"),
        (702, "AAA"),
        (16383, "XFD"),
    ],
)
def test_cell_addresses(column: int, letters: str) -> None:
    assert cell_address(7, column) == f"{letters}7"
