"""Workbooks become forms: which official form each is, its typed rows, and every problem.

All books of a run are loaded together, so that pandera validates one frame per kind of form. A row
keeps all its errors: cells are parsed one by one, then the typed frame is validated as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal

from processor.intake.blocks import block_in_row
from processor.intake.checking import absent_columns, validate_drafts
from processor.intake.drafts import FormDraft
from processor.intake.identifying import Match, SheetMatch, identify
from processor.intake.parsing import parse, shown
from processor.intake.problems import Place, cell_address, cell_problem, make
from processor.intake.raw import RawBook
from processor.intake.rows import CANARY_PREFIX, SheetRows, read_rows
from processor.intake.text import text_of
from processor.model import FormKind, LeadContent, Problem, Severity
from schemas.fields import Form, Need

__all__ = ["CANARY_PREFIX", "FormRow", "LoadedForm", "Match", "identify", "load", "to_lead"]


@dataclass(frozen=True, slots=True)
class FormRow:
    """One report of a form: where it stands, what was sent, what was read, what is wrong.

    `values` holds the typed value of every readable cell by field name (see `parsing.parse`);
    `cells` the raw cell by heading as in `LoadedForm.columns`, `raw` the same as text.
    In a returned receipt `lead_number` and `outcome` are those of the first answer.
    """

    sheet: str
    row: int  # Excel row
    values: dict[str, object]
    cells: dict[str, object]
    problems: tuple[Problem, ...]
    places: Mapping[str, tuple[str, int]]  # field name -> (heading as written, column)
    lead_number: str = ""
    outcome: str = ""
    content: LeadContent | None = None  # of a lead, with the block's values

    @property
    def raw(self) -> dict[str, str]:
        return {heading: text_of(cell) for heading, cell in self.cells.items()}

    def where(self, name: str) -> Place:
        """The cell of a field; without a cell address when the table has no such column."""
        if name not in self.places:
            return Place(self.sheet, self.row)
        heading, at = self.places[name]
        return Place(self.sheet, self.row, heading, cell_address(self.row, at))


@dataclass(frozen=True, slots=True)
class LoadedForm:
    """A file understood, or refused as a whole (`refused`: then it has no rows)."""

    file: str
    kind: FormKind | None = None
    is_receipt: bool = False
    block: dict[str, object] = field(default_factory=dict)  # typed, by field name
    block_cells: dict[str, Place] = field(default_factory=dict)
    block_as_sent: tuple[tuple[str, str], ...] = ()  # (label as written, text)
    rows: tuple[FormRow, ...] = ()
    mapping: tuple[tuple[str, str], ...] = ()  # (heading as written, official heading)
    columns: tuple[str, ...] = ()  # headings as written, in order, none twice
    file_problems: tuple[Problem, ...] = ()
    blank_count: int = 0
    canaries: tuple[tuple[str, str, int], ...] = ()  # token, sheet, Excel row

    @property
    def refused(self) -> bool:
        return any(problem.severity is Severity.FILE for problem in self.file_problems)


def load(books: Sequence[RawBook]) -> list[LoadedForm]:
    """Every book as a form, in order; rows validated together per kind of form."""
    drafts = [_read(book) for book in books]
    by_form: dict[str, list[FormDraft]] = {}
    for draft in drafts:
        if isinstance(draft, FormDraft) and draft.rows:
            by_form.setdefault(draft.form.key, []).append(draft)
    for group in by_form.values():
        validate_drafts(group[0].form, group)
    return [draft if isinstance(draft, LoadedForm) else _finish(draft) for draft in drafts]


def to_lead(values: Mapping[str, object], block: Mapping[str, object]) -> LeadContent:
    """The business columns of a lead row; a value of the row wins over one of the block."""
    content: dict[str, object] = {}
    for source in (block, values):
        for name, value in source.items():
            if value is not None and name in _LEAD_NAMES:
                content[name] = format(value, "f") if isinstance(value, Decimal) else value
    return LeadContent(**content)  # type: ignore[arg-type]


_LEAD_NAMES = frozenset(item.name for item in fields(LeadContent))


def _read(book: RawBook) -> FormDraft | LoadedForm:
    match = identify(book)
    notes = [make("file_note", found=note) for note in book.notes]
    if match.form is None:
        if match.own_output:
            problem = make("own_output", found=match.nearest)
        elif not any(cell not in ("", None) for s in book.sheets for row in s.rows for cell in row):
            problem = make("no_rows")
        else:
            problem = make(
                "unknown_form",
                nearest=match.nearest or "大客户信息记录表",
                matched="、".join(match.matched) or "无",
            )
        return LoadedForm(book.name, file_problems=(problem, *notes))
    if missing := match.missing_gate():
        sheet = match.sheets[0]
        problem = make(
            "gate_column_missing",
            sheet=sheet.sheet.name,
            row=sheet.last + 1,
            columns="、".join(f"「{item.heading}」" for item in missing),
        )
        return LoadedForm(
            book.name,
            match.kind,
            match.is_receipt,
            mapping=_mapping(match.form, sheet),
            file_problems=(problem, *notes),
        )
    draft = FormDraft(book.name, match, match.form, notes)
    parts = [(sheet, read_rows(match.form, sheet)) for sheet in match.sheets]
    for sheet, part in parts:
        _read_block(draft, sheet, part)
        draft.rows += part.drafts
        draft.blank += part.blank
        draft.canaries += [(token, sheet.sheet.name, row) for token, row in part.canaries]
    _file_notes(draft, parts)
    absent_columns(draft)
    if not draft.rows and draft.block.get("nil") != "是":
        draft.problems.insert(0, make("no_rows"))
    return draft


def _read_block(draft: FormDraft, sheet: SheetMatch, part: SheetRows) -> None:
    """Label/value pairs above the headings, then those of signature lines; the first one wins."""
    pairs = [
        (name, label, value, Place(sheet.sheet.name, r + 1, label, cell_address(r + 1, at)))
        for r in range(sheet.first)
        for name, label, value, at in block_in_row(draft.form, sheet.sheet.rows[r])
    ]
    for name, label, value, where in (*pairs, *part.footer):
        draft.cells.setdefault(name, where)
        if value == "" or name in draft.block or name in draft.failed:
            continue
        item = draft.form.field(name)
        draft.cells[name] = where
        draft.as_sent[label] = text_of(value)
        read = parse(item, value, date1904=sheet.sheet.date1904)
        if read.value is not None:
            draft.block[name] = read.value
        if item.need is Need.SYSTEM or not read.code:
            continue
        if read.value is None:
            draft.failed.add(name)
        draft.problems.append(
            cell_problem(read.code, item, where, found=text_of(value), value=shown(read.value))
        )


def _file_notes(draft: FormDraft, parts: Sequence[tuple[SheetMatch, SheetRows]]) -> None:
    note = draft.problems.append
    filled = [sheet.sheet for sheet, part in parts if part.drafts]
    for sheet in filled:
        if not sheet.visible:
            note(make("hidden_sheet", sheet=sheet.name, found=sheet.name))
    if len(filled) > 1:
        names = "、".join(sheet.name for sheet in filled)
        note(make("several_sheets", found=names, count=len(filled)))
    for name, kind in draft.match.ignored:
        note(make("other_form_ignored", sheet=name, found=name, kind=kind))
    for sheet_match, part in parts:
        name = sheet_match.sheet.name
        if part.hidden:
            note(make("hidden_rows", sheet=name, count=part.hidden))
        if part.totals:
            note(make("totals_ignored", sheet=name, rows=_numbers(part.totals)))
        if part.examples:
            note(make("example_ignored", sheet=name, rows=_numbers(part.examples)))
        known = {at for columns in sheet_match.columns.values() for at in columns}
        known |= set(sheet_match.results.values())
        unknown = [text for at, text in sheet_match.headings.items() if at not in known]
        if unknown:
            note(make("columns_unknown", sheet=name, columns="、".join(unknown)))
        for columns in sheet_match.columns.values():
            if len(columns) > 1:
                twice = "」「".join(sheet_match.headings[at] for at in sorted(columns))
                note(make("column_twice", sheet=name, columns=twice))
    versions = {row.values.get("template_version") for row in draft.rows} - {
        None,
        draft.form.version,
    }
    if versions:
        note(make("old_template", found=str(versions.pop()), version=draft.form.version))


def _numbers(rows: Sequence[int]) -> str:
    return "、".join(map(str, rows))


def _mapping(form: Form, sheet: SheetMatch) -> tuple[tuple[str, str], ...]:
    pairs = [
        (columns[0], form.field(name))
        for name, columns in sheet.columns.items()
        if not form.field(name).hidden
    ]
    return tuple(
        (sheet.headings[at], item.heading) for at, item in sorted(pairs, key=lambda p: p[0])
    )


def _columns(form: Form, sheet: SheetMatch) -> dict[int, str]:
    """Column index -> heading as written (made unique); hidden and a receipt's own are left out."""
    hidden = {
        at for name, columns in sheet.columns.items() if form.field(name).hidden for at in columns
    }
    skip = hidden | set(sheet.results.values())
    names: dict[int, str] = {}
    for at, heading in sheet.headings.items():
        if at not in skip:
            again = sum(
                name == heading or name.startswith(f"{heading}(") for name in names.values()
            )
            names[at] = f"{heading}({again + 1})" if heading in names.values() else heading
    return names


def _finish(draft: FormDraft) -> LoadedForm:
    form = draft.form
    columns: dict[str, None] = {}
    mapping: dict[tuple[str, str], None] = {}
    rows: list[FormRow] = []
    by_sheet: dict[int, tuple[dict[int, str], dict[str, tuple[str, int]]]] = {}
    for sheet in draft.match.sheets:
        named = _columns(form, sheet)
        places = {
            name: (named.get(found[0], sheet.headings[found[0]]), found[0])
            for name, found in sheet.columns.items()
        }
        by_sheet[id(sheet)] = (named, places)
        columns |= dict.fromkeys(named.values())
        mapping |= dict.fromkeys(_mapping(form, sheet))
    refused = any(problem.severity is Severity.FILE for problem in draft.problems)
    leads = draft.match.kind is FormKind.LEADS
    for row in () if refused else draft.rows:
        named, places = by_sheet[id(row.sheet)]
        by_column = dict(zip(row.sheet.headings, row.cells, strict=True))
        rows.append(
            FormRow(
                sheet=row.sheet.sheet.name,
                row=row.row,
                values=row.values,
                cells={heading: by_column[at] for at, heading in named.items()},
                problems=tuple(row.problems),
                places=places,
                lead_number=row.lead_number,
                outcome=row.outcome,
                content=to_lead(row.values, draft.block) if leads else None,
            )
        )
    return LoadedForm(
        file=draft.file,
        kind=draft.match.kind,
        is_receipt=draft.match.is_receipt,
        block=draft.block,
        block_cells=draft.cells,
        block_as_sent=tuple(draft.as_sent.items()),
        rows=tuple(rows),
        mapping=tuple(mapping),
        columns=tuple(columns),
        file_problems=tuple(draft.problems),
        blank_count=draft.blank,
        canaries=tuple(draft.canaries),
    )
