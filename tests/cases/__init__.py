"""Rules as data: one tab-separated table per rule, `#` lines are remarks, the first line heads."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def read(name: str) -> list[dict[str, str]]:
    """Rows of tests/cases/<name>.tsv, heading → text."""
    lines = (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    heading, *body = rows
    assert body, f"{name}: no cases"
    for row in body:
        assert len(row) == len(heading), f"{name}: {row}"
    return [dict(zip(heading, row, strict=True)) for row in body]
