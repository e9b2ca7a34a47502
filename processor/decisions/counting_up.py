"""Counting leads and refusals for bulletins: what a unit's row of an issue is (5.3, 6.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import COUNTS_AS_VALID, State, Unit, UnitKind
from processor.workbooks.bulletin_data import Counts, Late, UnitRow

PENDING_CLASS = "待甄别"
VALID_CLASS = "有效"
INVALID_CLASS = "无效"
DUPLICATE_CLASS = "重复"


def class_of(lead: Row) -> str:
    """How a lead is published: 有效 (also 到期, 已转化, 关闭), 无效, 重复, 待甄别 (also 待裁定)."""
    state = State(lead["state"])
    if state in COUNTS_AS_VALID:
        return VALID_CLASS
    if state is State.INVALID:
        return INVALID_CLASS
    if state is State.DUPLICATE:
        return DUPLICATE_CLASS
    return PENDING_CLASS


def class_at(lead: Row, issue: str) -> str:
    """The class with which a lead stands in an issue: pending there, pending for good."""
    if issue in (lead["pending_issues"] or "").split(";"):
        return PENDING_CLASS
    return class_of(lead)


@dataclass(frozen=True, slots=True)
class Tally:
    """A unit's numbers of one issue."""

    period: Counts
    month: Counts
    counted: int
    vehicles: int

    def numbers(self) -> dict[str, int]:
        """By the bulletin's headings: what is printed, stated and later compared."""
        result = {}
        for prefix, counts in (("本期", self.period), ("本月", self.month)):
            result[f"{prefix}信息总量"] = counts.total
            result[f"{prefix}有效"] = counts.valid
            result[f"{prefix}无效"] = counts.invalid
            result[f"{prefix}重复"] = counts.duplicate
            result[f"{prefix}待甄别"] = counts.pending
            if prefix == "本期":
                result["本期不予接收"] = counts.refused
        result["计入提报量"] = self.counted
        result["标的量(台)"] = self.vehicles
        return result


def counts_of(leads: Iterable[Row], issue: str, refused: int = 0) -> Counts:
    """Counts of some leads as they stand in an issue."""
    classes = Counter(class_at(lead, issue) for lead in leads)
    return Counts(
        total=sum(classes.values()),
        valid=classes[VALID_CLASS],
        invalid=classes[INVALID_CLASS] + classes[DUPLICATE_CLASS],
        duplicate=classes[DUPLICATE_CLASS],
        pending=classes[PENDING_CLASS],
        refused=refused,
    )


def tally(leads: Iterable[Row], refusals: Iterable[Row], issue: str) -> Tally:
    """A unit's row: `leads` and `refusals` are the month's, up to the issue."""
    month_leads = list(leads)
    month_refusals = list(refusals)
    period = [lead for lead in month_leads if lead["issue"] == issue]
    valid = [lead for lead in month_leads if class_at(lead, issue) == VALID_CLASS]
    return Tally(
        period=counts_of(period, issue, sum(1 for r in month_refusals if r["issue"] == issue)),
        month=counts_of(month_leads, issue, len(month_refusals)),
        counted=sum(1 for lead in valid if lead["counted"] == "是"),
        vehicles=sum(lead["confirmed"] or lead["quantity"] or 0 for lead in valid),
    )


def reporting_units(session: Session, rows: Iterable[Row]) -> list[Unit]:
    """Dealers and departments of the roster, and whoever else the rows came from: a unit that was
    struck from the roster keeps its line, or the totals would not balance."""
    kinds = (UnitKind.DEALER, UnitKind.DEPARTMENT)
    units = [unit for unit in session.roster.units if unit.kind in kinds]
    known = {unit.code for unit in units}
    gone: dict[str, Unit] = {}
    for row in rows:
        code = row["unit_code"]
        if code and code not in known:
            gone.setdefault(code, Unit(code, row["unit"], UnitKind(row["unit_kind"]), active=False))
    return [*units, *(gone[code] for code in sorted(gone))]


def rate_text(counted: int, target: int | None) -> str:
    """完成率 to one decimal, as the bulletin's cell (0.0%) shows it; — when there is no target."""
    if not target:
        return "—"
    tenths = (2000 * counted + target) // (2 * target)  # half up, as Excel
    return f"{tenths // 10}.{tenths % 10}%"


def tally_numbers(row: UnitRow) -> dict[str, Any]:
    numbers: dict[str, Any] = dict(
        Tally(row.period, row.month, row.counted, row.vehicles).numbers()
    )
    if row.kind is UnitKind.DEPARTMENT:
        numbers["本月目标"] = row.target
        numbers["完成率"] = rate_text(row.counted, row.target)
    return numbers


def late_numbers(late: Late) -> dict[str, int]:
    c = late.counts
    return {
        "信息总量": c.total,
        "有效": c.valid,
        "无效": c.invalid,
        "重复": c.duplicate,
        "待甄别": c.pending,
        "不予接收": c.refused,
    }


def final_count(session: Session, unit_code: str, month: str) -> int:
    """Counted leads of a unit's whole month, as things stand."""
    rows = session.record.select(
        t.leads,
        t.leads.c.unit_code == unit_code,
        t.leads.c.month == month,
        t.leads.c.counted == "是",
    )
    return len(rows)
