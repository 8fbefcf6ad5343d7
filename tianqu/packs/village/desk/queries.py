"""Reading for the auditors' desk: ratios and trends over all villages by a few queries, and the rows behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import TransferDetail, transfer_detail, yearly_movements
from tianqu.kernel.places.api import Place, can, places_at, places_in, post_holders, reaches, require
from tianqu.packs.village.desk.figures import (
    YEARS,
    YEARS_MAX,
    Counts,
    Figure,
    PlaceLine,
    Share,
    YearLine,
    in_order,
    of_place,
    running,
    together,
)
from tianqu.packs.village.desk.models import Conclusion, Review, ReviewNote, ReviewState, ReviewSubject, Sample
from tianqu.packs.village.desk.registers.reviewing import findings_about, review_with
from tianqu.packs.village.judging import current_policy
from tianqu.packs.village.queries import SEE_PARTIES, ContractRow, RegisterPage, contract_row, mark_read, seen
from tianqu.packs.village.registers.contracts import contract_with
from tianqu.packs.village.registers.received import received_below
from tianqu.packs.village.rules.catalogue import RULES
from tianqu.packs.village.statements.layouts import CASH_CODES

SEE_TRENDS: Final = "village.see_trends"
SEE_REVIEWS: Final = "village.see_reviews"
CHILDREN_MAX: Final = 500
ROWS_MAX: Final = 500
_RECORD: Final = {rule.code: rule for rule in RULES}["democratic_record"]
# The first day on which a law asked for the record of a resolution, and of which contracts it asks.
RECORD_SINCE: Final = min(version.since for version in _RECORD.versions if version.since is not None)
RECORD_KINDS: Final = sorted(kind.value for kind in _RECORD.kinds)


@dataclass(frozen=True, slots=True)
class Trends:
    """What is below a place in a year, place by place, and all of it together over the years up to that one."""

    place: Place
    year: int
    lines: list[PlaceLine]
    years: list[YearLine]

    @property
    def whole(self) -> YearLine:
        """All of the place together in the year."""
        return self.years[-1]


@dataclass(frozen=True, slots=True)
class BehindRow:
    """A row behind a figure: a contract, a parcel or a book, with the part of the figure that it is.

    ``day`` is since when: the oldest rent unpaid, the day from which the land lies idle, the day of signing.
    """

    id: UUID | None
    kind: str
    number: str
    place_path: str
    name: str
    day: date | None
    part: int


@dataclass(frozen=True, slots=True)
class Behind:
    """The rows behind a figure, the largest first; ``more``: there are others beyond them."""

    place: Place
    year: int
    figure: Figure
    rows: list[BehindRow]
    more: bool


# What holds twice below is written once. A contract has a resolution of its own, or that of a matter.
_UNRESOLVED: Final = """
    coalesce(c.particulars -> 'resolution', 'null'::jsonb) = 'null'::jsonb AND NOT EXISTS (
        SELECT FROM village_step s WHERE s.matter_id = c.matter_id AND s.step = 'resolve' AND s.struck_at IS NULL)
"""
_NEEDING: Final = "c.state <> 'struck' AND c.kind = ANY(%(kinds)s::text[]) AND c.signed_on >= %(since)s::date"
_DUE: Final = "c.state <> 'struck' AND i.due_on BETWEEN %(first)s::date AND least(%(last)s::date, %(overdue)s::date)"
_STANDING: Final = "v.valid_from <= d.day AND (v.valid_to IS NULL OR v.valid_to > d.day)"


def _below(column: str) -> str:
    """The place right below the one that is asked for, in which a row lies."""
    return f"subpath({column}, 0, least(nlevel({column}), %(depth)s::int))::text"


# Each instalment with what is owed of it: what the book received pays what fell due first, as ``received.py`` has it.
_OWED: Final = """
owed AS MATERIALIZED (
    SELECT i.contract_id, i.place_path, i.due_on, i.amount_fen,
        greatest(0, least(i.amount_fen - i.paid_fen, sum(greatest(i.amount_fen - i.paid_fen, 0))
            OVER (PARTITION BY i.contract_id ORDER BY i.due_on, i.position) - coalesce(g.fen, 0)))::bigint AS fen
    FROM village_contract_instalment i
        LEFT JOIN unnest(%(paying)s::uuid[], %(received)s::bigint[]) g (contract_id, fen) USING (contract_id)
    WHERE i.place_path <@ %(path)s::ltree
)
"""
_ARREARS: Final = f"""
WITH {_OWED}
SELECT {_below("i.place_path")}, extract(year FROM i.due_on)::int, sum(i.fen)::bigint, sum(i.amount_fen)::bigint
FROM owed i JOIN village_contract c ON c.id = i.contract_id
WHERE {_DUE} GROUP BY 1, 2
"""  # noqa: S608  names are constants
_IDLE: Final = f"""
SELECT {_below("v.place_path")}, extract(year FROM d.day)::int,
    coalesce(sum(v.area_mu_4) FILTER (WHERE v.idle), 0)::bigint, sum(v.area_mu_4)::bigint
FROM unnest(%(days)s::date[]) d(day) JOIN village_parcel_version v ON {_STANDING}
WHERE v.place_path <@ %(path)s::ltree GROUP BY 1, 2
"""  # noqa: S608
_RESOLVED: Final = f"""
SELECT {_below("c.place_path")}, extract(year FROM c.signed_on)::int, count(*) FILTER (WHERE {_UNRESOLVED}), count(*)
FROM village_contract c
WHERE c.place_path <@ %(path)s::ltree AND {_NEEDING} AND c.signed_on BETWEEN %(first)s::date AND %(last)s::date
GROUP BY 1, 2
"""  # noqa: S608


def trends(
    actor: Actor, *, place: Place | None = None, year: int | None = None, years: int = YEARS, sort: str = "place"
) -> Trends:
    """Return the ratios of the places right below one, in a year, and of all of it in the years up to that one.

    Five queries for the figures, whatever the number of villages. Without a place it is the actor's own. A village is
    told as the one line that it is. Raises ``NotFound`` for a place out of reach.
    """
    require(actor, SEE_TRENDS)
    place = place_reached(actor, place)
    year, told = _years(year, count=years)
    depth = len(place.path.split(".")) + 1
    counts = _counts(actor, place.path, told, depth=depth)
    below = places_in(place.path, limit=CHILDREN_MAX) or [place]
    known = {str(each.path) for each in below}
    gone = {path for places in counts.values() for path in places} - known
    below += places_at(gone).values() if gone else []
    lines = [
        PlaceLine(str(each.path), each.code, each.name, each.name_en, each.kind, of_place(counts, each.path, year=year))
        for each in below
        if str(each.path) in known or of_place(counts, str(each.path), year=year)
    ]
    return Trends(place, year, in_order(lines, sort), together(counts, told))


def place_reached(actor: Actor, place: Place | None) -> Place:
    """Return the place, or the largest of the actor's own. Raises ``NotFound`` beyond the actor's reach."""
    if place is None:
        paths = sorted(actor.scope.place_paths, key=len)
        found = list(places_at(set(paths[:1])).values()) or (places_in(None, limit=1) if actor.scope.everything else [])
        if not found:
            raise NotFound(_("Your post looks after no place."), field="place", remedy=_("Choose another post."))
        return found[0]
    if not reaches(actor.scope, place.path):
        raise NotFound(
            _("There is no such place."), field="place", value=place.code,
            remedy=_("Choose a place within the reach of your post."),
        )  # fmt: skip
    return place


def _years(year: int | None, *, count: int) -> tuple[int, list[int]]:
    """Return the year, and the years up to it. Raises ``InvalidInput``."""
    today = timezone.localdate().year
    chosen = year if year is not None else today
    if not 1980 <= chosen <= today:
        raise InvalidInput(
            _("%(value)s is no year of which anything is known."), field="year", value=chosen,
            remedy=_("Choose a year from 1980 to %(most)s."), most=today,
        )  # fmt: skip
    count = max(1, min(count, YEARS_MAX))
    return chosen, list(range(chosen - count + 1, chosen + 1))


def newest_year(actor: Actor, *, place: Place | None = None) -> int:
    """Return the newest year in which a rent at or below a place counts as due; this one for none.

    A rent that fell due yesterday says nothing yet: it counts once the days of grace of the policy have passed.
    """
    require(actor, SEE_TRENDS)
    place, today = place_reached(actor, place), timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(due_on) FROM village_contract_instalment WHERE place_path <@ %s::ltree AND due_on <= %s",
            [place.path, today - timedelta(days=current_policy().overdue_days + 1)],
        )
        (newest,) = cursor.fetchone()
    return int(newest.year) if newest is not None else today.year


def _values(path: str, years: Sequence[int]) -> dict[str, Any]:
    """What the queries are given: a rent counts as late when the policy says so, a year that runs ends today."""
    today = timezone.localdate()
    return {
        "path": path, "first": date(years[0], 1, 1), "last": min(date(years[-1], 12, 31), today),
        "overdue": today - timedelta(days=current_policy().overdue_days + 1), "kinds": RECORD_KINDS,
        "since": RECORD_SINCE, "days": [min(date(year, 12, 31), today) for year in years],
    }  # fmt: skip


def _counts(actor: Actor, path: str, years: Sequence[int], *, depth: int) -> Counts:
    values = _values(path, years) | _receipts(actor, path) | {"depth": depth}
    moved = yearly_movements(actor, place_path=path, codes=CASH_CODES, unit="fen", depth=depth)
    return {
        Figure.ARREARS: _grouped(_ARREARS, values), Figure.IDLE: _grouped(_IDLE, values),
        Figure.UNRESOLVED: _grouped(_RESOLVED, values),
        Figure.CASH: running(((one.place_path, one.year, one.amount) for one in moved), years),
    }  # fmt: skip


def _receipts(actor: Actor, path: str) -> dict[str, Any]:
    """What the books received for each contract up to today."""
    received = received_below(actor.scope, path, on=timezone.localdate())
    return {"paying": list(received), "received": list(received.values())}


def _grouped(sql: str, values: Mapping[str, Any]) -> dict[str, dict[int, Share]]:
    found: dict[str, dict[int, Share]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for place, year, part, whole in cursor.fetchall():
            found.setdefault(place, {})[year] = Share(part, whole)
    return found


_ARREARS_BEHIND: Final = f"""
WITH {_OWED}
SELECT c.id, 'contract', c.number, c.place_path::text, '', min(i.due_on), sum(i.fen)::bigint AS part
FROM owed i JOIN village_contract c ON c.id = i.contract_id
WHERE {_DUE} AND i.fen > 0
GROUP BY c.id ORDER BY part DESC, c.number, c.id LIMIT %(limit)s
"""  # noqa: S608
_IDLE_BEHIND: Final = f"""
SELECT p.id, 'parcel', p.number, v.place_path::text, v.name, v.valid_from, v.area_mu_4 AS part
FROM unnest(%(days)s::date[]) d(day) JOIN village_parcel_version v ON {_STANDING} AND v.idle
    JOIN village_parcel p ON p.id = v.parcel_id
WHERE v.place_path <@ %(path)s::ltree ORDER BY part DESC, p.number, p.id LIMIT %(limit)s
"""  # noqa: S608
_UNRESOLVED_BEHIND: Final = f"""
SELECT c.id, 'contract', c.number, c.place_path::text, '', c.signed_on, 1 AS part
FROM village_contract c
WHERE c.place_path <@ %(path)s::ltree AND {_NEEDING} AND {_UNRESOLVED}
    AND c.signed_on BETWEEN %(first)s::date AND %(last)s::date
ORDER BY c.signed_on, c.number, c.id LIMIT %(limit)s
"""  # noqa: S608
_BEHIND: Final = {
    Figure.ARREARS: _ARREARS_BEHIND, Figure.IDLE: _IDLE_BEHIND, Figure.UNRESOLVED: _UNRESOLVED_BEHIND,
}  # fmt: skip


def behind(
    actor: Actor, *, figure: Figure, place: Place | None = None, year: int | None = None, limit: int = ROWS_MAX
) -> Behind:
    """Return the contracts, parcels or books that a figure of a place and a year is made of, the largest first."""
    require(actor, SEE_TRENDS)
    place = place_reached(actor, place)
    year, told = _years(year, count=1)
    limit = max(1, min(limit, ROWS_MAX))
    if figure is Figure.CASH:
        rows = _books_behind(actor, place.path, year)
    else:
        with connection.cursor() as cursor:
            receipts = _receipts(actor, place.path) if figure is Figure.ARREARS else {}
            cursor.execute(_BEHIND[figure], _values(place.path, told) | receipts | {"limit": limit + 1})
            rows = [BehindRow(*row) for row in cursor.fetchall()]
    return Behind(place, year, figure, rows[:limit], len(rows) > limit)


def _books_behind(actor: Actor, path: str, year: int) -> list[BehindRow]:
    """The books of a place with the cash at the end of a year, the largest first."""
    moved = yearly_movements(actor, place_path=path, codes=CASH_CODES, unit="fen", depth=None)
    paths = {one.book: one.place_path for one in moved}
    ends = running(((one.book, one.year, one.amount) for one in moved), [year])
    rows = [
        BehindRow(None, "book", book, paths[book], "", None, share[year].part) for book, share in ends.items() if share
    ]
    return sorted(rows, key=lambda row: (-row.part, row.number))


@dataclass(frozen=True, slots=True)
class ReviewFilters:
    """What a list of reviews is narrowed to."""

    place_path: str | None = None
    state: ReviewState | None = None
    subject: ReviewSubject | None = None
    sample_id: UUID | None = None
    late: bool = False  # papers that were due before today


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A contract or voucher that is looked at. ``late``: papers were due before today."""

    id: UUID
    place_id: UUID
    place_path: str
    sample_id: UUID | None
    position: int | None
    rank: str
    subject: str
    subject_id: UUID
    number: str
    state: str
    due_on: date | None
    late: bool
    conclusion: str
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class NoteFile:
    """A paper that was handed in."""

    id: UUID
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class NoteRow:
    """Something said about a thing, by whom: the post, and the name for who may see it ("" else)."""

    id: UUID
    kind: str
    text: str
    at: datetime
    role: str
    title: str
    name: str
    files: list[NoteFile]


@dataclass(frozen=True, slots=True)
class ReviewDetail:
    """A review with what is said, the contract or voucher itself, and the findings that were opened about it."""

    row: ReviewRow
    notes: list[NoteRow]
    contract: ContractRow | None
    voucher: TransferDetail | None
    findings: list[UUID]


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A sample: what was drawn, from where, by which seed, and how far looking has come."""

    id: UUID
    place_id: UUID
    place_path: str
    subject: str
    first_day: date
    last_day: date
    count: int
    seed: str
    population: int
    at: datetime
    drawn: int
    closed: int
    found: int


@dataclass(frozen=True, slots=True)
class SampleDetail:
    """A sample with everything that was drawn, in its order."""

    row: SampleRow
    reviews: list[ReviewRow]


def review_list(
    actor: Actor, *, filters: ReviewFilters, after: str | None = None, limit: int = 50
) -> RegisterPage[ReviewRow]:
    """List what is looked at within the actor's sight, the newest first; of a sample in the order of drawing."""
    require(actor, SEE_REVIEWS)
    rows = seen(actor, Review.objects.all())
    if filters.place_path is not None:
        rows = rows.filter(place_path__under=filters.place_path)
    if filters.state is not None:
        rows = rows.filter(state=filters.state)
    if filters.subject is not None:
        rows = rows.filter(subject=filters.subject)
    if filters.sample_id is not None:
        rows = rows.filter(sample_id=filters.sample_id)
    if filters.late:
        rows = rows.filter(state=ReviewState.ASKED, due_on__lt=timezone.localdate())
    if after is not None:
        review_id, at = mark_read(after)
        moment = _moment(at)
        rows = rows.filter(Q(opened_at__lt=moment) | Q(opened_at=moment, id__gt=review_id))
    limit = max(1, min(limit, ROWS_MAX))
    found = list(rows.order_by("-opened_at", "id")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    mark = f"{last.id}/{last.opened_at.isoformat()}" if last is not None else None
    return RegisterPage([_review_row(one) for one in found[:limit]], mark)


def _moment(text: str) -> datetime:
    """Read the moment in the mark of a page. Raises ``NotFound``."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise NotFound(
            _("This is not the mark of a page."), field="after", value=text[:80],
            remedy=_("Use the `next` that the page before gave, or none."),
        ) from error  # fmt: skip


def _review_row(one: Review) -> ReviewRow:
    names = (
        "id", "place_id", "place_path", "sample_id", "position", "rank", "subject", "number", "state", "due_on",
        "conclusion", "opened_at", "changed_at", "closed_at", "version",
    )  # fmt: skip
    subject_id = one.contract_id or one.transfer_id
    assert subject_id is not None
    late = one.state == ReviewState.ASKED and one.due_on is not None and one.due_on < timezone.localdate()
    return ReviewRow(**{name: getattr(one, name) for name in names}, subject_id=subject_id, late=late)


def review_counts(actor: Actor) -> dict[str, int]:
    """Return how many reviews are in each state within the actor's sight."""
    require(actor, SEE_REVIEWS)
    rows = seen(actor, Review.objects.all()).values("state").annotate(rows=Count("id")).order_by("state")
    return {row["state"]: row["rows"] for row in rows}


def review_detail(actor: Actor, *, review_id: UUID) -> ReviewDetail:
    """Return a review with everything that the actor may see of it. Raises ``NotFound``."""
    require(actor, SEE_REVIEWS)
    review = review_with(review_id, actor)
    contract = contract_with(review.contract_id, actor) if review.contract_id is not None else None
    transfer_id = review.transfer_id
    voucher = transfer_detail(actor, transfer_id=transfer_id) if transfer_id and can(actor, "ledgers.see") else None
    notes = list(ReviewNote.objects.filter(review=review).order_by("at", "id"))
    return ReviewDetail(
        _review_row(review), _note_rows(actor, review, notes),
        contract_row(actor, contract) if contract is not None else None, voucher,
        list(findings_about(review).order_by("-opened_on").values_list("order_id", flat=True)[:ROWS_MAX]),
    )  # fmt: skip


def _note_rows(actor: Actor, review: Review, notes: Sequence[ReviewNote]) -> list[NoteRow]:
    post_ids = {note.post_id for note in notes if note.post_id is not None}
    named = can(actor, SEE_PARTIES, review)
    posts = {post.id: (post.role, post.title, name) for post, name in post_holders(actor, post_ids=post_ids)}
    rows = []
    for note in notes:
        role, title, name = posts.get(note.post_id, ("", "", "")) if note.post_id is not None else ("", "", "")
        files = [NoteFile(UUID(one["id"]), one["name"], one["media_type"], one["size"]) for one in note.files]
        rows.append(NoteRow(note.id, note.kind, note.text, note.at, role, title, name if named else "", files))
    return rows


def sample_list(actor: Actor, *, place_path: str | None = None, limit: int = 100) -> list[SampleRow]:
    """List the samples of places within the actor's sight, the newest first; those from a place or below it."""
    require(actor, SEE_REVIEWS)
    rows = seen(actor, Sample.objects.all())
    if place_path is not None:
        rows = rows.filter(place_path__under=place_path)
    return [_sample_row(one) for one in _counted(rows).order_by("-at", "id")[: max(1, min(limit, ROWS_MAX))]]


def sample_detail(actor: Actor, *, sample_id: UUID) -> SampleDetail:
    """Return a sample with what was drawn. Raises ``NotFound``."""
    require(actor, SEE_REVIEWS)
    sample = _counted(seen(actor, Sample.objects.filter(id=sample_id))).first()
    if sample is None:
        raise NotFound(
            _("There is no such sample."), field="sample_id", value=str(sample_id),
            remedy=_("Choose a sample of the list."),
        )  # fmt: skip
    reviews = seen(actor, Review.objects.filter(sample_id=sample_id)).order_by("position")
    return SampleDetail(_sample_row(sample), [_review_row(one) for one in reviews[:ROWS_MAX]])


def _counted(rows: QuerySet[Sample]) -> QuerySet[Sample]:
    return rows.annotate(
        drawn=Count("reviews"), closed=Count("reviews", filter=Q(reviews__state=ReviewState.CLOSED)),
        found=Count("reviews", filter=Q(reviews__conclusion=Conclusion.FINDING)),
    )  # fmt: skip


def _sample_row(one: Any) -> SampleRow:
    return SampleRow(**{name: getattr(one, name) for name in SampleRow.__dataclass_fields__})
