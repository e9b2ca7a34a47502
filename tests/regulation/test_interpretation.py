"""INTERPRETATION.md and the edition name the same switches; every test it points to exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from processor.regulation.edition import IMPLEMENTED
from tests.regulation.editions import V4

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "processor" / "regulation" / "INTERPRETATION.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^- \*\*(.+?)\*\*(.*?)(?=^- |^#|^Not in|\Z)", TEXT, re.MULTILINE | re.DOTALL)


def test_switches_named_are_the_editions() -> None:
    named = re.findall(r"Switch `([^`]+)`", TEXT)
    assert sorted(named) == sorted(V4.switches) == sorted(IMPLEMENTED)


def test_there_are_entries() -> None:
    assert len(ENTRIES) >= 45


@pytest.mark.parametrize(("question", "body"), ENTRIES, ids=[entry[0][:40] for entry in ENTRIES])
def test_every_entry_points_to_a_test_that_exists(question: str, body: str) -> None:
    paths = re.findall(r"Test: `(tests/[^`]+)`", body)
    assert len(paths) == 1, question
    assert (ROOT / paths[0]).is_file(), paths[0]


def test_a_switch_with_a_choice_changes_something_tested() -> None:
    """Every switch that offers a choice is set to each other value somewhere in the tests."""
    tests = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "regulation").glob("*.py")
    )
    cases = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "cases").glob("*.tsv")
    )
    for name, values in IMPLEMENTED.items():
        for value in values:
            if len(values) > 1 and value != V4.switch(name):
                assert f'"{name}"' in tests, name
                assert f'"{value}"' in tests or f"\t{value}\t" in cases, (name, value)
