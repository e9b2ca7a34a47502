"""One spelling of a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.matching.text import normalise, number, numbered


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (" 芜湖市　公安局\n", "芜湖市公安局"),
        ("芜湖市公安局\u200b", "芜湖市公安局"),
        ("蕪湖市公安局", "芜湖市公安局"),
        ("客户：芜湖市公安局", "芜湖市公安局"),
        ("单位名称:芜湖市公安局。", "芜湖市公安局"),
        ("“芜湖市公安局”*", "芜湖市公安局"),
        ("芜湖市公安局（王经理）", "芜湖市公安局"),
        ("芜湖市公安局(老客户)", "芜湖市公安局"),
        ("芜湖市公安局-政府", "芜湖市公安局"),
        ("可拉【阜阳】化工有限公司", "可拉（阜阳）化工有限公司"),
        ("可拉﹙阜阳﹚化工有限公司", "可拉（阜阳）化工有限公司"),
        ("ｔｃｌ集团", "TCL集团"),
        ("达州市自然资源局（Ａ区）", "达州市自然资源局（A区）"),
        ("", ""),
        ("。", "。"),
    ],
)
def test_normalise(typed: str, expected: str) -> None:
    assert normalise(typed) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一", "1"),
        ("十", "10"),
        ("十二", "12"),
        ("二十", "20"),
        ("八十三", "83"),
        ("一百零一", "101"),
        ("０1", "1"),
    ],
)
def test_number(text: str, value: str) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第一人民医院", "第1人民医院"),
        ("十二中", "第12中"),
        ("一院", "第1院"),
        ("三一重工", "三一重工"),
        ("百度", "百度"),
        ("八一钢铁", "八一钢铁"),
        ("容百科技", "容百科技"),
        ("第一八民医院", "第1八民医院"),
    ],
)
def test_numbered(text: str, expected: str) -> None:
    assert numbered(text) == expected


@given(st.text(alphabet="芜湖市公安局第一人民医院（）()：。 客户-政府蕪A1*", max_size=20))
def test_normalise_twice_is_normalise_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
