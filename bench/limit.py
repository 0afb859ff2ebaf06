"""The limit: the unavoidable work of each operation and nothing else, on the same uvicorn, SQLite and signatures.

It checks nothing and is of no use; a server that did no more than this could not be correct. What it
manages in the same run is what a figure of ours is divided by.
"""

import asyncio
import json
import secrets
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
import uvloop
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

ROWS = 1000  # there from the start, to be read and updated
BODY = secrets.token_bytes(400)  # about the size of a grant
CLAIMS = secrets.token_bytes(500)  # about the size of an access token's
ES256 = ECDSA(SHA256())
RS256 = PKCS1v15(), SHA256()


class Work(NamedTuple):
    """What of an operation nobody can leave out; `inserts` and `updates` are rows.

    Signatures are ES256, but `rsa`, which are RS256.
    """

    signatures: int = 0
    verifications: int = 0
    rsa: int = 0
    rsa_verifications: int = 0
    reads: int = 0
    updates: int = 0
    inserts: int = 0


WORK = {
    "/authorize": Work(reads=1, updates=1, inserts=2),  # session; grant, journal
    "/code": Work(signatures=2, reads=2, updates=1, inserts=1),  # grant, user; journal
    "/refresh": Work(signatures=2, reads=2, updates=1, inserts=1),
    "/introspect": Work(verifications=1, reads=1),  # grant
    "/userinfo": Work(verifications=1, reads=2),  # grant, user
    "/step-up": Work(reads=2, inserts=2),  # session, credentials; transaction, journal
    "/start": Work(  # the transaction and two budgets; challenge, outbox, journal
        reads=3, updates=3, inserts=3
    ),
    "/delivery": Work(updates=2, inserts=2),  # the outbox; journal, inbox
    "/verify": Work(  # transaction, credential, session; grant, and what happened
        reads=5, updates=3, inserts=5
    ),
    "/jwks": Work(),
    # of a back end
    "/check": Work(rsa=1, reads=4, updates=1),  # session, user, contact, credential; session
    "/check-jwt": Work(rsa=1, rsa_verifications=1, reads=4, updates=1),
    "/send": Work(  # as a check, and the two budgets; transaction, challenge, outbox, journal
        reads=4, updates=2, inserts=4
    ),
    "/answer": Work(  # as a check, transaction, challenge; the same, user; and what happened
        rsa=1, reads=6, updates=4, inserts=3
    ),
    "/app": Work(rsa=1, reads=4, updates=3, inserts=3),  # credential, session, user; what happened
}
DELIVERING = {"/start", "/send"}


class Limit:
    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, cached_statements=64)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(
            "CREATE TABLE kept (id TEXT PRIMARY KEY NOT NULL, owner TEXT, body BLOB)"
        )
        self._database.execute("CREATE INDEX kept_owner ON kept (owner, id)")
        self._ids = [self._new_id() for _ in range(ROWS)]
        rows = [(id, id, BODY) for id in self._ids]
        self._database.executemany("INSERT INTO kept VALUES (?, ?, ?)", rows)
        self._key = generate_private_key(SECP256R1())
        self._signature = self._key.sign(CLAIMS, ES256)
        self._public = self._key.public_key()
        self._rsa = rsa.generate_private_key(65537, 2048)
        self._rsa_signature = self._rsa.sign(CLAIMS, *RS256)
        self._rsa_public = self._rsa.public_key()

    def _new_id(self) -> str:
        return f"{time.time_ns():016x}{secrets.token_hex(10)}"  # in the order of time, as ours are

    def _some_id(self) -> str:
        return secrets.choice(self._ids)

    def do(self, work: Work) -> None:
        run = self._database.execute
        writing = work.updates + work.inserts
        if writing:
            run("BEGIN IMMEDIATE")
        for _ in range(work.reads):
            run("SELECT * FROM kept WHERE id = ?", (self._some_id(),)).fetchone()
        for _ in range(work.updates):
            run("UPDATE kept SET body = ? WHERE id = ?", (BODY, self._some_id()))
        for _ in range(work.inserts):
            run("INSERT INTO kept VALUES (?, ?, ?)", (self._new_id(), self._ids[0], BODY))
        for _ in range(work.verifications):
            self._public.verify(self._signature, CLAIMS, ES256)
        for _ in range(work.signatures):
            self._key.sign(CLAIMS, ES256)
        for _ in range(work.rsa_verifications):
            self._rsa_public.verify(self._rsa_signature, CLAIMS, *RS256)
        for _ in range(work.rsa):
            self._rsa.sign(CLAIMS, *RS256)
        if writing:
            run("COMMIT")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = (await receive())["body"]
        if asked:
            json.loads(asked)
        self.do(WORK[scope["path"]])
        if scope["path"] in DELIVERING:
            self.do(WORK["/delivery"])
        headers = [(b"content-length", b"%d" % len(CLAIMS)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": CLAIMS})


async def serve(data: str, port: int) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            Limit(str(Path(data) / "limit.sqlite3")),
            port=port,
            http="httptools",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
        )
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    print("ready", flush=True)
    await serving


def argon2id(count: int) -> float:
    """Password checks a processor second, with the parameters the server uses (PW-1)."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    kept = hasher.hash("a password")
    started = time.process_time()
    for _ in range(count):
        hasher.verify(kept, "a password")
    return count / (time.process_time() - started)


def rs256(count: int) -> float:
    """Signatures a processor second."""
    key = rsa.generate_private_key(65537, 2048)
    key.sign(CLAIMS, *RS256)  # what is computed once for a key is, now
    started = time.process_time()
    for _ in range(count):
        key.sign(CLAIMS, *RS256)
    return count / (time.process_time() - started)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["rs256", count]:
            print(rs256(int(count)))
        case ["argon2id", count]:
            print(argon2id(int(count)))
        case [data, port]:
            uvloop.run(serve(data, int(port)))
