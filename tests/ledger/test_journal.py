"""Entries form one chain; what never committed lies outside it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from processor.batch import run
from processor.ledger import journal
from processor.ledger import tables as t
from processor.ledger.journal import FACT, RUN, Entry, read_entries
from processor.opening import open_ledger
from processor.settings import Settings
from processor.workspace import Workspace
from tests.ledger.worlds import drop_lead, last_moment, run_next, select_all

AT = datetime(2026, 7, 1, 9)


def entry(run_number: int, before: str, head: str, seq: int, kind: str = RUN) -> Entry:
    return Entry(kind, run_number, AT, before, head, seq)


def laid(tmp_path: Path, *entries: Entry) -> Workspace:
    workspace = Workspace(tmp_path, Settings())
    for one in entries:
        journal._write(workspace, one)
    return workspace


CASES = [
    # name, entries, runs in the chain, whether something is wrong
    ("in order", [entry(1, "", "a", 3), entry(2, "a", "b", 5)], [1, 2], False),
    (
        "a fact that committed",
        [entry(1, "", "a", 3), entry(1, "a", "f", 4, FACT), entry(2, "f", "b", 5)],
        [1, 1, 2],
        False,
    ),
    (
        "a fact that never committed",
        [entry(1, "", "a", 3), entry(1, "a", "f", 4, FACT), entry(2, "a", "b", 5)],
        [1, 2],
        False,
    ),
    ("a fact at the end", [entry(1, "", "a", 3), entry(1, "a", "f", 4, FACT)], [1, 1], False),
    ("a run missing", [entry(1, "", "a", 3), entry(3, "b", "c", 7)], [1], True),
    ("the first missing", [entry(2, "a", "b", 5)], [], True),
    (
        "a run without events",
        [entry(1, "", "a", 3), entry(2, "a", "a", 3), entry(3, "a", "b", 5)],
        [1, 2, 3],
        False,
    ),
    (
        "runs without events at the end",
        [entry(1, "", "a", 3), entry(3, "a", "a", 3), entry(2, "a", "a", 3)],
        [1, 2, 3],
        False,
    ),
    ("none", [], [], False),
]


@pytest.mark.parametrize(
    ("entries", "runs", "wrong"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_chain(tmp_path: Path, entries: list[Entry], runs: list[int], wrong: bool) -> None:
    found, words = read_entries(laid(tmp_path, *entries))
    assert [e.run for e in found] == runs
    assert bool(words) is wrong


def test_names_that_are_no_text_survive(tmp_path: Path) -> None:
    arrival = {"name": "坏名\udcb0\udca1.xlsx", "path": "甲/坏名\udcb0\udca1.xlsx"}
    one = Entry(RUN, 1, AT, "", "a", 3, arrivals=(arrival,))
    (found,), _ = read_entries(laid(tmp_path, one))
    assert found.arrivals == (arrival,)


def test_everything_is_kept(tmp_path: Path) -> None:
    one = Entry(
        RUN, 7, AT, "a", "b", 9, 12.5, {"run": 7}, "2026-07-01T00:00:00", (("dup.tie", "ruling"),),
        {"text": "{}", "sha256": "x", "problems": []}, ({"name": "甲"},), ({"kind": "cell"},),
    )  # fmt: skip
    workspace = laid(tmp_path, entry(1, "", "a", 3), one)
    (_, found), _ = read_entries(workspace)
    assert found.path == "archive/2026/07/run-000007.json"
    body = {k: getattr(found, k) for k in Entry.__slots__ if k != "path"}
    assert body == {k: getattr(one, k) for k in Entry.__slots__ if k != "path"}


def test_unknown_format_is_named(tmp_path: Path) -> None:
    workspace = laid(tmp_path, entry(1, "", "a", 3))
    path = workspace.path("archive/2026/07/run-000001.json")
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"format": 99}), "utf-8")
    found, words = read_entries(workspace)
    assert found == []
    assert "无法读取" in words[0]


def test_each_deciding_run_leaves_one(workspace: Workspace) -> None:
    before = len(read_entries(workspace)[0])
    run_next(workspace)  # nothing to decide
    assert len(read_entries(workspace)[0]) == before
    drop_lead(workspace, "新提报.xlsx", select_all(workspace, t.leads)[0]["unit"])
    run_next(workspace)
    entries, wrong = read_entries(workspace)
    assert (len(entries), wrong) == (before + 1, [])
    (arrival,) = entries[-1].arrivals
    assert arrival["name"] == "新提报.xlsx"
    assert workspace.path(arrival["archived"]).is_file()
    assert entries[-1].head == select_all(workspace, t.events)[-1]["chain"]


def test_an_attempt_that_did_not_commit_leaves_no_trace(workspace: Workspace) -> None:
    """Killed after writing its journal; the file was withdrawn; the next run decides nothing."""
    number = max(r["run"] for r in select_all(workspace, t.runs)) + 1
    last = read_entries(workspace)[0][-1]
    journal._write(workspace, Entry(RUN, number, last.as_of, last.head, "never", last.seq + 3))
    assert len(read_entries(workspace)[0]) > 1
    run(workspace, last_moment(workspace) + timedelta(minutes=1), settle_seconds=0)
    assert read_entries(workspace)[0][-1].head == last.head


def facts_left(workspace: Workspace) -> set[str]:
    return {p.name for p in workspace.archive.glob("*/*/run-*-after-*.json")}


def test_a_fact_that_never_committed_is_discarded(workspace: Workspace) -> None:
    before = facts_left(workspace)
    last = read_entries(workspace)[0][-1]
    journal._write(workspace, Entry(FACT, last.run, last.as_of, last.head, "never", last.seq + 1))
    assert facts_left(workspace) != before
    (workspace.state / "staging").mkdir()  # a kill leaves it behind
    run_next(workspace)
    assert facts_left(workspace) == before


def test_facts_beyond_an_earlier_ledger_stay(workspace: Workspace) -> None:
    """Somebody put an old copy of the ledger back: the journal alone still knows what followed."""
    from processor.ledger.rebuild import rebuild

    entries = read_entries(workspace)[0]
    at = next(n for n, e in enumerate(entries) if e.kind == FACT)
    assert at < len(entries) - 1
    before = facts_left(workspace)
    ledger = workspace.state / "ledger.sqlite"
    whole = ledger.read_bytes()
    engine = open_ledger(workspace)
    with engine.begin() as connection:
        connection.execute(t.events.delete().where(t.events.c.seq >= entries[at].seq))
    journal.discard_facts(workspace, engine)
    engine.dispose()
    assert facts_left(workspace) == before
    ledger.write_bytes(whole)
    rebuild(workspace, "archive", last_moment(workspace), 0.0, lambda *_: None)
