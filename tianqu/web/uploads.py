"""How much one visitor may hand in as files: whoever has no post is counted by account, else by address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItemPerHour
from limits.strategies import FixedWindowRateLimiter

from tianqu.base.counting import CountStorage
from tianqu.base.errors import TooMany, _
from tianqu.base.network import counted_address
from tianqu.kernel.journal.api import Actor

MEGABYTE: Final = 1024**2
_limiter = FixedWindowRateLimiter(CountStorage())


def check_uploads(request: HttpRequest, actor: Actor, files: Sequence[Any]) -> None:
    """Raise ``TooMany`` for more megabytes of files in an hour than one visitor may hand in.

    Each worker process counts for itself. What a post hands in is its work, and not counted.
    """
    most = settings.TIANQU_UPLOAD_MB_AN_HOUR
    if not files or not most or actor.post_id is not None:
        return
    who = str(actor.person_id or counted_address(request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT))
    megabytes = sum(1 + (file.size or 0) // MEGABYTE for file in files)
    if not _limiter.hit(RateLimitItemPerHour(most, namespace="uploads"), who, cost=megabytes):
        raise TooMany(
            _("You have sent more than %(limit)s megabytes of files in a short time."), field="file", limit=most,
            remedy=_("Send your request without files, or wait an hour."),
        )  # fmt: skip
