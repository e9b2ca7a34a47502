"""Where destroyed phones and addresses still stand in a workspace's files."""

from __future__ import annotations

import email
import email.policy
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from processor.encryption import OLE

_FULL_WIDTH = {0xFF01 + n: 0x21 + n for n in range(94)}
_RUN = re.compile(rb"\+?\d[\d\- ()]{5,30}\d")
_DIGITS = re.compile(rb"\d{7,}")
_ADDRESS = re.compile(rb"[0-9A-Za-z_.+@-]{6,}")
_DEEPEST = 3  # a workbook in a zip in a mail
_LARGEST = 256 << 20  # unpacked


def tokens(data: bytes) -> set[str]:
    """Everything in some bytes of text that could be a phone (digits alone), mail or WeChat."""
    if b"\xef\xbc" in data:  # full-width digits
        data = data.decode("utf-8", "replace").translate(_FULL_WIDTH).encode()
    found = {m.decode() for m in _DIGITS.findall(data)}
    found |= {re.sub(rb"\D", b"", m).decode() for m in _RUN.findall(data)}
    found |= {m.decode().strip(".-").lower() for m in _ADDRESS.findall(data)}
    return found | {f[2:] for f in found if f.startswith("86") and len(f) == 13}


def reaching(text: str) -> set[str]:
    """The tokens of a personal cell by which it is found again: seven digits or more, a mail
    address, a name of letters and signs (WeChat). A bare name is none: others bear it too."""
    return {
        token
        for token in tokens(text.encode())
        if (token.isdigit() and len(token) >= 7)
        or "@" in token
        or (re.search("[a-z]", token) and re.search("[0-9_-]", token))
    }


def pieces(data: bytes, name: str = "", depth: int = 0) -> Iterator[bytes]:
    """The text of a file as bytes: members of zips, parts of mails, UTF-16 made plain."""
    if depth <= _DEEPEST and data[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for info in archive.infolist():
                    if info.file_size <= _LARGEST:
                        yield from pieces(archive.read(info), info.filename, depth + 1)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, zlib.error):
            yield data
        return
    if name.endswith(".eml"):
        message = email.message_from_bytes(data, policy=email.policy.default)
        for part in message.walk():
            body = part.get_payload(decode=True)
            if isinstance(body, bytes):
                yield from pieces(body, part.get_filename() or "", depth + 1)
        return
    yield data
    if b"\0" in data:
        yield data.replace(b"\0", b"")


def holds(
    path: Path, wanted: frozenset[str], read: Callable[[Path], bytes] = Path.read_bytes
) -> bool:
    """Does a file hold one of these tokens? One that cannot be read does not. `read` decrypts."""
    try:
        data = read(path)
    except OSError:
        return False
    return any(not wanted.isdisjoint(tokens(piece)) for piece in pieces(data, path.name))


def encrypted_mail(path: Path) -> bool:
    """Is this a mail with a workbook under a password, into which nobody can look?"""
    try:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    except OSError:
        return False
    bodies = (part.get_payload(decode=True) for part in message.walk())
    return any(isinstance(body, bytes) and body.startswith(OLE) for body in bodies)


def files_under(root: Path, folders: Iterable[str]) -> Iterator[Path]:
    """Every ordinary file under some folders of the workspace, sorted."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path
