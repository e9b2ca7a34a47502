"""Is it the same customer, the same purchase? What decided is a named rule, and it is the reason.

Order: credit codes; pairs people ruled; then the names (`rules`), where vetoes (place, ordinals,
branch, department) come before every kind of likeness and are never overridden by it. A phone never
decides alone: it only settles what the names leave open (a slip, a short form).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from processor.matching.knowledge import NOTHING, Knowledge, phone_tokens, token
from processor.matching.names import Parts, parse_text
from processor.matching.places import of_columns
from processor.matching.reasons import explain
from processor.matching.rules import Found, Outcome, Proof, judge_names
from processor.matching.text import normalise

__all__ = ["Judgement", "Outcome", "Party", "Side", "compare", "prepare", "same_purchase"]


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


_DUPLICATE, _SUSPECTED, _DISTINCT = Outcome.DUPLICATE, Outcome.SUSPECTED, Outcome.DISTINCT
_TITLES = (
    *("经理", "主任", "科长", "先生", "女士", "小姐", "局长", "处长", "老师", "师傅", "院长"),
    *("校长", "总", "工"),
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
    """Is `a` the same customer as `b`? Symmetric; names, places, codes and contacts decide."""
    return compare_sides(prepare(a, know), prepare(b, know), know)


def compare_sides(a: Side, b: Side, know: Knowledge = NOTHING) -> Judgement:
    """`compare` for parties made ready before."""
    a, b, proof, found = _weigh(a, b, know)
    return _judgement(a, b, proof, found)


def kinship(a: Side, b: Side, know: Knowledge = NOTHING) -> Judgement | None:
    """`compare_sides`, but None for a different customer: what the index asks of candidates."""
    a, b, proof, found = _weigh(a, b, know)
    return None if found[0] is _DISTINCT else _judgement(a, b, proof, found)


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
    found = judge_names(one, other, proof)
    if found[0] is _DUPLICATE and found[1] != "text_equal" and one.mended != other.mended:
        said = {"kind": "疑似笔误", "a": one.mended or "无", "b": other.mended or "无"}
        if "phone" in proof.values():
            return _DUPLICATE, "slip_phone", said
        return _SUSPECTED, "slip", said
    if found[0] is _DUPLICATE and one.alias != other.alias:
        return _DUPLICATE, "alias", {"alias": one.alias or other.alias}
    if found[0] is _DISTINCT and (one.others or other.others):
        for left, right in ((one, other), (other, one)):
            for full in left.others:
                again = judge_names(parse_text(full, left.field), right, proof)
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


def same_purchase(earlier: Party, later: Party) -> Judgement:
    """Given one customer and a live earlier lead: is the later lead the same purchase (5.1)?

    疑似 when the category differs, both name a project and the names differ, or the purchases are
    expected more than six months apart; a different model alone says nothing.
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
    """More than `months` calendar months between the days (to the same day is not more)."""
    first, last = sorted((a, b))
    whole = (last.year - first.year) * 12 + last.month - first.month
    return whole > months or (whole == months and last.day > first.day)
