"""A planned mail made whole: its attachments, under a password where they hold contacts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processor.mail_content import Attachment, Part, compose, parts_from_json
from processor.workspace import Workspace

FOLDER = Path("outbox/邮件")

Contents = tuple[tuple[tuple[str, bytes], ...], tuple[str, ...], list[str]]


def parts_of(row: dict[str, Any]) -> tuple[Part, ...]:
    """The parts of a row of the table `mails`."""
    return parts_from_json(row["payload"])


def paths_of(row: dict[str, Any]) -> list[str]:
    """Workbooks that must lie there before the mail can go, under the workspace."""
    return [file.path for part in parts_of(row) for file in part.files]


def contents_of(workspace: Workspace, parts: tuple[Part, ...]) -> Contents:
    """Attachments as they go out, what is said about them, and the numbers of those with contacts.

    A workbook with contacts goes under its unit's password, or not at all.
    """
    files: list[tuple[str, bytes]] = []
    notes: list[str] = []
    contacts: list[str] = []
    for file in (f for part in parts for f in part.files):
        data = _content(workspace, file)
        if isinstance(data, str):
            notes.append(data)
            continue
        files.append((file.name, data))
        if file.lock:
            notes.append(f"{file.name}（已加密，请用约定的密码打开）")
            contacts.append(file.matter)
        else:
            notes.append(file.name)
    return tuple(files), tuple(notes), contacts


def _content(workspace: Workspace, file: Attachment) -> bytes | str:
    """The bytes to attach, or why there are none."""
    from processor.encryption import encrypted, unit_password

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
    return encrypted(data, password) if password else data


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
