"""Finding what people wrote into the published development plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from processor.decisions.edits import CELL, Edit, note
from processor.ledger.master import file_sha, file_stat
from processor.ledger.master_reading import Unreadable
from processor.ledger.store import Record
from processor.workspace import Workspace
from schemas.master import PROJECTS

PLAN = Path("outbox/开发计划/大客户开发计划.xlsx")
PLAN_COPY = "plan-published.xlsx"  # under state/
PLAN_STAT, PLAN_HANDLED = "plan_stat", "plan_handled"  # meta
_PLAN_FIELDS = {
    "大客户部跟进人": "follower",
    "阶段": "stage",
    "下一步行动": "next_action",
    "下一步日期": "next_on",
    "竞争情况": "rivals",
    "最近沟通": "last_contact",
}


def plan_edits(workspace: Workspace, record: Record) -> list[Edit]:
    path, copy = workspace.path(PLAN), workspace.state / PLAN_COPY
    try:
        stat = file_stat(path)
    except OSError:
        return []
    if stat == record.meta(PLAN_STAT) or not copy.exists():
        return []
    sha = file_sha(path)
    if sha == record.meta(PLAN_HANDLED):
        return []
    if sha == file_sha(copy):
        record.set_meta(PLAN_STAT, stat)
        return []
    try:
        before, after = _plan_rows(copy), _plan_rows(path)
    except Unreadable as error:
        return [note(str(error), "已重新写出")]
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
