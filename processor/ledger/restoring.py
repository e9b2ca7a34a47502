"""A snapshot proved beside, or put in the place of the state; what it replaces is kept."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from processor import storage
from processor.ledger import journal, store
from processor.ledger import tables as t
from processor.ledger.backup import BEFORE, FILES, LEDGER, MANIFEST, make_snapshot, sha_of
from processor.progress import Progress
from processor.workspace import (
    MASTER,
    ROSTER,
    Pending,
    Workspace,
    hold,
    open_workspace,
    owner_file,
    replace_file,
)


class NoSnapshot(Exception):
    """No such snapshot, or it is damaged (exit 2 or 5); the message is for a person."""


def unpack(workspace: Workspace, name: str, into: Path) -> dict[str, Any]:
    """Extract a snapshot and check every hash; its manifest. Raises NoSnapshot."""
    path = workspace.path("backups") / f"{name.removesuffix('.zip')}.zip"
    if Path(name).name != name or not path.is_file():
        raise NoSnapshot(f"没有备份“{name}”。用 processor backup --list 查看现有备份。")
    try:
        with storage.opened(workspace, path) as packed, zipfile.ZipFile(packed) as archive:
            body: dict[str, Any] = json.loads(archive.read(MANIFEST))
            for item, facts in body["files"].items():
                if item not in (LEDGER, *FILES):
                    raise NoSnapshot(f"备份 {path.name} 中有不认识的文件 {item}。")
                target = into / item
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(item) as reader, target.open("wb") as writer:
                    shutil.copyfileobj(reader, writer)
                if sha_of(target) != facts["sha256"]:
                    raise NoSnapshot(f"备份 {path.name} 中的 {item} 与记录的指纹不符，已损坏。")
            if LEDGER not in body["files"]:
                raise NoSnapshot(f"备份 {path.name} 中没有账本。")
    except storage.Unreadable as error:
        raise NoSnapshot(f"备份 {path.name} 无法读取：{error.words}。") from error
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
            f"备份之后的 {len(later)} 份运行记录已移到 backups/{BEFORE}_{now:%Y%m%d-%H%M%S}；"
            "其间收到的文件仍在归档，需要计入的请重新放入 inbox。"
        )
    restored = open_workspace(workspace.root, lost_state=True)
    if workspace.settings.storage.encrypt and not restored.settings.storage.encrypt:
        notices.append(
            "备份中的设置没有加密存放，现已随备份恢复；仍要加密的，请在 processor.toml 的 "
            "[storage] 中重新设 encrypt = true。"
        )
    return kept, notices


def _set_aside(workspace: Workspace, now: datetime) -> str:
    """A snapshot of what is about to be replaced; a damaged ledger is copied as it is."""
    try:
        path = make_snapshot(workspace, now, BEFORE)
    except (sqlite3.Error, DatabaseError):
        path = workspace.path(f"backups/{BEFORE}_{now:%Y%m%d-%H%M%S}")
        path.mkdir(parents=True, exist_ok=True)
        for item in (LEDGER, *FILES):
            source = workspace.path(item)
            if source.exists():
                storage.store(workspace, path / source.name, storage.of_file(source))
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
        from processor.ledger.copying import copy_tables
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
    folder = workspace.path(f"backups/{BEFORE}_{now:%Y%m%d-%H%M%S}")
    folder.mkdir(parents=True, exist_ok=True)
    for entry in reversed(later):
        source = workspace.path(entry.path)
        source.replace(folder / source.name)
