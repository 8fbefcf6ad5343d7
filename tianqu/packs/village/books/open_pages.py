"""Opening a village's book: which villages have none, and the form for one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.ledgers.api import NewLedger, open_book
from tianqu.kernel.pack.api import Column, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import can
from tianqu.packs.village.books.queries import LAND_CHART, Owner, bookless_villages, owner_called
from tianqu.packs.village.forms import Done, Field, Form, act_page, day_given
from tianqu.packs.village.keeping.pages import month_address
from tianqu.packs.village.statements.queries import MONEY
from tianqu.packs.village.words import english, shown

ROWS: Final = 50
COLUMNS: Final = (Column("name", _("Village")), Column("code", _("Code")))
LAND: Final = "land"


def open_(request: PageRequest) -> PageResult:
    """The villages in reach that have no book; with ?village= the form that opens one."""
    if code := request.GET.get("village", "").strip()[:100]:
        return _form(request, owner_called(request.actor, code))
    text = request.GET.get("text", "")[:100]
    page = bookless_villages(request.actor, text=text, after=request.GET.get("after") or None, limit=ROWS)
    table = Table(gettext("Villages without a book"), COLUMNS, page.rows, next_cursor=page.after or "")
    return Rendered("village/bookless.html", {"table": table, "text": text, "shown": shown})


def _form(request: PageRequest, owner: Owner) -> PageResult:
    charts = [(one.code, one.title_en if english() else one.title) for one in owner.charts]
    units = [(str(one.id), shown(one)) for one in owner.units]
    fields = [
        Field("name", _("Name of the book")),
        Field("name_en", _("Name in English"), required=False),
        Field("code", _("Public code"), width="m",
              hint=_("Small letters, digits, points and hyphens. It stands in the public log and never changes.")),
        *([Field("unit", _("Whose book it is"), "select", options=units)] if len(units) > 1 else []),
        Field("chart", _("Chart of accounts"), "select", options=charts,
              hint=_("It must be in force on the first day.")),
        Field("first_day", _("First day"), "date", width="s",
              hint=_("What the village had and owed on the day before is entered next, as its opening balances.")),
        *([Field(LAND, _("Also keep its land, in mu"), "checkbox")] if owner.land else []),
    ]  # fmt: skip
    form = Form(
        title=_("Open the book of %(village)s") % {"village": shown(owner.place)}, button=_("Open the book"),
        permission="ledgers.open_book", fields=fields, where=[
            (_("Books"), reverse("village:books")), (_("Villages without a book"), reverse("village:book_open")),
        ],
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        whose = {"unit_id": UUID(given.get("unit") or units[0][0])} if units else {"place_id": owner.place.id}
        ledgers = [NewLedger(MONEY, "fen", given["chart"])]
        if given.get(LAND) == "on":
            ledgers.append(NewLedger(LAND, "mu_4", LAND_CHART))
        open_book(
            request.actor, code=given["code"], name=given["name"], name_en=given["name_en"], ledgers=ledgers,
            first_day=day_given(given, "first_day"), **whose,
        )  # fmt: skip
        if can(request.actor, "village.enter_opening"):
            return Done(reverse("village:book_opening", kwargs={"code": given["code"]}), _("The book is open."))
        return Done(
            month_address(given["code"]), _("The book is open. Its accountant enters what the village had and owed.")
        )

    values = {
        "name": gettext("Collective book of %(village)s") % {"village": shown(owner.place)},
        "code": f"{owner.place.code.lower()}.funds", "chart": max((code for code, _title in charts), default=""),
        "first_day": timezone.localdate().replace(month=1, day=1).isoformat(), LAND: "on",
    }  # fmt: skip
    return act_page(request, form, perform, values=values)
