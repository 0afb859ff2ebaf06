"""Signing keys, tokens and what is sealed, against who forges, confuses or reads them (KEY-1 to KEY-5)."""

import hashlib
import hmac
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey, KeySet, RSAKey
from msgspec import json
from msgspec.structs import replace

from ostiary import app
from ostiary.core import keys
from ostiary.core.keys import rules
from ostiary.core.tokens import rules as token_rules
from ostiary.drivers.folder import Folder
from ostiary.terms.failures import Unavailable
from ostiary.terms.secret import MasterKeys
from tests.fakes import Clock, Dice, RememberingCarrier
from tests.security.lab import (
    BACKEND,
    RSA,
    all_rows,
    claims,
    dump,
    flat,
    header_of,
    parameters,
    project,
    run,
)
from tests.world import (
    AUTHORIZATION,
    ISSUER,
    MASTER,
    Person,
    Templates,
    World,
    demo_configuration,
    deployment_at,
    world_at,
)

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # order of P-256


def encode(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.encode(part)
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part: str) -> bytes:
    return urlsafe_b64decode(part + "==")


def put_together(header: object, payload: object, signature: bytes) -> str:
    return f"{encode(header)}.{encode(payload)}.{encode(signature)}"


def with_hmac(header: dict[str, Any], payload: object, key: bytes) -> str:
    name = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[header["alg"]]
    signed = f"{encode(header)}.{encode(payload)}"
    return f"{signed}.{encode(hmac.digest(key, signed.encode(), name))}"


def signed_by(key: Any, header: dict[str, Any], payload: object) -> str:
    """With everything that a signer may be talked into."""
    signed = f"{encode(header)}.{encode(payload)}".encode()
    if isinstance(key, RSAKey):
        algorithm: Any = jws.JWSRegistry.algorithms[header.get("alg", "RS256")]
        return f"{signed.decode()}.{encode(algorithm.sign(signed, key))}"
    private = key.private_key
    der = private.sign(signed, ec.ECDSA(hashes_of(header.get("alg", "ES256"))))
    r, s = utils.decode_dss_signature(der)
    size = (private.curve.key_size + 7) // 8
    return f"{signed.decode()}.{encode(r.to_bytes(size, 'big') + s.to_bytes(size, 'big'))}"


def hashes_of(alg: object) -> Any:
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

    return {"ES384": SHA384(), "ES512": SHA512()}.get(str(alg), SHA256())


class Forge:
    """Bob's token, our public keys, a key of the attacker's own, and what can be made of them."""

    def __init__(self, token: str, jwks: dict[str, Any]) -> None:
        self.token = token
        self.header = header_of(token)
        self.payload = claims(token)
        self.signature = decode(token.split(".")[2])
        self.jwks = jwks["keys"]
        self.jwk = next(key for key in self.jwks if key["kid"] == self.header["kid"])
        self.rsa = next(key for key in self.jwks if key["kty"] == "RSA")
        self.mine = ECKey.generate_key("P-256")
        self.evil = {**self.payload, "scope": f"{self.payload['scope']} admin"}

    def forgeries(self) -> Iterator[tuple[str, str]]:
        yield from self.unsigned()
        yield from self.keyed_with_what_is_public()
        yield from self.psychic()
        yield from self.by_a_key_of_its_own()
        yield from self.tampered()
        yield from self.misshapen()

    def unsigned(self) -> Iterator[tuple[str, str]]:
        for alg in ("none", "None", "NONE", "nOnE", "none ", "", None, 0, [], ["none"], {"a": 1}):
            for signature in (b"", b"x", self.signature):
                yield (
                    f"alg {alg!r}",
                    put_together({**self.header, "alg": alg}, self.evil, signature),
                )
        without = {name: value for name, value in self.header.items() if name != "alg"}
        yield "no alg", put_together(without, self.evil, b"")
        yield "no alg, signed", put_together(without, self.payload, self.signature)

    def keyed_with_what_is_public(self) -> Iterator[tuple[str, str]]:
        """CVE-2022-23539, CVE-2024-37568."""
        for public in (self.jwk, self.rsa):
            key: Any = (ECKey if public["kty"] == "EC" else RSAKey).import_key(public)
            secrets = {
                "PEM": key.as_pem(private=False),
                "PEM, stripped": key.as_pem(private=False).strip(),
                "DER": key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
                "JWK": json.encode(public),
                "kid": public["kid"].encode(),
                "x or n": decode(public.get("x", public.get("n"))),
                "nothing": b"",
                "zeros": bytes(32),
            }
            for alg in ("HS256", "HS384", "HS512"):
                for name, secret in secrets.items():
                    header = {**self.header, "alg": alg, "kid": public["kid"]}
                    yield f"{alg} with the {name}", with_hmac(header, self.evil, secret)

    def psychic(self) -> Iterator[tuple[str, str]]:
        """CVE-2022-21449: signatures that are right for everything, if nobody looks."""
        ends = (0, 1, N - 1, N, N + 1, (1 << 256) - 1)
        for r in ends:
            for s in ends:
                raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
                yield f"r={r:x} s={s:x}", put_together(self.header, self.evil, raw)
        for size in (0, 1, 32, 63, 65, 128):
            yield f"{size} zero bytes", put_together(self.header, self.evil, bytes(size))
        r, s = (int.from_bytes(part, "big") for part in (self.signature[:32], self.signature[32:]))
        yield "DER", put_together(self.header, self.payload, utils.encode_dss_signature(r, s))
        yield (
            "r and s changed round",
            put_together(self.header, self.payload, self.signature[32:] + self.signature[:32]),
        )

    def by_a_key_of_its_own(self) -> Iterator[tuple[str, str]]:
        """RFC 8725 §3.1: the header does not say which key is right."""
        public = {**self.mine.as_dict(private=False), "kid": "mine", "alg": "ES256"}
        certificate = encode(b"not even a certificate")
        for more in (
            {},
            {"jwk": public},
            {"jwk": public, "kid": "mine"},
            {"jku": "https://evil.example/jwks.json"},
            {"jku": f"{ISSUER}/.well-known/jwks.json"},
            {"jku": f"{ISSUER}@evil.example/jwks.json", "kid": "mine"},
            {"x5u": "https://evil.example/x.pem"},
            {"x5c": [certificate]},
            {"x5t": certificate},
            {"x5t#S256": certificate},
            {"kid": "mine"},
            {"kid": None},
            {"kid": ""},
            {"kid": 0},
            {"kid": [self.header["kid"]]},
            {"kid": {"$ne": None}},
            {"kid": "../../../../dev/null"},
            {"kid": "/dev/null"},
            {"kid": "file:///dev/null"},
            {"kid": "' OR '1'='1"},
            {"kid": "x' UNION SELECT 'key"},
            {"kid": "| cat /etc/passwd"},
            {"kid": f"{self.header['kid']}\0"},
            {"kid": self.header["kid"].lower()},
            {"kid": self.rsa["kid"]},
            {"kid": "x" * 4000},
            {"iss": ISSUER},
            {"epk": public},
        ):
            yield f"own key, {more}", signed_by(self.mine, {**self.header, **more}, self.evil)
        for alg, key in (
            ("ES384", ECKey.generate_key("P-384")),
            ("ES512", ECKey.generate_key("P-521")),
        ):
            yield f"own {alg}", signed_by(key, {**self.header, "alg": alg}, self.evil)
        for alg in ("RS256", "PS256", "ES256K", "EdDSA", "HS1", "A128KW", "dir"):
            header = {**self.header, "alg": alg}
            yield (
                f"{alg} by name",
                signed_by(self.mine, {**header, "alg": "ES256"}, self.evil).replace(
                    encode({**header, "alg": "ES256"}), encode(header), 1
                ),
            )
        empty = {**self.header, "alg": "HS256"}
        for kid in ("../../../../dev/null", "/dev/null", "' UNION SELECT '' --"):
            yield f"HS256, kid {kid}", with_hmac({**empty, "kid": kid}, self.evil, b"")

    def tampered(self) -> Iterator[tuple[str, str]]:
        head, body, signature = self.token.split(".")
        for name, value in (
            ("sub", "somebody else"),
            ("scope", "openid admin"),
            ("exp", self.payload["exp"] + 1),
            ("iss", "https://evil.example"),
            ("gid", "00000000-0000-0000-0000-000000000000"),
            ("amr", ["mfa", "sms"]),
            ("acr", "urn:ostiary:acr:mfa"),
            ("auth_time", self.payload["auth_time"] + 1),
        ):
            yield name, put_together(self.header, {**self.payload, name: value}, self.signature)
        twice = json.encode(self.payload)[:-1] + b',"scope":"openid admin"}'
        yield "a claim twice", put_together(self.header, twice, self.signature)
        first = b'{"scope":"openid admin",' + json.encode(self.payload)[1:]
        yield "a claim twice, the first", put_together(self.header, first, self.signature)
        alg_twice = b'{"alg":"none",' + json.encode(self.header)[1:]
        yield "alg twice", put_together(alg_twice, self.payload, self.signature)
        alg_last = json.encode(self.header)[:-1] + b',"alg":"none"}'
        yield "alg twice, the last", put_together(alg_last, self.payload, b"")
        yield "nothing signed", f"{head}.{body}."
        yield "no signature", f"{head}.{body}"
        yield "another's signature", f"{head}.{body}.{encode(bytes(64))}"
        yield "detached", f"{head}..{signature}"
        yield "no header", f".{body}.{signature}"
        yield "in front", f"x{self.token}"
        yield "behind", f"{self.token}x"
        yield "twice", f"{self.token}.{self.token}"
        yield "five parts", ".".join((head, body, signature, body, signature))
        yield "nested", signed_by(self.mine, {**self.header, "cty": "JWT"}, self.token.encode())
        yield "no end", put_together(self.header, {**self.payload, "exp": None}, self.signature)

    def misshapen(self) -> Iterator[tuple[str, str]]:
        head, body, signature = self.token.split(".")
        flattened = {"protected": head, "payload": body, "signature": signature}
        yield "flattened JSON", json.encode(flattened).decode()
        yield "general JSON", json.encode({"payload": body, "signatures": [flattened]}).decode()
        for part in (
            b"",
            b"null",
            b"[]",
            b"1",
            b'"x"',
            b"{",
            b"\xff\xfe",
            b"[" * 5000,
            b"{}" * 100,
        ):
            yield f"header {part[:9]!r}", put_together(part, self.payload, self.signature)
            yield f"payload {part[:9]!r}", put_together(self.header, part, self.signature)
        yield "huge", "x" * 50_000
        yield "dots", "." * 1000
        yield "two dots", ".."
        yield (
            "typ of an ID token",
            put_together({**self.header, "typ": "JWT"}, self.payload, self.signature),
        )
        yield (
            "typ of a logout token",
            put_together({**self.header, "typ": "logout+jwt"}, self.payload, self.signature),
        )


@pytest.mark.parametrize("client", ["demo-shop", RSA])
async def test_no_forged_token_is_taken(world: World, bob: Person, client: str) -> None:
    """KEY-1: wherever an access token is taken; told alike, and no 5xx for the strangest of them."""
    who = {"client_id": client, "email": bob.email, "password": bob.password}
    tkn = (await bob.post("/password/login", who)).json()["tkn"]
    answer = await bob.authorize(tkn=tkn, client_id=client)
    code = parameters(answer)["code"]
    bob.tokens = (await bob.exchange(code, client_id=client)).json()
    real = bob.tokens["access_token"]
    jwks = (await world.http.get("/.well-known/jwks.json")).json()
    forge = Forge(real, jwks)
    forgeries = list(forge.forgeries())
    assert len(forgeries) >= 40
    for name, token in forgeries:
        assert token != real
        headers = [(b"authorization", b"Bearer " + token.encode())]
        for method, path, body in (
            ("GET", "/identity/v1/userinfo", None),
            ("POST", "/identity/v1/mfa/stepup", AUTHORIZATION),
        ):
            answer = await world.http.request(method, path, json=body, headers=headers)
            assert answer.status_code == 401, name
        said = await world.http.post("/oauth/introspect", json={"token": token}, auth=BACKEND)
        assert (said.status_code, said.json()) in ((200, {"active": False}), (400, said.json())), (
            name
        )
    assert (await bob.http.get("/identity/v1/userinfo", headers=bob.bearer)).status_code == 200


async def test_not_even_our_own_signature_makes_a_strange_header_right(
    world: World, bob: Person
) -> None:
    """KEY-1: `crit`, `b64`, `jwk`, `jku`, `x5u`, `zip`, another `typ` or issuer, no end: refused though the
    signature is ours, so that none of them is ever looked at."""
    await bob.log_in()
    token = bob.tokens["access_token"]
    header, payload = header_of(token), claims(token)
    async with world.open_work(reading=True) as work:
        ring = await keys.ring(work)
        now = work.now
    ours = next(key for key in ring.signing.values() if key.kid == header["kid"])

    def taken(header: dict[str, Any], payload: dict[str, Any]) -> bool:
        text = signed_by(ours, header, payload)
        return token_rules.verify(ring, text, "at+jwt", ISSUER, now) is not None

    assert taken(header, payload)
    odd_headers: tuple[dict[str, Any], ...] = (
        {"crit": ["b64"], "b64": False},
        {"crit": ["exp"], "exp": payload["exp"]},
        {"crit": []},
        {"crit": ["alg"]},
        {"b64": True},
        {"b64": False},
        {"jwk": ours.as_dict(private=False)},
        {"jku": f"{ISSUER}/.well-known/jwks.json"},
        {"x5u": f"{ISSUER}/x"},
        {"x5c": []},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"enc": "A128GCM"},
        {"typ": "JWT"},
        {"typ": "AT+JWT"},
        {"typ": "application/at+jwt"},
        {"typ": "logout+jwt"},
        {"typ": None},
    )
    for more in odd_headers:
        assert not taken({**header, **more}, payload), more
    for left in ("typ", "kid", "alg"):
        assert not taken({k: v for k, v in header.items() if k != left}, payload), left
    odd_claims: tuple[dict[str, Any], ...] = (
        {"iss": "https://evil.example"},
        {"iss": f"{ISSUER}/"},
        {"iss": None},
        {"exp": now},
        {"exp": now - 1},
        {"exp": None},
        {"exp": str(payload["exp"])},
        {"exp": float(payload["exp"])},
        {"exp": [payload["exp"]]},
    )
    for more in odd_claims:
        assert not taken(header, {**payload, **more}), more


async def test_the_published_keys_are_public_and_strong(world: World) -> None:
    """KEY-2: ES256 and RS256; RSA of 2,048 bits or more; a `kid` that is the thumbprint; nothing private."""
    answer = await world.http.get("/.well-known/jwks.json")
    published = answer.json()["keys"]
    assert {key["alg"] for key in published} == {"ES256", "RS256"}
    for key in published:
        assert set(key) <= {"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"}
        imported: Any = (ECKey if key["kty"] == "EC" else RSAKey).import_key(key)
        assert imported.thumbprint() == key["kid"]
        if key["kty"] == "RSA":
            assert len(decode(key["n"])) * 8 >= 2048


# --- rotation


class RelyingParty:
    """Verifies by itself, and asks for keys only when its copy is older than it may be."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.fetched_at = -1
        self.lives = 0
        self.keys: KeySet | None = None

    async def verifies(self, token: str) -> bool:
        now = self.world.clock.now
        if self.keys is None or now >= self.fetched_at + self.lives:
            answer = await self.world.http.get("/.well-known/jwks.json")
            self.keys = KeySet.import_key_set(answer.json())
            (lives,) = [
                part.partition("=")[2]
                for part in answer.headers["cache-control"].split(", ")
                if part.startswith("max-age=")
            ]
            self.lives, self.fetched_at = int(lives), now
        try:
            jws.deserialize_compact(token, self.keys, algorithms=["ES256", "RS256"])
        except ValueError:  # no such key
            return False
        return True


async def test_no_token_is_ever_unverifiable_while_keys_rotate(
    templates: Templates, tmp_path: Path
) -> None:
    """KEY-3: two workers, a rotation whenever the next key has been published long enough; tokens of either,
    of every age, verify at a relying party that fetches keys as seldom as it may, and at the other worker."""
    configuration = demo_configuration(project())
    url = await templates.copy(tmp_path / "rotating.sqlite3", configuration, "lab")
    deployment = deployment_at(url, configuration)
    second = replace(deployment, clock=(clock := Clock()), entropy=Dice("the second worker's"))
    async with world_at(deployment) as one, app.run(second, carriers={}) as running:
        other = World(running, clock, RememberingCarrier())
        strict = RelyingParty(one)
        people = [Person(one, "ann@demo.localhost"), Person(other, "bob@demo.localhost")]
        for person in people:
            await person.log_in()
        living: list[tuple[int, str]] = []
        kids = set()
        for _ in range(8):
            await strict.verifies(people[0].tokens["access_token"])
            await app.rotate_keys(one.open_work)
            for _ in range(3):
                for person in people:
                    code = parameters(await person.authorize())["code"]
                    tokens = (await person.exchange(code)).json()
                    for token in (tokens["access_token"], tokens["id_token"]):
                        living.append((claims(token)["exp"], token))
                        kids.add(header_of(token)["kid"])
                    for world in (one, other):
                        seen = await world.http.get(
                            "/identity/v1/userinfo",
                            headers={"authorization": f"Bearer {tokens['access_token']}"},
                        )
                        assert seen.status_code == 200
                living = [(exp, token) for exp, token in living if exp > one.clock.now]
                for _, token in living:
                    assert await strict.verifies(token)
                for world in (one, other):
                    world.clock.advance(100)
            # the publication time: as long as a copy of the published keys may be kept
            assert strict.lives == 300
        assert len(kids) == 8


async def test_a_key_is_published_before_it_signs_and_after(world: World, bob: Person) -> None:
    """KEY-3: next, current, previous; a retired key goes a day after its last token has expired, not before."""

    async def published() -> set[str]:
        jwks = (await world.http.get("/.well-known/jwks.json")).json()
        return {key["kid"] for key in jwks["keys"] if key["alg"] == "ES256"}

    async def staged(stage: str) -> set[str]:
        rows = await all_rows(
            world,
            "SELECT kid FROM signing_keys WHERE stage = :stage AND alg = 'ES256'",
            stage=stage,
        )
        return {row["kid"] for row in rows}

    (first,), (second,) = await staged("current"), await staged("next")
    assert await published() == {first, second}
    await app.rotate_keys(world.open_work)
    assert await staged("current") == {second}
    assert await published() > {first, second}
    await bob.log_in()
    assert header_of(bob.tokens["access_token"])["kid"] == second

    world.clock.advance(3600 + 86_400)
    await app.rotate_keys(world.open_work)
    assert first in await published()
    world.clock.advance(1)
    await app.rotate_keys(world.open_work)
    assert first not in await published()
    assert second in await published()


# --- what lies in the database


async def test_whoever_reads_the_database_finds_no_private_key(world: World, bob: Person) -> None:
    """KEY-4: no member of a private key in any spelling, nor the master key, nor in any answer."""
    await bob.log_in()
    await app.rotate_keys(world.open_work)
    blob = flat(await dump(world))
    answers = b""
    for path in (
        "/.well-known/jwks.json",
        "/.well-known/openid-configuration",
        "/identity/v1/openapi.json",
        "/identity/v1/config?client_id=demo-shop",
    ):
        answers += (await world.http.get(path)).content
    async with world.open_work(reading=True) as work:
        signing = list((await keys.ring(work)).signing.values())
    assert len(signing) == 2
    for key in signing:
        whole = key.as_dict(private=True)
        public = key.as_dict(private=False)
        assert (
            public.get("x", public.get("n")).encode() in blob
        )  # the search would find what is there
        private = {name: whole[name] for name in whole.keys() - public.keys() - {"kid"}}
        assert "d" in private
        for value in private.values():
            raw = decode(value)
            for spelled in (
                value.encode(),
                raw,
                raw.hex().encode(),
                str(int.from_bytes(raw, "big")).encode(),
            ):
                assert spelled not in blob
                assert spelled not in answers
    assert MASTER.current not in blob
    assert MASTER.current.hex().encode() not in blob
    assert b"PRIVATE KEY" not in blob


async def test_a_sealed_key_opens_only_where_it_was_sealed(world: World) -> None:
    """KEY-4: bound to its row and to the master key; exchanged, cut or flipped, it does not open."""
    rows = await all_rows(world, "SELECT kid, sealed FROM signing_keys ORDER BY kid")
    one, other = rows[0], rows[1]
    assert rules.unseal(MASTER, "signing key", one["kid"], one["sealed"])
    for master, purpose, kid, sealed in (
        (MASTER, "signing key", other["kid"], one["sealed"]),
        (MASTER, "signing key", "", one["sealed"]),
        (MASTER, "outbox", one["kid"], one["sealed"]),
        (MASTER, "signing key", one["kid"], one["sealed"][:-1]),
        (MASTER, "signing key", one["kid"], one["sealed"][:-1] + bytes([one["sealed"][-1] ^ 1])),
        (MasterKeys(bytes(32)), "signing key", one["kid"], one["sealed"]),
    ):
        with pytest.raises(Unavailable):
            rules.unseal(master, purpose, kid, sealed)
    before = MasterKeys(bytes(32), previous=(MASTER.current,))
    assert rules.unseal(before, "signing key", one["kid"], one["sealed"])


async def test_keys_changed_round_in_the_database_sign_nothing(world: World, bob: Person) -> None:
    """KEY-4: fails closed, as unavailable, for everybody, without a word of why."""
    code = parameters(await bob.authorize(tkn=await bob.tkn()))["code"]
    rows = await all_rows(world, "SELECT kid, sealed FROM signing_keys WHERE alg = 'ES256'")
    for row, sealed in zip(rows, [rows[1]["sealed"], rows[0]["sealed"]], strict=True):
        await run(
            world,
            "UPDATE signing_keys SET sealed = :sealed WHERE kid = :kid",
            sealed=sealed,
            kid=row["kid"],
        )
    async with world.open_work() as work:
        await work.changed()
    answer = await bob.exchange(code)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert "master" not in answer.text


def test_what_is_kept_in_a_folder_is_its_owners(tmp_path: Path) -> None:
    """KEY-4: 0700 and 0600, and made once."""
    folder = Folder(tmp_path / "data")
    folder.make()
    master = folder.master_key()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data" / "master.key").stat().st_mode) == 0o600
    assert len(decode(master)) == 32
    assert folder.master_key() == master
    assert Folder(tmp_path / "other").path != folder.path


# --- one key, one purpose


def purposes() -> set[str]:
    """Every purpose that a key is derived for, as the code names them."""
    from ostiary.core.challenges.flow import CODE
    from ostiary.core.clients.flow import SECRET as CLIENT_SECRET
    from ostiary.core.keys.flow import _PRIVATE
    from ostiary.core.messages.flow import OUTBOX
    from ostiary.core.users.flow import GHOST

    return {CODE, CLIENT_SECRET, _PRIVATE, OUTBOX, GHOST, "project secret"}


def test_every_purpose_has_a_key_of_its_own() -> None:
    """KEY-5 (CVE-2026-110862): derived, distinct, and none of them the master key."""
    names = purposes()
    assert len(names) == 6
    derived = {name: rules.subkey(MASTER.current, name) for name in names}
    assert len(set(derived.values())) == len(names)
    for key in derived.values():
        assert len(key) == 32
        assert key != MASTER.current
        assert key != hashlib.sha256(MASTER.current).digest()


def test_nothing_made_for_one_purpose_is_good_for_another() -> None:
    """KEY-5: digests and seals, every pair, both ways."""
    for one, other in combinations(sorted(purposes()), 2):
        for here, there in ((one, other), (other, one)):
            digest = rules.keyed_digest(MASTER, here, b"123456")
            assert rules.matches(MASTER, here, b"123456", digest)
            assert not rules.matches(MASTER, there, b"123456", digest)
            sealed = rules.seal(MASTER, here, "row", b"plain", lambda size: bytes(size))
            assert rules.unseal(MASTER, here, "row", sealed) == b"plain"
            with pytest.raises(Unavailable):
                rules.unseal(MASTER, there, "row", sealed)


def test_a_seal_never_looks_the_same_twice(world: World) -> None:
    """KEY-4: another nonce each time (NIST SP 800-38D §8), from the work's own randomness."""
    throws = iter(range(100))
    sealed = {
        rules.seal(
            MASTER, "outbox", "row", b"plain", lambda size: next(throws).to_bytes(size, "big")
        )
        for _ in range(100)
    }
    assert len({blob[:12] for blob in sealed}) == 100


async def test_another_master_key_opens_nothing(templates: Templates, tmp_path: Path) -> None:
    """KEY-4: the database without its master key gives no token, no message and no secret away."""
    configuration = demo_configuration(project())
    url = await templates.copy(tmp_path / "stolen.sqlite3", configuration, "lab")
    thief = replace(deployment_at(url), master=MasterKeys(bytes(32)), configuration=None)
    async with world_at(thief) as world:
        bob = Person(world, "bob@demo.localhost")
        code = parameters(await bob.authorize(tkn=await bob.tkn()))["code"]
        assert (await bob.exchange(code)).status_code == 503
        answer = await world.http.post("/oauth/introspect", json={"token": "x"}, auth=BACKEND)
        assert answer.status_code == 401
