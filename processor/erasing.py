"""Overwriting files that go, and the old bytes of files that are replaced."""

from __future__ import annotations

import contextlib
import filecmp
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from processor.workspace import fsync_folder

_OLD = ".old"  # ends a second name
_SECOND = re.compile(r"\.[0-9a-f]{24}\.old")


def destroy(path: Path) -> None:
    """Overwrite a file, make that durable, remove it. Raises OSError.

    On a disk that remaps sectors (SSD, copy on write) the overwriting is best effort: there the
    disk's own encryption is what makes removal final.
    """
    if not path.is_file() or path.is_symlink():
        return
    size = path.stat().st_size
    with path.open("rb+") as handle:
        for start in range(0, size, 1 << 20):
            handle.write(bytes(min(1 << 20, size - start)))
        handle.flush()
        os.fsync(handle.fileno())
    path.unlink()
    fsync_folder(path.parent)


@contextlib.contextmanager
def ending(*paths: Path) -> Iterator[None]:
    """What these files hold before they are replaced within is overwritten afterwards.

    They keep a second name meanwhile. Where the file system has none, the old bytes are left to the
    disk. Raises OSError.
    """
    for path in paths:
        _end(path)
        if path.is_file() and not path.is_symlink():
            with contextlib.suppress(OSError):
                os.link(path, _second(path))
    try:
        yield
    finally:
        for path in paths:
            _end(path)


def end_leftovers(folder: Path) -> None:
    """The same for second names that a killed process left in a folder."""
    left = {path.name for path in folder.glob(f".*{_OLD}") if _SECOND.fullmatch(path.name)}
    if not left:
        return
    for path in sorted(folder.iterdir()):
        if path.name not in left and _second(path).name in left:
            left.discard(_second(path).name)
            _end(path)
    for name in sorted(left):  # what it was a name of has gone
        destroy(folder / name)


def _end(path: Path) -> None:
    """Never the file itself: while both names lead to the same content, only the name goes."""
    old = _second(path)
    if not old.exists():
        return
    if path.exists() and filecmp.cmp(path, old, shallow=False):
        old.unlink()
    else:
        destroy(old)


def _second(path: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()
    return path.with_name(f".{digest[:24]}{_OLD}")
