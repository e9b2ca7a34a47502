"""Where is it: place names at the front of a name and in the place columns, as division codes.

A place is a `Spot`: province, city and county codes (0 = not known) and a zone, the words of a
county or development zone that no code settles. Ended divisions stand for the present one that
carries them on (芜湖县 -> 湾沚区). Facts: `processor/divisions.tsv`, `former_places.tsv`.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache, lru_cache

from processor.matching.gazetteer import NOWHERE, Spot, gazetteer, short


class Relation(IntEnum):
    """How two places lie to each other."""

    SAME = 0
    WITHIN = 1  # one lies in the other
    UNKNOWN = 2  # at least one is not known
    APART = 3


_ZONE = re.compile(
    r"((?:[\u4e00-\u9fa5]{0,8}?)(?:经济技术开发区|高新技术产业开发区|高新技术产业园区|经济开发区|工业园区|高新区|经开区|开发区|新区|示范区|管理区|保税区))"
)
_COMMON_WORDS = frozenset({"城区", "郊区", "矿区", "新区", "东区", "西区", "南区", "北区"})


def contains(outer: Spot, inner: Spot) -> bool:
    """Is `inner` the same place as `outer` or inside it, as far as `outer` is known?"""
    if outer.province and outer.province != inner.province:
        return False
    if outer.city and outer.city != inner.city:
        return False
    return not outer.county or outer.county == inner.county


def relation(a: Spot, b: Spot) -> Relation:
    """How the places lie to each other; zones count only where codes leave the question open."""
    if not a or not b:
        return Relation.UNKNOWN
    if a.province and b.province and a.province != b.province:
        return Relation.APART
    if a.city and b.city and a.city != b.city:
        return Relation.APART
    if a.county and b.county:
        return Relation.SAME if a.county == b.county else Relation.APART
    if a.zone and b.zone:
        if a.zone != b.zone and not (a.zone.endswith(b.zone) or b.zone.endswith(a.zone)):
            return Relation.APART
        return Relation.SAME if a.city and a.city == b.city else Relation.UNKNOWN
    if (a.zone and b.county) or (b.zone and a.county):
        name, words = gazetteer().names[a.county or b.county], a.zone or b.zone
        return Relation.UNKNOWN if words in (name, short(name)) else Relation.APART
    if not (a.province and b.province):
        return Relation.UNKNOWN
    if a == b:
        return Relation.SAME
    return Relation.WITHIN


def _fits(spot: Spot, frame: Spot) -> bool:
    return relation(spot, frame) in (Relation.SAME, Relation.WITHIN)


def _choose(codes: tuple[int, ...], complete: bool, inside: Spot, field: Spot) -> Spot | None:
    """The one reading that agrees with what is already known; None = no place after all."""
    spots = gazetteer().spots
    readings = [spots[code] for code in codes]
    if inside:
        readings = [r for r in readings if r != inside and (contains(inside, r))]
        if not readings:
            return None
    if field:
        agreeing = [r for r in readings if _fits(r, field)]
        if agreeing:
            readings = agreeing
    wide = [r for r in readings if not r.county]
    if wide and not complete:
        return wide[0]
    if not complete and not inside and not (field and _fits(readings[0], field)):
        return None  # a short county name alone (紫金, 凌云) may be a brand
    if len(readings) == 1:
        return readings[0]
    if wide:
        return wide[0]
    return Spot()  # several places of this name


def leading(text: str, field: Spot) -> tuple[Spot, int]:
    """The place at the front of `text` and the number of characters it takes.

    `field` (the place columns) settles which of several places of one name is meant.
    """
    spot, size, _ = reading(text, field)
    return spot, size


def reading(text: str, field: Spot, mending: bool = False) -> tuple[Spot, int, str]:
    """`leading`; with `mending` also a name with one slip (the third says 「供洞县→洪洞县」)."""
    spot, at, mended = NOWHERE, 0, ""
    for _ in range(4):
        step = _step(text, at, spot, field)
        if mending and not mended and (step is None or not step[2]) and _SUFFIXED.match(text, at):
            fixed = _mended(text, at, spot, field)
            if fixed:
                spot, taken, mended = fixed
                at += taken
                continue
        if step is None:
            break
        spot, taken, _ = step
        at += taken
    zone = _ZONE.match(text, at)
    if zone and not spot.county and len(zone.group(1)) - 2 <= 14:
        if not spot and field.city:
            spot = Spot(
                field.province, field.city
            )  # 「高新区」 alone lies in the city of the columns
        words = zone_label(zone.group(1), spot)
        spot = Spot(spot.province, spot.city, 0, words)
        at = zone.end()
    return spot, at, mended


_SUFFIXED = re.compile(r"[\u4e00-\u9fa5]{1,13}?[省市县区旗州盟]")
_STREET = ("大道", "大街")


def _step(text: str, at: int, spot: Spot, field: Spot) -> tuple[Spot, int, bool] | None:
    """One place name at `at`: the place then known, its length, whether it is a complete name."""
    table = gazetteer()
    for name, codes, complete in table.starts.get(text[at : at + 2], ()):
        if not text.startswith(name, at):
            continue
        rest = text[at + len(name) : at + len(name) + 2]
        if rest == "立医" or rest == "立中":
            continue  # 「苏州市立医院」 is 苏州 + 市立医院
        street = rest[:1] in ("路", "街", "镇", "乡", "村") and rest not in table.starts
        if not complete and (street or rest in _STREET):
            continue  # 「中山路」, 「金寨镇」
        if not complete and rest[:1] in _SUFFIXES and rest not in _WORDS_IN_SUFFIX:
            continue  # 「宣州区」 is not 「宣州」 + 「区」 of another place
        if spot and not complete and text[at + len(name) :] in ("大学", "学院"):
            continue  # 「西安长安大学」 is not a university of 长安区
        chosen = _choose(codes, complete and name not in _COMMON_WORDS, spot, field)
        if chosen is None:
            if spot and any(contains(table.spots[c], spot) for c in codes):
                return spot, len(name), True  # said twice, or the wider place after the narrower
            continue
        if chosen == NOWHERE:
            return Spot(spot.province, spot.city, 0, name), len(name), complete
        return chosen, len(name), complete
    return None


_SUFFIXES = frozenset("省市县区旗州盟")
_WORDS_IN_SUFFIX = frozenset(
    {"市政", "市场", "省委", "区域", "市民", "市容", "州际", "县域", "市立", "省立", "县立"}
)


@cache
def _below(code: int) -> dict[str, int]:
    """Names, ended ones too, of the divisions below a province or city."""
    table = gazetteer()
    outer = table.spots[code]
    return {
        name: one
        for entries in table.starts.values()
        for name, codes, complete in entries
        if complete
        for one in codes
        if one != code and contains(outer, table.spots[one]) and table.spots[one] != outer
    }


def _mended(text: str, at: int, spot: Spot, field: Spot) -> tuple[Spot, int, str] | None:
    """A place name with one slip, where the wider place is known from the name or the columns."""
    from processor.matching.mend import mended_place

    table = gazetteer()
    names: dict[str, int] = {}
    if spot.province and not spot.county:
        names = dict(_below(spot.city or spot.province))
    elif not spot:
        names = {table.names[code]: code for code in field[:3] if code}
    sure = ""
    if field and contains(spot, field):
        for code in (field.county, field.city):
            if code and code not in spot:
                sure = table.names[code]
                names[sure] = code
                if text.startswith(sure[0], at) or text.startswith(sure[1:3], at + 1):
                    break
    if not names:
        return None
    name, taken = mended_place(text[at : at + 16], names, sure)
    if not name or text.startswith(name, at):
        return None
    return table.spots[names[name]], taken, f"{text[at : at + taken]}→{name}"


def zone_label(words: str, spot: Spot) -> str:
    """A development zone without the city it repeats: 「郑州高新技术产业开发区」 -> 「高新区」."""
    names = gazetteer().names
    for code in (spot.city, spot.province):
        if code:
            cut = short(names[code])
            words = words.removeprefix(names[code]).removeprefix(cut)
    for long, brief in (
        ("经济技术开发区", "经开区"),
        ("高新技术产业开发区", "高新区"),
        ("高新技术产业园区", "高新区"),
        ("经济开发区", "经开区"),
    ):
        words = words.replace(long, brief)
    return words


@lru_cache(maxsize=20000)
def of_columns(province: str, city: str, county: str) -> Spot:
    """The place the three columns name; what they leave open or contradict stays unknown."""
    spot = NOWHERE
    table = gazetteer()
    for words in (province, city, county):
        words = words.strip()
        if not words or words in ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"):
            continue
        best: Spot | None = None
        for name, codes, _ in table.starts.get(words[:2], ()):
            if name != words and name != short(words):
                continue
            readings = [table.spots[c] for c in codes if not spot or contains(spot, table.spots[c])]
            readings = [r for r in readings if not (spot and r == spot)] or readings
            if words is county or (words == county.strip() and words != city.strip()):
                narrow = [r for r in readings if r.county or r.city != spot.city]
                readings = narrow or readings
            else:
                wide = [r for r in readings if not r.county]
                readings = wide or readings
            if readings:
                best = readings[0] if len(readings) == 1 or not readings[0].county else None
                break
        if best is not None:
            spot = best
        elif words == county.strip() and words not in (city.strip(), province.strip()):
            spot = Spot(spot.province, spot.city, 0, zone_label(words, spot))
    return spot


def label(spot: Spot) -> str:
    """The place in Chinese, for reasons: 「安徽省芜湖市南陵县」."""
    names = gazetteer().names
    parts: list[str] = []
    for code in (spot.province, spot.city, spot.county):
        if code and names[code] not in parts:
            parts.append(names[code])
    return "".join(parts) + spot.zone


def finest(spot: Spot) -> str:
    """A key of the most specific division known."""
    if spot.zone:
        return f"{spot.city or spot.province}{spot.zone}"
    return str(spot.county or spot.city or spot.province)
