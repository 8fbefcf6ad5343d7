"""The pages of civic practice: stations and teams, ordered services, a volunteer's own, and those of the centre."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.canonical import plain
from tianqu.base.errors import NotFound
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.occasions.api import OccasionsAsked, led_occasions, occasions
from tianqu.kernel.orders import api as orders
from tianqu.kernel.pack.api import (
    Deed,
    Done,
    Download,
    Given,
    PageRequest,
    PageResult,
    Partial,
    Redirect,
    Rendered,
    act_as_oneself,
    acted,
    named,
    typed,
)
from tianqu.kernel.rosters.api import own_rosters, own_rosters_told
from tianqu.packs.practice import queries
from tianqu.packs.practice.acts import station_called, team_called
from tianqu.packs.practice.hours.acts import disputes_led
from tianqu.packs.practice.hours.flow import DISPUTE
from tianqu.packs.practice.hours.queries import exported, hours_of_stations, own_hours
from tianqu.packs.practice.models import KIND
from tianqu.packs.practice.profiles import acts as profiles
from tianqu.packs.practice.services import acts
from tianqu.packs.practice.services import queries as services
from tianqu.packs.practice.services.flow import FAMILY, FLOW
from tianqu.packs.practice.services.matching import left_out_said, reasons
from tianqu.packs.practice.words import options, words

STATIONS_SHOWN: Final = 100
OWN: Final = [(_("My hours"), reverse_lazy("practice:mine"))]
DESK: Final = [(_("Volunteers"), reverse_lazy("practice:desk"))]


def what_happens(request: PageRequest) -> PageResult:
    """What volunteers do stands in the list of everything that happens."""
    return Redirect(f"{reverse('occasions')}?kind={KIND}")


def station(request: PageRequest, code: str) -> PageResult:
    """A station: where it is, its teams, and what happens there in the coming weeks."""
    found, there = station_called(code), queries.teams_of(code)
    coming = occasions(OccasionsAsked(days=28, kind=KIND, subjects=[team.code for team in there]))
    return Rendered("practice/station.html", {"station": found, "teams": there, "coming": coming, **words()})


def team(request: PageRequest, code: str) -> PageResult:
    """A team: what it does, what comes next, and joining or leaving it."""
    found = team_called(code)

    def shown(_given: Given) -> dict[str, Any]:
        return {
            "team": found, "mine": found in queries.teams_joined(request.actor),
            "coming": occasions(OccasionsAsked(days=28, kind=KIND, subjects=[code])),
            "where": [(named(found.station), reverse("practice:station", kwargs={"code": found.station_id}))],
            **words(),
        }  # fmt: skip

    def joined(done: Done) -> Redirect:
        said = gettext("You are in this team.") if done.arguments["member"] else gettext("You left it.")
        return Redirect(request.path, notice=said)

    deeds = {"join": Deed(profiles.join_team)}
    return acted(request, "practice/team.html", deeds, known={"team": code}, onwards=joined, shown=shown)


def old_address(request: PageRequest, code: str) -> PageResult:
    """Where a certificate lay when papers with this address were printed."""
    query = request.GET.urlencode()
    return Redirect(reverse("certificate", kwargs={"code": code}) + f"?{query}" * bool(query))


# Ordered services.

PLANNING: Final = {
    "plan": Deed(orders.plan_dates),
    "skip": Deed(orders.skip_date),
    "end": Deed(orders.end_plan),
}
OFFERED: Final = {"claim": Deed(orders.claim_order), "decline": Deed(orders.decline_order)}
SERVING: Final = {
    **OFFERED,
    "goers": Deed(acts.name_goers, fields={"person_ids": "goers"}),
    "in": Deed(acts.visit_household, fields={"code": "visit"}, fixed={"direction": "in"}),
    "out": Deed(acts.visit_household, fields={"code": "visit"}, fixed={"direction": "out"}),
    "serve": Deed(acts.serve_order),
    "confirm": Deed(orders.confirm_order),
    "dispute": Deed(orders.dispute_order),
    "rule": Deed(acts.rule_service, fields={"words": "ruling"}),
    "rate": Deed(acts.rate_asking, fields={"words": "said"}),
    "show": Deed(acts.show_thanks),
    "assign": Deed(orders.assign_order),
    "offer": Deed(orders.offer_order),
    "back": Deed(orders.take_back_order, fields={"reason": "why"}),
}


def menu(request: PageRequest) -> PageResult:
    """What can be ordered, by group; each leads to its questions, one a page."""
    items = orders.item_catalogue(timezone.localdate(), family=FAMILY.code)
    language = get_language() or ""
    groups = [(name, list(rows)) for name, rows in groupby(items, key=lambda one: one.group.said(language))]
    return Rendered("practice/services/menu.html", {"groups": groups, "spoken": language, **words()})


def plans(request: PageRequest) -> PageResult:
    """Plan an order for many dates, leave one out, end a plan."""
    act_as_oneself(request, "orders.plan_dates")

    def shown(_given: Given) -> dict[str, Any]:
        items = orders.item_catalogue(timezone.localdate(), family=FAMILY.code)
        return {
            "items": [(one.code, one.name.said(get_language() or "")) for one in items],
            "plans": [(one, orders.dates_of(one)) for one in orders.plans_of(request.actor)],
            "signed_in": request.actor.person_id is not None, **words(),
        }  # fmt: skip

    known = {"day_field": "day", "form": {"for_whom": typed(request).get("for_whom", "household")}}
    begun = {"plan_id": str(new_identifier()), "every_days": "14"}
    return acted(
        request, "practice/services/plans.html", PLANNING, known=known, begun=begun, shown=shown,
        onwards=gettext("Your plan is kept."),
    )  # fmt: skip


def offers(request: PageRequest) -> PageResult:
    """What is offered to me and to the teams that I lead; taking it and declining it."""
    act_as_oneself(request, "orders.claim")

    def shown(_given: Given) -> dict[str, Any]:
        found = orders.offers_to(request.actor)
        teams = queries.teams_with({one.taker.removeprefix("team:") for one in found})
        lines = [(one, reasons(one.grounds), teams.get(one.taker.removeprefix("team:"))) for one in found]
        return {"lines": lines, "taken": orders.offers_to(request.actor, states=("taken", "goes")), **words()}

    def answered(done: Done) -> Redirect:
        address = reverse("practice:service", args=[done.arguments["order_id"]])
        return Redirect(address if done.deed == "claim" else request.path, notice=gettext("This is kept."))

    return acted(request, "practice/services/offers.html", OFFERED, onwards=answered, shown=shown)


def service(request: PageRequest, order_id: UUID) -> PageResult:
    """One order for whoever ordered it, took it, goes, leads or oversees; each does here what is theirs to do."""
    act_as_oneself(request, queries.SEE)

    def shown(_given: Given) -> dict[str, Any]:
        it = services.service_of(request.actor, order_id)
        return {
            "it": it, "order": it.told.order, "may": set(it.told.acts), "act_name": orders.act_name,
            "state": orders.state_name(it.told.order.state, flow=FLOW), **words(),
            **(_fitting(request, order_id) if "orders.assign" in it.told.acts else {}),
        }  # fmt: skip

    return acted(
        request, "practice/services/service.html", SERVING, known={"order_id": order_id}, shown=shown,
        begun={"code": request.GET.get("code", "")[:20]}, onwards=gettext("This is kept."),
    )  # fmt: skip


def _fitting(request: PageRequest, order_id: UUID) -> dict[str, Any]:
    """Whom the centre may send an order to, and who was left out."""
    found, names = services.candidates_for(request.actor, order_id)
    return {
        "candidates": [(one, names.get(one.taker, one.taker), reasons(one.grounds)) for one in found.found],
        "left_out": [(_("Teams"), left_out_said(found.left_out, "team")),
                     (_("Volunteers"), left_out_said(found.left_out, "volunteer"))],
    }  # fmt: skip


def led(request: PageRequest) -> PageResult:
    """The open orders within reach, the soonest due first."""
    rows = [(order, orders.state_name(order.state, flow=FLOW)) for order in services.orders_led(request.actor)]
    return Rendered("practice/services/led.html", {"rows": rows, **words()})


def thanks(request: PageRequest, code: str) -> PageResult:
    """The thanks to a team, as a part of its page."""
    return Partial("practice/services/thanks.html", {"lines": services.thanks_of(code)})


# A volunteer's own.


def mine(request: PageRequest) -> PageResult:
    """One's own hours by team and station, activities with their vouchers, and teams."""
    profile = queries.profile_of(request.actor)
    context = {
        "profile": profile, "hours": own_hours(request.actor), "teams": queries.teams_joined(request.actor),
        "rosters": own_rosters(request.actor, kind=KIND), **words(),
    }  # fmt: skip
    return Rendered("practice/mine.html", context)


def profile(request: PageRequest) -> PageResult:
    """Keep one's own profile, once one has found one's station; what is refused is shown with what was typed."""
    known, person = queries.profile_of(request.actor), request.person
    station = request.GET.get("station", "")[:40] or (known.station_id if known else "")
    if request.method != "POST" and ("find" in request.GET or not station):
        words_typed = request.GET.get("find", "")[:80].replace("\0", "")
        found = queries.stations_found(words_typed)
        return Rendered("practice/find_station.html", {"words": words_typed, "found": found, "where": OWN})
    begun = {"name": person.name if person else "", "phone": person.phone if person else "", "reach": "village"}
    if known is not None:
        names = ("name", "phone", "reach", "skills", "languages", "times")
        begun = {name: getattr(known, name) for name in names}
        begun |= {"born_on": known.born_on.isoformat()}

    def shown(given: Given) -> dict[str, Any]:
        return {
            "at": station_called(given.get("station", "")[:40]), "where": OWN,
            "skills": options(profiles.SKILLS), "languages": options(profiles.LANGUAGES),
            "times": options(profiles.TIMES), "reaches": options(profiles.REACHES),
        }  # fmt: skip

    def kept(_done: Done) -> Redirect:
        return Redirect(reverse("practice:mine"), notice=gettext("Your profile is kept."))

    deeds = {"keep": Deed(profiles.keep_profile)}
    begun |= {"station": station}
    return acted(request, "practice/profile.html", deeds, begun=begun, onwards=kept, shown=shown)


def export(request: PageRequest) -> PageResult:
    """Everything that is kept of oneself as a volunteer, as JSON."""
    told = exported(request.actor) | {"rosters": own_rosters_told(request.actor, kind=KIND)}
    body = json.dumps(plain(told), ensure_ascii=False, indent=1).encode()
    return Download("volunteer.json", "application/json; charset=utf-8", [body])


def erase(request: PageRequest) -> PageResult:
    """Erase one's own profile, after having read what stays."""
    queries.profile_of(request.actor)
    if request.method != "POST":
        return Rendered("practice/erase.html", {"where": OWN})
    profiles.erase_profile(request.actor)
    return Redirect(reverse("occasions"), notice=gettext("Your profile is erased."))


# The desk of leaders and of the centre.


def desk(request: PageRequest) -> PageResult:
    """What is disagreed with, the activities within reach, and hours of stations and teams as the ledger holds them."""
    stations = hours_of_stations(request.actor, after=request.GET.get("after", "")[:31], limit=STATIONS_SHOWN + 1)
    context = {
        "lines": led_occasions(request.actor, kind=KIND), "stations": stations[:STATIONS_SHOWN],
        "after": stations[STATIONS_SHOWN - 1].station.code if len(stations) > STATIONS_SHOWN else "",
        "disputes": disputes_led(request.actor), **words(),
    }  # fmt: skip
    return Rendered("practice/desk.html", context)


def dispute(request: PageRequest, order_id: UUID) -> PageResult:
    """What somebody disagrees with is answered where it is confirmed and refused."""
    told = orders.told_order(request.actor, order_id=order_id)
    if told.item.flow_code != DISPUTE.code:
        raise NotFound(gettext_noop("There is no such request."), field="order_id", value=str(order_id))
    return Redirect(reverse("occasion_attendances", kwargs={"occasion_id": told.order.form["occasion"]}))


def consents(request: PageRequest) -> PageResult:
    """The volunteers under age of the stations within reach, those without a guardian's consent first."""
    return Rendered("practice/consents.html", {"minors": queries.minors(request.actor), "where": DESK})


def consent(request: PageRequest, person_id: UUID) -> PageResult:
    """Write down a guardian's consent as signed on paper, or that it is taken back."""
    volunteer = queries.volunteer_with(request.actor, person_id=person_id)

    def written(_done: Done) -> Redirect:
        return Redirect(reverse("practice:consents"), notice=gettext("This is written down."))

    deeds = {
        "give": Deed(profiles.record_consent, fixed={"given": True}),
        "withdraw": Deed(profiles.record_consent, fixed={"given": False, "guardian": "", "relation": ""}),
    }
    return acted(
        request, "practice/consent.html", deeds, known={"person_id": person_id}, onwards=written,
        begun={
            "guardian": volunteer.guardian, "relation": volunteer.guardian_relation,
            "born_on": volunteer.born_on.isoformat(),
        },
        shown=lambda _given: {"volunteer": volunteer, "where": DESK},
    )  # fmt: skip
