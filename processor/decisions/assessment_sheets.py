"""From a quarter's outcome to what the two assessment workbooks take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from processor.calendar import months_of, quarter_of
from processor.decisions.assessment_facts import Quarter, departments_of
from processor.decisions.assessment_money import DEPARTMENT_PROJECT, Change
from processor.decisions.session import Session
from processor.decisions.targets import confirmed_insider
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import RuleKey, UnitKind
from processor.regulation.assessment import alternatives, assess
from processor.regulation.edition import Edition
from processor.regulation.rewards import ProjectReward
from processor.workbooks.assessment_data import (
    Alternative,
    AmountCorrection,
    BlackMark,
    Dealer,
    DealerAssessment,
    Department,
    InternalAssessment,
    Penalty,
    Project,
    Reading,
    Terms,
)
from processor.workbooks.reporting import Check, Clause

_FINES = (
    RuleKey.SCREENING_OVERDUE,
    RuleKey.EXPIRY_MISSING,
    RuleKey.BULLETIN_OVERDUE,
    RuleKey.REGISTER_OVERDUE,
    RuleKey.LEAK,
)
_CITED = (
    RuleKey.APPLICATION_LEAD_TIME,
    RuleKey.WHOLE_MONTH_COUNT,
    RuleKey.CONTRACT_REGISTER,
    RuleKey.DEALER_PROJECT_REWARD,
    RuleKey.DEPARTMENT_COMPLETION_REWARD,
    RuleKey.DEPARTMENT_PROJECT_REWARD,
    RuleKey.DEPARTMENT_ALLOCATION,
    *_FINES,
    RuleKey.APPROVAL,
)
_READINGS = (
    "dealer.reward_requires_counted",
    "conv.scope",
    "conv.numerator",
    "conv.denominator",
    "conv.pay_once",
    "quarter.rate",
    "dept.cap",
)


def terms_of(edition: Edition) -> Terms:
    """Numbers and readings of the edition in force."""
    dealer, completion, project = (
        RuleKey.DEALER_PROJECT_REWARD,
        RuleKey.DEPARTMENT_COMPLETION_REWARD,
        RuleKey.DEPARTMENT_PROJECT_REWARD,
    )
    return Terms(
        clauses={rule: edition.clause(rule) for rule in RuleKey},
        dealer_minimum=edition.param(dealer, "minimum"),
        dealer_rate=edition.param(dealer, "rate"),
        dealer_amount=edition.param(dealer, "amount"),
        project_minimum=edition.param(project, "minimum"),
        project_rate=edition.param(project, "rate"),
        project_amount=edition.param(project, "amount"),
        project_cap=edition.param(project, "cap"),
        step=edition.param(completion, "step"),
        step_amount=edition.param(completion, "amount"),
        completion_cap=edition.param(completion, "cap"),
        fines={rule: edition.param(rule, "amount") for rule in _FINES},
        marks=edition.param(RuleKey.LEAK, "marks"),
        requires_counted=edition.on("dealer.reward_requires_counted"),
        pay_once=edition.on("conv.pay_once"),
        shared_cap=edition.switch("dept.cap") == "shared",
        numerator=edition.switch("conv.numerator"),
        scope=edition.switch("conv.scope"),
        rate=edition.switch("quarter.rate"),
        readings=tuple(_reading(edition, name) for name in _READINGS),
    )


def _reading(edition: Edition, name: str) -> Reading:
    switch, value = edition.switches[name], edition.switch(name)
    return Reading(name, value, switch.question, switch.values[value], edition.clause(switch.rule))


def _clauses(edition: Edition) -> tuple[Clause, ...]:
    return tuple(Clause(edition.clause(r), edition.text(r)) for r in _CITED if edition.has(r))


def _project(found: Quarter, reward: ProjectReward, unit: str) -> Project:
    project = reward.project
    lead = found.leads[project.number]
    rows = found.contracts.get(project.lead, [])
    numbers = dict.fromkeys(r["contract_no"] for r in rows if r["contract_no"])
    cross = any(r["cross_dealer"] == "是" for r in rows)
    return Project(
        code=project.unit,
        unit=unit,
        project=project.number,
        lead=project.lead,
        received=lead["received_at"].date(),
        reported=project.reported,
        quantity=reward.quantity,
        pickups=project.pickups,
        cumulative=project.pickups_total,
        counted=lead["counted"],
        valid=project.valid,
        amount=reward.amount,
        clause=found.edition.clause(reward.rule),
        earlier=project.paid_quarter,
        contracts="；".join(numbers),
        cross_dealer="跨店执行" if cross else "",
        reason="；".join(reward.reasons),
        source=f"{lead['source_file']}/{lead['source_sheet']}!{lead['source_row']}",
        restricted=lead["sensitivity"] == "受限",
    )


def _projects(session: Session, found: Quarter, kind: UnitKind) -> tuple[Project, ...]:
    result = []
    for reward in found.result.projects:
        if reward.project.kind is kind:
            unit = session.unit(reward.project.unit)
            lead = found.leads[reward.project.number]
            result.append(_project(found, reward, unit.name if unit else lead["unit"]))
    return tuple(result)


def _corrections(
    session: Session, changed: Sequence[Change], kind: UnitKind
) -> tuple[AmountCorrection, ...]:
    result = []
    for change in changed:
        if change.unit_kind is not kind or change.item == DEPARTMENT_PROJECT:
            continue
        unit = session.unit(change.unit_code)
        result.append(
            AmountCorrection(
                change.quarter,
                unit.name if unit else change.unit_code,
                change.project_no,
                change.item,
                change.before,
                change.after,
                change.reason,
            )
        )
    return tuple(result)


def dealer_data(
    session: Session,
    found: Quarter,
    changed: Sequence[Change],
    remarks: tuple[str, ...],
    *,
    trial: bool,
) -> DealerAssessment:
    """What 财务计划部 pays: every dealer with a project that earns, or with a correction."""
    projects = _projects(session, found, UnitKind.DEALER)
    corrections = _corrections(session, changed, UnitKind.DEALER)
    counts: dict[str, int] = defaultdict(int)
    rewards: dict[str, int] = defaultdict(int)
    moved: dict[str, int] = defaultdict(int)
    for project in projects:
        if project.amount:
            counts[project.code] += 1
            rewards[project.code] += project.amount
    concerned = set(counts)
    for change in changed:
        if change.unit_kind is UnitKind.DEALER:
            moved[change.unit_code] += change.difference
            concerned.add(change.unit_code)
    dealers = []
    for code in sorted(concerned):
        unit = session.unit(code)
        dealers.append(
            Dealer(
                code,
                unit.name if unit else code,
                unit.account if unit else "",
                counts[code],
                rewards[code],
                moved[code],
            )
        )
    return DealerAssessment(
        quarter=found.quarter,
        generated=session.now,
        edition=found.edition.key,
        terms=terms_of(found.edition),
        dealers=tuple(dealers),
        projects=projects,
        corrections=corrections,
        clauses=_clauses(found.edition),
        remarks=remarks,
        flow=_flow(found),
        trial=trial,
    )


def _flow(found: Quarter) -> tuple[Check, ...]:
    """The quarter's pick-ups by project equal those of the registers in force."""
    months = {f"{m:%Y-%m}" for m in months_of(found.quarter)}
    registered = sum(
        row["picked"] or 0
        for number, rows in found.contracts.items()
        for row in rows
        if row["month"] in months and number in {x["number"] for x in found.leads.values()}
    )
    counted = sum(item.project.pickups for item in found.result.projects)
    return (Check("本季提车台数：各项目合计与合同登记合计", counted, registered),)


def internal_data(
    session: Session,
    found: Quarter,
    changed: Sequence[Change],
    fined: Sequence[Row],
    remarks: tuple[str, ...],
    dealers: DealerAssessment,
    *,
    trial: bool,
) -> InternalAssessment:
    """What 综合管理部 submits: departments, penalty proposals, black marks, other readings."""
    moved: dict[str, int] = defaultdict(int)
    for change in changed:
        if change.unit_kind is UnitKind.DEPARTMENT and change.item != DEPARTMENT_PROJECT:
            moved[change.unit_code] += change.difference
    months = tuple(f"{m:%Y-%m}" for m in months_of(found.quarter))
    return InternalAssessment(
        quarter=found.quarter,
        generated=session.now,
        edition=found.edition.key,
        terms=terms_of(found.edition),
        months=(months[0], months[1], months[2]),
        departments=tuple(_departments(session, found, moved)),
        projects=_projects(session, found, UnitKind.DEPARTMENT),
        penalties=tuple(_penalty(row) for row in fined),
        black_marks=_black_marks(session, found.quarter),
        corrections=_corrections(session, changed, UnitKind.DEPARTMENT),
        alternatives=_alternatives(found),
        dealer_projects=sum(d.projects for d in dealers.dealers),
        dealer_reward=sum(d.reward for d in dealers.dealers),
        dealer_correction=sum(d.correction for d in dealers.dealers),
        clauses=_clauses(found.edition),
        remarks=remarks,
        flow=_flow(found),
        trial=trial,
    )


def _departments(session: Session, found: Quarter, moved: dict[str, int]) -> list[Department]:
    outcomes = {o.completion.unit: o for o in found.result.departments}
    facts = {d.unit: d for d in found.facts.departments}
    result = []
    for unit in departments_of(session):
        outcome, fact = outcomes[unit.code], facts[unit.code]
        result.append(
            Department(
                code=unit.code,
                name=unit.name,
                leader=unit.leader,
                targets=fact.targets,
                counted=fact.counts,
                completion=outcome.completion.amount,
                projects=outcome.projects.projects,
                project_reward=outcome.projects.amount,
                correction=moved[unit.code],
                payable=outcome.amount + moved[unit.code],
            )
        )
    return result


def _penalty(row: Row) -> Penalty:
    return Penalty(
        rule=RuleKey(row["rule"]),
        person=row["person"],
        section=row["section"],
        matter=row["matter"],
        due=row["due_at"],
        actual=row["actual_at"],
        late=row["late_days"],
        times=row["times"],
        amount=row["amount"],
        evidence=row["evidence"],
    )


def _black_marks(session: Session, quarter: str) -> tuple[BlackMark, ...]:
    rows = [
        r
        for r in session.record.select(t.leaks)
        if confirmed_insider(r)
        and r["suspect"]
        and r["concluded_on"]
        and quarter_of(r["concluded_on"]) <= quarter
    ]
    sections = {p.name: p.section for p in session.roster.people}
    return tuple(
        BlackMark(
            person=r["suspect"],
            section=sections.get(r["suspect"], ""),
            register=r["number"],
            found=r["found_on"],
            concluded=r["concluded_on"],
            total=r["marks"] or 0,
            quarter=quarter_of(r["concluded_on"]),
            matter=r["leads"] or "",
        )
        for r in sorted(rows, key=lambda r: (r["concluded_on"], r["number"]))
    )


def _alternatives(found: Quarter) -> tuple[Alternative, ...]:
    """The money under each other reading, each sum by itself where it would be another."""
    edition = found.edition
    base = assess(found.facts, edition)
    rows = []
    for other in alternatives(found.facts, edition):
        switch = edition.switches[other.switch]
        for unit, now, then in (
            ("经销商奖励合计", base.dealers_amount, other.dealers),
            ("部门奖励合计", base.departments_amount, other.departments),
            ("更正合计", base.corrections_amount, other.corrections),
            ("处罚建议合计", base.penalties_amount, other.penalties),
        ):
            if now == then and (unit != "经销商奖励合计" or other.difference):
                continue
            rows.append(
                Alternative(
                    switch=other.switch,
                    clause=edition.clause(other.rule),
                    question=other.question,
                    current=switch.values[other.chosen],
                    other=other.meaning,
                    unit=unit if now != then else "全部（无差别）",
                    now=now,
                    then=then,
                )
            )
    return tuple(rows)
