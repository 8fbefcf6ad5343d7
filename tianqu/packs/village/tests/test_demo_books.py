"""The invented villages as they are brought in by acts: resumable, and in the end what was planned to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.ledgers.checking import prove_balances
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import unit_called
from tianqu.packs.village.demo import steps, writing
from tianqu.packs.village.demo.clearing import PlannedFinding, planned_findings
from tianqu.packs.village.demo.edition import Seat, Words, read_seats
from tianqu.packs.village.demo.officials import officials_for
from tianqu.packs.village.demo.planning import VillagePlan, planned_villages
from tianqu.packs.village.models import Contract, ContractState, HoldingKind, HoldingVersion, Judgement, ParcelVersion
from tianqu.packs.village.queries import ContractFilters, contract_list
from tianqu.packs.village.statements.queries import statements_of
from tianqu.packs.village.tests.demo_place import REALM, laid_down, the_words
from tianqu.packs.village.tests.test_figures_behind import check_every_line

pytestmark = pytest.mark.django_db
SEED = 5
LAST = date(2020, 12, 31)


@pytest.fixture(scope="module")
def words() -> Words:
    return the_words()


@pytest.fixture(scope="module")
def seats(words: Words) -> list[Seat]:
    """A county of five villages in two townships, one of them renamed since."""
    of_zone = [seat for seat in read_seats(REALM, words) if seat.county == "371471"]
    by_township = sorted(of_zone, key=lambda seat: seat.township)
    return [*by_township[:3], *by_township[-2:]]


@pytest.fixture
def realm(db: None, settings: Any, seats: list[Seat]) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with laid_down(seats, renamed=seats[0]):
        yield


def written(words: Words, seats: list[Seat], told: list[tuple[int, int]] | None = None) -> int:
    tell = (lambda done, total: told.append((done, total))) if told is not None else lambda _done, _total: None
    return writing.write_villages(words, seats, seed=SEED, tell=tell)


def counted(table: str) -> int:
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def found(words: Words, plan: VillagePlan) -> list[PlannedFinding]:
    return planned_findings(words, plan, seed=SEED, today=timezone.localdate())


def waiting(words: Words, plans: list[VillagePlan]) -> int:
    """How much waits in the books for a finding that is open."""
    return sum(one.moves is not None and one.days.closed_on is None for plan in plans for one in found(words, plan))


TABLES = ("journal_entry", "ledgers_transfer", "ledgers_leg", "ledgers_period", "ledgers_book", "village_parcel",
          "village_contract", "village_holding_version", "village_judgement", "village_land_change",
          "village_finding", "village_finding_effect", "orders_event", "places_post")  # fmt: skip


def test_books_and_registers_are_what_was_planned(realm: None, words: Words, seats: list[Seat]) -> None:
    plans = list(planned_villages(words, seats, seed=SEED))
    told: list[tuple[int, int]] = []
    count = written(words, seats, told)
    assert told[0] == (0, 5) and told[-1] == (5, 5) and told == sorted(told)
    things = sum(len(plan.parcels) + len(plan.lets) + len(plan.holdings) for plan in plans)
    assert count == things + sum(len(plan.transfers) + len(found(words, plan)) for plan in plans) + waiting(
        words, plans
    )
    for plan in plans:
        book = ledgers.book_called(plan.book)
        assert "虚构" in book.name and "invented" in book.name_en and book.unit_id is not None
        assert [period.state for period in ledgers.periods_of(book)] == ["closed"] * 8
        assert ledgers.completeness_of(SYSTEM, book=plan.book).complete
        lines = {
            (line.ledger, line.code): line.amount for line in ledgers.trial_balance(SYSTEM, book=plan.book, on=LAST)
        }
        planned: dict[tuple[str, str], int] = {}
        for transfer in plan.transfers:
            for code, amount in transfer.legs:
                planned[transfer.ledger, code] = planned.get((transfer.ledger, code), 0) + amount
        assert {key: amount for key, amount in lines.items() if amount} == {k: v for k, v in planned.items() if v}
        agree(lines, place_path=str(book.place_path))
    assert prove_balances().difference_count == 0
    year = statements_of(SYSTEM, book=plans[0].book, first_day=date(2020, 1, 1), last_day=LAST)
    assert year.sheet.even and year.funds.even
    assert check_every_line(plans[0].book, {"first_day": date(2020, 1, 1), "last_day": LAST}) > 80


def agree(lines: dict[tuple[str, str], int], *, place_path: str) -> None:
    """What the registers of a village say on the last day is what its book says."""
    versions = HoldingVersion.objects.filter(place_path=place_path, valid_to__isnull=True).select_related("holding")
    held = dict.fromkeys(HoldingKind.values, 0)
    for version in versions:
        held[version.holding.kind] += version.amount_fen - version.settled_fen
    assert held["asset"] == lines["money", "151"]
    assert held["fund"] == lines["money", "101"] + lines["money", "102"]
    assert held["claim"] == lines["money", "112"]
    assert held["debt"] == -lines["money", "202"] - lines["money", "221"]
    areas: dict[str, int] = {}
    for parcel in ParcelVersion.objects.filter(place_path=place_path, valid_to__isnull=True):
        account = f"{parcel.land_class}.idle" if parcel.idle else parcel.land_class
        areas[account] = areas.get(account, 0) + parcel.area_mu_4
    told = {code: area for (ledger, code), area in lines.items() if ledger == "land" and area and code != "whole"}
    assert areas == told


def test_a_second_time_nothing_is_written(realm: None, words: Words, seats: list[Seat]) -> None:
    written(words, seats)
    before = [counted(table) for table in TABLES]
    told: list[tuple[int, int]] = []
    assert written(words, seats, told) == 0 and told == [(5, 5)]
    assert [counted(table) for table in TABLES] == before


def test_what_was_interrupted_goes_on_where_it_was(
    realm: None, words: Words, seats: list[Seat], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between any two acts: the end is the same as without."""
    written_once = {
        name: getattr(writing, name) for name in ("bring_in", "post_prepared", "bring_in_findings", "set_periods")
    }
    monkeypatch.setattr(writing, "TOGETHER", 2)
    left = [0]

    class Killed(Exception):
        """Somebody pulled the plug."""

    def until_killed(name: str) -> Any:
        def act(*arguments: Any, **more: Any) -> Any:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return written_once[name](*arguments, **more)

        return act

    for name in written_once:
        monkeypatch.setattr(writing, name, until_killed(name))
    runs = 0
    while True:
        left[0], runs = 7, runs + 1
        try:
            written(words, seats)
            break
        except Killed:
            ledgers.forget_books()
    assert runs > 4
    plans = list(planned_villages(words, seats, seed=SEED))
    assert counted("ledgers_transfer") == sum(len(plan.transfers) for plan in plans) + waiting(words, plans)
    assert counted("village_finding") == sum(len(found(words, plan)) for plan in plans)
    assert counted("village_contract") == sum(len(plan.lets) for plan in plans)
    assert counted("ledgers_period") == 8 * len(seats)
    assert prove_balances().difference_count == 0


def test_every_contract_is_judged_on_the_days_on_which_it_was_written_about(
    realm: None, words: Words, seats: list[Seat]
) -> None:
    written(words, seats)
    for plan in planned_villages(words, seats, seed=SEED):
        for let in plan.lets:
            days = sorted(Judgement.objects.filter(contract=let.id).values_list("on", flat=True))
            ended = [let.history.ended.day] if let.history.ended else []
            assert days == sorted([*(step.day for step in let.history.steps), *ended])
            row = Contract.objects.get(id=let.id)
            assert (row.state == ContractState.ENDED) == bool(ended) and row.judged_on == days[-1]
            assert row.version == len(days)
    rows = contract_list(SYSTEM, filters=ContractFilters(), limit=500).rows
    assert rows and any(row.flags for row in rows)


def test_the_step_takes_the_sample_or_everything(
    realm: None, words: Words, seats: list[Seat], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = DemoStage(REALM, "371400", SEED, 1, 1, lambda _done, _total: None)
    assert steps.books_of_villages(replace(stage, realm=REALM.parent / "nyc-council")) == 0
    asked: list[tuple[int, int]] = []

    def write(_words: Words, chosen: list[Seat], *, expenses: int, **_more: Any) -> int:
        asked.append((len(chosen), expenses))
        return 7

    monkeypatch.setattr(steps, "write_villages", write)
    assert steps.books_of_villages(stage) == steps.books_of_villages(replace(stage, whole=True, dense=4)) == 7
    assert asked == [(902, 3), (8_096, 12)]


def test_a_zone_without_a_bureau_is_inspected_by_the_prefectures(words: Words, seats: list[Seat], db: None) -> None:
    with laid_down(seats, bureau="371400"):
        inspectors = officials_for(words, seats, seed=SEED).inspectors
        assert set(inspectors) == {"371471"}
        assert inspectors["371471"].unit_id == unit_called("371400.agriculture_bureau").id
        assert officials_for(words, seats, seed=SEED).inspectors == inspectors
