"""The long sheets of the master, each made apart: several at once, or carried over unchanged.

A sheet of some ten thousand leads takes seconds to write and to read back, and most of the record
never changes again. So each long sheet is made by a helper process that first reckons from the
ledger what it has to say; when the published copy says just that, its compressed bytes are taken
from there. The ledger is asked every time: nothing is presumed to be unchanged.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from sqlalchemy import Connection, create_engine

from processor.ledger.master_rows import Digest, bodied_rows
from processor.ledger.master_writing import Volume, volumes, write_sheets
from processor.ledger.master_zip import CORE, STYLES, Member, member, sheet_file
from schemas.master import MASTER_SHEETS


@dataclass(frozen=True, slots=True)
class Part:
    """A long sheet: what its rows amount to, and the sheet; None: as in the published copy."""

    digest: str
    sheet: Member | None
    styles: bytes = b""  # of the workbook it was written in


@dataclass(frozen=True, slots=True)
class Kept:
    """The long sheets of the published copy: title -> its number there, digest of its rows."""

    file: Path | BytesIO
    sheets: dict[str, tuple[int, str]]


def make_part(url: str, plan: Sequence[Volume], volume: Volume, known: str | None) -> Part:
    """`part_of` in a helper process, with a connection of its own; the run holds the workspace."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return part_of(connection, plan, volume, known)
    finally:
        engine.dispose()


def part_of(
    connection: Connection, plan: Sequence[Volume], volume: Volume, known: str | None
) -> Part:
    """One long sheet, written and read back; not written when its digest is the `known` one.

    Raises RuntimeError when what was read is not what was meant.
    """
    if known is not None:
        digest = Digest()
        for _, body in bodied_rows(connection, volume.name, volume.start, volume.rows):
            digest.add(body)
        if digest.text() == known:
            return Part(known, None)
    buffer, meant = written(connection, plan, volume)
    number = plan.index(volume) + 1
    if meant.rows != volume.rows or meant.text() != _read(buffer, volume.name, number):
        raise RuntimeError(f"台账回读不一致：{volume.title}")
    return taken(buffer, meant, number)


def written(
    connection: Connection, plan: Sequence[Volume], volume: Volume
) -> tuple[BytesIO, Digest]:
    """A workbook of all sheets in which only this one is filled; the digest of its rows."""
    buffer = BytesIO()
    rows = bodied_rows(connection, volume.name, volume.start, volume.rows)
    return buffer, write_sheets(buffer, plan, {volume.title: rows})[volume.title]


def taken(buffer: BytesIO, digest: Digest, number: int) -> Part:
    """Sheet `number` out of the workbook it was written in."""
    with zipfile.ZipFile(buffer) as archive:
        return Part(digest.text(), member(archive, sheet_file(number)), archive.read(STYLES))


def _read(buffer: BytesIO, name: str, number: int) -> str:
    """The digest of a sheet's rows as they are read; a heading that differs makes it another."""
    from processor.ledger.master_stream import streamed_rows

    official = [f.heading for f in MASTER_SHEETS[name]]
    rows = streamed_rows(buffer, number, len(official))
    digest = Digest()
    if next(rows, None) != official:
        return ""
    for cells in rows:
        digest.add("\x1f".join(cells))
    return digest.text()


@cache
def layout() -> str:
    """What this version makes of an empty record: headings, widths, formats, drop-downs.

    A sheet is only carried over from a workbook of the same layout.
    """
    buffer = BytesIO()
    write_sheets(buffer, volumes(None), {})
    with zipfile.ZipFile(buffer) as archive:
        found = sorted((i.filename, i.CRC) for i in archive.infolist() if i.filename != CORE)
    return sha256(repr(found).encode()).hexdigest()
