"""The rows under the headings: which are reports, which are blank, totals, hints or notes.

Cells of a report become typed values; what was changed or could not be read becomes a problem at
its cell. Nothing is judged here that needs another row, another file or the regulation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

from processor.intake.blocks import block_in_row, block_labels
from processor.intake.counts import Parsed
from processor.intake.drafts import RowDraft
from processor.intake.headings import LONGEST_HEADING, form_by_key, heading_key
from processor.intake.identifying import SheetMatch
from processor.intake.parsing import parser, shown
from processor.intake.problems import Place, cell_address, cell_problem
from processor.intake.text import clean, squeeze, text_of
from schemas.fields import Field, Form, Kind, Need

CANARY_PREFIX = "CANARY:"  # a marked row of a mailed copy: ours, never a report
MARKABLE = ("template_version", "remark")  # where a canary's mark stands
# Cells that blank forms come with: alone they make no report.
_PREFILLED = frozenset({"seq", "province", "city", "county"})
_TOTALS = frozenset({"合计", "总计", "小计", "共计", "合计(台)", "总合计"})
_HINTS = frozenset(
    {
        "必填",
        "选填",
        "可不填",
        "系统",
        "自动",
        "系统填写",
        "下拉选择",
        "填写",
        "文本",
        "日期",
        "数字",
    }
)
_EXAMPLE = re.compile(r"^[(（【]?(?:填写示例|示例|样例|例)(?:[)）】:：]|[1１]?$)")
_NOTE = re.compile(
    r"^[(（]?(?:注|说明|填写说明|填表说明|备注|提示|本科室没有|没有待|以下空白|此处空白)[)）:：1]?|^[※*]"
)
# Codes of a gate column that are refusals of their own.
_GATE_CODES = {
    ("quantity", "number_unreadable"): "quantity_unreadable",
    ("quantity", "number_is_date"): "quantity_is_date",
    ("quantity", "number_range"): "quantity_range",
    ("contact_phone", "phone_unreadable"): "method_unreadable",
}


@dataclass(slots=True)
class SheetRows:
    """What one sheet holds under its headings."""

    drafts: list[RowDraft] = field(default_factory=list)
    blank: int = 0  # rows with nothing but numbering, pre-filled cells or drop-down defaults
    hidden: int = 0  # reports in hidden rows
    canaries: list[tuple[str, int]] = field(default_factory=list)  # token, Excel row
    totals: list[int] = field(default_factory=list)  # Excel rows
    examples: list[int] = field(default_factory=list)
    footer: list[tuple[str, str, object, Place]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reader:
    """A mapped field with its columns; `weak`: alone it makes no report."""

    item: Field
    columns: tuple[int, ...]
    weak: bool
    read: Callable[[object], Parsed]


def read_rows(form: Form, match: SheetMatch) -> SheetRows:
    """Every row under the headings of one sheet."""
    found = SheetRows()
    sheet = match.sheet
    readers = _readers(form, match)
    listed = tuple(match.headings)
    filled_down = _merged_down(match)
    marked = [at for name in MARKABLE for at in match.columns.get(name, ())]
    strong = [at for reader in readers if not reader.weak for at in reader.columns]
    shown_weak = [r for r in readers if r.weak and not r.item.hidden]
    weak = [at for reader in shown_weak for at in reader.columns]
    for index in range(match.last + 1, len(sheet.rows)):
        row = sheet.rows[index]
        if not any(row):
            continue
        if filled_down:
            row = [filled_down.get((index, at), cell) for at, cell in enumerate(row)]
        width = len(row)
        token = next(
            (row[at] for at in marked or range(width) if at < width and _is_canary(row[at])), None
        )
        if token is not None:
            found.canaries.append((str(token).removeprefix(CANARY_PREFIX), index + 1))
        elif not any(_filled(row[at]) for at in strong if at < width):
            footer = _footer(form, match, index, row)
            found.footer += footer
            found.blank += (
                not footer
                and not _lone_text(row)
                and any(_filled(row[at]) for at in weak if at < width)
            )
        elif (kind := _no_report(form, match, row)) == "":
            found.drafts.append(_draft(match, index, row, readers, listed))
            found.hidden += index in sheet.hidden_rows
        elif kind == "totals":
            found.totals.append(index + 1)
        elif kind == "example":
            found.examples.append(index + 1)
        elif kind == "footer":
            found.footer += _footer(form, match, index, row)
    return found


def _lone_text(row: Sequence[object]) -> bool:
    """Nothing but a sentence in one cell: a note below the table."""
    texts = [cell for cell in row if _filled(cell)]
    return len(texts) == 1 and len(str(texts[0])) > 20


def _is_canary(cell: object) -> bool:
    return isinstance(cell, str) and cell.startswith(CANARY_PREFIX)


def _filled(cell: object) -> bool:
    if cell is None or cell == "":
        return False
    if not isinstance(cell, str) or "!" <= cell[0] <= "~" or "\u4e00" <= cell[0] <= "\u9fff":
        return True
    return clean(cell) != ""


def _readers(form: Form, match: SheetMatch) -> list[_Reader]:
    block = {item.name for item in form.block}
    readers = []
    for item in (*form.block, *form.fields):
        if item.name in match.columns:
            weak = (
                item.name in block
                or item.name in _PREFILLED
                or item.hidden
                or (item.need is Need.SYSTEM)
                or (item.kind is Kind.CHOICE and not item.free)
            )
            read = parser(item, date1904=match.sheet.date1904)
            readers.append(_Reader(item, match.columns[item.name], weak, read))
    return readers


def _merged_down(match: SheetMatch) -> dict[tuple[int, int], object]:
    """Values of cells merged downwards, for the rows they cover."""
    filled: dict[tuple[int, int], object] = {}
    rows = match.sheet.rows
    for top, left, bottom, right in match.sheet.merged:
        if top <= match.last or bottom == top or left != right or top >= len(rows):
            continue
        value = rows[top][left] if left < len(rows[top]) else ""
        if _filled(value):
            filled |= {(row, left): value for row in range(top + 1, min(bottom + 1, len(rows)))}
    return filled


def _no_report(form: Form, match: SheetMatch, row: Sequence[object]) -> str:
    """Why a filled row is no report: totals, example, hint, footer, headings again; "" if it is."""
    places = [at for at, cell in enumerate(row) if _filled(cell)]
    start = [text_of(row[at]).strip() for at in places[:4]]
    keys = [heading_key(text) if len(text) <= LONGEST_HEADING else "" for text in start]
    first = start[0]
    if not _TOTALS.isdisjoint(keys):
        return "totals"
    if any(_EXAMPLE.match(text) for text in start[:2]):
        return "example"
    if len(places) == 1:
        return "note" if _NOTE.match(first) or len(first) > 60 else ""
    headings = [heading_key(match.headings.get(at, "")) for at in places[:4]]
    if sum(key == heading for key, heading in zip(keys, headings, strict=True)) >= 3:
        return "headings"
    hints = _hint_texts(form.key)
    if sum(squeeze(text).strip("()※*") in hints for text in start) >= 3:
        return "hint"
    label = heading_key(re.split("[：:]", first)[0]) if len(first) <= LONGEST_HEADING else ""
    if label in block_labels(form.key) and len(places) <= 8:
        return "footer"
    return ""


@cache
def _hint_texts(key: str) -> frozenset[str]:
    return _HINTS | {squeeze(item.hint) for item in form_by_key(key).fields if item.hint}


def _footer(
    form: Form, match: SheetMatch, index: int, row: Sequence[object]
) -> list[tuple[str, str, object, Place]]:
    return [
        (name, label, value, Place(match.sheet.name, index + 1, label, cell_address(index + 1, at)))
        for name, label, value, at in block_in_row(form, row)
        if value != ""
    ]


def _draft(
    match: SheetMatch,
    index: int,
    row: Sequence[object],
    readers: Sequence[_Reader],
    listed: Sequence[int],
) -> RowDraft:
    width = len(row)
    draft = RowDraft(
        match,
        index + 1,
        tuple(row[at] if at < width else "" for at in listed),
        {},
        [],
        set(),
    )
    for reader in readers:
        item = reader.item
        for at in reader.columns:
            cell = row[at] if at < width else ""
            if cell is None or cell == "":
                if (index, at) in match.sheet.error_cells:
                    _error_cell(draft, item, at)
                continue
            if not _filled(cell):
                continue
            _read_cell(draft, reader, at, cell)
            break
    results = match.results
    if results:
        draft.lead_number = (
            clean(text_of(row[results["信息编号"]])) if results["信息编号"] < width else ""
        )
        draft.outcome = (
            clean(text_of(row[results["处理结果"]])) if results["处理结果"] < width else ""
        )
    return draft


def _read_cell(draft: RowDraft, reader: _Reader, at: int, cell: object) -> None:
    item, read = reader.item, reader.read(cell)
    if read.value is not None:
        draft.values[item.name] = read.value
    if not read.code or item.need is Need.SYSTEM:
        return
    if read.value is None:
        draft.failed.add(item.name)
    code = _GATE_CODES.get((item.name, read.code), read.code)
    draft.problems.append(
        cell_problem(
            code,
            item,
            draft.place(at),
            found=text_of(cell),
            value=shown(read.value),
        )
    )


def _error_cell(draft: RowDraft, item: Field, at: int) -> None:
    if item.need is Need.SYSTEM:
        return
    draft.failed.add(item.name)
    draft.problems.append(cell_problem("error_cell", item, draft.place(at)))
