"""Editions of the regulation: one TOML file each maps rule keys to clause, quoted text, parameters.

Loading is strict: a missing or unknown key, parameter or switch is an `EditionError` that names the
file, the key and what is allowed. `IMPLEMENTED` says which readings the code knows; a switch with
one value is a settled reading, listed so that nobody has to search for it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

from processor.model import RuleKey

EDITIONS = Path(__file__).with_name("editions")

# Parameters the code reads, by rule: whole numbers with a unit.
PARAMETERS: Mapping[RuleKey, tuple[str, ...]] = {
    RuleKey.FIRST_COME: ("ruling_days",),
    RuleKey.MINIMUM_QUANTITY: ("minimum",),
    RuleKey.APPLICATION_LEAD_TIME: ("days", "match_days"),
    RuleKey.SORTING: ("working_days",),
    RuleKey.SCREENING: ("working_days",),
    RuleKey.EXPIRY_DATE: ("hold_days", "warn_days"),
    RuleKey.CONTRACT_REGISTER: ("day",),
    RuleKey.DEALER_PROJECT_REWARD: ("minimum", "rate", "amount"),
    RuleKey.DEPARTMENT_COMPLETION_REWARD: ("step", "amount", "cap"),
    RuleKey.DEPARTMENT_PROJECT_REWARD: ("minimum", "rate", "amount", "cap"),
    RuleKey.SCREENING_OVERDUE: ("amount",),
    RuleKey.EXPIRY_MISSING: ("amount",),
    RuleKey.BULLETIN_OVERDUE: ("amount",),
    RuleKey.REGISTER_OVERDUE: ("amount",),
    RuleKey.LEAK: ("amount", "marks"),
}

# Readings the code knows, by switch.
IMPLEMENTED: Mapping[str, tuple[str, ...]] = {
    "class.default": ("内部",),
    "category.other": ("review",),
    "dup.scope": ("unit+project",),
    "dup.time": ("received",),
    "dup.tie": ("ruling",),
    "dup.block_by": ("pending+valid",),
    "dup.revive": ("true",),
    "dup.after_expiry": ("new",),
    "dup.reveal": ("time",),
    "contact.required": ("name+method",),
    "count.rejected_in_total": ("false",),
    "template.strict": ("required_only",),
    "month.by": ("received",),
    "month.split": ("false",),
    "quarter.rate": ("sum", "mean", "capped"),
    "count.unit": ("条",),
    "min_qty": ("inclusive", "exclusive"),
    "qty": ("sum_of_models",),
    "lead_time.effect": ("count_only",),
    "dealer.reward_requires_counted": ("true", "false"),
    "taxi.dealer": ("review", "accept", "reject"),
    "taxi.district": ("city", "county"),
    "bulletin.feb": ("last_day",),
    "bulletin.shift": ("next_workday", "none"),
    "screen.pause_on_more_info": ("false",),
    "register.inclusive": ("true", "false"),
    "register.shift": ("next_workday", "none"),
    "conv.scope": ("project", "aggregate"),
    "conv.numerator": ("quarter", "cumulative"),
    "conv.pay_once": ("true", "false"),
    "conv.denominator": ("confirmed", "reported"),
    "conv.cross_dealer": ("reporter",),
    "conv.take_back": ("false", "true"),
    "dept.cap": ("separate", "shared"),
    "penalty.unit": ("lead", "batch"),
    "blackdot.window": ("lifetime",),
    "fiscal.start": ("1",),
    "target.version": ("in_force",),
}


class EditionError(ValueError):
    """An edition file or a switch setting that cannot be used; the message is for people."""


@dataclass(frozen=True, slots=True)
class Param:
    value: int
    unit: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A clause as this edition has it; `absent` when the edition has no such rule."""

    clause: str = ""
    text: str = ""
    params: Mapping[str, Param] | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Switch:
    """A disputed reading: the clause's rule, the question, each allowed value and its meaning."""

    rule: RuleKey
    question: str
    default: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of the regulation with the readings chosen."""

    key: str  # file stem: DKHW080004-v4, stored with every row
    title: str
    number: str
    edition: str
    issuer: str
    effective_from: date
    rules: Mapping[RuleKey, Rule]
    switches: Mapping[str, Switch]
    chosen: Mapping[str, str]

    def has(self, rule: RuleKey) -> bool:
        """Whether this edition has the rule at all."""
        return not self.rules[rule].absent

    def clause(self, rule: RuleKey) -> str:
        """Clause number for people: 5.2, 7.3.2-甲; empty when the rule is absent."""
        return self.rules[rule].clause

    def text(self, rule: RuleKey) -> str:
        """The clause's own words."""
        return self.rules[rule].text

    def param(self, rule: RuleKey, name: str) -> int:
        """A whole number of the clause. EditionError when the rule is absent or has none such."""
        params = self.rules[rule].params or {}
        if name not in params:
            raise EditionError(
                f"{self.key}：规则 {rule} 没有参数 {name}（可用：{_list(params)}）。"
            )
        return params[name].value

    def unit(self, rule: RuleKey, name: str) -> str:
        """The unit of a parameter: 台, 天, 元…"""
        self.param(rule, name)
        return (self.rules[rule].params or {})[name].unit

    def switch(self, name: str) -> str:
        """The reading chosen. EditionError when there is no such switch."""
        if name not in self.chosen:
            raise EditionError(f"{self.key}：没有开关 {name}（可用：{_list(self.switches)}）。")
        return self.chosen[name]

    def on(self, name: str) -> bool:
        """A true/false switch."""
        return self.switch(name) == "true"

    def with_switches(self, chosen: Mapping[str, str]) -> Edition:
        """The same edition under other readings. EditionError for an unknown switch or value."""
        for name, value in chosen.items():
            if name not in self.switches:
                raise EditionError(f"没有开关 {name}（可用：{_list(self.switches)}）。")
            allowed = self.switches[name].values
            if value not in allowed:
                raise EditionError(f"开关 {name} 不能取 {value}（可取：{_list(allowed)}）。")
        return replace(self, chosen={**self.chosen, **chosen})


def in_force(editions: Iterable[Edition], day: date) -> Edition:
    """The edition in force on `day`: the latest that has taken effect. EditionError before all."""
    started = [edition for edition in editions if edition.effective_from <= day]
    if not started:
        raise EditionError(f"{day.isoformat()} 尚无生效的办法版次。")
    return max(started, key=lambda edition: edition.effective_from)


@cache
def load_all(directory: Path = EDITIONS) -> tuple[Edition, ...]:
    """Every edition file of the directory, by the day it takes effect."""
    found = [load(path) for path in sorted(directory.glob("*.toml"))]
    found.sort(key=lambda edition: edition.effective_from)
    for before, after in pairwise(found):
        if before.effective_from == after.effective_from:
            raise EditionError(f"{before.key} 与 {after.key} 的生效日期相同，请改正。")
    return tuple(found)


@cache
def load(path: Path) -> Edition:
    """Read one edition file. EditionError (file, key, what is allowed) on anything unexpected."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EditionError(f"{path.name}：读不出来（{error}）。") from error
    where = path.name
    _keys(where, "", data, required=("head", "rule", "switch"))
    head = _table(where, "head", data["head"])
    _keys(
        where,
        "head",
        head,
        required=("title", "number", "edition", "issuer", "effective_from"),
    )
    effective = head["effective_from"]
    if type(effective) is not date:
        raise EditionError(f"{where}：head.effective_from 应为日期，例如 2008-02-14。")
    rules = _table(where, "rule", data["rule"])
    _keys(where, "rule", rules, required=tuple(RuleKey))
    switches = _table(where, "switch", data["switch"])
    _keys(where, "switch", switches, required=tuple(IMPLEMENTED))
    read = {name: _switch(where, name, switches[name]) for name in IMPLEMENTED}
    return Edition(
        key=path.stem,
        title=_text(where, "head.title", head["title"]),
        number=_text(where, "head.number", head["number"]),
        edition=_text(where, "head.edition", head["edition"]),
        issuer=_text(where, "head.issuer", head["issuer"]),
        effective_from=effective,
        rules={key: _rule(where, key, rules[key]) for key in RuleKey},
        switches=read,
        chosen={name: switch.default for name, switch in read.items()},
    )


def _rule(where: str, key: RuleKey, data: object) -> Rule:
    path = f"rule.{key}"
    table = _table(where, path, data)
    if "absent" in table:
        if table["absent"] is not True:
            raise EditionError(f"{where}：{path}.absent 只能写 true。")
        _keys(where, path, table, required=("absent",))
        return Rule(absent=True)
    names = PARAMETERS.get(key, ())
    _keys(where, path, table, required=("clause", "text", *(("params",) if names else ())))
    params: dict[str, Param] = {}
    raw = _table(where, f"{path}.params", table.get("params", {}))
    _keys(where, f"{path}.params", raw, required=names)
    for name in names:
        item = _table(where, f"{path}.params.{name}", raw[name])
        _keys(where, f"{path}.params.{name}", item, required=("value", "unit"))
        value = item["value"]
        if type(value) is not int or value < 0:
            raise EditionError(f"{where}：{path}.params.{name}.value 应为非负整数。")
        params[name] = Param(value, _text(where, f"{path}.params.{name}.unit", item["unit"]))
    return Rule(
        clause=_text(where, f"{path}.clause", table["clause"]),
        text=_text(where, f"{path}.text", table["text"]),
        params=params,
    )


def _switch(where: str, name: str, data: object) -> Switch:
    path = f"switch.{name}"
    table = _table(where, path, data)
    _keys(where, path, table, required=("rule", "question", "default", "values"))
    values = _table(where, f"{path}.values", table["values"])
    _keys(where, f"{path}.values", values, required=IMPLEMENTED[name])
    default = _text(where, f"{path}.default", table["default"])
    rule = _text(where, f"{path}.rule", table["rule"])
    if default not in values:
        raise EditionError(f"{where}：{path}.default 不能取 {default}（可取：{_list(values)}）。")
    if rule not in tuple(RuleKey):
        raise EditionError(f"{where}：{path}.rule 不能取 {rule}（可取：{_list(RuleKey)}）。")
    return Switch(
        rule=RuleKey(rule),
        question=_text(where, f"{path}.question", table["question"]),
        default=default,
        values={key: _text(where, f"{path}.values.{key}", text) for key, text in values.items()},
    )


def _keys(where: str, path: str, table: Mapping[str, object], required: Iterable[str]) -> None:
    wanted = tuple(str(key) for key in required)
    place = path or "文件顶层"
    for key in wanted:
        if key not in table:
            raise EditionError(f"{where}：{place} 缺少 {key}（应有：{_list(wanted)}）。")
    for key in table:
        if key not in wanted:
            raise EditionError(f"{where}：{place} 有不认识的 {key}（只能有：{_list(wanted)}）。")


def _table(where: str, path: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise EditionError(f"{where}：{path} 应为一个表。")
    return value


def _text(where: str, path: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise EditionError(f"{where}：{path} 应为非空文字。")
    return value


def _list(keys: Iterable[object]) -> str:
    return "、".join(str(key) for key in keys) or "无"
