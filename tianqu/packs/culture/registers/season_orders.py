"""What villages have ordered and wish for, and what troupes offer for some days: what a season's plan is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import Asked, CarrierOffered, Stage, Standing, VisitAsked
from tianqu.kernel.places.api import Unit, units_with
from tianqu.packs.culture.models import Contract, Offer, Performance, Stand, Wish, Work
from tianqu.packs.culture.registers.matters import season_of

ENGAGED = (Stand.COMMITTED, Stand.ACCEPTED)
STAGES = {Stand.ORDERED: Stage.WAITING} | dict.fromkeys(ENGAGED, Stage.ENGAGED)


def asked_of(office: Unit, first: date, last: date, /) -> Asked:
    """What an office's villages have ordered for these days, one work more that each of them wishes for, and troupes.

    A troupe plays by its contract that ends last, on the contract's days on which it is not engaged already, from where
    its unit is. ``served`` are the shows of the season in these villages, given or engaged.
    """
    contracts = _contracts(office.id, first=first, last=last)
    prices: dict[str, dict[str, int]] = {}
    for offer in Offer.objects.filter(contract__in=contracts.values()).select_related("contract"):
        prices.setdefault(offer.work_id, {})[offer.contract.troupe_id] = offer.price_fen
    rows = Performance.objects.select_related("work").filter(unit_id=office.id, stand=Stand.ORDERED)
    ordered = list(rows.filter(first_day__lte=last, last_day__gte=first).order_by("order_id")[:1_000])
    votes: dict[str, dict[str, int]] = {}
    for wish in Wish.objects.filter(place_path__in={one.place_path for one in ordered}, season=season_of(first)):
        votes.setdefault(wish.place_path, {})[wish.work_id] = wish.votes
    visits = [
        _visit(one.work, one, id=str(one.order_id), first_on=one.first_day, last_on=one.last_day,
               prices=prices.get(one.work_id, {}), wishes=_votes_for(votes, one))
        for one in ordered
    ]  # fmt: skip
    there = Performance.objects.filter(place_path__in={one.place_path for one in ordered}, season=season_of(first))
    there = there.exclude(stand=Stand.CANCELLED).exclude(attendance=0)  # 0: it did not take place
    had = set(there.values_list("place_path", "work_id"))
    wished = _wished(ordered, votes, prices, had=had, first=first, last=last)
    served = Counter(there.exclude(stand=Stand.ORDERED).values_list("place_path", flat=True))
    return Asked([*visits, *wished], _troupes(contracts, prices, first=first, last=last), served)


def _votes_for(votes: Mapping[str, Mapping[str, int]], one: Performance) -> dict[str, int]:
    return {work: own for work, own in votes.get(one.place_path, {}).items() if own and work == one.work_id}


def _visit(work: Work, at: Performance, **more: object) -> VisitAsked:
    told = {"place_path": at.place_path, "title": work.name, "title_en": work.name_en, "minutes": work.length_minutes}
    return VisitAsked(**told | more)


def _wished(
    ordered: Sequence[Performance], votes: Mapping[str, dict[str, int]], prices: Mapping[str, dict[str, int]],
    *, had: Collection[tuple[str, str]], first: date, last: date,
) -> list[VisitAsked]:  # fmt: skip
    """For each village that ordered, one show beside it: of the works not ordered, what a troupe gives with most votes.

    It is worth what its votes are worth. Its price by each troupe is that of the work which the plan takes then.
    ``had``: which work each village had or ordered already.
    """
    villages = {one.place_path: one for one in ordered}
    works = Work.objects.filter(is_open=True).in_bulk({work for each in votes.values() for work in each} & set(prices))
    found = []
    for path in sorted(votes):
        open_ = {work: count for work, count in votes[path].items()
                 if count > 0 and work in works and (path, work) not in had}  # fmt: skip
        best: dict[str, str] = {}
        for work in sorted(open_, key=lambda each: (-open_[each], each)):
            for troupe in prices[work]:
                best.setdefault(troupe, work)
        if best:
            titled, minutes = min(open_, key=lambda each: (-open_[each], each)), [works[each] for each in best.values()]
            found.append(_visit(
                works[titled], villages[path], id=str(new_identifier()), first_on=first, last_on=last, extra=True,
                minutes=max(each.length_minutes for each in minutes), wishes=open_,
                works={work: (works[work].name, works[work].name_en) for work in open_},
                prices={troupe: prices[work][troupe] for troupe, work in best.items()},
            ))  # fmt: skip
    return found


def _contracts(unit_id: UUID, *, first: date, last: date) -> dict[str, Contract]:
    """The contract of each troupe that covers a day of the season; of several the one that ends last."""
    rows = Contract.objects.select_related("troupe").filter(unit_id=unit_id, troupe__is_open=True)
    rows = rows.filter(starts_on__lte=last, ends_on__gte=first).order_by("ends_on", "number")
    return {one.troupe_id: one for one in rows}


def _troupes(
    contracts: Mapping[str, Contract], prices: Mapping[str, Mapping[str, int]], *, first: date, last: date
) -> list[CarrierOffered]:
    units = units_with({one.troupe.troupe_unit_id for one in contracts.values()})
    engaged: dict[str, set[date]] = {}
    for troupe, starts_at in Performance.objects.filter(
        troupe_id__in=contracts, stand__in=ENGAGED
    ).values_list("troupe_id", "starts_at"):  # fmt: skip
        engaged.setdefault(troupe, set()).add(timezone.localdate(starts_at))
    found = []
    for code, one in sorted(contracts.items()):
        begins, length = max(one.starts_on, first), (min(one.ends_on, last) - max(one.starts_on, first)).days + 1
        days = frozenset(begins + timedelta(days=each) for each in range(length)) - engaged.get(code, set())
        works = frozenset(work for work, by in prices.items() if code in by)
        if one.troupe.troupe_unit_id in units:
            base = units[one.troupe.troupe_unit_id].place.path
            found.append(CarrierOffered(code, one.troupe.name, one.troupe.name_en, base, days, works, one.number))
    return found


def standings(names: Collection[str]) -> dict[str, Standing]:
    """How far performances are, and with which troupe and from when on, by their identifiers."""
    rows = Performance.objects.filter(order_id__in=list(names))
    values = rows.values_list("order_id", "stand", "troupe_id", "starts_at")
    return {str(name): Standing(STAGES.get(Stand(at), Stage.OVER), who or "", when) for name, at, who, when in values}
