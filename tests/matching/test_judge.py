"""Named rules as a table, figures on hand-written pairs, credit codes, aliases, rulings, phones."""

from __future__ import annotations

import subprocess
import sys

import pytest

from processor.matching.judge import Outcome, Party, compare
from processor.matching.knowledge import NOTHING, build
from processor.matching.reasons import _SAY
from tests.matching.pairs import party, rows

D, S, X = Outcome.DUPLICATE, Outcome.SUSPECTED, Outcome.DISTINCT
# Check digits by GB 32100-2015; invented bodies.
CODE, OTHER = "91110000600037341L", "91110000802100433B"


@pytest.mark.parametrize("case", rows("rules.tsv"), ids=lambda c: f"{c['a']}-{c['b']}-{c['rule']}")
def test_rule(case: dict[str, str]) -> None:
    a = party(case["a"], case["place_a"], case["phone_a"])
    b = party(case["b"], case["place_b"], case["phone_b"])
    judged = compare(a, b)
    assert (judged.outcome, judged.rule) == (Outcome(case["outcome"]), case["rule"])
    assert compare(b, a) == judged


def test_every_rule_has_a_case() -> None:
    elsewhere = {"credit_code_equal", "credit_code_differs", "ruled_distinct", "ordinal_one_side"}
    elsewhere |= {"same_purchase", "purchase_differs"}
    assert {case["rule"] for case in rows("rules.tsv")} | elsewhere == set(_SAY)


@pytest.mark.parametrize("table", ["hand_pairs.tsv", "hand_pairs_more.tsv", "hand_pairs_third.tsv"])
def test_figures_on_hand_written_pairs(table: str) -> None:
    found = [
        (r["label"], compare(party(r["a"], r["place_a"]), party(r["b"], r["place_b"])))
        for r in rows(table)
    ]
    automatic = [label for label, judged in found if judged.outcome is D]
    same = [judged.outcome for label, judged in found if label == "same"]
    suspected = [judged.outcome for label, judged in found if label == "suspected"]
    different = [judged.outcome for label, judged in found if label == "different"]
    assert set(automatic) == {"same"}
    assert same.count(D) / len(same) >= 0.89
    assert same.count(X) / len(same) <= 0.02
    assert suspected.count(S) == len(suspected)
    assert different.count(X) / len(different) >= 0.98


def test_reasons_are_sentences_with_nothing_left_to_fill() -> None:
    for r in rows("hand_pairs.tsv"):
        judged = compare(party(r["a"], r["place_a"]), party(r["b"], r["place_b"]))
        assert judged.reason.endswith("。") and "{" not in judged.reason
        assert judged.flip.endswith("。")
        assert 0 <= judged.score <= 100


def test_credit_code_decides_when_both_are_valid() -> None:
    a, b = Party("甲", credit_code=CODE), Party("乙", credit_code=CODE)
    assert compare(a, b).rule == "credit_code_equal"
    same_name = compare(
        Party("芜湖市公安局", credit_code=CODE), Party("芜湖市公安局", credit_code=OTHER)
    )
    assert (same_name.outcome, same_name.rule) == (X, "credit_code_differs")


def test_invalid_credit_code_decides_nothing() -> None:
    wrong = CODE[:-1] + "0"
    judged = compare(
        Party("芜湖市公安局", credit_code=wrong), Party("泾县公安局", credit_code=wrong)
    )
    assert judged.rule == "place_conflict"


def test_hospital_with_and_without_the_first_ordinal_goes_to_the_clerk() -> None:
    judged = compare(Party("芜湖市人民医院"), Party("芜湖市第一人民医院"))
    assert (judged.outcome, judged.rule) == (S, "ordinal_one_side")


def test_a_taught_alias_decides_and_a_disabled_one_does_not() -> None:
    a, b = Party("老船厂"), Party("芜湖市长运客运有限公司")
    assert compare(a, b).outcome is X
    know = build(aliases=[("老船厂", "芜湖市长运客运有限公司")])
    assert (compare(a, b, know).outcome, compare(a, b, know).rule) == (D, "alias")
    off = build(aliases=[("老船厂", "芜湖市长运客运有限公司")], disabled=["老船厂"])
    assert compare(a, b, off).outcome is X


def test_a_shipped_alias_can_be_disabled() -> None:
    a, b = Party("北大"), Party("北京大学")
    assert compare(a, b).rule == "alias"
    assert compare(a, b, build(disabled=["北大"])).rule != "alias"


def test_a_ruled_pair_stays_apart() -> None:
    a, b = Party("芜湖顺达汽车租赁有限公司"), Party("芜湖顺大汽车租赁有限公司")
    assert compare(a, b).outcome is S
    know = build(distinct=[("芜湖顺大汽车租赁有限公司", "芜湖顺达汽车租赁有限公司")])
    assert (compare(a, b, know).outcome, compare(b, a, know).rule) == (X, "ruled_distinct")


def test_a_number_of_many_customers_is_no_evidence() -> None:
    phone = "139-5530-1234"
    used = [
        (f"芜湖市{brand}物流有限公司", phone) for brand in ("甲乙", "丙丁", "戊己", "庚辛", "壬癸")
    ]
    a = Party("芜湖顺达汽车租赁有限公司", phone=phone)
    b = Party("芜湖顺大汽车租赁有限公司", phone="+86 13955301234")
    assert compare(a, b).rule == "slip_phone"
    assert compare(a, b, build(used=used[:4])).rule == "slip_phone"
    assert compare(a, b, build(used=used)).rule == "slip"
    assert compare(a, b, build(own_phones=[phone])).rule == "slip"


@pytest.mark.parametrize("phone", ["13800000000", "11111111111", "0000000", "12345678"])
def test_a_dummy_number_is_no_evidence(phone: str) -> None:
    a = Party("芜湖顺达汽车租赁有限公司", phone=phone)
    b = Party("芜湖顺大汽车租赁有限公司", phone=phone)
    assert compare(a, b).rule == "slip"


def test_a_phone_alone_never_decides() -> None:
    a = Party(
        "芜湖顺达汽车租赁有限公司",
        phone="13955301234",
        contact="王小明",
        address="芜湖市人民路18号",
    )
    b = Party("芜湖市公安局", phone="13955301234", contact="王小明", address="芜湖市人民路18号")
    assert compare(a, b).outcome is X


def test_importing_is_light() -> None:
    heavy = "zhconv pypinyin rapidfuzz sqlalchemy numpy pandas stdnum"
    code = (
        "import sys\n"
        "import processor.matching.judge, processor.matching.index, processor.matching.command\n"
        f"print([m for m in '{heavy}'.split() if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_taught_is_nothing() -> None:
    assert build() == NOTHING
