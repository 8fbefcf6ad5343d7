"""Reading hours: one's own with their vouchers, a team's for its leader, and totals, which the ledger keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from tianqu.kernel.certificates.api import own_certificates
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.ledgers.api import Account, Transfer
from tianqu.kernel.occasions.api import Attended, own_attendances, own_bookings, own_minutes
from tianqu.kernel.orders.api import Order, item_version, own_offers
from tianqu.kernel.pack.api import Whose
from tianqu.packs.practice.hours.acts import own_disputes
from tianqu.packs.practice.models import KIND, LEDGER, Station, Team, Visit, Volunteer
from tianqu.packs.practice.queries import LIST_MAX, led_stations, profile_of, teams_joined, teams_with

OWN_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class BookedVisit:
    """A visit that was booked: what was ordered, and for whom the volunteer went; ``team`` None where on their own."""

    order_id: UUID
    title: str
    title_en: str
    day: date
    team: Team | None
    station: Station
    minutes: int
    voucher: int


def booked_visits(person_id: UUID) -> list[BookedVisit]:
    """The visits of a volunteer that were booked, the newest first. Read with open eyes, for the volunteer alone."""
    return list(_booked(Visit.objects.filter(person_id=person_id)).values())


def visits_with(ids: Collection[int]) -> dict[int, BookedVisit]:
    """Booked visits by their identifiers. Read with open eyes."""
    return _booked(Visit.objects.filter(id__in=ids))


def _booked(rows: QuerySet[Visit]) -> dict[int, BookedVisit]:
    visits = list(rows.filter(minutes__isnull=False).select_related("team").order_by("-in_at"))
    moved = Transfer.objects.filter(reference__in=[f"visit:{one.id}" for one in visits])
    books = dict(moved.values_list("reference", "book__code"))
    stations = Station.objects.in_bulk([code.removeprefix("practice.") for code in books.values()])
    items = dict(Order.objects.filter(id__in=[one.order_id for one in visits]).values_list("id", "item_id"))
    found: dict[int, BookedVisit] = {}
    for one in visits:
        assert one.in_at is not None and one.minutes is not None and one.voucher is not None, one.id
        item = item_version(items[one.order_id])
        found[one.id] = BookedVisit(
            one.order_id, item.title, item.title_en, timezone.localdate(one.in_at), one.team,
            stations[books[f"visit:{one.id}"].removeprefix("practice.")], one.minutes, one.voucher,
        )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class OwnHours:
    """What a volunteer did: activities with where each stands, booked visits, all minutes by team and station.

    ``disputes`` are the requests by which one's disagreements are answered, by booking.

    The minutes of a visit that somebody went for alone are those of the station, and of no team.
    """

    lines: list[Attended]
    visits: list[BookedVisit]
    teams: dict[str, Team]
    by_team: list[tuple[Team, int]]
    by_station: list[tuple[Station, int]]
    disputes: dict[UUID, Order]

    @property
    def cut(self) -> bool:
        """Whether there may be more activities than these."""
        return len(self.lines) == OWN_SHOWN

    @property
    def minutes(self) -> int:
        """All minutes that were booked."""
        return sum(count for _station, count in self.by_station)


def own_hours(actor: Actor, *, limit: int | None = OWN_SHOWN) -> OwnHours:
    """The actor's own activities and visits, the newest first; ``limit`` None gives all. Minutes are of all.

    Raises ``NotPermitted`` for who has not signed in.
    """
    profile_of(actor)
    lines = own_attendances(actor, kind=KIND, limit=limit)
    minutes = own_minutes(actor, kind=KIND)
    visits = _own_visits(actor)
    teams = teams_with({*minutes, *(each.one.occasion.subject for each in lines)})
    by_team: Counter[Team] = Counter()
    by_station: Counter[Station] = Counter()
    for code, count in minutes.items():
        by_team[teams[code]] += count
        by_station[teams[code].station] += count
    for visit in visits:
        by_station[visit.station] += visit.minutes
        if visit.team is not None:
            by_team[visit.team] += visit.minutes
    disputes = own_disputes(actor, lines)
    return OwnHours(lines, visits[:limit], teams, by_team.most_common(), by_station.most_common(), disputes)


def _own_visits(actor: Actor) -> list[BookedVisit]:
    """The books in which one's own visits stand are their station's to see."""
    assert actor.person_id is not None, "the profile was asked for"
    with seeing(SYSTEM.scope):
        found = booked_visits(actor.person_id)
    set_scope(actor.scope)
    return found


def exported(actor: Actor) -> dict[str, Any]:
    """Everything that is kept of the actor as a volunteer, for themselves. Raises ``NotPermitted``."""
    profile = profile_of(actor)
    own = own_hours(actor, limit=None)
    return {
        "profile": None if profile is None else _told(profile, "number", "station_id", "name", "phone", "born_on",
            "skills", "languages", "times", "reach", "guardian", "guardian_relation", "consent_at", "since",
            "reference", "changed_at"),
        "teams": [team.code for team in teams_joined(actor)],
        "participations": [
            {
                "occasion": each.one.occasion_id, "title": each.one.occasion.title, "team": each.one.occasion.subject,
                "station": own.teams[each.one.occasion.subject].station_id,
                "book": own.teams[each.one.occasion.subject].station.book, "standing": each.standing,
                **_told(each.one, "state", "queued_at", "in_at", "out_at", "sent_later", "elsewhere"),
                **_told(each.kept, "minutes", "transfer_id", "voucher", "refused_at", "disputed_at", "leader_words",
                    "own_words"),
            }
            for each in own.lines
        ],
        "left": [
            {"occasion": one.occasion_id, "title": one.occasion.title, "queued_at": one.queued_at}
            for one in own_bookings(actor, kind=KIND, limit=None, left=True)
        ],
        "visits": _visits_told(actor),
        "offers": [_told(one, "order_id", "made_at", "state", "answered_at", "words") for one in own_offers(actor)],
        "certificates": [
            _told(one, "code", "first_day", "last_day", "amount", "issued_at", "revoked_at")
            for one in (own_certificates(_whose(profile), kind=KIND) if profile is not None else ())
        ],
        "minutes": own.minutes,
    }  # fmt: skip


def _told(row: object, *names: str) -> dict[str, Any]:
    return {name.removesuffix("_id"): getattr(row, name, None) for name in names}


def _whose(it: Volunteer) -> Whose:
    return Whose(it.name, it.number, it.unit_id, it.place_path, person_id=it.person_id)


def _visits_told(actor: Actor) -> list[dict[str, Any]]:
    """All visits of the actor, booked or not."""
    assert actor.person_id is not None, "the profile was asked for"
    with seeing(SYSTEM.scope):
        booked = _booked(Visit.objects.filter(person_id=actor.person_id))
        rows = list(Visit.objects.filter(person_id=actor.person_id).order_by("-id"))
    set_scope(actor.scope)
    return [
        _told(one, "order_id", "team_id", "in_at", "out_at", "elsewhere", "minutes", "voucher")
        | (
            {"title": at.title, "day": at.day, "station": at.station.code, "book": at.station.book}
            if (at := booked.get(one.id)) is not None else {}
        )
        for one in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class StationHours:
    """A station with the minutes of each of its teams, as its book holds them."""

    station: Station
    teams: list[tuple[Team, int]]

    @property
    def minutes(self) -> int:
        """The minutes of all teams."""
        return sum(count for _team, count in self.teams)


def hours_of_stations(actor: Actor, *, after: str = "", limit: int = LIST_MAX) -> list[StationHours]:
    """The stations within reach by code from ``after`` on, with the minutes of their teams. Three statements."""
    found = led_stations(actor, after=after, limit=limit)
    by_station: dict[str, list[Team]] = {station.code: [] for station in found}
    for team in Team.objects.filter(station__in=found).order_by("code"):
        by_station[team.station_id].append(team)
    codes = [team.account for each in by_station.values() for team in each]
    accounts = Account.objects.filter(
        book__code__in=[station.book for station in found], ledger__code=LEDGER, code__in=codes
    )
    minutes = {code: debit - credit for code, debit, credit in accounts.values_list(
        "code", "posted_debit", "posted_credit",
    )}  # fmt: skip
    return [
        StationHours(station, [(team, minutes.get(team.account, 0)) for team in by_station[station.code]])
        for station in found
    ]
