"""Places are chosen by name: what a list offers while one types, and that an act is never done by a guess."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tianqu.base.errors import InvalidInput
from tianqu.kernel.journal.api import set_scope
from tianqu.packs.village.choosing import offered, place_meant, typed_as
from tianqu.packs.village.tests.test_register_pages import LAND, browser, text
from tianqu.packs.village.tests.villages import Villages

pytestmark = pytest.mark.django_db


def test_a_name_a_code_and_what_the_list_offers_mean_the_same(villages: Villages) -> None:
    place, actor = villages.prefecture.places["P102001"], villages.auditor
    set_scope(actor.scope)
    for said in (place.name, place.code, typed_as(place), f" {place.name}  "):
        assert place_meant(actor, said, field="village").code == "P102001"
    assert [one.value for one in offered(actor, place.name[:2])] == [typed_as(place)]
    assert offered(actor, typed_as(place)) == []  # it is chosen already


def test_nothing_beyond_the_reach_is_offered_or_meant(villages: Villages) -> None:
    other = villages.prefecture.places["P201001"]
    set_scope(villages.auditor.scope)
    assert not [one for one in offered(villages.auditor, other.name) if other.code in one.value]  # others alike may be
    with pytest.raises(InvalidInput, match="within your reach"):
        place_meant(villages.auditor, other.name, field="village")


def test_what_is_only_alike_is_not_taken(villages: Villages) -> None:
    place, actor = villages.prefecture.places["P102001"], villages.auditor
    set_scope(actor.scope)
    with pytest.raises(InvalidInput):
        place_meant(actor, f"{place.name[:-1]}坊", field="village")
    for nothing in ("\0", "村" * 200):
        with pytest.raises(InvalidInput):
            place_meant(actor, nothing, field="village")


def test_several_of_one_name_are_told_apart_in_the_fault_and_in_the_list(villages: Villages) -> None:
    desk = browser(villages.post("city.centre", "county_inspector"))
    answer = desk.get("/villages/erasing/", {"village": "庄村委会", "name": "李承租"})
    page = answer.content.decode()
    assert answer.status_code in (400, 422) and "Several places are called so" in page
    assert "P102001" in page and "P201001" in page
    assert len(re.findall(r'<option value="[^"]+ P[0-9]+">', page)) == 2
    chosen = desk.get("/villages/erasing/", {"village": "王庄村委会 P102001", "name": "李承租"})
    assert "Nothing names this person" in text(chosen)


def test_a_list_offers_as_one_types(villages: Villages) -> None:
    place = villages.prefecture.places["P102001"]
    desk = browser(villages.auditor)
    told = unescape(text(desk.get("/villages/places", {"kind": "village", "place": place.name[:2]})))
    assert told.count("<option") == 1 and "P102001" in told
    assert text(desk.get("/villages/places")).strip() == ""
    assert browser(villages.accountant).get("/villages/places?village=x").status_code == 200


def test_a_list_is_narrowed_by_a_name_and_says_to_what(villages: Villages) -> None:
    villages.parcel("12")
    place = villages.prefecture.places["P102001"]
    desk = browser(villages.auditor)
    for address in ("land", "contracts", "holdings", "meetings", "findings", "desk"):
        page = text(desk.get(f"/villages/{address}/", {"place": place.name[:2]}))
        assert 'list="place-offered"' in page and "P102001" in page, address
        assert desk.get(f"/villages/{address}/", {"place": "子虚乌有"}).status_code in (400, 404, 422)
    assert ">12</a>" in text(desk.get("/villages/land/", {"place": place.name}))


def test_a_form_takes_the_name_and_keeps_what_was_typed(villages: Villages) -> None:
    place = villages.prefecture.places["P102001"]
    inspector = villages.post("t102", "village_accountant")
    desk = browser(inspector)
    page = text(desk.get("/villages/land/new"))
    assert 'hx-get="/villages/places?kind=village"' in page and 'id="village-offered"' in page
    wrong = desk.post("/villages/land/new", LAND | {"village": "子虚乌有"})
    assert 'id="village-error"' in wrong.content.decode() and "子虚乌有" in wrong.content.decode()
    answer = desk.post("/villages/land/new", LAND | {"village": place.name})
    assert answer.status_code == 302, text(answer)
