"""A slip inside an ordinary word of a name, mended before parsing: 「第一八民医院」, 「有有限公司」, 「供洞县」.

Only slips that sound or look alike, a doubled or dropped character, or swapped neighbours; a mended name never counts as
equal by itself: `judge` treats it as a slip.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache

from processor.matching.slips import Slip, SlipKind, lookalikes, one_slip, sounds
from processor.matching.tables import wording, words

_LEGAL_WORDS = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "集团公司", "分公司")
_LONGEST = 10


@cache
def _variants() -> tuple[frozenset[str], dict[str, list[str]], dict[str, str], dict[str, str]]:
    """Exact words; word with a gap -> word; word with two swapped -> word; word lacking one -> word ("" = several)."""
    vocabulary = {w for entries in wording().values() for w, _ in entries} | {
        w for w in words().head if len(w) >= 4
    }
    vocabulary |= set(_LEGAL_WORDS)
    targets = {w for w in vocabulary if 4 <= len(w) <= _LONGEST}
    gap: dict[str, list[str]] = {}
    swap: dict[str, str] = {}
    lack: dict[str, str] = {}

    def put(table: dict[str, str], key: str, word: str) -> None:
        table[key] = word if table.get(key, word) == word else ""

    for word in targets:
        for at in range(len(word)):
            gap.setdefault(word[:at] + "?" + word[at + 1 :], []).append(word)
            if len(word) >= 6:
                put(lack, word[:at] + word[at + 1 :], word)
            if at and word[at] != word[at - 1]:
                put(swap, word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :], word)
    exact = frozenset(vocabulary | words().known)
    return exact, gap, swap, lack


def _alike(a: str, b: str) -> bool:
    return b in lookalikes().get(a, "") or bool(sounds(a) & sounds(b))


def _taken(text: str, exact: frozenset[str]) -> list[bool]:
    """Which characters already lie in a known word."""
    mask = [False] * len(text)
    at = 0
    while at < len(text):
        for end in range(min(len(text), at + _LONGEST + 4), at + 1, -1):
            if text[at:end] in exact:
                mask[at:end] = [True] * (end - at)
                at = end
                break
        else:
            at += 1
    return mask


@lru_cache(maxsize=50_000)
def mend(text: str) -> tuple[str, str]:
    """`text` with its first slip in an ordinary word mended, and what was mended (「八→人」) or ""."""
    exact, gap, swap, lack = _variants()
    taken = _taken(text, exact)
    size = len(text)
    for start in range(size - 3):
        for end in range(min(size, start + _LONGEST + 1), start + 3, -1):
            if all(taken[start:end]):
                continue
            piece = text[start:end]
            word = swap.get(piece) or (lack.get(piece) if end - start >= 5 else "")
            for at in range(len(piece)):
                if word:
                    break
                if at and piece[at] == piece[at - 1]:
                    whole = piece[:at] + piece[at + 1 :]
                    word = whole if len(whole) >= 4 and whole in exact else ""
                if not word and not taken[start + at] and not piece[at].isdigit():
                    meant = gap.get(piece[:at] + "?" + piece[at + 1 :], ())
                    alike = [w for w in meant if _alike(piece[at], w[at])]
                    word = alike[0] if len(alike) == 1 else ""
            if word:
                return text[:start] + word + text[end:], f"{piece}→{word}"
    return text, ""


def mended_place(text: str, names: Iterable[str], sure: str) -> tuple[str, int]:
    """The one of `names` that opens `text` but for a slip, and how many characters it takes there.

    `sure` is the name the place columns give: there any single slip is taken for one.
    """
    found: dict[str, int] = {}
    for name in names:
        size = len(name)
        for taken in (size, size + 1, size - 1):
            piece = text[:taken]
            if len(piece) != taken or taken < 2 or piece[-1] != name[-1]:
                continue
            slip = one_slip(piece, name)
            if slip and _believable(slip, piece, name, name == sure):
                found[name] = taken
                break
    if sure in found:
        return sure, found[sure]
    if len(found) != 1:
        return "", 0
    return next(iter(found.items()))


def _believable(slip: Slip, piece: str, name: str, sure: bool) -> bool:
    if sure:
        return len(name) >= 3
    if slip.kind is SlipKind.EXTRA:
        return min(len(piece), len(name)) >= 3 and len(name) >= 3
    return slip.plausible and len(name) >= 3
