"""What the quarterly workbooks are made of: plain records, decided by the caller.

Amounts are whole yuan as the record has them. The workbooks hold the formulas that lead to them,
and 校验 compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from processor.model import RuleKey
from processor.workbooks.reporting import Check, Clause


@dataclass(frozen=True, slots=True)
class Reading:
    """A disputed reading in force: switch, value, question, the reading in words, clause."""

    switch: str
    value: str
    question: str
    chosen: str
    clause: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The numbers and readings of the edition that the formulas need.

    Rates in percent, quantities in vehicles, amounts in yuan. `clauses` maps rule → clause number,
    `fines` penalty rule → amount. `numerator`: quarter or cumulative; `scope`: project or
    aggregate; `rate`: sum, mean or capped.
    """

    clauses: Mapping[RuleKey, str]
    dealer_minimum: int
    dealer_rate: int
    dealer_amount: int
    project_minimum: int
    project_rate: int
    project_amount: int
    project_cap: int
    step: int
    step_amount: int
    completion_cap: int
    fines: Mapping[RuleKey, int]
    marks: int
    requires_counted: bool = True
    pay_once: bool = True
    shared_cap: bool = False
    numerator: str = "quarter"
    scope: str = "project"
    rate: str = "sum"
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """A project of the quarter, rewarded or not.

    `reported` 单次提报量; `quantity` 标的总量, the deciding one (confirmed, else reported);
    `pickups` of the quarter, `cumulative` to its end; `counted` 是, 否, 不适用 (5.5); `earlier` the
    quarter already rewarded; `amount` as in the record (before a cap); `reason` why nothing is
    paid; `source` file/sheet!row.
    """

    code: str
    unit: str
    project: str
    lead: str
    received: date
    reported: int
    quantity: int
    pickups: int
    cumulative: int
    counted: str
    amount: int
    clause: str
    earlier: str = ""
    contracts: str = ""
    cross_dealer: str = ""
    remark: str = ""
    reason: str = ""
    source: str = ""
    valid: bool = True  # the lead still is 有效
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class AmountCorrection:
    """更正: a later change of an amount of an earlier quarter; `item`: what the money was for."""

    quarter: str
    unit: str
    project: str
    item: str
    before: int
    after: int
    reason: str


@dataclass(frozen=True, slots=True)
class Dealer:
    """A dealer with the amounts of the record: rewards and corrections of this quarter."""

    code: str
    name: str
    account: str
    projects: int
    reward: int
    correction: int


@dataclass(frozen=True, slots=True)
class DealerAssessment:
    """The quarter for 财务计划部. `trial`: 试算, freezes nothing."""

    quarter: str  # 2026Q3
    generated: datetime
    edition: str
    terms: Terms
    dealers: tuple[Dealer, ...]
    projects: tuple[Project, ...]
    corrections: tuple[AmountCorrection, ...] = ()
    clauses: tuple[Clause, ...] = ()
    remarks: tuple[str, ...] = ()  # said on the cover: a register missing, say
    flow: tuple[Check, ...] = ()
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Department:
    """A department's three months, and its amounts as in the record.

    `targets` None = not set. `completion`: 7.2.1 after the cap; `projects`, `project_reward`: 7.2.2
    after the cap; `payable`: with corrections. `leader` allocates (7.2.3).
    """

    code: str
    name: str
    leader: str
    targets: tuple[int | None, int | None, int | None]
    counted: tuple[int, int, int]
    completion: int
    projects: int
    project_reward: int
    correction: int
    payable: int


@dataclass(frozen=True, slots=True)
class Penalty:
    """A proposed penalty (7.3). `due` and `actual` in words or as moments; `late` working days."""

    rule: RuleKey
    person: str
    section: str
    matter: str
    due: datetime | str
    actual: datetime | str | None
    late: int | None
    times: int
    amount: int
    evidence: str


@dataclass(frozen=True, slots=True)
class BlackMark:
    """A confirmed leak by an insider, of any time; `total` the person's marks up to this one."""

    person: str
    section: str
    register: str
    found: date | None
    concluded: date | None
    total: int
    quarter: str
    matter: str = ""


@dataclass(frozen=True, slots=True)
class Alternative:
    """The money of a unit (or of all) under another reading."""

    switch: str
    clause: str
    question: str
    current: str
    other: str
    unit: str
    now: int
    then: int
    remark: str = ""


@dataclass(frozen=True, slots=True)
class InternalAssessment:
    """The quarter for 综合管理部; the dealers' totals stand on the 报批单 too."""

    quarter: str
    generated: datetime
    edition: str
    terms: Terms
    months: tuple[str, str, str]  # 2026-07, 2026-08, 2026-09
    departments: tuple[Department, ...]
    projects: tuple[Project, ...]
    penalties: tuple[Penalty, ...] = ()
    black_marks: tuple[BlackMark, ...] = ()
    corrections: tuple[AmountCorrection, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    dealer_projects: int = 0
    dealer_reward: int = 0
    dealer_correction: int = 0
    clauses: tuple[Clause, ...] = ()
    remarks: tuple[str, ...] = ()
    flow: tuple[Check, ...] = ()
    trial: bool = False
