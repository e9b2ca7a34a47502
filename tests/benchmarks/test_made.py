"""What the benchmarks make is what they say: else their figures say nothing."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from benchmarks.customers import report
from benchmarks.measure import CommandFailed, command
from benchmarks.records import make_record
from benchmarks.workspaces import make_workspace
from processor.batch import run
from processor.ledger import tables as t
from processor.ledger.store import chain_link
from processor.workspace import open_workspace


def test_customers_differ_and_stay_the_same() -> None:
    names = [report(n).customer for n in range(30_000)]
    assert len(set(names)) == len(names)
    assert report(1234) == report(1234)
    assert all((report(n).quantity or 0) >= 3 for n in range(1000))


def test_cost_of_a_command_with_its_children() -> None:
    """The memory of a child counts, its processor time too, and its output is kept."""
    child = "x = bytearray(80_000_000); import time; time.sleep(0.4); print('done')"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    cost = command([sys.executable, "-c", parent])
    assert cost.output == "done\n"
    assert cost.peak > 80
    assert 0.4 <= cost.wall < 60
    assert cost.cpu > 0


def test_a_failing_command_is_no_measurement() -> None:
    with pytest.raises(CommandFailed, match="exit 3"):
        command([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_record_is_one_the_product_can_go_on_with(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    until = datetime(2026, 11, 3, 9)
    make_workspace(root, 10, until.replace(year=2025).date())
    make_record(root, 2_000, 10, until)
    workspace = open_workspace(root)
    engine = create_engine(workspace.ledger_url)
    with engine.connect() as connection:
        states = dict(
            connection.execute(
                select(t.leads.c.state, func.count()).group_by(t.leads.c.state)
            ).all()  # type: ignore[arg-type]
        )
        events = connection.execute(select(t.events).order_by(t.events.c.seq)).mappings()
        head = ""
        for event in events:
            head = chain_link(head, dict(event))
            assert event["chain"] == head
    engine.dispose()
    assert sum(states.values()) == 2_000
    assert {"有效", "无效", "重复", "到期", "已转化", "待甄别"} <= states.keys()
    first = run(workspace, until)
    assert (first.exit_code, first.leads["重复"]) == (0, states["重复"])
    again = run(workspace, until)
    assert again.published == []
