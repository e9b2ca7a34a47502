"""The whole story of one number: source cell → reading → clause → decision → count → money."""

from __future__ import annotations

import re
from datetime import datetime

import click
from sqlalchemy import select

from processor.decisions.session import Session
from processor.explain_copies import of_copy
from processor.explain_issues import of_bulletin, of_quarter
from processor.explain_parts import Story, events_of, facts_of, make_story
from processor.ledger import tables as t
from processor.ledger.store import Record, Row
from processor.opening import open_for_question, open_session
from processor.workspace import Workspace


def explain(workspace: Workspace, number: str, now: datetime) -> Story | None:
    """The story of a lead, project, pair, file, issue, quarter, amount or mailed copy, or None."""
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
        return make_story(session, upper, "收文", file["state"], facts=facts_of(file, _FILE_FACTS))
    if (refusal := record.get(t.refusals, upper)) is not None:
        facts = {"原因": refusal["problems"], "条款": refusal["clauses"], **_source(refusal)}
        return make_story(session, upper, "不予接收", "不予接收", facts=facts)
    if (story := of_bulletin(session, number)) is not None:
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
        return of_quarter(session, upper)
    return of_copy(session, number)


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
        "events": events_of(session, number),
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
    story = make_story(session, pair["ruling_no"], "裁定", pair["ruling"] or "待裁定", facts=facts)
    story["events"] = events_of(session, pair["later"])
    return story


def _row(session: Session, row: Row, kind: str) -> Story:
    facts = {k: str(v) for k, v in row.items() if v not in (None, "")}
    story = make_story(session, row["number"], kind, str(row.get("status") or kind), facts=facts)
    lead = session.lead(row.get("lead") or row.get("matched_lead") or row.get("matter") or "")
    if lead is not None:
        story["lead"] = _lead(session, lead)
        story["events"] = story["events"] or events_of(session, lead["number"])
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
