"""The acts of who holds occasions: announced and changed, called off."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.bounds import chosen
from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_line, clean_text
from tianqu.kernel.journal.api import Acting, DoneBefore, act, writing
from tianqu.kernel.occasions.kinds import Holder, kind_called, led_holder
from tianqu.kernel.occasions.models import Booking, Occasion, Standing
from tianqu.kernel.occasions.queues import move_up, record_occasion, tell
from tianqu.kernel.occasions.seats import checked_seats
from tianqu.kernel.places.api import may_by_role

TITLE_MAX: Final = 100
WORDS_MAX: Final = 3_000
PLACES_MAX: Final = 5_000
PRICE_MAX: Final = 1_000_000  # fen
TAGS_MAX: Final = 10
LASTS_MAX: Final = timedelta(hours=24)
AHEAD_MAX: Final = timedelta(days=366)
TIMES_MAX: Final = 52
EVERY: Final = ("week", "month")
CAUSES: Final = ("weather", "other")


@act("occasions.announce", may=may_by_role)
def announce(
    acting: Acting,
    *,
    occasion_id: UUID,
    kind: str,
    subject: str,
    title: str,
    title_en: str,
    words: str,
    words_en: str,
    venue: str,
    venue_en: str,
    starts_at: datetime,
    ends_at: datetime,
    places: int,
    seats: Sequence[str] = (),
    opens_at: datetime | None = None,
    price_fen: int = 0,
    tags: Sequence[str] = (),
    times: int = 1,
    every: str = "week",
    expected_version: int | None = None,
) -> None:
    """Announce an occasion of a holder, or change one that has not begun; whoever booked is told of a change.

    ``seats``: numbered ones, the best first, as many as there are places; none: one sits anywhere. ``opens_at``: from
    when on places are given away. ``price_fen``: what it costs, to be paid where it takes place. ``times``: how often a
    new one takes place, ``every`` week, or on the same day of every month, each time an occasion of its own. Raises
    ``InvalidInput``, ``NotFound`` for a holder that is none, and ``Conflict`` for one that is closed, for an occasion
    that has begun or was called off, and for fewer places, or other seats, than are taken.
    """
    holder = led_holder(acting.actor, acting.act, kind=kind, subject=subject)
    known = Occasion.objects.select_for_update().filter(id=occasion_id).first()
    told: dict[str, Any] = {
        "title": clean_line(title, field="title", most=TITLE_MAX, wanted=True),
        "title_en": clean_line(title_en, field="title_en", most=TITLE_MAX, wanted=True),
        "words": clean_text(words, field="words", most=WORDS_MAX, wanted=True),
        "words_en": clean_text(words_en, field="words_en", most=WORDS_MAX, wanted=True),
        "venue": clean_line(venue, field="venue", most=TITLE_MAX, wanted=True),
        "venue_en": clean_line(venue_en, field="venue_en", most=TITLE_MAX, wanted=True),
        "starts_at": starts_at, "ends_at": ends_at, "places": places, "opens_at": opens_at, "price_fen": price_fen,
        "seats": list(seats), "tags": sorted(set(tags)),
    }  # fmt: skip
    same = known is not None and (known.kind, known.subject) == (kind, subject)
    if same and all(getattr(known, each) == told[each] for each in told):
        raise DoneBefore(None)
    _check(acting, kind=kind, told=told)
    if known is None and Occasion.objects.filter(id=occasion_id).exists():  # it is seen, but of another office
        raise _something_else()
    if known is not None and times != 1:
        raise Conflict(
            _("This was announced before, and is changed by itself."), field="times", value=times,
            remedy=_("Announce the others under a fresh identifier."),
        )  # fmt: skip
    if known is None:
        later = [_later(acting, told, number, kind=kind, every=every) for number in _more(times, every=every)]
        made = _made(acting, holder, {"id": occasion_id, "kind": kind, **told})
        for each in later:
            record_occasion(acting, _made(acting, holder, {"id": new_identifier(), "kind": kind, **each}))
    elif same and known.unit_id == holder.unit_id:
        made = _changed(acting, known, told, expected_version)
    else:
        raise _something_else()
    record_occasion(acting, made)


def _something_else() -> Conflict:
    return Conflict(
        _("Something else was sent under this identifier."), field="occasion_id", remedy=_("Send a fresh identifier."),
    )  # fmt: skip


def _more(times: int, *, every: str) -> range:
    """The weeks or months after the first in which a new occasion takes place, too."""
    if not 1 <= times <= TIMES_MAX:
        raise InvalidInput(
            _("It takes place from 1 to %(most)s times."), field="times", value=times, most=TIMES_MAX,
            remedy=_("Give a number between them."),
        )  # fmt: skip
    chosen(every, EVERY, field="every")
    return range(1, times)


def _later(acting: Acting, told: dict[str, Any], number: int, *, kind: str, every: str) -> dict[str, Any]:
    """What an occasion is some weeks or months later, at the same hour of the realm's clock."""
    begins = timezone.localdate(told["starts_at"])
    moved = timedelta(weeks=number) if every == "week" else _months_after(begins, number) - begins
    later = told | {
        name: timezone.make_aware(timezone.make_naive(told[name]) + moved)
        for name in ("starts_at", "ends_at", "opens_at")
        if told[name] is not None
    }
    if later["starts_at"] > acting.now + AHEAD_MAX:
        raise InvalidInput(
            _("The last one begins within a year from now."), field="times", value=number + 1,
            remedy=_("Announce it fewer times."),
        )  # fmt: skip
    _check(acting, kind=kind, told=later)
    return later


def _months_after(day: date, months: int) -> date:
    """The same day some months later; where that month is shorter, its last."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _made(acting: Acting, holder: Holder, told: dict[str, Any]) -> Occasion:
    if not holder.is_open:
        raise Conflict(
            _("%(value)s is closed."), field="subject", value=holder.name, value_en=holder.name_en,
            remedy=_("Choose another one."),
        )  # fmt: skip
    made = Occasion(
        unit_id=holder.unit_id, place_path=holder.place_path, subject=holder.subject, lon=holder.lon, lat=holder.lat,
        changed_at=acting.now, **told,
    )  # fmt: skip
    made.going = made.waiting = made.asked = 0
    made.save(force_insert=True)
    return made


def _changed(acting: Acting, known: Occasion, told: dict[str, Any], expected_version: int | None) -> Occasion:
    if known.starts_at <= acting.now or known.cancelled_at is not None:
        raise Conflict(_("This has begun or was called off."), field="occasion_id", remedy=_("Announce another one."))
    if expected_version is not None and expected_version != known.version:
        raise Conflict(
            _("Somebody has changed this: it is in version %(value)s."), field="expected_version",
            value=known.version, remedy=_("Look at it again before you go on."),
        )  # fmt: skip
    if told["places"] < known.going:
        raise Conflict(
            _("%(going)s places are taken."),
            field="places",
            going=known.going,
            remedy=_("Give at least as many places."),
        )
    with writing(acting):
        booked = Booking.objects.filter(occasion=known)
        if bool(told["seats"]) != bool(known.seats) and known.going:
            raise Conflict(
                _("Places are taken; they stay with or without numbers."),
                field="seats",
                remedy=_("Announce another one."),
            )
        lost = booked.exclude(seat=None).exclude(seat__in=told["seats"]).values_list("seat", flat=True).first()
        if lost is not None:
            raise Conflict(
                _("Somebody has the seat %(value)s."),
                field="seats",
                value=lost,
                remedy=_("Keep the seats that somebody has."),
            )
        for name, value in told.items():
            setattr(known, name, value)
        known.changed_at, known.version = acting.now, known.version + 1
        known.save()
        tell(acting, known, list(booked.exclude(state=Standing.LEFT)), code="occasions_changed")
        move_up(acting, known)
    return known


@act("occasions.cancel", may=may_by_role)
def cancel(acting: Acting, *, occasion_id: UUID, cause: str, reason: str, reason_en: str) -> int:
    """Call an occasion off, for the weather or for another cause; return how many were told. It stays, marked so.

    Raises ``Conflict`` where somebody has come already, or it is over.
    """
    occasion = locked_occasion(occasion_id)
    led_holder(acting.actor, acting.act, kind=occasion.kind, subject=occasion.subject)
    if occasion.cancelled_at is not None:
        raise DoneBefore(0)
    if cause not in CAUSES:
        raise InvalidInput(
            _("%(value)s cannot be chosen here."),
            field="cause",
            value=cause[:40],
            remedy=_("Choose one of those that are offered."),
        )
    booked = list(Booking.objects.filter(occasion=occasion).exclude(state=Standing.LEFT))
    if occasion.ends_at <= acting.now or any(one.in_at for one in booked):
        raise Conflict(_("This is under way or over."), field="occasion_id", remedy=_("Tell those who are there."))
    occasion.cause, occasion.cancelled_at, occasion.changed_at = cause, acting.now, acting.now
    occasion.reason = clean_line(reason, field="reason", most=TITLE_MAX, wanted=True)
    occasion.reason_en = clean_line(reason_en, field="reason_en", most=TITLE_MAX, wanted=True)
    occasion.version += 1
    occasion.save()
    tell(acting, occasion, booked, code="occasions_cancelled", reason=occasion.reason)
    record_occasion(acting, occasion)
    return len(booked)


def locked_occasion(occasion_id: UUID) -> Occasion:
    """Return an occasion, locked. Raises ``NotFound``, also where the actor may not lock it."""
    occasion = Occasion.objects.select_for_update().filter(id=occasion_id).first()
    if occasion is None:
        raise no_occasion(occasion_id)
    return occasion


def no_occasion(occasion_id: UUID) -> NotFound:
    """The error for an occasion that there is not."""
    return NotFound(
        _("There is no such occasion."),
        field="occasion_id",
        value=str(occasion_id),
        remedy=_("Choose one of the list of what happens."),
    )


def _check(acting: Acting, *, kind: str, told: dict[str, Any]) -> None:
    starts_at, ends_at, opens_at = told["starts_at"], told["ends_at"], told["opens_at"]
    if not acting.now < starts_at <= acting.now + AHEAD_MAX:
        raise InvalidInput(
            _("It begins within a year from now."), field="starts_at", value=starts_at.isoformat(),
            remedy=_("Choose another day."),
        )  # fmt: skip
    if not starts_at < ends_at <= starts_at + LASTS_MAX:
        raise InvalidInput(
            _("It ends after it begins, within 24 hours."), field="ends_at", value=ends_at.isoformat(),
            remedy=_("Choose another time."),
        )  # fmt: skip
    if opens_at is not None and not starts_at - AHEAD_MAX <= opens_at < starts_at:
        raise InvalidInput(
            _("Places are given away within the year before it begins."), field="opens_at", value=opens_at.isoformat(),
            remedy=_("Choose a moment before it begins, or leave it out."),
        )  # fmt: skip
    if not 1 <= told["places"] <= PLACES_MAX:
        raise InvalidInput(
            _("There are from 1 to %(most)s places."),
            field="places",
            value=told["places"],
            most=PLACES_MAX,
            remedy=_("Give a number between them."),
        )
    if not 0 <= told["price_fen"] <= PRICE_MAX:
        raise InvalidInput(
            _("This is no price."),
            field="price_fen",
            value=told["price_fen"],
            remedy=_("Give it in fen, or 0 where it is free."),
        )
    checked_seats(told["seats"], places=told["places"])
    known = kind_called(kind).tags or {}
    for tag in told["tags"][:TAGS_MAX]:
        if tag not in known:
            raise InvalidInput(
                _("%(value)s cannot be chosen here."),
                field="tags",
                value=tag[:40],
                remedy=_("Choose one of those that are offered."),
            )
