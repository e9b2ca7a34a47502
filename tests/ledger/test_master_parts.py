"""The long sheets of the master: made apart or carried over, the file is always the same."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, select

from processor.ledger import master, master_parts, master_writing
from processor.ledger import tables as t
from processor.ledger.master import PUBLISHED_COPY, SHEETS, publish_master, write_master
from processor.ledger.master_reading import read_rows
from processor.opening import open_ledger
from processor.workspace import MASTER, Workspace
from schemas.master import MASTER_SHEETS

AT = datetime(2026, 12, 1, 9)
LEADS = 5  # a sheet, so that the record has several


@pytest.fixture
def engine(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Every sheet with a row counts as long, and five leads fill one."""
    monkeypatch.setattr(master_writing, "LONG_CELLS", 1)
    monkeypatch.setattr(master_writing, "VOLUME_CELLS", LEADS * len(MASTER_SHEETS["台账"]))
    engine = open_ledger(workspace)
    yield engine
    engine.dispose()


@pytest.fixture
def wrote(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The long sheets that were written, in this process."""
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    titles: list[str] = []
    real = master_parts.write_sheets

    def noted(target: Any, plan: Any, rows: Any) -> Any:
        titles.extend(rows)
        return real(target, plan, rows)

    monkeypatch.setattr(master_parts, "write_sheets", noted)
    return titles


def whole(workspace: Workspace, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The same record written by one hand, as a short one is."""
    path = workspace.state / "whole.xlsx"
    with monkeypatch.context() as patch, engine.connect() as connection:
        patch.setattr(master_writing, "LONG_CELLS", 10**9)
        last = connection.execute(select(t.events.c.at).order_by(t.events.c.seq.desc())).scalar()
        write_master(path, connection, last or AT)
    return path.read_bytes()


def change(engine: Engine, at: int, **values: object) -> str:
    """Set columns of the lead at that place of the sheet; its number."""
    with engine.begin() as connection:
        order = (t.leads.c.received_at, t.leads.c.number)
        query = select(t.leads.c.number).order_by(*order).offset(at).limit(1)
        number: str = connection.execute(query).scalar_one()
        connection.execute(t.leads.update().where(t.leads.c.number == number).values(**values))
    return number


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return len(connection.execute(select(t.leads.c.number)).all())


@pytest.mark.parametrize("cores", [1, 2])
def test_the_same_file_as_by_one_hand(
    workspace: Workspace, engine: Engine, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    publish_master(workspace, engine, AT)
    path = workspace.path(MASTER)
    assert path.read_bytes() == whole(workspace, engine, monkeypatch)
    book = load_workbook(path)
    sheets = [name for name in book.sheetnames if name.rstrip("0123456789") == "台账"]
    assert len(sheets) == -(-count(engine) // LEADS) > 2
    for name in sheets:
        assert book[name].auto_filter.ref == f"A1:CP{book[name].max_row}"
        assert book[name].freeze_panes == "B2"
    assert len(read_rows(path)["台账"]) == count(engine)


def test_only_what_changed_is_written(
    workspace: Workspace, engine: Engine, wrote: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_master(workspace, engine, AT)
    assert "台账2" in wrote
    wrote.clear()
    publish_master(workspace, engine, AT)
    assert wrote == []
    number = change(engine, LEADS, remark="核对后补充")  # the first of the second sheet
    publish_master(workspace, engine, AT)
    assert wrote == ["台账2"]
    path = workspace.path(MASTER)
    assert path.read_bytes() == whole(workspace, engine, monkeypatch)
    found = {row.texts["信息编号"]: row for row in read_rows(path)["台账"]}
    assert (found[number].sheet, found[number].row) == ("台账2", 2)
    assert found[number].texts["备注"] == "核对后补充"


def test_a_row_in_between_moves_the_others(
    workspace: Workspace, engine: Engine, wrote: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is received late with an early time pushes a row over into each later sheet."""
    publish_master(workspace, engine, AT)
    wrote.clear()
    with engine.begin() as connection:
        first = connection.execute(select(t.leads).order_by(t.leads.c.received_at)).first()
        assert first is not None
        connection.execute(t.leads.insert(), {**first._mapping, "number": "DKH202601-0001"})
    publish_master(workspace, engine, AT)
    leads = [title for title in wrote if title.startswith("台账")]
    assert len(leads) == -(-count(engine) // LEADS)
    assert workspace.path(MASTER).read_bytes() == whole(workspace, engine, monkeypatch)


def _copy_changed(workspace: Workspace, engine: Engine) -> None:
    path = workspace.state / PUBLISHED_COPY
    path.write_bytes(path.read_bytes() + b"\0")


def _copy_gone(workspace: Workspace, engine: Engine) -> None:
    (workspace.state / PUBLISHED_COPY).unlink()


def _other_layout(workspace: Workspace, engine: Engine) -> None:
    with engine.begin() as connection:
        query = select(t.meta.c.value).where(t.meta.c.key == SHEETS)
        noted = json.loads(connection.execute(query).scalar_one())
        noted["layout"] = "0" * 64
        where = t.meta.update().where(t.meta.c.key == SHEETS)
        connection.execute(where.values(value=json.dumps(noted)))


@pytest.mark.parametrize("spoil", [_copy_changed, _copy_gone, _other_layout])
def test_nothing_is_taken_from_another_copy(
    workspace: Workspace,
    engine: Engine,
    wrote: list[str],
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Workspace, Engine], None],
) -> None:
    publish_master(workspace, engine, AT)
    wrote.clear()
    spoil(workspace, engine)
    publish_master(workspace, engine, AT)
    with engine.connect() as connection:
        assert wrote == [v.title for v in master_writing.volumes(connection) if v.long]
    assert workspace.path(MASTER).read_bytes() == whole(workspace, engine, monkeypatch)


def test_a_killed_publication_leaves_the_old_copy_to_start_from(
    workspace: Workspace, engine: Engine, wrote: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noted for a copy that never came to be published: the note fits no file, nothing is kept."""
    publish_master(workspace, engine, AT)
    change(engine, 0, remark="中断前的改动")
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(master, "replace_file", killed)
        with pytest.raises(KeyboardInterrupt):
            publish_master(workspace, engine, AT)
    change(engine, 0, remark="中断后的改动")
    publish_master(workspace, engine, AT)
    assert workspace.path(MASTER).read_bytes() == whole(workspace, engine, monkeypatch)


def test_a_long_sheet_that_lost_a_cell_is_never_published(
    workspace: Workspace, engine: Engine, wrote: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = workspace.path(MASTER).read_bytes()
    real = master_writing._records

    def losing(fields, rows, digest):  # type: ignore[no-untyped-def]
        for row in real(fields, rows, digest):
            yield {**row, "客户单位全称": None} if "客户单位全称" in row else row

    monkeypatch.setattr(master_writing, "_records", losing)
    with pytest.raises(RuntimeError, match="回读不一致：台账"):
        publish_master(workspace, engine, AT)
    assert workspace.path(MASTER).read_bytes() == before


def test_a_long_sheet_changed_on_its_way_is_never_published(
    workspace: Workspace, engine: Engine, wrote: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk gives back other bytes than were written."""
    from processor.ledger import master_zip

    before = workspace.path(MASTER).read_bytes()
    real = master_zip._put

    def spoiled(archive: Any, name: str, item: Any) -> None:
        data = item.data
        if name.endswith("sheet2.xml"):
            data = data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]
        real(archive, name, master_zip.Member(item.info, data))

    monkeypatch.setattr(master_zip, "_put", spoiled)
    with pytest.raises(RuntimeError, match="不一致：台账2"):
        publish_master(workspace, engine, AT)
    assert workspace.path(MASTER).read_bytes() == before


def test_each_long_sheet_moves_the_progress_on(
    workspace: Workspace, engine: Engine, wrote: list[str]
) -> None:
    seen: list[tuple[str, int, int]] = []
    publish_master(workspace, engine, AT, lambda *step: seen.append(step))
    with engine.connect() as connection:
        count = sum(v.long for v in master_writing.volumes(connection))
    assert seen == [("更新台账", n, count) for n in range(1, count + 1)]


def test_a_short_record_notes_nothing_and_reads_no_copy(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_ledger(workspace)
    monkeypatch.setattr(master, "bare_bytes", lambda _: pytest.fail("the copy was read"))
    for _ in range(2):
        publish_master(workspace, engine, AT)
    with engine.connect() as connection:
        query = select(t.meta.c.value).where(t.meta.c.key == SHEETS)
        assert connection.execute(query).scalar() == "{}"
    engine.dispose()
