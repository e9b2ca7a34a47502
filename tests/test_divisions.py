"""The dated division table: levels, tolerant names, renames, listings."""

from __future__ import annotations

from datetime import date

import pytest

from processor.divisions import Level, cities, counties, find, known, level_of, provinces, table

TODAY = date(2026, 11, 3)


@pytest.mark.parametrize(
    ("place", "level"),
    [
        (("安徽省", "芜湖市", "南陵县"), Level.COUNTY),
        (("安徽", "芜湖", "南陵"), Level.COUNTY),
        ((" 安徽 省", "芜湖市 ", "南 陵县"), Level.COUNTY),
        (("安徽", "安庆", "桐城"), Level.COUNTY),
        (("安徽省", "芜湖市", "镜湖区"), Level.CITY),
        (("安徽省", "芜湖市", "镜湖"), Level.CITY),
        (("安徽省", "芜湖市", ""), Level.CITY),
        (("安徽省", "芜湖市", "市辖区"), Level.CITY),
        (("上海市", "", "浦东新区"), Level.CITY),
        (("上海", "上海", "浦东新区"), Level.CITY),
        (("北京市", "市辖区", "朝阳区"), Level.CITY),
        (("上海市", "", ""), Level.CITY),
        (("重庆市", "县", "巫山县"), Level.COUNTY),
        (("重庆市", "重庆市", "涪陵区"), Level.CITY),
        (("广东省", "东莞市", "虎门镇"), Level.CITY),
        (("广东省", "中山市", ""), Level.CITY),
        (("海南省", "儋州市", ""), Level.CITY),
        (("甘肃省", "嘉峪关市", "雄关区"), Level.CITY),
        (("湖北省", "仙桃市", ""), Level.COUNTY),
        (("湖北省", "", "仙桃市"), Level.COUNTY),
        (("湖北省", "省直辖县级行政区划", "神农架林区"), Level.COUNTY),
        (("河南省", "济源市", ""), Level.COUNTY),
        (("安徽省", "桐城市", ""), Level.COUNTY),  # a county-level city typed in the 市 column
        (("贵州省", "六盘水市", "六枝特区"), Level.COUNTY),
        (("黑龙江省", "大兴安岭地区", "加格达奇区"), Level.COUNTY),
        (("海南省", "", "白沙县"), Level.COUNTY),
        (("内蒙古", "呼伦贝尔", "鄂伦春旗"), Level.COUNTY),
        (("甘肃", "临夏", "东乡县"), Level.COUNTY),
        (("四川", "凉山", "西昌"), Level.COUNTY),
        (("云南", "西双版纳", "景洪市"), Level.COUNTY),
        (("安徽", "安庆", "枞阳县"), Level.COUNTY),  # with 铜陵 since 2015
        (("安徽", "芜湖", "芜湖"), Level.UNKNOWN),  # the city, or the county of that name
        (("安徽", "芜湖", "江城开发区"), Level.UNKNOWN),
        (("安徽", "", ""), Level.UNKNOWN),
        (("安徽", "某市", ""), Level.UNKNOWN),
        (("", "", ""), Level.UNKNOWN),
        (("", "", "南陵县"), Level.COUNTY),  # one place of that name in the country
        (("", "", "鼓楼区"), Level.CITY),  # several, all districts
        (("", "芜湖市", ""), Level.CITY),
    ],
)
def test_level_today(place: tuple[str, str, str], level: Level) -> None:
    assert level_of(*place, TODAY) is level


@pytest.mark.parametrize(
    ("place", "last_day", "before", "after"),
    [
        (("安徽", "芜湖", "繁昌县"), "2020-07-15", Level.COUNTY, Level.CITY),
        (("安徽", "芜湖", "繁昌区"), "2020-07-15", Level.COUNTY, Level.CITY),
        (("安徽", "芜湖", "无为县"), "2019-12-15", Level.COUNTY, Level.COUNTY),
        (("安徽", "巢湖", ""), "2011-08-21", Level.CITY, Level.COUNTY),
        (("安徽", "巢湖市", "居巢区"), "2011-08-21", Level.CITY, Level.COUNTY),
        (("江苏", "南通", "海门市"), "2020-07-14", Level.COUNTY, Level.CITY),
        (("山东", "莱芜市", "莱城区"), "2019-01-08", Level.CITY, Level.CITY),
        (("山东", "烟台", "蓬莱市"), "2020-06-24", Level.COUNTY, Level.CITY),
    ],
)
def test_level_changes_with_the_day(
    place: tuple[str, str, str], last_day: str, before: Level, after: Level
) -> None:
    day = date.fromisoformat(last_day)
    assert level_of(*place, day) is before
    assert level_of(*place, date.fromordinal(day.toordinal() + 1)) is after


def test_districts_may_be_read_as_counties() -> None:
    place = ("安徽省", "芜湖市", "镜湖区")
    assert level_of(*place, TODAY, districts=Level.COUNTY) is Level.COUNTY
    assert level_of("安徽省", "芜湖市", "", TODAY, districts=Level.COUNTY) is Level.CITY


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("安徽省", "芜湖市", "南陵县"), True),
        (("安徽", "芜湖", ""), True),
        (("安徽", "合肥", "南陵县"), False),
        (("安徽", "", "南陵县"), False),
        (("安徽", "芜湖", "无为县"), True),  # formerly
        (("安徽", "芜湖", "没有县"), False),
        (("上海市", "", "浦东新区"), True),
        (("上海市", "", ""), True),
        (("湖北", "", "仙桃市"), True),
        (("广东", "东莞", "虎门镇"), True),
        (("火星", "", ""), False),
    ],
)
def test_known(place: tuple[str, str, str], expected: bool) -> None:
    assert known(*place) is expected


def test_listings() -> None:
    assert len(provinces()) == 34
    assert {"芜湖市", "合肥市"} <= set(cities("安徽省"))
    assert "巢湖市" not in cities("安徽省")
    assert cities("上海市") == ("上海市",)
    assert "仙桃市" in cities("湖北")
    assert set(counties("安徽", "芜湖")) == {
        *("镜湖区", "鸠江区", "弋江区", "湾沚区", "繁昌区", "南陵县", "无为市")
    }
    assert "浦东新区" in counties("上海市", "")
    assert counties("广东", "东莞") == cities("火星") == counties("火星", "") == ()


def test_every_place_in_force_is_found_by_its_own_name() -> None:
    rows = {row.code: row for row in table() if row.until is None}
    assert len(rows) > 3100
    for row in rows.values():
        if row.rank != "county":
            continue
        above = rows[row.parent]
        city = "" if above.rank == "province" else above.name
        province = above.name if above.rank == "province" else rows[above.parent].name
        assert find(province, city, row.name, TODAY) == row, row
        assert known(province, city, row.name), row


def test_every_ended_row_leads_to_one_in_force() -> None:
    rows = {row.code: row for row in table() if row.until is None}
    ended = [row for row in table() if row.until is not None]
    assert len(ended) > 350
    assert all(row.now in rows for row in ended if row.now)
    assert sum(not row.now for row in ended) <= 5  # divided among several
    assert all(row.until is None or row.since is None or row.since <= row.until for row in table())
