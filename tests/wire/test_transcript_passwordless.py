"""A code or a link instead of a password."""

from typing import Any

import pytest

from tests.conftest import MakeWorld
from tests.wire.test_transcript_authorize import asked
from tests.wire.test_transcript_mfa import SWITCHED_OFF, WRONG_CODE, switched, wrong
from tests.wire.test_transcript_step_up import CODE
from tests.wire.transcript import (
    ERROR_ID,
    ISSUER,
    REMEMBERED,
    TOKEN,
    Say,
    detail,
    error,
    said,
    tells,
    told_at,
)
from tests.world import CALLBACK, CLIENT, PASSWORD, Person, World

START = "POST /identity/v1/passwordless/start"
CHECK = "POST /identity/v1/verify-auth-code"
VERIFY = "POST /identity/v1/passwordless/verify"
VERIFY_BY_REDIRECT = "GET /identity/v1/passwordless/verify"

NUMBER = "+33611223344"
BY_SMS = {"auth_type": "sms", "phone_number": NUMBER}
BY_MAIL = {"auth_type": "email", "email": "ann@demo.localhost"}


@pytest.fixture
async def dora(world: World, say: Say) -> Person:
    """Somebody with a phone number."""
    data = {"email": "dora@demo.localhost", "phone_number": NUMBER, "password": PASSWORD}
    await say("POST /identity/v1/signup", {"client_id": CLIENT, "data": data})
    return Person(world, "dora@demo.localhost")


@tells(START, CHECK, VERIFY)
async def test_a_code_by_sms_logs_in(say: Say, dora: Person, world: World) -> None:
    said(await say(START, asked(**BY_SMS, state="s-1")), 204)
    code = await world.code(NUMBER)
    answer = {**BY_SMS, "verification_code": code}
    guess = {**answer, "verification_code": wrong(code)}
    said(await say(CHECK, guess), 401, WRONG_CODE)
    said(await say(CHECK, answer), 204)
    said(await say(VERIFY, guess), 401, WRONG_CODE)
    verified = await say(VERIFY, answer, by=dora)
    said(verified, 200, {**CODE, "state": "s-1"}, set_cookie=REMEMBERED)
    said(await say(VERIFY, answer, by=dora), 401, WRONG_CODE)
    exchanged = await dora.exchange(verified.json()["code"])
    assert exchanged.status_code == 200


@tells(START, VERIFY)
@pytest.mark.parametrize(
    "answer",
    [
        {"phone_number": NUMBER},
        {"phone_number": "+33 6 11 22 33 44", "auth_type": "sms"},
    ],
)
@pytest.mark.parametrize("name", ["verification_code", "c"])
async def test_mobile_sdks_say_less(
    say: Say, dora: Person, world: World, answer: dict[str, str], name: str
) -> None:
    await say(START, asked(**BY_SMS))
    body = {**answer, name: await world.code(NUMBER)}
    said(await say(VERIFY, body), 200, CODE, set_cookie=REMEMBERED)


@tells(START, VERIFY_BY_REDIRECT)
async def test_a_code_is_taken_back_by_a_navigation(say: Say, dora: Person, world: World) -> None:
    await say(START, asked(**BY_SMS, state="s-1"))
    query = {**BY_SMS, "client_id": CLIENT, "redirect_uri": CALLBACK}
    code = await world.code(NUMBER)
    refused = await say(VERIFY_BY_REDIRECT, query={**query, "verification_code": wrong(code)})
    location = refused.headers["location"]
    said(refused, 303, shared=None, location=location)
    assert told_at(location)[2]["error"] == "invalid_grant"
    granted = await say(VERIFY_BY_REDIRECT, query={**query, "verification_code": code})
    location = granted.headers["location"]
    said(granted, 303, shared=None, location=location, set_cookie=REMEMBERED)
    assert told_at(location) == (CALLBACK, "?", {**CODE, "state": "s-1"})


@tells(START)
@pytest.mark.parametrize(
    "who",
    [
        BY_MAIL,
        {"auth_type": "magic_link", "email": "ann@demo.localhost"},
        {"auth_type": "magic_link", "email": "nobody@demo.localhost"},
        {"auth_type": "sms", "phone_number": "+33600000000"},
    ],
)
async def test_known_and_unknown_are_answered_alike(
    say: Say, world: World, who: dict[str, str]
) -> None:
    said(await say(START, asked(**who)), 204)
    await world.deliver()
    known = [m.rendered.to for m in world.carrier.messages]
    assert known == (["ann@demo.localhost"] if who.get("email", "").startswith("ann") else [])


@tells(START, VERIFY)
async def test_where_a_second_factor_must_follow_it_is_asked_for(
    say: Say, make_world: MakeWorld
) -> None:
    """A code by SMS is a first factor; the mailbox is the second."""
    always = await make_world(
        switched("{mfa: {require_at_login: always}}").replace(
            "- email: bob", '- phone_number: "+33612345678"\n    email: bob'
        ),
        "always-by-code",
    )
    who = {"auth_type": "sms", "phone_number": "+33612345678"}
    await say(START, asked(**who), by=always)
    body = {**who, "verification_code": await always.code()}
    verified = await say(VERIFY, body, by=always)
    needed = error(
        "access_denied",
        "error.authn.mfa.stepup.required",
        "A second factor is needed before this login can be used.",
    )
    said(verified, 200, {"tkn": TOKEN, "mfa_required": True, **needed})
    bob = Person(always, "bob@demo.localhost")
    assert await bob.step_up_token(tkn=verified.json()["tkn"])


@tells(START, VERIFY_BY_REDIRECT)
async def test_a_redirect_leads_on_to_the_second_factor(say: Say, make_world: MakeWorld) -> None:
    """To where the code was asked for, whatever the address bar says by now; once, and for a step-up alone."""
    always = await make_world(
        switched("{mfa: {require_at_login: always}}").replace(
            "- email: bob", '- phone_number: "+33612345678"\n    email: bob'
        ),
        "always-by-code",
    )
    who = {"auth_type": "sms", "phone_number": "+33612345678"}
    await say(START, asked(**who, state="s"), by=always)
    query = {**who, "verification_code": await always.code(), "client_id": CLIENT, "state": "x"}
    answer = await say(VERIFY_BY_REDIRECT, query=query, by=always)
    to, _, told = told_at(answer.headers["location"])
    assert to == CALLBACK
    assert told == {
        "error": "access_denied",
        "error_id": ERROR_ID,
        "error_description": "A second factor is needed before this login can be used.",
        "error_message_key": "error.authn.mfa.stepup.required",
        "error_user_msg": "A second factor is needed before this login can be used.",
        "iss": ISSUER,
        "tkn": TOKEN,
        "mfa_required": "true",
        "state": "s",
    }
    assert "set-cookie" not in answer.headers
    bob = Person(always, "bob@demo.localhost")
    assert "code=" not in (await bob.authorize(tkn=told["tkn"])).headers["location"]
    assert await bob.step_up_token(tkn=told["tkn"])


REFUSED: dict[str, tuple[dict[str, str | None], int, dict[str, Any]]] = {
    "an unknown way": (
        {"auth_type": "pigeon"},
        400,
        error(
            "invalid_request",
            "error.parameter.invalid",
            "A parameter is not valid: auth_type",
            told="A parameter is not valid",
            details=detail("auth_type", "magic_link, email or sms"),
        ),
    ),
    "no address": (
        {"auth_type": "sms"},
        400,
        error(
            "invalid_request",
            "error.parameter.missing",
            "A parameter is missing: phone_number",
            told="A parameter is missing",
            details=detail("phone_number", "A parameter is missing", "missing"),
        ),
    ),
    "an address that is none": (
        {"auth_type": "magic_link", "email": "x"},
        400,
        error(
            "invalid_request",
            "error.email.invalid",
            "Valid email required",
            details=detail("email", "Valid email required"),
        ),
    ),
    "an unlisted redirect URI": (
        {**BY_MAIL, "redirect_uri": "https://evil.example/"},
        403,
        error(
            "access_denied",
            "error.client.redirectUrlNotAllowed",
            "The redirect url is not allowed.",
            details=detail("redirect_uri", "The redirect url is not allowed."),
        ),
    ),
}


@tells(START)
@pytest.mark.parametrize(("change", "status", "answer"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_start_is_refused(
    say: Say, change: dict[str, str | None], status: int, answer: dict[str, Any]
) -> None:
    said(await say(START, asked(**change)), status, answer)


@tells(START)
async def test_switched_off_it_is_not_available(say: Say, make_world: MakeWorld) -> None:
    off = await make_world(switched("{features: {passwordless: false, mfa: false}}"), "without")
    said(await say(START, asked(**BY_MAIL), by=off), 403, SWITCHED_OFF)
    text = await make_world(
        switched("{features: {sms: false}, mfa: {factors: {sms: false}}}"), "mail-only"
    )
    said(await say(START, asked(**BY_SMS), by=text), 403, SWITCHED_OFF)
    said(await say(START, asked(**BY_MAIL), by=text), 204)


@tells(CHECK, VERIFY)
async def test_nothing_was_asked_for(say: Say, dora: Person) -> None:
    for who in (BY_SMS, BY_MAIL, {"phone_number": "+33600000000"}):
        body = {**who, "verification_code": "123456"}
        said(await say(CHECK, body), 401, WRONG_CODE)
        said(await say(VERIFY, body), 401, WRONG_CODE)
