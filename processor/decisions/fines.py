"""Penalty proposals of 7.3 entered in the record, as soon as a due time has passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time

from processor.calendar import parse_issue
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import Due, RuleKey, State, Verdict
from processor.regulation import deadlines, penalties
from processor.regulation.deadlines import Obligation, Publication, Register, Screening
from processor.roster import duty_people

REGISTER = "合同登记汇总表"
BULLETIN = "通报"
POLICY_ROLE = "策略科责任人"
SUPPORT_ROLE = "销售支持责任人"
UNNAMED = "（名录未登记）"
PROPOSED, WITHDRAWN = "建议", "撤销"
NOT_LISTED = "—"  # of a withdrawn proposal: no assessment lists it


def judge_screening(session: Session, lead: Row) -> None:
    """7.3.1 and 7.3.2-甲 of one lead, once its due time has passed, answered or not.

    Both fall on the person named at transfer; each at most once in a lead's life.
    """
    if lead["transferred_at"] is None or lead["due_at"] is None or lead["due_at"] >= session.now:
        return
    item = Screening(
        lead=lead["number"],
        person=lead["screener"] or UNNAMED,
        section=lead["section"] or "",
        transferred=lead["transferred_at"],
        answered=lead["answered_at"],
        valid=lead["verdict"] == Verdict.VALID,
        dated=lead["expiry_at"],
    )
    edition = session.edition(lead["transferred_at"].date())
    owed = deadlines.screening_obligations(item, session.calendar, edition)
    for proposal in _raise(session, owed, day=lead["transferred_at"].date()):
        if proposal.rule is RuleKey.SCREENING_OVERDUE:
            session.record.change(t.leads, lead, late="是")


def overdue_screenings(session: Session) -> None:
    """Leads nobody answered in time, and valid ones still without a date."""
    late = session.record.select(
        t.leads,
        t.leads.c.state == State.PENDING.value,
        t.leads.c.due_at < session.now,
        t.leads.c.late.is_(None),
    )
    undated = session.record.select(
        t.leads,
        t.leads.c.state == State.VALID.value,
        t.leads.c.due_at < session.now,
        t.leads.c.expires_on.is_(None),
    )
    for lead in (*late, *undated):
        judge_screening(session, lead)


def redate(session: Session) -> None:
    """Due times that rested on a calendar not yet announced are worked out again with this one."""
    leads = session.record.select(t.leads, t.leads.c.due_tentative == "是")
    for lead in leads:
        edition = session.edition(lead["transferred_at"].date())
        due = deadlines.screening_due(lead["transferred_at"], session.calendar, edition)
        session.record.change(
            t.leads, lead, due_at=due.at, due_tentative="是" if due.tentative else "否"
        )
        if not due.tentative:
            if lead["answered_at"] is not None:
                session.record.change(
                    t.leads, lead, late="是" if lead["answered_at"] > due.at else "否"
                )
            judge_screening(session, lead)
    issues = session.record.select(
        t.publications,
        t.publications.c.kind == BULLETIN,
        t.publications.c.due_tentative == "是",
    )
    for row in issues:
        issue = parse_issue(row["issue"])
        edition = session.edition(issue.cutoff.date())
        due = deadlines.publication_due(issue, session.calendar, edition)
        session.record.change(
            t.publications, row, due_at=due.at, due_tentative="是" if due.tentative else "否"
        )
    _warn_tentative(session, leads, issues)


def _warn_tentative(session: Session, leads: list[Row], issues: list[Row]) -> None:
    years = {row["due_at"].year for row in (*leads, *issues) if row["due_tentative"] == "是"}
    years |= {due.at.year for _, due, file in owed_registers(session) if due.tentative and not file}
    if years:
        names = "、".join(f"{year}年" for year in sorted(years))
        session.warnings.append(
            f"{names}的调休安排尚未公布，有关期限为暂定，不据此提出处罚建议；"
            "公布后请登记在单位名录的“日历调整”中。"
        )


def _raise(
    session: Session, owed: Iterable[Obligation], *, day: date, key: str = ""
) -> list[penalties.Proposal]:
    """Enter what is late among some obligations; returns it, whether entered now or before."""
    edition = session.edition(day)
    late = penalties.overdue(owed, session.now, session.calendar, edition)
    batch = edition.switch("penalty.unit") == "batch"
    for item in late:
        name = key or item.matter
        if batch and item.rule is RuleKey.SCREENING_OVERDUE:
            name = f"{item.person}-{item.due:%Y%m%d}"
        _enter(session, item, name)
    return list(late)


def _enter(session: Session, item: penalties.Proposal, key: str) -> None:
    """One proposal per rule and matter. What was due before the record began is never penal."""
    record = session.record
    number = f"CF-{item.rule.value}-{key}"
    since = session.start.replace(hour=0, minute=0, second=0)
    before = item.due < (since if item.rule is RuleKey.LEAK else session.start)
    if before or record.get(t.penalties, number) is not None:
        return
    edition = session.edition(item.due.date())
    if not edition.has(item.rule):
        return
    record.add(
        t.penalties,
        {
            "number": number,
            "quarter": item.quarter,
            "rule": item.rule.value,
            "clause": edition.clause(item.rule),
            "person": item.person,
            "section": item.section,
            "matter": item.matter,
            "due_at": item.due,
            "actual_at": item.actual,
            "late_days": item.days_late,
            "times": item.times,
            "amount": item.amount,
            "evidence": item.evidence,
            "status": PROPOSED,
            "raised_at": session.now,
        },
    )
    session.tell(item.matter, "处罚建议", item.evidence, rule=item.rule, new=f"{item.amount} 元")
    session.topics.add("today")


# --- contract registers (6.5, 7.3.3) --------------------------------------------------------------


def register_due(session: Session, month: str) -> Due:
    """6.5: through the close of the 2nd of the next month, shifted past holidays (switches)."""
    first = date.fromisoformat(f"{month}-01")
    return deadlines.register_due(first, session.calendar, session.edition(first))


def owed_registers(session: Session) -> Iterator[tuple[str, Due, Row | None]]:
    """Every month a register is owed for: month, due time, the first register received."""
    received: dict[str, Row] = {}
    for row in session.record.select(
        t.files, t.files.c.form == REGISTER, t.files.c.month.is_not(None)
    ):
        first = received.get(row["month"])
        if first is None or row["received_at"] < first["received_at"]:
            received[row["month"]] = row
    for first_day in deadlines.registers_owed(session.start.date(), session.now.date()):
        month = f"{first_day:%Y-%m}"
        yield month, register_due(session, month), received.get(month)


def late_registers(session: Session) -> None:
    """7.3.3, once per month."""
    for month, due, file in owed_registers(session):
        if due.at >= session.now:
            continue
        first = date.fromisoformat(f"{month}-01")
        item = Register(
            first,
            *person_on_duty(session, SUPPORT_ROLE, due.at.date()),
            received=file["received_at"] if file else None,
        )
        owed = deadlines.register_obligation(item, session.calendar, session.edition(first))
        _raise(session, [owed] if owed else [], day=first, key=month)


# --- bulletins (6.1, 7.3.2-乙) --------------------------------------------------------------------


def late_bulletins(session: Session) -> None:
    """7.3.2-乙, once per issue; an issue never recorded as published is late.

    When it is recorded afterwards that an issue had been put up in time, the proposal is withdrawn
    unless an assessment has listed it already.
    """
    for row in session.record.select(
        t.publications,
        t.publications.c.kind == BULLETIN,
        t.publications.c.due_at < session.now,
    ):
        issue = parse_issue(row["issue"])
        day = issue.cutoff.date()
        item = Publication(
            issue,
            *person_on_duty(session, POLICY_ROLE, row["due_at"].date()),
            published=row["published_at"],
        )
        owed = deadlines.publication_obligation(item, session.calendar, session.edition(day))
        late = _raise(session, [owed] if owed else [], day=day, key=row["issue"])
        if not late and row["published_at"] is not None:
            words = f"补登记发布时间 {row['published_at']:%Y-%m-%d %H:%M}，未逾期"
            _withdraw(session, RuleKey.BULLETIN_OVERDUE, row["issue"], words)


def _withdraw(session: Session, rule: RuleKey, key: str, reason: str) -> None:
    """A proposal whose ground has gone, unless an assessment has listed it already."""
    row = session.record.get(t.penalties, f"CF-{rule.value}-{key}")
    if row is None or row["issued_in"] is not None:
        return
    session.record.change(t.penalties, row, status=WITHDRAWN, issued_in=NOT_LISTED, amount=0)
    session.tell(row["matter"], "撤销处罚建议", f"{reason}，撤销处罚建议", rule=rule)


# --- leaks (7.3.4) --------------------------------------------------------------------------------


def leaks(session: Session) -> None:
    """7.3.4: 500 yuan and one black mark for each leak confirmed against an insider.

    The marks of a person are counted over a lifetime, in order of 结论日期.
    """
    rows = {row["number"]: row for row in session.record.select(t.leaks)}
    edition = session.edition()
    items = [
        penalties.Leak(
            number=row["number"],
            person=row["suspect"] or "",
            section=next(
                (p.section for p in session.roster.people if p.name == row["suspect"]), ""
            ),
            insider=row["insider"] == "是",
            confirmed=row["finding"] == "属实",
            concluded=row["concluded_on"],
        )
        for row in rows.values()
    ]
    proposals = penalties.leaks(items, edition)
    confirmed = {item.leak.number: item for item in proposals}
    for number, row in rows.items():
        item = confirmed.get(number)
        if item is None:
            _withdraw(session, RuleKey.LEAK, number, "调查结论已更改")
        session.record.change(
            t.leaks,
            row,
            advice=f"{item.amount} 元，记诚信黑点 1 个" if item else None,
            marks=item.marks if item else None,
            dismissal=(item.advice or None) if item else None,
        )
    for item in proposals:
        concluded = item.leak.concluded or date.max
        at = datetime.combine(concluded, time())
        proposal = penalties.Proposal(
            rule=RuleKey.LEAK,
            person=item.leak.person,
            section=item.leak.section,
            matter=item.leak.number,
            due=at,
            actual=at,
            days_late=0,
            times=1,
            amount=item.amount,
            evidence=f"{concluded} 调查属实，记诚信黑点一个（累计 {item.marks} 个）"
            + (f"；{item.advice}" if item.advice else ""),
            quarter=item.quarter,
        )
        _enter(session, proposal, item.leak.number)


def person_on_duty(session: Session, role: str, day: date) -> tuple[str, str]:
    """Name and section of the first person of a role on duty that day."""
    people = duty_people(session.roster, role, day)
    if not people:
        return UNNAMED, ""
    return people[0].name, people[0].section
