"""Open data as a pack: who describes and publishes datasets, and the register of the systems that feed them.

The catalogue itself is in ``tianqu/web/data``.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.pack.api import EVERYBODY, DemoStep, MenuEntry, Pack, Page, Role
from tianqu.packs.opendata import pages
from tianqu.packs.opendata.datasets import DATASETS
from tianqu.packs.opendata.demo import (
    datasets_of_journal,
    datasets_of_offices,
    figures_of_year,
    relations_of_figures,
)
from tianqu.packs.opendata.publishing import releases_of_year
from tianqu.packs.opendata.queries import feeders_of
from tianqu.packs.opendata.registers.declared import REGISTERS
from tianqu.packs.opendata.system_demo import systems_of_offices

DESCRIBING = (
    "datasets.describe",
    "datasets.change",
    "datasets.publish",
    "datasets.withdraw",
    "datasets.upload",
    "datasets.erase_versions",
    "opendata.declare_system",
)
DEFINING = ("figures.define", "figures.compute", "figures.see_embargoed")
SIGNING = ("releases.sign", "releases.read_early")
SEEING = ("datasets.see", "datasets.see_shared", "datasets.see_closed", "datasets.sql")

ROLES = (
    Role("data_officer", gettext_noop("Data officer"), (*DESCRIBING, *SEEING, *DEFINING, *SIGNING), reach="unit"),
    Role(
        "data_steward",
        gettext_noop("Data steward of a place"),
        (*DESCRIBING, *SEEING, *DEFINING, *SIGNING),
        reach="place",
    ),
)

DEMO = (
    DemoStep(_("Datasets of offices"), datasets_of_offices, again=True),
    DemoStep(_("Information systems of offices"), systems_of_offices, again=True),
    DemoStep(_("Datasets read from the log"), datasets_of_journal, again=True),
    DemoStep(_("Figures of the year"), figures_of_year, again=True),
    DemoStep(_("Relations between figures"), relations_of_figures, again=True),
    DemoStep(_("Releases"), releases_of_year, again=True),
)

PAGES = (Page("system", "opendata/systems/<slug:code>/", pages.system, EVERYBODY, _("Information system")),)

PACK = Pack(
    code="opendata",
    title=_("Open data"),
    package=__name__.rpartition(".")[0],
    roles=ROLES,
    demo=DEMO,
    datasets=DATASETS,
    pages=PAGES,
    menu=(MenuEntry("systems", "public", order=61),),
    registers=REGISTERS,
    feeding=feeders_of,
)
