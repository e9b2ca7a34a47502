"""What stands in the archive where an original was destroyed: its hash, and what may be kept of it.

`<archived>.销毁.json` holds the SHA-256 of the original, the approval, and every cell but those of
the rows whose contacts were destroyed. It is not read to decide anything again: the rebuild starts
from the ledger kept by the purge.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from processor import storage
from processor.erasing import destroy, ending
from processor.ledger.journal import Entry
from processor.ledger.purged import FACT, PERSONAL, WORD, words_of
from processor.ledger.traces import reaching, tokens
from processor.workspace import Workspace, fsync_folder

SUFFIX = ".销毁.json"
_WAITING = ".new"
_FORMAT = 1

Place = tuple[str, int]  # sheet, Excel row


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as texts, and which columns (0-based) of which rows are personal, where known."""

    name: str
    rows: list[list[str]]
    personal: Mapping[int, frozenset[int]]  # by Excel row


@dataclass(frozen=True, slots=True)
class Original:
    """An archived file as far as it could be read; without sheets where it could not."""

    archived: str
    sha256: str
    size: int
    sheets: tuple[Sheet, ...] = ()


def path_of(archived: str) -> str:
    return archived + SUFFIX


def read_originals(
    workspace: Workspace, wanted: Mapping[str, tuple[str, str]]
) -> dict[str, Original]:
    """Archived files by archived path; `wanted` gives name as sent and SHA-256. A file that was
    destroyed before is read from its tombstone; one that cannot be read has no sheets."""
    from processor.encryption import opening_passwords
    from processor.intake import forms, guard, reading

    passwords = opening_passwords(workspace)
    found: dict[str, Original] = {}
    safe: dict[str, guard.Safe] = {}
    with storage.readable(workspace) as plain:
        for archived, (name, sha) in wanted.items():
            path = workspace.path(archived)
            if not path.exists():
                stone = workspace.path(path_of(archived))
                if stone.exists():
                    found[archived] = _from_tombstone(workspace, archived, stone)
                continue
            try:
                whole = plain(path)
            except storage.Unreadable:  # its key has gone: nobody reads it any more
                continue
            found[archived] = Original(archived, sha, whole.stat().st_size)
            verdicts = guard.examine(whole, name, passwords)
            if len(verdicts) == 1 and isinstance(verdicts[0], guard.Safe):
                safe[archived] = verdicts[0]
        books = dict(zip(safe, reading.read_all(list(safe.values())), strict=True))
    read = {a: b for a, b in books.items() if not isinstance(b, guard.Refused)}
    loaded = forms.load(list(read.values()))
    for (archived, book), form in zip(read.items(), loaded, strict=True):
        sheets = tuple(_sheet(raw.name, raw.rows, form.rows) for raw in book.sheets)
        old = found[archived]
        found[archived] = Original(archived, old.sha256, old.size, sheets)
    return found


def _sheet(name: str, rows: Sequence[Sequence[object]], form_rows: Sequence[Any]) -> Sheet:
    from processor.intake.text import text_of

    personal = {
        row.row: frozenset(row.places[f][1] for f in PERSONAL if f in row.places)
        for row in form_rows
        if row.sheet == name
    }
    return Sheet(name, [[text_of(cell) for cell in row] for row in rows], personal)


def _from_tombstone(workspace: Workspace, archived: str, stone: Path) -> Original:
    body = json.loads(storage.read(workspace, stone).decode("utf-8"))
    sheets = tuple(
        Sheet(s["name"], s["rows"], {int(r): frozenset(c) for r, c in s["personal"].items()})
        for s in body["sheets"]
    )
    return Original(archived, body["sha256"], body["size"], sheets)


def reaching_in(original: Original, doomed: frozenset[Place]) -> set[str]:
    """The phones and addresses in the rows whose contacts go, as people typed them."""
    found: set[str] = set()
    for sheet in original.sheets:
        for number, row in enumerate(sheet.rows, start=1):
            if (sheet.name, number) not in doomed:
                continue
            columns = sheet.personal.get(number)
            for column, text in enumerate(row):
                if columns is None:
                    found |= {t for word in words_of(text) for t in reaching(word)}
                elif column in columns:
                    found |= reaching(text)
    return found


def redacted(
    original: Original, doomed: frozenset[Place], wanted: frozenset[str]
) -> tuple[list[dict[str, Any]], int]:
    """The sheets with the contacts of doomed rows, and of rows that hold a wanted token, replaced
    by a fixed word; and the number of such rows."""
    sheets = []
    count = 0
    for sheet in original.sheets:
        rows = []
        for number, row in enumerate(sheet.rows, start=1):
            hit = {c for c, text in enumerate(row) if not wanted.isdisjoint(tokens(text.encode()))}
            if (sheet.name, number) not in doomed and not hit:
                rows.append(row)
                continue
            count += 1
            columns = sheet.personal.get(number)
            gone = (columns | hit) if columns is not None else frozenset(range(len(row)))
            names = [row[c] for c in gone if c < len(row) and len(row[c]) >= 2]
            rows.append([_kept(c in gone, text, names) for c, text in enumerate(row)])
        personal = {str(number): sorted(columns) for number, columns in sheet.personal.items()}
        sheets.append({"name": sheet.name, "rows": rows, "personal": personal})
    return sheets, count


def _kept(gone: bool, text: str, names: Sequence[str]) -> str:
    if gone:
        return WORD if text else ""
    for name in names:
        text = text.replace(name, WORD)
    return text


def write(
    workspace: Workspace,
    original: Original,
    sheets: list[dict[str, Any]],
    approval: str,
    now: datetime,
) -> str:
    """Write the tombstone beside the original, under a name that `put_up` makes the real one once
    the purge is committed; its SHA-256."""
    import hashlib

    body = {
        "format": _FORMAT,
        "archived": original.archived,
        "sha256": original.sha256,
        "size": original.size,
        "approval": approval,
        "at": f"{now:%Y-%m-%d %H:%M:%S}",
        "sheets": sheets,
    }
    data = json.dumps(body, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")

    storage.store(workspace, prepared(workspace, original.archived), storage.of_bytes(data))
    return hashlib.sha256(data).hexdigest()


def put_up(workspace: Workspace, archived: str) -> None:
    """The prepared tombstone takes its place; the one of an earlier purge is overwritten."""
    target = workspace.path(path_of(archived))
    with ending(target):
        prepared(workspace, archived).replace(target)
        fsync_folder(target.parent)


def prepared(workspace: Workspace, archived: str) -> Path:
    """Where a tombstone waits for the commit of its purge."""
    return workspace.path(f"{path_of(archived)}{_WAITING}")


def forget_prepared(workspace: Workspace) -> None:
    """End the tombstones of a purge that never committed."""
    for path in list(workspace.archive.rglob(f"*{SUFFIX}{_WAITING}")):
        destroy(path)


def known(entries: Sequence[Entry]) -> dict[str, str]:
    """SHA-256 of every tombstone by the archived path it stands for, newest purge last."""
    found: dict[str, str] = {}
    for entry in entries:
        if entry.data.get("what") == FACT:
            found.update(entry.data["tombstones"])
    return found
