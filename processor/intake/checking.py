"""The schema's checks over all rows of a kind, handed back to the cells they concern."""

from __future__ import annotations

from collections.abc import Sequence

from processor.intake.drafts import FormDraft, RowDraft
from processor.intake.parsing import shown
from processor.intake.problems import Place, cell_problem, make
from processor.model import FormKind
from schemas.fields import Field, Form, Need

# pandera check -> code of the catalogue
_CODES = {
    "missing_required": "required_missing",
    "not_allowed": "not_allowed",
    "too_short": "too_short",
    "too_long": "too_long",
    "not_positive": "not_positive",
    "too_small": "out_of_range",
    "too_large": "out_of_range",
}
_OWN_CODES = {
    ("customer", "too_short"): "customer_short",
    ("category_note", "missing_required"): "category_note_missing",
    ("quantity", "too_large"): "quantity_large",
    ("credit_code", "too_short"): "credit_code_invalid",
    ("credit_code", "too_long"): "credit_code_invalid",
    ("credit_code", "bad_check_digit"): "credit_code_invalid",
    ("vins", "bad_check_digit"): "vin_invalid",
}
# Of a lead these belong to the gate (5.2) and to 5.4, which see the whole row.
_LEFT_TO_GATE = frozenset(
    {
        ("customer", "missing_required"),
        ("category", "missing_required"),
        ("category", "not_allowed"),
        ("quantity", "missing_required"),
        ("quantity", "not_positive"),
        ("contact", "missing_required"),
        ("contact_phone", "missing_required"),
    }
)


def absent_columns(draft: FormDraft) -> None:
    """Required columns that the table lacks: said once for the file, not for every row."""
    present = {name for sheet in draft.match.sheets for name in sheet.columns}
    absent = [
        item.heading
        for item in draft.form.fields
        if item.need is Need.REMIND and not item.when[0] and item.name not in present
    ]
    if absent:
        draft.problems.append(make("column_missing", columns="」「".join(absent)))


def validate_drafts(form: Form, group: Sequence[FormDraft]) -> None:
    """Run the schema over all rows of a kind at once and hand each error to its row."""
    import pandas as pd

    from schemas.models import validate

    rows = [(draft, row) for draft in group for row in draft.rows]
    names = [item.name for item in (*form.block, *form.fields)]
    block_names = {item.name for item in form.block}
    columns: dict[str, list[object]] = {}
    for name in names:
        if name in block_names:
            columns[name] = [row.values.get(name, draft.block.get(name)) for draft, row in rows]
        else:
            columns[name] = [row.values.get(name) for _, row in rows]
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=object) for name, values in columns.items()}
    )
    is_leads = form.title == FormKind.LEADS
    said: set[tuple[int, str, str]] = set()
    for row_id, name, check in validate(form, frame):
        if is_leads and (name, check) in _LEFT_TO_GATE:
            continue
        draft, row = rows[int(str(row_id))]
        item = form.field(name)
        if name in block_names and name not in row.values:
            if (id(draft), name, check) not in said and name not in draft.failed | row.failed:
                said.add((id(draft), name, check))
                _block_problem(draft, item, check)
            continue
        _row_problem(row, item, check)


def _code(item: Field, check: str) -> str:
    return _OWN_CODES.get((item.name, check)) or _CODES.get(check, "value_invalid")


def _row_problem(row: RowDraft, item: Field, check: str) -> None:
    if item.name in row.failed:
        return
    columns = row.sheet.columns.get(item.name, ())
    if not columns and check == "missing_required" and not item.when[0]:
        return  # the file lacks the column and says so once
    where = row.place(columns[0]) if columns else Place(row.sheet.sheet.name, row.row)
    found = shown(row.values.get(item.name))
    problem = cell_problem(_code(item, check), item, where, found=found)
    if problem not in row.problems:
        row.problems.append(problem)


def _block_problem(draft: FormDraft, item: Field, check: str) -> None:
    if item.name == "submitter":
        return  # the folder may say who it is; the batch decides
    where = draft.cells.get(item.name, Place(column=item.heading))
    found = shown(draft.block.get(item.name))
    if item.need is Need.GATE and check == "missing_required":
        draft.problems.insert(
            0, make("block_missing", column=item.heading, cell=where.cell, hint=item.hint)
        )
        return
    draft.problems.append(cell_problem(_code(item, check), item, where, found=found))
