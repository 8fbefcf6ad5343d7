"""Units and places through the administrator's pages."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from tests.web.administration.conftest import county_administrator
from tests.web.conftest import signed_in
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.places.api import Account, Place, Unit, load_places, place_called, place_today, unit_called

pytestmark = pytest.mark.django_db
UNITS, PLACES = "/administration/units/", "/administration/places/"


def test_unit_is_created_changed_and_closed_with_a_successor(administrator: Client) -> None:
    form = {
        "code": "parks", "name": "德城区园林局", "name_en": "Decheng Parks Bureau", "kind": "parks",
        "place_id": "Decheng", "parent_id": "", "phone": "", "on": "2024-01-01",
    }  # fmt: skip
    answer = administrator.post(f"{UNITS}new/", form)
    assert answer.status_code == 302, answer.content.decode()
    parks = unit_called("parks")
    assert "Decheng Parks Bureau" in administrator.get(UNITS, {"q": "Parks"}).content.decode()
    changed = {"name": "德城区绿化局", "name_en": "", "place_id": "371402", "parent_id": "roads", "phone": "0534-1"}
    assert administrator.post(f"{UNITS}{parks.id}/change/", changed).status_code == 302
    closing = {"on": "2025-01-01", "successor_id": "roads"}
    assert administrator.post(f"{UNITS}{parks.id}/close/", closing).status_code == 302
    parks = Unit.objects.get(id=parks.id)
    assert (parks.name, parks.valid_to, parks.successor_id) == (
        "德城区绿化局",
        date(2025, 1, 1),
        unit_called("roads").id,
    )
    page = administrator.get(f"{UNITS}{parks.id}/").content.decode()
    assert "Successor" in page and "Decheng Roads Bureau" in page
    again = administrator.post(f"{UNITS}{parks.id}/close/", closing)
    assert again.status_code == 409 and "closes on" in again.content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "water"}, "A unit with the code water exists already."),
        ({"place_id": "Atlantis"}, "Nothing is called Atlantis."),
        ({"kind": "Big Office"}, "Big Office cannot be a kind."),
        ({"on": "soon"}, "soon is not a date."),
    ],
)
def test_unit_is_refused_at_the_field(administrator: Client, changes: dict[str, str], sentence: str) -> None:
    form = {"code": "parks", "name": "园林局", "kind": "parks", "place_id": "371402", "on": ""} | changes
    answer = administrator.post(f"{UNITS}new/", form)
    assert answer.status_code in (400, 409)
    assert sentence in answer.content.decode() and "is-invalid" in answer.content.decode()
    assert not Unit.objects.filter(code="parks").exists()


def test_place_is_renamed_merged_and_found(administrator: Client) -> None:
    load_places(
        SYSTEM,
        rows=[{"code": "371403", "name": "陵城区", "name_en": "Lingcheng", "kind": "county", "parent": "3714"}],
    )
    place = place_called("371403")
    assert "Lingcheng" in administrator.get(PLACES, {"q": "Lingcheng"}).content.decode()
    form = {"name": "新陵区", "name_en": "New Ling", "on": "2024-06-01"}
    assert administrator.post(f"{PLACES}{place.id}/rename/", form).status_code == 302
    renamed = place_called("371403")
    assert renamed.name == "新陵区"
    merging = {"into_id": "Decheng", "on": "2025-06-01"}
    assert administrator.post(f"{PLACES}{renamed.id}/merge/", merging).status_code == 302
    assert place_today(place.id).code == "371402"
    assert "Decheng" in administrator.get(f"{PLACES}{renamed.id}/").content.decode()


def test_place_with_units_is_not_closed_without_a_successor(administrator: Client) -> None:
    place = place_called("371402")
    answer = administrator.post(f"{PLACES}{place.id}/close/", {"on": "2025-01-01", "successor_id": ""})
    assert answer.status_code == 409
    assert "units still answer for the place 371402" in answer.content.decode()
    assert Place.objects.get(id=place.id).valid_to is None


def test_others_can_do_none_of_it(clerk: Account, resident: Account) -> None:
    unit, place = unit_called("water"), place_called("371402")
    addresses = [
        UNITS, f"{UNITS}new/", f"{UNITS}{unit.id}/", f"{UNITS}{unit.id}/change/", f"{UNITS}{unit.id}/close/",
        PLACES, f"{PLACES}{place.id}/", f"{PLACES}{place.id}/rename/", f"{PLACES}{place.id}/merge/",
        f"{PLACES}{place.id}/close/",
    ]  # fmt: skip
    for account in (clerk, resident):
        browser = signed_in(account)
        for address in addresses:
            assert browser.get(address).status_code == 403, address
            assert browser.post(address, {"on": "2025-01-01"}).status_code == 403, address
    assert Unit.objects.get(id=unit.id).valid_to is None and Place.objects.get(id=place.id).valid_to is None


def test_pages_are_read_in_chinese(administrator: Client) -> None:
    unit, place = unit_called("water"), place_called("371402")
    for address, words in (
        (UNITS, "新建单位"), (f"{UNITS}{unit.id}/close/", "接替者"), (f"{PLACES}{place.id}/", "下辖地区"),
        (f"{PLACES}{place.id}/merge/", "并入"),
    ):  # fmt: skip
        page = administrator.get(address, headers={"accept-language": "zh-hans"}).content.decode()
        assert words in page, address


def test_place_is_added_moved_and_split_with_its_history(administrator: Client) -> None:
    county = place_called("371402")
    adding = {
        "code": "371402001", "name": "新湖街道", "name_en": "Xinhu", "kind": "township", "on": "2024-01-01",
        "lon": "116.3074", "lat": "37.4513",
    }  # fmt: skip
    assert administrator.post(f"{PLACES}{county.id}/add/", adding).status_code == 302
    wrong = administrator.post(f"{PLACES}{county.id}/add/", adding | {"code": "x", "lon": "east"})
    assert wrong.status_code == 400 and "east is not a number." in wrong.content.decode()
    street = place_called("371402001")
    parts = "371402001; 新湖街道; Xinhu;\n371402002; 新华街道; Xinhua;"
    splitting = {"parts": parts, "on": "2025-01-01"}
    assert administrator.post(f"{PLACES}{street.id}/split/", splitting).status_code == 302
    page = administrator.get(f"{PLACES}{street.id}/").content.decode()
    assert "split" in page and "Xinhua" in page and "Name what followed it" in page
    assert "Forerunner" in administrator.get(f"{PLACES}{place_called('371402002').id}/").content.decode()
    naming = {"place_ids": "371402002", "kind": "merge"}
    assert administrator.post(f"{PLACES}{street.id}/successors/", naming).status_code == 302
    assert place_today(street.id).code == "371402002"
    moving = {"parent_id": "3714", "code": "", "on": "2025-06-01"}
    assert administrator.post(f"{PLACES}{place_called('371402002').id}/move/", moving).status_code == 302
    assert place_called("371402002").parent_id == place_called("3714").id
    broken = administrator.post(f"{PLACES}{county.id}/split/", {"parts": "371402", "on": "2025-07-01"})
    assert broken.status_code == 400 and "Line 1 does not give" in broken.content.decode()


def test_county_administrator_changes_nothing_outside(realm: None) -> None:
    county, prefecture = county_administrator(), place_called("3714")
    adding = {"code": "371499", "name": "外区", "kind": "county", "on": "2024-01-01"}
    assert county.post(f"{PLACES}{prefecture.id}/add/", adding).status_code == 403
    assert county.post(f"{PLACES}{prefecture.id}/rename/", {"name": "新市", "on": "2024-01-01"}).status_code == 403
    inside = adding | {"code": "371402009", "kind": "township"}
    assert county.post(f"{PLACES}{place_called('371402').id}/add/", inside).status_code == 302


def test_place_shows_what_lies_in_it_and_every_act_upon_it(administrator: Client) -> None:
    prefecture = place_called("3714")
    page = administrator.get(f"{PLACES}{prefecture.id}/").content.decode()
    assert f'href="{PLACES}{place_called("371402").id}/"' in page and "Nothing lies in it" not in page
    for act in ("rename", "merge", "move", "split", "close", "add"):
        assert f'href="{PLACES}{prefecture.id}/{act}/"' in page, act


def test_kind_of_unit_is_called_by_words(administrator: Client) -> None:
    page = administrator.get(f"{UNITS}{unit_called('water').id}/").content.decode()
    assert "Water Bureau (water)" in page
    assert "Water Bureau" in administrator.get("/administration/rules/new/").content.decode()
