"""The key file: one data key for every encrypted file, wrapped by the office's main key.

It is kept twice, `state/storage.keys` and `archive/.storage.keys`, so that losing either folder
loses nothing; the copy of the higher generation counts. Nothing in it opens without the main key,
which comes from environment or keyring and is never written anywhere.

    magic 8 | generation 8 | salt 16 | check 8 | nonce 12 | AES-256-GCM(ids and keys), tag 16

The wrapping key is scrypt(main key, salt). A new salt is drawn when keys are destroyed and when the
main key is changed. Salt and table lie in the same file, so a salt alone makes no old copy of the
file unreadable: only changing the main key does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from processor.encryption import STORAGE, STORAGE_NEW, master_password, secret
from processor.erasing import ending
from processor.settings import SettingsError
from processor.workspace import UnusableWorkspace, Workspace, put_bytes

NAME = "storage.keys"  # under state/; under archive/ hidden
SHORTEST = 16  # characters of a main key
_MAGIC = b"DKHKEYS1"
_ID, _KEY, _SALT, _CHECK, _NONCE = 16, 32, 16, 8, 12
_HEAD = len(_MAGIC) + 8 + _SALT + _CHECK
_LEAST = _HEAD + _NONCE + 16

Key = tuple[bytes, bytes]  # its number (16 random bytes) and the key itself


class NoKeyFile(UnusableWorkspace):
    """Files are encrypted and the key file has gone (exit 4)."""


@dataclass(slots=True)
class Ring:
    """The opened key file. `spare`: keys saved and not used yet, of this process alone."""

    table: dict[bytes, bytes] = field(repr=False)
    generation: int
    salt: bytes
    wrapping: bytes = field(repr=False)
    check: bytes
    spare: list[Key] = field(default_factory=list, repr=False)
    agree: bool = True  # both copies are of this generation


_open: dict[Path, tuple[tuple[object, ...], Ring]] = {}  # by root, with what the files were then


def paths(workspace: Workspace) -> tuple[Path, Path]:
    return workspace.state / NAME, workspace.archive / f".{NAME}"


def exists(workspace: Workspace) -> bool:
    """Whether anything was ever encrypted here, as far as the key file tells."""
    return any(path.exists() for path in paths(workspace))


def demand(workspace: Workspace) -> None:
    """With encryption switched on, both secrets are there and long enough. Raises SettingsError."""
    if not workspace.settings.storage.encrypt:
        return
    main_key()
    master_password()


def main_key(name: str = STORAGE) -> str:
    """The main key from environment or keyring. Raises SettingsError."""
    value = secret(name)
    if value is None:
        raise SettingsError(
            f"归档和备份已加密，但没有主密钥：请设置环境变量 {name} 或存入系统密钥库。"
            "没有作任何更改。"
        )
    if len(value) < SHORTEST:
        raise SettingsError(
            f"主密钥 {name} 太短，至少 {SHORTEST} 个字符；"
            "可用 processor storage --new-key 生成。没有作任何更改。"
        )
    return value


def ring(workspace: Workspace) -> Ring:
    """The opened key file; an empty one where there is none yet.

    Raises SettingsError (no main key, or another one), OSError when both copies are damaged.
    """
    stamp = _stamp(workspace)
    known = _open.get(workspace.root)
    if known is not None and known[0] == stamp:
        return known[1]
    found = _load(workspace) if exists(workspace) else _first(workspace)
    _open[workspace.root] = (stamp, found)
    return found


def _first(workspace: Workspace) -> Ring:
    """No key file: nothing was encrypted yet, or it was lost, and then none is begun in silence."""
    from processor.storage import sealed_files

    key = main_key()
    lost = sum(1 for _ in sealed_files(workspace))
    if lost:
        raise NoKeyFile(
            f"密钥文件 {paths(workspace)[0]} 及其副本 {paths(workspace)[1]} 都不在原处，"
            f"归档和备份中 {lost} 个加密的文件因此不能读取。请由单位的文件备份取回密钥文件；"
            "账本和台账不受影响；确认不能取回时，运行 processor storage --begin-again "
            "另起密钥文件。没有作任何更改。"
        )
    return _fresh(key, {}, 0)


def reserve(workspace: Workspace, count: int) -> None:
    """Have at least so many unused keys saved: a key is on the disk before what it encrypts."""
    own = ring(workspace)
    short = count - len(own.spare)
    if short <= 0:
        return
    fresh = [(os.urandom(_ID), os.urandom(_KEY)) for _ in range(short)]
    own.table.update(fresh)
    own.spare.extend(fresh)
    _save(workspace, own)


def take(workspace: Workspace) -> Key:
    """A key for one file, never given out again."""
    reserve(workspace, 1)
    return ring(workspace).spare.pop()


def forget(workspace: Workspace, numbers: Iterable[bytes]) -> None:
    """Destroy keys: both copies are written without them, under a new salt."""
    own = ring(workspace)
    for number in numbers:
        own.table.pop(number, None)
    own.spare = [key for key in own.spare if key[0] in own.table]
    _save(workspace, _fresh(main_key(), own.table, own.generation, own.spare))


def change_main_key(workspace: Workspace) -> None:
    """Wrap the keys under the main key in PROCESSOR_STORAGE_KEY_NEW. Raises SettingsError.

    Killed in between, the old main key still opens one copy and the new one the other.
    """
    new = main_key(STORAGE_NEW)
    if new == main_key():
        raise SettingsError("新主密钥与现用的相同，没有更换。")
    old = _load(workspace)
    _save(workspace, _fresh(new, old.table, old.generation))


def begin_again(workspace: Workspace) -> None:
    """A new, empty key file: what was encrypted under a lost one stays unreadable."""
    _save(workspace, _fresh(main_key(), {}, 0))


def settle(workspace: Workspace) -> None:
    """Make both copies agree again: after a crash, or when one folder was lost."""
    own = ring(workspace)
    if not own.agree:
        _save(workspace, own)


def _fresh(key: str, table: dict[bytes, bytes], generation: int, spare: Iterable[Key] = ()) -> Ring:
    salt = os.urandom(_SALT)
    wrapping, check = _derived(key, salt)
    return Ring(table, generation, salt, wrapping, check, list(spare))


def _derived(key: str, salt: bytes) -> tuple[bytes, bytes]:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    body = Scrypt(salt=salt, length=_KEY + _CHECK, n=1 << 15, r=8, p=1).derive(key.encode())
    return body[:_KEY], body[_KEY:]


def _load(workspace: Workspace) -> Ring:
    copies = [path.read_bytes() for path in paths(workspace) if path.exists()]
    whole = [c for c in copies if c[: len(_MAGIC)] == _MAGIC and len(c) >= _LEAST]
    whole.sort(key=_generation, reverse=True)
    newest = _generation(whole[0]) if whole else 0
    key = main_key()
    strange = False
    for body in whole:
        at = len(_MAGIC) + 8
        salt, check = body[at : at + _SALT], body[at + _SALT : _HEAD]
        wrapping, own_check = _derived(key, salt)
        if own_check != check:
            strange = True
            continue
        table = _table(wrapping, body)
        if table is not None:
            agree = len(copies) == len(paths(workspace)) and len(set(copies)) == 1
            return Ring(table, newest, salt, wrapping, check, agree=agree)
    if strange:
        raise SettingsError(f"主密钥 {STORAGE} 与本工作区的密钥文件不符，请核对。没有作任何更改。")
    raise NoKeyFile(
        f"密钥文件 {paths(workspace)[0]} 及其副本 {paths(workspace)[1]} 均已损坏，"
        "请由单位的文件备份取回。没有作任何更改。"
    )


def _table(wrapping: bytes, body: bytes) -> dict[bytes, bytes] | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, sealed = body[_HEAD : _HEAD + _NONCE], body[_HEAD + _NONCE :]
    try:
        plain = AESGCM(wrapping).decrypt(nonce, sealed, body[:_HEAD])
    except InvalidTag:
        return None
    step = _ID + _KEY
    return {plain[n : n + _ID]: plain[n + _ID : n + step] for n in range(0, len(plain), step)}


def _generation(body: bytes) -> int:
    return int.from_bytes(body[len(_MAGIC) : len(_MAGIC) + 8], "big")


def _packed(own: Ring) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    head = _MAGIC + own.generation.to_bytes(8, "big") + own.salt + own.check
    nonce = os.urandom(_NONCE)
    plain = b"".join(number + key for number, key in own.table.items())
    return head + nonce + AESGCM(own.wrapping).encrypt(nonce, plain, head)


def _save(workspace: Workspace, own: Ring) -> None:
    """Write both copies, durable, and overwrite the bytes they held before: keys that are destroyed
    one day must not lie in the remains of an earlier key file."""
    own.generation += 1
    body = _packed(own)
    with ending(*paths(workspace)):
        for target in paths(workspace):
            put_bytes(target, body)
    own.agree = True
    _open[workspace.root] = (_stamp(workspace), own)


def _stamp(workspace: Workspace) -> tuple[object, ...]:
    found: list[object] = []
    for path in paths(workspace):
        try:
            status = path.stat()
            found.append((status.st_ino, status.st_size, status.st_mtime_ns))
        except FileNotFoundError:
            found.append(None)
    return tuple(found)
