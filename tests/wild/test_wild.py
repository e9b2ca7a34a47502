"""Forms as other programs save them: guard, reader and form finder together find what was planted.

The files and what is in them are made by `make.py`.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from processor.intake import forms
from processor.intake.guard import Refused
from processor.intake.raw import RawBook
from tests.intake.files import judge_all

FILES = Path(__file__).parent / "files"
PLANTED: dict[str, dict[str, Any]] = {
    path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FILES.glob("*.json"))
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[RawBook | Refused]]:
    """Everything through guard and reader in one go, as a run does it."""
    folder = tmp_path_factory.mktemp("wild")
    found: dict[str, list[RawBook | Refused]] = {}
    single = [name for name in PLANTED if not name.endswith(".zip")]
    files = {name: (FILES / name).read_bytes() for name in single}
    for name, verdict in zip(single, judge_all(folder, files), strict=True):
        found[name] = [verdict]
    for name in PLANTED.keys() - found.keys():
        found[name] = judge_all(folder, {name: (FILES / name).read_bytes()})
    return found


@pytest.fixture(scope="module")
def loaded(verdicts: dict[str, list[RawBook | Refused]]) -> dict[str, list[forms.LoadedForm]]:
    books = [(name, v) for name, found in verdicts.items() for v in found if isinstance(v, RawBook)]
    result: dict[str, list[forms.LoadedForm]] = {name: [] for name in verdicts}
    for (name, _), form in zip(books, forms.load([book for _, book in books]), strict=True):
        result[name].append(form)
    return result


def plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def test_the_corpus_is_there_and_small() -> None:
    assert len(PLANTED) >= 48
    assert {path.name for path in FILES.iterdir()} == {
        name + end for name in PLANTED for end in ("", ".json")
    }
    assert sum(path.stat().st_size for path in FILES.iterdir()) < 1_500_000


@pytest.mark.parametrize("name", PLANTED)
def test_it_ends_in_one_state(
    name: str,
    verdicts: dict[str, list[RawBook | Refused]],
) -> None:
    planted = PLANTED[name]
    found = verdicts[name]
    if code := planted.get("refused"):
        assert [item.code if isinstance(item, Refused) else "read" for item in found] == [code]
        return
    assert all(isinstance(item, RawBook) for item in found), found
    assert [item.name for item in found] == planted.get("members", [name])
    notes = "".join(note for item in found if isinstance(item, RawBook) for note in item.notes)
    for words in planted.get("notes", ()):
        assert words in notes


@pytest.mark.parametrize("name", [name for name, p in PLANTED.items() if "refused" not in p])
def test_what_was_planted_is_found(name: str, loaded: dict[str, list[forms.LoadedForm]]) -> None:
    planted = PLANTED[name]
    for form in loaded[name]:
        assert form.kind == planted["kind"], form.file_problems
        assert len(form.rows) == planted["rows"], form.file_problems
        for at, key in ((0, "first"), (-1, "last")):
            for field, value in planted.get(key, {}).items():
                assert plain(form.rows[at].values.get(field)) == value, field
        if submitter := planted.get("submitter"):
            told = {form.block.get("submitter")} | {
                row.values.get("submitter") for row in form.rows
            }
            assert submitter in told
        for text in planted.get("found", ()):
            assert text in form.rows[0].values.values()
