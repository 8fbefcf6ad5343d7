"""A theatre that holds shows with numbered seats, whoever stands at its door, and people who come."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from tests.kernel.places.prefecture import Prefecture, declare
from tests.kernel.places.prefecture import build as build_prefecture
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.occasions.api import Booking, Holder, Missing, Occasion, OccasionKind, announce, register_kind
from tianqu.kernel.places.api import Account, Role, actor_of, resident_actor

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DOOR = Role("test_door", "Door of the theatre", ("occasions.*", "test.show", "files.store"), reach="unit")
OTHER = Role("test_other", "Leads something else", ("occasions.*",), reach="unit")
HALLS: dict[str, Holder] = {}


def halls(subjects: Collection[str]) -> dict[str, Holder]:
    return {code: hall for code, hall in HALLS.items() if code in subjects}


def led(_actor: Actor) -> list[Holder]:
    return list(HALLS.values())


SHOW = OccasionKind(
    "test_show", "Shows", "test.show", halls, led, ticketed=True, leaves_before=2 * HOUR,
    missing=Missing(times=2, within=90 * DAY, barred=14 * DAY), tags={"premiere": "premiere"},
)  # fmt: skip


@dataclass
class Stage:
    """What the tests hold on to."""

    prefecture: Prefecture
    door: Actor
    stranger: Actor  # at the door of another county's theatre
    other: Actor  # of the theatre's own unit, who works on other kinds
    known: dict[str, UUID] = field(default_factory=dict)

    def show(
        self, *, starts: timedelta = DAY, seats: Collection[str] = (), places: int = 0, at: datetime | None = None,
        **more: Any,
    ) -> UUID:  # fmt: skip
        """Announce a show of two hours; with ``seats`` there are as many places."""
        occasion_id, begins = new_identifier(), timezone.now() + starts
        announce(SYSTEM, **told(occasion_id, begins, seats=seats, places=places or len(seats) or 5) | more,
                 at=at or min(begins - 3 * DAY, timezone.now()))  # fmt: skip
        return occasion_id

    def account(self, name: str = "李梅") -> Actor:
        """Somebody new who has an account, and acts for themselves."""
        return resident_actor(self.prefecture.person("v101009", "test_clerk", name=name), channel="web")


def told(occasion_id: UUID, begins: datetime, **more: Any) -> dict[str, Any]:
    """What is told of a show."""
    return {
        "occasion_id": occasion_id, "kind": "test_show", "subject": "hall", "title": "牡丹亭",
        "title_en": "The Peony Pavilion", "words": "昆曲。", "words_en": "Kunqu opera.", "venue": "大剧院",
        "venue_en": "Grand Theatre", "starts_at": begins, "ends_at": begins + 2 * HOUR, **more,
    }  # fmt: skip


def anyone() -> Actor:
    """Somebody who has signed in and of whom nothing else is known."""
    person_id = uuid4()
    return Actor(channel="web", person_id=person_id, roles=frozenset({"resident"}), scope=Scope(person_id=person_id))


def booked(occasion_id: UUID, actor: Actor | None = None) -> list[Booking]:
    """The bookings of a show by turn."""
    with seeing(SYSTEM.scope):
        rows = Booking.objects.filter(occasion=occasion_id).order_by("turn")
        return list(rows.filter(person_id=actor.person_id) if actor else rows)


def shown(occasion_id: UUID) -> Occasion:
    return Occasion.objects.get(id=occasion_id)


def browser(actor: Actor, language: str = "en") -> Client:
    """The browser of somebody who has signed in."""
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)
    with seeing(SYSTEM.scope):
        account = Account.objects.get(person_id=actor.person_id)
        Account.objects.filter(id=account.id).update(must_change_password=False)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    if actor.post_id is None:
        client.post("/account/post/", {"post": "resident"})
    return client


def build() -> Stage:
    """Lay the stage by acts."""
    declare(DOOR, OTHER)
    prefecture = build_prefecture()

    def post(unit: str, role: str) -> Actor:
        return actor_of(prefecture.person(unit, role, name="何某"), channel="web")

    return Stage(
        prefecture, post("v101009", "test_door"), post("t201", "test_door"), post("v101009", "test_other")
    )  # fmt: skip


def open_hall(stage: Stage) -> None:
    """Let the hall be there, and its kind known: both live in this process alone."""
    unit, place = stage.prefecture.units["v101009"], stage.prefecture.places["P101009"]
    HALLS["hall"] = Holder("hall", unit.id, place.path, "大剧院", "Grand Theatre", "文化馆", "Culture centre")
    register_kind(SHOW)
