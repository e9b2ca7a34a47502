"""The sheets of a fill-in workbook, written with XlsxWriter in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from processor.workbooks import style
from processor.workbooks.form_layout import (
    BLOCK_ROW,
    HEADING_ROW,
    frozen_of,
    look_of,
    pairs_of,
)
from processor.workbooks.form_rules import city_source, places, rule_of
from processor.workbooks.layout import clean
from processor.workbooks.sheets import column_letter
from processor.workbooks.style import Look, display_width
from schemas.fields import Field, Form
from schemas.guide import HEADINGS, guide_rows, intro_words

LAST_VALIDATED = 1999  # 0-based; rows pasted below the formatted ones are helped too
FILL_ROWS = {
    "leads": 100,
    "contracts": 100,
    "roster_units": 200,
    "roster_people": 100,
    "roster_aliases": 100,
}
DEFAULT_FILL_ROWS = 40
PAGE_WIDTH = 205.0  # half-width characters that stay legible on one A4 landscape page
DICTIONARY = "字典"
GUIDE = "填报说明"
LEGEND = "淡黄色单元格请填写，※ 为必填"
LEGEND_INPUT, LEGEND_STAR = "填写处", "※必填"
_STAR = '"※"@'  # a number format: the cell's text stays the literal heading
_GUIDE_WIDTHS = (8, 22, 24, 54, 42, 27, 10)


class FormBook:
    """A fill-in workbook under construction; `close` gives its bytes."""

    def __init__(self, title: str, version: str, created: datetime) -> None:
        import xlsxwriter

        self._buffer = BytesIO()
        self._book = xlsxwriter.Workbook(
            self._buffer,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_format_properties": {"font_name": style.SONG, "font_size": 10.5},
            },
        )
        self._book.set_properties(
            {
                "title": title,
                "subject": version,
                "author": "大客户部 市场策略科",
                "company": "销售公司",
                "created": created,
            }
        )
        self._book.set_custom_property("模板版本", version, "text")
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self._lists: dict[tuple[str, tuple[str, ...]], str] = {}
        self._columns: list[tuple[str, tuple[str, ...]]] = []
        self._first = ""

    def close(self) -> bytes:
        """Write the dictionary sheet and give the bytes of the workbook."""
        sheet = self._book.add_worksheet(DICTIONARY)
        for column, (heading, values) in enumerate(self._columns):
            sheet.write_string(0, column, heading, self._format(style.heading()))
            for row, value in enumerate(values, start=1):
                sheet.write_string(row, column, value)
            sheet.set_column(column, column, max(12, *(display_width(v) + 2 for v in values)))
        sheet.hide()
        self._book.get_worksheet_by_name(self._first).activate()
        self._book.close()
        return self._buffer.getvalue()

    # --- a form ---

    def add_form(
        self,
        form: Form,
        clauses: Mapping[str, str],
        prefill: Mapping[str, Any],
        rows: Sequence[Mapping[str, Any]],
        *,
        guide: bool = True,
    ) -> None:
        """The sheet of a form and, unless several share one, its 填报说明."""
        name = form.sheet or form.title
        self._first = self._first or name
        sheet = self._book.add_worksheet(name)
        last = HEADING_ROW + max(FILL_ROWS.get(form.key, DEFAULT_FILL_ROWS), len(rows))
        self._columns_of(sheet, form)
        across = self._page(sheet, form)
        heading = name if form.sheet == "" else f"{form.title}（{form.sheet}）"
        self._title(sheet, heading, across)
        if form.block:
            self._block(sheet, form, prefill)
        else:
            self._intro(sheet, form, clauses, across)
        self._headings(sheet, form)
        self._body(sheet, form, rows, last)
        if guide:
            self.add_guide((form,), clauses)

    def _columns_of(self, sheet: Any, form: Form) -> None:
        for column, item in enumerate(form.fields):
            base = {k: v for k, v in look_of(item).items() if k in ("num_format", "font_name")}
            options = {"hidden": item.hidden}
            sheet.set_column(column, column, item.width, self._format(base), options)

    def _page(self, sheet: Any, form: Form) -> int:
        """Page set-up; gives the number of columns on the first printed page."""
        widths = [0 if f.hidden else f.width for f in form.fields]
        frozen = frozen_of(form)
        kept, total = sum(widths[:frozen]), sum(widths)
        pages = 1 if total <= PAGE_WIDTH else 2
        sheet.hide_gridlines(2)
        sheet.set_default_row(style.ROW_POINTS)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.35, right=0.35, top=0.5, bottom=0.6)
        sheet.center_horizontally()
        sheet.fit_to_pages(pages, 0)
        sheet.repeat_rows(HEADING_ROW)
        if pages > 1:
            sheet.repeat_columns(0, frozen - 1)
        sheet.set_footer('&C&"宋体,常规"&9第 &P 页 共 &N 页&R&"宋体,常规"&8' + form.version)
        sheet.freeze_panes(HEADING_ROW + 1, frozen)
        room, run = (total + kept * (pages - 1)) / pages, 0
        for column, width in enumerate(widths):
            run += width
            if run > room:
                return max(column, 1)
        return len(widths)

    def _title(self, sheet: Any, text: str, across: int) -> None:
        look = self._format(style.title())
        sheet.set_row(0, 34)
        sheet.write_string(0, 0, text, look)
        for column in range(1, across):
            sheet.write_blank(0, column, None, look)

    def _block(self, sheet: Any, form: Form, prefill: Mapping[str, Any]) -> None:
        """Pairs over two rows, each label in a column wide enough; the legend before them.

        Not after them: a reader that looks for the value of a blank pair to the right of its label
        would take the legend for it.
        """
        places = pairs_of(form)
        for item, (row, column) in zip(form.block, places, strict=True):
            label = style.label() | {"align": "right", "indent": 1}
            label |= {"num_format": _STAR} if item.starred else {}
            sheet.write_string(row, column, item.heading, self._format(label))
            look = look_of(item) | {"align": "left", "indent": 1, "text_wrap": False}
            self._write(sheet, row, column + 1, prefill.get(item.name), look)
            self._validate(sheet, item, row, column + 1, row)
        for row in (BLOCK_ROW, BLOCK_ROW + 1):
            sheet.set_row(row, 22)
        sheet.write_string(BLOCK_ROW, 0, LEGEND_INPUT, self._format(style.legend()))
        needed = style.headline() | {"align": "center"}
        sheet.write_string(BLOCK_ROW + 1, 0, LEGEND_STAR, self._format(needed))

    def _intro(self, sheet: Any, form: Form, clauses: Mapping[str, str], across: int) -> None:
        """What the form is for, and the legend; not in columns that are printed on every page."""
        start = 0 if across == len(form.fields) else frozen_of(form)
        width = sum(f.width for f in form.fields[start:across])
        line, *rest = style.fold(intro_words(form, clauses), width)
        note = self._format(style.headline())
        sheet.write_string(BLOCK_ROW, start, line, note)
        sheet.write_string(BLOCK_ROW + 1, start, "".join((*rest, LEGEND)), note)

    def _headings(self, sheet: Any, form: Form) -> None:
        lines = 1
        for column, item in enumerate(form.fields):
            look = style.heading() | ({"num_format": _STAR} if item.starred else {})
            sheet.write_string(HEADING_ROW, column, item.heading, self._format(look))
            shown = ("※" if item.starred else "") + item.heading
            if not item.hidden:
                lines = max(lines, style.lines_needed(shown, item.width))
        sheet.set_row(HEADING_ROW, max(style.row_points(lines), 34))

    def _body(self, sheet: Any, form: Form, rows: Sequence[Mapping[str, Any]], last: int) -> None:
        first = HEADING_ROW + 1
        for index, filled in enumerate(rows):
            lines = [
                style.lines_needed(str(filled.get(f.name) or ""), f.width) for f in form.fields
            ]
            sheet.set_row(first + index, style.row_points(max(lines)))
        for column, item in enumerate(form.fields):
            look = look_of(item) | {"left": style.HAIR, "left_color": style.HAIRLINE}
            for row in range(first, last + 1):
                index = row - first
                value = rows[index].get(item.name) if index < len(rows) else None
                if value is None and item.name == "template_version" and index == 0:
                    value = form.version
                self._write(sheet, row, column, value, look)
            self._validate(sheet, item, first, column, LAST_VALIDATED, form)
        # one call: a second one would replace the first
        area = f"A{first + 1}:{column_letter(len(form.fields) - 1)}{LAST_VALIDATED + 1}"
        sheet.ignore_errors({"number_stored_as_text": area})

    # --- 填报说明 ---

    def add_guide(self, forms: Sequence[Form], clauses: Mapping[str, str]) -> None:
        """One sheet that explains every column of the forms."""
        sheet = self._book.add_worksheet(GUIDE)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer('&C&"宋体,常规"&9第 &P 页 共 &N 页')
        for column, width in enumerate(_GUIDE_WIDTHS):
            sheet.set_column(column, column, width)
        self._title(sheet, f"{forms[0].title}{GUIDE}", len(_GUIDE_WIDTHS))
        row = 1
        for form in forms:
            row = self._guide_of(sheet, form, clauses, row)
        if len(forms) == 1:
            sheet.freeze_panes(row - len(guide_rows(forms[0], clauses)), 0)

    def _guide_of(self, sheet: Any, form: Form, clauses: Mapping[str, str], row: int) -> int:
        if form.sheet:
            row += 1
            sheet.write_string(row, 0, form.sheet, self._format(style.subtitle()))
            row += 1
        for line in style.fold(intro_words(form, clauses), sum(_GUIDE_WIDTHS)):
            sheet.write_string(row, 0, line, self._format(style.headline()))
            row += 1
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(row, column, heading, self._format(style.heading()))
        sheet.set_row(row, 24)
        row += 1
        look = self._format(style.cell(Look.TEXT))
        for cells in guide_rows(form, clauses):
            lines = 1
            for column, (text, width) in enumerate(zip(cells, _GUIDE_WIDTHS, strict=True)):
                sheet.write_string(row, column, text, look)
                lines = max(lines, style.lines_needed(text, width))
            sheet.set_row(row, style.row_points(lines))
            row += 1
        return row

    # --- cells ---

    def _write(
        self, sheet: Any, row: int, column: int, value: object, look: dict[str, object]
    ) -> None:
        made = self._format(look)
        match value:
            case None | "":
                sheet.write_blank(row, column, None, made)
            case date():
                sheet.write_datetime(row, column, value, made)
            case int() | float() | Decimal():
                sheet.write_number(row, column, value, made)
            case _:
                sheet.write_string(row, column, clean(str(value)), made)

    def _format(self, properties: dict[str, object]) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(properties)
        return self._formats[key]

    # --- drop-downs and hints ---

    def _validate(
        self, sheet: Any, item: Field, first: int, column: int, last: int, form: Form | None = None
    ) -> None:
        rule = rule_of(item, self._source(item, form, first))
        if rule:
            sheet.data_validation(first, column, last, column, rule)

    def _source(self, item: Field, form: Form | None, row: int) -> str:
        """Formula of the drop-down of a field, "" without one."""
        if item.allowed:
            return "=" + self._list(item.name, item.heading, item.allowed)
        if item.name == "province" and form is not None:
            return "=" + self._list("province", "省", places()[0])
        if item.name == "city" and form is not None:
            pairs = places()[1]
            keys = self._list("city_of", "市所属省", tuple(p for p, _ in pairs))
            names = self._list("city", "市", tuple(c for _, c in pairs))
            column = [f.name for f in form.fields].index("province")
            return city_source(keys, names, f"${column_letter(column)}{row + 1}")
        return ""

    def _list(self, name: str, heading: str, values: tuple[str, ...]) -> str:
        """The defined name of a list on the dictionary sheet; equal lists stand there once."""
        if (heading, values) not in self._lists:
            used = set(self._lists.values())
            title = f"list_{name}"
            while title in used:
                title += "_"
            letter = column_letter(len(self._columns))
            self._columns.append((heading, values))
            self._book.define_name(title, f"={DICTIONARY}!${letter}$2:${letter}${len(values) + 1}")
            self._lists[heading, values] = title
        return self._lists[heading, values]
