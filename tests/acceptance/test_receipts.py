"""What the receipts of all forms say, and to whom: the page people open (4.3.1)."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.acceptance.office import JIA, Office, fill_roster, lead, tables, text_of
from tests.acceptance.test_registers import contract

NEEDED = ("原表行", "处理结果", "问题列", "问题说明")


def needed(office: Office, name: str) -> list[tuple[Any, ...]]:
    found = tables(office.receipt(name)).get("回执", [])
    return [tuple(row[heading] for heading in NEEDED) for row in found]


def two_leads(office: Office) -> list[str]:
    office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")
    office.run("2026-11-02 09:00")
    return sorted(office.states())


def test_a_list_half_answered_says_what_is_missing(office: Office) -> None:
    one, two = two_leads(office)
    office.screen({one: {"甄别结论": "有效"}, two: {"甄别人": ""}}, "甄别.xlsx")
    office.run("2026-11-03 09:00")
    words = text_of(office.receipt("甄别.xlsx"), "回执")
    assert "无需更正" not in words
    assert [(row[1], row[2]) for row in needed(office, "甄别.xlsx")] == [("请补充", "到期日期")]
    assert "其中 1 行未填「甄别结论」，仍待答复" in words
    assert "（U5）没有填写" in needed(office, "甄别.xlsx")[0][3]
    assert words.count("U5") == 1  # the place is said once


def test_an_answer_without_a_verdict_is_asked_about(office: Office) -> None:
    one, _ = two_leads(office)
    office.screen({one: {"到期日期": date(2027, 3, 31)}}, "甄别.xlsx")
    office.run("2026-11-03 09:00")
    assert [row[2] for row in needed(office, "甄别.xlsx")] == ["甄别结论"]


def test_a_complete_answer_needs_nothing(office: Office) -> None:
    one, _ = two_leads(office)
    office.screen({one: {"甄别结论": "有效", "到期日期": date(2027, 3, 31)}}, "甄别.xlsx")
    office.run("2026-11-03 09:00")
    words = text_of(office.receipt("甄别.xlsx"), "回执")
    assert "全部行已接收，无需更正。" in words and "处理情况见" not in words


def test_remarks_are_pointed_at(office: Office) -> None:
    one, _ = two_leads(office)
    office.screen({one: {"甄别结论": "有效", "到期日期": date(2027, 3, 31)}}, "甄别.xlsx")
    office.run("2026-11-03 09:00")
    register = office.register("2026-11", [contract(one, 1)], 填报日期=date(2026, 12, 1))
    register.rename(office.inbox / "合同.xlsx")
    office.run("2026-12-01 09:00")
    words = text_of(office.receipt("合同.xlsx"), "回执")
    assert "无需更正" not in words and "处理情况见下方「说明」" in words


def test_the_columns_understood_are_listed_only_where_named_otherwise(office: Office) -> None:
    import openpyxl

    office.send(JIA, [lead(1)], "原样.xlsx")
    path = office.send(JIA, [lead(2)], "改名.xlsx")
    book = openpyxl.load_workbook(path)
    row = next(r for r in book.worksheets[0].iter_rows() if r[0].value == "序号")
    next(c for c in row if c.value == "联系方式").value = "电话"
    book.save(path)
    office.run("2026-11-02 09:00")
    same = text_of(office.receipt("原样.xlsx"), "回执")
    assert "列均与模板同名。" in same and " → 联系方式" not in same
    other = text_of(office.receipt("改名.xlsx"), "回执")
    assert "电话 → 联系方式；其余 " in other and "客户单位全称 → " not in other


def test_a_file_sent_twice_is_no_fault(office: Office) -> None:
    path = office.send(JIA, [lead(1)], "甲店.xlsx")
    data = path.read_bytes()
    office.run("2026-11-02 09:00")
    (office.inbox / "甲店副本.xlsx").write_bytes(data)
    office.run("2026-11-02 10:00")
    words = text_of(office.receipt("甲店副本.xlsx"))
    assert "本文件已受理过" in words and "内容完全相同" in words
    assert "不予接收" not in words and "改正后" not in words


def test_a_refused_file_is_not_sent_to_a_sheet_it_has_not(office: Office) -> None:
    office.send("某外地贸易公司", [lead(1)], "外单位.xlsx")
    office.run("2026-11-02 09:00")
    words = text_of(office.receipt("外单位.xlsx"))
    assert "本文件不予接收" in words and "明细" not in words
    assert "空白模板" in words


def test_a_refused_register_goes_to_those_who_keep_it(office: Office) -> None:
    office.register("", [{"信息编号": "DKH202611-0001"}]).rename(office.inbox / "合同.xlsx")
    office.run("2026-11-02 09:00")
    assert office.receipt("合同.xlsx").parent.name == "销售支持科"
    assert "本文件不予接收" in text_of(office.receipt("合同.xlsx"))


def test_a_register_goes_to_the_section_of_who_filled_it(office: Office) -> None:
    people = (
        {"姓名": "周策", "科室": "市场策略科", "角色": "策略科责任人"},
        {"姓名": "赵丽", "科室": "销售支持科", "角色": "综合"},  # no one has the duty itself
    )
    fill_roster(office.root / "master" / "单位名录.xlsx", people=people)
    office.register("2026-11").rename(office.inbox / "合同.xlsx")
    office.run("2026-12-01 09:00")
    assert office.receipt("合同.xlsx").parent.name == "销售支持科"


def test_what_was_read_otherwise_is_told_once(office: Office) -> None:
    office.send(JIA, [lead(1, **{"标的量(台)": "十五台"})], "甲店.xlsx")
    office.run("2026-11-02 09:00")
    (one,) = office.states()
    office.screen({one: {"甄别结论": "有效", "到期日期": "2027.3.31"}}, "甄别.xlsx")
    office.run("2026-11-03 09:00")
    words = text_of(office.receipt("甲店.xlsx"), "回执").splitlines()
    assert [w for w in words if "十五台" in w] == ["「标的量(台)」（L5）“十五台”读作“15”"]
    words = text_of(office.receipt("甄别.xlsx"), "回执").splitlines()
    assert [w for w in words if "2027.3.31" in w] == [
        "「到期日期」（U5）“2027.3.31”读作“2027-03-31”"
    ]


def test_a_gap_in_the_block_is_asked_for(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx", 提报人="")
    office.run("2026-11-02 09:00")
    words = text_of(office.receipt("甲店.xlsx"), "回执")
    assert "无需更正" not in words and "接收 1 行；另请按下表补充。" in words
    assert "「提报人」" in words


def test_check_says_each_place_once(office: Office) -> None:
    path = office.send(JIA, [lead(1, 联系方式="13800000000"), lead(2, **{"标的量(台)": 2})])
    result = office.call("check", str(path), "--as-of", "2026-11-02 09:00")
    assert result.exit_code == 0
    (line,) = (x for x in result.stdout.splitlines() if "联系方式」" in x)
    place = line.partition("（")[2].partition("）")[0]
    assert place and line.count(place) == 1 and line.count("「联系方式」") == 1
    assert not [x for x in result.stdout.splitlines() if x.lstrip().startswith("：")]
    assert "。（" not in result.stdout


def test_check_judges_the_other_forms_row_by_row(office: Office) -> None:
    one, _ = two_leads(office)
    path = office.screen({one: {"甄别结论": "有效"}})
    (found,) = office.json("check", str(path), "--as-of", "2026-11-03 09:00")["files"]
    (row,) = found["rows"]
    assert (row["outcome"], [p["column"] for p in row["problems"]]) == ("请补充", ["到期日期"])
    assert office.states()[one] == "待甄别"
