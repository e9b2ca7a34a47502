"""The command `same`: two names, or a table of pairs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from processor.matching.command import place_from, same, same_pairs
from processor.matching.judge import Outcome
from processor.matching.names import Place

HEADING = ["label", "type"] + [
    f"{side}_{name}"
    for side in "ab"
    for name in ("name", "category", "province", "city", "county", "contact", "phone", "address")
]


def test_same_names_at_a_place() -> None:
    assert same("市一院", "芜湖市第一人民医院", "安徽省芜湖市").outcome is Outcome.DUPLICATE
    assert same("市一院", "芜湖市第一人民医院", Place("安徽", "芜湖")).outcome is Outcome.DUPLICATE
    assert same("南陵县公安局", "泾县公安局").outcome is Outcome.DISTINCT


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("安徽省芜湖市南陵县", ("安徽省", "芜湖市", "南陵县")),
        ("芜湖", ("安徽省", "芜湖市", "")),
        ("安徽 芜湖 南陵", ("安徽", "芜湖", "南陵")),
        ("北京", ("北京市", "北京市", "")),
        ("", ("", "", "")),
    ],
)
def test_place_from(text: str, place: tuple[str, str, str]) -> None:
    assert tuple(place_from(text)) == place


def test_same_pairs_answers_row_for_row(tmp_path: Path) -> None:
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    with pairs.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADING, restval="")
        writer.writeheader()
        for a, b in (
            ("芜湖市公安局\n", "芜湖公安局"),
            ("芜湖市公安局", "芜湖市公安局交警支队"),
            ("南陵县公安局", "泾县公安局"),
        ):
            writer.writerow({"a_name": a, "b_name": b, "label": "same"})
    assert same_pairs(pairs, out) == 3
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["outcome"] for row in rows] == ["duplicate", "suspected", "distinct"]
    assert [row["rule"] for row in rows] == ["core_equal", "department_one_side", "place_conflict"]
    assert all(row["reason"] for row in rows)


def test_same_pairs_without_labels_or_places(tmp_path: Path) -> None:
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pairs.write_text("a_name,b_name\n芜湖市公安局,芜湖公安局\n", encoding="utf-8-sig")
    assert same_pairs(pairs, out) == 1


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("a_name,c_name\n甲,乙\n", encoding="utf-8")
    with pytest.raises(ValueError, match="b_name"):
        same_pairs(pairs, tmp_path / "out.csv")
