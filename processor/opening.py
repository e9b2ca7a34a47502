"""Opening what a run or a question works on: ledger, roster, editions, the start of the record."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Engine

from processor.decisions.session import Session
from processor.ledger import store
from processor.ledger.store import Record
from processor.model import Roster, UnitKind
from processor.workspace import ROSTER, UnusableWorkspace, Workspace, begun, mark_begun


def open_ledger(workspace: Workspace) -> Engine:
    """The ledger, created at the first run. Raises UnusableWorkspace when it has gone since."""
    if begun(workspace):
        engine = _begun_ledger(workspace)
    else:
        engine = store.connect(workspace.ledger_url)
        store.create_all(engine)
    mark_begun(workspace)
    return engine


def _begun_ledger(workspace: Workspace) -> Engine:
    engine = store.connect(workspace.ledger_url)
    if workspace.settings.ledger.url and not store.is_ledger(engine):
        engine.dispose()
        raise UnusableWorkspace(
            "[ledger] url 所指的数据库中没有账本。请核对地址；"
            "刚改用这个数据库的，先运行 processor rebuild --from archive。"
        )
    return engine


def open_for_question(workspace: Workspace) -> Engine:
    """The ledger for what must change nothing: where there is none yet, an empty one in memory."""
    if begun(workspace):
        return _begun_ledger(workspace)
    engine = store.connect("sqlite://")
    store.create_all(engine)
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
    roster, warnings = _roster(workspace, record)
    session = Session(record, now, roster, editions, moment)
    session.warnings.extend(warnings)
    return session


def _roster(workspace: Workspace, record: Record) -> tuple[Roster, list[str]]:
    """The roster, read again only when its bytes changed; and what is wrong with the file.

    One that cannot be read, or holds no unit any more, does not replace the roster in force: else
    a file just being saved would turn every sender into a stranger. Raises UnusableWorkspace when
    there is none in force yet.
    """
    import hashlib

    from processor import roster

    path = workspace.path(ROSTER)
    text = record.meta("roster")
    kept = roster.from_json(text) if text else None
    try:
        data = path.read_bytes()
        sha = hashlib.sha256(data).hexdigest()
        if kept is not None and record.meta("roster_sha") == sha:
            return kept, []
        reading = roster.read(path)
    except FileNotFoundError:
        words = f"{ROSTER} 不在原处"
        return (kept or Roster(), [f"{words}，沿用上次的单位名录。" if kept else f"{words}。"])
    except (OSError, ValueError) as error:
        words = f"{ROSTER} 打不开（{getattr(error, 'strerror', None) or '文件不完整或已损坏'}）"
        if kept is None:
            raise UnusableWorkspace(f"{words}，请检查后再运行。没有作任何更改。") from error
        return kept, [f"{words}，沿用上次的单位名录。"]
    if kept is not None and kept.units and not reading.roster.units:
        return kept, [f"{ROSTER} 中没有单位，沿用上次的单位名录。"]
    problems = [f"“{p.sheet}”{p.cell} {p.message}。{p.remedy}" for p in reading.problems]
    if not any(u.kind in (UnitKind.DEALER, UnitKind.DEPARTMENT) for u in reading.roster.units):
        problems.append("“单位”还没有登记经销商和部门，来表一律不予接收。请先填写")
    enter_roster(record, roster.to_json(reading.roster), sha, problems)
    return reading.roster, []


def enter_roster(record: Record, text: str, sha: str, problems: list[str]) -> None:
    """A new copy of the roster is in force from this run on."""
    record.set_meta("roster", text)
    record.set_meta("roster_sha", sha)
    record.set_meta("roster_problems", json.dumps(problems, ensure_ascii=False))
    record.set_meta("roster_changed_in", str(record.run))
    record.tell("单位名录", "单位名录更新", f"单位名录指纹 {sha[:12]}")
