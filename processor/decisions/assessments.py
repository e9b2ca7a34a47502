"""The quarterly assessment: when it is issued, what it freezes, what later changes bring (7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processor import storage
from processor.calendar import months_of, quarter_of
from processor.decisions.assessment_facts import Quarter, gather
from processor.decisions.assessment_money import Change, changes, record_rewards
from processor.decisions.assessment_sheets import dealer_data, internal_data
from processor.decisions.issuing import ASSESSMENT
from processor.decisions.report_cards import cards
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.model import RuleKey
from processor.workspace import Workspace


def issue(session: Session, quarter: str, remarks: tuple[str, ...]) -> None:
    """Freeze a quarter: rewards, corrections of earlier quarters, penalties; both workbooks."""
    record, now = session.record, session.now
    found = gather(session, quarter)
    changed = changes(session, quarter, found)
    fined = _fines(session, quarter)
    dealers, internal = _workbooks(session, found, changed, fined, remarks, trial=False)
    record_rewards(session, found, changed)
    for row in fined:
        record.change(t.penalties, row, issued_in=quarter)
    record.add(
        t.publications,
        {
            "number": f"{ASSESSMENT}-{quarter}",
            "kind": ASSESSMENT,
            "issue": quarter,
            "generated_at": now,
            "ruleset": found.edition.key,
        },
    )
    session.tell(quarter, "出具考核", f"{quarter} 季度考核", rule=RuleKey.APPROVAL)
    session.issues.append(("assessment", dealers))
    session.issues.append(("assessment", internal))
    session.issues.extend(("report_card", own) for own in cards(session, quarter, found.edition))


def _fines(session: Session, quarter: str) -> list[dict[str, Any]]:
    """The quarter's proposals, and earlier ones that no assessment has listed yet."""
    rows = session.record.select(
        t.penalties, t.penalties.c.quarter <= quarter, t.penalties.c.issued_in.is_(None)
    )
    return sorted(rows, key=lambda r: (r["rule"], r["due_at"], r["number"]))


def _workbooks(
    session: Session,
    found: Quarter,
    changed: list[Change],
    fined: list[dict[str, Any]],
    remarks: tuple[str, ...],
    *,
    trial: bool,
) -> tuple[Any, Any]:
    dealers = dealer_data(session, found, changed, remarks, trial=trial)
    internal = internal_data(session, found, changed, fined, remarks, dealers, trial=trial)
    return dealers, internal


def file_of(data: Any) -> str:
    """Path of an assessment workbook under outbox/."""
    name = "经销商奖励" if type(data).__name__ == "DealerAssessment" else "内部考核"
    mark = "_试算" if data.trial else ""
    return f"考核/{data.quarter}/{name}_{data.quarter}{mark}.xlsx"


def trial_or_copies(workspace: Workspace, session: Session, quarter: str) -> list[str]:
    """An issued quarter's own bytes, 单位报告 too; else a 试算 that freezes nothing. [] = no such
    quarter."""
    from processor.workbooks import assessment_dealers, assessment_internal
    from processor.workbooks.sheets import render
    from processor.workspace import ISSUED, write_bytes

    try:
        first = months_of(quarter)[0]
    except ValueError:
        return []
    if quarter < quarter_of(session.start) or first > session.now.date():
        return []
    paths = []
    if session.record.get(t.publications, f"{ASSESSMENT}-{quarter}") is not None:
        whole = [f"{name}_{quarter}.xlsx" for name in ("经销商奖励", "内部考核")]
        folder = workspace.outbox / "考核" / quarter
        for kept in sorted(workspace.path(ISSUED).glob(f"*_{quarter}.xlsx")):
            target = (folder if kept.name in whole else folder / "单位报告") / kept.name
            target.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(target, storage.read(workspace, kept))
            paths.append(str(target))
        return paths
    found = gather(session, quarter)
    changed = changes(session, quarter, found)
    fined = _fines(session, quarter)
    remarks = ("本表为试算，不作为兑现依据。",)
    dealers, internal = _workbooks(session, found, changed, fined, remarks, trial=True)
    books = (assessment_dealers.plan(dealers), assessment_internal.plan(internal))
    for data, book in zip((dealers, internal), books, strict=True):
        target = workspace.outbox / Path(file_of(data))
        write_bytes(target, render(book))
        paths.append(str(target))
    return paths
