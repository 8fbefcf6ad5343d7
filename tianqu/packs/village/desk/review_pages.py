"""The pages that show what auditors look at: the list, samples with their seed, and one thread with its thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.kernel.files.api import StoredFile, open_file
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Column, Download, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import can, places_at
from tianqu.packs.village.choosing import narrowed_to
from tianqu.packs.village.contract_pages import address_of as contract_address
from tianqu.packs.village.desk.models import ReviewState, ReviewSubject
from tianqu.packs.village.desk.queries import (
    ReviewDetail,
    ReviewFilters,
    ReviewRow,
    SampleRow,
    review_counts,
    review_detail,
    review_list,
    sample_detail,
    sample_list,
)
from tianqu.packs.village.desk.words import (
    STATES,
    SUBJECTS,
    author_said,
    note_said,
    state_said,
    subject_said,
)
from tianqu.packs.village.forms import home_village, place_path_asked, said_yuan
from tianqu.packs.village.tabular import EXPORT_PAGE, exported, village_names
from tianqu.packs.village.words import day_said, shown

ROWS: Final = 50
STATE_OPTIONS: Final = [(each.value, _(title)) for each, title in STATES.items()]
SUBJECT_OPTIONS: Final = [(each.value, _(title)) for each, title in SUBJECTS.items()]
COLUMNS: Final = (
    Column("number", _("Code")), Column("subject", _("Kind")), Column("village", _("Village")),
    Column("state", _("State")), Column("due", _("Papers due on")), Column("opened", _("Begun on")),
)  # fmt: skip
DRAWN_COLUMNS: Final = (Column("position", "#", numeric=True), *COLUMNS[:-1], Column("rank", _("Drawing value")))


def crumbs(detail: ReviewDetail | None = None) -> list[tuple[Any, str]]:
    """Where the pages of the desk are."""
    first = (_("Audit desk"), reverse("village:reviews"))
    return [first, (detail.row.number, address_of(detail.row.id))] if detail else [first]


def address_of(review_id: UUID) -> str:
    """The page of one review."""
    return reverse("village:review", kwargs={"review_id": review_id})


def waiting_count(request: PageRequest) -> int:
    """How many reviews wait for this post: for the village those that want papers, for auditors the others."""
    counts = review_counts(request.actor)
    if can(request.actor, "village.draw_sample"):
        return counts.get("open", 0) + counts.get("given", 0)
    return counts.get("asked", 0)


def filters_of(query: QueryDict, actor: Actor) -> ReviewFilters:
    """Read the filters of an address. Raises ``InvalidInput``."""
    state, subject = query.get("state", ""), query.get("subject", "")
    for field, value, allowed in (
        ("state", state, ReviewState.values), ("subject", subject, ReviewSubject.values)
    ):  # fmt: skip
        if value and value not in allowed:
            raise InvalidInput(
                gettext_noop("“%(value)s” is none of the list."), field=field, value=value[:40],
                remedy=gettext_noop("Choose one of the list."),
            )  # fmt: skip
    return ReviewFilters(
        place_path_asked(query, actor), state=ReviewState(state) if state else None,
        subject=ReviewSubject(subject) if subject else None, late=query.get("late") == "on",
    )  # fmt: skip


def reviews(request: PageRequest) -> PageResult:
    """What is looked at, the newest first."""
    page = review_list(
        request.actor,
        filters=filters_of(request.GET, request.actor),
        after=request.GET.get("after") or None,
        limit=ROWS,
    )
    village = home_village(request)
    context = _words() | {
        "table": Table(caption=_("Audit desk"), columns=COLUMNS, rows=page.rows, next_cursor=page.after or ""),
        "given": request.GET.dict(), "states": STATE_OPTIONS, "subjects": SUBJECT_OPTIONS,
        "village": shown(village) if village else "", "villages": village_names(page.rows),
        "counts": review_counts(request.actor),
        "export": f"{reverse('village:reviews_export')}?{urlencode(request.GET.dict())}",
    } | ({} if village else narrowed_to(request))  # fmt: skip
    return Rendered("village_desk/reviews.html", context)


def _words() -> dict[str, Any]:
    return {
        "state_of": state_said, "subject_of": subject_said, "note_said": note_said, "author": author_said,
        "day_said": day_said, "yuan": said_yuan,
    }  # fmt: skip


def export(request: PageRequest) -> PageResult:
    """Just what the list shows, as CSV with a byte order mark."""
    filters = filters_of(request.GET, request.actor)
    return Download(f"desk-{timezone.localdate()}.csv", "text/csv; charset=utf-8", _lines(request, filters))


def _lines(request: PageRequest, filters: ReviewFilters) -> Iterator[bytes]:
    return exported(
        [str(column.title) for column in COLUMNS],
        lambda after: review_list(request.actor, filters=filters, after=after, limit=EXPORT_PAGE),
        _cells,
    )


def _cells(row: ReviewRow, names: Mapping[str, str]) -> list[object]:
    return [
        row.number, subject_said(row.subject), names.get(row.place_path, ""), state_said(row)[0],
        row.due_on.isoformat() if row.due_on else "", timezone.localdate(row.opened_at).isoformat(),
    ]  # fmt: skip


def samples(request: PageRequest) -> PageResult:
    """The samples that were drawn, the newest first."""
    rows = sample_list(request.actor)
    columns = [
        Column("subject", _("Kind")), Column("place", _("Place")), Column("days", _("Days")),
        Column("drawn", _("How many were drawn"), numeric=True), Column("population", _("Out of"), numeric=True),
        Column("seed", _("Seed")), Column("done", _("Closed"), numeric=True),
        Column("found", _("With a finding"), numeric=True),
    ]  # fmt: skip
    context = _words() | {
        "table": Table(caption=_("Samples"), columns=columns, rows=rows), "places": village_names(rows),
    }  # fmt: skip
    return Rendered("village_desk/samples.html", context)


def sample(request: PageRequest, sample_id: UUID) -> PageResult:
    """One sample: what was drawn, by which seed, and how anybody draws the same."""
    detail = sample_detail(request.actor, sample_id=sample_id)
    context = _words() | {
        "row": detail.row, "place": _place_said(detail.row), "villages": village_names(detail.reviews),
        "table": Table(caption=_("What was drawn"), columns=DRAWN_COLUMNS, rows=detail.reviews),
        "where": [*crumbs(), (_("Samples"), reverse("village:samples"))],
    }  # fmt: skip
    return Rendered("village_desk/sample.html", context)


def _place_said(row: SampleRow | ReviewRow) -> str:
    place = places_at({row.place_path}).get(row.place_path)
    return shown(place) if place else ""


def review(request: PageRequest, review_id: UUID) -> PageResult:
    """One thing that is looked at: itself, what was said, and what its reader may do now."""
    detail = review_detail(request.actor, review_id=review_id)
    row = detail.row
    verbs = [
        (name, permission) for name, permission, states in VERBS
        if row.state in states and can(request.actor, permission)
    ]  # fmt: skip
    context = _words() | {
        "detail": detail, "row": row, "village": _place_said(row), "state": state_said(row),
        "contract": contract_address(row.subject_id) if detail.contract is not None else "",
        "may": [name for name, _permission in verbs], "finding": _finding_address(request, row),
        "findings": [_page("village:finding", finding_id=one) for one in detail.findings],
    }  # fmt: skip
    return Rendered("village_desk/review.html", context)


OPEN: Final = ("open", "asked", "given")
# What a page offers, with the permission it needs and the states in which it fits.
VERBS: Final = (
    ("papers", "village.give_papers", ("asked", "given")), ("ask", "village.ask_papers", OPEN),
    ("close", "village.close_review", OPEN), ("comment", "village.comment_review", (*OPEN, "closed")),
    ("reopen", "village.reopen_review", ("closed",)),
)  # fmt: skip


def _finding_address(request: PageRequest, row: ReviewRow) -> str:
    """The form that opens a finding about a thing, for who may."""
    if row.state == ReviewState.CLOSED or not can(request.actor, "village.open_finding"):
        return ""
    subject = "contract" if row.subject == ReviewSubject.CONTRACT else "transfer"
    page = _page("village:finding_new")
    return f"{page}?{urlencode({subject: row.subject_id})}" if page else ""


def _page(name: str, **given: object) -> str:
    """The address of a page of findings, "" where this installation has none."""
    try:
        return reverse(name, kwargs=given)
    except NoReverseMatch:
        return ""


def file(request: PageRequest, *, review_id: UUID, file_id: UUID) -> PageResult:
    """A paper that was handed in, for whoever reads the thread."""
    detail = review_detail(request.actor, review_id=review_id)
    handed_in = {one.id for note in detail.notes for one in note.files}

    def may_see(reader: Actor, stored: StoredFile) -> None:
        if stored.holder != f"review:{review_id}" or file_id not in handed_in:
            raise NotFound(
                gettext_noop("There is no such file."), field="file", value=str(file_id),
                remedy=gettext_noop("Choose one of the files that the page shows."),
            )  # fmt: skip

    opened = open_file(request.actor, file_id=file_id, may_see=may_see)
    return Download(opened.name, opened.media_type, opened.chunks, inline=opened.media_type.startswith("image/"))
