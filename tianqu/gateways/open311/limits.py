"""How often one client may call, per worker process and minute: by its key, and by its address without a good one."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from tianqu.base.counting import CountStorage
from tianqu.base.errors import TooMany, _
from tianqu.base.network import counted_address

_limiter = FixedWindowRateLimiter(CountStorage())


def check_address_limit(request: HttpRequest) -> None:
    """Raise ``TooMany`` for an address over its limit: it counts what is read, and each key that is not good."""
    address = counted_address(request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT)
    _count(settings.TIANQU_OPEN311_ADDRESS_PER_MINUTE, address)


def check_key_limit(key: str) -> None:
    """Raise ``TooMany`` for a good key over its limit."""
    _count(settings.TIANQU_OPEN311_KEY_PER_MINUTE, hashlib.sha256(key.encode()).hexdigest())


def _count(most: int, who: str) -> None:
    if not _limiter.hit(RateLimitItemPerMinute(most, namespace="open311"), who):
        raise TooMany(
            _("More than %(value)s calls in one minute."), value=most, remedy=_("Wait a minute and try again.")
        )
