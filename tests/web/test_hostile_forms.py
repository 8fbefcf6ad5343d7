"""Every form of every page, sent back with what nobody should send: no fault of ours, and nothing of it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from tests.orders.conftest import hotline
from tests.orders.hotline import Hotline
from tests.project.crawling import Visitor, addresses, inputs_of, links_of
from tests.project.test_leaks import World, visitor
from tests.web.sendable import Form, forms_in
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders.api import forget_catalogue, forget_dispatching
from tianqu.kernel.places.api import forget_actors

__all__ = ["hotline"]
pytestmark = pytest.mark.slow

LINKS_MAX = 60
TEXTS = {
    "NUL": "坏\x00字", "override": "坏\u202e字", "unreadable": "坏\ufffd字", "escape": "坏\x1b[2J字",
    "1 MB": "坏" * 350_000,
}  # fmt: skip
ASKED = ("坏\x00字", "坏\u202e字", "\ufffd", "9" * 40, "1899-01-01", "99999-01-01", "-1", "%' OR 1=1 --", "\\")
TYPED = {  # what is no text: each of these in each such field
    "date": ("1899-01-01", "2999-12-31", "99999-01-01", "2024-02-30", "x\x00"),
    "datetime-local": ("1899-01-01T00:00", "2999-12-31T23:59", "9999-99-99T00:00", "x\x00"),
    "time": ("25:00", "x\x00"), "month": ("1899-01", "2999-12", "2024-13", "x\x00"),
    "number": ("NaN", "-1", "1e400", "9" * 40, "x\x00"), "email": ("x", "坏\u202e@example.org", "a@" + "b" * 3_000),
    "hidden": ("x", "\x00", "9" * 40, "018f0000-0000-7000-8000-000000000000"),
    "choice": ("坏\u202e字", "\x00", "018f0000-0000-7000-8000-000000000000"),
    "file": (b"\x00" * 40, b"\xff\xfe\x00", "路灯".encode("gb18030"), b"a = [" * 4_000, b"{" * 4_000, b""),
}  # fmt: skip


def sent(form: Form) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is wrong, and the fields with it: texts all at once, and each other field alone."""
    good = {name: value or ("路灯" if form.kinds[name] == "text" else "") for name, value in form.values.items()}
    for name, text in TEXTS.items():
        texts = {one: text for one, kind in form.kinds.items() if kind == "text"}
        if texts:
            yield name, good | texts
    for one, kind in form.kinds.items():
        for value in TYPED.get(kind, ()):
            wrong = SimpleUploadedFile("lamp.toml", value) if isinstance(value, bytes) else value
            yield f"{one}={value!r:.40}", good | {one: wrong}


def pages(person: Visitor, world: World) -> Iterator[tuple[str, str]]:
    """The page of every address, and of what they link to."""
    todo, seen = addresses(world.values(), most=2), set[str]()
    followed = 0
    while todo:
        address = todo.pop(0)
        if address in seen or address.startswith("/api/"):
            continue
        seen.add(address)
        page = person.text(address)
        if not page.startswith("200"):
            continue
        yield address, page
        for link in sorted(links_of(page) - seen)[: LINKS_MAX - followed]:
            followed += 1
            todo.append(link)


def forms_of(person: Visitor, world: World) -> list[Form]:
    """The forms of all pages, each kind of form once."""
    found = dict[Any, Form]()
    for address, page in pages(person, world):
        for form in forms_in(page, address):
            found.setdefault((re.sub(r"[0-9A-Z-]{8,}|[0-9a-f-]{36}", "…", form.action), *form.kinds), form)
    return list(found.values())


def kept_wrongly(first: int) -> int:
    """How many entries since then hold what must not be kept."""
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM journal_entry WHERE id > %s AND (octet_length(body) > 500000"
            " OR convert_from(body, 'UTF8') ~ E'[\u202e\ufffd\u001b]|u0000|u001b')", [first]
        )  # fmt: skip
        return int(cursor.fetchone()[0])


def last_entry() -> int:
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM journal_entry")
        return int(cursor.fetchone()[0])


@pytest.fixture
def world(hotline: Hotline, tmp_path: Path, settings: Any) -> World:
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    settings.TIANQU_API_STRANGER_PER_MINUTE = 1_000_000
    return World(hotline)


ROLES = {
    "anybody": ("", 5), "resident": ("", 8), "clerk": ("c1.housing", 15), "supervisor": ("c1.housing", 15),
    "operator": ("city.centre", 10), "administrator": ("city.centre", 25),
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_no_form_takes_what_nobody_should_send(world: World, role: str) -> None:
    unit, least = ROLES[role]
    person = visitor(world.hotline, role, unit)
    person.client.raise_request_exception = False
    forms, found, count = forms_of(person, world), [], 0
    first = last_entry()
    for form in forms:
        for what, values in sent(form):
            count += 1
            before = transaction.savepoint()
            answer = person.client.post(form.action, values)
            if answer.status_code >= 500 or kept_wrongly(first):
                found.append((answer.status_code, form.action, what))
            transaction.savepoint_rollback(before)
            for forget in (forget_actors, forget_catalogue, forget_dispatching):
                forget()
    assert found == []
    assert len(forms) >= least, (len(forms), count)


@pytest.mark.parametrize("role", ["anybody", "supervisor", "administrator"])
def test_no_search_breaks(world: World, role: str) -> None:
    """Every field of every form that asks, and the marks by which lists go on."""
    person = visitor(world.hotline, role, ROLES[role][0])
    person.client.raise_request_exception = False
    found, fields = [], set[tuple[str, str]]()
    for address, page in pages(person, world):
        path = address.partition("?")[0]
        for name in {*inputs_of(page), "after", "page"} - {name for at, name in fields if at == path}:
            fields.add((path, name))
            for words in ASKED:
                before = transaction.savepoint()
                if person.get(path, **{name: words}).status_code >= 500:
                    found.append((path, name, words[:20]))
                transaction.savepoint_rollback(before)
    assert found == []
    assert len(fields) > 40
