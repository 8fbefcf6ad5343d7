"""One need, matched to the volunteers and teams of a district: time of the question with its reasons, beside raw SQL.

    python -m benchmarks.matching ROUNDS

11,814 volunteers and 214 teams, as a district reported; who they are is invented. The stations lie in real villages of
one county. What goes to the ceiling is the same statement by the driver alone, its rows left as they come.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from tianqu.project.starting import start_django

start_django()

from django.db import connection  # noqa: E402  Django is set up first
from django.utils import timezone  # noqa: E402

from benchmarks.table import Measure  # noqa: E402
from tianqu.base.identifiers import new_identifier  # noqa: E402
from tianqu.kernel.journal.api import SYSTEM, Acting, act, seeing  # noqa: E402
from tianqu.kernel.ledgers.api import (  # noqa: E402
    NewLeg,
    NewTransfer,
    account_called,
    open_account_within,
    post_within,
)
from tianqu.kernel.orders.api import Contact, due_work, place_order  # noqa: E402
from tianqu.kernel.places.api import Place, places_under, unit_called  # noqa: E402
from tianqu.packs.practice.acts import FIRST_DAY, declare_station, declare_team  # noqa: E402
from tianqu.packs.practice.models import LEDGER, SERVICES, Membership, Station, Volunteer  # noqa: E402
from tianqu.packs.practice.profiles.acts import LANGUAGES, REACHES, SKILLS, TIMES  # noqa: E402
from tianqu.packs.practice.services.matching import Need  # noqa: E402
from tianqu.packs.practice.services.queries import MATCH, match, match_values  # noqa: E402

SEED: Final = 20_200_101
COUNTY: Final = "371482"
TEAMS, VOLUNTEERS, ORDERS = 214, 11_814, 150
BEST: Final = 10
MILLISECONDS_MAX: Final = 50


def _may(acting: Acting, /, **arguments: Any) -> None:
    """Let the measurement invent its volunteers."""


@act("bench.volunteers", may=_may)
def invent_volunteers(acting: Acting, *, stations: list[Station], count: int) -> None:
    """Bring volunteers to stations, each into the team there, with minutes served in the last two months."""
    chance, today = random.Random(SEED), timezone.localdate(acting.now)
    rows = []
    for number in range(count):
        at = stations[number % len(stations)]
        rows.append(
            Volunteer(
                person_id=new_identifier(), number=f"V{number:012}", station=at, unit_id=at.unit_id,
                place_path=at.place_path, name=f"V{number}", phone=f"137{number:08}", changed_at=acting.now,
                born_on=today - timedelta(days=chance.randrange(10 * 365, 80 * 365)),
                skills=chance.sample(SKILLS, chance.randrange(4)), times=chance.sample(TIMES, chance.randrange(1, 4)),
                languages=["zh", *chance.sample(LANGUAGES[1:], chance.randrange(2))], reach=chance.choice(REACHES),
                since=today,
            )
        )  # fmt: skip
    Volunteer.objects.bulk_create(rows, batch_size=1_000)
    Membership.objects.bulk_create([
        Membership(team_id=f"{one.station_id}-1", person_id=one.person_id, joined_at=acting.now, unit_id=one.unit_id,
                   place_path=one.place_path)
        for one in rows
    ], batch_size=1_000)  # fmt: skip
    for at in stations:
        giving = account_called(at.book, ledger=LEDGER, code=f"T-{at.code}-1").id
        transfers = []
        for one in (row for row in rows if row.station_id == at.code):
            taking = open_account_within(
                acting, book=at.book, ledger=LEDGER, code=one.number, name=one.number, element="other", side="credit",
                opened_on=FIRST_DAY,
            )  # fmt: skip
            minutes, day = chance.randrange(30, 180), today - timedelta(days=chance.randrange(60))
            legs = (NewLeg(giving, minutes), NewLeg(taking, -minutes))
            transfers.append(NewTransfer(new_identifier(), day, legs, kind="hours"))
        post_within(acting, book=at.book, transfers=transfers)
    acting.record("bench:volunteers", after={"count": count})


def invent() -> list[Station]:
    """Declare the stations and teams, bring in the volunteers, and let the loop offer some orders."""
    chance, unit = random.Random(SEED), unit_called(COUNTY)
    county = Place.objects.get(code=COUNTY, valid_to=None)
    villages = [one for one in places_under(county.path) if one.kind == "village"][:TEAMS]
    for place in villages:
        code = f"s{place.code}"
        declare_station(
            SYSTEM, station=code, unit_id=unit.id, place_id=place.id, name=place.name, name_en=place.name_en,
            lon=place.lon or county.lon, lat=place.lat or county.lat,
        )  # fmt: skip
        service = SERVICES[len(code + place.code) % 2 + chance.randrange(len(SERVICES) - 1)]
        declare_team(SYSTEM, team=f"{code}-1", station=code, name=place.name, name_en="Team", service=service)
    stations = list(Station.objects.order_by("code"))
    invent_volunteers(SYSTEM, stations=stations, count=VOLUNTEERS)
    for number in range(ORDERS):
        place_order(
            SYSTEM, item="practice.aid-visit", place_id=chance.choice(villages).id, title="陪伴", description="陪伴",
            contact=Contact(name="某", phone=f"139{number:08}"), form={"for_whom": "elder"},
        )  # fmt: skip
    while due_work(timezone.now()).total:
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as the server does by itself, sooner or later
    return stations


def needs(stations: list[Station], rounds: int) -> dict[str, list[Need]]:
    """What is asked: with wishes, as people have them; and without any, where most volunteers fit."""
    chance, on = random.Random(SEED + 1), timezone.localdate()

    def one(*, wishes: bool) -> Need:
        at = chance.choice(stations)
        path = str(at.place_path)
        return Need(
            village=path, township=path.rpartition(".")[0], county=path.rpartition(".")[0].rpartition(".")[0], on=on,
            lon=float(at.lon) if at.lon else None, lat=float(at.lat) if at.lat else None, asker_phones=("13900000000",),
            service=chance.choice(SERVICES) if wishes else "", skills=(chance.choice(SKILLS),) if wishes else (),
            languages=("dialect",) if wishes else (), times=(chance.choice(TIMES),) if wishes else (),
        )  # fmt: skip

    return {
        "with wishes": [one(wishes=True) for _number in range(rounds)],
        "without any wish": [one(wishes=False) for _number in range(rounds)],
    }


def timed(ask: Callable[[Need], object], wanted: list[Need]) -> list[float]:
    """Milliseconds of each, in order; the first three are not counted."""
    for need in wanted[:3]:
        ask(need)
    times = []
    for need in wanted:
        begun = time.perf_counter()
        ask(need)
        times.append((time.perf_counter() - begun) * 1000)
    return sorted(times)


def raw(need: Need) -> object:
    """The same statement by the driver alone."""
    cursor = connection.connection.cursor()
    return cursor.execute(MATCH, match_values(need, limit=BEST)).fetchall()


def main(rounds: int) -> None:
    """Invent, measure and print the lines as JSON."""
    measures = []
    with seeing(SYSTEM.scope):
        stations = invent()
    for kind, wanted in needs(stations, rounds).items():
        with seeing(SYSTEM.scope):
            ours, ceiling = timed(lambda need: match(need, limit=BEST), wanted), timed(raw, wanted)
            found = match(wanted[0], limit=BEST)
        late, middle, lowest = ours[int(len(ours) * 0.95)], statistics.median(ours), statistics.median(ceiling)
        measures += [
            Measure(
                f"one need {kind} to {VOLUNTEERS:,} volunteers and {TEAMS} teams, 95 of 100 within",
                f"{late:.1f} ms (half {middle:.1f}), {len(found.found)} found with reasons,"
                f" {sum(found.left_out.values()):,} left out",
                reached=late, unit=" ms", direction="at most", bound=MILLISECONDS_MAX,
            ),
            Measure(
                f"the same {kind}: ours to raw SQL", f"{middle:.1f} ms", beside=f"{lowest:.1f} ms",
                reached=middle / lowest, unit=" ×",
            ),
        ]  # fmt: skip
    print(json.dumps([asdict(measure) for measure in measures]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
