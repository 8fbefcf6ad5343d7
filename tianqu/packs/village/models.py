"""The registers of a village. Acts write them, the database keeps their laws, queries read them.

Areas are whole numbers of 0.0001 mu, amounts whole fen. Every row carries the path of its village: it is what
row-level security compares, so that nobody sees the next village.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import models

from tianqu.kernel.places.api import PathField, Place
from tianqu.packs.village.meetings.models import Matter
from tianqu.packs.village.rules.facts import ContractKind, LandClass


def _choices(enumeration: type[ContractKind] | type[LandClass]) -> list[tuple[str, str]]:
    return [(each.value, each.value) for each in enumeration]


class ChangeKind(models.TextChoices):
    """What was done to the land of a village."""

    REGISTERED = "registered"
    CORRECTED = "corrected"
    SPLIT = "split"
    MERGED = "merged"
    STRUCK = "struck"  # it had been entered in error


class ContractState(models.TextChoices):
    """Whether a contract still holds; ``struck`` had been entered in error."""

    IN_FORCE = "in_force"
    ENDED = "ended"
    STRUCK = "struck"


class ContractStanding(models.TextChoices):
    """How a contract stands on a day, by its state and its term; nothing is written when the term begins or is over."""

    NOT_BEGUN = "not_begun"
    IN_FORCE = "in_force"
    EXPIRED = "expired"  # its term is over, and nobody has said that it ended
    ENDED = "ended"
    STRUCK = "struck"


class Parcel(models.Model):
    """A parcel by its village's own number. What it is on a day stands in its versions; this never changes."""

    id = models.UUIDField(primary_key=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    number = models.TextField()

    place_id: UUID

    class Meta:
        db_table = "village_parcel"
        constraints = [models.UniqueConstraint(fields=["place", "number"], name="village_parcel_number")]


class LandChange(models.Model):
    """One change of the register of land: which versions it closed and which it opened is told by these.

    Splitting and merging keep the sum of areas exactly; the database sees to it when the change is committed.
    """

    id = models.UUIDField(primary_key=True)  # given by the client, so that the same change sent again is the same
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    kind = models.TextField(choices=ChangeKind.choices)
    day = models.DateField()  # the first day on which it holds
    reason = models.TextField()  # may hold personal data
    digest = models.BinaryField()  # SHA-256 of what was asked for, to know it again
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)

    class Meta:
        db_table = "village_land_change"


class ParcelVersion(models.Model):
    """What a parcel is from ``valid_from`` until the day before ``valid_to``.

    A version whose days are none (``valid_to`` = ``valid_from``) was corrected from its first day on, or struck.
    """

    id = models.BigAutoField(primary_key=True)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="versions", db_index=False)
    place_path = PathField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    opened_by = models.ForeignKey(LandChange, on_delete=models.PROTECT, related_name="opened")
    closed_by: models.ForeignKey[LandChange | None, LandChange | None] = models.ForeignKey(
        LandChange, on_delete=models.PROTECT, null=True, related_name="closed"
    )
    name = models.TextField()
    land_class = models.TextField(choices=_choices(LandClass))
    use = models.TextField()
    idle = models.BooleanField()
    area_mu_4 = models.BigIntegerField()
    boundary: models.JSONField[Any, Any] = models.JSONField(null=True)  # a GeoJSON geometry, degrees of WGS 84

    parcel_id: UUID
    opened_by_id: UUID
    closed_by_id: UUID | None

    class Meta:
        db_table = "village_parcel_version"


class Contract(models.Model):
    """A contract of a village, with what its rules ask. What is None is not known, and is never taken for a no.

    ``until`` is the first day on which it no longer holds by its own words; ``ended_on`` that on which it was ended.
    """

    id = models.UUIDField(primary_key=True)  # given by the client
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    version = models.IntegerField(default=1)
    digest = models.BinaryField()  # SHA-256 of what was entered first, to know it again
    number = models.TextField()
    kind = models.TextField(choices=_choices(ContractKind))
    land_class = models.TextField(choices=_choices(LandClass))
    lessor = models.TextField()  # personal data where it is not the village
    lessee = models.TextField()  # personal data
    signed_on = models.DateField()
    starts_on = models.DateField()
    until = models.DateField(null=True)
    area_mu_4 = models.BigIntegerField()
    rent_year_fen = models.BigIntegerField(null=True)
    # Everything else that the rules ask, as ``contracts.Particulars`` lays it out.
    particulars: models.JSONField[Any, Any] = models.JSONField()
    # The matter whose resolution is this contract's; then ``particulars`` tell none.
    matter: models.ForeignKey[Matter | None, Matter | None] = models.ForeignKey(
        Matter, on_delete=models.PROTECT, null=True, related_name="contracts"
    )
    state = models.TextField(choices=ContractState.choices, default=ContractState.IN_FORCE)
    ended_on = models.DateField(null=True)
    end_reason = models.TextField(default="")  # may hold personal data
    judged_on = models.DateField(null=True)
    severe = models.IntegerField(default=0)  # findings of the last judgement, by how grave they are
    flags = models.IntegerField(default=0)
    notices = models.IntegerField(default=0)
    entered_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    place_id: UUID
    matter_id: UUID | None

    class Meta:
        db_table = "village_contract"
        constraints = [models.UniqueConstraint(fields=["place", "number"], name="village_contract_number")]

    def standing_on(self, day: date) -> ContractStanding:
        """How it stands on a day; ``standing`` asks the same of many rows."""
        if self.state != ContractState.IN_FORCE:
            return ContractStanding(self.state)
        if self.starts_on > day:
            return ContractStanding.NOT_BEGUN
        over = self.until is not None and self.until <= day
        return ContractStanding.EXPIRED if over else ContractStanding.IN_FORCE

    @staticmethod
    def standing(standing: ContractStanding, *, on: date) -> models.Q:
        """The contracts that stand like this on a day."""
        if standing in (ContractStanding.ENDED, ContractStanding.STRUCK):
            return models.Q(state=standing.value)
        kept = models.Q(state=ContractState.IN_FORCE.value)
        if standing is ContractStanding.NOT_BEGUN:
            return kept & models.Q(starts_on__gt=on)
        over = models.Q(until__lte=on) if standing is ContractStanding.EXPIRED else _after("until", on)
        return kept & models.Q(starts_on__lte=on) & over

    @staticmethod
    def held_on(day: date) -> models.Q:
        """The contracts that were in force on a day, those among them that have ended since."""
        held = models.Q(starts_on__lte=day) & _after("until", day) & _after("ended_on", day)
        return held & ~models.Q(state=ContractState.STRUCK.value)


def _after(name: str, day: date) -> models.Q:
    return models.Q(**{f"{name}__isnull": True}) | models.Q(**{f"{name}__gt": day})


class ContractParcel(models.Model):
    """A parcel that a contract is about."""

    id = models.BigAutoField(primary_key=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="held", db_index=False)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="contracts")
    place_path = PathField()

    contract_id: UUID
    parcel_id: UUID

    class Meta:
        db_table = "village_contract_parcel"
        constraints = [models.UniqueConstraint(fields=["contract", "parcel"], name="village_contract_parcel_once")]


class ContractInstalment(models.Model):
    """A rent that falls due under a contract; ``covers_until`` is the first day that it does not pay for."""

    id = models.BigAutoField(primary_key=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="instalments", db_index=False)
    place_path = PathField()
    position = models.SmallIntegerField()  # 1, 2, …
    due_on = models.DateField()
    amount_fen = models.BigIntegerField()
    covers_from = models.DateField()
    covers_until = models.DateField()
    paid_fen = models.BigIntegerField()

    contract_id: UUID

    class Meta:
        db_table = "village_contract_instalment"
        constraints = [models.UniqueConstraint(fields=["contract", "position"], name="village_instalment_once")]


class ContractVersion(models.Model):
    """What a contract was after something had been written about it: kept as it is, and published without texts.

    ``facts`` are what everybody may read (kinds, days, numbers), ``texts`` what somebody typed; neither holds a name.
    """

    id = models.BigAutoField(primary_key=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="versions", db_index=False)
    place_path = PathField()
    version = models.IntegerField()
    event = models.TextField()  # as ``ContractEvent`` of the kernel's pack says
    at = models.DateTimeField()
    facts: models.JSONField[Any, Any] = models.JSONField()
    texts: models.JSONField[Any, Any] = models.JSONField()

    contract_id: UUID

    class Meta:
        db_table = "village_contract_version"
        constraints = [models.UniqueConstraint(fields=["contract", "version"], name="village_contract_version_once")]
        indexes = [models.Index(fields=["at", "id"], name="village_contract_version_told")]


class Judgement(models.Model):
    """What the rules found in a contract on a day: never changed, so that it shows what was known when."""

    id = models.UUIDField(primary_key=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="judgements", db_index=False)
    place_path = PathField()
    contract_version = models.IntegerField()
    on = models.DateField()
    at = models.DateTimeField()
    findings: models.JSONField[Any, Any] = models.JSONField()  # as ``judging.finding_document`` says each
    comparison: models.JSONField[Any, Any] = models.JSONField()  # as ``judged.Comparable`` lays it out

    contract_id: UUID

    class Meta:
        db_table = "village_judgement"
        indexes = [models.Index(fields=["contract", "-at"], name="village_judgement_newest")]


class HoldingKind(models.TextChoices):
    """What a village has or owes besides its land."""

    ASSET = "asset"  # a fixed asset
    FUND = "fund"  # cash, a deposit, a fund kept apart
    CLAIM = "claim"
    DEBT = "debt"


class Holding(models.Model):
    """A fixed asset, a fund, a claim or a debt under its village's own number; what it is stands in its versions."""

    id = models.UUIDField(primary_key=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    kind = models.TextField(choices=HoldingKind.choices)
    number = models.TextField()

    place_id: UUID

    class Meta:
        db_table = "village_holding"
        constraints = [models.UniqueConstraint(fields=["place", "kind", "number"], name="village_holding_number")]


class HoldingVersion(models.Model):
    """What a holding is from ``valid_from`` until the day before ``valid_to``; none at all where the two are one day.

    The change that opened it, and the one that closed it, have identifiers that the client gave.
    """

    id = models.BigAutoField(primary_key=True)
    holding = models.ForeignKey(Holding, on_delete=models.PROTECT, related_name="versions", db_index=False)
    place_path = PathField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    change_id = models.UUIDField(unique=True)
    digest = models.BinaryField()  # SHA-256 of what was asked for, to know it again
    reason = models.TextField()  # may hold personal data
    closed_by = models.UUIDField(null=True)
    close_digest = models.BinaryField(null=True)
    close_reason = models.TextField(default="")  # may hold personal data
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)
    name = models.TextField()
    party = models.TextField()  # who owes, or to whom it is owed; personal data
    amount_fen = models.BigIntegerField()  # the cost of an asset, what a fund holds, what is owed
    settled_fen = models.BigIntegerField()  # of a claim or debt
    due_on = models.DateField(null=True)
    location = models.TextField()
    note = models.TextField()

    holding_id: UUID

    class Meta:
        db_table = "village_holding_version"


class Wall(models.Model):
    """A poster of a village and quarter that was published, in one of its editions; never changed.

    What it says is the body of its journal entry ("wall:" and this identifier), which everybody may read.
    """

    id = models.UUIDField(primary_key=True)  # given by the client
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    place_path = PathField()
    place_code = models.TextField()
    quarter = models.TextField()  # "2020Q3"
    edition = models.SmallIntegerField()  # 1, 2, …
    published_at = models.DateTimeField()
    reason = models.TextField()  # of a correction, in words for everybody

    place_id: UUID

    class Meta:
        db_table = "village_wall"
        constraints = [
            models.UniqueConstraint(fields=["place_code", "quarter", "edition"], name="village_wall_edition"),
        ]
