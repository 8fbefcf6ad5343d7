"""What acts and lists of many rooms ask: does a role permit it, do they act for themselves, is it in reach."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tianqu.base.errors import NotPermitted, _
from tianqu.kernel.journal.api import Acting, Actor
from tianqu.kernel.places.permissions import require, within_limits


def may_by_role(acting: Acting, /, **arguments: Any) -> None:
    """Require the permission of the act's own name; the thing is asked for within the act."""
    require(acting.actor, acting.act)


def may_own(acting: Acting, /, **arguments: Any) -> None:
    """Whoever has signed in acts for themselves, by a token within what it was made for."""
    if acting.actor.person_id is None:
        raise NotPermitted(_("Only somebody who has signed in takes part."), remedy=_("Sign in first."))
    if not within_limits(acting.actor, acting.act):
        raise NotPermitted(_("This token was not made for it."), remedy=_("Ask for a token with this scope."))


def own_id(acting: Acting) -> UUID:
    """Who acts for themselves, in an act that ``may_own`` lets in."""
    assert acting.actor.person_id is not None, "the permission check has refused whoever is nobody"
    return acting.actor.person_id


def rows_in_reach(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows, with ``unit_id`` and ``place_path``, of an actor's reach, and none that they see for another reason."""
    if actor.scope.everything:
        return rows
    seen = Q(unit_id__in=actor.scope.unit_ids)
    for path in actor.scope.place_paths:
        seen |= Q(place_path__under=path)
    return rows.filter(seen)
