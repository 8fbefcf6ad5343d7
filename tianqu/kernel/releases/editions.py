"""Editions: a release as everybody reads it, made from pins alone, so that anybody makes the same bytes again.

An edition is made at once and seen from ``public_at`` on; until then it is a row behind a wall. A corrected figure
gives another edition beside the old one, which says what prints otherwise and why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, _
from tianqu.kernel.journal.api import SYSTEM, Acting, Actor, act, set_scope
from tianqu.kernel.places.api import require
from tianqu.kernel.releases.corrections import documents_of, figures_changed, passages_changed
from tianqu.kernel.releases.models import Edition, Paper, Release, Revision, State
from tianqu.kernel.releases.previewing import ECHARTS
from tianqu.kernel.releases.prose.checking import read_prose
from tianqu.kernel.releases.prose.digits import Allowances
from tianqu.kernel.releases.prose.document import Document, Heading, Language
from tianqu.kernel.releases.prose.findings import ProseFaults
from tianqu.kernel.releases.prose.resolving import resolve
from tianqu.kernel.releases.quoting import quotable_by_pins
from tianqu.kernel.releases.rendering.imprint import Imprint, renderer_pins
from tianqu.kernel.releases.rendering.papers import render
from tianqu.kernel.releases.signing import check_signed
from tianqu.kernel.releases.writing import may_write, no_release, open_release, proof_read, revision_of

REASON_MAX: Final = 2_000
BACKDATED_MAX: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Rerun:
    """An edition made again: for each paper the published hash and that of the bytes made now.

    ``renderer`` says whether it was made with the very programs and fonts that the edition pins.
    """

    edition: Edition
    hashes: Mapping[str, tuple[str, str]]
    renderer: bool

    @property
    def same(self) -> bool:
        """Whether every paper came out byte by byte as it was published."""
        return all(published == made for published, made in self.hashes.values())


def publish_release(
    actor: Actor,
    *,
    release_id: UUID,
    expected_revision: int,
    public_at: datetime | None = None,
    erratum: str = "",
    erratum_en: str = "",
) -> Edition:
    """Make an edition of a signed text and let it be seen from ``public_at`` on, at once where it is None.

    ``erratum`` says in both languages why there is another edition. The papers are made before the act, which then
    holds them against what was signed. Raises ``ProseFaults``, ``Conflict`` and ``InvalidInput``.
    """
    set_scope(actor.scope)
    release = Release.objects.filter(id=release_id).first()
    if release is None:
        raise no_release(release_id)
    require(actor, "releases.publish", release)
    revision = revision_of(release)
    seen_from = public_at or timezone.now()
    if seen_from < timezone.now() - BACKDATED_MAX:
        raise InvalidInput(
            _("A release is not dated back."), field="public_at", value=seen_from.isoformat(timespec="minutes"),
            remedy=_("Give a moment that is to come, or none."),
        )  # fmt: skip
    if release.public_at:  # no edition tells of a release whose time has not come
        seen_from = max(seen_from, release.public_at)
    proof = proof_read(actor, release, revision, now=seen_from)
    if not proof.sound:
        raise ProseFaults([*proof.findings, *proof.findings_en])
    pins = {
        "figures": dict(proof.pins), "cases": dict(proof.cases), "renderer": [list(pin) for pin in renderer_pins()],
        "released_at": seen_from.isoformat(), "site": settings.TIANQU_ORIGIN, "echarts": ECHARTS,
        "edition": release.edition + 1, "titles": [_title(proof.document), _title(proof.document_en)],
    }  # fmt: skip
    papers = _papers(actor, release, revision, pins)
    before = newest_edition(release)
    passages = _passages(actor, before, revision, pins) if before else []
    return _publish(
        actor, release_id=release_id, expected_revision=expected_revision, pins=pins, papers=papers,
        passages=passages, public_at=seen_from, erratum=erratum, erratum_en=erratum_en,
    )  # fmt: skip


@act("releases.publish", may=may_write)
def _publish(
    acting: Acting,
    *,
    release_id: UUID,
    expected_revision: int,
    pins: Mapping[str, Any],
    papers: Mapping[str, bytes],
    passages: Sequence[Mapping[str, Any]],
    public_at: datetime,
    erratum: str,
    erratum_en: str,
) -> Edition:
    release = open_release(acting, release_id)
    if (release.revision, release.edition + 1) != (expected_revision, pins["edition"]):
        raise Conflict(
            _("Somebody changed this release meanwhile."), field="expected_revision", value=release.revision,
            remedy=_("Look at it first."),
        )  # fmt: skip
    _check_erratum(release, erratum=erratum, erratum_en=erratum_en)
    check_signed(release, pins["figures"])
    before = newest_edition(release)
    if before is not None and before.revision == release.revision:  # and it prints what was signed, so nothing new
        raise Conflict(
            _("Edition %(value)s has this text already."), field="expected_revision", value=before.number,
            remedy=_("Revise the text first."),
        )  # fmt: skip
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in papers.items()}
    edition = Edition(
        release=release, number=release.edition + 1, revision=release.revision, pins=dict(pins), hashes=hashes,
        erratum=erratum.strip(), erratum_en=erratum_en.strip(), made_at=acting.now, public_at=public_at,
        changes=figures_changed(before.pins["figures"], pins["figures"]) if before else [], passages=list(passages),
    )  # fmt: skip
    edition.save(force_insert=True)
    for name, content in papers.items():
        Paper(edition=edition, name=name, sha256=hashes[name], content=content).save(force_insert=True)
    release.edition, release.state, release.changed_at = edition.number, State.EDITION, acting.now
    release.public_at = release.public_at or public_at
    release.save()
    acting.record(
        f"release_edition:{edition.id}", public=public_at <= acting.now, sealed=public_at > acting.now,
        after={
            "release": release.code, "number": edition.number, "revision": edition.revision, "hashes": hashes,
            "pins": dict(pins), "erratum": edition.erratum, "public_at": public_at,
        },
    )  # fmt: skip
    return edition


def _passages(actor: Actor, before: Edition, revision: Revision, pins: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What reads otherwise in the edition to come."""
    release = before.release
    old = revision_of(release, number=before.revision)
    return passages_changed(
        documents_of(actor, release, old, before.pins),
        documents_of(actor, release, revision, pins),
    )  # fmt: skip


def rerun_edition(edition: Edition) -> Rerun:
    """Make an edition again from its pins, and compare each paper with what was published. For everybody to ask."""
    papers = _papers(SYSTEM, edition.release, revision_of(edition.release, number=edition.revision), edition.pins)
    hashes = {name: (edition.hashes[name], hashlib.sha256(content).hexdigest()) for name, content in papers.items()}
    return Rerun(edition, hashes, [list(pin) for pin in renderer_pins()] == edition.pins["renderer"])


def newest_edition(release: Release) -> Edition | None:
    """The newest edition within the connection's sight."""
    return Edition.objects.filter(release=release).order_by("-number").first()


def paper_of(edition: Edition, name: str) -> bytes | None:
    """The bytes of a paper ("zh.pdf"), None where there is no such one."""
    found = Paper.objects.filter(edition=edition, name=name).first()
    return bytes(found.content) if found else None


def _papers(actor: Actor, release: Release, revision: Revision, pins: Mapping[str, Any]) -> dict[str, bytes]:
    """The papers of both languages, from the text and the pins and nothing else."""
    released_at = datetime.fromisoformat(pins["released_at"])
    quoted = quotable_by_pins(actor, pins, now=released_at)
    allowed = Allowances(frozenset(release.periods), tuple(release.names))
    made: dict[str, bytes] = {}
    for language, text, issuer in (
        (Language.ZH, revision.text, release.issuer), (Language.EN, revision.text_en, release.issuer_en),
    ):  # fmt: skip
        document = resolve(read_prose(text, language=language, allowed=allowed).document, quoted)
        imprint = Imprint(
            issuer=issuer, number=release.code, released_at=released_at,
            site=pins["site"], address=f"/releases/{release.code}/", pins=tuple(_told(revision, pins, language)),
        )  # fmt: skip
        papers = render(document, imprint, echarts=pins["echarts"])
        made[f"{language}.page"] = papers.page.encode()
        made[f"{language}.pdf"], made[f"{language}.docx"] = papers.pdf, papers.docx
    return made


def _title(document: Document) -> str:
    """The heading of level 1 that a text without faults has."""
    title = next(block for block in document.blocks if isinstance(block, Heading) and block.level == 1)
    return "".join(getattr(each, "text", "") for each in title.inlines).strip()


_PINNED: Final = {
    Language.ZH: ("版次", "文稿"),
    Language.EN: ("edition", "text"),
}  # what libraries are called is the same


def _told(revision: Revision, pins: Mapping[str, Any], language: Language) -> list[tuple[str, str]]:
    """The pins as the last page of a paper shows them."""
    text = hashlib.sha256(f"{revision.text}\0{revision.text_en}".encode()).hexdigest()
    edition_name, text_name = _PINNED[language]
    return [
        (edition_name, str(pins["edition"])),
        (text_name, text),
        *((name, value) for name, value in pins["renderer"]),
    ]


def _check_erratum(release: Release, *, erratum: str, erratum_en: str) -> None:
    if max(len(erratum), len(erratum_en)) > REASON_MAX or "\x00" in erratum + erratum_en:
        raise InvalidInput(_("At most %(most)s characters."), field="erratum", most=REASON_MAX)
    if release.edition and not (erratum.strip() and erratum_en.strip()):
        raise InvalidInput(
            _("Another edition says in both languages what was wrong."), field="erratum",
            remedy=_("Write a sentence that will stand above the text."),
        )  # fmt: skip
