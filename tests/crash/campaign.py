"""Campaigns: one run, disturbed at one operation after another; then it is run again and compared.

`python -m tests.crash.campaign kill:7 power:50:3` visits every 7th operation of a run in the mode
`kill`, and from the fourth on every 50th in the mode `power`; it prints one JSON list: how many
points there are, how many were visited, and what was wrong at which. The error stream has a line
for each point as it is passed, so that a long sweep can be followed. Other modes: `Ctrl-C`,
`SIGTERM`, `EIO-once`, `EIO-for-ever` (ENOSPC, EACCES), `kill-kill`, `mail`, and with strace
`sys-kill`, `sys-EIO-once` and their like. Processes are forked from this one, so that a trial costs
a run and no imports; nothing here starts threads.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.crash.endstate import differences, end_state, facts, ledger_rows, litter, tree
from tests.crash.faults import CODES, Faults
from tests.crash.world import AT, deliver, prepare

NOW = datetime.fromisoformat(AT)
QUIET = ("ledger.sqlite", "last-run.json", "fault.log")  # technical rows of a run are there
FAULTS = {
    f"{name}-{'for-ever' if forever else 'once'}": (code, forever)
    for name, code in CODES.items()
    for forever in (False, True)
}
SIGNALS = {"Ctrl-C": signal.SIGINT, "SIGTERM": signal.SIGTERM}


@dataclass(slots=True)
class Outcome:
    """What a campaign found."""

    mode: str
    points: int = 0  # operations of an undisturbed run
    visited: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    codes: dict[str, int] = field(default_factory=dict)  # how disturbed runs ended

    def note(self, point: object, words: str, told: Any, wrong: list[str]) -> None:
        self.visited += 1
        ended = str(told[1]) if told[0] == "code" else str(told[0])
        self.codes[ended] = self.codes.get(ended, 0) + 1
        if wrong:
            self.failed.append({"point": point, "at": words, "wrong": wrong[:8]})
        print(self.mode, point, ended, words, *wrong[:8], sep="\t", file=sys.stderr, flush=True)


def in_child(action: Callable[[], Any]) -> Any:
    """The result of an action in a forked process; ("died", status) when it brought none."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            body = pickle.dumps(action())
        except BaseException as error:
            body = pickle.dumps(("raised", type(error).__name__, str(error)[:500]))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(body)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        body = pipe.read()
    _pid, status = os.waitpid(child, 0)
    return pickle.loads(body) if body else ("died", status)


def run_once(root: Path) -> int:
    """`processor run` as its users start it; the exit code."""
    from processor.cli import main

    sys.argv = ["processor", "--workspace", str(root), "run", "--as-of", AT, "--json"]
    try:
        main()
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


def silent() -> None:
    """This process says nothing from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def disturbed(root: Path, faults: Faults) -> Any:
    """Run with faults; ("code", exit code, operations) or ("died", status)."""

    def action() -> Any:
        silent()
        faults.install()
        return ("code", run_once(root), faults.seen)

    return in_child(action)


def recovered(root: Path, *, waited: bool = False) -> Any:
    """Two more runs: end state, what is wrong there, and whether the second changed a byte.

    `waited`: an inbox file could not be read at first, and may stand behind others now.
    """

    def action() -> Any:
        silent()
        codes = [run_once(root)]
        state = facts(root) if waited else end_state(root, (root.parent / "intranet",))
        left = [f"litter: {name}" for name in litter(root)] + verified(root)
        files, rows = tree(root, QUIET), ledger_rows(root / "state" / "ledger.sqlite")
        codes.append(run_once(root))
        left += [f"second run: {w}" for w in differences(files, tree(root, QUIET))]
        again = ledger_rows(root / "state" / "ledger.sqlite")
        left += [f"second run: {w}" for w in differences(rows, again)]
        return codes, state, left

    return in_child(action)


def verified(root: Path) -> list[str]:
    """What `processor verify` finds wrong."""
    from processor.ledger.verify import verify
    from processor.workspace import open_workspace

    found = verify(open_workspace(root), lambda _what, _done, _of: None)
    return [f"verify: {words}" for words in found.differences]


class Campaign:
    """A world, its undisturbed end, and trials on copies of it."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.pattern = folder / "pattern" / "ws"
        self.pattern.parent.mkdir(parents=True)

        def making() -> str:
            silent()
            deliver(prepare(self.pattern, port))
            return "made"

        made = in_child(making)
        if made != "made":
            raise RuntimeError(f"the world of the campaign cannot be made: {made}")
        _warm()
        with self.copy() as root:
            told = disturbed(root, Faults(roots(root), reads=True))
            if told[0] != "code":
                raise RuntimeError(f"an undisturbed run fails: {told}")
            self.with_reads: list[str] = told[2]
            self.codes, self.meant, left = recovered(root)
            self.facts = facts(root)
            if left:
                raise RuntimeError(f"an undisturbed run leaves {left}")
        self.writes = [w for w in self.with_reads if not w.startswith(("read", "list"))]

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """A fresh copy at always the same place: paths are part of the settings."""
        place = self.folder / "trial"
        shutil.copytree(self.pattern.parent, place, symlinks=True)
        settings = place / "ws" / "processor.toml"
        settings.write_text(settings.read_text("utf-8").replace("/pattern/", "/trial/"), "utf-8")
        try:
            yield place / "ws"
        finally:
            shutil.rmtree(place)

    def judge(self, root: Path, *, waited: bool = False) -> list[str]:
        """One more run must lead to the undisturbed end, and the one after it to nothing new."""
        result = recovered(root, waited=waited)
        if result[0] in ("died", "raised"):
            return [f"recovery: {result}"]
        codes, state, left = result
        wrong = differences(self.facts if waited else self.meant, state) + left
        if codes[1] != self.codes[1]:
            wrong.append(f"exit codes {codes}, meant {self.codes}")
        return wrong

    def trial(self, *faults: Faults) -> tuple[Any, list[str]]:
        """Disturb a run, perhaps its recovery too, then judge; how the last disturbed run ended."""
        wrong: list[str] = []
        waited = False
        told: Any = None
        with self.copy() as root:
            for one in faults:
                one.roots = roots(root)
                told = disturbed(root, one)
                if one.code and (told[0] != "code" or told[1] not in (0, 1, 4)):
                    wrong.append(f"a fault ends with {told[:3] if told[0] != 'code' else told[1]}")
                waited |= told[0] == "code" and told[1] in (0, 1) and self.reads_inbox(one.at)
            return told, [*wrong, *self.judge(root, waited=waited)]

    def reads_inbox(self, point: int) -> bool:
        return any(" /" in w and "/ws/inbox" in w for w in self.with_reads[point - 1 : point])

    def loses_the_same(self, point: int) -> bool:
        """Between two statements of one transaction no file changes: a power failure at the second
        takes what it takes at the first."""
        before, here = (["", *self.writes, ""])[point - 1 : point + 1]
        return here.startswith("ledger") and before.startswith("ledger") and "COMMIT" not in before

    # --- modes ---

    def sweep(self, mode: str, stride: int, offset: int) -> Outcome:
        """Every `stride`-th operation in one of the modes that disturb one run."""
        started = time.perf_counter()
        names = self.with_reads if mode in FAULTS else self.writes
        outcome = Outcome(mode, len(names))
        points: Sequence[int] = range(1, len(names) + 2)
        if mode == "power":
            points = [p for p in points if not self.loses_the_same(p)]
        for point in points[offset::stride]:
            if mode in FAULTS:
                code, forever = FAULTS[mode]
                faults = Faults((), point, code=code, forever=forever, reads=True)
            else:
                number = SIGNALS.get(mode, signal.SIGKILL)
                faults = Faults((), point, signal=number, power=mode == "power")
            told, wrong = self.trial(faults)
            if mode in SIGNALS and told[:2] not in (("code", 130), ("code", 1)):
                wrong.append(f"told to stop, it ends with {told[:3]}")
            words = names[point - 1] if point <= len(names) else "after the last"
            outcome.note(point, words, told, wrong)
        outcome.seconds = time.perf_counter() - started
        return outcome

    def twice(self, stride: int, offset: int) -> Outcome:
        """Killed, and killed again at one operation of the recovery after the other."""
        started = time.perf_counter()
        outcome = Outcome("kill-kill", len(self.writes))
        for point in range(1 + offset, len(self.writes) + 1, stride):
            again = 1 + offset
            while True:
                told, wrong = self.trial(Faults((), point), Faults((), again))
                outcome.note([point, again], self.writes[point - 1], told, wrong)
                if told[0] != "died":  # untouched: it had no operation of that number
                    break
                again += stride
        outcome.seconds = time.perf_counter() - started
        return outcome


def roots(root: Path) -> tuple[Path, ...]:
    return (root, root.parent / "intranet")


def mailing(folder: Path, stride: int, offset: int) -> Outcome:
    """Killed at every operation of sending: no mail is lost, at most one goes twice, and then
    under the same Message-ID."""
    from tests.crash.sink import Sink

    sink = Sink(folder)
    try:
        field_ = Campaign(folder / "world", sink.port)
        meant = sink.taken()
        if not meant or max(meant.values()) > 1:
            raise RuntimeError(f"an undisturbed run sends {meant}")
        phase = [n for n, w in enumerate(field_.writes, 1) if "UPDATE mails" in w]
        outcome = Outcome("mail", len(field_.writes))
        started = time.perf_counter()
        for point in range(phase[0] - 2 + offset, phase[-1] + 4, stride):
            sink.forget()
            told, wrong = field_.trial(Faults((), point))
            got = sink.taken()
            if got.keys() != meant.keys():
                wrong.append(f"mails lost or other: {meant.keys() ^ got.keys()}")
            if sum(got.values()) - len(got) > 1:
                wrong.append(f"sent twice: {[i for i, n in got.items() if n > 1]}")
            outcome.note(point, field_.writes[point - 1], told, wrong)
        outcome.seconds = time.perf_counter() - started
        return outcome
    finally:
        sink.stop()


def _warm() -> None:
    """Everything a run imports, so that forked trials need not."""
    import importlib
    import pkgutil

    import processor
    import schemas

    for package in (processor, schemas):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".demo" not in module.name and not module.name.endswith("worker"):
                importlib.import_module(module.name)
    for name in ("pandas", "pandera.pandas", "xlsxwriter", "python_calamine", "holidays",
                 "rapidfuzz", "pydantic"):  # fmt: skip
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def campaigns(plans: Sequence[str]) -> list[Outcome]:
    """Carry out plans, each `mode[:stride[:offset]]`, in one world (that with mail in its own)."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="crash-") as name:
        field_: Campaign | None = None
        for plan in plans:
            mode, stride, offset = (*plan.split(":"), "1", "0")[:3]
            steps = int(stride), int(offset)
            if field_ is None and mode != "mail":
                field_ = Campaign(Path(name) / "world")
            if mode == "mail" or field_ is None:
                outcomes.append(mailing(Path(name) / "mail", *steps))
            elif mode == "kill-kill":
                outcomes.append(field_.twice(*steps))
            elif mode.startswith("sys-"):
                from tests.crash.syscalls import visit

                outcomes.append(visit(field_, mode, *steps))
            else:
                outcomes.append(field_.sweep(mode, *steps))
            found = outcomes[-1]
            print(found.mode, found.visited, len(found.failed), file=sys.stderr, flush=True)
    return outcomes


def main() -> int:
    found = campaigns(sys.argv[1:])
    print(json.dumps([asdict(o) for o in found], ensure_ascii=False))
    return 1 if any(o.failed for o in found) else 0


if __name__ == "__main__":
    sys.exit(main())
