"""A roster of the team at Zhangli: three evenings next week, and volunteers who say when they can come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.rosters.api import Duty, Shift, make_due_rosters
from tianqu.packs.practice.models import Volunteer
from tianqu.packs.practice.profiles.acts import join_team, keep_profile
from tianqu.packs.practice.tests.stage import GROWN, Stage, browser


def next_monday() -> date:
    """The Monday after the coming one, so that every shift is to come."""
    today = timezone.localdate()
    return today + timedelta(days=14 - today.weekday())


@dataclass
class Rostered:
    """A roster in the making."""

    stage: Stage
    id: UUID = field(default_factory=new_identifier)
    monday: date = field(default_factory=next_monday)

    @property
    def desk(self) -> str:
        return f"/desk/rosters/{self.id}/"

    @property
    def address(self) -> str:
        return f"/rosters/{self.id}/"

    def planned(self, **rules: Any) -> Rostered:
        """Plan it by the leader's page."""
        given = {
            "sent_id": str(self.id), "subject": "practice:zhangli-1",
            "title": "冬夜值守", "title_en": "Winter evenings",
            "first_day": self.monday.isoformat(), "last_day": (self.monday + timedelta(days=20)).isoformat(),
            "rest_minutes": "660", "week_max": "2", "days_max": "5", **rules,
        }  # fmt: skip
        answer = browser(self.stage.leader).post("/desk/rosters/", given)
        assert answer.status_code == 302, answer.content.decode()
        return self

    def shifts(self, *, days: int = 3, weekdays: str = "1234567", needs: str = "1", **more: str) -> list[Shift]:
        """Add evenings from Monday on; return all."""
        given = {
            "deed": "add", "first_day": self.monday.isoformat(), "starts": "19:00", "ends": "21:00",
            "last_day": (self.monday + timedelta(days=days - 1)).isoformat(), "weekdays": list(weekdays),
            "venue": "村委会", "venue_en": "Village office", **needed(needs), **more,
        }  # fmt: skip
        answer = browser(self.stage.leader).post(self.desk, given)
        assert answer.status_code == 302, answer.content.decode()
        return self.all_shifts()

    def all_shifts(self) -> list[Shift]:
        with seeing(SYSTEM.scope):
            return list(Shift.objects.filter(roster=self.id).order_by("starts_at", "venue"))

    def member(self, name: str, *, skills: tuple[str, ...] = (), **wishes: Any) -> Actor:
        """A volunteer of the team who takes part."""
        actor = self.stage.resident(name)
        keep_profile(actor, station="zhangli", name=name, phone="13800000000", born_on=GROWN, skills=skills)
        join_team(actor, team="zhangli-1")
        caller(actor).done("/acts/rosters.say_wishes", {"roster_id": str(self.id), **wishes})
        return actor

    def made(self) -> Rostered:
        """Have it made by the leader and the worker."""
        assert browser(self.stage.leader).post(self.desk, {"deed": "make"}).status_code == 302
        assert make_due_rosters() == 1
        return self

    def published(self) -> Rostered:
        assert browser(self.stage.leader).post(self.desk, {"deed": "publish"}).status_code == 302
        return self

    def who(self) -> list[str]:
        """The names of those in its shifts, by the beginning of the shifts."""
        with seeing(SYSTEM.scope):
            duties = Duty.objects.filter(shift__roster=self.id).order_by("shift__starts_at", "number")
            names = dict(Volunteer.objects.values_list("number", "name"))
            return [names.get(duty.number, "–") for duty in duties]


def needed(needs: str) -> dict[str, str]:
    """What the form sends for needs such as "1 medicine:1"."""
    pairs = [word.rpartition(":") for word in needs.split()]
    return {f"need-{skill}" if skill else "needs": count for skill, _colon, count in pairs}


def number_of(actor: Actor) -> str:
    """What ledgers and rosters know a volunteer by."""
    with seeing(SYSTEM.scope):
        return str(Volunteer.objects.get(person_id=actor.person_id).number)
