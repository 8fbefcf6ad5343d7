"""The hotline as a pack: who works in it, and the two families of what is asked."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.orders.api import ASKER_PERMISSIONS
from tianqu.kernel.pack.api import DemoStep, ItemFamily, MenuEntry, Pack, Page, Role
from tianqu.packs.hotline import calls, demand, demo_past, enterprise, evidence, figures, oversight, phone, supervision
from tianqu.packs.hotline.datasets import REQUESTS

CLOCKS = frozenset({"dispatch", "accept", "finish", "answer", "close"})

ASKING = (*ASKER_PERMISSIONS, "files.store")
HANDLING = (
    "orders.see", "orders.accept", "orders.return", "orders.ask_back", "orders.resume", "orders.extend",
    "orders.hand_over", "orders.finish", "orders.refuse", "orders.comment", "orders.attach", "orders.publish",
    "orders.merge", "orders.unmerge", "orders.split", "templates.save", "files.store", "places.deputise_self",
)  # fmt: skip
TAKING_CALLS = (
    "orders.place", "orders.see", "orders.see_caller", "orders.comment", "orders.attach", "orders.call_back",
    "orders.answer_question", "orders.reopen", "orders.confirm", "orders.dispute", "orders.dispatch", "orders.answer",
    "orders.merge", "files.store",
    "hotline.*",
)  # fmt: skip
DISPATCHING = (
    "orders.dispatch", "orders.merge", "orders.unmerge", "orders.split", "orders.refuse", "orders.close",
    "orders.publish", "orders.unpublish",
)  # fmt: skip
OVERSEEING = (
    "orders.see", "orders.see_caller", "orders.press", "orders.adjudicate", "orders.exclude", "orders.include",
    "orders.call_back", "orders.reopen", "orders.extend", "orders.unseal", "orders.comment", "orders.attach",
    "orders.close", "orders.rates", "templates.save", "files.store", "files.original",
    "oversight.*",
)  # fmt: skip

SIMULATED = ("simulate",)  # to say when an act happened; only where the installation is a demo

ROLES = (
    Role("anybody", gettext_noop("Anybody"), (*ASKING, "places.sign_up")),
    Role("resident", gettext_noop("Resident"), ASKING),
    Role("operator", gettext_noop("Operator"), (*TAKING_CALLS, *SIMULATED), reach="everything"),
    Role("dispatcher", gettext_noop("Dispatcher"), (*TAKING_CALLS, *DISPATCHING, *SIMULATED), reach="everything"),
    Role("clerk", gettext_noop("Clerk"), (*HANDLING, *SIMULATED)),
    Role("unit_head", gettext_noop("Head of unit"), (*HANDLING, "orders.rates", "places.appoint", "places.deputise")),
    Role("supervisor", gettext_noop("Supervisor"), (*OVERSEEING, *DISPATCHING, *SIMULATED), reach="place"),
    Role(
        "auditor",
        gettext_noop("Auditor"),
        ("orders.see", "orders.rates", "oversight.*", "files.original"),
        reach="everything",
    ),
    Role(
        "administrator",
        gettext_noop("Administrator"),
        (
            "administration.*", "places.*", "items.*", "rules.*", "templates.*", "calendars.*", "notices.*",
            "journal.*", "files.*", "orders.rates",
        ),
        reach="everything",
    ),
)  # fmt: skip

PAGES = (
    Page("oversight", "oversight/", oversight.board, "oversight.see", _("Oversight")),
    Page("oversight_orders", "oversight/orders", oversight.orders, "orders.see", _("Requests")),
    Page("rates", "oversight/rates", figures.rates_page, "orders.rates", _("Rates")),
    Page("rates_export", "oversight/rates.csv", figures.rates_export, "orders.rates", _("Rates")),
    Page("figure_rows", "oversight/figures", evidence.rows, "orders.rates", _("The rows behind a figure")),
    Page("flags", "oversight/flags", evidence.flags, "orders.rates", _("Integrity")),
    Page("flag_rows", "oversight/flags/rows", evidence.flag_rows, "orders.rates", _("Integrity")),
    Page(
        "exclusions",
        "oversight/exclusions",
        supervision.exclusions,
        "orders.rates",
        _("Left out of rates"),
        methods=("GET", "POST"),
    ),
    Page("press", "oversight/press", supervision.press, "orders.press", _("Press"), methods=("POST",)),
    Page(
        "rule",
        "oversight/rule/<slug:code>",
        supervision.rule,
        "orders.adjudicate",
        _("Rule who is answerable"),
        methods=("GET", "POST"),
    ),
    Page("enterprise", "oversight/enterprise", enterprise.page, "orders.rates", _("Appeals of enterprises")),
    Page("demand", "oversight/demand", demand.page, "oversight.see", _("Demand")),
    Page("demand_map", "oversight/demand.geojson", demand.map_data, "oversight.see", _("Demand")),
    Page("demand_export", "oversight/demand.csv", demand.export, "oversight.see", _("Demand")),
    Page("phone", "phone/", phone.desk, "hotline.phone", _("Phone desk"), methods=("GET", "POST")),
    Page("phone_part", "phone/part/<slug:part>", phone.part, "hotline.phone", _("Phone desk"), methods=("POST",)),
    Page("phone_sent", "phone/sent/<slug:code>", phone.sent, "hotline.phone", _("Phone desk")),
    Page("calls", "calls/", calls.queue, "orders.call_back", _("Call-backs"), methods=("GET", "POST")),
)
MENU = (
    MenuEntry("phone", "desk", order=30),
    MenuEntry("calls", "desk", order=31),
    MenuEntry("oversight", "desk", order=40),
    MenuEntry("rates", "desk", order=41),
)

PACK = Pack(
    code="hotline",
    title=_("12345 hotline"),
    package="tianqu.packs.hotline",
    datasets=(REQUESTS,),
    roles=ROLES,
    pages=PAGES,
    menu=MENU,
    demo=(DemoStep(_("The year before"), demo_past.year_before), DemoStep(_("The last weeks"), demo_past.past_weeks)),
    families=(
        ItemFamily("resident", _("Requests of residents"), CLOCKS),
        ItemFamily("enterprise", _("Appeals of enterprises"), CLOCKS),
    ),
)
