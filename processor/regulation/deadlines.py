"""Clauses 6.1 to 6.5: who owes what by when, and how late it is.

An `Obligation` is one thing one person owes; its rule is the penalty behind it. A due date that
rests on a calendar not yet announced is tentative: shown, never penalised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from processor.calendar import CLOSE, END_OF_DAY, Issue, WorkCalendar, month_of, next_month
from processor.model import Due, RuleKey
from processor.regulation.edition import Edition


@dataclass(frozen=True, slots=True)
class Screening:
    """A lead handed to a section (6.3) and what became of it.

    `answered`: receipt of the final verdict; `valid`: it said 有效; `dated`: receipt of a usable
    到期日期 (the answer's own moment when it carried one).
    """

    lead: str
    person: str
    section: str
    transferred: datetime
    answered: datetime | None = None
    valid: bool = False
    dated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """An issue of the bulletin (6.1) and when it went onto the intranet, if recorded."""

    issue: Issue
    person: str
    section: str = "市场策略科"
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """The contract register of a month (6.5) and the receipt of the first one, if any."""

    month: date
    person: str
    section: str = "销售支持科"
    received: datetime | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing owed: under `rule` (7.3) its lateness costs `stake` yuan, once."""

    rule: RuleKey
    matter: str  # lead number, issue or month
    person: str
    section: str
    due: Due
    done: datetime | None
    stake: int
    evidence: str


class Standing(StrEnum):
    DONE = "按时完成"
    LATE = "逾期完成"
    OPEN = "未到期"
    TODAY = "今日到期"
    OVERDUE = "已逾期"
    TENTATIVE = "暂定"


# --- due moments ----------------------------------------------------------------------------------


def screening_due(transferred: datetime, calendar: WorkCalendar, edition: Edition) -> Due:
    """6.3: close of the second working day after the hand-over, whose own day is not counted."""
    days = edition.param(RuleKey.SCREENING, "working_days")
    return calendar.after_working_days(transferred.date(), days)


def sorting_due(received: datetime, calendar: WorkCalendar, edition: Edition) -> Due:
    """6.2: 及时 is read as one working day; shown as a target, never money."""
    days = edition.param(RuleKey.SORTING, "working_days")
    return calendar.after_working_days(received.date(), days)


def ruling_due(opened: datetime, calendar: WorkCalendar, edition: Edition) -> Due:
    """5.1: a suspected pair is to be ruled within two working days, then it is listed daily."""
    days = edition.param(RuleKey.FIRST_COME, "ruling_days")
    return calendar.after_working_days(opened.date(), days)


def register_due(month: date, calendar: WorkCalendar, edition: Edition) -> Due:
    """6.5: close of the 2nd of the month after `month`, or of the next working day.

    Switches register.inclusive (else the 1st) and register.shift (else no shift).
    """
    day = edition.param(RuleKey.CONTRACT_REGISTER, "day")
    if not edition.on("register.inclusive"):
        day -= 1
    last = next_month(month_of(month)).replace(day=day)
    if edition.switch("register.shift") == "none":
        return Due(datetime.combine(last, CLOSE))
    return calendar.on_or_after(last)


def register_borderline(
    received: datetime, month: date, calendar: WorkCalendar, edition: Edition
) -> bool:
    """Whether a register came on the 2nd or on a day gained by the shift (临界), still in time."""
    first = next_month(month_of(month)).replace(day=edition.param(RuleKey.CONTRACT_REGISTER, "day"))
    return first <= received.date() and received <= register_due(month, calendar, edition).at


def publication_due(issue: Issue, calendar: WorkCalendar, edition: Edition) -> Due:
    """6.1: end of the cut-off's day, or of the next working day (switch bulletin.shift)."""
    if edition.switch("bulletin.shift") == "none":
        return Due(datetime.combine(issue.cutoff.date(), END_OF_DAY))
    return calendar.on_or_after(issue.cutoff.date(), END_OF_DAY)


def registers_owed(start: date, today: date) -> tuple[date, ...]:
    """Months that began on or after the start of the record and are over by `today`."""
    month = start if start.day == 1 else next_month(month_of(start))
    owed = []
    while next_month(month) <= today:
        owed.append(month)
        month = next_month(month)
    return tuple(owed)


# --- obligations ----------------------------------------------------------------------------------


def screening_obligations(
    item: Screening, calendar: WorkCalendar, edition: Edition
) -> tuple[Obligation, ...]:
    """The verdict (7.3.1) and, for a valid lead, its expiry date (7.3.2-甲): two breaches.

    The date is owed by the same moment; one carried by a late answer is no second breach.
    """
    due = screening_due(item.transferred, calendar, edition)
    handed = f"{_moment(item.transferred)} 转办"
    found = []
    if edition.has(RuleKey.SCREENING_OVERDUE):
        evidence = f"{handed}，{_done(item.answered, '反馈')}"
        found.append(
            _obligation(RuleKey.SCREENING_OVERDUE, item, due, item.answered, evidence, edition)
        )
    if edition.has(RuleKey.EXPIRY_MISSING) and item.answered and item.valid:
        in_answer = item.dated is not None and item.dated <= item.answered
        done = min(item.answered, due.at) if in_answer else item.dated
        evidence = (
            f"{handed}，{_moment(item.answered)} 反馈有效，{_done(item.dated, '注明到期日期')}"
        )
        found.append(_obligation(RuleKey.EXPIRY_MISSING, item, due, done, evidence, edition))
    return tuple(found)


def unfinished(
    items: Iterable[Screening], calendar: WorkCalendar, edition: Edition
) -> tuple[Screening, ...]:
    """Those of which something was late or is still open: of thousands, the few that may cost.

    Leaves out only screenings whose verdict, and for a valid lead whose expiry date, came in time.
    """
    due_of: dict[date, datetime] = {}
    found = []
    for item in items:
        day = item.transferred.date()
        due = due_of.get(day)
        if due is None:
            due = due_of[day] = screening_due(item.transferred, calendar, edition).at
        answered = item.answered is not None and item.answered <= due
        dated = not item.valid or (item.dated is not None and item.dated <= due)
        if not (answered and dated):
            found.append(item)
    return tuple(found)


def publication_obligation(
    item: Publication, calendar: WorkCalendar, edition: Edition
) -> Obligation | None:
    """The bulletin on the intranet (7.3.2-乙); what was never recorded counts as not published."""
    rule = RuleKey.BULLETIN_OVERDUE
    if not edition.has(rule):
        return None
    due = publication_due(item.issue, calendar, edition)
    evidence = f"截止 {_moment(item.issue.cutoff)}，{_done(item.published, '登记发布')}"
    return Obligation(
        rule,
        f"{item.issue.name} 期通报",
        item.person,
        item.section,
        due,
        item.published,
        edition.param(rule, "amount"),
        evidence,
    )


def register_obligation(
    item: Register, calendar: WorkCalendar, edition: Edition
) -> Obligation | None:
    """The contract register of a month (7.3.3)."""
    rule = RuleKey.REGISTER_OVERDUE
    if not edition.has(rule):
        return None
    return Obligation(
        rule,
        f"{item.month:%Y-%m} 合同登记汇总表",
        item.person,
        item.section,
        register_due(item.month, calendar, edition),
        item.received,
        edition.param(rule, "amount"),
        _done(item.received, "报送"),
    )


def standing(item: Obligation, now: datetime) -> Standing:
    """How an obligation stands at `now`; on the very second of the due moment is in time."""
    if item.done is not None and (item.done <= item.due.at or item.due.tentative):
        return Standing.DONE
    if item.due.tentative:
        return Standing.TENTATIVE
    if item.done is not None:
        return Standing.LATE
    if now > item.due.at:
        return Standing.OVERDUE
    return Standing.TODAY if item.due.at.date() == now.date() else Standing.OPEN


def outstanding(
    items: Iterable[Obligation], now: datetime
) -> tuple[tuple[Obligation, Standing], ...]:
    """What is not done yet, by due moment: the list before the fine."""
    rows = [(item, standing(item, now)) for item in items if item.done is None]
    return tuple(sorted(rows, key=lambda row: (row[0].due.at, row[0].person, row[0].matter)))


def working_days_late(due: datetime, actual: datetime, calendar: WorkCalendar) -> int:
    """Working days after the due day up to the actual day; 0 in time, a part of a day is 1."""
    if actual <= due:
        return 0
    return max(1, calendar.working_days_between(due.date(), actual.date()))


def _obligation(
    rule: RuleKey,
    item: Screening,
    due: Due,
    done: datetime | None,
    evidence: str,
    edition: Edition,
) -> Obligation:
    stake = edition.param(rule, "amount")
    return Obligation(rule, item.lead, item.person, item.section, due, done, stake, evidence)


def _done(moment: datetime | None, verb: str) -> str:
    return f"{_moment(moment)} {verb}" if moment else f"尚未{verb}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.second else f"{moment:%Y-%m-%d %H:%M}"
