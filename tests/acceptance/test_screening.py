"""6.2 to 6.4 and 7.3.1, 7.3.2-甲 from outside: hand-over, answers, expiry dates, lateness."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from tests.acceptance.office import (
    DUTIES,
    JIA,
    PEOPLE,
    YI,
    Office,
    fill_roster,
    lead,
    moment,
    plain,
    tables,
    text_of,
)

VALID = {"甄别结论": "有效", "到期日期": date(2027, 3, 31)}
INVALID = {"甄别结论": "无效", "无效原因": "不真实"}
UNDATED = {"甄别结论": "有效"}


def only(office: Office) -> str:
    (number,) = office.states()
    return number


def fines(office: Office) -> list[tuple[str, str, int]]:
    return [(r["条款"], r["责任人"], int(r["金额"])) for r in office.master("处罚")]


@pytest.mark.parametrize(
    ("handed", "due"),
    [
        ("2026-02-13 09:12", "2026-02-24 17:30:00"),  # make-up Saturday, then Spring Festival
        ("2026-09-30 09:12", "2026-10-09 17:30:00"),
        ("2026-04-30 09:12", "2026-05-07 17:30:00"),
        ("2025-09-26 09:12", "2025-09-29 17:30:00"),  # Sunday the 28th is worked
        ("2026-11-03 23:59:59", "2026-11-05 17:30:00"),
    ],
)
def test_two_working_days(office: Office, handed: str, due: str) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run(handed)
    row = tables(office.one("甄别/业务开发二科/*.xlsx"))["甄别反馈表"][0]
    assert moment(row["应反馈时间"]) == moment(due)
    assert office.master("台账")[0]["应反馈时间"] == due


@pytest.mark.parametrize(
    ("answered", "late"),
    [("2026-11-05 17:30:00", False), ("2026-11-05 17:30:01", True)],
    ids=["最后一秒", "晚一秒"],
)
def test_the_second_of_the_deadline(office: Office, answered: str, late: bool) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.screen({only(office): VALID})
    office.run(answered)
    assert office.master("台账")[0]["是否逾期"] == ("是" if late else "否")
    assert fines(office) == ([("7.3.1", "钱工", 100)] if late else [])


def test_late_and_without_date_is_a_hundred_twice(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.screen({only(office): UNDATED})
    office.run("2026-11-06 09:00")
    assert fines(office) == [("7.3.2-甲", "钱工", 100), ("7.3.1", "钱工", 100)]
    row = office.master("处罚")[0]
    assert (row["应完成"], row["季度"], row["状态"]) == ("2026-11-05 17:30:00", "2026Q4", "建议")
    # each once, however long it lasts
    office.screen({only(office): VALID})
    office.run("2026-11-20 09:00")
    assert len([f for f in fines(office) if f[0] in ("7.3.1", "7.3.2-甲")]) == 2


def test_a_penalty_is_raised_once_unanswered(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.run("2026-11-05 17:30:00")
    assert fines(office) == []
    office.run("2026-11-05 17:30:01")
    assert fines(office) == [("7.3.1", "钱工", 100)]
    office.run("2026-11-09 09:00")
    office.screen({only(office): VALID})
    office.run("2026-11-09 10:00")
    assert fines(office) == [("7.3.1", "钱工", 100)]
    assert office.master("台账")[0]["是否逾期"] == "是"


@pytest.mark.parametrize(
    ("dated", "fined"),
    [("2026-11-05 17:00", False), ("2026-11-05 17:30:01", True)],
    ids=["期限内补填", "期限后补填"],
)
def test_7_3_2_a_is_void_when_the_date_arrives_in_time(
    office: Office, dated: str, fined: bool
) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.screen({only(office): UNDATED})
    office.run("2026-11-04 09:00")
    row = office.master("台账")[0]
    assert (row["状态"], row["计入提报量"]) == ("有效", "是")  # accepted, flagged
    assert "到期日期" in text_of(office.receipt("甄别_001.xlsx"))
    # the list still owes the date
    listed = tables(office.one("甄别/业务开发二科/*2026-11-04.xlsx"))["甄别反馈表"]
    assert [r["信息编号"] for r in listed] == [only(office)]
    assert "到期日期" in listed[0]["疑点提示"]
    office.screen({only(office): VALID})
    office.run(dated)
    assert fines(office) == ([("7.3.2-甲", "钱工", 100)] if fined else [])
    assert office.master("台账")[0]["到期日期"] == "2027-03-31"


def test_a_date_before_the_answer_is_no_date(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.screen({only(office): {"甄别结论": "有效", "到期日期": date(2026, 11, 3)}})
    office.run("2026-11-04 09:00")
    row = office.master("台账")[0]
    assert (row["状态"], row["到期日期"]) == ("有效", "")
    office.run("2026-11-06 09:00")
    assert fines(office) == [("7.3.2-甲", "钱工", 100)]


def test_more_information_leaves_it_pending_and_the_clock_running(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.screen({only(office): {"甄别结论": "需补充", "备注": "请补联系人职务"}})
    office.run("2026-11-04 09:00")
    row = office.master("台账")[0]
    assert (row["状态"], row["应反馈时间"]) == ("待甄别", "2026-11-05 17:30:00")
    office.run("2026-11-05 18:00")
    assert fines(office) == [("7.3.1", "钱工", 100)]
    # after a verdict it changes nothing
    office.screen({only(office): VALID})
    office.run("2026-11-06 09:00")
    office.screen({only(office): {"甄别结论": "需补充"}})
    office.run("2026-11-06 10:00")
    assert office.master("台账")[0]["状态"] == "有效"


def test_a_suspicion_of_the_screener_opens_a_ruling(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(3)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    one, two, three = sorted(office.states())
    office.screen({three: {"甄别结论": "疑似重复", "原因说明": f"与{one}是同一家"}})
    office.run("2026-11-04 09:00")
    assert office.states() == {one: "待甄别", two: "待甄别", three: "待裁定"}
    (pair,) = [r for r in office.master("裁定") if r["裁定编号"]]
    assert (pair["先报信息编号"], pair["后报信息编号"]) == (one, three)
    office.screen({three: {"甄别结论": "疑似重复", "原因说明": f"与{one}是同一家，再报"}})
    office.run("2026-11-04 10:00")  # the list again: nothing new
    assert len(office.master("裁定")) == 1
    office.rule(pair["裁定编号"], "重复")
    office.run("2026-11-04 11:00")
    assert office.states()[three] == "重复"
    assert office.lead(three)["重复于"] == one
    assert fines(office) == []


def test_a_suspicion_that_names_nobody(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    one, two = sorted(office.states())
    office.screen({two: {"甄别结论": "疑似重复"}})
    office.run("2026-11-04 09:00")
    assert office.states() == {one: "待甄别", two: "待裁定"}
    number = office.master("裁定")[0]["裁定编号"]
    office.rule(number, "重复")
    office.run("2026-11-04 10:00")
    assert office.states()[two] == "待裁定"  # of whom?
    office.rule(number, "重复", 先报信息编号=one)
    office.run("2026-11-04 11:00")
    assert office.states()[two] == "重复"


def test_confirmed_quantity_below_three_is_invalid_by_5_4(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    one, two = sorted(office.states())
    office.screen({one: {**VALID, "核实标的量": 2}, two: {**VALID, "核实标的量": 3}})
    office.run("2026-11-04 09:00")
    assert office.states() == {one: "无效", two: "有效"}
    assert office.lead(one)["依据条款"] == "5.4"
    assert office.lead(two)["核实标的量"] == 3
    assert office.lead(two)["标的量(台)"] == 5


def test_most_specific_division_wins_and_the_deputy_is_named(office: Office) -> None:
    people = [
        *(p for p in PEOPLE if p["姓名"] != "孙工"),
        {
            "姓名": "孙工",
            "科室": "业务开发一科",
            "角色": "项目责任人",
            "在岗止": date(2026, 10, 31),
        },
        {"姓名": "吴工", "科室": "业务开发一科", "角色": "项目责任人"},
    ]
    duties = [
        *DUTIES,
        {"采购类别": "公检法司", "省": "江苏省", "科室": "业务开发一科", "项目责任人": "吴工"},
    ]
    fill_roster(office.root / "master" / "单位名录.xlsx", people=people, duties=duties)
    rows = [
        lead(1, 采购类别="公检法司", 密级="内部"),
        lead(2, 采购类别="公检法司", 省="江苏省", 市="南京市", **{"县(区)": "江宁区"}),
        lead(3),
    ]
    office.send(JIA, rows, "甲店.xlsx")
    office.run("2026-11-03 09:00")
    found = [(r["科室"], r["项目责任人"], r["代理人承接"]) for r in office.master("台账")]
    assert found == [
        ("业务开发一科", "李代", "是"),
        ("业务开发一科", "吴工", "否"),
        ("业务开发二科", "钱工", "否"),
    ]
    office.run("2026-11-06 09:00")
    assert sorted(p for _, p, _ in fines(office)) == ["吴工", "李代", "钱工"]


def test_nobody_in_the_roster_waits_and_is_named(office: Office) -> None:
    fill_roster(office.root / "master" / "单位名录.xlsx", duties=[DUTIES[0]])
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    row = office.master("台账")[0]
    assert (row["状态"], row["科室"], row["应反馈时间"]) == ("待甄别", "", "")
    assert "甄别分工" in text_of(office.one("今日待办.xlsx"), "今日待办")
    office.run("2026-11-20 09:00")
    assert not [f for f in fines(office) if f[0] == "7.3.1"]
    fill_roster(office.root / "master" / "单位名录.xlsx")
    office.run("2026-11-20 10:00")  # the roster is filled: it goes out now
    row = office.master("台账")[0]
    assert (row["科室"], row["应反馈时间"]) == ("业务开发二科", "2026-11-24 17:30:00")


def test_the_list_is_filled_in_and_dropped_back(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2), lead(3)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    path = office.one("甄别/业务开发二科/*.xlsx")
    row = tables(path)["甄别反馈表"][0]
    assert list(row) == [
        "信息编号", "转办时间", "应反馈时间", "科室", "项目责任人", "客户全称", "采购类别",
        "省", "市", "县(区)", "意向车型", "标的量(台)", "客户联系人(第三方)", "联系方式",
        "信息内容", "重点",
        "疑点提示", "甄别结论", "无效原因", "原因说明", "到期日期", "核实标的量", "核实方式",
        "核实时间", "甄别人", "反馈时间", "备注",
    ]  # fmt: skip
    assert row["联系方式"] == lead(1)["联系方式"]  # only here
    book = openpyxl.load_workbook(path)
    sheet = book["甄别反馈表"]
    top = next(r[0].row for r in sheet.iter_rows() if plain(r[0].value) == "信息编号")
    columns = {plain(c.value): c.column for c in sheet[top]}
    for offset, cells in ((1, {**VALID, "甄别人": "钱工"}), (2, {**INVALID, "甄别人": "路人"})):
        for heading, value in cells.items():
            sheet.cell(top + offset, columns[heading]).value = value
    book.save(office.inbox / "反馈.xlsx")
    report = office.run("2026-11-04 09:00")
    assert [r["状态"] for r in office.master("台账")] == ["有效", "无效", "待甄别"]
    assert any("路人" in words for words in report["warnings"])
    assert office.receipt("反馈.xlsx").parent.name == "业务开发二科"
    left = tables(office.one("甄别/业务开发二科/*2026-11-04.xlsx"))["甄别反馈表"]
    assert [r["信息编号"] for r in left] == [sorted(office.states())[2]]


def test_valid_leads_become_projects_and_join_the_plan(office: Office) -> None:
    office.send(JIA, [lead(1, **{"标的量(台)": 12}), lead(2)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    one, two = sorted(office.states())
    office.screen({one: VALID, two: INVALID})
    office.run("2026-11-04 09:00")
    (plan,) = tables(office.one("开发计划/*.xlsx"))["开发计划"]
    assert (plan["立项编号"], plan["信息编号"], plan["重点"]) == ("LX2026-0001", one, "是")
    assert plan["承办经销商"] == JIA
    assert office.lead(one)["立项编号"] == "LX2026-0001"
    assert [r["信息编号"] for r in office.master("立项")] == [one]


def test_tentative_calendar_warns_and_never_fines(office: Office) -> None:
    """Make-up days of a year not yet announced: 暂定, until 日历调整 covers the days."""
    office.send(JIA, [lead(1)], "甲店.xlsx")
    report = office.run("2031-03-03 09:00")
    assert any("暂定" in words for words in report["warnings"])
    row = office.master("台账")[0]
    assert row["应反馈暂定"] == "是"
    listed = tables(office.one("甄别/业务开发二科/*.xlsx"))["甄别反馈表"][0]
    assert "暂定" in listed["疑点提示"]
    office.run("2031-03-07 09:00")
    assert fines(office) == []
    calendar = [{"日期": date(2031, 3, day), "类型": "班", "来源": "公司通知"} for day in (4, 5, 6)]
    fill_roster(office.root / "master" / "单位名录.xlsx", calendar=calendar)
    office.run("2031-03-07 10:00")
    row = office.master("台账")[0]
    assert (row["应反馈暂定"], row["应反馈时间"]) == ("否", "2031-03-05 17:30:00")
    assert fines(office) == [("7.3.1", "钱工", 100)]


def test_a_holiday_of_the_roster_moves_the_deadline(office: Office) -> None:
    calendar = [{"日期": date(2026, 11, 5), "类型": "休", "来源": "公司通知"}]
    fill_roster(office.root / "master" / "单位名录.xlsx", calendar=calendar)
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    assert office.master("台账")[0]["应反馈时间"] == "2026-11-06 17:30:00"


def test_wrong_numbers_and_blank_rows_of_a_returned_list(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.screen({"DKH209901-0001": VALID, only(office): {}}, name="反馈.xlsx")
    office.run("2026-11-04 09:00")
    assert office.master("台账")[0]["状态"] == "待甄别"
    assert "DKH209901-0001" in text_of(office.receipt("反馈.xlsx"))
    assert datetime.fromisoformat(office.master("收文登记")[1]["受理时间"]) == datetime(
        2026, 11, 4, 9
    )


def test_one_penalty_a_batch_under_the_other_reading(office: Office) -> None:
    settings = '[intake]\nsettle_seconds = 0\n\n[switches]\n"penalty.unit" = "batch"\n'
    (office.root / "processor.toml").write_text(settings, "utf-8")
    office.send(JIA, [lead(1), lead(2), lead(3)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.run("2026-11-06 09:00")
    assert fines(office) == [("7.3.1", "钱工", 100)]


def locked(path: Path, password: str) -> None:
    """As Excel saves a workbook that was opened with a password."""
    opened = io.BytesIO(path.read_bytes())
    with path.open("wb") as target:
        OOXMLFile(opened).encrypt(password, target)


def test_a_list_comes_back_under_the_password_it_was_mailed_with(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code, word in (("D02", "合肥乙店0551"), ("K01", "一科8801"), ("K02", "二科8802")):
        monkeypatch.setenv(f"PROCESSOR_PASSWORD_{code}", word)
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    locked(office.screen({only(office): VALID}), "二科8802")
    office.run("2026-11-04 09:00")
    assert office.states() == {only(office): "有效"}

    locked(office.send(YI, [lead(2)], "乙店.xlsx", folder="合肥乙店"), "合肥乙店0551")
    assert office.run("2026-11-04 10:00")["rows"]["accepted"] == 1
    assert office.call("verify").exit_code == 0
    assert office.call("rebuild", "--from", "archive").exit_code == 0  # reads them again

    locked(office.send(YI, [lead(3)], "乙店2.xlsx"), "无人知道")
    report = office.run("2026-11-04 11:00", 0)
    assert (report["files"]["refused"], report["rows"]["read"]) == (1, 0)
