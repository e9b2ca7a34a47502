"""A purge finds people wherever a workspace may have kept them, and leaves the others alone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook

from processor.batch import run
from processor.cli import cli
from processor.ledger import tables as t
from processor.ledger.purge import purge
from processor.ledger.rebuild import rebuild
from processor.ledger.verify import verify
from processor.workspace import MASTER, Pending, Workspace
from tests.ledger.test_purge import LATER, WALL, contents, quiet
from tests.ledger.worlds import LEAD, last_moment, select_all

GONE = {"客户联系人(第三方)": "欧阳震宇", "联系方式": "139-0553-7788", "标的量(台)": 2}
GONE_AS = ("欧阳震宇", "139-0553-7788", "13905537788", "13705530101", "zhenyu.ou@yard.cn")
STAYS = {"客户联系人(第三方)": "司徒明远", "联系方式": "13605534455", "标的量(台)": 9}


def book(path: Path, unit: str, *rows: dict[str, object]) -> None:
    made = Workbook()
    sheet = made.active
    sheet.title = "大客户信息记录表"
    sheet["A1"] = "大客户信息记录表"
    block = ("提报单位", unit, "提报人", "王明", "提报人电话", "13812345678")
    for column, value in enumerate(block, start=1):
        sheet.cell(2, column, value)
    for number, row in enumerate(rows):
        for column, (heading, value) in enumerate(row.items(), start=1):
            sheet.cell(3, column, heading)
            sheet.cell(4 + number, column, value)
    made.save(path)


@pytest.fixture
def mixed(workspace: Workspace) -> Workspace:
    """One file with a lead too small (无效 at once) and one that stays pending; the small one once
    more in another file; bytes left in 隔离; a draft; a note of the clerk that quotes it."""
    unit = select_all(workspace, t.leads)[0]["unit"]
    content = "已与欧阳震宇谈过，另电 13705530101、zhenyu.ou@yard.cn，年底前挂网招标"
    small = LEAD | GONE | {"客户单位全称": "绩溪县园林管理处", "信息内容及进展": content}
    other = LEAD | STAYS | {"客户单位全称": "祁门县茶叶研究所"}
    third = LEAD | {"客户单位全称": "黟县城市管理局", "联系方式": "0559-5523344", "标的量(台)": 8}
    book(workspace.inbox / "混合.xlsx", unit, small, other)
    start = last_moment(workspace) + timedelta(minutes=5)
    run(workspace, start, settle_seconds=0)
    book(workspace.inbox / "又一份.xlsx", unit, third, small)
    run(workspace, start + timedelta(minutes=5), settle_seconds=0)
    folder = workspace.archive / "隔离"
    folder.mkdir(exist_ok=True)
    (folder / "坏文件.bin").write_bytes(b"\x00\x01" + "13905537788".encode("utf-16-le"))
    note = workspace.outbox / "邮件" / "20260720-090000_某科_0.eml"
    note.parent.mkdir(exist_ok=True)
    note.write_text("Subject: x\nContent-Type: text/plain\n\nTel 139 0553 7788\n", "utf-8")
    sheet = load_workbook(workspace.path(MASTER))
    page = sheet["台账"]
    heads = {c.value: c.column for row in page.iter_rows(max_row=6) for c in row if c.value}
    for row in page.iter_rows():
        if row[heads["客户单位全称"] - 1].value == "绩溪县园林管理处":
            row[heads["人工备注"] - 1].value = "回访 13905537788 无人接听"
    sheet.save(workspace.path(MASTER))
    run(workspace, start + timedelta(minutes=10), settle_seconds=0)
    return workspace


def found_in(workspace: Workspace, *words: str) -> list[tuple[str, str]]:
    return [
        (name, word)
        for name, data in contents(workspace.root)
        for word in words
        if word.encode() in data
        or word.encode("utf-16-le") in data
        or json.dumps(word)[1:-1].encode() in data
    ]


def test_one_row_of_a_file_goes_and_its_neighbour_stays(mixed: Workspace) -> None:
    by_name = {r["customer"]: r for r in select_all(mixed, t.leads)}
    small, other = by_name["绩溪县园林管理处"], by_name["祁门县茶叶研究所"]
    assert small["state"] == "无效"
    assert other["state"] == "待甄别"
    assert "13905537788" in (small["clerk_note"] or "")
    assert {word for _, word in found_in(mixed, *GONE_AS)} >= set(GONE_AS) - {"13905537788"}
    result = purge(mixed, "审7", last_moment(mixed) + LATER, quiet)
    assert result.left == []
    assert found_in(mixed, *GONE_AS) == []
    after = {r["customer"]: r for r in select_all(mixed, t.leads)}
    assert after["祁门县茶叶研究所"] == other
    assert after["绩溪县园林管理处"]["quantity"] == 2
    archived = next(r["archived"] for r in select_all(mixed, t.files) if r["name"] == "混合.xlsx")
    assert not mixed.path(archived).exists()
    stone = json.loads(mixed.path(f"{archived}.销毁.json").read_text("utf-8"))
    text = json.dumps(stone, ensure_ascii=False)
    assert "13605534455" in text
    assert "司徒明远" in text
    assert "绩溪县园林管理处" in text
    assert verify(mixed, quiet).differences == []


def test_the_neighbour_goes_in_a_second_purge(mixed: Workspace) -> None:
    """What the first purge kept in tombstone and baseline is found again by the second."""
    first = last_moment(mixed) + LATER
    purge(mixed, "审7", first, quiet)
    page = load_workbook(mixed.path(MASTER))
    sheet = page["台账"]
    heads = {c.value: c.column for row in sheet.iter_rows(max_row=6) for c in row if c.value}
    for row in sheet.iter_rows():
        if row[heads["客户单位全称"] - 1].value == "祁门县茶叶研究所":
            row[heads["状态"] - 1].value = "关闭"
    page.save(mixed.path(MASTER))
    run(mixed, first + timedelta(days=1), settle_seconds=0)
    states = {r["customer"]: r["state"] for r in select_all(mixed, t.leads)}
    if states["祁门县茶叶研究所"] != "关闭":
        pytest.fail(f"the clerk could not close it: {states['祁门县茶叶研究所']}")
    assert found_in(mixed, "13605534455")
    result = purge(mixed, "审8", first + LATER, quiet)
    assert result.left == []
    assert found_in(mixed, "13605534455") == []
    assert len(list((mixed.archive / "销毁").iterdir())) == 1
    assert verify(mixed, quiet).differences == []
    before = {r["number"]: r for r in select_all(mixed, t.leads)}
    rebuild(mixed, "archive", first + LATER + timedelta(days=1), WALL, quiet)
    assert {r["number"]: r for r in select_all(mixed, t.leads)} == before


def test_hand_edits_are_read_first(mixed: Workspace) -> None:
    from processor.ledger.purge import NotPurged

    page = load_workbook(mixed.path(MASTER))
    sheet = page["台账"]
    heads = {c.value: (c.row, c.column) for r in sheet.iter_rows(max_row=6) for c in r if c.value}
    row, column = heads["人工备注"]
    sheet.cell(row + 1, column, "明日再访")
    page.save(mixed.path(MASTER))
    with pytest.raises(NotPurged, match="手工改动"):
        purge(mixed, "审7", last_moment(mixed) + LATER, quiet)
    assert found_in(mixed, "13705530101")


def test_an_open_master_stops_it(mixed: Workspace) -> None:
    (mixed.root / "master" / "~$大客户信息台账.xlsx").write_bytes(b"")
    with pytest.raises(Pending):
        purge(mixed, "审7", last_moment(mixed) + LATER, quiet)
    assert found_in(mixed, "13705530101")


def test_the_command(mixed: Workspace) -> None:
    """Two weeks are not due at their end: listed as nothing, destroyed as nothing. Six years later
    they are; the clock given may not lie before the last run."""
    root = str(mixed.root)

    def purge_at(moment: datetime, *words: str) -> Result:
        at = f"{moment:%Y-%m-%d %H:%M:%S}"
        return CliRunner().invoke(cli, ["--workspace", root, "purge", "--as-of", at, *words])

    end = last_moment(mixed)
    listed = purge_at(end, "--json")
    assert listed.exit_code == 0
    assert json.loads(listed.output)["due"] == []
    asked = purge_at(end, "--approval", "审7")
    assert asked.exit_code == 2
    assert "没有保存年限已满" in asked.output
    assert purge_at(end + LATER, "--approval", " ").exit_code == 2
    early = purge_at(end - timedelta(seconds=1), "--approval", "审7")
    assert early.exit_code == 2
    assert "不能倒回" in early.output
    assert found_in(mixed, "13705530101")
    done = purge_at(end + LATER, "--approval", "审7", "--json")
    assert done.exit_code == 0, done.output
    assert {f["method"] for f in json.loads(done.stdout)["files"]} == {"覆盖擦除"}
    assert found_in(mixed, *GONE_AS) == []
