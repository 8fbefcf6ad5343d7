"""One's own API tokens: what they may do, until when, and their end."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.kernel.journal.api import Actor, registered_acts
from tianqu.kernel.pack.api import Column, Faults, PageRequest, Table
from tianqu.kernel.places.api import Account, can, issue_token, known_roles, permitted_acts, revoke_token, tokens_of
from tianqu.web.account.views import page
from tianqu.web.layout.acts import deed_name
from tianqu.web.layout.errors import faults

EVERYTHING = "*"
READING = {  # what the API asks for that is no act, where it has words of its own
    "orders.see": gettext_noop("Read requests"),
    "orders.rates": gettext_noop("Read rates"),
    "own.orders": gettext_noop("Read one's own requests"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def tokens(request: PageRequest) -> HttpResponse:
    """List one's tokens; a new one's secret is shown once, on the answer to the post."""
    if request.method != "POST":
        return _page(request)
    given = {"name": request.POST.get("name", ""), "until": request.POST.get("until", "")}
    scopes = request.POST.getlist("scopes")
    user = request.user
    assert isinstance(user, Account)
    try:
        issued = issue_token(
            request.actor,
            account_id=user.id,
            name=given["name"],
            scopes=scopes,
            expires_at=_end_of(given["until"]),
            post_id=request.actor.post_id,
        )
    except TianquError as error:
        if not error.field:
            raise
        return _page(request, error.status, given=given, chosen=scopes, errors=faults(error))
    response = _page(request, issued=issued)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@login_required
def revoke(request: PageRequest, token_id: UUID) -> HttpResponse:
    """End one of one's tokens."""
    revoke_token(request.actor, token_id=token_id)
    messages.success(request, _("The token was revoked."))
    return redirect("account_tokens")


def _page(request: PageRequest, status: int = 200, **context: object) -> HttpResponse:
    assert isinstance(request.user, Account)
    table = Table(
        caption=_("My tokens"),
        columns=(
            Column("name", _("Name")),
            Column("hint", _("Begins with")),
            Column("scopes", _("May do")),
            Column("expires_at", _("Until")),
            Column("last_used_at", _("Last used")),
            Column("end", _("State")),
        ),
        rows=tokens_of(request.user.person_id),
    )
    defaults: dict[str, object] = {
        "given": {"name": "", "until": ""},
        "chosen": [],
        "errors": Faults(),
        "issued": None,
        "table": table,
        "acts": [
            (EVERYTHING, _("All that my post lets me do and read")),
            *((code, _titled(code)) for code in _readings(request.actor)),
            *((act, _titled(act)) for act in sorted(permitted_acts(request.actor))),
        ],
    }
    return page(request, "tokens", status, **(defaults | context))


def _readings(actor: Actor) -> list[str]:
    """The permissions of an actor that are no acts: what they may read."""
    named = {each for role in known_roles().values() for each in role.permissions if EVERYTHING not in each}
    return [code for code in sorted({*READING, *named} - registered_acts().keys()) if can(actor, code)]


def _titled(act: str) -> str:
    """Return what an act is called, or what is read, with its code, which programs use."""
    if act in READING:
        return f"{_(READING[act])} ({act})"
    name = deed_name(act) if act in registered_acts() else _("Reading")
    return act if name == act else f"{name} ({act})"


def _end_of(text: str) -> datetime:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput(
            gettext_noop("%(value)s is not a date."),
            field="until",
            value=text[:20],
            remedy=gettext_noop("Choose a day."),
        )
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
