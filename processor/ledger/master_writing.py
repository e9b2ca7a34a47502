"""The sheets of the master: their volumes, their look, and their rows put into a workbook.

Written by rust_xlsxwriter, row by row from the database: at 200,000 leads xlsxwriter takes 4 times
as long in memory that grows with the rows, 6 times as long in constant memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from processor.ledger import tables as t
from processor.ledger.master_rows import Digest
from schemas.fields import Field, Kind
from schemas.master import MASTER_SHEETS

if TYPE_CHECKING:
    from rustpy_xlsxwriter import Format

# A sheet's cells; what is beyond goes to the next volume (50,000 leads a sheet). So many are
# written and read back in six seconds of processor time. A day costs that for every volume that
# changed; the others are carried over. Excel's own limit is far away.
VOLUME_CELLS = 4_700_000
LONG_CELLS = 500_000  # from here on a sheet is made apart, and carried over when nothing changed

CHOICES = {
    ("台账", "state"): ("关闭",),
    ("客户别名", "disabled"): ("是", "否"),
    ("立项", "stage"): ("立项", "初访", "方案", "投标", "签约", "提车", "关闭"),
}

Rows = Iterable[tuple[Sequence[Any], str]]


@dataclass(frozen=True, slots=True)
class Volume:
    """One sheet of the workbook: `rows` rows of the sheet `name` from row `start` on."""

    title: str  # 台账, 台账2 …
    name: str
    start: int
    rows: int

    @property
    def long(self) -> bool:
        return self.rows * len(MASTER_SHEETS[self.name]) >= LONG_CELLS


def volumes(connection: Connection | None) -> tuple[Volume, ...]:
    """The sheets of the workbook in their order; without a ledger, those of an empty one."""
    found: list[Volume] = []
    for name, fields in MASTER_SHEETS.items():
        count = 0
        if connection is not None and name in t.SHEETS:
            query = select(func.count()).select_from(t.SHEETS[name])
            count = connection.execute(query).scalar() or 0
        most = VOLUME_CELLS // len(fields)
        for number, start in enumerate(range(0, max(count, 1), most), 1):
            title = name if number == 1 else f"{name}{number}"
            found.append(Volume(title, name, start, min(most, count - start)))
    return tuple(found)


def write_sheets(
    target: BytesIO, plan: Sequence[Volume], rows: Mapping[str, Rows]
) -> dict[str, Digest]:
    """Write a workbook of all sheets; those without `rows` stay empty.

    Returns for each sheet of `rows` the digest of what was meant to be written. Frozen heading,
    filter, column formats as text (a phone stays what it is), drop-downs in the columns the clerk
    may edit, print set-up.
    """
    from rustpy_xlsxwriter import FastExcel

    book = FastExcel(target).freeze(row=1, col=1)
    digests = {volume.title: Digest() for volume in plan if volume.title in rows}
    for volume in plan:
        fields = MASTER_SHEETS[volume.name]
        given = rows.get(volume.title, ())
        records = _records(fields, given, digests.get(volume.title, Digest()))
        book.sheet(volume.title, records, **_look(volume.name, fields))
    book.save()
    return digests


def _records(fields: Sequence[Field], rows: Rows, digest: Digest) -> Iterator[dict[str, Any]]:
    headings = [f.heading for f in fields]
    empty = True
    for row, body in rows:
        empty = False
        digest.add(body)
        yield dict(zip(headings, row, strict=True))
    if empty:  # the writer learns the headings from a row: one without cells leaves no trace
        yield dict.fromkeys(headings)


def _look(name: str, fields: Sequence[Field]) -> dict[str, Any]:
    text, number, edit, head = _formats()
    choices = {f.heading: CHOICES[name, f.name] for f in fields if (name, f.name) in CHOICES}
    return {
        "column_widths": [float(f.width) for f in fields],
        "column_formats": [
            edit if f.editable else number if f.kind is Kind.INTEGER else text for f in fields
        ],
        "header_format": head,
        "row_heights": {0: 34.0},
        "autofilter": True,
        "ignore_errors": [f.heading for f in fields if f.kind is not Kind.INTEGER],
        "data_validations": {
            heading: {
                "type": "list",
                "values": list(values),
                "error_style": "warning",
                "error_title": "请从列表中选择",
                "error_message": "只能填写：" + "、".join(values),
            }
            for heading, values in choices.items()
        },
        "sheet_view": {"gridlines": False},
        "page_setup": {
            "landscape": True,
            "paper_size": 9,
            "fit_to_pages": (1, 0),
            "repeat_rows": 0,
            "footer": "&L大客户信息台账 · &A&C第 &P 页 共 &N 页",
        },
    }


@cache
def _formats() -> tuple[Format, Format, Format, Format]:
    from rustpy_xlsxwriter import Format

    text = Format().set_num_format("@").set_font_name("宋体").set_font_size(10.5)
    number = Format().set_num_format("#,##0").set_font_name("Arial").set_font_size(10)
    edit = Format().set_num_format("@").set_font_name("宋体").set_font_size(10.5)
    edit = edit.set_background_color("#FFFBEB")
    head = Format().set_bold().set_font_name("黑体").set_background_color("#F2F3F5")
    head = head.set_border_top("medium").set_border_bottom("thin").set_text_wrap()
    return text, number, edit, head
