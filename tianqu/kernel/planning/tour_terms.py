"""What a season of visits is made of, and what a plan of it says: frozen values in integers.

Days are dates; times are minutes after midnight of that date, and may pass 1,440 (a show that ends after midnight).
Money is in fen. A carrier is whoever travels and gives: a troupe, a library bus, a projectionist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from tianqu.base.errors import InvalidInput, _

VISITS_MAX: Final = 2_000
CARRIERS_MAX: Final = 100
DAYS_MAX: Final = 400
WINDOWS_MAX: Final = 60
VISITS_A_DAY_MAX: Final = 4
MINUTE_MAX: Final = 2_160  # noon of the day after
AMOUNT_MAX: Final = 10**11  # fen, as much as one amount may be so that sums stay far below 2^63


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is. ``lon_e6`` and ``lat_e6``: millionths of a degree of WGS 84."""

    id: str
    lon_e6: int
    lat_e6: int


@dataclass(frozen=True, slots=True)
class Window:
    """On each of the days from ``first_on`` to ``last_on`` a visit may take place between two minutes of the day."""

    first_on: date
    last_on: date
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A show that a place asks for.

    ``minutes``: how long it takes with setting up and packing; all of it lies within one window. ``wishes``: the votes
    for each work that was wished for. ``prices``: what each carrier asks for it in fen; one that is not there does not
    come at all. ``closed``: days on which it cannot be, whatever the windows say (the weather). ``unserved_fen``: what
    leaving it out counts beside its votes; None for what the season says.
    """

    id: str
    spot: Spot
    minutes: int
    windows: tuple[Window, ...]
    prices: Mapping[str, int]
    wishes: Mapping[str, int] = field(default_factory=dict)
    closed: frozenset[date] = frozenset()
    unserved_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Carrier:
    """Who travels, from its base each morning and back to it each night.

    ``works``: what it can give. ``days``: on which it is there. ``leaves`` and ``back``: the first and the last minute
    of a day on the road. ``metres_an_hour``: how fast it travels; ``fen_a_minute``: what a minute of travel costs.
    """

    id: str
    base: Spot
    works: frozenset[str]
    days: frozenset[date]
    visits_most: int
    leaves: int
    back: int
    metres_an_hour: int
    fen_a_minute: int


@dataclass(frozen=True, slots=True)
class Season:
    """All that a plan is made from, with its laws.

    ``budget_fen``: the most that prices and travel together may cost. ``fen_a_vote``: what a vote that is not followed
    counts; ``unserved_fen``: what a visit that does not take place counts, beside all its votes. ``works_most``: how
    many works one show gives. ``detour_percent``: how much longer roads are than the great circle. ``minutes``: known
    travel times from one spot to another, by their identifiers, which hold in place of the reckoned ones; a way over a
    third spot is never quicker.
    ``once_first``: no place gets a second show while another that could be served has none. ``served``: how many shows
    a spot has had or is to have beside this plan; each counts as one here does.
    """

    visits: tuple[Visit, ...]
    carriers: tuple[Carrier, ...]
    budget_fen: int
    fen_a_vote: int
    unserved_fen: int
    works_most: int = 1
    detour_percent: int = 130
    minutes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    once_first: bool = True
    served: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Show:
    """A visit in a plan: who gives it, on which day, from which minute on, and which of the wished-for works."""

    visit_id: str
    carrier_id: str
    on: date
    starts: int
    works: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan costs, in fen; ``total`` is what is made least.

    ``travel``: minutes on the road, there, between and back, times the carrier's rate. ``price``: what carriers ask.
    ``wishes``: votes of served visits for works that are not given, times the rate of a vote. ``unserved``: for each
    visit that does not take place the charge, and all its votes.
    """

    travel: int = 0
    price: int = 0
    wishes: int = 0
    unserved: int = 0

    @property
    def paid(self) -> int:
        """What the budget bears: travel and prices."""
        return self.travel + self.price

    @property
    def total(self) -> int:
        """The sum that a plan makes least."""
        return self.travel + self.price + self.wishes + self.unserved


@dataclass(frozen=True, slots=True)
class Unserved:
    """A visit without a show. ``why``: no_carrier, no_day, budget, once_first, dearer (than leaving it) or full."""

    visit_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Who goes where and when. ``shows`` are ordered by day, carrier and time.

    ``bound``: what no plan made of the outings that were weighed can cost less than, in fen, and ``proved``: whether
    the plan is as cheap as any of those; ``complete``: whether they were all there are. ``outings``: how many.
    """

    shows: tuple[Show, ...]
    unserved: tuple[Unserved, ...]
    cost: Cost
    bound: int
    proved: bool
    complete: bool
    outings: int


def check_season(season: Season) -> None:
    """Refuse what no plan can be made from. Raises ``InvalidInput``, which names the visit or carrier."""
    _counted(len(season.visits), most=VISITS_MAX, field="visits")
    _counted(len(season.carriers), most=CARRIERS_MAX, field="carriers")
    for name in ("budget_fen", "fen_a_vote", "unserved_fen"):
        _within(getattr(season, name), least=0, most=AMOUNT_MAX, field=name)
    _within(season.works_most, least=1, most=20, field="works_most")
    _within(season.detour_percent, least=100, most=1_000, field="detour_percent")
    for pair, minutes in season.minutes.items():
        _within(minutes, least=0, most=MINUTE_MAX, field=f"minutes[{pair[0]}, {pair[1]}]")
    for spot, count in season.served.items():
        _within(count, least=0, most=AMOUNT_MAX, field=f"served[{spot}]")
    for things, name in ((season.visits, "visits"), (season.carriers, "carriers")):
        if len({one.id for one in things}) < len(things):
            raise InvalidInput(_("Two of the same identifier."), field=name, remedy=_("Name each of them once."))
    for visit in season.visits:
        _check_visit(visit)
    for carrier in season.carriers:
        _check_carrier(carrier)
    days = [day for carrier in season.carriers for day in carrier.days]
    if days and (max(days) - min(days)).days >= DAYS_MAX:
        raise InvalidInput(
            _("A season lasts %(most)s days at most."), field="days", value=(max(days) - min(days)).days + 1,
            remedy=_("Plan a shorter season."), most=DAYS_MAX,
        )  # fmt: skip


def season_days(season: Season) -> tuple[date, ...]:
    """The days from the first to the last on which any carrier is there; none where there is no such day."""
    days = [day for carrier in season.carriers for day in carrier.days]
    if not days:
        return ()
    first = min(days)
    return tuple(first + timedelta(days=number) for number in range((max(days) - first).days + 1))


def charge(season: Season, visit: Visit) -> int:
    """What leaving a visit out counts, in fen: its own charge or the season's, and all its votes."""
    own = season.unserved_fen if visit.unserved_fen is None else visit.unserved_fen
    return own + sum(visit.wishes.values()) * season.fen_a_vote


def works_given(season: Season, *, visit: Visit, carrier: Carrier) -> tuple[str, ...]:
    """The wished-for works that a carrier gives: those with the most votes, by code where votes are equal."""
    known = [(-votes, work) for work, votes in visit.wishes.items() if work in carrier.works and votes > 0]
    return tuple(work for _votes, work in sorted(known)[: season.works_most])


def _check_visit(visit: Visit) -> None:
    at = f"visits[{visit.id}]"
    _check_spot(visit.spot, field=f"{at}.spot")
    _within(visit.minutes, least=1, most=MINUTE_MAX, field=f"{at}.minutes")
    _counted(len(visit.windows), most=WINDOWS_MAX, field=f"{at}.windows")
    for window in visit.windows:
        _within(window.opens, least=0, most=MINUTE_MAX, field=f"{at}.windows.opens")
        _within(window.closes, least=window.opens, most=MINUTE_MAX, field=f"{at}.windows.closes")
        if window.last_on < window.first_on:
            raise InvalidInput(
                _("The window ends before it begins."), field=f"{at}.windows.last_on", value=window.last_on.isoformat(),
                remedy=_("Give a last day that is not before the first."),
            )  # fmt: skip
    for amount in visit.prices.values():
        _within(amount, least=0, most=AMOUNT_MAX, field=f"{at}.prices")
    if visit.unserved_fen is not None:
        _within(visit.unserved_fen, least=0, most=AMOUNT_MAX, field=f"{at}.unserved_fen")
    for votes in visit.wishes.values():
        _within(votes, least=0, most=1_000_000, field=f"{at}.wishes")


def _check_carrier(carrier: Carrier) -> None:
    at = f"carriers[{carrier.id}]"
    _check_spot(carrier.base, field=f"{at}.base")
    _within(carrier.visits_most, least=1, most=VISITS_A_DAY_MAX, field=f"{at}.visits_most")
    _within(carrier.leaves, least=0, most=MINUTE_MAX, field=f"{at}.leaves")
    _within(carrier.back, least=carrier.leaves, most=MINUTE_MAX, field=f"{at}.back")
    _within(carrier.back, least=0, most=carrier.leaves + 1_440, field=f"{at}.back")  # before it leaves again
    _within(carrier.metres_an_hour, least=1_000, most=300_000, field=f"{at}.metres_an_hour")
    _within(carrier.fen_a_minute, least=0, most=1_000_000, field=f"{at}.fen_a_minute")


def _check_spot(spot: Spot, *, field: str) -> None:
    _within(spot.lon_e6, least=-180_000_000, most=180_000_000, field=f"{field}.lon_e6")
    _within(spot.lat_e6, least=-90_000_000, most=90_000_000, field=f"{field}.lat_e6")


def _counted(count: int, *, most: int, field: str) -> None:
    if count > most:
        raise InvalidInput(
            _("There are %(value)s here, and at most %(most)s can be planned."), field=field, value=count,
            remedy=_("Plan fewer at once."), most=most,
        )  # fmt: skip


def _within(value: int, *, least: int, most: int, field: str) -> None:
    if not least <= value <= most:
        raise InvalidInput(
            _("%(value)s is outside the range from %(least)s to %(most)s."), field=field, value=value,
            remedy=_("Give a number within it."), least=least, most=most,
        )  # fmt: skip
