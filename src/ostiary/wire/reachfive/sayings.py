"""What the core refuses, in this dialect's words: one table.

`error` and `key` are the vendor's vocabulary where it has a word; the texts are ours, English then French.
"""

from msgspec import Struct


class Said(Struct, frozen=True):
    status: int
    error: str
    key: str
    en: str
    fr: str


WRONG_CODE = (401, "invalid_grant", "error.invalidVerificationCode")
_CODE_EN, _CODE_FR = "Invalid verification code", "Code de vérification invalide"
_FEATURE = (403, "access_denied", "error.feature.notAvailable")
_PASSKEY = (
    401,
    "invalid_grant",
    "error.webauthn.invalidPasskey",
    "This passkey was not accepted. Try again, or use another way.",
    "Cette clé d’accès n’a pas été acceptée. Réessayez, ou utilisez un autre moyen.",
)
_REQUEST = (400, "invalid_request")
_LOGIN = (401, "login_required", "error.login.required")

SAYINGS: dict[str, Said] = {
    "project_secret_wrong": Said(
        401,
        "invalid_client",
        "error.clientAuthentication.failed",
        "No such project, or not its secret.",
        "Projet inconnu, ou secret erroné.",
    ),
    "page_not_allowed": Said(
        401,
        "invalid_client",
        "error.origin.notAllowed",
        "No page of this origin may ask.",
        "Aucune page de cette origine ne peut demander cela.",
    ),
    "claims_too_large": Said(
        *_REQUEST,
        "error.parameter.tooLarge",
        "The custom claims of this session are too large. Keep them under 4 kB.",
        "Les attributs de cette session sont trop volumineux. Restez sous 4 Ko.",
    ),
    # who is asking
    "wrong_credentials": Said(
        401,
        "invalid_grant",
        "error.invalidEmailOrPassword",
        "Invalid email or password",
        "E-mail ou mot de passe invalide",
    ),
    "account_locked": Said(
        403,
        "access_denied",
        "error.accountBlockedAfterMultipleLoginAttempts",
        "This account is locked for a while after too many wrong answers. Try again later, or reset the password.",
        "Ce compte est bloqué quelque temps après trop d’erreurs. Réessayez plus tard, ou changez le mot de passe.",
    ),
    "credential_disabled": Said(
        403,
        "access_denied",
        "error.accountBlockedAfterMultipleLoginAttempts",
        "There were too many wrong answers. Reset the password, or ask who runs this service to unlock the account.",
        "Il y a eu trop d’erreurs. Changez le mot de passe, ou demandez à l’exploitant de débloquer le compte.",
    ),
    "login_required": Said(
        *_LOGIN,
        "Nobody is logged in here. Log in and try again.",
        "Personne n’est connecté. Connectez-vous.",
    ),
    "tkn_invalid": Said(
        401,
        "invalid_grant",
        "error.tkn.invalid",
        "This login has expired or was used already. Log in again.",
        "Cette connexion a expiré ou a déjà servi. Reconnectez-vous.",
    ),
    "request_token_invalid": Said(
        401,
        "invalid_grant",
        "error.requestToken.invalid",
        "This login page was opened too long ago. Go back to the application and start again.",
        "Cette page de connexion est ouverte depuis trop longtemps. Recommencez depuis l’application.",
    ),
    "mfa_required": Said(
        401,
        "access_denied",
        "error.authn.mfa.stepup.required",
        "A second factor is needed before this login can be used.",
        "Un second facteur est nécessaire pour terminer cette connexion.",
    ),
    "users_differ": Said(
        403,
        "access_denied",
        "error.user.mismatch",
        "What was sent belongs to different people. Log out and log in again.",
        "Les éléments envoyés appartiennent à des personnes différentes. Déconnectez-vous puis reconnectez-vous.",
    ),
    "access_token_missing": Said(
        401,
        "invalid_request",
        "error.accessToken.missing",
        "Access token missing",
        "Jeton d’accès absent",
    ),
    "access_token_invalid": Said(
        401,
        "invalid_grant",
        "error.accessToken.invalid",
        "The access token is not valid, or no longer. Get a new one.",
        "Le jeton d’accès n’est pas valide, ou ne l’est plus.",
    ),
    "access_token_not_fresh": Said(
        401,
        "invalid_grant",
        "error.accessToken.freshness",
        "Access token is not fresh enough.",
        "Le jeton d’accès n’est pas assez récent.",
    ),
    "scope_missing": Said(
        403,
        "insufficient_scope",
        "error.scope.insufficient",
        "The access token lacks the scope that this needs.",
        "Le jeton d’accès ne donne pas ce droit.",
    ),
    "step_up_required": Said(
        401,
        "access_denied",
        "error.authn.mfa.stepup.required",
        "Prove a second factor first, then try again.",
        "Prouvez d’abord un second facteur, puis réessayez.",
    ),
    "client_authentication_failed": Said(
        401,
        "invalid_client",
        "error.client.authenticationFailed",
        "Client authentication failed.",
        "L’authentification du client a échoué.",
    ),
    # codes and step-up
    "wrong_code": Said(*WRONG_CODE, _CODE_EN, _CODE_FR),
    "code_expired": Said(*WRONG_CODE, _CODE_EN, _CODE_FR),
    "code_superseded": Said(*WRONG_CODE, _CODE_EN, _CODE_FR),
    "too_many_attempts": Said(*WRONG_CODE, _CODE_EN, _CODE_FR),
    "challenge_not_found": Said(*WRONG_CODE, _CODE_EN, _CODE_FR),
    "step_up_invalid": Said(
        401,
        "invalid_grant",
        "error.stepUp.invalid",
        "This step-up has expired or is not known. Start it again.",
        "Cette vérification a expiré ou est inconnue. Recommencez.",
    ),
    "no_credential": Said(
        *_REQUEST,
        "error.mfa.noCredential",
        "There is no second factor that could be proved here. Register one first.",
        "Aucun second facteur utilisable. Enregistrez-en un d’abord.",
    ),
    "factor_not_registered": Said(
        *_REQUEST,
        "error.mfa.credentialNotFound",
        "No second factor of this type is registered.",
        "Aucun second facteur de ce type n’est enregistré.",
    ),
    "credential_exists": Said(
        *_REQUEST,
        "error.mfa.credentialExists",
        "This second factor is registered already.",
        "Ce second facteur est déjà enregistré.",
    ),
    "too_many_sends": Said(
        429,
        "rate_limit_reached",
        "error.tooManyAttempts",
        "Too many codes were asked for. Wait, then try again.",
        "Trop de codes ont été demandés. Attendez avant de réessayer.",
    ),
    "too_many_requests": Said(
        429,
        "rate_limit_reached",
        "error.tooManyAttempts",
        "Too many requests. Wait, then try again.",
        "Trop de requêtes. Attendez avant de réessayer.",
    ),
    "provider_not_configured": Said(
        400,
        "missing_config",
        "error.provider.notConfigured",
        "This provider is not configured.",
        "Ce fournisseur n’est pas configuré.",
    ),
    "link_elsewhere": Said(
        403,
        "access_denied",
        "error.link.otherBrowser",
        "This link works only in the browser where it was asked for.",
        "Ce lien ne fonctionne que dans le navigateur où il a été demandé.",
    ),
    "link_invalid": Said(
        401,
        "invalid_grant",
        "error.link.invalid",
        "This link has expired or was used already. Ask for a new one.",
        "Ce lien a expiré ou a déjà servi. Demandez-en un nouveau.",
    ),
    "password_unchanged": Said(
        *_REQUEST,
        "error.updateSamePassword",
        "The new password is the present one. Choose another.",
        "Le nouveau mot de passe est le même que l’actuel.",
    ),
    "country_not_allowed": Said(
        *_REQUEST,
        "error.phoneNumber.countryNotAllowed",
        "Messages are not sent to this country.",
        "Aucun message n’est envoyé vers ce pays.",
    ),
    "feature_off": Said(
        *_FEATURE, "This feature is not available.", "Cette fonctionnalité n’est pas disponible."
    ),
    # passkeys
    "passkeys_off": Said(
        403,
        "access_denied",
        "error.webauthn.featureDisabled",
        "Passkeys are not available: this server is reached by an address, not by a name.",
        "Les clés d’accès ne sont pas disponibles.",
    ),
    "origin_not_allowed": Said(
        403,
        "origin_not_allowed",
        "error.origin.notAllowed",
        "This origin is not one of the client's.",
        "Cette origine n’est pas l’une de celles du client.",
    ),
    "wrong_passkey": Said(*_PASSKEY),
    "passkey_copied": Said(*_PASSKEY),
    "passkey_exists": Said(
        *_REQUEST,
        "error.webauthn.passkeyExists",
        "This passkey is registered already.",
        "Cette clé d’accès est déjà enregistrée.",
    ),
    "passkey_not_found": Said(
        404,
        "resource_not_found",
        "error.webauthn.passkeyNotFound",
        "There is no such passkey.",
        "Cette clé d’accès n’existe pas.",
    ),
    # people
    "email_taken": Said(
        400,
        "email_already_exists",
        "error.email.alreadyInUse",
        "Email already in use",
        "E-mail déjà utilisé",
    ),
    "phone_taken": Said(
        400,
        "phone_number_already_exists",
        "error.phoneNumber.alreadyInUse",
        "Phone number already in use",
        "Numéro de téléphone déjà utilisé",
    ),
    "email_malformed": Said(
        *_REQUEST, "error.email.invalid", "Valid email required", "E-mail valide requis"
    ),
    "email_missing": Said(
        *_REQUEST,
        "error.email.missing",
        "The profile has no email. Add one first.",
        "Le profil n’a pas d’e-mail. Ajoutez-en un d’abord.",
    ),
    "phone_malformed": Said(
        *_REQUEST,
        "error.phoneNumber.invalid",
        "A valid phone number in international format (+33612345678) is required.",
        "Un numéro de téléphone valide au format international (+33612345678) est requis.",
    ),
    "phone_missing": Said(
        *_REQUEST,
        "error.phoneNumber.missing",
        "Give a phone number: the profile has no verified one.",
        "Indiquez un numéro de téléphone : le profil n’en a pas de vérifié.",
    ),
    "phone_not_allowed": Said(
        *_REQUEST,
        "error.phoneNumber.notAllowed",
        "Messages are not sent to premium-rate numbers.",
        "Aucun message n’est envoyé vers un numéro surtaxé.",
    ),
    "identifier_missing": Said(
        *_REQUEST,
        "error.identifier.missing",
        "An email or a phone number is required.",
        "Un e-mail ou un numéro de téléphone est requis.",
    ),
    "password_too_short": Said(
        400,
        "password_too_weak",
        "error.password.policy",
        "This password is too short.",
        "Ce mot de passe est trop court.",
    ),
    "password_distrusted": Said(
        403,
        "access_denied",
        "error.password.mustBeReset",
        "This password must be reset before it can be used again.",
        "Ce mot de passe doit être réinitialisé avant de servir à nouveau.",
    ),
    "hash_malformed": Said(
        *_REQUEST,
        "error.password.hash",
        "This is no password hash.",
        "Ce n’est pas une empreinte de mot de passe.",
    ),
    "hash_too_costly": Said(
        *_REQUEST,
        "error.password.hash",
        "To check this password hash takes too long.",
        "Vérifier cette empreinte prend trop de temps.",
    ),
    "password_too_weak": Said(
        400,
        "password_too_weak",
        "error.password.policy",
        "This password is too easy to guess. Use a longer or a less common one.",
        "Ce mot de passe est trop facile à deviner.",
    ),
    "password_too_long": Said(
        *_REQUEST,
        "error.password.tooLong",
        "A password has at most 1024 bytes.",
        "Un mot de passe a au plus 1024 octets.",
    ),
    # clients and grants
    "client_missing": Said(
        *_REQUEST, "error.client.missing", "Client id missing", "Identifiant du client absent"
    ),
    "client_unknown": Said(
        400, "invalid_client", "error.client.notFound", "Unknown client", "Client inconnu"
    ),
    "redirect_uri_not_allowed": Said(
        403,
        "access_denied",
        "error.client.redirectUrlNotAllowed",
        "The redirect url is not allowed.",
        "L’URL de redirection n’est pas autorisée.",
    ),
    "redirect_uri_missing": Said(
        *_REQUEST,
        "error.redirectUri.missing",
        "A redirect_uri is required.",
        "Le paramètre redirect_uri est requis.",
    ),
    "redirect_uri_mismatch": Said(
        *_REQUEST,
        "error.redirectUri.mismatch",
        "The redirect_uri is not the one the code was issued for.",
        "redirect_uri n’est pas celui pour lequel le code a été émis.",
    ),
    "response_type_unsupported": Said(
        400,
        "unsupported_response_type",
        "error.responseType.unsupported",
        "Only response_type=code is supported.",
        "Seul response_type=code est possible.",
    ),
    "pkce_required": Said(
        *_REQUEST,
        "error.pkce.required",
        "A code_challenge with code_challenge_method=S256 is required.",
        "code_challenge avec code_challenge_method=S256 est requis.",
    ),
    "pkce_method_unsupported": Said(
        *_REQUEST,
        "error.pkce.method",
        "Only code_challenge_method=S256 is supported.",
        "Seul code_challenge_method=S256 est possible.",
    ),
    "pkce_challenge_malformed": Said(
        *_REQUEST,
        "error.pkce.challenge",
        "The code_challenge is not a base64url SHA-256.",
        "code_challenge n’est pas un SHA-256 en base64url.",
    ),
    "code_missing": Said(*_REQUEST, "error.code.missing", "Code missing", "Code absent"),
    "code_invalid": Said(
        400,
        "invalid_grant",
        "error.code.invalid",
        "The authorization code is not valid, or no longer.",
        "Le code d’autorisation n’est pas valide, ou ne l’est plus.",
    ),
    "code_verifier_wrong": Said(
        400,
        "invalid_grant",
        "error.pkce.verifier",
        "The code_verifier does not belong to the code.",
        "code_verifier ne correspond pas au code.",
    ),
    "refresh_token_missing": Said(
        *_REQUEST,
        "error.refreshToken.missing",
        "Refresh token missing",
        "Jeton de rafraîchissement absent",
    ),
    "refresh_token_invalid": Said(
        400,
        "invalid_grant",
        "error.refreshToken.invalid",
        "The refresh token is not valid. Log in again.",
        "Le jeton de rafraîchissement n’est pas valide. Reconnectez-vous.",
    ),
    "refresh_token_revoked": Said(
        400,
        "invalid_grant",
        "error.refreshToken.revoked",
        "The refresh token was revoked. Log in again.",
        "Le jeton de rafraîchissement a été révoqué. Reconnectez-vous.",
    ),
    "refresh_token_expired": Said(
        400,
        "invalid_grant",
        "error.refreshToken.expired",
        "The refresh token has expired. Log in again.",
        "Le jeton de rafraîchissement a expiré. Reconnectez-vous.",
    ),
    "scope_widened": Said(
        400,
        "invalid_scope",
        "error.scope.widened",
        "A refresh cannot ask for more than was granted.",
        "Un rafraîchissement ne peut pas demander plus que ce qui a été accordé.",
    ),
    "grant_type_missing": Said(
        *_REQUEST, "error.grantType.missing", "grant_type missing", "grant_type absent"
    ),
    "grant_type_unsupported": Said(
        400,
        "unsupported_grant_type",
        "error.grantType.unsupported",
        "This grant_type is not supported.",
        "Ce grant_type n’est pas possible.",
    ),
    "response_type_not_allowed": Said(
        400,
        "unauthorized_client",
        "error.responseType.notAllowed",
        "This client may not ask for an authorization code.",
        "Ce client ne peut pas demander de code d’autorisation.",
    ),
    "grant_not_allowed": Said(
        400,
        "unauthorized_client",
        "error.grantType.notAllowed",
        "This client may not use this grant_type.",
        "Ce client ne peut pas utiliser ce grant_type.",
    ),
    "interaction_required": Said(
        400,
        "interaction_required",
        "error.interaction.required",
        "The session needs a second factor for this. Prove one and ask again.",
        "Un second facteur est nécessaire. Prouvez-le puis recommencez.",
    ),
    "assurance_not_met": Said(
        400,
        "unmet_authentication_requirements",
        "error.authn.requirementsNotMet",
        "The session does not reach the assurance that was asked for.",
        "La session n’atteint pas le niveau d’assurance demandé.",
    ),
    # requests
    "parameter_missing": Said(
        *_REQUEST, "error.parameter.missing", "A parameter is missing", "Un paramètre manque"
    ),
    "parameter_invalid": Said(
        *_REQUEST,
        "error.parameter.invalid",
        "A parameter is not valid",
        "Un paramètre n’est pas valide",
    ),
    "parameter_repeated": Said(
        *_REQUEST,
        "error.parameter.repeated",
        "A parameter is given more than once",
        "Un paramètre est donné plus d’une fois",
    ),
    "body_malformed": Said(
        *_REQUEST, "error.body.malformed", "The body cannot be read", "Le corps ne peut pas être lu"
    ),
    "body_too_large": Said(
        413,
        "invalid_request",
        "error.body.tooLarge",
        "The body is too large.",
        "Le corps est trop grand.",
    ),
    "media_type_unsupported": Said(
        415,
        "invalid_request",
        "error.mediaType.unsupported",
        "Send the body as application/json.",
        "Envoyez le corps en application/json.",
    ),
    "device_not_found": Said(
        404,
        "resource_not_found",
        "error.trustedDevice.notFound",
        "There is no such trusted device.",
        "Cet appareil de confiance n’existe pas.",
    ),
    "route_not_found": Said(
        404,
        "resource_not_found",
        "error.resource.notFound",
        "There is nothing here.",
        "Il n’y a rien ici.",
    ),
    "method_not_allowed": Said(
        405,
        "invalid_request",
        "error.method.notAllowed",
        "This method is not possible here.",
        "Cette méthode n’est pas possible ici.",
    ),
    # what we lean on
    "lost_race": Said(
        503,
        "temporarily_unavailable",
        "error.temporarilyUnavailable",
        "Something else changed this at the same moment. Try again.",
        "Autre chose a changé au même moment. Réessayez.",
    ),
}
SAYINGS["carrier_unavailable"] = Said(
    503,
    "temporarily_unavailable",
    "error.message.notSent",
    "The message could not be sent just now. It will be tried again; or ask for a new one.",
    "Le message n’a pas pu être envoyé. Un nouvel essai suivra ; ou demandez-en un nouveau.",
)
_AWAY = Said(
    503,
    "temporarily_unavailable",
    "error.temporarilyUnavailable",
    "The service is not available for a moment. Try again.",
    "Le service est momentanément indisponible. Réessayez.",
)
for _reason in (
    "database_busy",
    "database_unreachable",
    "database_url_unknown",
    "database_empty",
    "not_configured",
    "no_signing_key",
    "wrong_master_key",
):
    SAYINGS[_reason] = _AWAY
BUG = Said(
    500,
    "server_error",
    "error.serverError",
    "Something went wrong on our side.",
    "Une erreur est survenue de notre côté.",
)

# What would have been accepted (RFC 6750 §3.1, RFC 7617 §2)
CHALLENGES = {
    "access_token_missing": "Bearer",
    "access_token_invalid": 'Bearer error="invalid_token"',
    "access_token_not_fresh": 'Bearer error="invalid_token"',
    "scope_missing": 'Bearer error="insufficient_scope"',
    "client_authentication_failed": 'Basic realm="ostiary"',
}
