"""Being told to stop: Ctrl-C, a closed window, a service manager's SIGTERM."""

from __future__ import annotations

import signal
import threading
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
    this, no signal is heard: the way out is short. Main thread only.
    """
    numbers = heard()

    def leave() -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)

    def stop(_number: int, _frame: object) -> None:
        leave()
        raise Interrupted

    try:
        for number in numbers:
            signal.signal(number, stop)
        yield
    finally:
        leave()


@contextmanager
def sheltered() -> Iterator[None]:
    """Processes started inside do not hear a Ctrl-C at the terminal or a SIGTERM to the group.

    They end when the run lets them go or is gone: the run alone decides what a stop means. POSIX;
    on Windows readers have no console, and other helpers see to it themselves. What the run is told
    meanwhile it hears afterwards: a process half started would complain that nobody speaks to it.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    told: list[int] = []
    main = threading.current_thread() is threading.main_thread()
    # the mask is this thread's alone: another, of a library, may take the signal for the process
    handlers = {n: signal.signal(n, lambda n, _f: told.append(n)) for n in heard() if main}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if told:
            signal.raise_signal(told[0])
