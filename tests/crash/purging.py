"""A purge with encryption on, killed at its n-th operation; then it is run again and judged.

`python -m tests.crash.purging 61` visits every 61st operation and the steps this is about, whatever
the stride; it prints one JSON object: how many points there are, how many were visited, and what
was wrong at which.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.acceptance.office import JIA, Office, lead, new_office
from tests.crash.campaign import _warm, in_child, silent
from tests.crash.faults import Faults

SMALL, STAYS = "13955312999", str(lead(1)["联系方式"])
APPROVAL, THEN, AFTER = "审7", "2026-11-05 09:00", "2026-11-05 10:00"
STEPS = ("storage.keys", ".销毁.json", "purge-open.json", ".old", "archive/2", "backups/")
LITTER = ("*.old", "*.new", ".*.tmp", "purge-open.json", "master-bare.xlsx", "reading")
# due on the next day: the years in between would only publish bulletins
SETTINGS = "[intake]\nsettle_seconds = 0\n[retention]\nyears = 0\n[storage]\nencrypt = true\n"


def make_world(root: Path) -> None:
    """One file with a lead that is refused for its quantity, so due, and one that waits for its
    screening, so not; a second file with the small one again; a backup."""
    office = new_office(root)
    (root / "processor.toml").write_text(SETTINGS, "utf-8")
    small = lead(2, **{"标的量(台)": 1, "联系方式": SMALL})
    office.send(JIA, [lead(1), small], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(JIA, [lead(3), small], "又一份.xlsx")
    office.run("2026-11-04 09:00")


def purge_at(root: Path, moment: str) -> int:
    from processor.cli import cli

    words = ["--workspace", str(root), "purge", "--approval", APPROVAL, "--as-of", moment]
    try:
        cli([*words, "--json"], prog_name="processor", standalone_mode=False)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


def killed(root: Path, at: int) -> Any:
    """A purge killed at its n-th operation; ("code", exit code, operations) or ("died", status)."""

    def action() -> Any:
        silent()
        faults = Faults((root,), at)
        faults.install()
        return ("code", purge_at(root, THEN), faults.seen)

    return in_child(action)


def plaintexts(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, decrypted with every key there is, workbooks and snapshots unpacked."""
    from processor import storage
    from processor.workspace import open_workspace

    def inside(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
        yield name, data
        if data[:2] == b"PK" and zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for member in archive.namelist():
                    yield from inside(f"{name}/{member}", archive.read(member))

    workspace = open_workspace(root)
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != "run.lock":
            data = storage.content_of(workspace, path)
            yield from inside(path.relative_to(root).as_posix(), data)


def judged(root: Path) -> list[str]:
    """The next run, and the purge once more where it had not been committed: what is wrong then."""

    def action() -> list[str]:
        silent()
        from processor.ledger.verify import verify
        from processor.workspace import open_workspace

        office = Office(root)
        run = office.call("run", "--as-of", AFTER, "--json")
        wrong = [] if run.exit_code in (0, 1) else [f"run {run.exit_code} {run.stderr}"]
        again = purge_at(root, AFTER)
        if again not in (0, 2):
            wrong.append(f"purge {again}")
        if len(list((root / "outbox" / "销毁").glob("*.xlsx"))) != 1:
            wrong.append("not one certificate")
        found = list(plaintexts(root))
        wrong += [f"tells: {name}" for name, data in found if SMALL.encode() in data]
        if not any(STAYS.encode() in data for name, data in found if name.startswith("archive/")):
            wrong.append("the neighbour is gone from the archive")
        wrong += [f"verify: {w}" for w in verify(open_workspace(root), quiet).differences]
        wrong += [str(path) for name in LITTER for path in root.rglob(name)]
        rebuilt = office.call("rebuild")
        if rebuilt.exit_code != 0:
            wrong.append(f"rebuild {rebuilt.output}")
        return wrong

    result = in_child(action)
    return result if isinstance(result, list) else [f"recovery: {result}"]


def quiet(_what: str, _done: int, _of: int) -> None:
    return None


def trial(world: Path, place: Path, at: int) -> tuple[Any, list[str]]:
    root = place / "trial" / "workspace"
    shutil.copytree(world, root)
    try:
        return killed(root, at), judged(root)
    finally:
        shutil.rmtree(root.parent)


def campaign(stride: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="purge-") as name:
        place = Path(name)
        made = in_child(lambda: (silent(), make_world(place / "world")))
        if made != (None, None):
            raise RuntimeError(f"the world cannot be made: {made}")
        _warm()
        told, wrong = trial(place / "world", place, 0)
        if told[:2] != ("code", 0) or wrong:
            raise RuntimeError(f"an undisturbed purge: {told[:2]} {wrong}")
        names: list[str] = told[2]
        points = set(range(1, len(names) + 1, stride))
        for step in STEPS:
            hits = [n for n, words in enumerate(names, 1) if step in words]
            points |= {hits[0], hits[-1]}
        failed = []
        for point in sorted(points):
            told, wrong = trial(place / "world", place, point)
            if told[0] != "died":
                wrong.append(f"not killed: {told[:2]}")
            if wrong:
                failed.append({"point": point, "at": names[point - 1], "wrong": wrong[:6]})
        return {"points": len(names), "visited": len(points), "failed": failed}


if __name__ == "__main__":
    os.environ["PROCESSOR_STORAGE_KEY"] = "the-main-key-of-this-office"
    os.environ["PROCESSOR_MASTER_PASSWORD"] = "Taizhang-2026"
    print(json.dumps(campaign(int(sys.argv[1])), ensure_ascii=False))
