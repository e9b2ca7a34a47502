"""Returned 甄别反馈表: verdicts, expiry dates, lateness (6.3)."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from processor.decisions.carrying import merged
from processor.decisions.fines import judge_screening
from processor.decisions.pairing import closest_earlier
from processor.decisions.session import Arrival, Session
from processor.decisions.settling import ADVICE_SUSPECT, KIND_SCREENER, settle_around
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import RuleKey, Source, State, Verdict

if TYPE_CHECKING:
    from processor.intake.forms import LoadedForm

_NUMBER = re.compile(r"DKH\d{6}-\d{4,}")


def take_screening(session: Session, arrival: Arrival, form: LoadedForm) -> list[str]:
    """Apply every answered row; unanswered rows stay owed. Returns remarks for the receipt."""
    remarks: list[str] = []
    for row in form.rows:
        values = merged(form.block, row.values)
        verdict = _choice(values.get("verdict"))
        if verdict is None:
            continue
        number = str(values.get("lead_number") or "").strip().upper()
        lead = session.lead(number)
        place = f"{row.sheet}第 {row.row} 行"
        if lead is None:
            remarks.append(f"{place}：没有信息编号为“{number}”的信息，该行未采用。")
            continue
        source = arrival.source(row.sheet, row.row)
        remarks.extend(
            f"{place}（{number}）：{words}"
            for words in _answer(session, arrival, lead, verdict, values, source)
        )
    return remarks


def _choice(value: Any) -> Verdict | None:
    text = str(value or "").strip()
    return next((v for v in Verdict if v.value == text), None)


def _answer(
    session: Session,
    arrival: Arrival,
    lead: Row,
    verdict: Verdict,
    values: dict[str, Any],
    source: Source,
) -> list[str]:
    at = arrival.received_at
    remarks = _by_whom(session, lead, values)
    if _same_answer(session, lead, verdict, values):
        return []
    if verdict is Verdict.MORE and lead["verdict"] in (Verdict.VALID, Verdict.INVALID):
        return [*remarks, f"该信息已甄别为{lead['verdict']}，“需补充”未采用。"]
    session.record.change(
        t.leads,
        lead,
        verdict_by=str(values.get("screener") or "") or None,
        verified_by=str(values.get("verify_method") or "") or None,
        verified_on=_moment(values.get("verified_at")),
        verdict_note=str(values.get("reason_note") or "") or None,
        updated_at=session.now,
    )
    if lead["section"]:
        session.sections.add(lead["section"])
    if verdict is Verdict.MORE:
        session.tell(
            lead["number"],
            "甄别需补充",
            "业务科室要求补充信息，甄别期限继续计算",
            rule=RuleKey.SCREENING,
            source=source,
        )
        session.record.change(t.leads, lead, verdict=verdict.value, verdict_at=at)
        session.notices.append(
            {"kind": "more", "unit_code": lead["unit_code"], "lead": lead["number"]}
        )
        return remarks
    if verdict is Verdict.SUSPECT:
        return remarks + _suspect(session, lead, values, at, source)
    _mark_answered(session, lead, at)
    return remarks + _decide(session, arrival, lead, verdict, values, source)


def _same_answer(session: Session, lead: Row, verdict: Verdict, values: dict[str, Any]) -> bool:
    """The list came back twice: the second time changes nothing."""
    if verdict is Verdict.SUSPECT:
        return any(
            pair["kind"] == KIND_SCREENER and not pair["ruling"]
            for pair in session.record.pairs_of([lead["number"]])
            if pair["later"] == lead["number"]
        )
    expires = _day(values.get("expires_on"))
    return bool(
        lead["verdict"] == verdict.value
        and (expires is None or expires == lead["expires_on"])
        and (values.get("confirmed_quantity") in (None, "", lead["confirmed"]))
        and (str(values.get("invalid_reason") or "") == (lead["verdict_reason"] or ""))
    )


def _by_whom(session: Session, lead: Row, values: dict[str, Any]) -> list[str]:
    person = str(values.get("screener") or "").strip()
    if not person:
        return ["未填甄别人。"]
    if person == lead["screener"]:
        return []
    known = {p.name for p in session.roster.people if p.on_duty(session.now.date())}
    if person in known:
        return []
    words = f"甄别人“{person}”不在单位名录的在岗人员中，结论已采用，请核对。"
    session.warnings.append(f"{lead['number']}：{words}")
    return [words]


def _mark_answered(session: Session, lead: Row, at: datetime) -> None:
    """The first answer that is one stops the clock; 需补充 never does."""
    if lead["answered_at"] is not None:
        return
    late = lead["due_at"] is not None and at > lead["due_at"]
    tentative = lead["due_tentative"] == "是"
    known = lead["late"] or ("是" if late else "否")
    session.record.change(t.leads, lead, answered_at=at, late=None if tentative else known)
    judge_screening(session, lead)


def _decide(
    session: Session,
    arrival: Arrival,
    lead: Row,
    verdict: Verdict,
    values: dict[str, Any],
    source: Source,
) -> list[str]:
    """有效 or 无效, with expiry date and confirmed quantity."""
    remarks: list[str] = []
    at = arrival.received_at
    expires = _day(values.get("expires_on"))
    if verdict is Verdict.VALID:
        if expires is not None and expires < at.date():
            remarks.append(f"到期日期 {expires} 早于反馈日期，视为未注明，请重新填写到期日期。")
            expires = None
        elif expires is None and lead["expires_on"] is None:
            clause = session.clause(RuleKey.EXPIRY_MISSING)
            remarks.append(f"判为有效但未注明到期日期，请尽快补填（逾期按 {clause} 考核）。")
        if expires is not None and lead["state"] == State.EXPIRED:
            remarks.append("该信息已到期，客户已可由其他单位重新提报，到期日期不再顺延。")
            expires = None
        longest = int(session.edition().param(RuleKey.EXPIRY_DATE, "warn_days"))
        if expires is not None and (expires - at.date()).days > longest:
            remarks.append(f"到期日期 {expires} 距今超过 {longest} 天，请确认。")
    confirmed = values.get("confirmed_quantity")
    first_time = lead["verdict"] != verdict.value
    session.record.change(
        t.leads,
        lead,
        verdict=verdict.value,
        verdict_at=at if first_time else lead["verdict_at"],
        verdict_reason=str(values.get("invalid_reason") or "") or None,
        confirmed=confirmed if isinstance(confirmed, int) else lead["confirmed"],
    )
    if verdict is Verdict.VALID and expires is not None and expires != lead["expires_on"]:
        session.record.change(
            t.leads,
            lead,
            expires_on=expires,
            expiry_at=lead["expiry_at"] or at,
        )
        session.tell(
            lead["number"],
            "到期日期",
            f"到期日期 {expires}",
            rule=RuleKey.EXPIRY_DATE,
            new=expires,
            source=source,
        )
    session.tell(
        lead["number"],
        "甄别结论",
        f"甄别为{verdict.value}"
        + (f"，核实标的量 {confirmed} 台" if isinstance(confirmed, int) else ""),
        rule=RuleKey.SCREENING,
        new=verdict.value,
        source=source,
    )
    judge_screening(session, lead)  # a date that came too late was missing at the due time
    settle_around(session, [lead["number"]], source)
    from processor.decisions.contracts import refresh_pickups

    refresh_pickups(session, lead)
    if lead["state"] not in (State.VALID, State.INVALID):
        remarks.append(f"结论已记录；该信息现为{lead['state']}（{lead['state_reason']}）。")
    elif verdict is Verdict.VALID and lead["state"] == State.INVALID:
        remarks.append(f"结论已记录；该信息为无效：{lead['state_reason']}")
    return remarks


def _suspect(
    session: Session, lead: Row, values: dict[str, Any], at: datetime, source: Source
) -> list[str]:
    """疑似重复 opens a ruling against the lead named in the remark, else the closest earlier one.

    Without either the ruling is opened all the same; whoever rules names the first report. A named
    lead that was reported later is itself the one to be ruled on: the place decides, not the list.
    """
    record = session.record
    words = " ".join(str(values.get(k) or "") for k in ("reason_note", "remark", "invalid_reason"))
    named = [n for n in _NUMBER.findall(words) if n != lead["number"] and session.lead(n)]
    other = named[0] if named else closest_earlier(session, lead)
    first, later = other, lead["number"]
    named_row = session.lead(other) if other else None
    if named_row is not None and _place(named_row) > _place(lead):
        first, later = lead["number"], other
    pair = next(
        (p for p in record.pairs_of([later]) if p["later"] == later and p["earlier"] == first), None
    )
    remarks = []
    if pair is not None and pair["ruling"]:
        words = f"与 {first} 已裁定为“{pair['ruling']}”，如需改裁请返回裁定表。"
        return [words]
    if pair is None:
        record.add(
            t.pairs,
            {
                "number": f"{later}~{first}",
                "earlier": first,
                "later": later,
                "advice": ADVICE_SUSPECT,
                "kind": KIND_SCREENER,
                "rule": "screener",
                "reason": "业务科室甄别时提出疑似重复",
                "evidence": "",
                "score": 0,
            },
        )
    else:
        record.change(t.pairs, pair, kind=KIND_SCREENER, advice=ADVICE_SUSPECT)
    if later == lead["number"]:
        _mark_answered(session, lead, at)
        if not first:
            remarks.append("未写明与哪条信息重复，已提请裁定，由裁定人填写先报信息编号。")
    else:
        remarks.append(f"{later} 受理在后，已将其提请裁定；本条仍需甄别。")
    session.tell(
        lead["number"],
        "甄别结论",
        "业务科室提出疑似重复，提请裁定",
        rule=RuleKey.SCREENING,
        new=Verdict.SUSPECT.value,
        source=source,
    )
    settle_around(session, [later], source)
    return remarks


def _place(lead: Row) -> tuple[datetime, int]:
    return (lead["place_at"], lead["place_seq"])


def owed(session: Session, section: str) -> list[Row]:
    """All that a section still owes: pending leads, and valid ones without an expiry date."""
    pending = session.record.select(
        t.leads, t.leads.c.state == State.PENDING.value, t.leads.c.section == section
    )
    undated = session.record.select(
        t.leads,
        t.leads.c.state == State.VALID.value,
        t.leads.c.section == section,
        t.leads.c.expires_on.is_(None),
    )
    return sorted([*pending, *undated], key=_due)


def handed_over(session: Session, section: str) -> list[Row]:
    """Of `owed`, what this run has handed over: its rows are in memory, only numbers are asked."""
    record, leads = session.record, t.leads.c
    record.flush()
    undated = and_(leads.state == State.VALID.value, leads.expires_on.is_(None))
    query = select(leads.number).where(
        or_(leads.state == State.PENDING.value, undated),
        leads.section == section,
        leads.transferred_at == session.now,
    )
    numbers = list(record.connection.execute(query).scalars())
    record.load(t.leads, numbers)
    return sorted(filter(None, map(session.lead, numbers)), key=_due)


def _due(lead: Row) -> tuple[datetime, str]:
    return (lead["due_at"] or lead["place_at"], lead["number"])


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _moment(value: Any) -> str | None:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return str(value) if value else None
