"""What the record holds of every reporting unit's quarter and the one before, for report cards.

A few questions to the record for all units together, of the columns needed alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, or_, select

from processor.calendar import months_of, next_month, quarter_of
from processor.decisions.assessment_facts import paid_quarters
from processor.decisions.avoidable import Avoidable, kinds_told
from processor.decisions.counting_up import DUPLICATE_CLASS, INVALID_CLASS, class_of
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import COUNTS_AS_VALID, RuleKey, State, UnitKind
from processor.regulation.edition import Edition
from processor.regulation.rewards import Project, is_large

_REPORTING = (UnitKind.DEALER.value, UnitKind.DEPARTMENT.value)
_ENDED = {State.CONVERTED: "converted_at", State.CLOSED: "closed_at", State.EXPIRED: "expires_on"}


@dataclass(slots=True)
class Own:
    """What the record holds of one unit; `months` by 2026-07, `projects` by quarter."""

    name: str
    kind: UnitKind
    classes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    refused: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    faults: Counter[Avoidable] = field(default_factory=Counter)
    projects: dict[str, list[Project]] = field(default_factory=lambda: defaultdict(list))


def gather_own(
    session: Session, months: list[date], quarters: tuple[str, str], edition: Edition
) -> dict[str, Own]:
    """By unit code, of `months` (of both quarters, the later one's errors)."""
    first = months_of(quarters[1])[0]
    session.record.flush()
    own: dict[str, Own] = {}
    _leads(session, own, months, first, edition)
    _refusals(session, own, months, first)
    _projects(session, own, quarters, edition)
    return own


def _of(own: dict[str, Own], row: Row) -> Own:
    return own.setdefault(row["unit_code"], Own(row["unit"], UnitKind(row["unit_kind"])))


def _leads(
    session: Session, own: dict[str, Own], months: list[date], first: date, edition: Edition
) -> None:
    """Counts by month; of the quarter itself also reminders, 5.4, 5.6 and own repeats."""
    c, earlier = t.leads.c, t.leads.alias("earlier")
    columns = (c.unit_code, c.unit, c.unit_kind, c.month, c.state, c.state_rule, c.counted)
    query = (
        select(*columns, c.reminders, earlier.c.unit_code.label("first_unit"))
        .select_from(t.leads.outerjoin(earlier, earlier.c.number == c.duplicate_of))
        .where(c.month.in_([f"{m:%Y-%m}" for m in months]), c.unit_kind.in_(_REPORTING))
    )
    invalid = _invalid(edition)
    for row in session.record.connection.execute(query).mappings():
        unit, month = _of(own, dict(row)), row["month"]
        kind = class_of(dict(row))
        unit.classes[month][kind] += 1
        unit.counted[month] += row["counted"] == "是"
        if month < f"{first:%Y-%m}":
            continue
        unit.faults.update(kinds_told(row["reminders"]))
        if kind == INVALID_CLASS and row["state_rule"] in invalid:
            unit.faults[invalid[row["state_rule"]]] += 1
        if kind == DUPLICATE_CLASS and row["first_unit"] == row["unit_code"]:
            unit.faults[_AGAIN] += 1


_AGAIN = Avoidable(
    "本单位已报过的客户又作为新信息提报",
    RuleKey.FIRST_COME,
    "补充或改正请在回执“明细”中改后交回，或填写“更正原信息编号”",
)


def _invalid(edition: Edition) -> dict[str, Avoidable]:
    """The kinds of 无效 that need no screening."""
    if not (edition.has(RuleKey.MINIMUM_QUANTITY) and edition.has(RuleKey.CITY_TAXI)):
        return {}
    least = edition.param(RuleKey.MINIMUM_QUANTITY, "minimum") + (
        edition.switch("min_qty") == "exclusive"
    )
    return {
        RuleKey.MINIMUM_QUANTITY.value: Avoidable(
            f"标的量不足{least}台",
            RuleKey.MINIMUM_QUANTITY,
            f"标的量须在{least}台以上；同一项目的多种车型合为一条提报",
        ),
        RuleKey.CITY_TAXI.value: Avoidable(
            "部门提报地市级及以上城市出租车信息",
            RuleKey.CITY_TAXI,
            "部门只提报县级及以下的出租车信息",
        ),
    }


def _refusals(session: Session, own: dict[str, Own], months: list[date], first: date) -> None:
    c = t.refusals.c
    query = select(c.unit_code, c.unit, c.unit_kind, c.month, c.problems).where(
        c.month.in_([f"{m:%Y-%m}" for m in months]), c.unit_kind.in_(_REPORTING)
    )
    for row in session.record.connection.execute(query).mappings():
        unit = _of(own, dict(row))
        unit.refused[row["month"]] += 1
        if row["month"] >= f"{first:%Y-%m}":
            unit.faults.update(kinds_told(row["problems"]))


def _projects(
    session: Session, own: dict[str, Own], quarters: tuple[str, str], edition: Edition
) -> None:
    """Large projects in development in a quarter, or with vehicles picked up in it."""
    c = t.leads.c
    minimum = edition.param(RuleKey.DEALER_PROJECT_REWARD, "minimum")
    query = select(
        *(c.number, c.unit_code, c.unit_kind, c.month, c.state, c.project_no, c.counted),
        *(c.quantity, c.confirmed, c.converted_at, c.closed_at, c.expires_on),
    ).where(
        c.unit_code.in_(own) if len(own) <= 500 else c.unit_kind.in_(_REPORTING),
        c.project_no.is_not(None),
        c.state.in_(sorted(COUNTS_AS_VALID)),
        or_(c.quantity >= minimum, c.confirmed >= minimum),
    )
    rows = [dict(row) for row in session.record.connection.execute(query).mappings()]
    rows = [row for row in rows if row["unit_code"] in own]
    paid = paid_quarters(session, [row["project_no"] for row in rows])
    picked = _picked(session, quarters[-1])
    for row in sorted(rows, key=lambda r: r["project_no"]):
        for quarter in quarters:
            first, _, last = months_of(quarter)
            if row["month"] > f"{last:%Y-%m}":
                continue
            vehicles = picked.get(row["number"], {})
            project = Project(
                number=row["project_no"],
                lead=row["number"],
                unit=row["unit_code"],
                kind=UnitKind(row["unit_kind"]),
                reported=row["quantity"] or 0,
                confirmed=row["confirmed"],
                pickups=vehicles.get(quarter, 0),
                pickups_total=sum(n for q, n in vehicles.items() if q <= quarter),
                counted=row["counted"] == "是",
                valid=row["state"] == State.VALID,
                paid_quarter="、".join(q for q in paid.get(row["project_no"], ()) if q != quarter),
            )
            ended = _ended(row)
            alive = ended is None or ended >= first or project.pickups
            if alive and is_large(project, edition):
                own[row["unit_code"]].projects[quarter].append(project)


def _ended(row: Row) -> date | None:
    value = row[_ENDED[State(row["state"])]] if row["state"] in _ENDED else None
    return value.date() if isinstance(value, datetime) else value


def _picked(session: Session, quarter: str) -> dict[str, dict[str, int]]:
    """Vehicles by lead and quarter, up to the end of `quarter`."""
    c = t.contracts.c
    query = (
        select(c.matched_lead, c.month, func.sum(c.picked))
        .where(c.superseded == "否", c.matched_lead.is_not(None))
        .where(c.month < f"{next_month(months_of(quarter)[2]):%Y-%m}")
        .group_by(c.matched_lead, c.month)
    )
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for lead, month, count in session.record.connection.execute(query):
        found[lead][quarter_of(date.fromisoformat(f"{month}-01"))] += count or 0
    return found
