"""5.2, 5.4, 5.6 as a dealer meets them: what is taken, refused, invalid, asked to complete."""

from __future__ import annotations

import shutil
from datetime import date

import openpyxl
import pytest

from tests.acceptance.office import (
    BING,
    JIA,
    LEADS,
    QUYU,
    STOPPED,
    YI,
    Office,
    lead,
    tables,
    text_of,
)

MOBILE = "13855312345"  # the reporter's own


def outcomes(office: Office, name: str) -> dict[str, str]:
    """处理结果 by customer, from the receipt's detail."""
    rows = tables(office.receipt(name))["明细"]
    return {row["客户单位全称"]: row["处理结果"] for row in rows}


ROWS: list[tuple[str, dict[str, object], str]] = [
    # what differs from a good row, and what becomes of it
    ("数量2", {"标的量(台)": 2}, "无效"),
    ("数量3", {"标的量(台)": 3}, "待甄别"),
    ("数量9", {"标的量(台)": 9}, "待甄别"),
    ("数量10", {"标的量(台)": 10}, "待甄别"),
    ("数量空", {"标的量(台)": ""}, "不予接收"),
    ("数量若干", {"标的量(台)": "若干"}, "不予接收"),
    ("数量5-8台", {"标的量(台)": "5-8台"}, "请补充"),
    ("数量十五台", {"标的量(台)": "十五台"}, "待甄别"),
    ("无联系人", {"客户联系人(第三方)": ""}, "不予接收"),
    ("先生", {"客户联系人(第三方)": "先生"}, "不予接收"),
    ("无联系方式", {"联系方式": ""}, "不予接收"),
    ("提报人电话", {"联系方式": MOBILE}, "不予接收"),
    ("假号码", {"联系方式": "13800000000"}, "不予接收"),
    (
        "假号码另有邮箱",
        {"联系方式": "13800000000", "联系人邮箱或微信": "cg@nlgaj.gov.cn"},
        "请补充",
    ),
    ("只有邮箱", {"联系方式": "", "联系人邮箱或微信": "cg@nlgaj.gov.cn"}, "接收"),
    ("类别空", {"采购类别": ""}, "不予接收"),
    ("类别不在表内", {"采购类别": "农业机械"}, "不予接收"),
    ("类别近义", {"采购类别": "汽车租赁"}, "待甄别"),
    ("其他无说明", {"采购类别": "其他"}, "请补充"),
    ("其他有说明", {"采购类别": "其他", "类别说明": "景区观光用车"}, "待甄别"),
    ("客户待定", {"客户单位全称": "待定"}, "不予接收"),
    ("缺车型", {"意向车型": ""}, "请补充"),
    ("出租无级别", {"采购类别": "出租"}, "请补充"),
]


@pytest.fixture(scope="module")
def gate(pattern: object, tmp_path_factory: pytest.TempPathFactory) -> Office:
    from tests.acceptance.office import copied

    office = copied(pattern, tmp_path_factory.mktemp("gate") / "workspace")  # type: ignore[arg-type]
    rows = [lead(n, 备注=what, **more) for n, (what, more, _) in enumerate(ROWS, 1)]
    office.send(JIA, rows, "甲店.xlsx")
    report = office.run("2026-11-03 09:00")
    refused = sum(1 for *_, outcome in ROWS if outcome == "不予接收")
    assert report["rows"] == {
        "read": len(ROWS),
        "blank": 0,
        "accepted": len(ROWS) - refused,
        "refused": refused,
        "known": 0,
    }
    return office


@pytest.mark.parametrize(("what", "more", "outcome"), ROWS, ids=[r[0] for r in ROWS])
def test_rows_at_the_gate(gate: Office, what: str, more: dict[str, object], outcome: str) -> None:
    row = next(r for r in tables(gate.receipt("甲店.xlsx"))["明细"] if r["备注"] == what)
    found = row["处理结果"]
    if outcome == "接收":  # accepted, whether or not something remains to be completed
        assert found in ("待甄别", "请补充")
    else:
        assert found == outcome
    if outcome == "不予接收":
        assert row["依据条款"].startswith("5.2")
        assert row["修改示例"]
        assert not row["信息编号"]
    else:
        assert row["信息编号"].startswith("DKH202611-")


def test_refused_rows_stand_on_their_own_sheet_with_their_reasons(gate: Office) -> None:
    refused = gate.master("不予接收")
    assert len(refused) == sum(1 for *_, outcome in ROWS if outcome == "不予接收")
    assert all(row["不予接收原因"] and row["依据条款"] == "5.2" for row in refused)
    assert {row["提报单位"] for row in refused} == {JIA}


def test_two_vehicles_are_invalid_by_5_4(gate: Office) -> None:
    row = next(r for r in gate.master("台账") if r["备注"] == "数量2")
    assert (row["状态"], row["依据条款"]) == ("无效", "5.4")
    assert row["科室"] == ""  # nobody screens it


def test_a_range_counts_with_its_lower_bound(gate: Office) -> None:
    row = next(r for r in gate.master("台账") if r["备注"] == "数量5-8台")
    assert row["标的量(台)"] == 5


def test_ten_vehicles_are_marked_important(gate: Office) -> None:
    rows = tables(gate.one("甄别/业务开发二科/*.xlsx"))["甄别反馈表"]
    important = {row["标的量(台)"]: row["重点"] for row in rows}
    assert (important[9], important[10]) == ("否", "是")


def test_dealers_city_taxi_waits_with_a_flag_and_departments_is_invalid(office: Office) -> None:
    places = {
        "南陵县": ("安徽省", "芜湖市", "南陵县"),
        "桐城市": ("安徽省", "安庆市", "桐城市"),
        "镜湖区": ("安徽省", "芜湖市", "镜湖区"),
        "浦东新区": ("上海市", "上海市", "浦东新区"),
        "县空白": ("安徽省", "芜湖市", ""),
    }

    def rows(first: int) -> list[dict[str, object]]:
        return [
            lead(n, 采购类别="出租", 省=p, 市=c, 备注=what, **{"县(区)": d})
            for n, (what, (p, c, d)) in enumerate(places.items(), first)
        ]

    office.send(QUYU, rows(1), "部门.xlsx")
    office.send(JIA, rows(11), "甲店.xlsx")
    office.run("2026-11-03 09:00")
    found = {(r["提报单位"], r["备注"]): r for r in office.master("台账")}
    state = {key: row["状态"] for key, row in found.items()}
    assert [state[QUYU, what] for what in places] == ["待甄别", "待甄别", "无效", "无效", "无效"]
    assert found[QUYU, "镜湖区"]["依据条款"] == "5.6"
    assert [state[JIA, what] for what in places] == ["待甄别"] * 5
    flags = {what: bool(found[JIA, what]["提示"]) for what in places}
    assert flags == {
        "南陵县": False,
        "桐城市": False,
        "镜湖区": True,
        "浦东新区": True,
        "县空白": True,
    }
    # the screener sees why, and the dealer is told
    listed = {
        r["信息编号"]: r for r in tables(office.one("甄别/业务开发二科/*.xlsx"))["甄别反馈表"]
    }
    assert "人工甄别" in listed[found[JIA, "镜湖区"]["信息编号"]]["疑点提示"]
    told = {r["备注"]: r for r in tables(office.receipt("甲店.xlsx"))["明细"]}
    assert "人工甄别" in str(told["镜湖区"]["问题说明"])
    told = {r["备注"]: r for r in tables(office.receipt("部门.xlsx"))["明细"]}
    assert (told["镜湖区"]["处理结果"], told["镜湖区"]["依据条款"]) == ("无效", "5.6")


def test_5_6_goes_before_5_4(office: Office) -> None:
    row = lead(1, 采购类别="出租", **{"县(区)": "镜湖区", "标的量(台)": 2})
    office.send(QUYU, [row], "部门.xlsx")
    office.run("2026-11-03 09:00")
    assert office.master("台账")[0]["依据条款"] == "5.6"


def test_a_typed_level_that_contradicts_the_table_is_reminded(office: Office) -> None:
    row = lead(1, 采购类别="出租", 出租运营地级别="地市级及以上")  # 南陵县
    unknown = lead(2, 采购类别="出租", 省="安徽省", 市="不存在市", 出租运营地级别="地市级及以上",
                   **{"县(区)": "无此县"})  # fmt: skip
    office.send(QUYU, [row, unknown], "部门.xlsx")
    office.run("2026-11-03 09:00")
    first, second = office.master("台账")
    assert first["状态"] == "待甄别"
    assert (second["状态"], second["依据条款"]) == ("无效", "5.6")  # the typed level holds
    detail = tables(office.receipt("部门.xlsx"))["明细"]
    assert "级别" in str(detail[0]["问题说明"])
    assert detail[0]["处理结果"] == "请补充"


def test_whole_files_are_refused_only_for_unit_form_or_a_gate_column(office: Office) -> None:
    office.send("不存在的公司", [lead(1)], "未知单位.xlsx")
    office.send(STOPPED, [lead(2)], "停网.xlsx")
    office.send(JIA, [lead(3)], "缺列.xlsx")
    _drop_column(office, "缺列.xlsx", "联系方式")
    office.send(JIA, [lead(4)], "缺提醒列.xlsx")
    _drop_column(office, "缺提醒列.xlsx", "意向车型")
    other = openpyxl.Workbook()
    other.active.append(["姓名", "工资"])  # type: ignore[union-attr]
    other.active.append(["张三", 5000])  # type: ignore[union-attr]
    other.save(office.inbox / "别的表.xlsx")
    shutil.copy(office.root / "templates" / f"{LEADS}.xlsx", office.inbox / "空表.xlsx")
    report = office.run("2026-11-03 09:00")
    assert report["files"]["refused"] == 5
    assert report["files"]["accepted"] == 1
    assert report["rows"]["read"] == 1  # rows of a refused file are not read
    states = {row["文件名"]: row for row in office.master("收文登记")}
    assert states["缺提醒列.xlsx"]["结果"] == "accepted"
    for name in ("未知单位.xlsx", "停网.xlsx", "缺列.xlsx", "别的表.xlsx", "空表.xlsx"):
        assert (states[name]["结果"], bool(states[name]["原因"])) == ("refused", True), name
    assert "联系方式" in states["缺列.xlsx"]["原因"]
    # a suspended unit is known: its answer goes to its own folder
    assert office.receipt("停网.xlsx").parent.name == STOPPED
    assert office.receipt("未知单位.xlsx").parent.name == "未识别单位"
    assert not list(office.inbox.rglob("*.xlsx"))


def _drop_column(office: Office, name: str, heading: str) -> None:
    book = openpyxl.load_workbook(office.inbox / name)
    sheet = book.worksheets[0]
    column = next(c.column for row in sheet.iter_rows(max_row=8) for c in row if c.value == heading)
    for row in sheet.iter_rows(min_col=column, max_col=column):
        row[0].value = None
    book.save(office.inbox / name)


def test_the_sub_folder_names_the_unit_when_the_form_does_not(office: Office) -> None:
    office.send("", [lead(1)], "无单位.xlsx", folder="合肥乙店")
    office.send("打错的单位", [lead(2)], "错单位.xlsx", folder="合肥乙店")
    (office.inbox / "合肥乙店" / "坏.xlsx").write_bytes(b"PK\x03\x04broken")
    report = office.run("2026-11-03 09:00", 1)
    assert report["files"] == {
        "accepted": 1, "duplicate": 0, "refused": 1, "quarantined": 1, "waiting": 0, "ignored": 0,
    }  # fmt: skip
    assert office.master("台账")[0]["提报单位"] == YI
    for name in ("无单位.xlsx", "错单位.xlsx", "坏.xlsx"):
        assert office.receipt(name).parent.name == "合肥乙店", name


def test_alias_code_and_name_all_name_the_unit(office: Office) -> None:
    for number, words in enumerate(("芜湖甲", "甲店", "D01", JIA, "区域部"), 1):
        office.send(words, [lead(number)], f"{number}.xlsx")
    office.run("2026-11-03 09:00")
    assert [r["提报单位"] for r in office.master("台账")] == [JIA] * 4 + [QUYU]


def test_a_reporter_column_in_the_table_wins_for_its_row(office: Office) -> None:
    path = office.send(JIA, [lead(1), lead(2)], "两单位.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    row = next(r[0].row for r in sheet.iter_rows(max_row=8) if r[0].value == "序号")
    column = sheet.max_column + 1
    sheet.cell(row, column).value = "提报单位"
    sheet.cell(row + 2, column).value = BING
    book.save(path)
    office.run("2026-11-03 09:00")
    assert [r["提报单位"] for r in office.master("台账")] == [JIA, BING]


def test_receipt_says_who_when_how_many_and_how_to_correct(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2, 联系方式=""), lead(3, **{"标的量(台)": 1})], "甲店.xlsx")
    office.run("2026-11-03 09:00:07")
    path = office.one("回执/*/*.xlsx")
    assert path.parent.name == JIA
    assert path.name == "20261103-090007_甲店_回执.xlsx"
    cover = text_of(path, "回执")
    for words in (JIA, "甲店.xlsx", "2026-11-03 09:00:07", "DKHW080004", "收件目录"):
        assert words in cover, words
    detail = tables(path)["明细"]
    assert [r["处理结果"] for r in detail] == ["待甄别", "不予接收", "无效"]
    assert (detail[1]["问题列"], detail[1]["依据条款"]) == ("联系方式", "5.2")
    own = tables(path)["历史信息当前状态"]
    assert [r["状态"] for r in own] == ["无效", "待甄别"]


def test_same_file_renamed_copy_and_one_row_changed(office: Office) -> None:
    path = office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")
    first = path.read_bytes()
    office.run("2026-11-03 09:00")
    path.write_bytes(first)
    (office.inbox / "改名.xlsx").write_bytes(first)
    report = office.run("2026-11-03 10:00")
    assert report["files"]["duplicate"] == 2
    assert report["rows"]["read"] == 0
    assert len(office.master("台账")) == 2
    changed = lead(2, 信息内容及进展="预算已批复，下周挂网招标公告")
    office.send(JIA, [lead(1), changed], "再报.xlsx")
    report = office.run("2026-11-03 11:00")
    assert report["rows"] == {"read": 2, "blank": 0, "accepted": 1, "refused": 0, "known": 1}
    rows = office.master("台账")
    assert [r["状态"] for r in rows] == ["待甄别", "待甄别", "重复"]
    assert rows[2]["重复于"] == rows[1]["信息编号"]
    assert outcomes(office, "再报.xlsx") == {
        lead(1)["客户单位全称"]: "已知",
        lead(2)["客户单位全称"]: "重复",
    }
    assert "更正原信息编号" in text_of(office.receipt("再报.xlsx"), "明细")


def test_a_date_typed_in_the_form_never_decides(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx", 提报日期=date(2026, 9, 1))
    office.run("2026-11-03 09:00")
    row = office.master("台账")[0]
    assert (row["受理时间"], row["归属月份"]) == ("2026-11-03 09:00:00", "2026-11")
