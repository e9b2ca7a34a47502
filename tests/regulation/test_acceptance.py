"""The gate of 5.2, rule by rule: who is refused, who is reminded, who passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.intake.problems import Place, make
from processor.model import Category, LeadContent, Problem, RuleKey, Severity
from processor.regulation.acceptance import (
    gate,
    is_placeholder_contact,
    is_placeholder_customer,
)

GOOD = LeadContent(
    customer="南陵县公安局",
    category="公检法司",
    province="安徽省",
    city="芜湖市",
    county="南陵县",
    model="瑞虎8",
    quantity=12,
    expected=date(2026, 12, 1),
    contact="李强",
    contact_phone="0553-6812345",
    content="已立项，预计12月上旬挂网招标",
    reporter="王明",
    reporter_phone="13855312046",
    reported_on=date(2026, 11, 3),
)


def codes(problems: tuple[Problem, ...], severity: Severity) -> list[str]:
    return [problem.code for problem in problems if problem.severity is severity]


def test_a_complete_row_passes_without_a_word() -> None:
    assert gate(GOOD, []) == gate(GOOD, [], received=date(2026, 11, 4))
    assert gate(GOOD, []).accepted
    assert gate(GOOD, []).problems == ()


# changed fields -> the code that refuses the row
REFUSED: list[tuple[dict[str, object], str]] = [
    ({"customer": ""}, "customer_missing"),
    ({"customer": "某公司"}, "customer_placeholder"),
    ({"customer": "待定"}, "customer_placeholder"),
    ({"customer": "测试"}, "customer_placeholder"),
    ({"category": ""}, "category_missing"),
    ({"category": "大单位"}, "category_unknown"),
    ({"category": "其它"}, "category_unknown"),
    ({"quantity": None}, "quantity_missing"),
    ({"contact": ""}, "contact_missing"),
    ({"contact": "先生"}, "contact_placeholder"),
    ({"contact": "待定"}, "contact_placeholder"),
    ({"contact": "王明"}, "contact_is_reporter"),
    ({"contact": "王 明"}, "contact_is_reporter"),
    ({"contact_phone": ""}, "method_missing"),
    ({"contact_phone": "13800000000"}, "method_dummy"),
    ({"contact_phone": "13800000000;11111111111"}, "method_dummy"),
    ({"contact_phone": "待定"}, "method_dummy"),
    ({"contact_phone": "138****5678"}, "method_dummy"),
    ({"contact_phone": "1381234567"}, "method_unreadable"),
    ({"contact_phone": "找办公室"}, "method_unreadable"),
    ({"contact_phone": "13855312046"}, "method_is_reporters"),
    ({"contact_phone": "+86 138-5531-2046"}, "method_is_reporters"),
    ({"contact_phone": "13800000000", "contact_other": "无"}, "method_dummy"),
    ({"contact_phone": "", "contact_other": "13855312046"}, "method_missing"),
]


@pytest.mark.parametrize(("changes", "code"), REFUSED)
def test_refused(changes: dict[str, object], code: str) -> None:
    answer = gate(replace(GOOD, **changes), [])  # type: ignore[arg-type]
    assert not answer.accepted
    assert codes(answer.problems, Severity.ROW) == [code]


# changed fields -> what the accepted row is reminded of
ACCEPTED: list[tuple[dict[str, object], list[str]]] = [
    ({"quantity": 2}, []),  # 无效 by 5.4, but not refused
    ({"quantity": 0}, []),
    ({"contact": "李先生"}, []),
    ({"contact_phone": "微信:liqiang1980"}, []),
    ({"contact_phone": "liqiang@163.com"}, []),
    ({"contact_phone": "13855312046;13912345679"}, []),  # the reporter's and another
    ({"contact_phone": "13800000000;13912345679"}, ["method_partly"]),
    ({"contact_phone": "13800000000", "contact_other": "liqiang@163.com"}, ["method_replaced"]),
    ({"contact_phone": "13855312046", "contact_other": "liqiang1980"}, ["method_replaced"]),
    ({"contact_phone": "", "contact_other": "liqiang@163.com"}, ["method_blank"]),
    ({"category": "其他"}, ["category_note_missing"]),
    ({"category": "其他", "category_note": "外资企业驻皖办事处"}, []),
    ({"reporter": "", "reporter_phone": "", "reported_on": None}, []),
]


@pytest.mark.parametrize(("changes", "reminders"), ACCEPTED)
def test_accepted(changes: dict[str, object], reminders: list[str]) -> None:
    answer = gate(replace(GOOD, **changes), [])  # type: ignore[arg-type]
    assert answer.accepted
    assert [problem.code for problem in answer.problems] == reminders
    assert codes(answer.problems, Severity.REMIND) == reminders


@pytest.mark.parametrize("category", list(Category))
def test_every_category_of_the_list_is_taken(category: Category) -> None:
    assert gate(replace(GOOD, category=str(category), category_note="说明"), []).accepted


DATES = [
    # 提报日期 2026-11-03
    (date(2026, 10, 3), ["expected_past"]),  # 31 days before
    (date(2026, 10, 4), []),  # 30 days before
    (date(2028, 5, 3), []),  # 18 months after
    (date(2028, 5, 4), ["expected_far"]),
]


@pytest.mark.parametrize(("expected", "reminders"), DATES)
def test_expected_date_is_compared_with_the_date_of_report(
    expected: date, reminders: list[str]
) -> None:
    answer = gate(replace(GOOD, expected=expected), [])
    assert answer.accepted
    assert [problem.code for problem in answer.problems] == reminders


def test_a_report_from_the_future_is_reminded() -> None:
    today, tomorrow = (
        gate(GOOD, [], received=date(2026, 11, 3)),
        gate(GOOD, [], received=date(2026, 11, 2)),
    )
    assert [problem.code for problem in today.problems] == []
    assert [problem.code for problem in tomorrow.problems] == ["reported_future"]
    assert tomorrow.accepted


@pytest.mark.parametrize(
    ("budget", "quantity", "odd"),
    [
        ("24", 12, False),
        ("23.9", 12, True),
        ("1200", 12, False),
        ("1200.1", 12, True),
        ("5", 0, False),
    ],
)
def test_budget_per_vehicle(budget: str, quantity: int, odd: bool) -> None:
    answer = gate(replace(GOOD, budget=budget, quantity=quantity), [])
    assert answer.accepted
    assert (codes(answer.problems, Severity.REMIND) == ["budget_odd"]) is odd


def test_what_reading_has_refused_is_not_called_missing_too() -> None:
    unreadable = make("quantity_unreadable", column="标的量(台)", cell="F7", found="若干")
    answer = gate(replace(GOOD, quantity=None), [unreadable])
    assert not answer.accepted
    assert answer.problems == (unreadable,)


def test_a_lost_number_is_forgiven_when_mail_or_wechat_serves() -> None:
    lost = make("phone_scientific", column="联系方式", severity=Severity.ROW, found="1.38E+10")
    alone = gate(replace(GOOD, contact_phone=""), [lost])
    helped = gate(replace(GOOD, contact_phone="", contact_other="liqiang@163.com"), [lost])
    assert not alone.accepted
    assert helped.accepted
    assert [(p.code, p.severity, p.found) for p in helped.problems] == [
        ("method_replaced", Severity.REMIND, "1.38E+10")
    ]


def test_a_refusal_silences_lesser_remarks_on_its_cell_only() -> None:
    short = make("customer_short", column="客户单位全称", found="某公司")
    other = make("too_short", column="信息内容及进展", found="短")
    answer = gate(replace(GOOD, customer="某公司"), [short, other])
    assert [problem.code for problem in answer.problems] == ["too_short", "customer_placeholder"]


def test_problems_stand_where_the_row_says() -> None:
    answer = gate(
        replace(GOOD, contact_phone="13800000000"),
        [],
        where=lambda name: Place("线索", 7, "电话", "K7") if name == "contact_phone" else Place(),
    )
    (problem,) = answer.problems
    assert (problem.sheet, problem.row, problem.column, problem.cell) == ("线索", 7, "电话", "K7")
    assert problem.message == "「电话」（K7）填的是“13800000000”，不是真实可用的联系方式"


def test_every_refusal_rests_on_the_gate() -> None:
    gate_rules = {RuleKey.TRUE_AND_DETAILED, RuleKey.THIRD_PARTY_CONTACT}
    for changes, code in REFUSED:
        for problem in gate(replace(GOOD, **changes), []).problems:  # type: ignore[arg-type]
            assert problem.rule in gate_rules, code
            assert ("contact" in code or "method" in code) == (
                problem.rule is RuleKey.THIRD_PARTY_CONTACT
            )


def test_everything_wrong_is_said_at_once() -> None:
    answer = gate(LeadContent(), [])
    assert codes(answer.problems, Severity.ROW) == [
        "customer_missing",
        "category_missing",
        "quantity_missing",
        "contact_missing",
        "method_missing",
    ]


CUSTOMERS = [
    *(
        (name, True)
        for name in ("某公司", "某单位", "某某有限公司", "某县公安局", "XX公司", "××局", "xxx")
    ),
    *(
        (name, True)
        for name in ("待定", "测试", "测试单位", "test", "无", "暂无", "公司", "/", "--", "123")
    ),
    *((name, True) for name in ("，，", "啊啊啊", "ＸＸ单位", "客户单位全称", "待补充")),
    *(
        (name, False)
        for name in ("南陵县公安局", "中国汽车测试中心", "芜湖市测试技术研究所", "公安局")
    ),
    *(
        (name, False)
        for name in ("TCL集团", "3M中国有限公司", "国网芜湖供电公司", "一汽", "武警安徽总队")
    ),
]


@pytest.mark.parametrize(("name", "placeholder"), CUSTOMERS)
def test_stop_words_for_customers(name: str, placeholder: bool) -> None:
    assert is_placeholder_customer(name) is placeholder


CONTACTS = [
    *(
        (name, True)
        for name in ("先生", "女士", "经理", "某先生", "XX", "待定", "无", "13812345678", "-")
    ),
    *((name, False) for name in ("李强", "李先生", "欧阳娜娜", "买买提·艾力", "John", "王经理")),
]


@pytest.mark.parametrize(("name", "placeholder"), CONTACTS)
def test_stop_words_for_contacts(name: str, placeholder: bool) -> None:
    assert is_placeholder_contact(name) is placeholder


leads = st.builds(
    LeadContent,
    customer=st.sampled_from(["", "某公司", "南陵县公安局"]),
    category=st.sampled_from(["", "出租", "其他", "别的"]),
    quantity=st.one_of(st.none(), st.integers(-5, 600)),
    contact=st.sampled_from(["", "先生", "李强", "王明"]),
    contact_phone=st.sampled_from(["", "13800000000", "13855312046", "13912345679", "??"]),
    contact_other=st.sampled_from(["", "无", "liqiang@163.com", "13855312046"]),
    reporter=st.sampled_from(["", "王明"]),
    reporter_phone=st.sampled_from(["", "13855312046"]),
)


@given(leads)
def test_accepted_means_no_refusal_and_all_five_given(content: LeadContent) -> None:
    answer = gate(content, [])
    assert answer.accepted == (not codes(answer.problems, Severity.ROW))
    if answer.accepted:
        assert content.customer and content.category and content.contact
        assert content.quantity is not None
        assert content.contact_phone or content.contact_other
    assert gate(content, answer.problems) == answer  # judging twice changes nothing
