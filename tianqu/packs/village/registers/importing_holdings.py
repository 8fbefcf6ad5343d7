"""Fixed assets, funds, claims and debts of a list: each line is entered, is there already, or is refused.

A line's holding has the identifier that its village, kind and number always have, so that a file sent again changes
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tianqu.base.errors import TianquError
from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.places.api import Place
from tianqu.packs.village.models import Holding, HoldingKind
from tianqu.packs.village.registers.holdings import HoldingFacts, checked_facts, register
from tianqu.packs.village.registers.importing import LineResult, check_count, differs, twice
from tianqu.packs.village.registers.land import Change, checked_number
from tianqu.packs.village.registers.refusals import check_day, digest_of, sent_before

HOLDINGS_MAX: Final = 500  # lines of one act


@dataclass(frozen=True, slots=True)
class HoldingLine:
    """A holding of a list: its kind and number, the day from which it is what ``facts`` say."""

    kind: HoldingKind
    number: str
    day: date
    facts: HoldingFacts


def holding_identifier(place_id: UUID, kind: HoldingKind, number: str) -> UUID:
    """Return the identifier that the holding of a list always has."""
    return named_identifier(f"village/{place_id}/{kind.value}/{number}")


def import_holding_lines(acting: Acting, *, place: Place, lines: Sequence[HoldingLine]) -> list[LineResult]:
    """Enter the holdings that are new."""
    check_count(len(lines), most=HOLDINGS_MAX)
    digests: dict[UUID, bytes] = {}
    results = []
    for position, line in enumerate(lines):
        try:
            results.append(_entered(acting, place, position, line, digests))
        except TianquError as error:
            results.append(LineResult(position, "refused", error=error))
    return results


def _entered(acting: Acting, place: Place, position: int, line: HoldingLine, digests: dict[UUID, bytes]) -> LineResult:
    """Enter a line, or find it there. Raises what the register refuses; ``digests`` are those of the lines before."""
    check_day(line.day, field="day", future=False)
    number, facts = checked_number(line.number), checked_facts(line.kind, line.facts)
    holding_id = holding_identifier(place.id, line.kind, number)
    digest = digest_of(line.day, "list", line.kind, number, facts)
    if holding_id in digests:
        raise twice(number, same=digests[holding_id] == digest)
    digests[holding_id] = digest
    there = Holding.objects.filter(place=place, kind=line.kind, number=number).values_list("id", flat=True).first()
    if there is not None:
        if there == holding_id and _same(holding_id, digest, place):
            return LineResult(position, "unchanged", holding_id)
        raise differs(number)
    change = Change(holding_id, line.day, "", digest)
    register(acting, place=place, holding_id=holding_id, kind=line.kind, number=number, facts=facts, change=change)
    return LineResult(position, "entered", holding_id)


def _same(holding_id: UUID, digest: bytes, place: Place) -> bool:
    """Say whether the holding was entered by the very same line."""
    try:
        return sent_before(holding_id, digest, place_id=place.id, field="number")
    except TianquError:
        return False
