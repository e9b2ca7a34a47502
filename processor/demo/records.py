"""Frozen records of a story: what people send and when, and the answer key of every planted row.

Every moment named `at` is the moment of the run that takes the paper in; it is dropped before that
run. States are the Chinese words of the contract. The key holds nothing computed by the product.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

Cells = dict[str, object]

PENDING, RULING, VALID, INVALID, DUPLICATE = "待甄别", "待裁定", "有效", "无效", "重复"
EXPIRED, CONVERTED = "到期", "已转化"


@dataclass(frozen=True, slots=True)
class Row:
    """One typed row of a lead form; `corrects` is the tag of the lead whose number is entered."""

    tag: str
    cells: Cells
    corrects: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """One lead file. `how`: how it is made; `expect`: the state the file must end in."""

    at: datetime
    unit: str
    name: str
    how: str = "xlsx"  # xlsx, template, shuffled, csv, zip, copy, stray, damaged
    rows: tuple[Row, ...] = ()
    expect: str = "accepted"
    copy_of: str = ""  # earlier file whose bytes are sent again
    accepted: int = 0
    refused: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True)
class Repair:
    """A receipt mended and dropped back: cells to change in the row of `tag`."""

    at: datetime
    unit: str
    receipt_of: str
    tag: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered row of a 甄别反馈表; no verdict = the row was begun and left."""

    at: datetime
    tag: str
    section: str
    person: str
    verdict: str = ""
    reason: str = ""
    note: str = ""
    expiry: date | None = None
    confirmed: int | None = None
    same_as: str = ""  # tag of the earlier lead named with 疑似重复
    unlisted: bool = False  # changes a verdict the list no longer asks for


@dataclass(frozen=True, slots=True)
class RulingAnswer:
    """One decided row of a 疑似重复裁定表, by the tag of the later lead."""

    at: datetime
    tag: str
    ruling: str
    reason: str
    alias: bool = False


@dataclass(frozen=True, slots=True)
class ContractLine:
    """One row of 合同登记汇总表."""

    tag: str
    number: str
    dealer: str  # unit code of the executing dealer
    signed: date
    quantity: int
    picked: int
    total: int
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """One monthly register; a later one of the same month replaces it."""

    at: datetime
    month: date
    lines: tuple[ContractLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """One 大客户项目申报表 of a dealer for the lead `tag` (by number when `by_number`)."""

    at: datetime
    unit: str
    tag: str
    by_number: bool = True


@dataclass(frozen=True, slots=True)
class Leak:
    """One row of 信息泄漏登记表."""

    at: datetime
    tag: str
    person: str
    insider: str  # 是 / 否 / 待查
    conclusion: str  # 属实 / 不属实 / 调查中
    concluded: date | None


@dataclass(frozen=True, slots=True)
class Targets:
    """One version of 目标信息量分解调整表: twelve numbers a department."""

    at: datetime
    year: int
    version: int
    effective: date
    table: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Publication:
    """When an issue went onto the intranet; None = nobody ever said so."""

    issue: date
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` on the lead is in `state`."""

    at: datetime
    state: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Planted:
    """A row and what must become of it; `mark` stands in its 备注, refused rows have no steps."""

    tag: str
    mark: str
    case: str
    unit: str
    file: str
    received: datetime
    accepted: bool
    customer: str
    category: str
    quantity: int | None
    phone: str = ""  # of the customer's contact
    restricted: bool = False  # 公检法司, 军警装备 or 密级 秘密
    clause: str = ""  # of the refusal
    steps: tuple[Step, ...] = ()
    section: str = ""
    screener: str = ""
    transferred: datetime | None = None
    due: datetime | None = None
    answered: datetime | None = None  # first conclusive answer
    expiry: date | None = None
    expiry_at: datetime | None = None  # receipt of a usable date
    confirmed: int | None = None
    confirmed_at: datetime | None = None
    corrected: tuple[datetime, int] | None = None  # new quantity from a correction
    applied: datetime | None = None  # receipt of the dealer's application
    first: str = ""  # tag of the earlier lead this one repeats

    def state_at(self, moment: datetime) -> str:
        """State after everything received up to `moment`; "" before the receipt."""
        found = ""
        for step in self.steps:
            if step.at <= moment:
                found = step.state
        return found

    def quantity_at(self, moment: datetime) -> int:
        """Confirmed vehicles where the screener gave them by then, else reported."""
        if self.confirmed is not None and self.confirmed_at and self.confirmed_at <= moment:
            return self.confirmed
        if self.corrected is not None and self.corrected[0] <= moment:
            return self.corrected[1]
        return self.quantity or 0


@dataclass(frozen=True, slots=True)
class KeyUnit:
    """A reporting unit as the recount needs it."""

    code: str
    name: str
    department: bool


@dataclass(frozen=True)
class Key:
    """The answer key: all that the recount may use."""

    start: date
    runs: tuple[datetime, ...]
    overrides: dict[date, bool]
    units: tuple[KeyUnit, ...]
    marketing: str  # person answerable for bulletins
    support: str  # person answerable for registers
    planted: tuple[Planted, ...]
    registers: tuple[Register, ...]
    targets: tuple[Targets, ...]
    publications: tuple[Publication, ...]
    leaks: tuple[Leak, ...]
    files: tuple[tuple[str, str], ...] = ()  # file name as sent, expected state

    @property
    def last(self) -> datetime:
        return self.runs[-1]

    @cached_property
    def by_unit_month(self) -> dict[tuple[str, str], list[Planted]]:
        """Planted rows by unit and month of receipt (yyyy-mm): a year asks for them often."""
        found: dict[tuple[str, str], list[Planted]] = {}
        for lead in self.planted:
            found.setdefault((lead.unit, f"{lead.received:%Y-%m}"), []).append(lead)
        return found

    def rows(self, unit: str, month: date) -> list[Planted]:
        """What a unit sent in the month of that day, refused rows included."""
        return self.by_unit_month.get((unit, f"{month:%Y-%m}"), [])


@dataclass(frozen=True, slots=True)
class Story:
    """Everything people will do, ordered by the run that takes it in."""

    submissions: tuple[Submission, ...]
    repairs: tuple[Repair, ...]
    answers: tuple[Answer, ...]
    rulings: tuple[RulingAnswer, ...]
    registers: tuple[Register, ...]
    applications: tuple[Application, ...]
    leaks: tuple[Leak, ...]
    targets: tuple[Targets, ...]
    publications: tuple[Publication, ...]
    reporters: dict[str, tuple[str, str]]  # unit code → who fills the forms, their phone
    key: Key = field(repr=False)
