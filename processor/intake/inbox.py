"""What lies in the inbox, since when, and is it whole: listing and private copies.

Nothing here moves, renames or deletes an inbox file; the only writes are copies in the staging
folder. Every run lists the whole folder, so no watcher is needed and nothing can be missed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import mkstemp

from processor.intake.filenames import display_name, is_litter, is_litter_folder
from processor.intake.owners import holder, owned_name

_ATTRIBUTE_OFFLINE = 0x1000
_ATTRIBUTE_RECALL_ON_OPEN = 0x40000
_ATTRIBUTE_RECALL_ON_DATA_ACCESS = 0x400000
_TAG_MOUNT_POINT = 0xA0000003
_CHUNK = 1 << 20
_ZIP = b"PK\x03\x04"
_ZIP_END = b"PK\x05\x06"
_ZIP_TAIL = 66_000  # an end record lies in the last 65,557 bytes


class EntryKind(StrEnum):
    """What an inbox entry is, by its name and its file type alone."""

    CANDIDATE = "candidate"
    IGNORED = "ignored"  # owner, temporary and system files
    ODD = "odd"  # symbolic link, pipe, device, unreadable folder: never opened


@dataclass(frozen=True, slots=True)
class Entry:
    """One file (or odd thing) in the inbox.

    `rel` is the path below the inbox with "/" between the parts; undecodable bytes of a name are
    kept as lone surrogates, `display` shows them decoded. `evidence_ns` is the file system's own
    arrival evidence in nanoseconds since 1970 (creation or change time, never modification time;
    0 = none). `open_by` says who has the file open, "" when nobody is known to.
    """

    rel: str
    display: str
    kind: EntryKind
    size: int = 0
    mtime_ns: int = 0
    inode: int = 0
    evidence_ns: int = 0
    open_by: str = ""
    cloud: bool = False  # a placeholder whose bytes are still on a server
    note: str = ""  # Chinese: why it is odd

    @property
    def evidence(self) -> int:
        """Arrival evidence in whole seconds since 1970; 0 = unknown."""
        return self.evidence_ns // 1_000_000_000

    @property
    def folder(self) -> str:
        """First folder below the inbox (one per unit, say); "" at the top."""
        return self.rel.split("/", 1)[0] if "/" in self.rel else ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A private copy of one inbox file, its bytes named by `sha256` (hex)."""

    entry: Entry
    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """The file stays where it is until a later run; `reason` is Chinese."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The file was withdrawn between the listing and the copy."""

    entry: Entry


def list_inbox(inbox: Path) -> list[Entry]:
    """Everything below the inbox, in a fixed order (folder by folder, by name).

    Symbolic links and Windows junctions are reported, never followed. Raises OSError when the
    inbox itself cannot be listed: then there is no inbox, not an empty one.
    """
    found: list[Entry] = []
    pending = [""]
    while pending:
        prefix = pending.pop()
        try:
            with os.scandir(inbox / prefix if prefix else inbox) as listing:
                items = sorted(listing, key=lambda item: os.fsencode(item.name))
        except FileNotFoundError:
            if not prefix:
                raise
            continue  # the folder was withdrawn while we looked
        except OSError:
            if not prefix:
                raise
            found.append(_odd(prefix, "文件夹没有读取权限"))
            continue
        names = frozenset(item.name for item in items)
        owners = {owned: name for name in names if (owned := owned_name(name))}
        folders: list[str] = []
        for item in items:
            rel = f"{prefix}/{item.name}" if prefix else item.name
            try:
                # not item.stat(): Windows keeps no file number in its listing, and old sizes
                status = os.lstat(item.path)
            except FileNotFoundError:
                continue  # withdrawn between listing and stat
            except OSError:
                found.append(_odd(rel, "暂时读不出（共享文件夹或磁盘故障），下次重试"))
                continue
            if stat.S_ISDIR(status.st_mode) and not _is_junction(status):
                if is_litter_folder(item.name):
                    found.append(_entry(rel, status, EntryKind.IGNORED))
                else:
                    folders.append(rel)
            elif not stat.S_ISREG(status.st_mode):
                found.append(_odd(rel, "不是普通文件（链接、管道或设备），未打开"))
            elif is_litter(item.name) or rel == "README.md":
                found.append(_entry(rel, status, EntryKind.IGNORED))
            else:
                open_by = holder(inbox / prefix, item.name, names, owners)
                found.append(_entry(rel, status, EntryKind.CANDIDATE, open_by))
        pending.extend(reversed(folders))
    return sorted(found, key=lambda entry: os.fsencode(entry.rel))


def _entry(rel: str, status: os.stat_result, kind: EntryKind, open_by: str = "") -> Entry:
    attributes = getattr(status, "st_file_attributes", 0)
    away = _ATTRIBUTE_OFFLINE | _ATTRIBUTE_RECALL_ON_OPEN | _ATTRIBUTE_RECALL_ON_DATA_ACCESS
    if os.name == "nt":
        # st_ctime is the creation time here, and deprecated for it; st_birthtime from 3.12 on.
        created = getattr(status, "st_birthtime_ns", 0) or status.st_ctime_ns
        evidence = int(created)
    else:
        born = int(getattr(status, "st_birthtime", 0) * 1_000_000_000)
        evidence = max(born, status.st_ctime_ns)
    return Entry(
        rel=rel,
        display=display_name(rel),
        kind=kind,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        inode=status.st_ino,
        evidence_ns=max(evidence, 0),
        open_by=open_by,
        cloud=bool(attributes & away),
    )


def _odd(rel: str, note: str) -> Entry:
    return Entry(rel=rel, display=display_name(rel), kind=EntryKind.ODD, note=note)


def _is_junction(status: os.stat_result) -> bool:
    return getattr(status, "st_reparse_tag", 0) == _TAG_MOUNT_POINT


def snapshot(inbox: Path, entry: Entry, staging: Path) -> Snapshot | Waiting | Gone:
    """Copy one candidate into `staging` while hashing it; its bytes are judged from the copy only.

    The copy is named by its content. The file must be the regular file that was listed and must
    not change while it is read; else it waits. Raises OSError only when the staging folder fails.
    """
    if entry.cloud:
        return Waiting(entry, "文件仍在云端，尚未下载到本机")
    if entry.open_by:
        return Waiting(entry, f"文件正被打开编辑（{entry.open_by}），关闭后处理")
    try:
        descriptor = os.open(inbox / entry.rel, _read_flags())
    except FileNotFoundError:
        return Gone(entry)
    except OSError as error:
        return Waiting(entry, _reason(error))
    handle, name = mkstemp(dir=staging, prefix="part-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "rb") as source, os.fdopen(handle, "wb") as target:
            try:
                before = os.fstat(source.fileno())
                if not stat.S_ISREG(before.st_mode) or before.st_ino != entry.inode:
                    return Waiting(entry, "文件刚被替换，下次处理")
                digest, size = _copy(source.read, target.write)
                after = os.fstat(source.fileno())
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise  # our own disk
                return Waiting(entry, _reason(error))
        listed = (entry.size, entry.mtime_ns)
        looks = {listed, *((look.st_size, look.st_mtime_ns) for look in (before, after))}
        if len(looks) > 1 or size != after.st_size:
            return Waiting(entry, "文件正在写入，下次处理")
        path = staging / digest
        temporary.replace(path)
        return Snapshot(entry, path, digest, size)
    finally:
        temporary.unlink(missing_ok=True)


def snapshot_all(
    inbox: Path, entries: Iterable[Entry], staging: Path, settle_seconds: float
) -> list[Snapshot | Waiting | Gone]:
    """Copies of all candidates, in the order given.

    A whole xlsx or zip proves itself by its checksums. What cannot (xls, text, an empty file, a
    zip without its end) is read a second time `settle_seconds` later, one wait for all of them,
    and must be the same bytes; else it waits for the next run.
    """
    taken = [
        snapshot(inbox, entry, staging) for entry in entries if entry.kind is EntryKind.CANDIDATE
    ]
    unproved = [
        index
        for index, item in enumerate(taken)
        if isinstance(item, Snapshot) and not _proves_itself(item.path)
    ]
    if unproved and settle_seconds > 0:
        time.sleep(settle_seconds)
    for index in unproved:
        item = taken[index]
        if isinstance(item, Snapshot) and not still_same(inbox, item.entry, item.sha256):
            taken[index] = Waiting(item.entry, "文件正在写入，下次处理")
    return taken


def still_same(inbox: Path, entry: Entry, sha256: str) -> bool:
    """Is the file in the inbox still the very bytes that were read? (asked before it leaves)"""
    try:
        with os.fdopen(os.open(inbox / entry.rel, _read_flags()), "rb") as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                return False
            return _copy(source.read, lambda _: None)[0] == sha256
    except OSError:
        return False


def _read_flags() -> int:
    flags = os.O_RDONLY
    for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOINHERIT"):
        flags |= getattr(os, name, 0)
    return flags


def _copy(read: Callable[[int], bytes], write: Callable[[bytes], object]) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    while chunk := read(_CHUNK):
        digest.update(chunk)
        write(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _proves_itself(path: Path) -> bool:
    with path.open("rb") as handle:
        if handle.read(4) != _ZIP:
            return False
        size = handle.seek(0, os.SEEK_END)
        handle.seek(max(0, size - _ZIP_TAIL))
        return _ZIP_END in handle.read()


def _reason(error: OSError) -> str:
    if getattr(error, "winerror", 0) in (32, 33) or error.errno in (errno.EBUSY, errno.ETXTBSY):
        return "文件被其他程序占用，关闭后处理"
    if isinstance(error, PermissionError):
        return "文件被占用或没有读取权限"
    if error.errno == errno.ELOOP:
        return "文件刚被替换为链接，未打开"
    return "文件暂时读不出（共享文件夹或磁盘故障），下次重试"
