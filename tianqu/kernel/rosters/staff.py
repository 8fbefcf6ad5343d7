"""Who shares shifts: as a pack says it, and, where it says nothing, those who hold a post at the unit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tianqu.kernel.occasions.api import Holder
from tianqu.kernel.places.api import held_posts, person_names, roles_with, unit_posts


@dataclass(frozen=True, slots=True)
class RosterMember:
    """Somebody who shares shifts, as rosters know them. ``may_serve``: on the first day of the roster."""

    name: str
    skills: tuple[str, ...] = ()
    may_serve: bool = True


@dataclass(frozen=True, slots=True)
class RostersJoined:
    """Whose shifts a person shares: of holders by their codes, or of every holder at some units."""

    subjects: frozenset[str] = frozenset()
    unit_ids: frozenset[UUID] = frozenset()

    def holds(self, *, subject: str, unit_id: UUID) -> bool:
        """Say whether a holder's shifts are among them."""
        return subject in self.subjects or unit_id in self.unit_ids


@dataclass(frozen=True, slots=True)
class RosterStaff:
    """Those who hold a post at the holder's unit; with ``permission`` only a post whose role holds it."""

    permission: str = ""

    def joined(self, person_id: UUID) -> RostersJoined:
        """The units at which a person holds such a post today."""
        posts = [post for post in held_posts(person_id) if self._counts(post.role)]
        return RostersJoined(unit_ids=frozenset(post.unit_id for post in posts))

    def sharing(self, holder: Holder, on: date) -> set[UUID]:
        """Those who hold such a post on a day."""
        return {post.person_id for post in unit_posts(holder.unit_id, on=on) if self._counts(post.role)}

    def members(self, holder: Holder, persons: Collection[UUID], on: date) -> Mapping[UUID, RosterMember]:
        """Those of some persons who can be named; they serve while they hold such a post on the day."""
        serving = self.sharing(holder, on)
        names = person_names(persons)
        return {one: RosterMember(name, may_serve=one in serving) for one, name in names.items()}

    def _counts(self, role: str) -> bool:
        return not self.permission or role in roles_with(self.permission)
