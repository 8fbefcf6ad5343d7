"""What stands in the head of each page: the public's menu, the desk's, one's own; the foot's lines; and under releases.

A web area adds its entries here; a pack declares them (``MenuEntry``), and the start-up brings them in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import OrderFilters, State, order_counts
from tianqu.kernel.pack.api import EVERYBODY, Pack, PageRequest, Waiting
from tianqu.kernel.places.api import can, scope_for


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a menu: its address's name, its title, and the permission that shows it (EVERYBODY for all).

    Lines stand in the order of ``order``. ``count`` returns how many things wait there; None: it is not counted.
    """

    address: str
    title: Promise | str
    permission: str = EVERYBODY
    order: int = 100
    count: Callable[[PageRequest], int | None] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it."""

    address: str
    title: Promise | str
    current: bool
    count: int | None = None


def new_requests(request: PageRequest) -> int | None:
    """How many requests wait to be accepted by one's unit, for posts that look after more than requests.

    Whoever handles requests all day, or oversees places, is told on the desk's first page.
    """
    if scope_for(request.actor, "orders.see") == request.actor.scope:
        return None
    found = order_counts(request.actor, filters=OrderFilters(states=(State.DISPATCHED,)))
    return found.get(State.DISPATCHED, 0)


PUBLIC: tuple[Entry, ...] = (
    Entry("home", _("Home"), order=0),
    Entry("ask", _("Ask"), order=10),
    Entry("follow", _("Follow a request"), order=20),
    Entry("services", _("Services"), order=30),
    Entry("answers", _("What others asked"), order=40),
    Entry("releases", _("Releases"), order=50),
    Entry("occasions", _("What happens near me"), order=53),
    Entry("data", _("Data"), order=60),
    Entry("figures", _("Figures"), order=60),
    Entry("help", _("Help"), order=900),
)
DESK: tuple[Entry, ...] = (
    Entry("desk", _("Desk"), order=0),
    Entry("inbox", _("Inbox"), "orders.see", order=10, count=new_requests),
    Entry("occasions_desk", _("What is held"), "occasions.see", order=60),
    Entry("rosters_own", _("My shifts"), "rosters.share", order=20),
    Entry("rosters_desk", _("Rosters"), "rosters.see", order=61),
    Entry("tours_desk", _("Tours"), "tours.see", order=61),
    Entry("data_desk", _("Data"), "datasets.describe", order=700),
    Entry("releases_desk", _("Releases"), "releases.read_early", order=710),
    Entry("administration", _("Administration"), "administration.see", order=800),
)
FOOT: tuple[Entry, ...] = (
    Entry("about", _("About")),
    Entry("help", _("Help")),
    Entry("privacy", _("Privacy")),
    Entry("accessibility", _("Accessibility")),
    Entry("api_docs", _("For programs")),
)
RELEASES: tuple[Entry, ...] = (Entry("releases_feed", _("Follow as a feed (Atom)"), order=10),)
OWN: tuple[Entry, ...] = (Entry("occasions_own", _("What I have booked"), order=10),)
_OWN = {"public": PUBLIC, "desk": DESK, "releases": RELEASES, "own": OWN}
_asked: list[Callable[[PageRequest], Sequence[Waiting] | None]] = []
_menus: dict[str, list[Entry]] = {menu: [*own] for menu, own in _OWN.items()}


def set_menus(packs: Iterable[Pack]) -> None:
    """Bring the packs' entries into the menus, and what tells what waits to the desk; called once, at start-up.

    The packs have been checked by then.
    """
    packs = list(packs)
    _asked[:] = [pack.waiting for pack in packs if pack.waiting is not None]
    entries: dict[str, list[Entry]] = {menu: [*own] for menu, own in _OWN.items()}
    for pack in packs:
        pages = {page.name: page for page in pack.pages}
        registers = {register.code: register for register in pack.registers}
        for said in pack.menu:
            page = pages.get(said.page) or registers[said.page]
            entry = Entry(f"{pack.code}:{said.page}", page.title, page.permission, said.order, said.count)
            entries[said.menu].append(entry)
    for menu, found in entries.items():
        _menus[menu] = sorted(found, key=lambda entry: entry.order)


def waiting_for(request: PageRequest) -> list[Waiting] | None:
    """Return what waits for this post, what is late first, then by its day; None where no pack has work for it."""
    told = [found for ask in _asked if (found := ask(request)) is not None]
    if not told:
        return None
    return sorted((one for found in told for one in found), key=lambda one: (not one.late, one.due_on or date.max))


def public_menu(request: PageRequest) -> list[Link]:
    """Return the public's menu for this page."""
    return _links(request, _menus["public"])


def desk_menu(request: PageRequest) -> list[Link]:
    """Return the desk's menu for this page and this post."""
    return _links(request, _menus["desk"])


def own_menu(request: PageRequest) -> list[Link]:
    """Return what somebody who has signed in finds of their own: beside their account, and on their desk."""
    return _links(request, _menus["own"]) if request.actor.person_id is not None else []


def releases_menu(request: PageRequest) -> list[Link]:
    """Return how one hears of the next release."""
    return _links(request, _menus["releases"])


def foot_menu() -> list[Link]:
    """Return the lines of the foot, the same on every page."""
    return [Link(address=reverse(entry.address), title=entry.title, current=False) for entry in FOOT]


def _links(request: PageRequest, entries: Iterable[Entry]) -> list[Link]:
    """Return what this visitor may open; the entry with the longest address that begins this page's is current."""
    open_to_them = [
        (entry, reverse(entry.address))
        for entry in entries
        if entry.permission == EVERYBODY or can(request.actor, entry.permission)
    ]
    above = [address for _entry, address in open_to_them if _holds(request.path, address=address)]
    current = max(above, key=len, default="")
    return [
        Link(address, entry.title, address == current, entry.count(request) if entry.count else None)
        for entry, address in open_to_them
    ]


def _holds(path: str, *, address: str) -> bool:
    return path == address or (address != "/" and path.startswith(address.rstrip("/") + "/"))
