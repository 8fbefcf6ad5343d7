"""The tree of places as it changes: renamed, merged, split, moved, closed, and resolved to today."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kernel.places.prefecture import CHANGE_DAY, Prefecture
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooLarge
from tianqu.kernel.journal.api import ANYBODY, SYSTEM
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.places import api

DAY = date(2026, 3, 1)


def names(places: list[api.Place]) -> list[str]:
    return [place.name for place in places]


def test_a_vanished_village_is_todays_community(prefecture: Prefecture) -> None:
    old = prefecture.places["P101001"]
    assert api.place_today(old.id).code == "P101009"
    assert api.place_today(old.id, on=date(2022, 1, 1)) == old
    assert api.full_names([old.id])[old.id].shown("zh-hans") == "德州市德城区新湖街道张庄村委会"
    assert api.full_names([old.id])[old.id].shown("en") == "Zhangzhuang, Xinhu, Decheng, Dezhou"


def test_a_renamed_place_keeps_its_old_name_in_the_past(prefecture: Prefecture) -> None:
    county = prefecture.places["P1"]
    renamed = api.rename_place(SYSTEM, place_id=county.id, name="天衢区", name_en="Tianqu", on=DAY)
    assert api.place_today(county.id).id == renamed
    assert api.place_with(county.id).name == "德城区"
    assert api.place_called("P1", on=date(2026, 2, 28)).name == "德城区"
    assert api.place_called("P1", on=DAY).name == "天衢区"
    township = api.place_called("P101")
    assert township.parent_id == renamed and township.path == "P.P1.P101"
    housing = api.unit_for("housing_bureau", township)
    assert housing is not None and housing.code == "c1.housing"


def test_what_is_too_much_for_one_act_is_refused_and_not_left_out(
    prefecture: Prefecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tianqu.kernel.places.tree.MOVED_MAX", 1)
    county = prefecture.places["P1"]
    with pytest.raises(TooLarge):
        api.rename_place(SYSTEM, place_id=county.id, name="天衢区", name_en="Tianqu", on=DAY)
    assert api.place_called("P1", on=DAY).name == "德城区"
    assert api.place_called("P102", on=DAY).parent_id == county.id


def test_merged_townships_bring_their_villages_and_units(prefecture: Prefecture) -> None:
    gone, into = prefecture.places["P102"], prefecture.places["P101"]
    api.merge_places(SYSTEM, place_ids=[gone.id], into_id=into.id, on=DAY)
    village = api.place_today(prefecture.places["P102001"].id)
    assert village.path == "P.P1.P101.P102001"
    assert api.place_today(gone.id, on=DAY) == into
    unit = api.unit_today(prefecture.units["t102"].id, on=DAY)
    assert unit.code == "t101"
    assert api.unit_today(prefecture.units["t102"].id, on=date(2025, 1, 1)).code == "t102"
    assert api.unit_for("township_government", prefecture.places["P102001"]) == unit


def test_who_answers_for_the_new_place_sees_what_was_done_in_the_old(prefecture: Prefecture) -> None:
    head = prefecture.person("t101", "test_head")
    assert api.actor_of(head, channel="web").scope.place_paths == ("P.P1.P101",)
    gone, into = prefecture.places["P201"], prefecture.places["P101"]
    api.merge_places(SYSTEM, place_ids=[gone.id], into_id=into.id, on=DAY)
    scope = api.actor_of(head, channel="web").scope
    assert scope.place_paths == ("P.P1.P101", "P.P2.P201")
    assert prefecture.units["t201"].id in scope.unit_ids


def test_the_journal_last_said_what_each_place_and_unit_is(prefecture: Prefecture) -> None:
    api.rename_place(SYSTEM, place_id=prefecture.places["P1"].id, name="天衢区", on=DAY)
    api.move_place(SYSTEM, place_id=prefecture.places["P102"].id, parent_id=prefecture.places["P2"].id, on=DAY)
    parts = [api.PlacePart("P201", "城东镇", children=("P201001",)), api.PlacePart("P202", "城西镇")]
    api.split_place(SYSTEM, place_id=prefecture.places["P201"].id, parts=parts, on=DAY)

    def last_said(subject: str) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(Entry.objects.filter(subject=subject).latest("id").body)["after"]
        return said

    for unit in api.Unit.objects.all():
        assert last_said(f"unit:{unit.id}")["place"] == str(unit.place_id), unit.code
    for place in api.Place.objects.exclude(parent=None):
        assert last_said(f"place:{place.id}")["parent"] == str(place.parent_id), place.code


def test_a_split_place_resolves_to_the_place_above(prefecture: Prefecture) -> None:
    township = prefecture.places["P101"]
    parts = [api.PlacePart("P103", "东街道", children=("P101009",)), api.PlacePart("P104", "西街道")]
    with pytest.raises(Conflict, match="still answer"):
        api.split_place(SYSTEM, place_id=township.id, parts=parts, on=DAY)
    kept = [api.PlacePart("P101", "东街道", children=("P101009",)), api.PlacePart("P104", "西街道")]
    first, _second = api.split_place(SYSTEM, place_id=township.id, parts=kept, on=DAY)
    assert api.place_today(township.id).id == first
    api.split_place(
        SYSTEM,
        place_id=prefecture.places["P102001"].id,
        parts=[api.PlacePart("X1", "东王"), api.PlacePart("X2", "西王")],
        on=DAY,
    )
    assert api.place_today(prefecture.places["P102001"].id).code == "P102"


def test_every_child_must_lie_in_a_part(prefecture: Prefecture) -> None:
    parts = [api.PlacePart("P101", "东街道"), api.PlacePart("P104", "西街道")]
    with pytest.raises(InvalidInput, match="P101009"):
        api.split_place(SYSTEM, place_id=prefecture.places["P101"].id, parts=parts, on=DAY)


def test_a_place_moves_with_all_in_it_and_not_into_itself(prefecture: Prefecture) -> None:
    township, county = prefecture.places["P101"], prefecture.places["P2"]
    with pytest.raises(InvalidInput, match="into itself"):
        api.move_place(SYSTEM, place_id=township.id, parent_id=prefecture.places["P101009"].id, on=DAY)
    api.move_place(SYSTEM, place_id=township.id, parent_id=county.id, on=DAY)
    village = api.place_today(prefecture.places["P101001"].id)
    assert village.path == "P.P2.P101.P101009"
    assert names(list(api.places_under("P.P2.P101"))) == ["新湖街道", "张李社区居委会"]
    assert names(list(api.places_under("P.P1.P101", on=date(2022, 1, 1)))) == ["新湖街道", "张庄村委会", "李庄村委会"]


def test_a_place_with_places_or_units_does_not_just_close(prefecture: Prefecture) -> None:
    with pytest.raises(Conflict, match="still lie in"):
        api.close_place(SYSTEM, place_id=prefecture.places["P101"].id, on=DAY)
    village = prefecture.places["P101009"]
    with pytest.raises(Conflict, match="still answer"):
        api.close_place(SYSTEM, place_id=village.id, on=DAY)
    api.close_place(SYSTEM, place_id=village.id, on=DAY, successor_id=prefecture.places["P102001"].id)
    assert api.place_today(prefecture.places["P101002"].id).code == "P102001"
    assert api.unit_with(prefecture.units["v101009"].id).place_id == prefecture.places["P102001"].id


def test_successions_do_not_lead_in_a_circle(prefecture: Prefecture) -> None:
    one, two = prefecture.places["P102001"], prefecture.places["P201001"]
    with pytest.raises(InvalidInput, match="merged into another"):
        api.merge_places(SYSTEM, place_ids=[one.id], into_id=one.id, on=DAY)
    api.merge_places(SYSTEM, place_ids=[one.id], into_id=two.id, on=DAY)
    with pytest.raises(Conflict, match="closes on"):
        api.merge_places(SYSTEM, place_ids=[two.id], into_id=one.id, on=date(2026, 4, 1))
    with pytest.raises(InvalidInput, match="does not hold"):
        api.name_successors(SYSTEM, place_id=one.id, place_ids=[one.id], kind="merge")
    api.name_successors(SYSTEM, place_id=one.id, place_ids=[prefecture.places["P102"].id], kind="merge")
    assert api.place_today(one.id).code == "P102"


def test_dates_beyond_all_sense_are_refused(prefecture: Prefecture) -> None:
    for day in (date(1899, 1, 1), date(2999, 1, 1)):
        with pytest.raises(InvalidInput, match="cannot be right"):
            api.rename_place(SYSTEM, place_id=prefecture.places["P1"].id, name="天衢区", on=day)


def test_only_who_may_changes_places_and_only_within_reach(prefecture: Prefecture) -> None:
    county = prefecture.places["P1"]
    clerk = api.actor_of(prefecture.person("t101", "test_clerk"), channel="web")
    keeper = api.actor_of(prefecture.person("city", "test_keeper"), channel="web")
    for actor in (ANYBODY, clerk):
        with pytest.raises(NotPermitted):
            api.rename_place(actor, place_id=county.id, name="天衢区", on=DAY)
    with pytest.raises(NotPermitted):
        api.add_place(keeper, parent_id=None, code="Q", name="邻市", kind="prefecture")
    api.rename_place(keeper, place_id=county.id, name="天衢区", on=DAY)


def test_finding_by_name_english_and_code(prefecture: Prefecture) -> None:
    assert names(api.find_places("庄")) == ["王庄村委会", "赵庄村委会"]
    assert names(api.find_places("庄", with_past=True)) == ["张庄村委会", "李庄村委会", "王庄村委会", "赵庄村委会"]
    assert names(api.find_places("ningjin")) == ["宁津县", "宁津镇"]
    assert names(api.find_places("P201")) == ["宁津镇", "赵庄村委会"]
    assert names(api.find_places("庄", under="P.P2")) == ["赵庄村委会"]
    assert names(api.find_places("宁津", kind="township")) == ["宁津镇"]
    assert api.find_places("  ") == [] and api.find_places("无此地方") == []
    assert names(api.find_places("100%")) == [] and names(api.find_places("Zhaozhuong")) == ["赵庄村委会"]


def test_the_nearest_unit_answers(prefecture: Prefecture) -> None:
    village = prefecture.places["P102001"]
    codes = {
        kind: unit.code if (unit := api.unit_for(kind, village)) else None
        for kind in ("housing_bureau", "hotline_centre", "township_government", "village_committee")
    }
    assert codes == {
        "housing_bureau": "c1.housing",
        "hotline_centre": "city.centre",
        "township_government": "t102",
        "village_committee": None,
    }
    old = prefecture.places["P101001"]
    committee = api.unit_for("village_committee", old)
    assert committee is not None and committee.code == "v101009"
    then = api.unit_for("village_committee", old, on=date(2022, 1, 1))
    assert then is not None and then.code == "v101001"
    assert api.unit_today(prefecture.units["v101001"].id).code == "v101009"


def test_unknown_places_are_not_found(prefecture: Prefecture) -> None:
    with pytest.raises(NotFound):
        api.place_today(prefecture.units["city"].id)
    with pytest.raises(NotFound):
        api.place_called("P101001", on=CHANGE_DAY)
    with pytest.raises(InvalidInput):
        api.places_under("P; DROP TABLE")


CHANGES = st.lists(
    st.tuples(st.sampled_from(["rename", "merge", "move"]), st.integers(0, 100), st.integers(0, 100)),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_whatever_happens_every_old_place_is_some_place_today(
    prefecture: Prefecture, changes: list[tuple[str, int, int]]
) -> None:
    """Random renamings, mergers and moves: each place ever known resolves, and paths follow parents."""
    day = date(2026, 1, 1)
    undone = transaction.atomic()
    undone._from_testcase = True  # type: ignore[attr-defined]  # as Django marks its own, so that acts run in it
    with undone:
        for step, (change, one, two) in enumerate(changes):
            day = date(2026, 2 + step, 2)
            rows = list(api.Place.objects.filter(valid_to=None).exclude(parent=None).order_by("code"))
            place, other = rows[one % len(rows)], rows[two % len(rows)]
            with suppress(Conflict, InvalidInput):
                change_tree(change, place, other, day)
        check_tree(day)
        transaction.set_rollback(True)


def change_tree(change: str, place: api.Place, other: api.Place, day: date) -> None:
    if change == "rename":
        api.rename_place(SYSTEM, place_id=place.id, name=f"新{place.name[:20]}", on=day)
    elif change == "merge":
        api.merge_places(SYSTEM, place_ids=[place.id], into_id=other.id, on=day)
    else:
        api.move_place(SYSTEM, place_id=place.id, parent_id=other.id, on=day)


def check_tree(day: date) -> None:
    for place in api.Place.objects.all():
        assert api.place_today(place.id, on=day).holds_on(day)
    for place in api.Place.objects.filter(valid_to=None).exclude(parent=None):
        assert place.parent is not None and place.parent.valid_to is None
        assert place.path == f"{place.parent.path}.{place.code}"
    for unit in api.Unit.objects.filter(valid_to=None).select_related("place"):
        assert unit.place.valid_to is None
    for unit in api.Unit.objects.all():
        assert api.unit_today(unit.id, on=day).holds_on(day)
