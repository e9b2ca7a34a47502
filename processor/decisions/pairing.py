"""Which other leads concern the same customer, and the same purchase (5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.decisions.content import (
    lead_id,
    lead_number,
    party_checks,
    party_in,
)
from processor.decisions.session import Session
from processor.decisions.settling import (
    ADVICE_CERTAIN,
    ADVICE_SUSPECT,
    KIND_NAME,
    KIND_PURCHASE,
    KIND_TIE,
)
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import RuleKey

if TYPE_CHECKING:
    from processor.matching.judge import Judgement, Party

BARRING = (RuleKey.MINIMUM_QUANTITY.value, RuleKey.CITY_TAXI.value)
TIE_SECONDS = 60  # two files of one look whose evidence lies this close are a tie


def pair_up(session: Session, lead: Row, before: Party | None = None) -> list[str]:
    """Judge a lead against all candidates and record the pairs; numbers of the leads concerned.

    For a corrected lead (`before` given) unruled pairs are judged anew. A lead barred by 5.4 or 5.6
    is not compared: it holds nobody's customer and loses its own to nobody.
    """
    record = session.record
    number = lead["number"]
    party = party_in(lead)
    touched: list[str] = []
    ruled: set[str] = set()
    if before is not None:
        for pair in record.pairs_of([number]):
            other = pair["earlier"] if pair["later"] == number else pair["later"]
            touched.append(other)
            if pair["ruling"]:
                ruled.add(other)
                _turn(session, pair)
            else:
                record.remove(t.pairs, pair)
        session.index.replace(lead_id(number), party)
    barred = party_checks(session, lead) is not None
    customer = lead["customer_id"] if before is None or party == before else None
    if not barred:
        for other, judgement in _judged(session, number, party):
            if other["number"] in ruled:
                continue
            customer = customer or _same_customer(judgement, other)
            if other["state_rule"] not in BARRING:
                _record_pair(session, lead, other, party, judgement)
                touched.append(other["number"])
    if before is None:
        session.index.add(lead_id(number), party)
    record.change(
        t.leads,
        lead,
        customer_id=customer or lead["customer_id"] or f"KH{record.next('customer'):06d}",
        customer_key=_key_of(party),
    )
    return [n for n in dict.fromkeys(touched) if n]


def _turn(session: Session, pair: Row) -> None:
    """A ruled pair follows the places of its leads when a correction has moved one of them."""
    sides = [session.lead(pair[side]) for side in ("earlier", "later")]
    if None in sides:
        return
    first, second = sorted(
        (row for row in sides if row is not None), key=lambda r: (r["place_at"], r["place_seq"])
    )
    session.record.change(t.pairs, pair, earlier=first["number"], later=second["number"])


def _judged(session: Session, number: str, party: Party) -> list[tuple[Row, Judgement]]:
    found = [
        (lead_number(key), judgement)
        for key, _, judgement in session.index.matches(party)
        if key != lead_id(number)
    ]
    session.record.load(t.leads, [n for n, _ in found])
    rows = ((session.lead(n), judgement) for n, judgement in found)
    return [(row, judgement) for row, judgement in rows if row is not None]


def _same_customer(judgement: Judgement, other: Row) -> str | None:
    from processor.matching.judge import Outcome

    return other["customer_id"] if judgement.outcome is Outcome.DUPLICATE else None


def _record_pair(
    session: Session, lead: Row, other: Row, party: Party, judgement: Judgement
) -> None:
    from processor.matching.judge import Outcome, same_purchase

    record = session.record
    first, second = sorted((lead, other), key=lambda row: (row["place_at"], row["place_seq"]))
    kind, reason, advice = KIND_NAME, judgement.reason, ADVICE_SUSPECT
    if judgement.outcome is Outcome.DUPLICATE:
        purchase = same_purchase(party_in(first), party_in(second))
        if purchase.outcome is not Outcome.DUPLICATE:
            kind, reason = KIND_PURCHASE, purchase.reason
        elif _tie(first, second):
            kind, reason = KIND_TIE, "两单位在同一次查收中提报，到达先后相差不足一分钟或无法查明"
        else:
            advice = ADVICE_CERTAIN
    record.add(
        t.pairs,
        {
            "number": f"{second['number']}~{first['number']}",
            "earlier": first["number"],
            "later": second["number"],
            "advice": "先报优先" if kind == KIND_TIE else advice,
            "kind": kind,
            "rule": judgement.rule,
            "reason": reason,
            "evidence": "；".join(judgement.evidence),
            "score": judgement.score,
            "interested": None,
        },
    )


def _tie(first: Row, second: Row) -> bool:
    if first["unit_code"] == second["unit_code"] or first["place_at"] != second["place_at"]:
        return False
    if first["evidence"] is None or second["evidence"] is None:
        return True
    return abs(float(second["evidence"]) - float(first["evidence"])) <= TIE_SECONDS


def _key_of(party: Party) -> str:
    from processor.matching.names import normalise

    return normalise(party.name)


def closest_earlier(session: Session, lead: Row) -> str:
    """The earlier lead most like this one, by score; "" when nothing comes near."""
    place = (lead["place_at"], lead["place_seq"])
    best: tuple[int, str] = (0, "")
    for other, judgement in _judged(session, lead["number"], party_in(lead)):
        if (other["place_at"], other["place_seq"]) < place and judgement.score > best[0]:
            best = (judgement.score, other["number"])
    return best[1]


def rebuild_index(session: Session) -> None:
    """Build the matching index anew from the leads on record, with what people have taught."""
    from sqlalchemy import select

    from processor.matching.building import rebuild

    session.record.flush()
    rows = session.record.connection.execute(select(t.leads).order_by(t.leads.c.number)).mappings()
    parties = ((lead_id(row["number"]), party_in(dict(row))) for row in rows)
    rebuild(session.record.connection, parties, session.knowledge)
