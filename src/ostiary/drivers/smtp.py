"""E-mail through an SMTP server (RFC 5321)."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
from msgspec import Struct

from ostiary.core.messages.model import Outgoing
from ostiary.terms.failures import Unavailable
from ostiary.terms.secret import Secret

TIMEOUT = 10.0  # seconds for a whole message


class SmtpServer(Struct, frozen=True, kw_only=True):
    """`security`: "starttls", "tls" or "none"; the last for a relay on the same machine alone."""

    host: str
    port: int = 587
    username: str | None = None
    password: Secret | None = None
    security: str = "starttls"
    sender: str = "no-reply@localhost"  # where the template names none


class SmtpCarrier:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(self, message: Outgoing) -> None:
        server = self._server
        try:
            await aiosmtplib.send(
                letter(message, server.sender),
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password.reveal() if server.password else None,
                start_tls=server.security == "starttls",
                use_tls=server.security == "tls",
                timeout=TIMEOUT,
            )
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as trouble:
            raise Unavailable("carrier_unavailable") from trouble


def letter(message: Outgoing, sender: str) -> EmailMessage:
    """The message as mail: text, and HTML beside it where there is any.

    Its id stays the same when it is tried again, so that a mailbox can tell the second from another.
    """
    rendered = message.rendered
    mail = EmailMessage()
    mail["From"] = rendered.sender or sender
    mail["To"] = rendered.to
    mail["Subject"] = rendered.subject or ""
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.sent_at, UTC))
    mail["Message-ID"] = f"<{message.id}@ostiary>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    mail.set_content(rendered.text)
    if rendered.html is not None:
        mail.add_alternative(rendered.html, subtype="html")
    return mail
