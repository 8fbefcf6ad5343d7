"""What the pack declares of measuring: who may do what, and the pages."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import Page
from tianqu.packs.village.measuring import endpoints, pages

MEASURING: Final = ("village.walk_parcel", "village.measure_parcel")
BOTH: Final = ("GET", "POST")
SEE: Final = "village.see"
PARCEL: Final = "villages/land/<uuid:parcel_id>/"

PAGES: Final = (
    Page("parcel_walk", "villages/land/walk", pages.walk, "village.walk_parcel", _("Walk around a parcel"), BOTH),
    Page("land_around", "villages/land/around.geojson", pages.around, SEE, _("Land")),
    Page("parcel_measure", f"{PARCEL}walk", pages.measure, "village.measure_parcel", _("Measure anew"), BOTH),
    Page("parcel_photo", f"{PARCEL}photos/<uuid:file_id>", pages.photo, SEE, _("Parcel")),
)
ROUTERS: Final = (endpoints.router,)
