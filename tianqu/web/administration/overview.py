"""The first page of the administration: everything that is kept here, and how the journal stands."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import Conflict
from tianqu.kernel.journal.api import journal_status, last_checks, our_log, request_check
from tianqu.kernel.notices.api import queue_status
from tianqu.kernel.orders.api import ModelStatus, model_status
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import require
from tianqu.web.administration.forms import administrators_page, page
from tianqu.web.layout.errors import sentence
from tianqu.web.layout.formats import percent

CHECK = "journal.check"
AREAS = (
    (
        "administration_items",
        _("Items"),
        _("What people may ask for: versions side by side, the next version, closing."),
    ),
    (
        "administration_persons",
        _("Persons and posts"),
        _("Who works here, in which role and until when; their accounts."),
    ),
    ("administration_units", _("Units"), _("The offices that answer for something, and who follows those that close.")),
    (
        "administration_places",
        _("Places"),
        _("What places are called, and what follows them: add, rename, move, split, merge, close."),
    ),
    (
        "administration_calendar",
        _("Working calendar"),
        _("Which days are worked, what is decided about single ones, and which deadlines that moves."),
    ),
    (
        "administration_rules",
        _("Dispatch rules"),
        _("Which unit answers for which requests; each rule is replayed on the past before it goes live."),
    ),
    ("administration_templates", _("Answer templates"), _("Words that units use again in their answers.")),
    (
        "administration_journal",
        _("Journal and background work"),
        _("What is published, what waits or failed, and a check of the whole log."),
    ),
)


@administrators_page
def overview(request: PageRequest) -> HttpResponse:
    """Link everything that is kept here."""
    return page(request, "overview", journal=journal_status(), areas=AREAS)


@administrators_page
def journal(request: PageRequest) -> HttpResponse:
    """How the journal and the background work stand; sent as a form, have the worker check the whole log."""
    if request.method == "POST":
        require(request.actor, CHECK)
        try:
            request_check(request.actor)
        except Conflict as error:
            messages.warning(request, sentence(error.message, error))
        return redirect("administration_journal")
    checks = last_checks()
    model = model_status()
    checkpoint = (our_log().checkpoint_note() or b"").decode()
    return page(
        request, "journal", journal=journal_status(), checkpoint=checkpoint, queues=queue_status(request.actor),
        under_way=next((check for check in checks[:1] if check.under_way), None),
        last=next((check for check in checks if check.finished_at), None), model=model,
        model_measures=_measures(model),
    )  # fmt: skip


def _measures(model: ModelStatus | None) -> list[tuple[str, str]]:
    """What the model was measured at when it was trained, where the report says it."""
    if model is None or "macro_f1" not in model.report:
        return []
    abstained = (model.report.get("abstention") or {}).get("share_abstained", 0)
    named = ((gettext("Macro-F1"), model.report["macro_f1"]), (gettext("Left to a human"), abstained))
    return [(title, percent(Decimal(str(round(value, 4))))) for title, value in named]
