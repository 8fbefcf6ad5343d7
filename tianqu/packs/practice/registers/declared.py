"""The registers of civic practice: stations and teams for everybody, volunteers of old registers for the centre."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import EVERYBODY, NAMES, Register, RegisterColumn, all_of, code_column
from tianqu.packs.practice.acts import declare_station, declare_team
from tianqu.packs.practice.bringing.acts import register_volunteer, strike_volunteer
from tianqu.packs.practice.models import SERVICES, Station, Team, Volunteer
from tianqu.packs.practice.profiles.acts import LANGUAGES, REACHES, SKILLS, TIMES
from tianqu.packs.practice.queries import registered
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

VOLUNTEERS: Final = Register(
    code="volunteers", title=_("Volunteers of old registers"), address="desk/practice/volunteers", above="desk",
    model=Volunteer, rows=registered, permission="practice.register_volunteer", key="number",
    filters=("place_path", "station"), searched=("name", "reference", "number"),
    lead=_("Whoever stood in a register on paper or in another system, and has no account here yet."),
    empty=_("No old register was brought in yet"), begin=_("Fill in the spreadsheet, or write down one volunteer."),
    declares=register_volunteer, declaring=_("Write down a volunteer of an old register"), imports=True,
    ends=strike_volunteer, ending=_("Erase them, as they ask"),
    columns=(
        RegisterColumn("name", _("Name of the volunteer"), kind="person_name"),
        RegisterColumn("team", _("Team"), of=TEAMS, at=lambda one: one.team_code, listed=False,
                       hint=_("In a spreadsheet its code, as the register of teams lists it.")),
        RegisterColumn("reference", _("Number in the old register")),
        RegisterColumn("phone", _("Telephone"), kind="phone", listed=False, told=False),
        RegisterColumn("born_on", _("Day of birth"), listed=False, told=False),
        RegisterColumn("station", _("Station"), of=STATIONS),
        RegisterColumn("since", _("Registered on")),
        RegisterColumn("skills", _("What they can do"), words=word, choices=SKILLS),
        RegisterColumn("languages", _("Languages"), words=word, choices=LANGUAGES, begins=("zh",), listed=False),
        RegisterColumn("times", _("When they can come"), words=word, choices=TIMES, listed=False),
        RegisterColumn("reach", _("How far they go"), words=word, choices=REACHES, begins="village", listed=False),
        RegisterColumn("number", _("Number as a volunteer")),
        RegisterColumn("place_path", _("Village or place"), listed=False),
    ),
)  # fmt: skip

REGISTERS: Final = (STATIONS, TEAMS, VOLUNTEERS)
