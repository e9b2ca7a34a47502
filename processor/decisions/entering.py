"""An accepted row becomes a lead, or corrects one: number, place in the queue, pairs, state."""

from __future__ import annotations

from datetime import datetime

from processor.decisions.content import (
    content_of,
    content_values,
    findings,
    month_text,
    party_checks,
    party_of,
)
from processor.decisions.pairing import pair_up
from processor.decisions.session import Arrival, Session
from processor.decisions.settling import settle_around
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import LeadContent, Problem, RuleKey, Severity, Source, State, Unit
from processor.regulation.counting import count_month

ACCEPTED = "接收"


def accept(
    session: Session,
    arrival: Arrival,
    unit: Unit,
    content: LeadContent,
    mark: str,
    source: Source,
    problems: tuple[Problem, ...],
) -> Row:
    """An accepted row becomes a lead: number, place in the queue, pairs, state."""
    record, at = session.record, arrival.received_at
    number = f"DKH{at:%Y%m}-{record.next(f'lead-{at:%Y%m}'):04d}"
    first = count_month(at.date())
    lead = record.add(
        t.leads,
        {
            "number": number,
            "unit_code": unit.code,
            "unit": unit.name,
            "unit_kind": unit.kind.value,
            **content_values(content),
            "batch": arrival.batch,
            "source_file": source.file,
            "source_sheet": source.sheet,
            "source_row": source.row,
            "received_at": at,
            "file_print": arrival.sha256,
            "row_prints": mark,
            "place_at": at,
            "place_seq": record.next("place"),
            "evidence": None if arrival.evidence is None else f"{arrival.evidence:.3f}",
            "month": month_text(first.year, first.month),
            "quarter": f"{at.year}Q{(at.month + 2) // 3}",
            "acceptance": ACCEPTED,
            "reminders": _reminders(problems),
            "ruleset": session.edition(at.date()).key,
            "sensitivity": "受限" if content.restricted else "内部",
            "grade": None,
            "counted": "不适用",
            "updated_at": session.now,
        },
    )
    record.remember_row(unit.code, mark, number)
    _flag(session, lead)
    pair_up(session, lead)
    settle_around(session, [number], source)
    return lead


def _reminders(problems: tuple[Problem, ...]) -> str | None:
    words = [p.message for p in problems if p.severity is Severity.REMIND]
    return "；".join(dict.fromkeys(words)) or None


def _flag(session: Session, lead: Row) -> None:
    """疑点提示 for the screener: what must be looked at by hand."""
    from processor.regulation.validity_checks import Outcome

    words = [f.reason for f in findings(session, lead) if f.outcome is Outcome.FLAG]
    session.record.change(t.leads, lead, flags="；".join(words) or None)


def correct(
    session: Session,
    lead: Row,
    content: LeadContent,
    mark: str,
    at: datetime,
    source: Source,
    problems: tuple[Problem, ...],
) -> None:
    """A correction is an event on the same lead: it keeps its place.

    Except when it mends a lead that 5.4 or 5.6 had made 无效: that one takes its place, and only
    now joins the queue, from the correction's receipt.
    """
    record = session.record
    before = content_of(lead)
    changed = [n for n in content_values(content) if getattr(before, n) != getattr(content, n)]
    was_barred = lead["state"] == State.INVALID and lead["state_rule"] in (
        RuleKey.MINIMUM_QUANTITY,
        RuleKey.CITY_TAXI,
    )
    record.change(
        t.leads,
        lead,
        **content_values(content),
        row_prints=f"{lead['row_prints']};{mark}",
        corrected_at=at,
        reminders=_reminders(problems),
        sensitivity="受限" if content.restricted else "内部",
        updated_at=session.now,
    )
    record.remember_row(lead["unit_code"], mark, lead["number"])
    _flag(session, lead)
    from schemas.lead import LEAD_FORM

    headings = "、".join(LEAD_FORM.field(n).heading for n in changed)
    session.tell(
        lead["number"],
        "更正",
        f"提报单位更正：{headings or '内容未变'}",
        rule=RuleKey.TRUE_AND_DETAILED,
        source=source,
    )
    if was_barred and party_checks(session, lead) is None:
        record.change(t.leads, lead, place_at=at, place_seq=record.next("place"))
        record.change(t.leads, lead, verdict=None, verdict_at=None)  # screened anew from here
    touched = pair_up(session, lead, before=party_of(before))
    if lead["section"] and lead["state"] == State.PENDING:
        session.sections.add(lead["section"])
    settle_around(session, [lead["number"], *touched], source)
