"""What a receipt says, as plain records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

# What a form or the record holds; of formulas and fractions unpacking would think at every cell.
Sent: TypeAlias = str | int | float | date | datetime | None


HOW_TO_CORRECT = (
    "1. 打开「明细」，按「问题说明」和「修改示例」改正标色单元格，其余不必改动。",
    "2. 保存后（文件名任意）放回原收件目录；系统按批次号识别为更正，"
    "只处理改动过的行，其余行不会重复计入。",
    "3. 不予接收的行以改正后重新受理的时间为准；请补充的行已经接收，补齐即可，受理时间不变。",
)
# Newest first; six months at twenty a month, the time a lead is held.
OWN_LEADS_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem in words. `column` is the heading as sent, "" for the row or the file."""

    message: str
    clause: str = ""
    remedy: str = ""
    column: str = ""
    cell: str = ""  # "F7" of the file as sent
    found: str = ""
    refuses: bool = True  # red; otherwise amber: please complete
    code: str = ""  # of the catalogue


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A row as sent (`values` parallel to `Receipt.columns`) with what became of it."""

    row: int  # Excel row in the file as sent
    values: tuple[Sent, ...]
    outcome: str  # 接收, 请补充, 不予接收, 无效, 重复, 疑似重复, 待甄别, 有效, 已知, 未填
    number: str = ""  # 信息编号
    customer: str = ""
    findings: tuple[Finding, ...] = ()
    related: str = ""  # 该客户已于 2026-11-03 由其他单位先报 (a date, never a name)
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of the file: read = accepted + refused + blank + known."""

    read: int = 0
    accepted: int = 0
    remind: int = 0  # of accepted: please complete
    refused: int = 0
    invalid: int = 0
    suspected: int = 0
    duplicate: int = 0
    pending: int = 0
    known: int = 0
    blank: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything a receipt says. `refused`: why the whole file was not taken, "" otherwise."""

    unit: str
    file_name: str
    received: datetime
    batch: str
    edition: str
    form: str = "大客户信息记录表"
    unit_code: str = ""
    counts: Counts = field(default_factory=Counts)
    refused: str = ""
    findings: tuple[Finding, ...] = ()  # about the file
    mapping: tuple[tuple[str, str], ...] = ()  # (heading as written, official heading)
    salvages: tuple[str, ...] = ()  # 「数量」（H11）“十五台”读作“15”
    notes: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()  # label/value pairs as sent: 提报人, 提报人电话 …
    columns: tuple[str, ...] = ()
    rows: tuple[ReceiptRow, ...] = ()
    own_leads: Sequence[Mapping[str, Sent]] | None = ()  # None: added when the run is decided
    own_at: datetime | None = None  # the moment at which they stood so; None: when received
    correct: tuple[str, ...] = HOW_TO_CORRECT
    repeated: bool = False  # the file had been taken before: nothing to mend
