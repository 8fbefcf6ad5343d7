"""The tables of orders. Acts write them, queries read them; nothing else does.

An order keeps the place it was placed on, whatever becomes of that place; ``place_path`` is where it is looked
after. Who asked lives in its own table, behind a
stricter wall.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.orders.offer_models import Offer as Offer
from tianqu.kernel.orders.offer_models import Offered as Offered
from tianqu.kernel.orders.offer_models import Plan as Plan
from tianqu.kernel.places.api import PathField, Place, Post, Unit


class State(models.TextChoices):
    """Where an order stands in the loop; ``flow.py`` says which act leads where."""

    PLACED = "placed"
    DISPATCHED = "dispatched"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    ASKED_BACK = "asked_back"
    DONE = "done"
    RATED = "rated"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


OPEN_STATES = (
    State.PLACED, State.DISPATCHED, State.RETURNED, State.ACCEPTED, State.ASKED_BACK, State.DONE, State.RATED,
)  # fmt: skip


class Calendar(models.Model):
    """A version of the realm's working calendar, as its calendar.toml says it; the newest counts."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField()
    content = models.JSONField()
    digest = models.TextField()  # SHA-256, hex, of everything the calendar says
    published_at = models.DateTimeField()

    class Meta:
        db_table = "orders_calendar"


class Item(models.Model):
    """A kind of request in one dated version; ``definition`` holds form, steps, papers, basis and clocks."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField()
    version = models.IntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)  # the first day on which it no longer holds
    family = models.TextField()
    title = models.TextField()
    title_en = models.TextField(db_default="")
    definition = models.JSONField()
    digest = models.TextField()  # SHA-256, hex, of the canonical definition
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "orders_item"
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="orders_item_version")]


class Order(models.Model):
    """A request on its way round the loop. What the asker wrote may hold personal data."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    code = models.TextField()  # what is read out on the phone: Crockford base32 with a check character
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="orders", db_index=False)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    lon = models.DecimalField(max_digits=9, decimal_places=6, null=True)  # degrees, WGS 84
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    address = models.TextField(db_default="")  # personal data where it is a home
    title = models.TextField()
    description = models.TextField()  # may hold personal data
    form = models.JSONField(db_default=models.Value({}, models.JSONField()))  # may hold personal data
    channel = models.TextField()
    asker_kind = models.TextField(db_default="resident")  # resident, firm
    identity = models.TextField(db_default="open")  # open, sealed, anonymous
    urgency = models.TextField(db_default="none")  # none, utilities, danger
    state = models.TextField(choices=State.choices, db_default=State.PLACED)
    unit = models.ForeignKey(  # the answerable unit
        Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    handler_post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    nominee_unit = models.ForeignKey(  # whom the unit that returned it holds answerable
        Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="parts", db_index=False)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged", db_index=False)
    placed_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    rated_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    ruled_at = models.DateTimeField(null=True)  # adjudicated: it can be returned no more
    objected_at = models.DateTimeField(null=True)
    pressed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    due_accept_at = models.DateTimeField(null=True)
    due_done_at = models.DateTimeField(null=True)
    due_next_at = models.DateTimeField(null=True)  # the earliest due time of a running clock
    extended_days = models.IntegerField(db_default=0)  # working days granted so far
    return_count = models.IntegerField(db_default=0)
    reopen_count = models.IntegerField(db_default=0)  # also the round that a rating or a call-back belongs to
    press_count = models.IntegerField(db_default=0)
    escalation = models.IntegerField(db_default=0)  # 1 unit head, 2 supervisor, 3 prefecture
    answer_public = models.TextField(db_default="")
    answer_private = models.TextField(db_default="")  # for the asker alone; may hold personal data
    version = models.IntegerField(db_default=1)  # goes up when the order itself changes
    last_event = models.IntegerField(db_default=1)  # the sequence of the newest event, comments included
    source_key = models.TextField(null=True)  # noqa: DJ001  its key where it was imported from

    class Meta:
        db_table = "orders_order"
        constraints = [
            models.UniqueConstraint(fields=["code"], name="orders_code"),
            models.UniqueConstraint(
                fields=["source_key"], name="orders_source_key", condition=models.Q(source_key__isnull=False)
            ),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="orders_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state=State.MERGED) | models.Q(merged_into__isnull=False),
                name="orders_merged_into_a_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "due_next_at", "id"], name="orders_inbox"),
            models.Index(fields=["state", "due_next_at", "id"], name="orders_state"),
            models.Index(fields=["placed_at", "id"], name="orders_placed"),
            models.Index(fields=["place", "placed_at"], name="orders_place_placed"),
            models.Index(fields=["parent"], name="orders_parts", condition=models.Q(parent__isnull=False)),
            models.Index(fields=["merged_into"], name="orders_merged", condition=models.Q(merged_into__isnull=False)),
        ]


class Asker(models.Model):
    """Who asked, behind a stricter wall: anonymous and sealed askers are shown to nobody but themselves."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="asker")
    person_id = models.UUIDField(null=True)  # personal data by reference
    name = models.TextField(db_default="")  # personal data
    phone = models.TextField(db_default="")  # personal data
    email = models.TextField(db_default="")  # personal data
    firm = models.TextField(db_default="")  # the firm's name, where a firm asks
    secret_hash = models.BinaryField(null=True)  # SHA-256 of the receipt's secret
    content_digest = models.BinaryField(null=True)  # keyed, to recognise the same sent again

    class Meta:
        db_table = "orders_asker"
        indexes = [
            models.Index(fields=["person_id", "order"], name="orders_asker_person"),
            models.Index(fields=["phone", "order"], name="orders_asker_phone"),
        ]


class Audience(models.TextChoices):
    """Who may read an event: everybody once the order is published, its asker, or the offices alone."""

    PUBLIC = "public"
    ASKER = "asker"
    INTERNAL = "internal"


class Event(models.Model):
    """One step of an order, never changed: who did what, when, and what it changed. Gapless by order.

    Each event has one journal entry: the n-th event of an order belongs to the n-th entry about it.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events", db_index=False)
    sequence = models.IntegerField()
    at = models.DateTimeField()
    act = models.TextField()
    actor_kind = models.TextField()  # asker, post, system
    actor_person_id = models.UUIDField(null=True)  # null for askers: their events do not say who they are
    actor_post_id = models.UUIDField(null=True)
    actor_unit_id = models.UUIDField(null=True)
    from_state = models.TextField(db_default="")
    to_state = models.TextField()
    note = models.TextField(db_default="")  # may hold personal data
    audience = models.TextField(choices=Audience.choices)
    data = models.JSONField(db_default=models.Value({}, models.JSONField()))

    class Meta:
        db_table = "orders_event"
        constraints = [models.UniqueConstraint(fields=["order", "sequence"], name="orders_event_sequence")]
        indexes = [models.Index(fields=["at", "id"], name="orders_event_at")]


class Clock(models.Model):
    """A deadline of an order, with the proof of its due time. At most one of a kind runs at a time."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    kind = models.TextField()  # dispatch, accept, finish, answer, adjudicate, call_back, close
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    level = models.IntegerField(db_default=0)  # how far its breach has been escalated
    check_at = models.DateTimeField(null=True)  # when the scanner must look next; null: stopped or paused
    proof = models.JSONField()  # days counted, pauses and who granted them

    class Meta:
        db_table = "orders_clock"
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"],
                name="orders_clock_open",
                condition=models.Q(stopped_at__isnull=True),
            )
        ]
        indexes = [
            models.Index(fields=["check_at"], name="orders_clock_check", condition=models.Q(check_at__isnull=False)),
            models.Index(fields=["order"], name="orders_clock_order"),
            models.Index(  # timeliness; placing an order starts neither kind
                fields=["due_at"], name="orders_clock_due", condition=models.Q(kind__in=["accept", "finish"])
            ),
        ]

    @property
    def round_the_clock(self) -> bool:
        """Whether it counts nights and holidays too, as urgent lines do."""
        return bool(self.proof["unit"] == "minutes")


class Rating(models.Model):
    """What the asker says of the outcome, once a round; a reopened order begins a new round."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="ratings", db_index=False)
    round = models.IntegerField(db_default=0)
    at = models.DateTimeField()
    source = models.TextField()  # asker, call_back, import
    solved = models.BooleanField(null=True)
    satisfaction = models.TextField()  # very, satisfied, basically, dissatisfied, very_dissatisfied
    text = models.TextField(db_default="")  # may hold personal data

    class Meta:
        db_table = "orders_rating"
        constraints = [models.UniqueConstraint(fields=["order", "round"], name="orders_rating_round")]
        indexes = [models.Index(fields=["at"], name="orders_rating_at")]


class CallBack(models.Model):
    """A call to the asker after the answer: due, tried, and what came of it. The three rates count these."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="call_backs", db_index=False)
    round = models.IntegerField(db_default=0)
    due_at = models.DateTimeField()
    attempts = models.IntegerField(db_default=0)
    done_at = models.DateTimeField(null=True)
    operator_post_id = models.UUIDField(null=True)
    outcome = models.TextField(db_default="")  # answered, no_answer, wrong_number, refused, not_needed
    valid = models.BooleanField(null=True)  # counts in the denominators
    contacted = models.BooleanField(null=True)  # the unit got in touch with the asker
    solved = models.BooleanField(null=True)
    satisfaction = models.TextField(db_default="")
    note = models.TextField(db_default="")  # may hold personal data

    class Meta:
        db_table = "orders_call_back"
        constraints = [models.UniqueConstraint(fields=["order", "round"], name="orders_call_back_round")]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="orders_call_back_due", condition=models.Q(done_at__isnull=True)
            ),
            models.Index(fields=["done_at"], name="orders_call_back_done"),
        ]


class DispatchRule(models.Model):
    """Who is answerable for what, dated; a ruling on a disputed order can become one."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    code = models.TextField()
    version = models.IntegerField(db_default=1)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    rank = models.IntegerField(db_default=100)  # the lowest that matches decides
    condition = models.JSONField()  # item, family, place, words
    unit = models.ForeignKey(  # this unit, or
        Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    unit_kind = models.TextField(db_default="")  # the unit of this kind whose jurisdiction holds the place
    legal_basis = models.TextField(db_default="")
    note = models.TextField(db_default="")
    ruling_order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="rulings")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orders_dispatch_rule"
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="orders_rule_version")]


class RuleReplay(models.Model):
    """A proposed rule, held against past orders by the worker before anybody publishes it."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    asked_at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # who asked, personal data by reference
    post_id = models.UUIDField(null=True)  # and with whose eyes it reads
    rule = models.JSONField()  # as proposed
    since = models.DateTimeField()
    until = models.DateTimeField()
    total = models.IntegerField()  # orders in the period
    done = models.IntegerField(db_default=0)  # of them read
    finished_at = models.DateTimeField(null=True)
    failed = models.TextField(db_default="")  # why it could not go on
    result = models.JSONField(null=True)  # counts, and orders by their identifiers
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orders_rule_replay"


class AnswerTemplate(models.Model):
    """Words that a unit uses again, for one item or for all."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    title = models.TextField()
    text = models.TextField()
    item_code = models.TextField(db_default="")  # empty: for every item
    unit = models.ForeignKey(  # null: for every unit
        Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orders_answer_template"
        indexes = [models.Index(fields=["unit", "item_code"], name="orders_template_unit")]


class Exclusion(models.Model):
    """An order left out of a rate, with the reason; every published rate says how many were left out."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="exclusions")
    rate = models.TextField()  # response, resolution, satisfaction, timeliness, all
    reason = models.TextField()  # a code of the realm
    note = models.TextField(db_default="")
    at = models.DateTimeField()
    by_post_id = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orders_exclusion"
        constraints = [
            models.UniqueConstraint(
                fields=["order", "rate"],
                name="orders_exclusion_open",
                condition=models.Q(ended_at__isnull=True),
            )
        ]


class Attachment(models.Model):
    """A file that belongs to an order, by its content hash in the room of files."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="attachments", db_index=False)
    sha256 = models.TextField()
    name = models.TextField()  # personal data where the asker named it so
    media_type = models.TextField()
    size = models.BigIntegerField()  # bytes
    audience = models.TextField(choices=Audience.choices)
    at = models.DateTimeField()
    by_asker = models.BooleanField(db_default=False)

    class Meta:
        db_table = "orders_attachment"
        indexes = [models.Index(fields=["order"], name="orders_attachment_order")]


class Publication(models.Model):
    """What everybody may read of an order: words chosen for the public, never the asker's own by accident.

    It has no wall, so that public lists and searches use its indexes; the order itself stays behind its own.
    """

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="publication")
    code = models.TextField()
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="publications", db_index=False)
    item_code = models.TextField()
    family = models.TextField()
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    lon = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    address = models.TextField(db_default="")
    title = models.TextField()
    question = models.TextField()
    answer = models.TextField(db_default="")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.TextField()
    placed_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    due_done_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True)
    terms = ArrayField(models.TextField())  # words and pairs of characters, for search in Chinese and English

    class Meta:
        db_table = "orders_publication"
        constraints = [models.UniqueConstraint(fields=["code"], name="orders_public_code")]
        indexes = [
            models.Index(fields=["placed_at", "order"], name="orders_public_placed"),
            models.Index(fields=["item_code", "placed_at", "order"], name="orders_public_item"),
            models.Index(fields=["updated_at", "order"], name="orders_public_updated"),
        ]
