"""The named rules on two parsed names: vetoes first, likeness after them.

A rule returns outcome, stable key, and what differs, to be filled into its sentence. Institutions
are told apart by place and kind, companies by their own word; departments, branches, ordinals and
places that conflict settle the question before any likeness is looked at.
"""

from __future__ import annotations

import re
from enum import StrEnum

from processor.matching.names import Parts
from processor.matching.places import Relation, label, relation
from processor.matching.slips import Slip, one_slip
from processor.matching.tables import aliases, covered, full_names, networks, words
from processor.matching.text import ordinals


class Outcome(StrEnum):
    DUPLICATE = "重复"
    SUSPECTED = "疑似"
    DISTINCT = "不同"


Found = tuple[Outcome, str, dict[str, str]]
Proof = dict[str, str]  # sentence -> key (phone, contact, address) of what agrees besides the name
_DUPLICATE, _SUSPECTED, _DISTINCT = Outcome.DUPLICATE, Outcome.SUSPECTED, Outcome.DISTINCT
# Parts of an institution that buy for themselves.
_INDEPENDENT = ("医院", "中学", "小学", "高中", "幼儿园", "学校", "公司", "大学", "研究院")


def convincing(proof: Proof) -> bool:
    """Does enough besides the name agree to settle what the names leave open?"""
    return "phone" in proof.values() or {"contact", "address"} <= set(proof.values())


def judge_names(a: Parts, b: Parts, proof: Proof) -> Found:
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
    if parts.alias or parts.unit or parts.text in full_names():
        return False
    core = re.sub(r"第\d+", "", parts.core)
    return core not in networks() and all(covered(core))


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
    if a.core in networks() and b.core in networks():
        return _DISTINCT, "different", {"a": a.core, "b": b.core}
    slip = _slip(a, b)
    if slip:
        return _slipped(slip, proof)
    nowhere = not (a.seat or a.field or b.seat or b.field)
    if (place is Relation.SAME or nowhere) and a.unit == b.unit and _nearly(a.core, b.core):
        return _SUSPECTED, "wording", {"a": a.core, "b": b.core}
    return _DISTINCT, "different", {"a": a.core, "b": b.core}


_WEAK = re.compile("人民|管理|服务|行政|综合|执法|控股|集团|事业|发展|和|与|总")


def _nearly(a: str, b: str) -> bool:
    """Names that differ in filling words, or of which one picks its characters from the other."""
    if a in words().known and b in words().known:
        return False
    if _WEAK.sub("", a) == _WEAK.sub("", b):
        return True
    short, long = sorted((a, b), key=len)
    if len(short) < 3 or short[-1] != long[-1]:
        return False
    if short[0] == long[0]:
        return abbreviates(short, long)
    rest = iter(long)
    return len(short) > 3 and all(char in rest for char in short)


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
        short = not (a.complete and b.complete) and (len(a.core) >= 4 or convincing(proof))
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
        nowhere = not (a.seat or a.field or b.seat or b.field)
        if nowhere and not (_common(a) or _common(b)):
            return _DUPLICATE, "core_equal", {}
        if not a.seat and not b.seat and convincing(proof):
            return _DUPLICATE, "core_equal", {}
        return _SUSPECTED, "place_unknown", {}
    fields = relation(a.field, b.field)
    if not named or not (a.complete and b.complete):
        if fields is Relation.SAME or convincing(proof):
            return _DUPLICATE, "core_equal", {}
        return _SUSPECTED, "place_unknown", {}
    if convincing(proof):
        return _DUPLICATE, "core_equal", {}
    return _SUSPECTED, "place_level_company", {"a": label(a.seat), "b": label(b.seat)}


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
    branded = not all(covered(short.core))
    if len(short.core) < (2 if branded else 4) or not any(
        abbreviates(brief, full)
        for brief in (short.core, short.text)
        for full in (long.core, long.text)
    ):
        return _DISTINCT, "different", {"a": a.core, "b": b.core}
    if branch:
        return branch
    if branded and convincing(proof) and not long.institution:
        return _DUPLICATE, "abbreviation_proof", {"short": short.text, "long": long.text}
    return _SUSPECTED, "abbreviation", {"short": short.text, "long": long.text}


def abbreviates(short: str, long: str) -> bool:
    """Does `short` pick its characters from `long` in order?

    From the first one on; or, behind an opening of two or three characters (a county, 「南方」),
    from its first two characters on as they stand.
    """
    if len(short) < 2:
        return False
    start = 0 if long.startswith(short[0]) else long.find(short[:2], 2, 5)
    if start < 0:
        return False
    rest = iter(long[start:])
    return all(char in rest for char in short)
