"""The public's pages of culture: the menu and votes, one's village, performances with every word, ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.kernel.orders.api import RANKED_FROM, act_name
from tianqu.kernel.pack.api import (
    Download,
    Faults,
    Given,
    PageRequest,
    PageResult,
    Redirect,
    Rendered,
    count_given,
    faults,
    moment_given,
    typed,
    with_files,
)
from tianqu.kernel.places.api import known_roles, place_called, place_with, require
from tianqu.packs.culture import queries
from tianqu.packs.culture.models import GENRES, KINDS
from tianqu.packs.culture.registers.matters import season_of
from tianqu.packs.culture.shows import acts
from tianqu.packs.culture.voices.acts import choose_village, rate_show, vote
from tianqu.packs.culture.words import named, options, words


def menu(request: PageRequest) -> PageResult:
    """What a county offers, with prices, ratings and votes; narrowed by place and kind."""
    given = {name: request.GET.get(name, "")[:80] for name in ("place", "kind")}
    village = queries.own_village(request.actor)
    if not given["place"] and village is not None:
        given["place"] = place_with(village.place_id).code
    context = {
        "lines": queries.menu(request.actor, place=given["place"], kind=given["kind"]), "given": given,
        "kinds": options(KINDS),
        "places": [(place.code, named(place)) for place in queries.counties()], "genres": options(GENRES),
        "season": season_of(timezone.localdate()), **words(),
    }  # fmt: skip
    return Rendered("culture/menu.html", context)


def work(request: PageRequest, code: str) -> PageResult:
    """A work: what it is, who gives it at which price; voting for it in one's own village."""
    errors, status = Faults(), 200
    if request.method == "POST":
        wished = request.POST.get("wished") != "no"
        try:
            votes = vote(request.actor, work=code, wished=wished)
            return Redirect(request.path, notice=gettext("%(votes)s in your village wish for it.") % {"votes": votes})
        except TianquError as error:
            errors, status = faults(error), error.status
    line, village = queries.work_line(request.actor, code), queries.own_village(request.actor)
    context = {
        "line": line, "work": line.work, "summary": list(errors.items()), "village": _village(village),
        "wishes": [one for one in queries.wishes() if one.work_id == code][:20],
        "signed_in": request.actor.person_id is not None, "where": _where(), **words(),
    }  # fmt: skip
    context["places"] = queries.villages_named(context["wishes"])
    return Rendered("culture/work.html", context, status=status)


def mine(request: PageRequest) -> PageResult:
    """One's own village with what it wishes for and what was given there; choosing it."""
    errors, status = Faults(), 200
    if request.method == "POST":
        try:
            choose_village(request.actor, place_id=place_called(typed(request).get("place", "")[:80]).id)
            return Redirect(request.path, notice=gettext("This is your village now."))
        except TianquError as error:
            errors, status = faults(error), error.status
    village = queries.own_village(request.actor)
    place = place_with(village.place_id) if village is not None else None
    context = {
        "place": place, "errors": errors, "summary": list(errors.items()), "given": request.POST.get("place", ""),
        "wishes": queries.wishes(place=place.code) if place else [], "where": _where(),
        "shows": queries.performances(place=place.code) if place else [], **words(),
    }  # fmt: skip
    return Rendered("culture/mine.html", context, status=status)


def _commit(request: PageRequest, show_id: UUID, given: Given) -> None:
    acts.commit_show(request.actor, show_id=show_id, contract=given.get("contract", ""), starts_at=moment_given(given))


def _say(request: PageRequest, show_id: UUID, given: Given) -> None:
    require(request.actor, "culture.say_given")  # before photos are taken in
    given_at, attendance, note = moment_given(given), count_given(given, "attendance"), given.get("note", "")

    def say(files: list[UUID]) -> None:
        acts.say_given(request.actor, show_id=show_id, files=files, given_at=given_at, attendance=attendance, note=note)

    with_files(request, say, most=acts.FILES_MAX)


def _confirm(request: PageRequest, show_id: UUID, given: Given) -> None:
    require(request.actor, "culture.confirm_show")
    attendance = count_given(given, "attendance") if given.get("agrees") != "on" else None
    note = given.get("note", "")

    def confirm(files: list[UUID]) -> None:
        acts.confirm_show(request.actor, show_id=show_id, files=files, attendance=attendance, note=note)

    with_files(request, confirm, most=acts.FILES_MAX)


DOING: Final[Mapping[str, Callable[[PageRequest, UUID, Given], object]]] = {
    "culture.rate_show": lambda request, show_id, given: rate_show(
        request.actor, show_id=show_id, stars=count_given(given, "stars")
    ),
    "culture.commit_show": _commit,
    "culture.accept_show": lambda request, show_id, given: acts.accept_show(request.actor, show_id=show_id),
    "culture.say_given": _say,
    "culture.confirm_show": _confirm,
    "culture.settle_dispute": lambda request, show_id, given: acts.settle_dispute(
        request.actor, show_id=show_id, attendance=count_given(given, "attendance"), reason=given.get("reason", "")
    ),
    "culture.pay_show": lambda request, show_id, given: acts.pay_show(
        request.actor, show_id=show_id, reason=given.get("reason", "")
    ),
    "culture.refuse_payment": lambda request, show_id, given: acts.refuse_payment(
        request.actor, show_id=show_id, reason=given.get("reason", "")
    ),
    "culture.cancel_show": lambda request, show_id, given: acts.cancel_show(
        request.actor, show_id=show_id, cause=given.get("cause", ""), reason=given.get("reason", "")
    ),
}


def show(request: PageRequest, show_id: UUID) -> PageResult:
    """One performance: what each side said, its money and ratings; what its reader may do (``?deed=``)."""
    errors, status, given = Faults(), 200, typed(request)
    deed = given.get("deed") or request.GET.get("deed", "")[:40]
    if request.method == "POST":
        try:
            if deed not in DOING:
                raise InvalidInput(gettext_noop("This cannot be done here."), field="deed", value=deed[:40])
            DOING[deed](request, show_id, given)
            return Redirect(request.path, notice=gettext("This is written down."))
        except TianquError as error:
            errors, status = faults(error), error.status
    detail = queries.show_detail(request.actor, show_id)
    if "starts_at" in errors or "given_at" in errors:
        errors["day"] = errors.pop("starts_at", "") or errors.pop("given_at", "")
    now = timezone.localtime()
    context = {
        "detail": detail, "it": detail.one, "given": {"day": f"{now:%Y-%m-%d}", "time": f"{now:%H:%M}", **given},
        "deed": deed if deed in detail.deeds else detail.deeds[0] if detail.deeds else "", "errors": errors,
        "summary": list(errors.items()), "causes": options(acts.CAUSES), "where": _where(), "name_of_act": act_name,
        "by_said": lambda by: gettext(known_roles()[by].name) if by in known_roles() else by, **words(),
    }  # fmt: skip
    return Rendered("culture/show.html", context, status=status)


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
        "kind": kind, "least": RANKED_FROM, "where": _where(), **words(),
    }  # fmt: skip
    return Rendered("culture/ranking.html", context)


def _village(village: Any) -> Any:
    return place_with(village.place_id) if village is not None else None


def _where() -> list[tuple[Any, str]]:
    return [(_("Culture for villages"), reverse("culture:menu"))]
