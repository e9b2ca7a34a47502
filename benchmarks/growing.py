"""Cases of a record that grows: days of a year, the year day by day, a million leads."""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks import playing
from benchmarks.bench import DAY, Bench, Line, Result, run, step, steps
from benchmarks.measure import Cost, python


def year(bench: Bench) -> Result:
    """A whole year, a run on every second weekday, the lists answered; two months when quick.

    It takes an hour; a file `stop` in the folder kept ends it early, with what was played so far.
    """
    days = playing.days_of(2026)[: bench.size(366, 25)]
    root = bench.place / "year"
    bench.task("workspace", root, playing.DEALERS, "2026-01-01")
    spent: dict[date, Cost] = {}
    for number, day in enumerate(days):
        if (bench.place / "stop").exists():
            break
        bench.task("bring", root, number, day, *days[max(number - 1, 0) : number])
        cost = spent[day] = run(root, f"{day} 17:30")
        if json.loads(cost.output)["pending"]:
            raise AssertionError(f"{day}: something could not be written")
        told = f"{cost.wall:.1f} s, cpu {cost.cpu:.1f} s, {cost.peak:.0f} MB, {steps(cost)}"
        print(f"{day}: {told}", file=sys.stderr)
    return played(root, days, spent)


def played(root: Path, days: list[date], spent: dict[date, Cost]) -> Result:
    """What the runs of a year have cost, month by month; and whether the workspace is sound."""
    rows = len(days) * playing.FORMS * playing.ROWS
    found = Result(
        "year",
        f"一年：1,000 家经销商，隔一个工作日运行一次，共 {len(days)} 次，{rows:,} 行",
        "完成；每次费用平稳；≤ 2 GB",
    )
    months: dict[int, list[Cost]] = {}
    for day, cost in spent.items():
        months.setdefault(day.month, []).append(cost)
    for month, costs in months.items():
        longest = f"最长的一次 {max(c.wall for c in costs):.1f} s"
        found.lines.append(Line(f"{month} 月的一次（中位数）", playing.middle(costs), longest))
    command = ("-m", "processor.cli", "--workspace", str(root), "verify", "--json")
    found.lines.append(Line("最后 processor verify（1 次）", python(*command)))
    with sqlite3.connect(root / "state/ledger.sqlite") as connection:
        (leads,) = connection.execute("select count(*) from leads").fetchone()
    minutes = sum(c.wall for c in spent.values()) / 60
    words = f"运行 {len(spent)} 次，至 {max(spent)}，{leads:,} 条信息，共 {minutes:.0f} 分钟"
    found.reached.append((f"{words}，verify 一致", len(spent) == len(days)))
    first, *_, last = months.values()
    for words, spent_on in (("一次的用时", _whole), ("读取与判定的用时", _deciding)):
        ratio = statistics.median(map(spent_on, last)) / statistics.median(map(spent_on, first))
        found.reached.append((f"{words}：最后一月为第一月的 {ratio:.2f} 倍", ratio <= 1.5))
    peak = max(c.peak for c in spent.values())
    found.reached.append((f"内存 {peak:.0f} MB", peak <= 2000))
    return found


def _whole(cost: Cost) -> float:
    return cost.wall


def _deciding(cost: Cost) -> float:
    return step(cost, "读取") + step(cost, "判定")


def million(bench: Bench) -> Result:
    """A million leads: it works, and what it costs. One measurement of each."""
    leads = bench.size(1_050_000, 60_000)
    found = Result("million", f"{leads:,} 条信息", "可用；台账分卷，低于 Excel 行数上限")
    started = time.perf_counter()
    root = bench.record(leads)
    made = time.perf_counter() - started
    if made > 1:  # not one kept from an earlier run
        found.lines.append(Line(f"（直接生成账本并首次发布：{made:.0f} s）", None))
    found.lines.append(Line("空收件箱（1 次）", run(root, f"{DAY} 15:00")))
    pattern = bench.forms(bench.size(250, 60), 20, 2_000_000)
    work = bench.fresh(root, pattern)
    cost = run(work, f"{DAY} 16:00")
    found.lines.append(Line("再收表格，发布全部输出（1 次）", cost, steps(cost)))
    volumes = _volumes(work / "master/大客户信息台账.xlsx")
    words = "，".join(f"{name} {rows:,} 行" for name, rows in volumes if name.startswith("台账"))
    found.reached.append((words, all(rows <= 1_048_576 for _, rows in volumes)))
    return found


def _volumes(path: Path) -> Sequence[tuple[str, int]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    return [(n, book.get_sheet_by_name(n).height) for n in book.sheet_names]
