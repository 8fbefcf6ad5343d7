"""Releases for those who work on them: the office that writes, the units that sign."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Exists, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Left
from django.utils import timezone

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.places.api import can, require
from tianqu.kernel.releases.models import Reading, Release, Revision, Signature, Signing, State
from tianqu.kernel.releases.published import mark_told
from tianqu.kernel.releases.writing import no_release

LIST_MAX: Final = 200
REVISIONS_MAX: Final = 500
HEAD: Final = 400  # characters in which the title stands
TITLE: Final = re.compile(r"^#[ \t]+(.+?)[ \t]*$", re.MULTILINE)
TITLE_SQL: Final = r"(?n)^#[ \t]+([^\n]+)"  # the same to PostgreSQL
STANDINGS: Final = ("draft", "signing", "signed", "refused", "embargo", "public")


@dataclass(frozen=True, slots=True)
class ReleaseInHand:
    """A release as those who work on it see it: its titles, and what the units said to its newest revision.

    ``standing`` is one of ``STANDINGS``. A unit sees its own signature alone.
    """

    release: Release
    title: str
    title_en: str
    signatures: tuple[Signature, ...]
    writes: bool  # whether the reader's office writes it

    @property
    def standing(self) -> str:
        """Where it stands, in a word."""
        return standing_of(self.release, self.signatures)

    @property
    def missing(self) -> tuple[Signature, ...]:
        """The signatures that are still to come."""
        return tuple(each for each in self.signatures if each.state == Signing.ASKED)

    @property
    def mark(self) -> str:
        """What ``after`` asks for what was changed earlier."""
        return f"{self.release.changed_at.isoformat()}|{self.release.id}"


def standing_of(release: Release, signatures: Iterable[Signature]) -> str:
    """One of ``STANDINGS``: a release whose next edition is being written is a draft again."""
    if release.state == State.SIGNING:
        said = {each.state for each in signatures}
        if Signing.REFUSED in said:
            return "refused"
        return "signing" if Signing.ASKED in said else "signed"
    if release.state == State.EDITION:
        return "public" if release.public_at and release.public_at <= timezone.now() else "embargo"
    return "draft"


def releases_in_hand(
    actor: Actor, *, text: str = "", standing: str = "", after: str = "", limit: int = 50
) -> list[ReleaseInHand]:
    """The releases that the actor works on, the last changed first, those behind the mark ``after``.

    Three statements. Raises ``NotPermitted`` and ``InvalidInput``.
    """
    require(actor, "releases.read_early")
    found = _in_hand(actor)
    if text:
        found = found.filter(_says(actor, text[:100]))
    if standing:
        found = _standing(found, standing)
    if after:
        moment, release_id = mark_told(after)
        found = found.filter(Q(changed_at__lt=moment) | Q(changed_at=moment, id__lt=release_id))
    return _told(actor, list(found.order_by("-changed_at", "-id")[: min(limit, LIST_MAX)]))


def release_in_hand(actor: Actor, code: str) -> ReleaseInHand:
    """One release that the actor works on. Raises ``NotPermitted`` and ``NotFound``."""
    require(actor, "releases.read_early")
    found = _in_hand(actor).filter(code=code).first()
    if found is None:
        raise no_release(code)
    return _told(actor, [found])[0]


def written_release(actor: Actor, code: str) -> ReleaseInHand:
    """One release that the actor's office writes. Raises ``NotPermitted`` and ``NotFound``."""
    found = release_in_hand(actor, code)
    require(actor, "releases.revise", found.release)
    return found


def revisions_of(release: Release) -> list[Revision]:
    """The revisions within the connection's sight, the newest first, without their texts."""
    return list(release.revisions.defer("text", "text_en").order_by("-number")[:REVISIONS_MAX])


def readings_of(release: Release) -> list[Reading]:
    """Who read a release before it was public, the last first, within the connection's sight."""
    return list(release.readings.order_by("-at")[:LIST_MAX])


def _in_hand(actor: Actor) -> QuerySet[Release]:
    set_scope(actor.scope)
    units = list(actor.scope.unit_ids)
    named = Q(asked_units__overlap=units) | Q(reader_units__overlap=units)
    return Release.objects.filter(_own(actor) | named)


def _own(actor: Actor) -> Q:
    """The releases of the actor's offices and places."""
    if actor.scope.everything:
        return Q(pk__isnull=False)
    mine = Q(unit_id__in=list(actor.scope.unit_ids))
    for path in actor.scope.place_paths:
        mine |= Q(place_path__under=path)
    return mine


def _says(actor: Actor, text: str) -> Q:
    """Releases with these words in their code or title, or for who writes them in their text.

    Whoever signs or reads early reads a text on its page, where it is noted; a search would tell of it without.
    """
    said = Revision.objects.filter(release=OuterRef("pk"), number=OuterRef("revision"))
    title = said.annotate(
        head=Func(Left("text", HEAD), Value(TITLE_SQL), function="substring"),
        head_en=Func(Left("text_en", HEAD), Value(TITLE_SQL), function="substring"),
    ).filter(Q(head__icontains=text) | Q(head_en__icontains=text))  # fmt: skip
    words = Exists(said.filter(Q(text__icontains=text) | Q(text_en__icontains=text)))
    return Q(code__icontains=text) | Exists(title) | (_own(actor) & words)


def _standing(found: QuerySet[Release], standing: str) -> QuerySet[Release]:
    now = timezone.now()
    if standing not in STANDINGS:
        raise InvalidInput(
            _("%(value)s is not possible here."), field="standing", value=standing[:40],
            remedy=_("Possible: %(allowed)s."), allowed=", ".join(STANDINGS),
        )  # fmt: skip
    if standing in ("embargo", "public"):
        later = Q(public_at__gt=now)
        return found.filter(state=State.EDITION).filter(later if standing == "embargo" else ~later)
    if standing == "draft":
        return found.filter(state=State.DRAFT)
    newest = Signature.objects.filter(release=OuterRef("pk"), revision=OuterRef("revision"))
    refused, asked = (Exists(newest.filter(state=state)) for state in (Signing.REFUSED, Signing.ASKED))
    found = found.filter(state=State.SIGNING)
    if standing == "refused":
        return found.filter(refused)
    return found.filter(~refused, asked if standing == "signing" else ~asked)


def _told(actor: Actor, releases: list[Release]) -> list[ReleaseInHand]:
    newest = Q()
    for release in releases:
        newest |= Q(release_id=release.id, number=release.revision)
    titles: dict[UUID, tuple[str, str]] = {}
    signed: dict[UUID, list[Signature]] = defaultdict(list)
    if releases:
        heads = Revision.objects.filter(newest).annotate(head=Left("text", HEAD), head_en=Left("text_en", HEAD))
        for release_id, head, head_en in heads.values_list("release_id", "head", "head_en"):
            titles[release_id] = (_title(head), _title(head_en))
        revisions = {release.id: release.revision for release in releases}
        for signature in Signature.objects.filter(release_id__in=list(revisions)).order_by("asked_at", "unit_id"):
            if signature.revision == revisions[signature.release_id]:
                signed[signature.release_id].append(signature)
    return [
        ReleaseInHand(
            release, *titles.get(release.id, ("", "")), tuple(signed[release.id]),
            can(actor, "releases.revise", release),
        )
        for release in releases
    ]  # fmt: skip


def _title(head: str) -> str:
    found = TITLE.search(head)
    return found[1] if found else ""
