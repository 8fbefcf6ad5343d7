"""The door of tours: who goes where and when, planned and carried out.

A pack declares a kind (``TourKind`` in ``Pack.tours``) with what is asked for and who could come, and what is done when
a plan is put into force. Called by keyword, with an actor first:

- **acts of an office**: ``plan_tour(tour_id, kind, unit_id, name, first_on, last_on, …)``,
  ``change_tour(tour_id, deed, visit, carrier, on, starts, other)`` → by how many fen the cost grows,
  ``fall_out(tour_id, cause, first_on, last_on, carrier, place)``, ``publish_tour(tour_id)`` → how many lie ahead,
  ``retry_tour(tour_id)`` → how many are tried to be engaged once more; the worker's own ``note_tour``;
- **reading for the office**: ``tours(actor, kind=)``, ``tour_read(actor, tour_id)``, ``tour_seen(actor, tour_id)``;
  ``reckon(tour, change_of(…), on=)`` says what a change would cost and break, ``remedy_for`` what to do then;
- **reading for everybody**: ``stops(StopsAsked(…))``, ``stop_places(stops)``;
- **the worker**: ``do_tour(tour_id)``.
"""

from tianqu.kernel.tours.asking import note_tour, plan_tour
from tianqu.kernel.tours.changing import DEEDS, OUTS, change_of, change_tour, fall_out, laws_broken, reckon, remedy_for
from tianqu.kernel.tours.computing import do_tour
from tianqu.kernel.tours.keeping import ASKED, CARRYING, FAILED, PLANNED, PUBLISHED
from tianqu.kernel.tours.kinds import (
    Asked,
    CarrierOffered,
    Engagement,
    Stage,
    Standing,
    TourKind,
    VisitAsked,
    known_tour_kinds,
    led_tour_kinds,
    register_tour_kind,
    tour_kind,
)
from tianqu.kernel.tours.models import Stop, Tour
from tianqu.kernel.tours.publishing import publish_tour, retry_tour
from tianqu.kernel.tours.reading import (
    SEE,
    STOPS_MAX,
    Called,
    PlannedShow,
    StopsAsked,
    TourRead,
    stop_places,
    stops,
    tour_read,
    tour_seen,
    tours,
)

__all__ = [
    "ASKED",
    "CARRYING",
    "DEEDS",
    "FAILED",
    "OUTS",
    "PLANNED",
    "PUBLISHED",
    "SEE",
    "STOPS_MAX",
    "Asked",
    "Called",
    "CarrierOffered",
    "Engagement",
    "PlannedShow",
    "Stage",
    "Standing",
    "Stop",
    "StopsAsked",
    "Tour",
    "TourKind",
    "TourRead",
    "VisitAsked",
    "change_of",
    "change_tour",
    "do_tour",
    "fall_out",
    "known_tour_kinds",
    "laws_broken",
    "led_tour_kinds",
    "note_tour",
    "plan_tour",
    "publish_tour",
    "reckon",
    "register_tour_kind",
    "remedy_for",
    "retry_tour",
    "stop_places",
    "stops",
    "tour_kind",
    "tour_read",
    "tour_seen",
    "tours",
]
