"""The pages of culture: the menu and votes, performances with every word, the desks, and theatres."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.orders.api import RANKED_FROM, act_name
from tianqu.kernel.pack.api import (
    Deed,
    Done,
    Download,
    Given,
    PageRequest,
    PageResult,
    Redirect,
    Rendered,
    acted,
    mark_given,
    named,
    place_asked,
    typed,
)
from tianqu.kernel.places.api import Place, can, known_roles, place_with, places_at
from tianqu.packs.culture import queries
from tianqu.packs.culture.declaring.acts import grant_budget
from tianqu.packs.culture.flow import DEEDS
from tianqu.packs.culture.models import GENRES, KINDS, Villager
from tianqu.packs.culture.registers.matters import season_of
from tianqu.packs.culture.shows import acts
from tianqu.packs.culture.theatre import queries as theatres
from tianqu.packs.culture.theatre.acts import book_takings
from tianqu.packs.culture.voices.acts import choose_village, rate_show, vote
from tianqu.packs.culture.words import options, word, words

MENU: Final = [(_("Culture for villages"), reverse_lazy("culture:menu"))]
DOING: Final = {
    "culture.rate_show": Deed(rate_show),
    **{deed: Deed(getattr(acts, deed.removeprefix("culture."))) for deed in DEEDS},
    "culture.confirm_show": Deed(acts.confirm_show, wanted=("attendance",)),
}


def menu(request: PageRequest) -> PageResult:
    """What a county offers, with prices, ratings and votes; narrowed by place and kind."""
    asked = place_asked(request, begun=_village(queries.own_village(request.actor)))
    kind = request.GET.get("kind", "")[:80]
    context = {
        "lines": [] if asked.errors else queries.menu(request.actor, place=asked.code, kind=kind),
        "given": {"place": asked.text, "kind": kind}, "errors": asked.errors, "kinds": options(KINDS),
        "places": [(place.code, named(place)) for place in queries.counties()], "genres": options(GENRES),
        "season": season_of(timezone.localdate()), **words(),
    }  # fmt: skip
    return Rendered("culture/menu.html", context, status=asked.status)


def work(request: PageRequest, code: str) -> PageResult:
    """A work: what it is, who gives it at which price; voting for it in one's own village."""

    def shown(_given: Given) -> dict[str, Any]:
        line, wished = queries.work_line(request.actor, code), queries.wishes(work=code, limit=20)
        return {
            "line": line, "work": line.work, "village": _village(queries.own_village(request.actor)), "wishes": wished,
            "places": queries.villages_named(wished), "signed_in": request.actor.person_id is not None, "where": MENU,
            **words(),
        }  # fmt: skip

    def voted(done: Done) -> Redirect:
        said = gettext("%(votes)s in your village wish for it.") % {"votes": done.result}
        return Redirect(request.path, notice=said)

    deeds = {"vote": Deed(vote)}
    return acted(request, "culture/work.html", deeds, known={"work": code}, onwards=voted, shown=shown)


def mine(request: PageRequest) -> PageResult:
    """One's own village with what it wishes for and what was given there; choosing it."""

    def shown(given: Given) -> dict[str, Any]:
        place = _village(queries.own_village(request.actor))
        return {
            "place": place, "given": given.get("place", ""), "where": MENU,
            "wishes": queries.wishes(place=place.code) if place else [],
            "shows": queries.performances(place=place.code) if place else [], **words(),
        }  # fmt: skip

    deeds = {"choose": Deed(choose_village, place_kind="village")}
    notice = gettext("This is your village now.")
    return acted(request, "culture/mine.html", deeds, onwards=notice, shown=shown)


def show(request: PageRequest, show_id: UUID) -> PageResult:
    """One performance: what each side said, its money and ratings; what its reader may do (``?deed=``)."""

    def shown(given: Given) -> dict[str, Any]:
        detail, now = queries.show_detail(request.actor, show_id), timezone.localtime()
        deed = given.get("deed") or request.GET.get("deed", "")[:40]
        return {
            "detail": detail, "it": detail.one, "given": {"day": f"{now:%Y-%m-%d}", "time": f"{now:%H:%M}", **given},
            "deed": deed if deed in detail.deeds else detail.deeds[0] if detail.deeds else "",
            "causes": options(acts.CAUSES), "where": MENU, "name_of_act": act_name,
            "by_said": lambda by: gettext(known_roles()[by].name) if by in known_roles() else by, **words(),
        }  # fmt: skip

    known: dict[str, Any] = {"show_id": show_id}
    if typed(request).get("agrees") == "on":
        known["attendance"] = None  # as many as the troupe says
    notice = gettext("This is written down.")
    return acted(request, "culture/show.html", DOING, known=known, onwards=notice, shown=shown)


def photo(request: PageRequest, *, show_id: UUID, file_id: UUID) -> PageResult:
    """A file that was given with a word about a performance."""
    small = request.GET.get("size") == "small"
    opened = queries.show_file(request.actor, show_id=show_id, file_id=file_id, small=small)
    return Download(opened.name, opened.media_type, opened.chunks, inline=opened.media_type.startswith("image/"))


def ranking(request: PageRequest) -> PageResult:
    """How works and troupes were liked: by the lower bound of the interval, few ratings unranked."""
    kind = request.GET.get("kind", "")[:20]
    context = {
        "works": queries.ranking("work", kind=kind), "troupes": queries.ranking("troupe"), "kinds": options(KINDS),
        "kind": kind, "least": RANKED_FROM, "where": MENU, **words(),
    }  # fmt: skip
    return Rendered("culture/ranking.html", context)


def _village(villager: Villager | None) -> Place | None:
    return place_with(villager.place_id) if villager is not None else None


# The desks.


def desk(request: PageRequest) -> PageResult:
    """What waits for a word of one's office, village or troupe; then everything one has a part in."""
    rows = queries.performances(actor=request.actor, after=mark_given(request.GET), limit=51)
    waits = queries.waiting(request.actor)
    context = {
        "waits": waits, "rows": rows[:50], "after": rows[49].order_id if len(rows) > 50 else "",
        "places": queries.villages_named([*rows, *(one for one, _deeds in waits)]),
        "troupes": queries.troupes_of(request.actor)[: queries.LIST_MAX], **words(),
    }  # fmt: skip
    return Rendered("culture/desk.html", context)


def order(request: PageRequest) -> PageResult:
    """Order a work for one's village, with what villagers wish for beside it."""
    own = places_at(set(request.actor.scope.place_paths), on=timezone.localdate()).values()
    villages = sorted(own, key=lambda place: place.code)
    chosen = request.GET.get("place", "") or (villages[0].code if villages else "")

    def shown(_given: Given) -> dict[str, Any]:
        lines = queries.menu(request.actor, place=chosen[:80]) if chosen else []
        return _desk(
            villages=[(place.code, named(place)) for place in villages],
            works=[(line.work.code, _offered(line)) for line in lines],
            wishes=[line for line in lines if line.votes][:20],
        )

    def ordered(done: Done) -> Redirect:
        address = reverse("culture:show", kwargs={"show_id": done.arguments["show_id"]})
        return Redirect(address, notice=gettext("Ordered: %(code)s") % {"code": done.result})

    begun = {"sent_id": str(new_identifier()), "work": request.GET.get("work", ""), "place": chosen}
    deeds = {"order": Deed(acts.order_show, fields={"show_id": "sent_id"})}
    return acted(request, "culture/order.html", deeds, begun=begun, onwards=ordered, shown=shown)


def _offered(line: queries.MenuLine) -> str:
    votes = gettext("%(votes)s wish for it") % {"votes": line.votes}
    return f"{named(line.work)} · {word(line.work.kind)} · {votes}"


def office(request: PageRequest) -> PageResult:
    """An office's budget as its book holds it, granting money, and the way to its registers."""
    unit_id = request.actor.unit_id

    def shown(_given: Given) -> dict[str, Any]:
        return _desk(
            budget=queries.budget_of(request.actor, unit_id=unit_id), grants=can(request.actor, "culture.grant_budget")
        )

    deeds, begun = {"grant": Deed(grant_budget, fields={"transfer_id": "sent_id"})}, {"sent_id": str(new_identifier())}
    return acted(
        request, "culture/office.html", deeds, known={"unit_id": unit_id}, begun=begun, shown=shown,
        onwards=gettext("The money is granted."),
    )  # fmt: skip


def statement(request: PageRequest, code: str) -> PageResult:
    """What became of everything a troupe was engaged for, with sums."""
    told = queries.statement(request.actor, troupe=code)
    context = {"told": told, "places": queries.villages_named(told.rows), **words()}
    return Rendered("culture/statement.html", context)


def _desk(**context: Any) -> dict[str, Any]:
    """What a page of the desk shows, with the way back to it."""
    return {"where": [(gettext("Culture"), reverse("culture:desk"))], **words(), **context}


# Theatres.


def theatre_list(request: PageRequest) -> PageResult:
    """Every theatre, with what comes next in it."""
    told = theatres.theatres_with_shows()
    declares = can(request.actor, "culture.declare_theatre")
    return Rendered("culture/theatres.html", {"theatres": told, "declares": declares, **words()})


def theatre(request: PageRequest, code: str) -> PageResult:
    """A theatre: the shows of the next two months, and what the year came to."""
    found = theatres.theatre_called(code)
    lines, year = theatres.coming_shows(found), timezone.localdate().year
    runs = can(request.actor, theatres.RUN, found)
    context = {
        "theatre": found, "lines": lines, "year": year, "told": theatres.year_of(found, year), "runs": runs,
        "changes": can(request.actor, "culture.declare_theatre", found),
        "where": [(gettext("Theatres"), reverse("culture:theatres"))], **words(),
    }  # fmt: skip
    return Rendered("culture/theatre.html", context)


def takings(request: PageRequest, code: str) -> PageResult:
    """The shows, who came, and what each took in; booking what is not booked yet."""
    found = theatres.theatre_called(code)

    def shown(_given: Given) -> dict[str, Any]:
        shows = theatres.led_shows(request.actor, found)
        books = can(request.actor, "culture.book_takings", found)
        where = [(named(found), reverse("culture:theatre", kwargs={"code": code}))]
        return _desk(theatre=found, shows=shows, books=books, where=where)

    def booked(done: Done) -> Redirect:
        said = gettext("Booked as number %(number)s of the book.") % {"number": done.result}
        return Redirect(request.path, notice=said if done.result else gettext("Nobody had to pay: nothing to book."))

    deeds = {"book": Deed(book_takings, fields={"occasion_id": "occasion", "transfer_id": "sent_id"})}
    begun = {"sent_id": str(new_identifier())}
    return acted(request, "culture/takings.html", deeds, begun=begun, onwards=booked, shown=shown)
