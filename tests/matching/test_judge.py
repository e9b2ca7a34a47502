"""Rules of the matcher as a table; the golden cases of the regulation."""

import pytest

from processor.matching.judge import Outcome, Party, compare

D, S, X = Outcome.DUPLICATE, Outcome.SUSPECTED, Outcome.DISTINCT


@pytest.mark.parametrize(
    ("a", "b", "outcome", "rule"),
    [
        ("芜湖市公安局", "芜湖公安局", D, "core_equal"),
        ("南陵县公安局", "泾县公安局", X, "place_conflict"),
        ("顺达汽车租赁有限公司芜湖分公司", "顺达汽车租赁有限公司合肥分公司", X, "branch"),
        ("芜湖市公安局", "芜湖市公安局交警支队", S, "department_one_side"),
    ],
)
def test_golden(a: str, b: str, outcome: Outcome, rule: str) -> None:
    judged = compare(Party(a), Party(b))
    assert (judged.outcome, judged.rule) == (outcome, rule)
