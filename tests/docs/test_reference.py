"""docs/reference.md says what the code says."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import click
import pytest

from processor import cli, cli_common, reference, settings
from processor.regulation.edition import load_all

ROOT = Path(__file__).parents[2]


def test_the_committed_page_is_what_the_code_gives() -> None:
    made = reference.reference(load_all())
    assert (ROOT / reference.TARGET).read_text(encoding="utf-8") == made, (
        "run: python -m processor.reference"
    )


def test_every_setting_is_explained_in_the_template() -> None:
    words = reference.explanations(settings.TEMPLATE)
    missing = [
        f"{section}.{item.name}"
        for section, kind in settings._SECTIONS.items()
        for item in dataclasses.fields(kind)
        if not words.get((section, item.name))
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["[a]", "# words", "# key = 1"], {("a", "key"): "words"}),
        (["[a]", "# one,", "# two", "# key = 1"], {("a", "key"): "one,two"}),
        (["[a]", "# words", '# key = "x"   # x, y'], {("a", "key"): "words；x, y"}),
        (["[a]", "# first", "# k = 1", "# second", "# l = 2"],
         {("a", "k"): "first", ("a", "l"): "second"}),
        (["# before any section", "[a]", "# k = 1  # note"], {("a", "k"): "note"}),
    ],
)  # fmt: skip
def test_explanations(lines: list[str], expected: dict[tuple[str, str], str]) -> None:
    found = reference.explanations("\n".join(lines))
    assert {key: text for key, text in found.items() if key[1]} == expected


def test_every_environment_variable_of_the_code_is_listed() -> None:
    used: set[str] = set()
    for path in (ROOT / "processor").rglob("*.py"):
        if path.name != "reference.py":
            used |= set(re.findall(r"PROCESSOR_[A-Z_]+", path.read_text(encoding="utf-8")))
    listed = {name.split("<")[0] for name, _ in reference.ENVIRONMENT}
    assert used == listed


def test_every_command_and_parameter_is_explained() -> None:
    silent = [
        f"{name} {item.opts[0]}"
        for name, command in cli.cli.commands.items()
        for item in command.params
        if isinstance(item, click.Option) and not item.help
    ]
    assert silent == []
    assert [name for name, command in cli.cli.commands.items() if not command.help] == []


def test_exit_codes_are_those_of_the_program() -> None:
    known = {
        value
        for name, value in vars(cli_common).items()
        if name.isupper() and isinstance(value, int) and not isinstance(value, bool)
    }
    assert {code for code, _ in reference.EXIT_CODES} == known


def test_bars_are_escaped_in_tables() -> None:
    assert reference.table(("h",), [("a|b",)]) == "| h |\n| --- |\n| a\\|b |"
