"""An organisation's name taken apart: place, core, unit, branch, group mark, legal form.

Facts only: two names are compared in `judge`. Two sorts of names are read differently. An *institution* (authority, school,
hospital, utility, office of a nation-wide network) is told by its place and its kind; a *company* by its own word (brand).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from processor.matching.places import (
    NOWHERE,
    Spot,
    contains,
    gazetteer,
    leading,
    of_columns,
    short,
)
from processor.matching.tables import aliases, canonical, covered, words
from processor.matching.text import normalise, numbered

__all__ = ["Parts", "Place", "normalise", "parse", "parse_text"]


class Place(NamedTuple):
    """The place columns of a row, as typed."""

    province: str = ""
    city: str = ""
    county: str = ""


class Parts(NamedTuple):
    """A name in parts. Everything is in canonical wording; "" = not there."""

    text: str  # normalised name
    core: str  # what tells it from others at one place (institution) or anywhere (company)
    unit: str = ""  # department of an institution: 「交警」, 「稽查局」
    branch: str = ""  # branch of a company, its place taken off: 「分公司」, 「第3分公司」
    seat: Spot = NOWHERE  # place the name itself gives (of the branch for networks)
    field: Spot = NOWHERE  # place of the columns
    branch_seat: Spot = NOWHERE
    institution: bool = False
    complete: bool = False  # carries its legal form or full kind of body, so it is no short form
    group: bool = False
    alias: str = ""  # the alias that was resolved
    others: tuple[str, ...] = ()  # what an ambiguous alias may stand for


_FULL_LEGAL = (
    "股份有限责任公司|集团股份有限公司|集团有限责任公司|股份有限公司|集团有限公司|有限责任公司|有限公司|"
    "责任有限公司|股份合作公司|股份公司"
)
_LEGAL = re.compile(
    rf"(?:{_FULL_LEGAL}|集团总公司|集团公司|总公司|(?<![分子支])公司|"
    r"(?:（(?:有限合伙|普通合伙|特殊普通合伙|集团|股份|有限)）)+)"
)
_PARTNERS = re.compile(r"（(?:有限合伙|普通合伙|特殊普通合伙)）$")
_BRACKET = re.compile(r"（([^（）]*)）")
_PREFIX = re.compile(
    r"^(?:中华人民共和国|国家税务总局(?=.{2,}税务)|国家统计局(?=.{2,}调查)|中国共产党|中共)"
)
_BRANCH = re.compile(
    r"(?:中心支公司|支公司|分公司|子公司|分行|支行|营业部|营业所|办事处|代表处|项目部|项目经理部|经营部|经销部|分厂|分店|门店|专卖店|营业厅|服务部|分社|分院|分部|"
    r"工程处|经理部|事业部|销售部|分中心|车队|门市部|营销服务部|供电所|加油站)$"
)
_HEADS = (
    r"公安局|公安厅|公安处|监委|纪委监委|纪委|政府办|政府|人大|政协|党委|中院|高院|法院|检察院|卫生院|保健院|"
    r"福利院|敬老院|研究院|设计院|科学院|医院|大学|师大|工大|农大|林大|医大|中医药大|理工大|财大|科大|交大|外大|民大|海大|矿大|体大|"
    r"电力大|石油大|地质大|邮电大|政法大|传媒大|农林大|学院|职院|师院|体院|党校|中学|高中|初中|小学|幼儿园|学校|"
    r"管委会|村委会|街道|社区|[发卫住工经国民农文交城团监武编]?[发改建信计资健宗管旅贸]委|委员会|"
    r"[^局处]{1,12}?局|[^厅]{1,8}?厅|总队|支队|大队|中队|监狱|海关|派出所|看守所|疾控中心|急救中心|公积金中心|"
    r"图书馆|博物馆|档案馆|文化馆|体育馆|电视台|广播电视台|血站|供销社|农信社|总工会|妇联|残联|工商联|红十字会|团委|共青团|研究所|林场|协会|学会"
)
_HEAD = re.compile(rf"^(.*?)({_HEADS})")
_POLICE = re.compile(
    r"^(?:公安)?(交警|刑警|特警|巡警|巡特警|治安|禁毒|网安|出入境|看守所|拘留所|戒毒所|车管所|车辆管理所|派出所)(.*)$"
)
_LEVEL = re.compile(r"(?<=[\u4e00-\u9fa5])(?:总队|支队|大队)$")
_TOWNSHIP_POLICE = re.compile(r"^(.{1,12}?)(派出所)$")
_BARE_LEVEL = re.compile(
    r"^([省市县区州旗])(?=(?:第?[一二三四五六七八九十\d]|公安|人民|财政|教育|政府|委|交|城|公交|中医|妇|民政|司法|税务|卫|住|农|水|国|烟|供|电|法院|检))"
)
_PARTY = re.compile(
    r"^(?:省委|市委|县委|区委|州委|委员会|委)(?=$|办|组织|宣传|统战|政法|党校|巡察|编|老干部|机要|保密|网信)"
)
_LOCAL_TAIL = re.compile(r"^(?:（?集团）?)?(?:股份|有限|责任)*(?:分公司|公司|局)?$")


def _strip_brackets(text: str, field: Spot) -> tuple[str, Spot, bool, str]:
    """Text without brackets; the place, group mark and note they hold."""
    spot, group, note = NOWHERE, False, ""
    out = text
    for match in _BRACKET.finditer(text):
        words_in = match.group(1)
        if words_in in (
            "集团",
            "集团有限",
            "控股",
            "股份",
            "有限",
            "有限合伙",
            "普通合伙",
            "特殊普通合伙",
            "中国",
        ):
            group = group or "集团" in words_in
            out = out.replace(
                match.group(0), "中国" if words_in == "中国" and match.start() else "", 1
            )
            continue
        found, size = leading(words_in, field)
        if size and size >= len(words_in) - 1:
            spot = found
        else:
            note += f"（{words_in}）"
        out = out.replace(match.group(0), "", 1)
    return out, spot, group, note


def _network(rest: str, seat: Spot, field: Spot) -> Parts | None:
    """An office of a nation-wide network (banks, carriers, grids): which network, where, which window."""
    for alias, name, strong in aliases().networks:
        if not rest.startswith(alias):
            continue
        tail = rest[len(alias) :]
        if not strong and (not seat or not _LOCAL_TAIL.match(tail)):
            continue
        complete = bool(re.search(_FULL_LEGAL, rest)) or len(alias) > 3
        where = seat
        subsidiary = ""
        for _ in range(8):
            before = tail
            tail = re.sub(
                rf"^(?:（?集团）?(?={_FULL_LEGAL}|公司|$|（))?(?:{_FULL_LEGAL}|总公司|集团公司|(?<![分支])公司|集团$)",
                "",
                tail,
            )
            if name == "国家电网" or name == "南方电网":
                tail = re.sub(r"^(?:电力|电网)(?=有限|公司|责任|$)", "", tail)
                tail = re.sub(r"^(?:供电|电力)(?:有限责任|有限)?(?:分公司|公司|局)$", "", tail)
            found, size = leading(tail, where or field)
            if (size and (not where or contains(where, found) or found.zone)) or (size and where and not contains(where, found) and not contains(found, where)):
                where, tail = found, tail[size:]
            if tail and tail[0] in "省市县区" and where:
                tail = tail[1:]
            if tail == before:
                break
        if re.search(_FULL_LEGAL, tail):
            subsidiary = tail
        tail = numbered(canonical(tail))
        if not subsidiary:
            tail = re.sub(r"^(?:省|市|县|区)?(?:中心支公司|支公司|分公司|分行|公司)$", "", tail)
            tail = re.sub(r"^(税务)?局", "", tail) if name == "税务局" else tail
        return (
            Parts(
                "",
                name,
                unit="" if subsidiary else tail,
                seat=where,
                field=field,
                institution=True,
                complete=complete,
            )
            if not subsidiary
            else None
        )
    return None


def _institution(rest: str, seat: Spot, field: Spot) -> tuple[str, str, Spot, bool] | None:
    """Core, unit, seat and completeness of an institution; None when no kind of body is named."""
    police = _POLICE.match(rest)
    if police:
        unit = _LEVEL.sub("", police.group(1) + police.group(2))
        return "公安局", unit, seat, True
    match = _HEAD.match(rest)
    if not match:
        return None
    core, unit = match.group(0), rest[match.end() :]
    if core.endswith(("总队", "支队", "大队")) and not unit:
        stem = _LEVEL.sub("", core)
        if stem in ("消防", "武警", "消防救援"):
            core = stem.replace("救援", "")
    if core.endswith("派出所") or core.endswith("看守所"):
        if core.startswith("公安"):
            core = core[2:]
        return "公安局", core + unit, seat, True
    if core.endswith("公安分局"):
        stem = core.removesuffix("公安分局")
        found, size = leading(stem, seat or field)
        if size and size == len(stem) and found:
            return "公安局", unit, found, True
        return "公安局", (stem + "分局" if stem else "") + unit, seat, True
    branch = re.match(r"^(.{2,8}?)分局(.*)$", unit)
    if branch and core.endswith("局"):
        found, size = leading(branch.group(1), seat or field)
        if size == len(branch.group(1)) and found:
            return core, branch.group(2), found, True
    if core.endswith("分局") and len(core) > 3:
        core = core.removesuffix("分局") + "局"
    if core == "公安局" and unit:
        unit = unit.removeprefix("公安")
        unit = _LEVEL.sub("", unit) if not re.search(r"\d", unit[-4:]) else unit
        found, size = leading(unit, seat or field)
        if size and found and contains(seat, found) and unit[size:].startswith("分局"):
            return core, unit[size + 2 :], found, True
    return core, unit, seat, True


@lru_cache(maxsize=200_000)
def parse_text(text: str, field: Spot, aliased: bool = True) -> Parts:
    """The parts of a normalised name; `aliased` = resolve the shipped aliases."""
    original = text
    table = aliases().same if aliased else {}
    alias = ""
    others: tuple[str, ...] = ()
    bare = text
    known = table.get(bare)
    if known:
        fitting = [full for full, place in known if not place or not field or _agrees(place, field)]
        sure = [full for full, place in known if not place or (field and _agrees(place, field))]
        if len(fitting) == 1 and (len(sure) == 1 or len(known) == 1):
            alias, text = bare, fitting[0]
        elif fitting:
            others = tuple(fitting)
    text = _PREFIX.sub("", text) if len(text) > 4 else text
    text = _PARTNERS.sub("", text)
    rest, bracket, group, note = _strip_brackets(text, field)
    seat, size = leading(rest, field)
    rest = rest[size:]
    if not rest:  # the whole name is a place: 「芜湖市」
        return Parts(original, text, seat=NOWHERE, field=field, alias=alias, others=others)
    if bracket and (not seat or contains(seat, bracket)):
        seat = bracket
    if not size:
        level = _BARE_LEVEL.match(rest)
        if level and field:
            rest = rest[1:]
            seat = {
                "省": Spot(field.province),
                "市": Spot(field.province, field.city),
                "州": Spot(field.province, field.city),
            }.get(level.group(1), field)
    party = _PARTY.match(rest)
    if party and (seat or text != original):
        rest = "党委" + rest[party.end() :]
    network = _network(rest, seat, field)
    if network:
        return network._replace(text=original, alias=alias, others=others, unit=network.unit + note)
    # Company: cut at the first legal form; what follows is a branch.
    legal = _LEGAL.search(rest)
    branch, branch_seat = "", NOWHERE
    complete = False
    if legal and legal.start() > 0:
        tail = rest[legal.end() :]
        complete = len(legal.group(0)) > 2
        group = group or "集团" in legal.group(0)
        rest = rest[: legal.start()]
        if tail:
            branch_seat, size = leading(tail, NOWHERE)
            branch = numbered(canonical(tail[size:].lstrip("省市县区") if size else tail))
    else:
        cut = _BRANCH.search(rest)
        if cut and not legal:
            head = rest[: cut.start()]
            # 「某某公司芜湖分公司」 without its own legal form: the place before the branch word
            for at in range(2, len(head)):
                found, size = leading(head[at:], NOWHERE)
                if size and at + size >= len(head) - 1:
                    branch_seat, branch, rest = found, canonical(cut.group(0)), head[:at]
                    break
            else:
                ordinal = re.search(r"第?[一二三四五六七八九十\d]+$", head)
                if ordinal and ordinal.start() > 1:
                    branch, rest = (
                        numbered(head[ordinal.start() :] + cut.group(0)),
                        head[: ordinal.start()],
                    )
    rest = numbered(rest)
    if rest.endswith("集团") and len(rest) > 3:
        rest, group = rest.removesuffix("集团"), True
    word = canonical(rest)
    word = re.sub(r"^第(\d+)院$", r"第\1医院", word)
    word = re.sub(r"^第(\d+)中$", r"第\1中学", word)
    word = re.sub(r"^第(\d+)小$", r"第\1小学", word)
    word = re.sub(r"第(\d+)附属?医?院$", r"附属第\1医院", word)
    word = re.sub(r"第(\d+)附属医院$", r"附属第\1医院", word)
    if word.endswith("股份") and len(word) > 3:
        word = word.removesuffix("股份")
    if word.endswith("控股") and len(word) > 5 and complete:
        group = group or False
    if not legal:
        body = _institution(word, seat, field)
        if body:
            core, unit, seat, complete = body
            return Parts(
                original,
                core,
                unit + note,
                "",
                seat,
                field,
                NOWHERE,
                True,
                complete,
                group,
                alias,
                others,
            )
    place_seat = seat
    if not place_seat and field:
        word, place_seat = _inner_place(word, field)
    institution = (
        bool(legal) and bool(place_seat) and len(word) > 1 and _generic(word) and not branch
    )
    return Parts(
        original,
        word,
        note,
        branch,
        place_seat,
        field,
        branch_seat,
        institution,
        complete,
        group,
        alias,
        others,
    )


def _generic(word: str) -> bool:
    """Only ordinary words: such a name is told by its place alone (芜湖市公交集团有限公司)."""
    return word in words().known or (len(word) > 1 and all(covered(word)))


def _agrees(place: str, field: Spot) -> bool:
    spot, _ = leading(place, NOWHERE)
    return contains(spot, field) or contains(field, spot)


def _inner_place(word: str, field: Spot) -> tuple[str, Spot]:
    """A place of the columns inside a brand: 「雨泰济宁光伏」 in 济宁 -> 「雨泰光伏」, 济宁."""
    names = gazetteer().names
    for code, spot in (
        (field.county, field),
        (field.city, Spot(field.province, field.city)),
        (field.province, Spot(field.province)),
    ):
        if not code:
            continue
        for name in (names[code], short(names[code])):
            at = word.find(name, 2)
            if at > 0 and at + len(name) < len(word):
                return word[:at] + word[at + len(name) :], spot
    return word, NOWHERE


def parse(name: str, place: Place) -> Parts:
    """The parts of `name`; `place` settles which of several places of one name is meant."""
    return parse_text(normalise(name), of_columns(place.province, place.city, place.county))
