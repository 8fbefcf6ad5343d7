"""Reading what is public: releases whose time has come, their editions and papers. Nothing else leaves here.

Before its time a release is as if it were not there: the same answer, the same counts, the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.releases.models import Edition, Release, Revision, State
from tianqu.kernel.releases.writing import no_release

LIST_MAX: Final = 200


def public_releases(actor: Actor, *, before: datetime | None = None, limit: int = 50) -> list[Release]:
    """The releases that are public, the newest first."""
    set_scope(actor.scope)
    found = Release.objects.filter(public_at__lte=timezone.now()).exclude(state=State.WITHDRAWN)
    if before is not None:
        found = found.filter(public_at__lt=before)
    return list(found.select_related("conference").order_by("-public_at", "-id")[: min(limit, LIST_MAX)])


def public_release(actor: Actor, code: str) -> Release:
    """A public release by its code. Raises ``NotFound``, also for one whose time has not come."""
    set_scope(actor.scope)
    found = Release.objects.filter(code=code, public_at__lte=timezone.now()).select_related("conference").first()
    if found is None:
        raise no_release(code)
    return found


def public_editions(release: Release) -> list[Edition]:
    """The editions of a release that are public, the newest first."""
    return list(Edition.objects.filter(release=release, public_at__lte=timezone.now()).order_by("-number")[:LIST_MAX])


def edition_numbered(release: Release, *, number: int | None = None) -> Edition:
    """A public edition of a release, the newest where no ``number`` is given. Raises ``NotFound``."""
    for edition in public_editions(release):
        if number is None or edition.number == number:
            return edition
    raise NotFound(_("There is no such edition."), field="edition", value=number)


def release_titles(releases: Sequence[Release]) -> dict[UUID, tuple[str, str]]:
    """The title of each release in Chinese and English, as its newest public edition has it. Two statements."""
    ids = [release.id for release in releases]
    editions = Edition.objects.filter(release_id__in=ids, public_at__lte=timezone.now()).order_by(
        "release_id", "-number"
    )
    newest = {each.release_id: each.revision for each in editions.distinct("release_id").only("release_id", "revision")}
    texts = Revision.objects.filter(release_id__in=ids)
    return {
        each.release_id: (_title(each.text), _title(each.text_en))
        for each in texts
        if newest.get(each.release_id) == each.number
    }


def _title(text: str) -> str:
    """The first heading, which a published text has."""
    return next((line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("# ")), "")
