"""Every workbook of this room: golden dumps, formulas recalculated, links alive, names unique."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from processor.workbooks.sheets import render, verify_written, write
from tests.workbooks import samples
from tests.workbooks.dump import GOLDEN, dump
from tests.workbooks.office import needs_office, recalculates, recalculation_differences

BOOKS = samples.books()


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("books")
    made = {name: folder / f"{name}.xlsx" for name in BOOKS}
    for name, path in made.items():
        write(BOOKS[name], path)
    return made


@pytest.mark.parametrize("name", BOOKS)
def test_golden(paths: dict[str, Path], name: str) -> None:
    expected = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert dump(paths[name]) == expected


@pytest.mark.parametrize("name", BOOKS)
def test_bytes_are_the_same_every_time(name: str) -> None:
    assert render(BOOKS[name]) == render(samples.books()[name])


@pytest.mark.parametrize("name", BOOKS)
def test_read_back(paths: dict[str, Path], name: str) -> None:
    assert verify_written(BOOKS[name], paths[name]) == []


@pytest.mark.parametrize("name", BOOKS)
def test_internal_links_are_alive(paths: dict[str, Path], name: str) -> None:
    book = openpyxl.load_workbook(paths[name])
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink and cell.hyperlink.location:
                    target, _, address = cell.hyperlink.location.rpartition("!")
                    assert book[target.strip("'")][address].value is not None or (
                        book[target.strip("'")][address].comment
                    )


@pytest.mark.parametrize("name", BOOKS)
def test_no_formula_but_ours(paths: dict[str, Path], name: str) -> None:
    """Submitted text never becomes a formula; the formulas are those the module describes."""
    book = openpyxl.load_workbook(paths[name])
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert "HYPERLINK" not in str(cell.value)


@pytest.mark.parametrize("name", BOOKS)
def test_no_macros_no_outside_connections(paths: dict[str, Path], name: str) -> None:
    with zipfile.ZipFile(paths[name]) as archive:
        names = archive.namelist()
    assert not [item for item in names if "vba" in item or "externalLink" in item]


@needs_office
def test_recalculation_changes_nothing(paths: dict[str, Path], tmp_path: Path) -> None:
    assert recalculates(tmp_path)
    assert recalculation_differences(list(paths.values()), tmp_path / "again") == []
