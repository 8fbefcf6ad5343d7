"""A form that is sent several times at once is done once; whoever came later is told so, and nothing breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tests.scenes import scene
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.places.api import forget_actors
from tianqu.kernel.rosters.api import Roster
from tianqu.packs.practice.models import Station
from tianqu.packs.practice.tests.roster_stage import next_monday
from tianqu.packs.practice.tests.stage import Stage, browser, build
from tianqu.packs.practice.tests.test_registers import STATION

SENDERS = 6


@pytest.fixture
def committed(transactional_db: None, settings: Any) -> Iterator[Stage]:
    """The stage, committed, so that other connections see it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    yield scene(build)
    forget_actors()


def sent_at_once(actor: Actor, address: str, given: dict[str, str]) -> Counter[int]:
    """Send a form from several browsers, all let go at one moment; return the statuses."""
    barrier, browsers = Barrier(SENDERS), [browser(actor) for _number in range(SENDERS)]

    def send(number: int) -> int:
        try:
            barrier.wait(timeout=60)
            return browsers[number].post(address, given).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(SENDERS) as pool:
        return Counter(pool.map(send, range(SENDERS)))


def test_a_roster_planned_several_times_at_once_is_one(committed: Stage) -> None:
    day = next_monday().isoformat()
    said = sent_at_once(committed.leader, "/desk/rosters/", {
        "sent_id": str(new_identifier()), "subject": "practice:zhangli-1", "title": "冬夜值守",
        "title_en": "Winter evenings", "first_day": day, "last_day": day, "rest_minutes": "660", "week_max": "2",
        "days_max": "5",
    })  # fmt: skip
    assert said[302] >= 1 and said.keys() <= {302, 409}
    with seeing(SYSTEM.scope):
        assert Roster.objects.count() == 1


def test_a_station_declared_several_times_at_once_is_one(committed: Stage) -> None:
    said = sent_at_once(committed.centre, "/desk/practice/stations/declare", STATION)
    assert said[302] >= 1 and said.keys() <= {302, 409}
    with seeing(SYSTEM.scope):
        assert Station.objects.filter(code=STATION["station"]).count() == 1
