"""Plays a story day by day: people drop files, the batch runs, people read and answer."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from processor.demo import papers, people
from processor.demo.records import Answer, Story, Submission
from processor.demo.world import MARKETING, SUPPORT, World

Run = Callable[[datetime], Any]  # the batch at a moment → its report
Publish = Callable[[str, datetime], Any]  # issue, moment it went onto the intranet
T = TypeVar("T")


@dataclass(slots=True)
class PlayReport:
    """What happened while playing: files as counted by the runs, and what people missed."""

    runs: int = 0
    dropped: int = 0
    files: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0  # seconds of the slowest run
    batch_seconds: float = 0.0
    grievances: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    last: Any = None  # the last run's report


def play(
    root: Path, world: World, story: Story, run: Run, published: Publish | None = None
) -> PlayReport:
    """Plays the whole story in the workspace at `root`. Deterministic but for the seconds."""
    report = PlayReport()
    planted = {x.tag: x for x in story.key.planted}
    memory = people.Memory(
        world, planted, root / "outbox", story.reporters, grievances=report.grievances
    )
    agenda = _by_moment(story)
    sent: dict[str, bytes] = {}
    for moment in _progress(story.key.runs):
        if published is not None:
            for item in story.publications:
                if item.at is not None and _before(story, moment) < item.at <= moment:
                    published(item.issue.isoformat(), item.at)
        names = _drop_all(root, memory, agenda[moment], sent)
        report.dropped += len(names)
        begun = time.perf_counter()
        result = run(moment)
        spent = time.perf_counter() - begun
        _note(report, result, spent)
        people.learn(memory, names)
    return report


def _before(story: Story, moment: datetime) -> datetime:
    earlier = [m for m in story.key.runs if m < moment]
    return earlier[-1] if earlier else datetime.combine(story.key.start, datetime.min.time())


def _by_moment(story: Story) -> dict[datetime, list[Any]]:
    """Everything people send, by the run that takes it; leads of lower unit codes first."""
    agenda: dict[datetime, list[Any]] = defaultdict(list)
    for items in (
        story.targets, story.submissions, story.repairs, story.rulings, story.answers,
        story.registers, story.applications, story.leaks,
    ):  # fmt: skip
        for item in items:
            agenda[item.at].append(item)
    return agenda


def _of(items: Sequence[Any], kind: type[T]) -> list[T]:
    return [item for item in items if isinstance(item, kind)]


def _drop_all(
    root: Path, memory: people.Memory, items: Sequence[Any], sent: dict[str, bytes]
) -> list[str]:
    """Makes and drops the files of one run; returns their names."""
    from processor.demo.records import Application, Leak, Register, Repair, RulingAnswer, Targets

    world = memory.world
    names: list[str] = []

    def drop(folder: str, name: str, content: bytes | None) -> None:
        if content is None:
            return
        target = root / "inbox" / folder
        target.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
        names.append(name)

    for targets in _of(items, Targets):
        name = f"目标信息量分解调整表_第{targets.version}版.xlsx"
        drop(MARKETING, name, papers.targets_form(targets, world))
    for one in _of(items, Submission):
        content = sent[one.copy_of] if one.how == "copy" else _made(root, memory, one)
        sent[one.name] = content
        folder = world.unit(one.unit).directory if one.unit else ""
        if one.how == "zip":
            archive = papers.zipped(one.name, content, one.at.date())
            drop(folder, one.name.removesuffix(".xlsx") + ".zip", archive)
            names.append(one.name)
        else:
            drop(folder, one.name, content)
    for repair in _of(items, Repair):
        content_or_none = people.mend(memory, repair)
        name = f"{repair.receipt_of.rpartition('.')[0]}_回执_已更正.xlsx"
        drop(world.unit(repair.unit).directory, name, content_or_none)
    rulings = _of(items, RulingAnswer)
    if rulings:
        name = f"疑似重复裁定表_{people.stamp(rulings[0].at)}.xlsx"
        drop(MARKETING, name, people.rule(memory, rulings))
    answers: dict[str, list[Answer]] = defaultdict(list)
    for answer in _of(items, Answer):
        answers[answer.section].append(answer)
    for section, found in sorted(answers.items()):
        name = f"甄别反馈表_{section}_{people.stamp(found[0].at)}.xlsx"
        drop(section, name, people.screen(memory, section, found))
    for register in _of(items, Register):
        name = f"合同登记汇总表_{register.month:%Y%m}_{people.stamp(register.at)}.xlsx"
        drop(SUPPORT, name, people.register(memory, register))
    for made in _of(items, Application):
        folder = world.unit(made.unit).directory
        drop(folder, f"大客户项目申报表_{made.tag}.xlsx", people.apply(memory, made))
    for leak in _of(items, Leak):
        drop(MARKETING, f"信息泄漏登记表_{leak.at:%m%d}.xlsx", people.report_leak(memory, leak))
    return names


def _made(root: Path, memory: people.Memory, one: Submission) -> bytes:
    """The bytes of a lead file (before any zipping)."""
    if one.how == "stray":
        return papers.stray()
    if not one.unit:
        unit, reporter = "某外地贸易公司", ("钱某某", "19912345670")
    else:
        who = memory.world.unit(one.unit)
        unit = (who.aliases or (who.name,))[0] if one.at.day % 4 == 0 else who.name
        reporter = memory.reporters[one.unit]
    rows = []
    for row in one.rows:
        number = memory.number(row.corrects) if row.corrects else ""
        rows.append({**row.cells, "更正原信息编号": number})
    if not rows:
        rows = [{"客户单位全称": "", "采购类别": ""}]
    how = "xlsx" if one.how in ("zip", "damaged") else one.how
    template = root / "templates" / f"{papers.LEADS}.xlsx"
    content = papers.lead_form(how, unit, reporter, one.at.date(), rows, template)
    return content[: len(content) // 2] if one.how == "damaged" else content


def _note(report: PlayReport, result: Any, spent: float) -> None:
    report.runs += 1
    report.batch_seconds += spent
    report.slowest = max(report.slowest, spent)
    report.last = result
    for name in ("files", "rows"):
        counted = getattr(result, name, None)
        if isinstance(counted, dict):
            getattr(report, name).update({str(k): v for k, v in counted.items()})


def _progress(moments: Sequence[datetime]) -> Iterator[datetime]:
    """The moments, with a bar at a terminal only."""
    if not sys.stderr.isatty():
        yield from moments
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(moments, "正在演示", console=Console(stderr=True))
