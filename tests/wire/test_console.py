"""The console, in this process: who comes in, what a form may do, and that its changes hold at once (M10)."""

import re
from collections.abc import Awaitable, Callable, Iterator
from html import unescape
from typing import Any

import httpx2
import pytest
from msgspec import inspect

from ostiary import app
from ostiary.core.factors import TOTP
from ostiary.core.projects.model import Settings
from ostiary.wire.console.fields import FIELDS, Choice
from ostiary.wire.console.routes import CLOSED, ENDPOINTS, OPEN
from tests.conftest import MakeWorld
from tests.wire.console import ADMIN, PASSWORD, STEP, Console, events
from tests.wire.forms import forms
from tests.world import CLIENT, ISSUER, Person, World


@pytest.fixture
def console(world: World) -> Console:
    return Console(world)


@pytest.fixture
async def admin(console: Console) -> Console:
    """Signed in, with the form secret of a page at hand."""
    assert (await console.set_up()).status_code == 303
    await console.get("/console")
    return console


# ---- coming in


async def test_a_set_up_link_makes_an_administrator_once(console: Console) -> None:
    link = await console.invite(first=True)
    assert (await console.get(link)).status_code == 200
    console.read_secret()
    form = {"password": PASSWORD, "again": PASSWORD}
    assert (await console.post(link, code="000000", **form)).status_code == 422
    made = await console.post(link, code=console.code(), **form)
    assert (made.status_code, made.headers["location"]) == (303, "/console")
    assert (await console.get("/console")).status_code == 200
    assert (await console.get(link)).status_code == 410
    assert (await console.post(link, code=console.code(), **form)).status_code == 403  # no form
    again = await app.console_link(console.world.open_work, usual=ADMIN, first=True)
    assert again is None


async def test_a_set_up_link_lasts_a_day_and_a_newer_one_replaces_it(console: Console) -> None:
    old, new = await console.invite(), await console.invite()
    assert (await console.get(old)).status_code == 410
    console.world.clock.advance(86_399)
    assert (await console.get(new)).status_code == 200
    console.world.clock.advance(1)
    assert (await console.get(new)).status_code == 410


@pytest.mark.parametrize("password", ["short", "password1234", "admin@demo.localhost"])
async def test_an_administrators_password_is_a_good_one(console: Console, password: str) -> None:
    link = await console.invite()
    await console.get(link)
    console.read_secret()
    answer = await console.post(link, password=password, again=password, code=console.code())
    assert answer.status_code == 422
    assert (await console.get("/console")).status_code == 303


async def test_only_named_administrators_get_a_link(world: World) -> None:
    mallory = await app.console_link(world.open_work, "mallory@example.com", usual=ADMIN)
    assert mallory is None
    assert (
        await app.console_link(world.open_work) is None
    )  # nobody is named, and this is no dev mode


async def test_both_factors_let_one_in(admin: Console) -> None:
    await admin.post("/console/sign-out")
    assert (await admin.get("/console")).headers["location"] == "/console/sign-in?next=/console"
    assert (await admin.sign_in(password="not this one")).status_code == 401
    assert (await admin.sign_in(code="000000")).status_code == 401
    assert (await admin.sign_in()).status_code == 303
    assert (await admin.get("/console")).status_code == 200


async def test_no_code_is_good_twice(admin: Console) -> None:
    """Also the one that the set-up was done with, and in two sessions at once."""
    await admin.post("/console/sign-out")
    assert (await admin.sign_in(code=admin.code())).status_code == 401
    code = await admin.next_code()
    assert (await admin.sign_in(code=code)).status_code == 303
    assert (await admin.sign_in(code=code)).status_code == 401


async def test_the_step_before_is_good_and_no_other(admin: Console) -> None:
    await admin.post("/console/sign-out")
    admin.world.clock.advance(10 * STEP)
    step = admin.world.clock.now // STEP
    for offset, status in ((-2, 401), (1, 401), (-1, 303)):
        code = TOTP.code(admin.secret, step + offset)
        assert (await admin.sign_in(code=code)).status_code == status, offset


async def test_after_five_wrong_ones_one_waits(admin: Console) -> None:
    await admin.post("/console/sign-out")
    for _ in range(5):
        assert (await admin.sign_in(password="wrong")).status_code == 401
    assert (await admin.sign_in()).status_code == 429
    admin.world.clock.advance(900)
    assert (await admin.sign_in()).status_code == 303


async def test_a_session_ends_by_itself(admin: Console) -> None:
    """ADM-1."""
    admin.world.clock.advance(899)
    assert (await admin.get("/console")).status_code == 200
    admin.world.clock.advance(900)
    assert (await admin.get("/console")).status_code == 303
    assert (await admin.sign_in()).status_code == 303
    for _ in range(48):  # quarters of an hour but a second: twelve hours and no more, however busy
        assert (await admin.get("/console")).status_code == 200
        admin.world.clock.advance(899)
    assert (await admin.get("/console")).status_code == 200
    admin.world.clock.advance(48)
    assert (await admin.get("/console")).status_code == 303


async def test_a_new_start_ends_what_was(admin: Console, world: World) -> None:
    """Whoever sets up again has a new app and a new password; the old sessions are over."""
    lost = Console(world)
    await lost.set_up()
    assert (await admin.get("/console")).status_code == 303


# ---- what a stranger may do


@pytest.mark.parametrize("endpoint", CLOSED, ids=lambda e: f"{e.method} {e.path}")
async def test_every_page_refuses_strangers(world: World, endpoint: Any) -> None:
    """ADM-2: from the table itself, so that a new page cannot be forgotten."""
    path = re.sub(
        r"\{(\w+)\}", lambda m: {"channel": "sms"}.get(m[1], "mfa_step_up"), endpoint.path
    )
    headers = {"origin": ISSUER}
    if endpoint.method == "GET":
        answer = await world.http.get(path, headers=headers)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/sign-in?next=/console")
    else:
        answer = await world.http.post(path, headers=headers, data={"csrf": "x"})
        assert answer.status_code == 401
    assert {(e.method, e.path) for e in ENDPOINTS if e not in CLOSED} == {
        ("GET", "/console/static/{name}"),
        ("GET", "/console/sign-in"),
        ("POST", "/console/sign-in"),
        ("POST", "/console/sign-in/passkey"),
        ("GET", "/console/set-up/{token}"),
        ("POST", "/console/set-up/{token}"),
    }


POSTS = [endpoint for endpoint in CLOSED if endpoint.method == "POST"]


@pytest.mark.parametrize("endpoint", POSTS, ids=lambda e: e.path)
async def test_every_form_must_be_ours(admin: Console, endpoint: Any) -> None:
    """SES-9: neither another origin's, nor one without the secret that the session's pages carry."""
    path = re.sub(
        r"\{(\w+)\}", lambda m: {"channel": "sms"}.get(m[1], "mfa_step_up"), endpoint.path
    )
    stranger = await admin.http.post(path, data={"csrf": "0" * 64})
    assert stranger.status_code == 403
    csrf = admin.csrf
    for origin in ("https://shop.demo.localhost:8443", "null"):
        elsewhere = await admin.http.post(path, data={"csrf": csrf}, headers={"origin": origin})
        assert elsewhere.status_code == 403


async def test_the_form_of_another_browser_does_not_sign_in(console: Console, world: World) -> None:
    """SES-9: login CSRF."""
    await console.set_up()
    mallory = Console(world)
    await mallory.get("/console/sign-in")
    await console.post("/console/sign-out")
    form = {"email": ADMIN, "password": PASSWORD, "code": await console.next_code()}
    await console.get("/console/sign-in")
    answer = await console.http.post("/console/sign-in", data={"csrf": mallory.csrf, **form})
    assert answer.status_code == 403


@pytest.mark.parametrize("next", ["https://evil.example", "//evil.example", "/consolex", "/oauth"])
async def test_signing_in_leads_to_the_console(admin: Console, next: str) -> None:
    await admin.get("/console/sign-in")
    form = {"email": ADMIN, "password": PASSWORD, "code": await admin.next_code()}
    answer = await admin.post("/console/sign-in", next=next, **form)
    assert answer.headers["location"] == "/console"


async def test_headers(admin: Console) -> None:
    """OPS-2, OA-16."""
    answer = await admin.get("/console")
    kept = {name: answer.headers[name] for name in HEADERS}
    assert kept == HEADERS
    assert "access-control-allow-origin" not in answer.headers
    assert "<script" not in answer.text
    cookie = (await admin.sign_in()).headers["set-cookie"]
    assert re.fullmatch(
        r"__Host-Console=[\w-]{64}; HttpOnly; Path=/; SameSite=strict; Secure", cookie
    )


HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "content-type": "text/html; charset=utf-8",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
}


# ---- what matters most asks again

CASUAL = {
    "/settings",
    "/templates/{purpose}/{channel}",
    "/templates/{purpose}/{channel}/preview",
    "/templates/{purpose}/{channel}/test",
    "/templates/{purpose}/{channel}/restore/{version}",
    "/users/{id}/profile",
    "/users/{id}/unlock",
    "/users/{id}/sessions/end",
    "/users/{id}/sessions/{session}/end",
    "/users/{id}/devices/forget",
    "/users/{id}/devices/{device}/forget",
    "/administrators/uninvite",
    "/confirm",  # is what asks
    "/sign-out",
}


@pytest.mark.parametrize("endpoint", POSTS, ids=lambda e: e.path)
async def test_every_form_asks_for_a_fresh_proof_unless_it_is_listed(
    admin: Console, endpoint: Any
) -> None:
    """ADM-1: a new form asks until somebody says that it need not."""
    path = re.sub(
        r"\{(\w+)\}", lambda m: {"channel": "sms"}.get(m[1], "mfa_step_up"), endpoint.path
    )
    admin.world.clock.advance(300)
    answer = await admin.post(path)
    asked = answer.status_code == 403 and "A code, please" in answer.text
    assert asked is (endpoint.path.removeprefix("/console") not in CASUAL - {"/confirm"})


Sensitive = Callable[[Console], Awaitable[httpx2.Response]]


@pytest.mark.parametrize("path", ["/console/keys"])
async def test_keys_ask_for_a_fresh_code(admin: Console, path: str) -> None:
    """ADM-1."""
    admin.world.clock.advance(299)
    assert (await admin.get(path)).status_code == 200
    admin.world.clock.advance(1)
    asked = await admin.get(path)
    assert asked.headers["location"] == f"/console/confirm?next={path}"
    before = admin.http.cookies["__Host-Console"]
    await admin.get(asked.headers["location"])
    assert (await admin.post("/console/confirm", next=path, code="000000")).status_code == 422
    done = await admin.post("/console/confirm", next=path, code=await admin.next_code())
    assert done.headers["location"] == path
    assert admin.http.cookies["__Host-Console"] != before
    assert (await admin.get(path)).status_code == 200


async def test_a_factor_is_removed_soon_after_a_code(admin: Console, world: World) -> None:
    bob = Person(world, "bob@demo.localhost")
    await bob.log_in()
    found = await admin.get("/console/users?q=BOB@demo.localhost")
    user = re.search(r'href="(/console/users/[\w-]{36})"', found.text)
    assert user
    page = (await admin.get(user[1])).text
    actions = re.findall(r'action="([^"]+/remove)"', page)
    admin.world.clock.advance(300)
    assert (await admin.post(actions[-1])).status_code == 403
    assert f'action="{actions[-1]}"' in admin.page
    assert (await admin.post(actions[-1], code="000000")).status_code == 422
    assert not await events(world, "credential.removed")
    before = admin.http.cookies["__Host-Console"]
    assert (await admin.post(actions[-1], code=await admin.next_code())).status_code == 303
    assert admin.http.cookies["__Host-Console"] != before
    (removed,) = await events(world, "credential.removed")
    assert (removed.data["actor"], removed.data["kind"]) == (ADMIN, "sms")


# ---- changes hold at once


async def test_a_setting_holds_at_the_next_request(admin: Console, world: World) -> None:
    cleo = Person(world, "cleo@demo.localhost")
    page = (await admin.get("/console/settings")).text
    form = {**fields(page), "mfa.require_at_login": "always"}
    saved = await admin.post("/console/settings", **form)
    assert saved.headers["location"] == "/console/settings?saved"
    answer = await cleo.post(
        "/password/login", {"client_id": CLIENT, "email": cleo.email, "password": cleo.password}
    )
    assert answer.json()["mfa_required"] is True
    config = await world.http.get("/identity/v1/config", params={"client_id": CLIENT})
    assert config.status_code == 200
    (configured, *_) = await events(world, "project.configured")
    assert configured.data["actor"] == ADMIN


def fields(page: str) -> dict[str, str]:
    """What a browser would send of the form, as it stands."""
    boxes = re.findall(r'type="checkbox" name="([\w.]+)" id="[\w.]+" value="on" checked', page)
    numbers = re.findall(r'<input name="([\w.]+)" value="(\d+)"', page)
    return {**dict.fromkeys(boxes, "on"), **dict(numbers)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"features.sso": None}, "features.mfa: needs features.sso"),
        ({"features.sms": None}, "mfa.factors.sms: needs features.sms"),
        ({"codes.wrong_answers": "eleven"}, "codes.wrong_answers"),
        ({"codes.sms_lifetime": "601"}, "codes.sms_lifetime"),
    ],
)
async def test_nonsense_names_what_is_missing(
    admin: Console, world: World, change: dict[str, str | None], said: str
) -> None:
    """M1."""
    form = {**fields((await admin.get("/console/settings")).text), "mfa.require_at_login": "never"}
    for name, value in change.items():
        if value is None:
            del form[name]
        else:
            form[name] = value
    answer = await admin.post("/console/settings", **form)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert len(await events(world, "project.configured")) == 1  # the demo's own


def leaves(shape: inspect.Type, path: str = "") -> Iterator[str]:
    if not isinstance(shape, inspect.StructType):
        yield path
        return
    for field in shape.fields:
        yield from leaves(field.type, f"{path}.{field.name}" if path else field.name)


EVERY_SETTING = list(leaves(inspect.type_info(Settings)))


async def test_every_setting_has_a_field_that_says_what_it_means(admin: Console) -> None:
    """M10: from the struct itself, so that a new setting cannot be forgotten."""
    assert sorted(field.path for field in FIELDS) == sorted(EVERY_SETTING)
    page = unescape((await admin.get("/console/settings")).text)
    for field in FIELDS:
        for each in field.choices or (field,):
            id = f"{field.path}-{each.value}" if isinstance(each, Choice) else field.path
            assert f'<label for="{id}">{each.name}</label>' in page
            assert f'id="{id}"' in page
            assert re.search(rf'aria-describedby="{id}-about"', page)
            assert re.search(rf'id="{id}-about">[^<]*{re.escape(each.meaning)}', page)


OTHER = {
    "mfa.require_at_login": "always",
    "sends.countries": "fr, de  CH",
    "features.mfa": None,  # what it needs may be switched off only with it
    "features.sms": None,
    "features.passwordless": None,
    "features.sso": None,
}


def changed(settings: Any, path: str) -> Any:
    """What the form says of another value than this one."""
    for name in path.split("."):
        settings = settings[name]
    if path in OTHER:
        return OTHER[path]
    if isinstance(settings, bool):
        return None if settings else "on"
    return str(settings + (-1 if settings in (300, 600) else 1))


async def test_every_setting_can_be_changed(admin: Console, world: World) -> None:
    """M10: all of them at once, and the admin API reads the same."""
    before = (await world.admin().get("/settings")).json()
    form = {path: changed(before, path) for path in EVERY_SETTING}
    await admin.get("/console/settings")
    sent = {path: text for path, text in form.items() if text is not None}
    assert (await admin.post("/console/settings", **sent)).status_code == 303
    after = (await world.admin().get("/settings")).json()
    for path in EVERY_SETTING:
        was, is_ = before, after
        for name in path.split("."):
            was, is_ = was[name], is_[name]
        assert was != is_, path
    assert after["sends"]["countries"] == ["FR", "DE", "CH"]
    again = fields((await admin.get("/console/settings")).text)
    assert again["tokens.access"] == sent["tokens.access"]


async def test_nothing_that_was_typed_is_lost(admin: Console) -> None:
    page = (await admin.get("/console/settings")).text
    typed = {"codes.length": "seven", "sends.countries": "FR, GERMANY", "tokens.access": "1234"}
    form = {**fields(page), **typed, "mfa.require_at_login": "always"}
    form.pop("mfa.factors.sms")
    answer = unescape((await admin.post("/console/settings", **form)).text)
    for name, text in typed.items():
        assert f'<input name="{name}" value="{text}"' in answer
    assert 'value="always" id="mfa.require_at_login-always" checked' in answer
    assert 'id="mfa.factors.sms" value="on" aria' in answer
    assert (
        'id="codes.length" inputmode="numeric" autocomplete="off" required aria-invalid' in answer
    )
    assert fields((await admin.get("/console/settings")).text) == fields(page)


async def test_what_somebody_else_changed_meanwhile_stays(admin: Console, world: World) -> None:
    """Only what differs from what the page showed is changed."""
    form = forms((await admin.get("/console/settings")).text)["/console/settings"]
    elsewhere = {
        "tokens": {"access": 1234},
        "features": {"sms": False},
        "mfa": {"factors": {"sms": False}},
    }
    assert (await world.admin().patch("/settings", json=elsewhere)).status_code == 200
    form["codes.length"] = "11"
    wrong = await admin.post("/console/settings", **form)
    assert wrong.status_code == 422
    form = {**forms(wrong.text)["/console/settings"], "codes.length": "8"}
    assert (await admin.post("/console/settings", **form)).status_code == 303
    after = (await world.admin().get("/settings")).json()
    assert (after["codes"]["length"], after["tokens"]["access"]) == (8, 1234)
    assert after["features"]["sms"] is False
    (configured, *_) = [
        e for e in await events(world, "project.configured") if e.data.get("actor") == ADMIN
    ]
    assert configured.data["settings"] == {"codes.length": [6, 8]}


@pytest.mark.parametrize("was", ["[]", "{", "x"])
async def test_what_no_page_showed_is_refused(admin: Console, was: str) -> None:
    form = forms((await admin.get("/console/settings")).text)["/console/settings"]
    assert (await admin.post("/console/settings", **{**form, "was": was})).status_code == 400


async def test_a_requirement_that_binds_nobody_is_warned_of(admin: Console, world: World) -> None:
    """M3."""
    patch = {"features": {"mfa": False}, "mfa": {"require_at_login": "always"}}
    await world.admin().patch("/settings", json=patch)
    assert (
        "Login is to require MFA, and nobody is asked"
        in (await admin.get("/console/settings")).text
    )
    await world.admin().patch("/settings", json={"features": {"mfa": True}})
    assert "Login is to require MFA" not in (await admin.get("/console/settings")).text


async def test_a_pair_that_is_not_independent_is_warned_of(admin: Console) -> None:
    """M26."""
    page = (await admin.get("/console/settings")).text
    assert "is not an independent pair" in page
    form = {**fields(page), "mfa.require_at_login": "never", "mfa.require_independent": "on"}
    await admin.post("/console/settings", **form)
    assert "is not an independent pair" not in (await admin.get("/console/settings")).text


TEMPLATE = "/console/templates/mfa_step_up/sms"


async def test_a_template_is_tried_saved_and_restored(admin: Console, world: World) -> None:
    """M8."""
    await admin.get(f"{TEMPLATE}?locale=")
    text = "{{ verification_code }} für {{ client.name }}"
    tried = await admin.http.post(
        f"{TEMPLATE}/preview?locale=&piece=preview", data={"csrf": admin.csrf, "text": text}
    )
    assert "123456 für Demo" in tried.text
    assert "1 message, 15 characters, GSM-7" in tried.text
    wide = await admin.post(f"{TEMPLATE}/preview?locale=", text="❄" * 71)
    assert "2 messages, 71 characters, UCS-2" in wide.text
    sent = await admin.post(f"{TEMPLATE}/test?locale=", text=text, to="+33 6 12 34 56 78")
    assert sent.status_code == 200
    assert (await world.message("+33612345678")).rendered.text == "123456 für Demo"
    assert (await admin.post(f"{TEMPLATE}?locale=", text=text)).status_code == 303
    bob = Person(world, "bob@demo.localhost")
    await bob.log_in()
    await bob.challenge(await bob.step_up_token())
    assert "für" in (await world.message()).rendered.text
    assert (await admin.post(f"{TEMPLATE}?locale=", text="{{ verification_code }}")).is_redirect
    page = (await admin.get(f"{TEMPLATE}?locale=")).text
    (older,) = re.findall(r'action="([^"]+/restore/[^"]+)"', page)
    assert (await admin.post(unescape(older))).status_code == 303
    assert "für" in (await admin.get(f"{TEMPLATE}?locale=")).text


async def test_an_unknown_variable_is_named(admin: Console) -> None:
    await admin.get(f"{TEMPLATE}?locale=fr")
    answer = await admin.post(f"{TEMPLATE}?locale=fr", text="{{ verification_kode }}")
    assert answer.status_code == 422
    assert "verification_kode" in answer.text
    assert "the nearest is 'verification_code'" in unescape(answer.text)


@pytest.mark.parametrize("channel", ["whatsapp", "voice"])
async def test_templates_are_of_an_address_not_of_a_way_to_it(admin: Console, channel: str) -> None:
    answer = await admin.get(f"/console/templates/mfa_step_up/{channel}?locale=")
    assert answer.status_code == 404


async def test_what_a_template_says_runs_nothing(admin: Console) -> None:
    """SND-8: mail stands in a frame that runs nothing; everything else is escaped."""
    path = "/console/templates/mfa_step_up/email"
    await admin.get(f"{path}?locale=")
    form = {"from": "", "subject": "<b>x</b>", "body": "<p>Hello</p>", "html": "on"}
    page = (await admin.post(f"{path}/preview?locale=", **form)).text
    assert '<iframe sandbox=""' in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page


async def test_sessions_are_ended_and_accounts_unlocked(admin: Console, world: World) -> None:
    ann = Person(world, "ann@demo.localhost")
    await ann.log_in()
    found = await admin.get("/console/users?q=ann@demo.localhost")
    user = re.search(r'href="(/console/users/[\w-]{36})"', found.text)
    assert user
    page = (await admin.get(user[1])).text
    assert "out of use" not in page
    (end,) = re.findall(r'action="([^"]+/sessions/[\w-]{36}/end)"', page)
    assert (await admin.post(end)).status_code == 303
    assert (await ann.authorize(prompt="none")).headers["location"].find("login_required") > 0
    await ann.post(
        "/password/login", {"client_id": "demo-shop", "email": ann.email, "password": "wrong"}
    )
    async with world.open_work() as work:
        await work.sql.run("UPDATE strikes SET strikes = 100")
    assert "out of use" in (await admin.get(user[1])).text
    assert (await admin.post(f"{user[1]}/unlock")).status_code == 303
    assert "out of use" not in (await admin.get(user[1])).text
    assert (await admin.post(f"{user[1]}/sessions/end")).status_code == 303
    (unlocked,) = await events(world, "account.unlocked")
    assert unlocked.data["actor"] == ADMIN


async def test_the_journal_is_filtered_and_exported(admin: Console, world: World) -> None:
    page = (await admin.get("/console/journal?event=administrator.enrolled")).text
    assert ADMIN in page
    assert "user.created" not in page
    exported = await admin.get("/console/journal.json?event=administrator.enrolled")
    (event,) = exported.json()
    assert event["data"] == {"email": ADMIN}
    assert (await admin.get("/console/journal?since=2100-01-01")).text.count("<tr>") == 0


async def test_keys_are_rotated(admin: Console, world: World) -> None:
    await admin.get("/console/keys")
    assert (await admin.post("/console/keys/rotate")).status_code == 303
    assert "previous" in (await admin.get("/console/keys")).text
    (rotated,) = await events(world, "keys.rotated")
    assert rotated.data["actor"] == ADMIN


async def test_the_overview_counts_today(admin: Console, world: World) -> None:
    bob = Person(world, "bob@demo.localhost")
    await bob.log_in()
    await bob.step_up()
    page = (await admin.get("/console")).text
    rows = dict(re.findall(r'<th scope="row">([^<]+)</th><td class="number">(\d+)<', page))
    assert (rows["SMS sent"], rows["SMS verified"], rows["e-mail sent"]) == ("1", "1", "0")
    assert rows["step-ups completed"] == "1"


async def test_named_administrators_come_before_the_usual_one(make_world: MakeWorld) -> None:
    text = "project: {project_id: p}\nadministrators: [Ops@Example.com]\n"
    console = Console(await make_world(text, "administered"))
    await console.get(await console.invite())
    assert "ops@example.com" in console.page


def test_the_table_is_whole() -> None:
    assert len(OPEN) + len(CLOSED) == len(ENDPOINTS) == len({(e.method, e.path) for e in ENDPOINTS})
