"""Damaged and poisoned forms: a share of the seeds here, many in the slow part."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wild.fuzz import STATES, campaign, mutants, prepare

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="measures memory")


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    _, sources = prepare(tmp_path / "w")
    files = mutants(7, 60, sources)
    assert files == mutants(7, 60, sources)
    assert files != mutants(8, 60, sources)
    assert len(set(files.values()) - set(sources.values())) > 50


@pytest.mark.parametrize(
    ("seeds", "count"),
    [
        (range(1001, 1003), 60),
        pytest.param(range(1, 31), 100, marks=(pytest.mark.slow, pytest.mark.timeout(3600))),
    ],
    ids=["share", "whole"],
)
def test_every_file_ends_in_one_state(seeds: range, count: int) -> None:
    """None left, none twice, none that stops the run; and within the limits of the reader."""
    outcome = campaign(seeds, count)
    assert outcome.wrong == []
    assert outcome.files == len(seeds) * count
    assert sum(outcome.states.values()) >= outcome.files  # members of a zip are files
    for state in STATES[2:] + STATES[:1]:
        assert outcome.states[state] >= 5, outcome.states
    assert outcome.slowest[0] < 20
    assert outcome.hungriest[0] <= 1500
