"""A real SMTP server with TLS and AUTH, and faults to order."""

from __future__ import annotations

import datetime
import email
import email.policy
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

USER, PASSWORD = "batch@example.com", "geheim-密码-42"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and its key, as PEM files."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, secret


@dataclass
class Sink:
    """What the server took, and how it is to misbehave.

    `rcpt` maps an address to the answer for it; `data` is asked before the answer to DATA and may
    return one ("451 …"), "drop" (close without an answer), "250 drop" (answer, then close) or "".
    """

    taken: list[tuple[str, bytes]] = field(default_factory=list)  # recipient, bytes
    rcpt: dict[str, str] = field(default_factory=dict)
    data: Callable[[str, bytes], str] = lambda _to, _data: ""
    logins: list[str] = field(default_factory=list)

    def messages(self) -> list[EmailMessage]:
        found = []
        for _, data in self.taken:
            message = email.message_from_bytes(data, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            found.append(message)
        return found

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        answer = self.rcpt.get(address, "")
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: Any, _session: Any, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        (to,) = envelope.rcpt_tos
        order = self.data(to, content)
        if order in ("", "250 drop"):
            self.taken.append((to, content))
        if order == "drop":
            server.transport.abort()
            return "421 gone"
        if order == "250 drop":
            await server.push("250 taken")
            server.transport.close()
            return "421 gone"
        return order or "250 taken"


@contextmanager
def smtp_server(folder: Path, sink: Sink, *, starttls: bool = False) -> Iterator[int]:
    """The server on a free port of localhost; its certificate is `folder/cert.pem`."""
    pem, key = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)

    def authenticate(_s: Any, _session: Any, _e: Any, _mechanism: str, auth: Any) -> AuthResult:
        assert isinstance(auth, LoginPassword)
        sink.logins.append(auth.login.decode())
        good = (auth.login.decode(), auth.password.decode()) == (USER, PASSWORD)
        return AuthResult(success=good, handled=False)

    more: dict[str, Any] = (
        {"tls_context": context, "require_starttls": True, "auth_require_tls": True}
        if starttls
        else {"ssl_context": context, "auth_require_tls": False}
    )
    controller = Controller(
        sink,
        hostname="127.0.0.1",
        port=_free_port(),
        server_hostname="localhost",
        authenticator=authenticate,
        auth_required=True,
        **more,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
