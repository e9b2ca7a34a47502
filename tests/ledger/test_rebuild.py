"""A rebuilt ledger is the record again, from the archive and from the master."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from processor.batch import run
from processor.ledger import journal
from processor.ledger import tables as t
from processor.ledger.from_archive import NotRebuilt
from processor.ledger.rebuild import Rebuilt, rebuild
from processor.ledger.verify import verify
from processor.workspace import MASTER, Workspace, open_workspace
from tests.ledger.worlds import (
    copied,
    drop_lead,
    execute,
    last_moment,
    rows,
    run_next,
    same_record,
    select_all,
)

WALL = 2_000_000_000.0
LAZY = frozenset({"match_party", "match_key", "match_version"})
"""The live index learns of new aliases when it is next asked; a rebuilt one knows them."""


def quiet(_what: str, _done: int, _of: int) -> None:
    return None


def rebuilt(workspace: Workspace, source: str) -> Rebuilt:
    return rebuild(workspace, source, last_moment(workspace) + timedelta(minutes=1), WALL, quiet)


def not_master(source: str) -> frozenset[str]:
    return LAZY if source == "master" else frozenset()


def test_the_world_holds_something_of_everything(workspace: Workspace) -> None:
    """What the comparisons below rest on."""
    found = rows(workspace)
    for name in ("leads", "refusals", "projects", "pairs", "publications", "targets", "events"):
        assert found[name], name
    kinds = {e.kind for e in journal.read_entries(workspace)[0]}
    assert {journal.RUN, journal.FACT} <= kinds


@pytest.mark.parametrize("source", ["archive", "master"])
def test_equal_to_the_live_record(played: Path, workspace: Workspace, source: str) -> None:
    live = copied(played, workspace.root.parent / "live")
    before = (workspace.path(MASTER)).read_bytes()
    result = rebuilt(workspace, source)
    same_record(live, workspace, but=not_master(source))
    assert workspace.path(MASTER).read_bytes() == before  # published again: the same bytes
    assert not result.notices
    assert not result.pending
    assert workspace.path(result.kept).is_file()
    assert not verify(workspace, quiet).differences


@pytest.mark.parametrize("source", ["archive", "master"])
def test_work_goes_on_alike(played: Path, workspace: Workspace, source: str) -> None:
    """The next files: a new report, a repeat of a whole file, a known row in another file."""
    live = copied(played, workspace.root.parent / "live")
    rebuilt(workspace, source)
    old = select_all(live, t.files, t.files.c.form == "大客户信息记录表")[0]
    unit = select_all(live, t.leads)[0]["unit"]
    moment = last_moment(live) + timedelta(days=1)
    for place in (live, workspace):
        shutil.copy(place.path(old["archived"]), place.inbox / "再次提交.xlsx")
        drop_lead(place, "新提报.xlsx", unit)
    reports = [run(place, moment, settle_seconds=0) for place in (live, workspace)]
    assert reports[0].files == reports[1].files
    assert reports[0].files["duplicate"] == 1
    assert reports[0].rows == reports[1].rows
    assert reports[0].rows["accepted"] == 1
    same_record(live, workspace, but=not_master(source), without="evidence")
    numbers = [{r["number"] for r in select_all(w, t.leads)} for w in (live, workspace)]
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize("source", ["archive", "master"])
def test_whole_state_folder_lost(played: Path, workspace: Workspace, source: str) -> None:
    live = copied(played, workspace.root.parent / "live")
    shutil.rmtree(workspace.state)
    again = open_workspace(workspace.root, lost_state=True)
    moment = datetime(2026, 8, 1, 9)
    assert rebuild(again, source, moment, WALL, quiet).kept == ""
    same_record(live, again, but=not_master(source))
    open_workspace(workspace.root)  # usable again


@pytest.mark.parametrize("source", ["archive", "master"])
def test_nothing_is_sent_or_answered_again(workspace: Workspace, source: str) -> None:
    receipts = sorted(workspace.outbox.glob("回执/**/*.xlsx"))
    receipts[0].unlink()
    times = {p: p.stat().st_mtime_ns for p in receipts[1:]}
    rebuilt(workspace, source)
    run_next(workspace)
    assert not receipts[0].exists()
    assert {p: p.stat().st_mtime_ns for p in times} == times
    assert not select_all(workspace, t.mails, t.mails.c.state == "due")


def test_master_behind_the_record(played: Path, workspace: Workspace) -> None:
    """While the master was open a run could not publish it: the journal knows what it lacks."""
    lock = workspace.path(MASTER).with_name(f"~${MASTER.name}")
    lock.write_bytes(b"\0" * 165)
    unit = select_all(workspace, t.leads)[0]["unit"]
    drop_lead(workspace, "新提报.xlsx", unit)
    assert run_next(workspace, days=1).pending
    lock.unlink()
    live = copied(workspace.root, workspace.root.parent / "live")
    rebuilt(workspace, "master")
    same_record(live, workspace, but=LAZY)


def test_open_publications_stay_open(workspace: Workspace) -> None:
    lock = workspace.path(MASTER).with_name(f"~${MASTER.name}")
    lock.write_bytes(b"\0" * 165)
    result = rebuilt(workspace, "archive")
    assert [p["path"] for p in result.pending] == [MASTER.as_posix()]
    lock.unlink()
    assert MASTER.as_posix() in run_next(workspace).published


def test_looks_of_waiting_files_survive(workspace: Workspace) -> None:
    """A file seen and not yet taken keeps its first-seen time."""
    look = {
        "path": "c7.xlsx",
        "identity": "1:2:3",
        "first_seen": datetime(2026, 7, 1, 8),
        "evidence": 5.0,
    }
    execute(workspace, t.looks.insert().values(**look))
    rebuilt(workspace, "archive")
    assert select_all(workspace, t.looks)[0]["first_seen"] == look["first_seen"]


def _spoil(workspace: Workspace, how: str) -> None:
    entries, _ = journal.read_entries(workspace)
    middle = next(e for e in entries[5:] if e.kind == journal.RUN and e.arrivals)
    path = workspace.path(middle.path)
    archived = workspace.path(middle.arrivals[0]["archived"])
    if how == "journal missing":
        path.unlink()
    elif how == "journal altered":
        body = json.loads(path.read_text("utf-8"))
        body["as_of"] = "2026-07-01 00:00:01"
        path.write_text(json.dumps(body), "utf-8")
    elif how == "archive missing":
        archived.unlink()
    elif how == "archive altered":
        archived.write_bytes(archived.read_bytes() + b" ")
    elif how == "no journal":
        for entry in entries:
            workspace.path(entry.path).unlink()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("journal missing", "不连续"),
        ("journal altered", "与当时的记录不同"),
        ("archive missing", "缺失"),
        ("archive altered", "已被改动"),
        ("no journal", "没有运行记录"),
    ],
)
def test_unsound_archive_changes_nothing(workspace: Workspace, how: str, words: str) -> None:
    _spoil(workspace, how)
    before = rows(workspace)
    with pytest.raises(NotRebuilt, match=words):
        rebuilt(workspace, "archive")
    assert rows(workspace) == before
    assert not (workspace.state / "ledger-rebuilt.sqlite").exists()
    rebuilt(workspace, "master")  # the other source still does


def test_unreadable_master(workspace: Workspace) -> None:
    for path in (workspace.path(MASTER), workspace.state / "master-published.xlsx"):
        path.write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(NotRebuilt, match="没有可读的台账"):
        rebuilt(workspace, "master")


def test_damaged_ledger_is_replaced_and_kept(played: Path, workspace: Workspace) -> None:
    live = copied(played, workspace.root.parent / "live")
    path = workspace.state / "ledger.sqlite"
    data = bytearray(path.read_bytes())
    data[4096 : 4096 + 9000] = bytes(9000)
    path.write_bytes(data)
    result = rebuild(workspace, "archive", datetime(2026, 8, 1, 9), WALL, quiet)
    same_record(live, workspace)
    assert workspace.path(result.kept).read_bytes() == bytes(data)
