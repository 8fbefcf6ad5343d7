"""Addresses of occasions, for everybody and for who holds them."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.occasions.api import ADD_PHOTO, ADMIT, REVERSE, SEE
from tianqu.kernel.pack.api import EVERYBODY, Page
from tianqu.web.mount import mounted
from tianqu.web.occasions import attendance, desk, kept, listing, occasion, photos, sharing

BOTH = ("GET", "POST")
ONE, LED = "occasions/<uuid:occasion_id>/", "desk/occasions/<uuid:occasion_id>/"
BACK = f"{LED}attendance/<uuid:booking_id>/take-back"
PAGES = (
    Page("occasions", "occasions/", listing.occasion_list, EVERYBODY, _("What happens near me")),
    Page("occasions_calendar", "occasions/calendar.ics", listing.calendar, EVERYBODY, _("What happens near me")),
    Page("occasions_map", "occasions/map.geojson", listing.map_points, EVERYBODY, _("What happens near me")),
    Page("occasions_own", "occasions/mine", listing.own, EVERYBODY, _("What I have booked")),
    Page("occasions_kept", "occasions/kept", kept.kept_checks, EVERYBODY, _("Check in"), ("POST",)),
    Page("occasion", ONE, occasion.occasion, EVERYBODY, _("What happens near me"), BOTH),
    Page("occasion_check", f"{ONE}check", occasion.check_in, EVERYBODY, _("Check in"), BOTH),
    Page("occasion_ticket", f"{ONE}ticket", occasion.ticket, EVERYBODY, _("Ticket")),
    Page("occasion_attendance", f"{ONE}attendance", attendance.own, EVERYBODY, _("My hours"), BOTH),
    Page("occasions_desk", "desk/occasions/", desk.desk, SEE, _("What is held")),
    Page("occasion_announce", "desk/occasions/announce", desk.announcing, "occasions.announce", _("Announce"), BOTH),
    Page("occasion_led", LED, desk.led, SEE, _("What is held"), BOTH),
    Page("occasion_attendances", f"{LED}attendance", attendance.led, SEE, _("Who came, and hours"), BOTH),
    Page("occasion_take_back", BACK, attendance.taking_back, REVERSE, _("Take back hours"), BOTH),
    Page("occasion_photos", f"{LED}photos", photos.leading, ADD_PHOTO, _("Photos"), BOTH),
    Page("occasion_cancel", f"{LED}cancel", desk.cancelling, "occasions.cancel", _("Call it off"), BOTH),
    Page("occasion_code", f"{LED}code", desk.code, desk.SHOW, _("Code of the moment")),
    Page("occasion_door", f"{LED}door", desk.door, ADMIT, _("The door")),
    Page("occasion_door_list", f"{LED}door/list.json", kept.door_tickets, ADMIT, _("The door")),
    Page("occasion_door_sent", f"{LED}door/sent", kept.admissions, ADMIT, _("The door"), ("POST",)),
)
urlpatterns = [
    *[path(page.address, mounted(page), name=page.name) for page in PAGES],
    # Pictures have headers of their own: kept by whoever asks, and asked for again only where they changed.
    path(f"{ONE}photos/<uuid:file_id>", photos.photo, name="occasion_photo"),
    path(f"{ONE}share.png", sharing.share_picture, name="occasion_share"),
]
