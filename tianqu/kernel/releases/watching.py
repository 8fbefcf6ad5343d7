"""Telling a pack what becomes of signatures, within the act and its transaction: it may keep an order of each.

This room knows no orders. Whoever watches says until when a unit has, and is told who was asked, who answered, and that
a text was revised, so that nobody signs it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tianqu.kernel.journal.api import Acting
from tianqu.kernel.releases.models import Release, Signature


class SigningWatcher(Protocol):
    """What a pack does beside the acts of signing. It raises what the act is to raise."""

    def due(self, asked_at: datetime) -> datetime | None:
        """Until when a unit has that is asked now, None for no opinion."""

    def asked(
        self, acting: Acting, release: Release, signatures: Sequence[Signature], *, due_at: datetime | None
    ) -> None:
        """Units were asked; ``due_at`` is the moment that the office chose, None where it chose none."""

    def answered(self, acting: Acting, release: Release, signature: Signature) -> None:
        """A unit signed or refused."""

    def revised(self, acting: Acting, release: Release) -> None:
        """The text is another one: what units were asked about the one before is over."""


_watchers: list[SigningWatcher] = []


def watch_signing(watcher: SigningWatcher) -> None:
    """Be told of signatures; called once, at start-up."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def watchers() -> tuple[SigningWatcher, ...]:
    """Everybody who watches."""
    return tuple(_watchers)
