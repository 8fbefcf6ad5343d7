"""The programme as a pack: the press office, the calendar of conferences, and its pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.pack.api import EVERYBODY, DemoStep, MenuEntry, Pack, Page, Role
from tianqu.packs.programme import acts, desk_pages, endpoints, pages
from tianqu.packs.programme.demo import conferences_of_year

RELEASING = (
    "releases.draft", "releases.revise", "releases.read_early", "releases.ask_signatures", "releases.publish",
    "releases.sign", "figures.see_embargoed",
)  # fmt: skip
HOLDING = (
    "programme.plan_conference", "programme.change_conference",
    "programme.cancel_conference", "programme.keep_question",
)  # fmt: skip

ROLES = (Role("press_officer", gettext_noop("Press officer"), (*RELEASING, *HOLDING), reach="place"),)

BOTH = ("GET", "POST")
PLAN = "programme.plan_conference"
ONE, OWN = "conferences/<slug:code>/", "desk/conferences/<slug:code>/"
PAGES = (
    Page("conferences", "conferences/", pages.conference_list, EVERYBODY, _("Press conferences")),
    Page("calendar", "conferences/calendar.ics", pages.calendar, EVERYBODY, _("Press conferences")),
    Page("conference", ONE, pages.conference, EVERYBODY, _("Press conference")),
    Page("desk", "desk/conferences/", desk_pages.desk, PLAN, _("Press conferences")),
    Page("plan", "desk/conferences/plan", desk_pages.plan, PLAN, _("Plan a conference"), BOTH),
    Page("change", f"{OWN}change", desk_pages.change, "programme.change_conference", _("Change the plan"), BOTH),
    Page("cancel", f"{OWN}cancel", desk_pages.cancel, "programme.cancel_conference", _("Call it off"), BOTH),
    Page("question", f"{OWN}question", desk_pages.question, "programme.keep_question", _("Questions"), BOTH),
)
MENU = (MenuEntry("conferences", "public", order=51), MenuEntry("desk", "desk", order=60))

PACK = Pack(
    code="programme",
    title=_("Programme and press conferences"),
    package=acts.__name__.rpartition(".")[0],
    roles=ROLES,
    pages=PAGES,
    menu=MENU,
    demo=(DemoStep(_("Press conferences"), conferences_of_year, again=True),),
    routers=(endpoints.router,),
)
