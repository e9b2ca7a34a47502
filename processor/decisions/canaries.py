"""Rows of a returned file that are canaries of mailed copies: never a report, sometimes a trace.

A copy that comes back from whom it went to is what it should be. The same row in the report of
somebody else tells that the list has travelled (7.3.4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from processor.canary import PHONE, Canary, names_in
from processor.decisions.session import Arrival, Session
from processor.ledger import tables as t
from processor.ledger.canaries import canary_lines
from processor.ledger.store import Row
from processor.model import FormKind, RuleKey, Source
from processor.roster import find_unit

if TYPE_CHECKING:
    from processor.intake.forms import FormRow, LoadedForm

TRACE = "泄漏线索"
_ENOUGH = 2  # of four marks: a row retyped with a slip is still known, a real customer never is


def set_aside(session: Session, arrival: Arrival, form: LoadedForm) -> LoadedForm:
    """The form without the rows that are canaries, whether or not their mark is still there."""
    if not _suspicious(form):
        return form
    canaries = session.canaries
    by_mark: dict[str, list[Canary]] = {}
    for canary in canaries:
        for mark in canary.marks:
            by_mark.setdefault(mark, []).append(canary)
    kept: list[FormRow] = []
    found: list[tuple[Canary, str, int]] = []
    for row in form.rows:
        which = _of_row(by_mark, row)
        if which is None:
            kept.append(row)
        else:
            found.append((which, row.sheet, row.row))
    by_token = {canary.token: canary for canary in canaries}
    found += [(by_token[t], sheet, n) for t, sheet, n in form.canaries if t in by_token]
    if form.kind is FormKind.LEADS:
        for canary, sheet, number in found:
            _trace(session, arrival, form, canary, arrival.source(sheet, number))
    return form if len(kept) == len(form.rows) else replace(form, rows=tuple(kept))


def _suspicious(form: LoadedForm) -> bool:
    """Could a canary be among the rows? Most files are never compared with all copies."""
    if form.canaries or form.kind is FormKind.SCREENING:
        return True
    return any(PHONE in str(row.values.get("contact_phone") or "") for row in form.rows)


def _of_row(by_mark: dict[str, list[Canary]], row: FormRow) -> Canary | None:
    """The canary a row is, by two of its marks at least."""
    texts = [str(row.values.get(n) or "") for n in ("customer", "contact", "contact_phone")]
    texts += [str(row.values.get("lead_number") or ""), row.lead_number]
    near = [canary for mark in set(texts) for canary in by_mark.get(mark, ())]
    return next((c for c in near if near.count(c) >= _ENOUGH), None)


def _trace(
    session: Session, arrival: Arrival, form: LoadedForm, canary: Canary, source: Source
) -> None:
    """Note where a canary came from, unless its own recipient sent the list back."""
    folder = arrival.path.split("/")[0] if "/" in arrival.path else ""
    unit = find_unit(session.roster, str(form.block.get("submitter") or "") or folder)
    if unit is not None and unit.code == canary.unit:
        return
    who = unit.name if unit is not None else "未登记单位"
    session.tell(
        canary.token,
        TRACE,
        f"{who}提报的表格中有该副本的标识行",
        rule=RuleKey.LEAK,
        source=source,
        at=arrival.received_at,
    )
    session.warnings.append(
        f"{who}提报的表格中有副本 {canary.token} 的标识行，疑似名单外泄，"
        f"请核查（processor explain {canary.token}）。"
    )


def open_traces(session: Session) -> list[str]:
    """Tokens with a trace that no row of 信息泄漏登记表 names yet, in order."""
    columns = t.events.c
    events = session.record.select(
        t.events, *canary_lines(), columns.what == TRACE, order=columns.seq
    )
    if not events:
        return []
    named = {c.token for leak in session.record.select(t.leaks) for c in named_in(session, leak)}
    return [n for n in dict.fromkeys(e["number"] for e in events) if n not in named]


def named_in(session: Session, leak: Row) -> list[Canary]:
    """The copies that a row of the register names, by token or by a mark of the row."""
    words = " ".join(str(leak[name] or "") for name in ("leads", "customer", "channel", "mending"))
    return copies_in(session.canaries, words)


def copies_in(canaries: list[Canary], text: str) -> list[Canary]:
    """The canaries of which a text holds token, customer, phone or number."""
    names = names_in(text)
    return [canary for canary in canaries if not names.isdisjoint(canary.names)] if names else []
