"""The workbooks that people of the demonstration make: forms in many hands, written from scratch.

Headings are typed here as people type them from the official forms; nothing is taken from the
schemas, so a heading that changes there without notice shows up as a difference.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from processor.demo.records import Cells, Register, Targets
from processor.demo.world import World

LEADS = "大客户信息记录表"
SYNONYMS = {
    "客户单位全称": "客户名称",
    "采购类别": "类别",
    "标的量(台)": "数量",
    "意向车型": "需求车型",
    "客户联系人(第三方)": "第三方联系人",
    "联系方式": "联系电话",
    "县(区)": "区县",
}
Block = Sequence[tuple[str, object]]


def _write_sheet(sheet: Any, dates: Any, top: int, rows: Iterable[Sequence[object]]) -> None:
    for r, row in enumerate(rows, top):
        for c, value in enumerate(row):
            if isinstance(value, (datetime, date)):
                sheet.write_datetime(r, c, value, dates)
            elif isinstance(value, int):
                sheet.write_number(r, c, value)
            elif value not in ("", None):
                sheet.write_string(r, c, str(value))


def workbook_bytes(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """A plain workbook: every text stays text, dates are dates."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})  # the same story, the same bytes
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            _write_sheet(book.add_worksheet(name), dates, 0, rows)
    return out.getvalue()


def form_rows(title: str, block: Block, headings: Sequence[str], rows: Iterable[Sequence[object]]) \
        -> list[list[object]]:  # fmt: skip
    """Title, the label/value pairs in two rows, the heading row, the table."""
    half = (len(block) + 1) // 2
    pairs = [[x for pair in part for x in pair] for part in (block[:half], block[half:])]
    return [[title], *(pairs if block else []), list(headings), *(list(row) for row in rows)]


def lead_form(
    how: str, unit: str, reporter: tuple[str, str], day: date, rows: Sequence[Cells],
    template: Path | None = None,
) -> bytes:  # fmt: skip
    """A 大客户信息记录表: `how` is xlsx, template, shuffled, csv or zip (see Submission.how)."""
    block: Block = (
        ("提报单位", unit), ("提报人", reporter[0]), ("提报人电话", reporter[1]), ("提报日期", day),
    )  # fmt: skip
    headings = list(rows[0])
    if how == "template" and template is not None and template.exists():
        return _filled(template, block, rows)
    if how == "csv":
        return _csv(block, headings, rows)
    if how == "shuffled":
        order = headings[7:] + headings[:7]
        shown = ["本店编号", *(SYNONYMS.get(h, h) for h in order)]
        table = [[f"内-{n}", *(row[h] for h in order)] for n, row in enumerate(rows, 1)]
        body = form_rows("大客户信息记录表（报大客户部）", block, shown, table)
        return workbook_bytes({"说明": [["请查收"]], "信息": [[], *body]})
    body = form_rows(LEADS, block, headings, ([row[h] for h in headings] for row in rows))
    return workbook_bytes({LEADS: body})


def _csv(block: Block, headings: list[str], rows: Sequence[Cells]) -> bytes:
    """Every column in the table, block values too, saved by an old Excel in GB18030."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*(label for label, _ in block), *headings])
    for row in rows:
        writer.writerow([*(value for _, value in block), *(row[h] for h in headings)])
    return out.getvalue().encode("gb18030")


def _filled(template: Path, block: Block, rows: Sequence[Cells]) -> bytes:
    """The official blank filled in place: value right of its label, rows below the headings."""
    import openpyxl

    book = openpyxl.load_workbook(template)
    sheet = book[LEADS] if LEADS in book.sheetnames else book.worksheets[0]
    values = dict(block)
    columns: dict[str, int] = {}
    start = 0
    for row in sheet.iter_rows(min_row=1, max_row=12):
        names = {str(c.value).lstrip("※* ").rstrip("※* "): c for c in row if c.value is not None}
        if "客户单位全称" in names:
            columns = {name: cell.column for name, cell in names.items()}
            start = (row[0].row or 0) + 1
            break
        for label in values.keys() & names.keys():
            cell = names[label]
            sheet.cell(cell.row, cell.column + 1).value = values[label]  # type: ignore[assignment]
    for n, cells in enumerate(rows):
        for heading, value in cells.items():
            if value != "":
                sheet.cell(start + n, columns[heading]).value = value  # type: ignore[assignment]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class _LegacyName(zipfile.ZipInfo):
    """A member whose name is stored in GBK without the UTF-8 flag, as Chinese Windows does."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def zipped(name: str, content: bytes, day: date) -> bytes:
    """A zip with one member named in GBK."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_LegacyName(name, (day.year, day.month, day.day, 9, 0, 0)), content)
    return out.getvalue()


def stray() -> bytes:
    """A workbook that is no form at all."""
    return workbook_bytes({"签到": [["会议签到表"], ["姓名", "部门"], ["王芳", "培训中心"]]})


REGISTER_HEADINGS = (
    "序号", "信息编号", "立项编号", "合同编号", "客户单位全称", "执行经销商", "合同签订日期",
    "车型", "合同数量(台)", "合同金额(万元)", "约定交付期", "本月实际提车(台)", "累计实际提车(台)",
    "提车日期起", "提车日期止", "VIN清单", "执行状态", "证明资料", "备注",
)  # fmt: skip


def register_form(register: Register, preparer: str, rows: Sequence[Mapping[str, object]]) -> bytes:
    """A 合同登记汇总表; without rows a nil one."""
    block: Block = (
        ("统计月份", f"{register.month:%Y-%m}"), ("填报人", preparer),
        ("填报日期", register.at.date()), ("本月无合同", "" if rows else "是"),
    )  # fmt: skip
    table = ([row.get(h, "") for h in REGISTER_HEADINGS] for row in rows)
    body = form_rows("合同登记汇总表", block, REGISTER_HEADINGS, table)
    return workbook_bytes({"合同登记汇总表": body})


def application_form(unit: str, applicant: str, day: date, row: Mapping[str, object]) -> bytes:
    """A 大客户项目申报表 with one row."""
    block: Block = (("申报单位", unit), ("申报人", applicant), ("申报日期", day))
    body = form_rows("大客户项目申报表", block, list(row), [list(row.values())])
    return workbook_bytes({"大客户项目申报表": body})


def leak_form(row: Mapping[str, object]) -> bytes:
    """A 信息泄漏登记表 with one row and no block."""
    return workbook_bytes(
        {"信息泄漏登记表": form_rows("信息泄漏登记表", (), list(row), [list(row.values())])}
    )


def targets_form(targets: Targets, world: World) -> bytes:
    """A 目标信息量分解调整表."""
    months = [f"{n}月" for n in range(1, 13)]
    block: Block = (
        ("年度", targets.year), ("版本号", targets.version),
        ("生效月份", f"{targets.effective:%Y-%m}"), ("批准人", "销售公司总经理"),
        ("批准日期", targets.at.date()),
        ("调整原因", "季度分解调整" if targets.version > 1 else ""),
    )  # fmt: skip
    table = [
        [world.unit(code).name, sum(row), *row, world.unit(code).leader, ""]
        for code, row in targets.table.items()
    ]
    headings = ["部门", "全年目标", *months, "部门分管领导", "备注"]
    body = form_rows("目标信息量分解调整表", block, headings, table)
    return workbook_bytes({"目标信息量分解调整表": body})


def fill_roster(path: Path, world: World) -> None:
    """The blank 单位名录 at `path` filled in, as the clerk does: under the headings, as they stand.

    Raises ValueError when a sheet has not the headings typed here.
    """
    from openpyxl import load_workbook

    book = load_workbook(path)
    for name, (headings, *rows) in _roster_sheets(world).items():
        sheet = book[name]
        found = (r for r in sheet.iter_rows(max_row=10, values_only=True) if r[0] == headings[0])
        if list(next(found, ())) != headings:
            raise ValueError(f"{name}: no row of {headings}")
        top = next(n for n in range(1, 11) if sheet.cell(n, 1).value == headings[0])
        for number, values in enumerate(rows, top + 1):
            for column, value in enumerate(values, 1):
                if value not in (None, ""):
                    sheet.cell(number, column).value = value
    book.save(path)


def _roster_sheets(world: World) -> dict[str, list[list[Any]]]:
    """Headings and rows of the five sheets."""
    units = [
        [
            u.code, u.name, "；".join(u.aliases), u.kind.value, u.province, u.city,
            "在网" if u.active else "停网", u.since, u.until, u.head, u.head_mail, u.leader,
            u.leader_mail, u.folder, u.account,
        ]
        for u in world.units
    ]  # fmt: skip
    people = [
        [p.name, p.section, p.role, p.mail, p.deputy, p.since, p.until, p.since]
        for p in world.people
    ]
    duties = [[d.category, d.province, d.section, d.screener, d.deputy] for d in world.duties]
    calendar = [[day, "班" if on else "休", "公司通知"] for day, on in world.overrides]
    aliases = [[a.alias, a.customer, a.source] for a in world.aliases]
    return {
            "单位": [
                ["单位编码", "单位全称", "简称或别名", "类型", "省", "市", "状态", "启用日期",
                 "停用日期", "负责人", "负责人邮箱", "分管领导", "领导邮箱", "收件目录名",
                 "收款户名"],
                *units,
            ],
            "人员": [
                ["姓名", "科室", "角色", "邮箱", "代理人", "在岗起", "在岗止", "保密承诺签署日期"],
                *people,
            ],
            "甄别分工": [["采购类别", "省", "科室", "项目责任人", "代理人"], *duties],
            "日历调整": [["日期", "类型", "来源"], *calendar],
            "客户别名": [["别名", "客户单位全称", "来源"], *aliases],
    }  # fmt: skip
