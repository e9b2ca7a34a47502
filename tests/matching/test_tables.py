"""The tables of words: well formed, and each row does what it says."""

from __future__ import annotations

import pytest

from processor.matching.gazetteer import FORMER, NOWHERE
from processor.matching.judge import Outcome, Party, compare
from processor.matching.places import leading
from processor.matching.slips import SlipKind, one_slip, sounds
from processor.matching.tables import aliases, canonical, rows, wording
from processor.matching.text import normalise


def test_no_row_twice() -> None:
    for name in ("aliases.tsv", "wording.tsv", "vocabulary.tsv"):
        table = [tuple(cells) for cells in rows(name)]
        assert len(table) == len(set(table)), name
    written = [cells[0] for cells in rows("wording.tsv")]
    assert len(written) == len(set(written))


def test_aliases_are_written_as_names_are_normalised() -> None:
    wrong = [c[:2] for c in rows("aliases.tsv") if any(normalise(x) != x for x in c[:2])]
    assert wrong == []


def test_kinds_of_aliases() -> None:
    assert {cells[2] for cells in rows("aliases.tsv")} == {"name", "network", "local", "successor"}


def test_canonical_wording_is_final() -> None:
    words = [word for entries in wording().values() for _, word in entries]
    assert [w for w in words if canonical(w) != w] == []


def test_every_alias_leads_to_its_full_name() -> None:
    wrong = []
    for alias, full, kind, place in ((*c, "", "")[:4] for c in rows("aliases.tsv")):
        if kind == "name":
            here = {"province": place}
            judged = compare(Party(alias, **here), Party(full, **here))
            if judged.outcome is Outcome.DISTINCT:
                wrong.append((alias, full, judged.rule))
    assert wrong == []


def test_former_places_name_a_present_one() -> None:
    for line in FORMER.read_text(encoding="utf-8").splitlines():
        if not line.startswith(("#", "former")):
            old, new = line.split("\t")
            assert leading(old, NOWHERE)[0].province == leading(new, NOWHERE)[0].province, line


def test_successors_are_canonical() -> None:
    table = aliases().successors
    assert [w for w in table if canonical(w) != w] == []


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        ("顺达汽车", "顺大汽车", SlipKind.SOUND),
        ("向王冠物业", "向玉冠物业", SlipKind.SHAPE),
        ("吾谷登丰", "吾谷丰登", SlipKind.SWAP),
        ("荣昌医院", "荣昌昌医院", SlipKind.EXTRA),
        ("雍丰医药", "雍华医药", SlipKind.CHARACTER),
        ("财政局", "民政局", SlipKind.CHARACTER),
    ],
)
def test_one_slip(a: str, b: str, kind: SlipKind) -> None:
    for one, other in ((a, b), (b, a)):
        slip = one_slip(one, other)
        assert slip is not None and slip.kind is kind


@pytest.mark.parametrize(
    ("a", "b"), [("甲乙丙", "甲乙丙"), ("甲乙丙", "丙乙甲"), ("第1中", "第2中"), ("甲", "甲乙丙")]
)
def test_no_slip(a: str, b: str) -> None:
    assert one_slip(a, b) is None


def test_sounds_fold_the_usual_confusions() -> None:
    assert sounds("山") & sounds("三")
    assert sounds("英") & sounds("因")
    assert not sounds("顺") & sounds("丰")
