"""The demonstration: villages of the town ask for talks, and the centre plans a round of them and publishes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import Contact, place_order
from tianqu.kernel.tours.api import do_tour, plan_tour, publish_tour
from tianqu.packs.practice.models import Team


def talks_of_town(centre: Actor, teams: Sequence[Team], *, told: Mapping[str, Any]) -> int:
    """Let every second village ask for a talk, plan the round and put it into force; return how many were asked for."""
    asked, tour_id = teams[::2], named_identifier("demo:talks")
    for number, team in enumerate(asked):
        place_order(
            centre, order_id=named_identifier(f"demo:talk:{number}"), item=told["items"][number % len(told["items"])],
            place_id=team.station.place_id, title=told["title"], description=told["words"],
            contact=Contact(name=told["name"], phone=f"100111100{number:02d}"), form={"for_whom": "village"},
        )  # fmt: skip
    first = timezone.localdate() + timedelta(days=2)
    assert centre.unit_id is not None, "the centre is an office"
    plan_tour(
        centre, tour_id=tour_id, kind="talks", unit_id=centre.unit_id, name=told["round"], first_on=first,
        last_on=first + timedelta(days=13), opens=540, closes=1_260,
    )  # fmt: skip
    do_tour(tour_id)
    publish_tour(centre, tour_id=tour_id)
    do_tour(tour_id)
    return len(asked)
