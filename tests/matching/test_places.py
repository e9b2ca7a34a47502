"""Places in names and columns."""

from __future__ import annotations

import pytest

from processor.matching.places import (
    NOWHERE,
    Relation,
    label,
    leading,
    of_columns,
    reading,
    relation,
)


@pytest.mark.parametrize(
    ("text", "columns", "place", "rest"),
    [
        ("芜湖市公安局", (), "安徽省芜湖市", "公安局"),
        ("芜湖公安局", (), "安徽省芜湖市", "公安局"),
        ("安徽省芜湖市南陵县公安局", (), "安徽省芜湖市南陵县", "公安局"),
        ("泾县公安局", (), "安徽省宣城市泾县", "公安局"),
        ("南陵公安局", ("安徽", "芜湖", ""), "安徽省芜湖市南陵县", "公安局"),
        ("紫金矿业", (), "", "紫金矿业"),
        ("鼓楼区法院", (), "鼓楼区", "法院"),
        ("鼓楼区法院", ("江苏", "南京", ""), "江苏省南京市鼓楼区", "法院"),
        ("朝阳区法院", ("北京", "", ""), "北京市朝阳区", "法院"),
        ("朝阳市法院", (), "辽宁省朝阳市", "法院"),
        ("吉林市公安局", (), "吉林省吉林市", "公安局"),
        ("吉林省公安厅", (), "吉林省", "公安厅"),
        ("芜湖县法院", (), "安徽省芜湖市湾沚区", "法院"),
        ("襄樊市法院", (), "湖北省襄阳市", "法院"),
        ("恩施州法院", (), "湖北省恩施土家族苗族自治州", "法院"),
        ("恭城县法院", (), "广西壮族自治区桂林市恭城瑶族自治县", "法院"),
        ("宁波市镇海区医院", (), "浙江省宁波市镇海区", "医院"),
        ("中山路小学", (), "", "中山路小学"),
        ("宣州区法院", (), "安徽省宣城市宣州区", "法院"),
        ("仙桃市法院", (), "湖北省仙桃市", "法院"),
        ("苏州市立医院", (), "江苏省苏州市", "市立医院"),
        ("郑州市郑州高新技术产业开发区二院", (), "河南省郑州市高新区", "二院"),
        ("内蒙古公安厅", (), "内蒙古自治区", "公安厅"),
        ("长安县公安局", (), "陕西省西安市长安区", "公安局"),
    ],
)
def test_leading(text: str, columns: tuple[str, ...], place: str, rest: str) -> None:
    field = of_columns(*columns) if columns else NOWHERE
    spot, size = leading(text, field)
    assert (label(spot), text[size:]) == (place, rest)


@pytest.mark.parametrize(
    ("columns", "place"),
    [
        (("安徽", "芜湖", "镜湖区"), "安徽省芜湖市镜湖区"),
        (("北京市", "北京市", ""), "北京市"),
        (("重庆市", "市辖区", "垫江县"), "重庆市垫江县"),
        (("", "", "泾县"), "安徽省宣城市泾县"),
        (("新疆", "喀什", "喀什市"), "新疆维吾尔自治区喀什地区喀什市"),
        (("", "", ""), ""),
        (("吉林", "吉林", ""), "吉林省吉林市"),
        (("河南", "郑州", "郑州高新技术产业开发区"), "河南省郑州市高新区"),
    ],
)
def test_of_columns(columns: tuple[str, str, str], place: str) -> None:
    assert label(of_columns(*columns)) == place


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("芜湖市", "安徽省芜湖市", Relation.SAME),
        ("芜湖市", "镜湖区", Relation.WITHIN),
        ("芜湖市", "合肥市", Relation.APART),
        ("安徽省", "芜湖市", Relation.WITHIN),
        ("江苏省", "江西省", Relation.APART),
        ("鼓楼区", "南京市鼓楼区", Relation.UNKNOWN),
        ("鼓楼区", "南京市玄武区", Relation.APART),
        ("", "芜湖市", Relation.UNKNOWN),
    ],
)
def test_relation(a: str, b: str, expected: Relation) -> None:
    one, other = leading(a, NOWHERE)[0], leading(b, NOWHERE)[0]
    assert relation(one, other) is expected
    assert relation(other, one) is expected


def test_a_slip_in_a_place_is_mended_where_the_wider_place_is_known() -> None:
    spot, size, mended = reading("临汾市供洞县公安局", NOWHERE, mending=True)
    assert (label(spot), size, mended) == ("山西省临汾市洪洞县", 6, "供洞县→洪洞县")


def test_another_county_is_no_slip() -> None:
    spot, _, mended = reading("芜湖市南陵县公安局", NOWHERE, mending=True)
    assert (label(spot), mended) == ("安徽省芜湖市南陵县", "")
