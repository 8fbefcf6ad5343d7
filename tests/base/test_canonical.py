"""Canonical JSON against the package rfc8785 and the vectors of RFC 8785."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tianqu.base.canonical import INTEGER_MAX, canonical_bytes, known_bytes, plain
from tianqu.base.errors import InvalidInput

ascii_keys = st.text(st.characters(max_codepoint=127), max_size=12)
texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = st.one_of(st.none(), st.booleans(), st.integers(-INTEGER_MAX, INTEGER_MAX), texts)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(ascii_keys, inner, max_size=6), max_leaves=25
)


@given(values)
def test_it_writes_what_the_reference_package_writes(value: Any) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(values, st.uuids())
def test_what_is_known_to_be_canonical_is_written_the_same(value: Any, identifier: UUID) -> None:
    assert known_bytes(value) == canonical_bytes(value)
    assert known_bytes({"of": [identifier, value]}) == canonical_bytes({"of": [str(identifier), value]})


@given(values)
def test_it_reads_back_and_is_stable(value: Any) -> None:
    written = canonical_bytes(value)
    assert json.loads(written) == value
    assert canonical_bytes(json.loads(written)) == written


def test_the_strings_of_the_rfc() -> None:
    """RFC 8785, section 3.2.2: the string and the literals of the example, and section 3.2.3's order of ASCII keys."""
    value = {"string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/", "literals": [None, True, False]}
    expected = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical_bytes(value) == expected.encode()
    assert canonical_bytes({"1": 1, "\r": 2, "</script>": 3, "\u0080"[:0]: 4}) == (
        b'{"":4,"\\r":2,"1":1,"</script>":3}'
    )


@pytest.mark.parametrize(
    "value",
    [
        1.0, float("nan"), INTEGER_MAX + 1, -INTEGER_MAX - 1, "\ud800", {"€": 1}, {1: 2}, b"bytes", {1, 2},
        date(2026, 1, 1), UUID(int=0), Decimal(1), [[1.5]], {"a": {"b": 2.5}}, {"\ud800": 1},
    ],
)  # fmt: skip
def test_what_would_not_hash_the_same_everywhere_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput):
        canonical_bytes(value)


def test_what_is_too_deep_or_holds_itself_is_refused() -> None:
    deep: list[Any] = []
    for _level in range(2000):
        deep = [deep]
    with pytest.raises(InvalidInput):
        canonical_bytes(deep)
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(InvalidInput, match="holds itself"):
        canonical_bytes(endless)


class Colour(StrEnum):
    RED = "red"


def test_plain_makes_things_ready() -> None:
    at = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    value = {"colour": Colour.RED, "id": UUID(int=1), "amount": Decimal("1.50"), "at": at, "days": (date(2026, 1, 2),)}
    assert canonical_bytes(plain(value)) == (
        b'{"amount":"1.50","at":"2026-11-22T08:30:00+00:00","colour":"red","days":["2026-01-02"],'
        b'"id":"00000000-0000-0000-0000-000000000001"}'
    )
    assert canonical_bytes({"colour": Colour.RED}) == b'{"colour":"red"}'
    with pytest.raises(InvalidInput):
        plain(object())
