"""Label/value pairs beside the table: the block above it, or a signature line below it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from processor.intake.headings import LONGEST_HEADING, form_by_key, heading_key
from processor.intake.text import text_of
from schemas.fields import Form

_REACH = 9  # columns to the right of a label in which its value may stand


@cache
def block_labels(key: str) -> dict[str, str]:
    """Label key -> name of the block field, official labels before synonyms."""
    form = form_by_key(key)
    labels: dict[str, str] = {}
    for item in form.block:
        labels.setdefault(heading_key(item.heading), item.name)
    for item in form.block:
        for words in item.synonyms:
            labels.setdefault(heading_key(words), item.name)
    return labels


@cache
def _label_pattern(key: str) -> re.Pattern[str]:
    form = form_by_key(key)
    words = sorted(
        {words for item in form.block for words in (item.heading, *item.synonyms)},
        key=len,
        reverse=True,
    )
    return re.compile("(" + "|".join(map(re.escape, words)) + r")\s*[:：]")


def block_in_row(form: Form, row: Sequence[object]) -> Iterator[tuple[str, str, object, int]]:
    """The label/value pairs of one row: (field name, label as written, value, column).

    The value stands in the next filled cell to the right, or behind a colon in the same cell; it is
    "" when the label has none. The column is the value's.
    """
    labels = block_labels(form.key)
    if not labels:
        return
    for column, cell in enumerate(row):
        if not isinstance(cell, str) or not cell:
            continue
        name = labels.get(heading_key(cell)) if len(cell) <= LONGEST_HEADING else None
        if name is not None:
            value, at = _right_of(row, column, labels)
            yield name, cell.strip().rstrip(":："), value, at
            continue
        parts = _label_pattern(form.key).split(cell)
        for label, written in zip(parts[1::2], parts[2::2], strict=True):
            value = written.strip(" \t\n;；,，")
            if value:
                yield labels[heading_key(label)], label, value, column
            elif len(parts) == 3:
                found, at = _right_of(row, column, labels)
                yield labels[heading_key(label)], label, found, at


def _right_of(row: Sequence[object], column: int, labels: dict[str, str]) -> tuple[object, int]:
    for at in range(column + 1, min(column + _REACH, len(row))):
        cell = row[at]
        if cell is None or cell == "" or (isinstance(cell, str) and cell.isspace()):
            continue
        text = text_of(cell)
        is_label = heading_key(text) in labels or (
            isinstance(cell, str) and len(cell) < LONGEST_HEADING and re.search(r"[:：]\s*$", cell)
        )
        return ("", column + 1) if is_label else (cell, at)
    return "", column + 1
