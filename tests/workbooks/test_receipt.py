"""回执: the answer first, the submitter's own table back, nothing of anybody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from processor.workbooks import receipt
from processor.workbooks.receipt import Counts, Finding, Receipt, ReceiptRow
from processor.workbooks.sheets import Cell, Link, Notes, Table, write
from processor.workbooks.style import Look, Tone
from tests.workbooks.samples import NOW, lead_receipt, refused_receipt


def needed(data: Receipt) -> list[dict[str, object]]:
    return list(receipt.plan(data).sheet("回执").table("需处理").rows)  # type: ignore[arg-type]


def test_opens_on_three_numbers() -> None:
    sheet = receipt.plan(lead_receipt()).sheets[0]
    assert sheet.name == "回执"
    figures = sheet.parts[0]
    assert [(item.label, item.value) for item in figures.items] == [  # type: ignore[union-attr]
        ("接收（行）", 5),
        ("其中请补充（行）", 1),
        ("不予接收（行）", 1),
    ]


def test_gravest_first_then_by_row() -> None:
    outcomes = [row["处理结果"].value for row in needed(lead_receipt())]  # type: ignore[attr-defined]
    assert outcomes == ["不予接收", "不予接收", "无效", "重复", "疑似重复", "请补充"]


def test_each_line_leads_to_the_cell_to_mend(tmp_path: Path) -> None:
    book = receipt.plan(lead_receipt())
    path = tmp_path / "r.xlsx"
    write(book, path)
    detail = openpyxl.load_workbook(path)["明细"]
    for row in needed(lead_receipt()):
        link = row["原表行"]
        assert isinstance(link, Link)
        column = detail[link.cell].column
        heading = next(cell.value for cell in detail[6] if cell.column == column)
        assert heading == (row["问题列"] or "处理结果")


def test_detail_is_the_submitters_table_with_our_columns_behind() -> None:
    table = receipt.plan(lead_receipt()).sheet("明细").table("明细")
    headings = [column.heading for column in table.columns]
    assert headings == [*lead_receipt().columns, *receipt.RESULT_HEADINGS]
    assert [row["序号"] for row in table.rows] == [1, 2, 3, 4, 5, 6]


def test_problem_cells_are_coloured_and_commented() -> None:
    table = receipt.plan(lead_receipt()).sheet("明细").table("明细")
    bad, thin = table.rows[2]["电话"], table.rows[1]["信息内容及进展"]
    assert isinstance(bad, Cell) and isinstance(thin, Cell)
    assert (bad.tone, thin.tone) == (Tone.BAD, Tone.WARN)
    assert "第5.2条" in bad.comment and "0553-6812345" in bad.comment


def test_batch_and_unit_travel_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    write(receipt.plan(lead_receipt()), path)
    book = openpyxl.load_workbook(path)
    assert book.custom_doc_props[receipt.BATCH_PROPERTY].value == "PC20261106-0003"
    assert book.custom_doc_props[receipt.UNIT_PROPERTY].value == "D0012"
    values = [cell.value for cell in book["明细"][3]]
    assert values[values.index("提报单位") + 1] == "芜湖市江城汽车销售有限公司"
    assert values[values.index("批次号") + 1] == "PC20261106-0003"


def test_returned_receipt_does_not_double_our_columns() -> None:
    first = lead_receipt()
    again = replace(
        first,
        columns=(*first.columns, *receipt.RESULT_HEADINGS),
        rows=tuple(replace(row, values=(*row.values, *["旧"] * 6)) for row in first.rows),
    )
    old = receipt.plan(first).sheet("明细").table("明细")
    new = receipt.plan(again).sheet("明细").table("明细")
    assert [column.heading for column in new.columns] == [column.heading for column in old.columns]
    assert new.rows == old.rows


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (("电话", "电话"), ["电话", "电话(2)"]),
        (("电话", "电话(2)", "电话"), ["电话", "电话(2)", "电话(3)"]),
        (("", " "), ["第1列", "第2列"]),
        (("客户\n单位", "A", "a"), ["客户 单位", "A", "a(2)"]),
    ],
)
def test_headings_as_sent(sent: tuple[str, ...], shown: list[str]) -> None:
    assert receipt.headings_as_sent(sent) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (13812345678.0, "13812345678"),
        (13812345678, "13812345678"),
        (999_999_999, 999_999_999),
        (5.0, 5),
        (5.5, 5.5),
        ("007", "007"),
        (None, None),
    ],
)
def test_as_sent(value: receipt.Plain, shown: object) -> None:
    assert receipt.as_sent(value) == shown
    assert type(receipt.as_sent(value)) is type(shown)


def test_nothing_to_do_is_said_plainly() -> None:
    row = ReceiptRow(5, ("芜湖一中",), "待甄别", "DKH202611-0001", "芜湖一中")
    data = Receipt(
        "江城",
        "a.xlsx",
        NOW,
        "PC1",
        "第四版",
        counts=Counts(read=1, accepted=1, pending=1),
        columns=("客户单位全称",),
        rows=(row,),
    )
    sheet = receipt.plan(data).sheets[0]
    lines = next(part for part in sheet.parts if isinstance(part, Notes)).lines
    assert lines[0] == Cell("全部行已接收，无需更正。", Tone.GOOD)
    assert not [part for part in sheet.parts if isinstance(part, Table) and part.name == "需处理"]


def test_repeat_without_findings_still_asks_for_attention() -> None:
    row = ReceiptRow(5, ("芜湖一中",), "重复", related="该客户已于 2026-11-03 由其他单位先报")
    data = replace(lead_receipt(), counts=Counts(read=1, accepted=1), rows=(row,))
    assert [item["问题说明"] for item in needed(data)] == [row.related]


def test_refused_file_has_no_detail_and_no_numbers() -> None:
    book = receipt.plan(refused_receipt())
    assert [sheet.name for sheet in book.sheets] == ["回执"]
    first = book.sheets[0].parts[0]
    assert isinstance(first, Notes)
    assert first.title == "本文件不予接收"


def test_row_shorter_than_its_headings() -> None:
    row = ReceiptRow(5, ("1",), "不予接收", findings=(Finding("缺少联系人", column="联系人"),))
    data = replace(lead_receipt(), rows=(row,))
    shown = receipt.plan(data).sheet("明细").table("明细").rows[0]
    assert shown["序号"] == "1"
    assert isinstance(shown["联系人"], Cell)


def test_columns_of_phones_are_text_when_edited() -> None:
    table = receipt.plan(lead_receipt()).sheet("明细").table("明细")
    looks = {column.heading: column.look for column in table.columns}
    assert (looks["电话"], looks["数量"]) == (Look.CODE, Look.TEXT)


def test_moments_of_own_leads_survive_the_keeping(tmp_path: Path) -> None:
    """A receipt is written from a kept payload: its dates are dates there too."""
    from processor.frozen import pack, unpack

    data = lead_receipt()
    kept = unpack(Receipt, pack(data))
    for made in (data, kept):
        write(receipt.plan(made), tmp_path / "r.xlsx")
        sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["历史信息当前状态"]
        headings = [cell.value for cell in sheet[3]]
        row = dict(zip(headings, (cell.value for cell in sheet[4]), strict=True))
        assert row["受理时间"] == datetime(2026, 10, 12, 8, 5, 3)
        assert row["到期日期"] == datetime(2027, 3, 31)


@pytest.mark.parametrize(
    ("own_at", "shown"),
    [
        (None, f"截至 {NOW:%Y-%m-%d %H:%M:%S}"),
        (datetime(2026, 10, 12, 18), "截至 2026-10-12 18:00:00"),
    ],
)
def test_own_leads_tell_when_they_stood_so(own_at: datetime | None, shown: str) -> None:
    data = replace(lead_receipt(), own_at=own_at)
    sheet = next(s for s in receipt.plan(data).sheets if s.name == "历史信息当前状态")
    assert sheet.right == (shown,)
