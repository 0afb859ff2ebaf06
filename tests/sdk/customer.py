"""A visitor whose page holds nothing but the vendor's SDK, called as an application would call it."""

import itertools
import secrets
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.sync_api import Page

from tests.running import Server
from tests.sdk.site import Site

Json: TypeAlias = dict[str, Any]

CLIENT = "demo-shop"
PASSWORD = "a lighthouse keeper’s umbrella"
DEMO_PASSWORD = "correct horse battery staple"
COOKIE = "__Host-Session"
TRUSTED = "__Host-trusted-device-id"
PATIENCE = 10_000  # milliseconds: the SDK itself would wait for ever
EVENTS = (
    "authenticated",
    "authentication_failed",
    "login_failed",
    "signup_failed",
    "profile_updated",
)
ANN, BOB, CLEO = (f"{name}@demo.localhost" for name in ("ann", "bob", "cleo"))
WRONG_CODE = {"error": "invalid_grant", "errorMessageKey": "error.invalidVerificationCode"}
STEP_UP_REQUIRED = {
    "error": "access_denied",
    "errorMessageKey": "error.authn.mfa.stepup.required",
}
ERROR_FIELDS = {"error", "errorId", "errorDescription", "errorMessageKey", "errorUserMsg"}

CREATE = """async ([options, names]) => {
  window.events = [];
  window.client = reach5.createClient(options);
  for (const name of names) client.on(name, (told) => events.push([name, told ?? null]));
  await client.remoteSettings.catch(() => {});
}"""
SETTLE = """([method, args, patience]) => {
  const settled = (method === "remoteSettings" ? client.remoteSettings : client[method](...args)).then(
    (value) => ({ how: "resolved", value: value ?? null }),
    (why) => why instanceof Error
      ? { how: "threw", value: `${why.name}: ${why.message}` }
      : { how: "rejected", value: why });
  const waited = new Promise((resolve) =>
    setTimeout(() => resolve({ how: "unsettled", value: null }), patience));
  return Promise.race([settled, waited]);
}"""
LEAVE = "([method, args]) => { client[method](...args); }"
_numbers = itertools.count()


def a_phone_number() -> str:
    """One that nobody has yet."""
    return f"+336121{next(_numbers):05}"


def said(error: Json) -> Json:
    """The two fields that an application decides by."""
    return {name: error[name] for name in ("error", "errorMessageKey")}


def claims(server: Server, access_token: str) -> Json:
    """What a back end finds in it: decoded with the published keys, and the same by introspection."""
    back_end = server.client()
    keys = KeySet.import_key_set(back_end.get("/.well-known/jwks.json").json())
    introspected = back_end.post(
        "/oauth/introspect", data={"token": access_token}, auth=("backend", "backend-secret")
    ).json()
    decoded = jwt.decode(access_token, keys, algorithms=["ES256"])
    assert decoded.header["typ"] == "at+jwt"
    assert introspected["active"]
    for name in ("amr", "acr", "auth_time", "sub", "scope", "factors"):
        assert introspected[name] == decoded.claims[name]
    return decoded.claims


def amr(server: Server, tokens: Json) -> Any:
    found = claims(server, tokens["accessToken"])["amr"]
    assert tokens["idTokenPayload"]["amr"] == found
    return found


class Customer:
    """One tab on the site, with the SDK's client as `client` and its events as `events`."""

    def __init__(self, page: Page, server: Server, site: Site) -> None:
        self.page = page
        self.server = server
        self.site = site
        self.redirect_uri = f"{site.origin}/callback"
        self.in_page = {"redirectUri": self.redirect_uri, "useWebMessage": True}
        self.tokens: Json = {}

    def create_client(self, **options: str) -> None:
        domain = urlsplit(self.server.url).netloc
        created = {"clientId": CLIENT, "domain": domain, **options}
        self.page.evaluate(CREATE, [created, EVENTS])

    def another_tab(self) -> "Customer":
        """The same browser, with the same cookies and storage."""
        other = Customer(self.page.context.new_page(), self.server, self.site)
        other.page.goto(f"{self.site.origin}/")
        other.create_client()
        return other

    # ---- how a promise of the SDK ends

    def settled(self, method: str, *args: Any) -> Json:
        settled: Json = self.page.evaluate(SETTLE, [method, args, PATIENCE])
        return settled

    def gets(self, method: str, *args: Any) -> Any:
        """What the promise resolves with."""
        settled = self.settled(method, *args)
        assert settled["how"] == "resolved", (method, settled, self.server.log())
        return settled["value"]

    def refused(self, method: str, *args: Any) -> Json:
        """The error object it rejects with: the contract's fields, as the SDK spells them."""
        settled = self.settled(method, *args)
        assert settled["how"] == "rejected", (method, settled)
        error: Json = settled["value"]
        assert error.keys() - {"errorDetails", "iss", "state"} == ERROR_FIELDS, error
        assert all(isinstance(error[name], str) and error[name] for name in ERROR_FIELDS), error
        return error

    def throws(self, method: str, *args: Any) -> str:
        """The SDK's own objection, or the browser's."""
        settled = self.settled(method, *args)
        assert settled["how"] == "threw", (method, settled)
        return str(settled["value"])

    def leaves(self, method: str, *args: Any, to: str) -> dict[str, str]:
        """The parameters with which the browser is led to this page of the site."""
        with self.page.expect_navigation(url=lambda url: url.partition("?")[0] == to):
            self.page.evaluate(LEAVE, [method, args])
        self.create_client()
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def events(self) -> list[tuple[str, Any]]:
        """What the SDK announced since this was last asked."""
        return [(name, value) for name, value in self.page.evaluate("events.splice(0)")]

    def remembered(self) -> Mapping[str, str]:
        """What the SDK keeps in this tab's `sessionStorage`: its locks."""
        kept: dict[str, str] = self.page.evaluate("({ ...sessionStorage })")
        return kept

    # ---- what a visitor does

    @property
    def access_token(self) -> str:
        return str(self.tokens["accessToken"])

    def sign_up(self, **auth: Any) -> str:
        """A fresh person, signed in; their e-mail address, unverified."""
        email = f"mara-{secrets.token_hex(4)}@demo.localhost"
        data = {"email": email, "password": PASSWORD, "givenName": "Mara"}
        self.tokens = self.gets("signup", {"data": data, "auth": {**self.in_page, **auth}})
        return email

    def log_in(self, email: str, password: str = DEMO_PASSWORD, **auth: Any) -> Json:
        asked = {"email": email, "password": password, "auth": {**self.in_page, **auth}}
        self.tokens = self.gets("loginWithPassword", asked)
        return self.tokens

    def step_up_token(self, *offered: str, **evidence: Any) -> str:
        """A step-up begun with the SSO cookie, or with the evidence given."""
        begun = self.gets(
            "getMfaStepUpToken", {"options": {"redirectUri": self.redirect_uri}, **evidence}
        )
        assert begun.keys() == {"amr", "token"}
        assert begun["amr"] == list(offered)
        return str(begun["token"])

    def challenge(self, step_up: str, channel: str) -> str:
        """A code is sent; the challenge that it answers."""
        started = self.gets("startPasswordless", {"authType": channel, "stepUp": step_up})
        assert started.keys() == {"challengeId"}
        return str(started["challengeId"])

    def answer(self, challenge: str, code: str, **more: Any) -> Json:
        """The tokens after the second factor."""
        answer = {"challengeId": challenge, "verificationCode": code, **more}
        verified = self.gets("verifyMfaPasswordless", answer)
        exchanged = {"code": verified["code"], "redirectUri": self.redirect_uri}
        self.tokens = self.gets("exchangeAuthorizationCodeWithPkce", exchanged)
        return self.tokens

    def step_up(self, channel: str, to: str, **evidence: Any) -> Json:
        """All of it, for somebody who has this one second factor."""
        challenge = self.challenge(self.step_up_token(channel, **evidence), channel)
        return self.answer(challenge, self.server.code(to=to, purpose="mfa_step_up"))

    def register_phone(self, number: str) -> Json:
        """A first second factor, by SMS; its list entry."""
        access = {"accessToken": self.access_token}
        started = self.gets(
            "startMfaPhoneNumberRegistration", {**access, "phoneNumber": number, "action": "pay"}
        )
        assert started == {"status": "sms_sent"}
        code = self.server.code(to=number, purpose="mfa_activation")
        credential: Json = self.gets(
            "verifyMfaPhoneNumberRegistration", {**access, "verificationCode": code}
        )
        return credential

    def is_signed_in(self) -> bool:
        return bool(self.gets("getSessionInfo")["isAuthenticated"])

    def cookie(self, name: str) -> Mapping[str, Any] | None:
        cookies = self.page.context.cookies(self.server.url)
        return next((cookie for cookie in cookies if cookie.get("name") == name), None)
