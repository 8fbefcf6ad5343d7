"""Who does an act, by which door, and what their transaction may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """What the database lets a transaction see: the second wall, behind the scope in every query.

    ``place_paths`` are ltree paths: everything at or below each of them is visible. ``unit_ids`` are the units
    whose work is visible. ``person_id`` opens what the person asked for themselves. ``opened`` holds single things
    that a secret let the visitor into, such as the order of a receipt. ``everything`` is for the system's own
    processes and for nobody else.
    """

    everything: bool = False
    person_id: UUID | None = None
    unit_ids: tuple[UUID, ...] = ()
    place_paths: tuple[str, ...] = ()
    opened: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does an act. A person acts through a post; an anonymous asker and the system have none."""

    channel: str  # web, api, open311, phone, system, import
    person_id: UUID | None = None
    post_id: UUID | None = None
    unit_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    scope: Scope = field(default_factory=Scope)


SYSTEM = Actor(channel="system", scope=Scope(everything=True))
ANYBODY = Actor(channel="web")
