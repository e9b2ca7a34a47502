"""The measured claims: a case makes what it needs, measures, and says whether its goal is met."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import floor
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


def empty_inbox(bench: Bench) -> Result:
    """A run that finds nothing, on records of two sizes."""
    small, large = bench.size(20_000, 5_000), bench.size(200_000, 50_000)
    found = Result("empty", f"空收件箱，{large:,} 条信息的台账", "≤ 0.6 s，且与台账大小无关")
    walls: dict[int, Cost] = {}
    for leads in (small, large):
        root = bench.record(leads)
        run(root, f"{DAY} 12:00")
        walls[leads] = bench.often(lambda root=root: run(root, f"{DAY} 12:00"))  # type: ignore[misc]
        found.lines.append(Line(f"processor run，{leads:,} 条", walls[leads], steps(walls[leads])))
    bare = bench.often(lambda: python("-c", "import sqlalchemy, click, pydantic, filelock"))
    found.lines.append(Line("底线：只导入 sqlalchemy、click、pydantic、filelock", bare))
    wall = walls[large].wall
    found.reached.append((f"{wall:.2f} s", wall <= 0.6))
    ratio = walls[large].cpu / walls[small].cpu
    found.reached.append((f"处理器时间为 {small:,} 条时的 {ratio:.2f} 倍", ratio <= 1.15))
    return found


PEERS = {
    "peer": "普通脚本（openpyxl，逐行检查）",
    "peer_pandera": "普通脚本（pandas 读取，每份用 pandera 检查）",
}


def forms_into_empty(bench: Bench) -> Result:
    """Many forms into an empty workspace, beside the peer script and the floor."""
    count, rows = bench.size(1000, 150), 20
    found = Result(
        "forms",
        f"{count:,} 份表格 × {rows} 行，空台账，全部输出",
        "比普通脚本快 10 倍以上；不超过底线的 2 倍",
    )
    pattern = bench.forms(count, rows)
    ours: list[Cost] = []
    peers: dict[str, list[Cost]] = {name: [] for name in PEERS}
    for _ in range(bench.repeats):
        root = bench.fresh(pattern)
        out = bench.place / "peer"
        for name in PEERS:
            shutil.rmtree(out / name, ignore_errors=True)
            words = ("-m", f"benchmarks.{name}", str(root / "inbox"), str(out / name))
            peers[name].append(python(*words))
        ours.append(run(root, f"{DAY} 09:30"))
        for name in PEERS:
            different = _differences(out / name / "decisions.json", root / "state/ledger.sqlite")
            if different:
                raise AssertionError(f"{name} and product decide differently: {different[:3]}")
    our = median(ours)
    found.lines.append(Line("processor run", our, steps(our)))
    for name, words in PEERS.items():
        peer = median(peers[name])
        found.lines.append(Line(f"{words}（判定逐行相同）", peer))
        ratio = peer.wall / our.wall
        found.reached.append((f"{words}用时的 {our.wall / peer.wall:.2f} 倍", ratio >= 10))
    folder = bench.place / "floor"
    floor.prepare(bench.place / "work", folder)
    parts = {
        part: bench.often(lambda part=part: python("-m", "benchmarks.floor", part, str(folder)))  # type: ignore[misc]
        for part in floor.PARTS
    }
    total = Cost(
        sum(c.wall for c in parts.values()),
        sum(c.cpu for c in parts.values()),
        max(c.peak for c in parts.values()),
    )
    found.lines += [Line(f"底线：{floor.PARTS[part]}", cost) for part, cost in parts.items()]
    found.lines.append(Line("底线合计", total))
    over = our.wall / total.wall
    found.reached.append(
        (f"底线的 {over:.1f} 倍（处理器时间 {our.cpu / total.cpu:.1f} 倍）", over <= 2.0)
    )
    return found


def _differences(peer: Path, ledger: Path) -> list[tuple[str, Any, Any]]:
    """Rows on which the peer and the product decide differently."""
    theirs = {
        (file, line): outcome
        for file, rows in json.loads(peer.read_text("utf-8")).items()
        for line, outcome in rows
    }
    with sqlite3.connect(ledger) as connection:
        ours = {
            (file, line): state
            for file, line, state in connection.execute(
                "select source_file, source_row, state from leads union all "
                "select source_file, source_row, '不予接收' from refusals"
            )
        }
    keys = theirs.keys() | ours.keys()
    return [
        (f"{f}:{n}", theirs.get((f, n)), ours.get((f, n)))
        for f, n in sorted(keys)
        if theirs.get((f, n)) != ours.get((f, n))
    ]


def two_hundred_forms(bench: Bench) -> Result:
    """200 forms of 50 rows into an empty workspace and into one with 20,000 leads."""
    count, rows, leads = bench.size(200, 60), 50, bench.size(20_000, 5_000)
    found = Result("two-hundred", f"{count} 份表格 × {rows} 行", "给出用时、内存和各步所占时间")
    pattern = bench.forms(count, rows, 600_000)
    empty = bench.often(lambda: run(bench.fresh(pattern), f"{DAY} 13:00"))
    found.lines.append(Line("空台账", empty, steps(empty)))
    record = bench.record(leads)
    onto = bench.often(lambda: run(bench.fresh(record, pattern), f"{DAY} 13:00"))
    found.lines.append(Line(f"已有 {leads:,} 条", onto, steps(onto)))
    return found


def large_record(bench: Bench) -> Result:
    """The same forms against a small and a large record; the master is left out."""
    count, small, large = (
        bench.size(250, 60),
        bench.size(20_000, 5_000),
        bench.size(200_000, 50_000),
    )
    found = Result(
        "large-record", f"{count} 份表格 × 20 行，对 {large:,} 条与 {small:,} 条",
        "除台账外的全部输出：不超过 1.3 倍",
    )  # fmt: skip
    pattern = bench.forms(count, 20, 600_000)
    took: dict[int, Cost] = {}
    for leads in (small, large):
        record = bench.record(leads)
        costs = []
        for _ in range(bench.repeats):
            root = bench.fresh(record, pattern)
            # the clerk has the master open: everything but the master is published
            (root / "master" / "~$大客户信息台账.xlsx").touch()
            costs.append(run(root, f"{DAY} 13:00"))
        took[leads] = median(costs)
        found.lines.append(
            Line(f"{leads:,} 条（台账被打开，不写）", took[leads], steps(took[leads]))
        )
    ratio, cpu = took[large].wall / took[small].wall, took[large].cpu / took[small].cpu
    found.reached.append((f"{ratio:.2f} 倍（处理器时间 {cpu:.2f} 倍）", ratio <= 1.3))
    return found


def master(bench: Bench) -> Result:
    """Publishing the master beside XlsxWriter writing the same cells plainly."""
    leads = bench.size(200_000, 20_000)
    found = Result(
        "master",
        f"发布 {leads:,} 条信息的台账",
        "写入比 XlsxWriter 快 5 倍以上（读回另计），≤ 1 GB；无变化不重写",
    )
    root = bench.record(leads)
    ours = bench.often(lambda: bench.task("master", root, "anew"))
    touched = bench.often(lambda: bench.task("master", root, "touched"))
    write = bench.often(lambda: bench.task("master_write", root, bench.place / "ours.xlsx"))
    plain_out = bench.place / "plain.xlsx"
    once = Bench(bench.place, bench.quick, 1 if leads > 100_000 else bench.repeats)
    plain = once.often(lambda: bench.task("plain_master", root, plain_out))
    found.lines.append(Line("写入", write, _megabytes(bench.place / "ours.xlsx")))
    found.lines.append(Line("发布：写入、读回、比较、替换", ours))
    found.lines.append(Line("发布：只有一条有变化，其余分卷沿用", touched))
    found.lines.append(
        Line(
            f"XlsxWriter 写同样的单元格（不读回；{once.repeats} 次）", plain, _megabytes(plain_out)
        )
    )
    path = root / "master/大客户信息台账.xlsx"
    run(root, f"{DAY} 14:00")
    before = path.stat().st_mtime_ns
    again = run(root, f"{DAY} 14:00")
    untouched = path.stat().st_mtime_ns == before and not json.loads(again.output)["published"]
    faster = plain.wall / write.wall
    found.reached += [
        (f"写入快 {faster:.1f} 倍", faster >= 5),
        (f"{ours.peak:.0f} MB", ours.peak <= 1000),
        ("无变化时未重写" if untouched else "无变化时重写了", untouched),
    ]
    return found


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"


def issues(bench: Bench) -> Result:
    """The bulletin and the quarter's workbooks over a large record and many units."""
    leads = bench.size(200_000, 20_000)
    found = Result("issues", f"通报与季度考核，{leads:,} 条信息，1,000 家单位", "合计 ≤ 10 s")
    root = bench.record(leads, "2027-01-09 12:00", "2026-01-01")
    cost = bench.often(lambda: bench.task("issues", root, "2027-01-10 18:30"))
    found.lines.append(
        Line("统计、判定并写出四个工作簿", cost, "；".join(cost.output.split("\n")[:-1]))
    )
    found.reached.append((f"{cost.wall:.1f} s", cost.wall <= 10))
    cards = bench.task("issues", root, "2027-01-10 18:30", "cards")
    found.lines.append(Line("同上，另写 1,000 家单位的季度成绩单（1 次）", cards))
    plan = bench.task("plan", root, "2027-01-10 18:30", bench.place / "plan.xlsx")
    found.lines.append(
        Line("开发计划（1 次；收到甄别反馈的日子写出）", plan, f"{plan.output.strip()} 项")
    )
    found.reached.append((f"开发计划 {plan.peak:.0f} MB", plan.peak <= 2000))
    return found


def integrity(bench: Bench) -> Result:
    """Verify and rebuild a record that real runs have made."""
    count, rows, days = bench.size(2500, 100), 20, 5
    found = Result(
        "integrity", f"核对与重建 {count * rows:,} 条信息", "verify ≤ 30 s，rebuild ≤ 120 s"
    )
    root = bench.place / f"played-{count}"
    if not (root / "made").exists():
        bench.task("workspace", root, 1000, "2026-11-01")
        for day in range(days):
            bench.task("forms", root, count // days, rows, day * count // days * rows)
            run(root, f"2026-11-0{3 + day} 10:00")
        (root / "made").touch()
    command = ("-m", "processor.cli", "--workspace", str(root))
    checked = bench.often(lambda: python(*command, "verify", "--json"))
    found.lines.append(Line("processor verify", checked))
    found.reached.append((f"核对 {checked.wall:.1f} s", checked.wall <= 30))
    for source, words in (("archive", "归档"), ("master", "台账")):
        work = bench.fresh(root)
        again = python("-m", "processor.cli", "--workspace", str(work), "rebuild", "--from", source)
        found.lines.append(Line(f"processor rebuild --from {source}（1 次）", again))
        found.reached.append((f"由{words}重建 {again.wall:.1f} s", again.wall <= 120))
    return found


def year(bench: Bench) -> Result:
    """A day of a year in which 1,000 dealers report 20 leads a month, early and late in it.

    Forty-seven forms of 20 rows come in on each of 255 working days. Playing all of them takes
    hours, most of them for writing the master 255 times; measured are days on the records of the
    first day, of a quarter, of half and of the whole year.
    """
    forms, sizes = bench.size(47, 20), ((1_000, 60_000, 120_000, 240_000), (1_000, 20_000))
    found = Result(
        "year",
        "一年中的一天：1,000 家经销商每月各 20 条（全年 240,000 条）",
        "每天费用平稳；≤ 2 GB",
    )
    pattern = bench.forms(forms, 20, 900_000)
    days: list[Cost] = []
    for leads in sizes[bench.quick]:
        record = bench.record(leads)
        cost = bench.often(lambda record=record: run(bench.fresh(record, pattern), f"{DAY} 13:00"))  # type: ignore[misc]
        days.append(cost)
        found.lines.append(Line(f"已有 {leads:,} 条的一天，{forms} 份表格", cost, steps(cost)))
    flat = [step(c, "读取") + step(c, "判定") for c in days]
    ratio = flat[-1] / flat[0]
    peak = max(c.peak for c in days)
    found.reached.append((f"读取与判定：最后一天为第一天的 {ratio:.2f} 倍", ratio <= 1.5))
    total = days[-1].wall / days[0].wall
    found.reached.append(
        (f"含重写台账：{total:.1f} 倍（台账每天整本重写，随条数增长）", total <= 1.5)
    )
    found.reached.append((f"内存 {peak:.0f} MB", peak <= 2000))
    return found


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


CASES: dict[str, Callable[[Bench], Result]] = {
    "empty": empty_inbox,
    "forms": forms_into_empty,
    "two-hundred": two_hundred_forms,
    "large-record": large_record,
    "master": master,
    "issues": issues,
    "integrity": integrity,
    "year": year,
    "million": million,
}
