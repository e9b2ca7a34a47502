"""With encryption on, archive, backups and master tell nothing, and every promise still holds."""

from __future__ import annotations

import io
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from processor import storage_keys
from processor.cli import cli
from processor.encryption import decrypted, encrypted
from processor.ledger import tables as t
from processor.ledger.restoring import prove
from processor.ledger.verify import verify
from processor.workspace import MASTER, SETTINGS_FILE, Workspace, open_workspace
from tests.ledger.test_purge import contents, files_of, quiet
from tests.ledger.worlds import (
    copied,
    drop_lead,
    last_moment,
    run_next,
    same_record,
    select_all,
)

KEY, PASSWORD = "the-main-key-of-this-office", "Taizhang-2026"
MIGHT_TELL = ("state/ledger.sqlite", "outbox/", "inbox/", "master/单位名录.xlsx")
PHONE = "13905537788"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    set_secrets(monkeypatch)


def set_secrets(patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PROCESSOR_STORAGE_KEY", KEY)
    patch.setenv("PROCESSOR_MASTER_PASSWORD", PASSWORD)


def switch(workspace: Workspace, on: bool = True) -> Workspace:
    settings = workspace.root / SETTINGS_FILE
    text = settings.read_text("utf-8") if settings.exists() else ""
    text = text.split("[storage]")[0] + f"[storage]\nencrypt = {str(on).lower()}\n"
    settings.write_text(text, "utf-8")
    return open_workspace(workspace.root)


@pytest.fixture(scope="module")
def encrypted_root(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The played record with encryption switched on later; then a lead with a planted phone."""
    with pytest.MonkeyPatch.context() as patch:
        set_secrets(patch)
        workspace = copied(played, tmp_path_factory.mktemp("at-rest") / "workspace")
        workspace = switch(workspace)
        run_next(workspace, days=1)
        unit = select_all(workspace, t.leads)[0]["unit"]
        drop_lead(workspace, "新.xlsx", unit, 联系方式=PHONE)
        assert run_next(workspace, days=1).rows["accepted"] == 1
    return workspace.root


@pytest.fixture
def sealed(encrypted_root: Path, tmp_path: Path) -> Workspace:
    return copied(encrypted_root, tmp_path / "sealed")


def command(workspace: Workspace, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--workspace", str(workspace.root), *words])


def test_nothing_tells_but_ledger_and_outbox(sealed: Workspace) -> None:
    phones = {r["contact_phone"] for r in select_all(sealed, t.leads)} - {None}
    phones = {p for p in phones if len(p) >= 8} | {PHONE}
    assert len(phones) > 5
    telling = {
        name
        for name, data in contents(sealed.root)
        for phone in phones
        if phone.encode() in data or phone.encode("utf-16-le") in data
    }
    assert [n for n in telling if not n.startswith(MIGHT_TELL)] == []
    assert "state/ledger.sqlite" in telling
    plain = [
        path
        for folder in ("archive", "backups")
        for path in (sealed.root / folder).rglob("*")
        if path.is_file() and not path.name.startswith(".")
        if path.read_bytes()[:8] != b"DKHSEAL1"
    ]
    assert plain == []
    assert sealed.path(MASTER).read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
    copy = sealed.state / "master-published.xlsx"
    assert copy.read_bytes() == sealed.path(MASTER).read_bytes()
    assert not list(sealed.root.rglob("*.old"))
    assert not (sealed.state / "master-bare.xlsx").exists()


def test_the_record_proves_itself(sealed: Workspace) -> None:
    found = verify(sealed, quiet)
    assert found.differences == []
    assert found.notices == [n for n in found.notices if "取走" in n or "待填" in n]
    assert found.checked["encrypted"] > 20


@pytest.mark.parametrize("source", ["archive", "master"])
def test_rebuilt_it_is_the_same(sealed: Workspace, tmp_path: Path, source: str) -> None:
    again = copied(sealed.root, tmp_path / "again")
    (again.state / "ledger.sqlite").unlink()
    result = command(again, "rebuild", "--from", source)
    assert result.exit_code == 0, result.output
    lazy = frozenset({"match_party", "match_key", "match_version"})
    same_record(sealed, again, but=lazy if source == "master" else frozenset())
    assert verify(again, quiet).differences == []
    assert not (again.state / "reading").exists()


def test_a_run_with_nothing_to_do_writes_no_key(sealed: Workspace) -> None:
    run_next(sealed, minutes=1)
    before = [path.read_bytes() for path in storage_keys.paths(sealed)]
    storage_keys._open.clear()  # as another process
    run_next(sealed, minutes=1)
    assert [path.read_bytes() for path in storage_keys.paths(sealed)] == before


def test_state_lost_altogether(sealed: Workspace, tmp_path: Path) -> None:
    """The key file has a copy beside the archive: the record comes back without the state."""
    again = copied(sealed.root, tmp_path / "again")
    shutil.rmtree(again.state)
    again.state.mkdir()
    result = command(again, "rebuild")
    assert result.exit_code == 0, result.output
    same_record(sealed, again)
    one, two = storage_keys.paths(again)
    run_next(again, days=1)
    assert one.read_bytes() == two.read_bytes()


def test_a_snapshot_is_proved_and_restored(sealed: Workspace) -> None:
    result = command(sealed, "backup", "--json")
    assert result.exit_code == 0, result.output
    name = json.loads(result.stdout)["snapshot"]
    body = (sealed.root / "backups" / f"{name}.zip").read_bytes()
    assert body[:8] == b"DKHSEAL1"
    assert prove(sealed, name, quiet) == []
    assert f"{name}　" in command(sealed, "backup", "--list").output
    assert command(sealed, "restore", name, "--verify").exit_code == 0
    before = select_all(sealed, t.leads)
    drop_lead(sealed, "后来.xlsx", before[0]["unit"], 客户单位全称="黟县城市管理局")
    run_next(sealed, minutes=1)
    assert len(select_all(sealed, t.leads)) == len(before) + 1
    assert command(sealed, "restore", name).exit_code == 0
    assert select_all(sealed, t.leads) == before
    assert verify(sealed, quiet).differences == []
    (sealed.root / "backups" / f"{name}.zip").write_bytes(body[:-5] + b"xxxxx")
    assert "损坏" in command(sealed, "restore", name, "--verify").output


def test_a_restored_setting_that_switches_encryption_off_is_told(workspace: Workspace) -> None:
    """A snapshot from before holds the settings of then; it is converted like everything else."""
    name = json.loads(command(workspace, "backup", "--json").stdout)["snapshot"]
    switched = switch(workspace)
    run_next(switched, minutes=1)
    result = command(switched, "restore", name)
    assert result.exit_code == 0
    assert "重新设 encrypt = true" in result.output
    assert verify(switch(workspace), quiet).differences == []


def test_switched_on_later(workspace: Workspace) -> None:
    """What lies plain is told, then converted by the next run; contents and hashes stay."""
    workspace = switch(workspace)
    count = sum(
        path.is_file() and not path.name.startswith(".")
        for folder in ("archive", "backups")
        for path in (workspace.root / folder).rglob("*")
    )
    notices = verify(workspace, quiet).notices
    assert any(f"有 {count} 个文件尚未加密" in n for n in notices)
    assert any("没有打开密码" in n for n in notices)
    assert f"未加密 {count} 个" in command(workspace, "storage").output
    run_next(workspace, minutes=1)
    found = verify(workspace, quiet)
    assert found.differences == []
    assert not [n for n in found.notices if "加密" in n or "密码" in n]
    assert json.loads(command(workspace, "storage", "--json").stdout)["plain"] == 0


def test_a_conversion_killed_half_way_is_completed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from processor import storage_state

    workspace = switch(workspace)
    real, done = storage_state._convert, []

    def failing(room: Workspace, path: Path) -> None:
        done.append(path)
        if len(done) == 7:
            raise KeyboardInterrupt
        real(room, path)

    monkeypatch.setattr(storage_state, "_convert", failing)
    with pytest.raises(KeyboardInterrupt):
        run_next(workspace, minutes=1)
    assert verify(workspace, quiet).differences == []
    monkeypatch.setattr(storage_state, "_convert", real)
    run_next(workspace, minutes=1)
    assert json.loads(command(workspace, "storage", "--json").stdout)["plain"] == 0
    assert verify(workspace, quiet).differences == []


def test_what_is_brought_from_elsewhere_is_encrypted_the_next_day(sealed: Workspace) -> None:
    stranger = sealed.root / "backups" / "备份_20200101-000000.zip"
    stranger.write_bytes(b"PK\x03\x04 " + PHONE.encode())
    run_next(sealed, days=1)
    assert PHONE.encode() not in stranger.read_bytes()


def test_switched_off_again(sealed: Workspace) -> None:
    """What is encrypted stays so and is read with the key; what is new lies plain."""
    off = switch(sealed, on=False)
    unit = select_all(off, t.leads)[0]["unit"]
    drop_lead(off, "后来.xlsx", unit, 客户单位全称="黟县城市管理局")
    run_next(off, days=1)
    assert off.path(MASTER).read_bytes()[:2] == b"PK"
    newest = max((off.archive).rglob("*_后来.xlsx"))
    assert newest.read_bytes()[:2] == b"PK"
    found = verify(off, quiet)
    assert found.differences == []
    assert any("加密存放已关闭" in n for n in found.notices)


# --- the master under its password ---


def edit(workspace: Workspace, password: str | None, note: str) -> str:
    """The clerk opens the master, writes a note and saves it; the lead's number."""
    path = workspace.path(MASTER)
    book = load_workbook(io.BytesIO(decrypted(path.read_bytes(), PASSWORD)))
    sheet = book["台账"]
    column = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, column["人工备注"], note)
    saved = io.BytesIO()
    book.save(saved)
    data = saved.getvalue()
    path.write_bytes(encrypted(data, password) if password else data)
    return str(sheet.cell(2, column["信息编号"]).value)


@pytest.mark.parametrize("password", [PASSWORD, None])
def test_hand_edits_are_read_back(sealed: Workspace, password: str | None) -> None:
    """Also from a master the clerk saved without its password: it gets it again."""
    number = edit(sealed, password, "明日再访")
    assert any(number in line for line in verify(sealed, quiet).differences)
    run_next(sealed, minutes=1)
    (row,) = select_all(sealed, t.leads, t.leads.c.number == number)
    assert row["clerk_note"] == "明日再访"
    assert sealed.path(MASTER).read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
    assert verify(sealed, quiet).differences == []
    kept = list((sealed.root / "backups" / "手工改动").iterdir())
    assert kept
    assert all(decrypted(path.read_bytes(), PASSWORD)[:2] == b"PK" for path in kept)


def test_a_password_taken_off_without_an_edit(sealed: Workspace) -> None:
    path = sealed.path(MASTER)
    path.write_bytes(decrypted(path.read_bytes(), PASSWORD))
    assert any("没有打开密码" in n for n in verify(sealed, quiet).notices)
    run_next(sealed, minutes=1)
    assert path.read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
    assert verify(sealed, quiet).differences == []


def test_another_password_is_told_and_the_file_kept(sealed: Workspace) -> None:
    edit(sealed, "their-own-word", "明日再访")
    saved = sealed.path(MASTER).read_bytes()
    assert any("打开密码" in line for line in verify(sealed, quiet).differences)
    run_next(sealed, minutes=1)
    assert verify(sealed, quiet).differences == []
    told = select_all(sealed, t.events, t.events.c.reason.contains("打开密码"))
    assert told
    (kept,) = (sealed.root / "backups" / "手工改动").iterdir()
    assert kept.read_bytes() == saved


def test_an_encrypted_master_is_imported(sealed: Workspace, tmp_path: Path) -> None:
    new = tmp_path / "new"
    assert CliRunner().invoke(cli, ["init", str(new)]).exit_code == 0
    shutil.copyfile(sealed.path("master/单位名录.xlsx"), new / "master" / "单位名录.xlsx")
    fresh = switch(open_workspace(new))
    result = command(fresh, "import-master", str(sealed.path(MASTER)))
    assert result.exit_code == 0, result.output
    assert len(select_all(fresh, t.leads)) == len(select_all(sealed, t.leads))
    assert verify(fresh, quiet).differences == []
    before = select_all(fresh, t.leads)
    assert command(fresh, "rebuild").exit_code == 0
    assert select_all(fresh, t.leads) == before


# --- keys ---


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PROCESSOR_STORAGE_KEY", "", "没有主密钥"),
        ("PROCESSOR_STORAGE_KEY", "another-main-key-here", "不符"),
        ("PROCESSOR_MASTER_PASSWORD", "", "没有台账的打开密码"),
    ],
)
def test_without_the_right_secret_nothing_happens(
    sealed: Workspace, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    drop_lead(sealed, "后来.xlsx", "某单位")
    monkeypatch.setenv(name, value)
    before = files_of(sealed)
    later = f"{last_moment(sealed) + timedelta(days=1):%Y-%m-%d %H:%M}"
    asked = [("run", "--as-of", later), ("backup",), ("rebuild",)]
    asked += [("purge", "--approval", "审7", "--as-of", later)]
    for line in asked:
        result = command(sealed, *line)
        assert result.exit_code == 2, (line, result.output)
        assert words in result.output, line
        assert "Traceback" not in result.output
    assert files_of(sealed) == before


def test_a_lost_key_file(sealed: Workspace) -> None:
    """Told with what is lost; the record goes on once a person has said so."""
    for path in storage_keys.paths(sealed):
        path.unlink()
    before = files_of(sealed)
    later = f"{last_moment(sealed) + timedelta(days=1):%Y-%m-%d %H:%M}"
    result = command(sealed, "run", "--as-of", later)
    assert result.exit_code == 4
    assert "个加密的文件因此不能读取" in result.output
    assert "--begin-again" in result.output
    checked = command(sealed, "verify")
    assert checked.exit_code == 5
    assert "密钥已不存在" in checked.output
    assert files_of(sealed) == before
    assert command(sealed, "storage", "--begin-again").exit_code == 0
    assert command(sealed, "storage", "--begin-again").exit_code == 2
    drop_lead(sealed, "后来.xlsx", select_all(sealed, t.leads)[0]["unit"])
    assert command(sealed, "run", "--as-of", later).exit_code == 0
    state = command(sealed, "storage")
    assert state.exit_code == 5
    assert "密钥已不存在，不能读取" in state.output
    leads = select_all(sealed, t.leads)
    result = command(sealed, "rebuild")
    assert result.exit_code == 5
    assert "无法读取" in result.output
    assert command(sealed, "rebuild", "--from", "master").exit_code == 0
    assert select_all(sealed, t.leads) == leads


def test_the_main_key_is_changed(sealed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = command(sealed, "storage", "--new-key").output.strip()
    assert len(fresh) >= 40
    assert command(sealed, "storage", "--change-key").exit_code == 2
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY_NEW", KEY)
    assert "相同" in command(sealed, "storage", "--change-key").output
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY_NEW", fresh)
    result = command(sealed, "storage", "--change-key")
    assert result.exit_code == 0
    assert result.output.count("PROCESSOR_STORAGE_KEY 改为") == 1
    assert fresh not in result.output
    storage_keys._open.clear()  # as another process
    assert command(sealed, "verify").exit_code == 2
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY", fresh)
    assert command(sealed, "verify").exit_code == 0


def test_a_plain_copy_is_taken_out(sealed: Workspace, tmp_path: Path) -> None:
    (row,) = select_all(sealed, t.files, t.files.c.name == "新.xlsx")
    result = command(sealed, "storage", "--take", row["archived"], "--to", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    (copy,) = (tmp_path / "out").iterdir()
    values = [c.value for line in load_workbook(copy).active.iter_rows() for c in line]
    assert PHONE in values
    again = command(sealed, "storage", "--take", row["archived"], "--to", str(tmp_path / "out"))
    assert again.exit_code == 2


def test_an_issue_is_printed_again(sealed: Workspace) -> None:
    (path,) = (sealed.outbox / "通报").rglob("*_2026-07-10.xlsx")
    before = path.read_bytes()
    path.unlink()
    assert command(sealed, "bulletin", "2026-07-10").exit_code == 0
    assert path.read_bytes() == before
