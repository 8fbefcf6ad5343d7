"""A round of talks, from what villages ordered to speakers who know when: each village once before any twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from tests.kernel.places.prefecture import PLACES, table
from tests.scenes import scene
from tests.web.api.calling import ANYONE, caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.orders import api as orders
from tianqu.kernel.places.api import actor_of, create_unit, forget_actors, load_places, unit_with
from tianqu.kernel.tours.api import do_tour
from tianqu.packs.practice.acts import declare_station, declare_team
from tianqu.packs.practice.services.tests.conftest import Neighbourhood, build_neighbourhood, volunteer
from tianqu.packs.practice.tests.stage import browser, page

POSITIONS = {"P1": ("116.300", "37.450"), "P101009": ("116.330", "37.430"), "P102001": ("116.345", "37.425")}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Round:
    """Two villages with stations, a county's centre, and speakers of one team who come on any day."""

    at: Neighbourhood
    centre: Actor  # of the county
    committee: Actor  # of Wangzhuang

    def asked(self, place: str = "P101009", item: str = "practice.theory-talk", **form: Any) -> str:
        """Order a talk for everybody in a village."""
        place_id = self.at.stage.prefecture.places[place].id
        told = {"for_whom": "village"} | form
        return str(self.at.order(item=item, place_id=place_id, title="讲政策", description="请来讲讲。", form=told))

    def planned(self, *, days: int = 1, **more: Any) -> UUID:
        """Plan the days from tomorrow on, and let the worker do it."""
        tour_id, first = new_identifier(), timezone.localdate() + DAY
        told = {
            "tour_id": str(tour_id), "kind": "talks", "unit_id": str(self.centre.unit_id), "name": "冬闲宣讲",
            "first_on": first.isoformat(), "last_on": (first + (days - 1) * DAY).isoformat(),
        }  # fmt: skip
        caller(self.centre).done("/acts/tours.plan", told | more)
        do_tour(tour_id)
        return tour_id

    def published(self, tour_id: UUID) -> int:
        count: int = caller(self.centre).done("/acts/tours.publish", {"tour_id": str(tour_id)})["result"]
        do_tour(tour_id)
        return count

    def read(self, tour_id: UUID) -> dict[str, Any]:
        found: dict[str, Any] = caller(self.centre).read(f"/tours/{tour_id}")
        return found

    def state(self, order_id: str) -> str:
        with seeing(SYSTEM.scope):
            return orders.Order.objects.get(id=order_id).state


def build() -> Round:
    """Lay the stage by acts."""
    at = build_neighbourhood()
    columns = ("code", "name", "name_en", "kind", "parent", "valid_from", "valid_to")
    rows = [row | dict(zip(("lon", "lat"), POSITIONS[row["code"]], strict=True))
            for row in table(PLACES, *columns) if row["code"] in POSITIONS]  # fmt: skip
    assert not load_places(SYSTEM, rows=rows, update=True).refusals
    places, units = at.stage.prefecture.places, {}
    for code, name, kind, place in (
        ("c1.practice", "德城区文明实践中心", "government", "P1"),
        ("v102001", "王庄村委会", "village_committee", "P102001"),
    ):  # fmt: skip
        units[code] = create_unit(SYSTEM, code=code, name=name, kind=kind, place_id=places[place].id)
    declare_station(
        SYSTEM, station="wangzhuang", unit_id=units["v102001"], place_id=places["P102001"].id, name="王庄站",
        name_en="Wangzhuang",
    )  # fmt: skip
    declare_team(SYSTEM, team="speakers", station="zhangli", name="宣讲队", name_en="Speakers", service="theory")
    volunteer(at.stage, "冯宣讲", team="speakers", phone="13700000011")
    prefecture = at.stage.prefecture
    prefecture.units.update({code: unit_with(unit_id) for code, unit_id in units.items()})
    return Round(
        at, actor_of(prefecture.person("c1.practice", "practice_centre", name="何某"), channel="web"),
        actor_of(prefecture.person("v102001", "practice_leader", name="何某"), channel="web"),
    )  # fmt: skip


@pytest.fixture
def tour(db: None, settings: Any) -> Iterator[Round]:
    """The stage, laid anew for each test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    orders.forget_catalogue()
    yield scene(build)
    forget_actors()
    orders.forget_catalogue()


def test_each_village_hears_one_talk_before_any_hears_two(tour: Round) -> None:
    here, again, there = tour.asked(), tour.asked(), tour.asked("P102001")
    law = tour.asked(item="practice.law-advice")
    tour.asked(for_whom="elder")  # no talk for a village
    tour.asked(day=(timezone.localdate() + 30 * DAY).isoformat())  # not on these days
    tour_id = tour.planned()
    plan = tour.read(tour_id)
    served = [one for one in plan["visits"] if one["starts_at"]]
    assert sorted(one["place"] for one in served) == ["P101009", "P102001"]
    assert {(one["carrier"], one["title_en"]) for one in served} == {("speakers", "A talk on policy")}
    why = {one["visit"]: one["why"] for one in plan["visits"] if one["why"]}
    assert {there} < {one["visit"] for one in served} < {here, again, there} and set(why) < {here, again, law}
    assert why.pop(law) == "no_carrier" and set(why.values()) == {"full"}
    assert ANYONE.read("/tours/stops", kind="talks") == [], "nobody sees it before it is published"
    assert page(browser(), f"/tours/{tour_id}/", 404)
    assert tour.published(tour_id) == 2
    assert tour.read(tour_id)["stand"] == "published" and tour.read(tour_id)["faults"] == []
    assert [tour.state(one["visit"]) for one in served] == ["dispatched", "dispatched"]
    with seeing(tour.committee.scope):
        assert "practice_talk" in [one.code for one in notices_of(tour.committee, language="en")]


def test_a_village_that_heard_a_talk_this_year_waits_for_one_that_heard_none(tour: Round) -> None:
    first = tour.asked()
    tour.published(tour.planned())
    assert tour.state(first) == "dispatched"
    again, there = tour.asked(), tour.asked("P102001")
    plan = tour.read(tour.planned(visits_a_day=1))
    assert {one["visit"]: one["why"] for one in plan["visits"]} == {there: "", again: "full"}
    for order_id in (again, there):
        orders.withdraw_order(tour.at.resident, order_id=UUID(order_id))
    tour.asked()
    assert [one["why"] for one in tour.read(tour.planned())["visits"]] == [""], "nobody else waits"


def test_the_rota_of_speakers_is_public_and_a_calendar(tour: Round) -> None:
    tour.asked()
    tour.asked("P102001", window="evening")
    tour_id = tour.planned()
    tour.published(tour_id)
    (stop,) = ANYONE.read("/tours/stops", place="P102001")
    assert stop["carrier"] == "speakers" and timezone.localtime(datetime.fromisoformat(stop["starts_at"])).hour >= 18
    shown = page(browser(), f"/tours/{tour_id}/?by=team")
    assert "Speakers" in shown and "Zhangli" in shown and "Wangzhuang" in shown
    assert "宣讲队" in page(browser(language="zh-hans"), f"/tours/{tour_id}/")
    calendar = page(browser(), f"/tours/{tour_id}/calendar.ics?carrier=speakers")
    assert calendar.count("BEGIN:VEVENT") == 2 and "SUMMARY:A talk on policy" in calendar
    assert "GEO:37.425000;116.345000" in calendar and "STATUS:CONFIRMED" in calendar
    page(browser(), f"/tours/{tour_id}/calendar.ics?carrier=nobody", 404)


def test_a_talk_that_the_weather_moves_is_told_to_who_ordered(tour: Round) -> None:
    order_id = tour.asked()
    tour_id = tour.planned(days=3)
    tour.published(tour_id)
    first = ANYONE.read("/tours/stops", tour_id=tour_id)[0]["starts_at"]
    centre = caller(tour.centre)
    told = {"tour_id": str(tour_id), "cause": "weather", "place": "P101009"}
    centre.done("/acts/tours.fall_out", told | {"first_on": first[:10], "last_on": first[:10]})
    do_tour(tour_id)
    assert ANYONE.read("/tours/stops", tour_id=tour_id)[0]["starts_at"] == first, "not before it is published again"
    tour.published(tour_id)
    (stop,) = ANYONE.read("/tours/stops", tour_id=tour_id)
    assert stop["starts_at"][:10] != first[:10] and stop["version"] > 1 and stop["confirmed"]
    with seeing(SYSTEM.scope):
        code = orders.Order.objects.get(id=order_id).code
    follow = page(browser(tour.at.resident), f"/follow/{code}")
    moved = timezone.localtime(datetime.fromisoformat(stop["starts_at"]))
    assert follow.count(f"{moved:%Y-%m-%d %H:%M}") >= 1
    page_of_plan = page(browser(tour.centre), f"/desk/tours/{tour_id}/")
    assert "Minutes on the road" in page_of_plan and "yuan" not in page_of_plan


def test_a_talk_that_the_round_cannot_bring_is_taken_back_and_planned_anew(tour: Round) -> None:
    order_id = tour.asked()
    tour_id = tour.planned()
    tour.published(tour_id)
    day = (timezone.localdate() + DAY).isoformat()
    told = {"tour_id": str(tour_id), "cause": "weather", "place": "P101009", "first_on": day, "last_on": day}
    caller(tour.centre).done("/acts/tours.fall_out", told)
    do_tour(tour_id)
    assert tour.state(order_id) == "dispatched", "not before it is published again"
    assert tour.published(tour_id) == 0
    assert tour.state(order_id) == "placed" and tour.read(tour_id)["faults"] == []
    with seeing(SYSTEM.scope):
        assert orders.Order.objects.get(id=order_id).unit_id is None
    with seeing(tour.at.leader.scope):
        assert not [one for one in orders.offers_to(tour.at.leader) if str(one.order_id) == order_id]
    again = tour.read(tour.planned(days=3))
    assert order_id in {one["visit"] for one in again["visits"] if one["starts_at"]}


@pytest.mark.parametrize("taken", [False, True])
def test_speakers_who_are_out_are_followed_by_others_who_can_come(tour: Round, taken: bool) -> None:
    declare_team(SYSTEM, team="orators", station="wangzhuang", name="理论队", name_en="Orators", service="theory")
    volunteer(tour.at.stage, "赵宣讲", station="wangzhuang", team="orators", phone="13700000013")
    order_id = tour.asked()
    tour_id = tour.planned()
    tour.published(tour_id)
    (stop,) = ANYONE.read("/tours/stops", tour_id=tour_id)
    assert stop["confirmed"]
    leaders = {"speakers": tour.at.leader, "orators": tour.committee}
    first, other = stop["carrier"], next(one for one in leaders if one != stop["carrier"])
    if taken:
        orders.claim_order(leaders[first], order_id=UUID(order_id))
    told = {"tour_id": str(tour_id), "cause": "carrier", "carrier": first, "first_on": stop["starts_at"][:10]}
    caller(tour.centre).done("/acts/tours.fall_out", told | {"last_on": told["first_on"]})
    do_tour(tour_id)
    assert [one["carrier"] for one in tour.read(tour_id)["visits"]] == [other]
    tour.published(tour_id)
    assert tour.read(tour_id)["faults"] == [] and tour.state(order_id) == "dispatched"
    for name, leader in leaders.items():
        with seeing(leader.scope):
            offered = {str(one.order_id) for one in orders.offers_to(leader)}
        assert (order_id in offered) is (name == other)
    with seeing(leaders[first].scope):
        assert "service_taken_back" in [one.code for one in notices_of(leaders[first], language="en")]
    (stop,) = ANYONE.read("/tours/stops", tour_id=tour_id)
    assert (stop["carrier"], stop["confirmed"]) == (other, True)


def test_one_team_gives_a_whole_round(tour: Round) -> None:
    """Also where it has more open requests than anybody is asked for by the loop itself."""
    asked = [tour.asked() for _each in range(5)]
    tour_id = tour.planned(days=3)
    assert tour.published(tour_id) == 5
    assert tour.read(tour_id)["faults"] == [] and {tour.state(one) for one in asked} == {"dispatched"}


def test_who_cannot_come_on_a_day_is_not_planned_on_it(tour: Round) -> None:
    declare_team(SYSTEM, team="doctors", station="wangzhuang", name="义诊队", name_en="Doctors", service="health")
    volunteer(tour.at.stage, "陈大夫", station="wangzhuang", team="doctors", phone="13700000012", times=["weekend-day"])
    for _talk in range(2):
        tour.asked(item="practice.health-check")
    plan = tour.read(tour.planned(days=14))
    days = {date.fromisoformat(one["starts_at"][:10]).isoweekday() for one in plan["visits"] if one["starts_at"]}
    assert days and days <= {6, 7}


@pytest.mark.parametrize("who", ["leader", "resident"])
def test_only_the_centre_plans(tour: Round, who: str) -> None:
    tour.asked()
    tour_id, other = tour.planned(), getattr(tour.at, who)
    assert caller(other).get(f"/tours/{tour_id}").status_code == 403
    assert caller(other).post("/acts/tours.publish", {"tour_id": str(tour_id)}).status_code == 403
    wrong = {"tour_id": str(new_identifier()), "kind": "culture", "unit_id": str(tour.centre.unit_id), "name": "x",
             "first_on": timezone.localdate().isoformat(), "last_on": timezone.localdate().isoformat()}  # fmt: skip
    assert caller(tour.centre).post("/acts/tours.plan", wrong).status_code == 403, "a kind of others"
    assert caller(tour.centre).post("/acts/tours.plan", wrong | {"kind": "none"}).status_code == 400
