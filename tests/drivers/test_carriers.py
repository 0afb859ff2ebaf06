"""Mail and SMS leave through real sockets on loopback; what is not taken is Unavailable, so that it is kept."""

import asyncio
import json
from collections.abc import AsyncIterator
from email import message_from_bytes, policy

import pytest

from ostiary.core.messages.model import Outgoing, Purpose, Rendered
from ostiary.drivers.preference import InOrder
from ostiary.drivers.sms_http import SmsCarrier, SmsProvider
from ostiary.drivers.smtp import SmtpCarrier, SmtpServer
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Unavailable
from ostiary.terms.secret import Secret
from tests.fakes import NOON, RememberingCarrier
from tests.ports import free_port


def message(channel: Channel, to: str) -> Outgoing:
    mail = channel is Channel.EMAIL
    return Outgoing(
        id="01a2-message",
        rendered=Rendered(
            purpose=Purpose.MFA_STEP_UP,
            channel=channel,
            locale="en",
            to=to,
            sender="Demo <no-reply@id.example.com>" if mail else None,
            subject="Your code" if mail else None,
            text="123456 is your code.",
            html="<p>123456 is your code.</p>" if mail else None,
        ),
        code="123456",
        link=None,
        sent_at=NOON,  # type: ignore[arg-type]
    )


class Peer:
    """A server that answers one line for each it is sent, and remembers everything."""

    def __init__(self) -> None:
        self.port = free_port()
        self.heard = b""
        self.refuses = False

    async def smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"421 not now\r\n" if self.refuses else b"220 here\r\n")
        inside = False
        while line := await reader.readline():
            if inside:
                self.heard += line
                if line == b".\r\n":
                    inside = False
                    writer.write(b"250 taken\r\n")
                continue
            verb = line[:4].upper()
            inside = verb == b"DATA"
            writer.write(
                b"354 go on\r\n"
                if inside
                else b"221 bye\r\n"
                if verb == b"QUIT"
                else b"250 fine\r\n"
            )
            if verb == b"QUIT":
                break
        writer.close()

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        self.heard += head + await reader.readexactly(length)
        status = b"500 Broken" if self.refuses else b"201 Created"
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def mail() -> AsyncIterator[Peer]:
    peer = Peer()
    async with await asyncio.start_server(peer.smtp, "127.0.0.1", peer.port):
        yield peer


@pytest.fixture
async def sms() -> AsyncIterator[Peer]:
    peer = Peer()
    async with await asyncio.start_server(peer.http, "127.0.0.1", peer.port):
        yield peer


def by_mail(peer: Peer) -> SmtpCarrier:
    return SmtpCarrier(SmtpServer(host="127.0.0.1", port=peer.port, security="none"))


async def test_mail_is_text_with_html_beside_it(mail: Peer) -> None:
    await by_mail(mail).send(message(Channel.EMAIL, "ann@example.com"))
    letter = message_from_bytes(mail.heard.removesuffix(b".\r\n"), policy=policy.default)
    assert letter["to"] == "ann@example.com"
    assert letter["subject"] == "Your code"
    assert letter["message-id"] == "<01a2-message@ostiary>"
    assert [part.get_content_type() for part in letter.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


async def test_mail_that_is_not_taken_is_kept(mail: Peer) -> None:
    mail.refuses = True
    with pytest.raises(Unavailable, match="carrier_unavailable"):
        await by_mail(mail).send(message(Channel.EMAIL, "ann@example.com"))


async def test_an_sms_is_one_post_that_can_be_told_from_another(sms: Peer) -> None:
    """SND-10: a provider that is asked twice can see that it is the same message."""
    carrier = SmsCarrier(
        SmsProvider(url=f"http://127.0.0.1:{sms.port}/send", token=Secret("s3"), sender="Demo")
    )
    await carrier.send(message(Channel.SMS, "+33612345678"))
    head, _, body = sms.heard.partition(b"\r\n\r\n")
    assert b"authorization: Bearer s3" in head
    assert b"idempotency-key: 01a2-message" in head
    assert json.loads(body) == {
        "to": "+33612345678",
        "from": "Demo",
        "text": "123456 is your code.",
        "id": "01a2-message",
    }
    await carrier.close()


async def test_twilio_takes_a_form(sms: Peer) -> None:
    carrier = SmsCarrier(
        SmsProvider(
            url=f"http://127.0.0.1:{sms.port}", token=Secret("t"), sender="+1", account="AC1"
        )
    )
    await carrier.send(message(Channel.SMS, "+33612345678"))
    assert sms.heard.startswith(b"POST /2010-04-01/Accounts/AC1/Messages.json ")
    assert b"To=%2B33612345678&From=%2B1&Body=123456+is+your+code." in sms.heard
    assert b"Basic QUMxOnQ=" in sms.heard
    await carrier.close()


async def test_the_second_carrier_takes_what_the_first_does_not(sms: Peer) -> None:
    """M7: in order of preference."""
    sms.refuses = True
    first = SmsCarrier(SmsProvider(url=f"http://127.0.0.1:{sms.port}/send"))
    second = RememberingCarrier()
    await InOrder([first, second]).send(message(Channel.SMS, "+33612345678"))
    assert [taken.id for taken in second.messages] == ["01a2-message"]
    second.out_of_order = True
    with pytest.raises(Unavailable, match="carrier_unavailable"):
        await InOrder([first, second]).send(message(Channel.SMS, "+33612345678"))
    await first.close()
