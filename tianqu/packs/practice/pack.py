"""Civic practice as a pack: who leads it, what its teams hold, and its pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.orders.api import place_planned_orders
from tianqu.kernel.pack.api import EVERYBODY, DemoStep, Job, MenuEntry, OccasionKind, Pack, Page, Role
from tianqu.packs.practice import desk_pages, endpoints, own_pages, pages
from tianqu.packs.practice.certificates import pages as certificates
from tianqu.packs.practice.demo import stations_of_town
from tianqu.packs.practice.models import KIND
from tianqu.packs.practice.profiles.acts import booker
from tianqu.packs.practice.queries import SEE, holders, leads, led_teams
from tianqu.packs.practice.registers.declared import REGISTERS
from tianqu.packs.practice.rosters import desk_pages as roster_desk
from tianqu.packs.practice.rosters import endpoints as roster_endpoints
from tianqu.packs.practice.rosters import pages as roster_pages
from tianqu.packs.practice.rosters.making import make_due_rosters
from tianqu.packs.practice.services import endpoints as service_endpoints
from tianqu.packs.practice.services import pages as services
from tianqu.packs.practice.services.flow import FAMILY, FLOW

LEADING = (
    SEE, "occasions.see", "occasions.show_code", "occasions.announce", "occasions.cancel", "occasions.excuse",
    "occasions.add_photo", "occasions.remove_photo", "files.store",
    "practice.confirm_hours", "practice.refuse_hours", "practice.record_consent",
    "orders.place", "orders.claim", "orders.decline", "orders.comment", "orders.plan_dates", "orders.skip_date",
    "orders.end_plan", "practice.name_goers", "practice.visit", "practice.serve", "practice.rate_asking",
    "practice.show_thanks",
    "practice.plan_roster", "practice.add_shifts", "practice.drop_shift", "practice.make_roster",
    "practice.change_duty", "practice.relax_roster", "practice.publish_roster",
)  # fmt: skip
DECLARING = (
    "practice.declare_station", "practice.declare_team", "orders.offer", "orders.assign", "orders.confirm",
    "orders.dispute", "orders.refuse", "practice.rule_service",
)  # fmt: skip
ROLES = (
    Role("practice_leader", gettext_noop("Leader of volunteers"), LEADING),
    Role("practice_centre", gettext_noop("Centre of civic practice"), (*LEADING, *DECLARING), reach="place"),
)
# What a team does at a time and a place. Whoever has a profile comes; minors with a guardian's consent.
ACTIVITIES = OccasionKind(
    code=KIND, title=_("Volunteers"), permission=SEE, holders=holders, led=led_teams, leads=leads, booker=booker,
    tags={"theme_day": _("theme day")}, own_page="practice:hours", led_page="practice:led",
)  # fmt: skip

BOTH = ("GET", "POST")
LED = "desk/practice/activities/<uuid:occasion_id>/"
SERVICE = "practice/orders/<uuid:order_id>/"
ROSTER = "practice/rosters/<uuid:roster_id>/"
CERTIFICATE = "practice/certificates/<slug:code>/"
PAGES = (
    Page("menu", "practice/order/", services.menu, EVERYBODY, _("Order a service")),
    Page("plans", "practice/order/plan", services.plans, EVERYBODY, _("Plan many dates"), BOTH),
    Page("offers", "practice/offers/", services.offers, EVERYBODY, _("Who can help"), BOTH),
    Page("service", SERVICE, services.service, EVERYBODY, _("Ordered service"), BOTH),
    Page("thanks", "practice/teams/<slug:code>/thanks", services.thanks, EVERYBODY, _("Thanks")),
    Page("services", "desk/practice/orders/", services.led, SEE, _("Ordered services")),
    Page("activities", "practice/", pages.what_happens, EVERYBODY, _("What happens near me")),
    Page("hours", "practice/hours/<uuid:occasion_id>/", pages.own_hours, EVERYBODY, _("My hours"), BOTH),
    Page("station", "practice/stations/<slug:code>/", pages.station, EVERYBODY, _("Station")),
    Page("team", "practice/teams/<slug:code>/", pages.team, EVERYBODY, _("Team"), BOTH),
    Page("mine", "practice/me/", own_pages.mine, EVERYBODY, _("My hours")),
    Page("profile", "practice/me/profile", own_pages.profile, EVERYBODY, _("My profile"), BOTH),
    Page("export", "practice/me/volunteer.json", own_pages.export, EVERYBODY, _("What is kept of me")),
    Page("erase", "practice/me/erase", own_pages.erase, EVERYBODY, _("Erase my profile"), BOTH),
    Page("certificates", "practice/me/certificates", certificates.own, EVERYBODY, _("My certificates"), BOTH),
    Page("certificate", CERTIFICATE, certificates.certificate, EVERYBODY, _("Certificate of hours")),
    Page("certificate_paper", f"{CERTIFICATE}<slug:language>.pdf", certificates.paper, EVERYBODY, _("Certificate")),
    Page("certificate_proof", f"{CERTIFICATE}certificate.tlog-proof", certificates.proof, EVERYBODY, _("Proof")),
    Page("certificate_bundle", f"{CERTIFICATE}certificate.json", certificates.bundle, EVERYBODY, _("Proof")),
    Page("desk", "desk/practice/", desk_pages.desk, SEE, _("Volunteers")),
    Page("led", LED, desk_pages.led, SEE, _("Activity"), BOTH),
    Page("roster", ROSTER, roster_pages.roster, EVERYBODY, _("Roster"), BOTH),
    Page("roster_calendar", f"{ROSTER}calendar.ics", roster_pages.calendar, EVERYBODY, _("Roster")),
    Page("rosters", "desk/practice/rosters/", roster_desk.roster_list, "practice.plan_roster", _("Rosters"), BOTH),
    Page("led_roster", f"desk/{ROSTER}", roster_desk.led_roster, SEE, _("Roster"), BOTH),
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
        MenuEntry("desk", "desk", order=62),
        MenuEntry("menu", "public", order=55),
        MenuEntry("services", "desk", order=65),
    ),
    families=(FAMILY,),
    flows=(FLOW,),
    jobs=(
        Job("practice.plans", "10 6 * * *", place_planned_orders),
        Job("practice.make_rosters", "* * * * *", make_due_rosters),
    ),
    demo=(DemoStep(_("Volunteers of a town"), stations_of_town),),
    routers=(endpoints.router, service_endpoints.router, roster_endpoints.router),
    occasions=(ACTIVITIES,),
    registers=REGISTERS,
)
