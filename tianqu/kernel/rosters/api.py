"""The door of rosters: who takes which shift over some days.

A pack declares whose shifts they are and who shares them (``RosterKind`` in ``Pack.rosters``); where it says nothing,
those who hold a post at the unit do. Everything is called by keyword, with an actor first:

- **acts of who leads**: ``plan(roster_id, kind, subject, title, …, first_day, last_day, rest_minutes, week_max, …)``,
  ``add_shifts(roster_id, first_day, last_day, weekdays, starts, ends, venue, …, needs)``, ``drop_shift(shift_id)``,
  ``make(roster_id)``, ``change_duty(shift_id, number, skill, present, waived)``, ``relax(shift_id, skill)``,
  ``publish(roster_id)``; the worker's own ``note(roster_id, …)``, each minute by ``make_due_rosters()``;
- **acts of who shares them**: ``say_wishes(roster_id, shifts_max, unable, wished, unwished, …)``,
  ``offer_duty(shift_id)``, ``take_duty(shift_id)``;
- **reading, for everybody**: ``rosters(kind=, subject=)``, ``roster_with(id)``; **one's own**: ``own_roster``,
  ``own_rosters``, ``own_duties``, ``own_rosters_told``;
- **for who leads**: ``led_rosters(actor, kind=)``, ``led_roster_kinds(actor)``, ``roster_view(actor, roster_id=)``,
  ``place_view(actor, shift_id=, skill=)``, ``may_lead_roster(actor, line, act)``,
  ``roster_holder(actor, act, kind=, subject=)``;
- **within another act**: ``forget_duties_within(acting, person_id, kind)``,
  ``give_up_duties_within(…)``, ``roster_subjects(person_id, kind)``.
"""

from tianqu.kernel.rosters.erasing import forget_duties_within, give_up_duties_within, roster_subjects
from tianqu.kernel.rosters.filling import Candidate, PlaceView, place_view
from tianqu.kernel.rosters.kinds import (
    LEADING_ROSTERS,
    SHARING_ROSTERS,
    RosterKind,
    known_roster_kinds,
    register_roster_kind,
    roster_holder,
    roster_kind_called,
)
from tianqu.kernel.rosters.leading import (
    LIMITS,
    SHIFT_PLACES_MAX,
    ShiftNeed,
    add_shifts,
    ask_wishes,
    change_duty,
    drop_shift,
    make,
    note,
    plan,
    publish,
    relax,
)
from tianqu.kernel.rosters.making import make_due_rosters
from tianqu.kernel.rosters.models import Duty, Roster, RosterResult, RosterState, Shift, Wish
from tianqu.kernel.rosters.problems import LEADERS
from tianqu.kernel.rosters.reading import (
    SEE,
    WORK,
    DayLine,
    OwnRoster,
    PlaceLine,
    RosterLine,
    RosterView,
    ShiftLine,
    Week,
    led_roster_kinds,
    led_rosters,
    may_lead_roster,
    own_duties,
    own_roster,
    own_rosters,
    own_rosters_told,
    roster_view,
    roster_with,
    rosters,
)
from tianqu.kernel.rosters.staff import RosterMember, RostersJoined, RosterStaff
from tianqu.kernel.rosters.swapping import WISHED_SHIFTS_MAX, offer_duty, say_wishes, take_duty

__all__ = [
    "LEADERS",
    "LEADING_ROSTERS",
    "LIMITS",
    "SEE",
    "SHARING_ROSTERS",
    "SHIFT_PLACES_MAX",
    "WISHED_SHIFTS_MAX",
    "WORK",
    "Candidate",
    "DayLine",
    "Duty",
    "OwnRoster",
    "PlaceLine",
    "PlaceView",
    "Roster",
    "RosterKind",
    "RosterLine",
    "RosterMember",
    "RosterResult",
    "RosterStaff",
    "RosterState",
    "RosterView",
    "RostersJoined",
    "Shift",
    "ShiftLine",
    "ShiftNeed",
    "Week",
    "Wish",
    "add_shifts",
    "ask_wishes",
    "change_duty",
    "drop_shift",
    "forget_duties_within",
    "give_up_duties_within",
    "known_roster_kinds",
    "led_roster_kinds",
    "led_rosters",
    "make",
    "make_due_rosters",
    "may_lead_roster",
    "note",
    "offer_duty",
    "own_duties",
    "own_roster",
    "own_rosters",
    "own_rosters_told",
    "place_view",
    "plan",
    "publish",
    "register_roster_kind",
    "relax",
    "roster_holder",
    "roster_kind_called",
    "roster_subjects",
    "roster_view",
    "roster_with",
    "rosters",
    "say_wishes",
    "take_duty",
]
