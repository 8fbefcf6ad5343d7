"""Every address of the installation, filled with things that exist, as somebody's browser and token reach it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

PARAMETER = re.compile(r"<(?:(?P<kind>[a-z]+):)?(?P<name>[a-z_0-9]+)>")
SEARCHES = ("q", "text", "phone", "code", "search", "look", "name", "words", "caller", "service_request_id")
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.S | re.I)
INPUT = re.compile(r"<(?:input|select|textarea)\b[^>]*\bname=\"([^\"]+)\"", re.I)
LINK = re.compile(r"(?:href|action|hx-get|data-source|src)=\"(/[^\"#]*)\"")
UNFOLLOWED = re.compile(r"/(?:static|account/logout|account/keys)/")


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """The addresses as they are declared, those of packs, gateways and the API among them."""
    for one in (resolver or get_resolver()).url_patterns:
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, here)
        else:
            assert isinstance(one, URLPattern)
            yield here


def addresses(values: Mapping[str, list[str]], *, most: int) -> list[str]:
    """Each pattern, filled in at most ``most`` ways with the values of its parameters' names or kinds.

    A value for "books/code" fills the parameter ``code`` where "books" stands before it.
    """
    found: dict[str, None] = {}
    for pattern in patterns():
        if pattern.startswith("^") or "(?P" in pattern:
            continue
        choices = [
            values.get(f"{pattern[: match.start()].strip('/').rpartition('/')[2]}/{match['name']}")
            or values.get(match["name"])
            or values[match["kind"] or "str"]
            for match in PARAMETER.finditer(pattern)
        ]
        for chosen in list(product(*choices))[:most]:
            filled = iter(chosen)
            found["/" + PARAMETER.sub(lambda _match, filled=filled: str(next(filled)), pattern)] = None
    return list(found)


@dataclass
class Visitor:
    """Somebody who looks at addresses: by a browser's session, and by a token where there is one."""

    name: str
    client: Client
    token: str = ""

    def get(self, address: str, **query: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token and address.startswith("/api/") else {}
        return self.client.get(address, query, headers=headers)

    def text(self, address: str, **query: str) -> str:
        """Everything that came: status, headers and body, with what changes by itself taken out."""
        answer = self.get(address, **query)
        assert answer.status_code != 500, f"{self.name}: {address} {query}"
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        return f"{answer.status_code}\n{headers}\n{body.decode('utf-8', 'replace')}"


def inputs_of(page: str) -> set[str]:
    """The names of the fields that a page's forms send by GET."""
    forms = [form for form in FORM.findall(page) if 'method="post"' not in form[:300].lower()]
    return {name for form in forms for name in INPUT.findall(form)} - {"csrfmiddlewaretoken"}


def links_of(page: str) -> set[str]:
    return {link.replace("&amp;", "&") for link in LINK.findall(page) if not UNFOLLOWED.match(link)}
