"""The word for a run in 运行情况 and its exit code say the same."""

from __future__ import annotations

import openpyxl
import pytest

from processor.report import result_words
from tests.acceptance.office import UNITS, Office, fill_roster


def results(office: Office) -> list[str]:
    """The column 结果 of 最近运行, newest run first."""
    sheet = openpyxl.load_workbook(office.outbox / "今日待办.xlsx")["运行情况"]
    (area,) = (t.ref for t in sheet.tables.values() if sheet[t.ref][0][-1].value == "结果")
    return [str(row[-1].value) for row in sheet[area][1:]]


def test_hints_do_not_call_for_a_person(office: Office) -> None:
    office.run("2026-11-02 09:00")
    units = [*UNITS, {"单位编码": "X09", "单位全称": "黟县新店有限公司", "类型": "专卖店"}]
    fill_roster(office.root / "master" / "单位名录.xlsx", units=units)
    report = office.run("2026-11-03 09:00")
    assert report["warnings"] and report["exit_code"] == 0
    (office.inbox / "坏.xlsx").write_bytes(b"PK\x03\x04 broken")
    office.run("2026-11-04 09:00", code=1)
    office.run("2026-11-05 09:00")
    assert results(office)[1:4] == ["需要处理", "完成，有提醒", "完成"]


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ({"warnings": [], "exit_code": 0}, "完成"),
        ({"warnings": ["x"], "exit_code": 0}, "完成，有提醒"),
        ({"warnings": [], "exit_code": 1}, "需要处理"),  # a publication pending
        ({"warnings": ["x"]}, "需要处理"),  # kept by an earlier version
        ({"warnings": []}, "完成"),
    ],
)
def test_words_of_a_kept_report(kept: dict[str, object], words: str) -> None:
    assert result_words(kept) == words
