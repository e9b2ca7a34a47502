"""今日待办.xlsx: what the clerk must do today, who owes what by when, how the last runs went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from processor.workbooks.sheets import (
    SUM,
    Book,
    Cell,
    Column,
    Figure,
    Figures,
    Formula,
    Link,
    Notes,
    Part,
    Sheet,
    Table,
    Value,
    ref,
)
from processor.workbooks.style import Look, Tone

PRIORITIES = {1: ("立即", Tone.BAD), 2: ("今日", Tone.WARN), 3: ("可缓", Tone.NONE)}
LAST = datetime(9999, 12, 31)  # no due time sorts last
LATE, TODAY, SOON = "已逾期", "今日到期", "未到期"
STATUS_TONES = {LATE: Tone.BAD, TODAY: Tone.WARN}


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing for the clerk. `priority` 1 at once, 2 today, 3 can wait."""

    priority: int
    matter: str  # 裁定疑似重复, 登记发布时间, 处理隔离文件 …
    detail: str
    count: int = 1
    clause: str = ""
    due: datetime | None = None
    tentative: bool = False
    file: str = ""  # relative to the outbox; where to go
    place: str = ""  # words of the link; the file's name when blank


@dataclass(frozen=True, slots=True)
class Owed:
    """One answer somebody owes. `amount`: whole yuan at stake if it is (or gets) late."""

    responsible: str
    section: str
    matter: str
    number: str
    due: datetime
    tentative: bool = False  # rests on a calendar not yet announced
    days_late: int = 0  # working days
    amount: int | None = None
    clause: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A publication that could not be written."""

    path: str
    reason: str
    since: datetime
    advice: str = "关闭该文件后，下一次运行自动补发。"


@dataclass(frozen=True, slots=True)
class Check:
    """One equation that must hold: left = the sum of the right-hand terms."""

    name: str
    left: int
    terms: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Today:
    """Everything of the workbook; `runs` keyed by the headings of `RUN_COLUMNS`, newest first."""

    made: datetime
    todos: tuple[Todo, ...] = ()
    owed: tuple[Owed, ...] = ()
    pending: tuple[Pending, ...] = ()
    runs: Sequence[Mapping[str, Value]] = ()
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = field(default=())


RUN_COLUMNS = (
    Column("运行时间", Look.SECOND),
    Column("文件数", Look.COUNT),
    Column("接收文件", Look.COUNT),
    Column("重复文件", Look.COUNT),
    Column("拒收文件", Look.COUNT),
    Column("隔离文件", Look.COUNT),
    Column("等待文件", Look.COUNT),
    Column("忽略文件", Look.COUNT),
    Column("读取行", Look.COUNT),
    Column("接收行", Look.COUNT),
    Column("不予接收行", Look.COUNT),
    Column("空行", Look.COUNT),
    Column("已知行", Look.COUNT),
    Column("发布", Look.COUNT),
    Column("待发布", Look.COUNT),
    Column("结果", width=16),
)


def plan(data: Today) -> Book:
    """The three sheets: 今日待办, 逾期预警, 运行情况."""
    return Book(
        "今日待办",
        f"{data.made:%Y-%m-%d}",
        data.made,
        (_todo_sheet(data), _owed_sheet(data), _run_sheet(data)),
    )


def status(owed: Owed, now: datetime) -> str:
    """已逾期 after the moment, 今日到期 on its day, 未到期 before."""
    if owed.due < now:
        return LATE
    return TODAY if owed.due.date() == now.date() else SOON


def _todo_sheet(data: Today) -> Sheet:
    late = sum(status(item, data.made) == LATE for item in data.owed)
    urgent = sum(item.priority <= 2 for item in data.todos)
    rows: list[dict[str, Value]] = []
    for item in sorted(data.todos, key=lambda todo: (todo.priority, todo.due or LAST)):
        words, tone = PRIORITIES[item.priority]
        rows.append(
            {
                "优先级": Cell(words, tone),
                "事项": item.matter,
                "说明": item.detail,
                "件数": item.count,
                "截止时间": _due(item.due, item.tentative),
                "处理位置": _place(item),
                "依据条款": item.clause,
            }
        )
    columns = (
        Column("优先级", Look.CENTER, 8),
        Column("事项", width=22),
        Column("说明", width=48),
        Column("件数", Look.COUNT, 8),
        Column("截止时间", Look.MOMENT, 22),
        Column("处理位置", width=34),
        Column("依据条款", width=16),
    )
    parts: list[Part] = [
        Figures(
            (
                Figure("今日须办（项）", urgent, Tone.WARN if urgent else Tone.NONE),
                Figure("他人已逾期（件）", late, Tone.BAD if late else Tone.NONE),
                Figure(
                    "待发布（个文件）", len(data.pending), Tone.BAD if data.pending else Tone.NONE
                ),
            )
        ),
        Table("今日待办", columns, rows, empty="今日无待办事项。"),
        Notes(
            ("注：点击「处理位置」打开相应文件。暂定＝所依据的工作日历尚未公布，公布后可能顺延。",)
        ),
    ]
    if data.warnings:
        lines = tuple(Cell(text, Tone.WARN) for text in data.warnings)
        parts.append(Notes(lines, title="提醒"))
    return Sheet(
        "今日待办",
        f"今日待办（{data.made:%Y-%m-%d}）",
        tuple(parts),
        left=(f"生成时间：{data.made:%Y-%m-%d %H:%M:%S}",),
        right=("编制：市场策略科",),
        tab="#9B1C1C",
    )


def _due(due: datetime | None, tentative: bool) -> Value:
    """The moment; one that may still move says so."""
    if due is None or not tentative:
        return due
    return f"{due:%Y-%m-%d %H:%M}（暂定）"


def _place(item: Todo) -> Value:
    if not item.file:
        return item.place or None
    return Link(item.place or item.file.rsplit("/", 1)[-1], file=item.file)


def _owed_sheet(data: Today) -> Sheet:
    order = (LATE, TODAY, SOON)
    states = [(status(item, data.made), item) for item in data.owed]
    ranked = sorted(
        states, key=lambda line: (order.index(line[0]), line[1].due, line[1].responsible)
    )
    rows: list[dict[str, Value]] = []
    for state, item in ranked:
        rows.append(
            {
                "状态": Cell(state, STATUS_TONES.get(state, Tone.NONE)),
                "责任人": item.responsible,
                "科室": item.section,
                "事项": item.matter,
                "编号": item.number,
                "应完成时间": _due(item.due, item.tentative),
                "逾期工作日": item.days_late,
                "涉及金额": item.amount,
                "依据条款": item.clause,
                "备注": item.note,
            }
        )
    columns = (
        Column("状态", Look.CENTER, 10),
        Column("责任人", width=11),
        Column("科室", width=15),
        Column("事项", width=24),
        Column("编号", Look.CODE, 17),
        Column("应完成时间", Look.MOMENT, 22),
        Column("逾期工作日", Look.COUNT, 9),
        Column("涉及金额", Look.MONEY, 11, total=SUM),
        Column("依据条款", width=14),
        Column("备注", width=26),
    )
    counts = Counter(state for state, _ in states)
    words = "、".join(f"{name} {counts[name]} 件" for name in order)
    return Sheet(
        "逾期预警",
        "逾期预警",
        (
            Table("逾期预警", columns, rows, empty="没有未完成的事项。"),
            Notes(
                (
                    "注：涉及金额为逾期可能的考核金额，仅作提醒；处罚以季度考核报批为准。"
                    "暂定＝所依据的工作日历尚未公布。",
                )
            ),
        ),
        left=(f"截至 {data.made:%Y-%m-%d %H:%M:%S}　{words}",),
        right=("单位：元",),
    )


def _run_sheet(data: Today) -> Sheet:
    pending: tuple[str | Cell, ...] = tuple(
        Cell(
            f"{item.path}：{item.reason}，自 {item.since:%Y-%m-%d %H:%M:%S} 起未能发布。"
            f"{item.advice}",
            Tone.WARN,
        )
        for item in data.pending
    ) or ("全部已发布。",)
    parts: list[Part] = [
        Notes(pending, title="未能发布的文件"),
        _checks(data.checks),
        Table("运行记录", RUN_COLUMNS, data.runs, title="最近运行", empty="尚无运行记录。"),
    ]
    return Sheet(
        "运行情况",
        "运行情况",
        tuple(parts),
        left=(f"截至 {data.made:%Y-%m-%d %H:%M:%S}",),
        right=("单位：个、行",),
    )


def _checks(checks: Sequence[Check]) -> Table:
    """Conservation, as live formulas: 左边, 右边之和, 差, 结论."""
    terms = max((len(check.terms) for check in checks), default=0)
    names = [f"右边{index + 1}" for index in range(terms)]
    rows: list[dict[str, Value]] = []
    for check in checks:
        right = sum(value for _, value in check.terms)
        row: dict[str, Value] = {
            "校验项": check.name + "＝" + "＋".join(label for label, _ in check.terms),
            "左边": check.left,
            "右边合计": Formula(
                "=" + "+".join(_this_row(name) for name in names[: len(check.terms)]), right
            ),
            "差": Formula(f"={_this_row('左边')}-{_this_row('右边合计')}", check.left - right),
            "结论": Formula(
                f'=IF({_this_row("差")}=0,"通过","不通过")',
                "通过" if check.left == right else "不通过",
            ),
        }
        for name, (_, value) in zip(names, check.terms, strict=False):
            row[name] = value
        rows.append(row)
    columns = (
        Column("校验项"),
        Column("左边", Look.COUNT),
        *(Column(name, Look.COUNT) for name in names),
        Column("右边合计", Look.COUNT),
        Column("差", Look.COUNT),
        Column("结论", Look.CENTER),
    )
    return Table("校验", columns, rows, title="校验", filter=False, empty="本次未作校验。")


def _this_row(heading: str) -> str:
    return ref("校验", heading).replace("[", "[[#This Row],[", 1) + "]"
