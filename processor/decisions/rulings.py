"""Returned 疑似重复裁定表: applied, remembered, reversible (5.1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from processor.decisions.aliases import learn
from processor.decisions.carrying import merged
from processor.decisions.session import Arrival, Session
from processor.decisions.settling import settle_around
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import RuleKey, Ruling

if TYPE_CHECKING:
    from processor.intake.forms import LoadedForm


def take_rulings(session: Session, arrival: Arrival, form: LoadedForm) -> list[str]:
    """Apply every ruled row. A later ruling on the same pair reverses the earlier one."""
    remarks: list[str] = []
    for row in form.rows:
        values = merged(form.block, row.values)
        text = str(values.get("ruling") or "").strip()
        ruling = next((r for r in Ruling if r.value == text), None)
        if ruling is None:
            continue
        place = f"{row.sheet}第 {row.row} 行"
        pair = _pair(session, values)
        if pair is None:
            remarks.append(f"{place}：找不到裁定编号或信息编号对应的裁定事项，该行未采用。")
            continue
        if not values.get("ruled_by") or not values.get("reason"):
            remarks.append(f"{place}：未填裁定人或理由，裁定已采用，请补填后再次返回。")
        if not pair["earlier"]:
            named = _name_first(session, pair, values)
            if named is None and ruling is Ruling.DUPLICATE:
                remarks.append(f"{place}：请填写先报信息编号后再裁定为“重复”，该行未采用。")
                continue
            pair = named or pair
        remarks.extend(f"{place}：{w}" for w in _apply(session, arrival, row, pair, ruling, values))
    return remarks


def _name_first(session: Session, pair: Row, values: dict[str, Any]) -> Row | None:
    """A screener's suspicion that named nobody: the ruling names the first report."""
    number = str(values.get("first_lead_number") or "").strip().upper()
    first, later = session.lead(number), session.lead(pair["later"])
    if first is None or later is None:
        return None
    if (first["place_at"], first["place_seq"]) >= (later["place_at"], later["place_seq"]):
        return None
    session.record.remove(t.pairs, pair)
    return session.record.add(
        t.pairs, {**pair, "number": f"{pair['later']}~{number}", "earlier": number}
    )


def _pair(session: Session, values: dict[str, Any]) -> Row | None:
    number = str(values.get("ruling_number") or "").strip().upper()
    if number:
        found = session.record.select(t.pairs, t.pairs.c.ruling_no == number)
        if found:
            return found[0]
    earlier = str(values.get("first_lead_number") or "").strip().upper()
    later = str(values.get("later_lead_number") or "").strip().upper()
    for pair in session.record.pairs_of([later]) if later and earlier else ():
        if {pair["earlier"], pair["later"]} == {earlier, later}:
            return pair
    return None


def _apply(
    session: Session,
    arrival: Arrival,
    row: Any,
    pair: Row,
    ruling: Ruling,
    values: dict[str, Any],
) -> list[str]:
    record = session.record
    person = str(values.get("ruled_by") or "").strip()
    reason = str(values.get("reason") or "").strip()
    learn_it = str(values.get("register_alias") or "").strip() == "是"
    if (
        pair["ruling"] == ruling.value
        and (pair["ruled_by"] or "") == person
        and (pair["ruling_reason"] or "") == reason
    ):
        return []
    old = pair["ruling"]
    remarks = []
    interested = _interested(session, pair, person)
    if interested:
        remarks.append(f"裁定人“{person}”与该信息有利害关系（{interested}），裁定已采用并标注。")
    quantity = max((session.lead(pair[s]) or {}).get("quantity") or 0 for s in ("earlier", "later"))
    if quantity >= 10 and not values.get("reviewer"):
        remarks.append("标的量 10 台以上的裁定需有复核人，请补填。")
    record.change(
        t.pairs,
        pair,
        ruling=ruling.value,
        ruling_reason=reason or None,
        ruled_by=person or None,
        ruled_on=_day(values.get("ruled_on")) or arrival.received_at.date(),
        reviewer=str(values.get("reviewer") or "") or None,
        learn_alias="是" if learn_it else "否",
        ruled_at=arrival.received_at,
        interested=interested or None,
    )
    source = arrival.source(row.sheet, row.row)
    session.tell(
        pair["later"],
        "裁定" if old is None else "改裁",
        f"与先报信息裁定为“{ruling.value}”" + (f"：{reason}" if reason else ""),
        rule=RuleKey.FIRST_COME,
        old=old or "",
        new=ruling.value,
        source=source,
    )
    session.topics.add("rulings")
    if learn_it and ruling in (Ruling.DUPLICATE, Ruling.OTHER_PROJECT):
        learn(session, pair)
    settle_around(session, [pair["earlier"], pair["later"]], source)
    return remarks


def _interested(session: Session, pair: Row, person: str) -> str:
    """Who ruled in his own cause: the reporter of either lead, or somebody of a reporting unit."""
    if not person:
        return ""
    for side, words in (("earlier", "先报"), ("later", "后报")):
        lead = session.lead(pair[side])
        if lead is None:
            continue
        if lead["reporter"] == person:
            return f"{words}提报人"
        unit = session.unit(lead["unit_code"])
        if unit is not None and person in (unit.head, unit.leader):
            return f"{words}单位负责人"
    return ""


def open_rulings(session: Session) -> list[Row]:
    """Pairs that some lead is waiting for now, oldest first."""
    waiting = session.record.select(t.leads, t.leads.c.state == "待裁定")
    wanted = {lead["ruling_no"] for lead in waiting if lead["ruling_no"]}
    pairs = [
        p
        for p in session.record.select(t.pairs, t.pairs.c.ruling_no.in_(sorted(wanted)))
        if p["ruling"] in (None, Ruling.UNDECIDED.value)
    ]
    return sorted(pairs, key=lambda p: p["ruling_no"])


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
