"""An organisation's name taken apart: place, core, unit, branch, group mark, legal form.

Facts only: two names are compared in `judge`. Two sorts of names are read differently. An
*institution* (authority, school, hospital, utility, office of a nation-wide network) is told by its
place and its kind; a *company* by its own word (brand).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from processor.matching.bodies import FULL_LEGAL, Body, institution, network
from processor.matching.gazetteer import NOWHERE, Spot, gazetteer, short
from processor.matching.mend import mend
from processor.matching.places import contains, leading, of_columns, reading
from processor.matching.tables import (
    aliases,
    canonical,
    covered,
    taught,
    taught_endings,
    taught_openings,
    words,
)
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
    seat: Spot = NOWHERE  # place the name itself gives (of the office for networks)
    field: Spot = NOWHERE  # place of the columns
    branch_seat: Spot = NOWHERE
    institution: bool = False
    complete: bool = False  # carries its legal form or full kind of body, so it is no short form
    group: bool = False
    alias: str = ""  # the alias that was resolved
    others: tuple[str, ...] = ()  # what an ambiguous alias may stand for
    mended: str = ""  # slip that was mended to read the name: 「八→人」


_LEGAL = re.compile(rf"(?:{FULL_LEGAL}|集团总公司|集团公司|总公司|(?<![分支])公司)")
_BRACKET = re.compile(r"（([^（）]*)）")
_LEGAL_NOTES = frozenset(
    {"集团", "集团有限", "控股", "股份", "有限", "有限合伙", "普通合伙", "特殊普通合伙", "中国"}
)
_PREFIX = re.compile(
    r"^(?:中华人民共和国|国家税务总局(?=.{2,}税务)|国家统计局(?=.{2,}调查)|中国共产党|中共|"
    r"(?:省|自治区)直辖县级行政区划)"
)
_BRANCH = re.compile(
    r"(?:中心支公司|支公司|分公司|子公司|分行|支行|营业部|营业所|办事处|代表处|项目部|项目经理部|经营部|经销部|分厂|分店|"
    r"门店|专卖店|营业厅|服务部|分社|分院|分部|工程处|经理部|事业部|销售部|分中心|门市部|营销服务部|供电所|加油站)$"
)
_TRAILING_ORDINAL = re.compile(r"第?[一二三四五六七八九十\d]+$")
_BARE_LEVEL = re.compile(
    r"^([省市县区州旗])(?=(?:第?[一二三四五六七八九十\d]|公安|人民|财政|教育|政府|委|交|城|公交|中医|妇|民政|司法|税务|"
    r"卫|住|农|水|国|烟|供|电|法院|检))"
)
_PARTY = re.compile(
    r"^(?:省委|市委|县委|区委|州委|委员会|委)(?=$|办|组织|宣传|统战|政法|党校|巡察|编|老干部|机要|保密|网信)"
)
# Titles that hold their place in the middle.
_TURNED = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"^中国人民解放军", "解放军"),
        (r"^(?:中国人民政治协商会议|政协)(.{2,16}?)委员会", r"\1政协"),
        (r"^(?:中国)?(?:共产主义青年团|共青团)(.{2,16}?)(?:委员会|委)$", r"\1团委"),
        (
            r"^(?:中国人民武装警察部队|中国武警|武警部队|武警)(.{2,16}?)(总队|支队|大队)",
            r"\1武警\2",
        ),
        (r"^(?:中国共产党|中共)(.{2,16}?)纪律检查委员会", r"\1纪委"),
    )
)
_TURNING = frozenset("中国政共武省自")
_SCHOOLS = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"^第(\d+)院$", r"第\1医院"),
        (r"^第(\d+)中$", r"第\1中学"),
        (r"^第(\d+)小$", r"第\1小学"),
        (r"第(\d+)附属?医?院$", r"附属第\1医院"),
        (r"第(\d+)附属医院$", r"附属第\1医院"),
    )
)
# Holds apart what a bracket stood between, so that no word arises across it.
_GAP = "\x00"


def parse(name: str, place: Place) -> Parts:
    """The parts of `name`; `place` settles which of several places of one name is meant."""
    return parse_text(normalise(name), of_columns(place.province, place.city, place.county))


@lru_cache(maxsize=200_000)
def parse_text(text: str, field: Spot, disabled: frozenset[str] = frozenset()) -> Parts:
    """The parts of a normalised name; shipped aliases in `disabled` are not resolved."""
    alias, full, others = _alias(text, field)
    if not alias or alias in disabled:
        full, others = text, ()
    parts = _read(full, field)
    return parts._replace(text=text, alias=alias if full != text else "", others=others)


def _alias(text: str, field: Spot) -> tuple[str, str, tuple[str, ...]]:
    """Alias found ("" = none), the full name it stands for here, the names it may stand for."""
    table = aliases().same
    alias = text
    known = table.get(numbered(text))
    if not known:
        if text[-2:] in taught_endings():
            spot, size = leading(text, field)
            alias = text[size:]
            if size and len(alias) > 2 and numbered(alias) in taught():  # 「湖南湘雅二医院」
                known, field = table[numbered(alias)], spot
        if not known:
            return _headed(text, field)
    fitting = [full for full, place in known if not place or not field or _agrees(place, field)]
    sure = [full for full, place in known if not place or (field and _agrees(place, field))]
    if len(fitting) == 1 and fitting == sure:
        return alias, fitting[0], ()
    return alias, text, tuple(fitting)


_HEADED = re.compile(
    r"^(?:附|第|[一二三四五]附|[一二三]院|医学院|人民医院|口腔|肿瘤|儿童医院|后勤|保卫|校医院|图书馆)"
)


def _headed(text: str, field: Spot) -> tuple[str, str, tuple[str, ...]]:
    """A university's short name in front of one of its parts: 「安医大一附院」."""
    if text[:2] in taught_openings():
        for size in range(min(6, len(text) - 2), 1, -1):
            head = text[:size]
            if head in aliases().same and _HEADED.match(text[size:]):
                _, full, others = _alias(head, field)
                if full.endswith(("大学", "学院")) and not others:
                    return head, full + text[size:], ()
    return "", text, ()


def _agrees(place: str, field: Spot) -> bool:
    spot, _ = leading(place, NOWHERE)
    return contains(spot, field) or contains(field, spot)


def _read(text: str, field: Spot) -> Parts:
    if len(text) > 4 and text[0] in _TURNING:
        for pattern, new in _TURNED:
            text = pattern.sub(new, text)
        text = _PREFIX.sub("", text)
    rest, bracket, group, note = _strip_brackets(text, field)
    office = network(rest, NOWHERE, field)
    if office:
        return _office(text, office, note, field, group, "")
    seat, size, mended = reading(rest, field, mending=True)
    rest = rest[size:]
    if not rest.strip(_GAP):  # the whole name is a place: 「芜湖市」
        return Parts(text, text, field=field)
    if bracket and (not seat or contains(seat, bracket)):
        seat = bracket
    if not size:
        rest, seat = _bare_level(rest, seat, field)
    party = _PARTY.match(rest)
    if party and (seat or text.startswith("委员会")):
        rest = "党委" + rest[party.end() :]
    office = network(rest.replace(_GAP, ""), seat, field) if seat else None
    if office:
        return _office(text, office, note, field, group, mended)
    if not mended:
        rest, mended = mend(rest)
    cut = _legal(rest)
    if cut is None and not _LEGAL.search(rest):
        cut = _bare_branch(rest)
    word, branch, branch_seat, legal, marked = cut or (rest, "", NOWHERE, "", False)
    group = group or marked
    word, marked = _core(word)
    group = group or marked
    if not legal and not branch and not marked:
        body = institution(word, seat, field)
        if body:
            return _institution(text, body, note, field, group, mended)
    if not seat and field:
        word, seat = _inner_place(word, field)
    told_by_place = bool(seat) and not branch and len(word) > 1 and _generic(word)
    complete = len(legal) > 2
    return Parts(
        text,
        word,
        note,
        branch,
        seat,
        field,
        branch_seat,
        told_by_place,
        complete,
        group,
        mended=mended,
    )


def _office(text: str, body: Body, note: str, field: Spot, group: bool, mended: str) -> Parts:
    core, unit, seat, complete, marked = body
    group = marked or (group and not seat)
    return Parts(
        text, core, unit + note, "", seat, field, NOWHERE, True, complete, group, mended=mended
    )


def _institution(text: str, body: Body, note: str, field: Spot, group: bool, mended: str) -> Parts:
    core, unit, seat, complete, _ = body
    return Parts(
        text, core, unit + note, "", seat, field, NOWHERE, True, complete, group, mended=mended
    )


def _strip_brackets(text: str, field: Spot) -> tuple[str, Spot, bool, str]:
    """Text without brackets; the place, group mark and note they hold."""
    spot, group, note = NOWHERE, False, ""
    if "（" not in text:
        return text, spot, group, note
    out = text
    for match in _BRACKET.finditer(text):
        inside = match.group(1)
        filler = _GAP
        if inside in _LEGAL_NOTES:
            group = group or "集团" in inside
            filler = "中国" if inside == "中国" and match.start() else ""
        else:
            found, size = leading(inside, field)
            if size and size >= len(inside) - 1:
                spot = found
            else:
                note += match.group(0)
        out = out.replace(match.group(0), filler, 1)
    return out, spot, group, note


def _bare_level(rest: str, seat: Spot, field: Spot) -> tuple[str, Spot]:
    """「市一院」 in 芜湖 is the city's."""
    level = _BARE_LEVEL.match(rest)
    if not level or not field:
        return rest, seat
    city = Spot(field.province, field.city)
    wide = {"省": Spot(field.province), "市": city, "州": city}
    return rest[1:], wide.get(level.group(1), field)


Cut = tuple[str, str, Spot, str, bool]


def _legal(rest: str) -> Cut | None:
    """Cut at the first legal form: word, branch behind it, its place, legal form, group."""
    legal = _LEGAL.search(rest)
    if not legal or not legal.start():
        return None
    tail = rest[legal.end() :].replace(_GAP, "")
    branch, where = "", NOWHERE
    if tail:
        where, size = leading(tail, NOWHERE)
        tail = tail[size:].lstrip("省市县区") if size else tail
        branch = numbered(canonical(tail))
    return rest[: legal.start()], branch, where, legal.group(0), "集团" in legal.group(0)


def _bare_branch(rest: str) -> Cut | None:
    """「某某芜湖分公司」, 「某某第三项目部」 without a legal form of the head."""
    cut = _BRANCH.search(rest)
    if not cut:
        return None
    head = rest[: cut.start()]
    for at in range(2, len(head)):
        found, size = leading(head[at:], NOWHERE)
        if size and at + size >= len(head) - 1:
            return head[:at], canonical(cut.group(0)), found, "", False
    ordinal = _TRAILING_ORDINAL.search(head)
    if ordinal and ordinal.start() > 1:
        branch = numbered(head[ordinal.start() :] + cut.group(0))
        return head[: ordinal.start()], branch, NOWHERE, "", False
    return None


def _core(word: str) -> tuple[str, bool]:
    """The canonical core, and whether it carried a group mark."""
    word = numbered(word)
    if word.endswith("股份") and len(word) > 3:
        word = word.removesuffix("股份")
    group = word.endswith("集团") and len(word) > 2
    if group:
        word = word.removesuffix("集团")
    word = canonical(word).replace(_GAP, "")
    if "第" in word:
        for pattern, new in _SCHOOLS:
            word = pattern.sub(new, word)
    return word, group


@lru_cache(maxsize=100_000)
def _generic(word: str) -> bool:
    """Only ordinary words: such a name is told by its place alone (芜湖市公交集团有限公司)."""
    return word in words().known or (len(word) > 1 and all(covered(word)))


def _inner_place(word: str, field: Spot) -> tuple[str, Spot]:
    """A place of the columns inside a brand: 「雨泰济宁光伏」 -> 「雨泰光伏」 in 济宁."""
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
