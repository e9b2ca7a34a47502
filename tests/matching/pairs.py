"""Reading the tables of cases."""

from __future__ import annotations

from pathlib import Path

from processor.matching.judge import Party

CASES = Path(__file__).resolve().parent / "cases"


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a table below its comments, missing cells as ""."""
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    heading, *rest = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [dict(zip(heading, cells + [""] * len(heading), strict=False)) for cells in rest]


def party(name: str, place: str = "", phone: str = "", **more: str) -> Party:
    """A party at a place written 「省 市 县」."""
    province, city, county = [*place.split(), "", "", ""][:3]
    return Party(name, province, city, county, phone=phone, **more)  # type: ignore[arg-type]
