"""Placing: one statement, the same receipt for the same request, codes that survive being read out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from tests.orders.hotline import NOBODY, Hotline
from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, NotFound
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.codes import ALPHABET, order_code, read_code, shown_code
from tianqu.kernel.orders.models import Clock, Order
from tianqu.kernel.orders.terms import query_terms, search_terms


def test_the_same_identifier_and_content_give_the_same_receipt(hotline: Hotline) -> None:
    first = hotline.place()
    assert hotline.place(order_id=first.order_id) == replace(first, again=True)
    with pytest.raises(Conflict):
        hotline.place(order_id=first.order_id, title="另一件事")
    with pytest.raises(Conflict):
        hotline.place(hotline.neighbour, order_id=first.order_id)
    with seeing(SYSTEM.scope):
        assert Order.objects.count() == 1


def test_bad_input_is_refused_field_by_field_and_nothing_is_written(hotline: Hotline) -> None:
    with pytest.raises(InvalidInputs) as caught:
        hotline.place(title="", description="x" * 10_001, identity="masked", urgency="now")
    assert {error.field for error in caught.value.errors} == {"title", "description", "identity", "urgency"}
    for text in ("倒\u202e过来", "零\x00字节", "半个\ud83d"):
        with pytest.raises(InvalidInputs):
            hotline.place(description=text)
    with pytest.raises(NotFound):
        hotline.place(place_id=uuid4())
    with pytest.raises(NotFound):
        hotline.place(item="no.such")
    with seeing(SYSTEM.scope):
        assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("lon", "lat"),
    [("181", "37"), ("116", "-91"), ("NaN", "37"), ("116", "Infinity"), ("116", None), (None, "37")],
)  # fmt: skip
def test_a_position_that_is_nowhere_on_earth_is_refused(hotline: Hotline, lon: str | None, lat: str | None) -> None:
    with pytest.raises(InvalidInputs) as caught:
        hotline.place(lon=Decimal(lon) if lon else None, lat=Decimal(lat) if lat else None)
    assert {error.field for error in caught.value.errors} <= {"lon", "lat"}
    with seeing(SYSTEM.scope):
        assert not Order.objects.exists()


def test_four_byte_characters_are_kept(hotline: Hotline) -> None:
    order_id = hotline.place(description="𠮷野家门口 🚧").order_id
    with seeing(SYSTEM.scope):
        assert Order.objects.get(id=order_id).description == "𠮷野家门口 🚧"


def test_urgent_items_have_urgent_clocks_and_a_caller_can_only_raise_them(hotline: Hotline) -> None:
    ordinary = hotline.place(item="water.none", urgency="none").order_id
    danger = hotline.place(item="water.none", urgency="danger").order_id
    with seeing(SYSTEM.scope):
        clocks = {clock.order_id: clock for clock in Clock.objects.all()}
        assert Order.objects.get(id=ordinary).urgency == "utilities"
    minutes = {key: (clock.due_at - clock.started_at).total_seconds() / 60 for key, clock in clocks.items()}
    assert minutes == {ordinary: 15, danger: 5}


def test_an_operator_places_for_a_caller_without_owning_the_request(hotline: Hotline) -> None:
    order_id = hotline.place(hotline.dispatcher).order_id
    assert not api.orders_of_person(hotline.dispatcher).rows
    assert api.order_timeline(hotline.dispatcher, order_id=order_id)[0].actor_kind == "post"


def test_placing_asks_the_database_for_nothing_that_it_knows(
    hotline: Hotline, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    hotline.place(NOBODY)
    # Inside the test's own transaction: a savepoint and its release. The scope and the statement itself go past
    # Django's cursor, which counts these (tests/web/api/test_costs.py counts them all).
    with django_assert_num_queries(2):
        hotline.place(NOBODY)


@given(st.uuids())
def test_codes_survive_hyphens_case_and_misreading(order_id: UUID) -> None:
    code = order_code(order_id)
    spoken = shown_code(code).lower().replace("0", "o").replace("1", "l")
    assert read_code(spoken) == code


@given(st.uuids(), st.integers(0, 10), st.sampled_from(ALPHABET))
def test_a_single_wrong_character_is_found(order_id: UUID, at: int, wrong: str) -> None:
    code = order_code(order_id)
    mistyped = code[:at] + wrong + code[at + 1 :]
    if mistyped == code:
        assert read_code(mistyped) == code
    else:
        with pytest.raises(InvalidInput):
            read_code(mistyped)


@given(st.uuids(), st.integers(0, 8))
def test_a_swapped_pair_is_found(order_id: UUID, at: int) -> None:
    code = order_code(order_id)
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    if swapped != code:
        with pytest.raises(InvalidInput):
            read_code(swapped)


@given(st.text(alphabet="路灯坏了没有水 abcXYZ019-,。", min_size=1, max_size=40), st.data())
def test_any_part_of_a_text_finds_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    words = [term for term in query_terms(part) if not term.isascii()]
    assert set(words) <= set(search_terms(text))
