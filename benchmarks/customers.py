"""Invented customers and reports, the same for every number: no random state, no clock.

Place names are real, since the division table knows only real ones; what is composed of them is
not. Two customers of one county differ in at least two characters of their brand, so that no
reasonable comparison takes one for the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

_BRAND = "晟凯瑞德鹏嘉泓博致灏铭翰骏腾远诺卓禾璟沐迅飞拓朗程旺捷驰凌倍尔澜曼韬祺歌"
_TRADES = ("纺织", "建材", "食品", "机械制造", "电力工程", "印刷包装", "水泥制品")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = ("志明", "建国", "海峰", "晓燕", "文静", "思远", "雅琴", "立新", "春梅", "永强", "丽华")
_MODELS = ("瑞虎8", "瑞虎5x", "艾瑞泽5", "艾瑞泽8", "开瑞优劲")
_CONTENT = (
    "已走访客户，年内采购计划已报批，预计年底挂网",
    "客户来电询价，计划更新现有通勤车辆，等待预算批复",
    "招标公告已发布，正在准备投标文件，下周递交",
    "已完成试乘试驾，客户比较两个品牌，下月定标",
)


@dataclass(frozen=True, slots=True)
class Report:
    """One row of 大客户信息记录表 as a dealer would write it."""

    customer: str
    category: str
    province: str
    city: str
    county: str
    model: str
    quantity: int | None
    expected: date
    contact: str
    phone: str
    title: str
    origin: str
    content: str


@cache
def _counties() -> tuple[tuple[str, str, str], ...]:
    """Every county and county-level city, with city and province; no districts."""
    from processor.divisions import cities, counties, provinces

    found = [
        (province, city, county)
        for province in provinces()
        for city in cities(province)
        for county in counties(province, city)
        if county.endswith("县") and len(county) >= 3
    ]
    return tuple(dict.fromkeys(found))


def report(number: int) -> Report:
    """What is reported of customer `number` (0 ≤ number < 50 million)."""
    places = _counties()
    size = len(_BRAND)
    serial, place = divmod(number, len(places))
    # Brands spread over all combinations of three letters; the fourth is their sum, so that two
    # brands of one county are never one letter apart.
    code = (serial * 997 + place * 41) % size**3
    letters = (code // size**2, code // size % size, code % size)
    brand = "".join(_BRAND[i] for i in (*letters, sum(letters) % size))
    trade = _TRADES[(place + serial) % len(_TRADES)]
    province, city, county = places[place]
    return Report(
        customer=f"{county}{brand}{trade}有限公司",
        category="企事业单位",
        province=province,
        city=city,
        county=county,
        model=_MODELS[number % len(_MODELS)],
        quantity=10 + number % 31 if number % 20 == 7 else 3 + number % 6,  # large: one in twenty
        expected=date(2026, 12, 1 + number % 28),
        contact=_SURNAMES[number % 20] + _GIVEN[number // 20 % 11],
        phone=f"1{33 + number % 7 * 2:02d}{(number * 7919 + 10_000_019) % 100_000_000:08d}",
        title="采购部经理",
        origin=("走访", "客户来电", "招标公告", "转介绍")[number % 4],
        content=_CONTENT[number % len(_CONTENT)],
    )
