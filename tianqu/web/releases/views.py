"""Pages of releases. What is not public yet is not here: the same answer as for what never was."""

from __future__ import annotations

import threading

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from tianqu.base.errors import NotFound, TooMany, _
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.releases.api import (
    edition_numbered,
    paper_of,
    public_editions,
    public_release,
    public_releases,
    rerun_edition,
)
from tianqu.web.layout.feeds import FeedEntry, atom
from tianqu.web.layout.navigation import releases_menu
from tianqu.web.releases.words import figure_words

SHOWN = 30
MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "page": "text/html; charset=utf-8",
}
_making = threading.BoundedSemaphore(1)  # to make an edition takes a second of a processor


@require_safe
def releases(request: PageRequest) -> HttpResponse:
    """The releases, the newest first."""
    found = public_releases(request.actor, after=request.GET.get("after", ""), limit=SHOWN + 1)
    context = {"releases": found[:SHOWN], "older": found[SHOWN - 1].mark if len(found) > SHOWN else "",
               "chinese": _chinese(), "ways": releases_menu(request)}  # fmt: skip
    return render(request, "releases/list.html", context, using="jinja2")


@require_safe
def release(request: PageRequest, code: str, number: int | None = None) -> HttpResponse:
    """One release: its text with every figure a link, its papers, and its errata."""
    found = public_release(request.actor, code)
    edition = edition_numbered(found, number=number)
    content = paper_of(edition, f"{_language()}.page")
    assert content is not None, "an edition has its papers"
    context = {
        "release": found, "edition": edition, "editions": public_editions(found),
        "text": Markup(content.decode()),  # noqa: S704  made by our own renderer, which escapes
        "chinese": _chinese(), "language_name": _language(), "title": edition.pins["titles"][0 if _chinese() else 1],
        "figure_name": figure_words(request.actor, [each["figure"] for each in edition.changes]),
    }  # fmt: skip
    return render(request, "releases/release.html", context, using="jinja2")


@require_safe
def paper(request: PageRequest, code: str, number: int, *, file: str) -> HttpResponse:
    """A paper of an edition: "zh.pdf", "en.docx"."""
    found = public_release(request.actor, code)
    edition = edition_numbered(found, number=number)
    content = paper_of(edition, file)
    if content is None:
        raise NotFound(_("There is no such paper."), field="file", value=file[:40])
    tag = f'"{edition.hashes[file]}"'
    answer = HttpResponse(content, content_type=MEDIA[file.rpartition(".")[2]], headers={"ETag": tag})
    answer["Content-Disposition"] = f'attachment; filename="{found.code}-{edition.number}-{file}"'
    return get_conditional_response(request, etag=tag, response=answer) or answer


@require_POST
def again(request: PageRequest, code: str, number: int) -> HttpResponse:
    """Make an edition again from its pins, and say whether the same bytes came out."""
    found = public_release(request.actor, code)
    edition = edition_numbered(found, number=number)
    if not _making.acquire(blocking=False):
        raise TooMany(_("Another release is being made again."), remedy=_("Try again in some seconds."))
    try:
        made = rerun_edition(edition)
    finally:
        _making.release()
    context = {"release": found, "edition": edition, "made": made, "command": f"tianqu release rerun {found.code}"}
    return render(request, "releases/again.html", context, using="jinja2")


@require_safe
def feed(request: PageRequest) -> HttpResponse:
    """The newest releases as an Atom feed (RFC 4287)."""
    entries = [
        FeedEntry(
            each.release.id, each.title if _chinese() else each.title_en,
            reverse("release", kwargs={"code": each.release.code}), each.release.public_at, each.corrected_at,
        )
        for each in public_releases(request.actor, limit=SHOWN)
    ]  # fmt: skip
    return atom(gettext("Releases"), page=reverse("releases"), path=reverse("releases_feed"), entries=entries)


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def _language() -> str:
    return "zh" if _chinese() else "en"
