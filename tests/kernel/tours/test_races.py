"""Two hands on one plan at once: one wins, the other hears of it, and every village is told once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection

from tests.kernel.tours.test_film_van import Stage, in_days, stage
from tianqu.base.errors import Conflict
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.notices.models import Notice
from tianqu.kernel.tours.api import Stop, Tour, change_tour, publish_tour

__all__ = ["stage"]  # the film van's own, here committed
pytestmark = pytest.mark.django_db(transaction=True)
VILLAGES = {"a": "P.P1.P101.P101009", "b": "P.P1.P102.P102001"}
HANDS = 6


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Do several things from connections of their own, let go at one moment; return results and conflicts."""
    barrier = Barrier(len(deeds))

    def done(deed: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=60)
            return deed()
        except Conflict as conflict:
            return conflict
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(done, deeds))


def planned(stage: Stage) -> UUID:
    for name, place in VILLAGES.items():
        stage.van.ask(name, place, in_days(1), in_days(3))
    return stage.planned()


def told_of(visit: str) -> int:
    """How many notices there are of a visit; none is sent twice to one unit."""
    with seeing(SYSTEM.scope):
        units = list(Notice.objects.filter(subject=f"culture_show:{visit}").values_list("unit_id", flat=True))
    assert len(units) == len(set(units))
    return len(units)


def test_of_several_who_publish_one_does_and_every_village_is_told_once(stage: Stage) -> None:
    tour_id = planned(stage)
    outcomes = at_once(*[partial(publish_tour, stage.driver, tour_id=tour_id)] * HANDS)
    assert sorted(outcome for outcome in outcomes if isinstance(outcome, int)) == [2]
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == HANDS - 1
    assert told_of("a") and told_of("b") == 0  # no unit answers for its village
    with seeing(SYSTEM.scope):
        assert sorted(Stop.objects.filter(tour=tour_id).values_list("visit_id", "version")) == [("a", 1), ("b", 1)]
        assert Entry.objects.filter(subject=f"tour:{tour_id}", act="tours.publish").count() == 1


def test_of_publishing_and_changing_one_version_one_is_done(stage: Stage) -> None:
    tour_id = planned(stage)
    with seeing(SYSTEM.scope):
        version = Tour.objects.get(id=tour_id).version
    publish = partial(publish_tour, stage.driver, tour_id=tour_id, expected_version=version)
    change = partial(
        change_tour, stage.driver, tour_id=tour_id, deed="drop", visit="a", expected_version=version
    )  # fmt: skip
    outcomes = at_once(publish, change, publish, change)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 3
    published = any(isinstance(outcome, int) for outcome in outcomes[::2])
    with seeing(SYSTEM.scope):
        assert Tour.objects.get(id=tour_id).version == version + 1
        assert Stop.objects.filter(tour=tour_id).count() == (2 if published else 0)
    assert (told_of("a") > 0) is published


def test_what_is_published_is_what_was_left_of_the_plan(stage: Stage) -> None:
    """Without a version that is expected both may be done, one after the other, and nothing in between."""
    tour_id = planned(stage)
    outcomes = at_once(
        partial(publish_tour, stage.driver, tour_id=tour_id),
        partial(change_tour, stage.driver, tour_id=tour_id, deed="drop", visit="a"),
    )
    assert outcomes[0] in (1, 2)
    dropped = not isinstance(outcomes[1], Conflict)
    with seeing(SYSTEM.scope):
        stops = sorted(Stop.objects.filter(tour=tour_id).values_list("visit_id", flat=True))
    assert stops == (["b"] if dropped else ["a", "b"])
    assert (told_of("a") > 0) is not dropped
