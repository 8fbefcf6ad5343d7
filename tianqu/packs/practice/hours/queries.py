"""Reading hours: one's own with their vouchers, and the totals of teams and stations, which the ledger keeps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import Account
from tianqu.kernel.places.api import require
from tianqu.packs.practice.models import LEDGER, Participation, Station, TakingPart, Team
from tianqu.packs.practice.queries import LIST_MAX, SEE, profile_of, standing, teams_joined, within_reach

OWN_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class OwnHours:
    """What a volunteer did: every participation with where it stands, and the minutes by team and by station."""

    lines: list[tuple[Participation, str]]
    by_team: list[tuple[Team, int]]
    by_station: list[tuple[Station, int]]

    @property
    def minutes(self) -> int:
        """All minutes that were booked."""
        return sum(count for _station, count in self.by_station)


def own_hours(actor: Actor) -> OwnHours:
    """The actor's own participations, the newest first. Raises ``NotPermitted`` for who has not signed in."""
    profile_of(actor)
    rows = Participation.objects.filter(person_id=actor.person_id).exclude(state=TakingPart.LEFT)
    found = list(rows.select_related("activity__team__station").order_by("-activity__starts_at", "id")[:OWN_MAX])
    by_team: Counter[Team] = Counter()
    by_station: Counter[Station] = Counter()
    for one in found:
        if one.minutes is not None:
            by_team[one.activity.team] += one.minutes
            by_station[one.activity.team.station] += one.minutes
    return OwnHours([(one, standing(one)) for one in found], by_team.most_common(), by_station.most_common())


def exported(actor: Actor) -> dict[str, Any]:
    """Everything that is kept of the actor as a volunteer, for themselves. Raises ``NotPermitted``."""
    profile = profile_of(actor)
    names = ("number", "station_id", "name", "phone", "born_on", "skills", "languages", "times", "reach", "guardian",
             "guardian_relation", "consent_at", "changed_at")  # fmt: skip
    hours = own_hours(actor)
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


def hours_of_stations(actor: Actor) -> list[StationHours]:
    """The stations within reach, at most 500, with the minutes of their teams. Three statements."""
    require(actor, SEE)
    found = list(within_reach(actor, Station.objects.order_by("code"))[:LIST_MAX])
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
