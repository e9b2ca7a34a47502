"""大客户信息记录表 row by row: gate, known rows, corrections, acceptance, first come (5.1–5.6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from processor.decisions.content import (
    content_values,
    judged,
    month_text,
    row_print,
)
from processor.decisions.entering import ACCEPTED, accept, correct
from processor.decisions.session import Arrival, Counts, Session
from processor.intake.problems import make
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import LeadContent, Problem, Severity, Unit, UnitKind
from processor.regulation.acceptance import gate
from processor.roster import find_unit

if TYPE_CHECKING:
    from processor.intake.forms import FormRow, LoadedForm

REFUSED = "不予接收"
KNOWN = "已受理"
REPEATED = "重复（本单位）"
CORRECTED = "更正已受理"


@dataclass(slots=True)
class RowOutcome:
    """What became of one row, for the receipt and for `check`."""

    sheet: str
    row: int
    outcome: str
    number: str = ""
    note: str = ""  # a sentence about other reports or earlier receipts
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class FileOutcome:
    """What became of one file of leads."""

    unit: Unit | None
    counts: Counts
    rows: list[RowOutcome]
    refused_because: Problem | None = None


def unit_of_file(session: Session, arrival: Arrival, form: LoadedForm) -> Unit | Problem | None:
    """The submitter named in the block (or, if blank, by the sub-folder).

    A Problem when the block names nobody in the roster or a suspended unit and the rows do not
    name a submitter of their own; None when only the rows name one.
    """
    text = str(form.block.get("submitter") or "")
    by_rows = any(row.values.get("submitter") for row in form.rows)
    if not text and "/" in arrival.path:
        folder = arrival.path.split("/")[0]
        found = find_unit(session.roster, folder)
        if found is not None:
            text = found.name
    if not text:
        return None if by_rows else make("unit_missing")
    unit = find_unit(session.roster, text)
    if unit is None:
        return None if by_rows else make("unknown_unit", found=text)
    return _reporting(unit, arrival.received_at, text) or unit


def _reporting(unit: Unit, at: datetime, text: str) -> Problem | None:
    if unit.kind not in (UnitKind.DEALER, UnitKind.DEPARTMENT):
        return make("unit_not_reporting", found=text)
    if not unit.active_on(at.date()):
        return make("suspended_unit", found=text)
    return None


def content_from(row: FormRow, form: LoadedForm) -> LeadContent:
    """The typed content of one row with the block's values."""
    from processor.intake.forms import to_lead

    if row.content is not None:
        return row.content
    return to_lead(row.values, form.block)


def take_leads(session: Session, arrival: Arrival, form: LoadedForm) -> FileOutcome:
    """Judge every row of a file of leads, in order. Accepted rows become leads at once."""
    found = unit_of_file(session, arrival, form)
    if isinstance(found, Problem):
        return FileOutcome(None, Counts(), [], found)
    outcome = FileOutcome(found, Counts(blank=form.blank_count, read=form.blank_count), [])
    in_file: dict[tuple[str, str], str] = {}
    contents = [content_from(row, form) for row in form.rows]
    marks = [row_print(content) for content in contents]
    if found is not None:
        session.record.load_prints(found.code, marks)
    for row, content, mark in zip(form.rows, contents, marks, strict=True):
        outcome.counts.read += 1
        result = _take_row(session, arrival, row, content, mark, found, in_file)
        outcome.rows.append(result)
        if result.outcome == REFUSED:
            outcome.counts.refused += 1
        elif result.outcome in (KNOWN, REPEATED):
            outcome.counts.known += 1
        else:
            outcome.counts.accepted += 1
        if outcome.unit is None and result.number:
            lead = session.lead(result.number)
            outcome.unit = session.unit(lead["unit_code"]) if lead else None
    return outcome


def _take_row(
    session: Session,
    arrival: Arrival,
    row: FormRow,
    content: LeadContent,
    mark: str,
    file_unit: Unit | None,
    in_file: dict[tuple[str, str], str],
) -> RowOutcome:
    own = str(row.values.get("submitter") or "")
    unit = find_unit(session.roster, own) if own else file_unit
    result = RowOutcome(row.sheet, row.row, "", problems=row.problems)
    if unit is None:
        problem = make("row_unit_unknown", sheet=row.sheet, row=row.row, found=own)
        return _refuse(session, arrival, result, None, content, mark, (*row.problems, problem))
    wrong = _reporting(unit, arrival.received_at, unit.name)
    if wrong is not None:
        hard = replace(wrong, severity=Severity.ROW, sheet=row.sheet, row=row.row)
        return _refuse(session, arrival, result, unit, content, mark, (*row.problems, hard))

    earlier = session.record.known_row(unit.code, mark)
    if earlier is not None:
        return _known(session, result, earlier, (unit.code, mark) in in_file)

    passed = gate(content, row.problems, where=row.where, received=arrival.received_at.date())
    if not passed.accepted:
        return _refuse(session, arrival, result, unit, content, mark, passed.problems)
    result.problems = (*passed.problems, *_doubts(session, arrival, unit, content, row))
    target = _correction_target(session, row, unit, result)
    source = arrival.source(row.sheet, row.row)
    if target is not None:
        correct(session, target, content, mark, arrival.received_at, source, result.problems)
        result.outcome, result.number = CORRECTED, target["number"]
    else:
        lead = accept(session, arrival, unit, content, mark, source, result.problems)
        result.outcome, result.number = ACCEPTED, lead["number"]
    in_file[unit.code, mark] = result.number
    return result


def _doubts(
    session: Session, arrival: Arrival, unit: Unit, content: LeadContent, row: FormRow
) -> tuple[Problem, ...]:
    """What 5.6 asks the reporter to look at (a typed level that contradicts the place)."""
    from processor.regulation.validity_checks import Outcome

    found = judged(session, unit.kind, arrival.received_at.date(), content)
    if not found:
        return ()
    where = row.where("taxi_level")
    return tuple(
        Problem(
            code=finding.rule.value,
            severity=Severity.REMIND,
            message=finding.reason,
            remedy="请核对出租运营地级别和省、市、县(区)",
            rule=finding.rule,
            sheet=row.sheet,
            row=row.row,
            column=where.column,
            cell=where.cell,
        )
        for finding in found
        if finding.outcome is Outcome.REMIND
    )


def _known(session: Session, result: RowOutcome, number: str, same_file: bool) -> RowOutcome:
    lead = session.lead(number)
    result.number = number
    result.outcome = REPEATED if same_file else KNOWN
    if lead is not None:
        result.note = f"该行已于 {lead['received_at']:%Y-%m-%d %H:%M} 受理，不重复计算"
    return result


def _correction_target(
    session: Session, row: FormRow, unit: Unit, result: RowOutcome
) -> Row | None:
    """The lead a row corrects: 更正原信息编号, or the number on a returned receipt's row."""
    typed = str(row.values.get("corrects") or "").strip().upper()
    number = typed or (row.lead_number or "")
    if not number:
        return None
    lead = session.lead(number)
    if lead is None or lead["unit_code"] != unit.code:
        problem = make("corrects_unknown", sheet=row.sheet, row=row.row, found=number)
        result.problems = (*result.problems, problem)
        return None
    return lead


def _refuse(
    session: Session,
    arrival: Arrival,
    result: RowOutcome,
    unit: Unit | None,
    content: LeadContent,
    mark: str,
    problems: tuple[Problem, ...],
) -> RowOutcome:
    """不予接收: outside 信息总量, kept on its own sheet with its reasons (5.2)."""
    record, at = session.record, arrival.received_at
    number = f"BJ{at:%Y%m}-{record.next(f'refusal-{at:%Y%m}'):04d}"
    grave = [p for p in problems if p.severity in (Severity.ROW, Severity.FILE)]
    rules = dict.fromkeys(p.rule for p in grave if p.rule)
    values = {k: (None if v is None else str(v)) for k, v in content_values(content).items()}
    record.add(
        t.refusals,
        {
            "number": number,
            "unit_code": unit.code if unit else None,
            "unit": unit.name if unit else None,
            "unit_kind": unit.kind.value if unit else None,
            "problems": "；".join(dict.fromkeys(p.message for p in grave)),
            "clauses": "、".join(session.clause(r, at.date()) for r in rules),
            **values,
            "batch": arrival.batch,
            "source_file": arrival.name,
            "source_sheet": result.sheet,
            "source_row": result.row,
            "received_at": at,
            "file_print": arrival.sha256,
            "row_print": mark,
            "month": month_text(at.year, at.month),
        },
    )
    result.outcome, result.number, result.problems = REFUSED, "", problems
    return result
