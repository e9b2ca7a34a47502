"""The blank forms: layout, drop-downs, hints, printing; current templates; a true round trip."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from processor.intake.forms import LoadedForm, load
from processor.intake.guard import Safe, examine
from processor.intake.parsing import parse
from processor.intake.raw import RawBook
from processor.intake.reading import read_all
from processor.model import FormKind
from processor.roster import read as read_roster
from processor.workbooks.blank_forms import (
    TEMPLATES_DATED,
    clauses_on,
    document,
    write_all,
    write_form,
    write_roster,
)
from processor.workbooks.form_layout import pairs_of
from processor.workbooks.form_rules import places
from processor.workbooks.style import display_width
from schemas.catalogue import all_forms, form_by_title
from schemas.fields import Field, Form, Kind
from schemas.lead import LEAD_FORM
from schemas.roster import ROSTER_SHEETS, TITLE

from .office import convert, needs_office

ROOT = Path(__file__).resolve().parents[2]
CLAUSES = clauses_on(TEMPLATES_DATED)
by_form = pytest.mark.parametrize("form", all_forms(), ids=lambda f: f.key)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("templates")
    write_all(directory)
    return directory


def sheet_of(blank: Path, form: Form) -> Worksheet:
    return openpyxl.load_workbook(blank / f"{form.title}.xlsx")[form.title]


def example(item: Field) -> object:
    return parse(item, item.example).value if item.example else None


def examples(fields: tuple[Field, ...]) -> dict[str, object]:
    return {f.name: example(f) for f in fields}


def meaning(path: Path) -> Iterator[tuple[Any, ...]]:
    """What a workbook is to the person who opens it, without the bytes."""
    book = openpyxl.load_workbook(path)
    props = book.properties
    yield props.title, props.subject, props.creator, props.created
    yield tuple((p.name, p.value) for p in book.custom_doc_props.props)
    yield tuple((n, d.attr_text) for n, d in book.defined_names.items())
    for sheet in book.worksheets:
        yield sheet.title, sheet.sheet_state, sheet.freeze_panes, sheet.print_title_rows
        page = sheet.page_setup
        yield page.orientation, page.paperSize, page.fitToWidth, page.fitToHeight
        yield sheet.oddFooter.center.text, sheet.oddFooter.right.text, sheet.merged_cells.ranges
        for rule in sheet.data_validations.dataValidation:
            yield (
                str(rule.sqref),
                rule.type,
                rule.operator,
                rule.formula1,
                rule.promptTitle,
                rule.prompt,
                rule.showErrorMessage,
                rule.error,
            )
        for letter, column in sorted(sheet.column_dimensions.items()):
            yield letter, column.width, column.hidden
        for row in sheet.iter_rows():
            for cell in row:
                yield (
                    cell.coordinate,
                    cell.value,
                    cell.number_format,
                    cell.font.name,
                    cell.font.sz,
                    cell.fill.fgColor.rgb,
                    cell.alignment.horizontal,
                    cell.protection.locked,
                )


@pytest.mark.parametrize("title", [*(f.title for f in all_forms()), TITLE])
def test_committed_templates_are_current(blank: Path, title: str) -> None:
    committed = ROOT / "templates" / f"{title}.xlsx"
    assert list(meaning(committed)) == list(meaning(blank / committed.name)), (
        "run: python -m processor.workbooks.blank_forms"
    )


def test_no_other_templates_are_committed(blank: Path) -> None:
    names = {p.name for p in (ROOT / "templates").glob("*.xlsx")}
    assert names == {p.name for p in blank.iterdir()}
    assert {n.removesuffix(".xlsx") for n in names} == {kind.value for kind in FormKind}


def test_the_documented_tables_are_current() -> None:
    text = (ROOT / "docs" / "forms.md").read_text(encoding="utf-8")
    assert text == document(), "run: python -m processor.workbooks.blank_forms"


def test_equal_arguments_give_equal_bytes(blank: Path, tmp_path: Path) -> None:
    write_all(tmp_path)
    for path in blank.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


@by_form
def test_layout(blank: Path, form: Form) -> None:
    sheet = sheet_of(blank, form)
    assert sheet["A1"].value == form.title
    assert [c.value for c in sheet[4]] == [f.heading for f in form.fields]
    assert not sheet.merged_cells.ranges
    for item, (row, column) in zip(form.block, pairs_of(form), strict=True):
        label = sheet.cell(row + 1, column + 1)
        assert label.value == item.heading
        assert sheet.cell(row + 1, column + 2).value is None
    for item, cell in zip(form.fields, sheet[4], strict=True):
        assert cell.number_format == ('"※"@' if item.starred else "General"), item.heading
        assert sheet.column_dimensions[cell.column_letter].hidden == item.hidden
    assert sheet.freeze_panes is not None
    assert sheet.freeze_panes.endswith("5")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$4:$4"
    assert "第 &P 页 共 &N 页" in sheet.oddFooter.center.text.replace("[Page]", "P")


@by_form
def test_block_labels_and_values_fit_their_cells(form: Form) -> None:
    taken = set()
    for item, (row, column) in zip(form.block, pairs_of(form), strict=True):
        label = display_width(item.heading) + (2 if item.starred else 0)
        assert form.fields[column].width >= label + 2, item.heading
        assert form.fields[column + 1].width >= display_width(item.example) + 2, item.heading
        assert column > 0, "the first column holds the legend"
        assert not {(row, column), (row, column + 1)} & taken
        taken |= {(row, column), (row, column + 1)}


@by_form
def test_only_cells_to_fill_are_yellow(blank: Path, form: Form) -> None:
    sheet = sheet_of(blank, form)
    yellow = {
        form.fields[c.column - 1].heading for c in sheet[5] if c.fill.fgColor.rgb == "FFFFF8D6"
    }
    assert yellow == {f.heading for f in form.fields if f.need != "system" and not f.locked}


@by_form
def test_numbers_that_are_names_are_text_cells(blank: Path, form: Form) -> None:
    sheet = sheet_of(blank, form)
    for item, cell in zip(form.fields, sheet[5], strict=True):
        if item.kind in (Kind.TEXT, Kind.PHONE, Kind.CHOICE, Kind.CHOICES):
            assert cell.number_format == "@", item.heading
        if item.kind is Kind.DATE:
            assert cell.number_format == "yyyy-mm-dd", item.heading


@pytest.mark.parametrize("title", [*(f.title for f in all_forms()), TITLE])
def test_drop_downs_offer_the_allowed_values(blank: Path, title: str) -> None:
    book = openpyxl.load_workbook(blank / f"{title}.xlsx")
    assert book["字典"].sheet_state == "hidden"
    forms = ROSTER_SHEETS if title == TITLE else (form_by_title(title),)
    for form in forms:
        sheet = book[form.sheet or form.title]
        for item in (*form.block, *form.fields):
            if not item.allowed:
                continue
            rules = [
                r
                for r in sheet.data_validations.dataValidation
                if r.promptTitle == item.heading and r.type == "list"
            ]
            assert len(rules) == 1, item.heading
            name = book.defined_names[rules[0].formula1]
            ((where, area),) = name.destinations
            offered = tuple(row[0].value for row in book[where][area.replace("$", "")])
            assert offered == item.allowed, item.heading
            assert rules[0].showErrorMessage == (item.kind is Kind.CHOICE and not item.free)


@pytest.mark.parametrize("title", [*(f.title for f in all_forms()), TITLE])
def test_hints_keep_the_limits_of_excel(blank: Path, title: str) -> None:
    for sheet in openpyxl.load_workbook(blank / f"{title}.xlsx").worksheets:
        for rule in sheet.data_validations.dataValidation:
            assert len(rule.promptTitle or "") <= 32
            assert len(rule.prompt or "") <= 255
            assert len(rule.error or "") <= 255


def test_a_city_list_depends_on_the_province(blank: Path) -> None:
    book = openpyxl.load_workbook(blank / "大客户信息记录表.xlsx")
    sheet = book["大客户信息记录表"]
    (rule,) = [r for r in sheet.data_validations.dataValidation if r.promptTitle == "市"]
    column = [c.value for c in sheet[4]].index("省") + 1
    letter = sheet.cell(4, column).column_letter
    assert f"MATCH(${letter}5," in rule.formula1
    assert not rule.showErrorMessage  # old names are read too
    pairs = places()[1]
    provinces = [p for p, _ in pairs]
    # OFFSET takes one run: the cities of a province stand together
    assert all(
        provinces[provinces.index(p) : provinces.index(p) + provinces.count(p)]
        == [p] * provinces.count(p)
        for p in set(provinces)
    )
    assert ("安徽省", "芜湖市") in pairs


def test_the_version_is_in_the_hidden_column_and_the_properties(blank: Path) -> None:
    book = openpyxl.load_workbook(blank / "大客户信息记录表.xlsx")
    sheet = book["大客户信息记录表"]
    last = sheet.cell(4, len(LEAD_FORM.fields))
    assert last.value == "模板版本"
    assert sheet.column_dimensions[last.column_letter].hidden
    filled = [row for row in range(5, sheet.max_row + 1) if sheet.cell(row, last.column).value]
    assert filled == [5]
    assert sheet.cell(5, last.column).value == LEAD_FORM.version
    assert book.custom_doc_props["模板版本"].value == LEAD_FORM.version


@by_form
def test_the_guide_explains_every_visible_column(blank: Path, form: Form) -> None:
    guide = openpyxl.load_workbook(blank / f"{form.title}.xlsx")["填报说明"]
    rows = {r[1]: r for r in guide.iter_rows(values_only=True) if r[0] in ("表头", "表格")}
    shown = [f for f in (*form.block, *form.fields) if not f.hidden]
    assert list(rows) == [f.heading for f in shown]
    for item in shown:
        assert rows[item.heading][3] == item.hint
        assert (rows[item.heading][2] or "").startswith("必填") <= item.starred
    if form is LEAD_FORM:
        assert rows["联系方式"][6] == f"第{CLAUSES['third_party_contact']}条"
        assert rows["联系方式"][2] == "必填，缺则不收"
        assert rows["出租运营地级别"][2] == "采购类别为「出租」时必填"
        assert rows["市"][2] == "必填，直辖市可不填"


def test_submitted_text_is_never_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    rows = [{"customer": "=1+1", "remark": "http://example.cn", "contact_phone": "013800001234"}]
    write_form(
        LEAD_FORM,
        path,
        created=datetime(2026, 11, 3),
        clauses=CLAUSES,
        prefill={"submitter": "=cmd"},
        rows=[*rows, {"customer": "坏\x00字\ud800符"}],
    )
    sheet = openpyxl.load_workbook(path)[LEAD_FORM.title]
    cells = [c for row in sheet.iter_rows() for c in row if c.value is not None]
    assert {c.data_type for c in cells} <= {"s", "n"}
    found = {c.value for c in cells}
    assert {"=1+1", "=cmd", "http://example.cn", "013800001234", "坏字符"} <= found
    with zipfile.ZipFile(path) as archive:
        assert not [n for n in archive.namelist() if "hyperlink" in n.lower()]


def _loaded(path: Path) -> LoadedForm:
    (safe,) = examine(path, path.name)
    assert isinstance(safe, Safe)
    (book,) = read_all([safe])
    assert isinstance(book, RawBook)
    (form,) = load([book])
    return form


@by_form
def test_a_filled_form_reads_back_as_it_was_filled(form: Form, tmp_path: Path) -> None:
    path = tmp_path / "提交.xlsx"
    block, row = examples(form.block), examples(form.fields)
    write_form(form, path, created=TEMPLATES_DATED, clauses=CLAUSES, prefill=block, rows=[row, row])
    read = _loaded(path)
    assert read.kind == form.title
    assert [p.code for p in read.file_problems] == []
    assert [r.row for r in read.rows] == [5, 6]
    for filled in read.rows:
        expected = {
            f.name: row[f.name]
            for f in form.fields
            if row[f.name] is not None and f.name != "template_version"
        }
        assert expected.items() <= filled.values.items()
    wanted = {f.name: block[f.name] for f in form.block if f.need != "system"}
    assert wanted.items() <= read.block.items()


@by_form
def test_a_blank_form_holds_no_rows(blank: Path, form: Form) -> None:
    read = _loaded(blank / f"{form.title}.xlsx")
    assert read.kind == form.title
    assert [r for r in read.rows if not r.blank] == []
    assert {k: v for k, v in read.block.items() if v is not None} == {}


def test_the_roster_template_reads_back(tmp_path: Path) -> None:
    path = tmp_path / f"{TITLE}.xlsx"
    rows = {form.sheet: [examples(form.fields)] for form in ROSTER_SHEETS}
    rows["单位"].append({"code": "S01", "name": "政企开发科", "kind": "业务开发科室"})
    rows["人员"].append({"name": "钱工", "section": "政企开发科", "role": "项目责任人"})
    write_roster(path, created=TEMPLATES_DATED, clauses=CLAUSES, rows=rows)
    reading = read_roster(path)
    assert reading.problems == ()
    assert [len(getattr(reading.roster, n)) for n in ("units", "people", "duties")] == [2, 2, 1]
    assert [len(getattr(reading.roster, n)) for n in ("calendar", "aliases")] == [1, 1]


def test_the_blank_roster_is_an_empty_roster(blank: Path) -> None:
    reading = read_roster(blank / f"{TITLE}.xlsx")
    assert reading.problems == ()
    assert reading.roster.units == ()


@needs_office
def test_libreoffice_saves_it_without_loss(blank: Path, tmp_path: Path) -> None:
    (saved,) = convert([blank / "大客户信息记录表.xlsx"], "xlsx", tmp_path)
    sheet = openpyxl.load_workbook(saved)["大客户信息记录表"]
    assert [c.value for c in sheet[4]][: len(LEAD_FORM.fields)] == [
        f.heading for f in LEAD_FORM.fields
    ]
    lists = {r.promptTitle for r in sheet.data_validations.dataValidation if r.type == "list"}
    assert {"采购类别", "采购方式", "省", "市", "密级"} <= lists
