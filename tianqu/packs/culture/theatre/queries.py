"""Reading theatres: their shows for everybody, and what each took in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy

from tianqu.base.errors import _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.occasions.api import (
    Holder,
    Missing,
    Occasion,
    OccasionKind,
    OccasionLine,
    OccasionsAsked,
    led_holder,
    occasion_lines,
    occasions,
)
from tianqu.kernel.pack.api import row_of
from tianqu.kernel.places.api import require, rows_in_reach
from tianqu.kernel.rosters.api import RosterKind, RosterStaff
from tianqu.packs.culture.models import Takings, Theatre
from tianqu.packs.culture.theatre.acts import KIND

RUN: Final = "culture.run_theatre"
LIST_MAX: Final = 200
AHEAD_DAYS: Final = 60


def holders(codes: Collection[str]) -> Mapping[str, Holder]:
    """Theatres as what holds shows, by code."""
    return {one.code: _holder(one) for one in Theatre.objects.filter(code__in=list(codes)[:LIST_MAX])}


def _holder(one: Theatre) -> Holder:
    return Holder(
        one.code, one.unit_id, one.place_path, one.name, one.name_en, lon=one.lon, lat=one.lat, is_open=one.is_open,
        address=reverse("culture:theatre", kwargs={"code": one.code}), seats=tuple(one.seats),
        price_fen=one.price_fen, venue=one.venue, venue_en=one.venue_en,
    )  # fmt: skip


def led_theatres(actor: Actor) -> list[Holder]:
    """The open theatres within the actor's reach, at most 200."""
    require(actor, RUN)
    rows = rows_in_reach(actor, Theatre.objects.filter(is_open=True))
    return [_holder(one) for one in rows.order_by("code")[:LIST_MAX]]


USHERS: Final = RosterStaff("culture.usher")  # who stand at the doors
# Whoever has signed in books one seat a show. Who lets three seats go cold in half a year books none for thirty days.
SHOWS: Final = OccasionKind(
    code=KIND, title=gettext_lazy("Theatre"), permission=RUN, holders=holders, led=led_theatres, missing=Missing(),
    ticketed=True, door=USHERS.permission, leaves_before=timedelta(hours=2),
)  # fmt: skip


# Who has a post as an usher at a theatre's office shares its shifts at the doors.
DOORS: Final = RosterKind(
    code=KIND, title=gettext_lazy("Theatre"), permission=RUN, holders=holders, led=led_theatres, joined=USHERS.joined,
    members=USHERS.members, sharing=USHERS.sharing,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Year:
    """What a theatre came to in a year: shows that were booked, who came, and what was taken in, in fen."""

    shows: int
    came: int
    amount_fen: int


def theatre_called(code: str) -> Theatre:
    """A theatre. Raises ``NotFound``."""
    return row_of(Theatre.objects.all(), code, field="theatre", missing=_("There is no theatre %(value)s."))


def theatres_with_shows() -> list[tuple[Theatre, list[OccasionLine]]]:
    """Every theatre with its next five shows. Three statements."""
    found, coming = list(Theatre.objects.order_by("code")[:LIST_MAX]), dict[str, list[OccasionLine]]()
    asked = OccasionsAsked(days=AHEAD_DAYS, kind=KIND, subjects=[one.code for one in found])
    for line in occasions(asked) if found else []:
        coming.setdefault(line.occasion.subject, []).append(line)
    return [(one, coming.get(one.code, [])[:5]) for one in found]


def coming_shows(theatre: Theatre) -> list[OccasionLine]:
    """The shows of the next two months."""
    return occasions(OccasionsAsked(days=AHEAD_DAYS, kind=KIND, subjects=[theatre.code]))


def year_of(theatre: Theatre, year: int) -> Year:
    """What a theatre came to by the shows of a year, from its booked takings."""
    shows = Occasion.objects.filter(kind=KIND, subject=theatre.code, starts_at__year=year)
    rows = Takings.objects.filter(theatre=theatre, occasion_id__in=shows.values("id"))
    told = rows.aggregate(shows=Count("occasion_id"), came=Sum("came"), amount=Sum("amount_fen"))
    return Year(told["shows"], told["came"] or 0, told["amount"] or 0)


def led_shows(actor: Actor, theatre: Theatre) -> list[tuple[OccasionLine, Takings | None]]:
    """The shows, the newest first, with what each took in, for whoever runs the theatre. Raises ``NotPermitted``."""
    led_holder(actor, RUN, kind=KIND, subject=theatre.code)
    rows = Occasion.objects.filter(kind=KIND, subject=theatre.code).order_by("-starts_at", "id")
    lines = occasion_lines(rows[:LIST_MAX])
    taken = Takings.objects.in_bulk([line.occasion.id for line in lines])
    return [(line, taken.get(line.occasion.id)) for line in lines]
