"""The pages of a season: its plans, one plan as map, calendar and table, a change with its cost, what falls out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import Data, Faults, PageRequest, PageResult, Redirect, Rendered, faults, typed
from tianqu.kernel.places.api import can
from tianqu.packs.culture.registers.season_orders import SETTING_UP_MINUTES
from tianqu.packs.culture.season.acts import (
    ASKED,
    CARRYING,
    PLANNED,
    PUBLISHED,
    change_of,
    change_season,
    fall_out,
    faults_said,
    plan_season,
    publish_season,
    reckon,
)
from tianqu.packs.culture.season.queries import PlannedShow, season_read, seasons
from tianqu.packs.culture.season.words import said_of, season_words
from tianqu.packs.culture.typing_in import Given, count_given, day_given, fen_given, id_given
from tianqu.packs.culture.words import named

CRUMB: Final = (_("Seasons"), "culture:seasons")


def season_list(request: PageRequest) -> PageResult:
    """The plans of one's office, the newest first."""
    context = {"plans": seasons(request.actor), **season_words()}
    return Rendered("culture_season/list.html", context)


def plan(request: PageRequest) -> PageResult:
    """Ask for a plan: for which days, with which budget and weights."""

    def keep(given: Given) -> tuple[str, str]:
        plan_id = id_given(given, "sent_id")
        if request.actor.unit_id is None:
            raise InvalidInput(gettext_noop("Only somebody of an office of culture does this."), field="name")
        count = plan_season(
            request.actor, plan_id=plan_id, unit_id=request.actor.unit_id, name=given.get("name", ""),
            first_on=day_given(given, "first_on"), last_on=day_given(given, "last_on"),
            shows_a_day=count_given(given, "shows_a_day"), opens=_minute(given, "opens"),
            closes=_minute(given, "closes"),
            **{name: fen_given(given.get(name, ""), field=name)
               for name in ("budget_fen", "fen_a_vote", "unserved_fen", "fen_a_minute")},
        )  # fmt: skip
        return _address(plan_id), gettext("%(count)s orders are being planned.") % {"count": count}

    begun = {
        "sent_id": str(new_identifier()), "shows_a_day": "2", "opens": "14:00", "closes": "22:00", "fen_a_vote": "10",
        "unserved_fen": "10000", "fen_a_minute": "3",
    }  # fmt: skip
    return _formed(request, "form", begun, keep)


def season(request: PageRequest, plan_id: UUID) -> PageResult:
    """A plan: its cost, its map, its days or its troupes, what is not served and why; publishing it."""
    read = season_read(request.actor, plan_id)
    errors, status = Faults(), 200
    if request.method == "POST":
        try:
            count = publish_season(request.actor, plan_id=plan_id, expected_version=_version(typed(request)))
            return Redirect(request.path, notice=gettext("Published: %(count)s shows lie ahead.") % {"count": count})
        except TianquError as error:
            errors, status = faults(error), error.status
    by = "troupe" if request.GET.get("by") == "troupe" else "day"
    rows: dict[Any, list[PlannedShow]] = defaultdict(list)
    for show in read.shows:
        rows[named(show.troupe) if by == "troupe" else show.on].append(show)
    cost = read.plan.cost
    context = {
        "read": read, "plan": read.plan, "by": by, "groups": sorted(rows.items(), key=lambda each: each[0]),
        "waits": read.plan.stand in (ASKED, CARRYING), "costs": [(said_of(name), fen) for name, fen in cost.items()],
        "total": sum(cost.values()), "summary": list(errors.items()),
        "changes": read.plan.stand == PLANNED and can(request.actor, "culture.change_season"),
        "falls": read.plan.stand in (PLANNED, PUBLISHED) and can(request.actor, "culture.fall_out"),
        "publishes": read.plan.stand == PLANNED and can(request.actor, "culture.publish_season"),
        "map": reverse("culture:season_map", kwargs={"plan_id": plan_id}), "where": _where(), **season_words(),
    }  # fmt: skip
    return Rendered("culture_season/season.html", context, status=status)


def season_map(request: PageRequest, plan_id: UUID) -> PageResult:
    """The villages of a plan as GeoJSON: what is served, what was moved, what is not served."""
    read = season_read(request.actor, plan_id)
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [float(one.place.lon), float(one.place.lat)]},
            "properties": {
                "name": _on_map(one), "address": f"{_address(plan_id)}#show-{one.show_id}", "tone": _tone(one),
            },
        }
        for one in (*read.shows, *read.unserved)
        if one.place is not None and one.place.lon is not None and one.place.lat is not None
    ]  # fmt: skip
    return Data({"type": "FeatureCollection", "features": features})


def change(request: PageRequest, *, plan_id: UUID, show_id: UUID) -> PageResult:
    """Move, swap, drop or add a show: first what it would cost and break, then, confirmed, done."""
    read = season_read(request.actor, plan_id)
    one = next((each for each in (*read.shows, *read.unserved) if each.show_id == str(show_id)), None)
    if one is None:
        raise NotFound(gettext_noop("There is no such show in this plan."), field="show_id")
    given: Given = {
        "deed": "move" if one.on else "add", "troupe": one.troupe.code if one.troupe else "",
        "on": one.on.isoformat() if one.on else "",
    }  # fmt: skip
    errors, reckoned, status = Faults(), None, 200
    if request.method == "POST":
        given = typed(request)
        try:
            asked = _change(given)
            if given.get("sure") == "yes":
                change_season(
                    request.actor, plan_id=plan_id, show_id=show_id, expected_version=_version(given), **asked
                )
                return Redirect(f"{_address(plan_id)}#show-{show_id}", notice=gettext("The plan is changed."))
            reckoned = reckon(read.plan, change_of(show_id=show_id, **asked), on=timezone.localdate())
        except TianquError as error:
            errors, status = faults(error), error.status
    context = {
        "read": read, "plan": read.plan, "one": one, "given": given, "errors": errors, "summary": list(errors.items()),
        "reckoned": reckoned, "broken": [said_of(law) for law in faults_said(reckoned.broken)] if reckoned else [],
        "others": [(each.show_id, _on_map(each)) for each in read.shows if each is not one],
        "deeds": _deeds(one), "troupes": [(each.code, named(each)) for each in read.troupes],
        "where": [*_where(), (read.plan.name, _address(plan_id))], **season_words(),
    }  # fmt: skip
    return Rendered("culture_season/change.html", context, status=status)


def out(request: PageRequest, plan_id: UUID) -> PageResult:
    """Say that the weather closes a village or a troupe is out; the worker plans anew."""
    read = season_read(request.actor, plan_id)

    def keep(given: Given) -> tuple[str, str]:
        fall_out(
            request.actor, plan_id=plan_id, cause=given.get("cause", ""), troupe=given.get("troupe", ""),
            place=given.get("place", ""), first_on=day_given(given, "first_on"), last_on=day_given(given, "last_on"),
            expected_version=_version(given),
        )  # fmt: skip
        return _address(plan_id), gettext("It is being planned anew; as few shows as can be are moved.")

    villages = {one.place.code: named(one.place) for one in (*read.shows, *read.unserved) if one.place is not None}
    return _formed(
        request, "out", {"cause": "weather", "version": str(read.plan.version)}, keep, plan=read.plan,
        villages=sorted(villages.items()), troupes=[(each.code, named(each)) for each in read.troupes],
    )  # fmt: skip


def _change(given: Given) -> dict[str, Any]:
    other = given.get("other", "")
    return {
        "deed": given.get("deed", ""), "troupe": given.get("troupe", ""),
        "on": day_given(given, "on") if given.get("on") else None,
        "starts": _minute(given, "time") - SETTING_UP_MINUTES if given.get("time") else None,
        "other_id": id_given(given, "other") if other else None,
    }  # fmt: skip


def _formed(
    request: PageRequest, template: str, begun: Given, keep: Callable[[Given], tuple[str, str]], **more: Any
) -> PageResult:
    """A form: filled in as it begins, kept by one act, shown again with what was typed where it is refused."""
    given, errors, status = begun, Faults(), 200
    if request.method == "POST":
        given = typed(request)
        try:
            address, notice = keep(given)
            return Redirect(address, notice=notice)
        except TianquError as error:
            errors, status = faults(error), error.status
    told = {"given": given, "errors": errors, "summary": list(errors.items()), "where": _where()}
    return Rendered(f"culture_season/{template}.html", told | more | season_words(), status=status)


def _deeds(one: PlannedShow) -> list[tuple[str, str]]:
    if one.on is None:
        return [("add", gettext("Let it take place"))]
    return [
        ("move", gettext("Give it another day, time or troupe")), ("swap", gettext("Change places with another show")),
        ("drop", gettext("Take it out of the plan")),
    ]  # fmt: skip


def _on_map(one: PlannedShow) -> str:
    """What the map and lists say of a show: village, day, troupe."""
    told = [named(one.place), one.on.isoformat() if one.on else said_of(one.why)]
    return " · ".join(filter(None, [*told, named(one.troupe) if one.troupe else ""]))


def _tone(one: PlannedShow) -> str:
    return "late" if one.why else "waiting" if one.moved else "done"


def _minute(given: Given, name: str) -> int:
    """A time such as 19:30 as minutes after midnight. Raises ``InvalidInput``."""
    hours, colon, minutes = given.get(name, "").partition(":")
    right = colon and all(part.isascii() and part.isdigit() and len(part) == 2 for part in (hours, minutes))
    if not right or int(hours) > 23 or int(minutes) > 59:
        raise InvalidInput(
            gettext_noop("This is no time."), field=name, value=given.get(name, "")[:20],
            remedy=gettext_noop("Write it such as 19:30."),
        )  # fmt: skip
    return int(hours) * 60 + int(minutes)


def _version(given: Given) -> int | None:
    text = given.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _address(plan_id: UUID) -> str:
    return reverse("culture:season", kwargs={"plan_id": plan_id})


def _where() -> list[tuple[Any, str]]:
    return [(CRUMB[0], reverse(CRUMB[1]))]
