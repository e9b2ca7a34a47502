"""Names taken apart."""

from __future__ import annotations

import pytest

from processor.matching.names import Place, parse
from processor.matching.places import label


@pytest.mark.parametrize(
    ("name", "core", "unit", "branch", "place"),
    [
        ("芜湖市公安局交通警察支队", "公安局", "交警", "", "安徽省芜湖市"),
        ("芜湖交警", "公安局", "交警", "", "安徽省芜湖市"),
        ("芜湖市公安局交警支队一大队", "公安局", "交警支队第1大队", "", "安徽省芜湖市"),
        ("芜湖市公安局镜湖分局", "公安局", "", "", "安徽省芜湖市镜湖区"),
        ("芜湖市镜湖区公安分局", "公安局", "", "", "安徽省芜湖市镜湖区"),
        ("国网安徽省电力有限公司芜湖供电公司", "国家电网", "", "", "安徽省芜湖市"),
        ("工行芜湖分行", "中国工商银行", "", "", "安徽省芜湖市"),
        ("中国工商银行股份有限公司芜湖镜湖支行", "中国工商银行", "支行", "", "安徽省芜湖市镜湖区"),
        ("芜湖移动", "中国移动", "", "", "安徽省芜湖市"),
        ("芜湖移动互联科技有限公司", "移动互联科技", "", "", "安徽省芜湖市"),
        ("国家税务总局芜湖市税务局", "税务局", "", "", "安徽省芜湖市"),
        ("中共芜湖市委宣传部", "党委", "宣传部", "", "安徽省芜湖市"),
        ("中国人民政治协商会议芜湖市委员会", "政协", "", "", "安徽省芜湖市"),
        ("秦皇岛市福度出租车有限公司淮南市分公司", "福度出租", "", "分公司", "河北省秦皇岛市"),
        ("福度出租车有限公司第三分公司", "福度出租", "", "第3分公司", ""),
        ("御胜（黑河）医药有限公司", "御胜医药", "", "", "黑龙江省黑河市"),
        ("福建松隐集团电子商务有限公司", "松隐集团电商", "", "", "福建省"),
        ("安徽医科大学第一附属医院", "医大", "附属第1医院", "", "安徽省"),
        ("安医大一附院", "医大", "附属第1医院", "", "安徽省"),
        ("达州市自然资源局（A区）", "自然资源局", "（A区）", "", "四川省达州市"),
        ("芜湖市公安消防支队", "消防", "", "", "安徽省芜湖市"),
        ("芜湖市消防救援支队", "消防", "", "", "安徽省芜湖市"),
    ],
)
def test_parse(name: str, core: str, unit: str, branch: str, place: str) -> None:
    parts = parse(name, Place())
    assert (parts.core, parts.unit, parts.branch, label(parts.seat)) == (core, unit, branch, place)


def test_the_columns_say_whose_first_hospital_it_is() -> None:
    parts = parse("市一院", Place("安徽", "芜湖", ""))
    assert (parts.core, label(parts.seat)) == ("第1医院", "安徽省芜湖市")


def test_a_group_mark_is_no_part_of_the_core() -> None:
    assert parse("芜湖市公共交通集团有限公司", Place()).core == parse("芜湖公交公司", Place()).core


@pytest.mark.parametrize(
    "name", ["", "。", "（）", "公司", "有限公司", "芜湖市", "第", "集团", "A"]
)
def test_odd_names_are_read_without_a_fault(name: str) -> None:
    assert parse(name, Place("安徽", "芜湖", "")).text == parse(name, Place()).text
