"""Wall time, processor time and peak memory of a command with everything it starts."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_EVERY = 0.05  # seconds between two looks at the process tree


@dataclass(frozen=True, slots=True)
class Cost:
    """What one command took: seconds, seconds, MB (resident, summed over the process tree)."""

    wall: float
    cpu: float
    peak: float
    output: str = ""


class CommandFailed(Exception):
    """A measured command did not do its work."""


def python(*words: str, cwd: Path | None = None, allowed: Sequence[int] = (0,)) -> Cost:
    """Measure `python words…` in a process of its own."""
    return command([sys.executable, *words], cwd, allowed)


def command(words: Sequence[str], cwd: Path | None = None, allowed: Sequence[int] = (0,)) -> Cost:
    """Run a command; its cost with that of every process it starts. Raises CommandFailed."""
    started = time.perf_counter()
    child = subprocess.Popen(words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    watch = _Watch(child.pid)
    watch.start()
    texts: list[bytes] = [b"", b""]
    readers = [threading.Thread(target=_drain, args=(child, n, texts)) for n in (0, 1)]
    for reader in readers:
        reader.start()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    watch.stopped = True
    for thread in (*readers, watch):
        thread.join()
    if child.returncode not in allowed:
        tail = texts[1].decode(errors="replace")[-2000:]
        raise CommandFailed(f"{' '.join(words)}: exit {child.returncode}\n{tail}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(wall, cpu, watch.peak / 1e6, texts[0].decode(errors="replace"))


def _drain(child: subprocess.Popen[bytes], which: int, texts: list[bytes]) -> None:
    stream = (child.stdout, child.stderr)[which]
    assert stream is not None
    with stream:
        texts[which] = stream.read()


class _Watch(threading.Thread):
    """Adds up the resident memory of a process and its descendants, again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0
        self.stopped = False

    def run(self) -> None:
        while not self.stopped:
            self.peak = max(self.peak, sum(map(_resident, _tree(self.pid))))
            time.sleep(_EVERY)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        for path in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found.extend(int(word) for word in path.read_text().split())
            except OSError:
                continue  # ended while we looked
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure on its own."""
    return Cost(
        statistics.median(c.wall for c in costs),
        statistics.median(c.cpu for c in costs),
        statistics.median(c.peak for c in costs),
        costs[0].output,
    )
