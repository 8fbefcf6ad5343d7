"""Civic practice as a pack: who leads it, what its teams hold, and its pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.orders.api import place_planned_orders
from tianqu.kernel.pack.api import (
    EVERYBODY,
    LEADING_ROSTERS,
    CountedTime,
    DemoStep,
    Job,
    MenuEntry,
    OccasionKind,
    Pack,
    Page,
    Role,
    RosterKind,
)
from tianqu.packs.practice import endpoints, pages
from tianqu.packs.practice.acts import FIRST_DAY
from tianqu.packs.practice.datasets import DATASETS
from tianqu.packs.practice.demo import stations_of_town
from tianqu.packs.practice.district.demo import district_of_stations
from tianqu.packs.practice.hours.acts import open_dispute, settle_dispute
from tianqu.packs.practice.hours.certified import HOURS
from tianqu.packs.practice.hours.flow import DISPUTE, DISPUTES
from tianqu.packs.practice.models import KIND, LEDGER
from tianqu.packs.practice.notices import NOTICES
from tianqu.packs.practice.profiles.acts import PROFILE, SKILLS, booker, check_consents
from tianqu.packs.practice.queries import SEE, comers, holders, joined, leads, led_teams, members, sharing
from tianqu.packs.practice.registers.declared import REGISTERS
from tianqu.packs.practice.services.acts import SERVED
from tianqu.packs.practice.services.flow import FAMILY, FLOW, OFFERING
from tianqu.packs.practice.services.registers.booking import visits_booked
from tianqu.packs.practice.talks.kind import PLANNING, TALKS
from tianqu.packs.practice.words import SAID

LEADING = (
    SEE, "occasions.see", "occasions.show_code", "occasions.announce", "occasions.cancel", "occasions.excuse",
    "occasions.add_photo", "occasions.remove_photo", "files.store",
    "occasions.confirm_attendance", "occasions.refuse_attendance", "occasions.reverse_attendance",
    "practice.record_consent",
    "orders.place", "orders.claim", "orders.decline", "orders.comment", "orders.plan_dates", "orders.skip_date",
    "orders.end_plan", "practice.name_goers", "practice.visit", "practice.serve", "practice.rate_asking",
    "practice.show_thanks",
    *LEADING_ROSTERS,
)  # fmt: skip
DECLARING = (
    "practice.declare_station", "practice.declare_team", "practice.register_volunteer", "practice.strike_volunteer",
    "orders.offer", "orders.assign", "orders.take_back", "orders.confirm", "orders.dispute", "orders.refuse",
    "practice.rule_service",
)  # fmt: skip
ROLES = (
    Role("practice_leader", gettext_noop("Leader of volunteers"), LEADING),
    Role("practice_centre", gettext_noop("Centre of civic practice"), (*LEADING, *DECLARING, *PLANNING), reach="place"),
)
# What a team does at a time and a place. Whoever has a profile comes; minors with a guardian's consent.
ACTIVITIES = OccasionKind(
    code=KIND, title=_("Volunteers"), permission=SEE, holders=holders, led=led_teams, leads=leads, booker=booker,
    joins="practice:profile", tags={"theme_day": _("theme day")},
    counted=CountedTime(
        LEDGER, since=FIRST_DAY, comers=comers, check=check_consents, busy=visits_booked,
        disputed=open_dispute, settled=settle_dispute,
    ),
)  # fmt: skip
# Who is in a team shares its shifts.
ROSTERS = RosterKind(
    code=KIND, title=_("Volunteers"), permission=SEE, holders=holders, led=led_teams, leads=leads, booker=booker,
    joined=joined, members=members, sharing=sharing, join=_("Join this team"),
    skills={code: _(SAID[code]) for code in SKILLS},
)  # fmt: skip

BOTH = ("GET", "POST")
SERVICE = "practice/orders/<uuid:order_id>/"
PAGES = (
    Page("menu", "practice/order/", pages.menu, EVERYBODY, _("Order a service")),
    Page("plans", "practice/order/plan", pages.plans, EVERYBODY, _("Plan many dates"), BOTH),
    Page("offers", "practice/offers/", pages.offers, EVERYBODY, _("Who can help"), BOTH),
    Page("service", SERVICE, pages.service, EVERYBODY, _("Ordered service"), BOTH),
    Page("thanks", "practice/teams/<slug:code>/thanks", pages.thanks, EVERYBODY, _("Thanks")),
    Page("services", "desk/practice/orders/", pages.led, SEE, _("Ordered services")),
    Page("activities", "practice/", pages.what_happens, EVERYBODY, _("What happens near me")),
    Page("station", "practice/stations/<slug:code>/", pages.station, EVERYBODY, _("Station")),
    Page("team", "practice/teams/<slug:code>/", pages.team, EVERYBODY, _("Team"), BOTH),
    Page("mine", "practice/me/", pages.mine, EVERYBODY, _("My hours")),
    Page("profile", "practice/me/profile", pages.profile, EVERYBODY, _("My profile"), BOTH),
    Page("export", "practice/me/volunteer.json", pages.export, EVERYBODY, _("What is kept of me")),
    Page("erase", "practice/me/erase", pages.erase, EVERYBODY, _("Erase my profile"), BOTH),
    Page("certificate", "practice/certificates/<slug:code>/", pages.old_address, EVERYBODY, _("Certificate of hours")),
    Page("desk", "desk/practice/", pages.desk, SEE, _("Volunteers")),
    Page("dispute", "desk/practice/disputes/<uuid:order_id>/", pages.dispute, SEE, _("Disagreement about hours")),
    Page("consents", "desk/practice/consents/", pages.consents, "practice.record_consent", _("Consents")),
    Page(
        "consent", "desk/practice/consents/<uuid:person_id>", pages.consent, "practice.record_consent",
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
        MenuEntry("mine", "own", order=20),
        MenuEntry("offers", "own", order=21),
    ),
    families=(FAMILY, DISPUTES),
    flows=(FLOW, DISPUTE),
    jobs=(Job("practice.plans", "10 6 * * *", place_planned_orders),),
    datasets=DATASETS,
    demo=(
        DemoStep(_("Volunteers of a town"), stations_of_town),
        DemoStep(_("Volunteers of a district"), district_of_stations),
    ),
    routers=(endpoints.router,),
    occasions=(ACTIVITIES,),
    rosters=(ROSTERS,),
    certificates=(HOURS,),
    tours=(TALKS,),
    registers=REGISTERS,
    notices=NOTICES,
    links={"talk": "service", "service": "service", "offer": "offers", "hours_dispute": "dispute"},
    offerings=(OFFERING,),
    personal=(SERVED, PROFILE),
)
