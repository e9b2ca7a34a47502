"""Finding what people changed in the published master and in the development plan."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from processor.decisions.edits import CELL, NOT_TAKEN, REFUSED, Edit
from processor.ledger import tables as t
from processor.ledger.master import (
    NEXT_COPY,
    NEXT_SHA,
    PUBLISHED_COPY,
    SHA,
    STAT,
    file_stat,
    sheet_rows,
)
from processor.ledger.master_diff import CellChange, SheetChanges, sheet_changes
from processor.ledger.master_reading import MasterBook, Unreadable
from processor.ledger.store import Record
from processor.workspace import MASTER, Workspace
from schemas.master import MASTER_SHEETS, PROJECTS

PLAN = Path("outbox/开发计划/大客户开发计划.xlsx")
PLAN_COPY = "plan-published.xlsx"  # under state/
PLAN_STAT, PLAN_HANDLED = "plan_stat", "plan_handled"  # meta
HANDLED = "master_handled"  # meta: the edited file whose edits are in the record
KEPT = Path("backups/手工改动")
SHOWN = 200  # edits not taken that are named one by one
_PERSONAL = frozenset(
    {"reporter", "reporter_phone", "contact", "contact_title", "contact_phone", "contact_other"}
    | {"decider", "suspect"}
)
_PLAN_FIELDS = {
    "大客户部跟进人": "follower",
    "阶段": "stage",
    "下一步行动": "next_action",
    "下一步日期": "next_on",
    "竞争情况": "rivals",
    "最近沟通": "last_contact",
}


def hand_edits(workspace: Workspace, record: Record, *, keep: bool = True) -> list[Edit]:
    """Every change since the last publication, in the order of the sheets; [] as a rule.

    While size and time of a file stand, nothing is read. `keep`: a copy of a master that was
    changed is put under backups/ before it is overwritten.
    """
    return [*_master_edits(workspace, record, keep), *_plan_edits(workspace, record)]


def _master_edits(workspace: Workspace, record: Record, keep: bool) -> list[Edit]:
    path = workspace.path(MASTER)
    published = record.meta(SHA)
    if not published:
        return []
    try:
        stat = file_stat(path)
    except OSError:
        return [_note("台账文件不在原处", "已由账本重新写出")]
    if stat == record.meta(STAT):
        return []
    sha = _sha(path)
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
        return [_note(str(error), f"已由账本重新写出，原文件保存于 {kept or KEPT.as_posix()}")]
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


def _sha(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


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
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        shutil.copyfile(path, place)
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
        yield _note(f"工作表“{name}”被删除", "已恢复", sheet=name)
        return
    for heading in changes.headings:
        yield _note(f"工作表“{name}”的列“{heading}”被删除或改名", "已恢复", sheet=name)
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
        yield _note("", "新增的行，信息须由提报表格受理", sheet=name, cell=place, key=key)
    for key in changes.deleted:
        yield _note("", "该行被删除", sheet=name, cell=name, key=key)


def shown_values(change: CellChange) -> tuple[str, str]:
    """Old and new text of a cell as they may be told: people and phones are masked."""
    if change.field.name not in _PERSONAL:
        return change.old, change.new
    from processor.views import masked

    return masked(change.old) or "", masked(change.new) or ""


def _note(words: str, why: str, *, sheet: str = "", cell: str = "", key: str = "") -> Edit:
    return {
        "kind": REFUSED,
        "sheet": sheet,
        "cell": cell or words,
        "key": key or "台账",
        "why": why,
    }


def _limited(edits: list[Edit], kept: str) -> list[Edit]:
    """A column moved by accident is thousands of cells: the first are named, the others counted."""
    taken = [e for e in edits if e["kind"] == CELL]
    refused = [e for e in edits if e["kind"] == REFUSED]
    result = [*taken, *refused[:SHOWN]]
    if len(refused) > SHOWN:
        where = f"，改动后的文件保存于 {kept}" if kept else ""
        result.append(_note(f"另有 {len(refused) - SHOWN} 处改动", f"不逐一列出{where}"))
    return result


# --- the development plan ---


def _plan_edits(workspace: Workspace, record: Record) -> list[Edit]:
    path, copy = workspace.path(PLAN), workspace.state / PLAN_COPY
    try:
        stat = file_stat(path)
    except OSError:
        return []
    if stat == record.meta(PLAN_STAT) or not copy.exists():
        return []
    sha = _sha(path)
    if sha == record.meta(PLAN_HANDLED):
        return []
    if sha == _sha(copy):
        record.set_meta(PLAN_STAT, stat)
        return []
    try:
        before, after = _plan_rows(copy), _plan_rows(path)
    except Unreadable as error:
        return [_note(str(error), "已重新写出")]
    edits = list(_plan_changes(before, after))
    if edits:
        record.set_meta(PLAN_HANDLED, sha)
    else:
        record.set_meta(PLAN_STAT, stat)
    return edits


def _plan_changes(
    before: dict[str, dict[str, tuple[str, str]]], after: dict[str, dict[str, tuple[str, str]]]
) -> Iterator[Edit]:
    headings = {f.name: f.heading for f in PROJECTS}
    for number, row in after.items():
        for heading, name in _PLAN_FIELDS.items():
            new, cell = row.get(heading, ("", ""))
            old = before.get(number, {}).get(heading, ("", ""))[0]
            if heading not in row or number not in before or old == new:
                continue
            yield {
                "kind": CELL,
                "sheet": "立项",
                "cell": f"开发计划!{cell}",
                "key": number,
                "field": name,
                "heading": headings[name],
                "old": old,
                "new": new,
            }


def _plan_rows(path: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Text and cell by heading, by 立项编号. Raises Unreadable."""
    from python_calamine import CalamineError, CalamineWorkbook

    from processor.ledger.master_reading import column_letter

    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            grid = book.get_sheet_by_name("开发计划").to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(f"{path.name} 无法读取（{type(error).__name__}）") from error
    found: dict[str, dict[str, tuple[str, str]]] = {}
    headings: list[str] = []
    for number, row in enumerate(grid, start=1):
        if "立项编号" in row:
            headings = [str(cell) for cell in row]
        elif headings:
            texts = {
                h: (_plan_text(cell), f"{column_letter(at)}{number}")
                for at, (h, cell) in enumerate(zip(headings, row, strict=False))
            }
            key = texts["立项编号"][0]
            if key.startswith("LX"):
                found.setdefault(key, texts)
    return found


def _plan_text(cell: Any) -> str:
    from processor.ledger.master_reading import text_of

    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return cell.isoformat()
    text = text_of(cell).strip()
    return "" if text in ("—", "-") else text
