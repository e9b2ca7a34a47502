"""Same purchase (5.1): category, project name, expected time; a model alone says nothing."""

from __future__ import annotations

from datetime import date

import pytest

from processor.matching.judge import Outcome, Party, same_purchase

BASE = {"name": "芜湖市公安局", "category": "公检法司", "model": "瑞虎8"}


def purchase(earlier: dict[str, object], later: dict[str, object]) -> tuple[Outcome, str]:
    judged = same_purchase(Party(**{**BASE, **earlier}), Party(**{**BASE, **later}))  # type: ignore[arg-type]
    return judged.outcome, judged.rule


@pytest.mark.parametrize(
    ("earlier", "later", "outcome", "rule"),
    [
        ({}, {}, Outcome.DUPLICATE, "same_purchase"),
        ({}, {"model": "艾瑞泽8"}, Outcome.DUPLICATE, "same_purchase"),
        ({}, {"category": "政府采购"}, Outcome.SUSPECTED, "purchase_category"),
        ({}, {"category": ""}, Outcome.DUPLICATE, "same_purchase"),
        (
            {"project_name": "执法车"},
            {"project_name": "巡逻车"},
            Outcome.SUSPECTED,
            "purchase_project",
        ),
        ({"project_name": "执法车"}, {"project_name": ""}, Outcome.DUPLICATE, "same_purchase"),
        (
            {"project_name": "执法 车"},
            {"project_name": "执法车"},
            Outcome.DUPLICATE,
            "same_purchase",
        ),
        (
            {"expected": date(2026, 3, 15)},
            {"expected": date(2026, 9, 14)},
            Outcome.DUPLICATE,
            "same_purchase",
        ),
        (
            {"expected": date(2026, 3, 15)},
            {"expected": date(2026, 9, 15)},
            Outcome.DUPLICATE,
            "same_purchase",
        ),
        (
            {"expected": date(2026, 3, 15)},
            {"expected": date(2026, 9, 16)},
            Outcome.SUSPECTED,
            "purchase_expected",
        ),
        ({"expected": date(2026, 3, 15)}, {}, Outcome.DUPLICATE, "same_purchase"),
    ],
)
def test_same_purchase(
    earlier: dict[str, object], later: dict[str, object], outcome: Outcome, rule: str
) -> None:
    assert purchase(earlier, later) == (outcome, rule)


def test_several_differences_are_all_said() -> None:
    judged = same_purchase(
        Party("甲", category="租赁", project_name="一期", expected=date(2026, 1, 1)),
        Party("甲", category="出租", project_name="二期", expected=date(2027, 1, 1)),
    )
    assert judged.rule == "purchase_category"
    for word in ("采购类别", "项目名称", "预计采购时间"):
        assert word in judged.reason
