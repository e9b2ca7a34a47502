"""The master workbook: written from the ledger, read back, compared; every sheet lossless.

Written by rust_xlsxwriter, row by row from the database: at 200,000 leads xlsxwriter takes 4 times
as long in memory that grows with the rows, 6 times as long in constant memory.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Connection,
    Engine,
    func,
    select,
)

from processor.ledger import tables as t
from processor.ledger.master_rows import Digest, bodied_rows
from processor.workspace import MASTER, Pending, Workspace, owner_file, replace_file
from schemas.fields import Field, Kind
from schemas.master import MASTER_SHEETS

if TYPE_CHECKING:
    from rustpy_xlsxwriter import Format

PUBLISHED_COPY = "master-published.xlsx"  # under state/: what the clerk started editing from
NEXT_COPY = "master-next.xlsx"  # under state/: written and compared, about to be published
BARE_COPY = "master-bare.xlsx"  # under state/: before it goes under its password
# A sheet's rows; what is beyond goes to the next volume. Far below Excel's 1,048,576: a million
# leads are 4.2 GB of XML, and beyond 4 GB a sheet needs ZIP64, which not every reader has.
MAX_ROWS = 300_000
SHA, NEXT_SHA, STAT = "master_sha", "master_next_sha", "master_stat"  # meta

CHOICES = {
    ("台账", "state"): ("关闭",),
    ("客户别名", "disabled"): ("是", "否"),
    ("立项", "stage"): ("立项", "初访", "方案", "投标", "签约", "提车", "关闭"),
}


def publish_master(workspace: Workspace, engine: Engine, at: datetime) -> str:
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
    with engine.connect() as connection, connection.begin() as transaction:
        last = select(t.events.c.at).order_by(t.events.c.seq.desc()).limit(1)
        digests = write_master(written, connection, connection.execute(last).scalar() or at)
        transaction.rollback()
    from processor.ledger.master_reading import sheet_digests

    read = sheet_digests(written, {name: digest.rows for name, digest in digests.items()})
    wrong = [name for name, digest in digests.items() if digest.text() != read.get(name)]
    if wrong:
        raise RuntimeError(f"台账回读不一致：{'、'.join(wrong)}")
    if written is bare:
        _under_password(bare, fresh)
    with fresh.open("rb+") as handle:
        os.fsync(handle.fileno())
        sha = hashlib.file_digest(handle, "sha256").hexdigest()
    _set_meta(engine, {NEXT_SHA: sha})
    try:
        replace_file(target, lambda path: _copy(fresh, path))
    except Pending:
        fresh.unlink(missing_ok=True)
        raise
    note_published(workspace, engine, sha)
    return sha


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


def write_master(path: Path, connection: Connection, at: datetime) -> dict[str, Digest]:
    """Write the workbook; returns for each sheet the digest of what was meant to be written.

    Frozen heading, filter, column formats as text (a phone stays what it is), drop-downs in the
    columns the clerk may edit, print set-up. The file's own dates are `at` (when published: the
    last event's), so the same record gives the same bytes.
    """
    from rustpy_xlsxwriter import FastExcel

    book = FastExcel(str(path)).freeze(row=1, col=1)
    digests: dict[str, Digest] = {}
    for name, fields in MASTER_SHEETS.items():
        rows = bodied_rows(connection, name)
        digests[name] = Digest()
        for volume in range(_volumes(connection, name)):
            title = name if volume == 0 else f"{name}{volume + 1}"
            data = _records(fields, islice(rows, MAX_ROWS), digests[name])
            book.sheet(title, data, **_look(name, fields))
    book.save()
    _restamp(path, at)
    return digests


def _volumes(connection: Connection, name: str) -> int:
    if name == "说明":
        return 1
    count = connection.execute(select(func.count()).select_from(t.SHEETS[name])).scalar() or 0
    return max(1, -(-count // MAX_ROWS))


def _records(
    fields: Sequence[Field], rows: Iterable[tuple[Sequence[Any], str]], digest: Digest
) -> Iterator[dict[str, Any]]:
    headings = [f.heading for f in fields]
    empty = True
    for row, body in rows:
        empty = False
        digest.add(body)
        yield dict(zip(headings, row, strict=True))
    if empty:  # the writer learns the headings from a row: one without cells leaves no trace
        yield dict.fromkeys(headings)


def _look(name: str, fields: Sequence[Field]) -> dict[str, Any]:
    text, number, edit, head = _formats()
    choices = {f.heading: CHOICES[name, f.name] for f in fields if (name, f.name) in CHOICES}
    return {
        "column_widths": [float(f.width) for f in fields],
        "column_formats": [
            edit if f.editable else number if f.kind is Kind.INTEGER else text for f in fields
        ],
        "header_format": head,
        "row_heights": {0: 34.0},
        "autofilter": True,
        "ignore_errors": [f.heading for f in fields if f.kind is not Kind.INTEGER],
        "data_validations": {
            heading: {
                "type": "list",
                "values": list(values),
                "error_style": "warning",
                "error_title": "请从列表中选择",
                "error_message": "只能填写：" + "、".join(values),
            }
            for heading, values in choices.items()
        },
        "sheet_view": {"gridlines": False},
        "page_setup": {
            "landscape": True,
            "paper_size": 9,
            "fit_to_pages": (1, 0),
            "repeat_rows": 0,
            "footer": "&L大客户信息台账 · &A&C第 &P 页 共 &N 页",
        },
    }


@cache
def _formats() -> tuple[Format, Format, Format, Format]:
    from rustpy_xlsxwriter import Format

    text = Format().set_num_format("@").set_font_name("宋体").set_font_size(10.5)
    number = Format().set_num_format("#,##0").set_font_name("Arial").set_font_size(10)
    edit = Format().set_num_format("@").set_font_name("宋体").set_font_size(10.5)
    edit = edit.set_background_color("#FFFBEB")
    head = Format().set_bold().set_font_name("黑体").set_background_color("#F2F3F5")
    head = head.set_border_top("medium").set_border_bottom("thin").set_text_wrap()
    return text, number, edit, head


_CORE = "docProps/core.xml"
_PROPERTIES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/'
    'XMLSchema-instance"><dc:title>大客户信息台账</dc:title>'
    "<dc:creator>大客户信息处理程序</dc:creator>"
    '<dcterms:created xsi:type="dcterms:W3CDTF">{at}</dcterms:created>'
    '<dcterms:modified xsi:type="dcterms:W3CDTF">{at}</dcterms:modified></cp:coreProperties>'
)


def _restamp(path: Path, at: datetime) -> None:
    """Put title, author and the batch clock in the place of the writer's own wall clock.

    The properties stand last in the file: they and what follows them are written anew.
    """
    import zipfile

    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        start = archive.getinfo(_CORE).header_offset
        tail = [i for i in archive.infolist() if i.header_offset >= start]
        bodies = {i.filename: archive.read(i) for i in tail}
        bodies[_CORE] = _PROPERTIES.format(at=f"{at:%Y-%m-%dT%H:%M:%SZ}").encode()
        for info in tail:
            archive.filelist.remove(info)
            del archive.NameToInfo[info.filename]
        archive.start_dir = start
        for name, body in bodies.items():
            stamp = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            stamp.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(stamp, body)
