"""What a column of an official form is: plain data, read by everything that needs headings.

Light on purpose: importing this costs nothing. The pandera models are built from these records only
when there are rows to validate (`schemas.models`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Type of a cell after parsing."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"  # decimal number (万元)
    DATE = "date"
    MONTH = "month"  # first day of the month as a date
    DATETIME = "datetime"
    CHOICE = "choice"  # one of `allowed`
    CHOICES = "choices"  # several of `allowed`, joined by 「;」
    PHONE = "phone"  # text; a phone number or other way of reaching a person


class Need(StrEnum):
    """What happens when the cell is missing."""

    GATE = "gate"  # the row is refused (5.2); a missing column refuses the file
    REMIND = "remind"  # marked ※; accepted with a reminder
    OPTIONAL = "optional"
    SYSTEM = "system"  # filled by the tool; ignored if typed


@dataclass(frozen=True, slots=True)
class Field:
    """One column (or block label) of a form or of a sheet we write."""

    name: str  # key in records and in the ledger
    heading: str  # the literal heading of the contract
    kind: Kind = Kind.TEXT
    need: Need = Need.OPTIONAL
    synonyms: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    hint: str = ""  # one Chinese sentence: how to fill it
    example: str = ""
    rule: str = ""  # RuleKey of the clause behind the field
    width: int = 12  # column width in half-width characters
    choice_synonyms: tuple[tuple[str, str], ...] = ()  # (as people write it, allowed value)
    min_length: int = 0
    max_length: int = 0  # 0 = no limit
    positive: bool = False  # must be greater than zero
    minimum: int | None = None
    maximum: int | None = None  # beyond it the value is questioned, not refused
    check_digit: str = ""  # "uscc" or "vin": the value carries a check digit
    when: tuple[str, tuple[str, ...]] = ("", ())  # required only if that field has such a value
    unless: tuple[str, tuple[str, ...]] = ("", ())  # not required if that field has such a value
    free: bool = False  # CHOICE/CHOICES that also takes other text
    hidden: bool = False
    locked: bool = False  # the tool fills it and reads it back: not for people to change
    editable: bool = False  # output sheets: the clerk may edit it

    @property
    def starred(self) -> bool:
        """Must the person who fills the form fill this cell? (Shown as ※.)"""
        return self.need in (Need.GATE, Need.REMIND) and not self.locked


@dataclass(frozen=True, slots=True)
class Form:
    """One official form: title, block above the table, columns of the table.

    In `intro`, `{rule_key}` stands for the clause number of that rule in the edition in force.
    """

    key: str
    title: str
    version: str
    block: tuple[Field, ...]
    fields: tuple[Field, ...]
    sheet: str = ""  # sheet name; the title when blank
    intro: str = ""

    def field(self, name: str) -> Field:
        for item in (*self.block, *self.fields):
            if item.name == name:
                return item
        raise KeyError(f"{self.key}: no field {name!r}")
