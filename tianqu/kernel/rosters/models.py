"""The tables of rosters. Shifts are public; who is in them is their own and the office's, and known by a number."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tianqu.kernel.places.api import PathField


class Held(models.Model):
    """What a unit answers for in a place; row-level security reads both."""

    unit_id = models.UUIDField()
    place_path = PathField()

    class Meta:
        abstract = True


class RosterState(models.TextChoices):
    """How far a roster is: wishes are entered, the worker is asked, it computes, it has a draft, everybody is told."""

    OPEN = "open"
    QUEUED = "queued"
    COMPUTING = "computing"
    DRAFTED = "drafted"
    PUBLISHED = "published"


class Roster(Held):
    """Who takes which shift over some days, and by which rules. Who that is stands in ``Duty`` alone.

    ``kind`` is what a pack declares, ``subject`` its code of whose shifts they are: a team, a theatre.
    """

    id = models.UUIDField(primary_key=True)  # given by the client
    kind = models.TextField()  # the code of a RosterKind: "practice"
    subject = models.TextField()
    title = models.TextField()
    title_en = models.TextField()
    first_day = models.DateField()
    last_day = models.DateField()
    rest_minutes = models.IntegerField()
    week_max = models.IntegerField()  # shifts of one person
    days_max = models.IntegerField()  # in a row
    in_turn = models.BooleanField()  # no venue twice before each once
    state = models.TextField(choices=RosterState.choices)
    stage = models.TextField(db_default="")  # of the search
    fault = models.TextField(db_default="")  # why the last search gave nothing
    wishes_by: models.DateField[date | None, date | None] = models.DateField(null=True)  # asked for, until this day
    changed_at = models.DateTimeField()
    version = models.IntegerField(db_default=1)

    class Meta:
        db_table = "rosters_roster"
        indexes = [
            models.Index(fields=["kind", "subject", "-first_day"], name="rosters_roster_subject"),
            models.Index(
                fields=["changed_at"], condition=models.Q(state__in=["queued", "computing"]), name="rosters_roster_work"
            ),
        ]


class RosterResult(Held):
    """What the search found, as ``planning`` writes it, with persons by their numbers: for the leader's office."""

    roster = models.OneToOneField(Roster, on_delete=models.PROTECT, primary_key=True, related_name="+")
    plan = models.JSONField()

    class Meta:
        db_table = "rosters_result"


class Shift(Held):
    """A shift of a roster. ``needs``: pairs of a skill ("" for anybody) and a number of places. ``offered`` duties."""

    id = models.UUIDField(primary_key=True)
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    venue = models.TextField()
    venue_en = models.TextField()
    needs = models.JSONField()
    offered = models.IntegerField(db_default=0)  # how many look for somebody else

    roster_id: UUID

    class Meta:
        db_table = "rosters_shift"
        constraints = [models.UniqueConstraint(fields=["roster", "starts_at", "venue"], name="rosters_shift_once")]


class Wish(Held):
    """What somebody says to a roster; personal data, which goes when they are erased. The lists name shifts."""

    id = models.BigAutoField(primary_key=True)
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField()
    number = models.TextField()
    takes_part = models.BooleanField()
    shifts_min = models.IntegerField()
    shifts_max = models.IntegerField()
    unable = ArrayField(models.UUIDField())
    wished = ArrayField(models.UUIDField())
    unwished = ArrayField(models.UUIDField())
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "rosters_wish"
        constraints = [models.UniqueConstraint(fields=["roster", "person_id"], name="rosters_wish_once")]
        indexes = [models.Index(fields=["person_id"], name="rosters_wish_person")]


class Duty(Held):
    """Somebody in a shift. ``waived``: rules that the leader does not apply to it. The person goes when erased."""

    id = models.UUIDField(primary_key=True)
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField(null=True)
    number = models.TextField()
    skill = models.TextField()
    waived = ArrayField(models.TextField())
    by_hand = models.BooleanField()  # a search leaves it where it is
    offered_at = models.DateTimeField(null=True)  # it looks for somebody else
    changed_at = models.DateTimeField()

    shift_id: UUID

    class Meta:
        db_table = "rosters_duty"
        constraints = [models.UniqueConstraint(fields=["shift", "number"], name="rosters_duty_once")]
        indexes = [models.Index(fields=["person_id"], name="rosters_duty_person")]
