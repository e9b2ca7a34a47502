"""Workbooks become forms: headings found, rows told from non-rows, every problem at its cell."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.intake.forms import FormRow, LoadedForm, identify, load, to_lead
from processor.intake.headings import heading_key
from processor.intake.raw import RawBook, RawSheet
from processor.model import FormKind, LeadContent, Severity
from processor.regulation.acceptance import gate
from schemas.catalogue import all_forms
from schemas.fields import Form, Need
from schemas.lead import LEAD_FORM, VERSION
from schemas.master import MASTER_SHEETS

HEADINGS = [item.heading for item in LEAD_FORM.fields]
ROW = {
    "序号": 1,
    "客户单位全称": "南陵县公安局",
    "采购类别": "公检法司",
    "省": "安徽省",
    "市": "芜湖市",
    "县(区)": "南陵县",
    "意向车型": "瑞虎8",
    "标的量(台)": 12,
    "预计采购时间": "2026-12",
    "客户联系人(第三方)": "李强",
    "联系方式": "0553-6812345",
    "信息内容及进展": "已立项，预计12月上旬挂网招标",
}
BLOCK: list[list[object]] = [
    ["提报单位", "芜湖江城汽车销售有限公司", "", "提报人", "王明"],
    ["提报人电话", "13855312046", "", "提报日期", date(2026, 11, 3)],
]


def table(
    rows: Sequence[dict[str, object]], headings: Sequence[str] = tuple(ROW)
) -> list[list[object]]:
    return [list(headings), *([row.get(heading, "") for heading in headings] for row in rows)]


def book(rows: list[list[object]], name: str = "甲.xlsx", **sheet: object) -> RawBook:
    return RawBook(name, [replace(RawSheet("Sheet1", True, rows), **sheet)])  # type: ignore[arg-type]


def leads(
    rows: Sequence[dict[str, object]], headings: Sequence[str] = tuple(ROW), **sheet: object
) -> LoadedForm:
    """A lead form with title and block above the given rows; the headings stand in row 4."""
    (form,) = load([book([["大客户信息记录表"], *BLOCK, *table(rows, headings)], **sheet)])
    return form


def codes(form: LoadedForm, severity: Severity | None = None) -> list[str]:
    return [p.code for p in form.file_problems if severity in (None, p.severity)]


def said(row: FormRow) -> list[tuple[str, str]]:
    return [(problem.code, problem.cell) for problem in row.problems]


# --- which form ---------------------------------------------------------------------------------


def test_the_plain_form() -> None:
    form = leads([ROW, ROW | {"序号": 2, "客户单位全称": "泾县公安局"}])
    assert form.kind is FormKind.LEADS
    assert form.file_problems == ()
    assert [row.row for row in form.rows] == [5, 6]
    assert [row.values["customer"] for row in form.rows] == ["南陵县公安局", "泾县公安局"]
    assert form.rows[0].problems == ()
    assert form.block == {
        "submitter": "芜湖江城汽车销售有限公司",
        "reporter": "王明",
        "reporter_phone": "13855312046",
        "reported_on": date(2026, 11, 3),
    }
    assert form.block_cells["reporter"].cell == "E2"
    assert form.mapping == tuple((heading, heading) for heading in ROW)
    assert form.columns == tuple(ROW)
    assert form.rows[0].raw["标的量(台)"] == "12"
    assert form.rows[0].where("quantity") == ("Sheet1", 5, "标的量(台)", "H5")


@pytest.mark.parametrize("form", all_forms(), ids=lambda form: form.key)
@pytest.mark.parametrize("way", ["plain", "untitled", "shuffled", "last of three sheets"])
def test_every_form_is_known_by_its_headings(form: Form, way: str) -> None:
    headings: list[object] = [item.heading for item in form.fields if not item.hidden]
    if way == "shuffled":
        random.Random(7).shuffle(headings)
    title = [] if way == "untitled" else [[form.title], ["某公司 2026年"]]
    sheet = RawSheet("数据", True, [*title, headings, ["x"] * len(headings)])
    others = [
        RawSheet("封面", True, [["请看第三页"]]),
        RawSheet("字典", False, [["采购类别", "省"]]),
    ]
    match = identify(RawBook("乙.xls", [*others, sheet] if "three" in way else [sheet]))
    assert match.kind == form.title
    assert match.missing_gate() == ()
    assert {name for found in match.sheets for name in found.columns} == {
        item.name for item in form.fields if not item.hidden
    }


@pytest.mark.parametrize("above", [0, 1, 7, 19])
def test_the_heading_row_may_stand_in_the_first_twenty_rows(above: int) -> None:
    blank: list[list[object]] = [[""]] * above
    (form,) = load([book([*blank, *table([ROW])])])
    assert [row.row for row in form.rows] == [above + 2]


SAME_HEADING = [
    ("标的量(台)", "※ 标的量\n（台）"),
    ("标的量(台)", "标的量【台】"),
    ("标的量(台)", "＊标的量(台)："),
    ("标的量(台)", "8.标的量(台)"),
    ("标的量(台)", "标的量(台)(必填)"),
    ("客户联系人(第三方)", "客户 联系人（第三方）"),
    ("省", " 省 "),
    ("e-mail", "E-Mail"),
]


@pytest.mark.parametrize(("plain", "dressed"), SAME_HEADING)
def test_headings_compare_by_what_they_say(plain: str, dressed: str) -> None:
    assert heading_key(dressed) == heading_key(plain)


def test_a_unit_or_a_person_in_brackets_belongs_to_the_words() -> None:
    assert heading_key("标的量(台)") != heading_key("标的量")
    assert heading_key("联系人(第三方)") != heading_key("联系人")


MEANS = [
    ("客户名称", "customer"),
    ("客户全称", "customer"),
    ("单位名称", "customer"),
    ("类别", "category"),
    ("客户类别", "category"),
    ("数量", "quantity"),
    ("台数", "quantity"),
    ("需求数量", "quantity"),
    ("需求数量（单位：台）", "quantity"),
    ("车型", "model"),
    ("需求车型", "model"),
    ("联系人", "contact"),
    ("第三方联系人", "contact"),
    ("联系电话", "contact_phone"),
    ("电话", "contact_phone"),
    ("手机", "contact_phone"),
    ("第三方联系方式", "contact_phone"),
    ("区县", "county"),
    ("县", "county"),
    ("区", "county"),
]


@pytest.mark.parametrize(("written", "name"), MEANS)
def test_synonyms(written: str, name: str) -> None:
    heading = LEAD_FORM.field(name).heading
    headings = [written if item == heading else item for item in ROW]
    match = identify(book(table([ROW], headings)))
    assert match.kind is FormKind.LEADS
    assert match.sheets[0].columns[name] == (headings.index(written),)


def test_the_reporters_phone_in_brackets_is_not_the_contacts() -> None:
    headings = [*ROW, "联系方式(提报人)"]
    form = leads([ROW | {"联系方式": "", "联系方式(提报人)": "13855312046"}], headings)
    assert "contact_phone" not in form.rows[0].values
    assert codes(form) == ["columns_unknown"]


def test_columns_in_any_order_with_others_between() -> None:
    headings = [*reversed(ROW), "客户等级", "备注二"]
    form = leads([ROW | {"客户等级": "A"}], headings)
    assert form.rows[0].values == leads([ROW]).rows[0].values
    assert form.rows[0].where("customer").cell == "K5"
    (note,) = form.file_problems
    assert note.message == "未识别的列，未采用：客户等级、备注二"
    assert form.rows[0].raw["客户等级"] == "A"


def test_two_columns_of_one_meaning_the_filled_one_counts() -> None:
    headings = [heading for heading in ROW if heading != "联系方式"] + ["电话", "手机"]
    rows = [ROW | {"手机": "13912345679"}, ROW | {"电话": "0553-6812345", "手机": "13912345679"}]
    form = leads(rows, headings)
    assert [row.values["contact_phone"] for row in form.rows] == ["13912345679", "0553-6812345"]
    assert codes(form) == ["column_twice"]


def test_two_heading_rows() -> None:
    upper: list[object] = [
        "序号",
        "客户单位全称",
        "采购类别",
        "所在地",
        "",
        "",
        "意向车型",
        "标的量(台)",
    ]
    upper += ["预计采购时间", "联系人", "", "信息内容及进展"]
    lower: list[object] = ["", "", "", "省", "市", "县(区)", "", "", "", "姓名", "电话", ""]
    data = table([ROW])[1]
    for merged in ([(1, 3, 1, 5), (1, 9, 1, 10), (1, 0, 2, 0)], []):
        (form,) = load([book([["大客户信息记录表"], upper, lower, data], merged=merged)])
        assert [row.row for row in form.rows] == [4]
        assert form.rows[0].values == leads([ROW]).rows[0].values
        assert ("联系人姓名", "客户联系人(第三方)") in form.mapping


# --- which form it is not -----------------------------------------------------------------------


def test_an_unknown_form_says_what_came_closest() -> None:
    (form,) = load(
        [book([["员工通讯录"], ["姓名", "部门", "省", "市"], ["王明", "财务", "安徽", "芜湖"]])]
    )
    assert form.refused and form.rows == () and form.kind is None
    (problem,) = form.file_problems
    assert problem.code == "unknown_form"
    assert "只认出：" in problem.message


@pytest.mark.parametrize("rows", [[], [[]], [["", None, ""]]])
def test_a_book_without_a_word_is_empty(rows: list[list[object]]) -> None:
    (form,) = load([book(rows)])
    assert codes(form) == ["no_rows"]


def test_a_form_without_rows_is_empty() -> None:
    form = leads([{"序号": 1}, {"序号": 2}])
    assert form.refused
    assert codes(form, Severity.FILE) == ["no_rows"]
    assert form.blank_count == 2


GATE = ["客户单位全称", "采购类别", "标的量(台)", "客户联系人(第三方)", "联系方式"]


@pytest.mark.parametrize("heading", GATE)
def test_a_missing_gate_column_refuses_the_file_and_is_named(heading: str) -> None:
    form = leads([ROW], [item for item in ROW if item != heading])
    assert form.kind is FormKind.LEADS
    assert form.rows == ()
    (problem,) = form.file_problems
    assert (problem.code, problem.severity) == ("gate_column_missing", Severity.FILE)
    assert problem.message == f"缺少必填列：「{heading}」"


@pytest.mark.parametrize("heading", [item for item in ROW if item not in GATE and item != "序号"])
def test_another_missing_column_is_said_once(heading: str) -> None:
    form = leads([ROW, ROW], [item for item in ROW if item != heading])
    assert not form.refused
    assert [(p.code, p.severity) for p in form.file_problems] == [
        ("column_missing", Severity.REMIND)
    ]
    assert heading in form.file_problems[0].message
    assert [row.problems for row in form.rows] == [(), ()]


def test_the_tools_own_ledger_dropped_back_reports_nothing() -> None:
    (form,) = load([book(table([ROW], [*ROW, "状态", "行校验码"]))])
    assert codes(form) == ["own_output"]
    assert form.rows == ()


@pytest.mark.parametrize("name", ["台账", "不予接收", "合同", "项目申报", "目标", "泄漏"])
def test_no_sheet_of_the_master_is_taken_for_a_form(name: str) -> None:
    headings: list[object] = [item.heading for item in MASTER_SHEETS[name]]
    (form,) = load([book([[name], headings, ["x"] * len(headings)], name="台账.xlsx")])
    assert codes(form) == ["own_output"]


def test_the_whole_master_is_told_by_any_of_its_sheets() -> None:
    sheets = [
        RawSheet(name, True, [[item.heading for item in items], ["x"] * len(items)])
        for name, items in MASTER_SHEETS.items()
    ]
    (form,) = load([RawBook("台账.xlsx", sheets)])
    assert codes(form) == ["own_output"]


# --- the block ----------------------------------------------------------------------------------

BLOCKS: list[list[list[object]]] = [
    [["提报单位：", "芜湖江城", "提报人：", "王明"]],
    [["提报单位：芜湖江城", "", "提报人：王明"]],
    [["提报单位：芜湖江城   提报人：王明   提报日期：2026-11-03"]],
    [["提报单位", "", "", "芜湖江城"], ["提报人", "王明"]],
    [["经销商名称", "芜湖江城"], ["填表人", "王明"]],
    [["提报单位", "芜湖江城", "提报人电话", "提报人", "王明"]],  # an empty value beside a label
]


@pytest.mark.parametrize("block", BLOCKS)
def test_block_values(block: list[list[object]]) -> None:
    (form,) = load([book([["大客户信息记录表"], *block, *table([ROW])])])
    assert (form.block["submitter"], form.block["reporter"]) == ("芜湖江城", "王明")
    assert form.block.get("reporter_phone") is None


def test_a_column_wins_over_the_block_for_its_row() -> None:
    headings = [*ROW, "提报单位", "提报人"]
    rows = [ROW | {"提报单位": "市场部", "提报人": "赵丽"}, ROW]
    form = leads(rows, headings)
    contents = [to_lead(row.values, form.block) for row in form.rows]
    assert [row.values.get("submitter") for row in form.rows] == ["市场部", None]
    assert [content.reporter for content in contents] == ["赵丽", "王明"]


def test_a_signature_line_below_the_table_fills_the_block() -> None:
    rows = [*table([ROW]), [], ["提报人：王明", "", "提报日期：2026年11月3日"]]
    (form,) = load([book(rows)])
    assert len(form.rows) == 1 and form.blank_count == 0
    assert form.block == {"reporter": "王明", "reported_on": date(2026, 11, 3)}


def test_problems_of_the_block_are_said_once_and_stand_in_its_cells() -> None:
    block: list[list[object]] = [["提报单位", "芜湖江城", "提报人", "王", "提报日期", "2026-02-30"]]
    (form,) = load([book([["大客户信息记录表"], *block, *table([ROW, ROW, ROW])])])
    assert [(p.code, p.column, p.cell) for p in form.file_problems] == [
        ("date_impossible", "提报日期", "F2"),
        ("too_short", "提报人", "D2"),
        ("required_missing", "提报人电话", ""),
    ]
    assert {p.severity for p in form.file_problems} == {Severity.REMIND}


def test_a_register_without_its_month_is_refused() -> None:
    (contracts,) = (form for form in all_forms() if form.title == FormKind.CONTRACTS)
    heads: list[object] = [item.heading for item in contracts.fields]
    row: list[object] = [item.example for item in contracts.fields]
    refused, taken = load(
        [
            book([["合同登记汇总表"], heads, row]),
            book([["合同登记汇总表"], ["统计月份", "2026年10月"], heads, row]),
        ]
    )
    assert codes(refused, Severity.FILE) == ["block_missing"]
    assert refused.rows == ()
    assert taken.block["month"] == date(2026, 10, 1)
    assert taken.rows[0].values["picked_up"] == 5
    assert taken.rows[0].values["amount"] == Decimal("138.6")


def test_a_nil_register_needs_no_rows() -> None:
    (contracts,) = (form for form in all_forms() if form.title == FormKind.CONTRACTS)
    heads: list[object] = [item.heading for item in contracts.fields]
    block: list[object] = ["统计月份", "2026-10", "本月无合同", "是"]
    nil, empty = load([book([block, heads]), book([["统计月份", "2026-10"], heads])])
    assert not nil.refused and nil.rows == () and nil.block["nil"] == "是"
    assert codes(empty, Severity.FILE) == ["no_rows"]


# --- which rows are reports ---------------------------------------------------------------------


def test_blank_and_prefilled_rows_are_no_leads() -> None:
    rows: list[dict[str, object]] = [
        ROW,
        {},
        {"序号": 2},
        {"序号": 3, "采购类别": "政府采购", "省": "安徽省", "市": "芜湖市"},
        {"客户单位全称": "  \u200b "},
        ROW | {"序号": 4},
    ]
    form = leads(rows)
    assert [row.row for row in form.rows] == [5, 10]
    assert form.blank_count == 2
    assert codes(form) == []


@pytest.mark.parametrize(
    "name", ["customer", "model", "quantity", "contact", "contact_phone", "content"]
)
def test_one_real_cell_makes_a_report(name: str) -> None:
    heading = LEAD_FORM.field(name).heading
    form = leads([{"序号": 1, heading: ROW[heading]}])
    assert len(form.rows) == 1
    assert not gate(to_lead(form.rows[0].values, form.block), form.rows[0].problems).accepted


NOT_REPORTS: list[tuple[dict[str, object], list[str]]] = [
    ({"序号": "合计", "标的量(台)": 12}, ["totals_ignored"]),
    ({"客户单位全称": "合 计", "标的量(台)": 12}, ["totals_ignored"]),
    (ROW | {"序号": "示例"}, ["example_ignored"]),
    (ROW | {"序号": "例1"}, ["example_ignored"]),
    ({"序号": "选填", "客户单位全称": "必填", "采购类别": "必填", "意向车型": "必填"}, []),
    ({heading: heading for heading in ROW}, []),  # the headings printed again
    ({"序号": "", "客户单位全称": "注：本表每月报送"}, []),
    ({"客户单位全称": "填写说明：1. 一行填写一条信息；"}, []),
]


@pytest.mark.parametrize(("row", "notes"), NOT_REPORTS)
def test_rows_that_are_no_reports(row: dict[str, object], notes: list[str]) -> None:
    form = leads([ROW, row, ROW | {"客户单位全称": "泾县公安局"}])
    assert [found.row for found in form.rows] == [5, 7]
    assert codes(form) == notes
    assert all(problem.severity is Severity.NOTE for problem in form.file_problems)


def test_the_example_of_the_official_table_is_an_ordinary_report() -> None:
    example: dict[str, object] = {item.heading: item.example for item in LEAD_FORM.fields}
    form = leads([example], HEADINGS)
    assert len(form.rows) == 1
    assert form.rows[0].values["customer"] == LEAD_FORM.field("customer").example


@pytest.mark.parametrize("heading", ["备注", "模板版本"])
def test_a_canary_is_neither_report_nor_told(heading: str) -> None:
    canary = ROW | {"客户单位全称": "安徽省第九采购站", heading: "CANARY:7f3a"}
    form = leads([ROW, canary], [*ROW, "备注", "模板版本"])
    assert len(form.rows) == 1
    assert form.canaries == (("7f3a", form.rows[0].sheet, 6),)
    assert codes(form) == []


def test_hidden_rows_and_sheets_are_read_and_told() -> None:
    form = leads([ROW, ROW], hidden_rows=frozenset({5, 9}))
    assert len(form.rows) == 2
    assert codes(form) == ["hidden_rows"]
    assert "1 个隐藏行" in form.file_problems[0].message
    assert codes(leads([ROW], visible=False)) == ["hidden_sheet"]


def test_cells_merged_downwards_hold_for_every_row_they_cover() -> None:
    second = {
        "意向车型": "艾瑞泽5",
        "标的量(台)": 3,
        "采购类别": "公检法司",
        "联系方式": "0553-6812345",
    }
    form = leads([ROW, second], merged=[(4, 1, 5, 1), (4, 9, 5, 9)])
    assert [row.values["customer"] for row in form.rows] == ["南陵县公安局"] * 2
    assert [row.values["contact"] for row in form.rows] == ["李强"] * 2
    assert [row.values["quantity"] for row in form.rows] == [12, 3]


def test_several_sheets_of_one_form_are_all_read() -> None:
    sheets = [
        RawSheet("填报说明", True, table([ROW])),  # explains: never rows
        RawSheet("一季度", True, [*BLOCK, *table([ROW])]),
        RawSheet("汇总", True, table([ROW], ["客户单位全称", "采购类别", "标的量(台)"])),
        RawSheet("二季度", True, table([ROW], [*reversed(ROW)])),
    ]
    (form,) = load([RawBook("丙.xlsx", sheets)])
    assert [(row.sheet, row.row) for row in form.rows] == [("一季度", 4), ("二季度", 2)]
    assert form.rows[1].where("customer").cell == "K2"
    assert codes(form) == ["several_sheets"]


def test_a_sheet_of_another_form_is_named() -> None:
    (contracts,) = (form for form in all_forms() if form.title == FormKind.CONTRACTS)
    other: list[list[object]] = [[contracts.title], [item.heading for item in contracts.fields]]
    sheets = [RawSheet("线索", True, [*BLOCK, *table([ROW])]), RawSheet("合同", True, other)]
    (form,) = load([RawBook("丁.xlsx", sheets)])
    assert form.kind is FormKind.LEADS and len(form.rows) == 1
    (note,) = form.file_problems
    assert note.message == "工作表“合同”是《合同登记汇总表》，本次未读"


# --- returned receipts --------------------------------------------------------------------------

RESULTS = ["处理结果", "信息编号", "问题列", "问题说明", "依据条款", "修改示例"]


def test_a_returned_receipt_is_a_lead_form_with_its_answers() -> None:
    headings = ["客户名称", *list(ROW)[2:], *RESULTS]
    rows: list[dict[str, object]] = [
        ROW | {"客户名称": "南陵县公安局", "处理结果": "接收", "信息编号": "DKH202611-0007"},
        ROW | {"客户名称": "某公司", "处理结果": "不予接收", "问题说明": "不是真实的客户单位名称"},
    ]
    block: list[list[object]] = [
        ["提报单位", "芜湖江城", "批次号", "P20261103-01"],
        ["提报人", "王明"],
    ]
    sheets = [
        RawSheet("回执", True, [["回执"], ["接收", 1], *table(rows, headings)]),
        RawSheet("明细", True, [["大客户信息记录表"], *block, *table(rows, headings)]),
        RawSheet("历史信息当前状态", True, table([ROW], ["信息编号", *ROW])),
    ]
    (form,) = load([RawBook("回执.xlsx", sheets)])
    assert form.kind is FormKind.LEADS and form.is_receipt
    assert form.block == {"submitter": "芜湖江城", "reporter": "王明"}
    assert [(row.lead_number, row.outcome) for row in form.rows] == [
        ("DKH202611-0007", "接收"),
        ("", "不予接收"),
    ]
    assert form.columns == ("客户名称", *list(ROW)[2:])  # the answers are ours, not columns as sent
    assert "columns_unknown" not in codes(form)


def test_an_ordinary_form_is_no_receipt() -> None:
    form = leads([ROW | {"信息编号": "7"}], [*ROW, "信息编号"])
    assert not form.is_receipt
    assert form.rows[0].lead_number == ""


# --- problems -----------------------------------------------------------------------------------


def test_all_errors_of_a_row_are_said_even_beside_unreadable_cells() -> None:
    bad = ROW | {
        "标的量(台)": "若干",
        "预计采购时间": "年底前",
        "信息内容及进展": "短",
        "意向车型": "",
        "统一社会信用代码": "123",
    }
    long = ROW | {"标的量(台)": 501, "信息内容及进展": "短"}
    form = leads([bad, ROW, long], [*ROW, "统一社会信用代码"])
    assert said(form.rows[0]) == [
        ("quantity_unreadable", "H5"),
        ("date_unreadable", "I5"),
        ("credit_code_invalid", "M5"),
        ("required_missing", "G5"),
        ("too_short", "L5"),
    ]
    assert form.rows[1].problems == ()
    assert said(form.rows[2]) == [("quantity_large", "H7"), ("too_short", "L7")]


def test_salvages_are_told_before_and_after() -> None:
    row = ROW | {"标的量(台)": "十五台", "预计采购时间": "2026年11月3日", "联系方式": 5536812345}
    form = leads([row | {"采购类别": "公安"}])
    assert [problem.message for problem in form.rows[0].problems] == [
        "「采购类别」（C5）“公安”读作“公检法司”",
        "「标的量(台)」（H5）“十五台”读作“15”",
        "「预计采购时间」（I5）“2026年11月3日”读作“2026-11-03”",
        "「联系方式」（K5）“5536812345”读作“0553-6812345”",
    ]
    assert {problem.severity for problem in form.rows[0].problems} == {Severity.NOTE}


def test_a_range_counts_with_its_lower_bound_and_is_reminded() -> None:
    form = leads([ROW | {"标的量(台)": "5-8台"}])
    (problem,) = form.rows[0].problems
    assert form.rows[0].values["quantity"] == 5
    assert (problem.code, problem.severity) == ("quantity_range", Severity.REMIND)
    assert problem.message == "「标的量(台)」（H5）填的是“5-8台”，按下限 5 台登记"


def test_an_error_value_in_a_cell() -> None:
    form = leads(
        [ROW | {"客户单位全称": "", "意向车型": ""}], error_cells=frozenset({(4, 1), (4, 6)})
    )
    assert [(p.code, p.cell, p.severity) for p in form.rows[0].problems] == [
        ("error_cell", "B5", Severity.ROW),
        ("error_cell", "G5", Severity.REMIND),
    ]
    answer = gate(to_lead(form.rows[0].values, form.block), form.rows[0].problems)
    assert not answer.accepted
    assert [problem.code for problem in answer.problems] == ["error_cell", "error_cell"]


def test_serial_numbers_follow_the_books_calendar() -> None:
    serial = ROW | {"预计采购时间": 46329}
    assert leads([serial]).rows[0].values["expected"] == date(2026, 11, 3)
    assert leads([serial], date1904=True).rows[0].values["expected"] == date(2030, 11, 4)


def test_conditional_columns() -> None:
    headings = [*ROW, "类别说明", "出租运营地级别"]
    form = leads(
        [
            ROW | {"采购类别": "其他"},
            ROW | {"采购类别": "其他", "类别说明": "外资企业驻皖办事处"},
            ROW | {"采购类别": "出租"},
            ROW | {"采购类别": "出租车", "出租运营地级别": "县级"},
            ROW | {"省": "上海市", "市": "", "县(区)": "浦东新区"},
        ],
        headings,
    )
    assert [
        [p.code for p in row.problems if p.severity is Severity.REMIND] for row in form.rows
    ] == [
        ["category_note_missing"],
        [],
        ["required_missing"],
        [],
        [],
    ]


def test_system_columns_are_ignored_if_typed() -> None:
    headings = [*ROW, "提报单位类型", "模板版本"]
    form = leads([ROW | {"提报单位类型": "乱填", "模板版本": VERSION}], headings)
    assert form.rows[0].problems == () and form.file_problems == ()
    old = leads([ROW | {"模板版本": "DKHW080004-附件2-v3"}], headings)
    assert codes(old) == ["old_template"]
    assert "模板版本" not in old.columns  # hidden: not a column people sent


def test_books_of_a_run_do_not_mix() -> None:
    bad = ROW | {"信息内容及进展": "短"}
    books = [
        book([*BLOCK, *table([ROW, bad])], "一.xlsx"),
        book([["空白"]], "二.xlsx"),
        book([*BLOCK, *table([bad, ROW, ROW])], "三.xlsx"),
    ]
    together = load(books)
    assert [form.file for form in together] == ["一.xlsx", "二.xlsx", "三.xlsx"]
    assert together == [load([item])[0] for item in books]
    assert [said(row) for row in together[0].rows] == [[], [("too_short", "L5")]]
    assert [said(row) for row in together[2].rows] == [[("too_short", "L4")], [], []]


def test_lead_content_from_row_and_block() -> None:
    form = leads([ROW | {"采购预算(万元)": "150万"}], [*ROW, "采购预算(万元)"])
    assert to_lead(form.rows[0].values, form.block) == LeadContent(
        customer="南陵县公安局",
        category="公检法司",
        province="安徽省",
        city="芜湖市",
        county="南陵县",
        model="瑞虎8",
        quantity=12,
        expected=date(2026, 12, 1),
        budget="150",
        contact="李强",
        contact_phone="0553-6812345",
        content="已立项，预计12月上旬挂网招标",
        reporter="王明",
        reporter_phone="13855312046",
        reported_on=date(2026, 11, 3),
    )


# --- answers to the other forms -----------------------------------------------------------------


def test_a_screening_list_comes_back_half_filled() -> None:
    (screening,) = (form for form in all_forms() if form.title == FormKind.SCREENING)
    heads: list[object] = [item.heading for item in screening.fields]
    sent = {
        item.heading: item.example
        for item in screening.fields
        if item.need in (Need.SYSTEM, Need.GATE)
    }
    answered: dict[str, object] = sent | {
        "甄别结论": "有效",
        "到期日期": "2027.3.31",
        "甄别人": "孙工",
    }
    rows = [
        ["甄别反馈表"],
        ["科室", "政企开发科", "", "", "", "生成时间", "2026-11-04 09:12:00"],
        heads,
        *([row.get(str(head), "") for head in heads] for row in (answered, dict(sent))),
        ["填写说明：1. 甄别结论为「有效」的须注明到期日期。"],
    ]
    (form,) = load([book(rows)])
    assert form.kind is FormKind.SCREENING
    assert form.block["generated_at"] == datetime(2026, 11, 4, 9, 12)
    first, second = form.rows
    assert (first.values["verdict"], first.values["expires_on"]) == ("有效", date(2027, 3, 31))
    assert "verdict" not in second.values
    assert [problem.code for problem in second.problems] == ["required_missing"]


@given(
    order=st.permutations(list(ROW)),
    gaps=st.lists(st.integers(0, 3), min_size=3, max_size=3),
    left=st.integers(0, 3),
)
@settings(max_examples=25, deadline=None)
def test_layout_never_changes_what_is_read(order: list[str], gaps: list[int], left: int) -> None:
    rows = [ROW, ROW | {"客户单位全称": "泾县公安局"}]
    plain = leads(rows)
    body = table(rows, order)
    shifted: list[list[object]] = [["大客户信息记录表"], *BLOCK]
    for line, gap in zip(body, gaps, strict=True):
        shifted += [[""] * gap] * gap + [[""] * left + line]
    (form,) = load([book(shifted)])
    assert [row.values for row in form.rows] == [row.values for row in plain.rows]
    assert [row.problems for row in form.rows] == [row.problems for row in plain.rows]


TEMPLATES = Path(__file__).parents[2] / "templates"


@pytest.mark.parametrize("form", all_forms(), ids=lambda form: form.key)
def test_the_blank_form_is_known_and_empty(form: Form) -> None:
    from processor.intake import guard, reading

    path = TEMPLATES / f"{form.title}.xlsx"
    (raw,) = reading.read_all(guard.examine(path, path.name))  # type: ignore[arg-type]
    assert isinstance(raw, RawBook)
    (loaded,) = load([raw])
    assert loaded.kind == form.title
    assert codes(loaded) == ["no_rows"]
    assert loaded.blank_count == 0 and loaded.block == {}
    visible = [item.heading for item in form.fields if not item.hidden]
    assert loaded.mapping == tuple((heading, heading) for heading in visible)
    assert set(loaded.block_cells) == {item.name for item in form.block}


def test_the_roster_is_no_form_to_drop() -> None:
    from processor.intake import guard, reading

    path = TEMPLATES / "单位名录.xlsx"
    (raw,) = reading.read_all(guard.examine(path, path.name))  # type: ignore[arg-type]
    assert isinstance(raw, RawBook)
    assert codes(load([raw])[0]) == ["unknown_form"]


def test_a_real_workbook_from_file_to_form(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    from processor.intake import guard, reading

    path = tmp_path / "线索.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("大客户信息记录表")
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range("A1:L1", "大客户信息记录表")
        sheet.write_row("A2", ["提报单位", "芜湖江城汽车销售有限公司", "", "提报人", "王明"])
        sheet.write_row("A3", ["提报人电话", 13855312046, "", "提报日期"])
        sheet.write_datetime("E3", datetime(2026, 11, 3), day)
        sheet.write_row("A4", [heading.replace("(", "\n（").replace(")", "）") for heading in ROW])
        sheet.write_row("A5", [str(value) for value in ROW.values()])
        sheet.write_row(
            "A6", [2, "泾县公安局", "公安", "安徽省", "宣城市", "泾县", "瑞虎8", "十五台"]
        )
        sheet.write_row("I6", [46357, "张伟", 13912345679, "已立项，预计12月上旬挂网招标"])
    (safe,) = guard.examine(path, path.name)
    assert isinstance(safe, guard.Safe)
    (raw,) = reading.read_all([safe])
    assert isinstance(raw, RawBook)
    (form,) = load([raw])
    assert form.block["reporter_phone"] == "13855312046"
    assert form.block["reported_on"] == date(2026, 11, 3)
    assert form.rows[0].values == leads([ROW]).rows[0].values
    second = form.rows[1].values
    assert (second["quantity"], second["expected"]) == (15, date(2026, 12, 1))
    assert (second["category"], second["contact_phone"]) == ("公检法司", "13912345679")


def returned(path: Path) -> LoadedForm:
    from processor.intake import guard, reading

    (raw,) = reading.read_all(guard.examine(path, path.name))  # type: ignore[arg-type]
    assert isinstance(raw, RawBook)
    (form,) = load([raw])
    return form


def test_our_own_receipt_dropped_back_reads_as_what_was_sent(tmp_path: Path) -> None:
    from processor.workbooks import receipt
    from processor.workbooks.sheets import write

    headings = ["客户名称", *list(ROW)[2:], "客户等级"]
    sent = leads([ROW | {"客户名称": "南陵县公安局"}, ROW | {"客户名称": "某公司"}], headings)
    answer = receipt.Receipt(
        unit="芜湖江城汽车销售有限公司",
        file_name="线索.xlsx",
        received=datetime(2026, 11, 4, 9, 12),
        batch="P20261104-01",
        edition="DKHW080004-v4",
        block=sent.block_as_sent,
        columns=sent.columns,
        rows=tuple(
            receipt.ReceiptRow(
                row=row.row,
                values=tuple(row.raw[heading] for heading in sent.columns),
                outcome=outcome,
                number=number,
                customer=str(row.values["customer"]),
                findings=findings,
            )
            for row, outcome, number, findings in (
                (sent.rows[0], "待甄别", "DKH202611-0007", ()),
                (sent.rows[1], "不予接收", "", (receipt.Finding("不是真实的客户单位名称"),)),
            )
        ),
        own_leads=[
            {"信息编号": "DKH202611-0007", "客户单位全称": "南陵县公安局", "标的量(台)": 12}
        ],
    )
    path = tmp_path / "回执.xlsx"
    write(receipt.plan(answer), path)
    back = returned(path)
    assert back.kind is FormKind.LEADS and back.is_receipt and not back.refused
    assert [row.sheet for row in back.rows] == ["明细", "明细"]
    assert [(row.lead_number, row.outcome) for row in back.rows] == [
        ("DKH202611-0007", "待甄别"),
        ("", "不予接收"),
    ]
    assert [row.raw for row in back.rows] == [row.raw for row in sent.rows]
    assert [to_lead(row.values, back.block) for row in back.rows] == [
        to_lead(row.values, sent.block) for row in sent.rows
    ]


def test_our_own_screening_list_and_ruling_sheet_read_back(tmp_path: Path) -> None:
    from processor.workbooks import ruling_sheet, screening_list
    from processor.workbooks.sheets import write
    from schemas.catalogue import form_by_title

    made = datetime(2026, 11, 4, 9, 12)
    moments = {"transferred_at", "due_at", "first_received_at", "later_received_at", "generated_at"}
    for title, plan in (
        (FormKind.SCREENING, lambda rows: screening_list.plan("政企开发科", made, rows)),
        (FormKind.RULINGS, lambda rows: ruling_sheet.plan(made, rows)),
    ):
        form = form_by_title(title)
        ours = [item for item in form.fields if item.need in (Need.SYSTEM, Need.GATE)]
        row = {item.heading: made if item.name in moments else item.example for item in ours}
        path = tmp_path / f"{title}.xlsx"
        write(plan([row]), path)
        back = returned(path)
        assert back.kind == title and not back.refused
        (only,) = back.rows
        (gate_field,) = (item for item in form.fields if item.need is Need.GATE)
        assert only.values[gate_field.name] == gate_field.example
        assert codes(back) == [] and back.blank_count == 0
        write(plan([]), path)
        assert codes(returned(path)) == ["no_rows"]
