"""Who was first within one look: by the file system's evidence, else by unit code; ties (5.1)."""

from __future__ import annotations

from itertools import permutations

import pytest

from processor.decisions import files
from processor.decisions.session import Arrival
from processor.model import State
from tests.decisions.world import ROSTER, a_session, leads, report

CUSTOMER = "南陵县瑞祥纺织有限公司"
JIA, YI = "芜湖甲汽车销售有限公司", "合肥乙汽车销售有限公司"


def decide(*arrivals: Arrival) -> list[tuple[str, str]]:
    """Unit code and state of every lead, in order of place, whatever order files are listed in."""
    results = []
    for listed in permutations(arrivals):
        with a_session() as session:
            for arrival in sorted(listed, key=lambda a: files.order(ROSTER, a)):
                files.take_file(session, arrival)
            found = sorted(leads(session), key=lambda r: (r["place_at"], r["place_seq"]))
            results.append([(r["unit_code"], r["state"]) for r in found])
    assert all(result == results[0] for result in results)
    return results[0]


@pytest.mark.parametrize(
    ("jia", "yi", "first", "state"),
    [
        (1000.0, 1060.0, "D01", State.RULING),  # at most sixty seconds apart: a tie
        (1000.0, 1060.001, "D01", State.DUPLICATE),
        (1060.0, 1000.0, "D02", State.RULING),
        (1060.001, 1000.0, "D02", State.DUPLICATE),
        (1000.0, None, "D01", State.RULING),  # unknown: a tie
        (None, None, "D01", State.RULING),  # and the unit code decides who is later
    ],
)
def test_ties(jia: float | None, yi: float | None, first: str, state: State) -> None:
    found = decide(report(JIA, CUSTOMER, evidence=jia), report(YI, CUSTOMER, evidence=yi))
    assert found[0] == (first, State.PENDING)
    assert found[1][1] == state


def test_unknown_order_goes_by_code_even_when_only_the_folder_names_the_unit() -> None:
    found = decide(
        report("", CUSTOMER, evidence=None, path="合肥乙店"),
        report("区域营销部", CUSTOMER, evidence=None),
    )
    assert [code for code, _ in found] == ["B01", "D02"]


def test_one_units_two_files_are_no_tie() -> None:
    found = decide(
        report(JIA, CUSTOMER, evidence=10.0),
        report(JIA, CUSTOMER, evidence=11.0, content="另一份表中的同一客户信息"),
    )
    assert found == [("D01", State.PENDING), ("D01", State.DUPLICATE)]


def test_leads_come_before_the_forms_that_refer_to_them() -> None:
    """A screening list seen in the same look as the leads finds them, however early it came."""
    from processor.intake.forms import FormRow, LoadedForm
    from processor.model import FormKind
    from tests.decisions.world import NOON

    row = FormRow("表", 5, {"lead_number": "DKH202611-0001", "verdict": "无效"}, {}, (), {})
    form = LoadedForm("甄别.xlsx", FormKind.SCREENING, rows=(row,))
    answer = Arrival("", NOON, 1.0, "甄别.xlsx", "甄别.xlsx", "x", form)
    assert decide(answer, report(JIA, CUSTOMER, evidence=50.0)) == [("D01", State.INVALID)]
