"""What is prepared takes what is sent to it as if it were not there, by every address, by every act, from anybody.

Compared are a thing that is hidden and one that never was, in one and the same moment: what is told, byte for byte, and
how many queries it takes, so that nobody can tell by the time either.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from itertools import product, takewhile
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints
from uuid import UUID

import orjson
import pytest
from django.db import connection

from tests.kernel.datasets.conftest import office, store
from tests.kernel.releases.test_releases import build as build_press
from tests.kernel.releases.test_releases import press
from tests.project.arguments import arguments_for
from tests.project.crawling import PARAMETER, patterns
from tests.project.embargoed import NEW, OLD, SECRET, Stage, build
from tests.project.outsiders import OUTSIDERS, STRANGER, Outsider, counted, outsider, undone, without_what_is_drawn
from tests.project.test_act_matrix import acts
from tests.project.test_embargo import PACKAGES, VALUES
from tests.scenes import scene
from tianqu.base.errors import TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.gateways.ckan.actions import ACTIONS
from tianqu.kernel.datasets.models import Dataset, Upload
from tianqu.kernel.figures.models import FigureValue
from tianqu.kernel.journal.api import SYSTEM, registered_acts, seeing
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.orders.models import Order
from tianqu.kernel.releases.models import Edition, Release

__all__ = ["office", "press", "store"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HIDDEN = ("a release", "another edition", "values", "closed data", "an upload")
# Codes of what is hidden, each with two of as many letters that nothing bears.
CODES = {NEW: ("2021-markes", "2021-marker"), SECRET: ("blackbird.rowz", "blackbird.rowd")}
NOBODY, NO_ONE = new_identifier(), new_identifier()
TURNS = 9
METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
FORM = {"text": "x", "text_en": "x", "expected_revision": "1", "revision": "1", "deed": "publish", "reason": "x"}
Sent = str | Mapping[str, str]  # a body of JSON, or a form


@pytest.fixture
def hidden(db: None, store: Path, own_log: Path) -> Iterator[Stage]:
    """Everything that is prepared, out of sight."""
    yield scene(build_hidden, files=store)
    forget_catalogue()


def build_hidden() -> Stage:
    stage = build(build_press())
    for what in HIDDEN:
        stage.made(what)
    return stage


def hidden_ids() -> list[UUID]:
    """One identifier of each kind of thing that is hidden."""
    with seeing(SYSTEM.scope):
        return [
            Release.objects.get(code=NEW).id,
            Edition.objects.get(release__code=NEW).id,
            FigureValue.objects.exclude(embargoed_until=None)[0].id,
            Dataset.objects.get(code=SECRET).id,
            Upload.objects.all()[0].id,
            Order.objects.all()[0].id,
        ]


def addresses_of(kind: str) -> Iterator[str]:
    """Each address with a parameter of a kind; it holds "…" for this one, and what is known for the others."""
    for pattern in patterns():
        if pattern.startswith("^") or "(?P" in pattern:
            continue
        found = list(PARAMETER.finditer(pattern))
        known = [filling(each["name"], each["kind"] or "str") for each in found]
        for place, match in enumerate(found):
            if (match["kind"] or "str") == kind:
                values = iter([*known[:place], "…", *known[place + 1 :]])
                yield "/" + PARAMETER.sub(lambda _match, values=values: next(values), pattern)


def filling(name: str, kind: str) -> str:
    """What stands for a parameter that is not looked at: something that everybody knows, or nothing."""
    values = VALUES.get(name) or VALUES.get(kind) or (str(NOBODY),)
    return next(each for each in values if each not in CODES)


def compare(
    person: Outsider,
    method: str,
    address: str,
    told: Sent,
    names: tuple[str, ...],
    never: tuple[str, int] | None = None,
    **headers: str,
) -> list[Any]:
    """Send the same to a hidden thing and to two that never were; return where it is told otherwise.

    What differs because something kept in the process has just run out is sent again: told are differences that two
    turns have found, in which the two that never were are answered alike; on a slow machine much runs out meanwhile.
    ``never`` is what the first of those was answered a moment ago, so that one answer serves many hidden things.
    """
    found: list[Any] = []
    for _turn in range(TURNS):
        first = sent(person, method, address, told, names[0], **headers)
        second = never or sent(person, method, address, told, names[1], **headers)
        if first == second:
            return []
        if never is not None:  # both anew, in one moment
            never = None
            continue
        third = sent(person, method, address, told, names[2], **headers)
        if first == third:  # what is kept ran out for the second
            return []
        alike = differing([second, third]) if second != third else "the others alike"
        found.append((person.name, method, address, names[0], differing([first, second]), alike))
        if sum(one[-1] == "the others alike" for one in found) == 2:
            break
    return found[-1:]


def sent(person: Outsider, method: str, address: str, told: Sent, name: str, **headers: str) -> tuple[str, int]:
    """What is told of a name, with "…" for it in whatever way it is written, and after how many queries."""
    filled = told.replace("…", name) if isinstance(told, str) else {k: v.replace("…", name) for k, v in told.items()}
    text, queries = person.sent(method, address.replace("…", name), filled, **headers)
    for each in (name, name.replace("-", "."), name.replace("_", "."), name.replace(".", "-")):
        text = text.replace(each, "…")
    return without_what_is_drawn(text), queries


def differing(answers: list[tuple[str, int]]) -> Any:
    """What differs in two answers first, with a few letters around it, and how many queries each took."""
    (one, first), (other, second) = answers
    alike = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    start = max(0, alike - 60)
    return ("the same" if one == other else (one[start : start + 160], other[start : start + 160])), first, second


def test_what_is_not_hidden_is_told(hidden: Stage) -> None:
    """What is compared would show it: a release that everybody knows is told otherwise than one that is not there."""
    stranger = outsider(hidden.press.office.prefecture, OUTSIDERS[0])
    names = (OLD, "2020-knowm", "2020-knowp")
    assert compare(stranger, "GET", "/releases/…/", {}, names) != []
    assert compare(stranger, "GET", "/releases/…/", {}, names, **{"If-None-Match": "*"}) != []


class Walk(NamedTuple):
    """Somebody, and how he asks at every address with a parameter of some kinds."""

    who: str
    methods: tuple[str, ...]
    kinds: tuple[str, ...]
    count: int  # at least so many questions are asked

    def __str__(self) -> str:
        return f"{self.who} {'+'.join(self.methods)} {'+'.join(self.kinds)}"


NAMED, EVERY = ("slug", "str"), ("slug", "str", "uuid")
WALKS = (
    Walk(STRANGER, METHODS[:2], NAMED, 700),
    Walk(STRANGER, METHODS[:2], ("uuid",), 1200),
    Walk(STRANGER, METHODS[2:], EVERY, 4000),
    *(Walk(who, METHODS[:2], EVERY, 2000) for who in OUTSIDERS[1:]),
)


@pytest.mark.parametrize("walk", WALKS, ids=str)
def test_what_is_sent_to_an_address_is_answered_as_if_nothing_were_there(hidden: Stage, walk: Walk) -> None:
    """Every address that takes something with a code or an identifier in it; asked for, and sent a form and JSON."""
    person = outsider(hidden.press.office.prefecture, walk.who)
    wrong, count = [], 0
    for kind in walk.kinds:
        many = names_of(kind)
        for address, method in product(addresses_of(kind), walk.methods):
            json = address.startswith(("/api/", "/ckan/"))
            told = {} if method == "GET" else orjson.dumps({"id": "…", "reason": "x"}).decode() if json else FORM
            never: dict[str, tuple[str, int]] = {}
            for names in many:
                if names[1] not in never:
                    never[names[1]] = sent(person, method, address, told, names[1])
                wrong += compare(person, method, address, told, names, never[names[1]])
                count += 1
    assert wrong == [] and count > walk.count


def names_of(kind: str) -> list[tuple[str, ...]]:
    """Names of hidden things that stand in an address as such a kind, each with two that nothing has."""
    if kind == "uuid":
        return [(str(each), str(NOBODY), str(NO_ONE)) for each in hidden_ids()]
    return [(name, *others) for name, others in CODES.items() if kind == "str" or "." not in name]


def test_what_was_seen_before_is_not_told_to_be_the_same(hidden: Stage) -> None:
    """No door says of what is hidden that it has not changed since."""
    person, wrong = outsider(hidden.press.office.prefecture, OUTSIDERS[0]), []
    for address in (*addresses_of("slug"), *addresses_of("str")):
        for name, others in CODES.items():
            for headers in ({"If-None-Match": "*"}, {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}):
                wrong += compare(person, "GET", address, {}, (name, *others), **headers)
    assert wrong == []


VIEW = SECRET.replace(".", "_")
CONFERENCE = {
    "conference_id": str(NOBODY), "unit_id": str(NOBODY), "code": "2021-other", "domain": "open-economy", "title": "x",
    "title_en": "x", "venue": "x", "venue_en": "x", "starts_at": "2030-01-01T00:00:00+00:00", "speakers": [],
    "release_code": "…",
}  # fmt: skip
ASKED: tuple[tuple[str, Any, str], ...] = (  # an address, what is sent there, and the name that "…" stands for
    ("/api/v1/sql", {"datasets": ["…"], "sql": "SELECT 1"}, SECRET),
    ("/api/v1/sql", {"datasets": ["trade.by_county", "…"], "sql": "SELECT 1"}, SECRET),
    ("/api/v1/sql", {"datasets": ["trade.by_county"], "sql": "SELECT * FROM …"}, VIEW),
    ("/api/v1/bulk", {"act": "orders.comment", "orders": ["…"], "arguments": {"text": "x"}}, NEW),
    ("/api/v1/acts/programme.plan_conference", CONFERENCE, NEW),
    *(
        (f"/ckan/api/3/action/{action}", {name: told}, PACKAGES[0])
        for action in ACTIONS
        for name, told in (("id", "…"), ("name_or_id", "…"), ("q", "…"), ("resource_id", "….csv"), ("id", "….csv"))
    ),
    ("/desk/data-sql", {"datasets": "…", "dataset": "…", "sql": "SELECT 1"}, SECRET),
    ("/desk/data-sql", {"datasets": "trade.by_county", "sql": "SELECT * FROM …"}, VIEW),
    ("/figures/check/bulletin", {"text": "figures:\n- {id: …, unit: CNY, printed: 1元}\nrelations: []\n"}, SECRET),
    ("/programme/mail/", {"email": "a@example.org", "domain": "…"}, NEW),
    ("/follow/", {"code": "…", "secret": "x"}, NEW),
    ("/search", {"q": "…"}, NEW),
)  # fmt: skip


@pytest.mark.parametrize("who", OUTSIDERS)
def test_what_is_asked_by_sending_tells_nothing(hidden: Stage, who: str) -> None:
    """Names within what is sent: statements of SQL, actions of a catalogue, forms."""
    person, wrong = outsider(hidden.press.office.prefecture, who), []
    for address, body, name in ASKED:
        names = (name, *(name[:-1] + letter for letter in "zq"))
        form = not address.startswith(("/api/", "/ckan/"))
        wrong += compare(person, "POST", address, body if form else orjson.dumps(body).decode(), names)
    assert wrong == []


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_act_tells_that_a_thing_is_there(hidden: Stage, who: str) -> None:
    """Every act with the identifier of something hidden in every place where it takes one."""
    person = outsider(hidden.press.office.prefecture, who)
    ids, wrong, count = hidden_ids(), [], 0
    for name in acts():
        hints = get_type_hints(inspect.unwrap(registered_acts()[name].perform))
        for taken in (key for key, hint in hints.items() if key != "return" and UUID in (hint, *get_args(hint))):
            count += 1
            never = refusal(person, name, taken, hints[taken], NOBODY)
            wrong += [
                (name, taken, each) for one in ids if (each := told_of(person, name, taken, hints[taken], one, never))
            ]
    assert wrong == [] and count > 300


def told_of(
    person: Outsider, name: str, taken: str, hint: Any, one: UUID, never: tuple[str, int]
) -> list[tuple[str, int]]:
    """What an act says of something hidden and of what never was, where they are told apart also in one moment."""
    said: list[tuple[str, int]] = [refusal(person, name, taken, hint, one), never]
    for _turn in range(TURNS):
        if said[0] == said[1]:
            return []
        said = [refusal(person, name, taken, hint, each) for each in (one, NOBODY)]
    return said if said[0] != said[1] else []


def filled(hint: Any, identifier: UUID) -> Any:
    return identifier if hint is UUID or (UUID in get_args(hint) and type(None) in get_args(hint)) else [identifier]


def refusal(person: Outsider, name: str, taken: str, hint: Any, identifier: UUID) -> tuple[str, int]:
    """What an act says, also where its references are looked at only at the end, and after how many queries."""
    perform = registered_acts()[name].perform
    with undone(), counted() as asked:
        try:
            perform(person.actor, **arguments_for(perform, {taken: filled(hint, identifier)}))
            connection.check_constraints()
            said = "done"
        except TianquError as error:
            said = f"{type(error).__name__} {error.message} {error.remedy} {error.field} {error.parameters}"
        except Exception as error:  # noqa: BLE001  whatever it is, it must be the same
            said = f"{type(error).__name__} {error}"
    return without_what_is_drawn(said.replace(str(identifier), "…")), len(asked)
