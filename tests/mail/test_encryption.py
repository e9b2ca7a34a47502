"""Secrets come from environment or keyring; encrypted workbooks open with their password alone."""

from __future__ import annotations

import io
from pathlib import Path

import msoffcrypto
import openpyxl
import pytest
from msoffcrypto.exceptions import InvalidKeyError

from processor.encryption import decrypted, encrypted, secret, unit_password, unit_variable


def workbook(rows: int) -> bytes:
    book = openpyxl.Workbook()
    for number in range(rows):
        book.active.append([f"客户{number}", "13955312345"])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@pytest.mark.parametrize("rows", [0, 1, 3000])
@pytest.mark.parametrize("password", ["x", "芜湖-2026 ß\"'", "p" * 200])
def test_there_and_back(rows: int, password: str) -> None:
    plain = workbook(rows)
    locked = encrypted(plain, password)
    assert locked[:8] == bytes.fromhex("d0cf11e0a1b11ae1")  # an OLE container, as Excel makes it
    assert msoffcrypto.OfficeFile(io.BytesIO(locked)).is_encrypted()
    assert "客户".encode() not in locked and b"13955312345" not in locked
    assert decrypted(locked, password) == plain
    with pytest.raises(InvalidKeyError):
        decrypted(locked, password + "y")


def test_our_own_intake_opens_it(tmp_path: Path) -> None:
    """What the mail locks, the reader of forms can open: one idea of encryption."""
    from processor.intake.guard import Refused, Safe, examine

    path = tmp_path / "f.xlsx"
    path.write_bytes(encrypted(workbook(1), "芜湖"))
    (opened,) = examine(path, "f.xlsx", lambda _: "芜湖")
    assert isinstance(opened, Safe)
    path.write_bytes(encrypted(workbook(1), "芜湖"))
    (closed,) = examine(path, "f.xlsx", lambda _: None)
    assert isinstance(closed, Refused)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("D01", "PROCESSOR_PASSWORD_D01"),
        ("WH-01", "PROCESSOR_PASSWORD_WH_01"),
        ("a.b", "PROCESSOR_PASSWORD_a_b"),
        ("业务", "PROCESSOR_PASSWORD___"),
    ],
)
def test_names_a_shell_can_say(code: str, name: str) -> None:
    assert unit_variable(code) == name


def test_environment_before_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        priority = 1  # type: ignore[assignment]

        def get_password(self, service: str, username: str) -> str | None:
            assert service == "fleet-lead-processor"
            return {"PROCESSOR_PASSWORD_D01": "ring"}.get(username)

        def set_password(self, service: str, username: str, password: str) -> None: ...

        def delete_password(self, service: str, username: str) -> None: ...

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    try:
        assert unit_password("D01") == "ring"
        assert unit_password("D02") is None
        assert unit_password("") is None
        monkeypatch.setenv("PROCESSOR_PASSWORD_D01", "env")
        assert unit_password("D01") == "env"
    finally:
        keyring.set_keyring(before)


def test_a_broken_keyring_is_no_secret() -> None:
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    try:
        assert secret("PROCESSOR_MAIL_PASSWORD") is None
    finally:
        keyring.set_keyring(before)
