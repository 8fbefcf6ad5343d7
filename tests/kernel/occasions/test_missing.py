"""Who books and does not come: marked a day later, told, and after some times refused until a day."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from tests.kernel.occasions.stage import DAY, HOUR, Stage, anyone, booked, browser, shown
from tianqu.base.errors import Conflict, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Acting, Actor, erase_person, seeing
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.occasions import closing
from tianqu.kernel.occasions.api import Occasion, admit, book, close, close_past, excuse, leave, own_bar, own_ticket


def past(stage: Stage, person: Actor, *, days: int, comes: bool = False) -> UUID:
    """A show so many days ago for which somebody had a place."""
    occasion_id = stage.show(starts=-days * DAY, places=3, at=timezone.now() - (days + 9) * DAY)
    then = timezone.now() - days * DAY
    book(person, occasion_id=occasion_id, at=then - DAY)  # type: ignore[call-arg]
    if comes:
        ticket = own_ticket(person, occasion_id=occasion_id)
        admit(stage.door, occasion_id=occasion_id, ticket=ticket, client_id=new_identifier(), at=then)  # type: ignore[call-arg]
    return occasion_id


def test_who_did_not_come_is_marked_told_and_later_refused(stage: Stage) -> None:
    person, faithful = anyone(), anyone()
    first = past(stage, person, days=20)
    second = past(stage, person, days=3)
    past(stage, faithful, days=3, comes=True)
    left = stage.show(starts=-3 * DAY, places=1, at=timezone.now() - 9 * DAY)
    for act in (book, leave):
        act(faithful, occasion_id=left, at=timezone.now() - 5 * DAY)  # type: ignore[call-arg]
    assert close_past() == 4 and close_past() == 0
    assert [one.state for each in (first, second) for one in booked(each)] == ["no_show", "no_show"]
    assert booked(left)[0].state == "left"
    with seeing(person.scope):
        assert [one.code for one in notices_of(person, language="en")] == ["occasions_missed", "occasions_missed"]
    coming = stage.show(places=5)
    until = timezone.localtime(shown(second).ends_at + 14 * DAY)
    with pytest.raises(NotPermitted) as told:
        book(person, occasion_id=coming)
    assert (told.value.parameters["times"], told.value.parameters["until"]) == (2, f"{until:%Y-%m-%d}")
    assert book(faithful, occasion_id=coming) == "going"
    with seeing(person.scope):
        assert own_bar(person, kind="test_show") == shown(second).ends_at + 14 * DAY
    later = stage.show(starts=20 * DAY, places=5)
    assert book(person, occasion_id=later, at=until + HOUR) == "going"  # type: ignore[call-arg]


def test_one_that_cannot_close_holds_up_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, whole = past(stage, anyone(), days=20), past(stage, anyone(), days=3)
    real = closing.book_by_codes

    def book_by_codes(acting: Acting, occasion: Occasion) -> int:
        if occasion.id == broken:
            raise RuntimeError("its pack has a fault")
        return real(acting, occasion)

    monkeypatch.setattr(closing, "book_by_codes", book_by_codes)
    assert close_past() == 1
    assert (shown(broken).closed_at, booked(broken)[0].state) == (None, "going")  # nothing by halves
    assert shown(whole).closed_at is not None and booked(whole)[0].state == "no_show"
    assert str(broken) in caplog.text and "its pack has a fault" in caplog.text
    monkeypatch.undo()
    assert close_past() == 1 and booked(broken)[0].state == "no_show"


def test_who_held_it_may_take_it_back(stage: Stage) -> None:
    person = anyone()
    past(stage, person, days=20)
    occasion_id = past(stage, person, days=3)
    close_past()
    one = booked(occasion_id)[0]
    for actor in (person, stage.stranger, stage.other):
        with pytest.raises((NotPermitted, NotFound)):
            excuse(actor, booking_id=one.id)
    desk, address = browser(stage.door), f"/desk/occasions/{occasion_id}/"
    assert "did not come" in desk.get(address).content.decode()
    assert desk.post(address, {"booking": str(one.id)}).status_code == 302
    assert desk.post(address, {"booking": str(one.id)}).status_code == 409
    assert book(person, occasion_id=stage.show(places=5)) == "going"


def test_it_is_closed_late_once_and_by_the_system_alone(stage: Stage) -> None:
    occasion_id = stage.show(starts=-5 * HOUR, places=1)
    with pytest.raises(Conflict):
        close(SYSTEM, occasion_id=occasion_id)  # phones may still send what they kept
    with pytest.raises(NotPermitted):
        close(stage.door, occasion_id=occasion_id)
    person = anyone()
    old = past(stage, person, days=3)
    assert [close(SYSTEM, occasion_id=old) for _again in range(2)] == [1, 0]
    assert shown(old).going == 0


def test_an_erased_person_leaves_what_is_to_come_and_no_name(stage: Stage) -> None:
    person, next_one = anyone(), anyone()
    assert person.person_id is not None
    old, coming = past(stage, person, days=3, comes=True), stage.show(places=1)
    book(person, occasion_id=coming)
    book(next_one, occasion_id=coming)
    erase_person(SYSTEM, person_id=person.person_id, reason="asked for it")
    assert [one.person_id for one in booked(old)] == [None] and booked(old)[0].in_at is not None
    assert {one.person_id: one.state for one in booked(coming)} == {None: "left", next_one.person_id: "going"}
    assert shown(coming).going == 1
    assert timedelta(0) < shown(coming).starts_at - timezone.now()
