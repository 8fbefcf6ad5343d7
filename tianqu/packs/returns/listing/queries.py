"""The lists of returns, page by page: what an office asks for, its campaigns, and what a unit is to file.

An office sees its own campaigns, a unit its own returns; row-level security is the second wall.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import State
from tianqu.kernel.pack.api import RowsPage, marked, no_page, page_of, rows_of_pages
from tianqu.kernel.places.api import require
from tianqu.packs.returns.designing import Periodicity, design_read
from tianqu.packs.returns.flow import UNFILED
from tianqu.packs.returns.models import Campaign, Filing, Form, FormVersion
from tianqu.packs.returns.queries import (
    SEE,
    CampaignLine,
    FilingLine,
    FormLine,
    campaign_line,
    counted,
    filing_lines,
    of_office,
)

LIMIT_MAX: Final = 200  # rows of a page
WORDS_MAX: Final = 100  # characters of what is looked for
PERIOD: Final = re.compile(r"[0-9]{4}(?:-Q[1-4]|-(?:0[1-9]|1[0-2]))?")
WAITS: Final = Q(order__state__in=UNFILED)
ENDED: Final = Q(closed_at__isnull=False)


class CampaignState(StrEnum):
    """Where campaigns stand."""

    OPEN = "open"
    WAITING = "waiting"  # returns of units wait for a decision
    LATE = "late"  # a unit has not filed by its day
    CLOSED = "closed"


class FilingState(StrEnum):
    """Where the returns of units stand: as their orders do, and those that are to be filed."""

    OPEN = "open"
    DISPATCHED = State.DISPATCHED.value
    ACCEPTED = State.ACCEPTED.value
    DONE = State.DONE.value
    CLOSED = State.CLOSED.value
    REFUSED = State.REFUSED.value


@dataclass(frozen=True, slots=True)
class FormFilters:
    """What a list of forms is narrowed to. ``text``: a part of the title, or the beginning of the code."""

    text: str = ""
    periodicity: Periodicity | None = None


@dataclass(frozen=True, slots=True)
class CampaignFilters:
    """What a list of campaigns is narrowed to. ``period``: of a year, everything in it. ``form`` is a code."""

    state: CampaignState | None = None
    period: str = ""
    form: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class FilingFilters:
    """What a list of units' returns is narrowed to. ``late``: to be filed, and its day is over."""

    state: FilingState | None = None
    period: str = ""
    form: str = ""
    text: str = ""
    unit_id: UUID | None = None
    late: bool = False


def form_list(actor: Actor, *, filters: FormFilters = FormFilters(), after: str = "", limit: int = 50) -> RowsPage:
    """A page of ``FormLine``: the returns that the actor's office asks for, by code, each as it now looks."""
    require(actor, SEE)
    newest = FormVersion.objects.filter(form=OuterRef("pk")).order_by("-number")
    rows = of_office(actor, Form.objects.annotate(newest_id=Subquery(newest.values("id")[:1])))
    if words := _words(filters.text):
        titled = FormVersion.objects.filter(_titled("design", words=words), id=OuterRef("newest_id"))
        rows = rows.filter(Q(code__startswith=words) | Exists(titled))
    if filters.periodicity is not None:
        asked = FormVersion.objects.filter(design__periodicity=filters.periodicity.value, id=OuterRef("newest_id"))
        rows = rows.filter(Exists(asked))
    if after:
        (code,) = marked(after, parts=1)
        rows = rows.filter(code__gt=code)
    found = list(rows.order_by("code")[: _bounded(limit) + 1])
    versions = FormVersion.objects.in_bulk([form.newest_id for form in found])
    campaigns = Campaign.objects.filter(form__in=[form.id for form in found])
    asked_for = dict(campaigns.values_list("form_id").annotate(n=Count("id")))
    lines = []
    for form in found:
        version = versions[form.newest_id]
        design = design_read(version.design)
        lines.append(FormLine(form.id, form.code, version.number, design, asked_for.get(form.id, 0)))
    return page_of(lines, _bounded(limit), by=lambda line: (line.code,))


def campaign_list(
    actor: Actor, *, filters: CampaignFilters = CampaignFilters(), after: str = "", limit: int = 50
) -> RowsPage:
    """A page of ``CampaignLine``: the campaigns of the actor's office, open ones first, then by the newest period.

    Only one campaign asks for a return in a period, so that period and code name it.
    """
    require(actor, SEE)
    rows = _of_campaigns(of_office(actor, Campaign.objects.all()), filters)
    if after:
        rows = rows.filter(_behind_campaign(after))
    rows = rows.annotate(ended=ENDED).order_by("ended", "-period", "form__code")
    ids = list(rows.values_list("id", flat=True)[: _bounded(limit) + 1])
    # Counted are the campaigns of this page alone, however many there are.
    counts = counted(Campaign.objects.select_related("form", "version")).in_bulk(ids)
    lines = [campaign_line(counts[campaign_id]) for campaign_id in ids]
    return page_of(lines, _bounded(limit), by=_campaign_key)


def all_campaigns(actor: Actor) -> Iterator[CampaignLine]:
    """Every campaign of the actor's office, page by page."""
    return rows_of_pages(lambda after: campaign_list(actor, after=after, limit=LIMIT_MAX))


def _of_campaigns(rows: QuerySet[Campaign], filters: CampaignFilters) -> QuerySet[Campaign]:
    filings = Filing.objects.filter(campaign=OuterRef("pk"))
    if filters.state in (CampaignState.OPEN, CampaignState.CLOSED):
        rows = rows.filter(closed_at__isnull=filters.state is CampaignState.OPEN)
    elif filters.state is CampaignState.WAITING:
        rows = rows.filter(Exists(filings.filter(order__state=State.DONE)))
    elif filters.state is CampaignState.LATE:
        rows = rows.filter(Exists(filings.filter(WAITS, due_on__lt=timezone.localdate())))
    rows = rows.filter(_in_period("period", text=filters.period))
    if filters.form:
        rows = rows.filter(form__code=filters.form)
    if words := _words(filters.text):
        rows = rows.filter(Q(form__code__startswith=words) | _titled("version__design", words=words))
    return rows


def _campaign_key(line: CampaignLine) -> tuple[str, str, str]:
    return "ended" if line.closed_at is not None else "open", line.period, line.code


def _behind_campaign(after: str) -> Q:
    state, period, code = marked(after, parts=3)
    if state not in ("open", "ended") or not PERIOD.fullmatch(period):
        raise no_page(after)
    further = Q(period__lt=period) | Q(period=period, form__code__gt=code)
    return ENDED & further if state == "ended" else ENDED | further


def filing_list(
    actor: Actor, *, filters: FilingFilters = FilingFilters(), after: str = "", limit: int = 50
) -> RowsPage:
    """A page of ``FilingLine``: the returns of the actor's units, what is to be filed first, by its day; then the
    newest of the others."""
    require(actor, SEE)
    rows = Filing.objects.all() if actor.scope.everything else Filing.objects.filter(unit_id__in=actor.scope.unit_ids)
    rows = _of_filings(rows, filters)
    if after:
        rows = rows.filter(_behind_filing(after))
    due = Case(When(WAITS, "due_on")).asc(nulls_last=True)
    rows = rows.annotate(waits=WAITS).order_by("-waits", due, "-due_on", "order_id")
    return page_of(filing_lines(rows[: _bounded(limit) + 1]), _bounded(limit), by=_filing_key)


def _of_filings(rows: QuerySet[Filing], filters: FilingFilters) -> QuerySet[Filing]:
    if filters.state is FilingState.OPEN:
        rows = rows.filter(WAITS)
    elif filters.state is not None:
        rows = rows.filter(order__state=filters.state.value)
    if filters.late:
        rows = rows.filter(WAITS, due_on__lt=timezone.localdate())
    if filters.unit_id is not None:
        rows = rows.filter(unit_id=filters.unit_id)
    rows = rows.filter(_in_period("campaign__period", text=filters.period))
    if filters.form:
        rows = rows.filter(campaign__form__code=filters.form)
    if words := _words(filters.text):
        rows = rows.filter(
            Q(campaign__form__code__startswith=words) | _titled("campaign__version__design", words=words)
        )
    return rows


def _filing_key(line: FilingLine) -> tuple[str, date, UUID]:
    return "waits" if line.state in UNFILED else "filed", line.due_on, line.id


def _behind_filing(after: str) -> Q:
    state, day, filing = marked(after, parts=3)
    try:
        due_on, filing_id = date.fromisoformat(day), UUID(filing)
    except ValueError as error:
        raise no_page(after) from error
    same_day = Q(due_on=due_on, order_id__gt=filing_id)
    if state == "waits":
        return ~WAITS | Q(due_on__gt=due_on) | same_day
    if state == "filed":
        return ~WAITS & (Q(due_on__lt=due_on) | same_day)
    raise no_page(after)


def _titled(design: str, *, words: str) -> Q:
    """Whether words stand in a title of a design, in either language."""
    return Q(**{f"{design}__title_zh__icontains": words}) | Q(**{f"{design}__title_en__icontains": words})


def _words(text: str) -> str:
    return " ".join(text.split())[:WORDS_MAX]


def _in_period(name: str, *, text: str) -> Q:
    """A period itself, and what lies in a year. Raises ``InvalidInput``."""
    period = text.strip().upper()
    if not period:
        return Q()
    if not PERIOD.fullmatch(period):
        raise InvalidInput(
            _("“%(value)s” is not a period."), field="period", value=text[:40],
            remedy=_("Write a year as 2020, a quarter as 2020-Q4, a month as 2020-11."),
        )  # fmt: skip
    return Q(**{name: period}) | Q(**{f"{name}__startswith": f"{period}-"})


def _bounded(limit: int) -> int:
    return max(1, min(limit, LIMIT_MAX))
