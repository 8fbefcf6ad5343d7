"""The register of land: what holds on which day, the area that is kept, and what is refused in words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TianquError, TooLarge
from tianqu.base.identifiers import new_identifier
from tianqu.packs.village import acts
from tianqu.packs.village.queries import ParcelFilters, land_sums, parcel_detail, parcel_list
from tianqu.packs.village.registers.land import NewPart, ParcelFacts, checked_boundary
from tianqu.packs.village.rules.facts import LandClass
from tianqu.packs.village.tests.villages import ARABLE, DAY, LATER, Villages

SQUARE = {"type": "Polygon", "coordinates": [[[116.3, 37.4], [116.4, 37.4], [116.4, 37.5], [116.3, 37.4]]]}


def test_a_boundary_nested_without_end_is_refused_in_words() -> None:
    deep: Any = 116.3
    for _depth in range(5_000):
        deep = [deep]
    for coordinates in (deep, [deep], [[deep, deep, deep, deep]]):
        for kind in ("Polygon", "MultiPolygon"):
            with pytest.raises(InvalidInput):
                checked_boundary({"type": kind, "coordinates": coordinates})
    assert checked_boundary(SQUARE) == SQUARE


def parts(*areas: int, first: int = 1) -> list[NewPart]:
    return [NewPart(new_identifier(), f"1-{number}", area) for number, area in enumerate(areas, first)]


def split(villages: Villages, parcel_id: Any, given: list[NewPart], **more: Any) -> Any:
    told = {"change_id": new_identifier(), "day": LATER, "reason": "分户"} | more
    return acts.split_parcel(villages.accountant, parcel_id=parcel_id, parts=given, **told)


def test_a_parcel_is_what_it_was_on_each_day(villages: Villages) -> None:
    parcel_id = villages.parcel(area_mu_4=100_000, name="南洼", use="小麦", boundary=SQUARE)
    acts.correct_parcel(
        villages.accountant, parcel_id=parcel_id, change_id=new_identifier(), day=LATER, reason="复测",
        facts=ParcelFacts(100_001, ARABLE, name="南洼", idle=True),
    )  # fmt: skip

    def on(day: date) -> list[tuple[int, bool]]:
        page = parcel_list(villages.accountant, filters=ParcelFilters(on=day))
        return [(row.area_mu_4, row.idle) for row in page.rows]

    assert on(DAY - timedelta(days=1)) == []
    assert on(DAY) == on(LATER - timedelta(days=1)) == [(100_000, False)]
    assert on(LATER) == on(timezone.localdate()) == [(100_001, True)]
    detail = parcel_detail(villages.accountant, parcel_id=parcel_id)
    assert [version.opened_by.kind for version in detail.versions] == ["corrected", "registered"]
    assert detail.versions[1].boundary == SQUARE


def test_a_correction_of_the_first_day_leaves_what_it_replaced_without_days(villages: Villages) -> None:
    parcel_id = villages.parcel(area_mu_4=100_000)
    acts.correct_parcel(
        villages.accountant, parcel_id=parcel_id, change_id=new_identifier(), day=DAY, reason="录错",
        facts=ParcelFacts(10_000, ARABLE),
    )  # fmt: skip
    page = parcel_list(villages.accountant, filters=ParcelFilters(on=DAY))
    assert [row.area_mu_4 for row in page.rows] == [10_000]
    versions = parcel_detail(villages.accountant, parcel_id=parcel_id).versions
    assert [(one.area_mu_4, one.valid_to) for one in versions] == [(10_000, None), (100_000, DAY)]


def test_splitting_and_merging_keep_the_area_exactly(villages: Villages) -> None:
    whole = villages.parcel(area_mu_4=123_457)
    made = split(villages, whole, parts(41_152, 41_152, 41_153))
    assert villages.area() == 123_457
    with pytest.raises(InvalidInput) as refused:
        acts.merge_parcels(
            villages.accountant, parcel_ids=made, into_id=new_identifier(), number="2", change_id=new_identifier(),
            day=LATER, facts=ParcelFacts(123_456, ARABLE), reason="并",
        )  # fmt: skip
    assert (refused.value.field, refused.value.value) == ("area_mu_4", 123_456) and refused.value.remedy
    into = acts.merge_parcels(
        villages.accountant, parcel_ids=made, into_id=new_identifier(), number="2", change_id=new_identifier(),
        day=LATER, facts=ParcelFacts(123_457, ARABLE), reason="并",
    )  # fmt: skip
    assert villages.area() == 123_457
    detail = parcel_detail(villages.accountant, parcel_id=into)
    assert {parcel.id for parcel in detail.came_from} == set(made)
    assert {parcel.id for parcel in parcel_detail(villages.accountant, parcel_id=whole).became} == set(made)
    sums = land_sums(villages.accountant, filters=ParcelFilters())
    assert [(one.land_class, one.parcels, one.area_mu_4) for one in sums] == [("arable", 1, 123_457)]


def test_the_same_sent_twice_changes_nothing(villages: Villages) -> None:
    told: dict[str, Any] = {
        "place_id": villages.place_id, "parcel_id": new_identifier(), "number": "7", "day": DAY,
        "facts": ParcelFacts(5, ARABLE, boundary=SQUARE),
    }  # fmt: skip
    assert acts.register_parcel(villages.accountant, **told) == acts.register_parcel(villages.accountant, **told)
    with pytest.raises(Conflict, match="identifier"):
        acts.register_parcel(villages.accountant, **(told | {"number": "8"}))
    given, change_id = parts(2, 3), new_identifier()
    made = split(villages, told["parcel_id"], given, change_id=change_id)
    assert split(villages, told["parcel_id"], given, change_id=change_id) == made
    with pytest.raises(Conflict, match="identifier"):
        split(villages, told["parcel_id"], parts(1, 4), change_id=change_id)
    assert villages.area() == 5
    with pytest.raises(NotFound):  # who cannot see the village is told of no identifier
        acts.register_parcel(villages.stranger, **told)
    with pytest.raises(Conflict, match="identifier"):
        acts.register_parcel(villages.stranger, **(told | {"place_id": villages.other_place_id}))


def test_one_identifier_for_two_changes_at_once_is_named(villages: Villages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither sees that the other was sent; the second to be written is told which of its identifiers is taken."""
    monkeypatch.setattr(acts, "sent_before", lambda *given, **more: False)
    told: dict[str, Any] = {
        "change_id": new_identifier(), "day": LATER, "facts": ParcelFacts(5, ARABLE), "reason": "重测",
    }  # fmt: skip
    acts.correct_parcel(villages.accountant, parcel_id=villages.parcel("1"), **told)
    second = villages.parcel("2")
    with pytest.raises(Conflict, match="identifier") as refused:
        acts.correct_parcel(villages.accountant, parcel_id=second, **told)
    assert refused.value.field == "change_id"


@pytest.mark.parametrize(
    ("error", "field", "changed"),
    [
        (InvalidInput, "area_mu_4", {"facts": ParcelFacts(0, ARABLE)}),
        (InvalidInput, "area_mu_4", {"facts": ParcelFacts(10**16, ARABLE)}),
        (InvalidInput, "number", {"number": " "}),
        (TooLarge, "number", {"number": "1" * 41}),
        (Conflict, "number", {"number": "1"}),
        (InvalidInput, "day", {"day": date(2190, 1, 1)}),
        (InvalidInput, "day", {"day": date(1949, 9, 30)}),
        (InvalidInput, "boundary", {"facts": ParcelFacts(5, ARABLE, boundary={"type": "Point"})}),
        (InvalidInput, "boundary", {"facts": ParcelFacts(5, ARABLE, boundary={
            "type": "Polygon", "coordinates": [[[116.3, 37.4], [116.4, 37.4], [116.4, 37.5], [116.2, 37.4]]]})}),
        (InvalidInput, "boundary", {"facts": ParcelFacts(5, ARABLE, boundary={
            "type": "Polygon", "coordinates": [[[216.3, 37.4], [116.4, 37.4], [116.4, 37.5], [216.3, 37.4]]]})}),
    ],
)  # fmt: skip
def test_a_parcel_that_cannot_be_is_refused(villages: Villages, error: Any, field: str, changed: Any) -> None:
    villages.parcel("1")
    told: dict[str, Any] = {
        "place_id": villages.place_id, "parcel_id": new_identifier(), "number": "2", "day": DAY,
        "facts": ParcelFacts(5, ARABLE),
    }  # fmt: skip
    with pytest.raises(error) as refused:
        acts.register_parcel(villages.accountant, **(told | changed))
    assert refused.value.field == field
    assert acts.register_parcel(villages.accountant, **told)


def test_registers_are_kept_by_villages(villages: Villages) -> None:
    clerk = villages.post("t102", "village_accountant")
    with pytest.raises(InvalidInput) as refused:
        villages.parcel(actor=clerk, place_id=villages.prefecture.places["P102"].id)
    assert refused.value.field == "place_id"
    assert villages.parcel(actor=clerk)


def test_what_is_under_contract_is_not_split_or_merged(villages: Villages) -> None:
    parcel_id = villages.parcel(area_mu_4=10)
    contract_id = villages.contract(parcel_ids=(parcel_id,), area_mu_4=10)
    with pytest.raises(Conflict) as refused:
        split(villages, parcel_id, parts(5, 5))
    assert refused.value.value == "C1"
    acts.end_contract(villages.accountant, contract_id=contract_id, on=LATER, reason="到期收回")
    assert len(split(villages, parcel_id, parts(5, 5))) == 2
    with pytest.raises(Conflict, match="no more"):
        split(villages, parcel_id, parts(5, 5, first=3))
    with pytest.raises(Conflict, match="no more"):
        villages.contract("C2", parcel_ids=(parcel_id,))


def test_merging_takes_one_class_and_different_parcels(villages: Villages) -> None:
    one, other = villages.parcel("1", 5), villages.parcel("2", 5, land_class=LandClass.FOREST)

    def merge(*parcel_ids: Any, area: int = 10) -> Any:
        return acts.merge_parcels(
            villages.accountant, parcel_ids=parcel_ids, into_id=new_identifier(), number="9", reason="并",
            change_id=new_identifier(), day=LATER, facts=ParcelFacts(area, ARABLE),
        )  # fmt: skip

    for given in ((one, other), (one,), (), (one, one)):
        with pytest.raises(InvalidInput) as refused:
            merge(*given)
        assert refused.value.field == "parcel_ids"
    third = villages.parcel("3", 5)
    assert merge(one, third)


def test_a_day_before_the_newest_entry_is_refused(villages: Villages) -> None:
    parcel_id = villages.parcel(area_mu_4=10)
    with pytest.raises(Conflict) as refused:
        split(villages, parcel_id, parts(5, 5), day=DAY - timedelta(days=1))
    assert refused.value.field == "day" and refused.value.parameters["since"] == DAY.isoformat()


def test_what_was_entered_in_error_is_struck_out_and_stays_readable(villages: Villages) -> None:
    parcel_id = villages.parcel()
    change_id = new_identifier()
    for _time in range(2):
        acts.strike_parcel(villages.accountant, parcel_id=parcel_id, change_id=change_id, reason="重复登记")
    assert parcel_list(villages.accountant, filters=ParcelFilters(on=DAY)).rows == []
    detail = parcel_detail(villages.accountant, parcel_id=parcel_id)
    assert detail.now is None and detail.versions[0].closed_by and detail.versions[0].closed_by.kind == "struck"


def test_lists_are_paged_and_filtered(villages: Villages) -> None:
    for number in range(7):
        villages.parcel(f"N{number}", idle=number % 2 == 1, name="北坡" if number == 3 else "")
    seen, after = [], None
    for _page in range(4):
        page = parcel_list(villages.accountant, filters=ParcelFilters(), after=after, limit=3)
        seen += [row.number for row in page.rows]
        after = page.after
        if after is None:
            break
    assert seen == [f"N{number}" for number in range(7)] and after is None

    def numbers(**filters: Any) -> list[str]:
        return [row.number for row in parcel_list(villages.accountant, filters=ParcelFilters(**filters)).rows]

    assert numbers(idle=True) == ["N1", "N3", "N5"]
    assert numbers(text="北坡") == numbers(text="N3") == ["N3"]
    assert numbers(land_class=LandClass.FOREST) == []
    with pytest.raises(NotFound):
        parcel_list(villages.accountant, filters=ParcelFilters(), after="nothing")


def test_the_next_village_sees_and_touches_nothing(villages: Villages) -> None:
    parcel_id = villages.parcel(area_mu_4=10)
    stranger = villages.stranger
    assert parcel_list(stranger, filters=ParcelFilters()).rows == []
    tries: list[Any] = [
        lambda: parcel_detail(stranger, parcel_id=parcel_id),
        lambda: acts.correct_parcel(
            stranger, parcel_id=parcel_id, change_id=new_identifier(), day=LATER, reason="x",
            facts=ParcelFacts(1, ARABLE),
        ),
        lambda: acts.split_parcel(
            stranger, parcel_id=parcel_id, change_id=new_identifier(), day=LATER, reason="x", parts=parts(5, 5)
        ),
        lambda: acts.strike_parcel(stranger, parcel_id=parcel_id, change_id=new_identifier(), reason="x"),
        lambda: villages.parcel("5", actor=stranger),
        lambda: villages.contract("C9", actor=stranger, place_id=villages.other_place_id, parcel_ids=(parcel_id,)),
    ]  # fmt: skip
    for attempt in tries:
        with pytest.raises(NotFound):
            attempt()
    assert villages.area() == 10
    with pytest.raises(NotPermitted):
        villages.parcel("5", actor=villages.villager)
    assert len(parcel_list(villages.villager, filters=ParcelFilters()).rows) == 1


def test_every_refusal_says_what_would_be_right(villages: Villages) -> None:
    parcel_id = villages.parcel(area_mu_4=10)
    for given in (parts(5, 4), parts(10), parts(5, 6), parts(10, 0)):
        with pytest.raises(TianquError) as refused:
            split(villages, parcel_id, given)
        assert refused.value.field in ("parts", "area_mu_4") and str(refused.value)
    assert villages.area() == 10
