"""The forms of a page, and what a browser would send of each as it stands."""

from html.parser import HTMLParser

_BOXES = ("checkbox", "radio")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] = {}
        self._within = ""  # the name of the field whose text this is
        self._select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: text or "" for name, text in attributes}
        name = said.get("name", "")
        if tag == "form":
            self._form = self.forms.setdefault(said.get("action", ""), {})
        elif tag == "input" and (said.get("type") not in _BOXES or "checked" in said):
            self._form[name] = said.get("value", "")
        elif tag == "textarea":
            self._within, self._form[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in self._form or "selected" in said):
            self._within, self._form[self._select] = self._select, ""

    def handle_data(self, data: str) -> None:
        if self._within:
            self._form[self._within] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "option"):
            self._within = ""


def forms(page: str) -> dict[str, dict[str, str]]:
    """By the address that each is posted to."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms
