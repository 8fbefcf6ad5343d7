"""Shifts that change hands: offered by one, taken by another, once, with every rule looked at again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tests.scenes import scene
from tests.web.api.calling import caller
from tianqu.base.errors import Conflict
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.places.api import forget_actors
from tianqu.kernel.rosters.api import Duty, Shift, change_duty, offer_duty, take_duty
from tianqu.packs.practice.tests.roster_stage import Rostered, number_of
from tianqu.packs.practice.tests.stage import Stage, browser, build, page
from tianqu.packs.practice.tests.test_activities import codes_of


def put(roster: Rostered, shift: Shift, actor: Actor, skill: str = "") -> None:
    """Place somebody by hand."""
    given = {"deed": "change", "place": f"{shift.id}:{skill}", "number": number_of(actor)}
    answer = browser(roster.stage.leader).post(roster.desk, given)
    assert answer.status_code == 302, answer.content.decode()


def test_one_offers_and_another_takes(stage: Stage) -> None:
    roster = Rostered(stage).planned()
    first, second, third = roster.shifts(days=3)
    li, wang, zhao = roster.member("李梅"), roster.member("王芳"), roster.member("赵一", unable=[str(first.id)])
    put(roster, first, li)
    put(roster, second, wang)
    put(roster, third, wang)
    mine = browser(li)
    assert mine.post(roster.address, {"deed": "offer", "shift": str(first.id)}).status_code == 409  # not published
    roster.published()
    assert mine.post(roster.address, {"deed": "offer", "shift": str(second.id)}).status_code == 404  # not hers
    for _again in range(2):
        assert mine.post(roster.address, {"deed": "offer", "shift": str(first.id)}).status_code == 302
    assert "rosters_offered" in codes_of(zhao) and "rosters_offered" not in codes_of(li)
    assert roster.who() == ["李梅", "王芳", "王芳"]  # hers until somebody takes it
    assert "Take it" in page(browser(zhao), roster.address)
    take = {"deed": "take", "shift": str(first.id)}
    assert browser(zhao).post(roster.address, take).status_code == 409  # she said that she cannot
    assert browser(wang).post(roster.address, take).status_code == 409  # a third time that week
    assert browser(stage.volunteer("外人")).post(roster.address, take).status_code == 403
    assert mine.post(roster.address, take).status_code == 409
    qian = stage.volunteer("钱二")
    assert qian.person_id is not None
    given = {"deed": "keep", "shift": str(first.id)}
    assert mine.post(roster.address, given).status_code == 302
    assert browser(zhao).post(roster.address, take).status_code == 409  # nothing is offered any more
    with seeing(SYSTEM.scope):
        assert Shift.objects.get(id=first.id).offered == 0


def test_who_takes_it_is_in_it_and_everybody_knows(stage: Stage) -> None:
    roster = Rostered(stage).planned()
    (only,) = roster.shifts(days=1, needs="medicine:1")
    li, wang, zhao = (
        roster.member("李梅", skills=("medicine",)), roster.member("王芳", skills=("medicine",)), roster.member("赵一")
    )  # fmt: skip
    put(roster, only, li, "medicine")
    roster.published()
    caller(li).done("/acts/rosters.offer_duty", {"shift_id": str(only.id)})
    assert "offered" in page(browser(stage.leader), roster.desk)
    assert caller(zhao).post("/acts/rosters.take_duty", {"shift_id": str(only.id)}).status_code == 409  # no skill
    caller(wang).done("/acts/rosters.take_duty", {"shift_id": str(only.id)})
    assert roster.who() == ["王芳"]
    assert "rosters_taken" in codes_of(li) and "rosters_taken" in codes_of(wang)
    assert "rosters_swapped" in codes_of(stage.leader)
    for actor, count in ((li, 0), (wang, 1)):
        feed = page(browser(actor), f"{roster.address}calendar.ics?mine=1")
        assert feed.count("BEGIN:VEVENT") == count
        with seeing(actor.scope):
            assert Duty.objects.count() == count  # nobody sees another's


@pytest.fixture
def committed(transactional_db: None, settings: Any) -> Iterator[Stage]:
    """The stage, committed, so that other connections see it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    yield scene(build)
    forget_actors()


def test_of_two_takers_at_once_the_first_has_it(committed: Stage) -> None:
    roster = Rostered(committed).planned()
    (only,) = roster.shifts(days=1)
    li = roster.member("李梅")
    takers = [roster.member(name) for name in ("王芳", "赵一", "钱二")]
    put(roster, only, li)
    roster.published()
    offer_duty(li, shift_id=only.id)

    def take(actor: Actor) -> bool:
        try:
            take_duty(actor, shift_id=only.id)
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(take, takers)) == [False, False, True]
    (who,) = roster.who()
    assert who in ("王芳", "赵一", "钱二")
    with seeing(SYSTEM.scope):
        assert Duty.objects.get(shift=only.id).offered_at is None
        assert Shift.objects.get(id=only.id).offered == 0


def at_once(*deeds: Callable[[], object]) -> list[bool]:
    """Do several things from connections of their own, let go at one moment; say of each whether it was done."""
    barrier = Barrier(len(deeds))

    def done(deed: Callable[[], object]) -> bool:
        try:
            barrier.wait(timeout=60)
            deed()
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(done, deeds))


@dataclass(frozen=True)
class Evening:
    """Shifts of one evening at several places, each offered by whoever is in it, and somebody who could take any."""

    roster: Rostered
    shifts: list[Shift]
    taker: Actor

    @classmethod
    def of(cls, stage: Stage, *, taker: Actor | None = None, names: str) -> Evening:
        """One in a roster of its own; ``names``: of those who are in its shifts."""
        roster = Rostered(stage).planned()
        if taker is None:
            taker = roster.member("李梅")
        else:
            caller(taker).done("/acts/rosters.say_wishes", {"roster_id": str(roster.id)})
        for name in names:
            roster.shifts(days=1, venue=f"{name}家", venue_en=name)
        shifts, givers = roster.all_shifts(), [roster.member(f"{name}一") for name in names]
        for shift, giver in zip(shifts, givers, strict=True):
            put(roster, shift, giver)
        roster.published()
        for shift, giver in zip(shifts, givers, strict=True):
            offer_duty(giver, shift_id=shift.id)
        return cls(roster, shifts, taker)

    def takes(self) -> list[Callable[[], object]]:
        """Taking each of its shifts."""
        return [partial(take_duty, self.taker, shift_id=shift.id) for shift in self.shifts]

    def taken(self) -> int:
        """In how many shifts, of all rosters, the taker is."""
        with seeing(SYSTEM.scope):
            return Duty.objects.filter(person_id=self.taker.person_id).count()


def test_nobody_takes_two_shifts_of_one_time_at_once(committed: Stage) -> None:
    evening = Evening.of(committed, names="王赵钱孙")
    assert sum(at_once(*evening.takes())) == 1
    assert evening.taken() == 1


def test_nobody_takes_shifts_of_two_rosters_for_one_time_at_once(committed: Stage) -> None:
    evening = Evening.of(committed, names="王赵")
    other = Evening.of(committed, taker=evening.taker, names="钱孙")
    assert sum(at_once(*evening.takes(), *other.takes())) == 1
    assert evening.taken() == 1


def test_nobody_takes_a_shift_while_the_leader_puts_them_into_another(committed: Stage) -> None:
    evening = Evening.of(committed, names="王赵钱孙")
    free, number = evening.shifts[2:], number_of(evening.taker)
    for shift in free:
        with seeing(SYSTEM.scope):
            there = Duty.objects.get(shift=shift.id).number
        change_duty(committed.leader, shift_id=shift.id, number=there, present=False)
    puts = [partial(change_duty, committed.leader, shift_id=shift.id, number=number) for shift in free]
    assert sum(at_once(*evening.takes()[:2], *puts)) == 1
    assert evening.taken() == 1
