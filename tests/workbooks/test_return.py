"""What we send out comes back: our own reader understands the lists and the corrected receipt."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from processor.intake import forms, guard, reading
from processor.intake.raw import RawBook
from processor.model import FormKind
from processor.workbooks.sheets import write
from tests.workbooks import samples


def returned(name: str, folder: Path, edits: dict[str, object]) -> forms.LoadedForm:
    """The workbook as a person sends it back: some cells filled in, saved by another program."""
    path = folder / f"{name}.xlsx"
    write(samples.books()[name], path)
    book = openpyxl.load_workbook(path)
    for address, value in edits.items():
        sheet, _, cell = address.partition("!")
        book[sheet][cell] = value
    book.save(path)
    (safe,) = guard.examine(path, path.name)
    assert isinstance(safe, guard.Safe)
    (raw,) = reading.read_all([safe])
    assert isinstance(raw, RawBook)
    (form,) = forms.load([raw])
    return form


def test_screening_list_comes_back(tmp_path: Path) -> None:
    form = returned(
        "screening_list",
        tmp_path,
        {"甄别反馈表!R6": "有效", "甄别反馈表!U6": "2027-03-31", "甄别反馈表!Y6": "孙工"},
    )
    assert (form.kind, form.refused) == (FormKind.SCREENING, False)
    assert [row.values["lead_number"] for row in form.rows] == [
        "DKH202611-0008",
        "DKH202611-0007",
        "DKH202611-0009",
    ]
    assert form.rows[0].values["verdict"] == "有效"
    assert str(form.rows[0].values["expires_on"]) == "2027-03-31"
    assert "verdict" not in form.rows[1].values


def test_ruling_sheet_comes_back(tmp_path: Path) -> None:
    form = returned(
        "ruling_sheet", tmp_path, {"疑似重复裁定表!Y6": "不重复", "疑似重复裁定表!AD6": "否"}
    )
    assert form.kind is FormKind.RULINGS
    (row,) = form.rows
    assert row.values["ruling_number"] == "CD202611-0003"
    assert (row.values["ruling"], row.values["register_alias"]) == ("不重复", "否")
    assert (row.values["first_quantity"], row.values["later_quantity"]) == (12, 15)


@pytest.mark.parametrize("edited", [False, True])
def test_receipt_comes_back_as_a_correction(tmp_path: Path, edited: bool) -> None:
    edits: dict[str, object] = {"明细!J9": "李强", "明细!K9": "0553-6812345"} if edited else {}
    form = returned("receipt", tmp_path, edits)
    assert (form.kind, form.is_receipt) == (FormKind.LEADS, True)
    assert form.columns == samples.SENT  # our six columns are not the submitter's
    assert form.block["submitter"] == "芜湖市江城汽车销售有限公司"
    assert [row.lead_number for row in form.rows][:3] == ["DKH202611-0007", "DKH202611-0008", ""]
    assert form.rows[2].values.get("contact") == ("李强" if edited else None)
    assert [row.values["quantity"] for row in form.rows] == [12, 5, 20, 2, 8, 15]
