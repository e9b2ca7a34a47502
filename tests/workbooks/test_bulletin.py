"""The bulletin: headings to the letter, sums that recalculate, nothing private in public."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from processor.model import UnitKind
from processor.workbooks import bulletin
from processor.workbooks.bulletin_checks import PARTS
from processor.workbooks.bulletin_data import BulletinData, Counts
from processor.workbooks.bulletin_leads import masked, surname
from processor.workbooks.layout import place, plain_text
from processor.workbooks.sheets import Book, Formula, Link, render, verify_written, where, write
from tests.workbooks import bulletin_sample as samples
from tests.workbooks.office import (
    cached_values,
    convert,
    formulas,
    needs_office,
    recalculation_differences,
)

PUBLIC = ["通报", "无效原因", "上月补报", "上月终值", "更正", "零提报", "附注", "校验"]
INTERNAL = [*PUBLIC[:6], "线索明细", *PUBLIC[6:]]
HEADINGS = {
    "通报表": "名次 提报单位 类型 本期信息总量 本期有效 本期无效 本期重复 本期待甄别 本期不予接收 "
    "本月信息总量 本月有效 本月无效 本月重复 本月待甄别 计入提报量 本月目标 完成率 标的量(台)",
    "上月补报表": "提报单位 类型 信息总量 有效 无效 重复 待甄别 不予接收",
    "上月终值表": "提报单位 计入提报量 上月目标 完成率",
    "更正表": "期号 提报单位 项目 原数 现数 原因",
    "零提报表": "提报单位 不予接收 备注",
}
ISSUES = {
    "mid": samples.sample,
    "first": samples.first_issue,
    "last": samples.last_issue,
    "empty": samples.empty,
}


def texts(book: Book) -> str:
    """Everything a reader of the file could find in its cells."""
    return "\n".join(
        plain_text(value) for sheet in book.sheets for value, _, _ in place(sheet).cells.values()
    )


def cell(book: Book, sheet: str, table: str, heading: str, row: int) -> object:
    made = book.sheet(sheet).table(table).rows[row][heading]
    return getattr(made, "value", made)


@pytest.mark.parametrize("issue", ISSUES)
@pytest.mark.parametrize("internal", [False, True])
def test_sheets_and_headings(issue: str, internal: bool) -> None:
    book = bulletin.plan(ISSUES[issue](), internal=internal)
    assert [sheet.name for sheet in book.sheets] == (INTERNAL if internal else PUBLIC)
    for sheet in book.sheets:
        for placed in place(sheet).tables:
            if expected := HEADINGS.get(placed.table.name):
                assert [column.heading for column in placed.table.columns] == expected.split()


@pytest.mark.parametrize("issue", ISSUES)
def test_public_edition_holds_no_customer(issue: str) -> None:
    data = ISSUES[issue]()
    text = texts(bulletin.plan(data, internal=False))
    for lead in data.leads:
        for private in (lead.customer, lead.contact, lead.phone, lead.number):
            assert private not in text


def test_internal_edition_masks_phones_and_restricted_leads() -> None:
    data = samples.sample()
    book = bulletin.plan(data, internal=True)
    text = texts(book)
    rows = book.sheet("线索明细").table("线索明细表").rows
    assert len(rows) == len(data.leads)
    for lead, row in zip(data.leads, rows, strict=True):
        assert lead.phone not in text
        if lead.restricted:
            assert lead.customer not in text
            assert (row["客户单位全称"], row["客户联系人(第三方)"], row["县(区)"]) == (
                "受限客户",
                None,
                None,
            )
        else:
            assert row["客户单位全称"] == lead.customer
            assert row["客户联系人(第三方)"] == surname(lead.contact)


def test_of_a_contact_the_surname_alone() -> None:
    assert [surname(name) for name in ("钱主任", "张三、李四", "L", "")] == [
        "钱**",
        "张**",
        "L**",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13812345678", "138****5678"),
        ("0553-6812345", "055****2345"),
        ("6812345", "681**45"),
        ("13812345678；0553-6812345", "138****5678；055****2345"),
        ("li.qiang@mail.cn", "l***@mail.cn"),
        ("wxqiang", "wx***"),
        ("", ""),
    ],
)
def test_masking(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_rank_is_valid_then_total_then_code() -> None:
    base = samples.sample().units[0]
    rows = [
        replace(base, code=code, month=Counts(total=total, valid=valid, pending=total - valid))
        for code, valid, total in (("C", 5, 9), ("B", 5, 9), ("A", 5, 8), ("D", 6, 6))
    ]
    assert [row.code for row in bulletin.ranked(rows)] == ["D", "B", "C", "A"]


@pytest.mark.parametrize(
    ("counted", "target", "shown"),
    [(31, 26, 31 / 26), (0, 20, 0.0), (20, 20, 1.0), (5, 0, "—"), (5, None, "—")],
)
def test_completion(counted: int, target: int | None, shown: object) -> None:
    data = samples.sample()
    unit = replace(data.units[0], counted=counted, target=target)
    book = bulletin.plan(replace(data, units=(unit,)), internal=False)
    formula = cell(book, "通报", "通报表", "完成率", 0)
    assert isinstance(formula, Formula)
    value = formula.value
    assert (value if isinstance(value, str) else float(value or 0)) == shown


def spoil(data: BulletinData) -> BulletinData:
    """One lead lost from a total."""
    unit = data.units[3]
    broken = replace(unit, period=replace(unit.period, total=unit.period.total + 1))
    return replace(data, units=(*data.units[:3], broken, *data.units[4:]))


@pytest.mark.parametrize(("change", "flag"), [(lambda data: data, "通过"), (spoil, "不通过")])
def test_overall_flag_stands_on_the_first_sheet(change: object, flag: str, tmp_path: Path) -> None:
    data = change(samples.sample())  # type: ignore[operator]
    book = bulletin.plan(data, internal=True)
    write(book, tmp_path / "b.xlsx")
    values = cached_values(tmp_path / "b.xlsx")
    assert flag in [value for key, value in values.items() if key.startswith("通报!")]
    failed = [
        key for key, value in values.items() if key.startswith("校验!F") and value == "不通过"
    ]
    assert bool(failed) == (flag == "不通过")


def test_every_unit_and_the_total_are_checked() -> None:
    data = samples.sample()
    rows = bulletin.plan(data, internal=False).sheet("校验").table("校验表").rows
    labels = [str(row["校验项"]) for row in rows]
    for unit in data.units:
        assert sum(label.startswith(f"{unit.unit}：") for label in labels) == 2
    assert sum(label.startswith("合计：") for label in labels) == 2
    assert len(PARTS) == 3


def test_same_data_same_bytes() -> None:
    for internal in (False, True):
        one, two = (render(bulletin.plan(samples.sample(), internal=internal)) for _ in range(2))
        assert one == two


def test_tables_are_native_and_empty_ones_keep_their_headings(tmp_path: Path) -> None:
    import openpyxl

    book = bulletin.plan(samples.empty(), internal=True)
    write(book, tmp_path / "b.xlsx")
    assert verify_written(book, tmp_path / "b.xlsx") == []
    made = openpyxl.load_workbook(tmp_path / "b.xlsx")
    for name, headings in HEADINGS.items():
        (sheet,) = [sheet for sheet in made.worksheets if name in sheet.tables]
        assert list(sheet.tables[name].column_names) == headings.split()
        assert not sheet.merged_cells.ranges


def test_text_from_people_stays_text(tmp_path: Path) -> None:
    data = samples.sample()
    evil = replace(data.leads[0], customer="=1+1", contact="@SUM(A1)", reason="+cmd|' /c'!A1")
    unit = replace(data.units[0], unit="=HYPERLINK(0)")
    book = bulletin.plan(
        replace(data, leads=(evil, *data.leads[1:]), units=(unit, *data.units[1:])), internal=True
    )
    write(book, tmp_path / "b.xlsx")
    written = formulas(tmp_path / "b.xlsx")
    for bad in ("=1+1", "@SUM(A1)", "=HYPERLINK(0)"):
        assert bad not in written.values()
    assert "=HYPERLINK(0)" in cached_values(tmp_path / "b.xlsx").values()


def test_links_lead_to_the_clause() -> None:
    book = bulletin.plan(samples.sample(), internal=False)
    notes = book.sheet("附注")
    links = [
        value
        for sheet in book.sheets
        for value, _, _ in place(sheet).cells.values()
        if isinstance(value, Link)
    ]
    rows = notes.table("附注表").rows
    assert links
    for link in links:
        (index,) = [i for i, row in enumerate(rows) if row["条款"] == link.text]
        assert where(notes, "附注表", "条款", index) == link.cell


@needs_office
def test_recalculation_changes_nothing(tmp_path: Path) -> None:
    paths = []
    for name, make in ISSUES.items():
        for internal in (False, True):
            path = tmp_path / f"{name}{internal}.xlsx"
            write(bulletin.plan(make(), internal=internal), path)
            paths.append(path)
    assert recalculation_differences(paths, tmp_path / "again") == []
    for path in paths:
        errors = [
            key
            for key, value in cached_values(tmp_path / "again" / path.name).items()
            if isinstance(value, str) and value.startswith("#")
        ]
        assert errors == []


@needs_office
def test_changed_number_turns_the_flag(tmp_path: Path) -> None:
    """A person who changes a count in Excel sees 校验 say so."""
    import openpyxl

    book = bulletin.plan(samples.sample(), internal=False)
    path = tmp_path / "b.xlsx"
    write(book, path)
    made = openpyxl.load_workbook(path)
    at = where(book.sheet("通报"), "通报表", "本期有效", 2)
    made["通报"][at] = 99
    made.save(tmp_path / "changed.xlsx")
    (again,) = convert([tmp_path / "changed.xlsx"], "xlsx", tmp_path / "again")
    values = cached_values(again)
    assert "不通过" in [value for key, value in values.items() if key.startswith("通报!")]


@pytest.mark.parametrize(
    ("dealers", "departments", "pages"),
    [
        (bulletin.SHORT - 4, 4, []),  # table and charts on one page
        (bulletin.SHORT - 3, 4, ["部门完成情况"]),
        (40, bulletin.FEW, ["部门完成情况"]),
        (40, bulletin.FEW + 1, ["部门完成情况", "图"]),
        (46, 0, ["图"]),
    ],
)
def test_charts_begin_a_page_and_are_not_cut(
    dealers: int, departments: int, pages: list[str], tmp_path: Path
) -> None:
    data = samples.sample()
    one = next(u for u in data.units if u.kind is UnitKind.DEALER)
    two = next(u for u in data.units if u.kind is UnitKind.DEPARTMENT)
    units = (
        *(replace(one, code=f"D{n:03d}", unit=f"经销商{n}") for n in range(dealers)),
        *(replace(two, code=f"B{n:03d}", unit=f"部门{n}") for n in range(departments)),
    )
    book = bulletin.plan(replace(data, units=units), internal=False)
    write(book, tmp_path / "通报.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "通报.xlsx")["通报"]
    found = [sheet.cell(b.id + 1, 1).value or "图" for b in sheet.row_breaks.brk]
    assert found == pages
    last = place(book.sheet("通报")).charts[-1]
    assert last[1] >= (sheet.row_breaks.brk[-1].id if pages else 0)
    assert sheet.page_setup.fitToHeight == (0 if pages else None)  # a fitted height ignores breaks
