"""The master workbook: written from the ledger, read back, compared; every sheet lossless."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from processor.ledger import tables as t
from processor.workspace import MASTER, Workspace, replace_file
from schemas.fields import Field, Kind
from schemas.master import MASTER_SHEETS

PUBLISHED_COPY = "master-published.xlsx"  # under state/: what the clerk started editing from
MAX_ROWS = 1_000_000  # below Excel's 1,048,576; what is beyond goes to the next volume
NOTES = (
    ("用途", "本工作簿是大客户信息的正式台账，由程序根据收到的表格生成；每次运行后更新。"),
    ("可修改的列", "台账的“状态”（只可改为“关闭”）和“人工备注”、客户别名的“停用”、"
     "处罚的“本人申诉/处理方式/审批”、奖励台账的“兑现日期/备注”。其他单元格的修改不会生效，"
     "但会记入“变更记录”。"),
    ("打开时", "台账打开期间程序照常处理来文，待关闭后的下一次运行再更新本文件。"),
    ("时间", "均为北京时间。"),
    ("—", "表示不适用。"),
)


def publish_master(workspace: Workspace, engine: Engine, at: datetime) -> str:
    """Write all sheets from the ledger, read the file back, compare, replace. Returns its SHA-256."""
    target = workspace.path(MASTER)
    with engine.connect() as connection, connection.begin() as transaction:
        sheets = {name: list(sheet_rows(connection, name)) for name in MASTER_SHEETS}
        transaction.rollback()
    copy = workspace.state / PUBLISHED_COPY

    def write(path: Path) -> None:
        write_master(path, sheets, at)
        wrong = compare_written(path, sheets)
        if wrong:
            raise RuntimeError(f"台账回读不一致：{wrong}")

    replace_file(target, write)
    data = target.read_bytes()
    replace_file(copy, _bytes(data))
    sha = hashlib.sha256(data).hexdigest()
    with engine.begin() as connection:
        connection.execute(t.meta.delete().where(t.meta.c.key == "master_sha"))
        connection.execute(t.meta.insert(), {"key": "master_sha", "value": sha})
    return sha


def _bytes(data: bytes) -> Any:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def sheet_rows(connection: Connection, name: str) -> Iterator[tuple[str, ...]]:
    """The rows of a sheet as the texts (and numbers) that are written, in the order of its key."""
    fields = MASTER_SHEETS[name]
    if name == "说明":
        yield from NOTES
        return
    table = t.SHEETS[name]
    stored = [f for f in fields if f.name not in t.COMPUTED]
    query = select(*(table.c[f.name] for f in stored)).order_by(
        *([table.c.received_at, table.c.number] if name == "台账" else [next(iter(table.primary_key.columns))])
    )
    clauses = _clauses() if "state_clause" in {f.name for f in fields} else {}
    names = [f.name for f in stored]
    for row in connection.execute(query):
        texts = dict(zip(names, map(_cell, row), strict=True))
        if clauses:
            texts["state_clause"] = clauses.get(texts["state_rule"], "")
        if "row_check" in {f.name for f in fields}:
            texts["row_check"] = ""
            texts["row_check"] = row_check(tuple(texts[f.name] for f in fields if f.name != "row_check"))
        yield tuple(texts[f.name] for f in fields)


def _clauses() -> dict[str, str]:
    from processor.model import RuleKey
    from processor.regulation.edition import load_all

    edition = load_all()[-1]
    return {rule.value: edition.clause(rule) for rule in RuleKey if edition.has(rule)}


def row_check(texts: Sequence[Any]) -> str:
    """行校验码: a short digest of the row's other cells."""
    body = json.dumps([str(x) for x in texts], ensure_ascii=False)
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return value


def write_master(path: Path, sheets: dict[str, list[tuple[Any, ...]]], at: datetime) -> None:
    """The workbook itself: frozen headings, filters, text columns, drop-downs where the clerk edits."""
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {"title": "大客户信息台账", "author": "大客户信息处理程序", "created": at}
        )
        head = book.add_format(
            {"bold": True, "font_name": "黑体", "bg_color": "#F2F3F5", "top": 2, "bottom": 1,
             "valign": "vcenter", "text_wrap": True}
        )
        edit_head = book.add_format(
            {"bold": True, "font_name": "黑体", "bg_color": "#FFF8DC", "top": 2, "bottom": 1,
             "valign": "vcenter", "text_wrap": True}
        )
        text = book.add_format({"num_format": "@", "font_name": "宋体", "font_size": 10.5})
        number = book.add_format({"num_format": "#,##0", "font_name": "Arial", "font_size": 10})
        edit = book.add_format(
            {"num_format": "@", "font_name": "宋体", "font_size": 10.5, "bg_color": "#FFFBEB"}
        )
        for name, rows in sheets.items():
            fields = MASTER_SHEETS[name]
            for volume in range(max(1, -(-len(rows) // MAX_ROWS))):
                part = rows[volume * MAX_ROWS : (volume + 1) * MAX_ROWS]
                sheet = book.add_worksheet(name if volume == 0 else f"{name}{volume + 1}")
                sheet.hide_gridlines(2)
                sheet.set_row(0, 30)
                for column, field in enumerate(fields):
                    style = edit if field.editable else number if field.kind is Kind.INTEGER else text
                    sheet.set_column(column, column, field.width, style)
                    sheet.write_string(0, column, field.heading, edit_head if field.editable else head)
                integers = {c for c, f in enumerate(fields) if f.kind is Kind.INTEGER}
                editable = {c for c, f in enumerate(fields) if f.editable}
                for index, row in enumerate(part, start=1):
                    for column, value in enumerate(row):
                        if column in integers and isinstance(value, int):
                            sheet.write_number(index, column, value, number)
                        elif value != "":
                            sheet.write_string(
                                index, column, str(value), edit if column in editable else text
                            )
                sheet.freeze_panes(1, 1)
                sheet.autofilter(0, 0, max(len(part), 1), len(fields) - 1)
                for column, choices in _choices(name, fields).items():
                    sheet.data_validation(
                        1, column, max(len(part), 1), column,
                        {"validate": "list", "source": choices, "error_type": "warning"},
                    )
                sheet.set_landscape()
                sheet.set_paper(9)
                sheet.fit_to_pages(1, 0)
                sheet.repeat_rows(0)
                sheet.set_footer("&C第 &P 页 共 &N 页")


def _choices(name: str, fields: tuple[Field, ...]) -> dict[int, list[str]]:
    wanted = {("台账", "state"): ["关闭"], ("客户别名", "disabled"): ["是", "否"],
              ("立项", "stage"): ["立项", "初访", "方案", "投标", "签约", "提车", "关闭"]}
    return {
        column: wanted[name, field.name]
        for column, field in enumerate(fields)
        if (name, field.name) in wanted
    }


def read_master(path: Path) -> dict[str, list[dict[str, str]]]:
    """All sheets of a master workbook as texts by heading; volumes of a sheet joined."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    found: dict[str, list[dict[str, str]]] = {}
    for name in book.sheet_names:
        base = name.rstrip("0123456789")
        if base not in MASTER_SHEETS:
            continue
        data = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        headings = [str(cell) for cell in data[0]] if data else []
        rows = found.setdefault(base, [])
        for row in data[1:]:
            rows.append({h: _read(cell) for h, cell in zip(headings, row, strict=False)})
    return found


def _read(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def compare_written(path: Path, sheets: dict[str, list[tuple[Any, ...]]]) -> str:
    """"" when the file says what was meant; else the first difference."""
    read = read_master(path)
    for name, rows in sheets.items():
        fields = MASTER_SHEETS[name]
        back = read.get(name, [])
        if len(back) != len(rows):
            return f"{name}：写入 {len(rows)} 行，读回 {len(back)} 行"
        for number, (meant, got) in enumerate(zip(rows, back, strict=True), start=2):
            for field, value in zip(fields, meant, strict=True):
                if same_text(value, got.get(field.heading, "")):
                    continue
                return f"{name}第 {number} 行 {field.heading}"
    return ""


def same_text(meant: Any, read: str) -> bool:
    """Whether a cell read back as text says what was written."""
    text = str(meant)
    if text == read:
        return True
    return text.replace("\r\n", "\n").replace("\r", "\n") == read.replace("_x000D_", "").replace("\r", "\n")


def typed(field: Field, text: str) -> Any:
    """A cell's text as the ledger's value. Raises ValueError when it is none of that kind."""
    if text == "":
        return None
    if field.kind is Kind.INTEGER:
        return int(float(text))
    if field.kind in (Kind.DATE, Kind.MONTH):
        return date.fromisoformat(text[:10])
    if field.kind is Kind.DATETIME:
        return datetime.fromisoformat(text)
    return text


def ledger_rows(name: str, rows: Iterable[dict[str, str]]) -> list[dict[str, Any]]:
    """Rows of a sheet read back, as rows of its table."""
    fields = [f for f in MASTER_SHEETS[name] if f.name not in t.COMPUTED]
    return [{f.name: typed(f, row.get(f.heading, "")) for f in fields} for row in rows]
