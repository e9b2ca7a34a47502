"""大客户项目申报表, matched to the dealer's lead; 5.5 decides what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.decisions.carrying import carry, merged, origin
from processor.decisions.content import lead_number
from processor.decisions.session import Arrival, Session
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import COUNTS_AS_VALID, RuleKey, UnitKind
from processor.regulation.counting import application_window, counted
from processor.roster import find_unit
from schemas.application import APPLICATION_FORM
from schemas.master import APPLICATIONS

if TYPE_CHECKING:
    from processor.intake.forms import LoadedForm


def take_applications(session: Session, arrival: Arrival, form: LoadedForm) -> list[str]:
    """Record every application and match it. One that matches nothing has no effect."""
    remarks: list[str] = []
    at = arrival.received_at
    for row in form.rows:
        values = merged(form.block, row.values)
        fact = carry(APPLICATION_FORM, APPLICATIONS, values)
        place = f"{row.sheet}第 {row.row} 行"
        unit = find_unit(session.roster, fact["unit"] or "")
        if unit is None or unit.kind is not UnitKind.DEALER:
            remarks.append(
                f"{place}：申报单位“{fact['unit'] or ''}”不是单位名录中的经销商，未采用。"
            )
            continue
        number = f"SB{at:%Y}-{session.record.next(f'application-{at:%Y}'):04d}"
        fact.update(
            origin(arrival, row.sheet, row.row),
            number=number,
            unit_code=unit.code,
            unit=unit.name,
            typed_on=fact.get("applied_on"),
            applied_on=at.date(),
        )
        application = session.record.add(t.applications, fact)
        lead = match(session, application)
        if lead is None:
            remarks.append(
                f"{place}：没有找到对应的信息（{number}），请补填关联信息编号后重新申报。"
            )
            session.topics.add("today")
            continue
        apply_to(session, application, lead)
        remarks.append(
            f"{place}：{number} 对应信息 {lead['number']}，相差 {application['days_before']} 天，"
            f"5.5 判定：{application['outcome']}"
        )
    return remarks


def match(session: Session, application: Row) -> Row | None:
    """By lead number; else the dealer's lead of the same customer and category, in time."""
    typed = (application["lead"] or "").strip().upper()
    if typed:
        lead = session.lead(typed)
        if lead is not None and lead["unit_code"] == application["unit_code"]:
            return lead
    from processor.matching.judge import Outcome, Party

    party = Party(
        name=application["customer"] or "",
        province=application["province"] or "",
        city=application["city"] or "",
        county=application["county"] or "",
        category=application["category"] or "",
    )
    found = []
    for key, _, judgement in session.index.matches(party):
        lead = session.lead(lead_number(key))
        if lead is None or lead["unit_code"] != application["unit_code"]:
            continue
        if lead["category"] != application["category"]:
            continue
        if not _in_time(session, lead, application):
            continue
        if judgement.outcome is Outcome.DUPLICATE:
            found.append(lead)
    live = [lead for lead in found if lead["state"] not in ("无效", "重复")]
    return min(live or found, key=lambda r: (r["place_at"], r["place_seq"]), default=None)


def _in_time(session: Session, lead: Row, application: Row) -> bool:
    reported = lead["received_at"].date()
    edition = session.edition(reported)
    first, last = application_window(reported, lead["expires_on"], edition)
    return bool(first <= application["applied_on"] <= last)


def apply_to(session: Session, application: Row, lead: Row) -> None:
    """Write the match on both; the lead's first application decides."""
    record = session.record
    edition = session.edition(lead["received_at"].date())
    reported = lead["received_at"].date()
    result = counted(reported, application["applied_on"], edition)
    record.change(
        t.applications,
        application,
        matched_lead=lead["number"],
        reported_on=reported,
        days_before=result.days,
        outcome="计入" if result.counts else "不计入",
    )
    if lead["application_no"] is None or application["applied_on"] < lead["application_on"]:
        record.change(
            t.leads,
            lead,
            application_no=application["number"],
            application_on=application["applied_on"],
            days_before=result.days,
            updated_at=session.now,
        )
        session.tell(
            lead["number"],
            "项目申报",
            f"申报编号 {application['number']}，相差 {result.days} 天，"
            f"{'计入' if result.counts else '不计入'}提报量",
            rule=RuleKey.APPLICATION_LEAD_TIME,
            source=None,
        )
        set_counted(session, lead)


def set_counted(session: Session, lead: Row) -> None:
    """计入提报量 of a lead as things stand: valid, and not barred by 5.5 (dealers only)."""
    if lead["state"] not in COUNTS_AS_VALID:
        value, reason = "不适用", None
    elif lead["unit_kind"] != UnitKind.DEALER or lead["application_on"] is None:
        value, reason = "是", None
    else:
        edition = session.edition(lead["received_at"].date())
        result = counted(lead["received_at"].date(), lead["application_on"], edition)
        value, reason = ("是", None) if result.counts else ("否", result.reason)
    session.record.change(t.leads, lead, counted=value, uncounted_reason=reason)
