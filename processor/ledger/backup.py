"""Snapshots under backups/: made once a day, kept in number, listed.

A snapshot is one zip: the ledger (copied by the database itself, so it is whole at any moment), the
master and the copy it was published as, the roster, the settings, and a manifest with every hash.
The archive is not in it: its files never change, and it has its own place in the office's backup.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from processor import storage
from processor.ledger import store
from processor.ledger import tables as t
from processor.ledger.master import PUBLISHED_COPY
from processor.ledger.plan_edits import PLAN_COPY
from processor.workspace import (
    MASTER,
    ROSTER,
    SETTINGS_FILE,
    Workspace,
    hold,
    replace_file,
)

LEDGER = "state/ledger.sqlite"
FILES = (
    MASTER.as_posix(),
    ROSTER.as_posix(),
    SETTINGS_FILE,
    f"state/{PUBLISHED_COPY}",
    f"state/{PLAN_COPY}",
)
NAME, BEFORE = "备份", "恢复前"
MANIFEST = "manifest.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One snapshot: its name (without .zip), when it was made, the last run in it, its size."""

    name: str
    at: datetime
    run: int
    size: int
    problem: str = ""  # why it could not be restored


def backup(workspace: Workspace, now: datetime) -> Path:
    """Make a snapshot now and rotate. Raises Busy, OSError."""
    with hold(workspace):
        path = make_snapshot(workspace, now)
        rotate(workspace)
    return path


def backup_daily(workspace: Workspace, now: datetime) -> str:
    """The day's snapshot, if there is none yet; a warning when it could not be made.

    Called by a run that changed something, which holds the workspace.
    """
    day = f"{NAME}_{now:%Y%m%d}-*.zip"
    if workspace.settings.backup.keep < 1 or any(workspace.path("backups").glob(day)):
        return ""
    try:
        make_snapshot(workspace, now)
        rotate(workspace)
    except (OSError, sqlite3.Error, DatabaseError) as error:
        return f"备份未能完成：{getattr(error, 'strerror', None) or error}"
    return ""


def make_snapshot(workspace: Workspace, now: datetime, kind: str = NAME) -> Path:
    """Write one snapshot, whole or not at all."""
    folder = workspace.path("backups")
    folder.mkdir(exist_ok=True)
    copy = workspace.state / "ledger-snapshot.sqlite"
    target = folder / f"{kind}_{now:%Y%m%d-%H%M%S}.zip"
    try:
        _copy_ledger(workspace, copy)
        run = _last_run(copy)
        sources = {LEDGER: copy} | {n: workspace.path(n) for n in FILES}
        fill = partial(_zip, sources=sources, now=now, run=run)
        replace_file(target, storage.sealing(workspace, fill))
    finally:
        copy.unlink(missing_ok=True)
    return target


def _copy_ledger(workspace: Workspace, target: Path) -> None:
    target.unlink(missing_ok=True)
    if workspace.settings.ledger.url:
        from processor.ledger.copying import copy_tables
        from processor.opening import open_ledger

        source, fresh = open_ledger(workspace), store.connect(f"sqlite:///{target}")
        try:
            copy_tables(source, fresh)
        finally:
            source.dispose()
            fresh.dispose()
        return
    with (
        closing(sqlite3.connect(workspace.path(LEDGER))) as reader,
        closing(sqlite3.connect(target)) as writer,
    ):
        reader.backup(writer)


def _last_run(ledger: Path) -> int:
    engine = store.connect(f"sqlite:///{ledger}")
    try:
        with engine.connect() as connection:
            query = select(t.runs.c.run).order_by(t.runs.c.run.desc()).limit(1)
            return connection.execute(query).scalar() or 0
    finally:
        engine.dispose()


def _zip(handle: IO[bytes], sources: dict[str, Path], now: datetime, run: int) -> None:
    hashes: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, source in sources.items():
            if not source.exists():
                continue
            stored = zipfile.ZIP_STORED if name.endswith(".xlsx") else zipfile.ZIP_DEFLATED
            archive.write(source, name, stored)
            hashes[name] = {"sha256": sha_of(source), "size": source.stat().st_size}
        body = {
            "format": _FORMAT,
            "at": f"{now:%Y-%m-%d %H:%M:%S}",
            "run": run,
            "files": hashes,
        }
        archive.writestr(MANIFEST, json.dumps(body, ensure_ascii=False, indent=1))


def sha_of(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def rotate(workspace: Workspace) -> None:
    """Keep the newest snapshots; those made before a restoration are never removed."""
    names = sorted(workspace.path("backups").glob(f"{NAME}_*.zip"))
    for path in names[: -workspace.settings.backup.keep] if workspace.settings.backup.keep else []:
        path.unlink(missing_ok=True)


def snapshots(workspace: Workspace) -> list[Snapshot]:
    """All snapshots, newest first."""
    found = []
    for path in workspace.path("backups").glob("*_*.zip"):
        if path.name.split("_")[0] not in (NAME, BEFORE):
            continue
        size = path.stat().st_size
        try:
            with storage.opened(workspace, path) as handle, zipfile.ZipFile(handle) as archive:
                body = json.loads(archive.read(MANIFEST))
            at = datetime.fromisoformat(body["at"])
            found.append(Snapshot(path.stem, at, int(body["run"]), size))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            why = error.words if isinstance(error, storage.Unreadable) else "已损坏"
            found.append(Snapshot(path.stem, datetime(2000, 1, 1), 0, size, why))
    return sorted(found, key=lambda s: (s.at, s.name), reverse=True)
