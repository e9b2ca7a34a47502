"""Measures what the product claims and writes benchmarks/RESULTS.md and results.json.

python -m benchmarks [--quick] [--case NAME]... [--keep DIR] [--repeats N]
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.bench import Bench, Result
from benchmarks.cases import CASES
from benchmarks.measure import CommandFailed
from benchmarks.report import write

_QUICK = ("empty", "forms", "two-hundred", "large-record", "master", "issues", "integrity")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, at most three minutes")
    parser.add_argument("--case", action="append", choices=CASES, help="only these cases")
    parser.add_argument("--keep", type=Path, help="folder in which what was made is kept")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(argv)
    names = options.case or (_QUICK if options.quick else tuple(CASES))
    results: list[Result] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        place = options.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        bench = Bench(place.resolve(), options.quick, options.repeats)
        for name in names:
            started, load = time.perf_counter(), os.getloadavg()[0]
            try:
                found = CASES[name](bench)
            except (CommandFailed, AssertionError) as error:
                print(f"{name}: {error}", file=sys.stderr)
                failed = True
                continue
            results.append(found)
            took = time.perf_counter() - started
            print(f"{name} ({took:.0f} s, load {load:.1f}): ", end="")
            print("; ".join(f"{words} [{'ok' if ok else 'NOT'}]" for words, ok in found.reached))
            for line in found.lines:
                if line.cost is not None:
                    c = line.cost
                    print(f"   {line.what}: {c.wall:.2f} s, cpu {c.cpu:.2f} s, {c.peak:.0f} MB")
            write(results, machine(), options.quick, partial=bool(options.case))
    return 1 if failed else 0


def machine() -> str:
    with Path("/proc/cpuinfo").open() as file:
        model = next((x.split(":")[1].strip() for x in file if x.startswith("model name")), "")
    load = os.getloadavg()
    return (
        f"{os.cpu_count()} 核 {model}，Python {platform.python_version()}，"
        f"{platform.system()} {platform.release()}，负载 {load[0]:.1f}/{load[1]:.1f}/{load[2]:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
