"""Passkeys over the wire: whose, how often, from where, and what one is worth (WA-1 to WA-9, AB-2)."""

import asyncio
import subprocess
import sys
from typing import Any, NamedTuple

import httpx2
import pytest
import yaml

from ostiary.terms.ids import NOBODY
from tests.authenticator import (
    LOCAL,
    Authenticator,
    Change,
    Draft,
    Flag,
    Json,
    as_asked,
    base64url,
    from_base64url,
)
from tests.conftest import MakeWorld
from tests.security.lab import (
    FINN,
    RSA,
    all_rows,
    claims,
    configure,
    events,
    parameters,
    project,
    wrong,
)
from tests.wire.test_trusted_devices import DEVICE, trust
from tests.world import AUTHORIZATION, CLIENT, SHOP, Person, World

V1 = "/identity/v1"
NAMED = {"origin": SHOP, "friendly_name": "a phone"}
ALWAYS = {"require_at_login": "always"}
WORTH_TWO = {"passkey_is_mfa": True}
REFUSED = (401, "error.webauthn.invalidPasskey")
STEP_UP = (401, "error.authn.mfa.stepup.required")
WRONG_CODE = (401, "error.invalidVerificationCode")


def said(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_message_key"] if answer.content else ""


async def creation(person: Person) -> httpx2.Response:
    return await person.post("/webauthn/registration-options", NAMED, headers=person.bearer)


async def keep(person: Person, made: Json) -> httpx2.Response:
    return await person.post("/webauthn/registration", made, headers=person.bearer)


async def add(person: Person, phone: Authenticator) -> Json:
    """A passkey of this person, who is logged in; what the browser sent."""
    asked = await creation(person)
    assert asked.status_code == 200, asked.text
    made = phone.make(asked.json()["options"])
    kept = await keep(person, made)
    assert kept.status_code == 204, kept.text
    return made


async def of(person: Person, *, flags: Flag = LOCAL) -> Authenticator:
    """A phone with a passkey of this person, who has no second factor; nobody is logged in by it."""
    phone = Authenticator(f"a phone of {person.email}", flags=flags)
    stranger = Person(person.world, person.email)
    await stranger.log_in()
    await add(stranger, phone)
    return phone


async def request(person: Person, email: str | None = None, **more: Any) -> Json:
    asked = {"client_id": CLIENT, "origin": SHOP, "email": email, **more}
    answer = await person.post("/webauthn/authentication-options", asked)
    assert answer.status_code == 200, answer.text
    options: Json = answer.json()
    return options


async def answer(person: Person, given: Json) -> httpx2.Response:
    return await person.post("/webauthn/authentication", given)


async def show(
    person: Person, phone: Authenticator, email: str | None = None, change: Change = as_asked
) -> httpx2.Response:
    """A login with this passkey, up to the `tkn`."""
    return await answer(person, phone.get(await request(person, email), change))


async def log_in(person: Person, phone: Authenticator) -> dict[str, Any]:
    """All of it; what the access token says."""
    shown = await show(person, phone)
    assert shown.status_code == 200, shown.text
    answered = await person.authorize(tkn=shown.json()["tkn"])
    person.tokens = (await person.exchange(parameters(answered)["code"])).json()
    return claims(person.tokens["access_token"])


async def listed(person: Person) -> list[Json]:
    found = await person.http.get(f"{V1}/webauthn/registration", headers=person.bearer)
    assert found.status_code == 200, found.text
    passkeys: list[Json] = found.json()
    return passkeys


async def remove(person: Person, id: str) -> httpx2.Response:
    return await person.http.delete(f"{V1}/webauthn/registration/{id}", headers=person.bearer)


async def recover(person: Person) -> Json:
    """A recovery begun; the address and the code."""
    who = {"client_id": CLIENT, "email": person.email}
    begun = await person.post("/account-recovery", who)
    assert begun.status_code == 204, begun.text
    return {**who, "verification_code": await person.world.code(person.email)}


def newcomer(email: str = "dora@demo.localhost") -> Json:
    return {"client_id": CLIENT, **NAMED, "profile": {"email": email}}


async def sign_up(person: Person, phone: Authenticator, email: str) -> httpx2.Response:
    options = (await person.post("/webauthn/signup-options", newcomer(email))).json()["options"]
    body = {
        "webauthn_id": options["public_key"]["user"]["id"],
        "public_key_credential": phone.make(options),
    }
    return await person.post("/webauthn/signup", body)


# ---- WA-1: a challenge is for one answer, in time, of one kind, by who asked


@pytest.mark.parametrize("named", [True, False])
async def test_an_answer_is_good_once(ann: Person, named: bool) -> None:
    """WA-1: the same one, and another to the same challenge."""
    phone = await of(ann)
    options = await request(ann, ann.email if named else None)
    given = phone.get(options)
    assert (await answer(ann, given)).status_code == 200
    assert said(await answer(ann, given)) == REFUSED
    assert said(await answer(ann, phone.get(options))) == REFUSED


async def test_a_wrong_answer_spends_the_challenge(ann: Person) -> None:
    """WA-1."""
    phone = await of(ann)
    options = await request(ann)

    def elsewhere(draft: Draft) -> None:
        draft.client["origin"] = "https://evil.example"

    assert said(await answer(ann, phone.get(options, elsewhere))) == REFUSED
    assert said(await answer(ann, phone.get(options))) == REFUSED


async def test_of_simultaneous_answers_one_is_good(ann: Person) -> None:
    """WA-1."""
    phone = await of(ann)
    given = phone.get(await request(ann))
    answers = await asyncio.gather(*(answer(ann, given) for _ in range(8)))
    assert sorted(a.status_code for a in answers) == [200] + [401] * 7


@pytest.mark.parametrize(("waited", "good"), [(0, True), (119, True), (120, False), (121, False)])
async def test_a_challenge_lives_two_minutes(
    world: World, ann: Person, waited: int, good: bool
) -> None:
    """WA-1."""
    phone = await of(ann)
    await ann.log_in()
    made = Authenticator("another").make((await creation(ann)).json()["options"])
    given = phone.get(await request(ann))
    world.clock.advance(waited)
    assert (await answer(ann, given)).status_code == (200 if good else 401)
    assert (await keep(ann, made)).status_code == (204 if good else 401)


async def test_a_challenge_is_random_and_kept_as_a_digest(world: World, ann: Person) -> None:
    """WA-1: 256 bits of it, and two are never alike."""
    first, second = await request(ann), await request(ann)
    texts = [from_base64url(options["public_key"]["challenge"]) for options in (first, second)]
    assert texts[0][16:] != texts[1][16:]
    assert {len(text) for text in texts} == {48}  # a row's id, and 32 random bytes
    kept = await all_rows(world, "SELECT * FROM transactions WHERE kind = 'passkey_login'")
    assert len(kept) == 2
    flat = b"".join(
        v if isinstance(v, bytes) else str(v).encode() for r in kept for v in r.values()
    )
    for text in texts:
        assert text[16:] not in flat
        assert base64url(text[16:]).encode() not in flat


class Ends(NamedTuple):
    """Four ceremonies that wait, and how each is ended with a given challenge."""

    options: dict[str, Json]
    person: Person
    recovery: Json
    phone: Authenticator

    async def end(self, ceremony: str, options: Json) -> httpx2.Response:
        """End this ceremony by answering those options, whatever they are of."""
        asked = {"public_key": {**self.options["add"]["public_key"], **options["public_key"]}}
        handle = asked["public_key"]["user"]["id"]
        if ceremony == "log in":
            return await answer(self.person, self.phone.get(asked, which=0))
        made = self.phone.make(asked)
        if ceremony == "add":
            return await keep(self.person, made)
        if ceremony == "sign up":
            body = {"webauthn_id": handle, "public_key_credential": made}
            return await self.person.post("/webauthn/signup", body)
        body = {**self.recovery, "public_key_credential": made}
        return await self.person.post("/webauthn/reset", body)


async def waiting(ann: Person) -> Ends:
    phone = await of(ann)
    await ann.log_in()
    recovery = await recover(ann)
    reset = await ann.post("/webauthn/reset-options", {**recovery, **NAMED})
    signed_up = await ann.post("/webauthn/signup-options", newcomer())
    return Ends(
        {
            "add": (await creation(ann)).json()["options"],
            "log in": await request(ann),
            "sign up": signed_up.json()["options"],
            "reset": reset.json()["options"],
        },
        ann,
        recovery,
        phone,
    )


CEREMONIES = ("log in", "add", "sign up", "reset")


@pytest.mark.parametrize("ceremony", CEREMONIES)
async def test_a_challenge_is_for_one_kind_of_ceremony(ann: Person, ceremony: str) -> None:
    """WA-1: tried at the end of every other, it is refused, and is as good as before at its own."""
    ends = await waiting(ann)
    options = ends.options[ceremony]
    for other in CEREMONIES:
        if other != ceremony:
            refused = await ends.end(other, options)
            assert refused.status_code == 401, (other, refused.text)
    good = await ends.end(ceremony, options)
    assert good.status_code in (200, 204), good.text


async def test_a_challenge_is_for_who_asked(world: World, ann: Person, bob: Person) -> None:
    """WA-1, WA-3: another person's, another session's, another application's."""
    for person in (ann, bob):
        await person.log_in()
    await bob.step_up()
    asked = (await creation(ann)).json()["options"]
    assert said(await keep(bob, Authenticator().make(asked))) == REFUSED
    assert await listed(bob) == []

    asked = (await creation(ann)).json()["options"]
    elsewhere = Person(world, ann.email)
    await elsewhere.log_in()
    assert said(await keep(elsewhere, Authenticator().make(asked))) == REFUSED

    asked = (await creation(ann)).json()["options"]
    other = await ann.authorize(client_id=RSA)
    exchanged = await ann.exchange(parameters(other)["code"], client_id=RSA)
    bearer = {"authorization": f"Bearer {exchanged.json()['access_token']}"}
    made = Authenticator().make(asked)
    assert said(await ann.post("/webauthn/registration", made, headers=bearer)) == REFUSED
    assert await listed(ann) == []


async def test_a_new_password_ends_what_was_begun(ann: Person) -> None:
    """WA-1."""
    phone = await of(ann)
    await ann.log_in()
    given = phone.get(await request(ann, ann.email))
    new = {"password": "quite another long password"}
    assert (await ann.post("/update-password", new, headers=ann.bearer)).status_code == 204
    assert said(await answer(ann, given)) == REFUSED


@pytest.mark.parametrize("challenge", ["", "AAAA", "A" * 64, "é" * 64, None, 7])
async def test_a_challenge_of_nobodys(ann: Person, challenge: object) -> None:
    phone = await of(ann)

    def unasked(draft: Draft) -> None:
        draft.client["challenge"] = challenge

    assert said(await show(ann, phone, change=unasked)) == REFUSED


# ---- WA-2: from where


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://evil.example",
        "https://shop.demo.localhost",
        "http://shop.demo.localhost:8443",
        "https://id.demo.localhost:8443",
        "https://demo.localhost:8443",
        SHOP + "/",
        SHOP.upper(),
    ],
)
async def test_a_page_that_is_not_the_clients_is_not_even_asked(ann: Person, origin: str) -> None:
    """WA-2."""
    await ann.log_in()
    recovery = await recover(ann)
    bodies: dict[str, Json] = {
        "registration-options": {},
        "authentication-options": {"client_id": CLIENT},
        "signup-options": {"client_id": CLIENT, "profile": {"email": "dora@demo.localhost"}},
        "reset-options": recovery,
    }
    for path, body in bodies.items():
        asked = {**NAMED, **body, "origin": origin}
        refused = await ann.post(f"/webauthn/{path}", asked, headers=ann.bearer)
        assert said(refused) == (403, "error.origin.notAllowed"), path


async def test_an_answer_comes_from_the_page_that_asked(make_world: MakeWorld) -> None:
    """WA-2: another page of the same application is another page."""
    sister = "https://till.demo.localhost:8443"
    document = yaml.safe_load(project())
    document["clients"][0]["origins"].append(sister)
    world = await make_world(yaml.safe_dump(document), "sisters")
    ann = Person(world, "ann@demo.localhost")
    phone = await of(ann)
    phone.origin = sister
    assert said(await show(ann, phone)) == REFUSED
    given = phone.get(await request(ann, origin=sister))
    assert (await answer(ann, given)).status_code == 200


# ---- WA-3: whose


@pytest.mark.parametrize("discoverable", [True, False])
async def test_one_persons_passkey_is_not_anothers(
    world: World, ann: Person, cleo: Person, discoverable: bool
) -> None:
    """WA-3: Ann's answer to what Cleo was asked."""
    phone = await of(ann)
    phone.discoverable = discoverable
    given = phone.get(await request(cleo, cleo.email))
    assert said(await answer(cleo, given)) == REFUSED
    assert await events(world, "credential.refused") == []  # nobody's account is blamed


async def test_a_passkey_says_whose_it_is(world: World, ann: Person, cleo: Person) -> None:
    """WA-3: where nobody was named, it must; where somebody was, it need not; and never another."""
    phone = await of(ann)
    (user,) = await all_rows(world, "SELECT user_id FROM contacts WHERE address = :a", a=cleo.email)
    handle = bytes.fromhex(user["user_id"].replace("-", ""))

    def anothers(draft: Draft) -> None:
        draft.user_handle = handle

    def nobodys(draft: Draft) -> None:
        draft.user_handle = None

    assert said(await show(ann, phone, change=anothers)) == REFUSED
    assert said(await show(ann, phone, ann.email, anothers)) == REFUSED
    assert said(await show(ann, phone, change=nobodys)) == REFUSED
    assert (await show(ann, phone, ann.email, nobodys)).status_code == 200


async def test_a_passkey_belongs_to_one_person(world: World, ann: Person) -> None:
    """WA-3: not to a second one, by any way, and not twice to the first."""
    phone = await of(ann)
    id = phone.passkeys[0].id

    def the_same(draft: Draft) -> None:
        draft.credential_id = id

    thief = Authenticator("a thief's")
    mallory = Person(world, "erin@demo.localhost")
    exists = (400, "error.webauthn.passkeyExists")
    for person in (ann, mallory):
        await person.log_in()
        made = thief.make((await creation(person)).json()["options"], the_same)
        assert said(await keep(person, made)) == exists
    options = (await ann.post("/webauthn/signup-options", newcomer())).json()["options"]
    body = {
        "webauthn_id": options["public_key"]["user"]["id"],
        "public_key_credential": thief.make(options, the_same),
    }
    assert said(await ann.post("/webauthn/signup", body)) == exists
    who = {"client_id": CLIENT, "email": "dora@demo.localhost", "password": "x" * 12}
    assert (await ann.post("/password/login", who)).status_code == 401  # she was not made, either
    recovery = await recover(mallory)
    asked = await mallory.post("/webauthn/reset-options", {**recovery, **NAMED})
    made = thief.make(asked.json()["options"], the_same)
    body = {**recovery, "public_key_credential": made}
    assert said(await mallory.post("/webauthn/reset", body)) == exists
    assert (await show(ann, phone)).status_code == 200


async def test_passkeys_are_listed_and_removed_by_their_owner(
    world: World, ann: Person, erin: Person
) -> None:
    """WA-3."""
    await of(ann)
    for person in (ann, erin):
        await person.log_in()
    (passkey,) = await listed(ann)
    assert await listed(erin) == []
    assert said(await remove(erin, passkey["id"])) == (404, "error.webauthn.passkeyNotFound")
    (password,) = await all_rows(
        world,
        "SELECT c.id FROM credentials c JOIN contacts p ON p.user_id = c.user_id "
        "WHERE c.kind = 'password' AND p.address = :a",
        a=ann.email,
    )
    assert said(await remove(ann, password["id"])) == (404, "error.webauthn.passkeyNotFound")
    assert len(await listed(ann)) == 1


# ---- WA-4: worth


@pytest.mark.parametrize("flags", [LOCAL, Flag.UP])
async def test_a_passkey_is_one_factor(ann: Person, flags: Flag) -> None:
    """WA-4: verified or not, as long as nobody said that it is two."""
    phone = await of(ann, flags=flags)
    assert (await request(ann))["public_key"]["user_verification"] == "preferred"
    token = await log_in(ann, phone)
    assert (token["amr"], token["acr"]) == (["hwk"], "urn:ostiary:acr:1fa")


async def test_a_second_factor_is_proved_beside_a_passkey(bob: Person) -> None:
    """M4: and `amr` never offers a passkey for a step-up."""
    phone = Authenticator()
    await bob.log_in()
    await bob.step_up()
    await add(bob, phone)
    assert (await log_in(bob, phone))["amr"] == ["hwk"]
    offered = await bob.post("/mfa/stepup", AUTHORIZATION)
    assert offered.json()["amr"] == ["sms"]
    assert claims((await bob.step_up())["access_token"])["amr"] == ["mfa", "sms", "hwk"]


async def stepped_up(person: Person, phone: Authenticator) -> None:
    await person.log_in()
    await person.step_up()
    await add(person, phone)
    person.http.cookies.clear()


async def test_always_asks_for_a_second_factor_after_a_passkey(world: World, bob: Person) -> None:
    """S4, SES-3: the `tkn` is good for the step-up and for nothing else."""
    phone = Authenticator()
    await stepped_up(bob, phone)
    await configure(world, mfa=ALWAYS)
    shown = await show(bob, phone)
    assert shown.json()["mfa_required"] is True
    refused = parameters(await bob.authorize(tkn=shown.json()["tkn"]))
    assert refused["error_message_key"] == "error.authn.mfa.stepup.required"
    challenge = await bob.challenge(await bob.step_up_token(tkn=shown.json()["tkn"]))
    verified = await bob.verify(challenge, await world.code())
    exchanged = (await bob.exchange(verified.json()["code"])).json()
    assert claims(exchanged["access_token"])["amr"] == ["mfa", "sms", "hwk"]


async def test_a_trusted_browser_spares_it(world: World, bob: Person) -> None:
    """TD-4: as after a password."""
    phone = Authenticator()
    await stepped_up(bob, phone)
    await configure(world, mfa=ALWAYS)
    await trust(bob)
    before = bob.http.cookies.get(DEVICE)
    shown = await show(bob, phone)
    assert "mfa_required" not in shown.json()
    assert shown.cookies.get(DEVICE) not in (None, before)  # TD-3


async def test_a_passkey_that_verified_its_user_can_be_two_factors(
    world: World, bob: Person
) -> None:
    """WA-4: where the policy says so, it is asked to, and it must have."""
    phone = Authenticator()
    await stepped_up(bob, phone)
    await configure(world, mfa={**ALWAYS, **WORTH_TWO})
    assert (await request(bob))["public_key"]["user_verification"] == "required"
    token = await log_in(bob, phone)
    assert (token["amr"], token["acr"]) == (["mfa", "hwk"], "urn:ostiary:acr:mfa")
    # and opens what a second factor opens (M6), for as long as it is fresh
    asked = await creation(bob)
    selection = asked.json()["options"]["public_key"]["authenticator_selection"]
    assert selection["user_verification"] == "required"
    number = {"phone_number": "+33612345678"}
    gone = await bob.http.request(
        "DELETE", f"{V1}/mfa/credentials/phone-numbers", json=number, headers=bob.bearer
    )
    assert gone.status_code == 204, gone.text
    phone.passkeys[0].flags = Flag.UP
    assert said(await show(bob, phone)) == REFUSED


async def test_refreshing_renews_no_passkey(world: World, ann: Person) -> None:
    """STP-7, under the same policy."""
    phone = await of(ann)
    await configure(world, mfa=WORTH_TWO)
    await log_in(ann, phone)
    world.clock.advance(301)
    body = {"client_id": CLIENT, "grant_type": "refresh_token"}
    body["refresh_token"] = ann.tokens["refresh_token"]
    ann.tokens = (await ann.http.post("/oauth/token", json=body)).json()
    assert claims(ann.tokens["access_token"])["amr"] == ["mfa", "hwk"]
    assert said(await creation(ann)) == STEP_UP


async def test_a_passkey_worth_two_factors_guards_the_account_like_one(
    world: World, ann: Person
) -> None:
    """S4, WA-9: a password alone adds no further passkey and no factor, and removes none."""
    phone = await of(ann)
    await configure(world, mfa=WORTH_TWO)
    await ann.log_in()
    (passkey,) = await listed(ann)
    assert said(await creation(ann)) == STEP_UP
    assert said(await remove(ann, passkey["id"])) == STEP_UP
    emails = await ann.post("/mfa/credentials/emails", {}, headers=ann.bearer)
    assert said(emails) == STEP_UP
    await log_in(ann, phone)
    assert (await creation(ann)).status_code == 200
    assert (await remove(ann, passkey["id"])).status_code == 204


# ---- WA-5: copies


async def test_a_count_that_goes_back_rings_the_alarm(world: World, ann: Person) -> None:
    """WA-5."""
    phone = await of(ann)
    for _ in range(3):
        assert (await show(ann, phone)).status_code == 200
    phone.passkeys[0].count = 1  # a copy, made some time ago
    assert said(await show(ann, phone)) == REFUSED
    (alarm,) = await events(world, "passkey.copied")
    (refused,) = await events(world, "credential.refused")
    assert refused["reason"] == "passkey_copied"
    assert alarm["user_id"] == refused["user_id"] != NOBODY
    await ann.log_in()
    (passkey,) = await all_rows(world, "SELECT id FROM credentials WHERE kind = 'webauthn'")
    assert alarm["credential"] == passkey["id"] == (await listed(ann))[0]["id"]
    # what was kept is the higher count
    phone.passkeys[0].count = 2
    assert said(await show(ann, phone)) == REFUSED
    assert (await show(ann, phone)).status_code == 200


async def test_a_passkey_that_does_not_count_is_taken(world: World, ann: Person) -> None:
    """WA-5: those that are copied to all of a person's devices never do."""
    phone = Authenticator(flags=LOCAL | Flag.BE | Flag.BS, counting=False)
    await ann.log_in()
    await add(ann, phone)
    for _ in range(3):
        assert (await show(ann, phone)).status_code == 200
    assert await events(world, "passkey.copied") == []


# ---- WA-6: who may add one


async def test_what_is_not_a_session_adds_no_passkey(world: World, bob: Person) -> None:
    """WA-6: a login or a step-up that is not finished is no token."""
    await configure(world, mfa=ALWAYS)
    tkn = await bob.tkn()
    step_up = await bob.step_up_token(tkn=tkn)
    challenge = await bob.challenge(step_up)
    for token in (tkn, step_up, challenge, await world.code()):
        for path, body in (("registration-options", NAMED), ("registration", FORGED)):
            bearer = {"authorization": f"Bearer {token}"}
            refused = await bob.post(f"/webauthn/{path}", body, headers=bearer)
            assert said(refused) == (401, "error.accessToken.invalid")


FORGED: Json = {
    "id": "AAAA",
    "raw_id": "AAAA",
    "type": "public-key",
    "response": {"client_data_json": "e30", "attestation_object": "oA"},
}


async def test_who_has_a_second_factor_proves_it_before_adding_a_passkey(
    world: World, bob: Person
) -> None:
    """WA-6: at the beginning, and at the end."""
    await bob.log_in()
    assert said(await creation(bob)) == STEP_UP
    one_factor = dict(bob.tokens)
    await bob.step_up()
    made = Authenticator().make((await creation(bob)).json()["options"])
    stepped_up, bob.tokens = bob.tokens, one_factor
    assert said(await keep(bob, made)) == STEP_UP
    bob.tokens = stepped_up
    assert (await keep(bob, made)).status_code == 204  # nothing was spent on the refusal
    world.clock.advance(301)
    assert said(await creation(bob)) == (401, "error.accessToken.freshness")


async def test_everybody_is_told_of_a_passkey_that_comes_or_goes(world: World, ann: Person) -> None:
    """S1, REC-8."""
    await of(ann)
    told = await world.message(ann.email)
    assert "was added" in told.rendered.text
    await ann.log_in()
    (passkey,) = await listed(ann)
    await remove(ann, passkey["id"])
    assert "was removed" in (await world.message(ann.email)).rendered.text


# ---- WA-9, SES-6: taking one away


async def test_a_removed_passkey_opens_nothing_more(world: World, ann: Person) -> None:
    """SES-6: what rests on it alone is over; what rests on something else is not."""
    phone = await of(ann)
    thief = Person(world, ann.email)
    await log_in(thief, phone)
    await ann.log_in()
    (passkey,) = await listed(ann)
    assert "last_used_at" in passkey
    assert (await remove(ann, passkey["id"])).status_code == 204
    assert said(await show(thief, phone)) == REFUSED
    assert said(await show(thief, phone, ann.email)) == REFUSED
    userinfo = await thief.http.get(f"{V1}/userinfo", headers=thief.bearer)
    assert said(userinfo) == (401, "error.accessToken.invalid")
    session = await thief.http.get(f"{V1}/sso/data", params={"client_id": CLIENT})
    assert session.json()["is_authenticated"] is False
    assert await listed(ann) == []
    (event,) = await events(world, "credential.removed")
    assert event["kind"] == "webauthn"


async def test_an_operator_takes_a_passkey_away(world: World, ann: Person) -> None:
    """ADM-3, SES-6: it is among the credentials, and not among the second factors."""
    phone = await of(ann)
    await log_in(ann, phone)
    admin = world.admin()
    (user,) = (await admin.get("/users", params={"email": ann.email})).json()["items"]
    whole = (await admin.get(f"/users/{user['id']}")).json()
    assert whole["mfa"] == []
    found = (await admin.get(f"/users/{user['id']}/credentials")).json()["items"]
    (passkey,) = (one for one in found if one["type"] == "webauthn")
    gone = await admin.delete(f"/users/{user['id']}/credentials/{passkey['id']}")
    assert gone.status_code == 204
    assert said(await show(ann, phone)) == REFUSED
    userinfo = await ann.http.get(f"{V1}/userinfo", headers=ann.bearer)
    assert said(userinfo) == (401, "error.accessToken.invalid")


# ---- locks and limits


async def test_wrong_answers_lock_the_account(world: World, ann: Person) -> None:
    """OTP-8, AB-9: for every way in; and a locked account takes no right answer, either."""
    phone = await of(ann)

    def forged(draft: Draft) -> None:
        draft.relying_party = "evil.example"

    for _ in range(10):
        assert said(await show(ann, phone, change=forged)) == REFUSED
    locked = (403, "error.accountBlockedAfterMultipleLoginAttempts")
    right = await show(ann, phone)
    assert said(right) == locked
    assert right.headers["retry-after"] == "3600"
    who = {"client_id": CLIENT, "email": ann.email, "password": ann.password}
    assert said(await ann.post("/password/login", who)) == locked
    world.clock.advance(3600)
    assert (await show(ann, phone)).status_code == 200


async def test_a_lock_between_question_and_answer_holds(ann: Person) -> None:
    """AB-9."""
    phone = await of(ann)
    given = phone.get(await request(ann))
    guess = {"client_id": CLIENT, "email": ann.email, "password": "a guess that is wrong"}
    for _ in range(10):
        await ann.post("/password/login", guess)
    assert (await answer(ann, given)).status_code == 403


async def test_requests_are_counted(world: World, ann: Person) -> None:
    await configure(world, rate_limit={"requests": 2, "window": 60})
    for _ in range(2):
        await request(ann)
    asked = {"client_id": CLIENT, "origin": SHOP}
    assert (await ann.post("/webauthn/authentication-options", asked)).status_code == 429


# ---- AB-1, AB-2: who is there


async def test_nobody_can_tell_who_has_a_passkey(world: World, ann: Person) -> None:
    """AB-1, AB-2: ids that are made up are always the same, look like others, and are one each."""
    await of(ann)
    people = {
        "has one": ann.email,
        "has none": "cleo@demo.localhost",
        "has no password": FINN,
        "is nobody": "nobody@demo.localhost",
        "is nobody else": "nobody-else@demo.localhost",
        "is no address": "not an address",
    }
    seen = {}
    for who, email in people.items():
        asked = {"client_id": CLIENT, "origin": SHOP, "email": email}
        answers = [await ann.post("/webauthn/authentication-options", asked) for _ in range(3)]
        assert {a.status_code for a in answers} == {200}
        shapes = {tuple(sorted(a.headers.keys())) for a in answers}
        allowed = {str(a.json()["public_key"]["allow_credentials"]) for a in answers}
        assert len(allowed) == 1, who
        (credential,) = answers[0].json()["public_key"]["allow_credentials"]
        assert credential.keys() == {"type", "id"}
        assert len(from_base64url(credential["id"])) in (16, 20, 32)
        seen[who] = (credential["id"], shapes)
    assert len({id for id, _ in seen.values()}) == len(people)
    assert len({frozenset(shapes) for _, shapes in seen.values()}) == 1


async def test_ids_that_are_made_up_are_the_servers_own(
    make_world: MakeWorld, world: World, ann: Person
) -> None:
    """AB-2: another server makes up others only if its key is another; nobody else can make them at all."""
    nobody = "nobody@demo.localhost"
    (made_up,) = (await request(ann, nobody))["public_key"]["allow_credentials"]
    again = Person(await make_world(project(), "another"), ann.email)
    (same,) = (await request(again, nobody))["public_key"]["allow_credentials"]
    assert same == made_up  # both have the tests' master key
    phones = [(await request(ann, phone_number=f"+3361234567{n}")) for n in range(10)]
    ids = {options["public_key"]["allow_credentials"][0]["id"] for options in phones}
    assert len(ids) == 10
    assert len({len(id) for id in ids}) > 1


async def test_what_answers_for_nobody_is_refused_like_anything(ann: Person) -> None:
    """AB-2."""
    phone = await of(ann)
    options = await request(ann, "nobody@demo.localhost")
    (made_up,) = options["public_key"]["allow_credentials"]

    def pretend(draft: Draft) -> None:
        draft.credential_id = from_base64url(made_up["id"])

    assert said(await answer(ann, phone.get(options, pretend))) == REFUSED


# ---- signing up


async def test_who_signs_up_with_a_passkey_has_it(world: World, ann: Person) -> None:
    phone = Authenticator("Dora's phone")
    signed_up = await sign_up(ann, phone, "dora@demo.localhost")
    assert signed_up.json().keys() == {"tkn"}
    dora = Person(world, "dora@demo.localhost")
    assert (await log_in(dora, phone))["amr"] == ["hwk"]
    assert len(await listed(dora)) == 1
    profile = (await dora.http.get(f"{V1}/userinfo", headers=dora.bearer)).json()
    assert profile["email"] == "dora@demo.localhost"
    assert profile["email_verified"] is False
    assert base64url(bytes.fromhex(profile["sub"].replace("-", ""))) == base64url(
        phone.passkeys[0].user_handle
    )


async def test_whoever_is_first_gets_the_address(ann: Person) -> None:
    """ADM-3: and nobody says of themselves that it is verified."""
    body = newcomer()
    body["profile"] |= {"email_verified": True}
    both = [(await ann.post("/webauthn/signup-options", body)).json()["options"] for _ in range(2)]
    answers = []
    for number, options in enumerate(both):
        made = Authenticator(f"phone {number}").make(options)
        handle = options["public_key"]["user"]["id"]
        end = {"webauthn_id": handle, "public_key_credential": made}
        answers.append(await ann.post("/webauthn/signup", end))
    assert [a.status_code for a in answers] == [200, 400]
    assert said(answers[1]) == (400, "error.email.alreadyInUse")
    again = await ann.post("/webauthn/signup-options", newcomer())
    assert said(again) == (400, "error.email.alreadyInUse")


async def test_a_sign_up_is_finished_by_who_began_it(world: World, ann: Person) -> None:
    """WA-1: nobody slips another's passkey, or another's name, into it."""
    mine = (await ann.post("/webauthn/signup-options", newcomer())).json()["options"]
    theirs = (await ann.post("/webauthn/signup-options", newcomer("eve@demo.localhost"))).json()
    handle = theirs["options"]["public_key"]["user"]["id"]
    for id in (handle, "", "AAAA", base64url(bytes(16))):
        options = (await ann.post("/webauthn/signup-options", newcomer())).json()["options"]
        body = {"webauthn_id": id, "public_key_credential": Authenticator().make(options)}
        assert said(await ann.post("/webauthn/signup", body)) == REFUSED
    body = {
        "webauthn_id": mine["public_key"]["user"]["id"],
        "public_key_credential": Authenticator().make(mine),
    }
    assert (await ann.post("/webauthn/signup", body)).status_code == 200
    assert await all_rows(world, "SELECT * FROM contacts WHERE address LIKE 'eve@%'") == []


# ---- REC-5, REC-11, WA-7: getting back in


async def test_a_recovery_replaces_passkeys_and_nothing_else(world: World, bob: Person) -> None:
    """REC-5: no session, no second factor less; every session and grant over, a lock lifted."""
    lost = Authenticator("the lost phone")
    await bob.log_in()
    await bob.step_up()
    await add(bob, lost)
    await add(bob, Authenticator("another that is lost"))
    guess = {"client_id": CLIENT, "email": bob.email, "password": "a guess that is wrong"}
    for _ in range(10):
        await bob.post("/password/login", guess)
    recovery = await recover(bob)
    found = Authenticator("the new phone")
    asked = await bob.post("/webauthn/reset-options", {**recovery, **NAMED})
    assert asked.json()["options"]["public_key"]["exclude_credentials"] == []
    end = {**recovery, "public_key_credential": found.make(asked.json()["options"])}
    reset = await bob.post("/webauthn/reset", end)
    assert reset.status_code == 204
    assert reset.cookies.get("__Host-Session") is None
    userinfo = await bob.http.get(f"{V1}/userinfo", headers=bob.bearer)
    assert said(userinfo) == (401, "error.accessToken.invalid")
    session = await bob.http.get(f"{V1}/sso/data", params={"client_id": CLIENT})
    assert session.json()["is_authenticated"] is False
    assert said(await show(bob, lost)) == REFUSED
    assert (await log_in(bob, found))["amr"] == ["hwk"]
    assert len(await listed(bob)) == 1
    factors = await bob.http.get(f"{V1}/mfa/credentials", headers=bob.bearer)
    assert [c["type"] for c in factors.json()["credentials"]] == ["sms"]
    assert "was added" in (await world.message(bob.email)).rendered.text
    assert len(await events(world, "passkeys.reset")) == 1


async def test_a_mailbox_is_no_way_past_a_second_factor(world: World, bob: Person) -> None:
    """REC-5: a passkey made by a recovery code is one factor, also where others are two."""
    await configure(world, mfa={**ALWAYS, **WORTH_TWO})
    recovery = await recover(bob)
    phone = Authenticator()
    asked = await bob.post("/webauthn/reset-options", {**recovery, **NAMED})
    end = {**recovery, "public_key_credential": phone.make(asked.json()["options"])}
    assert (await bob.post("/webauthn/reset", end)).status_code == 204
    shown = await show(bob, phone)
    assert shown.json()["mfa_required"] is True
    challenge = await bob.challenge(await bob.step_up_token(tkn=shown.json()["tkn"]))
    verified = await bob.verify(challenge, await world.code("+33612345678"))
    bob.tokens = (await bob.exchange(verified.json()["code"])).json()
    assert claims(bob.tokens["access_token"])["amr"] == ["mfa", "sms", "hwk"]
    # who has proved the second factor makes one that is both
    better = Authenticator("a better phone")
    await add(bob, better)
    assert (await log_in(bob, better))["amr"] == ["mfa", "hwk"]


async def test_a_recovery_code_is_good_once(ann: Person) -> None:
    """WA-7: whoever reads it later adds nothing."""
    recovery = await recover(ann)
    both = [
        (await ann.post("/webauthn/reset-options", {**recovery, **NAMED})).json()["options"]
        for _ in range(2)
    ]
    made = [Authenticator(f"phone {n}").make(options) for n, options in enumerate(both)]
    ends = [{**recovery, "public_key_credential": one} for one in made]
    answers = [await ann.post("/webauthn/reset", end) for end in ends]
    assert [said(a) for a in answers] == [(204, ""), WRONG_CODE]
    assert said(await ann.post("/webauthn/reset-options", {**recovery, **NAMED})) == WRONG_CODE


async def test_a_recovery_stays_one_persons(ann: Person, erin: Person) -> None:
    """REC-11: neither the address nor the code can be exchanged on the way."""
    hers, his = await recover(ann), await recover(erin)
    for recovery in ({**hers, "email": erin.email}, {**his, "email": ann.email}):
        assert said(await ann.post("/webauthn/reset-options", {**recovery, **NAMED})) == WRONG_CODE
    asked = (await ann.post("/webauthn/reset-options", {**hers, **NAMED})).json()["options"]
    end = {**his, "public_key_credential": Authenticator().make(asked)}
    assert said(await ann.post("/webauthn/reset", end)) == WRONG_CODE
    for person in (ann, erin):
        await person.log_in()
        assert await listed(person) == []


async def test_codes_of_a_recovery_are_guessed_five_times(world: World, ann: Person) -> None:
    """OTP-6: at both ends of it, counted together; a right one that is looked at twice counts for nothing."""
    recovery = await recover(ann)
    code = recovery["verification_code"]
    asked = {**recovery, **NAMED}
    options = (await ann.post("/webauthn/reset-options", asked)).json()["options"]
    for n in range(1, 5):
        guess = {**asked, "verification_code": wrong(code, n)}
        assert said(await ann.post("/webauthn/reset-options", guess)) == WRONG_CODE
    made = Authenticator().make(options)
    guess = {**recovery, "verification_code": wrong(code, 5), "public_key_credential": made}
    assert said(await ann.post("/webauthn/reset", guess)) == WRONG_CODE
    assert said(await ann.post("/webauthn/reset-options", asked)) == WRONG_CODE
    assert len(await events(world, "credential.refused")) == 5


async def test_a_passkey_that_is_refused_leaves_the_code_good(ann: Person) -> None:
    recovery = await recover(ann)
    asked = {**recovery, **NAMED}

    def elsewhere(draft: Draft) -> None:
        draft.client["origin"] = "https://evil.example"

    for change, ending in ((elsewhere, REFUSED), (as_asked, (204, ""))):
        options = (await ann.post("/webauthn/reset-options", asked)).json()["options"]
        made = Authenticator().make(options, change)
        end = {**recovery, "public_key_credential": made}
        assert said(await ann.post("/webauthn/reset", end)) == ending


async def test_a_password_reset_keeps_passkeys(world: World, ann: Person) -> None:
    """REC-5."""
    phone = await of(ann)
    who = {"client_id": CLIENT, "email": ann.email}
    await ann.post("/forgot-password", who)
    new = {"verification_code": await world.code(ann.email), "password": "another long password"}
    assert (await ann.post("/update-password", {**who, **new})).status_code == 204
    assert (await show(ann, phone)).status_code == 200


async def test_a_reset_for_nobody_is_answered_like_one_for_somebody(ann: Person) -> None:
    """AB-1: unknown, known and not recovering, known and recovering."""
    await recover(ann)
    answers = []
    for email in ("nobody@demo.localhost", "cleo@demo.localhost", ann.email):
        body = {"client_id": CLIENT, **NAMED, "email": email, "verification_code": "0000000"}
        refused = await ann.post("/webauthn/reset-options", body)
        answers.append({**refused.json(), "error_id": "", "status": refused.status_code})
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["error_message_key"] == "error.invalidVerificationCode"


# ---- what costs nothing until it is used


def test_the_library_is_loaded_by_who_needs_it() -> None:
    """A server that meets no passkey pays for none, at start or in memory."""
    asked = "import sys, ostiary.app; print({'webauthn', 'publicsuffixlist', 'cbor2'} & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert found.stdout == "set()\n"
