"""What the methods of the vendor's SDK reject with where they cannot do what they are asked for (M12)."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.sdk.customer import (
    ANN,
    BOB,
    CLEO,
    LEAVE,
    PASSWORD,
    STEP_UP_REQUIRED,
    WRONG_CODE,
    Customer,
    Json,
    a_phone_number,
    said,
)

NOT_CONFIGURED = {"error": "missing_config", "errorMessageKey": "error.provider.notConfigured"}
REDIRECT_NOT_ALLOWED = {
    "error": "access_denied",
    "errorMessageKey": "error.client.redirectUrlNotAllowed",
}
DEAD_TOKEN = {"error": "invalid_grant", "errorMessageKey": "error.accessToken.invalid"}
ELSEWHERE = "https://evil.example/"


@pytest.fixture
def ann(customer: Customer) -> Json:
    """Signed in with one factor; the argument that carries her token."""
    customer.log_in(ANN)
    return {"accessToken": customer.access_token}


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


# ---- a wrong code


def test_a_phone_is_no_second_factor_before_its_code_is_right(customer: Customer) -> None:
    customer.sign_up()
    access, number = {"accessToken": customer.access_token}, a_phone_number()
    customer.gets("startMfaPhoneNumberRegistration", {**access, "phoneNumber": number})
    code = customer.server.code(to=number, purpose="mfa_activation")
    wrong = {**access, "verificationCode": other(code)}
    assert said(customer.refused("verifyMfaPhoneNumberRegistration", wrong)) == WRONG_CODE
    assert customer.gets("listMfaCredentials", customer.access_token) == {"credentials": []}


def test_an_email_is_no_second_factor_before_its_code_is_right(customer: Customer) -> None:
    email = customer.sign_up()
    access = {"accessToken": customer.access_token}
    customer.gets("startMfaEmailRegistration", access)
    code = customer.server.code(to=email, purpose="mfa_activation")
    wrong = {**access, "verificationCode": other(code)}
    assert said(customer.refused("verifyMfaEmailRegistration", wrong)) == WRONG_CODE
    assert customer.gets("listMfaCredentials", customer.access_token) == {"credentials": []}


def test_a_number_is_not_confirmed_by_a_wrong_code(customer: Customer) -> None:
    customer.sign_up()
    access, number = {"accessToken": customer.access_token}, a_phone_number()
    customer.gets("updatePhoneNumber", {**access, "phoneNumber": number})
    code = customer.server.code(to=number, purpose="phone_verification")
    wrong = {**access, "phoneNumber": number, "verificationCode": other(code)}
    assert said(customer.refused("verifyPhoneNumber", wrong)) == WRONG_CODE
    assert customer.gets("getUser", access)["phoneNumberVerified"] is False


# ---- what is nobody's, or somebody else's


def test_a_number_has_one_owner(customer: Customer, ann: Json) -> None:
    taken = a_phone_number()
    other_person = {"phoneNumber": taken, "password": PASSWORD}
    customer.page.context.clear_cookies()
    customer.gets("signup", {"data": other_person, "auth": customer.in_page})
    refused = customer.refused("updatePhoneNumber", {**ann, "phoneNumber": taken})
    assert refused["error"] == "phone_number_already_exists"


def test_a_number_that_is_a_second_factor_changes_only_after_a_step_up(customer: Customer) -> None:
    """M6, with `updatePhoneNumber`: refused, and after the step-up not."""
    customer.sign_up()
    access, number, new = (
        {"accessToken": customer.access_token},
        a_phone_number(),
        a_phone_number(),
    )
    customer.gets("updatePhoneNumber", {**access, "phoneNumber": number})
    code = customer.server.code(to=number, purpose="phone_verification")
    customer.gets("verifyPhoneNumber", {**access, "phoneNumber": number, "verificationCode": code})
    assert customer.gets("startMfaPhoneNumberRegistration", access)["status"] == "enabled"
    change = {"phoneNumber": new}
    assert said(customer.refused("updatePhoneNumber", {**access, **change})) == STEP_UP_REQUIRED
    customer.step_up("sms", number)
    raised = {"accessToken": customer.access_token}
    customer.gets("updatePhoneNumber", {**raised, **change})
    code = customer.server.code(to=new, purpose="phone_verification")
    customer.gets("verifyPhoneNumber", {**raised, **change, "verificationCode": code})
    (moved,) = customer.gets("listMfaCredentials", customer.access_token)["credentials"]
    assert moved["phoneNumber"] == new


def test_who_has_no_address_of_that_kind_can_confirm_none(customer: Customer, ann: Json) -> None:
    no_phone = customer.refused("sendPhoneNumberVerification", ann)
    assert no_phone["error"] == "invalid_request"
    by_phone = {"phoneNumber": a_phone_number(), "password": PASSWORD}
    customer.page.context.clear_cookies()
    tokens = customer.gets("signup", {"data": by_phone, "auth": customer.in_page})
    no_email = customer.refused("sendEmailVerification", {"accessToken": tokens["accessToken"]})
    assert no_email["error"] == "invalid_request"


def test_a_passkey_that_is_not_there_cannot_be_removed(customer: Customer, ann: Json) -> None:
    refused = customer.refused("removeWebAuthnDevice", customer.access_token, "nothing")
    assert refused["error"] == "resource_not_found"


# ---- without the token that it takes


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("getUser", [{"accessToken": "dead"}]),
        ("updateProfile", [{"accessToken": "dead", "data": {"givenName": "Eve"}}]),
        ("updateEmail", [{"accessToken": "dead", "email": "eve@demo.localhost"}]),
        ("updatePhoneNumber", [{"accessToken": "dead", "phoneNumber": "+33612199999"}]),
        ("updatePassword", [{"accessToken": "dead", "password": PASSWORD}]),
        ("sendEmailVerification", [{"accessToken": "dead"}]),
        ("sendPhoneNumberVerification", [{"accessToken": "dead"}]),
        ("listMfaCredentials", ["dead"]),
        (
            "startMfaPhoneNumberRegistration",
            [{"accessToken": "dead", "phoneNumber": "+33612199998"}],
        ),
        ("startMfaEmailRegistration", [{"accessToken": "dead"}]),
        ("removeMfaPhoneNumber", [{"accessToken": "dead", "phoneNumber": "+33612345678"}]),
        ("removeMfaEmail", [{"accessToken": "dead"}]),
        ("listTrustedDevices", ["dead"]),
        ("removeTrustedDevice", [{"accessToken": "dead", "trustedDeviceId": "1"}]),
        ("listWebAuthnDevices", ["dead"]),
        ("addNewWebAuthnDevice", ["dead", "a phone"]),
        ("removeWebAuthnDevice", ["dead", "1"]),
    ],
)
def test_a_dead_token_opens_nothing(customer: Customer, method: str, arguments: list[Any]) -> None:
    assert said(customer.refused(method, *arguments)) == DEAD_TOKEN


# ---- where a link may lead, and how long a password may be


@pytest.mark.parametrize("method", ["requestPasswordReset", "requestAccountRecovery"])
def test_a_link_leads_to_a_page_of_the_application_only(customer: Customer, method: str) -> None:
    """OA-1, S6: refused before anything is sent."""
    refused = customer.refused(method, {"email": BOB, "redirectUrl": ELSEWHERE})
    assert said(refused) == REDIRECT_NOT_ALLOWED


def test_nobody_is_made_to_measure_an_endless_password(customer: Customer) -> None:
    assert customer.refused("getPasswordStrength", "x" * 70_000)["error"] == "invalid_request"


# ---- what navigates


def led(customer: Customer, method: str, *arguments: Any) -> tuple[str, dict[str, str]]:
    """Where the browser ends, and with what."""
    with customer.page.expect_navigation():
        customer.page.evaluate(LEAVE, [method, arguments])
    address = urlsplit(customer.page.url)
    return f"{address.scheme}://{address.netloc}{address.path}", dict(parse_qsl(address.query))


def test_without_a_session_a_navigation_comes_back_with_the_error(customer: Customer) -> None:
    asked = {"redirectUri": customer.redirect_uri, "state": "s", "prompt": "none"}
    where, told = led(customer, "loginFromSession", asked)
    assert where == customer.redirect_uri
    assert (told["error"], told["state"]) == ("login_required", "s")


def test_a_social_provider_is_not_configured(customer: Customer) -> None:
    auth = {"redirectUri": customer.redirect_uri, "state": "s"}
    where, told = led(customer, "loginWithSocialProvider", "google", auth)
    assert where == customer.redirect_uri
    assert (told["error"], told["error_message_key"]) == tuple(NOT_CONFIGURED.values())


def test_a_custom_token_is_nobody_s(customer: Customer) -> None:
    arguments = {"token": "x", "auth": {"redirectUri": customer.redirect_uri}}
    with customer.page.expect_response("**/custom-token/login?**") as answered:
        led(customer, "loginWithCustomToken", arguments)
    assert answered.value.status == 400
    assert answered.value.json()["error"] == "missing_config"


def test_what_only_a_social_login_would_need_says_so(customer: Customer, ann: Json) -> None:
    """`getSignupData` reads what a provider told, `unlink` takes one off: there is none."""
    assert said(customer.refused("getSignupData", "a token of nobody")) == NOT_CONFIGURED
    assert said(customer.refused("unlink", {**ann, "identityId": "1"})) == NOT_CONFIGURED


# ---- beside the core SDK: what the vendor's widgets ask for (its UI SDK)

READ = """async ([url]) => {
    const answer = await fetch(url, { credentials: "include" });
    return [answer.status, await answer.json()];
}"""


def test_the_widgets_read_their_texts_and_consents(customer: Customer) -> None:
    base = customer.gets("remoteSettings")["resourceBaseUrl"]
    consents = f"{customer.server.url}/identity/v1/config/consents?lang=fr"
    for url in (f"{base}/en.json", f"{base}/fr.json", consents):
        assert customer.page.evaluate(READ, [url]) == [200, {}]


def test_a_further_factor_needs_a_step_up(customer: Customer) -> None:
    """M6: adding one to those of Cleo."""
    customer.log_in(CLEO)
    more = {"accessToken": customer.access_token, "phoneNumber": a_phone_number()}
    assert said(customer.refused("startMfaPhoneNumberRegistration", more)) == STEP_UP_REQUIRED
