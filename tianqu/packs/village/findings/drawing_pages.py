"""Drawings of closed findings for a second look: announced, drawn, shown to everybody with the way to draw again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import shown_code
from tianqu.kernel.pack.api import Column, Deed, PageRequest, PageResult, Redirect, Rendered, Table, arguments_typed
from tianqu.kernel.places.api import can
from tianqu.packs.village.choosing import own_place, place_meant, typed_as
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.pages import crumbs
from tianqu.packs.village.findings.told.queries import drawing_detail, drawings
from tianqu.packs.village.findings.words import RESULTS, rule_said
from tianqu.packs.village.forms import Done, Field, Form, act_page, place_field
from tianqu.packs.village.tabular import village_names
from tianqu.packs.village.wall.quarters import quarter_of
from tianqu.packs.village.words import shown

COLUMNS: Final = (
    Column("place", _("Where")), Column("days", _("Findings closed")),
    Column("count", _("How many are drawn"), numeric=True),
    Column("draw_on", _("Drawn from this day on")), Column("state", _("State")),
)  # fmt: skip
STEPS_SAID: Final = {
    "village.announce_drawing": _("Announced, with the fingerprint of the seed"),
    "village.draw_findings": _("Drawn, with the seed"),
}  # fmt: skip


def listed(request: PageRequest) -> PageResult:
    """Every drawing, the newest first."""
    found = drawings()
    context = {
        "table": Table(caption=_("Drawings"), columns=COLUMNS, rows=found), "shown": shown,
        "today": timezone.localdate(), "where": crumbs(),
        "may_announce": can(request.actor, "village.announce_drawing"),
    }  # fmt: skip
    return Rendered("findings/drawings.html", context)


def announce(request: PageRequest) -> PageResult:
    """Announce a drawing; its seed is made then and there, and nobody sees it."""
    form = Form(
        title=_("Announce a drawing"), button=_("Announce"), permission="village.announce_drawing",
        where=[*crumbs(), (_("Drawings"), reverse("village:drawings"))],
        text=_("A seed is made by chance and sealed: its fingerprint is published now, the seed itself when it is"
               " drawn. So nobody knows beforehand which findings are drawn, and everybody can draw again afterwards."),
        fields=(
            place_field("place", _("Place")),
            Field("first_day", _("Findings closed from"), "date", width="s"),
            Field("last_day", _("Findings closed until"), "date", width="s"),
            Field("draw_on", _("Drawn from this day on"), "date", width="s",
                  hint=_("After today, and after the last day.")),
            Field("count", _("How many are drawn"), width="s"),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        place = place_meant(request.actor, given["place"], field="place")
        told = {"drawing_id": sent_id, "place_id": place.id}
        acts.announce_drawing(request.actor, **arguments_typed(Deed(acts.announce_drawing), given, known=told))
        return Done(_address(sent_id), _("The drawing is announced; its fingerprint stands in the log."))

    this = quarter_of(timezone.localdate())
    values = {
        "place": typed_as(own_place(request.actor)), "first_day": this.first_day.isoformat(), "count": "5",
        "last_day": this.last_day.isoformat(), "draw_on": this.next.first_day.isoformat(),
    }  # fmt: skip
    return act_page(request, form, perform, values=values)


def _address(drawing_id: UUID) -> str:
    return reverse("village:drawing", kwargs={"drawing_id": drawing_id})


def drawing(request: PageRequest, drawing_id: UUID) -> PageResult:
    """One drawing, for everybody: seed, population, what was drawn, and where the log says it."""
    detail = drawing_detail(drawing_id=drawing_id)
    one = detail.drawing
    due = one.drawn_at is None and timezone.localdate() >= one.draw_on
    context = {
        "detail": detail, "one": one, "place": shown(one.place), "villages": village_names(detail.drawn),
        "code_shown": shown_code, "rule_said": rule_said, "results": RESULTS,
        "entries": [(STEPS_SAID[act], at, index) for act, at, index in detail.entries],
        "may_draw": due and can(request.actor, "village.draw_findings"), "due": due,
    }  # fmt: skip
    return Rendered("findings/drawing.html", context)


def draw(request: PageRequest, drawing_id: UUID) -> PageResult:
    """Draw what was announced."""
    acts.draw_findings(request.actor, drawing_id=drawing_id)
    return Redirect(_address(drawing_id), notice=str(_("It was drawn; the seed is published.")))
