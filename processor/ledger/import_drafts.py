"""Rows of a workbook that is no complete master, read: typed cells, unit, times, state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from processor.decisions.content import CONTENT_NAMES
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.master_reading import MasterBook, SheetRow, column_letter, typed
from processor.ledger.store import Row
from processor.model import State, UnitKind
from processor.roster import find_unit
from schemas.fields import Field, Kind
from schemas.lead import LEAD_FORM
from schemas.master import LEADS

if TYPE_CHECKING:
    from processor.ledger.importing import Imported

SHEET = "台账"
_CUSTOMER = LEAD_FORM.field("customer")
_MARKS = (_CUSTOMER.heading, *_CUSTOMER.synonyms)
_NUMBER = re.compile(r"DKH\d{6}-\d{4,}")
_CONTENT = frozenset(CONTENT_NAMES)


@dataclass(frozen=True, slots=True)
class Draft:
    """A row with its typed values by column name."""

    row: SheetRow
    values: Row


def read_drafts(session: Session, book: MasterBook, result: Imported) -> list[Draft]:
    """Every row of 台账 in the order of its place; what is in doubt goes into `result.problems`."""
    columns = _columns(book.headings(SHEET, _MARKS))
    absent = _absent(columns)
    if absent:
        result.problems.append(f"工作表“{SHEET}”缺少列：{'、'.join(absent)}。")
        return []
    drafts = [_draft(session, row, columns, result) for row in book.rows(SHEET, _MARKS)]
    _unique(drafts, result)
    return sorted(drafts, key=lambda d: (d.values["place_at"], d.row.row))


def _columns(headings: Sequence[str]) -> dict[str, tuple[int, Field]]:
    """Column and field by heading as written; the official heading wins over a synonym."""
    official = {f.heading: f for f in LEADS if f.name not in t.COMPUTED}
    names = {f.name: f for f in LEADS}
    synonyms = {
        s: names[f.name]
        for f in (*LEAD_FORM.block, *LEAD_FORM.fields)
        if f.name in names
        for s in (f.heading, *f.synonyms)
    }
    found: dict[str, tuple[int, Field]] = {}
    taken: set[str] = set()
    for known in (official, synonyms):
        for column, heading in enumerate(headings):
            field = known.get(heading)
            if field is not None and field.name not in taken and heading not in found:
                found[heading] = (column, field)
                taken.add(field.name)
    return found


def _absent(columns: dict[str, tuple[int, Field]]) -> list[str]:
    have = {field.name for _, field in columns.values()}
    absent = [f.heading for f in LEADS if f.name == "customer" and f.name not in have]
    if not {"unit", "unit_code"} & have:
        absent.append("提报单位")
    if not {"received_at", "reported_on"} & have:
        absent.append("受理时间")
    return absent


def _draft(
    session: Session, row: SheetRow, columns: dict[str, tuple[int, Field]], result: Imported
) -> Draft:
    values: Row = dict.fromkeys(f.name for f in LEADS if f.name not in t.COMPUTED)
    for heading, (column, field) in columns.items():
        text = row.texts.get(heading, "").strip()
        if not text:
            continue
        try:
            values[field.name] = _typed(field, text)
        except ValueError:
            cell = f"{row.sheet}!{column_letter(column)}{row.row}"
            result.problems.append(f"{cell}（{heading}）：“{text[:40]}”无法识别。")
    for words in _filled(session, values):
        result.problems.append(f"{row.sheet}!{row.row}：{words}")
    return Draft(row, values)


def _typed(field: Field, text: str) -> Any:
    """A content cell, and any date, by the table of salvages; any other as it stands in a master.
    Raises ValueError when it cannot be read."""
    from processor.intake.parsing import parse

    if field.name not in _CONTENT:
        try:
            return typed(field, text)
        except ValueError:
            if field.kind not in (Kind.DATE, Kind.DATETIME):
                raise
            found = parse(field, text).value
            if found is None:
                raise
            return found
    form_field = next(f for f in (*LEAD_FORM.block, *LEAD_FORM.fields) if f.name == field.name)
    value = parse(form_field, text).value
    if value is None:
        raise ValueError(text)
    if isinstance(value, Decimal):
        return format(value, "f")
    return value


def _filled(session: Session, values: Row) -> Iterator[str]:
    """Unit, times and state completed in place; what cannot be completed, in words."""
    unit = find_unit(session.roster, values["unit_code"] or "") or find_unit(
        session.roster, values["unit"] or ""
    )
    if unit is None or unit.kind not in (UnitKind.DEALER, UnitKind.DEPARTMENT):
        name = values["unit"] or values["unit_code"] or ""
        yield f"提报单位“{name}”不在单位名录，请先登记到单位名录（已停业的登记为停网）。"
    else:
        values.update(unit_code=unit.code, unit=unit.name, unit_kind=unit.kind.value)
    if not values["customer"]:
        yield "没有客户单位全称。"
    if values["received_at"] is None and isinstance(values["reported_on"], date):
        values["received_at"] = datetime.combine(values["reported_on"], time())
    if values["received_at"] is None:
        yield "没有受理时间，也没有自填提报日期。"
        values["received_at"] = session.now
    elif values["received_at"] > session.now:
        yield "受理时间晚于现在。"
    values["place_at"] = values["place_at"] or values["received_at"]
    number = values["number"]
    if number and not _NUMBER.fullmatch(number):
        yield f"信息编号“{number}”应形如 DKH202611-0007；没有编号的请留空。"
    state = values["state"] or State.PENDING.value
    if state not in set(State):
        yield f"状态“{state}”不是{'、'.join(s.value for s in State)}之一。"
        state = State.PENDING.value
    values["state"] = state
    if state == State.EXPIRED and values["expires_on"] is None:
        yield "状态为到期而没有到期日期。"


def _unique(drafts: Sequence[Draft], result: Imported) -> None:
    seen: dict[str, SheetRow] = {}
    for draft in drafts:
        number = draft.values["number"]
        if number and number in seen:
            row = seen[number]
            result.problems.append(
                f"{draft.row.sheet}!{draft.row.row}：信息编号 {number} 与第 {row.row} 行相同。"
            )
        elif number:
            seen[number] = draft.row
