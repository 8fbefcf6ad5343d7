"""What a contract is held against: rents of its class, place and years, and who else has its parcel.

Both indexes are built once from all contracts, by sorting; a question to them is a binary search. So judging grows with
the number of contracts and not with its square.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import chain
from typing import TypeAlias

from tianqu.packs.village.rules.facts import MU, ContractFacts, ContractKind

Group: TypeAlias = tuple[str, str]  # class and place
FOREVER = date.max


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many peers a rent has, and the median of theirs: fen for a mu and a year. None where there is no peer."""

    peers: int
    median: Fraction | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many other contracts hold on the same parcel at the same time, and one of them."""

    others: int
    example: str


@dataclass(frozen=True, slots=True)
class _Held:
    """The contracts of one layer on one parcel, by their first day, with who lasts longest among the first n."""

    ids: list[str]
    starts: list[date]
    lasting: list[tuple[date, int]]
    ends: list[date]


def rent_of(contract: ContractFacts) -> Fraction | None:
    """Return the rent of a mu and a year in fen, exactly; None where there is none or no area."""
    if contract.rent_year_fen is None or contract.area_mu_4 <= 0:
        return None
    return Fraction(contract.rent_year_fen * MU, contract.area_mu_4)


class Peers:
    """The indexes over all contracts that are compared with each other."""

    def __init__(self, contracts: Iterable[ContractFacts]) -> None:
        self._rents: dict[Group, dict[int, list[Fraction]]] = defaultdict(lambda: defaultdict(list))
        self._windows: dict[tuple[Group, int, int], list[Fraction]] = {}
        told = list(contracts)
        for contract in told:
            rent = rent_of(contract)
            if rent is not None:
                self._rents[_group(contract)][contract.signed_on.year].append(rent)
        for by_year in self._rents.values():
            for rents in by_year.values():
                rents.sort()
        self._held = _held_by(told)

    def with_parcels_of(self, contracts: Iterable[ContractFacts]) -> Peers:
        """The same rents; who holds a parcel twice is asked of these contracts alone, those of one village."""
        peers = copy(self)
        peers._held = _held_by(contracts)
        return peers

    def comparison(self, contract: ContractFacts, *, years: int) -> Comparison:
        """Compare with the contracts of the same class and place signed within ± ``years``, itself left out."""
        own = rent_of(contract)
        if own is None:
            return Comparison(0, None)
        window = self._window(_group(contract), contract.signed_on.year, years=years)
        at = bisect_left(window, own)
        left_out = at < len(window) and window[at] == own
        return _median_without(window, at if left_out else len(window))

    def overlap(self, contract: ContractFacts) -> Overlap:
        """Say who else holds the parcel in the same layer: a household's contract and a flow from it are two layers."""
        held = self._held.get(_layer(contract))
        until = contract.until or FOREVER
        if held is None or until <= contract.starts_on:
            return Overlap(0, "")
        before_end = bisect_left(held.starts, until)
        others = before_end - bisect_right(held.ends, contract.starts_on) - 1
        return Overlap(others, _example(held, contract, before_end) if others > 0 else "")

    def _window(self, group: Group, year: int, *, years: int) -> list[Fraction]:
        key = (group, year, years)
        window = self._windows.get(key)
        if window is None:
            by_year = self._rents.get(group, {})
            near = range(year - years, year + years + 1)
            # Runs that are sorted already are merged with few comparisons.
            window = sorted(chain.from_iterable(by_year.get(one, ()) for one in near))
            self._windows[key] = window
        return window


def _held_by(contracts: Iterable[ContractFacts]) -> dict[tuple[str, bool], _Held]:
    """Who holds each parcel. One with a single contract has nothing to overlap with."""
    held: dict[tuple[str, bool], list[tuple[date, date, str]]] = defaultdict(list)
    for contract in contracts:
        held[_layer(contract)].append((contract.starts_on, contract.until or FOREVER, contract.id))
    return {layer: _sorted(rows) for layer, rows in held.items() if len(rows) > 1}


def _group(contract: ContractFacts) -> Group:
    return contract.land_class.value, contract.peer_place


def _layer(contract: ContractFacts) -> tuple[str, bool]:
    return contract.parcel, contract.kind is ContractKind.FLOW


def _median_without(rents: list[Fraction], left_out: int) -> Comparison:
    """The median of sorted rents without the one at ``left_out``; an index past the end leaves none out."""
    count = len(rents) - (left_out < len(rents))
    if count == 0:
        return Comparison(0, None)

    def at(place: int) -> Fraction:
        return rents[place + (place >= left_out)]

    median = at(count // 2) if count % 2 else (at(count // 2 - 1) + at(count // 2)) / 2
    return Comparison(count, median)


def _sorted(rows: list[tuple[date, date, str]]) -> _Held:
    rows = sorted(row for row in rows if row[0] < row[1])
    lasting: list[tuple[date, int]] = []
    for place, (_start, until, _id) in enumerate(rows):
        lasting.append(max(lasting[-1], (until, place)) if lasting else (until, place))
    return _Held([row[2] for row in rows], [row[0] for row in rows], lasting, sorted(row[1] for row in rows))


def _example(held: _Held, contract: ContractFacts, before_end: int) -> str:
    """One contract that overlaps: the first that begins while it holds, or whoever lasts longest of those before."""
    first = bisect_left(held.starts, contract.starts_on)
    for place in range(first, min(before_end, first + 2)):
        if held.ids[place] != contract.id:
            return held.ids[place]
    return held.ids[held.lasting[first - 1][1]] if first else ""
