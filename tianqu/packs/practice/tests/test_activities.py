"""Activities: announced, shown to everybody, signed up for, waited for, changed and called off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from tests.scenes import scene
from tests.web.api.calling import ANYONE, caller
from tianqu.base.canonical import plain
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.occasions.api import Booking, Occasion, book, leave
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.practice.tests.stage import Stage, browser, build, page, told

DAY = timedelta(days=1)


def form(day: str, **more: str) -> dict[str, str]:
    given = {name: str(value) for name, value in told(new_identifier(), "zhangli-1", timezone.now()).items()}
    return given | {"sent_id": given["occasion_id"], "day": day, "starts": "09:00", "ends": "11:00", **more}


def codes_of(actor: Actor) -> list[str]:
    with seeing(actor.scope):
        return [notice.code for notice in notices_of(actor, language="en")]


def test_a_leader_announces_and_everybody_sees_it(stage: Stage) -> None:
    desk, day = browser(stage.leader), (timezone.localdate() + 2 * DAY).isoformat()
    given = form(day, theme_day="on")
    for wrong in ({"ends": "08:00"}, {"day": "2021-02-30"}, {"places": "0"}, {"title": ""}):
        assert desk.post("/desk/occasions/announce", given | wrong).status_code == 400
    for _again in range(2):
        assert desk.post("/desk/occasions/announce", given).status_code == 302
    address = f"/occasions/{given['sent_id']}/"
    seen = page(browser(), address)
    assert "Sweeping the road" in seen and "09:00" in seen and "Sign in to take part" in seen
    assert "清扫村道" in page(browser(language="zh-hans"), address)
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', seen)
    assert block is not None
    event = json.loads(block[1])
    assert event["@type"] == "Event" and event["offers"]["availability"].endswith("/InStock")
    assert (event["startDate"], event["endDate"]) == (f"{day}T09:00:00+08:00", f"{day}T11:00:00+08:00")
    shown = page(desk, f"/desk/occasions/announce?of={given['sent_id']}")
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert version is not None
    assert desk.post("/desk/occasions/announce", given | {"places": "9", "version": version[1]}).status_code == 302
    assert desk.post("/desk/occasions/announce", given | {"places": "8", "version": version[1]}).status_code == 409


def test_the_list_is_narrowed_and_is_a_calendar(stage: Stage) -> None:
    stage.activity(starts=DAY)
    stage.activity(team="zhaozhuang-1", starts=DAY, tags=["theme_day"])
    assert page(browser(), "/occasions/").count("Sweeping the road") == 2
    for narrow in ("place=P101", "place=P101009", "tag=theme_day", "kind=practice&place=P201"):
        assert page(browser(), f"/occasions/?{narrow}").count("Sweeping the road") == 1
    later = (timezone.localdate() + 9 * DAY).isoformat()
    assert "Nothing is announced" in page(browser(), f"/occasions/?from={later}")
    for wrong in ("x", "9999-12-31", "0001-01-01", "99999-01-01", "2026-02-30"):
        page(browser(), f"/occasions/?from={wrong}", 400)
    page(browser(), "/occasions/?place=nowhere", 404)
    page(browser(), "/occasions/?kind=nothing", 400)
    moved = browser().get("/practice/")
    assert moved.status_code == 302 and moved["Location"] == "/occasions/?kind=practice"
    feed = page(browser(language="zh-hans"), "/occasions/calendar.ics?place=P101").replace("\r\n ", "")
    assert feed.count("BEGIN:VEVENT") == 1 and "SUMMARY:清扫村道" in feed and "STATUS:CONFIRMED" in feed
    assert [one["subject"] for one in ANYONE.read("/occasions", subject="zhangli-1")] == ["zhangli-1"]
    assert "Sweeping" in page(browser(), "/practice/stations/zhangli/")
    assert "Sweeping" in page(browser(), "/practice/teams/zhangli-1/")


def test_others_do_not_announce_or_cancel(stage: Stage) -> None:
    occasion_id = stage.activity(starts=DAY)
    body = plain(told(new_identifier(), "zhangli-1", timezone.now() + DAY))
    off = {"occasion_id": str(occasion_id), "cause": "weather", "reason": "大雨", "reason_en": "Rain"}
    for actor in (stage.stranger, stage.volunteer()):
        assert caller(actor).post("/acts/occasions.announce", body).status_code in (403, 404)
        assert caller(actor).post("/acts/occasions.cancel", off).status_code in (403, 404)
        assert caller(actor).get(f"/occasions/{occasion_id}/attendance").status_code == 403
    caller(stage.centre).done(
        "/acts/practice.declare_team",
        {"team": "zhangli-1", "station": "zhangli", "name": "队", "name_en": "Team", "service": "ecology",
         "leader_person_id": str(stage.centre.person_id)},
    )  # fmt: skip
    assert caller(stage.leader).post("/acts/occasions.announce", body).status_code == 403  # led by another


def test_who_waits_moves_up_and_is_told(stage: Stage) -> None:
    occasion_id = stage.activity(starts=DAY)
    first, second, third = (stage.volunteer(name) for name in ("赵一", "钱二", "孙三"))
    address = f"/occasions/{occasion_id}/"
    for actor in (first, second, third):
        for _again in range(2):
            assert browser(actor).post(address, {"deed": "book"}).status_code == 302
    told_now = ANYONE.read(f"/occasions/{occasion_id}")
    assert (told_now["going"], told_now["waiting"], told_now["state"]) == (2, 1, "full")
    assert "on the waiting list" in page(browser(third), address)
    refused = browser(stage.resident()).post(address, {"deed": "book"})  # without a profile
    told_why = refused.content.decode()
    assert refused.status_code == 404 and "#person_id" not in told_why and 'href="/practice/me/profile"' in told_why
    assert browser(first).post(address, {"deed": "leave"}).status_code == 302
    assert "occasions_moved_up" in codes_of(third)
    assert [
        (one["name"], one["standing"]) for one in caller(stage.leader).read(f"/occasions/{occasion_id}/attendance")
    ] == [("钱二", "going"), ("孙三", "going")]
    assert browser(first).post(address, {"deed": "leave"}).status_code == 302  # left before: it stays so
    assert ANYONE.read(f"/occasions/{occasion_id}")["going"] == 2


def test_weather_calls_it_off_and_everybody_is_told(stage: Stage) -> None:
    occasion_id, volunteer = stage.activity(starts=DAY), stage.volunteer()
    book(volunteer, occasion_id=occasion_id)
    desk, off = browser(stage.leader), {"cause": "weather", "reason": "大雨", "reason_en": "Heavy rain"}
    address = f"/desk/occasions/{occasion_id}/cancel"
    assert desk.post(address, off | {"reason": ""}).status_code == 400
    assert desk.post(address, off).status_code == 302
    assert "occasions_cancelled" in codes_of(volunteer)
    seen = page(browser(), f"/occasions/{occasion_id}/")
    assert "Heavy rain" in seen and "EventCancelled" in seen and "InStock" not in seen and '"Offer"' not in seen
    assert "STATUS:CANCELLED" in page(browser(), "/occasions/calendar.ics")
    assert browser(stage.volunteer("王芳")).post(
        f"/occasions/{occasion_id}/", {"deed": "book"}
    ).status_code == 409  # fmt: skip


@pytest.fixture
def committed(transactional_db: None, settings: Any) -> Iterator[Stage]:
    """The stage, committed, so that other connections see it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    yield scene(build)
    forget_actors()


def at_once(deeds: list[tuple[Any, Actor]], occasion_id: UUID) -> list[Any]:
    def run(deed: tuple[Any, Actor]) -> Any:
        try:
            return deed[0](deed[1], occasion_id=occasion_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_many_hands_at_once_take_each_place_once(committed: Stage) -> None:
    occasion_id = committed.activity(starts=DAY, places=3)
    persons = [committed.volunteer(f"志愿者{number}") for number in range(8)]
    states = at_once([(book, person) for person in persons], occasion_id)
    assert sorted(states) == ["going"] * 3 + ["waiting"] * 5
    leaving = [person for person, state in zip(persons, states, strict=True) if state == "going"]
    at_once([(leave, person) for person in leaving], occasion_id)
    with seeing(SYSTEM.scope):
        queue = Booking.objects.filter(occasion=occasion_id).order_by("turn")
        assert [one.state for one in queue if one.person_id not in {each.person_id for each in leaving}] == [
            "going", "going", "going", "waiting", "waiting",
        ]  # fmt: skip
        occasion = Occasion.objects.get(id=occasion_id)
        assert (occasion.going, occasion.waiting) == (3, 2)
