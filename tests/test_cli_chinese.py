"""What the command line itself says, of wrong usage and in its help, is Chinese."""

from __future__ import annotations

import re
import string

import pytest
from click.testing import CliRunner

from processor.cli import cli
from processor.cli_chinese import WORDS

# Names of commands, options and the program stay; no English sentence may.
SENTENCE = re.compile(r"[A-Za-z]+ [a-z]+ [a-z]+")
MISTAKES = [
    ["frobnicate"],
    ["explain"],
    ["run", "--as-of", "昨天"],
    ["run", "--dry"],
    ["run", "--as-of"],
    ["run", "--json=1"],
    ["schedule", "dos"],
    ["assess", "2026Q3", "2026Q4"],
    ["demo", "--units", "x"],
]


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_wrong_usage(words: list[str]) -> None:
    result = CliRunner().invoke(cli, words, prog_name="processor")
    assert result.exit_code == 2
    assert "用法有误：" in result.output
    assert SENTENCE.search(result.output) is None, result.output


@pytest.mark.parametrize("name", [None, *sorted(cli.commands)])
def test_help(name: str | None) -> None:
    words = ["--help"] if name is None else [name, "--help"]
    output = CliRunner().invoke(cli, words, prog_name="processor").output
    assert output.startswith("用法:")
    assert "显示本帮助" in output
    assert SENTENCE.search(output) is None, output


def test_translations_know_no_other_fields() -> None:
    def fields(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [k for k, v in WORDS.items() if not fields(v) <= fields(k)] == []
