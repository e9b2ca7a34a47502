"""Workspaces to measure: made by `processor init`, a roster of dealers, forms in the inbox."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.customers import Report, report

LEADS = "大客户信息记录表"
DEPARTMENTS = 4
_UNIT_NAMES = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
HEADINGS = (
    "序号", "客户单位全称", "采购类别", "省", "市", "县(区)", "项目名称", "意向车型", "标的量(台)",
    "预计采购时间", "采购方式", "客户联系人(第三方)", "联系人职务", "联系方式", "竞争品牌及报价",
    "信息来源", "信息内容及进展", "备注",
)  # fmt: skip


def unit_name(number: int) -> str:
    """Name of dealer `number`; departments are 部门1 … 部门4."""
    a, b, c = number // 400 % 20, number // 20 % 20, number % 20
    return f"安徽{_UNIT_NAMES[a]}{_UNIT_NAMES[b]}{_UNIT_NAMES[c]}汽车销售有限公司"


def unit_code(number: int) -> str:
    return f"D{number:04d}"


def make_workspace(root: Path, dealers: int, start: date = date(2026, 11, 1)) -> None:
    """An initialised workspace with a filled roster. Nothing waits for half-copied files."""
    from processor.setup import init_workspace

    shutil.rmtree(root, ignore_errors=True)
    init_workspace(root)
    (root / "processor.toml").write_text(
        f"[intake]\nsettle_seconds = 0\n[workspace]\nstart_date = {start}\n", "utf-8"
    )
    _fill_roster(root / "master" / "单位名录.xlsx", dealers)


def _fill_roster(path: Path, dealers: int) -> None:
    import openpyxl

    units: list[dict[str, Any]] = [
        {"单位编码": unit_code(n), "单位全称": unit_name(n), "类型": "经销商", "省": "安徽省",
         "市": "芜湖市", "状态": "在网", "启用日期": date(2020, 1, 1), "负责人": "负责人"}
        for n in range(dealers)
    ]  # fmt: skip
    units += [
        {"单位编码": f"B{n + 1:02d}", "单位全称": f"区域营销{n + 1}部", "类型": "部门",
         "状态": "在网", "启用日期": date(2020, 1, 1), "分管领导": "分管领导"}
        for n in range(DEPARTMENTS)
    ]  # fmt: skip
    units += [
        {"单位编码": "K01", "单位全称": "业务开发一科", "类型": "业务开发科室", "状态": "在网"},
        {"单位编码": "K02", "单位全称": "业务开发二科", "类型": "业务开发科室", "状态": "在网"},
        {"单位编码": "Z02", "单位全称": "销售支持科", "类型": "职能科室", "状态": "在网"},
    ]
    people = [
        {"姓名": "周策", "科室": "市场策略科", "角色": "策略科责任人"},
        {"姓名": "赵丽", "科室": "销售支持科", "角色": "销售支持责任人"},
        {"姓名": "孙工", "科室": "业务开发一科", "角色": "项目责任人"},
        {"姓名": "钱工", "科室": "业务开发二科", "角色": "项目责任人"},
    ]
    duties = [
        {"采购类别": "公检法司", "科室": "业务开发一科", "项目责任人": "孙工"},
        {"采购类别": "", "省": "*", "科室": "业务开发二科", "项目责任人": "钱工"},
    ]
    book = openpyxl.load_workbook(path)
    for name, rows in {"单位": units, "人员": people, "甄别分工": duties}.items():
        sheet = book[name]
        top, columns = next(
            (row[0].row, {_plain(c.value): c.column for c in row if c.value is not None})
            for row in sheet.iter_rows(max_row=8)
            if _plain(row[0].value) in ("单位编码", "姓名", "采购类别")
        )
        for line in sheet.iter_rows(min_row=top + 1, max_row=top + 60):
            for cell in line:
                cell.value = None
        for number, cells in enumerate(rows, top + 1):
            for heading, value in cells.items():
                if value != "":
                    sheet.cell(number, columns[heading]).value = value
    book.save(path)


def _plain(value: object) -> str:
    return str(value or "").strip().strip("※* ")


# What goes wrong with every so many-th row, as in a real inbox.
NO_CONTACT, TOO_FEW, REPEATED, NO_COUNTY = 40, 50, 12, 15


def rows_of(form: int, count: int, first: int = 0) -> Iterator[Report]:
    """The rows of form `form`: customers `first` + form × count …, with ordinary mistakes.

    Every 12th row reports the customer of the same row 7 forms before (from form 7 on).
    """
    from dataclasses import replace

    for line in range(count):
        number = form * count + line
        if number % REPEATED == 5 and form >= 7:
            number -= 7 * count
            yield replace(report(first + number), content="另一单位也在跟进，客户已约定下周面谈")
            continue
        row = report(first + number)
        if number % NO_CONTACT == 3:
            row = replace(row, contact="")
        elif number % TOO_FEW == 9:
            row = replace(row, quantity=2)
        elif number % NO_COUNTY == 1:
            row = replace(row, county="", content="客户拟购车")
        yield row


def write_form(path: Path, unit: str, rows: Iterator[Report] | list[Report], day: date) -> None:
    """A 大客户信息记录表 as a dealer saves it."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        head = book.add_format({"bold": True, "border": 1, "bg_color": "#EEEEEE", "text_wrap": 1})
        cell = book.add_format({"border": 1})
        dated = book.add_format({"border": 1, "num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet(LEADS)
        sheet.set_column(0, len(HEADINGS), 14)
        sheet.write(0, 0, LEADS, title)
        sheet.write_row(
            2, 0, ["提报单位", unit, "", "提报人", "王明远", "", "提报人电话", "13855312045"]
        )
        sheet.write_row(3, 0, ["提报日期"])
        sheet.write_datetime(3, 1, day, dated)
        sheet.write_row(5, 0, HEADINGS, head)
        for number, row in enumerate(rows, 1):
            at = 5 + number
            sheet.write_row(
                at, 0,
                [number, row.customer, row.category, row.province, row.city, row.county, "",
                 row.model, row.quantity],
                cell,
            )  # fmt: skip
            sheet.write_datetime(at, 9, row.expected, dated)
            sheet.write_row(
                at, 10,
                ["公开招标", row.contact, row.title, row.phone, "哈弗H6", row.origin, row.content],
                cell,
            )  # fmt: skip


def fill_inbox(
    root: Path, forms: int, rows: int, first: int = 0, day: date = date(2026, 11, 3)
) -> None:
    """`forms` forms of `rows` rows, one a dealer, in the inbox."""
    for form in range(forms):
        path = root / "inbox" / f"提报_{form:04d}.xlsx"
        write_form(path, unit_name(form), rows_of(form, rows, first), day)
