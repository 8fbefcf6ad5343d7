"""Errata that are due: releases that quote a figure which prints otherwise by now, told to the office that published.

What is due is read from the tables alone: the pins of a release's newest edition against the newest public values. Each
list is told once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import NotPermitted, _
from tianqu.kernel.figures.api import ShownValue, figures_public_for
from tianqu.kernel.journal.api import SYSTEM, Acting, act, seeing
from tianqu.kernel.notices.api import Notice, queue_notice
from tianqu.kernel.releases.corrections import with_changes
from tianqu.kernel.releases.models import Edition

TEMPLATE = "release_erratum_due"
EDITIONS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ErratumDue:
    """A release whose newest edition says what is not so any more: for each figure what it printed and what it is."""

    edition: Edition
    lines: tuple[str, ...]

    @property
    def key(self) -> str:
        """By what a notice of it is known, so that it goes once."""
        told = hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:32]
        return f"erratum_due:{self.edition.id}:{told}"


def errata_due() -> list[ErratumDue]:
    """The public releases that quote a figure which prints otherwise now, by their codes.

    A release whose newest edition waits for its embargo is left out. So many at once are read by two statements.
    """
    now, due = timezone.now(), list[ErratumDue]()
    after: UUID | None = None
    while newest := _newest_editions(after):
        due += _due_among([edition for edition in newest if edition.public_at <= now])
        after = newest[-1].release_id
    return sorted(due, key=lambda one: one.edition.release.code)


def _newest_editions(after: UUID | None) -> list[Edition]:
    """The newest edition of each public release, public or not, by the identifier of the release."""
    with seeing(SYSTEM.scope):
        public = Edition.objects.filter(release__public_at__lte=timezone.now()).select_related("release")
        further = public if after is None else public.filter(release_id__gt=after)
        return list(further.order_by("release_id", "-number").distinct("release_id")[:EDITIONS_AT_ONCE])


def _due_among(editions: Sequence[Edition]) -> Iterator[ErratumDue]:
    pinned = [(edition, with_changes(edition.pins["figures"])) for edition in editions]
    quoted = {(code, pin["period"]) for _edition, pins in pinned for code, pin in pins.items()}
    with seeing(SYSTEM.scope):
        values = figures_public_for(quoted)
    for edition, pins in pinned:
        lines = [
            f"{code}: {pin['zh']} → {now.zh.whole} ({pin['en']} → {now.en.whole})"
            for code, pin in sorted(pins.items())
            if (now := values.get((code, pin["period"]))) is not None and _otherwise(pin, now)
        ]
        if lines:
            yield ErratumDue(edition, tuple(lines))


def _otherwise(pin: dict[str, str], now: ShownValue) -> bool:
    return (pin["zh"], pin["en"]) != (now.zh.whole, now.en.whole)


def tell_errata() -> int:
    """Tell the offices of releases that an erratum is due; return to how many this was new."""
    due = errata_due()
    with seeing(SYSTEM.scope):
        told = set(Notice.objects.filter(key__in=[one.key for one in due]).values_list("key", flat=True))
    new = [one for one in due if one.key not in told]
    if new:
        note_errata(SYSTEM, due=new)
    return len(new)


def _may_note(acting: Acting, /, **arguments: Any) -> None:
    if not acting.actor.scope.everything:
        raise NotPermitted(_("Only the system notes that errata are due."))


@act("releases.note_errata", may=_may_note)
def note_errata(acting: Acting, *, due: Sequence[ErratumDue]) -> None:
    """Write down that errata are due, with a notice to the press officers of each release's office."""
    for one in due:
        release = one.edition.release
        acting.record(
            f"release:{release.id}", sealed=True,
            after={"code": release.code, "edition": one.edition.number, "erratum_due": list(one.lines)},
        )  # fmt: skip
        queue_notice(
            acting, key=one.key, code=TEMPLATE, unit_id=release.unit_id, subject=f"release_code:{release.code}",
            parameters={"code": release.code, "count": len(one.lines), "lines": "\n".join(one.lines)},
        )  # fmt: skip
