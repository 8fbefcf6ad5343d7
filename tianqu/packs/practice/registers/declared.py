"""The registers of civic practice: stations of places, and the standing teams at them. Everybody may read both."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import EVERYBODY, NAMES, Register, RegisterColumn, all_of, code_column
from tianqu.packs.practice.acts import declare_station, declare_team
from tianqu.packs.practice.models import SERVICES, Station, Team
from tianqu.packs.practice.words import word

SEARCHED: Final = ("name", "name_en", "code")

STATIONS: Final = Register(
    code="stations", title=_("Stations"), address="practice/stations", model=Station, rows=all_of(Station),
    permission=EVERYBODY, page="station", filters=("place_path", "is_open"), searched=SEARCHED, tells=("book",),
    empty=_("No station is declared yet"), begin=_("The centre declares one in a village; then its teams."),
    declares=declare_station, declaring=_("Declare a station"), imports=True,
    columns=(
        *NAMES, code_column("station"),
        RegisterColumn("unit_id", _("Office that keeps it")),
        RegisterColumn("place_path", _("Village or place"), keyword="place_id"),
        RegisterColumn("lon", _("Longitude"), listed=False, hint=_("Empty: where its place lies.")),
        RegisterColumn("lat", _("Latitude"), listed=False),
        RegisterColumn("since", _("Founded on"), listed=False),
        RegisterColumn("is_open", _("It is open"), begins=True),
    ),
)  # fmt: skip

TEAMS: Final = Register(
    code="teams", title=_("Teams"), address="practice/teams", model=Team, rows=all_of(Team, "station"),
    permission=EVERYBODY, page="team", filters=("place_path", "station", "service", "is_open"), searched=SEARCHED,
    empty=_("No team is declared yet"), begin=_("The centre declares one at a station; volunteers join it."),
    declares=declare_team, declaring=_("Declare a team"), imports=True,
    columns=(
        *NAMES, code_column("team"),
        RegisterColumn("station", _("Station"), of=STATIONS),
        RegisterColumn("service", _("Kind of service"), words=word, choices=SERVICES),
        RegisterColumn("leader_person_id", _("Login name of its leader"), listed=False, told=False,
                       hint=_("Who alone leads it; empty for whoever leads at its office.")),
        RegisterColumn("since", _("Founded on"), listed=False),
        RegisterColumn("is_open", _("It is open"), begins=True),
        RegisterColumn("place_path", _("Village or place"), listed=False),
    ),
)  # fmt: skip

REGISTERS: Final = (STATIONS, TEAMS)
