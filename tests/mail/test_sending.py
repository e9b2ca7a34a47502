"""Sending to a real server over TLS with a password: never lost, never twice, faults included."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import office as o
from tests.mail.people import PEOPLE, attached, drafts, office_with_mail, settings, text, units
from tests.mail.servers import PASSWORD, USER, Sink, smtp_server

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")  # implicit TLS is not counted

JIA, YI, SECTION = "jia@example.com", "yi@example.com", "keer@example.com"


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def port(tmp_path: Path, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    monkeypatch.setenv("PROCESSOR_MAIL_PASSWORD", PASSWORD)
    with smtp_server(tmp_path, sink) as number:
        yield number


@pytest.fixture
def office(tmp_path: Path, port: int) -> o.Office:
    office = office_with_mail(tmp_path / "w")
    settings(office, port)
    return office


def three_mails(office: o.Office, code: int = 0, *words: str) -> dict[str, Any]:
    """Receipts for two dealers and a screening list: JIA, YI, SECTION."""
    office.send(o.JIA, [o.lead(1)], name="甲.xlsx")
    office.send(o.YI, [o.lead(2)], name="乙.xlsx")
    return office.run("2026-11-03 09:00", code, *words)


def send(office: o.Office, code: int = 0) -> dict[str, Any]:
    result = office.call("mail", "--send", "--json")
    assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def ids(sink: Sink) -> Counter[tuple[str, str]]:
    return Counter((m["To"], m["Message-ID"]) for m in sink.messages())


def test_nothing_is_sent_without_being_asked(office: o.Office, sink: Sink) -> None:
    report = three_mails(office)
    assert sink.taken == []
    assert len(report["mailed"]) == 3  # drafts
    assert set(drafts(office)) == {JIA, YI, SECTION}


def test_send_then_never_again(office: o.Office, sink: Sink) -> None:
    three_mails(office)
    before = {name: mails[0]["Message-ID"] for name, mails in drafts(office).items()}
    found = send(office)
    assert {m["state"] for m in found["mails"]} == {"sent"}
    assert dict(ids(sink)) == dict.fromkeys(before.items(), 1)
    assert sink.logins == [USER]
    assert send(office)["mails"] == []
    office.run("2026-11-03 10:00", 0, "--send")
    assert len(sink.taken) == 3


def test_run_sends_when_asked_or_set(office: o.Office, sink: Sink, port: int) -> None:
    three_mails(office, 0, "--send")
    assert {to for to, _ in sink.taken} == {JIA, YI, SECTION}
    settings(office, port, send=True)
    office.send(o.JIA, [o.lead(3)])
    office.run("2026-11-03 10:00")
    assert Counter(to for to, _ in sink.taken) == {JIA: 2, YI: 1, SECTION: 2}


def test_what_was_sent_is_kept_as_it_went(office: o.Office, sink: Sink) -> None:
    three_mails(office, 0, "--send")
    kept = {p.read_bytes() for p in office.outbox.glob("邮件/*.eml")}
    assert kept == {data for _, data in sink.taken}
    assert all("X-Unsent" not in m for m in sink.messages())


def test_starttls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    monkeypatch.setenv("PROCESSOR_MAIL_PASSWORD", PASSWORD)
    sink = Sink()
    office = office_with_mail(tmp_path / "w")
    with smtp_server(tmp_path, sink, starttls=True) as port:
        settings(office, port, security="starttls")
        three_mails(office, 0, "--send")
    assert len(sink.taken) == 3


def test_unknown_certificate(office: o.Office, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    report = three_mails(office, 1, "--send")
    assert sink.taken == []
    assert any("证书未通过验证" in w for w in report["warnings"])
    assert report["leads"]["待甄别"] == 2  # the run itself is complete


def test_wrong_password(office: o.Office, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_MAIL_PASSWORD", "falsch")
    report = three_mails(office, 1, "--send")
    assert sink.taken == [] and sink.logins == [USER]  # asked once, not hammered
    assert [w for w in report["warnings"] if "拒绝登录" in w]
    monkeypatch.setenv("PROCESSOR_MAIL_PASSWORD", PASSWORD)
    send(office)
    assert len(sink.taken) == 3


def test_no_server_at_all(office: o.Office, sink: Sink, port: int) -> None:
    from tests.mail.servers import _free_port

    settings(office, _free_port())
    report = three_mails(office, 1, "--send")
    assert any("3 封邮件未发出：邮件服务器无法连接" in w for w in report["warnings"])
    settings(office, port)
    send(office)
    assert len(sink.taken) == 3


def test_refused_recipient(office: o.Office, sink: Sink) -> None:
    sink.rcpt[JIA] = f"550 no such user <{JIA}>"
    report = three_mails(office, 1, "--send")
    assert {to for to, _ in sink.taken} == {YI, SECTION}
    (warning,) = report["warnings"]
    assert "550" in warning and "芜湖甲汽车销售有限公司（负责人）" in warning
    assert "@" not in warning
    # the clerk finds it where the day's work stands, and the reason where the mails stand
    (task,) = [x for x in office.json("status")["todo"] if x["matter"] == "处理未发出的邮件"]
    assert task["count"] == 1 and "芜湖甲汽车销售有限公司（负责人）" in task["detail"]
    assert "未发出：收件地址或邮件被服务器拒绝（550）" in office.call("mail").stdout
    # a permanent refusal is not tried again within the day, but stays due and warned of
    report = office.run("2026-11-03 18:00", 1, "--send")
    assert len(sink.taken) == 2
    # the roster mended: the new address is tried at once, under the same Message-ID
    (draft,) = drafts(office)[JIA]
    o.fill_roster(office.root / "master/单位名录.xlsx", units(D01=("neu@example.com", "")), PEOPLE)
    office.run("2026-11-03 18:10", 0, "--send")
    assert [to for to, _ in sink.taken][2:] == ["neu@example.com"]
    assert sink.messages()[-1]["Message-ID"] == draft["Message-ID"]


def test_a_person_who_left(office: o.Office, sink: Sink) -> None:
    sink.rcpt[JIA] = "550 no"
    three_mails(office, 1, "--send")
    o.fill_roster(office.root / "master/单位名录.xlsx", units(D01=("", "")), PEOPLE)
    report = office.run("2026-11-03 10:00", 1, "--send")
    assert any("作废" in w for w in report["warnings"])
    assert office.run("2026-11-03 11:00", 0, "--send")["warnings"] == []


def test_greylisting(office: o.Office, sink: Sink) -> None:
    sink.rcpt[JIA] = "451 try again later"
    three_mails(office, 1, "--send")
    number = {m["To"]: m["Message-ID"] for m in sink.messages()}
    office.run("2026-11-03 09:04", 1, "--send")  # not before five minutes have passed
    sink.rcpt.clear()
    office.run("2026-11-03 09:04:59", 1, "--send")
    assert len(sink.taken) == 2
    office.run("2026-11-03 09:05", 0, "--send")
    assert [to for to, _ in sink.taken][2:] == [JIA]
    assert len(set(number.values())) == 2


@pytest.mark.parametrize("order", ["drop", "451 later", "554 no"])
def test_no_250_means_still_due(office: o.Office, sink: Sink, order: str) -> None:
    """The server breaks or refuses after the text: nobody counts as told."""
    seen: list[bytes] = []

    def once(to: str, data: bytes) -> str:
        if to != JIA:
            return ""
        seen.append(data)
        return order if len(seen) == 1 else ""

    sink.data = once
    three_mails(office, 1, "--send")
    assert JIA not in {to for to, _ in sink.taken}
    found = send(office)
    assert len(seen) == 2
    assert JIA in {to for to, _ in sink.taken}
    first, second = (m for m in map(_message_id, seen))
    assert first == second
    assert len(found["mails"]) == 3 - len(sink.taken) + 1


def _message_id(data: bytes) -> str:
    import email

    return str(email.message_from_bytes(data)["Message-ID"])


def test_drop_after_250_is_sent_once(office: o.Office, sink: Sink) -> None:
    sink.data = lambda _to, _data: "250 drop"
    three_mails(office, 0, "--send")
    assert max(ids(sink).values()) == 1
    send(office)
    assert len(sink.taken) == 3


def test_many_broken_connections_wait(office: o.Office, sink: Sink) -> None:
    """Three breaks, then the rest waits; the next run sends all, each once more at most."""
    office.send(o.QUYU, [o.lead(7)])
    broken: list[str] = []

    def broken_always(to: str, _data: bytes) -> str:
        broken.append(to)
        return "drop"

    sink.data = broken_always
    report = three_mails(office, 1, "--send")
    assert len(broken) == 3
    assert any("其余 1 封" in w for w in report["warnings"])
    sink.data = lambda _to, _data: ""
    send(office)
    assert sorted(to for to, _ in sink.taken) == sorted([JIA, YI, SECTION, "quyu@example.com"])


def test_killed_between_250_and_the_mark(office: o.Office, sink: Sink, tmp_path: Path) -> None:
    """The one window nobody can know: sent again, under the same Message-ID, once."""
    three_mails(office)
    ledger = office.root / "state" / "ledger.sqlite"
    holding = sqlite3.connect(ledger, isolation_level=None, check_same_thread=False)
    locked = threading.Event()

    def lock(_to: str, _data: bytes) -> str:
        if not locked.is_set():  # the mark after this 250 will have to wait
            holding.execute("BEGIN IMMEDIATE")
            locked.set()
        return ""

    sink.data = lock
    client = subprocess.Popen(
        [sys.executable, "-c", "from processor.cli import main; main()",
         "--workspace", str(office.root), "mail", "--send"],
        env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert locked.wait(60)
    while not sink.taken:  # the answer 250 follows at once
        pass
    client.send_signal(signal.SIGKILL)
    client.wait()
    holding.execute("ROLLBACK")
    holding.close()
    assert len(sink.taken) == 1
    send(office)
    counted = ids(sink)
    assert len(counted) == 3  # three mails, three Message-IDs
    assert sorted(counted.values()) == [1, 1, 2]
    send(office)
    assert len(sink.taken) == 4


def test_a_killed_run_loses_no_mail(office: o.Office, sink: Sink) -> None:
    """Killed at the first mail: decisions and intents are one commit; the rest goes later."""
    office.send(o.JIA, [o.lead(1)], name="甲.xlsx")
    office.send(o.YI, [o.lead(2)], name="乙.xlsx")
    arrived, killed = threading.Event(), threading.Event()

    def wait(_to: str, _data: bytes) -> str:
        if not killed.is_set():
            arrived.set()
            killed.wait(60)
            return "drop"
        return ""

    sink.data = wait
    client = subprocess.Popen(
        [sys.executable, "-c", "from processor.cli import main; main()", "--workspace",
         str(office.root), "run", "--as-of", "2026-11-03 09:00", "--send"],
        env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert arrived.wait(120)
    client.send_signal(signal.SIGKILL)
    client.wait()
    killed.set()
    office.run("2026-11-03 09:10", 0, "--send")
    assert sorted(to for to, _ in sink.taken) == sorted([JIA, YI, SECTION])


# --- what goes along ---


@pytest.fixture
def passwords(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    def agree(code: str, word: str) -> None:
        monkeypatch.setenv(f"PROCESSOR_PASSWORD_{code}", word)

    return agree


def test_contacts_go_encrypted_and_on_record(
    office: o.Office, sink: Sink, passwords: Callable[[str, str], None], tmp_path: Path
) -> None:
    from processor.encryption import decrypted

    passwords("D01", "芜湖-2026")
    passwords("K02", "科室二")
    three_mails(office, 0, "--send")
    mails = {m["To"]: m for m in sink.messages()}
    ((name, data),) = attached(mails[JIA]).items()
    assert name.startswith("回执_SW20261103-")
    assert data[:2] != b"PK"  # no readable workbook
    plain = decrypted(data, "芜湖-2026")
    receipt = office.receipt("甲.xlsx")
    (tmp_path / "receipt.xlsx").write_bytes(plain)
    assert o.text_of(tmp_path / "receipt.xlsx", "回执") == o.text_of(receipt, "回执")
    assert "已加密" in text(mails[JIA])
    assert attached(mails[YI]) == {}  # no password agreed with D02
    ((listed, locked),) = attached(mails[SECTION]).items()
    assert listed == "甄别反馈表_2026-11-03.xlsx"
    (tmp_path / "list.xlsx").write_bytes(decrypted(locked, "科室二"))
    assert o.tables(tmp_path / "list.xlsx")["甄别反馈表"]
    events = [e for e in office.master("变更记录") if e["事项"] == "发送含联系方式文件"]
    assert len(events) == 2
    assert all("已加密" in e["原因"] and "@" not in str(e) for e in events)
    assert {name.removeprefix("回执_").removesuffix(".xlsx")} <= {e["编号"] for e in events}
    verdict = office.call("verify")
    assert verdict.exit_code == 0, verdict.output  # ledger = master = journal, the sending included


def test_record_of_sending_survives_a_rebuild(
    office: o.Office, sink: Sink, passwords: Callable[[str, str], None]
) -> None:
    passwords("D01", "芜湖-2026")
    three_mails(office, 0, "--send")
    told = [e for e in office.master("变更记录") if "邮件" in e["事项"] or "发送" in e["事项"]]
    assert len(told) == 2
    (office.root / "state/ledger.sqlite").unlink()
    assert office.call("rebuild").exit_code == 0
    again = [e for e in office.master("变更记录") if "邮件" in e["事项"] or "发送" in e["事项"]]
    assert again == told
    send(office)
    assert len(sink.taken) == 3  # nothing goes out a second time


def test_what_was_due_is_still_due_after_a_rebuild(office: o.Office, sink: Sink) -> None:
    three_mails(office)
    assert office.call("rebuild").exit_code == 0
    send(office)
    assert sorted(to for to, _ in sink.taken) == sorted([JIA, YI, SECTION])


def test_an_open_attachment_makes_the_mail_wait(office: o.Office, sink: Sink) -> None:
    office.targets(2026, {o.QUYU: 4})
    office.send(o.QUYU, [o.lead(1)])
    office.run("2026-11-03 09:00", 0, "--send")
    folder = office.outbox / "通报/2026-11"
    folder.mkdir(parents=True)
    owner = folder / "~$大客户信息提报情况通报_2026-11-10.xlsx"
    owner.write_bytes(b"")
    report = office.run("2026-11-10 17:00", 1, "--send")
    assert "quzong@example.com" not in {to for to, _ in sink.taken}
    assert any("等待附件" in w for w in report["warnings"])
    owner.unlink()
    office.run("2026-11-10 17:10", 0, "--send")
    (mail,) = (m for m in sink.messages() if m["To"] == "quzong@example.com")
    assert set(attached(mail)) == {"大客户信息提报情况通报_2026-11-10.xlsx"}
