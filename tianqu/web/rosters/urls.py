"""Addresses of rosters, for everybody and for who leads."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import EVERYBODY, Page
from tianqu.kernel.rosters.api import SEE
from tianqu.web.mount import mounted
from tianqu.web.rosters import desk, roster

BOTH = ("GET", "POST")
ONE = "rosters/<uuid:roster_id>/"
PAGES = (
    Page("rosters_own", "rosters/mine", roster.own, EVERYBODY, _("My shifts")),
    Page("roster", ONE, roster.roster, EVERYBODY, _("Roster"), BOTH),
    Page("roster_calendar", f"{ONE}calendar.ics", roster.calendar, EVERYBODY, _("Roster")),
    Page("rosters_desk", "desk/rosters/", desk.roster_list, SEE, _("Rosters"), BOTH),
    Page("roster_led", f"desk/{ONE}", desk.led, SEE, _("Roster"), BOTH),
)
urlpatterns = [path(page.address, mounted(page), name=page.name) for page in PAGES]
