"""What a pack declares of the rosters that it holds, so that this room knows nothing of volunteers or theatres."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias
from uuid import UUID

from django.utils.functional import Promise

from tianqu.base.declared import Declared
from tianqu.base.errors import _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.occasions.api import Holder, holder_led, leads_anywhere, number_of_nobody
from tianqu.kernel.rosters.staff import RosterMember, RostersJoined, RosterStaff

# What a role that leads rosters of a kind holds beside the kind's permission.
LEADING_ROSTERS: Final = (
    "rosters.see", "rosters.plan", "rosters.add_shifts", "rosters.drop_shift", "rosters.make", "rosters.change_duty",
    "rosters.relax", "rosters.ask_wishes", "rosters.publish",
)  # fmt: skip
SHARING_ROSTERS: Final = "rosters.share"  # what a role holds to have its own shifts in its menu
STAFF: Final = RosterStaff()
Members: TypeAlias = Callable[[Holder, Collection[UUID], date], Mapping[UUID, RosterMember]]


@dataclass(frozen=True, slots=True)
class RosterKind:
    """A kind of rosters that a pack holds; ``Pack.rosters`` brings it here.

    - ``permission``: what a role must hold beside the act's own name to plan, make, change and publish. It keeps the
      leaders of one kind from those of another: ``practice.see``.
    - ``holders``: whose shifts they are (teams, theatres), by subject; those that there are not are left out.
    - ``led``: the holders that an actor leads, for the form that plans.
    - ``leads``: may refuse somebody who has the permission (``NotPermitted``): a team's leader may be named.
    - ``joined``: whose shifts a person shares; without it those of every unit at which they hold a post.
    - ``members``: name and skills of some who share a holder's shifts, and whether they may serve on a day; whom it
      leaves out is in no roster. Without it whoever holds a post at the holder's unit; ``RosterStaff(permission)``
      gives both for posts of some roles.
    - ``sharing``: who shares a holder's shifts on a day, to be asked when they can come.
    - ``booker``: the number by which others know somebody; it refuses whoever may not serve on a day
      (``NotPermitted``, ``NotFound``), and locks what it looked at.
    - ``join``: what the link to the holder's page says to somebody who does not share its shifts, "" where none leads.
    - ``skills``: what a place may ask for, with what it is called: ``{"medicine": _("medicine")}``.
    """

    code: str
    title: Promise | str
    permission: str
    holders: Callable[[Collection[str]], Mapping[str, Holder]]
    led: Callable[[Actor], Sequence[Holder]]
    leads: Callable[[Actor, str, Holder], None] = leads_anywhere
    joined: Callable[[UUID], RostersJoined] = STAFF.joined
    members: Members = STAFF.members
    sharing: Callable[[Holder, date], Collection[UUID]] = STAFF.sharing
    booker: Callable[[UUID, date], str] = number_of_nobody
    join: Promise | str = ""
    skills: Mapping[str, Promise | str] = field(default_factory=dict)


_KINDS: Final = Declared[RosterKind](
    two=_("Two different kinds of rosters are called %(value)s."), none=_("There is no kind of roster %(value)s.")
)


def register_roster_kind(kind: RosterKind) -> None:
    """Make a kind known, at start-up. Raises ``Conflict`` for two different ones of one code."""
    _KINDS.add(kind)


def known_roster_kinds() -> dict[str, RosterKind]:
    """Every registered kind by its code."""
    return dict(_KINDS)


def roster_kind_called(code: str) -> RosterKind:
    """Return a kind. Raises ``InvalidInput`` for one that no pack declares."""
    return _KINDS.called(code)


def roster_holder(actor: Actor, act: str, /, *, kind: str, subject: str) -> Holder:
    """Return whose shifts they are, for an actor who may do an act on their rosters.

    Raises ``InvalidInput`` for a kind and ``NotFound`` for a holder that is none, ``NotPermitted``.
    """
    return holder_led(actor, act, declared=roster_kind_called(kind), subject=subject)
