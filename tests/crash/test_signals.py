"""Told to stop in the middle: quiet, in Chinese, exit 130; nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.office import JIA, YI, Office, lead
from tests.crash.settled import settled

AT = "2026-11-03 09:00"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups and /proc")


def started(office: Office, *words: str) -> subprocess.Popen[str]:
    """A command in a process group of its own, as a terminal starts it; few receipts are many."""
    few = "import processor.frozen; processor.frozen.MANY = 1000"
    hear = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{hear}\n{few}\nfrom processor.cli import main; main()"]
    return subprocess.Popen(
        [*command, "--workspace", str(office.root), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        start_new_session=True,
    )  # fmt: skip


def when(process: subprocess.Popen[str], condition: Callable[[], object]) -> None:
    limit = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, "over before the moment came"
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.002)


def helpers(process: subprocess.Popen[str], words: str) -> list[str]:
    """Child processes with these words in their command line."""
    found = []
    for task in Path(f"/proc/{process.pid}/task").glob("*/children"):
        for child in task.read_text().split():
            line = Path(f"/proc/{child}/cmdline")
            if line.exists() and words in line.read_text("utf-8", "replace"):
                found.append(child)
    return found


MOMENTS = {
    "looking": lambda office, _: (office.root / "state/staging").is_dir(),
    "reading": lambda _, process: helpers(process, "worker"),
    "archiving": lambda office, _: any((office.root / "archive").glob("2026/11/*.xlsx")),
    "publishing": lambda office, _: office.files("回执/**/*.xlsx"),
    "helpers": lambda _, process: helpers(process, "spawn_main"),
    "last": lambda office, _: (office.outbox / "今日待办.xlsx").exists(),
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_told_to_stop(office: Office, moment: str, number: signal.Signals) -> None:
    """Ctrl-C and a service manager reach the helpers, too: none of them says a word."""
    for n in range(1, 16):
        office.send(JIA if n % 2 else YI, [lead(n)], f"提报{n}.xlsx")
    process = started(office, "run", "--as-of", AT, "--json")
    when(process, lambda: MOMENTS[moment](office, process))
    os.killpg(process.pid, number)
    out, words = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), words
    assert words == "已按要求停止。再运行一次即可接着做完，不会丢失，也不会重复。\n"
    office.run(AT)
    assert office.run(AT)["leads"]["待甄别"] == 15
    settled(office, AT)


def test_told_twice(office: Office) -> None:
    """Who presses Ctrl-C again and again gets the same quiet end."""
    for n in range(1, 16):
        office.send(JIA, [lead(n)], f"提报{n}.xlsx")
    process = started(office, "run", "--as-of", AT, "--json")
    when(process, lambda: helpers(process, "spawn_main"))
    while process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.01)
    out, words = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), words
    assert words.count("\n") == 1
    office.run(AT)
    assert office.run(AT)["leads"]["待甄别"] == 15
    settled(office, AT)


def test_watch_finishes_its_run_first(office: Office) -> None:
    """Ctrl-C goes to the reading process as well: no file is blamed for its death."""
    for n in range(1, 30):
        office.send(JIA, [lead(n)], f"提报{n}.xlsx")
    process = started(office, "watch", "--every", "60")
    when(process, lambda: helpers(process, "worker"))
    os.killpg(process.pid, signal.SIGINT)
    out, words = process.communicate(timeout=60)
    assert process.returncode == 0, words
    assert words == ""
    assert "文件 29，接收信息 29" in out
    assert "已停止" in out


@pytest.mark.parametrize("words", [f"run --as-of '{AT}'", "watch --every 1"])
def test_what_was_to_be_ignored_is_ignored(office: Office, words: str) -> None:
    """`nohup`: the terminal closes, the run and the watch go on."""
    office.send(JIA, [lead(1)], "甲店.xlsx")
    command = f"trap '' HUP; exec {sys.executable} -c 'from processor.cli import main; main()'"
    process = subprocess.Popen(
        ["sh", "-c", f"{command} --workspace '{office.root}' {words}"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    when(process, (office.root / "state/staging").is_dir)
    os.killpg(process.pid, signal.SIGHUP)
    if words.startswith("watch"):
        when(process, lambda: office.files("回执/**/*.xlsx"))
        process.terminate()
    _out, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (0, "")
    assert office.json("status")["last_run"] is not None
    assert len(office.files("回执/**/*.xlsx")) == 1
