"""The tables of an issue beside the units' rows: reasons, late reports, leads, clauses."""

from __future__ import annotations

from collections import Counter, defaultdict

from processor.calendar import Issue
from processor.decisions.counting_up import class_at, counts_of, reporting_units
from processor.decisions.session import Session
from processor.ledger.store import Row
from processor.model import RuleKey, UnitKind
from processor.workbooks.bulletin_data import Late, LeadRow, Reason, UnitRow
from processor.workbooks.reporting import Check, Clause


def reasons(session: Session, leads: dict[str, list[Row]], issue: str) -> tuple[Reason, ...]:
    period: Counter[tuple[str, str]] = Counter()
    month: Counter[tuple[str, str]] = Counter()
    for lead in (row for rows in leads.values() for row in rows):
        kind = class_at(lead, issue)
        if kind not in ("无效", "重复"):
            continue
        key = _reason_of(session, lead)
        month[key] += 1
        if lead["issue"] == issue:
            period[key] += 1
    return tuple(
        Reason(reason, clause, period[reason, clause], count)
        for (reason, clause), count in sorted(month.items(), key=lambda kv: (-kv[1], kv[0]))
    )


_REASON_WORDS = {
    RuleKey.FIRST_COME: "重复（后报）",
    RuleKey.MINIMUM_QUANTITY: "标的量不足3台",
    RuleKey.CITY_TAXI: "部门提报地市级及以上城市出租车信息",
}


def _reason_of(session: Session, lead: Row) -> tuple[str, str]:
    rule = RuleKey(lead["state_rule"])
    words = _REASON_WORDS.get(rule) or f"甄别无效：{lead['verdict_reason'] or '其他'}"
    return words, session.clause(rule, lead["received_at"].date())


def late_rows(
    session: Session, leads: list[Row], refusals: list[Row], issue: str
) -> tuple[Late, ...]:
    by_unit: dict[str, list[Row]] = defaultdict(list)
    for lead in leads:
        by_unit[lead["unit_code"]].append(lead)
    refused = Counter(row["unit_code"] for row in refusals if row["unit_code"])
    result = []
    for unit in reporting_units(session, [*leads, *refusals]):
        if unit.code in by_unit or refused[unit.code]:
            counts = counts_of(by_unit.get(unit.code, []), issue, refused[unit.code])
            result.append(Late(unit.name, unit.kind, counts))
    return tuple(result)


def lead_rows(
    session: Session, leads: dict[str, list[Row]], late: list[Row], issue: str
) -> tuple[LeadRow, ...]:
    rows = [
        (lead, "本期" if lead["issue"] == issue else "本月前期")
        for unit in leads.values()
        for lead in unit
    ]
    rows += [(lead, "上月补报") for lead in late]
    return tuple(
        LeadRow(
            number=lead["number"],
            received=lead["received_at"],
            unit=lead["unit"],
            kind=UnitKind(lead["unit_kind"]),
            customer=lead["customer"] or "",
            category=lead["category"] or "",
            province=lead["province"] or "",
            city=lead["city"] or "",
            county=lead["county"] or "",
            model=lead["model"] or "",
            quantity=lead["confirmed"] or lead["quantity"],
            contact=lead["contact"] or "",
            phone=lead["contact_phone"] or "",
            scope=scope,
            counted_as=class_at(lead, issue),
            state=lead["state"],
            reason=lead["state_reason"] or "",
            clause=session.clause(lead["state_rule"], lead["received_at"].date()),
            restricted=lead["sensitivity"] == "受限",
        )
        for lead, scope in sorted(rows, key=lambda pair: str(pair[0]["number"]))
    )


def clauses(session: Session, issue: Issue) -> tuple[Clause, ...]:
    edition = session.edition(issue.cutoff.date())
    rules = (
        RuleKey.MONTHLY_DUTY,
        RuleKey.FIRST_COME,
        RuleKey.THIRD_PARTY_CONTACT,
        RuleKey.WHOLE_MONTH_COUNT,
        RuleKey.MINIMUM_QUANTITY,
        RuleKey.APPLICATION_LEAD_TIME,
        RuleKey.CITY_TAXI,
        RuleKey.BULLETIN_DAYS,
        RuleKey.SCREENING,
    )
    return tuple(Clause(edition.clause(r), edition.text(r)) for r in rules if edition.has(r))


def flow(rows: list[UnitRow], leads: dict[str, list[Row]], month: str) -> tuple[Check, ...]:
    printed = sum(row.month.total for row in rows)
    recorded = sum(len(found) for found in leads.values())
    return (Check(f"{month} 台账信息条数与通报本月信息总量", recorded, printed),)
