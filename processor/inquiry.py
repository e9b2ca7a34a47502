"""Questions that change nothing: status, check; and printing again what was issued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, Engine, select

from processor.decisions.session import Arrival, Session
from processor.ledger import tables as t
from processor.ledger.store import Record
from processor.model import FileState, Problem, Severity
from processor.opening import open_for_question, open_ledger, open_session
from processor.workspace import Workspace, hold


def _clock(connection: Connection, now: datetime) -> tuple[int, datetime]:
    """The last run's number, and a clock that is never behind it."""
    row = connection.execute(select(t.runs).order_by(t.runs.c.run.desc()).limit(1)).first()
    return (0, now) if row is None else (row.run, max(now, row.as_of))


def status_of(workspace: Workspace, now: datetime) -> dict[str, Any]:
    """What waits, what is due today and who owes it, what is pending, the last run."""
    from processor.publishing import pending_publications
    from processor.today import owed, todos

    engine = open_for_question(workspace)
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            number, clock = _clock(connection, now)
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


def check_files(workspace: Workspace, files: Sequence[Path], now: datetime) -> dict[str, Any]:
    """Judge files as a run would, in a transaction that is rolled back: nothing is changed."""
    import shutil
    import tempfile

    engine = open_for_question(workspace)
    staging = Path(tempfile.mkdtemp(prefix="check-"))
    try:
        arrivals = _arrivals(files, staging, now)
        with hold(workspace), engine.connect() as connection, connection.begin() as transaction:
            number, clock = _clock(connection, now)
            record = Record(connection, number + 1, clock)
            session = open_session(workspace, record, clock)
            result = [_checked(session, path, found) for path, found in arrivals]
            transaction.rollback()
        return {"files": [entry for entries in result for entry in entries]}
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        engine.dispose()


def _arrivals(
    files: Sequence[Path], staging: Path, now: datetime
) -> list[tuple[Path, list[Arrival]]]:
    import shutil
    from dataclasses import replace

    from processor.intake import forms, guard, reading
    from processor.receiving import password_for, understood

    found = []
    for number, path in enumerate(files):
        copy = staging / f"{number:04d}"
        shutil.copyfile(path, copy)
        arrivals = []
        for verdict in guard.examine(copy, path.name, password_for):
            arrival = Arrival("", now, None, path.name, verdict.name, verdict.sha256)
            book = reading.read_all([verdict])[0] if isinstance(verdict, guard.Safe) else verdict
            if isinstance(book, guard.Refused):
                arrivals.append(replace(arrival, state=book.state.value, reason=book.message))
            else:
                arrivals.append(understood(arrival, forms.load([book])[0]))
        found.append((path, arrivals))
    return found


def _checked(session: Session, path: Path, arrivals: list[Arrival]) -> list[dict[str, Any]]:
    from processor.decisions.files import order, take_file

    entries = []
    for arrival in sorted(arrivals, key=partial(order, session.roster)):
        known = session.record.select(
            t.files,
            t.files.c.sha256 == arrival.sha256,
            t.files.c.state == FileState.ACCEPTED.value,
        )
        if known:
            when = known[0]["received_at"]
            reason = f"与 {when:%Y-%m-%d %H:%M} 收到的“{known[0]['name']}”内容完全相同"
            entries.append(_entry(path, arrival, "duplicate", reason, []))
            continue
        before = len(session.receipts)
        take_file(session, arrival)
        receipt = session.receipts[before][1] if len(session.receipts) > before else None
        rows = [_row_json(session, row) for row in receipt.rows] if receipt else []
        state = session.outcomes[id(arrival)]
        entries.append(_entry(path, arrival, state, receipt.refused if receipt else "", rows))
    return entries


def _entry(
    path: Path, arrival: Arrival, state: str, reason: str, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    form = arrival.form
    return {
        "file": str(path) if path.name == arrival.name else f"{path}!{arrival.name}",
        "kind": form.kind.value if form is not None and form.kind is not None else None,
        "outcome": state,
        "reason": reason or arrival.reason,
        "problems": [problem_json(p) for p in (form.file_problems if form is not None else ())],
        "rows": rows,
    }


def _row_json(session: Session, row: Any) -> dict[str, Any]:
    return {
        "sheet": row.sheet,
        "row": row.row,
        "outcome": row.outcome,
        "note": row.related,
        "problems": [
            {
                "code": f.code,
                "cell": f.cell,
                "column": f.column,
                "found": f.found,
                "message": f.message,
                "clause": f.clause,
                "remedy": f.remedy,
            }
            for f in row.findings
        ],
    }


def problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "sheet": problem.sheet,
        "cell": problem.cell,
        "found": problem.found,
        "message": problem.message,
        "remedy": problem.remedy,
    }


def print_check(found: dict[str, Any]) -> None:
    words = {
        "accepted": "可以受理",
        "duplicate": "重复文件",
        "refused": "不予接收",
        "quarantined": "需隔离",
    }
    for entry in found["files"]:
        click.echo(f"{entry['file']}（{entry['kind'] or '未识别'}）：{words[entry['outcome']]}")
        if entry["reason"]:
            click.echo(f"  {entry['reason']}")
        for problem in entry["problems"]:
            if problem["severity"] != Severity.NOTE.value:
                click.echo(f"  {problem['message']}。{problem['remedy']}")
        for row in entry["rows"]:
            note = f"，{row['note']}" if row["note"] else ""
            click.echo(f"  {row['sheet']}!{row['row']} {row['outcome']}{note}")
            for problem in row["problems"]:
                clause = f"（{problem['clause']}）" if problem["clause"] else ""
                click.echo(
                    f"    {problem['cell']} {problem['column']}：{problem['message']}{clause}。"
                    f"{problem['remedy']}"
                )


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
            write_bytes(target, kept.read_bytes())
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
    from processor.publishing import mark_published

    try:
        wanted = parse_issue(issue)
    except ValueError:
        return None
    with hold(workspace):
        engine = open_ledger(workspace)
        try:
            with engine.connect() as connection:
                moment = at or _clock(connection, now)[1]
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
            number, clock = _clock(connection, now)
            session = open_session(workspace, Record(connection, number, clock), clock)
            paths = trial_or_copies(workspace, session, quarter)
            transaction.rollback()
        return paths
    finally:
        engine.dispose()
