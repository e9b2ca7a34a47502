"""The roster workbook: reading, its problems, and the questions asked of it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from processor.model import Alias, Duty, Person, Roster, Unit, UnitKind
from processor.roster import (
    Assignment,
    duty_people,
    find_unit,
    from_json,
    load,
    place_key,
    read,
    screener_for,
    to_json,
)
from schemas.roster import ROSTER_SHEETS

HEADINGS = {form.sheet: [f.heading for f in form.fields] for form in ROSTER_SHEETS}
UNIT = [
    "D001",
    "芜湖江城汽车销售有限公司",
    "江城汽车;芜湖江城",
    "经销商",
    "安徽省",
    "芜湖市",
    "在网",
]
UNIT += [date(2024, 1, 1)]
SCREENER = ["孙立群", "政企开发科", "项目责任人", "sun@example.cn", "钱进"]
SECTION = ["S01", "政企开发科", "", "业务开发科室", "", "", "在网", date(2024, 1, 1)]


def make(path: Path, **sheets: list[list[object]]) -> Path:
    """A roster workbook with those rows under the official headings (sheet by its English key)."""
    book = Workbook()
    book.remove(book.active)
    names = {form.key.removeprefix("roster_"): form.sheet for form in ROSTER_SHEETS}
    for key, sheet in names.items():
        page = book.create_sheet(sheet)
        page.append([sheet])
        page.append([])
        page.append(HEADINGS[sheet])
        for row in sheets.get(key, []):
            page.append(row)
    book.save(path)
    return path


def codes(path: Path) -> list[tuple[str, str]]:
    return [(p.code, f"{p.sheet}!{p.cell}") for p in read(path).problems]


def test_a_whole_roster_is_read(tmp_path: Path) -> None:
    path = make(
        tmp_path / "单位名录.xlsx",
        units=[
            [*UNIT, None, "刘洋", "liu@example.cn", "", "", "江城", "江城汽车户"],
            ["B01", "区域营销部", "", "部门", "", "", "停网", "2024年1月1日", "2026.6.30"],
            SECTION,
        ],
        people=[[*SCREENER, "2025-03-01", "", "2025-03-01"], ["钱进", "政企开发科", "项目责任人"]],
        duties=[
            ["公检法司", "安徽省", "政企开发科", "孙立群", "钱进"],
            ["", "", "政企开发科", "钱进"],
        ],
        calendar=[[datetime(2027, 2, 7), "上班", "通知"], ["2027-02-08", "休", ""]],
        aliases=[["芜湖交警", "芜湖市公安局交通警察支队", "CD202611-0003"]],
    )
    reading = read(path)
    assert reading.problems == ()
    roster = reading.roster
    assert roster == load(path)
    assert roster.units[0] == Unit(
        code="D001",
        name="芜湖江城汽车销售有限公司",
        kind=UnitKind.DEALER,
        aliases=("江城汽车", "芜湖江城"),
        province="安徽省",
        city="芜湖市",
        since=date(2024, 1, 1),
        head="刘洋",
        head_mail="liu@example.cn",
        folder="江城",
        account="江城汽车户",
    )
    assert roster.units[1].until == date(2026, 6, 30)
    assert not roster.units[1].active
    assert roster.people[0] == Person(
        "孙立群", "政企开发科", "项目责任人", "sun@example.cn", "钱进", date(2025, 3, 1), None
    )
    assert roster.duties == (
        Duty("公检法司", "安徽省", "政企开发科", "孙立群", "钱进"),
        Duty("", "", "政企开发科", "钱进", ""),
    )
    assert roster.calendar == ((date(2027, 2, 7), True), (date(2027, 2, 8), False))
    assert roster.aliases == (Alias("芜湖交警", "芜湖市公安局交通警察支队", "CD202611-0003"),)
    assert len(roster.sha256) == 64
    assert from_json(to_json(roster)) == roster


@pytest.mark.parametrize(
    ("sheets", "expected"),
    [
        ({"units": [UNIT, [*UNIT]]}, [("roster_duplicate", "单位!A5")]),
        (
            {"units": [UNIT, ["D002", *UNIT[1:]]]},
            [
                ("roster_duplicate", "单位!B5"),
                ("roster_ambiguous", "单位!C5"),
                ("roster_ambiguous", "单位!C5"),
            ],
        ),
        ({"units": [["D001", "江城", "", "代理商"]]}, [("roster_kind", "单位!D4")]),
        ({"units": [["D001", "江城公司", "", ""]]}, [("roster_missing", "单位!D4")]),
        (
            {"units": [["D001", "江城公司", "", "经销商", "", "", "冻结"]]},
            [("roster_status", "单位!G4")],
        ),
        (
            {"units": [["D001", "江城公司", "", "经销商", "", "", "在网", "去年"]]},
            [("roster_date", "单位!H4")],
        ),
        (
            {
                "units": [
                    ["D1", "江城公司", "", "经销商", "", "", "在网", "2026-02-01", "2026-01-31"]
                ]
            },
            [("roster_span", "单位!I4")],
        ),
        (
            {"units": [SECTION], "duties": [["出租", "", "政企开发科", "无名氏", ""]]},
            [("roster_person", "甄别分工!D4")],
        ),
        (
            {"people": [SCREENER], "duties": [["出租", "", "没有的科", "孙立群", ""]]},
            [("roster_section", "甄别分工!C4")],
        ),
        (
            {"people": [SCREENER], "duties": [["飞机", "", "政企开发科", "孙立群", ""]]},
            [("roster_category", "甄别分工!A4")],
        ),
        (
            {
                "people": [SCREENER],
                "duties": [
                    ["*", "安徽", "政企开发科", "孙立群"],
                    ["", "安徽省", "政企开发科", "孙立群"],
                ],
            },
            [("roster_duplicate", "甄别分工!A5")],
        ),
        ({"people": [["孙立群", "政企开发科", "科长"]]}, [("roster_role", "人员!C4")]),
        (
            {"people": [["孙立群", "政企开发科", "项目责任人", "sun.example.cn"]]},
            [("roster_mail", "人员!D4")],
        ),
        ({"people": [["孙立群", "政企开发科", "项目责任人", "无"]]}, []),
        ({"people": [["孙立群", "政企开发科", "项目责任人", "sun＠example.cn"]]}, []),
        (
            {"calendar": [["2027-02-07", "休"], ["2027-02-07", "班"]]},
            [("roster_duplicate", "日历调整!A5")],
        ),
        ({"calendar": [["春节", "休"]]}, [("roster_date", "日历调整!A4")]),
        ({"calendar": [["2027-02-07", "半天"]]}, [("roster_kind", "日历调整!B4")]),
        ({"aliases": [["南陵县公安局", "南陵县 公安局"]]}, [("roster_alias", "客户别名!A4")]),
    ],
)
def test_problems_name_sheet_and_cell(
    tmp_path: Path, sheets: dict[str, list[list[object]]], expected: list[tuple[str, str]]
) -> None:
    assert codes(make(tmp_path / "r.xlsx", **sheets)) == expected


def test_headings_are_read_tolerantly(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    page.title = " 单位 "
    page.append(["奇瑞销售公司单位名录"])
    page.append(["备用", "※类型", "单位名称", " 编 码 ", "简称/别名", "电话"])
    page.append(["x", "经销商", "芜湖江城汽车销售有限公司", "ｄ００１", "江城", 1])
    book.save(tmp_path / "r.xlsx")
    roster = read(tmp_path / "r.xlsx").roster
    assert [(u.code, u.name, u.aliases) for u in roster.units] == [
        ("d001", "芜湖江城汽车销售有限公司", ("江城",))
    ]


def test_missing_sheet_and_column_are_told(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "人员"
    book.active.append(["科室", "邮箱"])
    book.save(tmp_path / "r.xlsx")
    found = [(p.code, p.sheet) for p in read(tmp_path / "r.xlsx").problems]
    assert found == [("roster_sheet", "单位"), ("roster_column", "人员")]


def test_what_is_no_workbook_is_an_error_not_a_roster(tmp_path: Path) -> None:
    (tmp_path / "r.xlsx").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ValueError, match=r"r\.xlsx"):
        load(tmp_path / "r.xlsx")
    with pytest.raises(OSError):
        load(tmp_path / "none.xlsx")


ROSTER = Roster(
    units=(
        Unit("D001", "芜湖江城汽车销售有限公司", UnitKind.DEALER, ("江城汽车", "江城")),
        Unit("D002", "合肥庐州名车有限公司", UnitKind.DEALER, ("庐州", "名车"), folder="合肥庐州"),
        Unit("D003", "马鞍山名车有限公司", UnitKind.DEALER, ("名车",)),
        Unit("D004", "安庆宜城汽车有限公司", UnitKind.DEALER, active=False),
        Unit("D005", "安庆宜城汽车有限公司", UnitKind.DEALER),
    )
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("芜湖江城汽车销售有限公司", "D001"),
        (" 芜湖江城 汽车销售有限公司\u3000", "D001"),
        ("江城", "D001"),
        ("ｄ００２", "D002"),
        ("合肥庐州", "D002"),
        ("名车", None),  # two units share it
        ("安庆宜城汽车有限公司", "D005"),  # the one in the net
        ("D004", "D004"),
        ("", None),
        ("没有这家", None),
    ],
)
def test_units_are_found(text: str, code: str | None) -> None:
    unit = find_unit(ROSTER, text)
    assert (unit.code if unit else None) == code


def test_another_roster_is_another_index() -> None:
    assert find_unit(ROSTER, "D001") is not None
    assert find_unit(Roster(), "D001") is None
    assert find_unit(ROSTER, "D001") is not None


DAY = date(2026, 11, 4)
PEOPLE = (
    Person(
        "甲", "一科", "项目责任人", deputy="丙", since=date(2026, 1, 1), until=date(2026, 11, 4)
    ),
    Person("乙", "一科", "项目责任人", until=date(2026, 11, 3)),
    Person("丙", "一科", "项目责任人"),
    Person("丁", "综合科", "综合"),
    Person("丁", "策略科", "策略科责任人", since=date(2026, 11, 5)),
)


def _roster(*duties: Duty) -> Roster:
    return Roster(people=PEOPLE, duties=duties)


@pytest.mark.parametrize(
    ("duties", "category", "province", "day", "expected"),
    [
        # the most specific row wins, wherever it stands
        (
            [("", "", "甲"), ("", "安徽", "丙"), ("出租", "", "丁"), ("出租", "安徽省", "外人")],
            "出租",
            "安徽",
            DAY,
            ("外人", False),
        ),
        (
            [("", "", "甲"), ("", "安徽", "丙"), ("出租", "", "丁")],
            "出租",
            "安徽省",
            DAY,
            ("丁", False),
        ),
        ([("*", "*", "甲"), ("*", "安徽", "丙")], "驾校", "安徽省", DAY, ("丙", False)),
        ([("*", "*", "甲")], "驾校", "", DAY, ("甲", False)),
        ([("驾校", "江苏省", "甲")], "驾校", "安徽省", DAY, None),
        # the day before, of and after the end of duty
        ([("", "", "甲")], "驾校", "", date(2026, 11, 4), ("甲", False)),
        ([("", "", "甲")], "驾校", "", date(2026, 11, 5), ("丙", True)),
        ([("", "", "甲")], "驾校", "", date(2025, 12, 31), ("丙", True)),
        ([("", "", "乙")], "驾校", "", DAY, None),  # away, no deputy
        ([("", "", "乙", "甲")], "驾校", "", DAY, ("甲", True)),
        ([("", "", "乙", "甲")], "驾校", "", date(2026, 11, 5), None),  # both away
        ([("", "", "外人")], "驾校", "", DAY, ("外人", False)),  # not on the sheet: on duty
    ],
)
def test_the_screener(
    duties: list[tuple[str, ...]],
    category: str,
    province: str,
    day: date,
    expected: tuple[str, bool] | None,
) -> None:
    rows = [Duty(d[0], d[1], "一科", d[2], d[3] if len(d) > 3 else "") for d in duties]
    found = screener_for(_roster(*rows), category, province, day)
    assert found == (Assignment("一科", *expected) if expected else None)


@pytest.mark.parametrize(
    ("role", "day", "names"),
    [
        ("项目责任人", DAY, ["甲", "丙"]),
        ("项目责任人", date(2026, 11, 3), ["甲", "乙", "丙"]),
        ("策略科责任人", DAY, []),
        ("策略科责任人", date(2026, 11, 5), ["丁"]),
        ("财务", DAY, []),
    ],
)
def test_people_on_duty(role: str, day: date, names: list[str]) -> None:
    assert [p.name for p in duty_people(_roster(), role, day)] == names


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("安徽省", "安徽"),
        ("广西壮族自治区", "广西"),
        ("内蒙古自治区", "内蒙古"),
        ("上海市", "上海"),
        ("新疆", "新疆"),
        ("香港特别行政区", "香港"),
        ("", ""),
    ],
)
def test_provinces_by_short_name(text: str, short: str) -> None:
    assert place_key(text) == short


_text = st.text(max_size=8)
_day = st.none() | st.dates()


@given(
    st.builds(
        Roster,
        units=st.tuples(
            st.builds(
                Unit,
                code=_text,
                name=_text,
                kind=st.sampled_from(UnitKind),
                aliases=st.lists(_text, max_size=3).map(tuple),
                active=st.booleans(),
                since=_day,
                until=_day,
            )
        ),
        people=st.tuples(st.builds(Person, name=_text, section=_text, role=_text, since=_day)),
        calendar=st.lists(st.tuples(st.dates(), st.booleans()), max_size=3).map(tuple),
        aliases=st.tuples(st.builds(Alias, alias=_text, customer=_text)),
        sha256=_text,
    )
)
def test_json_gives_the_same_roster_back(roster: Roster) -> None:
    assert from_json(to_json(roster)) == roster
