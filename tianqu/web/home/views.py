"""The public's first page and its search, and the desk's first page."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tianqu.base.errors import NotPermitted, _
from tianqu.kernel.datasets.api import CatalogueAsked, catalogue
from tianqu.kernel.figures.api import figures_found
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import PublicFilters, desk_counts, item_catalogue, most_asked, public_orders
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import can, find_places, full_names
from tianqu.web.home.places import KINDS, children, named, roots, table_of
from tianqu.web.layout.differences import language
from tianqu.web.layout.formats import in_chinese
from tianqu.web.layout.navigation import waiting_for

SEARCH_LENGTH_MAX = 100
FOUND_MAX = 10  # of each kind
ANSWERED_SHOWN = 4  # on the first page
TODO_MAX = 6  # kinds of things that wait, at the top of a desk
MOST_ASKED_SINCE = timedelta(days=90)


@require_safe
def home(request: PageRequest) -> HttpResponse:
    """The first page."""
    names = {item.code: item for item in item_catalogue(timezone.localdate())}
    asked = most_asked(since=timezone.now() - MOST_ASKED_SINCE)
    context = {
        "asked": [(names[code], count) for code, count in asked if code in names],
        "answered": public_orders(filters=PublicFilters(answered=True), limit=ANSWERED_SHOWN).rows,
        "language_code": language(),
        "maps": [(root, table_of(children(root), gettext_lazy("Places below"))) for root in roots()],
        "named": named,
        "kinds": KINDS,
    }
    return render(request, "home/home.html", context, using="jinja2")


@require_safe
def search(request: PageRequest) -> HttpResponse:
    """One search over what the public may see; what is searched for stands in the address."""
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:SEARCH_LENGTH_MAX]
    places = find_places(text, with_past=True, limit=FOUND_MAX)
    answered = public_orders(filters=PublicFilters(text=text, answered=True), limit=FOUND_MAX).rows if text else ()
    asked = CatalogueAsked(text=text, limit=FOUND_MAX)
    context = {
        "text": text,
        "figures": figures_found(request.actor, text=text, limit=FOUND_MAX) if text else [],
        "datasets": catalogue(request.actor, asked).datasets if text else [],
        "services": item_catalogue(timezone.localdate(), words=text, limit=FOUND_MAX) if text else [],
        "answered": answered,
        "places": places,
        "full_names": full_names([place.id for place in places]),
        "language_code": language(),
        "in_chinese": in_chinese,
    }
    return render(request, "home/search.html", context, using="jinja2")


@require_safe
def desk(request: PageRequest) -> HttpResponse:
    """The desk's first page: where one is, and one key for each thing that waits."""
    if request.actor.post_id is None:
        raise NotPermitted(
            _("The desk is for those who hold a post."),
            remedy=_("Sign in, or choose one of your posts on your account page."),
        )
    todo = waiting_for(request)  # which tells of requests, too: then they are not counted once more beside it
    context = {
        "counts": waiting(request.actor) if todo is None and can(request.actor, "orders.see") else [],
        "todo": todo,
        "todo_max": TODO_MAX,
        "today": timezone.localdate(),
        "deputising": can(request.actor, "places.deputise_self") or can(request.actor, "places.deputise"),
    }
    return render(request, "home/desk.html", context, using="jinja2")


def waiting(actor: Actor) -> list[tuple[str, Promise, int, str]]:
    """Return what waits on a desk: a key, a title, the number, and what of the inbox shows its rows."""
    now = timezone.now()
    midnight = datetime.combine(timezone.localtime(now).date() + timedelta(days=1), time.min)
    counts = desk_counts(actor, now=now, day_ends_at=timezone.make_aware(midnight))
    state = counts.by_state
    return [
        ("l", gettext_lazy("Late"), counts.late, "look=late"),
        ("d", gettext_lazy("Due today"), counts.due_today, "look=today"),
        ("n", gettext_lazy("To be accepted"), state.get("dispatched", 0), "state=dispatched"),
        ("p", gettext_lazy("To be dispatched"), state.get("placed", 0), "state=placed"),
        ("r", gettext_lazy("Returned"), state.get("returned", 0), "state=returned"),
        ("o", gettext_lazy("Reopened"), counts.reopened, "look=reopened"),
        ("b", gettext_lazy("Objected to"), counts.objected, "look=objected"),
        ("s", gettext_lazy("Pressed"), counts.pressed, "look=pressed"),
        ("u", gettext_lazy("Urgent"), counts.urgent, "look=urgent"),
    ]
