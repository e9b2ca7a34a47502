"""A purge with encryption on: the keys of what held contacts are destroyed, nothing tells."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from processor import storage, storage_keys
from processor.encryption import decrypted
from processor.ledger import tables as t
from processor.ledger.purge import purge
from processor.ledger.purged import Purged
from processor.ledger.rebuild import rebuild
from processor.ledger.restoring import prove
from processor.ledger.verify import verify
from processor.workspace import MASTER, Workspace
from tests.ledger.test_at_rest import PASSWORD, encrypted_root, secrets, set_secrets
from tests.ledger.test_purge import LATER, WALL, quiet
from tests.ledger.test_purge_files import GONE_AS, mixed
from tests.ledger.worlds import copied, last_moment, run_next, same_record, select_all

__all__ = ["encrypted_root", "mixed", "secrets"]  # fixtures

Read = tuple[str, bytes]


def plaintexts(workspace: Workspace) -> Iterator[Read]:
    """What someone with all secrets can read in the workspace: every file, opened as far as it
    goes."""
    import gzip
    import io
    import zipfile

    def inside(name: str, data: bytes) -> Iterator[Read]:
        if data[:4] == b"\xd0\xcf\x11\xe0":
            data = decrypted(data, PASSWORD)
        if name.endswith(".gz"):
            data = gzip.decompress(data)
        yield name, data
        if data[:4] == b"PK\x03\x04" and zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for member in archive.namelist():
                    yield from inside(f"{name}/{member}", archive.read(member))

    for path in sorted(workspace.root.rglob("*")):
        if path.is_file():
            name = path.relative_to(workspace.root).as_posix()
            yield from inside(name, storage.read(workspace, path))


def told(workspace: Workspace, words: set[str]) -> list[tuple[str, str]]:
    return [
        (name, word)
        for name, data in plaintexts(workspace)
        for word in sorted(words)
        if word.encode() in data
        or word.encode("utf-16-le") in data
        or json.dumps(word)[1:-1].encode() in data
    ]


@pytest.fixture(scope="module")
def before(encrypted_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The encrypted record as it stands, kept to compare with."""
    return copied(encrypted_root, tmp_path_factory.mktemp("before") / "workspace")


@pytest.fixture(scope="module")
def purged(
    encrypted_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, set[str], Purged]:
    """Six years later; the phones only purged rows had; what the purge says."""
    with pytest.MonkeyPatch.context() as patch:
        set_secrets(patch)
        workspace = copied(encrypted_root, tmp_path_factory.mktemp("purged") / "workspace")
        phones = [
            (row["number"], str(row[column]))
            for table in (t.leads, t.refusals, t.applications)
            for row in select_all(workspace, table)
            for column in ("contact_phone", "reporter_phone")
            if row.get(column)
        ]
        result = purge(workspace, "审〔2033〕7号", last_moment(workspace) + LATER, quiet)
    due = {number for number, *_ in result.items}
    kept = {phone for number, phone in phones if number not in due}
    gone = {phone for number, phone in phones if number in due and len(phone) >= 8}
    return workspace, gone - kept, result


def test_nothing_tells_of_them_even_decrypted(
    purged: tuple[Workspace, set[str], Purged], before: Workspace
) -> None:
    workspace, phones, result = purged
    assert len(phones) > 5
    assert {word for _, word in told(before, phones)} == phones
    assert told(workspace, phones) == []
    assert result.left == []
    assert not list(workspace.root.rglob("*.old"))
    assert not list(workspace.root.rglob("*.new"))
    assert not (workspace.state / "reading").exists()


def test_the_record_still_proves_itself(purged: tuple[Workspace, set[str], Purged]) -> None:
    workspace, _, _ = purged
    found = verify(workspace, quiet)
    assert found.differences == []
    assert not [n for n in found.notices if "未登记" in n or "加密" in n]
    (snapshot,) = (workspace.root / "backups").rglob("*.zip")
    assert prove(workspace, snapshot.stem, quiet) == []


@pytest.mark.parametrize("source", ["archive", "master"])
def test_a_rebuild_repeats_the_purge(
    purged: tuple[Workspace, set[str], Purged], tmp_path: Path, source: str
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


def test_saved_ciphertext_no_longer_opens(
    purged: tuple[Workspace, set[str], Purged], before: Workspace, tmp_path: Path
) -> None:
    """Someone kept the encrypted originals and backups: the office itself cannot open them."""
    workspace = copied(purged[0].root, tmp_path / "workspace")
    by_key = [item[0] for item in purged[2].files if item[4] == "密钥销毁并覆盖"]
    assert any(path.startswith("backups/") for path in by_key)
    assert any(path.startswith("archive/2") for path in by_key)
    for name in by_key:
        assert storage.read(before, before.path(name))
        shutil.copyfile(before.path(name), tmp_path / "kept")
        with pytest.raises(storage.Unreadable, match="密钥已不存在"):
            storage.read(workspace, tmp_path / "kept")
    survivors = [r["archived"] for r in select_all(workspace, t.files)]
    survivors = [a for a in survivors if workspace.path(a).exists()]
    assert survivors
    for name in survivors:
        assert storage.sha_of(workspace, before.path(name))


def test_the_certificate_names_the_method(purged: tuple[Workspace, set[str], Purged]) -> None:
    workspace, _, _ = purged
    (path,) = (workspace.outbox / "销毁").iterdir()
    sheet = load_workbook(path)["文件"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    methods = {str(row[0]).split("/")[0]: row[4] for row in lines if "/" in str(row[0])}
    assert methods["archive"] == methods["backups"] == "密钥销毁并覆盖"
    assert methods["outbox"] == "覆盖擦除"
    cover = load_workbook(path)["销毁证明"]
    text = "".join(str(c.value) for row in cover.iter_rows() for c in row if c.value)
    assert "密钥销毁：" in text
    assert "更换主密钥" in text


def test_the_old_bytes_are_overwritten_too(encrypted_root: Path, tmp_path: Path) -> None:
    """Key file, master and originals: a second name kept of the old bytes shows only zeros."""
    workspace = copied(encrypted_root, tmp_path / "workspace")
    watched = [*storage_keys.paths(workspace), workspace.path(MASTER)]
    watched += (workspace.root / "backups").glob("*.zip")
    for number, path in enumerate(watched):
        os.link(path, tmp_path / f"kept-{number}")
    purge(workspace, "审7", last_moment(workspace) + LATER, quiet)
    for number, path in enumerate(watched):
        assert set((tmp_path / f"kept-{number}").read_bytes()) == {0}, path.name


def test_mixed_files_and_a_second_purge(mixed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row of a file goes; later its neighbour too, out of the encrypted tombstone. Journal,
    quarantine and draft are cleaned as without encryption."""
    from tests.ledger.test_at_rest import switch

    workspace = switch(mixed)
    run_next(workspace, minutes=1)
    first = last_moment(workspace) + LATER
    result = purge(workspace, "审7", first, quiet)
    assert result.left == []
    assert told(workspace, set(GONE_AS)) == []
    assert any(item[1] == "运行记录" for item in result.files)
    archived = next(
        r["archived"] for r in select_all(workspace, t.files) if r["name"] == "混合.xlsx"
    )
    stone = workspace.path(f"{archived}.销毁.json")
    old = stone.read_bytes()
    assert b"13605534455" in storage.read(workspace, stone)
    close(workspace, "祁门县茶叶研究所")
    run_next(workspace, days=1)
    result = purge(workspace, "审8", last_moment(workspace) + LATER, quiet)
    assert result.left == []
    assert told(workspace, {"13605534455", "司徒明远"}) == []
    assert verify(workspace, quiet).differences == []
    (workspace.root / "kept").write_bytes(old)
    with pytest.raises(storage.Unreadable):
        storage.read(workspace, workspace.root / "kept")


def close(workspace: Workspace, customer: str) -> None:
    """The clerk closes a lead in the master."""
    import io

    from processor.encryption import encrypted

    path = workspace.path(MASTER)
    book = load_workbook(io.BytesIO(decrypted(path.read_bytes(), PASSWORD)))
    sheet = book["台账"]
    heads = {cell.value: cell.column for cell in sheet[1]}
    for row in sheet.iter_rows(min_row=2):
        if row[heads["客户单位全称"] - 1].value == customer:
            row[heads["状态"] - 1].value = "关闭"
    saved = io.BytesIO()
    book.save(saved)
    path.write_bytes(encrypted(saved.getvalue(), PASSWORD))
