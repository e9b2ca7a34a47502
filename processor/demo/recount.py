"""An independent recount: published numbers and money from the answer key alone.

Written from the regulation, clause by clause, in the plainest way; it shares nothing with the
product but the words of the contract. Counts are leads (条); money is whole yuan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from processor.demo.days import (
    Days,
    add_months,
    cutoff,
    issue_days,
    quarter_months,
    quarter_of,
)
from processor.demo.records import (
    CONVERTED,
    DUPLICATE,
    EXPIRED,
    INVALID,
    PENDING,
    RULING,
    VALID,
    ContractLine,
    Key,
    KeyUnit,
    Planted,
    Register,
)

GOOD = {VALID, EXPIRED, CONVERTED}
OPEN = {PENDING, RULING}
Line = dict[str, int]


@dataclass(frozen=True, slots=True)
class Penalty:
    """One proposed penalty: clause (甲 and 乙 tell the two 7.3.2 apart), person, matter, yuan."""

    clause: str
    person: str
    matter: str  # tag of the lead, issue, month or quarter's leak
    amount: int


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
    mine = [x for x in key.planted if x.unit == unit.code and _same_month(x.received, issue)]
    month = [x for x in mine if x.received <= cutoff(issue)]
    period = [x for x in month if x.received > before]
    still = cutoff(issue) if frozen else None
    now_in = _tally(key, (x for x in period if x.accepted), now, still)
    so_far = _tally(key, (x for x in month if x.accepted), now, still)
    line = {f"本期{k}": now_in.get(k, 0) for k in ("信息总量", "有效", "无效", "重复", "待甄别")}
    line["本期不予接收"] = sum(not x.accepted for x in period)
    line |= {f"本月{k}": so_far.get(k, 0) for k in ("信息总量", "有效", "无效", "重复", "待甄别")}
    line |= {k: so_far.get(k, 0) for k in ("计入提报量", "标的量(台)")}
    return line


def late_line(key: Key, unit: KeyUnit, issue: date) -> Line:
    """The row of a unit in 上月补报: received after the last cut-off of the month before."""
    before, now = previous_cutoff(key, issue), cutoff(issue)
    mine = [
        x
        for x in key.planted
        if x.unit == unit.code and before < x.received <= now and not _same_month(x.received, issue)
    ]
    line = _tally(key, (x for x in mine if x.accepted), now, None)
    found = {k: line.get(k, 0) for k in ("信息总量", "有效", "无效", "重复", "待甄别")}
    return found | {"不予接收": sum(not x.accepted for x in mine)}


def final_line(key: Key, unit: KeyUnit, issue: date) -> tuple[int, int | None]:
    """上月终值 of a department: counted and target of the month before, as at the cut-off."""
    month = add_months(issue.replace(day=1), -1)
    return month_counted(key, unit.code, month, cutoff(issue)), target(key, unit.code, month)


def month_counted(key: Key, unit: str, month: date, at: datetime) -> int:
    """计入提报量 of a unit for a whole month, as it stands at `at`."""
    return sum(
        counts(key, x, at)
        for x in key.planted
        if x.unit == unit and x.accepted and _same_month(x.received, month)
    )


def zero_reports(key: Key, issue: date) -> dict[str, int]:
    """Dealers without an accepted row in the month up to the cut-off → their refused rows."""
    found = {}
    for unit in key.units:
        line = issue_line(key, unit, issue)
        if not unit.department and not line["本月信息总量"]:
            found[unit.code] = sum(
                x.unit == unit.code
                and not x.accepted
                and _same_month(x.received, issue)
                and x.received <= cutoff(issue)
                for x in key.planted
            )
    return found


def corrections(key: Key, issue: date) -> dict[tuple[str, str, str], tuple[int, int]]:
    """更正 of `issue`: (earlier issue, unit, heading) → printed, today."""
    found = {}
    for earlier in issues(key):
        if earlier >= issue:
            continue
        for unit in key.units:
            printed = issue_line(key, unit, earlier)
            today = issue_line(key, unit, earlier, cutoff(issue), frozen=True)
            for heading, old in printed.items():
                if today[heading] != old:
                    found[earlier.isoformat(), unit.code, heading] = (old, today[heading])
    return found


def new_corrections(key: Key, issue: date) -> dict[tuple[str, str, str], tuple[str, str]]:
    """What 更正 of `issue` must list: figures that changed since they were last stated.

    (earlier issue, unit, heading) → last stated, today; a dealer of a 零提报 list who reported
    after that list's cut-off is one of them.
    """
    stated: dict[tuple[str, str, str], tuple[str, str]] = {}
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    for now in [d for d in issues(key) if d <= issue]:
        today = {k: (str(a), str(b)) for k, (a, b) in corrections(key, now).items()}
        for earlier in [d for d in issues(key) if d < now and d.day > 20]:
            for unit in zero_reports(key, earlier):
                late = sum(
                    x.unit == unit and x.accepted and _same_month(x.received, earlier)
                    for x in key.planted
                    if x.received <= cutoff(now)
                )
                if late:
                    today[earlier.isoformat(), unit, "零提报"] = ("零提报", str(late))
        found = {}
        for what in today.keys() | stated.keys():
            old = stated[what][1] if what in stated else today[what][0]
            new = today[what][1] if what in today else stated[what][0]
            if old != new:
                found[what] = (old, new)
        stated = today
    return found


def _same_month(moment: datetime, day: date) -> bool:
    return (moment.year, moment.month) == (day.year, day.month)


# -- the quarter ----------------------------------------------------------------------------------


def assessed_at(key: Key, quarter: str) -> datetime | None:
    """The first run after the last month's register came and fell due, else from the 10th on."""
    last = quarter_months(quarter)[2]
    due = Days(key.overrides).register_due(last)
    tenth = datetime.combine(add_months(last, 1).replace(day=10), datetime.min.time())
    for run in key.runs:
        came = any(r.month == last and r.at <= run for r in key.registers)
        if (came and due < run) or run >= tenth:
            return run
    return None


def completion(key: Key, unit: str, quarter: str, at: datetime) -> tuple[int, int]:
    """Counted leads and target of the quarter (7.2.1)."""
    months = quarter_months(quarter)
    done = sum(month_counted(key, unit, month, at) for month in months)
    return done, sum(target(key, unit, month) or 0 for month in months)


def completion_reward(done: int, goal: int) -> int:
    """200 for each whole ten points above 100 %, 1000 at most (7.2.1)."""
    if goal <= 0:
        return 0
    reward = 0
    while reward < 1000 and done * 100 >= goal * (110 + reward // 20):
        reward += 200
    return reward


def lines_of(key: Key, month: date, at: datetime) -> tuple[ContractLine, ...]:
    """The month's contracts in the last register received up to `at`."""
    found: list[Register] = [r for r in key.registers if r.month == month and r.at <= at]
    return max(found, key=lambda r: r.at).lines if found else ()


def picked(key: Key, tag: str, quarter: str, at: datetime) -> int:
    """Vehicles taken in the quarter under the contracts of one lead."""
    return sum(
        line.picked
        for month in quarter_months(quarter)
        for line in lines_of(key, month, at)
        if line.tag == tag
    )


def earning(key: Key, quarter: str, at: datetime, department: bool) -> list[Planted]:
    """Leads of ten vehicles or more whose quarter's pick-ups reach 40 % (7.1.1, 7.2.2)."""
    found = []
    for lead in key.planted:
        if not lead.accepted or is_dealer(key, lead.unit) == department:
            continue
        size = lead.quantity_at(at)
        good = lead.state_at(at) in GOOD if department else counts(key, lead, at)
        if good and size >= 10 and picked(key, lead.tag, quarter, at) * 100 >= size * 40:
            found.append(lead)
    return found


def quarters(key: Key) -> list[tuple[str, datetime]]:
    """Quarters assessed during the story, with the run that issues them."""
    names = sorted({quarter_of(run.date()) for run in key.runs})
    return [(q, at) for q in names if (at := assessed_at(key, q)) is not None]


Rewards = dict[str, dict[str, list[str]]]
Changes = dict[str, dict[tuple[str, str], int]]


def settle(key: Key, department: bool) -> tuple[Rewards, Changes]:
    """Project rewards of every assessed quarter, and what later papers change of earlier ones.

    First: quarter → unit → leads that earn, each once ever (Q39). Second: quarter → (earlier
    quarter, lead) → ± yuan: a reward is taken back only when its own quarter's figures no longer
    carry it; one now carried is paid unless the project has been rewarded. The cap is left aside.
    """
    each = 200 if department else 1000
    paid: dict[str, str] = {}  # lead → the quarter it is paid for
    done: list[str] = []
    rewards: Rewards = {}
    changes: Changes = {}
    for quarter, at in quarters(key):
        rewards[quarter], changes[quarter] = {}, {}
        for earlier in done:
            now = {lead.tag for lead in earning(key, earlier, at, department)}
            for tag in [t for t, q in paid.items() if q == earlier and t not in now]:
                del paid[tag]
                changes[quarter][earlier, tag] = -each
            for tag in sorted(now - paid.keys()):
                paid[tag] = earlier
                changes[quarter][earlier, tag] = each
        for lead in earning(key, quarter, at, department):
            if lead.tag not in paid:
                paid[lead.tag] = quarter
                rewards[quarter].setdefault(lead.unit, []).append(lead.tag)
        done.append(quarter)
    return rewards, changes


def project_rewards(key: Key, department: bool) -> Rewards:
    """`settle` without the changes."""
    return settle(key, department)[0]


def completion_changes(key: Key) -> dict[str, dict[tuple[str, str], int]]:
    """Quarter → (earlier quarter, department) → ± yuan of 7.2.1 since it was last stated."""
    stated: dict[tuple[str, str], int] = {}
    found: dict[str, dict[tuple[str, str], int]] = {}
    for quarter, at in quarters(key):
        found[quarter] = {}
        for earlier, unit in list(stated):
            now = completion_reward(*completion(key, unit, earlier, at))
            if now != stated[earlier, unit]:
                found[quarter][earlier, unit] = now - stated[earlier, unit]
                stated[earlier, unit] = now
        for who in key.units:
            if who.department:
                stated[quarter, who.code] = completion_reward(
                    *completion(key, who.code, quarter, at)
                )
    return found


def penalties(key: Key, quarter: str) -> list[Penalty]:
    """Everything of 7.3 that falls due in the quarter, as its assessment knows it."""
    at = assessed_at(key, quarter)
    if at is None:
        return []
    days = Days(key.overrides)
    found = []
    for lead in key.planted:
        due = lead.due
        if due is None or quarter_of(due.date()) != quarter or due >= at:
            continue
        if lead.answered is None or lead.answered > due or lead.answered > at:
            found.append(Penalty("7.3.1", lead.screener, lead.tag, 100))
        valid = any(s.state == VALID and s.at == lead.answered for s in lead.steps)
        undated = lead.expiry_at is None or lead.expiry_at not in (lead.answered,)
        on_time = lead.expiry_at is not None and lead.expiry_at <= due
        if valid and lead.answered and lead.answered <= at and undated and not on_time:
            found.append(Penalty("7.3.2-甲", lead.screener, lead.tag, 100))
    for issue in key.publications:
        due = days.publication_due(issue.issue)
        late = issue.at is None or issue.at > due
        if quarter_of(due.date()) == quarter and due < at and late:
            found.append(Penalty("7.3.2-乙", key.marketing, issue.issue.isoformat(), 100))
    month = key.start.replace(day=1)
    while month <= key.last.date():
        due = days.register_due(month)
        came = [r.at for r in key.registers if r.month == month]
        late = not came or min(came) > due
        if month >= key.start and quarter_of(due.date()) == quarter and due < at and late:
            found.append(Penalty("7.3.3", key.support, f"{month:%Y-%m}", 100))
        month = add_months(month, 1)
    for leak in key.leaks:
        confirmed = leak.insider == "是" and leak.conclusion == "属实"
        if confirmed and leak.concluded and quarter_of(leak.concluded) == quarter and leak.at <= at:
            found.append(Penalty("7.3.4", leak.person, leak.tag, 500))
    return found
