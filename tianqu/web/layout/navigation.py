"""What stands in the head of each page: the public's menu, the desk's, and the lines of the foot.

A web area adds its entries here; a pack declares them (``MenuEntry``) and ``mount`` brings them in.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import PageRequest


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a menu: the name of its address, its title, and the permission that shows it ("" for everybody)."""

    address: str
    title: Promise | str
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it."""

    address: str
    title: Promise | str
    current: bool


PUBLIC: tuple[Entry, ...] = (
    Entry("home", _("Home")),
    Entry("services", _("Services")),
    Entry("ask", _("Ask")),
    Entry("follow", _("Follow a request")),
    Entry("answers", _("What others asked")),
    Entry("help", _("Help")),
)
DESK: tuple[Entry, ...] = (Entry("desk", _("Desk")),)
FOOT: tuple[Entry, ...] = (
    Entry("about", _("About")),
    Entry("help", _("Help")),
    Entry("privacy", _("Privacy")),
    Entry("accessibility", _("Accessibility")),
)


def public_menu(request: PageRequest) -> list[Link]:
    """Return the public's menu for this page."""
    return _links(request, PUBLIC)


def desk_menu(request: PageRequest) -> list[Link]:
    """Return the desk's menu for this page and these posts."""
    return _links(request, DESK)


def foot_menu() -> list[Link]:
    """Return the lines of the foot, the same on every page."""
    return [Link(address=reverse(entry.address), title=entry.title, current=False) for entry in FOOT]


def _links(request: PageRequest, entries: tuple[Entry, ...]) -> list[Link]:
    links = []
    for entry in entries:
        address = reverse(entry.address)
        current = request.path == address or (address != "/" and request.path.startswith(address))
        links.append(Link(address=address, title=entry.title, current=current))
    return links
