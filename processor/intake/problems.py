"""The catalogue of everything that can be wrong with a file, a row or a cell.

One entry per code in `problems.tsv`: what it does (severity), the rule behind it, what is said, how
to mend it. Problems carry rule keys; the clause number is added at rendering from the edition in
force. `docs/messages.md` is generated from the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from processor.model import Problem, RuleKey, Severity
from schemas.fields import Field, Need

FOUND_LIMIT = 60  # characters of a cell's text repeated in a message


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of problem. `message` and `remedy` are templates over the fields given to `make`."""

    code: str
    severity: Severity
    rule: RuleKey | None
    title: str
    message: str
    remedy: str
    example: str


class Place(NamedTuple):
    """Where something stands: sheet, Excel row, heading as written, cell address."""

    sheet: str = ""
    row: int = 0
    column: str = ""
    cell: str = ""


@cache
def catalogue() -> dict[str, Entry]:
    """Every entry by code, in the order of `problems.tsv`."""
    text = Path(__file__).with_name("problems.tsv").read_text(encoding="utf-8")
    entries: dict[str, Entry] = {}
    for line in text.splitlines()[1:]:
        code, severity, rule, title, message, remedy, example = line.split("\t")
        entries[code] = Entry(
            code=code,
            severity=Severity(severity),
            rule=RuleKey(rule) if rule else None,
            title=title,
            message=message,
            remedy=remedy,
            example=example,
        )
    return entries


def make(
    code: str,
    *,
    sheet: str = "",
    row: int = 0,
    column: str = "",
    cell: str = "",
    found: str = "",
    severity: Severity | None = None,
    rule: RuleKey | None = None,
    **fields: object,
) -> Problem:
    """A problem of the catalogue at a place.

    `severity` and `rule` replace the entry's where the same text serves a harder or softer column.
    `fields` fill the templates. Raises KeyError for a code or template field that does not exist:
    both are faults of the program.
    """
    entry = catalogue()[code]
    shown = shorten(found)
    values = {"hint": "", **fields, "found": shown}
    if column:
        place = f"「{column}」（{cell}）" if cell else f"「{column}」"
    elif row and entry.severity is not Severity.FILE:
        place = f"第 {row} 行："
    else:
        place = ""
    return Problem(
        code=code,
        severity=severity or entry.severity,
        message=f"{place}{entry.message.format_map(values)}",
        remedy=entry.remedy.format_map(values),
        rule=rule or entry.rule,
        sheet=sheet,
        row=row,
        column=column,
        cell=cell,
        found=found,
    )


# What was read after all: told, never a refusal, and no clause behind it.
SALVAGES = frozenset(
    {"salvaged", "number_range", "quantity_range", "from_date_range", "characters_removed"}
)
# What leaves a cell without a usable value: in a gate column it refuses the row.
_NO_VALUE = frozenset(
    {
        *("required_missing", "error_cell", "not_allowed", "number_unreadable", "number_is_date"),
        *("date_unreadable", "date_impossible", "date_ambiguous", "date_no_year"),
        *("date_out_of_range", "phone_unreadable", "phone_scientific"),
    }
)

# Clauses behind a column's content; an unreadable cell offends 5.2, not them.
_NOT_THE_GATE = frozenset({RuleKey.MINIMUM_QUANTITY, RuleKey.DEFINITION})


def cell_problem(
    code: str, item: Field, where: Place, *, found: str = "", value: str = ""
) -> Problem:
    """A problem of a field at its place.

    What makes a gate column unreadable refuses the row. The field's own rule stands behind what the
    catalogue does not tie to another.
    """
    refuses = item.need is Need.GATE and code in _NO_VALUE
    entry = catalogue()[code]
    rule = RuleKey(item.rule) if item.rule else entry.rule
    if code in SALVAGES or entry.severity is Severity.ROW or rule in _NOT_THE_GATE:
        rule = entry.rule
    hint = item.hint.rstrip("。")
    return make(
        code,
        sheet=where.sheet,
        row=where.row,
        column=where.column or item.heading,
        cell=where.cell,
        found=found,
        severity=Severity.ROW if refuses else None,
        rule=rule,
        hint=f"：{hint}" if hint else "",
        allowed="、".join(item.allowed),
        value=value,
    )


def shorten(text: str) -> str:
    """The text on one line, cut to `FOUND_LIMIT` characters."""
    line = " ".join(text.split())
    return line if len(line) <= FOUND_LIMIT else line[: FOUND_LIMIT - 1] + "…"


def cell_address(row: int, column: int) -> str:
    """Excel address of an Excel row (1-based) and a column index (0-based): 7, 5 -> "F7"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


_SEVERITY_WORDS = {
    Severity.FILE: "整个文件不予接收",
    Severity.ROW: "该行不予接收",
    Severity.INVALID: "接收，判为无效",
    Severity.REMIND: "接收，请补充",
    Severity.NOTE: "说明",
}


def catalogue_markdown() -> str:
    """`docs/messages.md`: every message, grouped by what it does."""
    lines = [
        "# 提示信息一览",
        "",
        "本页由 `processor/intake/problems.py` 生成（`python -m processor.intake.problems`）。"
        "花括号处填入实际内容；条款号按现行版次另行标注。",
    ]
    for severity, words in _SEVERITY_WORDS.items():
        entries = [entry for entry in catalogue().values() if entry.severity is severity]
        if not entries:
            continue
        lines += [
            "",
            f"## {words}",
            "",
            "| 代码 | 事项 | 提示 | 如何改正 | 规则 | 例 |",
            "|---|---|---|---|---|---|",
        ]
        for entry in entries:
            rule = f"`{entry.rule}`" if entry.rule else "—"
            cells = (
                f"`{entry.code}`",
                entry.title,
                entry.message,
                entry.remedy,
                rule,
                entry.example,
            )
            lines.append(
                "| " + " | ".join(text.replace("|", "\\|") or "—" for text in cells) + " |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(catalogue_markdown(), end="")
