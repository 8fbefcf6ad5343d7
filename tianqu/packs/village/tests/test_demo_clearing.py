"""The invented clean-up, brought in whole for the county that reported it: its closed findings add up to the report.

A county is shared out among the villages that there are: here all of that comes to one village of each township.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.kernel.datasets.conftest import store
from tests.kernel.datasets.happening import place_all
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.ledgers.checking import prove_balances
from tianqu.kernel.orders.api import due_work
from tianqu.kernel.places.api import Account, Post, actor_of, place_called
from tianqu.packs.village.demo import clearing, writing
from tianqu.packs.village.demo.edition import Seat, Words, read_seats
from tianqu.packs.village.demo.planning import book_code
from tianqu.packs.village.findings import acts, queries
from tianqu.packs.village.findings.models import Finding, FindingEffect
from tianqu.packs.village.findings.told import queries as for_everybody
from tianqu.packs.village.tests.demo_place import REALM, laid_down, the_words
from tianqu.packs.village.tests.test_register_laws import run

__all__ = ["store"]
pytestmark = pytest.mark.django_db
COUNTY = "371482"
SEED = 7
QUARTERS = (("01-01", "03-31"), ("04-01", "06-30"), ("07-01", "09-30"), ("10-01", "12-31"))
REPORTED = {"land_mu_4": 165_170_000, "contracts": 452, "claims_and_debts_fen": 758_000_000}  # village.* of 2020


@pytest.fixture(scope="module")
def words() -> Words:
    """The realm's, with fewer contracts that are sound."""
    found = the_words()
    found.told["found"] |= {"contracts": 1_200, "arrears": 200, "arrears_fen": 240_000_000}
    return found


@pytest.fixture(scope="module")
def seats(words: Words) -> list[Seat]:
    of_county = [seat for seat in read_seats(REALM, words) if seat.county == COUNTY and not seat.urban]
    return list({seat.township: seat for seat in of_county}.values())


def write(words: Words, seats: list[Seat]) -> None:
    writing.write_villages(words, seats, seed=SEED, tell=lambda _done, _total: None, expenses=0)


@pytest.fixture
def county(db: None, settings: Any, store: Path, words: Words, seats: list[Seat]) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with laid_down(seats):
        yield


def put_right(place: str, first: str = "01-01", last: str = "12-31") -> dict[str, int]:
    """What the API tells everybody of a place."""
    asked = {"place": place, "first_day": f"2020-{first}", "last_day": f"2020-{last}"}
    answer = Client().get("/api/v1/village/put-right", asked)
    assert answer.status_code == 200, answer.content
    told: dict[str, int] = answer.json()
    return told


def test_the_closed_findings_of_the_county_add_up_to_what_was_reported(
    county: None, words: Words, seats: list[Seat]
) -> None:
    write(words, seats)
    whole = put_right(COUNTY)
    assert {name: whole[name] for name in REPORTED} == REPORTED
    by_quarter = [put_right(COUNTY, *quarter) for quarter in QUARTERS]
    by_village = [put_right(seat.code) for seat in seats]
    for parts in (by_quarter, by_village):
        assert {name: sum(part[name] for part in parts) for name in whole} == whole
    assert all(part["findings"] for part in by_village)
    set_scope(SYSTEM.scope)
    # The same from the registers, and from what moved in the books.
    (recovered,) = run(
        "SELECT sum(now.area_mu_4) FROM village_parcel_version now JOIN village_parcel_version before"
        " ON before.parcel_id = now.parcel_id AND before.valid_to = now.valid_from WHERE before.idle AND NOT now.idle"
    )
    (settled,) = run(
        "SELECT sum(now.settled_fen - before.settled_fen) FROM village_holding_version now"
        " JOIN village_holding_version before ON before.holding_id = now.holding_id"
        " AND before.valid_to = now.valid_from WHERE now.valid_from >= '2020-01-01'"
    )
    assert (recovered[0], settled[0]) == (REPORTED["land_mu_4"], REPORTED["claims_and_debts_fen"])
    idle = {code: idle_land(code) for code in (seat.code for seat in seats)}
    assert sum(first - last for first, last in idle.values()) == REPORTED["land_mu_4"]
    assert put_right_in_dataset() == REPORTED
    books_are_sound(seats)
    offices_were_three(seats)


def put_right_in_dataset() -> dict[str, int]:
    """What the dataset that is read from the journal adds up to for 2020."""
    place_all()
    datasets.describe_declared()
    datasets.materialise("village.put_right")
    set_scope(SYSTEM.scope)
    opened = datasets.open_version(SYSTEM, datasets.dataset_called(SYSTEM, "village.put_right"))
    measures = [("sum", "idle_land"), ("distinct", "contract"), ("sum", "settled")]
    of_year = datasets.question_of({"year": ["2020"], "county": [COUNTY]}, opened.schema).conditions
    land, contracts, settled = datasets.measured(opened, [datasets.Measure(*each) for each in measures], of_year)
    return {"land_mu_4": land * 10_000, "contracts": contracts, "claims_and_debts_fen": settled * 100}


def idle_land(village: str) -> tuple[int, int]:
    """What lay idle by a village's book before 2020 and at its end, in 0.0001 mu."""

    def on(day: date) -> int:
        lines = ledgers.trial_balance(SYSTEM, book=book_code(village), on=day)
        return sum(line.amount for line in lines if line.ledger == "land" and line.code.endswith(".idle"))

    return on(date(2019, 12, 31)), on(date(2020, 12, 31))


def books_are_sound(seats: list[Seat]) -> None:
    """The nightly proof of balances holds, and every number of every book is there."""
    assert prove_balances().difference_count == 0
    for seat in seats:
        assert ledgers.completeness_of(SYSTEM, book=book_code(seat.code)).complete
        book = ledgers.book_called(book_code(seat.code))
        assert [period.state for period in ledgers.periods_of(book)] == ["closed"] * 8


def offices_were_three(seats: list[Seat]) -> None:
    """Each was opened by the township's auditor, answered by the village, closed by the county's inspector."""
    set_scope(SYSTEM.scope)
    auditing, inspecting = (
        set(Post.objects.filter(role=role).values_list("unit_id", flat=True))
        for role in ("township_auditor", "county_inspector")
    )
    assert (len(auditing), len(inspecting)) == (len(seats), 1)
    closed = Finding.objects.filter(upheld=True).select_related("order")
    assert closed.count() > 500
    for finding in closed:
        assert finding.opened_unit_id in auditing and finding.closed_unit_id in inspecting
        assert finding.answered_unit_id == finding.unit_id and finding.order.due_next_at is None
        assert bool(finding.told) == bool(finding.rule) == (finding.subject == "contract")
    inspector = somebody("county_inspector")
    set_scope(inspector.scope)
    some = queries.finding_list(inspector, filters=queries.FindingFilters(state="closed"), limit=20).rows
    for row in some:
        detail = queries.finding_detail(inspector, finding_id=row.id)
        verbs = [step.act.removeprefix("village.").removesuffix("_finding") for step in detail.steps]
        assert verbs == ["open", "accept", "answer", "close"]
        assert all(effect.outcome == "posted" for effect in detail.effects)


def somebody(role: str) -> Actor:
    with seeing(SYSTEM.scope):
        account = Account.objects.get(person__in=Post.objects.filter(role=role).values("person_id")[:1])
        return actor_of(account, channel="web")


def test_what_is_open_goes_on_and_nobody_is_drowned_in_notices(
    county: None, words: Words, seats: list[Seat], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearing, "OPEN_SHARE", 1.0)  # everything that is left
    write(words, seats)
    path = str(place_called(COUNTY).path)
    overdue = for_everybody.overdue_findings(path, limit=500).rows
    set_scope(SYSTEM.scope)
    still = Finding.objects.filter(closed_on__isnull=True)
    assert still.count() > 20 and 0 < len(overdue) < still.count() / 3
    # The timers find what is past its day, and nothing of what was closed in 2020.
    assert due_work(timezone.now(), limit=1_000).total == len(overdue)
    assert due_work(timezone.now(), limit=1_000).total == 0
    before = put_right(COUNTY)
    set_scope(SYSTEM.scope)
    waiting = FindingEffect.objects.filter(finding__closed_on__isnull=True).select_related("finding").first()
    assert waiting is not None
    inspector = somebody("county_inspector")
    set_scope(inspector.scope)
    assert acts.close_finding(inspector, finding_id=waiting.finding_id, note="现场核查属实") == 1
    today = timezone.localdate()
    assert for_everybody.put_right(path, first_day=today, last_day=today).land_mu_4 == waiting.amount
    assert put_right(COUNTY) == before
    set_scope(SYSTEM.scope)
    books_are_sound(seats)
