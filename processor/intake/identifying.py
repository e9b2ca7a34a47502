"""Which official form a workbook is: the sheet that reads most like one decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from processor.intake.headings import (
    HEADING_ROWS,
    LONGEST_HEADING,
    Candidate,
    best_rows,
    heading_key,
    official_forms,
)
from processor.intake.raw import RawBook, RawSheet
from processor.model import FormKind
from schemas.fields import Field, Form, Need

# Sheets that explain or feed a form and never hold its rows.
SKIPPED_SHEETS = frozenset(
    {"填报说明", "填写说明", "填表说明", "说明", "字典", "示例", "回执", "历史信息当前状态"}
)
RESULT_HEADINGS = ("处理结果", "信息编号", "问题列", "问题说明", "依据条款", "修改示例")
# Headings that only the tool's own outputs carry: a ledger sheet dropped back reports nothing.
_OWN_OUTPUT = frozenset({"行校验码", "文件指纹", "来源行", "名次", "期号"})
# Lead forms share most headings with the others: another form must explain so much more.
_MARGIN = 1.5
_TITLE = 5.0  # what the form's title above the table or on the tab is worth, in headings


@dataclass(frozen=True, slots=True)
class SheetMatch:
    """One sheet understood as one form. Rows and columns are 0-based indexes into the sheet."""

    sheet: RawSheet
    first: int  # heading row (the upper of two)
    last: int  # the lower of two, else the same
    score: float
    headings: dict[int, str]  # column -> heading as written
    columns: dict[str, tuple[int, ...]]  # field name -> columns, the best match first
    results: dict[str, int] = field(default_factory=dict)  # a receipt's own columns

    @property
    def is_receipt(self) -> bool:
        return "处理结果" in self.results and "信息编号" in self.results


@dataclass(frozen=True, slots=True)
class Match:
    """What a book is. `kind` is None for an unknown form; then `nearest` says what came closest."""

    kind: FormKind | None = None
    form: Form | None = None
    sheets: tuple[SheetMatch, ...] = ()
    ignored: tuple[tuple[str, FormKind], ...] = ()  # sheets that are another form
    nearest: str = ""
    matched: tuple[str, ...] = ()
    own_output: bool = False

    @property
    def is_receipt(self) -> bool:
        return any(sheet.is_receipt for sheet in self.sheets)

    def missing_gate(self) -> tuple[Field, ...]:
        """The table columns without which the file is refused, absent from its one sheet.

        Of several sheets only whole ones were taken, but for the one that decided.
        """
        if self.form is None:
            return ()
        missing = [missing_gate_columns(self.form, sheet) for sheet in self.sheets]
        return max(missing, key=len, default=())


def missing_gate_columns(form: Form, sheet: SheetMatch) -> tuple[Field, ...]:
    return tuple(
        item for item in form.fields if item.need is Need.GATE and item.name not in sheet.columns
    )


@dataclass(frozen=True, slots=True)
class _View:
    """A sheet with its best heading row for every form, and the forms its titles name."""

    sheet: RawSheet
    best: dict[int, Candidate]
    titled: frozenset[int]

    def fits(self, number: int) -> bool:
        candidate = self.best.get(number)
        return candidate is not None and candidate.fits(number, number in self.titled)

    def is_own_output(self) -> bool:
        return any(
            not _OWN_OUTPUT.isdisjoint(map(heading_key, candidate.texts.values()))
            for candidate in self.best.values()
        )

    def rank(self, number: int) -> tuple[bool, float]:
        """Sheets with rows first, then by what the form explains of them."""
        candidate = self.best[number]
        score = candidate.score + candidate.labels + (_TITLE if number in self.titled else 0.0)
        is_leads = official_forms()[number].title == FormKind.LEADS
        has_rows = any(any(row) for row in self.sheet.rows[candidate.last + 1 :])
        return has_rows, score if is_leads else score - _MARGIN


def _titles(sheet: RawSheet) -> Iterator[str]:
    yield heading_key(sheet.name)
    for cells in sheet.rows[:HEADING_ROWS]:
        for cell in cells[:8]:
            if isinstance(cell, str) and "表" in cell and len(cell) <= LONGEST_HEADING:
                yield heading_key(cell)


def identify(book: RawBook) -> Match:
    """Which form the book is, on which sheets, with which columns."""
    views = [_view(sheet) for sheet in book.sheets if heading_key(sheet.name) not in SKIPPED_SHEETS]
    ranked = sorted(
        (
            (*view.rank(number), -place, -number)
            for place, view in enumerate(views)
            for number in view.best
        ),
        reverse=True,
    )
    for _, _, place, number in ranked:
        view = views[-place]
        if view.fits(-number):
            if own := next((item.sheet.name for item in views if item.is_own_output()), ""):
                return Match(own_output=True, nearest=own)
            return _match(-number, view, views)
    if not ranked:
        return Match()
    _, _, place, number = max(ranked, key=lambda item: item[1])
    form = official_forms()[-number]
    claims = views[-place].best[-number].claims
    return Match(nearest=form.title, matched=tuple(form.field(name).heading for name in claims))


def _view(sheet: RawSheet) -> _View:
    titles = [title for title in _titles(sheet) if title]
    titled = frozenset(
        number
        for number, form in enumerate(official_forms())
        if any(form.title in title for title in titles)
    )
    return _View(sheet, best_rows(sheet), titled)


def _match(number: int, main: _View, views: list[_View]) -> Match:
    form = official_forms()[number]
    sheets: list[SheetMatch] = []
    ignored: list[tuple[str, FormKind]] = []
    for view in views:
        if view.fits(number):
            match = _sheet_match(view.sheet, view.best[number])
            # a further sheet must be whole: a summary of some columns is not a second table
            if view is main or not missing_gate_columns(form, match):
                sheets.append(match)
                continue
        others = [other for other in view.titled if other != number and view.fits(other)]
        if others:
            ignored.append((view.sheet.name, FormKind(official_forms()[others[0]].title)))
    if any(sheet.is_receipt for sheet in sheets):
        sheets = [sheet for sheet in sheets if sheet.is_receipt]
    return Match(FormKind(form.title), form, tuple(sheets), tuple(ignored))


def _sheet_match(sheet: RawSheet, candidate: Candidate) -> SheetMatch:
    results = {
        key: column
        for column, text in candidate.texts.items()
        if (key := heading_key(text)) in RESULT_HEADINGS
    }
    is_receipt = "处理结果" in results and "信息编号" in results
    columns = {
        name: tuple(column for _, column in sorted(claims))
        for name, claims in candidate.claims.items()
    }
    return SheetMatch(
        sheet=sheet,
        first=candidate.first,
        last=candidate.last,
        score=candidate.score,
        headings={column: " ".join(text.split()) for column, text in candidate.texts.items()},
        columns=columns,
        results=results if is_receipt else {},
    )
