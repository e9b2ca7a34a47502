"""`watch` runs again and again, waits its turn, and stops when asked."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from processor.watch import stopped_by_signals, watch
from processor.workspace import hold, open_workspace
from tests.acceptance import office as o


def test_calls_until_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    stop = threading.Event()
    calls: list[int] = []

    def once() -> str:
        calls.append(1)
        if len(calls) == 3:
            stop.set()
        return "" if len(calls) == 2 else f"第{len(calls)}次"

    assert watch(once, 0.001, stop) == 3
    assert capsys.readouterr().out == "第1次\n第3次\n"


def test_stopped_before_it_began() -> None:
    stop = threading.Event()
    stop.set()
    assert watch(lambda: pytest.fail("called"), 1, stop) == 0


def test_waiting_ends_at_once() -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    watch(lambda: "", 60, stop)
    assert time.monotonic() - started < 5


def test_signal_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    stop = threading.Event()
    with stopped_by_signals(stop):
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
        assert signal.getsignal(signal.SIGINT) is before  # the second one acts as ever
    assert signal.getsignal(signal.SIGINT) is before


HEARING = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # whoever starts
)


@contextmanager
def watching(root: Path, every: str = "1") -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", f"{HEARING}\nfrom processor.cli import main; main()",
         "watch", "--workspace", str(root), "--every", every],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_takes_what_arrives_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    office = o.new_office(tmp_path / "w")
    heartbeat = office.root / "state/last-run.json"
    with watching(office.root) as process:
        until(heartbeat.exists)
        office.send(o.JIA, [o.lead(1)], name="甲.xlsx")
        until(lambda: office.files("回执/*/*甲_回执.xlsx"))
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out
    assert "已停止" in out and "文件 1，接收信息 1" in out
    assert "Traceback" not in out and "客户" not in out.replace("大客户", "")
    assert len(office.master("台账")) == 1


def test_skips_while_another_run_holds_the_workspace(tmp_path: Path) -> None:
    office = o.new_office(tmp_path / "w")
    office.run("2026-01-05 09:00")
    heartbeat = office.root / "state/last-run.json"
    before = heartbeat.stat().st_mtime_ns
    lines: list[str] = []
    with hold(open_workspace(office.root)), watching(office.root) as process:
        assert process.stdout is not None
        while not lines or "跳过" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], lines
        assert heartbeat.stat().st_mtime_ns == before
        process.terminate()
        assert process.wait(60) == 0


def test_goes_on_when_the_share_comes_back(tmp_path: Path) -> None:
    office = o.new_office(tmp_path / "w")
    away = tmp_path / "away"
    heartbeat = office.root / "state/last-run.json"
    with watching(office.root) as process:
        until(heartbeat.exists)
        assert process.stdout is not None
        office.root.rename(away)
        line = process.stdout.readline()
        while "未运行" not in line and "未完成" not in line:
            line = process.stdout.readline()
            assert line
        away.rename(office.root)
        before = heartbeat.stat().st_mtime_ns
        until(lambda: heartbeat.stat().st_mtime_ns > before)
        process.terminate()
        assert process.wait(60) == 0


def test_no_workspace_is_said_at_once(tmp_path: Path) -> None:
    with watching(tmp_path) as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "不是工作区" in out
