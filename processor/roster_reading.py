"""From the cells of the roster workbook to its records, with a problem for every doubtful cell."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from processor.intake.parsing import parse
from processor.intake.text import clean_name, squeeze, text_of
from processor.model import Alias, Duty, Person, Problem, Roster, Severity, Unit, UnitKind
from processor.roster import Reading, place_key, split_aliases
from schemas.fields import Field, Form, Kind, Need
from schemas.roster import ALIAS_SHEET, CALENDAR_SHEET, DUTY_SHEET, PEOPLE_SHEET, UNIT_SHEET

_HEADING_ROWS = 20  # the heading row is looked for in the first rows only


@dataclass(slots=True)
class _Row:
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
class _Notes:
    problems: list[Problem] = field(default_factory=list)

    def add(
        self, code: str, message: str, remedy: str, row: _Row | None = None, name: str = ""
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


def read_workbook(path: Path) -> Reading:
    """All five sheets. Raises OSError when unreadable, ValueError when it is no workbook."""
    from python_calamine import CalamineError, CalamineWorkbook

    data = path.read_bytes()
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        sheets = {
            squeeze(name): book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in book.sheet_names
        }
    except CalamineError as error:
        raise ValueError(f"{path.name}: not a workbook ({error})") from error
    notes = _Notes()
    rows = {
        form.sheet: list(_rows(form, sheets, notes))
        for form in (UNIT_SHEET, PEOPLE_SHEET, DUTY_SHEET, CALENDAR_SHEET, ALIAS_SHEET)
    }
    units = _units(rows["单位"], notes)
    people = _people(rows["人员"], notes)
    duties = _duties(rows["甄别分工"], units, people, notes)
    roster = Roster(
        units=tuple(units),
        people=tuple(people),
        duties=tuple(duties),
        calendar=tuple(_calendar(rows["日历调整"], notes)),
        aliases=tuple(_aliases(rows["客户别名"], notes)),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    return Reading(roster, tuple(notes.problems))


# --- cells ---


def _rows(form: Form, sheets: dict[str, list[list[Any]]], notes: _Notes) -> Iterator[_Row]:
    """The filled rows of a sheet, typed; unreadable cells are told and left out."""
    cells = sheets.get(form.sheet)
    found = _heading(form, cells) if cells else None
    if cells is None or found is None:
        if form is UNIT_SHEET or cells:
            what = "没有找到表头" if cells else "缺少这张工作表"
            row = _Row(form.sheet, 1, {}, {})
            notes.add("roster_sheet", f"「{form.sheet}」{what}", "请使用单位名录的空白模板", row)
        return
    at, columns = found
    missing = [f for f in form.fields if f.need is Need.GATE and f.name not in columns]
    if missing:
        row = _Row(form.sheet, at + 1, {}, {})
        words = "、".join(f.heading for f in missing)
        notes.add("roster_column", f"「{form.sheet}」缺少列：{words}", "请补上该列", row)
        return
    for index in range(at + 1, len(cells)):
        row = _Row(form.sheet, index + 1, {}, {})
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


def _take(item: Field, cell: object, row: _Row, notes: _Notes) -> None:
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


def _given(row: _Row, form: Form, notes: _Notes) -> bool:
    """Are the cells there without which the row means nothing?"""
    missing = [f for f in form.fields if f.need is Need.GATE and not row.values.get(f.name)]
    for item in missing:
        notes.add("roster_missing", f"没有填写{item.heading}，本行未采用", "请补填", row, item.name)
    return not missing


# --- sheets ---


def _units(rows: list[_Row], notes: _Notes) -> list[Unit]:
    units: list[Unit] = []
    codes: dict[str, int] = {}
    names: dict[str, int] = {}
    loose: dict[str, tuple[str, int]] = {}
    for row in rows:
        if not _given(row, UNIT_SHEET, notes):
            continue
        if row.text("kind") not in set(UnitKind):
            words = "、".join(UnitKind)
            notes.add(
                "roster_kind",
                f"类型「{row.text('kind')}」不在范围，本行未采用",
                f"请选择：{words}",
                row,
                "kind",
            )
            continue
        code = squeeze(row.text("code")).casefold()
        if code in codes:
            notes.add(
                "roster_duplicate",
                f"单位编码与第{codes[code]}行重复，本行未采用",
                "请给每个单位不同的编码",
                row,
                "code",
            )
            continue
        codes[code] = row.number
        status = row.text("status")
        if status not in ("", "在网", "停网"):
            notes.add(
                "roster_status",
                f"状态「{status}」不在范围，按停网处理",
                "请选择：在网、停网",
                row,
                "status",
            )
        unit = Unit(
            code=squeeze(row.text("code")),
            name=row.text("name"),
            kind=UnitKind(row.text("kind")),
            aliases=split_aliases(row.text("aliases")),
            province=row.text("province"),
            city=row.text("city"),
            active=status in ("", "在网"),
            since=row.day("since"),
            until=row.day("until"),
            head=row.text("head"),
            head_mail=row.text("head_mail"),
            leader=row.text("leader"),
            leader_mail=row.text("leader_mail"),
            folder=row.text("folder"),
            account=row.text("account"),
        )
        _check_span(row, notes)
        _check_names(unit, row, names, loose, notes)
        units.append(unit)
    return units


def _check_span(row: _Row, notes: _Notes) -> None:
    since, until = row.day("since"), row.day("until")
    if since and until and until < since:
        notes.add(
            "roster_span",
            "止的日期早于起的日期，该行任何一天都不生效",
            "请核对两个日期",
            row,
            "until",
        )


def _check_names(
    unit: Unit,
    row: _Row,
    names: dict[str, int],
    loose: dict[str, tuple[str, int]],
    notes: _Notes,
) -> None:
    """Two active units of one name, and aliases or folders that mean two units."""
    name = squeeze(unit.name).casefold()
    if unit.active and names.setdefault(name, row.number) != row.number:
        notes.add(
            "roster_duplicate",
            f"单位全称与第{names[name]}行重复，按上一行识别",
            "请停用其中一行或写清区别",
            row,
            "name",
        )
    for column, word in (*(("aliases", a) for a in unit.aliases), ("folder", unit.folder)):
        key = squeeze(word).casefold()
        if not key:
            continue
        code, number = loose.setdefault(key, (unit.code, row.number))
        if code != unit.code:
            notes.add(
                "roster_ambiguous",
                f"「{word}」与第{number}行的单位共用，不能用来识别单位",
                "请改用各自不同的名称",
                row,
                column,
            )


def _people(rows: list[_Row], notes: _Notes) -> list[Person]:
    people: list[Person] = []
    for row in rows:
        if not _given(row, PEOPLE_SHEET, notes):
            continue
        role = row.text("role")
        allowed = PEOPLE_SHEET.field("role").allowed
        if role not in allowed:
            notes.add(
                "roster_role",
                f"角色「{role}」不在范围，按无角色处理" if role else "没有填写角色，按无角色处理",
                f"请选择：{'、'.join(allowed)}",
                row,
                "role",
            )
        _check_span(row, notes)
        people.append(
            Person(
                name=row.text("name"),
                section=row.text("section"),
                role=role if role in allowed else "",
                mail=row.text("mail"),
                deputy=row.text("deputy"),
                since=row.day("since"),
                until=row.day("until"),
            )
        )
    return people


def _duties(rows: list[_Row], units: list[Unit], people: list[Person], notes: _Notes) -> list[Duty]:
    known = {p.name for p in people}
    sections = {squeeze(n) for u in units for n in (u.name, *u.aliases)}
    sections |= {squeeze(p.section) for p in people}
    categories = DUTY_SHEET.field("category").allowed
    duties: list[Duty] = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        if not _given(row, DUTY_SHEET, notes):
            continue
        category = row.text("category")
        if category and category not in categories:
            notes.add(
                "roster_category",
                f"采购类别「{category}」不在范围，本行未采用",
                "请从下拉表中选择",
                row,
                "category",
            )
            continue
        for column in ("screener", "deputy"):
            if row.text(column) and row.text(column) not in known:
                notes.add(
                    "roster_person",
                    f"「{row.text(column)}」不在人员表中",
                    "请在人员表中登记此人，否则无法发送提醒",
                    row,
                    column,
                )
        if squeeze(row.text("section")) not in sections:
            notes.add(
                "roster_section",
                f"科室「{row.text('section')}」不在单位表和人员表中",
                "请核对科室名称",
                row,
                "section",
            )
        place = "" if row.text("province") in ("", "*") else place_key(row.text("province"))
        scope = ("" if category == "*" else category, place)
        if seen.setdefault(scope, row.number) != row.number:
            notes.add(
                "roster_duplicate",
                f"与第{seen[scope]}行的类别和省相同，以上一行为准",
                "请删去其中一行",
                row,
                "category",
            )
            continue
        duties.append(
            Duty(
                category=category,
                province=row.text("province"),
                section=row.text("section"),
                screener=row.text("screener"),
                deputy=row.text("deputy"),
            )
        )
    return duties


def _calendar(rows: list[_Row], notes: _Notes) -> list[tuple[date, bool]]:
    days: dict[date, bool] = {}
    for row in rows:
        day = row.day("day")
        unreadable = "day" in row.values and day is None  # told already
        if unreadable or not _given(row, CALENDAR_SHEET, notes) or day is None:
            continue
        if row.text("kind") not in ("休", "班"):
            notes.add(
                "roster_kind",
                f"类型「{row.text('kind')}」不在范围，本行未采用",
                "请选择：休、班",
                row,
                "kind",
            )
            continue
        works = row.text("kind") == "班"
        if days.setdefault(day, works) != works:
            notes.add(
                "roster_duplicate",
                f"{day} 有休、班两种登记，以上一行为准",
                "请删去其中一行",
                row,
                "day",
            )
    return sorted(days.items())


def _aliases(rows: list[_Row], notes: _Notes) -> list[Alias]:
    found: dict[tuple[str, str], Alias] = {}
    for row in rows:
        if not _given(row, ALIAS_SHEET, notes):
            continue
        alias = Alias(row.text("alias"), row.text("customer"), row.text("source"))
        if squeeze(alias.alias) == squeeze(alias.customer):
            notes.add("roster_alias", "别名与全称相同，本行未采用", "请删去本行", row, "alias")
            continue
        found.setdefault((squeeze(alias.alias), squeeze(alias.customer)), alias)
    return list(found.values())
