"""Which official form is this workbook, and which column is what: best match of the headings.

The heading row may stand in any of the first rows of any sheet, under title rows, in two rows, with
merged, shuffled, renamed or additional columns. A heading counts by what it says: width, blanks,
line breaks and the marks of a required column do not matter; (台) and (第三方) belong to the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from processor.intake.raw import RawBook, RawSheet
from processor.intake.text import squeeze
from processor.model import FormKind
from schemas.fields import Field, Form, Need

HEADING_ROWS = 20  # rows searched for the headings
LONGEST_HEADING = 40
# Sheets that explain or feed a form and never hold its rows.
SKIPPED_SHEETS = frozenset(
    {"填报说明", "填写说明", "填表说明", "说明", "字典", "示例", "回执", "历史信息当前状态"}
)
RESULT_HEADINGS = ("处理结果", "信息编号", "问题列", "问题说明", "依据条款", "修改示例")
# Headings that only the tool's own outputs carry: a ledger sheet dropped back reports nothing.
_OWN_OUTPUT = frozenset({"行校验码", "文件指纹", "名次", "期号"})

_MARKS = re.compile(r"[※*★☆●◆▲△■□]|^(?:\d{1,2}|[①-⑳])[.、．)](?=\D)|^\(\d{1,2}\)")
_NEEDS = re.compile(
    r"[(](?:必填项?|选填|可不填|必须|系统填写?|下拉选择|请选择)[)]|(?:必填项?|选填)$"
)
_BRACKETS = re.compile(r"[(][^()]*[)]")
# In brackets behind a heading these words turn it into another person's: never strip them.
_OTHER_PERSON = re.compile(r"提报|填报|上报|报送|经销商|销售|我方|本单位|业务员")


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
        """The table columns without which the file is refused, absent from the first sheet."""
        if self.form is None or not self.sheets:
            return ()
        return _missing_gate(self.form, self.sheets[0])


def _missing_gate(form: Form, sheet: SheetMatch) -> tuple[Field, ...]:
    return tuple(
        item for item in form.fields if item.need is Need.GATE and item.name not in sheet.columns
    )


@lru_cache(maxsize=16_384)
def heading_key(text: str) -> str:
    """What a heading says, for comparison: 「※ 标的量\\n（台）」 and 「标的量(台)」 are one."""
    plain = squeeze(text).replace("[", "(").replace("]", ")").replace("【", "(").replace("】", ")")
    plain = _NEEDS.sub("", _MARKS.sub("", plain))
    return plain.strip(":：。,_-").casefold()


@cache
def _forms() -> tuple[Form, ...]:
    from schemas.catalogue import all_forms

    return all_forms()


@cache
def form_by_key(key: str) -> Form:
    """The official form of that key; a string is a cheaper key of a cache than a whole form."""
    return next(form for form in _forms() if form.key == key)


@cache
def _index() -> dict[str, tuple[tuple[int, str, int], ...]]:
    """Heading key -> (form, field, rank): the one field a heading means in each form.

    Rank 0 is the official heading, then the synonyms in their order.
    """
    found: dict[str, dict[int, tuple[str, int]]] = {}
    for number, form in enumerate(_forms()):
        for item in (*form.fields, *form.block):
            for rank, words in enumerate((item.heading, *item.synonyms)):
                claims = found.setdefault(heading_key(words), {})
                if number not in claims or (rank == 0 and claims[number][1] > 0):
                    claims[number] = (item.name, rank)
    return {
        key: tuple((number, name, rank) for number, (name, rank) in claims.items())
        for key, claims in found.items()
    }


@lru_cache(maxsize=16_384)
def _hits(text: str) -> tuple[tuple[int, str, int], ...]:
    key = heading_key(text)
    hits = _index().get(key, ())
    if hits or "(" not in key or _OTHER_PERSON.search(key):
        return hits
    loose = _index().get(_BRACKETS.sub("", key), ())
    return tuple((number, name, rank + 100) for number, name, rank in loose)


@cache
def _weights() -> tuple[dict[str, float], ...]:
    return tuple(
        {item.name: 0.5 for item in form.block}
        | {item.name: 3.0 if item.need is Need.GATE else 1.0 for item in form.fields}
        for form in _forms()
    )


@dataclass(slots=True)
class _Candidate:
    first: int
    last: int
    texts: dict[int, str]
    score: float = 0.0
    claims: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # name -> (rank, column)

    def fits(self, number: int, titled: bool) -> bool:
        """Enough headings of the form to call it one."""
        form = _forms()[number]
        table = [item for item in form.fields if item.name in self.claims]
        gates = sum(item.need is Need.GATE for item in table)
        enough = min(2, sum(item.need is Need.GATE for item in form.fields))
        return len(table) >= 3 and (gates >= enough or (titled and gates >= 1))

    def whole(self, number: int) -> bool:
        """All gate columns and some more: no later row can be a better heading row."""
        gates = [item.name for item in _forms()[number].fields if item.need is Need.GATE]
        return len(self.claims) >= len(gates) + 3 and all(name in self.claims for name in gates)


def _candidates(texts: dict[int, str], first: int, last: int) -> dict[int, _Candidate]:
    """The row read as a heading row of each form."""
    found: dict[int, _Candidate] = {}
    for column, text in texts.items():
        for number, name, rank in _hits(text):
            candidate = found.get(number)
            if candidate is None:
                candidate = found[number] = _Candidate(first, last, texts)
            candidate.claims.setdefault(name, []).append((rank, column))
    for number, candidate in found.items():
        weights = _weights()[number]
        candidate.score = sum(
            weights[name] * (1.0 if min(claims)[0] == 0 else 0.9)
            for name, claims in candidate.claims.items()
        )
    return found


def _row_texts(row: Sequence[object]) -> dict[int, str]:
    return {
        column: cell
        for column, cell in enumerate(row)
        if isinstance(cell, str) and cell and len(cell) <= LONGEST_HEADING and not cell.isspace()
    }


def _two_rows(sheet: RawSheet, upper: int) -> dict[int, str] | None:
    """Headings that stand in two rows: 「联系人」 over 「姓名」, 「电话」; or merged downwards."""
    if not 0 <= upper < len(sheet.rows) - 1:
        return None
    below_row = sheet.rows[upper + 1]
    if any(cell not in ("", None) and not isinstance(cell, str) for cell in below_row):
        return None
    above, below = _row_texts(sheet.rows[upper]), _row_texts(below_row)
    for row, left, _, right in sheet.merged:
        if row == upper and left in above:
            for column in range(left + 1, right + 1):
                above.setdefault(column, above[left])
    texts: dict[int, str] = {}
    group = ""
    for column in range(max((*above, *below), default=-1) + 1):
        group = above.get(column, group if column in below else "")
        under = below.get(column, "")
        joined = group + under
        if under and group and _hits(joined):
            texts[column] = joined
        elif under or column in above:
            texts[column] = under or above[column]
    return texts


def _best_rows(sheet: RawSheet) -> dict[int, _Candidate]:
    """For every form the row (or pair of rows) that matches its headings best."""
    best: dict[int, _Candidate] = {}
    for row, cells in enumerate(sheet.rows[:HEADING_ROWS]):
        for number, candidate in _candidates(_row_texts(cells), row, row).items():
            if number not in best or candidate.score > best[number].score:
                best[number] = candidate
        if any(item.whole(number) for number, item in best.items()):
            break  # what follows are the rows
    around = {row for item in best.values() for row in (item.first - 1, item.first)}
    for upper in sorted(around):
        texts = _two_rows(sheet, upper)
        for number, candidate in (_candidates(texts, upper, upper + 1) if texts else {}).items():
            if number not in best or candidate.score >= best[number].score + 0.9:
                best[number] = candidate
    return best


def _titles(sheet: RawSheet) -> Iterator[str]:
    yield heading_key(sheet.name)
    for cells in sheet.rows[:HEADING_ROWS]:
        for cell in cells[:8]:
            if isinstance(cell, str) and "表" in cell and len(cell) <= LONGEST_HEADING:
                yield heading_key(cell)


def identify(book: RawBook) -> Match:
    """Which form the book is, on which sheets, with which columns."""
    seen: list[tuple[RawSheet, dict[int, _Candidate], frozenset[int]]] = []
    for sheet in book.sheets:
        if heading_key(sheet.name) in SKIPPED_SHEETS:
            continue
        titles = [title for title in _titles(sheet) if title]
        titled = frozenset(
            number
            for number, form in enumerate(_forms())
            if any(form.title in title for title in titles)
        )
        seen.append((sheet, _best_rows(sheet), titled))
    ranked = sorted(
        (
            (candidate.score + (5 if number in titled else 0), -order, number)
            for order, (_, best, titled) in enumerate(seen)
            for number, candidate in best.items()
        ),
        reverse=True,
    )
    for _, order, number in ranked:
        _, best, titled = seen[-order]
        candidate = best[number]
        if not candidate.fits(number, number in titled):
            continue
        if any(heading_key(text) in _OWN_OUTPUT for text in candidate.texts.values()):
            return Match(own_output=True, nearest=seen[-order][0].name)
        return _match(number, -order, seen)
    if not ranked:
        return Match()
    _, order, number = ranked[0]
    form = _forms()[number]
    claims = seen[-order][1][number].claims
    return Match(nearest=form.title, matched=tuple(form.field(name).heading for name in claims))


def _match(
    number: int, main: int, seen: list[tuple[RawSheet, dict[int, _Candidate], frozenset[int]]]
) -> Match:
    form = _forms()[number]
    order = [main, *(place for place in range(len(seen)) if place != main)]
    sheets: list[SheetMatch] = []
    ignored: list[tuple[str, FormKind]] = []
    for place in order:
        sheet, best, titled = seen[place]
        candidate = best.get(number)
        if candidate is not None and candidate.fits(number, number in titled):
            match = _sheet_match(sheet, candidate)
            # a further sheet must be whole: a summary of some columns is not a second table
            if place == main or not _missing_gate(form, match):
                sheets.append(match)
                continue
        others = [other for other in titled if other in best and best[other].fits(other, True)]
        if others and others[0] != number:
            ignored.append((sheet.name, FormKind(_forms()[others[0]].title)))
    if any(sheet.is_receipt for sheet in sheets):
        sheets = [sheet for sheet in sheets if sheet.is_receipt]
    positions = {id(sheet): position for position, (sheet, _, _) in enumerate(seen)}
    sheets.sort(key=lambda item: positions[id(item.sheet)])
    return Match(FormKind(form.title), form, tuple(sheets), tuple(ignored))


def _sheet_match(sheet: RawSheet, candidate: _Candidate) -> SheetMatch:
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
