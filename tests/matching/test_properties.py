"""What must hold for all names."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from processor.matching.judge import Outcome, Party, compare, prepare
from processor.matching.names import Place, parse
from processor.matching.record import decode, encode

PLACES = [
    ("安徽省", "芜湖市", ""),
    ("安徽", "芜湖", "南陵县"),
    ("安徽", "宣城", "泾县"),
    ("江苏省", "南京市", "鼓楼区"),
    ("北京市", "北京市", "朝阳区"),
    ("", "", ""),
]
FRONTS = [
    "芜湖市",
    "芜湖",
    "安徽省",
    "南陵县",
    "泾县",
    "南京市鼓楼区",
    "鼓楼区",
    "北京",
    "中国",
    "",
]
MIDDLES = ["公安局", "第一人民医院", "第二人民医院", "顺达汽车租赁", "顺大汽车租赁", "运通出租汽车"]
MIDDLES += ["财政局", "工商局", "市监局", "移动", "一中", "师范大学", "公交", "海螺集团", "北大"]
ENDS = [
    "",
    "有限公司",
    "有限责任公司",
    "集团有限公司",
    "交警支队",
    "合肥分公司",
    "第三分公司",
    "（A区）",
]

names = st.one_of(
    st.builds(lambda a, b, c: a + b + c, *map(st.sampled_from, (FRONTS, MIDDLES, ENDS))),
    st.text(alphabet="芜湖市县区公安局法院第一二人民医院有限公司集团（）顺达大A1", max_size=14),
)
phones = st.sampled_from(
    ["", "13955301234", "0553-1234567", "13955301234/13900001111", "13800000000"]
)
parties = st.builds(
    lambda name, place, phone, contact: Party(name, *place, phone=phone, contact=contact),
    names,
    st.sampled_from(PLACES),
    phones,
    st.sampled_from(["", "王小明", "王经理"]),
)


@given(parties, parties)
@settings(max_examples=400, deadline=None)
def test_symmetric_and_deterministic(a: Party, b: Party) -> None:
    judged = compare(a, b)
    assert compare(b, a) == judged
    assert compare(a, b) == judged


@given(parties)
@settings(max_examples=300, deadline=None)
def test_never_different_from_itself(a: Party) -> None:
    judged = compare(a, a)
    assert judged.rule in ("text_equal", "place_unknown")
    if a.name.startswith("芜湖市"):
        assert judged.outcome is Outcome.DUPLICATE


@given(names, names, st.sampled_from(PLACES[:5]), st.sampled_from(PLACES[:5]))
@settings(max_examples=400, deadline=None)
def test_a_veto_is_never_overridden_by_what_else_agrees(
    one: str, other: str, here: tuple[str, str, str], there: tuple[str, str, str]
) -> None:
    bare = compare(Party(one, *here), Party(other, *there))
    vetoes = {"place_conflict", "place_level", "ordinal", "branch", "department"}
    same = {"phone": "13955301234", "contact": "王小明", "address": "芜湖市人民路18号"}
    proven = compare(Party(one, *here, **same), Party(other, *there, **same))  # type: ignore[arg-type]
    if bare.rule in vetoes:
        assert (proven.outcome, proven.rule) == (Outcome.DISTINCT, bare.rule)
    if bare.outcome is Outcome.DUPLICATE:
        assert proven.outcome is Outcome.DUPLICATE


@given(parties)
@settings(max_examples=300, deadline=None)
def test_the_stored_form_compares_like_the_row(a: Party) -> None:
    side = prepare(a)
    stored = decode(encode(side))
    assert (stored.parts, stored.phones, stored.person, stored.address) == (
        side.parts,
        side.phones,
        side.person,
        side.address,
    )


@given(st.text(max_size=40), st.text(max_size=6))
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_read(name: str, place: str) -> None:
    parse(name, Place(place, place, place))
    compare(Party(name, place), Party(name + "公司", city=place, phone=name))
