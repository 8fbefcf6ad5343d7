"""A theatre: its hall, a show sold by numbered seats, the door, and takings that are what the door has counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tests.web.api.calling import ANYONE, caller
from tianqu.base.errors import Conflict, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.occasions.api import CLOSED_AFTER, Booking, admit, announce, book, close, own_ticket
from tianqu.kernel.places.api import actor_of
from tianqu.packs.culture.tests.stage import Stage, browser, page
from tianqu.packs.culture.theatre.acts import book_takings, declare_theatre

HALL = "A 3\nB 2"


@pytest.fixture
def keeper(stage: Stage) -> Actor:
    """Who keeps the theatre of the first county, which has five seats for a yuan."""
    keeper = actor_of(stage.prefecture.person("c1.culture", "culture_theatre", name="台某"), channel="web")
    declare(stage.officer, stage.unit_id)
    return keeper


def declare(officer: Actor, unit_id: UUID, **more: Any) -> None:
    told = {
        "theatre": "grand", "name": "大剧院", "name_en": "Grand Theatre",
        "venue": "文化路1号", "venue_en": "1 Culture Road", "rows": HALL, "price_fen": 100,
    }  # fmt: skip
    declare_theatre(officer, unit_id=unit_id, **(told | more))


def announced(keeper: Actor, **more: Any) -> UUID:
    occasion_id, starts = new_identifier(), timezone.now() + timedelta(days=3)
    told = {
        "title": "周末剧场", "title_en": "Weekend theatre", "words": "一元看戏。", "words_en": "A show for a yuan.",
        "venue": "文化路1号", "venue_en": "1 Culture Road", "starts_at": starts, "ends_at": starts + timedelta(hours=2),
        "places": 5, "seats": ["A-2", "A-1", "A-3", "B-1", "B-2"], "price_fen": 100,
    }  # fmt: skip
    announce(keeper, occasion_id=occasion_id, kind="theatre", subject="grand", **(told | more))
    return occasion_id


def shown(stage: Stage, keeper: Actor) -> tuple[UUID, Any]:
    """A show that four have booked and two came to; when it was closed."""
    occasion_id = announced(keeper)
    guests = [stage.resident(f"客{number}") for number in range(4)]
    for guest in guests:
        book(guest, occasion_id=occasion_id)
    begins = timezone.now() + timedelta(days=3)
    for guest in guests[:2]:
        with seeing(guest.scope):
            token = own_ticket(guest, occasion_id=occasion_id)
        admit(keeper, occasion_id=occasion_id, ticket=token, client_id=new_identifier(), door="东门", at=begins)  # type: ignore[call-arg]
    over = begins + timedelta(hours=2) + CLOSED_AFTER + timedelta(minutes=5)
    close(SYSTEM, occasion_id=occasion_id, at=over)  # type: ignore[call-arg]
    return occasion_id, over


def test_takings_are_what_the_door_has_counted(stage: Stage, keeper: Actor) -> None:
    occasion_id, over = shown(stage, keeper)
    number = book_takings(keeper, occasion_id=occasion_id, transfer_id=new_identifier(), at=over)  # type: ignore[call-arg]
    assert number > 0
    assert book_takings(keeper, occasion_id=occasion_id, transfer_id=new_identifier()) == number, "booked once"
    with seeing(SYSTEM.scope):
        states = sorted(Booking.objects.filter(occasion=occasion_id).values_list("state", flat=True))
        assert states == ["going", "going", "no_show", "no_show"]
    told = caller(stage.officer).read(f"/culture/theatres/grand/year?year={timezone.localdate(over).year}")
    assert told == {"shows": 1, "came": 2, "amount_fen": 200}


def test_a_show_counts_in_the_year_of_its_day(stage: Stage, keeper: Actor) -> None:
    """Shown on 31 December, closed and booked in January."""
    year = timezone.localdate().year
    last_evening = datetime(year, 12, 31, 23, 30, tzinfo=timezone.get_current_timezone())
    at = last_evening - timedelta(days=3)
    occasion_id = announced(keeper, starts_at=last_evening, ends_at=last_evening + timedelta(hours=2), at=at)
    over = last_evening + timedelta(hours=2) + CLOSED_AFTER + timedelta(minutes=5)
    close(SYSTEM, occasion_id=occasion_id, at=over)  # type: ignore[call-arg]
    book_takings(keeper, occasion_id=occasion_id, transfer_id=new_identifier(), at=over)  # type: ignore[call-arg]
    years = [ANYONE.read("/culture/theatres/grand/year", year=each)["shows"] for each in (year, year + 1)]
    assert years == [1, 0]


def test_no_takings_before_the_show_is_closed(stage: Stage, keeper: Actor) -> None:
    occasion_id = announced(keeper)
    with pytest.raises(Conflict, match="not closed yet"):
        book_takings(keeper, occasion_id=occasion_id, transfer_id=new_identifier())


def test_the_database_counts_too(stage: Stage, keeper: Actor) -> None:
    occasion_id, over = shown(stage, keeper)
    book_takings(keeper, occasion_id=occasion_id, transfer_id=new_identifier(), at=over)  # type: ignore[call-arg]
    refused = pytest.raises(DatabaseError, match=r"permission denied|journal")
    with seeing(SYSTEM.scope), refused, transaction.atomic():
        connection.cursor().execute("UPDATE culture_takings SET came = 5, amount_fen = 500")


def test_only_who_keeps_it_announces_and_books(stage: Stage, keeper: Actor) -> None:
    for stranger in (stage.post, stage.troupe, stage.far_officer):
        with pytest.raises(NotPermitted):
            announced(stranger)
    with pytest.raises(NotPermitted):
        declare(stage.far_officer, stage.unit_id)
    occasion_id, over = shown(stage, keeper)
    with pytest.raises(NotPermitted):
        book_takings(stage.far_officer, occasion_id=occasion_id, transfer_id=new_identifier(), at=over)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("more", "field"),
    [({"rows": "A"}, "seats"), ({"rows": ""}, "rows"), ({"price_fen": -1}, "price_fen"), ({"theatre": "大"}, "theatre"),
     ({"lon": 200, "lat": 3}, "lon")],
)  # fmt: skip
def test_what_cannot_be_a_theatre(stage: Stage, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Exception) as refused:
        declare(stage.officer, stage.unit_id, **more)
    assert getattr(refused.value, "field", None) == field


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_its_pages(stage: Stage, keeper: Actor, language: str) -> None:
    occasion_id, _over = shown(stage, keeper)
    announced(keeper)
    public, desk = browser(None, language), browser(keeper, language)
    assert "/culture/theatres/grand/" in page(public, "/culture/theatres/")
    told = page(public, "/culture/theatres/grand/")
    assert ("A show for a yuan" in told or "Weekend theatre" in told) == (language == "en")
    assert str(occasion_id) in page(desk, "/desk/culture/theatres/grand/")
    begun = page(desk, "/desk/occasions/announce?kind=theatre&subject=grand")
    assert "A 3\nB 2" in begun, "the hall's seats are filled in"
    assert page(browser(stage.officer, language), "/desk/culture/theatres/declare?of=grand").count("A 3\nB 2") == 1
    page(browser(stage.post, language), "/desk/culture/theatres/grand/", 403)
