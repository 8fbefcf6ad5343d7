"""What is wrong with a list of packs, in sentences, before anything starts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import get_args

from croniter import croniter
from django.utils.functional import Promise

from tianqu.kernel.orders.api import ACT_NAMES, APPEAL, OPEN_STATES, Flow
from tianqu.kernel.pack.dataset_checks import dataset_faults
from tianqu.kernel.pack.declarations import MENUS, MenuEntry, Pack, Title
from tianqu.kernel.pack.register_checks import register_faults
from tianqu.kernel.places.api import Reach

CODE = re.compile(r"[a-z][a-z0-9_]*\Z")
METHODS = {"GET", "POST"}
CONVERTER = re.compile(r"<(?:\w+:)?\w+>")


class PackFaults(Exception):
    """The packs contradict themselves or each other; nothing may start. ``faults`` are whole sentences."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


def check_packs(packs: Sequence[Pack]) -> None:
    """Raise ``PackFaults`` with a sentence for each fault of ``packs``."""
    faults = list(_faults(packs))
    if faults:
        raise PackFaults(faults)


def _faults(packs: Sequence[Pack]) -> Iterator[str]:
    yield from _twice((pack.code for pack in packs), "Two packs are called {}.")
    for pack in packs:
        if not CODE.match(pack.code):
            yield f"The pack {pack.code!r} needs a code of small letters, digits and _."
        yield from (f"Pack {pack.code}: {fault}" for fault in _faults_within(pack))
    yield from _faults_between(packs)


def _faults_between(packs: Sequence[Pack]) -> Iterator[str]:
    yield from _twice((role.code for pack in packs for role in pack.roles), "The role {} is declared twice.")
    yield from _twice((family.code for pack in packs for family in pack.families), "The family {} is declared twice.")
    yield from _twice((told.code for pack in packs for told in pack.datasets), "The dataset {} is declared twice.")
    yield from _twice((kind.code for pack in packs for kind in pack.occasions), "The occasions {} are declared twice.")
    yield from _twice((kind.code for pack in packs for kind in pack.rosters), "The rosters {} are declared twice.")
    certificates = (kind.code for pack in packs for kind in pack.certificates)
    yield from _twice(certificates, "The certificate {} is declared twice.")
    yield from _twice((kind.code for pack in packs for kind in pack.tours), "The tours {} are declared twice.")
    offering = [pack.code for pack in packs if pack.contracting is not None]
    if len(offering) > 1:
        yield f"The packs {_listed(offering)} offer contracts; one pack of an installation may."
    roles = {role.code for pack in packs for role in pack.roles}
    families = {family.code for pack in packs for family in pack.families}
    yield from _flow_faults(packs)
    for pack in packs:
        for missing in sorted(set(pack.uses_roles) - roles):
            yield f"Pack {pack.code} uses the role {missing}, which no pack declares. Known: {_listed(roles)}."
        for missing in sorted(set(pack.uses_families) - families):
            yield f"Pack {pack.code} uses the family {missing}, which no pack declares. Known: {_listed(families)}."
    addresses: dict[str, str] = {}
    for pack in packs:
        for page in pack.pages:
            plain = CONVERTER.sub("<>", page.address)
            if plain in addresses:
                yield f"The pages {addresses[plain]} and {pack.code}:{page.name} have one address: {page.address}."
            addresses[plain] = f"{pack.code}:{page.name}"
        for register in pack.registers:
            address = f"{register.address}/"
            if address in addresses:
                yield f"The pages {addresses[address]} and {pack.code}:{register.code} have one address: {address}."
            addresses[address] = f"{pack.code}:{register.code}"


def _flow_faults(packs: Sequence[Pack]) -> Iterator[str]:
    """Each state in which an order of a flow waits has a clock that its family runs."""
    declared = [APPEAL, *(flow for pack in packs for flow in pack.flows)]
    yield from _twice((flow.code for flow in declared), "The flow {} is declared twice.")
    flows = {flow.code: flow for flow in declared}
    for flow in declared:
        yield from (f"The flow {flow.code}: {fault}" for fault in _faults_of_flow(flow))
    for pack in packs:
        for family in pack.families:
            if family.flow not in flows:
                yield f"Pack {pack.code}: the family {family.code} takes the flow {family.flow}, which nobody declares."
                continue
            for state, clock in flows[family.flow].clocks.items():
                if clock not in family.clocks:
                    yield (
                        f"Pack {pack.code}: orders of the family {family.code} wait in the state {state.value}"
                        f" without a clock ({clock})."
                    )


def _faults_of_flow(flow: Flow) -> Iterator[str]:
    for state in OPEN_STATES:
        if state not in flow.clocks and any(step.whither is state for step in flow.steps):
            yield f"its orders wait in the state {state.value}, for which it names no clock."
    for step in flow.steps:
        if step.act not in ACT_NAMES:
            yield from _untitled(step.title, f"the step {step.act}")


def _faults_within(pack: Pack) -> Iterator[str]:
    yield from _untitled(pack.title, "the pack itself")
    for role in pack.roles:
        if role.reach not in get_args(Reach):
            yield f"the role {role.code} reaches {role.reach!r}; a role reaches one of {_listed(get_args(Reach))}."
        if not role.permissions:
            yield f"the role {role.code} permits nothing."
    for family in pack.families:
        yield from _untitled(family.title, f"the family {family.code}")
    yield from _page_faults(pack)
    yield from _twice((job.name for job in pack.jobs), "two jobs are called {}.")
    for job in pack.jobs:
        if len(job.cron.split()) != 5 or not croniter.is_valid(job.cron):
            yield f"the job {job.name} is due at {job.cron!r}, which is not five cron fields."
    yield from dataset_faults(pack)
    yield from register_faults(pack)
    for kind in pack.occasions:
        yield from _untitled(kind.title, f"the kind of occasion {kind.code}")
        if not any(fnmatchcase(kind.permission, held) for role in pack.roles for held in role.permissions):
            yield f"nobody may work on occasions of the kind {kind.code}: no role holds {kind.permission}."
    for rostered in pack.rosters:
        yield from _untitled(rostered.title, f"the kind of roster {rostered.code}")
        if not any(fnmatchcase(rostered.permission, held) for role in pack.roles for held in role.permissions):
            yield f"nobody may work on rosters of the kind {rostered.code}: no role holds {rostered.permission}."
    for certificate in pack.certificates:
        yield from _untitled(certificate.title, f"the certificate {certificate.code}")
    for tour in pack.tours:
        yield from _untitled(tour.title, f"the kind of tour {tour.code}")
        if not any(fnmatchcase(tour.permission, held) for role in pack.roles for held in role.permissions):
            yield f"nobody may plan tours of the kind {tour.code}: no role holds {tour.permission}."
    for step in pack.demo:
        yield from _untitled(step.title, "a step of the demonstration")


def _page_faults(pack: Pack) -> Iterator[str]:
    yield from _twice((page.name for page in pack.pages), "two pages are called {}.")
    for page in pack.pages:
        yield from _untitled(page.title, f"the page {page.name}")
        if not page.permission:
            yield f"the page {page.name} says no permission; give one, or EVERYBODY."
        if page.address.startswith("/"):
            yield f"the address {page.address} of the page {page.name} begins with a slash; leave it out."
        if not page.methods or set(page.methods) - METHODS:
            yield f"the page {page.name} takes {_listed(page.methods)}; a page takes GET, POST or both."
    names = {page.name for page in pack.pages} | {register.code for register in pack.registers}
    for entry in pack.menu:
        yield from _entry_faults(entry, names)
    for kind, shown in pack.links.items():
        if shown not in names:
            yield f"notices of {kind} lead to the page {shown}, which is not declared. Declared: {_listed(names)}."


def _entry_faults(entry: MenuEntry, names: set[str]) -> Iterator[str]:
    if entry.page not in names:
        yield f"a menu leads to the page {entry.page}, which is not declared. Declared: {_listed(names)}."
    if entry.menu not in MENUS:
        yield f"the page {entry.page} stands in the menu {entry.menu!r}; the menus are {_listed(MENUS)}."


def _untitled(title: Title, of: str) -> Iterator[str]:
    """A title must be marked for translation; tools/translations.py sees to it that it has one."""
    if not isinstance(title, Promise):
        yield f"the title {title!r} of {of} is not translated; write it in gettext_lazy."


def _twice(names: Iterable[str], sentence: str) -> Iterator[str]:
    yield from (sentence.format(name) for name, count in sorted(Counter(names).items()) if count > 1)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
