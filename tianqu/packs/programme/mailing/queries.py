"""Which editions are still to be mailed."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from tianqu.kernel.releases.api import Edition
from tianqu.packs.programme.models import Mailed

AT_ONCE_MAX: Final = 50


def editions_to_mail(now: datetime) -> list[UUID]:
    """The public editions that were not mailed yet, the oldest first. One statement."""
    found = Edition.objects.filter(public_at__lte=now).exclude(id__in=Mailed.objects.values("edition_id"))
    return list(found.order_by("public_at", "id").values_list("id", flat=True)[:AT_ONCE_MAX])
