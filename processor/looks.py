"""When each inbox file was first seen, and its leaving: recorded first, forgotten last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, select

from processor.intake.inbox import Entry, EntryKind
from processor.ledger import tables as t
from processor.workspace import Workspace, fsync_folder


@dataclass(frozen=True, slots=True)
class Look:
    """When a candidate was first seen, and the file system's evidence of its arrival."""

    first_seen: datetime
    evidence: float | None
    batch: str | None
    sha256: str | None


def identity(entry: Entry) -> str:
    """Another size, time or inode is another file, and another look."""
    return f"{entry.size}:{entry.mtime_ns}:{entry.inode}"


def _hex(rel: str) -> str:
    """A path as kept in the table of looks: names may hold bytes that are no text."""
    return rel.encode("utf-8", "surrogateescape").hex()


_SLASH = _hex("/")


def observe(
    engine: Engine, entries: list[Entry], now: datetime, previous_wall: float, *, keep: bool
) -> dict[str, Look]:
    """Record first-seen times before anything else is done with the files; by path.

    `keep` false (a dry run): nothing is written.

    Evidence from before the previous look proves nothing about this arrival: it is unknown. What
    lies in a folder that cannot be read now is not withdrawn: its first look stands.
    """
    candidates = [e for e in entries if e.kind is EntryKind.CANDIDATE]
    hidden = tuple(_hex(e.rel) for e in entries if e.kind is EntryKind.ODD)
    seen: dict[str, Look] = {}
    with engine.begin() as connection:
        known = {
            (row.path, row.identity): Look(row.first_seen, row.evidence, row.batch, row.sha256)
            for row in connection.execute(select(t.looks))
        }
        fresh = []
        for entry in candidates:
            key = (_hex(entry.rel), identity(entry))
            look = known.pop(key, None)
            if look is None:
                at = entry.evidence_ns / 1e9 if entry.evidence_ns else 0.0
                evidence = at if at > previous_wall else None
                look = Look(now, evidence, None, None)
                fresh.append(
                    {"path": key[0], "identity": key[1], "first_seen": now, "evidence": evidence}
                )
            seen[entry.rel] = look
        if not keep:
            return seen
        if fresh:
            connection.execute(t.looks.insert(), fresh)
        for path, other in known:  # withdrawn or replaced
            if path in hidden or path.startswith(tuple(h + _SLASH for h in hidden)):
                continue
            connection.execute(
                t.looks.delete().where(t.looks.c.path == path, t.looks.c.identity == other)
            )
    return seen


def mark_taken(connection: Connection, taken: Iterable[tuple[Entry, str]]) -> None:
    """In the run's own commit: these inbox files only wait to be cleared."""
    marks = [{"at": _hex(e.rel), "which": identity(e), "sha": sha} for e, sha in taken]
    if marks:
        here = t.looks.c.path == bindparam("at"), t.looks.c.identity == bindparam("which")
        done = t.looks.update().where(*here).values(batch="已入账", sha256=bindparam("sha"))
        connection.execute(done, marks)


def clear(workspace: Workspace, engine: Engine, taken: Iterable[tuple[Entry, str]]) -> list[str]:
    """The inbox file leaves last, and only if it is still the bytes that were read.

    `taken`: entries in the record, with the SHA-256 of what was read. A look is forgotten when the
    going of its file is durable. Returns the names that could not be removed;
    they are skipped by their hash from now on.
    """
    from processor.intake.inbox import still_same

    stuck = []
    gone: list[Entry] = []
    for entry, sha in taken:
        path = workspace.inbox / entry.rel
        try:
            if still_same(workspace.inbox, entry, sha):
                path.unlink()
            else:
                path.lstat()  # replaced meanwhile: the new one waits for its own look
                continue
        except FileNotFoundError:
            pass
        except OSError as error:
            stuck.append(f"{entry.display}：{error.strerror}")
            continue
        gone.append(entry)
    for folder in {(workspace.inbox / entry.rel).parent for entry in gone}:
        if folder.is_dir():
            fsync_folder(folder)
    with engine.begin() as connection:
        for entry in gone:
            connection.execute(t.looks.delete().where(t.looks.c.path == _hex(entry.rel)))
    return stuck
