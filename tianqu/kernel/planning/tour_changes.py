"""A plan changed by hand: what a change would cost before it is made, and which laws it would break."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tianqu.base.errors import Conflict, InvalidInput, _
from tianqu.kernel.planning.tour_faults import Fault, tour_faults
from tianqu.kernel.planning.tour_outings import Desk, Intervals
from tianqu.kernel.planning.tour_terms import Carrier, Cost, Season, Show, Visit, works_given
from tianqu.kernel.planning.tours import plan_cost


@dataclass(frozen=True, slots=True)
class Move:
    """Give a show to a carrier on a day, from ``starts`` on; without ``starts`` as early as it fits in there."""

    visit_id: str
    carrier_id: str
    on: date
    starts: int | None = None


@dataclass(frozen=True, slots=True)
class Swap:
    """Let two shows change places: each takes the other's carrier, day and minute.

    Where that breaks a law, as early as it fits in there; on one day of one carrier they change their turns.
    """

    visit_id: str
    other_id: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Take a show out of the plan."""

    visit_id: str


@dataclass(frozen=True, slots=True)
class Add:
    """Give a visit that has no show one."""

    visit_id: str
    carrier_id: str
    on: date
    starts: int | None = None


Change = Move | Swap | Drop | Add


@dataclass(frozen=True, slots=True)
class ChangeCost:
    """What a change would do: the shows after it, the cost before and after, and the laws that it would break."""

    shows: tuple[Show, ...]
    before: Cost
    after: Cost
    broken: tuple[Fault, ...]

    @property
    def difference(self) -> int:
        """By how many fen the total would grow."""
        return self.after.total - self.before.total


def change_cost(season: Season, *, shows: Sequence[Show], change: Change, today: date | None = None) -> ChangeCost:
    """Reckon a change without making it. ``broken`` names only what the change breaks, not what was broken before.

    Raises ``InvalidInput`` for a visit or a carrier that the season does not know, and ``Conflict`` where the visit to
    move, swap or drop has no show, that to add has one already, or a show before ``today`` would change.
    """
    changed = _changed(season, tuple(shows), change)
    if today is not None and any(show.on < today for show in set(shows) ^ set(changed)):
        raise Conflict(
            _("What is past does not change."), field="on", value=today.isoformat(), remedy=_("Choose a day to come."),
        )  # fmt: skip
    before = set(tour_faults(season, shows))
    broken = tuple(fault for fault in tour_faults(season, changed) if fault not in before)
    return ChangeCost(changed, plan_cost(season, shows), plan_cost(season, changed), broken)


def without(season: Season, *, spot: str, carrier: str, days: frozenset[date]) -> Season:
    """The season in which a place is closed, or a carrier away, on some days; an empty name stands for none."""
    visits = tuple(
        replace(one, closed=one.closed | days) if spot and one.spot.id == spot else one for one in season.visits
    )
    carriers = tuple(
        replace(one, days=one.days - days) if carrier and one.id == carrier else one for one in season.carriers
    )
    return replace(season, visits=visits, carriers=carriers)


def bound_to_own(season: Season, *, shows: Iterable[Show], engaged: frozenset[str]) -> Season:
    """The season in which each visit that is engaged already can only be given by its own carrier.

    One whose carrier is not there on its day any more is free for whoever offers it.
    """
    there = {one.id: one.days for one in season.carriers}
    own = {
        show.visit_id: show.carrier_id for show in shows
        if show.visit_id in engaged and show.on in there.get(show.carrier_id, ())
    }  # fmt: skip
    visits = tuple(
        replace(one, prices={name: fen for name, fen in one.prices.items() if name == own[one.id]})
        if one.id in own else one
        for one in season.visits
    )  # fmt: skip
    return replace(season, visits=visits)


def _changed(season: Season, shows: tuple[Show, ...], change: Change) -> tuple[Show, ...]:
    match change:
        case Drop(visit_id=name):
            show = _show_of(season, shows, name)
            return tuple(one for one in shows if one != show)
        case Add(visit_id=name):
            _visit(season, name)
            if any(show.visit_id == name for show in shows):
                raise Conflict(
                    _("This visit has a show already."), field="visit", value=name, remedy=_("Move the show."),
                )  # fmt: skip
            return _placed(season, shows, name=name, to=change)
        case Move(visit_id=name):
            show = _show_of(season, shows, name)
            return _placed(season, tuple(one for one in shows if one != show), name=name, to=change)
        case Swap(visit_id=name, other_id=other_name):
            show, other = _show_of(season, shows, name), _show_of(season, shows, other_name)
            return _swapped(season, shows, show=show, other=other)


def _swapped(season: Season, shows: tuple[Show, ...], *, show: Show, other: Show) -> tuple[Show, ...]:
    rest = tuple(one for one in shows if one not in (show, other))
    there = Move(show.visit_id, other.carrier_id, other.on, other.starts)
    here = Move(other.visit_id, show.carrier_id, show.on, show.starts)
    exact = _both_placed(season, rest, there, here)
    if set(tour_faults(season, exact)) <= set(tour_faults(season, shows)):
        return exact
    if (show.carrier_id, show.on) == (other.carrier_id, other.on):
        return _both_placed(season, rest, *_turns(season, rest, moves=(there, here)))
    return _both_placed(season, rest, replace(there, starts=None), replace(here, starts=None))


def _both_placed(season: Season, shows: tuple[Show, ...], one: Move, other: Move) -> tuple[Show, ...]:
    return _placed(season, _placed(season, shows, name=one.visit_id, to=one), name=other.visit_id, to=other)


def _turns(season: Season, shows: tuple[Show, ...], *, moves: tuple[Move, Move]) -> tuple[Move, Move]:
    """Two moves to one day of one carrier, each in its turn as early as the others of the day, which stay, leave room.

    As they are where the day has no room for them.
    """
    visits, one, other = {each.id: each for each in season.visits}, *moves
    carrier, begins = _carrier(season, one.carrier_id), {each.visit_id: each.starts or 0 for each in moves}
    opened = {each.visit_id: _opened(visits[each.visit_id], on=one.on) for each in moves}
    for show in shows:
        if (show.carrier_id, show.on) == (one.carrier_id, one.on):
            begins[show.visit_id] = show.starts
            opened[show.visit_id] = ((show.starts, show.starts + visits[show.visit_id].minutes),)
    names = sorted(begins, key=lambda each: begins[each])
    order, hours = [visits[name] for name in names], [opened[name] for name in names]
    timed = _timed(season, order, carrier=carrier, on=one.on, opened=hours)
    if timed is None:
        return moves
    starts = dict(zip(names, timed, strict=True))
    return replace(one, starts=starts[one.visit_id]), replace(other, starts=starts[other.visit_id])


def _placed(season: Season, shows: tuple[Show, ...], *, name: str, to: Move | Add) -> tuple[Show, ...]:
    """The shows with one more; it begins when it was told to, or as early as the others of the day leave room."""
    visit, carrier = _visit(season, name), _carrier(season, to.carrier_id)
    starts = to.starts
    if starts is None:
        starts = _earliest(season, shows, visit=visit, carrier=carrier, on=to.on)
    elif not 0 <= starts < 2_160:
        raise InvalidInput(
            _("This is no minute of a day."), field="starts", value=starts, remedy=_("Give minutes after midnight."),
        )  # fmt: skip
    show = Show(visit.id, carrier.id, to.on, starts, works_given(season, visit=visit, carrier=carrier))
    return tuple(sorted((*shows, show), key=lambda one: (one.on, one.carrier_id, one.starts, one.visit_id)))


def _earliest(season: Season, shows: tuple[Show, ...], *, visit: Visit, carrier: Carrier, on: date) -> int:
    """The first minute at which a show fits between the others of the day, which stay; else when its day opens."""
    visits = {one.id: one for one in season.visits}
    begins = {show.visit_id: show.starts for show in shows if show.carrier_id == carrier.id and show.on == on}
    others = [visits[name] for name in sorted(begins, key=lambda each: (begins[each], each))]
    opened = _opened(visit, on=on)
    stay = [((begins[one.id], begins[one.id] + one.minutes),) for one in others]
    found = []
    for place in range(len(others) + 1):
        order, hours = [*others[:place], visit, *others[place:]], [*stay[:place], opened, *stay[place:]]
        timed = _timed(season, order, carrier=carrier, on=on, opened=hours)
        if timed is not None:
            found.append(timed[place])
    return min(found, default=min((opens for opens, _closes in opened), default=carrier.leaves))


def _opened(visit: Visit, *, on: date) -> Intervals:
    """The hours of a visit on a day; on one that is none of its own those of its other days."""
    then = [window for window in visit.windows if window.first_on <= on <= window.last_on] or visit.windows
    return tuple((window.opens, window.closes) for window in then)


def _timed(
    season: Season, order: Sequence[Visit], *, carrier: Carrier, on: date, opened: Sequence[Intervals]
) -> tuple[int, ...] | None:
    """When the visits of a carrier's day begin in this order, as early as can be; None where the day is too short."""
    desk = Desk(replace(season, visits=tuple(order), carriers=(replace(carrier, days=frozenset({on})),)))
    timed = desk.timed(0, order=range(len(order)), opened=opened)
    return None if timed is None else timed[1]


def _show_of(season: Season, shows: tuple[Show, ...], name: str) -> Show:
    _visit(season, name)
    found = next((show for show in shows if show.visit_id == name), None)
    if found is None:
        raise Conflict(_("This visit has no show yet."), field="visit", value=name, remedy=_("Add one."))
    return found


def _visit(season: Season, name: str) -> Visit:
    found = next((visit for visit in season.visits if visit.id == name), None)
    if found is None:
        raise InvalidInput(
            _("The season has no visit %(value)s."), field="visit", value=name,
            remedy=_("Name a visit of this season."),
        )  # fmt: skip
    return found


def _carrier(season: Season, name: str) -> Carrier:
    found = next((carrier for carrier in season.carriers if carrier.id == name), None)
    if found is None:
        raise InvalidInput(
            _("Nobody called %(value)s travels in this season."), field="carrier", value=name,
            remedy=_("Name somebody who travels in this season."),
        )  # fmt: skip
    return found
