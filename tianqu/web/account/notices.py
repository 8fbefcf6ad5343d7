"""One's own notices: what came, where they go besides this page, and which of them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tianqu.base.errors import InvalidInput
from tianqu.kernel.notices.api import (
    addresses_of,
    allowed_schemes,
    mark_read,
    notices_of,
    preferences_of,
    set_address,
    set_preference,
)
from tianqu.kernel.pack.api import PageRequest
from tianqu.web.account.views import page
from tianqu.web.layout.errors import Faults, faults

NOTICES_A_PAGE = 20
# What one may ask not to be sent; all of it stands on the page in any case.
WISHES = (
    ("digest", gettext_lazy("The morning's list of what waits for me")),
    ("*", gettext_lazy("Everything else")),
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notices(request: PageRequest) -> HttpResponse:
    """Read one's notices, and say where they go."""
    errors, status = Faults(), 200
    address = addresses_of(request.actor).get("apprise", "")
    if request.method == "POST":
        address = request.POST.get("address", "").strip()
        try:
            set_address(request.actor, channel="apprise", address=address)
        except InvalidInput as error:
            errors, status = faults(error), error.status
        else:
            _keep_wishes(request)
            messages.success(request, _("Kept."))
            return redirect("account_notices")
    listed = notices_of(
        request.actor, language=get_language() or "", before=_mark(request.GET.get("after", "")), limit=NOTICES_A_PAGE
    )
    chosen = preferences_of(request.actor)
    return page(
        request, "notices", status, notices=listed, errors=errors, address=address,
        next_cursor=str(listed[-1].id) if len(listed) == NOTICES_A_PAGE else "",
        wishes=[(code, title, chosen.get((code, "mail"), True)) for code, title in WISHES],
        services=", ".join(sorted(allowed_schemes())),
    )  # fmt: skip


def _keep_wishes(request: PageRequest) -> None:
    before = preferences_of(request.actor)
    for code, _title in WISHES:
        wanted = request.POST.get(f"wish-{code}") == "on"
        if before.get((code, "mail"), True) == wanted:
            continue
        for channel in ("mail", "apprise"):
            set_preference(request.actor, code=code, channel=channel, wanted=wanted)


@require_POST
@login_required
def read_all(request: PageRequest) -> HttpResponse:
    """Mark all of one's notices as read."""
    mark_read(request.actor)
    return redirect("account_notices")


def _mark(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
