"""The pages of fixed assets, funds, claims and debts: one list for the four kinds, one thing, a form for each act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Column, Download, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import places_at
from tianqu.packs.village import acts
from tianqu.packs.village.choosing import narrowed_to
from tianqu.packs.village.findings.pages import about
from tianqu.packs.village.forms import (
    Done,
    Field,
    Form,
    act_page,
    day_given,
    day_or_none,
    home_village,
    place_path_asked,
    said_yuan,
    village_field,
    village_given,
    yuan_given,
)
from tianqu.packs.village.holding.queries import (
    HoldingDetail,
    HoldingFilters,
    HoldingRow,
    holding_detail,
    holding_list,
    holding_sums,
)
from tianqu.packs.village.land_pages import DAY, REASON, ROWS
from tianqu.packs.village.models import HoldingKind, HoldingVersion
from tianqu.packs.village.registers.holdings import OWED, HoldingFacts
from tianqu.packs.village.tabular import EXPORT_PAGE, exported, village_names
from tianqu.packs.village.words import HOLDINGS, day_said, shown

AMOUNTS: Final = {
    HoldingKind.ASSET: _("Cost in yuan"), HoldingKind.FUND: _("Amount in yuan"),
    HoldingKind.CLAIM: _("Owed to the village in yuan"), HoldingKind.DEBT: _("Owed by the village in yuan"),
}  # fmt: skip
PARTIES: Final = {HoldingKind.CLAIM: _("Who owes it"), HoldingKind.DEBT: _("To whom it is owed")}
KIND_OPTIONS: Final = [(each.value, _(title)) for each, title in HOLDINGS.items()]
COLUMNS: Final = (
    Column("number", _("Register number")), Column("kind", _("Kind")), Column("name", _("Name")),
    Column("party", _("Other party")), Column("amount", _("Amount"), numeric=True, unit=_("yuan")),
    Column("settled", _("Settled"), numeric=True, unit=_("yuan")),
    Column("open", _("Still open"), numeric=True, unit=_("yuan")), Column("due", _("Due on")),
    Column("since", _("Since")),
)  # fmt: skip


def crumbs(detail: HoldingDetail | None = None) -> list[tuple[Any, str]]:
    """Where the pages are."""
    first = (_("Assets and debts"), reverse("village:holdings"))
    return [first, (detail.number, address_of(detail.id))] if detail else [first]


def address_of(holding_id: UUID) -> str:
    """The page of one holding."""
    return reverse("village:holding", kwargs={"holding_id": holding_id})


def filters_of(query: QueryDict, actor: Actor) -> HoldingFilters:
    """Read the filters of an address. Raises ``InvalidInput``."""
    kind = query.get("kind", "")
    if kind and kind not in HoldingKind.values:
        raise InvalidInput(
            gettext_noop("“%(value)s” is none of the list."), field="kind", value=kind[:40],
            remedy=gettext_noop("Choose one of the list."),
        )  # fmt: skip
    return HoldingFilters(
        HoldingKind(kind) if kind else None, place_path_asked(query, actor), text=query.get("q", "")[:100],
        on=day_or_none({"on": query.get("on", "")}, "on"),
    )  # fmt: skip


def holdings(request: PageRequest) -> PageResult:
    """The list, by number, with the sum of each kind."""
    filters = filters_of(request.GET, request.actor)
    page = holding_list(request.actor, filters=filters, after=request.GET.get("after") or None, limit=ROWS)
    village = home_village(request)
    context = {
        "table": Table(caption=_("Assets and debts"), columns=COLUMNS, rows=page.rows, next_cursor=page.after or ""),
        "given": request.GET.dict(), "kinds": KIND_OPTIONS, "kind_of": kind_said, "yuan": said_yuan,
        "open_of": lambda row: open_fen(row.kind, row), "today": filters.on or timezone.localdate(),
        "sums": holding_sums(request.actor, filters=filters), "village": shown(village) if village else "",
        "villages": {} if village else village_names(page.rows),
        "export": f"{reverse('village:holdings_export')}?{urlencode(request.GET.dict())}",
    } | ({} if village else narrowed_to(request))  # fmt: skip
    return Rendered("village/holdings.html", context)


def open_fen(kind: str, one: HoldingRow | HoldingVersion) -> int | None:
    """What of a claim or debt is not settled; None for what is not owed."""
    return one.amount_fen - one.settled_fen if kind in OWED else None


def kind_said(value: str) -> str:
    """What a kind is called, in the language of the page."""
    return gettext(HOLDINGS[HoldingKind(value)])


def export(request: PageRequest) -> PageResult:
    """Just what the list shows, as CSV with a byte order mark."""
    filters = filters_of(request.GET, request.actor)
    return Download(f"holdings-{timezone.localdate()}.csv", "text/csv; charset=utf-8", _lines(request, filters))


def _lines(request: PageRequest, filters: HoldingFilters) -> Iterator[bytes]:
    heads = [f"{column.title} ({column.unit})" if column.unit else str(column.title) for column in COLUMNS]
    return exported(
        [gettext("Village"), *heads],
        lambda after: holding_list(request.actor, filters=filters, after=after, limit=EXPORT_PAGE),
        _cells,
    )


def _cells(row: HoldingRow, names: Mapping[str, str]) -> list[object]:
    return [
        names.get(row.place_path, ""), row.number, kind_said(row.kind), row.name, row.party,
        said_yuan(row.amount_fen).replace(",", ""), said_yuan(row.settled_fen).replace(",", ""),
        said_yuan(open_fen(row.kind, row)).replace(",", ""),
        row.due_on.isoformat() if row.due_on else "", row.valid_from.isoformat(),
    ]  # fmt: skip


def holding(request: PageRequest, holding_id: UUID) -> PageResult:
    """One fixed asset, fund, claim or debt, with what it was."""
    detail = holding_detail(request.actor, holding_id=holding_id)
    place = places_at({detail.place_path}).get(detail.place_path)
    context = {
        "detail": detail, "now": detail.now or detail.versions[0], "village": shown(place) if place else "",
        "kind": kind_said(detail.kind), "yuan": said_yuan, "day_said": day_said, "owed": detail.kind in OWED,
        "open_fen": open_fen(detail.kind, detail.now or detail.versions[0]), "today": timezone.localdate(),
    }  # fmt: skip
    return Rendered("village/holding.html", context | about(request.actor, holding_id))


def _fields(kind: HoldingKind) -> tuple[Field, ...]:
    owed = kind in OWED
    return (
        Field("name", _("Name")), *([Field("party", PARTIES[kind])] if owed else []),
        Field("amount", AMOUNTS[kind], width="s"),
        *([Field("settled", _("Settled in yuan"), required=False, width="s"),
           Field("due_on", _("Due on"), "date", required=False, width="s")] if owed else []),
        *([Field("location", _("Where it is"), required=False)] if not owed else []),
        Field("note", _("Remarks"), required=False), DAY,
    )  # fmt: skip


def _facts(given: Mapping[str, str]) -> HoldingFacts:
    return HoldingFacts(
        given["name"], yuan_given(given, "amount") or 0, given.get("party", ""), yuan_given(given, "settled") or 0,
        day_or_none(given, "due_on"), given.get("location", ""), given["note"],
    )  # fmt: skip


def create(request: PageRequest, kind: str) -> PageResult:
    """Enter a fixed asset, a fund, a claim or a debt."""
    if kind not in HoldingKind.values:
        raise NotFound(
            gettext_noop("“%(value)s” is none of the list."), field="kind", value=kind[:40],
            remedy=gettext_noop("Use one of: %(allowed)s."), allowed=", ".join(HoldingKind.values),
        )  # fmt: skip
    form = Form(
        title=_("New entry: %(kind)s") % {"kind": kind_said(kind)}, button=_("Enter"),
        permission="village.register_holding", where=crumbs(),
        fields=(
            *village_field(request), Field("number", _("Register number"), hint=_("The village's own."), width="s"),
            *_fields(HoldingKind(kind)),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.register_holding(
            request.actor, place_id=village_given(request, given).id, holding_id=sent_id, kind=HoldingKind(kind),
            number=given["number"], day=day_given(given, "day"), facts=_facts(given),
        )  # fmt: skip
        return Done(address_of(sent_id), _("It was entered."))

    return act_page(request, form, perform, values={"day": timezone.localdate().isoformat()})


def correct(request: PageRequest, holding_id: UUID) -> PageResult:
    """Let other facts hold from a day on."""
    detail = holding_detail(request.actor, holding_id=holding_id)
    form = Form(
        title=_("Correct the entry"), button=_("Save"), permission="village.correct_holding", where=crumbs(detail),
        fields=(*_fields(HoldingKind(detail.kind)), REASON),
        text=_("What it was before this day stays readable. To put right what was wrong from the beginning, give the "
               "day on which that began."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.correct_holding(
            request.actor, holding_id=holding_id, change_id=sent_id, day=day_given(given, "day"), facts=_facts(given),
            reason=given["reason"],
        )  # fmt: skip
        return Done(address_of(holding_id), _("The entry was corrected."))

    values = {"day": timezone.localdate().isoformat()}
    if (now := detail.now) is not None:
        values |= {
            "name": now.name, "party": now.party, "amount": said_yuan(now.amount_fen), "location": now.location,
            "settled": said_yuan(now.settled_fen), "due_on": now.due_on.isoformat() if now.due_on else "",
            "note": now.note,
        }  # fmt: skip
    return act_page(request, form, perform, values=values)


def end(request: PageRequest, holding_id: UUID) -> PageResult:
    """Take it out of the register on a day, with the reason."""
    detail = holding_detail(request.actor, holding_id=holding_id)
    form = Form(
        title=_("Take it out of the register"), button=_("Take out"), permission="village.end_holding",
        where=crumbs(detail), fields=(DAY, REASON), dangerous=True,
        text=_("Sold, scrapped, closed, settled or written off: the reason says which. It stays readable."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.end_holding(
            request.actor, holding_id=holding_id, change_id=sent_id, day=day_given(given, "day"),
            reason=given["reason"],
        )  # fmt: skip
        return Done(address_of(holding_id), _("It was taken out."))

    return act_page(request, form, perform, values={"day": timezone.localdate().isoformat()})
