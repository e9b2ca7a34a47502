"""目标信息量分解调整表 (annex 1) and 信息泄漏登记表 (7.3.4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from processor.decisions.canaries import named_in
from processor.decisions.carrying import carry, merged, month_of, origin
from processor.decisions.fines import leaks
from processor.decisions.session import Arrival, Session
from processor.ledger import tables as t
from processor.model import RuleKey, UnitKind
from processor.roster import find_unit
from schemas.leaks import LEAK_FORM
from schemas.master import LEAKS, TARGETS
from schemas.targets import TARGET_FORM

if TYPE_CHECKING:
    from processor.intake.forms import LoadedForm


def take_targets(session: Session, arrival: Arrival, form: LoadedForm) -> list[str]:
    """Record a version of the departments' targets, in force from its effective month."""
    remarks: list[str] = []
    for row in form.rows:
        values = merged(form.block, row.values)
        fact = carry(TARGET_FORM, TARGETS, values)
        place = f"{row.sheet}第 {row.row} 行"
        unit = find_unit(session.roster, fact["department"] or "")
        if unit is None or unit.kind is not UnitKind.DEPARTMENT:
            remarks.append(f"{place}：“{fact['department'] or ''}”不是单位名录中的部门，未采用。")
            continue
        year, version = fact["year"], fact["version"] or 1
        if not isinstance(year, int):
            remarks.append(f"{place}：未填年度，未采用。")
            continue
        effective = month_of(values.get("effective_month")) or f"{year:04d}-01"
        months = [fact[f"m{n:02d}"] for n in range(1, 13)]
        if None in months:
            remarks.append(f"{place}：{unit.name} 有月份未填目标，空白按无目标处理。")
        total = sum(m or 0 for m in months)
        if fact["total"] is not None and fact["total"] != total:
            remarks.append(f"{place}：全年目标 {fact['total']} 与各月合计 {total} 不符，按各月计。")
        if version > 1 and not fact["reason"]:
            remarks.append(f"{place}：第 {version} 版未填调整原因，请补填。")
        number = f"MB{year}-{unit.code}-V{version}-{session.record.next('target'):04d}"
        fact.update(
            origin(arrival, row.sheet, row.row),
            number=number,
            unit_code=unit.code,
            department=unit.name,
            version=version,
            effective=effective,
        )
        session.record.add(t.targets, fact)
        session.tell(
            number,
            "目标",
            f"{unit.name} {year} 年目标第 {version} 版，自 {effective} 生效",
            rule=RuleKey.TARGET_DUTY,
            source=arrival.source(row.sheet, row.row),
            at=arrival.received_at,
        )
    return remarks


def target_of(session: Session, unit_code: str, month: str) -> int | None:
    """The target of a department's month: the highest version in force on the month's first day."""
    year, number = int(month[:4]), int(month[5:7])
    rows = [
        r
        for r in session.record.select(
            t.targets, t.targets.c.unit_code == unit_code, t.targets.c.year == year
        )
        if r["effective"] <= month
    ]
    if not rows:
        return None
    last = max(rows, key=lambda r: (r["version"], r["received_at"], r["number"]))
    value = last[f"m{number:02d}"]
    return value if isinstance(value, int) else None


def take_leaks(session: Session, arrival: Arrival, form: LoadedForm) -> list[str]:
    """Record leaks; one already registered is brought up to date. Only confirmed insiders count."""
    remarks: list[str] = []
    at = arrival.received_at
    for row in form.rows:
        values = merged(form.block, row.values)
        fact = carry(LEAK_FORM, LEAKS, values)
        place = f"{row.sheet}第 {row.row} 行"
        fact.update(origin(arrival, row.sheet, row.row))
        for name in ("advice", "marks", "dismissal"):
            fact[name] = None
        number = (fact.get("number") or "").strip().upper()
        known = session.record.get(t.leaks, number) if number else None
        if known is None:
            known = _same_leak(session, fact)
        before = [c.token for c in named_in(session, known)] if known is not None else []
        if known is None:
            fact["number"] = f"XL{at:%Y}-{session.record.next(f'leak-{at:%Y}'):04d}"
            live = session.record.add(t.leaks, fact)
        else:
            fact["number"] = known["number"]
            session.record.change(t.leaks, known, **fact)
            live = known
        copies = named_in(session, live)
        for copy in copies:
            remarks.append(
                f"{place}：所填内容出自邮件副本 {copy.token}，收件方见该编号的来龙去脉。"
            )
            if copy.token not in before:
                words = f"登记为 {live['number']}"
                session.tell(copy.token, "泄漏登记", words, rule=RuleKey.LEAK, at=at)
        invented = {copy.number for copy in copies}
        for lead in re.findall(r"DKH\d{6}-\d{4,}", (live["leads"] or "").upper()):
            if lead not in invented and session.lead(lead) is None:
                remarks.append(f"{place}：台账中没有信息编号 {lead}，请核对。")
        if confirmed_insider(live) and not (live["suspect"] and live["concluded_on"]):
            remarks.append(f"{place}：结论属实但缺泄漏人员或结论日期，暂不提出处罚建议，请补填。")
        session.tell(
            live["number"],
            "泄漏登记",
            f"调查结论：{live['finding'] or '未填'}",
            rule=RuleKey.LEAK,
            source=arrival.source(row.sheet, row.row),
            at=at,
        )
        remarks.append(f"{place}：登记编号 {live['number']}。")
    leaks(session)
    return remarks


def _same_leak(session: Session, fact: dict[str, object]) -> dict[str, object] | None:
    """The same leak reported again without its number: same suspect, discovery and leads."""
    keys = ("suspect", "found_on", "leads", "found_by")
    for row in session.record.select(t.leaks):
        if all(row[k] == fact.get(k) for k in keys):
            return row
    return None


def confirmed_insider(leak: dict[str, object]) -> bool:
    return leak["finding"] == "属实" and leak["insider"] == "是"
