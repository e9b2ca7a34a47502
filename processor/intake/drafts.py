"""A form while it is being read: rows and block collect values and problems."""

from __future__ import annotations

from dataclasses import dataclass, field

from processor.intake.identifying import Match, SheetMatch
from processor.intake.problems import Place, cell_address
from processor.model import Problem
from schemas.fields import Form


@dataclass(slots=True)
class RowDraft:
    """A report being read; `failed` names the fields whose cell holds something unreadable."""

    sheet: SheetMatch
    row: int  # Excel row
    cells: tuple[object, ...]
    values: dict[str, object]
    problems: list[Problem]
    failed: set[str]
    lead_number: str = ""
    outcome: str = ""

    def place(self, at: int) -> Place:
        """Where the cell in that column stands."""
        heading = self.sheet.headings.get(at, "")
        return Place(self.sheet.sheet.name, self.row, heading, cell_address(self.row, at))


@dataclass(slots=True)
class FormDraft:
    """A form being read."""

    file: str
    match: Match
    form: Form
    problems: list[Problem]
    block: dict[str, object] = field(default_factory=dict)
    cells: dict[str, Place] = field(default_factory=dict)
    as_sent: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    rows: list[RowDraft] = field(default_factory=list)
    blank: int = 0
    canaries: list[tuple[str, str, int]] = field(default_factory=list)  # token, sheet, row
