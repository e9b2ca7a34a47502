"""今日待办: what the leak register asks of the clerk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.decisions.canaries import open_traces
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.model import RuleKey

if TYPE_CHECKING:
    from processor.workbooks.today import Todo


def leaks(session: Session) -> list[Todo]:
    """Traces of a leak that nobody has registered, and registered leaks not closed (7.3.4)."""
    from processor.workbooks.today import Todo

    found = []
    clause = session.clause(RuleKey.LEAK)
    traces = open_traces(session)
    if traces:
        words = "来表中有邮件副本的标识行，请核查并登记信息泄漏登记表：" + "、".join(traces[:8])
        found.append(Todo(1, "核查泄漏线索", words, len(traces), clause))
    rows = session.record.select(t.leaks, t.leaks.c.closed_on.is_(None), order=t.leaks.c.number)
    if rows:
        words = "尚未填写关闭日期：" + "、".join(
            f"{r['number']}（{r['finding'] or '未填结论'}）" for r in rows[:8]
        )
        found.append(Todo(2, "办理信息泄漏", words, len(rows), clause))
    return found
