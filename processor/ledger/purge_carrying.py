"""A committed purge carried out in the files: published anew, destroyed, certified."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from processor import erasing, storage, storage_keys
from processor.ledger import tombstones, traces
from processor.ledger.master import PUBLISHED_COPY
from processor.ledger.purged import WORD, Purged
from processor.progress import Progress
from processor.workspace import (
    MASTER,
    PURGE_OPEN,
    Pending,
    Workspace,
    owner_file,
    put_bytes,
)

FOLDER = Path("outbox/销毁")
_SEARCHED = ("archive", "outbox", "state", "master", "inbox")
_LEDGERS = ("ledger.sqlite", "run.lock", PURGE_OPEN.name)


def carry_out(
    workspace: Workspace, engine: Engine, plan: dict[str, Any], now: datetime, progress: Progress
) -> Purged:
    from processor.ledger.backup import make_snapshot
    from processor.publishing import publish_due
    from processor.report import RunReport

    opened = owner_file(workspace.path(MASTER))
    if opened is not None:
        raise Pending(
            f"{MASTER.as_posix()} 正被打开（{opened.name}），关闭后请以同一审批号再次运行"
        )
    at = datetime.fromisoformat(plan["at"])
    report = RunReport(at)
    with erasing.ending(workspace.path(MASTER), workspace.state / PUBLISHED_COPY):
        publish_due(workspace, engine, at, report, progress)
    if any(p["path"] == MASTER.as_posix() for p in report.pending):
        raise Pending(f"{MASTER.as_posix()} 未能更新，关闭后请以同一审批号再次运行")
    _vacuum(engine)
    done = _Destroyer(workspace, plan)
    waiting = [a for a in plan["stones"] if tombstones.prepared(workspace, a).exists()]
    done.replaces(map(tombstones.path_of, waiting))  # the others stand there already
    for archived in waiting:
        tombstones.put_up(workspace, archived)
    done.destroy(plan["originals"], "归档原件", "以销毁记录代替")
    done.destroy(plan["receipts"], "回执", "已销毁")
    fresh = make_snapshot(workspace, now).relative_to(workspace.root).as_posix()
    done.destroy((path for path in plan["backups"] if path != fresh), "备份", "已销毁")
    hunted = frozenset(plan["wanted"])
    _hunt(workspace, done, plan, hunted)
    for folder in {p.parent for p in traces.files_under(workspace.root, ("archive", "master"))}:
        erasing.end_leftovers(folder)
    if plan["keys"]:
        storage_keys.forget(workspace, map(bytes.fromhex, plan["keys"]))
    look = partial(storage.content_of, workspace)
    left = [
        path.relative_to(workspace.root).as_posix()
        for path in traces.files_under(workspace.root, _SEARCHED)
        if path.name not in _LEDGERS and traces.holds(path, hunted, look)
    ]
    items = [(n, k, s, datetime.fromisoformat(m)) for n, k, s, m in plan["items"]]
    files = [tuple(item) for item in plan["files"]]
    result = Purged(datetime.fromisoformat(plan["cutoff"]), items, files, "", left)
    result.certificate = _certify(workspace, plan, result)
    erasing.destroy(workspace.path(PURGE_OPEN))
    return result


class _Destroyer:
    """Destroys files; what is destroyed, and by which key, is noted before it goes. The keys
    themselves are destroyed together, after the files."""

    def __init__(self, workspace: Workspace, plan: dict[str, Any]) -> None:
        self.workspace = workspace
        self.plan = plan
        self.listed = {item[0] for item in plan["files"]}
        self.keys = set(plan["keys"])

    def destroy(self, paths: Iterable[str], kind: str, how: str) -> None:
        """All are noted in one go, then they are destroyed."""
        there = [path for path in paths if self.workspace.path(path).is_file()]
        self._list(there, kind, how)
        for path in there:
            erasing.destroy(self.workspace.path(path))

    def replaces(self, paths: Iterable[str]) -> None:
        """Files about to be written anew under other keys: the ones they have are noted."""
        for path in paths:
            self._key(self.workspace.path(path))
        note(self.workspace, self.plan)

    def rewrite(self, fresh: Mapping[str, bytes], kind: str) -> None:
        """Other content in the place of files of the archive."""
        self._list(fresh, kind, "去除有关内容后改写")
        for path, data in fresh.items():
            target = self.workspace.path(path)
            with erasing.ending(target):
                storage.store(self.workspace, target, storage.of_bytes(data))

    def _list(self, paths: Iterable[str], kind: str, how: str) -> None:
        for path in paths:
            if path in self.listed:
                continue
            self.listed.add(path)
            target = self.workspace.path(path)
            try:
                sha = storage.sha_of(self.workspace, target)
            except storage.Unreadable:
                sha = hashlib.sha256(target.read_bytes()).hexdigest()
            method = "密钥销毁并覆盖" if self._key(target) else "覆盖擦除"
            self.plan["files"].append([path, kind, sha, how, method])
        note(self.workspace, self.plan)

    def _key(self, target: Path) -> bool:
        """Note the key of a file; False when it has none."""
        number = storage.number_of(target) if target.is_file() else None
        if number and number.hex() not in self.keys:
            self.keys.add(number.hex())
            self.plan["keys"].append(number.hex())
        return number is not None


def _hunt(
    workspace: Workspace, done: _Destroyer, plan: dict[str, Any], hunted: frozenset[str]
) -> None:
    """What people were sent, what older purges kept, drafts nobody can look into, the journal."""
    look = partial(storage.content_of, workspace)
    cutoff = datetime.fromisoformat(plan["cutoff"])
    sent, kept, quarantined = [], [], []
    fresh: dict[str, bytes] = {}
    for path in traces.files_under(workspace.root, ("outbox",)):
        sealed = (
            path.suffix == ".eml"
            and path.name[:8] < f"{cutoff:%Y%m%d}"
            and traces.encrypted_mail(path)
        )
        if sealed or traces.holds(path, hunted, look):
            sent.append(path.relative_to(workspace.root).as_posix())
    for path in traces.files_under(workspace.root, ("archive",)):
        name = path.relative_to(workspace.root).as_posix()
        if path.parent.name == "销毁" and name != plan["baseline"]:
            kept.append(name)
        elif path.parent.name == "隔离" and traces.holds(path, hunted, look):
            quarantined.append(name)
        elif path.name.startswith("run-") and path.suffix == ".json":
            if not traces.holds(path, hunted, look):
                continue
            # hand edits of a run before the purge may quote a phone: it is not needed to go on
            body = json.loads(storage.read(workspace, path).decode("utf-8"))
            text = json.dumps(_redact(body, hunted), ensure_ascii=False, indent=1)
            fresh[name] = text.encode("utf-8", "backslashreplace")
    done.destroy(sent, "发出的文件", "已销毁")
    done.destroy(kept, "此前留存的账本", "由新留存的账本代替")
    done.destroy(quarantined, "隔离文件", "已销毁")
    done.rewrite(fresh, "运行记录")


def _redact(value: Any, hunted: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _redact(item, hunted) for key, item in value.items()}
    if isinstance(value, list):
        return [_redact(item, hunted) for item in value]
    if isinstance(value, str) and not hunted.isdisjoint(
        traces.tokens(value.encode("utf-8", "replace"))
    ):
        return WORD
    return value


def _vacuum(engine: Engine) -> None:
    """The database file written anew, without the pages that were emptied."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.connection.cursor().execute("VACUUM")


def _certify(workspace: Workspace, plan: dict[str, Any], result: Purged) -> str:
    from processor.frozen import write_book
    from processor.intake.filenames import safe_name
    from processor.workbooks import destruction

    at = datetime.fromisoformat(plan["at"])
    facts = destruction.Certificate(
        plan["approval"],
        at,
        workspace.settings.retention.years,
        result.cutoff,
        result.items,
        result.files,
        result.left,
        bool(plan["keys"]),
    )
    stem = safe_name(f"销毁证明_{at:%Y-%m-%d}_{plan['approval']}", 150)
    path = (FOLDER / f"{stem}.xlsx").as_posix()
    written = write_book(destruction.plan(facts), [workspace.path(path)])
    if written.pending:
        raise Pending(written.pending)
    return path


def unfinished(workspace: Workspace) -> str:
    """The approval number of a purge that was interrupted, or ""."""
    plan = open_plan(workspace)
    return str(plan["approval"]) if plan else ""


def open_plan(workspace: Workspace) -> dict[str, Any] | None:
    """The plan of a purge that was begun; None also for one whose destruction was interrupted: that
    is the last step."""
    try:
        body: dict[str, Any] = json.loads(workspace.path(PURGE_OPEN).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return body


def note(workspace: Workspace, plan: dict[str, Any]) -> None:
    data = json.dumps(plan, ensure_ascii=False).encode("utf-8", "backslashreplace")
    put_bytes(workspace.path(PURGE_OPEN), data)
