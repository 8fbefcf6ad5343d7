"""The laws of the registers, asked of the database itself: at its console, within an act, and by any row of acts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.owner import as_owner
from tianqu.base.errors import TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, Scope, prepare_entry, set_scope
from tianqu.packs.village import acts
from tianqu.packs.village.models import LandChange, Parcel, ParcelVersion
from tianqu.packs.village.registers.land import NewPart, ParcelFacts
from tianqu.packs.village.tests.villages import ARABLE, DAY, LATER, Villages

TABLES = (
    "village_parcel", "village_land_change", "village_parcel_version", "village_contract", "village_contract_parcel",
    "village_contract_instalment", "village_judgement", "village_holding", "village_holding_version",
)  # fmt: skip


def run(sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Plain SQL, as somebody at the database's own console would type it."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def attack() -> Iterator[None]:
    """A transaction that the journal lets pass, since it opens an act and writes an entry; undone at its end."""
    with transaction.atomic():
        run("SELECT journal_open()")
        entry = prepare_entry(act="test.attack", subject="attack:1", after={}, actor=SYSTEM, at=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(INSERT_ENTRY, entry.row())
        yield
        run("SET CONSTRAINTS ALL IMMEDIATE")
        raise AssertionError("the attack went through")


def refused(law: str, sql: str, values: list[Any] | None = None) -> None:
    """Try it as the owner of the tables, and see that this very law refuses."""
    with pytest.raises(IntegrityError) as error, attack():
        as_owner(sql, values)
    cause: Any = error.value.__cause__
    assert law in (cause.diag.constraint_name or "") or law in (cause.diag.message_primary or ""), str(error.value)


@pytest.fixture
def land(villages: Villages) -> tuple[Any, Any]:
    """A parcel that was split into two, before somebody who sees everything: what refuses them is the law alone."""
    whole = villages.parcel(area_mu_4=10)
    given = [NewPart(new_identifier(), "1-1", 4), NewPart(new_identifier(), "1-2", 6)]
    change_id = new_identifier()
    acts.split_parcel(villages.accountant, parcel_id=whole, change_id=change_id, day=LATER, parts=given, reason="分户")
    set_scope(SYSTEM.scope)
    return whole, change_id


def test_the_area_is_kept_at_the_console_too(villages: Villages, land: tuple[Any, Any]) -> None:
    whole, change_id = land
    refused("village_version_kept", "UPDATE village_parcel_version SET area_mu_4 = area_mu_4 + 1")
    refused("village_version_kept", "UPDATE village_parcel_version SET opened_by_id = %s", [whole])
    refused("stays written", "DELETE FROM village_parcel_version")
    refused("stays written", "UPDATE village_land_change SET day = day + 1")
    refused("stays written", "UPDATE village_parcel SET number = number || 'x'")
    refused("stays written", "DELETE FROM village_parcel")
    again = """
        INSERT INTO village_parcel_version (parcel_id, place_path, valid_from, opened_by_id, name, land_class, use,
            idle, area_mu_4)
        SELECT parcel_id, place_path, valid_to, closed_by_id, name, land_class, use, idle, area_mu_4
        FROM village_parcel_version WHERE parcel_id = %s
    """
    refused("village_area_kept", again, [whole])
    alone = """
        INSERT INTO village_land_change (id, place_id, place_path, kind, day, reason, digest, at)
        SELECT %s, place_id, place_path, %s, day, '', digest, at FROM village_land_change WHERE id = %s
    """
    for kind in ("registered", "corrected", "split", "merged", "struck"):
        refused("village_change_whole", alone, [new_identifier(), kind, change_id])
    refused("village_change_kind", alone, [new_identifier(), "grown", change_id])


def test_one_day_is_one_version(villages: Villages, land: tuple[Any, Any]) -> None:
    refused("village_version_apart", """
        INSERT INTO village_parcel_version (parcel_id, place_path, valid_from, opened_by_id, name, land_class, use,
            idle, area_mu_4)
        SELECT parcel_id, place_path, valid_from, opened_by_id, name, land_class, use, idle, area_mu_4
        FROM village_parcel_version WHERE valid_to IS NULL LIMIT 1
    """)  # fmt: skip
    refused("village_version_days", "UPDATE village_parcel_version SET valid_to = valid_from - 1, closed_by_id = %s"
            " WHERE valid_to IS NULL", [land[1]])  # fmt: skip
    refused("village_change_whole", "UPDATE village_parcel_version SET valid_to = valid_from + 9, closed_by_id = %s"
            " WHERE valid_to IS NULL", [land[0]])  # fmt: skip


def test_a_contract_stays_in_its_village_and_ended(villages: Villages) -> None:
    other = villages.parcel("9", actor=villages.stranger, place_id=villages.other_place_id)
    contract_id = villages.contract()
    acts.end_contract(villages.accountant, contract_id=contract_id, on=LATER, reason="x")
    set_scope(SYSTEM.scope)
    refused("village_contract_kept", "UPDATE village_contract SET state = 'in_force', ended_on = NULL")
    refused("village_contract_kept", "UPDATE village_contract SET place_id = %s", [villages.other_place_id])
    refused("stays written", "DELETE FROM village_contract")
    refused("stays written", "UPDATE village_judgement SET findings = '[]'")
    refused(
        "village_contract_at_home",
        "INSERT INTO village_contract_parcel (contract_id, parcel_id, place_path)"
        " SELECT id, %s, place_path FROM village_contract",
        [other],
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", TABLES)
def test_no_row_changes_outside_an_act(table: str) -> None:
    for sql in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises((IntegrityError, ProgrammingError), match="tianqu"):
            as_owner(sql)


def test_the_wall_stands_behind_the_queries(villages: Villages) -> None:
    """Whatever SQL the stranger's connection is made to send, it sees and touches nothing of the village."""
    parcel_id = villages.parcel()
    villages.contract(parcel_ids=(parcel_id,))
    everything = {table: run(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}
    assert everything["village_parcel"] == everything["village_contract"] == everything["village_judgement"] == 1
    for scope in (villages.stranger.scope, Scope()):
        set_scope(scope)
        assert {run(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES} == {0}
        with connection.cursor() as cursor:
            cursor.execute("UPDATE village_contract SET lessee = 'x'")
            assert cursor.rowcount == 0
        assert run("SELECT * FROM village_rents('arable', 'P', '2000-01-01', '2100-01-01', %s)", [parcel_id]) == [
            (date(2021, 6, 1), 500_000, 100_000)
        ]  # fmt: skip
        assert {run(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES} == {0}
    set_scope(villages.stranger.scope)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        run("INSERT INTO village_parcel (id, place_id, place_path, number) VALUES (%s, %s, %s, '2')",
            [new_identifier(), villages.place_id, "P.P1.P102.P102001"])  # fmt: skip


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["split", "merge", "correct", "twice"]), st.integers(0, 10**6), st.integers(2, 4),
        st.integers(0, 40), st.booleans(),
    ),
    min_size=1, max_size=10,
)  # fmt: skip


class Walk:
    """A village whose land is split, merged and corrected at random; every second try is off by a little."""

    def __init__(self, villages: Villages, run_number: int) -> None:
        self.villages, self.run, self.count, self.day = villages, run_number, 0, DAY
        self.area = 1_000_003
        self.standing = {villages.parcel(f"{run_number}:0", self.area): self.area}

    def number(self) -> str:
        self.count += 1
        return f"{self.run}:{self.count}"

    def step(self, kind: str, pick: int, many: int, days: int, off: bool) -> None:
        self.day = min(self.day + timedelta(days=days), timezone.localdate())
        ids = sorted(self.standing)
        one = ids[pick % len(ids)]
        getattr(self, kind)(one, ids[:many], many, pick, off)

    def split(self, one: Any, _some: Any, many: int, pick: int, off: bool) -> None:
        area = self.standing[one]
        if area < many:
            return
        areas = [1] * (many - 1) + [area - many + 1]
        first = pick % (area - many + 1)
        areas[0], areas[-1] = areas[0] + first, areas[-1] - first
        given = [NewPart(new_identifier(), self.number(), each) for each in areas]
        if off:
            given[0] = NewPart(given[0].parcel_id, given[0].number, given[0].area_mu_4 + 1)
        told = {"parcel_id": one, "change_id": new_identifier(), "day": self.day, "parts": given, "reason": "分"}
        if self.done(acts.split_parcel, told, off):
            del self.standing[one]
            self.standing |= {part.parcel_id: part.area_mu_4 for part in given}

    def merge(self, _one: Any, some: list[Any], _many: int, _pick: int, off: bool) -> None:
        if len(some) < 2:
            return
        area, into = sum(self.standing[each] for each in some), new_identifier()
        told = {
            "parcel_ids": some, "into_id": into, "number": self.number(), "change_id": new_identifier(),
            "day": self.day, "facts": ParcelFacts(area - off, ARABLE), "reason": "并",
        }  # fmt: skip
        if self.done(acts.merge_parcels, told, off):
            for each in some:
                del self.standing[each]
            self.standing[into] = area

    def correct(self, one: Any, _some: Any, _many: int, pick: int, _off: bool) -> None:
        area = 1 + pick
        told = {
            "parcel_id": one, "change_id": new_identifier(), "day": self.day, "facts": ParcelFacts(area, ARABLE),
            "reason": "复测",
        }  # fmt: skip
        if self.done(acts.correct_parcel, told, False):
            self.area += area - self.standing[one]
            self.standing[one] = area

    def twice(self, one: Any, *_more: Any) -> None:
        told = {
            "parcel_id": one, "change_id": new_identifier(), "day": self.day,
            "facts": ParcelFacts(self.standing[one], ARABLE), "reason": "再送",
        }  # fmt: skip
        for _time in range(2):
            self.done(acts.correct_parcel, told, False)

    def done(self, act: Any, told: dict[str, Any], off: bool) -> bool:
        try:
            act(self.villages.accountant, **told)
        except TianquError as error:
            assert off, str(error)
            return False
        assert not off, "an area was not kept, and nobody refused it"
        return True

    def check(self) -> None:
        set_scope(self.villages.accountant.scope)
        run("SET CONSTRAINTS ALL IMMEDIATE")
        run("SET CONSTRAINTS ALL DEFERRED")
        rows = ParcelVersion.objects.filter(valid_to__isnull=True, parcel__number__startswith=f"{self.run}:")
        assert {row.parcel_id: row.area_mu_4 for row in rows} == self.standing
        assert sum(self.standing.values()) == self.area
        overlaps = run("""
            SELECT count(*) FROM village_parcel_version a JOIN village_parcel_version b ON a.parcel_id = b.parcel_id
                AND a.id < b.id AND daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)
        """)  # fmt: skip
        assert overlaps == [(0,)]


def test_any_row_of_acts_keeps_every_area(villages: Villages) -> None:
    runs = iter(range(1, 1_000))

    @settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
    @given(STEPS)
    def walks(steps: list[Any]) -> None:
        walk = Walk(villages, next(runs))
        for step in steps:
            walk.step(*step)
        walk.check()

    walks()
    assert LandChange.objects.count() >= Parcel.objects.filter(number__endswith=":0").count() > 1
