"""Message templates by the admin API: read, replaced, tried, restored (M8)."""

from typing import Any

import pytest

from ostiary.core.messages.model import Purpose
from tests.world import CALLBACK, Person, World

STEP_UP = "/templates/mfa_step_up/sms"
BY_MAIL = "/templates/mfa_step_up/email"
MINE = {"text": "Say {{ verification_code }}, {{ user.given_name }}.", "code_lifetime": None}
LETTER = {
    "from": "Shop <no-reply@shop.example>",
    "subject": "Your code at {{ client.name }}",
    "html": False,
    "body": "It is {{ verification_code }}.",
    "redirect_url": CALLBACK,
    "code_lifetime": 120,
    "link_lifetime": 60,
}


async def put(world: World, path: str, body: Any, **query: str) -> dict[str, Any]:
    answer = await world.admin().put(path, json=body, params=query)
    assert answer.status_code == 200, answer.text
    saved: dict[str, Any] = answer.json()
    assert (await world.admin().get(path, params=query)).json() == saved
    return saved


async def step_up_message(world: World, person: Person, auth_type: str = "sms") -> Any:
    await person.log_in()
    await person.challenge(await person.step_up_token(), auth_type)
    return (await world.message()).rendered


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_there_is_a_text_for_everything(world: World, purpose: str, channel: str) -> None:
    """The built-in one, in the language asked for; and it can be saved as it is."""
    admin, path = world.admin(), f"/templates/{purpose}/{channel}"
    told = {}
    for locale in ("", "en", "fr"):
        answer = await admin.get(path, params={"locale": locale})
        assert answer.status_code == 200
        told[locale] = answer.json()
        assert (await admin.put(path, json=answer.json())).status_code == 200
        preview = await admin.post(f"{path}/preview", json=answer.json())
        assert preview.json()["text"]
    assert told[""] == told["en"] != told["fr"]


async def test_a_template_is_replaced_and_speaks_at_once(world: World, bob: Person) -> None:
    assert await put(world, STEP_UP, MINE) == MINE
    rendered = await step_up_message(world, bob)
    assert rendered.text == f"Say {await world.code()}, Bob."


async def test_a_letter_is_replaced_and_speaks_at_once(world: World, cleo: Person) -> None:
    assert await put(world, BY_MAIL, LETTER) == LETTER
    rendered = await step_up_message(world, cleo, "email")
    assert rendered.sender == "Shop <no-reply@shop.example>"
    assert rendered.subject == "Your code at Demo shop"
    assert rendered.text == f"It is {await world.code()}."
    assert rendered.html is None


async def test_a_new_mailbox_does_not_learn_of_the_old_one(world: World, ann: Person) -> None:
    """M8: the reader's address is the one that the message goes to."""
    await put(world, "/templates/email_verification/email", {**LETTER, "body": "{{ user.email }}"})
    await ann.log_in()
    new = "ann2@demo.localhost"
    await ann.post("/update-email", {"email": new}, headers=ann.bearer)
    assert (await world.message(new)).rendered.text == new


async def test_an_empty_template_leaves_every_word_to_ours(world: World, bob: Person) -> None:
    await put(world, STEP_UP, MINE)
    await put(world, STEP_UP, {})
    rendered = await step_up_message(world, bob)
    assert rendered.text.endswith(f"@id.demo.localhost #{await world.code()}")


async def test_each_language_has_its_own(world: World, bob: Person) -> None:
    await put(world, STEP_UP, {"text": "Code {{ verification_code }}"}, locale="fr-BE")
    assert (await world.admin().get(STEP_UP)).json()["text"].startswith("{{ verification_code }}")
    found = (await world.admin().get(STEP_UP, params={"locale": "fr_be"})).json()
    assert found["text"] == "Code {{ verification_code }}"


@pytest.mark.parametrize(("wait", "status"), [(19, 200), (20, 401)])
async def test_its_own_lifetime_goes_before_the_settings(
    world: World, bob: Person, wait: int, status: int
) -> None:
    await put(world, STEP_UP, {"text": "{{ verification_code }}", "code_lifetime": 20})
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    world.clock.advance(wait)
    assert (await bob.verify(challenge, await world.code())).status_code == status


REFUSED: list[tuple[str, dict[str, Any], str, str, str | None]] = [
    (STEP_UP, {"text": "{{ verification_cod }}"}, "text", "unknown variable", "verification_code"),
    (STEP_UP, {"text": "{{ link }}"}, "text", "unknown variable", None),
    (STEP_UP, {"text": "{{ user.emial }}"}, "text", "unknown variable", "user.email"),
    (STEP_UP, {"text": "{{ verification_code"}, "text", "", None),
    (STEP_UP, {"txt": ""}, "txt", "unknown key", "text"),
    (STEP_UP, {"text": 6}, "text", "Expected `str`", None),
    (STEP_UP, {"text": "x" * 1601}, "text", "longer than 1600", None),
    (STEP_UP, {"code_lifetime": 601}, "code_lifetime", "600 at most", None),
    (STEP_UP, {"code_lifetime": 0}, "code_lifetime", ">= 1", None),
    (BY_MAIL, {"code_lifetime": 601}, "code_lifetime", "600 at most", None),
    (BY_MAIL, {"link_lifetime": 601}, "link_lifetime", "600 at most", None),
    (BY_MAIL, {"subject": "{{ user.name }}"}, "subject", "unknown variable", None),
    (BY_MAIL, {"from": "{{ user.email }}"}, "from", "unknown variable", None),
    (BY_MAIL, {"from": "a@b.example, c@d.example"}, "from", "not one e-mail address", None),
    (
        BY_MAIL,
        {"redirect_url": "https://evil.example/"},
        "redirect_url",
        "not a redirect_uri",
        None,
    ),
    (BY_MAIL, {"redirect_url": f"{CALLBACK}/more"}, "redirect_url", "not a redirect_uri", None),
    ("/templates/login_link/email", {"link_lifetime": 601}, "link_lifetime", "600 at most", None),
    (
        "/templates/password_reset/email",
        {"link_lifetime": 86401},
        "link_lifetime",
        "86400 at most",
        None,
    ),
]


@pytest.mark.parametrize(("path", "body", "where", "message", "nearest"), REFUSED, ids=str)
async def test_a_bad_template_is_refused_and_the_place_named(
    world: World, path: str, body: Any, where: str, message: str, nearest: str | None
) -> None:
    """M8, OTP-3, ML-8, SND-8; and what was there speaks on."""
    admin = world.admin()
    before = (await admin.get(path)).json()
    for answer in (await admin.put(path, json=body), await admin.post(f"{path}/test", json=body)):
        assert answer.status_code == 422, answer.text
        wrong = answer.json()["errors"][0]
        assert wrong["path"] == where
        assert message in wrong["message"]
        assert nearest is None or wrong["nearest"] == nearest
    assert (await admin.get(path)).json() == before
    assert (await admin.get(f"{path}/history")).json()["items"] == []


async def test_what_gets_a_person_back_in_by_mail_may_take_a_day(world: World) -> None:
    """ML-8."""
    lifetimes = {"code_lifetime": 86_400, "link_lifetime": 86_400}
    for purpose in ("email_verification", "password_reset", "account_recovery"):
        saved = await put(world, f"/templates/{purpose}/email", lifetimes)
        assert saved["link_lifetime"] == 86_400


@pytest.mark.parametrize(
    "path",
    [
        "/templates/mfa_stepup/sms",
        "/templates/mfa_step_up/fax",
        "/templates/mfa_step_up/whatsapp",  # speaks with the words of an SMS
    ],
)
async def test_there_is_no_other_template(world: World, path: str) -> None:
    assert (await world.admin().get(path)).status_code == 404
    assert (await world.admin().put(path, json={})).status_code == 404


@pytest.mark.parametrize("locale", ["x", "fr/../en", "1", "français"])
async def test_a_locale_is_a_language_tag(world: World, locale: str) -> None:
    answer = await world.admin().get(STEP_UP, params={"locale": locale})
    assert answer.status_code == 422


# ---- trying


async def test_a_preview_says_it_to_an_example(world: World) -> None:
    """And saves nothing, and sends nothing."""
    answer = await world.admin().post(f"{BY_MAIL}/preview", json=LETTER)
    assert answer.json() == {
        "channel": "email",
        "locale": "en",
        "from": "Shop <no-reply@shop.example>",
        "subject": "Your code at Demo",
        "text": "It is 123456.",
        "html": None,
    }
    assert (await world.admin().get(f"{BY_MAIL}/history")).json()["items"] == []
    await world.deliver()
    assert world.carrier.messages == []


async def test_a_preview_says_it_to_a_person(world: World) -> None:
    admin = world.admin()
    (cleo,) = (await admin.get("/users", params={"email": "cleo@demo.localhost"})).json()["items"]
    for user, name in ((cleo["id"], "Cleo"), ({"given_name": "Zoë"}, "Zoë"), (None, "Ann")):
        answer = await admin.post(f"{STEP_UP}/preview", json={**MINE, "user": user})
        assert answer.json()["text"] == f"Say 123456, {name}."


@pytest.mark.parametrize(
    ("user", "where"),
    [("nobody", "user"), (7, "user"), ({"given_nam": "Zoë"}, "user.given_nam")],
)
async def test_a_person_must_be_one(world: World, user: Any, where: str) -> None:
    answer = await world.admin().post(f"{STEP_UP}/preview", json={**MINE, "user": user})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == where


async def test_what_is_saved_can_be_previewed_without_saying_it_again(world: World) -> None:
    await put(world, STEP_UP, MINE)
    admin = world.admin()
    saved = await admin.post(f"{STEP_UP}/preview", json={})
    apart = await admin.post(f"{STEP_UP}/preview", json={"template": MINE})
    assert saved.json()["text"] == apart.json()["text"] == "Say 123456, Ann."


async def test_a_preview_speaks_the_language_asked_for(world: World) -> None:
    answer = await world.admin().post(f"{STEP_UP}/preview", json={}, params={"locale": "fr"})
    assert answer.json()["locale"] == "fr"
    assert "123456" in answer.json()["text"]


async def test_codes_of_a_preview_are_as_long_as_real_ones(world: World) -> None:
    await world.admin().patch("/settings", json={"codes": {"length": 8}})
    answer = await world.admin().post(f"{STEP_UP}/preview", json=MINE)
    assert answer.json()["text"] == "Say 12345678, Ann."


async def test_a_test_is_sent_as_it_would_look_and_not_saved(world: World) -> None:
    answer = await world.admin().post(f"{BY_MAIL}/test", json={**LETTER, "to": "Ops@Example.com"})
    assert answer.status_code == 202
    message = await world.message("ops@example.com")
    told = answer.json()
    assert (message.rendered.subject, message.rendered.text) == (told["subject"], told["text"])
    assert message.rendered.sender == told["from"]
    assert message.rendered.purpose is Purpose.MFA_STEP_UP
    assert message.code == "123456"
    assert (await world.admin().get(f"{BY_MAIL}/history")).json()["items"] == []
    (event,) = (await world.admin().get("/events", params={"type": "template.tried"})).json()[
        "items"
    ]
    assert event["data"]["actor"] == "admin-api"


@pytest.mark.parametrize(
    ("to", "message"),
    [(None, "is missing"), ("ops", "phone malformed"), (7, "Expected `str`"), ("", "phone")],
)
async def test_a_test_must_go_somewhere(world: World, to: Any, message: str) -> None:
    answer = await world.admin().post(f"{STEP_UP}/test", json={**MINE, "to": to})
    assert answer.status_code == 422
    (wrong,) = answer.json()["errors"]
    assert wrong["path"] == "to"
    assert message in wrong["message"]
    await world.deliver()
    assert world.carrier.messages == []


# ---- looking back


async def test_every_version_is_kept_and_can_be_restored(world: World, bob: Person) -> None:
    admin = world.admin()
    texts = [f"{word} {{{{ verification_code }}}}" for word in ("first", "second", "third")]
    for text in texts:
        await put(world, STEP_UP, {"text": text})
        world.clock.advance(60)
    history = (await admin.get(f"{STEP_UP}/history")).json()
    assert [item["template"]["text"] for item in history["items"]] == texts[::-1]
    assert history["next"] is None
    oldest = history["items"][-1]
    assert oldest["saved_at"] == "2027-01-15T08:00:00Z"

    restored = await admin.post(f"{STEP_UP}/history/{oldest['version']}/restore")
    assert restored.json()["text"] == texts[0]
    assert (await admin.get(STEP_UP)).json() == restored.json()
    assert len((await admin.get(f"{STEP_UP}/history")).json()["items"]) == 4
    assert (await step_up_message(world, bob)).text.startswith("first ")


async def test_history_is_told_page_by_page(world: World) -> None:
    admin = world.admin()
    for number in range(5):
        await put(world, STEP_UP, {"text": f"{number} {{{{ verification_code }}}}"})
    told, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await admin.get(f"{STEP_UP}/history", params=query)).json()
        told += [item["template"]["text"][0] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert told == ["4", "3", "2", "1", "0"]


async def test_saving_the_same_again_is_no_new_version(world: World) -> None:
    for _ in range(2):
        await put(world, STEP_UP, MINE)
    assert len((await world.admin().get(f"{STEP_UP}/history")).json()["items"]) == 1


async def test_a_version_belongs_to_its_template(world: World) -> None:
    await put(world, STEP_UP, MINE)
    admin = world.admin()
    (item,) = (await admin.get(f"{STEP_UP}/history")).json()["items"]
    for path in ("/templates/mfa_activation/sms", BY_MAIL):
        answer = await admin.post(f"{path}/history/{item['version']}/restore")
        assert answer.status_code == 404
    other = await admin.post(
        f"{STEP_UP}/history/{item['version']}/restore", params={"locale": "fr"}
    )
    assert other.status_code == 404


async def test_a_version_that_would_be_refused_now_is_not_restored(world: World) -> None:
    """It led to a page that is nobody's any more."""
    admin = world.admin()
    await put(world, BY_MAIL, LETTER)
    await put(world, BY_MAIL, {})
    await admin.patch("/clients/demo-shop", json={"redirect_uris": ["https://new.example/"]})
    oldest = (await admin.get(f"{BY_MAIL}/history")).json()["items"][-1]
    answer = await admin.post(f"{BY_MAIL}/history/{oldest['version']}/restore")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "redirect_url"
