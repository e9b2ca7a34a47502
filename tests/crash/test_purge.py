"""A purge with encryption on, killed at one step after another: the next run completes it."""

from __future__ import annotations

import io
import json
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.office import JIA, Office, copied, lead
from tests.crash.campaign import in_child, silent
from tests.crash.faults import Faults

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir() or sys.platform == "win32",
    reason="campaigns fork and look into /proc",
)

SMALL, STAYS = "13955312999", str(lead(1)["联系方式"])
PASSWORD = "Taizhang-2026"
APPROVAL, THEN, AFTER = "审7", "2032-11-20 09:00", "2032-11-21 09:00"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY", "the-main-key-of-this-office")
    monkeypatch.setenv("PROCESSOR_MASTER_PASSWORD", PASSWORD)


@pytest.fixture
def world(pattern: Path, tmp_path: Path) -> Path:
    """An encrypted record: one file with a lead that is refused for its quantity (due in six years)
    and one that is valid (not due), a repeat of the first, hand edits, backups."""
    office = copied(pattern, tmp_path / "pattern")
    (office.root / "processor.toml").write_text(
        "[intake]\nsettle_seconds = 0\n[storage]\nencrypt = true\n", "utf-8"
    )
    small = lead(2, **{"标的量(台)": 1, "联系方式": SMALL})
    office.send(JIA, [lead(1), small], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(JIA, [lead(3), small], "又一份.xlsx")
    office.run("2026-11-04 09:00")
    return office.root


def purge_at(root: Path, moment: str) -> int:
    from processor.cli import cli

    words = ["--workspace", str(root), "purge", "--approval", APPROVAL, "--as-of", moment]
    try:
        cli([*words, "--json"], prog_name="processor", standalone_mode=False)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


def killed(root: Path, at: int) -> Any:
    """A purge killed at its n-th operation; ("code", exit code, operations) or ("died", …)."""

    def action() -> Any:
        silent()
        faults = Faults((root,), at)
        faults.install()
        return ("code", purge_at(root, THEN), faults.seen)

    return in_child(action)


def plaintexts(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, decrypted with every key there is."""
    from processor import storage
    from processor.workspace import open_workspace

    workspace = open_workspace(root)
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != "run.lock":
            try:
                data = storage.content_of(workspace, path)
            except storage.Unreadable:
                data = b""
            yield path.relative_to(root).as_posix(), data
            if zipfile.is_zipfile(io.BytesIO(data)):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    for name in archive.namelist():
                        inner = archive.read(name)
                        yield f"{path.name}/{name}", inner
                        if zipfile.is_zipfile(io.BytesIO(inner)):
                            with zipfile.ZipFile(io.BytesIO(inner)) as book:
                                yield from ((name, book.read(n)) for n in book.namelist())


def judged(root: Path) -> list[str]:
    """The next run (and the purge once more, where it had not committed): what is wrong then."""

    def action() -> list[str]:
        silent()
        from processor.ledger.verify import verify
        from processor.workspace import open_workspace

        office = Office(root)
        first = office.call("run", "--as-of", AFTER, "--json")
        wrong = [] if first.exit_code in (0, 1) else [f"run {first.exit_code} {first.stderr}"]
        again = purge_at(root, AFTER)
        if again not in (0, 2):
            wrong.append(f"purge {again}")
        if again == 2 and not list((root / "outbox" / "销毁").glob("*.xlsx")):
            wrong.append("nothing due, and no certificate")
        wrong += [f"tells: {name}" for name, data in plaintexts(root) if SMALL.encode() in data]
        if not any(STAYS.encode() in data for _, data in plaintexts(root)):
            wrong.append("the neighbour is gone")
        found = verify(open_workspace(root), lambda *_: None)
        wrong += [f"verify: {line}" for line in found.differences]
        litter = ("*.old", "*.new", ".*.tmp", "purge-open.json", "master-bare.xlsx")
        wrong += [str(path) for name in litter for path in root.rglob(name)]
        if office.call("rebuild").exit_code != 0:
            wrong.append("rebuild from the archive")
        if any(SMALL.encode() in data for _, data in plaintexts(root)):
            wrong.append("tells after a rebuild")
        return wrong

    result = in_child(action)
    return result if isinstance(result, list) else [f"recovery: {result}"]


def trial(world: Path, tmp_path: Path, at: int) -> tuple[Any, list[str]]:
    root = tmp_path / "trial" / "workspace"
    shutil.copytree(world, root)
    try:
        return killed(root, at), judged(root)
    finally:
        shutil.rmtree(root.parent)


def campaign(world: Path, tmp_path: Path, stride: int) -> tuple[int, dict[int, list[str]]]:
    """Visited points, and what was wrong at which."""
    told, wrong = trial(world, tmp_path, 0)
    assert told[:2] == ("code", 0)
    assert wrong == []
    operations = told[2]
    points = set(range(1, len(operations) + 1, stride))
    if stride > 1:  # the steps this is about, whatever the stride
        steps = ("storage.keys", ".销毁.json", "purge-open.json", ".old")
        for step in steps:
            hits = [n for n, words in enumerate(operations, 1) if step in words]
            points |= {hits[0], hits[-1]}
    failed = {}
    for point in sorted(points):
        told, wrong = trial(world, tmp_path, point)
        assert told[0] == "died", told[:2]
        if wrong:
            failed[point] = [operations[point - 1], *wrong[:5]]
    return len(points), failed


@pytest.mark.timeout(280)
def test_a_share_of_all_steps(world: Path, tmp_path: Path) -> None:
    visited, failed = campaign(world, tmp_path, 61)
    assert failed == {}, json.dumps(failed, ensure_ascii=False, indent=1)
    assert visited >= 8


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_every_step(world: Path, tmp_path: Path) -> None:
    visited, failed = campaign(world, tmp_path, 1)
    assert failed == {}, json.dumps(failed, ensure_ascii=False, indent=1)
    assert visited > 100
