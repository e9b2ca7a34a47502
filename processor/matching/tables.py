"""The tables of words beside this module, read once: wording, vocabulary, aliases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from processor.matching.text import numbered

HERE = Path(__file__).resolve().parent


def rows(name: str) -> Iterator[list[str]]:
    """Rows of a table below its comment and heading lines."""
    with (HERE / name).open(encoding="utf-8") as lines:
        heading = True
        for line in lines:
            if line.startswith("#") or not line.strip():
                continue
            if heading:
                heading = False
                continue
            yield line.rstrip("\n").split("\t")


@cache
def wording() -> dict[str, tuple[tuple[str, str], ...]]:
    """First character -> (written, canonical), longest first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for written, canonical in rows("wording.tsv"):
        found.setdefault(written[0], []).append((written, canonical))
    return {key: tuple(sorted(items, key=lambda i: -len(i[0]))) for key, items in found.items()}


def canonical(text: str) -> str:
    """`text` with every wording replaced by the one used for comparing."""
    table = wording()
    out: list[str] = []
    at, end = 0, len(text)
    while at < end:
        for written, word in table.get(text[at], ()):
            if text.startswith(written, at):
                out.append(word)
                at += len(written)
                break
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


class Words(NamedTuple):
    """The vocabulary by kind."""

    trade: frozenset[str]
    head: frozenset[str]
    weak: frozenset[str]
    known: frozenset[str]
    longest: int


@cache
def words() -> Words:
    kinds: dict[str, set[str]] = {"trade": set(), "head": set(), "weak": set()}
    for word, kind in rows("vocabulary.tsv"):
        kinds[kind].add(word)
    known = kinds["trade"] | kinds["head"]
    return Words(
        frozenset(kinds["trade"]),
        frozenset(kinds["head"]),
        frozenset(kinds["weak"]),
        frozenset(w for w in known | kinds["weak"] if len(w) > 1),
        max(map(len, known)),
    )


def opened(vocabulary: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Words by their first two characters, longest first."""
    found: dict[str, list[str]] = {}
    for word in vocabulary:
        if len(word) > 1:
            found.setdefault(word[:2], []).append(word)
    return {key: tuple(sorted(some, key=lambda w: (-len(w), w))) for key, some in found.items()}


@cache
def known_by_opening() -> dict[str, tuple[str, ...]]:
    """The vocabulary by first two characters, longest first."""
    return opened(words().known)


@lru_cache(maxsize=100_000)
def covered(text: str) -> tuple[bool, ...]:
    """Which characters of `text` lie inside a known word (longest words first, from the left)."""
    table = known_by_opening()
    mask = [False] * len(text)
    at = 0
    while at < len(text):
        for word in table.get(text[at : at + 2], ()):
            if text.startswith(word, at):
                mask[at : at + len(word)] = [True] * len(word)
                at += len(word)
                break
        else:
            at += 1
    return tuple(mask)


class AliasTable(NamedTuple):
    """The shipped aliases."""

    same: dict[str, tuple[tuple[str, str], ...]]  # alias -> (full name, place where it holds or "")
    # First two characters -> (alias, name of the network, may open a name), longest first.
    networks: dict[str, tuple[tuple[str, str, bool], ...]]
    successors: dict[str, tuple[str, ...]]  # canonical word -> words of the body that carries on


@cache
def aliases() -> AliasTable:
    same: dict[str, dict[tuple[str, str], None]] = {}
    networks: list[tuple[str, str, bool]] = []
    successors: dict[str, list[str]] = {}
    for cells in rows("aliases.tsv"):
        alias, full, kind, place = (*cells, "", "")[:4]
        if kind == "name":
            same.setdefault(numbered(alias), {})[(full, place)] = None
        elif kind in ("network", "local"):
            networks.append((alias, full, kind == "network"))
        elif kind == "successor":
            successors.setdefault(alias, []).append(full)
    networks.sort(key=lambda item: -len(item[0]))
    opening: dict[str, list[tuple[str, str, bool]]] = {}
    for item in networks:
        opening.setdefault(item[0][:2], []).append(item)
    return AliasTable(
        {key: tuple(value) for key, value in same.items()},
        {key: tuple(value) for key, value in opening.items()},
        {key: tuple(value) for key, value in successors.items()},
    )


@cache
def networks() -> frozenset[str]:
    """Names of the nation-wide networks."""
    return frozenset(name for known in aliases().networks.values() for _, name, _ in known)


@cache
def full_names() -> frozenset[str]:
    """Full names that the alias table knows."""
    return frozenset(full for known in aliases().same.values() for full, _ in known)


@cache
def taught() -> frozenset[str]:
    """Short names of schools and hospitals."""
    same = aliases().same
    ends = ("医院", "大学", "学院", "中学")
    return frozenset(short for short, known in same.items() if known[0][0].endswith(ends))


@cache
def taught_openings() -> frozenset[str]:
    """First two characters of the short names of schools and hospitals."""
    return frozenset(short[:2] for short in taught())


@cache
def taught_endings() -> frozenset[str]:
    """Last two characters of the short names of schools and hospitals."""
    return frozenset(short[-2:] for short in taught())
