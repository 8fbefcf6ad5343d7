"""Village oversight as a pack: registers of land and contracts, the rules that judge them, and who works here."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.ledgers.api import GOVERNING_BOOKS, POSTING, READING_BOOKS
from tianqu.kernel.pack.api import EVERYBODY, DemoStep, Job, MenuEntry, Pack, Page, Role
from tianqu.packs.village import (
    acts,
    choosing,
    contract_pages,
    endpoints,
    holding_endpoints,
    holding_pages,
    land_pages,
    register_endpoints,
    rule_pages,
    upload_pages,
)
from tianqu.packs.village.accounts import declared as accounts
from tianqu.packs.village.books import declared as books
from tianqu.packs.village.contracting.pages import open_contracts
from tianqu.packs.village.contracting.queries import contract_releases
from tianqu.packs.village.datasets import DATASETS
from tianqu.packs.village.demo.posters import posters_of_sample
from tianqu.packs.village.demo.scanning import scans_of_sample
from tianqu.packs.village.demo.steps import books_of_villages
from tianqu.packs.village.desk import declared as desk
from tianqu.packs.village.erasing import declared as erasing
from tianqu.packs.village.findings import declared as findings
from tianqu.packs.village.keeping import declared as keeping
from tianqu.packs.village.measuring import declared as measuring
from tianqu.packs.village.meetings import endpoints as meeting_endpoints
from tianqu.packs.village.meetings.declared import DECIDING, WITNESSING
from tianqu.packs.village.meetings.declared import PAGES as MEETING_PAGES
from tianqu.packs.village.registers.nightly import judge_by_night
from tianqu.packs.village.scanning import declared as scanning
from tianqu.packs.village.start.waiting import waiting
from tianqu.packs.village.statements import endpoints as statement_endpoints
from tianqu.packs.village.statements import pages as statement_pages
from tianqu.packs.village.wall import desk_pages as wall_desk
from tianqu.packs.village.wall import endpoints as wall_endpoints
from tianqu.packs.village.wall import files as wall_files
from tianqu.packs.village.wall import pages as wall_pages

SEEING = ("village.see", "village.see_parties", *READING_BOOKS, *desk.WATCHING)
ENTERING = (
    "village.register_parcel", "village.correct_parcel", "village.split_parcel", "village.merge_parcels",
    "village.strike_parcel", "village.register_contract", "village.correct_contract", "village.end_contract",
    "village.judge_contract", "village.import_parcels", "village.import_contracts", "village.import_holdings",
    "village.register_holding",
    "village.correct_holding", "village.end_holding", "village.publish_wall",
)  # fmt: skip
OWN = "village.ask_own"  # to be led from the desk to the own village's wall, and to asking
ANSWERING = (
    "orders.see", "orders.accept", "orders.return", "orders.ask_back", "orders.resume", "orders.extend",
    "orders.finish", "orders.comment", "orders.attach", "files.store",
)  # fmt: skip

# Of what is asked they see what the village's committee answers for, and nothing else that concerns the place.
ASKED_OF_VILLAGE = ("orders.*",)

ROLES = (
    Role(
        "village_accountant",
        gettext_noop("Village accountant"),
        (
            *SEEING,
            *ENTERING,
            *measuring.MEASURING,
            *scanning.SCANNING,
            *POSTING,
            *keeping.KEEPING,
            *DECIDING,
            *findings.ANSWERING,
            *desk.ANSWERING,
            *ANSWERING,
        ),
        reach="place",
        own_unit=ASKED_OF_VILLAGE,
    ),
    Role(
        "village_head",
        gettext_noop("Village head"),
        (
            *SEEING,
            "village.judge_contract",
            "village.publish_wall",
            *DECIDING,
            *WITNESSING,
            *findings.ANSWERING,
            *desk.ANSWERING,
            *ANSWERING,
        ),
        reach="place",
        own_unit=ASKED_OF_VILLAGE,
    ),
    Role(
        "village_supervisor",
        gettext_noop("Member of the village supervisory committee"),
        (*SEEING, "village.judge_contract", *WITNESSING, *findings.COMMENTING, *desk.READING),
        reach="place",
    ),
    Role(
        "township_auditor",
        gettext_noop("Township auditor of villages"),
        (*SEEING, "village.judge_contract", *findings.AUDITING, *GOVERNING_BOOKS, *desk.AUDITING),
        reach="place",
    ),
    Role(
        "county_auditor",
        gettext_noop("County auditor of villages"),
        (*SEEING, "village.judge_contract", *findings.AUDITING, *desk.AUDITING),
        reach="place",
    ),
    Role(
        "county_inspector",
        gettext_noop("County inspector of villages"),
        (*SEEING, "village.judge_contract", *findings.INSPECTING, *desk.AUDITING, *erasing.ERASING),
        reach="place",
    ),
    Role("village_clerk", gettext_noop("Village clerk, who answers questions"), ANSWERING, reach="unit"),
    Role("villager", gettext_noop("Villager"), ("village.see", OWN), reach="place"),
)

BOTH = ("GET", "POST")
PARCEL, CONTRACT = "villages/land/<uuid:parcel_id>/", "villages/contracts/<uuid:contract_id>/"
HOLDING = "villages/holdings/<uuid:holding_id>/"

QUARTER = "wall/<slug:code>/<slug:quarter>/"
EDITION = f"{QUARTER}<int:edition>/"
WALL_PAGES = (
    Page("walls", "wall/", wall_pages.walls, EVERYBODY, _("Village walls")),
    Page("wall", "wall/<slug:code>/", wall_pages.wall, EVERYBODY, _("Village walls")),
    Page("wall_quarter", QUARTER, wall_pages.wall, EVERYBODY, _("Village walls")),
    Page("wall_questions", f"{QUARTER}questions", wall_pages.questions, EVERYBODY, _("Questions and objections")),
    Page("wall_edition", EDITION, wall_pages.wall, EVERYBODY, _("Village walls")),
    Page("wall_vouchers", f"{EDITION}vouchers/<str:what>", wall_pages.vouchers, EVERYBODY, _("Vouchers")),
    Page("wall_list", f"{EDITION}list/<slug:part>", wall_pages.listing, EVERYBODY, _("Village walls")),
    Page("wall_numbers", f"{EDITION}numbers", wall_pages.numbers, EVERYBODY, _("Every number of the book")),
    Page("wall_check", f"{EDITION}check", wall_pages.check, EVERYBODY, _("Check this poster")),
    Page("wall_pdf", f"{EDITION}poster-<slug:size>.pdf", wall_files.paper, EVERYBODY, _("Poster")),
    Page("wall_proof", f"{EDITION}poster.tlog-proof", wall_files.proof, EVERYBODY, _("Proof")),
    Page("wall_bundle", f"{EDITION}poster.json", wall_files.bundle, EVERYBODY, _("Proof")),
    Page("own_wall", "villages/own-wall", wall_pages.own_wall, OWN, _("Our wall")),
    Page("own_question", "villages/own-question", wall_pages.own_question, OWN, _("Ask")),
    Page("publishing", "villages/wall/", wall_desk.publishing, "village.publish_wall", _("Public accounts")),
    Page(
        "publish",
        "villages/wall/<slug:quarter>",
        wall_desk.publish,
        "village.publish_wall",
        _("Publish a quarter"),
        BOTH,
    ),
)

PAGES = (
    *WALL_PAGES,
    Page("rules", "villages/rules", rule_pages.rules, EVERYBODY, _("Rules for village contracts")),
    Page(
        "open_contracts",
        "villages/open-contracts",
        open_contracts,
        EVERYBODY,
        _("Contracts of villages as open data"),
    ),
    Page("places_named", "villages/places", choosing.places_named, "village.see", _("Place")),
    *measuring.PAGES,
    *scanning.PAGES,
    *erasing.PAGES,
    Page("land", "villages/land/", land_pages.land, "village.see", _("Village registers")),
    Page("land_export", "villages/land.csv", land_pages.export, "village.see", _("Land")),
    Page("parcel_new", "villages/land/new", land_pages.create, "village.register_parcel", _("New parcel"), BOTH),
    Page("parcel_merge", "villages/land/merge", land_pages.merge, "village.merge_parcels", _("Merge parcels"), BOTH),
    Page("parcel", PARCEL, land_pages.parcel, "village.see", _("Parcel")),
    Page("parcel_map", f"{PARCEL}map.geojson", land_pages.parcel_map, "village.see", _("Parcel")),
    Page("parcel_correct", f"{PARCEL}correct", land_pages.correct, "village.correct_parcel", _("Correct"), BOTH),
    Page("parcel_split", f"{PARCEL}split", land_pages.split, "village.split_parcel", _("Split the parcel"), BOTH),
    Page("parcel_strike", f"{PARCEL}strike", land_pages.strike, "village.strike_parcel", _("Strike out"), BOTH),
    Page("contracts", "villages/contracts/", contract_pages.contracts, "village.see", _("Contracts")),
    Page("contracts_export", "villages/contracts.csv", contract_pages.export, "village.see", _("Contracts")),
    Page(
        "contracts_sheet",
        "villages/contracts/register.<slug:form>",
        contract_pages.sheet,
        "village.see_parties",
        _("Contracts"),
    ),
    Page(
        "contract_new",
        "villages/contracts/new",
        contract_pages.create,
        "village.register_contract",
        _("New contract"),
        BOTH,
    ),
    Page("contract", CONTRACT, contract_pages.contract, "village.see", _("Contract")),
    Page(
        "contract_correct",
        f"{CONTRACT}correct",
        contract_pages.correct,
        "village.correct_contract",
        _("Correct"),
        BOTH,
    ),
    Page("contract_end", f"{CONTRACT}end", contract_pages.end, "village.end_contract", _("End the contract"), BOTH),
    Page(
        "contract_judge",
        f"{CONTRACT}judge",
        contract_pages.judge,
        "village.judge_contract",
        _("Ask the rules"),
        ("POST",),
    ),
    Page("books", "villages/books/", statement_pages.books, "ledgers.see", _("Books")),
    Page("statements", "villages/books/<str:code>/", statement_pages.statements, "ledgers.see", _("Statements")),
    Page(
        "figure",
        "villages/books/<str:code>/figures/<str:line>",
        statement_pages.figure,
        "ledgers.see",
        _("Behind a figure"),
    ),
    Page("upload", "villages/upload/<slug:kind>", upload_pages.upload, "village.import_parcels", _("Upload"), BOTH),
    Page(
        "upload_template",
        "villages/upload/<slug:kind>/template.<slug:form>",
        upload_pages.template,
        "village.import_parcels",
        _("Template"),
    ),
    Page("holdings", "villages/holdings/", holding_pages.holdings, "village.see", _("Assets and debts")),
    Page("holdings_export", "villages/holdings.csv", holding_pages.export, "village.see", _("Assets and debts")),
    Page(
        "holding_new",
        "villages/holdings/new/<slug:kind>",
        holding_pages.create,
        "village.register_holding",
        _("Enter"),
        BOTH,
    ),
    Page("holding", HOLDING, holding_pages.holding, "village.see", _("Assets and debts")),
    Page("holding_correct", f"{HOLDING}correct", holding_pages.correct, "village.correct_holding", _("Correct"), BOTH),
    Page("holding_end", f"{HOLDING}end", holding_pages.end, "village.end_holding", _("Take out"), BOTH),
    *MEETING_PAGES,
    *books.PAGES,
    *accounts.PAGES,
    *keeping.PAGES,
    *desk.PAGES,
    *findings.PAGES,
)
MENU = (
    MenuEntry("walls", "public", order=35),
    MenuEntry("publishing", "desk", order=64),
    MenuEntry("own_wall", "desk", order=58),
    MenuEntry("own_question", "desk", order=59),
    MenuEntry("land", "desk", order=60),
    MenuEntry("books", "desk", order=61),
    *keeping.MENU,
    *desk.MENU,
    *findings.MENU,
)

DEMO = (
    DemoStep(_("Villages' books"), books_of_villages, again=True),
    DemoStep(_("Posters of some villages"), posters_of_sample, again=True),
    DemoStep(_("Scans of some contracts"), scans_of_sample, again=True),
)

PACK = Pack(
    code="village",
    title=_("Village oversight"),
    package=acts.__name__.rpartition(".")[0],
    roles=ROLES,
    families=(findings.FAMILY,),
    flows=(findings.FLOW,),
    pages=PAGES,
    menu=MENU,
    demo=DEMO,
    jobs=(Job("village.judge", "17 2 * * *", judge_by_night),),
    routers=(
        endpoints.router,
        register_endpoints.router,
        holding_endpoints.router,
        statement_endpoints.router,
        wall_endpoints.router,
        meeting_endpoints.router,
        *keeping.ROUTERS,
        *measuring.ROUTERS,
        *scanning.ROUTERS,
        *desk.ROUTERS,
        findings.ROUTER,
    ),
    contracting=contract_releases,
    waiting=waiting,
    datasets=DATASETS,
    notices=(*findings.NOTICES, *desk.NOTICES),
    links={"finding": "finding", "review": "review"},
)
