"""`run` in a loop, for those without a scheduler."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from processor.interrupts import heard


def watch(once: Callable[[], str], every: float, stop: threading.Event) -> int:
    """Call `once` now and then every `every` seconds (from end to beginning) until `stop` is set.

    A run that has begun is finished first. `once` returns a line to print, "" for none. Returns
    how often it was called.
    """
    count = 0
    while not stop.is_set():
        words = once()
        count += 1
        if words:
            print(words, flush=True)
        stop.wait(every)
    return count


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """While inside, the first Ctrl-C or SIGTERM sets `stop`; the second acts as it always does.

    What was to be ignored stays ignored: `nohup` outlives its terminal.
    """
    before = {number: signal.getsignal(number) for number in heard()}

    def ask(number: int, _frame: object) -> None:
        stop.set()
        for other, handler in before.items():
            signal.signal(other, handler)

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
