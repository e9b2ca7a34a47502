"""The bulletin of the 10th, 20th, 30th: numbered, counted, frozen, corrected later (5.3, 6.1)."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, time, timedelta
from typing import Any

from processor.calendar import (
    Issue,
    month_of,
    previous_month,
    window,
)
from processor.decisions.bulletin_freeze import freeze
from processor.decisions.bulletin_tables import clauses, flow, late_rows, lead_rows, reasons
from processor.decisions.corrections import corrections
from processor.decisions.counting_up import (
    PENDING_CLASS,
    class_of,
    final_count,
    reporting_units,
    tally,
)
from processor.decisions.session import Session
from processor.decisions.targets import target_of
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import Unit, UnitKind
from processor.workbooks.bulletin_data import (
    BulletinData,
    Final,
    UnitRow,
    ZeroReport,
)


def produce(session: Session, issue: Issue) -> BulletinData:
    """Number what is new, count, compare with what was printed, freeze."""
    record = session.record
    month = f"{issue.month:%Y-%m}"
    _number(session, issue)
    leads = _rows_of(session, t.leads, month, issue.id)
    refusals = _rows_of(session, t.refusals, month, issue.id)
    late_leads, late_refusals = _late(session, issue, month)
    for lead in (*late_leads, *(row for rows in leads.values() for row in rows)):
        if class_of(lead) == PENDING_CLASS:
            marks = [*(lead["pending_issues"] or "").split(";"), issue.id]
            record.change(t.leads, lead, pending_issues=";".join(m for m in marks if m))
    units = _units(session, issue, leads, refusals)
    rows = [_unit_row(session, u, leads[u.code], refusals[u.code], month, issue) for u in units]
    first_of_month = issue.cutoff.day == 10
    finals = _finals(session, issue) if first_of_month else ()
    changed = corrections(session, issue)
    last_of_month = issue.cutoff.day >= 28
    zero = _zero(units, leads, refusals) if last_of_month else ()
    after, until = window(issue)
    data = BulletinData(
        issue=issue.id,
        label=issue.name,
        window_from=after,
        window_to=until,
        month_from=datetime.combine(issue.month, time()),
        generated=session.now,
        edition=session.edition(issue.cutoff.date()).key,
        units=tuple(rows),
        reasons=reasons(session, leads, issue.id),
        late=late_rows(session, late_leads, late_refusals, issue.id),
        finals=finals,
        corrections=changed,
        zero=zero,
        leads=lead_rows(session, leads, late_leads, issue.id),
        clauses=clauses(session, issue),
        flow=flow(rows, leads, month),
        has_late=first_of_month or bool(late_leads or late_refusals),  # mail may come in late
        has_zero=last_of_month,
    )
    freeze(session, issue, data, zero)
    return data


def _number(session: Session, issue: Issue) -> None:
    """A lead belongs to the first issue produced after it was recorded, from its receipt on."""
    for table in (t.leads, t.refusals):
        for row in session.record.select(
            table, table.c.issue.is_(None), table.c.received_at <= issue.cutoff
        ):
            session.record.change(table, row, issue=issue.id)


def _rows_of(session: Session, table: Any, month: str, issue: str) -> dict[str, list[Row]]:
    """The month's rows up to an issue, by unit."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in session.record.select(
        table, table.c.month == month, table.c.issue <= issue, order=table.c.number
    ):
        found[row["unit_code"] or ""].append(row)
    return found


def _late(session: Session, issue: Issue, month: str) -> tuple[list[Row], list[Row]]:
    """Received in an earlier month, after its last cut-off: 上月补报."""
    return (
        session.record.select(
            t.leads, t.leads.c.issue == issue.id, t.leads.c.month < month, order=t.leads.c.number
        ),
        session.record.select(
            t.refusals, t.refusals.c.issue == issue.id, t.refusals.c.month < month
        ),
    )


def _units(
    session: Session, issue: Issue, leads: dict[str, list[Row]], refusals: dict[str, list[Row]]
) -> list[Unit]:
    day = issue.cutoff.date()
    rows = [row for found in (*leads.values(), *refusals.values()) for row in found]
    return [
        unit
        for unit in reporting_units(session, rows)
        if unit.active_on(day) or leads.get(unit.code) or refusals.get(unit.code)
    ]


def _unit_row(
    session: Session, unit: Unit, leads: list[Row], refusals: list[Row], month: str, issue: Issue
) -> UnitRow:
    found = tally(leads, refusals, issue.id)
    target = target_of(session, unit.code, month) if unit.kind is UnitKind.DEPARTMENT else None
    return UnitRow(
        unit.code,
        unit.name,
        unit.kind,
        found.period,
        found.month,
        found.counted,
        target,
        found.vehicles,
    )


def _finals(session: Session, issue: Issue) -> tuple[Final, ...]:
    """上月终值 of each department, as the month stands at this cut-off."""
    month = f"{previous_month(issue.month):%Y-%m}"
    if previous_month(issue.month) < month_of(session.start.date()):
        return ()
    finals = []
    for unit in session.roster.units:
        if unit.kind is not UnitKind.DEPARTMENT:
            continue
        counted = final_count(session, unit.code, month)
        target = target_of(session, unit.code, month)
        if not (counted or target or unit.active_on(month_of(issue.month) - timedelta(days=1))):
            continue
        finals.append(Final(unit.name, counted, target))
        numbers = json.dumps({"计入提报量": counted, "上月目标": target}, ensure_ascii=False)
        session.record.add(
            t.publications,
            {
                "number": f"上月终值-{month}-{unit.code}",
                "kind": "上月终值",
                "issue": month,
                "unit_code": unit.code,
                "generated_at": session.now,
                "printed": numbers,
                "stated": numbers,
            },
        )
    return tuple(finals)


def _zero(
    units: list[Unit], leads: dict[str, list[Row]], refusals: dict[str, list[Row]]
) -> tuple[ZeroReport, ...]:
    """Dealers without an accepted lead this month (4.1.1), with the rows refused to them."""
    return tuple(
        ZeroReport(u.name, len(refusals.get(u.code, ())), "")
        for u in units
        if u.kind is UnitKind.DEALER and not leads.get(u.code)
    )
