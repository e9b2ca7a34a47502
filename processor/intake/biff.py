"""A legacy .xls before it is parsed: the format has no checksums, so its structure must agree.

Runs in the limited child process. The chains of the OLE container are checked by olefile; then
the records of the workbook stream are walked from end to end, which finds the half-copied files
and the holes that parsers read as wrong rows or die of.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from struct import unpack_from

from processor.intake.limits import UnreadableError

_BOF, _EOF, _BOUNDSHEET, _FILEPASS, _DATEMODE = 0x0809, 0x000A, 0x0085, 0x002F, 0x0022
_ROW, _BOOLERR, _FORMULA = 0x0208, 0x0205, 0x0006
_SST, _CONTINUE = 0x00FC, 0x003C
_HOLE = bytes(64)  # no run of text holds so many zeros; the other records show a hole by their ids
_MAX_RECORD = 8228
_HIDDEN = 0x20


@dataclass(frozen=True, slots=True)
class XlsFacts:
    """What the records say beside the values: per worksheet, in workbook order; 0-based."""

    hidden_rows: tuple[frozenset[int], ...]
    error_cells: tuple[frozenset[tuple[int, int]], ...]
    date1904: bool
    encrypted: bool
    macros: bool


def ole_streams(data: bytes) -> tuple[str, bytes, bool]:
    """What an OLE file is: ("xls", workbook stream, macros), ("encrypted", b"", False) or other.

    Raises UnreadableError(damaged) when its chains do not hold together.
    """
    import olefile  # only xls pays for it

    try:
        with olefile.OleFileIO(BytesIO(data)) as ole:
            if ole.exists("EncryptedPackage"):
                return "encrypted", b"", False
            for name in ("Workbook", "Book"):
                if ole.exists(name):
                    stream = ole.openstream(name).read()
                    if len(stream) != ole.get_size(name):
                        raise UnreadableError("damaged", "workbook stream cut short")
                    return "xls", stream, ole.exists("_VBA_PROJECT_CUR")
            if not ole.listdir():
                raise UnreadableError("damaged", "OLE: no streams")
            return "other", b"", False
    except UnreadableError:
        raise
    except Exception as error:  # olefile raises whatever a broken table leads it to
        raise UnreadableError("damaged", f"OLE: {error}") from None


def walk(stream: bytes, macros: bool = False) -> XlsFacts:
    """Walk all records. Raises UnreadableError(damaged) where they do not join up."""
    starts: list[int] = []  # of the worksheets, as the workbook's globals give them
    kinds: list[int] = []
    seen: set[int] = set()  # substreams found
    hidden: dict[int, set[int]] = {}
    errors: dict[int, set[tuple[int, int]]] = {}
    date1904 = encrypted = strings = False
    depth = at = start = 0
    size = len(stream)
    while at + 4 <= size:
        kind, length = unpack_from("<HH", stream, at)
        body = at + 4
        if depth == 0 and kind != _BOF:
            if any(stream[at:]):
                raise UnreadableError("damaged", f"no substream at {at}")
            break  # padding
        if kind == 0 or length > _MAX_RECORD or body + length > size:
            raise UnreadableError("damaged", f"record {kind:#x} of {length} bytes at {at}")
        if (kind == _SST or (kind == _CONTINUE and strings)) and _HOLE in stream[
            body : body + length
        ]:
            raise UnreadableError("damaged", f"hole in the strings at {at}")
        strings = kind == _SST or (kind == _CONTINUE and strings)
        if kind == _BOF:
            if depth == 0:
                start = at
                seen.add(at)
            depth += 1
        elif kind == _EOF:
            depth -= 1
        elif kind == _BOUNDSHEET and length >= 6:
            starts.append(unpack_from("<I", stream, body)[0])
            kinds.append(stream[body + 5])
        elif kind == _FILEPASS:
            encrypted = True
            break  # the rest is noise but for record headers
        elif kind == _DATEMODE and length >= 2:
            date1904 = stream[body] == 1
        elif kind == _ROW and length >= 14:
            if stream[body + 12] & _HIDDEN:
                hidden.setdefault(start, set()).add(unpack_from("<H", stream, body)[0])
        elif kind == _BOOLERR and length >= 8:
            if stream[body + 7]:
                errors.setdefault(start, set()).add(unpack_from("<HH", stream, body))
        elif kind == _FORMULA and length >= 14:  # noqa: SIM102
            if stream[body + 12 : body + 14] == b"\xff\xff" and stream[body + 6] == 2:
                errors.setdefault(start, set()).add(unpack_from("<HH", stream, body))
        at = body + length
    if not encrypted:
        if depth or not seen:
            raise UnreadableError("damaged", "workbook stream ends inside a sheet")
        if missing := [place for place in starts if place not in seen]:
            raise UnreadableError("damaged", f"no sheet at {missing[0]}")
    sheets = [place for place, sort in zip(starts, kinds, strict=True) if sort == 0]
    return XlsFacts(
        tuple(frozenset(hidden.get(place, ())) for place in sheets),
        tuple(frozenset(errors.get(place, ())) for place in sheets),
        date1904,
        encrypted,
        macros,
    )
