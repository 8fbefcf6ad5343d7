"""Who stands in for oneself while one is away."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods

from tianqu.base.errors import InvalidInput, NotPermitted, TianquError
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import HeldPost, can, colleagues, deputies_of, deputise
from tianqu.web.layout.errors import faults


@require_http_methods(["GET", "HEAD", "POST"])
def name_deputy(request: PageRequest) -> HttpResponse:
    """Name a colleague who acts for one's post between two days, and show who does."""
    held = _own(request)
    given, errors, status = {"valid_from": timezone.localdate().isoformat()}, Faults(), 200
    if request.method == "POST":
        given = {name: request.POST.get(name, "").strip() for name in ("person_id", "valid_from", "valid_to")}
        try:
            deputise(
                request.actor, post_id=held.id, person_id=_colleague(request, held, given["person_id"]),
                valid_from=_day(given, "valid_from"), valid_to=_day(given, "valid_to"),
            )  # fmt: skip
        except TianquError as error:
            errors, status = faults(error), error.status
        else:
            messages.success(request, gettext("Your deputy is named."))
            return redirect("desk_deputy")
    context = {
        "held": held, "given": given, "errors": errors, "colleagues": list(_colleagues(request, held).items()),
        "deputies": _deputies(request, held),
    }  # fmt: skip
    return render(request, "desk/deputy.html", context, status=status, using="jinja2")


def _own(request: PageRequest) -> HeldPost:
    """Return the post by which one acts, if it is one's own. Raises ``NotPermitted``."""
    held = next((post for post in request.posts if post.id == request.actor.post_id), None)
    if held is None or not (can(request.actor, "places.deputise_self") or can(request.actor, "places.deputise")):
        raise NotPermitted(gettext_noop("Your post names no deputies."))
    if held.deputy_of is not None:
        raise NotPermitted(
            gettext_noop("A deputy cannot name a deputy."),
            remedy=gettext_noop("Whoever holds the post itself can."),
        )
    return held


def _colleagues(request: PageRequest, held: HeldPost) -> dict[str, str]:
    """Return the others who hold a post in the same unit today and whose names one may see, by their identifiers."""
    posts = colleagues(request.actor, unit_id=held.unit_id, on=timezone.localdate())
    others = {post.person_id: name for post, name in posts if name and post.person_id != request.actor.person_id}
    return {str(person_id): name for person_id, name in sorted(others.items(), key=lambda pair: pair[1])}


def _deputies(request: PageRequest, held: HeldPost) -> list[tuple[str, date | None, date | None]]:
    """Return who stands in for a post from now on: name, first day, first day after."""
    posts = deputies_of(request.actor, post_id=held.id, today=timezone.localdate())
    return [(name or post.title or post.role, post.valid_from, post.valid_to) for post, name in posts]


def _colleague(request: PageRequest, held: HeldPost, text: str) -> UUID:
    if text not in _colleagues(request, held):
        raise InvalidInput(gettext_noop("Choose a colleague."), field="person_id")
    return UUID(text)


def _day(given: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(given[name])
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("This is not a day."), field=name, remedy=gettext_noop("Choose it from the calendar.")
        ) from error
