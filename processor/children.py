"""Helper processes end with the run that started them, however it ends."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing import parent_process


def go_with_parent() -> None:
    """To be called in a helper at its start: when the run is killed, it goes too; Ctrl-C is the
    run's affair.

    A helper that waits for work never learns of it: helpers hold each other's pipes open.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
