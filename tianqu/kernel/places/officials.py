"""Officials as a reader may see them: found by name, one with posts, account and tokens, and the posts of a unit.

Each query about persons narrows itself to the reader's scope; row-level security is the second wall behind it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from tianqu.base.errors import NotFound, TooLarge, _
from tianqu.kernel.journal.api import Actor, Scope, set_scope
from tianqu.kernel.places.models import Account, ApiToken, Person, Post, Unit
from tianqu.kernel.places.permissions import require
from tianqu.kernel.places.roles import known_roles, roles_with

SEE: Final = "administration.see"
LISTED_MAX: Final = 1_001  # a page of 1,000, and the row that says there are more
POSTS_MAX: Final = 500
TOKENS_MAX: Final = 200
WORDS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class PersonFile:
    """A person, the account if there is one, the posts held (newest first, 500), the tokens (newest first, 200)."""

    person: Person
    account: Account | None
    posts: tuple[Post, ...]
    tokens: tuple[ApiToken, ...]


def officials(
    actor: Actor, *, words: str = "", unit_id: UUID | None = None, after: UUID | None = None, limit: int = 50
) -> list[Person]:
    """Return the officials within the actor's reach with ``words`` in their name, or with exactly this login name.

    An official has a post, or a file that a unit keeps (``unit_id``: which). They come by identifier with unit and
    account. ``after`` is the last one of the page before; ask for one more than a page holds to know whether there is
    another. Needs the permission ``administration.see``.
    """
    require(actor, SEE)
    words = words.strip()[:WORDS_MAX]
    rows = _within(actor.scope).filter(erased_at=None)
    rows = rows.filter(Q(unit__isnull=False) | Exists(Post.objects.filter(person=OuterRef("id"))))
    if words:
        rows = rows.filter(Q(name__contains=words) | Q(name_en__icontains=words) | Q(account__login=words))
    if unit_id is not None:
        rows = rows.filter(unit_id=unit_id)
    if after is not None:
        rows = rows.filter(id__gt=after)
    set_scope(actor.scope)
    return list(rows.select_related("unit", "account").order_by("id")[: max(1, min(limit, LISTED_MAX))])


def person_file(actor: Actor, *, person_id: UUID) -> PersonFile:
    """Return one person within the actor's reach with posts, account and tokens. Raises ``NotFound`` for others.

    Needs the permission ``administration.see``.
    """
    require(actor, SEE)
    set_scope(actor.scope)
    person = _within(actor.scope).select_related("unit").filter(id=person_id).first()
    if person is None:
        raise NotFound(
            _("There is no such person, or none that you may see."), field="person_id", value=str(person_id),
            remedy=_("Look the person up in the administration of persons."),
        )  # fmt: skip
    account = Account.objects.filter(person_id=person_id).first()
    posts = Post.objects.filter(person_id=person_id).select_related("unit").order_by("-valid_from", "id")[:POSTS_MAX]
    return PersonFile(person, account, tuple(posts), tuple(tokens_of(person_id)))


def _within(scope: Scope) -> QuerySet[Person]:
    """The persons within a scope: oneself, whose file a unit in it keeps, and who has a post at such a unit."""
    if scope.everything:
        return Person.objects.all()
    units = Q(id__in=scope.unit_ids)
    for path in scope.place_paths:
        units |= Q(place__path__under=path)
    seen = Unit.objects.filter(units).values("id")
    posts = Post.objects.filter(person=OuterRef("id"), unit__in=seen)
    return Person.objects.filter(Q(id=scope.person_id) | Q(unit__in=seen) | Exists(posts))


def unit_posts(unit_id: UUID, *, on: date | None = None, with_past: bool = False) -> list[Post]:
    """Return the posts of a unit, by title, at most 500: those of a day, or those without an end, or all of them."""
    rows = Post.objects.filter(unit_id=unit_id) if on is None else Post.objects.on(on).filter(unit_id=unit_id)
    if on is None and not with_past:
        rows = rows.filter(valid_to=None)
    return list(rows.order_by("title", "id")[:POSTS_MAX])


def colleagues(actor: Actor, *, unit_id: UUID, on: date) -> list[tuple[Post, str]]:
    """Return the posts of a unit on a day, by title, each with its holder's name, "" if it is not for the actor."""
    posts = unit_posts(unit_id, on=on)
    set_scope(actor.scope)
    seen = _within(actor.scope).filter(id__in=[post.person_id for post in posts])
    names = dict(seen.values_list("id", "name"))
    return [(post, names.get(post.person_id, "")) for post in posts]


def deputies_of(actor: Actor, *, post_id: UUID, today: date) -> list[tuple[Post, str]]:
    """Return who stands in for a post from today on, by their first day, at most 500; unseen names are ""."""
    posts = list(
        Post.objects.filter(deputy_of_id=post_id).exclude(valid_to__lte=today).order_by("valid_from", "id")[:POSTS_MAX]
    )
    set_scope(actor.scope)
    seen = _within(actor.scope).filter(id__in=[post.person_id for post in posts])
    names = dict(seen.values_list("id", "name"))
    return [(post, names.get(post.person_id, "")) for post in posts]


def posts_with(post_ids: Collection[UUID]) -> dict[UUID, Post]:
    """Return posts by their identifiers, whatever their dates. Raises ``TooLarge`` for more than 1,000."""
    if len(post_ids) >= LISTED_MAX:
        raise TooLarge(_("At most %(limit)s posts are named at once."), limit=LISTED_MAX - 1)
    return {post.id: post for post in Post.objects.filter(id__in=post_ids)}


def post_holders(actor: Actor, *, post_ids: Collection[UUID]) -> list[tuple[Post, str]]:
    """Return posts by their identifiers with the name of each holder, "" if it is not for the actor."""
    posts = list(posts_with(post_ids).values())
    set_scope(actor.scope)
    seen = _within(actor.scope).filter(id__in=[post.person_id for post in posts])
    names = dict(seen.values_list("id", "name"))
    return [(post, names.get(post.person_id, "")) for post in posts]


def units_that_may(permission: str, *, place_path: str, on: date) -> list[UUID]:
    """The units with a post that holds a permission in a place on a day: at it or above it, the nearest first."""
    holding = [code for code in roles_with(permission) if known_roles()[code].reach == "place"]
    held = Post.objects.on(on).filter(role__in=holding, unit__place__path__above=place_path)
    rows = held.order_by("-unit__place__path", "unit_id")
    return list(dict.fromkeys(rows.values_list("unit_id", flat=True)[:POSTS_MAX]))


def person_names(person_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of some persons, as far as the connection's eyes see them; who is erased has none."""
    seen = Person.objects.filter(id__in=list(person_ids)[:POSTS_MAX], erased_at=None)
    return dict(seen.values_list("id", "name"))


def account_of(person_id: UUID) -> Account:
    """Return the account of a person who has one. Raises ``NotFound``."""
    account = Account.objects.filter(person_id=person_id).first()
    if account is None:
        raise NotFound(
            _("There is no such account."), field="person_id", value=str(person_id),
            remedy=_("Look the person up in the administration of persons."),
        )  # fmt: skip
    return account


def account_called(login: str) -> Account:
    """Return the account with a login name. Raises ``NotFound``."""
    account = Account.objects.filter(login=login).first()
    if account is None:
        raise NotFound(
            _("There is no account %(value)s."), field="login", value=login,
            remedy=_("Look the person up in the administration of persons."),
        )  # fmt: skip
    return account


def tokens_of(person_id: UUID) -> list[ApiToken]:
    """Return the tokens of a person, the newest first, at most 200."""
    return list(ApiToken.objects.filter(account__person_id=person_id).order_by("-id")[:TOKENS_MAX])


def token_with(token_id: UUID) -> ApiToken:
    """Return a token with its account. Raises ``NotFound``."""
    token = ApiToken.objects.select_related("account").filter(id=token_id).first()
    if token is None:
        raise NotFound(
            _("There is no such token."), field="token_id", value=str(token_id),
            remedy=_("Look the person up in the administration of persons."),
        )  # fmt: skip
    return token
