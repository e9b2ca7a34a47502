"""A real IMAP server (Dovecot), where the machine has one."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.mail.servers import _free_port, certificate

USER, PASSWORD = "inbox@example.com", "收件-42"
CHINA = timezone(timedelta(hours=8))

_CONF = """
protocols = imap
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
listen = 127.0.0.1
ssl = required
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = yes
mail_location = maildir:{root}/mail/%u
first_valid_uid = 1
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass
class Mailbox:
    """The mailbox from the side of those who write to it and read it."""

    port: int
    plain: int
    root: Path

    def connect(self) -> imaplib.IMAP4_SSL:
        context = ssl.create_default_context(cafile=str(self.root / "cert.pem"))
        client = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context)
        client.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
        client.select("INBOX")
        return client

    def drop(self, message: EmailMessage, arrived: datetime, flags: str = "") -> None:
        """A mail arrives: `arrived` is China time."""
        client = self.connect()
        when = imaplib.Time2Internaldate(arrived.replace(tzinfo=CHINA))
        status, _ = client.append("INBOX", flags, when, message.as_bytes())
        assert status == "OK"
        client.logout()

    def flags(self) -> list[bool]:
        """For each mail still there: has it been seen?"""
        client = self.connect()
        _, found = client.fetch("1:*", "(FLAGS)")
        client.logout()
        return [b"\\Seen" in line for line in found if isinstance(line, bytes)]

    def renumber(self) -> None:
        """UIDVALIDITY changes, as after a server's move: the index files are lost."""
        for path in (self.root / "mail" / USER).glob("dovecot*"):
            path.unlink()


def mail(sender: str, attachments: dict[str, bytes], **more: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = USER
    message["Subject"] = more.get("subject", "信息提报")
    message["Date"] = "Mon, 01 Jan 2001 00:00:00 +0800"  # proves nothing
    message.set_content("见附件")
    for name, data in attachments.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


@contextmanager
def imap_server() -> Iterator[Mailbox]:
    """Skips the test where no Dovecot is installed or it may not be started."""
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if program is None or os.geteuid() != 0:
        pytest.skip("needs dovecot and root")
    root = Path(tempfile.mkdtemp(prefix="imap-"))
    root.chmod(0o755)
    nobody = pwd.getpwnam("nobody")
    (root / "mail").mkdir()
    os.chown(root / "mail", nobody.pw_uid, nobody.pw_gid)
    certificate(root)
    port, plain = _free_port(), _free_port()
    conf = root / "dovecot.conf"
    conf.write_text(
        _CONF.format(
            root=root, user="nobody", group=_group(nobody.pw_gid), uid=nobody.pw_uid,
            gid=nobody.pw_gid, password=PASSWORD, port=port, plain=plain,
        )
    )  # fmt: skip
    server = subprocess.Popen([program, "-F", "-c", str(conf)])
    box = Mailbox(port, plain, root)
    try:
        for _ in range(100):
            try:
                box.connect().logout()
                break
            except (OSError, imaplib.IMAP4.error):
                if server.poll() is not None:
                    pytest.skip(f"dovecot does not start: {(root / 'log').read_text()[-500:]}")
                time.sleep(0.1)
        else:
            pytest.fail((root / "log").read_text()[-2000:])
        yield box
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        shutil.rmtree(root, ignore_errors=True)


def _group(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name
