"""The pages are true: what they name exists, and what exists is named."""

import ast
import re
import shlex
import sqlite3
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from ostiary import cli
from ostiary.drivers.sms_http import SmsProvider
from ostiary.drivers.smtp import SmtpServer
from scripts import reference_pages, settings_page
from scripts.generated import ROOT
from tests.conftest import MakeWorld

SOURCE = ROOT / "src" / "ostiary"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GENERATED = {**settings_page.PAGES, **reference_pages.PAGES}
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
PATH = re.compile(r"^[\w.-]+(/[\w.-]+)+/?$|^[\w-]+\.(py|md|toml|json|lock|yaml)$")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    return FENCE.sub("", text_of(page))


def blocks(page: Path, *languages: str) -> list[str]:
    return [code for language, code in FENCE.findall(text_of(page)) if language in languages]


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_a_page_made_from_the_code_says_what_the_code_says(name: str) -> None:
    """Run `.venv/bin/python -m scripts.settings_page` and `-m scripts.reference_pages`."""
    assert text_of(ROOT / "docs" / name) == GENERATED[name]()


def anchors(page: Path) -> set[str]:
    """As the usual renderers make them of headings."""
    headings = HEADING.findall(FENCE.sub("", text_of(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(prose_of(page)):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        for target in LINK.findall(prose_of(page)):
            if "://" not in target:
                waiting.append((page.parent / target.partition("#")[0]).resolve())
    assert set(PAGES) - reached == set()


MAKE_TARGETS = set(re.findall(r"^([a-z-]+):.*##", text_of(ROOT / "Makefile"), re.MULTILINE))
COMMANDS: Any = typer.main.get_command(cli.app)


def spoken(page: Path) -> Iterator[list[str]]:
    """The words of every command line of a page: in shell blocks, and alone in backticks."""
    lines = [line for code in blocks(page, "sh", "console") for line in code.splitlines()]
    for line in (*lines, *SPAN.findall(prose_of(page))):
        if line.lstrip("$ ").startswith(("make ", "ostiary ", ".venv/bin/ostiary ")):
            yield shlex.split(line.removeprefix("$ "), comments=True)


@every_page
def test_commands_exist(page: Path) -> None:
    for words in spoken(page):
        if words[0] == "make":
            targets = [word for word in words[1:] if "=" not in word]
            assert set(targets) <= MAKE_TARGETS, words
        elif len(words) > 1:
            check_usage(words)


def check_usage(words: list[str]) -> None:
    command, rest = COMMANDS, words[1:]
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        assert rest[0] in command.commands, words
        command, rest = command.commands[rest[0]], rest[1:]
    known = {"--help"}
    for parameter in command.params:
        known |= {*parameter.opts, *parameter.secondary_opts}
    assert {word for word in rest if word.startswith("-")} <= known, words


def named_paths(page: Path) -> Iterator[str]:
    for span in SPAN.findall(prose_of(page)):
        name = span.partition(" · ")[0]
        if PATH.match(name) and not name.startswith(("application/", "node_modules/")):
            yield name


def find(name: str) -> Path | None:
    """A path from the root, from the package, or from the core, as pages name them."""
    bases = (ROOT, SOURCE, SOURCE / "core", SOURCE / "wire" / "reachfive")
    return next((base / name for base in bases if (base / name).exists()), None)


# In the words of the architecture: what every capability has; what a start makes; what others wrote.
NO_PATHS = re.compile(
    r"^(model|rules|flow|store|errors|routes)\.py$|^my\.yaml$|^tls/|^ostiary/|^https?:|\.venv/"
)


@every_page
def test_files_and_functions_exist(page: Path) -> None:
    """`core/stepup/flow.py · complete` is a function of that file."""
    for name in named_paths(page):
        if not NO_PATHS.search(name) and "/" in name and Path(name).suffix:
            assert find(name), name
    for name, function in re.findall(r"`([\w/.]+\.py) · ([\w.]+)`", prose_of(page)):
        path = find(name)
        assert path, name
        tree = ast.parse(text_of(path))
        defined = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        }
        assert function.rpartition(".")[2] in defined, f"{name} · {function}"


def test_the_map_has_every_capability_in_the_order_of_the_contract() -> None:
    contracts = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c.get("containers") == ["ostiary.core"])
    architecture = text_of(ROOT / "ARCHITECTURE.md")
    rows = re.findall(r"^\| `(\w+)` \|", architecture, re.MULTILINE)
    wanted = [name.strip() for layer in layers for name in layer.split("|")]
    assert rows == wanted


def test_every_variable_of_the_environment_is_described() -> None:
    code = text_of(SOURCE / "settings.py")
    read = {f"OSTIARY_{name}" for name in re.findall(r'_value\(environment, "(\w+)"\)', code)}
    read |= set(re.findall(r'environ\.get\("(OSTIARY_\w+)"\)', text_of(SOURCE / "cli.py")))
    for name, carrier in (("SMTP", SmtpServer), ("SMS", SmsProvider)):
        read |= {f"OSTIARY_{name}__{field.upper()}" for field in carrier.__struct_fields__}
    rows = re.findall(
        r"^\| `(OSTIARY_\w+)` \|", text_of(ROOT / "docs" / "operate.md"), re.MULTILINE
    )
    assert set(rows) == read


def test_every_metric_is_described() -> None:
    code = text_of(SOURCE / "drivers" / "telemetry.py")
    exposed = {f"{name}_total" for name in re.findall(r'"(ostiary_\w+)"', code)}
    described = set(re.findall(r"`(ostiary_\w+_total)", text_of(ROOT / "docs" / "operate.md")))
    assert described == exposed


async def test_the_questions_to_the_database_can_be_asked(make_world: MakeWorld) -> None:
    """Every SQL block of the operator's page runs on a fresh database."""
    world = await make_world()
    path = world.database.url.removeprefix("sqlite:///")
    questions = blocks(ROOT / "docs" / "operate.md", "sql")
    assert questions
    connection = sqlite3.connect(path)
    for question in questions:
        connection.executescript(question)
    connection.close()


def test_every_decision_has_its_row_and_its_headings() -> None:
    folder = ROOT / "docs" / "decisions"
    index = text_of(folder / "README.md")
    pages = sorted(folder.glob("0*.md"))
    assert re.findall(r"^\| \[\d+\]\(([\w-]+\.md)\)", index, re.MULTILINE) == [
        page.name for page in pages
    ]
    for page in pages:
        found = HEADING.findall(text_of(page))
        assert found[0].startswith(f"{page.name[:4]}: "), page.name
        assert found[1:] == ["Context", "Decision", "Consequences", "Alternatives"], page.name


REQUIREMENT = re.compile(
    r"\b(?:OTP|SND|ML|TOTP|WA|REC|PW|SES|TD|STP|OA|KEY|AB|ADM|WH|AUD|OPS)-\d+\b|\bM\d{1,2}\b|\bS[1-8]\b"
)


def explained_ids() -> set[str]:
    """`OTP-1`, and every id of `ML-1 to ML-9`."""
    found = set[str]()
    for row in re.findall(
        r"^\| ([^|]+) \|", text_of(ROOT / "docs" / "requirements.md"), re.MULTILINE
    ):
        ids = REQUIREMENT.findall(row)
        found |= set(ids)
        if " to " in row:
            prefix, first = re.match(r"(\D+)(\d+)", ids[0]).groups()  # type: ignore[union-attr]
            last = int(ids[-1].removeprefix(prefix))
            found |= {f"{prefix}{number}" for number in range(int(first), last + 1)}
    return found


def test_every_id_in_code_and_tests_is_explained() -> None:
    used = {
        (id, str(path.relative_to(ROOT)))
        for folder in ("src", "tests")
        for path in (ROOT / folder).rglob("*.py")
        for id in REQUIREMENT.findall(text_of(path))
        if path != Path(__file__)
    }
    explained = explained_ids()
    assert {(id, where) for id, where in used if id not in explained} == set()


# What betrays that an idle setting has begun to mean something: an attribute that somebody reads.
TELL_TALES = {
    "project.secrets": "secret_digests",
    "project.public_token": "public_token",
    "project.sdk_origins": "sdk_origins",
    "settings.sessions.superseded_grace": "superseded_grace",
}


def test_settings_without_effect_are_marked_and_no_others() -> None:
    marked = {
        key
        for key, meaning in settings_page.MEANINGS.items()
        if meaning.startswith(settings_page.IDLE)
    }
    read = {
        node.attr
        for path in SOURCE.rglob("*.py")
        if "configuration" not in path.parts
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.Attribute)
    }
    assert marked == {key for key, attribute in TELL_TALES.items() if attribute not in read}


# What a page says is missing, and the file whose coming makes that untrue.
MISSING = [
    ("README.md", "a hosted login page", "wire/pages"),
    ("README.md", "Stytch's social logins", "wire/stytch/oauth.py"),
]


@pytest.mark.parametrize(("page", "phrase", "path"), MISSING)
def test_what_is_said_to_be_missing_is(page: str, phrase: str, path: str) -> None:
    """When it comes, the page says that it is there, and its row here goes."""
    assert phrase.lower() in text_of(ROOT / page).lower()
    assert not (SOURCE / path).exists(), f"{path} is there: {page} says «{phrase}»"
