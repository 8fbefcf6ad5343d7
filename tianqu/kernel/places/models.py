"""Places, units, persons, posts and accounts, each with the dates between which it holds.

Everywhere here ``valid_from`` is the first day on which something holds and ``valid_to`` the first day on
which it no longer does. A missing ``valid_from`` means "since before our records", a missing ``valid_to``
"until further notice".
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.places.fields import PathField

M = TypeVar("M", bound=models.Model)

SUCCESSION_KINDS = ("merge", "split", "rename", "move")
DERIVED = ("published", "entered", "same-name", "similar-name", "contents", "township")


class DatedQuerySet(models.QuerySet[M]):
    """Rows that hold between dates."""

    def on(self, day: date) -> DatedQuerySet[M]:
        """Keep the rows that hold on ``day``."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_to__isnull=True) | Q(valid_to__gt=day),
        )


class Dated(models.Model):
    """What holds from ``valid_from`` until the day before ``valid_to``."""

    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        abstract = True

    def holds_on(self, day: date) -> bool:
        """Say whether this holds on ``day``."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day < self.valid_to)


class Place(Dated):
    """A place as it was called between two dates. Renaming it begins a new row with the same code and path.

    ``path`` holds the codes from the root down to this place. ``code`` keeps to letters, digits and ``_``.
    ``lon`` and ``lat`` are degrees of WGS 84; ``boundary`` is a GeoJSON geometry; ``position_invented``
    says that no open source gives the position and that it was made up.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="", blank=True)
    kind = models.TextField()
    parent: models.ForeignKey[Place | None, Place | None] = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="children"
    )
    path = PathField()
    lon = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    position_invented = models.BooleanField(default=False)
    boundary = models.JSONField(null=True)

    objects: ClassVar[models.Manager[Place]] = DatedQuerySet.as_manager()

    class Meta:
        db_table = "places_place"

    parent_id: UUID | None


class Succession(models.Model):
    """What became of a place on a day: who followed it, and how we know.

    ``derived`` says how the succession was found: ``published``, ``entered`` (by an administrator),
    ``same-name``, ``similar-name``, ``contents`` (most of what lay in it lies there now) or ``township`` (nothing
    better is known than the place above).
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    from_place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="successions")
    to_place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="predecessions")
    happened_on = models.DateField()
    kind = models.TextField()  # one of SUCCESSION_KINDS
    derived = models.TextField()  # one of DERIVED

    class Meta:
        db_table = "places_succession"
        constraints = [
            models.UniqueConstraint(fields=["from_place", "to_place"], name="places_succession_once"),
            models.CheckConstraint(condition=~Q(from_place=models.F("to_place")), name="places_succession_not_self"),
        ]

    from_place_id: UUID
    to_place_id: UUID


class Unit(Dated):
    """An office that answers for something in a place: a government, a department, a company, a village
    committee.

    ``place`` is its jurisdiction; ``parent`` the unit that it is a part of, or that guides it; whoever
    oversees the parent's work oversees its. ``successor`` takes over its open work once it is closed.
    ``phone`` is its public number.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    code = models.TextField(unique=True)
    name = models.TextField()
    name_en = models.TextField(default="", blank=True)
    kind = models.TextField()
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="units")
    parent: models.ForeignKey[Unit | None, Unit | None] = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="parts"
    )
    successor: models.ForeignKey[Unit | None, Unit | None] = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+"
    )
    phone = models.TextField(default="", blank=True)

    objects: ClassVar[models.Manager[Unit]] = DatedQuerySet.as_manager()

    class Meta:
        db_table = "places_unit"

    place_id: UUID
    parent_id: UUID | None
    successor_id: UUID | None


class Person(models.Model):
    """Somebody known by name: an official, or a resident with an account. Row-level security guards it.

    ``unit`` is the unit that keeps the person's file; residents have none. ``name``, ``name_en``, ``phone``
    and ``email`` are personal data, and are emptied when the person is erased.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    name = models.TextField()  # personal data
    name_en = models.TextField(default="", blank=True)  # personal data
    phone = models.TextField(default="", blank=True)  # personal data
    email = models.TextField(default="", blank=True)  # personal data
    language = models.TextField(default="zh-hans")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="files")
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "places_person"

    unit_id: UUID | None


class Post(Dated):
    """A person in a role at a unit, between dates.

    ``deputy_of`` names the post that this one stands in for.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="posts")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    role = models.TextField()
    title = models.TextField(default="", blank=True)
    deputy_of: models.ForeignKey[Post | None, Post | None] = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="deputies"
    )

    objects: ClassVar[models.Manager[Post]] = DatedQuerySet.as_manager()

    class Meta:
        db_table = "places_post"

    person_id: UUID
    unit_id: UUID
    deputy_of_id: UUID | None


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by login. It creates none: that is an act."""


class Account(AbstractBaseUser):
    """The login of a person. It holds no personal data but the login the person chose.

    The journal's guard lets ``password``, ``last_login`` and ``must_change_password`` change outside acts,
    because Django and allauth write them while signing somebody in; everything else here changes by acts
    alone.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    login = models.TextField(unique=True)  # personal data
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="account")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        db_table = "places_account"

    person_id: UUID

    def __str__(self) -> str:
        return self.login

    def get_full_name(self) -> str:
        """Return the login: the name belongs to the person, and is read in their scope."""
        return self.login

    def has_perm(self, permission: str, thing: Any = None) -> bool:
        """Return False: permissions come from posts (see ``can``), never from Django's own."""
        return False


class ApiToken(models.Model):
    """A key for a program. Only its SHA-256 is kept. It acts through one post, and no further than its
    scopes.

    ``scopes`` are patterns of permissions (``orders.*``). The guard lets ``last_used_at`` change outside
    acts.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tokens")
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    digest = models.BinaryField(unique=True)
    hint = models.TextField()  # the first letters, by which its owner knows it again
    scopes = ArrayField(models.TextField())
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "places_api_token"

    account_id: UUID
    post_id: UUID | None


class AccessRecord(models.Model):
    """One line of the access log: who came by which door, or looked at whose data. Each person sees their
    own.

    Lines are added outside acts (a sign-in changes nothing in the prefecture), and changed or removed by
    acts alone.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # who came; personal data by reference
    what = models.TextField()  # signed_in, sign_in_failed, signed_out, token_used, looked, exported
    subject = models.TextField(default="")  # "order:0192…": what they looked at
    about_person_id = models.UUIDField(null=True)  # whose data they looked at
    channel = models.TextField()
    address = models.TextField(default="")  # personal data: network address
    agent = models.TextField(default="")  # personal data: browser

    class Meta:
        db_table = "places_access_record"


class SavedView(models.Model):
    """The filters of a list that a person keeps under a name. ``query`` is personal data: what somebody looks for."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    page = models.TextField()  # the name of the page's address
    name = models.TextField()
    query = models.TextField()

    class Meta:
        db_table = "places_saved_view"
        constraints = [models.UniqueConstraint(fields=["person", "page", "name"], name="places_saved_view_once")]
