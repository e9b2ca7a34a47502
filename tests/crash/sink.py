"""A mail server in a process of its own, which writes down every Message-ID it took."""

from __future__ import annotations

import email
import os
import signal
import socket
from collections import Counter
from pathlib import Path
from typing import Any


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Sink:
    """`port` to send to; `taken()` counts the Message-IDs taken since `forget()`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "taken"
        self.log.touch()
        reader, writer = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            os.close(reader)
            self._serve(writer)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            self.port = int(pipe.readline())

    def _serve(self, writer: int) -> None:
        from aiosmtpd.controller import Controller

        log = self.log

        class Handler:
            """Takes everything; the line is written before the 250 is said."""

            async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
                message = email.message_from_bytes(envelope.content)
                with log.open("a") as handle:
                    handle.write(f"{message['Message-ID']}\n")
                return "250 OK"

        controller = Controller(Handler(), hostname="127.0.0.1", port=_free_port())
        controller.start()
        os.write(writer, f"{controller.port}\n".encode())
        os.close(writer)
        signal.pause()

    def forget(self) -> None:
        self.log.write_text("")

    def taken(self) -> Counter[str]:
        return Counter(self.log.read_text().split())

    def stop(self) -> None:
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
