"""What time alone brings about: expiry, hand-overs that waited, overdue answers."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import select

from processor.decisions import fines
from processor.decisions.applications import apply_to, match
from processor.decisions.session import Session
from processor.decisions.settling import settle_around
from processor.decisions.tasks import hand_over
from processor.ledger import tables as t
from processor.model import RuleKey, State


def tick(session: Session) -> None:
    """Bring the record to `now`: after all arrivals of the run, before the assessment."""
    _tell_roster_problems(session)
    _expire(session)
    _hand_over_waiting(session)
    _match_waiting_applications(session)
    fines.redate(session)
    fines.overdue_screenings(session)
    fines.late_bulletins(session)
    fines.late_registers(session)
    fines.leaks(session)


def _tell_roster_problems(session: Session) -> None:
    """Rows of a new copy of the roster that were left out, in the run that read it."""
    record = session.record
    if record.meta("roster_changed_in") == str(record.run):
        problems = json.loads(record.meta("roster_problems") or "[]")
        session.warnings.extend(f"单位名录 {problem}" for problem in problems)


def _expire(session: Session) -> None:
    """到期 frees the customer from the day after 到期日期 (or 180 days without one)."""
    today = session.now.date()
    record = session.record
    expired = record.select(
        t.leads, t.leads.c.state == State.VALID.value, t.leads.c.expires_on < today
    )
    days = int(session.edition().param(RuleKey.EXPIRY_DATE, "hold_days"))
    undated = record.select(
        t.leads,
        t.leads.c.state == State.VALID.value,
        t.leads.c.expires_on.is_(None),
        t.leads.c.verdict_at < session.now - timedelta(days=days),
    )
    for lead in (*expired, *undated):
        settle_around(session, [lead["number"]])


def _hand_over_waiting(session: Session) -> None:
    """Leads nobody was named for go out as soon as the roster names somebody."""
    for lead in session.record.select(
        t.leads, t.leads.c.state == State.PENDING.value, t.leads.c.section.is_(None)
    ):
        hand_over(session, lead, again=False)


def _match_waiting_applications(session: Session) -> None:
    """An application may have come before its lead, or lost it to a verdict."""
    if not (session.rows.accepted or session.forms):
        return
    applications = t.applications
    waiting = session.record.select(applications, applications.c.matched_lead.is_(None))
    lost = select(t.leads.c.number).where(
        t.leads.c.state.in_((State.INVALID.value, State.DUPLICATE.value)),
        t.leads.c.application_no.is_not(None),
    )
    without = session.record.select(applications, applications.c.matched_lead.in_(lost))
    for application in (*waiting, *without):
        lead = match(session, application)
        if lead is not None and lead["number"] != application["matched_lead"]:
            apply_to(session, application, lead)
