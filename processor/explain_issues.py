"""The stories of a bulletin, of one unit's line in it, and of a quarter."""

from __future__ import annotations

import json
import re

from processor.decisions.session import Session
from processor.explain_parts import Story, events_of, facts_of, make_story
from processor.ledger import tables as t
from processor.ledger.store import Row

PAID_KINDS = ("项目奖励", "部门完成率奖", "部门项目奖")  # 部门项目 stand before the cap


def of_bulletin(session: Session, number: str) -> Story | None:
    """An issue (2026-11-10, 2026-11-上) or one unit's line of it (2026-11-10/单位或编码)."""
    from processor.calendar import parse_issue
    from processor.roster import find_unit

    text = number.removeprefix("通报-").removeprefix("通报行-")
    found = re.match(r"(\d{4}-\d{2}-(?:\d{2}|[上中下]))(?:[-/ ]+(.+))?$", text)
    if found is None:
        return None
    try:
        issue = parse_issue(found[1]).id
    except ValueError:
        return None
    if found[2] is None:
        row = session.record.get(t.publications, f"通报-{issue}")
        return None if row is None else _issue(session, row)
    unit = find_unit(session.roster, found[2])
    line = unit and session.record.get(t.publications, f"通报行-{issue}-{unit.code}")
    return _line(session, line, unit.name) if unit and line else None


def _line(session: Session, line: Row, unit: str) -> Story:
    """A unit's row of an issue, with the leads and refusals counted in it."""
    from processor.decisions.counting_up import class_at

    issue, month = line["issue"], line["issue"][:7]
    where = (t.leads.c.unit_code == line["unit_code"], t.leads.c.month == month)
    leads = session.record.select(t.leads, *where, t.leads.c.issue <= issue)
    refused = session.record.select(
        t.refusals,
        t.refusals.c.unit_code == line["unit_code"],
        t.refusals.c.month == month,
        t.refusals.c.issue <= issue,
    )
    printed, stated = json.loads(line["printed"]), json.loads(line["stated"])
    facts: Story = {"提报单位": unit, **printed}
    for item, value in stated.items():
        if value != printed.get(item):
            facts[f"{item}（更正后）"] = value
    story = make_story(session, line["number"], "通报行", "已出具", facts=facts)
    story["leads"] = [
        {
            "number": lead["number"],
            "counted_as": class_at(lead, issue),
            "period": "本期" if lead["issue"] == issue else "本月前期",
            "state": lead["state"],
            "counted": lead["counted"],
            "clause": session.clause(lead["state_rule"], lead["received_at"].date()),
            "reason": lead["state_reason"],
        }
        for lead in sorted(leads, key=lambda r: str(r["number"]))
    ]
    story["refused"] = [{"number": r["number"], "reason": r["problems"]} for r in refused]
    story["events"] = events_of(session, issue)
    return story


def _issue(session: Session, row: Row) -> Story:
    facts = facts_of(
        row,
        {"统计起": "window_from", "统计止": "window_to", "生成": "generated_at",
         "应发布": "due_at", "发布": "published_at", "发布方式": "published_how"},
    )  # fmt: skip
    lines = session.record.select(
        t.publications,
        t.publications.c.kind == "通报行",
        t.publications.c.issue == row["issue"],
    )
    story = make_story(session, row["issue"], "通报", "已出具", facts=facts)
    story["lines"] = [{"unit": r["unit_code"], "numbers": r["printed"]} for r in lines]
    return story


def of_quarter(session: Session, quarter: str) -> Story | None:
    record = session.record
    rewards = record.select(t.rewards, t.rewards.c.quarter == quarter)
    fines = record.select(t.penalties, t.penalties.c.quarter == quarter)
    issued = record.get(t.publications, f"考核-{quarter}")
    if issued is None and not rewards and not fines:
        return None
    facts = {
        "奖励合计": sum(r["amount"] for r in rewards if r["kind"] in PAID_KINDS),
        "更正合计": sum(r["amount"] for r in rewards if r["kind"] == "更正"),
        "处罚建议合计": sum(r["amount"] for r in fines),
        "出具时间": str(issued["generated_at"]) if issued else "尚未出具",
    }
    story = make_story(session, quarter, "季度考核", "已出具" if issued else "未出具", facts=facts)
    story["money"] = [
        {"number": r["number"], "clause": r["clause"], "amount": r["amount"]}
        for r in (*rewards, *fines)
    ]
    return story
