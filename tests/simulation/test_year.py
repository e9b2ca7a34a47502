"""A year of sixty units, one run every day, recounted: the long campaign."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from processor.demo.checking import check
from processor.demo.command import publish, stage
from processor.demo.play import play
from processor.demo.story import make_story
from processor.demo.world import make_world

START = date(2026, 1, 1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_year_of_sixty_units(tmp_path: Path) -> None:
    world = make_world(60, 3, START, 12)
    story = make_story(world, START, 12, leads_a_month=1, runs_a_day=1, tail=0)
    assert len(story.key.runs) == 365
    root = tmp_path / "workspace"
    report = play(root, world, story, stage(root, world), publish(root))
    assert report.runs == 365
    assert report.grievances == []
    assert check(root, story.key) == []
