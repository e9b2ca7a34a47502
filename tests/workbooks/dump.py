"""A workbook as text by meaning: what people see and what programs rely on, not bytes.

Golden files are made again with `python -m tests.workbooks.dump` and read before committing.
"""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

TONES = {"FFF8D7D4": " [红]", "FFFCE8CC": " [橙]", "FFFFF8D6": " [黄]"}
GOLDEN = Path(__file__).parent.parent / "golden"


def text(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else str(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\n", "⏎")


def dump(path: Path) -> str:
    """Sheets, tables, cells with formulas and cached values, links, comments, lists, page."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    cached = openpyxl.load_workbook(path, data_only=True)
    lines = [f"标题 {book.properties.title} · {book.properties.subject}"]
    lines += [f"属性 {item.name} = {item.value}" for item in book.custom_doc_props.props]
    for sheet in book.worksheets:
        page = sheet.page_setup
        lines += [
            "",
            f"== {sheet.title} [{sheet.sheet_state}] 冻结 {sheet.freeze_panes or '无'} "
            f"{'保护' if sheet.protection.sheet else '不保护'} {page.orientation} "
            f"纸 {page.paperSize} 宽 {page.fitToWidth} 页 标题行 {sheet.print_title_rows or '无'}",
        ]
        assert not sheet.merged_cells.ranges, f"{sheet.title}: merged cells"
        for table in sheet.tables.values():
            lines.append(
                f"表 {table.name} {table.ref} 汇总行 {table.totalsRowCount or 0} "
                f"列 {' | '.join(column.name for column in table.tableColumns)}"
            )
        for rule in sheet.data_validations.dataValidation:
            lines.append(f"限制 {rule.sqref} {rule.type} {rule.formula1 or ''} {rule.prompt or ''}")
        hidden = [letter for letter, item in sheet.column_dimensions.items() if item.hidden]
        if hidden:
            lines.append(f"隐藏列 {' '.join(hidden)}")
        for row in sheet.iter_rows():
            cells = [_cell(cell, cached[sheet.title][cell.coordinate].value) for cell in row]
            shown = [cell for cell in cells if cell]
            if shown:
                lines.append("  ".join(shown))
    return "\n".join(lines) + "\n"


def _cell(cell: Any, value: object) -> str:
    if cell.value is None and not cell.comment:
        return ""
    words = f"{cell.coordinate}:{text('' if cell.value is None else cell.value)}"
    if cell.data_type == "f":
        words += f" ⇒ {text(value)}"
    if cell.hyperlink:
        words += f" →{cell.hyperlink.location or cell.hyperlink.target}"
    if cell.comment:
        words += f" 批注「{text(cell.comment.text)}」"
    colour = cell.fill.fgColor.rgb if cell.fill.fill_type else ""
    return words + TONES.get(colour, "")


def current() -> dict[str, str]:
    """The dump of every sample workbook."""
    from processor.workbooks.sheets import write
    from tests.workbooks import samples

    made: dict[str, str] = {}
    with TemporaryDirectory() as folder:
        for name, book in samples.books().items():
            path = Path(folder) / f"{name}.xlsx"
            write(book, path)
            made[name] = dump(path)
    return made


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, words in current().items():
        (GOLDEN / f"{name}.txt").write_text(words, encoding="utf-8")
