"""The tables of civic practice. Stations and teams are public; volunteers and their hours are not.

What teams do, who takes part and for how long are occasions, bookings and attendances, which the kernel keeps (kind
``practice``), and so are certificates.

A volunteer is known in ledgers by a number alone. When a profile is erased, that number is all that is left of it.
"""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tianqu.kernel.places.api import PathField

SERVICES: Final = (
    "theory", "culture", "aid", "health", "science", "law", "ecology", "traffic", "youth", "emergency", "other",
)  # fmt: skip
LEDGER: Final = "hours"
KIND: Final = "practice"  # of occasions: what a team does


class Held(models.Model):
    """What a unit answers for in a place; row-level security reads both."""

    unit_id = models.UUIDField()
    place_path = PathField()

    class Meta:
        abstract = True


class Station(Held):
    """A practice station of a place, kept by a unit. Its book counts the minutes that were served."""

    code = models.TextField(primary_key=True)  # "zhangzhuang"
    place_id = models.UUIDField()
    name = models.TextField()
    name_en = models.TextField()
    lon = models.DecimalField(max_digits=9, decimal_places=6, null=True)  # degrees of WGS 84
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    is_open = models.BooleanField()
    since = models.DateField()  # the day on which it was founded
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "practice_station"

    @property
    def book(self) -> str:
        """The code of the station's book in the ledgers."""
        return f"practice.{self.code}"


class Team(Held):
    """A standing team at a station. ``leader_person_id``: who alone leads it; None for whoever leads at the unit."""

    code = models.TextField(primary_key=True)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="teams")
    name = models.TextField()
    name_en = models.TextField()
    service = models.TextField()  # one of SERVICES
    leader_person_id = models.UUIDField(null=True)
    is_open = models.BooleanField()
    since = models.DateField()  # the day on which it was founded
    changed_at = models.DateTimeField()

    station_id: str

    class Meta:
        db_table = "practice_team"

    @property
    def account(self) -> str:
        """The code of the team's account in the book of its station."""
        return f"T-{self.code}"


class Volunteer(Held):
    """A volunteer's profile, which is their own: everything here is personal data, and the row goes when it is erased.

    ``unit_id`` and ``place_path`` are those of the station that they chose, which keeps a guardian's consent.
    """

    person_id = models.UUIDField(primary_key=True)
    number = models.TextField(unique=True)  # "V0192…", what ledgers know them by
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    phone = models.TextField()
    born_on = models.DateField()
    skills = ArrayField(models.TextField())
    languages = ArrayField(models.TextField())
    times = ArrayField(models.TextField())
    reach = models.TextField()  # village, township, county: how far they go
    guardian = models.TextField(db_default="")
    guardian_relation = models.TextField(db_default="")
    consent_at = models.DateTimeField(null=True)
    since = models.DateField()  # the day of registration, here or in the register before
    reference = models.TextField(db_default="")  # their number in that register; "" for who signed up here
    changed_at = models.DateTimeField()

    station_id: str

    class Meta:
        db_table = "practice_volunteer"
        indexes = [
            models.Index(fields=["phone"], name="practice_volunteer_phone"),
            models.Index(  # all that matching asks of a volunteer, and what row-level security does
                fields=["station"], name="practice_volunteer_match",
                include=["person_id", "unit_id", "place_path", "number", "born_on", "consent_at", "reach", "skills",
                         "languages", "times"],
            ),
        ]  # fmt: skip


class Membership(Held):
    """A volunteer in a team."""

    id = models.BigAutoField(primary_key=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField()
    joined_at = models.DateTimeField()

    team_id: str

    class Meta:
        db_table = "practice_membership"
        constraints = [models.UniqueConstraint(fields=["team", "person_id"], name="practice_membership_once")]
        indexes = [models.Index(fields=["person_id"], name="practice_membership_person")]


class Visit(Held):
    """A volunteer who goes for an ordered service: who was named, when they came and left, and what was booked.

    ``person_id`` goes when the profile is erased; ``number`` stays, as it stands in the ledger.
    """

    id = models.BigAutoField(primary_key=True)
    order_id = models.UUIDField()
    person_id = models.UUIDField(null=True)
    number = models.TextField()
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    # In whose book it is booked; old visits without a team have none.
    station = models.ForeignKey(Station, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    in_at = models.DateTimeField(null=True)
    out_at = models.DateTimeField(null=True)
    minutes = models.IntegerField(null=True)  # as booked
    voucher = models.BigIntegerField(null=True)
    elsewhere = models.BooleanField(db_default=False)  # at another household or an activity at the same time

    team_id: str | None

    class Meta:
        db_table = "practice_visit"
        constraints = [models.UniqueConstraint(fields=["order_id", "number"], name="practice_visit_once")]
        indexes = [
            models.Index(fields=["person_id"], name="practice_visit_person"),
            models.Index(fields=["number", "in_at"], name="practice_visit_number"),
        ]


class Served(Held):
    """What both sides say of an ordered service: how the volunteers were met, and the thanks they got."""

    order_id = models.UUIDField(primary_key=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    asker_id = models.UUIDField(null=True)  # who ordered it; personal data by reference
    respectful = models.BooleanField(null=True)
    as_described = models.BooleanField(null=True)
    words = models.TextField(db_default="")  # of the volunteer about who ordered it; may hold personal data
    rated_at = models.DateTimeField(null=True)
    thanks = models.TextField(db_default="")  # with names and numbers masked
    thanked_at = models.DateTimeField(null=True)
    shown_at = models.DateTimeField(null=True)

    team_id: str | None

    class Meta:
        db_table = "practice_served"
