"""After a purge nothing in the workspace tells of the people purged, and the promises still hold."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from processor.ledger import tables as t
from processor.ledger import traces
from processor.ledger.purge import NotPurged, list_due, purge
from processor.ledger.purged import PERSONAL, SETTLED, cutoff_of
from processor.ledger.rebuild import rebuild
from processor.ledger.verify import verify
from processor.workspace import Workspace
from tests.ledger.worlds import copied, last_moment, run_next, same_record, select_all

LATER = timedelta(days=6 * 366)
WALL = 2_000_000_000.0


def quiet(_what: str, _done: int, _of: int) -> None:
    return None


def contents(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the workspace, unzipped, by path."""
    for path in sorted(root.rglob("*")):
        if path.is_file():
            yield from _unzipped(str(path.relative_to(root)), path.read_bytes())


def _unzipped(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    import gzip

    if name.endswith(".gz"):
        data = gzip.decompress(data)
    if data[:4] != b"PK\x03\x04":
        yield name, data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.namelist():
            yield from _unzipped(f"{name}/{member}", archive.read(member))


@pytest.fixture(scope="module")
def purged(played: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, set[str]]:
    """The played record purged six years later, and the phones that only purged rows had."""
    workspace = copied(played, tmp_path_factory.mktemp("purged") / "workspace")
    now = last_moment(workspace) + LATER
    due = {number for number, *_ in list_due(workspace, now).items}
    gone: set[str] = set()
    kept: set[str] = set()
    for table in (t.leads, t.refusals, t.applications):
        for row in select_all(workspace, table):
            phones = {str(row[c]) for c in ("contact_phone", "reporter_phone") if row.get(c)}
            (gone if row["number"] in due else kept).update(phones)
    result = purge(workspace, "审〔2033〕7号", now, quiet)
    assert not result.left
    return workspace, {p for p in gone - kept if len(p) >= 8}


def test_nothing_tells_of_them(purged: tuple[Workspace, set[str]]) -> None:
    workspace, phones = purged
    assert len(phones) > 5
    wanted = [(p, p.encode()) for p in sorted(phones)]
    found = [
        (name, phone)
        for name, data in contents(workspace.root)
        for phone, raw in wanted
        if raw in data or phone.encode("utf-16-le") in data
    ]
    assert found == []
