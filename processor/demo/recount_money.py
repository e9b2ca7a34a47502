"""The independent recount of a quarter: 7.1.1, 7.2.1, 7.2.2 and 7.3 from the answer key alone.

Money is whole yuan; every rate is tested by multiplication. Read with `recount`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from processor.demo.days import Days, add_months, quarter_months, quarter_of
from processor.demo.records import VALID, ContractLine, Key, Planted, Register
from processor.demo.recount import GOOD, counts, is_dealer, month_counted, target


@dataclass(frozen=True, slots=True)
class Penalty:
    """One proposed penalty: clause (甲 and 乙 tell the two 7.3.2 apart), person, matter, yuan."""

    clause: str
    person: str
    matter: str  # tag of the lead, issue, month or quarter's leak
    amount: int


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
