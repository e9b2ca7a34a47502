"""The settled details, sentence by sentence, where no other file of these tests has them."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tests.acceptance.office import (
    BING,
    JIA,
    QUYU,
    WANGLUO,
    YI,
    Office,
    lead,
    plain,
    tables,
    text_of,
)

VALID = {"甄别结论": "有效", "到期日期": date(2027, 3, 31)}
INVALID = {"甄别结论": "无效", "无效原因": "不真实"}


def test_receipt_time_is_the_look_to_the_second(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:12:33")
    assert office.master("台账")[0]["受理时间"] == "2026-11-03 09:12:33"
    assert office.one("回执/*/*.xlsx").name.startswith("20261103-091233_")


def test_lead_and_project_numbers_tell_nobody_who_reported(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.send(QUYU, [lead(2)], "部门.xlsx")
    office.run("2026-10-31 09:00")
    office.send(YI, [lead(3)], "乙店.xlsx")
    office.run("2026-11-01 09:00")
    numbers = sorted(office.states())
    assert numbers == ["DKH202610-0001", "DKH202610-0002", "DKH202611-0001"]
    office.screen(dict.fromkeys(numbers, VALID))
    office.run("2026-11-02 09:00")
    projects = sorted(r["立项编号"] for r in office.master("立项"))
    assert projects == ["LX2026-0001", "LX2026-0002", "LX2026-0003"]


def test_first_lead_keeps_its_state_while_a_later_one_waits(office: Office) -> None:
    office.send(JIA, [lead(1, 项目名称="甲项目")], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1, 项目名称="乙项目")], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    one, two = sorted(office.states())
    office.screen({one: VALID})
    office.run("2026-11-04 09:00")
    assert office.states() == {one: "有效", two: "待裁定"}
    report = office.run("2026-11-10 17:00")
    assert report["leads"] == {"待甄别": 0, "待裁定": 1, "有效": 1, "无效": 0, "重复": 0}
    rows = tables(office.one("通报/*/*10.xlsx"))["通报"]
    (row,) = [r for r in rows if r["提报单位"] == YI]
    assert (row["本期待甄别"], row["本期信息总量"]) == (1, 1)  # inside 待甄别
    # undecided for two working days: listed daily
    office.run("2026-11-11 09:00")
    assert "超过两个工作日 1 对" in text_of(office.one("今日待办.xlsx"), "今日待办")
    # the first turns invalid: the suspicion falls away with it
    office.screen({one: INVALID})
    office.run("2026-11-12 09:00")
    assert office.states() == {one: "无效", two: "待甄别"}
    assert not tables(office.files("裁定/*.xlsx")[-1])["疑似重复裁定表"]


def test_closed_by_the_clerk_stays_valid_and_frees_the_customer(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    (one,) = office.states()
    office.screen({one: VALID})
    office.run("2026-11-04 09:00")
    _edit_master(office, one, "状态", "关闭")
    report = office.run("2026-11-05 09:00")
    assert office.states()[one] == "关闭"
    assert report["leads"]["有效"] == 1
    assert office.lead(one)["计入提报量"] == "是"
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-11-05 10:00")
    assert office.states()[max(office.states())] == "待甄别"


def test_other_edits_of_the_master_are_reported_not_obeyed(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    (one,) = office.states()
    _edit_master(office, one, "标的量(台)", 50)
    _edit_master(office, one, "人工备注", "客户年底换届")
    report = office.run("2026-11-03 10:00")
    row = office.lead(one)
    assert (row["标的量(台)"], row["人工备注"]) == (5, "客户年底换届")
    assert any("标的量" in words for words in report["warnings"])
    assert any("标的量" in e["原因"] or "50" in e["新值"] for e in office.master("变更记录"))


def _edit_master(office: Office, number: str, heading: str, value: object) -> None:
    path = office.root / "master" / "大客户信息台账.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["台账"]
    column = next(c.column for c in sheet[1] if plain(c.value) == heading)
    row = next(r[0].row for r in sheet.iter_rows(min_row=2) if r[0].value == number)
    sheet.cell(row, column).value = value  # type: ignore[assignment]
    book.save(path)


def test_restricted_leads_show_by_name_only_where_they_must(office: Office) -> None:
    """In full in the master, screening list, ruling sheet, plan, and one's own receipt."""
    secret = {"客户单位全称": "南陵县公安局", "采购类别": "公检法司", "标的量(台)": 12}
    office.send(JIA, [lead(1, 项目名称="甲", **secret)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1, 项目名称="乙", **secret)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    one = min(office.states())
    office.screen({one: VALID})
    office.run("2026-11-04 09:00")
    office.run("2026-11-10 17:00")
    office.register_of(one)
    office.run("2026-12-01 09:00")
    office.register("2026-12")
    office.run("2027-01-05 09:00")
    named = {"台账", "甄别", "裁定", "开发计划", "回执"}
    for path in [*office.outbox.rglob("*.xlsx"), office.root / "master" / "大客户信息台账.xlsx"]:
        where = path.relative_to(office.root).parts
        inside = "公安局" in text_of(path)
        if inside:
            assert named & {p.removesuffix(".xlsx")[-2:] for p in where} or named & set(where), path
    for pattern in ("今日待办.xlsx", "通报/*/*.xlsx", "考核/*/*.xlsx"):
        for path in office.files(pattern):
            assert "公安局" not in text_of(path), path
    for words in (("status",), ("explain", one)):
        assert "公安局" not in json.dumps(office.json(*words), ensure_ascii=False), words
    for path in office.files("邮件/*.eml"):
        assert "公安局" not in path.read_text("utf-8", errors="replace")
    assert "受限客户" in text_of(office.one("通报/*/*2026-11-10_内部版.xlsx"), "线索明细")


def test_a_dealers_file_never_shows_another_dealers_customer(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1), lead(3)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    text = text_of(office.receipt("乙店.xlsx"))
    assert str(lead(2)["客户单位全称"]) not in text
    assert JIA not in text
    assert "DKH202611-0001" not in text  # the number of the first report


def test_penalties_belong_to_the_quarter_of_the_due_date(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-09-30 09:00")
    office.run("2026-10-09 17:31")
    (row,) = [r for r in office.master("处罚") if r["条款"] == "7.3.1"]
    assert (row["应完成"], row["季度"]) == ("2026-10-09 17:30:00", "2026Q4")


def test_the_penalty_falls_on_the_person_named_at_transfer(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    (one,) = office.states()
    office.screen({one: {**VALID, "甄别人": "孙工"}})
    office.run("2026-11-09 09:00")
    assert [r["责任人"] for r in office.master("处罚") if r["条款"] == "7.3.1"] == ["钱工"]


def test_files_are_conserved_and_archived_byte_for_byte(office: Office) -> None:
    import zipfile

    first = office.send(JIA, [lead(1)], "甲店.xlsx").read_bytes()
    inner = office.send(YI, [lead(2)], "乙店.xlsx")
    with zipfile.ZipFile(office.inbox / "包.zip", "w") as box:
        box.write(inner, "乙店一.xlsx")
        box.writestr("说明.txt", "请查收")
    inner.unlink()
    report = office.run("2026-11-03 09:00")
    assert report["files"]["accepted"] == 2  # the members are counted, not the zip
    assert sum(report["files"].values()) == 3
    kept = list((office.root / "archive" / "2026" / "11").glob("*.xlsx"))
    assert first in [p.read_bytes() for p in kept]
    rows = office.master("收文登记")
    assert {r["文件名"] for r in rows} >= {"甲店.xlsx", "乙店一.xlsx"}


def test_blank_rows_and_examples_are_no_leads(office: Office) -> None:
    office.send(JIA, [lead(1), {"序号": 2}, {"序号": 3}, lead(2)], "甲店.xlsx")
    report = office.run("2026-11-03 09:00")
    rows = report["rows"]
    assert rows["read"] == rows["accepted"] + rows["refused"] + rows["blank"] + rows["known"]
    assert rows["accepted"] == 2


def test_text_that_looks_like_a_formula_stays_text(office: Office) -> None:
    office.send(JIA, [lead(1, 备注="=1+1"), lead(2, 备注="@SUM(A1)")], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    notes = [r["备注"] for r in office.master("台账")]
    assert notes[1] == "@SUM(A1)"
    for path in [*office.outbox.rglob("*.xlsx"), office.root / "master" / "大客户信息台账.xlsx"]:
        for sheet in openpyxl.load_workbook(path).worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    text = str(cell.value)
                    assert not (cell.data_type == "f" and "1+1" in text), (path, cell.coordinate)


def test_master_sheets_first_row_and_order(office: Office) -> None:
    office.run("2026-11-03 09:00")
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 10:00")
    book = openpyxl.load_workbook(office.root / "master" / "大客户信息台账.xlsx")
    assert book.sheetnames == [
        "台账", "不予接收", "立项", "合同", "项目申报", "目标", "裁定", "客户别名", "发布",
        "奖励台账", "处罚", "泄漏", "收文登记", "变更记录", "说明",
    ]  # fmt: skip
    headings = [c.value for c in book["台账"][1]]
    for name in (
        "信息编号", "批次号", "受理时间", "提报单位编码", "提报单位", "提报单位类型", "提报人",
        "自填提报日期", "客户单位全称", "统一社会信用代码", "采购类别", "省", "市", "县(区)",
        "意向车型", "标的量(台)", "客户联系人(第三方)", "联系方式", "客户ID", "标准化客户名",
        "归属月份", "归属季度", "受理结果", "状态", "状态原因", "依据条款", "重复于", "裁定编号",
        "科室", "项目责任人", "转办时间", "应反馈时间", "实际反馈时间", "是否逾期", "到期日期",
        "核实标的量", "立项编号", "申报编号", "相差天数", "计入提报量", "不计入原因", "累计提车",
        "各季提车", "累计转化率", "奖励状态", "规则版本", "敏感级别", "客户等级", "最近更新",
        "人工备注", "行校验码",
    ):  # fmt: skip
        assert name in headings, name


def test_the_ruling_sheet_to_the_letter(office: Office) -> None:
    office.send(JIA, [lead(1, 项目名称="甲")], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1, 项目名称="乙", **{"标的量(台)": 12})], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    (row,) = tables(office.one("裁定/疑似重复裁定表_2026-11-03.xlsx"))["疑似重复裁定表"]
    for name in ("信息编号", "单位类型", "受理时间", "客户全称", "地区", "车型", "标的量",
                 "预计时间", "联系方式"):  # fmt: skip
        assert row[f"先报{name}"] is not None, name
        assert row[f"后报{name}"] is not None, name
    for name in ("裁定编号", "生成时间", "相似度", "证据", "系统建议", "涉及金额", "裁定", "理由",
                 "裁定人", "日期", "复核人", "登记为别名"):  # fmt: skip
        assert name in row
    assert row["涉及金额"] == "是"
    assert 0 <= int(row["相似度"]) <= 100
    assert JIA not in text_of(office.one("裁定/*.xlsx"))
    # filled in place and dropped back, as a clerk does it
    path = office.one("裁定/*.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["疑似重复裁定表"]
    top = next(r[0].row for r in sheet.iter_rows() if plain(r[0].value) == "裁定编号")
    columns = {plain(c.value): c.column for c in sheet[top]}
    cells = {"裁定": "重复", "理由": "同一批", "裁定人": "周策", "日期": date(2026, 11, 4),
             "复核人": "领导"}  # fmt: skip
    for heading, value in cells.items():
        sheet.cell(top + 1, columns[heading]).value = value
    book.save(office.inbox / "裁定好了.xlsx")
    office.run("2026-11-04 09:00")
    assert list(office.states().values()) == ["待甄别", "重复"]


def test_development_plan_to_the_letter(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.screen({min(office.states()): VALID})
    office.run("2026-11-04 09:00")
    (row,) = tables(office.one("开发计划/大客户开发计划.xlsx"))["开发计划"]
    assert set(row) >= {
        "立项编号", "立项日期", "信息编号", "客户全称", "等级", "类别", "地区", "车型", "标的量",
        "重点", "来源单位", "承办经销商", "大客户部跟进人", "阶段", "下一步行动", "下一步日期",
        "到期日期", "剩余天数", "预计签约", "竞争情况", "最近沟通", "合同编号", "累计提车",
        "转化率", "距40%还差台数", "风险灯",
    }  # fmt: skip


def test_departments_and_months_without_targets(office: Office) -> None:
    office.targets(2026, {QUYU: 10})
    office.run("2026-11-03 09:00")
    office.run("2026-11-10 17:00")
    rows = {r["提报单位"]: r for r in tables(office.one("通报/*/*10.xlsx"))["通报"]}
    assert rows[QUYU]["本月目标"] == 10
    assert rows[WANGLUO]["本月目标"] in (None, "—")
    assert rows[WANGLUO]["完成率"] == "—"


@pytest.mark.parametrize("reading", ["accept", "reject"])
def test_a_switch_of_the_settings_turns_a_reading(office: Office, reading: str) -> None:
    settings = f'[intake]\nsettle_seconds = 0\n[switches]\n"taxi.dealer" = "{reading}"\n'
    (office.root / "processor.toml").write_text(settings, "utf-8")
    office.send(JIA, [lead(1, 采购类别="出租", **{"县(区)": "镜湖区"})], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    row = office.master("台账")[0]
    assert row["状态"] == ("无效" if reading == "reject" else "待甄别")
    assert row["提示"] == ""


def test_legacy_formats_and_csv(office: Office) -> None:
    headings = ["提报单位", *lead(1)]
    lines = [",".join(headings)]
    for number in (1, 2):
        cells = [BING, *(str(v) for v in lead(number).values())]
        lines.append(",".join(cells))
    (office.inbox / "丙店.csv").write_bytes("\r\n".join(lines).encode("gb18030"))
    report = office.run("2026-11-03 09:00")
    assert report["rows"]["accepted"] == 2
    assert {r["提报单位"] for r in office.master("台账")} == {BING}


def test_no_traceback_and_no_secret_in_what_a_terminal_shows(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2, 联系方式="")], "甲店.xlsx")
    result = office.call("run", "--as-of", "2026-11-03 09:00")
    shown = result.output
    for words in (str(lead(1)["联系方式"]), str(lead(1)["客户单位全称"])):
        assert words not in shown
    log: Path = office.root / "state" / "last-run.json"
    assert not re.search(r"1395531\d{4}", log.read_text("utf-8"))
