"""`processor check`: files judged as a run would, in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from processor.decisions.session import Arrival, Session
from processor.inquiry import clock_of
from processor.ledger import tables as t
from processor.ledger.store import Record
from processor.model import FileState, Problem, Severity
from processor.opening import open_for_question, open_session
from processor.workspace import Workspace, hold


def check_files(workspace: Workspace, files: Sequence[Path], now: datetime) -> dict[str, Any]:
    """Judge files as a run would, in a transaction that is rolled back: nothing is changed."""
    import shutil
    import tempfile

    engine = open_for_question(workspace)
    staging = Path(tempfile.mkdtemp(prefix="check-"))
    try:
        arrivals = _arrivals(workspace, files, staging, now)
        with hold(workspace), engine.connect() as connection, connection.begin() as transaction:
            number, clock = clock_of(connection, now)
            record = Record(connection, number + 1, clock)
            session = open_session(workspace, record, clock)
            result = [_checked(session, path, found) for path, found in arrivals]
            transaction.rollback()
        return {"files": [entry for entries in result for entry in entries]}
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        engine.dispose()


def _arrivals(
    workspace: Workspace, files: Sequence[Path], staging: Path, now: datetime
) -> list[tuple[Path, list[Arrival]]]:
    import shutil
    from dataclasses import replace

    from processor.encryption import opening_passwords
    from processor.intake import forms, guard, reading
    from processor.receiving import understood

    passwords = opening_passwords(workspace)
    found = []
    for number, path in enumerate(files):
        copy = staging / f"{number:04d}"
        shutil.copyfile(path, copy)
        arrivals = []
        for verdict in guard.examine(copy, path.name, passwords):
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
        session.receipts.clear()
        take_file(session, arrival)
        receipt = next(iter(session.receipts.values()), None)
        rows = [_row_json(session, row) for row in receipt.rows] if receipt else []
        state = session.outcomes[id(arrival)]
        entry = _entry(path, arrival, state, receipt.refused if receipt else "", rows)
        entries.append(entry | {"notes": list(receipt.notes) if receipt else []})
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
        "notes": [],
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
                    f"    {problem['message'].rstrip('。')}{clause}。{problem['remedy']}"
                )  # names the cell
        for note in entry["notes"]:
            click.echo(f"  {note}")
