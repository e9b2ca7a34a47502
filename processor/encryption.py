"""Secrets from environment or keyring, and workbooks under a password."""

from __future__ import annotations

import contextlib
import io
import os
import re

from processor.settings import SettingsError

SERVICE = "fleet-lead-processor"  # name in the system's keyring

MAIL = "PROCESSOR_MAIL_PASSWORD"
MAILBOX = "PROCESSOR_IMAP_PASSWORD"
STORAGE = "PROCESSOR_STORAGE_KEY"  # the main key of what is encrypted at rest
STORAGE_NEW = "PROCESSOR_STORAGE_KEY_NEW"  # while it is being changed
MASTER_PASSWORD = "PROCESSOR_MASTER_PASSWORD"  # noqa: S105  # opens the master workbook
_UNIT_PREFIX = "PROCESSOR_PASSWORD_"
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
    return data.startswith(b"\xd0\xcf\x11\xe0") and _PACKAGE in data


def master_password() -> str:
    """The password of the master workbook. Raises SettingsError."""
    value = secret(MASTER_PASSWORD)
    if value is None:
        raise SettingsError(
            "已设置 [storage] encrypt = true，但没有台账的打开密码："
            f"请设置环境变量 {MASTER_PASSWORD} 或存入系统密钥库。没有作任何更改。"
        )
    return value
