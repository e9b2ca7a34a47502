"""Files at rest: read by nobody without the key, and a destroyed key ends them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

from processor import storage, storage_keys
from processor.settings import Settings, SettingsError, StorageSettings
from processor.workspace import Workspace, put_bytes

KEY, OTHER = "a-main-key-of-the-office", "another-main-key-of-theirs"
WORDS = "李强 13905537788".encode()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Folders of a workspace with encryption switched on, both secrets in the environment."""
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY", KEY)
    monkeypatch.setenv("PROCESSOR_MASTER_PASSWORD", "taizhang")
    for name in ("archive", "backups", "state"):
        (tmp_path / name).mkdir()
    return Workspace(tmp_path, Settings(storage=StorageSettings(encrypt=True)))


def put(workspace: Workspace, name: str = "a.xlsx", data: bytes = WORDS) -> Path:
    path = workspace.archive / name
    storage.store(workspace, path, storage.of_bytes(data))
    return path


def copies(workspace: Workspace) -> list[bytes]:
    return [path.read_bytes() for path in storage_keys.paths(workspace)]


# --- one file ---


@pytest.mark.parametrize("size", [0, 1, 15, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_what_is_written_is_read(workspace: Workspace, size: int) -> None:
    data = secrets.token_bytes(size)
    path = put(workspace, data=data)
    assert storage.read(workspace, path) == data
    with storage.opened(workspace, path) as handle:
        assert handle.read() == data
        handle.seek(0)
        assert handle.read(3) == data[:3]
    assert path.stat().st_size == size + 52
    assert size < 16 or data[:16] not in path.read_bytes()


def test_the_same_content_never_looks_the_same(workspace: Workspace) -> None:
    one, two = put(workspace, "a"), put(workspace, "b")
    assert one.read_bytes()[60:] != two.read_bytes()[60:]
    assert storage.number_of(one) != storage.number_of(two)
    assert storage.sha_of(workspace, one) == storage.sha_of(workspace, two)


@pytest.mark.parametrize("at", [8, 20, 24, 30, 36, 40, -17, -16, -1])
def test_a_changed_byte_is_found(workspace: Workspace, at: int) -> None:
    path = put(workspace)
    body = bytearray(path.read_bytes())
    body[at] ^= 1
    path.write_bytes(body)
    with pytest.raises(storage.Unreadable):
        storage.read(workspace, path)


@pytest.mark.parametrize("keep", [24, 36, 40, 51, -1])
def test_a_file_cut_short_is_found(workspace: Workspace, keep: int) -> None:
    path = put(workspace)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(storage.Unreadable, match="损坏"):
        storage.read(workspace, path)


def test_a_plain_file_is_read_as_it_is(workspace: Workspace) -> None:
    path = workspace.archive / "plain"
    path.write_bytes(WORDS)
    assert storage.read(workspace, path) == WORDS
    assert storage.number_of(path) is None


def test_without_encryption_a_file_may_begin_as_it_likes(tmp_path: Path) -> None:
    """What a stranger sends is not taken for one of ours."""
    workspace = Workspace(tmp_path, Settings())
    data = b"DKHSEAL1" + bytes(80)
    storage.store(workspace, tmp_path / "a.csv", storage.of_bytes(data))
    assert storage.read(workspace, tmp_path / "a.csv") == data
    assert not storage_keys.exists(workspace)


def test_plain_copies_for_readers_are_overwritten(workspace: Workspace, tmp_path: Path) -> None:
    path = put(workspace)
    with storage.readable(workspace) as plain:
        copy = plain(path)
        assert (copy.name, copy.read_bytes()) == (path.name, WORDS)
        os.link(copy, tmp_path / "kept")
    assert not copy.exists()
    assert (tmp_path / "kept").read_bytes() == bytes(len(WORDS))


# --- keys ---


@pytest.mark.parametrize(
    ("value", "words"), [("", "没有主密钥"), ("short", "太短"), (OTHER, "不符")]
)
def test_a_missing_or_wrong_main_key(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, value: str, words: str
) -> None:
    put(workspace)
    before = copies(workspace)
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY", value)
    forget_opened()
    with pytest.raises(SettingsError, match=words) as told:
        storage.read(workspace, workspace.archive / "a.xlsx")
    assert "没有作任何更改" in str(told.value)
    with pytest.raises(SettingsError, match=words):
        put(workspace, "b.xlsx")
    assert copies(workspace) == before


def forget_opened() -> None:
    """As a new process begins: nothing is known of key files."""
    storage_keys._open.clear()


@pytest.mark.parametrize("which", [0, 1])
def test_one_copy_of_the_key_file_is_enough(workspace: Workspace, which: int) -> None:
    path = put(workspace)
    storage_keys.paths(workspace)[which].unlink()
    forget_opened()
    assert storage.read(workspace, path) == WORDS
    storage_keys.settle(workspace)
    one, two = copies(workspace)
    assert one == two


@pytest.mark.parametrize("which", [0, 1])
def test_a_damaged_copy_is_passed_over_and_mended(workspace: Workspace, which: int) -> None:
    path = put(workspace)
    damaged = storage_keys.paths(workspace)[which]
    damaged.write_bytes(damaged.read_bytes()[:-3] + b"abc")
    forget_opened()
    assert storage.read(workspace, path) == WORDS
    storage_keys.settle(workspace)
    assert len(set(copies(workspace))) == 1


def test_a_lost_key_file_is_told_and_not_begun_anew_in_silence(workspace: Workspace) -> None:
    path = put(workspace)
    for copy in storage_keys.paths(workspace):
        copy.unlink()
    forget_opened()
    with pytest.raises(storage.Unreadable, match="密钥已不存在"):
        storage.read(workspace, path)
    with pytest.raises(storage_keys.NoKeyFile, match="1 个加密的文件"):
        put(workspace, "b.xlsx")
    assert not storage_keys.exists(workspace)
    storage_keys.begin_again(workspace)
    assert storage.read(workspace, put(workspace, "b.xlsx")) == WORDS
    with pytest.raises(storage.Unreadable):
        storage.read(workspace, path)


def test_keys_are_saved_before_what_they_encrypt(workspace: Workspace) -> None:
    """A kill between key file and file leaves a key too many, never a file without its key."""
    storage_keys.reserve(workspace, 3)
    before = copies(workspace)
    paths = [put(workspace, name) for name in "abc"]
    assert copies(workspace) == before
    forget_opened()
    assert [storage.read(workspace, p) for p in paths] == [WORDS] * 3
    assert len({storage.number_of(p) for p in paths}) == 3


def test_a_destroyed_key_ends_the_file_and_its_copies(workspace: Workspace, tmp_path: Path) -> None:
    gone, stays = put(workspace, "a"), put(workspace, "b")
    copy = tmp_path / "elsewhere"
    copy.write_bytes(gone.read_bytes())
    olds = [tmp_path / "old-0", tmp_path / "old-1"]
    for old, path in zip(olds, storage_keys.paths(workspace), strict=True):
        os.link(path, old)
    number = storage.number_of(gone)
    assert number is not None
    storage_keys.forget(workspace, [number])
    forget_opened()
    for path in (gone, copy):
        with pytest.raises(storage.Unreadable, match="密钥已不存在"):
            storage.read(workspace, path)
    assert storage.read(workspace, stays) == WORDS
    assert [set(old.read_bytes()) for old in olds] == [{0}, {0}]  # the old bytes, overwritten
    assert not list(tmp_path.rglob("*.old"))


def test_an_old_copy_of_the_key_file_opens_until_the_main_key_is_changed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What destroying a key cannot do, and changing the main key does: someone kept both the file
    and the key file of that day."""
    path = put(workspace)
    old = copies(workspace)
    number = storage.number_of(path)
    assert number is not None
    storage_keys.forget(workspace, [number])
    now = copies(workspace)

    def lay(bodies: list[bytes]) -> None:
        for target, body in zip(storage_keys.paths(workspace), bodies, strict=True):
            target.write_bytes(body)
        forget_opened()

    lay(old)
    assert storage.read(workspace, path) == WORDS
    lay(now)
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY_NEW", OTHER)
    storage_keys.change_main_key(workspace)
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY", OTHER)
    lay(old)
    with pytest.raises(SettingsError, match="不符"):
        storage.read(workspace, path)


def test_changing_the_main_key(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(workspace)
    body = path.read_bytes()
    with pytest.raises(SettingsError, match="PROCESSOR_STORAGE_KEY_NEW"):
        storage_keys.change_main_key(workspace)
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY_NEW", OTHER)
    storage_keys.change_main_key(workspace)
    forget_opened()
    with pytest.raises(SettingsError, match="不符"):
        storage.read(workspace, path)
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY", OTHER)
    assert storage.read(workspace, path) == WORDS
    assert path.read_bytes() == body


@pytest.mark.parametrize("first", [KEY, OTHER])
def test_a_change_killed_between_the_copies(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Old and new main key both go on, whichever is set next; then the copies agree again."""
    path = put(workspace)
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY_NEW", OTHER)
    with monkeypatch.context() as patch:
        patch.setattr(storage_keys, "put_bytes", failing_at(2))
        with pytest.raises(KeyboardInterrupt):
            storage_keys.change_main_key(workspace)
    one, two = copies(workspace)
    assert one != two
    monkeypatch.setenv("PROCESSOR_STORAGE_KEY", first)
    forget_opened()
    assert storage.read(workspace, path) == WORDS
    storage_keys.settle(workspace)
    one, two = copies(workspace)
    assert one == two
    forget_opened()
    assert storage.read(workspace, path) == WORDS


@pytest.mark.parametrize("step", [1, 2])
def test_destroying_keys_killed_between_the_copies(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    gone, stays = put(workspace, "a"), put(workspace, "b")
    number = storage.number_of(gone)
    assert number is not None
    with monkeypatch.context() as patch:
        patch.setattr(storage_keys, "put_bytes", failing_at(step))
        with pytest.raises(KeyboardInterrupt):
            storage_keys.forget(workspace, [number])
    forget_opened()
    assert storage.read(workspace, stays) == WORDS
    storage_keys.forget(workspace, [number])
    forget_opened()
    assert storage.read(workspace, stays) == WORDS
    with pytest.raises(storage.Unreadable):
        storage.read(workspace, gone)
    assert len(set(copies(workspace))) == 1
    assert not list(workspace.root.rglob("*.old"))


def failing_at(step: int):  # type: ignore[no-untyped-def]
    """`put_bytes` until the power fails before its n-th call."""
    calls = []

    def failing(target: Path, data: bytes) -> None:
        calls.append(target)
        if len(calls) == step:
            raise KeyboardInterrupt
        put_bytes(target, data)

    return failing


def test_no_secret_lies_in_a_file(workspace: Workspace) -> None:
    put(workspace)
    number, key = next(iter(storage_keys.ring(workspace).table.items()))
    for path in workspace.root.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            assert KEY.encode() not in body
            assert key not in body
            assert b"taizhang" not in body
    assert number not in b"".join(copies(workspace))
