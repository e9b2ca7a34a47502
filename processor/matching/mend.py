"""A slip in an ordinary word or a place name, mended before parsing: 「第一八民医院」, 「供洞县」.

Only slips that sound or look alike, a doubled or dropped character, or swapped neighbours; a mended
name never counts as equal by itself: `judge` treats it as a slip.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from processor.matching.slips import Slip, SlipKind, lookalikes, one_slip, sounds
from processor.matching.tables import opened, wording, words

_LEGAL_WORDS = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "集团公司", "分公司")
_LONGEST = 10


class _Words(NamedTuple):
    """Words that can be mended (four characters and more), by their first and last pair."""

    exact: frozenset[str]
    starting: dict[str, tuple[str, ...]]  # exact words by their first two characters, longest first
    opening: dict[str, tuple[str, ...]]
    closing: dict[str, tuple[str, ...]]
    swapped: dict[str, tuple[str, ...]]  # first four with the middle two swapped -> words


@cache
def _words() -> _Words:
    vocabulary = {written for entries in wording().values() for written, _ in entries}
    vocabulary |= {word for word in words().head if len(word) >= 4} | set(_LEGAL_WORDS)
    opening: dict[str, list[str]] = {}
    closing: dict[str, list[str]] = {}
    for word in sorted(vocabulary):
        if 4 <= len(word) <= _LONGEST:
            opening.setdefault(word[:2], []).append(word)
            closing.setdefault(word[-2:], []).append(word)
    exact = frozenset(vocabulary | words().known)
    swapped: dict[str, list[str]] = {}
    for word in (w for entries in opening.values() for w in entries if w[1] != w[2]):
        slip = word[0] + word[2] + word[1] + word[3]
        if slip + word[4:] not in exact:
            swapped.setdefault(slip, []).append(word)
    starting = opened(exact)
    return _Words(
        exact,
        starting,
        {key: tuple(value) for key, value in opening.items()},
        {key: tuple(value) for key, value in closing.items()},
        {key: tuple(value) for key, value in swapped.items()},
    )


def _alike(a: str, b: str) -> bool:
    return b in lookalikes().get(a, "") or bool(sounds(a) & sounds(b))


def _taken(text: str, table: _Words) -> list[bool]:
    """Which characters already lie in a known word."""
    mask = [False] * len(text)
    at, size = 0, len(text)
    while at < size:
        for word in table.starting.get(text[at : at + 2], ()):
            if text.startswith(word, at):
                mask[at : at + len(word)] = [True] * len(word)
                at += len(word)
                break
        else:
            at += 1
    return mask


def _mendable(text: str, at: int, word: str) -> int:
    """How many characters of `text` at `at` are `word` with one slip; 0 = they are not."""
    size, same = len(word), 0
    piece = text[at : at + size + 1]
    for one, other in zip(piece, word, strict=False):
        if one != other:
            break
        same += 1
    if same >= size or same >= len(piece):
        return 0
    if same and piece[same] == piece[same - 1] and piece[same + 1 : size + 1] == word[same:]:
        return size + 1
    rest = piece[same + 1 : size]
    if len(piece) >= size and rest == word[same + 1 :]:
        return size if not piece[same].isdigit() and _alike(piece[same], word[same]) else 0
    if size >= 6 and piece[same : size - 1] == word[same + 1 :]:
        return size - 1
    if piece[same : same + 2] == word[same : same + 2][::-1] and rest[1:] == word[same + 2 :]:
        return size
    return 0


@lru_cache(maxsize=50_000)
def mend(text: str) -> tuple[str, str]:
    """`text` with its one slip in an ordinary word mended, and what was mended or ""."""
    table = _words()
    taken = _taken(text, table)
    brand = taken.index(True) if True in taken else 0
    if all(taken[brand:]) and (not brand or (brand <= 4 and "公司" in text)):
        return text, ""  # at most a short brand in front of ordinary words
    size = len(text)
    found: dict[str, str] = {}

    def attempt(at: int, word: str) -> None:
        length = _mendable(text, at, word) if at >= 0 else 0
        if length and not all(taken[at : at + length]):
            piece = text[at : at + length]
            found[text[:at] + word + text[at + length :]] = f"{piece}→{word}"

    for at in range(size - 1):
        pair = text[at : at + 2]
        if pair in table.opening and not all(taken[at : at + _LONGEST]):
            for word in table.opening[pair]:
                attempt(at, word)
        for word in table.swapped.get(text[at : at + 4], ()):
            if text.startswith(word[4:], at + 4):
                attempt(at, word)
        if pair in table.closing and not all(taken[max(0, at - _LONGEST) : at + 2]):
            for word in table.closing[pair]:
                # The opening pair is broken, so the rest of the word is whole.
                tail = at + 4 - len(word)
                if tail < 1 or not (text[tail - 1] in word[:2] or text[tail - 2] == word[0]):
                    continue
                whole = text.startswith(word, tail - 2)
                if whole and (tail < 3 or text[tail - 3] != word[0]):
                    continue
                if text.startswith(word[2:], tail):
                    for start in (tail - 2, tail - 3, tail - 1):
                        attempt(start, word)
    if len(found) == 1:
        return next(iter(found.items()))
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
