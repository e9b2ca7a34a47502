"""Is it the same customer, the same purchase? Named rules in a fixed order; the rule that decided is the reason.

Vetoes (place, ordinals, branch, department) come before every kind of likeness and are never overridden by it. A phone never
decides alone: it only settles what the names leave open (a slip, a short form).
"""

from __future__ import annotations

import re

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from processor.matching.knowledge import NOTHING, Knowledge, phone_tokens, token
from processor.matching.names import Parts, Place, parse_text
from processor.matching.places import Relation, Spot, label, of_columns, relation
from processor.matching.reasons import explain
from processor.matching.slips import Slip, one_slip
from processor.matching.tables import aliases, covered, full_names, networks
from processor.matching.text import normalise, ordinals


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a comparison: what a row says about its customer. "" / None = not given."""

    name: str
    province: str = ""
    city: str = ""
    county: str = ""
    category: str = ""
    contact: str = ""
    phone: str = ""
    address: str = ""
    credit_code: str = ""
    model: str = ""
    quantity: int | None = None
    expected: date | None = None
    project_name: str = ""


class Outcome(StrEnum):
    DUPLICATE = "重复"
    SUSPECTED = "疑似"
    DISTINCT = "不同"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided, by which rule (stable key), why, and what would turn it."""

    outcome: Outcome
    rule: str
    reason: str
    evidence: tuple[str, ...]
    score: int  # likeness of the names 0-100, for display only
    flip: str


@dataclass(frozen=True, slots=True)
class Side:
    """A party made ready for comparing."""

    party: Party
    parts: Parts
    phones: frozenset[str]  # tokens, as are person and address; "" = nothing to compare
    person: str
    address: str


Found = tuple[Outcome, str, dict[str, str]]
_DUPLICATE, _SUSPECTED, _DISTINCT = Outcome.DUPLICATE, Outcome.SUSPECTED, Outcome.DISTINCT
_INDEPENDENT = ("医院", "中学", "小学", "高中", "幼儿园", "学校", "公司", "大学", "研究院")
_TITLES = (
    "经理",
    "主任",
    "科长",
    "先生",
    "女士",
    "小姐",
    "局长",
    "处长",
    "老师",
    "师傅",
    "院长",
    "校长",
    "总",
    "工",
)


def prepare(party: Party, know: Knowledge = NOTHING) -> Side:
    """A party with its name parsed and its phone tokens; aliases people taught are applied."""
    text = normalise(party.name)
    known = know.resolve(text)
    field = of_columns(party.province, party.city, party.county)
    parts = parse_text(known, field, know.disabled)
    if known != text:
        parts = parts._replace(alias=text)
    return Side(
        party,
        parts,
        phone_tokens(party.phone),
        person_token(party.contact),
        address_token(party.address),
    )


def compare(a: Party, b: Party, know: Knowledge = NOTHING) -> Judgement:
    """Is `a` the same customer as `b`? Symmetric; the names, places, credit codes and contacts decide."""
    return compare_sides(prepare(a, know), prepare(b, know), know)


def compare_sides(a: Side, b: Side, know: Knowledge = NOTHING) -> Judgement:
    """`compare` for parties made ready before."""
    a, b, proof, found = _weigh(a, b, know)
    return _judgement(a, b, proof, found)


def kinship(a: Side, b: Side, know: Knowledge = NOTHING) -> Judgement | None:
    """`compare_sides`, but None for a different customer: what the index asks of every candidate."""
    a, b, proof, found = _weigh(a, b, know)
    return None if found[0] is _DISTINCT else _judgement(a, b, proof, found)


Proof = dict[str, str]  # sentence -> key, of what agrees besides the name


def _weigh(a: Side, b: Side, know: Knowledge) -> tuple[Side, Side, Proof, Found]:
    if (b.party.name, b.parts.field) < (a.party.name, a.parts.field):
        a, b = b, a  # one order, so that the judgement is symmetric to the letter
    proof: Proof = {}
    if a.phones and (a.phones & b.phones) - know.dull_phones:
        proof["联系方式相同"] = "phone"
    if a.person and a.person == b.person:
        proof["联系人同名"] = "contact"
    if a.address and a.address == b.address:
        proof["地址相同"] = "address"
    return a, b, proof, _decide(a, b, know, proof)


def _judgement(a: Side, b: Side, proof: Proof, found: Found) -> Judgement:
    from rapidfuzz.fuzz import ratio

    outcome, rule, said = found
    score = round(ratio(normalise(a.party.name), normalise(b.party.name)))
    reason, flip = explain(rule, said)
    return Judgement(outcome, rule, reason, tuple(proof), score, flip)


def person_token(name: str) -> str:
    """Token of a full name; "" for a blank, a surname with a title, or a single character."""
    if name.startswith("#"):
        return name
    name = "".join(name.split())
    return "" if len(name) < 2 or name.endswith(_TITLES) else token(name)


def address_token(address: str) -> str:
    """Token of an address of six characters and more, else ""."""
    if address.startswith("#"):
        return address
    address = "".join(address.split())
    return token(address) if len(address) >= 6 else ""


def _decide(a: Side, b: Side, know: Knowledge, proof: Proof) -> Found:
    code = _codes(a.party.credit_code, b.party.credit_code)
    if code is not None:
        return code
    one, other = a.parts, b.parts
    pair = (one.text, other.text) if one.text <= other.text else (other.text, one.text)
    if pair in know.distinct and pair[0] != pair[1]:
        return _DISTINCT, "ruled_distinct", {}
    found = _names(one, other, proof)
    if found[0] is _DUPLICATE and found[1] != "text_equal" and one.mended != other.mended:
        said = {"kind": "疑似笔误", "a": one.mended or "无", "b": other.mended or "无"}
        if "phone" in proof.values():
            return _DUPLICATE, "slip_phone", said
        return _SUSPECTED, "slip", said
    if found[0] is _DUPLICATE and found[1] != "text_equal" and (one.alias or other.alias):
        return (
            _DUPLICATE,
            "alias",
            {"alias": one.alias or other.alias, "full": other.core if one.alias else one.core},
        )
    if found[0] is _DISTINCT and (one.others or other.others):
        for left, right in ((one, other), (other, one)):
            for full in left.others:
                again = _names(parse_text(full, left.field), right, proof)
                if again[0] is not _DISTINCT:
                    return _SUSPECTED, "alias_ambiguous", {"alias": left.text}
    return found


def _codes(a: str, b: str) -> Found | None:
    if not a or not b:
        return None
    from stdnum.cn import uscc

    if not (uscc.is_valid(a) and uscc.is_valid(b)):
        return None
    if uscc.compact(a) == uscc.compact(b):
        return _DUPLICATE, "credit_code_equal", {}
    return _DISTINCT, "credit_code_differs", {}


def _names(a: Parts, b: Parts, proof: Proof) -> Found:
    """The judgement of two parsed names."""
    if a.text == b.text:
        return _same_text(a, b)
    place, named = _place(a, b)
    if place is Relation.APART:
        return (
            _DISTINCT,
            "place_conflict",
            {"a": label(a.seat or a.field), "b": label(b.seat or b.field)},
        )
    if a.institution and b.institution:
        return _institutions(a, b, place, named, proof)
    return _companies(a, b, place, named, proof)


def _common(parts: Parts) -> bool:
    """Ordinary words only (公安局, 第一中学): without its place such a name tells nobody apart."""
    if parts.alias or parts.text in full_names():
        return False
    core = re.sub(r"第\d+", "", parts.core)
    return parts.institution and not parts.unit and core not in networks() and all(covered(core))


def _same_text(a: Parts, b: Parts) -> Found:
    # A county name borne by several places, and no column to tell which.
    ambiguous = any(p.seat.zone and not p.seat.province for p in (a, b))
    place = relation(a.seat or a.field, b.seat or b.field)
    if place is Relation.APART:
        return (
            _DISTINCT,
            "place_conflict",
            {"a": label(a.seat or a.field), "b": label(b.seat or b.field)},
        )
    if place is Relation.SAME or (a.seat and not ambiguous):
        return _DUPLICATE, "text_equal", {}
    half_known = bool(a.field) != bool(b.field) and not a.complete
    if _common(a) or ambiguous or half_known:
        return _SUSPECTED, "place_unknown", {}
    return _DUPLICATE, "text_equal", {}


def _place(a: Parts, b: Parts) -> tuple[Relation, bool]:
    """How the places lie, and whether both come from the names themselves."""
    if a.institution and b.institution:
        return relation(a.seat or a.field, b.seat or b.field), bool(a.seat and b.seat)
    if bool(a.branch) != bool(b.branch):
        return relation(a.seat, b.seat), bool(a.seat and b.seat)
    if a.seat and b.seat:
        seats = relation(a.seat, b.seat)
        if (
            seats in (Relation.WITHIN, Relation.UNKNOWN)
            and relation(a.field, b.field) is Relation.APART
        ):
            return Relation.APART, True
        return seats, True
    fields = relation(a.field, b.field)
    if fields is Relation.APART:
        return fields, False
    if a.seat or b.seat:
        return relation(a.seat or a.field, b.seat or b.field), False
    return fields, False


def _numbers_differ(a: str, b: str) -> bool:
    one, other = ordinals(a), ordinals(b)
    return one != other and bool(one) and bool(other)


def _institutions(a: Parts, b: Parts, place: Relation, named: bool, proof: Proof) -> Found:
    if place is Relation.WITHIN and named:
        return _DISTINCT, "place_level", {"a": label(a.seat), "b": label(b.seat)}
    if _numbers_differ(a.core, b.core):
        return _DISTINCT, "ordinal", {"a": a.core, "b": b.core}
    if a.core == b.core:
        if a.unit != b.unit:
            return _units(a, b, proof)
        if a.group != b.group and a.complete and b.complete:
            return _SUSPECTED, "group_one_side", {}
        if place is Relation.SAME:
            return _DUPLICATE, "core_equal", {}
        nowhere = not (a.seat or a.field or b.seat or b.field)
        if nowhere and not (_common(a) or _common(b)):
            return _DUPLICATE, "core_equal", {}
        return _SUSPECTED, "place_unknown", {}
    if a.unit == b.unit and (
        b.core in aliases().successors.get(a.core, ())
        or a.core in aliases().successors.get(b.core, ())
    ):
        return _SUSPECTED, "successor", {"a": a.core, "b": b.core}
    if ordinals(a.core + a.unit) != ordinals(b.core + b.unit):
        if {a.core, b.core} == {"医院", "第1医院"}:
            return _SUSPECTED, "ordinal_one_side", {}
        return _DISTINCT, "ordinal", {"a": a.core, "b": b.core}
    slip = _slip(a, b)
    if slip:
        return _slipped(slip, proof)
    if place is Relation.SAME and a.unit == b.unit and _nearly(a.core, b.core):
        return _SUSPECTED, "wording", {"a": a.core, "b": b.core}
    return _DISTINCT, "different", {"a": a.core, "b": b.core}


_WEAK = re.compile("人民|管理|服务|行政|综合|执法|控股|集团|事业|发展|和|与|总")


def _nearly(a: str, b: str) -> bool:
    """Two bodies of one place whose names differ in filling words, or one picks its characters from the other."""
    if _WEAK.sub("", a) == _WEAK.sub("", b):
        return True
    short, long = sorted((a, b), key=len)
    return (
        len(short) >= 3
        and short[0] == long[0]
        and short[-1] == long[-1]
        and abbreviates(short, long)
    )


def _units(a: Parts, b: Parts, proof: Proof) -> Found:
    if a.unit and b.unit:
        if _numbers_differ(a.unit, b.unit):
            return _DISTINCT, "ordinal", {"a": a.unit, "b": b.unit}
        if a.unit.startswith(b.unit) or b.unit.startswith(a.unit):
            return _SUSPECTED, "department_one_side", {"unit": max(a.unit, b.unit, key=len)}
        slip = one_slip(a.unit, b.unit)
        if slip and slip.plausible and min(len(a.unit), len(b.unit)) > 2:
            return _slipped(slip, proof)
        return _DISTINCT, "department", {"a": a.unit, "b": b.unit}
    unit = a.unit or b.unit
    if unit.endswith(_INDEPENDENT):
        return _DISTINCT, "department", {"a": a.unit or a.core, "b": b.unit or b.core}
    return _SUSPECTED, "department_one_side", {"unit": unit}


def _companies(a: Parts, b: Parts, place: Relation, named: bool, proof: Proof) -> Found:
    if _numbers_differ(a.core, b.core):
        return _DISTINCT, "ordinal", {"a": a.core, "b": b.core}
    branch = _branches(a, b)
    if branch and branch[0] is _DISTINCT:
        return branch
    if a.core == b.core and a.unit == b.unit:
        if branch:
            return branch
        short = not (a.complete and b.complete) and (len(a.core) >= 4 or bool(proof))
        if a.group != b.group and not short:
            return _SUSPECTED, "group_one_side", {}
        return _equal_cores(a, b, place, named, proof)
    if a.core == b.core:
        return _units(a, b, proof)
    slip = _slip(a, b)
    if slip and not branch:
        return _slipped(slip, proof)
    return _short_form(a, b, branch, proof)


def _branches(a: Parts, b: Parts) -> Found | None:
    if not a.branch and not b.branch:
        return None
    if a.branch and b.branch:
        if _numbers_differ(a.branch, b.branch):
            return _DISTINCT, "ordinal", {"a": a.branch, "b": b.branch}
        where = relation(a.branch_seat, b.branch_seat)
        if where is Relation.APART or a.branch != b.branch:
            return _DISTINCT, "branch", {"a": _branch(a), "b": _branch(b)}
        if where is Relation.SAME or a.branch_seat == b.branch_seat:
            return None
        return _SUSPECTED, "branch_one_side", {"branch": _branch(a)}
    return _SUSPECTED, "branch_one_side", {"branch": _branch(a) if a.branch else _branch(b)}


def _branch(parts: Parts) -> str:
    return label(parts.branch_seat) + parts.branch


def _equal_cores(a: Parts, b: Parts, place: Relation, named: bool, proof: Proof) -> Found:
    if place is Relation.SAME:
        return _DUPLICATE, "core_equal", {}
    if place is Relation.UNKNOWN:
        if not (a.seat or a.field or b.seat or b.field):
            return _DUPLICATE, "core_equal", {}
        if not a.seat and not b.seat and proof:
            return _DUPLICATE, "core_equal", {}
        return _SUSPECTED, "place_unknown", {}
    fields = relation(a.field, b.field)
    if not named or not (a.complete and b.complete):
        if fields is Relation.SAME or proof:
            return _DUPLICATE, "core_equal", {}
        return _SUSPECTED, "place_unknown", {}
    return (
        (_DUPLICATE, "core_equal", {})
        if proof
        else (_SUSPECTED, "place_level_company", {"a": label(a.seat), "b": label(b.seat)})
    )


def _slip(a: Parts, b: Parts) -> Slip | None:
    """The one slip between two names, in the core or in the whole text."""
    if a.text in full_names() and b.text in full_names():
        return None  # both are well-known names (航天科技, 航天科工)
    if all(covered(a.core)) and all(covered(b.core)):
        return None  # two ordinary words are two bodies (财政局, 民政局)
    if a.unit == b.unit and a.group == b.group and min(len(a.core), len(b.core)) >= 3:
        found = one_slip(a.core, b.core)
        if found:
            return found
    if min(len(a.text), len(b.text)) >= 4:
        return one_slip(a.text, b.text)
    return None


def _slipped(slip: Slip, proof: Proof) -> Found:
    said = {"kind": str(slip.kind), "a": slip.a, "b": slip.b}
    phone = "phone" in proof.values()
    if not slip.plausible:
        return (_SUSPECTED, "slip", said) if phone else (_DISTINCT, "one_character", said)
    if phone:
        return _DUPLICATE, "slip_phone", said
    return _SUSPECTED, "slip", said


def _short_form(a: Parts, b: Parts, branch: Found | None, proof: Proof) -> Found:
    if a.complete and b.complete:
        return _DISTINCT, "different", {"a": a.core, "b": b.core}
    short, long = (a, b) if len(a.core) <= len(b.core) else (b, a)
    if short.complete and not long.complete:
        return _DISTINCT, "different", {"a": a.core, "b": b.core}
    if len(short.core) < 2 or not any(
        abbreviates(brief, full)
        for brief in (short.core, short.text)
        for full in (long.core, long.text)
    ):
        return _DISTINCT, "different", {"a": a.core, "b": b.core}
    if branch:
        return branch
    if proof and not long.institution:
        return _DUPLICATE, "abbreviation_proof", {"short": short.text, "long": long.text}
    return _SUSPECTED, "abbreviation", {"short": short.text, "long": long.text}


def abbreviates(short: str, long: str) -> bool:
    """Does `short` pick its characters from `long` in order, beginning near the front?"""
    if len(short) < 2:
        return False
    start = long.find(short[0], 0, 6)
    if start < 0:
        return False
    rest = iter(long[start:])
    return all(char in rest for char in short)


def same_purchase(earlier: Party, later: Party) -> Judgement:
    """Given one customer and a live earlier lead: is the later lead the same purchase (5.1, settled detail)?

    疑似 when the category differs, both name a project and the names differ, or the purchases are expected more than six
    months apart; a different model alone says nothing.
    """
    apart: list[tuple[str, str]] = []
    if earlier.category and later.category and earlier.category != later.category:
        apart.append(("category", f"采购类别不同（{earlier.category}、{later.category}）"))
    one, other = normalise(earlier.project_name), normalise(later.project_name)
    if one and other and one != other:
        apart.append(("project", "项目名称不同"))
    if earlier.expected and later.expected and _months_apart(earlier.expected, later.expected):
        apart.append(("expected", "预计采购时间相差超过6个月"))
    if not apart:
        reason, flip = explain("same_purchase", {})
        return Judgement(_DUPLICATE, "same_purchase", reason, (), 100, flip)
    rule = "purchase_" + apart[0][0]
    reason, flip = explain("purchase_differs", {"what": "、".join(words for _, words in apart)})
    return Judgement(_SUSPECTED, rule, reason, tuple(words for _, words in apart), 100, flip)


def _months_apart(a: date, b: date, months: int = 6) -> bool:
    """More than `months` calendar months between the days (the same day of the month is not more)."""
    first, last = sorted((a, b))
    whole = (last.year - first.year) * 12 + last.month - first.month
    return whole > months or (whole == months and last.day > first.day)


def place_of(party: Party) -> Spot:
    """The place columns of a party as a spot."""
    return of_columns(*Place(party.province, party.city, party.county))
