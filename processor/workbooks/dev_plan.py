"""大客户开发计划 (D12, 6.4): every valid lead as a project, with what to do next and by when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from processor.workbooks.sheets import (
    SUM,
    Book,
    Cell,
    Clauses,
    Column,
    Formula,
    Notes,
    Plain,
    Sheet,
    Table,
    Value,
    quoted,
    ref,
)
from processor.workbooks.style import Look, Tone

TITLE = "开发计划"
STAGES = ("立项", "初访", "方案", "投标", "签约", "提车", "关闭")
EXPIRY_NEAR = 30  # days before 到期日期 that turn the light yellow
EXPIRY_URGENT = 10  # days that turn it red
TONES = {"红": Tone.BAD, "黄": Tone.WARN, "绿": Tone.GOOD}

COLUMNS = (
    Column("立项编号", Look.CODE, 13),
    Column("立项日期", Look.DATE),
    Column("信息编号", Look.CODE, 16),
    Column("客户全称", width=19),
    Column("等级", Look.CENTER, 6),
    Column("类别", width=9),
    Column("地区", width=13),
    Column("车型", width=10),
    Column("标的量", Look.COUNT, 8, total=SUM),
    Column("重点", Look.CENTER, 6),
    Column("来源单位", width=14),
    Column("承办经销商", width=14),
    Column("大客户部跟进人", width=9.5, editable=True),
    Column("阶段", Look.CENTER, 8, editable=True, choices=STAGES, hint="请下拉选择。"),
    Column("下一步行动", width=17, editable=True),
    Column("下一步日期", Look.DATE, editable=True, hint="例如 2026-11-20。"),
    Column("到期日期", Look.DATE),
    Column("剩余天数", Look.COUNT, 8),
    Column("预计签约", Look.DATE),
    Column("竞争情况", width=13, editable=True),
    Column("最近沟通", width=13, editable=True),
    Column("应沟通频次", width=8),
    Column("本期已沟通", width=8),
    Column("合同编号", Look.CODE, 13),
    Column("累计提车", Look.COUNT, 8, total=SUM),
    Column("转化率", Look.RATE, 8),
    Column("距40%还差台数", Look.COUNT, 9),
    Column("风险灯", width=17),
)
EDITABLE = tuple(column.heading for column in COLUMNS if column.editable)

NOTES = (
    "注：1. 有效信息立项管理，列入开发计划。2. 转化率＝累计提车÷标的量；"
    "奖励按季度实际提车量计算，以考核表为准。3. 剩余天数＝到期日期－生成日期。",
    f"4. 风险灯：红＝已到期、到期不足 {EXPIRY_URGENT} 天或下一步日期已过；"
    f"黄＝到期不足 {EXPIRY_NEAR} 天或未安排下一步；绿＝正常。",
    "5. 等级、应沟通频次、本期已沟通在客户分级后启用，现为「—」。",
)


def plan(
    made: datetime,
    rows: Sequence[Mapping[str, Value]],
    *,
    percent: int = 40,
    clauses: Clauses = (),
    left_out: int = 0,
) -> Book:
    """The plan; `rows` keyed by the headings.

    Computed here, each from the row itself: 剩余天数 (from 到期日期), 转化率 and 距40%还差台数 as
    live formulas (`percent`: the threshold of the project reward), 风险灯 (in words and colour)
    unless given. `clauses` (number, text) are quoted below the table. `left_out`: projects beyond
    the rows.
    """
    today = made.date()
    shown = [_completed(row, today, percent) for row in rows]
    lights = [str(_plain(row, "风险灯"))[:1] for row in shown]
    more = f"另有 {left_out} 项到期较晚，未列入本表，见台账“立项”。"
    notes = (*NOTES, more) if left_out else NOTES
    counted = "、".join(f"{light}灯 {lights.count(light)} 项" for light in TONES)
    sheet = Sheet(
        TITLE,
        "大客户开发计划",
        (Table(TITLE, COLUMNS, shown, empty="尚无立项项目。"), Notes((*notes, *quoted(clauses)))),
        left=(f"截至 {made:%Y-%m-%d %H:%M:%S}　共 {len(rows)} 项：{counted}",),
        right=("编制：市场策略科　单位：台",),
        legend="淡黄色单元格由跟进人填写，交回后由系统更新；其余各列由系统填写。",
        freeze_columns=4,
        pages_wide=2,
    )
    return Book("大客户开发计划", "立项管理", made, (sheet,))


def risk_light(row: Mapping[str, Value], today: date) -> str:
    """红, 黄 or 绿 with the reason in words. Finished projects (提车, 关闭) are 绿."""
    stage = _plain(row, "阶段")
    if stage in ("提车", "关闭"):
        return f"绿：{stage}"
    expires, step = _day(_plain(row, "到期日期")), _day(_plain(row, "下一步日期"))
    left = (expires - today).days if expires else None
    if left is not None and left < 0:
        return "红：已到期"
    if left is not None and left < EXPIRY_URGENT:
        return f"红：{left} 天后到期"
    if step is not None and step < today:
        return "红：下一步日期已过"
    if left is not None and left < EXPIRY_NEAR:
        return f"黄：{left} 天后到期"
    if step is None:
        return "黄：未安排下一步"
    return "绿：正常"


def _completed(row: Mapping[str, Value], today: date, percent: int) -> dict[str, Value]:
    made = dict(row)
    expires = _day(_plain(row, "到期日期"))
    made["剩余天数"] = (expires - today).days if expires else None
    quantity, taken = _plain(row, "标的量"), _plain(row, "累计提车")
    if isinstance(quantity, int) and isinstance(taken, int) and quantity > 0:
        whole, part = _this_row("标的量"), _this_row("累计提车")
        short = max(0, -(-quantity * percent // 100) - taken)
        made["转化率"] = Formula(f"={part}/{whole}", taken / quantity)
        # rounded up in whole numbers: no binary fraction decides a vehicle
        made["距40%还差台数"] = Formula(f"=MAX(0,INT(({whole}*{percent}+99)/100)-{part})", short)
    light = _plain(row, "风险灯") or risk_light(row, today)
    made["风险灯"] = Cell(light, TONES.get(str(light)[:1], Tone.NONE))
    return made


def _this_row(heading: str) -> str:
    return ref(TITLE, heading).replace("[", "[[#This Row],[", 1) + "]"


def _plain(row: Mapping[str, Value], heading: str) -> Plain:
    value = row.get(heading)
    return value.value if isinstance(value, Cell) else value


def _day(value: Plain) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
