"""The authorization endpoint: who is answered, with what, and where."""

import re
from typing import Any

import httpx2
import pytest

from tests.conftest import MakeWorld
from tests.wire.test_transcript_login import ALWAYS
from tests.wire.test_transcript_session import HTML, PAGE_POLICY, page
from tests.wire.transcript import (
    ERROR_ID,
    FOREIGN,
    ISSUER,
    REMEMBERED,
    TOKEN,
    Say,
    Shape,
    detail,
    error,
    kept_for,
    posted,
    said,
    tells,
    told_at,
)
from tests.world import AUTHORIZATION, CALLBACK, COOKIE, SHOP, Person, World

AUTHORIZE = "GET /oauth/authorize"


def refused(error: str, key: str, text: str, **more: str) -> dict[str, Any]:
    """The parameters of an answer that is none."""
    return {
        "error": error,
        "error_id": ERROR_ID,
        "error_description": text,
        "error_message_key": key,
        "error_user_msg": text,
        "iss": ISSUER,
        **more,
    }


NOBODY = refused(
    "login_required",
    "error.login.required",
    "Nobody is logged in here. Log in and try again.",
)
SPENT = refused(
    "invalid_grant",
    "error.tkn.invalid",
    "This login has expired or was used already. Log in again.",
)
SECOND_FACTOR_FIRST = refused(
    "access_denied",
    "error.authn.mfa.stepup.required",
    "A second factor is needed before this login can be used.",
)
NO_PKCE = refused(
    "invalid_request",
    "error.pkce.required",
    "A code_challenge with code_challenge_method=S256 is required.",
)
PLAIN_PKCE = refused(
    "invalid_request", "error.pkce.method", "Only code_challenge_method=S256 is supported."
)
CROOKED_PKCE = refused(
    "invalid_request",
    "error.pkce.challenge",
    "The code_challenge is not a base64url SHA-256.",
)
IMPLICIT = refused(
    "unsupported_response_type",
    "error.responseType.unsupported",
    "Only response_type=code is supported.",
)
UNMET = refused(
    "unmet_authentication_requirements",
    "error.authn.requirementsNotMet",
    "The session does not reach the assurance that was asked for.",
)
UNLISTED = refused(
    "access_denied", "error.client.redirectUrlNotAllowed", "The redirect url is not allowed."
)
GRANTED = {"code": TOKEN, "iss": ISSUER}


def asked(**more: str | None) -> dict[str, str]:
    """The demo shop's request, with some parameters changed and those that are None left out."""
    return {k: v for k, v in {**AUTHORIZATION, **more}.items() if v is not None}


def redirected(
    answer: httpx2.Response,
    parameters: dict[str, Any],
    where: str = "?",
    *,
    set_cookie: Shape | None = None,
) -> None:
    """303 to the shop's callback, with exactly these parameters."""
    location = answer.headers["location"]
    assert told_at(location) == (CALLBACK, where, parameters)
    said(answer, 303, shared=None, location=location, set_cookie=set_cookie)


@tells(AUTHORIZE)
async def test_a_tkn_is_good_for_a_code_and_a_session(say: Say, ann: Person) -> None:
    answer = await say(AUTHORIZE, query=asked(tkn=await ann.tkn(), display="page"), by=ann)
    redirected(answer, GRANTED, set_cookie=REMEMBERED)


@tells(AUTHORIZE)
async def test_the_session_answers_the_next_time(say: Say, ann: Person) -> None:
    await ann.log_in()
    for more in ({}, {"prompt": "none"}, {"response_mode": "query"}):
        answer = await say(AUTHORIZE, query=asked(**more), by=ann)
        redirected(answer, GRANTED, set_cookie=REMEMBERED)


@tells(AUTHORIZE)
async def test_a_persistent_session_is_kept_by_the_browser(
    say: Say, ann: Person, world: World
) -> None:
    query = asked(tkn=await ann.tkn(), persistent="true")
    redirected(await say(AUTHORIZE, query=query, by=ann), GRANTED, set_cookie=kept_for(259_200))
    world.clock.advance(200_000)  # and each use keeps it for as long again
    for _ in range(2):
        redirected(
            await say(AUTHORIZE, query=asked(), by=ann), GRANTED, set_cookie=kept_for(259_200)
        )
        world.clock.advance(200_000)
    query = asked(tkn=await ann.tkn(), persistent="false")
    redirected(await say(AUTHORIZE, query=query, by=ann), GRANTED, set_cookie=REMEMBERED)


@tells(AUTHORIZE)
async def test_a_new_login_ends_the_session_before_it(say: Say, ann: Person, bob: Person) -> None:
    """SES-2: a cookie that was planted, or left by somebody else, is dead."""
    await bob.log_in()
    before = bob.http.cookies[COOKIE]
    await say(AUTHORIZE, query=asked(tkn=await ann.tkn()), by=bob)
    assert bob.http.cookies[COOKIE] != before
    query, left = asked(prompt="none"), {"cookie": f"{COOKIE}={before}"}
    redirected(await say(AUTHORIZE, query=query, headers=left), NOBODY)


LONG = "s" * 512 + "-é&=#%+ </script>\u2028"


@tells(AUTHORIZE)
@pytest.mark.parametrize("state", ["x", "", "a b+c", LONG])
async def test_state_comes_back_and_iss_with_it(say: Say, ann: Person, state: str) -> None:
    """OA-6, OA-7: in answers and in refusals."""
    answer = await say(AUTHORIZE, query=asked(state=state), by=ann)
    redirected(answer, {**NOBODY, "state": state})
    await ann.log_in()
    answer = await say(AUTHORIZE, query=asked(state=state), by=ann)
    redirected(answer, {**GRANTED, "state": state}, set_cookie=REMEMBERED)
    answer = await say(AUTHORIZE, query=asked(state=state, response_mode="web_message"), by=ann)
    assert posted(answer, set_cookie=REMEMBERED) == ([SHOP], {**GRANTED, "state": state})


@tells(AUTHORIZE)
async def test_nonce_comes_back_in_the_id_token(say: Say, ann: Person) -> None:
    nonce = "n-" + "0S6_WzA2Mj" * 10
    answer = await say(AUTHORIZE, query=asked(tkn=await ann.tkn(), nonce=nonce), by=ann)
    code = told_at(answer.headers["location"])[2]["code"]
    assert claims_of((await ann.exchange(code)).json()["id_token"])["nonce"] == nonce


def claims_of(token: str) -> dict[str, Any]:
    from joserfc import jws
    from msgspec import json

    claims: dict[str, Any] = json.decode(jws.extract_compact(token.encode()).payload)
    return claims


@tells(AUTHORIZE)
async def test_a_web_message_goes_to_the_page_that_asked(say: Say, ann: Person) -> None:
    query = asked(tkn=await ann.tkn(), response_mode="web_message", prompt="none")
    answer = await say(AUTHORIZE, query=query, by=ann)
    assert posted(answer, set_cookie=REMEMBERED) == ([SHOP], GRANTED)
    query = asked(response_mode="web_message", prompt="none")
    answer = await say(AUTHORIZE, query=query, by=ann)
    assert posted(answer, set_cookie=REMEMBERED) == ([SHOP], GRANTED)


@tells(AUTHORIZE)
async def test_without_a_redirect_uri_the_client_s_own_pages_hear(say: Say, ann: Person) -> None:
    """`checkSession()` names none to authorize, and its page's origin to the token endpoint."""
    await ann.log_in()
    query = asked(response_mode="web_message", prompt="none", redirect_uri=None)
    page = await say(AUTHORIZE, query=query, by=ann)
    listeners, answer = posted(page, set_cookie=REMEMBERED)
    assert (listeners, answer) == ([SHOP], GRANTED)
    assert (await ann.exchange(answer["code"], redirect_uri=SHOP)).status_code == 200


TWO_CLIENTS = """
project: {project_id: project-test-two}
clients:
  - client_id: demo-shop
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
    origins: ["https://shop.demo.localhost:8443", "https://till.demo.localhost:8443"]
  - client_id: phone
    redirect_uris: ["com.example.phone:/callback"]
"""


@tells(AUTHORIZE)
async def test_a_message_for_one_page_is_not_posted_to_another(
    say: Say, make_world: MakeWorld
) -> None:
    two = await make_world(TWO_CLIENTS, "two")
    answer = await say(AUTHORIZE, query=asked(response_mode="web_message"), by=two)
    framers = "https://shop.demo.localhost:8443 https://till.demo.localhost:8443"
    assert posted(answer, framers=framers) == ([SHOP], NOBODY)


@tells(AUTHORIZE)
async def test_a_client_without_pages_hears_nothing(say: Say, make_world: MakeWorld) -> None:
    two = await make_world(TWO_CLIENTS, "two")
    query = asked(client_id="phone", response_mode="web_message", redirect_uri=None)
    listeners, _ = posted(await say(AUTHORIZE, query=query, by=two), framers="'none'")
    assert listeners == []


REFUSED: dict[str, tuple[dict[str, str | None], dict[str, Any]]] = {
    "nobody is logged in": ({}, NOBODY),
    "nobody is logged in, silently": ({"prompt": "none"}, NOBODY),
    "a tkn that is none": ({"tkn": "x"}, SPENT),
    "an empty tkn": ({"tkn": ""}, SPENT),
    "a tkn nobody was given": ({"tkn": "A" * 64}, SPENT),
    "no challenge": ({"code_challenge": None, "code_challenge_method": None}, NO_PKCE),
    "no challenge but its method": ({"code_challenge": None}, NO_PKCE),
    "a plain challenge": ({"code_challenge_method": "plain"}, PLAIN_PKCE),
    "a challenge without its method": ({"code_challenge_method": None}, PLAIN_PKCE),
    "a short challenge": ({"code_challenge": "short"}, CROOKED_PKCE),
    "an unknown response type": ({"response_type": "none"}, IMPLICIT),
    "an unknown response mode": (
        {"response_mode": "form_post"},
        refused(
            "invalid_request",
            "error.parameter.invalid",
            "A parameter is not valid: response_mode",
        )
        | {"error_user_msg": "A parameter is not valid"},
    ),
}


@tells(AUTHORIZE)
@pytest.mark.parametrize(("change", "answer"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_refusal_is_told_where_it_was_asked_for(
    say: Say, change: dict[str, str | None], answer: dict[str, Any]
) -> None:
    redirected(await say(AUTHORIZE, query=asked(**change)), answer)
    if "response_mode" not in change:
        query = asked(**change, response_mode="web_message")
        assert posted(await say(AUTHORIZE, query=query)) == ([SHOP], answer)


@tells(AUTHORIZE)
@pytest.mark.parametrize("response_type", ["token", "id_token token", "code token"])
@pytest.mark.parametrize(
    ("mode", "where"), [(None, "#"), ("query", "?"), ("fragment", "#"), ("web_message", "")]
)
async def test_there_is_no_implicit_flow(
    say: Say, ann: Person, response_type: str, mode: str | None, where: str
) -> None:
    """OA-5. The promise of the page that asked settles, whichever way it listens."""
    await ann.log_in()
    query = asked(response_type=response_type, response_mode=mode)
    answer = await say(AUTHORIZE, query=query, by=ann)
    if mode == "web_message":
        assert posted(answer) == ([SHOP], IMPLICIT)
    else:
        redirected(answer, IMPLICIT, where)


@tells(AUTHORIZE)
async def test_a_tkn_is_good_once(say: Say, ann: Person) -> None:
    query = asked(tkn=await ann.tkn())
    redirected(await say(AUTHORIZE, query=query), GRANTED, set_cookie=REMEMBERED)
    redirected(await say(AUTHORIZE, query=query), SPENT)


@tells(AUTHORIZE)
@pytest.mark.parametrize(("age", "good"), [(59, True), (60, False)])
async def test_a_tkn_is_good_for_a_minute(
    say: Say, ann: Person, world: World, age: int, good: bool
) -> None:
    query = asked(tkn=await ann.tkn())
    world.clock.advance(age)
    answer = await say(AUTHORIZE, query=query)
    if good:
        redirected(answer, GRANTED, set_cookie=REMEMBERED)
    else:
        redirected(answer, SPENT)


@tells(AUTHORIZE)
async def test_a_tkn_is_its_client_s_own(say: Say, ann: Person, make_world: MakeWorld) -> None:
    two = await make_world(
        """
        project: {project_id: project-test-two}
        clients:
          - {client_id: demo-shop, redirect_uris: ["https://shop.demo.localhost:8443/callback"]}
          - {client_id: other, redirect_uris: ["https://shop.demo.localhost:8443/callback"]}
        users: [{email: ann@demo.localhost, password: correct horse battery staple}]
        """,
        "neighbours",
    )
    tkn = await Person(two, "ann@demo.localhost").tkn()
    redirected(await say(AUTHORIZE, query=asked(tkn=tkn, client_id="other"), by=two), SPENT)
    redirected(await say(AUTHORIZE, query=asked(tkn=tkn), by=two), GRANTED, set_cookie=REMEMBERED)


@tells(AUTHORIZE)
async def test_a_tkn_that_needs_a_second_factor_opens_nothing_here(
    say: Say, make_world: MakeWorld
) -> None:
    """SES-3; and the step-up it is meant for still takes it afterwards."""
    bob = Person(await make_world(ALWAYS, "always"), "bob@demo.localhost")
    tkn = await bob.tkn()
    for mode in (None, "query"):
        query = asked(tkn=tkn, response_mode=mode)
        redirected(await say(AUTHORIZE, query=query, by=bob), SECOND_FACTOR_FIRST)
    query = asked(tkn=tkn, response_mode="web_message", prompt="none")
    assert posted(await say(AUTHORIZE, query=query, by=bob)) == ([SHOP], SECOND_FACTOR_FIRST)
    assert COOKIE not in bob.http.cookies
    assert await bob.step_up_token(tkn=tkn)


@tells(AUTHORIZE)
async def test_prompt_login_wants_a_new_proof(say: Say, ann: Person) -> None:
    await ann.log_in()
    redirected(await say(AUTHORIZE, query=asked(prompt="login"), by=ann), NOBODY)
    query = asked(prompt="login", tkn=await ann.tkn())
    redirected(await say(AUTHORIZE, query=query, by=ann), GRANTED, set_cookie=REMEMBERED)


@tells(AUTHORIZE)
@pytest.mark.parametrize(("max_age", "good"), [("100", True), ("99", False), ("0", False)])
async def test_max_age_is_a_hard_rule(
    say: Say, ann: Person, world: World, max_age: str, good: bool
) -> None:
    """STP-3."""
    await ann.log_in()
    world.clock.advance(100)
    answer = await say(AUTHORIZE, query=asked(max_age=max_age), by=ann)
    if good:
        redirected(answer, GRANTED, set_cookie=REMEMBERED)
    else:
        redirected(answer, NOBODY)


@tells(AUTHORIZE)
async def test_acr_values_are_never_answered_with_less(say: Say, bob: Person) -> None:
    """STP-2."""
    await bob.log_in()
    one, two = "urn:ostiary:acr:1fa", "urn:ostiary:acr:mfa"
    answer = await say(AUTHORIZE, query=asked(acr_values=one), by=bob)
    redirected(answer, GRANTED, set_cookie=REMEMBERED)
    redirected(await say(AUTHORIZE, query=asked(acr_values=two), by=bob), UNMET)
    redirected(await say(AUTHORIZE, query=asked(acr_values="urn:none"), by=bob), UNMET)
    await bob.step_up()
    answer = await say(AUTHORIZE, query=asked(acr_values=two), by=bob)
    redirected(answer, GRANTED, set_cookie=REMEMBERED)


BAD_REDIRECTS = [
    "https://evil.example/callback",
    f"{SHOP}/callback/",
    f"{SHOP}/callback?x=1",
    f"{SHOP}/callback#x",
    f"{SHOP}/Callback",
    f"{SHOP}/callback/../callback",
    f"{SHOP}@evil.example/callback",
    "//shop.demo.localhost:8443/callback",
    "",
]
NOT_ALLOWED = error(
    "access_denied",
    "error.client.redirectUrlNotAllowed",
    "The redirect url is not allowed.",
    details=detail("redirect_uri", "The redirect url is not allowed."),
)


@tells(AUTHORIZE)
@pytest.mark.parametrize("uri", BAD_REDIRECTS)
async def test_an_unlisted_redirect_uri_is_never_led_to(say: Say, ann: Person, uri: str) -> None:
    """OA-1, OA-2; whoever is logged in, whichever way is asked for, and nothing is spent."""
    await ann.log_in()
    tkn = await ann.tkn()
    browser = {"accept": HTML}
    for mode in (None, "web_message", "fragment"):
        query = asked(redirect_uri=uri, tkn=tkn, response_mode=mode)
        said(await say(AUTHORIZE, query=query, by=ann), 403, NOT_ALLOWED, shared=None)
        if mode == "web_message":
            continue
        said(
            await say(AUTHORIZE, query=query, by=ann, headers=browser),
            403,
            page("This request cannot be answered", r"The redirect url is not allowed\."),
            shared=None,
            media="text/html; charset=utf-8",
            content_security_policy=PAGE_POLICY,
        )
    # a page that waits for a message hears of it, if it is one of the client's own
    query = asked(redirect_uri=uri, tkn=tkn, response_mode="web_message")
    answer = await say(AUTHORIZE, query=query, by=ann, headers=browser)
    assert posted(answer, status=403) == ([SHOP], UNLISTED)
    redirected(await say(AUTHORIZE, query=asked(tkn=tkn)), GRANTED, set_cookie=REMEMBERED)


@tells(AUTHORIZE)
@pytest.mark.parametrize(
    ("accept", "html"),
    [
        (HTML, True),
        ("text/html", True),
        ("application/json;q=0.9, text/html", True),
        ("application/json", False),
        ("*/*", False),
        ("", False),
        ("application/json, text/html", False),
        ("application/json, text/html;q=0.5", False),
        ("text/html;q=0", False),
        (";;q=,,", False),
    ],
)
async def test_a_page_is_for_those_who_prefer_one(say: Say, accept: str, html: bool) -> None:
    answer = await say(AUTHORIZE, query=asked(client_id="nobody"), headers={"accept": accept})
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html" if html else "application/json")


@tells(AUTHORIZE)
async def test_an_unknown_client_is_led_nowhere(say: Say, ann: Person) -> None:
    await ann.log_in()
    unknown = error(
        "invalid_client",
        "error.client.notFound",
        "Unknown client",
        details=detail("client_id", "Unknown client"),
    )
    said(await say(AUTHORIZE, query=asked(client_id="nobody"), by=ann), 400, unknown, shared=None)
    missing = error(
        "invalid_request",
        "error.client.missing",
        "Client id missing",
        details=detail("client_id", "Client id missing", "missing"),
    )
    said(await say(AUTHORIZE, query=asked(client_id=None), by=ann), 400, missing, shared=None)


@tells(AUTHORIZE)
async def test_without_a_redirect_uri_nothing_is_spent(say: Say, ann: Person) -> None:
    tkn = await ann.tkn()
    missing = error(
        "invalid_request",
        "error.redirectUri.missing",
        "A redirect_uri is required.",
        details=detail("redirect_uri", "A redirect_uri is required.", "missing"),
    )
    said(await say(AUTHORIZE, query=asked(redirect_uri=None, tkn=tkn)), 400, missing, shared=None)
    redirected(await say(AUTHORIZE, query=asked(tkn=tkn)), GRANTED, set_cookie=REMEMBERED)


@tells(AUTHORIZE)
async def test_no_page_may_read_an_authorization(say: Say, ann: Person) -> None:
    """OA-17: whoever may be redirected may not be read."""
    await ann.log_in()
    for origin in (SHOP, FOREIGN, "null"):
        answer = await say(AUTHORIZE, query=asked(), by=ann, origin=origin)
        redirected(answer, GRANTED, set_cookie=REMEMBERED)


@tells(AUTHORIZE)
async def test_a_message_cannot_leave_its_script(say: Say) -> None:
    query = asked(state="</script><script>alert(1)</script>", response_mode="web_message")
    answer = await say(AUTHORIZE, query=query)
    assert len(re.findall("<(?:/?)script", answer.text)) == 2
