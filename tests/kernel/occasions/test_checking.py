"""A check-in is two statements; two places at once are seen however closely they come; nothing is written by halves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections
from django.utils import timezone

from tests.kernel.occasions.stage import HOUR, Stage, anyone, booked
from tianqu.base.errors import Conflict
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.occasions import checking
from tianqu.kernel.occasions.api import book, check, code_at


def running(stage: Stage, person: Actor) -> UUID:
    """A show that began an hour ago, in which somebody has a place."""
    occasion_id = stage.show(starts=-HOUR, places=3, at=timezone.now() - 3 * 24 * HOUR)
    book(person, occasion_id=occasion_id)
    return occasion_id


def checked(person: Actor, occasion_id: UUID, direction: str = "in", **more: Any) -> datetime:
    given = {"client_id": new_identifier(), "code": code_at(occasion_id, timezone.now())} | more
    return check(person, occasion_id=occasion_id, direction=direction, **given)


def sent(tmp_path: Path, act: Callable[[], object]) -> list[str]:
    """What goes to the server while an act runs, as libpq itself traces it: one for each statement that is run."""
    session: Any = connection.connection
    with (tmp_path / "trace").open("w+") as file:
        session.pgconn.trace(file.fileno())
        try:
            act()
        finally:
            session.pgconn.untrace()
        file.seek(0)
        lines = [line.split("\t") for line in file]
    return [
        parts[3].strip() for parts in lines if len(parts) > 3 and parts[1] == "F" and parts[3] in ("Query", "Execute")
    ]


@pytest.mark.django_db(transaction=True)
def test_it_is_two_statements(committed: Stage, tmp_path: Path) -> None:
    person = anyone()
    occasion_id = running(committed, person)
    checked(person, occasion_id)  # the connection knows the actor's scope, and the statements, from now on
    assert len(sent(tmp_path, lambda: checked(person, occasion_id, "out"))) == 2
    one = booked(occasion_id, person)[0]
    assert one.in_at is not None and one.out_at is not None
    assert Entry.objects.filter(act="occasions.check").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_places_at_the_same_moment_are_both_flagged(committed: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read that nothing else is checked in before either writes: the second to write reads again."""
    person, barrier, real = anyone(), threading.Barrier(2, timeout=30), checking._read
    here, there = running(committed, person), running(committed, person)
    tries: list[UUID] = []

    def read_together(near: dict[str, Any]) -> Any:
        found = real(near)
        tries.append(near["occasion"])
        if tries.count(near["occasion"]) == 1:
            barrier.wait()
        return found

    monkeypatch.setattr(checking, "_read", read_together)

    def one(occasion_id: UUID) -> None:
        try:
            checked(person, occasion_id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as hands:
        list(hands.map(one, (here, there)))
    assert len(tries) == 3
    assert [each.elsewhere for place in (here, there) for each in booked(place, person)] == [True, True]


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_leaves_nothing(committed: Stage) -> None:
    first, second, given = anyone(), anyone(), new_identifier()
    occasion_id = running(committed, first)
    book(second, occasion_id=occasion_id)
    checked(first, occasion_id, client_id=given)
    with pytest.raises(Conflict):
        checked(second, occasion_id, client_id=given)
    assert booked(occasion_id, second)[0].in_at is None
    assert Entry.objects.filter(act="occasions.check").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_afterwards_is_no_fault(committed: Stage) -> None:
    person = anyone()
    here, there = running(committed, person), running(committed, person)
    now = timezone.now()
    for occasion_id, direction, ago in ((here, "in", 50), (here, "out", 20), (there, "in", 10)):
        at = now - ago * timedelta(minutes=1)
        checked(person, occasion_id, direction, code=code_at(occasion_id, at), at=at)
    assert not any(each.elsewhere for place in (here, there) for each in booked(place, person))
