"""Building the index anew from all leads, the parsing shared by several processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from processor.matching.judge import Party, prepare
from processor.matching.keys import filed
from processor.matching.knowledge import NOTHING, Knowledge
from processor.matching.record import encode
from processor.matching.storage import VERSION, insert, tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

_CHUNK = 4000  # leads handed to a helper at once
_SHEAF = 200_000  # keys written at once


def rebuild(
    conn: Connection,
    leads: Iterable[tuple[int, Party]],
    know: Knowledge = NOTHING,
    processes: int = 1,
) -> int:
    """Builds the index anew from all leads; returns their number. `processes` share the parsing."""
    import gc

    _, party_table, key_table, version = tables()
    for table in (key_table, party_table, version):
        conn.execute(table.delete())
    collecting = gc.isenabled()
    gc.disable()  # millions of small tuples and no cycles
    try:
        count = 0
        packed = []
        for rows, keys in _prepared(leads, know, processes):
            insert(conn, party_table, rows)
            packed.append(keys)
            count += len(rows)
        _file(conn, key_table, packed)
    finally:
        if collecting:
            gc.enable()
    conn.execute(version.insert(), [{"version": VERSION}])
    return count


def _file(conn: Connection, key_table: Table, packed: list[bytes]) -> None:
    """Writes the keys in their order, so that the table grows at its end only."""
    import numpy as np

    ordered = np.frombuffer(b"".join(packed), dtype=np.uint64)
    packed.clear()
    ordered = np.sort(ordered)
    for start in range(0, len(ordered), _SHEAF):
        part = ordered[start : start + _SHEAF]
        leads = (part & 0xFFFFFFFF).tolist()
        insert(conn, key_table, zip((part >> 32).tolist(), leads, strict=True))


def _prepared(
    leads: Iterable[tuple[int, Party]], know: Knowledge, processes: int
) -> Iterator[tuple[list[tuple[int, str]], bytes]]:
    chunks = _chunks(iter(leads))
    if processes < 2:
        for chunk in chunks:
            yield _prepare((chunk, know))
        return
    from multiprocessing import get_context

    work = (([(lead, _cells(party)) for lead, party in chunk], know) for chunk in chunks)
    with get_context("spawn").Pool(processes, _still) as pool:
        yield from pool.imap(_prepare_cells, work)


# A tuple of cells crosses to a helper in a third of the time of a record.
_cells = attrgetter(*(field.name for field in fields(Party)))


def _prepare_cells(
    work: tuple[list[tuple[int, tuple[Any, ...]]], Knowledge],
) -> tuple[list[tuple[int, str]], bytes]:
    chunk, know = work
    return _prepare(([(lead, Party(*cells)) for lead, cells in chunk], know))


def _still() -> None:
    """A helper makes small tuples without cycles: no collecting."""
    import gc

    from processor.children import go_with_parent

    go_with_parent()
    gc.disable()


def _chunks(leads: Iterator[tuple[int, Party]]) -> Iterator[list[tuple[int, Party]]]:
    while chunk := list(islice(leads, _CHUNK)):
        yield chunk


def _prepare(
    work: tuple[list[tuple[int, Party]], Knowledge],
) -> tuple[list[tuple[int, str]], bytes]:
    """Rows of `match_party` and packed (key << 32 | lead) of a chunk."""
    from array import array

    chunk, know = work
    rows = []
    keys = array("Q")
    for lead, party in chunk:
        side = prepare(party, know)
        rows.append((lead, encode(side)))
        keys.extend((key << 32) | lead for key in filed(side))
    return rows, keys.tobytes()
