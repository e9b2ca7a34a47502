"""`processor mail`: the mails that wait, outside a run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from processor.ledger import tables as t
from processor.report import RunReport
from processor.workspace import Workspace


def deliver_now(
    workspace: Workspace, engine: Engine, now: datetime, *, send: bool
) -> tuple[RunReport, list[dict[str, Any]]]:
    """Write drafts, or send what is due however often it failed; what was done, and the mails.

    The mails listed are those still due, the drafts people have not yet moved away, and what was
    sent just now: to whom (unit and role, no address), subject, file, attachments.
    """
    from processor.mail_sending import deliver
    from processor.publishing import publish_due

    report = RunReport(_clock(engine, now))
    deliver(workspace, engine, report.as_of, report, send=send, at_once=True)
    publish_due(workspace, engine, report.as_of, report, lambda *_: None, master=True)
    return report, [_shown(row) for row in _waiting(workspace, engine, report)]


def _clock(engine: Engine, now: datetime) -> datetime:
    """Never behind the last run."""
    query = select(t.runs.c.as_of).order_by(t.runs.c.run.desc()).limit(1)
    with engine.connect() as connection:
        last: datetime | None = connection.execute(query).scalar()
    return now if last is None else max(now, last)


def _waiting(workspace: Workspace, engine: Engine, report: RunReport) -> list[dict[str, Any]]:
    query = select(t.mails).where(t.mails.c.state.in_(("due", "draft", "sent")))
    query = query.order_by(t.mails.c.run, t.mails.c.message_id)
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    done = set(report.mailed)
    return [
        row
        for row in rows
        if row["state"] == "due"
        or (row["state"] == "sent" and row["draft"] in done)
        or (row["state"] == "draft" and row["draft"] and workspace.path(row["draft"]).exists())
    ]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    from processor.mail_files import parts_of

    files = [f.name for p in parts_of(row) for f in p.files] if row["payload"] else []
    return {
        "to": row["label"],
        "subject": row["subject"],
        "file": row["draft"] or "",
        "state": row["state"],
        "error": row["error"] or "",
        "attachments": files,
    }
