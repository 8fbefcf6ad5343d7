"""The explicit list of packs, and how each declaration is brought to where it counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from django.urls import reverse

from tianqu.kernel.certificates.api import register_certificate
from tianqu.kernel.datasets.api import register_dataset, register_feeding
from tianqu.kernel.journal.api import register_personal_subjects
from tianqu.kernel.notices.api import register_link, register_templates
from tianqu.kernel.occasions.api import register_kind
from tianqu.kernel.orders.api import register_flow, register_offering
from tianqu.kernel.pack.api import Contracting, Pack, check_packs
from tianqu.kernel.places.api import register_role
from tianqu.kernel.rosters.api import register_roster_kind
from tianqu.kernel.tours.api import register_tour_kind
from tianqu.project.pack_list import PACK_PACKAGES
from tianqu.web.layout.navigation import set_menus


@cache
def installed_packs() -> tuple[Pack, ...]:
    """Import the listed packs, check them together, and return them. An import error is never swallowed."""
    packs = tuple(import_module(f"{package}.pack").PACK for package in PACK_PACKAGES)
    check_packs(packs)
    return packs


def offered_contracts() -> Contracting | None:
    """Return what a pack offers of its contracts; at most one does, as its check at start-up says."""
    return next((pack.contracting for pack in installed_packs() if pack.contracting is not None), None)


def register_packs() -> None:
    """Make the packs' roles known to places, flows to orders, each of what they declare to its room.

    Once, when Django's applications are ready.
    """
    for pack in installed_packs():
        for role in pack.roles:
            register_role(role)
        for flow in pack.flows:
            register_flow(flow)
        for dataset in pack.datasets:
            register_dataset(dataset)
        if pack.feeding is not None:
            register_feeding(pack.feeding)
        for kind in pack.occasions:
            register_kind(kind)
        for roster_kind in pack.rosters:
            register_roster_kind(roster_kind)
        for certificate in pack.certificates:
            register_certificate(certificate)
        for tour in pack.tours:
            register_tour_kind(tour)
        register_templates(*pack.notices)
        for kind_of_subject, page in pack.links.items():
            register_link(kind_of_subject, _address_of(pack, page))
        for offering in pack.offerings:
            register_offering(offering)
        for data in pack.personal:
            register_personal_subjects(data.subjects, erase_rows=data.erase_rows)
    set_menus(installed_packs())


def _address_of(pack: Pack, page: str) -> Callable[[str], str]:
    """What gives the address at which a page shows a subject by its identifier."""
    named = any("<" in each.address for each in pack.pages if each.name == page)
    return lambda identifier: reverse(f"{pack.code}:{page}", args=[identifier] if named else [])
