"""A progress bar on what takes over two seconds, at a terminal only."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

Progress = Callable[[str, int, int], None]  # what is being done, how much is done, of how much

_PATIENCE = 2.0  # seconds before a bar appears


@contextlib.contextmanager
def bar(quiet: bool) -> Iterator[Progress]:
    """Yields `progress(what, done, of)`; silent under a scheduler or with `--json`."""
    if quiet or not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    started = time.monotonic()
    shown = None
    task = None

    def progress(what: str, done: int, of: int) -> None:
        nonlocal shown, task
        if shown is None:
            if time.monotonic() - started < _PATIENCE:
                return
            from rich.console import Console
            from rich.progress import Progress

            shown = Progress(console=Console(stderr=True), transient=True)
            shown.start()
            task = shown.add_task(what, total=of or None)
        assert task is not None
        shown.update(task, description=what, completed=done, total=of or None)

    try:
        yield progress
    finally:
        if shown is not None:
            shown.stop()
