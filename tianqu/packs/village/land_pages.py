"""The pages of land: the list with its sums and file, one parcel with its history, a form for each act."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput
from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Column, Data, Download, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import can, places_at
from tianqu.packs.village import acts
from tianqu.packs.village.choosing import narrowed_to
from tianqu.packs.village.findings.pages import about
from tianqu.packs.village.forms import (
    Done,
    Field,
    Form,
    act_page,
    area_given,
    day_given,
    day_or_none,
    home_village,
    place_path_asked,
    said_mu,
    said_yuan,
    village_field,
    village_given,
)
from tianqu.packs.village.measuring.outline import outline_of
from tianqu.packs.village.measuring.queries import walks_of
from tianqu.packs.village.queries import (
    ParcelDetail,
    ParcelFilters,
    ParcelRow,
    land_sums,
    parcel_detail,
    parcel_list,
    parcels_numbered,
)
from tianqu.packs.village.registers.land import NewPart, ParcelFacts
from tianqu.packs.village.rules.facts import LandClass
from tianqu.packs.village.tabular import EXPORT_PAGE, exported, numbers_typed, village_names
from tianqu.packs.village.words import CHANGES, CLASSES, KINDS, STATES, day_said, shown, state_tone

ROWS: Final = 50
PARTS: Final = 6  # that a form has room for; a program may send more
PARTS_SHOWN: Final = 2  # the others are behind a fold
CLASS_OPTIONS: Final = [(each.value, _(title)) for each, title in CLASSES.items() if each is not LandClass.BUILDING]
COLUMNS: Final = (
    Column("number", _("Register number")), Column("name", _("Name")), Column("class", _("Class")),
    Column("use", _("Use")),
    Column("idle", _("Idle")), Column("area", _("Area"), numeric=True, unit=_("mu")), Column("since", _("Since")),
)  # fmt: skip
FACT_FIELDS: Final = (
    Field("area", _("Area in mu"), hint=_("To four decimals; nothing is rounded."), width="s"),
    Field("land_class", _("Class"), "select", options=CLASS_OPTIONS, width="m"),
    Field("name", _("Name"), required=False, hint=_("As people call it, for instance “southern hollow”.")),
    Field("use", _("Use"), required=False, width="m"),
    Field("idle", _("It lies idle"), "checkbox", required=False),
)
BOUNDARY: Final = Field(
    "boundary", _("Boundary"), "area", required=False,
    hint=_("Where it is known: a GeoJSON Polygon or MultiPolygon in degrees, as a program for measuring writes it."),
)  # fmt: skip
DAY: Final = Field("day", _("From this day on"), "date", width="s")
REASON: Final = Field("reason", _("Why"), hint=_("It stays in the register; name nobody who need not be named."))


def crumbs(parcel: ParcelDetail | None = None) -> list[tuple[Any, str]]:
    """Where the pages about land are."""
    first = (_("Land"), reverse("village:land"))
    return [first, (parcel.number, address_of(parcel.id))] if parcel else [first]


def address_of(parcel_id: UUID) -> str:
    """The page of one parcel."""
    return reverse("village:parcel", kwargs={"parcel_id": parcel_id})


def filters_of(query: QueryDict, actor: Actor) -> ParcelFilters:
    """Read the filters of an address. Raises ``InvalidInput``."""
    land_class, idle = query.get("class", ""), query.get("idle", "")
    if land_class and land_class not in {each.value for each in LandClass}:
        raise InvalidInput(
            gettext_noop("There is no class “%(value)s”."), field="class", value=land_class[:40],
            remedy=gettext_noop("Choose one of the list."),
        )  # fmt: skip
    return ParcelFilters(
        place_path=place_path_asked(query, actor), text=query.get("q", "")[:100],
        land_class=LandClass(land_class) if land_class else None,
        idle={"yes": True, "let": True, "no": False}.get(idle), let=True if idle == "let" else None,
        on=day_or_none({"on": query.get("on", "")}, "on"),
    )  # fmt: skip


def land(request: PageRequest) -> PageResult:
    """The list, by number, with the sum of what it shows."""
    filters = filters_of(request.GET, request.actor)
    page = parcel_list(request.actor, filters=filters, after=request.GET.get("after") or None, limit=ROWS)
    may_merge = can(request.actor, "village.merge_parcels")
    table = Table(
        caption=_("Land"), columns=COLUMNS, rows=page.rows, next_cursor=page.after or "",
        chosen_field="parcel" if may_merge else "",
    )  # fmt: skip
    sums = land_sums(request.actor, filters=filters)
    village = home_village(request)
    context = {
        "table": table, "given": request.GET.dict(), "classes": CLASS_OPTIONS, "class_of": _class_said, "mu": said_mu,
        "day_said": day_said, "sums": sums, "total": sum(one.area_mu_4 for one in sums),
        "count": sum(one.parcels for one in sums),
        "idle": sum(one.area_mu_4 for one in sums if one.idle), "village": shown(village) if village else "",
        "villages": {} if village else village_names(page.rows), "may_merge": may_merge,
        "export": f"{reverse('village:land_export')}?{urlencode(request.GET.dict())}",
    } | ({} if village else narrowed_to(request))  # fmt: skip
    return Rendered("village/land.html", context)


def _class_said(value: str) -> str:
    return gettext(CLASSES[LandClass(value)])


def export(request: PageRequest) -> PageResult:
    """Just what the list shows, as CSV with a byte order mark, which spreadsheets need to read Chinese."""
    filters = filters_of(request.GET, request.actor)
    return Download(f"land-{timezone.localdate()}.csv", "text/csv; charset=utf-8", _lines(request, filters))


def _lines(request: PageRequest, filters: ParcelFilters) -> Iterator[bytes]:
    heads = [str(column.title) for column in COLUMNS]
    heads[5] = f"{COLUMNS[5].title} ({COLUMNS[5].unit})"
    return exported(
        [gettext("Village"), *heads],
        lambda after: parcel_list(request.actor, filters=filters, after=after, limit=EXPORT_PAGE),
        _cells,
    )


def _cells(row: ParcelRow, names: Mapping[str, str]) -> list[object]:
    return [
        names.get(row.place_path, ""), row.number, row.name, _class_said(row.land_class), row.use,
        _idle_said(row), said_mu(row.area_mu_4).replace(",", ""),
        row.valid_from.isoformat(),
    ]  # fmt: skip


def _idle_said(row: ParcelRow) -> str:
    if (letting := row.letting) is not None:
        return gettext("yes, though under contract %(number)s since %(day)s") % {
            "number": letting.number, "day": letting.since.isoformat(),
        }  # fmt: skip
    return gettext("yes") if row.idle else gettext("no")


def parcel(request: PageRequest, parcel_id: UUID) -> PageResult:
    """One parcel: what it is, what it was, what it came from and became, its contracts."""
    detail = parcel_detail(request.actor, parcel_id=parcel_id)
    place = places_at({detail.place_path}).get(detail.place_path)
    context = {
        "detail": detail, "now": detail.now, "village": shown(place) if place else "", "class_of": _class_said,
        "mu": said_mu, "yuan": said_yuan, "changes": CHANGES, "kinds": KINDS, "states": STATES,
        "tone_of": state_tone, "say": gettext, "day_said": day_said,
        "map": reverse("village:parcel_map", kwargs={"parcel_id": parcel_id}),
        "walked": walks_of(request.actor, parcel_id=parcel_id), "outline_of": outline_of,
        "bounded": detail.now is not None and detail.now.boundary is not None,
    }  # fmt: skip
    return Rendered("village/parcel.html", context | about(request.actor, parcel_id))


def parcel_map(request: PageRequest, parcel_id: UUID) -> PageResult:
    """The boundary of one parcel as GeoJSON for its map."""
    detail = parcel_detail(request.actor, parcel_id=parcel_id)
    if detail.now is None or detail.now.boundary is None:
        return Data({"type": "FeatureCollection", "features": []})
    properties = {"name": detail.number, "address": ""}
    feature = {"type": "Feature", "geometry": detail.now.boundary, "properties": properties}
    return Data({"type": "FeatureCollection", "features": [feature]})


def create(request: PageRequest) -> PageResult:
    """Enter a parcel."""
    form = Form(
        title=_("New parcel"), button=_("Enter the parcel"), permission="village.register_parcel", where=crumbs(),
        fields=(
            *village_field(request), Field("number", _("Register number"), hint=_("The village's own."), width="s"),
            *FACT_FIELDS, DAY, Field("fold", _("More"), "fold"), BOUNDARY,
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.register_parcel(
            request.actor, place_id=village_given(request, given).id, parcel_id=sent_id, number=given["number"],
            day=day_given(given, "day"), facts=facts_given(given),
        )  # fmt: skip
        return Done(address_of(sent_id), _("The parcel was entered."))

    return act_page(request, form, perform, values={"day": timezone.localdate().isoformat()})


def facts_given(given: Mapping[str, str]) -> ParcelFacts:
    """Read what a form says of a parcel. Raises ``InvalidInput``."""
    if given["land_class"] not in {each.value for each in LandClass}:
        raise InvalidInput(
            gettext_noop("There is no class “%(value)s”."), field="land_class", value=given["land_class"][:40],
            remedy=gettext_noop("Choose one of the list."),
        )  # fmt: skip
    return ParcelFacts(
        area_given(given, "area"), LandClass(given["land_class"]), given["name"], given["use"],
        given["idle"] == "on", _boundary_given(given.get("boundary", "")),
    )  # fmt: skip


def _boundary_given(text: str) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        boundary = json.loads(text)
    except (ValueError, RecursionError):
        boundary = None
    if not isinstance(boundary, dict):
        raise InvalidInput(
            gettext_noop("This is not the boundary of a parcel."), field="boundary",
            remedy=gettext_noop("Give a GeoJSON Polygon or MultiPolygon, each ring closed, in degrees of longitude and "
                          "latitude."),
        )  # fmt: skip
    return boundary


def correct(request: PageRequest, parcel_id: UUID) -> PageResult:
    """Let other facts hold from a day on."""
    detail = parcel_detail(request.actor, parcel_id=parcel_id)
    form = Form(
        title=_("Correct the parcel"), button=_("Save"), permission="village.correct_parcel", where=crumbs(detail),
        fields=(*FACT_FIELDS, DAY, REASON, Field("fold", _("More"), "fold"), BOUNDARY),
        text=_("What it was before this day stays readable. To put right what was wrong from the beginning, give the "
               "day on which that began."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.correct_parcel(
            request.actor, parcel_id=parcel_id, change_id=sent_id, day=day_given(given, "day"),
            facts=facts_given(given), reason=given["reason"],
        )  # fmt: skip
        return Done(address_of(parcel_id), _("The parcel was corrected."))

    return act_page(request, form, perform, values=_values_of(detail))


def _values_of(detail: ParcelDetail) -> dict[str, str]:
    values = {"day": timezone.localdate().isoformat()}
    if (now := detail.now) is not None:
        values |= {
            "area": said_mu(now.area_mu_4), "land_class": now.land_class, "name": now.name, "use": now.use,
            "idle": "on" if now.idle else "", "boundary": json.dumps(now.boundary) if now.boundary else "",
        }  # fmt: skip
    return values


def split(request: PageRequest, parcel_id: UUID) -> PageResult:
    """Put several parcels in the place of one."""
    detail = parcel_detail(request.actor, parcel_id=parcel_id)
    fields = []
    for part in range(1, PARTS + 1):
        fields += [
            *([Field("fold", _("More parts"), "fold")] if part == PARTS_SHOWN + 1 else []),
            Field(f"heading_{part}", _("Part %(number)s") % {"number": part}, "heading"),
            Field(f"number_{part}", _("Register number"), required=part <= PARTS_SHOWN, width="s"),
            Field(f"area_{part}", _("Area in mu"), required=part <= PARTS_SHOWN, width="s"),
            Field(f"name_{part}", _("Name"), required=False),
        ]
    area = said_mu(detail.now.area_mu_4) if detail.now else ""
    form = Form(
        title=_("Split the parcel"), button=_("Split the parcel"), permission="village.split_parcel",
        where=crumbs(detail),
        fields=(DAY, REASON, *fields),
        text=_("The areas of the parts sum to %(area)s mu exactly. Class, use and whether it lies idle stay.")
        % {"area": area},
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        parts = [
            NewPart(
                named_identifier(f"{sent_id}/{part}"), given[f"number_{part}"], area_given(given, f"area_{part}"),
                given[f"name_{part}"],
            )
            for part in range(1, PARTS + 1) if given[f"number_{part}"] or given[f"area_{part}"]
        ]  # fmt: skip
        acts.split_parcel(
            request.actor, parcel_id=parcel_id, change_id=sent_id, day=day_given(given, "day"), parts=parts,
            reason=given["reason"],
        )  # fmt: skip
        return Done(address_of(parcel_id), _("The parcel was split."))

    return act_page(request, form, perform, values={"day": timezone.localdate().isoformat()})


def merge(request: PageRequest) -> PageResult:
    """Put one parcel in the place of several; those chosen in the list are filled in."""
    chosen = [parcel_detail(request.actor, parcel_id=one) for one in _chosen(request.GET)]
    form = Form(
        title=_("Merge parcels"), button=_("Merge parcels"), permission="village.merge_parcels", where=crumbs(),
        fields=(
            *village_field(request),
            Field("parcels", _("Numbers of the parcels"), hint=_("At least two, with commas between them.")),
            Field("number", _("Number of the new parcel"), width="s"), *FACT_FIELDS, DAY, REASON,
        ),
        text=_("The area of the new parcel is the sum of theirs exactly."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        place = village_given(request, given)
        into = named_identifier(f"{sent_id}/into")
        acts.merge_parcels(
            request.actor, into_id=into, number=given["number"], change_id=sent_id, day=day_given(given, "day"),
            facts=facts_given(given), reason=given["reason"],
            parcel_ids=parcels_numbered(
                request.actor, place_id=place.id, numbers=numbers_typed(given["parcels"]), field="parcels"
            ),
        )  # fmt: skip
        return Done(address_of(into), _("The parcels were merged."))

    values = _values_of(chosen[0]) if chosen else {"day": timezone.localdate().isoformat()}
    if chosen:
        areas = [one.now.area_mu_4 for one in chosen if one.now]
        values |= {"parcels": ", ".join(one.number for one in chosen), "area": said_mu(sum(areas)), "name": ""}
    return act_page(request, form, perform, values=values)


def _chosen(query: QueryDict) -> list[UUID]:
    try:
        return [UUID(text) for text in query.getlist("parcel")[:20]]
    except ValueError as error:
        raise InvalidInput(gettext_noop("There is no such parcel."), field="parcel") from error


def strike(request: PageRequest, parcel_id: UUID) -> PageResult:
    """Take out what was entered in error."""
    detail = parcel_detail(request.actor, parcel_id=parcel_id)
    form = Form(
        title=_("Strike out the parcel"), button=_("Strike out"), permission="village.strike_parcel",
        where=crumbs(detail), fields=(REASON,), dangerous=True,
        text=_("For what was entered in error alone. It stays readable as struck out; its number is not given again."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.strike_parcel(request.actor, parcel_id=parcel_id, change_id=sent_id, reason=given["reason"])
        return Done(address_of(parcel_id), _("The parcel was struck out."))

    return act_page(request, form, perform)
