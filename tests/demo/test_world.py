"""The invented company is the same for the same seed, and its customers cannot be confused."""

from __future__ import annotations

from datetime import date

import pytest
from pypinyin import lazy_pinyin

from processor.demo import places
from processor.demo.world import make_world
from processor.model import UnitKind

START = date(2026, 7, 1)


def test_same_seed_same_world() -> None:
    assert make_world(46, 7, START, 3) == make_world(46, 7, START, 3)
    assert make_world(46, 7, START, 3) != make_world(46, 8, START, 3)


@pytest.mark.parametrize("units", [8, 12, 46, 60, 200])
def test_units(units: int) -> None:
    world = make_world(units, 1, START, 3)
    assert len(world.dealers) + len(world.departments) == units
    assert 1 <= len(world.departments) <= 6
    assert world.suspended.kind is UnitKind.DEALER
    assert len({u.name for u in world.units}) == len({u.code for u in world.units})
    assert len({u.name for u in world.units}) == len(world.units)


def test_too_small() -> None:
    with pytest.raises(ValueError, match="8"):
        make_world(7, 1, START, 3)


def test_brand_syllables_do_not_sound_alike() -> None:
    for characters in (places.BRAND_FIRST, places.BRAND_SECOND):
        assert len(set(lazy_pinyin(characters))) == len(characters)


def test_customers_of_a_county_differ_in_both_brand_characters() -> None:
    world = make_world(46, 3, START, 3)
    assert len({c.name for c in world.customers}) == len(world.customers)
    assert len({c.phone for c in world.customers}) == len(world.customers)
    brands: dict[str, list[str]] = {}
    for customer in world.customers:
        rest = customer.name.removeprefix(customer.county)
        if rest.endswith("公司"):
            brands.setdefault(customer.county, []).append(rest[:2])
    for found in brands.values():
        assert len({b[0] for b in found}) == len({b[1] for b in found}) == len(found)


def test_screener_is_the_most_specific_and_then_the_deputy() -> None:
    world = make_world(46, 3, START, 3)
    government = world.screener("政府采购", "安徽省", START)[1]
    assert world.screener("政府采购", "江苏省", START)[1] != government
    before = world.screener("出租", "安徽省", date(2026, 8, 14))[1]
    after = world.screener("出租", "安徽省", date(2026, 8, 15))[1]
    assert before != after
    assert next(p for p in world.people if p.name == before).deputy == after
