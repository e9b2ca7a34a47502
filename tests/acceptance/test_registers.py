"""6.5, 7.3.3 and the contracts behind 7.1 from outside: registers, pick-ups, conversion, leaks."""

from __future__ import annotations

from datetime import date

import pytest

from tests.acceptance.office import JIA, LEAKS, YI, Office, lead, sheet_names, tables, text_of

VALID = {"甄别结论": "有效", "到期日期": date(2027, 3, 31)}


def fines(office: Office) -> list[tuple[str, str, str]]:
    return [
        (r["条款"], r["责任人"], r["应完成"]) for r in office.master("处罚") if r["条款"] == "7.3.3"
    ]


def contract(number: str, n: int, **more: object) -> dict[str, object]:
    return {
        "信息编号": number, "合同编号": f"HT-{n:04d}", "客户单位全称": lead(n)["客户单位全称"],
        "执行经销商": JIA, "合同签订日期": date(2026, 11, 12), "车型": "瑞虎8",
        "合同数量(台)": 12, "本月实际提车(台)": 5, "累计实际提车(台)": 5,
        "提车日期起": date(2026, 11, 20), "提车日期止": date(2026, 11, 25), "执行状态": "执行中",
        **more,
    }  # fmt: skip


def one_project(office: Office, quantity: int = 12) -> str:
    office.send(JIA, [lead(1, **{"标的量(台)": quantity})], "甲店.xlsx")
    office.run("2026-11-01 09:00")
    (number,) = office.states()
    office.screen({number: VALID})
    office.run("2026-11-02 09:00")
    return number


@pytest.mark.parametrize(
    ("month", "start", "due"),
    [
        ("2025-12", "2025-12-01", "2026-01-04 17:30:00"),
        ("2026-04", "2026-04-01", "2026-05-06 17:30:00"),
        ("2026-07", "2026-07-01", "2026-08-03 17:30:00"),
        ("2026-09", "2026-09-01", "2026-10-08 17:30:00"),
    ],
)
@pytest.mark.parametrize("late", [False, True], ids=["最后一秒", "晚一秒"])
def test_registers_are_due_on_the_second(
    office: Office, month: str, start: str, due: str, late: bool
) -> None:
    office.run(f"{start} 00:00")
    office.register(month)  # a nil register is a register
    office.run(due if not late else f"{due[:-2]}01")
    office.run(f"{due[:10]} 23:00")
    assert fines(office) == ([("7.3.3", "赵丽", due)] if late else [])


def test_a_register_that_never_came(office: Office) -> None:
    office.run("2026-10-01 09:00")
    office.run("2026-11-02 17:30")
    assert fines(office) == []
    assert "合同登记汇总表" in text_of(office.one("今日待办.xlsx"), "逾期预警")
    office.run("2026-11-02 17:31")
    office.run("2026-11-20 09:00")
    assert fines(office) == [("7.3.3", "赵丽", "2026-11-02 17:30:00")]


def test_months_that_began_before_the_record_are_not_owed(office: Office) -> None:
    office.run("2026-10-02 09:00")
    office.run("2026-11-20 09:00")
    assert fines(office) == []


def test_an_empty_form_that_does_not_say_nil_is_no_register(office: Office) -> None:
    office.run("2026-10-01 09:00")
    office.register("2026-10", 本月无合同="")
    report = office.run("2026-11-02 10:00")
    assert report["files"]["refused"] == 1
    office.run("2026-11-02 18:00")
    assert len(fines(office)) == 1


def test_pick_ups_reach_the_project_and_a_month_filed_again_replaces(office: Office) -> None:
    number = one_project(office)
    office.register("2026-11", [contract(number, 1)])
    report = office.run("2026-12-01 09:00")
    assert report["forms"] == {"合同登记汇总表": 1}
    row = office.lead(number)
    assert (row["累计提车"], row["各季提车"]) == (5, "2026Q4:5")
    again = contract(number, 1, **{"本月实际提车(台)": 7, "累计实际提车(台)": 7})
    office.register("2026-11", [again])
    office.run("2026-12-01 10:00")
    assert office.lead(number)["累计提车"] == 7
    assert [r["已被替换"] for r in office.master("合同")] == ["是", "否"]
    office.register("2026-11")  # and a nil register replaces it too
    office.run("2026-12-01 11:00")
    assert office.lead(number)["累计提车"] == 0
    (plan,) = tables(office.one("开发计划/*.xlsx"))["开发计划"]
    assert plan["累计提车"] == 0


def test_conversion_frees_the_customer(office: Office) -> None:
    number = one_project(office, 5)
    row = contract(number, 1, **{"合同数量(台)": 5})
    office.register("2026-11", [row])
    office.run("2026-12-01 09:00")
    assert office.states()[number] == "已转化"
    assert office.lead(number)["计入提报量"] == "是"  # stays counted as valid
    office.send(YI, [lead(1)], "乙店.xlsx")
    report = office.run("2026-12-01 10:00")
    assert office.states()[max(office.states())] == "待甄别"
    assert report["leads"]["有效"] == 1
    # the register replaced: not converted after all, and the customer was never free
    office.register("2026-11", [contract(number, 1, **{"本月实际提车(台)": 4,
                                                       "累计实际提车(台)": 4})])  # fmt: skip
    office.run("2026-12-01 11:00")
    assert office.states()[number] == "有效"


def test_what_does_not_add_up_is_said_not_refused(office: Office) -> None:
    number = one_project(office)
    rows = [
        contract(number, 1, **{"累计实际提车(台)": 9}),
        contract("", 2, 客户单位全称=lead(1)["客户单位全称"]),
        contract(number, 3, 执行经销商=YI),
        contract(number, 4, 合同签订日期=date(2026, 10, 1)),
        contract(number, 5, **{"本月实际提车(台)": -1, "累计实际提车(台)": -1}),
    ]
    office.register("2026-11", rows)
    office.run("2026-12-01 09:00")
    found = [r["核对异常"] for r in office.master("合同")]
    assert "不符" in found[0]
    assert number in found[1]  # suggested, not taken for it
    assert "跨店" in found[2]
    assert office.master("合同")[2]["跨店执行"] == "是"
    assert "早于信息受理" in found[3]
    assert "备注" in found[4]
    assert "核对合同登记" in text_of(office.one("今日待办.xlsx"), "今日待办")


def test_the_quarter_is_issued_after_its_last_register(office: Office) -> None:
    number = one_project(office)
    office.register("2026-11", [contract(number, 1)])
    office.run("2026-12-01 09:00")
    office.register("2026-12")
    office.run("2027-01-03 09:00")
    assert not office.files("考核/*/*.xlsx")
    report = office.run("2027-01-05 09:00")
    assert {p.name for p in office.files("考核/2026Q4/*.xlsx")} == {
        "经销商奖励_2026Q4.xlsx", "内部考核_2026Q4.xlsx",
    }  # fmt: skip
    assert any("考核" in path for path in report["published"])
    dealers = office.one("考核/2026Q4/经销商奖励*.xlsx")
    assert sheet_names(dealers) == [
        "封面", "经销商奖励", "项目明细", "不予奖励", "更正", "参数", "附注", "校验",
    ]  # fmt: skip
    assert sheet_names(office.one("考核/2026Q4/内部考核*.xlsx")) == [
        "封面", "部门完成率", "部门项目奖", "部门项目明细", "部门合计与分配", "处罚建议",
        "诚信黑点", "更正", "另一读法", "报批单", "参数", "附注", "校验",
    ]  # fmt: skip
    (row,) = tables(dealers)["经销商奖励"]
    assert (row["经销商名称"], row["项目数"], row["奖励金额"]) == (JIA, 1, 1000)  # 5 of 12


def test_a_quarter_without_its_register_is_issued_on_the_tenth(office: Office) -> None:
    office.run("2026-10-08 09:00")
    office.run("2027-01-09 23:59")
    assert not office.files("考核/*/*.xlsx")
    trial = office.call("assess", "2026Q4", "--as-of", "2027-01-09 23:59")
    assert trial.exit_code == 0
    assert [p.name for p in office.files("考核/2026Q4/*试算.xlsx")]
    office.run("2027-01-10 00:00")
    assert len(office.files("考核/2026Q4/*2026Q4.xlsx")) == 2
    assert "登记汇总表" in text_of(office.one("考核/2026Q4/经销商奖励_2026Q4.xlsx"), "封面")


def test_third_confirmed_insider_leak(office: Office) -> None:
    office.run("2026-11-01 09:00")

    def leak(n: int, **more: object) -> dict[str, object]:
        return {
            "登记日期": date(2026, 11, n), "发现日期": date(2026, 11, n), "发现人": "周策",
            "发现方式": "抽查", "涉及信息编号": "DKH202611-0001", "嫌疑人": "孙工",
            "是否大客户部内部人员": "是", "调查结论": "属实", "结论日期": date(2026, 11, n), **more,
        }  # fmt: skip

    rows = [leak(1), leak(2), leak(3), leak(4, 调查结论="调查中"),
            leak(5, 是否大客户部内部人员="否")]  # fmt: skip
    office.form(LEAKS, {}, rows, "泄漏.xlsx")
    office.run("2026-11-06 09:00")
    found = office.master("泄漏")
    assert [r["累计黑点"] for r in found] == [1, 2, 3, "", ""]
    assert [bool(r["达3建议"]) for r in found] == [False, False, True, False, False]
    assert "建议辞退" in found[2]["达3建议"]
    money = [r for r in office.master("处罚") if r["条款"] == "7.3.4"]
    assert [(r["责任人"], r["金额"], r["季度"]) for r in money] == [("孙工", 500, "2026Q4")] * 3
    # a conclusion that is taken back takes its proposal with it
    number = found[0]["登记编号"]
    office.form(LEAKS, {}, [leak(1, 登记编号=number, 调查结论="不属实")], "泄漏2.xlsx")
    office.run("2026-11-07 09:00")
    assert [r["累计黑点"] for r in office.master("泄漏")][:3] == ["", 1, 2]
    statuses = {r["事项"]: r["状态"] for r in office.master("处罚") if r["条款"] == "7.3.4"}
    assert statuses[number] == "撤销"
