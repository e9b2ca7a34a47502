"""单位报告 from outside: one file a reporting unit with the quarter, its own numbers alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from tests.acceptance.office import BING, JIA, YI, Office, lead, tables, text_of
from tests.workbooks.office import needs_office, recalculation_differences

CARDS = "考核/2026Q4/单位报告"


def a_quarter(office: Office) -> None:
    """甲 reports a project of 12 vehicles and a row without contact, 乙 repeats it; 丙 nothing."""
    office.run("2026-10-08 09:00")
    office.send(JIA, [lead(1, **{"标的量(台)": 14}), lead(2, **{"客户联系人(第三方)": None})])
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    number = min(office.states())
    office.screen({number: {"甄别结论": "有效", "到期日期": date(2027, 3, 31)}})
    office.run("2026-11-04 09:00")
    office.register_of(number)
    office.run("2026-12-01 09:00")
    office.register("2026-12")
    office.run("2027-01-05 09:00")


def test_every_reporting_unit_gets_its_own(office: Office, tmp_path: Path) -> None:
    a_quarter(office)
    found = {path.name: path for path in office.files(f"{CARDS}/*.xlsx")}
    assert set(found) == {f"{JIA}_2026Q4.xlsx", "合肥乙店_2026Q4.xlsx"}
    jia, yi = found[f"{JIA}_2026Q4.xlsx"], found["合肥乙店_2026Q4.xlsx"]
    (fault,) = tables(jia)["单位报告"]
    assert (fault["可避免的问题"], fault["次数"]) == ("缺第三方联系人", 1)
    (own,) = tables(jia)["本单位项目"]
    assert (own["标的总量"], own["季度提车量"], own["达标还差（台）"]) == (14, 5, 1)
    assert [m["重复"] for m in tables(yi)["逐月走势"]] == [0, 1, 0]
    assert rates(yi)["重复率"] == (1, 1)
    for path, others in ((jia, (YI, BING)), (yi, (JIA, BING, "LX2026-"))):
        text = text_of(path)
        assert [word for word in (*others, lead(1)["客户单位全称"]) if str(word) in text] == []
    kept = office.root / "archive" / "发布" / jia.name
    assert kept.read_bytes() == jia.read_bytes()
    # taken away to be sent: no fault of the record
    sent = yi.read_bytes()
    yi.unlink()
    assert office.call("verify").exit_code == 0
    again = office.call("assess", "2026Q4")
    assert again.exit_code == 0 and yi.name in again.output
    assert yi.read_bytes() == sent
    kept.unlink()
    assert office.call("verify").exit_code == 5


def rates(path: Path) -> dict[str, tuple[Any, Any]]:
    """The second table of 逐月走势: numerator and denominator by name."""
    sheet = openpyxl.load_workbook(path)["逐月走势"]
    rows = [[c.value for c in row] for row in sheet[sheet.tables["比率表"].ref]]
    return {row[0]: (row[1], row[2]) for row in rows[1:]}


@needs_office
def test_recalculated_equal(office: Office, tmp_path: Path) -> None:
    a_quarter(office)
    paths = sorted(office.files(f"{CARDS}/*.xlsx"))
    assert len(paths) == 2
    assert recalculation_differences(paths, tmp_path / "again") == []
