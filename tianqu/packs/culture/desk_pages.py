"""The desks of culture: what waits for a word, ordering for a village, an office's menu and budget, statements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from tianqu.base.errors import InvalidInput
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import PageRequest, PageResult, Rendered
from tianqu.kernel.places.api import can, place_called, places_at, unit_typed
from tianqu.packs.culture import queries
from tianqu.packs.culture.declaring import acts as declaring
from tianqu.packs.culture.models import GENRES, KINDS, STAGES
from tianqu.packs.culture.registers.matters import contract_numbered, troupe_called, work_called
from tianqu.packs.culture.shows.acts import order_show
from tianqu.packs.culture.typing_in import Given, count_given, day_given, fen_given, formed, id_given, table_file
from tianqu.packs.culture.words import named, options, word, words

EXPORT_MAX: Final = 40  # pages of 500
WORDS: Final = ("name", "name_en", "words", "words_en")


def desk(request: PageRequest) -> PageResult:
    """What waits for a word of one's office, village or troupe; then everything one has a part in."""
    after = request.GET.get("after", "")
    asked = queries.ShowsAsked(after=id_given({"after": after}, "after") if after else None, limit=51)
    rows, waits = queries.performances(asked, actor=request.actor), queries.waiting(request.actor)
    context = {
        "waits": waits, "rows": rows[:50], "after": rows[49].order_id if len(rows) > 50 else "",
        "places": queries.villages_named([*rows, *(one for one, _deeds in waits)]),
        "troupes": queries.troupes_of(request.actor), **words(),
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
    return formed(
        request, "order", lambda: begun, keep, villages=[(place.code, named(place)) for place in villages],
        works=[(line.work.code, _offered(line)) for line in lines], wishes=[line for line in lines if line.votes][:20],
    )  # fmt: skip


def _offered(line: queries.MenuLine) -> str:
    votes = gettext("%(votes)s wish for it") % {"votes": line.votes}
    return f"{named(line.work)} · {word(line.work.kind)} · {votes}"


def office(request: PageRequest) -> PageResult:
    """An office's budget as its book holds it, its contracts with their prices, its menu; granting money."""
    unit_id = _own_unit(request)

    def keep(given: Given) -> tuple[str, str]:
        declaring.grant_budget(
            request.actor, unit_id=unit_id, transfer_id=id_given(given, "sent_id"),
            amount_fen=fen_given(given.get("amount_fen", ""), field="amount_fen"), purpose=given.get("purpose", ""),
        )  # fmt: skip
        return request.path, gettext("The money is granted.")

    return formed(
        request, "office", lambda: {"sent_id": str(new_identifier())}, keep,
        budget=queries.budget_of(request.actor, unit_id=unit_id), contracts=queries.contracts_of(request.actor),
        troupes=queries.troupes_of(request.actor), works=[one for one in queries.menu(request.actor)
                                                         if one.work.unit_id == unit_id],
        grants=can(request.actor, "culture.grant_budget"),
    )  # fmt: skip


def declare_a_troupe(request: PageRequest) -> PageResult:
    """Declare who gives works, or change one (``?of=``)."""

    def keep(given: Given) -> tuple[str, str]:
        declaring.declare_troupe(
            request.actor, unit_id=_own_unit(request), troupe=given.get("troupe", ""), name=given.get("name", ""),
            name_en=given.get("name_en", ""), is_open=given.get("is_open") == "on",
            troupe_unit_id=unit_typed(given.get("unit", ""), field="unit").id,
        )  # fmt: skip
        return reverse("culture:office"), gettext("This is declared.")

    def begun() -> Given:
        if not request.GET.get("of"):
            return {"is_open": "on"}
        it = troupe_called(request.GET["of"])
        return {"troupe": it.code, "name": it.name, "name_en": it.name_en, "is_open": "on" * it.is_open}

    return formed(request, "troupe_form", begun, keep)


def declare_a_work(request: PageRequest) -> PageResult:
    """Put a work on the menu, or change one (``?of=``)."""

    def keep(given: Given) -> tuple[str, str]:
        declaring.declare_work(
            request.actor, unit_id=_own_unit(request), work=given.get("work", ""), kind=given.get("kind", ""),
            genre=given.get("genre", ""), length_minutes=count_given(given, "length_minutes"),
            stage=[str(one) for one in request.POST.getlist("stage")], is_open=given.get("is_open") == "on",
            **{name: given.get(name, "") for name in WORDS},
        )  # fmt: skip
        return reverse("culture:office"), gettext("This is declared.")

    def begun() -> dict[str, Any]:
        if not request.GET.get("of"):
            return {"is_open": "on", "length_minutes": "90"}
        it = work_called(request.GET["of"])
        names = (*WORDS, "kind", "genre", "length_minutes", "stage")
        return {name: getattr(it, name) for name in names} | {"work": it.code, "is_open": "on" * it.is_open}

    chosen = request.POST.getlist("stage") if request.method == "POST" else begun().get("stage", ())
    return formed(
        request, "work_form", begun, keep, kinds=options(KINDS), genres=options(GENRES), stages=options(STAGES),
        stage=chosen,
    )  # fmt: skip


def declare_a_contract(request: PageRequest) -> PageResult:
    """Write a contract down with its prices, a line each: the work's code and yuan; or change one (``?of=``)."""

    def keep(given: Given) -> tuple[str, str]:
        declaring.declare_contract(
            request.actor, number=given.get("number", ""), troupe=given.get("troupe", ""),
            starts_on=day_given(given, "starts_on"), ends_on=day_given(given, "ends_on"),
            rating_floor=fen_given(given.get("rating_floor", ""), field="rating_floor"),
            raters_least=count_given(given, "raters_least"), offers=list(_offers(given.get("offers", ""))),
        )  # fmt: skip
        return reverse("culture:office"), gettext("This is declared.")

    def begun() -> Given:
        if not request.GET.get("of"):
            return {"rating_floor": "3.5", "raters_least": "5"}
        it = contract_numbered(request.GET["of"])
        known = next((one for one in queries.contracts_of(request.actor) if one.number == it.number), None)
        lines = [f"{one.work_id} {one.price_fen / 100:.2f}" for one in known.offers.all()] if known else []
        return {
            "number": it.number, "troupe": it.troupe_id, "starts_on": it.starts_on.isoformat(),
            "ends_on": it.ends_on.isoformat(), "rating_floor": f"{it.rating_floor / 100:.2f}",
            "raters_least": str(it.raters_least), "offers": "\n".join(lines),
        }  # fmt: skip

    troupes = [(one.code, named(one)) for one in queries.troupes_of(request.actor)]
    return formed(request, "contract_form", begun, keep, troupes=troupes)


def _offers(text: str) -> Iterator[declaring.Priced]:
    for line in text.splitlines()[: declaring.OFFERS_MAX + 1]:
        work, _blank, price = line.strip().partition(" ")
        if work:
            yield declaring.Priced(work, fen_given(price, field="offers"))


def statement(request: PageRequest, code: str) -> PageResult:
    """What became of everything a troupe was engaged for, with sums."""
    told = queries.statement(request.actor, troupe=code)
    context = {"told": told, "places": queries.villages_named(told.rows), **words()}
    return Rendered("culture/statement.html", context)


def statement_file(request: PageRequest, *, code: str, form: str) -> PageResult:
    """The statement of a troupe as CSV or a workbook."""
    queries.statement(request.actor, troupe=code, limit=1)  # asked before the first line is sent
    heads = [gettext("Day"), gettext("Village"), gettext("Work"), gettext("Contract"), gettext("Price in fen"),
             gettext("State"), gettext("How many came"), gettext("Ratings"), gettext("Decided on"),
             gettext("Reason")]  # fmt: skip
    return table_file(f"statement-{code}", heads, list(_statement_rows(request, code)), form=form)


def _statement_rows(request: PageRequest, code: str) -> Iterator[list[object]]:
    after: UUID | None = None
    for _page in range(EXPORT_MAX):
        rows = queries.statement(request.actor, troupe=code, after=after).rows
        places = queries.villages_named(rows)
        for one in rows:
            yield [
                timezone.localdate(one.starts_at).isoformat() if one.starts_at else "",
                named(places.get(one.place_path)), named(one.work), one.contract_id, one.price_fen, word(one.stand),
                one.attendance, one.rating_count, one.decided_on.isoformat() if one.decided_on else "", one.reason,
            ]  # fmt: skip
        if len(rows) < queries.LIST_MAX:
            return
        after = rows[-1].order_id


def _own_unit(request: PageRequest) -> UUID:
    if request.actor.unit_id is None:
        raise InvalidInput(gettext_noop("Only somebody of an office of culture does this."), field="unit_id")
    return request.actor.unit_id
