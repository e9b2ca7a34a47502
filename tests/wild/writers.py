"""The same invented leads, written by many programs."""

from __future__ import annotations

import csv
import io
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import xlsxwriter
import xlwt

HERE = Path(__file__).parent
TEMPLATES = HERE.parents[1] / "templates"
LEADS = "大客户信息记录表"

Grid = list[list[Any]]


def _sent() -> Grid:
    """`leads.csv`, typed."""
    with (HERE / "leads.csv").open(encoding="utf-8", newline="") as handle:
        rows: Grid = list(csv.reader(handle))
    for row in rows[1:]:
        row[0], row[7], row[8] = int(row[0]), int(row[7]), date.fromisoformat(row[8])
    return rows


HEADINGS, *ROWS = _sent()
BLOCK = {
    "提报单位": "芜湖江城汽车销售有限公司",
    "提报人": "王明",
    "提报人电话": "13956201177",
    "提报日期": date(2026, 11, 3),
}


def grid(headings: Sequence[str] = HEADINGS, rows: Grid | None = None) -> Grid:
    """The layout of the official form: title, block of label and value, headings, rows."""
    pairs = list(BLOCK.items())
    return [
        [LEADS],
        [pairs[0][0], pairs[0][1], "", pairs[1][0], pairs[1][1]],
        [pairs[2][0], pairs[2][1], "", pairs[3][0], pairs[3][1]],
        list(headings),
        *(rows or ROWS),
    ]


def texts(cells: Grid) -> list[list[str]]:
    return [[str(value) for value in row] for row in cells]


def by_xlsxwriter(
    cells: Grid, edit: Callable[[Any, Any], None] | None = None, **options: Any
) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, **options}) as book:
        page = book.add_worksheet(LEADS)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for r, row in enumerate(cells):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    page.write_datetime(r, c, pd.Timestamp(value).to_pydatetime(), day)
                elif value != "":
                    page.write(r, c, value)
        if edit:
            edit(book, page)
    return target.getvalue()


def by_openpyxl(cells: Grid, edit: Callable[[Any, Any], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = LEADS
    for row in cells:
        page.append([None if value == "" else value for value in row])
    if edit:
        edit(book, page)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def by_xlwt(cells: Grid, old_dates: bool = False) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    book.dates_1904 = old_dates
    page = book.add_sheet(LEADS)
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for r, row in enumerate(cells):
        for c, value in enumerate(row):
            if isinstance(value, date):
                serial = (value - (date(1904, 1, 1) if old_dates else date(1899, 12, 30))).days
                page.write(r, c, serial, day)
            elif value != "":
                page.write(r, c, value)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def by_csv(cells: Grid, encoding: str, delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(texts(cells))
    return text.getvalue().encode(encoding, "replace")


def by_pandas() -> bytes:
    """A plain frame: heading row first, the unit as a column."""
    frame = pd.DataFrame(ROWS, columns=list(HEADINGS))
    for label, value in BLOCK.items():
        frame[label] = value
    target = io.BytesIO()
    frame.to_excel(target, index=False, sheet_name="Sheet1")
    return target.getvalue()


def template(title: str, values: dict[str, Any], rows: list[dict[str, Any]]) -> bytes:
    """An official blank form, filled in by openpyxl."""
    book = openpyxl.load_workbook(TEMPLATES / f"{title}.xlsx")
    page = book[title]
    place: dict[str, int] = {}
    top = 0
    for row in page.iter_rows(max_row=12):
        found = {str(cell.value).strip("※ "): cell for cell in row if cell.value}
        if not values.keys().isdisjoint(found) and len(found) < 8:
            for label in values.keys() & found.keys():
                cell = found[label]
                page.cell(cell.row, cell.column + 1).value = values[label]
        if rows and rows[0].keys() <= found.keys():
            place = {label: cell.column for label, cell in found.items()}
            top = row[0].row
    assert top, title
    for number, filled in enumerate(rows, top + 1):
        for label, value in filled.items():
            page.cell(number, place[label]).value = None if value == "" else value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def office(data: bytes, to: str, came_as: str = "xlsx") -> bytes:
    """Saved again by LibreOffice, as `to` (an extension, with or without a filter)."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"form.{came_as}"
        source.write_bytes(data)
        profile = (Path(tempfile.gettempdir()) / "wild-office-profile").as_uri()
        command = ["soffice", "--headless", f"-env:UserInstallation={profile}", "--convert-to", to]
        out = Path(folder) / "out"
        subprocess.run(
            [*command, "--outdir", str(out), str(source)], check=True, capture_output=True
        )
        made = next(out.iterdir(), None)
        assert made is not None, to
        return made.read_bytes()


def rewritten(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same workbook with each member changed."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target.getvalue()
