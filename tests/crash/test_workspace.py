"""The workspace as a whole: shares gone, full disks, two runs at once, clocks, dry runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pytest

from processor.batch import run
from processor.workspace import hold, open_workspace
from tests.acceptance.office import JIA, YI, Office, lead
from tests.crash.endstate import litter, tree
from tests.crash.settled import settled

NINE, TEN, ELEVEN = "2026-11-03 09:00", "2026-11-03 10:00", "2026-11-03 11:00"


def everything(office: Office) -> dict[str, str]:
    """Every file and folder; the lock apart."""
    folders = {f"{p.relative_to(office.root)}/": "" for p in office.root.rglob("*") if p.is_dir()}
    return tree(office.root) | folders


def refused(office: Office, *words: str) -> None:
    """Exit 4, one plain sentence, nothing written."""
    before = everything(office)
    result = office.call("run", "--as-of", TEN, "--json")
    assert result.exit_code == 4, (result.exit_code, result.output)
    assert result.stdout == ""
    assert all(word in result.stderr for word in words), result.stderr
    assert everything(office) == before


# --- shares ---


@pytest.mark.parametrize("folder", ["state", "archive"])
@pytest.mark.parametrize("empty", [True, False])
def test_state_or_archive_has_gone(office: Office, folder: str, empty: bool) -> None:
    """A mount point without its share is an empty folder (or none): never a new beginning."""
    office.send(JIA, [lead(1)])
    office.run(NINE)
    office.send(JIA, [lead(2)])
    away = office.root.parent / "away"
    (office.root / folder).rename(away)
    if empty:
        (office.root / folder).mkdir()
    refused(office, folder)
    shutil.rmtree(office.root / folder, ignore_errors=True)
    away.rename(office.root / folder)
    assert office.run(TEN)["leads"]["待甄别"] == 2
    settled(office, TEN)


def test_no_inbox(office: Office) -> None:
    office.run(NINE)
    office.inbox.rename(office.root.parent / "away")
    refused(office, "inbox")


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small file system of its own; skips where this user may not mount."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no mount command")
    if done.returncode:
        pytest.skip("mounting needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], capture_output=True, check=False)


@pytest.mark.parametrize("folder", ["inbox", "outbox", "master"])
def test_a_mounted_folder_is_missed(office: Office, folder: str) -> None:
    """What was a share at the last run must be one again; the empty mount point is left alone."""
    place = office.root / folder
    kept = {p: p.read_bytes() for p in place.rglob("*") if p.is_file()}
    with mounted(place, "size=20m"):
        for path, data in kept.items():
            path.write_bytes(data)
        office.send(JIA, [lead(1)])
        office.run(NINE)
    for path in kept:
        path.unlink()
    refused(office, folder, "共享文件夹")
    identity = office.root / "state" / "workspace.id"
    lines = [x for x in identity.read_text("utf-8").splitlines() if "共享" not in x]
    identity.write_text("\n".join(lines) + "\n", "utf-8")  # the way out that the message names
    for path, data in kept.items():
        path.write_bytes(data)
    office.run(TEN)


def test_a_beginning_that_was_interrupted(office: Office) -> None:
    """Killed between the two marks of a new workspace: it is simply begun again."""
    office.send(JIA, [lead(1)])
    office.run(NINE)
    (office.root / "state" / "workspace.id").write_text("建立中\n", "utf-8")
    (office.root / "archive" / ".workspace").unlink()
    office.run(TEN)
    assert (office.root / "archive" / ".workspace").exists()
    settled(office, TEN)


# --- disks ---


@pytest.mark.parametrize("folder", ["archive", "state", "outbox"])
def test_disk_full(office: Office, folder: str) -> None:
    """Archive or state full: exit 4, nothing changed; outbox full: pending. Then room is made."""
    place = office.root / folder
    office.run(NINE)
    kept = place.parent / f"{folder}-kept"
    shutil.copytree(place, kept)
    with mounted(place, "size=8m"):
        shutil.copytree(kept, place, dirs_exist_ok=True)
        office.run(NINE)  # the share is known from now on
        office.send(JIA, [lead(n) for n in range(1, 40)], "甲店.xlsx")
        before = tree(office.root, ("ledger.sqlite",))
        ballast = place / "ballast"
        with ballast.open("wb", buffering=0) as handle, contextlib.suppress(OSError):
            while handle.write(b"\0" * 4096):
                pass
        result = office.call("run", "--as-of", TEN, "--json")
        assert result.exit_code == (1 if folder == "outbox" else 4), result.output
        ballast.unlink()
        if folder != "outbox":
            assert tree(office.root, ("ledger.sqlite",)) == before
            assert (office.inbox / "甲店.xlsx").exists()
        report = office.run(ELEVEN)
        assert report["leads"]["待甄别"] == 39
        assert report["pending"] == []
        settled(office, ELEVEN)
        shutil.rmtree(kept)


# --- two at once ---


def test_a_second_run(office: Office) -> None:
    office.send(JIA, [lead(1)])
    workspace = open_workspace(office.root)
    with hold(workspace):
        before = everything(office)
        result = office.call("run", "--as-of", NINE)
        assert result.exit_code == 3
        assert "正在使用" in result.stderr
        assert everything(office) == before
    assert office.run(NINE)["files"]["accepted"] == 1


def test_the_lock_of_a_killed_process_is_no_lock(office: Office) -> None:
    """The kernel lets go: nobody must delete anything after a kill."""
    code = (
        "import sys, time; from pathlib import Path;"
        "from processor.workspace import hold, open_workspace\n"
        f"with hold(open_workspace(Path({str(office.root)!r}))):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert office.call("run", "--as-of", NINE).exit_code == 3
    finally:
        process.kill()
        process.communicate()
    office.run(NINE)
    settled(office, NINE)


def test_a_ledger_that_another_program_holds(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 4: nothing changed; the next run takes everything."""
    office.run(NINE)
    office.send(JIA, [lead(1)])
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: real(*a, **{**k, "timeout": 0.1}))
    monkeypatch.setattr(sqlite3.dbapi2, "connect", sqlite3.connect)
    other = real(office.root / "state" / "ledger.sqlite")
    other.execute("BEGIN EXCLUSIVE")
    result = office.call("run", "--as-of", TEN)
    assert result.exit_code == 4, result.output
    assert "账本" in result.stderr
    other.rollback()
    other.close()
    assert office.run(TEN)["files"]["accepted"] == 1
    settled(office, TEN)


# --- clocks ---


def test_clocks(office: Office) -> None:
    """Backwards is refused when a person says so, and held at the last run otherwise."""
    office.send(JIA, [lead(1)])
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(2)])
    assert office.call("run", "--as-of", "2026-11-03 08:59:59").exit_code == 2
    workspace = open_workspace(office.root)
    report = run(workspace, datetime(2026, 11, 2, 9), settle_seconds=0, as_of=False)
    assert report.exit_code == 1
    assert any("时钟" in words for words in report.warnings)
    assert {row["受理时间"] for row in office.master("台账")} == {"2026-11-03 09:00:00"}
    office.send(JIA, [lead(3)])
    office.run("2027-11-03 09:00")  # forward by a year: everything that fell due meanwhile is made
    assert len(office.files("通报/*/*_内部版.xlsx")) == 36
    settled(office, "2027-11-03 09:00")


@pytest.mark.parametrize("stamp", [0, 315_532_800, 4_102_444_800])
def test_times_of_files_mean_nothing(office: Office, stamp: int) -> None:
    """A copy keeps its old time, or has one from the future: received when first seen."""
    path = office.send(JIA, [lead(1)])
    os.utime(path, (stamp, stamp))
    office.run(NINE)
    assert office.master("台账")[0]["受理时间"] == f"{NINE}:00"
    settled(office, NINE)


# --- what changes nothing ---


def test_dry_run_and_check_change_nothing(office: Office) -> None:
    """Not a byte, not a folder: in a new workspace, in one that has run, after a killed run."""
    form = office.send(JIA, [lead(1)], "甲店.xlsx")
    (office.inbox / "坏.xlsx").write_bytes(form.read_bytes()[:900])
    for stage in ("new", "run", "killed"):
        if stage == "run":
            office.run(NINE, 1)
            office.send(YI, [lead(2)], "乙店.xlsx")
        if stage == "killed":
            (office.root / "state" / "staging").mkdir()
            (office.root / "state" / "staging" / "part-1").write_bytes(b"x")
            (office.outbox / ".a.xlsx.1.tmp").write_bytes(b"x")
        before = everything(office)
        files = [str(p) for p in sorted(office.inbox.glob("*.xlsx"))]
        expected = {"new": 1, "run": 1, "killed": 1}[stage]
        report = office.run(TEN, 1 if stage == "new" else 0, "--dry-run")
        assert report["files"]["accepted"] == expected
        assert office.call("check", *files, "--as-of", TEN, "--json").exit_code == 0
        assert office.call("status", "--json").exit_code == 0
        assert everything(office) == before, stage
    office.run(TEN)
    settled(office, TEN)


def test_a_dry_run_says_what_the_run_does(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2, **{"标的量(台)": 0})], "甲店.xlsx")
    tried = office.run(NINE, 0, "--dry-run")
    done = office.run(NINE)
    for key in ("files", "rows", "forms", "leads", "as_of"):
        assert tried[key] == done[key], key


def test_probes_of_killed_runs_do_not_pile_up(office: Office) -> None:
    for folder in ("outbox", "archive", "state"):
        (office.root / folder / ".probe").touch()
    office.run(NINE)
    settled(office, NINE)


def test_a_passing_ledger_of_a_killed_command_goes(office: Office) -> None:
    """It holds everything the ledger holds: killed while backing up, it must not stay behind."""
    office.run(NINE)
    fall = (
        "import os, signal, sqlite3, processor.ledger.backup as b\n"
        "def cut(path, *_):\n"
        "    side = sqlite3.connect(path)\n"
        "    side.execute('DELETE FROM runs')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "b._last_run = cut\n"
        "from processor.cli import main; main()"
    )
    command = [sys.executable, "-c", fall, "--workspace", str(office.root), "backup"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(litter(office.root)) == 2  # it and its journal
    office.run(TEN)
    settled(office, TEN)


def test_a_calendar_day_passes_between_crash_and_recovery(office: Office) -> None:
    """What was decided yesterday and not yet published is published today as it was decided."""
    office.run("2026-11-02 09:00")
    office.send(JIA, [lead(1)], "甲店.xlsx")
    (office.outbox / "通报").write_bytes(b"in the way")
    office.run("2026-11-10 18:30", 1)
    (office.outbox / "通报").unlink()
    office.send(JIA, [lead(2)], "甲店2.xlsx")
    office.run("2026-11-11 09:00")
    book = office.one("通报/2026-11/大客户信息提报情况通报_2026-11-10.xlsx")
    issued = office.root / "archive" / "发布" / book.name
    assert book.read_bytes() == issued.read_bytes()
    assert date(2026, 11, 10).isoformat() in book.name
    settled(office, "2026-11-11 09:00")


def test_helpers_of_a_killed_run_go_with_it(tmp_path: Path) -> None:
    """Many receipts are written by helper processes; none of them outlives a kill."""
    code = (
        "import os, time; from processor.sharing import helpers\n"
        "if __name__ == '__main__':\n"
        "    with helpers(pay=True) as pool:\n"
        "        print(pool.submit(os.getpid).result(), flush=True); time.sleep(60)"
    )
    script = tmp_path / "parent.py"
    script.write_text(code, "utf-8")
    where = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=where)
    try:
        assert process.stdout is not None
        helper = int(process.stdout.readline())
        assert Path(f"/proc/{helper}").exists()
    finally:
        process.kill()
        process.communicate()
    for _ in range(100):
        if not Path(f"/proc/{helper}").exists():
            return
        time.sleep(0.1)
    pytest.fail("a helper is still there")
