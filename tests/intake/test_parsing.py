"""The table of salvages: what people type, what is read, what is said about it."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.intake.contacts import has_dummy, is_masked, one_phone, phone
from processor.intake.counts import han_number, integer, number
from processor.intake.dates import day, moment
from processor.intake.parsing import is_dummy_phone, methods, parse, usable_contact
from processor.intake.text import clean, clean_name, squeeze, text_of
from schemas.fields import Field, Kind, Need

INTEGERS = [
    # cell, value, code
    (12, 12, ""),
    (12.0, 12, ""),
    ("12", 12, ""),
    (" 12 ", 12, ""),
    ("0", 0, ""),
    ("-5", -5, ""),
    ("12.0", 12, "salvaged"),
    ("１２", 12, "salvaged"),
    ("12台", 12, "salvaged"),
    ("１２ 辆", 12, "salvaged"),
    ("1,200", 1200, "salvaged"),
    ("十五台", 15, "salvaged"),
    ("二十", 20, "salvaged"),
    ("一百二十", 120, "salvaged"),
    ("一百二", 120, "salvaged"),
    ("一百零二", 102, "salvaged"),
    ("一千零五十", 1050, "salvaged"),
    ("两百台", 200, "salvaged"),
    ("廿五", 25, "salvaged"),
    ("壹拾伍", 15, "salvaged"),
    ("约10台", 10, "salvaged"),
    ("大约十台左右", 10, "salvaged"),
    ("共计30辆", 30, "salvaged"),
    ("5+3台", 8, "salvaged"),
    ("5-8台", 5, "number_range"),
    ("５－８台", 5, "number_range"),
    ("8~5", 5, "number_range"),
    ("五至八台", 5, "number_range"),
    ("5台到8台", 5, "number_range"),
    ("三五台", 3, "number_range"),
    ("10多台", 10, "number_range"),
    ("十几台", 10, "number_range"),
    ("10台以上", 10, "number_range"),
    ("至少10台", 10, "number_range"),
    ("10+", 10, "number_range"),
    (12.5, None, "number_unreadable"),
    ("12.5", None, "number_unreadable"),
    ("若干", None, "number_unreadable"),
    ("几台", None, "number_unreadable"),
    ("不超过10台", None, "number_unreadable"),
    ("瑞虎8", None, "number_unreadable"),
    ("五三台", None, "number_unreadable"),
    ("", None, "number_unreadable"),
    ("-", None, "number_unreadable"),
    (True, None, "number_unreadable"),
    (float("nan"), None, "number_unreadable"),
    (date(2026, 5, 8), None, "number_is_date"),
    (datetime(2026, 5, 8), None, "number_is_date"),
]


@pytest.mark.parametrize(("cell", "value", "code"), INTEGERS)
def test_integers(cell: object, value: int | None, code: str) -> None:
    assert integer(cell) == (value, code)


NUMBERS = [
    (150, "150", ""),
    (138.6, "138.6", ""),
    ("138.60", "138.60", ""),
    ("150万", "150", "salvaged"),
    ("150 万元", "150", "salvaged"),
    ("1500000元", "150", "salvaged"),
    ("约150万", "150", "salvaged"),
    ("￥150", "150", "salvaged"),
    ("一百五十万", "150", "salvaged"),
    ("1.5亿", "15000", "salvaged"),
    ("150-200万", "150", "number_range"),
    ("150万至200万", "150", "number_range"),
    ("面议", None, "number_unreadable"),
    (datetime(2026, 5, 8), None, "number_is_date"),
]


@pytest.mark.parametrize(("cell", "value", "code"), NUMBERS)
def test_numbers_in_wan(cell: object, value: str | None, code: str) -> None:
    read = number(cell, myriads=True)
    assert (None if read.value is None else str(read.value), read.code) == (value, code)


def test_number_in_yuan_keeps_the_unit_written() -> None:
    assert number("2.4万", myriads=False).value == Decimal(24_000)
    assert number("24000元", myriads=False).value == Decimal(24_000)


DAYS = [
    # cell, value, code
    (date(2026, 11, 3), date(2026, 11, 3), ""),
    (datetime(2026, 11, 3, 9, 30), date(2026, 11, 3), ""),
    ("2026-11-03", date(2026, 11, 3), ""),
    ("2026年11月3日", date(2026, 11, 3), "salvaged"),
    ("2026 年 11 月 3 日", date(2026, 11, 3), "salvaged"),
    ("２０２６年１１月３号", date(2026, 11, 3), "salvaged"),
    ("二〇二六年十一月三日", date(2026, 11, 3), "salvaged"),
    ("2026.11.3", date(2026, 11, 3), "salvaged"),
    ("2026/11/3", date(2026, 11, 3), "salvaged"),
    ("26-11-3", date(2026, 11, 3), "salvaged"),
    ("20261103", date(2026, 11, 3), "salvaged"),
    (20261103, date(2026, 11, 3), "salvaged"),
    ("2026-11-03(星期二)", date(2026, 11, 3), ""),
    ("2026-11-03 09:12", date(2026, 11, 3), ""),
    ("25/12/2026", date(2026, 12, 25), "salvaged"),
    (46329, date(2026, 11, 3), "salvaged"),
    (46329.75, date(2026, 11, 3), "salvaged"),
    ("46329", date(2026, 11, 3), "salvaged"),
    ("2026/11", date(2026, 11, 1), "month_only"),
    ("2026-11", date(2026, 11, 1), "month_only"),
    ("2026年11月", date(2026, 11, 1), "month_only"),
    ("26年11月份", date(2026, 11, 1), "month_only"),
    ("2026年11月中旬", date(2026, 11, 1), "month_only"),
    ("202611", date(2026, 11, 1), "month_only"),
    (2026.11, date(2026, 11, 1), "month_only"),
    (2026.9, date(2026, 9, 1), "month_only"),
    ("2026年四季度", date(2026, 10, 1), "month_only"),
    ("2026Q1", date(2026, 1, 1), "month_only"),
    ("2026年底", date(2026, 12, 1), "month_only"),
    ("2026年下半年", date(2026, 7, 1), "month_only"),
    ("2026年11月-12月", date(2026, 11, 1), "from_date_range"),
    ("2026.11.3-2026.12.5", date(2026, 11, 3), "from_date_range"),
    ("2026-11-03至2026-12-05", date(2026, 11, 3), "from_date_range"),
    ("2026-02-28", date(2026, 2, 28), ""),
    ("2028-02-29", date(2028, 2, 29), ""),
    ("2026-02-29", None, "date_impossible"),
    ("2026-13", None, "date_impossible"),
    ("2026-00-10", None, "date_impossible"),
    ("03/11/2026", None, "date_ambiguous"),
    (2026.1, None, "date_ambiguous"),  # 2026.10 typed into a cell of format 常规
    ("11月3日", None, "date_no_year"),
    ("11/3", None, "date_no_year"),
    ("1999-12-31", None, "date_out_of_range"),
    ("2000-01-01", date(2000, 1, 1), ""),
    ("2099-12-31", date(2099, 12, 31), ""),
    (datetime(1900, 1, 12), None, "date_out_of_range"),
    ("年底前", None, "date_unreadable"),
    ("2026", None, "date_unreadable"),
    (12, None, "date_unreadable"),
    (True, None, "date_unreadable"),
    (time(9, 30), None, "date_unreadable"),
]


@pytest.mark.parametrize(("cell", "value", "code"), DAYS)
def test_days(cell: object, value: date | None, code: str) -> None:
    assert day(cell) == (value, code)


def test_serial_numbers_of_both_calendars_name_the_same_day() -> None:
    assert day(46329).value == date(2026, 11, 3)
    assert day(46329 - 1462, date1904=True).value == date(2026, 11, 3)


MOMENTS = [
    ("2026-11-04 09:12", datetime(2026, 11, 4, 9, 12)),
    ("2026-11-04T09:12:30", datetime(2026, 11, 4, 9, 12, 30)),
    ("2026年11月4日9时12分", datetime(2026, 11, 4, 9, 12)),
    ("2026/11/4 下午3:05", datetime(2026, 11, 4, 15, 5)),
    ("2026/11/4 3:05 PM", datetime(2026, 11, 4, 15, 5)),
    ("2026/11/4 12:05 AM", datetime(2026, 11, 4, 0, 5)),
    (46329.5, datetime(2026, 11, 3, 12)),
    ("2026-11-04 25:00", None),
    ("2026-11-04 9:99", None),
]


@pytest.mark.parametrize(("cell", "value"), MOMENTS)
def test_moments(cell: object, value: datetime | None) -> None:
    assert moment(cell).value == value


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_way_of_writing_a_day_names_that_day(expected: date) -> None:
    y, m, d = expected.year, expected.month, expected.day
    serial = (expected - date(1899, 12, 30)).days
    written = [f"{y}年{m}月{d}日", f"{y}.{m}.{d}", f"{y}/{m:02}/{d:02}", f"{y}{m:02}{d:02}", serial]
    assert {day(cell).value for cell in written} == {expected}


PHONES = [
    # cell, text kept, usable methods
    (13812345678, "13812345678", ("13812345678",)),
    (13812345678.0, "13812345678", ("13812345678",)),
    ("13812345678.0", "13812345678", ("13812345678",)),
    ("１３８１２３４５６７８", "13812345678", ("13812345678",)),
    ("138-1234-5678", "13812345678", ("13812345678",)),
    ("138 1234 5678", "13812345678", ("13812345678",)),
    ("+86 138-1234-5678", "13812345678", ("13812345678",)),
    ("0086-13812345678", "13812345678", ("13812345678",)),
    ("013812345678", "13812345678", ("13812345678",)),
    ("电话：13812345678", "13812345678", ("13812345678",)),
    ("0553-6812345", "0553-6812345", ("0553-6812345",)),
    ("05536812345", "0553-6812345", ("0553-6812345",)),
    ("(0553)6812345", "0553-6812345", ("0553-6812345",)),
    ("（０５５３）６８１２３４５", "0553-6812345", ("0553-6812345",)),
    (5536812345, "0553-6812345", ("0553-6812345",)),  # a number has lost its 0
    (1068887777, "010-68887777", ("010-68887777",)),
    ("+86-10-68887777", "010-68887777", ("010-68887777",)),
    ("0553-6812345转801", "0553-6812345-801", ("0553-6812345-801",)),
    ("0553-6812345-801", "0553-6812345-801", ("0553-6812345-801",)),
    ("400-800-1234", "400-800-1234", ("400-800-1234",)),
    ("6812345", "6812345", ("6812345",)),
    ("13812345678/13912345679", "13812345678;13912345679", ("13812345678", "13912345679")),
    ("13812345678 13912345679", "13812345678;13912345679", ("13812345678", "13912345679")),
    ("13812345678、0553-6812345", "13812345678;0553-6812345", ("13812345678", "0553-6812345")),
    ("李强 13812345678", "李强 13812345678", ("13812345678",)),
    ("liqiang@163.com", "liqiang@163.com", ("liqiang@163.com",)),
    ("微信：lq_1980", "微信：lq_1980", ("微信:lq_1980",)),
    ("微信13812345678", "微信13812345678", ("13812345678",)),
    ("QQ:87654320", "QQ:87654320", ("QQ:87654320",)),
    ("1381234567", "1381234567", ()),  # a digit short
    ("138123456789", "138123456789", ()),  # a digit long
    ("13800000000", "13800000000", ()),
    ("138****5678", "138****5678", ()),
    ("待定", "待定", ()),
    ("无", "无", ()),
    ("/", "/", ()),
    ("微信同号", "微信同号", ()),
    ("test@test.com", "test@test.com", ()),
]


@pytest.mark.parametrize(("cell", "kept", "usable"), PHONES)
def test_phones(cell: object, kept: str, usable: tuple[str, ...]) -> None:
    read = phone(cell)
    written = "" if read.value is None else str(read.value)
    assert (written or text_of(cell), methods(written)) == (kept, usable)
    assert usable_contact(written) is bool(usable)


def test_digits_lost_to_scientific_notation_are_a_failure() -> None:
    assert phone("1.38E+10") == (None, "phone_scientific")


UNREACHABLE = [
    ("13855312046", "13855312046", ""),
    ("13800000000", "13800000000", "phone_dummy"),
    ("无", "无", "phone_dummy"),
    ("1385531204", "1385531204", "phone_unreadable"),
    ("问前台", "问前台", "phone_unreadable"),
]


@pytest.mark.parametrize(("cell", "kept", "code"), UNREACHABLE)
def test_a_phone_outside_the_gate_is_kept_and_questioned(cell: str, kept: str, code: str) -> None:
    reporter = Field("reporter_phone", "提报人电话", Kind.PHONE, Need.REMIND)
    gate = Field("contact_phone", "联系方式", Kind.PHONE, Need.GATE)
    assert parse(reporter, cell) == (kept, code)
    assert parse(gate, cell) == (kept, "")  # the gate sees the whole row


DUMMIES = [
    ("13800000000", True),
    ("12345678901", True),
    ("11111111111", True),
    ("00000000", True),
    ("13888888888", True),
    ("13800138000", True),
    ("0553-2345678", True),  # counts up
    ("123", True),
    ("", True),
    ("13812345678", False),
    ("13900001234", False),
    ("0553-6812345", False),
    ("0553-8888888", False),
    ("400-800-1234", False),
]


@pytest.mark.parametrize(("text", "dummy"), DUMMIES)
def test_dummy_numbers(text: str, dummy: bool) -> None:
    assert is_dummy_phone(text) is dummy


def test_a_dummy_among_real_numbers_is_seen() -> None:
    assert has_dummy("13800000000、13912345679")
    assert not has_dummy("13912345679")
    assert is_masked("139 **** 5679")
    assert not is_masked("13912345679")


@given(
    st.integers(13_000_000_000, 19_999_999_999), st.sampled_from(["{}", "+86{}", " {} ", "{}.0"])
)
def test_a_mobile_survives_every_way_of_writing_it(number: int, way: str) -> None:
    expected = str(number)
    if expected[1] in "012":
        return
    assert one_phone(way.format(expected)) == expected
    assert phone(float(number)).value == expected


@given(st.text())
def test_keeping_a_phone_twice_changes_nothing(text: str) -> None:
    kept = phone(text)
    if kept.value is not None:
        assert phone(str(kept.value)).value == kept.value


CATEGORY = Field(
    "category",
    "采购类别",
    Kind.CHOICE,
    allowed=("政府采购", "公检法司", "其他"),
    choice_synonyms=(("政府", "政府采购"), ("公安", "公检法司"), ("出租(县级)", "其他")),
)
PARTS = Field(
    "parts", "内容", Kind.CHOICES, allowed=("合同", "发票"), choice_synonyms=(("票", "发票"),)
)

CHOICES = [
    (CATEGORY, "公检法司", "公检法司", ""),
    (CATEGORY, " 公检 法司 ", "公检法司", "salvaged"),
    (CATEGORY, "公安", "公检法司", "salvaged"),
    (CATEGORY, "出租（县级）", "其他", "salvaged"),
    (CATEGORY, "其它", "其它", ""),  # only the literal 其他 is 其他
    (CATEGORY, "大单位", "大单位", ""),
    (PARTS, "合同;发票", "合同;发票", ""),
    (PARTS, "合同、票", "合同;发票", "salvaged"),
    (PARTS, "合同，合同", "合同", ""),
    (PARTS, "合同/收据", "合同;收据", ""),
]


@pytest.mark.parametrize(("item", "text", "value", "code"), CHOICES)
def test_choices(item: Field, text: str, value: str, code: str) -> None:
    assert parse(item, text) == (value, code)


def test_a_month_is_enough_where_the_example_is_a_month() -> None:
    to_month = Field("expected", "预计采购时间", Kind.DATE, example="2026-12")
    to_day = Field("signed_on", "合同签订日期", Kind.DATE, example="2026-10-12")
    assert parse(to_month, "2026-12") == (date(2026, 12, 1), "")
    assert parse(to_day, "2026-12") == (date(2026, 12, 1), "day_missing")


def test_a_month_field_keeps_the_first_day() -> None:
    month = Field("month", "统计月份", Kind.MONTH, example="2026-10")
    assert parse(month, "2026年10月") == (date(2026, 10, 1), "")
    assert parse(month, datetime(2026, 10, 31)) == (date(2026, 10, 1), "")


def test_names_lose_blanks_and_texts_keep_them() -> None:
    name = Field("customer", "客户单位全称")
    text = Field("content", "信息内容及进展")
    assert parse(name, "南陵县 公安局\n").value == "南陵县公安局"
    assert parse(text, "第一 步\n\n第二　步 ").value == "第一 步\n第二 步"
    code = Field("credit_code", "统一社会信用代码")
    assert parse(code, "１１340223 003281657ｘ") == ("11340223003281657X", "salvaged")


def test_characters_no_workbook_may_hold_are_removed_and_told() -> None:
    text = Field("remark", "备注")
    assert parse(text, "正常\x07文字\ud800") == ("正常文字", "characters_removed")
    assert parse(text, "零宽\u200b字\ufeff") == ("零宽字", "")


SEEN = [
    (None, ""),
    (12.0, "12"),
    (12.5, "12.5"),
    (0.1 + 0.2, "0.3"),
    (True, "是"),
    (datetime(2026, 11, 3), "2026-11-03"),
    (datetime(2026, 11, 3, 9, 5), "2026-11-03 09:05:00"),
    (date(2026, 11, 3), "2026-11-03"),
    ("007", "007"),
    ("NA", "NA"),
]


@pytest.mark.parametrize(("cell", "text"), SEEN)
def test_text_of_cells(cell: object, text: str) -> None:
    assert text_of(cell) == text


def test_punctuation_stays_as_written_and_rare_characters_survive() -> None:
    assert clean("芜湖（分公司）：１２台") == "芜湖（分公司）：12台"
    assert clean_name("㐂𠮷局") == "㐂𠮷局"


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert squeeze(squeeze(text)) == squeeze(text)
    assert not any(unicodedata.category(char) == "Cs" for char in clean(text))


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.datetimes(), st.none()))
def test_no_cell_whatever_stops_the_reading(cell: object) -> None:
    for kind in Kind:
        read = parse(
            Field("x", "标的量(万元)", kind, allowed=("甲",)), "" if cell is None else cell
        )
        assert read.value is None or type(read.value) is TYPES[kind]
        assert read.value is not None or read.code


TYPES = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.NUMBER: Decimal,
    Kind.DATE: date,
    Kind.MONTH: date,
    Kind.DATETIME: datetime,
    Kind.CHOICE: str,
    Kind.CHOICES: str,
    Kind.PHONE: str,
}


@given(st.integers(1, 9999))
def test_chinese_numerals_read_back(value: int) -> None:
    digits, units = "零一二三四五六七八九", ["", "十", "百", "千"]
    text, zero = "", False
    for power, digit in reversed(list(enumerate(map(int, reversed(str(value)))))):
        if digit:
            text += ("零" if zero else "") + digits[digit] + units[power]
        zero = not digit and bool(text)
    assert han_number(text) == value
    assert han_number("".join(digits[int(digit)] for digit in str(value)), positional=True) == value
