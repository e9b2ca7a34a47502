"""The roster workbook (单位名录): who may report, who screens what, which days work.

Headings are read tolerantly (synonyms, spaces, full-width forms); what is wrong with a row is a
`Problem` with sheet and cell, and only the row or value concerned is left out.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processor.model import Alias, Duty, Person, Roster, Unit, UnitKind

if TYPE_CHECKING:
    from processor.model import Problem

_SEPARATORS = re.compile(r"[;；、\n]+")
_EVERY = ("", "*")


@dataclass(frozen=True, slots=True)
class Reading:
    """A roster as read, and everything found wrong with the workbook."""

    roster: Roster
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who answers for the screening of a lead."""

    section: str
    person: str
    deputy_used: bool


def load(path: Path) -> Roster:
    """The roster in that workbook. Raises OSError when the file cannot be opened and ValueError
    when it is no workbook."""
    return read(path).roster


def read(path: Path) -> Reading:
    """The roster with its problems. Raises as `load`."""
    from processor.roster_reading import read_workbook

    return read_workbook(path)


# --- questions ---


def find_unit(roster: Roster, text: str) -> Unit | None:
    """The unit meant by a full name, an alias, a folder name or a code.

    Full names and codes go before aliases; an alias of several units means none of them. Of several
    rows with one name the one that is not suspended (状态 在网) wins.
    """
    return _index(roster).get(_key(text)) if text else None


def screener_for(roster: Roster, category: str, province: str, day: date) -> Assignment | None:
    """Section and person who screen a category in a province on that day (6.2, 6.3).

    The most specific row of 甄别分工 wins (category before province, then the upper row); blank or
    `*` means all. The deputy steps in when the first is not on duty on that day; a person who is
    not on the 人员 sheet counts as on duty. None when no row fits or nobody of the row is on duty.
    """
    best: Duty | None = None
    best_rank = -1
    where = place_key(province)
    for duty in roster.duties:
        any_category = duty.category in _EVERY
        any_province = duty.province in _EVERY
        if not (any_category or duty.category == category):
            continue
        if not (any_province or place_key(duty.province) == where):
            continue
        rank = 2 * (not any_category) + (not any_province)
        if rank > best_rank:
            best, best_rank = duty, rank
    if best is None:
        return None
    if _on_duty(roster, best.screener, day):
        return Assignment(best.section, best.screener, False)
    deputy = best.deputy or next(
        (p.deputy for p in roster.people if p.name == best.screener and p.deputy), ""
    )
    if deputy and _on_duty(roster, deputy, day):
        return Assignment(best.section, deputy, True)
    return None


def duty_people(roster: Roster, role: str, day: date) -> tuple[Person, ...]:
    """The people of a role (策略科责任人, 领导 …) on duty on that day, in the roster's order."""
    return tuple(p for p in roster.people if p.role == role and p.on_duty(day))


def place_key(province: str) -> str:
    """A province's short name: 安徽省 and 安徽, 广西壮族自治区 and 广西 are the same."""
    text = _key(province)
    for end in ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "特别行政区", "省", "市"):
        if text.endswith(end) and len(text) - len(end) >= 2:
            return text.removesuffix(end)
    return text


def _on_duty(roster: Roster, name: str, day: date) -> bool:
    rows = [p for p in roster.people if p.name == name]
    return not rows or any(p.on_duty(day) for p in rows)


def _key(text: str) -> str:
    from processor.intake.text import squeeze

    return squeeze(text).casefold()


# The index of the roster asked last: a run asks thousands of times about one roster, and hashing
# all its units each time would cost more than the look-up.
_last: tuple[Roster | None, dict[str, Unit]] = (None, {})


def _index(roster: Roster) -> dict[str, Unit]:
    global _last
    known, index = _last
    if known is not roster:
        index = _build_index(roster.units)
        _last = (roster, index)
    return index


def _build_index(units: Iterable[Unit]) -> dict[str, Unit]:
    named: dict[str, Unit] = {}
    loose: dict[str, set[str]] = {}
    by_code: dict[str, Unit] = {}
    for unit in units:
        by_code.setdefault(_key(unit.code), unit)
        held = named.get(_key(unit.name))
        if held is None or (unit.active and not held.active):
            named[_key(unit.name)] = unit
        for other in (*unit.aliases, unit.folder):
            if other:
                loose.setdefault(_key(other), set()).add(_key(unit.code))
    index = {key: by_code[codes.pop()] for key, codes in loose.items() if len(codes) == 1}
    return index | by_code | named


def addresses(text: str) -> list[str]:
    """The usable addresses in a roster cell: `a@b.cn；c@d.cn` are two, 无 is none."""
    found = re.split(r"[;；,，、\s]+", unicodedata.normalize("NFKC", text))
    return [a for a in found if re.fullmatch(r"[!-?A-~]+@[\w-]+(\.[\w-]+)+", a, re.ASCII)]


def split_aliases(text: str) -> tuple[str, ...]:
    """Names joined by 「;」 or 「、」, each once."""
    return tuple(dict.fromkeys(p.strip() for p in _SEPARATORS.split(text) if p.strip()))


# --- JSON, for the cache by hash and for the journals ---


def to_json(roster: Roster) -> str:
    """The whole roster as JSON text; `from_json` gives an equal one back."""
    return json.dumps(_shallow(roster), ensure_ascii=False, separators=(",", ":"), default=_shallow)


def _shallow(value: Any) -> Any:
    """What JSON knows: a record as its fields, a day as its text."""
    if isinstance(value, date):
        return value.isoformat()
    return {field.name: getattr(value, field.name) for field in fields(value)}


def from_json(text: str) -> Roster:
    """The roster written by `to_json`. Raises ValueError, KeyError or TypeError for other text."""
    raw: dict[str, Any] = json.loads(text)
    return Roster(
        units=tuple(
            Unit(
                **{
                    **_dated(u),
                    "kind": UnitKind(u["kind"]),
                    "aliases": tuple(u["aliases"]),
                }
            )
            for u in raw["units"]
        ),
        people=tuple(Person(**_dated(p)) for p in raw["people"]),
        duties=tuple(Duty(**d) for d in raw["duties"]),
        calendar=tuple((date.fromisoformat(day), bool(works)) for day, works in raw["calendar"]),
        aliases=tuple(Alias(**a) for a in raw["aliases"]),
        sha256=raw["sha256"],
    )


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    ends = {k: date.fromisoformat(row[k]) if row[k] else None for k in ("since", "until")}
    return {**row, **ends}
