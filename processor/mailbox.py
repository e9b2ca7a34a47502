"""Optional intake from a mailbox: attachments become inbox files, dated by the server's receipt.

Mails are read and marked as seen, never moved or deleted. What was fetched is remembered by UID and
UIDVALIDITY in the ledger, so that nothing is fetched twice and nothing a person has already opened
is missed.
"""

from __future__ import annotations

import contextlib
import imaplib
import json
import os
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, select

from processor.encryption import MAIL, MAILBOX, secret
from processor.intake.filenames import safe_name
from processor.ledger import tables as t
from processor.workspace import Workspace, fsync_folder

if TYPE_CHECKING:
    from processor.model import Roster
    from processor.report import RunReport

TIMEOUT = 30  # seconds
STARTTLS_PORT = 143
LARGEST = 50_000_000  # bytes of one attachment
_CHINA = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Memory:
    """What was fetched from the folder: everything up to `last` under this `validity`."""

    validity: int
    last: int


def fetch(workspace: Workspace, engine: Engine, now: datetime, report: RunReport) -> int:
    """Put the attachments of new mails into `inbox/<unit or address>/`; returns their number.

    Called before the inbox is looked at, by whoever holds the workspace. A mailbox that cannot be
    reached is a warning: the run goes on without it, and the next one fetches what came meanwhile.
    """
    from imap_tools.errors import ImapToolsError

    try:
        return sum(_fetch(workspace, engine, now, report))
    except ssl.SSLCertVerificationError as error:
        words = f"证书未通过验证（{error.verify_message}）"
    except (OSError, ImapToolsError, imaplib.IMAP4.error) as error:
        # the server's own words may quote addresses: they are not repeated
        words = (
            error.strerror if isinstance(error, OSError) and error.strerror else "登录或读取失败"
        )
    report.warnings.append(f"收件邮箱无法读取：{words}。请核对 [mail] imap_* 和密码。")
    report.attention = True
    return 0


def _fetch(workspace: Workspace, engine: Engine, now: datetime, report: RunReport) -> Iterator[int]:
    settings = workspace.settings.mail
    folder = settings.imap_folder
    key = f"imap:{settings.imap_server}:{settings.imap_user}:{folder}"
    memory = _memory(engine, key)
    roster = _roster(engine)
    with _open(workspace) as box:
        validity = int(box.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"])
        box.folder.set(folder)
        fresh = memory is None or memory.validity != validity
        last = 0 if fresh or memory is None else memory.last
        # a folder never seen before, or numbered anew: only what nobody has read yet; later all
        # that is newer, read or not (somebody may have opened it)
        highest = max(_uids(box, "ALL"), default=0) if fresh else last
        found = _uids(box, "UNSEEN" if fresh else f"UID {last + 1}:*")
        for uid in (n for n in found if n > last):
            arrived = _arrival(box, uid, now)
            for message in box.fetch(uid_list=[str(uid)], mark_seen=False):
                yield _take(
                    workspace, engine, roster, report, message, f"{validity}-{uid}", arrived
                )
            # at a first look the memory waits for the end: till then what is unread stays asked for
            if not fresh:
                _remember(engine, key, Memory(validity, uid))
            box.flag(str(uid), "\\Seen", True)
            last = uid
        _remember(engine, key, Memory(validity, max(last, highest)))


def _uids(box: Any, criteria: str) -> list[int]:
    return sorted(int(uid) for uid in box.uids(criteria, charset=None))


@contextlib.contextmanager
def _open(workspace: Workspace) -> Iterator[Any]:
    from imap_tools import MailBox, MailBoxStartTls

    settings = workspace.settings.mail
    kind = MailBoxStartTls if settings.imap_port == STARTTLS_PORT else MailBox
    box = kind(
        settings.imap_server,
        settings.imap_port,
        timeout=TIMEOUT,
        ssl_context=ssl.create_default_context(),
    )
    password = secret(MAILBOX) or secret(MAIL) or ""
    try:
        user = settings.imap_user or settings.user
        login = box.login if (user + password).isascii() else box.login_utf8
        login(user, password, initial_folder=None)
        # some Chinese providers open no folder to a program that does not say its name
        with contextlib.suppress(imaplib.IMAP4.error):
            box.client.xatom("ID", '("name" "fleet-lead-processor")')
        yield box
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            box.logout()


def _take(
    workspace: Workspace,
    engine: Engine,
    roster: Roster,
    report: RunReport,
    message: Any,
    mark: str,
    arrived: datetime,
) -> int:
    """One mail: its attachments lie in the inbox, with the moment the server received it.

    The name is made of the mail's own numbers: fetched again after a crash it is the same file.
    """
    sender = _sender(message.from_)
    folder = workspace.inbox / _folder(roster, message.from_, sender)
    taken = 0
    for number, part in enumerate(_attachments(message)):
        if part.size > LARGEST:
            report.warnings.append(f"邮件附件过大，未收取（{part.size // 1_000_000} MB）。")
            report.attention = True
            continue
        name = safe_name(part.filename, 150)
        target = folder / f"邮件{mark}-{number + 1}_{name}"
        _put(target, part.payload)
        _look(engine, workspace, target, arrived)
        taken += 1
    return taken


def _attachments(message: Any) -> Iterator[Any]:
    """Files people attached; pictures inside the text (a signature's logo) are none."""
    for part in message.attachments:
        inline = part.content_disposition == "inline" or part.content_id
        if part.filename and not (inline and part.content_type.startswith("image/")):
            yield part


def _sender(address: str) -> str:
    return safe_name(address.strip().casefold() or "未知发件人", 80)


def _folder(roster: Roster, address: str, sender: str) -> Path:
    """`<unit>/<address>` for an address of the roster, else `<address>`; 收文登记 keeps it."""
    from processor.roster import addresses

    wanted = address.strip().casefold()
    for unit in roster.units:
        known = addresses(f"{unit.head_mail};{unit.leader_mail}")
        if wanted and wanted in (a.casefold() for a in known):
            return Path(safe_name(unit.directory, 80)) / sender
    return Path(sender)


def _arrival(box: Any, uid: int, now: datetime) -> datetime:
    """The server's own moment (INTERNALDATE) in China time, never after `now`; what the sender's
    mail says of its date proves nothing."""
    _, answer = box.client.uid("FETCH", str(uid), "(INTERNALDATE)")
    local = imaplib.Internaldate2tuple(answer[0]) if answer and answer[0] else None
    if local is None:
        return now
    moment = datetime.fromtimestamp(time.mktime(local), UTC).replace(tzinfo=None) + _CHINA
    return min(moment, now)


def _put(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name[:60]}.part")
    with temporary.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(target)
    fsync_folder(target.parent)


def _look(engine: Engine, workspace: Workspace, target: Path, arrived: datetime) -> None:
    """The file's first look, before any run looks: receipt is the server's moment."""
    from processor.intake.inbox import Entry, EntryKind
    from processor.looks import identity

    rel = target.relative_to(workspace.inbox).as_posix()
    status = target.lstat()
    entry = Entry(rel, rel, EntryKind.CANDIDATE, status.st_size, status.st_mtime_ns, status.st_ino)
    path = rel.encode("utf-8", "surrogateescape").hex()
    with engine.begin() as connection:
        connection.execute(t.looks.delete().where(t.looks.c.path == path))
        connection.execute(
            t.looks.insert(),
            {
                "path": path,
                "identity": identity(entry),
                "first_seen": arrived,
                "evidence": (arrived - _CHINA).replace(tzinfo=UTC).timestamp(),
            },
        )


def _memory(engine: Engine, key: str) -> Memory | None:
    with engine.connect() as connection:
        value = connection.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar()
    return Memory(**json.loads(value)) if value else None


def _remember(engine: Engine, key: str, memory: Memory) -> None:
    body = json.dumps({"validity": memory.validity, "last": memory.last})
    with engine.begin() as connection:
        connection.execute(t.meta.delete().where(t.meta.c.key == key))
        connection.execute(t.meta.insert(), {"key": key, "value": body})


def _roster(engine: Engine) -> Roster:
    from processor.mail_sending import kept_roster

    with engine.connect() as connection:
        return kept_roster(connection)
