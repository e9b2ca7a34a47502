"""Finding what people changed in the published master."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, select

from processor.decisions.edits import CELL, NOT_TAKEN, REFUSED, Edit, note
from processor.encryption import encrypted, is_encrypted, master_password
from processor.ledger import tables as t
from processor.ledger.master import (
    NEXT_COPY,
    NEXT_SHA,
    PUBLISHED_COPY,
    SHA,
    STAT,
    file_sha,
    file_stat,
)
from processor.ledger.master_diff import CellChange, SheetChanges, sheet_changes
from processor.ledger.master_reading import MasterBook, Unreadable
from processor.ledger.master_rows import sheet_rows
from processor.ledger.plan_edits import plan_edits
from processor.ledger.store import Record
from processor.workspace import MASTER, Workspace, put_bytes
from schemas.master import MASTER_SHEETS

HANDLED = "master_handled"  # meta: the edited file whose edits are in the record
KEPT = Path("backups/手工改动")
SHOWN = 200  # edits not taken that are named one by one
_PERSONAL = frozenset(
    {"reporter", "reporter_phone", "contact", "contact_title", "contact_phone", "contact_other"}
    | {"decider", "suspect"}
)


def hand_edits(workspace: Workspace, record: Record, *, keep: bool = True) -> list[Edit]:
    """Every change since the last publication, in the order of the sheets; [] as a rule.

    While size and time of a file stand, nothing is read. `keep`: a copy of a master that was
    changed is put under backups/ before it is overwritten.
    """
    return [*_master_edits(workspace, record, keep), *plan_edits(workspace, record)]


def _master_edits(workspace: Workspace, record: Record, keep: bool) -> list[Edit]:
    path = workspace.path(MASTER)
    published = record.meta(SHA)
    if not published:
        return []
    try:
        stat = file_stat(path)
    except OSError:
        return [note("台账文件不在原处", "已由账本重新写出")]
    if stat == record.meta(STAT):
        return []
    sha = file_sha(path)
    if sha == record.meta(HANDLED):
        return []  # already taken over or reported; only its replacement is pending
    if sha == record.meta(NEXT_SHA):  # a crash came between the replacement and its note
        _finish_publication(workspace, record, sha, stat, keep)
        return []
    if sha == published:
        record.set_meta(STAT, stat)
        return []
    kept = _keep(workspace, path, sha) if keep else ""
    try:
        found = master_changes(workspace, record.connection)
    except Unreadable as error:
        if isinstance(error.__cause__, OSError):  # no damage: disk or share stumbles
            raise error.__cause__ from error  # what was edited is read by the next run
        return [note(str(error), f"已由账本重新写出，原文件保存于 {kept or KEPT.as_posix()}")]
    if not any(found):
        record.set_meta(SHA, sha)  # saved again, or sorted: it says the same
        record.set_meta(STAT, stat)
        return []
    record.set_meta(HANDLED, sha)
    edits = [e for changes in found for e in _edits_of(changes)]
    if _replacement_pending(record):
        edits = [e for e in edits if not _reported(record, e)]
    return _limited(edits, kept)


def _replacement_pending(record: Record) -> bool:
    query = select(t.intents.c.id).where(
        t.intents.c.path == MASTER.as_posix(), t.intents.c.state == "due"
    )
    return record.connection.execute(query.limit(1)).first() is not None


def _reported(record: Record, edit: Edit) -> bool:
    """Saved once more while the master stays open: what was reported is not reported again."""
    query = select(t.events.c.reason).where(
        t.events.c.number == edit["key"],
        t.events.c.what == NOT_TAKEN,
        t.events.c.new == edit.get("new", ""),
    )
    return any(reason.startswith(edit["cell"]) for (reason,) in record.connection.execute(query))


def _finish_publication(
    workspace: Workspace, record: Record, sha: str, stat: str, keep: bool
) -> None:
    fresh = workspace.state / NEXT_COPY
    if keep and fresh.exists():
        fresh.replace(workspace.state / PUBLISHED_COPY)
    record.set_meta(SHA, sha)
    record.set_meta(STAT, stat)


def _keep(workspace: Workspace, path: Path, sha: str) -> str:
    target = KEPT / f"大客户信息台账_{sha[:12]}.xlsx"
    place = workspace.path(target)
    if not place.exists():
        data = path.read_bytes()
        if workspace.settings.storage.encrypt and not is_encrypted(data):
            # people open it: it gets the password of the master
            data = encrypted(data, master_password())
        put_bytes(place, data)
    return target.as_posix()


def master_changes(workspace: Workspace, connection: Connection) -> list[SheetChanges]:
    """What the master says otherwise than the copy it was edited from. Raises Unreadable."""
    with MasterBook(workspace.path(MASTER)) as copy:
        base = _base(workspace, copy)
        if base is None:  # no copy at hand: the ledger says what was published, or newer
            return [
                sheet_changes(name, lambda name=name: sheet_rows(connection, name), copy)  # type: ignore[misc]
                for name in MASTER_SHEETS
                if name != "说明"
            ]
        with MasterBook(base) as before:
            return [
                sheet_changes(name, lambda name=name: before.cells(name), copy)  # type: ignore[misc]
                for name in MASTER_SHEETS
                if name != "说明"
            ]


def _base(workspace: Workspace, copy: MasterBook) -> Path | None:
    """The copy the clerk started from: after a crash it may be the one about to be published."""
    fresh, published = workspace.state / NEXT_COPY, workspace.state / PUBLISHED_COPY
    notes = [row.texts for row in copy.rows("说明")]
    for path in (fresh, published):
        if path.exists():
            try:
                with MasterBook(path) as book:
                    if path == published or [r.texts for r in book.rows("说明")] == notes:
                        return path
            except Unreadable:
                continue
    return None


def _edits_of(changes: SheetChanges) -> Iterator[Edit]:
    name = changes.sheet
    if changes.missing:
        yield note(f"工作表“{name}”被删除", "已恢复", sheet=name)
        return
    for heading in changes.headings:
        yield note(f"工作表“{name}”的列“{heading}”被删除或改名", "已恢复", sheet=name)
    for cell in changes.cells:
        old, new = shown_values(cell)
        yield {
            "kind": CELL if cell.field.editable else REFUSED,
            "sheet": name,
            "cell": cell.cell,
            "key": cell.key,
            "field": cell.field.name,
            "heading": cell.field.heading,
            "old": old,
            "new": new,
        }
    for place, key in changes.added:
        yield note("", "新增的行，信息须由提报表格受理", sheet=name, cell=place, key=key)
    for key in changes.deleted:
        yield note("", "该行被删除", sheet=name, cell=name, key=key)


def shown_values(change: CellChange) -> tuple[str, str]:
    """Old and new text of a cell as they may be told: people and phones are masked."""
    if change.field.name not in _PERSONAL:
        return change.old, change.new
    from processor.views import masked

    return masked(change.old) or "", masked(change.new) or ""


def _limited(edits: list[Edit], kept: str) -> list[Edit]:
    """A column moved by accident is thousands of cells: the first are named, the others counted."""
    taken = [e for e in edits if e["kind"] == CELL]
    refused = [e for e in edits if e["kind"] == REFUSED]
    result = [*taken, *refused[:SHOWN]]
    if len(refused) > SHOWN:
        where = f"，改动后的文件保存于 {kept}" if kept else ""
        result.append(note(f"另有 {len(refused) - SHOWN} 处改动", f"不逐一列出{where}"))
    return result
