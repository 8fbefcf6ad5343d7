"""A text as its page will look, before anybody keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.releases.models import Release
from tianqu.kernel.releases.prose.document import Language
from tianqu.kernel.releases.prose.findings import Finding, ProseFaults
from tianqu.kernel.releases.rendering.imprint import Imprint
from tianqu.kernel.releases.rendering.papers import render_page
from tianqu.kernel.releases.writing import proof_of_words, revision_of

ECHARTS: Final = "/static/vendor/echarts/echarts.min.js"


@dataclass(frozen=True, slots=True)
class Preview:
    """The piece of a page, or what keeps it from being made."""

    html: str
    findings: tuple[Finding, ...] = ()


def preview_page(
    actor: Actor, release: Release, *, text: str, text_en: str, language: Language, site: str
) -> Preview:  # fmt: skip
    """Make the page of words in one language. Loose numbers do not keep it from being looked at."""
    proof = proof_of_words(actor, release, text=text, text_en=text_en)
    imprint = Imprint(
        issuer=release.issuer if language is Language.ZH else release.issuer_en, number=release.code,
        released_at=timezone.localtime(), site=site, address=f"/releases/{release.code}/",
    )  # fmt: skip
    try:
        return Preview(render_page(proof.resolved(language), imprint, echarts=ECHARTS))
    except ProseFaults as faults:
        return Preview("", faults.findings)


def early_page(release: Release, *, number: int, language: Language, site: str) -> Preview:
    """The page of a revision for somebody whose early reading was noted, with figures that they would not see alone."""
    with seeing(SYSTEM.scope):
        revision = revision_of(release, number=number)
        return preview_page(
            SYSTEM, release, text=revision.text, text_en=revision.text_en, language=language, site=site
        )  # fmt: skip
