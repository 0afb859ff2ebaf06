"""npm `@reachfive/identity-core`, unmodified, in Chromium, against a real server (M4, M5, M7, M9, M12).

The SDK waits for its hidden frame without a limit, so every promise is given `PATIENCE` to settle.
"""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.running import Server
from tests.sdk.customer import (
    ANN,
    BOB,
    CLEO,
    CLIENT,
    COOKIE,
    DEMO_PASSWORD,
    PASSWORD,
    STEP_UP_REQUIRED,
    TRUSTED,
    WRONG_CODE,
    Customer,
    Json,
    a_phone_number,
    amr,
    claims,
    said,
)

PACKAGE = "node_modules/@reachfive/identity-core"
# of the package as npm publishes it, and of the bundle inside it
PUBLISHED = "sha512-6trFcig0SONDIE8I6UQnKJy/P6sx0orhD1NBpMX34NDujpJNUz/6Z7lzzB92aV056ZuvSjGX5iHUUQiMmfm1qQ=="
BUNDLE_SHA256 = "32009a529ff1aa1eee8bfeec9b26ee114126223d2379033409ceb93d9aafbcba"

BOBS_PHONE = "+33612345678"
ACCOUNT = "openid profile email phone offline_access"
DAY, THREE_DAYS = 86_400, 259_200

LOCKED = "Error: An ongoing authorization flow has not yet completed."

# the SDK keeps a promise of its own, made of the settings, whose rejection nobody may hear
UNHEARD = "window.onunhandledrejection = (event) => event.preventDefault(); null"


# ---- the bundle


def test_the_bundle_is_the_published_one(
    server: Server, bundle: Path, pytestconfig: pytest.Config
) -> None:
    """The lock file pins what npm publishes, by digest; the shop serves that very file."""
    lock = json.loads((pytestconfig.rootpath / "package-lock.json").read_text(encoding="utf-8"))
    locked = lock["packages"][PACKAGE]
    assert (locked["version"], locked["integrity"]) == ("1.41.0", PUBLISHED)
    installed = bundle.read_bytes()
    assert hashlib.sha256(installed).hexdigest() == BUNDLE_SHA256
    served = server.client().get(f"{server.shop_url}/identity-core.js")
    assert served.content == installed


# ---- starting up


def test_the_client_learns_what_the_server_offers(customer: Customer) -> None:
    settings = customer.gets("remoteSettings")
    offered = {
        "sso": True,
        "isPublic": True,
        "pkceEnforced": True,
        "isImplicitFlowForbidden": True,
        "language": "en",
        "scope": f"{ACCOUNT} mfa",
        "mfaSmsEnabled": True,
        "mfaEmailEnabled": True,
    }
    assert {name: settings[name] for name in offered} == offered
    assert settings["passwordPolicy"]["minLength"] == 8
    assert settings["passwordPolicy"]["minStrength"] == 2
    assert settings["loginTypeAllowed"]["email"] is True


def test_an_unknown_client_hears_so_from_every_method(customer: Customer) -> None:
    customer.page.evaluate(UNHEARD)
    customer.create_client(clientId="nobody")
    unknown = {"error": "invalid_client", "errorMessageKey": "error.client.notFound"}
    assert said(customer.refused("remoteSettings")) == unknown
    assert said(customer.refused("getSessionInfo")) == unknown
    login = {"email": ANN, "password": DEMO_PASSWORD, "auth": customer.in_page}
    assert said(customer.refused("loginWithPassword", login)) == unknown


def test_a_page_of_another_origin_can_read_nothing(
    customer: Customer, objections: list[str]
) -> None:
    """OA-17: neither by fetch nor by a frame, though the browser sends its cookie along."""
    customer.log_in(ANN)
    customer.page.goto(f"{customer.site.stranger}/")
    customer.page.evaluate(UNHEARD)
    customer.create_client()
    assert customer.throws("getSessionInfo") == "TypeError: Failed to fetch"
    assert any("No 'Access-Control-Allow-Origin'" in objection for objection in objections)
    objections.clear()
    frame(customer)
    assert any("frame-ancestors" in objection for objection in objections)
    objections.clear()


def frame(customer: Customer) -> None:
    """Frames an authorization that would be answered by web message."""
    asked = (
        f"client_id={CLIENT}&response_type=code&prompt=none&response_mode=web_message"
        f"&redirect_uri={customer.redirect_uri}"
        f"&code_challenge={'A' * 43}&code_challenge_method=S256"
    )
    customer.page.evaluate(
        """(src) => new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.onload = resolve;
          frame.src = src;
          document.body.append(frame);
        })""",
        f"{customer.server.url}/oauth/authorize?{asked}",
    )


# ---- signing up and in


def test_signing_up_in_the_page(customer: Customer) -> None:
    """M12: sign-up."""
    assert customer.gets("getSessionInfo") == {"isAuthenticated": False}
    email = customer.sign_up(state="s-1", nonce="n-1")

    tokens = customer.tokens
    assert tokens["tokenType"] == "Bearer"
    assert tokens["expiresIn"] == 3600
    assert tokens["refreshToken"]
    identity = tokens["idTokenPayload"]
    assert identity["email"] == email
    assert identity["emailVerified"] is False
    assert identity["givenName"] == "Mara"
    assert identity["nonce"] == "n-1"
    assert identity["aud"] == [CLIENT]
    assert identity["iss"] == customer.server.url
    assert amr(customer.server, tokens) == ["pwd"]

    [(event, heard)] = customer.events()
    assert event == "authenticated"
    assert heard["accessToken"] == tokens["accessToken"]
    assert customer.page.locator("iframe").count() == 0
    assert customer.remembered() == {}
    info = customer.gets("getSessionInfo")
    assert info["isAuthenticated"] is True
    assert (info["email"], info["name"], info["hasPassword"]) == (email, "Mara", True)


def test_the_session_lives_in_a_cookie_that_no_script_sees(customer: Customer) -> None:
    """SES-4, and nothing but the SDK's own two entries in storage."""
    customer.sign_up()
    cookie = customer.cookie(COOKIE)
    assert cookie is not None
    assert cookie["name"] == COOKIE
    assert cookie["httpOnly"] is True
    assert cookie["secure"] is True
    assert cookie["sameSite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie["domain"] == "id.demo.localhost"  # without a dot: of this host alone
    assert len(cookie["value"]) >= 43
    assert customer.page.evaluate("document.cookie") == ""
    assert len(customer.page.context.cookies()) == 1
    assert customer.page.evaluate("Object.keys(localStorage).sort()") == [
        "correlationId",
        "verifier_key",
    ]


@pytest.mark.parametrize(("persistent", "lifetime"), [(True, THREE_DAYS), (False, DAY)])
def test_the_cookie_lives_as_long_as_the_session(
    customer: Customer, persistent: bool, lifetime: int
) -> None:
    """Also after a step-up, which does not ask for it again."""
    customer.log_in(BOB, persistent=persistent)
    assert expires_in(customer, lifetime)
    customer.step_up("sms", BOBS_PHONE)
    assert expires_in(customer, lifetime)


def expires_in(customer: Customer, lifetime: int) -> bool:
    cookie = customer.cookie(COOKIE)
    assert cookie is not None
    return bool(0 <= time.time() + lifetime - cookie["expires"] < 60)


def test_what_cannot_be_signed_up_says_why(customer: Customer) -> None:
    taken = {"data": {"email": ANN, "password": PASSWORD}, "auth": customer.in_page}
    weak = {"data": {"email": "w@demo.localhost", "password": "password1"}}
    no_address = {"data": {"email": "not an address", "password": PASSWORD}}
    assert said(customer.refused("signup", taken)) == {
        "error": "email_already_exists",
        "errorMessageKey": "error.email.alreadyInUse",
    }
    assert said(customer.refused("signup", {**taken, **weak})) == {
        "error": "password_too_weak",
        "errorMessageKey": "error.password.policy",
    }
    assert said(customer.refused("signup", {**taken, **no_address})) == {
        "error": "invalid_request",
        "errorMessageKey": "error.email.invalid",
    }
    assert [name for name, _ in customer.events()] == ["signup_failed"] * 3


def test_a_wrong_password_and_an_unknown_person_hear_the_same(customer: Customer) -> None:
    """AB-1. The failed login leaves a lock of 20 s in the tab, which the next login takes away."""
    auth = {"auth": customer.in_page}
    wrong = customer.refused("loginWithPassword", {"email": ANN, "password": "no", **auth})
    unknown = customer.refused(
        "loginWithPassword", {"email": "nobody@demo.localhost", "password": "no", **auth}
    )
    assert said(wrong) == {
        "error": "invalid_grant",
        "errorMessageKey": "error.invalidEmailOrPassword",
    }
    assert {**unknown, "errorId": ""} == {**wrong, "errorId": ""}
    assert customer.events() == [("login_failed", wrong), ("login_failed", unknown)]

    assert customer.throws("checkSession", {"redirectUri": customer.redirect_uri}) == LOCKED
    customer.log_in(ANN)
    assert customer.remembered() == {}
    customer.gets("checkSession", {"redirectUri": customer.redirect_uri})


def test_the_user_hears_it_in_the_language_of_the_client(customer: Customer) -> None:
    customer.create_client(language="fr")
    assert customer.gets("remoteSettings")["language"] == "fr"
    wrong = {"email": ANN, "password": "no", "auth": customer.in_page}
    refused = customer.refused("loginWithPassword", wrong)
    assert refused["errorUserMsg"] == "E-mail ou mot de passe invalide"
    assert refused["errorDescription"] == "Invalid email or password"


def test_signing_in_by_redirect(customer: Customer) -> None:
    """M12: login."""
    login = {
        "email": BOB,
        "password": DEMO_PASSWORD,
        "auth": {"redirectUri": customer.redirect_uri, "state": "a state & more"},
    }
    landed = customer.leaves("loginWithPassword", login, to=customer.redirect_uri)
    assert landed.keys() == {"code", "state", "iss"}
    assert landed["state"] == "a state & more"
    assert landed["iss"] == customer.server.url
    exchanged = {"code": landed["code"], "redirectUri": customer.redirect_uri}
    tokens = customer.gets("exchangeAuthorizationCodeWithPkce", exchanged)
    assert amr(customer.server, tokens) == ["pwd"]
    assert [name for name, _ in customer.events()] == ["authenticated"]


@pytest.mark.parametrize(
    ("changed", "error", "key"),
    [
        (
            {"redirectUri": "https://shop.demo.localhost/"},
            "invalid_request",
            "redirectUri.mismatch",
        ),
        ({"codeVerifier": "x" * 43}, "invalid_grant", "pkce.verifier"),
        ({"code": "A" * 64}, "invalid_grant", "code.invalid"),
    ],
)
def test_a_code_is_worth_nothing_with_anything_else(
    customer: Customer, changed: Json, error: str, key: str
) -> None:
    login = {
        "email": BOB,
        "password": DEMO_PASSWORD,
        "auth": {"redirectUri": customer.redirect_uri},
    }
    landed = customer.leaves("loginWithPassword", login, to=customer.redirect_uri)
    exchanged = {"code": landed["code"], "redirectUri": customer.redirect_uri, **changed}
    refused = customer.refused("exchangeAuthorizationCodeWithPkce", exchanged)
    assert said(refused) == {"error": error, "errorMessageKey": f"error.{key}"}
    assert customer.events() == []


def test_the_session_signs_in_again(customer: Customer) -> None:
    """M12: SSO in the page, in another tab, and by redirect."""
    customer.log_in(ANN)
    customer.events()
    again = customer.gets("checkSession", {"redirectUri": customer.redirect_uri})
    assert again["idTokenPayload"]["sub"] == customer.tokens["idTokenPayload"]["sub"]
    assert [name for name, _ in customer.events()] == ["authenticated"]

    other = customer.another_tab()
    without_redirect_uri = other.gets("checkSession")  # the code is bound to the page's origin
    assert without_redirect_uri["idTokenPayload"]["email"] == ANN

    landed = other.leaves(
        "loginFromSession", {"redirectUri": other.redirect_uri}, to=other.redirect_uri
    )
    exchanged = {"code": landed["code"], "redirectUri": other.redirect_uri}
    assert other.gets("exchangeAuthorizationCodeWithPkce", exchanged)["refreshToken"]


def test_without_a_session_a_check_ends_at_once(customer: Customer) -> None:
    refused = customer.refused("checkSession", {"redirectUri": customer.redirect_uri, "state": "s"})
    assert refused["error"] == "login_required"
    assert refused["state"] == "s"
    assert refused["iss"] == customer.server.url
    assert customer.events() == []
    assert customer.remembered() == {}


@pytest.mark.parametrize(
    ("auth", "error", "key"),
    [
        ({"redirectUri": "https://evil.example/"}, "access_denied", "client.redirectUrlNotAllowed"),
        ({"nonce": "n" * 3000}, "invalid_request", "parameter.invalid"),
        (
            {"codeChallenge": "x" * 43, "codeChallengeMethod": "plain"},
            "invalid_request",
            "pkce.method",
        ),
    ],
)
def test_an_authorization_refused_inside_the_frame_is_heard(
    customer: Customer, auth: Json, error: str, key: str
) -> None:
    """Nobody is redirected, and the promise settles all the same."""
    login = {"email": ANN, "password": DEMO_PASSWORD, "auth": {**customer.in_page, **auth}}
    refused = customer.refused("loginWithPassword", login)
    assert said(refused) == {"error": error, "errorMessageKey": f"error.{key}"}
    assert customer.is_signed_in() is False


def test_the_implicit_flow_is_refused_by_the_client_itself(customer: Customer) -> None:
    implicit = "Error: Cannot use implicit flow when PKCE is enforced"
    auth = {"useWebMessage": True, "responseType": "token"}
    login = {"email": ANN, "password": DEMO_PASSWORD, "auth": auth}
    assert customer.throws("loginWithPassword", login) == implicit
    assert customer.throws("getMfaStepUpToken", {}) == implicit


# ---- being signed in


def test_the_profile(customer: Customer) -> None:
    """M12: the profile, read."""
    email = customer.sign_up()
    access = {"accessToken": customer.access_token}
    profile = customer.gets("getUser", access)
    assert profile["id"] == profile["sub"] == customer.tokens["idTokenPayload"]["sub"]
    assert (profile["email"], profile["emailVerified"]) == (email, False)
    assert profile["givenName"] == "Mara"
    some = customer.gets("getUser", {**access, "fields": "id,email"})
    assert some.keys() <= {"sub", "id", "email"}
    assert some["email"] == email


def test_how_strong_a_password_is(customer: Customer) -> None:
    assert customer.gets("getPasswordStrength", "password") == {"score": 0}
    assert customer.gets("getPasswordStrength", PASSWORD) == {"score": 4}


def test_refreshing(customer: Customer) -> None:
    """M12: new tokens and no event; the token used before is worth nothing and takes the family with it."""
    customer.log_in(ANN)
    customer.events()
    first = customer.tokens["refreshToken"]
    refreshed = customer.gets("refreshTokens", {"refreshToken": first})
    assert refreshed["refreshToken"] != first
    assert amr(customer.server, refreshed) == ["pwd"]
    less = {"refreshToken": refreshed["refreshToken"], "scope": "openid email"}
    narrowed = customer.gets("refreshTokens", less)
    assert claims(customer.server, narrowed["accessToken"])["scope"] == "openid email"
    revoked = {"error": "invalid_grant", "errorMessageKey": "error.refreshToken.revoked"}
    assert said(customer.refused("refreshTokens", {"refreshToken": first})) == revoked
    newest = {"refreshToken": narrowed["refreshToken"]}
    assert said(customer.refused("refreshTokens", newest)) == revoked
    assert said(customer.refused("refreshTokens", {"refreshToken": "nonsense"})) == {
        "error": "invalid_grant",
        "errorMessageKey": "error.refreshToken.invalid",
    }
    assert customer.events() == []


def test_logging_out_revokes_and_forgets(customer: Customer) -> None:
    """M12: logout."""
    customer.log_in(ANN)
    tokens = customer.tokens
    revoked = {"tokens": [tokens["accessToken"], tokens["refreshToken"]]}
    home = f"{customer.site.origin}/"
    assert customer.leaves("logout", {"redirectTo": home}, revoked, to=home) == {}
    assert customer.cookie(COOKIE) is None
    assert customer.gets("getSessionInfo") == {"isAuthenticated": False}
    assert customer.refused("checkSession", {"redirectUri": customer.redirect_uri})["error"] == (
        "login_required"
    )
    access = {"accessToken": tokens["accessToken"]}
    assert said(customer.refused("getUser", access)) == {
        "error": "invalid_grant",
        "errorMessageKey": "error.accessToken.invalid",
    }
    refresh = {"refreshToken": tokens["refreshToken"]}
    assert customer.refused("refreshTokens", refresh)["error"] == "invalid_grant"


def test_logging_out_leads_nowhere_else(customer: Customer) -> None:
    customer.log_in(ANN)
    refused = "**/identity/v1/logout?**"
    with customer.page.expect_navigation(url=refused) as led:
        customer.page.evaluate("() => { client.logout({ redirectTo: 'https://evil.example/' }); }")
    assert led.value is not None
    assert led.value.status == 403
    assert customer.page.locator("h1").count() == 1


# ---- second factors: the eleven steps


def test_a_phone_is_registered_and_then_proved(customer: Customer) -> None:
    """M4 by SMS, begun with the SSO cookie."""
    server, phone = customer.server, a_phone_number()
    customer.sign_up()
    assert amr(server, customer.tokens) == ["pwd"]
    assert customer.gets("listMfaCredentials", customer.access_token) == {"credentials": []}
    credential = customer.register_phone(phone)
    assert (credential["type"], credential["phoneNumber"]) == ("sms", phone)
    listed = customer.gets("listMfaCredentials", customer.access_token)
    assert listed == {"credentials": [credential]}
    customer.events()

    step_up = customer.step_up_token("sms", action="purchase")
    challenge = customer.challenge(step_up, "sms")
    code = server.code(to=phone, purpose="mfa_step_up")
    verified = customer.gets(
        "verifyMfaPasswordless", {"challengeId": challenge, "verificationCode": code}
    )
    assert customer.events() == []  # not before the exchange
    exchanged = {"code": verified["code"], "redirectUri": customer.redirect_uri}
    customer.tokens = customer.gets("exchangeAuthorizationCodeWithPkce", exchanged)
    assert [name for name, _ in customer.events()] == ["authenticated"]
    assert amr(server, customer.tokens) == ["mfa", "sms", "pwd"]
    assert claims(server, customer.access_token)["acr"] == "urn:ostiary:acr:mfa"


def test_an_email_is_registered_and_then_proved(customer: Customer) -> None:
    """M4 by e-mail, for somebody whose address is not verified yet; afterwards it is."""
    server = customer.server
    email = customer.sign_up()
    access = {"accessToken": customer.access_token}
    assert customer.gets("startMfaEmailRegistration", access) == {"status": "email_sent"}
    code = server.code(to=email, purpose="mfa_activation")
    credential = customer.gets("verifyMfaEmailRegistration", {**access, "verificationCode": code})
    assert (credential["type"], credential["email"]) == ("email", email)
    assert customer.gets("getUser", access)["emailVerified"] is True
    customer.step_up("email", email)
    assert amr(server, customer.tokens) == ["mfa", "email", "pwd"]


@pytest.mark.usefixtures("restored")
def test_a_verified_email_is_enabled_at_once(customer: Customer) -> None:
    """M9: nothing is sent."""
    customer.log_in(ANN)
    started = customer.gets("startMfaEmailRegistration", {"accessToken": customer.access_token})
    assert started["status"] == "enabled"
    assert (started["credential"]["type"], started["credential"]["email"]) == ("email", ANN)
    customer.step_up("email", ANN)
    assert amr(customer.server, customer.tokens) == ["mfa", "email", "pwd"]
    sent = {message["purpose"] for message in customer.server.inbox(to=ANN)}
    assert "mfa_activation" not in sent


@pytest.mark.parametrize("way", ["cookie", "tkn", "access token"])
def test_a_step_up_begins_in_three_ways(customer: Customer, way: str) -> None:
    """M5. Without its cookie, only the other two say who it is."""
    customer.log_in(BOB)
    evidence: Json = {}
    if way != "cookie":
        customer.page.context.clear_cookies()
        asked = {"options": {"redirectUri": customer.redirect_uri}}
        assert customer.refused("getMfaStepUpToken", asked)["error"] == "login_required"
    if way == "tkn":
        evidence = {"tkn": fresh_tkn(customer.page, customer.server)}
    elif way == "access token":
        evidence = {"accessToken": customer.access_token}
    customer.step_up("sms", BOBS_PHONE, **evidence)
    assert amr(customer.server, customer.tokens) == ["mfa", "sms", "pwd"]
    assert customer.is_signed_in()
    if way == "tkn":
        again = {"options": {"redirectUri": customer.redirect_uri}, **evidence}
        assert said(customer.refused("getMfaStepUpToken", again)) == {
            "error": "invalid_grant",
            "errorMessageKey": "error.tkn.invalid",
        }


def fresh_tkn(page: Page, server: Server) -> str:
    """What the SDK hands from one endpoint to the next and never to the page."""
    tkn: str = page.evaluate(
        """async ([url, body]) => {
          const headers = { "content-type": "application/json" };
          const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
          return (await answer.json()).tkn;
        }""",
        [
            f"{server.url}/identity/v1/password/login",
            {"client_id": CLIENT, "email": BOB, "password": DEMO_PASSWORD},
        ],
    )
    return tkn


def test_another_code_can_be_asked_for_until_there_were_enough(customer: Customer) -> None:
    """M7, OTP-15: the newest code alone is good; the sixth request is one too many."""
    server, phone = customer.server, a_phone_number()
    customer.sign_up()
    customer.register_phone(phone)
    step_up = customer.step_up_token("sms")
    sent = []
    for _ in range(5):
        challenge = customer.challenge(step_up, "sms")
        sent.append((challenge, server.code(to=phone, purpose="mfa_step_up")))
    with customer.page.expect_response("**/passwordless/start") as answered:
        asked = {"authType": "sms", "stepUp": step_up}
        assert said(customer.refused("startPasswordless", asked)) == {
            "error": "rate_limit_reached",
            "errorMessageKey": "error.tooManyAttempts",
        }
    assert answered.value.status == 429
    assert 0 < int(answered.value.headers["retry-after"]) <= 600
    challenge, code = sent[0]
    superseded = {"challengeId": challenge, "verificationCode": code}
    assert said(customer.refused("verifyMfaPasswordless", superseded)) == WRONG_CODE
    customer.answer(*sent[-1])
    assert amr(server, customer.tokens) == ["mfa", "sms", "pwd"]


def test_a_wrong_code_may_be_corrected_but_not_for_ever(customer: Customer) -> None:
    """OTP-4, OTP-6."""
    customer.log_in(BOB)
    for wrong_answers in (4, 5):
        challenge = customer.challenge(customer.step_up_token("sms"), "sms")
        code = customer.server.code(to=BOBS_PHONE, purpose="mfa_step_up")
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        for _ in range(wrong_answers):
            guess = {"challengeId": challenge, "verificationCode": wrong}
            assert said(customer.refused("verifyMfaPasswordless", guess)) == WRONG_CODE
        right = {"challengeId": challenge, "verificationCode": code}
        if wrong_answers < 5:
            customer.answer(challenge, code)
        assert said(customer.refused("verifyMfaPasswordless", right)) == WRONG_CODE
    assert customer.events()[-1][0] == "authenticated"  # wrong codes are not events


def test_the_session_remembers_the_second_proof_and_no_other_does(
    customer: Customer,
) -> None:
    """SES-2: it has a new secret, and the old cookie is dead at once."""
    server = customer.server
    customer.log_in(BOB)
    before = customer.cookie(COOKIE)
    assert before is not None
    customer.step_up("sms", BOBS_PHONE)
    after = customer.cookie(COOKIE)
    assert after is not None
    assert after["value"] != before["value"]

    asked = {"redirectUri": customer.redirect_uri}
    assert amr(server, customer.gets("checkSession", asked)) == ["mfa", "sms", "pwd"]
    elsewhere = customer.another_tab()
    assert amr(server, elsewhere.gets("checkSession", asked)) == ["mfa", "sms", "pwd"]

    old = {name: before[name] for name in ("name", "value", "httpOnly", "secure", "sameSite")}
    customer.page.context.add_cookies([{**old, "url": server.url}])  # type: ignore[typeddict-item]
    assert customer.is_signed_in() is False
    customer.page.context.clear_cookies()
    customer.log_in(BOB)
    assert amr(server, customer.tokens) == ["pwd"]


def test_refreshing_after_a_step_up_keeps_its_proof_and_its_time(customer: Customer) -> None:
    customer.log_in(BOB)
    customer.step_up("sms", BOBS_PHONE)
    proved = claims(customer.server, customer.access_token)
    refresh = {"refreshToken": customer.tokens["refreshToken"]}
    refreshed = claims(customer.server, customer.gets("refreshTokens", refresh)["accessToken"])
    for name in ("amr", "acr", "auth_time", "factors", "sid"):
        assert refreshed[name] == proved[name]


def test_a_second_credential_needs_the_first(customer: Customer) -> None:
    """M6, STP-9."""
    customer.sign_up()
    customer.register_phone(a_phone_number())
    access = {"accessToken": customer.access_token}
    assert said(customer.refused("startMfaEmailRegistration", access)) == STEP_UP_REQUIRED


def test_who_has_no_second_factor_cannot_step_up(customer: Customer) -> None:
    customer.sign_up()
    asked = {"options": {"redirectUri": customer.redirect_uri}}
    assert said(customer.refused("getMfaStepUpToken", asked)) == {
        "error": "invalid_request",
        "errorMessageKey": "error.mfa.noCredential",
    }


# ---- a second factor at every login


def test_a_login_that_needs_a_second_factor_continues_with_it(
    customer: Customer, settings: Callable[..., None]
) -> None:
    """M3 and M6, *Always*: only for whoever has a second factor."""
    settings(mfa={"require_at_login": "always"})
    server = customer.server
    login = {"email": CLEO, "password": DEMO_PASSWORD, "auth": customer.in_page, "action": "login"}
    needed = customer.gets("loginWithPassword", login)
    assert needed.keys() == {"stepUpToken", "amr"}
    assert needed["amr"] == ["email", "sms"]
    assert customer.events() == []
    assert customer.cookie(COOKIE) is None
    assert customer.throws("checkSession", {"redirectUri": customer.redirect_uri}) == LOCKED

    challenge = customer.challenge(needed["stepUpToken"], "email")
    customer.answer(challenge, server.code(to=CLEO, purpose="mfa_step_up"))
    assert [name for name, _ in customer.events()] == ["authenticated"]
    assert amr(server, customer.tokens) == ["mfa", "email", "pwd"]
    checked = customer.gets("checkSession", {"redirectUri": customer.redirect_uri})
    assert amr(server, checked) == ["mfa", "email", "pwd"]

    customer.sign_up()
    assert amr(server, customer.tokens) == ["pwd"]


def test_a_trusted_browser_is_spared_the_second_factor(
    customer: Customer, settings: Callable[..., None]
) -> None:
    """M3, M12: a cookie of its own, until the person takes the trust back."""
    settings(mfa={"require_at_login": "always"})
    assert customer.gets("remoteSettings")["rbaEnabled"] is True
    login = {"email": CLEO, "password": DEMO_PASSWORD, "auth": customer.in_page}
    challenge = customer.challenge(
        customer.gets("loginWithPassword", login)["stepUpToken"], "email"
    )
    code = customer.server.code(to=CLEO, purpose="mfa_step_up")
    customer.answer(challenge, code, trustDevice=True)
    cookie = customer.cookie(TRUSTED)
    assert cookie is not None
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")

    customer.page.context.clear_cookies(name=COOKIE)
    customer.log_in(CLEO)
    assert amr(customer.server, customer.tokens) == ["pwd"]
    [device] = customer.gets("listTrustedDevices", customer.access_token)["trustedDevices"]
    assert device["userId"] == customer.tokens["idTokenPayload"]["sub"]
    assert device["metadata"]["operatingSystem"] == "Linux"
    removal = {"accessToken": customer.access_token, "trustedDeviceId": device["id"]}
    assert customer.gets("removeTrustedDevice", removal) is None
    assert customer.gets("listTrustedDevices", customer.access_token) == {"trustedDevices": []}
    assert said(customer.refused("removeTrustedDevice", removal))["error"] == "resource_not_found"

    customer.page.context.clear_cookies(name=COOKIE)
    assert "stepUpToken" in customer.gets("loginWithPassword", login)


# ---- a login page of the application's own


def sent_to_log_in(customer: Customer) -> None:
    """From the application without a session to its login page, where the SDK is another client's."""
    customer.create_client(clientId="orchestrated")
    asked = {"redirectUri": customer.redirect_uri, "state": "from the application"}
    login_page = f"{customer.site.origin}/login"
    assert customer.leaves("loginFromSession", asked, to=login_page).keys() == {"r5_request_token"}


def arrived(customer: Customer, landed: dict[str, str]) -> Json:
    """Back at the application, which exchanges the code with the verifier that it made."""
    assert landed.keys() == {"code", "state", "iss"}
    assert landed["state"] == "from the application"
    customer.create_client(clientId="orchestrated")
    exchanged = {"code": landed["code"], "redirectUri": customer.redirect_uri}
    tokens: Json = customer.gets("exchangeAuthorizationCodeWithPkce", exchanged)
    assert tokens["idTokenPayload"]["aud"] == ["orchestrated"]
    return tokens


def test_a_login_page_answers_the_request_that_waits(customer: Customer) -> None:
    sent_to_log_in(customer)
    login = {"email": BOB, "password": DEMO_PASSWORD}
    landed = customer.leaves("loginWithPassword", login, to=customer.redirect_uri)
    assert amr(customer.server, arrived(customer, landed)) == ["pwd"]


def test_a_login_page_takes_a_code_instead_of_a_password(customer: Customer) -> None:
    """The request that waits is answered; what the SDK asks for there has no PKCE of its own."""
    phone = a_phone_number()
    data = {"phoneNumber": phone, "password": PASSWORD}
    customer.gets("signup", {"data": data, "auth": customer.in_page})
    customer.page.context.clear_cookies()
    sent_to_log_in(customer)
    asked = {"authType": "sms", "phoneNumber": phone}
    assert customer.gets("startPasswordless", asked) is None
    code = customer.server.code(to=phone, purpose="login_code")
    right = {**asked, "verificationCode": code}
    landed = customer.leaves("verifyPasswordless", right, to=customer.redirect_uri)
    assert amr(customer.server, arrived(customer, landed)) == ["sms"]


def test_a_login_page_says_why_it_cannot_go_on(customer: Customer) -> None:
    """The request has waited too long: there is no place to go back to."""
    sent_to_log_in(customer)
    customer.server.advance(601)
    with customer.page.expect_navigation(url="**/oauth/authorize?**") as led:
        login = {"email": BOB, "password": DEMO_PASSWORD}
        customer.page.evaluate("(login) => { client.loginWithPassword(login); }", login)
    assert led.value is not None
    assert led.value.status == 401
    expect(customer.page.get_by_role("paragraph")).to_contain_text("opened too long ago")


def test_a_login_page_asks_for_a_second_factor(
    customer: Customer, settings: Callable[..., None]
) -> None:
    """A wrong code is refused in place; the right one leads back to the application."""
    settings(mfa={"require_at_login": "always"})
    sent_to_log_in(customer)
    login = {"email": BOB, "password": DEMO_PASSWORD}
    step_up = customer.gets("loginWithPassword", login)["stepUpToken"]
    challenge = customer.challenge(step_up, "sms")
    code = customer.server.code(to=BOBS_PHONE, purpose="mfa_step_up")
    wrong = {"challengeId": challenge, "verificationCode": f"{(int(code) + 1) % 1_000_000:06}"}
    assert said(customer.refused("verifyMfaPasswordless", wrong)) == WRONG_CODE
    right = {"challengeId": challenge, "verificationCode": code}
    landed = customer.leaves("verifyMfaPasswordless", right, to=customer.redirect_uri)
    assert amr(customer.server, arrived(customer, landed)) == ["mfa", "sms", "pwd"]


# ---- what goes wrong


@pytest.mark.parametrize(
    ("method", "scope", "error", "key"),
    [
        ("getUser", "openid", None, None),
        ("listMfaCredentials", "openid mfa", None, None),
        ("listMfaCredentials", "openid", "insufficient_scope", "error.scope.insufficient"),
    ],
)
def test_a_token_opens_what_its_scope_says(
    customer: Customer, method: str, scope: str, error: str | None, key: str | None
) -> None:
    customer.log_in(ANN, scope=scope, fetchBasicProfile=False)
    token = customer.access_token
    argument = {"accessToken": token} if method == "getUser" else token
    if error is None:
        customer.gets(method, argument)
    else:
        assert said(customer.refused(method, argument)) == {"error": error, "errorMessageKey": key}


def test_every_refusal_is_an_object_that_an_application_can_read(
    customer: Customer, settings: Callable[..., None]
) -> None:
    """Missing token, dead token, stale token, no such resource, too many requests, feature off."""
    server = customer.server
    customer.log_in(BOB)
    access = {"accessToken": customer.access_token}
    assert said(customer.refused("listMfaCredentials", None)) == {
        "error": "invalid_request",
        "errorMessageKey": "error.accessToken.missing",
    }
    assert said(customer.refused("listMfaCredentials", "not.a.token")) == {
        "error": "invalid_grant",
        "errorMessageKey": "error.accessToken.invalid",
    }
    nothing = {**access, "trustedDeviceId": "nothing"}
    assert said(customer.refused("removeTrustedDevice", nothing)) == {
        "error": "resource_not_found",
        "errorMessageKey": "error.trustedDevice.notFound",
    }
    invalid = customer.refused("startPasswordless", {"authType": "pigeon", "stepUp": "x"})
    assert invalid["error"] == "invalid_request"
    assert [detail["field"] for detail in invalid["errorDetails"]] == ["auth_type"]

    server.advance(301)
    assert said(customer.refused("startMfaPhoneNumberRegistration", access)) == {
        "error": "invalid_grant",
        "errorMessageKey": "error.accessToken.freshness",
    }
    settings(rate_limit={"requests": 2, "window": 60})
    too_many = {"error": "rate_limit_reached", "errorMessageKey": "error.tooManyAttempts"}
    refresh = {"refreshToken": "nonsense"}
    for _ in range(2):
        assert customer.refused("refreshTokens", refresh)["error"] == "invalid_grant"
    assert said(customer.refused("refreshTokens", refresh)) == too_many
    settings(features={"mfa": False})
    assert said(customer.refused("listMfaCredentials", customer.access_token)) == {
        "error": "access_denied",
        "errorMessageKey": "error.feature.notAvailable",
    }


# ---- a stored password


STORED = """([id, password]) => {
  const stored = { id, password, type: "password" };
  navigator.credentials.get = async () => stored;
}"""


def test_a_password_that_the_browser_keeps(
    customer: Customer, settings: Callable[..., None]
) -> None:
    """`loginWithCredentials`, for a client that has the password grant; what it gives is one factor."""
    customer.page.evaluate(STORED, [BOB, DEMO_PASSWORD])
    asked = {"auth": {"scope": ACCOUNT}}
    refused = customer.refused("loginWithCredentials", asked)
    assert refused["error"] == "unauthorized_client"
    customer.create_client(clientId="kept-passwords")
    tokens = customer.gets("loginWithCredentials", asked)
    assert tokens["idTokenPayload"]["email"] == BOB
    assert [name for name, _ in customer.events()] == ["authenticated"]
    assert amr(customer.server, tokens) == ["pwd"]
    assert not customer.is_signed_in()
    settings(mfa={"require_at_login": "always"})
    assert said(customer.refused("loginWithCredentials", asked)) == STEP_UP_REQUIRED
