"""How often one visitor may have something computed, per worker process."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from tianqu.base.counting import CountStorage
from tianqu.base.errors import TooMany, _
from tianqu.base.network import counted_address

COMPUTED_PER_MINUTE: Final = 10

_limiter = FixedWindowRateLimiter(CountStorage())


def check_computing_limit(request: HttpRequest) -> None:
    """Raise ``TooMany`` for an address that has had too much computed in this minute."""
    who = counted_address(request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT)
    if not _limiter.hit(RateLimitItemPerMinute(COMPUTED_PER_MINUTE, namespace="figures"), who):
        raise TooMany(
            _("More than %(value)s computations in one minute."), value=COMPUTED_PER_MINUTE,
            remedy=_("Wait a minute and try again."),
        )  # fmt: skip
