"""The daily reminder: who has not filed is told before the day, on it, and each week after it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.packs.returns.acts import remind_units
from tianqu.packs.returns.queries import due_for_reminder

DAYS_LEFT: Final = (3, 1, 0, -7, -14, -21, -28)


def remind_by_day(due: datetime) -> int:
    """Remind the units of every campaign that is due in these days; safe to run twice on a day."""
    today = timezone.localdate(due)
    with seeing(SYSTEM.scope):
        campaigns = due_for_reminder(days=DAYS_LEFT, today=today)
    return sum(remind_units(SYSTEM, campaign_id=campaign_id) for campaign_id in campaigns)
