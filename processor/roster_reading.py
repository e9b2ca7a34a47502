"""From the cells of the roster workbook to its records, with a problem for every doubtful cell."""

from __future__ import annotations

import hashlib
from datetime import date
from io import BytesIO
from pathlib import Path

from processor.intake.text import squeeze
from processor.model import Alias, Duty, Person, Roster, Unit, UnitKind
from processor.roster import Reading, addresses, place_key, split_aliases
from processor.roster_cells import Notes, Row, filled_rows, given
from schemas.roster import ALIAS_SHEET, CALENDAR_SHEET, DUTY_SHEET, PEOPLE_SHEET, UNIT_SHEET

_NO_MAIL = ("", "无", "没有", "暂无", "-", "/")


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
    notes = Notes()
    rows = {
        form.sheet: list(filled_rows(form, sheets, notes))
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


def _units(rows: list[Row], notes: Notes) -> list[Unit]:
    units: list[Unit] = []
    codes: dict[str, int] = {}
    names: dict[str, int] = {}
    loose: dict[str, tuple[str, int]] = {}
    for row in rows:
        if not given(row, UNIT_SHEET, notes):
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
        _check_mails(row, ("head_mail", "leader_mail"), notes)
        _check_names(unit, row, names, loose, notes)
        units.append(unit)
    return units


def _check_span(row: Row, notes: Notes) -> None:
    since, until = row.day("since"), row.day("until")
    if since and until and until < since:
        notes.add(
            "roster_span",
            "止的日期早于起的日期，该行任何一天都不生效",
            "请核对两个日期",
            row,
            "until",
        )


def _check_mails(row: Row, columns: tuple[str, ...], notes: Notes) -> None:
    """A cell with words but no usable address: that mail would never go, and nobody would know."""
    for column in columns:
        text = row.text(column)
        if text not in _NO_MAIL and not addresses(text):
            words = f"「{text}」不是邮箱地址，不会发送邮件"
            notes.add("roster_mail", words, "请核对；没有邮箱的不填", row, column)


def _check_names(
    unit: Unit,
    row: Row,
    names: dict[str, int],
    loose: dict[str, tuple[str, int]],
    notes: Notes,
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


def _people(rows: list[Row], notes: Notes) -> list[Person]:
    people: list[Person] = []
    for row in rows:
        if not given(row, PEOPLE_SHEET, notes):
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
        _check_mails(row, ("mail",), notes)
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


def _duties(rows: list[Row], units: list[Unit], people: list[Person], notes: Notes) -> list[Duty]:
    known = {p.name for p in people}
    sections = {squeeze(n) for u in units for n in (u.name, *u.aliases)}
    sections |= {squeeze(p.section) for p in people}
    categories = DUTY_SHEET.field("category").allowed
    duties: list[Duty] = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        if not given(row, DUTY_SHEET, notes):
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


def _calendar(rows: list[Row], notes: Notes) -> list[tuple[date, bool]]:
    days: dict[date, bool] = {}
    for row in rows:
        day = row.day("day")
        unreadable = "day" in row.values and day is None  # told already
        if unreadable or not given(row, CALENDAR_SHEET, notes) or day is None:
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


def _aliases(rows: list[Row], notes: Notes) -> list[Alias]:
    found: dict[tuple[str, str], Alias] = {}
    for row in rows:
        if not given(row, ALIAS_SHEET, notes):
            continue
        alias = Alias(row.text("alias"), row.text("customer"), row.text("source"))
        if squeeze(alias.alias) == squeeze(alias.customer):
            notes.add("roster_alias", "别名与全称相同，本行未采用", "请删去本行", row, "alias")
            continue
        found.setdefault((squeeze(alias.alias), squeeze(alias.customer)), alias)
    return list(found.values())
