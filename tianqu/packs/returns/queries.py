"""Reading returns: one that is asked for, one campaign, one unit's return; ``listing`` and ``figures`` have the lists.

An office sees its own campaigns, a unit its own returns, and neither anything else; row-level security is the second
wall. Nothing here is public.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import State, TimelineEvent, ToldOrder, told_order
from tianqu.kernel.places.api import Unit, require, units_with
from tianqu.packs.returns.designing import Design, design_read
from tianqu.packs.returns.filling import Failure, TypedRow, failures
from tianqu.packs.returns.flow import UNFILED
from tianqu.packs.returns.models import Campaign, Decision, Draft, Filing, Revision, Row
from tianqu.packs.returns.registers.matters import campaign_with, design_of, filing_with, form_with, last_rows

SEE: Final = "returns.see"
LIMIT_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class FormLine:
    """A return that an office asks for, as it now looks."""

    id: UUID
    code: str
    number: int
    design: Design
    campaigns: int


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign with how many units were asked, and where their returns stand."""

    id: UUID
    form_id: UUID
    code: str
    design: Design
    period: str
    due_on: date
    closed_at: datetime | None
    asked: int
    filed: int
    waiting: int
    accepted: int
    late: int


@dataclass(frozen=True, slots=True)
class FilingLine:
    """A unit's return in a list. ``kind`` is how the figures that stand came to be, "" while there are none."""

    id: UUID
    unit_id: UUID
    unit: Unit | None
    design: Design
    period: str
    state: str
    due_on: date
    first_filed_at: datetime | None
    reminded_on: date | None
    kind: str
    method: str
    late: bool


@dataclass(frozen=True, slots=True)
class CampaignDetail:
    """A campaign with the returns of its units."""

    line: CampaignLine
    version: int
    note: str
    opened_at: datetime
    filings: list[FilingLine]


@dataclass(frozen=True, slots=True)
class RevisionDetail:
    """What was filed at one time, and what became of it: ``accepted`` None while nobody has decided."""

    id: UUID
    number: int
    kind: str
    method: str
    at: datetime
    reason: str
    explanations: list[dict[str, str]]
    rows: list[TypedRow]
    accepted: bool | None
    decided_at: datetime | None
    stands: bool


@dataclass(frozen=True, slots=True)
class FilingDetail:
    """A return with its order, all its revisions (the newest first), and what stood the period before.

    ``failures`` are the checks that the newest revision fails: the soft ones, which it explains.
    """

    line: FilingLine
    campaign_id: UUID
    design: Design
    order: ToldOrder
    now: datetime
    revisions: list[RevisionDetail]
    last: list[TypedRow]
    failures: list[Failure]
    is_office: bool
    is_unit: bool
    draft: dict[str, Any] = field(default_factory=dict)

    @property
    def acts(self) -> tuple[str, ...]:
        """What the reader may do now, by the names of acts."""
        return tuple(act for act in self.order.acts if act.startswith("returns."))

    @property
    def steps(self) -> list[TimelineEvent]:
        """What has happened, without the placing of the order."""
        return [step for step in self.order.timeline if step.to_state != State.PLACED]


def form_detail(actor: Actor, *, form_id: UUID) -> FormLine:
    """A return that the actor's office asks for. Raises ``NotFound``."""
    require(actor, SEE)
    form = form_with(form_id, actor)
    newest = form.versions.order_by("-number")[0]
    return FormLine(form.id, form.code, newest.number, design_read(newest.design), form.campaigns.count())


def last_asked(actor: Actor, *, form_id: UUID) -> list[Unit]:
    """The units that were asked for a return the last time, by code."""
    require(actor, SEE)
    newest = form_with(form_id, actor).campaigns.order_by("-period").first()
    if newest is None:
        return []
    units = units_with(list(newest.filings.values_list("unit_id", flat=True)))
    return sorted(units.values(), key=lambda unit: unit.code)


def counted(rows: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Campaigns with how many units were asked, and where their returns stand."""
    late = Q(filings__order__state__in=UNFILED, filings__due_on__lt=timezone.localdate())
    return rows.annotate(
        asked=Count("filings"), filed=Count("filings__first_filed_at"),
        waiting=Count("filings", filter=Q(filings__order__state=State.DONE)),
        accepted=Count("filings__accepted"), late=Count("filings", filter=late),
    )  # fmt: skip


def campaign_line(campaign: Any) -> CampaignLine:
    """A counted campaign as lists show it."""
    return CampaignLine(
        campaign.id, campaign.form_id, campaign.form.code, design_of(campaign), campaign.period, campaign.due_on,
        campaign.closed_at, campaign.asked, campaign.filed, campaign.waiting, campaign.accepted, campaign.late,
    )  # fmt: skip


def campaign_detail(actor: Actor, *, campaign_id: UUID) -> CampaignDetail:
    """A campaign of the actor's office with the returns of its units. Raises ``NotFound``."""
    require(actor, SEE)
    campaign_with(campaign_id, actor)
    campaign = counted(Campaign.objects.select_related("form", "version")).get(id=campaign_id)
    lines = filing_lines(Filing.objects.filter(campaign=campaign))
    lines.sort(key=lambda line: line.unit.code if line.unit else "")
    return CampaignDetail(campaign_line(campaign), campaign.version.number, campaign.note, campaign.opened_at, lines)


def filing_lines(rows: QuerySet[Filing]) -> list[FilingLine]:
    """Returns of units as lists show them."""
    found = list(rows.select_related("campaign__version", "order", "accepted"))
    units = units_with({filing.unit_id for filing in found})
    return [_line(filing, units.get(filing.unit_id)) for filing in found]


def _line(filing: Filing, unit: Unit | None) -> FilingLine:
    accepted, state = filing.accepted, filing.order.state
    return FilingLine(
        filing.order_id, filing.unit_id, unit, design_of(filing.campaign), filing.campaign.period, state,
        filing.due_on, filing.first_filed_at, filing.reminded_on, accepted.kind if accepted is not None else "",
        accepted.method if accepted is not None else "", state in UNFILED and filing.due_on < timezone.localdate(),
    )  # fmt: skip


def waiting_to_file(actor: Actor) -> int:
    """How many returns the actor's units have not filed."""
    return Filing.objects.filter(unit_id__in=actor.scope.unit_ids, order__state__in=UNFILED).count()


def waiting_for_decision(actor: Actor) -> int:
    """How many returns wait for a decision of the actor's office."""
    return Filing.objects.filter(office_unit_id__in=actor.scope.unit_ids, order__state=State.DONE).count()


def due_for_reminder(*, days: Collection[int], today: date) -> list[UUID]:
    """The campaigns with returns that are not filed and due in so many days, for the daily reminder.

    Of a closed one these are what was opened again; nothing else of it waits.
    """
    rows = Filing.objects.filter(order__state__in=UNFILED)
    due = [campaign for campaign, due_on in rows.values_list("campaign_id", "due_on").distinct()
           if (due_on - today).days in days]  # fmt: skip
    return sorted(set(due))


def filing_detail(actor: Actor, *, filing_id: UUID) -> FilingDetail:
    """A return of the actor's units or office, with all its revisions. Raises ``NotFound``."""
    require(actor, SEE)
    filing = filing_with(filing_id, actor)
    design, last = design_of(filing.campaign), last_rows(filing)
    revisions = _revisions(filing)
    newest = revisions[0].rows if revisions else []
    units = units_with([filing.unit_id])
    mine = set(actor.scope.unit_ids)
    draft = Draft.objects.filter(filing=filing).values("rows", "explanations", "reason", "at").first()
    return FilingDetail(
        _line(filing, units.get(filing.unit_id)), filing.campaign_id, design, told_order(actor, order_id=filing_id),
        timezone.now(), revisions, last, failures(design, newest, last=last) if newest else [],
        filing.office_unit_id in mine, filing.unit_id in mine, dict(draft or {}),
    )  # fmt: skip


def _revisions(filing: Filing) -> list[RevisionDetail]:
    decided = {one.revision_id: one for one in Decision.objects.filter(revision__filing=filing).order_by("id")}
    rows: defaultdict[UUID, list[TypedRow]] = defaultdict(list)
    told = Row.objects.filter(revision__filing=filing).order_by("position")
    for revision_id, key, values in told.values_list("revision_id", "key", "values"):
        rows[revision_id].append(TypedRow(key, values))
    found = []
    for one in Revision.objects.filter(filing=filing).order_by("-number")[:LIMIT_MAX]:
        decision = decided.get(one.id)
        found.append(RevisionDetail(
            one.id, one.number, one.kind, one.method, one.at, one.reason, one.explanations, rows[one.id],
            decision.accepted if decision is not None else None, decision.at if decision is not None else None,
            one.id == filing.accepted_id,
        ))  # fmt: skip
    return found


def response_by_day(actor: Actor, *, campaign_id: UUID) -> dict[str, Any]:
    """How many of the units had filed by the end of each day: ``{"asked": 12, "days": [{"day", "filed"}]}``."""
    require(actor, SEE)
    campaign = campaign_with(campaign_id, actor)
    times = sorted(at for at in campaign.filings.values_list("first_filed_at", flat=True) if at is not None)
    days: dict[date, int] = {timezone.localdate(campaign.opened_at): 0}
    for count, at in enumerate(times, 1):
        days[timezone.localdate(at)] = count
    return {
        "asked": campaign.filings.count(), "due_on": campaign.due_on.isoformat(),
        "days": [{"day": day.isoformat(), "filed": filed} for day, filed in sorted(days.items())],
    }  # fmt: skip


def campaign_called(actor: Actor, *, form_code: str, period: str) -> UUID:
    """The campaign of a return for a period, of the actor's office. Raises ``NotFound``."""
    require(actor, SEE)
    rows = of_office(actor, Campaign.objects.filter(form__code=form_code, period=period))
    found: UUID | None = rows.values_list("id", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such campaign."), field="period", value=period)
    return found


def of_office(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    """What the actor's office asks for."""
    return rows if actor.scope.everything else rows.filter(office_unit_id__in=actor.scope.unit_ids)
