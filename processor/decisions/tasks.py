"""Handing leads to a section (6.2, 6.3) and opening projects (6.4)."""

from __future__ import annotations

from processor.decisions.fines import judge_screening
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import RuleKey


def hand_over(session: Session, lead: Row, *, again: bool) -> None:
    """Open the screening of a pending lead: section and named person by the roster, due time.

    A lead that comes back (revived, or freed by a ruling) starts a new clock. With nobody in the
    roster the lead waits and 今日待办 names the gap.
    """
    record, now = session.record, session.now
    if again and lead["verdict"] not in (None, "有效", "无效"):
        record.change(t.leads, lead, verdict=None, verdict_at=None)
    duty = session.screener(lead["category"], lead["province"] or "")
    if duty is None:
        if lead["section"] is not None or again:
            record.change(t.leads, lead, section=None, screener=None, transferred_at=None)
        session.topics.add("today")
        return
    due = session.handover_due
    record.change(
        t.leads,
        lead,
        section=duty.section,
        screener=duty.person,
        deputised="是" if duty.deputy_used else "否",
        transferred_at=now,
        due_at=due.at,
        due_tentative="是" if due.tentative else "否",
        answered_at=None,
        late=None,
    )
    session.sections.add(duty.section)
    session.tell(
        lead["number"],
        "转办甄别",
        f"转{duty.section}甄别，应于 {due.at:%Y-%m-%d %H:%M} 前反馈"
        + ("（暂定）" if due.tentative else ""),
        rule=RuleKey.SCREENING,
        new=duty.section,
    )


def leave_screening(session: Session, lead: Row) -> None:
    """A lead stops being owed. Unanswered but already late, it was late; else the clock is void."""
    if lead["section"]:
        session.sections.add(lead["section"])
    if lead["answered_at"] is not None or lead["due_at"] is None:
        return
    if lead["due_at"] < session.now:
        judge_screening(session, lead)
    else:
        session.record.change(t.leads, lead, due_at=None, due_tentative=None)


def open_project(session: Session, lead: Row) -> None:
    """A valid lead becomes a project, once (6.4)."""
    if lead["project_no"]:
        return
    record, now = session.record, session.now
    number = f"LX{now:%Y}-{record.next(f'project-{now:%Y}'):04d}"
    record.add(
        t.projects,
        {
            "number": number,
            "opened_on": now.date(),
            "lead": lead["number"],
            "dealer": lead["unit"] if lead["unit_kind"] == "经销商" else None,
            "stage": "立项",
            "updated_at": now,
        },
    )
    record.change(t.leads, lead, project_no=number)
    session.topics.add("plan")
    words = f"立项编号 {number}"
    session.tell(lead["number"], "立项", words, rule=RuleKey.PROJECT_PLAN, new=number)
