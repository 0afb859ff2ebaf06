"""The rest of the vendor's SDK around a second factor: codes and links, profile, addresses, password (M6, M12)."""

import secrets
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.sdk.customer import (
    ANN,
    BOB,
    CLEO,
    PASSWORD,
    STEP_UP_REQUIRED,
    WRONG_CODE,
    Customer,
    Json,
    a_phone_number,
    amr,
    said,
)

CLEOS_PHONE = "+33698765432"
ANOTHER_PASSWORD = "seven herons on the sea wall"


def an_address() -> str:
    return f"noor-{secrets.token_hex(4)}@demo.localhost"


def signed_up_by_phone(customer: Customer) -> str:
    """A fresh person who gave a phone number and no e-mail address; the number, unverified."""
    phone = a_phone_number()
    data = {"phoneNumber": phone, "password": PASSWORD}
    customer.tokens = customer.gets("signup", {"data": data, "auth": customer.in_page})
    customer.page.context.clear_cookies()
    customer.events()
    return phone


def stepped_up(customer: Customer, email: str, channel: str) -> Json:
    """Signed in with both factors; the argument that carries the token."""
    customer.log_in(email)
    challenge = customer.challenge(
        customer.gets("getMfaStepUpToken", {"options": {"redirectUri": customer.redirect_uri}})[
            "token"
        ],
        channel,
    )
    customer.answer(challenge, customer.server.code(purpose="mfa_step_up"))
    return {"accessToken": customer.access_token}


# ---- a code or a link instead of a password


def test_a_code_by_sms_signs_in(customer: Customer) -> None:
    """M12: passwordless."""
    phone = signed_up_by_phone(customer)
    asked = {"authType": "sms", "phoneNumber": phone}
    assert customer.gets("startPasswordless", asked, customer.in_page) is None
    code = customer.server.code(to=phone, purpose="login_code")
    wrong = {**asked, "verificationCode": f"{(int(code) + 1) % 1_000_000:06}"}
    refused = customer.refused("verifyPasswordless", wrong, customer.in_page)
    assert said(refused) == WRONG_CODE
    assert customer.events() == [("login_failed", refused)]

    right = {**asked, "verificationCode": code}
    tokens = customer.gets("verifyPasswordless", right, customer.in_page)
    assert [name for name, _ in customer.events()] == ["authenticated"]
    assert amr(customer.server, tokens) == ["sms"]
    assert tokens["idTokenPayload"]["phoneNumberVerified"] is True
    assert customer.is_signed_in()
    assert said(customer.refused("verifyPasswordless", right, customer.in_page)) == WRONG_CODE


def test_a_code_by_sms_signs_in_by_redirect(customer: Customer) -> None:
    phone = signed_up_by_phone(customer)
    asked = {"authType": "sms", "phoneNumber": phone}
    auth = {"redirectUri": customer.redirect_uri, "state": "s"}
    assert customer.gets("startPasswordless", asked, auth) is None
    right = {**asked, "verificationCode": customer.server.code(to=phone, purpose="login_code")}
    landed = customer.leaves("verifyPasswordless", right, auth, to=customer.redirect_uri)
    assert landed.keys() == {"code", "state", "iss"}
    exchanged = {"code": landed["code"], "redirectUri": customer.redirect_uri}
    tokens = customer.gets("exchangeAuthorizationCodeWithPkce", exchanged)
    assert amr(customer.server, tokens) == ["sms"]


def test_a_magic_link_signs_in_where_it_was_asked_for(customer: Customer) -> None:
    """M12, ML-2: the link shows a page; its button leads back to the application."""
    asked = {"authType": "magic_link", "email": ANN}
    auth = {"redirectUri": customer.redirect_uri, "state": "s"}
    assert customer.gets("startPasswordless", asked, auth) is None
    link = customer.server.message(to=ANN, purpose="login_link")["link"]
    customer.page.goto(link)
    customer.page.get_by_role("button").click()
    customer.page.wait_for_url(f"{customer.redirect_uri}?*")
    customer.create_client()
    code = customer.page.evaluate("new URLSearchParams(location.search).get('code')")
    exchanged = {"code": code, "redirectUri": customer.redirect_uri}
    tokens = customer.gets("exchangeAuthorizationCodeWithPkce", exchanged)
    assert amr(customer.server, tokens) == ["email"]


def test_a_magic_link_is_of_no_use_elsewhere(customer: Customer, chromium: Browser) -> None:
    """ML-3: who opens it first, in another browser, is told where it belongs; then it still works there."""
    asked = {"authType": "magic_link", "email": ANN}
    auth = {"redirectUri": customer.redirect_uri}
    assert customer.gets("startPasswordless", asked, auth) is None
    link = customer.server.message(to=ANN, purpose="login_link")["link"]
    with chromium.new_context(ignore_https_errors=True) as elsewhere:
        page = elsewhere.new_page()
        page.goto(link)
        expect(page.get_by_role("heading")).to_have_text("Open this where you began")
        assert page.get_by_role("button").count() == 0
        assert [cookie["name"] for cookie in elsewhere.cookies()] == []
    customer.page.goto(link)
    customer.page.get_by_role("button").click()
    customer.page.wait_for_url(f"{customer.redirect_uri}?code=*")
    customer.create_client()
    assert customer.is_signed_in()


def test_a_code_by_sms_is_followed_by_a_second_factor(
    customer: Customer, settings: Callable[..., None]
) -> None:
    """M3, *Always*: what the promise rejects with has what the step-up begins from."""
    phone, email = a_phone_number(), an_address()
    with_both = {"phoneNumber": phone, "email": email, "password": PASSWORD}
    customer.tokens = customer.gets("signup", {"data": with_both, "auth": customer.in_page})
    access = {"accessToken": customer.access_token}
    customer.gets("startMfaEmailRegistration", access)
    code = customer.server.code(to=email, purpose="mfa_activation")
    customer.gets("verifyMfaEmailRegistration", {**access, "verificationCode": code})
    customer.page.context.clear_cookies()
    settings(mfa={"require_at_login": "always"})

    asked = {"authType": "sms", "phoneNumber": phone}
    assert customer.gets("startPasswordless", asked, customer.in_page) is None
    right = {**asked, "verificationCode": customer.server.code(to=phone, purpose="login_code")}
    settled = customer.settled("verifyPasswordless", right, customer.in_page)
    assert settled["how"] == "rejected"
    assert said(settled["value"]) == STEP_UP_REQUIRED
    assert settled["value"]["mfaRequired"] is True
    customer.step_up("email", email, tkn=settled["value"]["tkn"])
    assert amr(customer.server, customer.tokens) == ["mfa", "email", "sms"]
    assert customer.is_signed_in()

    customer.page.context.clear_cookies()
    auth = {"redirectUri": customer.redirect_uri, "state": "s"}
    customer.server.advance(60)  # between two codes to one address
    assert customer.gets("startPasswordless", asked, auth) is None
    right = {**asked, "verificationCode": customer.server.code(to=phone, purpose="login_code")}
    landed = customer.leaves("verifyPasswordless", right, auth, to=customer.redirect_uri)
    assert (landed["mfa_required"], landed["state"]) == ("true", "s")
    customer.step_up("email", email, tkn=landed["tkn"])
    assert amr(customer.server, customer.tokens) == ["mfa", "email", "sms"]


def test_a_magic_link_is_followed_by_a_second_factor(
    customer: Customer, settings: Callable[..., None]
) -> None:
    """The same, by the button of our page."""
    settings(mfa={"require_at_login": "always"})
    asked = {"authType": "magic_link", "email": CLEO}
    auth = {"redirectUri": customer.redirect_uri, "state": "s"}
    assert customer.gets("startPasswordless", asked, auth) is None
    customer.page.goto(customer.server.message(to=CLEO, purpose="login_link")["link"])
    customer.page.get_by_role("button").click()
    customer.page.wait_for_url(f"{customer.redirect_uri}?*")
    landed = dict(parse_qsl(urlsplit(customer.page.url).query))
    assert (landed["mfa_required"], landed["state"]) == ("true", "s")
    customer.create_client()
    customer.step_up("sms", CLEOS_PHONE, tkn=landed["tkn"])
    assert amr(customer.server, customer.tokens) == ["mfa", "sms", "email"]


# ---- what a person changes


def test_the_profile_changes(customer: Customer) -> None:
    """M12: what is below `custom_fields` keeps its spelling, there and back."""
    customer.sign_up()
    customer.events()
    access = {"accessToken": customer.access_token}
    data = {"givenName": "Mia", "customFields": {"favourite_tea": "oolong", "cupSize": 2}}
    assert customer.gets("updateProfile", {**access, "data": data}) is None
    assert customer.events() == [("profile_updated", data)]
    profile = customer.gets("getUser", access)
    assert profile["givenName"] == "Mia"
    assert profile["customFields"] == data["customFields"]


def test_an_email_is_confirmed(customer: Customer) -> None:
    """M12."""
    email = customer.sign_up()
    customer.events()
    access = {"accessToken": customer.access_token}
    assert customer.gets("sendEmailVerification", access) == {"verificationEmailSent": True}
    code = customer.server.code(to=email, purpose="email_verification")
    wrong = {**access, "email": email, "verificationCode": f"{(int(code) + 1) % 1_000_000:06}"}
    assert said(customer.refused("verifyEmail", wrong)) == WRONG_CODE
    assert customer.gets("verifyEmail", {**wrong, "verificationCode": code}) is None
    assert customer.events() == [("profile_updated", {"email": email, "emailVerified": True})]
    assert customer.gets("getUser", access)["emailVerified"] is True
    assert customer.gets("sendEmailVerification", access) == {"verificationEmailSent": False}


def test_a_phone_number_is_added_and_confirmed(customer: Customer) -> None:
    """M9, M12: once it is, it becomes a second factor at once, without being named."""
    phone = a_phone_number()
    customer.sign_up()
    customer.events()
    access = {"accessToken": customer.access_token}
    assert customer.gets("updatePhoneNumber", {**access, "phoneNumber": phone})["phoneNumber"] == (
        phone
    )
    customer.server.code(to=phone, purpose="phone_verification")
    assert customer.gets("sendPhoneNumberVerification", access) is None
    code = customer.server.code(to=phone, purpose="phone_verification")
    confirmed = {**access, "phoneNumber": phone, "verificationCode": code}
    assert customer.gets("verifyPhoneNumber", confirmed) is None
    assert customer.events() == [
        ("profile_updated", {"phoneNumber": phone, "phoneNumberVerified": True})
    ]
    enabled = customer.gets("startMfaPhoneNumberRegistration", access)
    assert (enabled["status"], enabled["credential"]["phoneNumber"]) == ("enabled", phone)


@pytest.mark.usefixtures("restored")
def test_a_confirmed_email_changes_once_the_new_one_is_confirmed(customer: Customer) -> None:
    """M12."""
    new = an_address()
    customer.log_in(ANN)
    access = {"accessToken": customer.access_token}
    assert customer.gets("updateEmail", {**access, "email": new})["email"] == ANN
    code = customer.server.code(to=new, purpose="email_verification")
    assert customer.gets("verifyEmail", {**access, "email": new, "verificationCode": code}) is None
    assert customer.gets("getUser", access)["email"] == new


def test_a_password_changes(customer: Customer) -> None:
    """M12."""
    email = customer.sign_up()
    change = {
        "accessToken": customer.access_token,
        "password": ANOTHER_PASSWORD,
        "oldPassword": "not this one",
    }
    wrong = customer.refused("updatePassword", change)
    assert wrong["error"] == "invalid_grant"
    assert customer.gets("updatePassword", {**change, "oldPassword": PASSWORD}) is None
    old = {"email": email, "password": PASSWORD, "auth": customer.in_page}
    assert customer.refused("loginWithPassword", old)["error"] == "invalid_grant"
    customer.log_in(email, ANOTHER_PASSWORD)


def test_a_forgotten_password_is_set_anew(customer: Customer) -> None:
    """M12, AB-1, REC-5: nobody learns who is known; the code logs nobody in."""
    email = customer.sign_up()
    customer.page.context.clear_cookies()
    assert customer.gets("requestPasswordReset", {"email": an_address()}) is None
    assert customer.gets("requestPasswordReset", {"email": email}) is None
    code = customer.server.code(to=email, purpose="password_reset")
    reset = {"email": email, "verificationCode": code, "password": ANOTHER_PASSWORD}
    assert customer.gets("updatePassword", reset) is None
    assert customer.is_signed_in() is False
    assert said(customer.refused("updatePassword", reset)) == WRONG_CODE
    customer.log_in(email, ANOTHER_PASSWORD)
    assert customer.gets("requestAccountRecovery", {"email": email}) is None
    assert customer.server.message(to=email, purpose="account_recovery")["code"]


# ---- what a second factor protects


@pytest.mark.usefixtures("restored")
def test_a_second_factor_is_removed_only_after_a_step_up(customer: Customer) -> None:
    """M6: both kinds; what is left is listed."""
    customer.log_in(CLEO)
    before = {"accessToken": customer.access_token}
    listed = customer.gets("listMfaCredentials", customer.access_token)["credentials"]
    phone = next(item["phoneNumber"] for item in listed if item["type"] == "sms")
    assert said(customer.refused("removeMfaEmail", before)) == STEP_UP_REQUIRED
    removal = {**before, "phoneNumber": phone}
    assert said(customer.refused("removeMfaPhoneNumber", removal)) == STEP_UP_REQUIRED

    after = stepped_up(customer, CLEO, "sms")
    assert customer.gets("removeMfaEmail", after) is None
    left = customer.gets("listMfaCredentials", customer.access_token)["credentials"]
    assert [item["type"] for item in left] == ["sms"]
    assert customer.gets("removeMfaPhoneNumber", {**after, "phoneNumber": phone}) is None
    assert customer.gets("listMfaCredentials", customer.access_token) == {"credentials": []}
    assert amr(customer.server, customer.gets("checkSession", customer.in_page)) == ["pwd"]


@pytest.mark.usefixtures("restored")
def test_an_address_that_is_a_second_factor_changes_only_after_a_step_up(
    customer: Customer,
) -> None:
    """M6."""
    new = an_address()
    customer.log_in(CLEO)
    change = {"accessToken": customer.access_token, "email": new}
    assert said(customer.refused("updateEmail", change)) == STEP_UP_REQUIRED
    after = stepped_up(customer, CLEO, "email")
    customer.gets("updateEmail", {**after, "email": new})


@pytest.mark.usefixtures("restored")
def test_a_further_second_factor_is_added_after_a_step_up(customer: Customer) -> None:
    """M6, STP-9."""
    after = stepped_up(customer, BOB, "sms")
    assert customer.gets("startMfaEmailRegistration", after)["status"] == "enabled"
    begun = customer.gets("getMfaStepUpToken", {"options": customer.in_page})
    assert begun["amr"] == ["email", "sms"]
