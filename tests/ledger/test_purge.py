"""After a purge nothing in the workspace tells of the people purged; the promises still hold."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from processor import erasing
from processor.ledger import tables as t
from processor.ledger import traces
from processor.ledger.purge import NotPurged, list_due, purge
from processor.ledger.purged import PERSONAL, SETTLED, cutoff_of
from processor.ledger.rebuild import rebuild
from processor.ledger.verify import verify
from processor.workspace import Workspace
from tests.ledger.worlds import copied, last_moment, run_next, same_record, select_all

LATER = timedelta(days=6 * 366)
WALL = 2_000_000_000.0


def quiet(_what: str, _done: int, _of: int) -> None:
    return None


def contents(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the workspace, unzipped, by path."""
    for path in sorted(root.rglob("*")):
        if path.is_file():
            yield from _unzipped(str(path.relative_to(root)), path.read_bytes())


def _unzipped(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    import gzip

    if name.endswith(".gz"):
        data = gzip.decompress(data)
    if data[:4] != b"PK\x03\x04" or not zipfile.is_zipfile(io.BytesIO(data)):
        yield name, data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.namelist():
            yield from _unzipped(f"{name}/{member}", archive.read(member))


@pytest.fixture(scope="module")
def purged(played: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, set[str]]:
    """The played record purged six years later, and the phones that only purged rows had."""
    workspace = copied(played, tmp_path_factory.mktemp("purged") / "workspace")
    now = last_moment(workspace) + LATER
    due = {number for number, *_ in list_due(workspace, now).items}
    gone: set[str] = set()
    kept: set[str] = set()
    for table in (t.leads, t.refusals, t.applications):
        for row in select_all(workspace, table):
            phones = {str(row[c]) for c in ("contact_phone", "reporter_phone") if row.get(c)}
            (gone if row["number"] in due else kept).update(phones)
    result = purge(workspace, "审〔2033〕7号", now, quiet)
    assert not result.left
    return workspace, {p for p in gone - kept if len(p) >= 8}


def test_nothing_tells_of_them(purged: tuple[Workspace, set[str]]) -> None:
    workspace, phones = purged
    assert len(phones) > 5
    wanted = [(p, p.encode()) for p in sorted(phones)]
    found = [
        (name, phone)
        for name, data in contents(workspace.root)
        for phone, raw in wanted
        if raw in data or phone.encode("utf-16-le") in data
    ]
    assert found == []


def test_only_what_is_due_is_blanked(played: Path, purged: tuple[Workspace, set[str]]) -> None:
    """Settled leads lose every personal cell; live ones keep theirs; nothing else changes."""
    workspace, _ = purged
    live = Workspace(played, workspace.settings)
    before = {r["number"]: r for r in select_all(live, t.leads)}
    after = {r["number"]: r for r in select_all(workspace, t.leads)}
    assert before.keys() == after.keys()
    settled = {n for n, r in before.items() if r["state"] in SETTLED}
    assert settled
    assert settled != set(before)
    for number, row in after.items():
        old = before[number]
        if number not in settled:
            assert row == old
            continue
        assert not any(row[name] for name in PERSONAL if name in row)
        for name in ("customer", "state", "quantity", "received_at", "counted", "month"):
            assert row[name] == old[name]
    assert not any(r["contact_phone"] for r in select_all(workspace, t.refusals))


def test_the_record_still_proves_itself(purged: tuple[Workspace, set[str]]) -> None:
    workspace, _ = purged
    found = verify(workspace, quiet)
    assert found.differences == []
    assert not [n for n in found.notices if "未登记" in n]


@pytest.mark.parametrize("source", ["archive", "master"])
def test_a_rebuild_repeats_the_purge(
    purged: tuple[Workspace, set[str]], tmp_path: Path, source: str
) -> None:
    live = copied(purged[0].root, tmp_path / "live")
    again = copied(purged[0].root, tmp_path / "again")
    run_next(live, days=1)
    run_next(again, days=1)
    result = rebuild(again, source, last_moment(again) + timedelta(minutes=1), WALL, quiet)
    assert not result.pending
    lazy = frozenset({"match_party", "match_key", "match_version"})
    same_record(live, again, but=lazy if source == "master" else frozenset())
    assert verify(again, quiet).differences == []


def test_the_certificate_says_what_and_no_contacts(purged: tuple[Workspace, set[str]]) -> None:
    from openpyxl import load_workbook

    workspace, _ = purged
    (path,) = (workspace.outbox / "销毁").iterdir()
    assert path.name.startswith("销毁证明_2032")
    book = load_workbook(path)
    text = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value]
    assert "审〔2033〕7号" in text
    numbers = {r["number"] for r in select_all(workspace, t.leads) if r["state"] in SETTLED}
    assert numbers <= set(text)
    archived = {r["archived"]: r["sha256"] for r in select_all(workspace, t.files)}
    listed = {a for a in archived if a in text}
    assert listed
    assert {archived[a] for a in listed} <= set(text)
    assert not any(workspace.path(a).exists() for a in listed)
    assert all(workspace.path(f"{a}.销毁.json").exists() for a in listed)


def test_one_fresh_backup_remains(purged: tuple[Workspace, set[str]]) -> None:
    from processor.ledger.restoring import prove

    workspace, _ = purged
    (path,) = workspace.path("backups").rglob("*.*")
    assert prove(workspace, path.stem, quiet) == []


def test_nothing_is_due_a_second_time(purged: tuple[Workspace, set[str]], tmp_path: Path) -> None:
    workspace = copied(purged[0].root, tmp_path / "workspace")
    now = last_moment(workspace) + LATER
    assert list_due(workspace, now).items == []
    before = files_of(workspace)
    with pytest.raises(NotPurged, match="没有保存年限已满"):
        purge(workspace, "审8", now, quiet)
    assert files_of(workspace) == before


def test_listing_changes_nothing_and_names_nobody(workspace: Workspace) -> None:
    before = files_of(workspace)
    found = list_due(workspace, last_moment(workspace) + LATER)
    assert found.items
    assert files_of(workspace) == before
    text = str(found.to_json())
    phones = {r["contact_phone"] for r in select_all(workspace, t.leads) if r["contact_phone"]}
    assert not [p for p in phones if p in text]


@pytest.mark.parametrize(("days", "due"), [(-1, False), (0, False), (1, True)])
def test_the_day_decides(workspace: Workspace, days: int, due: bool) -> None:
    """Just before, at and just after the end of the retention of the oldest refusal."""
    first = min(r["received_at"] for r in select_all(workspace, t.refusals))
    moment = first.replace(year=first.year + workspace.settings.retention.years)
    found = list_due(workspace, moment + timedelta(seconds=days))
    assert bool(found.items) is due


@pytest.mark.parametrize(
    ("now", "cutoff"),
    [
        (datetime(2028, 2, 28), datetime(2023, 2, 28)),
        (datetime(2028, 2, 29), datetime(2023, 2, 28)),
        (datetime(2028, 3, 1), datetime(2023, 3, 1)),
    ],
)
def test_cutoff(now: datetime, cutoff: datetime) -> None:
    assert cutoff_of(now, 5) == cutoff


def test_an_interrupted_purge_is_completed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power fails at the third file to be destroyed; the next call carries the rest out."""
    now = last_moment(workspace) + LATER
    real, count = erasing.destroy, []

    def failing(path: Path) -> None:
        if path.is_relative_to(workspace.archive):
            count.append(path)
        if len(count) == 3:
            raise KeyboardInterrupt
        real(path)

    monkeypatch.setattr(erasing, "destroy", failing)
    with pytest.raises(KeyboardInterrupt):
        purge(workspace, "审7", now, quiet)
    monkeypatch.setattr(erasing, "destroy", real)
    assert any("销毁" in line for line in verify(workspace, quiet).differences)
    with pytest.raises(NotPurged, match="尚未完成"):
        purge(workspace, "审8", now, quiet)
    result = purge(workspace, "审7", now + timedelta(days=1), quiet)
    assert not result.left
    assert count[0].relative_to(workspace.root).as_posix() in {f[0] for f in result.files}
    assert not (workspace.state / "purge-open.json").exists()
    assert verify(workspace, quiet).differences == []


def test_a_tampered_tombstone_is_found(purged: tuple[Workspace, set[str]], tmp_path: Path) -> None:
    workspace = copied(purged[0].root, tmp_path / "workspace")
    stone = next(workspace.archive.rglob("*.销毁.json"))
    stone.write_text(stone.read_text("utf-8").replace("审〔2033〕7号", "审〔2033〕8号"), "utf-8")
    assert any("销毁记录" in line for line in verify(workspace, quiet).differences)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("138 1234 5678", {"13812345678"}),
        ("０５５３－６８１２３４５", {"05536812345"}),
        ("+86-13812345678", {"13812345678"}),
        ("Li.Qiang@example.cn", {"li.qiang@example.cn"}),
        ("李强", set()),
        ("分机 8012", set()),
    ],
)
def test_how_a_person_is_found_again(text: str, found: set[str]) -> None:
    assert found <= traces.reaching(text)
    assert bool(found) == bool(traces.reaching(text))


def test_the_database_keeps_no_old_pages(purged: tuple[Workspace, set[str]]) -> None:
    workspace, _ = purged
    with sqlite3.connect(workspace.state / "ledger.sqlite") as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    connection.close()


def files_of(workspace: Workspace) -> dict[str, bytes]:
    return {
        str(p.relative_to(workspace.root)): p.read_bytes()
        for p in workspace.root.rglob("*")
        if p.is_file() and p.name != "run.lock"
    }
