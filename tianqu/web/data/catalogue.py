"""The catalogue: one box, counts by domain, office and access, and the datasets that were found. All in the address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from tianqu.base.errors import NotFound
from tianqu.kernel.datasets.api import CatalogueAsked, catalogue, catalogue_facets
from tianqu.kernel.pack.api import Column, PageRequest, Table
from tianqu.kernel.places.api import Unit, can, unit_called, units_with
from tianqu.web.data.words import ACCESSES, SORTS, WORDS, domain_name, unit_name
from tianqu.web.layout.addresses import address_with
from tianqu.web.layout.formats import number

PAGE: Final = 20
OFFICES_SHOWN: Final = 20
TEXT_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Facet:
    """One line of a facet: what it is, how many, where it leads; ``chosen`` leads to the page without it."""

    title: str
    count: int
    address: str
    chosen: bool


@require_safe
def catalogue_page(request: PageRequest) -> HttpResponse:
    """Search the datasets that the visitor may know of."""
    office, domain = _office(request.GET.get("office", "")), request.GET.get("domain", "")
    asked = asked_of(request, office)
    facets = catalogue_facets(request.actor, asked, units=OFFICES_SHOWN)
    page = catalogue(request.actor, asked, total=facets.total)
    shown_ids = {dataset.unit_id for dataset in page.datasets} | {unit_id for unit_id, _count in facets.units}
    units = units_with(shown_ids)
    context = {
        **WORDS, "asked": asked, "page": page, "table": _table(page.datasets), "units": units, "sorts": SORTS.items(),
        "facets": [
            (_("Domain"), _facet(
                request, [(code, domain_name(code), count) for code, count in facets.domains], name="domain",
                chosen=domain,
            )),
            (_("Office"), _facet(
                request,
                [(units[one].code, unit_name(units[one]), count) for one, count in facets.units if one in units],
                name="office", chosen=office.code if office else "",
            )),
            (_("Access"), _facet(
                request, [(code, str(ACCESSES[code]), count) for code, count in facets.accesses], name="access",
                chosen=asked.access,
            )),
        ],
        "pages": _pages(request, asked, page.total), "may_describe": can(request.actor, "datasets.describe"),
        "narrowed": bool(asked.text or domain or office or asked.access),
    }  # fmt: skip
    return render(request, "data/catalogue.html", context, using="jinja2")


def asked_of(request: PageRequest, office: Unit | None) -> CatalogueAsked:
    """What an address asks of the catalogue. Raises ``NotFound`` for a page that is none."""
    number_said = request.GET.get("page", "1") or "1"
    lawful = number_said.isascii() and number_said.isdigit() and len(number_said) <= 5
    if not lawful or not 1 <= int(number_said) <= 50_000:
        raise NotFound(gettext_noop("This page cannot be found."), field="page", value=number_said[:20])
    domain = request.GET.get("domain", "")
    return CatalogueAsked(
        text=" ".join(request.GET.get("q", "").replace("\0", "").split())[:TEXT_MAX],
        domains=frozenset((domain,)) if domain else None, unit_ids=frozenset((office.id,)) if office else None,
        access=request.GET.get("access", ""), sort=request.GET.get("sort", "") or "newest",
        offset=(int(number_said) - 1) * PAGE, limit=PAGE,
    )  # fmt: skip


def _office(code: str) -> Unit | None:
    return unit_called(code.replace("\0", "")[:100]) if code else None


def _facet(request: PageRequest, told: Iterable[tuple[str, str, int]], *, name: str, chosen: str) -> list[Facet]:
    return [
        Facet(
            title, count, address_with(request, page=None, **{name: None if code == chosen else code}), code == chosen
        )
        for code, title, count in told
    ]


def _table(rows: Any) -> Table:
    return Table(
        caption=_("Datasets"),
        columns=(
            Column("title", _("Dataset")), Column("rows", _("Rows"), numeric=True), Column("updated", _("Updated")),
            Column("access", _("Access")),
        ),
        rows=rows,
    )  # fmt: skip


def _pages(request: PageRequest, asked: CatalogueAsked, total: int) -> dict[str, str]:
    """The addresses of the page before and the next one, "" where there is none."""
    here = asked.offset // PAGE + 1
    return {
        "previous": address_with(request, page=here - 1 if here > 2 else None) if here > 1 else "",
        "next": address_with(request, page=here + 1) if asked.offset + PAGE < total else "",
        "said": _("Page %(page)s of %(pages)s") % {"page": number(here), "pages": number(max(1, -(-total // PAGE)))},
    }
