"""The measured cases as a table for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.bench import Result

FOLDER = Path(__file__).parent
HEAD = """# 测得的速度

由 `make bench` 写出（`make bench-quick` 用较小规模）。每项与做同一件事的普通脚本、与不可避免的底线
（裸库调用）在同一台机器、同一次运行中比较；“用时”为墙钟秒，“处理器”为整个进程树的处理器秒，
“内存”为整个进程树常驻内存之和的最高值，均取各次的中位数。机器上有其他任务（负载高于核数）时用时会变长，
处理器时间较可比。普通脚本见 `benchmarks/peer.py`，底线见 `benchmarks/floor.py`。
"""


def write(results: Sequence[Result], machine: str, quick: bool, *, partial: bool) -> None:
    """RESULTS.md and results.json; a partial run replaces only its own cases."""
    path = FOLDER / "results.json"
    kept: dict[str, Any] = {}
    if partial and path.exists():
        kept = json.loads(path.read_text("utf-8"))["cases"]
    for found in results:
        kept[found.name] = _plain(found) | {"machine": machine, "quick": quick}
    path.write_text(json.dumps({"cases": kept}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    text = HEAD + "\n" + "\n".join(_section(case) for case in kept.values())
    (FOLDER / "RESULTS.md").write_text(text, "utf-8")


def _plain(found: Result) -> dict[str, Any]:
    body = asdict(found)
    for line in body["lines"]:
        if line["cost"] is not None:
            del line["cost"]["output"]
            line["cost"] = {name: round(value, 3) for name, value in line["cost"].items()}
    return body


def _section(case: dict[str, Any]) -> str:
    lines = [f"## {case['title']}", "", f"目标：{case['goal']}。"]
    for words, met in case["reached"]:
        lines.append(f"- {'达到' if met else '**未达到**'}：{words}")
    lines += ["", "| | 用时 s | 处理器 s | 内存 MB | |", "|---|---:|---:|---:|---|"]
    for line in case["lines"]:
        cost = line["cost"]
        figures = f"{cost['wall']:.2f} | {cost['cpu']:.2f} | {cost['peak']:.0f}" if cost else "| |"
        lines.append(f"| {line['what']} | {figures} | {line['remark']} |")
    lines += ["", f"{'较小规模，' if case['quick'] else ''}{case['machine']}。", ""]
    return "\n".join(lines)
