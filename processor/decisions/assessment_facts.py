"""What clause 7 needs to know of a quarter, gathered from the record."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from processor.calendar import months_of, parse_issue
from processor.decisions import fines
from processor.decisions.contracts import pickups
from processor.decisions.session import Session
from processor.decisions.targets import target_of
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import COUNTS_AS_VALID, RuleKey, Unit, UnitKind
from processor.regulation.assessment import Assessment, Department, Facts, Returned, assess
from processor.regulation.deadlines import Publication, Register, Screening
from processor.regulation.edition import Edition
from processor.regulation.rewards import Project

EARNED = ("项目奖励", "部门项目")  # kinds of reward rows that belong to one project
EARNED_CHANGES = ("更正", "部门项目更正")


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter's facts, the leads behind its projects, and what clause 7 makes of them."""

    quarter: str
    edition: Edition
    facts: Facts
    leads: dict[str, Row]  # by project number
    contracts: dict[str, list[Row]]  # register rows in force, by lead
    result: Assessment


def gather(session: Session, quarter: str, *, fines_too: bool = True) -> Quarter:
    """The facts of a quarter as the record stands, judged by the edition in force at its end.

    `fines_too` false: only what rewards need (an earlier quarter looked at for corrections).
    """
    last = months_of(quarter)[2]
    edition = session.edition(last)
    contracts = _contracts(session, quarter)
    leads = _leads(session, quarter, contracts, edition)
    paid = paid_quarters(session, [lead["project_no"] for lead in leads])
    projects = tuple(
        _project(lead, contracts.get(lead["number"], []), quarter, paid) for lead in leads
    )
    facts = Facts(
        quarter=quarter,
        now=session.now,
        projects=projects,
        departments=tuple(_departments(session, quarter)),
        returned=tuple(_returned(session, quarter, contracts, paid)),
        screenings=tuple(_screenings(session, quarter)) if fines_too else (),
        publications=tuple(_publications(session)) if fines_too else (),
        registers=tuple(_registers(session)) if fines_too else (),
        calendar=session.calendar,
    )
    by_project = {lead["project_no"]: lead for lead in leads}
    return Quarter(quarter, edition, facts, by_project, contracts, assess(facts, edition))


def _contracts(session: Session, quarter: str) -> dict[str, list[Row]]:
    """Register rows in force of the leads that appear in the quarter's registers."""
    months = [f"{m:%Y-%m}" for m in months_of(quarter)]
    rows = session.record.select(
        t.contracts,
        t.contracts.c.month.in_(months),
        t.contracts.c.superseded == "否",
        t.contracts.c.matched_lead.is_not(None),
    )
    numbers = sorted({r["matched_lead"] for r in rows})
    found: dict[str, list[Row]] = defaultdict(list)
    for start in range(0, len(numbers), 500):
        for row in session.record.select(
            t.contracts,
            t.contracts.c.matched_lead.in_(numbers[start : start + 500]),
            t.contracts.c.superseded == "否",
            order=(t.contracts.c.month, t.contracts.c.number),
        ):
            found[row["matched_lead"]].append(row)
    return found


def _leads(
    session: Session, quarter: str, contracts: dict[str, list[Row]], edition: Edition
) -> list[Row]:
    """Projects with a register row in the quarter, rewarded in it, or large and in development."""
    record = session.record
    numbers = dict.fromkeys(contracts)
    for row in record.select(t.rewards, t.rewards.c.lead.is_not(None)):
        if (row["of_quarter"] or row["quarter"]) == quarter:
            numbers[row["lead"]] = None
    end = months_of(quarter)[2]
    minimum = edition.param(RuleKey.DEALER_PROJECT_REWARD, "minimum")
    columns = t.leads.c
    quantity = func.coalesce(func.nullif(columns.confirmed, 0), columns.quantity, 0)
    for lead in record.select(
        t.leads,
        columns.state == "有效",
        columns.project_no.is_not(None),
        columns.month <= f"{end:%Y-%m}",
        quantity >= minimum,
    ):
        numbers[lead["number"]] = None
    record.load(t.leads, numbers)
    rows = [session.lead(n) for n in numbers]
    return sorted(
        (r for r in rows if r is not None and r["project_no"]),
        key=lambda r: (r["unit_code"], r["project_no"]),
    )


def _project(lead: Row, rows: list[Row], quarter: str, paid: dict[str, list[str]]) -> Project:
    by_quarter = pickups(rows)
    others = [q for q in paid.get(lead["project_no"], ()) if q != quarter]
    return Project(
        number=lead["project_no"],
        lead=lead["number"],
        unit=lead["unit_code"],
        kind=UnitKind(lead["unit_kind"]),
        reported=lead["quantity"] or 0,
        confirmed=lead["confirmed"],
        pickups=by_quarter.get(quarter, 0),
        pickups_total=sum(n for q, n in by_quarter.items() if q <= quarter),
        counted=lead["counted"] == "是",
        valid=lead["state"] in COUNTS_AS_VALID,
        paid_quarter=others[0] if others else "",
    )


def paid_quarters(session: Session, projects: list[str]) -> dict[str, list[str]]:
    """The quarters for which a project still keeps a reward, corrections taken into account."""
    net: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    wanted = sorted(set(projects))
    for start in range(0, len(wanted), 500):
        for row in session.record.select(
            t.rewards, t.rewards.c.project_no.in_(wanted[start : start + 500])
        ):
            if row["kind"] in EARNED:
                net[row["project_no"]][row["quarter"]] += row["amount"]
            elif row["kind"] in EARNED_CHANGES:
                net[row["project_no"]][row["of_quarter"]] += row["amount"]
    return {p: sorted(q for q, amount in qs.items() if amount > 0) for p, qs in net.items()}


def departments_of(session: Session) -> list[Unit]:
    return [u for u in session.roster.units if u.kind is UnitKind.DEPARTMENT]


def _departments(session: Session, quarter: str) -> list[Department]:
    months = [f"{m:%Y-%m}" for m in months_of(quarter)]
    found = []
    for unit in departments_of(session):
        counts = [0, 0, 0]
        for lead in session.record.select(
            t.leads,
            t.leads.c.unit_code == unit.code,
            t.leads.c.month.in_(months),
            t.leads.c.counted == "是",
        ):
            counts[months.index(lead["month"])] += 1
        targets = [target_of(session, unit.code, m) for m in months]
        found.append(
            Department(
                unit.code,
                (counts[0], counts[1], counts[2]),
                (targets[0], targets[1], targets[2]),
            )
        )
    return found


def _returned(
    session: Session, quarter: str, contracts: dict[str, list[Row]], paid: dict[str, list[str]]
) -> list[Returned]:
    """Vehicles brought back in this quarter of projects rewarded for an earlier one."""
    found = []
    for number, rows in contracts.items():
        lead = session.lead(number)
        if lead is None or not lead["project_no"]:
            continue
        back = sum(
            min(r["picked"] or 0, 0) for r in rows if _quarter_of_month(r["month"]) == quarter
        )
        if back == 0:
            continue
        for earlier in paid.get(lead["project_no"], ()):
            if earlier >= quarter:
                continue
            amount = sum(
                r["amount"]
                for r in session.record.select(
                    t.rewards, t.rewards.c.project_no == lead["project_no"]
                )
                if r["kind"] in (*EARNED, *EARNED_CHANGES)
                and (r["of_quarter"] or r["quarter"]) == earlier
            )
            net = pickups(rows).get(earlier, 0) + back
            project = _project(lead, rows, earlier, {})
            found.append(Returned(earlier, project, amount, net))
    return found


def _quarter_of_month(month: str) -> str:
    return f"{month[:4]}Q{(int(month[5:7]) + 2) // 3}"


def _screenings(session: Session, quarter: str) -> list[Screening]:
    first, _, last = months_of(quarter)
    from processor.calendar import next_month

    columns = t.leads.c
    session.record.flush()
    # a quarter has tens of thousands: only what is asked of them is read
    query = select(
        columns.number,
        columns.screener,
        columns.section,
        columns.transferred_at,
        columns.answered_at,
        columns.verdict,
        columns.expiry_at,
    ).where(
        columns.due_at >= first,
        columns.due_at < next_month(last),
        columns.transferred_at.is_not(None),
    )
    return [
        Screening(
            lead=number,
            person=screener or fines.UNNAMED,
            section=section or "",
            transferred=transferred,
            answered=answered,
            valid=verdict == "有效",
            dated=dated,
        )
        for number, screener, section, transferred, answered, verdict, dated in (
            session.record.connection.execute(query)
        )
    ]


def _publications(session: Session) -> list[Publication]:
    return [
        Publication(
            parse_issue(r["issue"]),
            *fines.person_on_duty(session, fines.POLICY_ROLE, r["due_at"].date()),
            published=r["published_at"],
        )
        for r in session.record.select(t.publications, t.publications.c.kind == fines.BULLETIN)
    ]


def _registers(session: Session) -> list[Register]:
    return [
        Register(
            date.fromisoformat(f"{month}-01"),
            *fines.person_on_duty(session, fines.SUPPORT_ROLE, due.at.date()),
            received=file["received_at"] if file else None,
        )
        for month, due, file in fines.owed_registers(session)
    ]
