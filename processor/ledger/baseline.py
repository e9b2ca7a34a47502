"""The ledger as it stood after a purge, kept in the archive: where a rebuild starts from then on.

The originals that led to it are gone, so their runs cannot be decided again; every later run can.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Table, select

from processor import storage
from processor.erasing import destroy
from processor.ledger import store
from processor.ledger import tables as t
from processor.ledger.journal import Entry
from processor.ledger.purged import FACT
from processor.workspace import Workspace

FOLDER = Path("archive/销毁")


def write(workspace: Workspace, connection: Connection, now: datetime) -> tuple[str, str]:
    """Keep the ledger as the open transaction sees it; path under the workspace and SHA-256."""
    plain = workspace.state / "ledger-baseline.sqlite"
    plain.unlink(missing_ok=True)
    engine = store.connect(f"sqlite:///{plain}")
    try:
        store.create_all(engine)
        with engine.begin() as writer:
            _copy(connection, writer)
    finally:
        engine.dispose()
    target = workspace.path(FOLDER / f"账本_{now:%Y%m%d-%H%M%S}.sqlite.gz")

    def into(handle: IO[bytes]) -> None:
        with plain.open("rb") as reader, gzip.GzipFile("", "wb", 6, handle, mtime=0) as packed:
            shutil.copyfileobj(reader, packed)

    storage.store(workspace, target, into)
    destroy(plain)
    return target.relative_to(workspace.root).as_posix(), storage.sha_of(workspace, target)


def load(workspace: Workspace, entry: Entry, connection: Connection) -> str:
    """Fill an empty ledger from the one a purge kept; what is wrong with it, in Chinese, or ""."""
    source = workspace.path(entry.data["baseline"])
    plain = workspace.state / "ledger-baseline.sqlite"
    try:
        if storage.sha_of(workspace, source) != entry.data["baseline_sha256"]:
            return f"销毁时留存的账本 {entry.data['baseline']} 已被改动"
        with (
            storage.opened(workspace, source) as packed,
            gzip.open(packed) as reader,
            plain.open("wb") as writer,
        ):
            shutil.copyfileobj(reader, writer)
    except OSError:
        return f"销毁时留存的账本 {entry.data['baseline']} 缺失或无法读取"
    engine = store.connect(f"sqlite:///{plain}")
    try:
        with engine.connect() as reading:
            _copy(reading, connection)
    finally:
        engine.dispose()
        destroy(plain)
    return ""


def newest(entries: Sequence[Entry]) -> int:
    """Where the last purge stands among the entries; -1 where there was none."""
    return max((i for i, e in enumerate(entries) if e.data.get("what") == FACT), default=-1)


def _copy(source: Connection, target: Connection) -> None:
    from processor.matching.index import tables as match_tables

    for table in (*t.metadata.sorted_tables, *match_tables()[0].sorted_tables):
        if table is t.looks:  # of this machine's inbox, not of the record
            continue
        target.execute(table.delete())
        for part in source.execute(_kept(table)).mappings().partitions(5000):
            target.execute(table.insert(), [_plain(table, dict(row)) for row in part])


def _kept(table: Table) -> Any:
    query = select(table)
    return query.where(table.c.state == "done") if table is t.intents else query


def _plain(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    if table is t.mails:  # a mail still to be sent is not part of what was decided
        row |= {"payload": None, "state": "void" if row["state"] == "due" else row["state"]}
    return row
