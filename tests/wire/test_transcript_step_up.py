"""The step-up: begun in three ways, a code sent and taken back."""

from typing import Any

import pytest

from tests.conftest import MakeWorld
from tests.wire.test_transcript_authorize import asked
from tests.wire.test_transcript_login import ALWAYS
from tests.wire.test_transcript_mfa import (
    INVALID_TOKEN,
    NO_SCOPE,
    NOT_FRESH,
    SWITCHED_OFF,
    TOO_MANY,
    WRONG_CODE,
    switched,
    wrong,
)
from tests.wire.test_transcript_session import BAD_TOKEN
from tests.wire.transcript import (
    ISSUER,
    REMEMBERED,
    TOKEN,
    Say,
    detail,
    error,
    kept_for,
    said,
    tells,
    told_at,
)
from tests.world import CALLBACK, COOKIE, Person, World

STEP_UP = "POST /identity/v1/mfa/stepup"
START = "POST /identity/v1/passwordless/start"
VERIFY = "POST /identity/v1/passwordless/verify"
VERIFY_BY_REDIRECT = "GET /identity/v1/passwordless/verify"
CHECK = "POST /identity/v1/verify-auth-code"

SMS = {"amr": ["sms"], "token": TOKEN}
CODE = {"code": TOKEN, "iss": ISSUER}
NOBODY = error(
    "login_required",
    "error.login.required",
    "Nobody is logged in here. Log in and try again.",
)
SPENT = error(
    "invalid_grant",
    "error.tkn.invalid",
    "This login has expired or was used already. Log in again.",
)
NO_CREDENTIAL = error(
    "invalid_request",
    "error.mfa.noCredential",
    "There is no second factor that could be proved here. Register one first.",
)
TWO_PEOPLE = error(
    "access_denied",
    "error.user.mismatch",
    "What was sent belongs to different people. Log out and log in again.",
)
STEP_UP_DEAD = error(
    "invalid_grant",
    "error.stepUp.invalid",
    "This step-up has expired or is not known. Start it again.",
)
NOT_REGISTERED = error(
    "invalid_request",
    "error.mfa.credentialNotFound",
    "No second factor of this type is registered.",
)


@tells(STEP_UP)
async def test_it_begins_with_the_session(say: Say, bob: Person, cleo: Person) -> None:
    await bob.log_in()
    said(await say(STEP_UP, asked(display="page", action="pay"), by=bob), 200, SMS)
    await cleo.log_in()
    both = {"amr": ["email", "sms"], "token": TOKEN}
    said(await say(STEP_UP, asked(), by=cleo), 200, both)


@tells(STEP_UP)
async def test_it_begins_with_a_tkn_once(say: Say, bob: Person) -> None:
    tkn = await bob.tkn()
    said(await say(STEP_UP, asked(tkn=tkn)), 200, SMS)
    said(await say(STEP_UP, asked(tkn=tkn)), 401, SPENT)
    spent = await bob.authorize(tkn=tkn)
    assert told_at(spent.headers["location"])[2]["error_message_key"] == "error.tkn.invalid"


@tells(STEP_UP)
async def test_it_begins_with_an_access_token(say: Say, bob: Person) -> None:
    await bob.log_in()
    said(await say(STEP_UP, asked(), headers=bob.bearer), 200, SMS)


@tells(STEP_UP)
async def test_a_login_that_needs_a_second_factor_goes_on_here(
    say: Say, make_world: MakeWorld
) -> None:
    bob = Person(await make_world(ALWAYS, "always"), "bob@demo.localhost")
    said(await say(STEP_UP, asked(tkn=await bob.tkn(), action="login"), by=bob), 200, SMS)


@tells(STEP_UP)
async def test_tkn_before_token_before_session(say: Say, bob: Person, world: World) -> None:
    """The strongest evidence counts, and it alone is judged (docs/divergences/reachfive.md)."""
    await bob.log_in()
    world.clock.advance(301)  # the access token is no longer fresh, the session still good
    tkn = await bob.tkn()
    said(await say(STEP_UP, asked(tkn=tkn), headers=bob.bearer, by=bob), 200, SMS)
    stale = await say(STEP_UP, asked(), headers=bob.bearer, by=bob)
    said(stale, 401, NOT_FRESH, www_authenticate=INVALID_TOKEN)
    said(await say(STEP_UP, asked(tkn=tkn), by=bob), 401, SPENT)
    said(await say(STEP_UP, asked(), by=bob), 200, SMS)


@tells(STEP_UP)
async def test_evidence_of_two_people_is_evidence_of_nobody(
    say: Say, bob: Person, cleo: Person
) -> None:
    """And what was sent stays good."""
    await bob.log_in()
    await cleo.log_in()
    tkn = await cleo.tkn()
    said(await say(STEP_UP, asked(tkn=tkn), by=bob), 403, TWO_PEOPLE)
    said(await say(STEP_UP, asked(), headers=cleo.bearer, by=bob), 403, TWO_PEOPLE)
    said(await say(STEP_UP, asked(tkn=tkn), headers=bob.bearer), 403, TWO_PEOPLE)
    assert (await say(STEP_UP, asked(tkn=tkn))).status_code == 200


@tells(STEP_UP)
async def test_nobody_cannot_step_up(say: Say, bob: Person, world: World) -> None:
    said(await say(STEP_UP, asked()), 401, NOBODY)
    await bob.log_in()
    bad = {"authorization": "Bearer x"}
    said(
        await say(STEP_UP, asked(), headers=bad, by=bob),
        401,
        BAD_TOKEN,
        www_authenticate=INVALID_TOKEN,
    )
    for tkn in ("", "x", "A" * 64, bob.tokens["access_token"], bob.http.cookies[COOKIE]):
        said(await say(STEP_UP, asked(tkn=tkn), by=bob), 401, SPENT)
    tkn = await bob.tkn()
    world.clock.advance(60)
    said(await say(STEP_UP, asked(tkn=tkn)), 401, SPENT)
    world.clock.advance(86_400)
    said(await say(STEP_UP, asked(), by=bob), 401, NOBODY)


@tells(STEP_UP)
async def test_without_a_second_factor_there_is_nothing_to_step_up_with(
    say: Say, ann: Person
) -> None:
    await ann.log_in()
    said(await say(STEP_UP, asked(), by=ann), 400, NO_CREDENTIAL)
    said(await say(STEP_UP, asked(), headers=ann.bearer), 400, NO_CREDENTIAL)
    tkn = await ann.tkn()
    said(await say(STEP_UP, asked(tkn=tkn)), 400, NO_CREDENTIAL)
    assert (await ann.authorize(tkn=tkn)).status_code == 303  # the tkn was not spent


@tells(STEP_UP)
async def test_switched_off_there_is_no_step_up(say: Say, make_world: MakeWorld) -> None:
    off = await make_world(switched("{features: {mfa: false}}"), "without-mfa")
    bob = Person(off, "bob@demo.localhost")
    await bob.log_in()
    said(await say(STEP_UP, asked(), by=bob), 403, SWITCHED_OFF)
    said(await say(STEP_UP, asked(tkn=await bob.tkn()), by=off), 403, SWITCHED_OFF)


@tells(STEP_UP)
async def test_a_factor_that_is_switched_off_is_not_offered(
    say: Say, make_world: MakeWorld
) -> None:
    off = await make_world(switched("{mfa: {factors: {sms: false}}}"), "without-sms")
    bob = Person(off, "bob@demo.localhost")
    await bob.log_in()
    begun = await say(STEP_UP, asked(), by=bob)
    said(begun, 200, {"amr": ["email"], "token": TOKEN})
    body = {"auth_type": "sms", "step_up": begun.json()["token"]}
    said(await say(START, body, by=bob), 400, NOT_REGISTERED)


BY_TOKEN = """
project: {project_id: project-test-by-token}
clients:
  - client_id: demo-shop
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
    origins: ["https://shop.demo.localhost:8443"]
    step_up_by_access_token: false
  - client_id: other
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
users:
  - email: bob@demo.localhost
    password: correct horse battery staple
    mfa: [{type: sms, phone_number: "+33612345678"}]
"""


@tells(STEP_UP)
async def test_an_access_token_may_be_refused_for_a_client(say: Say, make_world: MakeWorld) -> None:
    """S2: it is the last resort; the session still begins a step-up."""
    world = await make_world(BY_TOKEN, "by-token")
    bob = Person(world, "bob@demo.localhost")
    await bob.log_in()
    said(await say(STEP_UP, asked(), headers=bob.bearer, by=world), 403, SWITCHED_OFF)
    said(await say(STEP_UP, asked(), by=bob), 200, SMS)
    said(
        await say(STEP_UP, asked(client_id="other"), headers=bob.bearer, by=world),
        401,
        BAD_TOKEN,
        www_authenticate=INVALID_TOKEN,
    )


@tells(STEP_UP)
async def test_an_access_token_needs_the_scope_and_must_be_fresh(
    say: Say, bob: Person, world: World
) -> None:
    answer = await bob.authorize(tkn=await bob.tkn(), scope="openid email")
    code = told_at(answer.headers["location"])[2]["code"]
    bob.tokens = (await bob.exchange(code)).json()
    said(
        await say(STEP_UP, asked(), headers=bob.bearer),
        403,
        NO_SCOPE,
        www_authenticate='Bearer error="insufficient_scope"',
    )
    await bob.log_in()
    world.clock.advance(300)
    said(await say(STEP_UP, asked(), headers=bob.bearer), 200, SMS)
    world.clock.advance(1)
    answer = await say(STEP_UP, asked(), headers=bob.bearer)
    said(answer, 401, NOT_FRESH, www_authenticate=INVALID_TOKEN)


REFUSED_REQUESTS: dict[str, tuple[dict[str, str | None], int, dict[str, Any]]] = {
    "an unlisted redirect URI": (
        {"redirect_uri": "https://evil.example/"},
        403,
        error(
            "access_denied",
            "error.client.redirectUrlNotAllowed",
            "The redirect url is not allowed.",
            details=detail("redirect_uri", "The redirect url is not allowed."),
        ),
    ),
    "an unknown client": (
        {"client_id": "nobody"},
        400,
        error(
            "invalid_client",
            "error.client.notFound",
            "Unknown client",
            details=detail("client_id", "Unknown client"),
        ),
    ),
    "no challenge": (
        {"code_challenge": None, "code_challenge_method": None},
        400,
        error(
            "invalid_request",
            "error.pkce.required",
            "A code_challenge with code_challenge_method=S256 is required.",
            details=detail(
                "code_challenge",
                "A code_challenge with code_challenge_method=S256 is required.",
            ),
        ),
    ),
    "tokens instead of a code": (
        {"response_type": "token"},
        400,
        error(
            "unsupported_response_type",
            "error.responseType.unsupported",
            "Only response_type=code is supported.",
            details=detail("response_type", "Only response_type=code is supported."),
        ),
    ),
}


@tells(STEP_UP)
@pytest.mark.parametrize(
    ("change", "status", "answer"), REFUSED_REQUESTS.values(), ids=REFUSED_REQUESTS.keys()
)
async def test_the_request_is_checked_when_it_begins(
    say: Say, bob: Person, change: dict[str, str | None], status: int, answer: dict[str, Any]
) -> None:
    await bob.log_in()
    said(await say(STEP_UP, asked(**change), by=bob), status, answer)


@tells(START, VERIFY)
async def test_a_code_is_sent_and_taken_back(say: Say, bob: Person, world: World) -> None:
    await bob.log_in()
    before = bob.http.cookies[COOKIE]
    body = {"auth_type": "sms", "step_up": await bob.step_up_token(state="s-1")}
    started = await say(START, body, by=bob)
    said(started, 200, {"challenge_id": TOKEN})
    answer = {
        "challenge_id": started.json()["challenge_id"],
        "verification_code": await world.code("+33612345678"),
    }
    verified = await say(VERIFY, answer, by=bob)
    said(verified, 200, {**CODE, "state": "s-1"}, set_cookie=REMEMBERED)
    assert bob.http.cookies[COOKIE] != before
    said(await say(VERIFY, answer, by=bob), 401, WRONG_CODE)  # OTP-4
    assert (await bob.exchange(verified.json()["code"])).status_code == 200


@tells(START, VERIFY)
async def test_a_step_up_by_mail(say: Say, cleo: Person, world: World) -> None:
    await cleo.log_in()
    body = {"auth_type": "email", "step_up": await cleo.step_up_token(persistent=True)}
    started = await say(START, body, by=cleo)
    answer = {
        "challenge_id": started.json()["challenge_id"],
        "verification_code": await world.code("cleo@demo.localhost"),
        "trust_device": False,
    }
    said(await say(VERIFY, answer, by=cleo), 200, CODE, set_cookie=REMEMBERED)


@tells(START, VERIFY)
async def test_a_login_with_a_second_factor_ends_in_a_session(
    say: Say, make_world: MakeWorld
) -> None:
    """Such a login never visits the authorization endpoint; the cookie is set here."""
    always = await make_world(ALWAYS, "always")
    bob = Person(always, "bob@demo.localhost")
    for persistent, cookie in ((False, REMEMBERED), (True, kept_for(259_200))):
        token = await bob.step_up_token(tkn=await bob.tkn(), persistent=persistent)
        body = {"auth_type": "sms", "step_up": token}
        started = await say(START, body, by=always)
        answer = {
            "challenge_id": started.json()["challenge_id"],
            "verification_code": await always.code(),
        }
        said(await say(VERIFY, answer, by=always), 200, CODE, set_cookie=cookie)


@tells(START, VERIFY)
async def test_the_newest_code_alone_is_good(say: Say, bob: Person, world: World) -> None:
    """OTP-15."""
    await bob.log_in()
    body = {"auth_type": "sms", "step_up": await bob.step_up_token()}
    answers = []
    for _ in range(3):
        started = await say(START, body, by=bob)
        said(started, 200, {"challenge_id": TOKEN})
        answers.append(
            {
                "challenge_id": started.json()["challenge_id"],
                "verification_code": await world.code(),
            }
        )
    *older, newest = answers
    for answer in older:
        said(await say(VERIFY, answer, by=bob), 401, WRONG_CODE)
    crossed = {**newest, "verification_code": older[0]["verification_code"]}
    said(await say(VERIFY, crossed, by=bob), 401, WRONG_CODE)
    said(await say(VERIFY, newest, by=bob), 200, CODE, set_cookie=REMEMBERED)


@tells(START)
async def test_the_sixth_code_is_one_too_many(say: Say, bob: Person, world: World) -> None:
    """settings.sends.per_step_up; the fifth is still good afterwards."""
    await bob.log_in()
    body = {"auth_type": "sms", "step_up": await bob.step_up_token()}
    for _ in range(5):
        started = await say(START, body, by=bob)
        said(started, 200, {"challenge_id": TOKEN})
    world.clock.advance(10)
    said(await say(START, body, by=bob), 429, TOO_MANY, retry_after="590")
    verified = await bob.verify(started.json()["challenge_id"], await world.code())
    assert verified.status_code == 200


@tells(START)
async def test_an_address_gets_no_more_than_its_share(say: Say, bob: Person, world: World) -> None:
    """settings.sends.per_recipient_per_hour, over however many step-ups."""
    await bob.log_in()
    for _ in range(10):
        body = {"auth_type": "sms", "step_up": await bob.step_up_token()}
        said(await say(START, body, by=bob), 200, {"challenge_id": TOKEN})
    world.clock.advance(100)
    body = {"auth_type": "sms", "step_up": await bob.step_up_token()}
    said(await say(START, body, by=bob), 429, TOO_MANY, retry_after="3500")


@tells(VERIFY)
async def test_a_wrong_code_is_refused_and_five_end_it(say: Say, bob: Person, world: World) -> None:
    """OTP-6, S3."""
    await bob.log_in()
    step_up = await bob.step_up_token()
    challenge = await bob.challenge(step_up)
    code = await world.code()
    guess = {"challenge_id": challenge, "verification_code": wrong(code)}
    for _ in range(5):
        said(await say(VERIFY, guess, by=bob), 401, WRONG_CODE)
    right = {"challenge_id": challenge, "verification_code": code}
    said(await say(VERIFY, right, by=bob), 401, WRONG_CODE)
    again = {"auth_type": "sms", "step_up": step_up}
    said(await say(START, again, by=bob), 429, TOO_MANY, retry_after="600")


@tells(START, VERIFY)
async def test_a_resend_keeps_the_count(say: Say, bob: Person, world: World) -> None:
    await bob.log_in()
    body = {"auth_type": "sms", "step_up": await bob.step_up_token()}
    for _ in range(2):
        started = await say(START, body, by=bob)
        code = await world.code()
        guess = {
            "challenge_id": started.json()["challenge_id"],
            "verification_code": wrong(code),
        }
        for _ in range(2):
            said(await say(VERIFY, guess, by=bob), 401, WRONG_CODE)
    started = await say(START, body, by=bob)
    code = await world.code()
    challenge = started.json()["challenge_id"]
    guess = {"challenge_id": challenge, "verification_code": wrong(code)}
    said(await say(VERIFY, guess, by=bob), 401, WRONG_CODE)  # the fifth
    right = {"challenge_id": challenge, "verification_code": code}
    said(await say(VERIFY, right, by=bob), 401, WRONG_CODE)


@tells(VERIFY)
@pytest.mark.parametrize(
    ("auth_type", "age", "good"),
    [("sms", 299, True), ("sms", 300, False), ("email", 599, True), ("email", 600, False)],
)
async def test_a_code_has_its_time(
    say: Say, cleo: Person, world: World, auth_type: str, age: int, good: bool
) -> None:
    """OTP-3."""
    await cleo.log_in()
    challenge = await cleo.challenge(await cleo.step_up_token(), auth_type)
    body = {"challenge_id": challenge, "verification_code": await world.code()}
    world.clock.advance(age)
    answer = await say(VERIFY, body, by=cleo)
    if good:
        said(answer, 200, CODE, set_cookie=REMEMBERED)
    else:
        said(answer, 401, WRONG_CODE)


@tells(VERIFY)
async def test_a_challenge_that_is_none(say: Say, bob: Person, world: World) -> None:
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()
    for other in ("", "x", "A" * 64, challenge[:-1] + ("A" if challenge[-1] != "A" else "B")):
        body = {"challenge_id": other, "verification_code": code}
        said(await say(VERIFY, body, by=bob), 401, WRONG_CODE)
    assert (await bob.verify(challenge, code)).status_code == 200


@tells(START)
async def test_a_step_up_that_is_none(say: Say, bob: Person, world: World) -> None:
    await bob.log_in()
    step_up = await bob.step_up_token()
    for other in ("", "x", "A" * 64, bob.http.cookies[COOKIE], await bob.tkn()):
        body = {"auth_type": "sms", "step_up": other}
        said(await say(START, body, by=bob), 401, STEP_UP_DEAD)
    said(await say(START, {"auth_type": "email", "step_up": step_up}, by=bob), 400, NOT_REGISTERED)
    said(
        await say(START, {"auth_type": "magic_link", "step_up": step_up}, by=bob),
        400,
        error(
            "invalid_request",
            "error.parameter.invalid",
            "A parameter is not valid: auth_type",
            told="A parameter is not valid",
            details=detail("auth_type", "email or sms"),
        ),
    )
    world.clock.advance(600)
    said(await say(START, {"auth_type": "sms", "step_up": step_up}, by=bob), 401, STEP_UP_DEAD)


@tells(START)
async def test_what_mobile_sdks_add_is_ignored(say: Say, bob: Person) -> None:
    """The step-up token pins the request: a redirect URI given now changes nothing."""
    await bob.log_in()
    body = {
        "auth_type": "sms",
        "step_up": await bob.step_up_token(),
        "client_id": "demo-shop",
        "response_type": "code",
        "redirect_uri": "https://evil.example/",
        "origin": "app",
        "platform": "android",
    }
    said(await say(START, body, by=bob), 200, {"challenge_id": TOKEN})


@tells(START, VERIFY)
async def test_it_is_not_finished_in_another_s_session(
    say: Say, bob: Person, cleo: Person, world: World
) -> None:
    """SES-10: and Cleo's session is as it was."""
    await bob.log_in()
    await cleo.log_in()
    before = cleo.http.cookies[COOKIE]
    body = {"auth_type": "sms", "step_up": await bob.step_up_token()}
    said(await say(START, body, by=cleo), 403, TWO_PEOPLE)
    challenge = await bob.challenge(body["step_up"])
    answer = {"challenge_id": challenge, "verification_code": await world.code()}
    said(await say(VERIFY, answer, by=cleo), 403, TWO_PEOPLE)
    assert cleo.http.cookies[COOKIE] == before
    said(await say(VERIFY, answer, by=bob), 200, CODE, set_cookie=REMEMBERED)


@tells(CHECK, VERIFY)
async def test_a_code_is_checked_without_being_spent(say: Say, bob: Person, world: World) -> None:
    """The SDK sends it again to be redeemed."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()
    answer = {"challenge_id": challenge, "verification_code": code}
    said(await say(CHECK, {**answer, "verification_code": wrong(code)}, by=bob), 401, WRONG_CODE)
    for _ in range(2):
        said(await say(CHECK, answer, by=bob), 204)
    said(await say(VERIFY, answer, by=bob), 200, CODE, set_cookie=REMEMBERED)
    said(await say(CHECK, answer, by=bob), 401, WRONG_CODE)


@tells(VERIFY_BY_REDIRECT)
async def test_a_code_is_taken_back_by_a_navigation(say: Say, bob: Person, world: World) -> None:
    """The GET form: the answer, or the error, goes to the redirect URI."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token(state="s-1"))
    code = await world.code()
    query = {**asked(state="s-1"), "challenge_id": challenge}
    refused = await say(
        VERIFY_BY_REDIRECT, query={**query, "verification_code": wrong(code)}, by=bob
    )
    said(refused, 303, shared=None, location=refused.headers["location"])
    where, _, told = told_at(refused.headers["location"])
    assert where == CALLBACK
    assert told["error"] == "invalid_grant"
    assert told["error_message_key"] == "error.invalidVerificationCode"
    assert "error_description=Invalid+verification+code" in refused.headers["location"]
    granted = await say(VERIFY_BY_REDIRECT, query={**query, "verification_code": code}, by=bob)
    location = granted.headers["location"]
    said(granted, 303, shared=None, location=location, set_cookie=REMEMBERED)
    assert told_at(location) == (CALLBACK, "?", {**CODE, "state": "s-1"})


@tells(VERIFY_BY_REDIRECT)
async def test_a_wrong_code_is_never_told_to_an_unlisted_page(say: Say, bob: Person) -> None:
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    for redirect in ("https://evil.example/", None):
        query = {
            **asked(redirect_uri=redirect),
            "challenge_id": challenge,
            "verification_code": "x",
        }
        said(await say(VERIFY_BY_REDIRECT, query=query, by=bob), 401, WRONG_CODE, shared=None)
