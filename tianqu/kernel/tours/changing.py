"""A season planned, changed by hand, planned anew when a day or a troupe falls out, published, carried out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from tianqu.base.canonical import plain
from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.texts import clean_line
from tianqu.kernel.journal.api import Acting, Actor, DoneBefore, act
from tianqu.kernel.notices.api import prepare_notice, queue_notices
from tianqu.kernel.orders.api import move_within
from tianqu.kernel.places.api import may_by_role, place_called, places_at, require, units_of_place
from tianqu.kernel.planning.api import Add, Change, ChangeCost, Drop, Fault, Move, Season, Swap, change_cost
from tianqu.packs.culture.models import Performance, Stand
from tianqu.packs.culture.registers.matters import (
    NAME_MAX,
    chosen,
    counted,
    kept,
    of_office,
    office_of,
    performance_with,
    season_of,
    today,
    troupe_called,
)
from tianqu.packs.culture.registers.season_orders import SETTING_UP_MINUTES, Terms, asked_season
from tianqu.packs.culture.season.frozen import season_of_stored, shows_of_stored, stored_season, stored_shows, without
from tianqu.packs.culture.season.models import SeasonPlan
from tianqu.packs.culture.shows.acts import SAID_WITHIN

TASK: Final = "culture.do_season"
DAYS_MAX: Final = 200
AMOUNT_MAX_FEN: Final = 1_000_000_000_00
DEEDS: Final = ("move", "swap", "drop", "add")
OUTS: Final = ("weather", "troupe")
OUTS_MAX: Final = 200
ASKED, PLANNED, CARRYING, PUBLISHED, FAILED = "asked", "planned", "carrying", "published", "failed"


@act("culture.plan_season", may=may_by_role)
def plan_season(
    acting: Acting,
    *,
    plan_id: UUID,
    unit_id: UUID,
    name: str,
    first_on: date,
    last_on: date,
    budget_fen: int,
    fen_a_vote: int = 1_000,
    unserved_fen: int = 1_000_000,
    fen_a_minute: int = 300,
    shows_a_day: int = 2,
    opens: int = 780,
    closes: int = 1_350,
) -> int:
    """Ask the worker for a plan of what an office's villages have ordered between two days; return for how many shows.

    ``fen_a_vote``: what a wish that is not met counts; ``unserved_fen``: what a show that does not take place counts;
    ``fen_a_minute``: of travel; shows lie between the minutes ``opens`` and ``closes`` of a day. Raises
    ``InvalidInput``, ``NotPermitted``, ``NotFound``.
    """
    office = office_of(acting, unit_id)
    if SeasonPlan.objects.filter(id=plan_id).exists():
        raise DoneBefore(0)
    if not today(acting) <= first_on <= last_on < first_on + timedelta(days=DAYS_MAX):
        raise InvalidInput(
            _("A season begins today or later, and lasts %(most)s days at most."), field="first_on",
            value=first_on.isoformat(), remedy=_("Choose other days."), most=DAYS_MAX,
        )  # fmt: skip
    terms = Terms(
        first_on, last_on, counted(budget_fen, field="budget_fen", least=0, most=AMOUNT_MAX_FEN),
        counted(fen_a_vote, field="fen_a_vote", least=0, most=1_000_000),
        counted(unserved_fen, field="unserved_fen", least=0, most=AMOUNT_MAX_FEN // 1_000),
        counted(fen_a_minute, field="fen_a_minute", least=0, most=100_000),
        counted(shows_a_day, field="shows_a_day", least=1, most=4), counted(opens, field="opens", least=60, most=1_439),
        counted(closes, field="closes", least=opens, most=1_800),
    )  # fmt: skip
    asked = asked_season(office.id, terms)
    one = SeasonPlan(
        id=plan_id, unit_id=office.id, place_path=office.place.path, stand=ASKED, asked_at=acting.now,
        name=clean_line(name, field="name", most=NAME_MAX, wanted=True), person_id=acting.actor.person_id,
        post_id=acting.actor.post_id, terms=plain(asdict(terms)), given=stored_season(asked.season), shows=[],
        contracts=asked.contracts, unserved=[[each, "nowhere"] for each in asked.nowhere], cost={}, outs=[], moved=[],
    )  # fmt: skip
    _keep(acting, one, given=one.given)
    app.configure_task(TASK).defer(plan_id=str(plan_id))
    return len(asked.season.visits)


@act("culture.note_season", may=may_by_role)
def note_season(
    acting: Acting, *, plan_id: UUID, done: int, result: dict[str, Any] | None = None, failed: str = ""
) -> None:
    """Note how far the worker is with a plan in per cent, what it found, or why it could not go on."""
    one = _locked(acting, plan_id)
    one.done, one.failed = done, failed
    if result is not None:
        one.shows, one.unserved, one.cost = result["shows"], result["unserved"], result["cost"]
        one.bound, one.proved, one.moved = result["bound"], result["proved"], result["moved"]
    if result is not None or failed:
        done_with = PUBLISHED if one.published_at and not one.moved else PLANNED
        one.stand = FAILED if result is None and not one.shows else done_with
    _keep(acting, one)


@act("culture.change_season", may=may_by_role)
def change_season(
    acting: Acting,
    *,
    plan_id: UUID,
    deed: str,
    show_id: UUID,
    troupe: str = "",
    on: date | None = None,
    starts: int | None = None,
    other_id: UUID | None = None,
    expected_version: int | None = None,
) -> int:
    """Change a plan by hand: move, swap, drop or add a show; return by how many fen its cost grows.

    ``deed``: one of those; ``troupe``, ``on`` and ``starts`` (minutes after midnight; None for as early as it fits):
    where a show comes to; ``other_id``: with which it is swapped. Raises ``Conflict`` for a change that would break a
    law, with the law's name, and where somebody was quicker.
    """
    one = _locked(acting, plan_id)
    _expected(one, expected_version)
    if one.stand != PLANNED:
        raise Conflict(_("Only a plan that is there and not published is changed by hand."), field="plan_id")
    change = change_of(deed, show_id=show_id, troupe=troupe, on=on, starts=starts, other_id=other_id)
    reckoned = reckon(one, change, on=today(acting))
    if reckoned.broken:
        raise Conflict(
            _("This would break a law of the plan (%(value)s)."), field="deed", value=reckoned.broken[0].law,
            remedy=_("Choose another day, time or troupe."),
        )  # fmt: skip
    one.shows, one.cost = stored_shows(reckoned.shows), asdict(reckoned.after)
    served = {show.visit_id for show in reckoned.shows}
    left = {each: why for each, why in one.unserved if each not in served}
    names = {visit["id"] for visit in one.given["visits"]}
    one.unserved = sorted([each, left.get(each, "by_hand")] for each in (names | set(left)) - served)
    one.proved = False
    _keep(acting, one, change=[deed, str(show_id), troupe, on, starts])
    return reckoned.difference


@act("culture.fall_out", may=may_by_role)
def fall_out(
    acting: Acting,
    *,
    plan_id: UUID,
    cause: str,
    first_on: date,
    last_on: date,
    troupe: str = "",
    place: str = "",
    expected_version: int | None = None,
) -> None:
    """Say that a place cannot be played in (``weather``) or a ``troupe`` is out for some days; the worker plans anew.

    What is past stays, and as few shows as can be are moved. Raises ``InvalidInput``, ``NotFound``, ``Conflict``.
    """
    one = _locked(acting, plan_id)
    _expected(one, expected_version)
    if one.stand not in (PLANNED, PUBLISHED):
        raise Conflict(_("This plan is not there yet."), field="plan_id", remedy=_("Wait until it is."))
    if not first_on <= last_on < first_on + timedelta(days=DAYS_MAX) or len(one.outs) >= OUTS_MAX:
        raise InvalidInput(
            _("These days are in the wrong order, or too many."), field="last_on", value=last_on.isoformat(),
            remedy=_("Choose the first and the last day."),
        )  # fmt: skip
    ill = chosen(cause, OUTS, field="cause") == "troupe"
    who, where = (troupe_called(troupe).code, "") if ill else ("", place_called(place).code)
    days = frozenset(first_on + timedelta(days=each) for each in range((last_on - first_on).days + 1))
    now = without(season_of_stored(one.given), spot=where, carrier=who, days=days)
    one.given, one.stand, one.done = stored_season(now), ASKED, 0
    one.outs = [*one.outs, [cause, who or where, first_on.isoformat(), last_on.isoformat()]]
    _keep(acting, one)
    app.configure_task(TASK).defer(plan_id=str(plan_id))


@act("culture.publish_season", may=may_by_role)
def publish_season(acting: Acting, *, plan_id: UUID, expected_version: int | None = None) -> int:
    """Publish a plan: villages are told, and the worker engages troupes by the acts of shows.

    Returns how many shows lie ahead. Raises ``Conflict`` for a plan that is not there, or has none ahead.
    """
    one = _locked(acting, plan_id)
    _expected(one, expected_version)
    if one.stand != PLANNED:
        raise Conflict(_("Only a plan that is there and not published is published."), field="plan_id")
    shows = [show for show in shows_of_stored(one.shows) if show.on > today(acting)]
    if not shows:
        raise Conflict(_("No show of this plan lies ahead."), field="plan_id", remedy=_("Plan other days."))
    moved = set(one.moved)
    told = [show for show in shows if not one.published_at or show.visit_id in moved]
    rows = {str(each.order_id): each for each in Performance.objects.select_related("work").filter(
        order_id__in=[show.visit_id for show in told])}  # fmt: skip
    places = places_at({each.place_path for each in rows.values()})
    notices = [
        prepare_notice(
            acting, key=f"culture_season:{one.id}:{one.version}:{show.visit_id}", code="culture_planned",
            subject=f"culture_show:{show.visit_id}", unit_id=unit.id,
            parameters={"title": rows[show.visit_id].work.name, "at": moment_of(show.on, show.starts).isoformat()},
        )
        for show in told if show.visit_id in rows
        for unit in units_of_place(places[rows[show.visit_id].place_path].code, limit=3)
    ]  # fmt: skip
    queue_notices(acting, notices)
    one.stand, one.published_at, one.done = CARRYING, acting.now, 0
    _keep(acting, one)
    app.configure_task(TASK).defer(plan_id=str(plan_id))
    return len(shows)


@act("culture.move_show", may=may_by_role)
def move_show(acting: Acting, *, show_id: UUID, starts_at: datetime, note: str = "") -> None:
    """Give a show for which a troupe is engaged another day or time; the troupe says anew whether it comes.

    The money stays set aside.

    Raises ``InvalidInput`` for a time outside the contract or in the past, ``NotFound``, ``Conflict``.
    """
    one = performance_with(show_id, lock=True)
    if not of_office(acting.actor, one):
        raise NotFound(_("There is no such performance."), field="show_id", value=str(show_id))
    if one.stand not in (Stand.COMMITTED, Stand.ACCEPTED) or one.contract is None:
        raise Conflict(_("This cannot be done with it now (%(value)s)."), field="show_id", value=one.stand)
    if one.starts_at == starts_at:
        raise DoneBefore(None)
    if not one.contract.starts_on <= timezone.localdate(starts_at) <= one.contract.ends_on or starts_at <= acting.now:
        raise InvalidInput(
            _("This lies outside the days of the contract, or is over."), field="starts_at",
            value=starts_at.isoformat(), remedy=_("Choose a time to come within the contract."),
        )  # fmt: skip
    one.starts_at, one.stand, one.season = starts_at, Stand.COMMITTED, season_of(timezone.localdate(starts_at))
    move_within(
        acting, order_id=show_id, unit_id=one.troupe_unit_id, finish_by=starts_at + SAID_WITHIN, note=note,
        data={"starts_at": starts_at.isoformat()},
    )  # fmt: skip
    kept(acting, one)


def change_of(
    deed: str, *, show_id: UUID, troupe: str, on: date | None, starts: int | None, other_id: UUID | None
) -> Change:
    """A change as the planner takes it. Raises ``InvalidInput``."""
    name = str(show_id)
    if chosen(deed, DEEDS, field="deed") == "drop":
        return Drop(name)
    if deed == "swap":
        if other_id is None:
            raise InvalidInput(_("Say with which show."), field="other_id", remedy=_("Choose one."))
        return Swap(name, str(other_id))
    if on is None:
        raise InvalidInput(_("Say on which day."), field="on", remedy=_("Choose one."))
    return (Move if deed == "move" else Add)(name, troupe, on, starts)


def reckon(one: SeasonPlan, change: Change, *, on: date) -> ChangeCost:
    """What a change of a plan would cost and break, without making it. Raises ``InvalidInput``, ``Conflict``."""
    season: Season = season_of_stored(one.given)
    return change_cost(season, shows=shows_of_stored(one.shows), change=change, today=on)


def faults_said(faults: tuple[Fault, ...]) -> list[str]:
    """The names of broken laws, each once."""
    return sorted({fault.law for fault in faults})


def moment_of(on: date, minute: int) -> datetime:
    """The moment that is a minute of a day in the realm's time, from which a show's public part begins."""
    begun = datetime(on.year, on.month, on.day, tzinfo=timezone.get_current_timezone())
    return begun + timedelta(minutes=minute + SETTING_UP_MINUTES)


def plan_seen(actor: Actor, plan_id: UUID) -> SeasonPlan:
    """A plan of one's own office. Raises ``NotFound``, ``NotPermitted``."""
    require(actor, "culture.see_seasons")
    one = SeasonPlan.objects.filter(id=plan_id).first()
    if one is None or not of_office(actor, one):
        raise NotFound(_("There is no such plan."), field="plan_id", value=str(plan_id))
    return one


def _locked(acting: Acting, plan_id: UUID) -> SeasonPlan:
    one = SeasonPlan.objects.select_for_update().filter(id=plan_id).first()
    if one is None or not of_office(acting.actor, one):
        raise NotFound(_("There is no such plan."), field="plan_id", value=str(plan_id))
    return one


def _expected(one: SeasonPlan, expected_version: int | None) -> None:
    if expected_version is not None and expected_version != one.version:
        raise Conflict(
            _("Somebody has changed this plan: it is in version %(value)s."), field="expected_version",
            value=one.version, remedy=_("Look at it again."),
        )  # fmt: skip


def _keep(acting: Acting, one: SeasonPlan, **more: object) -> None:
    """Write a plan as it now is and record it; what it was made from is recorded with the act that froze it."""
    new = one._state.adding
    one.changed_at, one.version = acting.now, 1 if new else one.version + 1
    one.save(force_insert=new, force_update=not new)
    names = ("unit_id", "name", "stand", "terms", "shows", "unserved", "cost", "bound", "proved", "outs", "moved",
             "done", "failed", "published_at", "version")  # fmt: skip
    acting.record(f"culture-season:{one.id}", after={name: getattr(one, name) for name in names} | more)
