"""Civic practice as a pack: who leads it, and its pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.pack.api import EVERYBODY, DemoStep, Job, MenuEntry, Pack, Page, Role
from tianqu.packs.practice import desk_pages, endpoints, own_pages, pages
from tianqu.packs.practice.demo import stations_of_town
from tianqu.packs.practice.queries import SEE
from tianqu.packs.practice.rosters import desk_pages as roster_desk
from tianqu.packs.practice.rosters import endpoints as roster_endpoints
from tianqu.packs.practice.rosters import pages as roster_pages
from tianqu.packs.practice.rosters.making import make_due_rosters

LEADING = (
    SEE, desk_pages.SHOW, "practice.announce_activity", "practice.cancel_activity", "practice.confirm_hours",
    "practice.refuse_hours", "practice.record_consent",
    "practice.plan_roster", "practice.add_shifts", "practice.drop_shift", "practice.make_roster",
    "practice.change_duty", "practice.relax_roster", "practice.publish_roster",
)  # fmt: skip
DECLARING = ("practice.declare_station", "practice.declare_team")
ROLES = (
    Role("practice_leader", gettext_noop("Leader of volunteers"), LEADING),
    Role("practice_centre", gettext_noop("Centre of civic practice"), (*LEADING, *DECLARING), reach="place"),
)

BOTH = ("GET", "POST")
ROSTER = "practice/rosters/<uuid:roster_id>/"
ONE, LED = "practice/activities/<uuid:activity_id>/", "desk/practice/activities/<uuid:activity_id>/"
PAGES = (
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
    menu=(MenuEntry("activities", "public", order=53), MenuEntry("desk", "desk", order=62)),
    demo=(DemoStep(_("Volunteers of a town"), stations_of_town),),
    jobs=(Job("practice.make_rosters", "* * * * *", make_due_rosters),),
    routers=(endpoints.router, roster_endpoints.router),
)
