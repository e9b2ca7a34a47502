"""5.1 from outside: who was first, who comes after, and what becomes of the others."""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest

from tests.acceptance.office import BING, JIA, QUYU, YI, Office, lead, plain, tables, text_of

VALID = {"甄别结论": "有效", "到期日期": date(2027, 3, 31)}
INVALID = {"甄别结论": "无效", "无效原因": "无采购计划"}


def test_first_report_wins_across_dealers_and_departments(office: Office) -> None:
    office.send(QUYU, [lead(1)], "部门.xlsx")
    office.run("2026-11-03 09:00")
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:01")
    first, second = office.master("台账")
    assert (first["状态"], second["状态"]) == ("待甄别", "重复")
    assert (second["依据条款"], second["重复于"]) == ("5.1", first["信息编号"])
    # the loser learns the date of the first report, no name, no number
    receipt = text_of(office.receipt("甲店.xlsx"))
    assert "2026-11-03" in receipt
    assert "其他单位" in receipt
    assert QUYU not in receipt
    assert first["信息编号"] not in receipt


def test_first_invalid_at_screening_revives_the_next_unit(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    office.send(BING, [lead(1)], "丙店.xlsx")
    office.run("2026-11-03 11:00")
    one, two, three = sorted(office.states())
    assert office.states() == {one: "待甄别", two: "重复", three: "重复"}
    office.screen({one: INVALID})
    office.run("2026-11-04 10:00")
    assert office.states() == {one: "无效", two: "待甄别", three: "重复"}
    row = office.lead(two)
    assert (row["受理时间"], row["归属月份"]) == ("2026-11-03 10:00:00", "2026-11")
    assert row["转办时间"] == "2026-11-04 10:00:00"  # screened anew, on its own clock
    assert row["应反馈时间"] == "2026-11-06 17:30:00"
    assert office.lead(three)["重复于"] == two
    office.screen({two: VALID})
    office.run("2026-11-05 10:00")
    row = office.lead(two)
    assert (row["状态"], row["计入提报量"], row["是否逾期"]) == ("有效", "是", "否")


def test_a_reversed_verdict_moves_the_customer_back(office: Office) -> None:
    """The list of a section may come back twice: the later answer counts, with all effects."""
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    one, two = sorted(office.states())
    office.screen({one: INVALID})
    office.run("2026-11-04 10:00")
    office.screen({two: VALID})
    office.run("2026-11-04 11:00")
    assert office.states() == {one: "无效", two: "有效"}
    office.screen({one: VALID})
    office.run("2026-11-05 10:00")
    assert office.states() == {one: "有效", two: "重复"}
    assert office.lead(two)["计入提报量"] == "不适用"
    assert [r["信息编号"] for r in tables(office.one("开发计划/*.xlsx"))["开发计划"]] == [one]


def test_a_refused_row_holds_nobody_and_counts_from_its_correction(office: Office) -> None:
    office.send(JIA, [lead(1, 联系方式="")], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    office.send(JIA, [lead(1)], "改正.xlsx")
    office.run("2026-11-03 11:00")
    first, second = office.master("台账")
    assert (first["提报单位"], first["状态"]) == (YI, "待甄别")
    assert (second["提报单位"], second["状态"], second["重复于"]) == (
        JIA,
        "重复",
        first["信息编号"],
    )


def test_the_same_row_refused_before_is_judged_and_refused_again(office: Office) -> None:
    for number, at in ((2, "09:00"), (3, "10:00")):
        office.send(JIA, [lead(1, 联系方式=""), lead(number)], f"甲店{number}.xlsx")
        report = office.run(f"2026-11-03 {at}")
        assert (report["rows"]["refused"], report["rows"]["accepted"]) == (1, 1)
    assert len(office.master("不予接收")) == 2


def test_two_in_one_look_are_a_tie_for_the_clerk(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.send(YI, [lead(1)], "乙店.xlsx")
    report = office.run("2026-11-03 09:00")
    assert (report["leads"]["待甄别"], report["leads"]["待裁定"]) == (1, 1)
    first, later = office.master("台账")
    assert (first["提报单位"], first["状态"]) == (JIA, "待甄别")  # the first keeps its state
    assert (later["状态"], later["依据条款"]) == ("待裁定", "5.1")
    row = tables(office.one("裁定/疑似重复裁定表_2026-11-03.xlsx"))["疑似重复裁定表"][0]
    assert row["系统建议"] == "先报优先"
    assert (row["先报信息编号"], row["后报信息编号"]) == (first["信息编号"], later["信息编号"])
    assert row["先报联系方式"] == "139****2001"  # masked
    office.rule(str(row["裁定编号"]), "重复")
    office.run("2026-11-04 09:00")
    assert office.states() == {first["信息编号"]: "待甄别", later["信息编号"]: "重复"}


def test_upper_row_of_one_file_is_first_and_identical_rows_are_known(office: Office) -> None:
    office.send(
        JIA, [lead(1), lead(1), lead(1, 信息内容及进展="另有一批，内容较上一行不同")], "甲店.xlsx"
    )
    report = office.run("2026-11-03 09:00")
    assert report["rows"] == {"read": 3, "blank": 0, "accepted": 2, "refused": 0, "known": 1}
    first, second = office.master("台账")
    assert (first["状态"], second["状态"], second["重复于"]) == (
        "待甄别",
        "重复",
        first["信息编号"],
    )
    detail = tables(office.receipt("甲店.xlsx"))["明细"]
    assert [r["处理结果"] for r in detail] == ["待甄别", "已知", "重复"]
    assert "2026-11-03" in str(detail[1]["问题说明"])


def test_own_repeat_stays_a_repeat_when_the_first_turns_invalid(office: Office) -> None:
    """Revival is for other units' repeats: a unit corrects its own."""
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(JIA, [lead(1, 信息内容及进展="同一客户的另一次提报内容")], "再报.xlsx")
    office.run("2026-11-03 10:00")
    one, two = sorted(office.states())
    office.screen({one: INVALID})
    office.run("2026-11-04 10:00")
    assert office.states() == {one: "无效", two: "重复"}
    # reported after the verdict, the customer is free for the same unit too
    office.send(JIA, [lead(1, 信息内容及进展="客户恢复采购计划后的新提报")], "三报.xlsx")
    office.run("2026-11-05 10:00")
    assert office.states()[sorted(office.states())[2]] == "待甄别"


def test_a_repeat_with_two_vehicles_is_invalid_not_duplicate(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1, **{"标的量(台)": 2})], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    assert office.master("台账")[1]["依据条款"] == "5.4"
    # and a lead invalid by 5.4 holds nobody
    office.send(YI, [lead(2, **{"标的量(台)": 2})], "乙店2.xlsx")
    office.run("2026-11-03 11:00")
    office.send(JIA, [lead(2)], "甲店2.xlsx")
    office.run("2026-11-03 12:00")
    assert [r["状态"] for r in office.master("台账")] == ["待甄别", "无效", "无效", "待甄别"]


def test_correction_keeps_its_place_and_its_clock(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    number = office.number(lead(1)["客户单位全称"], JIA)  # type: ignore[arg-type]
    office.send(JIA, [lead(1, 更正原信息编号=number, **{"标的量(台)": 9})], "更正.xlsx")
    report = office.run("2026-11-04 09:00")
    assert report["rows"]["accepted"] == 1
    rows = office.master("台账")
    assert len(rows) == 2
    assert (rows[0]["标的量(台)"], rows[0]["状态"]) == (9, "待甄别")
    assert rows[0]["受理时间"] == "2026-11-03 09:00:00"
    assert rows[0]["应反馈时间"] == "2026-11-05 17:30:00"
    assert rows[1]["状态"] == "重复"
    # another unit's number, or none, corrects nothing
    office.send(YI, [lead(3, 更正原信息编号=number)], "乱写.xlsx")
    office.run("2026-11-04 10:00")
    assert len(office.master("台账")) == 3
    assert number in text_of(office.receipt("乱写.xlsx"), "明细")


def test_correction_that_repairs_5_4_takes_its_place_from_its_receipt(office: Office) -> None:
    office.send(JIA, [lead(1, **{"标的量(台)": 2})], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    one, two = sorted(office.states())
    assert office.states() == {one: "无效", two: "待甄别"}
    office.send(JIA, [lead(1, 更正原信息编号=one)], "更正.xlsx")
    office.run("2026-11-03 11:00")
    assert office.states() == {one: "重复", two: "待甄别"}
    assert office.lead(one)["重复于"] == two
    # nobody else there: it simply joins the queue
    office.send(JIA, [lead(2, **{"标的量(台)": 2})], "甲店2.xlsx")
    office.run("2026-11-03 12:00")
    three = sorted(office.states())[2]
    office.send(JIA, [lead(2, 更正原信息编号=three)], "更正2.xlsx")
    office.run("2026-11-04 09:00")
    row = office.lead(three)
    assert (row["状态"], row["应反馈时间"]) == ("待甄别", "2026-11-06 17:30:00")


def test_correction_to_another_customer_frees_the_first(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    one, two = sorted(office.states())
    office.send(JIA, [lead(2, 更正原信息编号=one)], "更正.xlsx")
    office.run("2026-11-03 11:00")
    assert office.states() == {one: "待甄别", two: "待甄别"}


def test_receipt_corrected_and_dropped_back(office: Office) -> None:
    """Only the changed row does anything; the refused one becomes a lead of that moment."""
    office.send(JIA, [lead(1), lead(2, 联系方式=""), lead(3)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    receipt = office.receipt("甲店.xlsx")
    book = openpyxl.load_workbook(receipt)
    sheet = book["明细"]
    top = next(r[0].row for r in sheet.iter_rows() if "客户单位全称" in [plain(c.value) for c in r])
    columns = {plain(c.value): c.column for c in sheet[top]}
    sheet.cell(top + 2, columns["联系方式"]).value = lead(2)["联系方式"]  # type: ignore[assignment]
    sheet.cell(top + 3, columns["标的量(台)"]).value = 8
    book.save(office.inbox / "随便什么名字.xlsx")
    report = office.run("2026-11-04 09:00")
    assert report["rows"] == {"read": 3, "blank": 0, "accepted": 2, "refused": 0, "known": 1}
    rows = office.master("台账")
    assert [(r["标的量(台)"], r["受理时间"][:10]) for r in rows] == [
        (5, "2026-11-03"), (8, "2026-11-03"), (5, "2026-11-04"),
    ]  # fmt: skip
    # the receipt of the receipt, dropped back unchanged, does nothing
    again = office.receipt("随便什么名字.xlsx")
    (office.inbox / "再来.xlsx").write_bytes(again.read_bytes())
    report = office.run("2026-11-04 10:00")
    assert report["rows"]["known"] == 3


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"采购类别": "政府采购"}, "待裁定"),
        ({"项目名称": "2027年通勤班车采购"}, "待裁定"),
        ({"预计采购时间": date(2027, 7, 1)}, "待裁定"),
        ({"预计采购时间": date(2027, 5, 1)}, "重复"),
        ({"意向车型": "艾瑞泽5"}, "重复"),
    ],
    ids=["类别不同", "项目名称不同", "相隔七个月", "相隔五个月", "只是车型不同"],
)
def test_same_purchase(office: Office, changed: dict[str, object], state: str) -> None:
    office.send(JIA, [lead(1, 项目名称="2026年商务车采购")], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1, **changed)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    assert office.master("台账")[1]["状态"] == state


def test_names_of_places_and_branches(office: Office) -> None:
    names = ["芜湖市公安局", "南陵县公安局", "鸿运汽车租赁有限公司芜湖分公司"]
    others = ["芜湖公安局", "泾县公安局", "鸿运汽车租赁有限公司合肥分公司"]
    plain_row = {"采购类别": "公检法司", "县(区)": ""}
    office.send(
        JIA, [lead(n, 客户单位全称=x, **plain_row) for n, x in enumerate(names, 1)], "甲.xlsx"
    )
    office.run("2026-11-03 09:00")
    places = [("芜湖市", ""), ("宣城市", "泾县"), ("合肥市", "")]
    rows = [
        lead(n, 客户单位全称=x, 采购类别="公检法司", 市=c, **{"县(区)": d})
        for n, (x, (c, d)) in enumerate(zip(others, places, strict=True), 11)
    ]
    office.send(YI, rows, "乙.xlsx")
    office.run("2026-11-03 10:00")
    states = [r["状态"] for r in office.master("台账") if r["提报单位"] == YI]
    assert states[0] in ("重复", "待裁定")
    assert states[1:] == ["待甄别", "待甄别"]


def test_one_number_on_thirty_customers_is_no_evidence(office: Office) -> None:
    office.send(JIA, [lead(n, 联系方式="13955312000") for n in range(1, 31)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    assert set(office.states().values()) == {"待甄别"}


def test_rulings_and_their_reversal(office: Office) -> None:
    office.send(JIA, [lead(1, 项目名称="甲项目")], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1, 项目名称="乙项目")], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    one, two = sorted(office.states())
    assert office.states() == {one: "待甄别", two: "待裁定"}
    assert office.lead(two)["科室"] == ""  # not handed over before the ruling
    number = office.master("裁定")[0]["裁定编号"]
    office.rule(number, "同单位不同项目")
    office.run("2026-11-04 09:00")
    assert office.states() == {one: "待甄别", two: "待甄别"}
    assert office.lead(two)["应反馈时间"] == "2026-11-06 17:30:00"
    office.screen({one: VALID, two: VALID})
    office.run("2026-11-04 10:00")
    assert office.states() == {one: "有效", two: "有效"}
    # ruled again, though it is on no list any more: all effects turn
    office.rule(number, "重复", 理由="复核认定为同一项目")
    office.run("2026-11-05 09:00")
    assert office.states() == {one: "有效", two: "重复"}
    assert office.lead(two)["计入提报量"] == "不适用"
    assert [r["信息编号"] for r in tables(office.one("开发计划/*.xlsx"))["开发计划"]] == [one]
    office.rule(number, "不重复", 理由="再次复核")
    office.run("2026-11-06 09:00")
    assert office.states() == {one: "有效", two: "有效"}  # its verdict still stands
    assert [r["裁定"] for r in office.master("裁定")] == ["不重复"]
    rulings = [e["新值"] for e in office.master("变更记录") if e["事项"] in ("裁定", "改裁")]
    assert rulings == ["同单位不同项目", "重复", "不重复"]


def test_undecided_stays_and_an_interested_ruling_is_applied_and_flagged(office: Office) -> None:
    office.send(JIA, [lead(1, 项目名称="甲项目", **{"标的量(台)": 12})], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1, 项目名称="乙项目", **{"标的量(台)": 12})], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    two = max(office.states())
    number = office.master("裁定")[0]["裁定编号"]
    office.rule(number, "无法判断")
    office.run("2026-11-04 09:00")
    assert office.states()[two] == "待裁定"
    office.rule(number, "重复", 裁定人="王明")  # the reporter of both
    office.run("2026-11-04 10:00")
    assert office.states()[two] == "重复"
    row = office.master("裁定")[0]
    assert row["利害关系"]
    notes = "".join(text_of(p) for p in office.files("回执/*/*裁定_*"))
    assert "利害关系" in notes
    assert "复核人" in notes  # twelve vehicles need a second person


def test_a_ruling_teaches_the_alias(office: Office) -> None:
    names = ("南陵县瑞祥纺织有限公司", "南陵瑞祥公司")
    office.send(JIA, [lead(1, 客户单位全称=names[0])], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(2, 客户单位全称=names[1])], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    assert [r["状态"] for r in office.master("台账")] == ["待甄别", "待裁定"]
    office.rule(office.master("裁定")[0]["裁定编号"], "重复", 登记为别名="是")
    office.run("2026-11-04 09:00")
    office.send(BING, [lead(3, 客户单位全称=names[1])], "丙店.xlsx")
    office.run("2026-11-04 10:00")
    assert office.master("台账")[2]["状态"] == "重复"
    assert any(r["别名"] == names[1] for r in office.master("客户别名"))


def test_expiry_frees_the_customer_from_the_next_day(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    one, two = sorted(office.states())
    office.screen({one: {"甄别结论": "有效", "到期日期": date(2026, 12, 15)}})
    office.run("2026-11-04 09:00")
    office.send(BING, [lead(1)], "丙店.xlsx")
    office.run("2026-12-15 23:00")  # the last day is included
    assert office.states()[sorted(office.states())[2]] == "重复"
    office.send(QUYU, [lead(1)], "部门.xlsx")
    report = office.run("2026-12-16 00:00")
    four = sorted(office.states())[3]
    assert office.states()[one] == "到期"
    assert office.states()[four] == "待甄别"
    assert office.states()[two] == "重复"  # a repeat of a lead that merely expired stays a repeat
    assert report["leads"]["有效"] == 1  # 到期 counts as 有效 wherever totals are shown
    assert office.lead(one)["计入提报量"] == "是"
    # the losers are told, without a name
    released = [e for e in office.master("变更记录") if e["事项"] == "客户释放"]
    assert {e["编号"] for e in released} >= {two}
    # a date that comes after the expiry does not take the customer back
    office.screen({one: {"甄别结论": "有效", "到期日期": date(2027, 6, 30)}})
    office.run("2026-12-17 09:00")
    assert office.states()[one] == "到期"
    assert office.states()[four] == "待甄别"


def test_without_a_date_it_holds_180_days(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-03-02 09:00")
    (one,) = office.states()
    office.screen({one: {"甄别结论": "有效"}})
    office.run("2026-03-03 09:00")
    assert office.states()[one] == "有效"
    office.run("2026-08-30 23:59")
    assert office.states()[one] == "有效"  # 180 days from 3 March
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-08-31 09:00")
    assert list(office.states().values()) == ["到期", "待甄别"]
