"""What a pack declares of the occasions that it holds, so that this room knows nothing of volunteers or theatres."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from django.utils.functional import Promise

from tianqu.base.declared import Declared
from tianqu.base.errors import NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, Actor
from tianqu.kernel.places.api import require, role_holds

Span: TypeAlias = tuple[datetime, datetime]  # from when until when


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds an occasion: a team, a theatre. ``under`` is what it belongs to: a station, a hall; "" for nothing.

    The place and the position of an occasion are those of its holder. ``address`` is its page within the site.
    ``venue``, ``seats`` and ``price_fen`` are what the form that announces begins with: a hall's own. ``book`` and
    ``account`` are where the time is counted that people are there (``CountedTime``).
    """

    subject: str
    unit_id: UUID
    place_path: str
    name: str
    name_en: str
    under: str = ""
    under_en: str = ""
    lon: Decimal | None = None
    lat: Decimal | None = None
    is_open: bool = True
    address: str = ""
    seats: tuple[str, ...] = ()
    price_fen: int = 0
    venue: str = ""
    venue_en: str = ""
    book: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Comer:
    """Who booked, as whoever leads may know them. Both are personal data."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """That somebody disagrees with what stands of their time, since when, and at what.

    ``again``: it was answered before, and they disagree with the answer, too. It names nobody but by ``number``.
    """

    booking_id: UUID
    occasion_id: UUID
    number: str
    subject: str
    title: str
    since: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class CountedTime:
    """That the time is counted for which people are there, between check-in and check-out and within the occasion.

    The minutes go from the holder's account (``Holder.book`` and ``account``) to one of the same book and ``ledger``
    that is called by the number under which somebody booked; it is opened on ``since`` when it is first needed.

    - ``step``: so many minutes at once; what is less is cut off.
    - ``day_max``: how many minutes count of one number on one day, over all occasions of the kind.
    - ``by_codes``: check-in and check-out are enough, and closing books them where nobody has said anything; otherwise
      nothing counts before whoever leads has confirmed it.
    - ``comers``: those of some persons whom whoever leads may know by name.
    - ``check``: refuses time of some persons on a day (``Conflict``), who may not take part any more.
    - ``busy``: what a pack has booked of some numbers otherwise, by number, from one moment to another: no minute
      counts twice. It reads with open eyes, and books only numbers that it locks (``lock_numbers``).
    - ``disputed``: what the pack does, within the act, when somebody begins to disagree: it opens a request, and
      returns the unit that is told of it.
    - ``settled``: the same when whoever leads confirms or refuses the time anew; it may refuse them to
      (``NotPermitted``), where the matter is another's by now.
    """

    ledger: str
    since: date
    step: int = 1
    day_max: int = 24 * 60
    by_codes: bool = False
    comers: Callable[[Collection[UUID]], Mapping[UUID, Comer]] | None = None
    check: Callable[[Collection[UUID], date], None] | None = None
    busy: Callable[[Collection[str], Span], Mapping[str, Sequence[Span]]] | None = None
    disputed: Callable[[Acting, Dispute], UUID] | None = None
    settled: Callable[[Acting, Dispute], None] | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """What becomes of who books and does not come: after ``times`` within so many days nothing is booked for so many.

    ``within`` counts back from now, ``barred`` from the last time.
    """

    times: int = 3
    within: timedelta = timedelta(days=180)
    barred: timedelta = timedelta(days=30)


def number_of_nobody(_person_id: UUID, _on: date) -> str:
    """A number that stands for somebody of whom nothing else is known, and needs nothing."""
    return f"B{new_identifier().hex[-12:]}"


def leads_anywhere(_actor: Actor, _act: str, _holder: Holder) -> None:
    """Whoever has the permission leads every holder within reach."""


@dataclass(frozen=True, slots=True)
class OccasionKind:
    """A kind of occasions that a pack holds; ``Pack.occasions`` brings it here.

    - ``permission``: what a role must hold beside the act's own name to announce, cancel, show the code, see who
      booked, or stand at the door. It keeps the leaders of one kind from those of another: ``practice.see``.
    - ``door``: what a role may hold in its stead to stand at the door alone; "" for nothing.
    - ``holders``: the holders of some subjects by subject; those that there are not are left out. One statement.
    - ``led``: the holders that an actor leads, for the form that announces.
    - ``leads``: may refuse somebody who has the permission (``NotPermitted``): a team's leader may be named.
    - ``booker``: the number under which a person books; it refuses whoever may not (``NotPermitted``, ``NotFound``),
      and locks what it looked at.
    - ``tags``: what an occasion may be marked with, with what it is called: ``{"theme_day": _("theme day")}``.
    - ``ticketed``: who books gets a ticket, and shows it at the door; otherwise one checks in by a rotating code.
    - ``leaves_before``: how long before the beginning one leaves at the latest; None: as long as it is not over.
    - ``counted``: that time is counted, and how; None where it is not.
    - ``joins``: the name of the page on which one becomes somebody who may book: where ``booker`` finds nobody, the
      refusal leads there.
    - ``own_page``, ``led_page``: names of pages that take ``occasion_id``, with more for who booked and who leads.
    """

    code: str
    title: Promise | str
    permission: str
    holders: Callable[[Collection[str]], Mapping[str, Holder]]
    led: Callable[[Actor], Sequence[Holder]]
    leads: Callable[[Actor, str, Holder], None] = leads_anywhere
    booker: Callable[[UUID, date], str] = number_of_nobody
    missing: Missing | None = None
    tags: Mapping[str, Promise | str] | None = None
    ticketed: bool = False
    door: str = ""
    leaves_before: timedelta | None = None
    counted: CountedTime | None = None
    joins: str = ""
    own_page: str = ""
    led_page: str = ""


ADMIT: Final = "occasions.admit"  # the act of the door
_KINDS: Final = Declared[OccasionKind](
    two=_("Two different kinds of occasions are called %(value)s."), none=_("There is no kind of occasion %(value)s.")
)


def register_kind(kind: OccasionKind) -> None:
    """Make a kind known, at start-up. Raises ``Conflict`` for two different ones of one code."""
    _KINDS.add(kind)


def known_kinds() -> dict[str, OccasionKind]:
    """Every registered kind by its code."""
    return dict(_KINDS)


def kind_called(code: str) -> OccasionKind:
    """Return a kind. Raises ``InvalidInput`` for one that no pack declares."""
    return _KINDS.called(code)


class Leading(Protocol):
    """What a kind, of occasions or of another room, says of those who lead."""

    @property
    def permission(self) -> str:
        """What a role must hold beside the act's own name."""

    @property
    def holders(self) -> Callable[[Collection[str]], Mapping[str, Holder]]:
        """The holders of some subjects by subject."""

    @property
    def leads(self) -> Callable[[Actor, str, Holder], None]:
        """Refuses somebody who has the permission."""


def led_holder(actor: Actor, act: str, /, *, kind: str, subject: str) -> Holder:
    """Return a holder for which the actor may do an act, or see who booked.

    Raises ``InvalidInput`` for a kind and ``NotFound`` for a holder that is none, ``NotPermitted``.
    """
    declared = kind_called(kind)
    if act == ADMIT and declared.door and role_holds(actor, declared.door):
        declared = replace(declared, permission=declared.door)
    return holder_led(actor, act, declared=declared, subject=subject)


def holder_led(actor: Actor, act: str, /, *, declared: Leading, subject: str) -> Holder:
    """Return a holder of a kind for which the actor may do an act. Raises ``NotFound`` and ``NotPermitted``."""
    require(actor, act)
    holder = declared.holders([subject]).get(subject)
    if holder is None:
        raise NotFound(
            _("There is nobody called %(value)s who holds this."),
            field="subject",
            value=subject[:40],
            remedy=_("Choose one of those that you lead."),
        )
    require(actor, act, holder)
    if not role_holds(actor, declared.permission):
        raise NotPermitted(
            _("Your post does not let you do this (%(permission)s)."), permission=declared.permission,
            remedy=_("Ask somebody whose post does, or choose another of your posts."),
        )  # fmt: skip
    declared.leads(actor, act, holder)
    return holder
