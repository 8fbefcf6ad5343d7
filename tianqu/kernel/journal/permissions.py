"""Asking whether an actor holds a permission. Roles are the room of places' own; it tells this one how to ask."""

from __future__ import annotations

from collections.abc import Callable

from tianqu.base.errors import NotPermitted, _
from tianqu.kernel.journal.actors import Actor
from tianqu.kernel.journal.acts import Acting

Holds = Callable[[Actor, str], bool]

_holds: list[Holds] = []


def register_permissions(holds: Holds) -> None:
    """Say how to ask whether an actor holds a permission; called once, when the room that knows is ready."""
    _holds[:] = [holds]


def may_by_permission(acting: Acting, /, **arguments: object) -> None:
    """Require the permission of the act's own name. Where no room knows of permissions only the system holds any."""
    if acting.actor.scope.everything or any(holds(acting.actor, acting.act) for holds in _holds):
        return
    raise NotPermitted(
        _("Your post does not let you do this (%(permission)s)."), permission=acting.act,
        remedy=_("Ask somebody whose post does, or choose another of your posts."),
    )  # fmt: skip
