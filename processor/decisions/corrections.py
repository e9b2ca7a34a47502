"""更正: what earlier issues would say today, where that differs from what they said (6.1)."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from typing import Any

from processor.calendar import Issue, parse_issue
from processor.decisions.counting_up import (
    counts_of,
    final_count,
    late_numbers,
    rate_text,
    tally,
)
from processor.decisions.session import Session
from processor.decisions.targets import target_of
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import UnitKind
from processor.workbooks.bulletin_data import Correction, Late


def corrections(session: Session, issue: Issue) -> tuple[Correction, ...]:
    """Differences of all earlier issues, once each: what is listed becomes what was stated.

    Only leads changed since the last issue can make a difference, so only their units' rows are
    counted again, with the leads pending at that issue still counted as pending. A 上月终值 is
    looked at again for a target filed since as well.
    """
    since = session.record.meta("corrected_until")
    session.record.set_meta("corrected_until", f"{session.now:%Y-%m-%d %H:%M:%S}")
    if since is None:
        return ()
    changed = _changed(session, datetime.fromisoformat(since), issue)
    retargeted = _retargeted(session, datetime.fromisoformat(since))
    if not changed and not retargeted:
        return ()
    earlier = _issues_before(session, issue)
    found: list[Correction] = []
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    late: dict[tuple[str, str], list[Row]] = defaultdict(list)
    finals: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for lead in changed:
        for other in earlier:
            if f"{other.month:%Y-%m}" == lead["month"] and lead["issue"] <= other.id:
                rows[other.id, lead["unit_code"]].append(lead)
            if other.id == lead["issue"] and f"{other.month:%Y-%m}" > lead["month"]:
                late[other.id, lead["unit_code"]].append(lead)
        finals[lead["month"], lead["unit_code"]].append(lead)
    for key in retargeted:
        finals[key] += []
    for key, why in sorted(rows.items()):
        found.extend(_row_again(session, *key, why))
    for key, why in sorted(late.items()):
        found.extend(_late_again(session, *key, why))
    found.extend(_zero_again(session, issue, earlier))
    for key, why in sorted(finals.items()):
        found.extend(_final_again(session, *key, why))
    return tuple(found)


def _retargeted(session: Session, since: datetime) -> list[tuple[str, str]]:
    """Months and departments with a 上月终值 for whose year a target came in since."""
    rows = session.record.select(t.targets, t.targets.c.received_at >= since)
    years = {(row["unit_code"], str(row["year"])) for row in rows}
    finals = session.record.select(t.publications, t.publications.c.kind == "上月终值")
    return [
        (row["issue"], row["unit_code"])
        for row in finals
        if (row["unit_code"], row["issue"][:4]) in years
    ]


def _changed(session: Session, since: datetime, issue: Issue) -> list[Row]:
    return session.record.select(
        t.leads,
        t.leads.c.updated_at >= since,
        t.leads.c.issue.is_not(None),
        t.leads.c.issue <= issue.id,
        order=t.leads.c.number,
    )


def _issues_before(session: Session, issue: Issue) -> list[Issue]:
    rows = session.record.select(
        t.publications, t.publications.c.kind == "通报", order=t.publications.c.issue
    )
    return [parse_issue(r["issue"]) for r in rows if r["issue"] < issue.id]


def _row_again(session: Session, issue: str, unit_code: str, why: list[Row]) -> list[Correction]:
    other = parse_issue(issue)
    month = f"{other.month:%Y-%m}"
    publication = session.record.get(t.publications, f"通报行-{issue}-{unit_code}")
    unit = session.unit(unit_code)
    if publication is None or unit is None:
        return []
    leads = _of_unit(session, t.leads, unit_code, month, issue)
    refusals = _of_unit(session, t.refusals, unit_code, month, issue)
    found = tally(leads, refusals, issue)
    numbers: dict[str, Any] = dict(found.numbers())
    if unit.kind is UnitKind.DEPARTMENT:
        stated = json.loads(publication["stated"])
        numbers["本月目标"] = stated.get("本月目标")
        numbers["完成率"] = rate_text(found.counted, stated.get("本月目标"))
    return _differences(session, publication, numbers, other.name, unit.name, why)


def _of_unit(session: Session, table: Any, unit_code: str, month: str, issue: str) -> list[Row]:
    return session.record.select(
        table, table.c.unit_code == unit_code, table.c.month == month, table.c.issue <= issue
    )


def _late_again(session: Session, issue: str, unit_code: str, why: list[Row]) -> list[Correction]:
    other = parse_issue(issue)
    publication = session.record.get(t.publications, f"上月补报-{issue}-{unit_code}")
    unit = session.unit(unit_code)
    if publication is None or unit is None:
        return []
    leads = session.record.select(
        t.leads,
        t.leads.c.unit_code == unit_code,
        t.leads.c.issue == issue,
        t.leads.c.month < f"{other.month:%Y-%m}",
    )
    refused = json.loads(publication["printed"])["不予接收"]
    numbers = late_numbers(Late(unit.name, unit.kind, counts_of(leads, issue, refused)))
    return _differences(
        session, publication, dict(numbers), other.name, unit.name, why, prefix="上月补报"
    )


def _zero_again(session: Session, issue: Issue, earlier: list[Issue]) -> list[Correction]:
    """A dealer listed as 零提报 on the 30th who reported in the month after the cut-off."""
    found = []
    for other in [o for o in earlier if o.cutoff.day >= 28][-1:]:
        month = f"{other.month:%Y-%m}"
        later = session.record.select(
            t.leads,
            t.leads.c.month == month,
            t.leads.c.issue > other.id,
            t.leads.c.issue <= issue.id,
        )
        for code in sorted({lead["unit_code"] for lead in later}):
            publication = session.record.get(t.publications, f"通报行-{other.id}-{code}")
            unit = session.unit(code)
            if publication is None or unit is None:
                continue
            stated = json.loads(publication["stated"])
            if stated.get("零提报") != "零提报":
                continue
            count = sum(1 for lead in later if lead["unit_code"] == code)
            stated["零提报"] = count
            session.record.change(
                t.publications, publication, stated=json.dumps(stated, ensure_ascii=False)
            )
            reason = f"截止时刻之后、{month} 月内又提报 {count} 条"
            found.append(Correction(other.name, unit.name, "零提报", "零提报", count, reason))
    return found


def _final_again(session: Session, month: str, unit_code: str, why: list[Row]) -> list[Correction]:
    publication = session.record.get(t.publications, f"上月终值-{month}-{unit_code}")
    unit = session.unit(unit_code)
    if publication is None or unit is None:
        return []
    numbers = {
        "计入提报量": final_count(session, unit_code, month),
        "上月目标": target_of(session, unit_code, month),
    }
    return _differences(
        session, publication, dict(numbers), f"{month} 终值", unit.name, why, prefix="上月终值"
    )


def _differences(
    session: Session,
    publication: Row,
    numbers: dict[str, Any],
    label: str,
    unit: str,
    why: list[Row],
    prefix: str = "",
) -> list[Correction]:
    stated = json.loads(publication["stated"])
    reason = _reason(session, why)
    found = [
        Correction(label, unit, f"{prefix}{item}", _shown(stated.get(item)), _shown(now), reason)
        for item, now in numbers.items()
        if stated.get(item) != now
    ]
    if found:
        stated.update(numbers)
        session.record.change(
            t.publications,
            publication,
            stated=json.dumps(stated, ensure_ascii=False, separators=(",", ":")),
        )
    return found


def _shown(value: Any) -> int | str:
    return "—" if value is None else value if isinstance(value, int) else str(value)


_SHOWN_LEADS = 5


def _reason(session: Session, leads: list[Row]) -> str:
    """Which leads changed, without a customer's name."""
    words = [] if leads else ["目标调整"]
    for lead in leads[:_SHOWN_LEADS]:
        clause = session.clause(lead["state_rule"], lead["received_at"].date())
        count = "" if lead["counted"] == "不适用" else f"、计入提报量：{lead['counted']}"
        words.append(f"{lead['number']} 现为{lead['state']}（{clause}）{count}")
    if len(leads) > _SHOWN_LEADS:
        words.append(f"等 {len(leads)} 条")
    return "；".join(words)
