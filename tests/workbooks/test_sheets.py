"""A described workbook: what is written, that it can be trusted, and what is refused."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.workbooks import layout, measure, style
from processor.workbooks.sheets import (
    SUM,
    Book,
    Cell,
    Chart,
    Column,
    Figure,
    Figures,
    Formula,
    Link,
    Notes,
    Pair,
    Pairs,
    Sheet,
    Table,
    column_letter,
    ref,
    render,
    verify_written,
    where,
    where_pair,
    write,
)
from processor.workbooks.style import Look, Tone
from tests.workbooks.office import needs_office, recalculates, recalculation_differences

NOW = datetime(2026, 10, 20, 17, 0, 0)


def table(rows: list[dict[str, object]] | None = None, name: str = "汇总") -> Table:
    columns = (
        Column("提报单位"),
        Column("信息总量", Look.COUNT, total=SUM),
        Column("完成率", Look.RATE),
        Column("标的量(台)", Look.COUNT, total=SUM),
        Column("应付[元]#1", Look.MONEY, total=SUM),
        Column("日期", Look.DATE),
        Column("备注", editable=True, choices=("甲", "乙"), hint="请选择"),
    )
    if rows is None:
        rows = [
            {
                "提报单位": "区域营销一部",
                "信息总量": 18,
                "完成率": Fraction(31, 26),
                "标的量(台)": Formula("=100+120", 220),
                "应付[元]#1": 1000,
                "日期": date(2026, 10, 3),
            },
            {
                "提报单位": Cell("市场部", Tone.BAD, "逾期"),
                "信息总量": 0,
                "完成率": None,
                "标的量(台)": 3,
                "应付[元]#1": -200,
                "日期": None,
            },
        ]
    return Table(name, columns, rows)  # type: ignore[arg-type]


def book(*sheets: Sheet) -> Book:
    return Book("通报", "测试", NOW, sheets or (Sheet("通报", "通报", (table(),)),))


def saved(made: Book, folder: Path) -> Path:
    path = folder / "book.xlsx"
    write(made, path)
    return path


def test_same_book_same_bytes() -> None:
    assert render(book()) == render(book())


def test_bytes_depend_on_the_clock_given() -> None:
    assert render(book()) != render(Book("通报", "测试", datetime(2026, 10, 21), book().sheets))


def test_zip_members_carry_a_fixed_time(tmp_path: Path) -> None:
    with zipfile.ZipFile(saved(book(), tmp_path)) as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_native_table_has_its_heading_right_above_the_data(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(saved(book(), tmp_path))["通报"]
    native = sheet.tables["汇总"]
    assert native.ref == "A3:G6"
    assert [column.name for column in native.tableColumns] == [
        cell.value for cell in sheet[3] if cell.value
    ]
    assert native.totalsRowCount == 1
    assert not sheet.merged_cells.ranges


def test_zero_is_zero_and_missing_is_a_dash(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(saved(book(), tmp_path))["通报"]
    assert sheet["B5"].value == 0
    assert sheet["C5"].value == "—"
    assert sheet["F5"].value == "—"
    assert sheet["G5"].value is None  # to be filled in


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("B6", "=SUBTOTAL(109,汇总[信息总量])"),
        ("D6", "=SUBTOTAL(109,汇总[标的量(台)])"),
        ("E6", "=SUBTOTAL(109,汇总[应付'[元']'#1])"),
    ],
)
def test_totals_are_qualified_formulas(tmp_path: Path, cell: str, expected: str) -> None:
    sheet = openpyxl.load_workbook(saved(book(), tmp_path))["通报"]
    assert sheet[cell].value == expected


def test_totals_carry_their_values(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(saved(book(), tmp_path), data_only=True)["通报"]
    assert (sheet["A6"].value, sheet["B6"].value, sheet["D6"].value, sheet["E6"].value) == (
        "合计",
        18,
        223,
        800,
    )


@needs_office
def test_recalculation_agrees_with_cached_values(tmp_path: Path) -> None:
    assert recalculates(tmp_path)
    assert recalculation_differences([saved(book(), tmp_path)], tmp_path / "again") == []


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://x","y")',
        "+8613812345678",
        "-5",
        "@SUM(A1)",
        "http://example.invalid/",
        "007",
        "13812345678",
        "1e5",
        "TRUE",
        "_x0041_",
        "#REF!",
        "{=1}",
        "\t=1",
        "𠮷野家",
        "第一行\n第二行",
    ],
)
def test_text_stays_text(tmp_path: Path, text: str) -> None:
    made = book(Sheet("通报", "通报", (table([{"提报单位": text}]),)))
    path = saved(made, tmp_path)
    cell = openpyxl.load_workbook(path)["通报"]["A4"]
    assert cell.value == text
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert verify_written(made, path) == []


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_written_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    made = book(Sheet("通报", text or "空", (table([{"提报单位": text}]), Notes((text,)))))
    path = saved(made, tmp_path_factory.mktemp("any"))
    assert verify_written(made, path) == []


@settings(max_examples=60)
@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_clean_keeps_what_excel_can_hold(text: str) -> None:
    cleaned = measure.clean(text)
    cleaned.encode("utf-8")
    assert measure.clean(cleaned) == cleaned
    assert not any(char < " " and char not in "\n\t" for char in cleaned)


@pytest.mark.parametrize(
    ("length", "cut"), [(32_766, False), (32_767, False), (32_768, True), (50_000, True)]
)
def test_long_text_is_cut_visibly(length: int, cut: bool) -> None:
    made = measure.clean("长" * length)
    assert len(made) <= 32_767
    assert (f"原文共{length}字" in made) == cut


def test_long_text_counts_utf16_units() -> None:
    made = measure.clean("𠮷" * 20_000)
    assert len(made.encode("utf-16-le")) // 2 <= 32_767
    assert "已截断" in made


def test_verify_sees_a_changed_cell(tmp_path: Path) -> None:
    made = book()
    path = saved(made, tmp_path)
    edited = openpyxl.load_workbook(path)
    edited["通报"]["B4"] = 19
    edited.save(path)
    assert "通报!B4 与写入内容不一致" in verify_written(made, path)


def test_verify_sees_a_missing_sheet(tmp_path: Path) -> None:
    path = saved(book(), tmp_path)
    other = book(*book().sheets, Sheet("附注", "附注", (Notes(("一",)),)))
    assert verify_written(other, path)


def test_where_names_the_cell_that_is_written(tmp_path: Path) -> None:
    sheet = Sheet("通报", "通报", (Pairs(((Pair("本月", 7),),)), table()), left=("期间", "编制"))
    written = openpyxl.load_workbook(saved(book(sheet), tmp_path))["通报"]
    assert written[where(sheet, "汇总", "信息总量")].value == 18
    assert written[where(sheet, "汇总", "提报单位", 1)].value == "市场部"
    assert str(written[where(sheet, "汇总", "信息总量", -1)].value).startswith("=SUBTOTAL")
    assert written[where_pair(sheet, "本月")].value == 7
    assert where(sheet, "汇总", "信息总量", fixed=True).startswith("$B$")


@pytest.mark.parametrize("asked", [("没有", "信息总量", 0), ("汇总", "没有", 0)])
def test_where_of_something_absent_is_an_error(asked: tuple[str, str, int]) -> None:
    with pytest.raises((KeyError, ValueError)):
        where(book().sheets[0], *asked)


@pytest.mark.parametrize(
    ("index", "letters"),
    [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")],
)
def test_column_letter(index: int, letters: str) -> None:
    assert column_letter(index) == letters


def test_ref_escapes_what_excel_escapes() -> None:
    assert ref("表", "a'b#c[d]") == "表[a''b'#c'[d']]"


def test_empty_table_keeps_its_heading_and_says_so(tmp_path: Path) -> None:
    made = book(Sheet("通报", "通报", (table([]),)))
    path = saved(made, tmp_path)
    sheet = openpyxl.load_workbook(path, data_only=True)["通报"]
    assert sheet.tables["汇总"].ref == "A3:G5"
    assert [sheet["A4"].value, sheet["B5"].value] == [None, 0]
    assert sheet["A6"].value == "本表无记录。"


def test_links_lead_to_cells_and_files(tmp_path: Path) -> None:
    target = Sheet("明细 一", "明细", (table(name="明细"),))
    links = Table(
        "链接",
        (Column("去处"),),
        [
            {"去处": Link("看", "明细 一", "B4")},
            {"去处": Link("打开", file="裁定/疑似重复裁定表_2026-10-20.xlsx")},
            {"去处": Link("=1", file="../归档/a#1 5%.xlsx")},
        ],
    )
    sheet = openpyxl.load_workbook(saved(book(Sheet("首页", "首页", (links,)), target), tmp_path))[
        "首页"
    ]
    assert sheet["A3"].hyperlink.location == "'明细 一'!B4"
    assert sheet["A4"].hyperlink.target == "裁定\\疑似重复裁定表_2026-10-20.xlsx"
    assert sheet["A5"].hyperlink.target == "..\\归档\\a%231%205%25.xlsx"
    assert sheet["A5"].value == "=1"


WRONG = {
    "dead link": (Sheet("a", "a", (Table("t", (Column("x"),), [{"x": Link("看", "没有")}]),)),),
    "repeated heading": (Sheet("a", "a", (Table("t", (Column("X"), Column("x")), []),)),),
    "blank heading": (Sheet("a", "a", (Table("t", (Column(""),), []),)),),
    "repeated table": (
        Sheet("a", "a", (Table("t", (Column("x"),), []),)),
        Sheet("b", "b", (Table("T", (Column("x"),), []),)),
    ),
    "repeated sheet": (Sheet("a", "a", ()), Sheet("a", "a", ())),
    "long sheet name": (Sheet("表" * 32, "a", ()),),
    "long list": (
        Sheet("a", "a", (Table("t", (Column("x", editable=True, choices=("项" * 256,)),), []),)),
    ),
}


@pytest.mark.parametrize("sheets", WRONG.values(), ids=WRONG.keys())
def test_a_book_that_contradicts_itself_is_an_error(sheets: tuple[Sheet, ...]) -> None:
    with pytest.raises(ValueError):
        render(book(*sheets))


def test_page_and_window(tmp_path: Path) -> None:
    sheets = (Sheet("通报", "通报", (table(),)), Sheet("暗", "暗", (Notes(("一",)),), hidden=True))
    made = openpyxl.load_workbook(saved(book(*sheets), tmp_path))
    sheet = made["通报"]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.freeze_panes == "B4"
    assert "第 &P 页 共 &N 页" in sheet.oddFooter.center.text
    assert not sheet.sheet_view.showGridLines
    assert sheet.sheet_view.selection[0].activeCell in (None, "A1", "B1")
    assert made["暗"].sheet_state == "hidden"
    assert made.active.title == "通报"


def test_input_cells_are_yellow_unlocked_and_explained(tmp_path: Path) -> None:
    made = book(Sheet("通报", "通报", (table(),), protect=True))
    sheet = openpyxl.load_workbook(saved(made, tmp_path))["通报"]
    assert sheet.protection.sheet
    cell, other = sheet["G4"], sheet["A4"]
    assert cell.fill.fgColor.rgb == "FFFFF8D6"
    assert (cell.protection.locked, other.protection.locked) == (False, True)
    assert (sheet["A2"].value, sheet["A2"].fill.fgColor.rgb) == ("填写栏", "FFFFF8D6")
    (rule,) = sheet.data_validations.dataValidation
    assert (str(rule.sqref), rule.formula1, rule.prompt) == ("G4:G5", '"甲,乙"', "请选择")


def test_comment_and_tone(tmp_path: Path) -> None:
    cell = openpyxl.load_workbook(saved(book(), tmp_path))["通报"]["A5"]
    assert cell.comment.text == "逾期"
    assert cell.fill.fgColor.rgb == "FFF8D7D4"


def test_chart_has_title_and_words_for_those_who_cannot_see_it(tmp_path: Path) -> None:
    chart = Chart(
        "bar", "完成率（%）", "汇总", "提报单位", ("完成率",), "各部门完成率", percent=True
    )
    made = book(Sheet("通报", "通报", (table(), chart)))
    with zipfile.ZipFile(saved(made, tmp_path)) as archive:
        assert "完成率（%）" in archive.read("xl/charts/chart1.xml").decode()
        assert 'descr="各部门完成率"' in archive.read("xl/drawings/drawing1.xml").decode()


def test_no_green_corners_on_texts_of_digits(tmp_path: Path) -> None:
    codes = (Column("电话", Look.CODE), Column("台数", Look.COUNT), Column("备注"))
    row = {"电话": "13800000000", "台数": 1, "备注": "12"}
    tables = (Table("甲", codes, [row, row]), Table("乙", codes[:2], [row]))
    with zipfile.ZipFile(saved(book(Sheet("通报", "通报", tables)), tmp_path)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert '<ignoredError sqref="A3:A4 C3:C4 A7:A7" numberStoredAsText="1"/>' in sheet


def test_figures_split_the_page_evenly() -> None:
    sheet = Sheet(
        "回执",
        "回执",
        (Figures(tuple(Figure(name, 1) for name in "甲乙丙")),),
        widths=(10, 10, 10, 10, 10, 10),
    )
    row = [key[1] for key, put in layout.place(sheet).cells.items() if put[0] == 1]
    assert row == [0, 2, 4]


@given(
    st.lists(st.floats(min_value=1, max_value=50), min_size=1, max_size=12),
    st.integers(min_value=1, max_value=5),
)
def test_spans_cover_every_column_once(widths: list[float], count: int) -> None:
    count = min(count, len(widths))
    runs = list(layout._spans(widths, count))
    assert len(runs) == count
    assert all(runs)
    assert [column for run in runs for column in run] == list(range(len(widths)))


def test_pairs_do_not_run_into_each_other() -> None:
    pairs = Pairs(((Pair("批次号", "PC20261106-0003"), Pair("提报人", "王明")),))
    sheet = Sheet("明细", "明细", (pairs,), widths=(9, 8, 5, 9, 9))
    assert layout.place(sheet).pairs == {"批次号": (1, 0), "提报人": (1, 4)}


def test_defined_names_and_properties(tmp_path: Path) -> None:
    made = Book("t", "s", NOW, book().sheets, (("控制数", "通报!$B$4"),), (("批次", "PC1"),))
    opened = openpyxl.load_workbook(saved(made, tmp_path))
    assert opened.defined_names["控制数"].attr_text == "通报!$B$4"
    assert opened.custom_doc_props["批次"].value == "PC1"
    assert opened.properties.created == NOW


def test_more_links_than_excel_holds_still_write_their_text(tmp_path: Path) -> None:
    rows = [{"去处": Link(f"第{n}行", "通报")} for n in range(65_540)]
    sheet = Sheet("通报", "通报", (Table("链接", (Column("去处", width=12),), rows),))
    with pytest.warns(UserWarning, match="65,530"):
        path = saved(book(sheet), tmp_path)
    assert verify_written(book(sheet), path) == []


@pytest.mark.parametrize("text", ["芜湖市江城汽车销售服务有限公司", "LX2026-0001", "一", "a" * 38])
def test_a_column_holds_its_longest_text_on_one_line(text: str) -> None:
    sheet = Sheet("表", "表", (Table("表", (Column("名称"),), [{"名称": "短"}, {"名称": text}]),))
    area = layout.place(sheet)
    assert {area.heights[row] for row in (2, 3)} == {style.ROW_POINTS}
