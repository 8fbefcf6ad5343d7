"""The tables of orders that are offered to several, and of orders that are planned for many dates."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.places.api import PathField


class Offered(models.TextChoices):
    """What became of an offer."""

    OPEN = "open"
    TAKEN = "taken"
    GOES = "goes"  # goes along with whoever took it
    DECLINED = "declined"
    LAPSED = "lapsed"  # in time nobody answered it, or somebody else was first


class Offer(models.Model):
    """An order offered to one of several who may take it; whoever claims it first has it.

    ``taker`` is whom, in the words of the pack (``team:zhangli-1``). ``person_id`` alone may claim it where it is set,
    else whoever has a post with the permission at ``unit_id``, whose order it becomes. Round 0 is the centre's choice.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="offers")
    taker = models.TextField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    unit_id = models.UUIDField()
    place_path = PathField()  # the order's
    round = models.IntegerField()
    score = models.IntegerField(db_default=0)
    grounds = models.JSONField()  # why this taker: codes and numbers, nobody's words
    told = models.JSONField()  # what is told of the order before it is taken; no personal data
    state = models.TextField(choices=Offered.choices, db_default=Offered.OPEN)
    made_at = models.DateTimeField()
    lapses_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    words = models.TextField(db_default="")  # why it was declined; may hold personal data

    order_id: UUID

    class Meta:
        db_table = "orders_offer"
        constraints = [
            models.UniqueConstraint(
                fields=["order"], name="orders_offer_taken_once", condition=models.Q(state=Offered.TAKEN)
            ),
            models.UniqueConstraint(
                fields=["order", "taker"], name="orders_offer_once",
                condition=models.Q(state__in=[Offered.OPEN, Offered.TAKEN, Offered.GOES]),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["made_at", "taker"], name="orders_offer_taker"),
            models.Index(fields=["person_id", "state"], name="orders_offer_person"),
            models.Index(fields=["unit_id"], name="orders_offer_unit", condition=models.Q(state=Offered.OPEN)),
        ]


class Plan(models.Model):
    """Orders on many dates, each placed some days ahead for whoever planned it. Its words may hold personal data."""

    id = models.UUIDField(primary_key=True)  # given by the client
    item_code = models.TextField()
    place_id = models.UUIDField()
    place_path = PathField()
    title = models.TextField()
    description = models.TextField()
    address = models.TextField(db_default="")  # personal data where it is a home
    form = models.JSONField()
    day_field = models.TextField(db_default="")  # the field of the form that takes the date
    person_id = models.UUIDField(null=True)  # whose orders they are; personal data by reference
    unit_id = models.UUIDField(null=True)  # of the post that planned them
    name = models.TextField(db_default="")  # personal data
    phone = models.TextField(db_default="")  # personal data
    first_day = models.DateField()
    last_day = models.DateField()
    every_days = models.IntegerField()  # 14: every second week, on the first day's day of the week; 0: ``days`` alone
    days = ArrayField(models.DateField())
    skipped = ArrayField(models.DateField())
    ahead_days = models.IntegerField()
    planned_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orders_plan"
        indexes = [
            models.Index(fields=["last_day"], name="orders_plan_running", condition=models.Q(ended_at__isnull=True)),
            models.Index(fields=["person_id"], name="orders_plan_person"),
        ]
