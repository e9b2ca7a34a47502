"""Contracts, applications, leaks and targets: the part of the story that ends in yuan."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from processor.demo import recount
from processor.demo.days import month_end, quarter_of
from processor.demo.plot import Planner
from processor.demo.records import (
    CONVERTED,
    EXPIRED,
    VALID,
    Application,
    ContractLine,
    Key,
    KeyUnit,
    Leak,
    Register,
    Step,
    Targets,
)

# vehicles, pick-ups by month of the story (0-based); what 7.1.1 / 7.2.2 must say of it
DEALS: tuple[tuple[str, int, dict[int, int]], ...] = (
    ("恰好40%", 10, {0: 4}),
    ("差一台", 10, {1: 3}),
    ("不足10台", 9, {1: 9}),
    ("两月合计40%", 10, {0: 2, 1: 2}),
    ("全部提车", 12, {1: 5, 2: 7}),
    ("跨店执行", 20, {1: 8}),
    ("退车后不足", 10, {0: 5, 1: -2}),
    ("无提车", 15, {1: 0}),
    ("两季都达标", 10, {0: 4, 3: 4}),
    ("下季退车", 10, {1: 4, 3: -2}),
    ("季后更正补足", 10, {2: 3}),
    ("季后更正取消", 10, {2: 4}),
)
AMENDED = {
    "季后更正补足": 1,
    "季后更正取消": -1,
}  # vehicles, when the quarter's last month is resent
# quarter's completion in percent a department is steered to: counted leads / target
RATIOS: tuple[tuple[int, int], ...] = ((6, 5), (7, 5), (11, 10), (1, 1), (3, 2), (12, 11))


NIL = 4  # in long stories this month (0-based) has no contracts at all: a nil register


@dataclass(frozen=True, slots=True)
class Deals:
    registers: tuple[Register, ...]
    applications: tuple[Application, ...]
    leaks: tuple[Leak, ...]


def plan_deals(p: Planner, months: list[date]) -> Deals:
    """Plants the projects that are contracted and their registers, applications and leaks."""
    lines: dict[date, list[ContractLine]] = defaultdict(list)
    applications: list[Application] = []
    tags: list[str] = []
    amended: dict[str, int] = {}
    for n in range(0, min(len(months), 9), 3):
        tags += _dealer_deals(p, months[n : n + 4], lines, applications, amended)
        tags += _department_deals(p, months[n : n + 3], lines)
    if len(months) > NIL + 1:
        _empty(lines, months[NIL], months[NIL + 1])
    registers = _registers(p, months, lines, amended)
    for register in registers:
        _convert(p, register, registers)
    return Deals(tuple(registers), tuple(applications), _leaks(p, months, tags))


def _dealer_deals(
    p: Planner,
    months: list[date],
    lines: dict[date, list[ContractLine]],
    applications: list[Application],
    amended: dict[str, int],
) -> list[str]:
    found = []
    for case, size, picks in DEALS:
        at = p.moment(months[0], 2, 12)
        tag = p.lead(p.unit(at, False), at, f"项目：{case}", hold=170, quantity=size)
        found.append(tag)
        if case in AMENDED:
            amended[tag] = AMENDED[case]
        dealer = p.planted[tag].unit
        if case == "跨店执行":
            dealer = p.unit(at, False, dealer)
        _contract(p, tag, dealer, size, picks, months, lines)
    for case, style, size, wanted, picks in (
        ("核实量为分母", "有效核实", 20, 26, {1: 9}),
        ("核实后满10台", "有效核实", 8, 10, {1: 4}),
    ):
        at = p.moment(months[0], 2, 12)
        tag = p.lead(p.unit(at, False), at, f"项目：{case}", style, None, size, hold=170)
        _confirm(p, tag, wanted)
        _contract(p, tag, p.planted[tag].unit, wanted, picks, months, lines)
    for days in (6, 7, 8):
        at = p.moment(months[0], 6, 15)
        unit = p.unit(at, False)
        tag = p.lead(unit, at, f"申报前{days}天", hold=170, quantity=12)
        when = p.grid.on(at.date() + timedelta(days=days), 1)
        if when is not None:
            applications.append(Application(when, unit, tag, by_number=days != 8))
            p.planted[tag] = replace(p.planted[tag], applied=when)
        _contract(p, tag, unit, 12, {1: 12}, months, lines)
        found.append(tag)
    return found


def _department_deals(
    p: Planner, months: list[date], lines: dict[date, list[ContractLine]]
) -> list[str]:
    """Seven earning projects for the first department (over the cap), one or two for the rest."""
    found = []
    for n, unit in enumerate(p.world.departments):
        for _ in range(7 if n == 0 else 1 + n % 2):
            at = p.moment(months[0], 2, 20)
            tag = p.lead(unit.code, at, "部门项目", hold=170, quantity=10 + n)
            dealer = p.unit(at, False)
            _contract(p, tag, dealer, 10 + n, {1: 5 + n}, months, lines)
            found.append(tag)
    return found


def _confirm(p: Planner, tag: str, quantity: int) -> None:
    """Fixes the 核实标的量 of a planned answer."""
    p.planted[tag] = replace(p.planted[tag], confirmed=quantity)
    p.answers = [replace(a, confirmed=quantity) if a.tag == tag else a for a in p.answers]


def _contract(
    p: Planner,
    tag: str,
    dealer: str,
    size: int,
    picks: dict[int, int],
    months: list[date],
    lines: dict[date, list[ContractLine]],
) -> None:
    total = 0
    signed = p.planted[tag].received.date() + timedelta(days=9)
    for n, month in enumerate(months):
        if n in picks and signed <= month_end(month.year, month.month):
            total += picks[n]
            remark = "客户退车" if picks[n] < 0 else ""
            number = f"HT-{tag[-4:]}"
            lines[month].append(
                ContractLine(tag, number, dealer, signed, size, picks[n], total, remark)
            )


def _empty(lines: dict[date, list[ContractLine]], month: date, after: date) -> None:
    """Moves a month's pick-ups into the month after it."""
    later = {line.tag: line for line in lines[after]}
    for line in lines.pop(month, []):
        if line.tag in later:
            known = later[line.tag]
            later[line.tag] = replace(known, picked=known.picked + line.picked)
        else:
            later[line.tag] = line
    lines[after] = list(later.values())


def _registers(
    p: Planner,
    months: list[date],
    lines: dict[date, list[ContractLine]],
    amended: dict[str, int],
) -> list[Register]:
    """Each month's register: in time on the due day, the second late, the first sent twice.

    The quarter's last month is sent again after the assessment, with the `amended` pick-ups.

    Months without contracts send a nil register. What falls after the story's end is not sent.
    """
    found: list[Register] = []
    for n, month in enumerate(months):
        due = p.grid.days.register_due(month)
        late = n % 3 == 1 and lines[month]
        day = p.grid.days.plus(due.date(), 1) if late else due.date()
        at = p.grid.on(day)
        if at is None:
            continue
        whole = tuple(lines[month])
        if n % 3 == 0 and whole:
            wrong = replace(whole[0], picked=whole[0].picked + 1, total=whole[0].total + 1)
            found.append(Register(at, month, (wrong, *whole[1:])))
            again = p.grid.after(at, 5)
            if again is not None:
                found.append(Register(again, month, whole))
        else:
            found.append(Register(at, month, whole))
        again = p.grid.after(at, 9)
        if n % 3 == 2 and again is not None:
            changed = tuple(
                replace(x, picked=x.picked + amended[x.tag], total=x.total + amended[x.tag])
                if x.tag in amended
                else x
                for x in whole
            )
            found.append(Register(again, month, changed))
    return found


def _convert(p: Planner, register: Register, registers: list[Register]) -> None:
    """Leads whose pick-ups reach their vehicles become 已转化 at the register's receipt."""
    latest = {r.month: r for r in registers if r.at <= register.at}
    taken: dict[str, int] = defaultdict(int)
    for known in latest.values():
        for line in known.lines:
            taken[line.tag] += line.picked
    for tag, count in taken.items():
        lead = p.planted[tag]
        held = lead.state_at(register.at) in (VALID, EXPIRED)
        if held and count >= lead.quantity_at(register.at):
            kept = tuple(s for s in lead.steps if s.at <= register.at)
            p.planted[tag] = replace(lead, steps=(*kept, Step(register.at, CONVERTED)))


def _leaks(p: Planner, months: list[date], tags: list[str]) -> tuple[Leak, ...]:
    """Three confirmed leaks of one insider (black marks 1, 2, 3), one unproved, one outsider."""
    person = next(x.name for x in p.world.people if x.role == "项目责任人" and x.deputy)
    found: list[Leak] = []
    for n, (insider, conclusion) in enumerate(
        (("是", "属实"), ("是", "调查中"), ("否", "属实"), ("是", "属实"), ("是", "属实"))
    ):
        month = months[min(n // 2, len(months) - 1)]
        at = p.moment(month, 18, 27)
        day = at.date() if conclusion == "属实" else None
        name = person if insider == "是" else "外部人员"
        found.append(Leak(at, tags[n % len(tags)], name, insider, conclusion, day))
    return tuple(found)


def plan_targets(p: Planner, months: list[date]) -> tuple[Targets, ...]:
    """Targets that put the first quarter's completion exactly on chosen steps.

    Filler leads bring a department's counted leads to a multiple the ratio needs. The second
    version changes the third month only; the last department has no target at all.
    """
    quarter = [m for m in months if quarter_of(m) == quarter_of(months[0])]
    at = p.grid.moments[0]
    first: dict[str, tuple[int, ...]] = {}
    second: dict[str, tuple[int, ...]] = {}
    for n, unit in enumerate(p.world.departments[:-1]):
        done, base = RATIOS[n % len(RATIOS)]
        while (count := _counted(p, unit.code, quarter)) % done or not count:
            moment = p.moment(quarter[n % len(quarter)], 3, 20)
            p.lead(unit.code, moment, "部门补足", quantity=p.rng.randint(3, 9))
        goal = count // done * base
        share = goal // len(quarter)
        months_v1 = [share] * 12
        for month in quarter[:-1]:
            months_v1[month.month - 1] = share
        months_v2 = list(months_v1)
        months_v2[quarter[-1].month - 1] = goal - share * (len(quarter) - 1)
        months_v1[quarter[-1].month - 1] = share + 2
        first[unit.code] = tuple(months_v1)
        second[unit.code] = tuple(months_v2)
    found = [Targets(at, months[0].year, 1, date(months[0].year, 1, 1), first)]
    change = p.moment(quarter[-1] if len(quarter) == 1 else quarter[-2], 5, 20)
    effective = quarter[-1]
    if len(quarter) == 1:  # too short a story for a change in mid-course
        return (Targets(at, months[0].year, 1, date(months[0].year, 1, 1), second),)
    found.append(Targets(change, months[0].year, 2, effective, second))
    return tuple(found)


def _counted(p: Planner, unit: str, months: list[date]) -> int:
    """Counted leads of the quarter at the end of the story, as the key stands now."""
    who = KeyUnit(unit, "", True)
    key = Key(
        p.grid.moments[0].date(), p.grid.moments, {}, (who,), "", "",
        tuple(x for x in p.planted.values() if x.unit == unit), (), (), (), (),
    )  # fmt: skip
    at = _assessment(p, months[-1]) or p.grid.last
    return sum(recount.month_counted(key, unit, month, at) for month in months)


def _assessment(p: Planner, last: date) -> datetime | None:
    """When the quarter will be assessed: the run after its last register's due date."""
    return p.grid.at_or_after(p.grid.days.register_due(last))
