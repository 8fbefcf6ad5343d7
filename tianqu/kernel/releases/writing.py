"""The acts of writing a release: begin it, revise its text, and read it before it is public.

A text may be kept with faults; they are told each time, and only a text without any goes to its units.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Acting, Actor, Refusals, act, lawful_by, refused_by
from tianqu.kernel.places.api import require, unit_with
from tianqu.kernel.releases.conflicts import check_explanations, explained_in
from tianqu.kernel.releases.models import Reading, Release, Revision, State
from tianqu.kernel.releases.prose.checking import check_allowances, read_prose
from tianqu.kernel.releases.prose.digits import Allowances
from tianqu.kernel.releases.prose.document import At, Document, Language
from tianqu.kernel.releases.prose.findings import Finding, Kind, ProseFaults
from tianqu.kernel.releases.prose.resolved import ResolvedDocument
from tianqu.kernel.releases.prose.resolving import Quotable, differing_figures, resolve
from tianqu.kernel.releases.quoting import quotable
from tianqu.kernel.releases.watching import watchers

CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{2,79}\Z")
TEXT_MAX: Final = 200_000
NAME_MAX: Final = 200
READERS_MAX: Final = 50
EVER: Final = datetime.max.replace(tzinfo=UTC)  # a moment at which no embargo is left: while a text is written
_REFUSALS: Final[Refusals] = {
    "releases_release_code_key": (
        Conflict, "code", _("Another release has this code."), _("Choose another code; it is part of its address."),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proof:
    """A text in both languages as it was proof-read: trees, and the faults in each language."""

    document: Document
    document_en: Document
    findings: tuple[Finding, ...]
    findings_en: tuple[Finding, ...]
    pins: Mapping[str, Any]  # by which the figures are found again
    cases: Mapping[str, Any]  # what was public of the orders that it tells of
    quotable: Quotable  # the figures as they are printed
    explained: frozenset[str]  # the relations that both languages explain

    @property
    def sound(self) -> bool:
        """Whether it can go to its units."""
        return not self.findings and not self.findings_en

    def resolved(self, language: Language) -> ResolvedDocument:
        """The text with its figures in their places. Raises ``ProseFaults`` where one has no place."""
        return resolve(self.document if language is Language.ZH else self.document_en, self.quotable)


def may_write(acting: Acting, /, **arguments: Any) -> None:
    """Whoever writes releases does it for an office within reach."""
    require(acting.actor, acting.act)


@act("releases.draft", may=may_write)
def draft_release(
    acting: Acting,
    *,
    code: str,
    unit_id: UUID,
    issuer: str,
    issuer_en: str,
    periods: Sequence[str],
    names: Sequence[str] = (),
) -> UUID:
    """Begin a release, without a text yet; return its identifier.

    ``periods`` and ``names`` may stand in it though they hold digits. Raises ``InvalidInput`` and ``Conflict``.
    """
    if not CODE.match(code):
        raise InvalidInput(
            _("“%(value)s” cannot be the code of a release."), field="code", value=code[:80],
            remedy=_("Use 3 to 80 small letters, digits and hyphens, such as 2021-02-trade."),
        )  # fmt: skip
    for field, text in (("issuer", issuer), ("issuer_en", issuer_en)):
        if not 1 <= len(text.strip()) <= NAME_MAX:
            raise InvalidInput(_("Give 1 to %(most)s characters."), field=field, most=NAME_MAX)
    check_allowances(Allowances(frozenset(periods), tuple(names)))
    unit = unit_with(unit_id)
    release = Release(
        code=code, unit_id=unit.id, place_path=unit.place.path, issuer=issuer.strip(), issuer_en=issuer_en.strip(),
        periods=sorted(set(periods)), names=list(names), state=State.DRAFT, created_at=acting.now,
        changed_at=acting.now,
    )  # fmt: skip
    require(acting.actor, acting.act, release)
    with lawful_by(lambda error: refused_by(_REFUSALS, error)):
        release.save(force_insert=True)
    acting.record(f"release:{release.id}", after={"code": code, "state": release.state}, sealed=True)
    return release.id


@act("releases.revise", may=may_write)
def revise_release(acting: Acting, *, release_id: UUID, text: str, text_en: str, expected_revision: int) -> int:
    """Keep another revision of the text and return its number. What units have signed does not count for it.

    Raises ``Conflict`` where somebody else revised it since ``expected_revision``, and nothing of theirs is lost.
    """
    release = open_release(acting, release_id)
    if release.revision != expected_revision:
        raise Conflict(
            _("Somebody revised this text meanwhile; the newest revision is %(value)s."), field="expected_revision",
            value=release.revision, remedy=_("Look at theirs beside yours, then send yours again for the newest."),
        )  # fmt: skip
    for field, each in (("text", text), ("text_en", text_en)):
        if len(each) > TEXT_MAX or "\x00" in each:
            raise InvalidInput(_("A text has at most %(most)s characters."), field=field, most=TEXT_MAX)
    release.revision += 1
    release.state, release.changed_at = State.DRAFT, acting.now
    Revision(
        release=release, number=release.revision, text=text, text_en=text_en, made_at=acting.now,
        post_id=acting.actor.post_id,
    ).save(force_insert=True)  # fmt: skip
    release.save()
    acting.record(
        f"release:{release.id}", sealed=True,
        after={"code": release.code, "revision": release.revision, "text": text, "text_en": text_en},
    )  # fmt: skip
    for watcher in watchers():
        watcher.revised(acting, release)
    return release.revision


@act("releases.read_early", may=may_write)
def read_early(acting: Acting, *, release_id: UUID) -> int:
    """Note that a release is read before it is public, for ever; return the number of the revision that is read."""
    release = Release.objects.filter(id=release_id).first()
    if release is None:
        raise no_release(release_id)
    if not {*release.asked_units, *release.reader_units} & set(acting.actor.scope.unit_ids):
        require(acting.actor, acting.act, release)
    Reading(
        release=release, revision=release.revision, post_id=acting.actor.post_id, person_id=acting.actor.person_id,
        at=acting.now,
    ).save(force_insert=True)  # fmt: skip
    acting.record(f"release:{release.id}", after={"code": release.code, "read": release.revision}, sealed=True)
    return release.revision


@act("releases.admit_readers", may=may_write)
def admit_readers(acting: Acting, *, release_id: UUID, unit_ids: Sequence[UUID]) -> int:
    """Say which units may read a release before it is public, instead of those before; return how many these are.

    Each reading is noted by ``read_early``.
    """
    release = open_release(acting, release_id)
    if len(unit_ids) > READERS_MAX:
        raise InvalidInput(_("At most %(most)s units are named."), field="unit_ids", most=READERS_MAX)
    release.reader_units = sorted({unit_with(unit_id).id for unit_id in unit_ids})
    release.save(update_fields=["reader_units"])
    acting.record(
        f"release:{release.id}", sealed=True,
        after={"code": release.code, "readers": [str(unit_id) for unit_id in release.reader_units]},
    )  # fmt: skip
    return len(release.reader_units)


def open_release(acting: Acting, release_id: UUID) -> Release:
    """Lock a release that the actor may work on with this act. Raises ``NotFound`` and ``NotPermitted``."""
    known = Release.objects.filter(id=release_id).first()
    if known is None:
        raise no_release(release_id)
    require(acting.actor, acting.act, known)
    return Release.objects.select_for_update().get(id=release_id)


def release_codes() -> set[str]:
    """The codes of every release within the connection's sight."""
    return set(Release.objects.values_list("code", flat=True))


def no_release(value: object) -> NotFound:
    """The error for a release that is not there, or not within reach."""
    return NotFound(_("There is no such release."), field="release", value=str(value)[:80])


def revision_of(release: Release, *, number: int | None = None) -> Revision:
    """A revision of the text, the newest where no ``number`` is given. Raises ``NotFound``."""
    found = Revision.objects.filter(release=release, number=number or release.revision).first()
    if found is None:
        raise NotFound(
            _("The release %(release)s has no text %(value)s yet."), field="revision", value=number or 1,
            release=release.code,
        )  # fmt: skip
    return found


def proof_read(actor: Actor, release: Release, revision: Revision, *, now: datetime) -> Proof:
    """Read both languages of a text, bind their figures, and gather what is wrong with either.

    ``now`` is the moment from which on it is to be read: a figure that is under embargo then is a fault.
    """
    allowed = Allowances(frozenset(release.periods), tuple(release.names))
    chinese = read_prose(revision.text, language=Language.ZH, allowed=allowed)
    english = read_prose(revision.text_en, language=Language.EN, allowed=allowed)
    quoting = quotable(actor, (chinese.document, english.document), now=now)
    quoted = quoting.quotable
    only_zh, only_en = differing_figures(chinese.document, english.document)
    return Proof(
        chinese.document, english.document,
        (*chinese.findings, *_unbound(chinese.document, quoted), *_missing(only_en)),
        (*english.findings, *_unbound(english.document, quoted), *_missing(only_zh)),
        quoting.figures, quoting.cases, quoted, explained_in(chinese.document) & explained_in(english.document),
    )  # fmt: skip


def proof_of_words(actor: Actor, release: Release, *, text: str, text_en: str) -> Proof:
    """Proof-read words that nobody keeps yet, while they are written. Raises ``TooLarge``."""
    unsaved = Revision(release=release, number=release.revision + 1, text=text, text_en=text_en)
    return proof_read(actor, release, unsaved, now=EVER)


def _unbound(document: Document, quoted: Quotable) -> tuple[Finding, ...]:
    explanations = check_explanations(document)
    try:
        resolve(document, quoted)
    except ProseFaults as faults:
        return (*faults.findings, *explanations)
    return explanations


def _missing(codes: frozenset[str]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            Kind.SYNTAX, At(1, 1), code, _("The other language quotes the figure %(excerpt)s, and this one does not."),
            _("Quote the same figures in both."),
        )
        for code in sorted(codes)
    )  # fmt: skip
