"""Writing a release: both languages side by side, checked while they are written, with every earlier state kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from tianqu.base.errors import Conflict, TianquError
from tianqu.kernel.figures.api import figures_found
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.releases.api import (
    Language,
    ReleaseInHand,
    Revision,
    preview_page,
    revise_release,
    revision_of,
    revisions_of,
    written_release,
)
from tianqu.web.figures.listing import lines_of
from tianqu.web.layout.errors import faults
from tianqu.web.releases.checked import checked
from tianqu.web.releases.conflicting import conflicts_context
from tianqu.web.releases.desk import WORDS
from tianqu.web.releases.differences import Line, differences
from tianqu.web.releases.words import finding_said, post_names, title_of, whole

FOUND_MAX: Final = 30
TITLE_MAX: Final = 120
CHARTS: Final = ("bar", "line", "share")


@dataclass(frozen=True, slots=True)
class Between:
    """A revision that somebody else kept meanwhile: whose it is, and how one's own words differ from it."""

    revision: Revision
    writer: str
    lines: list[Line]
    lines_en: list[Line]


@require_http_methods(["GET", "HEAD", "POST"])
def text(request: PageRequest, code: str) -> HttpResponse:
    """Write: keep a revision, or look through the words without keeping them."""
    found = written_release(request.actor, code)
    if request.method != "POST":
        revision = revision_of(found.release) if found.release.revision else None
        words = {"text": revision.text if revision else "", "text_en": revision.text_en if revision else ""}
        return _editor(request, found, words)
    words = _words(request)
    if request.POST.get("deed") == "check":
        return _editor(request, found, words, seen=_seen(request))
    try:
        number = revise_release(
            request.actor, release_id=found.release.id, expected_revision=_seen(request), **words
        )  # fmt: skip
    except Conflict:
        return _editor(request, found, words, between=_between(request, found, words), status=409)
    except TianquError as error:
        return _editor(request, found, words, seen=_seen(request), errors=faults(error), status=error.status)
    messages.success(request, _("Text %(number)s is kept.") % {"number": number})
    return redirect("release_text", code=code)


@require_POST
def check(request: PageRequest, code: str) -> HttpResponse:
    """What is wrong with the words as they stand in the fields; nothing is kept."""
    found = written_release(request.actor, code)
    looked = checked(request.actor, found.release, **_words(request))
    context = {**WORDS, "release": found.release, "checked": looked, **conflicts_context(looked.conflicts)}
    return render(request, "releases/checked.html", context, using="jinja2")


@require_POST
def preview(request: PageRequest, code: str) -> HttpResponse:
    """The words as the page will look, in one language; nothing is kept."""
    found = written_release(request.actor, code)
    words = _words(request)
    language = Language.EN if request.POST.get("preview") == "en" else Language.ZH
    page = preview_page(
        request.actor, found.release, language=language, site=settings.TIANQU_ORIGIN, **words
    )  # fmt: skip
    context = {
        **WORDS, "release": found.release, "title": title_of(found), "faults": page.findings,
        "page": Markup(page.html),  # noqa: S704  our own renderer escapes
        "finding_said": finding_said,
    }  # fmt: skip
    return render(request, "releases/preview.html", context, using="jinja2")


@require_safe
def figures(request: PageRequest, code: str) -> HttpResponse:
    """Search figures by words; each with its placeholder, and a table or chart of those that are chosen."""
    found = written_release(request.actor, code)
    asked = " ".join(request.GET.get("q", "").replace("\0", "").split())[:100]
    chosen = [each[:100] for each in request.GET.getlist("figure")][:20]
    shown = figures_found(request.actor, text=asked, limit=FOUND_MAX + 1) if asked else []
    context = {
        **WORDS, "found": found, "release": found.release, "text": asked, "lines": lines_of(shown[:FOUND_MAX], {}),
        "more": len(shown) > FOUND_MAX, "chosen": chosen, "made": _made(request, chosen), "charts": CHARTS,
    }  # fmt: skip
    part = request.headers.get("HX-Request") == "true"
    return render(request, "releases/figures_found.html" if part else "releases/figures.html", context, using="jinja2")


@require_safe
def history(request: PageRequest, code: str) -> HttpResponse:
    """Every revision, and what changed between two of them."""
    found = written_release(request.actor, code)
    revisions = revisions_of(found.release)
    context: dict[str, Any] = {**WORDS, "found": found, "release": found.release, "revisions": revisions}
    if revisions:
        now = _number(request, "to", revisions[0].number)
        was = _number(request, "from", max(now - 1, 0))
        after = revision_of(found.release, number=now)
        before = revision_of(found.release, number=was) if was else None
        context |= {
            "was": was, "now": now, "lines": differences(before.text if before else "", after.text),
            "lines_en": differences(before.text_en if before else "", after.text_en),
            "names": post_names(request.actor, {each.post_id for each in revisions}),
        }  # fmt: skip
    return render(request, "releases/history.html", context, using="jinja2")


def _editor(
    request: PageRequest, found: ReleaseInHand, words: dict[str, str], *, seen: int | None = None,
    between: Between | None = None, errors: Faults | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    known = found.release.revision if seen is None else seen
    looked = checked(request.actor, found.release, **words)
    context = {
        **WORDS, **conflicts_context(looked.conflicts), "found": found, "release": found.release, "values": words,
        "seen": known, "errors": errors or Faults(), "between": between, "checked": looked, "lines": [], "text": "",
        "chosen": [], "made": "", "more": False, "charts": CHARTS,
    }  # fmt: skip
    return render(request, "releases/text.html", context, status=status, using="jinja2")


def _between(request: PageRequest, found: ReleaseInHand, words: dict[str, str]) -> Between:
    theirs = revision_of(found.release)
    names = post_names(request.actor, {theirs.post_id})
    return Between(
        theirs, names[theirs.post_id], differences(theirs.text, words["text"]),
        differences(theirs.text_en, words["text_en"]),
    )  # fmt: skip


def _words(request: PageRequest) -> dict[str, str]:
    """Both languages as they were typed, with the line ends of the place where they are kept."""
    return {name: request.POST.get(name, "").replace("\r\n", "\n").replace("\0", "") for name in ("text", "text_en")}


def _seen(request: PageRequest) -> int:
    return whole(request.POST.get("seen", ""))


def _number(request: PageRequest, name: str, usual: int) -> int:
    return whole(request.GET[name]) if name in request.GET else usual


def _made(request: PageRequest, chosen: list[str]) -> str:
    """The placeholder of a table or chart of the chosen figures."""
    kind = request.GET.get("make", "")
    title = " ".join(request.GET.get("title", "").replace('"', "").split())[:TITLE_MAX]
    if not chosen or kind not in ("table", *CHARTS):
        return ""
    if kind == "table":
        return f'{{{{ table {" ".join(chosen)} caption "{title}" }}}}'
    return f'{{{{ chart {kind} {" ".join(chosen)} title "{title}" }}}}'
