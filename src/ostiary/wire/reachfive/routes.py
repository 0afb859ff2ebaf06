"""Every path this dialect speaks, on one page."""

from typing import Any

from starlette.responses import Response

from ostiary import __version__
from ostiary.core.work import Work

from ..http import Call, Dialect, Endpoint, Server, json
from ..openapi import document
from . import (
    account,
    config,
    devices,
    discovery,
    login,
    mfa,
    oauth,
    pages,
    passwordless,
    profile,
    webauthn,
)
from .errors import SPEAKER, ErrorBody

V1 = "/identity/v1"
MFA = f"{V1}/mfa/credentials"


def _get(path: str, handler: Any, **more: Any) -> Endpoint:
    return Endpoint(method="GET", path=path, handler=handler, **more)


def _post(path: str, handler: Any, body: Any, **more: Any) -> Endpoint:
    return Endpoint(method="POST", path=path, handler=handler, body=body, **more)


def _account(path: str, handler: Any, body: Any, answer: Any = None) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"{V1}{path}",
        handler=handler,
        body=body,
        answer=answer,
        status=204 if answer is None else 200,
        secured="bearer",
        limited=True,
    )


async def openapi(work: Work, call: Call) -> Response:
    """This document."""
    title = "Ostiary: Identity API"
    return json(document(title, __version__, work.issuer, ENDPOINTS, ErrorBody))


ENDPOINTS: tuple[Endpoint, ...] = (
    _get(
        f"{V1}/config", config.config, query=config.ConfigQuery, answer=config.Config, reading=True
    ),
    Endpoint(
        method="POST",
        path=f"{V1}/signup",
        free=login.sign_up,
        body=login.SignUpBody,
        answer=login.SignedUp,
        limited=True,
    ),
    Endpoint(
        method="POST",
        path=f"{V1}/password/login",
        free=login.with_password,
        body=login.PasswordLoginBody,
        answer=login.Tkn,
        limited=True,
    ),
    _post(
        f"{V1}/password/strength",
        login.strength,
        login.StrengthBody,
        answer=login.Strength,
        reading=True,
    ),
    _get(
        f"{V1}/sso/data",
        profile.sso_data,
        query=profile.SsoQuery,
        answer=profile.SsoData,
        reading=True,
    ),
    _get(
        f"{V1}/userinfo",
        profile.userinfo,
        query=profile.UserInfoQuery,
        answer=dict[str, Any],
        reading=True,
        secured="bearer",
    ),
    _get(f"{V1}/logout", oauth.logout, query=oauth.LogoutQuery, status=303, cors=False),
    _get(MFA, mfa.listed, answer=mfa.Credentials, reading=True, secured="bearer"),
    _post(
        f"{MFA}/phone-numbers",
        mfa.register_phone,
        mfa.PhoneRegistration,
        answer=mfa.RegistrationStarted,
        secured="bearer",
        tells=True,
        limited=True,
    ),
    _post(
        f"{MFA}/phone-numbers/verify",
        mfa.verify_phone,
        mfa.VerificationBody,
        answer=mfa.CredentialItem,
        secured="bearer",
        limited=True,
    ),
    _post(
        f"{MFA}/emails",
        mfa.register_email,
        mfa.EmailRegistration,
        answer=mfa.RegistrationStarted,
        secured="bearer",
        tells=True,
        limited=True,
    ),
    _post(
        f"{MFA}/emails/verify",
        mfa.verify_email,
        mfa.VerificationBody,
        answer=mfa.CredentialItem,
        secured="bearer",
        limited=True,
    ),
    Endpoint(
        method="DELETE",
        path=f"{MFA}/phone-numbers",
        handler=mfa.remove_phone,
        body=mfa.PhoneRemoval,
        status=204,
        secured="bearer",
        limited=True,
    ),
    Endpoint(
        method="DELETE",
        path=f"{MFA}/emails",
        handler=mfa.remove_email,
        status=204,
        secured="bearer",
        limited=True,
    ),
    _get(
        f"{V1}/mfa/trusteddevices",
        devices.listed,
        answer=devices.TrustedDevices,
        reading=True,
        secured="bearer",
    ),
    Endpoint(
        method="DELETE",
        path=f"{V1}/mfa/trusteddevices/{{id}}",
        handler=devices.forget,
        status=204,
        secured="bearer",
    ),
    _post(f"{V1}/mfa/stepup", mfa.step_up, mfa.StepUpBody, answer=mfa.StepUpBegun, limited=True),
    _post(
        f"{V1}/passwordless/start",
        passwordless.start,
        passwordless.StartBody,
        answer=passwordless.ChallengeStarted,
        tells=True,
        limited=True,
    ),
    _post(
        f"{V1}/passwordless/verify",
        passwordless.verify,
        passwordless.VerifyBody,
        answer=passwordless.Verified,
        limited=True,
    ),
    _get(
        f"{V1}/passwordless/verify",
        passwordless.verify_by_redirect,
        query=passwordless.VerifyQuery,
        status=303,
        cors=False,
        limited=True,
    ),
    _post(
        f"{V1}/verify-auth-code",
        passwordless.check,
        passwordless.VerifyBody,
        status=204,
        limited=True,
    ),
    _account("/update-profile", account.update_profile, account.ProfileBody, dict[str, Any]),
    _account("/update-email", account.update_email, account.EmailBody, dict[str, Any]),
    _account("/update-phone-number", account.update_phone, account.PhoneBody, dict[str, Any]),
    _account(
        "/send-email-verification",
        account.send_email_verification,
        account.SendEmailBody,
        account.Sent,
    ),
    _account("/send-phone-number-verification", account.send_phone_verification, None),
    _account("/verify-phone-number", account.verify_phone, account.VerifyPhoneBody),
    _account("/verify-email", account.verify_email, account.VerifyEmailBody),
    _account("/unlink", account.not_configured, None),
    Endpoint(
        method="POST",
        path=f"{V1}/update-password",
        free=account.update_password,
        body=account.PasswordBody,
        status=204,
        limited=True,
    ),
    _post(
        f"{V1}/forgot-password",
        account.forgot_password,
        account.ForgotBody,
        status=204,
        limited=True,
    ),
    _post(
        f"{V1}/account-recovery",
        account.account_recovery,
        account.ForgotBody,
        status=204,
        limited=True,
    ),
    _post(
        f"{V1}/webauthn/registration-options",
        webauthn.registration_options,
        webauthn.OptionsBody,
        answer=webauthn.RegistrationOptions,
        secured="bearer",
        limited=True,
    ),
    Endpoint(
        method="POST",
        path=f"{V1}/webauthn/registration",
        free=webauthn.register,
        body=webauthn.AttestedCredential,
        status=204,
        secured="bearer",
        limited=True,
    ),
    _get(
        f"{V1}/webauthn/registration",
        webauthn.listed,
        answer=list[webauthn.Device],
        reading=True,
        secured="bearer",
    ),
    Endpoint(
        method="DELETE",
        path=f"{V1}/webauthn/registration/{{id}}",
        handler=webauthn.remove,
        status=204,
        secured="bearer",
        limited=True,
    ),
    _post(
        f"{V1}/webauthn/authentication-options",
        webauthn.authentication_options,
        webauthn.AuthenticationOptionsBody,
        answer=webauthn.AuthenticationOptions,
        limited=True,
    ),
    Endpoint(
        method="POST",
        path=f"{V1}/webauthn/authentication",
        free=webauthn.authenticate,
        body=webauthn.AssertedCredential,
        answer=login.Tkn,
        limited=True,
    ),
    _post(
        f"{V1}/webauthn/signup-options",
        webauthn.sign_up_options,
        webauthn.SignUpOptionsBody,
        answer=webauthn.RegistrationOptions,
        limited=True,
    ),
    Endpoint(
        method="POST",
        path=f"{V1}/webauthn/signup",
        free=webauthn.sign_up,
        body=webauthn.SignUpBody,
        answer=login.Tkn,
        limited=True,
    ),
    _post(
        f"{V1}/webauthn/reset-options",
        webauthn.reset_options,
        webauthn.ResetOptionsBody,
        answer=webauthn.RegistrationOptions,
        limited=True,
    ),
    Endpoint(
        method="POST",
        path=f"{V1}/webauthn/reset",
        free=webauthn.reset,
        body=webauthn.ResetBody,
        status=204,
        limited=True,
    ),
    _get(f"{V1}/signup/data", account.sign_up_data, query=account.SignUpDataQuery, reading=True),
    _get(f"{V1}/custom-token/login", account.not_configured, cors=False),
    _get(f"{V1}/config/consents", config.consents, answer=dict[str, Any], reading=True),
    _get(f"{V1}/resources/{{name}}", config.resource, answer=dict[str, Any], reading=True),
    _get(f"{V1}/openapi.json", openapi, answer=dict[str, Any], reading=True),
    _get(
        "/oauth/authorize",
        oauth.authorize,
        failing=pages.unanswered,
        query=oauth.AuthorizeQuery,
        status=303,
        cors=False,
    ),
    _post(
        "/oauth/token",
        oauth.token,
        oauth.TokenBody,
        free=oauth.token_slowly,
        slow=oauth.is_slow,
        answer=oauth.TokenSet,
        form=True,
        limited=True,
    ),
    _post(
        "/oauth/revoke",
        oauth.revoke,
        oauth.TokenToRevoke,
        status=204,
        form=True,
        limited=True,
        secured="client",
    ),
    _post(
        "/oauth/introspect",
        oauth.introspect,
        oauth.TokenToRevoke,
        answer=dict[str, Any],
        form=True,
        reading=True,
        secured="client",
    ),
    Endpoint(
        method="GET",
        path="/.well-known/openid-configuration",
        free=discovery.openid_configuration,
        answer=dict[str, Any],
    ),
    Endpoint(
        method="GET",
        path="/.well-known/oauth-authorization-server",
        free=discovery.openid_configuration,
        answer=dict[str, Any],
    ),
    _get(
        "/.well-known/webauthn",
        webauthn.related_origins,
        answer=webauthn.Origins,
        reading=True,
    ),
    _get("/.well-known/jwks.json", discovery.jwks, answer=dict[str, Any], reading=True),
)


def dialect(server: Server) -> Dialect:
    return Dialect(server, SPEAKER, ENDPOINTS)
