"""The same job done the usual way, to measure against: a plain script of the kind offices write.

openpyxl reads each form, every row is checked in a loop, every name is compared with every earlier
name by RapidFuzz, XlsxWriter writes a receipt for each file, the list for the section, the pairs to
be ruled on and the register. It does less than the product (no archive, no journal, no durability,
no reading back, no events, no development plan), and gives the same decisions on these forms:
`benchmarks.cases` compares them row by row.

    python -m benchmarks.peer INBOX OUT

Writes OUT/decisions.json: file -> [[Excel row, outcome], …].
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from rapidfuzz import fuzz, process

TITLE = "大客户信息记录表"
CATEGORIES = {"政府采购", "公检法司", "军警装备", "出租", "租赁", "驾校", "企事业单位", "其他"}
PHONE = re.compile(r"^(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})$")
LIKE = 95  # RapidFuzz ratio from which two names are looked at
NOW = datetime(2026, 11, 3, 9, 30)
REQUIRED = ("客户单位全称", "采购类别", "标的量(台)", "客户联系人(第三方)", "联系方式")
REMINDED = ("省", "市", "县(区)", "意向车型", "预计采购时间", "信息内容及进展")
REGISTER = (
    "信息编号", "状态", "状态原因", "提报单位", *REQUIRED, *REMINDED, "联系人职务",
    "竞争品牌及报价", "信息来源", "采购方式", "来源文件", "来源行", "受理时间", "重复于",
    "应反馈时间", "科室", "项目责任人", "请补充",
)  # fmt: skip


@dataclass
class Row:
    """One row of a form, and what became of it."""

    file: str
    unit: str
    line: int
    cells: dict[str, Any]
    outcome: str = ""
    reasons: list[str] = field(default_factory=list)
    remind: list[str] = field(default_factory=list)
    number: str = ""
    first: str = ""  # the earlier lead of the same customer


Form = tuple[str, list[Row]]  # submitter, rows


def main(
    inbox: Path, out: Path, read: Callable[[Path], Form], check: Callable[[list[Row]], None]
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    files = [(read(path), path) for path in inbox.glob("*.xlsx")]
    # first come: by arrival, then by unit
    files.sort(key=lambda item: (item[1].stat().st_ctime_ns / 1e9, item[0][0], item[1].name))
    names: list[str] = []
    leads: list[Row] = []
    compared: list[Row] = []
    for (_, rows), _path in files:
        check(rows)
        for row in rows:
            judge(row, names, compared)
            if row.outcome != "不予接收":
                leads.append(row)
                row.number = f"DKH202611-{len(leads):04d}"
    for (unit, rows), path in files:
        write_receipt(out / "回执" / unit / f"{path.stem}_回执.xlsx", unit, path.name, rows)
    everything = [row for (_, rows), _path in files for row in rows]
    pending = [row for row in leads if row.outcome == "待甄别"]
    write_list(out / "甄别反馈表.xlsx", "甄别反馈表", pending)
    write_list(out / "疑似重复裁定表.xlsx", "疑似重复裁定表", [r for r in leads if r.first])
    write_register(out / "台账.xlsx", leads, [r for r in everything if r.outcome == "不予接收"])
    decisions: dict[str, list[tuple[int, str]]] = {}
    for row in everything:
        decisions.setdefault(row.file, []).append((row.line, row.outcome))
    (out / "decisions.json").write_text(json.dumps(decisions, ensure_ascii=False), "utf-8")


def read_form(path: Path) -> Form:
    """The submitter and the rows under the headings."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    unit, headings, rows = "", {}, []
    for number, values in enumerate(book[TITLE].iter_rows(values_only=True), 1):
        if not headings:
            if values[0] == "提报单位":
                unit = str(values[1])
            elif values[0] == "序号":
                headings = {at: text for at, text in enumerate(values) if text}
            continue
        cells = {text: values[at] if at < len(values) else None for at, text in headings.items()}
        if any(cells.get(name) not in (None, "") for name in REQUIRED):
            rows.append(Row(path.name, unit, number, cells))
    book.close()
    return unit, rows


def check_rows(rows: list[Row]) -> None:
    """The gate, row by row."""
    for row in rows:
        cells = row.cells
        row.reasons = [f"未填{name}" for name in REQUIRED if cells.get(name) in (None, "")]
        quantity = cells.get("标的量(台)")
        if cells.get("采购类别") not in CATEGORIES:
            row.reasons.append("采购类别不在规定范围")
        if quantity is not None and not (isinstance(quantity, int) and quantity > 0):
            row.reasons.append("标的量(台)无法识别")
        if cells.get("联系方式") and not PHONE.match(str(cells["联系方式"]).replace(" ", "")):
            row.reasons.append("联系方式无法识别")


def judge(row: Row, names: list[str], compared: list[Row]) -> None:
    """Minimum quantity, first come; the row joins those compared with later ones."""
    cells = row.cells
    if row.reasons:
        row.outcome = "不予接收"
        return
    row.remind = [f"请补充{name}" for name in REMINDED if cells.get(name) in (None, "")]
    if len(str(cells.get("信息内容及进展") or "")) < 10:
        row.remind.append("信息内容不少于10个字")
    if cells["标的量(台)"] < 3:
        row.outcome, row.reasons = "无效", ["标的量不足3台"]
        return
    name = re.sub(r"[\s()（）]", "", str(cells["客户单位全称"]))
    row.outcome = "待甄别"
    for _, _score, at in process.extract(
        name, names, scorer=fuzz.ratio, score_cutoff=LIKE, limit=None
    ):
        earlier = compared[at]
        if same_place(earlier.cells, cells):
            row.first = earlier.number
            row.outcome = "重复" if earlier.unit == row.unit else "待裁定"
            row.reasons = ["先报信息尚在有效期内"]
            break
    names.append(name)
    compared.append(row)


def same_place(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(
        not one.get(name) or not other.get(name) or one[name] == other[name]
        for name in ("省", "市", "县(区)")
    )


def formats(book: Any) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 18, "font_name": "黑体"}),
        "head": book.add_format(
            {"bold": True, "font_name": "黑体", "bg_color": "#F1F3F6", "text_wrap": True, "top": 2,
             "bottom": 2}
        ),
        "cell": book.add_format({"font_name": "宋体", "text_wrap": True, "bottom": 7}),
        "bad": book.add_format({"font_name": "宋体", "bg_color": "#F8D7D4", "text_wrap": True}),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "bottom": 7}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "bottom": 7}),
    }  # fmt: skip


def put(sheet: Any, row: int, column: int, value: Any, look: dict[str, Any], name: str) -> None:
    if isinstance(value, datetime) and (value.hour or value.minute):
        sheet.write_datetime(row, column, value, look["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, look["date"])
    elif value is None:
        sheet.write_blank(row, column, None, look[name])
    elif isinstance(value, str):
        sheet.write_string(row, column, value, look[name])
    else:
        sheet.write_number(row, column, value, look[name])


OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_receipt(path: Path, unit: str, file: str, rows: list[Row]) -> None:
    """回执: the numbers and the rows with something to say; 明细: every row as sent; own leads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    taken = Counter(row.outcome for row in rows)
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        look = formats(book)
        sheet = book.add_worksheet("回执")
        sheet.set_column(0, 7, 16)
        sheet.write(0, 0, f"{TITLE}回执", look["title"])
        sheet.write_row(1, 0, [f"提报单位：{unit}", f"文件：{file}", f"受理时间：{NOW}"])
        sheet.write_row(
            2, 0, ["接收", len(rows) - taken["不予接收"], "不予接收", taken["不予接收"]]
        )
        sheet.write_row(4, 0, ["原表行", "客户单位全称", "处理结果", "问题说明"], look["head"])
        told = [row for row in rows if row.reasons or row.remind]
        for at, row in enumerate(told, 5):
            sheet.write_string(at, 0, f"第{row.line}行", look["cell"])
            put(sheet, at, 1, row.cells["客户单位全称"], look, "cell")
            sheet.write_string(at, 2, row.outcome, look["bad"])
            sheet.write_string(at, 3, "；".join(row.reasons + row.remind), look["cell"])
        sheet = book.add_worksheet("明细")
        headings = [*rows[0].cells, "处理结果", "信息编号", "问题说明"]
        sheet.set_column(0, len(headings), 14)
        sheet.write_row(0, 0, headings, look["head"])
        for at, row in enumerate(rows, 1):
            values = [
                *row.cells.values(), row.outcome, row.number, "；".join(row.reasons + row.remind)
            ]  # fmt: skip
            for column, value in enumerate(values):
                put(sheet, at, column, value, look, "cell")
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), len(headings) - 1)
        sheet = book.add_worksheet("历史信息")
        own = ["信息编号", "受理时间", "客户单位全称", "意向车型", "标的量(台)", "状态", "说明"]
        sheet.write_row(0, 0, own, look["head"])
        for at, row in enumerate((r for r in rows if r.number), 1):
            values = [row.number, NOW, row.cells["客户单位全称"], row.cells.get("意向车型"),
                      row.cells["标的量(台)"], row.outcome, "；".join(row.reasons)]  # fmt: skip
            for column, value in enumerate(values):
                put(sheet, at, column, value, look, "cell")


def write_list(path: Path, title: str, rows: list[Row]) -> None:
    """The rows a section or the clerk has to answer, with empty columns to fill in."""
    columns = ["信息编号", "应反馈时间", "科室", "项目责任人", *REQUIRED, *REMINDED, "先报信息编号",
               "甄别结论", "无效原因", "到期日期", "核实标的量", "甄别人", "备注"]  # fmt: skip
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        look = formats(book)
        sheet = book.add_worksheet(title)
        sheet.set_column(0, len(columns), 13)
        sheet.write(0, 0, title, look["title"])
        sheet.write_row(2, 0, columns, look["head"])
        for at, row in enumerate(rows, 3):
            values = {**row.cells, **register_values(row)}
            for column, name in enumerate(columns):
                put(sheet, at, column, values.get(name), look, "cell")
        sheet.freeze_panes(3, 1)
        if rows:
            sheet.autofilter(2, 0, 2 + len(rows), len(columns) - 1)


def register_values(row: Row) -> dict[str, Any]:
    return {
        "信息编号": row.number, "状态": row.outcome, "状态原因": "；".join(row.reasons),
        "提报单位": row.unit, "来源文件": row.file, "来源行": row.line, "受理时间": NOW,
        "重复于": row.first, "先报信息编号": row.first, "应反馈时间": NOW + timedelta(days=2),
        "科室": "业务开发二科", "项目责任人": "钱工", "请补充": "；".join(row.remind),
    }  # fmt: skip


def write_register(path: Path, leads: list[Row], refused: list[Row]) -> None:
    """台账: all leads; 不予接收: the refused rows."""
    with xlsxwriter.Workbook(str(path), {**OPTIONS, "constant_memory": True}) as book:
        look = formats(book)
        for title, rows in (("台账", leads), ("不予接收", refused)):
            sheet = book.add_worksheet(title)
            sheet.set_column(0, len(REGISTER), 13)
            sheet.write_row(0, 0, REGISTER, look["head"])
            for at, row in enumerate(rows, 1):
                values = {**row.cells, **register_values(row)}
                for column, name in enumerate(REGISTER):
                    put(sheet, at, column, values.get(name), look, "cell")
            sheet.freeze_panes(1, 1)
            sheet.autofilter(0, 0, max(len(rows), 1), len(REGISTER) - 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), read_form, check_rows)
