"""What stops a register from starting, each in a sentence; and how what is typed is read or refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.kernel.pack.api import (
    PackFaults,
    Register,
    RegisterColumn,
    check_packs,
    count_given,
    day_given,
    fen_given,
    id_given,
    kind_of,
    mark_given,
    minute_given,
    moment_given,
)
from tianqu.packs.culture.pack import PACK
from tianqu.packs.culture.registers.declared import CONTRACTS, TROUPES, WORKS
from tianqu.packs.culture.theatre.acts import declare_theatre

TITLE = _("Home")


def faults(register: Register) -> str:
    others = tuple(each for each in PACK.registers if each.code != register.code)
    with pytest.raises(PackFaults) as refused:
        check_packs([replace(PACK, registers=(*others, register))])
    return str(refused.value)


def with_column(name: str, **changes: Any) -> Callable[[Register], Register]:
    def changed(register: Register) -> Register:
        columns = tuple(replace(one, **changes) if one.name == name else one for one in register.columns)
        return replace(register, columns=columns)

    return changed


@pytest.mark.parametrize(
    ("register", "sentence"),
    [
        (replace(TROUPES, permission=""), "says no permission; give one, or EVERYBODY."),
        (replace(TROUPES, title="Troupes"), "says the title as 'Troupes', which is not translated"),
        (replace(TROUPES, address="/desk/troupes/"), "begins or ends with a slash"),
        (replace(TROUPES, page="nowhere"), "shows a row on the page nowhere, which is not declared."),
        (replace(TROUPES, code="desk"), "has the name of the page desk"),
        (replace(TROUPES, key="colour"), "is sorted or keyed by colour, which Troupe does not keep."),
        (replace(TROUPES, filters=("colour",)), "is narrowed by colour, which is none of its columns."),
        (replace(TROUPES, filters=(RegisterColumn("near", TITLE),)), "is narrowed by near, which nothing understands"),
        (replace(TROUPES, declares=with_column), "declares a row by with_column, which is no act."),
        (replace(TROUPES, declares=None, imports=True), "is read from sheets, but no act declares a row."),
        (replace(TROUPES, sent="troupe"), "a line sent again is two."),
        (replace(TROUPES, declares=declare_theatre), "has no column for venue, which culture.declare_theatre wants."),
        (replace(TROUPES, columns=TROUPES.columns * 2), "has two columns called name."),
        (with_column("name", at="colour")(TROUPES), "shows colour, which Troupe does not have."),
        (with_column("name", kind="colour")(TROUPES), "of the kind 'colour'; the kinds are text,"),
        (with_column("genre", choices=(), kind="choice")(WORKS), "lets one choose genre and names no choices."),
        (with_column("name", keyword="colour")(TROUPES), "for colour, which no act takes that declares a row."),
        (with_column("offers", parts=CONTRACTS.columns[:1])(CONTRACTS), "whose parts are not those of what"),
    ],
)  # fmt: skip
def test_what_is_no_register(register: Register, sentence: str) -> None:
    assert sentence in faults(register)


def test_two_pages_at_one_address() -> None:
    with pytest.raises(PackFaults, match="have one address: culture/works/"):
        check_packs([replace(PACK, registers=(*PACK.registers, replace(WORKS, code="other")))])


def test_kinds_come_from_the_act_and_the_table() -> None:
    kinds = {each.name: kind_of(CONTRACTS, each) for each in CONTRACTS.columns}
    assert kinds == {
        "number": "text", "troupe": "row", "starts_on": "date", "ends_on": "date", "rating_floor": "number",
        "raters_least": "number", "offers": "lines",
    }  # fmt: skip
    told = {each.name: kind_of(WORKS, each) for each in WORKS.columns}
    assert (told["place_path"], told["stage"], told["is_open"], told["words"]) == (
        "place",
        "choices",
        "yes_no",
        "long_text",
    )


@dataclass(frozen=True)
class Reading:
    """How one kind of field is read, what it takes, and what it refuses."""

    read: Callable[[dict[str, str], str], object]
    taken: tuple[tuple[str, object], ...]
    refused: tuple[str, ...]


READINGS = (
    Reading(day_given, (("2026-03-09", date(2026, 3, 9)), ("２０２６年3月9日", date(2026, 3, 9))), ("", "2026-02-30")),
    Reading(fen_given, (("1,234.5", 123450), ("３元", 300), ("0", 0)), ("", "-1", "1.234", "much", "9" * 30)),
    Reading(count_given, (("1,234", 1234), ("０", 0)), ("", "-1", "1.5", "9" * 9, "٣٣٣x")),
    Reading(minute_given, (("19:30", 1170), ("00:00", 0)), ("", "24:00", "7:30", "19:60", "noon")),
    Reading(id_given, ((str(UUID(int=7)), UUID(int=7)),), ()),
    Reading(mark_given, (("", None), (str(UUID(int=7)), UUID(int=7))), ("x",)),
)  # fmt: skip


@pytest.mark.parametrize("reading", READINGS, ids=lambda one: one.read.__name__)
def test_what_is_typed(reading: Reading) -> None:
    for text, value in reading.taken:
        assert reading.read({"field": f" {text} "}, "field") == value
    for text in reading.refused:
        with pytest.raises(TianquError) as refused:
            reading.read({"field": text}, "field")
        assert refused.value.field == "field"


def test_a_moment_of_two_fields() -> None:
    moment = moment_given({"day": "2026-03-09", "time": "19:30"})
    assert moment == datetime(2026, 3, 9, 11, 30, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="no day with a time"):
        moment_given({"day": "2026-03-09", "time": "25:00"})
    with pytest.raises(InvalidInput, match=r"needed\. Choose a day, and times"):
        moment_given({"day": "2026-03-09"})
