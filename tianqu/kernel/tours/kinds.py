"""What a pack declares of the tours that it plans, so that this room knows nothing of troupes or speakers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.utils.functional import Promise

from tianqu.base.declared import Declared
from tianqu.base.errors import NotPermitted, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import Unit, require, role_holds

LORRY_METRES_AN_HOUR: Final = 40_000  # on county roads; no source but the offices' habit, shown on the page


@dataclass(frozen=True, slots=True)
class VisitAsked:
    """A visit that a place asks for, from one day to another.

    ``id``: what the kind knows it by, from now on and after it took place. ``title``: what is given. ``minutes``: how
    long it takes for those who come to it, without setting up. ``prices``: what each carrier asks for it in fen; one
    that is not there does not come. ``opens`` and ``closes``: between which minutes of a day, where that is narrower
    than the tour's. ``wishes``: votes by work. ``extra``: nobody ordered it; left out it counts its votes alone, and
    what it gives is, of ``works`` (their Chinese and English names), the one with most votes that its carrier gives.
    """

    id: str
    place_path: str
    title: str
    title_en: str
    minutes: int
    first_on: date
    last_on: date
    prices: Mapping[str, int]
    wishes: Mapping[str, int] = field(default_factory=dict)
    extra: bool = False
    works: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    opens: int = 0
    closes: int = 2_160


@dataclass(frozen=True, slots=True)
class CarrierOffered:
    """Who travels: its base, the days on which it is there, the works of wishes that it gives.

    ``by``: what it comes by, such as a contract's number, for the pack itself.
    """

    id: str
    name: str
    name_en: str
    base_path: str
    days: frozenset[date]
    works: frozenset[str] = frozenset()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a tour is planned from: the visits and who may travel.

    ``served``: by path, how many visits a place has had, or is to have, beside these: no place comes again before all
    had one, and that is asked of more than one plan, such as of a season or a year, as the kind says.
    """

    visits: Sequence[VisitAsked]
    carriers: Sequence[CarrierOffered]
    served: Mapping[str, int] = field(default_factory=dict)


class Stage(StrEnum):
    """How far what a visit stands for is, as its pack says."""

    WAITING = "waiting"  # nobody is engaged
    ENGAGED = "engaged"  # its carrier is, and it may still be moved, handed over or called off
    OVER = "over"  # it took place, or is not to be


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a visit is; ``carrier``: who is engaged, where somebody is, and from when on, where the pack knows."""

    stage: Stage
    carrier: str = ""
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Engagement:
    """A visit of a published plan, as its pack carries it out. ``works``: which of the wished-for ones are given."""

    visit_id: str
    place_path: str
    carrier: str
    by: str
    starts_at: datetime
    ends_at: datetime
    works: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TourKind:
    """A kind of tours that a pack plans; ``Pack.tours`` brings it here.

    - ``permission``: what a role must hold beside the act's own name to plan, change and publish: that of engaging by
      hand. It keeps those who plan one kind from another's.
    - ``asked``: what is asked for below an office between two days, and who could come. Read with the eyes of whoever
      plans.
    - ``standings``: how far some visits are; those of which there is nothing yet are left out.
    - ``engage``, ``move``, ``hand_over``, ``call_off``: what is done when a plan is put into force: acts of the pack,
      each its own. A visit that was engaged is moved to another time of the same carrier, or, where that one is out,
      handed over to another, for whom the engagement says ``carrier`` and ``by``. ``call_off`` is told a cause
      (``weather``, ``carrier``, ``other``) and its days, or why in words.
    - ``swap``: gives two engaged visits that stand in each other's way their new times and carriers in one step; None
      where none of the kind's ever do.
    - ``address``: the page of a visit that there is.
    - ``notice``: the template by which a village's offices are told (``title``, ``at``), on ``subject:visit``.
    - ``minutes_before``: from the arrival until what is given begins. ``leaves`` and ``back``: minutes of the day.
    - ``paid``: whether it has prices and a budget; otherwise roads are counted in minutes, and nothing in yuan.
    - ``begun``: what the form that plans begins with, by names of ``Terms``.
    """

    code: str
    title: Promise | str
    permission: str
    asked: Callable[[Unit, date, date], Asked]
    standings: Callable[[Collection[str]], Mapping[str, Standing]]
    engage: Callable[[Actor, Engagement], object]
    move: Callable[[Actor, Engagement], object]
    hand_over: Callable[[Actor, Engagement], object]
    call_off: Callable[[Actor, str, str, str], object]
    address: Callable[[str], str]
    notice: str
    subject: str
    minutes_before: int = 0
    leaves: int = 6 * 60
    back: int = 24 * 60
    metres_an_hour: int = LORRY_METRES_AN_HOUR
    paid: bool = True
    begun: Mapping[str, int] = field(default_factory=dict)
    swap: Callable[[Actor, Engagement, Engagement], object] | None = None


_KINDS: Final = Declared[TourKind](
    two=_("Two different kinds of tours are called %(value)s."), none=_("There is no kind of tour %(value)s.")
)


def register_tour_kind(kind: TourKind) -> None:
    """Make a kind known, at start-up. Raises ``Conflict`` for two different ones of one code."""
    _KINDS.add(kind)


def tour_kind(code: str) -> TourKind:
    """Return a kind. Raises ``InvalidInput`` for one that no pack declares."""
    return _KINDS.called(code)


def known_tour_kinds() -> dict[str, TourKind]:
    """Every registered kind by its code."""
    return dict(_KINDS)


def led_tour_kinds(actor: Actor) -> list[TourKind]:
    """The kinds that the actor's roles plan."""
    return [kind for _code, kind in sorted(_KINDS.items()) if role_holds(actor, kind.permission)]


def check_leads(actor: Actor, permission: str, /, *, kind: str, unit_id: UUID) -> TourKind:
    """Return a kind with whose tours the actor may do this for an office. Raises ``NotPermitted``, ``InvalidInput``."""
    require(actor, permission)
    declared = tour_kind(kind)
    if not role_holds(actor, declared.permission) or not acts_for(actor, unit_id):
        raise NotPermitted(
            _("Your post does not let you do this (%(permission)s)."), permission=declared.permission,
            remedy=_("Ask somebody whose post does, or choose another of your posts."),
        )  # fmt: skip
    return declared


def acts_for(actor: Actor, unit_id: UUID) -> bool:
    """Say whether the actor acts for an office."""
    return actor.scope.everything or unit_id in actor.scope.unit_ids
