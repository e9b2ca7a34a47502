"""The picture of the rooms, drawn from the import contract that keeps them apart.

`python docs/draw_layers.py` reads the layers in pyproject.toml and writes docs/images/layers.svg.
"""

from __future__ import annotations

import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "images" / "layers.svg"
CAPTIONS = {
    "reference": "docs/reference.md from the code",
    "cli": "commands, printing, exit codes",
    "demo": "a played office",
    "batch": "one run from top to bottom: look, read, decide in one transaction, publish, clear",
    "inquiry": "status, check",
    "explain": "a number's story",
    "mail": "who is told what",
    "publishing": "after the commit: workbooks written whole, or left pending",
    "receiving": "inbox to arrivals",
    "views": "live workbooks",
    "decisions": "what each file and each hour changes",
    "answers": "the receipt of each file",
    "master": "the master workbook",
    "store": "rows read and changed in a run",
    "journal": "what files do not say",
    "tables": "the ledger, its columns those of the master's sheets",
    "workbooks": "records to described sheets to cells",
    "roster": "units, people, duties",
    "regulation": "the clauses; one TOML an edition",
    "matching": "is it the same customer?",
    "intake": "a file becomes typed rows with problems as values",
    "calendar": "working days, issues, quarters",
    "divisions": "provinces, cities, counties",
    "model": "records, enums, identifiers",
    "schemas": "columns of every form and sheet, as data",
}
WIDTH, HIGH, GAP, PAD = 940, 46, 14, 12
LETTER = 5.6  # pixels a letter of a caption takes
STYLE = (
    "text{font:13px sans-serif;fill:#1f2a44}.c{font-size:11px;fill:#5a6478}"
    "rect{fill:#f4f6fa;stroke:#1f2a44}path{stroke:#a11;fill:none}"
)


def layers(pyproject: str) -> list[list[str]]:
    """Rows of rooms, the highest first, as the layers contract names them."""
    contracts = tomllib.loads(pyproject)["tool"]["importlinter"]["contracts"]
    named = next(c for c in contracts if c["type"] == "layers")["layers"]
    rows = [
        [part.strip().removeprefix("processor.") for part in row.replace("|", ":").split(":")]
        for row in named
    ]
    return [*rows, ["schemas"]]


def svg(rows: list[list[str]]) -> str:
    """One band a row, one box a room; imports point downwards only."""
    parts = []
    for level, row in enumerate(rows):
        top = PAD + level * (HIGH + GAP)
        wide = (WIDTH - 2 * PAD - GAP * (len(row) - 1)) / len(row)
        for number, room in enumerate(row):
            left = PAD + number * (wide + GAP)
            name = room.rsplit(".", 1)[-1]
            caption = CAPTIONS.get(name, "")
            if len(caption) * LETTER > wide:
                caption = ""
            middle, y = left + wide / 2, top + (20 if caption else 28)
            parts.append(
                f'<rect x="{left:.0f}" y="{top}" width="{wide:.0f}" height="{HIGH}" rx="4"/>'
                f'<text x="{middle:.0f}" y="{y}" text-anchor="middle">{escape(name)}</text>'
            )
            if caption:
                parts.append(
                    f'<text class="c" x="{middle:.0f}" y="{top + 36}" text-anchor="middle">'
                    f"{escape(caption)}</text>"
                )
        if level:
            parts.append(f'<path d="M{WIDTH / 2:.0f} {top - GAP}v{GAP - 4}m-4 -4l4 4l4 -4"/>')
    height = 2 * PAD + len(rows) * (HIGH + GAP) - GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>Rooms of the processor: imports point downwards</title><style>{STYLE}</style>"
        f"{''.join(parts)}</svg>\n"
    )


if __name__ == "__main__":
    TARGET.write_text(svg(layers((ROOT / "pyproject.toml").read_text("utf-8"))), "utf-8")
