"""The official fill-in forms, generated from their schemas (5.2: the official template).

Layout: row 1 the title, rows 2–3 the block of label/value pairs, row 4 the literal headings, then
the rows to fill. Required columns show ※ through their number format, so the heading's text stays
exactly what programs look for. 填报说明 explains each column; a hidden 字典 feeds the drop-downs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processor.workbooks.form_sheets import FormBook
from schemas.catalogue import all_forms
from schemas.guide import markdown
from schemas.roster import ROSTER_SHEETS, TITLE

if TYPE_CHECKING:
    from schemas.fields import Form

TEMPLATES_DATED = datetime(2026, 1, 1)
"""Creation date inside the committed templates: a fixed one, so that they never change by
themselves."""

Rows = Sequence[Mapping[str, Any]]


def write_form(
    form: Form,
    path: Path,
    *,
    created: datetime,
    clauses: Mapping[str, str],
    prefill: Mapping[str, Any] | None = None,
    rows: Rows = (),
) -> None:
    """Write one fill-in form. The same arguments give the same bytes.

    `clauses` maps rule keys to clause numbers of the edition in force; `prefill` gives block values
    and `rows` table rows, by field name (None or missing: left blank).
    """
    book = FormBook(form.title, form.version, created)
    book.add_form(form, clauses, prefill or {}, rows)
    path.write_bytes(book.close())


def write_roster(
    path: Path,
    *,
    created: datetime,
    clauses: Mapping[str, str],
    rows: Mapping[str, Rows] | None = None,
) -> None:
    """Write the roster workbook; `rows` by sheet name (单位 …), each row by field name."""
    book = FormBook(TITLE, ROSTER_SHEETS[0].version, created)
    for form in ROSTER_SHEETS:
        book.add_form(form, clauses, {}, (rows or {}).get(form.sheet, ()), guide=False)
    book.add_guide(ROSTER_SHEETS, clauses)
    path.write_bytes(book.close())


def write_all(
    directory: Path,
    *,
    created: datetime = TEMPLATES_DATED,
    clauses: Mapping[str, str] | None = None,
) -> list[Path]:
    """Every blank form as `<title>.xlsx`, the roster last. `clauses` by default those of the
    edition in force on the day of `created`."""
    numbers = clauses_on(created) if clauses is None else clauses
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for form in all_forms():
        paths.append(directory / f"{form.title}.xlsx")
        write_form(form, paths[-1], created=created, clauses=numbers)
    paths.append(directory / f"{TITLE}.xlsx")
    write_roster(paths[-1], created=created, clauses=numbers)
    return paths


def clauses_on(moment: datetime) -> dict[str, str]:
    """Clause numbers by rule key in the edition in force on that day."""
    from processor.model import RuleKey
    from processor.regulation.edition import in_force, load_all

    edition = in_force(load_all(), moment.date())
    return {key.value: edition.clause(key) for key in RuleKey if edition.has(key)}


def document() -> str:
    """The text of docs/forms.md."""
    return markdown((*all_forms(), *ROSTER_SHEETS), clauses_on(TEMPLATES_DATED))


def main() -> None:
    """Regenerate `templates/` and `docs/forms.md` of a checkout."""
    root = Path(__file__).resolve().parents[2]
    write_all(root / "templates")
    (root / "docs" / "forms.md").write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
