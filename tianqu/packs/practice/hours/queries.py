"""Reading hours: one's own with their vouchers, and the totals of teams and stations, which the ledger keeps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Sum

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import Account
from tianqu.packs.practice.models import LEDGER, Participation, Station, TakingPart, Team
from tianqu.packs.practice.queries import LIST_MAX, led_stations, profile_of, standing, teams_joined

OWN_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class OwnHours:
    """What a volunteer did: participations with where each stands, and all minutes by team and by station."""

    lines: list[tuple[Participation, str]]
    by_team: list[tuple[Team, int]]
    by_station: list[tuple[Station, int]]

    @property
    def cut(self) -> bool:
        """Whether there may be more participations than these."""
        return len(self.lines) == OWN_SHOWN

    @property
    def minutes(self) -> int:
        """All minutes that were booked."""
        return sum(count for _station, count in self.by_station)


def own_hours(actor: Actor, *, limit: int | None = OWN_SHOWN) -> OwnHours:
    """The actor's own participations, the newest first; ``limit`` None gives all. The minutes are of all of them.

    Raises ``NotPermitted`` for who has not signed in.
    """
    profile_of(actor)
    rows = Participation.objects.filter(person_id=actor.person_id).exclude(state=TakingPart.LEFT)
    booked = rows.filter(minutes__isnull=False).values_list("activity__team").annotate(Sum("minutes"))
    minutes = dict(booked.order_by())
    by_team: Counter[Team] = Counter()
    by_station: Counter[Station] = Counter()
    for team in Team.objects.select_related("station").filter(code__in=list(minutes)):
        by_team[team] += minutes[team.code]
        by_station[team.station] += minutes[team.code]
    found = rows.select_related("activity__team__station").order_by("-activity__starts_at", "id")[:limit]
    return OwnHours([(one, standing(one)) for one in found], by_team.most_common(), by_station.most_common())


def exported(actor: Actor) -> dict[str, Any]:
    """Everything that is kept of the actor as a volunteer, for themselves. Raises ``NotPermitted``."""
    profile = profile_of(actor)
    names = ("number", "station_id", "name", "phone", "born_on", "skills", "languages", "times", "reach", "guardian",
             "guardian_relation", "consent_at", "changed_at")  # fmt: skip
    hours = own_hours(actor, limit=None)
    taken = ("state", "queued_at", "in_at", "out_at", "sent_later", "elsewhere", "minutes", "transfer_id",
             "voucher", "leader_words", "volunteer_words")  # fmt: skip
    return {
        "profile": None if profile is None else {name.removesuffix("_id"): getattr(profile, name) for name in names},
        "teams": [team.code for team in teams_joined(actor)],
        "participations": [
            {
                "activity": one.activity_id, "title": one.activity.title, "team": one.activity.team_id,
                "station": one.activity.team.station_id, "book": one.activity.team.station.book, "standing": stands,
                **{name: getattr(one, name) for name in taken},
            }
            for one, stands in hours.lines
        ],
        "minutes": hours.minutes,
    }  # fmt: skip


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
