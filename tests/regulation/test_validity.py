"""5.4 and 5.6: what makes an accepted lead invalid, and what is only flagged."""

from __future__ import annotations

from datetime import date

import pytest

from processor.model import Category, LeadContent, RuleKey, UnitKind
from processor.regulation.validity_checks import (
    Outcome,
    check,
    city_taxi,
    decisive,
    flags,
    important,
    minimum_quantity,
    other_category,
)
from tests.cases import read
from tests.regulation.editions import V4

DAY = date(2026, 11, 3)


@pytest.mark.parametrize("case", read("quantity"), ids=lambda c: f"{c['quantity']}-{c['reading']}")
def test_minimum_quantity(case: dict[str, str]) -> None:
    edition = V4.with_switches({"min_qty": case["reading"]})
    quantity = None if case["quantity"] == "-" else int(case["quantity"])
    finding = minimum_quantity(quantity, edition)
    assert (finding is not None) is (case["invalid"] == "yes")
    assert important(quantity, edition) is (case["important"] == "yes")
    if finding is not None:
        assert finding.rule is RuleKey.MINIMUM_QUANTITY
        assert finding.outcome is Outcome.INVALID
        assert f"{quantity}台" in finding.reason


@pytest.mark.parametrize("case", read("taxi"), ids=lambda c: c["why"])
def test_city_taxi(case: dict[str, str]) -> None:
    place = (case["province"], case["city"], case["county"])
    day = date.fromisoformat(case["day"])
    arguments = (UnitKind(case["kind"]), Category.TAXI, *place, case["typed"], day, V4)
    finding = city_taxi(*arguments)
    assert (finding.outcome if finding else "-") == case["outcome"]
    also = [item.outcome for item in flags(*arguments)]
    assert also == ([] if case["also"] == "-" else [case["also"]])


@pytest.mark.parametrize("category", [c for c in Category if c is not Category.TAXI])
def test_only_taxis_are_bound_to_a_level(category: Category) -> None:
    arguments = (UnitKind.DEPARTMENT, category, "安徽省", "芜湖市", "镜湖区", "", DAY, V4)
    assert city_taxi(*arguments) is None
    assert [item.rule for item in flags(*arguments)] == (
        [RuleKey.DEFINITION] if category is Category.OTHER else []
    )


@pytest.mark.parametrize(
    ("reading", "outcome"), [("review", "flag"), ("accept", None), ("reject", "invalid")]
)
def test_dealers_city_taxi_by_reading(reading: str, outcome: str | None) -> None:
    edition = V4.with_switches({"taxi.dealer": reading})
    place = ("安徽省", "芜湖市", "镜湖区")
    finding = city_taxi(UnitKind.DEALER, Category.TAXI, *place, "", DAY, edition)
    assert (finding.outcome if finding else None) == outcome


@pytest.mark.parametrize("kind", [k for k in UnitKind if k is not UnitKind.DEALER])
def test_everybody_but_dealers_is_a_department(kind: UnitKind) -> None:
    finding = city_taxi(kind, Category.TAXI, "安徽省", "芜湖市", "镜湖区", "", DAY, V4)
    assert finding is not None
    assert finding.outcome is Outcome.INVALID


def test_districts_read_as_counties() -> None:
    edition = V4.with_switches({"taxi.district": "county"})
    place = ("安徽省", "芜湖市", "镜湖区")
    assert city_taxi(UnitKind.DEPARTMENT, Category.TAXI, *place, "", DAY, edition) is None
    whole = city_taxi(UnitKind.DEPARTMENT, Category.TAXI, "安徽", "芜湖", "", "", DAY, edition)
    assert whole is not None


def test_the_taxi_clause_comes_before_the_quantity() -> None:
    content = LeadContent(
        category=Category.TAXI, province="安徽省", city="芜湖市", county="镜湖区", quantity=2
    )
    found = check(content, UnitKind.DEPARTMENT, DAY, V4)
    assert [item.rule for item in found] == [RuleKey.CITY_TAXI, RuleKey.MINIMUM_QUANTITY]
    first = decisive(found)
    assert first is not None
    assert first.rule is RuleKey.CITY_TAXI
    dealer = check(content, UnitKind.DEALER, DAY, V4)
    assert [item.outcome for item in dealer] == [Outcome.FLAG, Outcome.INVALID]
    decided = decisive(dealer)
    assert decided is not None
    assert decided.rule is RuleKey.MINIMUM_QUANTITY


def test_an_ordinary_lead_has_no_findings() -> None:
    content = LeadContent(category=Category.JUSTICE, province="安徽", city="芜湖", quantity=12)
    assert check(content, UnitKind.DEALER, DAY, V4) == ()
    assert decisive(()) is None


def test_other_categories_are_screened_by_hand() -> None:
    finding = other_category(Category.OTHER, V4)
    assert finding is not None
    assert (finding.rule, finding.outcome) == (RuleKey.DEFINITION, Outcome.FLAG)
