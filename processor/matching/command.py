"""What the command `same` does: judge two names, or a table of pairs row for row."""

from __future__ import annotations

import csv
from pathlib import Path

from processor.matching.gazetteer import NOWHERE, gazetteer
from processor.matching.judge import Judgement, Outcome, Party, compare
from processor.matching.knowledge import NOTHING, Knowledge
from processor.matching.names import Place
from processor.matching.places import leading

WORDS = {
    Outcome.DUPLICATE: "duplicate",
    Outcome.SUSPECTED: "suspected",
    Outcome.DISTINCT: "distinct",
}
NEEDED = ("a_name", "b_name")


def place_from(text: str) -> Place:
    """The columns meant by one place text: 「安徽省芜湖市」, 「安徽 芜湖 南陵县」."""
    parts = text.replace("/", " ").replace(",", " ").replace("，", " ").split()
    if len(parts) > 1:
        return Place(*[*parts, "", ""][:3])
    spot, _ = leading(text, NOWHERE)
    known = gazetteer().names
    city, county = known.get(spot.city, ""), known.get(spot.county, "")
    return Place(known.get(spot.province, ""), city, county or spot.zone)


def same(name_a: str, name_b: str, place: str | Place = "", know: Knowledge = NOTHING) -> Judgement:
    """Is it the same customer? `place` (text or columns) holds for both names."""
    where = place if isinstance(place, Place) else place_from(place)
    return compare(Party(name_a, *where), Party(name_b, *where), know)


def party(row: dict[str, str], side: str) -> Party:
    """One side (`a_` or `b_`) of a row of pairs."""

    def cell(name: str) -> str:
        return row.get(side + name) or ""

    units = cell("units").strip()
    return Party(
        cell("name"),
        cell("province"),
        cell("city"),
        cell("county"),
        cell("category"),
        cell("contact"),
        cell("phone"),
        cell("address"),
        cell("credit_code"),
        cell("model"),
        int(units) if units.isdigit() else None,
    )


def same_pairs(in_csv: Path, out_csv: Path, know: Knowledge = NOTHING) -> int:
    """Judges the pairs of `in_csv`, writes outcome, rule, reason row for row; returns their number.

    Raises ValueError (Chinese message) when a column is missing.
    """
    with in_csv.open(encoding="utf-8-sig", newline="") as source:
        reader = csv.DictReader(source)
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{in_csv.name} 缺少列：{'、'.join(missing)}")
        count = 0
        with out_csv.open("w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target)
            writer.writerow(("outcome", "rule", "reason"))
            for row in reader:
                judged = compare(party(row, "a_"), party(row, "b_"), know)
                writer.writerow((WORDS[judged.outcome], judged.rule, judged.reason))
                count += 1
    return count
