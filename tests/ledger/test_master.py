"""The master: fifteen sheets, lossless, safe to open, the same bytes for the same record."""

from __future__ import annotations

import shutil
import zipfile
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import create_engine

from processor.ledger import master_parts, master_writing
from processor.ledger import tables as t
from processor.ledger.master import publish_master, write_master
from processor.ledger.master_diff import sheet_changes
from processor.ledger.master_notes import read_notes
from processor.ledger.master_reading import MasterBook, Unreadable, read_rows, sheet_digests, typed
from processor.ledger.master_rows import MAX_TEXT, fitting, row_check, sheet_rows
from processor.ledger.store import create_all
from processor.workspace import MASTER, Pending, Workspace
from schemas.fields import Field, Kind
from schemas.master import MASTER_SHEETS
from tests.ledger.worlds import last_moment, run_next, select_all

AT = datetime(2026, 7, 1, 9, 30)


def written(path: Path, **rows: list[dict[str, object]]) -> dict[str, str]:
    """A master from rows of tables; the digests of what was meant."""
    engine = create_engine("sqlite://")
    create_all(engine)
    with engine.begin() as connection:
        for name, items in rows.items():
            for item in items:
                connection.execute(t.metadata.tables[name].insert().values(**item))
        digests = write_master(path, connection, AT)
    engine.dispose()
    return digests


# --- shape ---


def test_fifteen_sheets_in_order_even_when_empty(tmp_path: Path) -> None:
    path = tmp_path / "空.xlsx"
    written(path)
    book = load_workbook(path)
    assert book.sheetnames == [
        "台账", "不予接收", "立项", "合同", "项目申报", "目标", "裁定", "客户别名", "发布",
        "奖励台账", "处罚", "泄漏", "收文登记", "变更记录", "说明",
    ]  # fmt: skip
    for name, fields in MASTER_SHEETS.items():
        sheet = book[name]
        assert [c.value for c in sheet[1]] == [f.heading for f in fields]
        if name != "说明":
            assert [c.value for row in sheet.iter_rows(min_row=2) for c in row if c.value] == []
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert sheet.sheet_view.showGridLines is False
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.print_title_rows == "$1:$1"
        assert "第 &P 页" in str(sheet.oddFooter.center.text)


def test_headings_of_the_contract() -> None:
    """Those other programs read; the full list is the schema's."""
    headings = [f.heading for f in MASTER_SHEETS["台账"]]
    assert len(set(headings)) == len(headings)
    for heading in (
        "信息编号", "批次号", "受理时间", "提报单位编码", "提报单位", "提报单位类型", "提报人",
        "自填提报日期", "客户单位全称", "县(区)", "标的量(台)", "客户联系人(第三方)", "客户ID",
        "标准化客户名", "归属月份", "归属季度", "受理结果", "状态", "状态原因", "依据条款",
        "重复于", "裁定编号", "科室", "项目责任人", "转办时间", "应反馈时间", "实际反馈时间",
        "是否逾期",
        "到期日期", "核实标的量", "立项编号", "申报编号", "相差天数", "计入提报量", "不计入原因",
        "累计提车", "各季提车", "累计转化率", "奖励状态", "规则版本", "敏感级别", "客户等级",
        "最近更新", "人工备注", "行校验码",
    ):  # fmt: skip
        assert heading in headings


def test_cells_of_a_lead(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    lead = {
        "number": "DKH202607-0001",
        "received_at": AT,
        "state": "有效",
        "customer": '=HYPERLINK("http://x")',
        "contact_phone": "013812345678",
        "quantity": 12,
        "expected": AT.date(),
    }
    written(path, leads=[lead])
    sheet = load_workbook(path)["台账"]
    heads = {c.value: c.column for c in sheet[1]}

    def cell(heading: str) -> object:
        return sheet.cell(2, heads[heading])

    assert cell("联系方式").value == "013812345678"
    assert cell("联系方式").number_format == "@"
    assert cell("标的量(台)").value == 12
    assert cell("标的量(台)").data_type == "n"
    assert cell("客户单位全称").data_type != "f"
    assert cell("客户单位全称").value == lead["customer"]
    assert cell("受理时间").value == "2026-07-01 09:30:00"
    assert cell("预计采购时间").value == "2026-07-01"
    assert not sheet._hyperlinks
    validation = next(iter(sheet.data_validations.dataValidation))
    assert validation.formula1 == '"关闭"'
    column = str(validation.sqref).rstrip("0123456789:").split("2")[0]
    assert sheet[f"{column}1"].value == "状态"
    fill = {h: sheet.cell(2, heads[h]).fill.fgColor.rgb for h in ("状态", "状态原因")}
    assert fill["状态"] == "FFFFFBEB"
    assert fill["状态原因"] != "FFFFFBEB"


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / "甲.xlsx", tmp_path / "乙.xlsx"]
    for path in paths:
        written(path, leads=[{"number": "DKH202607-0001", "received_at": AT}])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with zipfile.ZipFile(paths[0]) as archive:
        assert archive.testzip() is None
        assert b"2026-07-01T09:30:00Z" in archive.read("docProps/core.xml")
        names = archive.namelist()
    assert len(set(names)) == len(names)
    properties = load_workbook(paths[0]).properties
    assert (properties.title, properties.creator) == ("大客户信息台账", "大客户信息处理程序")


# --- lossless ---

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"))
TRAPS = (
    "=1+1", "+86 138", "-5", "@x", "'引号", "007", "13800138000", "1e5", "true", "2026-07-01",
    " 前后空格 ", "\t", "一\n二", "一\r\n二", "一\r二", "_x0041_", "_x000D_", "<&>\"'", "&amp;",
    "𠮷", "\u200b", "\x0b", "\x00", "null", "NaN", "#REF!", "—", "http://a.b", "mailto:a@b.c",
)  # fmt: skip


def round_trip(folder: Path, text: str) -> str | None:
    path = folder / "往返.xlsx"
    digests = written(path, leads=[{"number": "DKH202607-0001", "received_at": AT, "remark": text}])
    back = read_rows(path)["台账"][0].texts["备注"]
    assert (sheet_digests(path) == digests) is (back == text)
    long = master_parts._read(BytesIO(path.read_bytes()), "台账", 1)  # as a long sheet is read
    assert (long == digests["台账"]) is (back == text)
    return back


@pytest.mark.parametrize("text", TRAPS, ids=[repr(x) for x in TRAPS])
def test_traps_survive(tmp_path: Path, text: str) -> None:
    assert round_trip(tmp_path, text) == text


@settings(max_examples=60, deadline=None)
@given(text=TEXTS.filter(bool))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    assert round_trip(tmp_path_factory.mktemp("往返"), text) == text


@pytest.mark.parametrize("length", [MAX_TEXT - 1, MAX_TEXT, MAX_TEXT + 1, 100_000])
@pytest.mark.parametrize("letter", ["甲", "𠮷"])
def test_what_a_cell_holds(tmp_path: Path, length: int, letter: str) -> None:
    text = letter * length
    fits = len(text.encode("utf-16-le")) // 2 <= MAX_TEXT
    shown = fitting(text)
    assert (shown == text) is fits
    assert len(shown.encode("utf-16-le")) // 2 <= MAX_TEXT
    path = tmp_path / "长.xlsx"
    written(path, leads=[{"number": "DKH202607-0001", "received_at": AT, "remark": text}])
    back = read_rows(path)["台账"][0].texts["备注"]
    assert back == shown
    assert fits or back.endswith("其余从略）")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.INTEGER, "12", 12),
        (Kind.INTEGER, "12.0", 12),
        (Kind.INTEGER, "1,200", 1200),
        (Kind.DATE, "2026-07-01", AT.date()),
        (Kind.DATE, "2026-07-01 00:00:00", AT.date()),
        (Kind.DATETIME, "2026-07-01 09:30:00", AT),
        (Kind.TEXT, "12", "12"),
        (Kind.TEXT, "", None),
        (Kind.INTEGER, "", None),
    ],
)
def test_typed(kind: Kind, text: str, value: object) -> None:
    assert typed(Field("x", "列", kind), text) == value


@pytest.mark.parametrize(
    ("kind", "text"), [(Kind.INTEGER, "十二"), (Kind.INTEGER, "1.5"), (Kind.DATE, "七月")]
)
def test_what_is_none_of_its_kind(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError):
        typed(Field("x", "列", kind), text)


def test_row_check_covers_every_cell(workspace: Workspace) -> None:
    row = read_rows(workspace.path(MASTER))["台账"][0]
    cells = [row.texts[f.heading] for f in MASTER_SHEETS["台账"] if f.name != "row_check"]
    assert row_check(cells) == row.texts["行校验码"]
    for at in range(len(cells)):
        other = [*cells[:at], cells[at] + "x", *cells[at + 1 :]]
        assert row_check(other) != row.texts["行校验码"]


def test_everything_the_ledger_holds_is_on_a_sheet(workspace: Workspace) -> None:
    sheets = read_rows(workspace.path(MASTER))
    for name, table in t.SHEETS.items():
        assert len(sheets[name]) == len(select_all(workspace, table)), name
    meta, counters = read_notes([r.texts for r in sheets["说明"]])
    assert meta["start"]
    assert meta["last_issue"] == "2026-07-10"
    assert counters["lead-202607"] == len(select_all(workspace, t.leads))


# --- publishing ---


def test_written_again_only_when_something_changed(workspace: Workspace) -> None:
    before = workspace.path(MASTER).stat().st_mtime_ns
    report = run_next(workspace)
    assert MASTER.as_posix() not in report.published
    assert workspace.path(MASTER).stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["~$大客户信息台账.xlsx", ".~lock.大客户信息台账.xlsx#"])
def test_open_in_another_program(workspace: Workspace, name: str) -> None:
    from processor.opening import open_ledger

    path = workspace.path(MASTER)
    before = path.read_bytes()
    path.with_name(name).write_bytes(b"\0" * 165)
    engine = open_ledger(workspace)
    with pytest.raises(Pending, match="正被打开"):
        publish_master(workspace, engine, last_moment(workspace))
    engine.dispose()
    assert path.read_bytes() == before
    assert not (workspace.state / "master-next.xlsx").exists()


def test_a_file_that_says_something_else_is_never_published(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the writer to lose a cell, the comparison would stop the publication."""
    from processor.opening import open_ledger

    real = master_writing._records

    def losing(fields, rows, digest):  # type: ignore[no-untyped-def]
        for row in real(fields, rows, digest):
            yield {**row, "客户单位全称": None} if "客户单位全称" in row else row

    monkeypatch.setattr(master_writing, "_records", losing)
    before = workspace.path(MASTER).read_bytes()
    engine = open_ledger(workspace)
    with pytest.raises(RuntimeError, match="台账"):
        publish_master(workspace, engine, last_moment(workspace) + timedelta(hours=1))
    engine.dispose()
    assert workspace.path(MASTER).read_bytes() == before


def test_volumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A very long sheet goes on in a second one, and both read as one."""
    monkeypatch.setattr(master_writing, "VOLUME_CELLS", 3 * len(MASTER_SHEETS["台账"]))
    path = tmp_path / "卷.xlsx"
    leads = [{"number": f"DKH202607-{n:04d}", "received_at": AT} for n in range(1, 8)]
    digests = written(path, leads=leads)
    assert load_workbook(path).sheetnames[:4] == ["台账", "台账2", "台账3", "不予接收"]
    assert [r.texts["信息编号"] for r in read_rows(path)["台账"]] == [x["number"] for x in leads]
    assert sheet_digests(path) == digests


# --- reading what people made of it ---


def test_changes_are_found_by_key(workspace: Workspace, tmp_path: Path) -> None:
    copy = tmp_path / "副本.xlsx"
    shutil.copy(workspace.path(MASTER), copy)
    book = load_workbook(copy)
    sheet = book["台账"]
    sheet["C3"] = "改过"
    sheet.delete_rows(5)
    sheet.append(["DKH209901-0001"])
    sheet.insert_rows(4)
    book.save(copy)
    with MasterBook(workspace.path(MASTER)) as base, MasterBook(copy) as edited:
        found = sheet_changes("台账", lambda: base.cells("台账"), edited)
        assert not sheet_changes("裁定", lambda: base.cells("裁定"), edited)
    ((change,), (added,), (gone,)) = found.cells, found.added, found.deleted
    assert (change.cell, change.new, change.field.heading) == ("台账!C3", "改过", "状态原因")
    assert added[1] == "DKH209901-0001"
    assert gone == read_rows(workspace.path(MASTER))["台账"][3].texts["信息编号"]


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_workbook(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "坏.xlsx"
    path.write_bytes(data)
    with pytest.raises(Unreadable):
        read_rows(path)


def test_rows_come_in_order_of_receipt(workspace: Workspace) -> None:
    from processor.opening import open_ledger

    engine = open_ledger(workspace)
    with engine.connect() as connection:
        received = [f.name for f in MASTER_SHEETS["台账"]].index("received_at")
        times = [row[received] for row in sheet_rows(connection, "台账")]
    engine.dispose()
    assert times == sorted(times)
