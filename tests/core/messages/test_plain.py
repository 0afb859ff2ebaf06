"""What a reader without HTML sees, and how long it takes to find out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.core.messages.plain import plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<ul><li>one</li><li>two</ul>three", "- one\n- two\n\nthree"),
        ("<p>a\n  b\tc</p>", "a b c"),
        ("<h1>T</h1><div>a</div><div>b</div>", "T\n\na\n\nb"),
        ("<head><title>t</title></head><style>p > a {}</style>x", "x"),
        ("a<!-- <p>b</p> -->c", "ac"),
        ("a<!-- never closed", "a<!-- never closed"),
        ('<a href="https://x/?a=1&amp;b=2">go</a>.', "go: https://x/?a=1&b=2."),
        ("<a href=https://y>https://y</a>", "https://y"),
        ("<A HREF='https://y'>go</A>", "go: https://y"),
        ("<a>go</a>", "go"),
        ('<img src="x" alt="Logo">', "Logo"),
        ("&lt;script&gt;&amp;lt;", "<script>&lt;"),
        ("1 < 2 > 1", "1 < 2 > 1"),
        ("vous\u00a0?", "vous\u00a0?"),
        ("", ""),
    ],
)
def test_plain(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize(
    "part",
    ["<a ", "<!--", '<a href="', "<style", "<a href=x>x</a>", "<a" + " " * 50, "&#", "<div>"],
)
def test_no_page_takes_time_out_of_proportion(part: str) -> None:
    """The standard library's parser took half a minute for the first of these."""
    assert isinstance(plain((part * 64_000)[:64_000]), str)


@given(st.text(alphabet="<>/!-abdipr href=\"'&;\n", max_size=80))
def test_whatever_is_written_is_read(html: str) -> None:
    text = plain(html)
    assert "\n\n\n" not in text
