"""单位报告: each reporting unit's own quarter, written with the quarter's assessment (4.3.1).

A card holds its unit's counts, errors and project numbers: no customer, no contact, nothing of
another unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from processor.calendar import month_of, months_of, quarter_of
from processor.decisions.counting_up import (
    DUPLICATE_CLASS,
    INVALID_CLASS,
    PENDING_CLASS,
    VALID_CLASS,
)
from processor.decisions.report_card_facts import Own, gather_own
from processor.decisions.session import Session
from processor.decisions.targets import target_of
from processor.intake.filenames import safe_name
from processor.model import RuleKey, UnitKind
from processor.regulation.edition import Edition
from processor.regulation.rewards import Project, at_least, denominator, numerator
from processor.workbooks.report_card import Fault, Month, OwnProject, ReportCard, Share
from processor.workbooks.reporting import Clause

_ADVISED = 3  # projects named under 下一步
_CITED = (
    RuleKey.FIRST_COME,
    RuleKey.TRUE_AND_DETAILED,
    RuleKey.THIRD_PARTY_CONTACT,
    RuleKey.WHOLE_MONTH_COUNT,
    RuleKey.MINIMUM_QUANTITY,
)


def cards(session: Session, quarter: str, edition: Edition) -> Iterator[tuple[str, ReportCard]]:
    """Path under outbox/ and card of every dealer and department that reported in the quarter."""
    first = months_of(quarter)[0]
    quarters = (quarter_of(first - timedelta(days=1)), quarter)
    start = month_of(session.start.date())
    months = [m for q in quarters for m in months_of(q) if m >= start]
    this = [f"{m:%Y-%m}" for m in months_of(quarter)]
    taken: set[str] = set()
    for code, own in sorted(gather_own(session, months, quarters, edition).items()):
        if not any(own.classes[m] or own.refused[m] for m in this):
            continue
        unit = session.unit(code)
        name = safe_name(unit.directory if unit else own.name, 80)
        if name in taken:
            name = safe_name(f"{name}_{code}", 120)
        taken.add(name)
        path = f"考核/{quarter}/单位报告/{name}_{quarter}.xlsx"
        yield path, _card(session, code, own, months, quarters, edition)


def _card(
    session: Session,
    code: str,
    own: Own,
    months: list[date],
    quarters: tuple[str, str],
    edition: Edition,
) -> ReportCard:
    unit = session.unit(code)
    quarter = quarters[1]
    lines = tuple(_month(session, code, own, f"{m:%Y-%m}") for m in months)
    this = {f"{m:%Y-%m}" for m in months_of(quarter)}
    now = [line for line in lines if line.month in this]
    then = [line for line in lines if line.month not in this]
    reward = (
        RuleKey.DEALER_PROJECT_REWARD
        if own.kind is UnitKind.DEALER
        else RuleKey.DEPARTMENT_PROJECT_REWARD
    )
    rate = edition.param(reward, "rate")
    return ReportCard(
        unit=unit.name if unit else own.name,
        kind=own.kind,
        quarter=quarter,
        generated=session.now,
        edition=edition.key,
        months=lines,
        shares=tuple(_shares(own, (then, now), quarters, edition)),
        faults=tuple(_faults(own, edition)),
        projects=tuple(_own_project(p, rate, edition) for p in own.projects[quarter]),
        advice=tuple(_advice(own, own.projects[quarter], rate, quarter, edition)),
        clauses=_clauses(own.kind, reward, edition),
    )


def _month(session: Session, code: str, own: Own, month: str) -> Month:
    classes = own.classes[month]
    department = own.kind is UnitKind.DEPARTMENT
    return Month(
        month=month,
        total=sum(classes.values()),
        valid=classes[VALID_CLASS],
        invalid=classes[INVALID_CLASS] + classes[DUPLICATE_CLASS],
        duplicate=classes[DUPLICATE_CLASS],
        pending=classes[PENDING_CLASS],
        refused=own.refused[month],
        counted=own.counted[month],
        target=target_of(session, code, month) if department else None,
    )


def _shares(
    own: Own, lines: tuple[list[Month], list[Month]], quarters: tuple[str, str], edition: Edition
) -> Iterator[Share]:
    """The rates, each in the same way for the quarter before (none when it has no record)."""
    then = lines[0]

    def share(name: str, pairs: Iterable[tuple[int, int]], meaning: str) -> Share:
        old, new = pairs
        return Share(name, *new, old if then else None, meaning)

    yield share(
        "重复率",
        ((sum(m.duplicate for m in part), sum(m.total for m in part)) for part in lines),
        "重复的信息÷信息总量",
    )
    timely = RuleKey.APPLICATION_LEAD_TIME
    if own.kind is UnitKind.DEALER and edition.has(timely):
        days = edition.param(timely, "days")
        clause = edition.clause(timely)
        yield share(
            "及时率",
            ((sum(m.counted for m in part), sum(m.valid for m in part)) for part in lines),
            f"计入提报量的信息÷有效信息；提报不足{days}天即申报项目的不计入（{clause}）",
        )
    if own.kind is UnitKind.DEPARTMENT:
        owed = [[m for m in part if m.target] for part in lines]
        clause = edition.clause(RuleKey.TARGET_DUTY)
        yield share(
            "及时率",
            ((sum(1 for m in part if m.total), len(part)) for part in owed),
            f"有提报的月份÷有目标的月份（{clause}，按月提供）",
        )
        yield share(
            "完成率",
            ((sum(m.counted for m in part), sum(m.target or 0 for m in part)) for part in owed),
            "计入提报量÷目标，只算有目标的月份",
        )
    large = [own.projects[quarter] for quarter in quarters]
    least = edition.param(RuleKey.DEALER_PROJECT_REWARD, "minimum")
    yield share(
        "转化率",
        (
            (
                sum(numerator(p, edition) for p in part),
                sum(denominator(p, edition) for p in part),
            )
            for part in large
        ),
        f"重点项目（{least}台以上）的季度实际提车量÷标的总量，全部项目合计，仅供参考",
    )


def _faults(own: Own, edition: Edition) -> Iterator[Fault]:
    for kind, count in own.faults.items():
        clause = edition.clause(kind.rule) if kind.rule and edition.has(kind.rule) else ""
        yield Fault(kind.problem, clause, count, kind.remedy)


def _needed(project: Project, rate: int, edition: Edition) -> int:
    """Vehicles with which a quarter that begins at nothing reaches the rate."""
    return -(-denominator(project, edition) * rate // 100)


def _own_project(project: Project, rate: int, edition: Edition) -> OwnProject:
    whole, part = denominator(project, edition), numerator(project, edition)
    reached = at_least(part, whole, rate)
    missing = 0 if reached else _needed(project, rate, edition) - part
    return OwnProject(project.number, project.lead, whole, part, missing, project.paid_quarter)


def _advice(
    own: Own, projects: list[Project], rate: int, quarter: str, edition: Edition
) -> Iterator[str]:
    """What would earn next: the projects nearest to the rate that have not earned yet."""
    requires = own.kind is UnitKind.DEALER and edition.on("dealer.reward_requires_counted")
    open_ones = [
        p
        for p in projects
        if p.valid
        and not p.paid_quarter
        and not at_least(numerator(p, edition), denominator(p, edition), rate)
        and (p.counted or not requires)
    ]
    lasting = edition.switch("conv.numerator") == "cumulative"
    for item in sorted(open_ones, key=lambda p: (_needed(p, rate, edition), p.number))[:_ADVISED]:
        if lasting:
            missing = _own_project(item, rate, edition).missing
            yield f"{item.number}：再提车{missing}台，累计即达到{rate}%。"
        else:
            need = _needed(item, rate, edition)
            yield f"{item.number}：以后任一季度提车满{need}台，即达到{rate}%。"
    if own.faults:
        yield "提报前可对照“如何避免”逐项检查；不予接收的行改正后即可重新提报。"
    yield f"各数为出具时的情况；以后的变化见下一季度。{quarter} 各月的公布数以通报为准。"


def _clauses(kind: UnitKind, reward: RuleKey, edition: Edition) -> tuple[Clause, ...]:
    own = (
        (RuleKey.APPLICATION_LEAD_TIME,)
        if kind is UnitKind.DEALER
        else (RuleKey.CITY_TAXI, RuleKey.TARGET_DUTY)
    )
    found: dict[str, list[str]] = {}
    for rule in (*_CITED, *own, reward):
        if edition.has(rule):
            found.setdefault(edition.clause(rule), []).append(edition.text(rule))
    return tuple(Clause(number, "".join(found[number])) for number in sorted(found))
