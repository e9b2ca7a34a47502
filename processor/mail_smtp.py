"""One mail to one recipient over SMTP: accepted, refused, or not known."""

from __future__ import annotations

import base64
import contextlib
import smtplib
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass

from processor.settings import MailSettings

TIMEOUT = 20  # seconds for one answer of the server
WAITS = (1.0, 3.0)  # seconds before connecting a second and third time


class ServerTrouble(Exception):
    """The server cannot be used now: no mail of this run goes out. The message is Chinese."""


class Refused(Exception):
    """The server did not take this mail. `temporary`: it may take it later (4xx)."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.temporary = 400 <= code < 500
        words = "服务器暂时不收" if self.temporary else "收件地址或邮件被服务器拒绝"
        super().__init__(f"{words}（{code}）")


class Lost(Exception):
    """The connection broke. `uncertain`: after the text was sent, so it may have been delivered."""

    def __init__(self, uncertain: bool) -> None:
        self.uncertain = uncertain
        super().__init__(
            "连接在确认之前中断，可能已送达，将以同一 Message-ID 重发" if uncertain else "连接中断"
        )


@dataclass(slots=True)
class Transport:
    """A connection made when the first mail needs it, and made again when it broke."""

    settings: MailSettings
    sender: str  # the bare address
    password: str | None
    waits: Sequence[float] = WAITS
    _smtp: smtplib.SMTP | None = None

    def send(self, recipient: str, data: bytes) -> None:
        """Returns once the server has said 250. Raises Refused, Lost, ServerTrouble.

        What the server says in words is not passed on: it likes to quote addresses.
        """
        reused = self._smtp is not None
        try:
            self._once(recipient, data)
        except Lost as error:
            if error.uncertain or not reused:
                raise
            self._once(recipient, data)  # the server had closed a connection that lay idle

    def _once(self, recipient: str, data: bytes) -> None:
        smtp = self._smtp or self._connect()
        sent = False
        try:
            self._expect(smtp.mail(self.sender))
            self._expect(smtp.rcpt(recipient))
            sent = True  # from here on the server may have the whole text
            self._expect(smtp.data(data))
        except smtplib.SMTPDataError as error:
            self._reset()
            raise Refused(error.smtp_code) from None
        except Refused:
            self._reset()
            raise
        except (OSError, smtplib.SMTPException):  # SMTPServerDisconnected is both
            self.close()
            raise Lost(sent) from None

    def close(self) -> None:
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._smtp.close()
            self._smtp = None

    @staticmethod
    def _expect(answer: tuple[int, bytes]) -> None:
        if not 200 <= answer[0] < 300:
            raise Refused(answer[0])

    def _reset(self) -> None:
        try:
            if self._smtp is not None:
                self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.close()

    def _connect(self) -> smtplib.SMTP:
        for wait in (*self.waits, None):
            try:
                self._smtp = self._log_in()
            except (ssl.SSLCertVerificationError, smtplib.SMTPNotSupportedError) as error:
                raise ServerTrouble(_reason(error)) from error
            except (smtplib.SMTPAuthenticationError, UnicodeEncodeError) as error:
                raise ServerTrouble(_reason(error)) from error
            except (OSError, smtplib.SMTPException) as error:
                if wait is None:
                    raise ServerTrouble(_reason(error)) from error
                time.sleep(wait)
            else:
                return self._smtp
        raise AssertionError("the last attempt raises or returns")

    def _log_in(self) -> smtplib.SMTP:
        s = self.settings
        smtp: smtplib.SMTP
        if s.security == "tls":
            context = ssl.create_default_context()
            smtp = smtplib.SMTP_SSL(s.server, s.port, timeout=TIMEOUT, context=context)
        else:
            smtp = smtplib.SMTP(s.server, s.port, timeout=TIMEOUT)
        try:
            if s.security == "starttls":
                smtp.starttls(context=ssl.create_default_context())
            # without encryption (a relay in the house) no password is ever shown to the network
            if s.user and self.password and s.security != "none":
                _authenticate(smtp, s.user, self.password)
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp


def _authenticate(smtp: smtplib.SMTP, user: str, password: str) -> None:
    """Once, with PLAIN where it is offered: smtplib's own login tries a wrong password in several
    ways, which locks accounts, and knows only ASCII (RFC 4616 says UTF-8)."""
    smtp.ehlo_or_helo_if_needed()
    if "PLAIN" not in smtp.esmtp_features.get("auth", "").upper().split():
        smtp.login(user, password)
        return
    proof = base64.b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
    code, answer = smtp.docmd("AUTH", f"PLAIN {proof}")
    if code not in (235, 503):  # 503: already authenticated
        raise smtplib.SMTPAuthenticationError(code, answer)


def _reason(error: Exception) -> str:
    """Why the server cannot be used, for a person; the server's own words may hold addresses."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"邮件服务器的证书未通过验证（{error.verify_message}）"
    if isinstance(error, (smtplib.SMTPAuthenticationError, UnicodeEncodeError)):
        return "邮件服务器拒绝登录，请核对 [mail] user 和 PROCESSOR_MAIL_PASSWORD"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "邮件服务器不支持所设置的加密或登录方式，请核对 [mail] security"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"邮件服务器未能接受连接（{error.smtp_code}）"
    if isinstance(error, OSError) and error.strerror:
        return f"邮件服务器无法连接（{error.strerror}）"
    return "邮件服务器无法连接"
