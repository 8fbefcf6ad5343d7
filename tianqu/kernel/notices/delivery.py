"""The worker's part: laying out deliveries, sending them, trying again, giving up.

No transaction is open while something is being sent: a worker claims rows for some minutes, sends, and settles what
came of it. A crash in between leaves the claim to run out, and the notice goes again with the same Message-ID, by
which mail programs know it for the same.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, Acting, act, seeing
from tianqu.kernel.notices.models import Address, Channel, Delivery, Notice, Preference
from tianqu.kernel.notices.sending import Letter, SendingFailed, send
from tianqu.kernel.notices.templates import template_called, words_of
from tianqu.kernel.places.api import Person, require

logger = logging.getLogger("tianqu.notices")

ATTEMPTS_MAX = 8  # over about two hours
CLAIM = timedelta(minutes=10)
BATCH_MAX = 50  # claimed at once: with 10 s a sending at most, all are settled before the claim runs out
BACK_OFF_FIRST = timedelta(minutes=1)  # doubled each time
SPREAD_MAX = 500


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run of the worker did."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0


def deliver_due(*, limit: int = 200, now: datetime | None = None) -> Delivered:
    """Send what is due, at most ``limit`` deliveries. Any number of workers may run it at once."""
    total = Delivered()
    with seeing(SYSTEM.scope):
        while Notice.objects.filter(spread_at=None, due_at__lte=now or timezone.now()).exists():
            if not _spread(SYSTEM, until=now or timezone.now()):
                break
        while limit > 0:
            due = _due(now or timezone.now())
            if not due.exists():
                break
            claimed = _claim(SYSTEM, count=min(limit, BATCH_MAX), until=now or timezone.now())
            if not claimed:
                break
            limit -= len(claimed)
            outcomes = {delivery.pk: _sent(delivery) for delivery in claimed}
            done = _settle(SYSTEM, outcomes=outcomes, until=now or timezone.now())
            total = Delivered(total.sent + done.sent, total.failed + done.failed, total.given_up + done.given_up)
    return total


def _may_deliver(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, "notices.deliver")


@act("notices.spread", may=_may_deliver)
def _spread(acting: Acting, *, until: datetime) -> int:
    """Lay out by which channels each new notice goes. Returns how many notices were new."""
    notices = list(
        Notice.objects.select_for_update(skip_locked=True)
        .filter(spread_at=None, due_at__lte=until)
        .order_by("due_at", "id")[:SPREAD_MAX]
    )
    ways = _Ways(notices)
    deliveries = [
        Delivery(notice=notice, channel=channel, address=address, due_at=notice.due_at)
        for notice in notices
        for channel, address in ways.of(notice)
    ]
    Delivery.objects.bulk_create(deliveries, batch_size=500, ignore_conflicts=True)
    Notice.objects.filter(id__in=[notice.id for notice in notices]).update(spread_at=acting.now)
    acting.record("notices", after={"spread": len(notices), "deliveries": len(deliveries)})
    return len(notices)


class _Ways:
    """By which channels some notices go: looked up for all of them at once."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        persons = {notice.person_id for notice in notices if notice.person_id is not None}
        units = {notice.unit_id for notice in notices if notice.unit_id is not None}
        rows = Address.objects.filter(Q(person_id__in=persons) | Q(unit_id__in=units))
        self.addresses = {(row.person_id or row.unit_id, row.channel): row.address for row in rows}
        chosen = Preference.objects.filter(person_id__in=persons)
        self.wanted: dict[tuple[UUID | None, str, str], bool] = {
            (row.person_id, row.code, row.channel): row.wanted for row in chosen
        }
        people = Person.objects.filter(id__in=persons, erased_at=None).exclude(email="")
        self.mail = dict(people.values_list("id", "email"))

    def of(self, notice: Notice) -> list[tuple[str, str]]:
        """The channels and addresses of one notice. A bare address gets mail; it asked for it by giving it."""
        if notice.address:
            return [(Channel.MAIL, notice.address)]
        owner = notice.person_id or notice.unit_id
        ways = []
        for channel in Channel.values:
            address = self.addresses.get((owner, channel), "")
            if not address and channel == Channel.MAIL and notice.person_id is not None:
                address = self.mail.get(notice.person_id, "")
            if address and self._wants(notice, channel):
                ways.append((channel, address))
        return ways

    def _wants(self, notice: Notice, channel: str) -> bool:
        person_id = notice.person_id
        for code in (notice.code, "*") if person_id is not None else ():
            wanted = self.wanted.get((person_id, code, channel))
            if wanted is not None:
                return wanted
        return channel != Channel.MAIL or template_called(notice.code).mail


def _due(until: datetime) -> Any:
    free = Q(claimed_until=None) | Q(claimed_until__lte=until)
    return Delivery.objects.filter(free, sent_at=None, given_up_at=None, due_at__lte=until)


@act("notices.claim", may=_may_deliver)
def _claim(acting: Acting, *, count: int, until: datetime) -> list[Delivery]:
    """Take some deliveries for this worker; others skip them until the claim runs out."""
    claimed = list(_due(until).select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "id")[:count])
    for delivery in claimed:
        delivery.attempts += 1
        delivery.claimed_until = until + CLAIM
    Delivery.objects.bulk_update(claimed, ["attempts", "claimed_until"])
    acting.record("notices", after={"claimed": [delivery.pk for delivery in claimed]})
    return claimed


def _sent(delivery: Delivery) -> str:
    """Send one delivery. Returns an empty text, or what kind of failure it was."""
    notice = Notice.objects.get(id=delivery.notice_id)
    if notice.erased_at is not None or not delivery.address:
        return "erased"
    language = notice.language or _language_of(notice.person_id)
    words = words_of(code=notice.code, parameters=notice.parameters, subject=notice.subject, language=language)
    try:
        send(
            Letter(
                channel=delivery.channel, address=delivery.address, identifier=str(notice.id), words=words,
                language=language, stop=_stop_of(notice),
            )
        )  # fmt: skip
    except SendingFailed as error:
        logger.warning("delivery %s by %s failed: %s", delivery.pk, delivery.channel, error)
        return str(error)
    return ""


def _stop_of(notice: Notice) -> str:
    """The address at which the reader ends such mails, "" where there is none."""
    name = template_called(notice.code).stop
    return str(notice.parameters[name]) if name else ""


def _language_of(person_id: UUID | None) -> str:
    if person_id is None:
        return ""
    return Person.objects.filter(id=person_id).values_list("language", flat=True).first() or ""


@act("notices.settle", may=_may_deliver)
def _settle(acting: Acting, *, outcomes: dict[int, str], until: datetime) -> Delivered:
    """Write down what came of the claimed deliveries, and when to try again."""
    deliveries = list(Delivery.objects.select_for_update().filter(id__in=outcomes).order_by("id"))
    counts = {"sent": 0, "failed": 0, "given_up": 0}
    for delivery in deliveries:
        counts[_settled(delivery, error=outcomes[delivery.pk], now=until)] += 1
    fields = ["claimed_until", "error", "sent_at", "given_up_at", "due_at", "address"]
    Delivery.objects.bulk_update(deliveries, fields)
    finished = [delivery.notice_id for delivery in deliveries if not delivery.address]
    Notice.objects.filter(id__in=finished).exclude(address="").update(address="")
    acting.record("notices", after=counts | {"deliveries": sorted(outcomes)})
    return Delivered(**counts)


def _settled(delivery: Delivery, *, error: str, now: datetime) -> str:
    delivery.claimed_until, delivery.error = None, error
    if not error:
        delivery.sent_at, delivery.address = now, ""
        return "sent"
    if error == "erased" or delivery.attempts >= ATTEMPTS_MAX:
        delivery.given_up_at, delivery.address = now, ""
        return "given_up"
    delivery.due_at = now + BACK_OFF_FIRST * 2 ** (delivery.attempts - 1)
    return "failed"
