"""The whole story of one number: source cell → reading → clause → decision → count → money."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import click
from sqlalchemy import select

from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Record, Row
from processor.opening import open_for_question, open_session
from processor.workspace import Workspace

Story = dict[str, Any]

PAID_KINDS = ("项目奖励", "部门完成率奖", "部门项目奖")  # 部门项目 stand before the cap


def explain(workspace: Workspace, number: str, now: datetime) -> Story | None:
    """The story of a lead, project, pair, file, issue, quarter or amount; None if unknown."""
    engine = open_for_question(workspace)
    wanted = number.strip()
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            last = connection.execute(select(t.runs.c.run).order_by(t.runs.c.run.desc()).limit(1))
            session = open_session(workspace, Record(connection, last.scalar() or 0, now), now)
            story = _story(session, wanted)
            transaction.rollback()
        return story
    finally:
        engine.dispose()


def _story(session: Session, number: str) -> Story | None:
    record = session.record
    upper = number.upper()
    if (lead := record.get(t.leads, upper)) is not None:
        return _lead(session, lead)
    if (project := record.get(t.projects, upper)) is not None:
        lead = session.lead(project["lead"])
        return None if lead is None else {**_lead(session, lead), "number": upper, "kind": "立项"}
    for pair in record.select(t.pairs, t.pairs.c.ruling_no == upper):
        return _pair(session, pair)
    if (file := record.get(t.files, upper)) is not None:
        return _make(session, upper, "收文", file["state"], facts=_facts(file, _FILE_FACTS))
    if (refusal := record.get(t.refusals, upper)) is not None:
        facts = {"原因": refusal["problems"], "条款": refusal["clauses"], **_source(refusal)}
        return _make(session, upper, "不予接收", "不予接收", facts=facts)
    if (story := _of_bulletin(session, number)) is not None:
        return story
    for table, kind in (
        (t.rewards, "奖励"),
        (t.penalties, "处罚建议"),
        (t.applications, "项目申报"),
        (t.contracts, "合同"),
        (t.leaks, "泄漏"),
        (t.targets, "目标"),
    ):
        found = record.get(table, number) or record.get(table, upper)
        if found is not None:
            return _row(session, found, kind)
    if re.fullmatch(r"\d{4}Q[1-4]", upper):
        return _quarter(session, upper)
    return None


def _events(session: Session, number: str) -> list[dict[str, Any]]:
    rows = session.record.select(t.events, t.events.c.number == number, order=t.events.c.seq)
    return [
        {
            "at": f"{r['at']:%Y-%m-%d %H:%M:%S}",
            "what": r["what"],
            "rule": r["rule"],
            "clause": r["clause"],
            "reason": r["reason"],
            "old": r["old"],
            "new": r["new"],
            "source": {
                "file": r["source_file"],
                "sheet": r["source_sheet"],
                "row": r["source_row"],
            },
        }
        for r in rows
    ]


def _make(session: Session, number: str, kind: str, state: str, *, facts: Story) -> Story:
    return {
        "number": number,
        "kind": kind,
        "state": state,
        "facts": facts,
        "events": _events(session, number),
    }


_FILE_FACTS = {
    "文件名": "name",
    "形式": "form",
    "单位": "unit",
    "受理时间": "received_at",
    "指纹": "sha256",
    "归档": "archived",
    "原因": "reason",
    "读取行数": "read",
    "接收": "accepted",
    "不予接收": "refused",
}


def _facts(row: Row, names: dict[str, str]) -> Story:
    return {k: _plain(row[v]) for k, v in names.items() if row[v] not in (None, "")}


def _plain(value: Any) -> Any:
    return f"{value}" if isinstance(value, datetime) else value


def _source(row: Row) -> Story:
    return {
        "来源": f"{row['source_file']}/{row['source_sheet']}!{row['source_row']}",
        "批次号": row["batch"],
        "受理时间": f"{row['received_at']}",
    }


def _lead(session: Session, lead: Row) -> Story:
    number = lead["number"]
    facts: Story = {
        **_source(lead),
        "文件指纹": lead["file_print"],
        "提报单位": lead["unit"],
        "客户": "受限客户" if lead["sensitivity"] == "受限" else lead["customer"],
        "类别": lead["category"],
        "标的量(台)": lead["quantity"],
        "状态原因": lead["state_reason"],
        "条款": session.clause(lead["state_rule"]),
        "归属月份": lead["month"],
        "计入提报量": lead["counted"],
    }
    if lead["uncounted_reason"]:
        facts["不计入原因"] = lead["uncounted_reason"]
    for heading, name in (
        ("重复于", "duplicate_of"), ("科室", "section"), ("项目责任人", "screener"),
        ("应反馈时间", "due_at"), ("实际反馈时间", "answered_at"), ("到期日期", "expires_on"),
        ("核实标的量", "confirmed"), ("立项编号", "project_no"), ("申报编号", "application_no"),
        ("累计提车", "picked_total"), ("各季提车", "picked_by_quarter"),
        ("刊登期号", "issue"), ("规则版本", "ruleset"),
    ):  # fmt: skip
        if lead[name] not in (None, ""):
            facts[heading] = str(lead[name])
    return {
        "number": number,
        "kind": "信息",
        "state": lead["state"],
        "facts": facts,
        "pairs": [_pair_words(pair, number) for pair in session.record.pairs_of([number])],
        "money": money_of(session, lead),
        "events": _events(session, number),
    }


def _pair_words(pair: Row, number: str) -> Story:
    other = pair["earlier"] if pair["later"] == number else pair["later"]
    return {
        "other": other,
        "advice": pair["advice"],
        "rule": pair["rule"],
        "reason": pair["reason"],
        "evidence": pair["evidence"],
        "ruling": pair["ruling"],
        "ruling_no": pair["ruling_no"],
        "flip": _flip(pair),
    }


def _flip(pair: Row) -> str:
    """What would change the verdict on a pair."""
    if pair["ruling"]:
        return "再次返回裁定表、改填裁定，即按新裁定重新计算"
    return "由裁定表裁定为“不重复”或“同单位不同项目”，或提供不同的统一社会信用代码"


def money_of(session: Session, lead: Row) -> list[Story]:
    """Rewards and penalty proposals that rest on a lead."""
    record = session.record
    rewards = record.select(t.rewards, t.rewards.c.lead == lead["number"])
    fines = record.select(t.penalties, t.penalties.c.matter == lead["number"])
    return [
        {"number": r["number"], "quarter": r["quarter"], "clause": r["clause"],
         "amount": r["amount"], "reason": r["reason"] or r["kind"]}
        for r in rewards
    ] + [
        {"number": r["number"], "quarter": r["quarter"], "clause": r["clause"],
         "amount": -r["amount"], "reason": r["evidence"]}
        for r in fines
    ]  # fmt: skip


def _pair(session: Session, pair: Row) -> Story:
    facts = {
        "先报": pair["earlier"],
        "后报": pair["later"],
        "系统建议": pair["advice"],
        "理由": pair["reason"],
        "证据": pair["evidence"],
        "裁定": pair["ruling"] or "未裁定",
        "裁定人": pair["ruled_by"] or "",
        "裁定理由": pair["ruling_reason"] or "",
        "怎样会改变": _flip(pair),
    }
    story = _make(session, pair["ruling_no"], "裁定", pair["ruling"] or "待裁定", facts=facts)
    story["events"] = _events(session, pair["later"])
    return story


def _of_bulletin(session: Session, number: str) -> Story | None:
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
    story = _make(session, line["number"], "通报行", "已出具", facts=facts)
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
    story["events"] = _events(session, issue)
    return story


def _issue(session: Session, row: Row) -> Story:
    facts = _facts(
        row,
        {"统计起": "window_from", "统计止": "window_to", "生成": "generated_at",
         "应发布": "due_at", "发布": "published_at", "发布方式": "published_how"},
    )  # fmt: skip
    lines = session.record.select(
        t.publications,
        t.publications.c.kind == "通报行",
        t.publications.c.issue == row["issue"],
    )
    story = _make(session, row["issue"], "通报", "已出具", facts=facts)
    story["lines"] = [{"unit": r["unit_code"], "numbers": r["printed"]} for r in lines]
    return story


def _row(session: Session, row: Row, kind: str) -> Story:
    facts = {k: str(v) for k, v in row.items() if v not in (None, "")}
    story = _make(session, row["number"], kind, str(row.get("status") or kind), facts=facts)
    lead = session.lead(row.get("lead") or row.get("matched_lead") or row.get("matter") or "")
    if lead is not None:
        story["lead"] = _lead(session, lead)
        story["events"] = story["events"] or _events(session, lead["number"])
    return story


def _quarter(session: Session, quarter: str) -> Story | None:
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
    story = _make(session, quarter, "季度考核", "已出具" if issued else "未出具", facts=facts)
    story["money"] = [
        {"number": r["number"], "clause": r["clause"], "amount": r["amount"]}
        for r in (*rewards, *fines)
    ]
    return story


def print_story(story: Story) -> None:
    """The story for a person at the terminal."""
    click.echo(f"{story['kind']} {story['number']}：{story['state']}")
    for key, value in story.get("facts", {}).items():
        click.echo(f"  {key}：{value}")
    for pair in story.get("pairs", ()):
        ruling = f"，裁定：{pair['ruling']}" if pair["ruling"] else ""
        click.echo(f"  与 {pair['other']} 判为{pair['advice']}（{pair['reason']}）{ruling}")
        click.echo(f"    怎样会改变结论：{pair['flip']}")
    for item in story.get("leads", ()):
        click.echo(
            f"  {item['period']} {item['number']} 计为{item['counted_as']}：{item['reason']}"
        )
    for item in story.get("lines", ()):
        click.echo(f"  {item['unit']}：{item['numbers']}")
    for item in story.get("money", ()):
        click.echo(
            f"  {item.get('quarter', '')} {item['clause']} {item['amount']} 元 {item['number']}"
        )
    click.echo("经过：")
    for event in story["events"]:
        source = event["source"]
        place = f"　[{source['file']}/{source['sheet']}!{source['row']}]" if source["row"] else ""
        clause = f"（{event['clause']}）" if event["clause"] else ""
        change = f" {event['old']}→{event['new']}" if event["old"] else ""
        click.echo(f"  {event['at']} {event['what']}{change}：{event['reason']}{clause}{place}")
