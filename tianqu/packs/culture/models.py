"""The tables of culture. The menu, what was ordered, given and paid are public; who wished and rated is not.

``unit_id`` is the county's office of culture throughout; row-level security reads it beside ``place_path``.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from tianqu.kernel.orders.api import Order
from tianqu.kernel.places.api import PathField

KINDS: Final = ("show", "film", "class")
GENRES: Final = (
    "opera", "music", "dance", "storytelling", "acrobatics", "drama", "film", "craft", "calligraphy", "health", "other",
)  # fmt: skip
STAGES: Final = ("stage", "hall", "square", "screen", "power", "tables")
LEDGER: Final = "budget"


class Held(models.Model):
    """What an office of culture answers for, and where."""

    unit_id = models.UUIDField()
    place_path = PathField()

    class Meta:
        abstract = True


class Troupe(Held):
    """Who gives what is on the menu: a troupe, a team of projectionists, a teacher. ``troupe_unit_id`` is its unit."""

    code = models.TextField(primary_key=True)  # "meihua"
    troupe_unit_id = models.UUIDField()
    name = models.TextField()
    name_en = models.TextField()
    is_open = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "culture_troupe"

    @property
    def account(self) -> str:
        """The code of the troupe's account in an office's book of its budget."""
        return f"P-{self.code}"


class Work(Held):
    """A show, a film or a class of the menu of a county."""

    code = models.TextField(primary_key=True)
    kind = models.TextField()  # one of KINDS
    genre = models.TextField()  # one of GENRES
    name = models.TextField()
    name_en = models.TextField()
    words = models.TextField()
    words_en = models.TextField()
    length_minutes = models.IntegerField()
    stage = ArrayField(models.TextField())  # what it needs, of STAGES
    is_open = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "culture_work"
        indexes = [models.Index(fields=["unit_id", "kind", "code"], name="culture_work_menu")]


class Contract(Held):
    """What was agreed with a troupe: for which days, and from which mean rating of how many villagers it is paid."""

    number = models.TextField(primary_key=True)  # as on the paper
    troupe = models.ForeignKey(Troupe, on_delete=models.PROTECT, related_name="contracts")
    starts_on = models.DateField()
    ends_on = models.DateField()  # the last day
    rating_floor = models.IntegerField()  # hundredths of a star, 100 to 500
    raters_least = models.IntegerField()
    changed_at = models.DateTimeField()

    troupe_id: str

    class Meta:
        db_table = "culture_contract"


class Offer(Held):
    """A work that a troupe gives by a contract, at its price."""

    id = models.BigAutoField(primary_key=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="offers", db_index=False)
    work = models.ForeignKey(Work, on_delete=models.PROTECT, related_name="offers")
    price_fen = models.BigIntegerField()

    contract_id: str
    work_id: str

    class Meta:
        db_table = "culture_offer"
        constraints = [models.UniqueConstraint(fields=["contract", "work"], name="culture_offer_once")]


class Villager(models.Model):
    """For which village somebody wishes, votes and rates in a season: personal data, seen by themselves alone."""

    person_id = models.UUIDField(primary_key=True)
    place_id = models.UUIDField()
    place_path = PathField()
    season = models.TextField()  # "2026", in which it was chosen
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "culture_villager"


class Wish(models.Model):
    """A work that villagers wish for in their village in a season, with how many do. Public."""

    id = models.BigAutoField(primary_key=True)
    work = models.ForeignKey(Work, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_id = models.UUIDField()
    place_path = PathField()
    season = models.TextField()
    votes = models.IntegerField()

    work_id: str

    class Meta:
        db_table = "culture_wish"
        constraints = [models.UniqueConstraint(fields=["work", "place_id", "season"], name="culture_wish_once")]
        indexes = [models.Index(fields=["place_id", "season", "-votes"], name="culture_wish_village")]


class Vote(models.Model):
    """Somebody's vote for a wish; seen by themselves alone. ``person_id`` is personal data and goes when erased."""

    id = models.UUIDField(primary_key=True)
    wish = models.ForeignKey(Wish, on_delete=models.PROTECT, related_name="+", db_index=False)
    work_id = models.TextField()
    season = models.TextField()
    person_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    wish_id: int

    class Meta:
        db_table = "culture_vote"
        constraints = [models.UniqueConstraint(fields=["person_id", "work_id", "season"], name="culture_vote_once")]
        indexes = [models.Index(fields=["wish"], name="culture_vote_wish")]


class Stand(models.TextChoices):
    """How far what a village ordered is."""

    ORDERED = "ordered"
    COMMITTED = "committed"  # with a troupe, a day, and money set aside
    ACCEPTED = "accepted"
    GIVEN = "given"  # by the troupe's word
    CONFIRMED = "confirmed"  # by the village's word, or as a dispute was settled
    DISPUTED = "disputed"
    PAID = "paid"
    REFUSED = "refused"  # not paid
    CANCELLED = "cancelled"


ENGAGED: Final = (Stand.COMMITTED, Stand.ACCEPTED)
GIVEN: Final = (Stand.GIVEN, Stand.CONFIRMED, Stand.DISPUTED, Stand.PAID, Stand.REFUSED)
# It took place: somebody came, as was settled, else as the village says, else as the troupe says.
TOOK_PLACE: Final = Q(stand__in=GIVEN) & Q(
    GreaterThan(Coalesce("attendance", "attendance_village", "attendance_troupe"), 0)
)


class Performance(Held):
    """What a village ordered: a work, then with a troupe and a day, then as given. Its identifier is its order's.

    Words that may name somebody stand in the order's timeline, not here.
    """

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="+")
    place_id = models.UUIDField()
    season = models.TextField()
    work = models.ForeignKey(Work, on_delete=models.PROTECT, related_name="+")
    stand = models.TextField(choices=Stand.choices)
    first_day = models.DateField()  # between which days the village wishes for it
    last_day = models.DateField()
    troupe: models.ForeignKey[Troupe | None, Troupe | None] = models.ForeignKey(
        Troupe, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    troupe_unit_id = models.UUIDField(null=True)
    contract: models.ForeignKey[Contract | None, Contract | None] = models.ForeignKey(
        Contract, on_delete=models.PROTECT, null=True, related_name="+"
    )
    starts_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    price_fen: models.BigIntegerField[int | None, int | None] = models.BigIntegerField(null=True)
    transfer_id = models.UUIDField(null=True, unique=True)  # the commitment in the office's book
    given_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    attendance_troupe: models.IntegerField[int | None, int | None] = models.IntegerField(null=True)
    evidence_id = models.UUIDField(null=True)  # a picture attached to the order
    attendance_village: models.IntegerField[int | None, int | None] = models.IntegerField(null=True)
    confirmed_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    attendance: models.IntegerField[int | None, int | None] = models.IntegerField(null=True)  # as both say, or settled
    rating_floor: models.IntegerField[int | None, int | None] = models.IntegerField(null=True)  # as the contract said
    raters_least: models.IntegerField[int | None, int | None] = models.IntegerField(null=True)
    rating_count = models.IntegerField(db_default=0)
    rating_sum = models.IntegerField(db_default=0)  # stars
    decided_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    cause = models.TextField(db_default="")  # why it was called off: one of CAUSES
    reason = models.TextField(db_default="")  # why it was paid below the floor, or was not paid; public
    changed_at = models.DateTimeField()

    order_id: UUID
    work_id: str
    troupe_id: str | None
    contract_id: str | None

    class Meta:
        db_table = "culture_performance"
        indexes = [
            models.Index(fields=["starts_at", "order"], name="culture_performance_time"),
            models.Index(fields=["troupe", "starts_at"], name="culture_performance_troupe"),
            models.Index(fields=["place_id", "season"], name="culture_performance_village"),
        ]

    @property
    def is_rateable(self) -> bool:
        """Whether it was given, by the troupe's word, and nobody has settled that it was not."""
        return self.stand in GIVEN and self.attendance != 0

    def beside(self, among: Q, at: datetime, /, *, clock: str) -> models.QuerySet[Performance]:
        """What else its troupe gives while this is given; ``clock``: ``starts_at`` or ``given_at``."""
        minute, length = Value(timedelta(minutes=1)), timedelta(minutes=self.work.length_minutes)
        over = F(clock) + ExpressionWrapper(F("work__length_minutes") * minute, output_field=DurationField())
        rows = Performance.objects.filter(among, troupe_id=self.troupe_id).exclude(order_id=self.order_id)
        return rows.filter(**{f"{clock}__lt": at + length}).annotate(over=over).filter(over__gt=at)


class Rating(models.Model):
    """How somebody of the village liked it, in stars; seen by themselves alone. ``person_id`` goes when erased."""

    id = models.UUIDField(primary_key=True)
    performance = models.ForeignKey(Performance, on_delete=models.PROTECT, related_name="+", db_index=False)
    person_id = models.UUIDField(null=True)
    stars = models.IntegerField()
    at = models.DateTimeField()

    performance_id: UUID

    class Meta:
        db_table = "culture_rating"
        constraints = [models.UniqueConstraint(fields=["performance", "person_id"], name="culture_rating_once")]


class Theatre(Held):
    """A theatre with weekend shows. ``seats``: numbered, the best first; ``price_fen`` is what a ticket costs."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    name_en = models.TextField()
    venue = models.TextField()
    venue_en = models.TextField()
    lon = models.DecimalField(max_digits=9, decimal_places=6, null=True)  # degrees of WGS 84
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    seats = ArrayField(models.TextField())
    price_fen = models.IntegerField()
    is_open = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "culture_theatre"


class Takings(Held):
    """What a show of a theatre took in: who came, each at the price of the ticket; booked once, when it was closed."""

    occasion_id = models.UUIDField(primary_key=True)
    theatre = models.ForeignKey(Theatre, on_delete=models.PROTECT, related_name="+")
    came = models.IntegerField()
    price_fen = models.IntegerField()
    amount_fen = models.BigIntegerField()
    transfer_id = models.UUIDField(null=True, unique=True)  # None where nobody came, or it was free
    voucher: models.BigIntegerField[int | None, int | None] = models.BigIntegerField(null=True)
    booked_at = models.DateTimeField()

    theatre_id: str

    class Meta:
        db_table = "culture_takings"
        indexes = [models.Index(fields=["theatre", "booked_at"], name="culture_takings_theatre")]
