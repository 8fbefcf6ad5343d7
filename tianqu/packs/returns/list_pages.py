"""The pages that list returns: what a unit is to file, an office's campaigns, and the returns that it asks for."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, TypeVar

from django.http import QueryDict
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput
from tianqu.kernel.pack.api import Column, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import unit_typed
from tianqu.packs.returns.designing import Periodicity
from tianqu.packs.returns.listing.queries import (
    CampaignFilters,
    CampaignState,
    FilingFilters,
    FilingState,
    FormFilters,
    campaign_list,
    filing_list,
    form_list,
)
from tianqu.packs.returns.words import PERIODICITIES, STATES, template_words

Chosen = TypeVar("Chosen", bound=StrEnum)
ROWS: Final = 50
FILING_COLUMNS: Final = (
    Column("return", _("Return")), Column("period", _("Period")), Column("state", _("State")),
    Column("due", _("To be filed by")), Column("filed", _("First filed")), Column("kind", _("Figures filed")),
)  # fmt: skip
CAMPAIGN_COLUMNS: Final = (
    Column("return", _("Return")), Column("period", _("Period")), Column("due", _("To be filed by")),
    Column("asked", _("Units asked"), numeric=True), Column("filed", _("Filed"), numeric=True),
    Column("waiting", _("To be decided"), numeric=True), Column("late", _("Late"), numeric=True),
    Column("state", _("State")),
)  # fmt: skip
FORM_COLUMNS: Final = (
    Column("return", _("Return")), Column("code", _("Code")), Column("periodicity", _("Asked how often")),
    Column("columns", _("Columns of the return"), numeric=True), Column("checks", _("Checks"), numeric=True),
    Column("version", _("Version"), numeric=True), Column("campaigns", _("Campaigns"), numeric=True),
    Column("do", _("What to do")),
)  # fmt: skip
FILING_STATES: Final = [
    (FilingState.OPEN.value, _("to be filed")),
    *((state.value, _(title)) for state, title in STATES.items()),
]
CAMPAIGN_STATES: Final = [
    (CampaignState.OPEN.value, _("under way")), (CampaignState.WAITING.value, _("with returns to be decided")),
    (CampaignState.LATE.value, _("with units that are late")), (CampaignState.CLOSED.value, _("ended")),
]  # fmt: skip
PERIOD_OPTIONS: Final = [(each.value, _(title)) for each, title in PERIODICITIES.items()]


def filings(request: PageRequest) -> PageResult:
    """The returns of one's unit: what is to be filed first."""
    query, several = request.GET, len(request.actor.scope.unit_ids) > 1
    unit = query.get("unit", "").strip()
    filters = FilingFilters(
        _chosen(query, "state", FilingState), query.get("period", ""), query.get("form", ""), query.get("text", ""),
        unit_typed(unit, field="unit").id if unit else None, query.get("late") == "on",
    )  # fmt: skip
    page = filing_list(request.actor, filters=filters, after=query.get("after", ""), limit=ROWS)
    table = Table(caption=_("Returns to file"), columns=FILING_COLUMNS, rows=page.rows, next_cursor=page.after)
    return Rendered("returns/filings.html", _context(query, table) | {"several": several, "states": FILING_STATES})


def campaigns(request: PageRequest) -> PageResult:
    """The campaigns of one's office, the open ones first."""
    query = request.GET
    filters = CampaignFilters(
        _chosen(query, "state", CampaignState), query.get("period", ""), query.get("form", ""), query.get("text", "")
    )
    page = campaign_list(request.actor, filters=filters, after=query.get("after", ""), limit=ROWS)
    table = Table(caption=_("Campaigns"), columns=CAMPAIGN_COLUMNS, rows=page.rows, next_cursor=page.after)
    return Rendered("returns/campaigns.html", _context(query, table) | {"states": CAMPAIGN_STATES})


def forms(request: PageRequest) -> PageResult:
    """The returns that one's office asks for."""
    query = request.GET
    filters = FormFilters(query.get("text", ""), _chosen(query, "periodicity", Periodicity))
    page = form_list(request.actor, filters=filters, after=query.get("after", ""), limit=ROWS)
    table = Table(caption=_("Returns"), columns=FORM_COLUMNS, rows=page.rows, next_cursor=page.after)
    said = {each: gettext(title) for each, title in PERIODICITIES.items()}
    return Rendered("returns/forms.html", _context(query, table) | {"periods": PERIOD_OPTIONS, "periodicities": said})


def _context(query: QueryDict, table: Table) -> dict[str, Any]:
    narrowed = any(value for name, value in query.items() if name != "after")
    return {"table": table, "given": query.dict(), "narrowed": narrowed, **template_words()}


def _chosen(query: QueryDict, name: str, kinds: type[Chosen]) -> Chosen | None:
    """What a list is narrowed to, None for all. Raises ``InvalidInput``."""
    text = query.get(name, "")
    if text and text not in [each.value for each in kinds]:
        raise InvalidInput(
            gettext_noop("“%(value)s” is none of the list."), field=name, value=text[:40],
            remedy=gettext_noop("Choose one of the list."),
        )  # fmt: skip
    return kinds(text) if text else None
