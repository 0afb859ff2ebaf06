"""SMS through a provider's HTTP API: any that takes one POST a message, and Twilio's."""

import json
from base64 import b64encode
from urllib.parse import quote

import httpx2
from msgspec import Struct

from ostiary.core.messages.model import Outgoing
from ostiary.terms.failures import Unavailable
from ostiary.terms.secret import Secret

TIMEOUT = 10.0  # seconds


class SmsProvider(Struct, frozen=True, kw_only=True):
    """`url` takes `{"to", "from", "text", "id"}` as JSON with a bearer token; or Twilio's form, with an account.

    `id` stays the same when a message is tried again, so that a provider can tell it has it already.
    """

    url: str
    token: Secret | None = None
    sender: str = ""
    account: str | None = None  # Twilio's account SID: switches to its API


class SmsCarrier:
    def __init__(self, provider: SmsProvider) -> None:
        self._provider = provider
        self._client = httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False)

    async def send(self, message: Outgoing) -> None:
        try:
            answer = await self._client.send(self._request(message))
        except httpx2.HTTPError as trouble:
            raise Unavailable("carrier_unavailable") from trouble
        if answer.status_code >= 300:
            raise Unavailable("carrier_unavailable", detail=str(answer.status_code))

    def _request(self, message: Outgoing) -> httpx2.Request:
        provider, rendered = self._provider, message.rendered
        token = provider.token.reveal() if provider.token else ""
        if provider.account is not None:
            return self._client.build_request(
                "POST",
                f"{provider.url}/2010-04-01/Accounts/{quote(provider.account)}/Messages.json",
                data={"To": rendered.to, "From": provider.sender, "Body": rendered.text},
                headers={"authorization": _basic(provider.account, token)},
            )
        body = {
            "to": rendered.to,
            "from": provider.sender,
            "text": rendered.text,
            "id": message.id,
        }
        return self._client.build_request(
            "POST",
            provider.url,
            content=json.dumps(body).encode(),
            headers={
                "content-type": "application/json",
                "idempotency-key": message.id,
                **({"authorization": f"Bearer {token}"} if token else {}),
            },
        )

    async def close(self) -> None:
        await self._client.aclose()


def _basic(user: str, password: str) -> str:
    """RFC 7617."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
