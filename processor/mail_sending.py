"""The mails that are due: drafts for people to send, or sent over SMTP and marked one by one.

A mail is marked right after the server's 250. A crash in between is the one window nobody can know:
the mail goes out again then, under the same Message-ID.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, select

from processor.ledger import tables as t
from processor.mail_files import Copies, contents_of, eml_path, message_of, paths_of
from processor.workspace import Pending, Workspace, write_bytes

if TYPE_CHECKING:
    from processor.model import Roster
    from processor.report import RunReport

LOST_LIMIT = 3  # broken connections in one run before the rest waits for the next
_FIRST_WAIT = timedelta(minutes=5)  # after a temporary refusal; doubled each time
_LONGEST_WAIT = timedelta(days=1)


def deliver(
    workspace: Workspace,
    engine: Engine,
    now: datetime,
    report: RunReport,
    *,
    send: bool,
    at_once: bool = False,
    waits: Sequence[float] | None = None,
) -> None:
    """Write drafts of the mails that are due, or send them (`send`); the report tells what became
    of them. Whoever calls holds the workspace.

    Without a server a draft is the mail: people send it, and the record is done with it. With a
    server, but not asked to send, the mail stays due. `at_once`: also what should wait after a
    refusal. A mail that cannot be sent stays due, with a warning, and the run needs a person.
    """
    with engine.connect() as connection:
        query = select(t.mails).where(t.mails.c.logged == "否")
        query = query.order_by(t.mails.c.run, t.mails.c.message_id)
        unfinished = [dict(r) for r in connection.execute(query).mappings()]
        rows = [r for r in unfinished if r["state"] == "due" and (send or r["draft"] is None)]
        if rows:
            waiting = _unpublished(connection)
            roster = kept_roster(connection)
    if rows:
        ready = [r for r in rows if not waiting & set(paths_of(r))]
        _delay(report, rows, ready, send)
        copies = Copies(workspace, engine)
        if send:
            _send_all(workspace, engine, now, report, roster, ready, copies, at_once, waits)
        else:
            for row in ready:
                _write_draft(workspace, engine, report, row, copies)
    if rows or any(r["state"] != "due" for r in unfinished):
        from processor.mail_log import tell_mailed

        tell_mailed(workspace, engine, now)


def kept_roster(connection: Connection) -> Roster:
    """The roster as the last run read it."""
    from processor import roster
    from processor.model import Roster

    kept = connection.execute(select(t.meta.c.value).where(t.meta.c.key == "roster")).scalar()
    return roster.from_json(kept) if kept else Roster()


def _unpublished(connection: Connection) -> set[str]:
    query = select(t.intents.c.path).where(t.intents.c.state == "due")
    return {row[0] for row in connection.execute(query)}


def _delay(
    report: RunReport, rows: list[dict[str, Any]], ready: list[dict[str, Any]], send: bool
) -> None:
    left = len(rows) - len(ready)
    if left and send:
        report.attention = True
        report.warnings.append(f"{left} 封邮件等待附件写出后再发。")


def _mark(engine: Engine, message_id: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(
            t.mails.update().where(t.mails.c.message_id == message_id).values(**values)
        )


# --- drafts ---


def _write_draft(
    workspace: Workspace, engine: Engine, report: RunReport, row: dict[str, Any], copies: Copies
) -> None:
    settings = workspace.settings.mail
    contents = contents_of(workspace, row, copies)
    path = eml_path(row)
    try:
        write_bytes(
            workspace.path(path),
            message_of(row, settings.sender or settings.user, contents, draft=True),
        )
    except Pending as error:
        report.pending.append({"path": path, "reason": str(error)})
        return
    left = json.dumps(contents[2], ensure_ascii=False)
    if settings.server:
        _mark(engine, row["message_id"], draft=path, contacts=left)
    else:
        logged = "否" if contents[2] else "是"
        _mark(
            engine, row["message_id"], draft=path, state="draft", contacts=left, logged=logged,
            payload=None,
        )  # fmt: skip
    report.mailed.append(path)


# --- sending ---


def _send_all(
    workspace: Workspace,
    engine: Engine,
    now: datetime,
    report: RunReport,
    roster: Any,
    rows: list[dict[str, Any]],
    copies: Copies,
    at_once: bool,
    waits: Sequence[float] | None,
) -> None:
    from email.utils import parseaddr

    from processor.encryption import MAIL, secret
    from processor.mail_smtp import WAITS, Lost, Refused, ServerTrouble, Transport

    settings = workspace.settings.mail
    sender = settings.sender or settings.user
    bare = parseaddr(sender)[1]
    if not settings.server or "@" not in bare or not bare.isascii():
        _warn(report, "邮件未发出：请在 processor.toml 的 [mail] 中设置 server 和 sender。")
        for row in rows:
            if row["draft"] is None:
                _write_draft(workspace, engine, report, row, copies)
        return
    transport = Transport(settings, bare, secret(MAIL) if settings.user else None, waits or WAITS)
    lost = 0
    try:
        for done, row in enumerate(rows):
            if not _addressed(engine, report, roster, row, now):
                continue
            if row["next_at"] is not None and row["next_at"] > now and not at_once:
                _warn(report, f"邮件未发出：{row['label']}，{row['error']}，稍后重试")
                continue
            contents = contents_of(workspace, row, copies)
            data = message_of(row, sender, contents, draft=False)
            try:
                transport.send(row["address"], data)
            except Refused as error:
                _failed(engine, report, row, str(error), _next(now, row, error.temporary))
            except Lost as error:
                _failed(engine, report, row, str(error), None)
                lost += 1
                if lost >= LOST_LIMIT:
                    left = len(rows) - done - 1
                    if left:
                        _warn(report, f"连接多次中断，其余 {left} 封邮件下次再发。")
                    break
            except ServerTrouble as error:
                _warn(report, f"{len(rows) - done} 封邮件未发出：{error}")
                for other in rows[done:]:
                    _mark(engine, other["message_id"], error=str(error))
                break
            else:
                _sent(workspace, engine, report, now, row, data, contents[2])
    finally:
        transport.close()


def _addressed(
    engine: Engine, report: RunReport, roster: Any, row: dict[str, Any], now: datetime
) -> bool:
    """Take the address of the roster in force: a wrong one may have been mended, a person gone."""
    from processor.mail import address_now

    address = address_now(roster, row["who"], now.date())
    if address is None:
        _mark(engine, row["message_id"], state="void", logged="是", error="单位名录中已无此收件人")
        report.warnings.append(f"邮件作废：{row['label']}，单位名录中已无此收件人的邮箱")
        report.attention = True
        return False
    if address != row["address"]:
        row["address"] = address
        row["next_at"] = None
        _mark(engine, row["message_id"], address=address, next_at=None)
    return True


def _warn(report: RunReport, words: str) -> None:
    report.warnings.append(words)
    report.attention = True


def _next(now: datetime, row: dict[str, Any], temporary: bool) -> datetime:
    if not temporary:
        return now + _LONGEST_WAIT
    attempts: int = min(row["attempts"], 10)
    return now + min(_FIRST_WAIT * (1 << attempts), _LONGEST_WAIT)


def _failed(
    engine: Engine, report: RunReport, row: dict[str, Any], error: str, next_at: datetime | None
) -> None:
    _warn(report, f"邮件未发出：{row['label']}，{error}")
    _mark(engine, row["message_id"], attempts=row["attempts"] + 1, error=error, next_at=next_at)


def _sent(
    workspace: Workspace,
    engine: Engine,
    report: RunReport,
    now: datetime,
    row: dict[str, Any],
    data: bytes,
    contacts: list[dict[str, str]],
) -> None:
    path = row["draft"] or eml_path(row)
    _mark(
        engine,
        row["message_id"],
        state="sent",
        sent_at=now,
        draft=path,
        attempts=row["attempts"] + 1,
        error=None,
        next_at=None,
        payload=None,
        contacts=json.dumps(contacts, ensure_ascii=False),
    )
    report.mailed.append(path)
    try:
        write_bytes(workspace.path(path), data)
    except Pending as error:
        report.warnings.append(f"已发邮件的副本未能写入：{error}")
