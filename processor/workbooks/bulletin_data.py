"""What a bulletin is made of: plain records, counted by the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from processor.model import UnitKind
from processor.workbooks.reporting import Check, Clause


@dataclass(frozen=True, slots=True)
class Counts:
    """Leads (条). `total` is counted by itself: 校验 compares. `invalid` holds `duplicate`."""

    total: int = 0
    valid: int = 0
    invalid: int = 0
    duplicate: int = 0
    pending: int = 0  # 待裁定 included
    refused: int = 0  # outside the total


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One submitter. `target` None = owes none (dealers) or none set."""

    code: str
    unit: str
    kind: UnitKind
    period: Counts
    month: Counts
    counted: int
    target: int | None
    vehicles: int


@dataclass(frozen=True, slots=True)
class Late:
    """上月补报: received after last month's last cut-off."""

    unit: str
    kind: UnitKind
    counts: Counts


@dataclass(frozen=True, slots=True)
class Final:
    """上月终值 of a department."""

    unit: str
    counted: int
    target: int | None


@dataclass(frozen=True, slots=True)
class Correction:
    """更正: `item` is the heading that changed."""

    issue: str
    unit: str
    item: str
    before: int | str
    after: int | str
    reason: str


@dataclass(frozen=True, slots=True)
class ZeroReport:
    """零提报: a dealer without an accepted lead this month, with the rows refused to it."""

    unit: str
    refused: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why leads are 无效 (重复 is one of the reasons), in the period and in the month."""

    reason: str
    clause: str
    period: int
    month: int


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead of the issue. `scope`: 本期, 本月前期, 上月补报.

    `counted_as`: 有效, 无效, 重复, 待甄别.
    `quantity`: confirmed, else reported. `customer`, `contact`, `phone` as reported: masking is
    the business of `bulletin_leads`.
    """

    number: str
    received: datetime
    unit: str
    kind: UnitKind
    customer: str
    category: str
    province: str
    city: str
    county: str
    model: str
    quantity: int | None
    contact: str
    phone: str
    scope: str
    counted_as: str
    state: str
    reason: str
    clause: str
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class BulletinData:
    """One issue. Windows are half-open: (`window_from`, `window_to`].

    `has_late`: this issue carries 上月补报 and 上月终值 (the 10th); `has_zero`: 零提报 (the 30th).
    `flow`: conservation of the record (files, rows) as checks of the caller.
    """

    issue: str  # 2026-10-20
    label: str  # 2026-10-中
    window_from: datetime
    window_to: datetime
    month_from: datetime
    generated: datetime
    edition: str
    units: tuple[UnitRow, ...]
    reasons: tuple[Reason, ...] = ()
    late: tuple[Late, ...] = ()
    finals: tuple[Final, ...] = ()
    corrections: tuple[Correction, ...] = ()
    zero: tuple[ZeroReport, ...] = ()
    leads: tuple[LeadRow, ...] = ()
    clauses: tuple[Clause, ...] = ()
    flow: tuple[Check, ...] = ()
    has_late: bool = False
    has_zero: bool = False
    maker: str = "市场策略科"
    published: datetime | None = None
