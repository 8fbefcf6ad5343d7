"""How a pack declares itself: frozen values, gathered in one ``PACK`` in its ``pack.py``.

Importing them has no effect. The project's explicit list of packs is checked at start-up (``check_packs``), and
then each declaration is brought to where it counts: roles to places, pages and menus to web, jobs to the worker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from django.utils.functional import Promise
from ninja import Router

from tianqu.kernel.certificates.api import CertificateKind
from tianqu.kernel.datasets.api import DatasetDeclaration, Feeding
from tianqu.kernel.journal.api import PersonalData
from tianqu.kernel.notices.api import NoticeTemplate
from tianqu.kernel.occasions.api import OccasionKind
from tianqu.kernel.orders.api import APPEAL, Flow, Offering
from tianqu.kernel.pack.contracting import Contracting
from tianqu.kernel.pack.page_request import PageRequest
from tianqu.kernel.pack.registers import Register
from tianqu.kernel.pack.results import PageResult
from tianqu.kernel.places.api import Role
from tianqu.kernel.rosters.api import RosterKind
from tianqu.kernel.tours.api import TourKind

Title: TypeAlias = str | Promise
Menu: TypeAlias = Literal["public", "desk", "releases", "own"]
MENUS: Final[tuple[Menu, ...]] = get_args(Menu)

EVERYBODY = "everybody"  # the permission of a page that asks for none, said openly


@dataclass(frozen=True, slots=True)
class ItemFamily:
    """A family of items, such as the residents' and the enterprises' appeals.

    ``clocks`` are the kinds of clock that its orders run. Each state in which an order waits for somebody needs
    one of them, as the ``flow`` that its orders take says: the one of appeals, or one that a pack declares.
    """

    code: str
    title: Title
    clocks: frozenset[str]
    flow: str = APPEAL.code


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its address pattern as Django writes it (``calls/<uuid:order_id>``), view, permission and title.

    The page's name, with the pack's code before it, finds its address: ``hotline:calls``. ``permission`` is the
    name of an act or of a thing to see, or ``EVERYBODY``. ``methods`` are the HTTP methods that it takes.
    ``secret_address`` says that its address holds a secret, which stands for the token of a form: other programs may
    POST to it.
    """

    name: str
    address: str
    view: Callable[..., PageResult]
    permission: str
    title: Title
    methods: tuple[str, ...] = ("GET",)
    secret_address: bool = False


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line of a menu that leads to the page ``page`` of the same pack, for whoever may open it.

    The menu "releases" stands under the list of releases: how one hears of the next; "own" beside the account of
    whoever has signed in, and on their desk: what is theirs.

    ``count`` returns what stands beside the title, such as how many wait; it runs on each page, so it must be
    one quick query, or None.
    """

    page: str
    menu: Menu
    order: int = 100
    count: Callable[[PageRequest], int] | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Things of one kind that wait for whoever looks at their desk: what they are, how many, and where they stand.

    ``due_on`` is the day of the first, ``late`` how many are past theirs; ``since`` is told where none has a day.
    """

    title: Title
    count: int
    address: str
    due_on: date | None = None
    late: int = 0
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What is done again and again: ``run`` is called with the time it was due. It must be safe to run twice.

    ``cron`` is five fields in the realm's time zone: ``"*/5 * * * *"``.
    """

    name: str
    cron: str
    run: Callable[[datetime], object]


@dataclass(frozen=True, slots=True)
class DemoStage:
    """Where the demonstration plays, and how much of it.

    ``realm`` is the folder of the realm's plain files, ``root`` the path of its largest place. Everything that is
    invented comes from ``seed``. ``year`` is how many requests the year before had, and ``past`` how many the last
    forty days; a step invents in proportion to them. ``tell`` is told how many things are done, and of how many.
    ``whole``: everything that a step could invent, and not a sample; ``dense``: how many times as much of each.
    """

    realm: Path
    root: str
    seed: int
    year: int
    past: int
    tell: Callable[[int, int], None]
    whole: bool = False
    dense: int = 1


@dataclass(frozen=True, slots=True)
class DemoStep:
    """A step of the demonstration, which ``tianqu demo`` runs in a realm that is loaded, each step once, in order.

    ``run`` invents, by acts alone, and returns how many things it made. With ``again`` it is run in each demonstration,
    also in one that is there: it adds what is missing, quickly where nothing is.
    """

    title: Title
    run: Callable[[DemoStage], int]
    again: bool = False


@dataclass(frozen=True, slots=True)
class Pack:
    """One domain, as its ``pack.py`` declares it.

    ``uses_roles`` and ``uses_families`` name what other packs or the kernel must have declared for this one to
    work; ``flows`` are the loops of their own that orders of its families take. ``package`` is its Python package, and
    its Django application. ``routers`` are its part of the API: an operation without a door of its own is open to
    everybody, and finds the actor in ``request.auth``. ``datasets`` are read from what its acts record in the journal.
    ``occasions`` are the kinds of what it holds at a time and a place, for which people book; ``rosters`` the kinds of
    shifts that its people share; ``certificates`` those of papers that certify what accounts of its ledgers hold;
    ``tours`` the kinds of its visits to places that are planned: who goes where and when. ``registers`` are lists whose
    pages, forms, files and part of the API the web makes from what they declare.
    ``notices`` are what people are told, and ``links`` the page that shows a subject to which a notice leads, by the
    subject's kind: the page's address holds the subject's identifier, or nothing. ``offerings`` say how orders of its
    flows are offered; ``personal`` is what it holds of a person, and how that is erased.
    ``contracting`` is what it offers of its contracts, in the actor's language; one pack of an installation may.
    ``feeding`` tells which systems feed a dataset, for the dataset's page. ``waiting`` tells what waits for whoever
    asks, for the desk's first page, by a query a kind; None where the pack has no work for this post.
    """

    code: str
    title: Title
    package: str
    roles: tuple[Role, ...] = ()
    families: tuple[ItemFamily, ...] = ()
    flows: tuple[Flow, ...] = ()
    pages: tuple[Page, ...] = ()
    menu: tuple[MenuEntry, ...] = ()
    jobs: tuple[Job, ...] = ()
    demo: tuple[DemoStep, ...] = ()
    routers: tuple[Router, ...] = ()
    contracting: Contracting | None = None
    feeding: Feeding | None = None
    waiting: Callable[[PageRequest], Sequence[Waiting] | None] | None = None
    datasets: tuple[DatasetDeclaration, ...] = ()
    occasions: tuple[OccasionKind, ...] = ()
    rosters: tuple[RosterKind, ...] = ()
    certificates: tuple[CertificateKind, ...] = ()
    tours: tuple[TourKind, ...] = ()
    registers: tuple[Register, ...] = ()
    notices: tuple[NoticeTemplate, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    offerings: tuple[Offering, ...] = ()
    personal: tuple[PersonalData, ...] = ()
    uses_roles: tuple[str, ...] = ()
    uses_families: tuple[str, ...] = ()
