"""What deserves a second look in the invented past, so that the pages of integrity show what they are for.

One operator hears the same from everybody; another saves up the calls of some days and writes them down at once. Both
are invented, and both are what the flags of ``orders.rating_flags`` ask about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from tianqu.packs.hotline.demo_day import Move, Planned

CONTENTED: Final = ("very", "satisfied")
ALIKE: Final = 14  # calls; a flag is raised from ten on
ALIKE_BY: Final = "operator2"
SAVED_UP: Final = 12  # calls; a flag is raised from ten within ten minutes on
SAVED_FOR: Final = timedelta(days=4)
WRITTEN_AT: Final = time(17, 21)
WRITTEN_EVERY: Final = timedelta(seconds=40)

Call = tuple[datetime, Planned, int]  # when, in which plan, which of its moves


def with_habits(plans: Sequence[Planned], *, until: datetime) -> None:
    """Give both habits to the call-backs of some weeks, where there are enough. Moves after ``until`` are left out."""
    calls = sorted(_calls(plans), key=lambda call: call[0])
    contented = [call for call in calls if call[1].moves[call[2]].body["satisfaction"] in CONTENTED]
    alike = contented[len(contented) // 3 :][:ALIKE]
    if len(alike) == ALIKE:
        for _at, planned, index in alike:
            move = planned.moves[index]
            body = {**move.body, "satisfaction": "very", "solved": True, "contacted": True}
            planned.moves[index] = replace(move, by=ALIKE_BY, body=body)
    taken = {planned.number for _at, planned, _index in alike}
    saved = _most_within([call for call in calls if call[1].number not in taken], until - timedelta(days=1))
    if len(saved) == SAVED_UP:
        evening = _evening_after(saved[-1][0])
        for number, (at, planned, index) in enumerate(saved):
            written = evening + WRITTEN_EVERY * number
            planned.moves = list(_later(planned.moves, index, by=written - at, until=until))


def _calls(plans: Iterable[Planned]) -> Iterator[Call]:
    """The first call of each plan, if it was answered."""
    for planned in plans:
        found = next((pair for pair in enumerate(planned.moves) if pair[1].act == "orders.call_back"), None)
        if found is not None and found[1].body["outcome"] == "answered":
            yield found[1].at, planned, found[0]


def _most_within(calls: list[Call], until: datetime) -> list[Call]:
    """The last ``SAVED_UP`` calls in a row that lie within ``SAVED_FOR`` of each other, before ``until``."""
    before = [call for call in calls if call[0] < until]
    for end in range(len(before), SAVED_UP - 1, -1):
        run = before[end - SAVED_UP : end]
        if run[-1][0] - run[0][0] <= SAVED_FOR:
            return run
    return []


def _evening_after(at: datetime) -> datetime:
    """The next time of day at which what was saved up is written down."""
    evening = datetime.combine(at, WRITTEN_AT, at.tzinfo)
    return evening if evening > at else evening + timedelta(days=1)


def _later(moves: Sequence[Move], first: int, *, by: timedelta, until: datetime) -> Iterator[Move]:
    """Moves of which those from ``first`` on happen later; what would lie after ``until`` is left out."""
    for index, move in enumerate(moves):
        moved = replace(move, at=move.at + by) if index >= first else move
        if moved.at <= until:
            yield moved
