"""Attachments from a real mailbox become inbox files, received when the server received them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.acceptance import office as o
from tests.mail.imap import PASSWORD, USER, Mailbox, imap_server, mail
from tests.mail.people import office_with_mail


@pytest.fixture(scope="module")
def server() -> Iterator[Mailbox]:
    with imap_server() as box:
        yield box


@pytest.fixture
def box(server: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.root / "cert.pem"))
    monkeypatch.setenv("PROCESSOR_IMAP_PASSWORD", PASSWORD)
    yield server
    client = server.connect()
    if client.search(None, "ALL")[1] != [b""]:
        client.store("1:*", "+FLAGS", "\\Deleted")
        client.expunge()
    client.logout()


@pytest.fixture
def office(tmp_path: Path, box: Mailbox) -> o.Office:
    office = office_with_mail(tmp_path / "w")
    configure(office, box.port)
    office.run("2026-11-02 08:00")  # the roster is known, the mailbox empty
    return office


def configure(office: o.Office, port: int, user: str = USER) -> None:
    (office.root / "processor.toml").write_text(
        "[intake]\nsettle_seconds = 0\n"
        f'[mail]\nimap_server = "localhost"\nimap_port = {port}\nimap_user = "{user}"\n',
        "utf-8",
    )


def form(office: o.Office, unit: str, number: int) -> bytes:
    path = office.send(unit, [o.lead(number)], name="form.xlsx", folder="tmp")
    data = path.read_bytes()
    path.unlink()
    path.parent.rmdir()
    return data


def test_receipt_is_the_servers_moment(office: o.Office, box: Mailbox) -> None:
    box.drop(mail("甲店 <JIA@example.com>", {"提报.xlsx": form(office, o.JIA, 1)}),
             datetime(2026, 11, 3, 8, 12, 34))  # fmt: skip
    report = office.run("2026-11-03 09:00")
    assert report["files"]["accepted"] == 1
    (row,) = list(office.master("收文登记"))
    assert str(row["受理时间"]).startswith("2026-11-03 08:12:34")
    assert row["文件名"].endswith("提报.xlsx")
    # whoever sent it is on record: the unit's folder, the address
    assert row["来源路径"].startswith(f"{o.JIA}/jia@example.com/")
    assert box.flags() == [True]  # seen, and still there
    assert not list(office.inbox.rglob("*.xlsx"))


def test_first_come_by_the_servers_clock(office: o.Office, box: Mailbox) -> None:
    """乙 wrote first, though 甲's mail is fetched first."""
    box.drop(mail("jia@example.com", {"甲.xlsx": form(office, o.JIA, 1)}),
             datetime(2026, 11, 3, 8, 30))  # fmt: skip
    box.drop(mail("yi@example.com", {"乙.xlsx": form(office, o.YI, 1)}),
             datetime(2026, 11, 3, 8, 10))  # fmt: skip
    office.run("2026-11-03 09:00")
    states = {r["提报单位"]: r["状态"] for r in office.master("台账")}
    assert states == {o.YI: "待甄别", o.JIA: "重复"}


def test_never_twice_and_nothing_missed(office: o.Office, box: Mailbox) -> None:
    box.drop(mail("jia@example.com", {"一.xlsx": form(office, o.JIA, 1)}),
             datetime(2026, 11, 3, 8))  # fmt: skip
    assert office.run("2026-11-03 09:00")["files"]["accepted"] == 1
    again = office.run("2026-11-03 09:10")["files"]
    assert sum(again.values()) == 0
    # a person opened the next one before the program saw it
    box.drop(mail("yi@example.com", {"二.xlsx": form(office, o.YI, 2)}),
             datetime(2026, 11, 3, 9, 15), flags="(\\Seen)")  # fmt: skip
    assert office.run("2026-11-03 09:20")["files"]["accepted"] == 1
    # somebody marks all as unread
    client = box.connect()
    client.store("1:*", "-FLAGS", "\\Seen")
    client.logout()
    assert sum(office.run("2026-11-03 09:30")["files"].values()) == 0


def test_first_look_takes_the_unread_only(tmp_path: Path, box: Mailbox) -> None:
    office = office_with_mail(tmp_path / "w")
    configure(office, box.port)
    box.drop(mail("jia@example.com", {"旧.xlsx": form(office, o.JIA, 1)}),
             datetime(2026, 10, 3, 8), flags="(\\Seen)")  # fmt: skip
    box.drop(mail("jia@example.com", {"新.xlsx": form(office, o.JIA, 2)}),
             datetime(2026, 11, 3, 8))  # fmt: skip
    assert office.run("2026-11-03 09:00")["files"]["accepted"] == 1
    assert sum(office.run("2026-11-03 09:10")["files"].values()) == 0


def test_numbers_begun_anew(office: o.Office, box: Mailbox) -> None:
    """After UIDVALIDITY changed, what was fetched is known by its mark, what is unread comes."""
    box.drop(mail("jia@example.com", {"一.xlsx": form(office, o.JIA, 1)}),
             datetime(2026, 11, 3, 8))  # fmt: skip
    office.run("2026-11-03 09:00")
    box.renumber()
    box.drop(mail("yi@example.com", {"二.xlsx": form(office, o.YI, 2)}),
             datetime(2026, 11, 3, 9, 5))  # fmt: skip
    files = office.run("2026-11-03 09:10")["files"]
    assert files["accepted"] == 1 and files["duplicate"] == 0


def test_strangers_signatures_and_several_attachments(office: o.Office, box: Mailbox) -> None:
    message = mail(
        "../../陌生人@evil.example",
        {"../../etc/甲.xlsx": form(office, o.JIA, 1), "乙.xlsx": form(office, o.YI, 2)},
    )
    message.add_attachment(b"\x89PNG....", maintype="image", subtype="png", filename="logo.png",
                           disposition="inline", cid="<logo>")  # fmt: skip
    box.drop(message, datetime(2026, 11, 3, 8))
    box.drop(mail("jia@example.com", {}), datetime(2026, 11, 3, 8, 1))
    report = office.run("2026-11-03 09:00")
    assert report["files"]["accepted"] == 2
    assert sum(report["files"].values()) == 2  # no logo
    outside = [p for p in office.root.parent.rglob("甲*") if office.root not in p.parents]
    assert outside == []
    for row in office.master("收文登记"):
        assert ".." not in Path(row["来源路径"]).parts


def test_a_later_clock_on_the_server(office: o.Office, box: Mailbox) -> None:
    """A server ahead of us: no file is received in the future."""
    box.drop(mail("jia@example.com", {"一.xlsx": form(office, o.JIA, 1)}),
             datetime(2026, 11, 3, 9, 30))  # fmt: skip
    office.run("2026-11-03 09:00")
    assert str(office.master("收文登记")[0]["受理时间"]).startswith("2026-11-03 09:00:00")


def test_dry_run_leaves_the_mailbox_alone(office: o.Office, box: Mailbox) -> None:
    box.drop(mail("jia@example.com", {"一.xlsx": form(office, o.JIA, 1)}),
             datetime(2026, 11, 3, 8))  # fmt: skip
    office.run("2026-11-03 09:00", 0, "--dry-run")
    assert box.flags() == [False]


def test_starttls(office: o.Office, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processor.mailbox.STARTTLS_PORT", box.plain)
    configure(office, box.plain)
    box.drop(mail("jia@example.com", {"一.xlsx": form(office, o.JIA, 1)}),
             datetime(2026, 11, 3, 8))  # fmt: skip
    assert office.run("2026-11-03 09:00")["files"]["accepted"] == 1


@pytest.mark.parametrize("trouble", ["password", "certificate", "port"])
def test_trouble_is_a_warning_and_the_run_goes_on(
    office: o.Office, box: Mailbox, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    if trouble == "password":
        monkeypatch.setenv("PROCESSOR_IMAP_PASSWORD", "falsch")
    elif trouble == "certificate":
        monkeypatch.delenv("SSL_CERT_FILE")
    else:
        from tests.mail.servers import _free_port

        configure(office, _free_port())
    office.send(o.YI, [o.lead(2)])
    report = office.run("2026-11-03 09:00", 1)
    assert report["files"]["accepted"] == 1
    (warning,) = report["warnings"]
    assert "收件邮箱无法读取" in warning and "@" not in warning
    assert "@example" not in json.dumps(report, ensure_ascii=False)


def test_crash_between_file_and_memory(
    office: o.Office, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is there, the mailbox not yet remembered: fetched again it is one file still."""
    import processor.mailbox as mailbox

    box.drop(mail("jia@example.com", {"一.xlsx": form(office, o.JIA, 1)}),
             datetime(2026, 11, 3, 8, 12))  # fmt: skip

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(mailbox, "_remember", die)
        with pytest.raises(Killed):
            office.run("2026-11-03 09:00")
    assert len(list(office.inbox.rglob("*.xlsx"))) == 1
    report = office.run("2026-11-03 09:10")
    assert report["files"]["accepted"] == 1 and sum(report["files"].values()) == 1
    assert str(office.master("收文登记")[0]["受理时间"]).startswith("2026-11-03 08:12:00")
