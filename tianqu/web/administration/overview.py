"""The first page of the administration: everything that is kept here, and how the journal stands."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.journal.api import check_log, journal_status, our_key, our_log
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import require
from tianqu.web.administration.forms import administrators_page, page

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
    ("administration_places", _("Places"), _("What places are called and what follows them: rename, merge and close.")),
    ("administration_journal", _("Journal"), _("What is published, what waits, and a check of the whole log.")),
)


@administrators_page
def overview(request: PageRequest) -> HttpResponse:
    """Link everything that is kept here."""
    return page(request, "overview", journal=journal_status(), areas=AREAS)


@administrators_page
def journal(request: PageRequest) -> HttpResponse:
    """Show how the journal stands; sent as a form, check the whole log against the database first.

    The check changes nothing. It reads every entry, so that it takes minutes where there are millions.
    """
    check = None
    if request.method == "POST":
        require(request.actor, CHECK)
        check = check_log(our_log(), our_key().verifier)
    checkpoint = (our_log().checkpoint_note() or b"").decode()
    return page(request, "journal", journal=journal_status(), checkpoint=checkpoint, check=check)
