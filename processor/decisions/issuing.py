"""When a bulletin and a quarter's assessment are due (6.1, 7).

Apart from making them, which imports much: on most runs nothing is due.
"""

from __future__ import annotations

from processor.calendar import (
    Issue,
    issue_for,
    months_of,
    next_issue,
    next_month,
    next_quarter,
    parse_issue,
    quarter_of,
)
from processor.decisions import fines
from processor.decisions.session import Session
from processor.ledger import tables as t

ASSESSMENT = "考核"
WITHOUT_REGISTER_DAY = 10  # of the following month


def issues_due(session: Session) -> list[Issue]:
    """The issues whose cut-off has come and that were not produced yet, oldest first."""
    last = session.record.meta("last_issue")
    issue = next_issue(parse_issue(last)) if last else issue_for(session.start)
    due = []
    while issue.cutoff <= session.now:
        due.append(issue)
        issue = next_issue(issue)
    return due


def quarter_due(session: Session) -> tuple[str, tuple[str, ...]] | None:
    """The oldest quarter not yet assessed, with what its cover must say; None: not yet time."""
    quarter = quarter_of(session.start)
    while quarter < quarter_of(session.now):
        if session.record.get(t.publications, f"{ASSESSMENT}-{quarter}") is None:
            remarks = _remarks(session, quarter)
            return None if remarks is None else (quarter, remarks)
        quarter = next_quarter(quarter)
    return None


def _remarks(session: Session, quarter: str) -> tuple[str, ...] | None:
    """None: not yet. Else what the cover must say (a register that is missing)."""
    last = months_of(quarter)[2]
    month = f"{last:%Y-%m}"
    received = session.record.select(
        t.files, t.files.c.form == fines.REGISTER, t.files.c.month == month
    )
    if received and fines.register_due(session, month).at < session.now:
        return ()
    if session.now.date() >= next_month(last).replace(day=WITHOUT_REGISTER_DAY):
        if received:
            return ()
        return (f"截至出具时尚未收到 {month} 合同登记汇总表，该月提车未计入，收到后在下季度更正。",)
    return None
