"""A unit's page of a release: its figures with their rows, what does not fit, and its answer; and reading early."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from tianqu.base.errors import InvalidInput, NotFound, TianquError
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import require
from tianqu.kernel.releases.api import (
    Language,
    ReleaseInHand,
    Signature,
    changes_ahead,
    early_page,
    edition_before,
    read_early,
    release_in_hand,
    revise_release,
    revision_of,
    sign_figures,
    unexplained,
    written_release,
)
from tianqu.web.layout.errors import faults
from tianqu.web.layout.formats import in_chinese
from tianqu.web.releases.conflicting import conflicts_context
from tianqu.web.releases.desk import WORDS
from tianqu.web.releases.words import figure_words, finding_said, said, title_of, unit_names, whole


@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: PageRequest, code: str, unit_id: UUID) -> HttpResponse:
    """A unit's own figures in a release: sign them, or refuse them with a reason."""
    found = release_in_hand(request.actor, code)
    signature = _signature(found, unit_id)
    require(request.actor, "releases.sign", signature)
    if request.method != "POST":
        return _page(request, found, signature, Faults())
    refuses = request.POST.get("deed") == "refuse"
    reason = request.POST.get("refused", "").replace("\0", "").strip()
    try:
        if refuses and not reason:
            raise InvalidInput(gettext_noop("Say why the figures are refused."), field="refused")
        sign_figures(
            request.actor, release_id=found.release.id, unit_id=unit_id, expected_revision=signature.revision,
            refused=reason if refuses else "",
        )  # fmt: skip
    except TianquError as error:
        return _page(request, found, signature, faults(error), status=error.status)
    messages.success(request, _("Your refusal is noted.") if refuses else _("The figures are signed."))
    return redirect("release_desk", code=code)


@require_POST
def read(request: PageRequest, code: str) -> HttpResponse:
    """Read a release before it is public. Who read it, and when, is noted for ever."""
    found = release_in_hand(request.actor, code)
    number = read_early(request.actor, release_id=found.release.id)
    language = Language.ZH if in_chinese() else Language.EN
    page = early_page(found.release, number=number, language=language, site=settings.TIANQU_ORIGIN)
    context = {
        **WORDS, "release": found.release, "title": title_of(found), "faults": page.findings, "early": True,
        "page": Markup(page.html),  # noqa: S704  our own renderer escapes
        "finding_said": finding_said,
    }  # fmt: skip
    return render(request, "releases/preview.html", context, using="jinja2")


@require_safe
def erratum(request: PageRequest, code: str) -> HttpResponse:
    """Choose what was corrected, and see every figure, sentence, row and chart that another edition would change."""
    found = written_release(request.actor, code)
    edition = edition_before(found.release)
    chosen = request.GET.getlist("figure")
    ahead = changes_ahead(
        request.actor, found.release, edition, only=chosen if "figure" in request.GET else None
    )  # fmt: skip
    codes = [*ahead.corrected, *(each["figure"] for each in ahead.figures)]
    context = {
        **WORDS, "found": found, "release": found.release, "edition": edition, "ahead": ahead, "chosen": chosen,
        "figure_name": figure_words(request.actor, codes),
    }  # fmt: skip
    return render(request, "releases/erratum.html", context, using="jinja2")


@require_POST
def correct(request: PageRequest, code: str) -> HttpResponse:
    """Begin another edition: the same words once more, to be signed as their figures print now."""
    found = written_release(request.actor, code)
    text = revision_of(found.release)
    revise_release(
        request.actor, release_id=found.release.id, text=text.text, text_en=text.text_en,
        expected_revision=whole(request.POST.get("seen", "") or "0"),
    )  # fmt: skip
    messages.success(request, _("The correction is begun. Send it to its units to be signed."))
    return redirect("release_desk", code=code)


def _signature(found: ReleaseInHand, unit_id: UUID) -> Signature:
    for signature in found.signatures:
        if signature.unit_id == unit_id:
            return signature
    raise NotFound(gettext_noop("This unit was not asked to sign this text."), field="unit_id", value=str(unit_id))


def _page(
    request: PageRequest, found: ReleaseInHand, signature: Signature, errors: Faults, *, status: int = 200
) -> HttpResponse:
    units = unit_names({signature.unit_id, found.release.unit_id})
    context = {
        **WORDS, **conflicts_context(signature.conflicts), "found": found, "release": found.release, "errors": errors,
        "signature": signature, "unit": units.get(signature.unit_id, ""), "said": said,
        "office": units.get(found.release.unit_id, ""), "blocked": bool(unexplained(signature.conflicts)),
        "reason": request.POST.get("refused", ""), "figure_name": figure_words(request.actor, signature.values),
    }  # fmt: skip
    return render(request, "releases/sign.html", context, status=status, using="jinja2")
