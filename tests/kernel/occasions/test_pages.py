"""Pages of occasions: found, booked by seat, the ticket as QR, announced with rows, checked in without a line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NoReturn
from uuid import UUID

import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError
from django.test import Client
from django.utils import timezone

from tests.kernel.occasions.stage import DAY, HALLS, HOUR, Stage, anyone, booked, browser, shown, told
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.occasions.api import Occasion, book, code_at, own_ticket


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def test_a_seat_is_chosen_and_its_ticket_shown(stage: Stage) -> None:
    occasion_id = stage.show(seats=["A-1", "A-2"], price_fen=2_050, tags=["premiere"])
    person = stage.account()
    mine, address = browser(person), f"/occasions/{occasion_id}/"
    stranger = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en")
    seen = page(stranger, address)
    assert "The Peony Pavilion" in seen and "20.50" in seen and "premiere" in seen and "Sign in to take part" in seen
    event = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', seen)[0])
    assert event["startDate"] == timezone.localtime(shown(occasion_id).starts_at).isoformat()
    assert event["offers"]["price"] == "20.50" and event["remainingAttendeeCapacity"] == 2
    assert stranger.post(address, {"deed": "book"}).status_code == 403
    assert page(mine, address).count('<option value="A-') == 2
    assert mine.post(address, {"deed": "book", "seat": "Z-1"}).status_code == 400
    book(anyone(), occasion_id=occasion_id, seat="A-2")
    taken = mine.post(address, {"deed": "book", "seat": "A-2"})
    assert taken.status_code == 409 and "has just been taken" in taken.content.decode()
    assert mine.post(address, {"deed": "book", "seat": "A-1"}).status_code == 302
    ticket = page(mine, f"{address}ticket")
    assert own_ticket(person, occasion_id=occasion_id) in ticket
    assert "data:image/svg+xml" in ticket and "A-1" in ticket
    assert "李梅" not in ticket.split("<main")[1]
    assert "seat A-1" in page(mine, "/occasions/mine")
    full = stage.account("王芳")
    waits = browser(full).post(address, {"deed": "book"}, follow=True)
    assert "on the waiting list" in waits.content.decode()
    assert page(browser(full), f"{address}ticket", 404)
    assert stranger.get(f"{address}ticket").status_code == 302  # to sign in
    assert "The Peony" in page(stranger, "/occasions/?kind=test_show&tag=premiere&place=P101")
    assert "牡丹亭" in page(
        Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="zh-hans"), "/occasions/?kind=test_show"
    )
    assert "The Peony" not in page(stranger, "/occasions/?kind=practice")


ANNOUNCE = "/desk/occasions/announce?kind=test_show"


def form_of_show(**more: str) -> dict[str, str]:
    """What the form of a show with five seats sends."""
    begins = timezone.localtime() + 3 * DAY
    given = {name: str(value) for name, value in told(new_identifier(), begins).items()}
    return given | {
        "sent_id": given["occasion_id"], "day": f"{begins:%Y-%m-%d}", "starts": "19:30", "ends": "21:30",
        "seats": "A 3\r\nB 2", "price": "20.5", "premiere": "on", "opens_day": f"{begins - DAY:%Y-%m-%d}",
        "opens_time": "10:00", **more,
    }  # fmt: skip


def test_a_show_is_announced_with_its_rows(stage: Stage) -> None:
    desk, given = browser(stage.door), form_of_show()
    address = ANNOUNCE
    assert "A 20" in page(desk, address)
    late = {"opens_day": given["day"], "opens_time": "20:00"}
    for wrong in ({"seats": "A"}, {"price": "viel"}, {"price": "1.³²¹"}, {"price": "-1"}, late, {"day": ""}):
        assert desk.post(address, given | wrong).status_code == 400
    assert desk.post(address, given).status_code == 302
    it = shown(given["sent_id"])  # type: ignore[arg-type]
    assert (it.seats, it.places, it.price_fen, it.tags) == (["A-2", "A-1", "A-3", "B-1", "B-2"], 5, 2_050, ["premiere"])
    again = page(desk, f"/desk/occasions/announce?of={it.id}")
    assert "A 3\nB 2" in again and 'value="20.50"' in again and 'value="10:00"' in again
    assert "not open yet" in page(desk, f"/occasions/{it.id}/")
    assert browser(stage.other).get(address).status_code == 403
    assert "Announce: Shows" in page(desk, "/desk/occasions/")
    led = page(desk, f"/desk/occasions/{it.id}/")
    assert "Stand at the door" in led and "Show the code" not in led
    door = page(desk, f"/desk/occasions/{it.id}/door")
    assert "occasions.js" in door and "data-list" in door
    assert desk.get(f"/desk/occasions/{it.id}/door/list.json").json()["tickets"] == []
    assert browser(stage.stranger).get(f"/desk/occasions/{it.id}/").status_code == 403


def test_what_takes_place_each_week_is_announced_at_once(stage: Stage) -> None:
    desk, given = browser(stage.door), form_of_show(title="每周一场", times="4", every="week")
    assert "How many times" in page(desk, ANNOUNCE)
    beyond = {"times": "52", "day": f"{timezone.localtime() + 30 * DAY:%Y-%m-%d}"}
    for wrong in ({"times": "0"}, {"times": "53"}, beyond, {"every": "moon"}):
        refused = desk.post(ANNOUNCE, given | wrong)
        assert refused.status_code == 400
        assert ("#every" if "every" in wrong else "#times") in refused.content.decode()
    assert not Occasion.objects.filter(title="每周一场").exists(), "nothing half written"
    assert desk.post(ANNOUNCE, given).status_code == 302
    again = desk.post(ANNOUNCE, given)
    assert again.status_code == 302, "sent twice it is announced once"
    made = list(Occasion.objects.filter(title="每周一场").order_by("starts_at"))
    assert [str(each.id) for each in made].index(given["sent_id"]) == 0 and len(made) == 4
    first = timezone.localtime(made[0].starts_at)
    for week, each in enumerate(made):
        assert timezone.localtime(each.starts_at).replace(tzinfo=None) == first.replace(tzinfo=None) + 7 * week * DAY
        assert each.starts_at - each.opens_at == made[0].starts_at - made[0].opens_at and each.seats == made[0].seats
    assert "How many times" not in page(desk, f"/desk/occasions/announce?of={made[1].id}")
    changed = given | {"sent_id": str(made[1].id), "seats": "A 3\r\nB 3", "times": ""}
    assert desk.post(f"/desk/occasions/announce?of={made[1].id}", changed | {"times": "4"}).status_code == 409
    assert desk.post(f"/desk/occasions/announce?of={made[1].id}", changed).status_code == 302
    assert Occasion.objects.filter(title="每周一场", places=6).count() == 1, "each is changed by itself"


def test_a_day_beyond_the_calendar_is_refused_and_nothing_breaks(stage: Stage) -> None:
    desk = browser(stage.door)
    for wrong in ("0001-01-01", "9999-12-31", "1990-01-01"):
        refused = desk.post(ANNOUNCE, form_of_show(opens_day=wrong, opens_time="00:00"))
        assert refused.status_code == 400 and "#opens_day" in refused.content.decode()
    assert desk.post(ANNOUNCE, form_of_show(day="0001-01-01")).status_code == 400
    assert page(browser(stage.stranger), "/occasions/") and page(desk, "/desk/occasions/")


def test_a_theme_day_is_the_first_of_each_month(stage: Stage) -> None:
    desk, today = browser(stage.door), timezone.localdate()
    first = date(today.year + (today.month == 12), today.month % 12 + 1, 1)
    monthly = form_of_show(title="主题日", times="6", every="month", day=f"{first}", opens_day="", opens_time="")
    assert desk.post(ANNOUNCE, monthly).status_code == 302
    days = [timezone.localdate(one.starts_at) for one in Occasion.objects.filter(title="主题日").order_by("starts_at")]
    assert len(days) == 6 and days[0] == first and {one.day for one in days} == {1}
    assert [(one.year * 12 + one.month) - (first.year * 12 + first.month) for one in days] == list(range(6))
    last = next(one for one in (first + number * DAY for number in range(70)) if one.day == 31)
    ends = form_of_show(title="月末", times="3", every="month", day=f"{last}", opens_day="", opens_time="")
    assert desk.post(ANNOUNCE, ends).status_code == 302
    for one in Occasion.objects.filter(title="月末"):
        assert (timezone.localdate(one.starts_at) + DAY).day == 1, "the last day of a shorter month"


def test_what_a_show_leaves_empty_is_the_halls_own(stage: Stage) -> None:
    desk, begins, hall = browser(stage.door), timezone.localtime() + 3 * DAY, HALLS["hall"]
    HALLS["hall"] = replace(hall, seats=("A-1", "A-2", "B-1"), price_fen=3_000)
    address = "/desk/occasions/announce?kind=test_show"
    begun = page(desk, address)
    assert "as many places as seats" in begun and "Empty: what the hall asks" in begun and 'class="group" open' in begun

    def held(**more: str) -> Any:
        given = {name: str(value) for name, value in told(new_identifier(), begins).items()}
        given |= {"day": f"{begins:%Y-%m-%d}", "starts": "19:30", "ends": "21:30", "places": "20", **more}
        given["sent_id"] = given["occasion_id"]
        assert desk.post(address, given).status_code == 302
        return shown(given["sent_id"])  # type: ignore[arg-type]

    own = held(seats="", price="")
    assert (own.seats, own.places, own.price_fen) == (["A-1", "A-2", "B-1"], 3, 3_000)
    typed = held(seats="C 2", price="0")
    assert (typed.seats, typed.places, typed.price_fen) == (["C-1", "C-2"], 2, 0)
    free = held(seats="", price="0", anywhere="on")
    assert (free.seats, free.places, free.price_fen) == ([], 20, 0)
    again = page(desk, f"/desk/occasions/announce?of={free.id}")
    assert 'value="0.00"' in again and 'name="anywhere" value="on" checked' in again
    HALLS["hall"] = hall


def test_a_phone_sends_what_it_kept(stage: Stage) -> None:
    occasion_id, other_id = stage.show(starts=-HOUR, places=2), stage.show(starts=-HOUR, places=2)
    person, now = stage.account(), timezone.now()
    for each in (occasion_id, other_id):
        book(person, occasion_id=each)
    mine = browser(person)
    assert "data-keep" in page(mine, f"/occasions/{occasion_id}/check")

    def line(occasion: object, direction: str, minutes: int, **more: str) -> dict[str, str]:
        ago = timedelta(minutes=minutes)
        return {
            "occasion_id": str(occasion), "direction": direction, "code": code_at(occasion, now - ago),  # type: ignore[arg-type]
            "client_id": str(new_identifier()), "phone_at": "1999-12-31T23:00:00+00:00",
            "phone_sent_at": f"1999-12-31T23:{minutes:02}:00+00:00", **more,
        }  # fmt: skip

    first = line(occasion_id, "in", 40)
    photographed = line(other_id, "in", 30) | {"phone_sent_at": "1999-12-31T23:10:00+00:00"}
    burst = [first, first, line(occasion_id, "out", 20), photographed, line(other_id, "in", 30)]
    answers = mine.post("/occasions/kept", json.dumps(burst), content_type="application/json").json()
    assert [one["status"] for one in answers] == [200, 200, 200, 400, 200]
    one, two = booked(occasion_id)[0], booked(other_id)[0]
    assert (
        one.in_at
        and one.out_at
        and one.sent_later
        and abs(now - timedelta(minutes=40) - one.in_at) < timedelta(minutes=1)
    )
    assert one.elsewhere and two.elsewhere  # at 30 minutes ago in both
    assert "at two places at once" in page(mine, f"/occasions/{other_id}/")
    stranger = Client(SERVER_NAME="localhost", HTTP_ACCEPT="application/json")
    refused = stranger.post("/occasions/kept", json.dumps(burst), content_type="application/json")
    assert [one["status"] for one in refused.json()] == [403] * 5


@pytest.mark.parametrize(("typed", "fen"), [("1.²", 120), ("２０", 2_000), ("1,200.05", 120_005), ("", 0)])
def test_a_price_is_read_as_everywhere(stage: Stage, typed: str, fen: int) -> None:
    given = form_of_show(price=typed)
    assert browser(stage.door).post(ANNOUNCE, given).status_code == 302
    assert shown(UUID(given["sent_id"])).price_fen == fen


def test_the_identifier_of_another_theatres_show_is_a_conflict(stage: Stage) -> None:
    given, unit = form_of_show(), stage.prefecture.units["t201"]
    HALLS["far"] = replace(HALLS["hall"], subject="far", unit_id=unit.id, place_path=unit.place.path)
    assert browser(stage.stranger).post(ANNOUNCE, given | {"subject": "far"}).status_code == 302
    answer = browser(stage.door).post(ANNOUNCE, given)
    assert answer.status_code == 409
    assert "Something else was sent under this identifier" in answer.content.decode()
    assert shown(UUID(given["sent_id"])).subject == "far"


def refused_by_database(error: type[Exception], cause: type[psycopg.Error]) -> Callable[..., NoReturn]:
    def refuse(*_given: object, **_named: object) -> NoReturn:
        raise error("duplicate key value breaks occasions_secret") from cause("occasions_secret")

    return refuse


@pytest.mark.parametrize(
    ("error", "cause", "status", "words"),
    [
        (IntegrityError, psycopg.errors.UniqueViolation, 409, "clashes with what is there"),
        (OperationalError, psycopg.errors.DeadlockDetected, 409, "at this moment"),
        (OperationalError, psycopg.errors.SerializationFailure, 409, "at this moment"),
        (DataError, psycopg.errors.NumericValueOutOfRange, 400, "cannot be kept"),
    ],
    ids=["twice", "crosswise", "serialised", "beyond"],
)
def test_what_the_database_refuses_is_told_in_our_own_words(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: type[Exception], cause: type[psycopg.Error], status: int,
    words: str,
) -> None:  # fmt: skip
    desk = browser(stage.door)
    monkeypatch.setattr("tianqu.web.occasions.desk.announce", refused_by_database(error, cause))
    answer = desk.post(ANNOUNCE, form_of_show())
    assert answer.status_code == status and words in answer.content.decode()
    assert "occasions_secret" not in answer.content.decode()
    program = desk.post(ANNOUNCE, form_of_show(), HTTP_ACCEPT="application/json")
    assert program.status_code == status and program.json()["detail"]
    assert "occasions_secret" not in program.content.decode()
