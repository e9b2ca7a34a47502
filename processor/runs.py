"""The runs themselves: the last one, what is kept of each, the sign of life for those outside."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Engine, func, select

from processor.ledger import tables as t
from processor.ledger.store import Record
from processor.model import COUNTS_AS_VALID
from processor.report import RunReport
from processor.workspace import Pending, Workspace, write_bytes

RUNS_KEPT = 2000  # a run a minute is a day and a half; older ones live in the journal


def last_run(engine: Engine) -> dict[str, Any] | None:
    """The row of the last run that committed."""
    query = select(t.runs).order_by(t.runs.c.run.desc()).limit(1)
    with engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def record_run(record: Record, report: RunReport, wall: float) -> None:
    """The run's row, in its own transaction; `wall` is the real clock of its look, in seconds."""
    record.connection.execute(t.runs.delete().where(t.runs.c.run <= report.run - RUNS_KEPT))
    record.connection.execute(
        t.runs.insert(),
        {
            "run": report.run,
            "as_of": report.as_of,
            "wall": wall,
            "report": json.dumps(report.to_json(), ensure_ascii=False),
        },
    )


def complete_run(engine: Engine, report: RunReport) -> None:
    """What was published belongs to the run's record as well."""
    with engine.begin() as connection:
        connection.execute(
            t.runs.update()
            .where(t.runs.c.run == report.run)
            .values(report=json.dumps(report.to_json(), ensure_ascii=False))
        )


def heartbeat(workspace: Workspace, report: RunReport) -> None:
    """`state/last-run.json`: for those who watch the job from outside."""
    body = json.dumps(report.to_json(), ensure_ascii=False, indent=1).encode()
    try:
        write_bytes(workspace.state / "last-run.json", body)
    except Pending as error:
        report.warnings.append(f"运行记录未能写入：{error}")


def lead_counts(record: Record, changed: bool) -> dict[str, int]:
    """The leads of the record as totals show them (到期, 已转化, 关闭 are 有效)."""
    if not changed:
        kept = record.meta("lead_counts")
        if kept is not None:
            counts: dict[str, int] = json.loads(kept)
            return counts
    counts = dict.fromkeys(("待甄别", "待裁定", "有效", "无效", "重复"), 0)
    query = select(t.leads.c.state, func.count()).group_by(t.leads.c.state)
    for state, count in record.connection.execute(query):
        counts["有效" if state in COUNTS_AS_VALID else state] += count
    record.set_meta("lead_counts", json.dumps(counts, ensure_ascii=False))
    return counts
