"""`processor demo`: a realistic workspace, played from the first day to the last and recounted."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

from processor.demo import recount, recount_money
from processor.demo.answer_key import NAME, write_key
from processor.demo.checking import check
from processor.demo.papers import fill_roster
from processor.demo.play import PlayReport, Publish, Run, play
from processor.demo.records import Key
from processor.demo.story import make_story
from processor.demo.world import World, make_world

STARTS = {3: date(2026, 7, 1), 6: date(2026, 4, 1), 9: date(2026, 1, 1)}  # up to so many months
UNITS, MONTHS, SEED = 46, 3, 1
LEADS_A_MONTH = 1  # a unit's everyday leads, before the planted cases
RUNS_A_DAY = 1  # every run of a busy day rewrites the master: two a day double the wait
SHOWN = 20  # differences listed on the screen; the rest are counted


def demo(directory: Path, units: int = UNITS, months: int = MONTHS, seed: int = SEED) -> int:
    """Makes the workspace `directory`, plays the story in it and checks it against the key.

    The story ends before 2027, whose make-up working days nobody has announced. The key stands
    beside the workspace as `<directory>_答案.json` and `.xlsx`. An earlier demonstration in the
    same place is replaced; any other folder with content is refused.
    Returns 0 when everything agrees, 1 when the check found differences, 2 for wrong usage.
    """
    stem = f"{directory.resolve().name}_{NAME}"
    parent = directory.resolve().parent
    if not 8 <= units <= 200 or not 1 <= months <= max(STARTS):
        print(f"提报单位数应在8至200之间，月数应在1至{max(STARTS)}之间。")
        return 2
    if directory.exists() and any(directory.iterdir()):
        if not (parent / f"{stem}.json").exists():
            print(f"{directory} 已有内容，且不是以前的示例。请另选一个空文件夹。")
            return 2
        shutil.rmtree(directory)
    begun = time.perf_counter()
    parent.mkdir(parents=True, exist_ok=True)
    start = next(first for most, first in STARTS.items() if months <= most)
    world = make_world(units, seed, start, months)
    story = make_story(world, start, months, LEADS_A_MONTH, RUNS_A_DAY)
    keys = write_key(story.key, parent, stem)
    batch = stage(directory, world)
    report = play(directory, world, story, batch, publish(directory))
    played = time.perf_counter() - begun
    differences = [*report.grievances, *check(directory, story.key)]
    _tell(directory, story.key, report, differences, keys, played)
    return 1 if differences else 0


def stage(root: Path, world: World) -> Run:
    """A new workspace at `root` with the world's roster; returns its batch."""
    from processor.batch import run
    from processor.setup import init_workspace
    from processor.workspace import open_workspace

    init_workspace(root)
    fill_roster(root / "master" / "单位名录.xlsx", world)
    workspace = open_workspace(root)

    def batch(now: datetime) -> Any:
        return run(workspace, now, settle_seconds=0)

    return batch


def publish(root: Path) -> Publish:
    """Records in the workspace at `root` that an issue went onto the intranet."""
    from processor.inquiry import publish_issue
    from processor.workspace import open_workspace

    workspace = open_workspace(root)

    def record(issue: str, at: datetime) -> Any:
        return publish_issue(workspace, issue, at, at)

    return record


def _tell(
    directory: Path, key: Key, report: PlayReport, differences: list[str], keys: list[Path],
    seconds: float,
) -> None:  # fmt: skip
    """The summary on the screen."""
    states = Counter(x.state_at(key.last) for x in key.planted if x.accepted)
    refused = sum(not x.accepted for x in key.planted)
    departments = sum(u.department for u in key.units)
    print(f"示例工作区：{directory}")
    print(
        f"提报单位{len(key.units)}个，其中部门{departments}个；"
        f"{key.runs[0]:%Y-%m-%d}至{key.last:%Y-%m-%d}，运行{report.runs}次，用时{seconds:.0f}秒。"
    )
    print(
        f"共投递文件{report.dropped}份；受理信息{sum(states.values())}条，不予接收{refused}行："
        + "、".join(f"{state}{count}" for state, count in states.most_common())
        + "。"
    )
    for quarter, at in recount_money.quarters(key):
        fines = recount_money.penalties(key, quarter)
        paid = sum(len(t) for t in recount_money.project_rewards(key, False)[quarter].values())
        departments_due = sum(
            recount_money.completion_reward(*recount_money.completion(key, u.code, quarter, at))
            for u in key.units
            if u.department
        ) + sum(
            min(1000, 200 * len(t))
            for t in recount_money.project_rewards(key, True)[quarter].values()
        )
        print(
            f"{quarter}：经销商项目奖励{paid}项{paid * 1000}元，部门奖励{departments_due}元，"
            f"处罚建议{len(fines)}次{sum(p.amount for p in fines)}元。"
        )
    print(f"通报{len(recount.issues(key))}期。答案：{'、'.join(str(k) for k in keys)}")
    books = sorted(p for p in (directory / "outbox").rglob("*.xlsx"))
    folders = Counter(p.relative_to(directory / "outbox").parts[0] for p in books)
    print("已写出的工作簿：")
    print(f"  {directory / 'master' / '大客户信息台账.xlsx'}")
    for name, count in sorted(folders.items()):
        one = next(p for p in books if p.relative_to(directory / "outbox").parts[0] == name)
        shown = str(one) if count == 1 else f"{directory / 'outbox' / name}{chr(47)}（{count}份）"
        print(f"  {shown}")
    if differences:
        print(f"与答案核对：有{len(differences)}处不一致。")
        for line in differences[:SHOWN]:
            print(f"  {line}")
        if len(differences) > SHOWN:
            print(f"  ……另有{len(differences) - SHOWN}处。")
    else:
        print("与答案核对：逐条信息、各期通报、考核奖励与处罚建议全部一致。")
