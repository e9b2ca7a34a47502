"""The measured claims: a case makes what it needs, measures, and says whether its goal is met."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import floor, growing
from benchmarks.bench import DAY, Bench, Line, Result, run, steps
from benchmarks.measure import Cost, median, python


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


CASES: dict[str, Callable[[Bench], Result]] = {
    "empty": empty_inbox,
    "forms": forms_into_empty,
    "two-hundred": two_hundred_forms,
    "large-record": large_record,
    "master": master,
    "issues": issues,
    "integrity": integrity,
    "year": growing.year,
    "million": growing.million,
}
