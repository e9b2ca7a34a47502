"""What was mailed enters the record and the journal: to which unit and role, with what contacts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from processor.intents import MASTER_KIND, intend_once
from processor.ledger import tables as t
from processor.ledger.canaries import enter, of_facts
from processor.ledger.journal import write_fact
from processor.ledger.store import Record
from processor.workspace import MASTER, Workspace


def tell_mailed(workspace: Workspace, engine: Engine, now: datetime) -> None:
    """Enter into the record, and into the journal, what was sent or left as a draft with contacts.

    Marks and record are two commits: after a crash between them the next delivery tells of it.
    """
    untold = (t.mails.c.logged == "否") & t.mails.c.state.in_(("sent", "draft"))
    with engine.connect() as connection:
        if connection.execute(select(t.mails.c.run).where(untold).limit(1)).first() is None:
            return
    with engine.begin() as connection:
        query = select(t.mails).where(untold).order_by(t.mails.c.run, t.mails.c.message_id)
        items = [
            {
                "id": row.message_id,
                "run": row.run,
                "to": row.label,
                "subject": row.subject,
                "sent": row.state == "sent",
                "contacts": json.loads(row.contacts or "[]"),
            }
            for row in connection.execute(query)
        ]
        last = connection.execute(select(t.runs.c.run).order_by(t.runs.c.run.desc()).limit(1))
        record = Record(connection, last.scalar() or 0, now)
        before = record.meta("chain") or ""
        fact = {"what": "mailed", "mails": items}
        enter_mailed(record, fact)
        intend_once(record, MASTER_KIND, MASTER.as_posix())
        write_fact(workspace, record, before, fact)


def enter_mailed(record: Record, fact: dict[str, Any]) -> None:
    """The fact's mails enter the record at its clock: what was sent to which unit and role, which
    workbooks with contacts went along, by which canary each copy is known. In a rebuilt ledger the
    mails count as sent."""
    sent = sum(1 for item in fact["mails"] if item["sent"])
    if sent:
        record.tell("邮件", "发送邮件", f"发送邮件 {sent} 封")
    for item in fact["mails"]:
        how = "随邮件发送至" if item["sent"] else "写入待发邮件草稿，致"
        for facts in item["contacts"]:
            if isinstance(facts, str):  # a journal of before copies had canaries
                facts = {"matter": facts}
            words = f"{how}{item['to']}，已加密"
            canary = of_facts(facts)
            if canary is not None:
                words += f"，副本标识 {canary.token}"
            record.tell(facts["matter"], "发送含联系方式文件", words)
            if canary is not None:
                enter(record, canary, f"{facts['file']}（{facts['matter']}）{how}{item['to']}")
        known = t.mails.c.message_id == item["id"]
        if record.connection.execute(select(t.mails.c.run).where(known)).first() is None:
            record.connection.execute(
                t.mails.insert(),
                {
                    "message_id": item["id"],
                    "run": item["run"],
                    "label": item["to"],
                    "subject": item["subject"],
                    "state": "sent" if item["sent"] else "draft",
                    "attempts": 1,
                },
            )
        record.connection.execute(t.mails.update().where(known).values(logged="是"))
    record.flush()
