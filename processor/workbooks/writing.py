"""A described workbook becomes xlsx bytes.

XlsxWriter in memory with the caller's clock: equal books give equal bytes. Text is always written
as text, never guessed to be a formula, a link or a number. Whatever XlsxWriter would skip silently
is an error here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from io import BytesIO
from typing import Any

from processor.workbooks import charts, layout, measure, style
from processor.workbooks.placed import Placed, PlacedTable
from processor.workbooks.sheets import Book, Column, Figures, Formula, Link, Plain, column_letter
from processor.workbooks.style import DATED, Look

WIDE = 200.0  # characters across from which a page needs its margins
MAX_LIST = 255  # characters of a literal drop-down list


def render(book: Book) -> bytes:
    """The bytes of the workbook. ValueError when the description contradicts itself."""
    import xlsxwriter

    _check(book)
    buffer = BytesIO()
    workbook = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,  # members get a fixed date in the zip
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": style.SONG, "font_size": 10.5},
        },
    )
    workbook.set_properties(
        {
            "title": book.title,
            "subject": book.subject,
            "author": "大客户部 市场策略科",
            "company": "销售公司",
            "created": book.created,
        }
    )
    for name, value in book.properties:
        workbook.set_custom_property(name, value, "text")
    formats = _formats(workbook)
    placed = {sheet.name: layout.place(sheet) for sheet in book.sheets}
    worksheets = {name: workbook.add_worksheet(name) for name in placed}
    for name, area in placed.items():
        _sheet(worksheets[name], area, formats)
    for name, area in placed.items():
        for chart, row, high in area.charts:
            made = charts.make(workbook, chart, placed, area, high)
            worksheets[name].insert_chart(
                row,
                len(area.table(chart.table).table.columns) if chart.beside else 0,
                made,
                {"description": chart.alt, "object_position": 2},
            )
    for name, target in book.names:
        workbook.define_name(name, "=" + target)
    first = next(sheet.name for sheet in book.sheets if not sheet.hidden)
    worksheets[first].activate()
    worksheets[first].set_first_sheet()
    workbook.close()
    return buffer.getvalue()


def _check(book: Book) -> None:
    """Faults of the caller that XlsxWriter or Excel would meet with silence or a repair message."""
    names = [sheet.name for sheet in book.sheets]
    tables: list[str] = []
    for sheet in book.sheets:
        if len(sheet.name) > 31:
            raise ValueError(f"sheet name too long: {sheet.name}")
        for placed in layout.place(sheet).tables:
            tables.append(placed.table.name)
            headings = [column.heading.casefold() for column in placed.table.columns]
            if len(set(headings)) < len(headings) or not all(headings):
                raise ValueError(f"{placed.table.name}: blank or repeated heading")
            for column in placed.table.columns:
                if len(",".join(column.choices)) > MAX_LIST:
                    raise ValueError(f"{column.heading}: drop-down list too long")
        for value, _, _ in layout.place(sheet).cells.values():
            if isinstance(value, Link) and value.sheet and value.sheet not in names:
                raise ValueError(f"{sheet.name}: dead link to {value.sheet}")
    if len(set(names)) < len(names) or len({name.casefold() for name in tables}) < len(tables):
        raise ValueError("repeated sheet or table name")


def _formats(workbook: Any) -> Callable[[dict[str, object]], Any]:
    made: dict[tuple[tuple[str, object], ...], Any] = {}
    # most cells share one dictionary; it is kept here, so that its id stays its own
    known: dict[int, tuple[dict[str, object], Any]] = {}

    def get(properties: dict[str, object]) -> Any:
        found = known.get(id(properties))
        if found is None:
            key = tuple(sorted(properties.items()))
            if key not in made:
                made[key] = workbook.add_format(properties)
            found = known[id(properties)] = (properties, made[key])
        return found[1]

    return get


def _sheet(worksheet: Any, area: Placed, formats: Callable[[dict[str, object]], Any]) -> None:
    worksheet.hide_gridlines(2)
    worksheet.set_default_row(style.ROW_POINTS)
    hidden = {
        index
        for placed in area.tables
        for index, column in enumerate(placed.table.columns)
        if column.hidden
    }
    for index, width in enumerate(area.widths):
        worksheet.set_column(index, index, width, None, {"hidden": index in hidden})
    for row, height in area.heights.items():
        worksheet.set_row(row, height)
    for placed in area.tables:  # before the cells: the cells carry the formats
        _table(worksheet, area, placed, formats)
    _unmarked(worksheet, area)
    for (row, column), (value, properties, comment) in area.cells.items():
        look = formats(properties)
        if isinstance(value, str):  # most cells
            result = worksheet.write_string(row, column, value, look)
        elif value is None:
            result = worksheet.write_blank(row, column, None, look)
        else:
            result = _cell(worksheet, row, column, value, look)
        if result:
            where = f"{worksheet.get_name()}!{column_letter(column)}{row + 1}"
            raise ValueError(f"cell not written: {where}")
        if comment:
            _comment(worksheet, row, column, comment)
    _page(worksheet, area)


def _cell(worksheet: Any, row: int, column: int, value: Plain, look: Any) -> int:
    """What is neither text nor blank; not 0 when XlsxWriter did not write it."""
    result = 0
    match value:
        case Formula():
            cached = float(value.value) if isinstance(value.value, Fraction) else value.value
            result = worksheet.write_formula(
                row, column, value.text, look, "" if cached is None else cached
            )
        case Link():
            text = measure.clean(value.text)
            # Excel holds 65,530 links a sheet; beyond that the text alone is written
            if worksheet.write_url(row, column, _target(value), look, text):
                result = worksheet.write_string(row, column, text, look)
        case bool():
            result = worksheet.write_string(row, column, "是" if value else "否", look)
        case int() | float():
            result = worksheet.write_number(row, column, value, look)
        case Fraction():
            result = worksheet.write_number(row, column, float(value), look)
        case date():
            result = worksheet.write_datetime(row, column, value, look)
    return result


def _comment(worksheet: Any, row: int, column: int, comment: str) -> None:
    lines = style.lines_needed(comment, 30)
    worksheet.write_comment(
        row,
        column,
        comment,
        {
            "author": "大客户部",
            "font_name": style.SONG,
            "font_size": 10,
            "x_scale": 1.7,
            "y_scale": max(0.5, 0.24 * lines + 0.15),
        },
    )


def _target(link: Link) -> str:
    if link.file:
        # "#" would start an anchor; a lone "%" would be taken for an escape
        path = link.file.replace("%", "%25").replace("#", "%23")
        return "external:" + (path.replace(" ", "%20") if path != link.file else path)
    return f"internal:'{link.sheet.replace(chr(39), chr(39) * 2)}'!{link.cell}"


def _table(
    worksheet: Any, area: Placed, placed: PlacedTable, formats: Callable[[dict[str, object]], Any]
) -> None:
    table = placed.table
    columns: list[dict[str, object]] = []
    for index, column in enumerate(table.columns):
        item: dict[str, object] = {
            "header": column.heading,
            "header_format": formats(style.heading()),
        }
        if placed.total is not None:
            total, _, _ = area.cells[placed.total, index]
            if isinstance(total, Formula):
                item["total_function"] = total.text
            elif total is not None:
                item["total_string"] = measure.plain_text(total)
        columns.append(item)
    result = worksheet.add_table(
        placed.heading,
        0,
        placed.last if placed.total is None else placed.total,
        len(columns) - 1,
        {
            "name": table.name,
            "columns": columns,
            "style": None,
            "banded_rows": False,
            "autofilter": table.filter,
            "total_row": placed.total is not None,
        },
    )
    if result:
        raise ValueError(f"table not written: {table.name}")
    for index, column in enumerate(table.columns):
        _validation(worksheet, placed, index, column)


def _unmarked(worksheet: Any, area: Placed) -> None:
    """No green corners on phones and codes; said once: a second time would replace the first."""
    texts = [
        f"{column_letter(index)}{placed.first + 1}:{column_letter(index)}{placed.last + 1}"
        for placed in area.tables
        for index, column in enumerate(placed.table.columns)
        if column.look in (Look.CODE, Look.TEXT)
    ]
    if texts:
        worksheet.ignore_errors({"number_stored_as_text": " ".join(texts)})


def _validation(worksheet: Any, placed: PlacedTable, index: int, column: Column) -> None:
    if not column.editable:
        return
    rule: dict[str, object] = {"validate": "any"}
    if column.choices:
        rule = {
            "validate": "list",
            "source": list(column.choices),
            "error_title": "请从下拉列表中选择",
            "error_message": f"「{column.heading}」只能填写：{'、'.join(column.choices)}"[:255],
        }
    elif column.look in DATED:
        rule = {
            "validate": "date",
            "criteria": ">=",
            "value": date(2000, 1, 1),
            "error_title": "日期格式",
            "error_message": f"「{column.heading}」请填写日期，例如 2026-11-03。",
        }
    elif column.look is Look.COUNT:
        rule = {
            "validate": "integer",
            "criteria": ">=",
            "value": 0,
            "error_title": "请填写整数",
            "error_message": f"「{column.heading}」请填写不小于 0 的整数。",
        }
    if column.hint:
        rule |= {"input_title": column.heading[:32], "input_message": column.hint[:255]}
    elif rule["validate"] == "any":
        return
    if worksheet.data_validation(placed.first, index, placed.last, index, rule):
        raise ValueError(f"validation not written: {column.heading}")


def _page(worksheet: Any, area: Placed) -> None:
    sheet = area.sheet
    if sheet.landscape:
        worksheet.set_landscape()
    worksheet.set_paper(9)
    side = 0.5 if sum(area.widths) < WIDE else 0.25
    worksheet.set_margins(left=side, right=side, top=0.55, bottom=0.65)
    worksheet.center_horizontally()
    worksheet.fit_to_pages(sheet.pages_wide, 1 if sheet.one_page else 0)
    if sheet.pages_wide > 1 and sheet.freeze_columns:
        worksheet.repeat_columns(0, sheet.freeze_columns - 1)
        worksheet.print_across()  # the two halves of a row follow each other
    worksheet.set_footer('&C&"宋体,常规"&9第 &P 页 共 &N 页')
    if area.breaks and not sheet.one_page:
        worksheet.set_h_pagebreaks(area.breaks)  # kept where the height is not fitted
    last = area.tables[-1] if area.tables else None
    if last and (len(area.tables) == 1 or last.table.new_page):
        worksheet.repeat_rows(last.heading)  # on the pages after it
    if len(area.tables) == 1 and not any(isinstance(part, Figures) for part in sheet.parts):
        worksheet.freeze_panes(area.tables[0].first, sheet.freeze_columns)
    if sheet.tab:
        worksheet.set_tab_color(sheet.tab)
    if sheet.protect:
        worksheet.protect(
            "",
            {
                "format_columns": True,
                "format_rows": True,
                "format_cells": True,
                "autofilter": True,
                "sort": True,
                "objects": True,
            },
        )
    if sheet.hidden:
        worksheet.hide()
