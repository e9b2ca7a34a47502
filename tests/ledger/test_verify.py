"""Every kind of damage is found, and an undamaged record is not accused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from processor.ledger import journal
from processor.ledger import tables as t
from processor.ledger.findings import Findings
from processor.ledger.store import chain_link
from processor.ledger.verify import verify
from processor.workspace import ISSUED, MASTER, Workspace, open_workspace
from tests.ledger.worlds import execute, rows, run_next, select_all


def quiet(_what: str, _done: int, _of: int) -> None:
    return None


def checked(workspace: Workspace) -> Findings:
    return verify(open_workspace(workspace.root, lost_state=True), quiet)


def first_lead(workspace: Workspace) -> dict[str, object]:
    return select_all(workspace, t.leads)[0]


# --- damages: each changes one thing ---


def event_altered(w: Workspace) -> None:
    execute(w, t.events.update().where(t.events.c.seq == 9).values(reason="另有原因"))


def event_removed(w: Workspace) -> None:
    execute(w, t.events.delete().where(t.events.c.seq == 9))


def events_truncated(w: Workspace) -> None:
    execute(w, t.events.delete().where(t.events.c.seq > 20))
    head = select_all(w, t.events)[-1]["chain"]
    execute(w, t.meta.update().where(t.meta.c.key == "chain").values(value=head))


def chain_forged(w: Workspace) -> None:
    """Altered, and every later link worked out anew: only the journal knows better."""
    head = ""
    for row in select_all(w, t.events):
        if row["seq"] == 9:
            row["reason"] = "另有原因"
        head = chain_link(head, row)
        change = {"reason": row["reason"], "chain": head}
        execute(w, t.events.update().where(t.events.c.seq == row["seq"]).values(**change))
    execute(w, t.meta.update().where(t.meta.c.key == "chain").values(value=head))


def event_added(w: Workspace) -> None:
    row = dict(select_all(w, t.events)[-1])
    row |= {"seq": row["seq"] + 1, "reason": "凭空而来"}
    row["chain"] = chain_link(row["chain"], row)
    execute(w, t.events.insert().values(**row))
    execute(w, t.meta.update().where(t.meta.c.key == "chain").values(value=row["chain"]))


def archive_altered(w: Workspace) -> None:
    path = w.path(select_all(w, t.files)[0]["archived"])
    path.write_bytes(path.read_bytes() + b"\x00")


def archive_missing(w: Workspace) -> None:
    w.path(select_all(w, t.files)[0]["archived"]).unlink()


def journal_missing(w: Workspace) -> None:
    w.path(journal.read_entries(w)[0][4].path).unlink()


def journal_cut_off(w: Workspace) -> None:
    w.path(journal.read_entries(w)[0][-1].path).unlink()


def journal_unreadable(w: Workspace) -> None:
    w.path(journal.read_entries(w)[0][4].path).write_text("{", "utf-8")


def lead_altered(w: Workspace) -> None:
    lead = first_lead(w)
    execute(w, t.leads.update().where(t.leads.c.number == lead["number"]).values(quantity=99))


def lead_deleted(w: Workspace) -> None:
    lead = first_lead(w)
    execute(w, t.leads.delete().where(t.leads.c.number == lead["number"]))


def lead_invented(w: Workspace) -> None:
    lead = first_lead(w) | {"number": "DKH202607-9000", "row_prints": None}
    execute(w, t.leads.insert().values(**lead))


def refusal_deleted(w: Workspace) -> None:
    execute(w, t.refusals.delete())


def target_altered(w: Workspace) -> None:
    execute(w, t.targets.update().values(m07=1))


def row_count_altered(w: Workspace) -> None:
    file = select_all(w, t.files, t.files.c.read > 0)[0]
    change = t.files.update().where(t.files.c.batch == file["batch"])
    execute(w, change.values(known=file["known"] + 1))


def counter_set_back(w: Workspace) -> None:
    execute(w, t.counters.update().where(t.counters.c.name == "lead-202607").values(value=1))


def row_print_lost(w: Workspace) -> None:
    lead = first_lead(w)
    execute(w, t.row_prints.delete().where(t.row_prints.c.lead == lead["number"]))


def index_lost(w: Workspace) -> None:
    from processor.matching.index import tables

    execute(w, tables()[1].delete())


def index_of_another_version(w: Workspace) -> None:
    from processor.matching.index import tables

    execute(w, tables()[3].update().values(version=-1))


def reference_broken(w: Workspace) -> None:
    execute(w, t.projects.update().values(lead="DKH202607-9999"))


def edit_master(w: Workspace, sheet: str, cell: str, value: object) -> None:
    book = load_workbook(w.path(MASTER))
    book[sheet][cell] = value
    book.save(w.path(MASTER))


def master_edited(w: Workspace) -> None:
    edit_master(w, "台账", "D2", "改动")


def master_edited_where_allowed(w: Workspace) -> None:
    book = load_workbook(w.path(MASTER))
    sheet = book["台账"]
    column = next(c.column for c in sheet[1] if c.value == "人工备注")
    sheet.cell(2, column, "已电话联系")
    book.save(w.path(MASTER))


def master_row_deleted(w: Workspace) -> None:
    book = load_workbook(w.path(MASTER))
    book["台账"].delete_rows(3)
    book.save(w.path(MASTER))


def master_sheet_deleted(w: Workspace) -> None:
    book = load_workbook(w.path(MASTER))
    del book["裁定"]
    book.save(w.path(MASTER))


def master_missing(w: Workspace) -> None:
    w.path(MASTER).unlink()


def master_damaged(w: Workspace) -> None:
    w.path(MASTER).write_bytes(w.path(MASTER).read_bytes()[:3000])


def bulletin(w: Workspace) -> Path:
    return sorted(w.outbox.glob("通报/**/*.xlsx"))[0]


def bulletin_missing(w: Workspace) -> None:
    bulletin(w).unlink()


def bulletin_altered(w: Workspace) -> None:
    path = bulletin(w)
    path.write_bytes(path.read_bytes() + b" ")


def issued_copy_missing(w: Workspace) -> None:
    (w.path(ISSUED) / bulletin(w).name).unlink()


def issued_copy_altered(w: Workspace) -> None:
    path = w.path(ISSUED) / bulletin(w).name
    path.write_bytes(path.read_bytes() + b" ")


def receipt_altered(w: Workspace) -> None:
    path = sorted(w.outbox.glob("回执/**/*.xlsx"))[0]
    path.write_bytes(path.read_bytes() + b" ")


def ledger_missing(w: Workspace) -> None:
    (w.state / "ledger.sqlite").unlink()


def ledger_damaged(w: Workspace) -> None:
    path = w.state / "ledger.sqlite"
    data = bytearray(path.read_bytes())
    data[8192:40000] = bytes(40000 - 8192)
    path.write_bytes(data)


def ledger_no_database(w: Workspace) -> None:
    (w.state / "ledger.sqlite").write_bytes(b"no database" * 1000)


DAMAGES: list[tuple[Callable[[Workspace], None], str]] = [
    (event_altered, "第 9 号"),
    (event_removed, "缺少第 9"),
    (events_truncated, "运行记录不符"),
    (chain_forged, "运行记录不符"),
    (event_added, "运行记录里没有"),
    (archive_altered, "内容被改动"),
    (archive_missing, "归档缺少"),
    (journal_missing, "不连续"),
    (journal_cut_off, "运行记录里没有"),
    (journal_unreadable, "无法读取"),
    (lead_altered, "标的量(台)"),
    (lead_deleted, "是账本中没有的行"),
    (lead_invented, "DKH202607-9000"),
    (refusal_deleted, "不予接收"),
    (target_altered, "7月"),
    (row_count_altered, "行数不平"),
    (counter_set_back, "编号序列 lead-202607"),
    (row_print_lost, "行指纹"),
    (index_lost, "判重索引"),
    (index_of_another_version, "判重索引的版本"),
    (reference_broken, "指向不存在的信息编号"),
    (master_edited, "手工改动：台账!D2"),
    (master_edited_where_allowed, "人工备注"),
    (master_row_deleted, "缺少 DKH"),
    (master_sheet_deleted, "工作表“裁定”缺失"),
    (master_missing, "不在原处"),
    (master_damaged, "无法读取"),
    (bulletin_missing, "不在原处"),
    (bulletin_altered, "内容被改动"),
    (issued_copy_missing, "发布存档"),
    (issued_copy_altered, "发布存档"),
    (receipt_altered, "内容被改动"),
    (ledger_missing, "不在原处"),
    (ledger_damaged, "账本"),
    (ledger_no_database, "账本无法读取"),
]


def test_an_undamaged_record_agrees(workspace: Workspace) -> None:
    found = checked(workspace)
    assert found.differences == []
    assert found.notices == []
    assert found.checked["leads"] == len(rows(workspace)["leads"])
    assert found.to_json()["ok"] is True


@pytest.mark.parametrize(
    ("damage", "words"), DAMAGES, ids=[damage.__name__ for damage, _ in DAMAGES]
)
def test_damage_is_found(
    workspace: Workspace, damage: Callable[[Workspace], None], words: str
) -> None:
    damage(workspace)
    found = checked(workspace)
    assert any(words in line for line in found.differences), found.differences
    assert found.to_json()["ok"] is False


def test_verify_changes_nothing(workspace: Workspace) -> None:
    before = {p: p.read_bytes() for p in workspace.root.rglob("*") if p.is_file()}
    checked(workspace)
    after = {p: p.read_bytes() for p in workspace.root.rglob("*") if p.is_file()}
    assert after == before


def test_what_people_take_away_is_only_noticed(workspace: Workspace) -> None:
    for path in workspace.outbox.glob("回执/**/*.xlsx"):
        path.unlink()
    found = checked(workspace)
    assert found.differences == []
    assert any("取走" in line for line in found.notices)


def test_a_master_that_could_not_be_published_is_only_noticed(workspace: Workspace) -> None:
    lock = workspace.path(MASTER).with_name(f"~${MASTER.name}")
    lock.write_bytes(b"\0" * 165)
    report = run_next(workspace, days=3)  # time alone changes the record
    assert [p["path"] for p in report.pending] == [MASTER.as_posix()]
    lock.unlink()
    found = checked(workspace)
    assert found.differences == []
    assert any("等待发布" in line for line in found.notices)


def test_saving_again_without_change_is_no_difference(workspace: Workspace) -> None:
    book = load_workbook(workspace.path(MASTER))
    book.save(workspace.path(MASTER))
    found = checked(workspace)
    assert found.differences == []


def test_many_differences_are_counted(workspace: Workspace) -> None:
    execute(workspace, t.aliases.delete())
    found = checked(workspace)
    assert any("同类差异另有" in line for line in found.differences)
    assert len(found.differences) < 60


def test_a_new_workspace_has_nothing_to_prove(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    found = verify(open_workspace(tmp_path), quiet)
    assert found.to_json() == {
        "ok": True,
        "differences": [],
        "notices": ["尚无记录"],
        "checked": {},
    }


def test_chain_covers_every_column(workspace: Workspace) -> None:
    """No column of an event can be changed unseen."""
    event = select_all(workspace, t.events)[5]
    for column in [c.name for c in t.events.columns]:
        if column != "chain":
            other = dict(event) | {column: "anders" if column != "seq" else -1}
            assert chain_link("x", other) != chain_link("x", event), column
