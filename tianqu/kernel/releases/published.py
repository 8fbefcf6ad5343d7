"""Reading what is public: releases whose time has come, their editions and papers. Nothing else leaves here.

Before its time a release, or another edition of it, is as if it were not there: the same answer, the same counts, the
same bytes. So nothing is told of a release but what its newest public edition says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.releases.models import Edition, Release
from tianqu.kernel.releases.writing import no_release

LIST_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class PublicRelease:
    """A release in a list: its newest public edition, that edition's titles, and since when each is public."""

    release: Release
    edition: int
    title: str
    title_en: str
    corrected_at: datetime

    @property
    def mark(self) -> str:
        """What ``after`` asks for what is older."""
        assert self.release.public_at is not None, "a release in a list is public"
        return f"{self.release.public_at.isoformat()}|{self.release.id}"


def public_releases(actor: Actor, *, after: str = "", limit: int = 50) -> list[PublicRelease]:
    """The releases that are public, the newest first, those behind the mark ``after``. Two statements.

    Raises ``InvalidInput`` for a mark that is none.
    """
    set_scope(actor.scope)
    found = Release.objects.filter(public_at__lte=timezone.now())
    if after:
        moment, release_id = mark_told(after)
        found = found.filter(Q(public_at__lt=moment) | Q(public_at=moment, id__lt=release_id))
    return _listed(list(found.order_by("-public_at", "-id")[: min(limit, LIST_MAX)]))


def public_releases_called(codes: Iterable[str]) -> dict[str, PublicRelease]:
    """Those of some releases that are public, by their codes. Two statements."""
    found = Release.objects.filter(code__in=list(codes), public_at__lte=timezone.now())
    return {each.release.code: each for each in _listed(list(found))}


def _listed(releases: Sequence[Release]) -> list[PublicRelease]:
    newest = {each.pop("release_id"): each for each in _newest([release.id for release in releases])}
    return [
        PublicRelease(release, told["number"], told["pins__titles"][0], told["pins__titles"][1], told["public_at"])
        for release in releases
        if (told := newest.get(release.id)) is not None
    ]


def public_release(actor: Actor, code: str) -> Release:
    """A public release by its code. Raises ``NotFound``, also for one whose time has not come."""
    set_scope(actor.scope)
    found = Release.objects.filter(code=code, public_at__lte=timezone.now()).first()
    if found is None:
        raise no_release(code)
    return found


def public_editions(release: Release) -> list[Edition]:
    """The editions of a release that are public, the newest first, without what they were made of."""
    return list(_public().filter(release=release).defer("pins").order_by("-number")[:LIST_MAX])


def edition_numbered(release: Release, *, number: int | None = None) -> Edition:
    """A public edition of a release, the newest where no ``number`` is given. Raises ``NotFound``."""
    found = _public().filter(release=release)
    edition = (found.filter(number=number) if number is not None else found.order_by("-number")).first()
    if edition is None:
        raise NotFound(_("There is no such edition."), field="edition", value=number)
    return edition


def _public() -> QuerySet[Edition]:
    return Edition.objects.filter(public_at__lte=timezone.now())


def _newest(ids: list[UUID]) -> Any:
    newest = _public().filter(release_id__in=ids).order_by("release_id", "-number").distinct("release_id")
    return newest.values("release_id", "number", "public_at", "pins__titles")


def mark_told(text: str) -> tuple[datetime, UUID]:
    """The moment and the release of a mark between two pages. Raises ``InvalidInput``."""
    moment, _bar, release_id = text.partition("|")
    try:
        told = datetime.fromisoformat(moment)
        if told.tzinfo is None:
            raise ValueError
        return told, UUID(release_id)
    except ValueError as error:
        raise InvalidInput(
            _("This page cannot be found."), field="after", value=text[:60], remedy=_("Begin at the first page again.")
        ) from error
