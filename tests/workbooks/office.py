"""LibreOffice for tests: forced recalculation and pictures of pages, in a private profile.

Without OOXMLRecalcMode=always LibreOffice keeps cached values, and a recalculation test proves
nothing.
"""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")

_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def convert(paths: list[Path], kind: str, into: Path) -> list[Path]:
    """Convert workbooks with a profile that always recalculates; the new files, in order."""
    profile = into / "profile"
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True, exist_ok=True)
    if not settings.exists():
        settings.write_text(_ALWAYS, encoding="utf-8")
    command = [
        str(SOFFICE),
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--convert-to",
        kind,
        "--outdir",
        str(into),
        *map(str, paths),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    made = [into / f"{path.stem}.{kind}" for path in paths]
    for path in made:
        assert path.exists(), path
    return made


def cached_values(path: Path) -> dict[str, object]:
    """Every cell of the workbook as stored: "sheet!A1" → value."""
    import openpyxl

    book = openpyxl.load_workbook(path, data_only=True)
    return {
        f"{sheet.title}!{cell.coordinate}": cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def formulas(path: Path) -> dict[str, str]:
    """Every formula of the workbook: "sheet!A1" → text."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    return {
        f"{sheet.title}!{cell.coordinate}": str(cell.value)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def recalculation_differences(paths: list[Path], into: Path) -> list[str]:
    """Formulas whose value after LibreOffice's forced recalculation is not the cached one."""
    again = convert(paths, "xlsx", into)
    found: list[str] = []
    for before, after in zip(paths, again, strict=True):
        old, new = cached_values(before), cached_values(after)
        for address, text in formulas(before).items():
            one, two = old.get(address, ""), new.get(address, "")
            same = (
                abs(float(one) - float(two)) < 1e-9
                if isinstance(one, int | float) and isinstance(two, int | float)
                else (one or "") == (two or "")
            )
            if not same:
                found.append(f"{before.name} {address} {text}: {one!r} != {two!r}")
    return found


def pages(path: Path, into: Path, dpi: int = 80) -> list[Path]:
    """PNG pictures of the printed pages, for looking at."""
    (pdf,) = convert([path], "pdf", into)
    subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-png", str(pdf), str(into / path.stem)], check=True
    )
    return sorted(into.glob(f"{path.stem}-*.png"))


@cache
def recalculates(into: Path) -> bool:
    """Whether the profile really recalculates: a wrong cached value is put right."""
    import xlsxwriter

    path = into / "wrong.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("a").write_formula("A1", "=1+1", None, 5)
    return bool(recalculation_differences([path], into / "again"))
