"""The master workbook: written from the ledger, read back, compared; every sheet lossless."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from processor.ledger import tables as t
from processor.ledger.master_parts import Kept, Part, layout, make_part, part_of
from processor.ledger.master_reading import Unreadable, bare_bytes, sheet_digests
from processor.ledger.master_rows import bodied_rows
from processor.ledger.master_writing import volumes, write_sheets
from processor.ledger.master_zip import STYLES, Long, Member, assemble, member, sheet_file
from processor.progress import Progress
from processor.sharing import helpers, starter
from processor.workspace import MASTER, Pending, Workspace, owner_file, replace_file

PUBLISHED_COPY = "master-published.xlsx"  # under state/: what the clerk started editing from
NEXT_COPY = "master-next.xlsx"  # under state/: written and compared, about to be published
BARE_COPY = "master-bare.xlsx"  # under state/: before it goes under its password
SHA, NEXT_SHA, STAT = "master_sha", "master_next_sha", "master_stat"  # meta
SHEETS = "master_sheets"  # meta: what the long sheets of a copy amount to, and which copy it is


def publish_master(
    workspace: Workspace, engine: Engine, at: datetime, progress: Progress | None = None
) -> str:
    """Write all sheets from the ledger, read the file back, compare, replace. Returns its SHA-256.

    A new copy is made and compared under state/ first; its hash is recorded before the master is
    replaced, so that after a crash the new master is not taken for a hand edit. Raises Pending
    while the master is open, RuntimeError when the file does not say what was meant.
    """
    target = workspace.path(MASTER)
    opened = owner_file(target)
    if opened is not None:
        raise Pending(f"文件正被打开（{opened.name}）")
    fresh, bare = workspace.state / NEXT_COPY, workspace.state / BARE_COPY
    written = bare if workspace.settings.storage.encrypt else fresh
    with engine.begin() as connection:
        t.RECEIVED.create(connection, checkfirst=True)  # a ledger of an older version
    with engine.connect() as connection, connection.begin() as transaction:
        last = select(t.events.c.at).order_by(t.events.c.seq.desc()).limit(1)
        at = connection.execute(last).scalar() or at
        kept = _kept(workspace, connection)
        digests = write_master(written, connection, at, kept, progress)
        long = {v.title: n for n, v in enumerate(volumes(connection), 1) if v.long}
        transaction.rollback()
    if written is bare:
        _under_password(bare, fresh)
    with fresh.open("rb+") as handle:
        os.fsync(handle.fileno())
        sha = hashlib.file_digest(handle, "sha256").hexdigest()
    sheets = {title: (number, digests[title]) for title, number in long.items()}
    noted = {"sha": sha, "layout": layout(), "sheets": sheets} if sheets else {}
    _set_meta(engine, {NEXT_SHA: sha, SHEETS: json.dumps(noted, ensure_ascii=False)})
    try:
        replace_file(target, lambda path: _copy(fresh, path))
    except Pending:
        fresh.unlink(missing_ok=True)
        raise
    note_published(workspace, engine, sha)
    return sha


def _kept(workspace: Workspace, connection: Connection) -> Kept | None:
    """The long sheets of the published copy, if it is the one they were noted for."""
    query = select(t.meta.c.value).where(t.meta.c.key == SHEETS)
    noted = json.loads(connection.execute(query).scalar() or "{}")
    path = workspace.state / PUBLISHED_COPY
    if not noted or noted["layout"] != layout():
        return None
    try:
        if file_sha(path) != noted["sha"]:
            return None
        data = bare_bytes(path)
    except (OSError, Unreadable):
        return None
    sheets = {title: (number, digest) for title, (number, digest) in noted["sheets"].items()}
    return Kept(path if data is None else BytesIO(data), sheets)


def _under_password(bare: Path, fresh: Path) -> None:
    """The workbook written once more under the master's password; the bare copy is overwritten.

    Raises SettingsError without a password, RuntimeError when it does not open again.
    """
    from processor.encryption import decrypted, encrypted, master_password
    from processor.erasing import destroy

    data = bare.read_bytes()
    password = master_password()
    sealed = encrypted(data, password)
    if decrypted(sealed, password) != data:
        raise RuntimeError("台账加密后读回不一致")
    fresh.write_bytes(sealed)
    destroy(bare)


def note_published(workspace: Workspace, engine: Engine, sha: str) -> None:
    """The master now is the copy under state/: remember what the clerk starts from."""
    (workspace.state / NEXT_COPY).replace(workspace.state / PUBLISHED_COPY)
    _set_meta(engine, {SHA: sha, STAT: file_stat(workspace.path(MASTER)), NEXT_SHA: ""})


def file_stat(path: Path) -> str:
    """Size and time of a file: while they stand, its bytes need not be read."""
    status = path.stat()
    return f"{status.st_size}:{status.st_mtime_ns}"


def file_sha(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _set_meta(engine: Engine, values: dict[str, str]) -> None:
    with engine.begin() as connection:
        for key, value in values.items():
            connection.execute(t.meta.delete().where(t.meta.c.key == key))
            connection.execute(t.meta.insert(), {"key": key, "value": value})


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def write_master(
    path: Path,
    connection: Connection,
    at: datetime,
    kept: Kept | None = None,
    progress: Progress | None = None,
) -> dict[str, str]:
    """Write the workbook and read it back; for each sheet the digest of its rows.

    Long sheets are made by helper processes, or carried over from the `kept` copy when they say
    the same. The file's own dates are `at` (when published: the last event's), so the same record
    gives the same bytes. Raises RuntimeError when the file does not say what was meant.
    """
    plan = volumes(connection)
    known = kept.sheets if kept else {}
    url = connection.engine.url.render_as_string(hide_password=False)
    made: dict[str, Callable[[], Part]] = {}
    with helpers(pay=sum(volume.long for volume in plan) > 1) as pool:
        start = starter(pool)
        for volume in plan:
            before = known.get(volume.title, (0, None))[1]
            if volume.long and pool is not None:
                made[volume.title] = start(make_part, url, plan, volume, before)
            elif volume.long:
                made[volume.title] = partial(part_of, connection, plan, volume, before)
        frame = BytesIO()
        short = {
            v.title: bodied_rows(connection, v.name, v.start, v.rows) for v in plan if not v.long
        }
        digests = {title: d.text() for title, d in write_sheets(frame, plan, short).items()}
        parts: dict[str, Part] = {}
        long = [
            Long(
                v.title,
                number,
                v.rows,
                partial(_sheet, v.title, made, parts, frame, kept, progress),
            )
            for number, v in enumerate(plan, 1)
            if v.long
        ]
        assemble(path, frame, long, at)
    read = sheet_digests(path, digests)
    wrong = [title for title, digest in digests.items() if digest != read.get(title)]
    if wrong:
        raise RuntimeError(f"台账回读不一致：{'、'.join(wrong)}")
    digests |= {title: part.digest for title, part in parts.items()}
    return {volume.title: digests[volume.title] for volume in plan}


def _sheet(
    title: str,
    made: dict[str, Callable[[], Part]],
    parts: dict[str, Part],
    frame: BytesIO,
    kept: Kept | None,
    progress: Progress | None,
) -> Member:
    """A long sheet when its turn comes; what it amounts to is noted in `parts`.

    Raises RuntimeError when it was written with other formats than the sheets around it.
    """
    part = parts[title] = made.pop(title)()
    if progress is not None:
        progress("更新台账", len(parts), len(parts) + len(made))
    if part.sheet is None:
        assert kept is not None
        with zipfile.ZipFile(kept.file) as archive:
            return member(archive, sheet_file(kept.sheets[title][0]))
    with zipfile.ZipFile(frame) as archive:
        if archive.read(STYLES) != part.styles:
            raise RuntimeError(f"台账的格式不一致：{title}")
    return part.sheet
