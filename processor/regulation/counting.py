"""Clauses 5.3 and 5.5: which month a lead counts in, and whether a dealer's lead counts at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from processor.calendar import month_of
from processor.model import RuleKey, UnitKind
from processor.regulation.edition import Edition


@dataclass(frozen=True, slots=True)
class Counted:
    """Whether a valid lead is counted (计入提报量); `days` = application date − report date."""

    counts: bool
    days: int | None  # None without an application
    reason: str  # why not; empty when it counts


def counted(
    received: date, applied: date | None, edition: Edition, kind: UnitKind = UnitKind.DEALER
) -> Counted:
    """5.5: a dealer's lead counts when reported at least 7 calendar days before its application.

    Days by date, no holiday shift; without an application the lead counts. Only the count is
    touched, never validity or precedence. Departments file no applications: theirs always count.
    """
    rule = RuleKey.APPLICATION_LEAD_TIME
    if applied is None or kind is not UnitKind.DEALER or not edition.has(rule):
        return Counted(True, None, "")
    days = (applied - received).days
    least = edition.param(rule, "days")
    if days >= least:
        return Counted(True, days, "")
    if days < 0:
        reason = f"申报在先、提报在后（晚{-days}天），不计入提报量。"
    else:
        reason = f"提报距申报{days}天，不足{least}天，不计入提报量。"
    return Counted(False, days, reason)


def application_window(received: date, expiry: date | None, edition: Edition) -> tuple[date, date]:
    """First and last day on which an unnumbered application can belong to a lead (5.5).

    From 90 days before the lead to its expiry; while a lead carries no expiry, to the end of the
    protection it would have had (6.3).
    """
    before = edition.param(RuleKey.APPLICATION_LEAD_TIME, "match_days")
    hold = edition.param(RuleKey.EXPIRY_DATE, "hold_days")
    return received - timedelta(days=before), expiry or received + timedelta(days=hold)


def count_month(received: date) -> date:
    """5.3: first day of the month a valid lead counts in, whole, never spread or carried over.

    The month it was received, however late it was confirmed.
    """
    return month_of(received)
