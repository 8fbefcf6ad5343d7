"""What the centre declares: the stations with their books, and the standing teams with their accounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.texts import clean_lines
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.ledgers.api import NewBook, NewLedger, open_account_within, open_books_within
from tianqu.kernel.pack.api import checked_code, keep_row, position_given, row_of
from tianqu.kernel.places.api import held_posts, may_by_role, place_with, require, unit_with
from tianqu.packs.practice.models import LEDGER, SERVICES, Station, Team

NAME_MAX: Final = 100
FIRST_DAY: Final = date(2018, 7, 6)  # the founding of the practice centres, before which there are no hours


@act("practice.declare_station", may=may_by_role)
def declare_station(
    acting: Acting,
    *,
    station: str,
    unit_id: UUID,
    place_id: UUID,
    name: str,
    name_en: str,
    lon: Decimal | None = None,
    lat: Decimal | None = None,
    is_open: bool = True,
    since: date | None = None,
) -> None:
    """Declare a station of a place, or what it is from now on; a new one gets its book. The same again changes nothing.

    Without ``lon`` and ``lat`` it lies where its place does; ``since``: founded on a day before it is declared. Raises
    ``InvalidInput``, ``NotFound`` for a unit or place that is none, and ``Conflict`` for a station of another unit.
    """
    unit, place = unit_with(unit_id), place_with(place_id)
    told = Station(
        code=checked_code(station, field="station", example="zhangzhuang"), unit_id=unit.id, place_id=place.id,
        place_path=place.path,
        is_open=is_open, changed_at=acting.now, **clean_lines(most=NAME_MAX, name=name, name_en=name_en),
    )  # fmt: skip
    require(acting.actor, acting.act, told)
    told.lon, told.lat = position_given(lon=lon, lat=lat) or (place.lon, place.lat)
    known = Station.objects.select_for_update().filter(code=station).first()
    if known is None and Station.objects.filter(code=station).exists():
        raise Conflict(_("Another unit keeps the station of this code."), field="station", value=station)
    if known is not None and known.unit_id != unit.id:
        raise Conflict(_("Another unit keeps the station of this code."), field="station", value=station)
    told.since = _founded(acting, since, known)
    keep_row(acting, told, known, subject=f"station:{station}")
    if known is None:
        book = NewBook(told.book, told.name, (NewLedger(LEDGER, "minute"),), FIRST_DAY, told.name_en, unit_id=unit.id)
        open_books_within(acting, books=[book])


@act("practice.declare_team", may=may_by_role)
def declare_team(
    acting: Acting,
    *,
    team: str,
    station: str,
    name: str,
    name_en: str,
    service: str,
    leader_person_id: UUID | None = None,
    is_open: bool = True,
    since: date | None = None,
) -> None:
    """Declare a standing team at a station, or what it is from now on; a new one gets its account of minutes.

    ``leader_person_id``: who alone leads it, by a post; ``since``: as of a station. Raises ``InvalidInput``,
    ``NotFound`` for a station or a leader that is none, and ``Conflict`` for a team of another station.
    """
    at = station_called(station)
    require(acting.actor, acting.act, at)
    if service not in SERVICES:
        raise InvalidInput(
            _("%(value)s is no kind of service."), field="service", value=service[:40],
            remedy=_("Use one of: %(services)s."), services=", ".join(SERVICES),
        )  # fmt: skip
    if leader_person_id is not None and not held_posts(leader_person_id, on=acting.today):
        raise NotFound(
            _("Nobody who holds a post has this identifier."), field="leader_person_id", value=str(leader_person_id),
            remedy=_("Appoint the leader first."),
        )  # fmt: skip
    told = Team(
        code=checked_code(team, field="team", example="zhangzhuang"), station=at, unit_id=at.unit_id,
        place_path=at.place_path,
        service=service, is_open=is_open, changed_at=acting.now, leader_person_id=leader_person_id,
        **clean_lines(most=NAME_MAX, name=name, name_en=name_en),
    )  # fmt: skip
    known = Team.objects.filter(code=team).first()
    if known is not None and known.station_id != at.code:
        raise Conflict(_("The team of this code is at another station."), field="team", value=team)
    told.since = _founded(acting, since, known)
    keep_row(acting, told, known, subject=f"team:{team}")
    if known is None:
        open_account_within(
            acting, book=at.book, ledger=LEDGER, code=told.account, name=told.name, name_en=told.name_en,
            element="other", side="debit", opened_on=FIRST_DAY,
        )  # fmt: skip


def station_called(code: str) -> Station:
    """Return a station. Raises ``NotFound``."""
    return row_of(Station.objects.all(), code, field="station", missing=_("There is no station %(value)s."))


def team_called(code: str) -> Team:
    """Return a team with its station. Raises ``NotFound``."""
    return row_of(Team.objects.select_related("station"), code, field="team", missing=_("There is no team %(value)s."))


def _founded(acting: Acting, since: date | None, known: Station | Team | None) -> date:
    """Since when it is there: what is told, or what is known, or today. Raises ``InvalidInput``."""
    on = since or (known.since if known is not None else acting.today)
    if not FIRST_DAY <= on <= acting.today:
        raise InvalidInput(
            _("Nothing was founded before %(first)s, and nothing is founded after today."), field="since",
            value=on.isoformat(), first=FIRST_DAY.isoformat(),
        )  # fmt: skip
    return on
