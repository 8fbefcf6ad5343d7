"""The registers of culture: troupes, works, contracts, theatres; performances, wishes, coverage of villages."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.occasions.api import rows_of_seats
from tianqu.kernel.pack.api import EVERYBODY, NAMES, Register, RegisterColumn, all_of, code_column, named
from tianqu.kernel.places.api import Place
from tianqu.packs.culture import queries
from tianqu.packs.culture.declaring.acts import declare_contract, declare_troupe, declare_work
from tianqu.packs.culture.models import GENRES, KINDS, STAGES, Contract, Performance, Stand, Theatre, Troupe, Wish, Work
from tianqu.packs.culture.theatre.acts import declare_theatre
from tianqu.packs.culture.words import TONES, word

HELD: Final = ("unit_id", "place_path")
PLACE: Final = RegisterColumn("place_path", _("Village"))

TROUPES: Final = Register(
    code="troupes", title=_("Troupes"), address="desk/culture/troupes",
    above="desk", model=Troupe, rows=queries.troupes_of,
    permission=queries.SEE, page="statement", searched=("name", "name_en", "code"), tells=HELD, imports=True,
    empty=_("No troupe is declared yet"), declares=declare_troupe, declaring=_("Declare a troupe"),
    begin=_("Declare who gives works, then the works, then a contract with prices."),
    columns=(
        *NAMES, code_column("troupe"),
        RegisterColumn("troupe_unit_id", _("Its unit"), hint=_("Name or code; whose posts give the troupe's word.")),
        RegisterColumn("is_open", _("It can be engaged"), begins=True),
    ),
)  # fmt: skip

WORKS: Final = Register(
    code="works", title=_("Works"), address="culture/works",
    above="menu", model=Work, rows=all_of(Work), permission=EVERYBODY,
    page="work", filters=("place_path", "kind", "genre", "is_open"), searched=("name", "name_en", "code"),
    tells=("unit_id",),
    empty=_("No menu is laid out here yet"), declares=declare_work, declaring=_("Put a work on the menu"), imports=True,
    begin=_("Once the county's office of culture declares works, they stand here."),
    columns=(
        *NAMES, code_column("work"),
        RegisterColumn("kind", _("Kind"), words=word, choices=KINDS),
        RegisterColumn("genre", _("Genre"), words=word, choices=GENRES),
        RegisterColumn("words", _("What it is, in Chinese"), kind="long_text", listed=False),
        RegisterColumn("words_en", _("What it is, in English"), kind="long_text", optional=True, listed=False),
        RegisterColumn("length_minutes", _("Length"), unit=_("minutes"), begins=90),
        RegisterColumn("stage", _("What it needs"), words=word, choices=STAGES),
        RegisterColumn("is_open", _("It can be ordered"), begins=True),
        RegisterColumn("place_path", _("County")),
    ),
)  # fmt: skip

CONTRACTS: Final = Register(
    code="contracts", title=_("Contracts"), address="desk/culture/contracts",
    above="office", model=Contract, key="number",
    rows=queries.contracts_of, permission="culture.see_budget", searched=("number",), tells=HELD, sort="-starts_on",
    empty=_("No contract is declared yet"), begin=_("Declare troupes and works first."), declares=declare_contract,
    declaring=_("Declare a contract"),
    columns=(
        RegisterColumn("number", _("Number of the contract"), heading=_("Number")),
        RegisterColumn("troupe", _("Troupe"), of=TROUPES),
        RegisterColumn("starts_on", _("From which day")), RegisterColumn("ends_on", _("Until which day")),
        RegisterColumn("rating_floor", _("Paid from how many stars"), decimals=2, begins="3.5",
                       hint=_("From 1 to 5, such as 3.5.")),
        RegisterColumn("raters_least", _("By at least how many villagers"), begins=5),
        RegisterColumn("offers", _("Works with prices"), hint=_("A line each: the work's code, a blank, yuan."),
                       at=queries.prices_of,
                       parts=(RegisterColumn("work", _("Work")), RegisterColumn("price_fen", _("Price")))),
    ),
)  # fmt: skip

THEATRES: Final = Register(
    code="halls", title=_("Theatres"), address="desk/culture/theatres",
    above="theatres", model=Theatre, rows=all_of(Theatre),
    permission=EVERYBODY, page="theatre", tells=(*HELD, "seats"), empty=_("There is no theatre yet"),
    begin=_("Once an office of culture declares one, its shows stand here."), declares=declare_theatre,
    declaring=_("Declare a theatre"),
    columns=(
        *NAMES, code_column("theatre"),
        RegisterColumn("venue", _("Address in Chinese"), heading=_("Address")),
        RegisterColumn("venue_en", _("Address in English"), listed=False),
        RegisterColumn("rows", _("Rows of numbered seats"), kind="long_text", listed=False, told=False,
                       at=lambda one: rows_of_seats(one.seats),
                       hint=_("One row a line, front to back, with how many seats it has: A 20.")),
        RegisterColumn("price_fen", _("A ticket"), begins="1"),
        RegisterColumn("lon", _("Longitude"), listed=False), RegisterColumn("lat", _("Latitude"), listed=False),
        RegisterColumn("is_open", _("It is open"), begins=True),
    ),
)  # fmt: skip

SHOWS: Final = Register(
    code="shows", title=_("Performances"), address="culture/shows",
    above="menu", model=Performance, rows=queries.performance_rows,
    permission=EVERYBODY, key="order_id", sort="-first_day", page="show",
    filters=("place_path", "stand", "season", "work", "troupe"), empty=_("Nothing was ordered here yet"),
    begin=_("Once a village orders from the menu, it stands here until it is paid."),
    tells=("unit_id", "place_id", "contract_id", "given_at", "attendance_troupe", "attendance_village", "confirmed_at",
           "rating_sum", "cause"),
    columns=(
        RegisterColumn("id", at="order_id", listed=False),
        RegisterColumn("work", _("Work"), of=WORKS), PLACE,
        RegisterColumn("stand", _("State"), words=word, choices=tuple(Stand.values), tones=TONES),
        RegisterColumn("starts_at", _("Begins")), RegisterColumn("troupe", _("Troupe"), of=TROUPES),
        RegisterColumn("first_day", _("From which day it suits"), listed=False),
        RegisterColumn("last_day", _("Until which day"), listed=False),
        RegisterColumn("price_fen", _("Price")), RegisterColumn("attendance", _("How many came")),
        RegisterColumn("rating_count", _("Ratings"), hidden=True),
        RegisterColumn("decided_on", _("Decided on"), hidden=True), RegisterColumn("reason", _("Reason"), hidden=True),
        RegisterColumn("season", _("Season"), listed=False),
    ),
)  # fmt: skip


WISHES: Final = Register(
    code="wishes", title=_("What villagers wish for"), address="culture/wishes",
    above="menu", model=Wish, key="id", sort="-votes",
    rows=lambda _actor: queries.wish_rows(), permission=EVERYBODY, tells=("place_id",),
    filters=("place_path", "work", RegisterColumn("season", _("Season"))), narrow=queries.wished_in,
    empty=_("Nothing is wished for yet"),
    begin=_("Votes of villagers stand here as soon as the first is given."),
    columns=(
        RegisterColumn("work", _("Work"), of=WORKS), PLACE, RegisterColumn("votes", _("Votes")),
        RegisterColumn("season", _("Season"), listed=False),
    ),
)  # fmt: skip

COVERAGE: Final = Register(
    code="coverage", title=_("Coverage of villages"), address="culture/coverage",
    above="menu", model=Place, permission=EVERYBODY,
    rows=lambda _actor: queries.village_rows(), narrow=queries.villages_below, completed=queries.covered,
    lead=_("What each village was given in a season, and when last; without a place and a season, here and this year."),
    filters=(RegisterColumn("place_path", _("Place")), RegisterColumn("season", _("Season"))),
    page=lambda one: f"{reverse('culture:shows')}?place={one.place.code}", empty=_("No villages to show"),
    begin=_("Give the code of a county, a township or a village."),
    columns=(
        RegisterColumn("village", _("Village"), at=lambda one: named(one.place), told=False),
        RegisterColumn("code", _("Code"), at=lambda one: one.place.code),
        RegisterColumn("name", at=lambda one: one.place.name, listed=False),
        RegisterColumn("name_en", at=lambda one: one.place.name_en, listed=False),
        RegisterColumn("given", _("Given"), kind="number", tones={"0": "late"}),
        RegisterColumn("attendance", _("How many came"), kind="number"),
        RegisterColumn("last", _("Last"), kind="moment"), RegisterColumn("coming", _("To come"), kind="number"),
        RegisterColumn("next", _("Next show"), kind="moment"),
    ),
)  # fmt: skip

REGISTERS: Final = (TROUPES, WORKS, CONTRACTS, THEATRES, SHOWS, WISHES, COVERAGE)
