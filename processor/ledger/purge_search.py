"""Which files of the workspace show what a purge destroys, and the tombstones for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from processor import storage
from processor.ledger import tables as t
from processor.ledger import tombstones, traces
from processor.ledger.purged import PERSONAL, TABLES, Due, words_in
from processor.ledger.store import Record
from processor.model import FormKind
from processor.workspace import ROSTER, Workspace

_FORMS = (FormKind.LEADS.value, FormKind.SCREENING.value, FormKind.APPLICATION.value)

Rows = Mapping[str, frozenset[tombstones.Place]]  # by archived path
Files = Mapping[str, tuple[str, str]]  # name as sent and SHA-256, by archived path


def sought(workspace: Workspace, record: Record, due: Due) -> tuple[set[str], Rows, Files]:
    """The tokens of what goes; by archived path the rows that carry it; the files' names and
    hashes."""
    connection = record.connection
    wanted: set[str] = set()
    places: dict[tuple[str, int], set[tombstones.Place]] = {}  # (file name, run) -> rows
    batches: dict[str, set[tombstones.Place]] = {}
    numbers: set[str] = set()
    for (table, _), keys in zip(TABLES, (due.leads, due.refusals, due.applications), strict=True):
        for key in keys:
            row = record.get(table, key)
            if row is None:
                continue
            wanted |= _reaching(row)
            batches.setdefault(row["batch"], set()).add((row["source_sheet"], row["source_row"]))
            numbers.add(key)
    columns = t.events.c
    for event in connection.execute(
        select(columns.number, columns.source_file, columns.source_sheet, columns.source_row)
        .add_columns(columns.run)
        .where(columns.source_file != "")
    ):
        if event.number in numbers and event.source_row:
            place_of = (event.source_sheet, event.source_row)
            places.setdefault((event.source_file, event.run), set()).add(place_of)
    doomed: dict[str, set[tombstones.Place]] = {}
    files: dict[str, tuple[str, str]] = {}
    for file in connection.execute(select(t.files).where(t.files.c.archived.is_not(None))):
        if file.form not in _FORMS:
            continue  # others hold no contacts in columns of their own
        rows = batches.get(file.batch, set()) | places.get((file.name, file.run), set())
        if rows and file.archived:
            doomed.setdefault(file.archived, set()).update(rows)
            files[file.archived] = (file.name, file.sha256)
    frozen = {archived: frozenset(rows) for archived, rows in doomed.items()}
    for archived, original in tombstones.read_originals(workspace, files).items():
        wanted |= tombstones.reaching_in(original, frozen[archived])
    return wanted, frozen, files


def _reaching(row: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    for name in PERSONAL:
        if row.get(name):
            found |= traces.reaching(str(row[name]))
    for word in words_in(dict(row)):
        found |= traces.reaching(word)
    return found


def still_held(workspace: Workspace, connection: Connection) -> set[str]:
    """Tokens that rows kept in the record, or the roster, hold too: they are not hunted down."""
    found = _in_file(workspace.path(ROSTER))
    for table, _ in TABLES:
        for row in connection.execute(select(table)).mappings():
            found |= _reaching(dict(row))
    return found


def _in_file(path: Path) -> set[str]:
    try:
        data = path.read_bytes()
    except OSError:
        return set()
    return {token for piece in traces.pieces(data) for token in traces.tokens(piece)}


def bury(
    workspace: Workspace,
    connection: Connection,
    wanted: set[str],
    doomed: Rows,
    files: Files,
    approval: str,
    now: datetime,
) -> tuple[dict[str, str], list[str]]:
    """Tombstones of every archived file that holds what goes; originals to be destroyed."""
    hunted = frozenset(wanted)
    look = partial(storage.content_of, workspace)
    registered = {
        row.archived: (row.name, row.sha256)
        for row in connection.execute(select(t.files).where(t.files.c.archived.is_not(None)))
    }
    concerned = dict(files)
    for archived, facts in registered.items():
        path = workspace.path(archived)
        stone = workspace.path(tombstones.path_of(archived))
        if archived not in concerned and (
            traces.holds(path, hunted, look)
            or (not path.exists() and traces.holds(stone, hunted, look))
        ):
            concerned[archived] = facts
    tombstones.forget_prepared(workspace)
    stones: dict[str, str] = {}
    for archived, original in tombstones.read_originals(workspace, concerned).items():
        sheets, _ = tombstones.redacted(original, doomed.get(archived, frozenset()), hunted)
        stones[archived] = tombstones.write(workspace, original, sheets, approval, now)
    return stones, [a for a in stones if workspace.path(a).exists()]


def receipts_of(
    workspace: Workspace,
    connection: Connection,
    doomed: Rows,
    files: Files,
) -> list[str]:
    """Receipts of the files whose rows went: they show the rows as sent."""
    from processor.intake.filenames import safe_name

    starts = set()
    for row in connection.execute(select(t.files).where(t.files.c.archived.is_not(None))):
        if row.archived in doomed and row.archived in files:
            stem = row.name.rsplit(".", 1)[0] if "." in row.name else row.name
            starts.add(f"{row.received_at:%Y%m%d-%H%M%S}_{safe_name(stem, 120)}_回执")
    written = connection.execute(select(t.intents.c.path).where(t.intents.c.kind == "receipt"))
    listed = {Path(path) for path in written.scalars()}
    found = traces.files_under(workspace.root, ("outbox/回执",))
    listed |= {path.relative_to(workspace.root) for path in found}
    return sorted(p.as_posix() for p in listed if p.stem.partition("(")[0] in starts)
