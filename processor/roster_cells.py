"""Cells of the roster workbook as typed rows, and the notes taken on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from processor.intake.parsing import parse
from processor.intake.text import clean_name, squeeze, text_of
from processor.model import Problem, Severity
from schemas.fields import Field, Form, Kind, Need

_HEADING_ROWS = 20  # the heading row is looked for in the first rows only


@dataclass(slots=True)
class Row:
    """One filled row of a sheet: typed values by field name."""

    sheet: str
    number: int
    values: dict[str, Any]
    cells: dict[str, str]  # field name -> "C7"

    def text(self, name: str) -> str:
        return str(self.values.get(name) or "")

    def day(self, name: str) -> date | None:
        value = self.values.get(name)
        return value if isinstance(value, date) else None


@dataclass(slots=True)
class Notes:
    """Problems found so far, each at its sheet and cell."""

    problems: list[Problem] = field(default_factory=list)

    def add(
        self, code: str, message: str, remedy: str, row: Row | None = None, name: str = ""
    ) -> None:
        self.problems.append(
            Problem(
                code=code,
                severity=Severity.NOTE,
                message=message,
                remedy=remedy,
                sheet=row.sheet if row else "",
                row=row.number if row else 0,
                column=name,
                cell=row.cells.get(name, f"A{row.number}") if row else "",
                found=row.text(name) if row and name else "",
            )
        )


def filled_rows(form: Form, sheets: dict[str, list[list[Any]]], notes: Notes) -> Iterator[Row]:
    """The filled rows of a sheet, typed; unreadable cells are told and left out."""
    cells = sheets.get(form.sheet)
    found = _heading(form, cells) if cells else None
    if cells is None or found is None:
        if form.sheet == "单位" or cells:
            what = "没有找到表头" if cells else "缺少这张工作表"
            row = Row(form.sheet, 1, {}, {})
            notes.add("roster_sheet", f"「{form.sheet}」{what}", "请使用单位名录的空白模板", row)
        return
    at, columns = found
    missing = [f for f in form.fields if f.need is Need.GATE and f.name not in columns]
    if missing:
        row = Row(form.sheet, at + 1, {}, {})
        words = "、".join(f.heading for f in missing)
        notes.add("roster_column", f"「{form.sheet}」缺少列：{words}", "请补上该列", row)
        return
    for index in range(at + 1, len(cells)):
        row = Row(form.sheet, index + 1, {}, {})
        for item in form.fields:
            column = columns.get(item.name)
            if column is None or column >= len(cells[index]):
                continue
            cell = cells[index][column]
            row.cells[item.name] = f"{_letters(column)}{index + 1}"
            if not text_of(cell).strip():
                continue
            _take(item, cell, row, notes)
        if row.values:
            yield row


def _take(item: Field, cell: object, row: Row, notes: Notes) -> None:
    if item.kind is Kind.TEXT:
        row.values[item.name] = clean_name(text_of(cell))
        return
    parsed = parse(item, cell)
    if parsed.value is None:
        row.values.setdefault(item.name, None)
        shown = text_of(cell)
        notes.add(
            "roster_date",
            f"「{shown}」不是日期",
            f"请写成 {item.example or '2026-01-01'}",
            row,
            item.name,
        )
        return
    row.values[item.name] = parsed.value


def _heading(form: Form, cells: list[list[Any]]) -> tuple[int, dict[str, int]] | None:
    """Row index and columns of the best heading row: at least two headings must be known."""
    words = {
        squeeze(word).lstrip("※*"): item.name
        for item in form.fields
        for word in (*item.synonyms, item.heading)
    }
    best: tuple[int, dict[str, int]] | None = None
    for at, row in enumerate(cells[:_HEADING_ROWS]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(row):
            name = words.get(squeeze(text_of(cell)).lstrip("※*"))
            if name:
                columns.setdefault(name, column)
        if len(columns) >= 2 and (best is None or len(columns) > len(best[1])):
            best = (at, columns)
    return best


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def given(row: Row, form: Form, notes: Notes) -> bool:
    """Are the cells there without which the row means nothing?"""
    missing = [f for f in form.fields if f.need is Need.GATE and not row.values.get(f.name)]
    for item in missing:
        notes.add("roster_missing", f"没有填写{item.heading}，本行未采用", "请补填", row, item.name)
    return not missing
