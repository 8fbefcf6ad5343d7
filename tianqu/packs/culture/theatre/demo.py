"""The demonstration's theatre: its yearly money, two months of weekends behind it, the next two to be booked."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import yaml
from django.utils import timezone

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.occasions.api import CLOSED_AFTER, admit, announce, book, close, own_ticket
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import account_called, actor_of, unit_called
from tianqu.kernel.rosters.api import ShiftNeed, add_shifts, make, own_roster, plan, say_wishes
from tianqu.packs.culture.declaring.acts import grant_budget
from tianqu.packs.culture.theatre.acts import KIND, book_takings, declare_theatre
from tianqu.packs.culture.theatre.queries import theatre_called

BEHIND, AHEAD = 8, 2  # weekends
DOOR_WEEKS: Final = 4
EVENING: Final = time(19, 30)
LASTS: Final = timedelta(minutes=110)
SATURDAY: Final = 5


def weekends_of_theatre(stage: DemoStage) -> int:
    """Declare the theatre and let its weekends pass; return how many shows there are, 0 for a realm that has none."""
    path = stage.realm / "culture.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8")).get("theatre") if path.is_file() else None
    if told is None:
        return 0
    with seeing(SYSTEM.scope):
        keeper = actor_of(account_called(told["keeper"]), channel="import")
        office = unit_called(told["office"]).id
    declare_theatre(
        keeper, unit_id=office, theatre=told["code"], name=told["name"][0], name_en=told["name"][1],
        venue=told["venue"][0], venue_en=told["venue"][1], rows=told["rows"], price_fen=told["price_fen"],
    )  # fmt: skip
    today = timezone.localdate()
    for year in range(told["since"], today.year + 1):
        grant_budget(
            keeper, unit_id=office, transfer_id=named_identifier(f"demo:theatre:{told['code']}:{year}"),
            amount_fen=told["yearly_yuan"] * 100, day=date(year, 1, 1), purpose=told["purpose"],
        )  # fmt: skip
    with seeing(SYSTEM.scope):
        seats = theatre_called(told["code"]).seats
    chance = random.Random(stage.seed)  # noqa: S311  nothing secret is made of it
    first = today + timedelta(days=(SATURDAY - today.weekday()) % 7)
    weekends = range(-BEHIND, AHEAD)
    for number in weekends:
        day = datetime.combine(first + timedelta(weeks=number), EVENING, timezone.get_current_timezone())
        occasion_id = _announced(keeper, told, seats, day, number=number)
        guests = _booked(occasion_id, told, day, chance, count=chance.randrange(8, 20))
        if day + LASTS + CLOSED_AFTER < timezone.now():
            _shown(keeper, occasion_id, guests, day, chance)
        stage.tell(number + BEHIND + 1, len(weekends))
    _doors(keeper, told)
    return len(weekends)


def _doors(keeper: Actor, told: Mapping[str, Any]) -> None:
    """Plan who stands at the doors in the coming weeks; each usher cannot come once, and the worker is asked for it."""
    roster_id, (title, title_en) = named_identifier(f"demo:doors:{told['code']}"), told["doors"]
    first = timezone.localdate() + timedelta(days=7 - timezone.localdate().weekday())
    last = first + timedelta(days=7 * DOOR_WEEKS - 1)
    plan(
        keeper, roster_id=roster_id, kind=KIND, subject=told["code"], title=title, title_en=title_en, first_day=first,
        last_day=last, week_max=1,
    )  # fmt: skip
    add_shifts(
        keeper, roster_id=roster_id, first_day=first, last_day=last, weekdays=[SATURDAY + 1], starts="18:30",
        ends="21:30", venue=told["venue"][0], venue_en=told["venue"][1], needs=[ShiftNeed(2)],
    )  # fmt: skip
    with seeing(SYSTEM.scope):
        ushers = [actor_of(account_called(login), channel="import") for login in told["ushers"]]
        shifts = [shift.id for shift in own_roster(keeper, roster_id=roster_id).shifts]
    for number, usher in enumerate(ushers):
        say_wishes(usher, roster_id=roster_id, unable=[shifts[number % DOOR_WEEKS]])
    make(keeper, roster_id=roster_id)


def _announced(keeper: Actor, told: Mapping[str, Any], seats: Sequence[str], day: datetime, *, number: int) -> UUID:
    occasion_id = named_identifier(f"demo:show:{told['code']}:{day:%Y-%m-%d}")
    (title, title_en), (words, words_en) = told["shows"][number % len(told["shows"])], told["words"]
    announce(
        keeper, occasion_id=occasion_id, kind=KIND, subject=told["code"], title=title, title_en=title_en, words=words,
        words_en=words_en, venue=told["venue"][0], venue_en=told["venue"][1], starts_at=day, ends_at=day + LASTS,
        places=len(seats), seats=seats, price_fen=told["price_fen"],
        at=min(day - timedelta(days=12), timezone.now()),
    )  # type: ignore[call-arg]  # fmt: skip
    return occasion_id


def _booked(
    occasion_id: UUID, told: Mapping[str, Any], day: datetime, chance: random.Random, *, count: int
) -> list[Actor]:  # fmt: skip
    """Invented guests who book the best seats; somebody with an account comes each time."""
    with seeing(SYSTEM.scope):
        known = account_called(told["villager"]).person.id
    persons = [known, *(named_identifier(f"demo:guest:{occasion_id}:{number}") for number in range(count))]
    guests = [Actor(channel="import", person_id=one, scope=Scope(person_id=one)) for one in persons]
    for guest in guests:
        at = min(day - timedelta(days=chance.randrange(2, 10)), timezone.now())
        book(guest, occasion_id=occasion_id, at=at)  # type: ignore[call-arg]
    return guests


def _shown(
    keeper: Actor, occasion_id: UUID, guests: Sequence[Actor], day: datetime, chance: random.Random
) -> None:  # fmt: skip
    """Let most of the guests in, close the show, book what it took in."""
    for number, guest in enumerate(guests):
        if number and chance.random() < 0.12:
            continue
        with seeing(guest.scope):
            token = own_ticket(guest, occasion_id=occasion_id)
        admit(
            keeper, occasion_id=occasion_id, ticket=token, door="东门",
            client_id=named_identifier(f"demo:door:{occasion_id}:{number}"),
            at=day - timedelta(minutes=chance.randrange(5, 40)),
        )  # type: ignore[call-arg]  # fmt: skip
    over = day + LASTS + CLOSED_AFTER + timedelta(minutes=1)
    close(SYSTEM, occasion_id=occasion_id, at=over)  # type: ignore[call-arg]
    book_takings(
        keeper, occasion_id=occasion_id, transfer_id=named_identifier(f"demo:takings:{occasion_id}"), at=over
    )  # type: ignore[call-arg]  # fmt: skip
