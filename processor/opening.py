"""Opening what a run or a question works on: ledger, roster, editions, the start of the record."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from processor.decisions.session import Session
from processor.ledger import store
from processor.ledger.store import Record
from processor.workspace import ROSTER, Workspace


def open_ledger(workspace: Workspace) -> Engine:
    """The ledger, created at the first run."""
    engine = store.connect(workspace.ledger_url)
    marker = workspace.archive / ".workspace"
    if not marker.exists() or not (workspace.state / "workspace.id").exists():
        store.create_all(engine)
        (workspace.state / "workspace.id").write_text("大客户信息处理程序工作区\n", "utf-8")
        marker.write_text("本文件夹保存全部来文原件，请勿修改。\n", "utf-8")
    return engine


def open_session(workspace: Workspace, record: Record, now: datetime) -> Session:
    """Roster, editions and the start of the record for one run."""
    from processor.regulation.edition import load_all

    switches = dict(workspace.settings.switches)
    editions = tuple(e.with_switches(switches) if switches else e for e in load_all())
    start = record.meta("start")
    if start is None:
        day = workspace.settings.workspace.start_date
        moment = datetime(day.year, day.month, day.day) if day else now
        record.set_meta("start", moment.isoformat())
    else:
        moment = datetime.fromisoformat(start)
    session = Session(record, now, _roster(workspace, record), editions, moment)
    return session


def _roster(workspace: Workspace, record: Record) -> Any:
    """The roster, read again only when its bytes changed; problems become warnings."""
    import hashlib

    from processor import roster
    from processor.model import Roster

    path = workspace.path(ROSTER)
    kept = record.meta("roster")
    try:
        data = path.read_bytes()
    except OSError:
        return roster.from_json(kept) if kept else Roster()
    sha = hashlib.sha256(data).hexdigest()
    if record.meta("roster_sha") == sha and kept:
        return roster.from_json(kept)
    reading = roster.read(path)
    problems = [f"{p.cell} {p.message}" for p in reading.problems]
    enter_roster(record, roster.to_json(reading.roster), sha, problems)
    return reading.roster


def enter_roster(record: Record, text: str, sha: str, problems: list[str]) -> None:
    """A new copy of the roster is in force from this run on."""
    record.set_meta("roster", text)
    record.set_meta("roster_sha", sha)
    record.set_meta("roster_problems", json.dumps(problems, ensure_ascii=False))
    record.set_meta("roster_changed_in", str(record.run))
    record.tell("单位名录", "单位名录更新", f"单位名录指纹 {sha[:12]}")
