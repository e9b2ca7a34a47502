"""A planted quarter of a small company, played end to end, equals its answer key in everything."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from processor.demo.checking import check
from processor.demo.command import publish, stage
from processor.demo.play import PlayReport, play
from processor.demo.records import Story
from processor.demo.story import make_story
from processor.demo.world import World, make_world

START = date(2026, 7, 1)


def perform(root: Path, world: World, story: Story) -> PlayReport:
    batch = stage(root, world)
    return play(root, world, story, batch, publish(root))


pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Story, PlayReport]:
    root = tmp_path_factory.mktemp("quarter") / "workspace"
    world = make_world(12, 11, START, 3)
    story = make_story(world, START, 3, leads_a_month=1, runs_a_day=1)
    return root, story, perform(root, world, story)


def test_no_differences(quarter: tuple[Path, Story, PlayReport]) -> None:
    root, story, report = quarter
    assert report.grievances == []
    assert check(root, story.key) == []


def test_files_are_conserved(quarter: tuple[Path, Story, PlayReport]) -> None:
    root, story, report = quarter
    expected = Counter(state for _, state in story.key.files)
    assert report.files["quarantined"] == expected["quarantined"]
    assert report.files["duplicate"] == expected["duplicate"]
    assert report.files["refused"] == expected["refused"]
    assert not list((root / "inbox").rglob("*.xlsx"))


def test_a_spoilt_key_is_noticed(quarter: tuple[Path, Story, PlayReport]) -> None:
    """The check can fail: another quarter's key does not agree with this workspace."""
    root, _, _ = quarter
    other = make_story(make_world(12, 12, START, 3), START, 3, leads_a_month=1, runs_a_day=1)
    assert check(root, other.key)


def test_two_runs_a_day(tmp_path: Path) -> None:
    """Mornings and evenings: what comes after the cut-off of a day waits for the next issue."""
    world = make_world(8, 5, START, 1)
    story = make_story(world, START, 1, leads_a_month=1, runs_a_day=2, tail=5)
    report = perform(tmp_path / "ws", world, story)
    assert report.grievances == []
    assert check(tmp_path / "ws", story.key) == []
