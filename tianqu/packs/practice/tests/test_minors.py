"""A minor takes part as long as a guardian consents, and does not come of age by typing another day of birth."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.occasions.api import Booking, book, check, code_at, confirm_attendance
from tianqu.packs.practice.models import Volunteer
from tianqu.packs.practice.profiles.acts import keep_profile, record_consent
from tianqu.packs.practice.queries import minors
from tianqu.packs.practice.tests.stage import GROWN, Stage, browser, page, there

DAY = timedelta(days=1)
YOUNG = timezone.localdate() - 15 * 366 * DAY


def kept(person_id: object) -> Volunteer:
    with seeing(SYSTEM.scope):
        return Volunteer.objects.get(person_id=person_id)


def test_a_minor_does_not_come_of_age_by_their_own_word(stage: Stage) -> None:
    young, occasion_id = stage.volunteer("小李", born_on=YOUNG), stage.activity(starts=DAY)
    told = {"station": "zhangli", "name": "小李", "phone": "13800000000", "born_on": GROWN.isoformat()}
    refused = caller(young).post("/acts/practice.keep_profile", told)
    assert refused.status_code == 409 and "at your station" in refused.content.decode()
    assert browser(young).post("/practice/me/profile", told | {"reach": "village"}).status_code == 409
    assert kept(young.person_id).born_on == YOUNG
    with pytest.raises(NotPermitted):
        book(young, occasion_id=occasion_id)
    desk, address = browser(stage.leader), f"/desk/practice/consents/{young.person_id}"
    assert YOUNG.isoformat() in page(desk, address)
    grown = {"deed": "give", "born_on": GROWN.isoformat()}
    assert browser(stage.stranger).post(address, grown).status_code == 404
    assert desk.post(address, {"deed": "give", "born_on": YOUNG.isoformat()}).status_code == 400  # no guardian named
    assert desk.post(address, grown).status_code == 302
    assert kept(young.person_id).born_on == GROWN and kept(young.person_id).consent_at is None
    assert book(young, occasion_id=occasion_id) == "going"


def test_who_is_of_age_may_correct_their_day_of_birth(stage: Stage) -> None:
    grown = stage.volunteer()
    keep_profile(grown, station="zhangli", name="李梅", phone="13800000000", born_on=GROWN - DAY)
    assert kept(grown.person_id).born_on == GROWN - DAY


def test_a_consent_that_is_withdrawn_gives_up_what_is_to_come(stage: Stage) -> None:
    young, coming, running = stage.volunteer("小李", born_on=YOUNG), stage.activity(starts=DAY), stage.activity()
    assert young.person_id is not None
    record_consent(stage.leader, person_id=young.person_id, guardian="李大", relation="父亲")
    for occasion_id in (coming, running):
        assert book(young, occasion_id=occasion_id) == "going"
    record_consent(stage.leader, person_id=young.person_id, given=False)
    with seeing(SYSTEM.scope):
        assert set(Booking.objects.filter(person_id=young.person_id).values_list("state", flat=True)) == {"left"}
    with pytest.raises(NotFound):
        check(
            young, occasion_id=running, direction="in", code=code_at(running, timezone.now()),
            client_id=new_identifier(),
        )  # fmt: skip
    with pytest.raises(NotPermitted):
        book(young, occasion_id=coming)


def test_nothing_is_confirmed_while_no_guardian_consents(stage: Stage) -> None:
    young, occasion_id = stage.volunteer("小李", born_on=YOUNG), stage.activity()
    assert young.person_id is not None
    record_consent(stage.leader, person_id=young.person_id, guardian="李大", relation="父亲")
    there(young, occasion_id)
    record_consent(stage.leader, person_id=young.person_id, given=False)
    with seeing(SYSTEM.scope):
        ids = [Booking.objects.get(occasion=occasion_id).id]
    with pytest.raises(Conflict, match="no guardian consents"):
        confirm_attendance(stage.leader, occasion_id=occasion_id, booking_ids=ids, words="在场")
    record_consent(stage.leader, person_id=young.person_id, guardian="李大", relation="父亲")
    assert confirm_attendance(stage.leader, occasion_id=occasion_id, booking_ids=ids, words="在场") > 0


def test_those_without_consent_come_first_however_many_there_are(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = stage.volunteer("甲", born_on=YOUNG), stage.volunteer("乙", born_on=YOUNG)
    assert first.person_id is not None and second.person_id is not None
    record_consent(stage.leader, person_id=first.person_id, guardian="甲父", relation="父亲")
    assert [one.person_id for one in minors(stage.leader)] == [second.person_id, first.person_id]
    monkeypatch.setattr("tianqu.packs.practice.queries.LIST_MAX", 1)
    assert [one.person_id for one in minors(stage.leader)] == [second.person_id]
