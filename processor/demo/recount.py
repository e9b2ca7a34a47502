"""An independent recount: published numbers and money from the answer key alone.

Written from the regulation, clause by clause, in the plainest way; it shares nothing with the
product but the words of the contract. Counts are leads (条); money is whole yuan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from processor.demo.days import (
    add_months,
    cutoff,
    issue_days,
)
from processor.demo.records import (
    CONVERTED,
    DUPLICATE,
    EXPIRED,
    INVALID,
    PENDING,
    RULING,
    VALID,
    Key,
    KeyUnit,
    Planted,
)

GOOD = {VALID, EXPIRED, CONVERTED}
OPEN = {PENDING, RULING}
Line = dict[str, int]


def issues(key: Key) -> list[date]:
    """Issues whose cut-off a run of the story has reached."""
    return [d for d in issue_days(key.start, key.last.date()) if cutoff(d) <= key.last]


def previous_cutoff(key: Key, issue: date) -> datetime:
    """The cut-off before `issue`; before the first issue, the beginning of all time."""
    earlier = [d for d in issue_days(key.start, issue) if d < issue]
    return cutoff(earlier[-1]) if earlier else datetime(1, 1, 1)


def counts(key: Key, lead: Planted, at: datetime) -> bool:
    """计入提报量: valid, and for a dealer not within 7 days of its application (5.3, 5.5)."""
    if lead.state_at(at) not in GOOD:
        return False
    if lead.applied is None or lead.applied > at or not is_dealer(key, lead.unit):
        return True
    return (lead.applied.date() - lead.received.date()).days >= 7


def is_dealer(key: Key, code: str) -> bool:
    return not next(u for u in key.units if u.code == code).department


def _tally(key: Key, leads: Iterable[Planted], at: datetime, frozen: datetime | None) -> Line:
    """Published counts of `leads` as they stand at `at`.

    With `frozen`, leads pending at that moment are still counted as pending (更正 of an issue).
    """
    found: Counter[str] = Counter()
    for lead in leads:
        state = lead.state_at(at)
        if frozen is not None and lead.state_at(frozen) in OPEN:
            state = PENDING
        found["信息总量"] += 1
        found["有效"] += state in GOOD
        found["无效"] += state in (INVALID, DUPLICATE)
        found["重复"] += state == DUPLICATE
        found["待甄别"] += state in OPEN
        if state in GOOD:
            found["计入提报量"] += counts(key, lead, at)
            found["标的量(台)"] += lead.quantity_at(at)
    return dict(found)


def target(key: Key, unit: str, month: date) -> int | None:
    """The month's target in the version in force on its first day; None when there is none."""
    versions = [t for t in key.targets if t.effective <= month and t.year == month.year]
    if not versions:
        return None
    return max(versions, key=lambda t: t.version).table.get(unit, (0,) * 12)[month.month - 1]


def issue_line(
    key: Key, unit: KeyUnit, issue: date, at: datetime | None = None, frozen: bool = False
) -> Line:
    """The row of a unit in 单位汇总 of `issue`, as printed; with `at`, as it would be then."""
    now = cutoff(issue) if at is None else at
    before = previous_cutoff(key, issue)
    month = [x for x in key.rows(unit.code, issue) if x.received <= cutoff(issue)]
    period = [x for x in month if x.received > before]
    still = cutoff(issue) if frozen else None
    now_in = _tally(key, (x for x in period if x.accepted), now, still)
    so_far = _tally(key, (x for x in month if x.accepted), now, still)
    line = {f"本期{k}": now_in.get(k, 0) for k in ("信息总量", "有效", "无效", "重复", "待甄别")}
    line["本期不予接收"] = sum(not x.accepted for x in period)
    line |= {f"本月{k}": so_far.get(k, 0) for k in ("信息总量", "有效", "无效", "重复", "待甄别")}
    line |= {k: so_far.get(k, 0) for k in ("计入提报量", "标的量(台)")}
    return line


def late_line(
    key: Key, unit: KeyUnit, issue: date, at: datetime | None = None, frozen: bool = False
) -> Line:
    """The row of a unit in 上月补报: received after the last cut-off of the month before."""
    before, now = previous_cutoff(key, issue), cutoff(issue)
    month = add_months(issue.replace(day=1), -1)
    mine = [x for x in key.rows(unit.code, month) if before < x.received <= now]
    still = cutoff(issue) if frozen else None
    line = _tally(key, (x for x in mine if x.accepted), at or now, still)
    found = {k: line.get(k, 0) for k in ("信息总量", "有效", "无效", "重复", "待甄别")}
    return found | {"不予接收": sum(not x.accepted for x in mine)}


def final_line(key: Key, unit: KeyUnit, issue: date) -> tuple[int, int | None]:
    """上月终值 of a department: counted and target of the month before, as at the cut-off."""
    month = add_months(issue.replace(day=1), -1)
    return month_counted(key, unit.code, month, cutoff(issue)), target(key, unit.code, month)


def month_counted(key: Key, unit: str, month: date, at: datetime) -> int:
    """计入提报量 of a unit for a whole month, as it stands at `at`."""
    return sum(counts(key, x, at) for x in key.rows(unit, month) if x.accepted)


def zero_reports(key: Key, issue: date) -> dict[str, int]:
    """Dealers without an accepted row in the month up to the cut-off → their refused rows."""
    found = {}
    for unit in key.units:
        line = issue_line(key, unit, issue)
        if not unit.department and not line["本月信息总量"]:
            found[unit.code] = sum(
                not x.accepted and x.received <= cutoff(issue) for x in key.rows(unit.code, issue)
            )
    return found


def rate_text(done: int, goal: int) -> str:
    """Completion as 更正 shows it: one decimal, rounded as the bulletin's cell is."""
    tenths, rest = divmod(done * 1000, goal)
    tenths += 2 * rest >= goal
    return f"{tenths // 10}.{tenths % 10}%"


What = tuple[str, str, str]  # earlier issue (or month of a 上月终值), unit, heading


def corrections(key: Key, issue: date) -> dict[What, tuple[str, str]]:
    """Every figure of an earlier issue that would be another today: printed, today."""
    now = cutoff(issue)
    found: dict[What, tuple[str, str]] = {}
    for earlier in issues(key):
        if earlier >= issue:
            continue
        for unit in key.units:
            printed = issue_line(key, unit, earlier)
            today = issue_line(key, unit, earlier, now, frozen=True)
            pairs = {heading: (str(old), str(today[heading])) for heading, old in printed.items()}
            goal = target(key, unit.code, earlier.replace(day=1)) if unit.department else None
            if goal:
                old, new = printed["计入提报量"], today["计入提报量"]
                pairs["完成率"] = (rate_text(old, goal), rate_text(new, goal))
            if earlier.day == 10:
                then = late_line(key, unit, earlier, now, frozen=True)
                for heading, count in late_line(key, unit, earlier).items():
                    pairs[f"上月补报{heading}"] = (str(count), str(then[heading]))
            found |= {(earlier.isoformat(), unit.code, h): p for h, p in pairs.items()}
            month = add_months(earlier.replace(day=1), -1)
            if earlier.day == 10 and unit.department and month >= key.start.replace(day=1):
                done = final_line(key, unit, earlier)[0], month_counted(key, unit.code, month, now)
                what = f"{month:%Y-%m} 终值", unit.code, "上月终值计入提报量"
                found[what] = (str(done[0]), str(done[1]))
    return {what: (old, new) for what, (old, new) in found.items() if old != new}


def restated(key: Key) -> dict[date, dict[What, tuple[str, str]]]:
    """What 更正 of every issue must list: figures that changed since they were last stated.

    (earlier issue, unit, heading) → last stated, today; a dealer of a 零提报 list who reported
    after that list's cut-off is one of them.
    """
    stated: dict[What, tuple[str, str]] = {}
    listed: dict[date, dict[What, tuple[str, str]]] = {}
    for now in issues(key):
        today = corrections(key, now)
        for earlier in [d for d in issues(key) if d < now and d.day > 20]:
            for unit in zero_reports(key, earlier):
                mine = key.rows(unit, earlier)
                late = sum(x.accepted and x.received <= cutoff(now) for x in mine)
                if late:
                    today[earlier.isoformat(), unit, "零提报"] = ("零提报", str(late))
        found = listed[now] = {}
        for what in today.keys() | stated.keys():
            old = stated[what][1] if what in stated else today[what][0]
            new = today[what][1] if what in today else stated[what][0]
            if old != new:
                found[what] = (old, new)
        stated = today
    return listed
