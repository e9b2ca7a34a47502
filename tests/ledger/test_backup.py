"""Snapshots: made once a day, rotated, proved, restored; what they replace is kept."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from processor.ledger import journal
from processor.ledger import tables as t
from processor.ledger.backup import backup, snapshots
from processor.ledger.restoring import NoSnapshot, prove, restore
from processor.ledger.verify import verify
from processor.settings import BackupSettings
from processor.workspace import MASTER, ROSTER, Pending, Workspace
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

NOW = datetime(2026, 7, 20, 9)


def quiet(_what: str, _done: int, _of: int) -> None:
    return None


def names(workspace: Workspace) -> list[str]:
    return [s.name for s in snapshots(workspace)]


def one_more_lead(workspace: Workspace) -> None:
    unit = select_all(workspace, t.leads)[0]["unit"]
    drop_lead(workspace, "新提报.xlsx", unit)
    assert run_next(workspace).rows["accepted"] == 1


def test_runs_leave_one_a_day(workspace: Workspace) -> None:
    days = {name[:11] for name in names(workspace)}
    assert len(days) == len(names(workspace)) > 5
    before = names(workspace)
    one_more_lead(workspace)  # the same day
    assert names(workspace) == before
    run_next(workspace, days=3)
    assert len(names(workspace)) == len(before) + 1 or len(before) == 14


def test_rotation(workspace: Workspace) -> None:
    few = Workspace(workspace.root, replace(workspace.settings, backup=BackupSettings(keep=3)))
    for minute in range(5):
        backup(few, NOW + timedelta(minutes=minute))
    assert names(few) == [f"备份_20260720-090{m}00" for m in (4, 3, 2)]


def test_restored_equal(workspace: Workspace) -> None:
    before = copied(workspace.root, workspace.root.parent / "before")
    name = backup(workspace, NOW).stem
    one_more_lead(workspace)
    workspace.path(ROSTER).write_bytes(b"spoilt")
    kept, notices = restore(workspace, name, NOW + timedelta(hours=1))
    same_record(before, workspace)
    for path in (MASTER, ROSTER):
        assert workspace.path(path).read_bytes() == before.path(path).read_bytes()
    assert workspace.path(kept).is_file()
    assert any("运行记录" in line for line in notices)
    found = verify(workspace, quiet)
    assert found.differences == []
    one_more_lead(workspace)  # work goes on
    assert verify(workspace, quiet).differences == []


def test_what_was_replaced_can_be_restored(workspace: Workspace) -> None:
    name = backup(workspace, NOW).stem
    one_more_lead(workspace)
    after = copied(workspace.root, workspace.root.parent / "after")
    kept, _ = restore(workspace, name, NOW + timedelta(hours=1))
    restore(workspace, Path(kept).stem, NOW + timedelta(hours=2))
    same_record(after, workspace)


def test_a_damaged_ledger_is_kept_as_it_is(workspace: Workspace) -> None:
    name = backup(workspace, NOW).stem
    path = workspace.state / "ledger.sqlite"
    path.write_bytes(b"spoilt" * 1000)
    kept, _ = restore(workspace, name, NOW + timedelta(hours=1))
    assert (workspace.path(kept) / "ledger.sqlite").read_bytes() == b"spoilt" * 1000
    assert verify(workspace, quiet).differences == []


def test_mailed_since_is_not_mailed_again(workspace: Workspace) -> None:
    mail = {"message_id": "1@x", "run": 3, "state": "due", "attempts": 0, "logged": "否"}
    execute(workspace, t.mails.insert().values(**mail))
    name = backup(workspace, NOW).stem
    from processor.ledger.journal import write_fact
    from processor.ledger.store import Record
    from processor.opening import open_ledger

    moment = last_moment(workspace)
    engine = open_ledger(workspace)
    with engine.begin() as connection:
        record = Record(connection, 26, moment)
        before = record.meta("chain") or ""
        record.tell("邮件", "发送邮件", "发送邮件 1 封")
        fact = {"what": "mailed", "mails": [{"id": "1@x", "sent": True}]}
        write_fact(workspace, record, before, fact)
    engine.dispose()
    restore(workspace, name, NOW + timedelta(hours=1))
    (row,) = select_all(workspace, t.mails, t.mails.c.message_id == "1@x")
    assert row["state"] == "sent"


def test_proving_changes_nothing(workspace: Workspace) -> None:
    name = backup(workspace, NOW).stem
    one_more_lead(workspace)
    before = rows(workspace)
    assert prove(workspace, name, quiet) == []
    assert rows(workspace) == before
    assert not (workspace.state / "restore-trial").exists()


def test_a_snapshot_of_a_broken_record_is_not_proved(workspace: Workspace) -> None:
    execute(workspace, t.events.update().where(t.events.c.seq == 5).values(reason="x"))
    name = backup(workspace, NOW).stem
    assert any("第 5 号" in line for line in prove(workspace, name, quiet))


def _rewrite(path: Path, change: dict[str, bytes | None]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, body in change.items():
        if body is None:
            parts.pop(name)
        else:
            parts[name] = body
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("how", ["cut", "altered", "no manifest", "no ledger", "stranger"])
def test_damaged_snapshots_are_refused(workspace: Workspace, how: str) -> None:
    path = backup(workspace, NOW)
    if how == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif how == "altered":
        _rewrite(path, {"master/单位名录.xlsx": b"other"})
    elif how == "no manifest":
        _rewrite(path, {"manifest.json": None})
    else:
        with zipfile.ZipFile(path) as archive:
            body = json.loads(archive.read("manifest.json"))
        if how == "no ledger":
            del body["files"]["state/ledger.sqlite"]
        else:
            body["files"]["../../evil"] = {"sha256": "", "size": 0}
        _rewrite(path, {"manifest.json": json.dumps(body).encode()})
    before = rows(workspace)
    for action in (
        lambda: restore(workspace, path.stem, NOW),
        lambda: prove(workspace, path.stem, quiet),
    ):
        with pytest.raises(NoSnapshot):
            action()
    assert rows(workspace) == before
    if how in ("cut", "no manifest"):
        assert next(s.problem for s in snapshots(workspace) if s.name == path.stem) == "已损坏"


@pytest.mark.parametrize("name", ["备份_20000101-000000", "../state/ledger", "", "x/y"])
def test_unknown_snapshots(workspace: Workspace, name: str) -> None:
    with pytest.raises(NoSnapshot, match="没有备份"):
        restore(workspace, name, NOW)


def test_open_master_stops_a_restoration(workspace: Workspace) -> None:
    name = backup(workspace, NOW).stem
    one_more_lead(workspace)
    before = rows(workspace)
    workspace.path(MASTER).with_name(f"~${MASTER.name}").write_bytes(b"\0" * 165)
    with pytest.raises(Pending):
        restore(workspace, name, NOW)
    assert rows(workspace) == before


def test_journal_ends_where_the_restored_ledger_ends(workspace: Workspace) -> None:
    name = backup(workspace, NOW).stem
    count = len(journal.read_entries(workspace)[0])
    one_more_lead(workspace)
    assert len(journal.read_entries(workspace)[0]) == count + 1
    restore(workspace, name, NOW + timedelta(hours=1))
    entries, wrong = journal.read_entries(workspace)
    assert (len(entries), wrong) == (count, [])
