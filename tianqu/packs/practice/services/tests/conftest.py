"""The stage of ordered services: the stations of civic practice, the menu, a calendar, and a team with members."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from tests.scenes import scene
from tianqu.kernel.journal.api import SYSTEM, Actor
from tianqu.kernel.orders import api
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.practice.acts import declare_team
from tianqu.packs.practice.profiles.acts import join_team, keep_profile
from tianqu.packs.practice.services.acts import name_goers, serve_order, visit_household
from tianqu.packs.practice.tests.stage import GROWN, Stage, build

PHONE = "13911112222"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Neighbourhood:
    """The stage, with a resident who orders and a team of two at "zhangli" that helps families."""

    stage: Stage
    resident: Actor
    members: list[Actor]
    alone: Actor  # a volunteer in no team

    @property
    def leader(self) -> Actor:
        return self.stage.leader

    @property
    def centre(self) -> Actor:
        return self.stage.centre

    def order(self, actor: Actor | None = None, **changes: Any) -> UUID:
        """Order company for an old person in Zhangli, and let the loop offer it."""
        told: dict[str, Any] = {
            "item": "practice.aid-visit", "place_id": self.stage.prefecture.places["P101009"].id, "title": "陪陪老人",
            "description": "俺娘一个人在家。", "contact": api.Contact(name="王大娘", phone=PHONE),
            "form": {"for_whom": "elder", "skills": ["caring"]},
        }  # fmt: skip
        order_id = api.place_order(actor or self.resident, **(told | changes)).order_id
        api.due_work(timezone.now())
        return order_id

    def taken(self) -> UUID:
        """The same, taken by the team's leader, who names both members."""
        order_id = self.order()
        api.claim_order(self.leader, order_id=order_id)
        name_goers(self.leader, order_id=order_id, person_ids=[one.person_id for one in self.members if one.person_id])
        return order_id

    def visited(self, *, minutes: int = 45, left: int = 0) -> UUID:
        """The same, with one of them there for so many minutes until ``left`` minutes ago, and said to be done."""
        order_id, now = self.taken(), timezone.now()
        code = api.slip_code(order_id, api.VISIT, digits=6)
        for direction, ago in (("in", minutes + left), ("out", left)):
            visit_household(
                self.members[0], order_id=order_id, direction=direction, code=code, at=now - ago * timedelta(minutes=1)
            )  # type: ignore[call-arg]
        serve_order(self.leader, order_id=order_id, words="陪老人聊天，做了午饭。")
        return order_id


def volunteer(stage: Stage, name: str, *, station: str = "zhangli", team: str = "", **more: Any) -> Actor:
    """Somebody new who can care for people and goes as far as the county."""
    actor = stage.resident(name)
    told = {"born_on": GROWN, "skills": ["caring"], "languages": ["zh", "dialect"], "reach": "county"} | more
    told.setdefault("phone", f"1370000{abs(hash(name)) % 10_000:04}")
    keep_profile(actor, station=station, name=name, **told)
    if team:
        join_team(actor, team=team)
    return actor


def build_neighbourhood() -> Neighbourhood:
    """Lay the stage by acts."""
    stage = build()
    declare_team(
        SYSTEM, team="zhangli-aid", station="zhangli", name="邻里互助队", name_en="Neighbours", service="aid"
    )  # fmt: skip
    members = [volunteer(stage, name, team="zhangli-aid", phone=phone)
               for name, phone in (("钱小二", "13700000002"), ("孙小三", "13700000003"))]  # fmt: skip
    return Neighbourhood(
        stage, resident=stage.resident("王大娘"), members=members,
        alone=volunteer(stage, "周单独", phone="13700000009"),
    )  # fmt: skip


@pytest.fixture
def neighbourhood(db: None, settings: Any) -> Iterator[Neighbourhood]:
    """The stage, laid anew for each test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    api.forget_catalogue()
    yield scene(build_neighbourhood)
    forget_actors()
    api.forget_catalogue()
