"""Whatever is sent, the answer is the dialect's own: the right 4xx, and nothing lost or spent by it."""

import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import Struct, inspect

from ostiary.wire.decoding import LARGEST_BODY
from ostiary.wire.http import Endpoint
from ostiary.wire.reachfive.routes import ENDPOINTS
from tests.conftest import MakeWorld
from tests.wire import requests
from tests.wire.requests import fields_of, path_of, said_in_a_query
from tests.wire.test_transcript_authorize import asked
from tests.wire.test_transcript_mfa import wrong
from tests.wire.transcript import ERROR_ID, SHARED
from tests.world import CALLBACK, CLIENT, ISSUER, PASSWORD, SHOP, VERIFIER, Person, World

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
DEEP = 10_000

WITH_BODY = [e for e in ENDPOINTS if e.body is not None]
WITH_QUERY = [e for e in ENDPOINTS if e.query is not None]
WITH_FORM = [e for e in ENDPOINTS if e.form]


def named(endpoints: list[Endpoint]) -> pytest.MarkDecorator:
    ids = [f"{e.method} {e.path}" for e in endpoints]
    return pytest.mark.parametrize("endpoint", endpoints, ids=ids)


class Bad(Struct, frozen=True, kw_only=True):
    """A request with one thing wrong; `field` is what the answer must name."""

    what: str
    content: bytes = b""
    media: str | None = None
    query: bytes = b""
    field: str | None = None
    key: str = ""


async def send(world: World, endpoint: Endpoint, bad: Bad, **headers: str) -> httpx2.Response:
    """To the byte: no client library mends the query on its way."""

    async def as_it_is(scope: Any, receive: Any, send: Any) -> None:
        await world.running.identity({**scope, "query_string": bad.query}, receive, send)

    media = {} if bad.media is None else {"content-type": bad.media}
    transport = httpx2.ASGITransport(as_it_is)
    async with httpx2.AsyncClient(transport=transport, base_url=ISSUER) as http:
        return await http.request(
            endpoint.method,
            path_of(endpoint),
            content=bad.content,
            headers={"origin": SHOP, **media, **headers},
        )


def refused(answer: httpx2.Response, endpoint: Endpoint, bad: Bad) -> None:
    """The dialect's error object, a 400 unless `bad` is of another kind, and readable by the page."""
    assert 400 <= answer.status_code < 500, f"{bad.what}: {answer.status_code} {answer.text}"
    body = answer.json()
    details = body.pop("error_details", None)
    assert body.keys() == {
        "error",
        "error_id",
        "error_description",
        "error_message_key",
        "error_user_msg",
    }
    assert body["error_id"] == ERROR_ID
    assert all(isinstance(text, str) and text for text in body.values())
    assert (body["error"], answer.status_code) == ("invalid_request", 400), bad.what
    assert body["error_message_key"] in ({bad.key} if bad.key else KEYS), bad.what
    if bad.field is not None:
        (told,) = details
        assert told["field"] == bad.field, bad.what
        assert told["code"] == ("missing" if bad.key.endswith("missing") else "invalid")
    if endpoint.cors:
        assert SHARED.items() <= dict(answer.headers).items()


MALFORMED = "error.body.malformed"
INVALID = "error.parameter.invalid"
MISSING = "error.parameter.missing"
REPEATED = "error.parameter.repeated"
KEYS = {MALFORMED, INVALID, MISSING}

NOT_JSON = {
    "half an object": b"{",
    "an object and a half": b"{}}",
    "no value": b'{"a":}',
    "half a word": b'{"a":nul}',
    "single quotes": b"{'a':1}",
    "a comma too many": b'{"a":1,}',
    "two values": b"{} {}",
    "not a number": b'{"a":NaN}',
    "a control character": b'{"a":"\x01"}',
    "half a surrogate": b'{"client_id":"\\ud800","a":"\\udc00"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "bytes that are no text": b'\xff\xfe\x00{"a":1}',
    "a form": b"a=1&b=2",
    "nothing but space": b"  \n ",
}
NOT_AN_OBJECT = {"a list": b"[]", "a text": b'"x"', "a number": b"1", "nothing": b"null"}


def wrong_values(type_: inspect.Type) -> Iterator[tuple[str, Any]]:
    """Values of every other kind than this."""
    kinds: dict[str, Any] = {
        "a number": 1,
        "a fraction": 1.5,
        "a truth": True,
        "a list": ["x"],
        "an object": {"x": "y"},
        "a text": "x",
        "a huge number": 10**400,
    }
    match type_:
        case inspect.UnionType(types=types):
            present = next(t for t in types if not isinstance(t, inspect.NoneType))
            yield from wrong_values(present)
            return
        case inspect.StrType():
            del kinds["a text"]
            kinds["no value"] = None
        case inspect.BoolType():
            del kinds["a truth"]
        case inspect.ListType():
            del kinds["a list"]
        case inspect.DictType() | inspect.StructType():
            del kinds["an object"]
        case other:
            raise NotImplementedError(other)
    yield from kinds.items()


def texts(type_: Any, prefix: str = "") -> Iterator[tuple[tuple[str, ...], inspect.Field]]:
    """Every field that takes a text, also those of an object inside."""
    for name, field in fields_of(type_).items():
        if isinstance(field.type, inspect.StructType):
            for path, inner in texts(field.type.cls):
                yield (name, *path), inner
        elif _is(field.type, inspect.StrType):
            yield (name,), field


def longest(type_: inspect.Type) -> int:
    """How much text this field takes: every one has its limit."""
    options = type_.types if isinstance(type_, inspect.UnionType) else (type_,)
    (limit,) = (o.max_length for o in options if isinstance(o, inspect.StrType))
    assert limit is not None
    return limit


def _is(type_: inspect.Type, kind: type[inspect.Type]) -> bool:
    options = type_.types if isinstance(type_, inspect.UnionType) else (type_,)
    return any(isinstance(option, kind) for option in options)


def changed(body: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    name, *rest = path
    return {**body, name: changed(body[name], tuple(rest), value) if rest else value}


def without(body: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    name, *rest = path
    if rest:
        return {**body, name: without(body[name], tuple(rest))}
    return {key: value for key, value in body.items() if key != name}


def leaves(type_: Any) -> Iterator[tuple[tuple[str, ...], inspect.Field]]:
    for name, field in fields_of(type_).items():
        yield (name,), field
        if isinstance(field.type, inspect.StructType):
            for path, inner in leaves(field.type.cls):
                yield (name, *path), inner


def bad_json(endpoint: Endpoint, body: dict[str, Any]) -> Iterator[Bad]:
    """Every way in which this JSON body can be wrong."""

    def spelled(what: str, value: Any, field: str | None = None, key: str = INVALID) -> Bad:
        content = value if isinstance(value, bytes) else msgspec.json.encode(value)
        return Bad(what=what, content=content, media=JSON, field=field, key=key)

    for what, text in NOT_JSON.items():
        yield spelled(what, text, key="")  # it may lack something before it ends as it should not
    for what, text in NOT_AN_OBJECT.items():
        yield spelled(what, text)
    whole = msgspec.json.encode(body)
    yield spelled("cut short", whole[:-1], key=MALFORMED)
    for deep in (b"[", b'{"x":'):
        nested = whole[:-1] + b',"unknown":' + deep * DEEP
        yield spelled("endlessly nested", nested[:LARGEST_BODY], key=MALFORMED)
    closed = b"[" * 40 + b"]" * 40
    yield spelled("too deeply nested", b'{"unknown":' + closed + b"," + whole[1:], key=MALFORMED)
    for path, field in leaves(endpoint.body):
        at = ".".join(path)
        for what, value in wrong_values(field.type):
            if value is None and not field.required:
                continue
            content = _huge(changed(body, path, value))
            yield spelled(f"{at} is {what}", content, at)
        if field.required:
            yield spelled(f"no {at}", without(body, path), at, MISSING)
    for path, field in texts(endpoint.body):
        at = ".".join(path)
        if longest(field.type) < LARGEST_BODY:
            endless = "x" * (longest(field.type) + 1)
            yield spelled(f"{at} is endless", changed(body, path, endless), at)
        yield spelled(f"{at} holds NUL", changed(body, path, "x\0y"), path[-1])


def _huge(body: dict[str, Any]) -> bytes:
    """msgspec writes no integer beyond 64 bits."""
    marker = {"huge": "⟨huge⟩"}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(member) for name, member in value.items()}
        big = isinstance(value, int) and not isinstance(value, bool) and value > 2**64
        return marker["huge"] if big else value

    return msgspec.json.encode(plain(body)).replace('"⟨huge⟩"'.encode(), b"1" + b"0" * 400)


def bad_parameters(type_: Any, values: dict[str, str]) -> Iterator[tuple[str, bytes, str, Any]]:
    """Every way in which form-encoded parameters can be wrong: what, how, the key, the field."""
    good = urlencode(values).encode()
    join = b"&" if good else b""
    for name in fields_of(type_):
        twice = urlencode({name: values.get(name, "x")}).encode()
        yield f"{name} twice", good + join + twice + b"&" + twice, REPEATED, name
    yield "an unknown parameter twice", good + join + b"z=1&z=2", REPEATED, "z"
    yield "no text", good + join + b"z=%FF%FE", MALFORMED, None
    yield "half a surrogate", good + join + b"z=%ED%A0%80", MALFORMED, None
    yield "bytes beyond ASCII", good + join + "z=é".encode(), MALFORMED, None
    yield (
        "endlessly many",
        good + join + b"&".join(b"z%d=1" % n for n in range(300)),
        MALFORMED,
        None,
    )
    for name, field in fields_of(type_).items():
        others = {key: value for key, value in values.items() if key != name}
        rest = urlencode(others).encode() + (b"&" if others else b"")
        key = quote(name).encode() + b"="
        if _is(field.type, inspect.StrType):
            endless = b"x" * (longest(field.type) + 1)
            yield f"{name} is endless", rest + key + endless, INVALID, name
        else:
            for what in ("x", "", "[]", "1.5", "9" * 5000):
                yield f"{name} is {what[:9]!r}", rest + key + what.encode(), INVALID, name
        yield f"{name} holds NUL", rest + key + b"x%00y", INVALID, name
        if field.required:
            yield f"no {name}", rest.rstrip(b"&"), MISSING, name


def bad_queries(endpoint: Endpoint, query: dict[str, str]) -> Iterator[Bad]:
    for what, text, key, field in bad_parameters(endpoint.query, query):
        yield Bad(what=what, query=text, key=key, field=field)


def bad_forms(endpoint: Endpoint, form: dict[str, str]) -> Iterator[Bad]:
    for what, text, key, field in bad_parameters(endpoint.body, form):
        yield Bad(what=what, content=text, media=FORM, key=key, field=field)


@named(WITH_BODY)
async def test_a_body_that_is_wrong_is_refused(world: World, endpoint: Endpoint) -> None:
    body = requests.example(endpoint, full=True).body
    for bad in bad_json(endpoint, body):
        refused(await send(world, endpoint, bad), endpoint, bad)


@named(WITH_QUERY)
async def test_a_query_that_is_wrong_is_refused(world: World, endpoint: Endpoint) -> None:
    query = requests.example(endpoint, full=True).query
    for bad in bad_queries(endpoint, query):
        refused(await send(world, endpoint, bad), endpoint, bad)


@named(WITH_FORM)
async def test_a_form_that_is_wrong_is_refused(world: World, endpoint: Endpoint) -> None:
    form = requests.example(endpoint, full=True).body
    for bad in bad_forms(endpoint, form):
        refused(await send(world, endpoint, bad), endpoint, bad)


@named(list(ENDPOINTS))
async def test_any_route_refuses_parameters_given_twice(world: World, endpoint: Endpoint) -> None:
    """OA-7, also where no parameter is read."""
    bad = Bad(what="twice", query=b"a=1&a=2", key=REPEATED, field="a")
    refused(await send(world, endpoint, bad), endpoint, bad)


@named(WITH_BODY)
async def test_what_is_unknown_is_ignored(
    world: World, make_world: MakeWorld, endpoint: Endpoint
) -> None:
    """The same request, once as it is and once with more in it, asked of two worlds that are alike."""
    body = requests.example(endpoint, full=True).body
    more = {**body, "unknown": {"a": [1, None, True]}, "clientId": "x", "__proto__": {"x": 1}}
    answers = []
    for asked_of, sent in ((world, body), (await make_world(name="alike"), more)):
        bad = Bad(what="is not", content=msgspec.json.encode(sent), media=JSON)
        answer = await send(asked_of, endpoint, bad)
        answers.append((answer.status_code, sorted(answer.json()) if answer.content else None))
    assert answers[0] == answers[1]
    assert answers[0][0] < 500


@named(WITH_BODY)
async def test_without_a_body_what_must_be_there_is_missing(
    world: World, endpoint: Endpoint
) -> None:
    required = [name for name, field in fields_of(endpoint.body).items() if field.required]
    for media in (None, JSON, *([FORM] if endpoint.form else [])):
        bad = Bad(
            what=f"nothing as {media}",
            media=media,
            key=MISSING,
            field=required[0] if required else None,
        )
        answer = await send(world, endpoint, bad)
        if required:
            refused(answer, endpoint, bad)
        else:
            assert answer.status_code < 500


# --- nothing is spent ---------------------------------------------------------------------------------

Spend = Callable[[World], Awaitable[tuple[Endpoint, dict[str, Any], dict[str, str]]]]


def endpoint_at(method: str, path: str) -> Endpoint:
    return next(e for e in ENDPOINTS if (e.method, e.path) == (method, path))


async def a_tkn_at_authorize(world: World) -> Any:
    tkn = await Person(world, "bob@demo.localhost").tkn()
    return endpoint_at("GET", "/oauth/authorize"), asked(tkn=tkn), {}


async def a_tkn_at_step_up(world: World) -> Any:
    tkn = await Person(world, "bob@demo.localhost").tkn()
    return endpoint_at("POST", "/identity/v1/mfa/stepup"), asked(tkn=tkn), {}


async def a_code_at_token(world: World) -> Any:
    bob = Person(world, "bob@demo.localhost")
    answer = await bob.authorize(tkn=await bob.tkn())
    body = {
        "client_id": CLIENT,
        "grant_type": "authorization_code",
        "code": httpx2.URL(answer.headers["location"]).params["code"],
        "code_verifier": VERIFIER,
        "redirect_uri": CALLBACK,
    }
    return endpoint_at("POST", "/oauth/token"), body, {}


async def a_refresh_token_at_token(world: World) -> Any:
    bob = Person(world, "bob@demo.localhost")
    refresh = (await bob.log_in())["refresh_token"]
    body = {"client_id": CLIENT, "grant_type": "refresh_token", "refresh_token": refresh}
    return endpoint_at("POST", "/oauth/token"), body, {}


async def a_step_up_token_at_start(world: World) -> Any:
    bob = Person(world, "bob@demo.localhost")
    body = {"auth_type": "sms", "step_up": await bob.step_up_token(tkn=await bob.tkn())}
    return endpoint_at("POST", "/identity/v1/passwordless/start"), body, {}


async def a_challenge_at_verify(world: World) -> Any:
    bob = Person(world, "bob@demo.localhost")
    challenge = await bob.challenge(await bob.step_up_token(tkn=await bob.tkn()))
    body = {"challenge_id": challenge, "verification_code": await world.code()}
    return endpoint_at("POST", "/identity/v1/passwordless/verify"), body, {}


async def a_challenge_at_verify_by_redirect(world: World) -> Any:
    _, body, _ = await a_challenge_at_verify(world)
    query = {**body, "client_id": CLIENT, "redirect_uri": CALLBACK}
    return endpoint_at("GET", "/identity/v1/passwordless/verify"), query, {}


async def a_code_at_registration(world: World) -> Any:
    ann = Person(world, "ann@demo.localhost")
    await ann.log_in()
    number = {"phone_number": "+33611223344"}
    await ann.post("/mfa/credentials/phone-numbers", number, headers=ann.bearer)
    body = {"verification_code": await world.code("+33611223344")}
    path = "/identity/v1/mfa/credentials/phone-numbers/verify"
    return endpoint_at("POST", path), body, ann.bearer


async def a_code_at_reset(world: World) -> Any:
    ann = {"client_id": CLIENT, "email": "ann@demo.localhost"}
    await world.http.post("/identity/v1/forgot-password", json=ann)
    code = await world.code("ann@demo.localhost")
    body = {**ann, "verification_code": code, "password": f"{PASSWORD} and more"}
    return endpoint_at("POST", "/identity/v1/update-password"), body, {}


SPENDING: list[Spend] = [
    a_tkn_at_authorize,
    a_tkn_at_step_up,
    a_code_at_token,
    a_refresh_token_at_token,
    a_step_up_token_at_start,
    a_challenge_at_verify,
    a_challenge_at_verify_by_redirect,
    a_code_at_registration,
    a_code_at_reset,
]


@pytest.mark.parametrize("prepare", SPENDING, ids=lambda prepare: prepare.__name__)
async def test_what_is_refused_spends_nothing(world: World, prepare: Spend) -> None:
    """After every malformed variant of a request, the request itself is still good."""
    endpoint, good, headers = await prepare(world)
    if endpoint.body is not None:
        bads = list(bad_json(endpoint, {**requests.example(endpoint, full=True).body, **good}))
        if endpoint.form:
            bads += bad_forms(endpoint, good)
    else:
        bads = list(bad_queries(endpoint, good))
    for bad in bads:
        refused(await send(world, endpoint, bad, **headers), endpoint, bad)
    if endpoint.body is not None:
        right = Bad(what="right", content=msgspec.json.encode(good), media=JSON)
    else:
        right = Bad(what="right", query=urlencode(good).encode())
    answer = await send(world, endpoint, right, **headers)
    assert answer.status_code == endpoint.status, answer.text
    if endpoint.status == 303:
        assert "code" in httpx2.URL(answer.headers["location"]).params


# --- what is no code is no code (OTP-14) ---------------------------------------------------------------

FEW = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
GENEROUS = """
project: {project_id: project-test-generous}
settings:
  sends: {per_recipient_per_hour: 1000000, per_recipient_per_day: 1000000}
clients:
  - client_id: demo-shop
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
    origins: ["https://shop.demo.localhost:8443"]
users:
  - email: bob@demo.localhost
    password: correct horse battery staple
    mfa: [{type: sms, phone_number: "+33612345678"}]
"""
DIGITS = "".join(c for c in map(chr, range(0x80, 0x1FFFF)) if unicodedata.category(c) == "Nd")


def in_script(code: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(digit)) for digit in code)


NEARLY: dict[str, Callable[[str], Any]] = {
    "full width": lambda code: in_script(code, "０"),
    "Arabic": lambda code: in_script(code, "٠"),
    "one Bengali digit": lambda code: in_script(code[:1], "০") + code[1:],
    "a space before": lambda code: f" {code}",
    "a space after": lambda code: f"{code} ",
    "a line after": lambda code: f"{code}\n",
    "a space within": lambda code: f"{code[:3]} {code[3:]}",
    "a joiner within": lambda code: f"{code[:3]}\u200d{code[3:]}",
    "a sign": lambda code: f"+{code}",
    "a zero before": lambda code: f"0{code}",
    "a fraction": lambda code: f"{code}.0",
    "an exponent": lambda code: f"{code}e0",
    "underlined": lambda code: f"{code[:3]}_{code[3:]}",
    "one digit short": lambda code: code[:-1],
    "twice": lambda code: code * 2,
    "NUL after": lambda code: f"{code}\0",
    "10 kB of it": lambda code: code * 1700,
    "a number": int,
    "a float": float,
    "a list": lambda code: [code],
    "its digits": list,
    "an object": lambda code: {"verification_code": code},
    "an operator": lambda code: {"$ne": ""},
    "a pattern": lambda code: ".*",
    "a wildcard": lambda code: "%",
    "nothing": lambda code: None,
    "empty": lambda code: "",
    "true": lambda code: True,
}
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.text(alphabet=DIGITS, min_size=1, max_size=10),
    st.text(alphabet="0123456789", max_size=12),
    st.lists(st.text(alphabet="0123456789", max_size=6), max_size=6),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


@pytest.fixture
async def generous(make_world: MakeWorld) -> World:
    """Where nobody is told to wait for a code."""
    return await make_world(GENEROUS, "generous")


async def never_accepted(world: World, nearly: Callable[[str], Any]) -> None:
    """Neither checked nor redeemed; and the right code is still good afterwards."""
    bob = Person(world, "bob@demo.localhost")
    challenge = await bob.challenge(await bob.step_up_token(tkn=await bob.tkn()))
    code = await world.code()
    guess = nearly(code)
    assert guess != code
    for path in ("/verify-auth-code", "/passwordless/verify"):
        answer = await bob.post(path, {"challenge_id": challenge, "verification_code": guess})
        assert answer.status_code in (400, 401), answer.text
        assert answer.json()["error"] in {"invalid_request", "invalid_grant"}
        assert "set-cookie" not in answer.headers
    assert (await bob.verify(challenge, code)).status_code == 200


@pytest.mark.parametrize("nearly", NEARLY.values(), ids=NEARLY.keys())
async def test_nearly_the_code_is_not_the_code(
    generous: World, nearly: Callable[[str], Any]
) -> None:
    await never_accepted(generous, nearly)


@FEW
@given(anything=ANYTHING)
@example(anything="９" * 6)
async def test_nothing_else_is_the_code(generous: World, anything: Any) -> None:
    await never_accepted(generous, lambda code: wrong(code) if anything == code else anything)


# --- and whatever else there is ------------------------------------------------------------------------

MEMBERS = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=30),
        st.sampled_from(["", CLIENT, "backend", CALLBACK, "sms", "email", "+33612345678", "x@y.z"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@FEW
@given(data=st.data())
async def test_no_body_is_too_much(generous: World, data: st.DataObject) -> None:
    """Well-formed JSON with anything in any field: never a 5xx."""
    endpoint = data.draw(st.sampled_from(WITH_BODY))
    names = list(fields_of(endpoint.body))
    body = data.draw(st.dictionaries(st.sampled_from([*names, "unknown"]), MEMBERS, max_size=6))
    bad = Bad(what="anything", content=msgspec.json.encode(body), media=JSON)
    answer = await send(generous, endpoint, bad)
    assert answer.status_code < 500, answer.text
    assert answer.status_code == 204 or answer.json() is not None


@FEW
@given(data=st.data())
async def test_no_query_is_too_much(generous: World, data: st.DataObject) -> None:
    endpoint = data.draw(st.sampled_from(WITH_QUERY))
    names = list(fields_of(endpoint.query))
    query = data.draw(st.dictionaries(st.sampled_from(names), MEMBERS.map(said_in_a_query)))
    bad = Bad(what="anything", query=urlencode(query).encode())
    answer = await send(generous, endpoint, bad)
    assert answer.status_code < 500, answer.text


@FEW
@given(
    name=st.sampled_from(
        [
            "accept",
            "accept-language",
            "authorization",
            "content-type",
            "cookie",
            "custom-locale",
            "origin",
            "user-agent",
            "x-forwarded-for",
            "x-r5-correlation-id",
            "host",
            "forwarded",
        ]
    ),
    value=st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=200),
)
async def test_no_header_is_too_much(generous: World, name: str, value: str) -> None:
    for method, path in (("GET", "/oauth/authorize"), ("POST", "/identity/v1/mfa/stepup")):
        request = generous.http.build_request(method, path, params=asked())
        headers = [(k, v) for k, v in request.headers.raw if k.lower() != name.encode()]
        headers.append((name.encode(), value.strip().encode("latin-1")))
        answer = await generous.http.send(httpx2.Request(method, request.url, headers=headers))
        assert answer.status_code < 500, answer.text


def test_a_wrong_code_is_wrong() -> None:
    """The tests' own helper."""
    assert wrong("999999") == "000000"
