"""Step-up: what is said of a session is true everywhere, and nothing raises it but a proof (STP-6 to STP-9, STP-13)."""

from collections.abc import Iterator
from itertools import combinations
from random import Random
from typing import Any

import httpx2
import pytest

from ostiary.terms.assurance import (
    Acr,
    AssurancePolicy,
    AuthenticatorClass,
    Kind,
    Proof,
    assess,
)
from ostiary.terms.ids import CredentialId
from ostiary.terms.time import Instant
from tests.conftest import MakeWorld
from tests.security.lab import (
    BACKEND,
    ERIN,
    NEW_PHONE,
    OTHER,
    OTHER_CALLBACK,
    PATIENT,
    PHONE,
    all_rows,
    claims,
    configure,
    log_in_by_email,
    parameters,
    project,
    scalar,
)
from tests.world import AUTHORIZATION, CLIENT, PASSWORD, Person, World, challenge_of

ONE, MFA = "urn:ostiary:acr:1fa", "urn:ostiary:acr:mfa"
STEP_UP_NEEDED = (401, "error.authn.mfa.stepup.required")


async def introspected(world: World, token: str) -> dict[str, Any]:
    answer = await world.http.post("/oauth/introspect", data={"token": token}, auth=BACKEND)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def refreshed(person: Person, refresh_token: str, **more: Any) -> httpx2.Response:
    return await person.http.post(
        "/oauth/token",
        json={
            "client_id": CLIENT,
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            **more,
        },
    )


def said_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_message_key"]


# --- the same everywhere


class History:
    """One browser's doings, and beside it what must be true after each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = Random()
        self.person = Person(world, "cleo@demo.localhost")
        self.proofs: list[tuple[str, int]] = []  # (method, last proved at), the primary one first
        self.living: list[tuple[dict[str, Any], list[tuple[str, int]]]] = []

    async def live(self, seed: int) -> None:
        """Two more things that happen; now and then it all begins again."""
        self.dice.seed(seed)
        if seed % 5 == 0:
            self.living.clear()
            await self.log_in()
        for _ in range(2):
            await self.dice.choice(
                (
                    self.log_in,
                    self.log_in_by_email,
                    self.use_sso,
                    self.step_up,
                    self.step_up,
                    self.refresh,
                    self.refresh,
                    self.wait,
                )
            )()

    async def log_in(self) -> None:
        self.proofs = [("pwd", self.world.clock.now)]
        await self.minted(await self.person.log_in())

    async def log_in_by_email(self) -> None:
        self.proofs = [("email", self.world.clock.now)]
        await self.minted(await log_in_by_email(self.person))

    async def use_sso(self) -> None:
        code = parameters(await self.person.authorize())["code"]
        await self.minted((await self.person.exchange(code)).json())

    async def step_up(self) -> None:
        headers, more = {}, {}
        way = self.dice.choice(("cookie", "tkn", "access token"))
        if way == "tkn":
            more = {"tkn": await self.person.tkn()}
            self.proofs = [("pwd", self.world.clock.now)]
        elif way == "access token":
            code = parameters(await self.person.authorize())["code"]
            headers = {
                "authorization": f"Bearer {(await self.person.exchange(code)).json()['access_token']}"
            }
        primary = self.proofs[0][0]
        begun = await self.person.post("/mfa/stepup", {**AUTHORIZATION, **more}, headers=headers)
        offered = begun.json()["amr"]
        assert offered == [m for m in ("email", "sms") if m != primary]
        method = self.dice.choice(offered)
        challenge = await self.person.challenge(begun.json()["token"], method)
        code = await self.world.code()
        if self.dice.random() < 0.3:
            self.world.clock.advance(self.dice.randrange(100))
        verified = await self.person.verify(challenge, code)
        proved = dict(self.proofs)  # one that was proved before keeps its place
        proved[method] = self.world.clock.now
        self.proofs = list(proved.items())
        await self.minted((await self.person.exchange(verified.json()["code"])).json())

    async def refresh(self) -> None:
        tokens, proofs = self.living.pop(self.dice.randrange(len(self.living)))
        answer = await refreshed(self.person, tokens["refresh_token"])
        await self.minted(answer.json(), proofs)

    async def wait(self) -> None:
        self.world.clock.advance(self.dice.choice((1, 59, 299, 301, 1800)))

    async def minted(
        self, tokens: dict[str, Any], proofs: list[tuple[str, int]] | None = None
    ) -> None:
        """Three accounts of one thing, and the fourth is ours."""
        proofs = list(self.proofs if proofs is None else proofs)
        primary, *others = proofs
        others.sort(key=lambda proof: proof[1], reverse=True)
        methods = [method for method, _ in (*others, primary)]
        expected = {
            "acr": MFA if others else ONE,
            "amr": ["mfa", *methods] if others else methods,
            "auth_time": max(at for _, at in proofs),
        }
        access, identity = claims(tokens["access_token"]), claims(tokens["id_token"])
        accounts = {
            "access token": access,
            "ID token": identity,
            "introspection": await introspected(self.world, tokens["access_token"]),
        }
        for name, account in accounts.items():
            assert {claim: account[claim] for claim in expected} == expected, name
        assert access["factors"] == accounts["introspection"]["factors"]
        proved = {(f["channel"] or "pwd", f["last_proved_at"]) for f in access["factors"]}
        assert proved == set(proofs)
        self.living.append((tokens, proofs))


async def test_every_account_of_a_session_agrees(make_world: MakeWorld) -> None:
    """STP-6, STP-7: a thousand histories; acr, amr and auth_time are the same in ID token, access token and
    introspection after each step, are what was proved, and no refresh moves them."""
    world = await make_world(project(PATIENT), "agreeing")
    history = History(world)
    for seed in range(1000):
        await history.live(seed)


def proof(kind: Kind, at: int, credential: str | None = None) -> Proof:
    return Proof(
        credential=CredentialId(credential or kind),
        kind=kind,
        authenticator=(
            AuthenticatorClass.KNOWLEDGE if kind is Kind.PASSWORD else AuthenticatorClass.POSSESSION
        ),
        channel=None,
        first_at=Instant(at),
        last_at=Instant(at),
    )


@pytest.mark.parametrize("independent", [False, True])
def test_only_two_different_kinds_are_mfa(independent: bool) -> None:
    """STP-13 (CVE-2025-64103): every set of factors against every level; one factor is one factor, whichever,
    and twice the same kind is once."""
    policy = AssurancePolicy(require_independent=independent)
    for size in (1, 2, 3):
        for kinds in combinations(Kind, size):
            said = assess(tuple(proof(kind, 10 + n) for n, kind in enumerate(kinds)), policy)
            methods = set(kinds) - {Kind.RECOVERY_CODE, Kind.EMBEDDED_LINK}  # REC-7: these are none
            enough = len(methods) > 1
            if independent and methods == {Kind.PASSWORD, Kind.EMAIL}:
                enough = False  # the mailbox can reset the password (S5)
            assert (said.acr is Acr.MFA) == enough, kinds
            assert ("mfa" in said.amr) == enough
            rests_on = [10 + n for n, kind in enumerate(kinds) if kind in methods or not methods]
            assert said.auth_time == max(rests_on)
    for kind in Kind:
        twice = assess((proof(kind, 1, "one"), proof(kind, 2, "two")), policy)
        assert twice.acr is Acr.ONE_FACTOR
        assert "mfa" not in twice.amr


async def test_what_a_policy_takes_back_is_taken_back_everywhere_new(
    world: World, cleo: Person
) -> None:
    """STP-6, S5: password and mailbox are `mfa` until a project demands independence; from then on no new
    token says so, a refreshed one neither, and introspection tells what holds now."""
    await cleo.log_in()
    await cleo.step_up("email")
    assert claims(cleo.tokens["access_token"])["acr"] == MFA
    await configure(world, mfa={"require_independent": True})
    assert (await introspected(world, cleo.tokens["access_token"]))["acr"] == ONE
    again = (await refreshed(cleo, cleo.tokens["refresh_token"])).json()
    for token in (again["access_token"], again["id_token"]):
        assert claims(token)["acr"] == ONE
        assert claims(token)["amr"] == ["email", "pwd"]


# --- refreshing renews no proof


async def test_refreshing_renews_no_proof(world: World, bob: Person) -> None:
    """STP-7: `iat` moves, `auth_time`, `acr` and `factors` do not, however often and late."""
    await bob.log_in()
    world.clock.advance(10)
    await bob.step_up()
    first = claims(bob.tokens["access_token"])
    tokens = bob.tokens
    for _ in range(5):
        world.clock.advance(1000)
        tokens = (await refreshed(bob, tokens["refresh_token"])).json()
        for token in (tokens["access_token"], tokens["id_token"]):
            said = claims(token)
            assert said["iat"] == world.clock.now
            assert {c: said[c] for c in ("acr", "amr", "auth_time")} == {
                c: first[c] for c in ("acr", "amr", "auth_time")
            }
        assert claims(tokens["access_token"])["factors"] == first["factors"]


async def test_an_old_grant_is_not_raised_by_a_later_step_up(world: World, bob: Person) -> None:
    """STP-7: the refresh token from before the step-up stays what it was."""
    before = await bob.log_in()
    await bob.step_up()
    again = (await refreshed(bob, before["refresh_token"])).json()
    assert claims(again["access_token"])["amr"] == ["pwd"]
    assert claims(again["access_token"])["acr"] == ONE


async def test_a_refreshed_token_is_fresh_but_not_stepped_up_again(
    world: World, cleo: Person
) -> None:
    """STP-7 where it matters: five minutes after the proof, a token refreshed just now protects nothing."""
    await cleo.log_in()
    await cleo.step_up()
    for wait, allowed in ((300, True), (1, False)):
        world.clock.advance(wait)
        cleo.tokens = (await refreshed(cleo, cleo.tokens["refresh_token"])).json()
        answer = await add_phone(cleo)
        assert (answer.status_code == 200) is allowed
    assert said_of(answer) == STEP_UP_NEEDED


# --- bound to what it was begun for


async def test_a_step_up_answers_the_request_it_began_with(world: World, bob: Person) -> None:
    """STP-8: another redirect URI, scope, state, client or challenge, put in on the way, changes nothing."""
    await bob.log_in()
    begun = {**AUTHORIZATION, "scope": "openid mfa", "state": "mine", "nonce": "also mine"}
    answer = await bob.post("/mfa/stepup", begun)
    swap = {
        "client_id": OTHER,
        "redirect_uri": OTHER_CALLBACK,
        "scope": "openid profile email phone offline_access mfa",
        "state": "theirs",
        "nonce": "theirs",
        "response_type": "token",
        "response_mode": "web_message",
        "code_challenge": challenge_of("the attacker's own verifier, 43 characters or more"),
        "persistent": True,
        "acr_values": ONE,
        "user_id": "someone",
    }
    started = await bob.post(
        "/passwordless/start", {**swap, "auth_type": "sms", "step_up": answer.json()["token"]}
    )
    verified = await bob.post(
        "/passwordless/verify",
        {
            **swap,
            "challenge_id": started.json()["challenge_id"],
            "verification_code": await world.code(),
        },
    )
    body = verified.json()
    assert body["state"] == "mine"
    assert "max-age=2592000" not in verified.headers["set-cookie"].lower()

    for more in (
        {"client_id": OTHER, "redirect_uri": OTHER_CALLBACK},
        {"redirect_uri": OTHER_CALLBACK},
        {"redirect_uri": None},
        {"code_verifier": "the attacker's own verifier, 43 characters or more"},
        {"code_verifier": None},
    ):
        assert (await bob.exchange(body["code"], **more)).status_code == 400, more
    exchanged = await bob.exchange(body["code"], scope="openid profile offline_access mfa")
    assert exchanged.json()["scope"] == "openid mfa"
    assert "refresh_token" not in exchanged.json()
    said = claims(exchanged.json()["id_token"])
    assert (said["nonce"], said["aud"]) == ("also mine", [CLIENT])


async def test_a_step_up_raises_the_session_it_began_in(world: World, bob: Person) -> None:
    """STP-8: `sid` is the same before and after."""
    before = claims((await bob.log_in())["access_token"])
    after = claims((await bob.step_up())["access_token"])
    assert before["sid"] == after["sid"]
    assert before["sub"] == after["sub"]


async def test_an_access_token_steps_up_its_own_client_alone(world: World, bob: Person) -> None:
    """S2: another client's token, one without the scope, a stale one, a switched-off client: none begins."""
    await bob.log_in()
    bob.http.cookies.clear()
    other = {**AUTHORIZATION, "client_id": OTHER, "redirect_uri": OTHER_CALLBACK}
    assert (await bob.post("/mfa/stepup", other, headers=bob.bearer)).status_code == 401
    narrow = Person(world, bob.email)
    answer = await narrow.authorize(tkn=await narrow.tkn(), scope="openid profile")
    narrow.tokens = (await narrow.exchange(parameters(answer)["code"])).json()
    narrow.http.cookies.clear()
    refused = await narrow.post("/mfa/stepup", AUTHORIZATION, headers=narrow.bearer)
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    world.clock.advance(300)
    assert (await bob.post("/mfa/stepup", AUTHORIZATION, headers=bob.bearer)).status_code == 200
    world.clock.advance(1)
    stale = await bob.post("/mfa/stepup", AUTHORIZATION, headers=bob.bearer)
    assert said_of(stale) == (401, "error.accessToken.freshness")


# --- a factor does not vouch for its own enrolment


async def add_phone(person: Person, number: str = NEW_PHONE) -> httpx2.Response:
    return await person.post(
        "/mfa/credentials/phone-numbers", {"phone_number": number}, headers=person.bearer
    )


async def enable_phone(person: Person, code: str) -> httpx2.Response:
    return await person.post(
        "/mfa/credentials/phone-numbers/verify",
        {"verification_code": code},
        headers=person.bearer,
    )


async def test_a_further_factor_needs_an_older_one(world: World, bob: Person) -> None:
    """STP-9 (CVE-2023-3597): with the password alone neither a phone nor the mailbox is added to Bob's phone;
    nothing is sent; with the phone proved, both are."""
    await bob.log_in()
    for answer in (
        await add_phone(bob),
        await bob.post("/mfa/credentials/emails", {}, headers=bob.bearer),
        await enable_phone(bob, "123456"),
    ):
        assert said_of(answer) == STEP_UP_NEEDED
    await world.deliver()
    assert world.carrier.messages == []
    await bob.step_up()
    assert (await bob.post("/mfa/credentials/emails", {}, headers=bob.bearer)).status_code == 200
    assert (await add_phone(bob)).status_code == 200
    assert (await enable_phone(bob, await world.code(NEW_PHONE))).status_code == 200


async def test_a_factor_begun_when_there_was_none_waits_for_the_first(
    world: World, erin: Person
) -> None:
    """STP-9: a thief begins to enrol a phone while Erin has no factor; Erin enrols hers; now the thief's code is
    not enough, and it stays so until hers is proved."""
    thief = Person(world, erin.email)
    await thief.log_in()
    await erin.log_in()
    await add_phone(thief, "+33699999999")
    stolen = await world.code("+33699999999")
    await add_phone(erin)
    assert (await enable_phone(erin, await world.code(NEW_PHONE))).status_code == 200
    assert said_of(await enable_phone(thief, stolen)) == STEP_UP_NEEDED
    thief.tokens = (await refreshed(thief, thief.tokens["refresh_token"])).json()
    assert said_of(await enable_phone(thief, stolen)) == STEP_UP_NEEDED
    listed = await erin.http.get("/identity/v1/mfa/credentials", headers=erin.bearer)
    assert [c["phone_number"] for c in listed.json()["credentials"]] == [NEW_PHONE]


async def test_two_first_factors_at_once_are_one(world: World, erin: Person) -> None:
    """STP-9: phone and mailbox begun together: whichever comes second needs the first."""
    await erin.log_in()
    await add_phone(erin)
    by_sms = await world.code(NEW_PHONE)
    await erin.post("/mfa/credentials/emails", {}, headers=erin.bearer)
    by_email = await world.code(ERIN)
    assert (await enable_phone(erin, by_sms)).status_code == 200
    late = await erin.post(
        "/mfa/credentials/emails/verify", {"verification_code": by_email}, headers=erin.bearer
    )
    assert said_of(late) == STEP_UP_NEEDED


async def test_enrolling_a_factor_proves_none(world: World, ann: Person) -> None:
    """STP-9: the session that enrolled it is as it was; only a step-up raises it."""
    await ann.log_in()
    await add_phone(ann)
    await enable_phone(ann, await world.code(NEW_PHONE))
    code = parameters(await ann.authorize())["code"]
    ann.tokens = (await ann.exchange(code)).json()
    assert claims(ann.tokens["access_token"])["amr"] == ["pwd"]
    assert said_of(await add_phone(ann, "+33644444444")) == STEP_UP_NEEDED


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_a_pending_address_does_not_become_the_factor(
    world: World, erin: Person, channel: str
) -> None:
    """STP-9, M6: a thief asks for another address while Erin's own is no factor yet; she makes it one; the code
    that the thief holds no longer moves it."""
    await erin.log_in()
    await confirm(world, erin, "email", ERIN)
    await erin.post("/update-phone-number", {"phone_number": NEW_PHONE}, headers=erin.bearer)
    await confirm(world, erin, "sms", NEW_PHONE)
    thief = Person(world, ERIN)
    await thief.log_in()
    evil = {"sms": "+33699999999", "email": "mallory@demo.localhost"}[channel]
    changes = {"sms": ("/update-phone-number", "phone_number"), "email": ("/update-email", "email")}
    path, name = changes[channel]
    asked = await thief.post(path, {name: evil}, headers=thief.bearer)
    assert asked.status_code == 200
    code = await world.code(evil)
    link = (await world.message(evil)).link

    if channel == "sms":
        enrolled = await add_phone(erin)
    else:
        enrolled = await erin.post("/mfa/credentials/emails", {}, headers=erin.bearer)
    assert enrolled.json()["status"] == "enabled"

    answer = await confirm_with(thief, channel, evil, code)
    assert answer.status_code == 401
    if link is not None:
        pressed = await thief.http.post(httpx2.URL(link).path)
        assert pressed.status_code == 410
    mine = {"sms": NEW_PHONE, "email": ERIN}[channel]
    addresses = await all_rows(world, "SELECT address FROM contacts")
    assert evil not in {row["address"] for row in addresses}
    listed = await erin.http.get("/identity/v1/mfa/credentials", headers=erin.bearer)
    (credential,) = listed.json()["credentials"]
    assert credential[name] == mine
    assert said_of(await thief.post(path, {name: evil}, headers=thief.bearer)) == STEP_UP_NEEDED


async def confirm(world: World, person: Person, channel: str, address: str) -> None:
    kind = "email" if channel == "email" else "phone-number"
    await person.http.post(
        f"/identity/v1/send-{kind}-verification",
        headers=person.bearer,
        json={} if channel == "email" else None,
    )
    answer = await confirm_with(person, channel, address, await world.code(address))
    assert answer.status_code == 204, answer.text


async def confirm_with(person: Person, channel: str, address: str, code: str) -> httpx2.Response:
    name = "email" if channel == "email" else "phone_number"
    path = "/verify-email" if channel == "email" else "/verify-phone-number"
    body = {name: address, "verification_code": code}
    if channel == "email":
        body["access_token"] = person.tokens["access_token"]
    return await person.post(path, body, headers=person.bearer)


def protected(world: World) -> Iterator[tuple[str, str, dict[str, str] | None]]:
    yield "DELETE", "/mfa/credentials/phone-numbers", {"phone_number": "+33698765432"}
    yield "DELETE", "/mfa/credentials/emails", None
    yield "POST", "/mfa/credentials/phone-numbers", {"phone_number": NEW_PHONE}
    yield "POST", "/update-email", {"email": "new@demo.localhost"}


async def test_protected_operations_ask_whoever_calls_them(world: World, cleo: Person) -> None:
    """STP-11, M6: password only, e-mail code only, stepped up too long ago, refreshed since: each is refused,
    by the handler, and nothing changes."""
    before = await all_rows(world, "SELECT * FROM contacts ORDER BY id")
    holders = []
    await cleo.log_in()
    holders.append(dict(cleo.bearer))
    await log_in_by_email(cleo)
    holders.append(dict(cleo.bearer))
    await cleo.step_up()
    world.clock.advance(301)
    cleo.tokens = (await refreshed(cleo, cleo.tokens["refresh_token"])).json()
    holders.append(dict(cleo.bearer))
    for holder in holders[2:]:
        for method, path, body in protected(world):
            answer = await cleo.http.request(
                method, f"/identity/v1{path}", json=body, headers=holder
            )
            assert said_of(answer) == STEP_UP_NEEDED, path
    for holder in holders[:2]:
        for method, path, body in protected(world):
            answer = await cleo.http.request(
                method, f"/identity/v1{path}", json=body, headers=holder
            )
            assert answer.status_code == 401, path
    assert await all_rows(world, "SELECT * FROM contacts ORDER BY id") == before
    assert await scalar(world, "SELECT COUNT(*) FROM credentials WHERE kind <> 'password'") == 3


# --- a second factor is not a first one


async def test_a_second_factor_alone_opens_nothing(world: World, bob: Person) -> None:
    """STP-13 (CVE-2025-64103): Bob's phone is his second factor and no address of his account: asked for as a
    first factor it is a stranger's, nothing is sent, and no code is right."""
    for auth_type in ("sms", "magic_link", "email"):
        address = {"phone_number": PHONE} if auth_type == "sms" else {"email": "bob@phone.invalid"}
        started = await bob.post(
            "/passwordless/start", {**AUTHORIZATION, **address, "auth_type": auth_type}
        )
        assert started.status_code == 204
        for path in ("/passwordless/verify", "/verify-auth-code"):
            refused = await bob.post(
                path, {**address, "auth_type": auth_type, "verification_code": "123456"}
            )
            assert refused.status_code in (400, 401)
    await world.deliver()
    assert world.carrier.messages == []
    assert await scalar(world, "SELECT COUNT(*) FROM sessions") == 0


async def test_a_step_ups_code_is_no_login(world: World, bob: Person) -> None:
    """STP-13: the code of a step-up that Bob began, given as a passwordless login for his phone or e-mail."""
    await bob.log_in()
    await bob.challenge(await bob.step_up_token())
    code = await world.code()
    thief = Person(world, bob.email)
    for address in ({"phone_number": PHONE}, {"email": bob.email}):
        for path in ("/passwordless/verify", "/verify-auth-code"):
            refused = await thief.post(path, {**address, "verification_code": code})
            assert refused.status_code == 401
    assert await scalar(world, "SELECT COUNT(*) FROM sessions") == 1


async def test_a_step_up_needs_a_first_factor(world: World, bob: Person) -> None:
    """STP-13: no evidence, invented evidence, or evidence that was spent begins nothing."""
    spent = await bob.tkn()
    await bob.authorize(tkn=spent)
    nobody = Person(world, bob.email)
    for more, headers in (
        ({}, {}),
        ({"tkn": ""}, {}),
        ({"tkn": "A" * 64}, {}),
        ({"tkn": spent}, {}),
        ({"email": bob.email, "user_id": "x", "sub": "x"}, {}),
        ({}, {"authorization": "Bearer "}),
        ({}, {"authorization": f"Bearer {'A' * 64}"}),
        ({}, {"cookie": f"__Host-Session={'A' * 64}"}),
    ):
        answer = await nobody.post("/mfa/stepup", {**AUTHORIZATION, **more}, headers=headers)
        assert answer.status_code == 401, more
        assert "token" not in answer.json()
    await world.deliver()
    assert world.carrier.messages == []


async def test_the_same_kind_twice_is_offered_to_nobody(world: World, cleo: Person) -> None:
    """STP-13: a session that began with the mailbox is not raised by the mailbox."""
    await log_in_by_email(cleo)
    begun = await cleo.post("/mfa/stepup", AUTHORIZATION)
    assert begun.json()["amr"] == ["sms"]
    refused = await cleo.post(
        "/passwordless/start", {"auth_type": "email", "step_up": begun.json()["token"]}
    )
    assert refused.status_code == 400


async def test_without_a_factor_there_is_no_step_up(world: World, ann: Person) -> None:
    """STP-2: refused, never a token with less; and the `tkn` is not spent on it."""
    tkn = await ann.tkn()
    for _ in range(2):
        answer = await ann.post("/mfa/stepup", {**AUTHORIZATION, "tkn": tkn})
        assert said_of(answer) == (400, "error.mfa.noCredential")
    assert "code" in parameters(await ann.authorize(tkn=tkn))
    asked = parameters(await ann.authorize(acr_values=MFA, prompt="none"))
    assert asked["error"] == "unmet_authentication_requirements"
    assert PASSWORD not in str(asked)
