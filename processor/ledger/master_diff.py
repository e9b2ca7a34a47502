"""What a person changed in a copy of the master: rows by their key, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schemas.fields import Field
from schemas.master import KEYS, MASTER_SHEETS

if TYPE_CHECKING:
    from processor.ledger.master_reading import MasterBook

Rows = Callable[[], Iterator[Sequence[Any]]]  # the rows of a sheet, from the first, each time


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell: where it stands in the copy ("台账!B7"), and its texts in both."""

    sheet: str
    cell: str
    key: str
    field: Field
    old: str
    new: str


@dataclass(slots=True)
class SheetChanges:
    """All changes of one sheet. `headings`: columns that are missing from the copy."""

    sheet: str
    cells: list[CellChange] = field(default_factory=list)
    added: list[tuple[str, str]] = field(default_factory=list)  # place ("台账!9"), key
    deleted: list[str] = field(default_factory=list)  # keys
    missing: bool = False  # the whole sheet
    headings: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.cells or self.added or self.deleted or self.missing or self.headings)


def sheet_changes(name: str, base: Rows, copy: MasterBook) -> SheetChanges:
    """Compare one sheet of a copy with the rows it was made from. Sorting is no change.

    The base is gone through twice, so that it need not be held in memory. Raises Unreadable.
    """
    fields = MASTER_SHEETS[name]
    found = SheetChanges(name)
    key = [f.name for f in fields].index(KEYS[name])
    marks = {str(row[key]): hash(tuple(map(plain, row))) for row in base()}
    present = copy.headings(name)
    if not present:
        found.missing = True
        return found
    found.headings = [f.heading for f in fields if f.heading not in present]
    if fields[key].heading in found.headings:
        found.deleted = list(marks)
        return found
    changed: dict[str, tuple[str, int, list[str]]] = {}
    seen: set[str] = set()
    for row in copy.rows(name):
        cells = [row.texts.get(f.heading, "") for f in fields]
        own = cells[key]
        if own not in marks or own in seen:
            found.added.append((f"{row.sheet}!{row.row}", own))
            continue
        seen.add(own)
        if hash(tuple(map(plain, cells))) != marks[own]:
            changed[own] = (row.sheet, row.row, cells)
    found.deleted = [own for own in marks if own not in seen]
    if changed:
        _compare(found, fields, key, base, changed, present)
    return found


def _compare(
    found: SheetChanges,
    fields: Sequence[Field],
    key: int,
    base: Rows,
    changed: dict[str, tuple[str, int, list[str]]],
    present: list[str],
) -> None:
    from processor.ledger.master_reading import column_letter

    letters = {heading: column_letter(n) for n, heading in enumerate(present)}
    for row in base():
        own = str(row[key])
        if own not in changed:
            continue
        sheet, number, cells = changed[own]
        for item, old, new in zip(fields, row, cells, strict=True):
            if plain(old) != plain(new) and item.heading in letters:
                cell = f"{sheet}!{letters[item.heading]}{number}"
                found.cells.append(CellChange(found.sheet, cell, own, item, plain(old), new))


def plain(value: Any) -> str:
    """A cell as text on common ground: a program that saves a sheet may write line ends its way."""
    text = "" if value is None else str(value)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
