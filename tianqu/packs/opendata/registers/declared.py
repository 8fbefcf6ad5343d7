"""The register of information systems: who runs each, since when, whether on the cloud, and what it feeds."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.datasets.api import DOMAINS
from tianqu.kernel.pack.api import EVERYBODY, NAMES, Register, RegisterColumn, code_column
from tianqu.packs.opendata.acts import declare_system
from tianqu.packs.opendata.models import System
from tianqu.packs.opendata.queries import clouded, system_rows
from tianqu.packs.opendata.words import domain_name

SYSTEMS: Final = Register(
    code="systems", title=_("Information systems"), address="opendata/systems", model=System, rows=system_rows,
    permission=EVERYBODY, page="system", searched=("name", "name_en", "code"), tells=("place_path", "on_cloud"),
    lead=_("The systems that offices run, and the datasets and domains that each feeds."),
    filters=("unit_id", "domains", RegisterColumn("on_cloud", _("On the government cloud"), kind="yes_no")),
    narrow=clouded, empty=_("No information system is declared yet"),
    begin=_("The data officer of an office declares what it runs; then it stands here."),
    declares=declare_system, declaring=_("Declare an information system"), imports=True,
    columns=(
        *NAMES, code_column("system"),
        RegisterColumn("unit_id", _("Office that runs it")),
        RegisterColumn("domains", _("Domains it feeds"), words=domain_name, choices=tuple(DOMAINS)),
        RegisterColumn("since", _("In service since"), hidden=True),
        RegisterColumn("cloud_since", _("On the government cloud since"), heading=_("On the cloud since"),
                       hint=_("Empty: it is not there.")),
        RegisterColumn("until", _("Last day in service"), hidden=True,
                       hint=_("Empty while no end is known.")),
        RegisterColumn("datasets", _("Datasets it feeds"), at=lambda one: [(code,) for code in one.fed],
                       hint=_("The code of a dataset on each line, as the catalogue has it."),
                       parts=(RegisterColumn("dataset", _("Code of the dataset")),)),
    ),
)  # fmt: skip

REGISTERS: Final = (SYSTEMS,)
