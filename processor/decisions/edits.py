"""Hand edits the clerk saved in the master or the development plan, taken over or reported.

Finding them looks at the workbooks; applying them looks only at what was found, which the journal
keeps. Columns meant for the clerk become recorded changes; anything else is written into 变更记录
with its cell, old and new value, and undone by the next publication.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from processor.decisions.session import Session
from processor.decisions.settling import settle_around
from processor.ledger import tables as t
from processor.ledger.purged import without_contacts
from processor.ledger.store import Row
from processor.model import RuleKey, State

Edit = dict[str, Any]

CELL, REFUSED = "cell", "refused"  # kinds of edits: to be obeyed, to be reported
NOT_TAKEN = "手工改动未采用"
TAKEN = "手工改动"
_YES_NO = ("是", "否", "")
_STAGES = ("立项", "初访", "方案", "投标", "签约", "提车", "关闭")
_NO_CLOSING = (State.RULING, State.INVALID, State.DUPLICATE)
_DATES = frozenset({"next_on", "sign_on", "paid_on"})


def note(words: str, why: str, *, sheet: str = "", cell: str = "", key: str = "") -> Edit:
    """An edit that is only reported: what it is (or its cell) and why it is not taken."""
    return {
        "kind": REFUSED,
        "sheet": sheet,
        "cell": cell or words,
        "key": key or "台账",
        "why": why,
    }


def apply_edits(session: Session) -> None:
    """Carry out or report every edit of the session, in the order found."""
    for edit in session.edits:
        why = _take(session, edit) if edit["kind"] == CELL else edit.get("why", "该列由程序维护")
        if why:
            _report(session, edit, why)


def _take(session: Session, edit: Edit) -> str:
    """Obey one edited cell; why not, or "" when it is done."""
    taker = _TAKERS[edit["sheet"]]
    return taker(session, edit)


def _state(session: Session, edit: Edit) -> str:
    """状态: 关闭 closes a lead; clearing the cell of a closed one opens it again."""
    lead = session.lead(edit["key"])
    if lead is None:
        return "没有该编号"
    if edit["new"] == State.CLOSED.value:
        if lead["closed_at"] is not None:
            return ""
        if lead["state"] in _NO_CLOSING:
            return f"该信息当前为{lead['state']}，不能关闭"
        session.record.change(t.leads, lead, closed_at=session.now, updated_at=session.now)
        _tell(session, edit, "由信息管理人关闭")
    elif not edit["new"] and lead["closed_at"] is not None:
        session.record.change(t.leads, lead, closed_at=None, updated_at=session.now)
        _tell(session, edit, "由信息管理人重新打开")
    else:
        return "状态只可改为“关闭”；清空已关闭信息的状态表示重新打开"
    settle_around(session, [lead["number"]])
    if lead["project_no"]:
        session.topics.add("plan")
    return ""


def _lead(session: Session, edit: Edit) -> str:
    if edit["field"] == "state":
        return _state(session, edit)
    lead = session.lead(edit["key"])
    if lead is None:
        return "没有该编号"
    session.record.change(t.leads, lead, clerk_note=edit["new"] or None)
    _tell(session, edit, "人工备注更新")
    return ""


def _alias(session: Session, edit: Edit) -> str:
    if edit["new"] not in _YES_NO:
        return "停用只可填写“是”或“否”"
    row = session.record.get(t.aliases, edit["key"])
    if row is None:
        return "没有该编号"
    if session.record.change(t.aliases, row, disabled=edit["new"] or None):
        _tell(session, edit, "客户别名停用" if edit["new"] == "是" else "客户别名启用")
        session.forget_knowledge()
    return ""


def _project(session: Session, edit: Edit) -> str:
    row = session.record.get(t.projects, edit["key"])
    if row is None:
        return "没有该编号"
    if edit["field"] == "stage" and edit["new"] not in _STAGES:
        return f"阶段只可填写{'、'.join(_STAGES)}"
    return _set(session, edit, t.projects, row, updated_at=session.now)


def _penalty(session: Session, edit: Edit) -> str:
    row = session.record.get(t.penalties, edit["key"])
    return "没有该编号" if row is None else _set(session, edit, t.penalties, row)


def _reward(session: Session, edit: Edit) -> str:
    row = session.record.get(t.rewards, edit["key"])
    return "没有该编号" if row is None else _set(session, edit, t.rewards, row)


def _set(session: Session, edit: Edit, table: Any, row: Row, **also: Any) -> str:
    """Write a text or date column; a date that is none is not taken."""
    value: str | None = edit["new"].strip() or None
    if value is not None and edit["field"] in _DATES:
        day = day_of(value)
        if day is None:
            return "日期请写作 2026-11-20"
        value = day.isoformat()
    if session.record.change(table, row, **{edit["field"]: value}):
        session.record.change(table, row, **also)
        _tell(session, edit, f"{edit['heading']}更新", new=value or "")
        if table is t.projects:
            session.topics.add("plan")
    return ""


def day_of(text: str) -> date | None:
    """A typed date; None when it is none."""
    from processor.intake.dates import day

    value = day(text).value
    return value if isinstance(value, date) else None


_TAKERS: dict[str, Callable[[Session, Edit], str]] = {
    "台账": _lead,
    "客户别名": _alias,
    "立项": _project,
    "处罚": _penalty,
    "奖励台账": _reward,
}


def _tell(session: Session, edit: Edit, words: str, new: str | None = None) -> None:
    rule = RuleKey.PROJECT_PLAN if edit["sheet"] == "立项" else None
    session.tell(
        edit["key"],
        TAKEN,
        f"{words}（{edit['cell']}）",
        rule=rule,
        old=without_contacts(edit["old"]),
        new=without_contacts(edit["new"] if new is None else new),
    )


def _report(session: Session, edit: Edit, why: str) -> None:
    place = f"{edit['cell']} {edit.get('heading', '')}".strip()
    session.tell(
        edit["key"],
        NOT_TAKEN,
        f"{place}：{why}，已恢复",
        old=without_contacts(edit.get("old", "")),
        new=without_contacts(edit.get("new", "")),
    )
    values = ""
    if edit.get("old") or edit.get("new"):
        values = f"（原“{edit.get('old', '')}”，改为“{edit.get('new', '')}”）"
    session.warnings.append(f"手工改动未采用：{place} {edit['key']}{values}，{why}，已恢复")
