"""Open data as a pack: who describes and publishes datasets. The catalogue itself is in ``tianqu/web/data``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.pack.api import Pack, Role

DESCRIBING = ("datasets.describe", "datasets.change", "datasets.publish", "datasets.withdraw", "datasets.upload")
SEEING = ("datasets.see", "datasets.see_shared", "datasets.see_closed")

ROLES = (
    Role("data_officer", gettext_noop("Data officer"), (*DESCRIBING, *SEEING), reach="unit"),
    Role("data_steward", gettext_noop("Data steward of a place"), (*DESCRIBING, *SEEING), reach="place"),
)

PACK = Pack(code="opendata", title=_("Open data"), package=__name__.rpartition(".")[0], roles=ROLES)
