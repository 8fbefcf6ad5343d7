"""Bringing the plan in, by acts: books opened, registers whole, then quarter by quarter what is posted, what was put
right with its findings, and the closing.

What comes next is invented and made ready in a thread while the database writes; that thread reads nothing. A book's
closed quarters tell how far it is, so that what was interrupted is simply run again, and what is done is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final

from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.ledgers.api import (
    BATCH_MAX,
    NewBook,
    NewLedger,
    NewLeg,
    NewTransfer,
    PeriodState,
    open_books,
    post_prepared,
    prepare_transfers,
    set_periods,
)
from tianqu.packs.village.acts import bring_in
from tianqu.packs.village.demo.clearing import CLEARED, PlannedFinding, planned_findings
from tianqu.packs.village.demo.edition import Seat, Words
from tianqu.packs.village.demo.land import FIRST_DAY
from tianqu.packs.village.demo.officials import Officials, officials_for
from tianqu.packs.village.demo.planning import CHART, LAND_CHART, VillagePlan, book_code, planned_village
from tianqu.packs.village.demo.posting import EXPENSES_A_QUARTER, LAND, MONEY, PlannedTransfer
from tianqu.packs.village.demo.queries import QUARTERS, Village, look_at_books, villages_at
from tianqu.packs.village.demo.shares import Share, county_shares
from tianqu.packs.village.demo.whole_findings import whole_finding
from tianqu.packs.village.findings.acts import bring_in_findings
from tianqu.packs.village.findings.registers.whole import WHOLE_MAX
from tianqu.packs.village.registers.histories import VillageRegisters

OPENED_AT_ONCE: Final = 200  # books
TOGETHER: Final = 150  # villages that are brought in together at least, by whole townships
POSTED_AFTER: Final = timedelta(days=4)  # the books of a quarter are kept up to some days after it
CLOSED_AFTER: Final = timedelta(days=5)
LEDGERS: Final = (NewLedger(MONEY, "fen", CHART), NewLedger(LAND, "mu_4", LAND_CHART))
DONE_BY_REGISTERS: Final = 0.2  # of what there is to do for a village


@dataclass(frozen=True, slots=True)
class Deed:
    """Something made ready: to be done with the database's help, and for how many villages' work it stands."""

    run: Callable[[], object]
    worth: float
    count: int  # transfers, things or findings


@dataclass(frozen=True, slots=True)
class Planned:
    """A village with everything that is invented of it."""

    village: Village
    plan: VillagePlan
    findings: tuple[PlannedFinding, ...]


def write_villages(
    words: Words,
    seats: Sequence[Seat],
    *,
    seed: int,
    tell: Callable[[int, int], None],
    expenses: int = EXPENSES_A_QUARTER,
) -> int:
    """Bring in the villages of whole counties; return how many transfers, things of registers and findings were new."""
    villages = villages_at(seats)
    _open(villages)
    officials = officials_for(words, [village.seat for village in villages], seed=seed)
    waiting = [village for village in villages if village.closed < len(QUARTERS)]
    done, count = float(len(villages) - len(waiting)), 0
    tell(int(done), len(villages))
    plans = _planned(words, _shares(words, seats, seed=seed), waiting, seed=seed, expenses=expenses)
    deeds = _deeds(plans, officials)
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(next, deeds, None)
        while (deed := upcoming.result()) is not None:
            upcoming = pool.submit(next, deeds, None)
            deed.run()
            done, count = done + deed.worth, count + deed.count
            tell(round(done), len(villages))
    return count


def _shares(words: Words, seats: Sequence[Seat], *, seed: int) -> dict[str, Share]:
    """Everybody's share; a county is shared out whole, also where only some of it is left to be written."""
    return {
        share.seat.code: share
        for _county, of_county in groupby(seats, key=lambda seat: seat.county)
        for share in county_shares(words, list(of_county), seed=seed)
    }


# Books that are to be written.


def _open(villages: Sequence[Village]) -> None:
    """Open the books that are not there."""
    missing = [village for village in villages if village.book is None]
    for first in range(0, len(missing), OPENED_AT_ONCE):
        some = missing[first : first + OPENED_AT_ONCE]
        open_books(SYSTEM, books=[_new_book(village) for village in some], **_dated(FIRST_DAY, time(9)))
        look_at_books(some)


def _new_book(village: Village) -> NewBook:
    owner = {"unit_id": village.unit_id} if village.unit_id is not None else {"place_id": village.place_id}
    return NewBook(
        book_code(village.seat.code), f"{village.seat.name}集体账（虚构）", LEDGERS, FIRST_DAY,
        f"Books of {village.name_en} (invented)", **owner,
    )  # fmt: skip


# What is to be done, made ready without reading anything.


def _planned(
    words: Words, shares: Mapping[str, Share], villages: Sequence[Village], *, seed: int, expenses: int
) -> Iterator[list[Planned]]:
    """Invent the villages, by so many as are brought in together."""
    today = timezone.localdate()
    for some in _together(villages):
        plans = [planned_village(words, shares[one.seat.code], seed=seed, expenses=expenses) for one in some]
        yield [
            Planned(one, plan, tuple(planned_findings(words, plan, seed=seed, today=today)))
            for one, plan in zip(some, plans, strict=True)
        ]


def _deeds(plans: Iterable[Sequence[Planned]], officials: Officials) -> Iterator[Deed]:
    for some in plans:
        if new := [one for one in some if one.village.closed == 0]:
            yield _registers(new)
        for number, (first_day, last_day) in enumerate(QUARTERS):
            if still := [one for one in some if one.village.closed <= number]:
                yield from _posted(still, first_day=first_day, last_day=last_day)
                yield from _found(still, officials, first_day=first_day, last_day=last_day)
                yield _closed(still, first_day=first_day, last_day=last_day)


def _together(villages: Sequence[Village]) -> Iterator[list[Village]]:
    """Villages by whole townships, within which rents are compared, so many that batches are worth it."""
    some: list[Village] = []
    for _township, of_township in groupby(villages, key=lambda village: village.seat.township):
        some += of_township
        if len(some) >= TOGETHER:
            yield some
            some = []
    if some:
        yield some


def _registers(villages: Sequence[Planned]) -> Deed:
    told = [
        VillageRegisters(
            one.village.place_id, one.plan.parcels, tuple(let.history for let in one.plan.lets), one.plan.holdings
        )
        for one in villages
    ]
    count = sum(len(one.parcels) + len(one.contracts) + len(one.holdings) for one in told)
    return Deed(lambda: bring_in(SYSTEM, villages=told), DONE_BY_REGISTERS * len(told), count)


def _posted(villages: Sequence[Planned], *, first_day: date, last_day: date) -> Iterator[Deed]:
    """What a quarter holds, but for what a finding moves."""
    transfers = [
        (one.village.book, _transfer(one.village, transfer))
        for one in villages
        for transfer in one.plan.transfers
        if first_day <= transfer.day <= last_day
        and transfer.kind not in CLEARED
        and transfer.id not in one.village.posted
        and one.village.book is not None
    ]
    at = _at(last_day + POSTED_AFTER, time(17, 30))
    for first in range(0, len(transfers), BATCH_MAX):
        some = transfers[first : first + BATCH_MAX]
        prepared = prepare_transfers(SYSTEM, at=at, transfers=some).encode()
        yield Deed(lambda prepared=prepared: post_prepared(SYSTEM, prepared=prepared), 0, len(some))  # type: ignore[misc]


def _found(
    villages: Sequence[Planned], officials: Officials, *, first_day: date, last_day: date
) -> Iterator[Deed]:  # fmt: skip
    """The findings that were closed in a quarter, township by township; with the last quarter those that are open."""
    is_last = last_day == QUARTERS[-1][1]
    for township, of_township in groupby(villages, key=lambda one: one.village.seat.township):
        found = [
            (one.village, finding)
            for one in of_township
            for finding in one.findings
            if (is_last if finding.days.closed_on is None else first_day <= finding.days.closed_on <= last_day)
        ]
        for first in range(0, len(found), WHOLE_MAX):
            yield _brought(found[first : first + WHOLE_MAX], officials, township)


def _brought(found: Sequence[tuple[Village, PlannedFinding]], officials: Officials, township: str) -> Deed:
    whole = [whole_finding(village, finding) for village, finding in found]
    auditor, inspector = officials.auditors[township], officials.inspectors[found[0][0].seat.county]
    count = len(whole) + sum(len(one.effects) for one in whole)
    return Deed(lambda: bring_in_findings(SYSTEM, findings=whole, auditor=auditor, inspector=inspector), 0, count)


def _closed(villages: Sequence[Planned], *, first_day: date, last_day: date) -> Deed:
    books = [one.village.book.code for one in villages if one.village.book is not None]

    def close() -> None:
        set_periods(
            SYSTEM, books=books, first_day=first_day, last_day=last_day, state=PeriodState.CLOSED,
            **_dated(last_day + CLOSED_AFTER, time(10)),
        )  # fmt: skip

    return Deed(close, (1 - DONE_BY_REGISTERS) * len(villages) / len(QUARTERS), 0)


def _transfer(village: Village, planned: PlannedTransfer) -> NewTransfer:
    assert village.accounts is not None
    legs = tuple(NewLeg(village.accounts[planned.ledger, code], amount) for code, amount in planned.legs)
    return NewTransfer(planned.id, planned.day, legs, planned.kind, planned.purpose, planned.reference, planned.voucher)


def _dated(day: date, hour: time) -> dict[str, Any]:
    """What lets an act be dated, as imports do."""
    return {"at": _at(day, hour)}


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, timezone.get_current_timezone())
