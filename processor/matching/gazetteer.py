"""The division table as names and places: complete, short and former names.

Facts: `processor/divisions.tsv`, `former_places.tsv`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).resolve().parent.parent / "divisions.tsv"
FORMER = Path(__file__).resolve().parent / "former_places.tsv"


class Spot(NamedTuple):
    """A place: codes of GB/T 2260, 0 = unknown; `zone` = words of an unresolved county or zone."""

    province: int = 0
    city: int = 0
    county: int = 0
    zone: str = ""

    def __bool__(self) -> bool:
        return bool(self.province or self.zone)


NOWHERE = Spot()
_MUNICIPALITIES = frozenset({110000, 120000, 310000, 500000})

ETHNIC = (
    "蒙古族|回族|藏族|维吾尔族|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|傣族|黎族|傈僳族|"
    "佤族|畲族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|"
    "维吾尔|普米族|怒族|鄂温克族|独龙族|裕固族|保安族|各族|蒙古|哈萨克|柯尔克孜|塔吉克|锡伯|达斡尔|回"
)
_TAIL = re.compile(
    rf"(?:{ETHNIC})*(?:自治州|自治县|自治旗|自治区|特别行政区|地区|林区|特区|新区|矿区|省|市|县|区|盟|旗)$"
)
# County names that are ordinary words of organisation names: never a place without their suffix.
_NEVER_SHORT = frozenset(
    {"公安", "建设", "紫金", "东方", "平安", "和平", "民主", "胜利", "红旗", "新华", "解放", "人民"}
)


class Gazetteer(NamedTuple):
    """Names by their first two characters: (name, codes, complete), longest first."""

    starts: dict[str, tuple[tuple[str, tuple[int, ...], bool], ...]]
    names: dict[int, str]
    spots: dict[int, Spot]


def short(name: str) -> str:
    """The name without its suffix, or the name itself when one character would remain."""
    if name.startswith("内蒙古"):
        return "内蒙古"
    cut = _TAIL.sub("", name)
    return cut if len(cut) >= 2 else name


class _Row(NamedTuple):
    code: int
    name: str
    level: str
    parent: int
    now: int  # code that carries an ended division on; 0 = in force


@cache
def gazetteer() -> Gazetteer:
    """The division table, read once."""
    rows = list(_rows())
    present = {row.code: row for row in rows if not row.now}
    spots = {code: _spot(row) for code, row in present.items()}
    found: dict[str, tuple[bool, dict[int, None]]] = {}

    def add(name: str, code: int, complete: bool) -> None:
        known = found.get(name, (False, {}))
        found[name] = (known[0] or complete, known[1] | {code: None})

    def add_forms(name: str, level: str, code: int) -> None:
        add(name, code, True)
        cut = short(name)
        if cut == name:
            return
        if level != "county" or cut not in _NEVER_SHORT:
            add(cut, code, False)
        if "自治" in name and level != "province":
            add(cut + name[-1], code, True)  # 黔南州, 恭城县, 鄂伦春旗

    for row in present.values():
        add_forms(row.name, row.level, row.code)
    later = {row.code: row.now for row in rows if row.now}
    for row in rows:
        now = row.now
        for _ in range(5):  # ended, and what carried it on may have ended too
            now = now if now in present else later.get(now, 0)
        if now:
            add(row.name, now, True)
            if row.level == "city":
                add(short(row.name), now, False)
    for name, code in _former(present):
        add(name, code, True)
    starts: dict[str, list[tuple[str, tuple[int, ...], bool]]] = {}
    for name, (complete, codes) in found.items():
        starts.setdefault(name[:2], []).append((name, tuple(codes), complete))
    return Gazetteer(
        {key: tuple(sorted(items, key=lambda i: -len(i[0]))) for key, items in starts.items()},
        {code: row.name for code, row in present.items()},
        spots,
    )


def _rows() -> Iterator[_Row]:
    with TABLE.open(encoding="utf-8") as lines:
        cells = (line.rstrip("\n").split("\t") for line in lines if not line.startswith("#"))
        heading = next(cells)
        for values in cells:
            row = dict(zip(heading, values, strict=False))
            ended = int(row.get("now") or 0)
            if ended or not row.get("until"):
                yield _Row(
                    int(row["code"]), row["name"], row["level"], int(row["parent"] or 0), ended
                )


def _spot(row: _Row) -> Spot:
    province = row.code // 10000 * 10000
    if row.level == "province":
        return Spot(province, province if province in _MUNICIPALITIES else 0)
    if row.level == "city":
        return Spot(province, row.code)
    if row.parent != province:
        return Spot(province, row.parent, row.code)
    if province in _MUNICIPALITIES:  # a city as well as a province
        return Spot(province, province, row.code)
    return Spot(province, row.code)  # a county under the province itself (仙桃, 济源)


def _former(present: dict[int, _Row]) -> Iterator[tuple[str, int]]:
    codes: dict[str, list[int]] = {}
    for row in present.values():
        codes.setdefault(row.name, []).append(row.code)
        if row.parent:
            codes.setdefault(present[row.parent].name + row.name, []).append(row.code)
    for line in FORMER.read_text(encoding="utf-8").splitlines():
        if not line.startswith(("#", "former")):
            old, new = line.split("\t")
            (code,) = codes[new]  # the table says 「西安市长安区」 where a name is not the only one
            yield old, code
