"""A small record played once a session, and comparing two ledgers table by table."""

from __future__ import annotations

import dataclasses
import os
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from processor.batch import run
from processor.demo.command import publish, stage
from processor.demo.play import play
from processor.demo.story import make_story
from processor.demo.world import make_world
from processor.ledger import store
from processor.ledger import tables as t
from processor.matching.index import tables as match_tables
from processor.report import RunReport
from processor.workspace import Workspace, open_workspace

START = date(2026, 7, 1)
RUNS = 22  # eleven days: one bulletin, rulings, screenings, a fine

TECHNICAL = {"runs", "looks", "intents", "mails", "meta"}
"""Not part of the record: how often the batch looked, what was written and sent, caches."""

KEPT_META = ("start", "last_issue", "corrected_until", "chain", "decided", "roster_sha")


def play_world(root: Path, *, months: int = 1, runs: int = RUNS) -> None:
    """Play the first runs of the demonstration in `root`."""
    world = make_world(8, 1, START, months)
    story = make_story(world, START, months)
    key = dataclasses.replace(story.key, runs=story.key.runs[:runs])
    short = dataclasses.replace(story, key=key)
    batch = stage(root, world)
    report = play(root, world, short, batch, publish(root))
    assert not report.grievances


def shared_world(base: Path) -> Path:
    """The played record of this session, `base` being its own temporary folder.

    Workers of one session share it: the first to come plays, the others wait.
    """
    from filelock import FileLock

    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    root = common / "played" / "workspace"
    with FileLock(common / "played.lock"):
        if not root.exists():
            play_world(root.with_name("playing"))
            root.with_name("playing").rename(root)
    return root


def copied(source: Path, target: Path) -> Workspace:
    shutil.copytree(source, target, symlinks=True)
    return open_workspace(target)


def rows(workspace: Workspace, without: str = "") -> dict[str, list[tuple[Any, ...]]]:
    """Every table's rows, blank texts as None, in an order of their own; `without` a column."""
    engine = store.connect(workspace.ledger_url)
    found: dict[str, list[tuple[Any, ...]]] = {}
    try:
        with engine.connect() as connection:
            for table in (*t.metadata.sorted_tables, *match_tables()[0].sorted_tables):
                columns = [c for c in table.columns if c.name != without]
                lines = [
                    tuple(None if v == "" else v for v in row)
                    for row in connection.execute(select(*columns))
                ]
                found[table.name] = sorted(lines, key=repr)
    finally:
        engine.dispose()
    return found


def meta(workspace: Workspace) -> dict[str, str]:
    return dict(rows(workspace)["meta"])


def same_record(
    one: Workspace, other: Workspace, *, but: frozenset[str] = frozenset(), without: str = ""
) -> None:
    """Fail with the first table that differs, `but` for some, `without` a column."""
    left, right = rows(one, without), rows(other, without)
    for name in sorted(left.keys() - TECHNICAL - but):
        assert left[name] == right[name], f"table {name}"
    a, b = dict(left["meta"]), dict(right["meta"])
    assert {k: a.get(k) for k in KEPT_META} == {k: b.get(k) for k in KEPT_META}


def last_moment(workspace: Workspace) -> datetime:
    return max(row[1] for row in rows(workspace)["runs"])


def run_next(workspace: Workspace, **shift: int) -> RunReport:
    """The next run, a minute (or `shift`) after the last one."""
    now = last_moment(workspace) + timedelta(**(shift or {"minutes": 1}))
    return run(workspace, now, settle_seconds=0)


def select_all(workspace: Workspace, table: Any, *where: Any) -> list[dict[str, Any]]:
    engine = store.connect(workspace.ledger_url)
    try:
        with engine.connect() as connection:
            query = select(table).where(*where).order_by(*table.primary_key.columns)
            return [dict(row) for row in connection.execute(query).mappings()]
    finally:
        engine.dispose()


def execute(workspace: Workspace, statement: Any) -> None:
    engine = store.connect(workspace.ledger_url)
    try:
        with engine.begin() as connection:
            connection.execute(statement)
    finally:
        engine.dispose()


LEAD = {
    "客户单位全称": "歙县交通运输局",
    "采购类别": "政府采购",
    "省": "安徽省",
    "市": "黄山市",
    "县(区)": "歙县",
    "意向车型": "瑞虎8",
    "标的量(台)": 12,
    "预计采购时间": "2026-12",
    "客户联系人(第三方)": "李强",
    "联系方式": "0559-6512345",
    "信息内容及进展": "已立项，十二月上旬挂网招标，装备科负责",
}


def drop_lead(workspace: Workspace, name: str, unit: str, **cells: object) -> None:
    """Put a lead form with one row into the inbox."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "大客户信息记录表"
    sheet["A1"] = "大客户信息记录表"
    block = ("提报单位", unit, "提报人", "王明", "提报人电话", "13812345678")
    for column, value in enumerate(block, start=1):
        sheet.cell(2, column, value)
    row = {**LEAD, **cells}
    for column, (heading, value) in enumerate(row.items(), start=1):
        sheet.cell(3, column, heading)
        sheet.cell(4, column, value)
    book.save(workspace.inbox / name)
