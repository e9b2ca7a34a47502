"""Errors a unit could have avoided, read back from the words in which it was told of them.

The record keeps what a receipt said (不予接收原因, 请补充), not the codes behind it. The
catalogue's own templates lead back from the words to the entry, without submitted text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from processor.intake.headings import heading_key
from processor.intake.problems import Entry, catalogue
from processor.model import RuleKey, Severity
from schemas.fields import Field
from schemas.lead import LEAD_FORM

_APART = re.compile(r"；(?=「|第 \d+ 行：|提报单位“|所填出租)")
_PLACE = re.compile(
    r"(?:「(?P<heading>.+?)」(?:（[A-Z]+\d+）)?|第 \d+ 行：)?(?P<words>.*)", re.DOTALL
)
# several entries say the same words, each of its own column
_OWN = {
    "customer": "customer_",
    "category": "category_",
    "quantity": "quantity_",
    "contact": "contact_",
    "contact_phone": "method_",
}
_TAXI_LEVEL = re.compile(r"所填出租运营地级别“.*”与“.*”的行政级别不符.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Avoidable:
    """A kind of error: what, the rule behind it, how to avoid it. Holds nothing submitted."""

    problem: str
    rule: RuleKey | None
    remedy: str


TAXI_LEVEL = Avoidable(
    "出租运营地级别与所在地不符", RuleKey.CITY_TAXI, "请核对出租运营地级别和省、市、县(区)"
)


def kinds_told(text: str | None) -> set[Avoidable]:
    """The kinds of error in a refusal's reasons or a lead's reminders, each once."""
    found = set()
    for piece in _pieces(text or ""):
        match = _PLACE.fullmatch(piece)
        kind = _kind(match["heading"] or "", match["words"]) if match and piece else None
        if kind is not None:
            found.add(kind)
    return found


def _pieces(text: str) -> Iterator[str]:
    """One message each; what a cell held stands in quotes and is never cut."""
    held = ""
    for piece in _APART.split(text):
        held = f"{held}；{piece}" if held else piece
        if held.count("“") <= held.count("”"):
            yield held
            held = ""
    if held:
        yield held


@lru_cache(maxsize=4096)
def _kind(heading: str, words: str) -> Avoidable | None:
    if _TAXI_LEVEL.fullmatch(words):
        return TAXI_LEVEL
    column = _columns().get(heading_key(heading)) if heading else None
    entries = [entry for pattern, entry in _patterns() if pattern.fullmatch(words)]
    own = _OWN.get(column.name, "") if column else ""
    mine = [entry for entry in entries if own and entry.code.startswith(own)]
    common = [entry for entry in entries if not entry.code.startswith(tuple(_OWN.values()))]
    for entry in (*mine, *common, *entries):
        return _described(entry, column, heading)
    return None


def _described(entry: Entry, column: Field | None, heading: str) -> Avoidable:
    shown = column.heading if column else heading
    title = entry.title
    # titles of reminders fit many columns: the column says which
    if entry.severity is Severity.REMIND and shown and shown not in title:
        title = f"{shown}：{title}"
    hint = column.hint.rstrip("。") if column else ""
    allowed = "、".join(column.allowed) if column else ""
    fields: dict[str, str] = defaultdict(str)
    fields.update(hint=f"：{hint}" if hint else "", allowed=allowed)
    return Avoidable(title, entry.rule, entry.remedy.format_map(fields))


@cache
def _columns() -> dict[str, Field]:
    """The form's columns by every heading under which they are understood; official ones win."""
    fields = (*LEAD_FORM.block, *LEAD_FORM.fields)
    found = {heading_key(item.heading): item for item in fields}
    for item in fields:
        for words in item.synonyms:
            found.setdefault(heading_key(words), item)
    return found


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Entry], ...]:
    found = []
    for entry in catalogue().values():
        if entry.severity is not Severity.NOTE:
            pieces = re.split(r"\{\w+\}", entry.message)
            found.append((re.compile(".*".join(map(re.escape, pieces)), re.DOTALL), entry))
    return tuple(found)
