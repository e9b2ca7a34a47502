"""甄别反馈表 (D4): everything a section still owes, to be filled in and dropped back (6.3)."""

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
    Plain,
    Sheet,
    Table,
    Value,
    quoted,
)
from processor.workbooks.style import Look, Tone
from schemas.screening import LOCKED as SCREENING_LOCKED
from schemas.screening import SCREENING_FORM

TITLE = SCREENING_FORM.title
LOCKED = frozenset(field.name for field in SCREENING_LOCKED)
# narrower than the blank form: twenty-seven columns have to fit one page across
WIDTHS = {
    "信息编号": 16.0,
    "转办时间": 17.0,
    "应反馈时间": 17.0,
    "科室": 15,
    "项目责任人": 8.0,
    "客户全称": 17.0,
    "采购类别": 8.0,
    "省": 7.5,
    "市": 7.5,
    "县(区)": 7.5,
    "意向车型": 9.0,
    "标的量(台)": 9.0,
    "客户联系人(第三方)": 9.0,
    "联系方式": 14.5,
    "信息内容": 22.0,
    "重点": 5.5,
    "疑点提示": 15.0,
    "甄别结论": 9.5,
    "无效原因": 10.0,
    "原因说明": 10.0,
    "到期日期": 11.5,
    "核实标的量": 8.5,
    "核实方式": 7.0,
    "核实时间": 17.0,
    "甄别人": 7.5,
    "反馈时间": 17.0,
    "备注": 8.0,
}
LOOKS = {"信息编号": Look.CODE, "重点": Look.CENTER, "采购类别": Look.TEXT}
COLUMNS = of_fields(SCREENING_FORM.fields, WIDTHS, LOOKS, LOCKED)

NOTES = (
    "填写说明：1. 甄别结论为「有效」的须注明到期日期，为「无效」的须选择无效原因。"
    "2. 应于「应反馈时间」前放回收件目录，反馈时间以系统收到为准；「需补充」不停止计时。"
    "3. 可分次交回，已填的行先处理；请勿删除列或改动列名。",
)


def plan(
    section: str,
    made: datetime,
    rows: Sequence[Mapping[str, Value]],
    *,
    clauses: Clauses = (),
) -> Book:
    """The list of one section, by due time; `rows` keyed by the headings, blanks to be filled in.

    A row whose 应反馈时间 lies before `made` says 已逾期 in 疑点提示, one due the same day
    今日到期. `clauses` (number, text) are quoted below the table.
    """
    ordered = sorted(rows, key=lambda row: (str(_plain(row, "应反馈时间")), str(row["信息编号"])))
    shown = [_marked(row, made) for row in ordered]
    late = sum(_status(row, made) == "已逾期" for row in ordered)
    today = sum(_status(row, made) == "今日到期" for row in ordered)
    block = Pairs(
        (
            (
                Pair("科室", section),
                Pair("生成时间", f"{made:%Y-%m-%d %H:%M:%S}", column=5),
                Pair(
                    "待反馈",
                    f"{len(rows)} 条，其中已逾期 {late} 条、今日到期 {today} 条",
                    column=10,
                ),
            ),
        )
    )
    table = Table(TITLE, COLUMNS, shown, empty="本科室没有待反馈的信息。")
    sheet = Sheet(
        TITLE,
        TITLE,
        (block, table, Notes((*NOTES, *quoted(clauses)))),
        legend="淡黄色单元格由甄别人填写，其余各列由系统填写、已锁定。",
        pages_wide=2,
        protect=True,
    )
    return Book(TITLE, section, made, (sheet,))


def _plain(row: Mapping[str, Value], heading: str) -> Plain:
    value = row.get(heading)
    return value.value if isinstance(value, Cell) else value


def _status(row: Mapping[str, Value], made: datetime) -> str:
    due = _plain(row, "应反馈时间")
    if not isinstance(due, datetime):
        return ""
    if due < made:
        return "已逾期"
    return "今日到期" if due.date() == made.date() else ""


def _marked(row: Mapping[str, Value], made: datetime) -> dict[str, Value]:
    status = _status(row, made)
    if not status:
        return dict(row)
    hint, due = _plain(row, "疑点提示"), _plain(row, "应反馈时间")
    tone = Tone.BAD if status == "已逾期" else Tone.WARN
    return dict(row) | {
        "应反馈时间": row["应反馈时间"] if isinstance(row["应反馈时间"], Cell) else Cell(due, tone),
        "疑点提示": f"{status}；{hint}" if hint else status,
    }
