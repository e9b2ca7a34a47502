"""One slip between two words: what differs, and whether a slip of the pen is the likely cause.

A slip is one character replaced, left out, added, doubled, or two neighbours swapped. It is
*plausible* when the characters sound alike (pinyin, with the usual confusions), look alike, or when
the slip breaks an ordinary word of the other name; a single different character of a brand that
neither sounds nor looks alike is rather another brand (雍丰 / 雍华).
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from processor.matching.tables import covered, rows


class SlipKind(StrEnum):
    SWAP = "相邻两字颠倒"
    SOUND = "音近字"
    SHAPE = "形近字"
    WORD = "常用词中一字之差"
    EXTRA = "多或少一字"
    CHARACTER = "一字之差"


class Slip(NamedTuple):
    """What differs and how."""

    kind: SlipKind
    a: str  # the differing characters of the first text
    b: str

    @property
    def plausible(self) -> bool:
        return self.kind is not SlipKind.CHARACTER


_FOLD = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))


@lru_cache(maxsize=8192)
def sounds(char: str) -> frozenset[str]:
    """Readings of one character without tones, with the usual confusions folded (zh=z, ang=an)."""
    import unicodedata

    from pypinyin.pinyin_dict import pinyin_dict  # heavy table

    found = set()
    for reading in pinyin_dict.get(ord(char), "").split(",")[:2]:  # the rest is rare
        plain = "".join(
            c
            for c in unicodedata.normalize("NFD", reading)
            if not unicodedata.combining(c) or c == "\u0308"
        )
        if plain:
            for old, new in _FOLD:
                plain = plain.replace(old, new)
            found.add(plain)
    return frozenset(found)


@cache
def lookalikes() -> dict[str, str]:
    """Character -> characters that look like it."""
    found: dict[str, str] = {}
    for char, others in rows("lookalikes.tsv"):
        found[char] = found.get(char, "") + others
        for other in others:
            found[other] = found.get(other, "") + char
    return found


def one_slip(a: str, b: str) -> Slip | None:
    """The one slip between `a` and `b`; None when equal or when more than that differs."""
    if a == b or abs(len(a) - len(b)) > 1:
        return None
    start, shorter = 0, min(len(a), len(b))
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[-1 - end] == b[-1 - end]:
        end += 1
    left, right = a[start : len(a) - end], b[start : len(b) - end]
    if len(left) == 2 and left == right[::-1]:
        return Slip(SlipKind.SWAP, left, right)
    if len(left) <= 1 and len(right) <= 1:
        if left.isdigit() or right.isdigit():
            return None  # 第一 / 第二 is no slip
        if len(left) == len(right) == 1:
            return Slip(_substitution(a, b, start), left, right)
        if left + right == "":
            return None
        return Slip(SlipKind.EXTRA, left, right)
    return None


def _substitution(a: str, b: str, at: int) -> SlipKind:
    left, right = a[at], b[at]
    known_a, known_b = covered(a)[at], covered(b)[at]
    if known_a and known_b:
        return SlipKind.CHARACTER  # both are ordinary words: 财政局 / 民政局
    if sounds(left) & sounds(right):
        return SlipKind.SOUND
    if right in lookalikes().get(left, ""):
        return SlipKind.SHAPE
    if known_a != known_b:
        return SlipKind.WORD
    return SlipKind.CHARACTER
