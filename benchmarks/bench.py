"""What the cases share: where and how often to measure, the result, a run of the product."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import Cost, median, python

DAY = "2026-11-03"


@dataclass(frozen=True, slots=True)
class Line:
    """One measured figure: what, its cost, and a remark."""

    what: str
    cost: Cost | None
    remark: str = ""


@dataclass(slots=True)
class Result:
    """A case: its goal, whether it was reached, and the lines behind the answer."""

    name: str
    title: str
    goal: str
    lines: list[Line] = field(default_factory=list)
    reached: list[tuple[str, bool]] = field(default_factory=list)  # (words with figures, met)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where to work, how large, how often."""

    place: Path
    quick: bool
    repeats: int

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    def task(self, name: str, *words: object) -> Cost:
        return python("-m", "benchmarks.tasks", name, *map(str, words))

    def record(self, leads: int, until: str = f"{DAY} 09:00", start: str = "2025-11-01") -> Path:
        """A workspace with so many leads and nothing left to do that day; made once."""
        root = self.place / f"record-{leads}-{until[:10]}"
        if not (root / "made").exists():
            self.task("workspace", root, 1000, start)
            self.task("record", root, leads, 1000, until)
            run(root, until)
            (root / "made").touch()
        return root

    def forms(self, count: int, rows: int, first: int = 0) -> Path:
        """A workspace with only an inbox full of forms; made once."""
        root = self.place / f"forms-{count}-{rows}-{first}"
        if not (root / "made").exists():
            self.task("workspace", root, max(count, 1000), "2026-11-01")
            self.task("forms", root, count, rows, first)
            (root / "made").touch()
        return root

    def fresh(self, pattern: Path, inbox: Path | None = None) -> Path:
        """A copy of a workspace to be changed, with the inbox of another."""
        root = self.place / "work"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(
            pattern, root, ignore=lambda folder, _: ["inbox"] if folder == str(pattern) else []
        )
        (root / "inbox").mkdir(exist_ok=True)
        source = (inbox or pattern) / "inbox"
        for path in sorted(source.iterdir()):  # the order of arrival is that of the names
            shutil.copyfile(path, root / "inbox" / path.name)
        os.sync()
        return root

    def often(self, measure: Callable[[], Cost]) -> Cost:
        return median([measure() for _ in range(self.repeats)])


def run(root: Path, as_of: str) -> Cost:
    """`processor run --json`; the cost with the JSON as output."""
    words = ("-m", "processor.cli", "--workspace", str(root), "run", "--as-of", as_of, "--json")
    return python(*words, allowed=(0, 1))


def steps(cost: Cost) -> str:
    """Share of the steps in the wall time of a run, from its own report."""
    seconds: dict[str, float] = json.loads(cost.output)["seconds"]
    return "，".join(f"{name} {value:.2f} s" for name, value in seconds.items())


def step(cost: Cost, name: str) -> float:
    seconds: dict[str, float] = json.loads(cost.output)["seconds"]
    return seconds.get(name, 0.0)
