"""What a snapshot is, by its bytes alone, and whether it may be opened at all.

`examine` never parses: it looks at the first bytes and, for a zip, at the directory. What only
parsing can tell (bombs, far cells, broken chains) is found in the limited child process of
`reading`, which answers with the same `Refused`.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from processor.intake import problems
from processor.intake.filenames import is_litter, is_litter_folder
from processor.intake.kinds import kind_of
from processor.intake.limits import SHAPES
from processor.intake.zips import directory, inflate
from processor.model import FileState

MAX_FILE_BYTES = 50 << 20
MAX_MEMBERS = 500  # forms in one zip
MAX_MEMBERS_BYTES = 200 << 20  # unpacked, all members of one zip
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # as an OLE directory spells it

# What becomes of a file refused for each code; the words are in the catalogue of problems.
STATES: dict[str, FileState] = {
    "file_empty": FileState.REFUSED,
    "no_rows": FileState.REFUSED,  # a workbook without a single cell
    "unsupported_type": FileState.REFUSED,
    "encrypted": FileState.REFUSED,
    "too_large": FileState.REFUSED,
    "duplicate_in_zip": FileState.REFUSED,
    "nested_zip": FileState.REFUSED,
    "damaged": FileState.QUARANTINED,
    "bomb": FileState.QUARANTINED,
    "hostile_xml": FileState.QUARANTINED,
    "path_in_zip": FileState.QUARANTINED,
    "parser_died": FileState.QUARANTINED,
    "parser_timeout": FileState.QUARANTINED,
}


@dataclass(frozen=True, slots=True)
class Safe:
    """A file that may be handed to the reader. `kind` is zip (a workbook), ole, html, xml or text.

    `name` is what people call the file; for a member of a zip, `container` is the zip's name.
    """

    path: Path
    name: str
    kind: str
    sha256: str
    size: int
    container: str = ""
    passwords: tuple[str, ...] = field(default=(), repr=False)  # any of which may open it


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is not read: refused (ordinary) or quarantined (dangerous, unreadable).

    For a zip's member that was not unpacked, `path` is the zip and `sha256` "". `detail` is for the
    person who looks after the program, never shown to submitters.
    """

    code: str  # a key of STATES and of the catalogue of problems
    state: FileState
    message: str
    name: str
    path: Path
    sha256: str = ""
    size: int = 0
    container: str = ""
    detail: str = ""


def refuse(code: str, item: Safe, detail: str = "") -> Refused:
    """The refusal of one file for one of STATES, in the words of the catalogue."""
    if code == "too_large" and item.size > MAX_FILE_BYTES:
        found = f"{item.size / (1 << 20):.0f} MB，限{MAX_FILE_BYTES >> 20} MB"
    elif code == "too_large":
        found = f"表格超过{SHAPES[0][0] // 10_000}万行、{SHAPES[0][1]}列"
    else:
        found = PurePosixPath(item.name).name
    problem = problems.make(code, found=found)
    return Refused(
        code,
        STATES[code],
        f"{problem.message}；{problem.remedy}",
        item.name,
        item.path,
        item.sha256,
        item.size,
        item.container,
        detail,
    )


Passwords = Callable[[str], tuple[str, ...]]  # those that may open a file of that name


def _no_passwords(_name: str) -> tuple[str, ...]:
    return ()


def examine(path: Path, name: str, passwords: Passwords = _no_passwords) -> list[Safe | Refused]:
    """Judge one snapshot: one verdict, or one per member when it is a zip of forms.

    Members are written beside the snapshot, named by their content. `passwords` gives the
    passwords known for a file of that name. Raises OSError when the snapshot itself, our own copy,
    cannot be read.
    """
    status = path.lstat()
    blank = Safe(path, name, "", "", status.st_size)
    if not stat.S_ISREG(status.st_mode):
        return [refuse("unsupported_type", blank, "not a regular file")]
    if status.st_size > MAX_FILE_BYTES:
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        return [refuse("too_large", Safe(path, name, "", digest, status.st_size))]
    data = path.read_bytes()
    item = Safe(path, name, "", hashlib.sha256(data).hexdigest(), len(data))
    try:
        kind = kind_of(data, name)
        if kind == "pack":
            return _members(item, data, passwords)
        return [_verdict(item, kind, data, passwords)]
    except OSError:
        raise
    except Exception as error:  # hostile bytes surprise libraries: they cost themselves, no run
        return [refuse("damaged", item, f"{type(error).__name__}: {error}"[:200])]


def _verdict(item: Safe, kind: str, data: bytes, passwords: Passwords) -> Safe | Refused:
    if kind in STATES:
        return refuse(kind, item)
    known = passwords(item.container or item.name) if kind == "ole" else ()
    if kind == "ole" and not known and _ENCRYPTED in data:
        return refuse("encrypted", item)
    return Safe(item.path, item.name, kind, item.sha256, item.size, item.container, known)


def _members(pack: Safe, data: bytes, passwords: Passwords) -> list[Safe | Refused]:
    infos = directory(data)
    if isinstance(infos, str):
        return [refuse(infos, pack)]
    infos = [
        info for info in infos if not info.filename.endswith("/") and not _is_litter(info.filename)
    ]
    if not infos:
        return [refuse("no_rows", pack, "zip without files")]
    if len(infos) > MAX_MEMBERS:
        return [refuse("bomb", pack, f"{len(infos)} members")]
    verdicts: list[Safe | Refused] = []
    seen: set[str] = set()
    room = MAX_MEMBERS_BYTES
    for info in infos:
        name = info.filename.replace("\\", "/")
        unnamed = Safe(pack.path, name, "", "", 0, pack.name)
        if _escapes(name):
            verdicts.append(refuse("path_in_zip", unnamed))
            continue
        if name.casefold() in seen:
            verdicts.append(refuse("duplicate_in_zip", unnamed))
            continue
        seen.add(name.casefold())
        if info.flag_bits & 1:
            verdicts.append(refuse("encrypted", unnamed))
            continue
        content = inflate(data, info, min(room, MAX_FILE_BYTES))
        if isinstance(content, str):
            if content == "bomb":
                return [refuse("bomb", pack, f"member {name}")]
            verdicts.append(refuse(content, unnamed))
            continue
        room -= len(content)
        digest = hashlib.sha256(content).hexdigest()
        path = pack.path.with_name(digest)
        path.write_bytes(content)
        member = Safe(path, name, "", digest, len(content), pack.name)
        kind = kind_of(content, name)
        verdicts.append(
            _verdict(member, "nested_zip" if kind == "pack" else kind, content, passwords)
        )
    return verdicts


def _escapes(name: str) -> bool:
    parts = name.split("/")
    return not name or name.startswith("/") or ".." in parts or name[1:2] == ":"


def _is_litter(name: str) -> bool:
    folder, _, base = name.replace("\\", "/").rpartition("/")
    return is_litter(base) or any(map(is_litter_folder, folder.split("/")))
