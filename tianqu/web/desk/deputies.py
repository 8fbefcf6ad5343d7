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
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import HeldPost, Person, Post, can, deputise
from tianqu.web.layout.errors import Faults, faults

DEPUTIES_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def name_deputy(request: PageRequest) -> HttpResponse:
    """Name a colleague who acts for one's post between two days, and show who does."""
    held = _own(request)
    given, errors, status = {"valid_from": timezone.localdate().isoformat()}, Faults(), 200
    if request.method == "POST":
        given = {name: request.POST.get(name, "").strip() for name in ("person_id", "valid_from", "valid_to")}
        try:
            deputise(
                request.actor, post_id=held.id, person_id=_colleague(held, given["person_id"]),
                valid_from=_day(given, "valid_from"), valid_to=_day(given, "valid_to"),
            )  # fmt: skip
        except TianquError as error:
            errors, status = faults(error), error.status
        else:
            messages.success(request, gettext("Your deputy is named."))
            return redirect("desk_deputy")
    context = {
        "held": held, "given": given, "errors": errors, "colleagues": list(_colleagues(held).items()),
        "deputies": _deputies(held),
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


def _colleagues(held: HeldPost) -> dict[str, str]:
    """Return those who hold another post in the same unit today, by their identifiers."""
    posts = Post.objects.on(timezone.localdate()).filter(unit_id=held.unit_id).exclude(id=held.id)
    mine = Post.objects.filter(id=held.id).values("person_id")
    persons = Person.objects.filter(id__in=posts.values("person_id")).exclude(id__in=mine).order_by("name")[:200]
    return {str(person.id): person.name for person in persons}


def _deputies(held: HeldPost) -> list[tuple[str, date | None, date | None]]:
    """Return who stands in for a post from now on: name, first day, first day after."""
    today = timezone.localdate()
    posts = Post.objects.filter(deputy_of_id=held.id).exclude(valid_to__lte=today).order_by("valid_from")
    rows = list(posts.select_related("person")[:DEPUTIES_SHOWN])
    return [(row.person.name, row.valid_from, row.valid_to) for row in rows]


def _colleague(held: HeldPost, text: str) -> UUID:
    if text not in _colleagues(held):
        raise InvalidInput(gettext_noop("Choose a colleague."), field="person_id")
    return UUID(text)


def _day(given: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(given[name])
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("This is not a day."), field=name, remedy=gettext_noop("Choose it from the calendar.")
        ) from error
