"""Stations and teams declared by the centre, profiles kept, taken away and erased by volunteers, guardians' consent."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tests.web.api.calling import ANYONE, caller
from tianqu.kernel.journal.api import SYSTEM, erase_person, seeing
from tianqu.kernel.ledgers.api import Account
from tianqu.kernel.occasions.api import Attendance, Booking
from tianqu.packs.practice.models import Membership, Volunteer
from tianqu.packs.practice.tests.stage import Stage, browser, page, there

STATION = {
    "station": "lizhuang", "unit_id": "t101", "place_id": "P101009", "name": "李庄站", "name_en": "Lizhuang",
    "is_open": "on",
}  # fmt: skip
TEAM = {
    "team": "lizhuang-law", "station": "lizhuang", "name": "普法队", "name_en": "Law team", "service": "law",
    "is_open": "on",
}  # fmt: skip
PROFILE = {
    "name": "李梅", "phone": "13800000000", "born_on": "1980-05-04", "station": "zhangli", "reach": "township",
    "skills": ["cooking", "driving"], "languages": ["zh"], "times": ["weekend-day"],
}  # fmt: skip


def test_the_centre_declares_a_station_and_its_team(stage: Stage) -> None:
    desk = browser(stage.centre)
    refused = desk.post("/desk/practice/stations/declare", STATION | {"station": "Li Zhuang"})
    assert refused.status_code == 400 and 'value="Li Zhuang"' in refused.content.decode()
    for _again in range(2):
        assert desk.post("/desk/practice/stations/declare", STATION).status_code == 302
        assert desk.post("/desk/practice/teams/declare", TEAM).status_code == 302
    assert desk.post("/desk/practice/teams/declare", TEAM | {"service": "magic"}).status_code == 400
    assert "Law team" in page(browser(), "/practice/stations/lizhuang/")
    assert "李庄站" in page(browser(language="zh-hans"), "/practice/stations/lizhuang/")
    assert 'value="李庄站"' in page(desk, "/desk/practice/stations/declare?of=lizhuang")
    assert 'value="Law team"' in page(desk, "/desk/practice/teams/declare?of=lizhuang-law")
    assert [one["code"] for one in ANYONE.read("/practice/stations", place="P101")["rows"]] == ["lizhuang", "zhangli"]
    assert [one["service"] for one in ANYONE.read("/practice/teams", station="lizhuang")["rows"]] == ["law"]
    with seeing(SYSTEM.scope):
        account = Account.objects.get(code="T-lizhuang-law")
        assert (account.book_id and account.ledger.unit) == "minute"
    assert desk.post("/desk/practice/teams/declare", TEAM | {"is_open": ""}).status_code == 302
    assert "This team is closed" in page(browser(), "/practice/teams/lizhuang-law/")


def test_nobody_else_declares(stage: Stage) -> None:
    assert browser(stage.leader).post("/desk/practice/stations/declare", STATION).status_code == 403
    assert browser(stage.volunteer()).get("/desk/practice/").status_code == 403
    far = STATION | {"unit_id": "t201", "place_id": "P201001"}
    elsewhere = browser(stage.centre).post("/desk/practice/stations/declare", far)
    assert elsewhere.status_code == 403
    taken = browser(stage.centre).post("/desk/practice/stations/declare", STATION | {"station": "zhaozhuang"})
    assert taken.status_code == 409


def test_a_profile_is_ones_own(stage: Stage) -> None:
    volunteer = stage.resident()
    mine = browser(volunteer)
    assert "no profile" in page(mine, "/practice/me/")
    refused = mine.post("/practice/me/profile", PROFILE | {"born_on": "2199-01-01", "name": ""})
    assert refused.status_code == 400 and "13800000000" in refused.content.decode()
    for _again in range(2):
        assert mine.post("/practice/me/profile", PROFILE).status_code == 302
    assert mine.post("/practice/teams/zhangli-1/", {"member": "yes"}).status_code == 302
    kept = caller(volunteer).read("/practice/volunteer")
    assert kept["profile"]["skills"] == ["cooking", "driving"] and kept["teams"] == ["zhangli-1"]
    exported = mine.get("/practice/me/volunteer.json")
    assert exported["Content-Disposition"].startswith("attachment")
    assert "李梅" in b"".join(exported.streaming_content).decode()  # type: ignore[attr-defined]
    for other in (stage.volunteer("王芳"), stage.stranger):
        with seeing(other.scope):
            assert not Volunteer.objects.filter(person_id=volunteer.person_id).exists()
            assert not Membership.objects.filter(person_id=volunteer.person_id).exists()
    with seeing(stage.leader.scope):
        assert Volunteer.objects.filter(person_id=volunteer.person_id).exists()
    assert browser().get("/practice/me/").status_code == 302  # to sign in


def test_an_erased_profile_leaves_minutes_and_no_name(stage: Stage) -> None:
    volunteer, next_one = stage.volunteer(), stage.volunteer("王芳")
    occasion_id, coming = stage.activity(), stage.activity(starts=timedelta(days=1), places=1)
    phone = there(volunteer, occasion_id)
    for each in (phone, caller(next_one)):
        each.done("/acts/occasions.book", {"occasion_id": str(coming)})
    with seeing(SYSTEM.scope):
        one = Booking.objects.get(occasion=occasion_id)
    caller(stage.leader).done(
        "/acts/occasions.confirm_attendance",
        {"occasion_id": str(occasion_id), "booking_ids": [str(one.id)], "words": "在场"},
    )
    mine = browser(volunteer)
    assert "under a number" in page(mine, "/practice/me/erase")
    assert mine.post("/practice/me/erase").status_code == 302
    assert caller(volunteer).read("/practice/volunteer")["profile"] is None
    with seeing(SYSTEM.scope):
        kept = Attendance.objects.get(booking_id=one.id)
        assert (kept.person_id, kept.minutes) == (None, 60)
        assert not Booking.objects.filter(person_id=volunteer.person_id).exists()
        assert Account.objects.get(code=one.number).posted_credit == 60
    assert caller(next_one).read("/practice/volunteer")["participations"][0]["standing"] == "going"
    seen = page(browser(stage.leader), f"/desk/occasions/{occasion_id}/attendance")
    assert "李梅" not in seen and "13800000000" not in seen


def test_who_is_erased_as_a_person_is_erased_as_a_volunteer(stage: Stage) -> None:
    from tests.kernel.places.prefecture import Prefecture  # noqa: F401  the scene's own
    from tianqu.kernel.places.api import Post, end_post

    volunteer = stage.volunteer()
    assert volunteer.person_id is not None
    with seeing(SYSTEM.scope):
        post = Post.objects.get(person_id=volunteer.person_id)
    end_post(SYSTEM, post_id=post.id, on=timezone.localdate())
    erase_person(SYSTEM, person_id=volunteer.person_id, reason="asked for it")
    with seeing(SYSTEM.scope):
        assert not Volunteer.objects.filter(person_id=volunteer.person_id).exists()


def test_a_minor_signs_up_with_a_guardians_consent(stage: Stage) -> None:
    born = timezone.localdate() - timedelta(days=16 * 366)
    minor, occasion_id = stage.volunteer("张小明", born_on=born), stage.activity(starts=timedelta(days=1))
    mine, address = browser(minor), f"/occasions/{occasion_id}/"
    refused = mine.post(address, {"deed": "book"})
    assert refused.status_code == 403 and "guardian" in refused.content.decode()
    consent = f"/desk/practice/consents/{minor.person_id}"
    given = {"guardian": "张伟", "relation": "父亲", "deed": "give"}
    assert browser(stage.stranger).post(consent, given).status_code == 404
    desk = browser(stage.leader)
    assert "no consent yet" in page(desk, "/desk/practice/consents/")
    assert desk.post(consent, given | {"guardian": ""}).status_code == 400
    assert desk.post(consent, given).status_code == 302
    assert "consent given" in page(desk, "/desk/practice/consents/")
    assert mine.post(address, {"deed": "book"}).status_code == 302
    grown = stage.volunteer("王芳")
    assert desk.post(f"/desk/practice/consents/{grown.person_id}", given).status_code == 409
    assert desk.post(consent, given | {"deed": "withdraw"}).status_code == 302
    other = stage.activity(starts=timedelta(days=2))
    assert mine.post(f"/occasions/{other}/", {"deed": "book"}).status_code == 403
