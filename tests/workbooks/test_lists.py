"""甄别反馈表, 疑似重复裁定表, 开发计划, 今日待办."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from processor.workbooks import dev_plan, ruling_sheet, screening_list, today
from processor.workbooks.sheets import Cell, Formula, Link, Table, Value
from processor.workbooks.style import Tone
from processor.workbooks.today import Check, Owed, Todo
from schemas.rulings import RULING_FORM
from schemas.screening import SCREENING_FORM
from tests.workbooks.samples import NOW, project_rows, ruling_rows, screening_rows, today_data

D4 = [
    "信息编号",
    "转办时间",
    "应反馈时间",
    "科室",
    "项目责任人",
    "客户全称",
    "采购类别",
    "省",
    "市",
    "县(区)",
    "意向车型",
    "标的量(台)",
    "客户联系人(第三方)",
    "联系方式",
    "信息内容",
    "重点",
    "疑点提示",
    "甄别结论",
    "无效原因",
    "原因说明",
    "到期日期",
    "核实标的量",
    "核实方式",
    "核实时间",
    "甄别人",
    "反馈时间",
    "备注",
]
D8_SIDE = [
    "信息编号",
    "单位类型",
    "受理时间",
    "客户全称",
    "地区",
    "车型",
    "标的量",
    "预计时间",
    "联系方式",
]
D12 = [
    "立项编号",
    "立项日期",
    "信息编号",
    "客户全称",
    "等级",
    "类别",
    "地区",
    "车型",
    "标的量",
    "重点",
    "来源单位",
    "承办经销商",
    "大客户部跟进人",
    "阶段",
    "下一步行动",
    "下一步日期",
    "到期日期",
    "剩余天数",
    "预计签约",
    "竞争情况",
    "最近沟通",
    "应沟通频次",
    "本期已沟通",
    "合同编号",
    "累计提车",
    "转化率",
    "距40%还差台数",
    "风险灯",
]


def rows_of(table: Table) -> list[dict[str, Value]]:
    return [dict(row) for row in table.rows]


def test_screening_headings_are_the_contract() -> None:
    assert [column.heading for column in screening_list.COLUMNS] == D4
    assert [field.heading for field in SCREENING_FORM.fields] == D4


def test_screening_columns_to_fill_in() -> None:
    editable = [column.heading for column in screening_list.COLUMNS if column.editable]
    assert editable == D4[17:]
    lists = {c.heading: c.choices for c in screening_list.COLUMNS if c.choices}
    assert lists["甄别结论"] == ("有效", "无效", "疑似重复", "需补充")
    assert lists["无效原因"][0] == "不真实" and len(lists["无效原因"]) == 7


def test_screening_is_sorted_by_due_time_and_says_what_is_late() -> None:
    book = screening_list.plan("政企开发科", NOW, screening_rows())
    rows = rows_of(book.sheets[0].table("甄别反馈表"))
    assert [row["信息编号"] for row in rows] == [
        "DKH202611-0008",
        "DKH202611-0007",
        "DKH202611-0009",
    ]
    assert [str(row["疑点提示"]).split("；")[0] for row in rows[:2]] == ["已逾期", "今日到期"]
    assert rows[2]["疑点提示"] == screening_rows()[2]["疑点提示"]


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 11, 6, 17, 30, 0), "今日到期"),  # the very moment is still in time
        (datetime(2026, 11, 6, 17, 30, 1), "已逾期"),
        (datetime(2026, 11, 6, 0, 0, 0), "今日到期"),
        (datetime(2026, 11, 5, 23, 59, 59), None),
    ],
)
def test_screening_late_to_the_second(now: datetime, words: str | None) -> None:
    row = screening_rows()[0] | {"疑点提示": ""}
    book = screening_list.plan("政企开发科", now, [row])
    (shown,) = rows_of(book.sheets[0].table("甄别反馈表"))
    assert (shown["疑点提示"] or None) == words


def test_ruling_headings_are_the_contract() -> None:
    headings = [column.heading for column in ruling_sheet.COLUMNS]
    assert sorted(headings) == sorted(field.heading for field in RULING_FORM.fields)
    assert headings[2:20] == [side + name for name in D8_SIDE for side in ("先报", "后报")]
    assert [c.heading for c in ruling_sheet.COLUMNS if c.editable] == [
        "裁定",
        "理由",
        "裁定人",
        "日期",
        "复核人",
        "登记为别名",
    ]


def test_ruling_marks_what_differs() -> None:
    book = ruling_sheet.plan(NOW, ruling_rows())
    (row,) = rows_of(book.sheets[0].table("疑似重复裁定表"))
    bold = [name for name, value in row.items() if isinstance(value, Cell)]
    assert bold == ["后报客户全称", "后报车型", "后报标的量"]


def test_development_plan_headings_are_the_contract() -> None:
    assert [column.heading for column in dev_plan.COLUMNS] == D12
    assert dev_plan.EDITABLE == (
        "大客户部跟进人",
        "阶段",
        "下一步行动",
        "下一步日期",
        "竞争情况",
        "最近沟通",
    )


@pytest.mark.parametrize(
    ("quantity", "taken", "short"),
    [
        (10, 4, 0),
        (10, 3, 1),
        (25, 9, 1),
        (25, 10, 0),
        (11, 4, 1),
        (11, 5, 0),
        (3, 0, 2),
        (12, 0, 5),
    ],
)
def test_vehicles_short_of_forty_percent(quantity: int, taken: int, short: int) -> None:
    row = project_rows()[0] | {"标的量": quantity, "累计提车": taken}
    (shown,) = rows_of(dev_plan.plan(NOW, [row]).sheets[0].table("开发计划"))
    formula = shown["距40%还差台数"]
    assert isinstance(formula, Formula)
    assert formula.value == short
    assert (taken + short) * 100 >= quantity * 40 > (taken + short - 1) * 100 or short == 0


@pytest.mark.parametrize(
    ("change", "light"),
    [
        ({"到期日期": date(2026, 11, 5)}, "红：已到期"),
        ({"到期日期": date(2026, 11, 6)}, "红：0 天后到期"),
        ({"到期日期": date(2026, 11, 15)}, "红：9 天后到期"),
        ({"到期日期": date(2026, 11, 16)}, "黄：10 天后到期"),
        ({"到期日期": date(2026, 12, 5)}, "黄：29 天后到期"),
        ({"到期日期": date(2026, 12, 6)}, "绿：正常"),
        ({"下一步日期": date(2026, 11, 5)}, "红：下一步日期已过"),
        ({"下一步日期": date(2026, 11, 6)}, "绿：正常"),
        ({"下一步日期": None}, "黄：未安排下一步"),
        ({"到期日期": None}, "绿：正常"),
        ({"到期日期": date(2026, 1, 1), "阶段": "关闭"}, "绿：关闭"),
    ],
)
def test_risk_light(change: dict[str, Value], light: str) -> None:
    row: dict[str, Value] = {
        "到期日期": date(2027, 3, 31),
        "下一步日期": date(2026, 11, 20),
        "阶段": "投标",
    }
    assert dev_plan.risk_light(row | change, NOW.date()) == light


def test_light_given_by_the_caller_is_kept() -> None:
    row = project_rows()[1] | {"风险灯": "红：客户改用竞品"}
    (shown,) = rows_of(dev_plan.plan(NOW, [row]).sheets[0].table("开发计划"))
    assert shown["风险灯"] == Cell("红：客户改用竞品", Tone.BAD)


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (timedelta(seconds=-1), "已逾期"),
        (timedelta(0), "今日到期"),
        (timedelta(hours=8), "今日到期"),
        (timedelta(days=1), "未到期"),
    ],
)
def test_status_of_what_is_owed(offset: timedelta, words: str) -> None:
    owed = Owed("孙工", "政企开发科", "甄别反馈", "DKH1", NOW + offset)
    assert today.status(owed, NOW) == words


def test_owed_late_first_and_money_summed() -> None:
    table = today.plan(today_data()).sheet("逾期预警").table("逾期预警")
    states = [row["状态"].value for row in rows_of(table)]  # type: ignore[union-attr]
    assert states == ["已逾期", "今日到期", "未到期"]
    assert table.has_total


def test_todos_most_urgent_first_with_links() -> None:
    rows = rows_of(today.plan(today_data()).sheet("今日待办").table("今日待办"))
    assert [row["优先级"].value for row in rows] == ["立即", "今日", "今日", "可缓"]  # type: ignore[union-attr]
    assert isinstance(rows[1]["处理位置"], Link)
    assert rows[2]["截止时间"] == "2026-11-10 17:30（暂定）"


def test_a_broken_balance_says_so() -> None:
    data = today.Today(NOW, checks=(Check("读取行", 20, (("接收", 15), ("不予接收", 4))),))
    (row,) = rows_of(today.plan(data).sheet("运行情况").table("校验"))
    assert (row["差"].value, row["结论"].value) == (1, "不通过")  # type: ignore[union-attr]


def test_empty_day() -> None:
    book = today.plan(today.Today(NOW, todos=(Todo(3, "归档", "无"),)))
    assert [sheet.name for sheet in book.sheets] == ["今日待办", "逾期预警", "运行情况"]
