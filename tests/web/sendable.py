"""The forms of a page as a browser would send them: their fields with their kinds, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

CHOICES = frozenset({"radio", "checkbox", "select"})
UNTYPED = frozenset({"text", "search", "tel", "url", "password", "textarea"})


@dataclass
class Form:
    """A form that is sent by POST, where to, and its fields by name."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, kind: str, value: str) -> None:
        """Take a field; of several of one name the first that has a value."""
        self.kinds[name] = "choice" if kind in CHOICES else "text" if kind in UNTYPED else kind
        self.values[name] = self.values.get(name) or value


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.forms = address, list[Form]()
        self.form: Form | None = None
        self.choosing = self.writing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        name = "" if "disabled" in has else has.get("name", "")
        if tag == "form" and has.get("method", "").lower() == "post":
            self.form = Form(has.get("action") or self.address)
        elif self.form is None or name == "csrfmiddlewaretoken":
            return
        elif tag == "option" and self.choosing:
            self.form.take(self.choosing, "select", has.get("value", ""))
        elif tag == "select":
            self.choosing = name
        elif tag == "textarea":
            self.writing = name
            self.form.take(name, "textarea", "")
        elif tag in ("input", "button") and name:
            self.form.take(name, "hidden" if tag == "button" else has.get("type", "text"), has.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.form is not None and self.writing:
            self.form.take(self.writing, "textarea", data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.form is not None:
            self.forms.append(self.form)
            self.form = None
        elif tag == "select":
            self.choosing = ""
        elif tag == "textarea":
            self.writing = ""


def forms_in(page: str, address: str) -> list[Form]:
    """The forms of a page that are sent by POST."""
    reader = _Reader(address)
    reader.feed(page)
    return reader.forms
