"""Many books at once: what one act does in each of them is what the single act does, or nothing is done at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.kernel.ledgers.village import BOOK, CHART, OTHER_BOOK, Village, account_ids, leaf_numbers, run
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TianquError, TooLarge
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers import api

pytestmark = pytest.mark.django_db
MARCH: dict[str, Any] = {"first_day": date(2024, 3, 1), "last_day": date(2024, 3, 31)}
LEDGERS = (api.NewLedger("money", "fen", CHART), api.NewLedger("land", "mu_4"))


def new(village: Village, code: str, **more: Any) -> api.NewBook:
    told: dict[str, Any] = {"first_day": date(2024, 1, 1), "unit_id": village.prefecture.units["v101009"].id} | more
    return api.NewBook(code, f"账{code}", LEDGERS, **told)


def told_of(code: str) -> Any:
    """What the journal and the tables say of a book, but for what must differ between two."""
    with seeing(SYSTEM.scope):
        book = api.book_called(code)
        accounts = [
            (a.ledger.code, a.chart, a.code, a.name, a.element, a.side, a.parent.code if a.parent else "", a.opened_on)
            for a in api.accounts_of(book)
        ]
    after = orjson.loads(bytes(run("SELECT body FROM journal_entry WHERE subject = %s", [f"book:{book.id}"])[0][0]))
    said = after["after"] | {"code": "", "name": ""}
    said["ledgers"] = [one | {"accounts": [code for _id, code in one["accounts"]]} for one in said["ledgers"]]
    return accounts, said


def test_each_is_what_the_single_act_opens(village: Village) -> None:
    given = [new(village, "many.1"), new(village, "many.2"), new(village, "many.3", first_day=date(2024, 2, 1))]
    with CaptureQueriesContext(connection) as few:
        ids = api.open_books(SYSTEM, books=given)
    with CaptureQueriesContext(connection) as more:
        api.open_books(SYSTEM, books=[new(village, f"more.{n}") for n in range(12)])
    assert len(set(ids)) == 3 and len(more) <= len(few)
    of_place = {"unit_id": None, "place_id": village.prefecture.places["P101009"].id}
    with CaptureQueriesContext(connection) as places:
        api.open_books(SYSTEM, books=[new(village, f"place.{n}", **of_place) for n in range(12)])
    assert len(places) <= len(few)
    single = new(village, "single")
    api.open_book(
        SYSTEM, code=single.code, name=single.name, ledgers=LEDGERS, first_day=single.first_day, unit_id=single.unit_id
    )
    assert told_of("many.1") == told_of("many.2") == told_of("single")
    assert leaf_numbers("many.3") == [1]
    cash = account_ids("many.2", "money")
    api.post_transfer(
        village.bookkeeper, book="many.2", transfer_id=ids[0], day=date(2024, 3, 1),
        legs=[api.NewLeg(cash["11201"], 5), api.NewLeg(cash["501"], -5)],
    )  # fmt: skip
    assert leaf_numbers("many.2") == [1, 2]


def test_one_that_cannot_be_opened_leaves_none(village: Village) -> None:
    before = run("SELECT count(*) FROM ledgers_book")
    bad: list[tuple[Any, type[TianquError]]] = [
        (new(village, BOOK), Conflict), (new(village, "ok"), Conflict), (new(village, "No Code"), InvalidInput),
        (new(village, "b", unit_id=None), InvalidInput), (replace(new(village, "b"), ledgers=()), InvalidInput),
        (replace(new(village, "b"), ledgers=(api.NewLedger("money", "fen", "none"),)), NotFound),
    ]  # fmt: skip
    for book, error in bad:
        with pytest.raises(error):
            api.open_books(SYSTEM, books=[new(village, "ok"), book])
    for count in (0, 501):
        with pytest.raises(TooLarge):
            api.open_books(SYSTEM, books=[new(village, "ok")] * count)
    assert run("SELECT count(*) FROM ledgers_book") == before
    with pytest.raises(NotPermitted):  # it is for imports, and no role has it
        api.open_books(village.supervisor, books=[new(village, "ok")])


def test_a_period_of_many_books_is_closed_at_once(village: Village) -> None:
    numbers = [len(leaf_numbers(book)) for book in (BOOK, OTHER_BOOK)]
    told: dict[str, Any] = {"books": [BOOK, OTHER_BOOK], **MARCH, "state": "closed"}
    api.set_period(SYSTEM, book=BOOK, **MARCH, state="closing")
    assert api.set_periods(SYSTEM, **told) == 2
    assert api.set_periods(SYSTEM, **told) == 0  # nothing is written a second time
    assert [len(leaf_numbers(book)) for book in (BOOK, OTHER_BOOK)] == [numbers[0] + 2, numbers[1] + 1]
    for book in (BOOK, OTHER_BOOK):
        with seeing(SYSTEM.scope):
            assert [each.state for each in api.periods_of(api.book_called(book))] == ["closed"]
    with pytest.raises(Conflict):
        village.post("101", "501", 5)
    with pytest.raises(Conflict):
        api.set_periods(SYSTEM, **(told | {"state": "open"}))


def test_periods_are_set_in_known_books_alone(village: Village) -> None:
    told: dict[str, Any] = {**MARCH, "state": "open"}
    with pytest.raises(NotFound):
        api.set_periods(SYSTEM, books=[BOOK, "none"], **told)
    with pytest.raises(InvalidInput):
        api.set_periods(SYSTEM, books=[BOOK], **(told | {"state": "shut"}))
    with pytest.raises(NotPermitted):
        api.set_periods(village.supervisor, books=[BOOK], **told)
    assert run("SELECT count(*) FROM ledgers_period") == [(0,)]
