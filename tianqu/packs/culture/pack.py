"""Culture as a pack: who orders, engages, gives and confirms, its pages; with season and theatre."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.pack.api import EVERYBODY, LEADING_ROSTERS, SHARING_ROSTERS, DemoStep, MenuEntry, Pack, Page, Role
from tianqu.packs.culture import endpoints, pages
from tianqu.packs.culture.certified import SHOWS_PAID
from tianqu.packs.culture.datasets import GRANTS
from tianqu.packs.culture.demo import culture_of_county
from tianqu.packs.culture.flow import DISPUTE, FAMILIES, SHOW
from tianqu.packs.culture.notices import TEMPLATES
from tianqu.packs.culture.queries import SEE, waiting_count
from tianqu.packs.culture.registers.declared import REGISTERS
from tianqu.packs.culture.season import PLANNING, SEASON
from tianqu.packs.culture.season_demo import season_of_county
from tianqu.packs.culture.theatre.demo import weekends_of_theatre
from tianqu.packs.culture.theatre.queries import DOORS, RUN, SHOWS, USHERS
from tianqu.packs.culture.voices.acts import VOICES

DECLARING = ("culture.declare_troupe", "culture.declare_work", "culture.declare_contract", "culture.grant_budget")
BUDGET = "culture.see_budget"
CERTIFYING = ("certificates.issue", "certificates.revoke")
THEATRE = (
    RUN, "occasions.see", "occasions.announce", "occasions.cancel", "occasions.admit", "occasions.excuse",
    "occasions.add_photo", "occasions.remove_photo", "files.store", "culture.book_takings", *LEADING_ROSTERS,
)  # fmt: skip
OFFICE = (
    SEE, BUDGET, *DECLARING, "culture.commit_show", "culture.settle_dispute", "culture.pay_show",
    "culture.refuse_payment", "culture.cancel_show", "files.store", *CERTIFYING, *PLANNING,
    *THEATRE, "culture.declare_theatre",
)  # fmt: skip
VILLAGE = (SEE, "culture.order_show", "culture.confirm_show", "culture.cancel_show", "files.store")
TROUPE = (SEE, "culture.accept_show", "culture.say_given", "files.store", *CERTIFYING)
ROLES = (
    Role("culture_officer", gettext_noop("Officer for culture"), OFFICE, reach="place"),
    Role("culture_post", gettext_noop("Cultural post of a village"), VILLAGE, reach="place"),
    Role("culture_troupe", gettext_noop("Manager of a troupe"), TROUPE),
    Role("culture_theatre", gettext_noop("Keeper of a theatre"), THEATRE),
    Role("culture_usher", gettext_noop("Usher of a theatre"), (USHERS.permission, SHARING_ROSTERS, "occasions.admit")),
)

BOTH = ("GET", "POST")
SHOW_AT, TROUPE_AT = "culture/shows/<uuid:show_id>/", "desk/culture/troupes/<slug:code>/"
THEATRE_AT = "culture/theatres/<slug:code>/"
PAGES = (
    Page("menu", "culture/", pages.menu, EVERYBODY, _("Culture for villages")),
    Page("work", "culture/works/<slug:code>/", pages.work, EVERYBODY, _("Work"), BOTH),
    Page("mine", "culture/me/", pages.mine, EVERYBODY, _("My village"), BOTH),
    Page("show", SHOW_AT, pages.show, EVERYBODY, _("Performance"), BOTH),
    Page("photo", f"{SHOW_AT}files/<uuid:file_id>", pages.photo, SEE, _("Photo")),
    Page("ranking", "culture/ranking/", pages.ranking, EVERYBODY, _("How it was liked")),
    Page("desk", "desk/culture/", pages.desk, SEE, _("Culture")),
    Page("order", "desk/culture/order", pages.order, "culture.order_show", _("Order for the village"), BOTH),
    Page("office", "desk/culture/office", pages.office, BUDGET, _("Budget and menu"), BOTH),
    Page("theatres", "culture/theatres/", pages.theatre_list, EVERYBODY, _("Theatres")),
    Page("theatre", THEATRE_AT, pages.theatre, EVERYBODY, _("Theatre")),
    Page("takings", f"desk/{THEATRE_AT}", pages.takings, RUN, _("Shows and takings"), BOTH),
    Page("statement", TROUPE_AT, pages.statement, SEE, _("Troupe's statement")),
)  # fmt: skip

PACK = Pack(
    code="culture",
    title=_("Culture"),
    package="tianqu.packs.culture",
    roles=ROLES,
    families=FAMILIES,
    datasets=(GRANTS,),
    flows=(SHOW, DISPUTE),
    pages=PAGES,
    menu=(
        MenuEntry("menu", "public", order=54),
        MenuEntry("desk", "desk", order=63, count=lambda request: waiting_count(request.actor)),
        MenuEntry("office", "desk", order=64),
        MenuEntry("theatres", "public", order=56),
        MenuEntry("mine", "own", order=30),
    ),
    demo=(
        DemoStep(_("A year of culture in a county"), culture_of_county),
        DemoStep(_("A season of shows"), season_of_county),
        DemoStep(_("Weekends of a theatre"), weekends_of_theatre),
    ),
    routers=(endpoints.router,),
    occasions=(SHOWS,),
    rosters=(DOORS,),
    certificates=(SHOWS_PAID,),
    tours=(SEASON,),
    registers=REGISTERS,
    notices=TEMPLATES,
    links={"culture_show": "show", "culture_dispute": "desk"},
    personal=(VOICES,),
)
