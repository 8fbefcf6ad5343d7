"""The demonstration: a team's evenings of two weeks, wished for by a dozen volunteers; the worker makes the roster."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.rosters.api import ShiftNeed, add_shifts, make, own_roster, plan, say_wishes
from tianqu.packs.practice.models import KIND
from tianqu.packs.practice.profiles.acts import join_team

DAYS: Final = 14
WEEKDAYS: Final = (2, 4, 6, 7)


def roster_of_team(
    leader: Actor, volunteers: Sequence[Actor], chance: random.Random, *, team: str, told: Mapping[str, Any]
) -> None:
    """Plan the evenings of two weeks, have the volunteers say when they can come, and ask the worker for the roster."""
    today, (title, title_en), (venue, venue_en) = timezone.localdate(), told["title"], told["venue"]
    first = today + timedelta(days=7 - today.weekday())
    last, roster_id = first + timedelta(days=DAYS - 1), named_identifier(f"demo:roster:{team}")
    plan(
        leader, roster_id=roster_id, kind=KIND, subject=team, title=title, title_en=title_en, first_day=first,
        last_day=last, week_max=2,
    )  # fmt: skip
    add_shifts(
        leader, roster_id=roster_id, first_day=first, last_day=last, weekdays=WEEKDAYS, starts="19:00", ends="21:00",
        venue=venue, venue_en=venue_en, needs=[ShiftNeed(2), ShiftNeed(1, "medicine")],
    )  # fmt: skip
    for volunteer in volunteers:
        join_team(volunteer, team=team)
        shifts = [shift.id for shift in own_roster(volunteer, roster_id=roster_id).shifts]
        unable, wished = chance.sample(shifts, 2), chance.sample(shifts, 2)
        say_wishes(volunteer, roster_id=roster_id, shifts_max=4, unable=unable, wished=wished)
    make(leader, roster_id=roster_id)
