"""Questions that change nothing: status, check; and printing again what was issued."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection, Engine, select

from processor import storage
from processor.ledger import tables as t
from processor.ledger.store import Record
from processor.opening import open_for_question, open_ledger, open_session
from processor.workspace import Workspace, hold


def clock_of(connection: Connection, now: datetime) -> tuple[int, datetime]:
    """The last run's number, and a clock that is never behind it."""
    row = connection.execute(select(t.runs).order_by(t.runs.c.run.desc()).limit(1)).first()
    return (0, now) if row is None else (row.run, max(now, row.as_of))


def status_of(workspace: Workspace, now: datetime) -> dict[str, Any]:
    """What waits, what is due today and who owes it, what is pending, the last run."""
    from processor.intents import pending_publications
    from processor.today import owed, todos

    engine = open_for_question(workspace)
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            number, clock = clock_of(connection, now)
            session = open_session(workspace, Record(connection, number, clock), clock)
            debts = owed(session)
            tasks = todos(session)
            transaction.rollback()
        today = [o for o in debts if o.due.date() == clock.date() and o.due >= clock]
        overdue = [o for o in debts if o.due < clock]
        last = _last_report(engine)
        return {
            "now": f"{clock:%Y-%m-%d %H:%M:%S}",
            "today": [_owed(o) for o in today],
            "overdue": [_owed(o) for o in overdue],
            "todo": [{"matter": x.matter, "detail": x.detail, "count": x.count} for x in tasks],
            "pending": [
                {**p, "since": f"{p['since']:%Y-%m-%d %H:%M:%S}"}
                for p in pending_publications(engine)
            ],
            "last_run": last,
        }
    finally:
        engine.dispose()


def _owed(item: Any) -> dict[str, Any]:
    return {
        "responsible": item.responsible,
        "section": item.section,
        "matter": item.matter,
        "number": item.number,
        "due": f"{item.due:%Y-%m-%d %H:%M:%S}",
        "tentative": item.tentative,
        "days_late": item.days_late,
        "amount": item.amount,
        "clause": item.clause,
    }


def _last_report(engine: Engine) -> dict[str, Any] | None:
    import json

    with engine.connect() as connection:
        row = connection.execute(select(t.runs).order_by(t.runs.c.run.desc()).limit(1)).first()
    if row is None:
        return None
    report: dict[str, Any] = json.loads(row.report)
    return report


def print_status(found: dict[str, Any]) -> None:
    last = found["last_run"]
    click.echo(f"现在：{found['now']}　上次运行：{last['as_of'] if last else '尚未运行'}")
    for title, key in (("今日到期", "today"), ("已逾期", "overdue")):
        click.echo(f"{title}：{len(found[key])} 项")
        for item in found[key][:20]:
            money = f"，涉及 {item['amount']} 元" if item["amount"] else ""
            soft = "（暂定）" if item["tentative"] else ""
            click.echo(
                f"  {item['due'][:16]}{soft} {item['responsible']}（{item['section']}）"
                f"{item['matter']} {item['number']}{money}"
            )
        if len(found[key]) > 20:
            click.echo(f"  ……共 {len(found[key])} 项，详见 outbox/今日待办.xlsx")
    click.echo(f"待办：{len(found['todo'])} 项")
    for item in found["todo"]:
        click.echo(f"  {item['matter']}：{item['detail']}")
    for item in found["pending"]:
        click.echo(f"待发布：{item['path']}（{item['reason']}）")


def print_again(workspace: Workspace, kind: str, issue: str | None) -> list[str]:
    """Copy the issued bytes of a bulletin back to the outbox. [] when there is no such issue."""
    from processor.calendar import parse_issue
    from processor.workspace import ISSUED, write_bytes

    engine = open_ledger(workspace)
    try:
        query = select(t.publications.c.issue).where(t.publications.c.kind == "通报")
        with engine.connect() as connection:
            issued = sorted(row[0] for row in connection.execute(query))
    finally:
        engine.dispose()
    if issue is None:
        wanted = issued[-1] if issued else None
    else:
        try:
            wanted = parse_issue(issue).id
        except ValueError:
            return []
    if wanted not in issued or wanted is None:
        return []
    paths = []
    for suffix in ("", "_内部版"):
        name = f"大客户信息提报情况通报_{wanted}{suffix}.xlsx"
        kept = workspace.path(ISSUED / name)
        target = workspace.outbox / "通报" / wanted[:7] / name
        if kept.exists():
            write_bytes(target, storage.read(workspace, kept))
            paths.append(str(target))
    return paths


def publish_issue(
    workspace: Workspace, issue: str, at: datetime | None, now: datetime
) -> str | None:
    """Record a publication at a moment, by default now. None when the issue was never produced.

    Raises ClockError for a moment before the issue's own cut-off.
    """
    from processor.batch import ClockError
    from processor.calendar import parse_issue
    from processor.intents import mark_published

    try:
        wanted = parse_issue(issue)
    except ValueError:
        return None
    with hold(workspace):
        engine = open_ledger(workspace)
        try:
            with engine.connect() as connection:
                moment = at or clock_of(connection, now)[1]
            if not _issued(engine, wanted.id):
                return None
            if moment < wanted.cutoff:
                raise ClockError(
                    f"公布时间 {moment:%Y-%m-%d %H:%M} 早于该期截止时间 "
                    f"{wanted.cutoff:%Y-%m-%d %H:%M}，请核对。"
                )
            mark_published(workspace, engine, wanted.id, moment, "信息管理人登记")
        finally:
            engine.dispose()
    return f"已登记：{wanted.id} 期通报于 {moment:%Y-%m-%d %H:%M:%S} 公布。"


def _issued(engine: Engine, issue: str) -> bool:
    query = select(t.publications.c.number).where(t.publications.c.number == f"通报-{issue}")
    with engine.connect() as connection:
        return connection.execute(query).first() is not None


def assess_again(workspace: Workspace, quarter: str, now: datetime) -> list[str]:
    """Print an assessed quarter again, or a 试算 of one not yet due. [] when there is none."""
    from processor.decisions.assessments import trial_or_copies

    engine = open_ledger(workspace)
    try:
        with hold(workspace), engine.connect() as connection, connection.begin() as transaction:
            number, clock = clock_of(connection, now)
            session = open_session(workspace, Record(connection, number, clock), clock)
            paths = trial_or_copies(workspace, session, quarter)
            transaction.rollback()
        return paths
    finally:
        engine.dispose()
