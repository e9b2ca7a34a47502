"""The plan of a demonstration: who sends what when, over months, with the answer key of it all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from processor.demo import cases, money
from processor.demo.days import add_months, issue_days, make_grid
from processor.demo.plot import Planner
from processor.demo.records import (
    Cells,
    Key,
    KeyUnit,
    Publication,
    Repair,
    Story,
    Submission,
)
from processor.demo.world import MARKETING, SUPPORT, World

DIGITS = "零一二三四五六七八九"
HOWS = (
    "template", "xlsx", "shuffled", "xlsx", "csv", "xlsx", "zip", "xlsx",
    "xlsx", "shuffled", "xlsx", "xlsx", "zip", "xlsx",
)  # fmt: skip


def make_story(
    world: World,
    start: date,
    months: int,
    leads_a_month: int = 2,
    runs_a_day: int = 2,
    tail: int = 10,
) -> Story:
    """Plans `months` whole months from `start` (a month's first day) and `tail` days after them.

    Every planted row has its outcome in `Story.key`. Raises StopIteration when the world has too
    few customers for the size asked.
    """
    end = add_months(start, months) - timedelta(days=1) + timedelta(days=tail)
    grid = make_grid(start, end, world.days, runs_a_day)
    p = Planner(world, grid, world.seed)
    whole = [add_months(start, n) for n in range(months)]
    repairs: list[Repair] = []
    for n, month in enumerate(whole):
        _quiet_dealers(p, month, n)
        _ordinary(p, month, leads_a_month)
        cases.plant_refusals(p, month)
        repairs += cases.plant_repairs(p, month)
        cases.plant_invalid(p, month)
        cases.plant_repeats(p, month)
        cases.plant_suspected(p, month)
        cases.plant_alias(p, month, n)
        cases.plant_screenings(p, month)
        cases.plant_after_cutoff(p, month)
        cases.plant_corrections(p, month)
        cases.plant_resend(p, month)
    if tail:
        _tail(p, add_months(start, months), tail)
    deals = money.plan_deals(p, whole)
    targets = money.plan_targets(p, whole)
    submissions = _files(p)
    repairs = [_named(p, repair) for repair in repairs]
    for month in whole:
        submissions += cases.plant_files(p, month, submissions)
    publications = _publications(p, start, end)
    key = Key(
        start=start,
        runs=grid.moments,
        overrides=dict(world.overrides),
        units=tuple(
            KeyUnit(u.code, u.name, u in world.departments)
            for u in (*world.departments, *world.dealers)
        ),
        marketing=next(x.name for x in world.people if x.section == MARKETING),
        support=next(x.name for x in world.people if x.section == SUPPORT),
        planted=tuple(p.planted.values()),
        registers=deals.registers,
        targets=targets,
        publications=publications,
        leaks=deals.leaks,
        files=tuple((s.name, s.expect) for s in submissions),
    )
    return Story(
        submissions=tuple(sorted(submissions, key=lambda s: (s.at, s.unit, s.name))),
        repairs=tuple(repairs),
        answers=tuple(sorted(p.answers, key=lambda a: (a.at, a.tag))),
        rulings=tuple(sorted(p.rulings, key=lambda r: (r.at, r.tag))),
        registers=deals.registers,
        applications=deals.applications,
        leaks=deals.leaks,
        targets=targets,
        publications=publications,
        reporters=p.reporters,
        key=key,
    )


def _quiet_dealers(p: Planner, month: date, n: int) -> None:
    """One dealer reports nothing, one only what is refused, one only after the last cut-off."""
    dealers = p.world.dealers
    silent, refused, late = (dealers[(3 * n + k) % len(dealers)].code for k in range(3))
    p.closed |= {(silent, month), (refused, month), (late, month)}
    at = p.moment(month, 5, 25)
    nobody: Cells = {"客户联系人(第三方)": ""}
    p.add(refused, at, "只有不予接收", cells=nobody, clause=cases.GATE)
    last = p.grid.month_moments(month)[-1]
    if last.day > 30:
        p.lead(late, last, "截止后才提报")


def _ordinary(p: Planner, month: date, leads: int) -> None:
    """Every unit's everyday reports: one to three files a month of one to four rows."""
    for unit in p.units(month):
        left = max(1, leads + p.rng.choice((-1, 0, 0, 1)))
        while left:
            count = min(left, p.rng.randint(1, 4))
            at = p.moment(month, 1, 29)
            for _ in range(count):
                style = p.rng.choices(("有效", "有效核实", "无效"), (78, 10, 12))[0]
                who = p.customer()
                quantity = p.quantity()
                p.lead(unit.code, at, "正常", style, who, quantity, _quirks(p, who.phone, quantity))
            left -= count


def _quirks(p: Planner, phone: str, quantity: int) -> Cells:
    """Ways of typing that reading must salvage: full width, words, dates as text, serial phones."""
    roll = p.rng.randrange(20)
    if roll == 0:
        return {"标的量(台)": "".join(chr(ord(d) + 0xFEE0) for d in str(quantity))}
    if roll == 1 and quantity < 10:
        return {"标的量(台)": f"{DIGITS[quantity]}台"}
    if roll == 2:
        return {"联系方式": int(phone)}
    if roll == 3:
        return {"预计采购时间": f"{p.grid.last.year}年12月"}
    if roll == 4:
        return {"预计采购时间": f"{p.grid.last.year}.12.1"}
    return {}


def _tail(p: Planner, month: date, days: int) -> None:
    """A few reports in the days after the last whole month."""
    for unit in p.units(month)[::3]:
        at = p.moment(month, 1, days)
        p.lead(unit.code, at, "正常")


def _files(p: Planner) -> list[Submission]:
    """One file for each unit and run that has rows; the key learns in which file a row lies."""
    found = []
    for n, ((unit, at), rows) in enumerate(sorted(p.rows.items(), key=lambda item: item[0][::-1])):
        how = HOWS[n % len(HOWS)]
        who = p.world.unit(unit)
        short = who.aliases[0] if who.aliases else who.name
        name = f"{short}大客户信息{at:%m%d%H}.{'csv' if how == 'csv' else 'xlsx'}"
        accepted = refused = known = 0
        for row in rows:
            lead = p.planted[row.tag]
            if row.corrects:
                accepted += 1
            elif lead.received != at:
                known += 1
            else:
                accepted += lead.accepted
                refused += not lead.accepted
                p.planted[row.tag] = replace(lead, file=name)
        found.append(
            Submission(at, unit, name, how, tuple(rows), "accepted", "", accepted, refused, known)
        )
    return found


def _named(p: Planner, repair: Repair) -> Repair:
    """The receipt by its file's name; other refused rows of it are refused once more with it."""
    name = p.planted[repair.tag].file
    for other in [x for x in p.planted.values() if x.file == name and x.tag != repair.tag]:
        if not other.accepted and not other.tag.endswith("再"):
            again = replace(other, tag=f"{other.tag}再", received=repair.at)
            p.planted[again.tag] = again
    twin = f"{repair.tag}改"
    p.planted[twin] = replace(p.planted[twin], file=name)
    return replace(repair, receipt_of=name)


def _publications(p: Planner, start: date, end: date) -> tuple[Publication, ...]:
    """Issues go out the same evening; every fifth two working days late, every seventh never."""
    found = []
    for n, issue in enumerate(issue_days(start, end)):
        at: datetime | None = datetime.combine(issue, p.grid.moments[-1].time()) + timedelta(
            minutes=25
        )
        if n % 5 == 3:
            at = datetime.combine(p.grid.days.plus(issue, 2), p.grid.moments[0].time())
        elif n % 7 == 5:
            at = None
        found.append(Publication(issue, at))
    return tuple(found)
