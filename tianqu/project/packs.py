"""The explicit list of packs, and how each declaration is brought to where it counts."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from tianqu.kernel.certificates.api import register_certificate
from tianqu.kernel.datasets.api import register_dataset, register_feeding
from tianqu.kernel.occasions.api import register_kind
from tianqu.kernel.orders.api import register_flow
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
    set_menus(installed_packs())
