"""What the published workbooks share: cell addresses for formulas, the 附注 and the 校验 sheets.

A formula is made of addresses that are known only once the sheet is laid out. So a sheet is built
twice: first with plain values (a draft has the same shape), then with formulas made of
`Grid.of(draft)`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from processor.workbooks.sheets import (
    Cell,
    Column,
    Formula,
    Link,
    Pair,
    Pairs,
    Plain,
    Sheet,
    Table,
    Value,
    column_letter,
    where,
    where_pair,
)
from processor.workbooks.style import Look, Tone

NOTES_SHEET, CHECKS_SHEET = "附注", "校验"
PASSED, FAILED = "通过", "不通过"
RESTRICTED = "受限客户"


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause cited by a workbook: number and quoted text."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """Two counts or amounts that must be equal."""

    label: str
    left: int | Formula
    right: int | Formula
    meaning: str = ""

    @property
    def passed(self) -> bool:
        return _cached(self.left) == _cached(self.right)


@dataclass(frozen=True, slots=True)
class Grid:
    """Addresses of a laid-out table, for formulas. An empty table has one blank row."""

    sheet: str
    letters: tuple[tuple[str, str], ...]
    first: int  # Excel row of the first data row
    rows: int

    @classmethod
    def of(cls, sheet: Sheet, table: str) -> Grid:
        made = sheet.table(table)
        headings = [column.heading for column in made.columns]
        letters = tuple((heading, column_letter(i)) for i, heading in enumerate(headings))
        first = int(re.sub(r"\D", "", where(sheet, table, headings[0])))
        return cls(sheet.name, letters, first, max(1, len(made.rows)))

    def letter(self, heading: str) -> str:
        return dict(self.letters)[heading]

    def at(self, heading: str, row: int) -> str:
        """Address inside the sheet; `row` 0-based among the data rows."""
        return f"{self.letter(heading)}{self.first + row}"

    def out(self, heading: str, row: int) -> str:
        """Address as seen from another sheet."""
        return f"{self.sheet}!{self.at(heading, row)}"

    def total(self, heading: str) -> str:
        """Address of the total row as seen from another sheet."""
        return self.out(heading, self.rows)

    def span(self, heading: str) -> str:
        """The data cells of a column as seen from anywhere, filtered rows included."""
        letter = self.letter(heading)
        return f"{self.sheet}!${letter}${self.first}:${letter}${self.first + self.rows - 1}"


_NOTES_INTRO = "条文摘自规定原文；「说明」为本表的口径。"


def notes_sheet(clauses: Sequence[Clause], extra: Sequence[str] = (), *, title: str) -> Sheet:
    """附注: the clauses cited, word for word, and how this workbook counts."""
    rows: list[dict[str, Value]] = [
        {"条款": clause.number, "条文": clause.text} for clause in clauses
    ]
    rows += [{"条款": "说明", "条文": line} for line in extra]
    table = Table(
        "附注表",
        (
            Column("条款", Look.CENTER, width=11),
            Column("条文", width=108),
        ),
        rows,
        filter=False,
    )
    return Sheet(NOTES_SHEET, title, (table,), left=(_NOTES_INTRO,))


def clause_link(number: str, clauses: Sequence[Clause]) -> Link | str:
    """The clause number, leading to its line in 附注 when it stands there."""
    for index, clause in enumerate(clauses):
        if clause.number == number:
            return Link(number, NOTES_SHEET, f"A{_first_note() + index}")
    return number


@cache
def _first_note() -> int:
    """Excel row of the first clause on any 附注: what stands above it is always the same."""
    return Grid.of(notes_sheet((), title=NOTES_SHEET), "附注表").first


def checks_sheet(checks: Sequence[Check], *, title: str) -> Sheet:
    """校验: every check a live formula, the conclusion of all of them above the table."""
    verdict = PASSED if all(check.passed for check in checks) else FAILED

    def build(rows: Sequence[Mapping[str, Value]], conclusion: Formula) -> Sheet:
        table = Table(
            "校验表",
            (
                Column("序号", Look.COUNT, width=10),
                Column("校验项", width=72),
                Column("左值", Look.COUNT, width=12),
                Column("右值", Look.COUNT, width=12),
                Column("差额", Look.COUNT, width=10),
                Column("结论", Look.CENTER, width=10),
                Column("说明", width=40),
            ),
            rows,
        )
        pairs = Pairs(((Pair("校验结论", conclusion, column=0, look=Look.CENTER),),))
        lines = ("左值与右值逐项由公式计算，全部相等方为通过。",)
        return Sheet(CHECKS_SHEET, title, (pairs, table), left=lines)

    def row(index: int, check: Check, grid: Grid | None) -> dict[str, Value]:
        difference = _cached(check.left) - _cached(check.right)
        words = PASSED if check.passed else FAILED
        gap: Plain = difference
        said: Plain = words
        if grid:
            gap = Formula(f"={grid.at('左值', index)}-{grid.at('右值', index)}", difference)
            said = Formula(f'=IF({grid.at("差额", index)}=0,"{PASSED}","{FAILED}")', words)
        return {
            "序号": index + 1,
            "校验项": check.label,
            "左值": check.left,
            "右值": check.right,
            "差额": gap,
            "结论": Cell(said, Tone.NONE if check.passed else Tone.BAD),
            "说明": check.meaning,
        }

    draft = [row(index, check, None) for index, check in enumerate(checks)]
    grid = Grid.of(build(draft, Formula("=0", verdict)), "校验表")
    span = grid.span("结论")
    # passes are counted, not failures: a broken formula is no pass
    conclusion = Formula(
        f'=IF(COUNTIF({span},"{PASSED}")=ROWS({span}),"{PASSED}","{FAILED}")', verdict
    )
    return build([row(index, check, grid) for index, check in enumerate(checks)], conclusion)


def overall(checks: Sheet) -> Formula:
    """The conclusion of 校验, repeated on another sheet."""
    pairs = next(part for part in checks.parts if isinstance(part, Pairs))
    cached = pairs.rows[0][0].value
    assert isinstance(cached, Formula)
    return Formula(f"={checks.name}!{where_pair(checks, '校验结论', fixed=True)}", cached.value)


def _cached(value: int | Formula) -> int:
    if isinstance(value, Formula):
        if not isinstance(value.value, int):
            raise TypeError(f"a check compares whole numbers: {value.text}")
        return value.value
    return value
