"""The public's first page and its search, and the desk's first page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tianqu.base.errors import NotPermitted, _
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import find_places, full_names
from tianqu.web.home.places import KINDS, children, named, roots, table_of

SEARCH_LENGTH_MAX = 100


@require_safe
def home(request: PageRequest) -> HttpResponse:
    """The first page."""
    context = {
        "maps": [(root, table_of(children(root), gettext_lazy("Places below"))) for root in roots()],
        "named": named,
        "kinds": KINDS,
    }
    return render(request, "home/home.html", context, using="jinja2")


@require_safe
def search(request: PageRequest) -> HttpResponse:
    """One search over what the public may see; what is searched for stands in the address."""
    text = " ".join(request.GET.get("q", "").split())[:SEARCH_LENGTH_MAX]
    places = find_places(text, with_past=True, limit=10)
    context = {"text": text, "places": places, "full_names": full_names([place.id for place in places])}
    return render(request, "home/search.html", context, using="jinja2")


@require_safe
def desk(request: PageRequest) -> HttpResponse:
    """The desk's first page: where one is, and one key for each thing that waits."""
    if request.actor.post_id is None:
        raise NotPermitted(
            _("The desk is for those who hold a post."),
            remedy=_("Sign in, or choose one of your posts on your account page."),
        )
    return render(request, "home/desk.html", {}, using="jinja2")
