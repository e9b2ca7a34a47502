"""Every workbook a played quarter writes: recalculated, links followed, bytes repeated."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from processor.demo.story import make_story
from processor.demo.world import make_world
from tests.simulation.test_quarter import perform
from tests.workbooks.office import SOFFICE, recalculates, recalculation_differences

START = date(2026, 7, 1)
OF_A_KIND = 6  # receipts, lists …: so many of each in the ordinary run, all of them when slow

needs_office = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
pytestmark = pytest.mark.timeout(1500)


def played(root: Path) -> Path:
    world = make_world(8, 3, START, 3)
    story = make_story(world, START, 3, leads_a_month=1, runs_a_day=1)
    perform(root, world, story)
    return root


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return played(tmp_path_factory.mktemp("outputs") / "ws")


def workbooks(root: Path) -> dict[str, list[Path]]:
    """Workbooks by kind: the first folder below outbox, the master by itself."""
    found: dict[str, list[Path]] = {"master": [root / "master" / "大客户信息台账.xlsx"]}
    for path in sorted((root / "outbox").rglob("*.xlsx")):
        found.setdefault(path.relative_to(root / "outbox").parts[0], []).append(path)
    return found


def dead_links(path: Path) -> list[str]:
    """Internal links of a workbook that lead nowhere, and files it names that do not exist."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    found = []
    for sheet in book.worksheets:
        for link in sheet._hyperlinks:
            if link.location:
                target = link.location.rsplit("!", 1)[0].strip("'").replace("''", "'")
                if target not in book.sheetnames:
                    found.append(f"{path.name} {sheet.title}!{link.ref} → {link.location}")
    return found


@needs_office
def test_recalculation_changes_nothing(workspace: Path, tmp_path: Path) -> None:
    """Forced recalculation of every kind: no error cells, no difference from the cached values."""
    assert recalculates(tmp_path)
    kinds = workbooks(workspace)
    assert {"回执", "甄别", "通报", "考核", "开发计划", "今日待办.xlsx"} <= kinds.keys()
    for kind, paths in kinds.items():
        chosen = paths[:: max(1, len(paths) // OF_A_KIND)]
        assert recalculation_differences(chosen, made(tmp_path / kind)) == []


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@needs_office
@pytest.mark.slow
def test_recalculation_of_everything(workspace: Path, tmp_path: Path) -> None:
    for kind, paths in workbooks(workspace).items():
        assert recalculation_differences(paths, made(tmp_path / kind)) == []


def test_no_dead_links(workspace: Path) -> None:
    assert [
        w for paths in workbooks(workspace).values() for p in paths for w in dead_links(p)
    ] == []


@pytest.mark.slow
def test_the_same_world_gives_the_same_bytes(workspace: Path, tmp_path: Path) -> None:
    """Played twice, every workbook of the outbox is byte for byte the same.

    The master holds the file system's own arrival evidence, which is another each time.
    """
    again = played(tmp_path / "again")

    def prints(root: Path) -> dict[str, str]:
        return {
            path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for kind, paths in workbooks(root).items()
            if kind != "master"
            for path in paths
        }

    first, second = prints(workspace), prints(again)
    assert first.keys() == second.keys()
    assert {name for name in first if first[name] != second[name]} == set()
