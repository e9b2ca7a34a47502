"""5.3 and 6.1 from outside: which issue a lead is in, what is counted, what is corrected later."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.office import (
    BING,
    JIA,
    QUYU,
    UNITS,
    WANGLUO,
    YI,
    Office,
    fill_roster,
    headings,
    lead,
    sheet_names,
    tables,
    text_of,
)

VALID = {"甄别结论": "有效", "到期日期": date(2027, 3, 31)}
INVALID = {"甄别结论": "无效", "无效原因": "不真实"}
SHEETS = ["通报", "无效原因", "上月补报", "上月终值", "更正", "零提报", "附注", "校验"]


def issue(office: Office, day: str, *, internal: bool = False) -> Path:
    name = f"大客户信息提报情况通报_{day}{'_内部版' if internal else ''}.xlsx"
    path = office.outbox / "通报" / day[:7] / name
    assert path.exists(), [str(p) for p in office.files("通报/**/*.xlsx")]
    return path


def line(office: Office, day: str, unit: str) -> dict[str, Any]:
    return next(r for r in tables(issue(office, day))["通报"] if r["提报单位"] == unit)


def numbers(row: dict[str, Any], prefix: str) -> list[Any]:
    names = ("信息总量", "有效", "无效", "重复", "待甄别")
    return [row[f"{prefix}{name}"] for name in names]


def test_sheets_and_headings_to_the_letter(office: Office) -> None:
    office.send(QUYU, [lead(1)], "部门.xlsx")
    office.run("2026-11-03 09:00")
    report = office.run("2026-11-10 17:00")
    public, internal = issue(office, "2026-11-10"), issue(office, "2026-11-10", internal=True)
    assert str(public.relative_to(office.root)) in report["published"]
    assert sheet_names(public) == SHEETS
    assert sorted(sheet_names(internal)) == sorted([*SHEETS, "线索明细"])
    assert sheet_names(internal)[0] == "通报"
    assert headings(public, "通报") == [
        "名次", "提报单位", "类型", "本期信息总量", "本期有效", "本期无效", "本期重复",
        "本期待甄别", "本期不予接收", "本月信息总量", "本月有效", "本月无效", "本月重复",
        "本月待甄别", "计入提报量", "本月目标", "完成率", "标的量(台)",
    ]  # fmt: skip
    assert headings(public, "上月补报") == [
        "提报单位", "类型", "信息总量", "有效", "无效", "重复", "待甄别", "不予接收",
    ]  # fmt: skip
    assert headings(public, "上月终值") == ["提报单位", "计入提报量", "上月目标", "完成率"]
    assert headings(public, "更正") == ["期号", "提报单位", "项目", "原数", "现数", "原因"]
    assert headings(public, "零提报") == ["提报单位", "不予接收", "备注"]


@pytest.mark.parametrize(
    ("received", "first"),
    [
        ("2026-11-10 16:59:59", "2026-11-10"),
        ("2026-11-10 17:00:00", "2026-11-10"),
        ("2026-11-10 17:00:01", "2026-11-20"),
        ("2026-11-20 17:00:00", "2026-11-20"),
        ("2026-11-20 17:00:01", "2026-11-30"),
    ],
)
def test_every_lead_is_in_exactly_one_issue(office: Office, received: str, first: str) -> None:
    office.run("2026-11-02 09:00")
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run(received)
    office.run("2026-11-30 17:00")
    totals = {
        day: line(office, day, JIA)["本期信息总量"]
        for day in ("2026-11-10", "2026-11-20", "2026-11-30")
    }
    assert totals == {day: int(day == first) for day in totals}
    months = {
        day: line(office, day, JIA)["本月信息总量"]
        for day in ("2026-11-10", "2026-11-20", "2026-11-30")
    }
    assert months == {day: int(day >= first) for day in months}


def test_the_31st_is_counted_in_its_month_and_printed_later(office: Office) -> None:
    office.targets(2026, {QUYU: 4, WANGLUO: 10})
    office.send(JIA, [lead(9)], "早.xlsx")
    office.run("2026-10-05 09:00")
    office.send(QUYU, [lead(1)], "部门1.xlsx")
    office.run("2026-10-20 09:00")
    office.screen({office.number(str(lead(1)["客户单位全称"])): VALID})
    office.run("2026-10-21 09:00")
    report = office.run("2026-10-30 17:00")
    assert any("2026-10-30" in path for path in report["published"])
    zero = {r["提报单位"]: r for r in tables(issue(office, "2026-10-30"))["零提报"]}
    assert set(zero) == {YI, BING}
    assert "截至30日17:00" in text_of(issue(office, "2026-10-30"), "零提报")
    office.send(QUYU, [lead(2)], "部门2.xlsx")
    office.run("2026-10-30 17:00:01")
    office.send(YI, [lead(3), lead(4, 联系方式="")], "乙店.xlsx")
    office.send(BING, [lead(5, 联系方式="")], "丙店.xlsx")
    office.run("2026-10-31 09:00")
    assert {r["归属月份"] for r in office.master("台账")} == {"2026-10"}
    office.screen({office.number(str(lead(2)["客户单位全称"])): VALID})
    office.run("2026-11-02 09:00")
    office.send(QUYU, [lead(6)], "部门3.xlsx")
    office.run("2026-11-03 09:00")
    office.run("2026-11-10 17:00")
    row = line(office, "2026-11-10", QUYU)
    assert numbers(row, "本期") == [1, 0, 0, 0, 1]
    assert numbers(row, "本月") == [1, 0, 0, 0, 1]
    late = {r["提报单位"]: r for r in tables(issue(office, "2026-11-10"))["上月补报"]}
    assert [late[QUYU][k] for k in ("信息总量", "有效", "待甄别")] == [1, 1, 0]
    assert [late[YI][k] for k in ("信息总量", "有效", "待甄别", "不予接收")] == [1, 0, 1, 1]
    assert [late[BING][k] for k in ("信息总量", "不予接收")] == [0, 1]  # refused rows only
    assert JIA not in late
    finals = {r["提报单位"]: r for r in tables(issue(office, "2026-11-10"))["上月终值"]}
    assert (finals[QUYU]["计入提报量"], finals[QUYU]["上月目标"]) == (2, 4)
    assert finals[QUYU]["完成率"] == 0.5
    assert (finals[WANGLUO]["计入提报量"], finals[WANGLUO]["上月目标"]) == (0, 10)
    # a dealer listed as 零提报 who reported later appears under 更正
    corrected = [r for r in tables(issue(office, "2026-11-10"))["更正"] if r["项目"] == "零提报"]
    assert [(r["提报单位"], r["期号"]) for r in corrected] == [(YI, "2026-10-下")]
    # published in the 10th's issue only
    office.run("2026-11-20 17:00")
    assert tables(issue(office, "2026-11-20")).get("上月补报", []) == []


@pytest.mark.parametrize(("now", "last"), [("2026-02", "2026-02-28"), ("2028-02", "2028-02-29")])
def test_february_closes_on_its_last_day(office: Office, now: str, last: str) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run(f"{now}-24 09:00")
    office.run(f"{last} 17:00")
    assert line(office, last, JIA)["本期信息总量"] == 1
    assert (
        not (office.outbox / "通报" / now)
        .joinpath(f"大客户信息提报情况通报_{now}-30.xlsx")
        .exists()
    )


def test_a_later_run_catches_up_with_the_states_of_the_cut_off(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")
    office.run("2026-11-09 09:00")
    one, two = sorted(office.states())
    office.screen({one: VALID})
    office.run("2026-11-10 16:00")
    office.screen({two: VALID})
    office.send(JIA, [lead(3)], "甲店2.xlsx")
    report = office.run("2026-11-21 09:00")  # first run after two cut-offs
    assert sum("通报_" in path for path in report["published"]) == 4
    assert numbers(line(office, "2026-11-10", JIA), "本期") == [2, 1, 0, 0, 1]
    assert numbers(line(office, "2026-11-20", JIA), "本期") == [0, 0, 0, 0, 0]
    assert numbers(line(office, "2026-11-20", JIA), "本月") == [2, 1, 0, 0, 1]
    text = text_of(issue(office, "2026-11-20"), "通报")
    assert "2026-11-10 17:00" in text
    assert "2026-11-20 17:00" in text
    office.run("2026-11-30 17:00")
    assert numbers(line(office, "2026-11-30", JIA), "本期") == [1, 0, 0, 0, 1]
    assert numbers(line(office, "2026-11-30", JIA), "本月") == [3, 2, 0, 0, 1]


def test_an_issue_is_frozen_and_its_changes_are_corrections(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2), lead(3)], "甲店.xlsx")
    office.send(QUYU, [lead(4)], "部门.xlsx")
    office.run("2026-11-03 09:00")
    one, two, three, four = sorted(office.states())
    jia = {n for n in (one, two, three, four) if office.lead(n)["提报单位"] == JIA}
    first, second, third = sorted(jia)
    office.screen({first: VALID, second: VALID})
    office.run("2026-11-04 09:00")
    office.run("2026-11-10 17:00")
    printed = issue(office, "2026-11-10").read_bytes()
    assert numbers(line(office, "2026-11-10", JIA), "本期") == [3, 2, 0, 0, 1]
    # a pending lead decided in due course is no correction; a reversed verdict is one
    office.screen({first: INVALID, third: VALID})
    office.run("2026-11-12 09:00")
    office.run("2026-11-20 17:00")
    assert issue(office, "2026-11-10").read_bytes() == printed
    rows = tables(issue(office, "2026-11-20"))["更正"]
    assert {r["提报单位"] for r in rows} == {JIA}
    assert {r["期号"] for r in rows} == {"2026-11-上"}
    changed = {r["项目"]: (r["原数"], r["现数"]) for r in rows}
    assert changed == {
        "本期有效": (2, 1), "本期无效": (0, 1), "本月有效": (2, 1), "本月无效": (0, 1),
        "计入提报量": (2, 1), "标的量(台)": (10, 5),
    }  # fmt: skip
    assert all(first in r["原因"] for r in rows)
    assert numbers(line(office, "2026-11-20", JIA), "本月") == [3, 2, 1, 0, 0]
    # said once
    office.run("2026-11-30 17:00")
    assert tables(issue(office, "2026-11-30")).get("更正", []) == []
    # printed again, it is the same bytes
    issue(office, "2026-11-10").unlink()
    assert office.call("bulletin", "2026-11-10").exit_code == 0
    assert issue(office, "2026-11-10").read_bytes() == printed


def test_revival_corrects_the_issue_it_was_printed_in(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    one, two = sorted(office.states())
    office.screen({one: VALID})
    office.run("2026-11-04 09:00")
    office.run("2026-11-10 17:00")
    assert numbers(line(office, "2026-11-10", YI), "本期") == [1, 0, 1, 1, 0]
    office.screen({one: INVALID})
    office.run("2026-11-11 09:00")
    office.screen({two: VALID})
    office.run("2026-11-12 09:00")
    office.run("2026-11-20 17:00")
    changed = {
        r["项目"]: (r["原数"], r["现数"])
        for r in tables(issue(office, "2026-11-20"))["更正"]
        if r["提报单位"] == YI and r["项目"].startswith("本期")
    }
    assert changed == {"本期有效": (0, 1), "本期无效": (1, 0), "本期重复": (1, 0)}


def test_a_final_that_changes_is_corrected_whatever_the_cause(office: Office) -> None:
    office.targets(2026, {QUYU: 2})
    office.send(QUYU, [lead(1), lead(2)], "部门.xlsx")
    office.run("2026-10-29 09:00")
    one, two = sorted(office.states())
    office.screen({one: VALID})
    office.run("2026-10-30 09:00")
    office.run("2026-11-10 17:00")
    finals = {r["提报单位"]: r for r in tables(issue(office, "2026-11-10"))["上月终值"]}
    assert finals[QUYU]["计入提报量"] == 1
    office.screen({two: VALID})  # confirmed late: counts in the month reported, 补计
    office.run("2026-11-11 09:00")
    assert office.lead(two)["归属月份"] == "2026-10"
    office.run("2026-11-20 17:00")
    rows = [r for r in tables(issue(office, "2026-11-20"))["更正"] if r["期号"] == "2026-10 终值"]
    assert [(r["提报单位"], r["原数"], r["现数"]) for r in rows if "计入" in r["项目"]] == [
        (QUYU, 1, 2)
    ]


def test_ranking_counting_and_totals(office: Office) -> None:
    office.targets(2026, {QUYU: 2, WANGLUO: 4})
    office.send(QUYU, [lead(1), lead(2), lead(3)], "部门.xlsx")
    office.send(JIA, [lead(11), lead(12, **{"标的量(台)": 2}), lead(13, 联系方式="")], "甲店.xlsx")
    office.send(YI, [lead(21), lead(22)], "乙店.xlsx")
    office.send(BING, [lead(31)], "丙店.xlsx")
    office.run("2026-11-03 09:00")
    answers = {
        r["信息编号"]: {**VALID, **({"核实标的量": 8} if r["提报单位"] == BING else {})}
        for r in office.master("台账")
        if r["状态"] == "待甄别" and r["提报单位"] != YI
    }
    office.screen(answers)
    office.run("2026-11-04 09:00")
    office.run("2026-11-10 17:00")
    rows = tables(issue(office, "2026-11-10"))["通报"]
    assert [r["提报单位"] for r in rows] == [QUYU, JIA, BING, YI, WANGLUO]
    assert [r["名次"] for r in rows][:3] == [1, 2, 3]
    assert [r["本月有效"] for r in rows] == [3, 1, 1, 0, 0]
    assert [r["标的量(台)"] for r in rows] == [15, 5, 8, 0, 0]
    assert numbers(rows[1], "本期") == [2, 1, 1, 0, 0]
    assert rows[1]["本期不予接收"] == 1
    assert (rows[0]["计入提报量"], rows[0]["本月目标"]) == (3, 2)
    assert rows[0]["完成率"] == 1.5
    assert rows[1]["本月目标"] in (None, "—")
    reasons = {r["无效原因"]: r for r in tables(issue(office, "2026-11-10"))["无效原因"]}
    assert any("不足3台" in reason for reason in reasons)
    assert "不平" not in text_of(issue(office, "2026-11-10"), "校验")


def test_public_edition_names_no_customer_and_restricted_ones_are_masked(office: Office) -> None:
    secret = lead(1, 客户单位全称="南陵县公安局", 采购类别="公检法司", **{"标的量(台)": 12})
    office.send(JIA, [secret, lead(2)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.run("2026-11-10 17:00")
    public = text_of(issue(office, "2026-11-10"))
    internal = text_of(issue(office, "2026-11-10", internal=True))
    for words in ("南陵县公安局", str(lead(2)["客户单位全称"]), "主任", "139****"):
        assert words not in public, words
    assert "南陵县公安局" not in internal
    assert "受限客户" in internal
    assert str(lead(2)["客户单位全称"]) in internal
    assert str(lead(2)["联系方式"]) not in internal
    rows = {
        r["信息编号"]: r for r in tables(issue(office, "2026-11-10", internal=True))["线索明细"]
    }
    assert len(rows) == 2


def test_5_5_seven_days_before_the_application(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")
    office.run("2026-11-01 09:00")
    one, two = sorted(office.states())
    office.screen({one: VALID, two: VALID})
    office.run("2026-11-02 09:00")
    assert office.lead(one)["计入提报量"] == "是"  # no application: counts

    def application(number: str, n: int) -> dict[str, object]:
        return {
            "关联信息编号": number, "客户单位全称": lead(n)["客户单位全称"],
            "采购类别": "企事业单位", "省": "安徽省", "市": "芜湖市", "县(区)": "南陵县",
            "车型": "瑞虎8", "数量(台)": 5, "预计签约日期": date(2026, 12, 20),
            "客户联系人": "李强", "联系方式": "13955312001",
        }  # fmt: skip

    office.apply(JIA, [application(two, 2)])
    office.run("2026-11-07 23:00")
    office.apply(JIA, [application("", 1)])  # without a number: by customer
    office.run("2026-11-08 00:00:01")
    assert [office.lead(n)["相差天数"] for n in (one, two)] == [7, 6]
    assert {p.parent.name for p in office.files("回执/*/*申报_*.xlsx")} == {JIA}
    assert [office.lead(n)["计入提报量"] for n in (one, two)] == ["是", "否"]
    assert [office.lead(n)["状态"] for n in (one, two)] == ["有效", "有效"]
    assert office.lead(two)["不计入原因"]
    assert [r["5.5判定"] for r in office.master("项目申报")] == ["不计入", "计入"]
    office.run("2026-11-10 17:00")
    row = line(office, "2026-11-10", JIA)
    assert (row["本月有效"], row["计入提报量"]) == (2, 1)
    # the first application decides; another dealer's has nothing to do with it
    office.apply(JIA, [application(two, 2) | {"备注": "再次申报"}])  # other bytes than before
    office.apply(YI, [application(two, 2)])
    office.run("2026-11-25 09:00")
    assert office.lead(two)["计入提报量"] == "否"
    assert office.master("项目申报")[3]["匹配信息编号"] == ""
    assert "项目申报" in text_of(office.one("今日待办.xlsx"), "今日待办")


def test_application_before_its_lead(office: Office) -> None:
    row = {
        "客户单位全称": lead(1)["客户单位全称"], "采购类别": "企事业单位", "省": "安徽省",
        "市": "芜湖市", "县(区)": "南陵县", "车型": "瑞虎8", "数量(台)": 5,
        "预计签约日期": date(2026, 12, 20), "客户联系人": "李强", "联系方式": "13955312001",
    }  # fmt: skip
    office.apply(JIA, [row])
    office.run("2026-11-02 09:00")
    assert office.master("项目申报")[0]["匹配信息编号"] == ""
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-05 09:00")
    (number,) = office.states()
    assert office.master("项目申报")[0]["匹配信息编号"] == number
    office.screen({number: VALID})
    office.run("2026-11-06 09:00")
    row_now = office.lead(number)
    assert (row_now["相差天数"], row_now["计入提报量"]) == (-3, "否")


def test_an_application_moves_to_the_lead_that_took_over(office: Office) -> None:
    """The first lead turns invalid; the dealer reports anew: 5.5 looks at the lead that lives."""
    application = {
        "客户单位全称": lead(1)["客户单位全称"], "采购类别": "企事业单位", "省": "安徽省",
        "市": "芜湖市", "县(区)": "南陵县", "车型": "瑞虎8", "数量(台)": 5,
        "预计签约日期": date(2026, 12, 20), "客户联系人": "李强", "联系方式": "13955312001",
    }  # fmt: skip
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-01 09:00")
    (one,) = office.states()
    office.apply(JIA, [application])
    office.run("2026-11-12 09:00")
    assert office.master("项目申报")[0]["5.5判定"] == "计入"
    office.screen({one: INVALID})
    office.run("2026-11-13 09:00")
    office.send(JIA, [lead(1, 信息内容及进展="客户恢复采购，已重新走访")], "再报.xlsx")
    office.run("2026-11-14 09:00")
    two = max(office.states())
    row = office.master("项目申报")[0]
    assert (row["匹配信息编号"], row["5.5判定"]) == (two, "不计入")
    office.screen({two: VALID})
    office.run("2026-11-15 09:00")
    assert office.lead(two)["计入提报量"] == "否"


def test_whole_months_nothing_carried_over(office: Office) -> None:
    """5.3: what is beyond a month's target stays in its month."""
    office.targets(2026, {QUYU: 1})
    office.send(QUYU, [lead(1), lead(2), lead(3)], "部门.xlsx")
    office.run("2026-10-08 09:00")
    office.screen(dict.fromkeys(office.states(), VALID))
    office.run("2026-10-09 09:00")
    office.run("2026-10-30 17:00")
    row = line(office, "2026-10-30", QUYU)
    assert (row["计入提报量"], row["本月目标"]) == (3, 1)
    office.run("2026-11-30 17:00")
    row = line(office, "2026-11-30", QUYU)
    assert (row["计入提报量"], row["本月目标"]) == (0, 1)


def test_targets_in_force_on_the_first_of_the_month(office: Office) -> None:
    office.targets(2026, {QUYU: 10})
    office.targets(2026, {QUYU: 20}, 版本号=2, 生效月份="2026-11", 调整原因="组织调整")
    office.targets(2026, {QUYU: 30}, 版本号=3, 生效月份="2026-12", 调整原因="再次调整")
    office.run("2026-10-08 09:00")
    office.run("2026-12-10 17:00")
    seen = {
        day: line(office, day, QUYU)["本月目标"]
        for day in ("2026-10-10", "2026-11-10", "2026-12-10")
    }
    assert seen == {"2026-10-10": 10, "2026-11-10": 20, "2026-12-10": 30}


@pytest.mark.parametrize(
    ("published", "fined"),
    [
        ("2026-11-10 23:59:59", False),
        ("2026-11-11 00:00:00", True),
        ("", True),
    ],
)
def test_7_3_2_b_publication(office: Office, published: str, fined: bool) -> None:
    office.run("2026-11-02 09:00")
    office.run("2026-11-10 17:00")
    if published:
        assert office.call("published", "2026-11-10", "--at", published).exit_code == 0
    office.run("2026-11-11 09:00")
    found = [(r["条款"], r["责任人"], r["金额"]) for r in office.master("处罚")]
    assert found == ([("7.3.2-乙", "周策", 100)] if fined else [])


def test_a_weekend_issue_may_be_published_on_the_next_working_day(office: Office) -> None:
    office.run("2026-05-02 09:00")
    office.run("2026-05-10 17:00")  # a Sunday
    assert office.call("published", "2026-05-10", "--at", "2026-05-11 23:59:59").exit_code == 0
    office.run("2026-10-10 17:00")  # a Saturday, but a working day: no shift
    due = {r["期号"]: r["应发布时间"] for r in office.master("发布") if r["类别"] == "通报"}
    assert due["2026-05-10"] == "2026-05-11 23:59:59"
    assert due["2026-10-10"] == "2026-10-10 23:59:59"
    late = {r["处罚编号"].rsplit("-", 3)[-3:][0] for r in office.master("处罚")}
    assert "2026-05-10" not in late
    assert not [r for r in office.master("处罚") if r["应完成"] == "2026-05-11 23:59:59"]


def test_recorded_afterwards_as_published_in_time(office: Office) -> None:
    office.run("2026-11-02 09:00")
    office.run("2026-11-10 17:00")
    office.run("2026-11-11 09:00")
    assert len(office.master("处罚")) == 1
    office.call("published", "2026-11-10", "--at", "2026-11-10 18:30")
    office.run("2026-11-11 10:00")
    (row,) = office.master("处罚")
    assert (row["状态"], row["金额"]) == ("撤销", 0)


def test_intranet_folder_is_publication(office: Office, tmp_path: Path) -> None:
    intranet = tmp_path / "内网"
    intranet.mkdir()
    settings = f"[intake]\nsettle_seconds = 0\n[bulletin]\npublish_dir = '{intranet.as_posix()}'\n"
    (office.root / "processor.toml").write_text(settings, "utf-8")
    office.run("2026-11-02 09:00")
    office.run("2026-11-10 18:00")
    assert [p.name for p in intranet.iterdir()] == ["大客户信息提报情况通报_2026-11-10.xlsx"]
    office.run("2026-11-11 09:00")
    assert office.master("处罚") == []
    row = next(r for r in office.master("发布") if r["类别"] == "通报")
    assert row["发布时间"] == "2026-11-10 18:00:00"


def test_nothing_before_the_record_begins(office: Office) -> None:
    office.run("2026-11-15 09:00")
    office.run("2026-11-21 09:00")
    assert [p.name for p in office.files("通报/*/*.xlsx") if "内部" not in p.name] == [
        "大客户信息提报情况通报_2026-11-20.xlsx"
    ]
    assert not [r for r in office.master("处罚") if r["应完成"] < "2026-11-15"]


def test_start_date_of_the_settings(office: Office) -> None:
    settings = "[workspace]\nstart_date = 2026-11-01\n[intake]\nsettle_seconds = 0\n"
    (office.root / "processor.toml").write_text(settings, "utf-8")
    office.run("2026-11-21 09:00")
    assert len(office.files("通报/*/*.xlsx")) == 4


def test_a_suspended_dealer_without_leads_is_not_listed(office: Office) -> None:
    office.run("2026-11-02 09:00")
    office.run("2026-11-30 17:00")
    names = {r["提报单位"] for r in tables(issue(office, "2026-11-30"))["零提报"]}
    assert names == {JIA, YI, BING}
    fill_roster(office.root / "master" / "单位名录.xlsx")


def test_a_target_filed_late_corrects_the_final(office: Office) -> None:
    office.targets(2026, {QUYU: 2})
    office.send(QUYU, [lead(1)], "部门.xlsx")
    office.run("2026-10-09 09:00")
    office.screen(dict.fromkeys(office.states(), VALID))
    office.run("2026-10-10 09:00")
    office.run("2026-11-10 17:00")
    office.targets(2026, {QUYU: 4}, 版本号=2, 生效月份="2026-10", 调整原因="年中调整")
    office.run("2026-11-12 09:00")
    office.run("2026-11-20 17:00")
    rows = [r for r in tables(issue(office, "2026-11-20"))["更正"] if r["期号"] == "2026-10 终值"]
    assert [(r["提报单位"], r["原数"], r["现数"], r["原因"]) for r in rows] == [
        (QUYU, 2, 4, "目标调整")
    ]


def test_a_unit_struck_from_the_roster_keeps_its_line(office: Office) -> None:
    office.send(BING, [lead(1), lead(2)], "丙店.xlsx")
    office.run("2026-11-03 09:00")
    units = [unit for unit in UNITS if unit["单位全称"] != BING]
    fill_roster(office.root / "master" / "单位名录.xlsx", units=units)
    office.run("2026-11-10 17:00")
    assert line(office, "2026-11-10", BING)["本期信息总量"] == 2
    assert "不平" not in text_of(issue(office, "2026-11-10"), "校验")
