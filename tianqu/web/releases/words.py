"""How the desk of releases says things: where a release stands, what a unit said, what is wrong with a text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput
from tianqu.kernel.figures.api import figures_shown
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import post_holders, units_with
from tianqu.kernel.releases.api import Finding, ReleaseInHand
from tianqu.web.layout.formats import in_chinese
from tianqu.web.layout.marks import mark

STANDING_WORDS: Final[Mapping[str, tuple[Promise, str]]] = {
    "draft": (_("being written"), "open"), "signing": (_("with its units"), "waiting"),
    "signed": (_("signed by all"), "done"), "refused": (_("refused by a unit"), "late"),
    "embargo": (_("under embargo"), "waiting"), "public": (_("public"), "done"),
}  # fmt: skip
SIGNING_WORDS: Final[Mapping[str, tuple[Promise, str]]] = {
    "asked": (_("still to sign"), "waiting"), "signed": (_("signed"), "done"),
    "refused": (_("refused to sign"), "late"),
}  # fmt: skip


def said(chinese: str, *, english: str) -> str:
    """The text in the page's language, the other where that is missing."""
    return (chinese or english) if in_chinese() else (english or chinese)


def title_of(found: ReleaseInHand) -> str:
    """What a release is called: its title, or its code while it has none."""
    return said(found.title, english=found.title_en) or found.release.code


def standing_mark(standing: str) -> SafeString:
    """Where a release stands, as a short mark."""
    words, tone = STANDING_WORDS[standing]
    return mark(str(words), tone=tone)


def signing_mark(state: str) -> SafeString:
    """What a unit said, as a short mark."""
    words, tone = SIGNING_WORDS[state]
    return mark(str(words), tone=tone)


def unit_names(unit_ids: Collection[UUID]) -> dict[UUID, str]:
    """What units are called, by their identifiers."""
    return {one.id: said(one.name, english=one.name_en) for one in units_with(set(unit_ids)).values()}


def post_names(actor: Actor, post_ids: Collection[UUID | None]) -> dict[UUID | None, str]:
    """Who holds posts: the name where it is for the actor, and the post's title."""
    holders = post_holders(actor, post_ids={each for each in post_ids if each is not None})
    return {None: gettext("the system")} | {
        post.id: " · ".join(part for part in (name, post.title) if part) or gettext("a colleague")
        for post, name in holders
    }  # fmt: skip


def figure_words(actor: Actor, codes: Iterable[str]) -> Callable[[str], str]:
    """What says the name of each of these figures in the page's language; of one that is not there, its code."""
    shown = figures_shown(actor, codes)

    def name(code: str) -> str:
        found = shown.get(code)
        return said(found.definition.name, english=found.definition.name_en) if found else code

    return name


def finding_said(finding: Finding) -> tuple[str, str]:
    """What is wrong, and what would be right."""
    return gettext(finding.message) % finding.named, gettext(finding.remedy) % finding.named


def whole(text: str) -> int:
    """A whole number that a form or an address gives. Raises ``InvalidInput``."""
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise InvalidInput(gettext_noop("A whole number is needed here."), field="number", value=text[:20])
    return int(text)
