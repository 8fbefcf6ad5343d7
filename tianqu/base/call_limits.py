"""How often one address may call the doors of open data, per worker process and minute."""

from __future__ import annotations

from collections.abc import Mapping

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from tianqu.base.counting import CountStorage
from tianqu.base.errors import TooMany, _
from tianqu.base.network import counted_address

_limiter = FixedWindowRateLimiter(CountStorage())


def count_call(headers: Mapping[str, str], *, proxies: int, most: int) -> None:
    """Count one call from where ``headers`` (the WSGI environment) say. Raises ``TooMany`` beyond ``most`` a minute.

    The doors count together, so that who reads one through all of them is one caller.
    """
    if not _limiter.hit(RateLimitItemPerMinute(most, namespace="open data"), counted_address(headers, proxies=proxies)):
        raise TooMany(
            _("More than %(value)s calls in one minute."), value=most, remedy=_("Wait a minute and try again.")
        )
