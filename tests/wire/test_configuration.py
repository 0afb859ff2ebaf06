"""The configuration file and the commands that read it."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from typer.testing import CliRunner, Result

from ostiary.cli import app as command_line
from ostiary.core import clients, credentials, messages, projects, users
from ostiary.core.projects.model import Settings
from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel
from ostiary.wire.configuration.apply import apply
from ostiary.wire.configuration.model import Configuration
from ostiary.wire.configuration.read import Misconfigured, parse
from ostiary.wire.configuration.schema import json_schema
from tests.conftest import MakeWorld
from tests.world import PASSWORD, SHOP, Person, World, demo_configuration

MINIMAL = {"project": {"project_id": "project-test-1"}}


def text(**sections: Any) -> str:
    return yaml.safe_dump({**MINIMAL, **sections})


def read(**sections: Any) -> Configuration:
    return parse(text(**sections), {})


def refused(source: str | dict[str, Any], environment: dict[str, str] | None = None) -> str:
    """The one line that says what is wrong."""
    spelled = source if isinstance(source, str) else text(**source)
    with pytest.raises(Misconfigured) as told:
        parse(spelled, environment or {})
    (line,) = str(told.value).splitlines()
    return line


# --- reading ------------------------------------------------------------------------------------------


def test_everything_but_a_name_may_be_left_out() -> None:
    configuration = read(clients=[{"client_id": "shop"}], users=[{"email": "ann@demo.localhost"}])
    assert configuration.project.name == "Ostiary"
    (client,) = configuration.clients
    assert client.public
    assert [grant.value for grant in client.grants] == ["authorization_code", "refresh_token"]


UNKNOWN: dict[str, tuple[dict[str, Any], str, str]] = {
    "at the top": ({"client": []}, "client", "clients"),
    "in the project": ({"project": {"project_id": "x", "nam": "y"}}, "project.nam", "name"),
    "in the settings": ({"settings": {"lockouts": {}}}, "settings.lockouts", "lockout"),
    "deep in the settings": (
        {"settings": {"mfa": {"factors": {"smss": True}}}},
        "settings.mfa.factors.smss",
        "sms",
    ),
    "in a client": (
        {"clients": [{"client_id": "x"}, {"client_id": "y", "redirect_uri": []}]},
        "clients[1].redirect_uri",
        "redirect_uris",
    ),
    "in a user": (
        {"users": [{"email": "a@b.example", "verified_email": True}]},
        "users[0].verified_email",
        "email_verified",
    ),
    "in a factor": (
        {"users": [{"email": "a@b.example", "mfa": [{"type": "email", "phone": "x"}]}]},
        "users[0].mfa[0].phone",
        "phone_number",
    ),
    "among the templates": (
        {"templates": {"mfa_stepup": {}}},
        "templates.mfa_stepup",
        "mfa_step_up",
    ),
    "in a template's language": (
        {"templates": {"mfa_stepup.fr": {}}},
        "templates.mfa_stepup.fr",
        "mfa_step_up",
    ),
    "in a template": (
        {"templates": {"mfa_step_up": {"mail": {}}}},
        "templates.mfa_step_up.mail",
        "email",
    ),
    "in a template's channel": (
        {"templates": {"mfa_step_up": {"sms": {"txt": "x"}}}},
        "templates.mfa_step_up.sms.txt",
        "text",
    ),
    "a word": (
        {"settings": {"mfa": {"require_at_login": "allways"}}},
        "settings.mfa.require_at_login",
        "always",
    ),
    "a grant": (
        {"clients": [{"client_id": "x", "grants": ["authorisation_code"]}]},
        "clients[0].grants[0]",
        "authorization_code",
    ),
    "a scope": (
        {"clients": [{"client_id": "x", "scopes": ["openid", "ofline_access"]}]},
        "clients[0].scopes",
        "offline_access",
    ),
    "a default scope": (
        {
            "clients": [
                {
                    "client_id": "x",
                    "scopes": ["openid", "orders:read"],
                    "default_scope": "openid orders:reed",
                }
            ]
        },
        "clients[0].default_scope",
        "orders:read",
    ),
    "an algorithm": (
        {"clients": [{"client_id": "x", "id_token_signed_response_alg": "RS265"}]},
        "clients[0].id_token_signed_response_alg",
        "RS256",
    ),
}


@pytest.mark.parametrize(("sections", "where", "near"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_is_unknown_is_named_with_its_place_and_what_is_meant(
    sections: dict[str, Any], where: str, near: str
) -> None:
    line = refused(sections)
    assert where in line
    assert f"did you mean `{near}`?" in line


WRONG: dict[str, tuple[str | dict[str, Any], str]] = {
    "nothing": ("", "mapping"),
    "a list": ("[]", "mapping"),
    "a word": ("project", "mapping"),
    "no YAML": ("project: [", "not YAML"),
    "a tab": ("project:\n\tproject_id: x", "not YAML"),
    "a tag": ("project: !!python/object/apply:os.system [ls]", "not YAML"),
    "a loop": ("a: &a [*a]", "itself"),
    "no project": ("clients: []", "project: is missing"),
    "no project_id": ({"project": {}}, "project.project_id: is missing"),
    "a number for a text": ({"project": {"project_id": 1}}, "project.project_id"),
    "a date for a text": ("project: {project_id: 2027-01-15}", "project.project_id"),
    "a truth for a language": ("project: {project_id: x, language: no}", "project.language"),
    "a key that is a number": ("project: {project_id: x}\n1: 2", "1: unknown key"),
    "settings that are a list": ({"settings": []}, "settings"),
    "a text for a number": ({"settings": {"codes": {"length": "6"}}}, "settings.codes.length"),
    "a code too short": ({"settings": {"codes": {"length": 5}}}, "settings.codes.length"),
    "a code too long-lived": (
        {"settings": {"codes": {"email_lifetime": 601}}},
        "settings.codes.email_lifetime",
    ),
    "a password too short": (
        {"settings": {"password": {"min_length": 7}}},
        "settings.password.min_length",
    ),
    "a country that is none": (
        {"settings": {"sends": {"countries": ["France"]}}},
        "settings.sends.countries",
    ),
    "a redirect URI with a fragment": (
        {"clients": [{"client_id": "x", "redirect_uris": ["https://a.example/#b"]}]},
        "clients[0].redirect_uris",
    ),
    "a redirect URI with a wildcard": (
        {"clients": [{"client_id": "x", "redirect_uris": ["https://*.example/"]}]},
        "clients[0].redirect_uris",
    ),
    "a redirect URI that is relative": (
        {"clients": [{"client_id": "x", "redirect_uris": ["/callback"]}]},
        "clients[0].redirect_uris",
    ),
    "an origin with a path": (
        {"clients": [{"client_id": "x", "origins": ["https://a.example/"]}]},
        "clients[0].origins",
    ),
    "a secret client without one": (
        {"clients": [{"client_id": "x", "public": False}]},
        "clients[0].client_secret",
    ),
    "a client twice": (
        {"clients": [{"client_id": "x"}, {"client_id": "y"}, {"client_id": "x"}]},
        "clients[2].client_id",
    ),
    "a user of no address": ({"users": [{"given_name": "Ann"}]}, "users[0]"),
    "a user of no e-mail": ({"users": [{"email": "ann"}]}, "users[0].email"),
    "a user of no number": ({"users": [{"phone_number": "0612345678"}]}, "users[0].phone_number"),
    "a user twice": (
        {"users": [{"email": "ann@demo.localhost"}, {"email": "ANN@demo.localhost"}]},
        "users[1].email",
    ),
    "a number of two users": (
        {
            "users": [
                {"email": "ann@demo.localhost", "phone_number": "+33611223344"},
                {"phone_number": "+33 6 11 22 33 44"},
            ]
        },
        "users[1].phone_number",
    ),
    "a factor of no kind": (
        {"users": [{"email": "a@b.example", "mfa": [{"type": "totp"}]}]},
        "users[0].mfa[0].type",
    ),
    "a factor of no number": (
        {"users": [{"email": "a@b.example", "mfa": [{"type": "sms"}]}]},
        "users[0].mfa[0]",
    ),
    "a country that nobody has": (
        {"settings": {"sends": {"countries": ["FR", "UK"]}}},
        "settings.sends.countries: 'UK' is not the ISO 3166 code of a country",
    ),
    "an e-mail factor without an e-mail": (
        {"users": [{"phone_number": "+33612345678", "mfa": [{"type": "email"}]}]},
        "users[0].mfa[0]",
    ),
}


@pytest.mark.parametrize(("source", "told"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_told_in_one_line_with_its_place(
    source: str | dict[str, Any], told: str
) -> None:
    assert told in refused(source)


PREREQUISITES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "passwordless": ({"features": {"passwordless": False}}, ("features.passwordless",)),
    "sso": ({"features": {"sso": False}}, ("features.sso",)),
    "sms": ({"features": {"sms": False}}, ("mfa.factors.sms", "features.sms")),
    "both": (
        {"features": {"passwordless": False, "sso": False}},
        ("features.passwordless", "features.sso"),
    ),
}


@pytest.mark.parametrize(("settings", "named"), PREREQUISITES.values(), ids=PREREQUISITES.keys())
def test_what_a_feature_needs_is_named(settings: dict[str, Any], named: tuple[str, ...]) -> None:
    """M1."""
    line = refused({"settings": settings})
    assert all(name in line for name in named)


@pytest.mark.parametrize(
    "settings",
    [
        {"features": {"passwordless": False, "mfa": False}},
        {"features": {"sso": False, "mfa": False}},
        {"features": {"sms": False}, "mfa": {"factors": {"sms": False}}},
        {"features": {"sms": False, "mfa": False}},
    ],
)
def test_what_needs_nothing_may_be_without(settings: dict[str, Any]) -> None:
    read(settings=settings)


BAD_TEMPLATES: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown variable": ({"sms": {"text": "{{ verification_kode }}"}}, "sms.text"),
    "no Liquid": ({"sms": {"text": "{{ verification_code"}}, "sms.text"),
    "an unknown filter": ({"sms": {"text": "{{ verification_code | shout }}"}}, "sms.text"),
    "a link in a text message": ({"sms": {"text": "{{ link }}"}}, "sms.text"),
    "a loop without end": (
        {"email": {"subject": "x", "body": "{% for i in (1..1000000) %}x{% endfor %}"}},
        "email.body",
    ),
    "two senders": ({"email": {"from": "a@b.example, c@d.example"}}, "email.from"),
    "a page of nobody's": (
        {"email": {"redirect_url": "https://evil.example/"}},
        "email.redirect_url",
    ),
    "a code that lives too long": ({"sms": {"code_lifetime": 601}}, "sms.code_lifetime"),
    "a code that never lives": ({"sms": {"code_lifetime": 0}}, "sms.code_lifetime"),
}


@pytest.mark.parametrize(("section", "where"), BAD_TEMPLATES.values(), ids=BAD_TEMPLATES.keys())
def test_a_template_is_checked_before_it_is_kept(section: dict[str, Any], where: str) -> None:
    """OTP-3, SND-8: as if it were saved in the console."""
    assert f"templates.mfa_step_up.{where}" in refused({"templates": {"mfa_step_up": section}})


def test_a_template_may_lead_to_a_page_of_any_client() -> None:
    page = "https://shop.example/callback"
    read(
        clients=[{"client_id": "a"}, {"client_id": "b", "redirect_uris": [page]}],
        templates={"mfa_step_up": {"email": {"redirect_url": page}}},
    )


def test_a_variable_of_the_environment_stands_for_its_value() -> None:
    source = text(
        project={"project_id": "project-${STAGE}", "secrets": ["${A}${B}", "$A ${ A}"]},
        clients=[{"client_id": "x", "origins": ["https://${STAGE}.example"]}],
    )
    read = parse(source, {"STAGE": "test", "A": "a${B}", "B": "b: [c"})
    assert read.project.project_id == "project-test"
    assert read.project.secrets == ("a${B}b: [c", "$A ${ A}")  # once, and never as YAML
    assert read.clients[0].origins == ("https://test.example",)


def test_a_variable_that_is_not_set_is_named() -> None:
    source = {"clients": [{"client_id": "x", "client_secret": "${SHOP_SECRET}"}]}
    assert "SHOP_SECRET" in refused(source)
    assert read(project={"project_id": "x", "name": "$HOME"}).project.name == "$HOME"


def test_the_settings_as_they_are_shown_are_the_defaults() -> None:
    shown = """
    features: {sms: true, passwordless: true, sso: true, mfa: true}
    mfa:
      factors: {sms: true, email: true}
      require_at_login: never
      require_independent: false
      step_up_token_lifetime: 600
      fresh_token_age: 300
      trusted_devices: {enabled: true, lifetime: 7776000}
    codes: {length: 6, sms_lifetime: 300, email_lifetime: 600, wrong_answers: 5}
    sends: {per_step_up: 5, per_recipient_per_hour: 10, per_recipient_per_day: 20, cooldown: 0, countries: []}
    lockout: {consecutive_failures: 10, duration: 3600}
    sessions: {sso_lifetime: 259200, idle: 0, superseded_grace: 0}
    tokens: {access: 3600, refresh: 2592000, authorization_code: 60, login: 60}
    password: {min_length: 8, min_strength: 2}
    rate_limit: {requests: 0, window: 60}
    """
    from ostiary.wire.configuration.read import settings_of

    assert settings_of(read(settings=yaml.safe_load(shown)), {}, {}) == Settings()


def test_the_schema_knows_every_section() -> None:
    schema = json_schema()
    whole = schema["$defs"]["Configuration"]
    assert set(whole["properties"]) == set(Configuration.__struct_encode_fields__)
    assert whole["additionalProperties"] is False
    references = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
    assert references <= schema["$defs"].keys()


# --- applying -----------------------------------------------------------------------------------------


async def applied(world: World, source: str, **how: bool) -> list[str]:
    return await apply(world.open_work, demo_configuration(source), **how)


SHOP_ALONE = f"""
project: {{project_id: project-test-11111111-1111-4111-8111-111111111111, name: Shop}}
settings: {{codes: {{length: 8}}, mfa: {{require_at_login: always}}}}
templates:
  mfa_step_up: {{sms: {{text: "{{{{ verification_code }}}} it is"}}}}
  mfa_step_up.fr: {{sms: {{text: "Voici {{{{ verification_code }}}}"}}}}
clients:
  - client_id: demo-shop
    redirect_uris: ["{SHOP}/callback", "{SHOP}/other"]
    origins: ["{SHOP}"]
  - {{client_id: till, public: false, client_secret: till-secret}}
users:
  - {{email: ann@demo.localhost, password: another password, mfa: [{{type: email}}]}}
  - email: dora@demo.localhost
    password: correct horse battery staple
    mfa: [{{type: sms, phone_number: "+33611223344"}}]
"""
PRESENT = {
    "project": {"project_id": "project-test-11111111-1111-4111-8111-111111111111", "name": "Demo"}
}
PROJECT_CHANGES = (
    "project project-test-11111111-1111-4111-8111-111111111111: changed name, settings, applied"
)
WHAT_CHANGES = [
    PROJECT_CHANGES,
    "template mfa_step_up sms: saved",
    "template mfa_step_up.fr sms: saved",
    "client demo-shop: changed",
    "client till: created",
    "user ann@demo.localhost: email registered as a second factor",
    "user dora@demo.localhost: created",
    "user dora@demo.localhost: sms registered as a second factor",
]


async def test_what_a_file_changes_is_told_and_once_only(world: World) -> None:
    assert await applied(world, SHOP_ALONE) == WHAT_CHANGES
    assert await applied(world, SHOP_ALONE) == []


async def test_a_rehearsal_tells_the_same_and_changes_nothing(world: World) -> None:
    before = await everything(world)
    rehearsed = await applied(world, SHOP_ALONE, dry=True)
    assert await everything(world) == before
    assert rehearsed == await applied(world, SHOP_ALONE)
    assert await applied(world, SHOP_ALONE, dry=True) == []


async def everything(world: World) -> list[Any]:
    tables = ("projects", "templates", "clients", "users", "contacts", "credentials", "journal")
    async with world.open_work(reading=True) as work:
        return [
            [tuple(row) for row in await work.sql.all(f"SELECT * FROM {table}")] for table in tables
        ]


async def test_the_demo_project_applied_again_changes_nothing(world: World) -> None:
    before = await everything(world)
    assert await apply(world.open_work, demo_configuration()) == []
    assert await everything(world) == before


async def test_what_the_file_does_not_name_stays_unless_it_is_pruned(world: World) -> None:
    """Clients alone are pruned; people never are."""
    await applied(world, SHOP_ALONE)

    async def known() -> set[str]:
        async with world.open_work(reading=True) as work:
            return set((await clients.registry(work)).by_id)

    assert await known() == {"demo-shop", "backend", "till"}
    rehearsed = await applied(world, SHOP_ALONE, prune=True, dry=True)
    assert rehearsed == [
        PROJECT_CHANGES.replace("name, settings, applied", "sdk_origins, secret_digests"),
        "client backend: removed",
    ]
    assert await known() == {"demo-shop", "backend", "till"}
    assert await applied(world, SHOP_ALONE, prune=True) == rehearsed
    assert await known() == {"demo-shop", "till"}
    async with world.open_work(reading=True) as work:
        assert await users.by_contact(work, Channel.EMAIL, "bob@demo.localhost") is not None


async def test_secrets_origins_and_administrators_stay_where_the_file_has_no_such_key(
    world: World,
) -> None:
    async def lists() -> tuple[Any, ...]:
        async with world.open_work(reading=True) as work:
            project = await projects.current(work)
            return project.secret_digests, project.sdk_origins, project.administrators

    whole = {**MINIMAL, "administrators": ["root@demo.localhost"]}
    whole["project"] = {
        "project_id": "project-test-1",
        "secrets": ["secret-test-1"],
        "sdk_origins": [SHOP],
    }
    await apply(world.open_work, parse(yaml.safe_dump(whole), {}))
    before = await lists()
    assert len(before[0]) == 1
    assert before[1:] == ((SHOP,), ("root@demo.localhost",))
    assert await apply(world.open_work, parse(yaml.safe_dump(MINIMAL), {})) == []
    assert await lists() == before
    emptied = parse(yaml.safe_dump({"project": {**MINIMAL["project"], "secrets": []}}), {})
    await apply(world.open_work, emptied)
    assert await lists() == ((), *before[1:])
    await apply(world.open_work, parse(yaml.safe_dump(MINIMAL), {}), prune=True)
    assert await lists() == ((), (), ())


CHANGED_PEOPLE: dict[str, Any] = {
    "users": [
        {
            "email": "ann@demo.localhost",
            "phone_number": "+33611223344",
            "phone_number_verified": True,
            "given_name": "Anna",
            "locale": "fr",
        }
    ]
}


async def test_people_are_changed_to_what_the_file_says(world: World) -> None:
    """What it does not say stays, and so does an address that they have verified."""
    [told] = await apply(world.open_work, parse(yaml.safe_dump({**PRESENT, **CHANGED_PEOPLE}), {}))
    assert told == "user ann@demo.localhost: changed given_name, locale, phone_number"
    async with world.open_work(reading=True) as work:
        ann = await users.by_contact(work, Channel.SMS, "+33611223344")
    assert ann is not None
    assert (ann.profile.given_name, ann.profile.family_name) == ("Anna", "Martin")
    assert (ann.email, ann.email_verified_at is not None) == ("ann@demo.localhost", True)
    assert ann.phone_verified_at is not None
    unsaid = {**PRESENT, "users": [{"email": "ann@demo.localhost", "phone_number_verified": False}]}
    for section in (CHANGED_PEOPLE, unsaid):
        assert await apply(world.open_work, parse(yaml.safe_dump({**PRESENT, **section}), {})) == []


async def test_a_further_address_of_a_person_is_left_where_it_is(world: World) -> None:
    async with world.open_work() as work:
        ann = await users.by_contact(work, Channel.EMAIL, "ann@demo.localhost")
        assert ann is not None
        await users.add_contact(work, ann.id, Channel.EMAIL, "ann@other.example", None)
    further = {"users": [{"email": "ann@other.example", "given_name": "Anna"}]}
    [told] = await apply(world.open_work, parse(yaml.safe_dump({**PRESENT, **further}), {}))
    assert told == "user ann@other.example: changed given_name"


async def test_an_address_of_somebody_else_is_one_line(world: World) -> None:
    await apply(world.open_work, parse(yaml.safe_dump({**PRESENT, **CHANGED_PEOPLE}), {}))
    before = await everything(world)
    twice = {"email": "bob@demo.localhost", "phone_number": "+33611223344"}
    file = parse(yaml.safe_dump({**PRESENT, "users": [twice]}), {})
    wrong = r"^users\[0\]\.phone_number: somebody else has it$"
    for dry in (True, False):
        with pytest.raises(Misconfigured, match=wrong):
            await apply(world.open_work, file, dry=dry)
    assert await everything(world) == before


async def test_a_password_is_set_only_when_its_owner_is_new(world: World) -> None:
    await applied(world, SHOP_ALONE)
    ann = {"client_id": "demo-shop", "email": "ann@demo.localhost"}
    login = "/identity/v1/password/login"
    answer = await world.http.post(login, json={**ann, "password": "another password"})
    assert answer.status_code == 401
    assert (await world.http.post(login, json={**ann, "password": PASSWORD})).status_code == 200
    await Person(world, "dora@demo.localhost").tkn()
    again = SHOP_ALONE.replace("correct horse battery staple", "yet another password")
    assert await applied(world, again) == []
    await Person(world, "dora@demo.localhost").tkn()


async def test_an_existing_person_gains_the_factors_they_lack(world: World) -> None:
    await applied(world, SHOP_ALONE)
    async with world.open_work(reading=True) as work:
        ann = await users.by_contact(work, Channel.EMAIL, "ann@demo.localhost")
        assert ann is not None
        kinds = {c.kind for c in await credentials.of_user(work, ann.id)}
    assert kinds == {Kind.PASSWORD, Kind.EMAIL}


async def settings_now(world: World) -> Settings:
    async with world.open_work(reading=True) as work:
        return await projects.settings(work)


async def test_a_setting_that_leaves_the_file_is_the_default_again(world: World) -> None:
    """What somebody set by another way, and the file never named, stays."""
    from msgspec.structs import replace

    await applied(world, SHOP_ALONE)
    assert (await settings_now(world)).codes.length == 8
    async with world.open_work() as work:
        project = await projects.current(work)
        elsewhere = replace(
            project.settings,
            codes=replace(project.settings.codes, sms_lifetime=100),
            lockout=replace(project.settings.lockout, duration=60),
        )
        await projects.configure(work, replace(project, settings=elsewhere))
    told = await applied(world, SHOP_ALONE.replace("codes: {length: 8}, ", ""))
    assert told == [
        "project project-test-11111111-1111-4111-8111-111111111111: changed settings, applied"
    ]
    now = await settings_now(world)
    assert (now.codes.length, now.codes.sms_lifetime, now.lockout.duration) == (6, 100, 60)
    assert now.mfa.require_at_login == "always"


@pytest.mark.parametrize(
    ("id", "named", "shown"),
    [
        ("project-live-7", None, "public-token-live-7"),
        ("project-test-7", None, "public-token-test-7"),
        ("project-live-7", "public-token-live-8", "public-token-live-8"),
    ],
)
async def test_what_pages_show_of_a_project(
    make_world: MakeWorld, id: str, named: str | None, shown: str
) -> None:
    """By it the vendor's SDK tells a live project from a test."""
    project = {"project_id": id} | ({"public_token": named} if named else {})
    world = await make_world(yaml.safe_dump({"project": project}), f"{id} {named}")
    async with world.open_work(reading=True) as work:
        assert (await projects.current(work)).public_token == shown


async def test_a_template_speaks_from_the_next_message_on(world: World, bob: Person) -> None:
    await applied(world, SHOP_ALONE.replace("require_at_login: always", ""))
    await bob.challenge(await bob.step_up_token(tkn=await bob.tkn()))
    message = await world.message()
    assert message.rendered.text == f"{message.code} it is"
    assert re.fullmatch(r"\d{8}", message.code or "")
    async with world.open_work(reading=True) as work:
        assert len(await messages.templates(work)) == 2


async def test_a_file_that_cannot_be_applied_changes_nothing(world: World) -> None:
    """What makes sense by itself may make none with what is set already (M1)."""
    first = (
        "project: {project_id: x}\nsettings: {mfa: {factors: {sms: false}}, features: {sms: false}}"
    )
    await applied(world, first)
    from msgspec.structs import replace

    async with world.open_work() as work:
        project = await projects.current(work)
        await projects.configure(work, replace(project, applied={}))  # as if set in the console
    before = await everything(world)
    with pytest.raises(Misconfigured, match=r"features\.sms"):
        await applied(world, "project: {project_id: x}\nsettings: {mfa: {factors: {sms: true}}}")
    assert await everything(world) == before


async def test_a_secret_client_keeps_its_secret_while_it_is_the_same(
    make_world: MakeWorld,
) -> None:
    source = (
        "project: {project_id: x}\nclients: [{client_id: till, public: false, client_secret: S}]"
    )
    world = await make_world(source, "secret")
    assert await applied(world, source) == []
    assert await applied(world, source.replace(": S}", ": T}")) == ["client till: changed"]
    body = {"client_id": "till", "client_secret": "T", "token": "x"}
    assert (await world.http.post("/oauth/introspect", json=body)).status_code == 200
    body["client_secret"] = "S"
    assert (await world.http.post("/oauth/introspect", json=body)).status_code == 401


# --- the command line ---------------------------------------------------------------------------------


def ostiary(*arguments: str | Path, **environment: str) -> Result:
    try:
        return CliRunner().invoke(command_line, [str(a) for a in arguments], env=environment)
    finally:
        structlog.reset_defaults()


def told_in_one_line(result: Result, *parts: str) -> None:
    """Exit code 2, nothing but one line, on standard error."""
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("ostiary: ")
    for part in parts:
        assert part in line


def written(folder: Path, source: str | bytes) -> Path:
    path = folder / "my.yaml"
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    return path


def test_a_file_is_checked_without_a_database(tmp_path: Path) -> None:
    file = written(tmp_path, text())
    result = ostiary("config", "validate", "-f", file)
    assert (result.exit_code, result.stdout) == (0, f"{file}: fine\n")
    assert list(tmp_path.iterdir()) == [file]


BAD_FILES: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "an unknown key": (text(setings={}), ("my.yaml", "setings", "did you mean `settings`?")),
    "no YAML": ("project: [", ("my.yaml", "not YAML")),
    "no text": (b"\xff\xfe\x00", ("my.yaml",)),
    "nothing": ("", ("my.yaml", "project")),
    "a variable that is not set": (text(project={"project_id": "${NOT_SET}"}), ("NOT_SET",)),
    "no prerequisites": (
        text(settings={"features": {"sso": False}}),
        ("my.yaml", "settings", "features.sso"),
    ),
}


@pytest.mark.parametrize("command", [("config", "validate"), ("apply",)], ids="-".join)
@pytest.mark.parametrize(("source", "parts"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_file_is_one_line_and_exit_code_2(
    tmp_path: Path, command: tuple[str, ...], source: str | bytes, parts: tuple[str, ...]
) -> None:
    file = written(tmp_path, source)
    data = ("--data", tmp_path / "data") if command == ("apply",) else ()
    told_in_one_line(ostiary(*command, "-f", file, *data), *parts)
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    told_in_one_line(ostiary("config", "validate", "-f", tmp_path / "none.yaml"), "none.yaml")
    told_in_one_line(ostiary("config", "validate", "-f", tmp_path), str(tmp_path))


def test_a_database_that_cannot_be_reached_is_one_line(tmp_path: Path) -> None:
    file = written(tmp_path, text())
    for url in (
        "mysql://x",
        "x",
        f"sqlite:///{tmp_path}/none/x.sqlite3",
        "postgresql://127.0.0.1:1/x",
    ):
        result = ostiary("apply", "-f", file, "--data", tmp_path / "data", "--database", url)
        told_in_one_line(result)


def test_an_environment_that_makes_no_sense_is_one_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name, value in (
        ("OSTIARY_MASTER_KEY", "short"),
        ("OSTIARY_MASTER_KEY_FILE", str(tmp_path / "none")),
        ("OSTIARY_PUBLIC_URL", "id.example.com"),
        ("OSTIARY_TRUSTED_PROXIES", "10.0.0.0/33"),
    ):
        told_in_one_line(ostiary("doctor", "--data", data, **{name: value}), name)


def test_a_file_is_applied_and_shown(tmp_path: Path) -> None:
    data = tmp_path / "data"
    source = written(tmp_path, text(settings={"codes": {"length": 8}}))
    rehearsed = ostiary("apply", "-f", source, "--data", data, "--dry-run", "--json")
    assert json.loads(rehearsed.stdout) == {
        "dry_run": True,
        "changes": ["project project-test-1: created"],
    }
    result = ostiary("apply", "-f", source, "--data", data)
    assert (result.exit_code, result.stdout) == (0, "project project-test-1: created\n")
    result = ostiary("apply", "-f", source, "--data", data)
    assert (result.exit_code, result.stdout) == (0, "nothing to change\n")
    shown = json.loads(ostiary("config", "show", "--data", data).stdout)
    assert shown["codes"]["length"] == 8


def test_the_doctor_notes_who_exchanges_passwords(tmp_path: Path) -> None:
    data = tmp_path / "data"
    kiosk = {"client_id": "kiosk", "grants": ["password"]}
    source = written(tmp_path, text(clients=[kiosk, {"client_id": "shop"}]))
    assert ostiary("apply", "-f", source, "--data", data).exit_code == 0
    noted = [
        line
        for line in ostiary("doctor", "--data", data).stdout.splitlines()
        if "passwords" in line
    ]
    assert len(noted) == 1
    assert "kiosk" in noted[0]


def test_a_rehearsal_makes_nothing(tmp_path: Path) -> None:
    data, mail = tmp_path / "data", {"users": [{"email": "ann@demo.localhost"}]}
    source = written(tmp_path, text(**mail))
    rehearsed = ostiary("apply", "-f", source, "--data", data, "--dry-run")
    told = ["project project-test-1: created", "user ann@demo.localhost: created"]
    assert (rehearsed.exit_code, rehearsed.stdout.splitlines()) == (0, told)
    assert not data.exists()
    elsewhere = tmp_path / "x.sqlite3"
    url = f"sqlite:///{elsewhere}"
    rehearsed = ostiary("apply", "-f", source, "--data", data, "--database", url, "--dry-run")
    assert rehearsed.stdout.splitlines() == told
    assert not elsewhere.exists()
    elsewhere.touch()
    ostiary("apply", "-f", source, "--data", data, "--database", url, "--dry-run")
    with sqlite3.connect(elsewhere) as opened:
        assert opened.execute("SELECT name FROM sqlite_master").fetchall() == []
        opened.execute("CREATE TABLE alembic_version (version_num TEXT)")
        opened.execute("INSERT INTO alembic_version VALUES ('0000')")
    opened.close()
    rehearsed = ostiary("apply", "-f", source, "--data", data, "--database", url, "--dry-run")
    told_in_one_line(rehearsed, "ostiary migrate")
    assert not data.exists()


PASSWORDS = [
    ("users[0].password", "short", {}),
    ("users[0].password", "password1", {}),
    ("users[0].password", "ann@demo.localhost", {}),  # one's own address is no secret
    ("users[0].password", PASSWORD, {"password": {"min_length": 64}}),
]


@pytest.mark.parametrize(("where", "password", "settings"), PASSWORDS)
def test_a_password_that_nobody_could_choose_is_refused(
    tmp_path: Path, where: str, password: str, settings: dict[str, Any]
) -> None:
    """PW-2, by the policy that the same file sets."""
    data = tmp_path / "data"
    ann = {"email": "ann@demo.localhost", "password": password}
    source = written(tmp_path, text(users=[ann], settings=settings))
    for dry in ([], ["--dry-run"]):
        told_in_one_line(ostiary("apply", "-f", source, "--data", data, *dry), where)


def test_a_password_is_looked_at_when_it_is_given(tmp_path: Path) -> None:
    data, ann = tmp_path / "data", {"email": "ann@demo.localhost", "password": "password1"}
    lenient = {"password": {"min_strength": 0}}
    source = written(tmp_path, text(users=[ann], settings=lenient))
    assert ostiary("apply", "-f", source, "--data", data).exit_code == 0
    # nobody's password is set twice, so it is not looked at twice
    source = written(tmp_path, text(users=[ann]))
    assert ostiary("apply", "-f", source, "--data", data).exit_code == 0


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ostiary", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("aply",), ("aply", "apply")),
        (("apply",), ("--file",)),
        (("apply", "--fil", "x"), ("--fil", "--file")),
        (("config", "validat"), ("validat", "validate")),
        (("dev", "--https-port", "x"), ("--https-port",)),
        (("dev", "--workers", "0"), ("--workers",)),
        (("version", "x"), ("x",)),
    ],
)
def test_bad_usage_is_one_line_with_the_nearest_name(
    arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("ostiary: ")
    for part in parts:
        assert part in line


def test_good_usage_is_told(tmp_path: Path) -> None:
    result = run("--help")
    assert result.returncode == 0
    assert "ostiary apply -f my.yaml --dry-run" in result.stdout
