"""What of a workspace is encrypted and what is not yet; a run encrypts what is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, select

from processor import storage, storage_keys
from processor.encryption import encrypted, is_encrypted, master_password
from processor.erasing import end_leftovers, ending
from processor.ledger import tables as t
from processor.progress import Progress
from processor.workspace import MASTER, Workspace, put_bytes

if TYPE_CHECKING:
    from processor.report import RunReport

OPENED_BY_PEOPLE = "手工改动"  # under backups/: they get the password of the master
LOOKED = "storage_looked"  # meta: the day on which everything here was found encrypted
_AT_ONCE = 500  # keys saved together


@dataclass(frozen=True, slots=True)
class Survey:
    """Files of archive and backups by what they are; `lost`: encrypted, and their key has gone."""

    sealed: int = 0
    plain: int = 0
    lost: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"encrypted": self.sealed, "plain": self.plain, "lost": list(self.lost)}


def ready(workspace: Workspace) -> None:
    """Before anything is decided: secrets and key file are there, traces of a kill are ended.

    Raises SettingsError, NoKeyFile. The workspace is held.
    """
    storage.clear_reading(workspace)
    if workspace.settings.storage.encrypt:
        storage_keys.demand(workspace)
        storage_keys.settle(workspace)


def survey(workspace: Workspace) -> Survey:
    """Look at every file. Raises SettingsError when the main key is missing or another one."""
    known = storage_keys.ring(workspace).table if storage_keys.exists(workspace) else {}
    sealed = plain = 0
    lost = []
    for path in storage.files(workspace):
        number = storage.number_of(path)
        if number in known:
            sealed += 1
        elif number is not None and (known or workspace.settings.storage.encrypt):
            lost.append(path.relative_to(workspace.root).as_posix())
        elif path.parent.name == OPENED_BY_PEOPLE and is_encrypted(path.read_bytes()):
            sealed += 1
        else:
            plain += 1
    return Survey(sealed, plain, tuple(lost))


def convert(workspace: Workspace, engine: Engine, now: datetime, progress: Progress) -> None:
    """Encrypt what lies plain in archive and backups: switched on later, or brought from elsewhere.

    Each file is replaced whole and its old bytes are overwritten; a kill in between is completed by
    the next run. Looked for once a day, for every file is opened. Raises OSError.
    """
    day = f"{now:%Y-%m-%d}"
    looked = _looked(engine)
    if not workspace.settings.storage.encrypt:
        if looked:
            _note(engine, "")
        return
    if looked == day:
        return
    for folder in {path.parent for path in storage.files(workspace)}:
        end_leftovers(folder)
    todo = [path for path in storage.files(workspace) if storage.number_of(path) is None]
    for start in range(0, len(todo), _AT_ONCE):
        part = todo[start : start + _AT_ONCE]
        storage_keys.reserve(workspace, len(part))
        for number, path in enumerate(part, start=start):
            progress("加密归档和备份", number, len(todo))
            _convert(workspace, path)
    _note(engine, day)


def _convert(workspace: Workspace, path: Path) -> None:
    if path.parent.name != OPENED_BY_PEOPLE:
        with ending(path):
            storage.store(workspace, path, storage.of_file(path))
        return
    data = path.read_bytes()
    if data.startswith(b"PK") and not is_encrypted(data):
        with ending(path):
            put_bytes(path, encrypted(data, master_password()))


def master_is_bare(workspace: Workspace) -> bool:
    """Encryption is on, and the master opens without a password: switched on since, or the clerk
    took the password off."""
    path = workspace.path(MASTER)
    if not workspace.settings.storage.encrypt or not path.is_file():
        return False
    with path.open("rb") as handle:
        return handle.read(2) == b"PK"


def lock_master(
    workspace: Workspace, engine: Engine, report: RunReport, progress: Progress
) -> None:
    """A master that opens without its password is written again; the bare one is overwritten."""
    from processor.intents import MASTER_KIND, intend_once
    from processor.ledger.master import PUBLISHED_COPY
    from processor.ledger.store import Record
    from processor.publishing import publish_due

    if not master_is_bare(workspace):
        return
    now = report.as_of
    with engine.begin() as connection:
        intend_once(Record(connection, report.run, now), MASTER_KIND, MASTER.as_posix())
    with ending(workspace.path(MASTER), workspace.state / PUBLISHED_COPY):
        publish_due(workspace, engine, now, report, progress, master=True)


def _looked(engine: Engine) -> str:
    with engine.connect() as connection:
        query = select(t.meta.c.value).where(t.meta.c.key == LOOKED)
        return connection.execute(query).scalar() or ""


def _note(engine: Engine, value: str) -> None:
    with engine.begin() as connection:
        connection.execute(t.meta.delete().where(t.meta.c.key == LOOKED))
        if value:
            connection.execute(t.meta.insert(), {"key": LOOKED, "value": value})
