"""The SSO session, the profile, logging out."""

import pytest

from tests.wire.transcript import FORGOTTEN, UUID, Say, Shape, detail, error, said, tells
from tests.world import CLIENT, COOKIE, SHOP, Person, World

SSO = "GET /identity/v1/sso/data"
USERINFO = "GET /identity/v1/userinfo"
LOGOUT = "GET /identity/v1/logout"
CALLBACK = f"{SHOP}/"  # where a page may be left for after logging out

ANN_IS_HERE = {
    "is_authenticated": True,
    "name": "Ann Martin",
    "email": "ann@demo.localhost",
    "last_login_type": "password",
    "has_password": True,
    "social_providers": [],
}
NOBODY_IS_HERE = {"is_authenticated": False}
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@tells(SSO)
async def test_a_page_asks_whether_anyone_is_logged_in(say: Say, ann: Person, world: World) -> None:
    asked = {"client_id": CLIENT}
    said(await say(SSO, query=asked, by=ann), 200, NOBODY_IS_HERE)
    await ann.log_in()
    said(await say(SSO, query=asked, by=ann), 200, ANN_IS_HERE)
    world.clock.advance(86_399)
    said(await say(SSO, query=asked, by=ann), 200, ANN_IS_HERE)
    world.clock.advance(1)
    said(await say(SSO, query=asked, by=ann), 200, NOBODY_IS_HERE)


@tells(SSO)
async def test_without_sso_a_session_is_nobody_s(say: Say, ann: Person, world: World) -> None:
    """M1: it would answer no `/oauth/authorize`."""
    await ann.log_in()
    off = {"features": {"mfa": False, "sso": False}}
    (await world.admin().patch("/settings", json=off)).raise_for_status()
    said(await say(SSO, query={"client_id": CLIENT}, by=ann), 200, NOBODY_IS_HERE)


@tells(SSO)
@pytest.mark.parametrize("cookie", ["", "x", "A" * 64, "%C3%A9", '"quoted"', "a=b", "A" * 4000])
async def test_a_cookie_that_is_none_is_nobody_s(say: Say, cookie: str) -> None:
    answer = await say(SSO, query={"client_id": CLIENT}, headers={"cookie": f"{COOKIE}={cookie}"})
    said(answer, 200, NOBODY_IS_HERE)


@tells(SSO)
async def test_an_unknown_client_is_told_nothing(say: Say, ann: Person) -> None:
    await ann.log_in()
    said(
        await say(SSO, query={"client_id": "nobody"}, by=ann),
        400,
        error(
            "invalid_client",
            "error.client.notFound",
            "Unknown client",
            details=detail("client_id", "Unknown client"),
        ),
    )


ANN = {
    "sub": UUID,
    "id": UUID,
    "name": "Ann Martin",
    "given_name": "Ann",
    "family_name": "Martin",
    "locale": "en",
    "updated_at": "2027-01-15T08:00:00Z",
    "email": "ann@demo.localhost",
    "email_verified": True,
}


@tells(USERINFO)
async def test_the_profile_is_read(say: Say, ann: Person) -> None:
    await ann.log_in()
    said(await say(USERINFO, headers=ann.bearer), 200, ANN)


@tells(USERINFO)
async def test_the_fields_asked_for_and_no_others(say: Say, ann: Person) -> None:
    await ann.log_in()
    said(
        await say(USERINFO, query={"fields": "email,given_name,shoe_size"}, headers=ann.bearer),
        200,
        {"sub": UUID, "given_name": "Ann", "email": "ann@demo.localhost"},
    )
    said(await say(USERINFO, query={"fields": ""}, headers=ann.bearer), 200, ANN)


SCOPES = {
    "openid": {"sub": UUID, "id": UUID},
    "openid email": {
        "sub": UUID,
        "id": UUID,
        "email": "ann@demo.localhost",
        "email_verified": True,
    },
    "openid profile": {k: v for k, v in ANN.items() if not k.startswith("email")},
    "openid phone address": {"sub": UUID, "id": UUID},
}


@tells(USERINFO)
@pytest.mark.parametrize(("scope", "claims"), SCOPES.items())
async def test_a_scope_opens_its_claims(
    say: Say, ann: Person, scope: str, claims: dict[str, str]
) -> None:
    answer = await ann.authorize(scope=scope, tkn=await ann.tkn())
    code = dict(answer.next_request.url.params)["code"] if answer.next_request else ""
    ann.tokens = (await ann.exchange(code)).json()
    said(await say(USERINFO, headers=ann.bearer), 200, claims)


NO_TOKEN = error("invalid_request", "error.accessToken.missing", "Access token missing")
BAD_TOKEN = error(
    "invalid_grant",
    "error.accessToken.invalid",
    "The access token is not valid, or no longer. Get a new one.",
)


@tells(USERINFO)
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YW5uOg==", "token"])
async def test_without_a_token_there_is_no_profile(say: Say, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    said(await say(USERINFO, headers=headers), 401, NO_TOKEN, www_authenticate="Bearer")


@tells(USERINFO)
@pytest.mark.parametrize("kind", ["id_token", "refresh_token", "cookie", "word", "expired"])
async def test_what_is_no_access_token_is_refused(
    say: Say, ann: Person, world: World, kind: str
) -> None:
    await ann.log_in()
    if kind == "expired":
        world.clock.advance(3600)
    token = {
        **ann.tokens,
        "cookie": ann.http.cookies[COOKIE],
        "word": "Bearer",
        "expired": ann.tokens["access_token"],
    }[kind]
    said(
        await say(USERINFO, headers={"authorization": f"Bearer {token}"}),
        401,
        BAD_TOKEN,
        www_authenticate='Bearer error="invalid_token"',
    )


@tells(LOGOUT)
@pytest.mark.parametrize("name", ["redirect_to", "post_logout_redirect_uri"])
async def test_logging_out_leads_to_a_registered_page(say: Say, ann: Person, name: str) -> None:
    await ann.log_in()
    old = ann.http.cookies[COOKIE]
    answer = await say(
        LOGOUT, query={name: CALLBACK, "remove_credentials": "true", "state": "a&b"}, by=ann
    )
    said(answer, 303, shared=None, set_cookie=FORGOTTEN, location=f"{CALLBACK}?state=a%26b")
    assert COOKIE not in ann.http.cookies
    stolen = {"cookie": f"{COOKIE}={old}"}
    said(await say(SSO, query={"client_id": CLIENT}, headers=stolen), 200, NOBODY_IS_HERE)


@tells(LOGOUT)
async def test_logging_out_without_a_session_leads_there_too(say: Say) -> None:
    answer = await say(LOGOUT, query={"redirect_to": CALLBACK})
    said(answer, 303, shared=None, set_cookie=FORGOTTEN, location=CALLBACK)


def page(title: str, text: str) -> Shape:
    """What a person reads; how it looks is no promise."""
    return Shape(
        r'<!doctype html><html lang="en"><meta charset="utf-8">(<meta[^>]*>)*'
        rf'<title>{title}</title><style nonce="[\w+/]{{24}}">[^<]*</style>'
        rf"<main><h1>{title}</h1><p>{text}</p></main></html>"
    )


PAGE_POLICY = Shape(
    r"default-src 'none'; style-src 'nonce-[\w+/]{24}'; frame-ancestors 'none'; "
    r"base-uri 'none'; form-action 'none'"
)


@tells(LOGOUT)
async def test_logging_out_to_nowhere_shows_a_page(say: Say, ann: Person) -> None:
    await ann.log_in()
    said(
        await say(LOGOUT, by=ann),
        200,
        page("You are logged out", r"You can close this page\."),
        shared=None,
        media="text/html; charset=utf-8",
        content_security_policy=PAGE_POLICY,
        set_cookie=FORGOTTEN,
    )
    said(await say(SSO, query={"client_id": CLIENT}, by=ann), 200, NOBODY_IS_HERE)


ELSEWHERE = [
    "https://evil.example/",
    f"{SHOP}",
    f"{SHOP}/callback",
    f"{SHOP}/?next=https://evil.example/",
    f"{SHOP}/..",
    "//shop.demo.localhost:8443/",
    "javascript:alert(1)",
]


@tells(LOGOUT)
@pytest.mark.parametrize("target", ELSEWHERE)
async def test_an_unlisted_page_is_never_led_to(say: Say, ann: Person, target: str) -> None:
    """And the session stays: what was refused did nothing."""
    await ann.log_in()
    asked = {"redirect_to": target}
    said(
        await say(LOGOUT, query=asked, by=ann),
        403,
        error(
            "access_denied",
            "error.client.redirectUrlNotAllowed",
            "The redirect url is not allowed.",
            details=detail("redirect_to", "The redirect url is not allowed."),
        ),
        shared=None,
    )
    said(
        await say(LOGOUT, query=asked, by=ann, headers={"accept": HTML}),
        403,
        page("This request cannot be answered", r"The redirect url is not allowed\."),
        shared=None,
        media="text/html; charset=utf-8",
        content_security_policy=PAGE_POLICY,
    )
    said(await say(SSO, query={"client_id": CLIENT}, by=ann), 200, ANN_IS_HERE)
