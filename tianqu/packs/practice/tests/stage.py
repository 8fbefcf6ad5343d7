"""Two stations in two counties, a team at each, their leaders, the centre, and volunteers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone

from tests.kernel.places.prefecture import Prefecture
from tests.kernel.places.prefecture import build as build_prefecture
from tests.orders.hotline import CALENDAR
from tests.web.api.calling import Caller, caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.occasions.api import announce, code_at
from tianqu.kernel.orders import api
from tianqu.kernel.places.api import Account, actor_of, resident_actor
from tianqu.packs.practice.acts import declare_station, declare_team
from tianqu.packs.practice.profiles.acts import keep_profile

ITEMS = Path(__file__).parents[4] / "realms" / "dezhou" / "items"
HOUR = timedelta(hours=1)
GROWN = date(1980, 5, 4)


@dataclass(frozen=True)
class Stage:
    """What the tests hold on to."""

    prefecture: Prefecture
    centre: Actor  # of Xinhu, where the station "zhangli" lies
    leader: Actor  # of its committee
    stranger: Actor  # who leads at the station "zhaozhuang" of another county

    def resident(self, name: str = "李梅") -> Actor:
        """Somebody new who has an account."""
        return resident_actor(self.prefecture.person("v101009", "test_clerk", name=name), channel="web")

    def volunteer(self, name: str = "李梅", *, born_on: date = GROWN) -> Actor:
        """Somebody new with a profile at the station of Zhangli."""
        actor = self.resident(name)
        keep_profile(actor, station="zhangli", name=name, phone="13800000000", born_on=born_on)
        return actor

    def activity(self, *, team: str = "zhangli-1", starts: timedelta = -HOUR * 2, **more: Any) -> UUID:
        """Announce an activity of three hours, by default one that began two hours ago."""
        begins, occasion_id = timezone.now() + starts, new_identifier()
        announce(SYSTEM, **told(occasion_id, team, begins) | more, at=begins - timedelta(days=2))
        return occasion_id


def told(occasion_id: UUID, team: str, begins: datetime) -> dict[str, Any]:
    """What is told of an activity."""
    return {
        "occasion_id": occasion_id, "kind": "practice", "subject": team,
        "title": "清扫村道", "title_en": "Sweeping the road",
        "words": "带手套。", "words_en": "Bring gloves.", "venue": "村口", "venue_en": "At the gate",
        "starts_at": begins, "ends_at": begins + 3 * HOUR, "places": 2,
    }  # fmt: skip


def build() -> Stage:
    """Lay the stage by acts."""
    prefecture = build_prefecture()
    api.publish_calendar(SYSTEM, content=CALENDAR)
    definitions = api.load_items(ITEMS)
    api.publish_items(SYSTEM, definitions=[one for one in definitions if one.code.startswith("practice.")])
    for code, unit, place in (("zhangli", "v101009", "P101009"), ("zhaozhuang", "t201", "P201001")):
        declare_station(
            SYSTEM, station=code, unit_id=prefecture.units[unit].id, place_id=prefecture.places[place].id,
            name=f"{code}站", name_en=f"{code} station",
        )  # fmt: skip
        declare_team(
            SYSTEM, team=f"{code}-1", station=code, name=f"{code}队", name_en=f"{code} team", service="ecology"
        )

    def post(unit: str, role: str) -> Actor:
        return actor_of(prefecture.person(unit, role, name="何某"), channel="web")

    return Stage(
        prefecture, centre=post("t101", "practice_centre"), leader=post("v101009", "practice_leader"),
        stranger=post("t201", "practice_leader"),
    )  # fmt: skip


def browser(actor: Actor | None = None, language: str = "en") -> Client:
    """The browser of somebody who has signed in, or of nobody known."""
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)
    if actor is not None:
        with seeing(SYSTEM.scope):
            account = Account.objects.get(person_id=actor.person_id)
            Account.objects.filter(id=account.id).update(must_change_password=False)
        client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
        if actor.post_id is None:
            client.post("/account/post/", {"post": "resident"})
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    """A page as text."""
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return str(body.decode())


def sent(occasion_id: UUID, direction: str, *, ago: timedelta, **more: Any) -> dict[str, Any]:
    """What a phone without a line sends of a code that it read some time ago; its clock stands in the year 2001."""
    now, phone = timezone.now(), datetime.fromisoformat("2001-01-01T08:00:00+08:00")
    return {
        "occasion_id": str(occasion_id), "direction": direction, "code": code_at(occasion_id, now - ago),
        "client_id": str(new_identifier()), "phone_at": phone.isoformat(), "phone_sent_at": (phone + ago).isoformat(),
        **more,
    }  # fmt: skip


def there(volunteer: Actor, occasion_id: UUID, *, first: int = 90, last: int = 30) -> Caller:
    """Sign a volunteer up, and in and out so many minutes ago; return their program."""
    phone = caller(volunteer)
    phone.done("/acts/occasions.book", {"occasion_id": str(occasion_id)})
    phone.done("/acts/occasions.check", sent(occasion_id, "in", ago=timedelta(minutes=first)))
    phone.done("/acts/occasions.check", sent(occasion_id, "out", ago=timedelta(minutes=last)))
    return phone
