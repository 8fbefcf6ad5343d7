"""Who may do what: the actor that an account becomes by its post, and the one question ``can``.

A role says which acts; the post says where. The answer for an account is kept for a few seconds in this
process, since every page asks; an act of this room forgets it at once.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.utils import timezone

from tianqu.base.errors import NotPermitted, TooLarge, _
from tianqu.kernel.journal.api import Actor, Scope, execute_prepared, eyes_of_person, registered_acts, scope_was_set
from tianqu.kernel.places.models import Account, ApiToken
from tianqu.kernel.places.roles import (
    LIMIT_PREFIX,
    RESIDENT,
    known_roles,
    own_unit_alone,
    roles_allow,
    within_limits_of,
)

ACTOR_KEPT_SECONDS = 5.0
ACTORS_KEPT_MAX = 10_000
SUB_UNITS_MAX = 5_000
TAKEN_OVER_MAX = 500
TOKEN_USE_NOTED_EVERY = timedelta(minutes=15)  # it tells whether a token is in use, not at which moment


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post that somebody holds on a day, as they choose among theirs."""

    id: UUID
    role: str
    title: str
    unit_id: UUID
    unit_name: str
    unit_name_en: str
    place_path: str
    deputy_of: UUID | None


_kept: dict[tuple[UUID, str, UUID | None, date], tuple[float, Actor]] = {}


def forget_actors() -> None:
    """Forget who may do what, because a post, a unit, a place or an account has changed."""
    _kept.clear()


def actor_of(account: Account, *, channel: str, post_id: UUID | None = None) -> Actor:
    """Return the actor that ``account`` is today.

    A person with several posts chooses one by ``post_id``; without it the first counts, own posts before
    deputies'. A person without a post acts as a resident. Raises ``NotPermitted`` for a disabled account
    and for a post that is not theirs today.
    """
    if not account.is_active:
        raise NotPermitted(_("This account is disabled."), remedy=_("Ask the administrator of your unit."))
    today = timezone.localdate()
    key = (account.id, channel, post_id, today)
    kept = _kept.get(key)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    actor = _actor_by_post(account.person_id, channel=channel, post_id=post_id, today=today)
    if len(_kept) >= ACTORS_KEPT_MAX:
        _kept.clear()
    _kept[key] = (time.monotonic() + ACTOR_KEPT_SECONDS, actor)
    return actor


def resident_actor(account: Account, *, channel: str) -> Actor:
    """Return the actor that ``account`` is when its person acts for themselves, whatever posts they hold."""
    return _resident(account.person_id, channel=channel)


def _resident(person_id: UUID, *, channel: str) -> Actor:
    return Actor(channel=channel, person_id=person_id, roles=frozenset({RESIDENT}), scope=Scope(person_id=person_id))


def held_posts(person_id: UUID, *, on: date | None = None) -> list[HeldPost]:
    """Return the posts a person holds on a day, first the one that counts when they choose none.

    A deputy's post holds only while the post that it stands in for does.
    """
    day = on or timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(_HELD_POSTS, {"person": person_id, "day": day})
        return [HeldPost(*row) for row in cursor.fetchall()]


_HELD_POSTS = """
SELECT post.id, post.role, post.title, unit.id, unit.name, unit.name_en, place.path::text, post.deputy_of_id
FROM places_post post
JOIN places_unit unit ON unit.id = post.unit_id
JOIN places_place place ON place.id = unit.place_id
LEFT JOIN places_post principal ON principal.id = post.deputy_of_id
WHERE post.person_id = %(person)s
  AND daterange(post.valid_from, post.valid_to) @> %(day)s::date
  AND daterange(unit.valid_from, unit.valid_to) @> %(day)s::date
  AND (principal.id IS NULL OR daterange(principal.valid_from, principal.valid_to) @> %(day)s::date)
ORDER BY post.deputy_of_id IS NOT NULL, post.valid_from NULLS FIRST, post.id
LIMIT 100
"""


def _actor_by_post(person_id: UUID, *, channel: str, post_id: UUID | None, today: date) -> Actor:
    posts = held_posts(person_id, on=today)
    if post_id is not None:
        posts = [post for post in posts if post.id == post_id]
        if not posts:
            raise NotPermitted(
                _("This post is not yours today."), field="post_id", value=str(post_id),
                remedy=_("Choose one of your posts."),
            )  # fmt: skip
    if not posts:
        return Actor(
            channel=channel,
            person_id=person_id,
            roles=frozenset({RESIDENT}),
            scope=Scope(person_id=person_id),
        )
    post = posts[0]
    return Actor(
        channel=channel, person_id=person_id, post_id=post.id, unit_id=post.unit_id,
        roles=frozenset({post.role}), scope=_scope_of(person_id, post),
    )  # fmt: skip


def _scope_of(person_id: UUID, post: HeldPost) -> Scope:
    """What a post sees. Nobody but the system itself gets ``Scope.everything``: sealed askers stay sealed.

    A role that reaches everything sees all the places of the realm, by the paths of their roots.
    """
    role = known_roles().get(post.role)
    if role is None:  # declared by a pack that is not installed: it opens nothing
        return Scope(person_id=person_id)
    paths: tuple[str, ...] = ()
    if role.reach == "place":
        paths = _paths_taken_over(post.place_path)
    elif role.reach == "everything":
        paths = _root_paths()
    return Scope(person_id=person_id, unit_ids=_units_below(post.unit_id), place_paths=paths)


def _paths_taken_over(path: str) -> tuple[str, ...]:
    """A place's path, and those of closed places elsewhere that came to it or to something in it.

    Splits do not count: an undivided place that was split belongs to the place above its parts.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE mine (path) AS (SELECT %s::text UNION SELECT old.path::text FROM mine"
            " JOIN places_place follower ON follower.path <@ mine.path::ltree"
            " JOIN places_succession s ON s.to_place_id = follower.id AND s.kind <> 'split'"
            " JOIN places_place old ON old.id = s.from_place_id AND NOT old.path <@ mine.path::ltree)"
            " SELECT path FROM mine ORDER BY length(path), path LIMIT %s",
            [path, TAKEN_OVER_MAX],
        )
        paths = [row[0] for row in cursor.fetchall()]
    return tuple(one for one in paths if not any(path_is_under(one, above=o) for o in paths if o != one))


def _root_paths() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT path::text FROM places_place WHERE parent_id IS NULL LIMIT 100")
        return tuple(sorted(row[0] for row in cursor.fetchall()))


def _units_below(unit_id: UUID) -> tuple[UUID, ...]:
    """The unit, its parts, and the units that any of these took over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE mine (id) AS (SELECT %s::uuid UNION SELECT unit.id FROM places_unit unit"
            " JOIN mine ON mine.id IN (unit.parent_id, unit.successor_id))"
            " SELECT id FROM mine ORDER BY id LIMIT %s",
            [unit_id, SUB_UNITS_MAX + 1],
        )
        units = tuple(row[0] for row in cursor.fetchall())
    if len(units) > SUB_UNITS_MAX:
        raise TooLarge(
            _("More than %(limit)s units are below this one."), limit=SUB_UNITS_MAX,
            remedy=_("Give its posts a role that reaches a place."),
        )  # fmt: skip
    return units


def can(actor: Actor, permission: str, thing: object = None) -> bool:
    """Say whether ``actor`` may do an act or see a kind of thing, and, if ``thing`` is given, this one.

    ``thing`` is anything with some of ``unit_id``, ``place_path`` and ``person_id``: it is within reach if
    its unit or its place is in the actor's scope, or its person is the actor.
    """
    if actor.scope.everything:
        return True
    return roles_allow(actor.roles, permission) and (thing is None or within_scope(scope_for(actor, permission), thing))


def scope_for(actor: Actor, permission: str) -> Scope:
    """Return what a permission opens to ``actor``: their scope, or the work of their units where the role says so."""
    if actor.scope.place_paths and own_unit_alone(actor.roles, permission):
        return replace(actor.scope, place_paths=())
    return actor.scope


def role_holds(actor: Actor, permission: str) -> bool:
    """Say whether a role of ``actor`` holds a permission, whatever the token is for through which they act."""
    roles = frozenset(code for code in actor.roles if not code.startswith(LIMIT_PREFIX))
    return actor.scope.everything or roles_allow(roles, permission)


def within_limits(actor: Actor, permission: str) -> bool:
    """Say whether the token through which ``actor`` acts, if any, was made for this; it is no permission yet."""
    return within_limits_of(actor.roles, permission)


def require(actor: Actor, permission: str, thing: object = None) -> None:
    """Raise ``NotPermitted`` unless ``can`` says yes."""
    if not can(actor, permission, thing):
        if not within_limits(actor, permission):
            raise NotPermitted(
                _("This token does not let you do this (%(permission)s)."), permission=permission,
                remedy=_("Use a token with a scope that holds it."),
            )  # fmt: skip
        raise NotPermitted(
            _("Your post does not let you do this (%(permission)s)."),
            remedy=_("Ask somebody whose post does, or choose another of your posts."),
            permission=permission,
        )  # fmt: skip


def within_scope(scope: Scope, thing: object) -> bool:
    """Say whether a thing's unit, place or person is within ``scope``."""
    if scope.everything:
        return True
    unit_id, path = getattr(thing, "unit_id", None), getattr(thing, "place_path", None)
    person_id = getattr(thing, "person_id", None)
    return (
        (unit_id is not None and unit_id in scope.unit_ids)
        or (path is not None and reaches(scope, path))
        or (person_id is not None and person_id == scope.person_id)
    )


def reaches(scope: Scope, path: str) -> bool:
    """Say whether the place at a path lies at or below one that ``scope`` holds."""
    return scope.everything or any(path_is_under(path, above=above) for above in scope.place_paths)


def oversees_realm(actor: Actor) -> bool:
    """Say whether every place of the realm is in the actor's scope."""
    roots = _root_paths()
    return actor.scope.everything or (bool(roots) and set(roots) <= set(actor.scope.place_paths))


def require_realm(actor: Actor, permission: str) -> None:
    """Require a permission for what holds in the whole realm, and with it a reach over all of it."""
    require(actor, permission)
    if not oversees_realm(actor):
        raise NotPermitted(
            _("This holds in the whole realm, and your post reaches only a part of it."),
            remedy=_("Ask an administrator of the whole realm."),
        )


def path_is_under(path: str, *, above: str) -> bool:
    """Say whether ``path`` is ``above`` or lies below it."""
    return path == above or path.startswith(above + ".")


def permitted_acts(actor: Actor) -> frozenset[str]:
    """Return the names of the acts that ``actor`` may do on something."""
    return frozenset(name for name in registered_acts() if can(actor, name))


def token_digest(secret: str) -> bytes:
    """SHA-256 of a token. A token holds 256 random bits, so that it needs no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


# Every call by a program that was not here a moment ago begins with it. Whoever has no post gets their eyes by it, too.
_WHO_BRINGS_IT = f"""
SELECT t.id, t.last_used_at, t.post_id, t.scopes, a.id, a.person_id,
    CASE WHEN t.post_id IS NULL THEN {eyes_of_person("a.person_id::text")} END
FROM places_api_token t JOIN places_account a ON a.id = t.account_id
WHERE t.digest = %(digest)s AND t.expires_at > %(now)s AND t.revoked_at IS NULL AND a.is_active
"""  # noqa: S608  names of settings


def token_actor(secret: str, *, channel: str) -> Actor | None:
    """Return the actor that an API token stands for, or None for one that is unknown, expired or revoked.

    The actor may do what the token's post may, within the token's scopes. The connection has the eyes of an actor
    without a post from then on; whoever acts for a post still sets theirs.
    """
    now = timezone.now()
    given = {"digest": token_digest(secret), "now": now}
    database = connections[DEFAULT_DB_ALIAS]
    database.close_if_health_check_failed()
    database.ensure_connection()
    with database.wrap_database_errors:
        found = execute_prepared(database.connection, _WHO_BRINGS_IT, given).rows
    if not found:
        return None
    token_id, last_used_at, post_id, scopes, account_id, person_id, _eyes = found[0]
    if post_id is None:
        actor = _resident(person_id, channel=channel)
        scope_was_set(actor.scope)  # first of all: were anything to fail after this, the connection is known to have it
    if last_used_at is None or now - last_used_at > TOKEN_USE_NOTED_EVERY:
        ApiToken.objects.filter(id=token_id).update(last_used_at=now)
    if post_id is not None:
        try:
            account = Account(id=account_id, person_id=person_id, is_active=True)
            actor = actor_of(account, channel=channel, post_id=post_id)
        except NotPermitted:  # the post has ended, and the token with it
            return None
    return replace(actor, roles=actor.roles | {LIMIT_PREFIX + scope for scope in scopes})
