"""What the worker does: each minute it mails what has become public, each night it deletes what nobody confirmed."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.packs.programme.mailing.acts import drop_unconfirmed, mail_edition
from tianqu.packs.programme.mailing.queries import editions_to_mail


def mail_editions(due: datetime) -> int:
    """Mail the editions whose time has come; safe to run twice. Returns how many mails were queued."""
    with seeing(SYSTEM.scope):
        editions = editions_to_mail(timezone.now())
    return sum(mail_edition(SYSTEM, edition_id=edition_id) for edition_id in editions)


def drop_by_night(due: datetime) -> int:
    """Delete addresses that nobody confirmed."""
    return drop_unconfirmed(SYSTEM)
