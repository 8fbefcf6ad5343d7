"""The same request twice is one act; a book has no gaps. Both when many come at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from tests.kernel.journal.logs import anybody
from tianqu.base.errors import Conflict, InvalidInput, NotPermitted
from tianqu.kernel.journal.api import (
    ANYBODY,
    INSERT_ENTRY,
    SYSTEM,
    Acting,
    Actor,
    act,
    forget_requests,
    perform_once,
    registered_acts,
)
from tianqu.kernel.journal.models import Entry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("forget_acts")]
AT_ONCE = 8


def all_at_once(work: Callable[[int], Any]) -> list[Any]:
    """Do ``work`` in several threads at the same moment; return what each returned or raised."""
    barrier = threading.Barrier(AT_ONCE)
    results: list[Any] = [None] * AT_ONCE

    def one(n: int) -> None:
        barrier.wait(10)
        try:
            results[n] = work(n)
        except Exception as error:  # noqa: BLE001  whatever it is, the test looks at it
            results[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[n]) for n in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.fixture
def count_up() -> Callable[..., Any]:
    @act("test.count", may=anybody)
    def count(acting: Acting, *, amount: int, picture: bytes = b"") -> dict[str, Any]:
        acting.record("counter:1", after={"amount": amount})
        return {"amount": amount, "id": uuid4()}

    return count


def test_the_same_request_gets_the_first_answer(count_up: Callable[..., Any]) -> None:
    first = perform_once(count_up, SYSTEM, key="key-1", amount=3, picture=b"\x00\xff")
    again = perform_once(count_up, SYSTEM, key="key-1", amount=3, picture=b"\x00\xff")
    assert first == again
    assert Entry.objects.count() == 1
    other = perform_once(count_up, SYSTEM, key="key-2", amount=3, picture=b"\x00\xff")
    assert other != first
    assert Entry.objects.count() == 2


def test_the_same_key_with_other_arguments_is_a_conflict(count_up: Callable[..., Any]) -> None:
    perform_once(count_up, SYSTEM, key="key-1", amount=3)
    for arguments in ({"amount": 4}, {"amount": 3, "picture": b"\x00"}):
        with pytest.raises(Conflict, match="used before"):
            perform_once(count_up, SYSTEM, key="key-1", **arguments)
    assert Entry.objects.count() == 1


def test_keys_of_different_persons_do_not_meet(count_up: Callable[..., Any]) -> None:
    persons = [Actor(channel="api", person_id=uuid4()) for _n in range(2)]
    for person in persons:
        perform_once(count_up, person, key="key-1", amount=3)
    assert Entry.objects.count() == 2


def test_duplicates_at_once_are_one_act(count_up: Callable[..., Any]) -> None:
    results = all_at_once(lambda n: perform_once(count_up, SYSTEM, key="key-1", amount=3))
    assert Entry.objects.count() == 1
    assert results == [results[0]] * AT_ONCE
    assert results[0]["amount"] == 3


def test_a_refused_act_may_be_tried_again() -> None:
    refuse = [True]

    def may(acting: Acting, /, **arguments: Any) -> None:
        if refuse[0]:
            raise NotPermitted("not yet")

    @act("test.later", may=may)
    def later(acting: Acting) -> int:
        acting.record("counter:1", after=None)
        return 7

    with pytest.raises(NotPermitted):
        perform_once(later, SYSTEM, key="key-1")
    refuse[0] = False
    assert perform_once(later, SYSTEM, key="key-1") == 7


def test_an_act_of_one_statement_is_done_once_too() -> None:
    @act("test.fast", may=anybody, one_statement=True)
    def fast(acting: Acting, *, amount: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute(INSERT_ENTRY, acting.record("counter:1", after={"amount": amount}).row())
        return amount

    results = all_at_once(lambda n: perform_once(fast, ANYBODY, key="key-1", amount=5))
    assert results == [5] * AT_ONCE
    assert Entry.objects.count() == 1
    assert fast(ANYBODY, amount=6) == 6
    assert registered_acts()["test.fast"].one_statement


@pytest.mark.parametrize("key", ["", "x" * 201, "line\nbreak"])
def test_a_key_that_is_none_is_refused(count_up: Callable[..., Any], key: str) -> None:
    with pytest.raises(InvalidInput, match="idempotency key"):
        perform_once(count_up, SYSTEM, key=key, amount=3)


def test_old_keys_are_forgotten(count_up: Callable[..., Any]) -> None:
    perform_once(count_up, SYSTEM, key="key-1", amount=3)
    assert forget_requests(SYSTEM) == 0
    assert forget_requests(SYSTEM, days=30, at=timezone.now() + timedelta(days=31)) == 1
    perform_once(count_up, SYSTEM, key="key-1", amount=4)
    with pytest.raises(NotPermitted):
        forget_requests(ANYBODY)


def test_the_worker_forgets_them_by_itself() -> None:
    from procrastinate.contrib.django import app

    assert "journal.forget_requests" in app.tasks
    app.tasks["journal.forget_requests"](timestamp=0)
    assert Entry.objects.get().act == "journal.forget_requests"


def test_a_book_has_no_gaps_whoever_writes_and_whoever_fails() -> None:
    @act("test.book", may=anybody)
    def enter(acting: Acting, *, fail: bool) -> None:
        acting.record("page:1", after=None, book="register")
        if fail:
            raise ValueError("spilled ink")

    def work(n: int) -> None:
        for turn in range(10):
            try:
                enter(SYSTEM, fail=(n + turn) % 3 == 0)
            except ValueError:
                continue

    assert all_at_once(work) == [None] * AT_ONCE
    numbers = list(Entry.objects.order_by("book_sequence").values_list("book_sequence", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == sum((n + turn) % 3 != 0 for n in range(AT_ONCE) for turn in range(10))
    assert b'"book":"register"' in bytes(Entry.objects.first().leaf)  # type: ignore[union-attr]
