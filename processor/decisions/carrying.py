"""From a form's typed row to the ledger's columns: the same heading is the same fact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from processor.decisions.session import Arrival
from processor.ledger.store import Row
from schemas.fields import Field, Form, Kind


def carry(form: Form, sheet: tuple[Field, ...], values: Mapping[str, Any]) -> Row:
    """Values of a form row (block values included) under the column names of a master sheet."""
    columns = {f.heading: f for f in sheet}
    row: Row = {}
    for field in (*form.block, *form.fields):
        target = columns.get(field.heading)
        if target is None:
            continue
        value = values.get(field.name)
        row[target.name] = _fit(value, target.kind)
    return row


def _fit(value: Any, kind: Kind) -> Any:
    if value is None or value == "":
        return None
    if kind is Kind.DATE:
        if isinstance(value, datetime):
            return value.date()
        return value if isinstance(value, date) else None
    if kind is Kind.INTEGER:
        return value if isinstance(value, int) else None
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, (tuple, list)):
        return "；".join(str(v) for v in value)
    return str(value)


def origin(arrival: Arrival, sheet: str, row: int) -> Row:
    """The source columns of a fact."""
    return {
        "batch": arrival.batch,
        "source_file": arrival.name,
        "source_sheet": sheet,
        "source_row": row,
        "received_at": arrival.received_at,
    }


def merged(form_block: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Block values, overridden by what the row itself says."""
    own = {k: v for k, v in values.items() if v is not None and v != ""}
    return {**form_block, **own}


def month_of(value: Any) -> str:
    """2026-10 of a month cell (a date) or of text already so written; blank when unreadable."""
    if isinstance(value, (date, datetime)):
        return f"{value:%Y-%m}"
    return str(value)[:7] if value else ""
