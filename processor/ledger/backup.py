"""Snapshots under backups/: made once a day, listed, proved, restored.

A snapshot is one zip: the ledger (copied by the database itself, so it is whole at any moment), the
master and the copy it was published as, the roster, the settings, and a manifest with every hash.
The archive is not in it: its files never change, and it has its own place in the office's backup.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from processor.ledger import journal, store
from processor.ledger import tables as t
from processor.ledger.from_archive import Progress
from processor.ledger.hand_edits import PLAN_COPY
from processor.ledger.master import PUBLISHED_COPY
from processor.workspace import (
    MASTER,
    ROSTER,
    SETTINGS_FILE,
    Pending,
    Workspace,
    hold,
    owner_file,
    replace_file,
)

LEDGER = "state/ledger.sqlite"
_FILES = (
    MASTER.as_posix(),
    ROSTER.as_posix(),
    SETTINGS_FILE,
    f"state/{PUBLISHED_COPY}",
    f"state/{PLAN_COPY}",
)
_NAME, _BEFORE = "备份", "恢复前"
_MANIFEST = "manifest.json"
_FORMAT = 1


class NoSnapshot(Exception):
    """No such snapshot, or it is damaged (exit 2 or 5); the message is for a person."""


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
    day = f"{_NAME}_{now:%Y%m%d}-*.zip"
    if workspace.settings.backup.keep < 1 or any(workspace.path("backups").glob(day)):
        return ""
    try:
        make_snapshot(workspace, now)
        rotate(workspace)
    except (OSError, sqlite3.Error, DatabaseError) as error:
        return f"备份未能完成：{getattr(error, 'strerror', None) or error}"
    return ""


def make_snapshot(workspace: Workspace, now: datetime, kind: str = _NAME) -> Path:
    """Write one snapshot, whole or not at all."""
    folder = workspace.path("backups")
    folder.mkdir(exist_ok=True)
    copy = workspace.state / "ledger-snapshot.sqlite"
    target = folder / f"{kind}_{now:%Y%m%d-%H%M%S}.zip"
    try:
        _copy_ledger(workspace, copy)
        run = _last_run(copy)
        sources = {LEDGER: copy} | {n: workspace.path(n) for n in _FILES}
        replace_file(target, lambda path: _zip(path, sources, now, run))
    finally:
        copy.unlink(missing_ok=True)
    return target


def _copy_ledger(workspace: Workspace, target: Path) -> None:
    target.unlink(missing_ok=True)
    if workspace.settings.ledger.url:
        from processor.ledger.rebuild import copy_tables
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


def _zip(path: Path, sources: dict[str, Path], now: datetime, run: int) -> None:
    hashes: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, source in sources.items():
            if not source.exists():
                continue
            stored = zipfile.ZIP_STORED if name.endswith(".xlsx") else zipfile.ZIP_DEFLATED
            archive.write(source, name, stored)
            hashes[name] = {"sha256": _sha(source), "size": source.stat().st_size}
        body = {
            "format": _FORMAT,
            "at": f"{now:%Y-%m-%d %H:%M:%S}",
            "run": run,
            "files": hashes,
        }
        archive.writestr(_MANIFEST, json.dumps(body, ensure_ascii=False, indent=1))


def _sha(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def rotate(workspace: Workspace) -> None:
    """Keep the newest snapshots; those made before a restoration are never removed."""
    names = sorted(workspace.path("backups").glob(f"{_NAME}_*.zip"))
    for path in names[: -workspace.settings.backup.keep] if workspace.settings.backup.keep else []:
        path.unlink(missing_ok=True)


def snapshots(workspace: Workspace) -> list[Snapshot]:
    """All snapshots, newest first."""
    found = []
    for path in workspace.path("backups").glob("*_*.zip"):
        if path.name.split("_")[0] not in (_NAME, _BEFORE):
            continue
        size = path.stat().st_size
        try:
            with zipfile.ZipFile(path) as archive:
                body = json.loads(archive.read(_MANIFEST))
            at = datetime.fromisoformat(body["at"])
            found.append(Snapshot(path.stem, at, int(body["run"]), size))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            found.append(Snapshot(path.stem, datetime(2000, 1, 1), 0, size, "已损坏"))
    return sorted(found, key=lambda s: (s.at, s.name), reverse=True)


# --- restoring ---


def unpack(workspace: Workspace, name: str, into: Path) -> dict[str, Any]:
    """Extract a snapshot and check every hash; its manifest. Raises NoSnapshot."""
    path = workspace.path("backups") / f"{name.removesuffix('.zip')}.zip"
    if Path(name).name != name or not path.is_file():
        raise NoSnapshot(f"没有备份“{name}”。用 processor backup --list 查看现有备份。")
    try:
        with zipfile.ZipFile(path) as archive:
            body: dict[str, Any] = json.loads(archive.read(_MANIFEST))
            for item, facts in body["files"].items():
                if item not in (LEDGER, *_FILES):
                    raise NoSnapshot(f"备份 {path.name} 中有不认识的文件 {item}。")
                target = into / item
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(item) as reader, target.open("wb") as writer:
                    shutil.copyfileobj(reader, writer)
                if _sha(target) != facts["sha256"]:
                    raise NoSnapshot(f"备份 {path.name} 中的 {item} 与记录的指纹不符，已损坏。")
            if LEDGER not in body["files"]:
                raise NoSnapshot(f"备份 {path.name} 中没有账本。")
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise NoSnapshot(f"备份 {path.name} 已损坏，无法读取。") from error
    return body


def prove(workspace: Workspace, name: str, progress: Progress) -> list[str]:
    """Try a snapshot: extract beside, check hashes and the ledger in it; what is wrong, in Chinese.

    Raises NoSnapshot, Busy.
    """
    from processor.ledger.verify import verify_parts

    with hold(workspace):
        trial = workspace.state / "restore-trial"
        shutil.rmtree(trial, ignore_errors=True)
        try:
            unpack(workspace, name, trial)
            return verify_parts(Workspace(trial, workspace.settings), workspace, progress)
        finally:
            shutil.rmtree(trial, ignore_errors=True)


def restore(workspace: Workspace, name: str, now: datetime) -> tuple[str, list[str]]:
    """Put a snapshot's state in place; where the replaced state is kept, and notices.

    Raises NoSnapshot, Busy, and Pending while the master or the roster is open.
    """
    with hold(workspace):
        for item in (MASTER, ROSTER):
            opened = owner_file(workspace.path(item))
            if opened is not None:
                raise Pending(f"{item.as_posix()} 正被打开（{opened.name}），请关闭后再恢复")
        trial = workspace.state / "restore-trial"
        shutil.rmtree(trial, ignore_errors=True)
        try:
            body = unpack(workspace, name, trial)
            kept = _set_aside(workspace, now)
            later = _later_entries(workspace, trial / LEDGER)
            _note_mailed(trial / LEDGER, later)
            _put_back(workspace, trial, body)
            _put_away(workspace, later, now)
        finally:
            shutil.rmtree(trial, ignore_errors=True)
    notices = []
    if later:
        notices.append(
            f"备份之后的 {len(later)} 份运行记录已移到 backups/{_BEFORE}_{now:%Y%m%d-%H%M%S}；"
            "其间收到的文件仍在归档，需要计入的请重新放入 inbox。"
        )
    return kept, notices


def _set_aside(workspace: Workspace, now: datetime) -> str:
    """A snapshot of what is about to be replaced; a damaged ledger is copied as it is."""
    try:
        path = make_snapshot(workspace, now, _BEFORE)
    except (sqlite3.Error, DatabaseError):
        path = workspace.path(f"backups/{_BEFORE}_{now:%Y%m%d-%H%M%S}")
        path.mkdir(parents=True, exist_ok=True)
        for item in (LEDGER, *_FILES):
            source = workspace.path(item)
            if source.exists():
                shutil.copyfile(source, path / source.name)
    return path.relative_to(workspace.root).as_posix()


def _later_entries(workspace: Workspace, ledger: Path) -> list[journal.Entry]:
    """Entries of the journal that the restored ledger does not know."""
    engine = store.connect(f"sqlite:///{ledger}")
    try:
        with engine.connect() as connection:
            query = select(t.meta.c.value).where(t.meta.c.key == "chain")
            head = connection.execute(query).scalar() or ""
    finally:
        engine.dispose()
    entries, _ = journal.read_entries(workspace)
    heads = [e.head for e in entries]
    return entries[heads.index(head) + 1 :] if head in heads else []


def _note_mailed(ledger: Path, later: list[journal.Entry]) -> None:
    """What was mailed since the snapshot was made is not mailed again."""
    sent = [
        item["id"]
        for entry in later
        if entry.data.get("what") == "mailed"
        for item in entry.data["mails"]
        if item["sent"]
    ]
    if not sent:
        return
    engine = store.connect(f"sqlite:///{ledger}")
    try:
        with engine.begin() as connection:
            connection.execute(
                t.mails.update()
                .where(t.mails.c.message_id.in_(sent))
                .values(state="sent", payload=None, logged="是")
            )
    finally:
        engine.dispose()


def _put_back(workspace: Workspace, trial: Path, body: dict[str, Any]) -> None:
    for item in body["files"]:
        if item != LEDGER:
            source = trial / item
            replace_file(workspace.path(item), lambda path, s=source: _copy(s, path))  # type: ignore[misc]
    if workspace.settings.ledger.url:
        from processor.ledger.rebuild import copy_tables
        from processor.opening import open_ledger

        source_engine = store.connect(f"sqlite:///{trial / LEDGER}")
        target_engine = open_ledger(workspace)
        try:
            copy_tables(source_engine, target_engine)
        finally:
            source_engine.dispose()
            target_engine.dispose()
        return
    workspace.path(f"{LEDGER}-journal").unlink(missing_ok=True)
    replace_file(workspace.path(LEDGER), lambda path: _copy(trial / LEDGER, path))


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def _put_away(workspace: Workspace, later: list[journal.Entry], now: datetime) -> None:
    """The journal ends where the restored ledger ends."""
    if not later:
        return
    folder = workspace.path(f"backups/{_BEFORE}_{now:%Y%m%d-%H%M%S}")
    folder.mkdir(parents=True, exist_ok=True)
    for entry in reversed(later):
        source = workspace.path(entry.path)
        source.replace(folder / source.name)
