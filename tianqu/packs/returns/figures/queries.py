"""The figures of returns that stand now, or stood at a time: whole, or page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import RowsPage, marked, no_page, page_of
from tianqu.kernel.places.api import require
from tianqu.packs.returns.designing import Design
from tianqu.packs.returns.expressions import EXACT
from tianqu.packs.returns.models import Decision, Filing, Revision, RevisionKind, Row
from tianqu.packs.returns.queries import SEE

LIMIT_MAX: Final = 500  # rows of a page
CHUNK: Final = 2_000  # rows that are read at once where all are wanted
POSITION_MAX: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A row of figures that stand, with its marks. ``accepted_at`` is since when."""

    filing_id: UUID
    unit_id: UUID
    key: str
    values: Mapping[str, Any]
    number: int
    estimated: bool
    method: str
    revised: bool
    accepted_at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Which revisions stood at a time: what decided so, by revision, and how often units filed what was accepted."""

    decided: Mapping[UUID, Decision]
    own: Mapping[UUID, int]

    @property
    def unit_ids(self) -> set[UUID]:
        """The units whose figures stand."""
        return {decision.unit_id for decision in self.decided.values()}

    def rows(self) -> QuerySet[Row]:
        """Their rows by unit, then as they were filed: a unit files one return in a campaign."""
        return Row.objects.filter(revision_id__in=self.decided).order_by("unit_id", "position")

    def row(self, row: Row) -> AcceptedRow:
        """A row with its marks."""
        decision = self.decided[row.revision_id]
        revision = decision.revision
        estimated = revision.kind == RevisionKind.ESTIMATED
        return AcceptedRow(
            revision.filing_id, row.unit_id, row.key, row.values, revision.number, estimated, revision.method,
            not estimated and self.own.get(revision.filing_id, 0) > 1, decision.at, row.position,
        )  # fmt: skip


def standing(actor: Actor, *, form_code: str, period: str, as_of: datetime | None = None) -> Standing:
    """What stands of a return for a period, or stood at a time: an office's units, a unit's own."""
    require(actor, SEE)
    filings = Filing.objects.filter(campaign__form__code=form_code, campaign__period=period)
    if not actor.scope.everything:
        mine = actor.scope.unit_ids
        filings = filings.filter(Q(unit_id__in=mine) | Q(office_unit_id__in=mine))
    decisions = Decision.objects.filter(accepted=True, at__lte=as_of or timezone.now())
    newest = decisions.filter(revision__filing=OuterRef("pk")).order_by("-at", "-id")
    stands = dict(filings.annotate(d=Subquery(newest.values("id")[:1])).exclude(d=None).values_list("d", "order_id"))
    own = Revision.objects.exclude(kind=RevisionKind.ESTIMATED)
    accepted = own.filter(filing__in=stands.values(), decisions__in=decisions)
    times = dict(accepted.values("filing_id").annotate(n=Count("id", distinct=True)).values_list("filing_id", "n"))
    decided = {one.revision_id: one for one in Decision.objects.filter(id__in=stands).select_related("revision")}
    return Standing(decided, times)


def standing_rows(found: Standing) -> Iterator[AcceptedRow]:
    """All rows that stand, read in pieces."""
    rows, last = found.rows(), None
    while True:
        piece = list((_behind(rows, last.unit_id, last.position) if last is not None else rows)[:CHUNK])
        yield from map(found.row, piece)
        if len(piece) < CHUNK:
            return
        last = piece[-1]


def accepted_rows(actor: Actor, *, form_code: str, period: str, as_of: datetime | None = None) -> list[AcceptedRow]:
    """The figures of a return for a period that stand now, or stood at a time: by unit, then as they were filed.

    An office gets those of the units it asked, a unit its own. A row is ``estimated`` where the office estimated it,
    and ``revised`` where figures of the unit had been accepted before.
    """
    return list(standing_rows(standing(actor, form_code=form_code, period=period, as_of=as_of)))


def figure_list(
    actor: Actor, *, form_code: str, period: str, as_of: datetime | None = None, after: str = "", limit: int = 100
) -> RowsPage:
    """A page of ``accepted_rows``. All pages tell what stood when the first was asked for: the mark holds the time."""
    last = _mark(after) if after else None
    at = last[0] if last is not None else as_of or timezone.now()
    if as_of is not None and as_of != at:
        raise no_page(after)
    found = standing(actor, form_code=form_code, period=period, as_of=at)
    rows = _behind(found.rows(), last[1], last[2]) if last is not None else found.rows()
    size = max(1, min(limit, LIMIT_MAX))
    told = [found.row(row) for row in rows[: size + 1]]
    return page_of(told, size, by=lambda row: (at.isoformat(), row.unit_id, row.position))


def _behind(rows: QuerySet[Row], unit_id: UUID, position: int) -> QuerySet[Row]:
    return rows.filter(Q(unit_id__gt=unit_id) | Q(unit_id=unit_id, position__gt=position))


def _mark(after: str) -> tuple[datetime, UUID, int]:
    moment, unit, position = marked(after, parts=3)
    try:
        at, unit_id, place = datetime.fromisoformat(moment), UUID(unit), int(position)
    except ValueError as error:
        raise no_page(after) from error
    if at.tzinfo is None or not 0 <= place <= POSITION_MAX:
        raise no_page(after)
    return at, unit_id, place


def totals(design: Design, rows: Sequence[AcceptedRow]) -> dict[str, Decimal]:
    """The exact sums of the numeric columns over rows that stand; a column that no row tells is left out."""
    found: dict[str, Decimal] = {}
    for column in design.numbers:
        for row in rows:
            value = row.values.get(column.name)
            if value is not None:
                found[column.name] = EXACT.add(found.get(column.name, Decimal(0)), Decimal(value))
    return found
