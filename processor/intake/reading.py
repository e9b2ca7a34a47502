"""Safe files -> raw cells, parsed by a few limited child processes.

A parser that dies twice, hangs or asks for all memory costs its own file a refusal; the child is
replaced and the next file is read. Once may be somebody else's doing: a system short of memory
ends whom it likes. Children are ordinary subprocesses fed through pipes, which
works the same on Windows; they start when there is something to read and end with the call.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from processor.intake.guard import Refused, Safe, refuse
from processor.intake.raw import RawBook, RawSheet
from processor.interrupts import sheltered

# Wall time for one file. Where the system counts processor time (`worker.CPU_SECONDS`), that ends a
# file which keeps a parser busy; a machine that stalls must not cost anybody a good form.
SECONDS_PER_FILE = 20.0 if sys.platform == "win32" else 60.0
_OUT_OF_TIME = -signal.SIGXCPU if sys.platform != "win32" else None  # exit status
_SMALL = 4  # files; so few are read by one child
_AHEAD = 8  # questions sent before the first answer is read

_BOOT = "import sys; sys.path[:0] = sys.argv[1:]; from processor.intake.worker import main; main()"


def read_all(
    items: Sequence[Safe], *, workers: int = 0, seconds: float = SECONDS_PER_FILE
) -> list[RawBook | Refused]:
    """Each file's cells or its refusal, in the order given.

    `workers` is the number of child processes (0: one per processor, fewer for few files),
    `seconds` the wall time one file may take. Raises RuntimeError when children cannot be
    started at all and OSError when a snapshot, our own copy, cannot be read.
    """
    if not items:
        return []
    count = workers or (1 if len(items) <= _SMALL else os.cpu_count() or 1)
    job = _Job(items, seconds)
    threads = [
        threading.Thread(target=job.work, name=f"reader-{n}", daemon=True)
        for n in range(min(count, len(items)))
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
                job.kill_late()
    finally:
        job.stop()
    if job.fault is not None:
        raise job.fault
    return [_verdict(item, job.answers[n]) for n, item in enumerate(items)]


def _verdict(item: Safe, answer: Any) -> RawBook | Refused:
    if answer[0] == "book":
        return RawBook(item.name, [RawSheet(*sheet) for sheet in answer[1]], answer[2])
    if answer[0] == "refused":
        return refuse(answer[1], item, answer[2])
    raise OSError(f"{item.path}: {answer[2]}")


class _Child:
    """One child process and when its present file must be done."""

    def __init__(self) -> None:
        paths = [str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)]
        with sheltered():  # else a Ctrl-C would look like a file that kills its reader
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _BOOT, *paths],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        self.deadline = float("inf")
        self.late = False

    def ask(self, item: Safe) -> None:
        assert self.process.stdin is not None
        pickle.dump((os.fsencode(item.path), item.kind, item.passwords), self.process.stdin)

    def send(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.flush()

    def answer(self) -> Any:
        """The next answer. Raises EOFError or UnpicklingError when the child has died."""
        assert self.process.stdout is not None
        return pickle.load(self.process.stdout)  # noqa: S301 our own child

    def end(self) -> int:
        """Let the child go, by force if need be; its exit status."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # unsent questions to a dead child
                    pipe.close()
        try:
            return self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class _Job:
    """The files of one call, shared by its threads."""

    def __init__(self, items: Sequence[Safe], seconds: float) -> None:
        self.items = items
        self.seconds = seconds
        self.waiting = deque(range(len(items)))
        self.answers: dict[int, Any] = {}
        self.children: set[_Child] = set()
        self.deadly: set[int] = set()  # files whose reader died
        self.fault: BaseException | None = None
        self.stopped = False

    def work(self) -> None:
        """One thread: keep one child busy until nothing waits."""
        try:
            while not self.stopped and self.waiting:
                self._serve()
        except BaseException as error:  # handed to the caller of read_all
            self.fault = error
            self.stopped = True

    def _serve(self) -> None:
        """Start a child and feed it until it dies or nothing waits."""
        child = _Child()
        self.children.add(child)
        try:
            self._started(child)
            asked: deque[int] = deque()
            while not self.stopped:
                self._ask(child, asked)
                if not asked:
                    return
                child.deadline = time.monotonic() + self.seconds
                try:
                    answer = child.answer()
                except (EOFError, pickle.UnpicklingError, OSError):
                    self._bury(child, asked)
                    return
                self.answers[asked.popleft()] = answer
        finally:
            child.deadline = float("inf")
            self.children.discard(child)
            child.end()

    def _started(self, child: _Child) -> None:
        child.deadline = time.monotonic() + 60
        try:
            if child.answer() == "ready":
                return
        except (EOFError, pickle.UnpicklingError, OSError):
            pass
        raise RuntimeError("the reading process does not start")

    def _ask(self, child: _Child, asked: deque[int]) -> None:
        """Keep a few questions ahead, so that the child never waits for this thread."""
        if len(asked) > _AHEAD // 2:
            return
        try:
            while len(asked) < _AHEAD and self.waiting:
                number = self._next()
                if number is None:
                    break
                asked.append(number)
                child.ask(self.items[number])
            child.send()
        except OSError:
            pass  # the child has died: reading its answer tells

    def _next(self) -> int | None:
        try:
            return self.waiting.popleft()
        except IndexError:  # another thread was quicker
            return None

    def _bury(self, child: _Child, asked: deque[int]) -> None:
        """The first file asked killed the child, unless something else did: it is read once more.

        All that were asked, or all but the first, go back to the head of the queue.
        """
        if self.stopped:
            return
        first, status = asked[0], child.end()
        late = child.late or status == _OUT_OF_TIME
        if late or first in self.deadly:
            code = "parser_timeout" if late else "parser_died"
            self.answers[asked.popleft()] = ("refused", code, f"exit status {status}")
        self.deadly.add(first)
        self.waiting.extendleft(reversed(asked))

    def kill_late(self) -> None:
        """Called by the watching thread: end children that are over their time."""
        now = time.monotonic()
        for child in tuple(self.children):
            if now > child.deadline:
                child.late = True
                child.process.kill()

    def stop(self) -> None:
        """End everything (also after an interrupt)."""
        self.stopped = True
        for child in tuple(self.children):
            child.process.kill()
