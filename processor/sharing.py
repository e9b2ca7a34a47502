"""Work shared by a few processes: a pool that pays, and starting a piece of work in it or here."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from processor.interrupts import sheltered

if TYPE_CHECKING:
    from concurrent.futures import Executor

Result = TypeVar("Result")


@contextmanager
def helpers(*, pay: bool) -> Iterator[Executor | None]:
    """Processes to share work with; None where they would not `pay` or there is one core."""
    cores = os.cpu_count() or 1
    if not pay or cores < 2:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    context = get_context("spawn")
    with ProcessPoolExecutor(min(cores, 8), context, _begin) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # nobody waits for the rest
            raise


def _begin() -> None:
    from processor.children import go_with_parent

    go_with_parent()
    gc.set_threshold(50_000, 10, 10)


class Start(Protocol):
    """Starts a piece of work; calling what it returns waits for the result."""

    def __call__(self, work: Callable[..., Result], *arguments: Any) -> Callable[[], Result]: ...


def starter(pool: Executor | None) -> Start:
    """Work is done in the pool; without one, or when it broke down, here and when asked for."""

    def start(work: Callable[..., Result], *arguments: Any) -> Callable[[], Result]:
        here = partial(work, *arguments)
        if pool is None:
            return here
        try:
            with sheltered():  # the first pieces of work start the processes
                future = pool.submit(work, *arguments)
        except BrokenExecutor:
            return here

        def result() -> Result:
            try:
                return future.result()
            except BrokenExecutor:  # a process was killed: for want of memory, by a person
                return here()

        return result

    return start
