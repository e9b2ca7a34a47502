"""A planned mail made whole: its attachments, under a password where they hold contacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from processor.canary import Canary, invent, secret_of
from processor.mail_content import Attachment, Part, compose, parts_from_json
from processor.workspace import Workspace

FOLDER = Path("outbox/邮件")

_WARNING = "含联系方式的附件，每一份都带有识别该份的标记，请勿转发或外传。"

# attachments, what is said about them, and of those with contacts the facts for the record
Contents = tuple[tuple[tuple[str, bytes], ...], tuple[str, ...], list[dict[str, str]]]


@dataclass(slots=True)
class Copies:
    """Gives every copy that goes out in one delivery a canary that no other copy has."""

    workspace: Workspace
    engine: Engine
    _taken: set[str] = field(default_factory=set)
    _given: dict[str, Canary] = field(default_factory=dict)

    def canary(self, copy: str, unit: str, when: datetime) -> Canary:
        """The canary of a copy, by its own name; `when` the mail was decided."""
        from processor.ledger.canaries import known, last_numbers

        if copy in self._given:
            return self._given[copy]
        month = f"{when.replace(day=1) - timedelta(days=1):%Y%m}"
        with self.engine.connect() as connection:
            if not self._taken:
                for old in known(connection):
                    self._taken.update(old.names)
            after = last_numbers(connection, month)
        made = invent(secret_of(self.workspace), copy, unit, month, after, self._taken)
        self._taken.update(made.names)
        self._given[copy] = made
        return made


def parts_of(row: dict[str, Any]) -> tuple[Part, ...]:
    """The parts of a row of the table `mails`."""
    return parts_from_json(row["payload"])


def paths_of(row: dict[str, Any]) -> list[str]:
    """Workbooks that must lie there before the mail can go, under the workspace."""
    return [file.path for part in parts_of(row) for file in part.files]


def contents_of(workspace: Workspace, row: dict[str, Any], copies: Copies) -> Contents:
    """Attachments of a row of `mails` as they go out.

    A workbook with contacts goes under its unit's password, or not at all; where it lists
    customers it carries the canary of this very copy.
    """
    from processor.ledger.canaries import facts_of

    files: list[tuple[str, bytes]] = []
    notes: list[str] = []
    contacts: list[dict[str, str]] = []
    for file in (f for part in parts_of(row) for f in part.files):
        found = _content(workspace, file, row, copies)
        if isinstance(found, str):
            notes.append(found)
            continue
        data, canary = found
        files.append((file.name, data))
        if file.lock:
            notes.append(f"{file.name}（已加密，请用约定的密码打开）")
            facts = {"matter": file.matter, "file": file.name}
            if canary is not None:
                facts |= facts_of(canary)
            contacts.append(facts)
        else:
            notes.append(file.name)
    if any("token" in facts for facts in contacts):
        notes.append(_WARNING)
    return tuple(files), tuple(notes), contacts


def _content(
    workspace: Workspace, file: Attachment, row: dict[str, Any], copies: Copies
) -> tuple[bytes, Canary | None] | str:
    """The bytes to attach and the canary in them, or why there are none."""
    from processor.encryption import encrypted, unit_password
    from processor.workbooks.canary_row import with_canary

    password = None
    if file.lock:
        password = unit_password(file.lock)
        if password is None:
            return (
                f"{file.name} 含联系方式，未随邮件发送，由市场策略科另行送达；存放于 {file.shown}"
            )
    try:
        data = workspace.path(file.path).read_bytes()
    except OSError:
        return f"{file.name} 未能附上（文件已移动或无法读取）；原存放于 {file.shown}"
    if not password:
        return data, None
    copy = f"{row['message_id']}|{file.path}"
    canary = copies.canary(copy, file.lock, row["created_at"])
    marked = with_canary(data, canary)
    return encrypted(marked or data, password), canary if marked else None


def message_of(row: dict[str, Any], sender: str, contents: Contents, *, draft: bool) -> bytes:
    """The message of a row, the same at every attempt but for its attachments."""
    return compose(
        parts_of(row),
        message_id=row["message_id"],
        subject=row["subject"],
        sender=sender,
        recipient=row["address"],
        when=row["created_at"],
        files=contents[0],
        notes=contents[1],
        draft=draft,
    )


def eml_path(row: dict[str, Any]) -> str:
    """Where the mail is kept as a file: moment, unit and role; no person, no address."""
    from processor.intake.filenames import safe_name

    who = safe_name(row["label"], 90)
    return (
        FOLDER / f"{row['created_at']:%Y%m%d-%H%M%S}_{who}_{row['message_id'][:8]}.eml"
    ).as_posix()
