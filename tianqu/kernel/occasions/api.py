"""The door of occasions: something takes place at a time and a place, for so many.

A pack declares what it holds (``OccasionKind`` in ``Pack.occasions``), and calls by keyword, with an actor first:

- **acts of who holds**: ``announce(occasion_id, kind, subject, title, …, places, seats, opens_at, price_fen, tags)``,
  ``cancel(occasion_id, cause, reason, reason_en)``, ``admit(occasion_id, ticket, client_id, door)``,
  ``excuse(booking_id)``; the system's own ``close(occasion_id)``, hourly by ``close_past()``;
- **acts of who comes**: ``book(occasion_id, seat)`` → ``going`` or ``waiting``, ``leave(occasion_id)``,
  ``check(occasion_id, direction, code, client_id, phone_at, phone_sent_at)`` → the moment that counts;
- **reading, for everybody**: ``occasions(OccasionsAsked(…))``, ``occasion_with(id)``, ``occasion_lines(rows)``,
  ``occasion_places()``, ``seats_free(occasion)``; **one's own**: ``own_booking(actor, occasion_id=)``,
  ``own_bookings(actor, kind=)``, ``own_ticket(actor, occasion_id=)``, ``own_bar(actor, kind=)``;
- **for who leads**: ``may_lead(actor, line, act)``, ``led_holder(actor, act, kind=, subject=)``, ``led_kinds(actor)``,
  ``led_occasions(actor, kind=)``, ``bookings(actor, occasion_id=)``, ``bookings_with(ids)``,
  ``door_list(actor, occasion_id=)``, and the code that is shown: ``code_at``, ``seconds_left``;
- **counted time** (``OccasionKind.counted``): ``confirm_attendance(occasion_id, booking_ids)`` → minutes,
  ``reverse_attendance(booking_id, words)`` → minutes, ``refuse_attendance(booking_id, words)``,
  ``dispute_attendance(occasion_id, words)``; ``own_attendance(actor, occasion_id=)``, ``own_attendances(actor,
  kind=)``, ``attendances(actor, occasion_id=)`` for who leads;
- **photos**: ``add_photo(occasion_id, file_id, words, words_en)`` and ``remove_photo(occasion_id, file_id)`` for who
  leads; ``occasion_photos(id)`` and ``open_photo(actor, occasion_id=, file_id=)`` for everybody;
- **tickets**: ``ticket_token``, ``ticket_read``, ``tickets_key``; **halls**: ``seats_of_rows("A 20\\nB 22")``;
- **a pack that counts time otherwise, too**: ``lock_numbers``, ``minutes_free``, ``spans_by_number``,
  ``checked_in_between``;
- **within another act**: ``forget_bookings_within(acting, person_id, kind)``, ``booking_subjects(person_id, kind)``,
  ``give_up_coming_within(acting, person_id, kind)``.
"""

from tianqu.kernel.occasions.admitting import (
    Admitted,
    DoorList,
    DoorTicket,
    TicketUsed,
    admit,
    door_list,
    own_ticket,
)
from tianqu.kernel.occasions.announcing import CAUSES, EVERY, PLACES_MAX, PRICE_MAX, TIMES_MAX, announce, cancel
from tianqu.kernel.occasions.attendance import (
    Attended,
    attendances,
    counted_occasion,
    own_attendance,
    own_attendances,
    own_minutes,
)
from tianqu.kernel.occasions.attending import (
    CONFIRM,
    REVERSE,
    confirm_attendance,
    dispute_attendance,
    refuse_attendance,
    reverse_attendance,
)
from tianqu.kernel.occasions.booking import book, leave
from tianqu.kernel.occasions.checking import AROUND, DIRECTIONS, SENT_WITHIN, check
from tianqu.kernel.occasions.closing import CLOSED_AFTER, close, close_past, excuse
from tianqu.kernel.occasions.codes import STEP, code_at, seconds_left
from tianqu.kernel.occasions.erasing import booking_subjects, forget_bookings_within, give_up_coming_within
from tianqu.kernel.occasions.kinds import (
    ADMIT,
    Comer,
    CountedTime,
    Dispute,
    Holder,
    Missing,
    OccasionKind,
    Span,
    holder_led,
    kind_called,
    known_kinds,
    leads_anywhere,
    led_holder,
    number_of_nobody,
    register_kind,
)
from tianqu.kernel.occasions.models import Attendance, Booking, Occasion, Photo, Standing
from tianqu.kernel.occasions.photos import (
    ADD_PHOTO,
    PHOTOS_MAX,
    add_photo,
    occasion_photos,
    open_photo,
    photos_open,
    remove_photo,
)
from tianqu.kernel.occasions.reading import (
    LIST_MAX,
    SEE,
    OccasionLine,
    OccasionsAsked,
    bookings,
    bookings_with,
    led_kinds,
    led_occasions,
    may_lead,
    occasion_lines,
    occasion_places,
    occasion_with,
    occasions,
    own_bar,
    own_booking,
    own_bookings,
    seats_free,
)
from tianqu.kernel.occasions.seats import rows_of_seats, seats_of_rows
from tianqu.kernel.occasions.spans import checked_in_between, lock_numbers, minutes_free, spans_by_number, time_left
from tianqu.kernel.occasions.tickets import Ticket, TicketRefused, ticket_read, ticket_token, tickets_key

__all__ = [
    "ADD_PHOTO",
    "ADMIT",
    "AROUND",
    "CAUSES",
    "CLOSED_AFTER",
    "CONFIRM",
    "DIRECTIONS",
    "EVERY",
    "LIST_MAX",
    "PHOTOS_MAX",
    "PLACES_MAX",
    "PRICE_MAX",
    "REVERSE",
    "SEE",
    "SENT_WITHIN",
    "STEP",
    "TIMES_MAX",
    "Admitted",
    "Attendance",
    "Attended",
    "Booking",
    "Comer",
    "CountedTime",
    "Dispute",
    "DoorList",
    "DoorTicket",
    "Holder",
    "Missing",
    "Occasion",
    "OccasionKind",
    "OccasionLine",
    "OccasionsAsked",
    "Photo",
    "Span",
    "Standing",
    "Ticket",
    "TicketRefused",
    "TicketUsed",
    "add_photo",
    "admit",
    "announce",
    "attendances",
    "book",
    "booking_subjects",
    "bookings",
    "bookings_with",
    "cancel",
    "check",
    "checked_in_between",
    "close",
    "close_past",
    "code_at",
    "confirm_attendance",
    "counted_occasion",
    "dispute_attendance",
    "door_list",
    "excuse",
    "forget_bookings_within",
    "give_up_coming_within",
    "holder_led",
    "kind_called",
    "known_kinds",
    "leads_anywhere",
    "leave",
    "led_holder",
    "led_kinds",
    "led_occasions",
    "lock_numbers",
    "may_lead",
    "minutes_free",
    "number_of_nobody",
    "occasion_lines",
    "occasion_photos",
    "occasion_places",
    "occasion_with",
    "occasions",
    "open_photo",
    "own_attendance",
    "own_attendances",
    "own_bar",
    "own_booking",
    "own_bookings",
    "own_minutes",
    "own_ticket",
    "photos_open",
    "refuse_attendance",
    "register_kind",
    "remove_photo",
    "reverse_attendance",
    "rows_of_seats",
    "seats_free",
    "seats_of_rows",
    "seconds_left",
    "spans_by_number",
    "ticket_read",
    "ticket_token",
    "tickets_key",
    "time_left",
]
