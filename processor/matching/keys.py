"""Keys under which a party is filed and looked up, so that only plausible candidates are compared.

Each key is a 32-bit number of a short text; a collision only costs one comparison. Filing and
looking up differ where one side's oddness (a short form, an unknown place) must not make every
ordinary row look at every other.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from zlib import crc32

from processor.matching.gazetteer import Spot, gazetteer, short
from processor.matching.judge import Side
from processor.matching.names import Parts
from processor.matching.places import contains, finest
from processor.matching.tables import aliases, covered, known_by_opening


def number(text: str) -> int:
    """The key of a text."""
    return crc32(text.encode())


@lru_cache(maxsize=200_000)
def _ordinary(core: str) -> bool:
    return all(covered(core))


@lru_cache(maxsize=4096)
def _bound(core: str) -> tuple[str, ...]:
    """Predecessors and successors of a body, and the hospital with or without its 「第1」."""
    if core in ("医院", "第1医院"):
        return ("医院", "第1医院")
    table = aliases().successors
    return tuple(
        dict.fromkeys((*table.get(core, ()), *(old for old, new in table.items() if core in new)))
    )


def _place(parts: Parts) -> Spot:
    return parts.seat or parts.field


def _scopes(parts: Parts) -> tuple[int, int]:
    """The province and the city a company is filed under, 0 = unknown."""
    place = _place(parts)
    if not place.city and contains(place, parts.field):
        place = parts.field
    return place.province, place.city


def _shortened(text: str, size: int) -> Iterable[str]:
    for at in range(min(len(text), size)):
        yield text[:at] + text[at + 1 :]


def initials(parts: Parts) -> tuple[str, ...]:
    """Customary abbreviations by first characters: 江淮 + 汽车 -> 江汽; 安徽 + 农大 -> 安农大."""
    core, place = parts.core, _place(parts)
    picked = _firsts(core)
    if parts.institution:
        code = place.city or place.province
        name = short(gazetteer().names[code]) if code else ""
        return (name[0] + picked, name + picked) if name else ()
    return (picked,) if len(picked) > 1 else ()


@lru_cache(maxsize=65_536)
def _firsts(core: str) -> str:
    """The first character of every word of a core; a brand gives two."""
    table = known_by_opening()
    picked, at = "", 0
    while at < len(core):
        size = 2 if at == 0 and len(core) >= 3 else 1
        for word in table.get(core[at : at + 2], ()):
            if core.startswith(word, at):
                size = len(word)
                break
        picked += core[at]
        at += size
    return picked


def filed(side: Side) -> set[int]:
    """Keys under which a party on record is found."""
    parts = side.parts
    core, place = parts.core, _place(parts)
    found = [f"X{parts.text}"]
    found += [f"T{phone}" for phone in side.phones]
    if parts.alias:
        found.append(f"X{parts.alias}")
    if parts.institution:
        where = finest(place)
        found += [f"I{core}|{where}", f"P{core}" if place else f"U{core}", f"C{core}|{place.city}"]
        if not parts.seat:
            found.append(f"F{core}|{place.city}")
        odd = not _ordinary(core)
        for piece in _shortened(core, 12):
            found.append(f"D{piece}|{where}")
            if odd:
                found.append(f"E{piece}|{where}")
        if odd:
            found.append(f"E{core}|{where}")
        found.append(f"D{core}|{where}")
    else:
        province, city = _scopes(parts)
        scope = city or province
        found += [f"B{core}", f"H{core[:3]}|{scope}"]
        found += [f"D{piece}|{scope}" for piece in _shortened(core, 4)]
        found.append(f"S{core[:2]}" if parts.complete else f"Q{core[:2]}")
        if not parts.complete:
            found += [f"A{core}", f"A{parts.text}"]
    if parts.complete and len(core) < 12:
        found += [f"G{word}" for word in initials(parts)]
    return {crc32(text.encode()) for text in found}


def sought(side: Side, dull: frozenset[str] = frozenset()) -> set[int]:
    """Keys under which a new party looks for the same customer."""
    parts = side.parts
    core, place = parts.core, _place(parts)
    found = [f"X{parts.text}"]
    found += [f"T{phone}" for phone in side.phones - dull]
    for full in parts.others:
        found.append(f"X{full}")
    if parts.alias:
        found.append(f"X{parts.alias}")
    if parts.institution:
        where = finest(place)
        found += [f"I{word}|{where}" for word in (core, *_bound(core))]
        found += [f"U{core}", f"F{core}|{place.city}"]
        if not place:
            found.append(f"P{core}")
        elif not parts.seat:
            found.append(f"C{core}|{place.city}")
        kind = "E" if _ordinary(core) else "D"
        found += [f"{kind}{piece}|{where}" for piece in (core, *_shortened(core, 12))]
    else:
        found.append(f"B{core}")
        for scope in {0, *_scopes(parts)}:
            found += [f"D{piece}|{scope}" for piece in (core, *_shortened(core, 4))]
            found.append(f"H{core[:3]}|{scope}")
        found.append(f"Q{core[:2]}")
        if not parts.complete:
            found += [f"S{core[:2]}", f"G{core}", f"G{parts.text}"]
    if parts.complete and len(core) < 12:
        found += [f"A{word}" for word in initials(parts)]
    return {crc32(text.encode()) for text in found}
