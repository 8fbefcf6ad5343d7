"""What villages have ordered and troupes offer for some days, as the season that a plan is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from tianqu.kernel.places.api import places_at, units_with
from tianqu.kernel.planning.api import Carrier, Season, Spot, Visit, Window
from tianqu.packs.culture.models import Contract, Offer, Performance, Stand, Wish

VISITS_MAX: Final = 1_000
TROUPES_MAX: Final = 60
SETTING_UP_MINUTES: Final = 60  # from the arrival at a village until the show begins; packing is done on the way home
LEAVES, BACK = 6 * 60, 24 * 60
METRES_AN_HOUR: Final = 40_000  # of a lorry on county roads; no source but the offices' habit, shown on the page


@dataclass(frozen=True, slots=True)
class Terms:
    """What an office says of a season. Times in minutes after midnight, money in fen."""

    first_on: date
    last_on: date
    budget_fen: int
    fen_a_vote: int
    unserved_fen: int
    fen_a_minute: int
    shows_a_day: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The season, the contract by which each troupe plays, and the orders that lie in no known place."""

    season: Season
    contracts: dict[str, str]
    nowhere: tuple[str, ...]


def asked_season(unit_id: UUID, terms: Terms) -> Asked:
    """Gather what an office's villages have ordered for these days and its troupes offer.

    A troupe plays by its contract that ends last, on the contract's days on which it is not engaged already, from where
    its unit is; one whose unit has no position does not play.
    """
    contracts = _contracts(unit_id, terms)
    carriers = _carriers(contracts, terms)
    prices: dict[str, dict[str, int]] = {}
    for offer in Offer.objects.filter(contract_id__in=[one.number for one in contracts]).select_related("contract"):
        if offer.contract.troupe_id in carriers:
            prices.setdefault(offer.work_id, {})[offer.contract.troupe_id] = offer.price_fen
    rows = list(_ordered(unit_id, terms))
    spots = _spots({one.place_path for one in rows})
    votes = {
        (wish.place_path, wish.work_id, wish.season): wish.votes
        for wish in Wish.objects.filter(place_path__in=list(spots))
    }
    visits = []
    for one in rows:
        if one.place_path in spots:
            wished = votes.get((one.place_path, one.work_id, one.season), 0)
            visits.append(_visit(one, spots[one.place_path], terms, prices=prices.get(one.work_id, {}), votes=wished))
    known = {work: set(by) for work, by in prices.items()}
    playing = tuple(_with_works(one, known) for one in carriers.values())
    season = Season(tuple(visits), playing, terms.budget_fen, terms.fen_a_vote, terms.unserved_fen)
    nowhere = tuple(str(one.order_id) for one in rows if one.place_path not in spots)
    return Asked(season, {one.troupe_id: one.number for one in contracts if one.troupe_id in carriers}, nowhere)


def _ordered(unit_id: UUID, terms: Terms) -> Iterable[Performance]:
    rows = Performance.objects.filter(unit_id=unit_id, stand=Stand.ORDERED, first_day__lte=terms.last_on)
    return rows.filter(last_day__gte=terms.first_on).select_related("work").order_by("order_id")[:VISITS_MAX]


def _contracts(unit_id: UUID, terms: Terms) -> list[Contract]:
    """The contract of each troupe that covers a day of the season; of several the one that ends last."""
    rows = Contract.objects.select_related("troupe").filter(unit_id=unit_id, troupe__is_open=True)
    rows = rows.filter(starts_on__lte=terms.last_on, ends_on__gte=terms.first_on).order_by("ends_on", "number")
    last = {one.troupe_id: one for one in rows}
    return [last[name] for name in sorted(last)][:TROUPES_MAX]


def _carriers(contracts: Sequence[Contract], terms: Terms) -> dict[str, Carrier]:
    units = units_with({one.troupe.troupe_unit_id for one in contracts})
    spots = _spots({unit.place.path for unit in units.values()})
    engaged: dict[str, set[date]] = {}
    for troupe, starts_at in Performance.objects.filter(
        troupe_id__in=[one.troupe_id for one in contracts], stand__in=(Stand.COMMITTED, Stand.ACCEPTED)
    ).values_list("troupe_id", "starts_at"):
        engaged.setdefault(troupe, set()).add(timezone.localdate(starts_at))
    found = {}
    for one in contracts:
        unit = units.get(one.troupe.troupe_unit_id)
        if unit is None or unit.place.path not in spots:
            continue
        first, last = max(one.starts_on, terms.first_on), min(one.ends_on, terms.last_on)
        days = {first + timedelta(days=each) for each in range((last - first).days + 1)}
        found[one.troupe_id] = Carrier(
            id=one.troupe_id, base=spots[unit.place.path], works=frozenset(),
            days=frozenset(days - engaged.get(one.troupe_id, set())), visits_most=terms.shows_a_day, leaves=LEAVES,
            back=BACK, metres_an_hour=METRES_AN_HOUR, fen_a_minute=terms.fen_a_minute,
        )  # fmt: skip
    return found


def _with_works(carrier: Carrier, known: dict[str, set[str]]) -> Carrier:
    works = frozenset(work for work, names in known.items() if carrier.id in names)
    return Carrier(**{name: getattr(carrier, name) for name in Carrier.__slots__} | {"works": works})


def _visit(one: Performance, spot: Spot, terms: Terms, *, prices: dict[str, int], votes: int) -> Visit:
    window = Window(
        max(one.first_day, terms.first_on), min(one.last_day, terms.last_on), terms.opens - SETTING_UP_MINUTES,
        terms.closes,
    )  # fmt: skip
    return Visit(
        id=str(one.order_id), spot=spot, minutes=one.work.length_minutes + SETTING_UP_MINUTES, windows=(window,),
        prices=prices, wishes={one.work_id: votes} if votes else {},
    )  # fmt: skip


def _spots(paths: set[str]) -> dict[str, Spot]:
    """Where places lie, by path; without those of which nobody knows it."""
    return {
        path: Spot(place.code, round(place.lon * 1_000_000), round(place.lat * 1_000_000))
        for path, place in places_at(paths).items()
        if place.lon is not None and place.lat is not None
    }
