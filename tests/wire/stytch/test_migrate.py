"""Passwords that another system knows by their hashes: checked as they are, then hashed anew; never at any price."""

import hashlib
from base64 import b64encode
from typing import Any

import bcrypt
import pytest
from argon2.low_level import Type, hash_secret, hash_secret_raw

from ostiary.core.factors import password as passwords
from tests.security.lab import all_rows
from tests.security.test_passwords import Counting
from tests.wire.stytch.conftest import Ask
from tests.wire.stytch.test_users import ANN, EMAIL, PHONE, logged_in, made, said
from tests.world import World

OLD = "pässword of old"
RAW = OLD.encode()
SALT = b"sixteen of salt."


def encoded(value: bytes) -> str:
    return b64encode(value).decode()


def argon2(kind: Type, **more: int) -> str:
    cost = {"time_cost": 2, "memory_cost": 64, "parallelism": 1, "hash_len": 32} | more
    return hash_secret(RAW, SALT, type=kind, **cost).decode()


SALTS = {"prepend_salt": "before", "append_salt": "after"}
SALTED = b"before" + RAW + b"after"
SCRYPT = hashlib.scrypt(RAW, salt=SALT, n=16, r=8, p=1, dklen=64)
PBKDF2 = hashlib.pbkdf2_hmac("sha256", RAW, SALT, 1000, 24)
PBKDF2_512 = hashlib.pbkdf2_hmac("sha512", RAW, SALT, 1000, 64)
ARGON2 = hash_secret_raw(RAW, SALT, 2, 64, 1, 24, Type.ID)
SCRYPT_CONFIG = {
    "salt": encoded(SALT),
    "n_parameter": 16,
    "r_parameter": 8,
    "p_parameter": 1,
    "key_length": 64,
}
PBKDF2_CONFIG = {"salt": encoded(SALT), "iteration_amount": 1000, "key_length": 24}
ARGON2_CONFIG = {
    "salt": SALT.decode(),
    "iteration_amount": 2,
    "memory": 64,
    "threads": 1,
    "key_length": 24,
}
BCRYPT = bcrypt.hashpw(RAW, bcrypt.gensalt(4)).decode()
HASHES: dict[str, dict[str, Any]] = {
    "bcrypt": {"hash_type": "bcrypt", "hash": BCRYPT},
    "bcrypt, by PHP": {"hash_type": "bcrypt", "hash": BCRYPT.replace("$2b$", "$2y$")},
    "md5": {"hash_type": "md_5", "hash": hashlib.md5(RAW).hexdigest()},
    "md5, salted": {
        "hash_type": "md_5",
        "hash": hashlib.md5(SALTED).hexdigest().upper(),
        "md_5_config": SALTS,
    },
    "sha1": {"hash_type": "sha_1", "hash": hashlib.sha1(RAW).hexdigest()},
    "sha1, salted": {
        "hash_type": "sha_1",
        "hash": hashlib.sha1(SALTED).hexdigest(),
        "sha_1_config": SALTS,
    },
    "sha512, salted": {
        "hash_type": "sha_512",
        "hash": hashlib.sha512(SALTED).hexdigest(),
        "sha_512_config": SALTS,
    },
    "argon2i": {"hash_type": "argon_2i", "hash": argon2(Type.I)},
    "argon2id": {"hash_type": "argon_2id", "hash": argon2(Type.ID)},
    "argon2id, raw": {
        "hash_type": "argon_2id",
        "hash": ARGON2.hex(),
        "argon_2_config": ARGON2_CONFIG,
    },
    "scrypt": {"hash_type": "scrypt", "hash": encoded(SCRYPT), "scrypt_config": SCRYPT_CONFIG},
    "scrypt, encoded": {
        "hash_type": "scrypt",
        "hash": f"$scrypt$ln=4,r=8,p=1${encoded(SALT).rstrip('=')}${encoded(SCRYPT).rstrip('=')}",
    },
    "pbkdf2": {"hash_type": "pbkdf_2", "hash": encoded(PBKDF2), "pbkdf_2_config": PBKDF2_CONFIG},
    "pbkdf2 with sha512": {
        "hash_type": "pbkdf_2",
        "hash": encoded(PBKDF2_512),
        "pbkdf_2_config": {**PBKDF2_CONFIG, "key_length": 64, "algorithm": "sha512"},
    },
}
WITH = {"email": EMAIL, "password": OLD}


async def migrated(ask: Ask, **body: Any) -> Any:
    return await ask("POST /passwords/migrate", {"email": EMAIL, **HASHES["md5"], **body})


async def states(world: World, user: str) -> list[bytes]:
    id = user.removeprefix("user-test-")
    rows = await all_rows(world, f"SELECT state FROM credentials WHERE user_id = '{id}'")
    return [bytes(row["state"]) for row in rows]


@pytest.mark.parametrize("name", HASHES)
async def test_it_is_good_and_hashed_anew(ask: Ask, world: World, name: str) -> None:
    """PW-1: after the first right password nothing of the old hash is left."""
    answer = await ask("POST /passwords/migrate", {"email": EMAIL, **HASHES[name]})
    assert (answer["status_code"], answer["user_created"]) == (200, True), answer
    user = answer["user_id"]
    [before] = await states(world, user)
    wrong = await logged_in(ask, {**WITH, "password": "another"})
    assert said(wrong) == (401, "unauthorized_credentials")
    assert await states(world, user) == [before]
    for _ in range(2):
        assert (await logged_in(ask, WITH))["status_code"] == 200
    [after] = await states(world, user)
    assert after.startswith(b"$argon2id$v=19$m=19456,t=2,p=1$")


async def test_phpass(ask: Ask) -> None:
    """The vector that its authors publish."""
    body = {"hash_type": "phpass", "hash": "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0"}
    assert (await migrated(ask, **body))["status_code"] == 200
    assert (await logged_in(ask, {"email": EMAIL, "password": "test12345"}))["status_code"] == 200


async def test_bcrypt_reads_72_bytes(ask: Ask) -> None:
    long = "x" * 80
    kept = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    await migrated(ask, hash_type="bcrypt", hash=kept)
    assert (await logged_in(ask, {"email": EMAIL, "password": long}))["status_code"] == 200


async def test_somebody_new(ask: Ask) -> None:
    answer = await migrated(
        ask,
        set_email_verified=True,
        phone_number=PHONE,
        set_phone_number_verified=True,
        name={"first_name": "Dora"},
        trusted_metadata={"a": 1},
        external_id="crm.1",
        roles=["editor"],
    )
    user = answer["user"]
    assert (answer["user_id"], answer["user_created"]) == (user["user_id"], True)
    assert user["emails"] == [{"email_id": answer["email_id"], "email": EMAIL, "verified": True}]
    assert user["phone_numbers"][0]["verified"] is True
    assert (user["name"]["first_name"], user["trusted_metadata"]) == ("Dora", {"a": 1})
    assert (user["external_id"], user["roles"]) == ("crm.1", ["editor"])
    assert user["password"]["requires_reset"] is False


async def test_somebody_who_had_none(ask: Ask, world: World) -> None:
    """What was known of them stays, what is said is added; and they are told."""
    known = await made(ask, external_id="crm.1", trusted_metadata={"a": 1})
    answer = await migrated(
        ask,
        set_email_verified=True,
        phone_number=PHONE,
        external_id="crm.2",
        trusted_metadata={"b": 2},
    )
    assert (answer["user_id"], answer["user_created"]) == (known["user_id"], False)
    user = answer["user"]
    assert (user["external_id"], user["trusted_metadata"]) == ("crm.1", {"a": 1, "b": 2})
    assert user["emails"][0]["verified"] is True
    assert user["phone_numbers"][0] | {"phone_id": ""} == {
        "phone_id": "",
        "phone_number": PHONE,
        "verified": False,
    }
    assert (await logged_in(ask, WITH))["status_code"] == 200
    again = await migrated(ask)
    assert said(again) == (400, "password_already_exists")
    assert said(await migrated(ask, email=ANN["email"])) == (400, "password_already_exists")


async def test_another_users_number(ask: Ask) -> None:
    await made(ask)
    await ask("POST /users", {"phone_number": PHONE})
    assert said(await migrated(ask, phone_number=PHONE)) == (400, "duplicate_phone_number")
    new = await migrated(ask, email="new@example.com", phone_number=PHONE)
    assert said(new) == (400, "duplicate_phone_number")


async def test_it_is_distrusted_like_any_other(ask: Ask, world: World) -> None:
    """An imported hash of an address that its owner then proves without it."""
    await migrated(ask)
    sent = await ask("POST /otps/email/send", {"email": EMAIL})
    body = {"method_id": sent["email_id"], "code": await world.code(EMAIL)}
    owner = await ask("POST /otps/authenticate", body)
    assert owner["user"]["password"]["requires_reset"] is True
    assert said(await logged_in(ask, WITH)) == (400, "reset_password")


def scrypt(**more: Any) -> dict[str, Any]:
    return HASHES["scrypt"] | {"scrypt_config": SCRYPT_CONFIG | more}


def pbkdf2(**more: Any) -> dict[str, Any]:
    return HASHES["pbkdf2"] | {"pbkdf_2_config": PBKDF2_CONFIG | more}


def raw_argon2(**more: Any) -> dict[str, Any]:
    return HASHES["argon2id, raw"] | {"argon_2_config": ARGON2_CONFIG | more}


def of(type: str, text: str) -> dict[str, Any]:
    return {"hash_type": type, "hash": text}


def costing(cost: str) -> str:
    return argon2(Type.ID).replace("m=64,t=2,p=1", cost)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (of("rot_13", "x"), "invalid_hash_type"),
        (of("bcrypt", "x"), "invalid_bcrypt_hash"),
        (of("bcrypt", BCRYPT[:-1]), "invalid_bcrypt_hash"),
        (of("bcrypt", BCRYPT.replace("$04$", "$15$")), "invalid_bcrypt_cost"),
        (of("bcrypt", BCRYPT.replace("$04$", "$31$")), "invalid_bcrypt_cost"),
        (of("md_5", "x" * 32), "invalid_md_5_hash"),
        (of("md_5", "0" * 31), "invalid_md_5_hash"),
        (of("sha_1", "0" * 32), "invalid_sha_1_hash"),
        (of("sha_512", "0" * 127), "invalid_sha_512_hash"),
        (of("phpass", "$Q$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0"), "invalid_phpass_hash_prefix"),
        (of("phpass", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L"), "invalid_phpass_hash_format"),
        (of("phpass", "$P$SIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0"), "invalid_phpass_hash_format"),
        (of("argon_2id", "x"), "invalid_hash"),
        (of("argon_2i", argon2(Type.ID)), "invalid_hash"),
        (of("argon_2id", costing("m=262145,t=1,p=1")), "invalid_argon_2_memory"),
        (of("argon_2id", costing("m=1,t=1,p=1")), "invalid_argon_2_memory"),
        (of("argon_2id", costing("m=262144,t=5,p=1")), "invalid_argon_2_iteration_amount"),
        (of("argon_2id", costing("m=64,t=0,p=1")), "invalid_argon_2_iteration_amount"),
        (of("argon_2id", costing("m=999999,t=1,p=99")), "invalid_argon_2_threads"),
        (raw_argon2(key_length=32), "argon_2_key_length_mismatch"),
        (raw_argon2(memory=1 << 29), "invalid_argon_2_memory"),
        (raw_argon2() | {"hash": "not hexadecimal"}, "invalid_hash"),
        (of("scrypt", encoded(SCRYPT)), "invalid_scrypt_parameters"),
        (of("scrypt", "$scrypt$ln=99,r=8,p=1$eA$eA"), "invalid_scrypt_parameters"),
        (of("scrypt", "$scrypt$ln=4$eA$eA"), "invalid_scrypt_parameters"),
        (scrypt(n_parameter=15), "invalid_scrypt_n_parameter"),
        (scrypt(n_parameter=1), "invalid_scrypt_n_parameter"),
        (scrypt(n_parameter=1 << 19), "invalid_scrypt_n_parameter"),
        (scrypt(n_parameter=1 << 18, r_parameter=9), "invalid_scrypt_n_parameter"),
        (scrypt(n_parameter=1 << 18, p_parameter=3), "invalid_scrypt_parameters"),
        (scrypt(r_parameter=0), "invalid_scrypt_parameters"),
        (scrypt(key_length=32), "scrypt_key_length_mismatch"),
        (scrypt(salt="*"), "invalid_base64_scrypt_salt"),
        (scrypt() | {"hash": "*"}, "invalid_base64_scrypt_hash"),
        (of("pbkdf_2", encoded(PBKDF2)), "invalid_pbkdf_2_salt"),
        (pbkdf2(algorithm="md5"), "invalid_pbkdf_2_algorithm"),
        (pbkdf2(iteration_amount=2_000_001), "invalid_pbkdf_2_iteration_amount"),
        (pbkdf2(iteration_amount=0), "invalid_pbkdf_2_iteration_amount"),
        (pbkdf2(key_length=32), "pbkdf_2_key_length_mismatch"),
        (pbkdf2(key_length=3) | {"hash": "eHh4"}, "invalid_pbkdf_2_hash"),
    ],
)
async def test_what_is_not_taken(ask: Ask, body: dict[str, Any], error: str) -> None:
    assert said(await ask("POST /passwords/migrate", {"email": EMAIL, **body})) == (400, error)


async def test_a_wrong_password_is_no_cheaper(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """PW-4: a quick old hash does not tell who has one."""
    await migrated(ask)
    counting = Counting(passwords.HASHER)
    monkeypatch.setattr(passwords, "HASHER", counting)
    await logged_in(ask, {**WITH, "password": "wrong"})
    assert counting.calls == ["verify"]
