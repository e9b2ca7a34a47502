"""An existing master taken over: units by the roster, states kept, everything or nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from processor.batch import run
from processor.demo.papers import fill_roster
from processor.demo.world import make_world
from processor.ledger import tables as t
from processor.ledger.importing import Imported, import_file
from processor.ledger.rebuild import rebuild
from processor.ledger.verify import verify
from processor.model import UnitKind
from processor.setup import init_workspace
from processor.workspace import MASTER, ROSTER, Workspace, open_workspace
from tests.ledger.worlds import copied, drop_lead, rows, same_record, select_all

NOW = datetime(2026, 8, 5, 9)
WORLD = make_world(8, 1, date(2026, 7, 1), 1)
UNIT, OTHER = [u for u in WORLD.units if u.kind is UnitKind.DEALER][:2]

HEADINGS = (
    "信息编号", "状态", "提报单位", "受理时间", "客户单位全称", "采购类别", "省", "市", "县(区)",
    "意向车型", "标的量(台)", "预计采购时间", "客户联系人(第三方)", "联系方式", "信息内容及进展",
    "到期日期", "重复于", "立项编号",
)  # fmt: skip


def quiet(_what: str, _done: int, _of: int) -> None:
    return None


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "workspace"
    init_workspace(root)
    fill_roster(root / ROSTER, WORLD)
    return open_workspace(root)


def row(**cells: object) -> dict[str, object]:
    base: dict[str, object] = {
        "状态": "有效",
        "提报单位": UNIT.name,
        "受理时间": "2026-06-11 10:00:00",
        "客户单位全称": "歙县交通运输局",
        "采购类别": "政府采购",
        "省": "安徽省",
        "市": "黄山市",
        "县(区)": "歙县",
        "意向车型": "瑞虎8",
        "标的量(台)": 12,
        "预计采购时间": "2026-12",
        "客户联系人(第三方)": "李强",
        "联系方式": "0559-6512345",
        "信息内容及进展": "已立项，十二月上旬挂网招标",
        "到期日期": "2026-12-31",
    }
    return {**base, **cells}


def workbook(
    path: Path,
    items: list[dict[str, Any]],
    headings: tuple[str, ...] = HEADINGS,
    above: int = 0,
    sheet: str = "台账",
) -> Path:
    book = Workbook()
    target = book.active
    target.title = sheet
    for number in range(above):
        target.cell(number + 1, 1, "大客户信息台账")
    target.append(list(headings))
    for item in items:
        target.append([item.get(h) for h in headings])
    book.save(path)
    return path


def taken(workspace: Workspace, file: Path) -> Imported:
    return import_file(workspace, file, NOW, 0.0, quiet)


def leads(workspace: Workspace) -> list[dict[str, Any]]:
    return select_all(workspace, t.leads)


STANDS: list[tuple[dict[str, object], str, dict[str, object]]] = [
    ({"状态": "有效"}, "有效", {"verdict": "有效", "counted": "是"}),
    ({"状态": "待甄别"}, "待甄别", {"verdict": None}),
    ({"状态": None}, "待甄别", {"verdict": None}),
    ({"状态": "无效"}, "无效", {"verdict": "无效", "counted": "不适用"}),
    ({"状态": "无效", "标的量(台)": 2}, "无效", {"verdict": None}),
    ({"状态": "到期", "到期日期": "2026-07-01"}, "到期", {"verdict": "有效"}),
    ({"状态": "已转化"}, "已转化", {"verdict": "有效"}),
    ({"状态": "关闭"}, "关闭", {"verdict": None}),
]


@pytest.mark.parametrize(("cells", "state", "more"), STANDS)
def test_states_are_kept(
    workspace: Workspace,
    tmp_path: Path,
    cells: dict[str, object],
    state: str,
    more: dict[str, object],
) -> None:
    result = taken(workspace, workbook(tmp_path / "台账.xlsx", [row(**cells)]))
    assert result.problems == []
    (lead,) = leads(workspace)
    assert lead["state"] == state
    assert {k: lead[k] for k in more} == more
    run(workspace, NOW + timedelta(days=1), settle_seconds=0)
    (lead,) = leads(workspace)
    assert lead["state"] == state  # and the next run finds the same
    assert verify(workspace, quiet).differences == []


def test_numbers_units_and_times(workspace: Workspace, tmp_path: Path) -> None:
    items = [
        row(信息编号="DKH202606-0007", 立项编号="LX2026-0031"),
        row(客户单位全称="祁门县财政局", 受理时间=datetime(2026, 6, 10, 8, 30)),
        row(客户单位全称="黟县城市管理局", 提报单位=UNIT.code, 受理时间="2026年6月12日")
        | {"受理时间": "2026-06-12"},
    ]
    result = taken(workspace, workbook(tmp_path / "台账.xlsx", items, above=2))
    assert result.problems == []
    found = {lead["customer"]: lead for lead in leads(workspace)}
    assert found["歙县交通运输局"]["number"] == "DKH202606-0007"
    assert found["祁门县财政局"]["number"] == "DKH202606-0008"
    assert found["黟县城市管理局"]["number"] == "DKH202606-0009"
    assert {lead["unit_code"] for lead in found.values()} == {UNIT.code}
    places = [found[n]["place_seq"] for n in ("祁门县财政局", "歙县交通运输局", "黟县城市管理局")]
    assert places == sorted(places)
    assert found["黟县城市管理局"]["received_at"] == datetime(2026, 6, 12)
    assert {lead["month"] for lead in found.values()} == {"2026-06"}
    projects = select_all(workspace, t.projects)
    assert {p["number"] for p in projects} >= {"LX2026-0031", "LX2026-0032"}
    assert found["歙县交通运输局"]["source_row"] == 4


def test_a_repeat_of_an_imported_lead_is_a_repeat(workspace: Workspace, tmp_path: Path) -> None:
    taken(workspace, workbook(tmp_path / "台账.xlsx", [row(信息编号="DKH202606-0001")]))
    drop_lead(workspace, "再报.xlsx", OTHER.name)
    run(workspace, NOW + timedelta(days=1), settle_seconds=0)
    newest = leads(workspace)[-1]
    assert newest["number"] == "DKH202608-0001"
    assert (newest["state"], newest["duplicate_of"]) == ("重复", "DKH202606-0001")


def test_an_imported_month_is_not_published_again(workspace: Workspace, tmp_path: Path) -> None:
    items = [row(), row(客户单位全称="祁门县财政局", 受理时间="2026-08-03 09:00:00")]
    taken(workspace, workbook(tmp_path / "台账.xlsx", items))
    run(workspace, datetime(2026, 8, 11, 9), settle_seconds=0)
    issues = {lead["customer"]: lead["issue"] for lead in leads(workspace)}
    assert issues == {"歙县交通运输局": "2026-06-20", "祁门县财政局": "2026-08-10"}
    assert {p["issue"] for p in select_all(workspace, t.publications)} >= {"2026-08-10"}
    assert "2026-06-20" not in {p["issue"] for p in select_all(workspace, t.publications)}


def test_repeats_keep_their_first(workspace: Workspace, tmp_path: Path) -> None:
    items = [
        row(信息编号="DKH202606-0001"),
        row(
            信息编号="DKH202606-0002",
            状态="重复",
            重复于="DKH202606-0001",
            提报单位=OTHER.name,
            受理时间="2026-06-12 10:00:00",
        ),
    ]
    result = taken(workspace, workbook(tmp_path / "台账.xlsx", items))
    assert result.notices == []
    (pair,) = select_all(workspace, t.pairs)
    assert (pair["earlier"], pair["later"]) == ("DKH202606-0001", "DKH202606-0002")
    assert leads(workspace)[1]["state"] == "重复"


PROBLEMS: list[tuple[dict[str, object], str]] = [
    ({"提报单位": "某外地公司"}, "台账!2：提报单位“某外地公司”不在单位名录"),
    ({"客户单位全称": None}, "台账!2：没有客户单位全称"),
    ({"受理时间": None}, "台账!2：没有受理时间"),
    ({"受理时间": "七月初"}, "台账!D2（受理时间）：“七月初”无法识别"),
    ({"受理时间": "2027-01-01"}, "晚于现在"),
    ({"标的量(台)": "若干"}, "台账!K2（标的量(台)）：“若干”无法识别"),
    ({"到期日期": "年底"}, "台账!P2（到期日期）"),
    ({"状态": "成交"}, "状态“成交”"),
    ({"状态": "到期", "到期日期": None}, "状态为到期而没有到期日期"),
    ({"信息编号": "A-1"}, "信息编号“A-1”"),
]


@pytest.mark.parametrize(("cells", "words"), PROBLEMS)
def test_problems_name_their_cell_and_nothing_is_taken(
    workspace: Workspace, tmp_path: Path, cells: dict[str, object], words: str
) -> None:
    file = workbook(tmp_path / "台账.xlsx", [row(**cells), row(客户单位全称="祁门县财政局")])
    result = taken(workspace, file)
    assert any(words in line for line in result.problems), result.problems
    assert leads(workspace) == []
    assert select_all(workspace, t.events) == []
    assert not list(workspace.archive.glob("2026/08/*"))


@pytest.mark.parametrize("heading", ["受理时间", "到期日期", "转办时间", "实际反馈时间"])
@pytest.mark.parametrize("written", ["2026.7.3", "2026年7月3日", "2026/7/3"])
def test_dates_as_people_write_them(
    workspace: Workspace, tmp_path: Path, heading: str, written: str
) -> None:
    headings = (*HEADINGS, "转办时间", "实际反馈时间")
    item = row(受理时间="2026-06-11") | {heading: written}
    result = taken(workspace, workbook(tmp_path / "台账.xlsx", [item], headings))
    assert result.problems == []
    (lead,) = leads(workspace)
    name = {"受理时间": "received_at", "到期日期": "expires_on"}.get(heading)
    found = lead[name or {"转办时间": "transferred_at", "实际反馈时间": "answered_at"}[heading]]
    assert f"{found:%Y-%m-%d}" == "2026-07-03"


def test_the_same_number_twice(workspace: Workspace, tmp_path: Path) -> None:
    items = [row(信息编号="DKH202606-0001"), row(信息编号="DKH202606-0001")]
    result = taken(workspace, workbook(tmp_path / "台账.xlsx", items))
    assert any("与第 2 行相同" in line for line in result.problems)


@pytest.mark.parametrize(
    ("headings", "sheet", "words"),
    [
        (("信息编号", "提报单位", "受理时间"), "台账", "客户单位全称"),
        (("客户单位全称", "受理时间"), "台账", "提报单位"),
        (("客户单位全称", "提报单位"), "台账", "受理时间"),
        (HEADINGS, "信息", "没有工作表“台账”"),
    ],
)
def test_what_is_no_master(
    workspace: Workspace, tmp_path: Path, headings: tuple[str, ...], sheet: str, words: str
) -> None:
    result = taken(workspace, workbook(tmp_path / "x.xlsx", [row()], headings, sheet=sheet))
    assert any(words in line for line in result.problems)
    assert leads(workspace) == []


def test_unreadable_file(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    file.write_bytes(b"hello")
    assert any("无法读取" in line for line in taken(workspace, file).problems)


def test_only_into_an_empty_record(workspace: Workspace, tmp_path: Path) -> None:
    file = workbook(tmp_path / "台账.xlsx", [row()])
    assert taken(workspace, file).problems == []
    before = rows(workspace)
    assert any("不是空的" in line for line in taken(workspace, file).problems)
    assert rows(workspace) == before
    assert verify(workspace, quiet).differences == []  # the archived workbook is still there


def test_synonyms_of_the_form(workspace: Workspace, tmp_path: Path) -> None:
    headings = ("客户名称", "数量", "联系电话", "提报单位", "受理时间")
    item = dict(zip(headings, ("歙县交通运输局", 9, "13812345678", UNIT.name, "2026-06-11"),
                    strict=True))  # fmt: skip
    assert taken(workspace, workbook(tmp_path / "x.xlsx", [item], headings)).problems == []
    (lead,) = leads(workspace)
    assert (lead["customer"], lead["quantity"]) == ("歙县交通运输局", 9)
    assert lead["contact_phone"] == "13812345678"


@pytest.mark.parametrize("source", ["archive", "master"])
def test_rebuilt_after_an_import(workspace: Workspace, tmp_path: Path, source: str) -> None:
    items = [row(信息编号="DKH202606-0001"), row(客户单位全称="祁门县财政局", 状态=None)]
    taken(workspace, workbook(tmp_path / "台账.xlsx", items))
    drop_lead(workspace, "再报.xlsx", OTHER.name)
    run(workspace, NOW + timedelta(days=1), settle_seconds=0)
    live = copied(workspace.root, tmp_path / "live")
    rebuild(workspace, source, NOW + timedelta(days=2), 0.0, quiet)
    same_record(live, workspace)


# --- a complete master of ours ---


def test_a_whole_master_is_taken_over_whole(
    played: Path, workspace: Workspace, tmp_path: Path
) -> None:
    origin = copied(played, tmp_path / "origin")
    (workspace.root / ROSTER).write_bytes((origin.root / ROSTER).read_bytes())
    result = taken(workspace, origin.path(MASTER))
    assert (result.problems, result.notices) == ([], [])
    left, right = rows(origin), rows(workspace)
    for name in t.SHEETS.values():
        if name is not t.events:
            assert left[name.name] == right[name.name], name.name
    assert set(left["events"]) < set(right["events"])
    assert left["row_prints"] == right["row_prints"]
    assert verify(workspace, quiet).differences == []
    live = copied(workspace.root, tmp_path / "live")
    rebuild(workspace, "archive", NOW + timedelta(days=2), 0.0, quiet)
    same_record(live, workspace)


def test_a_whole_master_only_where_nothing_ever_ran(
    played: Path, workspace: Workspace, tmp_path: Path
) -> None:
    run(workspace, NOW - timedelta(days=1), settle_seconds=0)  # the roster was read
    file = copied(played, tmp_path / "origin").path(MASTER)
    assert any("从未运行过" in line for line in taken(workspace, file).problems)
    assert leads(workspace) == []
