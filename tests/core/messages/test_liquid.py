"""SND-8, S6: what a template may ask for, and what it may cost."""

import subprocess
import sys
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostiary.core.messages import liquid, sandbox
from ostiary.core.messages.model import EMAIL_VARIABLES, TEXT_VARIABLES, Problem

ANN = {"given_name": "Ann", "email": "ann@example.com"}
VALUES = {"verification_code": "123456", "user": ANN, "lifetime_minutes": 10}
LONG = "a" * 4000
SSTI = [
    "{{ 7 | times: 7 }}",
    "{{7*7}}",
    "${7*7}",
    "<%= 7*7 %>",
    "#{7*7}",
    "{{ self.__init__.__globals__ }}",
    "{{ user.__class__.__mro__ }}",
    "{{ ''.__class__ }}",
    "{{ user['__class__'] }}",
    "{% include 'etc/passwd' %}",
    "{% render 'etc/passwd' %}",
    "{% liquid echo 1 %}",
    "{% import os %}",
    "{{ config }}",
    "{{ now }}",
    "{{ user }}",
    "{{ user | safe }}",
    "${{<%[%'\"}}%\\.",
]


def said(
    source: str,
    values: Mapping[str, object] = VALUES,
    *,
    escape: bool = False,
    strict: bool = False,
) -> str | Problem:
    return liquid.render(source, values, escape=escape, strict=strict)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ verification_code }} is your code", "123456 is your code"),
        ("{{ user.given_name | upcase }}", "ANN"),
        ("{{ user['given_name'] }}", "Ann"),
        ("{% if user.family_name %}yes{% else %}no{% endif %}", "no"),
        ("{% case lifetime_minutes %}{% when 10 %}ten{% endcase %}", "ten"),
        ("{% assign x = 'a,b' | split: ',' %}{% for y in x %}{{ y }};{% endfor %}", "a;b;"),
        ("{% comment %}no{% endcomment %}{% # nor this %}yes", "yes"),
        ("{{ 'a b c' | split: ' ' | join: '+' }}", "a+b+c"),
        ("{% capture x %}{{ user.email }}{% endcapture %}{{ x }}", "ann@example.com"),
        ("}} not { markup %}", "}} not { markup %}"),
    ],
)
def test_what_operators_write_works(source: str, text: str) -> None:
    assert said(source) == text


@pytest.mark.parametrize(
    ("source", "name", "nearest", "line"),
    [
        ("{{ user.givenname }}", "user.givenname", "user.given_name", 1),
        ("\n\n{{ verification_cod }}", "verification_cod", "verification_code", 3),
        ("{{ user }}", "user", "user.lang", 1),
        ("{{ user.email.size }}", "user.email.size", "user.email", 1),
        ("{% if user.mail %}x{% endif %}", "user.mail", "user.email", 1),
        ("{{ 'x' | append: clientname }}", "clientname", "client.name", 1),
        ("{{ user[action] }}", "user[action]", "action", 1),
        ("{{ verification_code | upcas }}", "upcas", "upcase", 1),
        ("x\n{% echoo 'x' %}", "echoo", "echo", 2),
    ],
)
def test_a_misspelt_name_is_told_with_the_nearest_valid_one(
    source: str, name: str, nearest: str, line: int
) -> None:
    problem, *_ = liquid.lint(source, TEXT_VARIABLES)
    assert (problem.name, problem.nearest, problem.line) == (name, nearest, line)
    assert repr(name) in problem.message
    assert repr(nearest) in problem.message


def test_every_unknown_variable_is_told_at_once() -> None:
    problems = liquid.lint("{{ a }}\n{{ b }}{{ verification_code }}", TEXT_VARIABLES)
    assert [(p.name, p.line) for p in problems] == [("a", 1), ("b", 2)]


def test_a_link_belongs_in_an_email() -> None:
    assert liquid.lint("{{ link }}", EMAIL_VARIABLES) == ()
    assert liquid.lint("{{ link }}", TEXT_VARIABLES) != ()


@pytest.mark.parametrize("source", SSTI)
def test_an_injection_in_a_template_is_refused_or_only_text(source: str) -> None:
    """No row evaluates anything: either it may not be saved, or it says itself."""
    assert liquid.lint(source, TEXT_VARIABLES) or said(source) == source
    assert "49" not in str(said(source))
    assert "class '" not in str(said(source))


@pytest.mark.parametrize("escape", [False, True])
@pytest.mark.parametrize("name", SSTI)
def test_an_injection_in_a_name_is_only_a_name(name: str, escape: bool) -> None:
    text = said("{{ user.given_name }}", {"user": {"given_name": name}}, escape=escape)
    assert text == said("{{ x }}", {"x": name}, escape=escape)
    assert escape or text == name


BILLION = "{% for i in (1..1000000000) %}x{% endfor %}"
DOUBLING = "{% assign z = 'ab' %}" + "{% assign z = z | append: z %}" * 300 + "{{ z }}"
HUNDRED = "{% assign l = '" + "a," * 99 + "a' | split: ',' %}"


@pytest.mark.parametrize(
    "source",
    [
        '{{ (1..10000000) | join: "," | size }}',
        BILLION,
        "{% assign r = (1..lifetime_minutes) %}",
        "{% if (1..3) contains 2 %}x{% endif %}",
        "{% case (1..3) %}{% when 1 %}x{% endcase %}",
        "{{ 'x' | append: (1..99999999) }}",
        "{% for i in 'a' limit: (1..2) %}x{% endfor %}",
        "{{ user[(1..99999999)] }}",
        "{% capture x %}{% unless false %}{{ (1..9) }}{% endunless %}{% endcapture %}",
        "{{" * 8000,
        "{" * 16000,
        "{% if a %}" * 1600,
        "{% raw %}" * 1700,
        "{% comment %}" * 1200,
        "{{ 'a' | append: '{{' }}",
        "{{ '" + "a" * 600 + "' }}",
        "{% for x in a %}" + "{{ x }}" * 100 + "{% endfor %}",
        "é" * (8 * 1024 + 1),
        "{{ 1" + "0" * 450,
        "{% if a",
    ],
)
def test_what_would_never_end_is_refused_at_once(source: str) -> None:
    assert liquid.lint(source, TEXT_VARIABLES | {"a"})
    assert isinstance(said(source), Problem)


@pytest.mark.parametrize(
    "source",
    [
        DOUBLING,
        "{{ a | replace: '', a | replace: '', a | size }}",
        "{{ a | split: '' | join: a | size }}",
        "{{ a" + " | upcase" * 40 + " }}" + "{{ a | upcase }}" * 100,
        "{{ a }}" * 17,
        "{% capture b %}" + "{{ a }}" * 16 + "{% endcapture %}{{ b }}{{ b }}",
        HUNDRED + "{% for x in l %}{% for y in l %}{% endfor %}{% endfor %}",
        HUNDRED.replace("a,", "a,a,", 1) + "{% for x in l %}x{% endfor %}",
        "{{ 1" + "0" * 400 + " | append: '' }}",
        "{{ 'x' | upcase: context: 1 }}",
        "{% break %}",
    ],
)
def test_what_costs_too_much_stops_while_rendering(source: str) -> None:
    assert isinstance(said(source, {"a": LONG}), Problem)


def test_as_much_as_is_allowed_is_rendered() -> None:
    assert said("{{ a }}" * 16, {"a": LONG}) == LONG * 16
    assert said(HUNDRED + "{% for x in l %}{{ x }}{% endfor %}") == "a" * 100
    assert liquid.lint("é" * (8 * 1024), TEXT_VARIABLES) == ()


def test_a_variable_that_is_not_there_is_told_at_preview_and_empty_when_sent() -> None:
    problem = said("{{ user.shoe_size }}", strict=True)
    assert isinstance(problem, Problem)
    assert "shoe_size" in problem.message
    assert said("[{{ user.shoe_size }}{{ nobody.home }}]") == "[]"


def test_a_variable_that_is_there_and_empty_is_no_mistake() -> None:
    values = {"user": {"family_name": None}}
    source = "[{{ user.family_name | upcase }}{% if user.family_name %}x{% endif %}]"
    assert said(source, values, strict=True) == "[]"


def test_the_engines_clock_is_not_to_be_read() -> None:
    assert said("[{{ now }}{{ today }}]") == "[]"
    assert isinstance(said("{{ 'now' | date: '%s' }}"), Problem)


CHAINS = st.lists(st.sampled_from(sorted(sandbox.FILTERS)), max_size=5)
ARGUMENTS = {
    **dict.fromkeys(("append", "prepend", "remove", "remove_first", "remove_last"), ": user.email"),
    **dict.fromkeys(("replace", "replace_first", "replace_last"), ": 'a', user.email"),
    **dict.fromkeys(("join", "split"), ": user.email"),
    "slice": ": 0, 9",
    "default": ": user.email",
}


@given(chain=CHAINS, name=st.text(max_size=30), email=st.text(max_size=10))
def test_no_chain_of_filters_lets_markup_out_of_a_name(
    chain: list[str], name: str, email: str
) -> None:
    source = "{{ user.given_name " + "".join(f"| {f}{ARGUMENTS.get(f, '')} " for f in chain) + "}}"
    values = {"user": {"given_name": f"<script>{name}<a href='x'>", "email": f"<b>{email}"}}
    html = said(source, values, escape=True)
    assert isinstance(html, Problem) or "<" not in html.replace("<br />", "")


@given(source=st.text(alphabet="{}%|'\"()[].,:-# \n1aif=<>", max_size=200))
@settings(max_examples=300)
def test_whatever_is_written_is_either_refused_or_rendered(source: str) -> None:
    assert isinstance(liquid.lint(source, TEXT_VARIABLES), tuple)
    assert isinstance(said(source), str | Problem)


@given(parts=st.lists(st.sampled_from([*SSTI, BILLION, "{{ user.email }}", "text"]), max_size=4))
def test_no_mixture_of_injections_gets_through(parts: list[str]) -> None:
    text = said("".join(parts))
    assert isinstance(text, Problem) or "class '" not in text


def test_a_parsed_template_is_remembered_and_only_so_many_are() -> None:
    before = liquid._compiled.cache_info()
    said("{{ verification_code }} remembered")
    said("{{ verification_code }} remembered")
    after = liquid._compiled.cache_info()
    assert after.hits >= before.hits + 1
    assert after.maxsize == liquid.KEPT


def test_the_engine_is_loaded_by_the_first_template_only() -> None:
    """It weighs 13 MB and a quarter of a second; a process that sends nothing does not pay."""
    script = (
        "import sys\n"
        "from ostiary.core.messages import liquid, model, rules\n"
        "assert not {'liquid', 'babel'} & set(sys.modules)\n"
        "assert liquid.render('{{ x }}', {'x': 'y'}) == 'y'\n"
        "assert 'liquid' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
