"""Administrators of the console: invited, removed, and coming in by passkeys (M10, ADM-1)."""

import json
import re
from html import unescape
from typing import Any

import httpx2
import pytest

from ostiary import app
from tests.authenticator import Authenticator, Draft, Flag, base64url
from tests.wire.console import ADMIN, Console, events
from tests.wire.forms import forms
from tests.world import ISSUER, SHOP, World

HOST = "id.demo.localhost"
PAGE = "/console/administrators"
PASSKEYS = f"{PAGE}/passkeys"
OPS = "ops@example.com"


@pytest.fixture
async def admin(world: World) -> Console:
    console = Console(world)
    assert (await console.set_up()).status_code == 303
    await console.get(PAGE)
    return console


def laptop(**more: Any) -> Authenticator:
    return Authenticator("a laptop", origin=ISSUER, **more)


def asked_of(page: str) -> dict[str, Any]:
    """What the browser is asked, as `navigator.credentials` is given it."""
    found = re.search(r'data-asked="([^"]+)"', page)
    assert found, page
    asked: dict[str, Any] = json.loads(unescape(found[1]))
    return {"public_key": asked}


async def add(admin: Console, phone: Authenticator, name: str = "laptop") -> httpx2.Response:
    begun = await admin.post(PASSKEYS, name=name)
    assert begun.status_code == 200, begun.text
    return await admin.post(f"{PASSKEYS}/made", made=json.dumps(phone.make(asked_of(begun.text))))


async def signing_in(console: Console) -> dict[str, Any]:
    await console.get("/console/sign-in")
    answer = await console.http.post("/console/sign-in/passkey", data={"csrf": console.csrf})
    assert answer.status_code == 200, answer.text
    return {"public_key": answer.json()}


async def sign_in(console: Console, phone: Authenticator, change: Any = None) -> httpx2.Response:
    asked = await signing_in(console)
    said = phone.get(asked, change) if change else phone.get(asked)
    return await console.post("/console/sign-in", passkey=json.dumps(said))


# ---- who they are


async def invited(admin: Console, email: str = OPS) -> Console:
    """Another administrator, set up by the link of the page."""
    shown = await admin.post(PAGE, email=email)
    link = re.search(r'id="link">([^<]+)<', shown.text)
    assert link
    assert link[1].startswith(f"{ISSUER}/console/set-up/")
    other = Console(admin.world)
    path = link[1].removeprefix(ISSUER)
    await other.get(path)
    assert email.lower() in other.page
    other.read_secret()
    made = await other.post(
        path, password="otters hold hands", again="otters hold hands", code=other.code()
    )
    assert made.status_code == 303, made.text
    await other.get(PAGE)
    return other


async def test_an_administrator_invites_another(admin: Console, world: World) -> None:
    """The link is shown once, and the journal names who made it."""
    other = await invited(admin, "Ops@Example.com")
    assert OPS in (await admin.get(PAGE)).text
    assert "/console/set-up/" not in admin.page
    assert ADMIN in other.page
    (invitation, *_) = await events(world, "administrator.invited")
    assert (invitation.data["actor"], invitation.data["email"]) == (ADMIN, OPS)


async def test_who_was_invited_here_gets_a_new_start_by_the_command(
    admin: Console, world: World
) -> None:
    """Though no file names them; a stranger does not."""
    other = await invited(admin)
    for email, known in (("Ops@example.com", True), ("mallory@example.com", False)):
        link = await app.console_link(world.open_work, email)
        assert (link is not None) is known
    link = await app.console_link(world.open_work, OPS)
    assert link is not None
    again = Console(world)
    path = link.removeprefix(ISSUER)
    await again.get(path)
    again.read_secret()
    form = {"password": "otters hold hands", "again": "otters hold hands"}
    assert (await again.post(path, code=again.code(), **form)).status_code == 303
    assert (await other.get("/console")).status_code == 303


async def test_an_invitation_asks_for_a_fresh_code(admin: Console, world: World) -> None:
    """ADM-1."""
    world.clock.advance(300)
    assert (await admin.post(PAGE, email=OPS)).status_code == 403
    assert not [e for e in await events(world, "administrator.invited") if e.data["email"] == OPS]
    asked = forms(admin.page)[PAGE]
    assert asked["email"] == OPS
    shown = await admin.post(PAGE, **{**asked, "code": await admin.next_code()})
    assert "/console/set-up/" in shown.text


async def test_an_invitation_needs_an_address(admin: Console) -> None:
    answer = await admin.post(PAGE, email="nobody")
    assert answer.status_code == 422
    assert forms(answer.text)[PAGE]["email"] == "nobody"


async def test_an_invitation_is_withdrawn(admin: Console, world: World) -> None:
    shown = await admin.post(PAGE, email=OPS)
    link = re.search(rf'id="link">{ISSUER}([^<]+)<', shown.text)
    assert link
    assert (await admin.post(f"{PAGE}/uninvite", email=OPS)).status_code == 303
    assert OPS not in (await admin.get(PAGE)).text
    assert (await Console(world).get(link[1])).status_code == 410
    (withdrawn,) = await events(world, "administrator.uninvited")
    assert withdrawn.data == {"email": OPS, "actor": ADMIN}


def removals(page: str) -> dict[str, str]:
    """By whom they remove."""
    found = re.findall(
        rf'action="({PAGE}/[\w-]{{36}}/remove)".*?unseen"> ([^<]+)<', page, re.DOTALL
    )
    return {email: action for action, email in found}


async def test_an_administrator_is_removed_at_once_and_never_the_last(
    admin: Console, world: World
) -> None:
    other = await invited(admin)
    page = (await admin.get(PAGE)).text
    assert set(removals(page)) == {ADMIN, OPS}
    assert (await admin.post(removals(page)[OPS])).headers["location"] == f"{PAGE}?removed"
    assert (await other.get("/console")).status_code == 303
    assert removals((await admin.get(PAGE)).text) == {}
    last = await admin.post(removals(page)[ADMIN])
    assert (last.status_code, "the last administrator stays" in last.text) == (422, True)
    assert (await admin.get("/console")).status_code == 200
    assert (await admin.post(removals(page)[OPS])).status_code == 404
    (removed,) = await events(world, "administrator.removed")
    assert removed.data == {"email": OPS, "actor": ADMIN}


async def test_who_removes_themselves_is_out(admin: Console) -> None:
    other = await invited(admin)
    gone = await other.post(removals((await other.get(PAGE)).text)[OPS])
    assert gone.headers["location"] == "/console/sign-in"
    assert (await other.get("/console")).status_code == 303
    assert ADMIN in (await admin.get(PAGE)).text


# ---- passkeys


async def test_a_passkey_is_added_and_signs_in(admin: Console, world: World) -> None:
    """WA-4: it verifies its user, and belongs to this host alone."""
    phone = laptop()
    begun = asked_of((await admin.post(PASSKEYS, name="laptop")).text)["public_key"]
    assert begun["rp"]["id"] == HOST
    assert begun["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert (await add(admin, phone)).headers["location"] == f"{PAGE}?added"
    assert "laptop" in (await admin.get(PAGE)).text
    assert (await admin.post("/console/sign-out")).status_code == 303
    asked = (await signing_in(admin))["public_key"]
    assert (asked["rpId"], asked["allowCredentials"]) == (HOST, [])
    assert asked["userVerification"] == "required"
    assert (await sign_in(admin, phone)).headers["location"] == "/console"
    assert (await admin.get("/console/keys")).status_code == 200
    (came, *_) = [
        e for e in await events(world, "administrator.signed_in") if "passkey" in e.data["by"]
    ]
    assert came.data == {"email": ADMIN, "by": "passkey"}
    (added,) = await events(world, "administrator.passkey_added")
    assert added.data == {"email": ADMIN, "name": "laptop", "actor": ADMIN}


async def test_a_passkey_confirms_what_matters(admin: Console, world: World) -> None:
    """ADM-1: as a code does, and only its own administrator's."""
    phone, others = laptop(), laptop()
    await add(admin, phone)
    other = await invited(admin)
    await add(other, others)
    world.clock.advance(300)
    asked = await admin.get("/console/confirm?next=/console/keys")
    assert asked_of(asked.text)["public_key"]["allowCredentials"] != []
    theirs = await admin.post(
        "/console/confirm", passkey=json.dumps(others.get(asked_of(asked.text)))
    )
    assert theirs.status_code == 422
    assert (await admin.get("/console/keys")).status_code == 303
    asked = await admin.post(PAGE, email="third@example.com")
    assert asked.status_code == 403
    answer = phone.get(asked_of(asked.text))
    carried = {**forms(asked.text)[PAGE], "passkey": json.dumps(answer)}
    before = admin.http.cookies["__Host-Console"]
    assert "/console/set-up/" in (await admin.post(PAGE, **carried)).text
    assert admin.http.cookies["__Host-Console"] != before
    (confirmed,) = await events(world, "administrator.confirmed")
    assert confirmed.data == {"email": ADMIN, "by": "passkey", "actor": ADMIN}
    world.clock.advance(300)
    assert (await admin.post(PAGE, **carried)).status_code == 422  # a question is answered once


async def test_adding_a_passkey_asks_for_a_fresh_code(admin: Console, world: World) -> None:
    """WA-6: both where it begins and where it ends."""
    phone = laptop()
    begun = await admin.post(PASSKEYS, name="laptop")
    made = json.dumps(phone.make(asked_of(begun.text)))
    world.clock.advance(299)
    assert (await admin.post("/console/sign-out")).status_code == 303
    assert (await admin.sign_in()).status_code == 303
    await admin.get(PAGE)
    world.clock.advance(300)
    assert (await admin.post(PASSKEYS, name="laptop")).status_code == 403
    assert (await admin.post(f"{PASSKEYS}/made", made=made)).status_code == 403
    late = await admin.post(f"{PASSKEYS}/made", made=made, code=await admin.next_code())
    assert late.status_code == 422
    assert "came too late" in late.text
    assert not await events(world, "administrator.passkey_added")


def unverified(draft: Draft) -> None:
    draft.flags &= ~Flag.UV


def elsewhere(draft: Draft) -> None:
    draft.client["origin"] = SHOP


def other_party(draft: Draft) -> None:
    draft.relying_party = "demo.localhost"


def framed(draft: Draft) -> None:
    draft.client["crossOrigin"] = True


def nameless(draft: Draft) -> None:
    draft.user_handle = None


def somebody_else(draft: Draft) -> None:
    draft.user_handle = bytes(16)


@pytest.mark.parametrize("change", [unverified, elsewhere, other_party, framed])
async def test_a_passkey_that_is_not_ours_is_not_kept(
    admin: Console, world: World, change: Any
) -> None:
    """WA-2, WA-4."""
    begun = await admin.post(PASSKEYS, name="laptop")
    made = laptop().make(asked_of(begun.text), change)
    answer = await admin.post(f"{PASSKEYS}/made", made=json.dumps(made))
    assert answer.status_code == 422
    assert not await events(world, "administrator.passkey_added")


@pytest.mark.parametrize(
    "change", [unverified, elsewhere, other_party, framed, nameless, somebody_else]
)
async def test_an_answer_that_is_not_ours_lets_nobody_in(
    admin: Console, world: World, change: Any
) -> None:
    """WA-2, WA-4: and it is recorded."""
    phone = laptop()
    await add(admin, phone)
    stranger = Console(world)
    assert (await sign_in(stranger, phone, change)).status_code == 401
    assert (await stranger.get("/console")).status_code == 303
    (refused,) = await events(world, "administrator.refused")
    assert refused.data["by"] == "passkey"
    assert (await sign_in(stranger, phone)).status_code == 303


async def test_an_answer_is_good_once_and_not_for_another_question(
    admin: Console, world: World
) -> None:
    """WA-1."""
    phone = laptop()
    await add(admin, phone)
    stranger = Console(world)
    asked = await signing_in(stranger)
    said = json.dumps(phone.get(asked))
    world.clock.advance(299)
    assert (await stranger.post("/console/sign-in", passkey=said)).status_code == 303
    await stranger.get("/console/sign-in")
    assert (await stranger.post("/console/sign-in", passkey=said)).status_code == 401
    asked = await signing_in(stranger)
    world.clock.advance(300)
    late = json.dumps(phone.get(asked))
    assert (await stranger.post("/console/sign-in", passkey=late)).status_code == 401
    confirming = asked_of((await admin.get("/console/confirm")).text)
    await stranger.get("/console/sign-in")
    swapped = json.dumps(phone.get(confirming))
    assert (await stranger.post("/console/sign-in", passkey=swapped)).status_code == 401


async def test_a_copied_passkey_is_refused(admin: Console, world: World) -> None:
    """WA-5."""
    phone = laptop()
    await add(admin, phone)
    assert (await sign_in(Console(world), phone)).status_code == 303
    phone.passkeys[-1].count -= 1
    assert (await sign_in(Console(world), phone)).status_code == 401
    (refused,) = await events(world, "administrator.refused")
    assert refused.data["reason"] == "passkey_copied"


async def test_one_passkey_has_one_owner(admin: Console) -> None:
    """WA-3."""
    phone = laptop()
    await add(admin, phone)
    other = await invited(admin)
    begun = asked_of((await other.post(PASSKEYS, name="mine")).text)

    def same(draft: Draft) -> None:
        draft.credential_id = phone.passkeys[0].id

    made = laptop().make(begun, same)
    answer = await other.post(f"{PASSKEYS}/made", made=json.dumps(made))
    assert answer.status_code == 422
    assert "somebody’s already" in answer.text


async def test_a_removed_passkey_is_no_way_in(admin: Console, world: World) -> None:
    phone = laptop()
    await add(admin, phone)
    (action,) = re.findall(rf'action="({PASSKEYS}/[^"]+/remove)"', (await admin.get(PAGE)).text)
    other = await invited(admin)
    assert (await other.post(action)).status_code == 404
    assert (await admin.post(action)).headers["location"] == f"{PAGE}?forgotten"
    assert (await sign_in(Console(world), phone)).status_code == 401
    (removed,) = await events(world, "administrator.passkey_removed")
    assert removed.data["actor"] == ADMIN


async def test_a_new_start_ends_passkeys(admin: Console, world: World) -> None:
    phone = laptop()
    await add(admin, phone)
    await invited(admin, ADMIN)
    assert (await sign_in(Console(world), phone)).status_code == 401


async def test_a_users_passkey_opens_nothing_here(admin: Console, world: World) -> None:
    """KEY-5: an unknown passkey, for the right question."""
    stranger = Console(world)
    asked = await signing_in(stranger)
    phone = laptop()
    phone.make(
        {
            "public_key": {
                "rp": {"id": HOST},
                "user": {"id": base64url(bytes(16))},
                "challenge": asked["public_key"]["challenge"],
            }
        }
    )
    said = json.dumps(phone.get(asked))
    assert (await stranger.post("/console/sign-in", passkey=said)).status_code == 401


@pytest.mark.parametrize("said", ["{}", "[", '{"id": 1}', "x" * 100])
async def test_what_no_browser_says_is_refused(admin: Console, said: str) -> None:
    await admin.get("/console/sign-in")
    assert (await admin.post("/console/sign-in", passkey=said)).status_code == 400
    await admin.get(PAGE)
    assert (await admin.post(f"{PASSKEYS}/made", made=said)).status_code == 400


async def test_questions_are_not_asked_without_end(console: Console) -> None:
    """Each is a row: sixty from one address, then a quarter of an hour."""
    for _ in range(60):
        await signing_in(console)
    again = await console.http.post("/console/sign-in/passkey", data={"csrf": console.csrf})
    assert again.status_code == 429
    console.world.clock.advance(900)
    await signing_in(console)


@pytest.fixture
def console(world: World) -> Console:
    return Console(world)


@pytest.mark.parametrize("name", ["", "x" * 65])
async def test_a_passkey_has_a_name(admin: Console, name: str) -> None:
    answer = await admin.post(PASSKEYS, name=name)
    assert answer.status_code == 422
    assert "has 1 to 64 characters" in answer.text
