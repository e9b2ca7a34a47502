"""From the inbox to arrivals: private copies, safe reading, the archive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from processor import storage, storage_keys
from processor.decisions.session import Arrival
from processor.intake.filenames import safe_name
from processor.intake.inbox import Entry, EntryKind, Snapshot
from processor.ledger import tables as t
from processor.looks import Look
from processor.model import FileState, Severity
from processor.progress import Progress
from processor.workspace import Workspace, fsync_folder, make_folder, place

ARCHIVE_QUARANTINE = "隔离"
LEFT_OPEN = timedelta(days=1)  # an owner file beside a form that does not change is left over


@dataclass(slots=True)
class Intake:
    """What the inbox held in this run."""

    arrivals: list[Arrival] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)  # display name, reason
    ignored: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # for the clerk
    sources: dict[str, tuple[Entry, str]] = field(default_factory=dict)  # rel -> entry, sha256
    finished: list[tuple[Entry, str]] = field(default_factory=list)  # committed before, to clear

    @property
    def taken(self) -> list[tuple[Entry, str]]:
        """What is in the record when the run has committed, with the SHA-256 of what was read."""
        return [*self.sources.values(), *self.finished]


def take(
    workspace: Workspace,
    engine: Engine,
    entries: list[Entry],
    looks: Mapping[str, Look],
    now: datetime,
    staging: Path,
    settle_seconds: float,
    progress: Progress,
) -> Intake:
    """Copy, examine, read and understand every candidate. Changes nothing outside `staging`.

    A form somebody has open waits, but not for ever: a program that died leaves its mark behind,
    and who keeps a form open for a day without saving has handed it in.
    """
    intake = Intake()
    todo: list[Entry] = []
    for entry in entries:
        if entry.kind is EntryKind.IGNORED:
            intake.ignored.append((entry.display, "系统或临时文件"))
        elif entry.kind is EntryKind.ODD:
            intake.ignored.append((entry.display, entry.note))
        elif _finished(workspace, entry, looks[entry.rel]):
            intake.finished.append((entry, looks[entry.rel].sha256 or ""))
        elif entry.open_by and now - looks[entry.rel].first_seen >= LEFT_OPEN:
            intake.notes.append(
                f"{entry.display} 旁有“正在打开”的标记（{entry.open_by}），但已超过一天没有变动，"
                "按现有内容处理"
            )
            todo.append(replace(entry, open_by=""))
        else:
            todo.append(entry)
    if not todo:
        return intake
    from processor.encryption import opening_passwords
    from processor.intake import forms, guard, inbox, reading

    passwords = opening_passwords(workspace)
    progress("复制文件", 0, len(todo))
    safe: list[tuple[Arrival, guard.Safe]] = []
    refused: list[tuple[Arrival, guard.Refused]] = []
    for result in inbox.snapshot_all(workspace.inbox, todo, staging, settle_seconds):
        if isinstance(result, inbox.Waiting):
            intake.waiting.append((result.entry.display, result.reason))
        elif isinstance(result, Snapshot):
            entry = result.entry
            look = looks[entry.rel]
            if look.batch and look.sha256 == result.sha256:
                intake.finished.append((entry, result.sha256))
                continue
            intake.sources[entry.rel] = (entry, result.sha256)
            # changed in place, unseen by size, time and inode: another file, first seen now
            look = Look(now, None, None, None) if look.batch else look
            name = entry.display.split("/")[-1]
            known = partial(_by_place, passwords, entry.rel)
            for verdict in guard.examine(result.path, name, known):
                arrival = Arrival(
                    batch="",
                    received_at=look.first_seen,
                    evidence=look.evidence,
                    path=entry.rel,
                    name=verdict.name,
                    sha256=verdict.sha256 or result.sha256,  # not unpacked: the zip itself
                    staged=str(verdict.path),
                )
                if isinstance(verdict, guard.Safe):
                    safe.append((arrival, verdict))
                else:
                    refused.append((arrival, verdict))
    fresh = _without_repeats(engine, intake, safe)
    progress("读取表格", 0, len(fresh))
    books = reading.read_all([item for _, item in fresh])
    loaded: list[tuple[Arrival, object]] = []
    for (arrival, _), book in zip(fresh, books, strict=True):
        if isinstance(book, guard.Refused):
            refused.append((arrival, book))
        else:
            loaded.append((arrival, book))
    progress("核对内容", 0, len(loaded))
    for (arrival, _), form in zip(
        loaded,
        forms.load([book for _, book in loaded]),  # type: ignore[misc]
        strict=True,
    ):
        intake.arrivals.append(understood(arrival, form))
    for arrival, no in refused:
        intake.arrivals.append(replace(arrival, state=no.state.value, reason=no.message))
    return intake


def _finished(workspace: Workspace, entry: Entry, look: Look) -> bool:
    """In the record already, and still the bytes that were read: it only waits to be cleared."""
    from processor.intake.inbox import still_same

    return bool(look.batch) and still_same(workspace.inbox, entry, look.sha256 or "")


def _by_place(
    passwords: Callable[[str], tuple[str, ...]], path: str, _name: str
) -> tuple[str, ...]:
    return passwords(path)


def _without_repeats(engine: Engine, intake: Intake, safe: list) -> list:  # type: ignore[type-arg]
    """Set aside files whose very bytes were accepted before, or lie here twice."""
    with engine.connect() as connection:
        earlier = _accepted(connection, [arrival.sha256 for arrival, _ in safe])
    fresh = []
    here: dict[str, Arrival] = {}
    for arrival, item in sorted(safe, key=lambda pair: order_of(pair[0])):
        found = earlier.get(arrival.sha256)
        first = here.get(arrival.sha256)
        if found is not None:
            when, name = found
        elif first is not None:
            when, name = first.received_at, first.name
        else:
            here[arrival.sha256] = arrival
            fresh.append((arrival, item))
            continue
        reason = f"与 {when:%Y-%m-%d %H:%M} 收到的“{name}”内容完全相同，不重复计算"
        intake.arrivals.append(replace(arrival, state=FileState.DUPLICATE.value, reason=reason))
    return fresh


def _accepted(connection: Connection, hashes: list[str]) -> dict[str, tuple[datetime, str]]:
    found: dict[str, tuple[datetime, str]] = {}
    for start in range(0, len(hashes), 500):
        query = select(t.files.c.sha256, t.files.c.received_at, t.files.c.name).where(
            t.files.c.sha256.in_(hashes[start : start + 500]),
            t.files.c.state == FileState.ACCEPTED.value,
        )
        for sha, when, name in connection.execute(query):
            if sha not in found or when < found[sha][0]:
                found[sha] = (when, name)
    return found


def understood(arrival: Arrival, form: object) -> Arrival:
    from processor.intake.forms import LoadedForm

    if not isinstance(form, LoadedForm):
        raise TypeError(f"not a loaded form: {form!r}")
    if form.refused:
        grave = [p for p in form.file_problems if p.severity is Severity.FILE]
        return replace(
            arrival,
            form=form,
            state=FileState.REFUSED.value,
            reason="；".join(p.message for p in grave),
            remedy="；".join(p.remedy for p in grave),
        )
    return replace(arrival, form=form)


def order_of(arrival: Arrival) -> tuple[datetime, float, str, str]:
    """Order of receipt: first seen, then evidence (unknown last), then name."""
    evidence = float("inf") if arrival.evidence is None else arrival.evidence
    return (arrival.received_at, evidence, arrival.path, arrival.name)


def archive(workspace: Workspace, arrivals: list[Arrival]) -> list[Arrival]:
    """Put every file's bytes into the archive, named by content, before anything is committed.

    A file left there by a run that did not commit is found again and reused.
    """
    if arrivals and workspace.settings.storage.encrypt:
        storage_keys.reserve(workspace, len(arrivals) + 1)  # one for the journal
    done = []
    folders: set[Path] = set()
    for arrival in arrivals:
        if arrival.state == FileState.QUARANTINED.value:
            folder = Path("archive") / ARCHIVE_QUARANTINE
        else:
            folder = Path("archive") / f"{arrival.received_at:%Y}" / f"{arrival.received_at:%m}"
        target = folder / f"{arrival.sha256[:12]}_{safe_name(arrival.name)}"
        path = workspace.path(target)
        if not _holds(workspace, path, arrival.sha256):
            make_folder(path.parent)
            place(path, storage.sealing(workspace, storage.of_file(Path(arrival.staged))))
            folders.add(path.parent)
        done.append(replace(arrival, archived=target.as_posix()))
    for folder_path in folders:
        fsync_folder(folder_path)
    return done


def _holds(workspace: Workspace, path: Path, sha256: str) -> bool:
    """Whether the very bytes lie there: a name and a size prove nothing."""
    try:
        return storage.sha_of(workspace, path) == sha256
    except (FileNotFoundError, storage.Unreadable):
        return False
