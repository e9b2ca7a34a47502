"""Being told to stop: Ctrl-C, a closed window, a service manager's SIGTERM."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

# where the system knows them
STOPS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
    if hasattr(signal, name)
)
WORDS = "已按要求停止。再运行一次即可接着做完，不会丢失，也不会重复。"


class Interrupted(BaseException):
    """Somebody wants this process to stop. No `Exception`: nothing on the way may swallow it."""


def heard() -> list[signal.Signals]:
    """The signals to stop that this process was not told to ignore."""
    return [n for n in STOPS if signal.getsignal(n) not in (signal.SIG_IGN, None)]


@contextmanager
def stopping() -> Iterator[None]:
    """While inside, the first signal to stop raises Interrupted; what was ignored stays ignored.

    It may strike between any two steps, as a kill may, so nothing more is promised than for a
    kill; but what is half done is let go in order, and the lock with it. From then on, and after
    this, no signal is heard: the process is on its way out. Main thread only.
    """
    numbers = heard()

    def stop(_number: int, _frame: object) -> None:
        deaf()
        raise Interrupted

    def deaf() -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)

    try:
        for number in numbers:
            signal.signal(number, stop)
        yield
    finally:
        deaf()


@contextmanager
def sheltered() -> Iterator[None]:
    """Processes started inside do not hear a Ctrl-C at the terminal or a SIGTERM to the group.

    They end when the run lets them go or is gone: the run alone decides what a stop means. POSIX;
    on Windows readers have no console, and other helpers see to it themselves.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
