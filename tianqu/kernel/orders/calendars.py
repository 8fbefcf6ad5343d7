"""The realm's working calendar as it is published: every version is kept, the newest counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection
from procrastinate.contrib.django import app

from tianqu.base.calendars import calendar_from
from tianqu.base.canonical import plain
from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.working_time import parse_hours
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.orders.catalogue import dated, forget_catalogue
from tianqu.kernel.orders.models import Calendar
from tianqu.kernel.places.api import require_realm

OVERRIDES_MAX = 5_000


def _may_publish(acting: Acting, /, **arguments: Any) -> None:
    require_realm(acting.actor, "calendars.publish")


@act("calendars.publish", may=_may_publish)
def publish_calendar(acting: Acting, *, content: Mapping[str, Any], recount: tuple[date, date] | None = None) -> str:
    """Publish the calendar that ``content`` (as in calendar.toml) describes; return its digest.

    Publishing what has not changed adds no version. Clocks that run keep the due time they were given, unless
    ``recount`` names the first and the last day over which the worker is to count them anew.
    """
    calendar = calendar_from(dated(content))
    newest = Calendar.objects.order_by("-id").first()
    if newest is None or newest.digest != calendar.digest:
        newest = Calendar.objects.create(
            code=calendar.code, content=plain(content), digest=calendar.digest, published_at=acting.now
        )
    acting.record(f"calendar:{calendar.code}", after={"content": content, "digest": calendar.digest})
    if recount is not None:
        _defer_recount(recount[0], last=recount[1])
    forget_catalogue()
    return newest.digest


@act("calendars.override", may=_may_publish)
def override_day(acting: Acting, *, day: date, hours: list[str], reason: str, recount: bool = False) -> str:
    """Decide about one day: other hours (``["08:30-12:00"]``; none: closed), and why. Return the new digest.

    With ``recount`` the worker counts the clocks anew that run over that day; else they keep their due time.
    """
    newest = _lockedcalendar_in_force()
    content = overridden(newest.content, day=day, hours=hours, reason=reason)
    return _publish_next(acting, content, day=day, recount=recount)


@act("calendars.withdraw_override", may=_may_publish)
def withdraw_override(acting: Acting, *, day: date, recount: bool = False) -> str:
    """Take back what was decided about a day that has not begun. Return the new digest.

    Raises ``NotFound`` if nothing was decided about it and ``Conflict`` if it has begun: what held is not rewritten.
    """
    newest = _lockedcalendar_in_force()
    if day <= acting.today:
        raise Conflict(_("%(value)s has begun; what held on it is not rewritten."), field="day", value=day.isoformat())
    content: dict[str, Any] = dict(newest.content)
    kept = [override for override in content.get("overrides", []) if override["date"] != day.isoformat()]
    if len(kept) == len(content.get("overrides", [])):
        raise NotFound(_("Nothing was decided about %(value)s."), field="day", value=day.isoformat())
    return _publish_next(acting, content | {"overrides": kept}, day=day, recount=recount)


def overridden(content: Mapping[str, Any], *, day: date, hours: list[str], reason: str) -> dict[str, Any]:
    """The content of a calendar with one day decided. Raises ``InvalidInput`` for hours that are none."""
    if not reason.strip():
        raise InvalidInput(_("An override needs its reason."), field="reason", remedy=_("Say why."))
    parse_hours(hours)
    kept = [override for override in content.get("overrides", []) if override["date"] != day.isoformat()]
    if len(kept) >= OVERRIDES_MAX:
        raise InvalidInput(_("A calendar has at most %(most)s overrides."), field="day", most=OVERRIDES_MAX)
    return {**content, "overrides": [*kept, {"date": day.isoformat(), "hours": hours, "reason": reason.strip()}]}


def newest_content() -> dict[str, Any]:
    """The content of the calendar in force. Raises ``NotFound`` while none is published."""
    return dict(calendar_in_force().content)


def _lockedcalendar_in_force() -> Calendar:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('orders_calendar'))")
    return calendar_in_force()


def calendar_in_force() -> Calendar:
    """Return the calendar in force. Raises ``NotFound`` while none is published."""
    newest = Calendar.objects.order_by("-id").first()
    if newest is None:
        raise NotFound(_("No working calendar is published."), field="calendar")
    return newest


def _publish_next(acting: Acting, content: Mapping[str, Any], *, day: date, recount: bool) -> str:
    calendar = calendar_from(dated(content))
    Calendar.objects.create(code=calendar.code, content=content, digest=calendar.digest, published_at=acting.now)
    acting.record(f"calendar:{calendar.code}", after={"content": content, "digest": calendar.digest})
    if recount:
        _defer_recount(day, last=day)
    forget_catalogue()
    return calendar.digest


def _defer_recount(first: date, *, last: date) -> None:
    app.configure_task("orders.recount_days").defer(first=first.isoformat(), last=last.isoformat())
