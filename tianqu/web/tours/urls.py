"""Addresses of tours, for everybody and for who plans them."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import EVERYBODY, Page
from tianqu.kernel.tours.api import SEE
from tianqu.web.mount import mounted
from tianqu.web.tours import desk, public

BOTH = ("GET", "POST")
ONE, LED = "tours/<uuid:tour_id>/", "desk/tours/<uuid:tour_id>/"
PAGES = (
    Page("tours", "tours/", public.coming, EVERYBODY, _("What comes to the villages")),
    Page("tour", ONE, public.tour, EVERYBODY, _("Tour")),
    Page("tour_calendar", f"{ONE}calendar.ics", public.calendar, EVERYBODY, _("Tour")),
    Page("tours_desk", "desk/tours/", desk.tour_list, SEE, _("Tours")),
    Page("tour_new", "desk/tours/new", desk.planning, "tours.plan", _("Plan a tour"), BOTH),
    Page("tour_led", LED, desk.led, SEE, _("Tour"), BOTH),
    Page("tour_map", f"{LED}map.geojson", desk.tour_map, SEE, _("Tour")),
    Page("tour_change", f"{LED}visits/<str:visit>", desk.changing, "tours.change", _("Change a plan"), BOTH),
    Page("tour_out", f"{LED}out", desk.out, "tours.fall_out", _("A day or a team falls out"), BOTH),
)
urlpatterns = [path(page.address, mounted(page), name=page.name) for page in PAGES]
