"""`docs/settings.md`: every key of a configuration file, from the structs that read it."""

import json
import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any

import msgspec
from msgspec import inspect

from ostiary.core.messages.model import EmailTemplate, SmsTemplate
from ostiary.core.projects.model import Settings
from ostiary.wire.configuration.model import Configuration, ProjectSection
from ostiary.wire.sections.clients import ClientSection
from ostiary.wire.sections.users import FactorSection, UserSection
from scripts import generated

MODULE = "scripts.settings_page"

SECTIONS: tuple[tuple[str, Any], ...] = (
    ("project", ProjectSection),
    ("settings", Settings),
    ("templates.<purpose>.sms", SmsTemplate),
    ("templates.<purpose>.email", EmailTemplate),
    ("clients[]", ClientSection),
    ("users[]", UserSection),
    ("users[].mfa[]", FactorSection),
)

# A key that is read and kept, and that nothing looks at yet.
IDLE = "*No effect yet.* "

MEANINGS = {
    "project.project_id": "The project's name for itself; the only key of a file that must be there.",
    "project.secrets": "What a back end proves itself with; several may be live. Kept as keyed digests. "
    "Left out: those there are.",
    "project.public_token": "What pages of the project show to `/sdk/v1`. By default made from `project_id`.",
    "project.sdk_origins": "Origins of pages that may use `/sdk/v1`, and have passkeys; empty closes it. "
    "Left out: those there are.",
    "project.name": "What the project is called.",
    "project.language": "Language of messages to people who have none of their own.",
    "settings.features.sms": "SMS may be sent. The `sms` factor needs it.",
    "settings.features.passwordless": "A prerequisite of `features.mfa`.",
    "settings.features.sso": "The session cookie answers `/oauth/authorize`. A prerequisite of `features.mfa`.",
    "settings.features.mfa": "Second factors can be listed, registered and proved; off, each says it is not available.",
    "settings.mfa.factors.sms": "A phone may be a second factor.",
    "settings.mfa.factors.email": "The profile's e-mail address may be a second factor.",
    "settings.mfa.require_at_login": "`always` binds those who have a second factor that would count now.",
    "settings.mfa.require_independent": "A password with the mailbox that can reset it is not `mfa`.",
    "settings.mfa.passkey_is_mfa": "A passkey must verify its user (PIN, fingerprint), and is then `mfa` by itself.",
    "settings.mfa.step_up_token_lifetime": "Life of a step-up or of a registration.",
    "settings.mfa.fresh_token_age": "Oldest access token, and oldest second proof, that may change second factors.",
    "settings.mfa.trusted_devices.enabled": "A browser may be trusted to skip the second factor at login: "
    "anywhere, or with `OSTIARY_GEOIP_FILE` in the country it was trusted in.",
    "settings.mfa.trusted_devices.lifetime": "How long such a browser is trusted; its use does not prolong that.",
    "settings.codes.length": "Digits of a code.",
    "settings.codes.sms_lifetime": "Life of a code sent by SMS, where its template names none.",
    "settings.codes.email_lifetime": "Life of a code sent by e-mail, where its template names none.",
    "settings.codes.wrong_answers": "Wrong answers that end a step-up or a registration, over all of its codes.",
    "settings.sends.per_step_up": "Codes that one step-up or one registration may send.",
    "settings.sends.per_recipient_per_hour": "Codes that one address may be sent in an hour.",
    "settings.sends.per_recipient_per_day": "Codes that one address may be sent in a day.",
    "settings.sends.cooldown": "Seconds between two codes to one address; 0 is off.",
    "settings.sends.countries": "ISO 3166 codes of the countries that SMS may go to; empty is every country.",
    "settings.lockout.consecutive_failures": "Wrong answers in a row, over every factor, that lock an account.",
    "settings.lockout.duration": "Seconds that a lock lasts.",
    "settings.sessions.sso_lifetime": "Life of a session from its latest use; at most a day where it does not persist.",
    "settings.sessions.idle": "Seconds without use that end a session; 0 is off.",
    "settings.sessions.superseded_grace": "How long the secret that a session had before its last proof stays good.",
    "settings.tokens.access": "Life of access and ID tokens.",
    "settings.tokens.refresh": "Life of a grant: refreshing does not lengthen it.",
    "settings.tokens.authorization_code": "Life of an authorization code.",
    "settings.tokens.login": "Life of the `tkn` that a login earns.",
    "settings.password.min_length": "Characters of a new password.",
    "settings.password.min_strength": "zxcvbn's score that a new password must reach.",
    "settings.rate_limit.requests": "Requests of one address to one limited endpoint in a window; 0 is off.",
    "settings.rate_limit.window": "Seconds of that window.",
    "templates.<purpose>.sms.text": "Liquid. Empty: the built-in text.",
    "templates.<purpose>.sms.code_lifetime": "Life of this template's code, within bounds. Null: the setting.",
    "templates.<purpose>.email.from": "Liquid, with `client.name` and `origin_host` only. Empty: the built-in sender.",
    "templates.<purpose>.email.subject": "Liquid. Empty: the built-in subject.",
    "templates.<purpose>.email.html": "The body is HTML; a plain-text alternative is made from it.",
    "templates.<purpose>.email.body": "Liquid. Empty: the built-in body.",
    "templates.<purpose>.email.redirect_url": "Where the link's page leads; a redirect URI of a client.",
    "templates.<purpose>.email.code_lifetime": "Life of this template's code, within bounds. Null: the setting.",
    "templates.<purpose>.email.link_lifetime": "Life of this template's link.",
    "clients[].client_id": "The application's name in every request.",
    "clients[].name": "What messages call it. Default: its id.",
    "clients[].public": "It has no secret, and must use PKCE.",
    "clients[].client_secret": "Of a confidential client. Kept as a keyed digest.",
    "clients[].grants": "What it may ask the token endpoint for. `client_credentials` is for clients with a secret.",
    "clients[].redirect_uris": "Where codes may be sent, compared byte for byte.",
    "clients[].post_logout_redirect_uris": "Where logging out may lead.",
    "clients[].origins": "Browser origins that may read answers and hear web messages.",
    "clients[].login_url": "The application's own login page, where `/oauth/authorize` sends people.",
    "clients[].scopes": "What it may ask for: these, and an application's own, which have a `:`, `.` or `/` in them.",
    "clients[].default_scope": "What it gets when it asks for nothing. Default: its scopes but `address`.",
    "clients[].id_token_signed_response_alg": "Algorithm of its access and ID tokens.",
    "clients[].step_up_by_access_token": "A step-up may begin with an access token alone.",
    "users[].email": "Its one spelling is lower case.",
    "users[].email_verified": "Somebody has already shown that it is theirs.",
    "users[].phone_number": "International format.",
    "users[].phone_number_verified": "Somebody has already shown that it is theirs.",
    "users[].password": "Set when the user is created, and never again by a file.",
    "users[].given_name": "Messages greet with it.",
    "users[].family_name": "Part of the full name.",
    "users[].locale": "Language of this person's messages.",
    "users[].mfa": "Second factors that are registered already.",
    "users[].mfa[].type": "`sms` or `email`; `email` is always the profile's address.",
    "users[].mfa[].phone_number": "Of an `sms` factor.",
}

HEAD = f"""\
{generated.notice(MODULE)}

# Settings

Every key of a configuration file, with its default. The defaults under `settings` are what an
empty file gives. Durations are seconds. An unknown key is an error that names the nearest valid
one. `${{NAME}}` is replaced by that variable of the environment.

```sh
.venv/bin/ostiary config schema                  # the same as JSON Schema
.venv/bin/ostiary config validate -f my.yaml     # check a file; touches no database
.venv/bin/ostiary apply -f my.yaml --dry-run     # what it would change
.venv/bin/ostiary apply -f my.yaml               # change it; a running server notices
.venv/bin/ostiary config show                    # the settings in force
```

`apply` creates and changes. Only with `--prune` does it remove the clients that the file does not name,
and the project's `secrets`, `sdk_origins` and `administrators` where the file has no such key. What the
file says of a person wins over what they changed since, but an address they have verified stays
verified, a second factor they have added stays, and a password is set only when the person is created.
A template's name is a purpose, or a purpose and a language: `mfa_step_up`, `mfa_step_up.fr`.
`administrators` is a list of the e-mail addresses of those who may use the console. The built-in demo
project is such a file:
[`demo.yaml`](../src/ostiary/wire/configuration/demo.yaml).
"""


def keys(prefix: str, struct: Any) -> Iterator[tuple[str, inspect.Field]]:
    """Every key below a struct, the nested ones by their path."""
    described = inspect.type_info(struct)
    assert isinstance(described, inspect.StructType)
    for field in described.fields:
        path = f"{prefix}.{field.encode_name}"
        if isinstance(field.type, inspect.StructType):
            yield from keys(path, field.type.cls)
        else:
            yield path, field


def type_name(of: inspect.Type) -> str:
    match of:
        case inspect.BoolType():
            return "boolean"
        case inspect.IntType():
            return "integer"
        case inspect.StrType():
            return "text"
        case inspect.EnumType(cls):
            return " or ".join(f"`{member.value}`" for member in cls)
        case inspect.VarTupleType(item):
            return f"list of {type_name(item)}"
        case inspect.StructType():
            return "mapping"
        case inspect.UnionType(types):
            return " or ".join(type_name(t) for t in types if not isinstance(t, inspect.NoneType))
        case _:
            raise TypeError(f"no word for {of}")


def bounds(of: inspect.Type) -> str:
    match of:
        case inspect.IntType(ge=int(low), le=int(high)):
            return f"{low} to {high}"
        case inspect.IntType(ge=int(low)):
            return f"at least {low}"
        case inspect.StrType(pattern=str(pattern)):
            return f"`{pattern}`"
        case inspect.VarTupleType(item):
            return bounds(item)
        case inspect.UnionType(types):
            return " ".join(filter(None, map(bounds, types)))
        case _:
            return ""


def default(field: inspect.Field) -> str:
    if field.required:
        return "must be given"
    value = field.default
    if value is msgspec.NODEFAULT:
        value = field.default_factory()
    if isinstance(value, Enum):
        value = value.value
    return f"`{json.dumps(value, default=str)}`".replace('`""`', "empty").replace("`null`", "null")


def groups() -> dict[str, list[tuple[str, inspect.Field]]]:
    """The keys by the mapping they stand in."""
    found: dict[str, list[tuple[str, inspect.Field]]] = {}
    for prefix, struct in SECTIONS:
        for path, field in keys(prefix, struct):
            found.setdefault(path.rpartition(".")[0], []).append((path, field))
    return found


def settings() -> str:
    """The page, or `Unexplained` where a key has no meaning here."""
    found = groups()
    generated.explained("key", (path for group in found.values() for path, _ in group), MEANINGS)
    assert set(msgspec.json.schema(Configuration)["$defs"]["Configuration"]["properties"]) == {
        *("project", "settings", "templates", "clients", "users", "administrators")
    }
    parts = [HEAD]
    for group, fields in found.items():
        rows = [
            (
                f"`{path.rpartition('.')[2]}`",
                type_name(field.type),
                default(field),
                bounds(field.type),
                MEANINGS[path],
            )
            for path, field in fields
        ]
        head = ("key", "type", "default", "bounds", "meaning")
        parts.append(f"## `{group}`\n\n{generated.table(head, rows)}\n")
    return "\n".join(parts)


PAGES = {"settings.md": settings}


if __name__ == "__main__":
    sys.exit(generated.main(MODULE, PAGES))
