"""The bulletin of the 10th, 20th, 30th: numbered, counted, frozen, corrected later (5.3, 6.1)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from processor.calendar import (
    Issue,
    issue_for,
    month_of,
    next_issue,
    previous_issue,
    previous_month,
    window,
)
from processor.decisions.corrections import corrections
from processor.decisions.counting_up import PENDING_CLASS, class_at, class_of, counts_of, tally
from processor.decisions.session import Session
from processor.decisions.targets import target_of
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import RuleKey, Unit, UnitKind
from processor.regulation.deadlines import publication_due
from processor.workbooks.bulletin_data import (
    BulletinData,
    Correction,
    Final,
    Late,
    LeadRow,
    Reason,
    UnitRow,
    ZeroReport,
)
from processor.workbooks.reporting import Check, Clause

KIND = "通报"
ROW_KIND = "通报行"
FINAL_KIND = "上月终值"


def issues_due(session: Session) -> list[Issue]:
    """The issues whose cut-off has come and that were not produced yet, oldest first."""
    last = session.record.meta("last_issue")
    issue = next_issue(_parse(last)) if last else issue_for(session.start)
    due = []
    while issue.cutoff <= session.now:
        due.append(issue)
        issue = next_issue(issue)
    return due


def _parse(text: str) -> Issue:
    from processor.calendar import parse_issue

    return parse_issue(text)


def produce(session: Session, issue: Issue) -> BulletinData:
    """Number what is new, count, compare with what was printed, freeze."""
    record = session.record
    month = f"{issue.month:%Y-%m}"
    _number(session, issue)
    leads = _rows_of(session, t.leads, month, issue.id)
    refusals = _rows_of(session, t.refusals, month, issue.id)
    late_leads, late_refusals = _late(session, issue, month)
    for lead in (*late_leads, *(row for rows in leads.values() for row in rows)):
        if class_of(lead) == PENDING_CLASS:
            marks = [*(lead["pending_issues"] or "").split(";"), issue.id]
            record.change(t.leads, lead, pending_issues=";".join(m for m in marks if m))
    units = _units(session, issue, leads, refusals)
    rows = [_unit_row(session, u, leads[u.code], refusals[u.code], month, issue) for u in units]
    first_of_month = issue.cutoff.day == 10
    finals = _finals(session, issue) if first_of_month else ()
    changed = corrections(session, issue)
    last_of_month = issue.cutoff.day >= 28
    zero = _zero(units, leads, refusals) if last_of_month else ()
    after, until = window(issue)
    data = BulletinData(
        issue=issue.id,
        label=issue.name,
        window_from=after,
        window_to=until,
        month_from=previous_issue(_first_issue(issue)).cutoff,
        generated=session.now,
        edition=session.edition(issue.cutoff.date()).key,
        units=tuple(rows),
        reasons=_reasons(session, leads, issue.id),
        late=_late_rows(session, late_leads, late_refusals, issue.id),
        finals=finals,
        corrections=changed,
        zero=zero,
        leads=_lead_rows(session, leads, late_leads, issue.id),
        clauses=_clauses(session, issue),
        flow=_flow(rows, leads, month),
        has_late=first_of_month,
        has_zero=last_of_month,
    )
    _freeze(session, issue, data, zero)
    return data


def _first_issue(issue: Issue) -> Issue:
    from processor.calendar import bulletin_cutoffs

    return Issue(bulletin_cutoffs(issue.month)[0])


def _number(session: Session, issue: Issue) -> None:
    """A lead belongs to the first issue produced after it was recorded, from its receipt on."""
    for table in (t.leads, t.refusals):
        for row in session.record.select(
            table, table.c.issue.is_(None), table.c.received_at <= issue.cutoff
        ):
            session.record.change(table, row, issue=issue.id)


def _rows_of(session: Session, table: Any, month: str, issue: str) -> dict[str, list[Row]]:
    """The month's rows up to an issue, by unit."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in session.record.select(
        table, table.c.month == month, table.c.issue <= issue, order=table.c.number
    ):
        found[row["unit_code"] or ""].append(row)
    return found


def _late(session: Session, issue: Issue, month: str) -> tuple[list[Row], list[Row]]:
    """Received in an earlier month, after its last cut-off: 上月补报."""
    return (
        session.record.select(
            t.leads, t.leads.c.issue == issue.id, t.leads.c.month < month, order=t.leads.c.number
        ),
        session.record.select(
            t.refusals, t.refusals.c.issue == issue.id, t.refusals.c.month < month
        ),
    )


def _units(
    session: Session, issue: Issue, leads: dict[str, list[Row]], refusals: dict[str, list[Row]]
) -> list[Unit]:
    day = issue.cutoff.date()
    return [
        unit
        for unit in session.roster.units
        if unit.kind in (UnitKind.DEALER, UnitKind.DEPARTMENT)
        and (unit.active_on(day) or leads.get(unit.code) or refusals.get(unit.code))
    ]


def _unit_row(
    session: Session, unit: Unit, leads: list[Row], refusals: list[Row], month: str, issue: Issue
) -> UnitRow:
    found = tally(leads, refusals, issue.id)
    target = target_of(session, unit.code, month) if unit.kind is UnitKind.DEPARTMENT else None
    return UnitRow(
        unit.code,
        unit.name,
        unit.kind,
        found.period,
        found.month,
        found.counted,
        target,
        found.vehicles,
    )


def _finals(session: Session, issue: Issue) -> tuple[Final, ...]:
    """上月终值 of each department, as the month stands at this cut-off."""
    month = f"{previous_month(issue.month):%Y-%m}"
    if previous_month(issue.month) < month_of(session.start.date()):
        return ()
    finals = []
    for unit in session.roster.units:
        if unit.kind is not UnitKind.DEPARTMENT:
            continue
        counted = final_count(session, unit.code, month)
        target = target_of(session, unit.code, month)
        finals.append(Final(unit.name, counted, target))
        numbers = json.dumps({"计入提报量": counted, "上月目标": target}, ensure_ascii=False)
        session.record.add(
            t.publications,
            {
                "number": f"{FINAL_KIND}-{month}-{unit.code}",
                "kind": FINAL_KIND,
                "issue": month,
                "unit_code": unit.code,
                "generated_at": session.now,
                "printed": numbers,
                "stated": numbers,
            },
        )
    return tuple(finals)


def final_count(session: Session, unit_code: str, month: str) -> int:
    """Counted leads of a unit's whole month, as things stand."""
    rows = session.record.select(
        t.leads,
        t.leads.c.unit_code == unit_code,
        t.leads.c.month == month,
        t.leads.c.counted == "是",
    )
    return len(rows)


def _zero(
    units: list[Unit], leads: dict[str, list[Row]], refusals: dict[str, list[Row]]
) -> tuple[ZeroReport, ...]:
    """Dealers without an accepted lead this month (4.1.1), with the rows refused to them."""
    return tuple(
        ZeroReport(u.name, len(refusals.get(u.code, ())), "")
        for u in units
        if u.kind is UnitKind.DEALER and not leads.get(u.code)
    )


def _reasons(session: Session, leads: dict[str, list[Row]], issue: str) -> tuple[Reason, ...]:
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


def _late_rows(
    session: Session, leads: list[Row], refusals: list[Row], issue: str
) -> tuple[Late, ...]:
    by_unit: dict[str, list[Row]] = defaultdict(list)
    for lead in leads:
        by_unit[lead["unit_code"]].append(lead)
    refused = Counter(row["unit_code"] for row in refusals if row["unit_code"])
    result = []
    for unit in session.roster.units:
        if unit.code in by_unit or refused[unit.code]:
            counts = counts_of(by_unit.get(unit.code, []), issue, refused[unit.code])
            result.append(Late(unit.name, unit.kind, counts))
    return tuple(result)


def _lead_rows(
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


def _clauses(session: Session, issue: Issue) -> tuple[Clause, ...]:
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


def _flow(rows: list[UnitRow], leads: dict[str, list[Row]], month: str) -> tuple[Check, ...]:
    printed = sum(row.month.total for row in rows)
    recorded = sum(len(found) for found in leads.values())
    return (Check(f"{month} 台账信息条数与通报本月信息总量", recorded, printed),)


def _freeze(
    session: Session, issue: Issue, data: BulletinData, zero: tuple[ZeroReport, ...]
) -> None:
    record, now = session.record, session.now
    due = publication_due(issue, session.calendar, session.edition(issue.cutoff.date()))
    zero_names = {z.unit for z in zero}
    for row in data.units:
        numbers = tally_numbers(row)
        if row.unit in zero_names:
            numbers["零提报"] = "零提报"
        text = json.dumps(numbers, ensure_ascii=False, separators=(",", ":"))
        record.add(
            t.publications,
            {
                "number": f"{ROW_KIND}-{issue.id}-{row.code}",
                "kind": ROW_KIND,
                "issue": issue.id,
                "unit_code": row.code,
                "generated_at": now,
                "printed": text,
                "stated": text,
            },
        )
    for late in data.late:
        unit = next(u for u in session.roster.units if u.name == late.unit)
        text = json.dumps(late_numbers(late), ensure_ascii=False, separators=(",", ":"))
        record.add(
            t.publications,
            {
                "number": f"上月补报-{issue.id}-{unit.code}",
                "kind": "上月补报",
                "issue": issue.id,
                "unit_code": unit.code,
                "generated_at": now,
                "printed": text,
                "stated": text,
            },
        )
    record.add(
        t.publications,
        {
            "number": f"{KIND}-{issue.id}",
            "kind": KIND,
            "issue": issue.id,
            "window_from": data.window_from,
            "window_to": data.window_to,
            "generated_at": now,
            "due_at": due.at,
            "due_tentative": "是" if due.tentative else "否",
            "ruleset": data.edition,
        },
    )
    record.set_meta("last_issue", issue.id)
    session.tell(
        issue.id,
        "出具通报",
        f"{issue.name} 期通报，统计截至 {issue.cutoff:%Y-%m-%d %H:%M}",
        rule=RuleKey.BULLETIN_DAYS,
    )


def tally_numbers(row: UnitRow) -> dict[str, Any]:
    from processor.decisions.counting_up import Tally, rate_text

    numbers: dict[str, Any] = dict(
        Tally(row.period, row.month, row.counted, row.vehicles).numbers()
    )
    if row.kind is UnitKind.DEPARTMENT:
        numbers["本月目标"] = row.target
        numbers["完成率"] = rate_text(row.counted, row.target)
    return numbers


def late_numbers(late: Late) -> dict[str, int]:
    c = late.counts
    return {
        "信息总量": c.total,
        "有效": c.valid,
        "无效": c.invalid,
        "重复": c.duplicate,
        "待甄别": c.pending,
        "不予接收": c.refused,
    }


__all__ = ["Correction", "final_count", "issues_due", "produce"]
