"""Returned 甄别反馈表: verdicts, expiry dates, lateness (6.3)."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from processor.decisions.carrying import merged
from processor.decisions.fines import late_screening, missing_expiry
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
    if _same_answer(lead, verdict, values):
        return []
    _mark_answered(session, lead, verdict, at)
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
        return remarks + _suspect(session, lead, values, source)
    return remarks + _decide(session, arrival, lead, verdict, values, source)


def _same_answer(lead: Row, verdict: Verdict, values: dict[str, Any]) -> bool:
    """The list came back twice: the second time changes nothing."""
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


def _mark_answered(session: Session, lead: Row, verdict: Verdict, at: datetime) -> None:
    if verdict is Verdict.MORE or lead["answered_at"] is not None:
        return
    late = bool(lead["due_at"] and at > lead["due_at"])
    known = lead["late"] is not None
    session.record.change(t.leads, lead, answered_at=at, late="是" if late else "否")
    if late and not known:
        late_screening(session, lead)


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
            remarks.append("判为有效但未注明到期日期，请尽快补填（逾期按 7.3.2 考核）。")
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
    if verdict is Verdict.VALID and not (first_time and expires is not None):
        missing_expiry(session, lead)  # no date by the due time, even if it came in this very run
    settle_around(session, [lead["number"]], source)
    from processor.decisions.contracts import refresh_pickups

    refresh_pickups(session, lead)
    return remarks


def _suspect(session: Session, lead: Row, values: dict[str, Any], source: Source) -> list[str]:
    """疑似重复 opens a ruling against the lead named in the remark, else the closest earlier one."""
    record = session.record
    words = " ".join(str(values.get(k) or "") for k in ("reason_note", "remark", "invalid_reason"))
    named = [n for n in _NUMBER.findall(words) if n != lead["number"] and session.lead(n)]
    earlier = named[0] if named else closest_earlier(session, lead)
    if not earlier:
        session.record.change(t.leads, lead, verdict=Verdict.SUSPECT.value, verdict_at=session.now)
        return ["未指明与哪条信息重复，也未找到相近的先报信息，请在原因说明中写明先报信息编号。"]
    pair = next(
        (
            p
            for p in record.pairs_of([lead["number"]])
            if p["later"] == lead["number"] and p["earlier"] == earlier
        ),
        None,
    )
    if pair is None:
        pair = record.add(
            t.pairs,
            {
                "number": f"{lead['number']}~{earlier}",
                "earlier": earlier,
                "later": lead["number"],
                "advice": ADVICE_SUSPECT,
                "kind": KIND_SCREENER,
                "rule": "screener",
                "reason": "业务科室甄别时提出疑似重复",
                "evidence": "",
                "score": 0,
            },
        )
    elif not pair["ruling"]:
        record.change(t.pairs, pair, kind=KIND_SCREENER, advice=ADVICE_SUSPECT)
    record.change(t.leads, lead, verdict=None, verdict_at=None)
    session.tell(
        lead["number"],
        "甄别结论",
        "业务科室提出疑似重复，提请裁定",
        rule=RuleKey.SCREENING,
        new=Verdict.SUSPECT.value,
        source=source,
    )
    settle_around(session, [lead["number"]], source)
    return []


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
    return sorted([*pending, *undated], key=lambda r: (r["due_at"] or r["place_at"], r["number"]))


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
