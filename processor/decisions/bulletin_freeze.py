"""What an issue printed is kept with it: never rewritten, compared with later (6.1)."""

from __future__ import annotations

import json

from processor.calendar import Issue
from processor.decisions.counting_up import late_numbers, tally_numbers
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.model import RuleKey
from processor.regulation.deadlines import publication_due
from processor.workbooks.bulletin_data import BulletinData, ZeroReport


def freeze(
    session: Session, issue: Issue, data: BulletinData, zero: tuple[ZeroReport, ...]
) -> None:
    record, now = session.record, session.now
    due = publication_due(issue, session.calendar, session.edition(issue.cutoff.date()))
    zero_names = {z.unit for z in zero}
    for row in data.units:
        numbers = tally_numbers(row)
        if row.unit in zero_names:
            numbers["零提报"] = "零提报"
        text = json.dumps(numbers, ensure_ascii=False, separators=(",", ":"))
        record.add(
            t.publications,
            {
                "number": f"通报行-{issue.id}-{row.code}",
                "kind": "通报行",
                "issue": issue.id,
                "unit_code": row.code,
                "generated_at": now,
                "printed": text,
                "stated": text,
            },
        )
    for late in data.late:
        unit = next(u for u in session.roster.units if u.name == late.unit)
        text = json.dumps(late_numbers(late), ensure_ascii=False, separators=(",", ":"))
        record.add(
            t.publications,
            {
                "number": f"上月补报-{issue.id}-{unit.code}",
                "kind": "上月补报",
                "issue": issue.id,
                "unit_code": unit.code,
                "generated_at": now,
                "printed": text,
                "stated": text,
            },
        )
    record.add(
        t.publications,
        {
            "number": f"通报-{issue.id}",
            "kind": "通报",
            "issue": issue.id,
            "window_from": data.window_from,
            "window_to": data.window_to,
            "generated_at": now,
            "due_at": due.at,
            "due_tentative": "是" if due.tentative else "否",
            "ruleset": data.edition,
        },
    )
    record.set_meta("last_issue", issue.id)
    session.tell(
        issue.id,
        "出具通报",
        f"{issue.name} 期通报，统计截至 {issue.cutoff:%Y-%m-%d %H:%M}",
        rule=RuleKey.BULLETIN_DAYS,
    )
