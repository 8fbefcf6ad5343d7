"""The programme as a pack: the press office, the calendar of conferences, and its pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.pack.api import EVERYBODY, DemoStep, Job, MenuEntry, Pack, Page, Role
from tianqu.packs.programme import acts, desk_pages, endpoints, pages, signing_pages
from tianqu.packs.programme.demo import conferences_of_year, programme_of_year
from tianqu.packs.programme.flow import FAMILY, FLOW
from tianqu.packs.programme.mailing import pages as mailing
from tianqu.packs.programme.mailing.working import drop_by_night, mail_editions
from tianqu.packs.programme.notices import TEMPLATES

RELEASING = (
    "releases.draft", "releases.revise", "releases.read_early", "releases.ask_signatures", "releases.publish",
    "releases.admit_readers",
    "releases.sign", "figures.see_embargoed",
)  # fmt: skip
HOLDING = (
    "programme.declare_domain",
    "programme.plan_conference", "programme.change_conference",
    "programme.cancel_conference", "programme.keep_question",
)  # fmt: skip

ROLES = (Role("press_officer", gettext_noop("Press officer"), (*RELEASING, *HOLDING), reach="place"),)

BOTH = ("GET", "POST")
PLAN, SIGN = "programme.plan_conference", "releases.sign"
ONE, OWN = "conferences/<slug:code>/", "desk/conferences/<slug:code>/"
PAGES = (
    Page("conferences", "conferences/", pages.conference_list, EVERYBODY, _("Press conferences")),
    Page("calendar", "conferences/calendar.ics", pages.calendar, EVERYBODY, _("Press conferences")),
    Page("conference", ONE, pages.conference, EVERYBODY, _("Press conference")),
    Page("programme", "programme/", pages.programme_page, EVERYBODY, _("Programme")),
    Page("mail", "programme/mail/", mailing.mail, EVERYBODY, _("Releases by mail"), BOTH),
    Page("mail_confirm", "programme/mail/confirm/<str:token>", mailing.confirm, EVERYBODY, _("Confirm"), BOTH),
    Page(
        "mail_stop",
        "programme/mail/stop/<str:token>",
        mailing.stop,
        EVERYBODY,
        _("End the mails"),
        BOTH,
        secret_address=True,
    ),
    Page("signings", "desk/signing/", signing_pages.signing_list, SIGN, _("Figures to sign")),
    Page("signing", "desk/signing/<uuid:order_id>/", signing_pages.signing, SIGN, _("Sign figures")),
    Page("desk", "desk/conferences/", desk_pages.desk, PLAN, _("Press conferences")),
    Page("plan", "desk/conferences/plan", desk_pages.plan, PLAN, _("Plan a conference"), BOTH),
    Page("change", f"{OWN}change", desk_pages.change, "programme.change_conference", _("Change the plan"), BOTH),
    Page("cancel", f"{OWN}cancel", desk_pages.cancel, "programme.cancel_conference", _("Call it off"), BOTH),
    Page("question", f"{OWN}question", desk_pages.question, "programme.keep_question", _("Questions"), BOTH),
)
MENU = (
    MenuEntry("programme", "public", order=51),
    MenuEntry("conferences", "public", order=52),
    MenuEntry("desk", "desk", order=60),
    MenuEntry("mail", "releases", order=20),
    MenuEntry("signings", "desk", order=61, count=signing_pages.sign_count),
)

PACK = Pack(
    code="programme",
    title=_("Programme and press conferences"),
    package=acts.__name__.rpartition(".")[0],
    roles=ROLES,
    families=(FAMILY,),
    flows=(FLOW,),
    pages=PAGES,
    menu=MENU,
    jobs=(
        Job("programme.mail_editions", "* * * * *", mail_editions),
        Job("programme.drop_unconfirmed", "20 3 * * *", drop_by_night),
    ),
    demo=(
        DemoStep(_("Programme"), programme_of_year, again=True),
        DemoStep(_("Press conferences"), conferences_of_year, again=True),
    ),
    routers=(endpoints.router,),
    notices=TEMPLATES,
    links={"signature": "signing"},
)
