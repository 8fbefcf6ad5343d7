"""How often one caller may call, per worker process and minute. Counted by the library ``limits`` in memory."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from tianqu.base.errors import TooMany, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import can

SIMULATE = "simulate"  # the permission to say when an act happened

_limiter = FixedWindowRateLimiter(MemoryStorage())
_items: dict[int, RateLimitItemPerMinute] = {}


def check_limit(request: HttpRequest, actor: Actor) -> None:
    """Raise ``TooMany`` for a caller over the limit: by person where one is known, else by address.

    A demo's simulation plays a whole day in a minute, and is not counted.
    """
    if settings.TIANQU_DEMO and actor.person_id is not None and can(actor, SIMULATE):
        return
    if actor.person_id is None:
        most, who = settings.TIANQU_API_STRANGER_PER_MINUTE, request.META.get("REMOTE_ADDR", "")
    else:
        most, who = settings.TIANQU_API_TOKEN_PER_MINUTE, str(actor.person_id)
    item = _items.get(most) or _items.setdefault(most, RateLimitItemPerMinute(most))
    if not _limiter.hit(item, who):
        raise TooMany(
            _("More than %(value)s calls in one minute."), value=most,
            remedy=_("Wait a minute, or ask for many things in one call."),
        )  # fmt: skip
