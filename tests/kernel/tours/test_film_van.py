"""A film van plans its villages: a kind that no pack declares, so that the room is seen to know none of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from tests.kernel.places.prefecture import PLACES, Prefecture, declare, table
from tests.kernel.places.prefecture import build as build_prefecture
from tests.web.api.calling import ANYONE, caller
from tests.web.desk.browsing import browser
from tianqu.base.errors import Conflict
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.places.api import Role, Unit, actor_of, end_post, forget_actors, load_places
from tianqu.kernel.tours import kinds
from tianqu.kernel.tours.api import (
    Asked,
    CarrierOffered,
    Engagement,
    Standing,
    TourKind,
    VisitAsked,
    do_tour,
    register_tour_kind,
)

POSITIONS = {"P1": ("116.300", "37.450"), "P101009": ("116.330", "37.430"), "P102001": ("116.345", "37.425")}
DRIVER = Role("test_driver", "Plans the film van", ("tours.*", "test.van"), reach="place")
OTHER = Role("test_planner", "Plans something else", ("tours.*",), reach="place")


@dataclass
class Van:
    """What is asked of the van, what it was told to do, and what it refuses."""

    visits: list[VisitAsked] = field(default_factory=list)
    engaged: dict[str, Engagement] = field(default_factory=dict)
    done: list[tuple[str, str, str]] = field(default_factory=list)  # what it was told, in turn
    vans: tuple[str, ...] = ("van",)
    refused: set[str] = field(default_factory=set)
    called_off: list[tuple[str, str]] = field(default_factory=list)

    def asked(self, _unit: Unit, first: date, last: date) -> Asked:
        days = frozenset(first + timedelta(days=each) for each in range((last - first).days + 1))
        return Asked(self.visits, [CarrierOffered(van, "放映车", "Film van", "P.P1", days) for van in self.vans])

    def standings(self, names: Collection[str]) -> dict[str, Standing]:
        there = {name: self.engaged[name] for name in names if name in self.engaged}
        return {name: Standing(kinds.Stage.ENGAGED, one.carrier, one.starts_at) for name, one in there.items()}

    def engage(self, _actor: Actor, one: Engagement, deed: str = "engage") -> None:
        if one.visit_id in self.refused:
            raise Conflict("%(value)s has no screen.", field="visit", value=one.visit_id)
        self.done.append((deed, one.visit_id, one.carrier))
        self.engaged[one.visit_id] = one

    def move(self, actor: Actor, one: Engagement) -> None:
        self.engage(actor, one, "move")

    def hand_over(self, actor: Actor, one: Engagement) -> None:
        self.engage(actor, one, "hand_over")

    def call_off(self, _actor: Actor, visit: str, cause: str, _days: str) -> None:
        self.called_off.append((visit, cause))
        del self.engaged[visit]

    def ask(self, name: str, path: str, first_on: date, last_on: date) -> None:
        titles = ("地道战", "Tunnel Warfare")
        self.visits.append(
            VisitAsked(name, path, *titles, 90, first_on=first_on, last_on=last_on, prices=dict.fromkeys(self.vans, 0))
        )


@dataclass(frozen=True)
class Stage:
    prefecture: Prefecture
    van: Van
    driver: Actor
    other: Actor  # of the same office, who plans another kind

    def done(self, act: str, tour_id: UUID, **more: Any) -> Any:
        return caller(self.driver).done(f"/acts/tours.{act}", {"tour_id": str(tour_id), **more})["result"]

    def asked(self) -> dict[str, str]:
        return {
            "kind": "test_van", "unit_id": str(self.driver.unit_id), "name": "放映",
            "first_on": in_days(1).isoformat(), "last_on": in_days(3).isoformat(),
        }  # fmt: skip

    def planned(self) -> UUID:
        tour_id = new_identifier()
        self.done("plan", tour_id, **self.asked())
        do_tour(tour_id)
        return tour_id

    def published(self, tour_id: UUID) -> None:
        self.done("publish", tour_id)
        do_tour(tour_id)


def in_days(number: int) -> date:
    return timezone.localdate() + timedelta(days=number)


@pytest.fixture
def stage(db: None, settings: Any) -> Iterator[Stage]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    declare(DRIVER, OTHER)
    prefecture, van = build_prefecture(), Van()
    columns = ("code", "name", "name_en", "kind", "parent", "valid_from", "valid_to")
    rows = [row | dict(zip(("lon", "lat"), POSITIONS[row["code"]], strict=True))
            for row in table(PLACES, *columns) if row["code"] in POSITIONS]  # fmt: skip
    assert not load_places(SYSTEM, rows=rows, update=True).refusals
    register_tour_kind(TourKind(
        "test_van", "Film van", "test.van", van.asked, van.standings, van.engage, van.move, van.hand_over,
        van.call_off, address=str, notice="culture_planned", subject="culture_show", paid=False,
    ))  # fmt: skip
    driver, other = (actor_of(prefecture.person("c1.housing", role), channel="web")
                     for role in ("test_driver", "test_planner"))  # fmt: skip
    yield Stage(prefecture, van, driver, other)
    kinds._KINDS.pop("test_van")  # no other test meets it
    forget_actors()


def test_what_one_visit_is_refused_stops_no_other(stage: Stage) -> None:
    for name, place in (("a", "P.P1.P101.P101009"), ("b", "P.P1.P102.P102001")):
        stage.van.ask(name, place, in_days(1), in_days(3))
    stage.van.refused.add("a")
    tour_id = stage.planned()
    stage.published(tour_id)
    do_tour(tour_id)  # a worker may do it twice
    plan = caller(stage.driver).read(f"/tours/{tour_id}")
    assert plan["stand"] == "published" and set(stage.van.engaged) == {"b"}
    assert plan["faults"] == [{"visit": "a", "message": "%(value)s has no screen.", "values": {"value": "a"}}]
    assert {one["visit"]: one["confirmed"] for one in plan["visits"]} == {"a": False, "b": True}
    begins = {one["visit"]: one["starts_at"] for one in ANYONE.read("/tours/stops", kind="test_van")}
    assert set(begins) == {"a", "b"} and stage.van.engaged["b"].starts_at.isoformat()[:16] in (
        begins["b"][:16], timezone.localtime(stage.van.engaged["b"].starts_at).isoformat()[:16]
    )  # fmt: skip


def test_what_no_day_is_left_for_is_called_off_and_everybody_sees_it(stage: Stage) -> None:
    stage.van.ask("a", "P.P1.P101.P101009", in_days(2), in_days(2))
    stage.van.ask("b", "P.P1.P102.P102001", in_days(2), in_days(3))
    tour_id, day = stage.planned(), in_days(2).isoformat()
    stage.published(tour_id)
    stage.done("fall_out", tour_id, cause="carrier", carrier="van", first_on=day, last_on=day)
    do_tour(tour_id)
    stage.published(tour_id)
    assert stage.van.called_off == [("a", "carrier")] and set(stage.van.engaged) == {"b"}
    stops = {one["visit"]: one["dropped_at"] for one in ANYONE.read("/tours/stops", tour_id=tour_id, dropped=True)}
    assert stops["a"] is not None and stops["b"] is None
    assert [one["visit"] for one in ANYONE.read("/tours/stops", tour_id=tour_id)] == ["b"]


def test_what_is_published_is_tentative_until_its_carrier_is_engaged(stage: Stage) -> None:
    for name, place in (("a", "P.P1.P101.P101009"), ("b", "P.P1.P102.P102001")):
        stage.van.ask(name, place, in_days(1), in_days(3))
    stage.van.refused.add("a")
    tour_id, client = stage.planned(), Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en")

    def stands() -> tuple[list[str], int, int]:
        """What the calendar says of each, and how often both public pages say that something is not confirmed."""
        answer = client.get(f"/tours/{tour_id}/calendar.ics")
        lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
        pages = [client.get(page).content.decode() for page in (f"/tours/{tour_id}/", "/tours/?kind=test_van")]
        counts = [page.count("not confirmed yet") for page in pages]
        return sorted(line for line in lines if line.startswith("STATUS")), *counts

    stage.done("publish", tour_id)
    assert stands() == (["STATUS:TENTATIVE"] * 2, 2, 2), "nobody is engaged yet"
    do_tour(tour_id)
    assert stands() == (["STATUS:CONFIRMED", "STATUS:TENTATIVE"], 1, 1), "and of one nobody will be"
    sure = {one["visit"]: one["confirmed"] for one in ANYONE.read("/tours/stops", tour_id=tour_id)}
    assert sure == {"a": False, "b": True}
    begun = ANYONE.read("/tours/stops", tour_id=tour_id)
    day = next(one["starts_at"] for one in begun if one["visit"] == "b")[:10]
    stage.done("fall_out", tour_id, cause="weather", place="P102001", first_on=day, last_on=day)
    do_tour(tour_id)
    stage.done("publish", tour_id)
    assert stands()[0] == ["STATUS:TENTATIVE"] * 2, "at another time it is not confirmed yet"
    stage.van.refused.clear()
    do_tour(tour_id)
    assert stands() == (["STATUS:CONFIRMED"] * 2, 0, 0)


def test_who_is_out_hands_over_to_who_is_free(stage: Stage) -> None:
    stage.van.vans = ("van", "wagon")
    stage.van.ask("a", "P.P1.P101.P101009", in_days(2), in_days(2))
    tour_id, day = stage.planned(), in_days(2).isoformat()
    stage.published(tour_id)
    first = stage.van.engaged["a"].carrier
    stage.done("fall_out", tour_id, cause="carrier", carrier=first, first_on=day, last_on=day)
    do_tour(tour_id)
    (planned,) = caller(stage.driver).read(f"/tours/{tour_id}")["visits"]
    assert planned["why"] == "" and planned["carrier"] != first and not planned["confirmed"]
    stage.published(tour_id)
    assert stage.van.done == [("engage", "a", first), ("hand_over", "a", planned["carrier"])]
    (stop,) = ANYONE.read("/tours/stops", tour_id=tour_id)
    assert (stop["carrier"], stop["confirmed"]) == (planned["carrier"], True)


@pytest.mark.parametrize("what", ["team", "time"])
def test_what_somebody_engaged_otherwise_meanwhile_stays_so(stage: Stage, what: str) -> None:
    stage.van.vans = ("van", "wagon")
    stage.van.ask("a", "P.P1.P101.P101009", in_days(2), in_days(2))
    tour_id = stage.planned()
    (planned,) = caller(stage.driver).read(f"/tours/{tour_id}")["visits"]
    other = {"van": "wagon", "wagon": "van"}[planned["carrier"]] if what == "team" else planned["carrier"]
    now = timezone.now()
    stage.van.engaged["a"] = Engagement("a", "P.P1.P101.P101009", other, "", now, now, ())
    stage.published(tour_id)
    assert stage.van.done == [] and stage.van.engaged["a"].carrier == other
    plan = caller(stage.driver).read(f"/tours/{tour_id}")
    assert [one["visit"] for one in plan["faults"]] == ["a"] and not plan["visits"][0]["confirmed"]


def test_a_change_by_hand_after_something_fell_out_is_carried_out_too(stage: Stage) -> None:
    stage.van.ask("a", "P.P1.P101.P101009", in_days(1), in_days(3))
    stage.van.ask("b", "P.P1.P102.P102001", in_days(2), in_days(2))
    tour_id, day = stage.planned(), in_days(2).isoformat()
    stage.published(tour_id)
    stage.done("fall_out", tour_id, cause="weather", place="P102001", first_on=day, last_on=day)
    do_tour(tour_id)
    begins = stage.van.engaged["a"].starts_at
    on = in_days(3 if timezone.localdate(begins) < in_days(3) else 1)
    stage.done("change", tour_id, deed="move", visit="a", carrier="van", on=on.isoformat())
    stage.published(tour_id)
    assert timezone.localdate(stage.van.engaged["a"].starts_at) == on and ("move", "a", "van") in stage.van.done


@pytest.mark.parametrize("carrying", [False, True])
def test_a_plan_whose_asker_is_gone_says_what_to_do(stage: Stage, carrying: bool) -> None:
    stage.van.ask("a", "P.P1.P101.P101009", in_days(1), in_days(3))
    tour_id = stage.planned() if carrying else new_identifier()
    if carrying:
        stage.done("publish", tour_id)
    else:
        stage.done("plan", tour_id, **stage.asked())
    heir = actor_of(stage.prefecture.person("c1.housing", "test_driver", name="孙某"), channel="web")
    with seeing(SYSTEM.scope):
        assert stage.driver.post_id is not None
        end_post(SYSTEM, post_id=stage.driver.post_id, on=timezone.localdate())
    forget_actors()
    do_tour(tour_id)
    plan = caller(heir).read(f"/tours/{tour_id}")
    assert plan["stand"] == ("planned" if carrying else "failed")
    (fault,) = plan["faults"]
    assert fault["visit"] == "" and "no post any more" in fault["message"]
    with seeing(SYSTEM.scope):
        client = browser(heir)
    assert "asks for it once more" in client.get(f"/desk/tours/{tour_id}/").content.decode()
    assert not stage.van.engaged
    if carrying:  # and then the worker goes on with the eyes of whoever asked last
        caller(heir).done("/acts/tours.publish", {"tour_id": str(tour_id)})
        do_tour(tour_id)
        assert set(stage.van.engaged) == {"a"} and caller(heir).read(f"/tours/{tour_id}")["stand"] == "published"


def test_everybody_finds_what_comes(stage: Stage) -> None:
    for name, place in (("a", "P.P1.P101.P101009"), ("b", "P.P1.P102.P102001")):
        stage.van.ask(name, place, in_days(1), in_days(3))
    stage.published(stage.planned())

    def seen(**asked: str) -> str:
        return str(Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en").get("/tours/", asked).content.decode())

    villages = [place.name_en for place in map(stage.prefecture.places.get, ("P101009", "P102001")) if place]
    assert all(f"· {name} ·" in seen() and f"· {name} ·" in seen(kind="test_van") for name in villages)
    near = seen(place="P101009")
    assert f"· {villages[0]} ·" in near and f"· {villages[1]} ·" not in near
    assert "Nothing is on its way" in seen(kind="culture") and "No place has the code" in seen(place="nowhere")
    assert "/tours/" in Client(SERVER_NAME="localhost").get("/occasions/").content.decode()


def test_whoever_plans_one_kind_plans_no_other(stage: Stage) -> None:
    stage.van.ask("a", "P.P1.P101.P101009", in_days(1), in_days(3))
    tour_id, other = stage.planned(), caller(stage.other)
    assert other.get(f"/tours/{tour_id}").status_code == 403
    assert other.post("/acts/tours.publish", {"tour_id": str(tour_id)}).status_code == 403
    assert other.read("/tours") == [] and len(caller(stage.driver).read("/tours")) == 1


def test_a_refused_move_is_tried_again_as_a_move(stage: Stage) -> None:
    stage.van.ask("a", "P.P1.P101.P101009", in_days(1), in_days(3))
    stage.van.ask("b", "P.P1.P102.P102001", in_days(2), in_days(2))
    tour_id, day = stage.planned(), in_days(2).isoformat()
    stage.published(tour_id)
    stage.done("fall_out", tour_id, cause="weather", place="P102001", first_on=day, last_on=day)
    do_tour(tour_id)
    begins = stage.van.engaged["a"].starts_at
    on = in_days(3 if timezone.localdate(begins) < in_days(3) else 1)
    stage.done("change", tour_id, deed="move", visit="a", carrier="van", on=on.isoformat())
    stage.van.refused.add("a")
    stage.published(tour_id)
    plan = caller(stage.driver).read(f"/tours/{tour_id}")
    assert plan["stand"] == "published" and [one["visit"] for one in plan["faults"]] == ["a"]
    assert stage.van.engaged["a"].starts_at == begins
    stage.van.refused.clear()
    assert stage.done("retry", tour_id) == 1
    do_tour(tour_id)
    plan = caller(stage.driver).read(f"/tours/{tour_id}")
    assert timezone.localdate(stage.van.engaged["a"].starts_at) == on and plan["faults"] == []
    assert stage.van.done[-1] == ("move", "a", "van") and stage.done("retry", tour_id) == 0
