"""The pages of who plans tours: the plans, one as map, calendar and table, a change with its cost, what falls out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound, NotPermitted, TianquError
from tianqu.base.identifiers import identifier_typed, new_identifier
from tianqu.kernel.pack.api import (
    Data,
    Faults,
    Given,
    PageRequest,
    PageResult,
    Redirect,
    Rendered,
    count_given,
    day_given,
    faults,
    fen_given,
    formed,
    minute_given,
    typed,
)
from tianqu.kernel.places.api import can
from tianqu.kernel.tours.api import (
    ASKED,
    CARRYING,
    PLANNED,
    PUBLISHED,
    PlannedShow,
    TourKind,
    TourRead,
    change_of,
    change_tour,
    fall_out,
    laws_broken,
    led_tour_kinds,
    plan_tour,
    publish_tour,
    reckon,
    remedy_for,
    retry_tour,
    tour_read,
    tours,
)
from tianqu.web.tours.words import faults_said, name_of, on_map, outs_said, said_of, tour_words

MONEY: Final = ("budget_fen", "fen_a_vote", "unserved_fen", "fen_a_minute")
BEGUN: Final = {
    "visits_a_day": "2", "opens": "14:00", "closes": "22:00", "fen_a_vote": "10", "unserved_fen": "10000",
    "fen_a_minute": "3",
}  # fmt: skip


def tour_list(request: PageRequest) -> PageResult:
    """The plans of one's office, the newest first."""
    kinds = {kind.code: kind for kind in led_tour_kinds(request.actor)}
    return Rendered("tours/list.html", {"plans": tours(request.actor), "kinds": kinds, **tour_words()})


def planning(request: PageRequest) -> PageResult:
    """Ask for a plan of a kind (``?kind=``): for which days, with which budget and weights."""
    kind = _kind(request)

    def keep(given: Given) -> tuple[str, str]:
        tour_id = identifier_typed(given.get("sent_id", ""))
        if request.actor.unit_id is None:
            raise InvalidInput(gettext_noop("Only somebody of an office plans for it."), field="name")
        money = {name: fen_given(given, name) for name in MONEY} if kind.paid else {}
        count = plan_tour(
            request.actor, tour_id=tour_id, kind=kind.code, unit_id=request.actor.unit_id, name=given.get("name", ""),
            first_on=day_given(given, "first_on"), last_on=day_given(given, "last_on"),
            visits_a_day=count_given(given, "visits_a_day"), opens=minute_given(given, "opens"),
            closes=minute_given(given, "closes"), **money,
        )  # fmt: skip
        return _address(tour_id), gettext("%(count)s visits are being planned.") % {"count": count}

    begun = BEGUN | {name: f"{value // 60:02}:{value % 60:02}" if name in ("opens", "closes") else str(value)
                     for name, value in kind.begun.items()}  # fmt: skip
    return formed(
        request, "tours/form.html", begun=lambda: begun | {"sent_id": str(new_identifier())}, keep=keep, kind=kind,
        where=_where(), **tour_words(),
    )  # fmt: skip


def _kind(request: PageRequest) -> TourKind:
    """The kind that is asked for, or the only one that the actor plans. Raises ``NotPermitted``."""
    asked = request.GET.get("kind", "")
    for kind in led_tour_kinds(request.actor):
        if asked in ("", kind.code):
            return kind
    raise NotPermitted(gettext_noop("Your post does not plan tours of this kind."), field="kind")


def led(request: PageRequest, tour_id: UUID) -> PageResult:
    """A plan: its cost, map, days or teams, what is not served and why; publishing it, engaging what was refused."""
    read, errors, status = tour_read(request.actor, tour_id), Faults(), 200
    if request.method == "POST":
        try:
            return Redirect(request.path, notice=_put_into_force(request, tour_id))
        except TianquError as error:
            errors, status = faults(error), error.status
    by, plan = "team" if request.GET.get("by") == "team" else "day", read.plan
    rows: dict[Any, list[PlannedShow]] = defaultdict(list)
    for show in read.shows:
        rows[name_of(show.carrier) if by == "team" else show.on].append(show)
    ahead = [show for show in read.shows if show.on and show.on > timezone.localdate()]
    sure = sum(show.confirmed for show in ahead)
    context = {
        "read": read, "plan": plan, "ahead": len(ahead), "sure": sure,
        "by": by, "groups": sorted(rows.items(), key=lambda each: each[0]),
        "waits": plan.stand in (ASKED, CARRYING), "summary": list(errors.items()), "outs": outs_said(read),
        "refused": faults_said(read), "total": sum(plan.cost.values()),
        "costs": [(said_of(name), fen) for name, fen in plan.cost.items()], "road": _road(read, plan.cost),
        "changes": plan.stand == PLANNED and can(request.actor, "tours.change"),
        "falls": plan.stand in (PLANNED, PUBLISHED) and can(request.actor, "tours.fall_out"),
        "retries": plan.stand == PUBLISHED and can(request.actor, "tours.retry")
        and (sure < len(ahead) or any(visit for visit, _error in read.faults)),
        "publishes": plan.stand == PLANNED and can(request.actor, "tours.publish"),
        "map": reverse("tour_map", kwargs={"tour_id": tour_id}), "where": _where(), **tour_words(),
    }  # fmt: skip
    return Rendered("tours/led.html", context, status=status)


def _put_into_force(request: PageRequest, tour_id: UUID) -> str:
    """Publish a plan, or have engaged what was not; return what to say of it."""
    given = typed(request)
    if given.get("deed") == "retry":
        count = retry_tour(request.actor, tour_id=tour_id)  # safe to send twice, and so whatever was seen of it
        tried = gettext("%(count)s visits are tried once more.") % {"count": count}
        return tried if count else gettext("Nothing else is to be engaged now.")
    count = publish_tour(request.actor, tour_id=tour_id, expected_version=_version(given))
    return gettext("Published: %(count)s visits lie ahead.") % {"count": count}


def _road(read: TourRead, cost: Mapping[str, int]) -> int:
    """The minutes on the road of a plan that is not reckoned in yuan."""
    fen_a_minute: int = read.plan.terms["fen_a_minute"]
    return cost.get("travel", 0) // max(1, fen_a_minute)


def tour_map(request: PageRequest, tour_id: UUID) -> PageResult:
    """The villages of a plan as GeoJSON, a point each: what is served, what was moved, where nothing comes."""
    read = tour_read(request.actor, tour_id)
    served = {one.place.code for one in read.shows if one.place is not None}
    left = [one for one in read.unserved if one.place is not None and one.place.code not in served]
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [float(one.place.lon), float(one.place.lat)]},
            "properties": {
                "name": on_map(one), "address": f"{_address(tour_id)}#visit-{one.visit}", "tone": _tone(one),
            },
        }
        for one in (*read.shows, *left)
        if one.place is not None and one.place.lon is not None and one.place.lat is not None
    ]  # fmt: skip
    return Data({"type": "FeatureCollection", "features": features})


def changing(request: PageRequest, *, tour_id: UUID, visit: str) -> PageResult:
    """Move, swap, drop or add a visit: first what it would cost and break, then, confirmed, done."""
    read = tour_read(request.actor, tour_id)
    one = next((each for each in (*read.shows, *read.unserved) if each.visit == visit), None)
    if one is None:
        raise NotFound(gettext_noop("There is no such visit in this plan."), field="visit")
    given: Given = {
        "deed": "move" if one.on else "add", "carrier": one.carrier.code if one.carrier else "",
        "on": one.on.isoformat() if one.on else "",
    }  # fmt: skip
    errors, reckoned, status = Faults(), None, 200
    if request.method == "POST":
        given = typed(request)
        try:
            asked = _change(given, read.kind) | {"visit": visit}
            if given.get("sure") == "yes":
                change_tour(request.actor, tour_id=tour_id, expected_version=_version(given), **asked)
                return Redirect(f"{_address(tour_id)}#visit-{visit}", notice=gettext("The plan is changed."))
            reckoned = reckon(read.plan, change_of(**asked), on=timezone.localdate())
        except TianquError as error:
            errors, status = faults(error), error.status
    context = {
        "read": read, "plan": read.plan, "one": one, "given": given, "errors": errors, "summary": list(errors.items()),
        "reckoned": reckoned, "broken": [said_of(law) for law in laws_broken(reckoned.broken)] if reckoned else [],
        "remedy": gettext(remedy_for(reckoned.broken)) if reckoned else "",
        "others": [(each.visit, on_map(each)) for each in read.shows if each is not one], "deeds": _deeds(one),
        "carriers": [(each.code, name_of(each)) for each in read.carriers],
        "minutes": (reckoned.after.travel - reckoned.before.travel) // max(1, read.plan.terms["fen_a_minute"])
        if reckoned else 0,
        "where": [*_where(), (read.plan.name, _address(tour_id))], **tour_words(),
    }  # fmt: skip
    return Rendered("tours/change.html", context, status=status)


def out(request: PageRequest, tour_id: UUID) -> PageResult:
    """Say that the weather closes a village or a team is out; the worker plans anew."""
    read = tour_read(request.actor, tour_id)

    def keep(given: Given) -> tuple[str, str]:
        fall_out(
            request.actor, tour_id=tour_id, cause=given.get("cause", ""), carrier=given.get("carrier", ""),
            place=given.get("place", ""), first_on=day_given(given, "first_on"), last_on=day_given(given, "last_on"),
            expected_version=_version(given),
        )  # fmt: skip
        return _address(tour_id), gettext("It is being planned anew; as few visits as can be are moved.")

    villages = {one.place.code: name_of(one.place) for one in (*read.shows, *read.unserved) if one.place is not None}
    return formed(
        request, "tours/out.html", begun=lambda: {"cause": "weather", "version": str(read.plan.version)}, keep=keep,
        plan=read.plan, villages=sorted(villages.items()), renamed={"code": "place"},
        carriers=[(each.code, name_of(each)) for each in read.carriers],
        where=[*_where(), (read.plan.name, _address(tour_id))], **tour_words(),
    )  # fmt: skip


def _change(given: Given, kind: TourKind) -> dict[str, Any]:
    return {
        "deed": given.get("deed", ""), "carrier": given.get("carrier", ""), "other": given.get("other", ""),
        "on": day_given(given, "on") if given.get("on") else None,
        "starts": minute_given(given, "time") - kind.minutes_before if given.get("time") else None,
    }  # fmt: skip


def _deeds(one: PlannedShow) -> list[tuple[str, str]]:
    if one.on is None:
        return [("add", gettext("Let it take place"))]
    return [
        ("move", gettext("Give it another day, time or team")), ("swap", gettext("Change places with another visit")),
        ("drop", gettext("Take it out of the plan")),
    ]  # fmt: skip


def _tone(one: PlannedShow) -> str:
    return "late" if one.why else "waiting" if one.moved else "done"


def _version(given: Given) -> int | None:
    text = given.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _address(tour_id: UUID) -> str:
    return reverse("tour_led", kwargs={"tour_id": tour_id})


def _where() -> list[tuple[Any, str]]:
    return [(_("Tours"), reverse("tours_desk"))]
