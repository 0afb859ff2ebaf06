"""What the core refuses, in this dialect's words: one table, one shape."""

from msgspec import Struct
from starlette.responses import Response

from ostiary.terms.failures import Failure, Refused, Throttled

from ..http import Call, MethodNotAllowed, json
from .words import request_id

DOCS = "/docs/reference/stytch-errors"


class Said(Struct, frozen=True):
    status: int
    error_type: str
    message: str


class ErrorBody(Struct, frozen=True, kw_only=True):
    """The one shape of every error."""

    status_code: int
    request_id: str
    error_type: str
    error_message: str
    error_url: str


BUG = Said(500, "internal_server_error", "Something went wrong on our side. Try again later.")
_DEAD = Said(
    401, "unable_to_auth_otp_code", "This code is used, replaced or expired. Send another one."
)
_WRONG_PASSKEY = Said(
    401,
    "unable_to_auth_webauthn_registration",
    "This is not the answer of a passkey of ours, or no longer. Start again.",
)
_BAD = (400, "bad_request")
_SECRET = (401, "unauthorized_credentials")
_AWAY = (503, "server_unavailable", "A part of this server does not answer. Try again in a moment.")
_LATER = Said(429, "too_many_requests", "Too many requests. Wait, then try again.")
_NOT_ASKED = Said(*_BAD, "This cannot be asked here.")

SAYINGS: dict[str, Said] = {
    # who is asking
    "project_secret_wrong": Said(*_SECRET, "No such project, or not its secret."),
    "authorization_malformed": Said(
        400,
        "invalid_authorization_header",
        "Send Basic authorization: the project id, a colon and a secret, in base64.",
    ),
    "project_not_found": Said(404, "project_not_found", "There is no such project."),
    "role_missing": Said(
        403, "consumer_session_authorization_error", "No role of this user permits that."
    ),
    "page_not_allowed": Said(
        401,
        "endpoint_not_authorized_for_sdk",
        "No page of this origin may ask. List it in the project's sdk_origins.",
    ),
    "back_end_only": Said(
        401,
        "endpoint_not_authorized_for_sdk",
        "This call is for back ends. Send the project id and a secret.",
    ),
    "metadata_trusted": Said(
        401, "cannot_update_trusted_metadata", "Only a back end may change trusted metadata."
    ),
    "user_unauthenticated": Said(401, "user_unauthenticated", "Nobody is logged in. Log in first."),
    "factors_insufficient": Said(
        401,
        "insufficient_factors",
        "Prove a second factor of this session first: by e-mail, by phone, or with an app or a passkey.",
    ),
    "factors_stale": Said(
        401, "stale_factors", "No factor of this session was proved within the last hour."
    ),
    # what was sent
    "body_malformed": Said(*_BAD, "The body is not the JSON that this call takes."),
    "body_too_large": Said(413, "bad_request", "The body is too large. Send at most 64 kB."),
    "media_type_unsupported": Said(415, "bad_request", "Send JSON, as application/json."),
    "method_not_allowed": Said(
        405, "method_not_allowed", "This path does not know that method. See the Allow header."
    ),
    "route_not_found": Said(404, "route_not_found", "There is nothing at this path."),
    "parameter_missing": Said(*_BAD, "A field is missing"),
    "parameter_invalid": Said(*_BAD, "A field is not valid"),
    "parameter_repeated": Said(*_BAD, "A parameter was given twice"),
    "id_malformed": Said(*_BAD, "This is not the id of one"),
    # users and addresses
    "user_not_found": Said(404, "user_not_found", "There is no such user."),
    "email_not_found": Said(404, "email_not_found", "Nobody has this e-mail address."),
    "phone_not_found": Said(404, "phone_number_not_found", "Nobody has this phone number."),
    "email_malformed": Said(400, "invalid_email", "This is not an e-mail address"),
    "phone_malformed": Said(
        400, "invalid_phone_number", "This is not a phone number. Send it as +33612345678"
    ),
    "phone_not_allowed": Said(
        400, "invalid_phone_number", "Codes are not sent to numbers that charge their callers"
    ),
    "country_not_allowed": Said(
        400, "invalid_phone_number_country_code", "Codes are not sent to this country."
    ),
    "email_taken": Said(400, "duplicate_email", "Somebody has this e-mail address already."),
    "phone_taken": Said(400, "duplicate_phone_number", "Somebody has this phone number already."),
    "unverified_factors": Said(
        400,
        "too_many_unverified_factors",
        "This user has a factor that was never proved. Have it proved, or remove it, before adding another.",
    ),
    "user_named_twice": Said(
        400,
        "too_many_user_selection_arguments",
        "Name the user once: by user_id, by session_token or by session_jwt.",
    ),
    "users_differ": Said(400, "user_id_mismatch", "The session belongs to another user."),
    "identifier_missing": Said(*_BAD, "Give an e-mail address or a phone number."),
    "external_id_taken": Said(
        400, "duplicate_user_external_id", "Another user has this external id."
    ),
    "metadata_too_large": Said(400, "metadata_too_large", "Metadata are at most 4 kB"),
    "metadata_too_many_keys": Said(
        400, "metadata_too_many_keys", "Metadata have at most 20 members"
    ),
    "exchange_unclear": Said(
        400,
        "invalid_exchange_primary_factor_fields",
        "Give either an e-mail address or a phone number.",
    ),
    "several_factors": Said(
        400,
        "invalid_exchange_primary_factor_user",
        "Only the factor of a user who has exactly one, an address, can be exchanged.",
    ),
    "last_address": Said(
        400,
        "cannot_delete_last_primary_factor",
        "This is the user's last address. Delete the user, or exchange the address.",
    ),
    "email_of_password": Said(
        400,
        "cannot_delete_email",
        "The user's password needs an e-mail address. Delete the password first.",
    ),
    "password_not_found": Said(404, "password_not_found", "There is no such password."),
    # searches
    "search_filter_missing": Said(
        400, "user_search_missing_filter_name", "An operand has no filter_name."
    ),
    "search_filter_no_name": Said(
        400, "user_search_filter_name_must_be_string", "A filter_name is a string."
    ),
    "search_filter_unknown": Said(
        400, "user_search_filter_name_not_recognized", "There is no such filter"
    ),
    "search_value_missing": Said(
        400, "user_search_missing_filter_value", "An operand has no filter_value"
    ),
    "search_list_expected": Said(
        400, "user_search_expected_array_of_string", "The value is a list of strings"
    ),
    "search_text_expected": Said(400, "user_search_expected_string", "The value is a string"),
    "search_bool_expected": Said(400, "user_search_expected_bool", "The value is true or false"),
    "search_time_expected": Said(
        400, "user_search_expected_timestamp", "The value is a timestamp, as 2026-11-22T09:30:00Z"
    ),
    "search_object_expected": Said(400, "user_search_expected_object", "The value is an object"),
    "search_status_unknown": Said(
        400, "user_search_invalid_status_filter", "A status is pending or active"
    ),
    "search_too_short": Said(*_BAD, "Give at least three characters"),
    "search_too_many_values": Said(
        400,
        "user_search_maximum_filter_value_count_exceeded",
        "A filter takes at most a hundred values",
    ),
    "search_ids_mixed": Said(
        400,
        "user_search_cannot_mix_internal_and_external_user_ids",
        "Give either ids of ours or external ids",
    ),
    # answers
    "account_locked": Said(
        429,
        "user_lock_limit_reached",
        "This user is locked for a while after too many wrong answers.",
    ),
    "credential_disabled": Said(
        429,
        "user_lock_limit_reached",
        "There were too many wrong answers: reset the password, or have an administrator unlock the user.",
    ),
    "wrong_credentials": Said(*_SECRET, "The e-mail address or the password is wrong."),
    "no_password": Said(400, "no_user_password", "This user has no password."),
    "method_not_found": Said(
        404, "otp_code_not_found", "No code was sent to this address, or it is there no longer."
    ),
    "wrong_code": Said(404, "otp_code_not_found", "This is not the code."),
    "code_superseded": _DEAD,
    "code_expired": _DEAD,
    "too_many_attempts": _DEAD,
    "attributes_differ": Said(
        401, "attribute_mismatch", "Address or browser are not those that the code was asked from."
    ),
    "too_many_sends": _LATER,
    "too_many_requests": _LATER,
    "feature_off": Said(
        403, "unauthorized_action", "This feature is switched off for the project."
    ),
    "carrier_unavailable": Said(
        503, "server_unavailable", "The message could not be sent yet. It is tried again."
    ),
    # authenticator apps
    "code_replayed": Said(
        400,
        "totp_code_already_authenticated",
        "This code, or a later one, was used already. Wait for the app's next one.",
    ),
    "first_factor_missing": Said(
        *_BAD, "This user has neither a password nor an address that was proved: nothing to add to."
    ),
    "recovery_code_given": Said(
        400, "recovery_code_used_as_totp_code", "This is a recovery code, not the app's code."
    ),
    "recovery_codes_not_found": Said(
        404, "recovery_codes_not_found", "This user has no recovery codes."
    ),
    "totp_code_given": Said(
        400, "totp_code_used_as_recovery_code", "This is the app's code, not a recovery code."
    ),
    "totp_exists": Said(
        400, "active_totp_exists", "This user has an authenticator app. Remove it first."
    ),
    "totp_expired": Said(
        400, "expired_totp", "No code came back in time. Offer the user another secret."
    ),
    "totp_not_found": Said(404, "totp_not_found", "There is no such authenticator app."),
    # links
    "link_target_unknown": Said(
        400,
        "no_match_for_provided_magic_link_url",
        "Links lead to redirect URIs of the project's clients, byte for byte, and nowhere else",
    ),
    "link_target_missing": Said(
        400, "no_login_redirect_urls_set", "No client of the project has a redirect URI to lead to"
    ),
    "invited_already": Said(
        400, "user_already_invited", "This address is invited already. Revoke that invitation first"
    ),
    "invitation_not_found": Said(
        404, "magic_link_not_found", "There is no open invitation to this address."
    ),
    "proof_key_malformed": Said(
        400,
        "invalid_pkce_code_challenge",
        "A code challenge is the base64url of a SHA-256, 43 characters",
    ),
    "proof_key_missing": Said(
        400, "pkce_expected_code_verifier", "This link was asked for with a code challenge."
    ),
    "proof_key_unasked": Said(
        400,
        "pkce_did_not_expect_code_verifier",
        "This link was asked for without a code challenge.",
    ),
    "proof_key_wrong": Said(
        400, "pkce_mismatch", "The code verifier does not belong to the code challenge."
    ),
    # sessions
    "session_not_found": Said(
        404, "session_not_found", "There is no such session, or it has ended."
    ),
    "session_named_twice": Said(
        400, "too_many_session_arguments", "Name the session once: by session_token or session_jwt."
    ),
    "session_missing": Said(
        400,
        "no_session_arguments",
        "Name the session: by session_token or session_jwt. A second factor begins none.",
    ),
    "session_jwt_invalid": Said(
        400, "unable_to_parse_session_jwt", "This is not a session of ours"
    ),
    "claims_too_large": Said(
        400, "custom_claims_too_large", "Custom claims of a session are at most 4 kB"
    ),
    "claim_reserved": Said(
        400, "reserved_claims_in_custom_claims", "A session has this claim of its own"
    ),
    "claim_vendors": Said(
        400, "stytch_claims_in_custom_claims", "Claims of this name are not yours to set"
    ),
    # passwords
    "password_distrusted": Said(
        400,
        "reset_password",
        "This password must be reset first: by e-mail, or in a session that an e-mail began.",
    ),
    "password_exists": Said(400, "password_already_exists", "This user has a password already."),
    "session_not_fresh": Said(
        401,
        "session_too_old_to_reset_password",
        "Have the password, or a code or link by e-mail, proved in the last five minutes.",
    ),
    "hash_malformed": Said(400, "invalid_hash", "This is no such hash"),
    "hash_too_costly": Said(400, "invalid_hash", "To check this hash takes too long"),
    "hash_length_differs": Said(400, "invalid_hash", "This hash is not as long as is said of it"),
    "password_too_long": Said(400, "weak_password", "A password has at most 1024 bytes"),
    "password_too_short": Said(400, "weak_password", "The password is too short"),
    "password_too_weak": Said(400, "weak_password", "The password is too easy to guess"),
    # passkeys
    "domain_not_allowed": Said(
        400,
        "invalid_webauthn_registration_domain",
        "No page of the project is at home in this domain. Name the host of an origin or redirect URI that is"
        " configured, or the domain it belongs to",
    ),
    "user_pending": Said(
        400,
        "cannot_use_webauthn_with_pending_user",
        "This user has neither a password nor an address that was proved. Have one proved first.",
    ),
    "no_passkeys": Said(
        400, "no_active_webauthn_registrations", "This user has no passkey of this domain."
    ),
    "passkey_exists": Said(
        400, "duplicate_webauthn_registration", "This passkey is registered already."
    ),
    "passkey_not_found": Said(
        404, "webauthn_registration_not_found", "There is no such registration."
    ),
    "name_missing": Said(400, "empty_webauthn_registration_name", "Give it a name."),
    "wrong_passkey": _WRONG_PASSKEY,
    "passkey_copied": _WRONG_PASSKEY,
    # what went wrong here
    "database_busy": Said(*_AWAY),
    "database_empty": Said(*_AWAY),
    "database_unreachable": Said(*_AWAY),
    "database_url_unknown": Said(*_AWAY),
    "lost_race": Said(*_AWAY),
    "no_signing_key": Said(*_AWAY),
    "not_configured": Said(*_AWAY),
    "wrong_master_key": Said(*_AWAY),
    # what only other dialects ask for
    **dict.fromkeys(
        (
            "access_token_invalid",
            "access_token_missing",
            "access_token_not_fresh",
            "challenge_not_found",
            "client_authentication_failed",
            "client_missing",
            "client_unknown",
            "code_invalid",
            "credential_exists",
            "device_not_found",
            "email_missing",
            "factor_not_registered",
            "grant_not_allowed",
            "link_elsewhere",
            "link_invalid",
            "login_required",
            "no_credential",
            "origin_not_allowed",
            "passkeys_off",
            "phone_missing",
            "pkce_challenge_malformed",
            "pkce_method_unsupported",
            "pkce_required",
            "redirect_uri_missing",
            "redirect_uri_not_allowed",
            "refresh_token_expired",
            "refresh_token_invalid",
            "refresh_token_revoked",
            "request_token_invalid",
            "response_type_not_allowed",
            "response_type_unsupported",
            "scope_missing",
            "step_up_invalid",
            "step_up_required",
            "tkn_invalid",
        ),
        _NOT_ASKED,
    ),
}

# what is wrong with a field has a name of its own for these
FIELDS: dict[str, str] = {
    "invite_expiration_minutes": "invalid_expiration",
    "login_expiration_minutes": "invalid_expiration",
    "reset_password_expiration_minutes": "invalid_expiration",
    "signup_expiration_minutes": "invalid_expiration",
    "attributes.ip_address": "invalid_ip_address",
    "attributes.user_agent": "invalid_user_agent",
    "authenticator_type": "invalid_authenticator_type",
    "code": "invalid_code",
    "code_challenge": "invalid_pkce_code_challenge",
    "cursor": "user_search_invalid_cursor",
    "email": "invalid_email",
    "email_address_fuzzy": "user_search_email_address_fuzzy_too_short",
    "email_id": "invalid_email_id",
    "expiration_minutes": "invalid_expiration",
    "full_name_fuzzy": "user_search_full_name_fuzzy_too_short",
    "limit": "user_search_invalid_limit",
    "locale": "invalid_locale",
    "method_id": "invalid_method_id",
    "password_id": "invalid_password_id",
    "phone_number": "invalid_phone_number",
    "phone_number_fuzzy": "user_search_phone_number_fuzzy_too_short",
    "public_key_credential": "invalid_public_key_credential",
    "query.operator": "user_search_invalid_operator",
    "recovery_code": "invalid_recovery_code",
    "session_duration_minutes": "invalid_session_duration_minutes",
    "session_id": "invalid_session_id",
    "totp_code": "invalid_totp_code",
    "totp_id": "invalid_totp_id",
    "trusted_metadata": "metadata_invalid_format",
    "untrusted_metadata": "metadata_invalid_format",
    "user_id": "invalid_user_id",
    "webauthn_registration_id": "invalid_webauthn_registration_id",
    # of an imported hash
    "argon2.hash": "invalid_hash",
    "argon2.lanes": "invalid_argon_2_threads",
    "argon2.length": "argon_2_key_length_mismatch",
    "argon2.memory": "invalid_argon_2_memory",
    "argon2.passes": "invalid_argon_2_iteration_amount",
    "bcrypt.cost": "invalid_bcrypt_cost",
    "bcrypt.hash": "invalid_bcrypt_hash",
    "hash_type": "invalid_hash_type",
    "md5.hash": "invalid_md_5_hash",
    "pbkdf2.algorithm": "invalid_pbkdf_2_algorithm",
    "pbkdf2.hash": "invalid_pbkdf_2_hash",
    "pbkdf2.iterations": "invalid_pbkdf_2_iteration_amount",
    "pbkdf2.length": "pbkdf_2_key_length_mismatch",
    "pbkdf2.salt": "invalid_pbkdf_2_salt",
    "phpass.cost": "invalid_phpass_hash_format",
    "phpass.hash": "invalid_phpass_hash_format",
    "phpass.prefix": "invalid_phpass_hash_prefix",
    "scrypt.hash": "invalid_base64_scrypt_hash",
    "scrypt.length": "scrypt_key_length_mismatch",
    "scrypt.n": "invalid_scrypt_n_parameter",
    "scrypt.parameters": "invalid_scrypt_parameters",
    "scrypt.r": "invalid_scrypt_parameters",
    "scrypt.salt": "invalid_base64_scrypt_salt",
    "sha1.hash": "invalid_sha_1_hash",
    "sha512.hash": "invalid_sha_512_hash",
}
OF_CODES = FIELDS | {"expiration_minutes": "invalid_expiration_otp"}
REVOKING = {
    "session_missing": Said(
        400,
        "no_session_revoke_arguments",
        "Name the session: by session_id, by session_token or by session_jwt.",
    ),
    "session_named_twice": Said(
        400,
        "too_many_session_revoke_arguments",
        "Name the session once: by session_id, by session_token or by session_jwt.",
    ),
}
TARGETS: dict[str, str] = {
    "invite_magic_link_url": "no_invite_redirect_urls_set",
    "reset_password_redirect_url": "no_password_reset_redirect_url",
    "signup_magic_link_url": "no_signup_redirect_urls_set",
}
_OF_FIELDS = {
    "parameter_invalid",
    "parameter_missing",
    "id_malformed",
    "search_too_short",
    "hash_malformed",
    "hash_too_costly",
    "hash_length_differs",
}


class Stytch:
    """How this dialect says that something went wrong."""

    name = "stytch"

    def failure(self, failure: Failure | None, call: Call) -> Response:
        if failure is None:
            return self.say(BUG, call)
        said = SAYINGS[failure.reason]
        fields = OF_CODES if call.request.url.path.startswith("/v1/otps/") else FIELDS
        if failure.reason in _OF_FIELDS and failure.field in fields:
            said = Said(said.status, fields[failure.field], said.message)
        if call.request.url.path == "/v1/sessions/revoke":
            said = REVOKING.get(failure.reason, said)
        if failure.reason == "link_target_missing" and failure.field in TARGETS:
            said = Said(said.status, TARGETS[failure.field], said.message)
        told = ": ".join(part for part in (said.message, failure.field, failure.detail) if part)
        response = self.say(Said(said.status, said.error_type, told), call)
        if isinstance(failure, Throttled):
            response.headers["retry-after"] = str(failure.retry_after)
        if isinstance(failure, MethodNotAllowed):
            response.headers["allow"] = ", ".join(failure.allowed)
        return response

    def refusal(self, refused: Refused, call: Call, own: dict[str, Said] | None = None) -> Response:
        """`own`: what one resource calls it, where the others call it something else."""
        response = self.say((own or SAYINGS).get(refused.reason, SAYINGS[refused.reason]), call)
        if refused.retry_after is not None:
            response.headers["retry-after"] = str(refused.retry_after)
        return response

    def say(self, said: Said, call: Call) -> Response:
        return json(
            ErrorBody(
                status_code=said.status,
                request_id=request_id(call),
                error_type=said.error_type,
                error_message=said.message,
                error_url=f"{call.server.public_url}{DOCS}/{said.status}#{said.error_type}",
            ),
            said.status,
        )


SPEAKER = Stytch()


def refusal(refused: Refused, call: Call, own: dict[str, Said] | None = None) -> Response:
    return SPEAKER.refusal(refused, call, own)
