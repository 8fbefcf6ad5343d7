"""Reading culture: the menu with its ratings, wishes, performances, coverage of villages, budgets, statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from tianqu.base.errors import NotFound, NotPermitted, _
from tianqu.base.intervals import Interval, wilson
from tianqu.kernel.files.api import OpenedFile, StoredFile, open_file
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import account_called
from tianqu.kernel.orders.api import RANKED_FROM, ToldOrder, told_order
from tianqu.kernel.places.api import (
    Place,
    can,
    place_called,
    place_typed,
    places_at,
    require,
    rows_in_reach,
    unit_for,
)
from tianqu.packs.culture.declaring.acts import book_of
from tianqu.packs.culture.flow import DEEDS, UNASKED
from tianqu.packs.culture.models import (
    ENGAGED,
    LEDGER,
    TOOK_PLACE,
    Contract,
    Offer,
    Performance,
    Rating,
    Stand,
    Troupe,
    Villager,
    Vote,
    Wish,
    Work,
)
from tianqu.packs.culture.registers.matters import (
    Held,
    open_deeds,
    performance_with,
    season_of,
    troupe_called,
    work_called,
)
from tianqu.packs.culture.shows.acts import OFFICE_KIND

SEE: Final = "culture.see"
LIST_MAX: Final = 500
WAITING: Final = (Stand.ORDERED, *ENGAGED)
DECIDED: Final = (Stand.PAID, Stand.REFUSED, Stand.CANCELLED)


@dataclass(frozen=True, slots=True)
class Liking:
    """How villagers rated something: how many, their mean in stars, and its 95 % interval.

    Stars from 1 to 5 are scores from 0 to 1 for Wilson's interval (``base.intervals``). ``rank`` is by the interval's
    lower bound, so that few good ratings are not worth more than many; None for fewer ratings than are ranked.
    """

    count: int
    stars: int
    rank: int | None = None

    @property
    def mean(self) -> Decimal | None:
        """The mean in stars, to hundredths; None without ratings."""
        return (Decimal(self.stars) / self.count).quantize(Decimal("0.01")) if self.count else None

    @property
    def interval(self) -> Interval | None:
        """The interval of the mean, in stars."""
        if not self.count:
            return None
        found = wilson(Decimal(self.stars - self.count) / 4, self.count)
        return Interval(1 + 4 * found.low, 1 + 4 * found.high)


NO_LIKING: Final = Liking(0, 0)


def likings(by: str, *, kind: str = "") -> dict[str, Liking]:
    """What was rated by ``work`` or ``troupe``, the best first; those with too few ratings come last, unranked.

    Equal lower bounds have equal ranks. Ratings of what did not take place do not count.
    """
    rows = Performance.objects.filter(TOOK_PLACE, rating_count__gt=0, **({"work__kind": kind} if kind else {}))
    summed = rows.values_list(f"{by}_id").annotate(Sum("rating_count"), Sum("rating_sum"))
    found = {code: Liking(count, stars) for code, count, stars in summed}
    many = [(one.interval.low, code) for code, one in found.items() if one.interval and one.count >= RANKED_FROM]
    ranked: dict[str, Liking] = {}
    for low, code in sorted(many, key=lambda each: (-each[0], each[1])):
        better = sum(other > low for other, _code in many)
        ranked[code] = Liking(found[code].count, found[code].stars, better + 1)
    return ranked | {code: found[code] for code in sorted(found, key=lambda one: (-found[one].count, one))
                     if code not in ranked}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MenuLine:
    """A work of a menu: who gives it at which price today, how it was liked, how many wish for it where one looks."""

    work: Work
    offers: tuple[Offer, ...]
    liking: Liking
    votes: int
    voted: bool = False


def menu(actor: Actor, *, place: str = "", kind: str = "", work: str = "", on: date | None = None) -> list[MenuLine]:
    """The open works of the county of a place, or of every county: what most wish for and is liked best first.

    Votes are those of the season at or below the place. Raises ``NotFound`` for a place that is none.
    """
    day = on or timezone.localdate()
    rows = Work.objects.filter(is_open=True, **({"kind": kind} if kind else {}), **({"code": work} if work else {}))
    wishes = Wish.objects.filter(season=season_of(day))
    if place:
        found = place_called(place)
        office = unit_for(OFFICE_KIND, found)
        rows = rows.filter(unit_id=office.id) if office else rows.none()
        wishes = wishes.filter(place_path__under=found.path)
    works = list(rows.order_by("code")[:LIST_MAX])
    codes = [one.code for one in works]
    offers: dict[str, list[Offer]] = {}
    given = Offer.objects.select_related("contract__troupe").filter(work__in=codes, contract__troupe__is_open=True)
    for offer in given.filter(contract__ends_on__gte=day).order_by("price_fen", "contract_id")[: 10 * LIST_MAX]:
        offers.setdefault(offer.work_id, []).append(offer)
    votes = dict(wishes.filter(work__in=codes).values_list("work_id").annotate(Sum("votes")))
    mine = {vote.work_id for vote in own_votes(actor)}
    liked = likings("work")
    lines = [
        MenuLine(one, tuple(offers.get(one.code, ())), liked.get(one.code, NO_LIKING), votes.get(one.code, 0),
                 one.code in mine)
        for one in works
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (-line.votes, line.liking.rank or LIST_MAX, line.work.code))


def work_line(actor: Actor, code: str) -> MenuLine:
    """One work as it stands on its menu. Raises ``NotFound``."""
    work = work_called(code)
    found = menu(actor, work=work.code)
    return found[0] if found else MenuLine(work, (), likings("work").get(code, NO_LIKING), 0)


def ranking(by: str, *, kind: str = "") -> list[tuple[Work | Troupe, Liking]]:
    """Works or troupes with how they were liked, the best lower bound first, what is not ranked last."""
    liked = likings(by, kind=kind)
    things: Mapping[str, Work | Troupe] = (Work if by == "work" else Troupe).objects.in_bulk(list(liked)[:LIST_MAX])
    return [(things[code], liking) for code, liking in liked.items() if code in things]


def own_village(actor: Actor) -> Villager | None:
    """For which village the actor speaks; None where they have not said, or not signed in."""
    return Villager.objects.filter(person_id=actor.person_id).first() if actor.person_id else None


def own_votes(actor: Actor) -> list[Vote]:
    """The actor's votes of this season."""
    if actor.person_id is None:
        return []
    rows = Vote.objects.filter(person_id=actor.person_id, season=season_of(timezone.localdate()))
    return list(rows.order_by("at", "id")[:LIST_MAX])


def wishes(*, place: str = "", season: str = "", work: str = "", limit: int = LIST_MAX) -> list[Wish]:
    """What is wished for at or below a place in a season (this one), the most wished for first; of one work or all."""
    rows = wished_in(wish_rows(), {"season": season})
    rows = rows.filter(work_id=work) if work else rows
    if place:
        rows = rows.filter(place_path__under=place_called(place).path)
    return list(rows.order_by("-votes", "work_id", "id")[: min(limit, LIST_MAX)])


def performances(
    *, actor: Actor | None = None, place: str = "", troupe: str = "", after: UUID | None = None, limit: int = 100
) -> list[Performance]:
    """Performances, the newest order first; ``actor``: those in which their office, village or troupe has a part."""
    rows = performance_rows()
    if actor is not None:
        require(actor, SEE)
        rows = _of(actor, rows)
    if place:
        rows = rows.filter(place_path__under=place_called(place).path)
    rows = rows.filter(troupe_id=troupe) if troupe else rows
    rows = rows.filter(order_id__lt=after) if after else rows
    return list(rows.order_by("-order_id")[: max(1, min(limit, LIST_MAX))])


def performance_rows(_actor: Actor | None = None) -> QuerySet[Performance]:
    """What every village ordered, which is public."""
    return Performance.objects.select_related("work", "troupe")


def wish_rows() -> QuerySet[Wish]:
    """What is wished for, in every season."""
    return Wish.objects.select_related("work").filter(votes__gt=0)


def wished_in(rows: QuerySet[Wish], given: Mapping[str, str]) -> QuerySet[Wish]:
    """Those of a season, this one where none is asked for."""
    return rows.filter(season=given["season"] or season_of(timezone.localdate()))


def _waiting_rows(actor: Actor) -> QuerySet[Performance]:
    """Performances that stand so that a word of the actor's is wanted; not what they might call off or refuse."""
    wanted = {act for act in DEEDS if act not in UNASKED and can(actor, act)}
    return _of(actor, Performance.objects.filter(stand__in={stand for act in wanted for stand in DEEDS[act][1]}))


def waiting_count(actor: Actor) -> int:
    """How many performances wait for a word of the actor's. One query."""
    return _waiting_rows(actor).count() if can(actor, SEE) else 0


def waiting(actor: Actor) -> list[tuple[Performance, list[str]]]:
    """What waits for a word of the actor's, what was to be first above, each with what they can do."""
    require(actor, SEE)
    rows = _waiting_rows(actor).select_related("work", "troupe").order_by("starts_at", "order_id")
    return [(one, open_deeds(actor, one)) for one in rows[:LIST_MAX]]


def _of(actor: Actor, rows: QuerySet[Performance]) -> QuerySet[Performance]:
    return rows_in_reach(actor, rows) | rows.filter(troupe_unit_id__in=actor.scope.unit_ids)


@dataclass(frozen=True, slots=True)
class ShowDetail:
    """A performance with what the actor may do and see of it. ``contracts`` that offer the work, for who engages."""

    one: Performance
    place: Place | None
    deeds: list[str]
    votes: int
    own_stars: int | None
    rates: bool
    contracts: list[Offer] = field(default_factory=list)
    told: ToldOrder | None = None


def show_detail(actor: Actor, show_id: UUID) -> ShowDetail:
    """One performance; its order for its village, troupe and office alone. Raises ``NotFound``."""
    one = performance_with(show_id)
    wished = Wish.objects.filter(work=one.work_id, place_id=one.place_id, season=one.season).first()
    villager = own_village(actor)
    rating = Rating.objects.filter(performance=one, person_id=actor.person_id).first() if actor.person_id else None
    deeds, inside = open_deeds(actor, one), can(actor, SEE) and _of(actor, Performance.objects.all()).filter(
        order_id=show_id
    ).exists()  # fmt: skip
    offers = Offer.objects.select_related("contract__troupe").filter(
        work=one.work_id, contract__ends_on__gte=timezone.localdate(), contract__troupe__is_open=True
    )
    return ShowDetail(
        one, places_at({one.place_path}).get(one.place_path), deeds, wished.votes if wished else 0,
        rating.stars if rating else None,
        rates=villager is not None and villager.place_id == one.place_id and one.is_rateable and rating is None,
        contracts=list(offers.order_by("price_fen")[:LIST_MAX]) if "culture.commit_show" in deeds else [],
        told=told_order(actor, order_id=show_id) if inside else None,
    )  # fmt: skip


def show_file(actor: Actor, *, show_id: UUID, file_id: UUID, small: bool = False) -> OpenedFile:
    """A file given with a word about a performance, for its village, troupe and office. Raises ``NotFound``."""
    told = show_detail(actor, show_id).told
    known = {one.id for one in told.attachments} if told is not None else set()

    def may_see(_reader: Actor, stored: StoredFile) -> None:
        if stored.holder != f"order:{show_id}" or file_id not in known:
            raise NotFound(_("There is no such file."), field="file")

    return open_file(actor, file_id=file_id, may_see=may_see, variant="thumbnail" if small else "served")


@dataclass(frozen=True, slots=True)
class Covered:
    """A village: how much was given there in a season and when last, how much is to come, how many came in all."""

    place: Place
    given: int = 0
    attendance: int = 0
    last: datetime | None = None
    coming: int = 0
    next: datetime | None = None


COUNTED: Final = ("given", "attendance", "last", "coming", "next")


def village_rows() -> QuerySet[Place]:
    """The villages of today."""
    return Place.objects.on(timezone.localdate()).filter(kind="village").defer("boundary")


def villages_below(rows: QuerySet[Place], given: Mapping[str, str]) -> QuerySet[Place]:
    """Those at or below a place, without one those of the first county that has a menu. Raises ``NotFound``."""
    first = next(iter(counties()), None) if not given["place_path"] else place_typed(given["place_path"])
    return rows.filter(path__under=first.path) if first is not None else rows.none()


def covered(villages: list[Place], narrowed: Mapping[str, str]) -> list[Covered]:
    """How much some villages were given in a season, this one where none is asked for."""
    given, coming = TOOK_PLACE, Q(stand__in=WAITING)
    year = narrowed.get("season") or season_of(timezone.localdate())
    shows = Performance.objects.filter(season=year, place_id__in=[one.id for one in villages]).values("place_id")
    rows = shows.annotate(  # the sum comes last: what follows would take its name for the column's
        given=Count("pk", filter=given), last=Max("given_at", filter=given), coming=Count("pk", filter=coming),
        next=Min("starts_at", filter=coming), attendance=Sum("attendance", filter=given, default=0),
    )  # fmt: skip
    told = {place_id: told for place_id, *told in rows.values_list("place_id", *COUNTED)}
    return [Covered(one, *told.get(one.id, ())) for one in villages]


def counties() -> list[Place]:
    """The places whose offices have a menu, by code."""
    return sorted(places_at(set(Work.objects.values_list("place_path", flat=True).distinct())).values(),
                  key=lambda place: place.code)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Budget:
    """An office's budget in fen: granted, paid, set aside, and what is free, as its book holds them."""

    book: str
    granted: int = 0
    paid: int = 0
    committed: int = 0

    @property
    def free(self) -> int:
        """What can still be set aside."""
        return self.granted - self.paid - self.committed


def budget_of(actor: Actor, *, unit_id: UUID | None) -> Budget:
    """The budget of an office for which the actor acts; zeros before its first grant. Raises ``NotPermitted``."""
    require(actor, "culture.see_budget", Held(unit_id=unit_id))
    assert unit_id is not None, "what is of no unit is in nobody's scope"
    book = book_of(unit_id)
    try:
        budget = account_called(book, ledger=LEDGER, code="budget")
    except NotFound:
        return Budget(book)
    return Budget(book, budget.posted_debit, budget.posted_credit, budget.pending_credit)


@dataclass(frozen=True, slots=True)
class Statement:
    """What became of everything for which a troupe was engaged, the newest first, with sums in fen."""

    troupe: Troupe
    rows: list[Performance]
    paid: int
    committed: int
    refused: int


def statement(actor: Actor, *, troupe: str) -> Statement:
    """The statement of a troupe, for the troupe and its office. Raises ``NotFound``, ``NotPermitted``."""
    found = troupe_called(troupe)
    if not troupes_of(actor).filter(code=found.code).exists():
        raise NotPermitted(
            _("Only the troupe and its office read its statement."), field="troupe", value=troupe,
            remedy=_("Ask somebody of that office."),
        )  # fmt: skip
    sums = dict(Performance.objects.filter(troupe=found).values_list("stand").annotate(Sum("price_fen")))
    rows = performances(troupe=found.code, limit=LIST_MAX)
    rows.sort(key=lambda one: one.starts_at or one.changed_at, reverse=True)
    return Statement(
        found, rows, paid=sums.get(Stand.PAID, 0),
        committed=sum(value for stand, value in sums.items() if stand not in DECIDED),
        refused=sum(sums.get(stand, 0) for stand in (Stand.REFUSED, Stand.CANCELLED)),
    )  # fmt: skip


def troupes_of(actor: Actor) -> QuerySet[Troupe]:
    """The troupes of the actor's office, and their own, by code."""
    require(actor, SEE)
    rows = Troupe.objects.order_by("code")
    if not actor.scope.everything:
        rows = rows.filter(Q(unit_id__in=actor.scope.unit_ids) | Q(troupe_unit_id__in=actor.scope.unit_ids))
    return rows


def contracts_of(actor: Actor) -> QuerySet[Contract]:
    """The contracts of the actor's office with their offers."""
    rows = Contract.objects.select_related("troupe").prefetch_related("offers__work")
    return rows if actor.scope.everything else rows.filter(unit_id__in=actor.scope.unit_ids)


def prices_of(contract: Contract) -> list[tuple[str, int]]:
    """The works of a contract with their prices in fen, by work."""
    return sorted((one.work_id, one.price_fen) for one in contract.offers.all())


def performances_with(ids: Collection[UUID]) -> list[Performance]:
    """Performances by their identifiers, each with its work."""
    return list(Performance.objects.select_related("work").filter(order_id__in=ids))


def villages_named(rows: Iterable[Any]) -> dict[str, Place]:
    """The villages of some rows by path."""
    return places_at({row.place_path for row in rows})
