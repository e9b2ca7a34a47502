"""Rule × edition × function × test: no cell may be empty."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from processor.model import RuleKey
from processor.regulation.edition import PARAMETERS, Edition, load_all
from tests.cases import read

ROOT = Path(__file__).parents[2]
ROWS = {row["rule"]: row for row in read("coverage")}


def defines(path: Path, name: str) -> bool:
    """Whether a module defines a function of that name (nothing is imported)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


def test_the_table_has_one_row_for_every_rule() -> None:
    assert sorted(ROWS) == sorted(RuleKey)
    assert len(read("coverage")) == len(ROWS)


@pytest.mark.parametrize("edition", load_all(), ids=lambda edition: edition.key)
@pytest.mark.parametrize("rule", RuleKey)
def test_every_rule_of_every_edition(rule: RuleKey, edition: Edition) -> None:
    if not edition.has(rule):
        return  # the edition says so; that an absent rule does nothing is tested with editions
    assert edition.clause(rule)
    assert edition.text(rule)
    assert all(edition.unit(rule, name) for name in PARAMETERS.get(rule, ()))
    module, function = ROWS[rule]["function"].split(":")
    assert defines(ROOT / (module.replace(".", "/") + ".py"), function)
    file, test = ROWS[rule]["test"].split(":")
    assert defines(ROOT / file, test)
