"""Campaigns: one run, disturbed at one operation after another; then it is run again and compared.

`python -m tests.crash.campaign kill --stride 7` prints one JSON object: how many points were
visited, and what was wrong at which. Processes are forked from this one, so that a trial costs a
run and no imports; nothing here starts threads.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.crash.endstate import differences, end_state, facts, ledger_rows, litter, tree
from tests.crash.faults import CODES, Faults
from tests.crash.world import AT, deliver, prepare

NOW = datetime.fromisoformat(AT)
QUIET = ("ledger.sqlite", "last-run.json", "fault.log")  # technical rows of a run are there


@dataclass(slots=True)
class Outcome:
    """What a campaign found."""

    mode: str
    points: int = 0  # operations of an undisturbed run
    visited: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    codes: dict[str, int] = field(default_factory=dict)  # how disturbed runs ended


def in_child(action: Callable[[], Any], limit: float = 120.0) -> Any:
    """The result of an action in a forked process; ("died", status) when it brought none."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        code = 0
        try:
            body = pickle.dumps(action())
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(body)
        except BaseException as error:
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(pickle.dumps(("raised", type(error).__name__, str(error)[:500])))
            code = 1
        os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        body = pipe.read()
    _pid, status = os.waitpid(child, 0)
    return pickle.loads(body) if body else ("died", status)


def run_once(root: Path) -> int:
    """`processor run` as its users start it, its words kept to itself; the exit code."""
    from processor.cli import cli

    try:
        cli(
            ["--workspace", str(root), "run", "--as-of", AT, "--json"],
            prog_name="processor",
            standalone_mode=False,
        )
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


def silent() -> None:
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


def recovered(root: Path, more: tuple[Path, ...], *, waited: bool = False) -> Any:
    """Two more runs: end state, litter, and whether the second changed a byte.

    `waited`: an inbox file could not be read at first, and may stand behind others now.
    """

    def action() -> Any:
        silent()
        codes = [run_once(root)]
        state = facts(root) if waited else end_state(root, more)
        left = litter(root)
        files, rows = tree(root, QUIET), ledger_rows(root / "state" / "ledger.sqlite")
        codes.append(run_once(root))
        left += verified(root)
        still = differences(files, tree(root, QUIET))
        still += differences(rows, ledger_rows(root / "state" / "ledger.sqlite"))
        return codes, state, left, still

    return in_child(action)


def verified(root: Path) -> list[str]:
    """What `processor verify` finds wrong."""
    from processor.ledger.verify import verify
    from processor.workspace import open_workspace

    found = verify(open_workspace(root), lambda _what, _done, _of: None)
    return [f"verify: {words}" for words in found.differences]


class Campaign:
    """A world, its undisturbed end, and trials on copies of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pattern = folder / "pattern" / "ws"
        self.pattern.parent.mkdir(parents=True)

        def making() -> str:
            silent()
            deliver(prepare(self.pattern))
            return "made"

        made = in_child(making)
        if made != "made":
            raise RuntimeError(f"the world of the campaign cannot be made: {made}")
        _warm()
        with self.copy() as root:
            told = disturbed(root, Faults(self.roots(root), reads=True))
            if told[0] != "code":
                raise RuntimeError(f"an undisturbed run fails: {told}")
            self.code = told[1]
            self.with_reads = told[2]
            self.codes, self.meant, left, still = recovered(root, (root.parent / "intranet",))
            self.facts = facts(root)
            if left or still:
                raise RuntimeError(f"an undisturbed run leaves {left}, a second changes {still}")
        self.writes = [w for w in self.with_reads if not w.startswith(("read", "list"))]

    @staticmethod
    def roots(root: Path) -> tuple[Path, ...]:
        return (root, root.parent / "intranet")

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
        result = recovered(root, (root.parent / "intranet",), waited=waited)
        if result[0] in ("died", "raised"):
            return [f"recovery: {result}"]
        codes, state, left, still = result
        wrong = differences(self.facts if waited else self.meant, state)
        wrong += [f"litter: {name}" for name in left]
        wrong += [f"second run: {words}" for words in still]
        if codes[1] != self.codes[1]:
            wrong.append(f"exit codes {codes}, meant {self.codes}")
        return wrong

    def trial(self, faults: Faults, again: Faults | None = None) -> tuple[Any, list[str]]:
        """Disturb, perhaps disturb the recovery too, then judge."""
        with self.copy() as root:
            faults.roots = self.roots(root)
            told = disturbed(root, faults)
            wrong = []
            if faults.code and (told[0] != "code" or told[1] not in (0, 1, 4)):
                wrong.append(f"a fault ends with {told[:3] if told[0] != 'code' else told[1]}")
            if again is not None:
                again.roots = self.roots(root)
                disturbed(root, again)
            waited = told[0] == "code" and told[1] in (0, 1) and self.reads_inbox(faults.at)
            return told, [*wrong, *self.judge(root, waited=waited)]

    def reads_inbox(self, point: int) -> bool:
        return any(" /" in w and "/ws/inbox" in w for w in self.with_reads[point - 1 : point])

    def sweep(
        self, outcome: Outcome, points: list[int], make: Callable[[int], Faults], names: list[str]
    ) -> None:
        started = time.perf_counter()
        for point in points:
            told, wrong = self.trial(make(point))
            outcome.visited += 1
            ended = str(told[1]) if told[0] == "code" else told[0]
            outcome.codes[ended] = outcome.codes.get(ended, 0) + 1
            if wrong:
                words = names[point - 1] if point <= len(names) else "?"
                outcome.failed.append({"point": point, "at": words, "wrong": wrong[:8]})
        outcome.seconds += time.perf_counter() - started


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
                 "rapidfuzz", "phonenumbers", "pydantic"):  # fmt: skip
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def campaign(mode: str, stride: int, offset: int, only: list[int]) -> list[Outcome]:
    """Visit every `stride`-th operation, from `offset` on, in the given mode."""
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        field_ = Campaign(Path(folder))

        def points(names: list[str]) -> list[int]:
            return only or list(range(1 + offset % stride, len(names) + 2, stride))

        outcomes = []
        if mode in ("kill", "all"):
            outcome = Outcome("kill", len(field_.writes))
            field_.sweep(outcome, points(field_.writes), lambda k: Faults((), k), field_.writes)
            outcomes.append(outcome)
        if mode in ("power", "all"):
            outcome = Outcome("power", len(field_.writes))
            make = lambda k: Faults((), k, power=True)  # noqa: E731
            field_.sweep(outcome, points(field_.writes), make, field_.writes)
            outcomes.append(outcome)
        for name, code in CODES.items():
            for forever in (False, True):
                title = f"{name}-{'for-ever' if forever else 'once'}"
                if mode not in (title, "faults", "all"):
                    continue
                outcome = Outcome(title, len(field_.with_reads))

                def fault(k: int, code: int = code, forever: bool = forever) -> Faults:
                    return Faults((), k, code=code, forever=forever, reads=True)

                field_.sweep(outcome, points(field_.with_reads), fault, field_.with_reads)
                outcomes.append(outcome)
        return outcomes


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("mode")
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--offset", type=int, default=0)
    parser.add_argument("--only", type=int, nargs="*", default=[])
    given = parser.parse_args()
    found = campaign(given.mode, given.stride, given.offset, given.only)
    print(json.dumps([{k: getattr(o, k) for k in o.__slots__} for o in found], ensure_ascii=False))
    return 1 if any(o.failed for o in found) else 0


if __name__ == "__main__":
    sys.exit(main())
