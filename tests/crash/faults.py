"""Faults inside a process: it is killed, or told of an error, at its k-th operation under a folder.

Operations are what the interpreter announces to audit hooks (opening for writing, renaming,
removing, making folders), `os.fsync`, and every transaction and writing statement of the ledger.
What lies between two operations is visited by the system-call campaign, which needs strace.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_WORDS = ("BEGIN", "INSERT", "UPDATE", "DELETE")


@dataclass(slots=True)
class Faults:
    """What becomes of operation `at` (from 1; 0 = only count) below one of `roots`.

    `code` 0: the process gets `signal` before it; else the operation fails with this errno, once
    or, `forever`, together with all that follow. `reads` counts opening for reading and listing,
    too. `power`: at the kill, what was not synced is lost.
    """

    roots: tuple[Path, ...]
    at: int = 0
    code: int = 0
    forever: bool = False
    signal: int = signal.SIGKILL
    reads: bool = False
    power: bool = False
    seen: list[str] = field(default_factory=list)
    unsynced: Unsynced | None = None
    busy: bool = False

    def install(self) -> None:
        """From now on, and for the rest of this process."""
        from sqlalchemy import Engine, event

        if self.power:
            self.unsynced = Unsynced(self.roots[0].parent / "unsynced")
        sys.addaudithook(self._audit)
        real = os.fsync

        def fsync(handle: Any) -> None:
            number = handle if isinstance(handle, int) else handle.fileno()
            path = os.readlink(f"/proc/self/fd/{number}")
            self._step("fsync", path)
            real(number)
            if self.unsynced is not None:
                self.unsynced.synced(path)

        os.fsync = fsync

        def execute(_c: Any, _u: Any, statement: str, *_more: Any) -> None:
            if statement.lstrip().upper().startswith(_WORDS):
                self._step_sql(" ".join(statement.split()[:3]))

        event.listen(Engine, "before_cursor_execute", execute)
        event.listen(Engine, "commit", lambda _c: self._step_sql("COMMIT"))

    # --- operations ---

    def _audit(self, name: str, args: tuple[Any, ...]) -> None:
        if self.busy:
            return
        if name == "open":
            path, _mode, flags = args
            if isinstance(path, int):
                return
            if (flags or 0) & _WRITING:
                self._step("open", path)
            elif self.reads:
                self._step("read", path)
        elif name in ("os.listdir", "os.scandir"):
            if self.reads and isinstance(args[0], str | os.PathLike):
                self._step("list", args[0])
        elif name == "os.rename":
            self._step("rename", args[0], args[1])
        elif name in ("os.remove", "os.rmdir", "os.mkdir", "os.truncate"):
            folder = args[-1] if name != "os.truncate" else -1
            self._step(name[3:], _absolute(args[0], folder))

    def _step(self, what: str, *paths: Any) -> None:
        whole = [os.path.abspath(os.fsdecode(p)) for p in paths]
        if not any(Path(w).is_relative_to(root) for w in whole for root in self.roots):
            return
        self._count(f"{what} {' -> '.join(whole)}")
        if self.unsynced is not None:
            self.busy = True
            self.unsynced.before(what, *whole)
            self.busy = False

    def _step_sql(self, words: str) -> None:
        from sqlalchemy.exc import OperationalError

        try:
            self._count(f"ledger {words}")
        except OSError as error:
            raise OperationalError(words, None, error) from error

    def _count(self, words: str) -> None:
        self.seen.append(words)
        now = len(self.seen)
        if self.at == 0 or now < self.at or (now > self.at and not self.forever):
            return
        if self.code:
            raise OSError(self.code, os.strerror(self.code), words)
        self.busy = self.signal == signal.SIGKILL
        if self.unsynced is not None:
            self.unsynced.lose()
        os.kill(os.getpid(), self.signal)


def _absolute(path: Any, folder: int) -> str:
    name = os.fsdecode(path)
    if folder != -1 and not os.path.isabs(name):
        return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name)
    return name


class Unsynced:
    """What a power failure now would take: data of files and entries of folders not yet synced.

    The ledger is left out: SQLite's own ordering is trusted, and tried by the other campaign.
    """

    def __init__(self, store: Path) -> None:
        self.store = store  # second names of files that may have to come back, inode and all
        self.data: set[str] = set()
        self.entries: list[tuple[str, str, Path | None]] = []  # folder, path, what was there

    def before(self, what: str, path: str, target: str = "") -> None:
        if "ledger" in Path(path).name:
            return
        if what == "open":
            if not os.path.exists(path):
                self._entry(path)
            self.data.add(path)
        elif what == "rename":
            self._entry(path)
            self._entry(target)
            if path in self.data:
                self.data.discard(path)
                self.data.add(target)
            else:
                self.data.discard(target)
        elif what == "remove":
            self._entry(path)
            self.data.discard(path)
        elif what == "mkdir" and not os.path.exists(path):
            self._entry(path)

    def _entry(self, path: str) -> None:
        had = None
        if os.path.isfile(path):
            self.store.mkdir(exist_ok=True)
            had = self.store / str(len(os.listdir(self.store)))
            os.link(path, had)
        self.entries.append((os.path.dirname(path), path, had))

    def synced(self, path: str) -> None:
        if os.path.isdir(path):
            self.entries = [e for e in self.entries if e[0] != path]
        else:
            self.data.discard(path)

    def lose(self) -> None:
        """Files not synced keep their length and lose their content; folders lose their changes."""
        for path in self.data:
            if os.path.isfile(path):
                Path(path).write_bytes(b"\0" * (os.path.getsize(path) // 2))
        for _folder, path, had in reversed(self.entries):
            if os.path.isdir(path):
                import shutil

                shutil.rmtree(path)
            elif had is None:
                Path(path).unlink(missing_ok=True)
            else:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                had.replace(path)


CODES = {name: getattr(errno, name) for name in ("EIO", "ENOSPC", "EACCES")}
