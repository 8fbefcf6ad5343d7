"""Checks of the whole log: asked for on a page or by the night, done by the worker, kept with what they found."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from procrastinate.contrib.django import app

from tianqu.base.errors import Conflict, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.actors import SYSTEM
from tianqu.kernel.journal.acts import Acting, act
from tianqu.kernel.journal.checking import Check, check_log
from tianqu.kernel.journal.log import our_key, our_log
from tianqu.kernel.journal.models import CHECK_HOURS_MAX, LogCheck
from tianqu.kernel.journal.permissions import may_by_permission

TASK: Final = "journal.check"
COUNTS: Final = ("entries", "erased", "tiles", "unplaced", "published")


@act("journal.check", may=may_by_permission)
def request_check(acting: Acting) -> UUID:
    """Ask the worker to check the whole log; return the identifier of the check.

    Raises ``Conflict`` while another one is under way.
    """
    under_way = LogCheck.objects.filter(finished_at=None, asked_at__gt=acting.now - CHECK_HOURS_MAX).first()
    if under_way is not None:
        raise Conflict(_("A check is under way already."), remedy=_("Wait until it has ended."))
    check = LogCheck.objects.create(id=new_identifier(), asked_at=acting.now)
    acting.record(f"check:{check.id}", after={"asked_at": acting.now})
    app.configure_task(TASK).defer(check_id=str(check.id))
    return check.id


def _may_note(acting: Acting, /, **arguments: Any) -> None:
    if not acting.actor.scope.everything:
        raise NotPermitted(_("Only the system notes what a check found."))


@act("journal.note_check", may=_may_note)
def note_check(acting: Acting, *, check_id: UUID, found: Check) -> None:
    """Keep what a check found."""
    counts = {name: getattr(found, name) for name in COUNTS}
    after = {**counts, "faults": found.faults, "finished_at": acting.now}
    LogCheck.objects.filter(id=check_id).update(**after)
    acting.record(f"check:{check_id}", after=after)


def run_check(check_id: UUID) -> None:
    """Do a check that was asked for. For the worker; safe to run twice."""
    if LogCheck.objects.filter(id=check_id, finished_at=None).exists():
        note_check(SYSTEM, check_id=check_id, found=check_log(our_log(), our_key().verifier))


def last_checks(limit: int = 10) -> list[LogCheck]:
    """The newest checks, first the newest; one that has not ended has no ``finished_at``."""
    return list(LogCheck.objects.order_by("-asked_at")[:limit])
