"""Where a message says it comes from, and where a request is believed to come from (SND-6, SND-7)."""

import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from ostiary.wire.peers import client_ip
from ostiary.wire.reachfive.routes import ENDPOINTS
from tests.authenticator import Authenticator
from tests.security.lab import (
    ERIN,
    NEW_PHONE,
    OWNED_PHONE,
    PATIENT,
    configure,
    events,
    project,
)
from tests.world import (
    AUTHORIZATION,
    CLIENT,
    ISSUER,
    PASSWORD,
    SHOP,
    Person,
    Templates,
    World,
    demo_configuration,
    deployment_at,
    world_at,
)

V1 = "/identity/v1"
EVIL = "evil.example"
Headers = list[tuple[str, str]]
SPELLINGS: dict[str, Headers] = {
    "Host": [("host", EVIL)],
    "Host with a port": [("host", f"{EVIL}:443")],
    "Host twice": [("host", "id.demo.localhost"), ("host", EVIL)],
    "Host with user": [("host", f"id.demo.localhost@{EVIL}")],
    "X-Forwarded-Host": [("x-forwarded-host", EVIL)],
    "X-Forwarded-Server": [("x-forwarded-server", EVIL)],
    "X-Host": [("x-host", EVIL)],
    "X-Original-Host": [("x-original-host", EVIL)],
    "X-HTTP-Host-Override": [("x-http-host-override", EVIL)],
    "X-Forwarded-Proto and Host": [("x-forwarded-proto", "http"), ("x-forwarded-host", EVIL)],
    "Forwarded": [("forwarded", f"for=1.2.3.4;host={EVIL};proto=http")],
    "Forwarded, quoted": [("forwarded", f'for="[2001:db8::1]";host="{EVIL}"')],
    "X-Original-URL": [("x-original-url", f"https://{EVIL}/"), ("x-rewrite-url", f"//{EVIL}/")],
    "Origin and Referer": [("origin", f"https://{EVIL}"), ("referer", f"https://{EVIL}/")],
    "X-Forwarded-Prefix": [("x-forwarded-prefix", f"//{EVIL}"), ("x-forwarded-port", "1337")],
}

# headers of different names hide nothing of each other: they are tried together, and each Host by itself
TOGETHER: dict[str, Headers] = {
    "everything but Host": [
        header for spelling in SPELLINGS.values() for header in spelling if header[0] != "host"
    ],
    **{name: headers for name, headers in SPELLINGS.items() if headers[0][0] == "host"},
}
Send = Callable[[World, Headers], Awaitable[httpx2.Response]]


async def activation_by_sms(world: World, headers: Headers) -> httpx2.Response:
    ann = Person(world, "ann@demo.localhost")
    await ann.log_in()
    return await ann.post(
        "/mfa/credentials/phone-numbers",
        {"phone_number": NEW_PHONE},
        headers=[*headers, *ann.bearer.items()],
    )


async def activation_by_email(world: World, headers: Headers) -> httpx2.Response:
    erin = Person(world, ERIN)
    await erin.log_in()
    return await erin.post("/mfa/credentials/emails", {}, headers=[*headers, *erin.bearer.items()])


async def enabling_tells_the_others(world: World, headers: Headers) -> httpx2.Response:
    """A notice goes to every other address."""
    ann = Person(world, "ann@demo.localhost")
    await ann.log_in()
    await ann.post(
        "/mfa/credentials/phone-numbers", {"phone_number": NEW_PHONE}, headers=ann.bearer
    )
    code = await world.code(NEW_PHONE)
    world.carrier.messages.clear()
    return await ann.post(
        "/mfa/credentials/phone-numbers/verify",
        {"verification_code": code},
        headers=[*headers, *ann.bearer.items()],
    )


async def step_up_by(channel: str, world: World, headers: Headers) -> httpx2.Response:
    cleo = Person(world, "cleo@demo.localhost")
    await cleo.log_in()
    begun = await cleo.post("/mfa/stepup", {**AUTHORIZATION, "action": "pay"}, headers=headers)
    return await cleo.post(
        "/passwordless/start",
        {"auth_type": channel, "step_up": begun.json()["token"]},
        headers=headers,
    )


async def step_up_by_sms(world: World, headers: Headers) -> httpx2.Response:
    return await step_up_by("sms", world, headers)


async def step_up_by_email(world: World, headers: Headers) -> httpx2.Response:
    return await step_up_by("email", world, headers)


async def login_by(kind: dict[str, str], world: World, headers: Headers) -> httpx2.Response:
    return await world.http.post(
        f"{V1}/passwordless/start", json={**AUTHORIZATION, **kind}, headers=headers
    )


async def login_by_link(world: World, headers: Headers) -> httpx2.Response:
    kind = {"auth_type": "magic_link", "email": "ann@demo.localhost"}
    return await login_by(kind, world, headers)


async def login_by_sms(world: World, headers: Headers) -> httpx2.Response:
    return await login_by({"auth_type": "sms", "phone_number": OWNED_PHONE}, world, headers)


async def forgotten(world: World, headers: Headers) -> httpx2.Response:
    return await world.http.post(
        f"{V1}/forgot-password",
        json={
            "client_id": CLIENT,
            "email": "ann@demo.localhost",
            "redirect_url": AUTHORIZATION["redirect_uri"],
        },
        headers=headers,
    )


async def recovered(world: World, headers: Headers) -> httpx2.Response:
    return await world.http.post(
        f"{V1}/account-recovery",
        json={"client_id": CLIENT, "email": "ann@demo.localhost"},
        headers=headers,
    )


async def as_who(
    email: str, path: str, body: object, world: World, headers: Headers
) -> httpx2.Response:
    person = Person(world, email)
    await person.log_in()
    return await person.post(path, body, headers=[*headers, *person.bearer.items()])


async def another_email(world: World, headers: Headers) -> httpx2.Response:
    body = {"email": "new@demo.localhost", "redirect_url": AUTHORIZATION["redirect_uri"]}
    return await as_who("ann@demo.localhost", "/update-email", body, world, headers)


async def another_phone(world: World, headers: Headers) -> httpx2.Response:
    body = {"phone_number": NEW_PHONE}
    return await as_who("ann@demo.localhost", "/update-phone-number", body, world, headers)


async def email_verification(world: World, headers: Headers) -> httpx2.Response:
    return await as_who(ERIN, "/send-email-verification", {}, world, headers)


async def phone_verification(world: World, headers: Headers) -> httpx2.Response:
    ann = Person(world, "ann@demo.localhost")
    await ann.log_in()
    await ann.post("/update-phone-number", {"phone_number": NEW_PHONE}, headers=ann.bearer)
    await world.deliver()
    world.carrier.messages.clear()
    return await ann.http.post(
        f"{V1}/send-phone-number-verification", headers=[*headers, *ann.bearer.items()]
    )


async def password_changed(world: World, headers: Headers) -> httpx2.Response:
    body = {"client_id": CLIENT, "old_password": PASSWORD, "password": "another horse, a battery"}
    return await as_who("ann@demo.localhost", "/update-password", body, world, headers)


async def email_confirmed(world: World, headers: Headers) -> httpx2.Response:
    """The old address is told."""
    ann = Person(world, "ann@demo.localhost")
    await ann.log_in()
    await ann.post("/update-email", {"email": "new@demo.localhost"}, headers=ann.bearer)
    code = await world.code("new@demo.localhost")
    world.carrier.messages.clear()
    return await ann.post(
        "/verify-email",
        {
            "access_token": ann.tokens["access_token"],
            "email": "new@demo.localhost",
            "verification_code": code,
        },
        headers=headers,
    )


async def factor_removed(
    path: str, body: dict[str, str] | None, world: World, headers: Headers
) -> httpx2.Response:
    cleo = Person(world, "cleo@demo.localhost")
    await cleo.log_in()
    await cleo.step_up()
    world.carrier.messages.clear()
    return await cleo.http.request(
        "DELETE",
        f"{V1}/mfa/credentials{path}",
        json=body,
        headers=[*headers, *cleo.bearer.items()],
    )


async def phone_removed(world: World, headers: Headers) -> httpx2.Response:
    return await factor_removed("/phone-numbers", {"phone_number": "+33698765432"}, world, headers)


async def email_removed(world: World, headers: Headers) -> httpx2.Response:
    return await factor_removed("/emails", None, world, headers)


async def passkey_options(person: Person) -> dict[str, Any]:
    answer = await person.post(
        "/webauthn/registration-options",
        {"origin": SHOP, "friendly_name": "a phone"},
        headers=person.bearer,
    )
    options: dict[str, Any] = answer.json()["options"]
    return options


async def passkey_added(world: World, headers: Headers) -> httpx2.Response:
    ann = Person(world, "ann@demo.localhost")
    await ann.log_in()
    made = Authenticator().make(await passkey_options(ann))
    return await ann.post("/webauthn/registration", made, headers=[*headers, *ann.bearer.items()])


async def passkey_removed(world: World, headers: Headers) -> httpx2.Response:
    ann = Person(world, "ann@demo.localhost")
    await ann.log_in()
    made = Authenticator().make(await passkey_options(ann))
    await ann.post("/webauthn/registration", made, headers=ann.bearer)
    await world.deliver()
    world.carrier.messages.clear()
    listed = await ann.http.get(f"{V1}/webauthn/registration", headers=ann.bearer)
    return await ann.http.delete(
        f"{V1}/webauthn/registration/{listed.json()[0]['id']}",
        headers=[*headers, *ann.bearer.items()],
    )


async def passkeys_reset(world: World, headers: Headers) -> httpx2.Response:
    ann = Person(world, "ann@demo.localhost")
    who = {"client_id": CLIENT, "email": ann.email}
    await ann.post("/account-recovery", who)
    who["verification_code"] = await world.code(ann.email)
    begun = await ann.post(
        "/webauthn/reset-options", {**who, "origin": SHOP, "friendly_name": "a phone"}
    )
    world.carrier.messages.clear()
    made = Authenticator().make(begun.json()["options"])
    return await ann.post(
        "/webauthn/reset", {**who, "public_key_credential": made}, headers=headers
    )


# every way to have a message sent; a route that may send must be named here, and one that may not below
SENDERS: dict[str, tuple[Send, ...]] = {
    f"POST {V1}/mfa/credentials/phone-numbers": (activation_by_sms,),
    f"POST {V1}/mfa/credentials/emails": (activation_by_email,),
    f"POST {V1}/mfa/credentials/phone-numbers/verify": (enabling_tells_the_others,),
    f"DELETE {V1}/mfa/credentials/phone-numbers": (phone_removed,),
    f"DELETE {V1}/mfa/credentials/emails": (email_removed,),
    f"POST {V1}/passwordless/start": (
        step_up_by_sms,
        step_up_by_email,
        login_by_link,
        login_by_sms,
    ),
    f"POST {V1}/update-email": (another_email,),
    f"POST {V1}/update-phone-number": (another_phone,),
    f"POST {V1}/send-email-verification": (email_verification,),
    f"POST {V1}/send-phone-number-verification": (phone_verification,),
    f"POST {V1}/verify-email": (email_confirmed,),
    f"POST {V1}/forgot-password": (forgotten,),
    f"POST {V1}/account-recovery": (recovered,),
    f"POST {V1}/update-password": (password_changed,),
    f"POST {V1}/webauthn/registration": (passkey_added,),
    f"DELETE {V1}/webauthn/registration/{{id}}": (passkey_removed,),
    f"POST {V1}/webauthn/reset": (passkeys_reset,),
}
SILENT = {
    f"POST {V1}/signup",
    f"POST {V1}/password/login",
    f"POST {V1}/password/strength",
    f"POST {V1}/mfa/credentials/emails/verify",  # the profile's only address is the one enabled
    f"DELETE {V1}/mfa/trusteddevices/{{id}}",
    f"POST {V1}/mfa/stepup",
    f"POST {V1}/passwordless/verify",
    f"POST {V1}/verify-auth-code",
    f"POST {V1}/update-profile",
    f"POST {V1}/verify-phone-number",
    f"POST {V1}/unlink",
    f"POST {V1}/webauthn/registration-options",
    f"POST {V1}/webauthn/authentication-options",
    f"POST {V1}/webauthn/authentication",
    f"POST {V1}/webauthn/signup-options",
    f"POST {V1}/webauthn/signup",
    f"POST {V1}/webauthn/reset-options",
    "POST /oauth/token",
    "POST /oauth/revoke",
    "POST /oauth/introspect",
}


def test_every_route_is_known_to_send_or_not_to() -> None:
    """SND-6 grows with the route table."""
    changing = {f"{e.method} {e.path}" for e in ENDPOINTS if e.method != "GET"}
    assert changing == SENDERS.keys() | SILENT
    assert not SENDERS.keys() & SILENT


@pytest.mark.parametrize("spelling", TOGETHER)
@pytest.mark.parametrize(
    "send", [send for sends in SENDERS.values() for send in sends], ids=lambda send: send.__name__
)
async def test_a_message_names_no_other_origin(world: World, send: Send, spelling: str) -> None:
    """SND-6 (CVE-2025-64101): whatever a request says of the host it was sent to."""
    answer = await send(world, TOGETHER[spelling])
    assert answer.status_code in (200, 204), answer.text
    assert EVIL not in str(answer.headers) + answer.text
    await world.deliver()
    assert world.carrier.messages
    for message in world.carrier.messages:
        said = repr(message)
        assert EVIL not in said
        assert "1337" not in said
        assert message.code is None or "id.demo.localhost" in said
        assert message.link is None or message.link.startswith((f"{ISSUER}/link/", f"{SHOP}/"))
        assert "@id.demo.localhost>" in (message.rendered.sender or "@id.demo.localhost>")


async def test_no_answer_names_another_origin(world: World, ann: Person) -> None:
    """SND-6 for what is not mailed: discovery, redirects, errors."""
    for headers in SPELLINGS.values():
        for path in (
            "/.well-known/openid-configuration",
            f"{V1}/config?client_id={CLIENT}",
            f"{V1}/openapi.json",
            "/oauth/authorize?client_id=nobody",
            f"{V1}/logout",
            "/nowhere",
        ):
            answer = await ann.http.get(path, headers=headers)
            assert EVIL not in answer.text + str(answer.headers), path
        tkn = await ann.tkn()
        answer = await ann.http.get(
            "/oauth/authorize", params={**AUTHORIZATION, "tkn": tkn}, headers=headers
        )
        assert answer.headers["location"].startswith("https://shop.demo.localhost:8443/callback?")


# --- who is asking


def networks(*texts: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


OURS = networks("10.0.0.0/8", "fd00::/8", "127.0.0.1/32")


@pytest.mark.parametrize(
    ("peer", "forwarded", "believed"),
    [
        # nobody we know says where they come from
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("203.0.113.7", "10.0.0.1", "203.0.113.7"),
        ("2001:db8::7", "198.51.100.1", "2001:db8::7"),
        # our proxy does: the address nearest to us that is not ours
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", " 198.51.100.1 ", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("fd00::1", "2001:db8::9", "2001:db8::9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        # one client, one spelling
        ("10.0.0.1", "2001:DB8:0:0::0009", "2001:db8::9"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:203.0.113.7", "198.51.100.1", "203.0.113.7"),
        # what cannot be read ends the belief; nothing beyond it is looked at
        ("10.0.0.1", "a", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, a", "10.0.0.1"),
        ("10.0.0.1", "a, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, _hidden", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1,", "10.0.0.1"),
        ("10.0.0.1", ",,,,", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", "10.0.0.1"),
        ("10.0.0.1", "[2001:db8::9]:4711", "10.0.0.1"),
        ("10.0.0.1", "[2001:db8::9]", "10.0.0.1"),
        ("10.0.0.1", "0x7f.1", "10.0.0.1"),
        ("10.0.0.1", "2130706433", "10.0.0.1"),
        ("10.0.0.1", "127.1", "10.0.0.1"),
        ("10.0.0.1", "010.000.000.001", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.256", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1/32", "10.0.0.1"),
        ("10.0.0.1", "１９８.５１.１００.１", "10.0.0.1"),
        ("10.0.0.1", "fe80::1%eth0", "10.0.0.1"),
        ("10.0.0.1", "fe80::1%'; DROP TABLE users", "10.0.0.1"),
        ("10.0.0.1", "2001:db8::9%", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1\r\nx: y", "10.0.0.1"),
        ("10.0.0.1", ", ".join(["198.51.100.1"] + ["10.0.0.9"] * 500), "10.0.0.1"),
        ("10.0.0.1", ", ".join(["10.0.0.9"] * 500 + ["198.51.100.1"]), "198.51.100.1"),
        ("10.0.0.1", "x" * 65_000, "10.0.0.1"),
        # a peer that is no address: a socket, a test
        ("", "198.51.100.1", ""),
        ("unix:", "198.51.100.1", "unix:"),
        ("fe80::1%eth0", "198.51.100.1", "fe80::1%eth0"),
    ],
)
def test_only_our_own_proxies_are_believed(peer: str, forwarded: str | None, believed: str) -> None:
    """SND-7 (CVE-2024-47070): what cannot be read is not skipped, it is not believed."""
    assert client_ip(peer, forwarded, OURS) == believed
    assert client_ip(peer, forwarded, ()) == client_ip(peer, None, ())


@pytest.fixture
async def proxied(templates: Templates, tmp_path: Path) -> AsyncIterator[World]:
    """A world behind a proxy on this machine."""
    configuration = demo_configuration(project())
    url = await templates.copy(tmp_path / "proxied.sqlite3", configuration, "lab")
    behind = replace(deployment_at(url, configuration), trusted_proxies=networks("127.0.0.0/8"))
    async with world_at(behind) as world:
        yield world


async def ip_seen(world: World, headers: Headers) -> str | None:
    """What the journal says of a login with a wrong password."""
    person = Person(world, "ann@demo.localhost")
    await person.post(
        "/password/login",
        {"client_id": CLIENT, "email": person.email, "password": "wrong"},
        headers=headers,
    )
    ip: str | None = (await events(world, "credential.refused"))[-1]["ip"]
    return ip


async def test_a_line_a_proxy_adds_below_a_strangers_counts(world: World, proxied: World) -> None:
    """SND-7: HAProxy writes a second `X-Forwarded-For`; the stranger's, above it, must not be the one read."""
    stranger = ("x-forwarded-for", "1.1.1.1")
    assert await ip_seen(world, [stranger]) == "127.0.0.1"
    added = ("x-forwarded-for", "198.51.100.1")
    assert await ip_seen(proxied, [stranger, added]) == "198.51.100.1"
    assert await ip_seen(proxied, [("x-forwarded-for", "1.1.1.1, 198.51.100.1")]) == "198.51.100.1"


async def test_nobody_escapes_a_limit_by_a_header(world: World) -> None:
    """SND-7, and the limit holds where passwords are tried and people sign up."""
    await configure(world, **PATIENT, rate_limit={"requests": 3, "window": 60})
    for tail, body in (
        ("/password/login", {"client_id": CLIENT, "email": "x@demo.localhost", "password": "x"}),
        (
            "/signup",
            {"client_id": CLIENT, "data": {"email": "ann@demo.localhost", "password": PASSWORD}},
        ),
        ("/passwordless/verify", {"challenge_id": "x", "verification_code": "1"}),
        ("/mfa/stepup", AUTHORIZATION),
    ):
        statuses = []
        for attempt in range(5):
            answer = await world.http.post(
                f"{V1}{tail}",
                json=body,
                headers={
                    "x-forwarded-for": f"198.51.100.{attempt}",
                    "x-real-ip": f"198.51.100.{attempt}",
                    "true-client-ip": f"198.51.100.{attempt}",
                    "cf-connecting-ip": f"198.51.100.{attempt}",
                    "forwarded": f"for=198.51.100.{attempt}",
                },
            )
            statuses.append(answer.status_code)
        assert statuses[3:] == [429, 429], tail
        assert 429 not in statuses[:3], tail
        assert int(answer.headers["retry-after"]) in range(1, 61)


async def test_every_route_that_takes_a_guess_or_sends_is_limited() -> None:
    """ASVS 2.4.1, from the route table: whatever is posted without a client's own authentication."""
    unlimited = {e.path for e in ENDPOINTS if e.method != "GET" and not e.limited}
    harmless = {f"{V1}/password/strength", f"{V1}/mfa/trusteddevices/{{id}}", "/oauth/introspect"}
    assert unlimited == harmless
