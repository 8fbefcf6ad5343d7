"""The tables of ledgers. Acts write them, the database keeps their laws, queries read them.

Every amount is a whole number of the ledger's smallest unit, and signed: debit is positive, credit negative.
A transfer and its legs are never changed and never deleted. What becomes of a pending transfer is a row of its own.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.places.api import Dated, PathField, Place, Unit


class Side(models.TextChoices):
    """On which side an account grows."""

    DEBIT = "debit"
    CREDIT = "credit"


class Element(models.TextChoices):
    """What an account is one of; ``other`` is for books that are not about money."""

    ASSETS = "assets"
    LIABILITIES = "liabilities"
    EQUITY = "equity"
    COSTS = "costs"
    INCOME = "income"
    EXPENSES = "expenses"
    OTHER = "other"


class PeriodState(models.TextChoices):
    """``open`` takes everything, ``closing`` only adjustments, ``closed`` nothing, for ever."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class Outcome(models.TextChoices):
    """What becomes of a pending transfer."""

    POSTED = "posted"
    VOIDED = "voided"


class Chart(Dated):
    """A chart of accounts in one dated version: a tree of lines, as ``charts.ChartLine`` lays them out."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField()
    version = models.IntegerField()
    title = models.TextField()
    title_en = models.TextField()
    basis = models.TextField()  # the law or standard that it follows
    source = models.TextField()  # where its text was taken from
    lines = models.JSONField()
    digest = models.TextField()  # SHA-256, hex, of everything it says
    published_at = models.DateTimeField()

    class Meta:
        db_table = "ledgers_chart"
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="ledgers_chart_version")]


class ChartMapping(Dated):
    """Which accounts of a new chart follow those of an old one, in one dated version."""

    id = models.BigAutoField(primary_key=True)
    from_chart = models.TextField()
    to_chart = models.TextField()
    version = models.IntegerField()
    basis = models.TextField()
    pairs = models.JSONField()  # [[from code, to code], …]; one from code may have several followers
    digest = models.TextField()
    published_at = models.DateTimeField()

    class Meta:
        db_table = "ledgers_chart_mapping"
        constraints = [
            models.UniqueConstraint(fields=["from_chart", "to_chart", "version"], name="ledgers_mapping_version")
        ]


class Book(models.Model):
    """The books of one owner: a unit, or a place as such. ``place_path`` is where it is looked after.

    Its entries in the public log carry "book:" and its code, which never changes, and its own gapless numbers.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    code = models.TextField(unique=True)
    name = models.TextField()
    name_en = models.TextField(db_default="")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    place_path = PathField()
    first_day = models.DateField()
    opened_at = models.DateTimeField()

    unit_id: UUID | None
    place_id: UUID

    class Meta:
        db_table = "ledgers_book"


class Ledger(models.Model):
    """What is counted in one unit within a book: its money, its land, its hours."""

    id = models.BigAutoField(primary_key=True)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="ledgers", db_index=False)
    code = models.TextField()
    unit = models.TextField()  # the code of a unit in tianqu.base.quantities

    book_id: UUID

    class Meta:
        db_table = "ledgers_ledger"
        constraints = [models.UniqueConstraint(fields=["book", "code"], name="ledgers_ledger_once")]


class Account(models.Model):
    """An account of a ledger, with the sums that the database keeps beside its legs.

    ``balance_min`` and ``balance_max`` bound the balance on the account's own side, with everything that is pending
    against them. A day-old balance is in ``Total``; these sums are those of everything that was ever posted.
    """

    id = models.BigAutoField(primary_key=True)
    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="accounts", db_index=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="accounts")
    chart = models.TextField(db_default="")  # the code of the chart that it follows; empty: of no chart
    code = models.TextField()
    name = models.TextField()  # personal data where an account is kept for a person
    name_en = models.TextField(db_default="")
    element = models.TextField(choices=Element.choices)
    side = models.TextField(choices=Side.choices)
    parent: models.ForeignKey[Account | None, Account | None] = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="parts", db_index=False
    )
    balance_min = models.BigIntegerField(null=True)
    balance_max = models.BigIntegerField(null=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)  # the first day on which it takes nothing any more
    posted_debit = models.BigIntegerField(db_default=0)
    posted_credit = models.BigIntegerField(db_default=0)
    pending_debit = models.BigIntegerField(db_default=0)
    pending_credit = models.BigIntegerField(db_default=0)

    ledger_id: int
    book_id: UUID
    parent_id: int | None

    class Meta:
        db_table = "ledgers_account"
        constraints = [models.UniqueConstraint(fields=["ledger", "chart", "code"], name="ledgers_account_once")]


class Transfer(models.Model):
    """One movement: what moved when, why, and on whose word. Never changed, never deleted.

    ``number`` is its place in the book's own sequence. A pending transfer reserves what it moves until a resolution
    posts or voids it; without one it is voided at ``expires_at``.
    """

    id = models.UUIDField(primary_key=True)
    book = models.ForeignKey(Book, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    number = models.BigIntegerField()
    day = models.DateField()  # the business day
    kind = models.TextField()
    purpose = models.TextField()  # may hold personal data
    reference = models.TextField()  # "order:0192…", "contract:…": what it is about
    voucher = models.TextField()  # the number on the paper; may hold personal data
    pending = models.BooleanField()
    expires_at = models.DateTimeField(null=True)
    reverses = models.UUIDField(null=True)  # the transfer that it takes back
    legs_count = models.SmallIntegerField()
    digest = models.BinaryField()  # SHA-256 of its content, to know it again
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)

    book_id: UUID

    class Meta:
        db_table = "ledgers_transfer"
        constraints = [
            models.UniqueConstraint(fields=["book", "number"], name="ledgers_transfer_number"),
            models.UniqueConstraint(
                fields=["reverses"], name="ledgers_reversed_once", condition=models.Q(reverses__isnull=False)
            ),
        ]


class Leg(models.Model):
    """What a transfer moves on one account. ``held``: reserved while pending; posting it adds a leg that is not.

    ``day`` and ``number`` are those of the transfer, or of the resolution that posted it.
    """

    pk = models.CompositePrimaryKey("transfer_id", "held", "position")
    transfer_id = models.UUIDField()
    held = models.BooleanField()
    position = models.SmallIntegerField()  # 1, 2, …
    account_id = models.BigIntegerField()
    day = models.DateField()
    number = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        db_table = "ledgers_leg"


class Resolution(models.Model):
    """What became of a pending transfer, once and for all; ``day`` is the business day on which it took effect."""

    transfer_id = models.UUIDField(primary_key=True)
    outcome = models.TextField(choices=Outcome.choices)
    day = models.DateField()
    number = models.BigIntegerField()
    reason = models.TextField()  # may hold personal data
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)

    class Meta:
        db_table = "ledgers_resolution"


class Waiting(models.Model):
    """A pending transfer that has no resolution yet. The database adds and removes these rows by itself."""

    transfer_id = models.UUIDField(primary_key=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ledgers_waiting"
        indexes = [models.Index(fields=["expires_at"], name="ledgers_waiting_due")]


class Total(models.Model):
    """What was posted on an account within a month (``months`` 1) or a year (12); kept by the database."""

    pk = models.CompositePrimaryKey("account_id", "months", "starts_on")
    account_id = models.BigIntegerField()
    months = models.SmallIntegerField()
    starts_on = models.DateField()
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()

    class Meta:
        db_table = "ledgers_total"


class Period(models.Model):
    """Days of a book that are opened and closed together, and who last said so."""

    id = models.BigAutoField(primary_key=True)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="periods", db_index=False)
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.TextField(choices=PeriodState.choices)
    changed_at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)

    book_id: UUID

    class Meta:
        db_table = "ledgers_period"


class BalanceCheck(models.Model):
    """A nightly proof that the kept sums are those of the legs: what was compared, and each difference found."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    accounts = models.BigIntegerField()
    legs = models.BigIntegerField()
    difference_count = models.BigIntegerField()
    differences = models.JSONField()  # the first hundred

    class Meta:
        db_table = "ledgers_check"
