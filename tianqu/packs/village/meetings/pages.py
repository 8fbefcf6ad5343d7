"""The pages of matters: the list and its file, a matter's six steps, rolls, and the vote sheet to print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.canonical import Json
from tianqu.base.errors import InvalidInput
from tianqu.base.typesetting import typeset
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Column, Download, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import places_at
from tianqu.packs.village.choosing import narrowed_to
from tianqu.packs.village.forms import day_or_none, home_village, place_path_asked
from tianqu.packs.village.land_pages import ROWS
from tianqu.packs.village.meetings.onward import onward
from tianqu.packs.village.meetings.procedure import STEPS, MatterKind, MeetingBody
from tianqu.packs.village.meetings.queries import (
    STATES,
    MatterDetail,
    MatterFilters,
    MatterRow,
    VoteSheet,
    matter_detail,
    matter_list,
    roll_detail,
    roll_list,
    vote_sheet,
)
from tianqu.packs.village.meetings.words import (
    BODY_NAMES,
    KIND_NAMES,
    STEP_NAMES,
    body_said,
    cadence_said,
    matter_kind_said,
    standing_of,
    step_rule_name,
    step_said,
    way_said,
    witness_said,
)
from tianqu.packs.village.tabular import EXPORT_PAGE, exported, village_names
from tianqu.packs.village.words import (
    SEVERITIES,
    SOURCES,
    day_said,
    english,
    finding_said,
    invented_said,
    shown,
    version_said,
)

COLUMNS: Final = (
    Column("number", _("Register number")), Column("title", _("Matter to decide")), Column("kind", _("Kind")),
    Column("state", _("State")), Column("next", _("Next")), Column("due", _("To be disclosed by")),
    Column("steps", _("Steps taken"), numeric=True), Column("findings", _("Findings"), numeric=True),
)  # fmt: skip
STATE_OPTIONS: Final = [
    ("open", _("Under way")), ("late", _("Disclosure overdue")), ("complete", _("All six steps taken")),
    ("withdrawn", _("Withdrawn")), ("flagged", _("with findings")),
]  # fmt: skip
assert {value for value, _title in STATE_OPTIONS} == set(STATES)
KIND_OPTIONS: Final = [(each.value, _(title)) for each, title in KIND_NAMES.items()]
BODY_OPTIONS: Final = [(each.value, _(title)) for each, title in BODY_NAMES.items()]
TONES: Final = {"severe": "late", "flag": "waiting", "notice": "open"}


def crumbs(detail: MatterDetail | None = None) -> list[tuple[Any, str]]:
    """Where the pages about matters are."""
    first = (_("Meetings"), reverse("village:matters"))
    return [first, (detail.row.number, address_of(detail.row.id))] if detail else [first]


def address_of(matter_id: UUID) -> str:
    """The page of one matter."""
    return reverse("village:matter", kwargs={"matter_id": matter_id})


def filters_of(query: QueryDict, actor: Actor) -> MatterFilters:
    """Read the filters of an address. Raises ``InvalidInput``."""
    kind = query.get("kind", "")
    if kind and kind not in {each.value for each in MatterKind}:
        raise _none_of(field="kind", value=kind)
    return MatterFilters(
        place_path_asked(query, actor), text=query.get("q", "")[:100], kind=MatterKind(kind) if kind else None,
        state=query.get("state", ""),
    )  # fmt: skip


def _none_of(*, field: str, value: str) -> InvalidInput:
    return InvalidInput(
        gettext_noop("“%(value)s” is none of the list."), field=field, value=value[:40],
        remedy=gettext_noop("Choose one of the list."),
    )  # fmt: skip


def matters(request: PageRequest) -> PageResult:
    """The list, by number, with what is next in each."""
    page = matter_list(
        request.actor,
        filters=filters_of(request.GET, request.actor),
        after=request.GET.get("after") or None,
        limit=ROWS,
    )
    village = home_village(request)
    context = {
        "table": Table(caption=_("Meetings"), columns=COLUMNS, rows=page.rows, next_cursor=page.after or ""),
        "given": request.GET.dict(), "kinds": KIND_OPTIONS, "states": STATE_OPTIONS, "kind_of": matter_kind_said,
        "step_of": step_said, "standing_of": standing_of, "all_steps": len(STEPS),
        "village": shown(village) if village else "", "villages": {} if village else village_names(page.rows),
        "export": f"{reverse('village:matters_export')}?{urlencode(request.GET.dict())}",
    } | ({} if village else narrowed_to(request))  # fmt: skip
    return Rendered("village/matters.html", context)


def export(request: PageRequest) -> PageResult:
    """Just what the list shows, as CSV with a byte order mark."""
    filters = filters_of(request.GET, request.actor)
    return Download(f"meetings-{timezone.localdate()}.csv", "text/csv; charset=utf-8", _lines(request, filters))


def _lines(request: PageRequest, filters: MatterFilters) -> Iterator[bytes]:
    return exported(
        [gettext("Village"), *(str(column.title) for column in COLUMNS), gettext("Resolved on")],
        lambda after: matter_list(request.actor, filters=filters, after=after, limit=EXPORT_PAGE),
        _cells,
    )


def _cells(row: MatterRow, names: Mapping[str, str]) -> list[object]:
    return [
        names.get(row.place_path, ""), row.number, row.title, matter_kind_said(row.kind), standing_of(row)[0],
        step_said(row.next_step) if row.next_step else "", row.due_on.isoformat() if row.due_on else "",
        str(len(row.taken)), str(row.findings), row.resolved_on.isoformat() if row.resolved_on else "",
    ]  # fmt: skip


def matter(request: PageRequest, matter_id: UUID) -> PageResult:
    """One matter: its six steps on a line of time, who entered and attested each, and what the rules find."""
    detail = matter_detail(request.actor, matter_id=matter_id)
    place = places_at({detail.row.place_path}).get(detail.row.place_path)
    context = _words() | {
        "detail": detail, "row": detail.row, "village": shown(place) if place else "",
        "standing": standing_of(detail.row), "numbers": {step: number for number, step in enumerate(STEPS, 1)},
        "onward": onward(detail, today=timezone.localdate()),
    }  # fmt: skip
    return Rendered("village/matter.html", context)


def _words() -> dict[str, Any]:
    """How a template says what it shows."""
    return {
        "kind_of": matter_kind_said, "cadence_of": cadence_said, "step_of": step_said, "body_of": body_said,
        "way_of": way_said, "witness": witness_said, "rule_name": step_rule_name, "finding_said": finding_said,
        "version_said": version_said, "day_said": day_said, "say": gettext, "tones": TONES,
        "severities": SEVERITIES, "sources": SOURCES, "step_names": STEP_NAMES,
    }  # fmt: skip


def sheet(request: PageRequest, matter_id: UUID) -> PageResult:
    """A sheet to print: who is entitled, with room for each one's choice and signature."""
    told = _sheet(request, matter_id)
    asked = urlencode({"body": told.body.value, "on": told.on.isoformat()})
    context = _words() | {
        "told": told, "row": told.row, "village": _village_of(told), "bodies": BODY_OPTIONS, "on": told.on,
        "where": [*crumbs(), (told.row.number, address_of(matter_id))],
        "pdf": f"{reverse('village:vote_sheet_pdf', kwargs={'matter_id': matter_id})}?{asked}",
    }  # fmt: skip
    return Rendered("village/vote_sheet.html", context)


def sheet_pdf(request: PageRequest, matter_id: UUID) -> PageResult:
    """The same as a PDF of A4 pages."""
    told = _sheet(request, matter_id)
    paper = typeset(
        "packs/village/meetings/vote_sheet.typ",
        _sheet_told(told),
        dated=datetime.combine(told.on, time.min, tzinfo=UTC),
        invented=invented_said(),
    )
    return Download(f"vote-sheet-{told.on}.pdf", "application/pdf", [paper], inline=True)


def _sheet(request: PageRequest, matter_id: UUID) -> VoteSheet:
    """The sheet that the address asks for. Raises ``InvalidInput``."""
    value = request.GET.get("body", "") or MeetingBody.MEMBERS.value
    if value not in {each.value for each in MeetingBody}:
        raise _none_of(field="body", value=value)
    on: date = day_or_none({"on": request.GET.get("on", "")}, "on") or timezone.localdate()
    return vote_sheet(request.actor, matter_id=matter_id, body=MeetingBody(value), on=on)


def _village_of(told: VoteSheet) -> str:
    place = places_at({told.row.place_path}).get(told.row.place_path)
    return shown(place) if place else ""


def _sheet_told(told: VoteSheet) -> dict[str, Json]:
    """What the template of a vote sheet is told, in the language of the page."""
    blank, entitled = "________", str(len(told.names)) if told.roll else "________"
    meeting = [
        body_said(told.body.value), day_said(told.on), f"{gettext('Entitled')} {entitled}",
        f"{gettext('Came')} {blank}", f"{gettext('Agreed')} {blank}",
    ]  # fmt: skip
    heads = ("Voter", "Agree", "Against", "Abstain", "Signature", "For whom, if by proxy")
    return {
        "title": f"{gettext('Vote sheet')} {told.row.number}", "heading": gettext("Vote sheet"),
        "language": "en" if english() else "zh", "village": _village_of(told), "number": told.row.number,
        "matter": told.row.title, "text": told.row.text, "meeting": " · ".join(meeting), "names": list(told.names),
        "columns": ["#", *(gettext(head) for head in heads)],
        "signed": [gettext("Counted by"), gettext("Supervised by"), gettext("Date")],
    }  # fmt: skip


def rolls(request: PageRequest) -> PageResult:
    """Who is entitled to meet in each body, since when."""
    rows = roll_list(request.actor)
    village = home_village(request)
    context = {
        "rows": rows, "body_of": body_said, "villages": {} if village else village_names(rows),
        "village": shown(village) if village else "", "where": crumbs(),
    }  # fmt: skip
    return Rendered("village/rolls.html", context)


def roll(request: PageRequest, roll_id: UUID) -> PageResult:
    """One roll, with its names for who may see them."""
    detail = roll_detail(request.actor, roll_id=roll_id)
    place = places_at({detail.place_path}).get(detail.place_path)
    context = {
        "detail": detail, "body_of": body_said, "village": shown(place) if place else "", "day_said": day_said,
        "where": [*crumbs(), (_("Rolls"), reverse("village:rolls"))],
    }  # fmt: skip
    return Rendered("village/roll.html", context)
