"""What a page's form would send as it stands: as a browser reads its fields."""

from __future__ import annotations

from html.parser import HTMLParser

UNSENT = {"submit", "button", "file", "image", "reset"}


class FormReader(HTMLParser):
    """Reads the fields of the forms that are posted on a page; ``sent`` has the values by name."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._posting = False
        self._area = self._select = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._posting = told.get("method", "").lower() == "post" and "action" not in told
        if not self._posting or (tag != "option" and not told.get("name")):
            return
        if tag == "input":
            self._input(told)
        elif tag == "textarea":
            self._area, self._text = told["name"], []
        elif tag == "select":
            self._select = told["name"]
            self.sent[self._select] = [""]
        elif tag == "option" and "selected" in told:
            self.sent[self._select] = [told.get("value", "")]

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self.sent[self._area], self._area = ["".join(self._text)], ""
        if tag == "form":
            self._posting = False

    def _input(self, told: dict[str, str]) -> None:
        kind, name = told.get("type", "text"), told["name"]
        if kind in UNSENT or (kind in ("checkbox", "radio") and "checked" not in told):
            return
        self.sent.setdefault(name, []).append(told.get("value", "on"))


def sent_by(page: str) -> dict[str, list[str]]:
    """What the forms of a page would send, without the token that tests do not need."""
    reader = FormReader()
    reader.feed(page)
    return {name: values for name, values in reader.sent.items() if name != "csrfmiddlewaretoken"}
