"""The acts that a page offers: what its form sent is read by the act's own signature, and refused at its field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import pytest

from tianqu.base.errors import InvalidInput, InvalidInputs
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import Deed, arguments_typed


class Way(Enum):
    BANK = "bank"
    CASH = "cash"


def pay(
    acting: object, /, *, order_id: UUID, amount_fen: int, count: int, day: date, starts_at: datetime, way: Way,
    agreed: bool, persons: Sequence[UUID], title: str, note: str = "", until: date | None = None,
    least: int | None = None,
) -> None:  # fmt: skip
    """An act with a keyword of each type that a form can fill."""


ORDER, PERSON = new_identifier(), new_identifier()
GOOD = {
    "amount_fen": "1,000.50", "count": "3", "day": "2026-03-09", "time": "19:30", "way": "cash", "agreed": "on",
    "persons": [str(PERSON)], "title": "Festival",
}  # fmt: skip


def told(given: dict[str, Any], **more: Any) -> dict[str, Any]:
    return arguments_typed(Deed(pay, **more), given, known={"order_id": ORDER, "another": 1})


def test_each_type_is_read_and_what_was_left_empty_is_the_acts_default() -> None:
    found = told(GOOD | {"note": "", "until": ""})
    assert found.pop("starts_at").isoformat() == "2026-03-09T19:30:00+08:00"
    assert found == {
        "order_id": ORDER, "amount_fen": 100_050, "count": 3, "day": date(2026, 3, 9), "way": Way.CASH, "agreed": True,
        "persons": [PERSON], "title": "Festival",
    }  # fmt: skip


def test_what_the_page_knows_cannot_be_typed_in() -> None:
    assert told(GOOD | {"order_id": str(PERSON)})["order_id"] == ORDER
    assert told(GOOD | {"count": "9"}, fixed={"count": 1})["count"] == 1


def test_a_box_that_is_not_ticked_is_no_yes() -> None:
    assert told({name: text for name, text in GOOD.items() if name != "agreed"})["agreed"] is False


def test_fields_may_be_called_otherwise_read_by_the_page_and_wanted() -> None:
    assert told(GOOD | {"said": "so"}, fields={"note": "said"})["note"] == "so"
    assert told(GOOD, read={"count": lambda given: len(given["day"])})["count"] == 10
    with pytest.raises(InvalidInput) as refused:
        told(GOOD, wanted=("least",))
    assert refused.value.field == "least"


@pytest.mark.parametrize(
    ("name", "wrong", "field"),
    [
        ("amount_fen", "-5", "amount_fen"), ("count", "many", "count"), ("day", "soon", "day"),
        ("time", "25:00", "day"), ("way", "shells", "way"), ("least", "few", "least"),
        ("until", "9999-99-99", "until"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_at_its_field(name: str, wrong: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        told(GOOD | {name: wrong})
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["amount_fen", "count", "day", "time", "title", "way"])
@pytest.mark.parametrize("text", ["", "  "])
def test_what_was_left_empty_is_needed(name: str, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        told(GOOD | {name: text})
    assert refused.value.message == "This is needed." and refused.value.remedy


def test_every_field_that_cannot_be_read_is_named_at_once() -> None:
    with pytest.raises(InvalidInputs) as refused:
        told(GOOD | {"amount_fen": "", "count": "many", "way": "shells", "title": ""})
    assert [error.field for error in refused.value.errors] == ["amount_fen", "count", "way", "title"]


def test_a_place_is_refused_at_its_field_when_it_is_left_empty() -> None:
    def go(acting: object, /, *, place_id: UUID) -> None:
        """An act that takes a place."""

    with pytest.raises(InvalidInput) as refused:
        arguments_typed(Deed(go), {"place": " "}, known={})
    assert (refused.value.field, refused.value.message) == ("place", "This is needed.")
