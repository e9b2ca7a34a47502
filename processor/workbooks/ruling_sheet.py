"""疑似重复裁定表 (D8): pairs of leads that only a person can tell apart, side by side (5.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from processor.workbooks.columns import of_fields
from processor.workbooks.sheets import (
    Book,
    Cell,
    Clauses,
    Notes,
    Pair,
    Pairs,
    Sheet,
    Table,
    Value,
    quoted,
)
from processor.workbooks.style import Look, Tone
from schemas.fields import Field
from schemas.rulings import LOCKED as RULING_LOCKED
from schemas.rulings import RULING_FORM

TITLE = RULING_FORM.title
LOCKED = frozenset(field.name for field in RULING_LOCKED)
SIDES = ("先报", "后报")
COMPARED = ("客户全称", "地区", "车型", "标的量", "预计时间", "联系方式")
_SIDE_WIDTHS = {
    "信息编号": 16.0,
    "单位类型": 8.0,
    "受理时间": 20.0,
    "客户全称": 18.0,
    "地区": 12.0,
    "车型": 10.0,
    "标的量": 8.5,
    "预计时间": 9.5,
    "联系方式": 13.5,
}
WIDTHS = {
    "裁定编号": 15.0,
    "生成时间": 17.0,
    **{side + name: width for side in SIDES for name, width in _SIDE_WIDTHS.items()},
    "相似度": 7.5,
    "证据": 26.0,
    "系统建议": 10.0,
    "涉及金额": 6.5,
    "裁定": 11.0,
    "理由": 16.0,
    "裁定人": 8.0,
    "日期": 11.5,
    "复核人": 8.0,
    "登记为别名": 7.5,
}
LOOKS = {
    "裁定编号": Look.CODE,
    **{side + name: Look.CODE for side in SIDES for name in ("信息编号", "联系方式")},
    **{side + "单位类型": Look.CENTER for side in SIDES},
    **{side + "受理时间": Look.SECOND for side in SIDES},  # seconds decide who was first
    **{side + "预计时间": Look.MONTH for side in SIDES},
}


def _beside(field: Field) -> tuple[int, int]:
    """Sort key that lays each property of the earlier lead beside the same of the later one."""
    names = list(_SIDE_WIDTHS)
    for rank, side in enumerate(SIDES):
        if field.heading.startswith(side):
            return names.index(field.heading.removeprefix(side)), rank
    return -1, 0


def _arranged() -> tuple[Field, ...]:
    first = next(i for i, item in enumerate(RULING_LOCKED) if item.heading.startswith(SIDES[0]))
    sides = [item for item in RULING_FORM.fields if item.heading.startswith(SIDES)]
    rest = [item for item in RULING_FORM.fields if not item.heading.startswith(SIDES)]
    return (*rest[:first], *sorted(sides, key=_beside), *rest[first:])


COLUMNS = of_fields(_arranged(), WIDTHS, LOOKS, LOCKED)

NOTES = (
    "填写说明：1. 裁定为「重复」的，后报者不予计算；「不重复」「同单位不同项目」的，"
    "后报信息照常转科室甄别。2. 裁定前先报信息状态不变，后报信息为待裁定；"
    "两个工作日未裁定的每日列入今日待办。"
    "3. 加粗的后报内容与先报不同。4. 裁定人不得是提报人；标的量 10 台及以上须有复核人。",
)


def plan(made: datetime, rows: Sequence[Mapping[str, Value]], *, clauses: Clauses = ()) -> Book:
    """The pairs awaiting a ruling; `rows` keyed by the headings.

    Later values that differ are bold. `clauses` (number, text) are quoted below the table.
    """
    shown = [_marked(row) for row in rows]
    money = sum(row.get("涉及金额") == "是" for row in rows)
    block = Pairs(
        (
            (
                Pair("生成时间", f"{made:%Y-%m-%d %H:%M:%S}"),
                Pair("待裁定", f"{len(rows)} 对，其中涉及金额 {money} 对", column=5),
            ),
        )
    )
    table = Table(TITLE, COLUMNS, shown, empty="没有待裁定的信息。")
    sheet = Sheet(
        TITLE,
        TITLE,
        (block, table, Notes((*NOTES, *quoted(clauses)))),
        legend="淡黄色单元格由裁定人填写，其余各列由系统填写、已锁定。",
        pages_wide=2,
        protect=True,
    )
    return Book(TITLE, f"{made:%Y-%m-%d}", made, (sheet,))


def _marked(row: Mapping[str, Value]) -> dict[str, Value]:
    made = dict(row)
    for name in COMPARED:
        later = row.get("后报" + name)
        if later != row.get("先报" + name) and not isinstance(later, Cell):
            made["后报" + name] = Cell(later, Tone.STRONG)
    return made
