"""The console's verbs on the command line, in this process."""

import asyncio
import json
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from ostiary import cli
from ostiary.app import opened
from ostiary.core import messages, seals
from ostiary.core.messages.model import Purpose, SmsTemplate, TemplateKey
from ostiary.dev import DEMO_PROJECT, deployment_of
from ostiary.drivers.folder import Folder
from ostiary.terms.contact import Channel
from tests.world import SHOP

GOOD = """
project: {project_id: project-test-1}
templates:
  mfa_step_up.fr: {sms: {text: "Dis {{ verification_code }}, {{ user.given_name }}."}}
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo project, as `apply` makes it."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OSTIARY_DEMO_SHOP", SHOP)
        applied = run(folder, "apply", "-f", str(DEMO_PROJECT))
    assert applied.exit_code == 0, applied.output
    return folder


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    """A copy of its own for each test."""
    return Path(shutil.copytree(prepared, tmp_path / "data"))


def run(data: Path, *words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(cli.app, [*words, "--data", str(data)], input=answer)


def told(data: Path, *words: str) -> Any:
    result = run(data, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def names(data: Path) -> list[str]:
    return [user["email"].partition("@")[0] for user in told(data, "users", "list")]


def save(data: Path, text: str) -> None:
    """A template that no check has seen."""

    async def write() -> None:
        deployment = deployment_of(data, f"sqlite:///{data / 'ostiary.sqlite3'}")
        async with opened(deployment) as open_work, open_work() as work:
            key = TemplateKey(Purpose.MFA_STEP_UP, Channel.SMS, "fr")
            await messages.save_template(work, key, SmsTemplate(text=text))

    asyncio.run(write())


# ---- users


def test_people_are_listed(data: Path) -> None:
    assert names(data) == ["cleo", "bob", "ann"]
    assert len(told(data, "users", "list", "--limit", "1")) == 1
    lines = run(data, "users", "list").stdout.splitlines()
    assert [line.split()[1] for line in lines] == [
        "cleo@demo.localhost",
        "bob@demo.localhost",
        "ann@demo.localhost",
    ]


def test_a_person_is_shown_by_id_address_or_number(data: Path) -> None:
    bob = told(data, "users", "show", "bob@demo.localhost")
    assert bob["mfa"] == [{"type": "sms", "phone_number": "+33612345678"}]
    assert told(data, "users", "show", bob["id"]) == bob
    assert "given_name             Bob" in run(data, "users", "show", bob["id"]).stdout
    assert "argon2" not in run(data, "users", "show", bob["id"], "--json").stdout


@pytest.mark.parametrize(
    ("who", "code", "says"),
    [
        ("nobody@demo.localhost", 1, "there is no such person"),
        ("+33612345678", 1, "there is no such person"),  # a factor's number is no contact
        ("01a3185c-5000-7000-8000-000000000000", 1, "there is no such person"),
        ("bob@", 2, "email malformed"),
        ("+1", 2, "phone malformed"),
    ],
)
@pytest.mark.parametrize("command", ["show", "unlock"])
def test_who_is_not_there_is_said_in_one_line(
    data: Path, command: str, who: str, code: int, says: str
) -> None:
    result = run(data, "users", command, who)
    assert result.exit_code == code
    assert result.stderr == f"ostiary: {who}: {says}\n"


def test_a_person_is_deleted_when_asked_for_twice(data: Path) -> None:
    assert run(data, "users", "delete", "ann@demo.localhost", answer="n\n").exit_code == 1
    assert names(data) == ["cleo", "bob", "ann"]
    assert run(data, "users", "delete", "ann@demo.localhost", answer="y\n").exit_code == 0
    assert run(data, "users", "delete", "bob@demo.localhost", "--yes").exit_code == 0
    assert names(data) == ["cleo"]


def test_a_lock_is_lifted(data: Path) -> None:
    assert run(data, "users", "unlock", "bob@demo.localhost").stdout == "unlocked\n"
    (event,) = told(data, "audit", "tail", "--type", "account.unlocked")
    assert event["data"] == {"actor": "command-line"}


# ---- clients


def test_clients_are_listed_without_secrets(data: Path) -> None:
    listed = told(data, "clients", "list")
    assert [client["client_id"] for client in listed] == ["backend", "demo-shop"]
    assert all("client_secret" not in client for client in listed)
    lines = run(data, "clients", "list").stdout.splitlines()
    assert lines[0].split() == ["backend", "confidential", "client_credentials"]


# ---- templates


def test_a_template_is_previewed(data: Path, tmp_path: Path) -> None:
    ours = run(data, "templates", "preview", "mfa_step_up", "sms").stdout
    assert "@id.demo.localhost #123456" in ours
    letter = run(data, "templates", "preview", "password_reset.fr", "email").stdout.splitlines()
    assert letter[0] == "From: Demo <no-reply@id.demo.localhost>"
    assert letter[1].startswith("Subject: ")
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD, encoding="utf-8")
    written = told(data, "templates", "preview", "mfa_step_up.fr", "sms", "-f", str(file))
    assert written["text"] == "Dis 123456, Ann."
    missing = run(data, "templates", "preview", "mfa_step_up", "sms", "-f", str(file))
    assert missing.exit_code == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("mfa_stepup", "sms"), "unknown purpose; did you mean `mfa_step_up`?"),
        (("mfa_step_up", "smss"), "unknown channel; did you mean `sms`?"),
    ],
)
def test_a_template_that_is_none_is_said_in_one_line(
    data: Path, words: tuple[str, str], says: str
) -> None:
    result = run(data, "templates", "preview", *words)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_templates_are_checked_again(data: Path) -> None:
    """What is saved may be wrong today: after an upgrade, or because a page is nobody's any more."""
    assert run(data, "templates", "lint").stdout == "fine\n"
    save(data, "{{ verification_cod }}")
    result = run(data, "templates", "lint")
    assert result.exit_code == 1
    assert "mfa_step_up.fr.sms.text: unknown variable" in result.stdout
    assert "verification_code" in result.stdout


def test_a_file_is_checked_without_a_database(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert run(tmp_path / "none", "templates", "lint", "-f", str(file)).exit_code == 0
    file.write_text(GOOD.replace("given_name", "given_nam"), encoding="utf-8")
    result = run(tmp_path / "none", "templates", "lint", "-f", str(file))
    assert result.exit_code == 2
    assert "templates.mfa_step_up.fr.sms.text" in result.stderr


def test_an_example_waits_in_the_outbox(data: Path) -> None:
    words = ("templates", "send-test", "mfa_step_up", "sms", "--to")
    assert run(data, *words, "+33612345678").stdout == "in the outbox\n"
    assert told(data, "audit", "tail", "--type", "template.tried")
    refused = run(data, *words, "ops@example.com")
    assert refused.exit_code == 2
    assert refused.stderr == "ostiary: --to: phone malformed\n"


# ---- the journal


def test_the_journal_ends_with_what_happened_last(data: Path) -> None:
    run(data, "users", "delete", "ann@demo.localhost", "--yes")
    events = told(data, "audit", "tail", "-n", "3")
    assert len(events) == 3
    assert events[-1]["type"] == "user.removed"
    ann = events[-1]["user"]
    of_ann = told(data, "audit", "tail", "--user", ann)
    assert [event["type"] for event in of_ann] == [
        "user.created",
        "credential.enrolled",
        "user.removed",
    ]
    line = run(data, "audit", "tail", "-n", "1").stdout
    assert line.split()[1:] == ["user.removed", f"user={ann}", "actor=command-line"]
    assert told(data, "audit", "tail", "--since", "2999-01-01T00:00:00Z") == []
    assert run(data, "audit", "tail", "--since", "soon").exit_code == 2


def alter(data: Path, statement: str) -> None:
    with sqlite3.connect(data / "ostiary.sqlite3") as database:
        database.execute(statement)


def sealed(data: Path) -> None:
    """As a server does it, a minute later."""

    async def write() -> None:
        deployment = deployment_of(data, f"sqlite:///{data / 'ostiary.sqlite3'}")
        async with opened(deployment) as open_work, open_work() as work:
            await seals.seal(work, work.now)

    alter(data, "UPDATE server_state SET clock_offset = clock_offset + 60")
    asyncio.run(write())


def test_a_journal_that_was_altered_is_told(data: Path) -> None:
    """AUD-1: exit code 1, and which lines."""
    fresh = run(data, "audit", "verify")
    assert fresh.exit_code == 0
    assert fresh.stdout.splitlines()[-1] == "the journal holds"
    sealed(data)
    whole = told(data, "audit", "verify")
    assert (whole["holds"], whole["seals"], whole["findings"]) == (True, 1, [])
    assert whole["unsealed"] == {"lines": 0, "since": None}
    assert run(data, "audit", "verify", "--head", whole["head"]).exit_code == 0
    assert run(data, "audit", "verify", "--head", "1:0123456789abcdef").exit_code == 1
    alter(data, "UPDATE journal SET ip = '192.0.2.1' WHERE event = 'user.created'")
    altered = run(data, "audit", "verify", "--json")
    assert altered.exit_code == 1
    (finding,) = json.loads(altered.stdout)["findings"]
    assert (finding["fault"], finding["seals"], len(finding["lines"])) == ("changed", [1, 1], 3)
    in_words = run(data, "audit", "verify").stdout
    assert in_words.startswith("changed: seal 1, ")
    assert all(f"    {id}\n" in in_words for id in finding["lines"])
    assert in_words.endswith("the journal does not hold\n")


def test_what_was_kept_long_enough_is_forgotten(data: Path) -> None:
    sealed(data)
    lines = told(data, "audit", "verify")["lines"]
    assert "nothing" in run(data, "audit", "forget", "--before", "2000-01-01T00:00:00Z").stdout
    gone = run(data, "audit", "forget", "--before", "2999-01-01T00:00:00Z")
    assert (gone.exit_code, gone.stdout) == (0, "the lines of 1 seals were forgotten\n")
    report = told(data, "audit", "verify")
    assert (report["holds"], report["forgotten"]["lines"]) == (True, lines)
    (event,) = told(data, "audit", "tail")
    assert (event["type"], event["data"]["lines"]) == ("journal.forgotten", lines)
    bad = run(data, "audit", "forget", "--before", "soon")
    assert bad.exit_code == 2
    assert "--before" in bad.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("users", "list"),
        ("clients", "list"),
        ("templates", "lint"),
        ("audit", "tail"),
        ("keys", "list"),
        ("keys", "rotate"),
        ("config", "show"),
    ],
)
def test_without_a_database_one_line_says_so(tmp_path: Path, words: tuple[str, str]) -> None:
    result = run(tmp_path / "nothing", *words)
    assert result.exit_code == 2
    assert result.stderr == "ostiary: database empty: run `ostiary migrate`\n"
    assert not (tmp_path / "nothing").exists()


def test_what_is_sealed_is_sealed_anew(data: Path) -> None:
    """TOTP-8: for a master key that follows another one."""

    def sealed() -> list[bytes]:
        with sqlite3.connect(data / "ostiary.sqlite3") as database:
            return [row[0] for row in database.execute("SELECT sealed FROM signing_keys")]

    assert run(data, "keys", "rotate").exit_code == 0
    before = sealed()
    assert before
    done = run(data, "keys", "reseal")
    assert done.stdout == "sealed anew: signing keys, administrators, and the apps of 0 users\n"
    assert not set(before) & set(sealed())
    assert len(told(data, "keys", "list")) == len(before)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("migrate", {"migrated": False}),
        ("keys rotate", {"rotated": True}),
        ("keys reseal", {"users": 0}),
        ("users unlock bob@demo.localhost", {"unlocked": "bob@demo.localhost"}),
        ("users delete bob@demo.localhost --yes", {"deleted": "bob@demo.localhost"}),
        ("templates send-test login_code sms --to +33612345678", {"to": "+33612345678"}),
        ("audit forget --before 2020-01-01T00:00:00Z", {"seals": 0}),
    ],
)
def test_what_was_done_is_told_as_json(data: Path, words: str, says: Any) -> None:
    assert told(data, *words.split()) == says


def test_whatever_prints_data_prints_it_as_json(data: Path) -> None:
    """`serve`, `worker` and what begins them print lines until they are stopped."""
    serving = {"dev", "serve", "worker", "demo"}

    def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
        for word, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from commands(command, f"{name}{word} ")
            else:
                yield f"{name}{word}", command

    found = dict(commands(typer.main.get_command(cli.app)))
    without = {
        name
        for name, command in found.items()
        if not any("--json" in option.opts for option in command.params)
    }
    assert without == serving
    assert told(data, "config", "show")["codes"]["length"] == 6


def test_a_link_leads_to_the_port_of_the_server_beside_it(data: Path) -> None:
    folder = Folder(data)
    folder.inbox.touch()  # as a server in dev mode leaves it
    folder.keep_public_url("https://id.demo.localhost:9443")
    made = told(data, "console", "link")["link"]
    assert made.startswith("https://id.demo.localhost:9443/console/set-up/")


def test_the_doctor_looks_at_redirects_and_providers(data: Path) -> None:
    def found(environment: dict[str, str]) -> dict[str, str]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            result = run(data, "doctor", "--json")
        return {one["what"]: one["level"] for one in json.loads(result.stdout)}

    unset = found({})
    assert unset["client demo-shop: redirects to safe addresses alone"] == "good"
    assert unset["providers: none for mail"] == unset["providers: none for SMS"] == "note"
    with socket.create_server(("127.0.0.1", 0)) as mail:
        port = mail.getsockname()[1]
        there = {"OSTIARY_SMTP__HOST": "127.0.0.1", "OSTIARY_SMTP__PORT": str(port)}
        answering = found({**there, "OSTIARY_SMS__URL": f"http://127.0.0.1:{port}/"})
    assert answering[f"providers: 127.0.0.1:{port} takes connections"] == "good"
    assert found(there)[f"providers: 127.0.0.1:{port} cannot be reached"] == "bad"
    assert "bad" in {
        level for what, level in found({"OSTIARY_SMTP__HOTS": "x"}).items() if "HOTS" in what
    }
    Folder(data).inbox.touch()
    assert found({})["providers: the inbox of dev mode"] == "good"
