"""The realm's working calendar as it is published: every version is kept, the newest counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection

from tianqu.base.calendars import calendar_from
from tianqu.base.canonical import plain
from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.orders.catalogue import dated, forget_catalogue
from tianqu.kernel.orders.models import Calendar
from tianqu.kernel.places.api import require

OVERRIDES_MAX = 5_000


def _may_publish(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, "calendars.publish")


@act("calendars.publish", may=_may_publish)
def publish_calendar(acting: Acting, *, content: Mapping[str, Any]) -> str:
    """Publish the calendar that ``content`` (as in calendar.toml) describes; return its digest.

    Publishing what has not changed adds no version. Clocks that run keep the due time they were given.
    """
    calendar = calendar_from(dated(content))
    newest = Calendar.objects.order_by("-id").first()
    if newest is None or newest.digest != calendar.digest:
        newest = Calendar.objects.create(
            code=calendar.code, content=plain(content), digest=calendar.digest, published_at=acting.now
        )
    acting.record(f"calendar:{calendar.code}", after={"content": content, "digest": calendar.digest})
    forget_catalogue()
    return newest.digest


@act("calendars.override", may=_may_publish)
def override_day(acting: Acting, *, day: date, hours: list[str], reason: str) -> str:
    """Decide about one day: other hours (``["08:30-12:00"]``; none: closed), and why. Return the new digest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('orders_calendar'))")
    newest = Calendar.objects.order_by("-id").first()
    if newest is None:
        raise NotFound(_("No working calendar is published."), field="calendar")
    if not reason.strip():
        raise InvalidInput(_("An override needs its reason."), field="reason")
    content: dict[str, Any] = dict(newest.content)
    kept = [override for override in content.get("overrides", []) if override["date"] != day.isoformat()]
    if len(kept) >= OVERRIDES_MAX:
        raise InvalidInput(_("A calendar has at most %(most)s overrides."), field="day", most=OVERRIDES_MAX)
    content["overrides"] = [*kept, {"date": day.isoformat(), "hours": hours, "reason": reason.strip()}]
    calendar = calendar_from(dated(content))
    Calendar.objects.create(code=calendar.code, content=content, digest=calendar.digest, published_at=acting.now)
    acting.record(f"calendar:{calendar.code}", after={"content": content, "digest": calendar.digest})
    forget_catalogue()
    return calendar.digest
