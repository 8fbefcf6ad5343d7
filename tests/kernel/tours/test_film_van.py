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
from tianqu.base.errors import Conflict
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor
from tianqu.kernel.places.api import Role, Unit, actor_of, forget_actors, load_places
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
    refused: set[str] = field(default_factory=set)
    called_off: list[tuple[str, str]] = field(default_factory=list)

    def asked(self, _unit: Unit, first: date, last: date) -> Asked:
        days = frozenset(first + timedelta(days=each) for each in range((last - first).days + 1))
        return Asked(self.visits, [CarrierOffered("van", "放映车", "Film van", "P.P1", days)])

    def standings(self, names: Collection[str]) -> dict[str, Standing]:
        return {name: Standing.ENGAGED for name in names if name in self.engaged}

    def engage(self, _actor: Actor, one: Engagement) -> None:
        if one.visit_id in self.refused:
            raise Conflict("%(value)s has no screen.", field="visit", value=one.visit_id)
        self.engaged[one.visit_id] = one

    def call_off(self, _actor: Actor, visit: str, cause: str, _days: str) -> None:
        self.called_off.append((visit, cause))
        del self.engaged[visit]

    def ask(self, name: str, path: str, first_on: date, last_on: date) -> None:
        titles = ("地道战", "Tunnel Warfare")
        self.visits.append(VisitAsked(name, path, *titles, 90, first_on=first_on, last_on=last_on, prices={"van": 0}))


@dataclass(frozen=True)
class Stage:
    prefecture: Prefecture
    van: Van
    driver: Actor
    other: Actor  # of the same office, who plans another kind

    def done(self, act: str, tour_id: UUID, **more: Any) -> Any:
        return caller(self.driver).done(f"/acts/tours.{act}", {"tour_id": str(tour_id), **more})["result"]

    def planned(self) -> UUID:
        tour_id, first = new_identifier(), in_days(1).isoformat()
        self.done(
            "plan", tour_id, kind="test_van", unit_id=str(self.driver.unit_id), name="放映", first_on=first,
            last_on=in_days(3).isoformat(),
        )  # fmt: skip
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
        "test_van", "Film van", "test.van", van.asked, van.standings, van.engage, van.engage, van.call_off,
        address=str, notice="culture_planned", subject="culture_show", paid=False,
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
