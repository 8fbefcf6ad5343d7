"""The desk of releases: those that I work on, a new one, and all about one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.moments import moment_typed
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import can, require, unit_called, unit_typed
from tianqu.kernel.releases.api import (
    STANDINGS,
    ProseFaults,
    ReleaseInHand,
    admit_readers,
    ask_signatures,
    changes_ahead,
    draft_release,
    may_sign,
    newest_edition,
    publish_release,
    readings_of,
    release_in_hand,
    releases_in_hand,
    revisions_of,
    unexplained,
    written_release,
)
from tianqu.web.data.desk import own_units
from tianqu.web.layout.errors import faults, sentence
from tianqu.web.layout.formats import moment
from tianqu.web.releases.words import (
    STANDING_WORDS,
    figure_words,
    post_names,
    said,
    signing_mark,
    standing_mark,
    title_of,
    unit_names,
    whole,
)

SHOWN: Final = 40
FIELDS: Final = ("code", "unit", "issuer", "issuer_en", "periods", "names")
WORDS: Final[dict[str, Any]] = {
    "standing_mark": standing_mark, "signing_mark": signing_mark, "title_of": title_of, "said": said
}  # fmt: skip


@require_safe
def desk(request: PageRequest) -> HttpResponse:
    """The releases that I write or sign, the last changed first."""
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:100]
    standing = request.GET.get("standing", "")
    found = releases_in_hand(
        request.actor, text=text, standing=standing, after=request.GET.get("after", ""), limit=SHOWN + 1
    )
    shown = found[:SHOWN]
    units = {each.unit_id for one in shown for each in one.missing} | {one.release.unit_id for one in shown}
    context = {
        **WORDS, "releases": shown, "text": text, "standing": standing, "units": unit_names(units),
        "next": shown[-1].mark if len(found) > SHOWN else "", "may_draft": can(request.actor, "releases.draft"),
        "standings": [(code, STANDING_WORDS[code][0]) for code in STANDINGS],
    }  # fmt: skip
    return render(request, "releases/desk.html", context, using="jinja2")


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: PageRequest) -> HttpResponse:
    """Begin a release: its code, its office, and the dates and names that may stand in it."""
    require(request.actor, "releases.draft")
    units = own_units(request.actor)
    given = {"unit": units[0].code if len(units) == 1 else ""} | {
        name: request.POST.get(name, "").replace("\0", "").strip() for name in FIELDS if request.method == "POST"
    }
    errors, status = Faults(), 200
    if request.method == "POST":
        try:
            unit = unit_called(given["unit"]) if units else unit_typed(given["unit"], field="unit")
            draft_release(
                request.actor, code=given["code"], unit_id=unit.id, issuer=given["issuer"],
                issuer_en=given["issuer_en"], periods=_several(given["periods"]), names=_several(given["names"]),
            )  # fmt: skip
        except TianquError as error:
            errors, status = faults(error), error.status
        else:
            messages.success(request, _("The release is begun. Write its text in both languages."))
            return redirect("release_text", code=given["code"])
    context = {
        **WORDS, "values": given, "errors": errors,
        "units": [(unit.code, said(unit.name, english=unit.name_en)) for unit in units],
    }  # fmt: skip
    return render(request, "releases/begin.html", context, status=status, using="jinja2")


@require_safe
def release_page(request: PageRequest, code: str) -> HttpResponse:
    """One release: where it stands, who must still sign, its editions and its text's history."""
    return _shown(request, release_in_hand(request.actor, code), Faults())


@require_POST
def deed(request: PageRequest, code: str) -> HttpResponse:
    """Send the text to its units, say who reads it early, or publish it."""
    found = written_release(request.actor, code)
    try:
        messages.success(request, _done(request, found))
    except ProseFaults as error:
        messages.error(request, sentence(error.message, error))
        return redirect("release_text", code=code)
    except TianquError as error:
        return _shown(request, release_in_hand(request.actor, code), faults(error), status=error.status)
    return redirect("release_desk", code=code)


def _done(request: PageRequest, found: ReleaseInHand) -> str:
    release, given = found.release, request.POST
    seen = whole(given.get("seen", "") or "0")
    if given.get("deed") == "ask":
        count = ask_signatures(request.actor, release_id=release.id, expected_revision=seen)
        return ngettext("%(num)s unit was asked to sign.", "%(num)s units were asked to sign.", count) % {"num": count}
    if given.get("deed") == "readers":
        units = [unit_typed(name, field="readers").id for name in _several(given.get("readers", ""))]
        admit_readers(request.actor, release_id=release.id, unit_ids=units)
        return _("It is noted who may read it early.")
    if given.get("deed") == "publish":
        edition = publish_release(
            request.actor, release_id=release.id, expected_revision=seen,
            public_at=_moment(given.get("public_at", "")), erratum=given.get("erratum", ""),
            erratum_en=given.get("erratum_en", ""),
        )  # fmt: skip
        return _("Edition %(number)s is made. It is public from %(moment)s on.") % {
            "number": edition.number, "moment": moment(edition.public_at),
        }  # fmt: skip
    raise InvalidInput(gettext_noop("Choose what is to be done."), field="deed", value=given.get("deed", "")[:20])


def _shown(request: PageRequest, found: ReleaseInHand, errors: Faults, *, status: int = 200) -> HttpResponse:
    """The page of one release, with what was refused on it."""
    release, edition = found.release, newest_edition(found.release)
    revisions = revisions_of(release)[:5] if found.writes else []
    readings = readings_of(release)[:20] if found.writes else []
    posts = {each.post_id for each in revisions} | {each.post_id for each in found.signatures}
    posts |= {each.post_id for each in readings}
    units = {each.unit_id for each in found.signatures} | {release.unit_id, *release.reader_units}
    publishes = found.writes and found.standing == "signed"
    ahead = changes_ahead(request.actor, release, edition) if publishes and edition else None
    codes = {code for each in found.signatures for code in each.values}
    codes |= {each["figure"] for each in ahead.figures} if ahead else set()
    context = {
        **WORDS, "found": found, "release": release, "errors": errors, "edition": edition, "units": unit_names(units),
        "revisions": revisions, "readings": readings, "names": post_names(request.actor, posts),
        "mine": [each for each in found.signatures if may_sign(request.actor, release, each)],
        "unexplained": any(unexplained(each.conflicts) for each in found.signatures), "given": request.POST,
        "publishes": publishes, "ahead": ahead, "figure_name": figure_words(request.actor, codes),
    }  # fmt: skip
    return render(request, "releases/desk_release.html", context, status=status, using="jinja2")


def _moment(text: str) -> datetime | None:
    """A moment as a form gives it, in the realm's time zone where it says no other; None for none.

    Raises ``InvalidInput``.
    """
    if not text.strip():
        return None
    try:
        return moment_typed(text.strip(), zone=timezone.get_default_timezone())
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("“%(value)s” is no moment."), field="public_at", value=text[:40],
            remedy=gettext_noop("Give a day and a time, such as 2026-11-22T09:00."),
        ) from error  # fmt: skip


def _several(text: str) -> list[str]:
    """What is typed with commas or blanks between it."""
    return [
        part.strip()
        for part in text.replace("，", ",").replace("、", ",").replace("\n", ",").split(",")
        if part.strip()
    ]
