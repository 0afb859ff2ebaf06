"""What an administrator sets by the admin API, as an application hears it through the vendor's SDK."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.sdk.customer import (
    BOB,
    CLEO,
    PASSWORD,
    WRONG_CODE,
    Customer,
    Json,
    a_phone_number,
    amr,
    said,
)

pytestmark = pytest.mark.usefixtures("restored")

NOT_AVAILABLE = {"error": "access_denied", "errorMessageKey": "error.feature.notAvailable"}
Ask = Callable[..., httpx2.Response]


@pytest.fixture
def administrator(customer: Customer) -> Ask:
    client = customer.server.client()

    def ask(method: str, path: str, body: Any) -> httpx2.Response:
        token = {"authorization": "Bearer dev-admin-token"}
        return client.request(method, f"/admin/v1{path}", json=body, headers=token)

    return ask


def set_(administrator: Ask, **changed: Any) -> None:
    answer = administrator("PATCH", "/settings", changed)
    assert answer.status_code == 200, answer.text


def refused_as_not_available(customer: Customer, method: str, argument: Any) -> None:
    assert said(customer.refused(method, argument)) == NOT_AVAILABLE


@pytest.mark.parametrize("feature", ["sso", "passwordless"])
def test_mfa_cannot_be_without_what_it_stands_on(
    customer: Customer, administrator: Ask, feature: str
) -> None:
    """M1: refused, and the missing feature named; the SDK goes on as before."""
    refused = administrator("PATCH", "/settings", {"features": {feature: False}})
    assert refused.status_code == 422
    (wrong,) = refused.json()["errors"]
    assert (wrong["path"], wrong["message"]) == ("features.mfa", f"needs features.{feature}")
    customer.log_in(BOB)
    customer.step_up_token("sms")


def test_without_mfa_an_application_hears_that_it_is_not_available(
    customer: Customer, administrator: Ask
) -> None:
    """M1: listing, registration and step-up."""
    customer.log_in(BOB)
    access = {"accessToken": customer.access_token}
    set_(administrator, features={"mfa": False})
    refused_as_not_available(customer, "listMfaCredentials", customer.access_token)
    refused_as_not_available(
        customer, "startMfaPhoneNumberRegistration", {**access, "phoneNumber": a_phone_number()}
    )
    refused_as_not_available(customer, "startMfaEmailRegistration", access)
    refused_as_not_available(customer, "getMfaStepUpToken", {"options": customer.in_page})
    set_(administrator, features={"mfa": True})
    customer.step_up_token("sms")


@pytest.mark.parametrize(
    ("off", "flag", "method", "left"),
    [
        ("sms", "mfaSmsEnabled", "startMfaPhoneNumberRegistration", "email"),
        ("email", "mfaEmailEnabled", "startMfaEmailRegistration", "sms"),
    ],
)
def test_each_factor_is_switched_on_and_off(
    customer: Customer, administrator: Ask, off: str, flag: str, method: str, left: str
) -> None:
    """M2: the application learns it, cannot register one, and is offered the other."""
    assert customer.gets("remoteSettings")[flag] is True
    set_(administrator, mfa={"factors": {off: False}})
    customer.create_client()
    assert customer.gets("remoteSettings")[flag] is False
    customer.log_in(CLEO)
    argument = {"accessToken": customer.access_token, "phoneNumber": a_phone_number()}
    refused_as_not_available(customer, method, argument)
    customer.step_up_token(left)


def test_the_link_of_a_step_up_s_mail_is_as_good_as_its_code(customer: Customer) -> None:
    """M2, ML-2: the page behind it spends nothing; its button leads to the application with a code."""
    customer.log_in(CLEO)
    begun = customer.gets("getMfaStepUpToken", {"options": {"redirectUri": customer.redirect_uri}})
    customer.challenge(begun["token"], "email")
    link = customer.server.message(to=CLEO, purpose="mfa_step_up")["link"]
    customer.page.goto(link)
    customer.page.goto(link)  # looked at twice: a scanner, then the person
    customer.page.get_by_role("button").click()
    customer.page.wait_for_url(f"{customer.redirect_uri}?*")
    customer.create_client()
    code = customer.page.evaluate("new URLSearchParams(location.search).get('code')")
    exchanged = {"code": code, "redirectUri": customer.redirect_uri}
    tokens = customer.gets("exchangeAuthorizationCodeWithPkce", exchanged)
    assert amr(customer.server, tokens) == ["mfa", "email", "pwd"]


def test_a_pair_that_is_not_independent_is_one_factor_where_that_is_forbidden(
    customer: Customer, administrator: Ask
) -> None:
    """M26, S5: a password, and the mailbox that can reset it; the phone is another matter."""
    customer.log_in(CLEO)
    step_up = customer.step_up_token("email", "sms")
    tokens = customer.answer(customer.challenge(step_up, "email"), customer.server.code(to=CLEO))
    assert amr(customer.server, tokens) == ["mfa", "email", "pwd"]
    set_(administrator, mfa={"require_independent": True})
    customer.log_in(CLEO)
    customer.step_up_token("sms")
    refreshed = customer.gets("refreshTokens", {"refreshToken": tokens["refreshToken"]})
    assert amr(customer.server, refreshed) == ["email", "pwd"]


SMS = "{{ user.given_name }} {{ user.family_name }} {{ user.phone_number }} {{ verification_code }}"
MAIL = (
    "<p>{{ user.lang }} {{ user.email }} {{ user.given_name }} {{ user.family_name }}</p>"
    "<p>{{ verification_code }}</p><a href='{{ link }}'>or here</a>"
)


def signed_up(customer: Customer) -> str:
    email = f"uma-{a_phone_number()[1:]}@demo.localhost"
    data = {
        "email": email,
        "password": PASSWORD,
        "givenName": "Uma",
        "familyName": "Ōe",
        "locale": "fr",
    }
    customer.tokens = customer.gets("signup", {"data": data, "auth": customer.in_page})
    return email


def test_both_messages_by_sms_are_in_the_operators_own_words(
    customer: Customer, administrator: Ask
) -> None:
    """M8: activation and step-up, every variable, and a lifetime of their own."""
    for purpose, word in (("mfa_activation", "New:"), ("mfa_step_up", "Again:")):
        body = {"text": f"{word} {SMS}", "code_lifetime": 30}
        saved = administrator("PUT", f"/templates/{purpose}/sms", body)
        assert saved.status_code == 200, saved.text
    signed_up(customer)
    access, number = {"accessToken": customer.access_token}, a_phone_number()
    customer.gets("startMfaPhoneNumberRegistration", {**access, "phoneNumber": number})
    told = customer.server.message(to=number, purpose="mfa_activation")
    assert told["text"] == f"New: Uma Ōe {number} {told['code']}"
    right = {**access, "verificationCode": told["code"]}
    customer.gets("verifyMfaPhoneNumberRegistration", right)

    challenge = customer.challenge(customer.step_up_token("sms"), "sms")
    told = customer.server.message(to=number, purpose="mfa_step_up")
    assert told["text"] == f"Again: Uma Ōe {number} {told['code']}"
    customer.server.advance(31)
    late = {"challengeId": challenge, "verificationCode": told["code"]}
    assert said(customer.refused("verifyMfaPasswordless", late)) == WRONG_CODE


def test_both_messages_by_mail_are_in_the_operators_own_words(
    customer: Customer, administrator: Ask
) -> None:
    """M8: sender, subject, HTML with code and link, and where the link leads."""
    body: Json = {
        "from": "Latch & Lumen <shop@demo.localhost>",
        "subject": "{{ user.given_name }}, {{ verification_code }}",
        "html": True,
        "body": MAIL,
        "redirect_url": customer.redirect_uri,
        "link_lifetime": 300,
    }
    for purpose in ("mfa_activation", "mfa_step_up"):
        saved = administrator("PUT", f"/templates/{purpose}/email", body)
        assert saved.status_code == 200, saved.text
    email = signed_up(customer)
    access = {"accessToken": customer.access_token}
    customer.gets("startMfaEmailRegistration", access)
    told = customer.server.message(to=email, purpose="mfa_activation")
    said_by(told, email)
    customer.gets("verifyMfaEmailRegistration", {**access, "verificationCode": told["code"]})

    customer.challenge(customer.step_up_token("email"), "email")
    told = customer.server.message(to=email, purpose="mfa_step_up")
    said_by(told, email)
    customer.page.goto(told["link"])
    customer.page.get_by_role("button").click()
    customer.page.wait_for_url(f"{customer.redirect_uri}?*")


def said_by(told: Json, email: str) -> None:
    assert told["from"] == "Latch & Lumen <shop@demo.localhost>"
    assert told["subject"] == f"Uma, {told['code']}"
    assert f"<p>fr {email} Uma Ōe</p><p>{told['code']}</p>" in told["html"]
    assert told["link"] in told["html"].replace("&amp;", "&")
