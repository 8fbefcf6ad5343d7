"""The page of an information system: who runs it, since when, and links to what it feeds."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import PageRequest, PageResult, Rendered, said
from tianqu.kernel.places.api import can, units_with
from tianqu.packs.opendata.queries import datasets_fed, system_called
from tianqu.packs.opendata.words import domain_name


def system(request: PageRequest, code: str) -> PageResult:
    """A system, with the datasets that it feeds of which the reader may know."""
    found = system_called(code)
    change = f"{reverse('opendata:systems_declare')}?of={found.code}"
    context = {
        "system": found, "unit": units_with([found.unit_id]).get(found.unit_id), "said": said,
        "domain_name": domain_name, "datasets": datasets_fed(request.actor, found),
        "change": change if can(request.actor, "opendata.declare_system", found) else "",
        "where": [(_("Information systems"), reverse("opendata:systems"))],
    }  # fmt: skip
    return Rendered("opendata/system.html", context)
