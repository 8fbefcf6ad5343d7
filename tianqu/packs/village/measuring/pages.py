"""The pages for walking around a parcel with a telephone: a new one, one measured anew, its photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound, TianquError
from tianqu.kernel.files.api import StoredFile, open_file
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Data, Download, Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.places.api import Place, places_at, require
from tianqu.packs.village.forms import (
    SENT,
    TEXT_MAX,
    Field,
    chosen,
    day_given,
    home_village,
    places_context,
    said_mu,
    sent_id_of,
    village_field,
    village_given,
)
from tianqu.packs.village.land_pages import CLASS_OPTIONS, DAY, address_of, crumbs
from tianqu.packs.village.measuring import acts
from tianqu.packs.village.measuring.areas import read_corners
from tianqu.packs.village.measuring.outline import Outline, outline_of
from tianqu.packs.village.measuring.queries import Walk, boundaries_around, walks_of
from tianqu.packs.village.queries import ParcelDetail, parcel_detail
from tianqu.packs.village.rules.facts import LandClass
from tianqu.packs.village.sent_files import stored_files

PHOTOS_AT_ONCE: Final = 20
NUMBER: Final = Field("number", _("Register number"), hint=_("The village's own."), width="s")
NEW_FIELDS: Final = (
    NUMBER, Field("land_class", _("Class"), "select", options=CLASS_OPTIONS, width="m"),
    Field("name", _("Name"), required=False, hint=_("As people call it, for instance “southern hollow”.")),
    Field("use", _("Use"), required=False, width="m"), Field("idle", _("It lies idle"), "checkbox", required=False),
    DAY,
)  # fmt: skip
AGAIN_FIELDS: Final = (
    Field("reason", _("Why"), hint=_("For example: measured anew after the ditch was moved."), width=""), DAY,
)  # fmt: skip

Perform = Callable[[Mapping[str, str], UUID, list[UUID]], tuple[UUID, int]]


def walk(request: PageRequest) -> PageResult:
    """Enter a parcel by walking its corners."""
    require(request.actor, "village.walk_parcel")
    fields = (*village_field(request), *NEW_FIELDS)

    def perform(given: Mapping[str, str], sent_id: UUID, files: list[UUID]) -> tuple[UUID, int]:
        area = acts.walk_parcel(
            request.actor, place_id=village_given(request, given).id, parcel_id=sent_id, number=given["number"],
            day=day_given(given, "day"), corners=read_corners(given["corners"]),
            land_class=chosen(LandClass, given, "land_class"), name=given["name"], use=given["use"],
            idle=given["idle"] == "on", files=files,
        )  # fmt: skip
        return sent_id, area

    return _WalkPage(request, fields, home_village(request)).answer(perform)


def measure(request: PageRequest, parcel_id: UUID) -> PageResult:
    """Measure a parcel of the register anew by walking its corners."""
    require(request.actor, "village.measure_parcel")
    detail = parcel_detail(request.actor, parcel_id=parcel_id)
    place = places_at({detail.place_path}).get(detail.place_path)

    def perform(given: Mapping[str, str], sent_id: UUID, files: list[UUID]) -> tuple[UUID, int]:
        area = acts.measure_parcel(
            request.actor, parcel_id=parcel_id, change_id=sent_id, day=day_given(given, "day"),
            corners=read_corners(given["corners"]), reason=given["reason"], files=files,
        )  # fmt: skip
        return parcel_id, area

    return _WalkPage(request, AGAIN_FIELDS, place, detail).answer(perform)


class _WalkPage:
    """The page on which one walks: the map, the corners, a photo, and the fields that go with them."""

    def __init__(
        self, request: PageRequest, fields: tuple[Field, ...], place: Place | None, detail: ParcelDetail | None = None
    ) -> None:
        self.request, self.fields, self.place, self.detail = request, fields, place, detail

    def answer(self, perform: Perform) -> PageResult:
        """Show the form; when it is sent, store its photos and do the act, or take them back and say what was wrong."""
        request = self.request
        if request.method != "POST":
            return self._shown({"day": timezone.localdate().isoformat()}, Faults(), sent_id_of(""))
        names = [*(field.name for field in self.fields), "corners"]
        given = {name: request.POST.get(name, "").strip()[:TEXT_MAX] for name in names}
        sent_id = sent_id_of(request.POST.get(SENT, ""))
        try:
            self._refuse_missing(given)
            with stored_files(request, "files", most=PHOTOS_AT_ONCE) as photos:
                parcel_id, area_mu_4 = perform(given, sent_id, photos)
        except TianquError as error:
            return self._shown(given, faults(error), sent_id, status=error.status)
        notice = gettext("It was measured: %(area)s mu.") % {"area": said_mu(area_mu_4)}
        return Redirect(address_of(parcel_id), notice=notice)

    def _last(self) -> tuple[Walk, Outline] | None:
        """How the parcel was walked before, with its outline; None for a new one."""
        walks = walks_of(self.request.actor, parcel_id=self.detail.id).walks if self.detail is not None else []
        drawn = outline_of(walks[0].corners) if walks else None
        return (walks[0], drawn) if drawn is not None else None

    def _refuse_missing(self, given: Mapping[str, str]) -> None:
        needed = ["corners", *(one.name for one in self.fields if one.required and one.kind != "checkbox")]
        for name in needed:
            if not given[name] or "\0" in given[name]:
                raise InvalidInput(gettext_noop("This is needed."), field=name, remedy=gettext_noop("Fill it in."))

    def _shown(self, values: Mapping[str, str], errors: Faults, sent_id: UUID, *, status: int = 200) -> PageResult:
        labels = {field.name: field.label for field in self.fields}
        labels |= {"corners": _("Corners"), "files": _("Photos of the parcel")}
        place = self.place
        context: dict[str, Any] = {
            "fields": self.fields, "values": values, "errors": errors, "labels": labels, "sent_id": sent_id,
            "summary": [(name if name in labels else "", sentence) for name, sentence in errors.items()],
            "where": crumbs(self.detail), "detail": self.detail, "mu": said_mu,
            "around": f"{reverse('village:land_around')}?village={place.code}" if place is not None else "",
            "last": self._last(), "sketch": _sketch(values.get("corners", "")),
            "centre": f"{place.lon},{place.lat}" if place is not None and place.lon is not None else "",
            **places_context(self.request, self.fields, values),
        }  # fmt: skip
        return Rendered("village_measuring/walk.html", context, status=status)


def _sketch(text: str) -> Outline | None:
    """The outline of what was typed; None for what cannot be read, which is said at its field."""
    try:
        return outline_of(read_corners(text))
    except InvalidInput:
        return None


def around(request: PageRequest) -> PageResult:
    """The boundaries of a village's parcels as GeoJSON, for the map of who walks beside them."""
    place = village_given(request, {"village": request.GET.get("village", "")[:40]})
    features = boundaries_around(request.actor, place_path=str(place.path))
    return Data({"type": "FeatureCollection", "features": features})


def photo(request: PageRequest, *, parcel_id: UUID, file_id: UUID) -> PageResult:
    """A photo of a parcel, for whoever sees the register."""
    held = {one.id for one in walks_of(request.actor, parcel_id=parcel_id).photos}

    def may_see(reader: Actor, stored: StoredFile) -> None:
        if stored.holder != f"parcel:{parcel_id}" or file_id not in held:
            raise NotFound(
                gettext_noop("There is no such file."), field="file", value=str(file_id),
                remedy=gettext_noop("Choose one of the files that the page shows."),
            )  # fmt: skip

    small = request.GET.get("size") == "small"
    opened = open_file(request.actor, file_id=file_id, may_see=may_see, variant="thumbnail" if small else "served")
    return Download(opened.name, opened.media_type, opened.chunks, inline=True)
