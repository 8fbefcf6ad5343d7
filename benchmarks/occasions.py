"""A theme day's check-ins, and seats that all want at once: over HTTP, each person with a token of their own.

    python -m benchmarks.occasions prepare VOLUNTEERS BUYERS SEATS
    python -m benchmarks.occasions paced < SPEC
    python -m benchmarks.occasions ceiling SECONDS < PREPARED

Check-ins come at a steady rate, half of them one by one and half in bursts, as phones send what they kept without a
line; one in twenty is sent twice. The ceiling is the very statements of a check-out, noted down once from the act,
sent for other people over psycopg in a tight loop by eight writers; the one that writes is its own transaction there,
as it is in the act.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import random
import sys
import threading
import time
from datetime import date, datetime, timedelta
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID, uuid4

import orjson
import psycopg

from benchmarks.load import drive, posted
from benchmarks.stack import Installation, Served
from benchmarks.table import Measure

RATE: Final = 50  # check-ins a second, twice what 12,000 within 20 minutes need five times over
BURST: Final = 50
TWICE: Final = 0.05
LINES: Final = 64  # connections of the paced client: a burst goes out whole
BUYERS_AT_ONCE: Final = 400  # connections; the rest of the buyers wait their turn at the client
WRITERS: Final = 8
SENT: Final = "@" * len("2026-12-05T09:02:11.000000+00:00")
PUSHED_MAX: Final = 4_000
PUSHED_MINIMUM: Final = 0.5  # of the raw ceiling
P99_MAXIMUM: Final = 1_000.0  # ms; a phone's page waits that long without a word
CHECK, BOOK = "/api/v1/acts/occasions.check", "/api/v1/acts/occasions.book"


def prepare(*, volunteers: int, buyers: int, seats: int) -> dict[str, Any]:
    """Lay down a station with a team, two occasions, and people with profiles and tokens; the first have booked."""
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    from tianqu.kernel.journal.api import SYSTEM, seeing
    from tianqu.kernel.occasions.api import announce, book, code_at
    from tianqu.kernel.places.api import load_places, load_units, place_called, unit_called
    from tianqu.packs.practice.acts import declare_station, declare_team

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody signs in by password here
    call_command("migrate", verbosity=0)
    place = {"code": "B", "name": "测试市", "name_en": "Bench", "kind": "prefecture", "parent": "", "valid_from": ""}
    assert not load_places(SYSTEM, rows=[place | {"valid_to": ""}], successions=[]).refusals
    unit = {"code": "b", "name": "测试单位", "kind": "government", "place": "B", "parent": ""}
    assert not load_units(SYSTEM, rows=[unit]).refusals
    with seeing(SYSTEM.scope):
        unit_id, place_id = unit_called("b").id, place_called("B").id
    declare_station(SYSTEM, station="bench", unit_id=unit_id, place_id=place_id, name="站", name_en="Bench")
    declare_team(SYSTEM, team="bench-1", station="bench", name="队", name_en="Bench", service="other")
    now = timezone.now()
    day, house = uuid4(), uuid4()
    told = {
        "kind": "practice", "subject": "bench-1", "title": "主题日", "title_en": "Theme day", "words": "。",
        "words_en": ".", "venue": "广场", "venue_en": "Square",
    }  # fmt: skip
    announced: list[UUID] = []
    for first in range(0, volunteers, 5_000):  # an occasion has at most so many places
        announced.append(day if first == 0 else uuid4())
        announce(
            SYSTEM, occasion_id=announced[-1], starts_at=now - timedelta(minutes=30),
            places=min(5_000, volunteers - first), ends_at=now + timedelta(hours=8), tags=["theme_day"],
            at=now - timedelta(days=1), **told,
        )  # type: ignore[call-arg]  # fmt: skip
    announce(
        SYSTEM, occasion_id=house, starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=1, hours=2),
        places=seats, seats=[f"R{number // 40 + 1}-{number % 40 + 1}" for number in range(seats)], **told,
    )  # fmt: skip
    people = [_person(unit_id, number) for number in range(volunteers + buyers)]
    for number, one in enumerate(people[:volunteers]):
        one["occasion"] = str(announced[number // 5_000])
        book(one.pop("actor"), occasion_id=UUID(one["occasion"]))
    for one in people[volunteers:]:
        del one["actor"]
    codes = {str(each): code_at(each, now) for each in announced}
    return {
        "people": people[:volunteers], "buyers": people[volunteers:], "house": str(house), "codes": codes,
        "read_at": now.isoformat(), "seats": seats,
    }  # fmt: skip


def _person(unit_id: UUID, number: int) -> dict[str, Any]:
    """Somebody with an account, a token and a profile."""
    from django.utils import timezone

    from tianqu.kernel.journal.api import SYSTEM, seeing
    from tianqu.kernel.places.api import Account, create_account, create_person, issue_token, resident_actor
    from tianqu.packs.practice.profiles.acts import keep_profile

    person_id = create_person(SYSTEM, unit_id=unit_id, name=f"志愿者{number}", phone=f"138{number:08d}")
    create_account(SYSTEM, person_id=person_id, login=f"v{number}")
    with seeing(SYSTEM.scope):
        account = Account.objects.get(login=f"v{number}")
    actor = resident_actor(account, channel="api")
    keep_profile(actor, station="bench", name=f"志愿者{number}", phone=f"138{number:08d}", born_on=date(1980, 1, 1))
    issued = issue_token(
        actor, account_id=account.id, name="bench", scopes=["occasions.*"], post_id=None,
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    return {"token": issued.secret, "person": str(person_id), "actor": actor}


def checks(prepared: dict[str, Any], direction: str) -> list[bytes]:
    """A check-in or -out of everybody, kept since the code was read, as it goes over the wire.

    Phones write when they send; the paced client does so, too. What is pushed goes out within some 80 seconds, so that
    the moment that it stands for wanders through the three steps in which the code is taken.
    """
    read_at = datetime.fromisoformat(prepared["read_at"])
    begun = read_at - timedelta(seconds=read_at.timestamp() % 30)
    ahead = read_at - begun + timedelta(seconds=28)
    sent_at = SENT if direction == "in" else (datetime.now().astimezone() + ahead).isoformat()
    return [
        posted(CHECK, orjson.dumps({
            "occasion_id": one["occasion"], "direction": direction, "code": prepared["codes"][one["occasion"]],
            "client_id": str(uuid4()), "phone_at": read_at.isoformat(), "phone_sent_at": sent_at,
        }), headers={"Authorization": f"Bearer {one['token']}"})
        for one in prepared["people"]
    ]  # fmt: skip


def schedule(requests: list[bytes], chance: random.Random) -> list[tuple[float, bytes]]:
    """When each goes out, in seconds: half one by one, half in bursts, ``RATE`` in all; some again a second later."""
    half = len(requests) // 2
    due = [(number * 2 / RATE, one) for number, one in enumerate(requests[:half])]
    due += [(number // BURST * BURST * 2 / RATE, one) for number, one in enumerate(requests[half:])]
    due += [(at + 1.0, one) for at, one in due if chance.random() < TWICE]
    return sorted(due, key=lambda each: each[0])


def paced(port: int, due: list[tuple[float, bytes]]) -> dict[str, Any]:
    """Send each when it is due, over many connections; a latency counts from when it was due, not from when it went."""
    waits: list[float] = []
    refusals: list[str] = []
    lock, begun = threading.Lock(), time.perf_counter()

    def line() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                if not due:
                    return
                at, request = due.pop(0)
            time.sleep(max(0.0, begun + at - time.perf_counter()))
            written = datetime.now().astimezone().isoformat(timespec="microseconds").encode()
            status, body = _sent(connection, request.replace(SENT.encode(), written))
            with lock:
                waits.append((time.perf_counter() - begun - at) * 1000)
                if status != 200:
                    refusals.append(f"{status} {body[:300]!r}")

    threads = [threading.Thread(target=line) for _n in range(LINES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waits.sort()
    return {
        "answered": len(waits), "seconds": time.perf_counter() - begun, "p50": waits[len(waits) // 2],
        "p99": waits[min(int(len(waits) * 0.99), len(waits) - 1)], "refused": len(refusals), "refusal": refusals[:1],
    }  # fmt: skip


def _sent(connection: http.client.HTTPConnection, request: bytes) -> tuple[int, bytes]:
    head, _end, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(one.split(": ", 1) for one in lines)
    connection.request(*first.split(" ")[:2], body=body, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def theme_day(installed: Installation, served: Served, prepared: dict[str, Any]) -> list[Measure]:
    """Check everybody in at the rate, then out as fast as it goes, and count what stands."""
    count = len(prepared["people"])
    due = schedule(checks(prepared, "in"), random.Random(7))
    spec = {"port": served.port, "due": [(at, one.decode("latin-1")) for at, one in due]}
    steady = installed.run("benchmarks.occasions", "paced", given=spec)
    assert steady["refused"] == 0, steady["refusal"]
    entries, came = _counted(installed, "in_at")
    half = min(count // 2, PUSHED_MAX)
    before = served.cpu_seconds()
    pushed = drive(served.port, checks(prepared, "out")[:half], seconds=600)
    cpu = (served.cpu_seconds() - before) / pushed.answered * 1000
    assert pushed.refused == 0, pushed.refusal
    _entries, went = _counted(installed, "out_at")
    rest = prepared | {"people": prepared["people"][half:]}
    ceiling = installed.run("benchmarks.occasions", "ceiling", given=rest)["rate"]
    wrong = abs(count - came) + abs(count - entries) + abs(half - went)
    return [
        Measure(
            f"theme day: {count:,} check-ins over HTTP, half in bursts of {BURST}",
            f"{steady['answered'] / steady['seconds']:,.0f}/s sustained, p50 {steady['p50']:.0f} ms",
            f"{len(due) - count:,} sent twice", steady["p99"], " ms p99", "at most", P99_MAXIMUM,
        ),
        Measure("  check-ins lost or doubled", f"{came:,} kept, {entries:,} entries", "", wrong, "", "at most", 0),
        Measure(
            "  pushed: check-outs as fast as they go", f"{pushed.rate:,.0f}/s, p99 {pushed.p99:.0f} ms",
            f"{ceiling:,.0f}/s the same SQL", pushed.rate / ceiling, " ×", "at least", PUSHED_MINIMUM,
        ),
        Measure("  processor time of the web processes a check-out", f"{cpu:.2f} ms"),
    ]  # fmt: skip


def _counted(installed: Installation, column: str) -> tuple[int, int]:
    """How many entries of check-ins the journal has, and how many bookings have a time there."""
    with installed.connect() as own:
        own.execute("SELECT set_config('tianqu.everything', 'on', false)")
        entries = own.execute("SELECT count(*) FROM journal_entry WHERE act = 'occasions.check'").fetchone()
        kept = own.execute(f"SELECT count(*) FROM occasions_booking WHERE {column} IS NOT NULL").fetchone()
    assert entries is not None and kept is not None
    return int(entries[0]), int(kept[0])


def seats(installed: Installation, served: Served, prepared: dict[str, Any]) -> list[Measure]:
    """Let every buyer ask at once, and look at who got which seat."""
    requests = [
        posted(
            BOOK, orjson.dumps({"occasion_id": prepared["house"]}), headers={"Authorization": f"Bearer {one['token']}"}
        )
        for one in prepared["buyers"]
    ]
    load = drive(served.port, requests, seconds=600, connections=min(BUYERS_AT_ONCE, len(requests)))
    with installed.connect() as own:
        own.execute("SELECT set_config('tianqu.everything', 'on', false)")
        rows = own.execute(
            "SELECT turn, seat, queued_at, person_id FROM occasions_booking WHERE occasion_id = %s ORDER BY turn",
            [prepared["house"]],
        ).fetchall()
        layout = own.execute("SELECT seats FROM occasions_occasion WHERE id = %s", [prepared["house"]]).fetchone()
    assert layout is not None
    sold, count = [row[1] for row in rows if row[1] is not None], len(requests)
    unfair = sum(seat != wanted for (_turn, seat, _at, _who), wanted in zip(rows, layout[0], strict=False))
    wrong = abs(count - len({row[3] for row in rows})) + abs(min(count, len(layout[0])) - len(set(sold)))
    wrong += len(sold) - len(set(sold))
    latest, overtaken = rows[0][2], 0.0
    for _turn, _seat, at, _who in rows:
        latest = max(latest, at)
        overtaken = max(overtaken, (latest - at).total_seconds() * 1000)
    return [
        Measure(
            f"{len(layout[0]):,} seats to {count:,} buyers at once", f"{load.rate:,.0f}/s, p99 {load.p99:,.0f} ms",
            f"{load.refused} refused", load.refused, "", "at most", 0,
        ),
        Measure("  seats sold twice or not at all, buyers lost or doubled", f"{len(sold):,} sold", "", wrong, "",
                "at most", 0),
        Measure(
            "  seats out of the order of asking", f"{len(rows):,} turns", f"overtaken by {overtaken:.0f} ms at most",
            unfair, "", "at most", 0,
        ),
    ]  # fmt: skip


def measures(names: list[str], *, quick: bool) -> list[Measure]:
    """Measure what is named of ``theme-day`` and ``seats``, on an installation of its own."""
    from benchmarks.stack import installation, served

    volunteers, buyers, places = (300, 200, 40) if quick else (12_000, 5_000, 1_000)
    with installation(realm="") as installed:
        given = [str(volunteers if "theme-day" in names else 1), str(buyers if "seats" in names else 1), str(places)]
        prepared = installed.run("benchmarks.occasions", "prepare", *given)
        found: list[Measure] = []
        with served(installed) as server, server.resting("jobs"):
            if "seats" in names:
                found += seats(installed, server, prepared)
            if "theme-day" in names:
                found += theme_day(installed, server, prepared)
    return found


def ceiling(prepared: dict[str, Any]) -> dict[str, float]:
    """Check people out in a tight loop by the statements that the act sends for one of them; how many a second."""
    first, *others = prepared["people"]
    statements, known = noted(first, prepared)
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(WRITERS), context.Queue()
    given = [(statements, known, _booked(others[number::WRITERS])) for number in range(WRITERS)]
    workers = [context.Process(target=replay, args=(*each, barrier, results)) for each in given]
    for worker in workers:
        worker.start()
    done = [results.get(timeout=600) for _worker in workers]
    for worker in workers:
        worker.join()
    return {"rate": sum(count for count, _took in done) / max(took for _count, took in done)}


def noted(one: dict[str, Any], prepared: dict[str, Any]) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    """The statements of a check-out, as the act sends them, and the identifiers in them that are this person's."""
    from tianqu.kernel.journal.api import Actor, Scope, seeing
    from tianqu.kernel.journal.scopes import scope_settings
    from tianqu.kernel.occasions import checking
    from tianqu.kernel.occasions.api import check, own_booking

    person_id, client_id, occasion_id = UUID(one["person"]), uuid4(), UUID(one["occasion"])
    actor = Actor(channel="api", person_id=person_id, roles=frozenset({"resident"}), scope=Scope(person_id=person_id))
    with seeing(actor.scope):
        booking = own_booking(actor, occasion_id=occasion_id)
    assert booking is not None
    # Whoever sends it has their eyes on the connection first; its own two statements go past Django's cursors.
    names, values = scope_settings(actor.scope)
    configs = ", ".join(f"set_config('{name}', %s, false)" for name in names)
    sent: list[tuple[str, Any]] = [(f"SELECT {configs}", values)]
    real = checking.send

    def note_own(statement: str, given: dict[str, Any]) -> Any:
        sent.append((statement, given))
        return real(statement, given)

    read_at, now = datetime.fromisoformat(prepared["read_at"]), datetime.now().astimezone()
    with patch.object(checking, "send", note_own):
        check(
            actor, occasion_id=occasion_id, direction="out", code=prepared["codes"][one["occasion"]],
            client_id=client_id, phone_at=read_at, phone_sent_at=now,
        )  # fmt: skip
    own = {"person": person_id, "booking": booking.id, "client": client_id, "occasion": occasion_id}
    return sent, own | {"came": booking.in_at, "came_by": booking.in_id}


def _booked(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The identifiers of other people, and when they came, by the same names."""
    from tianqu.kernel.journal.api import SYSTEM, seeing
    from tianqu.kernel.occasions.api import Booking

    with seeing(SYSTEM.scope):
        rows = Booking.objects.filter(person_id__in=[one["person"] for one in people])
        return [
            {
                "person": one.person_id,
                "booking": one.id,
                "client": uuid4(),
                "occasion": one.occasion_id,
                "came": one.in_at,
                "came_by": one.in_id,
            }
            for one in rows
            if one.person_id is not None
        ]


def replay(
    statements: list[tuple[str, Any]], known: dict[str, Any], others: list[dict[str, Any]], barrier: Any, results: Any
) -> None:
    """Send the statements for each of some people, and hand in how many, and how long it took."""
    from django.db import connection

    database = connection.settings_dict
    own = psycopg.connect(
        host=database["HOST"], dbname=database["NAME"], user=database["USER"], autocommit=True, prepare_threshold=1
    )
    acts = [[(sql, _renamed(params, known, one)) for sql, params in statements] for one in others]
    barrier.wait()
    begun = time.perf_counter()
    for act in acts:
        for sql, params in act:
            cursor = own.execute(sql, params, prepare=True)
        assert cursor.rowcount == 1, "nobody was checked out"
    results.put((len(acts), time.perf_counter() - begun))


def _renamed(params: Any, known: dict[str, Any], one: dict[str, Any]) -> Any:
    """Parameters with the identifiers of somebody else."""
    if params is None:
        return None

    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(each) for each in value]
        for name, identifier in known.items():
            if value == identifier:
                return one[name]
            if isinstance(value, str) and str(identifier) in value:
                value = value.replace(str(identifier), str(one[name]))
        return value

    if isinstance(params, dict):
        return {name: renamed(value) for name, value in params.items()}
    return [renamed(value) for value in params]


def main(what: str, *arguments: str) -> None:
    """Do one part of it in this process, and print what came of it."""
    if what == "paced":
        spec = json.load(sys.stdin)
        print(json.dumps(paced(spec["port"], [(at, one.encode("latin-1")) for at, one in spec["due"]])))
        return
    from tianqu.project.starting import start_django

    start_django()
    if what == "prepare":
        volunteers, buyers, places = (int(each) for each in arguments)
        print(json.dumps(prepare(volunteers=volunteers, buyers=buyers, seats=places)))
    else:
        from django.db import connection

        prepared = json.load(sys.stdin)
        connection.close()
        print(json.dumps(ceiling(prepared)))


if __name__ == "__main__":
    main(*sys.argv[1:])
