"""What a heading says, and which row of a sheet reads most like the headings of each form.

The heading row may stand in any of the first rows of any sheet, under title rows, in two rows, with
merged, shuffled, renamed or additional columns. A heading counts by what it says: width, blanks,
line breaks and the marks of a required column do not matter; (台) and (第三方) belong to the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from processor.intake.raw import RawSheet
from processor.intake.text import squeeze
from processor.model import FormKind
from schemas.fields import Form, Need

HEADING_ROWS = 20  # rows searched for the headings
LONGEST_HEADING = 40

_MARKS = re.compile(r"[※*★☆●◆▲△■□]|^(?:\d{1,2}|[①-⑳])[.、．)](?=\D)|^\(\d{1,2}\)")
_NEEDS = re.compile(
    r"[(](?:必填项?|选填|可不填|必须|系统填写?|下拉选择|请选择)[)]|(?:必填项?|选填)$"
)
_BRACKETS = re.compile(r"[(][^()]*[)]")
# In brackets behind a heading these words turn it into another person's: never strip them.
_OTHER_PERSON = re.compile(r"提报|填报|上报|报送|经销商|销售|我方|本单位|业务员")


@lru_cache(maxsize=16_384)
def heading_key(text: str) -> str:
    """What a heading says, for comparison: 「※ 标的量\\n（台）」 and 「标的量(台)」 are one."""
    plain = squeeze(text).replace("[", "(").replace("]", ")").replace("【", "(").replace("】", ")")
    plain = _NEEDS.sub("", _MARKS.sub("", plain))
    return plain.strip(":：。,_-").casefold()


@cache
def official_forms() -> tuple[Form, ...]:
    """The forms of the contract; a candidate knows its form by the place in this tuple."""
    from schemas.catalogue import all_forms

    return all_forms()


@cache
def form_by_key(key: str) -> Form:
    """The official form of that key; a string is a cheaper key of a cache than a whole form."""
    return next(form for form in official_forms() if form.key == key)


@cache
def _index() -> dict[str, tuple[tuple[int, str, int], ...]]:
    """Heading key -> (form, field, rank): the one field a heading means in each form.

    Rank 0 is the official heading, then the synonyms in their order.
    """
    found: dict[str, dict[int, tuple[str, int]]] = {}
    for number, form in enumerate(official_forms()):
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
def _block_names() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(item.name for item in form.block) for form in official_forms())


@dataclass(slots=True)
class Candidate:
    first: int
    last: int
    texts: dict[int, str]
    score: float = 0.0
    labels: int = 0  # labels of the form's block found beside the table
    claims: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # name -> (rank, column)

    def fits(self, number: int, titled: bool) -> bool:
        """Enough headings of the form to call it one.

        Lead forms come in all shapes, but two of their gate columns are there; the others are
        forms we hand out, of which a title or most columns survive.
        """
        form = official_forms()[number]
        table = [item for item in form.fields if item.name in self.claims]
        gates = sum(item.need is Need.GATE for item in table)
        if titled:
            return len(table) >= 3 and gates >= 1
        if form.title == FormKind.LEADS:
            return len(table) >= 3 and gates >= 2
        return len(table) >= 6 and gates >= 1

    def whole(self, number: int) -> bool:
        """All gate columns and some more: no later row can be a better heading row."""
        gates = [item.name for item in official_forms()[number].fields if item.need is Need.GATE]
        return len(self.claims) >= len(gates) + 3 and all(name in self.claims for name in gates)


def _candidates(texts: dict[int, str], first: int, last: int) -> dict[int, Candidate]:
    """The row read as a heading row of each form."""
    found: dict[int, Candidate] = {}
    for column, text in texts.items():
        for number, name, rank in _hits(text):
            candidate = found.get(number)
            if candidate is None:
                candidate = found[number] = Candidate(first, last, texts)
            candidate.claims.setdefault(name, []).append((rank, column))
    for number, candidate in found.items():
        block = _block_names()[number]
        candidate.score = sum(
            (0.5 if name in block else 1.0) * (1.0 if min(claims)[0] == 0 else 0.9)
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


def best_rows(sheet: RawSheet) -> dict[int, Candidate]:
    """For every form (by its place in `official_forms`) the row or pair of rows that fits best."""
    best: dict[int, Candidate] = {}
    labels: dict[int, set[str]] = {}
    for row, cells in enumerate(sheet.rows[:HEADING_ROWS]):
        for number, candidate in _candidates(_row_texts(cells), row, row).items():
            labels.setdefault(number, set()).update(
                _block_names()[number] & candidate.claims.keys()
            )
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
    for number, candidate in best.items():
        candidate.labels = len(labels.get(number, set()) - candidate.claims.keys())
    return best
