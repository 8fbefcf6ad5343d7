"""Land entered as it was walked: by form without script, over the API, behind the wall, held up by the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.owner import as_owner
from tests.web.api.calling import Caller, token_for
from tianqu.base.errors import Conflict, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, Scope, prepare_entry, set_scope
from tianqu.packs.village.keeping.tests.bookkeeping import picture
from tianqu.packs.village.measuring import acts
from tianqu.packs.village.measuring.areas import Corner
from tianqu.packs.village.measuring.models import Measurement
from tianqu.packs.village.measuring.queries import walks_of
from tianqu.packs.village.queries import parcel_detail
from tianqu.packs.village.rules.facts import LandClass
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import DAY, LATER, Villages

AREA = 148_174  # of the field below, in 0.0001 mu
FIELD = [
    Corner(1_160_000_000, 370_000_000, 300), Corner(1_160_010_000, 370_000_000, 400),
    Corner(1_160_010_000, 370_010_000, 350), Corner(1_160_000_000, 370_010_000, 420),
]  # fmt: skip
TYPED = "116.0000000, 37.0000000 ±3\n116.001, 37 ±4\n116.0010, 37.0010 ±3.5\n１１６．０，３７．００１ ±４．２"


def walked(villages: Villages, number: str = "12", **more: Any) -> UUID:
    told: dict[str, Any] = {"parcel_id": new_identifier(), "day": DAY, "corners": FIELD, "place_id": villages.place_id}
    actor = more.pop("actor", villages.accountant)
    told |= more
    acts.walk_parcel(actor, number=number, land_class=LandClass.ARABLE, **told)
    return UUID(str(told["parcel_id"]))


def test_the_server_measures_what_was_walked(villages: Villages) -> None:
    given = {"parcel_id": new_identifier()}
    for _time in range(2):  # twice is once
        parcel_id = walked(villages, **given)
    detail = parcel_detail(villages.accountant, parcel_id=parcel_id)
    assert detail.now is not None and detail.now.area_mu_4 == AREA
    assert detail.now.boundary["coordinates"][0][0] == [116.0, 37.0]
    told = walks_of(villages.accountant, parcel_id=parcel_id)
    assert [(one.corners, one.area_mu_4) for one in told.walks] == [(FIELD, AREA)]
    with pytest.raises(Conflict):
        walked(villages, corners=FIELD[:3], **given)
    with pytest.raises(Conflict):
        walked(villages)  # the number is taken


def test_measuring_anew_keeps_everything_else(villages: Villages) -> None:
    parcel_id = villages.parcel("7", 100_000, name="南洼", use="小麦", idle=True)
    given = {"parcel_id": parcel_id, "change_id": new_identifier(), "day": LATER, "reason": "沟改道"}
    for _time in range(2):
        assert acts.measure_parcel(villages.accountant, corners=FIELD, **given) == AREA
    now = parcel_detail(villages.accountant, parcel_id=parcel_id).now
    assert now is not None
    assert (now.name, now.use, now.idle, now.area_mu_4, now.valid_from) == ("南洼", "小麦", True, AREA, LATER)
    with pytest.raises(Conflict):
        acts.measure_parcel(villages.accountant, corners=FIELD[:3], **given)


def test_the_next_village_touches_nothing_and_others_only_read(villages: Villages) -> None:
    parcel_id = walked(villages)
    stranger = villages.stranger
    set_scope(stranger.scope)
    with pytest.raises(NotFound):
        walks_of(stranger, parcel_id=parcel_id)
    with pytest.raises(NotFound):
        walked(villages, "13", actor=stranger)
    with pytest.raises(NotFound):
        acts.measure_parcel(
            stranger, parcel_id=parcel_id, change_id=new_identifier(), day=LATER, corners=FIELD, reason="x"
        )
    for scope in (stranger.scope, Scope()):
        set_scope(scope)
        assert not Measurement.objects.exists()
    with pytest.raises(NotPermitted):
        walked(villages, "14", actor=villages.auditor)
    set_scope(villages.villager.scope)
    assert walks_of(villages.villager, parcel_id=parcel_id).walks


def test_the_database_holds_a_measurement_to_its_change(villages: Villages) -> None:
    parcel_id, plain = walked(villages), villages.parcel("7", 100)
    columns = "(change_id, parcel_id, place_path, corners, area_mu_4)"
    path = "(SELECT place_path FROM village_parcel WHERE id = %s)"
    for law, sql, values in (
        ("village_measured_as_entered", f"INSERT INTO village_measurement {columns} VALUES (%s, %s, {path},"
         " '[1,2,3]', 99)", [plain, plain, plain]),
        ("stays written", "UPDATE village_measurement SET area_mu_4 = 1 WHERE parcel_id = %s", [parcel_id]),
        ("stays written", "DELETE FROM village_measurement WHERE parcel_id = %s", [parcel_id]),
    ):  # fmt: skip
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT journal_open()")
            entry = prepare_entry(act="test.attack", subject="a:1", after={}, actor=SYSTEM, at=timezone.now())
            cursor.execute(INSERT_ENTRY, entry.row())
            as_owner(sql, values)
        cause: Any = refused.value.__cause__
        assert law in f"{cause.diag.constraint_name} {cause.diag.message_primary}", str(refused.value)


def form(**more: Any) -> dict[str, Any]:
    return {"number": "12", "corners": TYPED, "land_class": "arable", "day": "2021-01-01", "name": "南洼"} | more


def test_an_accountant_walks_by_form_without_script(villages: Villages) -> None:
    desk, sent_id = browser(villages.accountant), new_identifier()
    page = text(desk.get("/villages/land/walk"))
    assert "data-walk" in page and "<script>" not in page
    for _time in range(2):
        photo = SimpleUploadedFile("地头.jpg", picture(), "image/jpeg")
        answer = desk.post("/villages/land/walk", form(files=[photo], sent_id=str(sent_id)))
        assert (answer.status_code, answer["Location"]) == (302, f"/villages/land/{sent_id}/")
    page = text(desk.get(f"/villages/land/{sent_id}/"))
    assert "14.8174" in page and "地头.jpg" in page and "in 95 of 100 cases" in page
    shown = walks_of(villages.accountant, parcel_id=sent_id)
    assert len(shown.photos) == 1
    address = f"/villages/land/{sent_id}/photos/{shown.photos[0].id}"
    assert desk.get(address)["Content-Type"] == "image/jpeg"
    assert browser(villages.stranger).get(address).status_code == 404
    around = desk.get("/villages/land/around.geojson").json()
    assert [one["properties"]["name"] for one in around["features"]] == ["12"]
    again = desk.post(f"/villages/land/{sent_id}/walk", {"corners": TYPED, "reason": "复测", "day": "2022-01-01"})
    assert again.status_code == 302
    assert "复测" in text(desk.get(f"/villages/land/{sent_id}/"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"corners": ""}, "This is needed"), ({"corners": "116.3"}, "Line 1 is no corner"),
        ({"corners": "116 37\n116.1 37"}, "at least three corners"),
        ({"corners": "116 37\n116.1 37.1\n116.1 37\n116 37.1"}, "meet"), ({"number": ""}, "This is needed"),
        ({"day": "2199-01-01"}, "yet to come"), ({"land_class": "sea"}, "none of the list"),
    ],
)  # fmt: skip
def test_a_refusal_keeps_what_was_typed(villages: Villages, wrong: dict[str, str], said: str) -> None:
    answer = browser(villages.accountant).post("/villages/land/walk", form(**wrong))
    page = answer.content.decode()
    assert answer.status_code in (400, 409, 422) and said in page and "南洼" in page
    if "corners" not in wrong:
        assert "116.001, 37 ±4" in page
    assert not Measurement.objects.exists()


def test_programs_measure_and_walk(villages: Villages) -> None:
    caller = Caller({"Authorization": f"Bearer {token_for(villages.accountant)}"})
    corners = [{"lon_7": one.lon_7, "lat_7": one.lat_7, "accuracy_cm": one.accuracy_cm} for one in FIELD]
    told = caller.post("/village/measurements", {"corners": corners})
    assert told.status_code == 200 and told.json()["area_mu_4"] == AREA and told.json()["accuracy_mu_4"] > 0
    assert caller.post("/village/measurements", {"corners": corners[:2]}).status_code == 422
    parcel_id = str(new_identifier())
    set_scope(villages.accountant.scope)
    photo = store_file(villages.accountant, content=picture(), name="地头.jpg")
    answer = caller.post("/acts/village.walk_parcel", {
        "place_id": str(villages.place_id), "parcel_id": parcel_id, "number": "9", "day": "2021-01-01",
        "corners": corners, "land_class": "arable", "files": [str(photo.id)],
    })  # fmt: skip
    assert answer.status_code == 200, answer.content
    told = caller.get(f"/village/parcels/{parcel_id}/walks").json()
    assert told["walks"][0]["corners"] == corners and [one["name"] for one in told["photos"]] == ["地头.jpg"]
