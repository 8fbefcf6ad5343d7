"""Civic practice as a pack: who leads it, and its pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.orders.api import place_planned_orders
from tianqu.kernel.pack.api import EVERYBODY, DemoStep, Job, MenuEntry, Pack, Page, Role
from tianqu.packs.practice import desk_pages, endpoints, own_pages, pages
from tianqu.packs.practice.demo import stations_of_town
from tianqu.packs.practice.queries import SEE
from tianqu.packs.practice.services import endpoints as service_endpoints
from tianqu.packs.practice.services import pages as services
from tianqu.packs.practice.services.flow import FAMILY, FLOW

LEADING = (
    SEE, desk_pages.SHOW, "practice.announce_activity", "practice.cancel_activity", "practice.confirm_hours",
    "practice.refuse_hours", "practice.record_consent",
    "orders.place", "orders.claim", "orders.decline", "orders.comment", "orders.plan_dates", "orders.skip_date",
    "orders.end_plan", "practice.name_goers", "practice.visit", "practice.serve", "practice.rate_asking",
    "practice.show_thanks",
)  # fmt: skip
DECLARING = (
    "practice.declare_station", "practice.declare_team", "orders.offer", "orders.assign", "orders.confirm",
    "orders.dispute", "orders.refuse", "practice.rule_service",
)  # fmt: skip
ROLES = (
    Role("practice_leader", gettext_noop("Leader of volunteers"), LEADING),
    Role("practice_centre", gettext_noop("Centre of civic practice"), (*LEADING, *DECLARING), reach="place"),
)

BOTH = ("GET", "POST")
ONE, LED = "practice/activities/<uuid:activity_id>/", "desk/practice/activities/<uuid:activity_id>/"
SERVICE = "practice/orders/<uuid:order_id>/"
PAGES = (
    Page("menu", "practice/order/", services.menu, EVERYBODY, _("Order a service")),
    Page("plans", "practice/order/plan", services.plans, EVERYBODY, _("Plan many dates"), BOTH),
    Page("offers", "practice/offers/", services.offers, EVERYBODY, _("Who can help"), BOTH),
    Page("service", SERVICE, services.service, EVERYBODY, _("Ordered service"), BOTH),
    Page("thanks", "practice/teams/<slug:code>/thanks", services.thanks, EVERYBODY, _("Thanks")),
    Page("services", "desk/practice/orders/", services.led, SEE, _("Ordered services")),
    Page("activities", "practice/", pages.activity_list, EVERYBODY, _("What happens near me")),
    Page("calendar", "practice/calendar.ics", pages.calendar, EVERYBODY, _("What happens near me")),
    Page("activity", ONE, pages.activity, EVERYBODY, _("Activity"), BOTH),
    Page("check", f"{ONE}check", pages.check_in, EVERYBODY, _("Check in"), BOTH),
    Page("station", "practice/stations/<slug:code>/", pages.station, EVERYBODY, _("Station")),
    Page("team", "practice/teams/<slug:code>/", pages.team, EVERYBODY, _("Team"), BOTH),
    Page("mine", "practice/me/", own_pages.mine, EVERYBODY, _("My hours")),
    Page("profile", "practice/me/profile", own_pages.profile, EVERYBODY, _("My profile"), BOTH),
    Page("export", "practice/me/volunteer.json", own_pages.export, EVERYBODY, _("What is kept of me")),
    Page("erase", "practice/me/erase", own_pages.erase, EVERYBODY, _("Erase my profile"), BOTH),
    Page("desk", "desk/practice/", desk_pages.desk, SEE, _("Volunteers")),
    Page("declare_station", "desk/practice/station", desk_pages.declare_a_station, DECLARING[0], _("Station"), BOTH),
    Page("declare_team", "desk/practice/team", desk_pages.declare_a_team, DECLARING[1], _("Team"), BOTH),
    Page("announce", "desk/practice/announce", desk_pages.announce, LEADING[2], _("Announce an activity"), BOTH),
    Page("led", LED, desk_pages.led, SEE, _("Activity"), BOTH),
    Page("cancel", f"{LED}cancel", desk_pages.cancel, "practice.cancel_activity", _("Call the activity off"), BOTH),
    Page("code", f"{LED}code", desk_pages.code, desk_pages.SHOW, _("Code of the moment")),
    Page("consents", "desk/practice/consents/", desk_pages.consents, "practice.record_consent", _("Consents")),
    Page(
        "consent", "desk/practice/consents/<uuid:person_id>", desk_pages.consent, "practice.record_consent",
        _("Consent"), BOTH,
    ),
)  # fmt: skip

PACK = Pack(
    code="practice",
    title=_("Civic practice"),
    package="tianqu.packs.practice",
    roles=ROLES,
    pages=PAGES,
    menu=(
        MenuEntry("activities", "public", order=53),
        MenuEntry("desk", "desk", order=62),
        MenuEntry("menu", "public", order=54),
        MenuEntry("services", "desk", order=63),
    ),
    families=(FAMILY,),
    flows=(FLOW,),
    jobs=(Job("practice.plans", "10 6 * * *", place_planned_orders),),
    demo=(DemoStep(_("Volunteers of a town"), stations_of_town),),
    routers=(endpoints.router, service_endpoints.router),
)
