"""The pandera models: every error of every row, each once, whatever else is wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.application import APPLICATION_FORM
from schemas.catalogue import all_forms
from schemas.contract import CONTRACT_FORM
from schemas.fields import Form, Need
from schemas.lead import LEAD_FORM
from schemas.models import CHECKS, model, validate
from schemas.screening import SCREENING_FORM

GOOD_LEAD: dict[str, Any] = {
    "submitter": "芜湖江城",
    "reporter": "王明",
    "reporter_phone": "13800001234",
    "reported_on": date(2026, 11, 3),
    "customer": "南陵县公安局",
    "category": "公检法司",
    "province": "安徽省",
    "city": "芜湖市",
    "county": "南陵县",
    "model": "瑞虎8",
    "quantity": 12,
    "expected": date(2026, 12, 1),
    "contact": "李强",
    "contact_phone": "0553-6812345",
    "content": "已立项，预计12月上旬挂网",
}


def errors(form: Form, *rows: dict[str, Any]) -> list[tuple[Any, str, str]]:
    return validate(form, pd.DataFrame(list(rows), dtype=object))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"customer": None}, [("customer", "missing_required")]),
        ({"customer": ""}, [("customer", "missing_required")]),
        ({"customer": float("nan")}, [("customer", "missing_required")]),
        ({"customer": "某单位"}, [("customer", "too_short")]),  # 3 characters
        ({"customer": "公安分局"}, []),  # 4
        ({"contact": "李"}, [("contact", "too_short")]),
        ({"contact": "李" * 20}, []),
        ({"contact": "李" * 21}, [("contact", "too_long")]),
        ({"content": "九个字九个字九个字"}, [("content", "too_short")]),
        ({"content": "十个字十个字十个字十"}, []),
        ({"category": "飞机"}, [("category", "not_allowed")]),
        ({"quantity": -1}, [("quantity", "not_positive")]),
        ({"quantity": 0}, [("quantity", "not_positive")]),
        ({"quantity": 1}, []),  # fewer than three is a matter of 5.4, not of the form
        ({"quantity": 500}, []),
        ({"quantity": 501}, [("quantity", "too_large")]),
        ({"budget": Decimal("0.01")}, []),
        ({"budget": Decimal(0)}, [("budget", "not_positive")]),
        ({"budget": "150.5"}, []),
        ({"credit_code": "11340223003281657Y"}, []),
        ({"credit_code": "11340223003281657X"}, [("credit_code", "bad_check_digit")]),
        ({"credit_code": "1134022300328165"}, [("credit_code", "too_short")]),
        ({"credit_code": "11340223003281657YY"}, [("credit_code", "too_long")]),
        # conditions on another column
        ({"category": "其他"}, [("category_note", "missing_required")]),
        ({"category": "其他", "category_note": "外企"}, []),
        ({"category": "出租"}, [("taxi_level", "missing_required")]),
        ({"category": "出租", "taxi_level": "县级及以下"}, []),
        ({"city": None}, [("city", "missing_required")]),
        ({"province": "上海市", "city": None}, []),
        ({"province": "重庆", "city": None}, []),
        ({"submitter_kind": "别的"}, []),  # SYSTEM: ignored if typed
    ],
)
def test_a_lead(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert errors(LEAD_FORM, {**GOOD_LEAD, **change}) == [(0, f, c) for f, c in expected]


def test_all_errors_of_a_row_are_told_in_the_order_of_the_form() -> None:
    row = {
        **GOOD_LEAD,
        "reporter": None,
        "customer": "局",
        "credit_code": "1",
        "category": "其他",
        "quantity": -5,
        "method": "抽签",
        "contact": "",
        "content": "短",
    }
    assert errors(LEAD_FORM, GOOD_LEAD, row) == [
        (1, "reporter", "missing_required"),
        (1, "customer", "too_short"),
        (1, "credit_code", "too_short"),
        (1, "category_note", "missing_required"),
        (1, "quantity", "not_positive"),
        (1, "method", "not_allowed"),
        (1, "contact", "missing_required"),
        (1, "content", "too_short"),
    ]


def test_an_unreadable_cell_hides_no_other_error_of_its_column() -> None:
    rows = [{**GOOD_LEAD, "quantity": q} for q in (None, 0, 12, -3)]
    assert errors(LEAD_FORM, *rows) == [
        (0, "quantity", "missing_required"),
        (1, "quantity", "not_positive"),
        (3, "quantity", "not_positive"),
    ]


def test_row_ids_are_kept_and_must_be_unique() -> None:
    rows = [{**GOOD_LEAD, "quantity": 0}, {**GOOD_LEAD, "model": None}]
    frame = pd.DataFrame(rows, index=["b!7", "a!5"], dtype=object)
    assert validate(LEAD_FORM, frame) == [
        ("b!7", "quantity", "not_positive"),
        ("a!5", "model", "missing_required"),
    ]
    with pytest.raises(ValueError, match="not unique"):
        validate(LEAD_FORM, pd.DataFrame(rows, index=[1, 1]))


def test_absent_columns_count_as_empty_and_strange_ones_are_ignored() -> None:
    frame = pd.DataFrame([{"customer": "南陵县公安局", "colour": "red"}])
    found = {name for _, name, check in validate(LEAD_FORM, frame) if check == "missing_required"}
    assert found == {
        f.name
        for f in (*LEAD_FORM.block, *LEAD_FORM.fields)
        if f.starred and f.name not in ("customer", "category_note", "taxi_level")
    }


def test_no_rows_no_errors() -> None:
    assert validate(LEAD_FORM, pd.DataFrame()) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"evidence": "合同;发票"}, []),
        ({"evidence": "合同；收据"}, [("evidence", "not_allowed")]),
        ({"evidence": ("合同", "行驶证")}, []),
        ({"picked_up": -2}, []),  # a return
        ({"picked_up_total": -1}, [("picked_up_total", "too_small")]),
        ({"picked_up_total": 0}, []),
        ({"vins": "LVVDB11B4RD000001;LVVDB11B6RD000002"}, []),
        ({"vins": "LVVDB11B4RD000001;LVVDB11B4RD000002"}, [("vins", "bad_check_digit")]),
        ({"vins": "LVVDB11B4RD00000"}, [("vins", "bad_check_digit")]),
        ({"vins": "LVVDB11B4RD0000O1"}, [("vins", "bad_check_digit")]),  # no letter O in a VIN
        ({"status": "变更"}, [("remark", "missing_required")]),
        ({"status": "终止", "remark": "客户撤销"}, []),
    ],
)
def test_a_contract(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    good = {
        "month": date(2026, 10, 1),
        "preparer": "赵丽",
        "filled_on": date(2026, 11, 2),
        "lead_number": "DKH202609-0012",
        "contract_number": "HT-1",
        "customer": "南陵县公安局",
        "dealer": "芜湖江城",
        "signed_on": date(2026, 10, 12),
        "model": "瑞虎8",
        "quantity": 12,
        "picked_up": 5,
        "picked_up_total": 5,
        "status": "执行中",
    }
    assert errors(CONTRACT_FORM, {**good, **change}) == [(0, f, c) for f, c in expected]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        # not answered yet: nothing else is asked
        ({}, [("verdict", "missing_required")]),
        (
            {"verdict": "有效"},
            [("expires_on", "missing_required"), ("screener", "missing_required")],
        ),
        (
            {"verdict": "无效", "screener": "孙工"},
            [("invalid_reason", "missing_required")],
        ),
        ({"verdict": "需补充", "screener": "孙工", "verify_method": "微信视频"}, []),
        (
            {"verdict": "待定", "screener": "孙工"},
            [("verdict", "not_allowed")],
        ),
    ],
)
def test_a_screening(row: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = errors(SCREENING_FORM, {"lead_number": "DKH202611-0007", **row})
    assert found == [(0, f, c) for f, c in expected]


def test_an_application_needs_three_vehicles() -> None:
    found = errors(APPLICATION_FORM, {"quantity": 2}, {"quantity": 3})
    assert [row for row, name, _ in found if name == "quantity"] == [0]


def test_a_value_of_the_wrong_type_is_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match="not a number"):
        from schemas.models import _number

        _number("十二")


@pytest.mark.parametrize("form", all_forms(), ids=lambda f: f.key)
def test_every_form_has_a_model(form: Form) -> None:
    columns = model(form).columns
    required = {f.name for f in (*form.block, *form.fields) if f.need in (Need.GATE, Need.REMIND)}
    assert {name.removesuffix("?") for name in columns if name.endswith("?")} == required


_row = st.fixed_dictionaries(
    {},
    optional={
        "customer": st.none() | st.text(max_size=6),
        "category": st.sampled_from(["其他", "出租", "公检法司", "火箭", None]),
        "quantity": st.none() | st.integers(-3, 600),
        "contact": st.none() | st.text(max_size=25),
        "credit_code": st.none() | st.text("0123456789ABC", max_size=19),
        "province": st.sampled_from(["北京市", "安徽省", None]),
        "city": st.none() | st.just("芜湖市"),
    },
)


@settings(max_examples=40, deadline=None)
@given(st.lists(_row, min_size=1, max_size=6))
def test_a_row_is_judged_alone(rows: list[dict[str, Any]]) -> None:
    together = validate(LEAD_FORM, pd.DataFrame(rows, dtype=object))
    alone = [
        (n, name, check)
        for n, row in enumerate(rows)
        for _, name, check in validate(LEAD_FORM, pd.DataFrame([row], dtype=object))
    ]
    assert together == alone
    assert len(set(together)) == len(together)
    assert {check for _, _, check in together} <= set(CHECKS)
