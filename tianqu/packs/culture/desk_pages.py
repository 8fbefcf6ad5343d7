"""The desks of culture: what waits for a word, ordering for a village, an office's budget, a troupe's statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from tianqu.base.errors import InvalidInput
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import (
    Given,
    PageRequest,
    PageResult,
    Rendered,
    day_given,
    fen_given,
    formed,
    id_given,
    mark_given,
)
from tianqu.kernel.places.api import can, place_called, places_at
from tianqu.packs.culture import queries
from tianqu.packs.culture.declaring.acts import grant_budget
from tianqu.packs.culture.shows.acts import order_show
from tianqu.packs.culture.words import named, word, words


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


def waiting_count(request: PageRequest) -> int:
    """How many wait for a word of one's own."""
    return queries.waiting_count(request.actor)


def order(request: PageRequest) -> PageResult:
    """Order a work for one's village, with what villagers wish for beside it."""

    def keep(given: Given) -> tuple[str, str]:
        show_id = id_given(given, "sent_id")
        code = order_show(
            request.actor, show_id=show_id, place_id=place_called(given.get("place", "")).id,
            work=given.get("work", ""), first_day=day_given(given, "first_day"), last_day=day_given(given, "last_day"),
            note=given.get("note", ""),
        )  # fmt: skip
        return reverse("culture:show", kwargs={"show_id": show_id}), gettext("Ordered: %(code)s") % {"code": code}

    villages = sorted(
        places_at(set(request.actor.scope.place_paths), on=timezone.localdate()).values(), key=lambda place: place.code
    )
    chosen = request.GET.get("place", "") or (villages[0].code if villages else "")
    begun = {"sent_id": str(new_identifier()), "work": request.GET.get("work", ""), "place": chosen}
    lines = queries.menu(request.actor, place=chosen[:80]) if chosen else []
    return desk_form(
        request, "order", lambda: begun, keep, villages=[(place.code, named(place)) for place in villages],
        works=[(line.work.code, _offered(line)) for line in lines], wishes=[line for line in lines if line.votes][:20],
    )  # fmt: skip


def _offered(line: queries.MenuLine) -> str:
    votes = gettext("%(votes)s wish for it") % {"votes": line.votes}
    return f"{named(line.work)} · {word(line.work.kind)} · {votes}"


def office(request: PageRequest) -> PageResult:
    """An office's budget as its book holds it, granting money, and the way to its registers."""
    unit_id = own_unit(request)

    def keep(given: Given) -> tuple[str, str]:
        grant_budget(
            request.actor, unit_id=unit_id, transfer_id=id_given(given, "sent_id"),
            amount_fen=fen_given(given, "amount_fen"), purpose=given.get("purpose", ""),
        )  # fmt: skip
        return request.path, gettext("The money is granted.")

    return desk_form(
        request, "office", lambda: {"sent_id": str(new_identifier())}, keep,
        budget=queries.budget_of(request.actor, unit_id=unit_id), grants=can(request.actor, "culture.grant_budget"),
    )  # fmt: skip


def statement(request: PageRequest, code: str) -> PageResult:
    """What became of everything a troupe was engaged for, with sums."""
    told = queries.statement(request.actor, troupe=code)
    context = {"told": told, "places": queries.villages_named(told.rows), **words()}
    return Rendered("culture/statement.html", context)


def own_unit(request: PageRequest) -> UUID:
    """The unit by whose post somebody acts. Raises ``InvalidInput``."""
    if request.actor.unit_id is None:
        raise InvalidInput(gettext_noop("Only somebody of an office of culture does this."), field="unit_id")
    return request.actor.unit_id


def desk_form(
    request: PageRequest, template: str, begun: Callable[[], Given], keep: Callable[[Given], tuple[str, str]],
    **more: Any,
) -> PageResult:  # fmt: skip
    """A form of the desk, with the way back to it."""
    context = {"where": [(gettext("Culture"), reverse("culture:desk"))], **words(), **more}
    return formed(request, f"culture/{template}.html", begun=begun, keep=keep, **context)
