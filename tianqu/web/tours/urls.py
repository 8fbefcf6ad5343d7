"""What the season adds to the pack: its pages, who may what, its part of the menu and of the API."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import MenuEntry, Page
from tianqu.packs.culture.season import endpoints, pages
from tianqu.packs.culture.season.queries import SEE

PLANNING: Final = (
    SEE, "culture.plan_season", "culture.note_season", "culture.change_season", "culture.fall_out",
    "culture.publish_season", "culture.move_show",
)  # fmt: skip
BOTH: Final = ("GET", "POST")
AT: Final = "desk/culture/seasons/<uuid:plan_id>/"
PAGES: Final = (
    Page("seasons", "desk/culture/seasons/", pages.season_list, SEE, _("Seasons")),
    Page("season_new", "desk/culture/seasons/new", pages.plan, PLANNING[1], _("Plan a season"), BOTH),
    Page("season", AT, pages.season, SEE, _("Season"), BOTH),
    Page("season_map", f"{AT}map.geojson", pages.season_map, SEE, _("Season")),
    Page("season_change", f"{AT}shows/<uuid:show_id>", pages.change, PLANNING[3], _("Change a plan"), BOTH),
    Page("season_out", f"{AT}out", pages.out, PLANNING[4], _("A day or a troupe falls out"), BOTH),
)  # fmt: skip
MENU: Final = (MenuEntry("seasons", "desk", order=65),)
ROUTER: Final = endpoints.router
