"""Penalty proposals of 7.3, raised as soon as a due time has passed; never on a tentative date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time

from processor.calendar import months_of, quarter_of
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import Due, RuleKey, State
from processor.roster import duty_people

REGISTER = "合同登记汇总表"
BULLETIN = "通报"
POLICY_ROLE = "策略科责任人"
SUPPORT_ROLE = "销售支持责任人"
UNNAMED = "（名录未登记）"


def late_screening(session: Session, lead: Row) -> None:
    """7.3.1, once per lead: the person named at transfer did not answer in time."""
    if lead["due_tentative"] == "是":
        return
    session.record.change(t.leads, lead, late="是")
    raise_fine(
        session,
        RuleKey.SCREENING_OVERDUE,
        matter=lead["number"],
        person=lead["screener"] or UNNAMED,
        section=lead["section"] or "",
        due=lead["due_at"],
        actual=lead["answered_at"],
        evidence=f"{lead['transferred_at']:%Y-%m-%d %H:%M} 转办，"
        f"应于 {lead['due_at']:%Y-%m-%d %H:%M} 前反馈",
    )


def missing_expiry(session: Session, lead: Row) -> None:
    """7.3.2-甲, once per lead: valid, and no 到期日期 by the screening's due time."""
    due = lead["due_at"]
    if (
        lead["verdict"] != "有效"
        or due is None
        or due >= session.now
        or lead["due_tentative"] == "是"
        or (lead["expiry_at"] is not None and lead["expiry_at"] <= due)
    ):
        return
    raise_fine(
        session,
        RuleKey.EXPIRY_MISSING,
        matter=lead["number"],
        person=lead["screener"] or UNNAMED,
        section=lead["section"] or "",
        due=due,
        actual=lead["expiry_at"],
        evidence=f"{lead['verdict_at']:%Y-%m-%d %H:%M} 判为有效，截至应反馈时间未注明到期日期",
    )


def raise_fine(
    session: Session,
    rule: RuleKey,
    *,
    matter: str,
    person: str,
    section: str,
    due: datetime,
    actual: datetime | None,
    evidence: str,
    late_days: int | None = None,
    key: str = "",
) -> None:
    """One proposal per rule and matter. A due time before the record began is never penal."""
    record = session.record
    if due < session.start or not session.edition(due.date()).has(rule):
        return
    number = f"CF-{rule.value}-{key or matter}"
    if record.get(t.penalties, number) is not None:
        return
    edition = session.edition(due.date())
    if late_days is None:
        late_days = session.calendar.working_days_between(
            due.date(), (actual or session.now).date()
        )
    record.add(
        t.penalties,
        {
            "number": number,
            "quarter": quarter_of(due.date()),
            "rule": rule.value,
            "clause": edition.clause(rule),
            "person": person,
            "section": section,
            "matter": matter,
            "due_at": due,
            "actual_at": actual,
            "late_days": late_days,
            "times": 1,
            "amount": edition.param(rule, "amount"),
            "evidence": evidence,
            "status": "建议",
            "raised_at": session.now,
        },
    )
    session.tell(matter, "处罚建议", evidence, rule=rule, new=edition.param(rule, "amount"))
    session.topics.add("today")


def overdue_screenings(session: Session) -> None:
    """Leads nobody answered in time, and valid ones still without a date."""
    for lead in session.record.select(
        t.leads, t.leads.c.state == State.PENDING.value, t.leads.c.due_at < session.now
    ):
        if lead["answered_at"] is None and lead["late"] is None:
            late_screening(session, lead)
    for lead in session.record.select(
        t.leads,
        t.leads.c.state == State.VALID.value,
        t.leads.c.due_at < session.now,
        t.leads.c.expires_on.is_(None),
    ):
        missing_expiry(session, lead)


def register_due(session: Session, month: str) -> Due:
    """6.5: through the close of the 2nd of the next month, shifted past holidays."""
    from processor.calendar import next_month

    first = date.fromisoformat(f"{month}-01")
    day = session.edition(first).param(RuleKey.CONTRACT_REGISTER, "day")
    return session.calendar.on_or_after(next_month(first).replace(day=day))


def owed_registers(session: Session) -> Iterator[tuple[str, Due, Row | None]]:
    """Every month a register is owed for: month, due time, the first register received."""
    from processor.decisions.contracts import register_months

    received: dict[str, Row] = {}
    for row in session.record.select(
        t.files, t.files.c.form == REGISTER, t.files.c.month.is_not(None)
    ):
        first = received.get(row["month"])
        if first is None or row["received_at"] < first["received_at"]:
            received[row["month"]] = row
    for month in register_months(session.start.date(), session.now.date()):
        yield month, register_due(session, month), received.get(month)


def late_registers(session: Session) -> None:
    """7.3.3, once per month."""
    for month, due, file in owed_registers(session):
        if due.tentative or due.at >= session.now:
            continue
        actual = file["received_at"] if file else None
        if actual is not None and actual <= due.at:
            continue
        person, section = person_on_duty(session, SUPPORT_ROLE, due.at.date())
        raise_fine(
            session,
            RuleKey.REGISTER_OVERDUE,
            matter=f"{month} 合同登记汇总表",
            key=month,
            person=person,
            section=section,
            due=due.at,
            actual=actual,
            evidence=f"{month} 登记表应于 {due.at:%Y-%m-%d %H:%M} 前反馈，"
            + (f"{actual:%Y-%m-%d %H:%M} 收到" if actual else "尚未收到"),
        )


def late_bulletins(session: Session) -> None:
    """7.3.2-乙, once per issue; an issue never recorded as published is late."""
    for row in session.record.select(
        t.publications,
        t.publications.c.kind == BULLETIN,
        t.publications.c.due_at < session.now,
    ):
        late = row["published_at"] is None or row["published_at"] > row["due_at"]
        if row["due_tentative"] == "是" or not late:
            continue
        person, section = person_on_duty(session, POLICY_ROLE, row["due_at"].date())
        actual = row["published_at"]
        raise_fine(
            session,
            RuleKey.BULLETIN_OVERDUE,
            matter=f"{row['issue']} 期通报",
            key=row["issue"],
            person=person,
            section=section,
            due=row["due_at"],
            actual=actual,
            evidence=f"应于 {row['due_at']:%Y-%m-%d %H:%M} 前在内网公布，"
            + (f"{actual:%Y-%m-%d %H:%M} 公布" if actual else "未登记公布"),
        )


def leaks(session: Session) -> None:
    """7.3.4: 500 yuan and one black mark for each leak confirmed against an insider."""
    from processor.decisions.targets import confirmed_insider

    for row in session.record.select(t.leaks):
        if not (confirmed_insider(row) and row["suspect"] and row["concluded_on"]):
            continue
        due = datetime.combine(row["concluded_on"], time())
        people = [p for p in session.roster.people if p.name == row["suspect"]]
        raise_fine(
            session,
            RuleKey.LEAK,
            matter=row["number"],
            person=row["suspect"],
            section=people[0].section if people else "",
            due=due,
            actual=due,
            late_days=0,
            evidence=f"{row['concluded_on']} 调查属实，记诚信黑点一个（累计 {row['marks']} 个）",
        )


def person_on_duty(session: Session, role: str, day: date) -> tuple[str, str]:
    people = duty_people(session.roster, role, day)
    if not people:
        return UNNAMED, ""
    return people[0].name, people[0].section


def in_quarter(session: Session, quarter: str) -> list[Row]:
    """The proposals whose due date lies in a quarter."""
    months_of(quarter)
    rows = session.record.select(t.penalties, t.penalties.c.quarter == quarter)
    return sorted(rows, key=lambda r: (r["rule"], r["due_at"], r["number"]))
