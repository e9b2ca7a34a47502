"""Secrets from environment or keyring, and workbooks under a password."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from processor.settings import SettingsError

if TYPE_CHECKING:
    from processor.model import Unit
    from processor.workspace import Workspace

SERVICE = "fleet-lead-processor"  # name in the system's keyring

MAIL = "PROCESSOR_MAIL_PASSWORD"
MAILBOX = "PROCESSOR_IMAP_PASSWORD"
FILES = "PROCESSOR_FILE_PASSWORD"  # agreed for files that come in
STORAGE = "PROCESSOR_STORAGE_KEY"  # the main key of what is encrypted at rest
STORAGE_NEW = "PROCESSOR_STORAGE_KEY_NEW"  # while it is being changed
MASTER_PASSWORD = "PROCESSOR_MASTER_PASSWORD"  # noqa: S105  # opens the master workbook
_UNIT_PREFIX = "PROCESSOR_PASSWORD_"
_TRIED = 60  # passwords for one file
OLE = b"\xd0\xcf\x11\xe0"  # begins what asks for a password, and workbooks of before 2007
_PACKAGE = "EncryptedPackage".encode("utf-16-le")  # as an OLE directory spells it


def secret(name: str) -> str | None:
    """A secret by its environment variable, else from the system's keyring; never from a file.

    A keyring that is locked or absent (a server without a session) is the same as no secret.
    """
    value = os.environ.get(name)
    if value:
        return value
    # a keyring's back end may fail in ways of its own; none of them may stop a run
    with contextlib.suppress(Exception):
        import keyring

        return keyring.get_password(SERVICE, name) or None
    return None


def unit_variable(code: str) -> str:
    """The variable that holds a unit's password: signs a shell cannot name become `_`."""
    return _UNIT_PREFIX + re.sub(r"\W", "_", code, flags=re.ASCII)


def unit_password(code: str) -> str | None:
    """The password agreed with a unit or section, None when there is none."""
    return secret(unit_variable(code)) if code else None


def opening_passwords(workspace: Workspace) -> Callable[[str], tuple[str, ...]]:
    """Asks for the passwords that may open a file that came in, most likely first.

    The one agreed for files; of units by the roster: whose folder of the inbox it lies in, then
    sections, which save our own lists under the password they got them with. At most `_TRIED`: one
    costs a reader a tenth of a second. The roster is read when the first such file asks.
    """
    from processor.model import UnitKind

    @cache
    def units() -> tuple[Unit, ...]:
        from processor.roster import read
        from processor.workspace import ROSTER

        try:
            return read(workspace.path(ROSTER)).roster.units
        except (OSError, ValueError):
            return ()

    def known(path: str) -> tuple[str, ...]:
        folder = path.split("/")[0]
        likely = sorted(
            units(), key=lambda u: (u.directory != folder, u.kind is UnitKind.DEALER, u.code)
        )
        found = (secret(FILES), *map(unit_password, (u.code for u in likely)))
        return tuple(dict.fromkeys(p for p in found if p))[:_TRIED]

    return known


def encrypted(workbook: bytes, password: str) -> bytes:
    """An xlsx under a password (ECMA-376 agile, AES-256): Excel and WPS ask for it on opening."""
    from msoffcrypto.format.ooxml import OOXMLFile

    target = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook)).encrypt(password, target)
    return target.getvalue()


def decrypted(data: bytes, password: str) -> bytes:
    """The workbook inside an encrypted one. Raises msoffcrypto's InvalidKeyError."""
    from msoffcrypto.format.ooxml import OOXMLFile

    source = OOXMLFile(io.BytesIO(data))
    source.load_key(password=password, verify_password=True)
    target = io.BytesIO()
    source.decrypt(target)
    return target.getvalue()


def is_encrypted(data: bytes) -> bool:
    """Whether these bytes are a workbook that asks for a password (an OLE file with a package)."""
    return data.startswith(OLE) and _PACKAGE in data


def master_password() -> str:
    """The password of the master workbook. Raises SettingsError."""
    value = secret(MASTER_PASSWORD)
    if value is None:
        raise SettingsError(
            "已设置 [storage] encrypt = true，但没有台账的打开密码："
            f"请设置环境变量 {MASTER_PASSWORD} 或存入系统密钥库。没有作任何更改。"
        )
    return value
