"""The plain-text alternative of an e-mail written in HTML (RFC 2046 §5.1.4).

Not a parser: it reads what we and operators write, in time linear in its length. The standard
library's takes half a minute over 64 kB of `<a `.
"""

import re
from html import unescape

_PARAGRAPHS = frozenset(
    {"address", "article", "blockquote", "footer", "form", "header", "hr", "main", "ol", "p"}
    | {"pre", "section", "table", "ul", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_LINES = frozenset({"br", "div", "dd", "dt", "tr"})
_UNSEEN = frozenset({"head", "script", "style", "template", "title"})
_TAG = re.compile(r"<([/!?a-zA-Z][^<>]*)>")
_NAME = re.compile(r"/?[a-z0-9]*")
_SPACES = re.compile(r"[ \t\r\n\f]+")  # not the no-break space: French needs it


def plain(html: str) -> str:
    """What a reader without HTML should see: paragraphs, and each link's address after its text."""
    reader = _Reader()
    at = 0
    html = _without_comments(html)
    for tag in _TAG.finditer(html):
        reader.text(html[at : tag.start()])
        reader.tag(tag.group(1))
        at = tag.end()
    reader.text(html[at:])
    lines = "".join(reader.written).split("\n")
    text = "\n".join(_SPACES.sub(" ", line).strip(" ") for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


class _Reader:
    def __init__(self) -> None:
        self.written: list[str] = []
        self.unseen = 0
        self.link: tuple[str, int] | None = None  # its address, and where its text begins

    def text(self, text: str) -> None:
        if not self.unseen:
            self.written.append(_SPACES.sub(" ", unescape(text)))

    def tag(self, tag: str) -> None:
        match = _NAME.match(tag.lower())
        name = match.group() if match else ""
        if name in _UNSEEN:
            self.unseen += 1
        elif name[1:] in _UNSEEN and name.startswith("/"):
            self.unseen = max(self.unseen - 1, 0)
        elif name == "li":
            self.written.append("\n- ")
        elif name == "a":
            self.link = (_attribute("href", tag), len(self.written))
        elif name == "img":
            self.text(_attribute("alt", tag))
        elif name == "/a" and self.link:
            self._end(*self.link)
        elif name.removeprefix("/") in _PARAGRAPHS:
            self.written.append("\n\n")
        elif name.removeprefix("/") in _LINES:
            self.written.append("\n")

    def _end(self, address: str, start: int) -> None:
        self.link = None
        if address and not self.unseen and "".join(self.written[start:]).strip() != address:
            self.text(f": {address}")


def _attribute(name: str, tag: str) -> str:
    """Its value as written, entities and all."""
    match = re.search(rf"\s{name}\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"']+)", tag, re.IGNORECASE)
    return match.group(1).strip("\"'") if match else ""


def _without_comments(html: str) -> str:
    kept, at = [], 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        kept.append(html[at:start])
        at = end + 3
    return "".join((*kept, html[at:]))
