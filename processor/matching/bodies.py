"""Institutions: which kind of body a name names, its department, offices of networks."""

from __future__ import annotations

import re
from typing import NamedTuple

from processor.matching.gazetteer import NOWHERE, Spot
from processor.matching.places import contains, leading
from processor.matching.tables import aliases, canonical
from processor.matching.text import numbered

FULL_LEGAL = (
    "股份有限责任公司|集团股份有限公司|集团有限责任公司|股份有限公司|集团有限公司|有限责任公司|"
    "有限公司|责任有限公司|股份合作公司|股份公司"
)
_HEAD = re.compile(
    r"^(.*?)(公安局|公安厅|监委|纪委监委|纪委|政府办|政府|人大|政协|党委|中院|高院|法院|检察院|卫生院|保健院|"
    r"福利院|敬老院|研究院|设计院|科学院|医院|大学|师大|工大|农大|林大|医大|中医药大|理工大|财大|科大|交大|外大|民大|海大|"
    r"矿大|体大|电力大|石油大|地质大|邮电大|政法大|传媒大|农林大|学院|职院|师院|体院|党校|中学|高中|初中|小学|幼儿园|学校|"
    r"管委会|村委会|街道|社区|(?:发改|卫健|卫计|住建|工信|经信|国资|民宗|农业农村|城管|交通|城乡建设|团|政法|编|文旅|监)委|"
    r"委员会|[^局处]{1,12}?局|[^厅]{1,8}?厅|总队|支队|大队|中队|监狱|海关|派出所|看守所|疾控中心|急救中心|公积金中心|"
    r"图书馆|博物馆|档案馆|文化馆|体育馆|广播电视台|电视台|血站|供销社|农信社|总工会|妇联|残联|工商联|红十字会|团委|"
    r"共青团|研究所|林场|协会|学会)"
)
# Other bodies are told whole: 「融媒体中心」, 「气象站」, 「老年活动室」.
_ENDING = re.compile(r"(?:中心|基地|办公室|站|所|处|馆|办|园|社|会|场|队|部|室|委)$")
_POLICE = re.compile(
    r"^(?:公安)?((?:高速)?交警|交管局|刑警|特警|巡警|巡特警|治安|禁毒|网安|出入境|看守所|拘留所|戒毒所|"
    r"车管所|车辆管理所|派出所)(.*)$"
)
_LEVEL = re.compile(r"(?<=[\u4e00-\u9fa5])(?:总队|支队|大队)$")
_LOCAL_TAIL = re.compile(r"^(?:（?集团）?)?(?:股份|有限|责任)*(?:分公司|公司|局)?$")
_LEGAL_AT_FRONT = re.compile(rf"^(?:集团)?(?:{FULL_LEGAL}|总公司|集团公司|公司|集团$)")
_GRID_BEFORE = re.compile(r"^(?:电力|电网)(?=有限|公司|责任|$)")
_GRID_OFFICE = re.compile(r"^(?:供电|电力)(?:有限责任|有限)?(?:分公司|公司|局)$")
_OFFICE = re.compile(r"^(?:省|市|县|区)?(?:石油|销售)?(?:中心支公司|支公司|分公司|分行|公司)$")
GRIDS = ("国家电网", "南方电网")


class Body(NamedTuple):
    """An institution: what it is, which part of it, where."""

    core: str
    unit: str
    seat: Spot
    complete: bool = True
    group: bool = False


def institution(word: str, seat: Spot, field: Spot) -> Body | None:
    """The institution a canonical word names; None when it names no kind of body."""
    police = _POLICE.match(word)
    if police:
        unit = _LEVEL.sub("", police.group(1) + police.group(2))
        return Body("公安局", "交警" if unit == "交管局" else unit, seat)
    if word.startswith("交通执法"):
        word = "交通局综合执法" + word.removeprefix("交通执法")
    match = _HEAD.match(word)
    if not match or word.endswith("集团"):
        return Body(word, "", seat) if _ENDING.search(word) and len(word) > 3 else None
    core, unit = match.group(0), word[match.end() :]
    stem = _LEVEL.sub("", core)
    if stem in ("消防", "武警", "消防救援") and not unit:
        return Body(stem.replace("救援", ""), "", seat)
    if core.endswith(("派出所", "看守所")):
        return Body("公安局", core.removeprefix("公安") + unit, seat)
    if core.endswith("公安分局"):
        return _police_station(core.removesuffix("公安分局"), unit, seat, field)
    local = re.match(r"^(.{2,8}?)分局(.*)$", unit)
    if local and core.endswith("局"):
        found, size = leading(local.group(1), seat or field)
        if size == len(local.group(1)) and found:
            return Body(core, local.group(2), found)
    if core.endswith("分局") and len(core) > 3:
        core = core.removesuffix("分局") + "局"
    if unit:
        found, size = leading(unit, seat)
        if size and found == seat:  # 「芜湖市纪委芜湖市监委」
            unit = unit[size:]
    if core in ("纪委", "纪委监委") and unit in ("", "监委"):
        core, unit = "纪委", ""
    if core == "公安厅":  # the seat tells the province's from the city's
        core = "公安局"
    if core == "公安局" and unit == "交管局":
        unit = "交警"
    if core == "公安局" and unit:
        unit = unit.removeprefix("公安")
        if not re.search(r"\d", unit[-4:]):
            unit = _LEVEL.sub("", unit)
    return Body(core, unit, seat)


def _police_station(stem: str, unit: str, seat: Spot, field: Spot) -> Body:
    """「镜湖区公安分局」 is the county-level office of 「芜湖市公安局」."""
    found, size = leading(stem, seat or field)
    if size == len(stem) and (found or not stem):
        return Body("公安局", unit, found or seat)
    return Body("公安局", stem + "分局" + unit, seat)


def network(rest: str, seat: Spot, field: Spot) -> Body | None:
    """An office of a nation-wide network (bank, carrier, grid): which network, where, which window.

    None for other names and for subsidiaries with a legal form of their own behind it.
    """
    for alias, name, strong in aliases().networks.get(rest[:2], ()):
        if not rest.startswith(alias):
            continue
        tail = rest[len(alias) :]
        if strong or (seat and _local(tail, seat)):
            return _office(name, alias, tail, seat, field)
    return None


def _local(tail: str, seat: Spot) -> bool:
    """Does nothing but a legal form or a place within the seat follow the network's short name?"""
    if _LOCAL_TAIL.match(tail):
        return True
    found, size = leading(tail, seat)
    return bool(size) and contains(seat, found) and bool(_LOCAL_TAIL.match(tail[size:]))


def _office(name: str, alias: str, tail: str, seat: Spot, field: Spot) -> Body | None:
    complete = bool(re.search(FULL_LEGAL, tail))
    group = "集团" in alias or tail.startswith("集团")
    where = seat
    for _ in range(8):
        before = tail
        tail = _LEGAL_AT_FRONT.sub("", tail)
        if name in GRIDS:
            tail = _GRID_OFFICE.sub("", _GRID_BEFORE.sub("", tail))
        found, size = leading(tail, where or field)
        if size and (not where or not contains(found, where)):
            where, tail = found, tail[size:]
        elif size:
            tail = tail[size:]
        if tail[:1] in ("省", "市", "县", "区") and where:
            tail = tail[1:]
        if tail == before:
            break
    if re.search(FULL_LEGAL, tail):
        return None
    tail = _OFFICE.sub("", numbered(canonical(tail)))
    if name == "税务局":
        tail = re.sub(r"^(税务)?局", "", tail)
    return Body(name, tail, where or NOWHERE, complete, group and not where)
