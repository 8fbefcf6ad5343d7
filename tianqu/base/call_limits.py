"""How often one address may call what needs no account, per worker process and minute."""

from __future__ import annotations

from collections.abc import Mapping

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from tianqu.base.counting import CountStorage
from tianqu.base.errors import TooMany, _
from tianqu.base.network import counted_address

_limiter = FixedWindowRateLimiter(CountStorage())


def count_call(headers: Mapping[str, str], *, proxies: int, most: int, of: str = "open data") -> None:
    """Count one call from where ``headers`` (the WSGI environment) say. Raises ``TooMany`` beyond ``most`` a minute.

    Calls of one kind (``of``) count together: who reads open data through all of its doors is one caller.
    """
    if not _limiter.hit(RateLimitItemPerMinute(most, namespace=of), counted_address(headers, proxies=proxies)):
        raise TooMany(
            _("More than %(value)s calls in one minute."), value=most, remedy=_("Wait a minute and try again.")
        )
