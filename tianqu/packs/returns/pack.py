"""Statistical returns as a pack: who asks, who files, the loop that a return takes, and the pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.pack.api import DemoStep, Job, MenuEntry, Pack, Page, Role
from tianqu.packs.returns import acts, design_pages, endpoints, filling_pages, list_pages, pages
from tianqu.packs.returns.datasets import DATASETS
from tianqu.packs.returns.demo import returns_of_2020
from tianqu.packs.returns.flow import FAMILY, FLOW
from tianqu.packs.returns.notices import TEMPLATES
from tianqu.packs.returns.reminding import remind_by_day

ASKING = (
    "returns.see", "returns.design_form", "returns.open_campaign", "returns.accept_filing", "returns.send_back_filing",
    "returns.extend_filing", "returns.estimate_filing", "returns.remind_units", "returns.close_campaign",
    "places.deputise_self",
)  # fmt: skip
FILING = (
    "returns.see", "returns.receive_filing", "returns.save_draft", "returns.submit_filing", "places.deputise_self",
)  # fmt: skip

ROLES = (
    # An office's returns are seen by the office alone; its place says which units it may ask.
    Role("return_officer", gettext_noop("Officer for statistical returns"), ASKING, reach="place"),
    Role("return_statistician", gettext_noop("Statistician of a unit"), FILING, reach="unit"),
)

BOTH, SEND = ("GET", "POST"), ("POST",)
FILING_AT, FORM_AT, CAMPAIGN_AT = "returns/<uuid:filing_id>/", "returns/forms/<uuid:form_id>/", (
    "returns/campaigns/<uuid:campaign_id>/"
)  # fmt: skip
FILES, DECIDES, DESIGNS, OPENS = (
    "returns.submit_filing", "returns.accept_filing", "returns.design_form", "returns.open_campaign",
)  # fmt: skip
PAGES = (
    Page("filings", "returns/", list_pages.filings, FILES, _("Returns to file")),
    Page("forms", "returns/forms/", list_pages.forms, DESIGNS, _("Returns")),
    Page("form_new", "returns/forms/new", design_pages.design, DESIGNS, _("Design a return"), BOTH),
    Page("form_design", f"{FORM_AT}design", design_pages.design, DESIGNS, _("Design a return"), BOTH),
    Page("ask", f"{FORM_AT}ask", design_pages.ask, OPENS, _("Ask units for it"), BOTH),
    Page("campaigns", "returns/campaigns/", list_pages.campaigns, OPENS, _("Return campaigns")),
    Page("campaign", CAMPAIGN_AT, pages.campaign, OPENS, _("Campaign")),
    Page("export", f"{CAMPAIGN_AT}figures.csv", pages.export, OPENS, _("Figures filed")),
    Page("remind", f"{CAMPAIGN_AT}remind", pages.remind, "returns.remind_units", _("Remind"), SEND),
    Page("close", f"{CAMPAIGN_AT}close", pages.close, "returns.close_campaign", _("Close the campaign"), SEND),
    Page("filing", FILING_AT, pages.filing, "returns.see", _("Return")),
    Page("receive", f"{FILING_AT}receive", pages.receive, "returns.receive_filing", _("Confirm receipt"), SEND),
    Page("fill", f"{FILING_AT}fill", filling_pages.fill, FILES, _("Fill in"), BOTH),
    Page("upload", f"{FILING_AT}upload", filling_pages.upload, FILES, _("Upload"), BOTH),
    Page("template", f"{FILING_AT}template.<slug:form>", filling_pages.template, FILES, _("Template")),
    Page("decide", f"{FILING_AT}decide", pages.decide, DECIDES, _("Decide"), SEND),
)
MENU = (
    MenuEntry("campaigns", "desk", order=70, count=pages.decision_count),
    MenuEntry("filings", "desk", order=71, count=pages.to_file_count),
)

PACK = Pack(
    code="returns",
    title=_("Statistical returns"),
    package=acts.__name__.rpartition(".")[0],
    roles=ROLES,
    families=(FAMILY,),
    flows=(FLOW,),
    pages=PAGES,
    menu=MENU,
    jobs=(Job("returns.remind", "0 9 * * *", remind_by_day),),
    demo=(DemoStep(_("Statistical returns of 2019 and 2020"), returns_of_2020, again=True),),
    routers=(endpoints.router,),
    datasets=DATASETS,
    notices=TEMPLATES,
    links={"return": "filing"},
)
