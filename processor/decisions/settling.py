"""Settle the leads that concern one another and record what changed (5.1, 6.2–6.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from processor.decisions.applications import set_counted
from processor.decisions.content import party_checks
from processor.decisions.session import Session
from processor.decisions.tasks import hand_over, leave_screening, open_project
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import RuleKey, Ruling, Source, State, Verdict
from processor.regulation.precedence import Claim, Link, Settled, settle

ADVICE_CERTAIN = "重复"
ADVICE_SUSPECT = "疑似"
KIND_NAME = "客户"
KIND_PURCHASE = "采购"
KIND_TIE = "同时提报"
KIND_SCREENER = "甄别提出"


def group_of(session: Session, numbers: Iterable[str]) -> list[Row]:
    """All leads tied to these by judged pairs, directly or through others."""
    record = session.record
    seen: dict[str, None] = {}
    frontier = [n for n in numbers if n]
    while frontier:
        seen.update(dict.fromkeys(frontier))
        reached: dict[str, None] = {}
        for pair in record.pairs_of(frontier):
            if pair["ruling"] in (Ruling.DISTINCT, Ruling.OTHER_PROJECT):
                continue
            for side in ("earlier", "later"):
                if pair[side] and pair[side] not in seen:
                    reached[pair[side]] = None
        frontier = list(reached)
    record.load(t.leads, seen)
    rows = (record.get(t.leads, n) for n in seen)
    return [row for row in rows if row is not None]


def claim_of(session: Session, lead: Row) -> Claim:
    """A lead as settling sees it."""
    barred = party_checks(session, lead)
    verdict = lead["verdict"]
    valid = {Verdict.VALID.value: True, Verdict.INVALID.value: False}.get(verdict or "")
    reason = ""
    if valid is False:
        words = "；".join(w for w in (lead["verdict_reason"], lead["verdict_note"]) if w)
        reason = f"甄别为无效：{words}" if words else "甄别为无效"
    return Claim(
        number=lead["number"],
        unit_code=lead["unit_code"],
        place=(lead["place_at"], lead["place_seq"]),
        barred=barred,
        verdict_valid=valid,
        verdict_reason=reason,
        invalid_at=lead["verdict_at"] if valid is False else None,
        holds_until=_holds_until(session, lead) if valid else None,
        converted_at=lead["converted_at"],
        closed_at=lead["closed_at"],
    )


def _holds_until(session: Session, lead: Row) -> date | None:
    """到期日期 (inclusive); without it 180 days from the verdict (a parameter of the edition)."""
    if lead["expires_on"] is not None:
        expires: date = lead["expires_on"]
        return expires
    if lead["verdict_at"] is None:
        return None
    days = int(session.edition().param(RuleKey.EXPIRY_DATE, "hold_days"))
    verdict_day: date = lead["verdict_at"].date()
    return verdict_day + timedelta(days=days)


def _link_of(pair: Row) -> Link | None:
    ruling = pair["ruling"] or ""
    if ruling in (Ruling.DISTINCT, Ruling.OTHER_PROJECT):
        return None
    certain = ruling == Ruling.DUPLICATE or (not ruling and pair["advice"] == ADVICE_CERTAIN)
    asked = pair["kind"] == KIND_SCREENER
    return Link(pair["number"], pair["earlier"] or "", pair["later"], certain, asked)


def settle_around(session: Session, numbers: Iterable[str], source: Source | None = None) -> None:
    """Settle the whole group around some leads and carry out every change of state."""
    rows = {row["number"]: row for row in group_of(session, numbers)}
    links = [
        link
        for pair in session.record.pairs_of(list(rows))
        if (link := _link_of(pair)) is not None and link.later in rows
    ]
    claims = [claim_of(session, row) for row in rows.values()]
    for number, result in settle(claims, links, session.now.date()).items():
        _apply(session, rows[number], result, source)


def _apply(session: Session, lead: Row, result: Settled, source: Source | None) -> None:
    record, now = session.record, session.now
    old = lead["state"]
    same = (old, lead["state_rule"], lead["duplicate_of"]) == (
        result.state,
        result.rule,
        result.duplicate_of or None,
    )
    if same and (result.state is not State.RULING or lead["ruling_no"]):
        if lead["state_reason"] != result.reason:
            record.change(t.leads, lead, state_reason=result.reason, updated_at=now)
        return
    record.change(
        t.leads,
        lead,
        state=result.state.value,
        state_reason=result.reason,
        state_rule=result.rule.value,
        state_since=now,
        duplicate_of=result.duplicate_of or None,
        updated_at=now,
    )
    what = "受理" if old is None else "状态变更"
    session.tell(
        lead["number"],
        what,
        result.reason,
        rule=result.rule,
        old=old or "",
        new=result.state.value,
        source=source,
    )
    set_counted(session, lead)
    if old == State.PENDING:
        leave_screening(session, lead)
    elif old == State.RULING:
        session.topics.add("rulings")  # nobody needs that ruling any more
        _notice(session, "ruled", lead)
    elif old == State.DUPLICATE and result.state is State.PENDING:
        _notice(session, "revived", lead)
    if result.state is State.RULING:
        _ask_ruling(session, lead, result.pair)
    elif result.state is State.PENDING:
        hand_over(session, lead, again=old is not None)
    elif result.state in (State.VALID,):
        open_project(session, lead)
    if lead["project_no"]:
        session.topics.add("plan")
    if result.state in (State.EXPIRED, State.CONVERTED, State.CLOSED, State.INVALID) and old:
        _release(session, lead, result)


def _ask_ruling(session: Session, lead: Row, pair_number: str) -> None:
    record = session.record
    pair = record.get(t.pairs, pair_number)
    if pair is None:
        raise LookupError(f"pair {pair_number} of {lead['number']} is gone")
    if not pair["ruling_no"]:
        month = f"{session.now:%Y%m}"
        number = f"CD{month}-{record.next(f'ruling-{month}'):04d}"
        record.change(t.pairs, pair, ruling_no=number, asked_at=session.now)
        session.tell(
            lead["number"],
            "提请裁定",
            f"裁定编号 {number}：{pair['reason']}",
            rule=RuleKey.FIRST_COME,
        )
    record.change(t.leads, lead, ruling_no=pair["ruling_no"])
    session.topics.add("rulings")


def _release(session: Session, lead: Row, result: Settled) -> None:
    """Tell those who came second that the customer is free again (4.3.1)."""
    for pair in session.record.pairs_of([lead["number"]]):
        if pair["earlier"] != lead["number"]:
            continue
        loser = session.lead(pair["later"])
        if loser is None or loser["duplicate_of"] != lead["number"]:
            continue
        if loser["unit_code"] == lead["unit_code"] or result.state is State.INVALID:
            continue  # an invalid first lead revives the next one, which is told so itself
        session.tell(
            loser["number"],
            "客户释放",
            "先报信息已不再占用该客户，可重新提报",
            rule=RuleKey.FEEDBACK,
        )
        _notice(session, "release", loser)


def _notice(session: Session, kind: str, lead: Row) -> None:
    session.notices.append({"kind": kind, "unit_code": lead["unit_code"], "lead": lead["number"]})
