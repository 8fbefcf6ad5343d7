"""How often one caller may call, per worker process and minute. Counted by the library ``limits`` in memory.

A caller is a token, or an address where there is none; a token that is not good counts for its address, so that nobody
can try out many.
"""

from __future__ import annotations

import hashlib
import time
from functools import lru_cache
from math import ceil

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from tianqu.base.counting import CountStorage
from tianqu.base.errors import TooMany, _
from tianqu.base.network import counted_address
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import can

COUNTED = "tianqu.counted"  # set where a request was counted by the straight way already
SIMULATE = "simulate"  # the permission to say when an act happened

_limiter = FixedWindowRateLimiter(CountStorage())
_items: dict[int, RateLimitItemPerMinute] = {}


class TooManyCalls(TooMany):
    """More calls in a minute than the limit; ``retry_after_s`` is when the next minute begins."""

    def __init__(self, most: int, *, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(
            _("More than %(value)s calls in one minute."), value=most,
            remedy=_("Wait %(seconds)s seconds, or ask for many things in one call."), seconds=retry_after_s,
        )  # fmt: skip


def check_token_limit(actor: Actor, secret: str) -> None:
    """Raise ``TooManyCalls`` for a token over its limit.

    A demo's simulation plays a whole day in a minute, and is not counted.
    """
    if settings.TIANQU_DEMO and can(actor, SIMULATE):
        return
    _count(settings.TIANQU_API_TOKEN_PER_MINUTE, _name_of(secret))


def check_address_limit(request: HttpRequest) -> None:
    """Raise ``TooManyCalls`` for an address over the limit of those without a token."""
    address = counted_address(request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT)
    _count(settings.TIANQU_API_STRANGER_PER_MINUTE, address)


def _count(most: int, who: str) -> None:
    item = _items.get(most) or _items.setdefault(most, RateLimitItemPerMinute(most))
    # What FixedWindowRateLimiter.hit does, with the name of the count kept.
    if _limiter.storage.incr(_key_of(item, who), item.get_expiry()) > most:
        reset_at = _limiter.get_window_stats(item, who).reset_time
        raise TooManyCalls(most, retry_after_s=max(1, ceil(reset_at - time.time())))


@lru_cache(maxsize=5_000)
def _name_of(secret: str) -> str:
    """What a token's count is called: the token itself must not stand in a list of counts."""
    return hashlib.sha256(secret.encode()).hexdigest()


@lru_cache(maxsize=20_000)
def _key_of(item: RateLimitItemPerMinute, who: str) -> str:
    return item.key_for(who)
