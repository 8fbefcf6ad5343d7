"""A station of one office with its team, an activity and a minor who signed up, for what goes through every act."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.occasions.api import Booking, announce, book
from tianqu.kernel.rosters.api import Shift, ShiftNeed, add_shifts, change_duty, plan, say_wishes
from tianqu.packs.practice.acts import declare_station, declare_team
from tianqu.packs.practice.bringing.acts import register_volunteer
from tianqu.packs.practice.models import Volunteer
from tianqu.packs.practice.profiles.acts import join_team, keep_profile, record_consent


def marked_practice(minor: Actor, *, unit_id: UUID, place_id: UUID) -> dict[str, Any]:
    """Declare, announce and sign up; give the things by the names that acts give them."""
    occasion_id, begins = new_identifier(), timezone.now() + timedelta(days=3)
    assert minor.person_id is not None
    declare_station(SYSTEM, station="marked", unit_id=unit_id, place_id=place_id, name="标记站", name_en="Marked")
    declare_team(SYSTEM, team="marked-1", station="marked", name="标记队", name_en="Marked", service="law")
    announce(
        SYSTEM, occasion_id=occasion_id, kind="practice", subject="marked-1", title="标记活动", title_en="Marked",
        words="。", words_en=".", venue="站", venue_en="Here", starts_at=begins, ends_at=begins + timedelta(hours=2),
        places=5,
    )  # fmt: skip
    born = timezone.localdate() - timedelta(days=15 * 366)
    keep_profile(minor, station="marked", name="标记人", phone="13800000009", born_on=born)
    record_consent(SYSTEM, person_id=minor.person_id, guardian="标记监护人", relation="父亲")
    book(minor, occasion_id=occasion_id)
    register_volunteer(
        SYSTEM, team="marked-1", reference="标记号", name="标记人", phone="13800000010", born_on=date(1980, 5, 4),
        since=date(2019, 3, 5), skills=("cooking",),
    )  # fmt: skip
    with seeing(SYSTEM.scope):
        one = Booking.objects.get(occasion=occasion_id)
    return marked_roster(minor) | {
        "station": "marked", "team": "marked-1", "occasion_id": occasion_id, "booking_id": one.id,
        "booking_ids": [one.id],
    }  # fmt: skip


def marked_roster(person: Actor) -> dict[str, Any]:
    """Plan a roster of the team with a shift, in which the person is."""
    roster_id, day = new_identifier(), timezone.localdate() + timedelta(days=7)
    join_team(person, team="marked-1")
    plan(
        SYSTEM, roster_id=roster_id, kind="practice", subject="marked-1", title="标记排班", title_en="Marked",
        first_day=day, last_day=day,
    )  # fmt: skip
    add_shifts(
        SYSTEM, roster_id=roster_id, first_day=day, last_day=day, weekdays=range(1, 8), starts="19:00", ends="21:00",
        venue="站", venue_en="Here", needs=[ShiftNeed(2)],
    )  # fmt: skip
    say_wishes(person, roster_id=roster_id)
    with seeing(SYSTEM.scope):
        shift_id = Shift.objects.get(roster=roster_id).id
        number = Volunteer.objects.get(person_id=person.person_id).number
    change_duty(SYSTEM, shift_id=shift_id, number=number)
    return {"roster_id": roster_id, "shift_id": shift_id, "number": number}
