"""Places and seats: given in the order of asking, each once, to each person once, whatever comes in which order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tests.kernel.occasions.stage import DAY, HOUR, Stage, anyone, booked, shown, told
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Actor, seeing
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.occasions.api import Booking, announce, book, cancel, leave, rows_of_seats, seats_free, seats_of_rows

SEATS = ["A-2", "A-1", "A-3"]


@dataclass
class Hall:
    """What must hold of three seats: who sits where, and who waits in which order."""

    seated: dict[int, str] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    asked: int = 0
    cancelled: bool = False

    def free(self) -> list[str]:
        return [seat for seat in SEATS if seat not in self.seated.values()]

    def book(self, person: int, seat: str) -> str:
        if self.cancelled:
            return "refused"
        if person in self.seated or person in self.waiting:
            return "going" if person in self.seated else "waiting"
        if self.free() and seat and seat not in self.free():
            return "refused"
        self.asked += 1
        if not self.free():
            self.waiting.append(person)
            return "waiting"
        self.seated[person] = seat or self.free()[0]
        return "going"

    def leave(self, person: int) -> None:
        self.seated.pop(person, None)
        if person in self.waiting:
            self.waiting.remove(person)
        while self.waiting and self.free() and not self.cancelled:
            self.seated[self.waiting.pop(0)] = self.free()[0]


DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("book"), st.integers(0, 5), st.sampled_from(["", "", *SEATS])),
        st.tuples(st.just("leave"), st.integers(0, 5), st.just("")),
        st.tuples(st.just("cancel"), st.just(0), st.just("")),
    ),
    max_size=18,
)


@given(deeds=DEEDS)
@bounds(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_deeds(stage: Stage, deeds: list[tuple[str, int, str]]) -> None:
    occasion_id, hall, persons = stage.show(seats=SEATS), Hall(), [anyone() for _n in range(6)]
    calls_off = next((at for at, deed in enumerate(deeds) if deed[0] == "cancel" and at > len(deeds) // 2), None)
    for at, (deed, number, seat) in enumerate(deeds):
        if deed == "book":
            expected = hall.book(number, seat)
            assert outcome(book, persons[number], occasion_id=occasion_id, seat=seat) == expected
        elif deed == "leave":
            hall.leave(number)
            outcome(leave, persons[number], occasion_id=occasion_id)
        elif at == calls_off:
            cancel(SYSTEM, occasion_id=occasion_id, cause="other", reason="停演", reason_en="Called off")
            hall.cancelled = True
        check(occasion_id, hall, persons)


def outcome(act: Any, actor: Actor, **arguments: Any) -> str:
    try:
        return str(act(actor, **arguments))
    except (Conflict, NotFound):
        return "refused"


def check(occasion_id: UUID, hall: Hall, persons: list[Actor]) -> None:
    """What stands in the database is what must hold."""
    rows, numbers = booked(occasion_id), {actor.person_id: number for number, actor in enumerate(persons)}
    assert {numbers[one.person_id]: one.seat for one in rows if one.state == "going"} == hall.seated
    assert [numbers[one.person_id] for one in rows if one.state == "waiting"] == hall.waiting
    assert len({one.person_id for one in rows}) == len(rows)  # nobody twice
    assert all(one.seat is None for one in rows if one.state != "going")
    it = shown(occasion_id)
    assert (it.going, it.waiting, it.asked) == (len(hall.seated), len(hall.waiting), hall.asked)
    assert seats_free(it) == hall.free()


def test_a_hall_is_written_as_rows() -> None:
    seats = seats_of_rows("A 3\n\nB 2\n")
    assert seats == ["A-2", "A-1", "A-3", "B-1", "B-2"]  # the front first, from the middle outwards
    assert rows_of_seats(seats) == "A 3\nB 2"
    assert seats_of_rows("") == []
    for wrong in ("A", "A 0", "A -1", "A 1000", "一排 20", "\n".join(["A 1"] * 201)):
        with pytest.raises(InvalidInput):
            seats_of_rows(wrong)


def test_what_cannot_be_announced(stage: Stage) -> None:
    begins = timezone.now() + DAY
    good = told(new_identifier(), begins, places=2, seats=["A-1", "A-2"])
    for wrong in (
        {"places": 3}, {"seats": ["A-1", "A-1"]}, {"seats": ["A-1", "排座"]}, {"price_fen": -1}, {"tags": ["none"]},
        {"opens_at": begins}, {"ends_at": begins}, {"kind": "nothing"}, {"starts_at": begins - 2 * DAY}, {"places": 0},
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            announce(SYSTEM, **good | wrong)
    with pytest.raises(NotFound):
        announce(SYSTEM, **good | {"subject": "nowhere"})
    for actor in (stage.other, stage.stranger, anyone(), ANYBODY):
        with pytest.raises(NotPermitted):
            announce(actor, **good)
    announce(stage.door, **good)
    person = anyone()
    assert book(person, occasion_id=good["occasion_id"], seat="A-2") == "going"
    for lost in ({"seats": ["A-1", "B-1"]}, {"seats": []}, {"seats": ["A-1"], "places": 1}):
        with pytest.raises(Conflict):
            announce(stage.door, **good | lost)
    announce(stage.door, **good | {"seats": ["A-1", "A-2", "A-3"], "places": 3})
    with seeing(person.scope):
        assert [one.code for one in notices_of(person, language="en")] == ["occasions_changed"]
    with pytest.raises(Conflict):
        announce(stage.door, **good | {"title": "别的", "expected_version": 1})


def test_places_are_given_away_from_a_moment_on(stage: Stage) -> None:
    opens = timezone.now() + HOUR
    occasion_id, person = stage.show(places=1, opens_at=opens), anyone()
    with pytest.raises(Conflict, match="given away"):
        book(person, occasion_id=occasion_id)
    assert book(person, occasion_id=occasion_id, at=opens) == "going"  # type: ignore[call-arg]


def test_one_leaves_in_time(stage: Stage) -> None:
    person, late, waits = anyone(), anyone(), anyone()
    occasion_id = stage.show(places=1, starts=HOUR)
    with pytest.raises(NotFound):
        leave(person, occasion_id=occasion_id)
    book(person, occasion_id=occasion_id)
    assert book(waits, occasion_id=occasion_id) == "waiting"
    with pytest.raises(Conflict, match="too late"):
        leave(person, occasion_id=occasion_id)
    leave(waits, occasion_id=occasion_id)  # who only waits may always
    tomorrow = stage.show(places=1)
    book(late, occasion_id=tomorrow)
    book(person, occasion_id=tomorrow)
    for _again in range(2):
        leave(late, occasion_id=tomorrow)
    assert [one.state for one in booked(tomorrow, person)] == ["going"]
    with seeing(person.scope):
        assert "occasions_moved_up" in [one.code for one in notices_of(person, language="en")]


def test_everybody_sees_which_seats_are_taken_and_nobody_by_whom(stage: Stage) -> None:
    occasion_id, person = stage.show(seats=SEATS), anyone()
    book(person, occasion_id=occasion_id, seat="A-3")
    with seeing(ANYBODY.scope):
        assert seats_free(shown(occasion_id)) == ["A-2", "A-1"]
        assert not Booking.objects.filter(occasion=occasion_id).exists()
    for eyes, sees in ((person, True), (stage.door, True), (stage.stranger, False), (anyone(), False)):
        with seeing(eyes.scope):
            assert Booking.objects.filter(occasion=occasion_id).exists() == sees


def test_the_database_itself_sells_no_seat_twice(stage: Stage) -> None:
    occasion_id = stage.show(seats=SEATS)
    first, second = anyone(), anyone()
    book(first, occasion_id=occasion_id)
    book(second, occasion_id=occasion_id)
    one, two = booked(occasion_id)
    for values in ({"seat": one.seat}, {"seat": "Z-9"}, {"seat": None}, {"turn": 1}, {"state": "sold"}):
        with seeing(SYSTEM.scope), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT journal_open()")
            Booking.objects.filter(id=two.id).update(**values)


def at_once(deeds: list[tuple[Any, Actor, dict[str, Any]]]) -> list[Any]:
    """Do many acts at once, each on a connection of its own; a refusal is what it gives."""

    def run(deed: tuple[Any, Actor, dict[str, Any]]) -> Any:
        act, actor, arguments = deed
        try:
            return act(actor, **arguments)
        except TianquError as error:
            return type(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_forty_buyers_and_ten_seats(committed: Stage) -> None:
    """Each seat once, the best to who asked first, everybody else in the queue, and no seat left over."""
    seats = seats_of_rows("A 5\nB 5")
    occasion_id, buyers = committed.show(seats=seats), [anyone() for _n in range(40)]
    states = at_once([(book, buyer, {"occasion_id": occasion_id}) for buyer in buyers])
    assert sorted(states) == ["going"] * 10 + ["waiting"] * 30
    rows = booked(occasion_id)
    assert [one.seat for one in rows] == seats + [None] * 30
    assert [one.turn for one in rows] == list(range(1, 41))
    assert {one.person_id for one in rows} == {buyer.person_id for buyer in buyers}
    going = [buyer for buyer in buyers if buyer.person_id in {one.person_id for one in rows[:10]}]
    at_once([(leave, buyer, {"occasion_id": occasion_id}) for buyer in going[:6]])
    rows = booked(occasion_id)
    seated = [one for one in rows if one.state == "going"]
    assert len(seated) == 10 and {one.seat for one in seated} == set(seats)
    assert [one.turn for one in seated if one.turn > 10] == list(range(11, 17))  # in the order of asking
    it = shown(occasion_id)
    assert (it.going, it.waiting, it.asked) == (10, 24, 40)


def test_one_seat_that_all_want_and_one_person_who_asks_ten_times(committed: Stage) -> None:
    occasion_id, person = committed.show(seats=SEATS), anyone()
    wish = {"occasion_id": occasion_id, "seat": "A-2"}
    found = at_once([(book, anyone(), wish) for _n in range(8)])
    assert sorted(str(one) for one in found) == sorted([str(Conflict)] * 7 + ["going"])
    assert at_once([(book, person, {"occasion_id": occasion_id})] * 10) == ["going"] * 10
    assert len(booked(occasion_id, person)) == 1
    assert shown(occasion_id).going == 2
