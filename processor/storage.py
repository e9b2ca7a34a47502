"""Files at rest: what lies in archive and backups is encrypted where the office switched it on.

    magic 8 | number of the key 16 | nonce 12 | AES-256-GCM(content) | tag 16

Every file has a key of its own (`storage_keys`), so that destroying the key destroys the file and
all its copies. Names stay as they are, and a hash always means the content: readers ask here and
need not know whether a file is encrypted. A plain file is read as it is, so both kinds may lie side
by side. The ledger itself is left to the encryption of the disk.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from processor import storage_keys
from processor.erasing import destroy
from processor.workspace import Workspace, fsync_folder, make_folder, place

FOLDERS = ("archive", "backups")
_MAGIC = b"DKHSEAL1"
_HEAD = len(_MAGIC) + 16
_NONCE, _TAG = 12, 16
_CHUNK = 1 << 20
_IN_MEMORY = 64 << 20  # content beyond this is put on disk, under state/, while it is read
READING = "reading"  # under state/: plain copies for readers that need a path


class Unreadable(OSError):
    """An encrypted file whose key has gone, or that is damaged; the words are for a person."""

    def __init__(self, words: str, path: Path) -> None:
        super().__init__(None, words, str(path))
        self.words = words


LOST, DAMAGED = "文件已加密，而它的密钥已不存在", "加密的文件已损坏"


class _Sealer(io.RawIOBase):
    """Encrypts what is written to it; the tag follows when it is closed by `end`."""

    def __init__(self, target: IO[bytes], key: storage_keys.Key) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        super().__init__()
        number, secret = key
        nonce = os.urandom(_NONCE)
        self._target = target
        self._cipher = Cipher(algorithms.AES(secret), modes.GCM(nonce)).encryptor()
        self._cipher.authenticate_additional_data(_MAGIC + number)
        target.write(_MAGIC + number + nonce)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._target.write(self._cipher.update(data))
        return len(data)

    def end(self) -> None:
        self._target.write(self._cipher.finalize() + self._cipher.tag)


def sealing(workspace: Workspace, fill: Callable[[IO[bytes]], object]) -> Callable[[Path], None]:
    """The writer of one file of archive or backups, for `place` and `replace_file`: encrypted where
    that is switched on. `fill` writes the content; it may not seek. Raises SettingsError."""
    key = storage_keys.take(workspace) if workspace.settings.storage.encrypt else None

    def write(path: Path) -> None:
        with path.open("wb") as handle:
            if key is None:
                fill(handle)
                return
            sealer = _Sealer(handle, key)
            fill(sealer)  # type: ignore[arg-type]
            sealer.end()

    return write


def of_bytes(data: bytes) -> Callable[[IO[bytes]], object]:
    """A filling with bytes at hand."""
    return lambda handle: handle.write(data)


def of_file(source: Path) -> Callable[[IO[bytes]], object]:
    """A filling with the bytes of a plain file."""

    def fill(handle: IO[bytes]) -> None:
        with source.open("rb") as reader:
            shutil.copyfileobj(reader, handle, _CHUNK)

    return fill


def store(workspace: Workspace, target: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write one file of archive or backups, whole or not at all, durable. Raises OSError."""
    make_folder(target.parent)
    place(target, sealing(workspace, fill))
    fsync_folder(target.parent)


def number_of(path: Path) -> bytes | None:
    """The number of the key a file is encrypted with; None when it is plain. Raises OSError."""
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    return head[len(_MAGIC) :] if _sealed(head) else None


def _sealed(head: bytes) -> bool:
    return len(head) == _HEAD and head.startswith(_MAGIC)


def _content(workspace: Workspace, path: Path) -> Iterator[bytes]:
    """The content in pieces. It is known to be whole when the last piece has come, not before.

    Raises Unreadable, SettingsError, OSError.
    """
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
        if not _sealed(head) or not _ours(workspace):
            yield head
            while data := handle.read(_CHUNK):
                yield data
            return
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        if not storage_keys.exists(workspace):
            raise Unreadable(LOST, path)
        key = storage_keys.ring(workspace).table.get(head[len(_MAGIC) :])
        if key is None:
            raise Unreadable(LOST, path)
        left = path.stat().st_size - _HEAD - _NONCE - _TAG
        if left < 0:
            raise Unreadable(DAMAGED, path)
        cipher = Cipher(algorithms.AES(key), modes.GCM(handle.read(_NONCE))).decryptor()
        cipher.authenticate_additional_data(head)
        while left:
            data = handle.read(min(_CHUNK, left))
            if not data:
                raise Unreadable(DAMAGED, path)
            left -= len(data)
            yield cipher.update(data)
        try:
            yield cipher.finalize_with_tag(handle.read(_TAG))
        except (InvalidTag, ValueError) as error:
            raise Unreadable(DAMAGED, path) from error


def _ours(workspace: Workspace) -> bool:
    """Where nothing was ever encrypted, a file may begin as it likes: it came from outside."""
    return workspace.settings.storage.encrypt or storage_keys.exists(workspace)


def read(workspace: Workspace, path: Path) -> bytes:
    """The content of a file of archive or backups. Raises Unreadable, SettingsError, OSError."""
    return b"".join(_content(workspace, path))


def sha_of(workspace: Workspace, path: Path) -> str:
    """SHA-256 of the content. Raises as `read`."""
    digest = hashlib.sha256()
    for data in _content(workspace, path):
        digest.update(data)
    return digest.hexdigest()


def content_of(workspace: Workspace, path: Path) -> bytes:
    """What any file of the workspace holds, under a known password too. Raises as `read`."""
    from processor.encryption import FILES, MASTER_PASSWORD, decrypted, is_encrypted, secret

    data = read(workspace, path)
    for name in (MASTER_PASSWORD, FILES) if is_encrypted(data) else ():
        from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

        password = secret(name)
        if password is not None:
            with suppress(DecryptionError, FileFormatError, InvalidKeyError):
                return decrypted(data, password)
    return data


@contextmanager
def opened(workspace: Workspace, path: Path) -> Iterator[IO[bytes]]:
    """The content to be read and sought in, known to be whole. Raises as `read`."""
    if not _sealed_file(workspace, path):
        with path.open("rb") as handle:
            yield handle
        return
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(workspace.state)) as plain:
        for data in _content(workspace, path):
            plain.write(data)
        plain.seek(0)
        yield plain


def _sealed_file(workspace: Workspace, path: Path) -> bool:
    return _ours(workspace) and number_of(path) is not None


@contextmanager
def readable(workspace: Workspace) -> Iterator[Callable[[Path], Path]]:
    """For readers that need a path: gives a plain file itself, of an encrypted one a copy under
    state/, overwritten at the end. The call raises as `read`."""
    folder = workspace.state / READING
    made: list[Path] = []

    def plain(path: Path) -> Path:
        if not _sealed_file(workspace, path):
            return path
        own = folder / str(len(made))  # readers name the file in what they say
        own.mkdir(parents=True, exist_ok=True)
        target = own / path.name
        with target.open("wb") as handle:
            made.append(target)
            for data in _content(workspace, path):
                handle.write(data)
        return target

    try:
        yield plain
    finally:
        clear_reading(workspace)


def clear_reading(workspace: Workspace) -> None:
    """Overwrite and remove plain copies, also those of a command that was killed."""
    folder = workspace.state / READING
    if folder.is_dir():
        for path in folder.rglob("*"):
            destroy(path)
        shutil.rmtree(folder)


def files(workspace: Workspace) -> Iterator[Path]:
    """Every file of archive and backups but the workspace's own marks."""
    for folder in FOLDERS:
        for path in sorted((workspace.root / folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                yield path


def sealed_files(workspace: Workspace) -> Iterator[Path]:
    """The encrypted ones, whether or not their keys are there."""
    return (path for path in files(workspace) if number_of(path) is not None)
