"""Nobody sees beyond their scope: every address as every role of another county, and as nobody, with marked requests.

Each word that tells who asked, or what, is a mark that occurs nowhere else; so is what stands in a village's book.
Where a mark may not be, no page, list, search, export, gateway, notice or log entry holds it; and searching for it
finds what searching for nonsense finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.orders.hotline import Hotline
from tests.project.crawling import SEARCHES, Visitor, addresses, inputs_of, links_of
from tests.project.marked_book import MarkedBook, book_marks
from tests.project.marked_registers import DESK, LAND, PARTY, MarkedRegisters
from tests.project.marked_wall import NAMES, VILLAGE, WORDS, MarkedWall
from tests.project.test_act_matrix import STAFF
from tests.project.test_sealed_log import OPENLY, PERSON, WHAT, WHO, secrets
from tests.project.test_sealed_log import World as SealedWorld
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders.api import shown_code
from tianqu.kernel.orders.codes import order_code
from tianqu.kernel.places.api import (
    Account,
    ApiToken,
    Post,
    actor_of,
    issue_token,
    known_roles,
)
from tianqu.kernel.places.roles import roles_allow


class World(SealedWorld):
    """The marked requests, a marked book, and what fills the addresses that lead to them."""

    def __init__(self, hotline: Hotline) -> None:
        super().__init__(hotline)
        self.book = MarkedBook(hotline.prefecture)
        self.book.keep_paper()
        self.registers = MarkedRegisters(hotline.prefecture)
        self.wall = MarkedWall(hotline.prefecture)

    def values(self) -> dict[str, list[str]]:
        """What fills the addresses, by the name of a parameter, else by its kind."""
        assert self.hotline.clerk.post_id and self.hotline.clerk.person_id
        with seeing(SYSTEM.scope):
            post = Post.objects.get(id=self.hotline.clerk.post_id)
            account = Account.objects.get(person_id=self.hotline.clerk.person_id)
            tokens = [str(token.id) for token in ApiToken.objects.all()[:2]]
        person, asker = str(self.hotline.clerk.person_id), str(self.asker.person_id)
        codes, place, unit = [self.codes[0], self.codes[-1]], "P102001", str(self.hotline.unit_id)
        orders = [str(self.order_ids[0]), str(self.order_ids[-1])]
        return {
            "code": [*codes, "road.lamp", place, "P1"], "str": [*codes, "road.lamp", place],
            "slug": ["P1", place, "comment", "accept"], "uuid": [*orders, person, asker, unit],
            "int": ["0", "1", "7"], "path": ["entries/000", "0/000"], "form": ["json", "xml"],
            "file_id": [str(self.file_id)], "person_id": [person, asker], "post_id": [str(post.id)],
            "account_id": [str(account.id)], "unit_id": [unit], "token_id": tokens or [unit],
            "order_id": orders, "token": codes, "index": ["0", "3", "9"], "item": ["road.lamp"],
            "place_id": [str(self.hotline.place_id)], "verb": ["comment", "accept"], **self.book.values(),
            **self.registers.values(), **self.wall.values(),
        }  # fmt: skip


@pytest.fixture
def world(hotline: Hotline, tmp_path: Path, settings: Any) -> World:
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    return World(hotline)


def visitor(hotline: Hotline, role: str, unit: str) -> Visitor:
    """Somebody new who holds a role at a unit, with a browser and a token that may all that the role may."""
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="zh-hans")
    if role == "anybody":
        return Visitor(role, client)
    if role == "resident":
        assert hotline.neighbour.person_id is not None
        account = Account.objects.get(person_id=hotline.neighbour.person_id)
        actor, post_id = hotline.neighbour, None
    else:
        account = hotline.prefecture.person(unit, role, name="何某")
        actor = actor_of(account, channel="web")
        post_id = actor.post_id
    Account.objects.filter(id=account.id).update(must_change_password=False)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    if role == "resident":
        client.post("/account/post/", {"post": "resident"})
    token = issue_token(
        actor, account_id=account.id, name="t", scopes=["*"], expires_at=timezone.now() + timedelta(days=9),
        post_id=post_id,
    )  # fmt: skip
    return Visitor(role, client, token.secret)


@dataclass(frozen=True)
class Walk:
    """How far a crawl goes: how many ways to fill an address, how many links to follow, and what to search for."""

    ways: int
    links: int
    searches: tuple[str, ...]


PERSONS = ("/api/v1/persons", "/administration/persons/")
QUICK = Walk(ways=1, links=0, searches=())
WHOLE = Walk(ways=6, links=40, searches=("phone", "title", "code"))


def searched(world: World, kind: str) -> tuple[str, str]:
    """What to search for, and another of the same kind that nothing has: both must find the same."""
    return {
        "phone": (WHO["sealed"].phone, "13955559999"), "title": ("标记题目", "无人题目"),
        "code": (world.codes[0], order_code(new_identifier())),
    }[kind]  # fmt: skip


def visits(visitor: Visitor, world: World, walk: Walk) -> Iterator[tuple[str, dict[str, str], str]]:
    """Every address, what its pages link to, and each of their search fields with each mark and its like."""
    todo, seen, followed = (
        [*addresses(world.values(), most=walk.ways), *world.book.asked(), *world.registers.asked()],
        set[str](),
        0,
    )
    while todo:
        address = todo.pop(0)
        if address in seen:
            continue
        seen.add(address)
        page = visitor.text(address)
        yield address, {}, page
        if walk.links > followed:
            more = sorted(links_of(page) - seen)[: walk.links - followed]
            followed += len(more)
            todo += more
        if not walk.searches or "?" in address or not page.startswith("200"):
            continue
        for field in sorted(inputs_of(page) & {*SEARCHES}) or (SEARCHES[:3] if address.startswith("/api/") else ()):
            for kind in walk.searches:
                for words in searched(world, kind):
                    yield address, {field: words}, visitor.text(address, **{field: words})


def found_in(page: str, marks: list[str], query: dict[str, str], address: str) -> list[str]:
    """The marks on a page, but for the one that was typed into it.

    Whoever keeps the posts sees the asker among those who hold one: that they hold it, and not what they asked.
    """
    known = {*query.values(), *([PERSON] if address.startswith(PERSONS) else [])}
    return [mark for mark in marks if mark in page and mark not in known]


OUTSIDERS = ["anybody", "resident", *(role for role in STAFF if known_roles()[role].reach != "everything")]


def seen_by_outsider(world: World, role: str, walk: Walk) -> tuple[int, list[Any]]:
    """How many pages somebody of another county got, and what they found there that they should not."""
    marks = [*secrets(), OPENLY.name, OPENLY.phone, OPENLY.email, *WHAT, *book_marks()]
    marks += [*LAND, *PARTY, *DESK, *NAMES, *WORDS]
    count, leaks, last = 0, [], ("", "")
    for address, query, page in visits(visitor(world.hotline, role, "c2.housing"), world, walk):
        count += 1
        leaks += [(role, address, query, mark) for mark in found_in(page, marks, query, address)]
        if not query:
            continue
        told = compared(page, query)
        if last[0] == f"{address} {[*query]}":  # the second of two like searches
            if told != last[1]:
                leaks.append((role, address, query, "finds something"))
            last = ("", "")
        else:
            last = (f"{address} {[*query]}", told)
    return count, leaks


@dataclass(frozen=True)
class Seen:
    """Whether somebody saw the request, and all that is marked in the book."""

    request: bool
    book: bool


def seen_in_office(world: World, role: str, walk: Walk) -> tuple[Seen, list[Any]]:
    """What a role at the answerable office saw, and what it found that it should not."""
    unit = "c1.housing" if known_roles()[role].reach != "everything" else "city.centre"
    leaks, request, of_book = [], False, set[str]()
    marks = secrets() if may_see(role).request else [*secrets(), OPENLY.name, OPENLY.phone, *WHAT]
    marks += [] if may_see(role).book else [*book_marks(), *WORDS]
    marks += [] if reads(role, "village.see") else LAND
    marks += [] if reads(role, "village.see_parties") else [*PARTY, *NAMES]
    marks += [] if reads(role, "village.see_reviews") else DESK
    for address, query, page in visits(visitor(world.hotline, role, unit), world, walk):
        leaks += [(role, address, query, mark) for mark in found_in(page, marks, query, address)]
        request = request or (not query and "标记题目" in page)
        of_book |= {mark for mark in book_marks() if mark in page}
    return Seen(request, of_book == {*book_marks()}), leaks


def may_see(role: str) -> Seen:
    """What a role at the office may see: the book is a village's, so whoever is bound to the office does not."""
    return Seen(roles_allow(frozenset({role}), "orders.see"), reads(role, "ledgers.see"))


def reads(role: str, permission: str) -> bool:
    """Say whether a role reads what is a village's: it holds the permission, and reaches more than its office."""
    return roles_allow(frozenset({role}), permission) and known_roles()[role].reach != "unit"


def test_addresses_as_they_are_declared_show_nothing(world: World) -> None:
    """To a clerk of another county, to nobody known, and to a role that reaches all places but sees no requests."""
    assert len(addresses(world.values(), most=1)) > 150
    assert "5.00" in visitor(world.hotline, "anybody", "").text(f"/wall/{VILLAGE}/")  # the poster itself is for all
    for role in ("anybody", "clerk"):
        count, leaks = seen_by_outsider(world, role, QUICK)
        assert leaks == []
        assert count > 150
    assert seen_in_office(world, "administrator", QUICK) == (Seen(False, False), [])
    assert seen_in_office(world, "book_supervisor", QUICK) == (Seen(False, True), [])


@pytest.mark.slow
def test_another_county_sees_nothing_at_all(world: World) -> None:
    assert [leak for role in OUTSIDERS for leak in seen_by_outsider(world, role, WHOLE)[1]] == []


@pytest.mark.slow
def test_an_office_sees_what_its_roles_may_and_never_who_sealed_it(world: World) -> None:
    found = {role: seen_in_office(world, role, WHOLE) for role in STAFF}
    assert [leak for _seen, leaks in found.values() for leak in leaks] == []
    assert {role: seen for role, (seen, _leaks) in found.items()} == {role: may_see(role) for role in STAFF}


def compared(page: str, query: dict[str, str]) -> str:
    """A page without what was typed, and without what is new on each page."""
    for value in query.values():
        for typed in (value, shown_code(value) if len(value) == 11 and not value.isdigit() else value):
            page = page.replace(typed, "…")
    page = re.sub(r"(?i)%(?:25)?[0-9a-f]{2}|value=\"[A-Za-z0-9]{64}\"|Content-Length: \d+|nonce-[^' ]+", "", page)
    return re.sub(r"\d+(?:\.\d+)? ?(?:ms|s)\b|[0-9a-f]{64}|Set-Cookie[^\n]*", "", page)
