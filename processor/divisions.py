"""Administrative divisions, dated: is a place a city or a county, do the typed names fit?

The table `divisions.tsv` names its sources in its header. It is read at the first question, never
at import. Names are compared tolerantly: 安徽 = 安徽省, 南陵 = 南陵县, 白沙县 = 白沙黎族自治县.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("divisions.tsv")


class Level(StrEnum):
    """Level of the place where a taxi is licensed (5.6)."""

    CITY = "地市级及以上"  # a city at prefecture level or above, or one of its districts
    COUNTY = "县级及以下"  # 县, 自治县, 旗, 县级市
    UNKNOWN = "未知"


@dataclass(frozen=True, slots=True)
class Division:
    """One row: in force from `since` to `until` (None = always / still); `now` carries it on."""

    code: str
    name: str
    rank: str  # province | city | county
    parent: str  # code; provinces have none; counties directly under a province have the province
    since: date | None = None
    until: date | None = None
    now: str = ""

    def in_force(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True)
class _Index:
    rows: tuple[Division, ...]
    by_code: dict[str, Division]  # rows still in force
    by_parent: dict[str, tuple[Division, ...]]  # every row ever below a code
    provinces: tuple[Division, ...]


def level_of(
    province: str, city: str, county: str, day: date, *, districts: Level = Level.CITY
) -> Level:
    """Level of the typed place on `day` (clause 5.6; of the successor of a name no longer used).

    县, 自治县, 旗, 县级市 (also directly under a province) are county level. A city without
    counties (东莞…) and a blank county are city level, and so is a district of a city or of a
    直辖市 unless `districts` says otherwise. A province alone and a place the table does not know
    are UNKNOWN.
    """
    place = find(province, city, county, day)
    if place is None:
        return Level.UNKNOWN
    if place.rank != "county":
        return Level.CITY
    return districts if _is_district(place) else Level.COUNTY


def find(province: str, city: str, county: str, day: date) -> Division | None:
    """The division the typed names mean, as it stood on `day`; None when the table cannot tell.

    A county that moved to another city of the province is found there. Without a province, a full
    name is enough where all divisions of that name in the country are of one level.
    """
    city, county = _clean(city), _clean(county)
    county = "" if county in _WHOLE_CITY else county
    top = _find(_index().provinces, province, day)
    if top is None:
        return _find_anywhere(county or city, day)
    below = _index().by_parent.get(top.code, ())
    if _fills(city, top):
        city = ""
    if not city and not county:
        return top if _is_municipality(top) else None
    inside = _counties_of(below)
    place = (_find(below, city, day) or _find(inside, city, day)) if city else None
    if place is None or place.rank == "county":
        found = _find(inside, county, day) if county else place
        return _on(found or place, day)
    own = _index().by_parent.get(place.code, ())
    if not county or not own:  # 东莞, 中山, 嘉峪关 have no counties: any part of them is the city
        return _on(place, day)
    if county == _short(place.name):
        return None  # 芜湖 / 芜湖: the city or the county of that name
    return _on(_find(own, county, day) or _find(inside, county, day), day)


def known(province: str, city: str, county: str) -> bool:
    """Whether the typed names name one place, each inside the one before (today or formerly).

    A blank county is fine; a blank city only under a 直辖市 or for a county directly under a
    province.
    """
    top = _find(_index().provinces, province, None)
    if top is None:
        return False
    below = _index().by_parent.get(top.code, ())
    city, county = _clean(city), _clean(county)
    county = "" if county in _WHOLE_CITY else county
    if _fills(city, top):
        return _find(below, county, None) is not None if county else _is_municipality(top)
    place = _find(below, city, None)
    if place is None:
        return False
    own = _index().by_parent.get(place.code, ())
    return not county or not own or _find(own, county, None) is not None


def provinces() -> tuple[str, ...]:
    """Names of the provinces in force, in the order of their codes."""
    return tuple(row.name for row in _index().provinces)


def cities(province: str) -> tuple[str, ...]:
    """Cities of a province in force and counties directly under it; a 直辖市 is its own city."""
    top = _find(_index().provinces, province, None)
    if top is None:
        return ()
    if _is_municipality(top):
        return (top.name,)
    return tuple(row.name for row in _index().by_parent.get(top.code, ()) if row.until is None)


def counties(province: str, city: str) -> tuple[str, ...]:
    """Counties and districts of a city in force (of a 直辖市 whatever `city` says)."""
    top = _find(_index().provinces, province, None)
    if top is None:
        return ()
    place = top if _is_municipality(top) else _find(_index().by_parent[top.code], city, None)
    below = _index().by_parent.get(place.code, ()) if place else ()
    return tuple(row.name for row in below if row.until is None)


def table() -> tuple[Division, ...]:
    """Every row of the table, ended ones included."""
    return _index().rows


_CITY_FILLERS = frozenset({"", "市辖区", "县", "省直辖", "省直辖县级行政区划", "/", "-", "无"})
_WHOLE_CITY = frozenset({"", "市辖区", "市区", "市本级", "本级", "全市", "/", "-", "无"})

_PEOPLES = (
    "壮族|回族|维吾尔|满族|苗族|彝族|土家族|藏族|蒙古族|蒙古|布依族|侗族|瑶族|白族|朝鲜族|哈尼族|黎族|"
    "哈萨克族|哈萨克|傣族|畲族|傈僳族|东乡族|仡佬族|拉祜族|佤族|水族|纳西族|羌族|土族|仫佬族|锡伯|"
    "柯尔克孜|景颇族|达斡尔族|撒拉族|布朗族|毛南族|塔吉克|普米族|怒族|独龙族|裕固族|保安族|各族"
)
_AUTONOMOUS = re.compile(rf"(?<=..)(?:{_PEOPLES})*自治[区州县旗]$|(?<=..)族自治.$")
_SUFFIX = re.compile(r"(?<=..)(?:特别行政区|自治[区州县旗]|地区|林区|特区|省|市|盟|县|区|旗)$")


def _clean(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text or ""))


@cache
def _short(name: str) -> str:
    """The name without its kind: 安徽省 → 安徽, 白沙黎族自治县 → 白沙; two characters stay."""
    return _SUFFIX.sub("", _AUTONOMOUS.sub("", name)) or name


@cache
def _index() -> _Index:
    rows: list[Division] = []
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith(("#", "code\t")):
            continue
        code, name, rank, parent, since, until, now = line.split("\t")
        rows.append(
            Division(
                code,
                name,
                rank,
                parent,
                date.fromisoformat(since) if since else None,
                date.fromisoformat(until) if until else None,
                now,
            )
        )
    by_parent: dict[str, list[Division]] = {}
    for row in rows:
        by_parent.setdefault(row.parent, []).append(row)
    return _Index(
        rows=tuple(rows),
        by_code={row.code: row for row in rows if row.until is None},
        by_parent={code: tuple(below) for code, below in by_parent.items()},
        provinces=tuple(row for row in rows if row.rank == "province"),
    )


def _counties_of(below: Iterable[Division]) -> tuple[Division, ...]:
    """Counties of all the given cities, and those directly under the province."""
    found: list[Division] = []
    for row in below:
        if row.rank == "county":
            found.append(row)
        else:
            found.extend(_index().by_parent.get(row.code, ()))
    return tuple(found)


def _find(rows: Iterable[Division], typed: str, day: date | None) -> Division | None:
    """The row of that name: in force before ended, the full name before the short one."""
    typed = _clean(typed)
    if not typed:
        return None
    best: Division | None = None
    rank = 99
    for row in rows:
        if row.name == typed:
            worth = 0
        elif _short(row.name) == typed or (
            typed != row.name and _short(typed) == _short(row.name) and len(_short(typed)) > 1
        ):
            worth = 1
        else:
            continue
        worth = worth * 2 + (0 if (row.in_force(day) if day else row.until is None) else 1)
        if worth < rank:
            best, rank = row, worth
    return best


def _on(row: Division | None, day: date) -> Division | None:
    """The row as it stood on `day`: its successor after its end, its forerunner before."""
    if row is None:
        return None
    if row.until is not None and day > row.until and row.now:
        return _index().by_code.get(row.now, row)
    if row.since is not None and day < row.since:
        for former in _index().rows:
            if former.now == row.code and former.in_force(day):
                return former
    return row


def _is_municipality(top: Division) -> bool:
    return top.name.endswith("市")  # 北京, 天津, 上海, 重庆


def _is_district(row: Division) -> bool:
    """市辖区: a 区 of a city; 加格达奇区 and its like lie in a 地区, which is no city."""
    if not row.name.endswith("区") or row.name.endswith(("林区", "特区")):
        return False
    parent = _index().by_code.get(row.parent)
    return parent is None or parent.name.endswith("市")


def _fills(city: str, top: Division) -> bool:
    """Whether the 市 column says nothing: blank, 市辖区, or the 直辖市 itself."""
    return city in _CITY_FILLERS or (_is_municipality(top) and _short(city) == _short(top.name))


def _find_anywhere(name: str, day: date) -> Division | None:
    rows = [_on(row, day) for row in _index().rows if row.rank != "province" and row.name == name]
    ranks = {(row.rank, _is_district(row)) for row in rows if row}
    return rows[0] if len(ranks) == 1 else None
